# Consent: only a statement about it withdraws one, whatever the way in; what is older changes
# nothing; each change is kept, known to export and erasure.
use strict;
use warnings;
use utf8;
use Digest::SHA qw(sha256_hex);
use JSON::PP;
use Test::More;
use World;

binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output;
my $w = World->start(fcgi => { CUSTOMERAPI_FCGI_AREA => 'all' });
my ($s, $db) = ($w->{s}, $w->{db});
my ($true, $false) = (JSON::PP::true, JSON::PP::false);
$w->source(1, 2);
$s->sql("INSERT INTO api_token (alias_id, token_hash, rights, created_at) VALUES (1, x'"
	. sha256_hex('club-token') . "', 'club webhook', '2026-01-01')");
my %token = ('X-Crm360Api-Token' => 'club-token', 'X-Crm360Api-CustomerName' => 'C1',
	'X-Crm360Api-DatabaseAlias' => 'A1');

sub value { return $w->value(@_) }
sub one { return $w->rows(@_)->[0] }
sub done { my ($what, $body, $name, %o) = @_; my $r = $w->post($what, $body, %o);
	is($r->{outcome}, 'done', $name) or diag("$r->{class}: $r->{reason}"); return $r }
sub who { my ($identifier, $source) = @_;
	return value("SELECT ContactId FROM ContactIdentifier WHERE Identifier = '$identifier' "
		. "AND SourceId = " . ($source // 1)) }
# A message of a Shopify topic.
sub topic {
	my ($topic, $what, $body, $name) = @_;
	return done("Shopify/$what", $body, $name, headers => { 'X-Shopify-Topic' => $topic,
		%token });
}
my $n = 7000;
sub order {
	return { id => ++$n, name => "#$n", currency => 'EUR', financial_status => 'paid',
		total_price => '30.00', created_at => '2026-10-02T10:00:00Z',
		updated_at => '2026-10-02T10:00:00Z', email => 'guest@example.com',
		customer => undef,
		line_items => [{ id => $n * 10, variant_id => 11, product_id => 10, sku => 'A',
			name => 'Cup', quantity => 1, price => '30.00',
			discount_allocations => [] }], shipping_lines => [], discount_codes => [],
			@_ };
}
sub customer { return { id => 1, first_name => 'Ann', last_name => 'Lee',
	email => 'ann@example.com', phone => undef, updated_at => '2026-10-05T10:00:00Z', @_ } }
# E-mail and mobile phone of a contact's main address.
sub optins { my ($id) = @_; return one("SELECT EmailOptin, MobilePhoneOptin FROM Address WHERE "
	. "ContactId = $id AND ContactAddressTypeId = 1") }
my $seen = 0;
# What was added to the history since the last question: channel old>new statement @said.
sub history {
	my @new = $w->sql("SELECT consent_id, channel, old_optin, new_optin, statement, "
		. "DATE_FORMAT(said_at, '%m-%d %H:%i'), contact_id, brand_id, address_type_id, "
			. "source_id FROM api_contact_consent WHERE consent_id > $seen ORDER BY "
				. "consent_id");
	$seen = $new[-1][0] if @new;
	return [map { my ($id, $channel, $old, $new, $statement, $at) = @$_;
		"$channel $old>$new $statement \@$at" =~ s/NULL/-/gr } @new];
}

# ------------------------------------------------------------------ a guest's order: the box gives,
# and never takes away
topic('orders/create', 'Order/Insert', order(buyer_accepts_marketing => $true),
	'a box that is ticked');
my $guest = who('email:guest@example.com');
is(optins($guest), '1|NULL', 'gives a consent');
is_deeply(history(),
	["Email ->1 Shopify orders/create: the order's box (buyer_accepts_marketing) "
		. '@10-02 10:00'], 'kept: channel, old, new, statement, time');
is(one("SELECT contact_id, brand_id, address_type_id, source_id, written_at > '2026-01-01' FROM "
	. "api_contact_consent"), "$guest|1|1|1|1",
	'contact, brand, address type, Source, when it was written');
topic('orders/create', 'Order/Insert', order(buyer_accepts_marketing => $false,
	created_at => '2026-10-03T10:00:00Z'), 'a later one that is not ticked');
topic('orders/updated', 'Order/Update', order(id => $n, buyer_accepts_marketing => $false,
	updated_at => '2026-10-04T10:00:00Z'), 'and its update');
is(optins($guest), '1|NULL', 'takes nothing away');
is_deeply(history(), [], 'and is no change');
topic('orders/create', 'Order/Insert',
	order(email => 'never@example.com', buyer_accepts_marketing => $false,
		created_at => '2026-10-03T10:00:00Z'), 'of somebody who was never asked');
is(optins(who('email:never@example.com')), '0|NULL', 'it is a no');
is_deeply(history(),
	["Email ->0 Shopify orders/create: the order's box (buyer_accepts_marketing) "
		. '@10-03 10:00'], 'which is kept, too');
topic('orders/create', 'Order/Insert',
	order(email => 'never@example.com', buyer_accepts_marketing => $true,
		created_at => '2026-10-01T10:00:00Z'), 'a tick of before that comes late');
is(optins(who('email:never@example.com')), '1|NULL', 'stands: an unticked box was no withdrawal');
history();

# ------------------------------------------------------------------ Shopify's customers
topic('customers/create', 'Customer/Insert',
	customer(email_marketing_consent => { state => 'subscribed',
		consent_updated_at => '2026-10-01T08:00:00Z' },
		sms_marketing_consent => { state => 'subscribed',
			consent_updated_at => '2026-10-01T09:00:00Z' }), 'a customer');
my $ann = who(1);
is(optins($ann), '1|1', 'subscribed to both');
is_deeply([sort @{ history() }],
	['Email ->1 Shopify customers/create: email_marketing_consent @10-01 08:00',
		'MobilePhone ->1 Shopify customers/create: sms_marketing_consent @10-01 09:00'],
		'each is kept');
my $day = 10;
for (['not_subscribed', { email_marketing_consent => { state => 'not_subscribed' } }],
	['not_subscribed, with a date',
		{ email_marketing_consent => { state => 'not_subscribed',
			consent_updated_at => '2026-10-09T00:00:00Z' } }],
	['pending', { sms_marketing_consent => { state => 'pending' } }],
	['accepts_marketing false', { accepts_marketing => $false }],
	['with its date',
		{ accepts_marketing => $false,
			accepts_marketing_updated_at => '2026-10-09T00:00:00Z' }],
	['neither', {}],
	['null', { email_marketing_consent => undef, sms_marketing_consent => undef }]) {
	my ($name, $says) = @$_;
	$day++;
	topic('customers/update', 'Customer/Update',
		customer(%$says, updated_at => "2026-10-${day}T10:00:00Z"),
		"a customer's body: $name");
	topic('orders/create', 'Order/Insert',
		order(customer => customer(%$says, updated_at => "2026-10-${day}T11:00:00Z"),
			created_at => "2026-10-${day}T11:00:00Z",
			buyer_accepts_marketing => $false), 'the same in an order');
}
is(optins($ann), '1|1', 'no withdrawal');
is_deeply(history(), [], 'and no change');
topic('customers/update', 'Customer/Update',
	customer(email_marketing_consent => { state => 'unsubscribed',
		consent_updated_at => '2026-10-20T08:00:00Z' },
		sms_marketing_consent => { state => 'not_subscribed' },
		updated_at => '2026-10-20T10:00:00Z'), 'the state unsubscribed, beside all else');
is(optins($ann), '0|1', 'withdraws, that channel alone');
is_deeply(history(), ['Email 1>0 Shopify customers/update: email_marketing_consent @10-20 08:00'],
	'kept');
topic('customers_email_marketing_consent/update', 'Customer/Update',
	{ customer_id => 1, email_address => 'ann@example.com',
		email_marketing_consent => { state => 'subscribed',
			consent_updated_at => '2026-10-19T08:00:00Z' } },
			'a consent of before that comes late');
is(optins($ann) . join('', @{ history() }), '0|1', 'changes nothing');
topic('customers_email_marketing_consent/update', 'Customer/Update',
	{ customer_id => 1, email_address => 'ann@example.com',
		email_marketing_consent => { state => 'subscribed',
			consent_updated_at => '2026-10-21T08:00:00Z' } }, 'a new one');
is(optins($ann), '1|1', 'does');
topic('customers_email_marketing_consent/update', 'Customer/Update',
	{ customer_id => 1, email_address => 'ann@example.com',
		email_marketing_consent => { state => 'not_subscribed',
			consent_updated_at => '2026-10-22T08:00:00Z' } }, 'a topic of consent');
topic('customers_marketing_consent/update', 'Customer/Update',
	{ id => 1, phone => '+33600000001', sms_marketing_consent => { state => 'unsubscribed',
		consent_updated_at => '2026-10-22T09:00:00Z' } }, 'and that of SMS');
is(optins($ann), '0|0', 'are statements, whatever the word');
is_deeply(history(), ['Email 0>1 Shopify customers_email_marketing_consent/update: '
	. 'email_marketing_consent @10-21 08:00',
	'Email 1>0 Shopify customers_email_marketing_consent/update: email_marketing_consent '
		. '@10-22 08:00',
	'MobilePhone 1>0 Shopify customers_marketing_consent/update: sms_marketing_consent @10-22 '
		. '09:00'], 'kept, each');
topic('orders/create', 'Order/Insert',
	order(customer => customer(email_marketing_consent => { state => 'unsubscribed',
		consent_updated_at => '2026-10-23T08:00:00Z' },
		updated_at => '2026-10-23T11:00:00Z')), 'unsubscribed once more, in an order');
is_deeply(history(), [], 'is no change');
topic('customers_email_marketing_consent/update', 'Customer/Update',
	{ customer_id => 1, email_address => 'ann@example.com',
		email_marketing_consent => { state => 'subscribed',
			consent_updated_at => '2099-01-01T00:00:00Z' } }, 'a date to come');
like(history()->[0], qr/^Email 0>1/, 'counts');
topic('customers_email_marketing_consent/update', 'Customer/Update',
	{ customer_id => 1, email_address => 'ann@example.com',
		email_marketing_consent => { state => 'unsubscribed' } },
		'and does not shut out what comes until then');
is(optins($ann), '0|0', 'withdrawn');
history();
topic('customers/update', 'Customer/Update', customer(accepts_marketing => $true,
	accepts_marketing_updated_at => '2026-10-01T00:00:00Z',
	updated_at => '2026-11-01T00:00:00Z'), 'accepts_marketing of long ago');
is(optins($ann), '0|0', 'is older than the withdrawal');

# ------------------------------------------------------------------ Magento
my %box = (AddressTypeId => 1, BrandId => 1, Email => 'mage@example.com');
done('Magento/Contact/Insert', { Identifiers => [{ Identifier => 'm1' }],
	Addresses => [{ %box, EmailOptin => $true, EmailOptinDateUTC => '2026-09-01 10:00:00',
		PostalOptin => $true, MobilePhoneOptin => $false }] }, 'Magento: a contact',
		source => 2);
my $mage = who('m1', 2);
is_deeply([map { s/ \@.*//r } sort @{ history() }], ['Address ->1 Magento Contact/Insert',
	'Email ->1 Magento Contact/Insert', 'MobilePhone ->0 Magento Contact/Insert'],
	'its opt-ins');
done('Magento/Contact/Update', { Identifiers => [{ Identifier => 'm1' }],
	Addresses => [{ %box, EmailOptin => $_->[0], EmailOptinDateUTC => $_->[1],
		PostalOptin => $false }] }, 'a contact whose box is not ticked', source => 2)
		for [$false, undef], [0, '2026-09-05 10:00:00'], [undef, undef];
is(one("SELECT EmailOptin, EmailOptinDate, AddressOptin FROM Address WHERE ContactId = $mage"),
	'1|2026-09-01 10:00:00.000000|1', 'withdraws nothing');
is_deeply(history(), [], 'and changes nothing');
done('Magento/Newsletter/Update', { Identifiers => [{ Identifier => 'm1' }],
	Addresses => [{ %box, EmailOptin => $false, EmailOptinDateUTC => '2026-08-01 10:00:00' }] },
	'a newsletter that ended before', source => 2);
is_deeply(history(), [], 'is older');
done('Magento/Newsletter/Update', { Identifiers => [{ Identifier => 'm1' }],
	Addresses => [{ %box, EmailOptin => $false, EmailOptinDateUTC => '2026-09-07 10:00:00' }] },
	'one that ended since', source => 2);
is_deeply(history(), ['Email 1>0 Magento Newsletter/Update @09-07 10:00'], 'withdraws');
is(value('SELECT source_id FROM api_contact_consent ORDER BY consent_id DESC LIMIT 1'), 2,
	'of its Source');

# ------------------------------------------------------------------ Adictiz
sub form { my ($at, %data) = @_;
	return { timestamp => $at, request_id => 'r' . ++$n, event_type => 'FormSubscribe',
		data => { operation_id => 'camp', user_id => 'u1', email => 'play@example.com',
			%data } } }
my $t = 1790000000;			# 2026-09-21
done('Adictiz/CampaignParticipation/Add', form($t, newsletter => '1', optin_partner => 'oui',
	optin_mobile => '0'), 'Adictiz: boxes');
my $play = who('email:play@example.com');
is_deeply([map { s/ \@.*//r } sort @{ history() }], ['Email ->1 Adictiz CampaignParticipation/Add',
	'GlobalPartner ->1 Adictiz CampaignParticipation/Add',
	'MobilePhone ->0 Adictiz CampaignParticipation/Add'],
	"an opt-in of the contact's own is kept, too");
is(one("SELECT brand_id, address_type_id, contact_id FROM api_contact_consent WHERE channel = "
	. "'GlobalPartner'"), "NULL|NULL|$play", 'of no address');
done('Adictiz/CampaignParticipation/Add', form($t + 100, newsletter => '0', optin_partner => 'non'),
	'that are not ticked any more');
is(optins($play) . ' ' . value("SELECT GlobalPartnerOptin FROM Contact WHERE ContactId = $play")
	. join('', @{ history() }), '1|0 1', 'withdraw nothing');
done('Standard/Address/Update', { ContactId => $play, EmailOptin => $false,
	EmailOptinDate => '2026-09-22T00:00:00Z' }, 'a withdrawal', headers => \%token);
is_deeply(history(), ['Email 1>0 Standard Address/Update @09-22 00:00'],
	'a row of the model states what is to be');
done('Adictiz/CampaignParticipation/Add', form($t + 200000, city => 'Lyon'),
	'a further form that has no such box');
is(optins($play), '0|0', 'does not give again what an earlier one gave');

# ------------------------------------------------------------------ rows of the model, the club
done('Standard/Contact/Insert', { ExternalKey => { Identifier => 's1' }, GlobalOptin => $true },
	'Standard: a contact');
done('Standard/Address/Insert',
	[map { { ContactExternalKey => { Identifier => 's1' }, ContactAddressTypeId => $_,
		HomePhoneNumber => "+331$_", HomePhoneOptin => $_ == 1 ? $true : $false,
		EmailOptin => $true } } 1, 2], 'two addresses in a list');
is_deeply([map { s/ \@.*//r } @{ history() }], ['Global ->1 Standard Contact/Insert',
	'Email ->1 Standard Address/Insert', 'HomePhone ->1 Standard Address/Insert',
	'Email ->1 Standard Address/Insert', 'HomePhone ->0 Standard Address/Insert'],
	'each channel of each');
done('Standard/Address/Update', { ContactExternalKey => { Identifier => 's1' },
	EmailOptin => undef }, 'an opt-in that is cleared');
is_deeply([map { s/ \@.*//r } @{ history() }], ['Email 1>- Standard Address/Update'],
	'is a change');
done('Standard/Address/Update', { ContactExternalKey => { Identifier => 's1' }, City => 'Nice' },
	'a row that does not speak of it');
is_deeply(history(), [], 'is none');
is($w->post('Standard/api_contact_consent/Insert', { contact_id => 1 })->{outcome}, 'unrouted',
	'no delivery writes the history');
my $club = $w->request('POST', '/Bonduelle/Club/SetContact?SourceId=1',
	{ DrupalId => 'd1', GlobalPartnerOptin => $true,
		Addresses => [{ Email => 'club@example.com', EmailOptin => $true,
			MobilePhoneOptin => $true }] }, %token);
is($club->{status}, 201, 'the club: a member') or diag($club->{content});
is_deeply([map { s/ \@.*//r } sort @{ history() }],
	['Email ->1 Club SetContact', 'GlobalPartner ->1 Club SetContact',
		'MobilePhone ->1 Club SetContact'], 'and what the member agrees to');
is($w->request('POST', '/Bonduelle/Club/SetContact?SourceId=1',
	{ DrupalId => 'd1', Addresses => [{ EmailOptin => $false }] }, %token)->{status}, 200,
	'a member who withdraws');
is_deeply([map { s/ \@.*//r } @{ history() }], ['Email 1>0 Club SetContact'],
	'does, with the profile');
is(one("SELECT EmailOptin, MobilePhoneOptin, EmailOptinDate > '2026-01-01' FROM Address WHERE "
	. "ContactId = $club->{json}{ContactId}"), '0|1|1', 'since now');

# A change of which no more is known than that it took place does not fail.
is(value('SELECT COUNT(*) FROM api_contact_consent WHERE contact_id NOT IN (SELECT ContactId FROM '
	. 'Contact)'), 0, 'the history is of contacts that are there');

# ------------------------------------------------------------------ a notice is known by its topic
my %short = (id => 880, email => 'topic@example.com', updated_at => '2026-10-05T10:00:00Z');
topic('customers/create', 'Customer/Insert',
	{ %short, email_marketing_consent => { state => 'subscribed',
		consent_updated_at => '2026-10-05T10:00:00Z' } }, 'a customer who subscribed');
topic('customers/update', 'Customer/Update', { %short, updated_at => '2026-10-06T10:00:00Z',
	email_marketing_consent => { state => 'not_subscribed',
		consent_updated_at => '2026-10-06T10:00:00Z' } },
	'a state beside a customer of whom little is said');
is(value("SELECT EmailOptin FROM Address WHERE Email = 'topic\@example.com'"), 1,
	'is no withdrawal');
topic('customers_email_marketing_consent/update', 'Customer/Update',
	{ customer_id => 880, email_marketing_consent => { state => 'not_subscribed',
		consent_updated_at => '2026-10-07T10:00:00Z' } }, 'the notice');
is(value("SELECT EmailOptin FROM Address WHERE Email = 'topic\@example.com'"), 0, 'is one');

# ------------------------------------------------------------------ shown, exported, erased
my $shown = JSON::PP->new->utf8->decode(
	$w->admin('contact consents C1 A1 --source-id 1 --identifier 1 --json'));
is_deeply([@{ $shown->{Consents}[-1] }{qw(ContactId Channel BrandId AddressTypeId Old New
	SourceId)}], [$ann, 'Email', 1, 1, undef, JSON::PP::true, 1], 'the command line shows it');
cmp_ok(scalar @{ $shown->{Consents} }, '>=', 7, 'all of it');
is(scalar @{
	JSON::PP->new->utf8->decode(
		$w->admin("contact consents C1 A1 --contact-id $ann --limit 2 --json"))->{Consents}
		}, 2, 'or the newest');
my $document = JSON::PP->new->utf8->decode($w->admin("contact export C1 A1 --contact-id $ann"));
is_deeply([map { "$_->{channel} " . ($_->{old_optin} // '-') . ">$_->{new_optin}" } @{
	$document->{Tables}{api_contact_consent} }],
	[map { "$_->[0] " . ($_->[1] eq 'NULL' ? '-' : $_->[1])
		. ">$_->[2]" } $w->sql("SELECT channel, old_optin, new_optin FROM "
			. "api_contact_consent WHERE contact_id = $ann ORDER BY consent_id")],
			'an export has it');
like($w->admin("contact erase C1 A1 --yes --contact-id $ann"), qr/^Erased/m, 'an erasure');
is(value("SELECT COUNT(*) FROM api_contact_consent WHERE contact_id = $ann"), 0, 'takes it away');
cmp_ok(value('SELECT COUNT(*) FROM api_contact_consent'), '>', 5, "and leaves others'");

is($s->stop, 0, 'the daemon ends well');
done_testing();
