# What the vendor's Sunflow connector for Magento 2 sends, through nginx and the daemon: each property of each model lands in a column; carts, orders, states out of order; faults.
# Models and property names: github.com/SUNFLOW-by-FOLLOW-THE-SUN/Sunflow-Magento-2-Connector (MIT), facts only; the values are made up here.
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
$w->sql("INSERT INTO Zone (ZoneId, Label, CreationDate, ModificationDate) VALUES (3, 'West', '2026-01-01', '2026-01-01'); INSERT INTO Brand (BrandId, Label, CreationDate, ModificationDate) VALUES (4, 'Bonne', '2026-01-01', '2026-01-01')");
$w->{s}->sql("INSERT INTO api_token (alias_id, token_hash, rights, created_at) VALUES (1, x'" . sha256_hex('api-key-canary') . "', 'webhook', '2026-01-01'), (1, x'" . sha256_hex('club-key-canary')
	. "', 'club', '2026-01-01'), (2, x'" . sha256_hex('other-key-canary') . "', 'webhook', '2026-01-01')");

sub is_outcome {
	my ($r, $outcome, $reason, $name) = @_;
	is($r->{outcome}, $outcome, $name) or diag("$r->{class}: $r->{reason}");
	ref $reason ? like($r->{reason}, $reason, "$name: the reason") : is($r->{reason}, $reason, "$name: the reason") if defined $reason;
}
# As the connector does, with a token: its bodies may name any Source (with a Source's own key they may not: t/75-own-rows.t).
my %connector = (1 => { 'X-Crm360Api-ApiKey' => 'api-key-canary' }, 2 => { 'X-Crm360Api-ApiKey' => 'other-key-canary' });
sub magento { my ($what, $body, %o) = @_; return $w->post("Magento/$what", $body, headers => $connector{ $o{tenant} // 1 }, %o) }
sub done { my ($what, $body, $name, %o) = @_; is_outcome(magento($what, $body, %o), 'done', $o{reason}, $name) }
sub one { return $w->rows(@_)->[0] }

# ---------------------------------------------------------------- Contact: every property in its column

my %address = (Address1 => '1 rue A', Address2 => 'bât. B', Address3 => 'étage 3', Address4 => 'porte 4', PostCode => '69001', City => 'Lyon', CountryId => 'FRA', PostalOptin => $true,
	PostalOptinDateUTC => '2026-01-02 03:04:05', Email => 'Ana@Example.com', EmailOptin => $true, EmailOptinDateUTC => '2026-01-03 03:04:05', EmailAdvertiserCreationDateUTC => '2026-01-04T03:04:05',
	MobilePhone => '+33611223344', MobilePhoneCountryId => 'FRA', MobilePhoneOptin => $false, MobilePhoneOptinDateUTC => '2026-01-05T03:04:05Z', MobilePhoneAdvertiserCreationDateUTC => '2026-01-06T03:04:05+00:00',
	AddressTypeId => 2, BrandId => 4);
my %contact = (Civility => 'Mme', FirstName => 'Ana', LastName => 'Doé', DefaultGroup => 'Wholesale', BirthDate => '1980-12-31 00:00:00', CreationDate => '2026-07-01 12:00:00',
	AdvertiserCreationDateUTC => '2026-07-01 12:00:00', ZoneId => 3, Addresses => [\%address], Identifiers => [{ Identifier => '42', SourceId => 1 }, { Identifier => 'crm-42', SourceId => 2 }],
	AttachedStores => [{ StoreExternalKey => { StoreIdentifier => 'lyon', SourceId => 0 }, AttachedStoreTypeId => 'MANUAL' }]);
done('Contact/Insert', \%contact, 'a contact', reason => qr/^State of contact \d+ written with 1 addresses and 1 stores\.$/);
is(one('SELECT CivilityId, FirstName, LastName, FreeField1, FreeField2, BirthDate, BirthYear, BirthMonth, BirthDay, FreeFieldDateTime1, AdvertiserCreationDate, ZoneId, ContactTypeId, DeletionFlag FROM Contact'),
	'2|Ana|Doé|Wholesale|NULL|1980-12-31 00:00:00.000000|1980|12|31|2026-07-01 10:00:00.000000|2026-07-01 12:00:00.000000|3|1|0', 'Contact');
is(one('SELECT Address1, Address2, Address3, Address4, PostCode, City, CountryId, AddressOptin, AddressOptinDate FROM Address'), '1 rue A|bât. B|étage 3|porte 4|69001|Lyon|FRA|1|2026-01-02 03:04:05.000000', 'ContactAddress: post');
is(one('SELECT Email, EmailOptin, EmailOptinDate, EmailAdvertiserCreationDate FROM Address'), 'Ana@Example.com|1|2026-01-03 03:04:05.000000|2026-01-04 03:04:05.000000', 'e-mail');
is(one('SELECT MobilePhoneNumber, MobilePhoneCountryId, MobilePhoneOptin, MobilePhoneOptinDate, MobilePhoneAdvertiserCreationDate FROM Address'),
	'+33611223344|FRA|0|2026-01-05 03:04:05.000000|2026-01-06 03:04:05.000000', 'mobile phone');
is(one('SELECT ContactAddressTypeId, BrandId, a.ContactId = c.ContactId FROM Address a JOIN Contact c'), '2|4|1', 'type and brand');
is_deeply($w->rows('SELECT Identifier, SourceId, i.ContactId = c.ContactId FROM ContactIdentifier i JOIN Contact c ORDER BY 1'), ['42|1|1', 'crm-42|2|1'], 'ContactIdentifier');
is_deeply($w->rows('SELECT s.StoreIdentifier, s.SourceId, a.AttachedStoreTypeId, a.DeletionFlag FROM AttachedStore a JOIN Store s USING (StoreId)'), ['lyon|1|1|0'], 'ContactAttachedStores');

done('Contact/Update', { civility => 'Mx', LASTNAME => 'Roe', identifiers => [{ IDENTIFIER => 'crm-42', sourceid => 2 }], addresses => [{ email => 'new@example.com', emailOptin => 0, addressTypeId => '2', brandId => '4',
	emailOptinDateUTC => '2026-01-02 00:00:00' }] }, 'the same by its other identifier, names in any case');
is(one('SELECT COUNT(*), MAX(CivilityId IS NULL), MAX(FreeField2), MAX(FirstName), MAX(LastName) FROM Contact'), '1|1|Mx|Ana|Roe', 'a civility that nobody knows is kept as text; what is left out stays');
is(one('SELECT Email, EmailOptin, EmailOptinDate, City FROM Address'), 'new@example.com|1|2026-01-03 03:04:05.000000|Lyon', 'an older consent does not replace a newer one');
done('Contact/Update', { Identifiers => [{ Identifier => '42' }], Addresses => [{ EmailOptin => $false, AddressTypeId => 2, BrandId => 4 }] }, 'a consent without a date');
like(one('SELECT EmailOptin, EmailOptinDate > "2026-01-03" FROM Address'), qr/^0\|1$/, 'is of its arrival');
done('Contact/Insert', { Identifiers => [{ Identifier => '43' }, { Identifier => '42' }], Addresses => [{ Email => 'b@example.com' }] }, 'an identifier that nobody has beside one that is known', reason => qr/written/);
is(one("SELECT COUNT(DISTINCT ContactId) FROM ContactIdentifier WHERE Identifier IN ('42', '43')"), 1, 'joins its contact');
done('Contact/Insert', { Identifiers => [{ Identifier => '50' }], LastName => 'Fifty' }, 'another contact');
done('Contact/Update', { Identifiers => [{ Identifier => '50' }, { Identifier => '42' }] }, 'an identifier of another contact', reason => qr/1 identifiers belong to other contacts and stay with them\.$/);
is(one("SELECT COUNT(DISTINCT ContactId) FROM ContactIdentifier WHERE Identifier IN ('42', '50')"), 2, 'stays where it is');

# ---------------------------------------------------------------- login, newsletter

done('Contact/Connection', { Identifiers => [{ Identifier => '42', SourceId => 1 }] }, 'a login', reason => qr/^Login of contact \d+ written\.$/);
is(one("SELECT FreeFieldDateTime2 > '2026-01-01' FROM Contact WHERE LastName = 'Roe'"), 1, 'is the last one');
$w->sql("UPDATE Contact SET FreeFieldDateTime2 = '2999-01-01'");
is_outcome(magento('ContactConnexion/Connection', { Identifiers => [{ Identifier => '42' }] }), 'superseded', qr/^A later login/, 'an earlier login that comes later');
done('contactconnexion/connection', { Identifiers => [{ Identifier => '60' }] }, 'a login of somebody of whom nobody told us');
is(one("SELECT LastName IS NULL FROM Contact JOIN ContactIdentifier USING (ContactId) WHERE Identifier = '60'"), 1, 'makes a contact that is to be told of');

my $newsletter = { ZoneId => 3, CreationDate => '2026-02-01T10:00:00Z', Addresses => [{ Email => 'sub@example.com', EmailOptin => $true, EmailOptinDateUTC => '2026-02-01 10:00:00',
	EmailAdvertiserCreationDateUTC => '2026-02-01 09:00:00', AddressTypeId => 1, BrandId => 4 }], Identifiers => [], AttachedStores => [{ StoreExternalKey => { StoreIdentifier => 'lyon', SourceId => 1 }, AttachedStoreTypeId => 7 }] };
done('Newsletter/Update', $newsletter, 'a newsletter of somebody without an identifier', reason => qr/^Newsletter of contact/);
is(one("SELECT c.ZoneId, c.AdvertiserCreationDate, c.ContactTypeId, a.EmailOptin, a.EmailOptinDate, a.EmailAdvertiserCreationDate, a.ContactAddressTypeId, a.BrandId, s.AttachedStoreTypeId, i.Identifier
	FROM Address a JOIN Contact c USING (ContactId) JOIN AttachedStore s USING (ContactId) JOIN ContactIdentifier i USING (ContactId) WHERE a.Email = 'sub\@example.com'"),
	'3|2026-02-01 10:00:00.000000|2|1|2026-02-01 10:00:00.000000|2026-02-01 09:00:00.000000|1|4|7|email:sub@example.com', 'each property of Newsletter; a prospect');
done('Contact/Insert', { Identifiers => [{ Identifier => '70' }], LastName => 'Sub', Addresses => [{ Email => 'SUB@example.com ' }] }, 'who becomes a customer');
is(one("SELECT COUNT(*), MAX(ContactTypeId), MAX(LastName) FROM Contact JOIN ContactIdentifier USING (ContactId) WHERE Identifier IN ('70', 'email:sub\@example.com')"), '2|1|Sub', 'is the same contact');
done('Newsletter/Update', { %$newsletter, Identifiers => [{ Identifier => '70' }], Addresses => [{ Email => 'sub@example.com', EmailOptin => $false, EmailOptinDateUTC => '2026-03-01 00:00:00', BrandId => 4 }] }, 'and ends the newsletter');
is(one("SELECT a.EmailOptin, c.AdvertiserCreationDate, c.ContactTypeId, c.LastName FROM Address a JOIN Contact c USING (ContactId) WHERE a.Email = 'sub\@example.com' AND a.BrandId = 4"), '0|2026-02-01 10:00:00.000000|1|Sub',
	'of whom a newsletter says no more');

# ---------------------------------------------------------------- Command: every property in its column

my %key = (PurchaseIdentifier => '100000012', CheckoutIdentifier => '-', StoreIdentifier => 'lyon', PurchaseDate => '2026-03-01T09:00:00Z', SourceId => 1);
my %detail = (ExternalKey => { Identifier => '9001', SourceId => 1 }, PurchaseGoodExternalKey => { Sku => 'SHIRT-M', Identifier => '501', SourceId => 1, Ean13 => '4006381333931', Reference => 'SHIRT' },
	CarrierTrackerCode => 'TRACK-1', CarrierName => 'Colissimo', PurchaseStatus => 'PARTIALLY_SHIPPED', PurchaseStatusDate => '2026-03-02T09:00:00Z', Amount => 40, TaxFreeAmount => '33.3333', DiscountAmount => -5,
	Quantity => 2);
my %command = (ExternalKey => \%key, ContactExternalKey => { Identifier => '42', SourceId => 1 }, PurchaseDate => '2026-03-01T09:00:00Z', PurchaseStatusDate => '2026-03-02T09:00:00Z', PurchaseStatus => 'processing',
	PaymentMethod => 'checkmo', StoreExternalKey => { StoreIdentifier => 'lyon', SourceId => 0 }, BackofficeUri => 'https://shop.example/admin/12', CarrierUri => 'https://track.example/1', CarrierName => 'Colissimo',
	CarrierTrackerCode => 'TRACK-1', CurrencyId => 'EUR', Amount => 45.30000000000000426, TaxFreeAmount => 37.75, DiscountAmount => -5, PurchaseTypeId => 'ORDER_PAID', BrandId => 4,
	Details => [\%detail, { ExternalKey => { Identifier => '9002' }, PurchaseGoodExternalMultiSourceKey => { Sku => 'shipping-fee' }, Amount => '5.3', Quantity => 1 }]);
done('Command/Update', \%command, 'an order', reason => qr/^Purchase \d+ written with 2 lines; 0 gone\.$/);
my $header = 'SELECT PurchaseIdentifier, PurchaseReference, CheckoutIdentifier, p.SourceId, PurchaseDate, PurchaseStatusDate, PurchaseStatusId, FreeField2, PaymentMethod, StoreIdentifier, BackofficeUri, CarrierUri,
	CarrierName, CarrierTrackerCode, CurrencyId, Amount, TaxFreeAmount, DiscountAmount, PurchaseTypeId, p.BrandId, p.DeletionFlag FROM PurchaseHeader p JOIN Store USING (StoreId)';
is(one($header), '100000012@lyon|100000012|-|1|2026-03-01 09:00:00.000000|2026-03-02 09:00:00.000000|3|processing|checkmo|lyon|https://shop.example/admin/12|https://track.example/1|Colissimo|TRACK-1|EUR|45.3000|37.7500|5.0000|1|4|0',
	'each property of Command');
is(one("SELECT i.Identifier FROM PurchaseHeader p JOIN ContactIdentifier i USING (ContactId) WHERE i.Identifier = '42'"), '42', 'ContactExternalKey');
my $lines = 'SELECT d.Identifier, d.SourceId, d.Sku, g.Identifier, g.SourceId, g.Sku, g.Ean13, g.Reference, g.PurchaseGoodTypeId, d.CarrierTrackerCode, d.CarrierName, d.PurchaseStatusId, d.PurchaseStatusDate, d.Amount, d.TaxFreeAmount,
	d.DiscountAmount, d.Quantity, d.DeletionFlag FROM PurchaseDetail d LEFT JOIN PurchaseGood g USING (PurchaseGoodId) ORDER BY d.Identifier';
my $shirt = '9001|1|SHIRT-M|501|1|SHIRT-M|4006381333931|SHIRT|1|TRACK-1|Colissimo|6|2026-03-02 09:00:00.000000|40.0000|33.3333|5.0000|2.0000|';
is_deeply($w->rows($lines), [$shirt . 0, '9002|1|shipping-fee|shipping-fee|1|shipping-fee|NULL|NULL|2|NULL|NULL|NULL|NULL|5.3000|NULL|NULL|1.0000|0'], 'each property of CommandDetailItem; shipping');
$command{Details} = [$command{Details}[1], { ExternalKey => { Identifier => '9003' }, PurchaseGoodExternalMultiSourceKey => { Ean13 => '4006381333931' } },
	{ PurchaseGoodExternalKey => { Sku => 'NEW', SourceId => 2 }, Quantity => 1 }];
done('Command/Update', \%command, 'other lines', reason => qr/3 lines; 1 gone/);
is_deeply($w->rows('SELECT d.Identifier, g.Identifier, g.SourceId, d.DeletionFlag FROM PurchaseDetail d LEFT JOIN PurchaseGood g USING (PurchaseGoodId) ORDER BY d.Identifier'),
	['9001|501|1|1', '9002|shipping-fee|1|0', '9003|501|1|0', 'NEW|sku:NEW|2|0'], 'a line that is gone is marked, a good of any Source found, a line without a number known by its SKU');
for (['Identifier', '501'], ['Sku', 'SHIRT-M'], ['Ean13', '4006381333931'], ['Reference', 'SHIRT']) {
	done('Command/Update', { ExternalKey => { PurchaseIdentifier => "by $_->[0]" }, Details => [{ ExternalKey => { Identifier => 'l' }, PurchaseGoodExternalMultiSourceKey => { $_->[0] => $_->[1] } }] }, "a good by its $_->[0]");
	is(one("SELECT g.Identifier FROM PurchaseDetail JOIN PurchaseHeader p USING (PurchaseHeaderId) JOIN PurchaseGood g USING (PurchaseGoodId) WHERE PurchaseReference = 'by $_->[0]'"), '501', 'is found');
}

# ---------------------------------------------------------------- states out of order, carts and orders

my $state = "SELECT PurchaseStatusId, FreeField2, PurchaseStatusDate, PaymentMethod, CarrierTrackerCode, PurchaseTypeId, Amount FROM PurchaseHeader WHERE PurchaseReference = '100000012'";
my %status = (ExternalKey => \%key, PurchaseStatusDate => '2026-03-04T09:00:00Z', PurchaseStatus => 'complete', PaymentMethod => 'card', BackofficeUri => 'https://shop.example/admin/x', CarrierUri => 'https://track.example/2',
	CarrierName => 'DHL', CarrierTrackerCode => 'TRACK-2');
done('StatusCommand/Update', \%status, 'a status', reason => qr/^Status of purchase \d+ written\.$/);
is(one($state), '5|complete|2026-03-04 09:00:00.000000|card|TRACK-2|1|45.3000', 'written');
is(one("SELECT BackofficeUri, CarrierUri, CarrierName FROM PurchaseHeader WHERE PurchaseReference = '100000012'"), 'https://shop.example/admin/x|https://track.example/2|DHL', 'each property of StatusCommand');
done('StatusCommand/Update', { ExternalKey => { PurchaseIdentifier => '2099' }, PurchaseStatus => 'closed', PurchaseStatusDate => '2099-01-01T00:00:00Z' }, 'a status of a day to come');
done('StatusCommand/Update', { ExternalKey => { PurchaseIdentifier => '2099' }, PurchaseStatus => 'canceled' }, 'does not shut out what comes after it');
is_outcome(magento('StatusCommand/Update', { %status, PurchaseStatusDate => '2026-03-03T09:00:00Z', PurchaseStatus => 'pending' }), 'superseded', qr/^A later status of purchase \d+ is stored/, 'an earlier status that comes later');
is(one($state), '5|complete|2026-03-04 09:00:00.000000|card|TRACK-2|1|45.3000', 'changes nothing');
done('Command/Update', { %command, Amount => 50, PurchaseStatus => 'pending', PurchaseTypeId => 'ORDER_UNPAID' }, 'an order with an older status');
is(one($state), '5|complete|2026-03-04 09:00:00.000000|checkmo|TRACK-1|1|50.0000', 'writes its content; status and type stay');
done('StatusCommand/Update', { %status, PurchaseStatusDate => '2026-03-05T09:00:00Z', PurchaseStatus => 'Verschickt' }, 'a status that nobody knows');
is(one($state), 'NULL|Verschickt|2026-03-05 09:00:00.000000|card|TRACK-2|1|50.0000', 'is kept as text');
$w->sql("INSERT INTO PurchaseStatus (PurchaseStatusId, Label, Accountable, CreationDate, ModificationDate) VALUES (50, 'Verschickt', 1, '2026-01-01', '2026-01-01')");
done('StatusCommand/Update', { %status, PurchaseStatusDate => '2026-03-05T09:00:00Z', PurchaseStatus => 'VERSCHICKT' }, 'until the tenant has it');
is($w->value("SELECT PurchaseStatusId FROM PurchaseHeader WHERE PurchaseReference = '100000012'"), 50, 'the tenant\'s');

done('StatusCommand/Update', { ExternalKey => { PurchaseIdentifier => '200' }, PurchaseStatus => 'closed', PurchaseStatusDate => '2026-04-02T00:00:00Z' }, 'a status before its order');
done('Command/Update', { ExternalKey => { PurchaseIdentifier => '200' }, Amount => 7, PurchaseStatus => 'pending', PurchaseStatusDate => '2026-04-01T00:00:00Z', PurchaseTypeId => 'ORDER_PAID' }, 'the order');
is(one("SELECT PurchaseStatusId, PurchaseStatusDate, Amount, PurchaseTypeId FROM PurchaseHeader WHERE PurchaseReference = '200'"), '8|2026-04-02 00:00:00.000000|7.0000|1', 'both hold');

my %cart = (ExternalKey => { PurchaseIdentifier => '300', CheckoutIdentifier => '-', StoreIdentifier => 'lyon' }, PurchaseTypeId => 'ORDER_CART', Amount => 10, PurchaseStatusDate => '2026-05-02T00:00:00Z', PurchaseStatus => 'new',
	Details => [{ ExternalKey => { Identifier => 'c1' }, PurchaseGoodExternalKey => { Sku => 'A' }, Quantity => 1 }]);
done('Command/Update', \%cart, 'a cart', reason => qr/^Cart \d+ written with 1 lines/);
is(one("SELECT PurchaseTypeId, Amount FROM PurchaseHeader WHERE PurchaseReference = '300'"), '3|10.0000', 'is a cart');
done('Command/Update', { %cart, PurchaseTypeId => 'order_unpaid', Amount => 12, PurchaseStatusDate => '2026-05-01T00:00:00Z', PurchaseStatus => 'pending_payment' }, 'becomes an order', reason => qr/^Purchase/);
is(one("SELECT COUNT(*), MAX(PurchaseTypeId), MAX(Amount), MAX(PurchaseStatusDate) FROM PurchaseHeader WHERE PurchaseReference = '300'"), '1|2|12.0000|2026-05-01 00:00:00.000000', 'the same purchase');
is_outcome(magento('Command/Update', { %cart, Amount => 99 }), 'superseded', qr/^The order of purchase \d+ is stored/, 'the cart that comes late');
done('Command/Update', { %cart, ExternalKey => { %{ $cart{ExternalKey} }, CheckoutIdentifier => 'quote-9' } }, 'a cart of another checkout');
done('Command/Update', { %cart, ExternalKey => { %{ $cart{ExternalKey} }, StoreIdentifier => 'paris' } }, 'a cart of the same number in another store');
done('Command/Update', { %cart, ExternalKey => { %{ $cart{ExternalKey} }, SourceId => 2 } }, 'and in another Source');
is_deeply($w->rows("SELECT PurchaseIdentifier, SourceId, PurchaseTypeId, CheckoutIdentifier FROM PurchaseHeader WHERE PurchaseReference = '300' ORDER BY 1, 2"),
	['300/quote-9@lyon|1|3|quote-9', '300@lyon|1|2|-', '300@lyon|2|3|-', '300@paris|1|3|-'], 'are purchases of their own');
# The date is no part of the name: a cart's moves with each change, and its order has another.
my @moving = map { { ExternalKey => { PurchaseIdentifier => '301', PurchaseDate => "2026-05-0${_}T00:00:00Z" }, PurchaseTypeId => $_ < 3 ? 'ORDER_CART' : 'ORDER_PAID', Amount => $_ } } 1 .. 4;
done('Command/Update', $_, "purchase 301 of May $_->{Amount}") for @moving;
is(one("SELECT COUNT(*), MAX(PurchaseDate), MAX(Amount), MAX(PurchaseTypeId) FROM PurchaseHeader WHERE PurchaseReference = '301'"), '1|2026-05-04 00:00:00.000000|4.0000|1', 'is one purchase, as it was sent last, whatever its dates');
done('StatusCommand/Update', { ExternalKey => { PurchaseIdentifier => '301', PurchaseDate => '2026-05-01T00:00:00Z' }, PurchaseStatus => 'complete' }, 'a status that names an earlier date');
is(one("SELECT COUNT(*), MAX(PurchaseStatusId), MAX(PurchaseDate) FROM PurchaseHeader WHERE PurchaseReference = '301'"), '1|5|2026-05-01 00:00:00.000000', 'is of the same purchase');
$w->{s}->sql("UPDATE api_message SET received_at = received_at - INTERVAL 1 YEAR, state = 1, attempts = 0, settled_at = NULL, visible_at = UTC_TIMESTAMP(6) WHERE receipt = x'" . (my $again = $w->queue('Magento/Command/Update', { %cart, Amount => 1, PurchaseTypeId => 1 },
	query => '&secondsOfInvisibility=3600', headers => $connector{1})) . "'");
is_outcome($w->became($again), 'superseded', qr/^A newer state/, 'content that arrived before what is stored');

# ---------------------------------------------------------------- faults: all at once, by field

my @faults = (
	['Contact/Insert', '[]', 'The body must be an object.'],
	['Contact/Insert', {}, 'Identifiers is required, or an address with an Email: somebody must be meant.'],
	['Contact/Insert', { Identifiers => [{ SourceId => 1 }] }, 'Identifiers is required, or an address with an Email: somebody must be meant.'],
	['Contact/Insert', { FirstName => 'x' x 201, BirthDate => 'yesterday', ZoneId => 999, CreationDate => 7, Identifiers => [{ Identifier => '42', SourceId => 77 }, 'x'], Addresses => [{ EmailOptin => 'perhaps', CountryId => 'XXX', BrandId => -1 },
		{ CountryId => 'FRANCE' }], AttachedStores => {} },
		qr/^Identifiers\[0\]\.SourceId names no Source that is known; Identifiers\[1\] must be an object; Addresses\[0\]\.BrandId must not be negative; AttachedStores must be a list; ZoneId names no Zone that is known\.$/],
	['Contact/Insert', { Identifiers => [map { { Identifier => $_ } } 1 .. 21] }, qr/^Identifiers holds more than 20 elements/],
	['Contact/Connection', { Identifiers => 'x' }, 'Identifiers must be a list.'],
	['Newsletter/Update', { Addresses => [{ Email => 'nobody' }] }, qr/^Identifiers is required/],
	['Newsletter/Update', { Addresses => [{ Email => 'a@b.example', AddressTypeId => 99 }] }, 'Addresses[0].AddressTypeId names no ContactAddressType that is known.'],
	['Command/Update', {}, 'ExternalKey.PurchaseIdentifier is required: it names the purchase.'],
	['Command/Update', { ExternalKey => 'x' }, qr/^ExternalKey must be an object/],
	['Command/Update', { ExternalKey => { PurchaseIdentifier => 'x' x 200, StoreIdentifier => 'y' x 100 } }, 'ExternalKey is longer than 255 characters in all.'],
	['Command/Update', { ExternalKey => { PurchaseIdentifier => '1' }, Amount => 'much', CurrencyId => 'EURO', PurchaseTypeId => 'ORDER', BrandId => 12, Details => [{ Quantity => [] }, 7, { ExternalKey => { Identifier => 'ok', SourceId => 55 } }] },
		'CurrencyId is longer than 3 characters; Amount must be a decimal number like 19.99; PurchaseTypeId must be an integer from -32768 to 32767; Details[0].Quantity must be a decimal number like 19.99; '
		. 'Details[1] must be an object; Details[2].ExternalKey.SourceId names no Source that is known; BrandId names no Brand that is known.'],
	['Command/Update', { ExternalKey => { PurchaseIdentifier => '1' }, Details => [{}] }, 'Details[0].ExternalKey needs an Identifier, or the line\'s good a Sku: they name the line.'],
	['Command/Update', { ExternalKey => { PurchaseIdentifier => '1' }, Details => [({}) x 1001] }, 'Details holds more than 1000 elements.'],
	['StatusCommand/Update', { PurchaseStatus => 7 }, 'ExternalKey.PurchaseIdentifier is required: it names the purchase.'],
	['StatusCommand/Update', { ExternalKey => { PurchaseIdentifier => ['1'] }, PurchaseStatusDate => 'x', CarrierName => 'x' x 201 }, qr/^ExternalKey\.PurchaseIdentifier must be text/],
);
my $before = one('SELECT (SELECT COUNT(*) FROM Contact), (SELECT COUNT(*) FROM PurchaseHeader), (SELECT COUNT(*) FROM Store)');
is_outcome(magento($_->[0], $_->[1]), 'dead', $_->[2], "$_->[0]: " . substr World::encoded($_->[1]), 0, 60) for @faults;
is(one('SELECT (SELECT COUNT(*) FROM Contact), (SELECT COUNT(*) FROM PurchaseHeader), (SELECT COUNT(*) FROM Store)'), $before, 'of these nothing was written');

# Each place of each body with a value of the wrong kind.
my @hostile = (undef, $true, '', -1, '1.5', '99999999999999999999.99', [], {}, [[]], { id => {} }, "\x{1}", '0000-00-00 00:00:00', '9999-12-31T23:59:59-14:00', "'; DROP TABLE Contact; --", 'x' x 70000, "\x{1F600}" x 600);
sub places {
	my ($slot) = @_;
	my $v = $$slot;
	return ($slot, ref $v eq 'HASH' ? map { places(\$v->{$_}) } sort keys %$v : ref $v eq 'ARRAY' ? map { places(\$v->[$_]) } 0 .. $#$v : ());
}
my $turn = 0;
for (['Contact/Update', \%contact], ['Newsletter/Update', $newsletter], ['Command/Update', { %command, Details => [\%detail] }], ['StatusCommand/Update', \%status], ['Contact/Connection', { Identifiers => [{ Identifier => '42', SourceId => 1 }] }]) {
	my ($what, $body) = @$_;
	my $text = World::encoded($body);
	my $n = () = places(\(my $copy = decode_json($text)));
	for my $i (0 .. $n - 1) {
		my $wrong = decode_json($text);
		${ (places(\$wrong))[$i] } = $hostile[$turn++ % @hostile];
		$w->queue("Magento/$what", JSON::PP->new->utf8->allow_nonref->encode($wrong), headers => $connector{1});
	}
}
my %count;
$count{$_->{outcome} eq 'dead' && $_->{class} ne 'unprocessable' || $_->{outcome} eq 'retry' ? "$_->{outcome} $_->{class} $_->{reason}" : $_->{outcome}}++ for $w->take;
is_deeply([grep { !/^(done|dead|superseded)$/ } sort keys %count], [], 'each hostile body is written, or dead with a reason of its own');
cmp_ok($count{dead} // 0, '>', 30, 'many are refused');
cmp_ok($count{done} // 0, '>', 10, 'some do no harm');
note(join ' ', map { "$_ $count{$_}" } sort keys %count);

# ---------------------------------------------------------------- the connector's header; tenants

my $url = '/ProcessManagement/Connector/Standard/QueueProcess/C1/A1/Magento/Contact/Connection?SourceId=1&ZoneId=3&BrandId=4&ContactAddressTypeId=1';
my $login = { Identifiers => [{ Identifier => '42' }] };
is($w->request('POST', $url, $login, 'X-Crm360Api-ApiKey' => 'api-key-canary')->{status}, 202, 'the connector\'s one header is a token');
is($w->request('POST', $url, $login, 'X-Crm360Api-ApiKey' => 'no-such-canary')->{status}, 401, 'a wrong one is none');
is($w->request('POST', $url, $login, 'X-Crm360Api-ApiKey' => 'club-key-canary')->{status}, 403, 'one without the right is refused');
is($w->request('POST', $url, $login, 'X-Crm360Api-ApiKey' => 'other-key-canary')->{status}, 401, 'another tenant\'s is none here');
is($w->request('GET', '/ProcessManagement/Connector/Standard/Receipt/C1/A1/' . '0' x 32, undef, 'X-Crm360Api-ApiKey' => 'api-key-canary')->{status}, 404, 'for receipts, too');
is($w->request('GET', '/ProcessManagement/Schedules', undef, 'X-Crm360Api-ApiKey' => 'api-key-canary')->{status}, 403, 'and for all else, by its rights');
unlike($w->traces, qr/canary/, 'no key is written down');
is_outcome(magento('Command/Update', \%command, tenant => 2, source => 1), 'dead', qr/BrandId names no Brand/, 'another tenant does not know our brand');
done('Command/Update', { %command, BrandId => 0 }, 'but may have the same purchase', tenant => 2);
is($w->value("SELECT Amount FROM PurchaseHeader WHERE PurchaseReference = '100000012'", 2), '45.3000', 'of its own');
is($w->value("SELECT ContactId = (SELECT ContactId FROM ContactIdentifier WHERE Identifier = '42' AND SourceId = 1) FROM PurchaseHeader WHERE PurchaseIdentifier = '100000012\@lyon' AND SourceId = 1"), 1, 'and ours is ours');

is($w->{s}->stop, 0, 'the daemon ends well');
done_testing();
