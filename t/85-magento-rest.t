# Connector/Magento against a shop of Magento 2 that checks signatures and answers as the real one
# does: what is imported, the same again, one change, webhooks and API about one purchase, faults of
# the shop, runs that are killed, the connection's test; secrets nowhere.
use strict;
use warnings;
use utf8;
use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep time);
use Magento;
use World;

my $w = World->start(tenant => { time_zone => "'Europe/Paris'", reference_currency => "'EUR'" },
	scheduler => { CUSTOMERAPI_RUN_SLOTS => 1, CUSTOMERAPI_QUEUE_WORKERS => 1 });
my $s = $w->{s};
my $shop = Magento->start;
my $said = '';				# whatever programs printed

sub connection {
	my ($tenant, $verb, @set) = @_;
	my @secrets = map {
		my $file = $s->dir . "/$_";
		open my $fh, '>', $file or die $!;
		chmod 0600, $fh;
		print $fh $Magento::keys{$_};
		("--secret-file", "$_=$file") } sort keys %Magento::keys;
	my $command = join ' ', map { "'$_'" } 'connection', $verb, "C$tenant", "A$tenant",
		'magento',
		$verb eq 'add' ? ('Magento', $shop->url, '--set', 'SourceId=1', '--set',
			'Auth=OAuth1',
			'--set', 'AllowPrivate=true', '--set', 'RequestsPerMinute=60000', @secrets)
			: (),
		map { ('--set', $_) } @set;
	my $out = eval { $w->admin($command) } // $@;
	$said .= $out;
	return $out;
}
connection($_, 'add', 'PageSize=20') for 1, 2;

# Runs the process to its end; what it said.
sub begin {
	my ($tenant, %p) = @_;
	$s->sql("INSERT INTO api_run (tenant_id, process, parameters, origin, state, not_before, "
		. "created_at, result, log_tail) VALUES ($tenant, 'Connector/Magento', '"
		. encode_json({ Connection => 'magento', %p })
		. "', 2, 1, '2026-01-01', '2026-01-01', '', '')");
	return $s->value('SELECT MAX(run_id) FROM api_run');
}
sub ended {
	my ($id) = @_;
	my $end = time + 120;
	while (time < $end) {
		my ($r) = $s->sql("SELECT state, HEX(result), reason, log_tail FROM api_run "
			. "WHERE run_id = $id AND state NOT IN (1, 2)");
		return { State => $r->[0], Reason => $r->[2], Log => $r->[3],
			%{ decode_json(pack('H*', $r->[1]) || '{}') } } if $r;
		sleep 0.05;
	}
	die "run $id does not end";
}
sub run { my ($tenant, %p) = @_; return ended(begin($tenant, %p)) }
sub run_well {
	my ($name, $tenant, %p) = @_;
	my $r = run($tenant, %p);
	ok($r->{State} == 3 || $r->{State} == 4, $name)
		or diag "$r->{State}: $r->{Reason}\n$r->{Log}";
	return $r;
}

# ------------------------------------------------------------------ what the shop has

my $n = 0;
sub order {
	my ($id, %more) = @_;
	my @items = $more{items} ? @{ delete $more{items} }
		: ({ item_id => 10 * $id, product_id => 196,
		product_type => 'configurable', sku => 'HOOD-XS', name => 'Hood', qty_ordered => 2,
		row_total => 100, row_total_incl_tax => 120, tax_amount => 20,
		discount_amount => 0 },
		{ item_id => 10 * $id + 1, parent_item_id => 10 * $id, product_id => 181,
		product_type => 'simple', sku => 'HOOD-XS', name => 'Hood XS', qty_ordered => 2,
		row_total => 0 },
		{ item_id => 10 * $id + 2, product_id => 205, product_type => 'simple',
		sku => 'SOCK', name => 'Sock', qty_ordered => 1, row_total => 10,
		row_total_incl_tax => 12, tax_amount => 2, discount_amount => 0 });
	return { entity_id => $id, increment_id => sprintf('%09d', $id), store_id => 1,
		state => 'processing', status => 'processing', created_at => '2026-01-01 10:00:00',
		updated_at => '2026-01-02 10:00:00', order_currency_code => 'EUR',
		customer_id => 1 + $id % 5, customer_email => 'c' . (1 + $id % 5) . '@example.com',
		grand_total => 137, tax_amount => 22, discount_amount => 0, total_due => 0,
		shipping_amount => 5, shipping_incl_tax => 5, is_virtual => 0, items => \@items,
		payment => { method => 'checkmo', cc_last4 => 'card-canary' },
		billing_address => { firstname => 'Gus', lastname => 'Guest' },
		extension_attributes => { payment_additional_info =>
			[{ key => 'method_title', value => 'Check' }], shipping_assignments =>
			[{ shipping => { address => { street => ['1 rue A', 'bât. B'],
				city => 'Lyon',
				postcode => '69001', country_id => 'FR',
				telephone => '0611223344' } } }] },
		%more };
}
sub customer {
	my ($id, %more) = @_;
	return { id => $id, group_id => 1, email => "c$id\@example.com", firstname => "First$id",
		lastname => 'Last', gender => 2, dob => '1980-12-31', store_id => 1,
		website_id => 1,
		created_at => '2025-01-01 00:00:00', updated_at => '2026-01-01 00:00:00',
		addresses => [{ street => ['other'], city => 'Nice', country_id => 'FR' },
			{ default_billing => JSON::PP::true, street => ['6 rue B', 'étage 3'],
			city => 'Lyon', postcode => '69001', country_id => 'FR',
			telephone => '+33611223344', company => 'Ets' }],
		extension_attributes => { is_subscribed => $id == 2 ? JSON::PP::true
			: JSON::PP::false },
		rp_token => 'token-canary', %more };
}
sub product {
	my ($id, $sku, %more) = @_;
	return { id => $id, sku => $sku, name => "Product $id", price => 12.5, type_id => 'simple',
		created_at => '2025-01-01 00:00:00', updated_at => '2026-01-01 00:00:00',
		extension_attributes => { category_links => [{ category_id => '2' },
			{ category_id => '3' }] },
		custom_attributes => [{ attribute_code => 'description', value => 'Warm' }],
		%more };
}
$shop->put(categories => map { { id => $_, parent_id => $_ - 1, name => "Category $_",
	updated_at => '2026-01-01 00:00:00' } } 1 .. 3);
$shop->put(products => product(181, 'HOOD-XS'), product(196, 'HOOD', type_id => 'configurable'),
	product(205, 'SOCK'), product(206, 'A/b &1'));
$shop->put(customers => map { customer($_) } 1 .. 25);
$shop->put(orders => map { order($_) } 1 .. 65);
$shop->put(orders => order(66, customer_id => undef, customer_email => 'guest@example.com',
	customer_is_guest => 1));

# ------------------------------------------------------------------ the connection's test

like(connection(1, 'test'), qr/store views: default \(1\).*orders/s, 'the test of the connection');
$shop->set(refused => ['Magento_Sales::actions_view', 'Magento_Catalog::products']);
like(connection(1, 'test'), qr/products:\s.*Magento_Catalog::products\.\sGive\sthe\sintegration\s
	this\sresource.*orders: .*answers\s401:\sThe\sconsumer\sisn't\sauthorized\sto\saccess\s
	Magento_Sales::actions_view/xs, 'says all rights that are missing, and how they are given');
$shop->set(refused => []);
connection(1, 'set', 'StoreCode=nowhere');
like(connection(1, 'test'), qr/StoreCode/, 'a store view that is not there');
connection(1, 'set', 'StoreCode=default');
like(connection(1, 'test'), qr/store views/, 'one that is');
connection(1, 'set', 'StoreCode=all');
connection(1, 'set', 'Auth=Bearer');
like(connection(1, 'test'), qr/enable_integration_as_bearer 1.*or set Auth to OAuth1/s,
	'a token alone, which is off by default');
$shop->set(bearer => 1);
like(connection(1, 'test'), qr/store views/, 'and on');
connection(1, 'set', 'Auth=OAuth1');
$shop->set(bearer => 0);

# ------------------------------------------------------------------ the import

my $r = run_well('an import', 1);
is_deeply([@$r{qw(Read Refused)}], [3 + 4 + 25 + 66 + 2, 0], 'reads all') or diag explain $r;
is_deeply($w->rows('SELECT COUNT(*), SUM(Amount), COUNT(DISTINCT ContactId), MIN(CurrencyId),
	MIN(PurchaseStatusId), MIN(PurchaseTypeId), MIN(PaymentMethod) FROM PurchaseHeader'),
	['66|9042.0000|6|EUR|3|1|Check'], 'orders');
is_deeply($w->rows("SELECT PurchaseIdentifier, PurchaseReference, StoreIdentifier, s.Label,
	PurchaseDate FROM PurchaseHeader JOIN Store s USING (StoreId)
	WHERE PurchaseReference = '000000007'"),
	['000000007@default|000000007|default|Main|2026-01-01 10:00:00.000000'],
	'by number and store; dates are UTC');
my $lines = 'SELECT d.Identifier, d.Sku, d.Quantity, d.Amount, d.TaxFreeAmount, d.OriginalAmount,
	d.DeletionFlag, g.Sku, g.Identifier FROM PurchaseDetail d
	JOIN PurchaseHeader p USING (PurchaseHeaderId) LEFT JOIN PurchaseGood g USING '
		. '(PurchaseGoodId)
	WHERE p.PurchaseReference = %s ORDER BY 1';
is_deeply($w->rows(sprintf $lines, "'000000007'"),
	['0/shipping-fee|shipping-fee|1.0000|5.0000|5.0000|5.0000|0|shipping-fee|shipping-fee',
	'196/HOOD-XS|HOOD-XS|2.0000|120.0000|100.0000|120.0000|0|HOOD-XS|181',
	'205/SOCK|SOCK|1.0000|12.0000|10.0000|12.0000|0|SOCK|205'],
	'lines: a configurable product once, its good the product that was bought');
is_deeply($w->rows("SELECT FirstName, LastName, GenderId, BirthYear, CompanyName, FreeField1,
	Email, EmailOptin, Address1, Address2, City, PostCode, a.CountryId, MobilePhoneNumber
	FROM Contact JOIN ContactIdentifier USING (ContactId) JOIN Address a USING (ContactId)
	WHERE Identifier IN ('2', '3') ORDER BY Identifier"),
	['First2|Last|2|1980|Ets|General|c2@example.com|1|6 rue B|étage '
		. '3|Lyon|69001|FRA|+33611223344',
	'First3|Last|2|1980|Ets|General|c3@example.com|0|6 rue B|étage '
		. '3|Lyon|69001|FRA|+33611223344'],
	'customers with their default address');
is_deeply($w->rows("SELECT FirstName, ContactTypeId, Email, Address1, City FROM Contact
	JOIN ContactIdentifier USING (ContactId) JOIN Address USING (ContactId)
	WHERE Identifier LIKE 'email:guest%'"), ['Gus|3|guest@example.com|1 rue A|Lyon'],
	'a guest');
is_deeply($w->rows('SELECT g.Identifier, g.Sku, g.Label, g.Price, c.Label FROM PurchaseGood g
	LEFT JOIN PurchaseGoodCategory c USING (PurchaseGoodCategoryId) WHERE g.Sku <> '
		. '"shipping-fee"
	ORDER BY 1'), ['181|HOOD-XS|Product 181|12.5000|Category 3',
		'196|HOOD|Product 196|NULL|Category 3',
	'205|SOCK|Product 205|12.5000|Category 3', '206|A/b &1|Product 206|12.5000|Category 3'],
	'products');

my @requests = $shop->requests;
is(scalar(grep { /currentPage%5D=(?!1(?:&|$))/ } @requests), 0,
	'no page but the first is asked for');
is(scalar(grep { m{/orders\?} && /entity_id&/ } @requests), scalar(grep { m{/orders\?} } @requests),
	'always by ascending id');

# ------------------------------------------------------------------ the same again, one change

sub sums {
	my ($tenant) = @_;
	my @tables = map { $_->[0] } grep { $_->[0] !~ /^api_(cursor|migration)/ }
		$w->sql('SHOW TABLES', $tenant);
	return [map { join ' ', @$_ } $w->sql('CHECKSUM TABLE ' . join(', ',
		map { "`$_`" } @tables), $tenant)];
}
my $before = sums(1);
run_well('the same again', 1);
is_deeply(sums(1), $before, 'changes nothing in any table');
run_well('all of it again', 1, Full => JSON::PP::true);
is_deeply(sums(1), $before, 'neither when all is read anew');
sub back { $w->sql("UPDATE api_cursor SET seen_at = '2026-02-01' WHERE resource <> ''") }
back();
$shop->{data}{orders}[6]{status} = 'complete';
$shop->{data}{orders}[6]{state} = 'complete';
$shop->{data}{orders}[6]{updated_at} = '2026-02-02 10:00:00';
$shop->save;
$r = run_well('a run after one change', 1);
is($r->{Rows}{PurchaseHeader}{Updated}, 1, 'touches one purchase') or diag explain $r->{Rows};
is_deeply($w->rows("SELECT PurchaseReference FROM PurchaseHeader WHERE PurchaseStatusId = 5"),
	['000000007'], 'that one');

# ------------------------------------------------------------------ what credit memos leave

$shop->{data}{orders}[7]{items}[0]{qty_refunded} = 1;
$shop->{data}{orders}[7]{items}[2]{qty_canceled} = 1;
@{ $shop->{data}{orders}[7] }{qw(total_refunded updated_at)} = (60, '2026-02-03 10:00:00');
@{ $shop->{data}{orders}[8] }{qw(state status total_refunded updated_at)} =
	('closed', 'closed', 137, '2026-02-03 10:00:00');
$shop->save;
back();
run_well('refunds', 1);
is_deeply($w->rows("SELECT Amount, TaxFreeAmount, OriginalAmount, PurchaseStatusId FROM
	PurchaseHeader WHERE PurchaseReference IN ('000000008', '000000009')
	ORDER BY PurchaseReference"),
	['65.0000|55.0000|137.0000|3', '0.0000|0.0000|137.0000|8'], 'a part, and the whole');
is_deeply($w->rows(sprintf $lines, "'000000008'"),
	['0/shipping-fee|shipping-fee|1.0000|5.0000|5.0000|5.0000|0|shipping-fee|shipping-fee',
	'196/HOOD-XS|HOOD-XS|1.0000|60.0000|50.0000|120.0000|0|HOOD-XS|181',
	'205/SOCK|SOCK|0.0000|0.0000|0.0000|12.0000|1|SOCK|205'], 'their lines');

# ------------------------------------------------------------------ webhooks and API

my %connector = (headers => { 'X-Crm360Api-ApiKey' => 'api-key-canary' });
use Digest::SHA qw(sha256_hex);
$s->sql("INSERT INTO api_token (alias_id, token_hash, rights, created_at) VALUES (1, x'"
	. sha256_hex('api-key-canary') . "', 'webhook', '2026-01-01')");

# The vendor's connector sends the order so.
sub command {
	my ($number, $at, @more) = @_;
	my $line = sub { my ($id, $sku, $quantity, $amount, $free) = @_;
		return { ExternalKey => { Identifier => "$id", SourceId => 1 },
			PurchaseGoodExternalKey =>
			{ Sku => $sku, Identifier => "$id", SourceId => 1 }, Amount => $amount,
			TaxFreeAmount => $free, DiscountAmount => 0, Quantity => $quantity } };
	return { ExternalKey => { PurchaseIdentifier => $number, CheckoutIdentifier => '-',
		StoreIdentifier => 'default', SourceId => 1 },
		ContactExternalKey => { Identifier => '3', SourceId => 1 },
		StoreExternalKey => { StoreIdentifier => 'default', SourceId => 0 },
		PurchaseTypeId => 'ORDER_PAID', PurchaseStatus => 'Processing', CurrencyId => 'EUR',
		PurchaseDate => '2026-01-01T11:00:00+01:00', PurchaseStatusDate => $at,
		Amount => 137, TaxFreeAmount => 115, DiscountAmount => 0,
		Details => [$line->(196, 'HOOD-XS', 2, 120, 100), $line->(205, 'SOCK', 1, 12, 10),
			$line->(0, 'shipping-fee', 1, 5, 5)], @more };
}
sub webhook { my ($body) = @_;
	my $became = $w->post('Magento/Command/Update', $body, %connector);
	is($became->{outcome}, 'done', 'a webhook') or diag $became->{reason} }
my $one = "SELECT COUNT(*), MIN(Amount), MIN(TaxFreeAmount), COUNT(DISTINCT ContactId),
	MIN(PurchaseStatusId) FROM PurchaseHeader WHERE PurchaseReference = '%s'";

my $rest = $w->rows(sprintf $lines, "'000000008'");
webhook(command('000000008', '2026-02-03T11:00:00+01:00'));
is_deeply($w->rows(sprintf $lines, "'000000008'"), $rest,
	'a webhook, which knows nothing of refunds, leaves what the API told');
is($w->value("SELECT Amount FROM PurchaseHeader WHERE PurchaseReference = '000000008'"), '65.0000',
	'of the purchase, too');
webhook(command('000000010', '2026-01-02T11:00:00+01:00'));	# the API was first
my $both = $w->rows(sprintf $lines, "'000000010'");
is(scalar @$both, 3, 'API, then webhook: the same lines');
is_deeply($w->rows(sprintf $one, '000000010'), ['1|137.0000|115.0000|1|3'], 'of one purchase');

webhook(command('000000100', '2026-03-01T11:00:00+01:00'));	# the webhook is first
my $first = $w->rows(sprintf $lines, "'000000100'");
is(scalar @$first, 3, 'the webhook first');
$shop->put(orders => order(100, customer_id => 3, customer_email => 'c3@example.com',
	updated_at => '2026-03-01 10:00:00'));
back();
run_well('then the API', 1);
my $then = $w->rows(sprintf $lines, "'000000100'");
is_deeply($then, $first, 'the same lines');
is_deeply([map { (split /\|/)[0, 1, 2, 3, 4, 5, 6, 7] } @$then],
	[map { (split /\|/)[0, 1, 2, 3, 4, 5, 6, 7] } @$both], 'in both orders');
is_deeply($w->rows(sprintf $one, '000000100'), ['1|137.0000|115.0000|1|3'], 'of one purchase');
my $stamped =
	$w->rows("SELECT SourceStamp FROM PurchaseHeader WHERE PurchaseReference = '000000100'");
@{ $shop->{data}{orders}[-1] }{qw(state status updated_at)} =
	('complete', 'complete', '2026-03-02 10:00:00');
$shop->save;
back();
run_well('a state that is older than the arrival of the webhook, and newer than what it told', 1);
is_deeply($w->rows(sprintf $one, '000000100'), ['1|137.0000|115.0000|1|5'], 'is taken');
webhook(command('000000100', '2026-03-03T11:00:00+01:00'));
@{ $shop->{data}{orders}[-1] }{qw(status)} = ('processing');
$shop->save;
$r = run_well('the API with an older state', 1, Full => JSON::PP::true);
is($r->{Superseded} > 0, 1, 'changes nothing');

# The connector's nightly file, in both orders, too.
my @columns = qw(ecommerce_command_id order_reference code_magasin order_creation_date
	ecommerce_contact_id currency total_price total_price_excl_tax total_discount order_uri
	order_status order_status_update_date payment_method carrier_name carrier_tracking_code
	carrier_tracking_uri line_id product_sku product_ean13 product_reference
	product_purchase_good_identifier product_status product_status_date product_quantity
	product_total_price product_total_price_excl_tax product_total_discount
	product_carrier_name product_carrier_tracking_code product_carrier_tracking_uri);
sub nightly {
	my ($id, $date) = @_;
	my %order = (ecommerce_command_id => $id, order_reference => sprintf('%09d', $id),
		code_magasin => 'default', order_creation_date => '01/01/2026 11:00:00',
		ecommerce_contact_id => 3, currency => 'EUR', total_price => 137,
		total_price_excl_tax => 115, total_discount => 0, order_status => 'Processing',
		order_status_update_date => $date, payment_method => 'Check');
	my @rows = map { my ($line, $sku, $good, $quantity, $amount, $free) = @$_;
		+{ %order, line_id => $line, product_sku => $sku,
			product_purchase_good_identifier => $good, product_quantity => $quantity,
			product_total_price => $amount, product_total_price_excl_tax => $free,
			product_total_discount => 0 } }
		[110, 'HOOD-XS', 196, 2, 120, 100], [111, 'HOOD-XS', 181, 2, 0, 0],
		[112, 'SOCK', 205, 1, 12, 10], ['66f1a', 'shipping-fee', 'shipping-fee', 1, 5, 5];
	my $path = $s->dir . '/nightly';
	open my $fh, '>', $path or die $!;
	print $fh join('|', @columns), "\n", map { my $r = $_;
		join('|', map { $_ =~ / / ? qq("$_") : $_ } map { $r->{$_} // '' } @columns)
			. "\n" } @rows;
	close $fh;
	$said .= $w->admin("import run C1 A1 $path --preset Magento2.Order --source-id 1");
}
my @shown = map { (split /\|/)[0, 1, 2, 3, 6] } @$then;
my $of = sub { [map { (split /\|/)[0, 1, 2, 3, 6] } @{ $w->rows(sprintf $lines, "'$_[0]'") }] };
nightly(101, '03/03/2026 11:00:00');
is_deeply($of->('000000101'), \@shown, 'a nightly file');
$shop->put(orders => order(101, customer_id => 3, updated_at => '2026-03-03 10:00:00'));
back();
run_well('then the API', 1);
is_deeply($of->('000000101'), \@shown, 'the same lines');
is_deeply($w->rows(sprintf $one, '000000101'), ['1|137.0000|115.0000|1|3'], 'of one purchase');
nightly(11, '03/03/2026 11:00:00');
is_deeply($of->('000000011'), \@shown, 'the API, then a nightly file: the same lines');
is_deeply($w->rows(sprintf $one, '000000011'), ['1|137.0000|115.0000|1|3'], 'of one purchase');

# ------------------------------------------------------------------ reconciliation

$w->sql("DELETE d FROM PurchaseDetail d JOIN PurchaseHeader p USING (PurchaseHeaderId)
	WHERE p.PurchaseReference = '000000012';
	DELETE FROM PurchaseHeader WHERE PurchaseReference = '000000012'");
$w->sql("UPDATE PurchaseHeader SET Amount = 1 WHERE PurchaseReference = '000000013'");
$r = run_well('a reconciliation', 1, ReconcileDays => 365, Resources => ['Orders']);
like($r->{Log}, qr/Order 000000012 \(id 12\) was missing/, 'names what was missing');
like($r->{Log}, qr/Order 000000013 \(id 13\) was different/, 'and what was different');
is_deeply($w->rows(sprintf $one, '000000012'), ['1|137.0000|115.0000|1|3'], 'and imports it');

# ------------------------------------------------------------------ faults of the shop

$shop->faults(qw(503 drop cut 429 slow));
connection(1, 'set', 'TimeoutSeconds=2', 'ConnectSeconds=1');
$r = run_well('a shop that fails now and then', 1, Full => JSON::PP::true);
cmp_ok($r->{RequestsAgain}, '>=', 4, 'is asked again') or diag $r->{Log};
connection(1, 'set', 'TimeoutSeconds=60');
for (['html' => qr/answers with a web page, not with data/],
	['words' => qr/answers with what is no JSON/]) {
	$shop->faults('', $_->[0]);
	$r = run(1);
	is($r->{State}, 5, "$_->[0]: fails") or diag explain $r;
	like($r->{Reason}, $_->[1], 'and says why');
}
$shop->faults();
$shop->set(refused => ['Magento_Customer::customer']);
$r = run(1);
like($r->{Reason}, qr/customers\/search answers 401: .* Magento_Customer::customer\. Give the/,
	'a right that is missing in a run');
$shop->set(refused => ['Magento_Customer::group'], limited => 1);
connection(1, 'set', 'PageSize=1000');
$r = run_well('a shop that limits its input; without the right to read groups', 1);
like($r->{Log}, qr/names of customers' groups are left out/, 'which is told');
$shop->set(refused => [], limited => 0);
$shop->put(orders => order(200, updated_at => '2026-04-01 00:00:00', order_currency_code => undef));
back();
$r = run_well('an order that cannot be taken', 1, RejectedPercent => 50);
like($r->{Log}, qr/Order 000000200 \(id 200\) is refused: The order has no "order_currency_code"/,
	'is refused by its number; the others are read');
pop @{ $shop->{data}{orders} };
$shop->save;

# ------------------------------------------------------------------ two runs, and runs that are
# killed

my $all = 'SELECT h.PurchaseIdentifier, h.PurchaseDate, h.Amount, h.PurchaseStatusId, h.SourceStamp,
	i.Identifier, d.Identifier, d.Amount, d.Quantity, d.DeletionFlag, g.Sku, g.Label
	FROM PurchaseHeader h LEFT JOIN ContactIdentifier i USING (ContactId)
	LEFT JOIN PurchaseDetail d USING (PurchaseHeaderId)
	LEFT JOIN PurchaseGood g USING (PurchaseGoodId) ORDER BY 1, 7';
my $people = 'SELECT i.Identifier, c.FirstName, c.LastName, c.SourceStamp, a.Email, a.City,
	a.EmailOptin FROM Contact c JOIN ContactIdentifier i USING (ContactId)
	LEFT JOIN Address a USING (ContactId) ORDER BY 1';
connection(2, 'set', 'PageSize=3');
my $killed = 0;
# Without the daemon nobody waits for what it does now and then. Each checkpoint takes a moment, so
# that there is work for many runs.
$s->stop;
$w->sql('CREATE TRIGGER slow BEFORE UPDATE ON api_cursor FOR EACH ROW DO SLEEP(0.1)', 2);
for my $try (1 .. 20) {
	begin(2);
	my $pid = $s->spawn($s->dir . '/log', '--once');
	sleep 0.1 + rand 0.8;
	kill 'KILL', $pid;
	waitpid $pid, 0;
	$killed += ($? & 127) == 9;
	$s->sql('UPDATE api_run SET state = 7 WHERE state IN (1, 2)');
}
$w->sql('DROP TRIGGER slow', 2);
$s->start;
ok($killed > 5, "$killed runs were killed");
run_well('and one that was not', 2);
my $left = [$w->rows($all, 2), $w->rows($people, 2)];
my @tables = qw(PurchaseDetail PurchaseHeader Address ContactIdentifier AttachedStore Contact
	PurchaseGood PurchaseGoodCategory Store api_cursor);
$w->sql(join('; ', 'SET foreign_key_checks = 0', map { "DELETE FROM $_" } @tables), 2);
run_well('undisturbed', 2);
is_deeply($left, [$w->rows($all, 2), $w->rows($people, 2)], 'the tables are the same');

# ------------------------------------------------------------------ secrets

my $traces = $w->traces . $said;
unlike($traces, qr/canary/, 'no key, card or token of the shop in any log, table or output');
$w->stop;
done_testing;
