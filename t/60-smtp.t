# Mails go out by SMTP to a real exim: TLS, login, refusals, retries, one Message-ID, no injection.
use strict;
use warnings;
use Test::More;
use Exim;
use MariaDB;
use Scheduler;

my $db = MariaDB->start;
my $password = join '', map { ('a' .. 'z', 0 .. 9)[rand 36] } 1 .. 24;
my $exim = Exim->start(auth => 1, password => $password);
my $s = Scheduler->new($db, CUSTOMERAPI_SMTP_HOST => 'localhost',
	CUSTOMERAPI_SMTP_PORT => $exim->port, CUSTOMERAPI_SMTP_TLS => 'starttls',
	CUSTOMERAPI_SMTP_TLS_CA => $exim->ca, CUSTOMERAPI_SMTP_USER => 'mailer',
	CUSTOMERAPI_SMTP_PASSWORD => $password, CUSTOMERAPI_SMTP_TIMEOUT_S => 5,
	CUSTOMERAPI_SMTP_FROM => 'api@demo.example', CUSTOMERAPI_MAIL_ATTACH_MAX_BYTES => 4096);
$s->tenant(1);
my $mail = sub { my ($receipt) = @_; my ($r) = $s->sql("SELECT l.mail_id, l.state, l.attempts, "
	. "l.reason FROM api_mail l JOIN api_message m ON m.id = l.message_id WHERE m.receipt = "
		. "x'$receipt'"); return @$r };
my $recipients = sub { my ($id) = @_;
	return { map { $_->[0] => "$_->[1] $_->[2]" } $s->sql(
		"SELECT address, state, code FROM api_mail_recipient WHERE mail_id = $id") } };

my ($good) = $s->put(kind => 2, platform => 'Shopify', entity => 'Order', action => 'Insert',
	email => 'a@demo.example,b@demo.example',
	body => '{"name":"#1001","total_price":"12.50","currency":"EUR","note":"<b>&\u00e9"}');
is($s->once, 0, 'one round');
my ($id, $state) = $mail->($good);
is($state, 3, 'the mail is sent');
is_deeply($recipients->($id), { 'a@demo.example' => '3 250', 'b@demo.example' => '3 250' },
	'to both recipients');
for (1 .. 100) { last if $exim->mails; select undef, undef, undef, 0.05 }
my ($text) = $exim->mails;
like($text, qr/^Subject: \[C1\/A1\] Shopify Order Insert #1001 12\.50 EUR$/m, 'subject');
like($text, qr/^Message-I[dD]: <$good\@customerapi\.C1>$/m, 'Message-ID of the receipt');
like($text, qr/^Auto-Submitted: auto-generated$/m, 'says that a machine wrote it');
like($text, qr/esmtpsa/, 'went over TLS with a login');
like($text, qr/multipart\/mixed/, 'MIME');
like($text, qr/filename="?webhook\.json/, 'with the payload');
like($text, qr/text\/html/, 'and HTML');

# Each recipient has its own fate.
my ($mixed) = $s->put(kind => 2, email => 'c@demo.example,later@demo.example,refused@demo.example',
	body => '{}');
$s->once;
($id, $state) = $mail->($mixed);
is_deeply($recipients->($id), { 'c@demo.example' => '3 250', 'later@demo.example' => '1 450',
	'refused@demo.example' => '4 550' }, '2xx, 4xx and 5xx');
is($state, 1, 'the mail waits for the one who comes later');
like($s->value("SELECT reply FROM api_mail_recipient WHERE mail_id = $id AND address = "
	. "'refused\@demo.example'"), qr/no such user here/, "the server's words are kept");
my ($refused) = $s->put(kind => 2, email => 'refused@demo.example', body => '{}');
$s->once;
is(($mail->($refused))[1], 4, '5xx is dead at once');

# The server takes a mail before it delivers it.
my $arrived = sub { my ($id) = @_; for (1 .. 400) { last if grep { /$id/ } $exim->mails;
	select undef, undef, undef, 0.05 } };
# A large body is cut, with a note.
my ($large) = $s->put(kind => 2, email => 'large@demo.example', body => '{"text":"' . 'x' x 20000
	. '"}');
$s->once;
$arrived->($large);
my ($cut) = grep { /^Message-I[dD]: <$large/m } $exim->mails;
like($cut, qr/first 4096\s+of 2\d{4}\s+bytes/, 'the cut is said');
cmp_ok(length $cut, '<', 16000, 'and done');

# Hostile content and recipients: nothing is injected.
my ($hostile) = $s->put(kind => 2, platform => "Shopify\r\nBcc: evil\@demo.example",
	email => "d\@demo.example", body => '{"name":"x\r\nBcc: evil@demo.example"}');
my ($address) = $s->put(kind => 2, email => "e\@demo.example\r\nRCPT TO:<evil\@demo.example>",
	body => '{}');
$s->once;
is(($mail->($hostile))[1], 3, 'a line break in the content is harmless');
is(($mail->($address))[1], 4, 'one in an address is refused');
unlike($exim->logs, qr/evil/, 'the server never heard of it');
$arrived->($hostile);
unlike(join('', map { (split /\n\n/, $_, 2)[0] . "\n" } $exim->mails), qr/^Bcc:/m,
	'no header was added');

# What looks like success to the library is not: wrong password, unknown certificate, no TLS
# offered, silence.
my %wrong = ('wrong password' => { CUSTOMERAPI_SMTP_PASSWORD => 'no' },
	'unknown authority' => { CUSTOMERAPI_SMTP_TLS_CA => '' });
my $before = $exim->settled;
for my $what (sort keys %wrong) {
	my %keep = map { $_ => $s->{env}{$_} } keys %{ $wrong{$what} };
	$s->set(%{ $wrong{$what} });
	my ($r) = $s->put(kind => 2, email => 'f@demo.example', body => '{}');
	$s->once;
	my (undef, $st, $attempts, $reason) = $mail->($r);
	is("$st $attempts", '1 1', "$what: not sent, tried again later");
	isnt($reason, '', "$what: and the reason is kept");
	unlike($reason, qr/\Q$password\E/, "$what: without the password");
	$s->set(%keep);
}
my $bare = Exim->start(tls => 0);
$s->set(CUSTOMERAPI_SMTP_PORT => $bare->port);
my ($plain) = $s->put(kind => 2, email => 'g@demo.example', body => '{}');
$s->once;
is(($mail->($plain))[1], 1, 'TLS is required and not offered: not sent');
is(scalar(() = $bare->mails), 0, 'nothing went in the clear');
my $silent = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 5) or die $!;
$s->set(CUSTOMERAPI_SMTP_PORT => $silent->sockport, CUSTOMERAPI_SMTP_TIMEOUT_S => 1);
my ($hung) = $s->put(kind => 2, email => 'h@demo.example', body => '{}');
$s->once;
is(($mail->($hung))[1], 1, 'a silent server: not sent, and the mailer goes on');
is(scalar(() = $exim->mails), $before, 'nothing of all that was delivered');

done_testing();
