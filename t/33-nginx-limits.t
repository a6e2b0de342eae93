# One address that sends half requests, large bodies or floods does not take the place of others,
# and nginx's logs say why
# it was refused, without any request line.
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep time);
use Fcgi;
use Nginx;

my $fcgi = Fcgi->start(CUSTOMERAPI_DB_SOCKET => '/nowhere', CUSTOMERAPI_FCGI_WORKERS => 1,
	CUSTOMERAPI_FCGI_THREADS => 8);
my $nginx = Nginx->start($fcgi->socket);
my ($attacker, $other) = ('127.0.0.1', '127.0.0.2');

sub connection {
	my ($from, $server) = @_;
	return IO::Socket::INET->new(LocalAddr => $from, PeerAddr => '127.0.0.1',
		PeerPort => ($server // $nginx)->port, Timeout => 20);
}

# Begins a request from an address; undef when it is not let in.
sub begin {
	my ($from, $text, $server) = @_;
	my $s = connection($from, $server) or return undef;
	local $SIG{PIPE} = 'IGNORE';
	print $s $text;
	$s->flush;
	return $s;
}

sub request { my ($line, @headers) = @_;
	return join("\r\n", "$line HTTP/1.1", 'Host: x', 'Connection: close', @headers)
		. "\r\n\r\n" }

# The whole reply of a request from an address.
sub reply {
	my ($from, $text) = @_;
	my $s = begin($from, $text) or return '';
	local $/;
	return <$s> // '';
}

# Of connections, the replies that came; waits until there are as many as wanted.
sub replies {
	my ($want, @open) = @_;
	my ($select, @came) = (IO::Select->new(@open));
	my $end = time + 20;
	while (@came < $want && time < $end) {
		for my $s ($select->can_read(0.2)) {
			my $text = '';
			1 while sysread $s, $text, 65536, length $text;
			push @came, $text if $text ne '';
			$select->remove($s);
		}
	}
	return @came;
}

sub served { my ($from, $what) = @_;
	like(reply($from, request('GET /healthz')), qr{^HTTP/1.1 200 .*"Alive"}s, $what) }

sub access_lines { my ($words) = @_; return grep { /$words/ } split /\n/, $nginx->logs }

sub logged {
	my ($words, $what) = @_;
	my $end = time + 30;
	sleep 0.1 while !access_lines($words) && time < $end;
	ok(scalar(access_lines($words)), $what) or diag($nginx->logs =~ s/^.*Alive.*\n//mgr);
}

served($_, "$_ is served") for $attacker, $other;

# ------------------------------------------------------------------ headers that do not end
my @half = grep { defined } map { begin($attacker,
	"GET /healthz?key=canary-1 HTTP/1.1\r\nX-Secret: canary-2\r\nX-More: ") } 1 .. 600;
is(scalar @half, 600, 'six hundred half-sent requests');
served($other, "beside them another address is served, $_") for 1 .. 5;
served($attacker, 'and so is the same one');
logged(qr/ 408 /, 'the access log says that they were too late');
@half = ();

# ------------------------------------------------------------------ a method that nginx refuses
# itself
like(reply($other, request('TRACE /healthz')),
	qr{^HTTP/1.1 405 .*"detail":"Use GET, POST, PUT or DELETE\."}s,
	'TRACE is told which methods there are');

# ------------------------------------------------------------------ bodies that do not end
my $begun = request('POST /Probe/x;key=canary-3?key=canary-4', 'Content-Length: 10') . 'canar';
@half = map { begin($attacker, $begun) } 1 .. 150;
my @refused = replies(50, @half);
cmp_ok(scalar(grep { m{^HTTP/1.1 429 } } @refused), '>=', 50,
	'of 150 requests at once of one address those above 100 are refused');
like($refused[0], qr/^Retry-After: \d+\r$/m, 'with the time to wait');
like($refused[0], qr{^Content-Type: application/problem\+json\r$}m, 'as a problem document');
is(decode_json($refused[0] =~ s/.*\r\n\r\n//sr)->{status}, 429, 'which says so');
served($other, 'another address is served');
logged(qr{^\S+ \Q$attacker\E POST /Probe/x 429 .* limit=REJECTED,},
	'the access log says that it was the limit');
@half = ();

# ------------------------------------------------------------------ large bodies
for my $kind (['of 2 MB', 'Content-Length: 2000000'], ['of 1 MB', 'Content-Length: 1000000'],
	['in chunks', 'Transfer-Encoding: chunked']) {
	my ($what, $header) = @$kind;
	my @large = map { begin($attacker, request('POST /Probe/x', $header)
		. "5\r\ncanar") } 1 .. 14;
	is(scalar(grep { m{^HTTP/1.1 429 } } replies(6, @large)), 6,
		"bodies $what: eight at once of one address");
	like(reply($attacker, request('POST /Probe/x', 'Content-Length: 5') . 'small'),
		qr{^HTTP/1.1 200 .*"BodyBytes":5}s, 'small ones of it pass');
	like(reply($other, request('POST /Probe/x', 'Content-Length: 1000001') . 'x' x 1000001),
		qr{^HTTP/1.1 200 .*"BodyBytes":1000001}s,
		'and large ones of another address');
	close $_ for @large;
	sleep 0.3;
}

# ------------------------------------------------------------------ passwords
for my $path ('/HelpWebapi/SignIn', '/helpwebapi/signin',
	'/ProcessManagement/Connector/Adictiz/AdictizCampaignRefData/ListZone') {
	sleep 2;	# what an earlier path used up comes back
	my @many = map { begin($attacker,
		request("GET $path?login=canary-5")) } 1 .. ($path =~ /Adictiz/ ? 400 : 100);
	logged(qr{ \Q$attacker\E GET \Q$path\E 429 .* limit=\S+,REJECTED$},
		"$path: a flood is limited, and the access log says by what");
	unlike(reply($other, request("GET $path")), qr{^HTTP/1.1 429 }, 'another address is not');
	@many = ();
	served($attacker, 'nor are other paths');
}

# ------------------------------------------------------------------ behind a proxy; networks of
# IPv6
{
	my $real = "set_real_ip_from 127.0.0.0/8;\n\treal_ip_header X-Real-Ip;";
	my $behind = Nginx->start(sub { s/(\tclient_max_body_size)/\t$real\n$1/ }, $fcgi->socket);
	my $of = sub { my ($real, $path) = @_;
		return request($path // 'POST /Probe/x', "X-Real-Ip: $real",
			$path ? () : 'Content-Length: 1000000') };
	my $half = sub { map { begin($attacker, $of->($_), $behind) } @_ };
	my @eight = $half->(map { "2001:db8:1:2:$_:5:6:7" } 1 .. 8);
	like((replies(1, $half->('2001:db8:1:2:9:5:6:7')))[0] // '', qr{^HTTP/1.1 429 },
		'a /64 network of IPv6 counts as one address');
	my $s = begin($attacker, $of->('2001:db8:1:3:9:5:6:7') . 'x' x 1000000, $behind);
	like(do { local $/; <$s> } // '', qr{^HTTP/1.1 200 }, 'the next network does not');
	my @zeros = $half->(map { "2001:db9::$_:5:6:7" } 1 .. 8);
	like((replies(1, $half->('2001:db9::9:5:6:7')))[0] // '', qr{^HTTP/1.1 429 },
		'nor does "::" within the network make several of one');
	my @three = $half->(map { "2001:dba:1::$_:6:7" } 1 .. 8);
	like((replies(1, $half->('2001:dba:1::9:6:7')))[0] // '', qr{^HTTP/1.1 429 },
		'wherever it stands');
	my @others = $half->(map { "192.0.2.$_" } 1 .. 20);
	is(scalar(grep { defined } @others), 20, 'clients behind a proxy');
	$s = begin($attacker, $of->('192.0.2.21') . 'x' x 1000000, $behind);
	like(do { local $/; <$s> } // '', qr{^HTTP/1.1 200 }, 'are told apart');
}

# ------------------------------------------------------------------ connections are not enough
{
	my $small = Nginx->start(sub { s/worker_connections \d+/worker_connections 64/ },
		$fcgi->socket);
	my @all = map { begin($attacker,
		"GET /healthz?key=canary-6 HTTP/1.1\r\nX-Secret: canary-7\r\nX-More: ",
		$small) } 1 .. 120;
	my $end = time + 20;
	sleep 0.1 while $small->logs !~ /worker_connections are not enough/ && time < $end;
	like($small->logs, qr/\[(?:alert|warn)\].* 64 worker_connections are not enough/,
		"nginx's own alert is in the error log");
	unlike($small->logs, qr/canary/, 'without the request');
}
unlike($nginx->logs . $fcgi->log, qr/canary/,
	'no log has a line of a request, its query or its body');

done_testing();
