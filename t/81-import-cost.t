# What a chunk of an import costs: statements of the server, by its own counters. A run of 3,000
# records has two chunks more than one of 1,000.
use strict;
use warnings;
use JSON::PP;
use Test::More;
use Admin;

my $admin = Admin->start;
my $db = $admin->db;
$admin->good('customer', qw(customer add Demo));
$admin->good('alias', qw(alias add Demo Main --database demo_main --create-database
	--currency EUR --time-zone UTC));
$admin->good('source', qw(source add Demo Main --source-id 1 --label Shop));
my $n = 0;

sub questions { return ($db->sql("SHOW GLOBAL STATUS LIKE 'Questions'"))[0][1] }

# Statements of a run of these rows by this map.
sub cost {
	my ($rows, $map, @more) = @_;
	$n++;
	my @run = ('import', 'run', qw(Demo Main), $admin->file("$n.csv", $rows), '--source-id', 1,
		'--mapping', $admin->file("$n.json", encode_json($map)), @more);
	my $before = questions();
	my ($rc, $out, $err) = $admin->run(@run);
	is("$rc $err", '0 ', "run $n") or diag $out;
	return questions() - $before;
}

# Of a chunk, where runs differ by two.
sub a_chunk {
	my ($what, $most, $few, $many) = @_;
	my $each = ($many - $few) / 2;
	cmp_ok($each, '<=', $most, "$what: at most $most statements a chunk");
	note "$what: $each statements a chunk, $few a run of one chunk";
}

my %customers = (Rows => [
	{ Entity => 'Contact', Members => { 'ExternalKey.Identifier' => 'id', FirstName => 'first',
		LastName => 'last', CivilityId => { Column => 'title', Label => 'Civility' } } },
	{ Entity => 'Address', Members => { 'ContactExternalKey.Identifier' => 'id',
		Email => 'mail', EmailOptin => 'news', City => 'city' } } ]);

sub customers {
	my ($from, $rows, $city) = @_;
	return "id,first,last,title,mail,news,city\n" . join '',
		map { "c$_,First,Last $_,Mr,c$_\@example.org,1,$city\n" } 
			$from .. $from + $rows - 1;
}

sub orders {
	my ($from, $rows) = @_;
	return "number,customer,total,sku,price\n" . join '', map { my $o = $_;
		map { "o$o,c$o,30,s" . ($o % 50 + $_) . ",10\n" } 1 .. 3 }
		$from .. $from + $rows - 1;
}

my %orders = (GroupBy => ['number'], Rows => [
	{ Entity => 'PurchaseHeader', Members => { PurchaseIdentifier => 'number',
		Amount => 'total', 'ContactExternalKey.Identifier' => 'customer' } },
	{ Entity => 'PurchaseGood', Each => JSON::PP::true, Ensure => JSON::PP::true,
		Members => { Identifier => 'sku', Sku => 'sku' } },
	{ Entity => 'PurchaseDetail', Each => JSON::PP::true, Members => { Identifier => 'sku',
		'PurchaseHeaderExternalKey.PurchaseIdentifier' => 'number',
		'PurchaseGoodExternalKey.Identifier' => 'sku', Amount => 'price' } } ]);

a_chunk('new customers', 11, map { cost(customers(@$_, 'Nice'), \%customers) }
	[1, 1000], [1001, 3000]);
a_chunk('the same customers once more', 12,
	map { cost(customers(@$_, 'Nice') . "\n", \%customers) } [1, 1000], [1001, 3000]);
a_chunk('customers that moved', 13, map { cost(customers(@$_, 'Lyon'), \%customers) }
	[1, 1000], [1001, 3000]);
a_chunk('new orders', 15, map { cost(orders(@$_), \%orders) } [1, 1000], [1001, 3000]);
a_chunk('the same orders once more', 14, map { cost(orders(@$_) . "\n", \%orders) }
	[1, 1000], [1001, 3000]);
is_deeply([$db->sql('SELECT COUNT(*), COUNT(DISTINCT Amount) FROM PurchaseDetail', 'demo_main')],
	[[12_000, 1]], 'each line is there once');

# An order that is longer than what is written together, and names goods again far behind.
cost("number,customer,total,sku,price\n" . join('', map { 'long,c1,30,g' . $_ % 1200 . ",$_\n" }
	1 .. 2500), \%orders);
is_deeply([$db->sql("SELECT COUNT(*), MIN(d.Amount), MAX(d.Amount) FROM PurchaseDetail d
	JOIN PurchaseHeader USING (PurchaseHeaderId) WHERE PurchaseIdentifier = 'long'",
	'demo_main')], [[1200, '1301.0000', '2500.0000']],
	'a long order that repeats its goods: what its last lines say');
done_testing;
