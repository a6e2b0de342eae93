#!/usr/bin/perl
# ComputeRefAmounts and RefreshDecisionalData on generated data, through the daemon, beside SQL
# scripts that make the same tables in one go (t/bench/peers/*.sql): seconds, rows a second, peak
# memory of the run's process.
# Usage: BUILDDIR=build perl t/bench/decisional.pl [CONTACTS [PURCHASES [ROUNDS]]]
# (1,000,000, 3,000,000, each with a line, and 2, unless given)
# Needs a check build (configure --enable-check-build) and, for the full size, 8 GB below TMPDIR.
# Product and script go by turns, each from the same state, and must have made the same tables.
# A ratio is the product's median by the script's.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use Time::HiRes qw(sleep time);
use MariaDB;
use Scheduler;

my ($contacts, $purchases, $rounds) =
	($ARGV[0] // 1_000_000, $ARGV[1] // 3_000_000, $ARGV[2] // 2);
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

# Nothing of what ran before is left to be done by the server.
sub settle {
	my $end = time + 600;
	sleep 0.5 while time < $end && $db->value('SELECT VARIABLE_VALUE FROM '
		. 'information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = '
		. "'INNODB_HISTORY_LIST_LENGTH'") > 100;
}
my %took;		# name => seconds of each round
my $most_kb;

sub product {
	my ($what, $process, %parameters) = @_;
	settle();
	$s->sql("INSERT INTO api_run (tenant_id, process, parameters, origin, state, not_before, "
		. "exclusive, created_at, result, log_tail) VALUES (1, '$process', '"
		. encode_json(\%parameters)
		. "', 2, 1, '2026-01-01', 'purchases', '2026-01-01', '', '')");
	$s->start;
	$most_kb = peak_kb();
	$s->stop;
	my ($r) = $s->sql('SELECT state, TIMESTAMPDIFF(MICROSECOND, started_at, ended_at), '
		. 'result, reason, log_tail FROM api_run ORDER BY run_id DESC LIMIT 1');
	die "bench: $what: state $r->[0]: $r->[3]\n" if $r->[0] !~ /^[34]$/;
	push @{ $took{$what} }, $r->[1] / 1e6;
	if ($ENV{VERBOSE}) { print "    $r->[2]\n    ", join("\n    ", split /\\n/, $r->[4]), "\n" }
}

sub script {
	my ($what, $file) = @_;
	settle();
	my $sql = "SET \@now = UTC_TIMESTAMP(6), \@zone = 'Europe/Paris', \@currency = 'EUR';\n"
		. Server::slurp("$FindBin::Bin/peers/$file");
	my $from = time;
	$db->sql($sql, 'tenant1');
	push @{ $took{$what} }, time - $from;
}

sub report {
	my ($what, $base) = @_;
	my $median = sub { my @l = sort { $a <=> $b } @{ $took{ $_[0] } }; return $l[$#l / 2] };
	my $seconds = $median->($what);
	printf "%-44s %8.1f %7s %12.0f %9s\n", $what, $seconds,
		defined $base ? sprintf('%.2f', $seconds / $median->($base)) : '',
		$purchases / $seconds, $what =~ /^script/ ? '' : sprintf '%.1f', $most_kb / 1024;
	printf "%-44s %s\n", '', join ' ', map { sprintf '%.1f', $_ } @{ $took{$what} }
		if @{ $took{$what} } > 1;
}

# ------------------------------------------------------------------ equal work
# What a table holds, but for its times of writing; the types are those of the table "like".
sub holds {
	my ($table, $like) = @_;
	my @columns = map {
		my ($name, $type) = @$_;
		"COALESCE(" . ($type =~ /^decimal/ ? "CAST($name AS $type)" : $name) . ", '-')"
	} $db->sql("SELECT COLUMN_NAME, COLUMN_TYPE FROM information_schema.COLUMNS WHERE "
		. "TABLE_SCHEMA = 'tenant1' AND TABLE_NAME = '$like' AND COLUMN_NAME NOT IN "
		. "('AsOf', 'CreationDate', 'ModificationDate') ORDER BY ORDINAL_POSITION");
	my $row = "CONCAT_WS('|', " . join(', ', @columns) . ')';
	my ($r) = $db->sql("SELECT COUNT(*), BIT_XOR(CRC32($row)), SUM(CRC32(REVERSE($row))) "
		. "FROM $table", 'tenant1');
	return "@$r";
}
sub same {
	my ($what, $one, $other) = @_;
	die "bench: $what: the product made $one, the script $other\n" if $one ne $other;
}

# ------------------------------------------------------------------ reference amounts
my $forget = sub {
	for my $table (qw(PurchaseHeader PurchaseDetail)) {
		my $last = $db->value("SELECT MAX(${table}Id) FROM $table", 'tenant1');
		for (my $from = 1; $from <= $last; $from += 100_000) {
			$db->sql("UPDATE $table SET RefAmount = NULL, RefTaxFreeAmount = NULL, "
				. "RefDiscountAmount = NULL WHERE ${table}Id BETWEEN $from AND "
				. "$from + 99999", 'tenant1');
		}
	}
};
my $amounts = sub { return join ' / ', map { holds($_, $_) } qw(PurchaseHeader PurchaseDetail) };
product('ComputeRefAmounts, full, first', 'ComputeRefAmounts', Mode => 'Full');
report('ComputeRefAmounts, full, first');
for (1 .. $rounds) {
	$forget->();
	script('script of reference amounts', 'ref_amounts.sql');
	my $theirs = $amounts->();
	$forget->();
	product('ComputeRefAmounts, full', 'ComputeRefAmounts', Mode => 'Full');
	same('reference amounts', $amounts->(), $theirs);
}
report('script of reference amounts');
report('ComputeRefAmounts, full', 'script of reference amounts');
my $alone = sub { my ($what, @run) = @_; product($what, @run);
	report($what, 'script of reference amounts') };
$alone->('ComputeRefAmounts, full, nothing to change', 'ComputeRefAmounts', Mode => 'Full');
$alone->('ComputeRefAmounts, nothing is new', 'ComputeRefAmounts', Mode => 'Incremental');
$db->sql('UPDATE PurchaseHeader SET Amount = Amount + 1, ModificationDate = UTC_TIMESTAMP(6) '
	. 'WHERE PurchaseHeaderId % 100 = 7', 'tenant1');
$alone->('ComputeRefAmounts, 1 of 100 is new', 'ComputeRefAmounts', Mode => 'Incremental');

# ------------------------------------------------------------------ decision tables
my %peer = (DecisionState => 'peer_state', DecisionContact => 'peer_contact',
	DecisionMonth => 'peer_month', DecisionContactability => 'peer_contactability',
	DecisionCohort => 'peer_cohort');
for my $zone ('Europe/Paris', 'UTC') {
	my $sql = `mariadb-tzinfo-to-sql /usr/share/zoneinfo/$zone $zone 2>/dev/null`;
	$db->sql($sql, 'mysql');
}
$db->sql(join('', map { "CREATE TABLE $peer{$_} LIKE $_;" } keys %peer), 'tenant1');
for (1 .. $rounds) {
	script('script of decision tables', 'decisional.sql');
	product('RefreshDecisionalData', 'RefreshDecisionalData');
	same($_, holds($_, $_), holds($peer{$_}, $_)) for sort keys %peer;
}
report('script of decision tables');
report('RefreshDecisionalData', 'script of decision tables');
