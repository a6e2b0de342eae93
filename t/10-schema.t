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

# The comments of the schema say of states, kinds and origins what model/state.h says.
{
	my $slurp = sub { open my $fh, '<', "$ENV{SRCDIR}/$_[0]" or die "$_[0]: $!"; local $/;
		return scalar <$fh> };
	my (%lists, $list);
	for (split /\n/, $slurp->('model/state.h')) {
		$list = $1 =~ s/_(?:SETTLED|RETRIABLE)$//r if /^#define ([A-Z]+_OF_\w+)/;
		$lists{$list}{$1} = lc $2 if defined $list && /X\(\w+, (\d+), "(\w+)"/;
	}
	# "1 ready, 8 timed out (too late)" => (1 => 'ready', 8 => 'timedout')
	my $members = sub {
		my %of;
		for (split /,/, $_[0] =~ s/\([^)]*\)|\n--//gr) {
			my ($number, $word) = /^\s*(\d+) (.+)/ or next;
			$of{$number} = lc $word =~ tr/ //dr;
		}
		return \%of;
	};
	my $told = sub {
		my ($file, $column) = @_;
		return map { $members->($_) }
			$slurp->("sql/$file") =~ /\b$column: (1\s[^.]*)\./g;
	};
	my @cases = (
		['registry/0001-base.sql', 'state', qw(STATES_OF_MESSAGE STATES_OF_MAIL
			STATES_OF_RECIPIENT)],
		['registry/0001-base.sql', 'kind', qw(KINDS_OF_MESSAGE KINDS_OF_MAIL)],
		['registry/0005-schedules.sql', 'state', 'STATES_OF_RUN'],
		['registry/0005-schedules.sql', 'origin', 'ORIGINS_OF_RUN'],
		['registry/0008-privacy.sql', 'state', 'STATES_OF_REQUEST'],
		['registry/0008-privacy.sql', 'kind', 'KINDS_OF_REQUEST'],
		['tenant/0013-labels.sql', 'state', 'STATES_OF_CORRECTION'],
	);
	for my $case (@cases) {
		my ($file, $column, @names) = @$case;
		is_deeply([$told->($file, $column)], [@lists{@names}],
			"$file says of $column what it is");
	}
	is(scalar(grep { keys %$_ < 2 } values %lists), 0, 'each list has members');
}
done_testing();
