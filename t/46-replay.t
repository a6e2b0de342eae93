# A signature covers a body and nothing else: what was signed for one topic of a shop does nothing
# as another - a data request
# erases nobody, a deletion deletes nothing of another kind -, whatever address, headers and times
# somebody sends it with.
use strict;
use warnings;
use utf8;
use Test::More;
use Digest::SHA qw(hmac_sha256_base64);
use JSON::PP;
use World;

binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output;
my $w = World->start(scheduler => { CUSTOMERAPI_QUEUE_LADDER => '1' });
my $s = $w->{s};
my $secret = 'replay-canary';
$w->admin('source add C1 A1 --source-id 2 --label Shop --scheme shopify --secret-file -', $secret);
my $hook = 0;

# A delivery as the shop signs it; %headers besides.
sub signed { return signed_at(2, @_) }
sub signed_at {
	my ($source, $what, $body, %headers) = @_;
	my $bytes = World::encoded($body);
	my $hmac = hmac_sha256_base64($bytes, $secret);
	$hmac .= '=' while length($hmac) % 4;
	return $w->post("Shopify/$what", $bytes, source => $source,
		headers => { 'X-Shopify-Hmac-SHA256' => $hmac,
			'X-Shopify-Shop-Domain' => 'a.myshopify.com',
			'X-Shopify-Webhook-Id' => 'replay-' . ++$hook, %headers });
}
sub topic { return ('X-Shopify-Topic' => $_[0]) }
sub is_outcome { my ($r, $outcome, $reason, $name) = @_;
	is($r->{outcome}, $outcome, $name) or diag("$r->{class}: $r->{reason}");
		ref $reason ? like($r->{reason}, $reason, "$name: the reason") : is($r->{reason},
			$reason, "$name: the reason") if defined $reason }
sub erasures { return $s->value('SELECT COUNT(*) FROM api_privacy WHERE kind <> 4') }

my %customer = (id => 191167, email => 'john@example.com', first_name => 'John', last_name => 'Doe',
	created_at => '2026-10-01T10:00:00Z', updated_at => '2026-10-01T10:00:00Z');
my %who = (shop_id => 954889, shop_domain => 'a.myshopify.com',
	customer => { id => 191167, email => 'john@example.com', phone => '555-625-1199' });
my %request = (%who, orders_requested => [299938, 280263], data_request => { id => 9999 });
my %redact = (%who, orders_to_redact => [299938, 280263]);
my %shop = (shop_id => 954889, shop_domain => 'a.myshopify.com');
is_outcome(signed('Customer/Insert', \%customer, topic('customers/create')), 'done', undef,
	'a customer');

# ------------------------------------------------------------------ bodies

is_outcome(signed('Compliance/DataRequest', \%request, topic('customers/data_request')), 'done',
	undef, 'his request for his data');
my $why = 'The same signed body came as customers/data_request first. A body that was signed for '
	. 'one topic has no effect under another.';
my $seen = qr/^\Q$why\E$/;
is_outcome(signed('Compliance/Redact', \%request, topic('customers/redact')), 'dead', $seen,
	'sent again as a redaction');
is_outcome(signed('Compliance/Redact', \%request), 'dead', $seen, 'without the topic');
is_outcome(signed('Compliance/ShopRedact', \%request, topic('shop/redact')), 'dead', $seen,
	'as a redaction of the shop');
my %cases = (
	'a data request as a redaction' => ['Redact', { %request, data_request => { id => 1 } },
		'The body is not that of a customer\'s redaction: it lacks "orders_to_redact".'],
	'one that is both' => ['Redact', { %request, %redact },
		'The body is not that of a customer\'s redaction: it has "data_request".'],
	'one with its orders' => ['Redact', { %redact, orders_requested => [] },
		'The body is not that of a customer\'s redaction: it has "orders_requested".'],
	'a redaction without its orders' => ['Redact', { %who, customer => { id => 5 } },
		'The body is not that of a customer\'s redaction: it lacks "orders_to_redact".'],
	'a redaction as one of the shop' => ['ShopRedact', { %redact },
		'The body is not that of a shop\'s redaction: it has "customer".'],
	'the shop\'s with more' => ['ShopRedact', { %shop, id => 5 },
		'The body is not that of a shop\'s redaction: it has "id".'],
	'the shop\'s without its id' => ['ShopRedact', { shop_domain => 'a.myshopify.com' },
		'The body is not that of a shop\'s redaction: it lacks "shop_id".'],
	'a redaction as a data request' => ['DataRequest', { %redact },
		'The body is not that of a data request: it lacks "orders_requested" and '
			. '"data_request".'],
	'a data request with orders to redact' => ['DataRequest',
		{ %request, orders_to_redact => [] },
		'The body is not that of a data request: it has "orders_to_redact".'],
	'a customer as the shop\'s' => ['ShopRedact', { %customer, id => 7 },
		'The body is not that of a shop\'s redaction: it lacks "shop_id" and "shop_domain".'],
);
for my $case (sort keys %cases) {
	my ($action, $body, $reason) = @{ $cases{$case} };
	is_outcome(signed("Compliance/$action", $body), 'dead', $reason, $case);
	$s->sql("DELETE FROM api_message WHERE state = 4");
}
is(erasures(), 0, 'nothing of it asked for an erasure');
is($w->value("SELECT LastName FROM Contact"), 'Doe', 'and the person is there');

# ------------------------------------------------------------------ topics and addresses

my @triples = (['Customer', 'Insert', 'customers/create'],
	['Customer', 'Update', 'customers/update'], ['Customer', 'Delete', 'customers/delete'],
	['Customer', 'Merge', 'customers/merge'], ['Product', 'Insert', 'products/create'],
	['Product', 'Update', 'products/update'], ['Product', 'Delete', 'products/delete'],
	['Order', 'Insert', 'orders/create'], ['Order', 'Update', 'orders/updated'],
	['Order', 'Delete', 'orders/delete'],
	['Compliance', 'DataRequest', 'customers/data_request'],
	['Compliance', 'Redact', 'customers/redact'], ['Compliance', 'ShopRedact', 'shop/redact']);
my @wrong;
for my $t (@triples) {
	for my $other (grep { $_->[2] ne $t->[2] } @triples) {
		push @wrong,
			[$t, $other, $w->queue("Shopify/$t->[0]/$t->[1]", { id => 5 }, source => 2,
				headers => do {
			my $hmac = hmac_sha256_base64('{"id":5}', $secret);
			$hmac .= '=' while length($hmac) % 4;
			+{ 'X-Shopify-Hmac-SHA256' => $hmac, 'X-Shopify-Webhook-Id' => 'wrong-'
				. ++$hook, topic($other->[2]) };
		})];
	}
}
is_deeply([grep { my $r = $w->became($_->[2]);
	$r->{outcome} ne 'dead' || $r->{reason} !~ /^The topic \Q$_->[1][2]\E belongs to/ } @wrong],
		[], @wrong . ' topics at the address of another are refused');
$s->sql("DELETE FROM api_message WHERE state = 4");

# ------------------------------------------------------------------ what takes something away, and
# has nothing but a number

my %deletion = (id => 788032119674292900);
is_outcome(signed('Customer/Insert', { %customer, id => $deletion{id}, email => 'jane@example.com',
	last_name => 'Roe' }, topic('customers/create')), 'done', undef,
	'a customer who has the number of a product');
my $r = signed('Product/Delete', \%deletion, topic('products/delete'));
isnt($r->{outcome}, 'dead', 'the deletion of that product') or diag($r->{reason});
is_outcome(signed('Customer/Delete', \%deletion, topic('customers/delete')), 'dead',
	'The same signed body came as products/delete first. A body that was signed for one topic '
		. 'has no effect under another.', 'does not delete the customer');
is_outcome(signed('Order/Delete', \%deletion), 'dead',
	qr/^The same signed body came as products\/delete/, 'nor an order');
$r = signed('Product/Delete', \%deletion, topic('products/delete'));
isnt($r->{outcome}, 'dead', 'the same topic again may') or diag($r->{reason});
# A second Source of the same secret is no way around it.
$w->admin('source add C1 A1 --source-id 3 --label Second --scheme shopify --secret-file -',
	$secret);
for (['Customer/Delete', topic('customers/delete')], ['Order/Delete'],
	['Compliance/Redact', topic('customers/redact')]) {
	my ($what, %headers) = @$_;
	my ($body, $first) = $what =~ /^Compliance/ ? (\%request, 'customers/data_request')
		: (\%deletion, 'products/delete');
	is_outcome(signed_at(3, $what, $body, %headers), 'dead',
		qr/^The same signed body came as \Q$first\E first/, "$what by another Source");
}
is($w->value("SELECT DeletionFlag FROM Contact WHERE LastName = 'Roe'"), 0, 'he is there');

# An address that was wrong, and is mended: the topic is the same.
is_outcome(signed('Compliance/DataRequest', \%redact, topic('customers/redact')), 'dead',
	qr/^The topic customers\/redact belongs to/, 'a redaction at a wrong address');
is_outcome(signed('Compliance/Redact', \%redact, topic('customers/redact')), 'done', undef,
	'may come again at the right one');
ok($s->until_is(1, "SELECT COUNT(*) FROM api_privacy WHERE kind = 2 AND state = 2"), 'and is done');
is($w->value("SELECT COUNT(*) FROM Contact WHERE LastName = 'Doe'"), 0, 'then the person is gone');
is($s->value("SELECT COUNT(*) FROM api_message WHERE body = '' AND body_hash IS NOT NULL"), 0,
	'and no hash of what was about him is kept');

# Only what was signed has a hash; it is looked up by an index.
$w->post('Standard/Contact/Insert', { LastName => 'By key', ExternalKey => { Identifier => 'k' } });
is($s->value("SELECT body_hash IS NULL FROM api_message WHERE platform = 'Standard'"), 1,
	'what came by a key has none');
like(join(' ', map { join ' ', @$_ } $s->sql("EXPLAIN SELECT platform FROM api_message WHERE "
	. "body_hash = REPEAT('x', 32) AND tenant_id = 1 AND id < 5 ORDER BY id LIMIT 1")),
	qr/\bbody_hash\b/, 'the look-up has its index');

# Somebody who sends the same bytes many times over does not hide the first.
my %late = (%request, data_request => { id => 10_000 }, orders_to_redact => []);
is_outcome(signed('Compliance/DataRequest', \%late, topic('customers/data_request')), 'dead',
	qr/it has "orders_to_redact"/, 'a body of two topics');
$s->sql("UPDATE api_message SET headers = '{}', body = '' WHERE state = 4");
is_outcome(signed('Compliance/Redact', \%late), 'dead',
	qr/^The same signed body came as Shopify\/Compliance\/DataRequest/,
	'where its headers are gone, the address it came to counts') for 1 .. 7;
is($s->stop, 0, 'the daemon ends well');
done_testing();
