# One mailbox in several spellings is one guest, whoever tells of it; searches, exports, erasures
# and
# redactions find it by each; mails have what was given. Texts are stored without outer blanks.
use strict;
use warnings;
use utf8;
use Test::More;
use Digest::SHA qw(sha256_hex);
use Encode qw(encode_utf8);
use JSON::PP;
use Time::HiRes qw(sleep);
use Unicode::Normalize qw(NFC NFD);
use World;

binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output;
my $w = World->start;
my $s = $w->{s};
$w->source(1, $_) for 2 .. 6;
$s->sql("INSERT INTO api_token (alias_id, token_hash, rights, created_at) VALUES (1, x'" .
	sha256_hex('address-token') . "', 'webhook,club', '2026-01-01')");
my %token = ('X-Crm360Api-Token' => 'address-token', 'X-Crm360Api-CustomerName' => 'C1',
	'X-Crm360Api-DatabaseAlias' => 'A1');
my $json = JSON::PP->new->utf8;

sub value { return $w->value($_[0]) }
sub rows { return join "\n", @{ $w->rows($_[0]) } }
sub is_done { my ($r, $name) = @_; is($r->{outcome}, 'done', $name) or diag($r->{reason});
	return $r }

my $id = 5000;
# An order of a guest; more: members beside.
sub order {
	my ($email, %more) = @_;
	return { id => ++$id, name => "#$id", currency => 'EUR', financial_status => 'paid',
		total_price => '10.00', total_tax => '0.00', total_discounts => '0.00',
		email => $email,
		taxes_included => JSON::PP::true, created_at => '2026-03-01T10:00:00Z',
		customer => undef,
		updated_at => '2026-03-01T10:00:00Z', discount_codes => [], shipping_lines => [],
		line_items => [{ id => $id * 10, variant_id => 11, product_id => 10, sku => 'A',
			name => 'Cup',
			quantity => 1, price => '10.00', tax_lines => [],
			discount_allocations => [] }], %more };
}
sub ordered { my ($email, %o) = @_; return $w->post('Shopify/Order/Insert', order($email), %o) }

# The command-line tool; (exit code, what it printed).
sub admin {
	my (@args) = @_;
	my $line = join ' ', map { "'" . s/'/'\\''/gr . "'" } map { encode_utf8($_) } @args;
	my $out = eval { $w->admin($line) };
	return defined $out ? (0, $out) : (1, $@);
}
sub found {
	my ($email) = @_;
	my ($code, $out) = admin(qw(contact find C1 A1 --json --email), $email);
	return $code ? 'nobody' : join ' ',
		map { $_->{ContactId} } @{ $json->decode($out)->{Contacts} };
}

# ------------------------------------------------------------------ guests, in many scripts
my %mailboxes = (
	'zoe@xn--mller-beispiel-gsb.example' => ['zoe@müller-beispiel.example',
		'zoe@xn--mller-beispiel-gsb.example', NFD('zoe@müller-beispiel.example'),
		'ZOE@MÜLLER-BEISPIEL.EXAMPLE', "\x{a0}Zoe\@müller-Beispiel.example\x{200b}",
		'zoe@XN--MLLER-BEISPIEL-GSB.example', 'zoe@müller-beispiel。example'],
	NFC('οδοσ@xn--nxasmm1c.example') => ['οδος@βόλος.example',
		'ΟΔΟΣ@ΒΌΛΟΣ.example' =~ s/ΒΌΛΟΣ/βόλος/r,
		NFD('οδος@βόλος.example')],
	'андрей@xn--e1aybc.xn--p1ai' => ['андрей@тест.рф',
		'АНДРЕЙ@ТЕСТ.РФ', NFD('андрей@тест.рф')],
	NFC('việt@xn--vit-5kz.example') => [NFC('việt@việt.example'),
		NFD('VIỆT@VIỆT.example')],
	'love@i❤.ws' => ['love@i❤.ws', 'Love@xn--i-7iq.ws'],
);
my $purchases = 0;
for my $normal (sort keys %mailboxes) {
	my @spellings = @{ $mailboxes{$normal} };
	is_done(ordered($_), "a guest's order: $_") for @spellings;
	$purchases += @spellings;
	is(rows("SELECT COUNT(*), COUNT(DISTINCT ContactId) FROM PurchaseHeader WHERE ContactId IN
		(SELECT ContactId FROM ContactIdentifier WHERE Identifier = 'email:$normal')"),
		@spellings . '|1',
		"$normal: all of one contact");
	my $contact =
		value("SELECT ContactId FROM ContactIdentifier WHERE Identifier = 'email:$normal'");
	is(rows("SELECT Identifier FROM ContactIdentifier WHERE ContactId = $contact"),
		"email:$normal",
		'with one identifier');
	is(found($_), $contact, "contact find: $_") for @spellings;
	my $given = value("SELECT Email FROM Address WHERE ContactId = $contact AND "
		. "ContactAddressTypeId = 1");
	(my $last = $spellings[-1]) =~ s/^\x{a0}|\x{200b}$//g;
	is($given, $last, 'the address is kept as it was given last');
	is(value('SELECT EmailNormal FROM Address WHERE Email IS NOT NULL AND '
		. "ContactId = $contact"), $normal, 'its normal form beside it');
}
is(rows('SELECT (SELECT COUNT(*) FROM Contact), (SELECT COUNT(*) FROM PurchaseHeader)'),
	keys(%mailboxes) . "|$purchases", 'nobody else came');
is_done(ordered('zoé@müller-beispiel.example'), 'another mailbox');
is(value("SELECT COUNT(*) FROM Contact"), 1 + keys %mailboxes, 'is another guest');
is(found('zoë@müller-beispiel.example'), 'nobody', 'a third one is nobody');

# ------------------------------------------------------------------ every way in
sub guest_of { my ($source) = @_; return value("SELECT ContactId FROM ContactIdentifier WHERE "
	. "SourceId = $source AND Identifier LIKE 'email:%'") }
sub contacts_of { my ($source) = @_;
	return value(
		"SELECT COUNT(DISTINCT ContactId) FROM ContactIdentifier WHERE SourceId = $source")
		}

is_done(ordered('jo@straße.example', source => 2), 'a guest of another Source');
my $jo = guest_of(2);
is_done($w->post('Shopify/Customer/Insert', { id => 900, first_name => 'Jo', last_name => 'Lee',
	email => 'JO@xn--strae-oqa.example', updated_at => '2026-03-02T10:00:00Z' }, source => 2),
	'who registers');
is(contacts_of(2), 1, 'is one contact');

is_done(ordered('jo@straße.example', source => 3), 'a guest of a third');
is_done($w->post('Magento/Newsletter/Update', { Addresses => [{ Email => ' JO@STRAẞE.example ',
	EmailOptin => JSON::PP::true }] }, source => 3), 'a subscriber of Magento');
is(contacts_of(3), 1, 'is one contact');
is_done($w->post('Magento/Contact/Insert', { Identifiers => [{ Identifier => 'EMAIL' }],
	LastName => 'Lee',
	Addresses => [{ Email => 'jo@xn--strae-oqa.example' }] }, source => 3),
	'a customer of Magento');
is(contacts_of(3), 1, 'joins it');

is_done(ordered('jo@straße.example', source => 4), 'a guest of a fourth');
my $set = $w->request('POST', '/Bonduelle/Club/SetContact?SourceId=4',
	{ DrupalId => '77', FirstName => 'Jo',
	Addresses => [{ Email => "\x{2003}jo\@xn--strae-oqa.example " }] }, %token);
is($set->{status}, 200, 'a member of the club joins it') or diag($set->{content});
is($set->{json}{Addresses}[0]{Email}, 'jo@xn--strae-oqa.example', 'whose address loses its blanks');
is(contacts_of(4), 1, 'is one contact');

is_done(ordered('jo@straße.example', source => 5), 'a guest of a fifth');
$w->admin('user add C1 A1 box --rights webhook --password-file -', 'box-canary');
my $form = 0;
sub adictiz {
	my ($data) = @_;
	my $r = $w->request('POST',
		'/ProcessManagement/Connector/Adictiz/AdictizCampaignParticipation/Add?'
		. 'customerName=C1&databaseAlias=A1&login=box&password=box-canary'
		. '&adictizSourceId=5',
		{ timestamp => 1539704351 + ++$form, request_id => "form-$form",
			event_type => 'FormSubscribe',
		data => { operation_id => 'op', user_id => 'u1', %$data } });
	return $w->became($r->{json}{Receipt});
}
is_done(adictiz({ email => 'Jo@STRAẞE.example', lastname => "\x{a0}Lee\x{3000}" }),
	'a participant');
is(contacts_of(5), 1, 'is the guest');
is_done(adictiz({ lastname => " \x{a0}", firstname => 'Jo' }), 'a form with nothing but blanks');
is(rows('SELECT FirstName, LastName FROM Contact WHERE ContactId = ' . guest_of(5)), 'Jo|Lee',
	'takes nothing away');
is_done(adictiz({ user_id => 'u2' }), 'a participant who does not say who');
is_done(adictiz({ user_id => 'u2', email => 'jo@xn--strae-oqa.EXAMPLE' }), 'and then does');
is(value("SELECT COUNT(DISTINCT ContactId) FROM MarketingParticipant WHERE SourceId = 5 AND "
	. "DeletionFlag = 0"), 1,
	'is the guest, too');

is_done($w->post('Standard/ContactIdentifier/Insert', { Identifier => 'email:Jo@STRAẞE.example',
	ContactId => $jo }, source => 6, headers => \%token), "Standard: a guest's identifier");
is(rows('SELECT Identifier, ContactId FROM ContactIdentifier WHERE SourceId = 6'),
	"email:jo\@xn--strae-oqa.example|$jo", 'has the normal form');
is_done(ordered('jo@straße.example', source => 6), 'whose order');
is(contacts_of(6), 1, 'is of that contact');
is_done($w->post('Standard/Address/Insert',
	{ ContactExternalKey => { Identifier => 'email:JO@straße.example' },
	City => 'Bonn', Email => 'JO@Straße.example' }, source => 6, headers => \%token),
	'and who is named in another spelling');
is(rows("SELECT Email, EmailNormal FROM Address WHERE City = 'Bonn'"),
	'JO@Straße.example|jo@xn--strae-oqa.example', 'gets the address');
is_done($w->post('Standard/Address/Update',
	{ ContactExternalKey => { Identifier => 'email:jo@straße.example' },
	Email => undef }, source => 6, headers => \%token), 'an address that goes');
is(rows("SELECT Email, EmailNormal FROM Address WHERE City = 'Bonn'"), 'NULL|NULL',
	'takes its normal form away');
my %refused = (
	'the normal form is the service\'s' => ['Address',
		{ ContactId => $jo, EmailNormal => 'x@example.org' },
		qr/^EmailNormal is kept by the service; leave it out\.$/],
	'in any case' => ['Address', { ContactId => $jo, emailnormal => undef },
		qr/emailnormal is kept by the service/],
	'and no suggestion' => ['Address', { ContactId => $jo, EmailNorma => 1 },
		qr/^EmailNorma is no property of Address(?!.*EmailNormal\?)/],
	'so is a duplicate\'s identifier' => ['ContactIdentifier',
		{ ContactId => $jo, Identifier => 'email:DUPLICATE a@b.example 5' },
		qr/^Identifier begins with email:DUPLICATE, as only what the service makes itself may\.$/],
);
for my $what (sort keys %refused) {
	my ($entity, $body, $reason) = @{ $refused{$what} };
	my $r = $w->post("Standard/$entity/Insert", $body, source => 6, headers => \%token);
	is($r->{outcome}, 'dead', $what);
	like($r->{reason}, $reason, "$what: the reason");
}
is_done($w->post('Magento/Contact/Insert',
	{ Identifiers => [{ Identifier => "email:DUPLICATE jo\@b.example $jo" }],
	LastName => 'Sly' }, source => 6), 'Magento: a customer of such a name');
is(value("SELECT COUNT(*) FROM ContactIdentifier WHERE Identifier LIKE 'email:DUPLICATE %'"), 0,
	'takes nobody\'s place');

# ------------------------------------------------------------------ one that is longer than its
# column
my $long = ('a' x 60) . '@' . join('.', ('b' x 60) x 3) . '.example';
is_done(ordered($long), 'a guest of an address of 251 letters');
is_done(ordered(uc $long), 'once more');
is(rows("SELECT COUNT(DISTINCT ContactId) FROM PurchaseHeader h JOIN Address a USING (ContactId) "
	. "WHERE a.Email = '$long'"),
	1, 'is one guest');
isnt(found(ucfirst $long), 'nobody', 'and is found');

# ------------------------------------------------------------------ recipients
$w->admin(encode_utf8("mail-allow add C1 A1 'Boss\@BÜCHER.example'"));
my $to = join ',', map { my $a = encode_utf8($_);
	$a =~ s/([^A-Za-z0-9])/sprintf '%%%02X', ord $1/ger }
	'boss@bücher.example', "\x{a0}BOSS\@xn--bcher-kva.example ", NFD('boss@bücher.example');
my $mailed = $w->post('Shopify/Order/Insert', order('to@example.org'), query => "&Email=$to");
is_done($mailed, 'recipients that are one mailbox, which is allowed in another spelling');
is($s->value('SELECT email FROM api_message ORDER BY id DESC LIMIT 1'),
	'boss@xn--bcher-kva.example', 'get one mail, to what was given first');

# ------------------------------------------------------------------ outer blanks
my $order = order('blank@example.org', phone => "\x{feff} +33 6 12 \x{a0}",
	billing_address => { first_name => "\x{a0}Ana\x{200b}",
		last_name => "\x{3000}Do\x{a0}Lee\x{2009}",
		address1 => "\t1 rue A\r\n", address2 => " \x{a0}\x{2003}", city => "\x{2028}Lyon",
		zip => ' 69001 ',
		company => "\x{3000}", country_code => 'FR' }, note => '  ');
$order->{line_items}[0]{sku} = ' A 1';
$order->{line_items}[0]{name} = "\x{a0}Cup ";
is_done($w->post('Shopify/Order/Insert', $order), 'an order with blanks around its texts');
my $ana = found('blank@example.org');
is(rows("SELECT CONCAT('<', FirstName, '>'), CONCAT('<', LastName, '>') FROM Contact WHERE "
	. "ContactId = $ana"),
	"<Ana>|<Do\x{a0}Lee>", 'names');
is(rows("SELECT CONCAT('<', Address1, '>'), Address2, Address3, CONCAT('<', PostCode, '|', City, "
	. "'>') FROM Address
	WHERE ContactId = $ana AND ContactAddressTypeId = 2"), '<1 rue A>|NULL|NULL|<69001|Lyon>',
	'an address');
is(value("SELECT CONCAT('<', MobilePhoneNumber, '>') FROM Address WHERE ContactId = $ana AND "
	. "ContactAddressTypeId = 1"),
	'<+33 6 12>', 'a phone');
is(value("SELECT CONCAT('<', Sku, '>') FROM PurchaseDetail WHERE Sku LIKE '%A 1'"), '< A 1>',
	'a code is what its sender says');
is_done($w->post('Standard/Case/Insert', { CaseIdentifier => ' c1 ', Label => "\x{a0}Lost\x{a0}",
	Description => "\n\x{3000}gone\n",
	}, headers => \%token), 'Standard');
is(rows("SELECT CONCAT('<', CaseIdentifier, '>'), CONCAT('<', Label, '>'), CONCAT('<', "
	. "Description, '>') FROM `Case`"),
	'< c1 >|<Lost>|<gone>', 'texts lose their blanks, identifiers do not');
is_done($w->post('Standard/Case/Update', { CaseIdentifier => ' c1 ', Label => "\x{2003}",
	Description => "\x{200b}" },
	headers => \%token), 'nothing but blanks');
is(rows('SELECT Label, Description FROM `Case`'), 'NULL|NULL', 'is nothing');
is_done($w->post('Standard/Case/Update',
	{ CaseIdentifier => ' c1 ', Label => (' ' x 300) . ('x' x 200) . (' ' x 300) },
	headers => \%token), 'blanks do not count');
is(value('SELECT CHAR_LENGTH(Label) FROM `Case`'), 200, 'towards the length');
is_done($w->post('Magento/Contact/Insert', { Identifiers => [{ Identifier => '8' }],
	FirstName => " \x{a0}Bo ",
	LastName => "\x{a0}" }), 'Magento');
is(rows("SELECT CONCAT('<', FirstName, '>'), LastName FROM Contact WHERE FirstName LIKE '%Bo%'"),
	'<Bo>|NULL', 'likewise');
$set = $w->request('POST', '/Bonduelle/Club/SetContact?SourceId=1',
	{ DrupalId => '9', FirstName => "\x{a0}Cy\x{2003}",
	LastName => " \x{3000}", Addresses => [{ City => "\x{a0}Nice ", Email => "\x{a0}" }] },
	%token);
is_deeply([@{ $set->{json} }{qw(FirstName LastName)},
	@{ $set->{json}{Addresses}[0] }{qw(City Email)}],
	['Cy', undef, 'Nice', undef], 'the club');

# ------------------------------------------------------------------ exports, erasures, redactions
my $zoe = found('zoe@müller-beispiel.example');
for my $spelling (@{ $mailboxes{'zoe@xn--mller-beispiel-gsb.example'} }) {
	my ($code, $out) = admin(qw(contact export C1 A1 --email), $spelling);
	my $document = $code ? {} : $json->decode($out);
	is($document->{Entities}{Contacts}[0]{ContactId}, $zoe, "contact export: $spelling");
	is(scalar @{ $document->{Messages} // [] }, 7,
		'all of the messages, however they spell it');
	is($document->{Entities}{Addresses}[0]{EmailNormal}, 'zoe@xn--mller-beispiel-gsb.example',
		'and the normal form');
}

# Whether anything of a mailbox is left in the databases, messages included.
sub left {
	my ($words) = @_;
	my $bodies = $s->value("SELECT COUNT(*) FROM api_message WHERE CONVERT(body USING "
		. "utf8mb4) REGEXP '$words'");
	my $rows = value("SELECT (SELECT COUNT(*) FROM Address WHERE CONCAT(Email, ' ', "
		. "EmailNormal) REGEXP '$words') + (SELECT COUNT(*) FROM ContactIdentifier WHERE "
			. "Identifier REGEXP '$words')");
	return "$bodies $rows";
}

my $n = 0;
for my $given (0, 3) {
	my @spellings = map { s/zoe/"eva$n"/ier } @{
		$mailboxes{'zoe@xn--mller-beispiel-gsb.example'} };
	for my $by (0 .. $#spellings) {
		my @of = map { s/eva\d*/"eva$n"/ier } @spellings;
		is_done(ordered($of[$given]), "a guest: $of[$given]");
		is_done(ordered($of[2]), 'and an order in another spelling');
		isnt(left("eva$n"), '0 0', 'is there');
		my ($code, $out) = admin(qw(contact erase C1 A1 --yes --email), $of[$by]);
		is($code, 0, "is erased by $of[$by]") or diag($out);
		is(left("(?i)eva$n"), '0 0', 'nothing is left');
		my $r = $w->post('Shopify/Order/Insert',
			order($of[$by], updated_at => '2026-02-01T10:00:00Z'));
		is($r->{outcome}, 'superseded', 'a late delivery in any spelling')
			or diag($r->{reason});
		is(value("SELECT COUNT(*) FROM ContactIdentifier WHERE Identifier REGEXP "
			. "'(?i)eva$n'"), 0, 'brings nobody back');
		$n++;
	}
}

# A shop asks, by an address alone.
for my $spelling (@{ $mailboxes{'андрей@xn--e1aybc.xn--p1ai'} }) {
	is_done($w->post('Shopify/Order/Insert',
		order('андрей@тест.рф', updated_at => '2099-01-01T00:00:00Z')),
		'a guest anew') if found($spelling) eq 'nobody';
	my $before = $s->value('SELECT COALESCE(MAX(privacy_id), 0) FROM api_privacy');
	is_done($w->post('Shopify/Compliance/Redact', { shop_id => 1, shop_domain => 'x.example',
		orders_to_redact => [],
		customer => { email => $spelling } }), "a redaction of $spelling");
	ok($s->until_is(2, "SELECT MAX(state) FROM api_privacy WHERE privacy_id > $before"),
		'is done');
	is(found($spelling), 'nobody', 'nobody is left');
	is(left('(?i)андрей'), '0 0', 'nor what was sent');
	is(left('тест'), '0 0', 'in any spelling');
}

$w->stop;
done_testing();
