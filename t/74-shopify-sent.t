# Every sample body is sent as a shop sends it, signed, through nginx, the web program and the
# daemon: a webhook body has its effect, anything else is kept with a reason.
use strict;
use warnings;
use Digest::SHA qw(hmac_sha256_base64);
use Test::More;
use World;

my $w = World->start(tenant => { time_zone => "'Europe/Paris'" });
my $dir = "$ENV{SRCDIR}/t/fixtures/shopify";
my $secret = join '', map { chr(97 + int rand 26) } 1 .. 32;
$w->admin('source add C1 A1 --source-id 2 --scheme shopify --test-orders --secret-file -', $secret);

sub fixture {
	my ($file) = @_;
	open my $in, '<:raw', "$dir/$file.json" or die "$file: $!";
	local $/;
	return <$in>;
}

my @tables = qw(Contact ContactIdentifier PurchaseHeader PurchaseDetail PurchaseGood Voucher);
sub effects { return join ' ', map { $w->value("SELECT COUNT(*) FROM $_") } @tables }

# file => [triple, topic, what becomes of it, its reason, rows in @tables]
my %samples = (
	customers_create => ['Customer/Insert', 'customers/create', 'done',
		qr/^Contact \d+ written/, '1 1 0 0 0 0'],
	customers_update_2023 => ['Customer/Update', 'customers/update', 'done', qr/^Contact/,
		'1 1 0 0 0 0'],
	customers_disable => ['Customer/Update', 'customers/disable', 'done', qr/^Contact/,
		'1 1 0 0 0 0'],
	customers_email_consent_update => ['Customer/Update',
		'customers_email_marketing_consent/update', 'done', qr/^Consent of contact/,
		'1 1 0 0 0 0'],
	customers_delete => ['Customer/Delete', 'customers/delete', 'done', qr/marked as deleted/,
		'1 1 0 0 0 0'],
	products_create => ['Product/Insert', 'products/create', 'done',
		qr/with 2 variants; 0 gone/, '0 0 0 0 3 0'],
	products_update => ['Product/Update', 'products/update', 'done',
		qr/with 2 variants; 0 gone/, '0 0 0 0 3 0'],
	products_delete => ['Product/Delete', 'products/delete', 'done', qr/marked as deleted/,
		'0 0 0 0 1 0'],
	orders_create => ['Order/Insert', 'orders/create', 'done', qr/written with 6 lines; 0 gone/,
		'1 1 1 6 6 0'],
	orders_updated => ['Order/Update', 'orders/updated', 'done',
		qr/written with 4 lines; 0 gone/, '1 1 1 4 4 0'],
	orders_paid => ['Order/Update', 'orders/paid', 'done', qr/written with 4 lines; 0 gone/,
		'1 1 1 4 4 0'],
	orders_paid_code => ['Order/Insert', 'orders/create', 'done',
		qr/written with 4 lines; 0 gone/, '1 1 1 4 4 1'],
	orders_partially_fulfilled => ['Order/Update', 'orders/partially_fulfilled', 'done',
		qr/written with 4 lines; 0 gone/, '1 1 1 4 4 0'],
	orders_cancelled_2023 => ['Order/Update', 'orders/cancelled', 'done',
		qr/written with 3 lines; 0 gone/, '1 1 1 3 2 0'],
	orders_delete => ['Order/Delete', 'orders/delete', 'done', qr/marked as deleted/,
		'0 0 1 0 0 0'],
	customers_data_request => ['Compliance/DataRequest', 'customers/data_request', 'done',
		qr/\S/],
	carts_create => ['Cart/Insert', 'carts/create', 'unrouted',
		qr/^Shopify has no entity Cart;/],
	carts_exemplar => ['Cart/Insert', 'carts/create', 'unrouted',
		qr/^Shopify has no entity Cart;/],
	checkouts_create => ['Checkout/Insert', 'checkouts/create', 'unrouted',
		qr/^Shopify has no entity Checkout;/],
	checkouts_delete => ['Checkout/Delete', 'checkouts/delete', 'unrouted',
		qr/^Shopify has no entity Checkout;/],
	refunds_create => ['Refund/Insert', 'refunds/create', 'unrouted',
		qr/^Shopify has no entity Refund;/],
	orders_exemplar_code_no_email => ['Order/Insert', 'orders/create', 'dead',
		qr/^"currency" is no currency of ISO 4217/],
	carts_list => ['Order/Insert', undef, 'dead', qr/^The body is wrapped in "carts"/],
	checkouts_abandoned_list => ['Order/Insert', undef, 'dead',
		qr/^The body is wrapped in "checkouts"/],
	customer_wrapped => ['Customer/Insert', undef, 'dead',
		qr/^The body is wrapped in "customer", as the Admin API answers/],
	customers_list => ['Customer/Insert', undef, 'dead',
		qr/^The body is wrapped in "customers"/],
	draft_order_cad => ['Order/Insert', undef, 'dead',
		qr/^The body is wrapped in "draft_order"/],
	error_401_invalid_token => ['Order/Insert', undef, 'dead',
		qr/^The body is an error answer of the Admin API/],
	line_item_valid => ['Product/Insert', undef, 'dead', qr/looks like a line of an order/],
	order_discount_code_fulfilled => ['Order/Insert', undef, 'dead',
		qr/^The body is wrapped in "order"/],
	order_eur_partially_refunded => ['Order/Update', undef, 'dead',
		qr/^The body is wrapped in "order"/],
	order_guest_customer_null_cancelled => ['Order/Update', undef, 'dead',
		qr/^The body is wrapped in "order"/],
	product_wrapped => ['Product/Insert', undef, 'dead', qr/^The body is wrapped in "product"/],
	refund_wrapped => ['Order/Update', undef, 'dead', qr/^The body is wrapped in "refund"/],
);
is_deeply([sort keys %samples], [sort map { m{([^/]+)\.json$} } glob "$dir/*.json"],
	'each sample is here');

for my $file (sort keys %samples) {
	my ($triple, $topic, $outcome, $reason, $effects) = @{ $samples{$file} };
	my $body = fixture($file);
	my $hmac = hmac_sha256_base64($body, $secret);
	$hmac .= '=' while length($hmac) % 4;
	my $before = $w->{s}->value('SELECT COUNT(*) FROM api_message');
	my $m = $w->post("Shopify/$triple", $body, source => 2,
		headers => { 'X-Shopify-Hmac-SHA256' => $hmac, 'X-Shopify-Webhook-Id' => $file,
			'X-Shopify-Shop-Domain' => 'a.myshopify.com',
		'X-Shopify-Triggered-At' => '2026-11-24T08:00:00Z',
		defined $topic ? ('X-Shopify-Topic' => $topic) : () });
	is($m->{outcome}, $outcome, "$file: $outcome");
	like($m->{reason}, $reason, "$file: and why");
	is($w->{s}->value('SELECT COUNT(*) FROM api_message') - $before, 1, "$file: it is kept");
	is(effects(), $effects // '0 0 0 0 0 0',
		"$file: " . ($effects ? 'its effect' : 'no effect'));
	$w->sql(join ';', map { "DELETE FROM $_" } @tables, qw(Address PurchaseGoodCategory));
}

# A refusal says what is missing, all of it.
my $nobody =
	'it has none of "first_name", "last_name", "email" and "phone", of which it needs one.';
my %refused = (
	'a customer without any name' => ['Customer/Insert', '{"id": 7}', "of a customer: $nobody"],
	'one with all that a customer has but that' => ['Customer/Update',
		'{"id": 7, "created_at": "2026-11-24T08:00:00Z", "default_address": {"city": '
			. '"Lille"}, "email_marketing_consent": {"state": "subscribed"}}',
			"of a customer: $nobody"],
	'what is of an order' => ['Customer/Insert',
		'{"id": 7, "email": "a@demo.example", "order_id": 8}',
		'of a customer: it has "order_id", which a customer does not.'],
	'an order as a customer' => ['Customer/Insert',
		'{"id": 7, "email": "a@demo.example", "line_items": []}',
		'of a customer: it has "line_items" and looks like a cart or an order.'],
	'a product without title' => ['Product/Insert', '{"id": 7, "variants": []}',
		'of a product: it lacks "title".'],
	'a product with nothing' => ['Product/Insert', '{"id": 7}',
		'of a product: it lacks "title" and "variants".'],
	'an order without sums' => ['Order/Insert',
		'{"id": 7, "line_items": [], "financial_status": "paid"}',
		'of an order: it has "line_items" and looks like a cart or an order; it lacks '
			. '"total_price" and "currency".'],
	'an order with nothing' => ['Order/Update', '{"id": 7}',
		'of an order: it lacks "line_items", "financial_status", "total_price" and '
			. '"currency".'],
	'a privacy request without its shop' => ['Compliance/Redact', '{"customer": {"id": 7}}',
		'a customer\'s redaction: it lacks "shop_id", "shop_domain" and "orders_to_redact".'],
	'one with nothing' => ['Compliance/DataRequest', '{}',
		'it lacks "shop_id", "shop_domain", "customer", "orders_requested" and '
			. '"data_request".'],
);
for my $what (sort keys %refused) {
	my ($triple, $body, $says) = @{ $refused{$what} };
	my $hmac = hmac_sha256_base64($body, $secret);
	$hmac .= '=' while length($hmac) % 4;
	my $m = $w->post("Shopify/$triple", $body, source => 2,
		headers => { 'X-Shopify-Hmac-SHA256' => $hmac,
			'X-Shopify-Shop-Domain' => 'a.myshopify.com' });
	is($m->{outcome}, 'dead', "$what: refused");
	like($m->{reason}, qr/\Q$says\E$/, "$what: and what is missing");
}
$w->stop;

done_testing();
