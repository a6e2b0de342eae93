# The files of the vendor's exporters, by the mappings that come with the program: the five of
# Magento 2 with a header, the five of Magento 1 without. What comes by webhook and by file is one
# purchase, in both orders of arrival. The same files again change nothing.
# The files are written here as the exporters' code writes them.
use strict;
use warnings;
use utf8;
use Encode qw(encode);
use File::Temp qw(tempdir);
use JSON::PP;
use Test::More;
use World;

binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output;
my $w = World->start(tenant => { time_zone => "'Europe/Paris'" });
my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $dir = tempdir(CLEANUP => 1);
my $n = 0;

sub slurp { open my $fh, '<:encoding(UTF-8)', $_[0] or return ''; local $/; return <$fh> // '' }
sub one { return $w->rows(@_)->[0] }

# PHP's fputcsv, with the blank that Magento's filePutCsv puts before signs.
sub m2_field {
	my ($text) = @_;
	$text = " $text" if $text =~ /^[=+-]/;
	return $text =~ /[|"\s]/ ? '"' . $text =~ s/"/""/gr . '"' : $text;
}
sub m2 {
	my ($columns, @rows) = @_;
	return join '', map { join('|', map { m2_field($_) } @$_) . "\n" } $columns,
		map { my $row = $_; [map { $row->{$_} // '' } @$columns] } @rows;
}
# Magento 1: implode, and nothing more.
sub m1 { return join '', map { join('|', map { $_ // '' } @$_) . "\n" } @_ }

# Imports a text by a preset; its counts.
sub import_file {
	my ($preset, $text, %o) = @_;
	my $path = "$dir/" . ++$n . '.csv';
	open my $fh, '>:raw', $path or die $!;
	print $fh encode('UTF-8', $text);
	close $fh;
	my $tenant = $o{tenant} // 1;
	my $out = eval { $w->admin("import run C$tenant A$tenant $path --preset $preset "
		. "--source-id 1 --json --results $dir/$n" . ($o{more} // '')) };
	return { failed => $@ } if !defined $out;
	my $said = decode_json($out);
	$said->{rows} = { map { $_->{Entity} => $_ } @{ $said->{Rows} } };
	return $said;
}
sub reasons {
	my ($head, @lines) = split /\n/, slurp("$dir/$n.reasons.csv");
	return [map { s/^\d+;"?//r =~ s/"$//r } @lines];
}

my @tables = map { $_->[0] } $w->sql("SELECT table_name FROM information_schema.tables WHERE
	table_schema = 'tenant1' AND table_type = 'BASE TABLE' AND table_name NOT IN ('api_import')
	ORDER BY 1");
sub sum { my ($tenant) = @_;
	return join "\n",
		@{ $w->rows('CHECKSUM TABLE ' . join(', ', map { "`$_`" } @tables), $tenant) } }

# ------------------------------------------------------------------ Magento 2: catalogue

my @category = qw(category_code category_name parent_category_code);
my $categories = m2(\@category, { category_code => 1, category_name => 'Root',
	parent_category_code => 0 },
	{ category_code => 4, category_name => 'T-shirts', parent_category_code => 1 },
	{ category_code => 12, category_name => 'Mugs & "cups"', parent_category_code => 1 });
my @product = qw(purchase_good_identifier SKU EAN13 reference product_name product_description
	product_category_id product_url product_image_url);
my $products = m2(\@product,
	{ purchase_good_identifier => 5, SKU => 'MUG-01', product_name => 'Mug 5" "Paris"',
		product_description => 'Une tasse.<br>Contenance | 30 cl',
		product_category_id => 12,
		product_url => 'https://shop.example/mug.html' },
	{ purchase_good_identifier => 6, SKU => 'TS-RED', product_name => 'T-shirt' },
	{ purchase_good_identifier => 7, SKU => 'TS-RED-M', product_name => '-50 % T-shirt M',
		product_category_id => 99 });
my $per_store = m2([@product, 'code_magasin'],
	{ purchase_good_identifier => 5, SKU => 'MUG-01', product_name => 'Becher',
		code_magasin => 'german' },
	{ purchase_good_identifier => 8, SKU => 'CAP', product_name => 'Kappe',
		code_magasin => 'german' });
for my $tenant (1, 2) {
	for (['Magento2.ProductCategory', $categories, 3], ['Magento2.Product', $products, 3],
		['Magento2.ProductStore', $per_store, 2]) {
		my $said = import_file(@$_[0, 1], tenant => $tenant);
		is_deeply([@$said{qw(Read Taken Rejected)}], [$_->[2], $_->[2], 0],
			"$tenant: $_->[0]")
			or diag explain [$said, reasons()];
	}
}
is_deeply($w->rows('SELECT Identifier, Label, HierarchyNode, ParentHierarchyNode FROM
	PurchaseGoodCategory ORDER BY Identifier + 0'),
	['1|Root|1|NULL', '4|T-shirts|4|1', '12|Mugs & "cups"|12|1', '99|NULL|NULL|NULL'],
	'categories: no parent is none; one that a product names is there');
is_deeply($w->rows('SELECT g.Identifier, Sku, g.Label, Description, c.Identifier, Uri,
	PurchaseGoodTypeId FROM PurchaseGood g LEFT JOIN PurchaseGoodCategory c USING
	(PurchaseGoodCategoryId) ORDER BY Sku'),
	['8|CAP|Kappe|NULL|NULL|NULL|1',
	'5|MUG-01|Mug 5" "Paris"|Une tasse.<br>Contenance | 30 '
		. 'cl|12|https://shop.example/mug.html|1',
	'6|TS-RED|T-shirt|NULL|NULL|NULL|1', '7|TS-RED-M|-50 % T-shirt M|NULL|99|NULL|1'],
	'goods: names per store change none, a good of a store alone is added');
is(one("SELECT COUNT(*) FROM Store WHERE StoreIdentifier = 'german'"), 1, 'and the store');

# ------------------------------------------------------------------ Magento 2: customers

my @customer = qw(ecommerce_contact_id civility lastname firstname birthdate address_line_1
	address_line_2 address_line_3 address_line_4 address_postal_code address_country_code
	address_city phone phone_country_code email email_optin email_optin_date language_id
	created_date updated_date last_logged_in_date newsletter_date_subscribe store_code);
my %jeanne = (ecommerce_contact_id => 201, civility => 'Mme', lastname => 'Dupont',
	firstname => 'Jeanne', birthdate => '03/02/1985', address_line_1 => '12 rue de la Paix',
	address_line_2 => 'Bât. B', address_postal_code => '69002', address_country_code => 'FRA',
	address_city => 'Lyon', phone => '+33612345678', phone_country_code => 'FRA',
	email => 'jeanne@shop.example', email_optin => 1, email_optin_date => '01/02/2026 10:00:00',
	created_date => '01/03/2024 10:00:00', updated_date => '31/01/2026 09:15:02',
	last_logged_in_date => '31/01/2026 09:15:02',
	newsletter_date_subscribe => '01/02/2026 10:00:00', store_code => 'default');
my %max = (ecommerce_contact_id => 202, lastname => 'Müller', firstname => 'Max "Maxi"',
	email => 'max@shop.example', email_optin => 0, email_optin_date => '05/01/2026 07:00:59',
	created_date => '05/01/2026 07:00:59', updated_date => '05/01/2026 07:00:59',
	store_code => 'german');
$w->post('Magento/Newsletter/Update', { Addresses => [{ Email => 'max@shop.example',
	EmailOptin => $true, EmailOptinDateUTC => '2025-06-01 00:00:00' }] });
my $customers = m2(\@customer, \%jeanne, \%max);
my $said = import_file('Magento2.Customer', $customers);
is_deeply([@$said{qw(Read Taken Rejected RemarkCount)}], [2, 2, 0, 0], 'customers')
	or diag explain [$said, reasons()];
is_deeply($w->rows('SELECT i.Identifier, CivilityId, LastName, FirstName, DATE(BirthDate),
	BirthYear, FreeFieldDateTime1, a.Address1, a.Address2, a.PostCode, a.City, a.CountryId,
	a.MobilePhoneNumber, a.Email, a.EmailOptin, a.EmailOptinDate, s.StoreIdentifier FROM '
		. 'Contact c
	JOIN ContactIdentifier i USING (ContactId) JOIN Address a USING (ContactId) LEFT JOIN
	AttachedStore USING (ContactId) LEFT JOIN Store s USING (StoreId) ORDER BY 1'),
	['201|2|Dupont|Jeanne|1985-02-03|1985|2024-03-01 09:00:00.000000|12 rue de la Paix|Bât. B|'
	. '69002|Lyon|FRA|+33612345678|jeanne@shop.example|1|2026-02-01 09:00:00.000000|default',
	(map { "$_|NULL|Müller|Max \"Maxi\"|NULL|NULL|2026-01-05 "
		. "06:00:59.000000|NULL|NULL|NULL|NULL|"
	. 'NULL|NULL|max@shop.example|1|2025-06-01 00:00:00.000000|german' } '202',
	'email:max@shop.example')],
	'who they are: shop time; a guest joins; the flag 0 of somebody '
	. 'who never subscribed there withdraws nothing');
my $sum = sum();
is(import_file('Magento2.Customer', $customers)->{rows}{Contact}{Unchanged}, 2, 'the same again');
is(sum(), $sum, 'changes nothing');
import_file('Magento2.Customer', m2(\@customer, { %jeanne, email_optin => 0,
	newsletter_date_subscribe => '01/03/2026 10:00:00', address_city => 'Nice' }));
is(one("SELECT City, EmailOptin, EmailOptinDate FROM Address WHERE Email = 'jeanne\@shop.example'"),
	'Nice|0|2026-03-01 09:00:00.000000', 'who unsubscribed is no subscriber any more');

# ------------------------------------------------------------------ Magento 2: orders

my @order = qw(ecommerce_command_id order_reference code_magasin order_creation_date
	ecommerce_contact_id currency total_price total_price_excl_tax total_discount order_uri
	order_status order_status_update_date payment_method carrier_name carrier_tracking_code
	carrier_tracking_uri line_id product_sku product_ean13 product_reference
	product_purchase_good_identifier product_status product_status_date product_quantity
	product_total_price product_total_price_excl_tax product_total_discount product_carrier_name
	product_carrier_tracking_code product_carrier_tracking_uri);

# An order with its lines: [item id, sku, product id, net with tax, net without, discount,
# quantity].
sub order {
	my ($header, @lines) = @_;
	return map { my ($id, $sku, $good, $total, $net, $discount, $quantity, %more) = @$_;
		{ currency => 'EUR', order_status => 'Complete', total_discount => '0.0000',
			order_creation_date => '24/01/2026 09:15:02', payment_method => 'Check',
			order_status_update_date => '25/01/2026 10:00:00', %$header, line_id => $id,
			product_sku => $sku, product_ean13 => $sku, product_reference => $sku,
			product_purchase_good_identifier => $good, product_status => 'SHIPPED',
			product_status_date => '25/01/2026 10:00:00',
			product_quantity => $quantity // '1.0000',
			product_total_price => $total, product_total_price_excl_tax => $net,
			product_total_discount => $discount // '0.0000', %more } } @lines;
}
# 31: a configurable with its child; a discount; two tracks; shipping without its tax.
sub order_31 {
	my ($uniqid, %more) = @_;
	my $mug = [61, 'MUG-01', 5, '36', '30', '4.0000', '2.0000', product_carrier_name => 'Post'];
	return order({ ecommerce_command_id => 31, order_reference => '000000031',
		code_magasin => 'default', ecommerce_contact_id => 201, total_price => '66.0000',
		total_price_excl_tax => '55', total_discount => '4', %more },
		[@$mug, product_carrier_tracking_code => 'T1'],
		[@$mug, product_carrier_tracking_code => 'T2'],
		[62, 'TS-RED-M', 6, '24', '20', '0.0000'], [63, 'TS-RED-M', 7, '0', '0', '0.0000'],
		[$uniqid, 'shipping-fee', 'shipping-fee', '5.0000', '5.0000', '0.0000', 1]);
}
my @guest = order({ ecommerce_command_id => 32, order_reference => '000000032',
	code_magasin => 'german', total_price => '19.9000',
	total_price_excl_tax => '16.583333333333' },
	[64, 'MUG-01', 5, '19.9', '16.583333333333', '5.5511151231258E-17']);
my @elsewhere = order({ ecommerce_command_id => 33, order_reference => '000000031',
	code_magasin => 'german', total_price => '7.0000', ecommerce_contact_id => 999,
	total_price_excl_tax => 7 }, [65, 'NEW|SKU', 70, '7', '7']);
# The webhook of order 31, as the same module sends it.
my %webhook = (ExternalKey => { PurchaseIdentifier => '000000031', CheckoutIdentifier => '-',
		StoreIdentifier => 'default', PurchaseDate => '2026-01-24T08:15:02Z',
		SourceId => 1 },
	ContactExternalKey => { Identifier => '201', SourceId => 1 },
	StoreExternalKey => { StoreIdentifier => 'default', SourceId => 0 },
	PurchaseDate => '2026-01-24T08:15:02Z', PurchaseStatusDate => '2026-01-25T09:00:00Z',
	PurchaseStatus => 'Complete', PaymentMethod => 'Check', CurrencyId => 'EUR', Amount => 66,
	TaxFreeAmount => 55, DiscountAmount => 4, PurchaseTypeId => 'ORDER_PAID',
	Details => [map { my ($id, $sku, $total, $free, $discount, $quantity) = @$_;
		{ ExternalKey => { Identifier => "$id", SourceId => 1 },
			PurchaseGoodExternalKey => { Sku => $sku, Identifier => "$id",
				SourceId => 1 },
			$id ? (PurchaseStatus => 'SHIPPED',
				PurchaseStatusDate => '2026-01-25T09:00:00Z') : (),
			Amount => $total, TaxFreeAmount => $free, DiscountAmount => $discount,
			Quantity => $quantity } } [5, 'MUG-01', 40, 34, 4, 2],
		[6, 'TS-RED-M', 24, 20, 0, 1], [0, 'shipping-fee', 6, 5, 0, 1]]);
my $purchase = "SELECT p.PurchaseIdentifier, PurchaseReference, i.Identifier, s.StoreIdentifier,
	p.PurchaseDate, p.PurchaseStatusId, p.PurchaseStatusDate, PaymentMethod, CurrencyId, "
		. "p.Amount,
	p.TaxFreeAmount, p.DiscountAmount, p.OriginalAmount, p.DeletionFlag FROM PurchaseHeader p "
		. "LEFT
	JOIN ContactIdentifier i USING (ContactId) LEFT JOIN Store s USING (StoreId)
	WHERE PurchaseReference = '000000031' AND s.StoreIdentifier = 'default'";
my $lines = "SELECT d.Identifier, d.Sku, g.Identifier, d.Quantity, d.Amount, d.DiscountAmount,
	d.OriginalAmount, d.PurchaseStatusId, d.PurchaseStatusDate, d.DeletionFlag
	FROM PurchaseDetail d JOIN PurchaseHeader p USING
	(PurchaseHeaderId) JOIN Store s USING (StoreId) LEFT JOIN PurchaseGood g USING "
		. "(PurchaseGoodId)
	WHERE PurchaseReference = '000000031' AND s.StoreIdentifier = 'default' ORDER BY 1";
my @header_of_31 = ('000000031@default|000000031|201|default|2026-01-24 08:15:02.000000|5|'
	. '2026-01-25 09:00:00.000000|Check|EUR|66.0000|55.0000|4.0000|66.0000|0');
my @lines_of_31 = ('0/shipping-fee|shipping-fee|shipping-fee|1.0000|6.0000|0.0000|6.0000|%|%|0',
	'5/MUG-01|MUG-01|5|2.0000|36.0000|4.0000|36.0000|5|2026-01-25 09:00:00.000000|0',
	'6/TS-RED-M|TS-RED-M|7|1.0000|24.0000|0.0000|24.0000|5|2026-01-25 09:00:00.000000|0');
# What is said of a shipping line's state is the file's alone.
sub is_31 {
	my ($tenant, $name) = @_;
	is_deeply($w->rows($purchase, $tenant), \@header_of_31, "$name: the purchase");
	my $rows = $w->rows($lines, $tenant);
	is_deeply([map { /shipping/ ? s/\|[^|]*\|[^|]*\|0$/|%|%|0/r : $_ } @$rows], \@lines_of_31,
		"$name: its lines") or diag explain $rows;
}
my $orders = m2(\@order, order_31('6564f0c2a1b3c'), @guest, @elsewhere);

# By file first, then by webhook.
$said = import_file('Magento2.Order', $orders);
is_deeply([@$said{qw(Read Taken Rejected)}], [3, 3, 0], 'orders: a record is all lines')
	or diag explain [$said, reasons()];
is_31(1, 'by file');
is_deeply($w->rows("SELECT p.PurchaseIdentifier, ContactId IS NULL, Amount, TaxFreeAmount,
	DiscountAmount FROM PurchaseHeader p WHERE PurchaseIdentifier LIKE '%german' ORDER BY 1"),
	['000000031@german|0|7.0000|7.0000|0.0000', '000000032@german|1|19.9000|16.5833|0.0000'],
	'a guest has no contact; the same number in another store is another purchase');
is(one("SELECT COUNT(*) FROM ContactIdentifier WHERE Identifier = '999'"), 1,
	'a customer of whom only an order tells is there');
is(one("SELECT PurchaseTypeId FROM PurchaseHeader WHERE PurchaseIdentifier = '000000031\@default'"),
	2, 'an order that no webhook told is unpaid, for all the file knows');
is_deeply($w->rows(
	"SELECT Sku, d.Amount, d.DiscountAmount FROM PurchaseDetail d JOIN PurchaseHeader p USING
	(PurchaseHeaderId) WHERE PurchaseIdentifier LIKE '%german' ORDER BY 1"),
	['MUG-01|19.9000|0.0000', 'NEW|SKU|7.0000|0.0000'], 'what a difference left over is 0');
$sum = sum();
$said = import_file('Magento2.Order', m2(\@order, order_31('6565aaaaaaaaa'), @guest, @elsewhere));
is($said->{rows}{PurchaseDetail}{Inserted}, 0, 'the next night, shipping has another number');
is($said->{rows}{PurchaseDetail}{Unchanged}, 5, 'and is the same line');
is(sum(), $sum, 'nothing has changed');
is($w->post('Magento/Command/Update', \%webhook)->{outcome}, 'done', 'then the webhook');
is_31(1, 'by file, then by webhook');
is(one("SELECT PurchaseTypeId FROM PurchaseHeader WHERE PurchaseIdentifier = '000000031\@default'"),
	1, 'which knows that it is paid');

# By webhook first, then by file.
is($w->post('Magento/Command/Update', \%webhook, tenant => 2)->{outcome}, 'done', 'by webhook');
is_31(2, 'by webhook');
$sum = sum(2);
$said = import_file('Magento2.Order', m2(\@order, order_31('6564f0c2a1b3c')), tenant => 2);
is_deeply([@$said{qw(Read Taken Rejected)}], [1, 1, 0], 'then the file of that night');
is(sum(2), $sum, 'which tells nothing new');
my @later = order_31('6566', order_status_update_date => '01/01/2036 00:00:00',
	order_status => 'Canceled');
import_file('Magento2.Order', m2(\@order, @later), tenant => 2);
is(one($purchase, 2) =~ s/.*EUR//r, '|0.0000|0.0000|0.0000|66.0000|0',
	'a file of a later state changes it: cancelled, it is worth nothing');
is(one('SELECT PurchaseTypeId FROM PurchaseHeader', 2), 1, 'and is of the type that it was');
is($w->value('SELECT COUNT(*) FROM PurchaseHeader', 2), 1, 'one purchase in all');

# A file whose lines do not add up keeps them net.
import_file('Magento2.Order', m2(\@order, order({ ecommerce_command_id => 40,
	order_reference => '000000040', code_magasin => 'default', total_price => '50',
	total_price_excl_tax => 40 }, [90, 'MUG-01', 5, '36', '30', '4.0000', '2.0000'])));
is_deeply($w->rows("SELECT d.Amount, d.DiscountAmount FROM PurchaseDetail d JOIN PurchaseHeader p
	USING (PurchaseHeaderId) WHERE PurchaseReference = '000000040'"), ['36.0000|4.0000'],
	'lines of a file are net whether they add up or not');

# A cart of the same number becomes the order.
$w->post('Magento/Command/Update', { ExternalKey => { PurchaseIdentifier => '000000041',
	CheckoutIdentifier => '-', StoreIdentifier => 'default' }, PurchaseTypeId => 'ORDER_CART',
	Amount => 9, Details => [{ PurchaseGoodExternalMultiSourceKey => { Sku => 'MUG-01' },
	Amount => 9, Quantity => 1 }] });
import_file('Magento2.Order', m2(\@order, order({ ecommerce_command_id => 41,
	order_reference => '000000041', code_magasin => 'default', total_price => '10',
	total_price_excl_tax => 10, order_status_update_date => '01/01/2036 00:00:00' },
	[91, 'MUG-01', 5, '10', '10'])));
is_deeply($w->rows("SELECT p.PurchaseTypeId, d.Identifier, d.Amount FROM PurchaseDetail d JOIN
	PurchaseHeader p USING (PurchaseHeaderId) WHERE PurchaseReference = '000000041' AND
	d.DeletionFlag = 0"), ['2|5/MUG-01|10.0000'], 'a cart becomes the order of the file');

# ------------------------------------------------------------------ Magento 1

# Tenant 2 is the shop of Magento 1, as Source 1.
sub m1_file { my ($kind, $text, %o) = @_;
	return import_file("Magento1.$kind", $text, tenant => 2, %o) }
my @contact = (101, undef, 'Jeanne', 'Dupont', '12 rue de la Paix', 'Bât. B', '69002', 'Lyon',
	'Rhône', 'FRA', 'jeanne@one.example', 0, '', '+33 6 12 34 56 78', '03/02/1985', 'ACME', '',
	'24/01/2026 08:15:02', '', '', 'FRA');
my @bare = (104, undef, 'Ann', "O'Neil", ('') x 6, 'ann@one.example', 0, ('') x 5,
	'01/01/1970 00:00:00', '', '', '');
$w->post('Magento/Newsletter/Update', { Addresses => [{ Email => 'jeanne@one.example',
	EmailOptin => $true }] }, tenant => 2);
my $contacts = m1(\@contact, \@bare);
$said = m1_file('Contact', $contacts =~ s/\n/\r\n/gr);
is_deeply([@$said{qw(Read Taken Rejected)}], [2, 2, 0], 'Magento 1: contacts, with CR LF')
	or diag explain [$said, reasons()];
is_deeply($w->rows("SELECT i.Identifier, LastName, CompanyName, DATE(BirthDate), Address1, Address2,
	PostCode, City, State, CountryId, MobilePhoneNumber, EmailOptin, c.SourceStamp < "
		. "'2026-06-01' FROM
	Contact c JOIN ContactIdentifier i USING (ContactId) JOIN Address a USING (ContactId)
	WHERE i.Identifier IN ('101', '104') ORDER BY 1", 2),
	['101|Dupont|ACME|1985-02-03|12 rue de la Paix|Bât. B|69002|Lyon|Rhône|FRA|+33 6 12 34 '
		. '56 78|1|1',
	"104|O'Neil|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|0|0"],
	'the flag 0 leaves the opt-in; the year 1970 is no date');
$sum = sum(2);
m1_file('Contact', $contacts);
is(sum(2), $sum, 'the same again changes nothing');

my $refused;
my $nbsp = "\x{a0}";
my $headers = m1([101, '24/01/2026 08:15:02', 1, '100000123', 'EUR', "1${nbsp}234.56",
		"1${nbsp}028.80", '-10.00', 'processing'],
	['', '23/01/2026 21:40:10', 1, '100000124', 'EUR', '19.90', '16.58', '0.00', 'complete'],
	[103, '22/01/2026 11:05:00', 2, '200000045', 'EUR', '1.234.56', '1.037.45', '-5.50',
		'canceled']);
my $details = m1(['24/01/2026 08:15:02', 1, '100000123', 'TS-RED-M', "1${nbsp}234.56",
		"1${nbsp}028.80", '10.00', '2.0000'],
	['24/01/2026 08:15:02', 1, '100000123', 'TS-RED-M', '0.00', '0.00', '0.00', '2.0000'],
	['24/01/2026 08:15:02', 1, '100000123', 'GIFT', '0.00', '0.00', '0.00', '1.0000'],
	['23/01/2026 21:40:10', 1, '100000124', 'MUG-01', '19.90', '16.58', '0.00', '1.0000'],
	['23/01/2026 21:40:10', 1, '100000124', 'MUG-01', '19.90', '16.58', '0.00', '1.0000'],
	['22/01/2026 11:05:00', 2, '200000045', 'MUG-01', '1.234.56', '1.037.45', '0.00',
		'1.0000']);
my $m1_orders = "SELECT p.PurchaseIdentifier, p.Amount, p.TaxFreeAmount, p.DiscountAmount,
	p.PurchaseStatusId, p.PurchaseDate, i.Identifier, GROUP_CONCAT(d.Identifier, ' ', "
		. "d.Quantity, ' ',
	d.Amount, ' ', d.DiscountAmount, ' ', d.DeletionFlag ORDER BY d.Identifier) FROM "
		. "PurchaseHeader p LEFT JOIN
	ContactIdentifier i ON i.ContactId = p.ContactId AND i.Identifier NOT LIKE 'email:%' LEFT "
		. "JOIN
	PurchaseDetail d USING (PurchaseHeaderId)
	WHERE p.PurchaseReference LIKE '_000001__' OR p.PurchaseReference LIKE '2%' GROUP BY
	p.PurchaseHeaderId ORDER BY 1";
my @m1_orders = ('100000123@1|1234.5600|1028.8000|10.0000|3|2026-01-24 08:15:02.000000|101|'
	. '/GIFT 1.0000 0.0000 0.0000 0,/TS-RED-M 2.0000 1224.5600 10.0000 0',
	'100000124@1|19.9000|16.5800|0.0000|5|2026-01-23 21:40:10.000000|NULL|'
	. '/MUG-01 1.0000 19.9000 0.0000 0,/MUG-01#2 1.0000 19.9000 0.0000 0',
	'200000045@2|0.0000|0.0000|0.0000|9|2026-01-22 11:05:00.000000|103|'
	. '/MUG-01 0.0000 0.0000 0.0000 1');
for (['PurchaseHeader', $headers, 3], ['PurchaseDetail', $details, 3]) {
	$said = m1_file($_->[0], $_->[1]);
	is_deeply([@$said{qw(Read Taken Rejected)}], [$_->[2], $_->[2], 0], "Magento 1: $_->[0]")
		or diag explain [$said, reasons()];
}
is_deeply($w->rows($m1_orders, 2), \@m1_orders, 'orders: amounts of two locales, lines net, the '
	. 'child of a configurable is its line; a cancelled one is worth nothing')
	or diag explain $w->rows($m1_orders, 2);
$sum = sum(2);
m1_file($_->[0], $_->[1]) for ['PurchaseDetail', $details], ['PurchaseHeader', $headers],
	['PurchaseDetail', $details];
is(sum(2), $sum, 'both again, in the other order, change nothing');
my $late = m1(['30/01/2026 00:00:00', 1, '100000200', 'MUG-01', '5.00', '4.00', '0.00', '1.0000']);
m1_file('PurchaseDetail', $late);
m1_file('PurchaseHeader', m1([101, '30/01/2026 00:00:00', 1, '100000200', 'EUR', '5.00', '4.00',
	'0.00', 'holded']));
is(one("SELECT i.Identifier, p.Amount, d.Amount FROM PurchaseHeader p JOIN PurchaseDetail d USING
	(PurchaseHeaderId) JOIN ContactIdentifier i USING (ContactId) WHERE i.Identifier = '101' AND
	PurchaseReference = '100000200'", 2), '101|5.0000|5.0000', 'lines may come first');

$said = m1_file('PurchaseGoodCategory', m1([1, 0, 'Racine'], [2, 1, 'Boutique'], [20, 2, 'Mugs']));
is_deeply([@$said{qw(Read Taken Rejected)}], [3, 3, 0], 'Magento 1: categories');
my $goods = m1(['MUG-01', 'Mug 5" "Paris"', '2,20'], ['BAD-01', 'Nom avec | dedans', '5'],
	['HAT', 'Chapeau', '']);
$said = m1_file('PurchaseGood', $goods, more => ' --rejected-percent 50');
is_deeply([@$said{qw(Read Taken Rejected)}], [3, 2, 1], 'goods; a | in a name shifts columns')
	or diag explain [$said, reasons()];
like(reasons()->[0], qr/4 fields.* 3|3.*4/, 'which is told');
is(slurp("$dir/$n.rejected.csv"), "BAD-01|Nom avec | dedans|5\n", 'and the row kept as it came');
is_deeply($w->rows("SELECT g.Identifier, g.Sku, g.Label, c.Label FROM PurchaseGood g LEFT JOIN
	PurchaseGoodCategory c USING (PurchaseGoodCategoryId) WHERE Sku IN ('MUG-01', 'HAT')
	ORDER BY 2", 2),
	['HAT|HAT|Chapeau|NULL', '5|MUG-01|Mug 5" "Paris"|Mugs'],
	'goods are known by SKU; the last category counts');
$sum = sum(2);
m1_file('PurchaseGood', $goods, more => ' --rejected-percent 50 --again');
is(sum(2), $sum, 'the same again changes nothing');

# ------------------------------------------------------------------ what sniff proposes

# Saved as it is, the mapping imports the file.
sub sniffed {
	my ($text, %o) = @_;
	my ($file, $map) = map { "$dir/" . ++$n . $_ } '.csv', '.json';
	open my $fh, '>:raw', $file or die $!;
	print $fh encode($o{encoding} // 'UTF-8', $text);
	close $fh;
	my $said = decode_json($w->admin("import sniff $file --json --mapping-out $map"));
	is(slurp($map), $said->{Mapping}, 'the mapping that is shown is written');
	my $done = decode_json(
		$w->admin("import run C1 A1 $file --mapping $map --source-id 1 --json "
		. "--results $dir/$n"));
	return ($said, $done, $map);
}
(my $found, my $done, my $map) = sniffed(m2(\@order, order_31('6599'), @guest));
is($found->{Preset}, 'Magento2.Order', 'sniff knows a file of orders');
is_deeply([map { $_->{Record1} } grep { $_->{Member} =~ /PurchaseIdentifier|Details.*\.Amount/ }
	@{ $found->{Mapped} }], ['000000031', '36', '24', '5.0000'],
	'shows what it makes of it, the lines of a purchase together');
is_deeply([@$done{qw(Read Superseded Rejected)}], [2, undef, 0], 'and its mapping imports it');
is(one("SELECT COUNT(*) FROM PurchaseHeader WHERE PurchaseReference = '000000031'"), 2,
	'as the same purchases');
($found, $done) = sniffed($contacts);
is_deeply([$found->{Preset}, $done->{Taken}], ['Magento1.Contact', 2], 'a file without a header');
my $german = join "\r\n", 'Bestellnr;Bestelldatum;Kundennr;E-Mail;Vorname;Nachname;Land;Artikelnr;'
	. 'Bezeichnung;Menge;Betrag;Gesamtbetrag;Währung;Farbe',
	'B1;24.01.2026;G7;gerd@example.org;Gerd;Müller;Österreich;A-1;Becher;2;1.019,90;1.029'
		. ',80;EUR;rot',
	'B1;24.01.2026;G7;gerd@example.org;Gerd;Müller;Österreich;A-1;Becher;1;9,90;1.029'
		. ',80;EUR;blau',
	'B2;25.01.2026;;ute@example.org;Ute;Li;DE;A-1;Becher;1;10,00;10,00;EUR;rot', '';
($found, $done) = sniffed($german, encoding => 'Windows-1252');
is_deeply([$found->{Preset}, @$done{qw(Read Taken Rejected)}], [undef, 2, 2, 0],
	'a file of somebody else: proposed by the names of its columns') or diag explain [$found,
	$done, reasons()];
ok((grep { $_ eq 'Column Farbe is not used.' } @{ $found->{Remarks} }), 'what is not used is told');
is_deeply($w->rows(
	"SELECT p.PurchaseIdentifier, DATE(CONVERT_TZ(p.PurchaseDate, '+00:00', '+01:00')),
	p.Amount, c.LastName, a.CountryId, GROUP_CONCAT(d.Identifier, ' ', d.Quantity, ' ', d.Amount
	ORDER BY d.Identifier) FROM PurchaseHeader p JOIN Contact c USING (ContactId) JOIN Address "
		. "a USING
	(ContactId) JOIN PurchaseDetail d USING (PurchaseHeaderId) WHERE p.PurchaseIdentifier IN
	('B1', 'B2') GROUP BY 1 ORDER BY 1"),
	['B1|2026-01-24|1029.8000|Müller|AUT|A-1 2.0000 1019.9000,A-1#2 1.0000 9.9000',
	'B2|2026-01-25|10.0000|Li|DEU|A-1 1.0000 10.0000'],
	'purchases with contacts, goods and lines');
($found, $done) = sniffed("\x{feff}email;prénom;ville\nlea\@example.org;Léa;Nîmes\n"
	. "tom\@example.org;Tom;Nice\n", encoding => 'UTF-16LE');
is_deeply([@$done{qw(Read Taken)}], [2, 2], 'UTF-16');
is(one("SELECT City FROM Address WHERE Email = 'lea\@example.org'"), 'Nîmes', 'with its letters');
($found, $done) =
	sniffed("mia\@example.org;+33612345678;Lyon\nnoe\@example.org;+33698765432;Metz\n");
is_deeply([@$done{qw(Read Taken)}], [2, 2],
	'no header: mail address and phone are known by their looks');
is(one("SELECT MobilePhoneNumber FROM Address WHERE Email = 'mia\@example.org'"), '+33612345678',
	'and stored as such');
open my $fh, '>', "$dir/xy.csv" or die $!;
print $fh "x,y\n1,2\n3,4\n";
close $fh;
is(decode_json($w->admin("import sniff $dir/xy.csv --json"))->{Mapping}, undef,
	'nothing is proposed where no name says what it is');
open $fh, '>', "$dir/mia.csv" or die $!;
print $fh "email\nmia\@example.org\n";
close $fh;
$refused = eval { $w->admin("import sniff $dir/mia.csv --mapping-out $map"); '' } // $@;
like($refused, qr/cannot be written to .*exists/i, 'a file that is there is not written over');
my $doc = slurp("$ENV{SRCDIR}/doc/imports.md");
my ($table, $mapping) =
	$doc =~ /Somebody sends `orders\.csv`:\n\n```text\n(.*?)```.*?```json\n(.*?)```/s;
($found, $done) = sniffed($table);
is_deeply(decode_json(encode('UTF-8', $found->{Mapping})), decode_json(encode('UTF-8', $mapping)),
	'the example of the documents');
is_deeply([@$done{qw(Read Taken)}], [1, 1], 'works');
my $of_one = $w->admin('import presets Magento2.Order');
is_deeply([decode_json($of_one)->{GroupBy}], [['order_reference', 'code_magasin']],
	'a preset is printed to begin with');
is(scalar @{ decode_json($w->admin('import presets --json'))->{Presets} }, 10, 'all are listed');

# ------------------------------------------------------------------ who was erased

$w->admin('contact erase C1 A1 --yes --source-id 1 --identifier 201');
$n++;
import_file('Magento2.Customer', $customers, more => ' --rejected-percent 100');
like(reasons()->[0], qr/erased/, 'the next night tells of somebody who was erased');
is(one("SELECT COUNT(*) FROM ContactIdentifier WHERE Identifier = '201'"), 0,
	'who does not come back');
import_file('Magento2.Order', m2(\@order, order({ ecommerce_command_id => 60,
	order_reference => '000000060', code_magasin => 'default', total_price => 1,
	total_price_excl_tax => 1, ecommerce_contact_id => 201 }, [95, 'MUG-01', 5, '1', '1'])),
	more => ' --rejected-percent 100');
is(one("SELECT COUNT(*) FROM ContactIdentifier WHERE Identifier = '201'"), 0,
	'nor by an order from before');
import_file('Magento2.Customer',
	m2(\@customer, { %jeanne, updated_date => '01/01/2036 00:00:00' }));
is(one("SELECT COUNT(*) FROM ContactIdentifier WHERE Identifier = '201'"), 1,
	'somebody who changes something in the shop later is a new contact');

# ------------------------------------------------------------------ what does not fit

is(m1_file('Contact', '')->{Read}, 0, 'an empty file of an empty collection');
$refused = import_file('Magento2.Order', m2(\@product, {}));
like($refused->{failed}, qr/"order_reference",\s+"Message": "is no column of the file/,
	'a file of another kind');
$refused = import_file('Magento2.Order', m2([grep { $_ ne 'line_id' } @order], order_31(1)));
like($refused->{failed}, qr/"line_id",\s+"Message": "is no column of the file/,
	'a column that is missing');
$refused = import_file('Magento3.Order', '');
like($refused->{failed}, qr/there is none of the name Magento3\.Order/, 'no such preset');
$said = m1_file('PurchaseHeader', m1([101, '24/01/2026 08:15:02', 1, '', 'EUR', '1.00', '1.00', '0',
	'new']), more => ' --rejected-percent 100');
is($said->{Rejected}, 1, 'an order without a number');
like(reasons()->[0], qr/PurchaseIdentifier is required/, 'is refused by name');
$said = m1_file('PurchaseHeader', m1([101, '24/01/2026 08:15:02', 1, '100000300', 'EUR', '1 EUR x',
	'1.00', '0', 'new']), more => ' --rejected-percent 100');
is($said->{Rejected}, 1, 'an amount that is none');
like(reasons()->[0], qr/Amount \(column grand_total\)/, 'is refused by column');
# A mapping that says two things of one member.
open $fh, '>', "$dir/twice.json" or die $!;
print $fh encode_json({ Rows => [{ Body => 'Magento/Command/Update', Members => { 'Amount' => 'a',
	'Amount.More' => 'a', 'ExternalKey.PurchaseIdentifier' => 'a', 'Details' => 'a',
	'X.' => 'a',
	'A.B.C.D' => 'a' } }, { List => 'Details', Each => $true, Members => { 'Sku' => 'a' } },
	{ List => 'ExternalKey', Members => { 'Sku' => 'a' } }] });
close $fh;
open $fh, '>', "$dir/twice.csv" or die $!;
print $fh "a\n1\n";
close $fh;
$said = decode_json(
	$w->admin("import run C1 A1 $dir/twice.csv --mapping $dir/twice.json --source-id "
	. "1 --json --rejected-percent 100"));
is($said->{Rejected}, 1, 'a mapping that says two things of one member');
my @long = order({ ecommerce_command_id => 50, order_reference => '000000050',
	code_magasin => 'default', total_price => 1, total_price_excl_tax => 1 },
	map { [1000 + $_, "S$_", $_, '1', '1'] } 1 .. 3000);
my @many = map { my $k = $_; order({ ecommerce_command_id => $k, order_reference => "0001$k",
	code_magasin => 'default', total_price => 3, total_price_excl_tax => 3 },
	map { [$k * 10 + $_, 'MUG-01', 5, '1', '1'] } 1 .. 3) } 1000 .. 2399;
$said = import_file('Magento2.Order', m2(\@order, @many, @long), more => ' --rejected-percent 100');
is_deeply([@$said{qw(Read Taken Rejected)}], [1401, 1400, 1],
	'thousands of orders in chunks; one with more lines than an order has is refused as a whole')
	or diag explain [$said, reasons()];
is(one("SELECT COUNT(*), SUM(n = 3) FROM (SELECT COUNT(*) AS n FROM PurchaseDetail d JOIN
	PurchaseHeader p USING (PurchaseHeaderId) WHERE PurchaseReference LIKE '0001%' AND
	d.DeletionFlag = 0 GROUP BY PurchaseHeaderId) AS l"), '1400|1400',
	'no order is torn by the end of a chunk');
done_testing;
