# Changes that are written together leave what they leave one after the other: rows, fates, who was
# refused, the history of opt-ins. CUSTOMERAPI_SEED repeats a run.
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
		. '(PurchaseGoodId) ORDER BY 1, 2',
	'SELECT contact_id, channel, address_type_id, old_optin, new_optin, statement, said_at '
		. 'FROM api_contact_consent ORDER BY 1, 2, 3, consent_id',
);

# written(NAME, AT_ONCE, SEED): what the probe said, statements, and the tables.
sub written {
	my ($name, $at_once, $seed) = @_;
	$db->sql("CREATE DATABASE $name");
	local $ENV{CUSTOMERAPI_DB_REGISTRY} = $name;
	`$ENV{BUILDDIR}/t/c/schema_probe`;
	my $said = `$ENV{BUILDDIR}/t/c/apply_probe $at_once $seed 2>&1`;
	is($?, 0, "$name: written") or diag($said);
	my ($statements) = $said =~ s/^# statements (\d+)\n//m ? $1 : 0;
	my @tables = map { join "\n", map { join '|', map { $_ // 'NULL' } @$_ }
		$db->sql($_, $name) } @dumps;
	return ($said, $statements, @tables);
}

for my $seed ($ENV{CUSTOMERAPI_SEED} // (1 .. 3)) {
	my ($one, $n, @alone) = written("alone$seed", 1, $seed);
	my ($all, $m, @together) = written("together$seed", 60, $seed);
	is($all, $one, "seed $seed: fates and refusals are the same");
	is($together[$_], $alone[$_], "seed $seed: " . substr $dumps[$_], 0, 40) for 0 .. $#dumps;
	like($one, qr/^-$_:/m, "seed $seed: some were refused by $_") for 4, 19, 28;
	cmp_ok($m * 2, '<', $n, "seed $seed: of far fewer statements ($m, $n)");
	cmp_ok(length $_, '>', 0, "seed $seed: there are rows") for @alone;
}
done_testing();
