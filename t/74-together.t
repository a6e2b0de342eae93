# Messages that run together in a batch leave what they leave one by one: the same rows, fates,
# receipts, history, mails. All platforms are mixed; messages share customers, guests, goods, stores
# and campaigns; some are late, some are faulty, some are about persons who were erased.
# CUSTOMERAPI_SEED repeats a run.
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use JSON::PP;
use Test::More;
use MariaDB;
use Scheduler;

my $db = MariaDB->start;
my $s = Scheduler->new($db, CUSTOMERAPI_QUEUE_WORKERS => 1, CUSTOMERAPI_QUEUE_MAX_ATTEMPTS => 1);
open my $fh, '>', $s->dir . '/key' or die $!;
print $fh '5a' x 32, "\n";
close $fh;
chmod 0600, $s->dir . '/key';
my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $json = JSON::PP->new->utf8->canonical;

sub stamp { my ($at) = @_; return sprintf '2026-10-%02dT%02d:%02d:00Z', 1 + int($at / 1440),
	int($at / 60) % 24, $at % 60 }
sub some { return $_[rand @_] }
sub any { return 1 + int rand $_[0] }

# Which of two messages is the newer one does not follow from their order.
sub next_stamp { return stamp(any(4000)) }

# ------------------------------------------------------------------ Shopify

sub address {
	my ($id) = @_;
	return { first_name => "Ada$id", last_name => 'Lovelace', address1 => "$id quai",
		zip => '69001', city => some('Lyon', 'Ulm'),
		country_code => (qw(FR DE XX))[$id % 3] };
}

sub customer {
	my ($id, %more) = @_;
	return { id => $id, email => some("ada$id\@demo.example", "ADA$id\@Demo.example"),
		first_name => some("Ada$id", 'Ada'), last_name => some('Lovelace', 'King'),
		created_at => stamp(0), updated_at => next_stamp(),
		$id % 3 ? (phone => "+33 1 99 00 $id") : (), default_address => address($id),
		some(0, 1) ? (email_marketing_consent => { state => some('subscribed',
			'unsubscribed'), consent_updated_at => next_stamp() }) : (), %more };
}

sub line {
	my ($order, $i) = @_;
	my $good = any(9);
	return { id => $order * 10 + $i, title => "Good $good", quantity => 1 + $i,
		price => '2.50', some({ product_id => 100 + $good, variant_id => 200 + $good,
			sku => "SKU-$good" }, { sku => "ONLY-$good" },
			{ product_id => 100 + $good })->%* };
}

sub order {
	my ($id, %more) = @_;
	my $who = any(20);
	my @lines = map { line($id, $_) } 1 .. any(3);
	my $total = 0;
	$total += $_->{quantity} * 2.5 for @lines;
	return { id => 7000 + $id, name => "#$id", created_at => stamp(0),
		updated_at => next_stamp(), processed_at => stamp($id), currency => 'EUR',
		financial_status => some(qw(paid pending refunded)),
		total_price => sprintf('%.2f', $total), total_tax => '0.00',
		total_discounts => '0.00', taxes_included => $true,
		billing_address => address($who), line_items => \@lines,
		some(0, 1) ? (shipping_address => address($who + 1)) : (),
		some(0, 1) ? (discount_codes => [{ code => 'TEN', amount => '0.00',
			type => 'percentage' }]) : (),
		email => "ada$who\@demo.example",
		any(3) > 1 ? (customer => customer($who)) : (), %more };
}

sub product {
	my ($good) = @_;
	return { id => 100 + $good, title => some("Good $good", 'Good'), vendor => 'Acme',
		product_type => some(qw(Shirts Hats)), created_at => stamp(0),
		updated_at => next_stamp(), variants => [{ id => 200 + $good, sku => "SKU-$good",
			title => 'M', price => '2.50' }] };
}

sub merged {
	my ($kept, $gone) = @_;
	my $name = 'gid://shopify/Customer/';
	return { admin_graphql_api_customer_kept_id => "$name$kept", status => 'success',
		admin_graphql_api_customer_deleted_id => "$name$gone",
		admin_graphql_api_job_id => undef, errors => [] };
}

# ------------------------------------------------------------------ Magento

my %lyon = (StoreIdentifier => 'lyon', SourceId => 1);
sub mg_contact {
	my ($id) = @_;
	return { Identifiers => [{ Identifier => "m$id", SourceId => 1 },
			{ Identifier => "crm-m$id", SourceId => 1 }],
		FirstName => some("Mia$id", 'Mia'), LastName => 'King',
		CreationDate => '2026-10-01 09:00:00',
		Addresses => [{ AddressTypeId => 1, BrandId => 1, EmailOptin => some($true, $false),
			Email => some("m$id\@demo.example", "ada$id\@demo.example"),
			PostCode => '69001', City => 'Lyon', CountryId => 'FRA' }],
		AttachedStores => [{ StoreExternalKey => { %lyon, StoreIdentifier => some('lyon',
			'paris') }, AttachedStoreTypeId => 'MANUAL' }] };
}

sub mg_key { return (ExternalKey => { PurchaseIdentifier => "mp$_[0]", CheckoutIdentifier => '-',
	%lyon }) }

sub mg_command {
	my ($id, %more) = @_;
	return { mg_key($id), StoreExternalKey => { %lyon },
		ContactExternalKey => { Identifier => 'm' . any(9), SourceId => 1 },
		PurchaseTypeId => some(qw(ORDER_PAID ORDER_CART)), PurchaseStatus => 'processing',
		PurchaseDate => stamp($id), PurchaseStatusDate => next_stamp(),
		PaymentMethod => 'checkmo', CurrencyId => 'EUR', Amount => '45.00',
		Details => [map { my $good = any(5); { ExternalKey => { Identifier => "d$id-$_",
			SourceId => 1 }, PurchaseGoodExternalKey => { Sku => "MSKU-$good",
				Identifier => "mg$good", SourceId => 1 },
			Quantity => 1, Amount => '22.50' } } 1 .. 2], %more };
}

sub mg_status { return { mg_key($_[0]), PurchaseStatus => some(qw(shipped complete odd)),
	PurchaseStatusDate => next_stamp(), CarrierName => 'Colissimo' } }

sub mg_news { return { Identifiers => [{ Identifier => "m$_[0]", SourceId => 1 }],
	CreationDate => next_stamp(), Addresses => [{ AddressTypeId => 1, BrandId => 1,
		Email => "m$_[0]\@demo.example", EmailOptin => some($true, $false) }] } }

# ------------------------------------------------------------------ Adictiz, Standard

sub form {
	my ($who) = @_;
	return { timestamp => 1_790_000_000 + any(900_000), request_id => 'r' . rand,
		event_type => 'FormSubscribe', data => { user_id => "u$who", operation_id => 'o1',
			operation_name => some('Summer game', 'Game'),
			civility => some(qw(Mme M Dr)), lastname => 'Byron',
			firstname => some('Ada', ''), city => some('Lyon', 'Ulm'),
			email => "ada$who\@demo.example", newsletter => some(qw(0 1)),
			'custom_' . any(3) => some(qw(red blue)) } };
}

sub st_contact { return { ExternalKey => { Identifier => $_[0], SourceId => 1 },
	LastName => some('King', 'Byron'), GlobalOptin => some($true, $false), LanguageId => 'fra',
	ZoneId => any(2), SourceStamp => next_stamp() } }
sub st_good { return { Identifier => "sg$_[0]", Label => some(qw(one two three)), Sku => "S$_[0]",
	SourceStamp => next_stamp() } }
sub st_purchase { return { PurchaseIdentifier => "sp$_[0]", Amount => any(50), ZoneId => any(2),
	ContactExternalKey => { Identifier => some('m', '') . any(9), SourceId => 1 },
	StoreExternalKey => { %lyon } } }
sub st_line { return { PurchaseHeaderExternalKey => { PurchaseIdentifier => "sp$_[0]" },
	Identifier => 'l' . any(3), PurchaseGoodExternalKey => { Identifier => 'sg' . any(4) },
	Quantity => any(3) } }

# ------------------------------------------------------------------ what is sent

my @sent;
sub send_as {
	my ($platform, $what, @bodies) = @_;
	my ($entity, $action) = split ' ', $what;
	push @sent, map { { platform => $platform, entity => $entity, action => $action,
		auth => 1, body => ref $_ ? $json->encode($_) : $_ } } @bodies;
}
sub with { my ($n, %more) = @_; $sent[-$_] = { %{ $sent[-$_] }, %more } for 1 .. $n }
sub mixed { my @by = map { rand } @sent; @sent = @sent[sort { $by[$a] <=> $by[$b] } 0 .. $#sent] }

# Half of them, so that the others find rows of before their batch, and are found by none.
sub first_batch {
	@sent = ();
	send_as(Standard => 'Store Insert', { StoreIdentifier => 'lyon', Label => 'Lyon' });
	send_as(Shopify => 'Customer Insert', map { customer($_) } 1 .. 8, 40 .. 43);
	send_as(Shopify => 'Product Insert', map { product($_) } 1 .. 3);
	send_as(Shopify => 'Order Insert', map { order($_) } 1 .. 10);
	send_as(Magento => 'Contact Insert', map { mg_contact($_) } 1 .. 4, 52);
	send_as(Magento => 'Contact Insert', map { { %{ mg_contact($_) }, Addresses => [{
		BrandId => 1, AddressTypeId => 1, Email => 'two@demo.example' }] } } 50, 51);
	send_as(Magento => 'Command Update', map { mg_command($_) } 1 .. 4);
	send_as(Adictiz => 'CampaignParticipation Add', map { form(any(9)) } 1 .. 6);
	send_as(Standard => 'PurchaseGood Insert', map { st_good($_) } 1 .. 3);
	mixed();
	return @sent;
}

sub second_batch {
	@sent = ();
	send_as(Shopify => 'Customer Insert', map { customer($_) } 1 .. 20);
	send_as(Shopify => 'Customer Update', map { customer($_) } map { ($_, $_) } 1 .. 10);
	send_as(Shopify => 'Customer Delete', map { { id => $_ } } 3, 19);
	send_as(Shopify => 'Customer Merge', merged(1, 2), merged(5, 55), merged(4, 1));
	send_as(Shopify => 'Order Insert', map { order($_) } 1 .. 40);
	send_as(Shopify => 'Order Update', map { order($_) } map { ($_, $_) } 1 .. 20);
	send_as(Shopify => 'Order Delete', { id => 7005 }, { id => 7030 }, { id => 7999 });
	send_as(Shopify => 'Product Update', map { product($_) } 1 .. 6);
	send_as(Shopify => 'Product Delete', { id => 104 });
	send_as(Magento => 'Contact Update', map { mg_contact($_) } 1 .. 9);
	send_as(Magento => 'Command Update', map { mg_command($_) } 1 .. 15, 3, 4, 5);
	send_as(Magento => 'StatusCommand Update', map { mg_status($_) } 1 .. 20);
	send_as(Magento => 'Newsletter Update', map { mg_news($_) } 1 .. 10);
	send_as(Magento => 'Contact Connection', { Identifiers => [{ Identifier => 'm1' }] });
	send_as(Adictiz => 'CampaignParticipation Add', map { form(any(12)) } 1 .. 30);
	send_as(Standard => 'Contact Update', map { st_contact($_) } 1 .. 5, 'm1', 'm2', 'new');
	send_as(Standard => 'PurchaseGood Update', map { st_good(any(4)) } 1 .. 8);
	send_as(Standard => 'PurchaseHeader Insert', map { st_purchase($_) } 1 .. 6);
	send_as(Standard => 'PurchaseDetail Insert', map { st_line(any(6)) } 1 .. 12);
	send_as(Standard => 'PurchaseDetail Insert', map { [map { st_line(1) } 1 .. 3] } 1 .. 3);
	send_as(Standard => 'Contact Delete', { ExternalKey => { Identifier => 'm3' } });
	# Owners: who has a Source's key names rows of that Source only.
	send_as(Standard => 'PurchaseGood Update', { Identifier => 'sg1', SourceId => 2 },
		{ Identifier => 'sg2', Label => 'by key' });
	send_as(Standard => 'Contact Update', { ContactId => 1, LastName => 'by number' },
		{ ExternalKey => { Identifier => '1', SourceId => 1 }, LastName => 'By key' });
	with(4, auth => 5);
	# A sender that is limited to some zones.
	send_as(Standard => 'Contact Update', map { st_contact("z$_") } 1 .. 8, 1, 2);
	with(10, limits => '2/*');
	# Persons who were erased come late.
	send_as(Shopify => 'Customer Update', map { customer($_) } 40, 41);
	send_as(Shopify => 'Order Insert', map { order(60 + $_, customer => customer(40 + $_)) }
		0 .. 3);
	# Faults: in the body, of a value, of a reference.
	send_as(Shopify => 'Order Insert', order(101, currency => 'EURO'), order(103, id => undef),
		order(102, total_price => 'much'), order(106, test => $true));
	send_as(Shopify => 'Order Insert', map { order(110 + $_, discount_codes => [{ code => 'TEN',
		amount => 'ten' }]) } 1 .. 3);
	send_as(Shopify => 'Customer Insert', customer(30, id => undef), customer(31, id => 'x'),
		'no JSON', '[]');
	send_as(Magento => 'Command Update', mg_command(90, CurrencyId => 'EURO'),
		mg_command(91, ContactExternalKey => 7));
	send_as(Standard => 'PurchaseDetail Insert', { Identifier => 'x', Quantity => 1,
		PurchaseHeaderExternalKey => { PurchaseIdentifier => 'none' } });
	send_as(Standard => 'Contact Insert', { LastName => 'x' x 300 });
	send_as(Nothing => 'At all', {});
	send_as(Shopify => 'Order Insert', { what => 'a mail' }, { what => 'another' });
	with(2, kind => 2, email => 'a@demo.example, b@demo.example');
	mixed();
	return @sent;
}

# In this order: what one leaves decides what the next ones may. A line's purchase, which needs a
# contact; an address that is another's no more; an identifier that leads to nobody; labels.
sub third_batch {
	@sent = ();
	send_as(Standard => 'Contact Insert', st_contact('chain'));
	send_as(Standard => 'PurchaseHeader Insert', { %{ st_purchase(70) },
		ContactExternalKey => { Identifier => 'chain', SourceId => 1 } });
	send_as(Standard => 'PurchaseDetail Insert', st_line(70), st_line(70));
	send_as(Magento => 'Contact Update', { %{ mg_contact(50) }, Addresses => [{ BrandId => 1,
		AddressTypeId => 1, Email => 'elsewhere@demo.example' }] });
	my $form = form(99);
	$form->{data}{email} = 'two@demo.example';
	send_as(Adictiz => 'CampaignParticipation Add', $form);
	send_as(Standard => 'ContactIdentifier Delete', { Identifier => 'crm-m52', SourceId => 1 });
	send_as(Standard => 'Contact Update', { %{ st_contact('crm-m52') }, LastName => 'anew' });
	send_as(Standard => 'Civility Update', { CivilityId => 2, Label => 'Dr' });
	$form = form(98);
	$form->{data}{civility} = 'Dr';
	send_as(Adictiz => 'CampaignParticipation Add', $form);
	return @sent;
}

# ------------------------------------------------------------------ what is left of it

# By names that do not depend on numbers. Where a sender gives no stamp, it is the arrival.
sub person { return "(SELECT MIN(CONCAT(i.SourceId, '/', i.Identifier)) FROM ContactIdentifier i "
	. "WHERE i.ContactId = $_[0])" }
my $who = person('x.ContactId');
my $stamp = "IF(SourceStamp < '2026-11-01', SourceStamp, 'late')";
my $since = sub { "IF($_[0] < '2026-11-01', $_[0], $_[0] IS NULL)" };
my %dump = (
	identifiers => "SELECT GROUP_CONCAT(SourceId, '/', Identifier ORDER BY SourceId, "
		. 'Identifier) FROM ContactIdentifier GROUP BY ContactId ORDER BY 1',
	ends => "SELECT identifier, source_id, @{[person('x.contact_id')]}, "
		. "@{[$since->('ended_at')]} FROM api_identifier_end x ORDER BY 1",
	contacts => "SELECT $who AS who, FirstName, LastName, ContactTypeId, CivilityId, GenderId, "
		. "ZoneId, GlobalOptin, LanguageId, $stamp, DeletionFlag, "
		. 'AdvertiserCreationDate FROM Contact x ORDER BY who, LastName',
	addresses => "SELECT $who AS who, ContactAddressTypeId, BrandId, Email, EmailNormal, "
		. "EmailOptin, @{[$since->('EmailOptinDate')]}, MobilePhoneNumber, "
		. "HomePhoneNumber, Address1, City, CountryId, $stamp, DeletionFlag FROM Address x "
		. 'ORDER BY who, ContactAddressTypeId, Email',
	headers => "SELECT PurchaseIdentifier, $who, Amount, OriginalAmount, PurchaseStatusId, "
		. "PurchaseTypeId, ZoneId, DeletionFlag, $stamp FROM PurchaseHeader x "
		. 'ORDER BY PurchaseIdentifier',
	lines => 'SELECT h.PurchaseIdentifier, d.Identifier, g.Identifier, d.Sku, d.Quantity, '
		. 'd.Amount, d.DeletionFlag, ' . $stamp =~ s/S(?=o)/d.S/gr
		. ' FROM PurchaseDetail d JOIN PurchaseHeader h USING (PurchaseHeaderId) '
		. 'LEFT JOIN PurchaseGood g ON g.PurchaseGoodId = d.PurchaseGoodId '
		. 'ORDER BY h.PurchaseIdentifier, d.Identifier, d.Sku',
	goods => "SELECT Identifier, SourceId, Sku, Reference, Label, DeletionFlag, $stamp, "
		. 'PurchaseGoodTypeId FROM PurchaseGood ORDER BY Identifier, Sku',
	categories => 'SELECT c.*, COUNT(*) FROM (SELECT Identifier, Label FROM '
		. 'PurchaseGoodCategory) c GROUP BY 1, 2 ORDER BY 1',
	vouchers => "SELECT VoucherIdentifier, $who, VoucherStateId, DeletionFlag, $stamp "
		. 'FROM Voucher x ORDER BY VoucherIdentifier',
	stores => 'SELECT StoreIdentifier, SourceId, Label FROM Store ORDER BY 1',
	attached => "SELECT $who AS who, StoreIdentifier, x.DeletionFlag FROM AttachedStore x "
		. 'JOIN Store USING (StoreId) ORDER BY 1, 2',
	participants => "SELECT Identifier, $who, Content FROM MarketingParticipant x ORDER BY 1",
	campaigns => 'SELECT Identifier, Label FROM MarketingAction ORDER BY 1',
	consents => "SELECT @{[person('x.contact_id')]} AS who, channel, address_type_id, "
		. 'old_optin, new_optin, statement FROM api_contact_consent x '
		. 'ORDER BY 1, 2, 3, 4, 5, 6',
	'consents in their order' => "SELECT @{[person('x.contact_id')]} AS who, channel, "
		. 'address_type_id, old_optin, new_optin, statement FROM api_contact_consent x '
		. 'WHERE contact_id NOT IN (SELECT ContactId FROM ContactIdentifier WHERE '
		. "Identifier IN ('1', '2', '4', '5')) "
		. 'ORDER BY who, channel, address_type_id, consent_id',
	locks => 'SELECT * FROM api_contact_lock',
);

sub lines_of { return [map { join '|', map { $_ // 'NULL' } @$_ } @_] }

# Numbers that are counted up depend on how many are tried.
sub plain { my ($text) = @_; return $text =~ s/\b(contact|purchase|cart|good) \d+/$1 N/gir }

# What became of messages, with their history and mails.
sub messages {
	my ($tenant) = @_;
	my $attempts = Scheduler::attempts();
	return [map { plain($_) } @{ lines_of($s->sql("SELECT platform, entity, action, state, "
		. "reason_class, reason, remarks, (SELECT GROUP_CONCAT(a.attempt, ' ', a.outcome, "
		. "' ', a.reason_class, ' ', a.reason ORDER BY a.attempt) FROM $attempts a WHERE "
		. 'a.message_id = m.id), (SELECT GROUP_CONCAT(address ORDER BY address) FROM '
		. 'api_mail JOIN api_mail_recipient USING (mail_id) WHERE message_id = m.id) '
		. "FROM api_message m WHERE tenant_id = $tenant ORDER BY id")) }];
}

sub admin {
	local %ENV = (%ENV, %{ $s->{env} });
	my $out = `$ENV{BUILDDIR}/customerapi @_ 2>&1`;
	is($?, 0, "customerapi @_") or diag($out);
}

sub work {
	my ($tenant, $batch, @batches) = @_;
	$s->tenant($tenant);
	$s->sql("INSERT INTO api_source (alias_id, source_id, may_write, created_at) VALUES "
		. "($tenant, 1, 'own', '2026-01-01')");
	$db->sql("INSERT INTO Source (SourceId, Label, CreationDate, ModificationDate) VALUES "
		. "(1, 'Shop', '2026-01-01', '2026-01-01'), "
		. "(2, 'Other', '2026-01-01', '2026-01-01'); "
		. 'INSERT INTO Zone (ZoneId, Label, CreationDate, ModificationDate) VALUES '
		. "(2, 'West', '2026-01-01', '2026-01-01')", "tenant$tenant");
	$s->set(CUSTOMERAPI_QUEUE_BATCH => $batch);
	for my $i (0 .. $#batches) {
		$s->put(map { { %$_, tenant => $tenant } } @{ $batches[$i] });
		is($s->once, 0, "batch $i of tenant $tenant");
		next if $i > 0;
		admin("contact erase C$tenant A$tenant --yes --source-id 1 --identifier $_")
			for 40 .. 42;
	}
	my %got = map { $_ => lines_of($db->sql($dump{$_}, "tenant$tenant")) } keys %dump;
	return { %got, messages => messages($tenant) };
}

sub compare {
	my ($seed, $two, $one) = @_;
	for my $name (sort keys %$one) {
		my ($x, $y) = ($two->{$name}, $one->{$name});
		my ($at) = grep { ($x->[$_] // '') ne ($y->[$_] // '') } 0 .. ($#$x > $#$y ? $#$x
			: $#$y);
		is($at, undef, "seed $seed: $name are the same together and one by one")
			or diag('together: ' . ($x->[$at] // '-') . "\none by one: "
				. ($y->[$at] // '-'));
	}
}

for my $seed ($ENV{CUSTOMERAPI_SEED} // 7) {
	srand $seed;
	my @batches = ([first_batch()], [second_batch()], [third_batch()]);
	my $together = work(1, 500, @batches);
	my $singly = work(2, 1, @batches);
	compare($seed, $together, $singly);
	my %states;
	$states{ (split /\|/)[3] }++ for @{ $singly->{messages} };
	cmp_ok($states{$_} // 0, '>', 2, "seed $seed: enough messages of state $_") for 3, 4, 6;
	cmp_ok(scalar @{ $singly->{$_} }, '>', 0, "seed $seed: there are $_")
		for grep { $_ ne 'locks' } sort keys %dump;
	is(scalar @{ $singly->{locks} }, 0, "seed $seed: no lock is left");
}
done_testing;
