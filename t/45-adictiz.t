# Adictiz through nginx and the daemon: Add and the three lists, access, what a user may see,
# repeated requests, several forms of one participant, floods of logins, no secret anywhere.
use strict;
use warnings;
use utf8;
use Test::More;
use JSON::PP;
use POSIX ();
use Time::HiRes qw(sleep);
use World;

binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output;
my $w = World->start(tenant => { time_zone => "'Europe/Paris'" },
	fcgi => { CUSTOMERAPI_FCGI_TRUSTED_PROXIES => '127.0.0.1',
		CUSTOMERAPI_LOG_LEVEL => 'debug' },
	nginx => sub {
		s{^\s*limit_(?:conn|req) .*\n}{}mg
			});	# here nginx is behind a proxy, whose address all clients have
my $base = '/ProcessManagement/Connector/Adictiz/';
$w->source($_, 5, timestamp_tolerance_s => 0) for 1, 2;
$w->source(1, 6, timestamp_tolerance_s => 300);
$w->source(1, 7, enabled => 0);
$w->sql(<<'SQL');
INSERT INTO Zone (ZoneId, Label, HierarchyNode, HierarchyLevel, ZoneHierarchyLabel, DeletionFlag,
	CreationDate, ModificationDate) VALUES
	(2, 'West "quoted"', '/1/1/', 2, 'Main > West', 0, '2026-01-01', '2026-01-01'),
	(3, 'Gone', '/1/2/', 2, NULL, 1, '2026-01-01', '2026-01-01'),
	(4, NULL, NULL, NULL, NULL, 0, '2026-01-01', '2026-01-01');
INSERT INTO Brand (BrandId, Label, HierarchyLevel, BrandPath, DeletionFlag, CreationDate,
	ModificationDate) VALUES
	(2, 'Bonne', 1, 'Bonne', 0, '2026-01-01', '2026-01-01'),
	(3, 'Old', 1, 'Old', 1, '2026-01-01', '2026-01-01');
SQL
my %password = (box => 'canary-box-é&=+', west => 'canary-west-1', clubber => 'canary-clubber',
	other => 'canary-other-1', far => 'canary-far-12');
my $utf8 = sub { my $s = shift; utf8::encode($s); $s };
$w->admin('user add C1 A1 box --rights webhook --password-file -', $utf8->($password{box}));
$w->admin('user add C1 A1 west --rights webhook --zone 2,3 --brand 2 --password-file -',
	$password{west});
$w->admin('user add C1 A1 clubber --rights club --password-file -', $password{clubber});
$w->admin('user add C2 A2 other --rights webhook --password-file -', $password{other});
$w->admin('user add C1 A1 far --rights webhook --allow-ip 35.241.193.158,2001:db8::/32 '
	. '--password-file -', $password{far});
my $token = decode_json($w->admin('token create C1 A1 --rights webhook --json'))->{Token};
my $west_token =
	decode_json($w->admin('token create C1 A1 --rights webhook --user west --json'))->{Token};
my @headers = ('X-Crm360Api-CustomerName' => 'C1', 'X-Crm360Api-DatabaseAlias' => 'A1');

sub query {
	my (%q) = @_;
	return join '&', map { my $v = $utf8->($q{$_});
		$v =~ s/([^A-Za-z0-9])/sprintf '%%%02X', ord $1/ge; "$_=$v" } sort keys %q;
}
sub who { my ($login, %more) = @_;
	return query(customerName => 'C1', databaseAlias => 'A1', login => $login,
		password => $password{$login} // 'canary-none', %more) }
my $said = '';	# all that was answered
sub heard { my ($r) = @_; $said .= join "\n", $r->{content}, %{ $r->{headers} // {} }, '';
	return $r }
sub ask { my ($list, $query, %h) = @_;
	return heard($w->request('GET', "${base}AdictizCampaignRefData/$list"
		. ($query eq '' ? '' : "?$query"), undef, %h)) }
sub ids { my ($r) = @_;
	return ref $r->{json} eq 'ARRAY' ? join ' ', map { $_->{Id} } @{ $r->{json} }
		: "$r->{status} $r->{content}" }
sub add { my ($body, $query, %h) = @_;
	return heard($w->request('POST', "${base}AdictizCampaignParticipation/Add?"
		. ($query // who('box', adictizSourceId => 5)), $body, %h)) }
my $n = 0;
sub form { my ($data, %envelope) = @_;
	return { timestamp => 1539704351, request_id => 'request-' . ++$n,
		event_type => 'FormSubscribe',
		data => { user_id => 'u1', operation_id => '5bc605e34be94bb251285bb7', %$data },
		%envelope } }
sub added { my (@args) = @_; my $r = add(@args);
	return $r->{status} == 202 ? $w->became($r->{json}{Receipt}) : { outcome => $r->{status},
		class => '', reason => $r->{content} } }
sub faults { my ($r) = @_;
	return join '; ', map { "$_->{field} $_->{message}" } @{ $r->{json}{errors} // [] } }
sub one { return $w->rows(@_)->[0] }

# ---------------------------------------------------------------- the lists

my $r = ask('ListZone', who('box'));
is($r->{status}, 200, 'ListZone');
is_deeply($r->{json}, [{ Id => 1, Label => 'Main', Level => 1, Path => 'Main' },
	{ Id => 2, Label => 'West "quoted"', Level => 2, Path => 'Main > West' },
	{ Id => 4, Label => undef, Level => undef, Path => undef }],
	'all zones but deleted ones');
is_deeply(ask('ListBrand', who('box'))->{json},
	[{ Id => 1, Label => 'Main', Level => 1, Path => 'Main' },
		{ Id => 2, Label => 'Bonne', Level => 1, Path => 'Bonne' }], 'ListBrand');
is_deeply(ask('ListAddressType', who('box'))->{json},
	[{ Id => 1, Label => 'Main' }, { Id => 2, Label => 'Billing' },
		{ Id => 3, Label => 'Delivery' }], 'ListAddressType');
is(ids(ask('ListZone', who('west'))), '2',
	'a user sees the zones that are allowed, deleted ones not even then');
is(ids(ask('ListBrand', who('west'))), '2', 'and brands');
is(ids(ask('ListAddressType', who('west'))), '1 2 3', 'address types are everybody\'s');
is(ids(ask('listzone', who('box') =~ s/customerName/CUSTOMERNAME/r =~ s/password/PassWord/r)),
	'1 2 4', 'letter case does not matter');
is(ids(ask('ListZone', '', @headers, 'X-Crm360Api-Token' => $token)), '1 2 4',
	'the three headers work too');
is(ids(ask('ListZone', '', @headers, 'X-Crm360Api-Token' => $west_token)), '2',
	'a user\'s token sees what the user sees');
is(ids(ask('ListZone', '', 'X-Crm360Api-ApiKey' => $token)) . '/'
	. ids(ask('ListZone', '', 'X-Crm360Api-ApiKey' => $west_token)), '1 2 4/2',
	'alone in one header as well');
is(ask('ListZone', '', 'X-Crm360Api-ApiKey' => 'none')->{status}, 401, 'a wrong one is none');
is(ask('ListZone', 'customerName=Other&databaseAlias=A1', 'X-Crm360Api-ApiKey' => $token)->{status},
	401, 'nor is one of another tenant than the query names');
$w->admin('user set C1 A1 west --zone 1,4 --no-brand');
is(ids(ask('ListZone', who('west'))) . '/' . ids(ask('ListBrand', who('west'))), '1 4/1 2',
	'changed lists hold at once');
is($w->request('POST', "${base}AdictizCampaignRefData/ListZone?" . who('box'), '{}')->{status}, 405,
	'POST is no way to ask');
is(faults(ask('ListZone', who('box', ZoneId => 1))), 'ZoneId is not a parameter of this action',
	'no other parameter');
is(faults(ask('ListZone', who('box', adictizSourceId => 5))),
	'adictizSourceId is not a parameter of this action', 'not even Add\'s');

# ---------------------------------------------------------------- access

my %refused = ('no credentials' => '', 'no password' => query(customerName => 'C1',
	databaseAlias => 'A1', login => 'box'), 'an unknown login' => who('nobody'),
	'an unknown customer' => who('box', customerName => 'C9'),
	'an unknown alias' => who('box', databaseAlias => 'A9'),
	'another tenant' => who('box', customerName => 'C2', databaseAlias => 'A2'),
	'a wrong password' => who('west', password => 'canary-wrong'));
for my $what (sort keys %refused) {
	my $answer = ask('ListZone', $refused{$what});
	is($answer->{status}, 401, $what);
	is($answer->{json}{detail}, 'The credentials are missing or wrong.',
		"$what: never which part");
	is(add(form({}), "$refused{$what}&adictizSourceId=5")->{status}, 401, "$what: nor to Add");
}
is(ask('ListZone', who('box', password => 'canary-' . 'x' x 2000))->{status}, 400,
	'a password that is too long');
is(ask('ListZone', who('box') . '&password=canary-twice')->{status}, 400, 'one given twice');
is(ask('ListZone', who('box') . '&pass=canary-name')->{status}, 400, 'one under another name');
is(ask('ListZone', who('clubber'))->{status}, 403, 'a user without the right');
is(ids(ask('ListZone', query(customerName => 'C2', databaseAlias => 'A2', login => 'other',
	password => $password{other}))), '1', 'the other tenant has zones of its own');
is(ask('ListZone', who('far'))->{status}, 401,
	'from an address that is not the user\'s even the right password says nothing');
is(ask('ListZone', who('far'), 'X-Forwarded-For' => $_)->{status}, 200, "from $_ it does")
	for '35.241.193.158', '2001:db8::7';
is(ask('ListZone', who('far'), 'X-Forwarded-For' => '35.241.193.159')->{status}, 401,
	'from its neighbour it does not');
$w->admin('user set C1 A1 far --no-allow-ip');
is(ask('ListZone', who('far'))->{status}, 200, 'the list can be taken away');
$w->admin('user set C1 A1 far --no-enabled');
is(ask('ListZone', who('far'))->{status}, 401, 'and the user');
$w->admin('user set C1 A1 far --enabled --password-file -', $password{far} = 'canary-new-word');
is(ask('ListZone', who('far'))->{status}, 200, 'a new password holds at once');
is(ask('ListZone', who('far', password => 'canary-far-12'))->{status}, 401, 'the old one no more');

# ---------------------------------------------------------------- Add: a participation in its
# columns

my %data = (civility => 'Mme', lastname => 'Doé', firstname => 'Ana', email => 'Ana@Example.com',
	emailConfirmation => 'Ana@Example.com', address => '1 rue A', zipCode => '69001',
	city => 'Lyon', country => 'fr', birthday => '31/12/1980',
	deskPhone => '0478000000', mobilePhone => '0611223344', loyalty => 'L1', reglement => '1',
	newsletter => '1', optin_partner => '0', optin_mobile => 'oui', state => 'won',
	nickname => 'nick', pinterest_board => 'b', shops => 's1', session_id => 'sess',
	ip_address => '192.0.2.1', identifier => '', user_id => 'u1', language => 'fr',
	utm_source => 'us', utm_medium => 'um', utm_campaign => 'uc', utm_content => 'uo',
	utm_term => 'ut', device => 'mobile', date_operation => '2018-10-16 17:39:11',
	operation_id => '5bc605e34be94bb251285bb7', operation_name => 'Summer "game"',
	custom_1 => 'blue', custom_9 => 'nine', somethingNew => { a => [1, 2.50] });
my $first = form(\%data);
$r = add($first);
is($r->{status}, 202, 'a form is taken');
like($r->{json}{Receipt}, qr/^[0-9a-f]{32}$/, 'with a receipt');
is($r->{json}{Duplicate}, JSON::PP::false, 'as new');
my $became = $w->became($r->{json}{Receipt});
is("$became->{outcome}: $became->{reason}",
	'done: Participation of contact 1 written; its first form.', 'and written');
is(one('SELECT CivilityId, FirstName, LastName, BirthDate, BirthYear, BirthMonth, BirthDay, '
	. 'GlobalPartnerOptin, LanguageId, ZoneId, ContactTypeId, SourceStamp FROM Contact'),
	'2|Ana|Doé|1980-12-31 00:00:00.000000|1980|12|31|0|fra|1|2|2018-10-16 15:39:11.000000',
	'the contact, a prospect');
is(one('SELECT Email, EmailOptin, EmailOptinDate, Address1, PostCode, City, CountryId, '
	. 'HomePhoneNumber, MobilePhoneNumber, MobilePhoneOptin, BrandId, ContactAddressTypeId '
		. 'FROM Address'),
	'Ana@Example.com|1|2018-10-16 15:39:11.000000|1 rue '
		. 'A|69001|Lyon|FRA|0478000000|0611223344|1|1|1', 'address and opt-ins');
is(one('SELECT Identifier, SourceId FROM ContactIdentifier'), 'email:ana@example.com|5',
	'identifier');
is(one('SELECT a.Identifier, a.Label, a.ZoneId, a.SourceId, e.Identifier, e.Label, e.BrandId FROM '
	. 'MarketingAction a JOIN MarketingExecution e USING (MarketingActionId)'),
	'5bc605e34be94bb251285bb7|Summer "game"|1|5|5bc605e34be94bb251285bb7/1|Summer "game"|1',
	'campaign and execution');
is(one('SELECT p.Identifier, p.SourceId, p.ContactId, p.ParticipationDate, p.SourceStamp, '
	. 'e.Identifier FROM MarketingParticipant p JOIN MarketingExecution e USING '
		. '(MarketingExecutionId)'),
	'5bc605e34be94bb251285bb7/u1|5|1|2018-10-16 15:39:11.000000|2018-10-16 '
		. '15:39:11.000000|5bc605e34be94bb251285bb7/1',
		'participation, its date in the tenant\'s zone');
my $content = sub { my ($key) = @_;
	my $c = $w->value(
		"SELECT HEX(Content) FROM MarketingParticipant WHERE Identifier = '$key'");
		return JSON::PP->new->utf8->decode(pack 'H*', $c) };
my %kept = %data;
delete $kept{identifier};
is_deeply($content->('5bc605e34be94bb251285bb7/u1'), \%kept,
	'all that is not empty is kept: custom_N, unknown keys, what is no column');
$r = add($first);
is($r->{json}{Duplicate}, JSON::PP::true, 'the same request_id again');
is($w->{s}->value('SELECT COUNT(*) FROM api_message'), 1, 'is the same delivery');
is($w->became($r->{json}{Receipt})->{outcome}, 'done', 'with the first receipt');
is(add({ %$first }, query(customerName => 'C2', databaseAlias => 'A2', login => 'other',
	password => $password{other}, adictizSourceId => 5))->{json}{Duplicate}, JSON::PP::false,
	'another tenant\'s is another');
is($w->request('GET',
	"/ProcessManagement/Connector/Standard/Receipt/C1/A1/$r->{json}{Receipt}")->{json}{State},
	'Done', 'the receipt shows the state');

# ---------------------------------------------------------------- several forms add up, in whatever
# order

sub participant { return one("SELECT p.ContactId, c.FirstName, c.LastName, a.Email, a.City FROM "
	. "MarketingParticipant p JOIN Contact c USING (ContactId) LEFT JOIN Address a USING "
		. "(ContactId) WHERE p.Identifier = '$_[0]'") }
my $outcome = sub { my ($became, $name) = @_;
	is($became->{outcome}, 'done', $name) or diag("$became->{class}: $became->{reason}") };
$outcome->(added(form({ city => 'Paris', firstname => '', custom_2 => 'red' },
	timestamp => 1539704400)), 'a later form');
is(participant('5bc605e34be94bb251285bb7/u1'), '1|Ana|Doé|Ana@Example.com|Paris',
	'later values that are not empty win');
is_deeply([@{ $content->('5bc605e34be94bb251285bb7/u1') }{qw(city custom_1 custom_2)}],
	['Paris', 'blue', 'red'], 'values add up');
$outcome->(added(form({ city => 'Nice', firstname => 'Old', custom_3 => 'from before',
	newsletter => '0', date_operation => '2018-10-01 10:00:00' }, timestamp => 1539704000)),
	'an earlier form that comes later');
is(participant('5bc605e34be94bb251285bb7/u1'), '1|Ana|Doé|Ana@Example.com|Paris',
	'adds only what nobody said');
is_deeply([@{ $content->('5bc605e34be94bb251285bb7/u1') }{qw(city custom_3)}],
	['Paris', 'from before'], 'that it does');
is(one('SELECT EmailOptin, EmailOptinDate FROM Address WHERE ContactId = 1'),
	'1|2018-10-16 15:39:11.000000', 'an older consent does not replace a newer one');
is(one("SELECT ParticipationDate FROM MarketingParticipant WHERE Identifier = "
	. "'5bc605e34be94bb251285bb7/u1'"), '2018-10-01 08:00:00.000000',
	'the participation is of the earliest form');
$outcome->(added(form({ newsletter => 'false' }, timestamp => 1539705000)),
	'a later form whose box is not ticked');
is(one('SELECT EmailOptin FROM Address WHERE ContactId = 1'), '1', 'withdraws nothing');

$outcome->(added(form({ user_id => 'u2', custom_1 => 'x' })), 'a form that does not say who');
is(one("SELECT i.Identifier FROM MarketingParticipant p JOIN ContactIdentifier i USING "
	. "(ContactId) WHERE p.Identifier LIKE '%/u2'"), 'adictiz:5bc605e34be94bb251285bb7/u2',
	'makes a contact of its own');
$outcome->(added(form({ user_id => 'u2', email => 'ANA@example.com' }, timestamp => 1539706000)),
	'the next says who');
is(one("SELECT ContactId FROM MarketingParticipant WHERE Identifier LIKE '%/u2'"), 1,
	'it is somebody known');
is(one("SELECT DeletionFlag FROM Contact JOIN ContactIdentifier USING (ContactId) WHERE "
	. "Identifier = 'adictiz:5bc605e34be94bb251285bb7/u2'"), 1,
	'the contact of its own is given up');
$outcome->(added(form({ user_id => 'u3' })), 'another one');
$outcome->(added(form({ user_id => 'u3', email => 'new@example.com', lastname => 'New' },
	timestamp => 1539706000)), 'whom nobody knew');
is(one("SELECT COUNT(*), MAX(c.LastName), MAX(c.DeletionFlag) FROM Contact c JOIN "
	. "ContactIdentifier i USING (ContactId) WHERE i.Identifier IN "
		. "('adictiz:5bc605e34be94bb251285bb7/u3', 'email:new\@example.com')"), '2|New|0',
		'gets the name');
$outcome->(added(form({ user_id => 'u1', operation_id => 'other-campaign',
	operation_name => 'Other', email => 'ana@example.com', identifier => 'crm-1' })),
	'the same user_id in another campaign');
is(one("SELECT COUNT(*), COUNT(DISTINCT ContactId) FROM MarketingParticipant WHERE Identifier IN "
	. "('5bc605e34be94bb251285bb7/u1', 'other-campaign/u1')"), '2|1',
	'is another participation, of the same contact by e-mail');
is(one("SELECT COUNT(*) FROM ContactIdentifier WHERE Identifier = 'crm-1' AND ContactId = 1"), 1,
	'the identifier joins the guest');
$w->sql("UPDATE Contact SET SourceStamp = '2030-01-01', FirstName = 'Newer' WHERE ContactId = 1; "
	. "UPDATE Address SET MobilePhoneOptin = 0 WHERE ContactId = 1");
$outcome->(added(form({ firstname => 'Older', optin_mobile => '1' }, timestamp => 1539709000)),
	'a contact of whom something newer is known');
is(one('SELECT FirstName, MobilePhoneOptin FROM Contact JOIN Address USING (ContactId) WHERE '
	. 'ContactId = 1'), 'Newer|1', 'keeps it; the opt-in has its own date');
$outcome->(added(form({ user_id => 'future', email => 'f@example.com' }, timestamp => 4102444800)),
	'a timestamp of the future');
is(one("SELECT SourceStamp < '2099-01-01' FROM MarketingParticipant WHERE Identifier LIKE "
	. "'%/future'"), 1, 'is its arrival');
# Twenty forms at once, the workers of one daemon: the ordering key keeps them apart.
my @receipts = map { add(form({ user_id => 'crowd', email => 'crowd@example.com',
	"custom_$_" => "v$_" }, timestamp => 1539704351 + $_))->{json}{Receipt} } 1 .. 20;
is(join(' ', sort keys %{ { map { $w->became($_)->{outcome} => 1 } @receipts } }), 'done',
	'twenty forms of one participant');
my $crowd = $content->('5bc605e34be94bb251285bb7/crowd');
is(scalar(grep { ($crowd->{"custom_$_"} // '') eq "v$_" } 1 .. 20), 20, 'none is lost');
is(one("SELECT COUNT(*) FROM ContactIdentifier WHERE Identifier = 'email:crowd\@example.com'"), 1,
	'of one contact');
is(add(form({ user_id => 'z' }), who('west', adictizSourceId => 5))->{status}, 202,
	'a user who may not use the default zone');
$w->admin('user set C1 A1 west --zone 2 --brand 2');
my $foreign = $w->became(add(form({ user_id => 'foreign', email => 'z@example.com' }),
	who('west', adictizSourceId => 5))->{json}{Receipt});
is("$foreign->{outcome} $foreign->{class}", 'dead forbidden',
	'a participation in a campaign of another zone is refused');
my $zoned = add(form({ user_id => 'zoned', email => 'z@example.com', operation_id => 'west-game' }),
	who('west', adictizSourceId => 5))->{json}{Receipt};
$outcome->($w->became($zoned), 'is taken');
is(one("SELECT c.ZoneId, a.BrandId FROM MarketingParticipant p JOIN Contact c USING (ContactId) "
	. "JOIN Address a USING (ContactId) WHERE p.Identifier LIKE '%/zoned'"), '2|2',
	'and attaches to the first zone and brand of his own');
$outcome->(added(form({ user_id => 'token' }), 'adictizSourceId=5', @headers,
	'X-Crm360Api-Token' => $token), 'Add by the three headers');
is(added({ %{ form({}) }, event_type => 'GameEnd', data => { score => 7 } })->{outcome}, 'ignored',
	'other events are taken, and have no effect');

# ---------------------------------------------------------------- faults of the request, all at
# once

my $source = who('box', adictizSourceId => 5);
is(faults(add(form({}), who('box'))), 'adictizSourceId is required', 'without a Source');
is(faults(add(form({}), who('box', adictizSourceId => 'x'))),
	'adictizSourceId is not an integer; it must be one from 1 to 32767',
	'a Source that is none');
is(faults(add(form({}), who('box', adictizSourceId => $_))),
	'adictizSourceId names no Source that is known', "Source $_") for 99, 7;
is(faults(add(form({}), who('box', adictizSourceId => 5, SourceId => 5, ZoneId => 1))),
	'SourceId is not a parameter of this action; ZoneId is not a parameter of this action',
	'only what is documented');
is(faults(add('{"a":', $source)), 'body is not JSON: The content is not valid JSON: the end where '
	. 'a value should be at byte 5.', 'no JSON');
is(faults(add('[]', $source)), 'body must be a JSON object', 'a list');
is(faults(add({}, $source)), 'request_id is required; event_type is required; data is required',
	'nothing');
is(faults(add({ timestamp => 'soon', request_id => [], event_type => 'x' x 65, data => 7 },
	$source)),
	'timestamp must be Unix seconds, for example 1539704351; request_id must be text; '
		. 'event_type is longer than 64 characters; data must be an object',
		'everything wrong');
is(faults(add({ timestamp => -1, request_id => 'x' x 121, event_type => 'FormSubscribe',
	data => { user_id => {}, operation_id => '' } }, $source)),
	'timestamp must be Unix seconds, for example 1539704351; request_id is longer than 120 '
		. 'characters; data.operation_id is required; data.user_id must be text', 'ids');
is(add(form({ user_id => 12345 }), $source)->{status}, 202, 'an id may be a number');
is(faults(add(form({}, timestamp => time - 400), who('box', adictizSourceId => 6))),
	'timestamp is more than 300 s from now', 'a Source with a tolerance: too old');
is(faults(add(form({}, timestamp => time + 400), who('box', adictizSourceId => 6))),
	'timestamp is more than 300 s from now', 'too early');
is(faults(add(do { my $f = form({}); delete $f->{timestamp};
	$f }, who('box', adictizSourceId => 6))), 'timestamp is required by this Source', 'none');
is(add(form({}, timestamp => time), who('box', adictizSourceId => 6))->{status}, 202,
	'and one that is right');
is(add('x' x (9 << 20), $source)->{status}, 413, 'a body that is too large');
{
	my ($kept, @key) = ($w->{s}->value('SELECT COUNT(*) FROM api_message'),
		'Idempotency-Key' => 'again');
	my $r = add(form({ user_id => 'keyed' }), undef, @key);
	is("$r->{status} " . faults($r), "400 Idempotency-Key is not taken by this action; its "
		. "page says what makes it safe to send again",
		'a key that nobody would keep is refused by name');
	is($w->{s}->value('SELECT COUNT(*) FROM api_message'), $kept, 'and nothing is taken');
}
ok($w->{s}->settled, 'what was taken is worked off');
my $before = $w->value('SELECT COUNT(*) FROM MarketingParticipant');
for (['data.identifier must be text.', identifier => [1]],
	['data.identifier is longer than 255 characters.', identifier => 'x' x 256],
	['data holds more than 65535 bytes, with what the participant\'s other forms said.',
		custom_1 => 'x' x 65600]) {
	my ($reason, %bad) = @$_;
	my $became = added(form({ user_id => 'bad', %bad }));
	is("$became->{outcome} $became->{class} $became->{reason}", "dead unprocessable $reason",
		substr $reason, 0, 60);
}
is($w->value('SELECT COUNT(*) FROM MarketingParticipant'), $before, 'nothing of these was written');
my $odd = added(form({ user_id => 'odd', birthday => 'spring', country => 'Atlantis',
	civility => 'Captain', newsletter => 'perhaps', language => 'klingon',
	date_operation => 'then' }));
$outcome->($odd, 'what nobody understands');
is_deeply([grep { /birthday|date_operation/ } @{ $odd->{remarks} }],
	['data.birthday left out: it must be a day like 1980-12-31.',
	'data.date_operation left out: it must be a date and time by ISO 8601.'], 'is told');
is(one("SELECT BirthDate, CivilityId, LanguageId FROM Contact JOIN MarketingParticipant p USING "
	. "(ContactId) WHERE p.Identifier LIKE '%/odd'"), 'NULL|NULL|NULL', 'gives no column');
is($content->('5bc605e34be94bb251285bb7/odd')->{birthday}, 'spring', 'and is kept');

# Each value with something hostile.
my @hostile = (undef, JSON::PP::true, -1, '1e400', [], {}, [[]], "\x{1}", '0000-00-00',
	'99/99/9999', "'; DROP TABLE Contact; --", 'x' x 70000, "\x{1F600}" x 300, '<script>');
my ($turn, @sent) = (0);
for my $key (sort keys %data) {
	next if $key eq 'user_id' || $key eq 'operation_id';
	for (1 .. 2) {
		my $answer = add(form({ %data, user_id => "h$turn",
			$key => $hostile[$turn++ % @hostile] }));
		is($answer->{status}, 202, 'taken') if $answer->{status} != 202;
		push @sent, $answer->{json}{Receipt};
	}
}
my %count;
for (map { $w->became($_) } @sent) { $count{$_->{outcome} eq 'dead'
	&& $_->{class} ne 'unprocessable' ? "$_->{outcome} $_->{class} $_->{reason}"
	: $_->{outcome}}++ }
is_deeply([grep { !/^(done|dead)$/ } sort keys %count], [],
	'each hostile form is written, or dead with a reason of its own');
cmp_ok($count{dead} // 0, '>', 2, 'some are refused');
note(join ' ', map { "$_ $count{$_}" } sort keys %count);

# ---------------------------------------------------------------- floods of logins

# Runs code in children at once; the statuses they met, counted.
sub together {
	my ($children, $code) = @_;
	my (@from, %met);
	for my $child (1 .. $children) {
		pipe(my $r, my $p) or die $!;
		my $pid = fork // die $!;
		if (!$pid) {
			close $r;
			$w->{http} = HTTP::Tiny->new(timeout => 60);
			print $p map { "$_\n" } $code->($child);
			close $p;
			POSIX::_exit(0);
		}
		close $p;
		push @from, [$r, $pid];
	}
	for (@from) {
		my ($r, $pid) = @$_;
		chomp(my @lines = <$r>);
		$met{$_}++ for @lines;
		waitpid $pid, 0;
	}
	return \%met;
}
$w->admin('user add C1 A1 cold --rights webhook --password-file -',
	$password{cold} = 'canary-cold-1');
my $met = together(20,
	sub { ask('ListZone', who('cold'), 'X-Forwarded-For' => '198.51.100.1')->{status} });
is($met->{200}, 20, 'twenty right logins at once, none of them known: all are let in')
	or diag(join ' ', %$met);
$met = together(8, sub { my ($child) = @_;
	map { ask('ListZone', who("guess$child$_"),
		'X-Forwarded-For' => '198.51.100.66')->{status} } 1 .. 30 });
is_deeply([grep { !/^(401|429)$/ } keys %$met], [],
	'240 wrong logins at once, each another: refused') or diag(join ' ', %$met);
cmp_ok($met->{401} // 0, '<=', 110, 'an address has no more than a hundred guesses');
for (1 .. 101) {
	$r = ask('ListZone', who("again$_"), 'X-Forwarded-For' => '198.51.100.66');
	last if $r->{status} == 429;
}
is($r->{status}, 429, 'then it waits');
cmp_ok($r->{headers}{'retry-after'}, '>', 60, 'and is told how long');
is(ask('ListZone', who('clubber'), 'X-Forwarded-For' => '198.51.100.67')->{status}, 403,
	'other addresses do not');
my $flood = fork // die $!;
if (!$flood) {
	$w->{http} = HTTP::Tiny->new(timeout => 60);
	together(6, sub { my ($child) = @_;
		map { ask('ListZone', who("flood$child$_"),
			'X-Forwarded-For' => "203.0.113.$child")->{status} } 1 .. 60 });
	POSIX::_exit(0);
}
sleep 0.3;
my %during;
for (1 .. 25) {
	$during{'box ' . add(form({ user_id => 'during' }))->{status}}++;
	$during{'token ' . ask('ListZone', '', @headers,
		'X-Crm360Api-Token' => $token)->{status}}++;
	$during{'key ' . $w->request('POST', '/ProcessManagement/Connector/Standard/QueueProcess/C1'
		. '/A1/Standard/Zone/Update?SourceId=1&key=key-1', '{}')->{status}}++;
}
waitpid $flood, 0;
is_deeply(\%during, { 'box 202' => 25, 'token 200' => 25, 'key 202' => 25 },
	'during a flood, whoever signed in before, tokens and webhooks are served');
is(ask('ListZone', who('west', password => "canary-no-$_"),
	'X-Forwarded-For' => '198.51.100.2')->{status}, 401, "wrong password $_") for 1 .. 10;
is(ask('ListZone', who('west', password => 'canary-no-11'),
	'X-Forwarded-For' => '198.51.100.2')->{status}, 429, 'the eleventh for one login');
$met = { map { $_ => 1 } map { ask('ListZone', who('west', login => $_, password => "canary-no"),
	'X-Forwarded-For' => '198.51.100.6')->{status} } qw(west West wEst weSt wesT WEST WESt WEst
		wESt weST WesT) };
is(ask('ListZone', who('west', login => 'West'), 'X-Forwarded-For' => '198.51.100.7')->{status},
	200, 'a login may be written in another way');
is(join(' ', sort keys %$met), '401 429', 'and has no more tries for it');
is($w->{fcgi}->stop, 0, 'the program ends well');
$w->{fcgi}{env}{CUSTOMERAPI_FCGI_WORKERS} = 4;
$w->{fcgi}->restart;
is(ask('ListZone', who('west'), 'X-Forwarded-For' => '198.51.100.2')->{status}, 429,
	'a new start forgets nothing');
$met = together(24, sub { my ($child) = @_;
	ask('ListZone', who('west', password => "canary-no-$child"),
		'X-Forwarded-For' => '198.51.100.3')->{status} });
is_deeply([grep { !/^(401|429)$/ } keys %$met], [],
	'four processes, 24 wrong passwords at once: refused') or diag(join ' ', %$met);
$met = (together(1,
	sub { map { ask('ListZone', who('west', password => "canary-no-more-$_"),
		'X-Forwarded-For' => '198.51.100.3')->{status} } 1 .. 11 })->{401}
		// 0) + $met->{401};
is($met, 10, 'with those that follow no more than ten are looked at in all');
is(ask('ListZone', who('west'), 'X-Forwarded-For' => '198.51.100.4')->{status}, 200,
	'from elsewhere the right one does');
is($w->{s}->value(
	q(SELECT SUM(wrong) FROM api_login_attempt WHERE subject IN (
		UNHEX(SHA2('address:198.51.100.4', 256)),
		UNHEX(SHA2('login:1:198.51.100.4:west', 256))))), 0, 'and costs nothing');
$w->{s}->sql("UPDATE api_login_attempt SET until_at = '2026-01-01'");
is(ask('ListZone', who('west', password => 'canary-no-12'),
	'X-Forwarded-For' => '198.51.100.2')->{status}, 401, 'when the window is over it goes on');
for (1 .. 90) {
	last if $w->{s}->value(
		"SELECT COUNT(*) FROM api_login_attempt WHERE until_at <= '2026-01-01'") == 0;
	ask('ListZone', who("later$_"), 'X-Forwarded-For' => '198.51.100.5');
}
is($w->{s}->value("SELECT COUNT(*) FROM api_login_attempt WHERE until_at <= '2026-01-01'"), 0,
	'windows that are over go away');
is($w->{fcgi}->stop, 0, 'and ends well again');

# ---------------------------------------------------------------- no secret anywhere

like($w->{s}->value("SELECT uri FROM api_message WHERE platform = 'Adictiz' ORDER BY id LIMIT 1"),
	qr/\?adictizSourceId=5&customerName=C1&databaseAlias=A1&login=\*\*\*&password=\*\*\*$/,
	'the stored address is masked');
my $traces = $w->traces;
unlike($traces, qr/canary/, 'no password in any log or table');
unlike($traces, qr/\Q$_\E/, 'no token either') for $token, $west_token;
like($traces, qr/AdictizCampaignParticipation/, 'though there are logs');
unlike($said, qr/canary/, 'nor in any answer');
is($w->{s}->stop, 0, 'the daemon ends well');
done_testing();
