# Schedules and runs by the API and the daemon: forms, bad input, occurrences, misfire, overlap,
# cancel, limits, lost runs, silence, zone data.
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
$s->tenant(2);
my $token = join '', map { ('a' .. 'z')[rand 26] } 1 .. 30;
my $time = "'2026-01-01'";
$s->sql("INSERT INTO api_token (alias_id, token_hash, rights, created_at) VALUES (1, x'"
	. sha256_hex("1$token") . "', 'process', $time), (2, x'" . sha256_hex("2$token")
	. "', 'process', $time),
	(1, x'" . sha256_hex("c$token") . "', 'club', $time)");
my $fcgi = Fcgi->start(%{ $s->{env} }, CUSTOMERAPI_CONF => '/dev/null');
my $nginx = Nginx->start($fcgi->socket);
my $http = HTTP::Tiny->new(timeout => 20);
my $api = sub {
	my ($method, $path, $body, $tenant) = @_;
	$tenant //= 1;
	my %headers = ('X-Crm360Api-Token' => "$tenant$token",
		'X-Crm360Api-CustomerName' => "C$tenant",
		'X-Crm360Api-DatabaseAlias' => "A$tenant");
	my $r = $http->request($method, $nginx->url . "/ProcessManagement/$path",
		{ headers => \%headers,
			defined $body ? (content => ref $body ? encode_json($body) : $body) : () });
	$r->{json} = ($r->{content} // '') eq '' ? {} : eval { decode_json($r->{content}) };
	return $r;
};
my $create = sub {
	my ($form, $body, $name) = @_;
	my $r = $api->('POST', "Test/$form", $body);
	is($r->{status}, 201, $name // "$form: created") or diag($r->{content});
	return $r->{json};
};
my $wait = sub { my ($true, $seconds) = @_; my $end = time + ($seconds // 20);
	sleep 0.05 while !$true->() && time < $end; return $true->() };
my $runs = sub { my ($id) = @_;
	return reverse @{ $api->('GET', "Schedules/$id/Runs?Limit=500")->{json}{Runs} } };
my $states = sub { return join ' ', map { $_->{State} } $runs->(@_) };
my $effects = sub { $db->value("SELECT COUNT(*) FROM MarketingAction WHERE Identifier LIKE '$_[0] "
	. "________-____-____-____-____________'", 'tenant1') };
my $iso = sub { my @t = gmtime $_[0];
	return sprintf '%04d-%02d-%02dT%02d:%02d:%02dZ', $t[5] + 1900, $t[4] + 1, @t[3, 2, 1, 0] };

# ------------------------------------------------------------------ forms
my %forms = (
	OneTime => [{ StartDate => '2030-03-31T02:30' },
		qr/^Once, at 2030-03-31 03:00 \(Europe\/Paris\)$/],
	Hourly => [{ EveryHours => 3, Minute => 15 }, qr/^Every 3 hours, first at minute 15/],
	Daily => [{ Time => '02:30', EveryDays => 2, StartDate => '2030-01-01' },
		qr/^Every 2 days at 02:30 \(Europe\/Paris\), from 2030-01-01 00:00$/],
	Weekly => [{ Time => '06:00:30', DaysOfWeek => ['monday', 'Friday'], EveryWeeks => 2 },
		qr/^Every 2 weeks on Monday and Friday at 06:00:30/],
	MonthlyDayInMonth => [{ Time => '23:00', Days => [1, 31, 'Last'], Months => [1, 2] },
		qr/^On days 1 and 31 and on the last day of January and February \(in shorter months 31 is the last day\) at 23:00/],
	MonthlyWeekDay => [{ Time => '05:00', Weeks => ['First', 'Last'], DaysOfWeek => ['Sunday'],
		TimeZone => 'Asia/Tokyo' },
		qr/^On the first and last Sunday of every month at 05:00 \(Asia\/Tokyo\)/],
);
# The same forms, other words.
my @words = (
	['MonthlyDayInMonth', { Days => ['Last'] }, 'On the last day of every month at 05:00'],
	['MonthlyDayInMonth', { Days => ['Last'], Months => [2, 12] },
		'On the last day of February and December at 05:00'],
	['MonthlyDayInMonth', { Days => [15, 'Last'] },
		'On day 15 and on the last day of every month at 05:00'],
	['MonthlyDayInMonth', { Days => [1, 15] }, 'On days 1 and 15 of every month at 05:00'],
	['MonthlyDayInMonth', { Days => [30, 31], ShortMonth => 'Skip' },
		'On days 30 and 31 of every month (in shorter months not on 30 and 31) at 05:00'],
	['MonthlyDayInMonth', { Days => [31], Months => [1, 3, 12] },
		'On day 31 of January, March and December at 05:00'],
	['MonthlyDayInMonth', { Days => [1 .. 31] }, 'On every day of every month at 05:00'],
	['MonthlyWeekDay', { Weeks => [qw(First Second Third Fourth Last)],
		DaysOfWeek => ['Friday'], Months => [4] }, 'On every Friday of April at 05:00'],
	['MonthlyWeekDay', { Weeks => ['Last'], DaysOfWeek => ['Monday', 'Friday'],
		Months => [1 .. 12] }, 'On the last Monday and Friday of every month at 05:00'],
	['Weekly', { DaysOfWeek => [qw(Monday Tuesday Wednesday Thursday Friday Saturday Sunday)] },
		'Every day at 05:00'],
	['Weekly', { DaysOfWeek => [qw(Sunday)], EveryWeeks => 3 },
		'Every 3 weeks on Sunday at 05:00'],
);
for (@words) {
	my ($form, $body, $words) = @$_;
	my $j = $create->($form, { %$body, Time => '05:00', StartDate => '2030-01-01' }, $words);
	is($j->{Words}, "$words (Europe/Paris), from 2030-01-01 00:00", 'in words');
	$api->('DELETE', "Schedules/$j->{ScheduleId}");
}
my @ids;
for my $form (sort keys %forms) {
	my $j = $create->($form, { %{ $forms{$form}[0] }, Label => "a $form",
		Parameters => { Steps => 3 } });
	like($j->{Words}, $forms{$form}[1], "$form: in words");
	is(scalar @{ $j->{NextRuns} }, $form eq 'OneTime' ? 1 : 5, "$form: its next runs");
	is_deeply($j->{Parameters}, { Steps => 3 }, "$form: its parameters");
	is("$j->{State} $j->{Process} $j->{Form} $j->{Label}", "Active Test $form a $form",
		"$form: what it is");
	push @ids, $j->{ScheduleId};
}
is($api->('GET', "Schedules/$ids[0]/Preview?Count=20")->{json}{NextRuns}[1]{Utc} // '',
	$api->('GET', "Schedules/$ids[0]")->{json}{NextRuns}[1]{Utc} // '', 'preview');
# A date to end with is that day in the zone, to its end, wherever the zone lies.
for (['Pacific/Auckland', '2030-01-15'], ['Pacific/Kiritimati', '2030-01-15'],
	['Etc/GMT+12', '2030-01-15'], ['Europe/Paris', '2030-01-15']) {
	my ($zone, $last) = @$_;
	my $ends = $create->('Daily', { Time => '02:30', StartDate => '2030-01-13',
		EndDate => $last, TimeZone => $zone }, "end date in $zone");
	is(join(' ', map { substr $_->{Local}, 0, 10 } @{ $ends->{NextRuns} }),
		'2030-01-13 2030-01-14 2030-01-15', "to its end in $zone");
	my $alone = $create->('Daily', { Time => '02:30', StartDate => $last, EndDate => $last,
		TimeZone => $zone }, "one day in $zone");
	is(scalar @{ $alone->{NextRuns} }, 1, "that day alone in $zone");
	$api->('DELETE', "Schedules/$_->{ScheduleId}") for $ends, $alone;
}
my $daily = $create->('Daily', { Time => '02:30', StartDate => '2030-03-30',
	TimeZone => 'Europe/Paris' });
is_deeply([map { $_->{Local} } @{ $daily->{NextRuns} }[0 .. 2]],
	['2030-03-30T02:30:00+01:00', '2030-03-31T03:00:00+02:00', '2030-04-01T02:30:00+02:00'],
	'the day when the clocks jump');
for my $form (sort keys %forms) {
	my $r = $api->('POST', "Connector/Prestashop/$form", $forms{$form}[0]);
	is($r->{status}, 400, "Connector/Prestashop/$form: without a connection");
	is($r->{json}{errors}[0]{field}, 'Parameters.Connection',
		"Connector/Prestashop/$form: it is named");
}
for my $process (qw(Cleansing Duplication)) {
	for my $form (sort keys %forms) {
		my $r = $api->('POST', "$process/$form", $forms{$form}[0]);
		is($r->{status}, 501, "$process/$form: not built yet");
		like($r->{json}{detail} // '', qr/^\Q$process\E cannot be scheduled yet/,
			"$process/$form: says so");
	}
}

# ------------------------------------------------------------------ bad input
my %bad = (
	'unknown field' => ['Daily', { Time => '02:30', Tme => 1 }, 'Tme'],
	'time missing' => ['Daily', {}, 'Time'],
	'time wrong' => ['Daily', { Time => '24:00' }, 'Time'],
	'time with blanks' => ['Daily', { Time => ' 2:30' }, 'Time'],
	'time a number' => ['Daily', { Time => 230 }, 'Time'],
	'zone unknown' => ['Daily', { Time => '02:30', TimeZone => 'Europe/Pariss' }, 'TimeZone'],
	'zone of the machine' => ['Daily', { Time => '02:30', TimeZone => 'localtime' },
		'TimeZone'],
	'start beyond the columns' => ['OneTime', { StartDate => '9999-12-31T23:59:59-12:00' },
		'StartDate'],
	'zone a path' => ['Daily', { Time => '02:30', TimeZone => '../../etc/passwd' }, 'TimeZone'],
	'EveryDays 0' => ['Daily', { Time => '02:30', EveryDays => 0 }, 'EveryDays'],
	'EveryDays 367' => ['Daily', { Time => '02:30', EveryDays => 367 }, 'EveryDays'],
	'EveryHours text' => ['Hourly', { EveryHours => 'two' }, 'EveryHours'],
	'Minute 60' => ['Hourly', { Minute => 60 }, 'Minute'],
	'no such day' => ['Weekly', { Time => '02:30', DaysOfWeek => ['Moonday'] }, 'DaysOfWeek'],
	'days empty' => ['Weekly', { Time => '02:30', DaysOfWeek => [] }, 'DaysOfWeek'],
	'day 32' => ['MonthlyDayInMonth', { Time => '02:30', Days => [32] }, 'Days'],
	'month 13' => ['MonthlyDayInMonth', { Time => '02:30', Days => [1], Months => [13] },
		'Months'],
	'never due' => ['MonthlyDayInMonth', { Time => '02:30', Days => [31], Months => [2],
		ShortMonth => 'Skip' }, 'Days'],
	'no such week' => ['MonthlyWeekDay', { Time => '02:30', DaysOfWeek => ['Monday'],
		Weeks => ['Fifth'] }, 'Weeks'],
	'end before start' => ['Daily', { Time => '02:30', StartDate => '2030-01-02',
		EndDate => '2030-01-01' }, 'EndDate'],
	'end before the first' => ['Weekly', { Time => '02:30', DaysOfWeek => ['Monday'],
		StartDate => '2030-01-01', EndDate => '2030-01-02' }, 'EndDate'],
	'end in the past' => ['Daily', { Time => '02:30', StartDate => '2020-01-01',
		EndDate => '2020-02-01' }, 'EndDate'],
	'no date' => ['OneTime', { StartDate => '30 February' }, 'StartDate'],
	'no real date' => ['OneTime', { StartDate => '2030-02-30T00:00' }, 'StartDate'],
	'start missing' => ['OneTime', {}, 'StartDate'],
	'start in the past' => ['OneTime', { StartDate => $iso->(time - 7200) }, 'StartDate'],
	'misfire wrong' => ['Daily', { Time => '02:30', Misfire => 'Twice' }, 'Misfire'],
	'overlap wrong' => ['Daily', { Time => '02:30', Overlap => 'Maybe' }, 'Overlap'],
	'grace too long' => ['Daily', { Time => '02:30', GraceMinutes => 40321 }, 'GraceMinutes'],
	'jitter too long' => ['Daily', { Time => '02:30', JitterMinutes => 31 }, 'JitterMinutes'],
	'jitter negative' => ['Daily', { Time => '02:30', JitterMinutes => -1 }, 'JitterMinutes'],
	'label too long' => ['Daily', { Time => '02:30', Label => 'x' x 201 }, 'Label'],
	'parameters no object' => ['Daily', { Time => '02:30', Parameters => [1] }, 'Parameters'],
	'unknown parameter of the process' => ['Daily',
		{ Time => '02:30', Parameters => { Stepz => 1 } }, 'Parameters.Stepz'],
	'parameter of the wrong type' => ['Daily',
		{ Time => '02:30', Parameters => { Steps => 'many' } }, 'Parameters.Steps'],
	'a field of another form' => ['Daily', { Time => '02:30', Minute => 5 }, 'Minute'],
);
my $count = $s->value('SELECT COUNT(*) FROM api_schedule');
for my $what (sort keys %bad) {
	my ($form, $body, $field) = @{ $bad{$what} };
	my $r = $api->('POST', "Test/$form", $body);
	is($r->{status}, 400, "$what: 400") or diag($r->{content});
	ok((grep { $_->{field} eq $field } @{ $r->{json}{errors} // [] }), "$what: names $field")
		or diag($r->{content});
}
like($api->('POST', 'Test/OneTime',
	{ StartDate => $iso->(time - 7200) })->{json}{errors}[0]{message},
	qr/is more than 60 minutes ago; here it is \d{4}-.*\(Europe\/Paris\)/,
	'the past: the time here is said');
is($api->('POST', 'Test/Daily', 'not json')->{status}, 400, 'a body that is not JSON');
is($s->value('SELECT COUNT(*) FROM api_schedule'), $count, 'nothing is left behind');
is($api->('GET', "Schedules/$ids[0]", undef, 2)->{status}, 404, "another tenant's schedule");
is($api->('DELETE', "Schedules/$ids[0]", undef, 2)->{status}, 404, 'nor deleted');
is($api->('POST', "Schedules/$ids[0]/RunNow", undef, 2)->{status}, 404, 'nor run');
is($api->('GET', 'Schedules/999999')->{status}, 404, 'no such schedule');
is($api->('GET', 'Schedules/x')->{status}, 400, 'no number');
is($http->get($nginx->url . '/ProcessManagement/Schedules')->{status}, 401, 'without a token');
is($http->get($nginx->url . '/ProcessManagement/Schedules',
	{ headers => { 'X-Crm360Api-Token' => "c$token", 'X-Crm360Api-CustomerName' => 'C1',
		'X-Crm360Api-DatabaseAlias' => 'A1' } })->{status},
	403, 'without the right');

# ------------------------------------------------------------------ lists, pause
is(scalar @{ $api->('GET', 'Schedules?Process=Test')->{json}{Schedules} }, 7, 'list by process');
for my $list ('Schedules?Process=ComputeRefAmount', 'Schedules/Runs?Process=ComputeRefAmount',
	"Schedules/$ids[0]/Runs?Process=ComputeRefAmount") {
	my $r = $api->('GET', $list);
	is("$r->{status} $r->{json}{errors}[0]{field} $r->{json}{errors}[0]{message}",
		'400 Process is no process; did you mean ComputeRefAmounts?', "$list: 400");
}
is(scalar @{ $api->('GET', 'Schedules?Limit=2')->{json}{Schedules} }, 2, 'a page');
is(scalar @{ $api->('GET', 'Schedules', undef, 2)->{json}{Schedules} }, 0, 'of the tenant only');
is($api->('POST', "Schedules/$ids[1]/Pause")->{json}{State}, 'Paused', 'paused');
is(scalar @{ $api->('GET', 'Schedules?State=Paused')->{json}{Schedules} }, 1, 'list by state');
is($api->('POST', "Schedules/$ids[1]/Pause")->{json}{State}, 'Paused', 'twice is no harm');
is($api->('POST', "Schedules/$ids[1]/Resume")->{json}{State}, 'Active', 'resumed');
is($api->('DELETE', "Schedules/$_")->{status}, 204, 'deleted') for @ids, $daily->{ScheduleId};
is($api->('GET', "Schedules/$ids[0]")->{status}, 404, 'and gone');
my $paused = $create->('Hourly', { Enabled => JSON::PP::false });
is($paused->{State}, 'Paused', 'created paused');
my @asked = map { $api->('POST', "Schedules/$paused->{ScheduleId}/RunNow") } 1 .. 101;
is(join(' ', map { $_->{status} } @asked), join(' ', (202) x 100, 409),
	'a hundred runs may be asked for and wait, not more');
like($asked[100]{json}{detail},
	qr/^100 runs of schedule $paused->{ScheduleId} that were asked for wait already; /,
	'which is said');
is($api->('POST', "Schedules/Runs/$asked[0]{json}{RunId}/Cancel")->{status}, 200,
	'one of them is cancelled');
is($api->('POST', "Schedules/$paused->{ScheduleId}/RunNow")->{status}, 202,
	'then there is room again');
is($api->('POST', "Schedules/$_->{ScheduleId}/RunNow")->{status}, 202,
	'another schedule has its own') for my $roomy = $create->('Hourly',
	{ Enabled => JSON::PP::false });
$s->sql('DELETE FROM api_run');

# ------------------------------------------------------------------ in time
$s->start;
ok($wait->(sub { $s->children('tick') && $s->children('runner') == 3 }),
	'a tick and three runners');
my $due = int(time) + 3;
my $once = $create->('OneTime',
	{ StartDate => $iso->($due), Parameters => { Steps => 2, Note => 'once' } });
ok($wait->(sub { $states->($once->{ScheduleId}) eq 'Success' }), 'it runs')
	or diag($states->($once->{ScheduleId}));
my ($run) = $runs->($once->{ScheduleId});
is($run->{DueAt}, $iso->($due), 'for its due time');
my $late = $s->value("SELECT TIMESTAMPDIFF(MICROSECOND, due_at, created_at) FROM api_run WHERE "
	. "run_id = $run->{RunId}");
ok($late >= 0 && $late < 1_000_000, 'found within a second') or diag("$late us");
is_deeply($run->{Result}, { Steps => 2, Note => 'once' }, 'with a result');
like($api->('GET', "Schedules/Runs/$run->{RunId}")->{json}{Log}, qr/^ +\d\.\d s  begins, 2 steps$/m,
	'and a log');
is($effects->('once'), 1, 'and its effect, once');
is($api->('GET', "Schedules/$once->{ScheduleId}")->{json}{State}, 'Ended', 'the schedule is over');
my $past = $create->('OneTime',
	{ StartDate => $iso->(time - 600), Parameters => { Note => 'past' } },
	'a one-time in the past, within grace');
ok($wait->(sub { $effects->('past') == 1 }), 'runs at once');

# manual runs
my $r = $api->('POST', "Schedules/$paused->{ScheduleId}/RunNow",
	{ Parameters => { Note => 'manual' } });
is($r->{status}, 202, 'run now');
ok($wait->(sub { $effects->('manual') == 1 }), 'it runs, though paused');
my $next = $create->('OneTime', { StartDate => $iso->(int(time) + 4),
	Parameters => { Note => 'slot' } });
$api->('POST', "Schedules/$next->{ScheduleId}/RunNow");
ok($wait->(sub { $effects->('slot') == 2 }), 'a manual run takes no occurrence away');
is($states->($next->{ScheduleId}), 'Success Success', 'both are in the history');
is($api->('POST', "Schedules/$paused->{ScheduleId}/RunNow",
	{ Parameters => { No => 1 } })->{status}, 400, 'wrong parameters of a manual run');

# progress, cancel, limits
my $long = sub { my (%p) = @_;
	$api->('POST', "Schedules/$paused->{ScheduleId}/RunNow",
		{ Parameters => \%p })->{json}{RunId} };
my $show = sub { $api->('GET', "Schedules/Runs/$_[0]")->{json} };
my $cancelled = $long->(Steps => 100, StepMs => 100, Note => 'never');
ok($wait->(sub { ($show->($cancelled)->{Progress}{Done} // 0) > 5 }),
	'progress can be read while it runs');
is($show->($cancelled)->{Progress}{Total}, 100, 'of how many');
my $second = $long->(Steps => 1, Note => 'second');
sleep 1;
is($show->($second)->{State}, 'Waiting', 'two runs of a schedule do not meet');
is($api->('POST', "Schedules/Runs/$cancelled/Cancel")->{status}, 202, 'cancel one at work');
ok($wait->(sub { $show->($cancelled)->{State} eq 'Cancelled' }), 'it ends');
is($effects->('never'), 0, 'without its effect');
ok($wait->(sub { $show->($second)->{State} eq 'Success' }), 'then the next one begins');
my $slow = $long->(Steps => 100, StepMs => 100);
my $waits = $long->(Steps => 1, Note => 'never');
ok($wait->(sub { $show->($slow)->{State} eq 'Running' }), 'one at work');
is($api->('POST', "Schedules/Runs/$waits/Cancel")->{json}{State}, 'Cancelled',
	'cancel one that waits');
ok($wait->(sub { $show->($slow)->{State} eq 'TimedOut' }), 'too long: stopped');
like($show->($slow)->{Reason}, qr/longer than 5 s/, 'with the limit');
my $large = $long->(Steps => 100, StepMs => 50, MemoryMb => 400);
ok($wait->(sub { $show->($large)->{State} eq 'Failed' }), 'too large: stopped');
like($show->($large)->{Reason}, qr/more than 300 MiB/, 'with the limit');
my $fails = $long->(End => 'Fail');
ok($wait->(sub { $show->($fails)->{State} eq 'Failed' }), 'a failure');
is($show->($fails)->{Reason}, 'It was told to fail.', 'with its reason');
my $warns = $long->(End => 'Warning');
ok($wait->(sub { $show->($warns)->{State} eq 'Warning' }), 'a warning');

# a process that dies: lost when its lease is over, tried once more
my $dies = $long->(End => 'Crash', Note => 'dies');
ok($wait->(sub { $s->value("SELECT COUNT(*) FROM api_run WHERE run_id = $dies AND state = 2") }),
	'begun');
sleep 1;
$s->sql("UPDATE api_run SET lease_until = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND
	WHERE run_id = $dies");
ok($wait->(sub { $show->($dies)->{State} eq 'Lost' }), 'lost');
ok($wait->(sub { $s->value("SELECT COUNT(*) FROM api_run WHERE retry_of = $dies") == 1 }),
	'tried again');
my $again = $s->value("SELECT run_id FROM api_run WHERE retry_of = $dies");
ok($wait->(sub { $show->($again)->{State} eq 'Running' }), 'it begins');
sleep 1;
$s->sql("UPDATE api_run SET lease_until = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND WHERE run_id = "
	. "$again");
ok($wait->(sub { $show->($again)->{State} eq 'Lost' }), 'and is lost');
sleep 2.5;
is($s->value("SELECT COUNT(*) FROM api_run WHERE retry_of = $again"), 0,
	'and not tried a third time');

# stopped in mid-run: it begins again, one run still
my $stopped = $long->(Steps => 30, StepMs => 100, Note => 'stopped');
ok($wait->(sub { $show->($stopped)->{State} eq 'Running' }), 'at work');
is($s->stop, 0, 'SIGTERM');
is($show->($stopped)->{State}, 'Waiting', 'it is given back');
$s->start;
ok($wait->(sub { $show->($stopped)->{State} eq 'Success' }), 'and begins again');
is($effects->('stopped'), 1, 'its effect is there once');

# overlap
my $overlap = sub {
	my ($how) = @_;
	my $j = $create->('Hourly', { Overlap => $how, Misfire => 'All', GraceMinutes => 60,
		Parameters => { Steps => 20, StepMs => 100 } }, "Overlap $how");
	my $fire = sub { $s->sql("UPDATE api_schedule SET next_due_at = "
		. "DATE_FORMAT(UTC_TIMESTAMP(6), '%Y-%m-%d %H:%i:%s') WHERE schedule_id = "
			. "$j->{ScheduleId}"); sleep 1.2 };
	$fire->() for 1 .. 3;
	my $id = $j->{ScheduleId};
	$wait->(sub { $states->($id) !~ /Waiting|Running/ });
	$api->('DELETE', "Schedules/$id");
	return join ' ',
		map { $_->{State} } grep { $_->{ScheduleId} == $id } reverse @{ $api->('GET',
			"Schedules/Runs?Limit=500")->{json}{Runs} };
};
# jitter: the run starts behind its due time, by as much as the preview says; the due time stays
my %behind;
for my $n (1 .. 5) {
	my $j = $create->('Daily', { Time => '12:00', JitterMinutes => 30 }, "jitter $n");
	my $id = $j->{ScheduleId};
	my ($first, $second) = map {
		[$db->sql("SELECT TIMESTAMPDIFF(SECOND, '" . ($_->{Utc} =~ s/[TZ]/ /gr) . "', '"
			. ($_->{StartsAt} =~ s/[TZ]/ /gr) . "')")]->[0][0] } @{ $j->{NextRuns} }[0,
			1];
	is($second, $first, 'the same behind each');
	$behind{$first} = 1;
	$s->sql("UPDATE api_schedule SET next_due_at = DATE_FORMAT(UTC_TIMESTAMP(6), '%Y-%m-%d "
		. "%H:%i:%s') WHERE schedule_id = $id");
	ok($wait->(sub { $s->value("SELECT COUNT(*) FROM api_run WHERE schedule_id = $id") }),
		'its row is there at the due time');
	is($s->value("SELECT TIMESTAMPDIFF(SECOND, due_at, not_before) FROM api_run WHERE "
		. "schedule_id = $id"), $first, 'to start as much behind it');
	$api->('DELETE', "Schedules/$id");
}
ok(keys %behind > 1 && !grep({ $_ < 0 || $_ > 1800 } keys %behind),
	'within 30 minutes, and not all alike') or diag(join ' ', keys %behind);
ok(!exists $create->('Daily', { Time => '12:00' }, 'without jitter')->{NextRuns}[0]{StartsAt},
	'nothing of it where there is none');

like($overlap->('Skip'), qr/^Success Skipped (?:Skipped|Success)$/, 'the second is skipped');
like($overlap->('Queue'), qr/^Success Success (?:Skipped|Success)$/, 'queued: one after the other');
my $at_once = $overlap->('Allow');
is($at_once, 'Success Success Success', 'allowed: all');
is($s->stop, 0, 'stop');

# ------------------------------------------------------------------ misfire, by a clock that went
# on without a daemon
my %misfire;
for my $how (qw(Once Skip All)) {
	$misfire{$how} = $create->('Daily', { Time => '12:00', TimeZone => 'UTC', Misfire => $how,
		Parameters => { Note => "misfire $how" } }, "Misfire $how")->{ScheduleId};
}
my $hourly = $create->('Hourly',
	{ Misfire => 'Once', Parameters => { Note => 'many' } })->{ScheduleId};
my $few = $create->('Hourly', { Misfire => 'All', Parameters => { Note => 'few' } })->{ScheduleId};
my $midday = 86400 - (time - 43200) % 86400;	# seconds to the next 12:00
my $days = 60;
$s->set(CUSTOMERAPI_CLOCK_OFFSET => int($midday + 3 * 86400 + 7200));
is($s->once, 0, 'a round, three days and two hours after a midday');
is($states->($misfire{Once}), 'Missed Missed Missed Success', 'Once: the last one runs');
is($states->($misfire{Skip}), 'Missed Missed Missed Missed', 'Skip: none runs');
is($states->($misfire{All}), 'Success Success Success Success', 'All: each runs');
like(($runs->($misfire{Once}))[0]{Reason},
	qr/^No daemon was at work when it was due; found \d+ s late\. Misfire is Once: the run due at \S+Z stands for all of them\.$/,
	'a missed one says why');
my ($stands) = reverse $runs->($misfire{Once});
is($stands->{Reason}, 'It also stands for 3 missed occurrences; the oldest was due at '
	. ($runs->($misfire{Once}))[0]{DueAt} . '.', 'the one that runs says for which it stands');
like($api->('GET', "Schedules/Runs/$stands->{RunId}")->{json}{Log},
	qr/ s  It also stands for 3 missed occurrences;/, 'and is told so');
is($effects->("misfire $_->[0]"), $_->[1], "$_->[0]: effects") for ['Once', 1], ['Skip', 0],
	['All', 4];
my $hours = int(($midday + 3 * 86400 + 7200) / 3600);
my ($missed) = $states->($few) =~ /^((?:Missed )+)(?:Success ?){24}$/;
cmp_ok(abs(length($missed // '') / length('Missed ') - ($hours - 24)), '<=', 1,
	"All: the last 24 of $hours run, the others are missed");
like(($runs->($few))[0]{Reason}, qr/Misfire is All, but only the last 24 of them run\.$/,
	'and say why');
is($s->once, 0, 'once more');
is($effects->('misfire All') + $effects->('misfire Once'), 5, 'nothing fires twice');
$s->set(CUSTOMERAPI_CLOCK_OFFSET => int($midday + 86400 * $days));
$s->once;
my ($mass) = grep { ($_->{Occurrences} // 1) > 1 } $runs->($hourly);
cmp_ok($mass->{Occurrences}, '>', 1000, 'more than a thousand missed ones are one row');
ok($mass->{DueAt} lt $mass->{LastDueAt}, 'with its first and last');
$s->set(CUSTOMERAPI_CLOCK_OFFSET => 0);
my $before = $s->value('SELECT COUNT(*) FROM api_run');
$s->once;
is($s->value('SELECT COUNT(*) FROM api_run'), $before,
	'a clock that is put back fires nothing again');

# ------------------------------------------------------------------ silence
my $alarm = $create->('Daily', { Time => '12:00', SilenceHours => 26, Label => "it's quiet",
	Parameters => { End => 'Fail' } })->{ScheduleId};
my $first = $s->value("SELECT TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(6), next_due_at) FROM "
	. "api_schedule WHERE schedule_id = $alarm");
$s->set(CUSTOMERAPI_CLOCK_OFFSET => $first + 25 * 3600);
$s->once;
is($s->value('SELECT COUNT(*) FROM api_mail WHERE kind = 3'), 0, 'no alarm before its time');
$s->set(CUSTOMERAPI_CLOCK_OFFSET => $first + 27 * 3600);
$s->once for 1 .. 2;
is_deeply([$s->sql('SELECT m.subject, r.address FROM api_mail m JOIN api_mail_recipient r USING '
	. '(mail_id) WHERE m.kind = 3')],
	[['[C1/A1] Test has not succeeded for 26 h', 'admin@demo.example']],
	'then one mail to the administrator');
$s->set(CUSTOMERAPI_CLOCK_OFFSET => $first + 27 * 3600 + 26 * 3600 + 60);
$s->once;
is($s->value('SELECT COUNT(*) FROM api_mail WHERE kind = 3'), 2, 'and another one when it goes on');
$s->set(CUSTOMERAPI_CLOCK_OFFSET => 0);

# ------------------------------------------------------------------ currency rates
my $rates = sub { return [map { "$_->{CurrencyId} $_->{ValidFrom} $_->{Rate}" } @{ $api->('GET',
	"CurrencyRates$_[0]")->{json}{CurrencyRates} }] };
is_deeply($api->('POST', 'CurrencyRates', { CurrencyId => 'USD', ValidFrom => '2026-01-01',
	Rate => '0.9134' })->{json},
	{ CurrencyId => 'USD', ValidFrom => '2025-12-31T23:00:00Z', Rate => '0.9134' },
	"a rate is set; a date is one of the tenant's zone");
is($api->('POST', 'CurrencyRates', { CurrencyId => 'GBP', Rate => '1.17' })->{status}, 200,
	'from now');
my %bad_rates = (CurrencyId => { CurrencyId => 'XQZ', Rate => '1' },
	Rate => { CurrencyId => 'USD', Rate => '1,5' },
	ValidFrom => { CurrencyId => 'USD', Rate => '1', ValidFrom => '2026-02-30' });
for my $field (sort keys %bad_rates) {
	my $r = $api->('POST', 'CurrencyRates', $bad_rates{$field});
	is("$r->{status} " . ($r->{json}{errors}[0]{field} // ''), "400 $field", "a wrong $field");
}
is($api->('POST', 'CurrencyRates', { CurrencyId => 'USD', Rate => 0.91 })->{status}, 400,
	'a number that is no text: 400');
is(scalar @{ $api->('POST', 'CurrencyRates',
	{ CurrencyId => 'XQZ', Rate => '0', ValidFrom => 'x' })->{json}{errors} }, 3,
	'all faults at once');
my $csv = join '', map { "$_\r\n" } 'CurrencyId;Rate;ValidFrom', 'USD;0.92;2026-02-01',
	'USD;0.9134;2026-01-01', 'CHF;1.05;2026-01-01T00:00Z';
is_deeply($api->('POST', 'CurrencyRates/Load?DryRun=true', $csv)->{json},
	{ Rates => 3, Added => 2, Changed => 0, DryRun => JSON::PP::true }, 'CSV: a dry run');
is_deeply($rates->('?CurrencyId=USD'), ['USD 2025-12-31T23:00:00Z 0.913400000000'],
	'writes nothing');
is_deeply($api->('POST', 'CurrencyRates/Load', $csv)->{json},
	{ Rates => 3, Added => 2, Changed => 0, DryRun => JSON::PP::false }, 'CSV');
is_deeply($api->('POST', 'CurrencyRates/Load', $csv =~ s/1\.05/1.06/r)->{json},
	{ Rates => 3, Added => 0, Changed => 1, DryRun => JSON::PP::false },
	'again, one is another');
is_deeply($rates->('?CurrencyId=USD&Limit=1'), ['USD 2026-01-31T23:00:00Z 0.920000000000'],
	'the newest first');
is_deeply($rates->('?CurrencyId=USD&Before=2026-01-31T23:00:00Z'),
	['USD 2025-12-31T23:00:00Z 0.913400000000'], 'and the page behind it');
my $count_rates = sub { $db->value('SELECT COUNT(*) FROM CurrencyRate', 'tenant1') };
my $n_rates = $count_rates->();
my $bad_csv = $api->('POST', 'CurrencyRates/Load',
	"JPY,2026-01-01,0.006\nJPY,2026-01-01,0.007\nJPY,yesterday,0.006\nJPY,2026-01-03\n");
is($bad_csv->{status}, 400, 'faulty lines: 400');
is_deeply([map { $_->{field} } @{ $bad_csv->{json}{errors} }], ['line 3', 'line 4', 'line 2'],
	'each is named');
is($count_rates->(), $n_rates, 'and none written');
is($api->('POST', 'CurrencyRates/Load', 'x' x ((1 << 20) + 1))->{status}, 413, 'too large');
is($api->('POST', 'CurrencyRates/Load')->{status}, 400, 'an empty body');
is($api->('DELETE', 'CurrencyRates/USD/2026-02-01')->{status}, 204, 'removed');
is($api->('DELETE', 'CurrencyRates/USD/2026-02-01')->{status}, 404, 'and gone');
is_deeply($api->('GET', 'CurrencyRates', undef, 2)->{json}{CurrencyRates}, [],
	'another tenant has its own');
is($http->get($nginx->url . '/ProcessManagement/CurrencyRates')->{status}, 401,
	'not without a token');

# ------------------------------------------------------------------ new zone data, and a row that
# cannot be read
my $zone = $create->('Daily', { Time => '09:00' })->{ScheduleId};
my $right = $s->value("SELECT next_due_at FROM api_schedule WHERE schedule_id = $zone");
$s->sql("UPDATE api_schedule SET tzdata = '1999z', next_due_at = next_due_at + INTERVAL 1 HOUR "
	. "WHERE schedule_id = $zone");
$s->once;
is($s->value("SELECT next_due_at FROM api_schedule WHERE schedule_id = $zone"), $right,
	'other zone data: computed again');
my $broken = $create->('Daily', { Time => '09:00' })->{ScheduleId};
$s->sql("UPDATE api_schedule SET rule = '{\"Time\":\"99:00\"}', next_due_at = UTC_TIMESTAMP(6) "
	. "WHERE schedule_id = $broken");
is($s->once, 0, 'a row that cannot be read');
my $fault = $api->('GET', "Schedules/$broken")->{json};
is($fault->{State}, 'Faulty', 'is set aside');
like($fault->{Fault}, qr/is not a time of the day/, 'with the reason');
is_deeply([map { $_->{ScheduleId} } @{ $api->('GET',
	'Schedules?State=Faulty')->{json}{Schedules} }], [$broken], 'it is found by its state');
ok(!grep({ $_->{ScheduleId} == $broken } @{ $api->('GET',
	'Schedules?State=Ended')->{json}{Schedules} }), 'and by no other');

# ------------------------------------------------------------------ cost
$s->sql("INSERT INTO api_schedule (tenant_id, process, form, rule, parameters, time_zone, "
	. "start_at, misfire, grace_s, overlap, next_due_at, created_at, modified_at)
	SELECT 1, 'Test', 'Daily', '{\"Time\":\"09:00\"}', '', 'UTC', '2026-01-01', 1, 3600, 1,
	'2090-01-01', '2026-01-01', '2026-01-01' FROM seq_1_to_20000");
$s->sql("UPDATE api_schedule SET tzdata = (SELECT t.tzdata FROM (SELECT MAX(tzdata) tzdata FROM "
	. "api_schedule) t) WHERE tzdata = ''; SET GLOBAL userstat = 1");
$s->once;	# what stands open is done
$s->sql('FLUSH TABLE_STATISTICS');
$s->set(CUSTOMERAPI_QUEUE_POLL_MS => 5000);
my $statements = sub { return ($s->sql("SHOW GLOBAL STATUS LIKE 'Com_stmt_execute'"))[0][1] };
$s->start;
sleep 2;	# what is done at the start
my $executed = $statements->();
sleep 4;
$executed = $statements->() - $executed;
$s->stop;
cmp_ok($executed, '<', 400, 'nothing polls busily');
my $read = $s->value("SELECT COALESCE(SUM(rows_read), 0) FROM information_schema.table_statistics "
	. "WHERE table_name = 'api_schedule'");
cmp_ok($read, '<', 5000, 'what is not due costs nothing: the daemon has read few rows of 20,000');

$s->sql("INSERT INTO api_run (tenant_id, schedule_id, process, parameters, origin, due_at, state, "
	. "not_before, result, log_tail, created_at, ended_at)
	SELECT 1, IF(seq % 1000 = 0, $zone, $broken), 'Test', '', 1,
	'2026-01-01' + INTERVAL seq SECOND, IF(seq % 1000 = 1, 8, 3), '2026-01-01', '', '',
	'2026-01-01', UTC_TIMESTAMP(6) FROM seq_1_to_20000");
for (['Runs?Limit=20', 20], ['Runs?Limit=20&State=TimedOut', 20],
	['Runs?Limit=20&State=Success', 20], ["$zone/Runs?Limit=20", 20],
	["$zone/Runs?Limit=20&State=TimedOut", 0]) {
	my ($list, $n) = @$_;
	$s->sql('FLUSH TABLE_STATISTICS');
	is(scalar @{ $api->('GET', "Schedules/$list")->{json}{Runs} }, $n, $list);
	my $cost = $s->value("SELECT COALESCE(SUM(rows_read), 0) FROM "
		. "information_schema.table_statistics WHERE table_name = 'api_run'");
	cmp_ok($cost, '<=', 100, "reads few rows of 20,000");
}

done_testing();
