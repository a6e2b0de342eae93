# What the vendor's Sunflow connector for Magento 2 sends, through nginx and the daemon: each
# property of each model lands in a column; carts, orders, states out of order; faults.
# Models and property names: github.com/SUNFLOW-by-FOLLOW-THE-SUN/Sunflow-Magento-2-Connector (MIT),
# facts only; the values are made up here.
use strict;
use warnings;
use utf8;
use Test::More;
use Digest::SHA qw(sha256_hex);
use JSON::PP;
use World;

binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output;
my $w = World->start(tenant => { time_zone => "'Europe/Paris'" });
my ($true, $false) = (JSON::PP::true, JSON::PP::false);
$w->source($_, 2, label => "'Other shop'") for 1, 2;
$w->sql("INSERT INTO Zone (ZoneId, Label, CreationDate, ModificationDate) VALUES (3, 'West', "
	. "'2026-01-01', '2026-01-01'); INSERT INTO Brand (BrandId, Label, CreationDate, "
		. "ModificationDate) VALUES (4, 'Bonne', '2026-01-01', '2026-01-01')");
$w->{s}->sql("INSERT INTO api_token (alias_id, token_hash, rights, created_at) VALUES (1, x'"
	. sha256_hex('api-key-canary') . "', 'webhook', '2026-01-01'), (1, x'"
	. sha256_hex('club-key-canary')
	. "', 'club', '2026-01-01'), (2, x'" . sha256_hex('other-key-canary')
	. "', 'webhook', '2026-01-01')");

sub is_outcome {
	my ($r, $outcome, $reason, $name) = @_;
	is($r->{outcome}, $outcome, $name) or diag("$r->{class}: $r->{reason}");
	ref $reason ? like($r->{reason}, $reason, "$name: the reason") : is($r->{reason}, $reason,
		"$name: the reason") if defined $reason;
}
# As the connector does, with a token: its bodies may name any Source (with a Source's own key they
# may not: t/75-own-rows.t).
my %connector = (1 => { 'X-Crm360Api-ApiKey' => 'api-key-canary' },
	2 => { 'X-Crm360Api-ApiKey' => 'other-key-canary' });
sub magento { my ($what, $body, %o) = @_;
	return $w->post("Magento/$what", $body, headers => $connector{ $o{tenant} // 1 }, %o) }
sub done { my ($what, $body, $name, %o) = @_;
	is_outcome(magento($what, $body, %o), 'done', $o{reason}, $name) }
sub one { return $w->rows(@_)->[0] }

# ---------------------------------------------------------------- Contact: every property in its
# column

my %address = (Address1 => '1 rue A', Address2 => 'bât. B', Address3 => 'étage 3',
	Address4 => 'porte 4', PostCode => '69001', City => 'Lyon', CountryId => 'FRA',
	PostalOptin => $true,
	PostalOptinDateUTC => '2026-01-02 03:04:05', Email => 'Ana@Example.com',
	EmailOptin => $true, EmailOptinDateUTC => '2026-01-03 03:04:05',
	EmailAdvertiserCreationDateUTC => '2026-01-04T03:04:05',
	MobilePhone => '+33611223344', MobilePhoneCountryId => 'FRA', MobilePhoneOptin => $false,
	MobilePhoneOptinDateUTC => '2026-01-05T03:04:05Z',
	MobilePhoneAdvertiserCreationDateUTC => '2026-01-06T03:04:05+00:00',
	AddressTypeId => 2, BrandId => 4);
my %contact = (Civility => 'Mme', FirstName => 'Ana', LastName => 'Doé',
	DefaultGroup => 'Wholesale', BirthDate => '1980-12-31 00:00:00',
	CreationDate => '2026-07-01 12:00:00',
	AdvertiserCreationDateUTC => '2026-07-01 12:00:00', ZoneId => 3, Addresses => [\%address],
	Identifiers => [{ Identifier => '42', SourceId => 1 },
		{ Identifier => 'crm-42', SourceId => 2 }],
	AttachedStores => [{ StoreExternalKey => { StoreIdentifier => 'lyon', SourceId => 0 },
		AttachedStoreTypeId => 'MANUAL' }]);
done('Contact/Insert', \%contact, 'a contact',
	reason => qr/^State of contact \d+ written with 1 address and 1 store\.$/);
is(one('SELECT CivilityId, FirstName, LastName, FreeField1, FreeField2, BirthDate, BirthYear, '
	. 'BirthMonth, BirthDay, FreeFieldDateTime1, AdvertiserCreationDate, ZoneId, '
		. 'ContactTypeId, DeletionFlag FROM Contact'),
	'2|Ana|Doé|Wholesale|NULL|1980-12-31 00:00:00.000000|1980|12|31|2026-07-01 '
		. '10:00:00.000000|2026-07-01 12:00:00.000000|3|1|0', 'Contact');
is(one('SELECT Address1, Address2, Address3, Address4, PostCode, City, CountryId, AddressOptin, '
	. 'AddressOptinDate FROM Address'),
	'1 rue A|bât. B|étage 3|porte 4|69001|Lyon|FRA|1|2026-01-02 03:04:05.000000',
	'ContactAddress: post');
is(one('SELECT Email, EmailOptin, EmailOptinDate, EmailAdvertiserCreationDate FROM Address'),
	'Ana@Example.com|1|2026-01-03 03:04:05.000000|2026-01-04 03:04:05.000000', 'e-mail');
is(one('SELECT MobilePhoneNumber, MobilePhoneCountryId, MobilePhoneOptin, MobilePhoneOptinDate, '
	. 'MobilePhoneAdvertiserCreationDate FROM Address'),
	'+33611223344|FRA|0|2026-01-05 03:04:05.000000|2026-01-06 03:04:05.000000', 'mobile phone');
is(one('SELECT ContactAddressTypeId, BrandId, a.ContactId = c.ContactId FROM Address a JOIN '
	. 'Contact c'), '2|4|1', 'type and brand');
is_deeply($w->rows('SELECT Identifier, SourceId, i.ContactId = c.ContactId FROM ContactIdentifier '
	. 'i JOIN Contact c ORDER BY 1'), ['42|1|1', 'crm-42|2|1'], 'ContactIdentifier');
is_deeply($w->rows('SELECT s.StoreIdentifier, s.SourceId, a.AttachedStoreTypeId, a.DeletionFlag '
	. 'FROM AttachedStore a JOIN Store s USING (StoreId)'), ['lyon|1|1|0'],
	'ContactAttachedStores');

done('Contact/Update', { civility => 'Mx', LASTNAME => 'Roe',
	identifiers => [{ IDENTIFIER => 'crm-42', sourceid => 2 }],
	addresses => [{ email => 'new@example.com', emailOptin => 0, addressTypeId => '2',
		brandId => '4',
	emailOptinDateUTC => '2026-01-02 00:00:00' }] },
	'the same by its other identifier, names in any case');
is(one('SELECT COUNT(*), MAX(CivilityId), MAX(GenderId), MAX(FreeField2), MAX(FirstName), '
	. 'MAX(LastName) FROM Contact'), '1|2|2|Mx|Ana|Roe',
	'a civility that nobody knows is kept as text and changes none; what is left out stays');
is(one('SELECT Email, EmailOptin, EmailOptinDate, City FROM Address'),
	'new@example.com|1|2026-01-03 03:04:05.000000|Lyon',
	'an older consent does not replace a newer one');
done('Contact/Update', { Identifiers => [{ Identifier => '42' }],
	Addresses => [{ EmailOptin => $false, AddressTypeId => 2, BrandId => 4 }] },
	'a contact whose box is not ticked');
is(one('SELECT EmailOptin, EmailOptinDate FROM Address'), '1|2026-01-03 03:04:05.000000',
	'withdraws nothing');
done('Newsletter/Update', { Identifiers => [{ Identifier => '42' }],
	Addresses => [{ EmailOptin => $false, AddressTypeId => 2, BrandId => 4 }] },
	'a newsletter that ended, without a date');
like(one('SELECT EmailOptin, EmailOptinDate > "2026-01-03" FROM Address'), qr/^0\|1$/,
	'is of its arrival');
done('Contact/Insert', { Identifiers => [{ Identifier => '43' }, { Identifier => '42' }],
	Addresses => [{ Email => 'b@example.com' }] },
	'an identifier that nobody has beside one that is known', reason => qr/written/);
is(one("SELECT COUNT(DISTINCT ContactId) FROM ContactIdentifier WHERE Identifier IN ('42', '43')"),
	1, 'joins its contact');
done('Contact/Insert', { Identifiers => [{ Identifier => '50' }], LastName => 'Fifty' },
	'another contact');
done('Contact/Update', { Identifiers => [{ Identifier => '50' }, { Identifier => '42' }] },
	'an identifier of another contact',
	reason => qr/1 identifier belongs to another contact and stays with it\.$/);
is(one("SELECT COUNT(DISTINCT ContactId) FROM ContactIdentifier WHERE Identifier IN ('42', '50')"),
	2, 'stays where it is');
done('Contact/Insert', { Identifiers => [map { { Identifier => $_ } } '51', '52', '52', '51'] },
	'identifiers that are named twice, of somebody new', reason => qr/0 stores\.$/);
is_deeply($w->rows("SELECT Identifier, COUNT(*) FROM ContactIdentifier WHERE Identifier IN ('51', "
	. "'52') GROUP BY Identifier, ContactId ORDER BY 1"), ['51|1', '52|1'], 'are given once');

# ---------------------------------------------------------------- login, newsletter

done('Contact/Connection', { Identifiers => [{ Identifier => '42', SourceId => 1 }] }, 'a login',
	reason => qr/^Login of contact \d+ written\.$/);
is(one("SELECT FreeFieldDateTime2 > '2026-01-01' FROM Contact WHERE LastName = 'Roe'"), 1,
	'is the last one');
$w->sql("UPDATE Contact SET FreeFieldDateTime2 = '2999-01-01'");
is_outcome(magento('ContactConnexion/Connection', { Identifiers => [{ Identifier => '42' }] }),
	'superseded', qr/^A later login/, 'an earlier login that comes later');
done('contactconnexion/connection', { Identifiers => [{ Identifier => '60' }] },
	'a login of somebody of whom nobody told us');
is(one("SELECT LastName IS NULL FROM Contact JOIN ContactIdentifier USING (ContactId) WHERE "
	. "Identifier = '60'"), 1, 'makes a contact that is to be told of');

my $newsletter = { ZoneId => 3, CreationDate => '2026-02-01T10:00:00Z',
	Addresses => [{ Email => 'sub@example.com', EmailOptin => $true,
		EmailOptinDateUTC => '2026-02-01 10:00:00',
	EmailAdvertiserCreationDateUTC => '2026-02-01 09:00:00', AddressTypeId => 1,
	BrandId => 4 }], Identifiers => [],
	AttachedStores => [{ StoreExternalKey => { StoreIdentifier => 'lyon', SourceId => 1 },
		AttachedStoreTypeId => 7 }] };
done('Newsletter/Update', $newsletter, 'a newsletter of somebody without an identifier',
	reason => qr/^Newsletter of contact/);
is(one("SELECT c.ZoneId, c.AdvertiserCreationDate, c.ContactTypeId, a.EmailOptin, "
	. "a.EmailOptinDate, a.EmailAdvertiserCreationDate, a.ContactAddressTypeId, a.BrandId, "
		. "s.AttachedStoreTypeId, i.Identifier
	FROM Address a JOIN Contact c USING (ContactId) JOIN AttachedStore s USING (ContactId)
		JOIN ContactIdentifier i USING (ContactId) WHERE a.Email = 'sub\@example.com'"),
	'3|2026-02-01 10:00:00.000000|2|1|2026-02-01 10:00:00.000000|2026-02-01 '
		. '09:00:00.000000|1|4|7|email:sub@example.com',
		'each property of Newsletter; a prospect');
done('Contact/Insert', { Identifiers => [{ Identifier => '70' }], LastName => 'Sub',
	Addresses => [{ Email => 'SUB@example.com ' }] }, 'who becomes a customer');
is(one("SELECT COUNT(*), MAX(ContactTypeId), MAX(LastName) FROM Contact JOIN ContactIdentifier "
	. "USING (ContactId) WHERE Identifier IN ('70', 'email:sub\@example.com')"), '2|1|Sub',
	'is the same contact');
done('Newsletter/Update', { %$newsletter, Identifiers => [{ Identifier => '70' }],
	Addresses => [{ Email => 'sub@example.com', EmailOptin => $false,
		EmailOptinDateUTC => '2026-03-01 00:00:00', BrandId => 4 }] },
		'and ends the newsletter');
is(one("SELECT a.EmailOptin, c.AdvertiserCreationDate, c.ContactTypeId, c.LastName FROM Address a "
	. "JOIN Contact c USING (ContactId) WHERE a.Email = 'sub\@example.com' AND a.BrandId = 4"),
	'0|2026-02-01 10:00:00.000000|1|Sub',
	'of whom a newsletter says no more');

# ---------------------------------------------------------------- Command: every property in its
# column

my %key = (PurchaseIdentifier => '100000012', CheckoutIdentifier => '-', StoreIdentifier => 'lyon',
	PurchaseDate => '2026-03-01T09:00:00Z', SourceId => 1);
my %detail = (ExternalKey => { Identifier => '9001', SourceId => 1 },
	PurchaseGoodExternalKey => { Sku => 'SHIRT-M', Identifier => '501', SourceId => 1,
		Ean13 => '4006381333931', Reference => 'SHIRT' },
	CarrierTrackerCode => 'TRACK-1', CarrierName => 'Colissimo',
	PurchaseStatus => 'PARTIALLY_SHIPPED', PurchaseStatusDate => '2026-03-02T09:00:00Z',
	Amount => 45, TaxFreeAmount => '37.5', DiscountAmount => -5,
	Quantity => 2);
my %command = (ExternalKey => \%key, ContactExternalKey => { Identifier => '42', SourceId => 1 },
	PurchaseDate => '2026-03-01T09:00:00Z', PurchaseStatusDate => '2026-03-02T09:00:00Z',
	PurchaseStatus => 'processing',
	PaymentMethod => 'checkmo', StoreExternalKey => { StoreIdentifier => 'lyon',
		SourceId => 0 }, BackofficeUri => 'https://shop.example/admin/12',
		CarrierUri => 'https://track.example/1', CarrierName => 'Colissimo',
	CarrierTrackerCode => 'TRACK-1', CurrencyId => 'EUR', Amount => 45.30000000000000426,
	TaxFreeAmount => 37.75, DiscountAmount => -5, PurchaseTypeId => 'ORDER_PAID', BrandId => 4,
	Details => [\%detail, { ExternalKey => { Identifier => '9002' },
		PurchaseGoodExternalMultiSourceKey => { Sku => 'shipping-fee' }, Amount => '5.3',
		Quantity => 1 }]);
done('Command/Update', \%command, 'an order',
	reason => qr/^Purchase \d+ written with 2 lines; 0 gone\.$/);
my $header =
	'SELECT PurchaseIdentifier, PurchaseReference, CheckoutIdentifier, p.SourceId, '
		. 'PurchaseDate, PurchaseStatusDate, PurchaseStatusId, FreeField2, PaymentMethod, '
			. 'StoreIdentifier, BackofficeUri, CarrierUri,
	CarrierName, CarrierTrackerCode, CurrencyId, Amount, TaxFreeAmount, DiscountAmount,
		PurchaseTypeId, p.BrandId, p.DeletionFlag FROM PurchaseHeader p
		JOIN Store USING (StoreId)';
is(one($header), '100000012@lyon|100000012|-|1|2026-03-01 09:00:00.000000|2026-03-02 '
	. '09:00:00.000000|3|processing|checkmo|lyon|https://shop.example/admin'
		. '/12|https://track.example/1|Colissimo|TRACK-1|EUR|45.3000|37.7500|5.0000|1|4|0',
	'each property of Command');
is(one("SELECT i.Identifier FROM PurchaseHeader p JOIN ContactIdentifier i USING (ContactId) "
	. "WHERE i.Identifier = '42'"), '42', 'ContactExternalKey');
my $lines = 'SELECT d.Identifier, d.SourceId, d.Sku, g.Identifier, g.SourceId, g.Sku, g.Ean13, '
	. 'g.Reference, g.PurchaseGoodTypeId, d.CarrierTrackerCode, d.CarrierName, '
		. 'd.PurchaseStatusId, d.PurchaseStatusDate, d.Amount, d.TaxFreeAmount,
	d.DiscountAmount, d.Quantity, d.DeletionFlag FROM PurchaseDetail d LEFT
		JOIN PurchaseGood g USING (PurchaseGoodId) ORDER BY d.Identifier';
my $shirt = '9001/SHIRT-M|1|SHIRT-M|501|1|SHIRT-M|4006381333931|SHIRT|1|TRACK-1|Colissimo|6|'
	. '2026-03-02 09:00:00.000000|40.0000|33.3333|5.0000|2.0000|';
is_deeply($w->rows($lines),
	[$shirt . 0,
		'9002/shipping-fee|1|shipping-fee|shipping-fee|1|shipping-fee|NULL|NULL|2|NULL|NULL|'
			. 'NULL|NULL|5.3000|NULL|NULL|1.0000|0'],
		'each property of CommandDetailItem; shipping');
$command{Details} = [$command{Details}[1], { ExternalKey => { Identifier => '9003' },
	PurchaseGoodExternalMultiSourceKey => { Ean13 => '4006381333931' } },
	{ PurchaseGoodExternalKey => { Sku => 'NEW', SourceId => 2 }, Quantity => 1 }];
done('Command/Update', \%command, 'other lines', reason => qr/3 lines; 1 gone/);
is_deeply($w->rows('SELECT d.Identifier, g.Identifier, g.SourceId, d.DeletionFlag FROM '
	. 'PurchaseDetail d LEFT JOIN PurchaseGood g USING (PurchaseGoodId) ORDER BY d.Identifier'),
	['/NEW|sku:NEW|2|0', '9001/SHIRT-M|501|1|1', '9002/shipping-fee|shipping-fee|1|0',
		'9003/|501|1|0'], 'a line that is gone is marked, a good of any Source found, a '
			. 'line without a number known by its SKU');
for (['Identifier', '501'], ['Sku', 'SHIRT-M'], ['Ean13', '4006381333931'],
	['Reference', 'SHIRT']) {
	done('Command/Update', { ExternalKey => { PurchaseIdentifier => "by $_->[0]" },
		Details => [{ ExternalKey => { Identifier => 'l' },
			PurchaseGoodExternalMultiSourceKey => { $_->[0] => $_->[1] } }] },
			"a good by its $_->[0]");
	is(one("SELECT g.Identifier FROM PurchaseDetail JOIN PurchaseHeader p USING "
		. "(PurchaseHeaderId) JOIN PurchaseGood g USING (PurchaseGoodId) WHERE "
			. "PurchaseReference = 'by $_->[0]'"), '501', 'is found');
}

# ---------------------------------------------------------------- lines: as many as the body has,
# each on its own good, adding up

sub detail {
	my ($id, $sku, $amount, $quantity, %more) = @_;
	return { (defined $id ? (ExternalKey => { Identifier => $id, SourceId => 1 }) : ()),
		PurchaseGoodExternalKey => { Sku => $sku, Identifier => $id // 0, SourceId => 1 },
		Amount => $amount, Quantity => $quantity, %more };
}
sub purchase { my ($number, @details) = @_;
	return (ExternalKey => { PurchaseIdentifier => $number }, PurchaseTypeId => 'ORDER_PAID',
		PurchaseStatus => 'processing', Details => \@details) }
my $of = 'FROM PurchaseDetail d JOIN PurchaseHeader p USING (PurchaseHeaderId) LEFT JOIN '
	. 'PurchaseGood g USING (PurchaseGoodId) WHERE d.DeletionFlag = 0 AND '
	. 'p.PurchaseReference =';
sub live { my ($number) = @_; return $w->rows("SELECT d.Sku, g.Sku, d.Quantity, d.Amount, "
	. "d.DiscountAmount $of '$number' ORDER BY d.Sku, d.PurchaseDetailId") }
sub total { my ($number) = @_;
	return one("SELECT COUNT(*), SUM(d.Amount), MAX(p.Amount) $of '$number'") }
sub said { my ($r) = @_; return join ' ', @{ $r->{remarks} } }

# A configurable product's sizes share its id; the header's discount stands at its lines, as the
# connector sends it.
my @shirts = (detail(77, 'TEE-S', 24, 1, TaxFreeAmount => 20, DiscountAmount => 2.4),
	detail(77, 'TEE-M', 48, 2, TaxFreeAmount => 40, DiscountAmount => 4.8),
	detail(78, 'MUG', 12, 1, DiscountAmount => 1.2),
	detail(0, 'shipping-fee', 6, 1, DiscountAmount => 0));
my %shirts = (purchase('5000', @shirts), Amount => 81.6, DiscountAmount => 8.4);
my $r = magento('Command/Update', \%shirts);
is_outcome($r, 'done', qr/written with 4 lines; 0 gone\.$/, 'two sizes of one product');
is(said($r), '', 'there is nothing to remark');
my @right = ('MUG|MUG|1.0000|10.8000|1.2000', 'TEE-M|TEE-M|2.0000|43.2000|4.8000',
	'TEE-S|TEE-S|1.0000|21.6000|2.4000', 'shipping-fee|shipping-fee|1.0000|6.0000|0.0000');
is_deeply(live('5000'), \@right,
	'are lines of their own, each on the good of its SKU, net of their discount');
is(total('5000'), '4|81.6000|81.6000', 'and add up');
is_deeply($w->rows("SELECT d.TaxFreeAmount $of '5000' AND d.Sku LIKE 'TEE-%' ORDER BY d.Sku"),
	['36.0000', '18.0000'], 'so is what is without tax');
my $rows = $w->rows('SELECT PurchaseDetailId, Identifier FROM PurchaseDetail ORDER BY 1');
done('Command/Update', \%shirts, 'the same again', reason => qr/written with 4 lines; 0 gone\.$/);
is_deeply($w->rows('SELECT PurchaseDetailId, Identifier FROM PurchaseDetail ORDER BY 1'), $rows,
	'changes nothing');
is_deeply($w->rows("SELECT d.Identifier $of '5000' ORDER BY 1"),
	['0/shipping-fee', '77/TEE-M', '77/TEE-S', '78/MUG'], 'what the lines are called');
done('Command/Update', { %shirts, purchase('5001', reverse @shirts) }, 'in another order');
is_deeply(live('5001'), \@right, 'they are the same');

# The discount in the header alone.
delete $_->{DiscountAmount} for my @bare = map { { %$_ } } @shirts;
$r = magento('Command/Update', { purchase('5002', @bare), Amount => 81.6, DiscountAmount => -8.4 });
is_outcome($r, 'done', qr/written with 4 lines/, 'a discount that no line carries');
is(said($r), 'No line carries the DiscountAmount: it was spread over the lines by their amounts.',
	'is told');
is_deeply(live('5002'), [map { s/0\.0000$/NULL/r } @right], 'and spread over the goods');
$r = magento('Command/Update',
	{ purchase('5003', detail(1, 'A', 10, 1), detail(2, 'B', 10, 1), detail(3, 'C', 10, 1)),
		Amount => 20, DiscountAmount => 10 });
is_deeply(live('5003'), ['A|A|1.0000|6.6700|3.3300', 'B|B|1.0000|6.6600|3.3400',
	'C|C|1.0000|6.6700|3.3300'], 'to the cent');
magento('Command/Update',
	{ purchase('5004', detail(1, 'A', 10, 1), detail(0, 'shipping-fee', 5, 1)), Amount => 0,
		DiscountAmount => 15 });
is_deeply(live('5004'),
	['A|A|1.0000|0.0000|10.0000', 'shipping-fee|shipping-fee|1.0000|0.0000|5.0000'],
	'and over shipping when the goods cost less');
$r = magento('Command/Update', { purchase('5005', @bare), Amount => 80, DiscountAmount => 8.4 });
is(said($r), 'The lines add up to 10 more than the Amount of the purchase.',
	'one that explains nothing is not: by how much the lines are off is told');
is(total('5005'), '4|90.0000|80.0000', 'and they stay as they were sent');
$r = magento('Command/Update', { purchase('5006', detail(1, 'A', 10, 1, DiscountAmount => 2)),
	Amount => '8.31' });
is(said($r), 'The lines add up to 0.31 less than the Amount of the purchase.', 'less, too');
$r = magento('Command/Update',
	{ purchase('5007', detail(1, 'A', '0.1', 1), detail(2, 'B', '0.2', 1)),
		Amount => 0.30000000000000004 });
is(said($r), '', 'a shop that reckons in doubles is right');
$r = magento('Command/Update', { purchase('5008', detail(1, 'A', 10, 1), detail(2, 'B', undef, 1)),
	Amount => 99 });
is(said($r), '', 'of what is not sent nothing is said');

# Lines that are net already: as they were sent they add up to the header.
for my $case (['5400', 20, 5, [detail(1, 'A', 20, 1, DiscountAmount => 5, TaxFreeAmount => 16)],
	['A|20.0000|5.0000|16.0000'], ''],
	['5401', 33.5, -4, [detail(1, 'A', 13.5, 1, DiscountAmount => -1.5),
		detail(2, 'B', 20, 1, DiscountAmount => -2.5)],
		['A|13.5000|1.5000|NULL', 'B|20.0000|2.5000|NULL'], ''],
	['5402', 13.5, 4, [detail(1, 'A', 13.5, 1, DiscountAmount => 1.5),
		detail(2, 'B', 20, 1, DiscountAmount => 2.5, PurchaseStatus => 'canceled')],
		['A|13.5000|1.5000|NULL'], ''],
	['5403', 15, 5, [detail(1, 'A', 20, 1, DiscountAmount => 5, TaxFreeAmount => 16)],
		['A|15.0000|5.0000|12.0000'], ''],
	['5404', 17, 5, [detail(1, 'A', 20, 1, DiscountAmount => 5)], ['A|15.0000|5.0000|NULL'],
		'The lines add up to 2 less than the Amount of the purchase.']) {
	my ($number, $amount, $discount, $sent, $stored, $remark) = @$case;
	for my $time (1, 2) {
		$r = magento('Command/Update', { purchase($number, @$sent), Amount => $amount,
			DiscountAmount => $discount });
		is(said($r), $remark,
			"a purchase of $amount less $discount, time $time: the remark");
		is_deeply($w->rows("SELECT d.Sku, d.Amount, d.DiscountAmount, d.TaxFreeAmount $of "
			. "'$number' ORDER BY 1"), $stored, 'and its lines');
	}
}

# Several lines of one SKU, with options that the body does not have; names that look like numbered
# ones.
my @options = map { detail(80, 'ENGRAVED', $_, 1) } 10, 11, 12;
done('Command/Update', { purchase('5010', @options), Amount => 33 }, 'three lines of one SKU',
	reason => qr/written with 3 lines; 0 gone/);
is_deeply($w->rows("SELECT d.Identifier, d.Amount $of '5010' ORDER BY 1"),
	['80/ENGRAVED|10.0000', '80/ENGRAVED#2|11.0000', '80/ENGRAVED#3|12.0000'], 'are three');
done('Command/Update', { purchase('5010', @options), Amount => 33 }, 'again',
	reason => qr/written with 3 lines; 0 gone/);
done('Command/Update', { purchase('5010', @options[0, 2]), Amount => 22 }, 'one taken out',
	reason => qr/written with 2 lines; 1 gone/);
is(total('5010'), '2|22.0000|22.0000', 'the others stay');
my @odd = (detail(7, 'A', 1, 1), detail(7, 'A', 2, 1), detail(7, 'A#2', 3, 1),
	detail('7/A', '', 4, 1), detail('7/A', 'A', 5, 1), detail(7, 'A/A', 6, 1),
	detail(7, 'A##2', 7, 1), detail('', 'A', 8, 1));
done('Command/Update', { purchase('5011', @odd), Amount => 36 }, 'names that are each other\'s',
	reason => qr/written with 8 lines/);
is(total('5011'), '8|36.0000|36.0000', 'are told apart');
my @long = map { detail('9' x 200, $_, 1, 1) } map { 'L' x 250 . $_ } 'a', 'b', 'b', "\x{e9}";
done('Command/Update', { purchase('5012', @long), Amount => 4 },
	'names that are longer than the column', reason => qr/written with 4 lines; 0 gone/) for 1,
	2;
is(total('5012'), '4|4.0000|4.0000', 'are shortened, each to its own');
is(one("SELECT COUNT(DISTINCT g.PurchaseGoodId), MAX(g.Sku = d.Sku) $of '5012'"), '3|1',
	'and so are their goods');
my @many = map { detail(5, 'BULK' . ($_ % 10), 1, 1) } 1 .. 1000;
done('Command/Update', { purchase('5013', @many), Amount => 1000 },
	'a thousand lines, a hundred of each SKU', reason => qr/written with 1000 lines; 0 gone/);
is(total('5013'), '1000|1000.0000|1000.0000', 'are a thousand');

# Carts: their lines have no name of their own.
my @cart_lines = map { my %l = %$_; delete $l{ExternalKey};
	\%l } @shirts, detail(77, 'TEE-S', 24, 1, DiscountAmount => 2.4);
done('Command/Update', { purchase('5020', @cart_lines), PurchaseTypeId => 'ORDER_CART',
	Amount => 103.2, DiscountAmount => 10.8 }, 'a cart',
	reason => qr/^Cart \d+ written with 5 lines; 0 gone/) for 1, 2;
is(total('5020'), '5|103.2000|103.2000', 'has all of its lines');
is_deeply($w->rows("SELECT d.Identifier $of '5020' ORDER BY 1"),
	['/MUG', '/TEE-M', '/TEE-S', '/TEE-S#2', '/shipping-fee'], 'by SKU and number');
is(one("SELECT OriginalAmount, (SELECT COUNT(OriginalAmount) FROM PurchaseDetail d WHERE "
	. "d.PurchaseHeaderId = p.PurchaseHeaderId) FROM PurchaseHeader p WHERE PurchaseReference "
		. "= '5020'"), 'NULL|0', 'and is not ordered yet');
done('Command/Update', { purchase('5020', $shirts[0]), Amount => 21.6, DiscountAmount => 2.4 },
	'it is ordered', reason => qr/^Purchase \d+ written with 1 line; 5 gone/);
is(one("SELECT Amount, OriginalAmount FROM PurchaseHeader WHERE PurchaseReference = '5020'"),
	'21.6000|21.6000', 'and that is what was ordered');

# What an earlier version stored goes when it is delivered again.
done('Command/Update', \%shirts, 'an order of before', reason => qr/4 lines/);
$w->sql("UPDATE PurchaseDetail d JOIN PurchaseHeader p USING (PurchaseHeaderId) SET d.Identifier "
	. "= SUBSTRING_INDEX(d.Identifier, '/', 1), d.Amount = d.Amount + d.DiscountAmount WHERE "
		. "p.PurchaseReference = '5000' AND d.Sku <> 'TEE-S'");
$w->sql("DELETE d FROM PurchaseDetail d JOIN PurchaseHeader p USING (PurchaseHeaderId) WHERE "
	. "p.PurchaseReference = '5000' AND d.Sku = 'TEE-S'");
done('Command/Update', \%shirts, 'delivered again', reason => qr/written with 4 lines; 3 gone\.$/);
is_deeply(live('5000'), \@right, 'has each line once');

# Goods: the SKU decides, never the product's id.
is_deeply($w->rows("SELECT Identifier, Sku FROM PurchaseGood WHERE Sku IN ('TEE-S', 'TEE-M', "
	. "'MUG', 'shipping-fee') AND SourceId = 1 ORDER BY 1"),
	['78|MUG', 'shipping-fee|shipping-fee', 'sku:TEE-M|TEE-M', 'sku:TEE-S|TEE-S'],
	'an id that two SKUs share names neither');
done('Command/Update', { purchase('5030', detail(90, 'CAP-S', 5, 1)) }, 'a size alone');
done('Command/Update', { purchase('5031', detail(90, 'CAP-M', 6, 1)) },
	'another size in another order');
done('Command/Update', { purchase('5032', detail(90, 'CAP-M', 6, 1), detail(90, 'CAP-S', 5, 1)) },
	'both');
is_deeply($w->rows("SELECT p.PurchaseReference, d.Sku, g.Sku, g.Identifier FROM PurchaseDetail d "
	. "JOIN PurchaseHeader p USING (PurchaseHeaderId) JOIN PurchaseGood g USING "
		. "(PurchaseGoodId) WHERE d.Sku LIKE 'CAP-%' ORDER BY 1, 2"),
	['5030|CAP-S|CAP-S|90', '5031|CAP-M|CAP-M|sku:CAP-M', '5032|CAP-M|CAP-M|sku:CAP-M',
		'5032|CAP-S|CAP-S|90'], 'a good that has the id under another SKU is not taken');
$w->sql("INSERT INTO PurchaseGood (Identifier, Sku, SourceId, Label, CreationDate, "
	. "ModificationDate) VALUES ('91', 'HAT', 1, 'Hat', '2026-01-01', '2026-01-01'), ('92', "
		. "NULL, 1, 'Gloves', '2026-01-01', '2026-01-01')");
done('Command/Update', { purchase('5033', detail(92, 'HAT', 5, 1), detail(92, 'GLOVE-L', 5, 1),
	detail(92, 'GLOVE-S', 5, 1)) }, 'goods that a catalogue brought');
is_deeply($w->rows("SELECT d.Sku, g.Identifier $of '5033' ORDER BY 1"),
	['GLOVE-L|sku:GLOVE-L', 'GLOVE-S|sku:GLOVE-S', 'HAT|91'], 'are found by SKU');
is(one("SELECT Label FROM PurchaseGood WHERE Identifier = '91'"), 'Hat',
	'and stay as they are known');
# Lines of one body that name one new good, each in another way.
sub of_any { my ($line, %name) = @_;
	return { ExternalKey => { Identifier => $line }, Amount => 1, Quantity => 1,
		PurchaseGoodExternalMultiSourceKey => \%name } }
my $ean = '2000000000008';
done('Command/Update', { purchase('5034', detail(93, 'SOCK', 5, 1, PurchaseGoodExternalKey =>
		{ Sku => 'SOCK', Identifier => '93', SourceId => 1, Ean13 => $ean }),
	detail(93, 'SOCK', 5, 1), of_any('a', Sku => 'SOCK'),
	of_any('b', Sku => 'SOCK-2', Ean13 => $ean), of_any('c', Ean13 => $ean),
	of_any('d', Identifier => '94'), of_any('e', Identifier => '94'),
	of_any('f', Reference => 'Wool'), of_any('g', Reference => 'Wool')) },
	'new goods that several lines name');
is_deeply($w->rows("SELECT g.Identifier, COUNT(*) $of '5034' GROUP BY g.Identifier ORDER BY 1"),
	['93|5', '94|2', 'reference:Wool|2'], 'are added once each');

# ---------------------------------------------------------------- what nobody keeps: nothing of it,
# refunded, cancelled; closed as a whole

my @two = (detail(1, 'A', 20, 1, PurchaseStatus => 'INVOICED'),
	detail(2, 'B', 30, 1, PurchaseStatus => 'INVOICED', TaxFreeAmount => 25));
done('Command/Update', { purchase('5040', @two), Amount => 50, TaxFreeAmount => 41.67 },
	'two lines');
$r = magento('Command/Update',
	{ purchase('5040', $two[0], { %{ $two[1] }, PurchaseStatus => 'Refunded' }), Amount => 50,
		TaxFreeAmount => 41.67 });
is_outcome($r, 'done', qr/written with 1 line; 1 gone\.$/, 'one refunded');
is(said($r), '', 'the sums agree');
is(total('5040'), '1|20.0000|20.0000', 'the purchase is what is kept');
is(one("SELECT TaxFreeAmount, OriginalAmount FROM PurchaseHeader WHERE PurchaseReference = '5040'"),
	'16.6700|50.0000', 'without its tax, too; what was first ordered stays visible');
is_deeply($w->rows("SELECT d.Sku, d.DeletionFlag, d.OriginalQuantity, d.OriginalAmount, "
	. "d.Quantity, d.Amount, d.TaxFreeAmount FROM PurchaseDetail d JOIN PurchaseHeader p "
		. "USING (PurchaseHeaderId) WHERE PurchaseReference = '5040' ORDER BY 1"),
	['A|0|1.0000|20.0000|1.0000|20.0000|NULL', 'B|1|1.0000|30.0000|0.0000|0.0000|0.0000'],
	'at the lines, too, and what nobody keeps costs nothing');
done('Command/Update', { purchase('5041', $two[0], { %{ $two[1] }, PurchaseStatus => 'canceled' }),
	Amount => 20 }, 'one cancelled, and a header that says so already',
	reason => qr/1 line; 1 gone/);
is(total('5041'), '1|20.0000|20.0000', 'is not lessened twice');
done('Command/Update', { purchase('5042', @two), Amount => 50 }, 'two lines');
done('Command/Update', { purchase('5042', $two[0], detail(2, 'B', 0, 0)), Amount => 20 },
	'nothing of one left', reason => qr/1 line; 1 gone/);
is(total('5042'), '1|20.0000|20.0000', 'it is gone');
done('Command/Update', { purchase('5042', @two), Amount => 50 }, 'there again',
	reason => qr/2 lines; 0 gone/);
is(total('5042'), '2|50.0000|50.0000', 'is there');
done('StatusCommand/Update', { ExternalKey => { PurchaseIdentifier => '5042' },
	PurchaseStatus => 'Fermée' }, 'wholly refunded');
is(one("SELECT PurchaseStatusId, Amount, (SELECT CONCAT_WS('|', SUM(DeletionFlag), SUM(Amount), "
	. "SUM(Quantity), SUM(OriginalAmount)) FROM PurchaseDetail d WHERE d.PurchaseHeaderId = "
		. "p.PurchaseHeaderId) FROM PurchaseHeader p WHERE PurchaseReference = '5042'"),
	'8|0.0000|2|0.0000|0.0000|50.0000',
	'nothing is owed, no line is kept');
done('Command/Update', { purchase('5042', @two), Amount => 50, PurchaseStatus => 'processing' },
	'open again', reason => qr/2 lines; 0 gone/);
is(total('5042'), '2|50.0000|50.0000', 'is as it was');
done('Command/Update', { purchase('5043', @two), Amount => 50, PurchaseStatus => 'canceled' },
	'an order that comes cancelled', reason => qr/written with 0 lines; 2 gone/) for 1, 2;
is(one("SELECT PurchaseStatusId, Amount, OriginalAmount FROM PurchaseHeader WHERE "
	. "PurchaseReference = '5043'"), '9|0.0000|50.0000',
	'is worth nothing, and shows what it was');
done('Command/Update', { ExternalKey => { PurchaseIdentifier => '5044' },
	PurchaseStatus => 'closed' }, 'one that says nothing of amounts');
is(one("SELECT PurchaseStatusId, Amount FROM PurchaseHeader WHERE PurchaseReference = '5044'"),
	'8|NULL', 'has none');

# A state that is no longer over brings back what a state alone took, as it was first ordered; a
# line that a Command left out stays gone.
my $reopened = 'The purchase is open again with the lines that were first ordered. Later changes, '
	. 'tax and discounts come with the next Command.';
my ($end, $open) = map { my $status = $_;
	sub { my ($number, %o) = @_;
		return magento('StatusCommand/Update',
			{ ExternalKey => { PurchaseIdentifier => $number },
				PurchaseStatus => $status, %o }) } } 'canceled', 'processing';
sub worth { return one(
	"SELECT p.PurchaseStatusId, p.Amount, p.TaxFreeAmount, p.DiscountAmount, (SELECT "
		. "CONCAT_WS(' ', COUNT(*), SUM(Amount), SUM(Quantity)) FROM PurchaseDetail d "
			. "WHERE d.PurchaseHeaderId = p.PurchaseHeaderId AND DeletionFlag = 0)
	FROM PurchaseHeader p WHERE PurchaseReference = '$_[0]'") }
my @three = (detail(1, 'A', 20, 1), detail(2, 'B', 40, 2, TaxFreeAmount => 30),
	detail(3, 'C', 7, 1));
done('Command/Update', { purchase('5050', @three), Amount => 67 }, 'three lines');
done('Command/Update',
	{ purchase('5050', @three[0, 1], { %{ $three[2] }, PurchaseStatus => 'canceled' }),
		Amount => 60, TaxFreeAmount => 50 }, 'one of them cancelled');
done('Command/Update', { purchase('5051', @three[0, 1]), Amount => 60, TaxFreeAmount => 50,
	DiscountAmount => 0 }, 'two lines');
for my $round (1, 2) {
	is_outcome($end->($_), 'done', undef, "$_ is cancelled, round $round")
		for qw(5050 5050 5051);
	is(worth('5051'), '9|0.0000|0.0000|0.0000|0', 'is worth nothing');
	$r = $open->($_), is(said($r), $reopened, "$_ is open again, which is told")
		for qw(5050 5051);
	is(said($open->('5051')), '', 'once');
	is(worth('5051'), '3|60.0000|NULL|NULL|2 60.0000 3.0000', 'with what was ordered');
	is(worth('5050'), '3|67.0000|NULL|NULL|2 60.0000 3.0000',
		'but without the line that went before');
}
done('Command/Update', { purchase('5051', @three[0, 1]), Amount => 60, TaxFreeAmount => 50,
	DiscountAmount => 0 }, 'the next Command');
is(worth('5051'), '3|60.0000|50.0000|0.0000|2 60.0000 3.0000', 'brings the rest');
# Out of order: the state comes before the content, or later than it is of.
is_outcome($end->('5052'), 'done', undef, 'a state before its purchase');
done('Command/Update', { purchase('5052', @three[0, 1]), Amount => 60,
	PurchaseStatusDate => '2026-01-01T00:00:00Z' }, 'which comes after it') for 1, 2;
is(worth('5052'), '9|0.0000|0.0000|0.0000|0', 'and is over');
is(said($open->('5052')), $reopened, 'open again');
is(worth('5052'), '3|60.0000|NULL|NULL|2 60.0000 3.0000', 'it is whole');
is_outcome($end->('5052', PurchaseStatusDate => '2026-01-02T00:00:00Z'), 'superseded', undef,
	'an end of before');
is(worth('5052'), '3|60.0000|NULL|NULL|2 60.0000 3.0000', 'takes nothing');
# A Command that says nothing of amounts and lines opens it, too; one that has them needs no help.
is_outcome($end->('5052'), 'done', undef, 'cancelled');
is(said(magento('Command/Update', { ExternalKey => { PurchaseIdentifier => '5052' },
	PurchaseStatus => 'processing' })), $reopened, 'opened by a Command without amounts');
is(worth('5052'), '3|60.0000|NULL|NULL|2 60.0000 3.0000', 'as ordered');
is_outcome($end->('5052'), 'done', undef, 'cancelled');
is(said(magento('Command/Update', { purchase('5052', $three[0]), Amount => 20 })), '',
	'opened by a Command with them');
is(worth('5052'), '3|20.0000|0.0000|0.0000|1 20.0000 1.0000', 'it is what that says');
# What was never ordered cannot be known.
done('Command/Update', { purchase('5053', @three[0, 1]), PurchaseTypeId => 'ORDER_CART',
	Amount => 60 }, 'a cart');
is_outcome($end->('5053'), 'done', undef, 'cancelled');
is(said($open->('5053')), 'The purchase is open again; its amounts come with the next Command.',
	'open again: told');
is(worth('5053'), '3|0.0000|0.0000|0.0000|0', 'and nothing is made up');

# A contact has one address of a brand and type: two are one, and counted so.
$r = magento('Contact/Update', { Identifiers => [{ Identifier => '42' }],
	Addresses => [{ City => 'Nice', BrandId => 4, AddressTypeId => 3 },
		{ City => 'Metz', BrandId => 4, AddressTypeId => 3 },
		{ City => 'Lens', BrandId => 4, AddressTypeId => 1 }],
	AttachedStores => [map { { StoreExternalKey => { StoreIdentifier => $_ },
		AttachedStoreTypeId => 1 } } 'nice', 'nice'] });
is_outcome($r, 'done', qr/written with 2 addresses and 1 store\.$/,
	'three addresses, two of one kind');
is(said($r), 'Addresses[0] and Addresses[1] are of one brand and address type, so they are one '
	. 'address; what both say is taken from the later.', 'it is told');
done('Contact/Update', { Identifiers => [{ Identifier => '50' }],
	Addresses => [map { { Email => 'fifty@example.com', EmailOptin => $_->[0], BrandId => 4,
		AddressTypeId => 3, EmailOptinDateUTC => $_->[1] } } [$true, '2026-02-02'],
		[$false, '2026-01-01']] }, 'the later of which has the older consent');
is(one("SELECT EmailOptin, DATE(EmailOptinDate) FROM Address WHERE Email = 'fifty\@example.com'"),
	'1|2026-02-02', 'the younger consent holds');

# ---------------------------------------------------------------- states out of order, carts and
# orders

my $state = "SELECT PurchaseStatusId, FreeField2, PurchaseStatusDate, PaymentMethod, "
	. "CarrierTrackerCode, PurchaseTypeId, Amount FROM PurchaseHeader WHERE PurchaseReference "
		. "= '100000012'";
my %status = (ExternalKey => \%key, PurchaseStatusDate => '2026-03-04T09:00:00Z',
	PurchaseStatus => 'complete', PaymentMethod => 'card',
	BackofficeUri => 'https://shop.example/admin/x', CarrierUri => 'https://track.example/2',
	CarrierName => 'DHL', CarrierTrackerCode => 'TRACK-2');
done('StatusCommand/Update', \%status, 'a status',
	reason => qr/^Status of purchase \d+ written\.$/);
is(one($state), '5|complete|2026-03-04 09:00:00.000000|card|TRACK-2|1|45.3000', 'written');
is(one("SELECT BackofficeUri, CarrierUri, CarrierName FROM PurchaseHeader WHERE PurchaseReference "
	. "= '100000012'"), 'https://shop.example/admin/x|https://track.example/2|DHL',
	'each property of StatusCommand');
done('StatusCommand/Update', { ExternalKey => { PurchaseIdentifier => '2099' },
	PurchaseStatus => 'closed', PurchaseStatusDate => '2099-01-01T00:00:00Z' },
	'a status of a day to come');
done('StatusCommand/Update', { ExternalKey => { PurchaseIdentifier => '2099' },
	PurchaseStatus => 'canceled' }, 'does not shut out what comes after it');
is_outcome(magento('StatusCommand/Update', { %status, PurchaseStatusDate => '2026-03-03T09:00:00Z',
	PurchaseStatus => 'pending' }), 'superseded', qr/^A later status of purchase \d+ is stored/,
	'an earlier status that comes later');
is(one($state), '5|complete|2026-03-04 09:00:00.000000|card|TRACK-2|1|45.3000', 'changes nothing');
done('Command/Update', { %command, Amount => 50, PurchaseStatus => 'pending',
	PurchaseTypeId => 'ORDER_UNPAID' }, 'an order with an older status');
is(one($state), '5|complete|2026-03-04 09:00:00.000000|checkmo|TRACK-1|1|50.0000',
	'writes its content; status and type stay');
done('StatusCommand/Update', { %status, PurchaseStatusDate => '2026-03-05T09:00:00Z',
	PurchaseStatus => 'Verschickt' }, 'a status that nobody knows');
is(one($state), '5|Verschickt|2026-03-05 09:00:00.000000|card|TRACK-2|1|50.0000',
	'is kept as text, and the known one stays');
$w->sql("INSERT INTO PurchaseStatus (PurchaseStatusId, Label, Accountable, CreationDate, "
	. "ModificationDate) VALUES (50, 'Verschickt', 1, '2026-01-01', '2026-01-01')");
done('StatusCommand/Update', { %status, PurchaseStatusDate => '2026-03-05T09:00:00Z',
	PurchaseStatus => 'VERSCHICKT' }, 'until the tenant has it');
is($w->value("SELECT PurchaseStatusId FROM PurchaseHeader WHERE PurchaseReference = '100000012'"),
	50, 'the tenant\'s');

done('StatusCommand/Update', { ExternalKey => { PurchaseIdentifier => '200' },
	PurchaseStatus => 'closed', PurchaseStatusDate => '2026-04-02T00:00:00Z' },
	'a status before its order');
done('Command/Update', { ExternalKey => { PurchaseIdentifier => '200' }, Amount => 7,
	PurchaseStatus => 'pending', PurchaseStatusDate => '2026-04-01T00:00:00Z',
	PurchaseTypeId => 'ORDER_PAID' }, 'the order');
is(one("SELECT PurchaseStatusId, PurchaseStatusDate, Amount, PurchaseTypeId FROM PurchaseHeader "
	. "WHERE PurchaseReference = '200'"), '8|2026-04-02 00:00:00.000000|0.0000|1',
	'both hold: of what was refunded nothing is owed');

my %cart = (ExternalKey => { PurchaseIdentifier => '300', CheckoutIdentifier => '-',
	StoreIdentifier => 'lyon' }, PurchaseTypeId => 'ORDER_CART', Amount => 10,
	PurchaseStatusDate => '2026-05-02T00:00:00Z', PurchaseStatus => 'new',
	Details => [{ ExternalKey => { Identifier => 'c1' },
		PurchaseGoodExternalKey => { Sku => 'A' }, Quantity => 1 }]);
done('Command/Update', \%cart, 'a cart', reason => qr/^Cart \d+ written with 1 line;/);
is(one("SELECT PurchaseTypeId, Amount FROM PurchaseHeader WHERE PurchaseReference = '300'"),
	'3|10.0000', 'is a cart');
done('Command/Update', { %cart, PurchaseTypeId => 'order_unpaid', Amount => 12,
	PurchaseStatusDate => '2026-05-01T00:00:00Z', PurchaseStatus => 'pending_payment' },
	'becomes an order', reason => qr/^Purchase/);
is(one("SELECT COUNT(*), MAX(PurchaseTypeId), MAX(Amount), MAX(PurchaseStatusDate) FROM "
	. "PurchaseHeader WHERE PurchaseReference = '300'"),
	'1|2|12.0000|2026-05-01 00:00:00.000000', 'the same purchase');
is_outcome(magento('Command/Update', { %cart, Amount => 99 }), 'superseded',
	qr/^The order of purchase \d+ is stored/, 'the cart that comes late');
done('Command/Update',
	{ %cart, ExternalKey => { %{ $cart{ExternalKey} }, CheckoutIdentifier => 'quote-9' } },
	'a cart of another checkout');
done('Command/Update',
	{ %cart, ExternalKey => { %{ $cart{ExternalKey} }, StoreIdentifier => 'paris' } },
	'a cart of the same number in another store');
done('Command/Update', { %cart, ExternalKey => { %{ $cart{ExternalKey} }, SourceId => 2 } },
	'and in another Source');
is_deeply($w->rows("SELECT PurchaseIdentifier, SourceId, PurchaseTypeId, CheckoutIdentifier FROM "
	. "PurchaseHeader WHERE PurchaseReference = '300' ORDER BY 1, 2"),
	['300/quote-9@lyon|1|3|quote-9', '300@lyon|1|2|-', '300@lyon|2|3|-', '300@paris|1|3|-'],
	'are purchases of their own');
# The date is no part of the name: a cart's moves with each change, and its order has another.
my @moving = map { { ExternalKey => { PurchaseIdentifier => '301',
	PurchaseDate => "2026-05-0${_}T00:00:00Z" }, PurchaseTypeId => $_ < 3 ? 'ORDER_CART'
	: 'ORDER_PAID', Amount => $_ } } 1 .. 4;
done('Command/Update', $_, "purchase 301 of May $_->{Amount}") for @moving;
is(one("SELECT COUNT(*), MAX(PurchaseDate), MAX(Amount), MAX(PurchaseTypeId) FROM PurchaseHeader "
	. "WHERE PurchaseReference = '301'"), '1|2026-05-04 00:00:00.000000|4.0000|1',
	'is one purchase, as it was sent last, whatever its dates');
done('StatusCommand/Update',
	{ ExternalKey => { PurchaseIdentifier => '301', PurchaseDate => '2026-05-01T00:00:00Z' },
		PurchaseStatus => 'complete' }, 'a status that names an earlier date');
is(one("SELECT COUNT(*), MAX(PurchaseStatusId), MAX(PurchaseDate) FROM PurchaseHeader WHERE "
	. "PurchaseReference = '301'"), '1|5|2026-05-01 00:00:00.000000',
	'is of the same purchase');
$w->{s}->sql("UPDATE api_message SET received_at = received_at - INTERVAL 1 YEAR, state = 1, "
	. "attempts = 0, settled_at = NULL, visible_at = UTC_TIMESTAMP(6) WHERE receipt = x'"
	. (my $again = $w->queue('Magento/Command/Update',
		{ %cart, Amount => 1, PurchaseTypeId => 1 },
	query => '&secondsOfInvisibility=3600', headers => $connector{1})) . "'");
is_outcome($w->became($again), 'superseded', qr/^A newer state/,
	'content that arrived before what is stored');

# ---------------------------------------------------------------- faults: all at once, by field

my $all_faults = join '; ', 'Identifiers[0].SourceId names no Source that is known',
	'Identifiers[1] must be an object', 'Addresses[0].BrandId must not be negative',
	'AttachedStores must be a list', 'ZoneId names no Zone that is known';
my @faults = (
	['Contact/Insert', '[]', 'The body must be an object.'],
	['Contact/Insert', {},
		'Identifiers is required, or an address with an Email: somebody must be meant.'],
	['Contact/Insert', { Identifiers => [{ SourceId => 1 }] },
		'Identifiers is required, or an address with an Email: somebody must be meant.'],
	['Contact/Insert', { FirstName => 'x' x 201, BirthDate => 'yesterday', ZoneId => 999,
		CreationDate => 7, Identifiers => [{ Identifier => '42', SourceId => 77 }, 'x'],
		Addresses => [{ EmailOptin => 'perhaps', CountryId => 'XXX', BrandId => -1 },
		{ CountryId => 'FRANCE' }], AttachedStores => {} },
		qr/^\Q$all_faults\E\.$/],
	['Contact/Insert', { Identifiers => [map { { Identifier => $_ } } 1 .. 21] },
		qr/^Identifiers holds more than 20 elements/],
	['Contact/Connection', { Identifiers => 'x' }, 'Identifiers must be a list.'],
	['Newsletter/Update', { Addresses => [{ Email => 'nobody' }] },
		qr/^Identifiers is required/],
	['Newsletter/Update', { Addresses => [{ Email => 'a@b.example', AddressTypeId => 99 }] },
		'Addresses[0].AddressTypeId names no ContactAddressType that is known.'],
	['Command/Update', {},
		'ExternalKey.PurchaseIdentifier is required: it names the purchase.'],
	['Command/Update', { ExternalKey => 'x' }, qr/^ExternalKey must be an object/],
	['Command/Update',
		{ ExternalKey => { PurchaseIdentifier => 'x' x 200,
			StoreIdentifier => 'y' x 100 } },
			'ExternalKey is longer than 255 characters in all.'],
	['Command/Update', { ExternalKey => { PurchaseIdentifier => '1' }, Amount => 'much',
		CurrencyId => 'EURO', PurchaseTypeId => 'ORDER', BrandId => 12,
		Details => [{ Quantity => [] }, 7,
			{ ExternalKey => { Identifier => 'ok', SourceId => 55 } }] },
		'CurrencyId is longer than 3 characters; Amount must be a decimal number like '
			. '19.99; PurchaseTypeId must be an integer from -32768 to 32767; '
				. 'Details[0].Quantity must be a decimal number like 19.99; '
		. 'Details[1] must be an object; Details[2].ExternalKey.SourceId names no Source '
			. 'that is known; BrandId names no Brand that is known.'],
	['Command/Update', { ExternalKey => { PurchaseIdentifier => '1' }, Details => [{}] },
		'Details[0].ExternalKey needs an Identifier, or the line\'s good a Sku: they name '
			. 'the line.'],
	['Command/Update', { ExternalKey => { PurchaseIdentifier => '1' },
		Details => [({}) x 1001] }, 'Details holds more than 1000 elements.'],
	['StatusCommand/Update', { PurchaseStatus => 7 },
		'ExternalKey.PurchaseIdentifier is required: it names the purchase.'],
	['StatusCommand/Update', { ExternalKey => { PurchaseIdentifier => ['1'] },
		PurchaseStatusDate => 'x', CarrierName => 'x' x 201 },
		qr/^ExternalKey\.PurchaseIdentifier must be text/],
);
my $before = one('SELECT (SELECT COUNT(*) FROM Contact), (SELECT COUNT(*) FROM PurchaseHeader), '
	. '(SELECT COUNT(*) FROM Store)');
is_outcome(magento($_->[0], $_->[1]), 'dead', $_->[2], "$_->[0]: " . substr World::encoded($_->[1]),
	0, 60) for @faults;
is(one('SELECT (SELECT COUNT(*) FROM Contact), (SELECT COUNT(*) FROM PurchaseHeader), (SELECT '
	. 'COUNT(*) FROM Store)'), $before, 'of these nothing was written');

# Each place of each body with a value of the wrong kind.
my @hostile = (undef, $true, '', -1, '1.5', '99999999999999999999.99', [], {}, [[]], { id => {} },
	"\x{1}", '0000-00-00 00:00:00', '9999-12-31T23:59:59-14:00', "'; DROP TABLE Contact; --",
	'x' x 70000, "\x{1F600}" x 600);
sub places {
	my ($slot) = @_;
	my $v = $$slot;
	return ($slot, ref $v eq 'HASH' ? map { places(\$v->{$_}) } sort keys %$v
		: ref $v eq 'ARRAY' ? map { places(\$v->[$_]) } 0 .. $#$v : ());
}
my $turn = 0;
for (['Contact/Update', \%contact], ['Newsletter/Update', $newsletter],
	['Command/Update', { %command, Details => [\%detail] }], ['StatusCommand/Update', \%status],
	['Contact/Connection', { Identifiers => [{ Identifier => '42', SourceId => 1 }] }]) {
	my ($what, $body) = @$_;
	my $text = World::encoded($body);
	my $n = () = places(\(my $copy = decode_json($text)));
	for my $i (0 .. $n - 1) {
		my $wrong = decode_json($text);
		${ (places(\$wrong))[$i] } = $hostile[$turn++ % @hostile];
		$w->queue("Magento/$what", JSON::PP->new->utf8->allow_nonref->encode($wrong),
			headers => $connector{1});
	}
}
my %count;
$count{$_->{outcome} eq 'dead' && $_->{class} ne 'unprocessable' || $_->{outcome} eq 'retry'
	? "$_->{outcome} $_->{class} $_->{reason}" : $_->{outcome}}++ for $w->take;
is_deeply([grep { !/^(done|dead|superseded)$/ } sort keys %count], [],
	'each hostile body is written, or dead with a reason of its own');
cmp_ok($count{dead} // 0, '>', 30, 'many are refused');
cmp_ok($count{done} // 0, '>', 10, 'some do no harm');
note(join ' ', map { "$_ $count{$_}" } sort keys %count);

# ---------------------------------------------------------------- the connector's header; tenants

my $url = '/ProcessManagement/Connector/Standard/QueueProcess/C1/A1/Magento/Contact/Connection'
	. '?SourceId=1&ZoneId=3&BrandId=4&ContactAddressTypeId=1';
my $login = { Identifiers => [{ Identifier => '42' }] };
is($w->request('POST', $url, $login, 'X-Crm360Api-ApiKey' => 'api-key-canary')->{status}, 202,
	'the connector\'s one header is a token');
is($w->request('POST', $url, $login, 'X-Crm360Api-ApiKey' => 'no-such-canary')->{status}, 401,
	'a wrong one is none');
is($w->request('POST', $url, $login, 'X-Crm360Api-ApiKey' => 'club-key-canary')->{status}, 403,
	'one without the right is refused');
is($w->request('POST', $url, $login, 'X-Crm360Api-ApiKey' => 'other-key-canary')->{status}, 401,
	'another tenant\'s is none here');
is($w->request('GET', '/ProcessManagement/Connector/Standard/Receipt/C1/A1/' . '0' x 32, undef,
	'X-Crm360Api-ApiKey' => 'api-key-canary')->{status}, 404, 'for receipts, too');
is($w->request('GET', '/ProcessManagement/Schedules', undef,
	'X-Crm360Api-ApiKey' => 'api-key-canary')->{status}, 403,
	'and for all else, by its rights');
unlike($w->traces, qr/canary/, 'no key is written down');
is_outcome(magento('Command/Update', \%command, tenant => 2, source => 1), 'dead',
	qr/BrandId names no Brand/, 'another tenant does not know our brand');
done('Command/Update', { %command, BrandId => 0 }, 'but may have the same purchase', tenant => 2);
is($w->value("SELECT Amount FROM PurchaseHeader WHERE PurchaseReference = '100000012'", 2),
	'45.3000', 'of its own');
is($w->value("SELECT ContactId = (SELECT ContactId FROM ContactIdentifier WHERE Identifier = '42' "
	. "AND SourceId = 1) FROM PurchaseHeader WHERE PurchaseIdentifier = '100000012\@lyon' AND "
		. "SourceId = 1"), 1, 'and ours is ours');

# ---------------------------------------------------------------- members that no model has

sub strange { my $r = magento(@_); is($r->{outcome}, 'done', "$_[0]: done") or diag($r->{reason});
	return [grep { /no property/ } @{ $r->{remarks} }] }
my $who = [{ Identifier => 'spelling' }];
is_deeply(strange('Contact/Insert', \%contact), [], 'all members of a Contact are known');
is_deeply(strange('Newsletter/Update', $newsletter), [], 'of a Newsletter');
is_deeply(strange('ContactConnexion/Connection', { Identifiers => $who }), [], 'of a login');
is_deeply(strange('Command/Update',
	{ %command, Details => [\%detail, { ExternalKey => { Identifier => 'x' },
		PurchaseGoodExternalMultiSourceKey => { Sku => 'shipping-fee', Identifier => 'i',
			Ean13 => 'e', Reference => 'r' } }] }),
	[], 'of a Command');
is_deeply(strange('StatusCommand/Update',
	{ ExternalKey => { %key, PurchaseIdentifier => 'spelled' },
		map { $_ => $command{$_} } qw(PurchaseStatusDate PurchaseStatus PaymentMethod
			BackofficeUri CarrierUri CarrierName CarrierTrackerCode) }), [],
			'of a StatusCommand');
is_deeply(strange('Contact/Update', { IDENTIFIERS => $who, firstname => 'Ana',
	addresses => [{ eMail => 'spelling@example.com' }] }), [], 'in any case');
is_deeply(strange('Contact/Update', { Identifiers => $who, FristName => 'Ana', LastName => 'Doe' }),
	['FristName left out: it is no property of Contact; did you mean FirstName?'],
	'a slip of the pen');
is(one("SELECT LastName FROM Contact JOIN ContactIdentifier USING (ContactId) WHERE Identifier = "
	. "'spelling'"), 'Doe', 'the rest is written');
is_deeply([sort @{ strange('Contact/Update',
	{ Identifiers => [{ Identifier => 'spelling', SuorceId => 1 }],
		Addresses => [map { { Emial => "a$_\@example.com", AddressTypeId => $_ } } 1 .. 3],
	AttachedStores => [{ StoreExternalKey => { StoreIdentifier => 'lyon',
		StoreIdentifer => 'x' } }] }) }],
	['Addresses[].Emial left out: it is no property of ContactAddress; did you mean Email?',
		'AttachedStores[].StoreExternalKey.StoreIdentifer left out: it is no property of '
			. 'StoreExternalKey; did you mean StoreIdentifier?',
	'Identifiers[].SuorceId left out: it is no property of ContactIdentifier; did you mean '
		. 'SourceId?'], 'inside, in a list once');
is_deeply([sort @{ strange('Command/Update',
	{ ExternalKey => { PurchaseIdentifier => 'spelling', Remark => 'x' },
		Details => [{ ExternalKey => { Identifier => 'l' }, Quantiy => 2,
			Quantity => 1 }] }) }],
	['Details[].Quantiy left out: it is no property of CommandDetailItem; did you mean '
		. 'Quantity?', 'ExternalKey.Remark left out: it is no property of ExternalKey.'],
		'of an order and its lines; nothing is near to Remark');
is_deeply(strange('Newsletter/Update', { Identifiers => $who, FirstName => 'Ana' }),
	['FirstName left out: it is no property of Newsletter.'], 'what another model has');
is_deeply(strange('StatusCommand/Update', { ExternalKey => { PurchaseIdentifier => 'spelling' },
	PurchaseStatut => 'closed' }), ['PurchaseStatut left out: it is no property of '
		. 'StatusCommand; did you mean PurchaseStatus?'], 'of a state');
is_deeply(strange('Contact/Update', { Identifiers => $who, 'ana@example.com' => 1 }),
	['A member left out: it is no property of Contact.'], 'what is no name is not repeated');
my $odd = 'Oddaaa';
my $crowd = magento('Contact/Update', { Identifiers => $who, Civility => 'Grand Vizier',
	map { ($odd++ => 1) } 1 .. 20000 });
is($crowd->{outcome}, 'done', 'very many are a success, too');
is(scalar @{ $crowd->{remarks} }, 21, 'of whose remarks twenty are kept');
like($crowd->{remarks}[20], qr/^And 19981 more\.$/, 'and the rest is counted');
ok((grep { /Grand Vizier/ } @{ $crowd->{remarks} }), 'other remarks come before them');

is($w->{s}->stop, 0, 'the daemon ends well');

done_testing();
