#!/usr/bin/perl
# What a page view of the club costs: GetContact and GetListPoints under load through nginx, beside
# the least a request of the same stack can cost: Bonduelle/Club/Bare, an
# action of check builds that reads one row by its key, behind the same access check. Usage:
# BUILDDIR=build perl t/bench/club.pl [SECONDS [CLIENTS]]
# Needs a check build (configure --enable-check-build) and the package wrk. 20,000 contacts with an
# address, a store, two interests and 20 movements each, a fifth of them with points that expire
# soon; every request asks for
# another one. Rounds go by turns, the figure of each is the median. Exit status 1 when a p99 is
# above 3 times the bare one's.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use File::Temp qw(tempdir);
use Club;

my ($seconds, $clients) = ($ARGV[0] // 5, $ARGV[1] // 4);
my ($contacts, $movements, $rounds, $limit) = (20000, 20, 3, 3);
$ENV{SRCDIR} //= "$FindBin::Bin/../..";
die "bench: the package wrk is needed\n" if system('command -v wrk >/dev/null');
my $dir = tempdir('customerapi-bench-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $w = Club->start(CUSTOMERAPI_LOG_LEVEL => 'warning', CUSTOMERAPI_QUOTA_TENANT_PER_SECOND => 0,
	options => ['--innodb-buffer-pool-size=512M', '--innodb-log-file-size=256M']);
my $t = "'2026-01-01', '2026-01-01'";
$w->sql("INSERT INTO Store (StoreId, StoreIdentifier, Label, SourceId, CreationDate, "
	. "ModificationDate) VALUES (1, 'R', 'Store', 1, $t);
	INSERT INTO PurchaseGoodCategory (PurchaseGoodCategoryId, Identifier, SourceId, Label, "
		. "CreationDate, ModificationDate) VALUES (1, 'A', 1, 'A', $t), (2, 'B', 1, 'B', "
			. "$t);
	INSERT INTO Contact (ContactId, FirstName, LastName, ZoneId, CreationDate, "
		. "ModificationDate) SELECT seq, 'Ada', CONCAT('Lovelace', seq), 1, $t FROM "
			. "seq_1_to_$contacts;
	INSERT INTO ContactIdentifier SELECT UUID(), CONCAT('u', seq), seq, 1, $t FROM "
		. "seq_1_to_$contacts;
	INSERT INTO Address (ContactId, BrandId, ContactAddressTypeId, Email, City, CreationDate, "
		. "ModificationDate) SELECT seq, 1, 1, CONCAT('u', seq, '\@example.org'), 'Lille', "
			. "$t FROM seq_1_to_$contacts;
	INSERT INTO AttachedStore (ContactId, StoreId, CreationDate, ModificationDate) SELECT seq, "
		. "1, $t FROM seq_1_to_$contacts;
	INSERT INTO ContactInterest (ContactInterestIdentifier, ContactId, PurchaseGoodCategoryId, "
		. "SourceId, CreationDate, ModificationDate)
		SELECT CONCAT(s.seq, ':', g.seq), s.seq, g.seq, 1, $t FROM seq_1_to_$contacts s "
			. "JOIN seq_1_to_2 g;
	INSERT INTO LoyaltyPoint (ContactId, PointTypeId, PointAmount, PointOriginalAmount, "
		. "PointUsedAmount, PointExpiredAmount, DatePoint, ExpiredDatePoint, "
			. "PointIdentifier, SourceId, CreationDate, ModificationDate)
		SELECT s.seq, 2, 10, 10, 0, 0, '2026-01-01', CASE WHEN s.seq % 5 = 0 THEN "
			. "UTC_TIMESTAMP() + INTERVAL 9 + m.seq DAY ELSE '2099-01-01' END, "
				. "CONCAT(s.seq, ':', m.seq), 1, $t FROM seq_1_to_$movements m "
					. "JOIN seq_1_to_$contacts s;
	ANALYZE TABLE Contact, ContactIdentifier, Address, AttachedStore, ContactInterest,
		LoyaltyPoint");

# One wrk run; requests a second and p99 in ms.
sub measure {
	my ($path) = @_;
	open my $fh, '>', "$dir/get.lua" or die $!;
	print $fh <<"LUA";
math.randomseed(os.time())
request = function()
	return wrk.format("GET", string.format("$path", math.random(1, $contacts)),
		{ ["X-Crm360Api-Token"] = "$w->{tokens}{club1}",
		["X-Crm360Api-CustomerName"] = "C1", ["X-Crm360Api-DatabaseAlias"] = "A1" })
end
LUA
	close $fh;
	my $url = $w->{nginx}->url;
	my $said = `wrk -t1 -c$clients -d${seconds}s --latency -s $dir/get.lua $url/`;
	die "bench: refusals\n$said" if $said =~ /Non-2xx or 3xx responses/;
	my ($value, $unit) = $said =~ /99%\s+([\d.]+)(us|ms|s)/ or die $said;
	my ($rate) = $said =~ /Requests\/sec:\s+([\d.]+)/;
	return ($rate, $value * { us => 0.001, ms => 1, s => 1000 }->{$unit});
}

my %path = (Bare => '/Bonduelle/Club/Bare?ContactId=%d',
	GetContact => '/Bonduelle/Club/GetContact?DrupalId=u%d&SourceId=1',
	GetListPoints => '/Bonduelle/Club/GetListPoints?DrupalId=u%d&SourceId=1');
my @names = qw(Bare GetContact GetListPoints);
my (%rate, %p99);
measure($path{$_}) for @names;	# connections and statements are there, pages are in memory
for (1 .. $rounds) {
	for my $name (@names) {
		my ($rate, $p99) = measure($path{$name});
		push @{ $rate{$name} }, $rate;
		push @{ $p99{$name} }, $p99;
	}
}
my $median = sub { return (sort { $a <=> $b } @_)[$#_ / 2] };
my $bare = $median->(@{ $p99{Bare} });
my $bad = 0;
printf "%-16s %12s %10s %8s\n", "$clients clients", 'a second', 'p99 ms', 'ratio';
for my $name (@names) {
	my $p99 = $median->(@{ $p99{$name} });
	printf "%-16s %12.0f %10.2f %8.2f\n", $name, $median->(@{ $rate{$name} }), $p99,
		$p99 / $bare;
	$bad++ if $p99 > $limit * $bare;
}
exit($bad ? 1 : 0);
