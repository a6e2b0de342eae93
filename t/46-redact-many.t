# Many redactions at once: one run ends all that are open, by one walk over what the tenant has; and
# each is as if it had been alone.
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep);
use Rival;
use World;

my $w = World->start(scheduler => { CUSTOMERAPI_QUEUE_LEASE_S => 10,
	CUSTOMERAPI_QUEUE_WORKERS => 1 });
my ($s, $db) = ($w->{s}, $w->{db});
my ($one, $two) = (1, 2);
$w->source(1, $two);
$s->sql("INSERT INTO api_token (alias_id, token_hash, rights, created_at) VALUES (1, x'"
	. sha256_hex('many-token') . "', 'webhook', '2026-01-01')");
my %token = ('X-Crm360Api-Token' => 'many-token', 'X-Crm360Api-CustomerName' => 'C1',
	'X-Crm360Api-DatabaseAlias' => 'A1');
sub value { return $w->value($_[0]) }

my $topic = 0;
sub shopify { my ($source, $what, $body) = @_;
	return $w->queue("Shopify/$what", $body, source => $source,
		headers => { 'X-Shopify-Webhook-Id' => 'many-' . ++$topic },
		query => '&key=key-1') }
sub redact { my ($source, $number) = @_;
	return shopify($source, 'Compliance/Redact', { shop_id => 1, shop_domain => 'demo.example',
		customer => { id => $number }, orders_to_redact => [] }) }
sub open_ones { return $s->value('SELECT COUNT(*) FROM api_privacy WHERE state = 1') }
sub runs { my ($where) = @_;
	return $s->value("SELECT COUNT(*) FROM api_run WHERE process = 'Erase' AND $where") }
sub id_of { return value(
	"SELECT GROUP_CONCAT(ContactId) FROM ContactIdentifier WHERE Identifier = '$_[0]'") }

# A person of some Sources: contact, address, a purchase of each, an order of each that nothing
# could process.
sub person {
	my ($number, @sources) = @_;
	my $id;
	for my $source (@sources) {
		my @put = defined $id
			? (['ContactIdentifier/Insert',
				{ Identifier => $number, ContactId => $id }])
			: (['Contact/Insert', { ExternalKey => { Identifier => $number },
				LastName => "Name$number" }],
				['Address/Insert',
					{ ContactExternalKey => { Identifier => $number },
						City => "City$number",
						Email => "p$number\@many.example" }]);
		push @put, ['PurchaseHeader/Insert',
			{ PurchaseIdentifier => "o$number", Amount => 10,
				PurchaseReference => "Ref$number",
				ContactExternalKey => { Identifier => $number } }];
		for (@put) { my $r = $w->post("Standard/$_->[0]", $_->[1], source => $source,
			headers => \%token);
			is($r->{outcome}, 'done', "$number: $_->[0]") or diag($r->{reason}) }
		$id //= id_of($number);
		shopify($source, 'Refund/Insert',
			{ id => 5, note => "Note$number", customer => { id => $number } });
	}
	$w->take;
	return $id;
}
sub left { my ($number) = @_;
	return join ' ', value("SELECT COUNT(*) FROM Contact WHERE LastName = 'Name$number'"),
		value("SELECT COUNT(*) FROM Address WHERE City = 'City$number'"),
	value("SELECT COUNT(*) FROM PurchaseHeader WHERE PurchaseReference = 'Ref$number'"),
	$s->value("SELECT COUNT(*) FROM api_message WHERE body LIKE '%Note$number\"%' OR body "
		. "LIKE '%:$number,%' OR body LIKE '%:$number}%'") }

# The daemon leaves them to us.
sub hold_back { $s->sql('CREATE TRIGGER later BEFORE INSERT ON api_run FOR EACH ROW SET '
	. 'NEW.not_before = NEW.not_before + INTERVAL 1 DAY; CREATE TRIGGER stay BEFORE UPDATE ON '
		. 'api_run FOR EACH ROW SET NEW.not_before = OLD.not_before') }
sub let_go { $s->sql("DROP TRIGGER later; DROP TRIGGER stay; UPDATE api_run SET not_before = "
	. "'2026-01-01' WHERE state = 1") }

# What is read of the registry meanwhile: how often each body, and each window of messages.
sub watched {
	my ($work) = @_;
	$db->sql("SET GLOBAL log_output = 'TABLE'; TRUNCATE mysql.general_log; SET GLOBAL "
		. "general_log = 1");
	my $ok = $work->();
	$db->sql('SET GLOBAL general_log = 0');
	my %read = (ok => $ok);
	for ($db->sql("SELECT argument FROM mysql.general_log WHERE command_type = 'Execute'")) {
		$read{bodies}{$1}++
			if $_->[0] =~ /^SELECT body FROM \S*api_message\S* WHERE id = (\d+)/;
		$read{windows}{$1}++ if $_->[0] =~
			/^SELECT id, receipt, state, kind.* WHERE id > (\d+) AND id <= \d+ AND tenant_id = 1/s;
	}
	return \%read;
}
sub most { my ($counts) = @_; my ($most) = sort { $b <=> $a } values %{ $counts // {} };
	return $most // 0 }

# ------------------------------------------------------------------ twenty at once
hold_back();
my @numbers = map { 100 + $_ } 1 .. 20;
my $bystander = person(900, $one);
person($_, $one) for @numbers;
my $stays = left(900);
# What is of several of them.
$s->sql("INSERT INTO api_message (receipt, tenant_id, kind, state, visible_at, received_at, "
	. "settled_at, source_id, platform, entity, action, email, method, uri, headers, body) "
		. "VALUES
	(REPEAT('m', 16), 1, 2, 3, '2026-01-01', '2026-01-01', '2026-01-01', 1, 'Test', 'Any', "
		. "'Done', 'p101\@many.example,p102\@many.example,p900\@many.example', 'POST', "
			. "'/x?Email=p101\@many.example', '{}', '{\"about\":\"nobody\"}'),
	(REPEAT('n', 16), 1, 1, 3, '2026-01-01', '2026-01-01', '2026-01-01', 1, 'Test', 'Any', "
		. "'Done', '', 'POST', '/', '{}', "
		. "'{\"a\":\"p103\@many.example\",\"b\":\"p104\@many.example\"}')");
$s->sql("INSERT INTO api_mail (mail_id, message_id, tenant_id, kind, subject, content, state, "
	. "created_at, visible_at, give_up_at, header_id) VALUES (77, NULL, 1, 3, 's', 'digest', "
		. "3, '2026-01-01', '2026-01-01', '2026-01-02', 'h77'),
	(78, NULL, 1, 3, 's', 'p105\@many.example and p106\@many.example', 3, '2026-01-01', "
		. "'2026-01-01', '2026-01-02', 'h78');
	INSERT INTO api_mail_recipient (mail_id, address, changed_at)
		VALUES (77, 'p101\@many.example', '2026-01-01'), (77, 'p102\@many.example',
		'2026-01-01'), (77, 'x\@many.example', '2026-01-01'), (78, 'x\@many.example',
		'2026-01-01')");
$s->sql("INSERT INTO api_run (tenant_id, process, parameters, origin, state, not_before, result, "
	. "reason, log_tail, created_at) VALUES (1, 'ImportFtp', '{}', 2, 5, '2026-01-01', '{}', "
		. "'odd', 'p107\@many.example, p108\@many.example', '2026-01-01')");
redact($one, $_) for @numbers;
is(join(' ', map { $_->{outcome} } $w->take), join(' ', ('done') x 20), 'twenty are asked');
is(open_ones(), 20, 'and open');
is(runs('state = 1'), 1, 'one run waits for all');
# Two workers at the same moment may plan two.
$s->sql("INSERT INTO api_run (tenant_id, process, parameters, origin, state, not_before, "
	. "exclusive, result, reason, log_tail, created_by, created_at) SELECT tenant_id, "
		. "process, '', origin, state, not_before, exclusive, '', '', '', created_by, "
			. "created_at FROM api_run WHERE process = 'Erase' AND state = 1");
my $read = watched(sub { let_go();
	return $s->until_is(0, 'SELECT COUNT(*) FROM api_privacy WHERE state = 1', 60) });
ok($read->{ok}, 'it ends them') or diag(join "\n",
	map { "@$_" } $s->sql(
		"SELECT run_id, state, reason, log_tail FROM api_run WHERE process = 'Erase'"));
cmp_ok(scalar keys %{ $read->{bodies} }, '>=', 20, 'bodies were read');
is(most($read->{bodies}), 1, 'each body once, not once for each request');
is(most($read->{windows}), 1, 'so each range of messages');
ok($s->until_is(1, "SELECT COUNT(*) FROM api_run WHERE process = 'Erase' AND state = 3"),
	'the run is done');
is(runs('started_at IS NOT NULL'), 1, 'there was no other one');
is(runs('state = 7'), 1, 'one that waited, too, was not needed');
is(join(' | ', map { left($_) } @numbers), join(' | ', ('0 0 0 0') x 20),
	'of nobody anything is left');
is(left(900), $stays, 'somebody else is as before');
is($s->value("SELECT email FROM api_message WHERE receipt = REPEAT('m', 16)"), 'p900@many.example',
	'of the recipients of a message, both are gone, and the third is there');
is($s->value("SELECT CONCAT(body, uri) FROM api_message WHERE receipt = REPEAT('m', 16)"),
	'{"about":"nobody"}/x', 'with what it says');
is($s->value("SELECT CONCAT('<', body, '>') FROM api_message WHERE receipt = REPEAT('n', 16)"),
	'<>', 'what is about two of them is empty');
is($s->value('SELECT GROUP_CONCAT(address) FROM api_mail_recipient WHERE mail_id = 77'),
	'x@many.example', 'so are recipients of a mail gone');
is($s->value('SELECT COUNT(*) FROM api_mail WHERE mail_id IN (77, 78)'), 1,
	'and a mail that names two');
is($s->value("SELECT CONCAT('<', log_tail, '>') FROM api_run WHERE process = 'ImportFtp'"), '<>',
	'and a log');
is($s->value("SELECT SUM(JSON_VALUE(counts, '\$.Messages')) FROM api_privacy"),
	$s->value("SELECT COUNT(*) FROM api_message WHERE body = '' AND headers = '{}'"),
	'each message is counted once');
is($s->value('SELECT COUNT(*) FROM api_privacy WHERE subject_sealed IS NOT NULL'), 0,
	'nobody is named any more');
my @late = map { shopify($one, 'Customer/Update',
	{ id => $_, last_name => "Name$_", updated_at => '2026-02-01T00:00:00Z' }) } @numbers;
is(join(' ', map { $w->became($_)->{outcome} } @late), join(' ', ('superseded') x 20),
	'who comes late is refused, each of them');
$w->take;

# ------------------------------------------------------------------ some that depend on each other,
# and one that cannot be ended
hold_back();
person($_, $one, $two) for 201, 202;
person($_, $one) for 203 .. 206;
redact(@$_) for [$one, 201], [$one, 203], [$two, 201], [$one, 202], [$one, 204], [$one, 204],
	[$one, 205], [$one, 206];
is(join(' ', map { $_->{outcome} } $w->take), join(' ', ('done') x 8), 'eight more are asked');
my $broken = $s->value('SELECT MAX(privacy_id) FROM api_privacy WHERE state = 1');
my $sealed = $s->value("SELECT HEX(subject_sealed) FROM api_privacy WHERE privacy_id = $broken");
$s->sql("UPDATE api_privacy SET subject_sealed = x'00' WHERE privacy_id = $broken");
is(runs('state = 1'), 1, 'one run waits');
$read = watched(sub { let_go();
	return $s->until_is(1, 'SELECT COUNT(*) FROM api_privacy WHERE state = 1', 60) });
ok($read->{ok}, 'one that cannot be ended does not stop the others');
cmp_ok(most($read->{bodies}), '<=', 2,
	'what two Sources ask of one contact is one after the other: two walks');
is(join(' | ', map { left($_) } 201, 203 .. 205), join(' | ', ('0 0 0 0') x 4),
	'who was redacted by all Sources is gone wholly');
is(left(202), '1 1 1 3', 'whom another Source knows has what is of that');
like(left(206), qr/^1 1 1 [1-9]/, 'who cannot be redacted is there');
my ($late) = map { shopify($_, 'Customer/Update', { id => 201, last_name => 'Name201',
	updated_at => '2026-02-01T00:00:00Z' }) } $two;
is($w->became($late)->{outcome}, 'superseded',
	'late deliveries of the second Source are refused, too');
ok($s->until_is(1, "SELECT COUNT(*) FROM api_run WHERE process = 'Erase' AND state = 1 AND "
	. "not_before > UTC_TIMESTAMP() + INTERVAL 30 SECOND"),
	'it is tried again later, by one run');
$s->sql("UPDATE api_privacy SET subject_sealed = x'$sealed' WHERE privacy_id = $broken");
redact($one, 999);	# of somebody unknown
$w->take;
ok($s->until_is(0, 'SELECT COUNT(*) FROM api_privacy WHERE state = 1'),
	'a request that comes in between takes that run, sooner');
is(left(206), '0 0 0 0', 'and that one is ended with it');
ok($s->until_is(0, "SELECT COUNT(*) FROM api_run WHERE process = 'Erase' AND state IN (1, 2)"),
	'no run is left over');

# ------------------------------------------------------------------ a death in between
hold_back();
person($_, $one) for 301 .. 305;
redact($one, $_) for 301 .. 305;
$w->take;
my $rival = Rival->new($db, 'customerapi');
$rival->do('START TRANSACTION');
$rival->do("SELECT id FROM api_message WHERE body LIKE '%Note303%' FOR UPDATE");
my $pid = fork // die $!;
if (!$pid) {
	@ENV{ keys %{ $s->{env} } } = values %{ $s->{env} };
	open STDOUT, '>', '/dev/null';
	{ exec "$ENV{BUILDDIR}/customerapi", qw(privacy finish C1 A1) };
	POSIX::_exit(127);
}
ok(Rival::until_waiting($db), 'five are under way, in the middle of the walk');
kill 'KILL', $pid;
waitpid $pid, 0;
$rival->do('ROLLBACK');
is(open_ones(), 5, 'when the process dies all five are open');
is(value("SELECT COUNT(*) FROM Contact WHERE LastName LIKE 'Name30%'"), 0, 'their rows are gone');
is($s->value("SELECT COUNT(*) FROM api_message WHERE body LIKE '%Note303%'"), 1,
	'a message is not');
like($w->admin('privacy finish C1 A1'), qr/^Finished:\s+5$/m,
	'the command line ends them, all together');
is(join(' | ', map { left($_) } 301 .. 305), join(' | ', ('0 0 0 0') x 5), 'then nothing is left');
let_go();
ok($s->until_is(0, "SELECT COUNT(*) FROM api_run WHERE process = 'Erase' AND state IN (1, 2)"),
	'the run that waited finds nothing to do');

# ------------------------------------------------------------------ a run that came to nothing
hold_back();
person(401, $one);
redact($one, 401);
$w->take;
$s->sql("UPDATE api_run SET state = 5, ended_at = UTC_TIMESTAMP(6), reason = 'the database was "
	. "away' WHERE process = 'Erase' AND state = 1; UPDATE api_privacy SET requested_at = "
		. "requested_at - INTERVAL 1 HOUR WHERE state = 1");
is($s->stop, 0, 'the daemon ends well');
$s->start;
ok($s->until_is(1, "SELECT COUNT(*) FROM api_run WHERE process = 'Erase' AND state = 1"),
	'a request that no run waits for gets one');
let_go();
ok($s->until_is(0, 'SELECT COUNT(*) FROM api_privacy WHERE state = 1'), 'which ends it');
is(left(401), '0 0 0 0', 'and nothing is left');
is($s->stop, 0, 'the daemon ends well');
$w->stop;
done_testing;
