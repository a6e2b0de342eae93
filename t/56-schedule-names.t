# Schedules by name, cron lines, previews, runs without a schedule, chains, mails about failures,
# keys of POSTs: by the API, the command line and the daemon.
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use HTTP::Tiny;
use JSON::PP;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);
use Exim;
use Fcgi;
use MariaDB;
use Nginx;
use Scheduler;

my $db = MariaDB->start;
my $exim = Exim->start(tls => 0);
my $s = Scheduler->new($db, CUSTOMERAPI_RUN_SLOTS => 3, CUSTOMERAPI_SMTP_HOST => '127.0.0.1',
	CUSTOMERAPI_SMTP_PORT => $exim->port, CUSTOMERAPI_SMTP_TLS => 'none',
	CUSTOMERAPI_SMTP_FROM => 'api@demo.example', CUSTOMERAPI_SMTP_HELLO => 'api.demo.example');
$s->tenant(1, time_zone => "'Europe/Paris'", admin_email => "'admin\@demo.example'");
$s->tenant(2);
my $token = join '', map { ('a' .. 'z')[rand 26] } 1 .. 30;
my $time = "'2026-01-01'";
$s->sql("INSERT INTO api_token (alias_id, token_hash, rights, created_at) VALUES (1, x'"
	. sha256_hex("1$token") . "', 'process,webhook', $time), (2, x'" . sha256_hex("2$token")
	. "', 'process', $time),
	(1, x'" . sha256_hex("c$token") . "', 'club', $time);
	INSERT INTO api_mail_allow (alias_id, pattern, created_at) VALUES (1, '\@demo.example', "
		. "$time);
	INSERT INTO api_source (alias_id, source_id, label, scheme, content_dedup_s, created_at)
		VALUES (1, 1, 'Shop', 'none', 0, $time)");
my $fcgi = Fcgi->start(%{ $s->{env} }, CUSTOMERAPI_CONF => '/dev/null');
my $nginx = Nginx->start($fcgi->socket);
my $call = sub {
	my ($method, $path, $body, %o) = @_;
	my $tenant = $o{tenant} // 1;
	my %headers = ('X-Crm360Api-Token' => ($o{token} // $tenant) . $token,
		'X-Crm360Api-CustomerName' => "C$tenant", 'X-Crm360Api-DatabaseAlias' => "A$tenant",
		%{ $o{headers} // {} });
	my $r = HTTP::Tiny->new(timeout => 30)->request($method,
		$nginx->url . "/ProcessManagement/$path",
		{ headers => \%headers,
			defined $body ? (content => ref $body ? encode_json($body) : $body) : () });
	$r->{json} = ($r->{content} // '') eq '' ? {} : eval { decode_json($r->{content}) } // {};
	return $r;
};
my $put = sub { my ($name, $body, %o) = @_;
	return $call->('PUT', "Schedules/ByName/$name", $body, %o) };
my $fields = sub { my ($r) = @_;
	return join ' ', map { $_->{field} } @{ $r->{json}{errors} // [] } };
my $count = sub { return $s->value('SELECT COUNT(*) FROM api_schedule WHERE deleted_at IS NULL') };
my $at_once = sub {
	my ($n, $what) = @_;
	my @pipes;
	for my $i (1 .. $n) {
		pipe my $in, my $out or die $!;
		my $pid = fork // die "fork: $!";
		if (!$pid) {
			my $r = eval { $what->($i) } // { status => 599 };
			print $out "$r->{status} " . ($r->{headers}{'idempotency-replayed'} // '-')
				. "\n";
			close $out;
			POSIX::_exit(0);
		}
		close $out;
		push @pipes, [$in, $pid];
	}
	return map { my $fh = $_->[0]; my $line = <$fh> // ''; waitpid $_->[1], 0; chomp $line;
		$line } @pipes;
};
my $cli = sub {
	my (@args) = @_;
	local %ENV = (%ENV, %{ $s->{env} });
	my $line = join ' ', map { "'" . s/'/'\\''/gr . "'" } @args;
	my $out = `$ENV{BUILDDIR}/customerapi $line 2>&1`;
	return ($? >> 8, $out);
};

# ------------------------------------------------------------------ PUT
my $body = { Process => 'Test', Form => 'Daily', Time => '02:30', Label => 'the night',
	Parameters => { Steps => 2 } };
my $r = $put->('nightly', $body);
is("$r->{status} $r->{json}{Name} $r->{json}{Form} $r->{json}{Label} $r->{json}{State}",
	'201 nightly Daily the night Active', 'made');
is_deeply($r->{json}{Fields}, { Time => '02:30', Label => 'the night' }, 'its fields alone');
is_deeply($r->{json}{Parameters}, { Steps => 2 }, 'its parameters');
is(scalar @{ $r->{json}{NextRuns} }, 5, 'its next runs');
my ($id, $etag) = ($r->{json}{ScheduleId}, $r->{headers}{etag});
like($etag, qr/^"[0-9a-f]{32}"$/, 'an ETag');
$r = $put->('Nightly', $body);
is("$r->{status} $r->{json}{ScheduleId} $r->{json}{Name}", "200 $id nightly",
	'the same again, in another case: the same one');
is($r->{headers}{etag}, $etag, 'and the same ETag');
is($count->(), 1, 'one schedule');
$r = $call->('GET', 'Schedules/ByName/NIGHTLY');
is("$r->{status} $r->{json}{ScheduleId} $r->{headers}{etag}", "200 $id $etag", 'shown by name');
is($call->('GET', "Schedules/$id")->{headers}{etag}, $etag, 'and by number');
is($call->('GET', 'Schedules/ByName/Preview')->{status}, 404, 'no such name');
is($put->('nightly', $body, headers => { 'If-None-Match' => '*' })->{status}, 412,
	'only a new one: 412');
is($put->('nightly', $body, headers => { 'If-Match' => '"0"' })->{status}, 412,
	'another state: 412');
is($put->('other', $body, headers => { 'If-Match' => '*' })->{status}, 412,
	'only one that is there: 412');
$r = $put->('nightly', { %$body, Time => '03:30' }, headers => { 'If-Match' => $etag });
is("$r->{status} $r->{json}{ScheduleId} $r->{json}{Fields}{Time}", "200 $id 03:30",
	'that state: changed');
isnt($r->{headers}{etag}, $etag, 'another ETag');
is($put->('nightly', $body, headers => { 'If-Match' => $etag })->{status}, 412,
	'the state of before: 412');
$r = $put->('nightly', { Process => 'Test', Form => 'Weekly', Time => '01:00',
	DaysOfWeek => ['Monday'] });
is("$r->{json}{Form} $r->{json}{Label}", 'Weekly ',
	'another form; what is left out has its default');
$r = $put->('nightly', $body, tenant => 2);
is($r->{status}, 201, 'another tenant has a nightly of its own');
is($call->('GET', 'Schedules/ByName/weekly', undef, tenant => 2)->{status}, 404,
	'and not the names of others');
$call->('DELETE', "Schedules/$r->{json}{ScheduleId}", undef, tenant => 2);
is($put->('nightly', $body, tenant => 2)->{status}, 201,
	'a name is free again when its schedule is deleted');
my %bad = (
	'digits alone' => ['12', $body, 'Name'], 'a blank' => ['a%20b', $body, 'Name'],
	'too long' => ['x' x 65, $body, 'Name'],
	'no process' => ['x', { Form => 'Daily', Time => '02:30' }, 'Process'],
	'an unknown process' => ['x', { %$body, Process => 'Tst' }, 'Process'],
	'no form' => ['x', { Process => 'Test', Time => '02:30' }, 'Form'],
	'an unknown form' => ['x', { %$body, Form => 'Dayly' }, 'Form'],
	'a field of another form' => ['x', { %$body, Minute => 5 }, 'Minute'],
	'an unknown field' => ['x', { %$body, Tme => 5 }, 'Tme'],
	'the name in the body' => ['x', { %$body, Name => 'y' }, 'Name'],
	'a parameter of no process' => ['x', { %$body, Parameters => { Stepz => 1 } },
		'Parameters.Stepz'],
	'cron and form' => ['x', { Process => 'Test', Form => 'Daily', Cron => '0 1 * * *' },
		'Form'], 'cron and time' => ['x', { Process => 'Test', Time => '02:30',
			Cron => '0 1 * * *' }, 'Time'],
	'a stranger as OnFailure' => ['x', { %$body, OnFailure => 'a@elsewhere.example' },
		'OnFailure'], 'no address' => ['x', { %$body, OnFailure => 'nobody' }, 'OnFailure'],
	'after itself' => ['nightly', { Process => 'Test', After => 'nightly' }, 'After'],
	'after nothing' => ['x', { Process => 'Test', After => '999999' }, 'After'],
	"after another tenant's" => ['x',
		{ Process => 'Test',
			After => $s->value(
				'SELECT MAX(schedule_id) FROM api_schedule WHERE tenant_id = 2') },
				'After'],
	'after with a time' => ['x', { Process => 'Test', Form => 'After', After => 'nightly',
		Time => '02:30' }, 'Time'],
);
my $before = $count->();
for (sort keys %bad) {
	my ($name, $content, $field) = @{ $bad{$_} };
	$r = $put->($name, $content);
	is("$r->{status} " . $fields->($r), "400 $field", "$_: 400 names $field")
		or diag($r->{content});
}
is($put->('x', '[]')->{status}, 400, 'no object');
is($put->('x', { Process => 'Cleansing', Form => 'Daily', Time => '02:30' })->{status}, 501,
	'a process that is not built');
is($count->(), $before, 'nothing was made');
is($call->('PUT', "Schedules/$id", $body)->{status}, 405, 'by number there is no PUT');
my @many = $at_once->(8, sub { $put->('race', $body) });
is(join(' ', sort @many), join(' ', ('200 -') x 7, '201 -'),
	'eight at once: one makes it, the others set it');
is($s->value("SELECT COUNT(*) FROM api_schedule WHERE name = 'race'"), 1, 'one schedule');
@many = $at_once->(6, sub { $put->('first', $body, headers => { 'If-None-Match' => '*' }) });
is(join(' ', sort @many), join(' ', '201 -', ('412 -') x 5), 'only a new one, at once: one');
is($call->('POST', 'Test/Daily', { Time => '02:30', Name => 'race' })->{status}, 409,
	'POST with a name that is taken: 409');
$r = $call->('POST', 'Test/Daily', { Time => '02:30', Name => 'posted',
	OnFailure => ' Staff@Demo.example ' });
is("$r->{status} $r->{json}{Name} $r->{json}{OnFailure}", '201 posted Staff@Demo.example',
	'POST with one that is free');

# ------------------------------------------------------------------ what a change does to times
my $of = sub { my ($name, @columns) = @_;
	return $s->value('SELECT ' . join(', ', @columns)
		. " FROM api_schedule WHERE tenant_id = 1 AND name = '$name'") };
$put->('hours', { Process => 'Test', Form => 'Hourly', Minute => 10 });
$s->sql("UPDATE api_schedule SET created_at = created_at - INTERVAL 3 HOUR, after_at = after_at - "
	. "INTERVAL 3 HOUR, next_due_at = next_due_at - INTERVAL 3 HOUR WHERE name = 'hours'");
my $due = $of->('hours', 'next_due_at');
$r = $put->('hours', { Process => 'Test', Form => 'Hourly', Minute => 10, Label => 'same times' });
is($of->('hours', 'next_due_at'), $due, 'the same times: what is due stays due');
is($s->value('SELECT COUNT(*) FROM api_run'), 0, 'and nothing is missed');
$r = $put->('hours', { Process => 'Test', Form => 'Hourly', Minute => 20 });
like($r->{json}{Remark}, qr/^3 occurrences of its times before are in the history as Missed\.$/,
	'other times: it says what became of those of before');
my @missed = @{ $call->('GET', "Schedules/$r->{json}{ScheduleId}/Runs")->{json}{Runs} };
is(join(' ', map { $_->{State} } @missed), 'Missed Missed Missed', 'they are in the history');
like($missed[0]{Reason}, qr/Then the schedule was changed\.$/, 'with the reason');
cmp_ok($of->('hours', 'next_due_at > UTC_TIMESTAMP(6)'), '==', 1, 'the new times begin now');
my $hours = $r->{json}{ScheduleId};
is($call->('POST', "Schedules/$hours/Pause")->{json}{State}, 'Paused', 'paused');
$r = $put->('hours', { Process => 'Test', Form => 'Hourly', Minute => 20, Label => 'later' });
is("$r->{json}{State} $r->{json}{Label}", 'Paused later',
	'a change that says nothing of Enabled leaves it paused');
is($put->('hours', { Process => 'Test', Form => 'Hourly', Minute => 25 })->{json}{State}, 'Paused',
	'other times, too');
is($put->('hours', { Process => 'Test', Form => 'Hourly', Minute => 25,
	Enabled => JSON::PP::true })->{json}{State}, 'Active', 'Enabled resumes it');
$r = $put->('hours', { Process => 'Test', Form => 'Hourly', Minute => 25,
	Enabled => JSON::PP::false });
is("$r->{json}{State} " . ($r->{json}{NextDueAt} // 'none'), 'Paused none', 'and pauses it');
ok(defined $r->{json}{PausedAt}, 'since when');
$call->('DELETE', "Schedules/$hours");
my $quiet = { Process => 'Test', Form => 'Daily', Time => '02:30', SilenceHours => 26 };
my $alarm = sub { return $of->('quiet', "CASE WHEN silent_at IS NULL THEN 'off' WHEN silent_at = "
	. "next_due_at + INTERVAL silence_h HOUR THEN 'on' ELSE 'other' END") };
$put->('quiet', $quiet);
is($alarm->(), 'on', 'a silence alarm');
$put->('quiet', { %$quiet, Enabled => JSON::PP::false });
is($alarm->(), 'off', 'is off while it is paused');
$put->('quiet', { %$quiet, Enabled => JSON::PP::true });
is($alarm->(), 'on', 'begins anew when it is resumed');
$put->('quiet', { %$quiet, SilenceHours => 48 });
is($alarm->() . ' ' . $of->('quiet', 'silence_h'), 'on 48', 'of another length');
$put->('quiet', { Process => 'Test', Form => 'Daily', Time => '02:30' });
is($alarm->(), 'off', 'none any more');
my $once = { Process => 'Test', Form => 'OneTime', StartDate => '2032-01-01T02:30' };
$put->('once', $once);
$s->sql("UPDATE api_schedule SET next_due_at = NULL, after_at = '2032-01-01 01:30:00' WHERE name "
	. "= 'once'");
is($put->('once', $once)->{json}{State}, 'Ended',
	'what has run once is not due again by the same request');
is($put->('once', { %$once, Enabled => JSON::PP::false })->{json}{State}, 'Ended', 'nor paused');
is($put->('once', { %$once, StartDate => '2032-02-01T02:30' })->{json}{State}, 'Active',
	'at another time it is');
$call->('DELETE', 'Schedules/' . $of->($_, 'schedule_id')) for qw(quiet once);

# ------------------------------------------------------------------ cron
my %cron = (
	'30 2 * * *' => ['Daily', { Time => '02:30' }], '@daily' => ['Daily', { Time => '00:00' }],
	'  0 0 * * 0-6 ' => ['Daily', { Time => '00:00' }],
	'5 * * * *' => ['Hourly', { Minute => 5 }], '@hourly' => ['Hourly', { Minute => 0 }],
	'7 */1 1-31/1 * *' => ['Hourly', { Minute => 7 }],
	'0 6 * * MON-FRI' => ['Weekly',
		{ Time => '06:00', DaysOfWeek => [qw(Monday Tuesday Wednesday Thursday Friday)] }],
	'0 6 * * 0,7' => ['Weekly', { Time => '06:00', DaysOfWeek => ['Sunday'] }],
	'15 23 * * sat,Sun' => ['Weekly', { Time => '23:15', DaysOfWeek => [qw(Sunday Saturday)] }],
	'0 0 1,15 * *' => ['MonthlyDayInMonth',
		{ Time => '00:00', Days => [1, 15], ShortMonth => 'Skip' }],
	'0 0 31 JAN,mar *' => ['MonthlyDayInMonth',
		{ Time => '00:00', Days => [31], Months => [1, 3], ShortMonth => 'Skip' }],
	'0 4 */10 1-6/2 *' => ['MonthlyDayInMonth', { Time => '04:00', Days => [1, 11, 21, 31],
		Months => [1, 3, 5], ShortMonth => 'Skip' }],
	'0 0 * 12 *' => ['MonthlyDayInMonth', { Time => '00:00', Days => [1 .. 31], Months => [12],
		ShortMonth => 'Skip' }],
	'0 5 * 4 5' => ['MonthlyWeekDay',
		{ Time => '05:00', Weeks => [qw(First Second Third Fourth Last)],
			DaysOfWeek => ['Friday'], Months => [4] }],
	'0 5 1-31 * 1' => ['Daily', { Time => '05:00' }],	# either is enough: every day
	'@yearly' => ['MonthlyDayInMonth', { Time => '00:00', Days => [1], Months => [1],
		ShortMonth => 'Skip' }],
		'@weekly' => ['Weekly', { Time => '00:00', DaysOfWeek => ['Sunday'] }],
);
for (sort keys %cron) {
	$r = $put->('line', { Process => 'Test', Cron => $_ });
	is_deeply([$r->{json}{Form}, $r->{json}{Fields}], $cron{$_}, "cron $_")
		or diag($r->{content});
}
my %refused = (
	'*/5 * * * *' => qr/several minutes/, '0,30 * * * *' => qr/several minutes/,
	'* * * * *' => qr/several minutes/, '0 8,20 * * *' => qr/several hours/,
	'0 */6 * * *' => qr/counts every N hours from its start/,
	'0 * * * 1' => qr/every hour, but on certain days/,
	'0 0 13 * 5' => qr/both the day of the month and the day of the week/,
	'0 0 */2 * 1' => qr/both the day of the month/,
	'0 0 30 2 *' => qr/never be due/, '0 0 * *' => qr/has 4 fields/,
	'0 0 0 1 1 *' => qr/has 6 fields/, '' => qr/./, '@reboot' => qr/names no time/,
	'@often' => qr/none of the words/,
	'60 0 * * *' => qr/minute that is none: 0 to 59/, '0 24 * * *' => qr/hour that is none/,
	'0 0 0 * *' => qr/day of the month that is none/, '0 0 * 13 *' => qr/month that is none/,
	'0 0 * * 8' => qr/day of the week that is none/,
	'0 0 * * mo' => qr/day of the week that is none/,
	'0 0 * * MONDAY' => qr/day of the week that is none/, '0 0 5-1 * *' => qr/runs backwards/,
	'0 0 5/2 * *' => qr/step of the day of the month without a range/,
	'0 0 */0 * *' => qr/no number above 0/, '0 0 1,,2 * *' => qr/none/, '0 0 ? * *' => qr/none/,
	'0 0 L * *' => qr/none/, '0 0 * * 5#2' => qr/not understood at "#2"/,
	'0 0 99999999999999999999 * *' => qr/none/, '-1 0 * * *' => qr/none/,
);
for (sort keys %refused) {
	$r = $put->('line', { Process => 'Test', Cron => $_ });
	is("$r->{status} " . $fields->($r), '400 ' . ($_ eq '' ? $fields->($r) : 'Cron'),
		"cron $_: refused") or diag($r->{content});
	like($r->{json}{errors}[0]{message}, $refused{$_}, "cron $_: with the reason");
}

# ------------------------------------------------------------------ preview
$before = $count->();
$r = $call->('POST', 'Schedules/Preview?Count=3', { Process => 'Test', Cron => '0 6 * * MON',
	TimeZone => 'Asia/Tokyo', StartDate => '2030-01-01' });
is("$r->{status} $r->{json}{Form} $r->{json}{Words}",
	'200 Weekly Every week on Monday at 06:00 (Asia/Tokyo), from 2030-01-01 00:00',
	'a preview says what it means');
is(join(' ', map { $_->{Local} } @{ $r->{json}{NextRuns} }),
	'2030-01-07T06:00:00+09:00 2030-01-14T06:00:00+09:00 2030-01-21T06:00:00+09:00',
	'and when it is due');
is(scalar @{ $call->('POST', 'Schedules/Preview', { Process => 'Test', Form => 'Daily',
	Time => '02:30' })->{json}{NextRuns} }, 10, 'ten unless it is said');
is_deeply($call->('POST', 'Schedules/Preview',
	{ Process => 'Test', After => 'nightly' })->{json}{NextRuns}, [],
	'after another one: no times');
is($fields->($call->('POST', 'Schedules/Preview?Count=3', { Process => 'Test', Form => 'OneTime',
	StartDate => '2020-01-01T00:00' })), 'StartDate', 'what would be refused is');
is($fields->($call->('POST', 'Schedules/Preview', { Process => 'Test', Form => 'Daily',
	Time => '25:00', Parameters => { Stepz => 1 } })), 'Time Parameters.Stepz', 'all at once');
is($count->(), $before, 'nothing is saved');

# ------------------------------------------------------------------ Idempotency-Key
my $key = sub { return (headers => { 'Idempotency-Key' => $_[0] }) };
$r = $call->('POST', 'Test/Daily', { Time => '04:00' }, $key->('k1'));
my $again = $call->('POST', 'Test/Daily', { Time => '04:00' }, $key->('k1'));
is("$r->{status} $again->{status} $again->{headers}{'idempotency-replayed'}", '201 201 true',
	'a form with a key, twice: the first reply');
is("$again->{content} $again->{headers}{etag}", "$r->{content} $r->{headers}{etag}",
	'byte for byte');
is($count->(), $before + 1, 'one schedule');
is($call->('POST', 'Test/Daily', { Time => '05:00' }, $key->('k1'))->{status}, 422,
	'another body: 422');
is($call->('POST', 'Test/Weekly', { Time => '04:00', DaysOfWeek => ['Monday'] },
	$key->('k1'))->{status}, 422, 'another form: 422');
is($call->('POST', 'Test/Daily', { Time => '04:00' }, $key->('k1'),
	tenant => 2)->{headers}{'idempotency-replayed'} // 'no', 'no',
	'of another tenant it is another key');
is($call->('POST', 'Test/Daily', { Time => '04:00' }, $key->('a b'))->{status}, 400, 'no key');
is($call->('POST', 'Test/Daily', { Time => '99:00' }, $key->('k2'))->{status}, 400, 'what fails');
is($call->('POST', 'Test/Daily', { Time => '04:00' }, $key->('k2'))->{status}, 201,
	'leaves no key');
my $one = $r->{json}{ScheduleId};
my $run = $call->('POST', "Schedules/$one/RunNow", {}, $key->('k3'));
is($call->('POST', "Schedules/$one/RunNow", {}, $key->('k3'))->{json}{RunId}, $run->{json}{RunId},
	'RunNow twice: one run');
is($call->('POST', "Schedules/$id/RunNow", {}, $key->('k3'))->{status}, 422,
	'of another schedule: 422');
@many = $at_once->(6, sub { $call->('POST', 'Test/RunNow', { Parameters => { Note => 'once' } },
	$key->('k4')) });
is(join(' ', sort @many), join(' ', '202 -', ('202 true') x 5),
	'a run without a schedule, at once with one key');
is($s->value("SELECT COUNT(*) FROM api_run WHERE schedule_id IS NULL"), 1, 'one run');
$call->('POST', "Schedules/Runs/$run->{json}{RunId}/Cancel", undef, $key->('k5'));
is($s->value('SELECT COUNT(*) FROM api_request_key'), 5,
	'keys are kept, but none of Cancel, whose reply has the log');
my $queue = 'Connector/Standard/QueueProcess/C1/A1/Test/Any/Done?SourceId=1';
$r = $call->('POST', $queue, '{"a": 1}', $key->('w1'));
$again = $call->('POST', $queue, '{"a": 1}', $key->('w1'));
is("$r->{status} $again->{status} $again->{json}{Duplicate} "
	. ($again->{json}{Receipt} eq $r->{json}{Receipt}), '202 202 1 1',
	'a delivery with a key, twice: the first receipt');
my $other = $call->('POST', $queue, '{"a": 2}', $key->('w1'));
is("$other->{status} " . ($other->{json}{Duplicate} ? 1 : 0), '202 0',
	'other content under the same key is not lost');
$again = $call->('POST', $queue, '{"a": 1}', $key->('w2'));
is($again->{json}{Duplicate} ? 1 : 0, 0, 'nor the same content under another one');

# ------------------------------------------------------------------ addresses
$r = $call->('POST', 'Foo/Daily', {});
is($r->{status}, 404, 'no such process');
unlike($r->{json}{detail}, qr/Erase/, 'is not taken for one of quite another name');
like($call->('POST', 'ComputeRefAmunts/Daily', {})->{json}{detail},
	qr{did you mean /ProcessManagement/ComputeRefAmounts/Daily\?},
	'one that is nearly right is');
like($call->('POST', 'ComputeRefAmounts/Dayly', {})->{json}{detail},
	qr{did you mean /ProcessManagement/ComputeRefAmounts/Daily\?}, 'and a form');
is($call->('OPTIONS', 'Schedules/ByName/x')->{headers}{allow}, 'GET, HEAD, PUT, OPTIONS',
	'PUT is allowed where it is');

# ------------------------------------------------------------------ long chains, many behind one,
# looks at what is there
my $after = sub { my ($name, $of, %more) = @_;
	return $put->($name, { Process => 'Test', After => $of, %more }) };
is($put->('z-1', { Process => 'Test', Form => 'Daily', Time => '02:30' })->{status}, 201,
	'the first of a chain');
is(join(' ', grep { $_ != 201 } map { $after->("z-$_", 'z-' . ($_ - 1))->{status} } 2 .. 21), '',
	'twenty behind it');
is($fields->($after->('z-22', 'z-21')), 'After', 'and no more');
$put->('z-a', { Process => 'Test', Form => 'Daily', Time => '02:30' });
$after->('z-b', 'z-a');
my $refused = $after->('z-a', 'z-20');
is($fields->($refused), 'After', 'nor by one that has another behind it');
like($refused->{content}, qr/would put 21 schedules before those that run after this one/,
	'and why');
is($after->('z-a', 'z-19')->{status}, 200, 'as far as there is room');
$after->('z-22', 'z-1');
$s->sql("UPDATE api_schedule SET after_schedule_id = " . $of->('z-21', 'schedule_id')
	. ", rule = REPLACE(rule, 'z-1', 'z-21') WHERE name = 'z-22'");
is($after->('z-22', 'z-21', Label => 'old')->{status}, 200,
	'one that is behind more already can still be changed');
is($of->('z-22', 'label'), 'old', 'and is');
$put->('z-p', { Process => 'Test', Form => 'Daily', Time => '02:30' });
$s->sql("INSERT INTO api_schedule (tenant_id, process, form, rule, parameters, time_zone, "
	. "start_at, misfire, grace_s, overlap, after_schedule_id, created_at, modified_at, name)
	SELECT 1, process, form, '{}', '', time_zone, start_at, misfire, grace_s, overlap,
	schedule_id, created_at, modified_at, CONCAT('z-many-', seq) FROM api_schedule
	JOIN seq_1_to_999 WHERE name = 'z-p'");
is($after->('z-c', 'z-p')->{status}, 201, 'the thousandth behind one');
is($fields->($after->('z-d', 'z-p')), 'After', 'no other');
is($after->('z-c', 'z-p', Label => 'same')->{status}, 200,
	'but those that are there can be changed');
is($fields->($call->('POST', 'Schedules/Preview',
	{ Process => 'Test', Name => 'z-1', After => 'z-1' })), 'After',
	'a look at one behind itself is refused');
is($fields->($call->('POST', 'Schedules/Preview',
	{ Process => 'Test', Name => 'z-1', After => 'z-3' })), 'After', 'as at any circle');
{
	my ($code, $out) = $cli->(qw(schedule set C1 A1 z-1 Test --set After=z-2 --dry-run));
	is($code, 2, 'a dry run of the command line, too') or diag($out);
	like($out, qr/After: would go round in a circle/, 'with the reason');
}
my %once = (Process => 'Test', Form => 'OneTime', StartDate => '2020-01-01T00:00');
is($put->('z-once', { %once, StartDate => '2030-01-01T00:00' })->{status}, 201,
	'a one-time schedule');
$s->sql("UPDATE api_schedule SET rule = REPLACE(rule, '2030', '2020'), start_at = start_at - "
	. "INTERVAL 10 YEAR, after_at = start_at, next_due_at = NULL, next_day = NULL WHERE name "
		. "= 'z-once'");
is($put->('z-once', { %once, Label => 'done' })->{status}, 200, 'that has run can be set as it is');
my $look = $call->('POST', 'Schedules/Preview', { %once, Name => 'z-once' });
is("$look->{status} " . scalar @{ $look->{json}{NextRuns} // ['none'] }, '200 0',
	'and a look says the same') or diag($look->{content});
is($fields->($call->('POST', 'Schedules/Preview', { %once, Name => 'z-new' })), 'StartDate',
	'a new one would be refused');
$s->sql("DELETE FROM api_schedule WHERE name LIKE 'z-%'");

# ------------------------------------------------------------------ help: sample replies
my $sample = sub {
	my ($page) = @_;
	my ($text) = HTTP::Tiny->new->get($nginx->url
		. "/HelpWebapi/Api/$page")->{content} =~ m{<pre class="reply"[^>]*>(.*?)</pre>}s;
	$text =~ s/&quot;/"/g;
	$text =~ s/&amp;/&/g;
	return decode_json($text);
};
for my $process (qw(RefreshDecisionalData EarnPoints Connector-Prestashop)) {
	for my $form (qw(OneTime Hourly Daily Weekly MonthlyDayInMonth MonthlyWeekDay After)) {
		my $j = $sample->("POST-ProcessManagement-$process-$form");
		is("$j->{Process} $j->{Form} $j->{State} " . ($j->{PausedAt} // 'null'),
			($process =~ s{-}{/}r) . " $form Active null",
			"$process $form: the reply is that to the request");
		is($j->{NextDueAt} // 'null', $form eq 'After' ? 'null' : $j->{NextRuns}[0]{Utc},
			"$process $form: and is due as it says");
	}
	is($sample->("POST-ProcessManagement-$process-RunNow")->{Process}, $process =~ s{-}{/}r,
		"$process RunNow");
}
my $paused = $sample->('POST-ProcessManagement-Schedules-ScheduleId-Pause');
is("$paused->{State} " . ($paused->{NextDueAt} // 'null'), 'Paused null',
	'what is paused is not due');
ok(defined $paused->{PausedAt}, 'and says since when');
is($sample->($_)->{PausedAt}, undef, "$_: what is active is not paused")
	for qw(GET-ProcessManagement-Schedules-ScheduleId
		POST-ProcessManagement-Schedules-ScheduleId-Resume
		PUT-ProcessManagement-Schedules-ByName-Name);
is($sample->('GET-ProcessManagement-Schedules')->{Schedules}[0]{PausedAt}, undef, 'in lists, too');
my $shown = $sample->('GET-ProcessManagement-Schedules-Runs-RunId');
is("$shown->{State} " . (defined $shown->{EndedAt} ? 'ended' : 'open'), 'Success ended',
	'a run that has ended does not wait');

# ------------------------------------------------------------------ command line
my ($code, $out) = $cli->(qw(schedule set C1 A1 by-line Test --cron), '0 6 * * MON-FRI',
	qw(--set Label=weekdays --parameter Steps=2));
is($code, 0, 'schedule set') or diag($out);
like($out, qr/Schedule by-line is made\./, 'made');
is($of->('by-line', "CONCAT(form, ' ', label, ' ', parameters)"), 'Weekly weekdays {"Steps":2}',
	'by the same code');
my $tag = $call->('GET', 'Schedules/ByName/by-line')->{headers}{etag};
is($put->('by-line', { Process => 'Test', Cron => '0 6 * * 1-5', Label => 'weekdays',
	Parameters => { Steps => 2 } })->{status}, 200, 'the API sets the same one');
($code, $out) = $cli->(qw(schedule set C1 A1 by-line Test --form Hourly --set Minute=5));
like($out, qr/Schedule by-line is set\./, 'set');
is($of->('by-line', 'form'), 'Hourly', 'to another form');
($code, $out) = $cli->(qw(schedule set C1 A1 dry Test --form Daily --set Time=02:30 --dry-run));
is("$code " . ($of->('dry', 'schedule_id') // 'none'), '0 none', 'a dry run makes nothing');
like($out, qr/Every day at 02:30 \(Europe\/Paris\)/, 'and says what it would mean');
for (['a bad line', qr/Cron: names several minutes/, 'x', 'Test', '--cron', '*/5 * * * *'],
	['no form', qr/Form: is required/, 'x', 'Test'], ['a bad name', qr/NAME: must be/, '12',
		'Test', '--form', 'Daily', '--set', 'Time=02:30'],
	['two names', qr/Name: is said by the argument NAME already/, 'x', 'Test', '--cron',
		'@daily', '--set', 'Name=y'],
	['no process', qr/PROCESS: is no process; did you mean ComputeRefAmounts/, 'x',
		'ComputeRefAmount', '--form', 'Daily'],
		['a stranger', qr/OnFailure: is not on the tenant's mail allow-list/, 'x', 'Test',
			'--cron', '@daily', '--set', 'OnFailure=a@b.example']) {
	my ($what, $say, @line) = @$_;
	($code, $out) = $cli->(qw(schedule set C1 A1), @line);
	is($code, 2, "$what: refused");
	like($out, $say, "$what: says why");
}
($code, $out) = $cli->(qw(schedule list C1 A1 --json));
ok((grep { ($_->{Name} // '') eq 'by-line' } @{ decode_json($out)->{Schedules} }),
	'the list has names');
($code, $out) = $cli->(qw(schedule add C1 A1 Test After --set After=by-line --set Name=behind));
is($code, 0, 'schedule add with the form After') or diag($out);
like($out, qr/After each success of schedule by-line/, 'in words');
($code, $out) = $cli->('schedule', 'delete', 'C1', 'A1', $of->('by-line', 'schedule_id'));
isnt($code, 0, 'what another one waits for is not deleted');
like($out,
	qr/cannot be deleted while others run after it: \d+ behind\. Delete or change them first\./,
	'and it says which');
$call->('DELETE', 'Schedules/' . $of->('behind', 'schedule_id'));

# ------------------------------------------------------------------ runs without a schedule,
# chains, mails
$s->sql('DELETE FROM api_run');
$call->('DELETE', "Schedules/$_->[0]", undef, tenant => $_->[1])
	for $s->sql('SELECT schedule_id, tenant_id FROM api_schedule WHERE deleted_at IS NULL');
is($count->(), 0, 'all are gone');
$s->sql("UPDATE api_request_key SET created_at = '2026-01-01'");
$s->start;
my $ended = sub { my ($run_id, $seconds) = @_;
	$s->until_is(1, "SELECT state NOT IN (1, 2) FROM api_run WHERE run_id = $run_id", $seconds);
		return $call->('GET', "Schedules/Runs/$run_id")->{json} };
my $idle = sub { return $s->until_is(0, 'SELECT COUNT(*) FROM api_run WHERE state IN (1, 2)') };
$r = $call->('POST', 'Test/RunNow', { Parameters => { Note => 'alone', Steps => 3 } });
is("$r->{status} $r->{json}{Process} $r->{json}{State}", '202 Test Waiting',
	'a run without a schedule');
my $alone = $ended->($r->{json}{RunId});
is("$alone->{State} $alone->{Origin} $alone->{Result}{Steps} " . ($alone->{ScheduleId} // 'none'),
	'Success Manual 3 none', 'runs');
ok((grep { $_->{RunId} == $alone->{RunId} } @{ $call->('GET',
	'Schedules/Runs?Process=Test&State=Success')->{json}{Runs} }), 'and is in the list');
is($call->('GET', "Schedules/Runs/$alone->{RunId}", undef, tenant => 2)->{status}, 404,
	'of its tenant');
is($fields->($call->('POST', 'Test/RunNow', { Parameters => { Stepz => 1 } })), 'Parameters.Stepz',
	'its parameters are checked');
is($call->('POST', 'Cleansing/RunNow', {})->{status}, 501, 'a process that is not built');
is($call->('POST', 'Test/RunNow', {}, token => 'c')->{status}, 403, 'without the right');
ok($s->until_is(0, 'SELECT COUNT(*) FROM api_request_key'), 'old keys are forgotten');
($code, $out) = $cli->(qw(run start C1 A1 Test --parameter Note=line --wait --json));
is("$code " . decode_json($out)->{State}, '0 Success', 'run start --wait') or diag($out);
($code, $out) = $cli->(qw(run start C1 A1 Test --parameter End=Fail --wait));
isnt($code, 0, 'fails as the run does');
like($out, qr/ended as Failed: It was told to fail\./, 'and says why');
($code, $out) = $cli->(qw(run start C1 A1 Test --parameter Steps=many));
is($code, 2, 'a wrong parameter');
$r = $ended->($call->('POST', 'Test/RunNow',
	{ Parameters => { End => 'Warning' } })->{json}{RunId});
is("$r->{State} $r->{Reason}", 'Warning It was told to warn.', 'a warning is the reason');
$r = $ended->($call->('POST', 'Test/RunNow', { Parameters => { End => 'Fail' } })->{json}{RunId});
is("$r->{State} $r->{Reason}", 'Failed It was told to fail.', 'and a failure');

# A chain: first, second, third; each after a success of the one before.
my $far = { Process => 'Test', Form => 'Daily', Time => '02:30', StartDate => '2032-01-01' };
my $first = $put->('first', { %$far, Parameters => { Note => 'first' } })->{json}{ScheduleId};
$r = $put->('second', { Process => 'Test', After => 'First', Parameters => { Note => 'second' } });
is("$r->{status} $r->{json}{Form} $r->{json}{State} $r->{json}{Words} $r->{json}{AfterScheduleId}",
	"201 After Active After each success of schedule First $first", 'a chain');
my $second = $r->{json}{ScheduleId};
is_deeply([grep { exists $r->{json}{$_} } qw(Misfire GraceMinutes Overlap)], [],
	'of which nothing can be late');
my $third = $put->('third', { Process => 'Test', After => "$second",
	Parameters => { Note => 'third' } })->{json}{ScheduleId};
is($put->('second', { Process => 'Test', After => 'first',
	Parameters => { Note => 'second' } })->{status}, 200, 'set again');
is($fields->($put->('first', { Process => 'Test', After => 'third' })), 'After', 'no circle');
is($fields->($put->('second', { Process => 'Test', After => 'third' })), 'After',
	'nor a small one');
$r = $call->('DELETE', "Schedules/$first");
is($r->{status}, 409, 'what another one waits for is not deleted');
like($r->{json}{detail}, qr/others run after it: $second second\./, 'and it says which');
$r = $ended->($call->('POST', "Schedules/$first/RunNow")->{json}{RunId});
my $runs_of = sub { my ($schedule) = @_;
	return $call->('GET', "Schedules/$schedule/Runs")->{json}{Runs} };
ok($s->until_is(1, "SELECT COUNT(*) FROM api_run WHERE schedule_id = $third AND state = 3"),
	'a success goes through the chain') or diag(explain($runs_of->($second)));
is_deeply([map { scalar @{ $runs_of->($_) } } $first, $second, $third], [1, 1, 1], 'each once');
is(join(' ', @{ $runs_of->($second)->[0] }{qw(Reason Origin)}),
	"After run $r->{RunId} of schedule $first. Schedule", 'the history says after which');
$ended->($call->('POST', "Schedules/$first/RunNow",
	{ Parameters => { End => 'Fail' } })->{json}{RunId});
$ended->($call->('POST', "Schedules/$first/RunNow",
	{ Parameters => { DryRun => JSON::PP::true } })->{json}{RunId});
is(scalar @{ $runs_of->($second) }, 1, 'nothing after a failure or a dry run');
$call->('POST', "Schedules/$second/Pause");
$ended->($call->('POST', "Schedules/$first/RunNow")->{json}{RunId});
is(scalar @{ $runs_of->($second) }, 1, 'nothing while it is paused');
is($call->('POST', "Schedules/$second/Resume")->{json}{State}, 'Active', 'resumed it is active');
$ended->($call->('POST', "Schedules/$first/RunNow",
	{ Parameters => { End => 'Warning' } })->{json}{RunId});
ok($s->until_is(2, "SELECT COUNT(*) FROM api_run WHERE schedule_id = $third AND state = 3"),
	'a warning is a success, too');
is(scalar @{ $call->('GET', 'Schedules?State=Active')->{json}{Schedules} }, 3,
	'the list knows them as active');
is($call->('DELETE', "Schedules/$_")->{status}, 204, 'deleted from the end') for $third, $second,
	$first;

# Mails about failures.
my $mails = sub { return $s->value("SELECT COUNT(*) FROM api_mail WHERE header_id LIKE 'failure.%'")
	};
my $watched = $put->('watched', { %$far, OnFailure => 'staff@demo.example',
	Label => 'the watched one' })->{json}{ScheduleId};
$ended->($call->('POST', "Schedules/$watched/RunNow")->{json}{RunId});
$ended->($call->('POST', "Schedules/$watched/RunNow",
	{ Parameters => { End => 'Warning' } })->{json}{RunId});
is($mails->(), 0, 'no mail about what succeeded');
$r = $ended->($call->('POST', "Schedules/$watched/RunNow",
	{ Parameters => { End => 'Fail' } })->{json}{RunId});
is($mails->(), 1, 'a mail about a failure');
my ($mail) = $s->sql("SELECT o.subject, o.content, r.address FROM api_mail o JOIN "
	. "api_mail_recipient r ON r.mail_id = o.mail_id WHERE o.header_id LIKE 'failure.%'");
is("$mail->[2] $mail->[0]", "staff\@demo.example [C1/A1] Test: run $r->{RunId} of schedule "
	. "watched ($watched) ended as Failed", 'to whom, and what it is about');
# The tool prints the API's rows; objects as text, the progress's members beside the others.
{
	my (undef, $told) = $cli->(qw(run show C1 A1), $r->{RunId}, '--json');
	my ($tool, $api) = (decode_json($told),
		$call->('GET', "Schedules/Runs/$r->{RunId}")->{json});
	my $progress = delete $api->{Progress};
	delete $tool->{Worker};
	my %one = map { $_ => ref $api->{$_} ? encode_json($api->{$_}) : $api->{$_} } keys %$api;
	is_deeply($tool, { %one, %$progress }, 'the tool tells of a run what the API does')
		or diag($told);
}
my $show = "customerapi run show C1 A1 $r->{RunId}";
like($mail->[1],
	qr/schedule watched \($watched\), "the watched one".*Reason: It was told to fail\..*$show/s,
	'it says schedule, run and reason');
ok($s->until_is(1, "SELECT COUNT(*) FROM api_mail WHERE header_id LIKE 'failure.%' AND state = 3"),
	'it is sent');
my ($sent) = grep { /^Subject: .*watched/m } $exim->mails;
like($sent // '', qr/^To: staff\@demo\.example$/m, 'and arrives');
like(($sent // '') =~ s/=\r?\n//gr =~ s/\s+/ /gr,
	qr/ended as Failed\. Reason: It was told to fail\. "customerapi run show C1 A1 $r->{RunId}" shows its log\./,
	'with its text');
my $lost = $call->('POST', "Schedules/$watched/RunNow",
	{ Parameters => { End => 'Crash' } })->{json}{RunId};
ok($s->until_is(6, "SELECT state FROM api_run WHERE run_id = $lost", 90), 'a run is lost');
is($mails->(), 1, 'and tried again: no mail yet');
ok($s->until_is(6, "SELECT state FROM api_run WHERE retry_of = $lost", 90), 'lost for good');
is($mails->(), 2, 'one mail, for both tries');
$r = $ended->($call->('POST', "Schedules/$watched/RunNow",
	{ Parameters => { Steps => 30, StepMs => 400 } })->{json}{RunId}, 60);
is("$r->{State} " . $mails->(), 'TimedOut 3', 'a run beyond its time');
$r = $call->('POST', "Schedules/$watched/RunNow", { Parameters => { Steps => 30, StepMs => 100 } });
$s->until_is(2, "SELECT state FROM api_run WHERE run_id = $r->{json}{RunId}");
$call->('POST', "Schedules/Runs/$r->{json}{RunId}/Cancel");
is($ended->($r->{json}{RunId})->{State} . ' ' . $mails->(), 'Cancelled 3',
	'what somebody cancelled did not fail');
$ended->($call->('POST', 'Test/RunNow', { Parameters => { End => 'Fail' } })->{json}{RunId});
($code, $out) = $cli->(qw(mail-allow remove C1 A1), '@demo.example');
isnt($code, 0, 'the list keeps whom a schedule tells');
like($out, qr/schedules with OnFailure: 1 \($watched\)/, 'and it says which');
$s->sql("DELETE FROM api_mail_allow");
$ended->($call->('POST', "Schedules/$watched/RunNow",
	{ Parameters => { End => 'Fail' } })->{json}{RunId});
is($mails->(), 3, 'none without a schedule, none to whom the tenant allows no more');
$call->('DELETE', "Schedules/$watched");

# As many as wait already.
$s->stop;
$s->sql("INSERT INTO api_run (tenant_id, process, parameters, origin, state, not_before, "
	. "created_at, created_by, result, log_tail)
	SELECT 1, 'Test', '', 2, 1, '2100-01-01', '2026-01-01', 'API', '', '' FROM seq_1_to_100");
$r = $call->('POST', 'Test/RunNow', {});
is($r->{status}, 409, 'a hundred that wait are enough');
like($r->{json}{detail}, qr/^100 runs of Test that were asked for wait already/, 'it says so');

done_testing();
