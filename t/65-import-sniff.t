# import sniff: what the tool says of files, on a terminal of 80 and of 120 columns against files,
# and as JSON; standard input; what cannot be read.
# TERMINAL_WRITE=1 writes the files anew: look at the difference before it is committed.
use strict;
use warnings;
use utf8;
use Encode qw(decode);
use File::Temp qw(tempdir);
use JSON::PP;
use Test::More;

my $program = "$ENV{BUILDDIR}/customerapi";
my $fixtures = "$ENV{SRCDIR}/t/fixtures";
my $dir = tempdir(CLEANUP => 1);
binmode $_, ':utf8' for map { Test::More->builder->$_ } qw(output failure_output);

sub run { my ($line) = @_; return decode('UTF-8', `cd '$fixtures/imports' && $line 2>&1`) }
sub file { my ($name, $bytes) = @_; open my $f, '>:raw', "$dir/$name" or die $!; print $f $bytes;
	close $f or die $!; return "$dir/$name" }
sub found { my ($file) = @_; return decode_json(scalar `'$program' import sniff --json '$file'`) }

for my $width (80, 120) {
	local %ENV = (%ENV, TERM => 'dumb');
	delete $ENV{COLUMNS};
	my $all = '';
	for my $name (qw(Contact-2026-11-24-17.csv Customer_web_20261124.txt)) {
		my $out = run("script -qec \"stty cols $width; '$program' import sniff $name\" "
			. '/dev/null </dev/null');
		$out =~ s/\r\n/\n/g;
		$all .= $out;
	}
	my $path = "$fixtures/terminal/sniff-$width.txt";
	if ($ENV{TERMINAL_WRITE}) {
		open my $out, '>:utf8', $path or die "$path: $!";
		print $out $all;
	}
	open my $in, '<:utf8', $path or die "$path: $!";
	is($all, do { local $/; <$in> }, "at $width columns");
	is_deeply([grep { length > $width } split /\n/, $all], [], "no line is longer than $width");
}

my $f = found("$fixtures/imports/PurchaseHeader-2026-11-24-18.csv");
is_deeply([@$f{qw(Encoding Delimiter LineEnd Header ColumnCount RowsSeen)}],
	['UTF-8', '|', 'LF', JSON::PP::false, 9, 3], 'JSON: the dialect');
is_deeply([map { $_->{Type} } @{ $f->{Columns} }], [qw(integer date integer integer text decimal
	decimal decimal text)], 'the types');
is($f->{Columns}[5]{Form}, 'the last mark before decimals', 'the form of a number');
is($f->{Preview}[3]{Row3}, '200000045', 'the preview');

$f = found(file('1252.csv', "Nom;Le\r\n" . join '', map { "Caf\xe9 $_;0$_/0$_/2026\r\n" } 1 .. 9));
is_deeply([@$f{qw(Encoding Delimiter LineEnd)}], ['Windows-1252', ';', 'CR LF'], 'from Windows');
is($f->{Columns}[1]{Form}, 'dd/mm/yyyy, or mm/dd/yyyy', 'a date with two readings');
like($f->{Notes}[0]{Note}, qr/no day above 12 was seen/, 'it is told why');
is(scalar(grep { /^Row/ } keys %{ $f->{Preview}[0] }), 9, 'as many rows as there are');
$f = found(file('many.csv', join '', map { "$_,x\n" } 1 .. 200000));
is(scalar(grep { /^Row/ } keys %{ $f->{Preview}[0] }), 10, 'ten rows at most');
cmp_ok(abs($f->{RowsEstimated} - 200000), '<', 20000, 'the rows of a large file are estimated');
cmp_ok($f->{RowsSeen}, '<', 200000, 'of which not all are read');

like(run("printf 'a;b\\n1;2\\n' | '$program' import sniff -"), qr/^Delimiter: +;$/m, 'a pipe');
like(run("'$program' import sniff " . file('empty', '')), qr/^The file is empty\.$/m,
	'an empty file');
like(run("'$program' import sniff /does/not/exist"), qr/No such file/, 'no such file');
like(run("'$program' import sniff /"), qr/Is a directory/, 'a folder');
done_testing();
