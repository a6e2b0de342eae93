# What cannot be stored as it was sent, and nothing depends on: texts are cut, impossible values
# left out, broken Unicode is replaced; the record is written, and its remarks say what was done.
# Keys, amounts and what decides which row is meant are still refused by name. Every way in, through
# nginx and the daemon.
use strict;
use warnings;
use utf8;
use Test::More;
use Encode qw(encode_utf8);
use JSON::PP;
use World;

binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output;
my $w = World->start;
$w->{s}->sql("UPDATE api_source SET may_write = 'all'");

sub one { return $w->rows(@_)->[0] }
sub is_done {
	my ($r, $name, @remarks) = @_;
	is($r->{outcome}, 'done', $name) or diag("$r->{class}: $r->{reason}");
	is_deeply([sort @{ $r->{remarks} }], [sort @remarks], "$name: the remarks");
}
sub is_dead {
	my ($r, $reason, $name) = @_;
	is($r->{outcome}, 'dead', $name);
	like($r->{reason}, $reason, "$name: the reason");
}
my $clock = 0;
sub product {
	return { id => 10, title => 'Cup', product_type => 'Ware',
		updated_at => sprintf('2026-11-01T10:%02d:00Z', $clock++),
		variants => [{ id => 11, title => 'Red', price => '10.00', sku => 'A' }], @_ };
}
sub customer { return { id => 700, first_name => 'Ann', last_name => 'Lee',
	email => 'ann@example.com', updated_at => sprintf('2026-11-01T11:%02d:00Z', $clock++),
	@_ } }
sub order {
	return { id => 5001, name => '#5001', currency => 'EUR', financial_status => 'paid',
		total_price => '30.00', total_tax => '5.00', total_discounts => '0.00',
		taxes_included => JSON::PP::true, created_at => '2026-11-01T10:00:00+01:00',
		updated_at => sprintf('2026-11-01T12:%02d:00Z', $clock++), email => '',
		customer => undef,
		line_items => [{ id => 1, variant_id => 11, product_id => 10, sku => 'A',
			name => 'Cup', quantity => 3, price => '10.00',
			tax_lines => [{ price => '5.00' }],
			discount_allocations => [] }], shipping_lines => [], discount_codes => [],
			@_ };
}

# ---------------------------------------------------------------- texts

is_done($w->post('Shopify/Product/Insert', product(body_html => 'x' x 70000)),
	'a description of 70,000 characters', 'Description cut to 65535 bytes.');
is(one("SELECT LENGTH(Description) FROM PurchaseGood WHERE Identifier = 'product:10'"), 65535,
	'as much as fits');
is_done($w->post('Shopify/Product/Update', product(body_html => 'é' x 40000)),
	'characters of two bytes', 'Description cut to 65535 bytes.');
is(one("SELECT LENGTH(Description), CHAR_LENGTH(Description) FROM PurchaseGood WHERE Identifier = "
	. "'product:10'"), '65534|32767', 'are cut between two of them');
is_done($w->post('Shopify/Product/Update',
	product(title => "\x{1F375}" x 501,
		variants => [{ id => 11, title => 'Default Title', price => '10.00',
			barcode => '4' x 65 }])),
	'a title and a bar code', 'Label cut to 500 characters.',
	'Ean13 left out: it is longer than 64 characters.');
is(one("SELECT CHAR_LENGTH(Label), Ean13 FROM PurchaseGood WHERE Identifier = '11'"), '500|NULL',
	'a part of a number is none');

is_done($w->post('Shopify/Order/Insert',
	order(payment_gateway_names => [map { "Gateway number $_ of the house" } 1 .. 20],
		name => '#' x 300)), 'an order with many ways of payment',
	'PurchaseReference left out: it is longer than 255 characters.',
	'PaymentMethod cut to 200 characters.');
like(one('SELECT PaymentMethod FROM PurchaseHeader'), qr/^Gateway number 1 of the house, .{169}$/,
	'has the first of them');

my %where = (zip => '9' x 40, city => 'Llanfair' x 30, phone => '0' x 70, address1 => 'A',
	country_code => 'GB');
my @where = ('PostCode cut to 32 characters.', 'City cut to 200 characters.',
	'HomePhoneNumber left out: it is longer than 64 characters.');
is_done($w->post('Shopify/Customer/Insert',
	customer(default_address => { %where, phone => '+441' })), 'a customer', @where[0, 1]);
is_done($w->post('Shopify/Customer/Update', customer(default_address => \%where)),
	'with a phone that is too long', @where);
is(one('SELECT CHAR_LENGTH(PostCode), CHAR_LENGTH(City), HomePhoneNumber FROM Address'),
	'32|200|+441', 'keeps the one that is known');

my $code = 'SUMMER-' . 'x' x 300;
is_done($w->post('Shopify/Order/Update',
	order(discount_codes => [{ code => $code, amount => '5.00', type => 'fixed_amount' },
		{ code => "$code!", amount => '1.00', type => 'fixed_amount' }])),
		'codes that are too long for the key of a voucher',
	'VoucherCode left out: it is longer than 255 characters.');
my $vouchers = $w->rows('SELECT VoucherIdentifier FROM Voucher WHERE DeletionFlag = 0 ORDER BY 1');
is(scalar @$vouchers, 2, 'have a voucher each');
like($_, qr{^5001/SUMMER-x{150,}~[0-9a-f]{32}$}, 'under a shortened key') for @$vouchers;
is_done($w->post('Shopify/Order/Update',
	order(discount_codes => [{ code => $code, amount => '5.00', type => 'fixed_amount' }])),
	'the first again, without the second',
	'VoucherCode left out: it is longer than 255 characters.');
my $live = $w->rows('SELECT VoucherIdentifier FROM Voucher WHERE DeletionFlag = 0');
is_deeply($live, [grep { $_ eq ($live->[0] // '') } @$vouchers],
	'is the same voucher, and the second is gone');
is($w->value('SELECT COUNT(*) FROM Voucher'), 2, 'no third one');
is_done($w->post('Shopify/Product/Update', product(product_type => 'T' x 300)),
	'a type of products that is too long', 'Label cut to 200 characters.');
is(one('SELECT CHAR_LENGTH(Identifier) FROM PurchaseGoodCategory WHERE Identifier LIKE "TTT%"'),
	255, 'has a shortened key');

# ---------------------------------------------------------------- values that cannot be

is_done($w->post('Shopify/Order/Update',
	order(created_at => 'yesterday', processed_at => '2026-02-31T10:00:00Z')),
	'dates of an order that are none',
	'created_at left out: it must be a date and time by ISO 8601.',
	'processed_at left out: it must be a date and time by ISO 8601.');

my %person = (Identifiers => [{ Identifier => 'm-1' }], FirstName => 'Eve');
is_done($w->post('Magento/Contact/Insert', { %person, BirthDate => '1980-12-31' }),
	'a contact of Magento');
is_done($w->post('Magento/Contact/Update', { %person, BirthDate => '1981-02-31',
	LastName => 'x' x 201, CreationDate => 'long ago' }), 'a birth date that is no day',
	'LastName cut to 200 characters.', 'BirthDate left out: it must be a day like 1980-12-31.',
	'CreationDate left out: it must be a date and time by ISO 8601.');
is(one("SELECT BirthDate, BirthDay FROM Contact WHERE FirstName = 'Eve'"),
	'1980-12-31 00:00:00.000000|31', 'does not take away the one that is known');
is_done($w->post('Magento/Contact/Update',
	{ %person, Addresses => [{ CountryId => 'FRA', City => 'Lyon' }] }), 'an address');
is_done($w->post('Magento/Contact/Update',
	{ %person, Addresses => [{ CountryId => 'XYZ', EmailOptin => 'perhaps',
		City => 'Nice' }] }), 'a country that nobody knows, a flag that is none',
	'Addresses[0].EmailOptin left out: it must be true or false.',
	'Addresses[0].CountryId left out: "XYZ" is no Country that is known; customerapi label '
		. 'set tells what it means.');
is(one('SELECT CountryId, City, EmailOptin FROM Address WHERE City = "Nice"'), 'FRA|Nice|NULL',
	'leave what is stored');
is_done($w->post('Magento/StatusCommand/Update', { ExternalKey => { PurchaseIdentifier => '77' },
	PurchaseStatusDate => 'x', CarrierName => 'x' x 201, CarrierUri => 'u' x 1001 }),
	'a status',
	'PurchaseStatusDate left out: it must be a date and time by ISO 8601.',
	'CarrierUri left out: it is longer than 1000 characters.',
	'CarrierName cut to 200 characters.');

is_done($w->post('Standard/Contact/Insert', { ExternalKey => { Identifier => 's-1' }, GenderId => 2,
	LastName => 'Doe', BirthDate => '1980-12-31' }), 'a row of Standard');
my $odd = $w->post('Standard/Contact/Update', { ExternalKey => { Identifier => 's-1' },
	GenderId => 77, CivilityId => 'Mrs', LastName => 'D' x 300, BirthDate => '31/12/1980',
	AdvertiserCreationDate => '0999-01-01T00:00:00Z' });
is($odd->{outcome}, 'done', 'values that cannot be');
is_deeply([sort @{ $odd->{remarks} }],
	['AdvertiserCreationDate left out: it must be in the years 1000 to 9999.',
		'BirthDate left out: it must be a day like 1980-12-31.',
	'CivilityId left out: it must be an integer from -32768 to 32767.',
	'GenderId left out: it names no Gender that is known.', 'LastName cut to 200 characters.'],
	'all of them are told');
is(one("SELECT GenderId, CivilityId, CHAR_LENGTH(LastName), BirthDate FROM Contact WHERE LastName "
	. "LIKE 'DDD%'"), '2|NULL|200|1980-12-31 00:00:00.000000', 'what is known stays');
my $list = $w->post('Standard/PurchaseGood/Insert',
	[{ Identifier => 'g1', Label => 'L' x 501, Sku => 'S' x 256 },
		{ Identifier => 'g2', Label => [], Uri => JSON::PP::true }]);
is_deeply([sort @{ $list->{remarks} }], ['[0].Label cut to 500 characters.',
	'[0].Sku left out: it is longer than 255 characters.',
	'[1].Label left out: it must be text.', '[1].Uri left out: it must be text.'],
	'each element of a list by its number');

# ---------------------------------------------------------------- what stands for no text, no date,
# no address

my %known = (id => 801, first_name => 'Amy', last_name => 'Wong', email => 'amy@planet.example',
	phone => '+33600000001', default_address => { city => 'Lyon' });
is_done($w->post('Shopify/Customer/Insert', customer(%known)), 'a customer whom we know');
is_done($w->post('Shopify/Customer/Update', customer(%known, first_name => {}, last_name => ['x'],
	phone => { a => 1 }, email => 'not an address', default_address => { city => ['Lyon'] },
	created_at => '2026-02-30T00:00:00Z', email_marketing_consent => { state => 'subscribed',
		consent_updated_at => 'soon' }, sms_marketing_consent => { state => 'subscribed',
		consent_updated_at => '0000-00-00' })),
	'values of other kinds', 'first_name left out: it must be text.',
	'last_name left out: it must be text.', 'phone left out: it must be text.',
	'city left out: it must be text.', 'Email left out: it is no mail address.',
	map { "$_ left out: it must be a date and time by ISO 8601." } 'created_at',
	'email_marketing_consent.consent_updated_at', 'sms_marketing_consent.consent_updated_at');
my $amy = one("SELECT ContactId FROM ContactIdentifier WHERE Identifier = '801'");
is(one("SELECT FirstName, LastName, Email, EmailNormal, MobilePhoneNumber, City, EmailOptin FROM "
	. "Contact JOIN Address USING (ContactId) WHERE ContactId = $amy AND ContactAddressTypeId "
		. "= 1"),
	'Amy|Wong|amy@planet.example|amy@planet.example|+33600000001|Lyon|1',
	'leave what is known');
is_done($w->post('Shopify/Order/Insert',
	order(id => 5002, email => ['x'], customer => { id => 801, created_at => 'x',
		updated_at => 'n/a', accepts_marketing => JSON::PP::true,
		accepts_marketing_updated_at => 'x' },
	shipping_lines => [undef],
	refunds => [undef, { refund_line_items => [undef], order_adjustments => [undef],
		transactions => [undef] }], fulfillments => [undef], discount_codes => [undef],
		billing_address => { city => ['Lyon'], zip => {} })),
		'an order has its money all the same', 'city left out: it must be text.',
		'customer.updated_at left out: it must be a date and time by ISO 8601.',
	'email left out: it is no mail address.', 'zip left out: it must be text.');
is(one("SELECT Amount, ContactId = $amy FROM PurchaseHeader WHERE PurchaseIdentifier = '5002'"),
	'30.0000|1', 'and its buyer');
is_done($w->post('Magento/Contact/Update', { Identifiers => [{ Identifier => '801' }],
	Addresses => [{ Email => 'nobody at all' }] }), 'an address of Magento that is none',
	'Addresses[0].Email left out: it is no mail address.');
is_done($w->post('Standard/Address/Update', { ContactId => $amy, Email => 'nobody' }),
	'one of Standard', 'Email left out: it is no mail address.');
is(one("SELECT Email FROM Address WHERE ContactId = $amy AND ContactAddressTypeId = 1"),
	'amy@planet.example', 'the known one stays');
is_done($w->post('Shopify/Order/Insert',
	order(id => 5003, line_items => [{ id => 1, sku => 'S' x 253, name => 'Cup', quantity => 3,
		price => '10.00' }])), 'a SKU that fits, and whose good\'s key would not');
like(one("SELECT g.Identifier FROM PurchaseDetail d JOIN PurchaseGood g USING (PurchaseGoodId) "
	. "WHERE d.Sku LIKE 'SSS%'"), qr/^sku:S{200,}~[0-9a-f]{32}$/, 'has a shortened one');

is_done($w->post('Shopify/Order/Insert', order(id => 5004)), 'an order that is paid');
is_done($w->post('Shopify/Order/Update', order(id => 5004, financial_status => 'half_paid')),
	'and then has a status that nobody knows',
	'financial_status "half_paid" is not known: the status stays as it is.');
is(one("SELECT PurchaseStatusId, PurchaseTypeId FROM PurchaseHeader WHERE PurchaseIdentifier = "
	. "'5004'"), '3|1', 'is paid');

# Where a text should be there is an object or a list.
my %odd = (odd => 1);
my %parcel = (tracking_number => 'T-1', tracking_company => 'Post',
	tracking_url => 'https://post.example/T-1');
my %full = (id => 5005, name => '#5005', checkout_token => 'tok', fulfillments => [\%parcel],
	customer => { id => 802, updated_at => '2026-11-03T10:00:00Z',
		default_address => { company => 'Planet', country_code => 'FR',
			phone => '+331' } });
is_done($w->post('Shopify/Order/Insert', order(%full)), 'an order that says all');
is_done($w->post('Shopify/Order/Update', order(%full, name => ['x'], checkout_token => \%odd,
	financial_status => \%odd, customer_locale => [], presentment_currency => [],
	fulfillments => [{ %parcel, tracking_company => [], tracking_url => \%odd }],
	payment_gateway_names => ['card', \%odd],
	discount_codes => [{ code => ['x'], amount => '0' }],
	customer => { id => 802, updated_at => '2026-11-03T11:00:00Z',
		default_address => { company => \%odd, country_code => [], phone => [] } },
	shipping_lines => [{ title => [], price => '0.00' }])), 'and then has other kinds',
	'payment_gateway_names[1] left out: it must be text.',
	map { "$_ left out: it must be text." } qw(name checkout_token financial_status
		customer_locale presentment_currency
	tracking_company tracking_url code company country_code phone title));
is(one("SELECT PurchaseReference, CheckoutIdentifier, PurchaseStatusId, CarrierName, "
	. "CarrierTrackerCode, CarrierUri, PaymentMethod FROM PurchaseHeader WHERE "
		. "PurchaseIdentifier = '5005'"),
	'#5005|tok|3|Post|T-1|https://post.example/T-1|card', 'keeps what is known');
is(one("SELECT CompanyName, Address3, CountryId, HomePhoneNumber, HomePhoneCountryId FROM Contact "
	. "JOIN Address USING (ContactId) JOIN ContactIdentifier USING (ContactId) WHERE "
		. "Identifier = '802' AND ContactAddressTypeId = 1"),
	'Planet|Planet|FRA|+331|FRA', 'of its buyer too');
is_done($w->post('Shopify/Product/Update', product(body_html => [], image => { src => \%odd },
	product_type => [],
	variants => [{ id => 11, title => {}, sku => [], barcode => {}, price => '10.00' }])),
	'a product of such',
	map { "$_ left out: it must be text." } qw(body_html image.src product_type title sku
		barcode));

# ---------------------------------------------------------------- Unicode

my $broken = 'The body had %d characters that Unicode does not have; U+FFFD stands for each.';
my $note = encode_utf8(JSON::PP->new->canonical->encode(customer(first_name => 'A@n',
	last_name => 'B@')));
(my $half = $note) =~ s/A\@n/A\\ud83dn/; $half =~ s/B\@/B\\u0000\\udc00/;
is_done($w->post('Shopify/Customer/Update', $half), 'halves of surrogate pairs and a NUL',
	sprintf $broken, 3);
is(one("SELECT FirstName, LastName FROM Contact WHERE FirstName LIKE 'A%n' AND LastName LIKE 'B%'"),
	"A\x{FFFD}n|B\x{FFFD}\x{FFFD}", 'are replaced');
(my $latin = encode_utf8(JSON::PP->new->canonical->encode(customer(first_name => 'Ren@',
	last_name => "\x{1F600} Z\x{f6}e")))) =~ s/Ren\@/Ren\xe9/;
is_done($w->post('Shopify/Customer/Update', $latin), 'a byte of another character set',
	'The body had 1 character that Unicode does not have; U+FFFD stands for it.');
is(one("SELECT FirstName, LastName FROM Contact WHERE FirstName LIKE 'Ren%'"),
	"Ren\x{FFFD}|\x{1F600} Zöe", 'is replaced, and nothing beside it');
is_done($w->post('Standard/PurchaseGood/Insert',
	'{"Identifier": "u-1", "Label": "\\\\ud83d \\" \\\\u0000 \ud83d\ude00"}'),
	'what looks like an escape behind a backslash is none');
is(one("SELECT HEX(Label) FROM PurchaseGood WHERE Identifier = 'u-1'"),
	uc unpack('H*', encode_utf8("\\ud83d \" \\u0000 \x{1F600}")), 'and stays as it is');
is_dead($w->post('Standard/PurchaseGood/Insert', '{"Identifier": "u-\ud83d", "Label": "x"}'),
	qr/^Identifier has characters that Unicode does not have\.$/, 'a key of broken characters');
is_dead($w->post('Magento/Command/Update', '{"ExternalKey": {"PurchaseIdentifier": "1\u0000"}}'),
	qr/^ExternalKey\.PurchaseIdentifier has characters that Unicode does not have/,
	'Magento\'s too');
is_dead($w->post('Shopify/Customer/Update', '{"id": 1, "first_name": "\ud83d"'), qr/not valid JSON/,
	'broken structure stays broken');

# ---------------------------------------------------------------- what is still refused

is_dead($w->post('Standard/PurchaseGood/Insert', { Identifier => 'x' x 256, Label => 'x' }),
	qr/^Identifier is longer than 255 characters\.$/, 'a key that is too long');
is_dead($w->post('Standard/PurchaseGood/Insert', { Identifier => 'x', Price => 'cheap',
	CurrencyId => 'EURO' }),
	qr/^CurrencyId is longer than 3 characters; Price must be a decimal/,
	'amounts, and their currency');
is_dead($w->post('Standard/PurchaseHeader/Insert',
	{ PurchaseIdentifier => 'x', ContactId => 99999 }),
	qr/^ContactId names no Contact that is known\.$/, 'a row that is not there');
is_dead($w->post('Standard/PurchaseHeader/Insert',
	{ PurchaseIdentifier => 'x', DeletionFlag => 'perhaps', SourceStamp => 'soon' }),
	qr/^DeletionFlag must be true or false; SourceStamp must be/,
	'what decides whether it counts');

# ---------------------------------------------------------------- where the remarks stand

my $receipt = $w->queue('Standard/PurchaseGood/Insert',
	[map { { Identifier => "many-$_", Label => 'L' x 501 } } 1 .. 25]);
my $many = ($w->take)[-1];
is(scalar @{ $many->{remarks} }, 21, 'of many remarks the first twenty are kept');
is($many->{remarks}[20], 'And 5 more.', 'and how many more there are');
my $full = $w->request('GET',
	"/ProcessManagement/Connector/Standard/Receipt/C1/A1/$receipt?key=key-1");
is_deeply($full->{json}{Remarks}, $many->{remarks}, 'the receipt shows them to who has the key');
ok(!exists $w->request('GET',
	"/ProcessManagement/Connector/Standard/Receipt/C1/A1/$receipt")->{json}{Remarks},
	'and to nobody else');
is_deeply(JSON::PP->new->utf8->decode($w->admin("queue show $receipt --json"))->{Remarks},
	$many->{remarks}, 'so does queue show, as JSON');
like($w->admin("queue show $receipt"), qr/^\[0\]\.Label cut to 500 characters\.$/m, 'and as text');
$w->queue('Standard/PurchaseGood/Insert', { Identifier => 'fine', Label => 'L' });
is_deeply(($w->take)[-1]{remarks}, [], 'most messages have none');

$w->stop;
done_testing;
