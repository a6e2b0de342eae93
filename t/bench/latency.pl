#!/usr/bin/perl
# How long a lonely message waits until an idle worker has taken it: from the web program's reply to
# the commit that settles it, through nginx, with the shipped settings.
# Usage: BUILDDIR=build perl t/bench/latency.pl [MESSAGES]
# Needs a check build (configure --enable-check-build). Prints one line for the shipped settings
# and one without the wake-up.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Time::HiRes qw(sleep);
use World;

my $n = $ARGV[0] // 200;
$ENV{SRCDIR} //= "$FindBin::Bin/../..";

# Milliseconds that each of n messages waited, sorted. By the database's clock: when it was
# received, and when it was settled.
sub waits {
	my (%settings) = @_;
	my $w = World->start(scheduler => { CUSTOMERAPI_QUEUE_POLL_MS => 500, %settings });
	sleep 3;
	for (1 .. $n) {
		my $r = $w->request('POST', '/ProcessManagement/Connector/Standard/QueueProcess/'
			. 'C1/A1/Test/Any/Superseded?SourceId=1&key=key-1', { id => "m$_" });
		die "$r->{status} $r->{content}" if $r->{status} != 202;
		sleep 0.02 + rand 0.1;
	}
	$w->{s}->settled or die 'not settled';
	my @ms = map { $_->[0] / 1000 } $w->{s}->sql('SELECT TIMESTAMPDIFF(MICROSECOND, '
		. 'received_at, settled_at) FROM api_message ORDER BY 1');
	$w->stop;
	return @ms;
}

for my $row (['woken', ()], ['polling alone', CUSTOMERAPI_WAKE_SOCKET => '']) {
	my ($name, @settings) = @$row;
	my @ms = waits(@settings);
	printf "%-14s %d messages: p50 %.1f ms, p99 %.1f ms, longest %.1f ms\n", $name,
		scalar @ms, $ms[$#ms / 2], $ms[$#ms * 0.99], $ms[-1];
}
