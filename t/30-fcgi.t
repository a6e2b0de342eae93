# The web program behind a real nginx: routing, faults, limits, the pool's life, CGI.
use strict;
use warnings;
use Test::More;
use Fcntl qw(F_SETFD);
use File::Temp qw(tempdir);
use HTTP::Tiny;
use IO::Socket::UNIX;
use JSON::PP;
use POSIX ();
use Fcgi;
use MariaDB;
use Nginx;

my $canary = 'canary7f3a9';
my $http = HTTP::Tiny->new(timeout => 30);
my $db = MariaDB->start;
my %db = $db->registry;

# Waits up to 20 s until the code gives true.
sub until_true {
	my ($code) = @_;
	for (1 .. 200) {
		return 1 if $code->();
		select undef, undef, undef, 0.1;
	}
	return 0;
}

# A reply that nginx or the program gave to raw bytes: status, header text, body.
sub parts {
	my ($reply) = @_;
	my ($head, $body) = split /\r\n\r\n/, $reply, 2;
	my ($status) = ($head // '') =~ m{^HTTP/1\.\d (\d+)};
	return ($status // 0, $head // '', $body // '');
}

sub get_raw {
	my ($nginx, $path, $more) = @_;
	return parts($nginx->raw("GET $path HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
		. ($more // '') . "\r\n"));
}

# Checks a problem document.
sub problem {
	my ($what, $status, $slug, $got, $head, $body) = @_;
	my $doc = eval { decode_json($body) } // {};
	is($got, $status, "$what: $status");
	like($head, qr{^Content-Type: application/problem\+json}mi, "$what: a problem document");
	is($doc->{type}, "urn:customerapi:problem:$slug", "$what: $slug");
	is($doc->{status}, $status, "$what: status in the document");
	my ($id) = $head =~ /^X-Request-Id: (\S+)/mi;
	is($doc->{requestId}, $id // '', "$what: request id");
	return $doc;
}

# ---------------------------------------------------------------- requests

my $fcgi = Fcgi->start(%db, CUSTOMERAPI_BODY_MAX_BYTES => 1 << 20,
	CUSTOMERAPI_FCGI_DEADLINE_S => 2);
my $nginx = Nginx->start($fcgi->socket);
my $webhook = '/ProcessManagement/Connector/Standard/QueueProcess/Nobody/None/Shopify/Order/Insert';

my $r = $http->get($nginx->url . '/healthz');
is($r->{status}, 200, 'healthz');
is($r->{content}, qq({"Status":"Alive"}\n), 'its body');
like($r->{headers}{'content-type'}, qr{^application/json}, 'its type');
like($r->{headers}{'x-request-id'}, qr/^[0-9a-f]{32}$/, 'a request id');
is($r->{headers}{'cache-control'}, 'no-store', 'not to be stored');
is($http->get($nginx->url . '/HEALTHZ')->{status}, 200, 'paths in any case');
$r = $http->get($nginx->url . '/readyz');
is($r->{status}, 200, 'readyz') or diag($r->{content}, $fcgi->log);
like($r->{content}, qr/"SchemaVersion":[1-9]/, 'with the schema version');
is_deeply(decode_json($r->{content})->{Daemon}, [], 'no daemon has run');
$db->sql("INSERT INTO api_tick VALUES ('worker', UTC_TIMESTAMP(6) - INTERVAL 90 SECOND)",
	"customerapi");
my ($daemon) = @{ decode_json($http->get($nginx->url . '/readyz')->{content})->{Daemon} };
is($daemon->{Process}, 'worker', 'a daemon that has');
ok($daemon->{AgeSeconds} >= 90 && $daemon->{AgeSeconds} < 150, 'and when');
$r = $http->get($nginx->url . '/metrics');
like(do { open my $fh, '<', "$ENV{SRCDIR}/nginx/customerapi.conf" or die $!; local $/;
	<$fh> }, qr{location ~\* \^/metrics\(/\|\$\) \{\s+allow 127},
		'its guard covers the address with a slash, too');
is("$r->{status} $r->{headers}{'content-type'}", '200 text/plain; version=0.0.4; charset=utf-8',
	'metrics');
is_deeply([grep {
	!/^(?:# (?:HELP|TYPE) customerapi_\w+ \S.*|customerapi_\w+(?:\{\w+="[^"]+"\})? \d+)$/
		} split /\n/, $r->{content}], [], 'each line is one that Prometheus reads');
like($r->{content}, qr/^customerapi_messages\{state="due"\} 0$/m, 'with the queue');
like($r->{content}, qr/^customerapi_daemon_seen_seconds\{process="worker"\} (?:9|1[0-4])\d$/m,
	'and the daemon');

my $doc = problem('unknown path', 404, 'not-found', get_raw($nginx, '/helthz'));
like($doc->{detail}, qr{did you mean /healthz\?}, 'a hint');
my @reply = parts(
	$nginx->raw("POST /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: "
		. "0\r\n\r\n"));
problem('wrong method', 405, 'method-not-allowed', @reply);
like($reply[1], qr/^Allow: GET, HEAD, OPTIONS\r?$/mi, 'Allow');
$r = $http->request('DELETE', $nginx->url . '/healthz');
is($r->{status}, 405, 'unknown method');
$r = $http->request('OPTIONS', $nginx->url . $webhook);
is($r->{status}, 204, 'OPTIONS');
is($r->{headers}{allow}, 'GET, HEAD, POST, OPTIONS', 'Allow of a webhook');
ok(!exists $r->{headers}{'content-length'}, '204 has no length');
@reply = parts($nginx->raw("HEAD /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
is("$reply[0]/$reply[2]", '200/', 'HEAD has no body');
@reply = parts($nginx->raw("POST $webhook?SourceId=1 HTTP/1.1\r\nHost: x\r\nConnection: "
	. "close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"));
problem('a chunked body is counted by nginx', 401, 'unauthorized', @reply);
like($reply[1], qr/^WWW-Authenticate: /mi, '401 says how');

# Paths: split first, decoded once.
is((get_raw($nginx, '/health%7A'))[0], 200, 'an encoded letter');
is((get_raw($nginx, '//healthz/'))[0], 200, 'empty parts say nothing');
is((get_raw($nginx, '/healthz%2F'))[0], 404, 'an encoded slash is no separator');
is((get_raw($nginx, '/x%2F..%2Fhealthz'))[0], 404, 'not even with dots');
problem('dots', 400, 'bad-request', get_raw($nginx, '/x/../healthz'));
problem('encoded dots', 400, 'bad-request', get_raw($nginx, '/x/%2e%2E/healthz'));
problem('dots beyond the root', 400, 'bad-request', get_raw($nginx, '/../healthz'));
problem('NUL', 400, 'bad-request', get_raw($nginx, '/healthz%00'));
problem('no UTF-8', 400, 'bad-request', get_raw($nginx, '/%FF'));
problem('half an escape', 400, 'bad-request', get_raw($nginx, '/%4'));
problem('10 kB of path', 414, 'uri-too-long', get_raw($nginx, '/' . 'a' x 10000));
problem('70 kB of path', 414, 'uri-too-long', get_raw($nginx, '/' . 'a' x 70000));
problem('9 kB of query', 414, 'uri-too-long', get_raw($nginx, '/healthz?a=' . 'a' x 9000));
problem('header beyond nginx', 400, 'bad-request',
	get_raw($nginx, '/healthz', 'X-Long: ' . 'a' x 20000 . "\r\n"));
problem('too many headers', 400, 'bad-request', get_raw($nginx, '/healthz', join '',
	map { "X-H$_: 1\r\n" } 1 .. 70));
problem('malformed length', 400, 'bad-request', get_raw($nginx, "$webhook?key=$canary",
	"Content-Length: x\r\n"));

# Parameters.
$doc = problem('parameters', 400, 'bad-request',
	get_raw($nginx, "/healthz?key=$canary&KEY=$canary&what=1"));
is_deeply($doc->{errors}, [{ field => 'key', message => 'is not a parameter of this action' },
	{ field => 'KEY', message => 'is given twice' },
	{ field => 'what', message => 'is not a parameter of this action' }], 'all faults by name');

# Bodies.
$r = $http->post($nginx->url . "$webhook?SourceId=1&key=$canary",
	{ content => 'x' x ((1 << 20) + 1) });
is($r->{status}, 413, 'a body beyond the program');
is(decode_json($r->{content})->{detail}, 'The request body may have at most 1048576 bytes.',
	'says how much');
@reply = parts($nginx->raw("POST $webhook?key=$canary HTTP/1.1\r\nHost: x\r\nConnection: "
	. "close\r\nContent-Length: 9000000\r\n\r\n"));
problem('a body beyond nginx', 413, 'too-large', @reply);

@reply = parts($nginx->raw("POST $webhook?key=$canary HTTP/1.1\r\nHost: x\r\nConnection: "
	. "close\r\nTransfer-Encoding: chunked\r\n\r\n" . join('',
		map { "100000\r\n" . 'x' x (1 << 20) . "\r\n" } 1 .. 9) . "0\r\n\r\n"));
problem('a chunked body beyond nginx', 413, 'too-large', @reply);
like($nginx->logs, qr/ POST \Q$webhook\E 413 /, "nginx's log has the method that was sent");
unlike($nginx->logs, qr/ GET \Q$webhook\E 413 /, 'and no other');

# What nginx alone refuses.
problem('HTTP/3.0 in a line of text', 505, 'not-implemented',
	parts($nginx->raw("GET /healthz HTTP/3.0\r\nHost: x\r\n\r\n")));
problem("nginx's own documents are not for clients", 404, 'not-found',
	get_raw($nginx, '/.customerapi/502'));

{
	my $stranger = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $nginx->port,
		LocalAddr => '127.0.0.2') or die $!;
	print $stranger "GET /metrics HTTP/1.0\r\nHost: x\r\n\r\n";
	$stranger->flush;
	problem('metrics are for this machine', 403, 'forbidden', parts(join '', <$stranger>));
}

# A body that ends too early: nginx says nothing, and the program never hears of it.
{
	my $cut = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $nginx->port)
		or die $!;
	my $heard = () = $fcgi->events('request');
	print $cut join "\r\n", "POST $webhook?SourceId=1 HTTP/1.1", 'Host: x',
		'Content-Length: 100', '', 'half';
	$cut->flush;
	shutdown $cut, 1;
	is(join('', <$cut>), '', 'a cut body: no reply');
	is($http->get($nginx->url . '/healthz')->{status}, 200, 'others are answered');
	is(scalar(() = $fcgi->events('request')), $heard + 1, 'nothing of it reached the program');
}

# A secret that lost its name, or that stands behind an encoded "?".
problem('a key without a name', 400, 'bad-request', get_raw($nginx, "/healthz?$canary"));
is((reverse $fcgi->events('request'))[0]{field}, '(unknown)', 'is not named in the log');
problem('a query in the path', 401, 'unauthorized',
	get_raw($nginx, "$webhook%3FSourceId=1&key=$canary?SourceId=1"));
is((reverse $fcgi->events('request'))[0]{path}, $webhook, 'is cut off in the log');
get_raw($nginx, "$webhook$_=$canary?SourceId=1") for '%26key', '%3Fkey', '%253Fkey', '%2526key',
	'%25253fkey', ';key', '%3Bkey', '%3bkey', '%253Bkey', '%23key', '%2523key', '/key', ',key';
get_raw($nginx, "$webhook;key%3D$canary?SourceId=1");
get_raw($nginx, "$webhook/key%253d$canary?SourceId=1");
get_raw($nginx, "/Nothing;key=$canary/at%23key=$canary/all");

# The client's request id is not believed by the snippet; the log has one line a request, with
# nginx's id and without the query.
(undef, my $head) = get_raw($nginx, '/healthz', "X-Request-Id: mine\r\n");
my ($id) = $head =~ /^X-Request-Id: (\S+)/mi;
isnt($id, 'mine', 'nginx makes the request id');
my @lines = grep { $_->{requestId} eq $id } $fcgi->events('request');
is(scalar @lines, 1, 'one log line');
is("$lines[0]{method} $lines[0]{path} $lines[0]{action} $lines[0]{status} $lines[0]{remote}",
	'GET /healthz healthz 200 127.0.0.1', 'with what matters');

# ---------------------------------------------------------------- the database goes and comes

$db->kill9;
@reply = get_raw($nginx, '/readyz');
problem('database gone', 503, 'database-unavailable', @reply);
like($reply[1], qr/^Retry-After: \d+/mi, 'Retry-After');
is($http->get($nginx->url . '/healthz')->{status}, 200, 'still alive');
$db->restart;
is($http->get($nginx->url . '/readyz')->{status}, 200, 'ready again');

# ---------------------------------------------------------------- the pool

is((stat $fcgi->socket)[2] & 07777, 0660, 'socket mode');
my @before = sort $fcgi->workers;
is(scalar @before, 2, 'two workers');
kill 'KILL', $before[0];
ok(until_true(sub { my @now = $fcgi->workers; @now == 2 && !grep { $_ eq $before[0] } @now }),
	'a killed worker is replaced');
is((grep { $_->{how} eq 'signal 9' } $fcgi->events('worker-ended'))[0]{worker}, $before[0],
	'and its end is logged');
is($http->get($nginx->url . '/healthz')->{status}, 200, 'requests go on');

# Asks in a process of its own; reading from what it returns gives the status.
sub background {
	my ($url) = @_;
	my $pid = open(my $pipe, '-|') // die "fork: $!";
	return $pipe if $pid;
	print HTTP::Tiny->new(timeout => 40)->get($url)->{status};
	close STDOUT;
	POSIX::_exit(0);
}

# A pool of one thread that holds a connection, with a request under way that hangs because the
# database does not answer.
sub hanging {
	my ($deadline_s) = @_;
	my $pool = Fcgi->start(%db, CUSTOMERAPI_FCGI_WORKERS => 1, CUSTOMERAPI_FCGI_THREADS => 1,
		CUSTOMERAPI_FCGI_DEADLINE_S => $deadline_s);
	my $front = Nginx->start($pool->socket);
	is($http->get($front->url . '/readyz')->{status}, 200, 'one thread, ready');
	kill 'STOP', $db->pid;
	my $pipe = background($front->url . '/readyz');
	# The listening socket is one line, the connection's end at our side another.
	ok(until_true(sub { open my $fh, '<', '/proc/net/unix' or die $!;
		1 < grep { /\Q@{[$pool->socket]}\E$/ } <$fh> }), 'a request is under way')
		or diag("the pool's log: " . $pool->log . "\nnginx: " . $front->logs);
	select undef, undef, undef, 0.3;
	return ($pool, $front, $pipe);
}

# Two ways to hold a thread for ever: a database that does not answer, and, with libfcgi, half a
# FastCGI record.
my ($stuck, $stuck_front, $slow) = hanging(1);
my $libfcgi = Fcgi->start(%db, CUSTOMERAPI_FCGI_DEADLINE_S => 2,
	CUSTOMERAPI_FCGI_TRANSPORT => 'libfcgi');
my $half = IO::Socket::UNIX->new(Peer => $libfcgi->socket, Type => SOCK_STREAM) or die $!;
print $half "\1\1\0\1";
$half->flush;
ok(until_true(sub { $libfcgi->events('deadline') }), 'half a record: over the deadline');
is($http->get($nginx->url . '/healthz')->{status}, 200, 'others are answered meanwhile');
is(<$slow>, 502, 'a request that never ends: 502 after deadline and mercy');
kill 'CONT', $db->pid;
ok(until_true(sub { grep { $_->{how} eq 'signal 9' } $stuck->events('worker-ended') }),
	'its worker was killed');
is($http->get($stuck_front->url . '/readyz')->{status}, 200, 'a new one answers');
undef $stuck_front;
$stuck->stop;
ok(until_true(sub { (grep { $_->{how} eq 'signal 9' } $libfcgi->events('worker-ended')) == 1 }),
	'so was the one with half a record');
close $half;
ok(until_true(sub { $libfcgi->workers == 2 }), 'two workers again');
$libfcgi->stop;

# New settings.
sub settings { open my $fh, '>', $fcgi->conf or die $!; print $fh $_[0]; close $fh }
@before = sort $fcgi->workers;
settings("fcgi_workers = 3\n");
kill 'HUP', $fcgi->pid;
ok(until_true(sub { my %old = map { $_ => 1 } @before; my @now = $fcgi->workers;
	@now == 3 && !grep { $old{$_} } @now }), 'SIGHUP: new workers with new settings');
is($http->get($nginx->url . '/healthz')->{status}, 200, 'and they answer');
@before = sort $fcgi->workers;
settings("fcgi_workers = many\n");
kill 'HUP', $fcgi->pid;
ok(until_true(sub { grep { defined $_->{kept} } $fcgi->events('reload') }),
	'bad settings are logged');
is_deeply([sort $fcgi->workers], \@before, 'and the old ones stay');
settings("fcgi_workers = 2\n");

# Draining: what is under way is finished.
my ($drained, $drained_front, $last) = hanging(30);
kill 'TERM', $drained->pid;
select undef, undef, undef, 0.5;
kill 'CONT', $db->pid;
is(<$last>, 200, 'SIGTERM: it is answered');
is($drained->wait, 0, 'exit 0');
ok(!-e $drained->socket, 'the socket is gone');
$fcgi->stop;
@reply = get_raw($nginx, "$webhook?SourceId=1&key=$canary");
problem('no program', 502, 'unavailable', @reply);
like($reply[1], qr/^Retry-After: 30/mi, 'Retry-After of nginx');

unlike($nginx->logs, qr/$canary/, 'no secret in the logs of nginx');
unlike($fcgi->log, qr/$canary/, 'nor in ours');

# ---------------------------------------------------------------- other pools

{
	my $club = Fcgi->start(%db, CUSTOMERAPI_FCGI_AREA => 'club', CUSTOMERAPI_FCGI_WORKERS => 1,
		CUSTOMERAPI_FCGI_THREADS => 2, CUSTOMERAPI_FCGI_MAX_REQUESTS => 5);
	my $intake = Fcgi->start(%db, CUSTOMERAPI_FCGI_AREA => 'intake',
		CUSTOMERAPI_FCGI_WORKERS => 1, CUSTOMERAPI_FCGI_TRUSTED_PROXIES => '127.0.0.1');
	my $front = Nginx->start($intake->socket, $club->socket, $club->socket, $club->socket);
	my ($first) = $club->workers;
	is($http->get($front->url . '/healthz')->{status}, 200, "healthz $_") for 1 .. 20;
	ok(until_true(sub { my @now = $club->workers; @now == 1 && $now[0] != $first }),
		'a worker leaves after its requests');
	ok(!(grep { $_->{level} eq 'error' } $club->events('worker-ended')), 'as it should');
	is($http->post($front->url . "$webhook?SourceId=1")->{status}, 401,
		'webhooks go to their pool');
	is($http->post($front->url . lc($webhook) . '?SourceId=1')->{status}, 401, 'in any case');
	is((scalar grep { $_->{path} =~ /queueprocess/i } $intake->events('request')), 2,
		'which answered them');
	get_raw($front, "$webhook?SourceId=1",
		"X-Forwarded-For: 192.0.2.6\r\nX-Forwarded-For: 192.0.2.9\r\n");
	is(($intake->events('request'))[-1]{remote}, '192.0.2.9',
		'of two X-Forwarded-For the one that the proxy added counts');

	local %ENV = (%ENV, %db, CUSTOMERAPI_CONF => '/dev/null',
		CUSTOMERAPI_FCGI_SOCKET => $club->socket);
	my $said = `@{[Fcgi::program()]} 2>&1`;
	isnt($?, 0, 'a live socket is not taken over');
	like($said, qr/Another program listens on/, 'and it says so');
}

# ---------------------------------------------------------------- a run folder that is not there
# yet

{
	my $dir = $fcgi->dir . '/run';
	my $pool = Fcgi->start(%db, CUSTOMERAPI_FCGI_SOCKET => "$dir/s");
	is((stat $dir)[2] & 07777, 0755,
		'the folder of the socket is made, and the web server may enter it');
	ok(-S "$dir/s", 'with the socket in it');
	$pool->stop;
	local %ENV = (%ENV, %db, CUSTOMERAPI_CONF => '/dev/null',
		CUSTOMERAPI_FCGI_SOCKET => "$dir/none/deeper/s");
	my $said = `@{[Fcgi::program()]} 2>&1`;
	isnt($?, 0, 'one that cannot be made');
	my $deeper = "$dir/none/deeper";
	my $not = "The folder $deeper of fcgi_socket cannot be made: No such file or directory.";
	my $make = "install -d -m 0755 -o USER $deeper";
	like($said, qr/\Q$not\E Make it, .*\Q$make\E/, 'is named, with what to do');
}

# ---------------------------------------------------------------- started by others

# Starts the program with a listening socket on a descriptor.
sub with_socket {
	my ($fd, %env) = @_;
	my $dir = tempdir('customerapi-inherit-XXXXXX', TMPDIR => 1, CLEANUP => 1);
	my $listen = IO::Socket::UNIX->new(Local => "$dir/s", Listen => 16, Type => SOCK_STREAM)
		or die $!;
	my $pid = fork // die $!;
	if (!$pid) {
		open STDIN, '<', '/dev/null' if $fd != 0;
		open STDERR, '>', "$dir/log";
		POSIX::dup2(fileno $listen, $fd);
		fcntl($listen, F_SETFD, 0);
		@ENV{ keys %env } = values %env;
		$ENV{LISTEN_PID} = $$ if $fd == 3;
		$ENV{CUSTOMERAPI_CONF} = '/dev/null';
		{ exec Fcgi::program() }
		POSIX::_exit(127);
	}
	close $listen;
	my $front = Nginx->start("$dir/s");
	my $status = $http->get($front->url . '/healthz')->{status};
	kill 'TERM', $pid;
	waitpid $pid, 0;
	return "$status $?";
}

is(with_socket(0), '200 0', 'socket on descriptor 0');
is(with_socket(0, GATEWAY_INTERFACE => 'CGI/1.1'), '200 0', 'even with GATEWAY_INTERFACE');
is(with_socket(3, LISTEN_FDS => 1), '200 0', 'socket from systemd');

sub cgi {
	my ($input, %env) = @_;
	my $dir = tempdir('customerapi-cgi-XXXXXX', TMPDIR => 1, CLEANUP => 1);
	open my $in, '>', "$dir/in" or die $!;
	print $in $input;
	close $in;
	local %ENV = (%ENV, %db, CUSTOMERAPI_CONF => '/dev/null', GATEWAY_INTERFACE => 'CGI/1.1',
		REQUEST_METHOD => 'GET', SCRIPT_NAME => '/api', %env);
	my $out = `@{[Fcgi::program()]} <$dir/in 2>$dir/err`;
	my ($head, $body) = split /\r\n\r\n/, $out, 2;
	my ($status) = $head =~ /^Status: (\d+)/;
	return ($status, $head, $body);
}

@reply = cgi('', PATH_INFO => '/readyz', CONTENT_LENGTH => '');
is($reply[0], 200, 'CGI: readyz') or diag("@reply");
problem('CGI', 404, 'not-found', cgi('', REQUEST_URI => '/crm/helthz?a=1',
	CUSTOMERAPI_FCGI_BASE_PATH => '/crm'));
@reply = cgi('', REQUEST_URI => '/crm/healthz', CUSTOMERAPI_FCGI_BASE_PATH => '/crm');
is($reply[0], 200, 'CGI: REQUEST_URI less the base path');
$doc = problem('CGI: body cut short', 400, 'truncated-body',
	cgi('abc', PATH_INFO => $webhook, REQUEST_METHOD => 'POST', CONTENT_LENGTH => 10));
like($doc->{detail}, qr/ended after 3 of 10 bytes/, 'says where');
problem('CGI: body without length', 400, 'truncated-body',
	cgi('abc', PATH_INFO => $webhook, REQUEST_METHOD => 'POST',
		HTTP_TRANSFER_ENCODING => 'chunked'));

# ---------------------------------------------------------------- command line

{
	local %ENV = (%ENV, CUSTOMERAPI_CONF => '/dev/null');
	my $program = Fcgi::program();
	like(`$program --version`, qr/^customerapi\.fcgi \d/, '--version');
	like(`$program --help`, qr/--check-config/, '--help');
	is(`$program --check-config`, "configuration OK\n", '--check-config');
	my $said = do { local $ENV{CUSTOMERAPI_FCGI_WORKERS} = 'x';
		`$program --check-config 2>&1` };
	isnt($?, 0, 'a bad setting');
	like($said, qr/fcgi_workers: /, 'is named');
	`$program --nonsense 2>&1`;
	is($? >> 8, 2, 'unknown option');
	`$program nonsense 2>&1`;
	is($? >> 8, 2, 'unknown word');
}

done_testing();
