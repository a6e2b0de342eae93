# Connections that the web server keeps: many of them with few threads, FastCGI's records whole and
# broken, drain, deadlines, several workers, descriptors.
use strict;
use warnings;
use Test::More;
use HTTP::Tiny;
use POSIX ();
use Fcgi;
use FcgiClient qw(begin pairs record);
use MariaDB;
use Nginx;

use constant { ABORT => 2, LAST => 3, PARAMS => 4, BODY => 5, GET_VALUES => 9 };
use constant { GET_VALUES_RESULT => 10, UNKNOWN_TYPE => 11 };

my $db = MariaDB->start;
my %db = $db->registry;
my $fcgi = Fcgi->start(%db, CUSTOMERAPI_FCGI_WORKERS => 1, CUSTOMERAPI_FCGI_THREADS => 2,
	CUSTOMERAPI_FCGI_DEADLINE_S => 2);
my $connect = sub { FcgiClient->new($fcgi->socket) };
my %get = (REQUEST_METHOD => 'GET', REQUEST_URI => '/healthz', REMOTE_ADDR => '127.0.0.1');
my $alive = qq({"Status":"Alive"}\n);

# ---------------------------------------------------------------- one connection

my $c = $connect->();
for my $n (1 .. 3) {
	my $r = $c->request({}, keep => 1);
	is_deeply([@$r{qw(status body end)}], [200, $alive, 0], "request $n of one connection");
}
is($c->request({}, keep => 0)->{status}, 200, 'the last');
ok($c->is_closed, 'it is closed then');

$c = $connect->();
my $slow = begin(keep => 1) . record(PARAMS, 1, substr pairs(\%get), 0, 7)
	. record(PARAMS, 1, (substr pairs(\%get), 7), 5) . record(PARAMS, 1, '')
	. record(BODY, 1, '', 3);
$c->send($_) for split //, $slow;
is($c->reply->{status}, 200, 'in pieces of one byte, with padding');

# Two requests in one write: the second waits for nobody.
my $whole = begin(keep => 1) . record(PARAMS, 1, pairs(\%get)) . record(PARAMS, 1, '')
	. record(BODY, 1, '');
$c->send($whole x 2);
is($c->reply->{status}, 200, 'the first of two in one write');
is($c->reply->{status}, 200, 'the second');

# A long value takes a length of four bytes.
is($c->request({ HTTP_X_LONG => 'v' x 5000 }, keep => 1)->{status}, 200, 'a long header');
is($c->request({ REQUEST_URI => '/nowhere' }, keep => 1)->{status}, 404, 'an error keeps it, too');

# ---------------------------------------------------------------- what else the protocol knows

$c->send(record(GET_VALUES, 0, pairs({ FCGI_MPXS_CONNS => '' })));
is_deeply([$c->record_read], [GET_VALUES_RESULT, 0, pairs({ FCGI_MPXS_CONNS => '0' })],
	'GET_VALUES: one request at a time');
$c->send(record(77, 0, 'what?'));
is_deeply([$c->record_read], [UNKNOWN_TYPE, 0, chr(77) . "\0" x 7], 'a type that nobody knows');
$c->send(begin(role => 2, keep => 1));
is_deeply([$c->record_read], [LAST, 1, "\0\0\0\0\3\0\0\0"], 'a role that we do not play');
$c->send(begin(keep => 1), begin(id => 2));
is_deeply([$c->record_read], [LAST, 2, "\0\0\0\0\1\0\0\0"], 'no second request at once');
$c->send(record(PARAMS, 2, 'nobody reads this'), record(ABORT, 1, ''));
is_deeply([$c->record_read], [LAST, 1, "\0" x 8], 'a request that is taken back');
is($c->request({}, keep => 1)->{status}, 200, 'and the connection lives on');

# ---------------------------------------------------------------- what is no FastCGI

my %broken = (
	'another version' => "\2" . substr(begin(), 1),
	'a BEGIN_REQUEST of another length' => record(1, 1, "\0\1\0"),
	'a pair that ends too early' => begin() . record(PARAMS, 1, "\x05\x20AB") . record(PARAMS, 1, ''),
	'a length that ends too early' => begin() . record(PARAMS, 1, "\x85\x01") . record(PARAMS, 1, ''),
	'a NUL in a name' => begin() . record(PARAMS, 1, "\x03\x01A\0BC") . record(PARAMS, 1, ''),
	'HTTP' => "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
	'parameters without end' => begin() . record(PARAMS, 1, 'x' x 65535) x 5,
);
for my $what (sort keys %broken) {
	my $bad = $connect->();
	$bad->send($broken{$what});
	ok($bad->is_closed, "$what: closed");
}
is($connect->()->request({})->{status}, 200, 'the pool lives');
is((grep { !/"event":"(?:start|request)"/ } grep { /worker-ended/ } split /\n/, $fcgi->log), 0,
	'its workers, too');

# ---------------------------------------------------------------- bodies

my %post = (REQUEST_METHOD => 'POST', CONTENT_TYPE => 'application/json',
	REQUEST_URI => '/ProcessManagement/Connector/Standard/QueueProcess/No/Body/A/B/C',
	QUERY_STRING => 'SourceId=1');
$c = $connect->();
for my $bytes (0, 1, 65536, 65537, 3 << 20) {
	is($c->request(\%post, body => 'x' x $bytes, keep => 1)->{status}, 401,
		"a body of $bytes bytes")
		or diag($fcgi->log);
}
$c->send(begin(keep => 1), record(PARAMS, 1, pairs({ %post, CONTENT_LENGTH => 9 << 20 })),
	record(PARAMS, 1, ''), record(BODY, 1, 'x'));
is($c->reply->{status}, 413, 'too large: answered before it has come');

# ---------------------------------------------------------------- more connections than threads

my @idle = map { $connect->() } 1 .. 100;
is((grep { $_->request({}, keep => 1)->{status} == 200 } @idle), 100, 'a hundred are kept');
my @half = map { $connect->() } 1 .. 20;
$_->send(substr $whole, 0, 5 + $_ % 3) for @half;
is((grep { $_->request({}, keep => 1)->{status} == 200 } @idle), 100,
	'half a request on others holds no thread');
is((grep { $_->is_closed } @half), 20, 'and ends at the deadline');
is(scalar $fcgi->events('deadline'), 0, 'without a worker that is replaced');
is((grep { $_->request({}, keep => 1)->{status} == 200 } @idle), 100, 'who is silent is kept');

# ---------------------------------------------------------------- behind nginx

my $nginx = Nginx->start($fcgi->socket);
my $url = $nginx->url;

# Clients that ask until they are told to stop; each prints what it saw.
sub clients {
	my ($n, $path, $how_many) = @_;
	my @pipes;
	for (1 .. $n) {
		my $pid = open(my $pipe, '-|') // die "fork: $!";
		push @pipes, $pipe;
		next if $pid;
		my $http = HTTP::Tiny->new(timeout => 30);
		my %seen;
		$seen{ $http->get("$url$path")->{status} }++ for 1 .. $how_many;
		print join(' ', map { "$_=$seen{$_}" } sort keys %seen), "\n";
		close STDOUT;
		POSIX::_exit(0);
	}
	return @pipes;
}
my $answers = sub {
	my %all;
	for my $pipe (@_) {
		my $line = <$pipe>;
		$all{$1} += $2 while $line =~ /(\d+)=(\d+)/g;
	}
	return \%all;
};
is_deeply($answers->(clients(32, '/healthz', 40)), { 200 => 1280 },
	'32 clients, two threads: all are answered');

# nginx keeps what each of its upstreams has opened, whatever the other one needs.
my @intake = clients(48, "$post{REQUEST_URI}?SourceId=1", 40);
is_deeply($answers->(clients(8, '/healthz', 40)), { 200 => 320 },
	'a second upstream is answered while the first has more clients than there are threads');
is_deeply($answers->(@intake), { 401 => 1920 }, 'so are they');

# Large bodies, read or not: the next request of the connection finds its beginning.
{
	my $http = HTTP::Tiny->new(timeout => 30);
	my %seen;
	for my $n (1 .. 30) {
		my $bytes = (200_000, 1_000_000, 4_000_000)[$n % 3];
		$seen{ $http->post("$url$post{REQUEST_URI}?SourceId=1", { content => 'x' x $bytes })
			->{status} }++;
		$seen{ $http->get("$url/healthz")->{status} }++;
	}
	is_deeply(\%seen, { 401 => 30, 200 => 30 }, 'after large bodies, too');
}

# New settings while they ask: who holds a connection is answered, or finds it closed in time.
my @asking = clients(8, '/healthz', 600);
for (1 .. 3) {
	select undef, undef, undef, 0.3;
	kill 'HUP', $fcgi->pid;
}
is_deeply($answers->(@asking), { 200 => 4800 }, 'workers are replaced, and nobody notices');

# ---------------------------------------------------------------- large bodies that drip

my @drips = map { $connect->() } 1 .. 6;
$_->send(begin(keep => 1), record(PARAMS, 1, pairs({ %post, CONTENT_LENGTH => 200_000 })),
	record(PARAMS, 1, ''), record(BODY, 1, 'x' x 1000)) for @drips;
is($connect->()->request({})->{status}, 200, 'large bodies that drip hold no thread');
$_->send(map({ record(BODY, 1, 'x' x 49_750) } 1 .. 4), record(BODY, 1, '')) for @drips;
is((grep { $_->reply->{status} == 401 } @drips), 6, 'and are taken when they are whole');

my $pid = $fcgi->pid;
kill 'TERM', $pid;
is($fcgi->wait, 0, 'SIGTERM with a hundred kept connections: exit 0');
ok($idle[0]->is_closed, 'and they are closed');

# ---------------------------------------------------------------- several workers

sub sockets { my $pid = shift;
	return scalar grep { (readlink // '') =~ /^socket:/ } glob "/proc/$pid/fd/*" }
sub is_ok { my $r = shift; return $r && $r->{status} == 200 }
sub until_true { my $code = shift; for (1 .. 200) { return 1 if $code->();
	select undef, undef, undef, 0.05 } return 0 }

$fcgi = Fcgi->start(%db, CUSTOMERAPI_FCGI_WORKERS => 2, CUSTOMERAPI_FCGI_THREADS => 16);
is($connect->()->request({})->{status}, 200, 'two workers') for 1 .. 4;
# A worker that is still starting takes nothing.
until_true(sub { my @tasks = map { scalar(my @t = glob "/proc/$_/task/*") } $fcgi->workers;
	return 2 == grep { $_ > 16 } @tasks });
my %before = map { $_ => sockets($_) } $fcgi->workers;
# One after the other: whoever took the last one stands behind the other.
my $answered = 0;
@idle = map { my $c = $connect->();
	$answered += $c->request({}, keep => 1)->{status} == 200; $c } 1 .. 40;
is($answered, 40, 'forty connections');
my @shares = map { sockets($_) - $before{$_} } keys %before;
is((grep { $_ >= 15 } @shares), 2, 'each worker has its share') or diag("@shares");

# More than pass to another worker at once, half a request on some of them.
@idle = map { $connect->() } 1 .. 400;
is((grep { $_->request({}, keep => 1)->{status} == 200 } @idle), 400, 'four hundred');
@half = splice @idle, 0, 50;
$half[$_]->send(substr $whole, 0, 1 + $_) for 0 .. $#half;
kill 'HUP', $fcgi->pid;
ok(until_true(sub { grep { !$before{$_} } $fcgi->workers }), 'new workers come');
$half[$_]->send(substr $whole, 1 + $_) for 0 .. $#half;
is((grep { is_ok($_->reply) } @half), 50,
	'a request that had begun is answered');
is((grep { is_ok($_->request({}, keep => 1)) } @idle), 350,
	'the others stay open');
ok(until_true(sub { !grep { $before{$_} } $fcgi->workers }), 'and the old workers leave');

# Whatever the drain finds of a request, it is answered.
for my $round (1 .. 3) {
	kill 'HUP', $fcgi->pid;
	for (my $at = 0; $at < length $whole; $at += 7) {
		$_->send(substr $whole, $at, 7) for @idle[0 .. 19];
	}
	is((grep { is_ok($_->reply) } @idle[0 .. 19]), 20,
		"requests in pieces while workers are replaced: $round");
}

my ($killed) = $fcgi->workers;
kill 'KILL', $killed;
ok(until_true(sub { $fcgi->workers == 2 && !grep { $_ == $killed } $fcgi->workers }),
	'a killed worker is replaced');
is($connect->()->request({})->{status}, 200, 'and the socket answers');

# All at once, as systemd would without KillMode=mixed: nobody waits for a worker that never comes.
@idle = map { $connect->() } 1 .. 20;
$_->request({}, keep => 1) for @idle;
kill 'TERM', $fcgi->workers, $fcgi->pid;
$fcgi->wait;
is((grep { $_->is_closed } @idle), 20, 'a pool that is stopped with its workers closes all');

# One worker that leaves by itself has its successor before it is gone.
$fcgi = Fcgi->start(%db, CUSTOMERAPI_FCGI_WORKERS => 1, CUSTOMERAPI_FCGI_THREADS => 2,
	CUSTOMERAPI_FCGI_MAX_REQUESTS => 50);
$c = $connect->();
is((grep { is_ok($c->request({}, keep => 1)) } 1 .. 180), 180,
	'fcgi_max_requests: one connection outlives three workers');
ok(scalar $fcgi->events('worker-ended') >= 2, 'which are replaced');

# ---------------------------------------------------------------- descriptors

$fcgi = Fcgi->start(%db, CUSTOMERAPI_FCGI_WORKERS => 1, CUSTOMERAPI_FCGI_THREADS => 2);
my ($first) = $fcgi->workers;
is(system('prlimit', '--pid', $fcgi->pid, '--nofile=80:80'), 0, 'few descriptors');
kill 'HUP', $fcgi->pid;
ok(until_true(sub { my @w = $fcgi->workers; @w == 1 && $w[0] != $first }), 'for a new worker');
@idle = map { $connect->() } 1 .. 60;
$_->send($whole) for @idle;
is((grep { $_->reply->{status} == 200 } @idle[0 .. 39]), 40, 'half of them are connections');
my $cpu = sub { my ($pid) = $fcgi->workers; my @f = split ' ', Server::slurp("/proc/$pid/stat");
	return $f[13] + $f[14] };
my $spent = $cpu->();
sleep 1;
cmp_ok($cpu->() - $spent, '<', 50, 'those that wait cost nothing');
splice @idle, 0, 30;
is((grep { $_->reply->{status} == 200 } @idle[10 .. 29]), 20, 'and are taken when others end');

# ---------------------------------------------------------------- libfcgi

my $old = Fcgi->start(%db, CUSTOMERAPI_FCGI_TRANSPORT => 'libfcgi', CUSTOMERAPI_FCGI_WORKERS => 1,
	CUSTOMERAPI_FCGI_THREADS => 2);
$nginx = Nginx->start(\&Nginx::keeps_none, $old->socket);
$url = $nginx->url;
is_deeply($answers->(clients(8, '/healthz', 20)), { 200 => 160 }, 'libfcgi answers, too');
$c = FcgiClient->new($old->socket);
is($c->request({}, keep => 1)->{status}, 200, 'and keeps no connection,');
ok($c->is_closed, 'whatever the web server asks for');
done_testing();
