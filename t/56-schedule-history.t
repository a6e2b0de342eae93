# What becomes of occurrences beside the plain case: runs by hand, deletion, pauses, silence, new
# zone data, many at once. Each is a row that says why.
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use File::Copy qw(copy);
use HTTP::Tiny;
use JSON::PP;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);
use Fcgi;
use MariaDB;
use Nginx;
use Rival;
use Scheduler;

my $db = MariaDB->start;
my $s = Scheduler->new($db, CUSTOMERAPI_RUN_SLOTS => 3);
$s->tenant(1, time_zone => "'Europe/Paris'", admin_email => "'admin\@demo.example'");
my $token = join '', map { ('a' .. 'z')[rand 26] } 1 .. 30;
$s->sql("INSERT INTO api_token (alias_id, token_hash, rights, created_at) VALUES (1, x'"
	. sha256_hex($token) . "', 'process', '2026-01-01')");
my $fcgi = Fcgi->start(%{ $s->{env} }, CUSTOMERAPI_CONF => '/dev/null');
my $nginx = Nginx->start($fcgi->socket);
my $http = HTTP::Tiny->new(timeout => 20);
my $api = sub {
	my ($method, $path, $body) = @_;
	my %headers = ('X-Crm360Api-Token' => $token, 'X-Crm360Api-CustomerName' => 'C1',
		'X-Crm360Api-DatabaseAlias' => 'A1');
	my $r = $http->request($method, $nginx->url . "/ProcessManagement/$path",
		{ headers => \%headers, defined $body ? (content => encode_json($body)) : () });
	$r->{json} = ($r->{content} // '') eq '' ? {} : eval { decode_json($r->{content}) };
	return $r;
};
my $create = sub {
	my ($form, $body, $process) = @_;
	my $r = $api->('POST', ($process // 'Test') . "/$form", $body);
	is($r->{status}, 201, "$form: created") or diag($r->{content});
	return $r->{json}{ScheduleId};
};
my $wait = sub { my ($true, $seconds) = @_; my $end = time + ($seconds // 30);
	sleep 0.05 while !$true->() && time < $end; return $true->() };
my $runs = sub { my ($id) = @_;
	return reverse @{ $api->('GET', "Schedules/$id/Runs?Limit=500")->{json}{Runs} } };
my $states = sub { return join ' ', map { "$_->{Origin}:$_->{State}" } $runs->(@_) };
my $effects = sub { $db->value("SELECT COUNT(*) FROM MarketingAction WHERE Identifier LIKE '$_[0] "
	. "________-____-____-____-____________'", 'tenant1') };
my $iso = sub { my @t = gmtime $_[0];
	return sprintf '%04d-%02d-%02dT%02d:%02d:%02dZ', $t[5] + 1900, $t[4] + 1, @t[3, 2, 1, 0] };
my $now = sub { $api->('POST', "Schedules/$_[0]/RunNow", { Parameters => $_[1] })->{json}{RunId} };
my $show = sub { $api->('GET', "Schedules/Runs/$_[0]")->{json} };
my $running = sub { my ($run) = @_; return $wait->(sub { $show->($run)->{State} eq 'Running' }) };
# Due now, whatever its rule says.
my $fire = sub { my ($id) = @_; $s->sql("UPDATE api_schedule SET next_due_at = "
	. "DATE_FORMAT(UTC_TIMESTAMP(6), '%Y-%m-%d %H:%i:%s') WHERE schedule_id = $id"); };
# Its process can no longer say that it lives.
my $lapse = sub { $s->sql("UPDATE api_run SET lease = REPEAT('y', 16), lease_until = "
	. "UTC_TIMESTAMP(6) - INTERVAL 1 SECOND WHERE run_id = $_[0]") };

# ------------------------------------------------------------------ a run by hand takes no
# occurrence away
$s->start;
for my $overlap (qw(Skip Queue)) {
	my $id = $create->('Daily', { Time => '12:00', Overlap => $overlap,
		Parameters => { Note => "due $overlap" } });
	my $by_hand = $now->($id, { Steps => 40, StepMs => 100, Note => "hand $overlap" });
	ok($running->($by_hand), "$overlap: a run by hand is at work");
	$fire->($id);
	ok($s->until_is(1, "SELECT COUNT(*) FROM api_run WHERE schedule_id = $id AND origin = 1"),
		'an occurrence is due');
	is($states->($id), 'Manual:Running Schedule:Waiting', 'it waits');
	ok($wait->(sub { $states->($id) eq 'Manual:Success Schedule:Success' }),
		'and runs when the other has ended') or diag($states->($id));
	is($effects->("due $overlap"), 1, 'once');
	$api->('DELETE', "Schedules/$id");
}
my $held = $create->('Daily', { Time => '12:00', Parameters => { Note => 'held' } });
my $lost = $now->($held, { Steps => 40, StepMs => 100, End => 'Crash' });
ok($wait->(sub { $s->value("SELECT COUNT(*) FROM api_run WHERE run_id = $lost AND state = 2") }),
	'a run by hand that dies');
$lapse->($lost);
ok($s->until_is(1, "SELECT COUNT(*) FROM api_run WHERE retry_of = $lost"), 'is tried again');
my ($again) = map { $_->{RunId} } grep { $_->{Origin} eq 'Retry' } $runs->($held);
$s->sql("UPDATE api_run SET state = 1, not_before = '2099-01-01', lease = NULL, busy_schedule = "
	. "NULL WHERE run_id = $again");
$fire->($held);
ok($wait->(sub { $effects->('held') == 1 }), 'nor does its retry take an occurrence away')
	or diag($states->($held));
ok($wait->(sub { $states->($held) eq 'Manual:Lost Retry:Waiting Schedule:Success' }),
	'which waits still') or diag($states->($held));
$api->('DELETE', "Schedules/$held");
# of another schedule, whose process must not meet this one's
my ($rates, $tables) = map { $create->('Daily',
	{ Time => '12:00', Parameters => { DryRun => JSON::PP::true } }, $_) } qw(ComputeRefAmounts
		RefreshDecisionalData);
$s->sql("INSERT INTO api_run (tenant_id, schedule_id, process, parameters, origin, state, "
	. "not_before, exclusive, busy_schedule, busy_exclusive, lease, lease_until, started_at, "
		. "result, log_tail, created_by, created_at)
	VALUES (1, $tables, 'RefreshDecisionalData', '', 2, 2, UTC_TIMESTAMP(6), 'purchases',
		$tables, '1:purchases', REPEAT('x', 16), UTC_TIMESTAMP(6) + INTERVAL 1 HOUR,
		UTC_TIMESTAMP(6), '', '', 'API', UTC_TIMESTAMP(6))");
$fire->($_) for $rates, $tables;
ok($s->until_is(2,
	"SELECT COUNT(*) FROM api_run WHERE schedule_id IN ($rates, $tables) AND origin = 1"),
	'two are due while an exclusive process is at work');
is_deeply([map { $states->($_) } $rates, $tables],
	['Schedule:Waiting', 'Manual:Running Schedule:Waiting'], 'both wait');
$s->sql("UPDATE api_run SET state = 3, busy_schedule = NULL, busy_exclusive = NULL, lease = NULL, "
	. "lease_until = NULL, ended_at = UTC_TIMESTAMP(6) WHERE schedule_id = $tables AND origin "
		. "= 2");
ok($wait->(sub { join(' ', map { $states->($_) } $rates,
	$tables) =~ /^Schedule:(?:Success|Warning) Manual:Success Schedule:(?:Success|Warning)$/ }),
	'and run after it')
	or diag(join ' ', map { $states->($_) } $rates, $tables);
$api->('DELETE', "Schedules/$_") for $rates, $tables;

# ------------------------------------------------------------------ the last run is not over: left
# out, or at most one waits
for (['Skip', qr/^The previous run started at \S+Z and is still running\.$/,
	'Schedule:Running Schedule:Skipped'],
	['Queue', qr/^Another run is waiting already\.$/,
		'Schedule:Running Schedule:Waiting Schedule:Skipped']) {
	my ($overlap, $reason, $then) = @$_;
	my $id = $create->('Daily', { Time => '12:00', Overlap => $overlap,
		Parameters => { Steps => 48, StepMs => 100 } });
	my $n = () = $then =~ /Schedule/g;
	for my $due (1 .. $n) {	# a due time of its own each
		$s->sql("UPDATE api_schedule SET next_due_at = DATE_FORMAT(UTC_TIMESTAMP(6), "
			. "'%Y-%m-%d %H:%i:%s') - INTERVAL @{[$n - $due]} SECOND WHERE "
				. "schedule_id = $id");
		ok($s->until_is($due, "SELECT COUNT(*) FROM api_run WHERE schedule_id = $id"),
			"$overlap: occurrence $due");
		ok($wait->(sub { $states->($id) =~ /^Schedule:Running/ }), 'the first is at work')
			if $due == 1;
	}
	is($states->($id), $then, 'the last one is left out');
	like(($runs->($id))[$n - 1]{Reason}, $reason, 'and says why');
	is_deeply([map { $_->{State} } @{ $api->('GET',
		"Schedules/$id/Runs?State=Skipped&Process=test")->{json}{Runs} }], ['Skipped'],
		'it is found by its state and process');
	if ($overlap eq 'Skip') {	# while one is at work anyway
		my ($run) = map { $_->{RunId} } $runs->($id);
		my $lease = sub { $s->value("SELECT lease_until FROM api_run WHERE run_id = $run")
			};
		my $before = $lease->();
		ok($wait->(sub { $lease->() gt $before }), 'it says that it lives');
		ok($wait->(sub { ($show->($run)->{Progress}{PerSecond} // 0) > 0 }),
			'and how fast it goes');
		is($show->($run)->{Progress}{Phase}, 'steps', 'and at what it is');
	}
	$api->('DELETE', "Schedules/$id");
	ok($wait->(sub { $states->($id) !~ /Running/ }), 'over');
}

# ------------------------------------------------------------------ deletion
my $gone = $create->('OneTime',
	{ StartDate => $iso->(time + 1), Parameters => { Steps => 48, StepMs => 100,
		Note => 'deleted' } });
ok($wait->(sub { $states->($gone) eq 'Schedule:Running' }), 'a run at work');
my $queued = $now->($gone, { Note => 'deleted' });
is($api->('DELETE', "Schedules/$gone")->{status}, 204, 'its schedule is deleted');
is($show->($queued)->{State}, 'Cancelled', 'what waited is cancelled at once');
is($show->($queued)->{Reason}, 'The schedule was deleted.', 'with the reason');
ok($wait->(sub { $states->($gone) eq 'Schedule:Cancelled Manual:Cancelled' }, 8),
	'what was at work ends; the history can still be read') or diag($states->($gone));
is(($runs->($gone))[0]{CancelledBy}, 'API', 'who did it is in it');
is($effects->('deleted'), 0, 'no effect');
is($api->('POST', "Schedules/$gone/$_")->{status}, 404, "$_: 404") for qw(Pause Resume RunNow);
is($api->('GET', 'Schedules/999999/Runs')->{status}, 404, 'one that never was has no history');
for my $when ('before', 'after') {
	my $id = $create->('Daily',
		{ Time => '12:00', Parameters => { Steps => 48, StepMs => 100, End => 'Crash' } });
	$fire->($id);
	ok($wait->(sub { $states->($id) eq 'Schedule:Running' }),
		"deleted $when its run is lost: at work");
	my ($run) = map { $_->{RunId} } $runs->($id);
	$s->sql("UPDATE api_run SET lease = REPEAT('y', 16)
		WHERE run_id = $run");	# the daemon has forgotten it
	if ($when eq 'after') {
		$lapse->($run);
		ok($s->until_is(1, "SELECT COUNT(*) FROM api_run WHERE retry_of = $run"),
			'to be tried again');
	}
	$api->('DELETE', "Schedules/$id");
	$lapse->($run) if $when eq 'before';
	ok($wait->(sub { $states->($id) =~ /^Schedule:(?:Cancelled|Lost Retry:Cancelled)$/ }),
		'nothing of it fires any more') or diag($states->($id));
}
# deleted in the moment when its run is lost and put down again
{
	my $id = $create->('Daily', { Time => '12:00' });
	$s->sql("INSERT INTO api_run (tenant_id, schedule_id, process, parameters, origin, due_at, "
		. "state, not_before, busy_schedule, lease, lease_until, started_at, result, "
			. "log_tail, created_at)
		VALUES (1, $id, 'Test', '', 1, '2026-01-01', 2, '2026-01-01', $id, REPEAT('x', 16),
			UTC_TIMESTAMP(6) + INTERVAL 1 HOUR, '2026-01-01', '', '', '2026-01-01')");
	my ($run) = map { $_->{RunId} } $runs->($id);
	my $daemon = Rival->new($db, 'customerapi');
	$daemon->do('START TRANSACTION');
	$daemon->do("UPDATE api_run SET state = 6, reason = 'gone', lease = NULL, busy_schedule = "
		. "NULL WHERE run_id = $run");
	my $deleting = fork // die "fork: $!";
	if (!$deleting) {
		POSIX::_exit($api->('DELETE', "Schedules/$id")->{status} == 204 ? 0 : 1);
	}
	ok(Rival::until_waiting($db), 'the deletion waits for the run that is being lost');
	$daemon->do(
		"INSERT INTO api_run (tenant_id, schedule_id, process, parameters, origin, "
			. "retry_of, state, not_before, result, log_tail, created_at)
		VALUES (1, $id, 'Test', '', 3, $run, 1, UTC_TIMESTAMP(6) + INTERVAL 1 HOUR, '', '',
			UTC_TIMESTAMP(6))");
	$daemon->do('COMMIT');
	waitpid $deleting, 0;
	is($?, 0, 'deleted');
	is($states->($id), 'Schedule:Lost Retry:Cancelled', 'its retry is cancelled with it');
}
# cancelled in the moment when the daemon is stopped: it does not begin again
my $twice = $create->('Daily',
	{ Time => '12:00', Parameters => { Steps => 48, StepMs => 100, Note => 'stopped' } });
my $both = $now->($twice, { Steps => 48, StepMs => 100, Note => 'stopped' });
ok($running->($both), 'at work');
$s->sql("UPDATE api_run SET cancel_at = UTC_TIMESTAMP(6), cancel_by = 'API' WHERE run_id = $both");
is($s->stop, 0, 'stopped');
is($show->($both)->{State}, 'Cancelled', 'cancelled, not given back');
$api->('DELETE', "Schedules/$twice");

# ------------------------------------------------------------------ a machine that died in mid-run,
# and was gone when the next occurrence was due
for my $overlap (qw(Skip Queue)) {
	my $id = $create->('Daily', { Time => '12:00', Overlap => $overlap });
	$s->sql("INSERT INTO api_run (tenant_id, schedule_id, process, parameters, origin, due_at, "
		. "tries, state, not_before, busy_schedule, lease, lease_until, started_at, "
			. "result, log_tail, created_at)
		VALUES (1, $id, 'Test', '', 1, '2026-01-01', 2, 2, '2026-01-01', $id, REPEAT('x',
			16), '2026-01-01 01:00', '2026-01-01', '', '', '2026-01-01')");
	$fire->($id);
	is($s->once, 0, "$overlap: the next start");
	is($states->($id), 'Schedule:Lost Schedule:Success',
		'what is dead is not taken for being at work: the occurrence runs');
	$api->('DELETE', "Schedules/$id");
}
# somebody has locked a schedule that is due: the daemon looks again, but does not spin
{
	my $id = $create->('Daily', { Time => '12:00' });
	my $other = Rival->new($db, 'customerapi');
	my $statements = sub { return ($s->sql("SHOW GLOBAL STATUS LIKE 'Com_stmt_execute'"))[0][1]
		};
	$fire->($id);
	$other->do('START TRANSACTION');
	$other->do("SELECT schedule_id FROM api_schedule WHERE schedule_id = $id FOR UPDATE");
	$s->start;
	ok($wait->(sub { $s->children('tick') }), 'a tick');
	sleep 2;
	my $before = $statements->();
	sleep 3;
	cmp_ok($statements->() - $before, '<', 2000, 'a few looks a second');
	is($states->($id), '', 'not fired');
	$other->do('COMMIT');
	ok($wait->(sub { $states->($id) eq 'Schedule:Success' }), 'and then it is fired');
	is($s->stop, 0, 'stop');
	$api->('DELETE', "Schedules/$id");
}

# ------------------------------------------------------------------ tenants take turns
{
	$s->tenant(2);
	$s->sql('DELETE FROM api_run');
	my $put = sub {
		my ($tenant, $n, $ago) = @_;
		$s->sql("INSERT INTO api_run (tenant_id, process, parameters, origin, state, "
			. "not_before, result, log_tail, created_at)
			SELECT $tenant, 'Test', '', 2, 1, UTC_TIMESTAMP(6) - INTERVAL $ago SECOND,
			'', '', UTC_TIMESTAMP(6) FROM seq_1_to_$n");
	};
	my $order = sub { return join ' ',
		map { $_->[0] } $s->sql(
			'SELECT tenant_id FROM api_run WHERE state = 3 ORDER BY started_at') };
	$put->(1, 5, 600);
	$put->(2, 3, 1);
	is($s->once, 0, 'five runs of a tenant, then three of another');
	is($order->(), '1 2 1 2 1 2 1 1', 'nobody waits for all of another one');
	$s->sql("DELETE FROM api_run WHERE tenant_id = 1");
	$s->sql("INSERT INTO api_run (tenant_id, process, parameters, origin, state, not_before, "
		. "lease, lease_until, started_at, result, log_tail, created_at)
		VALUES (1, 'Test', '', 2, 2, '2026-01-01', REPEAT('x', 16),
		UTC_TIMESTAMP(6) + INTERVAL 1 HOUR, '2026-01-01', '', '', '2026-01-01')");
	$put->(1, 1, 600);
	$put->(2, 1, 1);
	is($s->once, 0, 'a tenant that has one at work');
	is($order->(), '2 2 2 2 1', 'comes after one that has none');
	$s->sql('DELETE FROM api_run');
}

# ------------------------------------------------------------------ many rows
my @many = map { $create->('Hourly', { Misfire => 'Skip', StartDate => $iso->(time - 86400 * 40),
	Parameters => {} }) } 1 .. 6;
$s->sql("UPDATE api_schedule SET next_due_at = DATE_FORMAT(UTC_TIMESTAMP(6) - INTERVAL 890 HOUR, "
	. "'%Y-%m-%d %H:00:00') WHERE schedule_id IN (" . join(',', @many) . ')');
is($s->once, 0, 'six schedules with 890 missed occurrences each');
is($s->value('SELECT COUNT(DISTINCT schedule_id) FROM api_run WHERE state = 10'), 6,
	'each has its rows');
cmp_ok($s->value('SELECT SUM(n) FROM (SELECT COUNT(*) n FROM api_run WHERE state = 10 GROUP BY '
	. 'schedule_id) t'), '>=', 6 * 889, 'all of them');
cmp_ok($s->value('SELECT MAX(n) FROM (SELECT COUNT(*) n FROM api_run WHERE state = 10 GROUP BY '
	. 'created_at) t'), '<=', 2100, 'but never so many in one transaction');
$api->('DELETE', "Schedules/$_") for @many;

# ------------------------------------------------------------------ pauses and silence, by a clock
# that goes on
my $later = sub {	# the moment in which the daemon and the web program then are
	my ($at) = @_;
	my $offset = int($at - time);
	$s->set(CUSTOMERAPI_CLOCK_OFFSET => $offset);
	$fcgi->stop;
	$fcgi->{env}{CUSTOMERAPI_CLOCK_OFFSET} = $offset;
	$fcgi->restart;
};
my $once = sub { is($s->once, 0, $_[0] // 'a round') };
my $change = sub { my ($what, $id) = @_; my $r = $api->('POST', "Schedules/$id/$what");
	is($r->{status}, 200, "$what: 200") or diag($r->{content}); return $r->{json} };
my $first = int(time / 60 + 60) * 60;	# in an hour
my ($hh, $mm) = (gmtime $first)[2, 1];
my %daily = (Time => sprintf('%02d:%02d', $hh, $mm), TimeZone => 'UTC');
my %single = (StartDate => $iso->($first));
my $off = JSON::PP::false;
my $r = $api->('POST', 'Test/Daily', { %daily, Enabled => $off, StartDate => '2020-01-01',
	EndDate => '2020-02-01' });
is("$r->{status} $r->{json}{errors}[0]{field}", '400 EndDate', 'disabled, and its end has passed');
my %id = (
	(map { $_ => $create->('Daily',
		{ %daily, Misfire => 'All', Parameters => { Note => $_ } }) } 'recurring',
		'deleted while paused'),
	hourly => $create->('Hourly', { Enabled => $off, Misfire => 'Once' }),
	(map { $_ => $create->('OneTime',
		{ %single, Parameters => { Note => $_ } }) } 'paused before', 'paused late',
		'too long'),
	disabled => $create->('OneTime',
		{ %single, Enabled => $off, Parameters => { Note => 'disabled' } }),
	(map { $_ => $create->('Daily', { %daily, Parameters => { Note => $_ } }) } 'broken'),
	(map { $_ => $create->('Daily',
		{ %daily, Misfire => 'Skip', GraceMinutes => $_ eq 'in grace' ? 90 : 30,
			Parameters => { Note => $_ } }) } 'in grace', 'out of grace'),
	# silence
	(map { $_ => $create->('OneTime', { %single, SilenceHours => 1, Label => $_,
		Parameters => $_ eq 'ended well' ? {} : { End => 'Fail' } }) } 'ended well',
		'ended badly'),
	'in years' => $create->('Daily', { %daily, StartDate => $iso->($first + 3 * 365 * 86400),
		SilenceHours => 1, Label => 'in years', Parameters => { Note => 'in years' } }),
	'silent while paused' => $create->('Daily',
		{ %daily, SilenceHours => 1, Label => 'silent while paused', Enabled => $off }),
	'fails' => $create->('Daily', { %daily, SilenceHours => 48, Label => 'fails',
		Parameters => { End => 'Fail' } }),
);
my $mails = sub {
	return $s->value(
		"SELECT COUNT(*) FROM api_mail WHERE kind = 3 AND content LIKE '%\"$_[0]\"%'") };
is($change->('Pause', $id{$_})->{State}, 'Paused', "$_: paused") for 'paused before', 'too long',
	'deleted while paused';
$s->sql("UPDATE api_schedule SET rule = REPLACE(rule, '\"Time\":\"', '\"Time\":\"x') WHERE "
	. "schedule_id = $id{broken}");
$now->($id{'in years'}, { Note => 'in years' });
$once->('a run by hand of one that starts in years');
is($effects->('in years'), 1, 'it ran');

$later->($first + 60);
my $j = $change->('Pause', $id{recurring});
is($states->($id{recurring}), 'Schedule:Missed', 'what was due when it was paused is a row');
like(($runs->($id{recurring}))[0]{Reason},
	qr/^No daemon was at work when it was due; found [56]\d s late\. Then the schedule was paused\.$/,
	'that says why');
is($j->{Remark}, '1 occurrence that was due is in the history as Missed.', 'and the reply says so');
is($change->('Pause', $id{'paused late'})->{Remark}, undef,
	'a one-time one in its grace is left for the end of the pause');
$once->('a minute after all are due');
is($states->($id{$_}), '', "$_: nothing while it is paused") for 'paused before', 'paused late',
	'too long', 'disabled', 'hourly', 'deleted while paused';
is($states->($id{recurring}), 'Schedule:Missed', 'nor more of the other');
is($states->($id{'ended well'}) . ' ' . $states->($id{'ended badly'}),
	'Schedule:Success Schedule:Failed', 'the others ran');
is($api->('GET', "Schedules/$id{broken}")->{json}{State}, 'Faulty', 'one cannot be computed');
is($api->('POST', "Schedules/$id{broken}/Resume")->{status}, 409, 'nor resumed');

$later->($first + 600);
for my $name ('paused before', 'paused late', 'disabled') {
	my $j = $change->('Resume', $id{$name});
	is("$j->{State} $j->{NextDueAt}", 'Active ' . $iso->($first),
		"$name: within its grace it is due at once");
	like($j->{Remark}, qr/it is due now/, 'which is said');
}
$once->('ten minutes later');
is($states->($id{$_}) . ' ' . $effects->($_), 'Schedule:Success 1', "$_: it ran")
	for 'paused before', 'paused late', 'disabled';
is($api->('GET', "Schedules/$id{disabled}")->{json}{State}, 'Ended', 'once');
is($change->('Pause', $id{disabled})->{State} . ' ' . $change->('Pause', $id{disabled})->{Remark},
	'Ended Nothing of it is due any more.', 'what has ended is not paused');
is($mails->($_), 0, "$_: no alarm yet") for 'ended well', 'ended badly', 'in years',
	'silent while paused';

$later->($first + 7200);
$j = $change->('Resume', $id{'too long'});
is("$j->{State} $j->{Remark}", 'Ended 1 occurrence of the pause is in the history as Missed. '
	. 'Nothing of it is due any more.', 'later than its grace: it has ended');
is($states->($id{'too long'}), 'Schedule:Missed', 'with a row');
like(($runs->($id{'too long'}))[0]{Reason}, qr/^The schedule was paused from \S+Z to \S+Z\.$/,
	'that says why');
$once->('two hours later') for 1 .. 2;
is($mails->('ended badly'), 1, 'one that ended without success: one mail');
is($mails->($_), 0, "$_: none") for 'ended well', 'in years', 'silent while paused', 'fails';
is($s->value("SELECT COUNT(*) FROM api_schedule WHERE schedule_id IN ($id{'ended well'}, "
	. "$id{'ended badly'}) AND silent_at IS NOT NULL"), 0, 'and never more');

$later->($first + 3 * 86400 + 3600);
$j = $change->('Resume', $id{recurring});
is($j->{Remark}, '3 occurrences of the pause are in the history as Missed.', 'three days of pause');
is("$j->{State} $j->{NextDueAt}", 'Active ' . $iso->($first + 4 * 86400),
	'it goes on with the next one');
is($change->('Resume', $id{recurring})->{Remark}, undef, 'twice is no harm');
$once->('three days later');
is($states->($id{'in grace'}), 'Schedule:Success Schedule:Missed Schedule:Missed Schedule:Success',
	'Skip: what is found within its grace runs');
is($states->($id{'out of grace'}),
	'Schedule:Success Schedule:Missed Schedule:Missed Schedule:Missed',
	'what is found later does not');
like(($runs->($id{'out of grace'}))[3]{Reason},
	qr/^No daemon was at work when it was due; found 3[56]\d\d s late\. Misfire is Skip\.$/,
	'and says why');
is($api->('GET', "Schedules/$id{'in grace'}")->{json}{NextDueAt}, $iso->($first + 4 * 86400),
	'the next one is counted from the last due time, not from when that was found');
is($states->($id{recurring}), join(' ', ('Schedule:Missed') x 4),
	'each is a row, none is made up for, though Misfire is All');
is_deeply([map { $_->{DueAt} } $runs->($id{recurring})],
	[map { $iso->($first + $_ * 86400) } 0 .. 3], 'with its time');
is($effects->('recurring'), 0, 'none ran');
is($api->('DELETE', "Schedules/$id{'deleted while paused'}")->{status}, 204,
	'deleted while paused');
is($states->($id{'deleted while paused'}), join(' ', ('Schedule:Missed') x 4), 'a row each');
like(($runs->($id{'deleted while paused'}))[3]{Reason},
	qr/^The schedule was paused from \S+Z to \S+Z, when it was deleted\.$/, 'that says why');
$s->sql("UPDATE api_schedule SET rule = REPLACE(rule, '\"x', '\"')
	WHERE schedule_id = $id{broken}");
$j = $change->('Resume', $id{broken});
is("$j->{State} " . ($j->{Fault} // 'none') . " $j->{Remark}",
	'Active none 4 occurrences from the time when it could not be computed are in the history '
		. 'as Missed.', 'a faulty one that can be computed again');
like(($runs->($id{broken}))[0]{Reason}, qr/^The schedule could not be computed: /,
	'its rows say why');
is($mails->('fails'), 1, 'no success for 48 hours since the first was due: a mail');
is($mails->('ended badly'), 1, 'what has ended is silent');

$later->($first + 60 * 86400 + 60);
$j = $change->('Resume', $id{hourly});
my ($mass) = $runs->($id{hourly});
cmp_ok(abs($mass->{Occurrences} - 60 * 24), '<=', 2, 'sixty days of an hourly one are one row');
like($j->{Remark}, qr/^$mass->{Occurrences} occurrences of the pause/, 'of so many');
ok($mass->{DueAt} lt $mass->{LastDueAt}, 'with the first and last');
is(scalar(() = $runs->($id{hourly})), 1, 'alone');
$once->('sixty days later');
is($mails->($_), 0, "$_: no mail") for 'in years', 'silent while paused', 'ended well';
$change->('Resume', $id{'silent while paused'});
is($s->value("SELECT TIMESTAMPDIFF(SECOND, next_due_at, silent_at) FROM api_schedule WHERE "
	. "schedule_id = $id{'silent while paused'}"), 3600, 'resumed: not before it is due');
$api->('DELETE', "Schedules/$_") for values %id;
$later->(time);

# ------------------------------------------------------------------ other zone data: a schedule
# stays on its day
my $zones = "$s->{dir}/zones";
my $zone_data = sub {	# a version, and how far Test/Moved is east of Greenwich
	my ($version, $east) = @_;
	mkdir "$zones$_" for '', '/Etc', '/Test', '/Europe';
	copy("/usr/share/zoneinfo/$_->[0]", "$zones/$_->[1].new") && rename("$zones/$_->[1].new",
		"$zones/$_->[1]") or die "$_->[1]: $!"
		for ['Etc/UTC', 'UTC'], ['Europe/Paris', 'Europe/Paris'],
		["Etc/GMT-$east", 'Test/Moved'];
	open my $fh, '>', "$zones/tzdata.zi" or die $!;
	print $fh "# version $version\n";
	close $fh or die $!;
};
$zone_data->('2098a', 2);
$s->set(TZDIR => $zones);
$fcgi->{env}{TZDIR} = $zones;
$later->(time);
is($api->('POST', 'Test/Daily', { Time => '09:00', TimeZone => 'Test/Nowhere' })->{status}, 400,
	'only its zones are known');
# Each time of the day alone: data changes between two occurrences, and between what was read of it
# and the occurrence.
for my $clock ('09:00', '00:30', '23:30') {
	my $steps = sub { my ($id) = @_;
		return [map { $_->[0] } $s->sql("SELECT TIMESTAMPDIFF(SECOND, '1970-01-01', "
			. "due_at) FROM api_run WHERE schedule_id = $id ORDER BY due_at")] };
	my $due = sub { return $s->value("SELECT TIMESTAMPDIFF(SECOND, '1970-01-01', next_due_at) "
		. "FROM api_schedule WHERE schedule_id = $_[0]") };
	$zone_data->('2098a', 2);
	my $id = $create->('Daily', { Time => $clock, TimeZone => 'Test/Moved' });
	my $at = $due->($id);
	my @expected = ($at);
	$later->($at + 60);
	$once->("$clock: the first day");
	is_deeply($steps->($id), \@expected, 'it ran');
	$zone_data->('2098b', 1);
	$once->('the clocks are an hour earlier now');
	is($due->($id), $at + 86400 + 3600, 'the next day, and its own time');
	$later->($at + 3600 + 60);
	$once->('when they show the same time again');
	is_deeply($steps->($id), \@expected, 'the day does not come twice');
	push @expected, $at += 86400 + 3600;
	$later->($at + 60);
	$once->('the second day');
	is_deeply($steps->($id), \@expected, 'it ran');
	$zone_data->('2098c', 3);
	push @expected, $at += 86400 - 7200;
	$later->($at + 60);
	$once->('two hours later now: the third day');
	is_deeply($steps->($id), \@expected, 'no day is left out');
	$zone_data->('2098c', 2);
	push @expected, $at += 86400;
	$later->($at + 60);
	$once->('data whose version is not known yet: the fourth day');
	is_deeply($steps->($id), \@expected, 'at the time that was computed');
	is($due->($id), $at + 86400 + 3600, 'and then the next day');
	$api->('DELETE', "Schedules/$id");
	$later->(time);
}
# a one-time one moves, too
$zone_data->('2098a', 2);
my $moved = $create->('OneTime', { StartDate => '2099-01-01T12:00', TimeZone => 'Test/Moved' });
$zone_data->('2098b', 1);
$once->('other data');
is($api->('GET', "Schedules/$moved")->{json}{NextDueAt}, '2099-01-01T11:00:00Z',
	'a one-time schedule keeps its wall time');

done_testing();
