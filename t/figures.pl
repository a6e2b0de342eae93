#!/usr/bin/perl
# Figures of the house: sizes of rooms and functions, long lines, columns read by a bare number,
# and places that name the states of a message.
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

print "Lines above 100 columns\n";
for (['C', qr/\.[ch]$/], ['SQL', qr/\.sql$/], ['Perl', qr/\.(?:t|pl|pm)$/],
	['makefiles', qr/\.am$/]) {
	my ($kind, $like) = @$_;
	my $long = 0;
	for my $file (files($like)) { $long += grep { width($_) > 100 } split /\n/, slurp($file) }
	printf "  %-20s %5d\n", $kind, $long;
}

my $numbered = 0;
for my $file (@source) {
	my $text = slurp($file);
	$numbered++ while $text
		=~ /\brows_(?:at|int|text|time|null)\((?:[^();]|\([^();]*\))*,\s*\d+\)/g;
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
