# Shopify orders as they stand now, signed, through nginx, the web program and the daemon: edits,
# refunds, returns, what was first ordered, lines for all that is in the total, goods, order of
# states within a second, points and decision tables. And orders made at random, whose lines must
# add up.
use strict;
use warnings;
use utf8;
use Digest::SHA qw(hmac_sha256_base64 sha256_hex);
use JSON::PP;
use POSIX qw(floor);
use Test::More;
use Time::HiRes qw(sleep);
use World;

binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output;
my $w = World->start(tenant => { time_zone => "'Europe/Paris'", reference_currency => "'EUR'" });
my $secret = join '', map { chr(97 + int rand 26) } 1 .. 32;
$w->admin('source add C1 A1 --source-id 2 --scheme shopify --secret-file -', $secret);
my $json = JSON::PP->new->canonical->utf8->allow_bignum;
my $sent = 0;
my ($yes, $no) = (JSON::PP::true, JSON::PP::false);

# Sends a body to Entity/Action as the shop does; triggered: its header. Returns the receipt.
sub send_body {
	my ($triple, $body, $triggered, $topic) = @_;
	my $bytes = $json->encode($body);
	my $hmac = hmac_sha256_base64($bytes, $secret);
	$hmac .= '=' while length($hmac) % 4;
	return $w->queue("Shopify/$triple", $bytes, source => 2,
		headers => { 'X-Shopify-Hmac-SHA256' => $hmac,
			'X-Shopify-Webhook-Id' => 'w' . $sent++,
			'X-Shopify-Shop-Domain' => 'a.myshopify.com',
		defined $triggered ? ('X-Shopify-Triggered-At' => $triggered) : (),
		defined $topic ? ('X-Shopify-Topic' => $topic) : () });
}

# The same, and what became of it, with its remarks.
sub ask {
	my $receipt = send_body(@_);
	pop @{ $w->{sent} };
	my $m = $w->became($receipt);
	my $said = $w->{s}->value("SELECT remarks FROM api_message WHERE receipt = x'$receipt'");
	$m->{remarks} = $said ? JSON::PP->new->decode($said) : [];
	return $m;
}

# The smallest order; lines: [id, price, quantity, more…].
sub order {
	my (%o) = @_;
	my $lines = delete $o{lines} // [[1, '20.00', 1], [2, '30.00', 1]];
	return { id => 7001, name => '#7001', currency => 'EUR', financial_status => 'paid',
		taxes_included => $yes, total_price => '50.00', total_tax => '0.00',
		total_discounts => '0.00',
		created_at => '2026-11-01T10:00:00Z', updated_at => '2026-11-01T10:00:00Z',
		email => 'ann@example.com', customer => undef, discount_codes => [],
		shipping_lines => [],
		line_items => [map { line(@$_) } @$lines], %o };
}
sub line {
	my ($id, $price, $quantity, %more) = @_;
	return { id => $id, variant_id => 100 + $id, product_id => 10, sku => "S$id",
		title => 'Cup', name => "Cup - $id", price => $price, quantity => $quantity,
		tax_lines => [], discount_allocations => [], %more };
}
# {shop_money: …} and what the buyer saw.
sub money { return { shop_money => { amount => $_[0], currency_code => 'EUR' },
	presentment_money => { amount => $_[1] // $_[0], currency_code => defined $_[1] ? 'USD'
		: 'EUR' } } }
sub refund { return { id => 1, refund_line_items => [], refund_shipping_lines => [],
	order_adjustments => [], duties => [], transactions => [], @_ } }
sub back { my ($id, $quantity, $subtotal, %more) = @_;
	return { id => 5, line_item_id => $id, quantity => $quantity, subtotal => 0 + $subtotal,
		total_tax => 0, subtotal_set => money($subtotal), %more } }

sub clean { $w->sql(join ';', map { "DELETE FROM $_" } qw(Contact Address ContactIdentifier
	PurchaseHeader PurchaseDetail PurchaseGood Voucher LoyaltyPoint)) }
my $header = 'SELECT Amount, TaxFreeAmount, DiscountAmount, OriginalAmount, PurchaseStatusId FROM '
	. 'PurchaseHeader ORDER BY PurchaseHeaderId';
my $lines = 'SELECT Identifier, Quantity, Amount, TaxFreeAmount, DiscountAmount, '
	. 'OriginalQuantity, OriginalAmount, DeletionFlag FROM PurchaseDetail ORDER BY '
		. 'PurchaseDetailId';
my $sums = 'SELECT SUM(CASE WHEN d.DeletionFlag = 0 THEN d.Amount END) - MAX(h.Amount), SUM(CASE '
	. 'WHEN d.DeletionFlag = 0 THEN d.TaxFreeAmount END) - MAX(h.TaxFreeAmount) '
	. 'FROM PurchaseHeader h JOIN PurchaseDetail d USING (PurchaseHeaderId)';
# Numbers without the zeros that say nothing.
sub short { my ($sql) = @_;
	return [map { join ' ', map { /^-?\d+\.\d+$/ ? $_ + 0 : $_ } split /\|/ } @{
		$w->rows($sql) }] }

# Sends a body and compares: header (amount, tax-free, discount, original, status) and lines, or
# part of them.
sub stands {
	my ($name, $body, $want, @want) = @_;
	my $m = ask('Order/Update', $body);
	is($m->{outcome}, 'done', "$name: done") or diag($m->{reason});
	is_deeply(short($header), [$want], "$name: the purchase") or diag(explain(short($header)));
	is_deeply(short($lines), \@want, "$name: its lines") or diag(explain(short($lines)));
	return $m;
}

# ------------------------------------------------------------------ edited, with points and
# decision tables

sub run {
	my ($process) = @_;
	$w->{s}->sql(
		"INSERT INTO api_run (tenant_id, process, parameters, origin, state, not_before, "
			. "exclusive, created_at, result, log_tail)
		VALUES (1, '$process', '{}', 2, 1, '2026-01-01', '$process', '2026-01-01', '',
			'')");
	my $id = $w->{s}->value('SELECT MAX(run_id) FROM api_run');
	$w->{s}->until_is(1, "SELECT state > 2 FROM api_run WHERE run_id = $id", 60)
		or die "$process does not end";
}
sub settle { run($_) for qw(ComputeRefAmounts EarnPoints RefreshDecisionalData) }
my $club = 'SELECT (SELECT COALESCE(SUM(PointAmount), 0) FROM LoyaltyPoint), RefAmount, '
	. 'PurchaseCount, Quantity FROM DecisionContact';
my @then = map { $_ => "2024-03-0${_}T10:00:00Z" } 1 .. 9;
my %at = @then;
$w->admin('points set-rule C1 A1 1 --from 2020-01-01');

my $plain = sub { return order(created_at => $at{1}, updated_at => $at{1}, @_) };
is(ask('Order/Insert', $plain->(), undef, 'orders/create')->{reason} =~ s/\d+ of contact \d+/N/r,
	'Purchase N written with 2 lines; 0 gone.', 'an order of two lines');
settle();
is_deeply(short($club), ['50 50 1 2'], 'gives 50 points, and 50.00 in the decision tables');
my $edited = $plain->(updated_at => $at{2}, current_total_price => '20.00',
	current_subtotal_price => '20.00', current_total_tax => '0.00',
	current_total_discounts => '0.00',
	line_items => [line(1, '20.00', 1, current_quantity => 1),
		line(2, '30.00', 1, current_quantity => 0)]);
my $m = stands('one line edited away', $edited, '20 20 0 50 3', '1 1 20 20 0 1 20 0',
	'2 0 0 0 0 1 30 1');
like($m->{reason}, qr/written with 1 line; 1 gone/, 'the reason counts what stands');
is_deeply($m->{remarks}, [], 'and has nothing to remark');
settle();
is_deeply(short($club), ['20 20 1 1'], 'points are given back, the decision tables follow');
is_deeply(short('SELECT PointAmount FROM LoyaltyPoint ORDER BY LoyaltyPointId'), [50, -30],
	'by a movement of their own');
is_deeply(short('SELECT RefAmount FROM PurchaseDetail ORDER BY PurchaseDetailId'), [20, 0],
	'lines have their reference amounts');

stands('and put back', $plain->(updated_at => $at{3}, current_total_price => '50.00'),
	'50 50 0 50 3', '1 1 20 20 0 1 20 0', '2 1 30 30 0 1 30 0');
my $half = $plain->(updated_at => $at{4}, financial_status => 'partially_refunded',
	current_total_price => '20.00', line_items => [line(1, '20.00', 1, current_quantity => 1),
	line(2, '30.00', 1, current_quantity => 0)],
	refunds => [refund(refund_line_items => [back(2, 1, '30.00')],
		transactions => [{ kind => 'refund', status => 'success', amount => '30.00' }])]);
stands('and refunded', $half, '20 20 0 50 7', '1 1 20 20 0 1 20 0', '2 0 0 0 0 1 30 1');
my $all = $plain->(updated_at => $at{5}, financial_status => 'refunded',
	current_total_price => '0.00',
	line_items => [map { line($_, $_ == 1 ? '20.00' : '30.00', 1, current_quantity => 0) } 1,
		2],
	refunds => [refund(refund_line_items => [back(2, 1, '30.00')]),
		refund(id => 2, refund_line_items => [back(1, 1, '20.00')])]);
stands('and refunded in full', $all, '0 0 0 50 8', '1 0 0 0 0 1 20 1', '2 0 0 0 0 1 30 1');
settle();
is_deeply(short($club), ['0 NULL 0 NULL'], 'no points, no turnover');
my $charged = $plain->(id => 7009, total_price => '55.00', total_tip_received => '5.00',
	lines => [[1, '20.00', 2]], shipping_lines => [{ title => 'Post', price => '10.00' }]);
is(ask('Order/Insert', $charged)->{outcome}, 'done', 'an order with shipping and a tip');
settle();
is_deeply(short($club), ['55 55 1 2'], 'they are turnover, and no pieces');
$w->sql("DELETE d, h FROM PurchaseDetail d JOIN PurchaseHeader h USING (PurchaseHeaderId) WHERE "
	. "h.PurchaseIdentifier = '7009'");

# ------------------------------------------------------------------ what was first ordered

stands('more was added to it', $plain->(updated_at => $at{6}, total_price => '90.00',
	current_total_price => '90.00', lines => [[1, '20.00', 3], [2, '30.00', 1]]),
	'90 90 0 50 3',
	'1 3 60 60 0 1 20 0', '2 1 30 30 0 1 30 0');
is_deeply(short('SELECT COUNT(*), SUM(OriginalAmount) FROM PurchaseDetail'), ['2 50'],
	'what was first ordered stays');
my $key = 'key-1';
for my $value ('7.00', undef) {
	my $r = $w->post('Standard/PurchaseHeader/Update',
		{ PurchaseIdentifier => '7001', SourceId => 1, OriginalAmount => '11.00',
			Amount => '11.00' }) if !defined $value;
	$r //= $w->post('Standard/PurchaseHeader/Insert',
		{ PurchaseIdentifier => '7001', SourceId => 1, OriginalAmount => $value,
			Amount => '5.00' });
	is($r->{outcome}, 'done', 'a body of Standard');
}
is_deeply(short("SELECT Amount, OriginalAmount FROM PurchaseHeader WHERE SourceId = 1"), ['11 7'],
	'sets it once, and no later one');
is($w->post('Standard/PurchaseHeader/Update', { PurchaseIdentifier => '7001', SourceId => 1,
	OriginalAmount => undef, Amount => '12.00' })->{outcome}, 'done', 'nor does null');
is_deeply(short("SELECT Amount, OriginalAmount FROM PurchaseHeader WHERE SourceId = 1"), ['12 7'],
	'clear it');
$w->sql('DELETE FROM PurchaseHeader WHERE SourceId = 1; UPDATE PurchaseHeader SET OriginalAmount '
	. '= NULL; UPDATE PurchaseDetail SET OriginalAmount = NULL, OriginalQuantity = NULL');
stands('rows of before there was such a column', $edited = { %$edited, updated_at => $at{7} },
	'20 20 0 50 3', '1 1 20 20 0 1 20 0', '2 0 0 0 0 1 30 1');
my @before = (@{ $w->rows('SELECT * FROM PurchaseHeader') },
	@{ $w->rows('SELECT * FROM PurchaseDetail') });
is(ask('Order/Update', $edited)->{outcome}, 'done', 'the same again');
is_deeply([@{ $w->rows('SELECT * FROM PurchaseHeader') },
	@{ $w->rows('SELECT * FROM PurchaseDetail') }], \@before,
	'changes nothing, dates included');
clean();
stands('first seen after its edit', $edited, '20 20 0 50 3', '1 1 20 20 0 1 20 0',
	'2 0 0 0 0 1 30 1');

# ------------------------------------------------------------------ refunds, quantities, returns

my $case = sub { my ($name, $body, @want) = @_; clean(); my $m = stands($name, $body, @want);
	is_deeply($m->{remarks}, [], "$name: nothing to remark"); return $m };
$case->('a quantity lowered', order(total_price => '30.00', current_total_price => '20.00',
	lines => [[1, '10.00', 3, current_quantity => 2]]), '20 20 0 30 3', '1 2 20 20 0 3 30 0');
$case->('without what the shop reckons',
	order(total_price => '30.00', lines => [[1, '10.00', 3, current_quantity => 2]]),
	'20 20 0 30 3', '1 2 20 20 0 3 30 0');
$case->('and discounted, taxed', order(total_price => '27.00', total_tax => '4.50',
	total_discounts => '3.00', current_total_price => '18.00', current_total_tax => '3.00',
	current_total_discounts => '2.00',
	lines => [[1, '10.00', 3, current_quantity => 2,
		discount_allocations => [{ amount => '1.00' }, { amount => '2.00' }],
		tax_lines => [{ price => '4.50' }]]]), '18 15 2 27 3', '1 2 18 15 2 3 27 0');
$case->('two partial refunds',
	order(total_price => '70.00', financial_status => 'partially_refunded',
		lines => [[1, '10.00', 4], [2, '30.00', 1]],
	refunds => [refund(refund_line_items => [back(1, 1, '10.00')]),
		refund(refund_line_items => [back(1, 2, '20.00'), back(2, 1, '30.00')])]),
		'10 10 0 70 7', '1 1 10 10 0 4 40 0', '2 0 0 0 0 1 30 1');
$case->('tax on top', order(taxes_included => $no, total_price => '36.00', total_tax => '6.00',
	financial_status => 'partially_refunded',
	lines => [[1, '10.00', 3, tax_lines => [{ price => '6.00' }]]],
	refunds => [refund(refund_line_items => [back(1, 1, '10.00', total_tax => 2,
		total_tax_set => money('2.00'))])]), '24 20 0 36 7',
	'1 2 24 20 0 3 36 0');
$case->('a return that is kept',
	order(total_price => '30.00', financial_status => 'partially_refunded',
		current_total_price => '20.00', lines => [[1, '10.00', 3, current_quantity => 3]],
	refunds => [refund(refund_line_items => [back(1, 1, '10.00',
		restock_type => 'no_restock')])]), '20 20 0 30 7', '1 3 20 20 0 3 30 0');
$case->('refunds that do not say what they are worth',
	order(total_price => '40.00', financial_status => 'partially_refunded',
		lines => [[1, '10.00', 4]],
	refunds => [refund(refund_line_items => [{ line_item_id => 1, quantity => 3 }])]),
	'10 10 0 40 7', '1 1 10 10 0 4 40 0');
$case->('discounts go with what they were for',
	order(total_price => '45.00', total_discounts => '5.00',
		financial_status => 'partially_refunded',
		lines => [[1, '25.00', 2, discount_allocations => [{ amount => '5.00' }]]],
	refunds => [refund(refund_line_items => [back(1, 1, '22.50')])]), '22.5 22.5 2.5 45 7',
	'1 1 22.5 22.5 2.5 2 45 0');
$case->('thirds are rounded', order(total_price => '20.00', total_discounts => '10.00',
	current_total_price => '13.33', current_total_discounts => '6.67',
	lines => [[1, '10.00', 3, current_quantity => 2,
		discount_allocations => [{ amount => '10.00' }]]]), '13.33 13.33 6.67 20 3',
		'1 2 13.33 13.33 6.67 3 20 0');
$case->('as the shop does', order(total_price => '20.00', total_discounts => '10.00',
	current_total_price => '13.34', current_total_discounts => '6.66',
	lines => [[1, '10.00', 3, current_quantity => 2,
		discount_allocations => [{ amount => '10.00' }]]]), '13.34 13.34 6.66 20 3',
		'1 2 13.34 13.34 6.67 3 20 0');
$case->('yen have no places', order(currency => 'JPY', total_price => '1000',
	total_discounts => '100', current_total_price => '667', current_total_discounts => '67',
	total_tax => '0',
	lines => [[1, '367', 3, current_quantity => 2,
		discount_allocations => [{ amount => '101' }]]]), '667 667 67 1000 3',
		'1 2 667 667 67 3 1000 0');
$case->('an amount with the noise of a double',
	order(total_price => '30.00', financial_status => 'partially_refunded',
		lines => [[1, '10.00', 3]],
	refunds => [refund(refund_line_items => [{ line_item_id => 1, quantity => 1,
		subtotal => 9.9999999999999982, total_tax => 0 }])]), '20 20 0 30 7',
		'1 2 20 20 0 3 30 0');

$case->('an id twice', order(total_price => '70.00', financial_status => 'partially_refunded',
	lines => [[1, '20.00', 1], [1, '30.00', 2], [2, '10.00', 1], [1, '0.00', 1]],
	total_price => '90.00',
	refunds => [refund(refund_line_items => [back(1, 1, '20.00')])]), '70 70 0 90 7',
	'1 0 0 0 0 1 20 1', '1#2 2 60 60 0 2 60 0', '2 1 10 10 0 1 10 0', '1#3 1 0 0 0 1 0 0');

# shipping refunded alone: as adjustments, as shipping lines, both, and as the shop's own current
# price
my @ship = (total_price => '60.00', financial_status => 'partially_refunded',
	lines => [[1, '50.00', 1, current_quantity => 1]]);
my $post = sub { return (shipping_lines => [{ title => 'Post', price => '10.00',
	discounted_price => '10.00', tax_lines => [], discount_allocations => [], @_ }]) };
my $adjust = { kind => 'shipping_refund', amount => '-10.00', tax_amount => '0.00',
	reason => 'Shipping refund' };
my $ship_back = { shipping_line_id => 3, subtotal_amount_set => money('10.00'),
	tax_amount_set => money('0.00') };
my @gone = ('50 50 0 60 7', '1 1 50 50 0 1 50 0', '7001/shipping-fee 0 0 0 0 1 10 1');
$case->('shipping refunded',
	order(@ship, $post->(), refunds => [refund(order_adjustments => [$adjust])]), @gone);
$case->('shipping refunded, told anew',
	order(@ship, $post->(), refunds => [refund(refund_shipping_lines => [$ship_back])]), @gone);
$case->('shipping refunded, told both ways', order(@ship, $post->(), current_total_price => '50.00',
	refunds => [refund(refund_shipping_lines => [$ship_back], order_adjustments => [$adjust])]),
	@gone);
$case->('shipping refunded, reckoned by the shop',
	order(@ship, $post->(current_discounted_price_set => money('0.00')),
		current_total_price => '50.00',
		refunds => [refund(refund_shipping_lines => [$ship_back])]), @gone);
$case->('half of it',
	order(@ship, $post->(),
		refunds => [
			refund(refund_shipping_lines =>
				[{ subtotal_amount_set => money('4.00') }])]), '56 56 0 60 7',
				'1 1 50 50 0 1 50 0', '7001/shipping-fee 1 6 6 0 1 10 0');
$case->('free shipping stays', order(total_price => '50.00', total_discounts => '10.00',
	lines => [[1, '50.00', 1]], $post->(discounted_price => '0.00')), '50 50 10 50 3',
	'1 1 50 50 0 1 50 0',
	'7001/shipping-fee 1 0 0 10 1 0 0');
$case->('shipping discounted by the order', order(total_price => '56.00', total_discounts => '4.00',
	lines => [[1, '50.00', 1]], $post->(discount_allocations => [{ amount => '4.00' }])),
	'56 56 4 56 3',
	'1 1 50 50 0 1 50 0', '7001/shipping-fee 1 6 6 4 1 6 0');

# money back beyond the lines, and short of them
my $goodwill = { kind => 'refund_discrepancy', amount => '-10.00', tax_amount => '0.00',
	reason => 'Refund discrepancy' };
my @one = (lines => [[1, '50.00', 1, current_quantity => 1]],
	financial_status => 'partially_refunded');
my @less = ('40 40 0 50 7', '1 1 50 50 0 1 50 0', '7001/adjustment 1 -10 -10 0 0 0 0');
$case->('goodwill', order(@one, refunds => [refund(order_adjustments => [$goodwill])]), @less);
$case->('goodwill that the total does not hold', order(@one, current_total_price => '50.00',
	refunds => [refund(order_adjustments => [$goodwill])]), @less);
$case->('goodwill that it does', order(@one, current_total_price => '40.00',
	refunds => [refund(order_adjustments => [{ %$goodwill, kind => undef }])]), @less);
$case->('money without a word',
	order(@one, refunds => [refund(transactions => [{ kind => 'refund', status => 'success',
		amount => '10.00', currency => 'EUR' },
	{ kind => 'refund', status => 'failure', amount => '7.00' },
	{ kind => 'refund', status => 'success', amount => '11.20', currency => 'USD' },
	{ kind => 'sale', status => 'success', amount => '50.00' }])]), @less);
$case->('kept back of a return', order(financial_status => 'partially_refunded',
	lines => [[1, '20.00', 1], [2, '30.00', 1]],
	refunds => [refund(refund_line_items => [back(2, 1, '30.00')],
		order_adjustments => [{ %$goodwill, amount => '5.00' }])]), '25 25 0 50 7',
		'1 1 20 20 0 1 20 0', '2 0 0 0 0 1 30 1', '7001/adjustment 1 5 5 0 0 0 0');
$case->('refunded without a return', order(@one, financial_status => 'refunded',
	current_total_price => '50.00', current_total_tax => '8.00',
	refunds => [refund(order_adjustments => [{ %$goodwill, amount => '-50.00' }])]),
	'0 0 0 50 8', '1 1 50 50 0 1 50 0', '7001/adjustment 1 -50 -50 0 0 0 0');
$case->('refunded, and nothing told of it', order(@one, financial_status => 'refunded'),
	'0 0 0 50 8', '1 1 50 50 0 1 50 0', '7001/adjustment 1 -50 -50 0 0 0 0');
$case->('cancelled and refunded, with shipping',
	order(lines => [[1, '20.00', 2, current_quantity => 0],
		[2, '0.98', 1, current_quantity => 0]], total_price => '50.96',
		current_total_price => '0.00', current_total_tax => '0.00',
	financial_status => 'refunded', cancelled_at => '2026-11-01T12:00:00Z',
	$post->(price => '9.98', discounted_price => '9.98'),
	refunds => [refund(order_adjustments => [{ %$adjust, amount => '-9.98' }],
	refund_line_items => [back(1, 2, '40.00', restock_type => 'cancel'),
		back(2, 1, '0.98', restock_type => 'cancel')])]), '0 0 0 50.96 9',
		'1 0 0 0 0 2 40 1', '2 0 0 0 0 1 0.98 1', '7001/shipping-fee 0 0 0 0 1 9.98 1');
stands('and no adjustment any more', order(@one, updated_at => '2026-11-05T00:00:00Z',
	lines => [[1, '50.96', 1]], total_price => '50.96',
	$post->(price => '0.00', discounted_price => '0.00')), '50.96 50.96 0 50.96 7',
	'1 1 50.96 50.96 0 2 40 0', '2 0 0 0 0 1 0.98 1', '7001/shipping-fee 1 0 0 0 1 9.98 0');

# a body of a real shop
my $eur = do { open my $in, '<:raw',
	"$ENV{SRCDIR}/t/fixtures/shopify/order_eur_partially_refunded.json" or die $!; local $/;
	$json->decode(<$in>)->{order} };
$case->('a refund of 2017', { %$eur, test => $no }, '320 320 0 470 7',
	'10069290756 2 300 300 0 3 450 0', '10069290820 5 0 0 0 5 0 0',
	'5182437124/shipping-fee 1 20 20 0 1 20 0');
clean();
$m = stands('another currency', order(presentment_currency => 'USD', current_total_price => '20.00',
	current_total_price_set => money('20.00', '22.00'),
	total_price_set => money('50.00', '55.00'),
	line_items => [line(1, '20.00', 1, current_quantity => 1),
		line(2, '30.00', 1, current_quantity => 0)]), '20 20 0 50 3', '1 1 20 20 0 1 20 0',
		'2 0 0 0 0 1 30 1');
is_deeply(short('SELECT FreeField1, FreeFieldNumber1 FROM PurchaseHeader'), ['USD 22'],
	'what the buyer saw, now');

for (
	[order(lines => [[1, '10.00', 1, current_quantity => -1]]),
		qr/In line_items\[0\]: "current_quantity" is not a whole number/],
	[order(lines => [[1, '10.00', 1, current_quantity => 'two']]),
		qr/In line_items\[0\]: "current_quantity" is not a whole number/],
	[order(current_total_price => 'nothing'), qr/"current_total_price" is not an amount/],
	[order(refunds => [refund(),
		refund(refund_line_items => [back(1, 1, 1), { line_item_id => 'x' }])]),
		qr/In refunds\[1\]: In refund_line_items\[1\]: "line_item_id" is not the number/],
	[order(refunds => [refund(refund_line_items => [{ line_item_id => 1, quantity => 1,
		subtotal => 'x' }])]),
		qr/In refunds\[0\]: In refund_line_items\[0\]: "subtotal" is not an amount/],
	[order(refunds => [refund(order_adjustments => [{ amount => '1e9' }])]),
		qr/In refunds\[0\]: In order_adjustments\[0\]: "amount" is not an amount/],
	[order(total_price => '55.00', total_tip_received => 'much'),
		qr/"total_tip_received" is not an amount/],
) {
	$m = ask('Order/Insert', $_->[0]);
	like("$m->{outcome} $m->{reason}", qr/^dead .*$_->[1]/, "refused: $_->[1]");
}

# ------------------------------------------------------------------ every sample

my $samples = 0;
for my $file (sort glob "$ENV{SRCDIR}/t/fixtures/shopify/*.json") {
	my $body = do { open my $in, '<:raw', $file or die $!; local $/; $json->decode(<$in>) };
	$body = $body->{order} if ref $body eq 'HASH' && ref $body->{order} eq 'HASH';
	next if ref $body ne 'HASH' || !$body->{line_items} || !defined $body->{financial_status}
		|| $body->{currency} !~ /^[A-Z]{3}$/;
	my ($name) = $file =~ m{([^/]+)\.json$};
	clean();
	my $m = ask('Order/Update', { %$body, test => $no });
	is($m->{outcome}, 'done', "$name: done") or diag($m->{reason});
	my %gone;
	for my $back (map { @{ $_->{refund_line_items} } } @{ $body->{refunds} // [] }) {
		$gone{ $back->{line_item_id} } += $back->{quantity} }
	my %left = map { $_->{id} => $_->{current_quantity} // $_->{quantity} - ($gone{ $_->{id} }
		// 0) } @{ $body->{line_items} };
	$left{"$body->{id}/shipping-fee"} = 1 if @{ $body->{shipping_lines} };
	delete @left{ grep { !$left{$_} } keys %left };
	my %live = map { my ($id, $quantity) = split /\|/;
		($id => $quantity + 0) } @{
			$w->rows('SELECT Identifier, Quantity FROM PurchaseDetail WHERE '
				. 'DeletionFlag = 0') };
	is_deeply(\%live, { map { $_ => $left{$_} + 0 } keys %left },
		"$name: the lines that stand are live");
	my ($lacks) = map { my ($amount) = split /\|/;
		sprintf '%.2f', abs $amount } @{ $w->rows($sums) };
	is_deeply([map { /: ([0-9.]+) (?:is in no line|of the lines is not in the order)\.$/ ? $1
		: $_ } @{ $m->{remarks} }], [grep { $_ != 0 } $lacks],
		"$name: they add up, or the receipt says by how much");
	is($w->value('SELECT COUNT(*) FROM Contact'), 1, "$name: one contact");
	$samples++;
}
is($samples, 9, 'all of them');

# ------------------------------------------------------------------ everything in the total has a
# line

my $types = 'SELECT d.Identifier, d.Sku, d.Label, d.Amount, g.Identifier, g.Label, t.Label FROM '
	. 'PurchaseDetail d JOIN PurchaseGood g USING (PurchaseGoodId) JOIN PurchaseGoodType t '
		. 'USING (PurchaseGoodTypeId) '
	. 'WHERE d.DeletionFlag = 0 ORDER BY PurchaseDetailId';
my $adds = sub {
	my ($name, $body, @want) = @_;
	clean();
	my $m = ask('Order/Insert', $body);
	is($m->{outcome}, 'done', "$name: done") or diag($m->{reason});
	is_deeply(short($types), \@want, "$name: its lines") or diag(explain(short($types)));
	is_deeply($m->{remarks}, [], "$name: nothing to remark");
	is_deeply(short($sums), ['0 0'], "$name: they add up");
};
my @two = ('1 S1 Cup - 1 20 101 Cup - 1 Product', '2 S2 Cup - 2 30 102 Cup - 2 Product');
$adds->('a tip', order(total_price => '55.00', total_tip_received => '5.00'), @two,
	'7001/tip tip Tip 5 tip Tip Tip');
$adds->('a tip as a line', order(total_price => '55.00', total_tip_received => '5.00',
	lines => [[1, '20.00', 1], [2, '30.00', 1],
	[3, '5.00', 1, variant_id => undef, product_id => undef, sku => undef, name => 'Tip',
		title => 'Tip', tip_payment_gateway => undef, tip_payment_method => 'Visa']]), @two,
		'3 tip Tip 5 tip Tip Tip');
$adds->('a tip that the total does not hold', order(total_tip_received => '5.00'), @two);
$adds->('two tips, one of them a line', order(total_price => '57.00', total_tip_received => '7.00',
	lines => [[1, '20.00', 1], [2, '30.00', 1],
	[3, '5.00', 1, variant_id => undef, product_id => undef, sku => undef, name => 'Tip',
		title => 'Tip', tip_payment_gateway => 'shopify_payments']]), @two,
		'3 tip Tip 5 tip Tip Tip', '7001/tip tip Tip 2 tip Tip Tip');
my @duty = (line_items => [line(1, '20.00', 1,
	duties => [{ id => 1, shop_money => { amount => '3.00' }, tax_lines => [] }]),
	line(2, '30.00', 1, duties => [{ id => 2, shop_money => { amount => '4.50' } }])]);
$adds->('duties', order(total_price => '57.50', @duty), @two,
	'7001/duties duties Duties 7.5 duties Duties Duty');
$adds->('duties as the order says', order(total_price => '57.50', current_total_price => '57.50',
	original_total_duties_set => money('7.50'), current_total_duties_set => money('7.50')),
	@two,
	'7001/duties duties Duties 7.5 duties Duties Duty');
$adds->('duties in the prices', order(@duty, duties_included => $yes), @two);
$adds->('fees', order(total_price => '51.20', original_total_additional_fees_set => money('1.20'),
	current_total_additional_fees_set => money('1.20')), @two,
	'7001/additional-fee additional-fee Additional fees 1.2 additional-fee Additional fees Fee');
$adds->('fees one by one, taxed', order(taxes_included => $no, total_price => '52.40',
	total_tax => '0.40',
	additional_fees => [{ name => 'A', price_set => money('1.50'),
		tax_lines => [{ price => '0.30' }] },
	{ name => 'B', price_set => money('0.50'), tax_lines => [{ price => '0.10' }] }]), @two,
	'7001/additional-fee additional-fee Additional fees 2.4 additional-fee Additional fees Fee');
$adds->('gift wrapping', order(total_price => '54.00', lines => [[1, '20.00', 1], [2, '30.00', 1],
	[3, '4.00', 1, variant_id => undef, product_id => undef, sku => '', name => 'Gift wrapping',
		title => 'Gift wrapping']]), @two,
	'3 gift-wrapping Gift wrapping 4 gift-wrapping Gift wrapping Gift wrapping');
$adds->('gift wrapping in German, with a SKU',
	order(total_price => '54.00', lines => [[1, '20.00', 1], [2, '30.00', 1],
		[3, '4.00', 1, variant_id => undef, sku => 'WRAP',
			name => 'Geschenkverpackung rot']]), @two,
	'3 WRAP Geschenkverpackung rot 4 sku:WRAP Geschenkverpackung rot Gift wrapping');
$adds->('a gift card', order(total_price => '50.00', lines => [[1, '50.00', 1, gift_card => $yes]]),
	'1 S1 Cup - 1 50 101 Cup - 1 Gift card');
$adds->('all of it', order(total_price => '76.20', total_tip_received => '5.00', $post->(), @duty,
	total_discounts => '0.00', original_total_additional_fees_set => money('3.70')), @two,
	'7001/shipping-fee shipping-fee Post 10 shipping-fee Shipping Shipping',
	'7001/duties duties Duties 7.5 duties Duties Duty',
	'7001/additional-fee additional-fee Additional fees 3.7 additional-fee Additional fees Fee',
	'7001/tip tip Tip 5 tip Tip Tip');
$case->('duties given back', order(total_price => '57.50', @duty,
	financial_status => 'partially_refunded',
	refunds => [refund(duties => [{ duty_id => 2, amount_set => money('4.50') }])]),
	'53 53 0 57.5 7',
	'1 1 20 20 0 1 20 0', '2 1 30 30 0 1 30 0', '7001/duties 1 3 3 0 1 7.5 0');
$case->('duties given back in full', order(total_price => '57.50', current_total_price => '50.00',
	original_total_duties_set => money('7.50'), current_total_duties_set => money('0.00')),
	'50 50 0 57.5 3',
	'1 1 20 20 0 1 20 0', '2 1 30 30 0 1 30 0', '7001/duties 0 0 0 0 1 7.5 1');
$case->('a discount of the whole order, of before the allocations',
	order(total_price => '46.67', total_discounts => '3.33',
		line_items => [map { my $l = line(@$_); delete $l->{discount_allocations};
			$l } [1, '20.00', 1], [2, '30.00', 1]]),
	'46.67 46.67 3.33 46.67 3', '1 1 18.67 18.67 1.33 1 18.67 0', '2 1 28 28 2 1 28 0');

for (['48.00',
	'The lines add up to 50.00, the order to 48.00: 2.00 of the lines is not in the order.'],
	['52.50', 'The lines add up to 50.00, the order to 52.50: 2.50 is in no line.']) {
	clean();
	is_deeply(ask('Order/Insert', order(total_price => $_->[0]))->{remarks}, [$_->[1]],
		"lines of 50.00, an order of $_->[0]: the receipt says so");
}
clean();
my $receipt = send_body('Order/Insert', order(total_price => '50.30'));
$w->take;
my %token = ('X-Crm360Api-Token' => 'token-canary', 'X-Crm360Api-CustomerName' => 'C1',
	'X-Crm360Api-DatabaseAlias' => 'A1');
$w->{s}->sql("INSERT INTO api_token (alias_id, token_hash, rights, created_at) VALUES (1, x'"
	. sha256_hex('token-canary') . "', 'webhook', '2026-01-01')");
is_deeply($w->request('GET', "/ProcessManagement/Connector/Standard/Receipt/C1/A1/$receipt", undef,
	%token)->{json}{Remarks},
	['The lines add up to 50.00, the order to 50.30: 0.30 is in no line.'],
	'the sender reads it in the receipt');
like($w->admin("queue show $receipt"),
	qr/The lines add up to 50\.00, the order to 50\.30: 0\.30 is in no line\./,
	'queue show has the remark');

# ------------------------------------------------------------------ goods

my $goods = 'SELECT Identifier, Sku, Reference, Label FROM PurchaseGood ORDER BY PurchaseGoodId';
my $of = 'SELECT d.Identifier, g.Identifier FROM PurchaseDetail d LEFT JOIN PurchaseGood g USING '
	. '(PurchaseGoodId) WHERE d.DeletionFlag = 0 ORDER BY PurchaseDetailId';
clean();
my $sizes = order(lines => [[1, '20.00', 1, variant_id => undef, sku => 'TEE-S', title => 'Tee',
	name => 'Tee - S'], [2, '30.00', 1, variant_id => undef, sku => 'TEE-M', title => 'Tee',
	name => 'Tee - M'],
	[3, '0.00', 1, variant_id => undef, sku => undef, title => 'Tee', name => 'Tee - XL'],
	[4, '0.00', 1, variant_id => undef, product_id => undef, sku => undef, name => 'Anything']],
	$post->(price => '0.00'));
ask('Order/Insert', $sizes);
is_deeply(short($goods), ['sku:TEE-S TEE-S 10 Tee - S', 'sku:TEE-M TEE-M 10 Tee - M',
	'product:10 NULL 10 Tee', 'shipping-fee shipping-fee NULL Shipping'],
	'a SKU is a good; a product is named by itself, shipping by its kind');
is_deeply(short($of), ['1 sku:TEE-S', '2 sku:TEE-M', '3 product:10', '4 NULL',
	'7001/shipping-fee shipping-fee'], 'each line its own');
ask('Product/Update', { id => 10, title => 'Tee', updated_at => '2026-11-02T00:00:00Z',
	variants => [{ id => 901, title => 'S', sku => 'TEE-S', price => '20.00' },
		{ id => 902, title => 'L', sku => 'TEE-L', price => '20.00' }] });
ask('Order/Insert',
	order(id => 7002, lines => [[5, '20.00', 1, variant_id => undef, sku => 'TEE-L'],
		[6, '30.00', 1, variant_id => undef, sku => 'TEE-S']]));
is_deeply([@{ short($of) }[5, 6]], ['5 902', '6 901'], 'a SKU that a variant has is that variant');
is_deeply(short('SELECT Identifier FROM PurchaseGood WHERE DeletionFlag = 0 AND Sku = "TEE-S"'),
	['901'], 'which takes the place of the good that an order had made');
ask('Order/Insert', { %$sizes, updated_at => '2026-11-03T00:00:00Z' });
is_deeply([@{ short($of) }[0 .. 2]], ['1 901', '2 sku:TEE-M', '3 product:10'],
	'the earlier order again: it as well; a SKU that no variant has keeps its good');
my $goods_now = $w->rows($goods);
ask('Order/Insert', { %$sizes, updated_at => '2026-11-03T00:00:00Z' });
is_deeply($w->rows($goods), $goods_now, 'and again: nothing new');
# What an earlier version left: one good of the product, named by the first line.
clean();
$w->sql("INSERT INTO PurchaseGood (Identifier, SourceId, Reference, Label, PurchaseGoodTypeId, "
	. "CreationDate, ModificationDate) VALUES ('product:10', 2, '10', 'Tee - S', 1, "
		. "'2026-01-01', '2026-01-01')");
ask('Order/Insert', $sizes);
ask('Order/Insert', $sizes);
is_deeply(short('SELECT Identifier, COUNT(*) FROM PurchaseDetail GROUP BY 1 ORDER BY 1'),
	['1 1', '2 1', '3 1', '4 1', '7001/shipping-fee 1'],
	'no line twice beside goods of an earlier version');
is_deeply(short('SELECT Identifier FROM PurchaseGood ORDER BY 1'),
	['product:10', 'shipping-fee', 'sku:TEE-M', 'sku:TEE-S'], 'nor a good');

# ------------------------------------------------------------------ within one second

my $newer = sub { return order(id => 8001, updated_at => '2026-11-02T10:00:00Z',
	total_price => $_[0], lines => [[1, $_[0], 1]]) };
my $amount = 'SELECT Amount FROM PurchaseHeader';
for (['2026-11-02T10:00:00.900Z', '2026-11-02T10:00:00.200Z'],
	['2026-11-02T10:00:07.000200Z', '2026-11-02T10:00:07.000100Z'],
	['2026-11-02T11:59:00Z', '2026-11-02T10:20:00Z'],
	['2026-11-02T10:00:00.1Z', '2026-11-02T09:59:59.9Z']) {
	my ($late, $early) = @$_;
	clean();
	ask('Order/Update', $newer->('20.00'), $late);
	is(ask('Order/Update', $newer->('99.00'), $early)->{outcome}, 'superseded',
		"$early after $late: older");
	is_deeply(short($amount), [20], 'and writes nothing');
	is(ask('Order/Update', $newer->('21.00'), $late)->{outcome}, 'done',
		'the same instant again is taken');
	clean();
	ask('Order/Update', $newer->('99.00'), $early);
	is(ask('Order/Update', $newer->('20.00'), $late)->{outcome}, 'done',
		'the other way round: newer');
	is_deeply(short($amount), [20], 'and written');
}
clean();
ask('Order/Update', { %{ $newer->('20.00') }, updated_at => '2026-11-02T10:00:01Z' },
	'2026-11-02T10:00:01.1Z');
is(ask('Order/Update', $newer->('99.00'), '2026-11-30T10:00:00Z')->{outcome}, 'superseded',
	'an older updated_at never wins, however late its notice');
ask('Order/Update', { %{ $newer->('30.00') }, updated_at => '2026-11-02T10:00:01Z' });
is_deeply(short($amount), [30], 'without the header the later arrival of the same second counts');
for my $case (['Customer', { id => 700, first_name => 'Ann', last_name => 'Lee',
	email => 'ann@example.com' }, 'last_name', 'SELECT LastName FROM Contact'],
	['Product', { id => 10, title => 'Cup', variants => [] }, 'title',
		'SELECT Label FROM PurchaseGood']) {
	my ($entity, $body, $member, $sql) = @$case;
	clean();
	ask("$entity/Update", { %$body, $member => 'New', updated_at => '2026-11-02T10:00:00Z' },
		'2026-11-02T10:00:00.900Z');
	is(ask("$entity/Update", { %$body, $member => 'Old', updated_at => '2026-11-02T10:00:00Z' },
		'2026-11-02T10:00:00.200Z')->{outcome}, 'superseded', "$entity: the same");
	is_deeply($w->rows($sql), ['New'], 'the newer stays');
}

# ------------------------------------------------------------------ deletions

my %flag = (Order => 'SELECT MAX(DeletionFlag), COUNT(*) FROM PurchaseHeader',
	Customer => 'SELECT MAX(DeletionFlag), COUNT(*) FROM Contact',
	Product => 'SELECT MIN(DeletionFlag), COUNT(*) FROM PurchaseGood');
my %body = (Order => order(id => 9001), Customer => { id => 9101, first_name => 'Ann',
	last_name => 'Lee' }, Product => { id => 9201, title => 'Cup',
	variants => [{ id => 9002, title => 'Red' }] });
for my $entity (sort keys %body) {
	my ($ahead, $id) = ('2099-01-01T00:00:00Z', $body{$entity}{id});
	clean();
	ask("$entity/Update", { %{ $body{$entity} }, updated_at => $ahead });
	is(ask("$entity/Delete", { id => $id }, '2098-01-01T00:00:00Z')->{outcome}, 'superseded',
		"$entity: a deletion that says it is older");
	is(ask("$entity/Delete", { id => $id })->{outcome}, 'done',
		"$entity: one that does not say deletes, though the shop's clock is ahead");
	like($w->rows($flag{$entity})->[0], qr/^1\|/, 'it is marked');
	is($w->value("SELECT COUNT(*) FROM PurchaseDetail WHERE DeletionFlag = 0"), 0,
		'and its lines') if $entity eq 'Order';
	is(ask("$entity/Update",
		{ %{ $body{$entity} }, updated_at => '2098-12-31T23:59:59Z' })->{outcome},
		'superseded', 'a late state does not bring it back');
	is(ask("$entity/Delete", { id => $id })->{outcome}, 'done', 'deleted twice');
	clean();
	ask("$entity/Update", { %{ $body{$entity} }, updated_at => '2026-11-02T10:00:00Z' },
		'2026-11-02T10:03:00Z');
	is(ask("$entity/Delete", { id => $id }, '2026-11-02T10:00:00.5Z')->{outcome}, 'done',
		"$entity: a deletion of the same second comes last");
}
clean();
$w->post('Standard/Store/Insert', { StoreIdentifier => 'ahead', Label => 'X' });
$w->sql("UPDATE Store SET SourceStamp = '2099-01-01'");
is($w->post('Standard/Store/Delete',
	{ StoreIdentifier => 'ahead', SourceStamp => '2026-01-01T00:00:00Z' })->{outcome},
	'superseded', 'Standard: a deletion that says it is older');
is($w->post('Standard/Store/Delete',
	[{ StoreIdentifier => 'ahead' }, { StoreIdentifier => 'new' }])->{reason},
	'Stores: 2 deleted, 0 not known, 0 newer than the deletion',
	'Standard: one that does not say deletes');
is_deeply($w->rows("SELECT DeletionFlag, SourceStamp FROM Store WHERE StoreIdentifier = 'ahead'"),
	['1|2099-01-01 00:00:00.000000'], 'as of what was stored');

# ------------------------------------------------------------------ orders made at random

# All in cents. What stands is reckoned as the shop does: pieces, less what goes back, tax and
# discounts by their share, a half up.
my $seed = $ENV{SEED} // time;
srand $seed;
note("SEED=$seed");
sub half_up { return floor($_[0] + 0.5) }
sub cents { return sprintf '%.2f', $_[0] / 100 }
sub random_order {
	my ($id) = @_;
	my ($included, $told, $tells_refunds) = (rand() < 0.5, rand() < 0.6, rand() < 0.7);
	my (@items, @back, %left, $total, $now);
	for my $n (1 .. 1 + int rand 5) {
		my ($price, $quantity) = (int rand 5000, 1 + int rand 5);
		my $discount = rand() < 0.4 ? int rand($price * $quantity / 2 + 1) : 0;
		my $net = $price * $quantity - $discount;
		my $tax = $included ? half_up($net / 6) : half_up($net / 5);
		my $gone = rand() < 0.4 ? int rand($quantity + 1) : 0;
		my ($back, $back_tax) = map { $gone == $quantity ? $_
			: half_up($_ * $gone / $quantity) } $net, $tax;
		$total += $net + ($included ? 0 : $tax);
		$now += $net - $back + ($included ? 0 : $tax - $back_tax);
		$left{"$id$n"} = $quantity - $gone if $gone < $quantity;
		push @items, line("$id$n", cents($price), $quantity,
			$told || !$tells_refunds ? (current_quantity => $quantity - $gone) : (),
			tax_lines => [{ price => cents($tax) }],
			discount_allocations => $discount ? [{ amount => cents($discount) }] : []);
		push @back, back("$id$n", $gone, cents($back),
			total_tax_set => money(cents($back_tax))) if $gone;
	}
	my %more;
	if (rand() < 0.7) {
		my $price = int rand 2000;
		my $off = rand() < 0.3 ? int rand($price + 1) : 0;
		my $kept = rand() < 0.2 ? 0 : $price - $off;
		$more{shipping_lines} = [{ title => 'Post', price => cents($price),
			discounted_price => cents($price - $off),
			$told ? (current_discounted_price_set => money(cents($kept))) : (),
			tax_lines => [], discount_allocations => [] }];
		push @{ $more{refunds} },
			refund(refund_shipping_lines =>
				[{ subtotal_amount_set => money(cents($price - $off - $kept)) }])
				if $kept < $price - $off;
		$total += $price - $off;
		$now += $kept;
		$left{"$id/shipping-fee"} = 1 if $kept || $price == $off;
	}
	for (['tip', 'total_tip_received', 0], ['duties', 'original_total_duties_set', 1],
		['additional-fee', 'original_total_additional_fees_set', 1]) {
		my ($kind, $member, $is_set) = @$_;
		next if rand() < 0.7;
		my $charge = 1 + int rand 900;
		$more{$member} = $is_set ? money(cents($charge)) : cents($charge);
		$total += $charge;
		$now += $charge;
		$left{"$id/$kind"} = 1;
	}
	if (@back && $tells_refunds) {
		my $cut = int rand @back + 1;
		push @{ $more{refunds} },
			map { refund(refund_line_items => $_) } grep { @$_ } [@back[0 .. $cut - 1]],
			[@back[$cut .. $#back]];
	}
	if (rand() < 0.2) {
		my $given = int rand($now + 1);
		push @{ $more{refunds} },
			refund(order_adjustments => [{ amount => cents(-$given),
				tax_amount => '0.00', rand() < 0.5 ? (kind => 'refund_discrepancy')
				: () }]);
		$now -= $given;
		$left{"$id/adjustment"} = 1 if $given;
		$more{current_total_price} = cents($now + (rand() < 0.5 ? $given : 0)) if $told;
	} elsif ($told) {
		$more{current_total_price} = cents($now);
	}
	return (order(id => $id, taxes_included => $included ? $yes : $no,
		total_price => cents($total), total_tax => undef, total_discounts => undef,
		line_items => \@items, %more), $now, $total, \%left,
		$told || $tells_refunds || !@back);
}
clean();
my %want;
for my $id (10001 .. 10250) {
	my ($body, @facts) = random_order($id);
	$want{$id} = [@facts, $body];
	send_body('Order/Insert', $body);
}
is_deeply([grep { $_->{outcome} ne 'done' } $w->take], [], '250 orders are taken');
my (%live, %sum, @wrong);
for (@{ $w->rows('SELECT h.PurchaseIdentifier, d.Identifier, d.Quantity, d.Amount FROM '
	. 'PurchaseHeader h JOIN PurchaseDetail d USING (PurchaseHeaderId) WHERE '
	. 'd.DeletionFlag = 0') }) {
	my ($id, $line, $quantity, $amount) = split /\|/;
	$live{$id}{$line} = $quantity + 0;
	$sum{$id} += half_up($amount * 100);
}
for (@{ $w->rows('SELECT PurchaseIdentifier, Amount, OriginalAmount FROM PurchaseHeader') }) {
	my ($id, $amount, $original) = split /\|/;
	my ($now, $total, $left, $exact, $body) = @{ delete $want{$id} };
	my @faults;
	push @faults, "amount $amount" if $exact && half_up($amount * 100) != $now;
	push @faults, "original $original" if half_up($original * 100) != $total;
	push @faults, 'lines come to ' . ($sum{$id} // 0)
		if ($sum{$id} // 0) != half_up($amount * 100);
	push @faults, 'lines ' . $json->encode($live{$id} // {}) . ' for ' . $json->encode($left)
		if $json->encode($live{$id} // {}) ne $json->encode($left);
	push @wrong, "order $id: " . join('; ', @faults) . ' of ' . $json->encode($body) if @faults;
}
is_deeply(\@wrong, [],
	'lines that stand are those of the body, and add up to what the order comes to');
is_deeply([keys %want], [], 'all are there');
is_deeply([$w->{s}->sql(
	"SELECT COUNT(*), SUM(remarks <> '') FROM api_message WHERE body LIKE '%\"id\":10___,\"%'")],
	[[250, 0]], 'nothing to remark of them');
$w->stop;

done_testing();
