# How many statements a batch costs, by the server's own counters, which do not depend on the
# machine.
use strict;
use warnings;
use JSON::PP;
use Test::More;
use MariaDB;
use Scheduler;

my $db = MariaDB->start;
my $s = Scheduler->new($db, CUSTOMERAPI_QUEUE_WORKERS => 1, CUSTOMERAPI_QUEUE_MAX_ATTEMPTS => 1);
$s->tenant(1);

my $at = '2026-10-01T10:00:00Z';
sub address {
	my ($id) = @_;
	return { first_name => "Ada$id", last_name => 'Lovelace', address1 => "$id quai",
		zip => '69001', city => 'Lyon', country_code => 'FR' };
}
sub customer {
	my ($id, %more) = @_;
	return { id => $id, email => "ada$id\@demo.example", first_name => "Ada$id",
		last_name => 'Lovelace', created_at => $at, updated_at => $at,
		default_address => address($id), %more };
}
sub order {
	my ($id, %more) = @_;
	return { id => 700000 + $id, name => "#$id", created_at => $at, updated_at => $at,
		processed_at => $at, currency => 'EUR', financial_status => 'paid',
		total_price => '7.50', total_tax => '0.00', total_discounts => '0.00',
		taxes_included => JSON::PP::true, billing_address => address($id),
		customer => customer($id), email => "ada$id\@demo.example",
		line_items => [map { { id => $id * 10 + $_, title => "Good $_", quantity => 1,
			price => '2.50', product_id => 100 + $_, variant_id => 200 + $_,
			sku => "SKU-$_" } } 1 .. 3], %more };
}

# asked(): what clients asked the server for: executions, plain text, and what was prepared.
sub asked {
	my $n = 0;
	$n += $_->[1] for $s->sql("SHOW GLOBAL STATUS WHERE Variable_name IN "
		. "('Questions', 'Com_stmt_prepare')");
	return $n;
}

# cost(BATCHES, SIZE, ENTITY, MAKE): what a worker asks for while it works off so many batches of
# what MAKE makes of a number.
my $id = 0;
sub cost {
	my ($batches, $size, $entity, $make) = @_;
	my @receipts = $s->put(map { $id++; { platform => 'Shopify', entity => $entity,
		action => 'Insert', key => "$entity $id", body => encode_json($make->($id)) } }
		1 .. $batches * $size);
	my $before = asked();
	is($s->once, 0, "$batches batches");
	my $cost = asked() - $before;
	my %states;
	$states{ $s->message($_)->{state} }++ for @receipts;
	return ($cost, \%states);
}

# A batch more costs what two runs differ by: each connects and prepares the same.
sub batch_costs {
	my ($name, $most, $state, $size, @what) = @_;
	$s->set(CUSTOMERAPI_QUEUE_BATCH => $size);
	my ($few, $states) = cost(2, $size, @what);
	(my $more, $states) = cost(6, $size, @what);
	is_deeply($states, { $state => 6 * $size }, "$name: all are worked off");
	cmp_ok(($more - $few) / 4, '<=', $most, "$name: $most statements from claim to commit");
	note "$name: ", ($more - $few) / 4;
}

batch_costs('100 orders', 60, 3, 100, Order => \&order);
batch_costs('100 customers', 25, 3, 100, Customer => \&customer);
batch_costs('500 without effect', 12, 8, 500,
	Order => sub { order($_[0], test => JSON::PP::true) });
batch_costs('a lonely order', 30, 3, 1, Order => \&order);
is($db->value('SELECT COUNT(*) FROM PurchaseDetail', 'tenant1'), 3 * 808,
	'the orders are there with all their lines');
done_testing;
