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
	platform => 'lib model',
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
	'curl/curl.h' => 'net', 'mysql.h' => 'store', 'gmime/gmime.h' => 'net',
	'libxml/parser.h' => 'lib', 'libxml/SAX2.h' => 'lib');
use constant { FUNCTION_LINES => 60, FOLDER_FILES => 25 };
use constant { COLUMNS => 100, ROW_COLUMNS => 160, FILE_LINES => 500 };
use constant { STEPS => 2, PARAMS => 6 };
# Files that may be longer, and why.
my %may_be_long = (
	'model/entity_table.c' => 'the table of the entities: rows, no code',
);

sub slurp { my $file = shift; open my $fh, '<:encoding(UTF-8)', $file or die "$file: $!"; local $/;
	return scalar <$fh> }

# room_of(PATH): the longest room that the path is in.
sub room_of {
	my $path = shift;
	for my $room (sort { length $b <=> length $a } keys %may) {
		return $room if index($path, "$room/") == 0;
	}
	return;
}

my $sql = qr/(?:SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s+\S+\s+SET|DELETE\s+FROM)\s/;

my $transacts = qr{^(?:store/db_transact|lib/err)\.c$};

# JSON is printed by the writer alone, which escapes with lib/text; what was read is printed again
# by lib/format/json. Elsewhere no text that is printed holds the name of a member.
my $prints_json = qr{^lib/(?:format/(?:writer|json)|text)\.[ch]$};
my %may_hold_names = ('fcgi/api/sample.c' => 'a command for sed, which reads a reply');

# prints_names(TEXT): lines of calls that print a member's name.
sub prints_names {
	my $text = shift;
	my $literal = qr/"(?:\\.|[^"\\\n])*"/;
	my @lines;
	$text =~ s{($literal)|'(?:\\.|[^'\\\n])+'|/\*.*?\*/}{ $1 // $& =~ s/[^\n]//gr }gse;
	while ($text =~ /\b(?:buf_add\w*|\w*printf|f?puts)\s*\((?:[^;"]|$literal)*;/g) {
		my ($call, $before) = ($&, $`);
		push @lines, 1 + ($before =~ tr/\n//)
			if grep { /(?:^|[^\\])(?:\\\\)*\\"\s*:/ } $call =~ /$literal/g;
	}
	return @lines;
}
is_deeply([prints_names(<<'C')], [2],
	buf_adds(b, "a\\" : "x;");
	buf_addf(b,
	    "{\"%s\": 1}", n);
C
	'a name that is printed by hand is found');

my $opens = qr{^store/(?:tenant\.c|registry_db\.c|db\.[ch])$};

my (%files, %includes, %in_folder);
for my $file (split /\n/,
	`cd '$src' && find @{[grep { !m{/} } sort keys %may]} -name '*.[ch]'`) {
	next if $file =~ /_gen\.[ch]$/;	# a build in the source tree generates there
	push @{ $files{ room_of($file) } }, $file;
	$in_folder{ $file =~ s{/[^/]*$}{}r }++ if $file =~ /\.c$/;
}

for my $room (sort keys %may) {
	my @files = sort @{ $files{$room} // [] };
	cmp_ok(scalar @files, '>', 0, "$room has files");
	my (@wrong, @long, @sql, @conflicts, @opened, @json);
	for my $file (@files) {
		my ($lines, $start) = (0);
		my $text = slurp("$src/$file");
		push @json, map { "$file:$_" } prints_names($text) if !$may_hold_names{$file};
		for (split /\n/, $text) {
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
				&& /"\s*$sql/;
			push @conflicts, "$file:$lines" if $file !~ $transacts
				&& /(?:[!=]?=|\bcase)\s*ERR_DB_RETRY|"(?:START TRANSACTION|COMMIT)/;
			push @json, "$file:$lines" if $file !~ $prints_json
				&& /\b(?:buf_add_json|json_object_to_json_string)/;
			push @opened, "$file:$lines" if $file !~ $opens && /\bdb_open\s*\(/;
		}
	}
	is_deeply(\@wrong, [], "$room includes only what it may know");
	is_deeply(\@long, [], "$room: no function and no file is too long");
	is_deeply(\@sql, [], "$room: no SQL text outside its places");
	is_deeply(\@conflicts, [],
		"$room: only db_transact begins, commits and repeats transactions");
	is_deeply(\@json, [], "$room: only the writer prints JSON");
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
is_deeply(\@times, [('UTC_TIMESTAMP') x 3], 'clock_now reads the clock, and message_put, twice');

# The lists of tables are made of the makefiles: what stands in a room is in its list, and a file
# that should have a table stops the build.
my $build = $ENV{BUILDDIR} // '.';
my %lists = (
	platform_row => [qw(platform platform/platforms_gen.c)],
	process_row => [qw(process process/processes_gen.c)],
	cmd => [qw(admin/cmd admin/commands_gen.c)],
	action => [qw(fcgi fcgi/controllers_gen.c)],
);
for my $type (sort keys %lists) {
	my ($room, $list) = @{ $lists{$type} };
	my @there = grep { $_ ne "ctl_skeleton_actions" } map { slurp("$src/$_") =~
		/^(?:const )?struct $type (\w+)\[/mg }
		grep { m{^$room/.*\.c$} && !/_gen\.c$/ } map { @$_ } values %files;
	my @listed = slurp("$build/$list") =~ /^\t(\w+),$/mg;
	pop @listed;	# NULL
	cmp_ok(scalar @there, '>', 4, "tables of struct $type");
	is_deeply([sort @listed], [sort @there], 'each of them is in the list');
	my $awk = "awk -v type=$type -v must='^lib/text[.]c' -f model/tables.awk lib/text.c 2>&1";
	like(`cd '$src' && $awk`,
		qr/^lib\/text\.c: no struct $type$/, 'a file without one stops the build');
}

# ---------------------------------------------------------------- width, length and shape

# width(LINE): columns, with tabs of eight.
sub width {
	my $line = shift;
	1 while $line =~ s/\t/' ' x (8 - length($`) % 8)/e;
	return length $line;
}

# wide(FILE, LINE): whether it is too wide. A row of a table in C, which begins with "{", "FIELD("
# or "X(", may be wider, and so may a text or pattern that begins its line in Perl or a shell:
# broken it would not be found by who looks for it.
sub wide {
	my ($file, $line) = @_;
	my $row = $file =~ /\.[ch]$/ ? qr/^\s*(?:\{|FIELD\(|X\()/ : qr/^\s*(?:["'`\/]|qr?\W)/;
	return width($line) > ($line =~ $row ? ROW_COLUMNS : COLUMNS);
}

# skeleton(TEXT): C without comments and texts, each line where it was.
sub skeleton {
	my $text = shift;
	$text =~ s{(/\*.*?\*/|//[^\n]*)|"(?:\\.|[^"\\\n])*"|('(?:\\.|[^'\\\n])+')}
		{ defined $1 ? $1 =~ s/[^\n]//gr : defined $2 ? '0' : '""' }gse;
	return $text;
}

# shapes(FILE, TEXT): conditions of too many steps, "?:" in "?:", functions of too many parameters.
# A condition is what stands between ";", "{", "}", commas or the parentheses of a call, an "if" or
# a loop; what stands in parentheses of its own inside it counts with it.
sub shapes {
	my ($file, $text) = @_;
	my (@found, @open);
	my $c = skeleton($text);
	my $line = 1;
	my $now = { steps => 0, choices => 0 };
	while ($c =~ /(\n)|(\w+)?\s*(\()|(\))|(&&|\|\|)|(\?)|([;{},])|(\[)|(\])/g) {
		if (defined $1) { $line++; next }
		$line += ($& =~ tr/\n//);
		if (defined $3 || defined $8) {
			my $own = defined $8 || (defined $2 && $2 !~ /^(?:return|sizeof)$/);
			push @open, $own ? $now : undef;
			$now = { steps => 0, choices => 0 } if $own;
		} elsif (defined $4 || defined $9) {
			my $outer = pop @open;
			$now = $outer if defined $outer;
		} elsif (defined $5) {
			push @found, "$file:$line (steps)" if ++$now->{steps} == STEPS + 1;
		} elsif (defined $6) {
			push @found, "$file:$line (?: in ?:)" if $now->{choices}++ == 1;
		} else {
			$now = { steps => 0, choices => 0 };
		}
	}
	while ($c =~ /^(?:\w[\w *]*\s)?(\w+)\(([^;{}]*?)\)\s*\n\{/mg) {
		my ($name, $list) = ($1, $2);
		my @params = grep { !/^\s*struct\s+(?:arena|err)\s*\*/ }
			split /,(?![^(]*\))/, $list;
		push @found, "$file: $name() (" . @params . ' parameters)' if @params > PARAMS;
	}
	return @found;
}

# The measures measure.
my $odd = <<'C';
int f(struct arena *a, int b, int c, int d, int e, int g, int h, struct err *err)
{
	if (b && c && (d || e)) /* a && b */
		return x("&& || // ? ", b && c, d && e) < 0 || (g ? 1 : h ? 2 : 3);
}
C
is_deeply([shapes('x', $odd)], ['x:3 (steps)', 'x:4 (?: in ?:)'], 'what is shaped too badly');
is_deeply([shapes('x', $odd =~ s/int h/int h, int i/r)],
	['x:3 (steps)', 'x:4 (?: in ?:)', 'x: f() (7 parameters)'], 'a parameter too many');
is_deeply([wide('x.c', "\t" x 12 . 'abcd') ? 1 : 0, wide('x.c', "\t" x 12 . 'abcde') ? 1 : 0,
	wide('x.c', "\t{" . 'a' x 151) ? 1 : 0, wide('x.c', "\t{" . 'a' x 152) ? 1 : 0],
	[0, 1, 0, 1], 'columns, and those of a row');

my (@wide, @too_long, @shapes);
for my $file (sort split /\n/, `cd '$src' && find . -name build -prune -o -type f -print`) {
	$file =~ s{^\./}{};
	next unless $file =~ /[^\/]\.(?:c|h|sql|awk|pl|pm|t|am|sh|ac|m4)$|^(?:check|quickstart)$/;
	next if $file =~ /_gen\.[ch]$|^(?:aclocal\.m4$|build-aux\/)/;
	my $text = slurp("$src/$file");
	my @lines = split /\n/, $text;
	push @wide, map { "$file:" . ($_ + 1) } grep { wide($file, $lines[$_]) } 0 .. $#lines;
	next unless $file =~ /\.[ch]$/;
	push @too_long, "$file (" . @lines . ' lines)'
		if @lines > FILE_LINES && !$may_be_long{$file};
	push @shapes, shapes($file, $text);
}
is(join("\n", @wide), '', 'no line is wider than ' . COLUMNS . ' columns, or ' . ROW_COLUMNS .
	' when it is the row of a table');
is(join("\n", @too_long), '', 'no file is longer than ' . FILE_LINES . ' lines');
is(join("\n", @shapes), '', 'no condition of more than ' . STEPS . ' steps, no "?:" in "?:", ' .
	'no function of more than ' . PARAMS . ' parameters');
my %migrations = map { $_ => 1 } slurp("$src/store/Makemodule.am") =~ m{(sql/\w+/\S+\.sql)}g;
is_deeply([grep { !$migrations{$_} } map { s{^\Q$src\E/}{}r } glob "$src/sql/*/*.sql"], [],
	'each migration stands in a makefile');

done_testing();

