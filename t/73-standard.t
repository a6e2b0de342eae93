# The platform Standard through nginx and the daemon: any entity, Insert, Update and Delete, one or
# many, external keys, and every kind of fault, all at once.
use strict;
use warnings;
use utf8;
use Test::More;
use JSON::PP;
use World;

binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output;
my $w = World->start(tenant => { time_zone => "'Europe/Paris'" });
my ($true, $false) = (JSON::PP::true, JSON::PP::false);
$w->{s}->sql(
	"UPDATE api_source SET may_write = 'all'");	# who may write what: t/75-own-rows.t

sub is_outcome {
	my ($r, $outcome, $reason, $name) = @_;
	is($r->{outcome}, $outcome, $name) or diag("$r->{class}: $r->{reason}");
	ref $reason ? like($r->{reason}, $reason, "$name: the reason") : is($r->{reason}, $reason,
		"$name: the reason") if defined $reason;
}
sub is_dead { my ($triple, $body, $reason, $name) = @_;
	is_outcome($w->post($triple, $body), 'dead', $reason, $name) }

# ---------------------------------------------------------------- every column of every type

is_outcome($w->post('Standard/PurchaseGood/Insert', { Identifier => 'g1', Sku => 'SKU-1',
	Ean13 => '4006381333931', Reference => 'R1', Label => "Pêche \x{1F351}",
	Description => 'Long',
	Uri => 'https://shop.example/g1', PurchaseGoodTypeId => 1, BrandId => '1',
	Price => '19.9000', CurrencyId => 'EUR', DeletionFlag => 'False' }),
	'done', 'PurchaseGoods: 1 added, 0 changed, 0 as before, 0 older than what is stored',
	'a good is added');
is_deeply($w->rows('SELECT Identifier, SourceId, Sku, Ean13, Reference, Label, Description, Uri, '
	. 'PurchaseGoodTypeId, BrandId, Price, CurrencyId, DeletionFlag FROM PurchaseGood'),
	["g1|1|SKU-1|4006381333931|R1|Pêche "
		. "\x{1F351}|Long|https://shop.example/g1|1|1|19.9000|EUR|0"],
		'with all its columns');
is_outcome($w->post('Standard/PurchaseGoods/Update', { identifier => 'g1', LABEL => 'Other',
	price => 20, Description => undef, Uri => '' }), 'done', qr/0 added, 1 changed/,
	'the set\'s name, names in any case, a number as it is: changed');
is_deeply($w->rows('SELECT Label, Price, Description, Uri, Sku FROM PurchaseGood'),
	['Other|20.0000|NULL|NULL|SKU-1'], 'null and "" clear, what is left out stays');
is_outcome($w->post('standard/purchasegood/update', { Identifier => 'new', Label => 'By update' }),
	'done', qr/1 added/, 'Update adds a row that its natural key names');

my %contact = (GenderId => 2, CivilityId => 2, FirstName => 'Ana', LastName => 'Doe',
	BirthDate => '1980-12-31T00:00:00', AdvertiserCreationDate => '2026-07-01T12:00:00',
	GlobalOptin => $true,
	GlobalPartnerOptin => 0, FreeField1 => 'x' x 500,
	FreeFieldDateTime1 => '2026-01-01T12:00:00+02:00',
	FreeFieldNumber1 => '-999999999999999.9999', FreeFieldBoolean1 => 'TRUE',
	LanguageId => 'fra',
	ZoneId => 1, ExternalKey => { Identifier => 'crm-7' });
is_outcome($w->post('Standard/Contact/Insert', \%contact), 'done',
	qr/^Contacts: 1 added, 0 changed, 0 as before/, 'a contact by its external key');
is_deeply($w->rows('SELECT GenderId, CivilityId, FirstName, LastName, BirthDate, '
	. 'AdvertiserCreationDate, GlobalOptin, GlobalPartnerOptin, LENGTH(FreeField1), '
		. 'FreeFieldDateTime1, FreeFieldNumber1, FreeFieldBoolean1, LanguageId, ZoneId '
			. 'FROM Contact'),
	['2|2|Ana|Doe|1980-12-31 00:00:00.000000|2026-07-01 10:00:00.000000|1|0|500|2026-01-01 '
		. '10:00:00.000000|-999999999999999.9999|1|fra|1'],
	'a time without offset is the tenant\'s, a birth date is a day');
is_deeply($w->rows('SELECT Identifier, SourceId FROM ContactIdentifier'), ['crm-7|1'],
	'and its identifier');
is_outcome($w->post('Standard/Contact/Insert', \%contact), 'done', qr/^Contacts: 0 added, /,
	'the same once more');
is_outcome($w->post('Standard/Contact/Update',
	[{ ExternalKey => { Identifier => 'two-1' }, LastName => 'A' },
		{ ExternalKey => { Identifier => 'two-1' }, LastName => 'B' },
		{ ExternalKey => { Identifier => 'crm-7' }, LastName => 'Doe',
			FirstName => 'Ana2' }]),
	'done', qr/^Contacts: 1 added, 1 changed, 0 as before/,
	'one that is named twice is added once');
is_outcome($w->post('Standard/Contact/Insert', { ExternalKey => { Identifier => 'bare' } }), 'done',
	qr/^Contacts: 1 added, 0 changed/, 'nothing but its key');
$w->sql("DELETE FROM ContactIdentifier WHERE Identifier IN ('two-1', 'bare')");
$w->sql('DELETE FROM Contact WHERE ContactId NOT IN (SELECT ContactId FROM ContactIdentifier)');
$w->sql("UPDATE Contact SET FirstName = 'Ana'");
my $id = $w->value('SELECT ContactId FROM Contact');
is_outcome($w->post('Standard/Contact/Update', { ContactId => $id, LastName => 'Roe' }), 'done',
	qr/1 changed/, 'by its key');
is_outcome($w->post('Standard/Contact/Update',
	{ ExternalKey => { identifier => 'crm-7', SOURCEID => 0 }, FirstName => 'Eva' }), 'done',
	qr/1 changed/, 'by its external key; Source 0 is the message\'s');
is_deeply($w->rows('SELECT ContactId, FirstName, LastName FROM Contact'), ["$id|Eva|Roe"],
	'it is one contact');
is_outcome($w->post('Standard/Contact/Insert', { LastName => 'Nobody' }), 'done', qr/1 added/,
	'without any key Insert adds one');
is($w->value("SELECT ZoneId IS NULL FROM Contact WHERE LastName = 'Nobody'"), 1,
	'of which no more is known');
is_outcome($w->post('Standard/Civility/Insert', { CivilityId => 9, Label => 'Dr' }), 'done',
	qr/1 added/, 'reference data has keys that are chosen');

# ---------------------------------------------------------------- external keys and references

is_outcome($w->post('Standard/Store/Insert', { StoreIdentifier => 's1', Label => 'Lyon' }), 'done',
	undef, 'a store');
is_outcome($w->post('Standard/Address/Insert', { ContactExternalKey => { Identifier => 'crm-7' },
	Email => 'ana@example.com', CountryId => 'FRA' }), 'done', undef,
	'an address: its contact by external key, brand and type the message\'s');
is_deeply($w->rows(
	'SELECT ContactId, BrandId, ContactAddressTypeId, Email, CountryId FROM Address'),
	["$id|1|1|ana\@example.com|FRA"], 'written');
is_outcome($w->post('Standard/AttachedStore/Insert',
	{ ContactId => $id, StoreExternalKey => { StoreIdentifier => 's1', SourceId => 1 } }),
	'done', undef, 'an attached store');
is_outcome($w->post('Standard/PurchaseHeader/Insert',
	{ PurchaseIdentifier => 'p1', ContactExternalKey => { Identifier => 'crm-7' },
		StoreExternalKey => { StoreIdentifier => 's1' }, Amount => 10 }), 'done',
	undef, 'a purchase');
is_outcome($w->post('Standard/PurchaseDetail/Insert',
	[map { { PurchaseHeaderExternalKey => { PurchaseIdentifier => 'p1' }, Identifier => "l$_",
		PurchaseGoodExternalKey => { Identifier => 'g1' },
	Quantity => $_, ($_ == 2 ? (Label => 'two') : ()) } } 1 .. 3]), 'done',
	qr/PurchaseDetails: 3 added/, 'a list of lines, not all with the same members');
is_deeply($w->rows('SELECT d.Identifier, p.PurchaseIdentifier, g.Sku, d.Quantity, d.Label FROM '
	. 'PurchaseDetail d JOIN PurchaseHeader p USING (PurchaseHeaderId) JOIN PurchaseGood g '
		. 'USING (PurchaseGoodId) ORDER BY 1'),
	['l1|p1|SKU-1|1.0000|NULL', 'l2|p1|SKU-1|2.0000|two', 'l3|p1|SKU-1|3.0000|NULL'],
	'all written');
is_outcome($w->post('Standard/PurchaseDetail/Update',
	{ PurchaseDetailId =>
		$w->value("SELECT PurchaseDetailId FROM PurchaseDetail WHERE Identifier = 'l2'"),
		Quantity => '7.5' }), 'done', qr/1 changed/,
	'a row with a natural key, by its key');
is($w->value("SELECT Quantity FROM PurchaseDetail WHERE Identifier = 'l2'"), '7.5000', 'changed');
is_outcome($w->post('Standard/ContactIdentifier/Insert',
	{ Identifier => 'other', ContactId => $id }), 'done', qr/1 added/,
	'an identifier gets its UUID here');
like($w->value("SELECT ContactIdentifierId FROM ContactIdentifier WHERE Identifier = 'other'"),
	qr/^[0-9a-f]{8}-/, 'a UUID');

# Every entity of the model takes the least that names a row of it.
my %least = (Contact => {}, Zone => { Label => 'z' }, Brand => { Label => 'b' },
	Source => { SourceId => 77 }, Address => { ContactId => $id, ContactAddressTypeId => 2 },
	ContactLink => { ContactAscendantId => $id,
	ContactDescendantId => $id, ContactLinkTypeId => 1 },
	ContactInterest => { ContactInterestIdentifier => 'i', ContactId => $id },
	AttachedStore => { ContactId => $id, StoreExternalKey => { StoreIdentifier => 's1' } },
	ContactIdentifier => { Identifier => 'least', ContactId => $id },
	Case => { CaseIdentifier => 'c' },
	Segment => { ContactId => $id, SegmentTypeExternalKey => { Identifier => 'least' } },
	Store => { StoreIdentifier => 's' },
	PurchaseHeader => { PurchaseIdentifier => 'least' },
	PurchaseDetail => { PurchaseHeaderExternalKey => { PurchaseIdentifier => 'p1' },
		Identifier => 'least' }, LoyaltyCard => { CardIdentifier => 'least' },
	LoyaltyCardAction => { Identifier => 'least',
		LoyaltyCardExternalKey => { CardIdentifier => 'least' } },
		LoyaltyPoint => { PointIdentifier => 'least' },
		Voucher => { VoucherIdentifier => 'least' },
	Language => { LanguageId => 'xxx' }, Country => { CountryId => 'XXX' },
	Currency => { CurrencyId => 'XXX' });
my $ddl = `$ENV{BUILDDIR}/t/c/entity_ddl`;
my (@entities, %unfit) = $ddl =~ /^CREATE TABLE IF NOT EXISTS `(\w+)`/mg;
cmp_ok(scalar @entities, '>', 60, 'the model has ' . @entities . ' entities');
my %named;
for my $entity (sort { ($a eq 'Segment' || $a eq 'LoyaltyCardAction') <=> ($b eq 'Segment'
	|| $b eq 'LoyaltyCardAction') } @entities) {
	my ($table) = $ddl =~ /^CREATE TABLE IF NOT EXISTS `$entity` \((.*?)^\)/ms;
	my ($parent) = $entity =~ /^(\w+)Translation$/;
	my %row = $least{$entity} ? %{ $least{$entity} } : $parent ? ("${parent}Id" => 1,
		LanguageId => 'fra') : $table =~ /^\tIdentifier /m ? (Identifier => 'least')
		: ("${entity}Id" => 99);
	$w->sql("INSERT INTO $parent (${parent}Id, "
		. ($parent =~ /Category$/ ? 'Identifier, SourceId, ' : '')
		. "CreationDate, ModificationDate) VALUES (1, "
		. ($parent =~ /Category$/ ? "'c', 1, " : '')
		. "'2026-01-01', '2026-01-01') ON DUPLICATE KEY UPDATE ${parent}Id = ${parent}Id")
		if $parent;
	$named{$entity} = \%row;
	$w->queue("Standard/$entity/Insert", \%row);
}
sub undone { return [map { "$_->{outcome} $_->{reason}" } grep { $_->{outcome} ne 'done' } $w->take]
	}
is_deeply(undone(), [], 'each entity of the model can be written');
$named{$_} = { "${_}Id" => $w->value("SELECT MAX(${_}Id) FROM $_") }
	for qw(Contact Zone Brand);	# known by their keys only
my %gone = map { $_ => $ddl =~ /^CREATE TABLE IF NOT EXISTS `$_` \((?:(?!^\)).)*DeletionFlag/ms
	? "DeletionFlag = 1" : '' } @entities;
sub marked { return join ' ',
	grep { $gone{$_}
		&& $w->value("SELECT COUNT(*) FROM `$_` WHERE $gone{$_}") > 0 } sort @entities }
for my $entity (@entities) {
	my ($label) = $ddl =~ /^CREATE TABLE IF NOT EXISTS `$entity` \((?:(?!^\)).)*^\tLabel /ms
		? 'Changed' : ();
	$w->queue("Standard/$entity/Update",
		{ %{ $named{$entity} }, $label ? (Label => $label) : () });
}
is_deeply(undone(), [], 'and changed');
is($w->value("SELECT Label FROM `$_` WHERE Label = 'Changed'"), 'Changed', "$_ is changed")
	for grep { $ddl =~ /^CREATE TABLE IF NOT EXISTS `$_` \((?:(?!^\)).)*^\tLabel /ms
		} @entities;
$w->queue("Standard/$_/Delete", $named{$_}) for @entities;
is_deeply(undone(), [], 'and deleted');
is(marked(), join(' ', grep { $gone{$_} } sort @entities), 'those with a DeletionFlag are marked');
is_deeply($w->rows("SELECT COUNT(*) FROM ContactIdentifier WHERE Identifier = 'least' UNION ALL "
	. "SELECT COUNT(*) FROM ZoneTranslation UNION ALL SELECT COUNT(*) FROM SourceTranslation"),
	[0, 0, 0], 'others are taken away');
$w->sql("UPDATE `$_` SET DeletionFlag = 0") for grep { $gone{$_} } @entities;

# ---------------------------------------------------------------- order of states, deletion

my $past = '2026-01-01T00:00:00Z';
is_outcome($w->post('Standard/Store/Update', { StoreIdentifier => 's1', Label => 'Old',
	SourceStamp => $past }), 'superseded', qr/1 older than what is stored/,
	'an older state changes nothing');
is($w->value("SELECT Label FROM Store WHERE StoreIdentifier = 's1'"), 'Lyon', 'nothing');
is_outcome($w->post('Standard/Store/Update', { StoreIdentifier => 's1', Label => 'Future',
	SourceStamp => '2999-01-01T00:00:00Z' }), 'done', qr/1 changed/, 'a stamp from the future');
is_outcome($w->post('Standard/Store/Update', { StoreIdentifier => 's1', Label => 'Now' }), 'done',
	qr/1 changed/, 'shuts nobody out');
is_outcome($w->post('Standard/Store/Delete', { StoreIdentifier => 's1', SourceStamp => $past }),
	'superseded', qr/1 newer than the deletion/, 'an older deletion');
is_outcome($w->post('Standard/Store/Delete', { StoreIdentifier => 's1', Label => 'ignored' }),
	'done', qr/Stores: 1 deleted/, 'a deletion');
is_deeply($w->rows("SELECT Label, DeletionFlag FROM Store WHERE StoreIdentifier = 's1'"), ['Now|1'],
	'marks the row');
is_outcome($w->post('Standard/Store/Delete',
	{ StoreIdentifier => 'never', SourceStamp => '2026-06-01T00:00:00Z' }), 'done',
	qr/1 deleted/, 'of what was never seen it leaves a deleted row');
is_outcome($w->post('Standard/Store/Insert', { StoreIdentifier => 'never', Label => 'Late',
	SourceStamp => '2026-05-01T00:00:00Z' }), 'superseded', undef,
	'which the late state does not bring back');
is_outcome($w->post('Standard/ContactInterest/Delete', { ContactInterestIdentifier => 'never' }),
	'ignored', qr/1 not known/, 'unless a row needs more than its natural key');
is_outcome($w->post('Standard/ContactIdentifier/Delete',
	[{ Identifier => 'other' }, { Identifier => 'unknown' }]), 'done',
	qr/1 deleted, 1 not known/, 'an entity without DeletionFlag');
is($w->value("SELECT COUNT(*) FROM ContactIdentifier WHERE Identifier = 'other'"), 0,
	'is taken away');
is_outcome($w->post('Standard/Contact/Delete', { ExternalKey => { Identifier => 'crm-7' } }),
	'done', qr/1 deleted/, 'a contact by its external key');
is_outcome($w->post('Standard/Contact/Delete', { ExternalKey => { Identifier => 'crm-8' } }),
	'ignored', qr/1 not known/, 'an unknown one is not made');
is($w->value("SELECT DeletionFlag FROM Contact WHERE ContactId = $id"), 1, 'marked');

# ---------------------------------------------------------------- faults, all at once

is_dead('Standard/PurchaseGood/Insert', { Label => 'x' x 501, Prize => 3, Price => 'cheap',
	BrandId => 'x', PurchaseGoodTypeId => 40000, DeletionFlag => 'perhaps',
	SourceStamp => 'soon', CreationDate => $past },
	'BrandId must be an integer from -2147483648 to 2147483647; CreationDate is kept by the '
		. 'service; leave it out; DeletionFlag must be true or false; '
	. 'Price must be a decimal number like 19.99; Prize is no property of PurchaseGood; did '
		. 'you mean Price?; '
	. 'SourceStamp must be a date and time by ISO 8601; Identifier is required: it names the '
		. 'row.', 'all faults of a body');
is_dead("Standard/LoyaltyPoint/$_", [{ PointIdentifier => 'purchase:9:1', PointAmount => 5 },
	{ PointIdentifier => 'purchase-9', PointAmount => 5 }],
	'[0].PointIdentifier begins with purchase:, as only what the service makes itself may.',
	"a new movement under a name that EarnPoints may need, $_") for qw(Insert Update);
is_dead('Standard/Voucher/Insert', { VoucherIdentifier => 'code:1:2:1', VoucherCode => 'x' },
	'VoucherIdentifier begins with code:, as only what the service makes itself may.',
	'a voucher under a name of CheckCode');
is_dead('Standard/PurchaseGood/Insert', { Identifier => ['g'], Contact => {}, Price => $true },
	qr/^Contact is no property of PurchaseGood; Identifier must be text; Price must be a decimal number like 19\.99/,
	'navigation properties, values of other types');
my $category = 'PurchaseGoodCategoryExternalKey';
my $no_category = "$category names no PurchaseGoodCategory that is known";
is_dead('Standard/PurchaseGood/Insert', { Identifier => 'g', BrandId => 4711, CurrencyId => 'ZZZ',
	$category => { Identifier => 'none' } },
	qr/^BrandId names no Brand that is known; .*$no_category; .*CurrencyId names no Currency|^$category/,
	'references to nothing');
my $each = join '|',
	'\[1\]\.PurchaseHeaderExternalKey\.Extra is not part of this key; '
		. '\[0\]\.PurchaseHeaderId is required',
	'\[2\]\.PurchaseHeaderExternalKey must be an object';
is_dead('Standard/PurchaseDetail/Insert',
	[{ Identifier => 'a' },
		{ PurchaseHeaderExternalKey => { PurchaseIdentifier => 'p1', Extra => 1 },
			Identifier => 'b' }, { PurchaseHeaderExternalKey => 'p1',
			Identifier => 'c' }],
	qr/$each/, 'in a list each fault says where');
is_dead('Standard/ContactInterest/Insert', { ContactInterestIdentifier => 'y' },
	'ContactId is required: the row is new.', 'what a new row needs');
is_dead('Standard/ContactInterest/Update', { ContactInterestIdentifier => 'i', ContactId => undef },
	'ContactId must have a value.', 'may not be cleared in one that is there');
is_dead('Standard/Contact/Update', { LastName => 'x' },
	'ContactId is required, or ExternalKey: it names the row.', 'Update of nobody');
is_dead('Standard/Contact/Insert', { ContactId => 4711 },
	'ContactId names no Contact that is known; a new one gets its key here.',
	'a key that the database counts cannot be chosen');
is_dead('Standard/Civility/Insert', { Label => 'x' }, 'CivilityId is required: it names the row.',
	'others must be');
is_dead('Standard/PurchaseGood/Update',
	{ PurchaseGoodId =>
		$w->value("SELECT PurchaseGoodId FROM PurchaseGood WHERE Identifier = 'g1'"),
		Identifier => 'g2' },
	'Identifier is another one in the row of this PurchaseGoodId, and cannot be changed.',
	'a natural key stays');
is_dead('Standard/Contact/Insert', { ContactId => $id, ExternalKey => { Identifier => 'a' } },
	qr/ContactId is given, and ExternalKey too/, 'two names for one row');
is_dead('Standard/Address/Insert',
	{ ContactId => $id, ContactExternalKey => { Identifier => 'crm-7' } },
	qr/ContactId is given, and ContactExternalKey too/, 'two names for one reference');
is_dead('Standard/PurchaseGood/Insert', { Identifier => 'g', identifier => 'h' },
	qr/Identifier is given twice/, 'a name twice');
is_dead('Standard/PurchaseGood/Insert', { Identifier => 'g', Price => '1.00001' },
	'Price has more than 4 digits behind the point.', 'no amount is rounded');
is_dead('Standard/PurchaseGood/Insert', { Identifier => 'g', Price => '1000000000000000' },
	'Price has more than 15 digits in front of the point.', 'or cut');
is_dead('Standard/Contact/Update', { ContactId => $id, LastName => 'x',
	SourceStamp => '0999-01-01T00:00:00Z' }, 'SourceStamp must be in the years 1000 to 9999.',
	'the date that decides which state is newer');
is_dead('Standard/PurchaseGood/Insert', '[]',
	'The body is a list of 0 elements; it must hold from 1 to 1000.', 'an empty list');
is_dead('Standard/PurchaseGood/Insert', [map { { Identifier => "many$_" } } 1 .. 1001],
	qr/1001 elements/, 'a list too long');
is_dead('Standard/PurchaseGood/Insert', '[{"Identifier":"in list"}, 7]',
	'Element [1] of the body is no object.', 'an element that is no object');
is_dead('Standard/PurchaseGood/Insert', '"text"',
	'The body must be an object, or a list of objects.', 'a body that is neither');
is_dead('Standard/PurchaseGood/Insert', '{"Identifier":"cut', qr/./, 'no JSON');
is_dead('Standard/PurchaseGood/Insert',
	[map { { Identifier => $_ % 2 ? "half$_" : 'x' x 256 } } 1 .. 1000], qr/; and \d+ more\.$/,
	'five hundred faults are counted');
is($w->value("SELECT COUNT(*) FROM PurchaseGood WHERE Identifier LIKE 'many%' OR Identifier LIKE "
	. "'half%' OR Identifier IN ('g', 'h', 'in list')"), 0, 'of all these nothing was written');
is_outcome($w->post('Standard/PurchaseGood/Insert',
	[map { { Identifier => "many$_", Label => "Good $_" } } 1 .. 1000]), 'done', qr/1000 added/,
	'a thousand at once');
is_outcome($w->post('Standard/PurchaseGood/Insert',
	[map { { Identifier => "many$_", Label => 'x' . ($_ > 999 ? '' : $_) } } 999, 1000, 1000,
		1000]), 'done', undef, 'one row several times in a list');
is($w->value("SELECT Label FROM PurchaseGood WHERE Identifier = 'many1000'"), 'x', 'the last wins');
is_outcome($w->post('Standard/Purchase/Insert', {}), 'unrouted',
	qr/^Standard has no entity Purchase; it has .*\bContact\b.* and \d+ more\.$/,
	'no such entity');
is_outcome($w->post('Standard/PurchaseHeder/Insert', {}), 'unrouted',
	qr{nearest known is Standard/PurchaseHeader/Insert\.$}, 'a slip in its name');
is_outcome($w->post('Standard/Contact/Create', {}), 'unrouted',
	qr{^Standard/Contact has no action Create; it has Insert, Update, Delete\.$},
	'another word for an action');
is_outcome($w->post('Shopify/Customer/Create', {}), 'unrouted',
	qr{^Shopify/Customer has no action Create; it has .*\bInsert\b}, 'of another platform');
is_outcome($w->post('Shopify/Client/Insert', {}), 'unrouted',
	qr/^Shopify has no entity Client; it has .*\bCustomer\b/, 'another word for an entity');
is_outcome($w->post('Woo/Order/Insert', {}), 'unrouted',
	qr/^There is no platform Woo; there are .*\bShopify\b/, 'no such platform');

# ---------------------------------------------------------------- hostile values in every column

my @hostile = ('x' x 70000, "\x{1F600}" x 600, -1, 0, 1.5, '1e400', '9223372036854775808', [], {},
	[[]], $true, ' ', "\x{1}", "0000-00-00", '9999-12-31T23:59:59-14:00',
	"'; DROP TABLE Contact; -- ");
my $turn = 0;
for my $entity (qw(Contact Address PurchaseHeader PurchaseDetail LoyaltyPoint VoucherCategory Zone
	Language)) {
	my ($table) = $ddl =~ /^CREATE TABLE IF NOT EXISTS `$entity` \((.*?)^\)/ms;
	for my $column (
		$table =~ /^\t(\w+) (?:INT|SMALLINT|VARCHAR|TEXT|DECIMAL|DATETIME|TINYINT)/mg) {
		next if $column =~ /^(Creation|Modification)Date$/;
		for (1 .. 2) {
			my %row = %{ $least{$entity} // { Identifier => 'least' } };
			$row{$column} = $hostile[$turn++ % @hostile];
			$w->queue("Standard/$entity/" . ($turn % 7 ? 'Insert' : 'Delete'), \%row);
		}
	}
}
my %count;
$count{$_->{outcome} eq 'dead' && $_->{class} ne 'unprocessable' || $_->{outcome} eq 'retry'
	? "$_->{outcome} $_->{class} $_->{reason}" : $_->{outcome}}++ for $w->take;
is_deeply([grep { !/^(done|dead|superseded|ignored)$/ } sort keys %count], [],
	'each is written, or dead with a reason of its own');
cmp_ok($count{dead}, '>', 50, 'most are refused');
note(join ' ', map { "$_ $count{$_}" } sort keys %count);

# ---------------------------------------------------------------- tenants

is_outcome($w->post('Standard/PurchaseGood/Insert', { Identifier => 'g1', Label => 'Of the other' },
	tenant => 2), 'done', qr/1 added/, 'another tenant has rows of its own');
is($w->value("SELECT Label FROM PurchaseGood WHERE Identifier = 'g1'"), 'Other',
	'and reaches no other\'s');
is_outcome($w->post('Standard/Address/Insert', { ContactId => $id, Email => 'x@example.com' },
	tenant => 2), 'dead', 'ContactId names no Contact that is known.', 'by no key');

is($w->{s}->stop, 0, 'the daemon ends well');
done_testing();
