# What attackers found: bodies that cost more than they are long, texts of the inside in replies, a
# database that takes no changes, workers without a master, and what processes
# show of themselves.
use strict;
use warnings;
use Test::More;
use Compress::Zlib ();
use Fcntl qw(F_SETFD);
use HTTP::Tiny;
use IO::Socket::UNIX;
use JSON::PP;
use POSIX ();
use Club;
use Fcgi;
use Nginx;
use Scheduler;

my $canary = 'canary4b1d7';
my $http = HTTP::Tiny->new(timeout => 60);
my $w;

END { my $status = $?; kill 'CONT', $w->{db}->pid if $w && $w->{db}->pid; $? = $status }

# Waits up to 30 s until the code gives true.
sub until_true {
	my ($code) = @_;
	for (1 .. 300) {
		return 1 if $code->();
		select undef, undef, undef, 0.1;
	}
	return 0;
}

sub slurp { my ($path) = @_; open my $fh, '<:raw', $path or return undef; local $/; return <$fh> }

# A user without the rights of an administrator, as the programs should have: one who has them may
# write to a server that is read-only.
$w = Club->start;
my $web = 'CREATE USER web@localhost IDENTIFIED BY ' . "'$canary'; ";
$web .= "GRANT ALL ON $_.* TO web\@localhost; " for qw(customerapi tenant1 tenant2);
$w->{db}->sql($web);
my %env = (%{ $w->{s}{env} }, CUSTOMERAPI_CONF => '/dev/null', CUSTOMERAPI_DB_USER => 'web',
	CUSTOMERAPI_DB_PASSWORD => $canary, CUSTOMERAPI_FCGI_WORKERS => 1);
my $pool = Fcgi->start(%env, CUSTOMERAPI_FCGI_THREADS => 8);
our $nginx = Nginx->start($pool->socket);
my %token = ('X-Crm360Api-Token' => $w->{tokens}{club1}, 'X-Crm360Api-CustomerName' => 'C1',
	'X-Crm360Api-DatabaseAlias' => 'A1');
my $club = '/Bonduelle/Club';
my $queue = '/ProcessManagement/Connector/Standard/QueueProcess/C1/A1/Shopify/Order/Insert'
	. '?SourceId=1';

sub ask {
	my ($method, $path, $content, %headers) = @_;
	my $r = $http->request($method, $nginx->url . $path,
		{ headers => { %token, %headers }, defined $content ? (content => $content) : () });
	$r->{json} = eval { decode_json($r->{content}) } // {};
	return $r;
}

# ---------------------------------------------------------------- bodies

sub unknown { return '{"DrupalId":"7",' . join(',', map { qq("m$_":0) } 1 .. $_[0]) . '}' }

my $r = ask('POST', "$club/SetContact?SourceId=1", unknown(20000));
is($r->{status}, 400, '20,000 unknown members') or diag $r->{content};
is(scalar @{ $r->{json}{errors} }, 51, 'fifty are told, and how many more');
is_deeply($r->{json}{errors}[50], { field => "\x{2026}", message => 'and 19950 more' },
	'in one more');
is_deeply([map { $_->{field} } @{ $r->{json}{errors} }[0, 49]], ['m1', 'm50'], 'in their order');
cmp_ok(length $r->{content}, '<', 10000, 'the reply is short');
$r = ask('POST', "$club/SetRetailers?SourceId=1&DrupalId=7",
	'{"Retailers":[' . join(',', ('{"x":1}') x 100) . ']}');
is("$r->{status} $r->{json}{errors}[-1]{message}", '400 and 50 more',
	'a hundred elements with one fault each');
$r = ask('POST', "$club/SetRetailers?SourceId=1&DrupalId=7",
	'{"Retailers":[' . join(',', ('{"StoreId":1}') x 100) . ']}');
is("$r->{status} " . scalar @{ $r->{json}{errors} // [] }, '400 51',
	'the same one a hundred times');
$r = ask('POST', "$club/SetContact?SourceId=1", '{"DrupalId":"7","Addresses":[' . join(',',
	('{}') x 80000) . ']}');
is($r->{status}, 400, 'a short text that would take much memory');
like($r->{json}{errors}[0]{message},
	qr/too many values: they would take \d+ MiB of memory, and 16 are allowed/, 'says so');

for (["$club/SetContact?SourceId=1", 'members of an action'], ['/ProcessManagement/CurrencyRates',
	'of another'], ['/ProcessManagement/ComputeRefAmounts/Daily', 'of a schedule'],
	['/ProcessManagement/Connector/Adictiz/AdictizCampaignParticipation/Add?adictizSourceId=1',
		'a form of Adictiz'], ['/HelpWebapi/SignIn', 'a form to sign in']) {
	my ($path, $what) = @$_;
	$r = ask('POST', $path, 'x' x ((256 << 10) + 1));
	is("$r->{status} " . ($r->{json}{type} // ''), '413 urn:customerapi:problem:too-large',
		"$what: too long");
	is($r->{json}{detail}, 'The request body may have at most 262144 bytes.',
		"$what: says how long it may be");
	isnt(ask('POST', $path, 'x' x (256 << 10))->{status}, 413, "$what: as long as it may be");
}
is(ask('POST', '/ProcessManagement/CurrencyRates/Load', 'x' x ((1 << 20) + 1))->{status}, 413,
	'rates have a limit of their own');
isnt(ask('POST', '/ProcessManagement/CurrencyRates/Load', 'x' x (1 << 20))->{status}, 413,
	'which is higher');
is(ask('POST', '/Probe/a', 'x' x (2 << 20))->{json}{BodyBytes}, 2 << 20,
	'the probe takes what webhooks may have');
is(ask('POST', '/Nowhere', 'x' x (2 << 20))->{status}, 404,
	'where there is nothing no body is read');
$r = ask('POST', "$club/SetContact?SourceId=1",
	Compress::Zlib::memGzip('{"DrupalId":"' . '7' x (300 << 10) . '"}'),
	'Content-Encoding' => 'gzip');
is($r->{status}, 413, 'a packed body may have as much when it is unpacked');
my $openapi = ask('GET', '/openapi.json')->{json};
like($openapi->{paths}{'/Bonduelle/Club/SetContact'}{post}{requestBody}{description},
	qr/A body may have 262144 bytes; a longer one is refused with 413\./, 'OpenAPI says so');
like($openapi->{paths}{'/ProcessManagement/CurrencyRates/Load'}{post}{requestBody}{description},
	qr/may have 1048576 bytes/, 'of each action');
my ($page) = grep { /SetContact/ } ask('GET',
	'/HelpWebapi')->{content} =~ m{href="[^"]*/(HelpWebapi/Api/POST[^"]+)"}g;
like(ask('GET', "/$page")->{content},
	qr/A body may have 262144 bytes, also when it is unpacked; a longer one is refused with 413\./,
	'and the help page');

# As many at once as there are threads, each as dear as it can be: the worker lives, and its memory
# has a bound.
{
	my ($worker) = $pool->workers;
	my @bodies = (unknown(22000), '{"DrupalId":"7","Addresses":[' . join(',', ('{}') x 10000)
		. ']}', '[' x 60 . '1' . ']' x 60, '{"DrupalId":"' . '\u00e9' x 40000 . '"}');
	my @children = map {
		my $body = $bodies[$_ % @bodies];
		my $pid = fork // die $!;
		if (!$pid) {
			my $status = eval { ask('POST', "$club/SetContact?SourceId=1",
				$body)->{status} } // 0;
			POSIX::_exit($status == 400 ? 0 : 1);
		}
		$pid;
	} 1 .. 32;
	my $bad = grep { waitpid $_, 0; $? } @children;
	is($bad, 0, 'thirty-two at once are all refused');
	is(($pool->workers)[0], $worker, 'by the worker that was there');
	my ($peak) = (slurp("/proc/$worker/status") // '') =~ /^VmHWM:\s*(\d+)/m;
	cmp_ok($peak, '<', 400 * 1024, 'whose memory was never above 400 MiB');
}

# ---------------------------------------------------------------- texts of the inside

# A reply to a stranger: the sentence of its kind, a number, and no more. The log has the rest under
# that number.
sub told {
	my ($what, $r, $slug, $sentence, $log, $inside) = @_;
	is("$r->{status} $r->{json}{type}", "503 urn:customerapi:problem:$slug",
		"$what: what kind it is");
	is($r->{json}{detail}, $sentence, "$what: one sentence");
	is_deeply([sort keys %{ $r->{json} }], [qw(detail requestId status title type)],
		"$what: and nothing else");
	cmp_ok($r->{headers}{'retry-after'}, '>', 0, "$what: when to come again");
	unlike($r->{content} . join(' ', %{ $r->{headers} }),
		qr/sock|MariaDB|web|localhost|127\.0\.0\.1|denied|statement|tenant1/i,
		"$what: nothing of the inside");
	my ($line) = grep { $_->{requestId} eq $r->{json}{requestId} } $log->events('request');
	like($line->{inside}, $inside, "$what: it stands in the log");
}

my $gone = 'The database does not answer; try again.';
for (['no server', { CUSTOMERAPI_DB_SOCKET => "$env{CUSTOMERAPI_DB_SOCKET}-not" },
	qr{through socket '.*-not'.*MariaDB error 2002}],
	['a wrong password', { CUSTOMERAPI_DB_PASSWORD => 'not' },
		qr/Access denied for user 'web'.*MariaDB error 1045/],
	['no such database', { CUSTOMERAPI_DB_REGISTRY => 'nowhere' },
		qr/'nowhere'.*MariaDB error 10(44|49)/]) {
	my ($what, $more, $inside) = @$_;
	my $lost = Fcgi->start(%env, %$more);
	my $front = Nginx->start($lost->socket);
	local $nginx = $front;
	told("$what, readyz", ask('GET', '/readyz'), 'database-unavailable', $gone, $lost, $inside);
	told("$what, a webhook", ask('POST', $queue, '{}'), 'database-unavailable', $gone, $lost,
		$inside);
	told("$what, the club", ask('GET', "$club/GetContact?DrupalId=7&SourceId=1"),
		'database-unavailable', $gone, $lost, $inside);
	told("$what, metrics", ask('GET', '/metrics'), 'database-unavailable', $gone, $lost,
		$inside);
	is(ask('GET', '/healthz')->{status}, 200, "$what: alive");
}

# A tenant's own server, its user and its host.
my ($near) = $w->{s}->sql('SELECT host, port, db_user FROM api_alias WHERE alias_id = 1');
$w->{s}->sql(
	"UPDATE api_alias SET host = '127.0.0.1', port = 9, db_user = 'web2' WHERE alias_id = 1");
sleep 3;	# what was read of the registry is remembered for two seconds
told('a tenant elsewhere', ask('GET', "$club/GetContact?DrupalId=7&SourceId=1"),
	'database-unavailable', $gone, $pool, qr/127\.0\.0\.1.*MariaDB error 200[23]/);
$w->{s}->sql("UPDATE api_alias SET host = '$near->[0]', port = $near->[1], db_user = '$near->[2]' "
	. "WHERE alias_id = 1");
sleep 3;

# A statement that fails, and a schema that is behind.
$w->{s}->sql('RENAME TABLE api_tick TO api_tock');
$r = ask('GET', '/readyz');
is("$r->{status} $r->{json}{detail}", '500 The database reported an error.',
	'a statement that fails');
unlike($r->{content}, qr/tick|1146|statement/i, 'is not named');
like((grep { $_->{requestId} eq $r->{json}{requestId} } $pool->events('request'))[0]{inside},
	qr/MariaDB error 1146, statement tick/, 'but in the log');
$w->{s}->sql('RENAME TABLE api_tock TO api_tick; CREATE TABLE kept AS SELECT * FROM api_schema; '
	. 'DELETE FROM api_schema WHERE version > 1');
$r = ask('GET', '/readyz');
is("$r->{status} $r->{json}{detail}", '503 The service cannot do this at the moment; try again.',
	'a schema that is behind');
like((grep { $_->{requestId} eq $r->{json}{requestId} } $pool->events('request'))[0]{detail},
	qr/schema is at version 1/, 'the log says so');
$w->{s}->sql('DELETE FROM api_schema; INSERT INTO api_schema SELECT * FROM kept; DROP TABLE kept');
is(ask('GET', '/readyz')->{status}, 200, 'ready again');

# ---------------------------------------------------------------- a database that takes no changes

my $closed = 'The database takes no changes at the moment; try again.';

sub closed {
	my ($what, $inside) = @_;
	told("$what, a webhook",
		ask('POST', $queue, '{}', 'X-Crm360Api-Token' => $w->{tokens}{hook}),
		'database-takes-no-changes', $closed, $pool, $inside);
	told("$what, readyz", ask('GET', '/readyz'), 'database-takes-no-changes', $closed, $pool,
		$inside);
	is(ask('GET', '/healthz')->{status}, 200, "$what: alive");
}

sub open_again {
	my ($what) = @_;
	is(ask('GET', '/readyz')->{status}, 200, "$what: ready again");
	is(ask('POST', $queue, '{}', 'X-Crm360Api-Token' => $w->{tokens}{hook})->{status}, 202,
		"$what: and webhooks are taken");
}

$w->token('hook', 1, 'webhook');
open_again('before');
$w->{db}->sql('SET GLOBAL read_only = 1');
closed('read-only', qr/MariaDB error 1290, statement/);
told('read-only, the club', ask('POST', "$club/SetContact?SourceId=1", '{"DrupalId":"7"}'),
	'database-takes-no-changes', $closed, $pool, qr/MariaDB error 1290/);
$w->{db}->sql('SET GLOBAL read_only = 0');
open_again('read-only');

# What a server says that has no room: the number, or the engine's errno.
for ([1114, 'The table is full', 'full'],
	[1030, 'Got error 28 "No space left on device" from storage engine InnoDB', 'a full disk'],
	[1021, 'Disk full', 'a full disk, waiting'],
	[1026, 'Error writing file (Errcode: 122 "Disk quota exceeded")', 'a quota']) {
	my ($number, $words, $what) = @$_;
	$words =~ s/'/''/g;
	$w->{s}->sql("CREATE TRIGGER full BEFORE INSERT ON api_message FOR EACH ROW SIGNAL "
		. "SQLSTATE 'HY000' SET MYSQL_ERRNO = $number, MESSAGE_TEXT = '$words'");
	closed($what, qr/MariaDB error $number, statement message_put/);
	$w->{s}->sql('DROP TRIGGER full');
	open_again($what);
}
$w->{s}->sql("CREATE TRIGGER broken BEFORE INSERT ON api_message FOR EACH ROW SIGNAL SQLSTATE "
	. "'HY000' SET MYSQL_ERRNO = 1030, MESSAGE_TEXT = 'Got error 127 from storage engine'");
is(ask('POST', $queue, '{}', 'X-Crm360Api-Token' => $w->{tokens}{hook})->{status}, 500,
	'another fault of the engine is no such thing');
$w->{s}->sql('DROP TRIGGER broken');
is($w->{s}->value("SELECT COUNT(*) FROM api_message WHERE tenant_id = 0"), 0,
	'the question whether there is room leaves nothing behind');

# The queue waits for it.
{
	my $s = $w->{s};
	$s->set(CUSTOMERAPI_DB_USER => 'web', CUSTOMERAPI_DB_PASSWORD => $canary);
	my ($receipt) = $s->put(platform => 'Standard', entity => 'Contact', action => 'Insert',
		auth => 1, body => '{"LastName":"Doe"}');
	$w->sql("CREATE TRIGGER full BEFORE INSERT ON Contact FOR EACH ROW SIGNAL SQLSTATE "
		. "'HY000' SET MYSQL_ERRNO = 1114, MESSAGE_TEXT = 'The table is full'");
	is($s->once, 0, 'a message whose table is full');
	my $m = $s->message($receipt);
	is("$m->{state} $m->{outcomes} $m->{reason}", "1 retry $closed", 'is tried again');
	like((grep { ($_->{receipt} // '') eq $receipt } $s->events('message'))[0]{inside},
		qr/MariaDB error 1114/, 'the log says why');
	$w->sql('DROP TRIGGER full');
}

# ---------------------------------------------------------------- workers without a master

# 1 while the process is there (and no zombie).
sub lives { my ($pid) = @_; return (slurp("/proc/$pid/stat") // '') =~ /^\d+ \(.*\) [^Z]/ }

sub kill_master {
	my ($f) = @_;
	kill 'KILL', $f->pid;
	$f->wait;
}

# Asks in a process of its own; reading from what it returns gives the status.
sub background {
	my ($url) = @_;
	my $pid = open(my $pipe, '-|') // die "fork: $!";
	return $pipe if $pid;
	print HTTP::Tiny->new(timeout => 60)->get($url)->{status};
	close STDOUT;
	POSIX::_exit(0);
}

# Nothing under way: they leave at once.
{
	my $idle = Fcgi->start(%env, CUSTOMERAPI_FCGI_WORKERS => 2);
	my @workers = $idle->workers;
	kill_master($idle);
	ok(until_true(sub { !grep { lives($_) } @workers }),
		'workers whose master was killed leave');
	ok(!IO::Socket::UNIX->new(Peer => $idle->socket, Type => SOCK_STREAM),
		'and nobody listens any more');
}

# A request that hangs: the socket is free at once, the worker leaves in bounded time.
for (['a database that does not answer', sub { my ($f) = @_; kill 'STOP', $w->{db}->pid;
	background($_[1]->url . '/readyz') }],
	['half a record', sub { my ($f) = @_;
		my $half = IO::Socket::UNIX->new(Peer => $f->socket, Type => SOCK_STREAM) or die $!;
			print $half "\1\1\0\1"; $half->flush; $half }]) {
	my ($what, $hang) = @$_;
	my $old = Fcgi->start(%env, CUSTOMERAPI_FCGI_THREADS => 1,
		CUSTOMERAPI_FCGI_DEADLINE_S => 3600);
	my $front = Nginx->start($old->socket);
	is($http->get($front->url . '/readyz')->{status}, 200, "$what: a master");
	my ($worker) = $old->workers;
	my $hanging = $hang->($old, $front);
	select undef, undef, undef, 0.5;
	kill_master($old);
	ok(lives($worker), "$what: its worker is busy");
	my $new = Fcgi->start(%env, CUSTOMERAPI_FCGI_SOCKET => $old->socket);
	is($http->get($front->url . '/healthz')->{status}, 200,
		"$what: a new master has taken the socket over");
	ok(lives($worker), "$what: while the old worker was still there");
	ok(until_true(sub { !lives($worker) }), "$what: which leaves, whatever it is busy with");
	is((grep { $_->{detail} =~ /does not end/ } $old->events('deadline'))[0]{pid}, $worker,
		"$what: and says so");
	kill 'CONT', $w->{db}->pid;
	is($http->get($front->url . '/readyz')->{status}, 200, "$what: the new one works on");
	$new->stop;
	close $hanging;
}

# The daemon's processes, too.
{
	my $s = $w->{s};
	$s->set(CUSTOMERAPI_QUEUE_WORKERS => 2, CUSTOMERAPI_RUN_SLOTS => 1);
	$s->start;
	ok(until_true(sub { $s->children == 6 }), 'a daemon');
	my @children = $s->children;
	$s->sql("LOCK TABLES api_message WRITE; SELECT 1");
	kill 'STOP', $w->{db}->pid;
	select undef, undef, undef, 1;
	kill 'KILL', $s->pid;
	waitpid delete $s->{pid}, 0;
	ok((grep { lives($_) } @children), 'its processes wait for the database');
	ok(until_true(sub { !grep { lives($_) } @children }),
		'they leave when it was killed, all the same');
	kill 'CONT', $w->{db}->pid;
}

# ---------------------------------------------------------------- what processes show of themselves

{
	my $s = $w->{s};
	my %secret = (CUSTOMERAPI_DB_PASSWORD => $canary,
		CUSTOMERAPI_SMTP_PASSWORD => "smtp-$canary");
	$s->set(%secret);
	# What whoever starts them left open: that the other end is closed says that none of them
	# has it.
	pipe my $read, my $write or die $!;
	fcntl $write, F_SETFD, 0;
	my $web = Fcgi->start(%env, %secret);
	$s->start;
	ok(until_true(sub { $s->children == 6 }), 'the daemon has its processes');
	close $write;
	my $bits = '';
	vec($bits, fileno $read, 1) = 1;
	ok(select($bits, undef, undef, 20) && !sysread($read, my $none, 1),
		'no process of ours has a descriptor that was left open');
	my @pids = ($web->pid, $web->workers, $s->pid, $s->children);
	is(scalar @pids, 9, 'a master, its worker, a daemon and six processes');
	for (@pids) {
		my ($environ, $cmdline) = (slurp("/proc/$_/environ"), slurp("/proc/$_/cmdline"));
		my ($comm) = (slurp("/proc/$_/comm") // '') =~ /(\S+)/;
		# Of a process that may not be dumped only root reads the environment.
		ok(defined $environ ? $environ !~ /$canary/ && $environ =~ /CUSTOMERAPI_DB_USER=web/
			: $> != 0, "$comm: no secret in the environment");
		unlike($cmdline, qr/$canary/, "$comm: nor in the command line");
		is((stat "/proc/$_/environ")[4], 0, "$comm: it belongs to root, whoever runs it");
		like(slurp("/proc/$_/limits"), qr/^Max core file size\s+0\s+0\s/m,
			"$comm: no core file");
	}
	if ($> == 0) {
		is((grep { $_->{event} eq 'root'
			&& $_->{level} eq 'warning' } $web->events('root'))[0]{program},
			'customerapi.fcgi', 'run as root the web program warns');
		is((grep { $_->{level} eq 'warning' } $s->events('root'))[0]{program},
			'customerapi-scheduler', 'and the daemon');
	}
	# The secret is still known after the settings are read anew.
	my @before = $web->workers;
	kill 'HUP', $web->pid, $s->pid;
	ok(until_true(sub { my ($now) = $web->workers; defined $now && $now ne $before[0] }),
		'SIGHUP: a new worker');
	my $front = Nginx->start($web->socket);
	is($http->get($front->url . '/readyz')->{status}, 200, 'which has the password');
	my ($receipt) = $s->put(action => 'Done', body => '{}');
	ok($s->until_is(3, "SELECT state FROM api_message WHERE receipt = x'$receipt'"),
		'and so has the daemon');
	$s->stop;
}

unlike($_->log, qr/$canary/, 'no password in a log') for $pool;
done_testing();
