# Two daemons, 500 occurrences, kill -9 at random points: each occurrence is one row, each is
# worked, nothing stays open.
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(sleep time);
use MariaDB;
use Scheduler;

my $db = MariaDB->start;
my @daemons = map { Scheduler->new($db, CUSTOMERAPI_RUN_SLOTS => 4) } 1 .. 2;
my $s = $daemons[0];
$s->tenant(1);
# Times are of the past: between the insert and the first look, as after a pause of both. Each
# schedule has five occurrences to come within seconds.
$s->sql("INSERT INTO api_schedule (tenant_id, process, form, rule, parameters, time_zone, "
	. "start_at, misfire, grace_s, overlap, tzdata, next_due_at, created_at, modified_at)
	SELECT 1, 'Test', 'OneTime', "
		. "CONCAT('{\"StartDate\":\"', DATE_FORMAT(d, '%Y-%m-%dT%H:%i:%s.%fZ'), '\"}'), "
			. "CONCAT('{\"StepMs\":5,\"Note\":\"n', seq, '\"}'), 'UTC', d, 1, 3600, 1, "
				. "'x', d,
	UTC_TIMESTAMP(6), UTC_TIMESTAMP(6)
		FROM (SELECT seq, UTC_TIMESTAMP(6) + INTERVAL seq * 20000 MICROSECOND d
		FROM seq_1_to_500) t");
$_->start for @daemons;
srand 7;
my ($kills, $end) = (0, time + 12);
while (time < $end) {
	my $d = $daemons[rand 2];
	if (rand() < 0.15) {	# the daemon with all its children
		my @children = $d->children;
		kill 'KILL', $d->pid, @children;
		waitpid $d->pid, 0;
		$d->start;
	} else {
		my @children = ($d->children('tick'), $d->children('runner'));
		kill 'KILL', $children[rand @children] if @children;
	}
	$kills++;
	sleep rand 0.6;
}
note("$kills kills");
ok($kills > 10, 'enough was killed');
ok($s->until_is(500, 'SELECT COUNT(*) FROM api_run WHERE origin = 1', 30),
	'each occurrence has its row');
ok($s->until_is(0, 'SELECT COUNT(*) FROM api_run WHERE state IN (1, 2)', 120),
	'nothing stays open');
is($s->value('SELECT COUNT(*) FROM (SELECT 1 FROM api_run WHERE origin = 1 GROUP BY schedule_id, '
	. 'due_at HAVING COUNT(*) > 1) d'), 0, 'none twice');
is($s->value('SELECT COUNT(*) FROM api_run r JOIN api_schedule s USING (schedule_id) WHERE '
	. 'r.origin = 1 AND r.due_at <> s.start_at'), 0, 'each for its own time');
is($s->value('SELECT COUNT(*) FROM api_schedule WHERE next_due_at IS NOT NULL'), 0,
	'all schedules have moved on');
is($s->value('SELECT COUNT(*) FROM api_run WHERE state NOT IN (3, 6)'), 0,
	'a run succeeded or was lost');
is($s->value('SELECT COUNT(*) FROM api_run r WHERE state = 6 AND tries = 1 AND NOT EXISTS (SELECT '
	. '1 FROM api_run t WHERE t.retry_of = r.run_id)'), 0, 'each lost one was tried again');
is($s->value("SELECT COUNT(*) FROM api_run r WHERE state = 3 AND NOT EXISTS (SELECT 1 FROM "
	. "tenant1.MarketingAction m WHERE m.Identifier LIKE CONCAT(JSON_VALUE(r.parameters, "
		. "'\$.Note'), ' %'))"), 0,
	'each success has its effect');
is($s->value(
	"SELECT COUNT(*) FROM (SELECT SUBSTRING_INDEX(Identifier, ' ', 1) n, COUNT(*) c FROM "
		. "tenant1.MarketingAction GROUP BY n) e
	JOIN (SELECT JSON_VALUE(parameters, '\$.Note') n, COUNT(*) c
		FROM api_run GROUP BY n) r USING (n)
		WHERE e.c > r.c"), 0, 'and no effect without a run');
is($_->stop, 0, 'stop') for @daemons;

done_testing();
