# The mailer when things go wrong: told to stop in a slow session, its process dead each time, an
# outage, a digest that cannot be, a tenant that is gone, big bodies.
use strict;
use warnings;
use IO::Socket::INET;
use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep time);
use Exim;
use MariaDB;
use Scheduler;

my $db = MariaDB->start;
my $bare = Exim->start(tls => 0);
my $tls = Exim->start(tls_on_connect => 1);
my %bare = (CUSTOMERAPI_SMTP_HOST => '127.0.0.1', CUSTOMERAPI_SMTP_PORT => $bare->port,
	CUSTOMERAPI_SMTP_TLS => 'none');
my %tls = (CUSTOMERAPI_SMTP_HOST => 'localhost', CUSTOMERAPI_SMTP_PORT => $tls->port,
	CUSTOMERAPI_SMTP_TLS => 'tls', CUSTOMERAPI_SMTP_TLS_CA => $tls->ca);
my $s = Scheduler->new($db, %bare, CUSTOMERAPI_SMTP_TIMEOUT_S => 5,
	CUSTOMERAPI_SMTP_FROM => 'api@demo.example', CUSTOMERAPI_MAIL_PER_HOUR => 1000);
$s->tenant($_) for 1 .. 3;
my $email = sub { my ($to, %more) = @_;
	my ($r) = $s->put(kind => 2, platform => 'Shopify', entity => 'Order', action => 'Insert',
		email => $to, body => '{}', %more); return $r };
my $mail = sub { my ($receipt) = @_; my ($r) = $s->sql("SELECT l.mail_id, l.state, l.attempts, "
	. "l.reason FROM api_mail l JOIN api_message m ON m.id = l.message_id WHERE m.receipt = "
		. "x'$receipt'"); return @$r };
my $state = sub { my (undef, $state, $attempts) = $mail->($_[0]); return "$state $attempts" };
my $recipients = sub { my ($id) = @_;
	return join ' ', map { "$_->[0]=$_->[1]" } $s->sql("SELECT address, state FROM "
		. "api_mail_recipient WHERE mail_id = $id ORDER BY address") };
my $delivered = sub { my ($exim, $n) = @_; my $end = time + 30;
	sleep 0.05 while scalar(() = $exim->mails) < $n && time < $end;
		return scalar(() = $exim->mails) };
my $all_due = sub { $s->sql('UPDATE api_mail SET visible_at = created_at WHERE state IN (1, 2)') };

# Told to stop in a slow session: what was taken is settled, the rest was never begun.
for my $way (['libESMTP', $bare, \%bare], ['libcurl', $tls, \%tls]) {
	my ($name, $exim, $set) = @$way;
	$s->set(%$set);
	my @slow = map { $email->('slow@demo.example') } 1 .. 8;
	$s->start;
	is($delivered->($exim, 2) >= 2, 1, "$name: some are delivered, a second each");
	is($s->stop, 0, "$name: the daemon stops");
	my ($ended) = reverse grep { $_->{kind} eq 'mailer' } $s->events('process-ended');
	is($ended->{how}, 'exit 0', "$name: and the mailer by itself");
	my $sent = $s->value('SELECT COUNT(*) FROM api_mail WHERE state = 3 AND mail_id >= '
		. ($mail->($slow[0]))[0]);
	cmp_ok($sent, '<', 8, "$name: not all are sent");
	is($delivered->($exim, $sent), $sent,
		"$name: as many are delivered as are known to be sent");
	is($s->value(
		"SELECT COUNT(*) FROM api_mail WHERE state = 1 AND attempts = 0 AND reason = ''"),
		8 - $sent, "$name: the others are as if they had not been claimed");
	is($s->once, 0, "$name: later");
	is($delivered->($exim, 8), 8, "$name: all are delivered, none twice");
	my %ids = map { /^Message-I[dD]: <(\S+)>$/m ? ($1 => 1) : () } $exim->mails;
	is(scalar keys %ids, 8, "$name: each is another one");
}
$s->set(%bare);

# A server that never comes to the point does not hold up the stop.
my $drip = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 5) or die $!;
my $dripper = fork // die $!;
if (!$dripper) {
	$SIG{PIPE} = 'IGNORE';
	while (my $c = $drip->accept) {
		open my $seen, '>', $s->dir . '/dripping';
		for (1 .. 300) { syswrite $c, "220-wait\r\n" or last; sleep 0.2 }
	}
	POSIX::_exit(0);
}
$s->set(CUSTOMERAPI_SMTP_PORT => $drip->sockport, CUSTOMERAPI_SMTP_TIMEOUT_S => 1);
my $dripped = $email->('a@demo.example');
$s->start;
my $end = time + 20;
sleep 0.05 while !-e $s->dir . '/dripping' && time < $end;
is($s->stop, 0, 'the daemon stops in the middle of a greeting without end');
my ($ended) = reverse grep { $_->{kind} eq 'mailer' } $s->events('process-ended');
is($ended->{how}, 'exit 0', 'nobody had to be killed');
is($state->($dripped), '1 0', 'the mail was not begun');
kill 'KILL', $dripper;
waitpid $dripper, 0;
$s->set(%bare, CUSTOMERAPI_SMTP_TIMEOUT_S => 5);
$s->once;
is($state->($dripped), '3 1', 'and is sent by the next');

# Mails whose process died: one by one, and not for ever.
my @lapsed = map { $email->('b@demo.example') } 1 .. 4;
$s->set(CUSTOMERAPI_TEST_CRASH_AT => 'after-smtp', CUSTOMERAPI_TEST_CRASH_FILE => $s->dir
	. '/crash');
open my $fh, '>', $s->dir . '/crash' or die $!;
close $fh;
$s->once;
is(join(',', map { $state->($_) } @lapsed), '2 1,2 1,2 1,2 1', 'four mails of a dead process');
$all_due->();
my ($hopeless) = $mail->($lapsed[1]);
$s->sql("UPDATE api_mail SET give_up_at = created_at WHERE mail_id = $hopeless");
my $waits = $email->('c@demo.example');
my $before = $bare->connections;
is($s->once, 0, 'the next process');
is($s->value("SELECT COUNT(*) FROM api_mail WHERE state = 3 AND attempts = 2"), 3,
	'sends those that have time left');
is($bare->connections - $before, 4,
	'each on a connection of its own, and then the one that was not tried before');
is(($mail->($lapsed[1]))[1], 4, 'gives up what was tried too long');
like(($mail->($lapsed[1]))[3], qr/the process ended before the outcome was known/, 'and says why');
is(($mail->($waits))[1], 3, 'and sends what waited');

# Fates of several rounds
my $mixed = $email->('d@demo.example,later@demo.example');
$s->once;
my ($id) = $mail->($mixed);
is($recipients->($id), 'd@demo.example=3 later@demo.example=1', 'one has it, one is to get it');
$s->sql("UPDATE api_mail_recipient SET address = 'refused\@demo.example' WHERE mail_id = $id AND "
	. "address = 'later\@demo.example'");
$all_due->();
$s->once;
is($recipients->($id), 'd@demo.example=3 refused@demo.example=4',
	'and is refused in a later round');
is(($mail->($mixed))[1], 3, 'the mail counts as sent, as it does when both happens in one round');
my $tired = $email->('d@demo.example,later@demo.example');
my $none = $email->('later@demo.example');
$s->once;
$s->sql('UPDATE api_mail SET give_up_at = created_at WHERE state = 1');
$all_due->();
$s->once;
($id) = $mail->($tired);
is($recipients->($id), 'd@demo.example=3 later@demo.example=4',
	'who cannot be reached until the mail is given up will not get it');
is(($mail->($tired))[1], 3, 'one has it: sent');
is(($mail->($none))[1], 4, 'nobody has it: dead');

# A tenant whose row was deleted by hand
my $lost = $email->('e@demo.example', tenant => 3);
$s->set(CUSTOMERAPI_SMTP_PORT => 9);
$s->once;
$s->sql('DELETE FROM api_alias WHERE alias_id = 3');
$all_due->();
my $other = $email->('e@demo.example');
$s->set(%bare);
is($s->once, 0, 'a tenant is gone');
is(($mail->($lost))[1], 4, 'its mail is dead');
is(($mail->($lost))[3], 'Its tenant was deleted.', 'and says why');
is(($mail->($other))[1], 3, "and no other tenant's mail is held up");

# An outage does not lift mail_per_hour.
$s->sql('UPDATE api_mail SET sent_at = sent_at - INTERVAL 2 HOUR');
$s->set(CUSTOMERAPI_SMTP_PORT => 9, CUSTOMERAPI_MAIL_PER_HOUR => 3);
my $half = $email->('f@demo.example,g@demo.example');
my @flood = map { $email->('f@demo.example') } 1 .. 10;
$s->set(CUSTOMERAPI_MAIL_PER_HOUR => 1000);
$s->once;
is($s->value('SELECT COUNT(*) FROM api_mail WHERE state = 1 AND attempts = 1'), 11,
	'while the mail server is away, all are tried');
$s->sql("UPDATE api_mail_recipient SET state = 3 WHERE address = 'g\@demo.example'; UPDATE "
	. "api_mail SET visible_at = created_at + INTERVAL 1 SECOND WHERE mail_id = "
	. ($mail->($half))[0]);
$s->sql('UPDATE api_mail SET visible_at = created_at WHERE state = 1 AND mail_id <> '
	. ($mail->($half))[0]);
$s->set(%bare, CUSTOMERAPI_MAIL_PER_HOUR => 3, CUSTOMERAPI_CLOCK_OFFSET => 5);
$before = $bare->settled;
$s->once;
is(join(' ', map { ($mail->($_))[1] } @flood), join(' ', (3) x 3, (5) x 7),
	'when it is back, as many as the hour allows are sent, the others go into a digest');
is(($mail->($half))[1], 3, 'but not what one recipient has already');
is($delivered->($bare, $before + 4), $before + 4, 'as many are delivered');

# Nor do several daemons that claim at the same moment.
$s->sql('UPDATE api_mail SET sent_at = sent_at - INTERVAL 2 HOUR');
my $limit = $s->value('SELECT MAX(mail_id) FROM api_mail');
my @rush = map { $email->('r@demo.example') } 1 .. 60;
$s->set(CUSTOMERAPI_SMTP_PORT => 9, CUSTOMERAPI_MAIL_PER_HOUR => 1000,
	CUSTOMERAPI_CLOCK_OFFSET => 0);
$s->once;
$s->sql("UPDATE api_mail SET visible_at = created_at WHERE mail_id > $limit AND state = 1");
$s->set(%bare, CUSTOMERAPI_MAIL_PER_HOUR => 3, CUSTOMERAPI_CLOCK_OFFSET => 5);
waitpid $_, 0 for map { $s->spawn($s->dir . '/log', '--once') } 1 .. 3;
is($s->value("SELECT COUNT(*) FROM api_mail WHERE mail_id > $limit AND kind = 1 AND state = 3"), 3,
	'three daemons at once send no more than the hour allows');
is($s->value("SELECT COUNT(*) FROM api_mail WHERE mail_id > $limit AND kind = 1 AND state = 5"), 57,
	'the others go into a digest');
$s->sql("DELETE FROM api_mail WHERE mail_id > $limit");

# The queue tells the fate of a digest.
my $show = sub {
	local %ENV = (%ENV, %{ $s->{env} });
	return decode_json(scalar `$ENV{BUILDDIR}/customerapi queue show $_[0] --json`)->{Mails}[0];
};
is($show->($flood[9])->{Mail}, 'DigestReady', 'queue show: it is in a digest that waits');
is($show->($flood[9])->{State}, 'Open', 'queue show: nobody has it yet');
my ($digest, $header) = @{ ($s->sql('SELECT mail_id, header_id FROM api_mail WHERE kind = 2'))[0] };
$s->sql("UPDATE api_mail SET visible_at = created_at WHERE mail_id = $digest");
$s->once;
is($show->($flood[9])->{Mail}, 'DigestSent', 'queue show: then it is sent');
is($show->($flood[9])->{State}, 'Sent', 'queue show: to this recipient');
is($show->($flood[0])->{Mail}, 'Sent', 'queue show: another went by itself');

# When the clock was far back and all digests of the windows to come are sent, a mail goes by
# itself.
my ($front, $window, $back) = $header =~ /^(digest\.\d+\.[0-9a-f]+\.)(\d+)(@.*)$/ or die $header;
$s->sql('INSERT INTO api_mail (tenant_id, kind, header_id, content, state, visible_at, '
	. 'created_at, give_up_at) VALUES '
	. join ',', map { "(1, 2, '$front" . ($window + 3600 * $_)
		. "$back', '', 3, '2026-01-01', '2026-01-01', '2026-01-01')" } 1 .. 101);
my $single = $email->('f@demo.example');
is($s->once, 0, 'no digest is open for a hundred windows');
is(($mail->($single))[1], 3, 'the mail is sent by itself');
$s->sql('DELETE FROM api_mail WHERE kind = 2');

# Big bodies: no more at once than fits.
$s->set(CUSTOMERAPI_MAIL_PER_HOUR => 1000, CUSTOMERAPI_MAIL_ATTACH_MAX_BYTES => 33554432);
my @big = map { $email->('h@demo.example') } 1 .. 8;
$s->sql("UPDATE api_message SET body = REPEAT('a', 8000000) WHERE state = 1");
$before = $bare->connections;
is($s->once, 0, 'eight mails of eleven megabytes');
is(join(' ', map { $state->($_) } @big), join(' ', ('3 1') x 8), 'are sent, each tried once');
is($bare->connections - $before, 2,
	'in two sessions, for a session takes no further mail from 64 MiB on');

# Eight megabytes of "{}," would be two gigabytes in memory: such a body goes out by mail unread,
# and holds up no other.
$s->set(%tls);
my $greedy = $email->('k@demo.example');
my $modest = $email->('k@demo.example');
$s->sql("UPDATE api_message SET body = CONCAT('[', REPEAT('{},', 2700000), '{}]') WHERE receipt = "
	. "x'$greedy'");
$before = $tls->settled;
$s->start;
ok($s->until_is(0, 'SELECT COUNT(*) FROM api_mail WHERE state IN (1, 2)', 60) && $s->settled,
	'a body that is small but for memory');
is($delivered->($tls, $before + 2), $before + 2, 'it and the other are delivered');
is(scalar($s->events('memory')), 0, 'in little memory');
$s->stop;
$s->set(%bare);

# The database goes away between the server's yes and the word of it, for longer than anything
# lasts: the same process writes it down when it is back, and a process of
# another host, whose clock says that the lease is over, leaves it the time.
my $kept = $email->('slow@demo.example');
my $sessions = $bare->connections;
$before = $bare->settled;
$s->start;
ok($s->until_is(1, "SELECT COUNT(*) FROM api_mail l JOIN api_message m ON m.id = l.message_id "
	. "WHERE m.receipt = x'$kept' AND l.state = 2"), 'a mail is on its way');
for (1 .. 400) {	# the mailer has read it, and talks to the server, which takes a second
	last if $bare->connections > $sessions;
	select undef, undef, undef, 0.02;
}
$db->kill9;
is($delivered->($bare, $before + 1), $before + 1, 'the mail server takes it; the database is gone');
my %here = %{ $s->{env} };
$s->set(CUSTOMERAPI_CLOCK_OFFSET => 3600);
my $rival = $s->spawn($s->dir . '/log');
sleep 3;
$db->restart;
ok($s->until_is(1, "SELECT COUNT(*) FROM api_mail l JOIN api_message m ON m.id = l.message_id "
	. "WHERE m.receipt = x'$kept' AND l.state = 3 AND l.attempts = 1", 30),
	'it is back, and knows');
kill 'TERM', $rival;
waitpid $rival, 0;
$s->stop;
$s->{env} = { %here };
is(scalar(() = $bare->mails), $before + 1, 'the mail went out once');

# mail list, mail retry: what was given up goes out again, to nobody twice.
my $tool = sub {
	local %ENV = (%ENV, %{ $s->{env} });
	my $out = `$ENV{BUILDDIR}/customerapi @_ --json 2>&1`;
	return { %{ decode_json($out) }, status => $? >> 8 };
};
my $refused = $email->('refused@demo.example');
my $partly = $email->('i@demo.example,refused@demo.example');
my $folded = $email->('i@demo.example');
$s->once;
my ($dead_id) = $mail->($refused);
my ($partly_id) = $mail->($partly);
my ($row) = grep { $_->{MailId} == $dead_id } @{
	$tool->('mail list --state dead --tenant C1/A1')->{Mails} };
is("$row->{State} $row->{Kind} $row->{Recipients} $row->{Receipt}",
	"Dead Webhook refused\@demo.example $refused", 'mail list: a dead mail');
like($row->{Reason}, qr/no such user here/, "in the server's words");
is((grep { $_->{MailId} == $partly_id } @{ $tool->('mail list --limit 3')->{Mails} })[
	0]{Recipients}, 'i@demo.example, refused@demo.example', 'mail list: recipients');
is($tool->("mail list --state dead --after 2020-01-01 --before 2021-01-01")->{Mails}[0], undef,
	'mail list: by time');
is($tool->("mail list --after 1h --before 2h")->{status}, 2, 'mail list: a time span that is none');
is($tool->("mail retry 999999999")->{status}, 3, 'mail retry: no such mail');
is($tool->("mail retry")->{status}, 2, 'mail retry: which?');
is($tool->("mail retry $dead_id --state dead")->{status}, 2, 'mail retry: not both');
like($tool->('mail retry ' . ($mail->($folded))[0])->{Error}{Detail} // '',
	qr/Only a mail that is dead/, 'mail retry: what was sent to all is not');
$s->sql("UPDATE api_mail_recipient SET address = 'j\@demo.example' WHERE address = "
	. "'refused\@demo.example' AND mail_id IN ($dead_id, $partly_id)");
my $deliveries = sub { my ($name) = @_;
	my $to = qr/[=-]> $name(?: <$name\@demo\.example>|\@demo\.example) /;
	return scalar(() = $bare->logs =~ /$to/g)
		};
$end = time + 30;
sleep 0.05 while $deliveries->('i') < 2 && time < $end;
my $had = $deliveries->('i');
is($had, 2, 'two mails to one who takes them');
$before = $bare->settled;
is($tool->("mail retry $partly_id")->{Retried}, 1, 'mail retry: one that somebody has');
is($tool->("mail retry $partly_id")->{status}, 1, 'mail retry: not twice');
my $all_dead = $s->value('SELECT COUNT(*) FROM api_mail WHERE state = 4 AND tenant_id = 1');
is($tool->('mail retry --state dead --tenant C1/A1 --dry-run')->{WouldBeRetried}, $all_dead,
	'mail retry: a dry run counts');
is($s->value('SELECT COUNT(*) FROM api_mail WHERE state = 4 AND tenant_id = 1'), $all_dead,
	'and changes nothing');
$s->sql("UPDATE api_message m JOIN api_mail l ON l.message_id = m.id SET m.body = '', "
	. "m.received_at = m.received_at - INTERVAL 100 DAY WHERE l.state = 4 AND l.mail_id <> "
		. "$dead_id");
is($tool->('mail retry --state dead --tenant C1/A1')->{Retried}, 1,
	'mail retry: all that are dead, but those whose content is gone');
my ($gone) = map {
	$_->[0] } $s->sql('SELECT mail_id FROM api_mail WHERE state = 4 AND tenant_id = 1 LIMIT 1');
like($tool->("mail retry $gone")->{Error}{Detail} // '', qr/deleted by retention/,
	'mail retry: nothing left to send');
$s->once;
is($state->($refused) . ' ' . $state->($partly), '3 1 3 1', 'both are sent');
is($delivered->($bare, $before + 2), $before + 2, 'once each');
is($deliveries->('i') - $had, 0, 'who had it got it no second time');
is($deliveries->('j'), 2, 'who had not got it');

done_testing();
