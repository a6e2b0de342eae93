# Messages of a batch that are refused while the batch is written: each by itself, with its own
# reason; the others are done, nothing of the refused stays, and the number of refusals does not
# decide how often all is written.
use strict;
use warnings;
use JSON::PP;
use Test::More;
use MariaDB;
use Scheduler;

my $db = MariaDB->start;
my $s = Scheduler->new($db, CUSTOMERAPI_QUEUE_WORKERS => 1, CUSTOMERAPI_QUEUE_BATCH => 500,
	CUSTOMERAPI_QUEUE_MAX_ATTEMPTS => 1);
open my $fh, '>', $s->dir . '/key' or die $!;
print $fh '5a' x 32, "\n";
close $fh;
chmod 0600, $s->dir . '/key';
$s->tenant(1);
my $then = "'2026-01-01', '2026-01-01'";
$db->sql("INSERT INTO Source (SourceId, Label, CreationDate, ModificationDate) VALUES (1, 'Shop', "
	. "$then); INSERT INTO Zone (ZoneId, Label, CreationDate, ModificationDate) VALUES "
	. "(2, 'West', $then), (3, 'East', $then)", 'tenant1');

sub standard { my ($what, $body, %more) = @_; my ($entity, $action) = split ' ', $what;
	return { platform => 'Standard', entity => $entity, action => $action, auth => 1,
		body => encode_json($body), %more } }
sub named { return (ExternalKey => { Identifier => $_[0], SourceId => 1 }) }
sub of { return (ContactExternalKey => { Identifier => $_[0], SourceId => 1 }) }
sub customer { return { id => $_[0], email => "c$_[0]\@demo.example", first_name => 'Late',
	created_at => '2026-10-01T10:00:00Z', updated_at => '2026-10-01T10:00:00Z' } }
sub late { return { platform => 'Shopify', entity => 'Customer', action => 'Insert',
	body => encode_json(customer($_[0])) } }

# asked(): what clients asked the server for.
sub asked {
	my $n = 0;
	$n += $_->[1] for $s->sql("SHOW GLOBAL STATUS WHERE Variable_name IN "
		. "('Questions', 'Com_stmt_prepare')");
	return $n;
}

# run(MESSAGES): what it cost, and of each its state and why.
sub run {
	my @receipts = $s->put(@_);
	my $before = asked();
	is($s->once, 0, @receipts . ' messages');
	my $cost = asked() - $before;
	return ($cost, map { my $m = $s->message($_);
		"$m->{state} $m->{reason_class}: $m->{reason}" } @receipts);
}

my $rows = sub { $db->value("SELECT COUNT(*) FROM $_[0]", 'tenant1') };
my %limited = (limits => '2/*');

# 180 of 380 are refused, for three reasons. Addresses are refused after contacts were written, in a
# second try: it goes back as far as the first.
sub good { my ($from, $to) = @_;
	return map { standard('Contact Insert', { named("g$_"), LastName => 'Good', ZoneId => 1 }) }
		$from .. $to }
my ($few) = run(good(1, 200));
run(map { standard('Contact Insert', { named("w$_"), LastName => 'West', ZoneId => 2 }) } 1 .. 60);
my @mixed = ((map { standard('Contact Insert', { named("b$_"), LastName => 'Bad', ZoneId => 1 },
	%limited) } 1 .. 60),
	(map { standard('Contact Update', { named("g$_"), LastName => 'Bad' }, %limited) } 1 .. 60),
	(map { standard('Address Insert', { of("g$_"), City => 'Bad' }, %limited) } 1 .. 60),
	good(201, 340),
	(map { standard('Contact Update', { named("w$_"), LastName => 'Better' }, %limited) }
		1 .. 60));
srand 5;
my @by = map { rand } @mixed;
my @order = sort { $by[$a] <=> $by[$b] } 0 .. $#mixed;
my ($cost, @as) = run(@mixed[@order]);
my @became;
@became[@order] = @as;
like($became[$_], qr/^4 forbidden: Contact.ZoneId is 1, which/, "$_: by what it says")
	for 0, 30, 59;
like($became[$_], qr/^4 forbidden: Contact \d+ is of a zone or brand/, "$_: by what is stored")
	for 60, 90, 119;
like($became[$_], qr/^4 forbidden: Contact \d+ is of a zone or brand/, "$_: by what it refers to")
	for 120, 150, 179;
is(scalar(grep { /^4 forbidden/ } @became[0 .. 179]), 180, '180 are refused for their zones');
is(scalar(grep { /^3 / } @became[180 .. 379]), 200, 'and 200 are done');
is($rows->("Contact WHERE LastName = 'Bad'")
	+ $rows->("Address WHERE City = 'Bad'")
	+ $rows->("ContactIdentifier WHERE Identifier LIKE 'b%'"), 0, 'nothing bad is stored');
is($rows->("Contact WHERE LastName = 'Better'") + $rows->("Contact WHERE LastName = 'Good'"),
	60 + 340, 'all else is');
note "200 good: $few statements; with 180 refused: $cost";
cmp_ok($cost, '<', 2 * $few, 'all is written twice at most');

# Those under the same limits are written together, but not before one under others that refers to
# what they change.
my %p = (PurchaseIdentifier => 'p', SourceId => 1);
run(standard('PurchaseHeader Insert', { %p, ZoneId => 2 }));
($cost, @became) = run(
	standard('Contact Insert', { named('o1'), LastName => 'Order', ZoneId => 1 }),
	standard('PurchaseDetail Insert', { PurchaseHeaderExternalKey => \%p, Identifier => 'l',
		SourceId => 1, Quantity => 1 }, %limited),
	standard('PurchaseHeader Update', { %p, ZoneId => 3 }),
	standard('Contact Insert', { named('o2'), LastName => 'Order', ZoneId => 1 }));
like($became[$_], qr/^3 /, "$_ of four under two limits is done") for 0 .. 3;
is($rows->("PurchaseDetail JOIN PurchaseHeader USING (PurchaseHeaderId) WHERE ZoneId = 3"), 1,
	'the line came to its purchase while that was of the zone');

# Persons who were there, and were erased.
run(map { { %{ late($_) } } } 500 .. 521);
{
	local %ENV = (%ENV, %{ $s->{env} });
	for (500 .. 521) {
		my $who = "--source-id 1 --identifier $_";
		my $out = `$ENV{BUILDDIR}/customerapi contact erase C1 A1 --yes $who 2>&1`;
		$? == 0 or die $out;
	}
}
is($rows->("Contact WHERE FirstName = 'Late'"), 0, 'persons are erased');

# One is refused for its zone, two for persons who were erased.
($cost, @became) = run(
	standard('Contact Insert', { named('a1'), LastName => 'First', ZoneId => 2 }),
	standard('Contact Insert', { named('a2'), LastName => 'Refused', ZoneId => 1 }, %limited),
	late(520), late(521),
	standard('Contact Insert', { named('a3'), LastName => 'Last', ZoneId => 2 }, %limited));
like($became[0], qr/^3 /, 'the first is done');
like($became[1], qr/^4 forbidden: Contact.ZoneId is 1/, 'the second is refused for its zone');
like($became[$_], qr/^6 erased/, 'one is refused for its person') for 2, 3;
like($became[4], qr/^3 /, 'the last is done');
is($rows->("Contact WHERE FirstName = 'Late'"), 0, 'nothing is left of the erased');
is($rows->("ContactIdentifier WHERE Identifier IN ('520', '521', 'a2')"), 0, 'nor their names');
is($rows->("Contact WHERE LastName IN ('First', 'Last')"), 2, 'the others are there once');
is($rows->("Contact WHERE LastName = 'Refused'"), 0, 'and the refused is not');

# All that are erased are found together.
($cost, @became) = run((map { late($_) } 500 .. 519), good(401, 440));
is(scalar(grep { /^6 erased/ } @became[0 .. 19]), 20, '20 are refused for their persons');
is(scalar(grep { /^3 / } @became[20 .. 59]), 40, 'and 40 are done');
is($rows->("Contact WHERE FirstName = 'Late'"), 0, 'nothing is left of the erased');
note "20 of 60 erased: $cost";
cmp_ok($cost, '<', 2 * $few, 'all is written twice at most');
done_testing;
