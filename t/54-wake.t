# The web program wakes the daemon when a message has come. The daemon here would look by itself
# after a minute only. Whatever is wrong with the wake-up does no harm to a request.
use strict;
use warnings;
use IO::Socket::UNIX;
use Socket qw(MSG_DONTWAIT SOCK_DGRAM);
use Test::More;
use Time::HiRes qw(sleep time);
use World;

my $w = World->start(scheduler => { CUSTOMERAPI_QUEUE_POLL_MS => 60000,
	CUSTOMERAPI_QUEUE_WORKERS => 2 });
my ($s, $db) = @$w{qw(s db)};
my $socket = $s->dir . '/wake';
my $n = 0;

# named(): waits until the daemon has its socket.
sub named {
	my ($want) = @_;
	my $end = time + 20;
	sleep 0.05 while time < $end && !(-S $socket
		&& IO::Socket::UNIX->new(Type => SOCK_DGRAM, Peer => $socket));
	return -S $socket;
}

# asleep(): waits until the workers and the mailer sleep, so that only a datagram can wake them
# before the minute is over.
sub asleep {
	my $end = time + 20;
	for my $pid ($s->children('worker'), $s->children('mailer')) {
		my $sleeps = 0;
		while ($sleeps < 5 && time < $end) {
			my ($state) = Server::slurp("/proc/$pid/stat") =~ /\) (\S)/;
			$sleeps = ($state // '') eq 'S' ? $sleeps + 1 : 0;
			sleep 0.1;
		}
	}
}
sub datagram {
	my ($content) = @_;
	my $to = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Peer => $socket) or return 0;
	return defined send $to, $content, MSG_DONTWAIT;
}
sub send_one {
	my $r = $w->request('POST', '/ProcessManagement/Connector/Standard/QueueProcess/C1/A1/'
		. 'Test/Any/Done?SourceId=1&key=key-1' . ($_[0] // ''), { id => 'one' . $n++ });
	is($r->{status}, 202, 'taken') or diag($r->{content});
	return $r->{json}{Receipt};
}
sub state_of { return $s->value("SELECT state FROM api_message WHERE receipt = x'$_[0]'") }
sub becomes_done {
	my ($receipt, $why) = @_;
	ok($s->until_is(3, "SELECT state FROM api_message WHERE receipt = x'$receipt'", 15), $why);
}

ok(named(), 'the daemon has a socket');
asleep();
becomes_done(send_one(), 'a lonely message is picked up at once');
becomes_done(send_one(), 'and another');

# Only who is a member of the group may write to it.
is(sprintf('%o', (stat $socket)[2] & 07777), '660', 'its mode');

# A mail wakes the mailer in turn.
$s->sql("INSERT INTO api_mail_allow (alias_id, pattern, created_at) VALUES (1, '\@demo.example', "
	. "'2026-01-01')");
my $r = $w->request('POST', '/ProcessManagement/Connector/Standard/EmailProcess/C1/A1/Test/Any/Done'
	. '?SourceId=1&key=key-1&Email=a@demo.example', { id => 'mail' });
is($r->{status}, 202, 'a mail') or diag($r->{content});
ok($s->until_is(1, "SELECT COUNT(*) FROM api_mail WHERE attempts > 0", 15),
	'the mailer tries it at once');

# What comes for later wakes nobody, and comes with the next.
my $later = send_one('&secondsOfInvisibility=1');
sleep 1.5;
is(state_of($later), 1, 'an invisible message wakes nobody');
becomes_done(send_one(), 'the next one does');
becomes_done($later, 'and takes it along');

# A tenant whose messages wait for others of their key is not left alone when something new comes.
my @slow = $s->put({ action => 'Slow', key => 'k', body => '{"ms":4000,"id":"slow"}' });
datagram('');
ok($s->until_is(2, "SELECT state FROM api_message WHERE receipt = x'$slow[0]'", 10), 'one is busy');
push @slow, $s->put({ action => 'Done', key => 'k', body => '{"id":"waits"}' });
datagram('');
sleep 0.5;
becomes_done(send_one(), 'another is done by the other worker');
is(state_of($slow[0]), 2, 'meanwhile');
becomes_done($slow[1], 'and what waited in its turn');

# Foreign datagrams.
ok(datagram('x' x 50000), 'a datagram full of something');
ok(datagram($_), 'and more') for '{"state": 3}', '', "\0";
becomes_done(send_one(), 'it goes on');

# Nobody reads: more than the kernel keeps.
sub signal_all { kill $_[0], $s->{pid}, $s->children }
signal_all('STOP');
1 while datagram('') && ++$n < 5000;
my @many = map { send_one() } 1 .. 20;
signal_all('CONT');
becomes_done($many[-1], 'a full socket delays no request, and all is done');
ok($s->settled(20), 'all of it');

# Its socket is gone.
unlink $socket or die $!;
my $unheard = send_one();
sleep 0.5;
is(state_of($unheard), 1, 'without the socket nobody is woken');
is($s->stop, 0, 'the daemon ends');
ok(!-e "$socket.mail", 'and takes its names away');

# What a daemon left that was killed.
$s->start;
becomes_done($unheard, 'polling is the net');
ok(named(), 'a new one has a socket again');
kill 'KILL', $s->{pid};
waitpid $s->{pid}, 0;
ok(-S $socket, 'a killed one leaves it');
$unheard = send_one();
$s->start;
becomes_done($unheard, 'the next daemon does what came meanwhile');
ok(named(), 'and has its own socket');
asleep();
becomes_done(send_one(), 'by which it is woken');

# A second daemon on the same settings takes the name over when the first ends.
my $mine = (stat $socket)[1];
my $second = $s->spawn($s->dir . '/log2');
sleep 1;
is((stat $socket)[1], $mine, 'a second daemon leaves the name to the first');
is($s->stop, 0, 'the first ends');
ok(named(), 'the second takes it');
{
	local $s->{pid} = $second;
	asleep();
}
becomes_done(send_one(), 'and is woken');
kill 'TERM', $second;
waitpid $second, 0;

# Something else in its place stays. Neither that nor a wrong group stops the daemon.
open my $fh, '>', $socket or die $!;
print $fh 'mine';
close $fh;
$s->set(CUSTOMERAPI_WAKE_SOCKET_GROUP => 'no-such-group', CUSTOMERAPI_QUEUE_POLL_MS => 100);
$s->start;
becomes_done(send_one(), 'without a socket it looks by itself');
is(Server::slurp($socket), 'mine', 'a file is left alone');
unlink $socket;
ok(named(), 'when it is gone the socket is there');
my $end = time + 10;
sleep 0.1 while !$s->events('wake') && time < $end;
like(($s->events('wake'))[0]{detail}, qr/no group no-such-group/, 'the log names the group');
is($s->stop, 0, 'stop');
my ($group) = getgrgid((split ' ', $))[0]);
$s->set(CUSTOMERAPI_WAKE_SOCKET_GROUP => $group);
$s->start;
ok(named(), 'with a group');
is((stat $socket)[5], getgrnam($group), 'its own');
is($s->stop, 0, 'stop');

# A path that is too long, and none.
for my $path ('/tmp/' . 'x' x 120, '') {
	$s->set(CUSTOMERAPI_WAKE_SOCKET => $path);
	$s->start;
	becomes_done(send_one(), 'wake_socket "' . substr($path, 0, 10) . '"');
	is($s->stop, 0, 'stop');
}
like(($s->events('wake'))[-1]{detail}, qr/longer than 1\d\d bytes/, 'the log says it is too long');

done_testing;
