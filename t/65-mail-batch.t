# A batch of mails: what it costs in statements, by the server's own counters; what becomes of it
# when the mail server ends the session between two mails; how much is in doubt when the process
# dies.
use strict;
use warnings;
use IO::Socket::INET;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep);
use MariaDB;
use Rival;
use Scheduler;

my $db = MariaDB->start;
my $s = Scheduler->new($db, CUSTOMERAPI_QUEUE_WORKERS => 1, CUSTOMERAPI_SMTP_HOST => '127.0.0.1',
	CUSTOMERAPI_SMTP_TLS => 'none', CUSTOMERAPI_SMTP_FROM => 'api@demo.example',
	CUSTOMERAPI_MAIL_PER_HOUR => 100_000, CUSTOMERAPI_SMTP_TIMEOUT_S => 5);
$s->tenant(1);
my $mails = sub { my ($n) = @_;
	return $s->put(map { { kind => 2, email => "a$_\@demo.example", body => "{\"id\":$_}" } }
		1 .. $n) };
my $states = sub { return join ' ', map { "$_->[0]/$_->[1]=$_->[2]" } $s->sql(
	'SELECT state, attempts, COUNT(*) FROM api_mail GROUP BY state, attempts '
	. 'ORDER BY state, attempts') };
my $forget = sub { $s->sql("DELETE FROM $_")
	for qw(api_message api_attempt api_mail api_mail_recipient) };

# ------------------------------------------------------------------ a mail server
# It notes each connection and the Message-ID of each mail that it takes, in a file. per: mails that
# it takes on one connection; then it goes without a word, or says so (word) to the next MAIL.
# before: called at each MAIL. after_s: it takes so long to answer a mail. drops: so many
# connections end in DATA. Returns its port, what was noted, and how to end it.
sub server {
	my (%how) = @_;
	my $file = $s->dir . '/server' . ++$s->{servers};
	my $listening = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 50) or die $!;
	my $pid = fork // die $!;
	if (!$pid) {
		open my $log, '>', $file or POSIX::_exit(1);
		$log->autoflush;
		$SIG{PIPE} = 'IGNORE';
		while (my $c = $listening->accept) {
			serve($c, $log, %how, drop => ($how{drops}-- // 0) > 0);
			close $c;
		}
		POSIX::_exit(0);
	}
	my $noted = sub { my ($what) = @_;
		return grep { /^$what/ } split /\n/, Server::slurp($file) };
	return ($listening->sockport, $noted, sub { kill 'KILL', $pid; waitpid $pid, 0 });
}

sub serve {
	my ($c, $log, %how) = @_;
	my $taken = 0;
	$c->autoflush;
	print $log "connection\n";
	print $c "220 demo\r\n";
	while (my $line = <$c>) {
		return if $line =~ /^QUIT/;
		if ($line =~ /^MAIL/) {
			return if defined $how{per} && $taken >= $how{per} && !$how{word};
			$how{before}->($log) if $how{before};
			if (defined $how{per} && $taken >= $how{per}) {
				print $c "$how{word}\r\n";
				return;
			}
		}
		if ($line !~ /^DATA/) { print $c "250 yes\r\n"; next }
		print $c "354 go on\r\n";
		return if $how{drop};
		my $id = '';
		while (($line = <$c> // return) ne ".\r\n") {
			$id = $1 if $line =~ /^Message-ID: <(.*)>/i;
		}
		print $log "mail $id\n";
		$taken++;
		sleep $how{after_s} if $how{after_s};
		print $c "250 taken\r\n";
	}
}

# ------------------------------------------------------------------ statements
my @counters = qw(Questions Com_stmt_prepare);
sub asked {
	my $n = 0;
	$n += $_->[1] for $s->sql('SHOW GLOBAL STATUS WHERE Variable_name IN ('
		. join(', ', map { "'$_'" } @_) . ')');
	return $n;
}

# cost(MAILS): what a process that does nothing else asks for: statements, commits.
sub cost {
	$s->set(CUSTOMERAPI_SMTP_PORT => 9);
	$mails->($_[0]);
	$s->once;
	$s->sql('UPDATE api_mail SET state = 1, attempts = 0, visible_at = created_at');
	$s->set(CUSTOMERAPI_SMTP_PORT => $_[1]);
	my @before = (asked(@counters), asked('Com_commit'));
	$s->once;
	my @cost = (asked(@counters) - $before[0], asked('Com_commit') - $before[1]);
	is($s->value('SELECT COUNT(*) FROM api_mail WHERE attempts = 1'), $_[0],
		"$_[0] mails are tried once");
	$forget->();
	return @cost;
}

# Batches grow: 20, 40, 80, 160.
my ($one) = cost(20, 9);
my ($four) = cost(300, 9);
cmp_ok(($four - $one) / 3, '<=', 18, 'a batch that nobody takes costs 18 statements, however big');
my ($port, $noted, $end) = server();
my @one = cost(20, $port);
my @four = cost(300, $port);
is(scalar(() = $noted->('mail')), 320, 'a server takes all');
is(scalar(() = $noted->('connection')), 1 + 4, 'each batch on a connection');
my ($statements, $commits) = map { $four[$_] - $one[$_] } 0, 1;
cmp_ok($statements, '<=', 3 * 12 + 5 * $commits,
	'12 statements a batch, and 5 each time that answers are written down');
cmp_ok($commits, '<=', 3 + 280, 'which is at most once a mail');
$end->();

# ------------------------------------------------------------------ sessions that end
for my $case (['goes without a word', per => 3], ['says 421', per => 3,
	word => '421 4.7.0 too many mails on this connection']) {
	my ($what, %how) = @$case;
	($port, $noted, $end) = server(%how);
	$s->set(CUSTOMERAPI_SMTP_PORT => $port);
	$mails->(10);
	is($s->once, 0, "a server $what after three mails");
	is($states->(), '3/1=10', 'all are sent, at the first attempt');
	is(scalar(() = $noted->('mail')), 10, 'each once');
	is(scalar(() = $noted->('connection')), 4, 'on four connections');
	$end->();
	$forget->();
}
($port, $noted, $end) = server(per => 0, word => '421 4.3.2 not now');
$s->set(CUSTOMERAPI_SMTP_PORT => $port);
$mails->(3);
$s->once;
is($states->(), '1/1=3', 'a server that takes nothing: all wait');
like($s->value('SELECT reason FROM api_mail ORDER BY mail_id LIMIT 1'), qr/not now/,
	'the first says what the server said');
is(scalar(() = $noted->('connection')), 1, 'and it is asked once');
$end->();
$forget->();

# ------------------------------------------------------------------ a slow server
($port, $noted, $end) = server(before => sub { my ($log) = @_;
	print $log 'known ' . $s->value('SELECT COUNT(*) FROM api_mail WHERE state = 3') . "\n";
	sleep 0.2 });
$s->set(CUSTOMERAPI_SMTP_PORT => $port);
$mails->(5);
$s->once;
is(join(' ', $noted->('known')), join(' ', map { "known $_" } 0 .. 4),
	'from a slow server each mail is written down before the next begins');
$end->();
$forget->();

# ------------------------------------------------------------------ in doubt
($port, $noted, $end) = server(drops => 1);
$s->set(CUSTOMERAPI_SMTP_PORT => $port);
$mails->(5);
$s->once;
is($states->(), '1/1=1 3/1=4', 'a server that goes within the first mail gets the others');
is(scalar(() = $noted->('mail')), 4, 'once each');
is(scalar(() = $noted->('connection')), 2, 'over another connection');
$end->();
$forget->();

# ------------------------------------------------------------------ the deadline
($port, $noted, $end) = server(after_s => 0.9);
$s->set(CUSTOMERAPI_SMTP_PORT => $port, CUSTOMERAPI_SMTP_DEADLINE_S => 4,
	CUSTOMERAPI_SMTP_TIMEOUT_S => 2);
$mails->(6);
$s->once;
is($states->(), '3/1=6', 'no mail is begun that the deadline would cut');
is(scalar(() = $noted->('mail')), 6, 'so none goes out twice');
$end->();
$s->set(CUSTOMERAPI_SMTP_DEADLINE_S => 300, CUSTOMERAPI_SMTP_TIMEOUT_S => 5);
$forget->();

# ------------------------------------------------------------------ another mailer
my $asked = 0;
($port, $noted, $end) = server(before => sub { my ($log) = @_;
	my $held = 'FROM api_mail WHERE state = 2 AND visible_at';
	$s->sql('UPDATE api_mail SET visible_at = UTC_TIMESTAMP(6) + INTERVAL 1 SECOND '
		. 'WHERE state = 2') if $asked == 0;
	print $log 'ends ' . $s->value("SELECT COUNT(*) $held < UTC_TIMESTAMP(6) + INTERVAL 60 "
		. 'SECOND') . "\n" if $asked == 1;
	$s->sql("UPDATE api_mail SET lease = x'" . '00' x 16 . "' WHERE state = 2 "
		. 'ORDER BY mail_id LIMIT 3') if $asked == 1;
	$asked++;
	sleep 0.2 });
$s->set(CUSTOMERAPI_SMTP_PORT => $port);
$mails->(5);
$s->once;
is(join(' ', $noted->('ends')), 'ends 0', 'the lease of what waits is prolonged');
is($states->(), '2/1=3 3/1=2', 'what another mailer holds stays its own');
is(scalar(() = $noted->('mail')), 3, 'of it, only what was begun is sent');
is($s->value('SELECT COUNT(*) FROM api_mail_recipient WHERE state = 3'), 3, 'and is written down');
$end->();
$forget->();

# ------------------------------------------------------------------ between claim and load
$s->set(CUSTOMERAPI_SMTP_PORT => 9);
$mails->(5);
$s->once;
$s->sql('UPDATE api_mail SET state = 1, attempts = 0, visible_at = created_at');
my $rival = Rival->new($db, 'customerapi');
$rival->do('LOCK TABLES api_customer WRITE');
my $mailer = $s->spawn($s->dir . '/log', '--once');
my $loads = "FROM information_schema.processlist WHERE state LIKE 'Waiting for table metadata%' "
	. "AND info LIKE '%api\\_mail %'";
ok($s->until_is(1, "SELECT COUNT(*) $loads"), 'mails are claimed and not loaded');
is($states->(), '2/1=5', 'they are leased');
$s->sql('KILL ' . $s->value("SELECT id $loads"));
$rival->do('UNLOCK TABLES');
waitpid $mailer, 0;
is($s->value('SELECT COUNT(*) FROM api_mail WHERE state = 2'), 0, 'a failure there gives all back');
$forget->();

# ------------------------------------------------------------------ a death
($port, $noted, $end) = server();
$s->set(CUSTOMERAPI_SMTP_PORT => 9);
$mails->(60);
$s->once;
$s->sql('UPDATE api_mail SET state = 1, attempts = 0, visible_at = created_at');
$s->set(CUSTOMERAPI_SMTP_PORT => $port, CUSTOMERAPI_TEST_CRASH_AT => 'after-smtp',
	CUSTOMERAPI_TEST_CRASH_FILE => $s->dir . '/crash');
open my $fh, '>', $s->dir . '/crash' or die $!;
close $fh;
isnt($s->once, 0, 'the process dies between an answer and the word of it');
my $before = () = $noted->('mail');
cmp_ok($before, '>=', 1, 'the server has some');
cmp_ok($before, '<=', 20, 'at most twenty');
is($states->(), '1/0=40 2/1=20', 'nothing of it is known');
$s->sql('UPDATE api_mail SET visible_at = created_at WHERE state = 2');
is($s->once, 0, 'the next one');
is($states->(), '3/1=40 3/2=20', 'sends all');
my %times;
$times{$_}++ for $noted->('mail');
is(scalar keys %times, 60, 'all are there');
is(scalar(grep { $_ > 1 } values %times), $before,
	'twice only what the server had when the process died, under the same Message-ID');
$end->();

done_testing();
