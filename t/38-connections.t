# A worker's connections to the database: few for many threads, taken in turn.
use strict;
use warnings;
use Test::More;
use IO::Select;
use Fcgi;
use FcgiClient qw(begin pairs record);
use MariaDB;
use Rival;

use constant { PARAMS => 4, BODY => 5 };

my $db = MariaDB->start;
my %db = $db->registry;
my $fcgi = Fcgi->start(%db, CUSTOMERAPI_FCGI_WORKERS => 1, CUSTOMERAPI_FCGI_THREADS => 16,
	CUSTOMERAPI_FCGI_CONNECTIONS => 2);
my $whole = begin(keep => 1) . record(PARAMS, 1, pairs({ REQUEST_METHOD => 'GET',
	REQUEST_URI => '/readyz', REMOTE_ADDR => '127.0.0.1' })) . record(PARAMS, 1, '')
	. record(BODY, 1, '');
my @clients = map { FcgiClient->new($fcgi->socket) } 1 .. 8;
my $connections = sub { $db->value(
	"SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE DB = 'customerapi'") };

for (1 .. 10) {
	$_->send($whole) for @clients;
	$_->reply for @clients;
}
$_->send($whole) for @clients;
is((grep { $_->reply->{status} == 200 } @clients), 8, 'eight threads, two connections');
cmp_ok($connections->(), '<=', 2, 'no more are opened');

# /readyz tries to put a message. The first two wait for the table, the others for these.
my $rival = Rival->new($db, 'customerapi');
my $is_waiting = sub { $db->value("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE STATE "
	. "LIKE 'Waiting for%'") };
# Each takes half a second, so the answers come in the order of the turns.
$db->sql('CREATE TRIGGER slow BEFORE INSERT ON api_message FOR EACH ROW DO SLEEP(0.5)',
	'customerapi');
$rival->do('LOCK TABLES api_message READ');
for my $n (0 .. 1) {
	$clients[$n]->send($whole);
	for (1 .. 100) { last if $is_waiting->() > $n; select undef, undef, undef, 0.1 }
}
is($is_waiting->(), 2, 'two are at work');
for my $n (2 .. 7) { $clients[$n]->send($whole); select undef, undef, undef, 0.3 }
is($is_waiting->(), 2, 'the others wait in line');
my $alive = FcgiClient->new($fcgi->socket);
is($alive->request({})->{status}, 200, 'who needs no connection does not wait');
$rival->do('UNLOCK TABLES');
my $select = IO::Select->new(map { $_->{s} } @clients);
my @order;
while (@order < 8 && (my @ready = $select->can_read(20))) {
	for my $s (@ready) {
		my ($n) = grep { $clients[$_]{s} == $s } 0 .. 7;
		is($clients[$n]->reply->{status}, 200, "request $n is answered");
		push @order, $n;
		$select->remove($s);
	}
}
# Two are at work at a time, so neighbours may change places.
is((grep { abs($order[$_] - $_) > 2 } 0 .. $#order), 0, 'who came first, first') or diag("@order");

$db->sql('DROP TRIGGER slow', 'customerapi');

# Nobody waits for ever.
$rival->do('LOCK TABLES api_message READ');
$clients[$_]->send($whole) for 0 .. 1;
for (1 .. 100) { last if $is_waiting->() == 2; select undef, undef, undef, 0.1 }
my $refused = $clients[2]->request({ REQUEST_URI => '/readyz' }, keep => 1);
is($refused->{status}, 503, 'after ten seconds it is 503');
like($refused->{head}, qr/^Retry-After: \d+/m, 'with Retry-After');
like(($fcgi->events('request'))[-1]{inside} // '', qr/fcgi_connections/,
	'the log names the setting');
$rival->do('UNLOCK TABLES');
is((grep { $clients[$_]->reply->{status} == 200 } 0 .. 1), 2, 'those at work end well');
is($clients[2]->request({ REQUEST_URI => '/readyz' }, keep => 1)->{status}, 200, 'and it goes on');
done_testing();
