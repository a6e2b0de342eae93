# The mailer's other ways: TLS from the first byte, many mails on one connection, a deadline,
# passwords, digests, a death between 250 and the commit.
use strict;
use warnings;
use IO::Socket::INET;
use JSON::PP;
use MIME::Base64;
use Test::More;
use Time::HiRes qw(sleep time);
use Exim;
use MariaDB;
use Scheduler;

my $db = MariaDB->start;
my $password = join '', map { ('a' .. 'z', 0 .. 9)[rand 36] } 1 .. 24;
my $tls = Exim->start(auth => 1, password => $password, tls_on_connect => 1);
my $bare = Exim->start(tls => 0);
my $s = Scheduler->new($db, CUSTOMERAPI_SMTP_HOST => 'localhost',
	CUSTOMERAPI_SMTP_PORT => $tls->port, CUSTOMERAPI_SMTP_TLS => 'tls',
	CUSTOMERAPI_SMTP_TLS_CA => $tls->ca,
	CUSTOMERAPI_SMTP_USER => 'mailer', CUSTOMERAPI_SMTP_PASSWORD => $password,
	CUSTOMERAPI_SMTP_TIMEOUT_S => 5, CUSTOMERAPI_SMTP_FROM => 'api@demo.example',
	CUSTOMERAPI_SMTP_HELLO => 'api.demo.example', CUSTOMERAPI_MAIL_PER_HOUR => 1000);
$s->tenant($_) for 1, 2;
my $mail = sub { my ($receipt) = @_; my ($r) = $s->sql("SELECT l.mail_id, l.state, l.attempts, "
	. "l.reason FROM api_mail l JOIN api_message m ON m.id = l.message_id WHERE m.receipt = "
		. "x'$receipt'"); return @$r };
my $recipients = sub { my ($id) = @_;
	return { map { $_->[0] => "$_->[1] $_->[2]" } $s->sql(
		"SELECT address, state, code FROM api_mail_recipient WHERE mail_id = $id") } };
my $email = sub { my ($to, %more) = @_;
	my ($r) = $s->put(kind => 2, platform => 'Shopify', entity => 'Order', action => 'Insert',
		email => $to, body => '{}', %more); return $r };
my $delivered = sub { my ($exim, $n) = @_; my $end = time + 20;
	sleep 0.05 while scalar(() = $exim->mails) < $n && time < $end;
		return scalar(() = $exim->mails) };

# TLS from the first byte
my $good = $email->('a@demo.example,b@demo.example',
	body => '{"name":"#1","note":"' . ".\\r\\n..\\r\\n" x 50 . '"}');
is($s->once, 0, 'one round');
my ($id, $state) = $mail->($good);
is($state, 3, 'the mail is sent');
is_deeply($recipients->($id), { 'a@demo.example' => '3 250', 'b@demo.example' => '3 250' },
	'to both recipients');
$delivered->($tls, 1);
my ($text) = $tls->mails;
like($text, qr/esmtpsa/, 'over TLS with a login');
like($text, qr/helo=api\.demo\.example|from .*api\.demo\.example/, 'with the name of the setting');
like($text, qr/^Message-I[dD]: <$good\@customerapi\.C1>$/m, 'Message-ID of the receipt');
my $mixed = $email->('refused@demo.example,c@demo.example,later@demo.example');
$s->once;
($id, $state) = $mail->($mixed);
is_deeply($recipients->($id), { 'c@demo.example' => '3 250', 'later@demo.example' => '1 450',
	'refused@demo.example' => '4 550' }, 'each recipient has its own fate');
is($state, 1, 'the mail waits for the one who comes later');
like($s->value("SELECT reply FROM api_mail_recipient WHERE mail_id = $id AND address = "
	. "'refused\@demo.example'"), qr/no such user here/, "the server's words are kept");
my $sent_at = $s->value("SELECT sent_at FROM api_mail WHERE mail_id = $id");
$s->sql("UPDATE api_mail SET visible_at = UTC_TIMESTAMP(6) WHERE mail_id = $id");
$s->once;
is($recipients->($id)->{'later@demo.example'}, '1 450',
	'who comes later is asked again, and only he');
is($s->value("SELECT sent_at FROM api_mail WHERE mail_id = $id"), $sent_at,
	'and when the others got it stays known');
is($delivered->($tls, 2), 2, 'no one gets it twice');
$s->sql('UPDATE api_mail SET state = 4 WHERE state = 1');
$email->('refused@demo.example');
$s->once;
is($s->value("SELECT COUNT(*) FROM api_mail WHERE state = 4"), 2, '5xx is dead at once');
my $hostile = $email->("e\@demo.example\r\nRCPT TO:<evil\@demo.example>");
$s->once;
is(($mail->($hostile))[1], 4, 'an address with a line break is refused');
unlike($tls->logs, qr/evil/, 'the server never heard of it');

# Twenty mails, a connection
my $before = $tls->connections;
my @many = map { $email->("n$_\@demo.example") } 1 .. 20;
$s->once;
is($s->value('SELECT COUNT(*) FROM api_mail WHERE state = 3 AND mail_id > ' . $id), 20,
	'twenty mails');
is($tls->connections - $before, 1, 'on one connection, TLS from the first byte');
is($delivered->($tls, 22), 22, 'all are delivered');
my $starttls = Exim->start(auth => 1, password => $password);
my %tls = map { $_ => $s->{env}{$_} } grep { /SMTP/ } keys %{ $s->{env} };
$s->set(CUSTOMERAPI_SMTP_PORT => $starttls->port, CUSTOMERAPI_SMTP_TLS => 'starttls',
	CUSTOMERAPI_SMTP_TLS_CA => $starttls->ca);
$email->("m$_\@demo.example") for 1 .. 20;
$s->once;
is($delivered->($starttls, 20), 20, 'twenty more');
is($starttls->connections, 2, 'on one connection, STARTTLS; the other was to see whether it is up');
$s->set(%tls);

# What must not pass for success
my $named = Exim->start(auth => 1, password => $password, tls_on_connect => 1,
	names => 'DNS:other.example');
my $silent = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 5) or die $!;
my %wrong = ('wrong password' => { CUSTOMERAPI_SMTP_PASSWORD => 'no' },
	'unknown authority' => { CUSTOMERAPI_SMTP_TLS_CA => '' },
	'wrong authority' => { CUSTOMERAPI_SMTP_TLS_CA => $starttls->ca },
	'other name' => { CUSTOMERAPI_SMTP_PORT => $named->port,
		CUSTOMERAPI_SMTP_TLS_CA => $named->ca },
		'no TLS there' => { CUSTOMERAPI_SMTP_PORT => $bare->port },
		'nobody there' => { CUSTOMERAPI_SMTP_PORT => 9 },
	'silence' => { CUSTOMERAPI_SMTP_PORT => $silent->sockport,
		CUSTOMERAPI_SMTP_TIMEOUT_S => 1 });
my %says = ('wrong password' => qr/did not accept the login/,
	'unknown authority' => qr/certificate is not valid/,
	'wrong authority' => qr/certificate is not valid/,
	'other name' => qr/certificate is not valid/, 'no TLS there' => qr/did not take it/,
	'nobody there' => qr/did not take it/, 'silence' => qr/took too long/);
$before = $tls->settled;
for my $what (sort keys %wrong) {
	$s->set(%{ $wrong{$what} });
	my @three = map { $email->('f@demo.example') } 1 .. 3;
	$s->once;
	for my $r (@three) {
		my (undef, $st, $attempts, $reason) = $mail->($r);
		is("$st $attempts", '1 1', "$what: not sent, tried again later");
		like($reason, $says{$what}, "$what: with the reason");
		unlike($reason, qr/\Q$password\E/, "$what: without the password");
	}
	$s->set(%tls);
}
is(scalar(() = $tls->mails), $before, 'nothing of all that was delivered');

# A password goes nowhere unencrypted but to this machine.
for my $how (qw(none starttls-if-offered)) {
	$s->set(CUSTOMERAPI_SMTP_HOST => '127.1', CUSTOMERAPI_SMTP_PORT => $bare->port,
		CUSTOMERAPI_SMTP_TLS => $how);
	my $r = $email->('g@demo.example');
	$s->once;
	my (undef, $st, undef, $reason) = $mail->($r);
	is($st, 1, "$how with a password: not sent");
	like($reason, $how eq 'none' ? qr/would go unencrypted/ : qr/does not offer STARTTLS/,
		"$how: with the reason");
}
is(scalar(() = $bare->mails), 0, 'nothing went in the clear');
$s->set(CUSTOMERAPI_SMTP_USER => '', CUSTOMERAPI_SMTP_PASSWORD => '');
my $open = $email->('g@demo.example');
$s->once;
is(($mail->($open))[1], 3,
	'without a password starttls-if-offered goes to a server that offers none');

# A server that always says a little more: the session as a whole has an end.
my $drip = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 5) or die $!;
my $dripper = fork // die $!;
if (!$dripper) {
	$SIG{PIPE} = 'IGNORE';
	while (my $c = $drip->accept) {
		for (1 .. 150) { syswrite $c, "220-wait\r\n" or last; sleep 0.2 }
	}
	POSIX::_exit(0);
}
$s->set(CUSTOMERAPI_SMTP_HOST => '127.0.0.1', CUSTOMERAPI_SMTP_PORT => $drip->sockport,
	CUSTOMERAPI_SMTP_TLS => 'none', CUSTOMERAPI_SMTP_DEADLINE_S => 2);
my $slow = $email->('h@demo.example');
$s->once;
kill 'KILL', $dripper;
waitpid $dripper, 0;
(undef, $state, undef, my $reason) = $mail->($slow);
is($state, 1, 'not sent');
like($reason, qr/took longer than 2 s for the whole session/,
	'the session was ended, and says why');
$s->sql('UPDATE api_mail SET state = 4 WHERE state = 1');

# Killed between the server's 250 and the commit: once more, with the same Message-ID.
$s->set(CUSTOMERAPI_SMTP_PORT => $bare->port, CUSTOMERAPI_SMTP_DEADLINE_S => 300,
	CUSTOMERAPI_TEST_CRASH_AT => 'after-smtp', CUSTOMERAPI_TEST_CRASH_FILE => $s->dir
	. '/crash');
open my $fh, '>', $s->dir . '/crash' or die $!;
close $fh;
my $twice = $email->('twice@demo.example');
$s->once;
is(($mail->($twice))[1], 2, 'killed: the lease stays');
$s->once;
is(($mail->($twice))[1], 2, 'nobody takes it before it ends');
$s->set(CUSTOMERAPI_CLOCK_OFFSET => 500);
$s->once;
is(($mail->($twice))[1], 3, 'then it is sent');
$delivered->($bare, 3);
my @ids = map { /^Message-I[dD]: <($twice\S*)>$/m ? $1 : () } $bare->mails;
is("@ids", "$twice\@customerapi.C1 $twice\@customerapi.C1", 'twice, with the same Message-ID');

# Digests
my $hour = 3600;
my $now = 500 + 3 * $hour;
my $at = sub { $now = $_[0]; $s->set(CUSTOMERAPI_CLOCK_OFFSET => int $now);
	is($s->once, 0, 'a round') };
$s->set(CUSTOMERAPI_MAIL_PER_HOUR => 3);
my $clock = $s->value('SELECT UNIX_TIMESTAMP()');
$now += $hour - ($clock + $now) % $hour + 600;	# ten minutes past
my $tried = $email->('later@demo.example');
my $sent = scalar(() = $bare->mails);
$at->($now);
is(($mail->($tried))[2], 1, 'one is tried and waits');
$s->sql("UPDATE api_mail SET visible_at = UTC_TIMESTAMP(6) - INTERVAL 1 DAY WHERE state = 1");
my @flood = map { $email->('z@demo.example,y@demo.example',
	entity => $_ % 2 ? 'Order' : 'Customer') } 1 .. 10;
my @other = map { $email->('x@demo.example') } 1 .. 2;
my @second = map { $email->('z@demo.example', tenant => 2) } 1 .. 2;
$at->($now + 1);
is($delivered->($bare, $sent + 4), $sent + 4, 'as many as the hour allows, what is tried again '
	. 'among them, and those of the other tenant');
is($s->value('SELECT COUNT(*) FROM api_mail WHERE state = 5'), 10, 'the others are folded');
is(($mail->($tried))[1], 1, 'but not what was tried before');
my @digests = $s->sql("SELECT mail_id, state, visible_at, header_id FROM api_mail WHERE kind = 2 "
	. "ORDER BY mail_id");
is(scalar @digests, 2, 'into a digest per set of recipients');
is($digests[0][1], 1, 'that waits');
like($digests[0][2], qr/:00:00(\.0+)?$/, 'for the end of its hour');
is_deeply($recipients->($digests[0][0]), { 'y@demo.example' => '1 0', 'z@demo.example' => '1 0' },
	'with their recipients');
is($s->value("SELECT COUNT(*) FROM api_mail WHERE digest_id = $digests[0][0]"), 8,
	'and names them');
push @flood, map { $email->('y@demo.example,z@demo.example') } 1 .. 100;
my @both = map { $s->spawn($s->dir . '/log', '--once') } 1 .. 2;
waitpid $_, 0 for @both;
$s->once;
is($s->value("SELECT COUNT(*) FROM api_mail WHERE digest_id = $digests[0][0]"), 107,
	'of a hundred more in the same hour, by two daemons, one may still be sent, the others go '
		. 'into the same digest');
is($s->value('SELECT COUNT(*) FROM api_mail WHERE kind = 2'), 2, 'no digest too many');

$s->sql("UPDATE api_mail SET state = 4 WHERE mail_id = " . ($mail->($tried))[0]);
$sent = scalar(() = $bare->mails);
$at->($now + $hour);
is($delivered->($bare, $sent + 2), $sent + 2, 'when the hour is over, the digests go out');
is($s->value('SELECT GROUP_CONCAT(state) FROM api_mail WHERE kind = 2'), '3,3', 'each once');
my ($digest) = map { s/\n[ \t]/ /gr } grep { /^Message-I[dD]: <\Q$digests[0][3]\E>/m } $bare->mails;
my ($subject) = ($digest // "") =~ /^(Subject: .*)/m;
like($subject,
	qr/^Subject: \[C1\/A1\] 107 further webhooks, \d{4}-\d\d-\d\d \d\d:\d\d to \d\d:\d\d UTC$/,
	'with a subject that says how many and when');
like($digest, qr/Shopify Order Insert\s+10[0-9], /, 'how many of what');
like($digest, qr/Shopify Customer Insert\s+[2-5], /, 'and of what else');
my ($attached) = $digest =~ /filename="?receipts\.json.*?\n\n(.*?)\n--/s;
my %folded = map { lc $_->[0] => 1 } $s->sql("SELECT HEX(m.receipt) FROM api_mail l JOIN "
	. "api_message m ON m.id = l.message_id WHERE l.digest_id = $digests[0][0]");
is_deeply({ map { $_->{Receipt} => 1 } @{ decode_json(decode_base64($attached // '')) } }, \%folded,
	'and the receipts of all of them');

# What comes for a digest that is on its way goes into the next.
my $again = $email->($_) for ('w@demo.example') x 4;
$at->($now + 1);
is($s->value('SELECT COUNT(*) FROM api_mail WHERE kind = 2 AND state = 1'), 1,
	'an hour later three are sent, one is folded');
my $open_digest = $s->value('SELECT mail_id FROM api_mail WHERE kind = 2 AND state = 1');
$s->sql("UPDATE api_mail SET attempts = 1 WHERE mail_id = $open_digest");
my $next = $email->('w@demo.example');
$at->($now + 2);
my $next_digest = $s->value('SELECT digest_id FROM api_mail WHERE mail_id = '
	. ($mail->($next))[0]);
cmp_ok($next_digest, '!=', $open_digest, 'a digest that was tried takes nothing more');
is($s->value("SELECT TIMESTAMPDIFF(MINUTE, o.visible_at, n.visible_at) FROM api_mail o, api_mail "
	. "n WHERE o.mail_id = $open_digest AND n.mail_id = $next_digest"), 60,
	'the next window does');

# Retention takes digests along, but not before they are sent.
my $folded = $s->value("SELECT HEX(m.receipt) FROM api_mail l JOIN api_message m ON m.id = "
	. "l.message_id WHERE l.mail_id = " . ($mail->($next))[0]);
$s->set(CUSTOMERAPI_SMTP_PORT => 9, CUSTOMERAPI_QUEUE_KEEP_DAYS => 30,
	CUSTOMERAPI_MAIL_GIVE_UP_DAYS => 30);
$s->sql("UPDATE api_mail SET give_up_at = give_up_at + INTERVAL 60 DAY");
$at->($now + 31 * 86400);
is($s->value("SELECT COUNT(*) FROM api_message WHERE receipt = x'$folded'"), 1,
	'a message whose digest waits stays');
$s->set(CUSTOMERAPI_SMTP_PORT => $bare->port);
$s->sql('UPDATE api_mail SET visible_at = created_at WHERE state = 1');
$at->($now + 2 * $hour);
is($s->value('SELECT COUNT(*) FROM api_mail WHERE state IN (1, 2)'), 0, 'all are sent');
$at->($now + 62 * 86400);
$at->($now + 2 * $hour);
is($s->value('SELECT COUNT(*) FROM api_mail')
	. $s->value('SELECT COUNT(*) FROM api_mail_recipient'), '00',
	'and in the end nothing is left');

open my $log, '<', $s->dir . '/log' or die $!;
unlike(join('', <$log>), qr/\Q$password\E/, "the daemon's log holds no password");

done_testing();
