# Changes that are written together leave what they leave one after the other: rows, fates, who was
# refused, the history of opt-ins, merges, identifiers that ended. Nor does it matter whether
# mappings that ask are together in a batch. CUSTOMERAPI_SEED repeats a run.
use strict;
use warnings;
use Test::More;
use MariaDB;

my $db = MariaDB->start;
local $ENV{CUSTOMERAPI_CONF} = '/dev/null';
local $ENV{CUSTOMERAPI_DB_SOCKET} = $db->socket;
local $ENV{CUSTOMERAPI_DB_USER} = 'root';

# Rows by what names them: keys that were counted up may differ.
my @dumps = (
	'SELECT ContactId, FirstName, LastName, GlobalOptin, SourceStamp, ModificationDate '
		. 'FROM Contact ORDER BY 1',
	'SELECT ContactId, ContactAddressTypeId, Email, EmailNormal, EmailOptin, EmailOptinDate, '
		. 'City, DeletionFlag, SourceStamp FROM Address ORDER BY 1, 2',
	'SELECT Identifier, ContactId FROM ContactIdentifier ORDER BY 1',
	'SELECT Identifier, Label FROM PurchaseGood ORDER BY 1',
	'SELECT PurchaseIdentifier, ContactId, ZoneId, OriginalAmount, SourceStamp FROM '
		. 'PurchaseHeader ORDER BY 1',
	'SELECT h.PurchaseIdentifier, d.Identifier, g.Identifier, d.Amount FROM PurchaseDetail d '
		. 'JOIN PurchaseHeader h USING (PurchaseHeaderId) JOIN PurchaseGood g USING '
		. '(PurchaseGoodId) ORDER BY 1, 2, 3',
	'SELECT h.PurchaseIdentifier, h.PurchaseReference, h.StoreId, d.Identifier, d.Amount FROM '
		. 'PurchaseHeader h LEFT JOIN PurchaseDetail d USING (PurchaseHeaderId) '
		. 'ORDER BY 1, 4',
	'SELECT ContactId, City FROM Address ORDER BY 1, ContactAddressTypeId',
	'SELECT merged_contact_id, contact_id, source_id, said_at FROM api_contact_merge '
		. 'ORDER BY 1',
	'SELECT identifier, source_id, contact_id, ended_at FROM api_identifier_end ORDER BY 1',
	'SELECT contact_id, channel, address_type_id, old_optin, new_optin, statement, said_at '
		. 'FROM api_contact_consent ORDER BY 1, 2, 3, consent_id',
);

# written(NAME, PROBE, ARGUMENTS): what the probe said, what it cost, and the tables.
sub written {
	my ($name, $probe, @args) = @_;
	$db->sql("CREATE DATABASE $name");
	local $ENV{CUSTOMERAPI_DB_REGISTRY} = $name;
	`$ENV{BUILDDIR}/t/c/schema_probe`;
	my $said = `$ENV{BUILDDIR}/t/c/$probe @args 2>&1`;
	is($?, 0, "$name: written") or diag($said);
	my ($cost) = $said =~ s/^# \w+ (\d+)\n//m ? $1 : 0;
	my @tables = map { join "\n", map { join '|', map { $_ // 'NULL' } @$_ }
		$db->sql($_, $name) } @dumps;
	return ($said, $cost, @tables);
}

# compared(PROBE, AT_ONCE, SEED, N, …): one after the other, and so many at once. What the probe
# said, what each cost, and the tables.
sub compared {
	my ($probe, $at_once, $seed, @more) = @_;
	my $of = join '_', $probe, $seed, @more;
	my ($one, $cost, @alone) = written("${of}_alone", $probe, 1, $seed, @more);
	my ($all, $less, @together) = written("${of}_together", $probe, $at_once, $seed, @more);
	is($all, $one, "$of: fates and refusals are the same");
	is($together[$_], $alone[$_], "$of: " . substr $dumps[$_], 0, 40) for 0 .. $#dumps;
	return ($one, $cost, $less, @alone);
}

for my $seed ($ENV{CUSTOMERAPI_SEED} // (1 .. 3)) {
	my ($said, $n, $m, @tables) = compared('apply_probe', 60, $seed, 240);
	like($said, qr/^-$_:/m, "seed $seed: some were refused by $_") for 4, 19, 28;
	cmp_ok($m * 2, '<', $n, "seed $seed: of far fewer statements ($m, $n)");
	cmp_ok(length $_, '>', 0, "seed $seed: there are rows") for @tables[0 .. 7];
}

# Further kinds of changes: rows that are added and taken away, merges, identifiers that end. In a
# batch, a thousand changes; by the way, more rows than one statement reads.
for my $run ([60, $ENV{CUSTOMERAPI_SEED} // 4, 240, 'all'], [1000, 5, 1000, 'all']) {
	my ($said, $n, $m, @tables) = compared('apply_probe', @$run);
	my $seed = $run->[1];
	like($said, qr/^-$_:/m, "seed $seed: some were refused by $_") for 4, 14, 19, 28;
	like($said, qr/ merge [1-9]/, "seed $seed: some contacts were merged");
	cmp_ok($m, '<', $n, "seed $seed: of fewer statements ($m, $n)");
	cmp_ok(length $_, '>', 0, "seed $seed: there are rows") for @tables;
}

for my $seed ($ENV{CUSTOMERAPI_SEED} // (1 .. 2)) {
	my ($said, $n, $m) = compared('batch_probe', 100, $seed, 200);
	for (qw(line address)) {
		like($said, qr/^$_ 0:/m, "seed $seed: of $_ some were found");
		like($said, qr/^$_ -\d+:/m, "seed $seed: and some were not");
	}
}
done_testing();
