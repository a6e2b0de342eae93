#!/usr/bin/perl
# What a look for due schedules costs with 1,000,000 that are not due, against 1,000: the daemon's
# own rounds, over so many seconds.
# Usage: BUILDDIR=build perl t/bench/schedules.pl [SCHEDULES [SECONDS]]
# Needs a check build (configure --enable-check-build). Prints a line per number of schedules: rows
# that the database read and microseconds of work per round.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Time::HiRes qw(sleep time);
use MariaDB;
use Scheduler;

my ($many, $seconds) = ($ARGV[0] // 1_000_000, $ARGV[1] // 20);
$ENV{SRCDIR} //= "$FindBin::Bin/../..";
my $db = MariaDB->start(options => ['--innodb-buffer-pool-size=512M', '--innodb-log-file-size=256M',
	'--userstat=1']);
my $s = Scheduler->new($db, CUSTOMERAPI_QUEUE_WORKERS => 1, CUSTOMERAPI_RUN_SLOTS => 1);
$s->tenant(1);

# Runs the daemon for a while, beginning when all zone data is settled; per tick (one a second):
# rows of api_schedule read, processor time of the tick's process.
sub measure {
	my ($schedules) = @_;
	my $have = $s->value('SELECT COUNT(*) FROM api_schedule');
	for (my $from = $have + 1; $from <= $schedules; $from += 100_000) {
		my $to = $from + 99_999 < $schedules ? $from + 99_999 : $schedules;
		$s->sql("INSERT INTO api_schedule (tenant_id, process, form, rule, parameters, "
			. "time_zone, start_at, misfire, grace_s, overlap, tzdata, next_due_at, "
				. "created_at, modified_at)
			SELECT 1, 'Test', 'Daily', "
				. "'{\"Time\":\"09:00\",\"StartDate\":\"2090-01-01\"}', '', 'UTC', "
					. "'2026-01-01', 1, 3600, 1, (SELECT COALESCE(MAX(tzdata), "
						. "'') FROM api_schedule t), '2090-01-01' + "
							. "INTERVAL seq SECOND, '2026-01-01',
			'2026-01-01' FROM seq_${from}_to_$to");
	}
	$s->sql('ANALYZE TABLE api_schedule');
	$s->start;
	sleep 0.2 while !$s->children('tick');
	sleep 0.5 while $s->value(
		"SELECT COUNT(DISTINCT tzdata) > 1 OR MIN(tzdata) = '' FROM api_schedule");
	sleep 3;
	$s->sql('FLUSH TABLE_STATISTICS');
	my ($tick) = $s->children('tick');
	my $ticks = sub { open my $f, '<', "/proc/$tick/stat"; my @f = split ' ', <$f>;
		return ($f[13] + $f[14]) * 10_000 };
	my ($us, $begun) = ($ticks->(), time);
	sleep $seconds;
	my $rows = $s->value("SELECT COALESCE(SUM(rows_read), 0) FROM "
		. "information_schema.table_statistics WHERE table_name = 'api_schedule'") /
		$seconds;
	$us = ($ticks->() - $us) / (time - $begun);
	$s->stop;
	printf "%10d schedules, none due: %8.1f rows read a second, %8.0f us of processor time "
		. "of the daemon's tick a second\n", $schedules, $rows, $us;
}
measure(1000);
measure($many);
