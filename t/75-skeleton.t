# The skeleton of a platform (platform/skeleton/): orders of WooCommerce through nginx and the
# daemon. All that the rest of the program knows of it comes from its rows.
use strict;
use warnings;
use utf8;
use JSON::PP;
use Test::More;
use World;

binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output;
my $w = World->start(tenant => { time_zone => "'Europe/Paris'" });

sub order {
	my (%more) = @_;
	open my $in, '<:raw', "$ENV{SRCDIR}/t/fixtures/woocommerce/order_created.json" or die $!;
	local $/;
	return { %{ JSON::PP->new->utf8->decode(<$in>) }, %more };
}
sub sent {
	my ($action, $body, $outcome, $reason, $name) = @_;
	my $r = $w->post("Skeleton/Order/$action", $body);
	is($r->{outcome}, $outcome, $name) or diag "$r->{class} $r->{reason}";
	like($r->{reason}, $reason, "$name: its reason");
	return $r;
}
sub one { my ($sql) = @_; return $w->rows($sql)->[0] }

# ---------------------------------------------------------------- an order, as it was placed

sent('Insert', order(), 'done', qr/^Purchase \d+ of contact \d+ written with 3 lines; 0 gone\.$/,
	'an order');
is(one('SELECT PurchaseIdentifier, PurchaseReference, PurchaseDate, CurrencyId, Amount, '
	. 'DiscountAmount, OriginalAmount, PaymentMethod, PurchaseStatusId, SourceStamp, '
		. 'DeletionFlag FROM PurchaseHeader'),
	'1027|1027|2026-11-20 09:15:00.000000|EUR|65.8800|6.0000|65.8800|Carte bancaire|3|'
		. '2026-11-20 09:15:04.000000|0', 'the purchase');
is_deeply($w->rows('SELECT Identifier, Sku, Label, Quantity, Amount, DiscountAmount FROM '
	. 'PurchaseDetail ORDER BY Identifier'),
	['3151|LIN-M|Chemise en lin - M|2.0000|54.0000|6.0000',
		'3152|CARTE|Carte cadeau|1.0000|6.0000|0.0000',
		'3153|NULL|Colissimo|1.0000|5.8800|NULL'], 'its lines: net of discounts, with tax');
is($w->value('SELECT SUM(Amount) FROM PurchaseDetail'), '65.8800', 'which add up');
is(one('SELECT i.Identifier, c.FirstName, c.LastName, h.PurchaseIdentifier FROM Contact c JOIN '
	. 'ContactIdentifier i USING (ContactId) JOIN PurchaseHeader h USING (ContactId)'),
	'26|Léa|Fontaine|1027', 'its buyer');
is(one('SELECT Address1, Address2, PostCode, City, CountryId, Email, EmailOptin FROM Address'),
	'12 quai de Saône|bât. C|69002|Lyon|FRA|lea.fontaine@example.com|NULL',
	'and the address, which says nothing of opt-ins');

# ---------------------------------------------------------------- as it stands later

my $changed = order(status => 'completed', date_modified_gmt => '2026-11-22T08:00:00',
	total => '60.00', refunds => [{ id => 1030, reason => 'damaged', total => '-10.00' }]);
splice @{ $changed->{line_items} }, 1, 1;
sent('Update', $changed, 'done', qr/with 2 lines; 1 gone\.$/, 'changed');
is(one('SELECT Amount, OriginalAmount, PurchaseStatusId FROM PurchaseHeader'),
	'50.0000|65.8800|5', 'what the buyer keeps; what was first ordered stays');
is_deeply($w->rows('SELECT Identifier FROM PurchaseDetail WHERE DeletionFlag = 1'), ['3152'],
	'a line that is gone');
sent('Update', order(), 'superseded', qr/^A newer state of order 1027 is stored\.$/, 'overtaken');
sent('Update', order(status => 'cancelled', date_modified_gmt => '2026-11-23T08:00:00'), 'done',
	qr/with 0 lines; 2 gone\.$/, 'cancelled');
is($w->value('SELECT Amount FROM PurchaseHeader'), '0.0000', 'nobody keeps or owes anything');

# ---------------------------------------------------------------- guests, and what cannot be

sent('Insert', order(id => 1028, customer_id => 0, billing => { email => 'Guest@Example.com' }),
	'done', qr/^Purchase/, 'a guest');
is(one("SELECT i.Identifier FROM ContactIdentifier i JOIN PurchaseHeader h USING (ContactId) "
	. "WHERE h.PurchaseIdentifier = '1028'"), 'email:guest@example.com',
	'is known by the address');
sent('Insert', order(id => 1029, customer_id => 0, billing => {}), 'done', qr/of contact 0/,
	'nobody');
sent('Insert', order(id => undef, currency => ''), 'dead', qr/id is missing.*currency is missing/,
	'faults, all at once');
sent('Insert', order(id => 1031, total => 'a lot'), 'dead', qr/total/, 'no amount');
sent('Insert', order(id => 1032, line_items => [{ name => 'x', total => '1' }]), 'dead',
	qr/no id/, 'no line');
is($w->value("SELECT COUNT(*) FROM PurchaseHeader WHERE PurchaseIdentifier IN ('1031', '1032')"), 0,
	'and nothing is half done');

# ---------------------------------------------------------------- what its rows say to the web

my $path = '/ProcessManagement/Connector/Standard/QueueProcess/C1/A1/Skeleton/Order/Insert'
	. '?SourceId=1&key=key-1';
my %headers = ('X-WC-Webhook-Topic' => 'order.created', 'X-WC-Webhook-Delivery-ID' => 'd-1',
	'X-WC-Webhook-Signature' => 'canary-signature',
	'X-WC-Webhook-Source' => 'https://shop.example/');
my ($first, $again, $other) = map { $w->request('POST', $path, order(id => $_->[0]), %headers,
	'X-WC-Webhook-Delivery-ID' => $_->[1])->{json} }
	[2001, 'd-1'], [2002, 'd-1'], [2002, 'd-2'];
is($again->{Receipt}, $first->{Receipt}, 'the number of a delivery tells a repetition');
isnt($other->{Receipt}, $first->{Receipt}, 'another number is another delivery');
$w->became($_->{Receipt}) for $first, $other;
my ($kept) = map { $_->[0] } $w->{s}->sql('SELECT headers FROM api_message WHERE receipt = '
	. "x'$first->{Receipt}'");
like($kept, qr/"x-wc-webhook-topic":"order\.created"/, 'its headers are kept');
unlike($kept, qr/canary/, 'but no signature');
my ($help) = $w->request('GET', '/HelpWebapi')->{content} =~
	m{href="([^"]*/POST-[^"]*QueueProcess[^"]*)"};
for my $page ($help =~ s/&amp;/&/gr, '/openapi.json') {
	my $r = $w->request('GET', $page);
	like($r->{content}, qr/Shopify/, "$page shows platforms");
	unlike($r->{content}, qr/skeleton/i, 'but not this one');
}

$w->stop;
done_testing();
