# How many statements a batch costs, by the server's own log: what the messages of a batch ask is
# answered together, however many they are.
use strict;
use warnings;
use JSON::PP;
use Test::More;
use MariaDB;
use Scheduler;

my $db = MariaDB->start;
my $s = Scheduler->new($db, CUSTOMERAPI_QUEUE_WORKERS => 1, CUSTOMERAPI_QUEUE_MAX_ATTEMPTS => 1);
$s->tenant(1);
$db->sql("SET GLOBAL log_output = 'TABLE'");

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

# The statements of each batch: from one claim that found messages to the next one.
sub batches {
	my ($most, @bodies) = @_;
	my ($entity, $action) = splice @bodies, 0, 2;
	$s->set(CUSTOMERAPI_QUEUE_BATCH => $most);
	my @receipts = $s->put(map { { platform => 'Shopify', entity => $entity, action => $action,
		key => "$entity $_->{id}", body => encode_json($_) } } @bodies);
	$db->sql('SET GLOBAL general_log = 0; TRUNCATE mysql.general_log');
	$db->sql('SET GLOBAL general_log = 1');
	$s->start;
	$s->settled or die 'not settled';
	$s->stop;
	$db->sql('SET GLOBAL general_log = 0');
	my @log = $db->sql("SELECT thread_id, command_type, LEFT(CONVERT(argument USING utf8mb4), "
		. "300) FROM mysql.general_log WHERE command_type NOT IN ('Connect', 'Quit', "
		. "'Close stmt', 'Reset stmt')", 'customerapi');
	my ($worker) = map { $_->[0] } grep { $_->[2] =~ /api_applied_receipt|reference_version/ }
		@log;
	my @found;
	for my $row (grep { $_->[0] == $worker } @log) {
		push @found, [] if $row->[1] eq 'Query' && $row->[2] =~ /^START TRANSACTION/;
		push @{ $found[-1] }, $row if @found;
	}
	my %states;
	$states{ $s->message($_)->{state} }++ for @receipts;
	return (\@found, \%states);
}

# What the last batch asked before it wrote anything, and all that it cost in the tenant's database.
sub asks {
	my ($name, $most, $batches) = @_;
	my @last = @{ $batches->[-1] };
	my ($written) = grep { $last[$_][2] =~ /^(INSERT INTO|UPDATE) `/ } 0 .. $#last;
	my @asked = @last[0 .. ($written // @last) - 1];
	cmp_ok(scalar @asked, '<=', $most, "$name: asked by $most statements at most")
		or diag join "\n", map { substr("$_->[1] $_->[2]", 0, 150) } @asked;
	note "$name: ", scalar @asked, ' to ask, in all ', join ' ', map { scalar @$_ } @$batches;
}

my ($got, $states) = batches(100, Order => 'Insert', map { order($_) } 1 .. 300);
is_deeply($states, { 3 => 300 }, 'all orders are done');
asks('100 orders', 30, $got);
is($db->value('SELECT COUNT(*) FROM PurchaseDetail', 'tenant1'), 900, 'with all their lines');

($got, $states) = batches(1, Order => 'Insert', map { order($_) } 301 .. 304);
is_deeply($states, { 3 => 4 }, 'lonely orders are done');
asks('one order', 30, $got);

($got, $states) = batches(100, Customer => 'Insert', map { customer(1000 + $_) } 1 .. 300);
is_deeply($states, { 3 => 300 }, 'all customers are done');
asks('100 customers', 25, $got);

($got, $states) = batches(500, Order => 'Insert',
	map { order($_, test => JSON::PP::true) } 2001 .. 3000);
is_deeply([keys %$states], [8], 'orders without effect are ignored');
asks('500 without effect', 12, $got);
done_testing;
