# Group commit: every acknowledged message is in the table once, duplicates share a receipt, also while connections are killed.
use strict;
use warnings;
use Test::More;
use MariaDB;

my $db = MariaDB->start;
$db->sql('CREATE DATABASE customerapi');
my %env = (CONF => '/dev/null', DB_SOCKET => $db->socket, DB_USER => 'root', DB_PASSWORD => '', DB_REGISTRY => 'customerapi');
$ENV{"CUSTOMERAPI_$_"} = $env{$_} for keys %env;
`$ENV{BUILDDIR}/t/c/schema_probe`;

# Runs the probe; gives the acknowledged [receipt, duplicate, key], the errors and the last line.
sub probe {
	my (@args) = @_;
	my @lines = `$ENV{BUILDDIR}/t/c/intake_probe @args 2>&1`;
	is($?, 0, "probe @args") or diag(@lines);
	return ([map { [split] } grep { /^[0-9a-f]{32} / } @lines], [grep { /^error/ } @lines], (grep { /^# / } @lines)[0]);
}
sub stored { return map { $_->[0] => 1 } $db->sql('SELECT LOWER(HEX(receipt)) FROM customerapi.api_message') }

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
is_deeply([map { scalar keys %{ $by_key{$_} } } sort keys %by_key], [(1) x 7], 'one receipt per key');
is_deeply([@firsts{sort keys %firsts}], [(1) x 7], 'one first delivery per key');

$db->sql('TRUNCATE customerapi.api_message');
($put, $errors) = probe(4, 2, 0, 3 << 20);
is_deeply($errors, [], 'large bodies go alone');
is(scalar keys %{ { stored() } }, 8, 'and are stored');

# Connections die under it, again and again: whatever was acknowledged is there, once.
$db->sql('TRUNCATE customerapi.api_message');
my $killer = fork // die $!;
if (!$killer) {
	for (1 .. 40) {
		my ($row) = eval { $db->sql("SELECT id FROM information_schema.processlist WHERE db = 'customerapi' AND command <> 'Killed' LIMIT 1") };
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
