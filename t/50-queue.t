# The queue worker: order per key, fairness, outcomes, BatchMode, locks and lost connections,
# poison, fencing, the heartbeat of a lease, bad content.
use strict;
use warnings;
use Test::More;
use MariaDB;
use Rival;
use Scheduler;

my $db = MariaDB->start;
my $s = Scheduler->new($db, CUSTOMERAPI_QUEUE_WORKERS => 4, CUSTOMERAPI_QUEUE_LADDER => '1000 2000',
	CUSTOMERAPI_QUEUE_MAX_ATTEMPTS => 2);
$s->tenant(1);
$s->tenant(2);
my $effect = sub { $db->value("SELECT COUNT(*) FROM MarketingAction WHERE Identifier = '$_[0]'",
	'tenant1') };

# Every outcome, in one batch; an effect only where it should be.
my %sent;
($sent{$_}) = $s->put(action => $_, body => qq({"id":"one-$_"}))
	for qw(Done Superseded Ignored Permanent Transient Nothing);
($sent{text}) = $s->put(body => 'not JSON');
($sent{bytes}) = $s->put(body => "{\"id\":\"\xff\"}");
($sent{deep}) = $s->put(body => '[' x 10000 . ']' x 10000);
is($s->once, 0, 'one round');
my %want = (Done => [3, 'done'], Superseded => [6, 'superseded'], Ignored => [8, 'ignored'],
	Permanent => [4, 'dead'], Transient => [1, 'retry'],
	Nothing => [5, 'unrouted'], text => [4, 'dead'], bytes => [3, 'done'], deep => [4, 'dead']);
for my $what (sort keys %want) {
	my $m = $s->message($sent{$what});
	is("$m->{state} $m->{outcomes}", "$want{$what}[0] $want{$what}[1]",
		"$what: state and history");
	is($effect->("one-$what"), $what eq 'Done' ? 1 : 0, "$what: effect") if $what =~ /^[A-Z]/;
	isnt($m->{reason}, '', "$what: says why");
}
is($s->value("SELECT remarks FROM api_message WHERE receipt = x'$sent{bytes}'"),
	'["The body had 1 character that Unicode does not have; U+FFFD stands for it."]',
	'a byte that is no UTF-8 is replaced');
like($s->message($sent{deep})->{reason}, qr/nest/, 'nested too deep');
like($s->message($sent{Nothing})->{reason},
	qr{^Test/Any has no action Nothing; it has .*\bPermanent\b},
	'what there is instead is named');

# The ladder: 20 % about the step; then the last attempt.
my $wait = $s->value("SELECT TIMESTAMPDIFF(SECOND, a.ended_at, m.visible_at) FROM api_message m "
	. "JOIN api_attempt a ON a.message_id = m.id WHERE m.receipt = x'$sent{Transient}'");
cmp_ok($wait, '>=', 799, 'not before 80 % of the step');
cmp_ok($wait, '<=', 1200, 'not after 120 %');
$s->set(CUSTOMERAPI_CLOCK_OFFSET => 1300);
$s->once;
my $m = $s->message($sent{Transient});
is("$m->{state} $m->{outcomes} $m->{reason_class}", '4 retry dead attempts',
	'after the last attempt it is dead');
$s->set(CUSTOMERAPI_CLOCK_OFFSET => 0);

# Invisible until its time.
my ($later) = $s->put(body => '{}', after => 600);
$s->once;
is($s->message($later)->{attempts}, 0, 'what is invisible is not touched');

# BatchMode: 500 in one run, one bad row fails alone.
my @batch = $s->put(map { { batch => 1, action => 'Done',
	body => $_ == 250 ? 'bad' : qq({"id":"b$_"}) } } 1 .. 500);
$s->once;
is($s->value("SELECT COUNT(*) FROM api_message WHERE batch_mode = 1 AND state = 3"), 499,
	'499 are done');
is($s->message($batch[249])->{state}, 4, 'the bad one is dead');
is($db->value("SELECT COUNT(*) FROM MarketingAction WHERE Identifier LIKE 'b%'", 'tenant1'), 499,
	'each has its effect');
is($s->value('SELECT COUNT(DISTINCT a.started_at) FROM', $s->attempts, 'a JOIN api_message m ON '
	. 'm.id = a.message_id WHERE m.batch_mode = 1'), 1, 'in one run');

# Four workers, one key: never two at once, in order. And a small tenant beside a large one.
my @ordered = $s->put(map { { action => 'Slow', key => 'k',
	body => qq({"ms":20,"id":"k","label":"$_"}) } } 1 .. 30);
$s->put(map { { tenant => 2, body => '{}' } } 1 .. 20000);
my ($small) = $s->put(tenant => 1, body => '{"id":"small"}');
$s->start;
ok($s->until_is(3, "SELECT state FROM api_message WHERE receipt = x'$small'", 20),
	'the small tenant is served');
my $left = $s->value('SELECT COUNT(*) FROM api_message WHERE tenant_id = 2 AND state IN (1, 2)');
cmp_ok($left, '>', 0, 'while the large one still has work');
ok($s->until_is(0, "SELECT COUNT(*) FROM api_message WHERE tenant_id = 1 AND state IN (1, 2) AND "
	. "receipt <> x'$later'", 60), 'all of the key are done');
is($db->value("SELECT Label FROM MarketingAction WHERE Identifier = 'k'", 'tenant1'), 30,
	'the last state is the last message');
my $attempts = $s->attempts;
is($s->value(
	"SELECT COUNT(*) FROM $attempts a JOIN api_message m ON m.id = a.message_id JOIN "
		. "$attempts b JOIN api_message n ON n.id = b.message_id
	WHERE m.ordering_key = n.ordering_key AND m.id < n.id AND b.started_at < a.ended_at"), 0,
	'no two of them overlap, none overtakes');

# A worker that dies on a message: poison after two deaths alone; its neighbours are not harmed.
my ($crash) = $s->put(action => 'Crash', body => '{}', email => 'a@demo.example,b@demo.example');
my @neighbours = $s->put(map { { body => qq({"id":"n$_"}) } } 1 .. 5);
ok($s->until_is(4, "SELECT state FROM api_message WHERE receipt = x'$crash'", 40), 'it ends dead');
$m = $s->message($crash);
is($m->{reason_class}, 'poison', 'as poison');
is($m->{deaths}, 2, 'after two deaths alone');
is($s->value("SELECT GROUP_CONCAT(r.address ORDER BY r.address) FROM api_mail l JOIN "
	. "api_mail_recipient r ON r.mail_id = l.mail_id WHERE l.message_id = $m->{id}"),
	'a@demo.example,b@demo.example', 'its content is to be mailed all the same');
ok($s->until_is(5, "SELECT COUNT(*) FROM api_message WHERE state = 3 AND receipt IN (" . join(',',
	map { "x'$_'" } @neighbours) . ")", 20), 'its neighbours are done');
$s->stop;

# Many large bodies: no more at once than fits into the worker's memory, or it would be replaced
# before it came to anything.
my @large = $s->put(map { { body => qq({"id":"large$_"}), after => 3600 } } 1 .. 36);
$s->sql("UPDATE api_message SET body = CONCAT('\"', REPEAT('a', 8000000), '\"'), body_bytes = "
	. "8000002, action = 'Nothing' WHERE visible_at > received_at + INTERVAL 3000 SECOND AND "
		. "body LIKE '%large%'");
$s->sql("UPDATE api_message SET action = 'Done', body = "
	. "CONCAT('{\"id\":\"', id, '\",\"x\":', body, '}') WHERE action = 'Nothing'");
$s->set(CUSTOMERAPI_QUEUE_WORKERS => 1, CUSTOMERAPI_QUEUE_WORKER_MEMORY_MB => 256,
	CUSTOMERAPI_QUEUE_BATCH => 100);
$s->sql("UPDATE api_message SET visible_at = received_at WHERE body_bytes = 8000002");
$s->start;
ok($s->until_is(36, 'SELECT COUNT(*) FROM api_message WHERE body_bytes = 8000002 AND state = 3',
	120), '36 bodies of eight megabytes in 256 MiB');
$s->stop;
is($s->value("SELECT COUNT(*) FROM $attempts t JOIN api_message m ON m.id = t.message_id WHERE "
	. "m.body_bytes = 8000002 AND t.outcome = 'done' AND t.attempt = 1"), 36,
	'each at the first attempt');
$s->sql('DELETE FROM api_message WHERE body_bytes = 8000002');

# A Source that is strict about order: what failed holds up what came after it for the same key, and
# nothing else.
$s->sql("INSERT INTO api_source (alias_id, source_id, strict_order, created_at) VALUES (1, 1, 1, "
	. "'2026-01-01')");
$s->set(CUSTOMERAPI_QUEUE_MAX_ATTEMPTS => 10);
my ($later_same, $first) = $s->put({ key => 's', after => 500, body => '{"id":"s-later"}' },
	{ action => 'Transient', key => 's', body => '{"id":"s0"}' });
my ($second, $other, $without) = $s->put({ key => 's', body => '{"id":"s1"}' },
	{ key => 'o', body => '{"id":"o1"}' }, { body => '{"id":"w1"}' });
$s->once;
is(join(' ', map { $s->message($_)->{state} } $first, $second, $other, $without), '1 1 3 3',
	'a message that waits for its retry blocks its key only');
is($s->message($first)->{attempts}, 1, 'it was tried; what was put for later did not hold it up');
is($s->message($second)->{attempts}, 0, 'the next was not touched');
$s->sql("UPDATE api_message SET state = 4, settled_at = UTC_TIMESTAMP(6)
	WHERE receipt = x'$first'");
$s->once;
is($s->message($second)->{state}, 1, 'a dead one blocks too');
$s->sql("UPDATE api_message SET state = 1, action = 'Done', attempts = 0, visible_at = "
	. "UTC_TIMESTAMP(6) WHERE receipt = x'$first'");
$s->once;
is(join(' ', map { $s->message($_)->{state} } $first, $second), '3 3',
	'when it is done the key goes on');
cmp_ok($s->value("SELECT m.settled_at <= n.settled_at FROM api_message m, api_message n WHERE "
	. "m.receipt = x'$first' AND n.receipt = x'$second'"), '==', 1, 'in order');
$s->sql('UPDATE api_source SET strict_order = 0');
($first, $second) = $s->put({ action => 'Transient', key => 'l', body => '{"id":"l0"}' },
	{ key => 'l', body => '{"id":"l1"}' });
$s->once;
is(join(' ', map { $s->message($_)->{state} } $first, $second), '1 3',
	'without the option a retrying message holds up nobody');

# A tenant whose due messages all wait does not cost the others their turn.
$s->sql('UPDATE api_source SET strict_order = 1');
$s->put(map { { tenant => 1, action => $_ == 1 ? 'Permanent' : 'Done', key => 'blocked',
	body => '{"id":"blocked"}' } } 1 .. 50);
$s->put(map { { tenant => 2, body => '{}' } } 1 .. 1000);
is($s->once, 0, 'a round beside blocked messages');
is($s->value('SELECT COUNT(*) FROM api_message WHERE tenant_id = 2 AND state = 1'), 0,
	'works the other tenant off');
is($effect->('blocked'), 0, 'and none that is blocked');
$s->sql('UPDATE api_source SET strict_order = 0');
$s->once;

# What is stored as a reason is UTF-8, whatever a handler says.
is($s->message($sent{Permanent})->{reason}, 'this will never do: ',
	'half a character at the end is left out');
my ($odd) = $s->put(action => 'Odd', body => '{}');
$s->once;
$m = $s->message($odd);
is($m->{reason}, "\x{fffd}a" . "\x{20ac}" x 169,
	'another bad byte is replaced; the sentence ends with a whole character');
is($m->{history}[0]{reason}, $m->{reason}, 'the history says the same');

# What spoils the whole transaction is taken back and run again message by message. A deadlock with
# a writer who has more at stake: the server takes the worker's part back.
$s->set(CUSTOMERAPI_QUEUE_WORKERS => 1);
my @pair = $s->put(map { { body => qq({"id":"pair$_","label":"before"}) } } 1 .. 2);
$s->once;
my $rival = Rival->new($db, 'tenant1');
$rival->do('START TRANSACTION');
$rival->do("UPDATE MarketingAction SET Label = 'theirs' WHERE Identifier = 'pair2' OR Identifier "
	. "LIKE 'b%'");
@pair = $s->put((map { { body => qq({"id":"pair$_","label":"after"}) } } 1 .. 2),
	{ action => 'Append', body => '{"id":"beside"}' });
my $pid = $s->spawn($s->dir . '/log', '--once');
ok(Rival::until_waiting($db), 'the worker waits for a row');
my $deadlocks = sub { $db->value("SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS "
	. "WHERE VARIABLE_NAME = 'Innodb_deadlocks'") };
my $had = $deadlocks->();
$rival->do("UPDATE MarketingAction SET Label = 'theirs' WHERE Identifier = 'pair1'");
$rival->do('COMMIT');
waitpid $pid, 0;
cmp_ok($deadlocks->(), '>', $had, 'a deadlock');
is(join(', ', map { my $m = $s->message($_); "$m->{state} $m->{outcomes}" } @pair),
	'3 done, 3 done, 3 done', 'each message is done, in one attempt');
is($db->value("SELECT GROUP_CONCAT(Label) FROM MarketingAction WHERE Identifier LIKE 'pair_'",
	'tenant1'), 'after,after', 'on top of what the other wrote');
is($db->value("SELECT COUNT(*) FROM MarketingAction WHERE Identifier LIKE 'beside-%'", 'tenant1'),
	1, 'once');

# A conflict that never ends belongs to one message: only that one waits for its next attempt.
my @beside = $s->put({ action => 'Append', body => '{"id":"never1"}' },
	{ action => 'Retry', body => '{}' }, { action => 'Append', body => '{"id":"never2"}' });
$s->once;
is(join(', ', map { my $m = $s->message($_); "$m->{state} $m->{outcomes}" } @beside),
	'3 done, 1 retry, 3 done', 'its neighbours are done');
is($db->value("SELECT COUNT(*) FROM MarketingAction WHERE Identifier LIKE 'never%'", 'tenant1'), 2,
	'each once');
$s->sql("UPDATE api_message SET state = 7 WHERE receipt = x'$beside[1]'");

# The connection is lost in the middle.
my @lost = $s->put({ action => 'Append', body => '{"id":"lost1"}' },
	{ action => 'Slow', body => '{"ms":1500,"id":"lost2"}' },
	{ action => 'Append', body => '{"id":"lost3"}' });
$pid = $s->spawn($s->dir . '/log', '--once');
ok($s->until_is(2, "SELECT state FROM api_message WHERE receipt = x'$lost[1]'", 20),
	'the worker has them');
my $victim;
# The server renews what it shows only after a tenth of a second without a question.
for (1 .. 130) {
	($victim) = map { $_->[0] } $s->sql("SELECT p.ID FROM information_schema.innodb_trx t "
		. "JOIN information_schema.processlist p ON p.ID = t.trx_mysql_thread_id WHERE "
			. "p.DB = 'tenant1'");
	last if defined $victim;
	select undef, undef, undef, 0.15;
}
ok(defined $victim, 'and has begun');
$s->sql("KILL CONNECTION $victim");
waitpid $pid, 0;
is(join(', ', map { my $m = $s->message($_); "$m->{state} $m->{outcomes}" } @lost),
	'3 done, 3 done, 3 done', 'on a new connection each is done, in one attempt');
is($db->value("SELECT COUNT(*) FROM MarketingAction WHERE Identifier LIKE 'lost%'", 'tenant1'), 3,
	'each once');

# The heartbeat: work that takes longer than a lease keeps it.
$s->set(CUSTOMERAPI_QUEUE_WORKERS => 2, CUSTOMERAPI_QUEUE_LEASE_S => 4);
my ($long) = $s->put(action => 'Slow', body => '{"ms":9000,"id":"long"}');
$s->start;
ok($s->until_is(2, "SELECT state FROM api_message WHERE receipt = x'$long'", 20), 'leased for 4 s');
my $held = "api_message m JOIN api_lease l USING (lease) WHERE m.receipt = x'$long'";
my ($lease) = $s->sql("SELECT l.until_at, HEX(lease) FROM $held");
ok($s->until_is(1, "SELECT l.until_at > '$lease->[0]' AND lease = x'$lease->[1]' FROM $held", 20),
	'the lease is renewed while it works');
ok($s->until_is(3, "SELECT state FROM api_message WHERE receipt = x'$long'", 30), 'done after 9 s');
is($s->message($long)->{outcomes}, 'done', 'nobody else took it for lapsed');
$s->stop;
$s->set(CUSTOMERAPI_QUEUE_LEASE_S => 300);

# Fencing: a worker whose lease was taken away writes nothing.
$s->set(CUSTOMERAPI_QUEUE_WORKERS => 1);
my ($fenced) = $s->put(action => 'Slow', body => '{"ms":1500,"id":"fenced"}');
$pid = $s->spawn($s->dir . '/log', '--once');
ok($s->until_is(2, "SELECT state FROM api_message WHERE receipt = x'$fenced'", 20), 'leased');
my $other = "x'00112233445566778899aabbccddeeff'";
$s->sql("INSERT INTO api_lease SELECT $other, $other, tenant_id, 'other', '2099-01-01', "
	. "CONCAT('[', id, ']') FROM api_message WHERE receipt = x'$fenced'; "
	. "UPDATE api_message SET lease = $other, visible_at = '2099-01-01' "
	. "WHERE receipt = x'$fenced'");
waitpid $pid, 0;
is($s->message($fenced)->{state}, 2, 'the late worker did not settle it');
is($effect->('fenced'), 0, 'nor write its effect');

done_testing();
