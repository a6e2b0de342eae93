# Who has a Source's key, can sign as it, or finds it open, writes rows of that Source only,
# whatever the body of Standard or Magento names; the tenant's token, or an admin's permission,
# reaches further.
use strict;
use warnings;
use utf8;
use Test::More;
use Digest::SHA qw(hmac_sha256_hex sha256_hex);
use World;

binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output;
my $w = World->start;
my ($key, $other, $signed, $open) = (1 .. 4);
my $secret = 'signature-canary';
$w->source(1, $other);
$w->admin("source add C1 A1 --source-id $signed --label Signed --scheme hmac --sig-header X-Sig "
	. "--sig-encoding hex --secret-file -", $secret);
$w->admin("source add C1 A1 --source-id $open --label Open --open");
$w->{s}->sql("INSERT INTO api_token (alias_id, token_hash, rights, created_at) VALUES (1, x'"
	. sha256_hex('token-canary') . "', 'webhook', '2026-01-01')");
my %token = ('X-Crm360Api-Token' => 'token-canary', 'X-Crm360Api-CustomerName' => 'C1',
	'X-Crm360Api-DatabaseAlias' => 'A1');

sub is_outcome {
	my ($r, $outcome, $reason, $name) = @_;
	is($r->{outcome}, $outcome, $name) or diag("$r->{class}: $r->{reason}");
	ref $reason ? like($r->{reason}, $reason, "$name: the reason") : is($r->{reason}, $reason,
		"$name: the reason") if defined $reason;
}
# With the credential that belongs to the Source.
sub headers_of {
	my ($source, $body) = @_;
	return $source == $signed
		? (headers => { 'X-Sig' => hmac_sha256_hex(World::encoded($body), $secret) })
		: $source == $open ? (headers => {}) : ();
}
sub with_own { my ($source, $what, $body) = @_;
	return $w->post($what, $body, source => $source, headers_of($source, $body)) }
sub with_token { my ($source, $what, $body) = @_;
	return $w->post($what, $body, source => $source, headers => \%token) }
sub given { my ($source, $what, $body) = @_;
	is_outcome(with_token($source, $what, $body), 'done', undef, "Source $source has: $what") }
sub other_rows {
	my $of = "FROM ContactIdentifier WHERE SourceId = $other";
	return $w->rows(
		"SELECT 'good', PurchaseGoodId, SourceId, Label, DeletionFlag FROM PurchaseGood "
			. "WHERE SourceId = $other UNION ALL SELECT 'contact', ContactId, '', "
				. "LastName, DeletionFlag FROM Contact WHERE ContactId IN (SELECT "
					. "ContactId $of)
		UNION ALL SELECT 'identifier', Identifier, SourceId, ContactId, '' $of UNION ALL "
			. "SELECT 'address', AddressId, ContactId, City, DeletionFlag FROM Address "
				. "WHERE ContactId IN (SELECT ContactId $of)
		UNION ALL SELECT 'purchase', PurchaseIdentifier, ContactId, Amount, DeletionFlag "
			. "FROM PurchaseHeader WHERE SourceId = $other OR ContactId IN (SELECT "
				. "ContactId $of)
		UNION ALL SELECT 'line', d.Identifier, PurchaseHeaderId, Quantity, d.DeletionFlag "
			. "FROM PurchaseDetail d JOIN PurchaseHeader h USING (PurchaseHeaderId) "
				. "WHERE h.SourceId = $other
		UNION ALL SELECT 'segment', SegmentId, SourceId, ContactId, DeletionFlag FROM "
			. "Segment UNION ALL SELECT 'link', ContactLinkId, ContactAscendantId, "
				. "ContactDescendantId, '' FROM ContactLink
		UNION ALL SELECT 'store', StoreIdentifier, SourceId, Label, DeletionFlag FROM "
			. "Store WHERE SourceId = $other UNION ALL SELECT 'attached', ContactId, "
				. "StoreId, '', '' FROM AttachedStore
		UNION ALL SELECT 'point', PointIdentifier, SourceId, PointAmount, ContactId FROM "
			. "LoyaltyPoint UNION ALL SELECT 'voucher', VoucherIdentifier, SourceId, "
				. "Amount, '' FROM Voucher
		UNION ALL SELECT 'brand', BrandId, Label, '', '' FROM Brand UNION ALL
			SELECT 'zone', ZoneId, Label, '', '' FROM Zone UNION ALL
			SELECT 'source', SourceId, Label, '', '' FROM Source");
}

# ---------------------------------------------------------------- what each Source has

for my $source ($key, $other, $signed, $open) {
	given($source, 'Standard/Contact/Insert',
		{ LastName => "Contact of $source", ExternalKey => { Identifier => 'c' } });
	given($source, 'Standard/PurchaseGood/Insert',
		{ Identifier => 'g', Label => "Good of $source" });
	given($source, 'Standard/PurchaseHeader/Insert', { PurchaseIdentifier => 'p', Amount => 10,
		ContactExternalKey => { Identifier => 'c' } });
}
given($other, 'Standard/Address/Insert', { ContactExternalKey => { Identifier => 'c' },
	City => 'Lyon' });
given($other, 'Standard/PurchaseDetail/Insert',
	{ PurchaseHeaderExternalKey => { PurchaseIdentifier => 'p' }, Identifier => 'l',
		Quantity => 1 });
given($other, 'Standard/Store/Insert', { StoreIdentifier => 's', Label => 'Store of 2' });
given($other, 'Standard/SegmentType/Insert', { Identifier => 't' });
given($other, 'Standard/Contact/Insert',
	{ LastName => 'Shared', ExternalKey => { Identifier => 'shared' } });
given($_, 'Standard/ContactIdentifier/Insert',
	{ Identifier => 'shared', ContactExternalKey => { Identifier => 'shared',
		SourceId => $other } }) for $key, $signed, $open;
given($other, 'Standard/Segment/Insert', { ContactExternalKey => { Identifier => 'shared' },
	SegmentTypeExternalKey => { Identifier => 't' } });
given($other, 'Standard/Voucher/Insert', { VoucherIdentifier => 'v', Amount => 5,
	ContactExternalKey => { Identifier => 'c' } });
given($other, 'Standard/LoyaltyPoint/Insert', { PointIdentifier => 'pt', PointAmount => 5,
	ContactExternalKey => { Identifier => 'c' } });
my $shared = $w->value("SELECT ContactId FROM Contact WHERE LastName = 'Shared'");
my %id = map { $_->[0] => $w->value("SELECT $_->[1] FROM $_->[0] WHERE $_->[2]") } ['Contact',
	'ContactId', "LastName = 'Contact of 2'"],
	['PurchaseGood', 'PurchaseGoodId', "SourceId = $other"],
	['Address', 'AddressId', "City = 'Lyon'"],
	['PurchaseHeader', 'PurchaseHeaderId', "SourceId = $other"],
	['PurchaseDetail', 'PurchaseDetailId', "Identifier = 'l'"],
	['ContactIdentifier', 'ContactIdentifierId', "SourceId = $other AND Identifier = 'c'"],
	['Segment', 'SegmentId', '1 = 1'], ['Voucher', 'VoucherId', '1 = 1'],
	['SegmentType', 'SegmentTypeId', '1 = 1'], ['Store', 'StoreId', '1 = 1'];
is($w->value('SELECT SourceId FROM Segment'), $other,
	'a new row that does not say its Source is of the delivery\'s');

# ---------------------------------------------------------------- what a Source's own credential
# does not reach

sub refusals {
	my ($source) = @_;
	my ($no_source, $own) = ("must be $source, the Source of this delivery: rows of another "
		. "need the tenant's token", sub { "$_[0] names a $_[1] that is not of Source "
			. "$source: that needs the tenant's token" });
	return (
		['PurchaseGood/Insert', { Identifier => 'new', SourceId => $other },
			"SourceId $no_source"],
		['PurchaseGood/Update', { Identifier => 'g', SourceId => $other,
			Label => 'Theirs' }, "SourceId $no_source"],
		['PurchaseGood/Update', { PurchaseGoodId => $id{PurchaseGood}, Label => 'Theirs' },
			$own->('PurchaseGoodId', 'PurchaseGood')],
		['PurchaseGood/Delete', { PurchaseGoodId => $id{PurchaseGood} },
			$own->('PurchaseGoodId', 'PurchaseGood')],
		['PurchaseGood/Delete', { Identifier => 'g', SourceId => $other },
			"SourceId $no_source"],
		['Store/Update', { StoreIdentifier => 's', SourceId => "$other",
			Label => 'Theirs' }, "SourceId $no_source"],
		['Contact/Update', { ContactId => $id{Contact}, LastName => 'Theirs' },
			$own->('ContactId', 'Contact')],
		['Contact/Delete', { ContactId => $id{Contact} }, $own->('ContactId', 'Contact')],
		['Contact/Update', { ExternalKey => { Identifier => 'c', SourceId => $other },
			LastName => 'Theirs' }, "ExternalKey.SourceId $no_source"],
		['Contact/Insert', { ExternalKey => { Identifier => 'new', SourceId => $other } },
			"ExternalKey.SourceId $no_source"],
		['Contact/Delete', { ExternalKey => { Identifier => 'c', SourceId => $other } },
			"ExternalKey.SourceId $no_source"],
		['Contact/Insert', { LastName => 'Of nobody' },
			'ExternalKey is required: a Source knows its contacts by their identifiers'],
		['Address/Insert', { ContactId => $id{Contact}, City => 'Paris' },
			qr/^ContactId names a (Address|Contact) that is not of Source $source/],
		['Address/Insert',
			{ ContactExternalKey => { Identifier => 'c', SourceId => $other },
				ContactAddressTypeId => 2, City => 'Paris' },
				$own->('ContactExternalKey', 'Contact')],
		['Address/Update', { AddressId => $id{Address}, City => 'Paris' },
			$own->('AddressId', 'Address')],
		['Address/Delete', { AddressId => $id{Address} }, $own->('AddressId', 'Address')],
		['ContactIdentifier/Insert', { Identifier => 'mine', ContactId => $id{Contact} },
			$own->('ContactId', 'Contact')],
		['ContactIdentifier/Update', { Identifier => 'c', ContactId => $id{Contact} },
			$own->('ContactId', 'Contact')],
		['ContactIdentifier/Delete', { ContactIdentifierId => $id{ContactIdentifier} },
			$own->('ContactIdentifierId', 'ContactIdentifier')],
		['ContactIdentifier/Delete', { Identifier => 'c', SourceId => $other },
			"SourceId $no_source"],
		['PurchaseHeader/Update', { PurchaseIdentifier => 'p', ContactId => $id{Contact} },
			$own->('ContactId', 'Contact')],
		['PurchaseHeader/Insert',
			{ PurchaseIdentifier => 'new', ContactExternalKey => { Identifier => 'c',
				SourceId => $other } }, $own->('ContactExternalKey', 'Contact')],
		['PurchaseHeader/Insert',
			{ PurchaseIdentifier => 'new', VoucherId => $id{Voucher} },
			$own->('VoucherId', 'Voucher')],
		['PurchaseDetail/Insert', { PurchaseHeaderId => $id{PurchaseHeader},
			Identifier => 'new' }, $own->('PurchaseHeaderId', 'PurchaseHeader')],
		['PurchaseDetail/Insert',
			{ PurchaseHeaderExternalKey => { PurchaseIdentifier => 'p',
				SourceId => $other }, Identifier => 'new' },
				$own->('PurchaseHeaderExternalKey', 'PurchaseHeader')],
		['PurchaseDetail/Update', { PurchaseDetailId => $id{PurchaseDetail},
			Quantity => 9 }, $own->('PurchaseDetailId', 'PurchaseDetail')],
		['PurchaseDetail/Delete', { PurchaseHeaderId => $id{PurchaseHeader},
			Identifier => 'l' }, $own->('PurchaseHeaderId', 'PurchaseDetail')],
		['PurchaseDetail/Insert',
			{ PurchaseHeaderExternalKey => { PurchaseIdentifier => 'p' },
				Identifier => 'new', SourceId => $other }, "SourceId $no_source"],
		['ContactLink/Insert', { ContactAscendantExternalKey => { Identifier => 'c' },
			ContactDescendantId => $id{Contact}, ContactLinkTypeId => 1 },
			$own->('ContactDescendantId', 'Contact')],
		['ContactLink/Insert', { ContactAscendantExternalKey => { Identifier => 'c' },
			ContactDescendantExternalKey => { Identifier => 'shared' },
			ContactLinkTypeId => 1, SourceId => undef }, "SourceId $no_source"],
		['AttachedStore/Insert', { ContactId => $id{Contact}, StoreId => $id{Store} },
			$own->('ContactId', 'Contact')],
		['Segment/Update', { ContactExternalKey => { Identifier => 'shared' },
			SegmentTypeId => $id{SegmentType}, DeletionFlag => 1 },
			$own->('ContactExternalKey', 'Segment')],
		['Segment/Delete', { SegmentId => $id{Segment} }, $own->('SegmentId', 'Segment')],
		['Contact/Delete', { ContactId => 4711 },
			'ContactId names no Contact that is known; a new one gets its key here'],
		(map { my ($entity, $body) = @$_;
			["$entity/Insert", $body, "$entity is not written with a Source's "
				. "credential: it needs the tenant's token, or customerapi source "
					. "set --may-write shared"] }
			['LoyaltyPoint', { PointIdentifier => 'gift', PointAmount => 1000,
				ContactExternalKey => { Identifier => 'c' } }],
				['Voucher', { VoucherIdentifier => 'gift', Amount => 1000 }],
				['LoyaltyCard', { CardIdentifier => 'gift' }],
			['VoucherCategory', { Identifier => 'gift' }],
			['Brand', { BrandId => 1, Label => 'Theirs' }],
			['Zone', { ZoneId => 1, Label => 'Theirs' }],
			['Civility', { CivilityId => 1, Label => 'Theirs' }],
			['Source', { SourceId => $other, Label => 'Theirs' }],
			['ZoneTranslation',
				{ ZoneId => 1, LanguageId => 'fra', Label => 'Theirs' }],
				['Currency', { CurrencyId => 'EUR', Label => 'Theirs' }]),
		['LoyaltyPoint/Delete', { PointIdentifier => 'pt', SourceId => $other },
			qr/^LoyaltyPoint is not written .*; SourceId \Q$no_source\E/],
		['PurchaseGood/Insert', [{ Identifier => 'a', SourceId => $other },
			{ Identifier => 'fine' }, { PurchaseGoodId => $id{PurchaseGood},
				Price => 'x' }, { Identifier => 'b', Lable => 1 }],
			"[0].SourceId $no_source; [2].Price must be a decimal number like 19.99; "
				. "[3].Lable is no property of PurchaseGood; did you mean Label?; "
				. $own->('[2].PurchaseGoodId', 'PurchaseGood')],
	);
}
my $before = other_rows();
my %auth = ($key => 'Key', $signed => 'Signature', $open => 'Open');
for my $source ($key, $signed, $open) {
	for (refusals($source)) {
		my ($what, $body, $reason) = @$_;
		is_outcome(with_own($source, "Standard/$what", $body), 'dead',
			ref $reason ? $reason : "$reason.",
			"$auth{$source}: $what " . substr World::encoded($body), 0, 90);
	}
	is_deeply(other_rows(), $before, "$auth{$source}: nothing of another Source, and nothing "
		. "that all share, has changed");
}

# ---------------------------------------------------------------- what it does reach

for my $source ($key, $signed, $open) {
	is_outcome(with_own($source, 'Standard/PurchaseGood/Update',
		{ Identifier => 'g', SourceId => $source, Label => 'Mine' }), 'done', qr/1 changed/,
		"$auth{$source}: its own good");
	is_outcome(with_own($source, 'Standard/Contact/Update',
		{ ExternalKey => { Identifier => 'c' }, FirstName => 'Ada' }), 'done',
		qr/1 changed/, 'its own contact');
	is_outcome(with_own($source, 'Standard/Contact/Update',
		{ ContactId => $shared, FirstName => "By $source" }), 'done', qr/1 changed/,
		'a contact that has an identifier here and elsewhere');
	is_outcome(with_own($source, 'Standard/Contact/Insert',
		{ ExternalKey => { Identifier => 'new' } }), 'done', undef, 'a new contact');
	is_outcome(with_own($source, 'Standard/PurchaseDetail/Insert',
		{ PurchaseHeaderExternalKey => { PurchaseIdentifier => 'p' }, Identifier => 'l',
			PurchaseGoodExternalKey => { Identifier => 'g', SourceId => $other } }),
			'done', qr/1 added/,
		'a line of its own purchase; the good may be another\'s');
	is_outcome(with_own($source, 'Standard/PurchaseHeader/Update',
		{ PurchaseIdentifier => 'p', StoreId => $id{Store},
			ContactExternalKey => { Identifier => 'new' } }), 'done', qr/1 changed/,
			'its purchase, to another contact of its own; the store may be another\'s');
	is_outcome(with_own($source, 'Standard/Segment/Delete',
		{ ContactExternalKey => { Identifier => 'new' },
			SegmentTypeId => $id{SegmentType} }), 'done', qr/1 deleted/,
			'a deletion of what was never seen');
	is_outcome(with_own($source, 'Standard/Segment/Insert',
		{ ContactExternalKey => { Identifier => 'new' }, SegmentTypeId => $id{SegmentType},
			DeletionFlag => 0 }), 'done', qr/1 changed/, 'is of the Source too');
	is($w->value("SELECT COUNT(*) FROM PurchaseDetail d JOIN PurchaseHeader h USING "
		. "(PurchaseHeaderId) WHERE h.SourceId = $source AND d.SourceId = $source"), 1,
		'a line that does not say its Source is of the delivery\'s');
}

# Each entity of the model says whose its rows are.
my %of_source = map { $_ => 1 } qw(Contact Address ContactIdentifier ContactLink ContactInterest
	ContactInterestCategory AttachedStore Case CaseCategory Segment SegmentType Segmentation
	Store MarketingAction MarketingExecution
	MarketingParticipant PurchaseHeader PurchaseDetail PurchaseGood PurchaseGoodCategory
	SourceTranslation ContactInterestCategoryTranslation PurchaseGoodCategoryTranslation);
my ($ddl, @wrong) = scalar `$ENV{BUILDDIR}/t/c/entity_ddl`;
my @entities = $ddl =~ /^CREATE TABLE IF NOT EXISTS `(\w+)`/mg;
$w->queue("Standard/$_/Insert", { NoSuchMember => 1 }) for @entities;
for my $r ($w->take) {
	my $entity = shift @entities;
	push @wrong,
		"$entity: $r->{reason}"
		if ($r->{reason} =~ /is not written with a Source's credential/ ? 1
			: 0) == ($of_source{$entity} ? 1 : 0);
}
is_deeply(\@wrong, [], 'a Source writes these entities, and no others');

# ---------------------------------------------------------------- Magento

sub magento_refusals {
	my ($source) = @_;
	my $no = "SourceId must be $source, the Source of this delivery: rows of another need the "
		. "tenant's token";
	my %of_other = (Identifier => 'c', SourceId => $other);
	return (
		['Contact/Update',
			{ LastName => 'Theirs', Identifiers => [{ Identifier => 'c' }, \%of_other],
				AttachedStores => [{ StoreExternalKey => { StoreIdentifier => 's',
					SourceId => $other } }] },
			"Identifiers[1].$no; AttachedStores[0].StoreExternalKey.$no"],
		['Contact/Insert', { LastName => 'Theirs', Identifiers => [\%of_other] },
			"Identifiers[0].$no"],
		['Contact/Connection', { Identifiers => [\%of_other] }, "Identifiers[0].$no"],
		['ContactConnexion/Connection', { Identifiers => [\%of_other] },
			"Identifiers[0].$no"],
		['Newsletter/Update',
			{ Identifiers => [\%of_other],
				Addresses => [{ Email => 'a@b.example', EmailOptin => 0 }] },
				"Identifiers[0].$no"],
		['Command/Update',
			{ ExternalKey => { PurchaseIdentifier => 'p', SourceId => $other },
				Amount => 0 }, "ExternalKey.$no"],
		['Command/Update', { ExternalKey => { PurchaseIdentifier => 'm' },
			ContactExternalKey => \%of_other,
			StoreExternalKey => { StoreIdentifier => 'new', SourceId => $other },
			Details => [{ ExternalKey => { Identifier => 'l', SourceId => $other } },
				{ ExternalKey => { Identifier => 'k' },
					PurchaseGoodExternalKey => { Identifier => 'new',
						SourceId => $other } }] },
			"ContactExternalKey.$no; StoreExternalKey.$no; "
				. "Details[0].ExternalKey.$no; "
					. "Details[1].PurchaseGoodExternalKey.$no"],
		['StatusCommand/Update',
			{ ExternalKey => { PurchaseIdentifier => 'p', SourceId => $other },
				PurchaseStatus => 'canceled' }, "ExternalKey.$no"],
	);
}
my %command = (ExternalKey => { PurchaseIdentifier => 'order', SourceId => $other },
	ContactExternalKey => { Identifier => 'c', SourceId => $other }, Amount => 3,
	Details => [{ ExternalKey => { Identifier => 'l' },
		PurchaseGoodExternalMultiSourceKey => { Identifier => 'g' } }]);
$before = other_rows();
for my $source ($key, $signed, $open) {
	for (magento_refusals($source)) {
		my ($what, $body, $reason) = @$_;
		my $r = with_own($source, "Magento/$what", $body);
		is_outcome($r, 'dead', undef, "$auth{$source}: Magento $what");
		my $shown = substr $r->{reason}, 0, 300;
		is($r->{reason}, "$reason.", 'all faults') if length $reason < 400;
		like($r->{reason}, qr/^\Q@{[substr $reason, 0, 200]}\E/, 'the faults: ' . $shown)
			if length $reason >= 400;
	}
	is_outcome(with_own($source, 'Magento/Command/Update',
		{ %command, ExternalKey => { PurchaseIdentifier => 'order' },
			ContactExternalKey => { Identifier => 'c' } }), 'done', qr/with 1 line;/,
			'its own order, with a good of any Source');
}
is_deeply(other_rows(), $before, 'Magento: nothing of another Source has changed');
is_outcome(with_token($key, 'Magento/Command/Update', \%command), 'done', qr/^Purchase/,
	'with a token Magento\'s bodies may name any Source');
is($w->value("SELECT Amount FROM PurchaseHeader WHERE PurchaseReference = 'order' AND SourceId = "
	. "$other"), '3.0000', 'written');

# ---------------------------------------------------------------- the token, a permission, what is
# not noted

for (['PurchaseGood/Update', { Identifier => 'g', SourceId => $other, Label => 'By token' }],
	['PurchaseGood/Update', { PurchaseGoodId => $id{PurchaseGood}, Price => 1 }],
	['Contact/Insert', { LastName => 'Of nobody' }],
	['LoyaltyPoint/Insert', { PointIdentifier => 'by token', PointAmount => 5,
		ContactId => $id{Contact} }],
		['Brand/Update', { BrandId => 1, Label => 'By token' }],
		['PurchaseHeader/Update',
			{ PurchaseIdentifier => 'p', ContactId => $id{Contact} }]) {
	is_outcome(with_token($key, "Standard/$_->[0]", $_->[1]), 'done', undef,
		"the tenant's token: $_->[0]");
}
my $gift = { PointIdentifier => 'gift', PointAmount => 7,
	ContactExternalKey => { Identifier => 'c' } };
my $receipt = $w->queue('Standard/LoyaltyPoint/Insert', $gift, source => $open, headers => {});
is($w->became($receipt)->{outcome}, 'dead', 'points of an open Source');
like($w->admin("queue show $receipt"), qr/^Auth:\s+Open$/m,
	'the message shows how its sender showed who he is');
my $set = $w->admin("source set C1 A1 --source-id $open --may-write shared");
like($set, qr/^Attention: what anybody posts there may write more/m,
	'a permission for an open Source is a matter of attention');
like($w->admin('source list C1 A1'), qr/Open .*shared/, 'the list shows it');
$w->admin("queue retry $receipt");
is_outcome($w->became($receipt), 'done', qr/1 added/,
	'with a permission the same delivery is done');
my %shared = (source => $open, headers => {});
is_outcome($w->post('Standard/Zone/Update', { ZoneId => 1, Label => 'Theirs' }, %shared), 'done',
	qr/1 changed/, 'so is a zone');
is_outcome($w->post('Standard/LoyaltyPoint/Insert', { %$gift, SourceId => $other }, %shared),
	'dead', qr/^SourceId must be $open/, 'but not points of another Source');
is_outcome($w->post('Standard/LoyaltyPoint/Update',
	{ LoyaltyPointId =>
		$w->value("SELECT LoyaltyPointId FROM LoyaltyPoint WHERE PointIdentifier = 'pt'"),
		PointAmount => 0 }, %shared), 'dead',
	qr/^LoyaltyPointId names a LoyaltyPoint that is not of Source $open/, 'by no name');
is_outcome($w->post('Standard/LoyaltyPoint/Insert',
	{ PointIdentifier => 'x', ContactId => $id{Contact} }, %shared), 'dead',
	qr/^ContactId names a Contact/, 'nor for a contact of another');
is_outcome($w->post('Standard/PurchaseGood/Update', { Identifier => 'g', SourceId => $other },
	%shared), 'dead', qr/^SourceId must be/, 'nor its rows');
like($w->admin('source set C1 A1 --source-id 4 --may-write all'), qr/Attention/, 'everything');
is_outcome($w->post('Standard/PurchaseGood/Update', { Identifier => 'g', SourceId => $other,
	Label => 'By permission' }, %shared), 'done', qr/1 changed/, 'then is everything');
like($w->admin('source set C1 A1 --source-id 4 --label Closed --may-write own'), qr/^Changed/m,
	'taken back');
is_outcome($w->post('Standard/Zone/Update', { ZoneId => 1, Label => 'Again' }, %shared), 'dead',
	qr/^Zone is not written/, 'it is refused again');

$receipt = $w->queue('Standard/Zone/Update', { ZoneId => 1, Label => 'By token' },
	headers => \%token, query => '&secondsOfInvisibility=3600');
like($w->admin("queue show $receipt"), qr/^Auth:\s+Token$/m, 'a token is noted');
$w->{s}->sql("UPDATE api_message SET auth = 0, visible_at = UTC_TIMESTAMP(6) WHERE receipt = "
	. "x'$receipt'");
is_outcome($w->became($receipt), 'dead', qr/^Zone is not written/,
	'a message of which it is not noted, from before that was done, is read as one of the '
		. 'Source');
like($w->admin("queue show $receipt"), qr/^Auth:\s+Unknown$/m, 'and says so');
unlike($w->traces, qr/canary/, 'no credential is written down');

is($w->{s}->stop, 0, 'the daemon ends well');
done_testing();
