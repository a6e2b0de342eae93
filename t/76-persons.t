# One person stays one: an account and a guest of its address, whichever comes first, in every way
# in and at once; what an order lends its customer; a redaction that leaves others alone.
use strict;
use warnings;
use utf8;
use Digest::SHA qw(sha256_hex);
use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep);
use Rival;
use World;

binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output;
my $w = World->start(scheduler => { CUSTOMERAPI_QUEUE_WORKERS => 3, CUSTOMERAPI_QUEUE_BATCH => 2,
	CUSTOMERAPI_QUEUE_LADDER => '1', CUSTOMERAPI_QUEUE_LEASE_S => 10 });
my ($s, $db) = ($w->{s}, $w->{db});
my ($true, $false) = (JSON::PP::true, JSON::PP::false);
$w->source(1, $_) for 2, 3;
$s->sql("INSERT INTO api_token (alias_id, token_hash, rights, created_at) VALUES (1, x'"
	. sha256_hex('persons-token') . "', 'webhook', '2026-01-01')");
my %token = ('X-Crm360Api-Token' => 'persons-token', 'X-Crm360Api-CustomerName' => 'C1',
	'X-Crm360Api-DatabaseAlias' => 'A1');

sub value { return $w->value(@_) }
sub one { return $w->rows(@_)->[0] }
sub done { my ($what, $body, $name, %o) = @_; my $r = $w->post($what, $body, %o);
	is($r->{outcome}, 'done', $name) or diag("$r->{class}: $r->{reason}"); return $r }
my $n = 5000;
sub order {
	return { id => ++$n, name => "#$n", currency => 'EUR', financial_status => 'paid',
		total_price => '30.00', total_tax => '5.00', total_discounts => '0.00',
		taxes_included => $true,
		created_at => '2026-11-02T10:00:00Z', updated_at => '2026-11-02T10:00:00Z',
		email => '', customer => undef, buyer_accepts_marketing => $false,
		line_items => [{ id => $n * 10, variant_id => 11, product_id => 10, sku => 'A',
			name => 'Cup', quantity => 3, price => '10.00',
			discount_allocations => [] }], shipping_lines => [], discount_codes => [],
			@_ };
}
sub customer { return { id => 700, first_name => 'Ann', last_name => 'Lee',
	email => 'ann@example.com', phone => undef, updated_at => '2026-11-01T10:00:00Z', @_ } }
sub who { my ($identifier, $source) = @_;
	return value("SELECT ContactId FROM ContactIdentifier WHERE Identifier = '$identifier' "
		. "AND SourceId = " . ($source // 1)) // 0 }
sub buyer { my ($order) = @_; return value("SELECT COALESCE(ContactId, 0) FROM PurchaseHeader "
	. "WHERE PurchaseIdentifier = '$order->{id}'") }
sub remarks { my ($receipt) = @_;
	return $s->value("SELECT remarks FROM api_message WHERE receipt = x'$receipt'") }

# ------------------------------------------------------------------ an account, then a guest
done('Shopify/Customer/Insert', customer(id => 100, first_name => 'Sue', email => 'sub@example.com',
	email_marketing_consent => { state => 'subscribed',
		consent_updated_at => '2026-10-01T00:00:00Z' }), 'an account');
my $account = who(100);
my $contact = "SELECT FirstName, LastName, ContactTypeId, c.SourceStamp, Email, EmailOptin, "
	. "EmailOptinDate FROM Contact c JOIN Address a USING (ContactId) WHERE c.ContactId = "
		. "$account AND a.ContactAddressTypeId = 1";
my $before = one($contact);
my $order = order(email => ' SUB@Example.com ', billing_address => { first_name => 'Other',
	last_name => 'Name', address1 => '1 Guest Road', country_code => 'FR' });
done('Shopify/Order/Insert', $order, "a guest's order with its address");
is(buyer($order), $account, 'is the account\'s');
is(value('SELECT COUNT(*) FROM Contact'), 1, 'one contact');
is(one($contact), $before, 'consent and all else as before: nobody signed in');
is(value("SELECT Address1 FROM Address WHERE ContactId = $account AND ContactAddressTypeId = 2"),
	'1 Guest Road', "with the order's billing address");
is(who('email:sub@example.com'), $account, 'and the guest\'s identifier');
done('Shopify/Order/Insert', $order = order(contact_email => 'sub@example.com',
	buyer_accepts_marketing => $true), 'once more, the box ticked');
is(buyer($order) . one($contact), $account . $before, 'the same');

done('Shopify/Order/Insert',
	order(customer => { id => 101, email => 'bo@example.com', first_name => 'Bo',
		last_name => 'Ek' }), 'an account that only an order told of, without a stamp');
done('Shopify/Order/Insert', $order = order(email => 'bo@example.com',
	billing_address => { first_name => 'X', last_name => 'Y' }), 'its guest');
is(one('SELECT ContactTypeId, FirstName FROM Contact WHERE ContactId = ' . who(101)) . ' '
	. (buyer($order) == who(101)), '1|Bo 1', 'makes no guest of it');

# Several accounts have the address: nobody can tell which.
done('Shopify/Customer/Insert', customer(id => $_, email => 'two@example.com'), "account $_ of two")
	for 110, 111;
isnt(who(110), who(111), 'are two contacts');
my $receipt = $w->queue('Shopify/Order/Insert', $order = order(email => 'two@example.com'));
is($w->became($receipt)->{outcome}, 'done', 'a guest whose address two accounts have');
is(join(' ', grep { buyer($order) == who($_) } 110, 111), '', 'is neither');
is(buyer($order), who('email:two@example.com'), 'but a contact of its own');
like(remarks($receipt), qr/Several contacts of the Source have this mail address/,
	'and the receipt says why');
done('Shopify/Order/Insert', my $again = order(email => 'Two@example.com'), 'the same guest');
is(buyer($again), buyer($order), 'is the same contact');

# Who is deleted, of another Source, or only sounds alike, is not meant.
done('Shopify/Customer/Insert', customer(id => 120, email => 'gone@example.com'), 'an account');
done('Shopify/Customer/Delete', { id => 120 }, 'that is deleted');
done('Shopify/Order/Insert', $order = order(email => 'gone@example.com'),
	'a guest with its address');
isnt(buyer($order), who(120), 'is another');
done('Shopify/Customer/Insert', customer(id => 130, email => 'far@example.com'),
	'an account of Source 2', source => 2);
done('Shopify/Order/Insert', $order = order(email => 'far@example.com'), 'a guest of Source 1');
isnt(buyer($order), who(130, 2), 'is another');
done('Shopify/Customer/Insert', customer(id => 131, email => 'cafe@example.com'), 'an account');
done('Shopify/Order/Insert', $order = order(email => "caf\x{e9}\@example.com"),
	'a guest of an address that only looks alike');
isnt(buyer($order), who(131), 'is another');
done('Shopify/Order/Insert', $order = order(email => 'first@example.com'), 'a guest first');
done('Shopify/Customer/Insert', customer(id => 133, email => 'first@example.com'),
	'then the account');
is(who(133), buyer($order), 'are one as well');

# ------------------------------------------------------------------ the other ways in
done('Magento/Contact/Insert', { Identifiers => [{ Identifier => 'm1', SourceId => 3 }],
	LastName => 'Mage', Addresses => [{ Email => 'mage@example.com' }] }, 'Magento: a contact',
	source => 3);
done('Magento/Newsletter/Update',
	{ Addresses => [{ Email => 'Mage@example.com', EmailOptin => $true }] },
	'and a newsletter of somebody without an identifier', source => 3);
is(who('email:mage@example.com', 3), who('m1', 3), 'are one');
is(one('SELECT ContactTypeId, LastName, EmailOptin FROM Contact JOIN Address USING (ContactId) '
	. 'WHERE ContactId = ' . who('m1', 3)), '1|Mage|1', 'a customer, and subscribed');
sub form { my ($user, %data) = @_;
	return { timestamp => 1790000000, request_id => 'r' . ++$n, event_type => 'FormSubscribe',
		data => { operation_id => 'camp', user_id => $user, %data } } }
done('Adictiz/CampaignParticipation/Add', form('u1', email => 'mage@example.com', city => 'Lyon'),
	'Adictiz: a participation', source => 3);
done('Adictiz/CampaignParticipation/Add', form('u2', newsletter => '1'),
	'one that does not say who', source => 3);
done('Magento/Contact/Insert', { Identifiers => [{ Identifier => 'm2' }],
	Addresses => [{ Email => 'player@example.com' }] }, 'a contact', source => 3);
done('Adictiz/CampaignParticipation/Add', form('u2', email => 'Player@example.com'),
	'and then does', source => 3);
is(value("SELECT GROUP_CONCAT(ContactId ORDER BY Identifier) FROM MarketingParticipant"),
	who('m1', 3) . ',' . who('m2', 3), 'are those contacts');
is(value('SELECT EmailOptin FROM Address WHERE ContactId = ' . who('m2', 3)), 1,
	'with the box that the first form had ticked');
done('Standard/Contact/Insert', { ExternalKey => { Identifier => 'email:Sub@Example.com' },
	JobTitle => 'Cook' }, 'Standard: a guest by its identifier');
is(value("SELECT JobTitle FROM Contact WHERE ContactId = $account"), 'Cook', 'is the account');
done('Standard/PurchaseHeader/Insert',
	{ PurchaseIdentifier => 'std',
		ContactExternalKey => { Identifier => 'email:sub@example.com' } },
		'a row that refers to it');
is(value("SELECT ContactId FROM PurchaseHeader WHERE PurchaseIdentifier = 'std'"), $account, 'too');

# ------------------------------------------------------------------ at once
# Somebody makes the account, and is not done: the guest's order waits, and is the account's.
my $rival = Rival->new($db, 'tenant1');
$rival->do('START TRANSACTION');
$rival->do("INSERT INTO api_contact_lock (hash) VALUES (UNHEX(SHA2('1/race\@example.com', 256)))");
$receipt = $w->queue('Shopify/Order/Insert', $order = order(email => 'race@example.com'));
ok(Rival::until_waiting($db), 'a guest\'s order waits for who makes a contact of the address');
$rival->do("DELETE FROM api_contact_lock; INSERT INTO Contact (ContactId, LastName, CreationDate, "
	. "ModificationDate) VALUES (90000, 'Racer', '2026-01-01', '2026-01-01');
	INSERT INTO ContactIdentifier (ContactIdentifierId, Identifier, ContactId, SourceId, "
		. "CreationDate, ModificationDate) VALUES ('race', '9000', 90000, 1, '2026-01-01', "
			. "'2026-01-01');
	INSERT INTO Address (ContactId, BrandId, ContactAddressTypeId, Email, EmailNormal, "
		. "CreationDate, ModificationDate)
	VALUES (90000, 1, 1, 'race\@example.com', 'race\@example.com', '2026-01-01',
		'2026-01-01')");
$rival->do('COMMIT');
is($w->became($receipt)->{outcome}, 'done', 'then it is done');
is(buyer($order), 90000, 'and found the account');
my @pairs;
for my $i (1 .. 25) {
	my $o = order(email => "pair$i\@example.com");
	my $c = customer(id => 10000 + $i, email => "Pair$i\@example.com");
	my @both = (['Shopify/Customer/Insert', $c], ['Shopify/Order/Insert', $o],
		['Shopify/Order/Insert', order(email => "pair$i\@example.com")]);
	$w->queue(@$_) for $i % 2 ? @both : reverse @both;
	push @pairs, [$c, $o];
}
$w->take;
ok($s->settled, 'accounts and guests of the same addresses, by several workers');
is(join(' ',
	sort { $a <=> $b } map {
		scalar @{ $w->rows(
			"SELECT DISTINCT ContactId FROM ContactIdentifier WHERE Identifier IN ('"
			. $_->[0]{id} . "', 'email:" . lc($_->[0]{email}) . "')") } } @pairs),
			join(' ', (1) x 25), 'are one contact each')
	or diag($s->value("SELECT GROUP_CONCAT(DISTINCT CONCAT(state, ' ', reason_class, ' ', "
		. "reason) SEPARATOR '\n') FROM api_message WHERE state NOT IN (3)"));
is(value("SELECT COUNT(*) FROM PurchaseHeader h JOIN Address a ON a.ContactId = h.ContactId WHERE "
	. "a.Email LIKE 'pair%' AND a.ContactAddressTypeId = 1"), 50, 'with both orders');
is(value('SELECT COUNT(*) FROM api_contact_lock'), 0, 'nothing is left of the waiting');

# ------------------------------------------------------------------ what an order lends its
# customer
my $names = sub { one("SELECT FirstName, LastName, Email FROM Contact LEFT JOIN Address a ON "
	. "a.ContactId = Contact.ContactId AND a.ContactAddressTypeId = 1 WHERE Contact.ContactId "
		. "= " . who($_[0])) };
done('Shopify/Order/Insert', order(customer => { id => 300 }, email => 'lent@example.com',
	billing_address => { first_name => 'Len', last_name => 'Dee' }),
	"a customer's object of its id alone");
is($names->(300), 'Len|Dee|lent@example.com', 'takes names and e-mail from the order');
done('Shopify/Order/Insert', order(customer => { id => 300 }, email => 'gift@example.com',
	billing_address => { first_name => 'Aunt', last_name => 'Em' }),
	'an order to somebody else\'s bill');
is($names->(300), 'Len|Dee|lent@example.com', 'changes nothing');
done('Shopify/Order/Insert',
	order(customer => { id => 301, first_name => undef, last_name => '', email => '' },
		contact_email => 'contact@example.com', billing_address => { first_name => 'Con',
			last_name => 'Tact' }), 'an object that has all of it empty');
is($names->(301), 'Con|Tact|contact@example.com', 'too');
done('Shopify/Order/Insert',
	order(customer => { id => 302, last_name => 'Only', email => 'own@example.com' },
		email => 'other@example.com', billing_address => { first_name => 'Not',
			last_name => 'Me' }), 'one that has a name');
is($names->(302), 'NULL|Only|own@example.com', 'keeps its own');
done('Shopify/Customer/Insert', customer(id => 303, first_name => undef, last_name => undef,
	email => undef, phone => '+33600000303'), 'a customer who gave a number only');
done('Shopify/Order/Insert', order(customer => { id => 303 }, email => 'later@example.com',
	billing_address => { first_name => 'La', last_name => 'Ter' }), 'and then ordered');
is($names->(303), 'La|Ter|later@example.com', 'has what was missing');
done('Shopify/Order/Insert', order(customer => { id => 304 }), 'an order that knows no more');
is($names->(304), 'NULL|NULL|NULL', 'lends nothing');

# A consent by SMS brings the number.
my $mobile = sub { one("SELECT MobilePhoneNumber, MobilePhoneOptin FROM Address WHERE "
	. "ContactAddressTypeId = 1 AND ContactId = " . who($_[0])) };
done('Shopify/Customer/Insert', customer(id => 310, email => 'sms@example.com'),
	'a customer without a number');
done('Shopify/Customer/Update', { id => 310, phone => '+33600000001',
	sms_marketing_consent => { state => 'subscribed',
		consent_updated_at => '2026-11-03T00:00:00Z' } }, 'agrees by SMS');
is($mobile->(310), '+33600000001|1', 'and has one');
done('Shopify/Customer/Update', { id => 310, phone => '+33600000002',
	sms_marketing_consent => { state => 'unsubscribed',
		consent_updated_at => '2026-11-04T00:00:00Z' } }, 'another number');
is($mobile->(310), '+33600000001|0', 'replaces none');
done('Shopify/Customer/Update', customer(id => 311, email => 'sms2@example.com',
	sms_marketing_consent => { state => 'subscribed', phone => '+33600000003' }),
	'a number inside the consent');
is($mobile->(311), '+33600000003|1', 'is one as well');
done('Shopify/Customer/Update', { customer_id => 312, phone => '+33600000004',
	sms_marketing_consent => { state => 'subscribed' } }, 'of somebody whom nobody knew');
is($mobile->(312), '+33600000004|1', 'too');
done('Shopify/Customer/Update', { customer_id => 312, email_address => 'new@example.com',
	email_marketing_consent => { state => 'subscribed' } }, 'a consent by e-mail');
is(value('SELECT Email FROM Address WHERE ContactId = ' . who(312)), 'new@example.com',
	'brings the address');

# ------------------------------------------------------------------ a redaction of one customer
# leaves another alone
my %kept = (email => 'family@example.com');
done('Shopify/Customer/Insert', customer(id => 401, %kept), 'a customer');
done('Shopify/Order/Insert', my $guest = order(email => 'family@example.com'),
	'whose guest order joined');
done('Shopify/Customer/Insert', customer(id => 402, %kept, first_name => 'Bea'),
	'another of the same address');
sub state_of { my ($r) = $s->sql("SELECT state, reason_class, SHA2(body, 256), SHA2(headers, 256) "
	. "FROM api_message WHERE receipt = x'$_[0]'"); return "@$r" }
# One that waits, one that is dead, one that nothing handles, one that is done, of a customer.
sub deliveries {
	my ($id) = @_;
	my %r = (waits => $w->queue('Shopify/Order/Insert', order(customer => { id => $id, %kept },
		%kept), query => '&secondsOfInvisibility=86400'),
		dead => $w->queue('Shopify/Order/Insert', order(customer => { id => $id, %kept },
			%kept, currency => 'EURO')),
		unrouted => $w->queue('Shopify/Refund/Insert',
			{ id => ++$n, customer_id => $id, note => 'family@example.com' }),
		done => $w->queue('Shopify/Customer/Update',
			customer(id => $id, %kept, updated_at => '2026-11-05T00:00:00Z')),
		numbers => $w->queue('Shopify/Customer/Update',
			{ customer_id => $id, email_address => 'family@example.com',
				email_marketing_consent => { state => 'subscribed' } },
				query => '&secondsOfInvisibility=86400'));
	splice @{ $w->{sent} };
	is($w->became($r{$_})->{outcome}, $_, "a delivery of $id that is $_")
		for qw(dead unrouted done);
	return %r;
}
my (%own, %others);
%own = deliveries(402);
%others = deliveries(401);
# An order that the request names, and that is another customer's by now.
my $moved = order(customer => { id => 401, %kept }, %kept);
$others{'of a named order'} = $w->queue('Shopify/Order/Update', $moved,
	query => '&secondsOfInvisibility=86400');
my %was = map { $_ => state_of($others{$_}) } keys %others;
my $first = who(401);
my $rows = join '|', map { @{ $w->rows($_) } } "SELECT * FROM Contact WHERE ContactId = $first",
	"SELECT * FROM Address WHERE ContactId = $first ORDER BY AddressId",
	"SELECT * FROM ContactIdentifier WHERE ContactId = $first ORDER BY 1",
	"SELECT * FROM PurchaseHeader WHERE ContactId = $first ORDER BY 1";
$receipt = $w->queue('Shopify/Compliance/Redact', { shop_id => 1, shop_domain => 'x.example',
	customer => { id => 402, %kept }, orders_to_redact => [$moved->{id}] });
ok($s->until_is(2, "SELECT state FROM api_privacy WHERE receipt = x'$receipt'"),
	'one of the two is redacted');
is(who(402), 0, 'and gone');
like(state_of($own{$_}), qr/^(?:7 erased|3 ) ?/, "with its delivery: $_") for sort keys %own;
is($s->value("SELECT COUNT(*) FROM api_message WHERE OCTET_LENGTH(body) > 0 AND receipt IN ("
	. join(', ', map { "x'$_'" } values %own) . ')'), 0, 'nothing of them is left');
is(state_of($others{$_}), $was{$_}, "the other's delivery is as it was: $_") for sort keys %others;
is(join('|', map { @{ $w->rows($_) } } "SELECT * FROM Contact WHERE ContactId = $first",
	"SELECT * FROM Address WHERE ContactId = $first ORDER BY AddressId",
	"SELECT * FROM ContactIdentifier WHERE ContactId = $first ORDER BY 1",
	"SELECT * FROM PurchaseHeader WHERE ContactId = $first ORDER BY 1"), $rows,
	'so are its rows, the guest\'s with them');
$s->sql("UPDATE api_message SET visible_at = UTC_TIMESTAMP(6) WHERE receipt = x'$others{waits}'");
is($w->became($others{waits})->{outcome}, 'done', 'what waited is done when its time comes');

# An admin's erasure leaves what can still have an effect for another, and says how much.
done('Shopify/Customer/Insert', customer(id => 403, %kept, first_name => 'Cid'), 'a third');
%others = deliveries(401);
%was = map { $_ => state_of($others{$_}) } keys %others;
like($w->admin('contact erase C1 A1 --yes --source-id 1 --identifier 403'),
	qr/^Messages left:\s+[1-9]/m, 'an admin erases one');
is(state_of($others{$_}), $was{$_}, "another's delivery is as it was: $_")
	for qw(waits dead unrouted numbers);
is(who(401) . who(403), $first . 0, 'and so is the other');

is($s->stop, 0, 'the daemon ends well');
done_testing();
