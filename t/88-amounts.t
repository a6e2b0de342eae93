# Lines that an earlier version stored before discount: which are mended by themselves, which by an
# admin's word, each once, however the work is broken off; and what was right before is not touched.
use strict;
use warnings;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);
use World;

my $w = World->start(tenant => { reference_currency => "'EUR'" });
$w->source(1, $_, label => "'Shop $_'") for 2 .. 9;
my $now = '2026-02-01 00:00:00';
my $note = "correction = 'line-amounts'";

# Purchases as an earlier version stored them: Source, number, lines of [Identifier, SKU, amount,
# without tax, discount].
sub stored {
	my ($source, $number, @lines) = @_;
	my ($reference, $identifier) = ref $number ? @$number : ($number, $number);
	$w->sql("INSERT INTO PurchaseHeader (PurchaseIdentifier, PurchaseReference, SourceId, "
		. "CurrencyId, PurchaseStatusId, PurchaseDate, CreationDate, ModificationDate) "
			. "VALUES ('$identifier', '$reference', $source, 'EUR', 3, '$now', '$now', "
				. "'$now');
		INSERT INTO PurchaseDetail (Identifier, PurchaseHeaderId, SourceId, Sku, Amount,
			TaxFreeAmount, DiscountAmount, RefAmount, CreationDate, ModificationDate)
			VALUES " . join ', ', map {
		"('$_->[0]', (SELECT PurchaseHeaderId FROM PurchaseHeader WHERE "
			. "PurchaseIdentifier = '$identifier' AND SourceId = $source), $source, "
			. join(', ', map { defined $_ ? "'$_'" : 'NULL' } @$_[1 .. 4], $_->[2])
		. ", '$now', '$now')" } @lines);
}
sub lines { return $w->rows("SELECT d.Identifier, d.Amount, d.TaxFreeAmount, d.DiscountAmount, "
	. "d.DeletionFlag FROM PurchaseDetail d JOIN PurchaseHeader h USING (PurchaseHeaderId) "
		. "WHERE h.SourceId = $_[0] ORDER BY h.PurchaseHeaderId, d.PurchaseDetailId") }
sub received { my ($source, @what) = @_;
	for (@what) { my $r = $w->post($_->[0], $_->[1], source => $source);
		is($r->{outcome}, 'done', "Source $source receives $_->[0]")
			or diag($r->{reason}) } }
sub states { return join ' ',
	map { join ':', @$_ } $w->{db}->sql("SELECT source_id, state FROM api_correction WHERE "
		. "$note AND source_id > 0 ORDER BY 1", 'tenant1') }

my $magento = ['Magento/StatusCommand/Update', { ExternalKey => { PurchaseIdentifier => 'status' },
	PurchaseStatus => 'processing' }];
my $standard = ['Standard/Contact/Insert', { ExternalKey => { Identifier => 'c1' },
	LastName => 'Doe' }];
my $shopify = ['Shopify/Customer/Insert',
	{ id => 1, first_name => 'A', updated_at => '2026-01-01T00:00:00Z' }];
# What the new version writes for a Source that had nothing but Magento; a line of it looks like the
# old ones but for its name.
my $new = ['Magento/Command/Update', { ExternalKey => { PurchaseIdentifier => 'new' },
	Details => [(map { { ExternalKey => { Identifier => 77 },
		PurchaseGoodExternalKey => { Sku => $_ }, Amount => 50, TaxFreeAmount => 40,
		DiscountAmount => 10 } } 'X', 'X', 'A#2',
	'L' x 255), { ExternalKey => { Identifier => 'plain' }, Amount => 50, TaxFreeAmount => 40,
	DiscountAmount => 10 }] }];

my @old = (['77', 'TEE-S', 24, 20, 2.4], ['78', 'TEE-M', 48, 40, 4.8],
	['79', 'MUG', 12, undef, 1.2], ['0', 'shipping-fee', 6, 5, 0], ['80', 'FREE', 10, 8, 10],
	['81', 'NULL', undef, undef, 3], ['82', 'BACK', -40, -32, 5], ['A/B', 'A/B', 20, 16, 2]);
my @net = ('77|21.6000|18.0000|2.4000|0', '78|43.2000|36.0000|4.8000|0', '79|10.8000|NULL|1.2000|0',
	'0|6.0000|5.0000|0.0000|0', '80|0.0000|0.0000|10.0000|0', '81|NULL|NULL|3.0000|0',
	'82|-35.0000|-28.0000|5.0000|0', 'A/B|18.0000|14.4000|2.0000|0');
my @gross = map { "$_->[0]|" . join('|',
	map { defined $_ ? sprintf '%.4f', $_ : 'NULL' } @$_[2 .. 4]) . '|0' } @old;
stored($_, "p$_", @old) for 1, 2, 4, 6, 8;
stored(3, ['#1001', '450789469'], @old);			# as Shopify's are known
stored(5, ['#1001', '450789470'], @old);
stored(7, ['p7', 'p7@lyon'], @old);
received(1, $magento, $magento, $new);
received(2, $magento, $standard);	# another platform wrote there, too
received(3, $shopify);
received(5, $magento);			# but has purchases that Magento cannot have sent
received(6, $standard);
received(9, $magento, $new);		# nothing of before
my $fresh = [splice @{ lines(1) }, @old];
is_deeply([map { s/L{9,}~[0-9a-f]{32}/LONG/r } @$fresh],
	[map { "$_|40.0000|32.0000|10.0000|0" } '77/X', '77/X#2', '77/A##2', '77/LONG', 'plain/'],
	'what this version writes is net');

# ---------------------------------------------------------------- by itself

$w->admin('migrate --dry-run');
is_deeply([lines(1)->[0], states()], [$gross[0], ''], 'a dry run of migrate changes nothing');
my $said = $w->admin('migrate');
like($said,
	qr{C1/A1: 6 lines of purchases from Magento held amounts before discount; they are net now},
	'migrate mends what is certain') or diag($said);
like($said, qr{C1/A1: of 5 Sources it is not certain .*customerapi doctor names them},
	'and says of what it is not');
is_deeply(lines(1), [@net, @$fresh], 'a Source that has received nothing but Magento\'s messages '
	. 'is net; what this version wrote stays');
is_deeply(lines($_), \@gross, "Source $_ is not touched") for 2 .. 8;
is(states(), '1:2 2:3 4:3 5:3 7:3 8:3', 'what is noted');
is($w->value("SELECT COUNT(*) FROM PurchaseDetail d JOIN PurchaseHeader h USING "
	. "(PurchaseHeaderId) WHERE h.PurchaseIdentifier = 'p1' AND d.ModificationDate > '$now'"),
	6, 'the lines are modified, for ComputeRefAmounts');
unlike($w->admin('migrate'), qr/net now/, 'again');
is_deeply(lines(1), [@net, @$fresh], 'it does nothing');

# ---------------------------------------------------------------- by an admin's word

sub doctor { local %ENV = (%ENV, %{ $w->{s}{env} });
	return `$ENV{BUILDDIR}/customerapi doctor 2>&1` }
my $found = doctor();
my $gross = 'lines of purchases from an earlier version may hold amounts before discount';
like($found,
	qr{C1/A1 Source $_: $gross.*?purchase correct C1 A1 --source $_ --platform Magento}s,
	"doctor names Source $_") for 2, 4, 5, 7, 8;
unlike($found, qr/Source [1369]: lines of purchases/, 'and no other');
like($w->admin('purchase correct C1 A1 --source 2 --platform Magento --dry-run'), qr/Lines:\s+6\b/,
	'a dry run counts');
is_deeply(lines(2), \@gross, 'and changes nothing');
like($w->admin('purchase correct C1 A1 --source 2 --platform Magento'),
	qr/Lines:\s+6\b.*They are net of their discount now/s, 'purchase correct');
is_deeply(lines(2), \@net, 'mends them');
like($w->admin('purchase correct C1 A1 --source 2 --platform Magento'),
	qr/Lines:\s+0\b.*decided about before/s, 'again');
like($w->admin('purchase correct C1 A1 --source 2 --platform Magento --dry-run'), qr/Lines:\s+0\b/,
	'also dry');
is_deeply(lines(2), \@net, 'it does nothing');
like($w->admin('purchase correct C1 A1 --source 4 --platform other'), qr/They stay as they are/,
	'lines that are right as they are');
like($w->admin('purchase correct C1 A1 --source 4 --platform Magento'), qr/decided about before/,
	'whatever is said later');
is_deeply(lines(4), \@gross, 'stay');
$w->admin('purchase correct C1 A1 --source 5 --platform Magento');
is_deeply(lines(5), \@gross, 'a purchase that Magento cannot have sent is left out');
$w->admin("purchase correct C1 A1 --source $_ --platform Magento") for 7, 6;
is_deeply([lines(7), lines(6)], [\@net, \@net], 'an admin may say it of any Source');
$found = doctor();
unlike($found, qr/Source $_: lines of purchases/, "doctor says no more of Source $_") for 2, 4, 5,
	7;
like($found, qr/Source 8: lines of purchases/, 'but of what is open');
is(eval { $w->admin('purchase correct C1 A1 --source 77 --platform Magento') }, undef,
	'a Source that is none');
like($@, qr/no Source 77/, 'is refused');
unlike($w->admin('migrate'), qr/net now/, 'migrate adds nothing');
is(states(), '1:2 2:2 4:2 5:2 6:2 7:2 8:3', 'what is noted then');

# ---------------------------------------------------------------- broken off, and two at once

my $many = 8000;
$w->sql("INSERT INTO PurchaseHeader (PurchaseHeaderId, PurchaseIdentifier, PurchaseReference, "
	. "SourceId, CreationDate, ModificationDate) VALUES (5000, 'big', 'big', 1, '$now', '$now');
	INSERT INTO PurchaseDetail (Identifier, PurchaseHeaderId, Sku, Amount, TaxFreeAmount,
		DiscountAmount, CreationDate, ModificationDate)
		SELECT CONCAT('l', seq), 5000, 'S', 100 + seq, 50 + seq / 2, 10, '$now', '$now'
		FROM seq_1_to_$many", 2);
sub right { return $w->value("SELECT COUNT(*) FROM PurchaseDetail WHERE PurchaseHeaderId = 5000 "
	. "AND Amount = 90 + SUBSTRING(Identifier, 2) AND ABS(TaxFreeAmount * 2 - Amount) < 0.001",
	2) }
sub begin {
	my $pid = fork // die $!;
	return $pid if $pid;
	@ENV{ keys %{ $w->{s}{env} } } = values %{ $w->{s}{env} };
	open STDOUT, '>', '/dev/null';
	open STDERR, '>', '/dev/null';
	{ exec "$ENV{BUILDDIR}/customerapi",
		qw(purchase correct C2 A2 --source 1 --platform Magento) }
	POSIX::_exit(127);
}
my $pid = begin();
my $end = time + 60;
sleep 0.01 while time < $end
	&& !$w->value("SELECT COALESCE(MAX(changed), 0) FROM api_correction WHERE $note AND "
		. "source_id = 1", 2);
kill 'KILL', $pid;
waitpid $pid, 0;
my ($state, $seen,
	$changed) = @{
	($w->{db}->sql(
		"SELECT state, seen_to, changed FROM api_correction WHERE $note AND source_id = 1",
		'tenant2'))[0] };
is($state, 1, 'killed while it was at work');
cmp_ok($changed, '<', $many, "$changed lines were done");
is(right(), $changed, 'just those are right');
is($w->value("SELECT COUNT(*) FROM PurchaseDetail WHERE PurchaseHeaderId = 5000 AND "
	. "PurchaseDetailId <= $seen", 2), $changed, 'up to where it was noted');
like(doctor(),
	qr{C2/A2 Source 1: making amounts of lines net was broken off, or is under way.*customerapi migrate goes on with it}s,
	'doctor says so');
my @both = (begin(), begin());
for my $one (@both) {
	waitpid $one, 0;
	is($?, 0, 'one of two at once ends well');
}
is(right(), $many, 'each line was done once');
is($w->value("SELECT CONCAT(state, ':', changed) FROM api_correction WHERE $note AND source_id = 1",
	2), "2:$many", 'and counted once');
$w->sql("DELETE FROM api_correction; UPDATE PurchaseDetail SET Amount = Amount + 10, TaxFreeAmount "
	. "= TaxFreeAmount + 5, ModificationDate = '$now' WHERE PurchaseHeaderId = 5000; INSERT "
		. "INTO api_correction (correction, source_id, state, seen_to, changed, "
			. "decided_at) SELECT 'line-amounts', 1, 1,
	PurchaseDetailId, 3000, '$now' FROM PurchaseDetail
		WHERE PurchaseHeaderId = 5000 ORDER BY PurchaseDetailId LIMIT 1 OFFSET 2999; UPDATE
		PurchaseDetail d JOIN api_correction c SET Amount = Amount - 10,
		TaxFreeAmount = TaxFreeAmount - 5 WHERE PurchaseDetailId <= c.seen_to", 2);
is(right(), 3000, 'work that was broken off');
like($w->admin('migrate'), qr{C2/A2: 5000 lines .*net now}, 'migrate goes on with it');
is(right(), $many, 'to its end');

is($w->{s}->stop, 0, 'the daemon ends well');
done_testing();
