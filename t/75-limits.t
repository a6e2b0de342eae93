# Limits of zone and brand of a user, of a user's token and of a Source: no action, and no delivery,
# names or writes a row of
# another zone or brand; what a message came under goes with it to the worker.
use strict;
use warnings;
use utf8;
use Test::More;
use Digest::SHA qw(sha256_hex);
use JSON::PP;
use Time::HiRes qw(sleep);
use World;

binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output;
my $w = World->start(scheduler => { CUSTOMERAPI_QUEUE_LADDER => '1' });
my $s = $w->{s};
$w->source(1, $_) for 2, 3;
$w->sql("INSERT INTO Zone (ZoneId, Label, DeletionFlag, CreationDate, ModificationDate) VALUES (2, "
	. "'West', 0, '2026-01-01', '2026-01-01'), (3, 'East', 0, '2026-01-01', '2026-01-01');
	INSERT INTO Brand (BrandId, Label, DeletionFlag, CreationDate, ModificationDate)
		VALUES (2, 'Bonne', 0, '2026-01-01', '2026-01-01'), (3, 'Autre', 0, '2026-01-01',
		'2026-01-01')");
$w->admin('user add C1 A1 west --rights data,process,webhook,club --zone 2 --brand 2 '
	. '--password-file -', 'west-password-canary');
$w->admin('user add C1 A1 free --rights data,process,webhook,club --password-file -',
	'free-password-canary');
my %user = map { $_ => $s->value("SELECT user_id FROM api_user WHERE login = '$_'") } qw(west free);
$s->sql("INSERT INTO api_token (alias_id, user_id, token_hash, rights, created_at) VALUES (1, "
	. "$user{$_}, x'" . sha256_hex("$_-token-canary")
	. "', 'data process webhook club', '2026-01-01')") for qw(west free);
sub as { return ('X-Crm360Api-Token' => "$_[0]-token-canary", 'X-Crm360Api-CustomerName' => 'C1',
	'X-Crm360Api-DatabaseAlias' => 'A1') }

sub is_outcome {
	my ($r, $outcome, $reason, $name) = @_;
	is($r->{outcome}, $outcome, $name) or diag("$r->{class}: $r->{reason}");
	ref $reason ? like($r->{reason}, $reason, "$name: the reason") : is($r->{reason}, $reason,
		"$name: the reason") if defined $reason;
}
sub west { my ($what, $body, %o) = @_;
	return $w->post($what, $body, headers => { as('west') }, %o) }
sub given { my ($what, $body, %o) = @_;
	is_outcome($w->post("Standard/$what", $body, headers => { as('free') }, %o), 'done', undef,
		"given: $what") }
sub key_of { my ($table, $where) = @_;
	return $w->value("SELECT ${table}Id FROM $table WHERE $where") }
my $limited = 'it is limited to zones 2 and brands 2.';
sub of_row { my ($entity, $key) = @_;
	return "$entity $key is of a zone or brand that the sender may not work with: $limited" }
sub of_value { my ($column, $id) = @_;
	return "$column is $id, which the sender may not work with: $limited" }

# ------------------------------------------------------------------ what the address names

for my $way (['POST', 'QueueProcess', ''], ['GET', 'QueueProcess', ''],
	['POST', 'EmailProcess', '&Email=x@demo.example']) {
	my ($method, $action, $more) = @$way;
	my $ask = sub { my ($query, @headers) = @_;
		return $w->request($method, "/ProcessManagement/Connector/Standard/$action/C1/A1"
			. "/Standard/Contact/Insert?SourceId=1$query$more",
			$method eq 'POST' ? {} : undef, @headers) };
	for (['ZoneId=1', 'ZoneId 1'], ['ZoneId=3&BrandId=2', 'ZoneId 3'],
		['BrandId=1', 'BrandId 1'], ['ZoneId=2&BrandId=3', 'BrandId 3']) {
		my $r = $ask->("&$_->[0]", as('west'));
		is($r->{status}, 403, "$method $action $_->[0]");
		is($r->{json}{detail}, "$_->[1] is not among what this credential and this Source "
			. "may work with: zones 2 and brands 2.", 'and it says what is');
	}
	is($ask->('&ZoneId=1&BrandId=1', as('free'))->{status},
		$action eq 'QueueProcess' ? 202 : 403, 'who is not limited may')
		if $action eq 'QueueProcess';
}
is($s->value("SELECT COUNT(*) FROM api_message WHERE limits IS NOT NULL"), 0,
	'nothing that was refused is stored');
$s->sql("UPDATE api_message SET state = 7 WHERE state IN (1, 2)");

# ------------------------------------------------------------------ rows of Standard

my (%there, %in);
for my $zone (1, 2) {
	$in{$zone} = "&ZoneId=$zone&BrandId=$zone";
	given('Contact/Insert', { LastName => "Zone $zone", ZoneId => $zone,
		ExternalKey => { Identifier => "c$zone" } });
	given('Address/Insert', { ContactExternalKey => { Identifier => "c$zone" },
		BrandId => $zone, City => 'Lyon' });
	given('Store/Insert', { StoreIdentifier => "s$zone", ZoneId => $zone, BrandId => $zone });
	given('PurchaseHeader/Insert', { PurchaseIdentifier => "p$zone", ZoneId => $zone,
		BrandId => $zone, Amount => 10 });
	given('PurchaseDetail/Insert',
		{ PurchaseHeaderExternalKey => { PurchaseIdentifier => "p$zone" },
			Identifier => 'l', Quantity => 1 });
	given('PurchaseGood/Insert', { Identifier => "g$zone", BrandId => $zone });
	given('LoyaltyCard/Insert',
		{ CardIdentifier => "k$zone", ContactExternalKey => { Identifier => "c$zone" } });
	given('LoyaltyCardAction/Insert',
		{ Identifier => "a$zone",
			LoyaltyCardExternalKey => { CardIdentifier => "k$zone" } });
	given('Voucher/Insert',
		{ VoucherIdentifier => "v$zone",
			LoyaltyCardExternalKey => { CardIdentifier => "k$zone" }, Amount => 1 });
	given('LoyaltyPoint/Insert',
		{ PointIdentifier => "pt$zone",
			VoucherExternalKey => { VoucherIdentifier => "v$zone" },
			PointAmount => 5 });
	$there{$zone} = { Contact => key_of('Contact', "LastName = 'Zone $zone'"),
		PurchaseHeader => key_of('PurchaseHeader', "PurchaseIdentifier = 'p$zone'"),
		PurchaseGood => key_of('PurchaseGood', "Identifier = 'g$zone'"),
		Store => key_of('Store', "StoreIdentifier = 's$zone'"),
		LoyaltyCard => key_of('LoyaltyCard', "CardIdentifier = 'k$zone'"),
		Voucher => key_of('Voucher', "VoucherIdentifier = 'v$zone'"),
		LoyaltyPoint => key_of('LoyaltyPoint', "PointIdentifier = 'pt$zone'"),
		LoyaltyCardAction => key_of('LoyaltyCardAction', "Identifier = 'a$zone'") };
	$there{$zone}{Address} = key_of('Address', "ContactId = $there{$zone}{Contact}");
	$there{$zone}{PurchaseDetail} = key_of('PurchaseDetail',
		"PurchaseHeaderId = $there{$zone}{PurchaseHeader}");
}
given('PurchaseHeader/Insert', { PurchaseIdentifier => 'none', Amount => 1 }, query => '');
$w->sql('UPDATE PurchaseHeader SET ZoneId = NULL, BrandId = NULL WHERE '
	. "PurchaseIdentifier = 'none'");

# Each row that is not of zone 2 and brand 2, or leads to one.
sub foreign {
	my %all;
	for (qw(Contact Address Store PurchaseHeader PurchaseDetail PurchaseGood LoyaltyCard
		LoyaltyCardAction Voucher LoyaltyPoint)) {
		my $key = $there{1}{$_};
		($all{$_}) = map { s/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+$//r } @{
			$w->rows("SELECT * FROM `$_` WHERE ${_}Id = $key") };
	}
	$all{$_} = join ' ', @{ $w->rows("SELECT ${_}Id, Label FROM $_ ORDER BY 1") }
		for qw(Zone Brand);
	$all{identifiers} = join ' ', @{ $w->rows("SELECT Identifier, ContactId FROM "
		. "ContactIdentifier WHERE ContactId = $there{1}{Contact} ORDER BY 1") };
	$all{new} = $w->value("SELECT (SELECT COUNT(*) FROM PurchaseDetail) + (SELECT COUNT(*) "
		. "FROM Address) + (SELECT COUNT(*) FROM Contact) + (SELECT COUNT(*) FROM "
			. "LoyaltyPoint) + (SELECT COUNT(*) FROM PurchaseHeader) + (SELECT "
				. "COUNT(*) FROM AttachedStore)");
	return \%all;
}
my $before = foreign();
my $one = $there{1};
my @refused = (
	['Contact/Insert', { LastName => 'New', ZoneId => 1 }, of_value('Contact.ZoneId', 1)],
	['Contact/Insert', [{ LastName => 'New', ZoneId => 2 },
		{ LastName => 'Other', ZoneId => 3 }], of_value('Contact.ZoneId', 3)],
	['Contact/Update', { ContactId => $one->{Contact}, LastName => 'Theirs' },
		of_row('Contact', $one->{Contact})],
	['Contact/Update', { ContactId => $one->{Contact}, ZoneId => 2 },
		of_row('Contact', $one->{Contact})],
	['Contact/Update', { ContactId => $one->{Contact}, LastName => 'Zone 1' },
		of_row('Contact', $one->{Contact})],
	['Contact/Update', { ExternalKey => { Identifier => 'c1' }, FirstName => 'Theirs' },
		of_row('Contact', $one->{Contact})],
	['Contact/Update', { ContactId => $there{2}{Contact}, ZoneId => 1 },
		of_value('Contact.ZoneId', 1)],
	['Contact/Delete', { ContactId => $one->{Contact} }, of_row('Contact', $one->{Contact})],
	['Contact/Delete', { ExternalKey => { Identifier => 'c1' } },
		of_row('Contact', $one->{Contact})],
	['Address/Insert', { ContactExternalKey => { Identifier => 'c1' }, BrandId => 2,
		City => 'Paris' }, of_row('Contact', $one->{Contact})],
	['Address/Insert', { ContactExternalKey => { Identifier => 'c2' }, BrandId => 1,
		City => 'Paris' }, of_value('Address.BrandId', 1)],
	['Address/Update', { AddressId => $one->{Address}, BrandId => 1, City => 'Paris' },
		of_row('Address', $one->{Address})],
	['Address/Delete', { AddressId => $one->{Address}, BrandId => 1 },
		of_row('Address', $one->{Address})],
	['ContactIdentifier/Insert', { Identifier => 'mine', ContactId => $one->{Contact} },
		of_row('Contact', $one->{Contact})],
	['ContactIdentifier/Update', { Identifier => 'c1', ContactId => $there{2}{Contact} },
		qr/^ContactIdentifier \S+ is of a zone or brand/],
	['ContactIdentifier/Delete', { Identifier => 'c1' },
		qr/^ContactIdentifier \S+ is of a zone or brand/],
	['PurchaseHeader/Insert', { PurchaseIdentifier => 'new', ZoneId => 1 },
		of_value('PurchaseHeader.ZoneId', 1)],
	['PurchaseHeader/Insert', { PurchaseIdentifier => 'new', BrandId => 3 },
		of_value('PurchaseHeader.BrandId', 3)],
	['PurchaseHeader/Insert', { PurchaseIdentifier => 'new', ContactId => $one->{Contact} },
		of_row('Contact', $one->{Contact})],
	['PurchaseHeader/Insert', { PurchaseIdentifier => 'new', StoreId => $one->{Store} },
		of_row('Store', $one->{Store})],
	['PurchaseHeader/Update', { PurchaseIdentifier => 'p1', Amount => 99 },
		of_row('PurchaseHeader', $one->{PurchaseHeader})],
	['PurchaseHeader/Delete', { PurchaseIdentifier => 'p1' },
		of_row('PurchaseHeader', $one->{PurchaseHeader})],
	['PurchaseDetail/Insert', { PurchaseHeaderId => $one->{PurchaseHeader},
		Identifier => 'new' }, of_row('PurchaseHeader', $one->{PurchaseHeader})],
	['PurchaseDetail/Update', { PurchaseDetailId => $one->{PurchaseDetail}, Quantity => 9 },
		qr/^Purchase(Detail|Header) \d+ is of a zone or brand/],
	['PurchaseDetail/Insert', { PurchaseHeaderId => $there{2}{PurchaseHeader},
		Identifier => 'new', PurchaseGoodId => $one->{PurchaseGood} },
		of_row('PurchaseGood', $one->{PurchaseGood})],
	['PurchaseGood/Update', { Identifier => 'g1', Label => 'Theirs' },
		of_row('PurchaseGood', $one->{PurchaseGood})],
	['Store/Update', { StoreIdentifier => 's1', Label => 'Theirs' },
		of_row('Store', $one->{Store})],
	['AttachedStore/Insert', { ContactExternalKey => { Identifier => 'c2' },
		StoreId => $one->{Store} }, of_row('Store', $one->{Store})],
	['LoyaltyCard/Update', { CardIdentifier => 'k1', BrandId => 2 },
		of_row('LoyaltyCard', $one->{LoyaltyCard})],
	['LoyaltyCardAction/Update', { Identifier => 'a1', Label => 'Theirs' },
		of_row('LoyaltyCardAction', $one->{LoyaltyCardAction})],
	['LoyaltyPoint/Insert', { PointIdentifier => 'gift', ContactId => $one->{Contact},
		PointAmount => 9 }, of_row('Contact', $one->{Contact})],
	['LoyaltyPoint/Update', { PointIdentifier => 'pt1', PointAmount => 9 },
		of_row('LoyaltyPoint', $one->{LoyaltyPoint})],
	['Voucher/Update', { VoucherIdentifier => 'v1', Amount => 9 },
		of_row('Voucher', $one->{Voucher})],
	['Zone/Update', { ZoneId => 1, Label => 'Theirs' }, of_row('Zone', 1)],
	['Zone/Insert', { Label => 'Theirs' },
		"A new Zone is none that the sender may work with: $limited"],
	['Brand/Insert', { Label => 'Theirs' },
		"A new Brand is none that the sender may work with: $limited"],
	['Brand/Delete', { BrandId => 1 }, of_row('Brand', 1)],
	['ZoneTranslation/Insert', { ZoneId => 1, LanguageId => 'fra', Label => 'Theirs' },
		of_value('ZoneTranslation.ZoneId', 1)],
);
for (@refused) {
	my ($what, $body, $reason) = @$_;
	my $r = west("Standard/$what", $body);
	is_outcome($r, 'dead', $reason, "$what " . substr World::encoded($body), 0, 80);
	is($r->{class}, 'forbidden', 'and its class');
}
is_deeply(foreign(), $before, 'nothing of another zone or brand has changed, and nothing is new');

for (['Contact/Update', { ExternalKey => { Identifier => 'c2' }, FirstName => 'Ours' }],
	['Contact/Insert',
		{ LastName => 'Ours', ZoneId => 2, ExternalKey => { Identifier => 'ours' } }],
	['Address/Insert', { ContactExternalKey => { Identifier => 'ours' }, City => 'Nantes' }],
	['PurchaseHeader/Update', { PurchaseIdentifier => 'p2', Amount => 11 }],
	['PurchaseDetail/Update', { PurchaseHeaderExternalKey => { PurchaseIdentifier => 'p2' },
		Identifier => 'l', Quantity => 2, PurchaseGoodId => $there{2}{PurchaseGood} }],
	['PurchaseHeader/Update', { PurchaseIdentifier => 'none', Amount => 2 }],
	['LoyaltyPoint/Update', { PointIdentifier => 'pt2', PointAmount => 6 }],
	['Zone/Update', { ZoneId => 2, Label => 'Wild West' }],
	['Civility/Insert', { CivilityId => 99, Label => 'Of no zone' }],
	['PurchaseDetail/Delete', { PurchaseHeaderExternalKey => { PurchaseIdentifier => 'p2' },
		Identifier => 'l' }]) {
	is_outcome(west("Standard/$_->[0]", $_->[1]), 'done', undef, "allowed: $_->[0]");
}
is($w->value("SELECT BrandId FROM Address WHERE City = 'Nantes'"), 2,
	'where the tenant\'s default brand is not allowed, the first that is counts');

# ------------------------------------------------------------------ other platforms

sub order { my ($id, %more) = @_;
	return { id => $id, name => "#$id", currency => 'EUR', financial_status => 'paid',
		total_price => '30.00', created_at => '2026-10-02T10:00:00Z',
		updated_at => '2026-10-02T10:00:00Z', email => '',
	line_items => [{ id => $id * 10, variant_id => 11, product_id => 10, sku => 'A',
		name => 'Cup', quantity => 1, price => '30.00', discount_allocations => [] }],
		shipping_lines => [], discount_codes => [], %more } }
sub customer { my ($id, %more) = @_;
	return { id => $id, first_name => 'Ada', last_name => 'Lovelace',
		email => "c$id\@example.com", created_at => '2026-10-01T10:00:00Z',
		updated_at => '2026-10-01T10:00:00Z', %more } }
is_outcome($w->post('Shopify/Customer/Insert', customer(501), headers => { as('free') },
	query => '&ZoneId=1&BrandId=1'), 'done', undef, 'a customer of zone 1');
is_outcome($w->post('Shopify/Order/Insert', order(601), headers => { as('free') },
	query => '&ZoneId=1&BrandId=1'), 'done', undef, 'an order of zone 1');
my $ada = key_of('Contact', "LastName = 'Lovelace'");
is_outcome(west('Shopify/Customer/Update', customer(501, last_name => 'Theirs',
	updated_at => '2026-10-05T10:00:00Z')), 'dead', of_row('Contact', $ada),
	'Shopify: another zone\'s customer');
is_outcome(west('Shopify/Customer/Delete', { id => 501 }), 'dead', of_row('Contact', $ada),
	'its deletion');
is_outcome(west('Shopify/Order/Update',
	order(601, total_price => '1.00', updated_at => '2026-10-05T10:00:00Z')), 'dead',
	qr/ is of a zone or brand /, 'an order of another zone');
is_outcome(west('Shopify/Order/Delete', { id => 601 }), 'dead', qr/ is of a zone or brand /,
	'its deletion');
is_outcome(west('Shopify/Order/Insert', order(602, customer => { id => 501 })), 'dead',
	of_row('Contact', $ada), 'a new order of that customer');
is($w->value("SELECT Amount FROM PurchaseHeader WHERE PurchaseIdentifier = '601'") + 0, 30,
	'the order is as it was');
is_outcome(west('Shopify/Customer/Insert', customer(502)), 'done', undef, 'a customer of its own');
is($w->value("SELECT ZoneId FROM Contact c JOIN ContactIdentifier i USING (ContactId) WHERE "
	. "Identifier = '502'"), 2, 'is of its zone');
my %merge = (admin_graphql_api_job_id => undef, status => 'success', errors => []);
is_outcome(west('Shopify/Customer/Merge',
	{ admin_graphql_api_customer_kept_id => 'gid://shopify/Customer/502',
		admin_graphql_api_customer_deleted_id => 'gid://shopify/Customer/501', %merge }),
		'dead', of_row('Contact', $ada), 'a merge with it');
is_outcome(west("Shopify/Compliance/$_",
	{ shop_domain => 'x', shop_id => 1,
		$_ eq 'ShopRedact' ? () : (customer => { id => 501, email => 'c501@example.com' },
			$_ eq 'Redact' ? (orders_to_redact => []) : (orders_requested => [],
				data_request => { id => 1 })) }), 'dead',
	qr/^A request about persons concerns all zones and brands, but the sender is limited/,
	"Compliance/$_") for qw(Redact DataRequest ShopRedact);
is($s->value('SELECT COUNT(*) FROM api_privacy'), 0, 'and nothing was asked');
is_outcome(west('Magento/Contact/Insert',
	{ LastName => 'Mage', ZoneId => 1,
		Identifiers => [{ Identifier => 'm1', SourceId => 1 }] }), 'dead',
		of_value('Contact.ZoneId', 1), 'Magento: a contact for another zone');
is_outcome(west('Magento/Contact/Update',
	{ LastName => 'Theirs', Identifiers => [{ Identifier => 'c1', SourceId => 1 }] }), 'dead',
	of_row('Contact', $one->{Contact}), 'one of another zone');
is_outcome(west('Magento/Contact/Insert',
	{ LastName => 'Mage', Addresses => [{ City => 'Lyon', BrandId => 1, AddressTypeId => 1 }],
		Identifiers => [{ Identifier => 'm1', SourceId => 1 }] }), 'dead',
		of_value('Address.BrandId', 1), 'an address of another brand');
is($w->value("SELECT COUNT(*) FROM Contact WHERE LastName IN ('Mage', 'Theirs')"), 0,
	'of what was refused nothing is written');

my %form = (timestamp => 1, request_id => 'r1', event_type => 'FormSubscribe',
	data => { user_id => 'u1', operation_id => 'o1', operation_name => 'Game',
		lastname => 'Box', email => 'box@example.com' });
sub adictiz { my ($source, $body, @headers) = @_;
	my $r = $w->request('POST', "/ProcessManagement/Connector/Adictiz"
		. "/AdictizCampaignParticipation/Add?adictizSourceId=$source", $body, @headers);
		is($r->{status}, 202, 'Adictiz') or diag($r->{content});
			return $w->became($r->{json}{Receipt}) }
is_outcome(adictiz(2, \%form, as('west')), 'done', undef, 'a participation');
is($w->value("SELECT GROUP_CONCAT(DISTINCT ZoneId) FROM MarketingAction") . '/'
	. $w->value("SELECT GROUP_CONCAT(DISTINCT BrandId) FROM MarketingExecution"), '2/2',
	'goes to the first zone and brand that the user may use');

# ------------------------------------------------------------------ a Source that is limited

my $out = $w->admin('source set C1 A1 --source-id 3 --zones 2,3 --brands 3 --may-write all');
like($w->admin('source list C1 A1'), qr/2,3/, 'source list shows it');
ok(!eval { $w->admin('source set C1 A1 --source-id 3 --zones 2,x');
	1 } && $@ =~ /--zones.*must be ids above 0/s, 'what is no list of ids is refused');
sleep 2.2;
my $stranger = $w->request('POST', '/ProcessManagement/Connector/Standard/QueueProcess/C1/A1'
	. '/Standard/Contact/Insert?SourceId=3&ZoneId=1&key=key-1', {});
is($stranger->{status}, 403, 'with its key another zone is refused');
unlike($stranger->{json}{detail}, qr/zone|brand|\d/i, 'in words that tell nothing of the limits');
is_outcome($w->post('Standard/PurchaseHeader/Insert', { PurchaseIdentifier => 'x', ZoneId => 1 },
	source => 3), 'dead', 'PurchaseHeader.ZoneId is 1, which the sender may not work with: it '
		. 'is limited to zones 2, 3 and brands 3.', 'in a body too');
is_outcome($w->post('Standard/PurchaseHeader/Insert', { PurchaseIdentifier => 'x', ZoneId => 3,
	BrandId => 3 }, source => 3), 'done', undef, 'its own zone');
is_outcome($w->post('Standard/PurchaseHeader/Insert', { PurchaseIdentifier => 'y', ZoneId => 1 },
	source => 3, headers => { as('free') }), 'dead', qr/limited to zones 2, 3 and brands 3/,
	'the tenant\'s token does not lift it');
my $apart = $w->request('POST', '/ProcessManagement/Connector/Standard/QueueProcess/C1/A1/Standard'
	. '/Contact/Insert?SourceId=3', {}, as('west'));
is("$apart->{status} $apart->{json}{detail}",
	'403 The token\'s user and Source 3 have no brand in common that both may work with.',
	'a user and a Source that have nothing in common');
$w->admin('source set C1 A1 --source-id 3 --zones 1,2 --brands 1,2,3');
sleep 2.2;
is_outcome(west('Standard/PurchaseHeader/Insert', { PurchaseIdentifier => 'y', ZoneId => 1 },
	source => 3), 'dead', of_value('PurchaseHeader.ZoneId', 1),
	'of a user and a Source what both allow');
is_outcome(west('Standard/PurchaseHeader/Insert', { PurchaseIdentifier => 'y', ZoneId => 2 },
	source => 3), 'done', undef, 'and that is done');

# A message keeps what it came under.
my ($shown) =
	$s->value("SELECT LOWER(HEX(receipt)) FROM api_message WHERE state = 4 AND limits = '2/2' "
		. "LIMIT 1");
like($w->admin("queue show $shown"), qr/^Limits:\s+zones 2 and brands 2$/m,
	'queue show says what that was');
$w->admin('source set C1 A1 --source-id 3 --zones all --brands all');
my $dead = $s->value("SELECT id FROM api_message WHERE state = 4 AND source_id = 3 AND limits = "
	. "'2,3/3' ORDER BY id LIMIT 1");
my $receipt = $s->value("SELECT LOWER(HEX(receipt)) FROM api_message WHERE id = $dead");
$w->admin("queue retry $receipt");
is_outcome($w->became($receipt), 'dead', qr/limited to zones 2, 3 and brands 3/,
	'replayed, it is held against the same');
sleep 2.2;
is_outcome($w->post('Standard/PurchaseHeader/Insert', { PurchaseIdentifier => 'z', ZoneId => 1 },
	source => 3), 'done', undef, 'a new one is not');
$s->sql("UPDATE api_message SET limits = 'torn', state = 1, attempts = 0, settled_at = NULL, "
	. "reason_class = '', reason = '', visible_at = UTC_TIMESTAMP(6) WHERE id = $dead");
isnt($w->became($receipt)->{outcome}, 'done', 'limits that cannot be read are not none');
$s->sql("UPDATE api_message SET state = 7 WHERE id = $dead");

# ------------------------------------------------------------------ what works on all zones and
# brands

my $id = $w->request('POST', '/ProcessManagement/RefreshDecisionalData/Daily', { Time => '03:00' },
	as('free'))->{json}{ScheduleId};
ok($id, 'who is not limited makes a schedule');
my $whole = 'This works on rows of all zones and brands, and the token\'s user is limited to '
	. 'zones 2 and brands 2.';
for (['POST', 'RefreshDecisionalData/Daily', { Time => '03:00' }],
	['POST', 'ComputeRefAmounts/OneTime', { StartDate => '2030-01-01T00:00:00Z' }],
	['POST', "Schedules/$id/RunNow", undef], ['POST', "Schedules/$id/Pause", undef],
	['POST', "Schedules/$id/Resume", undef], ['DELETE', "Schedules/$id", undef],
	['POST', 'CurrencyRates', { CurrencyId => 'USD', Rate => '0.9' }],
	['DELETE', 'CurrencyRates/USD/2026-01-01', undef],
	['POST', 'Labels', { SourceId => 1, Kind => 'Civility', Label => 'Mme', Id => '2' }],
	['DELETE', 'Labels/1/Civility/Mme', undef]) {
	my $r = $w->request($_->[0], "/ProcessManagement/$_->[1]", $_->[2], as('west'));
	is("$r->{status} $r->{json}{detail}", "403 $whole", "$_->[0] $_->[1]");
}
is($w->request('GET', "/ProcessManagement/$_", undef, as('west'))->{status}, 200,
	"GET $_ names no row of a zone") for 'Schedules', "Schedules/$id", "Schedules/$id/Preview",
	'CurrencyRates', 'Labels';
is($w->request('DELETE', "/ProcessManagement/Schedules/$id", undef, as('free'))->{status}, 204,
	'who is not limited may');

# ------------------------------------------------------------------ the club

sub club { my ($method, $action, $body, $who) = @_;
	return $w->request($method, "/Bonduelle/Club/$action", $body, as($who)) }
is(club('GET', 'GetContact?DrupalId=c1&SourceId=1', undef, 'west')->{status}, 404,
	'a contact of another zone is none');
is(club('GET', 'GetContact?DrupalId=c2&SourceId=1', undef, 'west')->{status}, 200,
	'one of its own is');
is(club('POST', 'SetContact?SourceId=1', { DrupalId => 'c1', LastName => 'Theirs' },
	'west')->{status} =~ /^40[34]$/ ? 1 : 0, 1, 'nor is it changed');
is(club('GET', 'GetListPoints?DrupalId=c1&SourceId=1', undef, 'west')->{status}, 404,
	'nor are its points shown');
$w->admin('source set C1 A1 --source-id 1 --zones 2');
sleep 2.2;
is(club('GET', 'GetContact?DrupalId=c1&SourceId=1', undef, 'free')->{status}, 404,
	'the limits of a Source hold for whoever asks about it');
is(club('GET', 'GetContact?DrupalId=c2&SourceId=1', undef, 'free')->{status}, 200,
	'of its zone all is there');

# ------------------------------------------------------------------ told

my @pages = $w->request('GET', '/HelpWebapi')->{content} =~ m{href="([^"]*/HelpWebapi/Api/[^"]+)"}g;
my %says = map { my ($name) = m{/Api/(.*)}; my $page = $w->request('GET', $_)->{content};
	$name => $page =~ /It works on all zones and brands/ ? 'whole'
		: $page =~ /only on the zones and brands that the user or the Source/ ? 'held'
		: '' } @pages;
is_deeply([grep { /^POST/ && /Schedules|RefreshDecisional|CurrencyRates|Labels/
	&& $says{$_} ne 'whole' } keys %says], [],
	'help says of each such action that it works on all zones and brands');
is_deeply([grep { /QueueProcess|EmailProcess|AdictizCampaign(Participation|RefData)|Bonduelle/
	&& !/ListAddressType/ && $says{$_} ne 'held' } keys %says], [],
	'and of each other one that limits hold');

is($s->stop, 0, 'the daemon ends well');
done_testing();
