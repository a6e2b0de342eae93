# What must hold for every order body that is taken, whatever is in it: the live lines in the tables
# are the lines that still stand, they add up to the header wherever the body's own sums agree, and
# persons are neither lost nor doubled. Over every recorded order and over bodies made here by
# chance; CUSTOMERAPI_SEED repeats a run.
use strict;
use warnings;
use utf8;
use Test::More;
use Digest::SHA qw(sha256_hex);
use JSON::PP;
use World;

binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output;
my $seed = $ENV{CUSTOMERAPI_SEED} // 20261127;
srand $seed;
diag("seed $seed") if $ENV{CUSTOMERAPI_SEED};
my $w = World->start;
my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $json = JSON::PP->new->utf8->allow_bignum->canonical;
$w->{s}->sql("INSERT INTO api_token (alias_id, token_hash, rights, created_at) VALUES (1, x'"
	. sha256_hex('connector-canary') . "', 'webhook', '2026-01-01')");
my %connector = (headers => { 'X-Crm360Api-ApiKey' => 'connector-canary' });

sub money { return sprintf '%.2f', $_[0] / 100 }
sub one { return $w->rows(@_)->[0] }
sub any { return $_[int rand @_] }
my $second = 0;
sub later { return sprintf '2026-10-%02dT%02d:%02d:%02dZ', 1 + $second / 86400, $second / 3600 % 24,
	$second / 60 % 60, $second++ % 60 }

# Header and live lines of a purchase: "amount|sum of lines|number of lines without charges|number
# of lines|original amount".
sub purchase {
	my ($identifier) = @_;
	return one("SELECT h.Amount, COALESCE(SUM(d.Amount), 0), COUNT(CASE WHEN "
		. "g.PurchaseGoodTypeId IN (1, 3) THEN 1 END), COUNT(d.PurchaseDetailId), "
			. "h.OriginalAmount FROM PurchaseHeader h
		LEFT JOIN PurchaseDetail d ON d.PurchaseHeaderId = h.PurchaseHeaderId AND "
			. "d.DeletionFlag = 0 LEFT JOIN PurchaseGood g USING (PurchaseGoodId)
		WHERE h.PurchaseIdentifier = '$identifier' GROUP BY h.PurchaseHeaderId");
}
sub lines_of { my ($identifier) = @_;
	return one("SELECT GROUP_CONCAT(d.PurchaseDetailId, ':', d.Identifier, ':', d.Quantity, "
		. "':', d.Amount, ':', d.DeletionFlag ORDER BY 1 SEPARATOR ' ') FROM "
			. "PurchaseDetail d
	JOIN PurchaseHeader h USING (PurchaseHeaderId) WHERE h.PurchaseIdentifier = '$identifier'")
	}

# ---------------------------------------------------------------- every recorded order

# A body's own sums, in hundredths; undef where it holds what is no amount.
sub cents { my ($text) = @_;
	return !defined $text ? 0 : $text =~ /^(-?)(\d+)(?:\.(\d{1,2}))?$/
		? ($1 ? -1 : 1) * ($2 * 100 + substr(($3 // '') . '00', 0, 2)) : undef }
sub sum { my $all = 0; for (@_) { return undef if !defined; $all += $_ } return $all }
sub own_sum {
	my ($o) = @_;
	my $line = sub {
		my ($l, $quantity) = @_;
		my @off = map { cents($_->{amount}) } @{ $l->{discount_allocations} // [] };
		@off = (cents($l->{total_discount})) if !$l->{discount_allocations};
		my $tax = $o->{taxes_included} ? 0
			: sum(map { cents($_->{price}) } @{ $l->{tax_lines} // [] });
		my $off = sum(@off);
		return defined cents($l->{price}) && defined $off && defined $tax
			? cents($l->{price}) * $quantity - $off + $tax : undef;
	};
	return sum((map { $line->($_, $_->{quantity}) } @{ $o->{line_items} }),
		(map { $line->($_, 1) } grep { !$_->{is_removed} } @{ $o->{shipping_lines} // [] }),
		cents($o->{total_tip_received}));
}
my ($taken, $agreed) = (0, 0);
for my $file (sort glob("$ENV{SRCDIR}/t/fixtures/shopify/*.json")) {
	my ($name) = $file =~ m{([^/]+)\.json$};
	open my $fh, '<:raw', $file or die "$file: $!";
	my $o = eval { $json->decode(do { local $/; <$fh> }) };
	$o = $o->{order} if ref $o eq 'HASH'
		&& ref $o->{order} eq 'HASH';	# as the Admin API answers
	next if ref $o ne 'HASH' || !$o->{line_items} || !exists $o->{financial_status};
	my $id = 900_000_001 + $taken;
	my $r = $w->post('Shopify/Order/Insert', { %$o, id => $id, updated_at => later(),
		test => $false });
	diag("$name: $r->{outcome} $r->{reason}") if $ENV{VERBOSE};
	next if $r->{outcome} ne 'done';
	$taken++;
	my %back;
	$back{ $_->{line_item_id} } += $_->{quantity}
		for map { @{ $_->{refund_line_items} // [] } } @{ $o->{refunds} // [] };
	my $standing = grep { ($_->{current_quantity} // $_->{quantity} - ($back{ $_->{id} }
		// 0)) > 0 } @{ $o->{line_items} };
	my ($amount, $lines, $goods, undef, $original) = split /\|/, purchase($id);
	is($goods, $standing, "$name: as many live lines as stand");
	cmp_ok($original, '==', $o->{total_price}, "$name: what was ordered");
	my $own = own_sum($o);
	next if !defined $own || $own != cents($o->{total_price})
		|| $o->{total_price} ne ($o->{current_total_price} // $o->{total_price});
	$agreed++;
	cmp_ok($lines, '==', $amount, "$name: its lines add up");
}
cmp_ok($taken, '>=', 6, "$taken recorded orders were taken");
cmp_ok($agreed, '>=', 1, "the sums of $agreed agree in themselves");

# ---------------------------------------------------------------- Shopify: orders that change

# An order whose every unit is worth whole hundredths, so that what must be stored is known without
# rounding.
sub shopify_order {
	my ($id) = @_;
	my $included = any($true, $false);
	my @lines = map { my $price = 500 + int rand 5000;
		{ id => $id * 100 + $_, price => $price, off => any(0, 0, int rand 100),
			tax => any(0, 55, 200), quantity => 1 + int rand 4,
		sku => any('A', 'B', 'C', undef), product => any(10, 11),
		variant => any(undef, 21, 22) } } 1 .. 1 + int rand 6;
	$_->{left} = $_->{quantity} for @lines;
	return { id => $id, included => $included, lines => \@lines,
		shipping => any(0, 0, 490, 1250), shipping_off => 0, tip => any(0, 0, 0, 300),
		kept_shipping => 1, refunds => [] };
}
sub unit { my ($o, $l) = @_; return $l->{price} - $l->{off} + ($o->{included} ? 0 : $l->{tax}) }
sub total {
	my ($o, $which) = @_;
	my $all = ($which eq 'quantity' || $o->{kept_shipping} ? $o->{shipping} : 0) + $o->{tip};
	$all += unit($o, $_) * $_->{$which} for @{ $o->{lines} };
	return $all;
}
sub tax_of { my ($o, $which) = @_; my $all = 0;
	$all += $_->{tax} * $_->{$which} for @{ $o->{lines} }; return $all }
sub off_of { my ($o, $which) = @_; my $all = 0;
	$all += $_->{off} * $_->{$which} for @{ $o->{lines} }; return $all }
sub shopify_body {
	my ($o, %more) = @_;
	return { id => $o->{id}, name => "#$o->{id}", currency => 'EUR',
		financial_status => @{ $o->{refunds} } ? 'partially_refunded' : 'paid',
		taxes_included => $o->{included}, email => '', customer => undef,
		created_at => '2026-10-01T00:00:00Z', updated_at => later(),
		total_price => money(total($o, 'quantity')),
		current_total_price => money(total($o, 'left')),
		total_tax => money(tax_of($o, 'quantity')),
		current_total_tax => money(tax_of($o, 'left')),
		total_discounts => money(off_of($o, 'quantity')),
		current_total_discounts => money(off_of($o, 'left')),
		total_tip_received => money($o->{tip}),
		shipping_lines => $o->{shipping} ? [{ id => $o->{id} * 10, title => 'Post',
			price => money($o->{shipping}), discounted_price => money($o->{shipping}),
			tax_lines => [], discount_allocations => [] }] : [],
		discount_codes => [], refunds => $o->{refunds},
		line_items => [map { { id => $_->{id}, variant_id => $_->{variant},
			product_id => $_->{product}, sku => $_->{sku}, name => 'Ware',
			title => 'Ware', quantity => $_->{quantity},
			current_quantity => $_->{left}, price => money($_->{price}),
			tax_lines => [{ price => money($_->{tax} * $_->{quantity}) }],
			discount_allocations => [{ amount => money($_->{off} * $_->{quantity}) }] }
			} @{ $o->{lines} }], %more };
}
# Takes some pieces away: by a refund, or by an edit, which leaves no refund.
sub take_away {
	my ($o) = @_;
	my @of = grep { $_->{left} > 0 } @{ $o->{lines} } or return;
	my $l = any(@of);
	my $n = 1 + int rand $l->{left};
	$l->{left} -= $n;
	return if rand() < 0.5;
	my $id = 7000 + @{ $o->{refunds} };
	my $net = ($l->{price} - $l->{off}) * $n;
	push @{ $o->{refunds} },
		{ id => $id,
			refund_line_items => [{ id => $id, line_item_id => $l->{id}, quantity => $n,
				subtotal => money($net), total_tax => money($l->{tax} * $n),
				restock_type => 'return' }],
		order_adjustments => [],
		transactions => [{ id => $id, kind => 'refund', status => 'success',
			amount => money(unit($o, $l) * $n) }] };
}
sub holds {
	my ($o, $name) = @_;
	my ($now, $first) = map { sprintf '%.4f', $_ / 100 } total($o, 'left'),
		total($o, 'quantity');
	my $live = grep { $_->{left} > 0 } @{ $o->{lines} };
	my ($amount, $lines, $goods, undef, $original) = split /\|/, purchase($o->{id}) // '';
	is("$amount $lines $goods $original", "$now $now $live $first", $name);
}
my @orders = map { shopify_order(800_000 + $_) } 1 .. 25;
$w->queue('Shopify/Order/Insert', shopify_body($_)) for @orders;
is((grep { $_->{outcome} ne 'done' } $w->take), 0, 'orders made by chance');
holds($_, "order $_->{id} as it was placed") for @orders;
for my $round (1 .. 3) {
	my @bodies;
	for my $o (@orders) {
		take_away($o);
		push @bodies, shopify_body($o);
		$w->queue('Shopify/Order/Update', $bodies[-1]);
	}
	is((grep { $_->{outcome} ne 'done' } $w->take), 0,
		"round $round: something is taken away of each");
	holds($_, "order $_->{id} after round $round") for @orders;
	my %before = map { $_->{id} => lines_of($_->{id}) } @orders;
	$w->queue('Shopify/Order/Update', $_) for @bodies;
	$w->take;
	is_deeply({ map { $_->{id} => lines_of($_->{id}) } @orders }, \%before,
		"round $round: the same bodies again change no line");
}

# ---------------------------------------------------------------- Magento: lines of one number

sub magento_order {
	my ($id) = @_;
	return map { my $amount = 100 + int rand 9000;
		{ number => any(77, 77, 78, 0, 79), sku => any('TEE-S', 'TEE-M', 'MUG', "X-$id"),
			quantity => 1 + int rand 3, amount => $amount,
			off => any(0, 0, int rand 100) } } 1 .. 1 + int rand 8;
}
sub magento_body {
	my ($id, @lines) = @_;
	my ($amount, $off) = (0, 0);
	$amount += $_->{amount} - $_->{off}, $off += $_->{off} for @lines;
	return { ExternalKey => { PurchaseIdentifier => $id }, PurchaseTypeId => 1,
		PurchaseStatus => any('complete', 'En cours', 'Verarbeitung', 'no such label'),
		CurrencyId => 'EUR', Amount => money($amount), DiscountAmount => money($off),
		Details => [map { { ExternalKey => { Identifier => "$_->{number}" },
			PurchaseGoodExternalKey => { Sku => $_->{sku},
				Identifier => "$_->{number}" }, Quantity => $_->{quantity},
				Amount => money($_->{amount}),
				DiscountAmount => money($_->{off}) } } @lines] };
}
my (%magento, %body);
for my $id (map { "m-$_" } 1 .. 25) {
	$magento{$id} = [magento_order($id)];
	$w->queue('Magento/Command/Update', $body{$id} = magento_body($id, @{ $magento{$id} }),
		%connector);
}
is((grep { $_->{outcome} ne 'done' } $w->take), 0, 'orders of Magento made by chance');
sub magento_holds {
	my ($id, $name) = @_;
	my $sum = 0;
	$sum += $_->{amount} - $_->{off} for @{ $magento{$id} };
	my ($amount, $lines, undef, $live) = split /\|/, purchase($id) // '';
	is("$amount $lines $live", sprintf('%.4f %.4f %d', $sum / 100, $sum / 100,
		scalar @{ $magento{$id} }), $name);
	my %sku = map { $_->{sku} => 1 } @{ $magento{$id} };
	is(one("SELECT GROUP_CONCAT(DISTINCT g.Sku ORDER BY g.Sku SEPARATOR ' ') FROM "
		. "PurchaseDetail d JOIN PurchaseHeader h USING (PurchaseHeaderId) JOIN "
			. "PurchaseGood g USING (PurchaseGoodId)
		WHERE h.PurchaseIdentifier = '$id' AND d.DeletionFlag = 0"),
		join(' ', sort keys %sku), "$name: goods by SKU");
}
magento_holds($_, "purchase $_") for sort keys %magento;
my %before = map { $_ => lines_of($_) } keys %magento;
$w->queue('Magento/Command/Update', $body{$_}, %connector) for sort keys %magento;
$w->take;
is_deeply({ map { $_ => lines_of($_) } keys %magento }, \%before,
	'the same bodies again change no line');
for my $id (sort keys %magento) {
	splice @{ $magento{$id} }, int rand @{ $magento{$id} }, 1 if @{ $magento{$id} } > 1;
	$w->queue('Magento/Command/Update', magento_body($id, @{ $magento{$id} }), %connector);
}
$w->take;
magento_holds($_, "purchase $_ with a line less") for sort keys %magento;

# ---------------------------------------------------------------- persons

# Accounts and guests in any order, an address in several spellings: each person is one contact,
# each purchase is its buyer's.
my @persons = map { { n => $_, account => any(0, 1),
	email => "person$_\@example-$_.test" } } 1 .. 15;
sub spelled { my ($email) = @_; return any($email, uc $email, ucfirst $email, " $email ") }
my (%bought, @deliveries);
for my $p (@persons) {
	push @deliveries,
		['Shopify/Customer/Update',
			{ id => 600_000 + $p->{n}, email => spelled($p->{email}),
				first_name => "P$p->{n}", last_name => 'Person',
				updated_at => '2026-10-02T00:00:00Z' }] if $p->{account};
	for my $k (1 .. 1 + int rand 3) {
		my $id = 700_000 + $p->{n} * 10 + $k;
		$bought{$id} = $p->{n};
		my $known = $p->{account} && rand() < 0.6;
		push @deliveries,
			['Shopify/Order/Insert', { id => $id, name => "#$id", currency => 'EUR',
				financial_status => 'paid', total_price => '1.00',
				taxes_included => $true, updated_at => '2026-10-03T00:00:00Z',
			line_items => [{ id => $id, quantity => 1, price => '1.00', sku => 'P',
				name => 'P' }], email => spelled($p->{email}),
			customer => $known ? { id => 600_000 + $p->{n},
				email => spelled($p->{email}), first_name => "P$p->{n}",
				last_name => 'Person', updated_at => '2026-10-01T00:00:00Z' }
				: undef,
			billing_address => { first_name => "P$p->{n}", last_name => 'Person' } }];
	}
}
@deliveries = sort { rand() <=> 0.5 } @deliveries;
my $persons_before = $w->value('SELECT COUNT(*) FROM Contact WHERE DeletionFlag = 0');
$w->queue(@$_) for @deliveries;
is((grep { $_->{outcome} !~ /^(done|superseded)$/ } $w->take), 0,
	'customers and orders in any order');
is($w->value('SELECT COUNT(*) FROM Contact WHERE DeletionFlag = 0') - $persons_before,
	scalar @persons, 'as many contacts as persons');
my %of = map { my ($id, $contact) = split /\|/;
	($id => $contact) } @{ $w->rows('SELECT PurchaseIdentifier, ContactId FROM PurchaseHeader '
		. 'WHERE PurchaseIdentifier BETWEEN "700000" AND "709999"') };
my %contact_of;
$contact_of{ $bought{$_} }{ $of{$_} // 'none' } = 1 for keys %bought;
is_deeply([grep { keys %{ $contact_of{$_} } != 1 } sort keys %contact_of], [],
	'all purchases of a person are of one contact');
my %seen;
is_deeply([grep { $seen{ (keys %{ $contact_of{$_} })[0] }++ } sort keys %contact_of], [],
	'and no contact is of two persons');

$w->stop;
done_testing;
