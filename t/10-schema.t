# Every named statement fits the migrated schema and its own comment; migrations can be repeated.
use strict;
use warnings;
use Test::More;
use MariaDB;

my $db = MariaDB->start;
$db->sql('CREATE DATABASE customerapi');
local $ENV{CUSTOMERAPI_CONF} = '/dev/null';
local $ENV{CUSTOMERAPI_DB_SOCKET} = $db->socket;
local $ENV{CUSTOMERAPI_DB_USER} = 'root';
local $ENV{CUSTOMERAPI_DB_PASSWORD} = '';
local $ENV{CUSTOMERAPI_DB_REGISTRY} = 'customerapi';
my $probe = "$ENV{BUILDDIR}/t/c/schema_probe";

my $first = `$probe 2>&1`;
is($? >> 8, 0, 'all statements fit') or diag($first);
my ($registry) = $first =~ /^# registry: (\d+) migrations/m;
my ($statements) = $first =~ /^# (\d+) statements checked/m;
cmp_ok($registry, '>=', 1, 'the registry was migrated');
cmp_ok($statements, '>=', 20, 'there are statements to check');

my $second = `$probe 2>&1`;
is($? >> 8, 0, 'again');
like($second, qr/^# registry: 0 migrations$/m, 'nothing left to do in the registry');
like($second, qr/^# tenant: 0 migrations$/m, 'nothing left to do in the tenant');

# A migration that died half-way is run again from its first statement.
$db->sql("DELETE FROM customerapi.api_schema; DROP TABLE customerapi.api_mail_recipient; DROP TABLE customerapi.api_message");
my $third = `$probe 2>&1`;
is($? >> 8, 0, 'half a schema is completed') or diag($third);
unlike($third, qr/registry: 0/, 'the migration ran again');

$db->sql("INSERT INTO customerapi.api_schema VALUES ('registry', 9999, 'from the future', '2030-01-01')");
my $fourth = `$probe 2>&1`;
isnt($? >> 8, 0, 'a newer schema is refused');
like($fourth, qr/newer than/, 'and the reason said');

done_testing();
