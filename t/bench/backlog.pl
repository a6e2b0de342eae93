#!/usr/bin/perl
# The rate at which messages without effect are processed with a long backlog, beside that with a
# short one. Usage: BUILDDIR=build perl t/bench/backlog.pl [LONG [SHORT [ROUNDS]]]
# Needs a check build (configure --enable-check-build). Both are measured by turns over the same
# number of messages, the short backlog being filled up again between its runs.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Time::HiRes qw(sleep);
use MariaDB;
use Peer qw(median);
use Scheduler;

my ($long, $short, $rounds) = ($ARGV[0] // 1_000_000, $ARGV[1] // 10_000, $ARGV[2] // 3);
$ENV{SRCDIR} //= "$FindBin::Bin/../..";
my $db = MariaDB->start(options => ['--innodb-buffer-pool-size=2G', '--innodb-log-file-size=1G']);
my $s = Scheduler->new($db);
$s->tenant($_) for 1 .. 2;

# Doubles the rows that are there: a million by single statements would take minutes.
sub fill {
	my ($n) = @_;
	$s->sql('TRUNCATE api_message; TRUNCATE api_attempt');
	my $first = $n < 10_000 ? $n : 10_000;
	my $body = '{"x":"' . 'y' x 500 . '"}';
	$s->put(map { { tenant => 1 + $_ % 2, body => $body } } 1 .. $first);
	my $count = 'SELECT COUNT(*) FROM api_message';
	while ((my $have = $s->value($count)) < $n) {
		my $more = $n - $have < $have ? $n - $have : $have;
		$s->sql('INSERT INTO api_message (receipt, tenant_id, kind, visible_at, '
			. 'received_at, source_id, platform, entity, action, method, uri, headers, '
			. 'body) SELECT RANDOM_BYTES(16), tenant_id, kind, visible_at, '
			. 'received_at, source_id, platform, entity, action, method, uri, headers, '
			. 'body FROM '
			. "api_message ORDER BY id LIMIT $more");
	}
}

# Messages a second over the first so many of a backlog.
sub rate {
	my ($backlog, $count) = @_;
	fill($backlog);
	$s->start;
	sleep 0.05 while $s->value('SELECT COUNT(*) FROM api_message FORCE INDEX (claim) WHERE '
		. 'tenant_id IN (1, 2) AND state = 3') < $count;
	$s->stop;
	my ($row) = $s->sql('SELECT COUNT(*), TIMESTAMPDIFF(MICROSECOND, MIN(settled_at), '
		. 'MAX(settled_at)) FROM api_message WHERE state = 3');
	return $row->[0] / $row->[1] * 1e6;
}

my (@long, @short);
for (1 .. $rounds) {
	push @short, rate($short, $short);
	push @long, rate($long, $short);
}
printf "backlog %d: %.0f a second; backlog %d: %.0f a second; %.2f x (%s)\n", $short,
	median(@short), $long, median(@long), median(@long) / median(@short),
	join ', ', map { sprintf '%.2f', $long[$_] / $short[$_] } 0 .. $#long;
