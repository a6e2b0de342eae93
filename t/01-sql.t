# What sql/queries.sql may not have: a text twice, a statement that no code uses, a bare number of a
# state, a value said twice, long lines. And no column of a result is read by its bare number.
use strict;
use warnings;
use Test::More;

my $src = $ENV{SRCDIR} // '.';
# About a line of a query: so many words and signs in a row stand in one place.
use constant RUN => 20;

sub slurp { my $file = shift; open my $fh, '<', "$src/$file" or die "$file: $!"; local $/;
	my $text = <$fh>; utf8::decode($text); return $text }

# The statements and parts: [NAME, TEXT], without comments.
my $file = slurp('sql/queries.sql');
my @texts;
for (split /^(?=-- (?:name|part): )/m, $file) {
	next unless /^-- (?:name|part): (\S+)/;
	my $name = $1;
	push @texts, [$name, s/^\s*--.*\n//mgr];
}
cmp_ok(scalar @texts, '>', 400, 'there are statements');

# Every statement is somebody's.
my %used;
for my $c (glob "$src/{admin,fcgi,lib,model,platform,privacy,process,scheduler,store}/{*.c,*/*.c}"
	. " $src/t/c/*.c") {
	$used{$_} = 1 for slurp($c =~ s{^\Q$src\E/}{}r) =~ /\bQ_(\w+)/g;
}
is_deeply([grep { !$used{$_} } $file =~ /^-- name: (\S+)/mg], [], 'code uses every statement');

my (%place, @twice);
for (@texts) {
	my ($name, $text) = @$_;
	$text =~ s/\?(?:,\s*\?)+/?/g;	# how many values there are says nothing
	my @words = $text =~ /\{[\w:]+\}|'[^']*'|:?\w+|[^\s\w]/g;
	for my $i (0 .. @words - RUN) {
		my $run = join ' ', @words[$i .. $i + RUN - 1];
		if (defined $place{$run}) {
			push @twice, "$place{$run} and $name: $run"
				if !@twice || index($twice[-1], "$place{$run} and $name: ");
		} else {
			$place{$run} = $name;
		}
	}
}
is_deeply(\@twice, [], 'no text stands twice; a part (-- part:) serves both');

my $number = qr/(?:=|<>|<=>|<|>|(?:NOT )?IN\s*\()\s*\d/;
my @bare = map {
	my ($name, $text) = @$_;
	# Its states are of contacts' addresses: a list of the tenant's own.
	$name eq 'decisional_contactability_put' ? () : map { "$name: $_" }
		$text =~ /(\b(?:\w+\.)?(?:state|kind|origin|outcome|auth|PointTypeId)\s+$number)/g
} @texts;
is_deeply(\@bare, [], 'states, kinds and origins are said by name ({MESSAGE_READY})');

my @again = map { /^-- name: (\S+)/ ? $1 : () }
	grep { my %n; grep { $n{$_}++ } map { /\w+ (\w+)/g } /^-- in: (.*)$/mg }
	split /^(?=-- name: )/m, $file;
is_deeply(\@again, [], 'each value is given once');

my @long;
for my $sql (map { s{^\Q$src\E/}{}r } glob("$src/sql/*.sql $src/sql/*.awk $src/sql/*/*.sql")) {
	my $n = 0;
	for (split /\n/, slurp($sql)) {
		$n++;
		1 while s/^([^\t]*)\t/$1 . ' ' x (8 - length($1) % 8)/e;
		push @long, "$sql:$n" if length > 100;
	}
}
is_deeply(\@long, [], 'no line is longer than 100 columns');

my @by_number;
for my $c (split /\n/,
	`cd '$src' && find store net privacy platform process fcgi scheduler admin -name '*.c'`) {
	next if $c =~ /_gen\.c$/;
	my $text = slurp($c);
	push @by_number, "$c: $&"
		while $text =~ /\brows_(?:int|text|time|null|at)\([^,()]+,\s*[^,()]+,\s*\d+\)/g;
}
is_deeply(\@by_number, [], 'no column of a result is read by its number');

done_testing();
