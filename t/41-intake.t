# Group commit: every acknowledged message is in the table once, duplicates share a receipt, also
# beside bad ones, locks, lost commits and killed connections.
use strict;
use warnings;
use Test::More;
use Cut;
use MariaDB;
use Rival;

my $db = MariaDB->start;
$db->sql('CREATE DATABASE customerapi');
my %env = (CONF => '/dev/null', DB_SOCKET => $db->socket, DB_USER => 'root', DB_PASSWORD => '',
	DB_REGISTRY => 'customerapi');
$ENV{"CUSTOMERAPI_$_"} = $env{$_} for keys %env;
`$ENV{BUILDDIR}/t/c/schema_probe`;

# Runs the probe; gives the acknowledged [receipt, duplicate, key], the errors and the last line.
sub probe {
	my (@args) = @_;
	my @lines = `$ENV{BUILDDIR}/t/c/intake_probe @args 2>&1`;
	is($?, 0, "probe @args") or diag(@lines);
	return ([map { [split] } grep { /^[0-9a-f]{32} / } @lines], [grep { /^error/ } @lines],
		(grep { /^# / } @lines)[0]);
}
sub stored {
	return map {
		$_->[0] => 1 } $db->sql('SELECT LOWER(HEX(receipt)) FROM customerapi.api_message') }

my ($put, $errors, $sum) = probe(64, 20, 0, 2000);
is_deeply($errors, [], 'no errors');
is(scalar @$put, 1280, 'all acknowledged');
my %stored = stored();
is(scalar(grep { !$stored{$_->[0]} } @$put), 0, 'each is stored');
is(scalar keys %stored, 1280, 'nothing else is');
my ($groups) = $sum =~ /^# (\d+) groups/;
cmp_ok($groups, '<', 640, 'they shared commits');

$db->sql('TRUNCATE customerapi.api_message');
($put, $errors) = probe(64, 10, 7, 100);
is_deeply($errors, [], 'no errors with de-dup keys');
%stored = stored();
is(scalar keys %stored, 7, 'one row per key');
my (%by_key, %firsts);
for (@$put) { $by_key{ $_->[2] }{ $_->[0] } = 1; $firsts{ $_->[2] }++ if !$_->[1] }
is_deeply([map { scalar keys %{ $by_key{$_} } } sort keys %by_key], [(1) x 7],
	'one receipt per key');
is_deeply([@firsts{sort keys %firsts}], [(1) x 7], 'one first delivery per key');

$db->sql('TRUNCATE customerapi.api_message');
($put, $errors) = probe(4, 2, 0, 3 << 20);
is_deeply($errors, [], 'large bodies go alone');
is(scalar keys %{ { stored() } }, 8, 'and are stored');

# One that its table refuses fails alone, whoever shares its group.
$db->sql('TRUNCATE customerapi.api_message');
($put, $errors) = probe(64, 20, 0, 100, 10);
is(scalar(grep { /^error ERR_DB_VALUE / } @$errors), 128, 'each bad message is refused');
is(scalar @$errors, 128, 'and no other');
%stored = stored();
is(scalar(grep { !$stored{$_->[0]} } @$put) . ' ' . keys %stored, '0 1152',
	'the others are stored');

# Another writer holds the de-dup key; when the lock cannot be had in time it is tried again.
$db->sql('TRUNCATE customerapi.api_message');
my $rival = Rival->new($db, 'customerapi');
$rival->do('START TRANSACTION');
$rival->do("INSERT INTO api_message (receipt, tenant_id, kind, batch_mode, visible_at, "
	. "received_at, source_id, platform, entity, action, dedup_key, method, uri, headers, body)
	VALUES (REPEAT('r', 16), 1, 1, 0, '2026-01-01', '2026-01-01', 1, 'A', 'B', 'C',
	REPEAT(x'00', 32), 'POST', '/', '{}', '')");
my $pid = open(my $probe, '-|', "$ENV{BUILDDIR}/t/c/intake_probe 1 1 1 100 2>&1") or die $!;
my $waits = Rival::until_waiting($db);
ok($waits, 'it waits for the lock');
ok(Rival::until_waiting($db, $waits), 'and once more, when the time for that is over');
$rival->do('ROLLBACK');
like(join('', <$probe>), qr/^[0-9a-f]{32} 0 0$/m, 'then it is stored');
close $probe;
is(scalar(keys %{ { stored() } }), 1, 'once');

# The connection is lost with the COMMIT. Whether it was carried out or not: the message is stored
# once, and its sender is told so.
for my $when (qw(before after)) {
	for my $keys (0, 1) {
		$db->sql('TRUNCATE customerapi.api_message');
		my $cut = Cut->new($db->socket, $db->dir . '/cut', $when);
		local $ENV{CUSTOMERAPI_DB_SOCKET} = $db->dir . '/cut';
		($put, $errors) = probe(1, 1, $keys, 100);
		is_deeply($errors, [], "cut $when the commit, " . ($keys ? 'with' : 'without')
			. ' a de-dup key: no error');
		is_deeply([map { "$_->[0] $_->[1]" } @$put],
			[map { "$_ 0" } keys %{ { stored() } }],
			'stored once, under its receipt, and no duplicate of itself');
	}
}

# Connections die under it, again and again: whatever was acknowledged is there, once.
$db->sql('TRUNCATE customerapi.api_message');
my $killer = fork // die $!;
if (!$killer) {
	for (1 .. 40) {
		my ($row) = eval { $db->sql("SELECT id FROM information_schema.processlist WHERE "
			. "db = 'customerapi' AND command <> 'Killed' LIMIT 1") };
		eval { $db->sql("KILL CONNECTION $row->[0]") } if $row;
		select undef, undef, undef, 0.01;
	}
	POSIX::_exit(0);
}
($put, $errors) = probe(32, 200, 0, 500);
waitpid $killer, 0;
%stored = stored();
is(scalar(grep { !$stored{$_->[0]} } @$put), 0, 'no acknowledged message is lost');
is(scalar(grep { $_->[1] } @$put), 0, 'none took its own first try for a duplicate');
cmp_ok(scalar keys %stored, '>=', scalar @$put, 'at least those are stored');
cmp_ok(scalar keys %stored, '<=', @$put + @$errors, 'none is stored twice');
is(scalar(grep { !/ERR_DB_GONE|ERR_DB_UNCERTAIN/ } @$errors), 0, 'failures are of the moment');

done_testing();
