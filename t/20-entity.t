# The customer model: the schema is what the entity table says, reference rows are there, the upsert
# burns no keys and writes only what changed.
use strict;
use warnings;
use Test::More;
use MariaDB;
use Rival;

my $db = MariaDB->start;
my $ddl = `$ENV{BUILDDIR}/t/c/entity_ddl`;
is($?, 0, 'the entity table has no fault') or diag($ddl);
$db->sql('CREATE DATABASE tenant; CREATE DATABASE model');
$db->sql($ddl, 'model');
local $ENV{CUSTOMERAPI_CONF} = '/dev/null';
local $ENV{CUSTOMERAPI_DB_SOCKET} = $db->socket;
local $ENV{CUSTOMERAPI_DB_USER} = 'root';
local $ENV{CUSTOMERAPI_DB_REGISTRY} = 'tenant';
my $out = `$ENV{BUILDDIR}/t/c/schema_probe 2>&1`;
is($?, 0, 'migrated') or diag($out);

my $facts = sub {
	my ($schema) = @_;
	return join "\n",
		map { join ' ',
			@$_ } $db->sql(
				"SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, "
					. "COALESCE(COLUMN_DEFAULT, '-'), COALESCE(COLLATION_NAME, "
						. "'-'), EXTRA
		FROM information_schema.COLUMNS
			WHERE TABLE_SCHEMA = '$schema' AND TABLE_NAME NOT LIKE 'api\\_%' AND
			TABLE_NAME <> 'CurrencyRate' AND TABLE_NAME NOT LIKE 'Decision%' ORDER BY
			TABLE_NAME, ORDINAL_POSITION");
};
my $indexes = sub {
	my ($schema) = @_;
	return join "\n",
		map { join ' ',
			@$_ } $db->sql(
				"SELECT TABLE_NAME, INDEX_NAME, NON_UNIQUE, "
					. "GROUP_CONCAT(COLUMN_NAME ORDER BY SEQ_IN_INDEX)
		FROM information_schema.STATISTICS
			WHERE TABLE_SCHEMA = '$schema' AND TABLE_NAME NOT LIKE 'api\\_%' AND
			TABLE_NAME <> 'CurrencyRate' AND TABLE_NAME NOT LIKE 'Decision%' GROUP BY 1,
			2, 3 ORDER BY 1, 2");
};
my $model = $facts->('model');
cmp_ok(length $model, '>', 10000, 'there is a model');
is($facts->('tenant'), $model, 'columns are those of the entity table');
is($indexes->('tenant'), $indexes->('model'), 'so are keys and indexes');

for my $row ([ "SELECT Label FROM Country WHERE CountryId = 'FRA' AND Alpha2 = 'FR'", 'France' ],
	[ "SELECT Alpha2 FROM Language WHERE LanguageId = 'deu'", 'de' ],
	[ "SELECT NumericCode FROM Currency WHERE CurrencyId = 'EUR'", '978' ],
	[ 'SELECT Label FROM PurchaseStatus WHERE Accountable = 1 ORDER BY 1 LIMIT 1', 'Paid' ],
	[ 'SELECT COUNT(*) > 240 FROM Country', 1 ], [ 'SELECT COUNT(*) > 150 FROM Currency', 1 ],
	[ 'SELECT COUNT(*) FROM Brand', 1 ]) {
	is($db->value($row->[0], 'tenant'), $row->[1], $row->[0]);
}

my @lines = split /\n/, `$ENV{BUILDDIR}/t/c/entity_probe 2>&1`;
is($lines[0], 'key 2', 'after 40,000 upserts of one category a new one gets the next key');
is($lines[1], 'inserted unchanged superseded inserted inserted inserted same-key',
	'each row has its fate; of two alike the later wins');
is($db->value("SELECT Label FROM PurchaseGoodCategory WHERE Identifier = 'four'", 'tenant'), 'last',
	'the later');
is($db->value("SELECT Label FROM PurchaseGoodCategory WHERE Identifier = 'one'", 'tenant'), 'odd',
	'an older state changes nothing');
like($lines[2], qr/PurchaseGoodCategory\.Label is longer than its 200 characters/,
	'what does not fit is said by name');

# A race: the batch finds no "between" and has to wait for "last"; meanwhile another writer adds the
# former. The batch is repeated and finds it. Many rows make the server
# look rows up by their natural key, in its order.
$db->sql("INSERT INTO PurchaseGoodCategory (Identifier, SourceId, Label, CreationDate, "
	. "ModificationDate) SELECT CONCAT('fill', seq), 1, 'x', '2026-01-01', '2026-01-01' FROM "
		. "seq_1_to_3000;
	INSERT INTO PurchaseGoodCategory (Identifier, SourceId, Label, CreationDate,
		ModificationDate)
		VALUES ('last', 1, 'x', '2026-01-01',
		'2026-01-01'); ANALYZE TABLE PurchaseGoodCategory", 'tenant');
my $rival = Rival->new($db, 'tenant');
$rival->do('START TRANSACTION');
$rival->do("SELECT Label FROM PurchaseGoodCategory WHERE Identifier = 'last' AND SourceId = 1 FOR "
	. "UPDATE");
open my $race, '-|', "$ENV{BUILDDIR}/t/c/entity_probe race 2>&1" or die $!;
ok(Rival::until_waiting($db), 'the batch waits for a lock');
$rival->do("INSERT INTO PurchaseGoodCategory (Identifier, SourceId, Label, CreationDate, "
	. "ModificationDate) VALUES ('between', 1, 'theirs', '2026-01-01', '2026-01-01')");
my $theirs = $db->value("SET SESSION tx_isolation = 'READ-UNCOMMITTED'; SELECT "
	. "PurchaseGoodCategoryId FROM PurchaseGoodCategory WHERE Identifier = 'between'",
	'tenant');
$rival->do('COMMIT');
is(join('', <$race>), "updated updated $theirs\n",
	'what the other writer added is changed, not added again');
close $race;
is($db->value("SELECT GROUP_CONCAT(Label) FROM PurchaseGoodCategory WHERE Identifier = 'between'",
	'tenant'), 'ours', 'one row, with what came later');

done_testing();
