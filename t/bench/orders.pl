#!/usr/bin/perl
# Shopify orders a second from the queue to the tables, by durable commits, beside a worker that a
# shop would write itself in Node.js (t/bench/peers/orders.js: one order at a time).
# Usage: BUILDDIR=build perl t/bench/orders.pl [ORDERS [ROUNDS [NAME=BUILDDIR …]]]
# Needs a check build (configure --enable-check-build) and the packages nodejs and npm. One MariaDB,
# databases of each one's own, the shipped settings. Each order has a sixth of a kilobyte a line: 6
# lines, 3 addresses, one discount code, a third as many customers as orders. Rounds go by turns; a
# rate is the median of the rounds with the least and the most. Both must have written the same
# number of rows in each table. A further NAME=BUILDDIR is another build of the program.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use Time::HiRes qw(sleep);
use MariaDB;
use Scheduler;
use Peer qw(median);
use Server;

my ($orders, $rounds, @more) = @ARGV;
$| = 1;
$orders //= 3000;
$rounds //= 3;
$ENV{SRCDIR} //= "$FindBin::Bin/../..";
use constant { LINES => 6, GOODS => 500 };
my @tables = qw(Contact ContactIdentifier Address PurchaseGood Voucher PurchaseHeader
	PurchaseDetail);
my $json = JSON::PP->new->canonical->utf8;
my $model = $json->decode(Server::slurp("$ENV{SRCDIR}/t/fixtures/shopify/orders_create.json"));
my $db = MariaDB->start(options => ['--innodb-buffer-pool-size=512M',
	'--innodb-log-file-size=256M']);

# ---------------------------------------------------------------- the orders

# One order's text, with marks where a number stands: JSON::PP takes 5 ms for an order.
# @n@ the order, @w@ the customer, @l0@ … the lines and @g0@ … their goods.
sub address {
	my ($kind) = @_;
	return { first_name => 'First@w@', last_name => 'Last@w@', address1 => "\@w\@ $kind street",
		zip => '@z@', city => 'City@w@', country_code => 'FR', country => 'France',
		phone => undef, company => undef, province => undef };
}

sub line {
	my ($i) = @_;
	my %line = %{ $model->{line_items}[0] };
	return { %line, id => "#1\@n\@0$i#", variant_id => "#1\@g$i\@#",
		product_id => "#9\@g$i\@#", sku => "SKU-\@g$i\@", title => "Good \@g$i\@",
		name => "Good \@g$i\@", quantity => 1, price => '10.00', total_discount => '0.00',
		current_quantity => 1, discount_allocations => [], tax_lines => [] };
}

sub pattern {
	my $total = sprintf '%.2f', 10 * LINES - 5;
	my $at = '2026-01-02T03:04:05Z';
	my %order = (%$model, id => '#1@n@#', name => '#@n@', email => 'buyer@w@@example.org',
		contact_email => 'buyer@w@@example.org', currency => 'EUR',
		created_at => $at, processed_at => $at, updated_at => $at, cancelled_at => undef,
		test => JSON::PP::false,
		financial_status => 'paid', total_price => $total, current_total_price => $total,
		total_line_items_price => sprintf('%.2f', 10 * LINES), subtotal_price => $total,
		current_subtotal_price => $total, total_discounts => '5.00',
		current_total_discounts => '5.00', total_tax => '0.00', current_total_tax => '0.00',
		refunds => [], shipping_lines => [], tax_lines => [], fulfillments => [],
		discount_codes => [{ code => 'CODE@n@', amount => '5.00', type => 'fixed_amount' }],
		line_items => [map { line($_) } 0 .. LINES - 1],
		billing_address => address('bill'), shipping_address => address('ship'),
		customer => { %{ $model->{customer} // {} }, id => '#5@w@#',
			email => 'buyer@w@@example.org', first_name => 'First@w@',
			last_name => 'Last@w@', updated_at => $at,
			default_address => address('home') });
	return $json->encode(\%order) =~ s/"#(\d[^"#]*)#"/$1/gr;
}

my $pattern = pattern();

sub order {
	my ($n) = @_;
	my $who = $n % (1 + $orders / 3);
	my %is = (n => sprintf('%06d', $n), w => sprintf('%05d', $who),
		z => sprintf('%05d', $who % 99_999));
	$is{"g$_"} = sprintf '%05d', ($n * LINES + $_) % GOODS for 0 .. LINES - 1;
	return $pattern =~ s/@(\w+)@/$is{$1}/gr;
}

my @bodies = map { order($_) } 1 .. $orders;

# ---------------------------------------------------------------- who works

# A registry and a tenant of one's own; Scheduler's are named customerapi and tenant1. The orders
# wait for tomorrow.
sub fresh {
	my ($build, %env) = @_;
	$db->sql('DROP DATABASE IF EXISTS customerapi; DROP DATABASE IF EXISTS tenant1;
		DROP DATABASE IF EXISTS tenant2');
	local $ENV{BUILDDIR} = $build;
	my $s = Scheduler->new($db, %env);
	$s->tenant(1, zone_id => 1, brand_id => 1, address_type_id => 1);
	$db->sql("INSERT IGNORE INTO Source (SourceId, Label, CreationDate, ModificationDate) VALUES
		(1, 'Shop', NOW(), NOW())", 'tenant1');
	my @messages = map { { platform => 'Shopify', entity => 'Order', action => 'Insert',
		auth => 1, key => "order $_", body => $bodies[$_], after => 86_400 } }
		0 .. $#bodies;
	while (my @some = splice @messages, 0, 200) { $s->put(@some) }
	return $s;
}

sub rows { my ($tenant) = @_;
	return join ' ', map { $_ . '=' . $db->value("SELECT COUNT(*) FROM $_", $tenant) } @tables }

# Makes all orders due at once, and waits for the last of them in the server itself, which costs
# the two cores next to nothing. Returns the seconds from one to the other.
sub work_off {
	my ($s) = @_;
	my ($row) = $s->sql(<<'END');
DELIMITER //
BEGIN NOT ATOMIC
	DECLARE begun DATETIME(6);
	UPDATE api_message SET visible_at = UTC_TIMESTAMP(6);
	SET begun = SYSDATE(6);
	WHILE EXISTS (SELECT 1 FROM api_message FORCE INDEX (claim) WHERE tenant_id = 1
			AND state IN (1, 2)) DO
		DO SLEEP(0.01);
	END WHILE;
	SELECT TIMESTAMPDIFF(MICROSECOND, begun, SYSDATE(6));
END //
END
	return $row->[0] / 1e6;
}

sub product {
	my ($build) = @_;
	local $ENV{BUILDDIR} = $build;
	my $s = fresh($build);
	$s->start;
	sleep 1;
	my $took = work_off($s);
	my $bad = $s->value('SELECT COUNT(*) FROM api_message WHERE state <> 3');
	die "bench: $bad orders were not written: "
		. $s->value('SELECT reason FROM api_message WHERE state <> 3 LIMIT 1') if $bad;
	$s->stop;
	return ($orders / $took, rows('tenant1'));
}

my $modules = "$ENV{BUILDDIR}/t/bench-node";

# The same tables with the same orders, in databases that no program of ours looks at.
sub node {
	my ($connections) = @_;
	fresh($ENV{BUILDDIR});
	$db->sql("DROP DATABASE IF EXISTS $_; CREATE DATABASE $_")
		for qw(peer_registry peer_tenant);
	for my $pair (['customerapi', 'peer_registry'], ['tenant1', 'peer_tenant']) {
		my ($from, $to) = @$pair;
		my @names = grep { /^api_(?:message|attempt)$/ || $to eq 'peer_tenant' }
			map { $_->[0] } $db->sql('SELECT table_name FROM information_schema.tables '
				. "WHERE table_schema = '$from' AND table_type = 'BASE TABLE'");
		$db->sql(join ';', map { "RENAME TABLE $from.$_ TO $to.$_" } @names);
	}
	$db->sql('UPDATE api_message SET visible_at = UTC_TIMESTAMP(6)', 'peer_registry');
	local %ENV = (%ENV, PEER_SOCKET => $db->socket, PEER_MODULES => "$modules/node_modules",
		PEER_CONNECTIONS => $connections);
	chomp(my $took = `node $FindBin::Bin/peers/orders.js`);
	die 'bench: the Node.js worker failed' if $?;
	my $left = $db->value('SELECT COUNT(*) FROM api_message WHERE state <> 3', 'peer_registry');
	die "bench: the Node.js worker left $left orders" if $left;
	return ($orders / $took, rows('peer_tenant'));
}

mkdir $modules;
-d "$modules/node_modules/mysql2"
	or system("cd $modules && npm install --silent mysql2 >/dev/null 2>&1") == 0
	or die "bench: npm cannot install mysql2\n";

my @all = (['product', sub { product($ENV{BUILDDIR}) }],
	(map { my ($name, $build) = split /=/, $_, 2; [$name, sub { product($build) }] } @more),
	['Node.js, 1 connection', sub { node(1) }], ['Node.js, 8 connections', sub { node(8) }]);
printf "%d orders of %d bytes, %d rounds\n", $orders, length $bodies[0], $rounds;
my (%rate, %wrote);
for my $round (1 .. $rounds) {
	for my $who (@all[map { ($_ + $round) % @all } 0 .. $#all]) {
		my ($rate, $rows) = $who->[1]->();
		push @{ $rate{ $who->[0] } }, $rate;
		$wrote{$rows}{ $who->[0] } = 1;
	}
}
die 'bench: not the same work: ' . $json->encode(\%wrote) if keys %wrote > 1;
printf "%s\n", keys %wrote;
my $base = median(@{ $rate{'Node.js, 1 connection'} });
printf "%-24s %9s %19s %7s\n", '', 'a second', '(least, most)', 'ratio';
for my $who (map { $_->[0] } @all) {
	my @s = sort { $a <=> $b } @{ $rate{$who} };
	printf "%-24s %9.0f %19s %7.2f\n", $who, median(@s), sprintf('(%.0f, %.0f)', @s[0, -1]),
		median(@s) / $base;
}
