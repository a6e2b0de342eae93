#!/usr/bin/perl
# ComputeRefAmounts and RefreshDecisionalData on generated data, through the daemon: seconds, rows a
# second, peak memory of the run's process.
# Usage: BUILDDIR=build perl t/bench/decisional.pl [CONTACTS [PURCHASES]] (1,000,000 and 3,000,000,
# each purchase with a line, unless given)
# Needs a check build (configure --enable-check-build) and, for the full size, 4 GB below TMPDIR.
# Prints a line per run; ratios are to the full ComputeRefAmounts.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use Time::HiRes qw(sleep time);
use MariaDB;
use Scheduler;

my ($contacts, $purchases) = ($ARGV[0] // 1_000_000, $ARGV[1] // 3_000_000);
$ENV{SRCDIR} //= "$FindBin::Bin/../..";
$| = 1;
my $db = MariaDB->start(options => ['--innodb-buffer-pool-size=512M',
	'--innodb-log-file-size=512M']);
my $s = Scheduler->new($db, CUSTOMERAPI_QUEUE_WORKERS => 1, CUSTOMERAPI_RUN_SLOTS => 1);
$s->tenant(1, reference_currency => "'EUR'", time_zone => "'Europe/Paris'");

# ------------------------------------------------------------------ the data: set-based, 100,000
# rows a statement, the same in each run
my $made = time;
my $fill = sub {
	my ($rows, $insert) = @_;
	for (my $from = 1; $from <= $rows; $from += 100_000) {
		my $to = $from + 99_999 < $rows ? $from + 99_999 : $rows;
		$db->sql($insert =~ s/SERIES/seq_${from}_to_$to/r =~ s/SEED/$from/gr, 'tenant1');
	}
};
my $when = "'2026-01-01', '2026-01-01'";
$fill->($contacts,
	"INSERT INTO Contact (ContactId, FirstName, LastName, ZoneId, GlobalOptin, DeletionFlag, "
		. "CreationDate, ModificationDate)
	SELECT seq, CONCAT('First', seq), CONCAT('Last', seq), 1 + seq % 5, seq % 11 <> 0,
		seq % 50 = 0, $when FROM SERIES");
$fill->($contacts,
	"INSERT INTO Address (ContactId, BrandId, ContactAddressTypeId, Email, EmailOptin, "
		. "EmailStateId, MobilePhoneNumber, MobilePhoneOptin, Address4, AddressOptin, "
			. "CreationDate,
	ModificationDate) SELECT seq, 1 + seq % 3, 1, CONCAT('c', seq, '\@example.com'),
		seq % 3 <> 0, 1 + seq % 4, IF(seq % 2, CONCAT('+336', seq), NULL), seq % 4 = 0,
		'1 rue X', NULL, $when FROM SERIES");
$fill->($purchases,
	"INSERT INTO PurchaseHeader (PurchaseHeaderId, PurchaseIdentifier, ContactId, BrandId, "
		. "ZoneId, StoreId, SourceId, PurchaseStatusId, PurchaseDate, CurrencyId, Amount, "
			. "TaxFreeAmount,
	DiscountAmount, DeletionFlag, CreationDate, ModificationDate) SELECT seq, CONCAT('p', "
		. "seq), IF(seq % 17, 1 + FLOOR($contacts * POW(RAND(SEED), 2)), NULL), 1 + seq % "
			. "3, 1 + seq % 5, 1 + seq % 40,
	1 + seq % 2, IF(seq % 10, 3, 9), '2026-11-01' - INTERVAL FLOOR(RAND(SEED + 1) * 94608000) "
		. "SECOND, ELT(1 + seq % 5, 'EUR', 'EUR', 'EUR', 'USD', 'GBP'), 5 + seq % 20000 / "
			. "100, 4 + seq % 16000 / 100, 0,
	seq % 100 = 0, $when FROM SERIES");
$fill->($purchases,
	"INSERT INTO PurchaseDetail (Identifier, PurchaseHeaderId, Quantity, Amount, "
		. "TaxFreeAmount, CreationDate, ModificationDate)
	SELECT 'l1', seq, 1 + seq % 3, 5 + seq % 20000 / 100, 4 + seq % 16000 / 100, $when
		FROM SERIES");
$db->sql("INSERT INTO CurrencyRate SELECT c, '2020-01-01' + INTERVAL seq WEEK, 0.8 + seq / 1000, "
	. "$when FROM (SELECT 'USD' c UNION SELECT 'GBP') x JOIN seq_1_to_350;
	ANALYZE TABLE PurchaseHeader, PurchaseDetail, Contact, Address, CurrencyRate", 'tenant1');
printf "%d contacts, %d purchases with a line each; made in %.0f s\n", $contacts, $purchases,
	time - $made;
printf "%-44s %8s %7s %12s %9s\n", 'run', 'seconds', 'ratio', 'purchases/s', 'peak MiB';

# ------------------------------------------------------------------ runs
# The highest resident memory of the process that makes the run, until the run is over.
sub peak_kb {
	my $most = 0;
	while ($s->value('SELECT COUNT(*) FROM api_run WHERE state IN (1, 2)')) {
		for my $child ($s->children('runner')) {
			open my $status, '<', "/proc/$child/status" or next;
			my ($kb) = join('', <$status>) =~ /^VmHWM:\s+(\d+)/m;
			$most = $kb if defined $kb && $kb > $most;
		}
		sleep 0.2;
	}
	return $most;
}
my $base;
sub measure {
	my ($what, $process, %parameters) = @_;
	$s->sql("INSERT INTO api_run (tenant_id, process, parameters, origin, state, not_before, "
		. "exclusive, created_at, result, log_tail) VALUES (1, '$process', '"
		. encode_json(\%parameters)
		. "', 2, 1, '2026-01-01', 'purchases', '2026-01-01', '', '')");
	$s->start;
	my $kb = peak_kb();
	$s->stop;
	my ($r) = $s->sql('SELECT state, TIMESTAMPDIFF(MICROSECOND, started_at, ended_at), '
		. 'result, reason, log_tail FROM api_run ORDER BY run_id DESC LIMIT 1');
	die "bench: $what: state $r->[0]: $r->[3]\n" if $r->[0] !~ /^[34]$/;
	my $seconds = $r->[1] / 1e6;
	$base //= $seconds;
	printf "%-44s %8.1f %7.2f %12.0f %9.1f\n", $what, $seconds, $seconds / $base,
		$purchases / $seconds, $kb / 1024;
	if ($ENV{VERBOSE}) { print "    $r->[2]\n    ", join("\n    ", split /\\n/, $r->[4]), "\n" }
}
measure('ComputeRefAmounts, full', 'ComputeRefAmounts', Mode => 'Full');
measure('ComputeRefAmounts, full, nothing to change', 'ComputeRefAmounts', Mode => 'Full');
measure('ComputeRefAmounts, nothing is new', 'ComputeRefAmounts', Mode => 'Incremental');
$db->sql('UPDATE PurchaseHeader SET Amount = Amount + 1, ModificationDate = UTC_TIMESTAMP(6) '
	. 'WHERE PurchaseHeaderId % 100 = 7', 'tenant1');
measure('ComputeRefAmounts, 1 of 100 is new', 'ComputeRefAmounts', Mode => 'Incremental');
measure('RefreshDecisionalData, first', 'RefreshDecisionalData');
measure('RefreshDecisionalData, again', 'RefreshDecisionalData');
