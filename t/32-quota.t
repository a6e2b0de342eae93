# Quotas: who sends too much is told so by name and for how long, others notice nothing; what a
# worker that died held comes back; and it is to be seen.
use strict;
use warnings;
use Test::More;
use Digest::SHA qw(sha256_hex);
use IO::Handle;
use JSON::PP;
use Time::HiRes qw(sleep time);
use POSIX ();
use Fcgi;
use Nginx;
use Rival;
use World;

my $w = World->start(no_daemon => 1);
my ($s, $db) = ($w->{s}, $w->{db});
$w->source(1, 2);
$s->sql("UPDATE api_source SET key_hash = x'" . sha256_hex('key-1') . "'");
$s->sql("INSERT INTO api_token (alias_id, token_hash, rights, created_at) VALUES ($_, x'"
	. sha256_hex("token-$_") . "', 'webhook,process,data', '2026-01-01')") for 1, 2;
my %base = map { $_ => $s->{env}{$_} } grep { $_ ne 'CUSTOMERAPI_CONF' } keys %{ $s->{env} };

# Another web program with these settings.
sub again {
	my (%set) = @_;
	$w->{nginx}->stop;
	$w->{fcgi}->stop;
	$w->{fcgi} = Fcgi->start(%base, CUSTOMERAPI_FCGI_WORKERS => 1,
		CUSTOMERAPI_FCGI_THREADS => 8, map { ("CUSTOMERAPI_$_" => $set{$_}) } keys %set);
	$w->{nginx} = Nginx->start($w->{fcgi}->socket);
}
my $n = 0;
sub send_to { my ($source, %o) = @_; my $t = $o{tenant} // 1;
	return $w->request('POST', "/ProcessManagement/Connector/Standard/QueueProcess/C$t/A$t"
		. "/Standard/Contact/Insert?SourceId=$source&key=" . ($o{key} // 'key-1'),
		$o{body} // '{"n":' . ++$n . '}') }
sub problem { my ($r) = @_;
	return $r->{json}{type} . ' ' . $r->{json}{status} . ' ' . $r->{json}{detail} }
sub metric { my ($line) = @_;
	my ($v) = $w->request('GET', '/metrics')->{content} =~ /^\Q$line\E (\d+)$/m; return $v }
sub until_true { my ($code) = @_; for (1 .. 300) { return 1 if $code->(); sleep 0.1 } return 0 }

# Many at once; a handle whose lines are their answers "STATUS RETRY-AFTER DETAIL", as they come.
sub parallel {
	my ($count, $send) = @_;
	pipe my $from, my $to or die $!;
	for (1 .. $count) {
		my $pid = fork // die $!;
		next if $pid;
		close $from;
		$n += 1000 * $$;
		my $r = $send->();
		syswrite $to, join(' ', $r->{status}, $r->{headers}{'retry-after'} // '-',
			$r->{json}{detail} // '') . "\n";
		POSIX::_exit(0);
	}
	close $to;
	return $from;
}
sub lines { my ($from, $count) = @_; my @l; while (@l < $count) { my $line = <$from>;
	last if !defined $line; push @l, $line } chomp @l; return @l }

# ------------------------------------------------------------------ requests a second
again(QUOTA_SOURCE_PER_SECOND => 1, QUOTA_BURST_S => 2);
is(send_to(1)->{status}, 202, 'within the quota');
my @got = map { send_to(1) } 1 .. 40;
my ($refused) = grep { $_->{status} == 429 } @got;
ok($refused, 'above it is 429') or BAIL_OUT('no quota');
is(problem($refused), 'urn:customerapi:problem:quota 429 This Source has used up its quota of 1 '
	. 'requests a second (quota_source_per_second); try again in '
	. $refused->{headers}{'retry-after'} . ' s.', 'it names the quota');
like($refused->{headers}{'retry-after'}, qr/^[1-9]\d*$/, 'with Retry-After');
is(send_to(2)->{status}, 202, 'another Source has its own');
is(send_to(1, tenant => 2)->{status}, 202, 'so has another tenant');
is($s->value('SELECT COUNT(*) FROM api_message WHERE source_id = 1 AND tenant_id = 1'),
	1 + grep({ $_->{status} == 202 } @got), 'what was refused was not stored');
ok(until_true(sub { sleep 1; send_to(1)->{status} == 202 }), 'and it comes to be taken again');
my @strangers = map { send_to(2, key => 'wrong') } 1 .. 40;
is(join(' ', sort keys %{ { map { $_->{status} => 1 } @strangers } }), 401,
	'a stranger is refused as one');
is(send_to(2)->{status}, 202, 'and uses up no quota');

# ------------------------------------------------------------------ to be seen
my $shown = (grep { $_->{status} == 429 } @got);
cmp_ok(metric(
	'customerapi_quota_refused_total{customer="C1",alias="A1",source="1",quota="requests a '
		. 'second"}') // 0, '>=', $shown, 'metrics count them');
ok(until_true(sub {
	($s->value('SELECT refused FROM api_quota WHERE tenant_id = 1 AND source_id = 1 AND quota '
		. '= 2') // 0) >= $shown }), 'so do rows, though nobody asks any more');
cmp_ok($s->value('SELECT COUNT(*) FROM api_quota'), '==', 1, 'one for all');
my $summary = JSON::PP->new->utf8->decode($w->admin('queue summary --json'));
my ($row) = grep { $_->{Quota} eq 'requests a second' } @{ $summary->{Quotas} };
is("$row->{Customer}/$row->{Alias} $row->{SourceId}", 'C1/A1 1', 'queue summary names who');
cmp_ok($row->{Refused}, '>=', $shown, 'and how many');
my %bytes = map { ($_->{Customer} . ' ' . ($_->{SourceId} // 'all') => $_->{WaitingBytes}) } grep {
	$_->{Quota} eq 'bytes waiting' } @{ $summary->{Quotas} };
is_deeply(\%bytes,
	{ map { ("C$_->[0] $_->[1]" => $_->[2]) } $s->sql("SELECT tenant_id, source_id, "
		. "SUM(OCTET_LENGTH(body)) FROM api_message GROUP BY 1, 2 UNION SELECT tenant_id, "
			. "'all', SUM(OCTET_LENGTH(body)) FROM api_message GROUP BY 1") },
			'and the bytes that wait, of Sources and tenants');

# The first is written at once; the second has to wait, and no request comes to remind anybody of
# it.
again(QUOTA_SOURCE_PER_SECOND => 1, QUOTA_BURST_S => 2);
my $counted = 'SELECT refused FROM api_quota WHERE tenant_id = 1 AND source_id = 1 AND quota = 2';
my $before = $s->value($counted);
for (my $seen = 0; $seen < 2;) { $seen++ if send_to(1)->{status} == 429 }
ok(until_true(sub { $s->value($counted) == $before + 2 }),
	'a refusal that waits is written without another request')
	or diag($s->value($counted) - $before);

# ------------------------------------------------------------------ requests in flight, and a
# worker that dies
again(QUOTA_SOURCE_IN_FLIGHT => 2, QUOTA_BURST_S => 1);
is(send_to(2)->{status}, 202, 'the other Source is there');
my $rival = Rival->new($db, 'customerapi');
$rival->do('LOCK TABLES api_message READ');
my $answers = parallel(4, sub { send_to(1) });
@got = lines($answers, 2);
my $told = 'This Source has used up its quota of 2 requests in flight (quota_source_in_flight); '
	. 'try again in 1 s.';
is(scalar(grep { /^429 1 \Q$told\E$/ } @got), 2,
	'two above the quota are refused while two are in flight') or diag("@got");
is(metric('customerapi_quota_in_flight{customer="C1",alias="A1",source="1"}'), 2,
	'metrics show those');
my $others = parallel(1, sub { send_to(2) });
ok(until_true(sub { (metric('customerapi_quota_in_flight{customer="C1",alias="A1",source="2"}')
	// 0) == 1 }), 'the other Source gets in');
is(metric('customerapi_quota_in_flight{customer="C1",alias="A1",source="all"}'), 3,
	'the tenant has three');
kill 'KILL', $w->{fcgi}->workers;
@got = (lines($answers, 2), lines($others, 1));
is(scalar(grep { /^50[24] / } @got), 3, 'their worker is killed') or diag("@got");
ok(until_true(sub { my $r = $w->request('GET', '/metrics');
	$r->{status} == 200 && $r->{content} !~ /^customerapi_quota_in_flight\{/m }),
		'what it had in flight is forgotten');
my $after = parallel(3, sub { send_to(1) });
@got = lines($after, 1);
like($got[0], qr/^429 1 .*2 requests in flight/, 'there is room for two again, and no more');
$rival->do('UNLOCK TABLES');
is(join(' ', map { /^(\d+)/ } lines($after, 2)), '202 202', 'they are taken');
is(send_to(1)->{status}, 202, 'and their places come back');

# ------------------------------------------------------------------ threads of the pool
again(FCGI_THREADS => 4);
send_to(1);
is(send_to(2)->{status}, 202, 'another sender is there');
# A flood: each of some clients sends as soon as it is answered, until somebody says stop.
pipe my $stop, my $go_on or die $!;
my $flood = parallel(6, sub {
	close $go_on;
	my ($r, $seen);
	for (1 .. 20000) {
		$r = send_to(1);
		$seen = $r if $r->{status} != 202
			&& ($r->{json}{detail} // '') !~ /threads of the pool/;
		vec(my $ready = '', fileno $stop, 1) = 1;
		last if $seen || select $ready, undef, undef, 0;
	}
	return $seen // $r;
});
my $limit = 'customerapi_quota_refused_total{customer="C1",alias="A1",source="1",quota="threads '
	. 'of the pool"}';
my @neighbour;
ok(until_true(sub { push @neighbour, send_to(2)->{status}; metric($limit) }),
	'a sender that floods is held back while another one is there');
push @neighbour, send_to(2)->{status} for 1 .. 20;
is(join(' ', sort keys %{ { map { $_ => 1 } @neighbour } }), 202, 'which is not');
$rival->do('LOCK TABLES api_message READ');
ok(until_true(sub { (metric('customerapi_quota_in_flight{customer="C1",alias="A1",source="1"}')
	// 0) == 2 }), 'it has half of the threads');
$others = parallel(1, sub { send_to(2) });
ok(until_true(sub { (metric('customerapi_quota_in_flight{customer="C1",alias="A1",source="2"}')
	// 0) == 1 }), 'another sender gets one of the rest');
cmp_ok(metric('customerapi_quota_in_flight{customer="C1",alias="A1",source="1"}'), '<=', 3,
	'and it no more, but who is just being told so');
$rival->do('UNLOCK TABLES');
like((lines($others, 1))[0], qr/^202 /, 'what was in flight is taken');
close $stop;
close $go_on;
@got = lines($flood, 6);
$told = 'This Source has used up its quota of 2 threads of the pool (half of them while others '
	. 'wait); try again in 1 s.';
is(scalar(grep { !/^202 |^429 1 \Q$told\E$/ } @got), 0, 'it was told that, and nothing else')
	or diag("@got");

again(FCGI_THREADS => 4);
send_to(1);
$rival->do('LOCK TABLES api_message READ');
$answers = parallel(4, sub { send_to(1) });
ok(until_true(sub {
	$db->value("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE STATE LIKE 'Waiting "
		. "for%'") > 0 }), 'they are at work');
sleep 1;
$rival->do('UNLOCK TABLES');
is(join(' ', map { /^(\d+)/ } lines($answers, 4)), '202 202 202 202',
	'a sender that is alone may have all threads');

# ------------------------------------------------------------------ bytes waiting
$s->sql('UPDATE api_message SET state = 3');
again(QUOTA_SOURCE_WAITING_MB => 1);
my $big = '{"n":"' . 'x' x (600 << 10) . '"}';
is(join(' ', map { send_to(1, body => $big)->{status} } 1 .. 2), '202 202',
	'bodies up to the quota, and the one that reaches it');
$refused = send_to(1);
is(problem($refused) . ' ' . $refused->{headers}{'retry-after'},
	'urn:customerapi:problem:quota 429 This Source has used up its quota of 1 MiB waiting to '
		. 'be processed (quota_source_waiting_mb); try again in 30 s. 30',
		'then nothing more, however small');
is(send_to(2)->{status}, 202, 'another Source may');
is($w->request('GET', '/ProcessManagement/Schedules', undef, 'X-Crm360Api-Token' => 'token-1',
	'X-Crm360Api-CustomerName' => 'C1', 'X-Crm360Api-DatabaseAlias' => 'A1')->{status}, 200,
	'what puts nothing into the queue is not concerned');
cmp_ok(metric('customerapi_quota_waiting_bytes{customer="C1",alias="A1",source="1"}'), '>=',
	1 << 20, 'metrics show the bytes');
again(QUOTA_SOURCE_WAITING_MB => 1);
is(send_to(1)->{status}, 429, 'a web program that has just begun knows what waits');
is(send_to(2)->{status}, 202, 'of whom');
again(QUOTA_TENANT_WAITING_MB => 1);
like(problem(send_to(2)), qr/429 This tenant has used up its quota of 1 MiB waiting/,
	'the quota of the tenant is that of all its Sources');
is(send_to(1, tenant => 2)->{status}, 202, 'another tenant may');
$s->sql('UPDATE api_message SET state = 3 WHERE tenant_id = 1');
ok(until_true(sub { send_to(2)->{status} == 202 }), 'when it is processed there is room again');
$s->sql('UPDATE api_message SET state = 3');
again(QUOTA_SOURCE_WAITING_MB => 1, BODY_MAX_BYTES => 4 << 20);
is(send_to(1, body => '{"n":"' . 'x' x (3 << 20) . '"}')->{status}, 202,
	'a body larger than the quota is taken where nothing waits');
is(send_to(1)->{status}, 429, 'and then is what waits');

# ------------------------------------------------------------------ of a tenant, whoever asks
again(QUOTA_TENANT_PER_SECOND => 1, QUOTA_BURST_S => 1);
my @token = ('X-Crm360Api-Token' => 'token-1', 'X-Crm360Api-CustomerName' => 'C1',
	'X-Crm360Api-DatabaseAlias' => 'A1');
@got = map { $w->request('GET', '/ProcessManagement/Schedules', undef, @token) } 1 .. 40;
($refused) = grep { $_->{status} == 429 } @got;
like($refused ? problem($refused) : '',
	qr/This tenant has used up its quota of 1 requests a second \(quota_tenant_per_second\)/,
	'a token meets the quota of its tenant');
is(scalar(grep { $_->{status} != 200 && $_->{status} != 429 } @got), 0,
	'a valid token is never told to be wrong');
is($w->request('GET', '/ProcessManagement/Schedules', undef, 'X-Crm360Api-Token' => 'token-2',
	'X-Crm360Api-CustomerName' => 'C2', 'X-Crm360Api-DatabaseAlias' => 'A2')->{status}, 200,
	'another tenant asks on');
# Adictiz names its Source where it is seen only later.
$s->sql('UPDATE api_source SET timestamp_tolerance_s = 0');
again(QUOTA_SOURCE_PER_SECOND => 1, QUOTA_BURST_S => 1);
sub participation { my ($source) = @_;
	return $w->request('POST', "/ProcessManagement/Connector/Adictiz"
		. "/AdictizCampaignParticipation/Add?adictizSourceId=$source",
		{ timestamp => 1539704351, request_id => 'quota-' . ++$n,
			event_type => 'FormSubscribe',
			data => { user_id => 'u1', operation_id => '5bc605e34be94bb251285bb7' } },
			@token) }
is(participation(1)->{status}, 202, 'a participation');
@got = map { participation(1) } 1 .. 40;
($refused) = grep { $_->{status} == 429 } @got;
like($refused ? problem($refused) : '',
	qr/This Source has used up its quota of 1 requests a second/,
	'has the quota of its Source');
is(participation(2)->{status}, 202, 'and not that of another one');
again(QUOTA_TENANT_PER_SECOND => 0, QUOTA_SOURCE_PER_SECOND => 0, QUOTA_TENANT_IN_FLIGHT => 0,
	QUOTA_SOURCE_IN_FLIGHT => 0, QUOTA_SOURCE_WAITING_MB => 0, QUOTA_TENANT_WAITING_MB => 0);
is(scalar(grep { send_to(1)->{status} != 202 } 1 .. 40), 0, '0 is no limit');

# ------------------------------------------------------------------ strangers at an open Source
$w->source(1, 3, is_open => 1);
$s->sql('UPDATE api_message SET state = 3');
again(QUOTA_SOURCE_WAITING_MB => 1, QUOTA_TENANT_WAITING_MB => 1, QUOTA_SOURCE_PER_SECOND => 1,
	QUOTA_BURST_S => 5);
sub stranger { my ($body) = @_; return $w->request('POST', '/ProcessManagement/Connector/Standard'
	. '/QueueProcess/C1/A1/Standard/Contact/Insert?SourceId=3', $body // '{"n":' . ++$n . '}') }
is(join(' ', map { stranger($big)->{status} } 1 .. 2), '202 202',
	'an open Source takes what comes');
like(problem(stranger()),
	qr/429 What comes to this Source without credentials has used up its quota of 1 MiB waiting/,
	'up to its quota');
is(send_to(3)->{status}, 202, "who has the Source's key has the Source's own");
is(send_to(2)->{status}, 202, 'nor is that of the tenant used up');
like(join("\n", map { problem(stranger()) } 1 .. 40),
	qr/429 What comes to this Source without credentials has used up its quota of 1 requests a second/,
	'so it is with requests a second');
is(send_to(3)->{status}, 202, 'of which others know nothing');
again(QUOTA_SOURCE_WAITING_MB => 1, QUOTA_TENANT_WAITING_MB => 1);
is(join(' ', map { $_->{status} } stranger(), send_to(3), send_to(2)), '429 202 202',
	'and so it is after a new beginning');

# ------------------------------------------------------------------ quotas of their own
again(QUOTA_SOURCE_PER_SECOND => 0, QUOTA_TENANT_PER_SECOND => 0);
$w->admin('quota set C1 A1 --source-id 1 --per-second 1');
my $own;
ok(until_true(sub { $own = (grep { $_->{status} == 429 } map { send_to(1) } 1 .. 40)[0] }),
	'a Source gets a quota of its own') or BAIL_OUT('none');
like(problem($own),
	qr/^urn:customerapi:problem:quota 429 This Source has used up its quota of 1 requests a second \(of its own\); try again in \d+ s\.$/,
	'which is named');
is(scalar(grep { send_to(2)->{status} != 202 } 1 .. 20), 0, 'another one has not');
$w->admin('quota set C1 A1 --source-id 1 --waiting-mb 7');
$w->admin('quota set C1 A1 --in-flight 9');
is_deeply([map { [@$_{qw(SourceId InFlight PerSecond WaitingBytes)}] } @{
	JSON::PP->new->utf8->decode($w->admin('quota list C1 A1 --json'))->{Quotas} }],
		[[undef, 9, undef, undef], [1, undef, 1, 7 << 20]],
		'quota list shows them, and what was set before stays');
my %limit = map { ($_->{Customer} . ' ' . ($_->{SourceId} // 'all') => $_->{LimitBytes} / (1 << 20))
	} grep { $_->{Quota} eq 'bytes waiting' } @{
		JSON::PP->new->utf8->decode($w->admin('queue summary --json'))->{Quotas} };
is("$limit{'C1 1'} $limit{'C1 2'} $limit{'C1 all'}", '7 2048 4096',
	'queue summary, too, beside the settings');
like($w->admin('queue summary'),
	qr/ Waiting MiB +Limit MiB .*^C1 +A1 +1 +bytes waiting +[01] +7 /ms, 'in text both in MiB');
$w->admin('quota remove C1 A1 --source-id 1');
ok(until_true(sub { !grep { $_->{status} != 202 } map { send_to(1) } 1 .. 20 }),
	'when it is removed the setting holds again');
is(eval { $w->admin('quota remove C1 A1 --source-id 1') } // $@ =~ /no quotas of its own/, 1,
	'once');
is(eval { $w->admin('quota set C1 A1 --source-id 9 --in-flight 1') } // $@ =~ /no Source 9/, 1,
	'an unknown Source has none');
is(eval { $w->admin('quota set C1 A1') } // $@ =~ /Nothing to set/, 1, 'nothing is nothing');
$w->admin('quota set C1 A1 --source-id 2 --per-second 0');
again(QUOTA_SOURCE_PER_SECOND => 1, QUOTA_BURST_S => 1);
is(scalar(grep { send_to(2)->{status} != 202 } 1 .. 40), 0,
	'its own may be none where the setting is one');
cmp_ok(scalar(grep { send_to(1)->{status} == 429 } 1 .. 40), '>', 0, 'which holds for the others');
$w->stop;
done_testing;
