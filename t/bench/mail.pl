#!/usr/bin/perl
# Mails a second by SMTP, from rows of api_mail to rows that say what became of them, beside libcurl
# with a connection for each mail (t/bench/peers/mail_each.c), which has its one text in memory and
# notes nothing. Into two servers of this machine: exim, which writes each mail to its queue on the
# disk, and a server of a few lines that only counts (t/bench/peers/smtp_sink.c). The floor, into
# the latter: a client that pipelines over one connection (t/bench/peers/mail_bare.c).
# Usage: BUILDDIR=build perl t/bench/mail.pl [MAILS [ROUNDS [SESSIONS …]]] (10,000, 3 and 2 unless
# given; SESSIONS: values of mail_sessions). exim gets a fiftieth of the mails.
# Needs a check build (configure --enable-check-build), a C compiler, libcurl's headers and
# exim4-daemon-light. The mails are counted at the server. Rounds go by turns, the first is not
# counted; a rate is the median of its rounds, with the smallest and the largest. The daemon idles
# already when its mails become due. Below stand the statements that the product's mails cost.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use File::Temp qw(tempdir);
use Time::HiRes qw(sleep time);
use Exim;
use MariaDB;
use Peer qw(median spew);
use Scheduler;
use Server;

my ($mails, $rounds, @sessions) = @ARGV;
$mails ||= 10_000;
$rounds ||= 3;
@sessions = (2) if !@sessions;
$ENV{SRCDIR} //= "$FindBin::Bin/../..";
$| = 1;
my $dir = tempdir('customerapi-bench-XXXXXX', TMPDIR => 1, CLEANUP => 1);
for my $peer (qw(mail_each mail_bare smtp_sink)) {
	system('cc', '-O2', '-o', "$dir/$peer", "$FindBin::Bin/peers/$peer.c", '-lcurl') == 0
		or die "bench: $peer cannot be built\n";
}
my $db = MariaDB->start(options => ['--innodb-buffer-pool-size=256M']);
# What sends 10,000 mails is not to be a digest.
my $s = Scheduler->new($db, CUSTOMERAPI_QUEUE_WORKERS => 1, CUSTOMERAPI_RUN_SLOTS => 0,
	CUSTOMERAPI_SMTP_HOST => '127.0.0.1', CUSTOMERAPI_MAIL_PER_HOUR => 100_000,
	CUSTOMERAPI_SMTP_FROM => 'customerapi@localhost', CUSTOMERAPI_SMTP_TLS => 'none',
	CUSTOMERAPI_LOG_LEVEL => 'warning');
$s->tenant(1);
my $body = '{"name":"#1001","email":"ada@example.org","total_price":"12.50","currency":"EUR",'
	. '"note":"' . 'a few words of a customer, ' x 9 . '"}';
my $n = 0;

# ------------------------------------------------------------------ the servers
sub sink {
	my $self = Server->in_folder('sink');
	$self->{port} = Server::free_port();
	spew("$self->{dir}/count", "\0" x 8);
	$self->launch(sub { $self->listens }, ["$dir/smtp_sink", $self->{port},
		"$self->{dir}/count"], out => "$self->{dir}/out") or die "bench: the sink\n";
	return $self;
}
sub counted { my ($to) = @_; return $to->isa('Exim') ? $to->queued
	: unpack 'q', Server::slurp("$to->{dir}/count") }

# ------------------------------------------------------------------ the two
sub put {
	my ($first, $last) = ($n + 1, $n + $mails);
	$n = $last;
	my $now = 'UTC_TIMESTAMP(6)';
	$s->sql("DELETE FROM api_mail_recipient; DELETE FROM api_mail; DELETE FROM api_message;
		INSERT INTO api_message (id, receipt, tenant_id, kind, auth, batch_mode, state,
			visible_at, received_at, source_id, platform, entity, action, email,
			method, uri, headers, body, body_bytes)
		SELECT seq, UNHEX(MD5(seq)), 1, 2, 0, 0, 3, $now, $now, 1, 'Shopify', 'Order',
			'Insert', CONCAT('r', seq, '\@demo.example'), 'POST', '/', '{}', '$body',
			OCTET_LENGTH('$body') FROM seq_${first}_to_$last;
		INSERT INTO api_mail (mail_id, tenant_id, kind, message_id, header_id, content,
			visible_at, created_at, give_up_at)
		SELECT seq, 1, 1, seq, CONCAT(MD5(seq), '\@customerapi.C1'), '',
			$now + INTERVAL 1 DAY, $now, $now + INTERVAL 5 DAY
		FROM seq_${first}_to_$last;
		INSERT INTO api_mail_recipient (mail_id, address, changed_at)
		SELECT seq, CONCAT('r', seq, '\@demo.example'), $now
		FROM seq_${first}_to_$last; DELETE FROM api_tick");
}
sub asked { return $s->value("SELECT SUM(VARIABLE_VALUE) FROM "
	. "information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'QUESTIONS'") }

my %cost;
sub by_product {
	my ($to, $sessions) = @_;
	$s->set(CUSTOMERAPI_SMTP_PORT => $to->port, CUSTOMERAPI_MAIL_SESSIONS => $sessions);
	put();
	$s->start;
	$s->until_is(1, "SELECT COUNT(*) FROM api_tick WHERE kind = 'mailer'") or die;
	sleep 0.5;
	$s->sql('UPDATE api_mail SET visible_at = created_at');
	my ($from, $before, $looks) = (time, asked(), 1);
	# The database is not asked before the server has all: each time a program is started for
	# it.
	sleep 0.01 while !$to->isa('Exim') && counted($to) < $mails;
	for (; $s->value('SELECT COUNT(*) FROM (SELECT 1 FROM api_mail WHERE state IN (1, 2) '
		. 'LIMIT 1) x'); $looks++) { sleep($to->isa('Exim') ? 0.25 : 0.02) }
	my $took = time - $from;
	$cost{$sessions} = (asked() - $before - $looks) / $mails;
	$s->stop;
	my $sent = $s->value('SELECT COUNT(*) FROM api_mail WHERE state = 3 AND attempts = 1');
	die "bench: $sent of $mails mails were sent at once\n" if $sent != $mails;
	return $took;
}

sub by_each {
	my ($to) = @_;
	my $from = time;
	system("$dir/mail_each", "smtp://127.0.0.1:@{[$to->port]}", '-', "$dir/mail", $n + 1,
		$mails) == 0 or die "bench: the peer\n";
	$n += $mails;
	return time - $from;
}

sub by_bare {
	my ($to) = @_;
	my $from = time;
	system("$dir/mail_bare", $to->port, "$dir/mail", $n + 1, $mails) == 0
		or die "bench: the floor\n";
	$n += $mails;
	return time - $from;
}

# A text as long as the product's.
my $lines = "a line of the text that a mail of the product has, which is 76 characters ..\r\n";
spew("$dir/mail", "From: customerapi\@localhost\r\nSubject: an order\r\n\r\n" . $lines x 59);

printf "mails of %d bytes\n%-8s %-14s %9s %17s %7s\n", -s "$dir/mail", 'server', '', 'a second',
	'(least, most)', 'ratio';
my %servers = (exim => sub { Exim->start(tls => 0, queue_only => 1) }, sink => \&sink);
my %other = (each => ['libcurl', \&by_each], bare => ['floor', \&by_bare]);
my $all = $mails;
for my $server (sort keys %servers) {
	$mails = $server eq 'exim' ? int($all / 50) + 1 : $all; # a process for each connection
	my @who = (@sessions, 'each', $server eq 'sink' ? 'bare' : ());
	my %rate;
	for my $round (0 .. $rounds) {
		for my $who (@who) {
			my $to = $servers{$server}->();
			my $took = $other{$who} ? $other{$who}[1]->($to) : by_product($to, $who);
			my $got = counted($to);
			die "bench: $got of $mails mails are there\n" if $got != $mails;
			push @{ $rate{$who} }, $mails / $took if $round > 0;
			$to->stop;
		}
	}
	for my $who (@who) {
		my @l = sort { $a <=> $b } @{ $rate{$who} };
		printf "%-8s %-14s %9.0f %17s %7.2f\n", $server,
			$other{$who} ? $other{$who}[0] : "$who sessions", median(@l),
			sprintf('(%.0f, %.0f)', @l[0, -1]), median(@l) / median(@{ $rate{each} });
	}
}
printf "%d sessions: %.2f statements a mail\n", $_, $cost{$_} for @sessions;
