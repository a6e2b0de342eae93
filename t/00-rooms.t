# The house rules that a machine can read: which room knows which, sizes, SQL only where it belongs.
use strict;
use warnings;
use Test::More;

my $src = $ENV{SRCDIR} // '.';

# Room => the rooms that it may know, besides itself. A room's folders inside it belong to it unless
# they are named here.
my $below = 'lib model store privacy';
my %may = (
	lib => '',
	model => 'lib',
	store => 'lib model',
	net => 'lib',
	privacy => 'lib model store',
	platform => 'lib model store privacy',
	process => 'lib model store privacy platform net',
	fcgi => $below,
	'fcgi/api' => "$below fcgi",
	'fcgi/help' => "$below fcgi fcgi/api",
	scheduler => "$below platform process net",
	admin => "$below platform process net",
	'admin/cmd' => "$below platform process net admin",
);
# A main knows all parts of its program.
my %knows_all = map { $_ => 1 } qw(fcgi/main.c admin/main.c);
# Foreign headers that only one room may see.
my %foreign = ('fcgiapp.h' => 'fcgi', 'fcgios.h' => 'fcgi', 'libesmtp.h' => 'net',
	'curl/curl.h' => 'net', 'mysql.h' => 'store', 'gmime/gmime.h' => 'net');
use constant { FUNCTION_LINES => 60, FILE_LINES => 850, FOLDER_FILES => 25 };

sub slurp { my $file = shift; open my $fh, '<', $file or die "$file: $!"; local $/;
	return scalar <$fh> }

# room_of(PATH): the longest room that the path is in.
sub room_of {
	my $path = shift;
	for my $room (sort { length $b <=> length $a } keys %may) {
		return $room if index($path, "$room/") == 0;
	}
	return;
}

my (%files, %includes, %in_folder);
for my $file (split /\n/,
	`cd '$src' && find lib model store net privacy platform process fcgi scheduler admin -name '*.[ch]'`) {
	next if $file =~ /_gen\.[ch]$/;	# a build in the source tree generates there
	push @{ $files{ room_of($file) } }, $file;
	$in_folder{ $file =~ s{/[^/]*$}{}r }++ if $file =~ /\.c$/;
}

for my $room (sort keys %may) {
	my @files = sort @{ $files{$room} // [] };
	cmp_ok(scalar @files, '>', 0, "$room has files");
	my (@wrong, @long, @sql, @conflicts, @opened);
	for my $file (@files) {
		my ($lines, $start) = (0);
		for (split /\n/, slurp("$src/$file")) {
			$lines++;
			if (/^\s*#\s*include\s+"(.+)"/ && $1 ne 'config.h') {
				my ($path, $other) = ($1, room_of($1) // '');
				push @{ $includes{$file} }, $path;
				push @wrong, "$file includes $path"
					if $other ne $room && !$knows_all{$file}
					&& " $may{$room} " !~ / \Q$other\E /;
			}
			push @wrong, "$file includes <$1>"
				if /^\s*#\s*include\s+<([^>]+)>/ && exists $foreign{$1}
				&& $room !~ /^\Q$foreign{$1}\E/;
			# GNU layout: a function's body stands between "{" and "}" in the first
			# column.
			$start = $lines if /^\{/;
			if (/^\}\s*$/ && defined $start) {
				push @long, "$file:$start (" . ($lines - $start - 1) . ' lines)'
					if $lines - $start - 1 > FUNCTION_LINES;
				undef $start;
			}
			push @sql, "$file:$lines" if $file !~ m{^store/(?:entity/|db)}
				&& /"\s*(?:SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s+\S+\s+SET|DELETE\s+FROM)\s/;
			push @conflicts, "$file:$lines" if $file !~ m{^(?:store/db_transact|lib/err)\.c$}
				&& /(?:[!=]?=|\bcase)\s*ERR_DB_RETRY|"(?:START TRANSACTION|COMMIT)/;
			push @opened, "$file:$lines" if $file !~ m{^store/(?:tenant|registry_db)\.c$}
				&& /\bdb_open\s*\(/ && $file !~ m{^store/db\.[ch]$};
		}
		push @long, "$file ($lines lines)" if $lines > FILE_LINES;
	}
	is_deeply(\@wrong, [], "$room includes only what it may know");
	is_deeply(\@long, [], "$room: no function and no file is too long");
	is_deeply(\@sql, [], "$room: no SQL text outside its places");
	is_deeply(\@conflicts, [],
		"$room: only db_transact begins, commits and repeats transactions");
	is_deeply(\@opened, [],
		"$room: only store/tenant and store/registry_db open connections");
}

is_deeply([grep { $in_folder{$_} > FOLDER_FILES } sort keys %in_folder], [],
	'no folder has more C files than ' . FOLDER_FILES);

# No circle: a file that includes another is not included by it, however far round.
{
	my (%state, @circle);
	my $visit;
	$visit = sub {
		my ($file, @way) = @_;
		return if @circle || ($state{$file} // '') eq 'done';
		if (($state{$file} // '') eq 'open') { @circle = (@way, $file); return }
		$state{$file} = 'open';
		$visit->($_, @way, $file) for @{ $includes{$file} // [] };
		$state{$file} = 'done';
	};
	$visit->($_) for sort keys %includes;
	is_deeply(\@circle, [], 'no include leads back to where it began');
}

# A room's makefile is the list of its files.
my %listed = map { $_ => 1 } map { slurp($_) =~ m{((?:\w+/)+\w+\.[ch])\b}g }
	split /\n/, `find '$src' -name Makemodule.am`;
is_deeply([grep { !$listed{$_} } map { @$_ } @files{ sort keys %files }], [],
	'each file stands in a makefile');

my $queries = slurp("$src/sql/queries.sql");
$queries =~ s/^\s*--.*\n//mg;
unlike($queries, qr/INSERT\s+IGNORE/i, 'no INSERT IGNORE');
my @times = $queries =~
	/\b(NOW|SYSDATE|CURRENT_TIMESTAMP|UTC_TIMESTAMP|UTC_DATE|CURDATE|UNIX_TIMESTAMP)\s*\(/gi;
is_deeply(\@times, ['UTC_TIMESTAMP'], 'one statement reads the clock');

# The lists of tables are made of the makefiles: what stands in a room is in its list, and a file that
# should have a table stops the build.
my $build = $ENV{BUILDDIR} // '.';
my %lists = (
	platform_row => [qw(platform platform/platforms_gen.c)],
	process_row => [qw(process process/processes_gen.c)],
	cmd => [qw(admin/cmd admin/commands_gen.c)],
	action => [qw(fcgi fcgi/controllers_gen.c)],
);
for my $type (sort keys %lists) {
	my ($room, $list) = @{ $lists{$type} };
	my @there = grep { !/skeleton/ } map { slurp("$src/$_") =~
		/^(?:const )?struct $type (\w+)\[/mg }
		grep { m{^$room/.*\.c$} && !/_gen\.c$/ } map { @$_ } values %files;
	my @listed = slurp("$build/$list") =~ /^\t(\w+),$/mg;
	pop @listed;	# NULL
	cmp_ok(scalar @there, '>', 4, "tables of struct $type");
	is_deeply([sort @listed], [sort @there], 'each of them is in the list');
	like(`cd '$src' && awk -v type=$type -v must='^lib/text[.]c' -f model/tables.awk lib/text.c 2>&1`,
		qr/^lib\/text\.c: no struct $type$/, 'a file without one stops the build');
}
done_testing();
