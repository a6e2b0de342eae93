# customers/merge: what is known of the merged customer becomes the kept one's - every table that
# refers to a contact -, in whatever order deliveries come, twice, at once; failed merges, other
# Sources, erased persons.
use strict;
use warnings;
use utf8;
use Digest::SHA qw(sha256_hex);
use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep);
use Rival;
use World;

binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output;
my $w = World->start(scheduler => { CUSTOMERAPI_QUEUE_WORKERS => 3, CUSTOMERAPI_QUEUE_BATCH => 1,
	CUSTOMERAPI_QUEUE_LADDER => '1', CUSTOMERAPI_QUEUE_LEASE_S => 10 },
	tenant => { reference_currency => "'EUR'", time_zone => "'UTC'" });
my ($s, $db) = ($w->{s}, $w->{db});
my ($true, $false) = (JSON::PP::true, JSON::PP::false);
$w->source(1, 2);
$s->sql("INSERT INTO api_token (alias_id, token_hash, rights, created_at) VALUES (1, x'"
	. sha256_hex('merge-token') . "', 'webhook club', '2026-01-01')");
my %token = ('X-Crm360Api-Token' => 'merge-token', 'X-Crm360Api-CustomerName' => 'C1',
	'X-Crm360Api-DatabaseAlias' => 'A1');

sub value { return $w->value(@_) }
sub one { return $w->rows(@_)->[0] }
sub is_outcome { my ($r, $outcome, $reason, $name) = @_;
	is($r->{outcome}, $outcome, $name) or diag("$r->{class}: $r->{reason}");
		like($r->{reason}, $reason, "$name: the reason") if defined $reason; return $r }
sub done { my ($what, $body, $name, %o) = @_;
	return is_outcome($w->post($what, $body, %o), 'done', undef, $name) }
sub given { my ($source, $what, $body) = @_;
	return done("Standard/$what", $body, "$what", source => $source, headers => \%token) }
sub who { my ($identifier, $source) = @_;
	return value("SELECT ContactId FROM ContactIdentifier WHERE Identifier = '$identifier' "
		. "AND SourceId = " . ($source // 1)) // 0 }
my $n = 20000;
sub order {
	my ($customer, %more) = @_;
	return { id => ++$n, name => "#$n", currency => 'EUR', financial_status => 'paid',
		total_price => '30.00', created_at => '2026-10-02T10:00:00Z',
		updated_at => '2026-10-02T10:00:00Z', email => '',
		customer => defined $customer ? { id => $customer } : undef,
		line_items => [{ id => $n * 10, variant_id => 11, product_id => 10, sku => 'A',
			name => 'Cup', quantity => 1, price => '30.00',
			discount_allocations => [] }], shipping_lines => [], discount_codes => [],
			%more };
}
sub customer { my ($id, %more) = @_;
	return { id => $id, first_name => "First$id", last_name => "Last$id",
		email => "c$id\@example.com", phone => undef, updated_at => '2026-10-01T10:00:00Z',
		%more } }
sub body_of { my ($kept, $deleted, %more) = @_;
	return { admin_graphql_api_customer_kept_id => "gid://shopify/Customer/$kept",
		admin_graphql_api_customer_deleted_id => "gid://shopify/Customer/$deleted",
		admin_graphql_api_job_id => undef, status => 'success', errors => [], %more } }
my $hook = 0;
sub headers { return ('X-Shopify-Topic' => 'customers/merge', 'X-Shopify-Webhook-Id' => 'merge-'
	. ++$hook, 'X-Shopify-Triggered-At' => '2026-10-20T10:00:00Z', @_) }
# Sent with the Source's own key, or the tenant's token.
sub merge { my ($kept, $deleted, %o) = @_;
	return $w->post('Shopify/Customer/Merge', body_of($kept, $deleted, %{ $o{body} // {} }),
		source => $o{source} // 1, query => $o{token} ? '' : '&key=key-1',
		headers => { headers(%{ $o{headers} // {} }), $o{token} ? %token : () }) }
sub merged { my ($kept, $deleted, $name, %o) = @_;
	return is_outcome(merge($kept, $deleted, %o), 'done', $o{reason}, $name) }
sub buyer { my ($order) = @_; return value("SELECT COALESCE(ContactId, 0) FROM PurchaseHeader "
	. "WHERE PurchaseIdentifier = '$order->{id}'") }

# ------------------------------------------------------------------ every table that refers to a
# contact
# From the entity table: plants a row of each entity that refers to Contact, for a contact, with
# values of its own.
my (%columns, %key, %natural, @order);
for (split /\n/, `$ENV{BUILDDIR}/t/c/person_probe`) {
	my ($entity, $key, $auto, $natural, $column, $type, $length, $required,
		$refers) = split / /;
	push @order, $entity if !$columns{$entity};
	push @{ $columns{$entity} }, { name => $column, type => $type, required => $required,
		refers => $refers };
	$key{$entity} = $key;
	$natural{$entity} = { map { $_ => 1 } grep { $_ ne '-' } split /,/, $natural };
}
my @referring = grep { my $e = $_;
	$e ne 'Contact' && grep { $_->{refers} eq 'Contact' } @{ $columns{$e} } } @order;
cmp_ok(scalar @referring, '>=', 12, "entities that refer to a contact: @referring");
my $planted = 0;
# type: what tells rows of one natural key apart (a brand, a store, a segment).
sub plant {
	my ($entity, $contact, $other, $type) = @_;
	my (@names, @values);
	for my $c (@{ $columns{$entity} }) {
		next if $c->{name} eq $key{$entity} && $c->{type} ne 'code';
		next if !$c->{required} && $c->{refers} ne 'Contact'
			&& $c->{name} ne 'DeletionFlag';
		my $v = $c->{refers} eq 'Contact' ? ($c->{name} eq 'ContactDescendantId' ? $other
			: $contact) : $c->{refers} eq 'Source' ? 1 : $natural{$entity}{ $c->{name} }
			&& $c->{refers} ne '-' ? $type
			: $c->{name} eq 'DeletionFlag' ? 0 : $c->{type} =~ /^(?:code|string|text)$/
			? "'planted" . ++$planted . "'" : 1;
		push @names, $c->{name};
		push @values, $v;
	}
	$w->sql("INSERT INTO `$entity` (" . join(', ', @names, 'CreationDate', 'ModificationDate')
		. ') VALUES (' . join(', ', @values, "'2026-01-01', '2026-01-01'") . ')');
}
sub rows_of { my ($contact) = @_;
	return { map { my $e = $_;
		($e => value("SELECT COUNT(*) FROM `$e` WHERE " . join(' OR ',
			map { "$_->{name} = $contact" } grep { $_->{refers} eq 'Contact' } @{
				$columns{$e} }))) } @referring } }

done('Shopify/Customer/Insert', customer(100), 'a customer');
done('Shopify/Customer/Insert',
	customer(101, default_address => { address1 => '1 Merged Road', city => 'Merge' }),
	'another');
done('Shopify/Customer/Insert', customer(102), 'a bystander');
my ($kept, $gone, $bystander) = map { who($_) } 100 .. 102;
for my $entity (@referring) {
	plant($entity, $gone, $bystander, 7);
	plant($entity, $bystander, $kept, 8);
}
# Tables beside the model, found by their column for a contact: whatever there is.
my %beside = map { $_->[0] => $_->[1] } grep { my $t = $_->[0];
	!$columns{$t} && $t !~ /^Decision/ } $db->sql("SELECT TABLE_NAME, COLUMN_NAME FROM "
		. "information_schema.COLUMNS WHERE TABLE_SCHEMA = 'tenant1' AND COLUMN_NAME IN "
			. "('ContactId', 'contact_id')", 'tenant1');
cmp_ok(scalar keys %beside, '>=', 4, 'tables beside: ' . join ' ', sort keys %beside);
$w->sql("INSERT INTO api_idempotency (key_hash, request_hash, status, contact_id, reply, "
	. "created_at) VALUES (UNHEX(SHA2('a', 256)), UNHEX(SHA2('b', 256)), 200, $gone, '', "
		. "'2026-01-01');
	INSERT INTO api_code_use (code_id, contact_id, n, used_at, reply) VALUES (1, $gone, 1, "
		. "'2026-01-01', 'gone 1'), (1, $gone, 2, '2026-01-02', 'gone 2'), (1, $kept, 1, "
			. "'2026-01-03', 'kept 1'), (2, $gone, 1, '2026-01-01', 'gone 3');
	INSERT INTO api_identifier_end (identifier, source_id, contact_id, ended_at) VALUES "
		. "('planted', 1, $gone, '2026-01-01');
	INSERT INTO api_contact_merge (merged_contact_id, contact_id, merged_at)
		VALUES (987654, $gone, '2026-01-01')");
my %had = %{ rows_of($gone) };
my ($other, $money) = (rows_of($bystander), value('SELECT SUM(Amount) FROM PurchaseHeader') // 0);
my $own = rows_of($kept);
is((grep { $had{$_} < 1 } @referring), 0, 'each has a row of the customer that is to be merged');

my $r = merged(100, 101, 'merged',
	reason => qr/^Contact $gone was merged into contact $kept: \d+ rows\.$/);
is_deeply([grep { rows_of($gone)->{$_} != 0 } @referring], [],
	'no row is left of the merged contact');
my $now = rows_of($kept);
# The main address is one of both, and the merged one's mail address became an identifier; all else
# adds up.
is_deeply({ map { $_ => $now->{$_} } @referring },
	{ map { $_ => $own->{$_} + $had{$_} - ($_ eq 'Address' ? 1 : 0) + ($_ eq 'ContactIdentifier'
		? 1 : 0) } @referring }, 'they are rows of the kept one');
is_deeply(rows_of($bystander), $other, "others' rows are theirs");
is(value("SELECT COUNT(*) FROM Contact WHERE ContactId = $gone"), 0,
	'the merged contact is no more');
is(value("SELECT COUNT(*) FROM `$_` WHERE $beside{$_} = $gone"), 0, "$_ neither")
	for sort keys %beside;
is_deeply($w->rows(
	"SELECT code_id, n, reply FROM api_code_use WHERE contact_id = $kept ORDER BY 1, 2"),
	['1|1|kept 1', '1|2|gone 1', '1|3|gone 2', '2|1|gone 3'], 'no use of a code is lost');
is_deeply($w->rows(
	"SELECT merged_contact_id, contact_id, statement FROM api_contact_merge ORDER BY 1"),
	["$gone|$kept|Shopify customers/merge", "987654|$kept|"],
	'it is known what became of it, and of those merged into it before');
is(one("SELECT FirstName, Email, Address1 FROM Contact JOIN Address a USING (ContactId) WHERE "
	. "ContactId = $kept AND a.ContactAddressTypeId = 1 AND a.BrandId = 1"),
	'First100|c100@example.com|1 Merged Road',
	"what the kept one has wins, what it had not it got");
is(who(100) . ' ' . who(101), "$kept $kept", 'both ids are known');

# ------------------------------------------------------------------ later deliveries of the old id
done('Shopify/Order/Insert', my $late = order(101), 'an order of the old id');
is(buyer($late), $kept, "is the kept one's");
done('Shopify/Order/Insert', $late = order(undef, email => 'C101@example.com'),
	"a guest's of its address");
is(buyer($late), $kept, 'too');
is_outcome($w->post('Shopify/Customer/Update',
	customer(101, first_name => 'Late', updated_at => '2026-10-19T10:00:00Z',
		phone => '+33600000101')), 'done', qr/got the values that it lacked/,
		'a state of it from before the merge');
is(one("SELECT FirstName, MobilePhoneNumber FROM Contact JOIN Address a USING (ContactId) WHERE "
	. "ContactId = $kept AND ContactAddressTypeId = 1 AND BrandId = 1"),
	'First100|+33600000101', 'adds, and changes nothing');
done('Shopify/Customer/Update', { customer_id => 101, email_address => 'c100@example.com',
	email_marketing_consent => { state => 'subscribed',
		consent_updated_at => '2026-10-18T00:00:00Z' } }, 'a consent');
is(value("SELECT EmailOptin FROM Address WHERE ContactId = $kept AND ContactAddressTypeId = 1 AND "
	. "BrandId = 1"), 1, 'is the person\'s');
is_outcome($w->post('Shopify/Customer/Delete', { id => 101 }), 'done', qr/contact $kept stays/,
	'its deletion');
is(value("SELECT DeletionFlag FROM Contact WHERE ContactId = $kept"), 0, 'deletes nobody');
done('Shopify/Order/Insert', $late = order(101), 'an order after that');
is(buyer($late), $kept, 'finds its way as well');
is(who(101), $kept, 'the id stays known');

# Twice, and the other way round.
my $dump = sub { join "\n", map { @{ $w->rows("SELECT * FROM `$_` ORDER BY 1") } } @referring,
	'Contact', sort keys %beside };
my $before = $dump->();
merged(100, 101, 'once more', reason => qr/^Both customers are contact $kept\.$/);
is($dump->(), $before, 'changes nothing');
is_outcome(merge(100, 100), 'ignored', qr/same customer/, 'a customer merged with itself');
for (['failed',
	{ status => 'failed',
		errors => [{ customer_ids => [100], field => 'merge_in_progress',
			message => 'John Doe is currently being merged.' }] },
			qr/^The merge failed \(merge_in_progress\), so nothing changes\.$/],
	['failed, with words', { status => 'failed', errors => [{ field => 'John Doe <x>' }] },
		qr/^The merge failed, so nothing changes\.$/],
		['in progress', { status => 'in_progress' }, qr/has not ended/],
		['unknown', { status => 'odd' }, qr/has not ended/]) {
	is_outcome(merge(100, 102, body => $_->[1]), 'ignored', $_->[2], $_->[0]);
}
is($dump->(), $before, 'change nothing');
for ([{ admin_graphql_api_customer_kept_id => 'gid://shopify/Order/5' },
	qr/"admin_graphql_api_customer_kept_id" is not the id of a customer/],
	[{ admin_graphql_api_customer_deleted_id => undef },
		qr/"admin_graphql_api_customer_deleted_id" is not the id/],
	[{ admin_graphql_api_customer_deleted_id => 'gid://shopify/Customer/0' },
		qr/is not the id/], [{ admin_graphql_api_customer_kept_id => [1] },
		qr/is not the id/]) {
	is_outcome(merge(100, 102, body => $_->[0]), 'dead', $_->[1], 'a body that is wrong');
}
my %short = %{ body_of(100, 102) };
delete $short{status};
is_outcome($w->post('Shopify/Customer/Merge', \%short), 'dead', qr/not the webhook body of a merge/,
	'a body without a status');
is_outcome($w->post('Shopify/Customer/Update', body_of(100, 102), headers => { %token }), 'dead',
	qr/looks like a merge of two customers/, 'at the wrong address');
is_outcome($w->post('Shopify/Customer/Merge', customer(100)), 'dead',
	qr/looks like a consent|not the webhook body of a merge/, 'a customer at the merge\'s');
is($dump->(), $before, 'nor do these');

# ------------------------------------------------------------------ in any order, and chains
merged(201, 200, 'a merge before either customer', reason => qr/^Both customers are contact/);
my $both = who(200);
is($both && who(201), $both, 'one contact');
done('Shopify/Customer/Insert', customer(200, updated_at => '2026-10-05T10:00:00Z',
	default_address => { city => 'Merge' }), 'the merged one comes');
done('Shopify/Customer/Insert', customer(201, updated_at => '2026-10-01T10:00:00Z'),
	'and the kept one, whose state is older');
is(one("SELECT FirstName, Email, City FROM Contact JOIN Address USING (ContactId) WHERE ContactId "
	. "= $both"), 'First201|c201@example.com|Merge', 'the kept one wins');
is(value("SELECT COUNT(*) FROM ContactIdentifier WHERE Identifier IN ('200', '201')"), 2,
	'two ids');
done('Shopify/Customer/Insert', customer(210, updated_at => '2026-10-05T10:00:00Z'),
	'the merged one alone is known');
done('Shopify/Order/Insert', my $first = order(210), 'with an order');
merged(211, 210, 'then the merge');
is(who(211) == who(210) && buyer($first) == who(211), 1, 'gives all of it to the kept one');
done('Shopify/Customer/Insert', customer(211), 'who comes last');
is(value('SELECT FirstName FROM Contact WHERE ContactId = ' . who(211)), 'First211', 'and wins');
done('Shopify/Customer/Insert', customer(220), 'the kept one alone is known');
merged(220, 221, 'the merge');
done('Shopify/Order/Insert', $first = order(221), 'an order of the one nobody knew');
is(buyer($first), who(220), 'is the kept one\'s');

done('Shopify/Customer/Insert', customer($_), "customer $_ of a chain") for 230 .. 233;
done('Shopify/Order/Insert', order($_), "its order") for 230 .. 233;
merged(231, 230, 'a chain, 230 into 231');
merged(233, 232, '232 into 233');
merged(233, 231, 'and 231 into 233');
is(join(' ', map { who($_) } 230 .. 232), join(' ', (who(233)) x 3), 'all are one');
is(value('SELECT COUNT(*) FROM PurchaseHeader WHERE ContactId = ' . who(233)), 4,
	'with all purchases');
is(value('SELECT COUNT(*) FROM api_contact_merge WHERE contact_id = ' . who(233)), 3,
	'each merged contact leads to the last one');
done('Shopify/Customer/Insert', customer($_), "customer $_ of a chain backwards") for 240 .. 242;
merged(242, 241, '241 into 242 first');
merged(241, 240, 'then 240 into 241');
is(join(' ', map { who($_) } 240, 241), join(' ', (who(242)) x 2), 'all are one as well');
is_outcome($w->post('Shopify/Customer/Delete', { id => $_ },
	headers => { %token, 'X-Shopify-Triggered-At' => '2026-10-21T10:00:00Z' }), 'done',
	qr/stays/, "deletion of the merged $_") for 240, 241;
is_outcome($w->post('Shopify/Customer/Delete', { id => 242 },
	headers => { %token, 'X-Shopify-Triggered-At' => '2026-10-22T10:00:00Z' }), 'done',
	qr/marked as deleted/, 'of the last one');
is(value('SELECT DeletionFlag FROM Contact WHERE ContactId = ' . who(242)), 1,
	'deletes the contact');

# Deleted before the merge comes.
done('Shopify/Customer/Insert', customer($_), "customer $_") for 250, 251;
done('Shopify/Order/Insert', $first = order(250), 'an order of the one');
done('Shopify/Customer/Delete', { id => 250 }, 'which is deleted');
merged(251, 250, 'before the merge is told');
is(buyer($first), who(251), 'the other has the order');
is(value('SELECT DeletionFlag FROM Contact WHERE ContactId = ' . who(251)), 0, 'and is there');

# ------------------------------------------------------------------ what both have
done('Shopify/Customer/Insert', customer(300, email => 'same@example.com',
	email_marketing_consent => { state => 'subscribed',
		consent_updated_at => '2026-10-01T00:00:00Z' }), 'two of one address');
done('Shopify/Customer/Insert', customer(301, email => 'Same@example.com', phone => '+33600000301',
	email_marketing_consent => { state => 'unsubscribed',
		consent_updated_at => '2026-10-02T00:00:00Z' },
		sms_marketing_consent => { state => 'subscribed',
			consent_updated_at => '2026-10-02T00:00:00Z' },
	default_address => { address1 => '3 Merged Road', city => 'Merge' }),
	'the merged one unsubscribed later, and has a number');
given(1, 'Store/Insert', { StoreIdentifier => $_ }) for qw(s1 s2 s3);
given(1, 'AttachedStore/Insert', { ContactExternalKey => { Identifier => $_->[0] },
	StoreExternalKey => { StoreIdentifier => $_->[1] }, AttachedStoreTypeId => $_->[2] })
	for ['300', 's1', 1], ['301', 's1', 2], ['301', 's2', 2], ['300', 's3', 1],
	['301', 's3', 2];
given(1, 'AttachedStore/Delete', { ContactExternalKey => { Identifier => '300' },
	StoreExternalKey => { StoreIdentifier => 's3' } });
given(1, 'Address/Insert', { ContactExternalKey => { Identifier => '301' },
	ContactAddressTypeId => 2, City => 'Bill' });
given(1, 'ContactLink/Insert', { ContactAscendantExternalKey => { Identifier => '300' },
	ContactDescendantExternalKey => { Identifier => '301' }, ContactLinkTypeId => 1 });
given(1, 'PurchaseGoodCategory/Insert', { Identifier => 'veg', Label => 'Vegetables' });
given(1, 'ContactInterest/Insert', { ContactInterestIdentifier => "i$_",
	ContactExternalKey => { Identifier => $_ },
	PurchaseGoodCategoryExternalKey => { Identifier => 'veg' } }) for 300, 301;
my $consents = value('SELECT MAX(consent_id) FROM api_contact_consent');
merged(300, 301, 'merged');
my $id = who(300);
is(one("SELECT Email, EmailOptin, MobilePhoneNumber, MobilePhoneOptin, City FROM Address WHERE "
	. "ContactId = $id AND ContactAddressTypeId = 1"),
	'same@example.com|0|+33600000301|1|Merge',
	'of one address the later word holds; a number comes with its consent');
is_deeply([map { "@$_" } $w->sql("SELECT channel, old_optin, new_optin, statement FROM "
	. "api_contact_consent WHERE consent_id > $consents AND contact_id = $id
	ORDER BY channel")], ['Email 1 0 Shopify customers/merge',
	'MobilePhone NULL 1 Shopify customers/merge'], 'and both changes are kept');
cmp_ok(value("SELECT COUNT(*) FROM api_contact_consent WHERE contact_id = $id"), '>=', 5,
	'the history of both is one');
is_deeply($w->rows("SELECT s.StoreIdentifier, a.AttachedStoreTypeId, a.DeletionFlag FROM "
	. "AttachedStore a JOIN Store s USING (StoreId) WHERE a.ContactId = $id ORDER BY 1"),
	['s1|1|0', 's2|2|0', 's3|2|0'],
	'stores: the kept one\'s, those it had not, one that it had given up');
is(value("SELECT City FROM Address WHERE ContactId = $id AND ContactAddressTypeId = 2"), 'Bill',
	'an address that it had not');
is(value("SELECT COUNT(*) FROM ContactLink WHERE ContactAscendantId = $id OR ContactDescendantId "
	. "= $id"), 0, 'nobody is linked to himself');
is(value("SELECT COUNT(*) FROM ContactInterest WHERE ContactId = $id AND DeletionFlag = 0"), 1,
	'one interest is one');
done('Shopify/Customer/Insert',
	customer(310, email_marketing_consent => { state => 'subscribed',
		consent_updated_at => '2026-10-01T00:00:00Z' }), 'two of different addresses');
done('Shopify/Customer/Insert',
	customer(311, email_marketing_consent => { state => 'unsubscribed',
		consent_updated_at => '2026-10-02T00:00:00Z' }),
		'of which the merged one unsubscribed');
merged(310, 311, 'merged');
is(one('SELECT Email, EmailOptin FROM Address WHERE ContactAddressTypeId = 1 AND ContactId = '
	. who(310)), 'c310@example.com|1', 'that was of the other address');

# ------------------------------------------------------------------ points and turnover
$w->sql("INSERT INTO api_point_rule (valid_from, points, created_at, modified_at) VALUES "
	. "('2026-01-01', 1, '2026-01-01', '2026-01-01')");
sub run { my ($process, $exclusive) = @_;
	$s->sql("INSERT INTO api_run (tenant_id, process, parameters, origin, state, not_before, "
		. "exclusive, created_at, result, log_tail) VALUES (1, '$process', '{}', 2, 1, "
			. "'2026-01-01', '$exclusive', '2026-01-01', '', '')");
	my $run = $s->value('SELECT MAX(run_id) FROM api_run');
	ok($s->until_is(1, "SELECT COUNT(*) FROM api_run WHERE run_id = $run AND state IN (3, 4)",
		60), "$process ran")
		or diag($s->value(
			"SELECT CONCAT(state, ' ', reason) FROM api_run WHERE run_id = $run"));
}
sub balance { my ($contact) = @_; return value("SELECT COALESCE(SUM(PointAmount), 0) + 0 FROM "
	. "LoyaltyPoint WHERE ContactId = $contact AND DeletionFlag = 0") + 0 }
sub turnover { return value('SELECT SUM(RefAmount) FROM DecisionMonth') + 0 }
done('Shopify/Customer/Insert', customer($_), "customer $_") for 400, 401, 402;
done('Shopify/Order/Insert', order($_), "an order of $_") for 400, 401, 401, 402;
run(@$_) for ['ComputeRefAmounts', 'purchases'], ['EarnPoints', 'points'],
	['RefreshDecisionalData', 'decisions'];
my $sales = turnover();
is(balance(who(401)), 60, 'points of the one');
merged(400, 401, 'merged');
is(balance(who(400)), 90, 'are points of the other');
run('EarnPoints', 'points');
is(balance(who(400)), 90, 'and none are taken back, or given again');
done('Shopify/Customer/Delete', { id => 401 }, 'the merged one is deleted');
done('Shopify/Customer/Delete', { id => 402 }, 'and somebody else');
is(value('SELECT DeletionFlag FROM Contact WHERE ContactId = ' . who(402)), 1, 'who is marked so');
run('RefreshDecisionalData', 'decisions');
is(turnover(), $sales, 'the turnover is as it was');
is(one('SELECT PurchaseCount, RefAmount FROM DecisionContact WHERE ContactId = ' . who(400)),
	'3|90.0000', "the kept one's with the merged one's");
is(value('SELECT COUNT(*) FROM DecisionContact WHERE ContactId = ' . who(402)), 0,
	'one who is deleted is no customer');

# ------------------------------------------------------------------ other Sources
given(1, 'Contact/Insert', { ExternalKey => { Identifier => $_ }, LastName => "One$_" }) for 500,
	501;
given(2, 'Contact/Insert', { ExternalKey => { Identifier => $_ }, LastName => "Two$_" }) for 500,
	501;
given(2, 'PurchaseHeader/Insert', { PurchaseIdentifier => "two$_", Amount => 5,
	ContactExternalKey => { Identifier => $_ } }) for 500, 501;
my $two = sub { join '|', map { @{ $w->rows($_) } }
	"SELECT ContactId, LastName, DeletionFlag FROM Contact WHERE LastName LIKE 'Two%' ORDER BY 1",
	'SELECT Identifier, ContactId FROM ContactIdentifier WHERE SourceId = 2 ORDER BY 1',
	'SELECT PurchaseIdentifier, ContactId FROM PurchaseHeader WHERE SourceId = 2 ORDER BY 1' };
$before = $two->();
merged(500, 501, 'customers of Source 1');
is($two->(), $before, "those of Source 2 with the same numbers are two as before");
# The merged one's contact is another Source's, too: that contact stays, and both Sources have it.
sub shared { my ($number, @two) = @_;
	given(1, 'Contact/Insert', { ExternalKey => { Identifier => $number },
		LastName => "One$number" });
		given(2, 'ContactIdentifier/Insert',
			{ Identifier => $_, ContactId => who($number) }) for @two;
	given($_, 'PurchaseHeader/Insert', { PurchaseIdentifier => "o$number", Amount => $_,
		ContactExternalKey => { Identifier => $_ == 1 ? $number : $two[0] } }) for 1,
		@two ? 2 : (); return who($number) }
shared(510);
my $deleted = shared(511, 'club511');
merged(510, 511, 'a shop merges one whom another Source knows');
is(join(' ', who(510), who(511), who('club511', 2)), join(' ', ($deleted) x 3),
	'the other Source has its contact, which is both customers now');
is(value("SELECT COUNT(*) FROM PurchaseHeader WHERE ContactId = $deleted"), 3,
	'with all purchases');
shared(520, 'club520');
shared(521);
merged(520, 521, 'into one whom another Source knows');
is(join(' ', who(521), who('club520', 2)), join(' ', (who(520)) x 2), 'is one contact');
($kept, $deleted) = (shared(530, 'club530'), shared(531, 'club531'));
merged(530, 531, 'both are known to another Source',
	reason =>
		qr/^The rows of this Source moved from contact $deleted, which other Sources know too, to contact $kept:/);
is(join(' ', who(530), who(531), who('club530', 2), who('club531', 2)),
	join(' ', $kept, $kept, $kept, $deleted), 'who are two persons to that one');
is(value("SELECT GROUP_CONCAT(CONCAT(SourceId, ' ', PurchaseIdentifier) ORDER BY 1) FROM "
	. "PurchaseHeader WHERE ContactId = $deleted"), '2 o531', 'and keep there what it brought');
($kept, $deleted) = (shared(540, 'club540'), shared(541, 'club541'));
merged(540, 541, 'with the tenant\'s token', token => 1);
is(join(' ', who(541), who('club541', 2)), "$kept $kept", 'all of it is one');

# ------------------------------------------------------------------ at once
done('Shopify/Customer/Insert', customer(600 + $_), 'a customer') for 0 .. 39;
my @receipts;
for my $i (0 .. 19) {
	my ($a, $b) = (600 + 2 * $i, 601 + 2 * $i);
	my @all = (['Shopify/Customer/Merge', body_of($a, $b), query => '&key=key-1',
		headers => { headers() }], ['Shopify/Order/Insert', order($b)],
		['Shopify/Order/Insert', order($a)],
		['Shopify/Customer/Update', customer($b, updated_at => '2026-10-02T10:00:00Z')],
		['Shopify/Customer/Merge', body_of($a, $b), query => '&key=key-1',
			headers => { headers() }],
			['Shopify/Customer/Update',
				{ customer_id => $b, email_address => "c$a\@example.com",
					email_marketing_consent => { state => 'subscribed',
						consent_updated_at => '2026-10-03T10:00:00Z' } }],
						['Shopify/Order/Insert',
							order(undef, email => "c$b\@example.com")]);
	$w->queue(@$_) for $i % 2 ? reverse @all : @all;
}
$w->take;
ok($s->settled(60), 'merges, orders, customers and consents at once');
is($s->value("SELECT GROUP_CONCAT(DISTINCT CONCAT(state, ' ', reason_class, ' ', reason)) FROM "
	. "api_message WHERE state NOT IN (3, 6, 8) AND id > (SELECT MAX(id) - 140 FROM "
		. "api_message)"), 'NULL', 'all were dealt with');
is((grep { who(600 + 2 * $_) != who(601 + 2 * $_) } 0 .. 19), 0, 'each two are one');
is(value("SELECT COUNT(*) FROM `$_->[0]` x LEFT JOIN Contact c ON c.ContactId = x.$_->[1] WHERE "
	. "x.$_->[1] > 0 AND c.ContactId IS NULL"), 0,
	"$_->[0].$_->[1]: nothing was written for one who is no more")
	for map { my $e = $_;
		map { [$e, $_->{name}] } grep { $_->{refers} eq 'Contact' } @{ $columns{$e} }
			} @referring;
is(value("SELECT COUNT(*) FROM PurchaseHeader h JOIN ContactIdentifier i USING (ContactId) WHERE "
	. "i.Identifier REGEXP '^6[0-3][02468]\$' AND i.SourceId = 1"), 60, 'no order is lost');

# One who works for the merged contact is waited for; one who comes meanwhile waits, and finds the
# other.
done('Shopify/Customer/Insert', customer($_), "customer $_") for 700, 701;
($kept, $gone) = (who(700), who(701));
my $rival = Rival->new($db, 'tenant1');
$rival->do('START TRANSACTION');
$rival->do("SELECT ContactId FROM ContactIdentifier WHERE Identifier = '701' AND SourceId = 1 "
	. "LOCK IN SHARE MODE");
my $waits = $w->queue('Shopify/Customer/Merge', body_of(700, 701), query => '&key=key-1',
	headers => { headers() });
ok(Rival::until_waiting($db), 'a merge waits for who works for the contact');
$rival->do("INSERT INTO PurchaseHeader (PurchaseIdentifier, SourceId, ContactId, CreationDate, "
	. "ModificationDate) VALUES ('meanwhile', 1, $gone, '2026-01-01', '2026-01-01')");
$rival->do('COMMIT');
is($w->became($waits)->{outcome}, 'done', 'then it takes place');
is(value("SELECT ContactId FROM PurchaseHeader WHERE PurchaseIdentifier = 'meanwhile'"), $kept,
	'with what was written meanwhile');

# ------------------------------------------------------------------ requests about persons
done('Shopify/Customer/Insert', customer($_), "customer $_") for 800, 801;
($kept, $gone) = (who(800), who(801));
merged(800, 801, 'merged');
my $document = $w->admin("contact export C1 A1 --contact-id $gone");
like($document, qr/First800/, 'an export by the number of the merged contact finds the person');
$w->sql("INSERT INTO DecisionContact (ContactId, PurchaseCount, PurchaseCount12Months, "
	. "PurchaseCount24Months, UnpricedCount, RfmSegment, PointBalance, CreationDate, "
		. "ModificationDate) VALUES ($gone, 1, 1, 1, 0, 'Copied', 0, '2026-01-01', "
			. "'2026-01-01')");
like($w->admin('contact erase C1 A1 --yes --source-id 1 --identifier 801'), qr/^Erased/m,
	'erased by the old id');
is(who(800) . who(801) . value("SELECT COUNT(*) FROM DecisionContact WHERE ContactId = $gone")
	. value("SELECT COUNT(*) FROM api_contact_merge WHERE contact_id = $kept")
	. value("SELECT COUNT(*) FROM api_identifier_end WHERE identifier = '801'"), '00000',
	'both are gone, with what a run had copied of the other');
is_outcome(merge(800, 801), 'superseded', undef, 'the merge that comes again brings nobody back');
is(who(800) . who(801), '00', 'neither is there');
done('Shopify/Customer/Insert', customer($_), "customer $_") for 810, 811;
done('Shopify/Order/Insert', $late = order(811), 'an order');
like($w->admin('contact erase C1 A1 --yes --source-id 1 --identifier 811'), qr/^Erased/m,
	'one is erased');
$before = value('SELECT GROUP_CONCAT(ContactId) FROM Contact');
is_outcome(merge(810, 811), 'superseded', undef, 'a merge of before comes late');
is(who(811) . ' ' . (value('SELECT GROUP_CONCAT(ContactId) FROM Contact') eq $before), '0 1',
	'and changes nothing');

is($s->stop, 0, 'the daemon ends well');
done_testing();
