#!/usr/bin/perl
# Mails a second by SMTP into the project's mail catcher (aiosmtpd), from rows of api_mail to
# settled rows, beside libcurl with a connection for each mail (t/bench/peers/mail_each.c), which
# has its one text in memory and notes nothing.
# Usage: BUILDDIR=build perl t/bench/mail.pl [MAILS [ROUNDS]] (10,000 and 3 unless given)
# Needs a check build (configure --enable-check-build), a C compiler, libcurl's headers and the
# package python3-aiosmtpd. The catcher makes a file of each mail; their number is checked. With and
# without STARTTLS, rounds go by turns; a rate is the median of its rounds, with the smallest and
# the largest.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use File::Temp qw(tempdir);
use Time::HiRes qw(sleep time);
use MariaDB;
use Peer qw(median);
use Scheduler;
use Server;

my ($mails, $rounds) = ($ARGV[0] // 10_000, $ARGV[1] // 3);
$ENV{SRCDIR} //= "$FindBin::Bin/../..";
$| = 1;
my $dir = tempdir('customerapi-bench-XXXXXX', TMPDIR => 1, CLEANUP => 1);
system('cc', '-O2', '-o', "$dir/each", "$FindBin::Bin/peers/mail_each.c", '-lcurl') == 0
	or die "bench: the peer cannot be built\n";
my $db = MariaDB->start(options => ['--innodb-buffer-pool-size=256M']);
# What sends 10,000 mails is not to be a digest.
my $s = Scheduler->new($db, CUSTOMERAPI_QUEUE_WORKERS => 1, CUSTOMERAPI_RUN_SLOTS => 0,
	CUSTOMERAPI_SMTP_HOST => 'localhost', CUSTOMERAPI_MAIL_PER_HOUR => 100_000,
	CUSTOMERAPI_SMTP_FROM => 'customerapi@localhost', CUSTOMERAPI_LOG_LEVEL => 'warning');
$s->tenant(1);
my $body = '{"name":"#1001","email":"ada@example.org","total_price":"12.50","currency":"EUR",'
	. '"note":"' . 'a few words of a customer, ' x 9 . '"}';
my $n = 0;


# ------------------------------------------------------------------ the mail catcher
my $made = "-days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1";
my $to = "-keyout $dir/key.pem -out $dir/ca.pem";
my $said = `openssl req -x509 -newkey rsa:2048 -nodes $made $to 2>&1`;
die $said if $?;

sub catcher {
	my ($tls) = @_;
	my $self = Server->in_folder('catcher');
	$self->{port} = Server::free_port();
	my @tls = $tls eq 'none' ? () : ('--no-requiretls', '--tlscert', "$dir/ca.pem",
		'--tlskey', "$dir/key.pem");
	$self->launch(sub { $self->listens }, ['/usr/bin/python3', '-m', 'aiosmtpd', '-n', '-l',
		"127.0.0.1:$self->{port}", @tls, '-c', 'aiosmtpd.handlers.Mailbox',
		"$self->{dir}/box"], out => "$self->{dir}/out")
		or die 'mail catcher: ' . Server::slurp("$self->{dir}/out");
	return $self;
}
sub caught { my ($to) = @_; return my @files = glob "@{[$to->dir]}/box/new/*" }
sub forget { my ($to) = @_; unlink caught($to) }

# ------------------------------------------------------------------ the two
sub by_product {
	my ($to, $tls) = @_;
	$s->set(CUSTOMERAPI_SMTP_PORT => $to->port, CUSTOMERAPI_SMTP_TLS => $tls,
		CUSTOMERAPI_SMTP_TLS_CA => "$dir/ca.pem");
	my ($first, $last) = ($n + 1, $n + $mails);
	$n = $last;
	my $now = 'UTC_TIMESTAMP(6)';
	$s->sql("DELETE FROM api_mail_recipient; DELETE FROM api_mail; DELETE FROM api_message;
		INSERT INTO api_message (id, receipt, tenant_id, kind, auth, batch_mode, state,
			visible_at, received_at, source_id, platform, entity, action, email,
			method, uri, headers, body)
		SELECT seq, UNHEX(MD5(seq)), 1, 2, 0, 0, 3, $now, $now, 1, 'Shopify', 'Order',
			'Insert', CONCAT('r', seq, '\@demo.example'), 'POST', '/', '{}', '$body'
		FROM seq_${first}_to_$last;
		INSERT INTO api_mail (mail_id, tenant_id, kind, message_id, header_id, content,
			visible_at, created_at, give_up_at)
		SELECT seq, 1, 1, seq, CONCAT(MD5(seq), '\@customerapi.C1'), '', $now, $now,
			$now + INTERVAL 5 DAY FROM seq_${first}_to_$last;
		INSERT INTO api_mail_recipient (mail_id, address, changed_at)
		SELECT seq, CONCAT('r', seq, '\@demo.example'), $now
		FROM seq_${first}_to_$last");
	my $from = time;
	$s->start;
	sleep 0.05 while $s->value('SELECT COUNT(*) FROM (SELECT 1 FROM api_mail WHERE state IN '
		. '(1, 2) LIMIT 1) x');
	my $took = time - $from;
	$s->stop;
	my $sent = $s->value('SELECT COUNT(*) FROM api_mail WHERE state = 3');
	die "bench: $sent of $mails mails were sent\n" if $sent != $mails;
	return $took;
}

sub by_each {
	my ($to, $tls) = @_;
	my ($host, $ca) = ("smtp://localhost:@{[$to->port]}", $tls eq 'none' ? '-' : "$dir/ca.pem");
	my $from = time;
	system("$dir/each", $host, $ca, "$dir/mail", ++$n, $mails) == 0 or die "bench: the peer\n";
	$n += $mails;
	return time - $from;
}

# The text of one of the product's mails, for the peer; the header lines that differ are left out.
sub keep_text {
	my ($to) = @_;
	my ($file) = caught($to);
	my ($head, $text) = split /\n\n/, Server::slurp($file), 2;
	$head = join '', grep { !/^(?:To|Message-Id|X-\w+):/i } split /^(?=\S)/m, "$head\n";
	open my $fh, '>', "$dir/mail" or die $!;
	print $fh "$head\n$text" =~ s/\r?\n/\r\n/gr;
	close $fh;
	printf "mails of %d bytes\n", -s "$dir/mail";
}

printf "%-10s %-12s %9s %19s %7s\n", '', '', 'a second', '(least, most)', 'ratio';
for my $tls (qw(starttls none)) {
	my $to = catcher($tls);
	my %rate;
	for my $round (0 .. $rounds) {
		for my $who ('product', 'each') {
			forget($to);
			my $took = ($who eq 'product' ? \&by_product : \&by_each)->($to, $tls);
			my $got = caught($to);
			die "bench: $got of $mails mails are there\n" if $got != $mails;
			push @{ $rate{$who} }, $mails / $took if $round > 0;
			keep_text($to) if !-e "$dir/mail";
		}
	}
	for my $who ('product', 'each') {
		my @l = sort { $a <=> $b } @{ $rate{$who} };
		printf "%-10s %-12s %9.0f %19s %7.2f\n", $tls, $who, median(@l),
			sprintf('(%.0f, %.0f)', @l[0, -1]), median(@l) / median(@{ $rate{each} });
	}
}
