#!/usr/bin/perl
# Messages a second through the queue, without effect, durable commits. Usage: BUILDDIR=build perl
# -It/lib t/bench/queue.pl [MESSAGES [BATCH [WORKERS]]]
# Needs a check build (configure --enable-check-build). Prints one line.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Time::HiRes qw(sleep time);
use MariaDB;
use Scheduler;

my ($n, $batch, $workers) = ($ARGV[0] // 20000, $ARGV[1] // 100, $ARGV[2] // 1);
$ENV{SRCDIR} //= "$FindBin::Bin/../..";
my $db = MariaDB->start(options => ['--innodb-buffer-pool-size=512M',
	'--innodb-log-file-size=256M']);
my $s = Scheduler->new($db, CUSTOMERAPI_QUEUE_WORKERS => $workers,
	CUSTOMERAPI_QUEUE_BATCH => $batch, CUSTOMERAPI_QUEUE_POLL_MS => 10);
$s->tenant($_) for 1 .. 2;
$s->put(map { { tenant => 1 + $_ % 2, key => "k$_",
	body => '{"x":"' . 'y' x 500 . '"}' } } 1 .. $n);
$s->start;
sleep 0.01 while !$s->value('SELECT COUNT(*) FROM api_message WHERE state = 3');
sleep 0.5 while $s->value('SELECT COUNT(*) FROM api_message WHERE state IN (1, 2)');
my $us = $s->value(
	'SELECT TIMESTAMPDIFF(MICROSECOND, MIN(started_at), MAX(ended_at)) FROM api_attempt');
my $rounds = $s->value('SELECT COUNT(DISTINCT started_at) FROM api_attempt');
printf "%d messages, batch %d, %d workers: %.0f a second (%d transactions, %.1f ms each)\n", $n,
	$batch, $workers, $n * 1e6 / ($us || 1), $rounds,
	$us / 1000 / $rounds * $workers;
$s->stop;
