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
$db->sql("DELETE FROM customerapi.api_schema; DROP TABLE customerapi.api_mail_recipient; DROP "
	. "TABLE customerapi.api_message");
my $third = `$probe 2>&1`;
is($? >> 8, 0, 'half a schema is completed') or diag($third);
unlike($third, qr/registry: 0/, 'the migration ran again');

$db->sql("INSERT INTO customerapi.api_schema VALUES ('registry', 9999, 'from the future', "
	. "'2030-01-01')");
my $fourth = `$probe 2>&1`;
isnt($? >> 8, 0, 'a newer schema is refused');
like($fourth, qr/newer than/, 'and the reason said');

# The comments of the schema say of states what model/state.h says.
{
	my $slurp = sub { open my $fh, '<', $_[0] or die "$_[0]: $!"; local $/;
		return scalar <$fh> };
	my $header = $slurp->("$ENV{SRCDIR}/model/state.h");
	my %states = map { $_ => {} } qw(MESSAGE MAIL RECIPIENT RUN SCHEDULE REQUEST);
	for my $list (sort keys %states) {
		my ($rows) = $header =~ /#define STATES_OF_$list\(X\)(.*?[^\\])\n/s;
		$states{$list} = { $rows =~ /X\(\w+, (\d+), "\w+", "(\w+)"/g };
		cmp_ok(scalar keys %{ $states{$list} }, '>', 1, "$list has states");
	}
	my $base = $slurp->("$ENV{SRCDIR}/sql/registry/0001-base.sql");
	my $privacy = $slurp->("$ENV{SRCDIR}/sql/registry/0008-privacy.sql");
	my @told = map {
		+{ map { lc } /(\d+) (\w+)/g } } "$base$privacy" =~ /\bstate: (1\s[^.]*)\./g;
	my $low = sub { my ($list) = @_;
		return { map { $_ => lc $states{$list}{$_} } keys %{ $states{$list} } } };
	is_deeply(\@told, [map { $low->($_) } qw(MESSAGE MAIL RECIPIENT REQUEST)],
		'comments name the states as they are');
}
done_testing();
