# import run: a CSV file by a mapping: contacts, orders of several rows, what is rejected, the same
# again, a dry run, runs that are killed, two at once, mappings and files that do not fit.
use strict;
use warnings;
use utf8;
use Encode qw(encode);
use JSON::PP;
use Test::More;
use Admin;

my $admin = Admin->start;
my $db = $admin->db;
$admin->good('customer', qw(customer add Demo));
for my $alias (qw(Main Other)) {
	$admin->good('alias', qw(alias add Demo), $alias, '--database', lc "demo_$alias",
		qw(--create-database --currency EUR --time-zone Europe/Paris));
	$admin->good('source', qw(source add Demo), $alias, qw(--source-id 1 --label Shop));
}
my $t = sub { $db->sql($_[0], $_[1] // 'demo_main') };
my $n = 0;

sub one { return ($t->($_[0]))[0][0] }

sub slurp { open my $fh, '<', $_[0] or return undef; local $/; return scalar <$fh> }

# The arguments of a run of a file (its text) by a mapping.
sub import_of {
	my ($file, $map, @more) = @_;
	my $alias = ($more[0] // '') =~ /^(?:Main|Other)$/ ? shift @more : 'Main';
	$n++;
	return ('import', 'run', 'Demo', $alias, $admin->file("$n.csv", encode('UTF-8', $file)),
		'--source-id', 1, '--mapping', $admin->file("$n.json", encode_json($map)), @more);
}

# ------------------------------------------------------------------ contacts

my %contacts = (File => { Delimiter => ';' }, Rows => [
	{ Entity => 'Contact', Members => { 'ExternalKey.Identifier' => 'id',
		'ExternalKey.Email' => 'mail', 'ExternalKey.Phone' => 'phone',
		FirstName => 'first', LastName => 'last',
		CivilityId => { Column => 'title', Label => 'Civility' },
		BirthDate => { Column => 'born', Date => 'dd/mm/yyyy' } } },
	{ Entity => 'Address', Members => { 'ContactExternalKey.Identifier' => 'id',
		'ContactExternalKey.Email' => 'mail', 'ContactExternalKey.Phone' => 'phone',
		Email => 'mail', MobilePhoneNumber => 'phone', City => 'city',
		CountryId => { FirstOf => ['country', 'country2'], Label => 'Country' },
		EmailOptin => { Column => 'news', Values => { oui => '1', non => '0' } } } } ]);
my $head = "id;title;mail;phone;first;last;born;city;country;country2;news;more\n";
my $good = $head . "7;Mr;ana\@example.org;;Ana;Ba;01/02/1990;Paris;;France;oui;x\n"
	. ";;zoe\@example.org;;\"Zoé; la\";;;Lyon;FR;;non;x\n"
	. ";;;+33 6 12 34 56 78;Léa;;31/02/1990;Nice;;;;x\n";
my ($rc, $out, $err) = $admin->run(import_of($good, \%contacts, '--dry-run', '--json'));
is($rc, 0, 'a dry run') or diag $err;
my $said = decode_json($out);
is_deeply([@$said{qw(Read Taken Rejected RemarkCount)}], [3, 3, 0, 1],
	'says what would become of it');
is_deeply([$t->('SELECT COUNT(*) FROM Contact'), $t->('SELECT COUNT(*) FROM api_import')],
	[[0], [0]], 'and leaves nothing');

($rc, $out, $err) = $admin->run(my @same = import_of($good, \%contacts));
is($rc, 0, 'a run') or diag $err;
like($out, qr/^Contact +3 +0 +0/m, 'three contacts');
like($out, qr/Column more is not used\./, 'a column that nobody asked for is told');
is_deeply([$t->('SELECT c.FirstName, c.LastName, DATE(c.BirthDate), i.Identifier, a.City,
	a.CountryId, a.EmailOptin FROM Contact c JOIN ContactIdentifier i USING (ContactId)
	JOIN Address a USING (ContactId) ORDER BY c.ContactId')],
	[['Ana', 'Ba', '1990-02-01', '7', 'Paris', 'FRA', '1'],
	['Zoé; la', 'NULL', 'NULL', 'email:zoe@example.org', 'Lyon', 'FRA', '0'],
	['Léa', 'NULL', 'NULL', 'phone:+33612345678', 'Nice', 'NULL', 'NULL']],
	'who they are: by id, by mail address, by phone; a day that does not exist is left out');

my @tables = qw(Contact ContactIdentifier Address PurchaseHeader PurchaseDetail PurchaseGood
	api_contact_consent);
my $sum = sub { join ' ', map { "@$_" } $t->('CHECKSUM TABLE ' . join ', ', @tables) };
my $before = $sum->();
($rc, $out) = $admin->run(@same);
is($rc, 0, 'the same file again');
like($out, qr/was read before/, 'is known');
($rc, $out) = $admin->run(@same, '--again');
like($out, qr/^Contact +0 +0 +3/m, 'it is read again on wish, and changes nothing');
($rc, $out) = $admin->run(import_of($good, \%contacts, '--json'));
is_deeply(decode_json($out)->{Rows}, [map { { Entity => $_, Inserted => 0, Updated => 0,
	Unchanged => 3, Superseded => 0 } } qw(Contact Address)], 'under another name: unchanged');
is($sum->(), $before, 'and no row is touched');

# ------------------------------------------------------------------ what is rejected

my $results = $admin->dir . '/r';
my $bad = $head . "8;;a\@example.org;;A;;;;;;;\n" . "9;;b\@example.org;;B\n" . "\n"
	. ";;;;Nobody;;;;;;;\n" . "10;;c\@example.org;;\"C;;;;;;;\n"
	. "11;;d\@example.org;;D;;;;;;;\n";
($rc, $out, $err) = $admin->run(import_of($bad, \%contacts, '--results', $results));
is($rc, 1, 'more than a tenth is rejected: it failed');
like($err, qr/rejected, more than 10 %/, 'and says so');
is(one("SELECT COUNT(*) FROM ContactIdentifier WHERE Identifier IN ('8', '11')"), 2,
	'what was accepted stays');
my @reasons = split /\n/, slurp("$results.reasons.csv");
is_deeply([map { (split /;/)[0] } @reasons], [qw(Line 3 5 6)], 'the lines of the others');
is((split /\n/, slurp("$results.rejected.csv"))[1], '9;;b@example.org;;B',
	'they are kept as they came');
is(slurp("$results.rejected.csv") =~ s/\n.*//sr, $head =~ s/\n//r, 'behind the header');
is_deeply([split /\n/, slurp("$results.accepted.csv")], ['Line;Key', map { "$_->[0];$_->[1]" }
	[2, one("SELECT ContactId FROM ContactIdentifier WHERE Identifier = '8'")],
	[7, one("SELECT ContactId FROM ContactIdentifier WHERE Identifier = '11'")]],
	'and of those that were accepted line and key');

# ------------------------------------------------------------------ what does not fit

my $rows = sub { return one('SELECT COUNT(*) FROM ContactIdentifier') };
my $there = $rows->();
my $refused = sub {
	my ($what, $words, $text, $map, @more) = @_;
	$admin->bad($what, 2, $words, import_of($text, $map, @more));
};
$refused->('a column that the file has not',
	qr/^customerapi: born: is no column of the file; did you mean Borne\?/m,
	$head =~ s/born/Borne/r, \%contacts);
$refused->('a member that the entity has not',
	qr/Rows\[0\]\.Members\.Firstname2: is not known/,
	$good, { Rows => [{ Entity => 'Contact', Members => { Firstname2 => 'first' } }] });
$refused->('an entity that there is not', qr/Rows\[0\]\.Entity: must name an entity/,
	$good, { Rows => [{ Entity => 'Kontakt', Members => { FirstName => 'first' } }] });
$refused->('no rows', qr/Rows: is required/, $good, {});
$refused->('a form of dates that there is not', qr/\.Date: must be one of dd\/mm\/yyyy/, $good,
	{ Rows => [{ Entity => 'Contact', Members => { BirthDate => { Column => 'born',
	Date => 'd.m.y' } } }] });
$refused->('a column twice in the header', qr/stands there twice|twice/, "a;a\n1;2\n", \%contacts);
is($rows->(), $there, 'nothing was written');
for (['an empty file', ''], ['a header alone', $head]) {
	my ($what, $text) = @$_;
	($rc, $out, $err) = $admin->run(import_of($text, \%contacts, '--json'));
	is_deeply([$rc, decode_json($out)->{Read}], [0, 0], "$what: nothing is read") or diag $err;
}
($rc, $out, $err) = $admin->run(import_of($head . "12;;e\@example.org;;E;;;;;;;\n", \%contacts,
	'--results', $admin->dir . '/nowhere/r'));
isnt($rc, 0, 'no folder for the results');
like($err, qr/result file cannot be made/, 'it is said');
is($rows->(), $there, 'and nothing was written');

# The bytes of another encoding.
my @wide = import_of('', { %contacts, File => { %{ $contacts{File} }, Encoding => 'UTF-16LE' } });
$admin->file("$n.csv", encode('UTF-16LE', "\x{feff}${head}13;;f\@example.org;;Zoë;;;;;;;\n"));
($rc, $out, $err) = $admin->run(@wide);
is($rc, 0, 'UTF-16') or diag $err;
is(one("SELECT HEX(FirstName) FROM Contact JOIN ContactIdentifier USING (ContactId)
	WHERE Identifier = '13'"), '5A6FC3AB', 'and its letters');

# Two at once: one takes the file over, or finds it done; it is read once.
my @both = import_of($head . join('', map { "t$_;;;;T$_;;;;;;;\n" } 1 .. 2500), \%contacts);
my @runs = map { $admin->begin(@both) } 1, 2;
my @ends = map { [$admin->finish($_)] } @runs;
ok((grep { $_->[0] == 0 } @ends) >= 1, 'two runs of a file: one ends well');
is((grep { $_->[0] != 0 && $_->[2] !~ /taken this file over|busy|same time/ } @ends), 0,
	'the other too, or it says why not') or diag map { "@$_" } @ends;
is_deeply([$t->("SELECT COUNT(*), COUNT(DISTINCT ContactId) FROM ContactIdentifier
	WHERE Identifier LIKE 't%'")], [[2500, 2500]], 'each contact is there once');

# ------------------------------------------------------------------ orders, killed again and again

my %orders = (File => { Delimiter => '|', Quote => '', Header => JSON::PP::false,
		Columns => [qw(number day customer total sku name price)] },
	GroupBy => ['number'], Rows => [
	{ Entity => 'PurchaseHeader', Members => { PurchaseIdentifier => 'number',
		PurchaseDate => { Column => 'day', Date => 'dd/mm/yyyy' }, Amount => 'total',
		CurrencyId => { Constant => 'EUR' },
		'ContactExternalKey.Identifier' => 'customer' } },
	{ Entity => 'PurchaseGood', Each => JSON::PP::true, Ensure => JSON::PP::true, Members => {
		Identifier => 'sku', Sku => 'sku', Label => 'name' } },
	{ Entity => 'PurchaseDetail', Each => JSON::PP::true, Members => { Identifier => 'sku',
		'PurchaseHeaderExternalKey.PurchaseIdentifier' => 'number',
		'PurchaseGoodExternalKey.Identifier' => 'sku', Amount => 'price' } } ]);
my %customers = (File => { Delimiter => '|', Header => JSON::PP::false, Columns => ['id', 'last'] },
	Rows => [{ Entity => 'Contact',
		Members => { 'ExternalKey.Identifier' => 'id', LastName => 'last' } }]);
srand 81;
my $people = join '', map { "c$_|Name $_\n" } 1 .. 300;
my $orders = join '', map { my $order = $_; my $who = 1 + int rand 310;
	map { "o$order|0" . (1 + $order % 9) . "/02/2026|c$who|1.234,50|s"
		. ($order % 40 + $_) . "|Good|4" . ($_ % 10) . ",10\n" } 1 .. 1 + $order % 4
	} 1 .. 3000;
for my $alias (qw(Main Other)) {
	($rc, $out, $err) = $admin->run(import_of($people, \%customers, $alias));
	is($rc, 0, "$alias: customers") or diag $err;
}
($rc, $out, $err) = $admin->run(import_of($orders, \%orders, 'Other'));
is($rc, 0, 'orders, undisturbed') or diag $err, $out;
like($out, qr/^Read: +3000$/m, 'a record is all rows of an order');
my @run = import_of($orders, \%orders, '--results', "$results.orders");
my $killed = 0;
for my $try (1 .. 20) {
	my $run = $admin->begin(@run);
	select undef, undef, undef, 0.05 + rand 0.15;
	$killed += kill 'KILL', $run->{pid};
	$admin->finish($run);
}
($rc, $out, $err) = $admin->run(@run);
is($rc, 0, "and after $killed runs that were killed") or diag $err;
my $all = 'SELECT h.PurchaseIdentifier, h.PurchaseDate, h.Amount, i.Identifier, d.Identifier,
	d.Amount, g.Sku, g.Label FROM PurchaseHeader h
	LEFT JOIN ContactIdentifier i USING (ContactId)
	LEFT JOIN PurchaseDetail d USING (PurchaseHeaderId)
	LEFT JOIN PurchaseGood g USING (PurchaseGoodId) ORDER BY 1, 5, 4';
is_deeply([$t->($all)], [$t->($all, 'demo_other')], 'the tables are the same');
my $told = 'SELECT state, counts FROM api_import WHERE name = ?';
is_deeply([map { [$t->("SELECT state, counts FROM api_import ORDER BY import_id DESC LIMIT 1",
	$_)] } 'demo_main'], [map { [$t->("SELECT state, counts FROM api_import
	ORDER BY import_id DESC LIMIT 1", $_)] } 'demo_other'], 'so is what is said of it');
my $lines = sub { return scalar(() = slurp("$results.orders.$_[0].csv") =~ /\n/g) };
is($lines->('accepted') - 1 + $lines->('rejected'), scalar(() = $orders =~ /\n/g),
	'each row stands once among the accepted or the rejected');
is($lines->('reasons') - 1, $lines->('rejected'), 'and each that is rejected has its reason');

done_testing;
