# Shopify: every sample body has its effect in the tables, or its clear reason. Then order,
# staleness, guests, lines that go, hostile texts.
use strict;
use warnings;
use utf8;
use Test::More;
use Encode qw(decode_utf8 encode_utf8);
use IPC::Open2;
use JSON::PP;
use MariaDB;

binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output;

my $db = MariaDB->start;
$db->sql('CREATE DATABASE tenant');
my %env = (CUSTOMERAPI_CONF => '/dev/null', CUSTOMERAPI_DB_SOCKET => $db->socket,
	CUSTOMERAPI_DB_USER => 'root', CUSTOMERAPI_DB_PASSWORD => '',
	CUSTOMERAPI_DB_REGISTRY => 'tenant');
local @ENV{keys %env} = values %env;
my $pid = open2(my $from, my $to, "$ENV{BUILDDIR}/t/c/shopify_probe") or die "shopify_probe: $!";
is(scalar(<$from>), "ready\n", 'the probe is ready');

my $json = JSON::PP->new->canonical->allow_bignum;
my $dir = "$ENV{SRCDIR}/t/fixtures/shopify";

sub fixture {
	my ($file) = @_;
	open my $in, '<', "$dir/$file.json" or die "$file: $!";
	local $/;
	return <$in>;
}

# Sends a body (text, or data) to Entity/Action; returns "outcome: reason" or "ERROR: detail".
sub send_body {
	my ($entity, $action, $body, %more) = @_;
	$body = $json->utf8->encode($body) if ref $body;
	print $to encode_utf8(JSON::PP->new->encode({ entity => $entity, action => $action,
		body => decode_utf8($body), headers => $more{headers} // {},
		received_at => $more{received_at} // '2026-11-24T08:00:00Z',
		test_orders => $more{test} // 1 })), "\n";
	$to->flush;
	my $line = <$from> // die 'the probe died';
	my $answer = decode_json($line);
	return defined $answer->{error} ? "$answer->{error}: $answer->{detail}"
		: "$answer->{outcome}: $answer->{reason}";
}

sub clean { $db->sql(join(';', map { "DELETE FROM $_" } qw(Contact Address ContactIdentifier
	PurchaseHeader PurchaseDetail PurchaseGood PurchaseGoodCategory Voucher)), 'tenant') }

# The rows of a query, columns joined by "|".
sub rows { my ($sql) = @_; return [map { join '|', @$_ } $db->sql($sql, 'tenant')] }
sub one { my ($sql) = @_; return rows($sql)->[0] }
sub counts { return join ' ', map { $db->value("SELECT COUNT(*) FROM $_", 'tenant') } qw(Contact
	Address ContactIdentifier PurchaseHeader PurchaseDetail PurchaseGood Voucher) }

my $contacts = 'SELECT FirstName, LastName, ContactTypeId, DeletionFlag, SourceStamp FROM Contact '
	. 'ORDER BY ContactId';
my $identifiers = 'SELECT Identifier, SourceId FROM ContactIdentifier ORDER BY Identifier';
my $main = 'SELECT Address1, PostCode, City, State, CountryId, Email, EmailOptin, '
	. 'HomePhoneNumber, MobilePhoneNumber FROM Address WHERE ContactAddressTypeId = 1';
my $headers = 'SELECT PurchaseIdentifier, PurchaseReference, PurchaseTypeId, PurchaseStatusId, '
	. 'PurchaseDate, PaymentMethod, CurrencyId, Amount, TaxFreeAmount, DiscountAmount, '
	. 'DeletionFlag, ContactId IS NULL FROM PurchaseHeader';
my $lines = "SELECT d.Identifier, g.Identifier, d.Sku, d.Quantity, d.Amount, d.TaxFreeAmount, "
	. "d.DiscountAmount, d.DeletionFlag FROM PurchaseDetail d "
	. 'LEFT JOIN PurchaseGood g USING (PurchaseGoodId) ORDER BY PurchaseDetailId';
my $goods = 'SELECT Identifier, Sku, Reference, Label, Price, DeletionFlag FROM PurchaseGood '
	. 'ORDER BY PurchaseGoodId';

# ---------------------------------------------------------------- every sample

my $sunglasses = '487817672276298560|sku:SKU2006-001|SKU2006-001|1.0000|89.9900|89.9900|0.0000|0';
my $lounger = '976318377106520300|sku:SKU2006-020|SKU2006-020|1.0000|159.9900|159.9900|0.0000|0';
my $table = '315789986012684400|sku:SKU2006-035|SKU2006-035|1.0000|119.9900|119.9900|0.0000|0';
# Its price of 10.00 was discounted away: discounted_price is 0.00.
my $shipping =
	'820982911946154500/shipping-fee|shipping-fee|shipping-fee|1.0000|0.0000|0.0000|10.0000|0';
my $ottawa = '123 Elm St.|K2H7A8|Ottawa|Ontario|CAN|john@example.com|NULL|123-123-1234|NULL';
my @john = ($contacts => ['John|Smith|1|0|NULL'], $identifiers => ['115310627314723950|1'],
	$main => [$ottawa]);
my @paid = (@john, $headers => ['820982911946154500|#9999|2|9|2022-01-01 00:00:00.000000|visa, '
	. 'bogus|USD|369.9700|369.9700|0.0000|0|0'],
	$lines => [$sunglasses, $lounger, $table, $shipping],
	$goods => ['sku:SKU2006-001|SKU2006-001|788032119674292900|Aviator sunglasses|NULL|0',
		'sku:SKU2006-020|SKU2006-020|788032119674292900|Mid-century lounger|NULL|0',
		'sku:SKU2006-035|SKU2006-035|788032119674292900|Coffee table|NULL|0',
		'shipping-fee|shipping-fee|NULL|Shipping|NULL|0'],
	'SELECT ContactAddressTypeId, Address1, Address3, City, CountryId, HomePhoneNumber FROM '
		. 'Address WHERE ContactAddressTypeId <> 1 ORDER BY 1'
		=> ['2|123 Shipping Street|Shipping Company|Shippington|USA|555-555-SHIP',
			'3|123 Shipping Street|Shipping Company|Shippington|USA|555-555-SHIP']);
my @shirts =
	($goods => ['product:788032119674292900|NULL|788032119674292900|Example T-Shirt|NULL|0',
		'642667041472714000|NULL|788032119674292900|Example T-Shirt - Small|19.9900|0',
		'757650484644203900|NULL|788032119674292900|Example T-Shirt - Medium|19.9900|0'],
	'SELECT Identifier, Label FROM PurchaseGoodCategory' => ['Shirts|Shirts'],
	'SELECT COUNT(*) FROM PurchaseGood g JOIN PurchaseGoodCategory c USING '
		. '(PurchaseGoodCategoryId) WHERE c.Label = "Shirts" AND g.Description = '
		. '"An example T-Shirt"' => [3]);
my $bob = ['Bob|Biller|1|0|2022-01-01 00:00:00.000000'];
my $bob_id = ['706405506930370000|1'];
my $bob_at = '151 O\'Connor Street|K2P 2L8|Ottawa|ON|CAN';
my $none = '0 0 0 0 0 0 0';

# file => [entity, action, what is answered, query => rows …]
my %samples = (
	customers_create => ['Customer', 'Insert', qr/^done: Contact \d+ written/,
		$contacts => $bob, $identifiers => $bob_id,
		$main => ["$bob_at|bob\@example.com|NULL|555-555-5555|NULL"],
		'SELECT AdvertiserCreationDate FROM Contact' => ['2022-01-01 00:00:00.000000']],
	customers_update_2023 => ['Customer', 'Update', qr/^done/, $contacts => $bob,
		$identifiers => $bob_id,
		$main => ['NULL|NULL|NULL|NULL|NULL|bob@example.com|0|NULL|NULL']],
	customers_disable => ['Customer', 'Update', qr/^done/, $contacts => $bob,
		$identifiers => $bob_id, $main => ["$bob_at|NULL|NULL|555-555-5555|NULL"]],
	customers_email_consent_update => ['Customer', 'Update', qr/^done: Consent of contact/,
		$contacts => ['NULL|NULL|NULL|0|NULL'], $identifiers => $bob_id,
		$main => ['NULL|NULL|NULL|NULL|NULL|bob@example.com|NULL|NULL|NULL']],
	customers_delete => ['Customer', 'Delete', qr/^done: Contact \d+ marked as deleted/,
		$contacts => ['NULL|NULL|NULL|1|2026-11-24 08:00:00.000000'],
		$identifiers => $bob_id],
	products_create => ['Product', 'Insert',
		qr/^done: Product 788032119674292900 written with 2 variants; 0 gone/, @shirts],
	products_update => ['Product', 'Update', qr/^done/, @shirts],
	products_delete => ['Product', 'Delete',
		qr/^done: Product 788032119674292900 marked as deleted/,
		$goods => ['product:788032119674292900|NULL|788032119674292900|NULL|NULL|1']],
	orders_create => ['Order', 'Insert',
		qr/^done: Purchase \d+ of contact \d+ written with 6 lines; 0 gone/, @john,
		$headers => ['820982911946154500|#9999|2|9|2022-01-01 00:00:00.000000|visa, '
			. 'bogus|USD|414.9500|414.9500|0.0000|0|0'],
		$lines => [$sunglasses,
			'789012345678901200|sku:LENS-PROTECT-2YR|LENS-PROTECT-2YR|1.0000|19.9900|19.9900|0.0000|0',
			'890123456789012400|sku:CASE-LEATHER-PREM|CASE-LEATHER-PREM|1.0000|24.9900|24.9900|0.0000|0',
			$lounger, $table, $shipping],
		'SELECT LanguageId FROM Contact' => ['eng']],
	orders_updated => ['Order', 'Update', qr/^done/, @paid],
	orders_paid => ['Order', 'Update', qr/^done/, @paid],
	orders_paid_code => ['Order', 'Insert',
		qr/^done: Purchase \d+ of contact \d+ written with 4 lines; 0 gone/,
		$contacts => ['Bob|Norman|1|0|2014-01-22 20:58:27.000000'],
		$identifiers => ['207119551|1'],
		$main => ['Chestnut Street 92|40202|Louisville|Kentucky|USA|'
			. 'bob.norman@example.com|0|555-625-1199|NULL'],
		$headers => ['450789469|#1001|1|3|2008-01-10 '
			. '16:00:00.000000|NULL|USD|409.9400|398.0000|0.0000|0|0'],
		'SELECT VoucherCode, Amount, VoucherStateId FROM Voucher' => ['TENOFF|10.0000|2']],
	orders_partially_fulfilled => ['Order', 'Update', qr/^done/, @paid],
	orders_cancelled_2023 => ['Order', 'Update', qr/^done/,
		$contacts => ['John|Smith|1|0|NULL'], $main => [$ottawa =~ s/NULL\|123/0|123/r],
		$headers => ['820982911946154500|#9999|2|9|2022-01-01 00:00:00.000000|visa, '
			. 'bogus|USD|398.0000|398.0000|0.0000|0|0'],
		$lines => [
			'866550311766439000|808950810|IPOD2008PINK|1.0000|199.0000|199.0000|0.0000|0',
			'141249953214522980|808950810|IPOD2008PINK|1.0000|199.0000|199.0000|0.0000|0',
			$shipping =~ s/0\.0000\|0\.0000\|10\.0000/10.0000|10.0000|0.0000/r],
		$goods => ['808950810|IPOD2008PINK|632910392|IPod Nano - 8GB|NULL|0',
			'shipping-fee|shipping-fee|NULL|Shipping|NULL|0']],
	orders_delete => ['Order', 'Delete', qr/^done: Purchase \d+ marked as deleted/,
		'SELECT PurchaseIdentifier, DeletionFlag, SourceStamp FROM PurchaseHeader' =>
		['820982911946154500|1|2026-11-24 08:00:00.000000']],

	orders_exemplar_code_no_email => ['Order', 'Insert',
		qr/^ERR_PERMANENT: "currency" is no currency of ISO 4217/],
	carts_create => ['Order', 'Insert',
		qr/^ERR_PERMANENT: The body is not the webhook body of an order: it has "line_items" and looks like a cart/],
	carts_exemplar => ['Order', 'Insert', qr/^ERR_PERMANENT: .* looks like a cart/],
	carts_list => ['Order', 'Insert', qr/^ERR_PERMANENT: The body is wrapped in "carts"/],
	checkouts_abandoned_list => ['Order', 'Insert',
		qr/^ERR_PERMANENT: The body is wrapped in "checkouts"/],
	checkouts_create => ['Order', 'Insert', qr/^ERR_PERMANENT: .* looks like a checkout/],
	checkouts_delete => ['Order', 'Delete',
		qr/^ERR_PERMANENT: .* looks like a deleted checkout/],
	customer_wrapped => ['Customer', 'Insert',
		qr/^ERR_PERMANENT: The body is wrapped in "customer", as the Admin API answers/],
	customers_list => ['Customer', 'Insert',
		qr/^ERR_PERMANENT: The body is wrapped in "customers"/],
	customers_data_request => ['Customer', 'Update',
		qr/^ERR_PERMANENT: .* looks like a privacy request/],
	draft_order_cad => ['Order', 'Insert',
		qr/^ERR_PERMANENT: The body is wrapped in "draft_order"/],
	error_401_invalid_token => ['Order', 'Insert',
		qr/^ERR_PERMANENT: The body is an error answer of the Admin API/],
	line_item_valid => ['Product', 'Insert',
		qr/^ERR_PERMANENT: The body is not the webhook body of a product: .* looks like a line of an order/],
	order_discount_code_fulfilled => ['Order', 'Insert',
		qr/^ERR_PERMANENT: The body is wrapped in "order"/],
	order_eur_partially_refunded => ['Order', 'Update',
		qr/^ERR_PERMANENT: The body is wrapped in "order"/],
	order_guest_customer_null_cancelled => ['Order', 'Update',
		qr/^ERR_PERMANENT: The body is wrapped in "order"/],
	product_wrapped => ['Product', 'Insert',
		qr/^ERR_PERMANENT: The body is wrapped in "product"/],
	refund_wrapped => ['Order', 'Update', qr/^ERR_PERMANENT: The body is wrapped in "refund"/],
	refunds_create => ['Order', 'Update',
		qr/^ERR_PERMANENT: .* looks like a refund; orders\/updated carries its order/],
);
is_deeply([sort keys %samples], [sort map { m{([^/]+)\.json$} } glob "$dir/*.json"],
	'every sample has its expectation');

for my $file (sort keys %samples) {
	my ($entity, $action, $answer, @wanted) = @{ $samples{$file} };
	clean();
	like(send_body($entity, $action, fixture($file)), $answer, "$file at $entity/$action");
	is(counts(), $none, "$file: nothing is written") if !@wanted;
	while (my ($query, $rows) = splice @wanted, 0, 2) {
		is_deeply(rows($query), $rows, "$file: " . ($query =~ /FROM (\w+)/)[0])
			or diag(explain(rows($query)));
	}
}

# What came wrapped from the Admin API has the shape of a webhook body inside: without the wrapper
# it is one.
sub inner { my ($file) = @_; my $o = $json->decode(fixture($file)); return $o->{(keys %$o)[0]} }
clean();
like(send_body('Order', 'Insert', inner('order_discount_code_fulfilled')), qr/^done/,
	'an order with a code');
is_deeply(rows($headers),
	['450789469|#1001|2|2|2008-01-10 16:00:00.000000|NULL|USD|409.9400|398.0000|0.0000|0|0'],
	'its header');
is_deeply(rows('SELECT VoucherIdentifier, VoucherCode, v.Amount, v.CurrencyId, VoucherStateId, '
	. 'v.ContactId = h.ContactId FROM Voucher v JOIN PurchaseHeader h USING (VoucherId)'),
	['450789469/TENOFF|TENOFF|10.0000|USD|2|1'], 'its voucher');
is(one('SELECT CarrierName, CarrierTrackerCode, CarrierUri FROM PurchaseHeader'),
	'NULL|1Z2345|http://wwwapps.ups.com/etracking/tracking.cgi?InquiryNumber1=1Z2345'
		. '&TypeOfInquiryNumber=T&AcceptUPSLicenseAgreement=yes&submit=Track',
	'its parcel');
clean();
like(send_body('Order', 'Update', inner('order_eur_partially_refunded')), qr/^done/,
	'an order in EUR');
is_deeply(rows($headers),
	['5182437124|#1001|1|7|2017-06-15 15:52:28.000000|bogus|EUR|320.0000|320.0000|0.0000|0|0'],
	'its header: 470.00 less the refund of 150.00');
is(one('SELECT SUM(d.Amount) - MAX(h.Amount) FROM PurchaseDetail d JOIN PurchaseHeader h USING '
	. '(PurchaseHeaderId)'), '0.0000', 'its lines add up to its total');
clean();
like(send_body('Order', 'Update', inner('order_guest_customer_null_cancelled')), qr/^done/,
	'a customer without id is a guest');
is_deeply(rows($identifiers), ['email:jon@example.com|1'], 'known by the e-mail of the order');
is(one('SELECT PurchaseStatusId, TaxFreeAmount FROM PurchaseHeader'), '9|NULL',
	'cancelled; no tax said, no tax-free amount');
for my $customer (@{ inner('customers_list') }) {
	like(send_body('Customer', 'Insert', $customer), qr/^done/,
		"customer $customer->{id} of the list");
}
clean();
like(send_body('Customer', 'Insert', inner('customer_wrapped')), qr/^done/, 'the customer inside');
like(send_body('Product', 'Insert', inner('product_wrapped')), qr/^done/, 'the product inside');
like(send_body('Order', 'Insert',
	fixture('customers_list') =~ s/^\{\s*"customers":\s*(.*)\}\s*$/$1/sr),
	qr/^ERR_PERMANENT: The body is a list/, 'a bare list');

# ---------------------------------------------------------------- wrong ways in

for (
	['Customer', 'Insert', 'orders_create', 'orders/create',
		qr/^ERR_PERMANENT: The topic orders\/create belongs to Shopify\/Order\/Insert, but it was sent to Shopify\/Customer\/Insert/],
	['Order', 'Insert', 'orders_paid', 'orders/paid',
		qr/^ERR_PERMANENT: The topic orders\/paid belongs to Shopify\/Order\/Update/],
	['Order', 'Insert', 'carts_create', 'carts/create',
		qr/^ERR_PERMANENT: The topic carts\/create is not one that Shopify\/Order\/Insert takes/],
	['Order', 'Insert', 'orders_create', 'Orders/Create', qr/^done/],
	['Customer', 'Insert', 'orders_create', undef,
		qr/^ERR_PERMANENT: The body is not the webhook body of a customer/],
	['Customer', 'Insert', 'products_create', undef,
		qr/^ERR_PERMANENT: .* looks like a product/],
	['Customer', 'Insert', 'customers_delete', undef,
		qr/^ERR_PERMANENT: The body is not the webhook body of a customer/],
	['Product', 'Update', 'orders_create', undef,
		qr/^ERR_PERMANENT: The body is not the webhook body of a product/],
	['Order', 'Update', 'orders_delete', undef,
		qr/^ERR_PERMANENT: The body is not the webhook body of an order/],
	['Order', 'Delete', 'orders_create', undef,
		qr/^ERR_PERMANENT: The body is not that of a deletion of an order/],
	['Customer', 'Delete', 'customers_create', undef,
		qr/^ERR_PERMANENT: The body is not that of a deletion of a customer/],
) {
	my ($entity, $action, $file, $topic, $answer) = @$_;
	like(send_body($entity, $action, fixture($file),
		headers => defined $topic ? { 'x-shopify-topic' => $topic } : {}), $answer,
		"$file at $entity/$action" . (defined $topic ? " as $topic" : ''));
}
is(send_body('Order', 'Update', '{"order_edit":{"id":1,"order_id":2}}',
	headers => { 'x-shopify-topic' => 'orders/edited' }),
	'ignored: A notice of an edit holds no order; orders/updated carries the change.',
	'orders/edited');
clean();
is(send_body('Order', 'Insert', fixture('orders_create'), test => 0),
	'ignored: A test order; this Source does not take them.', 'a test order');
is(counts(), $none, 'leaves nothing');

# A body made for a case: the smallest order, customer, product, with changes.
sub order {
	return { id => 5001, name => '#5001', currency => 'EUR', financial_status => 'paid',
		total_price => '30.00', total_tax => '5.00', total_discounts => '0.00',
		taxes_included => JSON::PP::true, created_at => '2026-11-01T10:00:00+01:00',
		updated_at => '2026-11-01T10:00:00+01:00', email => '', customer => undef,
		line_items => [{ id => 1, variant_id => 11, product_id => 10, sku => 'A',
			name => 'Cup', quantity => 3, price => '10.00',
			tax_lines => [{ price => '5.00' }],
			discount_allocations => [] }], shipping_lines => [], discount_codes => [],
			@_ };
}
sub customer { return { id => 700, first_name => 'Ann', last_name => 'Lee',
	email => 'ann@example.com', phone => undef, updated_at => '2026-11-01T10:00:00Z', @_ } }
sub product {
	return { id => 10, title => 'Cup', product_type => 'Ware',
		updated_at => '2026-11-01T10:00:00Z',
		variants => [{ id => 11, title => 'Red', price => '10.00', sku => 'A' },
			{ id => 12, title => 'Blue', price => '11.00', sku => 'B' }], @_ };
}
clean();
for (
	['Order', order(id => undef), qr/The body has no "id"/],
	['Order', order(id => 'abc'), qr/"id" is not the number of a Shopify object/],
	['Order', order(id => -5), qr/"id" is not the number/],
	['Order', order(id => 0), qr/"id" is not the number/],
	['Order', order(id => {}), qr/"id" is not the number/],
	['Order', order(currency => 'EURO'), qr/"currency" is no currency/],
	['Order', order(total_price => 'ten'), qr/"total_price" is not an amount/],
	['Order', order(total_price => '1e3'), qr/"total_price" is not an amount/],
	['Order', order(cancelled_at => 'yesterday'), qr/"cancelled_at" is not a date/],
	['Order', order(updated_at => '2026-02-30T00:00:00Z'), qr/"updated_at" is not a date/],
	['Order', order(line_items => {}), qr/no list "line_items"/],
	['Order', order(line_items => [undef]), qr/In line_items\[0\]: The body has no "id"/],
	['Order', order(line_items => [{ id => 1, quantity => 1.5, price => '1.00' }]),
		qr/In line_items\[0\]: "quantity" is/],
	['Order', order(line_items => [{ id => 1, quantity => 1 }]),
		qr/In line_items\[0\]: There is no "price"/],
	['Order', order(line_items => [{ id => 1, quantity => '9223372036854775807',
		price => '999999999999999999999999' }]), qr/too large/],
	['Product', product(variants => [{ id => 11, price => 'free' }]),
		qr/In variants\[0\]: "price" is not an amount/],
	['Product', product(title => undef), qr/The body has no "title"/],
) {
	my ($entity, $body, $answer) = @$_;
	like(send_body($entity, 'Insert', $body), qr/^ERR_PERMANENT: .*$answer/,
		"refused: $answer");
}
is(counts(), $none, 'refused bodies leave nothing');

# ---------------------------------------------------------------- the same, older, newer

clean();
send_body('Order', 'Insert', fixture('orders_create'));
my $dump = sub { join "\n", map { @{ rows("SELECT * FROM $_ ORDER BY 1") } } qw(Contact Address
	ContactIdentifier PurchaseHeader PurchaseDetail PurchaseGood Voucher) };
my $before = $dump->();
like(send_body('Order', 'Insert', fixture('orders_create')), qr/^done/, 'the same order again');
is($dump->(), $before, 'changes nothing, keys and dates included');
like(send_body('Order', 'Update', fixture('orders_updated')), qr/^done: .* 4 lines; 2 gone/,
	'an update with fewer lines');
is(one('SELECT GROUP_CONCAT(Identifier ORDER BY Identifier) FROM PurchaseDetail WHERE '
	. 'DeletionFlag = 1'), '789012345678901200,890123456789012400',
	'lines that are gone are marked');
like(send_body('Order', 'Insert', fixture('orders_create')), qr/^done/, 'and with the lines back');
is(one('SELECT COUNT(*) FROM PurchaseDetail WHERE DeletionFlag = 1'), 0, 'they are back');

clean();
like(send_body('Order', 'Update', order(updated_at => '2026-11-03T10:00:00Z')), qr/^done/,
	'a newer state first');
like(send_body('Order', 'Insert', order(updated_at => '2026-11-02T10:00:00Z',
	total_price => '99.00')), qr/^superseded: A newer state of order 5001/,
	'an older one is superseded');
is(one('SELECT Amount FROM PurchaseHeader'), '30.0000', 'and writes nothing');
like(send_body('Order', 'Update', order(updated_at => '2026-11-09T10:00:00Z')), qr/^done/,
	'the same content, newer');
like(send_body('Order', 'Update', order(updated_at => '2026-11-08T10:00:00Z',
	total_price => '99.00')), qr/^superseded/, 'raises the bar');
like(send_body('Order', 'Update', order(updated_at => '2026-11-09T11:00:00+02:00',
	total_price => '98.00')), qr/^superseded/, 'offsets are reckoned with');
like(send_body('Order', 'Delete', { id => 5001 },
	headers => { 'x-shopify-triggered-at' => '2026-11-05T10:00:00Z' }), qr/^superseded/,
	'an older deletion too');
like(send_body('Order', 'Delete', { id => 5001 },
	headers => { 'x-shopify-triggered-at' => '2026-11-10T10:00:00Z' }), qr/^done/,
	'a newer deletion');
is(one('SELECT h.DeletionFlag, d.DeletionFlag FROM PurchaseHeader h JOIN PurchaseDetail d USING '
	. '(PurchaseHeaderId)'), '1|1', 'marks header and lines');
like(send_body('Order', 'Update', order(updated_at => '2026-11-09T12:00:00Z')), qr/^superseded/,
	'a late update does not bring it back');

clean();
for my $case (['Order', order()], ['Customer', customer()], ['Product', product()]) {
	my ($entity, $body) = @$case;
	like(send_body($entity, 'Delete', { id => $body->{id} }), qr/^done/,
		"$entity: deleted before it was known");
	like(send_body($entity, 'Insert', $body), qr/^superseded/,
		"$entity: the late insert is superseded");
}
is(one('SELECT (SELECT DeletionFlag FROM PurchaseHeader), (SELECT DeletionFlag FROM Contact), '
	. '(SELECT DeletionFlag FROM PurchaseGood)'), '1|1|1', 'all three stay deleted');
like(send_body('Customer', 'Update', customer(updated_at => '2026-11-25T00:00:00Z')), qr/^done/,
	'a state newer than the deletion');
is(one('SELECT DeletionFlag, FirstName FROM Contact'), '0|Ann', 'counts');
like(send_body('Customer', 'Update', customer(first_name => 'Old')), qr/^superseded/,
	'an older customer');
is(one('SELECT FirstName FROM Contact'), 'Ann', 'does not');
clean();
send_body('Customer', 'Update', customer(updated_at => undef),
	received_at => '2026-11-05T00:00:00Z');
like(send_body('Customer', 'Update', customer(updated_at => undef),
	received_at => '2026-11-06T00:00:00Z',
	headers => { 'x-shopify-triggered-at' => '2026-11-04T00:00:00Z' }),
	qr/^superseded/, 'without updated_at the trigger counts, else the arrival');

# ---------------------------------------------------------------- who

clean();
like(send_body('Order', 'Insert', order(email => ' Ann@Example.com ')), qr/^done/, 'a guest');
like(send_body('Order', 'Insert', order(id => 5002, contact_email => 'ann@example.com')), qr/^done/,
	'the same guest again');
is(one('SELECT COUNT(DISTINCT ContactId), COUNT(*) FROM PurchaseHeader'), '1|2',
	'two orders of one contact');
is_deeply(rows($identifiers), ['email:ann@example.com|1'], 'known by the address, normalised');
is(one('SELECT ContactTypeId FROM Contact'), 3, 'a guest');
like(send_body('Customer', 'Insert', customer(email => 'ANN@example.com')), qr/^done/,
	'a customer with that address');
is_deeply(rows($identifiers), ['700|1', 'email:ann@example.com|1'], 'joins');
is_deeply(rows($contacts), ['Ann|Lee|1|0|2026-11-01 10:00:00.000000'],
	'one contact, now a customer');
like(send_body('Customer', 'Insert', customer(id => 701, first_name => 'Other')), qr/^done/,
	'another customer with that address');
is(one('SELECT COUNT(*) FROM Contact'), 2, 'is another contact');
like(send_body('Order', 'Insert',
	order(id => 5003, customer => { id => 700, email => 'ann@example.com',
		first_name => 'Stale', last_name => 'Name' })), qr/^done/,
		'an order of the customer');
is(one('SELECT COUNT(DISTINCT ContactId), COUNT(*) FROM PurchaseHeader'), '1|3', 'is theirs');
is(one('SELECT FirstName FROM Contact ORDER BY ContactId LIMIT 1'), 'Ann',
	'but does not rename them');
clean();
send_body('Order', 'Insert', order(email => 'bo@example.com'));
like(send_body('Order', 'Insert',
	order(id => 5004, customer => { id => 702, email => 'bo@example.com', first_name => 'Bo',
		last_name => 'Ek' })), qr/^done/, 'a guest who registered with an order');
is_deeply(rows($contacts), ['Bo|Ek|1|0|NULL'], 'is one contact');
clean();
like(send_body('Order', 'Insert', order()), qr/^done: Purchase \d+ of contact 0/,
	'neither customer nor e-mail');
is(one('SELECT COUNT(*), MAX(ContactId IS NULL) FROM PurchaseHeader'), '1|1',
	'a purchase without contact');
is(one('SELECT COUNT(*) FROM Contact'), 0, 'and no contact');

# Another transaction makes the same guest: the delivery waits for it, is told to try again, and
# then finds the contact.
clean();
my $rival = fork // die "fork: $!";
if (!$rival) {
	my $sql = "BEGIN; INSERT INTO Contact (ContactId, FirstName, DeletionFlag, CreationDate, "
		. "ModificationDate) VALUES (77777, 'First', 0, '2026-01-01', '2026-01-01'); "
		. "INSERT INTO ContactIdentifier (ContactIdentifierId, Identifier, ContactId, "
			. "SourceId, CreationDate, ModificationDate) VALUES "
		. "('u', 'email:race\@example.com', 77777, 1, '2026-01-01', '2026-01-01'); DO "
			. "GET_LOCK('ready', 0); DO SLEEP(2.5); COMMIT";
	exec 'mariadb', '--no-defaults', '--socket=' . $db->socket, '-u', 'root', 'tenant', '-e',
		$sql;
}
for (1 .. 200) {
	last if $db->value(
		"SELECT IS_USED_LOCK('ready') IS NOT NULL");	# innodb_trx would be a cached view
	select undef, undef, undef, 0.05;
}
like(send_body('Order', 'Insert', order(email => 'race@example.com')), qr/^ERR_DB_RETRY/,
	'a race for a guest');
waitpid $rival, 0;
is(one('SELECT (SELECT COUNT(*) FROM Contact), (SELECT ContactId FROM ContactIdentifier)'),
	'1|77777', 'the first one stands, nothing else is left');
like(send_body('Order', 'Insert', order(email => 'race@example.com')),
	qr/^done: Purchase \d+ of contact 77777/, 'the second try finds it');

# ---------------------------------------------------------------- consent

my $optin = 'SELECT EmailOptin, MobilePhoneOptin, EmailAdvertiserCreationDate FROM Address';
sub consent { return { customer_id => 700, email_address => 'ann@example.com',
	email_marketing_consent => { state => $_[0], consent_updated_at => $_[1] } } }
clean();
send_body('Customer', 'Insert',
	customer(email_marketing_consent => { state => 'subscribed',
		consent_updated_at => '2026-10-01T00:00:00Z' },
	sms_marketing_consent => { state => 'not_subscribed', consent_updated_at => undef }));
is(one($optin), '1|0|2026-10-01 00:00:00.000000', 'consent objects');
like(send_body('Customer', 'Update', consent('unsubscribed', '2026-11-05T00:00:00Z')),
	qr/^done: .* written/, 'a notice of consent');
is(one($optin), '0|0|2026-11-05 00:00:00.000000', 'is written');
like(send_body('Customer', 'Update', consent('subscribed', '2026-11-04T00:00:00Z')),
	qr/^done: .* nothing new/, 'an older one is not');
like(send_body('Customer', 'Update', customer(updated_at => '2026-11-02T00:00:00Z',
	accepts_marketing => JSON::PP::true,
	accepts_marketing_updated_at => '2026-10-01T00:00:00Z')),
	qr/^done/, 'nor what a customer update of before says');
is(one($optin), '0|0|2026-11-05 00:00:00.000000', 'so the unsubscription stands');
like(send_body('Customer', 'Update',
	{ id => 700, phone => '+15551234', sms_marketing_consent => { state => 'subscribed',
		consent_updated_at => '2026-11-06T00:00:00Z' } }),
	qr/^done/, 'consent by phone');
is(one($optin), '0|1|2026-11-05 00:00:00.000000', 'is the mobile phone\'s');
clean();
send_body('Customer', 'Insert', customer(accepts_marketing => JSON::PP::true));
is(one('SELECT EmailOptin FROM Address'), 1, 'accepts_marketing of older payloads');

# ---------------------------------------------------------------- amounts and lines

clean();
send_body('Order', 'Insert', order(id => '9007199254740993', total_price => '26.41',
	total_tax => '4.40', total_discounts => '13.59', presentment_currency => 'USD',
	total_price_set => { presentment_money => { amount => '28.00', currency_code => 'USD' } },
	line_items => [{ id => '9007199254740995', variant_id => 11, quantity => 3,
		price => '10.00', total_discount => '0.00', tax_lines => [{ price => '3.73' }],
		discount_allocations => [{ amount => '3.33' }, { amount => '4.26' }] }],
	shipping_lines => [{ title => 'Post', price => '10.00', tax_lines => [{ price => '0.67' }],
		discount_allocations => [{ amount => '6.00' }] },
		{ price => '99.00', is_removed => JSON::PP::true }]));
is_deeply(rows($lines), ['9007199254740995|11|NULL|3.0000|22.4100|18.6800|7.5900|0',
	'9007199254740993/shipping-fee|shipping-fee|shipping-fee|1.0000|4.0000|3.3300|6.0000|0'],
	'discounts of the order are shared out, ids beyond 2^53 exact');
is(one('SELECT SUM(d.Amount) = MAX(h.Amount), SUM(d.TaxFreeAmount) = MAX(h.TaxFreeAmount), '
	. 'SUM(d.DiscountAmount) = MAX(h.DiscountAmount) FROM PurchaseDetail d JOIN '
		. 'PurchaseHeader h USING (PurchaseHeaderId)'),
	'1|1|1', 'the lines add up to the header');
is(one('SELECT CurrencyId, FreeField1, FreeFieldNumber1 FROM PurchaseHeader'), 'EUR|USD|28.0000',
	'shop currency; what the buyer saw in the free fields');
clean();
send_body('Order', 'Insert', order(taxes_included => JSON::PP::false, total_price => '35.00'));
is(one('SELECT Amount, TaxFreeAmount FROM PurchaseDetail'), '35.0000|30.0000', 'tax on top');
for (['paid', undef, 1, 3], ['paid', 'fulfilled', 1, 5], ['paid', 'partial', 1, 6],
	['pending', 'fulfilled', 2, 1], ['authorized', undef, 2, 2],
	['partially_paid', undef, 2, 4],
	['partially_refunded', 'fulfilled', 1, 7], ['refunded', undef, 1, 8],
	['voided', undef, 2, 9], ['expired', undef, 2, 10], [undef, undef, 2, 1],
	['odd', undef, 2, 1]) {
	my ($financial, $fulfilled, $type, $status) = @$_;
	send_body('Order', 'Update', order(financial_status => $financial,
		fulfillment_status => $fulfilled));
	is(one('SELECT PurchaseTypeId, PurchaseStatusId FROM PurchaseHeader'), "$type|$status",
		join ' ', map { $_ // 'null' } $financial, $fulfilled);
}
send_body('Order', 'Update', order(cancelled_at => '2026-11-01T11:00:00+01:00',
	updated_at => '2026-11-02T00:00:00Z'));
is(one('SELECT PurchaseStatusId, PurchaseStatusDate FROM PurchaseHeader'),
	'9|2026-11-01 10:00:00.000000', 'cancelled');
clean();
send_body('Order', 'Insert',
	order(discount_codes => [{ code => 'A%', amount => '1.00', type => 'percentage' },
		{ code => 'B', amount => '2.50', type => 'fixed_amount' }]));
send_body('Order', 'Insert',
	order(id => 500, discount_codes => [{ code => 'B', amount => '2.50' }]));
send_body('Order', 'Update',
	order(discount_codes => [{ code => 'B', amount => '2.50', type => 'fixed_amount' }]));
is_deeply(rows('SELECT VoucherIdentifier, VoucherTypeId, Amount, DeletionFlag FROM Voucher ORDER '
	. 'BY VoucherId'),
	['5001/A%|2|1.0000|1', '5001/B|1|2.5000|0', '500/B|NULL|2.5000|0'],
	'a code that is gone is marked');

# ---------------------------------------------------------------- products

clean();
send_body('Order', 'Insert', order());
is_deeply(rows($goods), ['11|A|10|Cup|NULL|0'], 'a good that only an order named');
like(send_body('Product', 'Insert', product()), qr/^done: .* 2 variants; 0 gone/, 'the product');
is_deeply(rows($goods), ['11|A|10|Cup - Red|10.0000|0', 'product:10|NULL|10|Cup|NULL|0',
	'12|B|10|Cup - Blue|11.0000|0'], 'fills it in');
send_body('Order', 'Insert', order(id => 5009));
is(one('SELECT Label FROM PurchaseGood WHERE Identifier = "11"'), 'Cup - Red',
	'an order does not rename it');
like(send_body('Product', 'Update', product(updated_at => '2026-11-02T00:00:00Z',
	variants => [product()->{variants}[1]])), qr/^done: .* 1 variant; 1 gone/,
	'a variant goes');
is(one('SELECT GROUP_CONCAT(DeletionFlag ORDER BY PurchaseGoodId) FROM PurchaseGood'), '1,0,0',
	'and is marked');
like(send_body('Product', 'Update', product()), qr/^superseded/, 'an older product');
like(send_body('Product', 'Delete', { id => 10 }), qr/^done: .* with 1 variant\./, 'a deletion');
is(one('SELECT MIN(DeletionFlag), COUNT(*) FROM PurchaseGood'), '1|3', 'marks all');
clean();
my @many = map { { id => 100000 + $_, title => "V$_", price => "$_.00", sku => "S$_" } } 1 .. 2048;
like(send_body('Product', 'Insert', product(variants => \@many)), qr/^done: .* 2048 variants/,
	'2048 variants');
is(one('SELECT COUNT(*), SUM(Price) FROM PurchaseGood'), '2049|2098176.0000', 'all there');
like(send_body('Product', 'Update',
	product(variants => [map { { %$_, price => '1.00' } } @many[0 .. 1999]],
		updated_at => '2026-11-02T00:00:00Z')), qr/2000 variants; 48 gone/, 'and changed');
is(one('SELECT COUNT(*), SUM(Price) FROM PurchaseGood WHERE DeletionFlag = 0'), '2001|2000.0000',
	'all of them');

# ---------------------------------------------------------------- hostile texts

clean();
my $nasty = "<script>alert('x')</script>\"; DROP TABLE Contact; -- \\ 🦊𝔘 %s%n";
like(send_body('Customer', 'Insert', customer(first_name => $nasty, last_name => '𠜎' x 200,
	email => "o'\"x\@example.com")), qr/^done/, 'a hostile name');
is(one('SELECT HEX(FirstName), CHAR_LENGTH(LastName), HEX(Email) FROM Contact JOIN Address USING '
	. '(ContactId)'),
	uc(unpack('H*', encode_utf8($nasty))) . '|200|' . uc(unpack('H*', "o'\"x\@example.com")),
	'is kept byte for byte');
like(send_body('Order', 'Insert',
	order(line_items => [{ id => 1, sku => "a'b ", name => $nasty, quantity => 0,
		price => '0' }], name => $nasty)), qr/^done/, 'a hostile order');
is(one('SELECT CONCAT(Sku, "|"), HEX(Label) FROM PurchaseDetail'),
	"a'b ||" . uc(unpack('H*', encode_utf8($nasty))), 'as well');
like(send_body('Order', 'Insert', '[' x 70 . ']' x 70), qr/^ERR_PERMANENT: .*deep/i, 'a deep nest');
like(send_body('Order', 'Insert', '"text"'), qr/^ERR_PERMANENT: The body is not a JSON object/,
	'a text');
like(send_body('Order', 'Insert', 'null'), qr/^ERR_PERMANENT/, 'null');
like(send_body('Customer', 'Insert', customer(default_address => [1], addresses => 'x',
	email => { a => 1 }, phone => 12)), qr/^done/, 'wrong types where nothing depends on them');

close $to;
waitpid $pid, 0;
is($?, 0, 'the probe ended well');
done_testing();
