# The daemon: settings read anew, a stop that finishes what is begun and gives back the rest,
# processes that give no sign of life, a clock that jumps.
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(sleep time);
use MariaDB;
use Scheduler;

my $db = MariaDB->start;
my $s = Scheduler->new($db, CUSTOMERAPI_QUEUE_LEASE_S => 300, CUSTOMERAPI_QUEUE_LADDER => '1',
	CUSTOMERAPI_MAIL_SESSIONS => 1);
$s->tenant(1);
my $conf = $s->dir . '/conf';
my $write = sub { open my $fh, '>', $conf or die $!; print $fh $_[0]; close $fh };
# Asked once more at the end, an answer could be another: processes are being replaced.
my $wait = sub { my ($true) = @_; my $end = time + 20; my $is;
	sleep 0.05 while !($is = $true->()) && time < $end; return $is };
my $states = sub { join ' ',
	map { "$_->[0]:$_->[1]" } $s->sql(
		"SELECT state, COUNT(*) FROM api_message WHERE receipt IN (" . join(',',
			map { "x'$_'" } @_) . ') GROUP BY state ORDER BY state') };

# SIGHUP
$write->("queue_workers = 1\n");
$s->start;
ok($wait->(sub { $s->children('worker') == 1 && $s->children('mailer') == 1 }),
	'a worker and a mailer');
ok($wait->(sub { $s->children == 5 }), 'a tick and two runners with them');
my %before = map { $_ => 1 } $s->children;
$write->("queue_workers = 3\n");
kill 'HUP', $s->pid;
ok($wait->(sub { $s->children('worker') == 3 && $s->children == 7
	&& !grep { $before{$_} } $s->children }),
	'SIGHUP: three workers by the new settings, the old processes are replaced');
my @now = sort($s->children);
$write->("queue_workers = many\n");
kill 'HUP', $s->pid;
ok($wait->(sub { scalar grep { ($_->{detail} // '') =~ /many/ } $s->events('reload') }),
	'a mistake in the file is named in the log');
sleep 0.5;
is_deeply([sort($s->children)], \@now, 'and everything goes on as before');
is(scalar(grep { $_->{level} eq 'error' } $s->events('process-ended')), 0, 'no child died of it');
kill 'KILL', $now[0];
ok($wait->(sub { my @children = $s->children;
	@children == @now && !grep { $_ == $now[0] } @children }),
		'a child that dies now is replaced');
sleep 0.5;
is(scalar(grep { $_->{level} eq 'error' } $s->events('process-ended')), 1,
	'and its successor lives by the settings that were read before');
is_deeply([map { $_->[0] } $s->sql('SELECT kind FROM api_tick ORDER BY kind')],
	['mailer', 'tick', 'worker'], 'the daemon leaves word that it is at work');
$write->("queue_workers = 1\n");
kill 'HUP', $s->pid;
ok($wait->(sub { $s->children('worker') == 1 }), 'fewer again');
my %earlier = map { $_ => 1 } $s->children;
kill 'HUP', $s->pid for 1 .. 5;
ok($wait->(sub { $s->children('worker') == 1 && $s->children('mailer') == 1
	&& !grep { $earlier{$_} } $s->children }), 'several in a row do no harm');
ok($s->put(body => '{}') && $s->settled(20), 'it works');

# SIGTERM: the message under way is finished, what is done is kept, the rest is as if it had not
# been claimed.
# In one statement: a worker must not find the first ones alone.
my @slow = $s->put((map { { action => 'Slow', key => 'same' . $_ % 2,
	body => qq({"ms":300,"id":"slow$_"}) } } 1 .. 2),
	(map { { action => 'Slow', body => qq({"ms":300,"id":"slow$_"}) } } 3 .. 100));
ok($s->until_is(100, 'SELECT COUNT(*) FROM api_message WHERE state = 2', 20),
	'a batch of slow messages');
sleep 0.7;
my $start = time;
is($s->stop, 0, 'SIGTERM: it ends with 0');
cmp_ok(time - $start, '<', 5, 'soon');
like($states->(@slow), qr/^1:\d+ 3:\d+$/, 'nothing stays leased');
my $done = $s->value("SELECT COUNT(*) FROM api_message WHERE state = 3 AND action = 'Slow'");
cmp_ok($done, '>=', 1, 'what was begun is done');
is($db->value("SELECT COUNT(*) FROM MarketingAction WHERE Identifier LIKE 'slow%'", 'tenant1'),
	$done, 'with its effect');
is($s->value("SELECT COUNT(*) FROM api_message WHERE state = 1 AND action = 'Slow' AND (attempts "
	. "> 0 OR alone = 1 OR visible_at <> received_at)"), 0,
	'the rest has no attempt on its account');
my $attempts = $s->attempts;
is($s->value("SELECT COUNT(*) FROM $attempts a JOIN api_message m ON m.id = a.message_id WHERE "
	. "m.state = 1"), 0, 'nor in its history');
$s->sql("UPDATE api_message SET state = 7 WHERE state = 1");

# A message whose handler does not come back: killed, tried alone, killed, poison. A long batch with
# signs of life is left alone.
$s->set(CUSTOMERAPI_PROCESS_SILENT_S => 2);
my ($hang) = $s->put(action => 'Slow', body => '{"ms":60000,"id":"hang"}');
$s->start;
ok($s->until_is(2, "SELECT state FROM api_message WHERE receipt = x'$hang'", 10),
	'a handler that hangs');
my @long = $s->put(map { { action => 'Slow', body => qq({"ms":100,"id":"long$_"}) } } 1 .. 50);
ok($s->until_is('4', "SELECT state FROM api_message WHERE receipt = x'$hang'", 40), 'it ends dead');
my $m = $s->message($hang);
is("$m->{reason_class} $m->{deaths}", 'poison 2', 'as poison');
is($m->{outcomes}, 'lapsed lapsed dead', 'after the batch and two times alone');
cmp_ok(scalar(my @silent = $s->events('silent')), '==', 3, 'the log names the silence');
ok($s->until_is(50, "SELECT COUNT(*) FROM api_message WHERE state = 3 AND body LIKE '%long%'", 20),
	'a batch of 5 s is no silence of 2 s');
is(scalar(my @again = $s->events('silent')), 3, 'nobody was ended for it');
is($s->stop, 0, 'stop');
$s->set(CUSTOMERAPI_PROCESS_SILENT_S => 900);

# The clock is an hour ahead for one: what another works on looks lapsed; one effect all the same.
my ($ahead) = $s->put(action => 'Slow', body => '{"ms":1500,"id":"ahead"}');
my $late = $s->spawn($s->dir . '/log', '--once');
ok($s->until_is(2, "SELECT state FROM api_message WHERE receipt = x'$ahead'", 10),
	'leased by a slow worker');
$s->set(CUSTOMERAPI_CLOCK_OFFSET => 3600);
is($s->once, 0, 'a clock that jumps ahead');
waitpid $late, 0;
is($?, 0, 'the slow worker goes on');
$m = $s->message($ahead);
is("$m->{state} $m->{outcomes}", '3 lapsed done', 'its lease ended, another one did it');
is($db->value("SELECT COUNT(*) FROM MarketingAction WHERE Identifier = 'ahead'", 'tenant1'), 1,
	'one effect');

# An hour back: what was received before waits until the clock is there again; what comes goes on;
# no tenant is put last.
$s->tenant(2);
$s->sql("UPDATE api_tenant_queue SET served_at = UTC_TIMESTAMP(6) WHERE tenant_id = 2");
my ($waits) = $s->put(body => '{"id":"waits"}');
my @back = $s->put(map { { tenant => 1 + $_ % 2, body => '{"id":"back"}',
	after => -3700 } } 1 .. 10);
$s->set(CUSTOMERAPI_CLOCK_OFFSET => -3600, CUSTOMERAPI_QUEUE_BATCH => 1);
is($s->once, 0, 'a clock that is put back');
is($states->(@back), '3:10', 'what is due by it is done');
is($s->message($waits)->{attempts}, 0, 'what is not, is not touched');
my $turns = join '', map { $_->[0] } $s->sql("SELECT m.tenant_id FROM api_message m JOIN "
	. "$attempts a ON a.message_id = m.id WHERE m.receipt IN ("
	. join(',', map { "x'$_'" } @back) . ') ORDER BY a.started_at');
like($turns, qr/^(12){5}$|^(21){5}$/, 'in turns');
$s->set(CUSTOMERAPI_CLOCK_OFFSET => 0);
is($s->once, 0, 'the clock is right again');
is($s->message($waits)->{outcomes}, 'done', 'it is done, once');

# A message that is leased and that no lease holds: taken back when the daemon starts. Another that
# a lease holds is not.
my ($unheld) = $s->put(body => '{"id":"unheld"}');
my ($held) = $s->put(body => '{"id":"held"}');
$s->sql("UPDATE api_message SET state = 2, attempts = 1, lease = receipt WHERE receipt IN "
	. "(x'$unheld', x'$held'); INSERT INTO api_lease SELECT receipt, receipt, tenant_id, 'w', "
	. "UTC_TIMESTAMP(6) + INTERVAL 1 HOUR, CONCAT('[', id, ']') FROM api_message WHERE "
	. "receipt = x'$held'");
$s->start;
ok($s->until_is(3, "SELECT state FROM api_message WHERE receipt = x'$unheld'"),
	'a message whose lease was gone is done');
is($s->message($unheld)->{outcomes}, 'lapsed done', 'its history tells it');
is(join(' ', map { $_->{receipt} } $s->events('message-unheld')), $unheld, 'so does the log');
is($s->message($held)->{state}, 2, 'one that is held stays so');
$s->stop;

done_testing();
