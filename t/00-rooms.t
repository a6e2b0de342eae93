# The house rules that a machine can read: who includes whom, sizes, SQL only where it belongs.
use strict;
use warnings;
use Test::More;

my $src = $ENV{SRCDIR} // '.';
# Room => rooms it may know.
my %may = (lib => ['lib'], store => ['lib', 'store'], net => ['lib', 'net'], fcgi => ['lib', 'store', 'fcgi'],
	scheduler => ['lib', 'store', 'net', 'scheduler'], admin => ['lib', 'store', 'net', 'admin']);
# Foreign headers that only some rooms may see.
my %foreign = ('fcgiapp.h' => 'fcgi', 'fcgios.h' => 'fcgi', 'libesmtp.h' => 'net', 'curl/curl.h' => 'net', 'mysql.h' => 'store', 'gmime/gmime.h' => 'net');

for my $room (sort keys %may) {
	my @files = grep { !/_gen\.[ch]$/ } glob("$src/$room/*.[ch]");	# a build in the source tree generates there
	cmp_ok(scalar @files, '>', 0, "$room has files");
	my (@wrong, @long, @sql, %has);
	for my $file (@files) {
		my ($name) = $file =~ m{([^/]+)$};
		$has{$name} = 1;
		open my $fh, '<', $file or die "$file: $!";
		my ($lines, $function, $start) = (0);
		while (<$fh>) {
			$lines++;
			if (/^\s*#\s*include\s+"([^"\/]+)\//) {
				my $other = $1;
				push @wrong, "$file includes $other" if !grep { $_ eq $other } @{ $may{$room} };
			}
			if (/^\s*#\s*include\s+<([^>]+)>/ && exists $foreign{$1} && $foreign{$1} ne $room) {
				push @wrong, "$file includes <$1>";
			}
			# GNU layout: a function's name stands at the start of a line, its body between "{" and "}" in column 1.
			$start = $lines if /^\{/;
			if (/^\}\s*$/ && defined $start) {
				push @long, "$file:$start (" . ($lines - $start - 1) . " lines)" if $lines - $start - 1 > 60;
				undef $start;
			}
			push @sql, "$file:$lines" if $file !~ m{/store/(entity|db)[^/]*\.c$}
				&& /"\s*(?:SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s+\S+\s+SET|DELETE\s+FROM)\s/;
		}
		push @long, "$file ($lines lines)" if $lines > 800;
	}
	is_deeply(\@wrong, [], "$room includes only what it may know");
	is_deeply(\@long, [], "$room: no function above 60 lines, no file above 800");
	is_deeply(\@sql, [], "$room: no SQL text outside its places");
}

open my $q, '<', "$src/sql/queries.sql" or die;
my $queries = do { local $/; <$q> };
$queries =~ s/^\s*--.*\n//mg;
unlike($queries, qr/INSERT\s+IGNORE/i, 'no INSERT IGNORE');
my @times = $queries =~ /\b(NOW|SYSDATE|CURRENT_TIMESTAMP|UTC_TIMESTAMP|UTC_DATE|CURDATE|UNIX_TIMESTAMP)\s*\(/gi;
is_deeply(\@times, ['UTC_TIMESTAMP'], 'one statement reads the clock');

# A process kind that is built has its work, and no other has.
my $text = sub { open my $fh, '<', "$src/$_[0]" or die $!; local $/; return scalar <$fh> };
my %built = map { /\.name = "([^"]+)"/ ? ($1 => 1) : () } grep { /\.built = 1/ } split /\n/, $text->('lib/process.c');
my %works = map { $_ => 1 } $text->('scheduler/process.c') =~ /\{ "([^"]+)", process_/g;
is_deeply(\%works, \%built, 'each process that is built has its work');

done_testing();
