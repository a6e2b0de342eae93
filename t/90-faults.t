# 1,000 webhooks come in while FastCGI workers, queue workers, the daemon and MariaDB are killed
# with -9: every 2xx has exactly one effect.
use strict;
use warnings;
use Test::More;
use HTTP::Tiny;
use MariaDB;
use Fcgi;
use Nginx;
use Scheduler;
use Time::HiRes qw(sleep time);

my ($clients, $each) = (4, 250);
my $total = $clients * $each;
my $db = MariaDB->start;
my $scheduler = Scheduler->new($db, CUSTOMERAPI_QUEUE_WORKERS => 2, CUSTOMERAPI_QUEUE_LEASE_S => 3,
	CUSTOMERAPI_QUEUE_BATCH => 50,
	CUSTOMERAPI_QUEUE_LADDER => '1', CUSTOMERAPI_QUEUE_MAX_ATTEMPTS => 100);
$scheduler->tenant(1);
$scheduler->sql("INSERT INTO api_source (alias_id, source_id, is_open, created_at) VALUES (1, 1, "
	. "1, '2026-01-01')");
my $fcgi = Fcgi->start(CUSTOMERAPI_DB_SOCKET => $db->socket, CUSTOMERAPI_DB_USER => 'root',
	CUSTOMERAPI_DB_PASSWORD => '', CUSTOMERAPI_DB_REGISTRY => 'customerapi');
my $nginx = Nginx->start($fcgi->socket);
$scheduler->start;

my $url = $nginx->url . '/ProcessManagement/Connector/Standard/QueueProcess/C1/A1/Shopify/Customer'
	. '/Insert?SourceId=1';
my @pids;
for my $client (1 .. $clients) {
	my $pid = fork // die "fork: $!";
	if (!$pid) {
		my $http = HTTP::Tiny->new(timeout => 20, keep_alive => 0);
		my $failed = 0;
		for my $i (1 .. $each) {
			my $id = 5_000_000_000_000_000_000 + $client * 1_000_000 + $i;
			my $body = qq({"id":$id,"email":"c$client-$i\@example.com",)
				. qq("first_name":"First $i","last_name":"Client $client",)
				. q("updated_at":"2026-01-01T00:00:00Z"});
			# As Shopify does: the same delivery id until there is a 2xx.
			my $done = 0;
			for my $try (1 .. 60) {
				my $r = $http->post($url,
					{ content => $body,
						headers => { 'Content-Type' => 'application/json',
							'X-Shopify-Webhook-Id' => "w$id",
					'X-Shopify-Topic' => 'customers/create',
					'X-Shopify-Shop-Domain' => 'test.example' } });
				$done = $r->{status} == 202 and last;
				sleep 0.2;
			}
			$failed++ if !$done;
		}
		require POSIX;
		POSIX::_exit($failed ? 1 : 0);
	}
	push @pids, $pid;
}

# Kills, each of a process that this test started, at moments spread over the load.
my $stored = sub { eval { $scheduler->value('SELECT COUNT(*) FROM api_message') } // 0 };
my $reach = sub { my ($n) = @_; my $end = time + 60;
	sleep 0.02 while time < $end && $stored->() < $n };
my %killed;
my $kill = sub { my ($what, @victims) = @_;
	$killed{$what} += kill 'KILL', grep { $_ } $victims[0] };
$reach->(100); $kill->('fcgi worker', $fcgi->workers);
$reach->(200); $kill->('queue worker', $scheduler->children('worker'));
$reach->(350);
kill 'KILL', $scheduler->pid;
waitpid $scheduler->pid, 0;
$killed{daemon}++;
$scheduler->start;
$reach->(500);
$db->kill9;
$killed{mariadb}++;
sleep 0.3;
$db->restart;
$reach->(650); $kill->('fcgi worker', $fcgi->workers);
$reach->(750); $kill->('queue worker', $scheduler->children('worker'));

my $refused = 0;
for my $pid (@pids) {
	waitpid $pid, 0;
	$refused += $? ? 1 : 0;
}
is($refused, 0, 'every client got its 2xx in the end');
is_deeply(\%killed, { 'fcgi worker' => 2, 'queue worker' => 2, daemon => 1, mariadb => 1 },
	'everything was killed as planned');
ok($scheduler->settled(90), 'the queue is empty in the end')
	or diag(join "\n", map { "@$_" } $scheduler->sql('SELECT state, attempts, reason_class, '
		. 'reason FROM api_message WHERE state IN (1, 2) LIMIT 5'));

is($scheduler->value('SELECT COUNT(*) FROM api_message'), $total,
	'one row for each webhook, repeats or not');
is($scheduler->value('SELECT COUNT(*) FROM api_message WHERE state = 3'), $total, 'all are done')
	or diag(join "\n",
		map { "@$_" } $scheduler->sql('SELECT state, reason_class, reason, COUNT(*) FROM '
			. 'api_message GROUP BY 1, 2, 3'));
is($db->value('SELECT COUNT(*) FROM ContactIdentifier', 'tenant1'), $total * 1,
	'each customer has its identifier');
is($db->value('SELECT COUNT(*) FROM Contact', 'tenant1'), $total,
	'and is one contact: none is lost, none doubled');
is($db->value('SELECT COUNT(*) FROM (SELECT ContactId FROM Address GROUP BY ContactId HAVING '
	. 'COUNT(*) > 1) d', 'tenant1'), 0, 'with one address');
is($scheduler->value('SELECT COUNT(*) FROM api_message m LEFT JOIN (SELECT message_id, COUNT(*) AS '
	. 'n FROM', $scheduler->attempts, "a WHERE outcome = 'done' GROUP BY message_id) d ON "
	. 'd.message_id = m.id WHERE COALESCE(d.n, 0) <> 1'), 0,
	'each has one attempt that ended well');
$scheduler->stop;

done_testing();
