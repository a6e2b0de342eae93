# Backup and restore by the commands of doc/operations.md: on another server, with the key file, all
# is as it was.
use strict;
use warnings;
use File::Copy qw(copy);
use File::Temp qw(tempdir);
use JSON::PP;
use Test::More;
use MariaDB;

my $dir = tempdir('customerapi-backup-XXXXXX', TMPDIR => 1, CLEANUP => 1);
delete $ENV{$_} for grep { /^CUSTOMERAPI_/ } keys %ENV;
my ($old, $new) = (MariaDB->start, MariaDB->start);
my $program = "$ENV{BUILDDIR}/customerapi";

sub put { my ($name, $text) = @_; open my $fh, '>', "$dir/$name" or die $!; print $fh $text;
	close $fh; chmod 0600, "$dir/$name" }
sub slurp { my ($path) = @_; open my $fh, '<', $path or die "$path: $!"; local $/; return <$fh> }

# The commands of the page, with the clients of a server of ours.
my ($backup) = slurp("$ENV{SRCDIR}/doc/operations.md") =~ /^## Backup\n.*?^```sh\n(.*?)^```/ms;
my ($load) = slurp("$ENV{SRCDIR}/doc/operations.md") =~ /^(mariadb <customerapi\.sql)/m;
sub with_server {
	my ($db, $commands) = @_;
	mkdir "$dir/bin";
	for my $client ('mariadb', 'mariadb-dump') {
		chomp(my $real = `sh -c 'command -v $client'`);
		put("bin/$client", "#!/bin/sh\nexec $real --no-defaults --socket=" . $db->socket
			. " -u root \"\$@\"\n");
		chmod 0755, "$dir/bin/$client";
	}
	local $ENV{PATH} = "$dir/bin:$ENV{PATH}";
	my $out = `exec 2>&1; cd $dir && set -e; $commands`;
	return $? ? "failed: $out" : $out;
}
sub settings { my ($db) = @_;
	put('conf', "db_socket = '" . $db->socket . "'\ndb_user = root\nkey_file = '$dir/key'\n");
		$ENV{CUSTOMERAPI_CONF} = "$dir/conf" }
sub admin { my ($command) = @_; my $out = `$program $command 2>&1`;
	is($?, 0, "customerapi $command") or diag($out); return $out }

settings($old);
admin($_) for 'init', 'customer add Acme', 'alias add Acme Shop --database customerapi_acme '
	. '--create-database --currency EUR --time-zone Europe/Paris';
put('secret', 'shop-canary');
admin("source add Acme Shop --source-id 1 --scheme shopify --secret-file $dir/secret");
# Bytes of every kind, as a packed body has them.
$old->sql("INSERT INTO api_message (receipt, tenant_id, kind, visible_at, received_at, source_id, "
	. "platform, entity, action, method, uri, headers, body)
	SELECT x'00112233445566778899aabbccddeeff', alias_id, 1, '2026-01-01', '2026-01-01', 1,
	'Test', 'Any', 'Done', 'POST', '/', '{}', x'00ff0a5c27221a' FROM api_alias", 'customerapi');

# A copy of the settings' folder, under the names of the page.
mkdir "$dir/etc";
copy("$dir/$_", "$dir/etc/" . ($_ eq 'conf' ? 'customerapi.conf' : $_)) or die $! for qw(conf key);
chmod 0600, "$dir/etc/key";
$backup =~ s{/etc/customerapi/}{$dir/etc/}g;
is(with_server($old, $backup), '', 'the backup');
is(sprintf('%o', (stat "$dir/customerapi.sql")[2] & 077), '0', 'is for its owner alone');
unlike(slurp("$dir/customerapi.sql"), qr/shop-canary/, 'and holds no secret in the clear');

sub counts { my ($db) = @_;
	return [$db->sql(
		"SELECT table_schema, table_name, (SELECT COUNT(*) FROM information_schema.columns "
			. "c WHERE c.table_schema = t.table_schema AND c.table_name = t.table_name)
	FROM information_schema.tables t WHERE table_schema LIKE 'customerapi%' ORDER BY 1, 2")] }
my $was = counts($old);
cmp_ok(scalar @$was, '>', 50, 'there is something to restore');
$old->stop;
is(with_server($new, $load), '', 'the restore, on another server');
settings($new);
is_deeply(counts($new), $was, 'every table is there');
is($new->value("SELECT HEX(body) FROM customerapi.api_message"), '00FF0A5C27221A',
	'bytes are as they were');
admin('migrate');
my $told = decode_json(scalar `$program check --json 2>/dev/null`);
my %found = map { $_->{Check} => "$_->{Result} $_->{Message}" } @{ $told->{Checks} };
like($found{$_}, qr/^ok /, "check: $_") for qw(database schema grants tenants sealed-secrets
	key-file);

# Without its key file the copy is worth less: that is said.
rename "$dir/key", "$dir/key.away";
my $without = join "\n",
	map { "$_->{Check} $_->{Result}" } @{
		decode_json(scalar `$program check --json 2>/dev/null`)->{Checks} };
like($without, qr/^(?:key-file|sealed-secrets) error$/m, 'without the key file check says so');

done_testing();
