# What becomes of occurrences beside the plain case: runs by hand, deletion, pauses, silence, new zone data, many at once. Each is a row that says why.
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use HTTP::Tiny;
use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep time);
use Fcgi;
use MariaDB;
use Nginx;
use Scheduler;

my $db = MariaDB->start;
my $s = Scheduler->new($db, CUSTOMERAPI_RUN_SLOTS => 3);
$s->tenant(1, time_zone => "'Europe/Paris'", admin_email => "'admin\@demo.example'");
my $token = join '', map { ('a' .. 'z')[rand 26] } 1 .. 30;
$s->sql("INSERT INTO api_token (alias_id, token_hash, rights, created_at) VALUES (1, x'" . sha256_hex($token) . "', 'process', '2026-01-01')");
my $fcgi = Fcgi->start(%{ $s->{env} }, CUSTOMERAPI_CONF => '/dev/null');
my $nginx = Nginx->start($fcgi->socket);
my $http = HTTP::Tiny->new(timeout => 20);
my $api = sub {
	my ($method, $path, $body) = @_;
	my %headers = ('X-Crm360Api-Token' => $token, 'X-Crm360Api-CustomerName' => 'C1', 'X-Crm360Api-DatabaseAlias' => 'A1');
	my $r = $http->request($method, $nginx->url . "/ProcessManagement/$path", { headers => \%headers, defined $body ? (content => encode_json($body)) : () });
	$r->{json} = ($r->{content} // '') eq '' ? {} : eval { decode_json($r->{content}) };
	return $r;
};
my $create = sub {
	my ($form, $body, $process) = @_;
	my $r = $api->('POST', ($process // 'Test') . "/$form", $body);
	is($r->{status}, 201, "$form: created") or diag($r->{content});
	return $r->{json}{ScheduleId};
};
my $wait = sub { my ($true, $seconds) = @_; my $end = time + ($seconds // 30); sleep 0.05 while !$true->() && time < $end; return $true->() };
my $runs = sub { my ($id) = @_; return reverse @{ $api->('GET', "Schedules/$id/Runs?Limit=500")->{json}{Runs} } };
my $states = sub { return join ' ', map { "$_->{Origin}:$_->{State}" } $runs->(@_) };
my $effects = sub { $db->value("SELECT COUNT(*) FROM MarketingAction WHERE Identifier LIKE '$_[0] ________-____-____-____-____________'", 'tenant1') };
my $iso = sub { my @t = gmtime $_[0]; return sprintf '%04d-%02d-%02dT%02d:%02d:%02dZ', $t[5] + 1900, $t[4] + 1, @t[3, 2, 1, 0] };
my $now = sub { $api->('POST', "Schedules/$_[0]/RunNow", { Parameters => $_[1] })->{json}{RunId} };
my $show = sub { $api->('GET', "Schedules/Runs/$_[0]")->{json} };
my $running = sub { my ($run) = @_; return $wait->(sub { $show->($run)->{State} eq 'Running' }) };
# Due now, whatever its rule says.
my $fire = sub { my ($id) = @_; $s->sql("UPDATE api_schedule SET next_due_at = DATE_FORMAT(UTC_TIMESTAMP(6), '%Y-%m-%d %H:%i:%s') WHERE schedule_id = $id"); };
my $lapse = sub { $s->sql("UPDATE api_run SET lease_until = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND WHERE run_id = $_[0]") };

# ------------------------------------------------------------------ a run by hand takes no occurrence away
$s->start;
for my $overlap (qw(Skip Queue)) {
	my $id = $create->('Daily', { Time => '12:00', Overlap => $overlap, Parameters => { Note => "due $overlap" } });
	my $by_hand = $now->($id, { Steps => 40, StepMs => 100, Note => "hand $overlap" });
	ok($running->($by_hand), "$overlap: a run by hand is at work");
	$fire->($id);
	ok($s->until_is(1, "SELECT COUNT(*) FROM api_run WHERE schedule_id = $id AND origin = 1"), 'an occurrence is due');
	is($states->($id), 'Manual:Running Schedule:Waiting', 'it waits');
	ok($wait->(sub { $states->($id) eq 'Manual:Success Schedule:Success' }), 'and runs when the other has ended') or diag($states->($id));
	is($effects->("due $overlap"), 1, 'once');
	$api->('DELETE', "Schedules/$id");
}
my $held = $create->('Daily', { Time => '12:00', Parameters => { Note => 'held' } });
my $lost = $now->($held, { Steps => 40, StepMs => 100, End => 'Crash' });
ok($wait->(sub { $s->value("SELECT COUNT(*) FROM api_run WHERE run_id = $lost AND state = 2") }), 'a run by hand that dies');
$lapse->($lost);
ok($s->until_is(1, "SELECT COUNT(*) FROM api_run WHERE retry_of = $lost"), 'is tried again');
my ($again) = map { $_->{RunId} } grep { $_->{Origin} eq 'Retry' } $runs->($held);
$s->sql("UPDATE api_run SET state = 1, not_before = '2099-01-01', lease = NULL, busy_schedule = NULL WHERE run_id = $again");
$fire->($held);
ok($wait->(sub { $effects->('held') == 1 }), 'nor does its retry take an occurrence away') or diag($states->($held));
is($states->($held), 'Manual:Lost Retry:Waiting Schedule:Success', 'which waits still');
$api->('DELETE', "Schedules/$held");
# of another schedule, whose process must not meet this one's
my ($rates, $tables) = map { $create->('Daily', { Time => '12:00', Parameters => { DryRun => JSON::PP::true } }, $_) } qw(ComputeRefAmounts RefreshDecisionalData);
$s->sql("INSERT INTO api_run (tenant_id, schedule_id, process, parameters, origin, state, not_before, exclusive, busy_schedule, busy_exclusive, lease, lease_until, started_at, result, log_tail, created_by, created_at)
	VALUES (1, $tables, 'RefreshDecisionalData', '', 2, 2, UTC_TIMESTAMP(6), 'purchases', $tables, '1:purchases', REPEAT('x', 16), UTC_TIMESTAMP(6) + INTERVAL 1 HOUR, UTC_TIMESTAMP(6), '', '', 'API', UTC_TIMESTAMP(6))");
$fire->($_) for $rates, $tables;
ok($s->until_is(2, "SELECT COUNT(*) FROM api_run WHERE schedule_id IN ($rates, $tables) AND origin = 1"), 'two are due while an exclusive process is at work');
is_deeply([map { $states->($_) } $rates, $tables], ['Schedule:Waiting', 'Manual:Running Schedule:Waiting'], 'both wait');
$s->sql("UPDATE api_run SET state = 3, busy_schedule = NULL, busy_exclusive = NULL, lease = NULL, lease_until = NULL, ended_at = UTC_TIMESTAMP(6) WHERE schedule_id = $tables AND origin = 2");
ok($wait->(sub { join(' ', map { $states->($_) } $rates, $tables) =~ /^Schedule:(?:Success|Warning) Manual:Success Schedule:(?:Success|Warning)$/ }), 'and run after it')
	or diag(join ' ', map { $states->($_) } $rates, $tables);
$api->('DELETE', "Schedules/$_") for $rates, $tables;

# ------------------------------------------------------------------ deletion
my $gone = $create->('OneTime', { StartDate => $iso->(time + 1), Parameters => { Steps => 48, StepMs => 100, Note => 'deleted' } });
ok($wait->(sub { $states->($gone) eq 'Schedule:Running' }), 'a run at work');
my $queued = $now->($gone, { Note => 'deleted' });
is($api->('DELETE', "Schedules/$gone")->{status}, 204, 'its schedule is deleted');
is($show->($queued)->{State}, 'Cancelled', 'what waited is cancelled at once');
is($show->($queued)->{Reason}, 'The schedule was deleted.', 'with the reason');
ok($wait->(sub { $states->($gone) eq 'Schedule:Cancelled Manual:Cancelled' }, 8), 'what was at work ends; the history can still be read') or diag($states->($gone));
is(($runs->($gone))[0]{CancelledBy}, 'API', 'who did it is in it');
is($effects->('deleted'), 0, 'no effect');
is($api->('POST', "Schedules/$gone/$_")->{status}, 404, "$_: 404") for qw(Pause Resume RunNow);
is($api->('GET', 'Schedules/999999/Runs')->{status}, 404, 'one that never was has no history');
for my $when ('before', 'after') {
	my $id = $create->('Daily', { Time => '12:00', Parameters => { Steps => 48, StepMs => 100, End => 'Crash' } });
	$fire->($id);
	ok($wait->(sub { $states->($id) eq 'Schedule:Running' }), "deleted $when its run is lost: at work");
	my ($run) = map { $_->{RunId} } $runs->($id);
	$s->sql("UPDATE api_run SET lease = REPEAT('y', 16) WHERE run_id = $run");	# the daemon has forgotten it
	if ($when eq 'after') {
		$lapse->($run);
		ok($s->until_is(1, "SELECT COUNT(*) FROM api_run WHERE retry_of = $run"), 'to be tried again');
	}
	$api->('DELETE', "Schedules/$id");
	$lapse->($run) if $when eq 'before';
	ok($wait->(sub { $states->($id) =~ /^Schedule:(?:Cancelled|Lost Retry:Cancelled)$/ }), 'nothing of it fires any more') or diag($states->($id));
}
# cancelled in the moment when the daemon is stopped: it does not begin again
my $twice = $create->('Daily', { Time => '12:00', Parameters => { Steps => 48, StepMs => 100, Note => 'stopped' } });
my $both = $now->($twice, { Steps => 48, StepMs => 100, Note => 'stopped' });
ok($running->($both), 'at work');
$s->sql("UPDATE api_run SET cancel_at = UTC_TIMESTAMP(6), cancel_by = 'API' WHERE run_id = $both");
is($s->stop, 0, 'stopped');
is($show->($both)->{State}, 'Cancelled', 'cancelled, not given back');
$api->('DELETE', "Schedules/$twice");

# ------------------------------------------------------------------ many rows
my @many = map { $create->('Hourly', { Misfire => 'Skip', StartDate => $iso->(time - 86400 * 40), Parameters => {} }) } 1 .. 6;
$s->sql("UPDATE api_schedule SET next_due_at = DATE_FORMAT(UTC_TIMESTAMP(6) - INTERVAL 890 HOUR, '%Y-%m-%d %H:00:00') WHERE schedule_id IN (" . join(',', @many) . ')');
is($s->once, 0, 'six schedules with 890 missed occurrences each');
is($s->value('SELECT COUNT(DISTINCT schedule_id) FROM api_run WHERE state = 10'), 6, 'each has its rows');
cmp_ok($s->value('SELECT SUM(n) FROM (SELECT COUNT(*) n FROM api_run WHERE state = 10 GROUP BY schedule_id) t'), '>=', 6 * 889, 'all of them');
cmp_ok($s->value('SELECT MAX(n) FROM (SELECT COUNT(*) n FROM api_run WHERE state = 10 GROUP BY created_at) t'), '<=', 2100, 'but never so many in one transaction');
$api->('DELETE', "Schedules/$_") for @many;

done_testing();
