#!/usr/bin/perl
# customerapi import run on a file of customers and a file of orders: the first time, and once more
# unchanged; beside SQL that a user would write by hand (t/bench/peers/import_*.sql): LOAD DATA into
# a staging table, then one INSERT … SELECT … ON DUPLICATE KEY UPDATE per entity.
# Usage: BUILDDIR=build perl t/bench/import.pl [CUSTOMERS [ORDERS [ROUNDS [NAME=BUILDDIR …]]]]
# (100,000, 30,000, each with three lines, and 2, unless given; 0 = none of them)
# Needs a check build (configure --enable-check-build) and, for 1,000,000, 6 GB below TMPDIR. All
# use one MariaDB with durable commits, each a database of its own, which is new in each round. Who
# comes first changes with the rounds. Both must have made the same rows. A ratio is the median of
# those of the rounds, with the least and the most. Processor seconds are those of the server and of
# the program. Memory is the peak of the program's process. A
# further NAME=BUILDDIR is another build of the program.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use POSIX qw(WNOHANG);
use Test::More;
use Time::HiRes qw(sleep time);
use Admin;
use Peer qw(median spew);
use Server;

my ($customers, $orders, $rounds, @more) = @ARGV;
$customers //= 100_000;
$orders //= 30_000;
$rounds //= 2;
$ENV{SRCDIR} //= "$FindBin::Bin/../..";
$| = 1;
use constant { LINES => 3, GOODS => 2000 };
Test::More->builder->output('/dev/null');
Test::More->builder->no_ending(1);
my $admin = Admin->start(options => ['--innodb-buffer-pool-size=512M',
	'--innodb-log-file-size=512M']);
my $db = $admin->db;
$admin->good('customer', qw(customer add Bench));

# ---------------------------------------------------------------- the files

sub lines_of {
	my ($name, $head, $n, $line) = @_;
	my $path = $admin->dir . "/$name.csv";
	open my $out, '>:utf8', $path or die "$path: $!";
	print $out "$head\n";
	print $out $line->($_) for 1 .. $n;
	close $out or die "$path: $!";
	return $path;
}

my @countries = qw(FR DE BE CH IT);
my @towns = map { my $t = $_; map { "$t-$_" } qw(le-Grand sur-Mer en-Forêt) }
	qw(Lyon Besançon Köln Liège Genève Torino Brest);

sub customer {
	my ($n) = @_;
	return sprintf "c%07d;%s;First%d;\"Last, %d\";%02d/%02d/%d;c%d\@example.org;%d;+336%08d;%d;"
		. "%d rue de la Gare;%05d;%s;%s\n", $n, $n % 2 ? 'Mr' : 'Mrs', $n % 5000, $n,
		1 + $n % 28, 1 + $n % 12, 1940 + $n % 60, $n, $n % 3 != 0, $n, $n % 4 == 0,
		$n % 300, $n % 99_999, $towns[$n % @towns], $countries[$n % @countries];
}

# The customers of orders are spread over all.
sub order {
	my ($n) = @_;
	my $who = 1 + $n * 7919 % ($customers || 1);
	my @price = map { 100 + ($n * 31 + $_ * 17) % 9900 } 1 .. LINES;
	my $total = 0;
	$total += $_ for @price;
	my $of = sprintf 'o%07d;%02d/%02d/%d;c%07d;%d,%02d', $n, 1 + $n % 28, 1 + $n % 12,
		2020 + $n % 6, $who, $total / 100, $total % 100;
	return join '', map {
		my $good = ($n * LINES + $_) % GOODS;
		sprintf "%s;s%05d;Good %d;1;%d,%02d\n", $of, $good, $good, $price[$_ - 1] / 100,
			$price[$_ - 1] % 100;
	} 1 .. LINES;
}

my %file = (
	customers => { n => $customers, row => \&customer,
		head => 'id;title;first;last;born;mail;news;phone;sms;street;zip;city;country',
		map => { File => { Delimiter => ';' }, Rows => [
			{ Entity => 'Contact', Members => { 'ExternalKey.Identifier' => 'id',
				CivilityId => { Column => 'title', Label => 'Civility' },
				FirstName => 'first', LastName => 'last',
				BirthDate => { Column => 'born', Date => 'dd/mm/yyyy' } } },
			{ Entity => 'Address', Members => {
				'ContactExternalKey.Identifier' => 'id',
				Address4 => 'street', PostCode => 'zip', City => 'city',
				CountryId => { Column => 'country', Label => 'Country' },
				Email => 'mail', EmailOptin => 'news',
				MobilePhoneNumber => 'phone', MobilePhoneOptin => 'sms' } } ] } },
	orders => { n => $orders, row => \&order,
		head => 'number;day;customer;total;sku;name;quantity;price',
		map => { File => { Delimiter => ';' }, GroupBy => ['number'], Rows => [
			{ Entity => 'PurchaseHeader', Members => { PurchaseIdentifier => 'number',
				PurchaseDate => { Column => 'day', Date => 'dd/mm/yyyy' },
				Amount => { Column => 'total', Decimal => 'Comma' },
				CurrencyId => { Constant => 'EUR' },
				'ContactExternalKey.Identifier' => 'customer' } },
			{ Entity => 'PurchaseGood', Each => JSON::PP::true,
				Ensure => JSON::PP::true, Members => { Identifier => 'sku',
				Sku => 'sku', Label => 'name' } },
			{ Entity => 'PurchaseDetail', Each => JSON::PP::true, Members => {
				Identifier => 'sku',
				'PurchaseHeaderExternalKey.PurchaseIdentifier' => 'number',
				'PurchaseGoodExternalKey.Identifier' => 'sku',
				Quantity => 'quantity',
				Amount => { Column => 'price', Decimal => 'Comma' } } } ] } });
my @files = grep { $file{$_}{n} > 0 } qw(customers orders);
die "bench: orders need customers\n" if $orders > 0 && $customers == 0;
for my $name (@files) {
	my $f = $file{$name};
	$f->{path} = lines_of($name, @$f{qw(head n row)});
	$f->{json} = $admin->file("$name.json", encode_json($f->{map}));
	printf "%s: %d records, %.1f MB\n", $name, $f->{n}, (-s $f->{path}) / 1e6;
}

# ---------------------------------------------------------------- who works

my $tenants = 0;

# A new tenant; the one before it is gone.
sub fresh {
	$db->sql("DROP DATABASE IF EXISTS bench_$tenants");
	$tenants++;
	$admin->good('alias', qw(alias add Bench), "T$tenants", '--database', "bench_$tenants",
		qw(--create-database --currency EUR --time-zone UTC));
	$admin->good('source', qw(source add Bench), "T$tenants", qw(--source-id 1 --label File));
	return "bench_$tenants";
}

# Nothing of what ran before is left to be done by the server.
sub settle {
	my $end = time + 20;
	sleep 0.2 while time < $end && $db->value('SELECT SUM(VARIABLE_VALUE) FROM '
		. 'information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = '
		. "'INNODB_HISTORY_LIST_LENGTH'") > 100;
	$db->sql('SET GLOBAL innodb_max_dirty_pages_pct = 0');
	sleep 0.2 while time < $end && $db->value('SELECT VARIABLE_VALUE FROM '
		. 'information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = '
		. "'INNODB_BUFFER_POOL_PAGES_DIRTY'") > 500;
	$db->sql('SET GLOBAL innodb_max_dirty_pages_pct = DEFAULT');
}

# Processor seconds of the server, and of programs that ended.
sub used {
	my @of = split ' ', Server::slurp('/proc/' . $db->pid . '/stat') =~ s/.*\) //r;
	my (undef, undef, @ended) = times;
	return ($of[11] + $of[12]) / POSIX::sysconf(POSIX::_SC_CLK_TCK()) + $ended[0] + $ended[1];
}

# Runs it; returns seconds and the most memory that it had, in kB.
sub watch {
	my ($run) = @_;
	my ($from, $most) = (time, 0);
	while (waitpid($run->{pid}, WNOHANG) == 0) {
		my $status = eval { Server::slurp("/proc/$run->{pid}/status") } // '';
		$most = $1 if $status =~ /^VmHWM:\s+(\d+)/m;
		sleep 0.02;
	}
	my $took = time - $from;
	die 'bench: the import failed: ' . Admin::slurp($run->{err}) if $?;
	return ($took, $most);
}

sub product {
	my ($build, $name, @how) = @_;
	local $ENV{BUILDDIR} = $build;
	return watch($admin->begin(qw(import run Bench), "T$tenants", $file{$name}{path},
		'--source-id', 1, '--mapping', $file{$name}{json}, '--results',
		$admin->dir . "/results.$name", @how));
}

sub script {
	my ($name, $database) = @_;
	my $sql = Server::slurp("$FindBin::Bin/peers/import_$name.sql")
		=~ s/'FILE'/'$file{$name}{path}'/r;
	my $from = time;
	$db->sql($sql, $database);
	return (time - $from, 0);
}

# ---------------------------------------------------------------- equal work

my %holds = (customers => "SELECT COUNT(*), BIT_XOR(CRC32(row)), SUM(CRC32(REVERSE(row))) FROM (
	SELECT CONCAT_WS('|', i.Identifier, i.SourceId, CivilityId, FirstName, LastName, BirthDate,
	ZoneId, BrandId, ContactAddressTypeId, Address4, PostCode, City, CountryId, Email,
	EmailNormal, EmailOptin, MobilePhoneNumber, MobilePhoneOptin, a.DeletionFlag) AS row
	FROM ContactIdentifier i JOIN Contact c USING (ContactId)
		JOIN Address a USING (ContactId)) x",
	orders => "SELECT COUNT(*), BIT_XOR(CRC32(row)), SUM(CRC32(REVERSE(row))) FROM (
	SELECT CONCAT_WS('|', PurchaseIdentifier, i.Identifier, PurchaseDate, h.CurrencyId,
	h.Amount, d.Identifier, d.Quantity, d.Amount, g.Identifier, g.Sku, g.Label) AS row
	FROM PurchaseHeader h JOIN PurchaseDetail d USING (PurchaseHeaderId)
	JOIN PurchaseGood g USING (PurchaseGoodId) JOIN ContactIdentifier i USING (ContactId)) x");
my %tables = (customers => [qw(Contact ContactIdentifier Address)],
	orders => [qw(PurchaseHeader PurchaseDetail PurchaseGood)]);
my %held;

sub check {
	my ($name, $database, $who) = @_;
	my ($rows) = $db->sql($holds{$name}, $database);
	my @counts = map { $db->value("SELECT COUNT(*) FROM $_", $database) } @{ $tables{$name} };
	my $now = "@$rows / @counts";
	$held{$name} //= $now;
	die "bench: $who, $name: $now where $held{$name} were before\n" if $held{$name} ne $now;
}

# ---------------------------------------------------------------- rounds

my (%took, %memory, %cpu);

sub keep { my ($who, $name, $what, $cpu, $s, $kb) = @_;
	push @{ $cpu{$name}{"$who, $what"} }, used() - $cpu;
	push @{ $took{$name}{"$who, $what"} }, $s;
	push @{ $memory{$name}{"$who, $what"} }, $kb;
	printf STDERR "  %-9s %-16s %.2f s, processor %.2f\n", $name, "$who, $what", $s,
		$cpu{$name}{"$who, $what"}[-1] if $ENV{VERBOSE} }

sub work {
	my ($who, $first, $again) = @_;
	my $database = fresh();
	for my $name (@files) {
		settle();
		keep($who, $name, 'first', used(), $first->($name, $database));
		check($name, $database, $who);
		settle();
		keep($who, $name, 'again', used(), $again->($name, $database));
		check($name, $database, $who);
	}
}

my @all = (['product', $ENV{BUILDDIR}], map { [split /=/, $_, 2] } @more);
my @work = ((map { my ($who, $build) = @$_;
	sub { work($who, sub { product($build, $_[0]) },
		sub { product($build, $_[0], '--again') }) }
	} @all), sub { work('SQL', \&script, \&script) });
for my $round (1 .. $rounds) {
	$_->() for @work[map { ($_ + $round) % @work } 0 .. $#work];
}

# ---------------------------------------------------------------- figures

sub ratios { my ($of, $by) = @_;
	my @r = sort { $a <=> $b } map { $of->[$_] / $by->[$_] } 0 .. $#$of;
	return sprintf '%.2f (%.2f, %.2f)', median(@r), @r[0, -1] }

printf "%-10s %-16s %8s %10s %20s %20s %10s %9s\n", '', '', 'seconds', 'rows/s', 'by SQL',
	'by its first', 'processor', 'peak MiB';
for my $name (@files) {
	my $t = $took{$name};
	for my $what (sort { ($a =~ /again/) <=> ($b =~ /again/) || $a cmp $b } keys %$t) {
		my $seconds = median(@{ $t->{$what} });
		my $kb = median(@{ $memory{$name}{$what} });
		printf "%-10s %-16s %8.2f %10.0f %20s %20s %10.2f %9s\n", $name, $what, $seconds,
			$file{$name}{n} * ($name eq 'orders' ? LINES : 1) / $seconds,
			ratios($t->{$what}, $t->{'SQL, first'}),
			$what =~ /again/ ? ratios($t->{$what},
				$t->{ $what =~ s/again/first/r }) : '',
			median(@{ $cpu{$name}{$what} }), $kb ? sprintf('%.1f', $kb / 1024) : '';
	}
}
