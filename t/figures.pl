#!/usr/bin/perl
# Figures of the house: sizes of rooms, files and functions, long lines, columns read by a bare
# number, places that name the states of a message, and the files to touch for an action, a column,
# a platform and a process.
# Usage: perl t/figures.pl [folder]      the tree that it looks at; this one unless given
use strict;
use warnings;

my $here = __FILE__ =~ s{/?[^/]*$}{}r;
my $root = shift // ($here eq '' ? '.' : $here) . '/..';
chdir $root or die "$root: $!\n";

# files(REGEX): those of the tree that are written by hand.
my @all = grep { -f } split /\n/, `git ls-files 2>/dev/null || find . -type f | sed 's,^./,,'`;
sub files { my $like = shift; return grep { /$like/ && !/_gen\.[ch]$/ } @all }
sub slurp { my $file = shift; open my $fh, '<', $file or die "$file: $!\n"; local $/;
	return scalar <$fh> }
sub at { my ($share, @sorted) = @_; return @sorted ? $sorted[int($share * $#sorted)] : 0 }

sub width {
	my $line = shift;
	utf8::decode($line);	# columns are characters; what is no UTF-8 counts as bytes
	1 while $line =~ s/^([^\t]*)\t/$1 . ' ' x (8 - length($1) % 8)/e;
	return length $line;
}

my @source = grep { !m{^(?:t|man)/} } files(qr/\.c$/);
my %in;
$in{ s{/[^/]*$}{}r }++ for @source;
print "C files per folder\n";
printf "  %-20s %5d\n", $_, $in{$_} for sort keys %in;

# GNU layout: a function's body stands between "{" and "}" in the first column.
my @lengths;
for my $file (@source) {
	my ($n, $start) = (0);
	for (split /\n/, slurp($file)) {
		$n++;
		$start = $n if /^\{/;
		next if !/^\}\s*$/ || !defined $start;
		push @lengths, $n - $start - 1;
		undef $start;
	}
}
@lengths = sort { $a <=> $b } @lengths;
printf "Functions: %d; lines: median %d, nine of ten at most %d, longest %d\n",
	scalar @lengths, at(0.5, @lengths), at(0.9, @lengths), $lengths[-1] // 0;

my %lines = map { $_ => scalar(() = slurp($_) =~ /\n/g) } @source;
my @large = sort { $lines{$b} <=> $lines{$a} } grep { $lines{$_} > 500 } @source;
printf "C files above 500 lines: %d%s\n", scalar @large,
	@large ? ' (' . join(' ', map { "$_:$lines{$_}" } @large) . ')' : '';

# As t/00-rooms.t has it: a row of a table, or a line that begins with a text, may have 160.
sub is_too_wide {
	my ($file, $line) = @_;
	my $row = $file =~ /\.[ch]$/ ? qr/^\s*(?:\{|FIELD\(|X\()/ : qr/^\s*(?:["'`\/]|qr?\W)/;
	return width($line) > ($line =~ $row ? 160 : 100);
}

print "Lines above 100 columns, and those that are no rows of a table or are above 160\n";
for (['C', qr/\.[ch]$/], ['SQL', qr/\.sql$/], ['Perl', qr/\.(?:t|pl|pm)$/],
	['makefiles', qr/\.am$/], ['Markdown', qr/\.md$/]) {
	my ($kind, $like) = @$_;
	my ($long, $too_wide) = (0, 0);
	for my $file (files($like)) {
		my @lines = grep { width($_) > 100 } split /\n/, slurp($file);
		$long += @lines;
		$too_wide += grep { is_too_wide($file, $_) } @lines;
	}
	printf "  %-20s %5d %5d\n", $kind, $long, $too_wide;
}

my $numbered = 0;
for my $file (@source) {
	my $text = slurp($file);
	$numbered++ while $text =~ /\brows_\w+\((?:[^();]|\([^();]*\))*,\s*\d+\)/g;
}
printf "Columns read by a bare number: %d\n", $numbered;

# A place names the states when it has three of them or more within five lines.
my @named;
for my $file (grep { !m{^t/} } files(qr/\.(?:[ch]|sql)$/)) {
	my @lines = split /\n/, slurp($file);
	for (my $i = 0; $i < @lines; $i++) {
		my $part = join "\n", @lines[$i .. ($i + 4 < $#lines ? $i + 4 : $#lines)];
		my %seen = map {
			$_ => 1 } $part =~ /\b(Leased|Unrouted|Superseded|Ignored|Dead)\b/g;
		next if keys %seen < 3;
		push @named, "$file:" . ($i + 1);
		$i += 5;
	}
}
printf "Places that name the states of a message: %d%s\n",
	scalar @named, @named ? " (@named)" : '';

# Files to touch: those that name one that is there, tests and documents aside. Its own files bear
# its name in their path; what is in a folder of its own counts once.
my @touched = grep { !m{^(?:t|doc|man)/} } files(qr/\.(?:[ch]|sql|am|awk)$/);
my %text = map { $_ => slurp($_) } @touched;
sub naming { my ($like) = @_; return grep { $text{$_} =~ $like } @touched }
sub show {
	my ($what, $own, @files) = @_;
	my (@mine, @others);
	push @{ defined $own && $_ =~ $own ? \@mine : \@others }, $_ for @files;
	my %once = map { (m{^(.*/$own)/} ? "$1/" : s/\.[ch]$//r) => 1 } @mine;
	printf "  %-34s %2d%s\n", $what, keys(%once) + @others,
		@files ? ' (' . join(' ', sort(keys %once), @others) . ')' : '';
}
print "Files to touch\n";
show("an action ($_)", undef, naming(qr/"$_"/)) for qw(CheckCode GetListPoints);
show("a platform ($_)", lc, naming(qr{"$_"|platform_\L$_\E|\L$_\E/\w+\.[ch]}))
	for qw(Magento Adictiz), grep { -d 'platform/skeleton' } 'Skeleton';
my %process = (ComputeRefAmounts => 'ref_amounts', ExpirePoints => 'expire_points');
show("a process ($_)", $process{$_}, naming(qr{"$_"|process[/_]$process{$_}\b}))
	for sort keys %process;

# A column: how many files name it, for the column in the middle of all.
my ($table) = grep { m{(?:^|/)entity_table\.c$} } @touched;
my %columns = map { $_ => 1 }
	($text{$table} // '') =~ /\b(?:STRING|MONEY|DATE|DAY|BOOL|INT16|INT32)\("(\w+)"/g;
my @sizes = sort { $a->[1] <=> $b->[1] || $a->[0] cmp $b->[0] }
	map { my $c = $_;
		[$c, scalar naming(qr/"$c"|^\s*`?$c`? [A-Z]|COLUMN IF NOT EXISTS $c\b/m)] }
	keys %columns;
if (@sizes) {
	my $column = $sizes[$#sizes / 2][0];
	show("a column ($column)", undef,
		naming(qr/"$column"|^\s*`?$column`? [A-Z]|COLUMN IF NOT EXISTS $column\b/m));
}

# The steps that CONTRIBUTING tells, which t/05-howto.t takes.
my $page = -f 'CONTRIBUTING.md' ? slurp('CONTRIBUTING.md') : '';
for my $what (qw(column platform process)) {
	my ($part) = $page =~ /^## How to add a $what\n(.*?)^## /ms or next;
	my %step = map { $_ => 1 }
		$part =~ /(?:In|New file) `([^`]+)`(?=:|,\s(?:after|before|a copy))/g;
	printf "  %-34s %2d (%s)\n", "a $what, by CONTRIBUTING", scalar keys %step,
		join ' ', sort keys %step if %step;
}
