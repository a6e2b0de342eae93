# Connector/Prestashop through the daemon, from a shop with a Webservice: all resources, what they
# become; again, changed, deleted; killed at any moment, two at once; a shop that answers badly; the
# test of its connection; secrets nowhere.
use strict;
use warnings;
use utf8;
use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep time);
use MariaDB;
use Prestashop;
use Scheduler;

my $db = MariaDB->start;
my $s = Scheduler->new($db, CUSTOMERAPI_QUEUE_WORKERS => 1, CUSTOMERAPI_TEST_PAUSE_MS => 5);
$s->tenant(1, reference_currency => "'EUR'", time_zone => "'Europe/Paris'");
$db->sql("INSERT INTO Source (SourceId, Label, CreationDate, ModificationDate) VALUES "
	. "(1, 'Shop', '2026-01-01', '2026-01-01')", 'tenant1');
$s->sql("INSERT INTO api_source (alias_id, source_id, created_at) VALUES (1, 1, '2026-01-01')");
open my $sealing, '>', $s->dir . '/key' or die $!;
chmod 0600, $sealing;
print $sealing '5a' x 32, "\n";
close $sealing;
my $said = '';
my $t = sub { $db->sql($_[0], 'tenant1') };
my $one = sub { my ($row) = $t->($_[0]); return join '|', @{ $row // [] } };
my $key = 'CANARY0KEY0OF0THE0WEBSERVICE0123';

sub tool {
	my ($input, @args) = @_;
	local %ENV = (%ENV, %{ $s->{env} });
	open my $in, '>', $s->dir . '/in' or die $!;
	print $in $input // '';
	close $in;
	my $quoted = join ' ', map { "'" . s/'/'\\''/gr . "'" } @args;
	my $out = `$ENV{BUILDDIR}/customerapi $quoted <$s->{dir}/in 2>&1`;
	$said .= $out;
	return ($? >> 8, $out);
}

sub connect_to {
	my ($name, $shop, @set) = @_;
	my ($rc, $out) = tool("$key\n", qw(connection add C1 A1), $name, 'Prestashop', $shop->url,
		'--secret-file', 'Key=-', map { ('--set', $_) } 'AllowPrivate=true', 'SourceId=1',
		'RequestsPerMinute=60000', 'TimeoutSeconds=2', @set);
	is($rc, 0, "the connection $name") or diag $out;
}

# ------------------------------------------------------------------ the shop

my $shop = Prestashop->start(key => $key, gzip => 1);
my $old = '2026-01-15 10:00:00';

sub customer_of {
	my ($id, %more) = @_;
	return (customers => $id, { id_default_group => 3, id_lang => 1, passwd => 'SECRETHASH',
		secure_key => 'SECRETTOKEN', lastname => "L$id", firstname => "F$id",
		email => "c$id\@example.org", newsletter => $id % 2, birthday => '1980-02-03',
		newsletter_date_add => '2026-01-10 08:00:00', is_guest => 0, deleted => 0,
		id_shop => 1, date_add => $old, date_upd => $old, %more });
}
sub address_of {
	my ($id, $customer, %more) = @_;
	return (addresses => $id, { id_customer => $customer, id_country => 8,
		address1 => "$id rue", postcode => '75001', city => "Ville $id",
		phone_mobile => '0612345678', deleted => 0, date_add => $old, date_upd => $old,
		%more });
}
sub order_of {
	my ($id, $customer, %more) = @_;
	return (orders => $id, { id_cart => $id, id_currency => 1, id_customer => $customer,
		current_state => 2, id_shop => 1, secure_key => 'SECRETTOKEN',
		payment => 'Card', reference => "REF$id", total_discounts_tax_incl => '0.000000',
		total_paid_tax_incl => '32.000000', total_paid_tax_excl => '26.670000',
		total_shipping_tax_incl => '2.000000', total_shipping_tax_excl => '1.670000',
		total_wrapping_tax_incl => '0.000000', total_wrapping_tax_excl => '0.000000',
		date_add => $old, date_upd => $old, order_rows => [
			{ id => $id * 10, product_id => 1, product_attribute_id => 11,
			product_quantity => 2, product_name => 'Shirt — bleu',
			product_reference => 'SKU-1', product_ean13 => '0',
			unit_price_tax_incl => '10.000000', unit_price_tax_excl => '8.333333' },
			{ id => $id * 10 + 1, product_id => 2, product_attribute_id => 0,
			product_quantity => 1, product_name => 'Cap', product_reference => 'SKU-2',
			product_ean13 => '', unit_price_tax_incl => '10.000000',
			unit_price_tax_excl => '8.333333' }], %more });
}
$shop->many(sub {
	$shop->put(languages => 1, { name => 'Français', iso_code => 'fr' });
	$shop->put(languages => 2, { name => 'English', iso_code => 'en' });
	$shop->put(currencies => 1, { name => 'Euro', iso_code => 'EUR' });
	$shop->put(countries => 8, { iso_code => 'FR', name => { 1 => 'France', 2 => 'France' } });
	$shop->put(groups => 3, { name => { 1 => 'Client', 2 => 'Customer' } });
	$shop->put(order_states => 2, { paid => 1, shipped => 0, logable => 1,
		template => { 1 => 'payment', 2 => 'payment' }, name => { 1 => 'Paiement' } });
	$shop->put(categories => $_, { id_parent => $_ == 1 ? 0 : 1, name => { 1 => "Catégorie $_",
		2 => "Category $_" }, date_add => $old, date_upd => $old }) for 1 .. 3;
	$shop->put(products => $_, { id_category_default => 2, reference => "SKU-$_", ean13 => '',
		price => '8.333333', name => { 1 => "Produit $_", 2 => "Product $_" },
		description => { 1 => '<p>Bon</p>' }, date_add => $old, date_upd => $old }) for 1,
		2;
	$shop->put(combinations => 11, { id_product => 1, reference => 'SKU-1-S', ean13 => '',
		price => '1.000000' });
	$shop->put(customer_of($_)) for 1 .. 7;
	$shop->put(address_of($_, $_)) for 1 .. 5;
	$shop->put(address_of(6, 1, city => 'Newer'));
	$shop->put(address_of(7, 0, city => 'Of a supplier'));
	$shop->put(order_of($_, $_)) for 1 .. 5;
	$shop->put(order_slip => 1, { id_order => 5, total_shipping_tax_incl => '0.000000',
		date_add => $old, date_upd => $old, order_slip_details => [{ id => 1,
		id_order_detail => 50, product_quantity => 1, amount_tax_incl => '10.000000' }] });
});
connect_to('shop', $shop, 'PageSize=3', 'Languages=1,2');

# ------------------------------------------------------------------ runs

sub begin {
	my ($connection, %p) = @_;
	$s->sql("INSERT INTO api_run (tenant_id, process, parameters, origin, state, not_before, "
		. "exclusive, created_at, result, log_tail) VALUES (1, 'Connector/Prestashop', '"
		. encode_json({ Connection => $connection, %p })
		. "', 2, 1, '2026-01-01', NULL, '2026-01-01', '', '')");
}
sub result {
	my ($r) = $s->sql('SELECT state, result, reason, log_tail, run_id FROM api_run '
		. 'ORDER BY run_id DESC LIMIT 1');
	$said .= join "\n", @$r;
	return { State => $r->[0], Reason => $r->[2], Log => $r->[3], Id => $r->[4],
		%{+ eval { JSON::PP->new->decode($r->[1] || '{}') } || {} } };
}
sub run {
	begin(@_);
	$s->once;
	return result();
}
my ($SUCCESS, $WARNING, $FAILED) = (3, 4, 5);
my @tables = grep { !/^api_(?:cursor|counter)/ } map { $_->[0] } $t->('SHOW TABLES');
my $sum = sub { return join "\n", map { "@$_" } $t->('CHECKSUM TABLE '
	. join ', ', map { "`$_`" } @tables) };

my $r = run('shop', DryRun => JSON::PP::true, Resources => ['Customers']);
is($r->{State}, $SUCCESS, 'a dry run') or diag explain $r;
is($one->('SELECT COUNT(*) FROM Contact'), 0, 'leaves nothing');
is($one->('SELECT COUNT(*) FROM api_cursor'), 0, 'nor notes where it stands');
is($r->{Rows}{Contact}{Inserted}, 7, 'and says what would be added') or diag explain $r;

$shop->forget;
$r = run('shop');
is($r->{State}, $SUCCESS, 'the first run') or diag explain $r;
is_deeply([@$r{qw(Read Refused)}], [3 + 2 + 7 + 6 + 5, 0], 'reads all, and refuses nothing');
is_deeply([$t->('SELECT i.Identifier, c.FirstName, c.LastName, a.City, a.CountryId, a.Email,
	a.EmailOptin, c.FreeField1, c.LanguageId FROM Contact c JOIN ContactIdentifier i
	USING (ContactId) JOIN Address a USING (ContactId) WHERE i.Identifier IN (1, 2)
	ORDER BY i.Identifier')],
	[['1', 'F1', 'L1', 'Newer', 'FRA', 'c1@example.org', '1', 'Client', 'fra'],
	['2', 'F2', 'L2', 'Ville 2', 'FRA', 'c2@example.org', '0', 'Client', 'fra']],
	'customers, with the address that was made last, group and language');
is_deeply([$t->('SELECT Identifier, Label, Price FROM PurchaseGood ORDER BY Identifier')],
	[['1', 'Produit 1', '8.3333'], ['1-11', 'Produit 1', '9.3333'],
		['2', 'Produit 2', '8.3333']],
	'products and combinations, in the main language');
is_deeply([$t->('SELECT Identifier, Label, ParentHierarchyNode FROM PurchaseGoodCategory
	ORDER BY Identifier')], [['1', 'Catégorie 1', 'NULL'], ['2', 'Catégorie 2', '1'],
	['3', 'Catégorie 3', '1']], 'categories');
is_deeply([$t->('SELECT PurchaseIdentifier, PurchaseReference, Amount, OriginalAmount, CurrencyId,
	PurchaseDate FROM PurchaseHeader WHERE PurchaseIdentifier IN (4, 5)
	ORDER BY PurchaseIdentifier')],
	[['4', 'REF4', '32.0000', '32.0000', 'EUR', '2026-01-15 09:00:00.000000'],
	['5', 'REF5', '22.0000', '32.0000', 'EUR', '2026-01-15 09:00:00.000000']],
	'orders, less what a slip refunds, their dates in the zone of the shop');
is($one->('SELECT COUNT(*) FROM PurchaseDetail'), 15, 'lines, and shipping');
my @asked = $shop->asked;
is((grep { /passwd|secure_key|full/ } @asked), 0, 'no secrets of customers are asked for');
is((grep { /filter\[date_upd\]/ } @asked), 0, 'the first run asks for everything');
my $last = $one->("SELECT last_success_at > '2026-01-01' FROM customerapi.api_connection");
is($last, 1, 'the connection knows of it');

my $before = $sum->();
$shop->forget;
$r = run('shop');
is_deeply([@$r{qw(State Read)}], [$SUCCESS, 0], 'again: nothing was changed') or diag explain $r;
ok((grep { /filter\[date_upd\]=>\[20..-..-.. ..:..:..\]/ && /date=1/ } @asked = $shop->asked) >= 5,
	'what was changed since is asked for');
is($sum->(), $before, 'no table is touched');
$r = run('shop', Full => JSON::PP::true);
is_deeply([@$r{qw(State Read)}], [$SUCCESS, 23], 'all of it once more') or diag explain $r;
is($sum->(), $before, 'no table is touched') or diag explain $r;

# ------------------------------------------------------------------ one change

my $now = sub { my @l = localtime(time + ($_[0] // 0));
	return sprintf '%04d-%02d-%02d %02d:%02d:%02d',
	$l[5] + 1900, $l[4] + 1, @l[3, 2, 1, 0] };
$ENV{TZ} = 'Europe/Paris';
POSIX::tzset();
$shop->put(customers => 3, { lastname => 'Changed', date_upd => $now->() });
$r = run('shop');
is_deeply([@$r{qw(State Read)}], [$SUCCESS, 1], 'a customer has changed: one is read');
is_deeply($r->{Rows}{Contact}, { Inserted => 0, Updated => 1, Unchanged => 0, Superseded => 0 },
	'and one row written') or diag explain $r;
is_deeply([map { $_->[0] } $t->("SELECT c.LastName FROM Contact c JOIN ContactIdentifier i
	USING (ContactId) WHERE i.Identifier = '3'")], ['Changed'], 'so it is');

$shop->put(order_slip => 2, { id_order => 4, total_shipping_tax_incl => '2.000000',
	date_add => $now->(), date_upd => $now->(), order_slip_details => [{ id => 2,
	id_order_detail => 40, product_quantity => 2, amount_tax_incl => '20.000000' }] });
$r = run('shop');
is($one->('SELECT Amount FROM PurchaseHeader WHERE PurchaseIdentifier = 4'), '10.0000',
	'a slip alone, which does not change its order\'s date, takes the money off')
	or diag explain $r;

$shop->put(addresses => 6, { deleted => 1, date_upd => $now->() });
run('shop');
is($one->("SELECT a.City FROM Address a JOIN ContactIdentifier i USING (ContactId)
	WHERE i.Identifier = '1'"), 'Ville 1',
	'the last address is deleted: the one before it holds');

# Many that were changed in the same second, on several pages.
my $same = $now->();
$shop->many(sub { $shop->put(customer_of($_, date_upd => $same)) for 100 .. 120 });
$r = run('shop', Resources => ['Customers']);
is_deeply([$r->{State}, $one->("SELECT COUNT(*) FROM ContactIdentifier WHERE Identifier >= 100")],
	[$SUCCESS, 21], 'many of one second: none is left out');

# ------------------------------------------------------------------ deletions

$shop->remove(customers => 7);
$shop->remove(combinations => 11);
$shop->remove(products => 2);
$shop->remove(orders => 3);
my $gone = sub { return join ' ', map { $one->($_) } "SELECT c.DeletionFlag FROM Contact c JOIN
	ContactIdentifier i USING (ContactId) WHERE i.Identifier = '7'",
	"SELECT DeletionFlag FROM PurchaseGood WHERE Identifier = '2'",
	"SELECT DeletionFlag FROM PurchaseHeader WHERE PurchaseIdentifier = '3'" };
run('shop');
is($gone->(), '0 0 0', 'deletions are looked for once a week');
$t->("UPDATE api_cursor SET swept_at = swept_at - INTERVAL 8 DAY WHERE swept_at IS NOT NULL");
$shop->behave('customers', 'none', 3);	# its fields, a pass, its ids
$r = run('shop');
is($r->{State}, $WARNING, 'no customer is listed at all');
like($r->{Reason}, qr/lists no customers at all.*nothing is marked as deleted/, 'it is said');
is($gone->(), '0 1 1',
	'and not believed; products and orders that are no longer listed are deleted')
	or diag explain $r;
$r = run('shop');
is_deeply([$r->{State}, $gone->()], [$SUCCESS, '1 1 1'], 'the customers are looked for again')
	or diag explain $r;
like($r->{Log}, qr/customers: 1 that the shop no longer lists/, 'the log tells how many');
$t->("UPDATE api_cursor SET swept_at = NULL");
$shop->many(sub { delete $shop->{data}{customers}{$_} for 100 .. 119 });
$r = run('shop', SweepDays => 1);
like($r->{Reason}, qr/20 of 27 that are stored are not among them, more than 20 %/,
	'too many are missing') or diag explain $r;
is($one->("SELECT COUNT(*) FROM Contact WHERE DeletionFlag = 1"), 1, 'nobody is deleted');
$shop->put(customer_of(7, date_upd => $old));
$shop->many(sub { $shop->put(customer_of($_, date_upd => $same)) for 100 .. 119 });
$r = run('shop', Full => JSON::PP::true);
is($gone->() =~ s/ .*//r, '0', 'a customer who is listed again is back') or diag explain $r;

# ------------------------------------------------------------------ reconciliation

$shop->many(sub { $shop->put(order_of($_, 1, date_upd => $now->(-86400), date_add =>
	$now->(-86400))) for 8, 9 });
run('shop', Resources => ['Orders'], Since => '2026-01-01');
$t->("UPDATE PurchaseHeader SET Amount = 1 WHERE PurchaseIdentifier = 8");
$t->("DELETE FROM PurchaseDetail WHERE PurchaseHeaderId = (SELECT PurchaseHeaderId FROM "
	. "PurchaseHeader WHERE PurchaseIdentifier = '9')");
$t->("DELETE FROM PurchaseHeader WHERE PurchaseIdentifier = 9");
$r = run('shop', Resources => ['Orders'], ReconcileDays => 3);
is_deeply([@$r{qw(State Missing Different)}], [$SUCCESS, 1, 1], 'compared with what the shop lists')
	or diag explain $r;
like($r->{Log}, qr/Order REF9 \(id 9\) was missing/, 'what was missing, by its number');
like($r->{Log}, qr/Order REF8 \(id 8\) was different/, 'and what was different');
is($one->("SELECT GROUP_CONCAT(Amount ORDER BY PurchaseIdentifier) FROM PurchaseHeader
	WHERE PurchaseIdentifier IN (8, 9)"), '32.0000,32.0000', 'both are as the shop has them');
$r = run('shop', Resources => ['Orders'], ReconcileDays => 3);
is_deeply([@$r{qw(Missing Different)}], [0, 0], 'then nothing is');

# ------------------------------------------------------------------ a record that cannot be taken

$shop->put(orders => 10, { %{ (order_of(10, 1))[2] }, id_currency => 99, date_upd => $now->() });
$r = run('shop', Resources => ['Orders'], RejectedPercent => 100);
is_deeply([@$r{qw(State Refused)}], [$SUCCESS, 1], 'an order in a currency that is not listed')
	or diag explain $r;
like($r->{Log}, qr/Order REF10 \(id 10\) is refused: .*id_currency/, 'is refused, with the reason');
$shop->put(orders => 10, { date_upd => $now->() });
$r = run('shop', Resources => ['Orders']);
is($r->{State}, $FAILED, 'too many of them');
like($r->{Reason}, qr/1 of \d+ records were refused, more than 10 %. What was taken stays/,
	'it is said');
is($one->("SELECT last_failure LIKE '%were refused%' FROM customerapi.api_connection"), 1,
	'the connection knows of it');
$shop->remove(orders => 10);

# ------------------------------------------------------------------ answers of other shops

$shop->behave('products', '200 product_1_simple', 2);	# its fields, and a page of one record
$r = run('shop', Resources => ['Products'], Full => JSON::PP::true, SweepDays => 0);
is_deeply([$r->{State}, $r->{Rows}{PurchaseGood}{Superseded}], [$SUCCESS, 1],
	'a product as a shop answered it in 2015') or diag explain $r;
$shop->calm;
is($one->("SELECT Label FROM PurchaseGood WHERE Identifier = '1'"), 'Produit 1',
	'is older than what is stored');
$shop->behave('customers', '404 error_87_id_not_exists', 3);
$r = run('shop', Resources => ['Customers'], Full => JSON::PP::true);
like($r->{Reason}, qr/not have the record any more\. Error 87 of the Webservice \("Id\(s\) not/,
	'an error that a shop answered');
$shop->calm;

# ------------------------------------------------------------------ answers that are none

my $place = $shop->url . '/api/customers';
for (
	login => qr/answers with a web page, not with data/,
	login_xml => qr/answers with a web page, not with data/,
	elsewhere => qr{leads to http://elsewhere.example/api/\. Redirects are not followed},
	malformed => qr/This is no XML: .*\(line 2, column \d+\)/,
	cut => qr/This is no XML: .*\(line 1, column \d+\)/, empty => qr/This is no XML/,
	latin1 => qr/This is no XML: .*\(line 1/, entity => qr/document type, which is not taken/,
	laughs => qr/document type, which is not taken/, bomb => qr/longer than 33554432 bytes/,
	notpacked => qr/no whole answer/,
	disabled => qr/Webservice is disabled: enable it.*Error 22/,
	key => qr/does not know the key.*Error 20/, empty_key => qr/KeyBy to Query.*Error 17/,
	shop => qr/does not let the key see this shop.*Shops\. Error 132/,
	unknown => qr/Error 4711 of the Webservice/, unsorted => qr/does not list by ascending id/,
) {
	our $how;
	if (!ref) { $how = $_; next }
	$shop->behave('customers', $how, 10);
	$r = run('shop', Resources => ['Customers'], Full => JSON::PP::true);
	is($r->{State}, $FAILED, "$how: the run fails");
	like($r->{Reason}, qr{\Q$place\E.*$_}s, "$how: it is said, with the address");
	$shop->calm;
}
$before = $sum->();
for (
	429 => qr/answers 429/, '429-date' => qr/answers 429/, 500 => qr/answers 500/,
	503 => qr/answers 503/, drop => qr/no whole answer/, longer => qr/no whole answer/,
	endless => qr/did not answer within \d+ s/,
) {
	our $how;
	if (!ref) { $how = $_; next }
	$shop->behave('customers', $how, 2);
	my $begun = time;
	$r = run('shop', Resources => ['Customers'], Full => JSON::PP::true);
	# a connection that ends before it answers is tried anew by libcurl itself, once
	my $again = $how eq 'drop' ? 1 : 2;
	is_deeply([@$r{qw(State RequestsAgain)}], [$SUCCESS, $again],
		"$how, twice: it is tried again")
		or diag explain $r;
	like($r->{Log}, qr{\Q$place\E.*$_.*It is tried again in}, "$how: the log tells");
	cmp_ok(time - $begun, '>=', 2, 'it waits as long as it is told') if $how eq '429';
	$shop->calm;
}
$shop->behave('customers', 'drop', 20);
$r = run('shop', Resources => ['Customers'], Full => JSON::PP::true);
is_deeply([@$r{qw(State RequestsAgain)}], [$FAILED, 5], 'it is not tried for ever');
$shop->calm;
is($sum->(), $before, 'none of these left anything behind');

# A shop at a private address, for which nobody allowed it.
connect_to('near', $shop, 'AllowPrivate=false');
$r = run('near', Resources => ['Customers']);
like($r->{Reason}, qr/not a public one.*set AllowPrivate/, 'a private address is refused');

# So many requests a minute, and no more.
connect_to('spared', $shop, 'RequestsPerMinute=600');
$shop->forget;
my $begun = time;
run('spared', Resources => ['Categories'], SweepDays => 0);
cmp_ok(time - $begun, '>=', 0.1 * (@{ [$shop->asked] } - 1), 'a shop is spared');

# ------------------------------------------------------------------ rights and the connection's
# test

my ($rc, $out) = tool('', qw(connection test C1 A1 shop));
is($rc, 0, 'the test of the connection') or diag $out;
like($out, qr/The key may read all that is imported.*orders.*The first record can be read/s,
	'says so');
$shop->behave('*', '200 resources');
($rc, $out) = tool('', qw(connection test C1 A1 shop));
like($out, qr/may not read currencies, categories, addresses\. Give.*Wanted, too: languages/,
	'rights that a shop answered');
$shop->allow('order_slip', 0);
($rc, $out) = tool('', qw(connection test C1 A1 shop));
like($out, qr/may not read order_slip, so what they say is left out/, 'a right that is wanted');
$r = run('shop');
is($r->{State}, $WARNING, 'without it the run goes on');
like($r->{Reason}, qr/Refunds are not taken off\..*order_slip.*right View/, 'with a warning');
$shop->allow('order_slip', 1);
$shop->allow('orders', 0);
($rc, $out) = tool('', qw(connection test C1 A1 shop));
is($rc, 1, 'a right that is needed');
like($out, qr/The key may not read orders\. Give it the right View \(GET\)/,
	'is told with its remedy');
$r = run('shop');
like($r->{Reason}, qr{/api/orders does not let the key read this resource.*Error 26},
	'so it is by a run');
$shop->allow('orders', 1);

# A web server that takes the header away.
my $deaf = Prestashop->start(key => $key, deaf => 1, data => $shop->{data});
connect_to('deaf', $deaf);
$r = run('deaf', Resources => ['Customers']);
like($r->{Reason}, qr/answers 401: the key did not arrive.*CGIPassAuth On.*KeyBy to Query/,
	'no key arrives: it is said what takes it away');
($rc, $out) = tool('', qw(connection set C1 A1 deaf --set KeyBy=Query));
is($rc, 0, 'the key goes into the query') or diag $out;
$r = run('deaf', Resources => ['Customers']);
is($r->{State}, $SUCCESS, 'and arrives') or diag explain $r;
$deaf->stop;

# ------------------------------------------------------------------ several shops

$shop->many(sub { $shop->put(customer_of($_, id_shop => 2, date_upd => $now->())) for 201, 202;
	$shop->put(address_of($_, $_, date_upd => $now->())) for 201, 202;
	$shop->put(customer_of(203, id_shop => 3, date_upd => $now->()));
	$shop->put(address_of(203, 203, date_upd => $now->())) });
connect_to('two', $shop, 'Shops=1,2');
$r = run('two', Resources => [qw(Customers Addresses)], SweepDays => 0);
is($r->{State}, $SUCCESS, 'two shops of three') or diag explain $r;
is($one->("SELECT GROUP_CONCAT(Identifier ORDER BY Identifier) FROM ContactIdentifier
	WHERE Identifier >= 200"), '201,202', 'the customers of the third are not taken')
	or diag explain $r;
is($one->("SELECT GROUP_CONCAT(scope ORDER BY scope) FROM api_cursor WHERE connection = 'two' AND
	resource = 'customers'"), '1,2', 'each shop has its cursor');
$shop->many(sub { delete @{ $shop->{data}{customers} }{201 .. 203};
	delete @{ $shop->{data}{addresses} }{201 .. 203} });

# ------------------------------------------------------------------ the end of summer time

# On 25 October 2026 the clocks of Paris went from 03:00 back to 02:00, at 01:00 UTC.
$t->("UPDATE api_cursor SET seen_at = '2026-10-25 00:55:00' WHERE resource = 'customers'");
$shop->forget;
run('shop', Resources => ['Customers'], SweepDays => 0);
my ($bound) = map { /date_upd\]=>\[(.*?)\]/ } grep { /customers/ } $shop->asked;
is($bound, '2026-10-25 01:44:59', 'what was changed in the hour that came twice is asked for');
$t->("UPDATE api_cursor SET seen_at = '2026-10-25 01:15:00' WHERE resource = 'customers'");
$shop->forget;
run('shop', Resources => ['Customers'], SweepDays => 0);
($bound) = map { /date_upd\]=>\[(.*?)\]/ } grep { /customers/ } $shop->asked;
is($bound, '2026-10-25 02:04:59', 'behind it, no more than the overlap is');

# ------------------------------------------------------------------ killed, and two at once

# The same shop into another tenant: first undisturbed, then killed again and again.
$shop->many(sub {
	$shop->put(customer_of($_)) for 300 .. 380;
	$shop->put(address_of($_, $_)) for 300 .. 380;
	$shop->put(order_of($_, $_)) for 300 .. 380;
});
my @compared = qw(Contact ContactIdentifier Address PurchaseHeader PurchaseDetail PurchaseGood
	PurchaseGoodCategory);
my $content = sub {
	return join "\n", map { "@$_" }
		$t->('SELECT i.Identifier, c.FirstName, c.LastName, c.DeletionFlag, a.City, a.Email
			FROM Contact c JOIN ContactIdentifier i USING (ContactId) LEFT JOIN '
				. 'Address a
			USING (ContactId) ORDER BY i.Identifier, a.City'),
		$t->('SELECT h.PurchaseIdentifier, h.Amount, i.Identifier, d.Identifier, d.Amount,
			d.Quantity FROM PurchaseHeader h JOIN ContactIdentifier i USING (ContactId)
			JOIN PurchaseDetail d USING (PurchaseHeaderId) ORDER BY d.Identifier'),
		$t->('SELECT Identifier, Price, DeletionFlag FROM PurchaseGood'),
		map { [$_, [$t->("SELECT COUNT(*) FROM $_")]->[0][0]] } @compared;
};
my $emptied = sub {
	$t->('SET FOREIGN_KEY_CHECKS = 0; ' . join '; ', map { "DELETE FROM $_" } @compared,
		qw(api_cursor api_identifier_end));
};
$emptied->();
$r = run('shop');
is($r->{State}, $SUCCESS, 'an undisturbed run') or diag explain $r;
my $undisturbed = $content->();
my $same_as = sub {
	my %was = map { $_ => 1 } split /\n/, $undisturbed;
	my @is = split /\n/, $content->();
	my @more = grep { !delete $was{$_} } @is;
	is_deeply([\@more, [sort keys %was]], [[], []], $_[0]);
};
my $whole = $r->{Log} =~ /([\d.]+) s  order_slip: / ? $1 : 3;
$emptied->();
my $killed = 0;
for my $round (1 .. 40) {
	last if $killed == 20;
	begin('shop');
	my $pid = $s->spawn($s->dir . '/log', '--once');
	my $kill_at = time + 0.1 + $whole * rand() / 6;
	my $is_over;
	while (time < $kill_at) {
		sleep 0.01;
		last if $is_over = waitpid($pid, POSIX::WNOHANG()) == $pid;
	}
	$killed += kill 'KILL', $pid if !$is_over;
	waitpid $pid, 0;
	$s->sql("UPDATE api_run SET state = 6 WHERE state IN (1, 2)");
}
is($killed, 20, 'killed at 20 moments');
$r = run('shop');
is($r->{State}, $SUCCESS, 'the last one runs to its end') or diag explain $r;
$same_as->('the tables are those of an undisturbed run');

$emptied->();
begin('shop') for 1, 2;
my @both = map { $s->spawn($s->dir . '/log', '--once') } 1, 2;
waitpid $_, 0 for @both;
my @ends = $s->sql('SELECT state, reason FROM api_run ORDER BY run_id DESC LIMIT 2');
$said .= join '|', map { @$_ } @ends;
ok((grep { $_->[0] == $SUCCESS } @ends) >= 1, 'two at once: one comes to its end')
	or diag explain \@ends;
is((grep { $_->[0] != $SUCCESS
	&& $_->[1] !~ /Another run has taken the connection shop over/ } @ends),
	0, 'the other one ends well, or says that it was taken over');
run('shop');
$same_as->('the tables are those of one run');

# ------------------------------------------------------------------ secrets

$said .= join '', map { Server::slurp($_) } glob $s->dir . '/log*';
$said .= $db->dump_of('customerapi') . $db->dump_of('tenant1');
like($said, qr/REF9/, 'what was said and stored is looked through');
unlike($said, qr/CANARY|U0VDUkVU|Q0FOQVJZ/, 'the key is in none of it');
unlike($said, qr/SECRETHASH|SECRETTOKEN/, 'nor are passwords and tokens of customers');

done_testing();
