# One rule for names: what can be added can be reached through nginx, and what cannot be reached is
# refused with what would be right.
use strict;
use warnings;
use utf8;
use Encode qw(encode_utf8);
use HTTP::Tiny;
use IO::Socket::INET;
use JSON::PP;
use Test::More;
use Fcgi;
use MariaDB;
use Nginx;
use Scheduler;

binmode $_, ':encoding(UTF-8)' for Test::More->builder->output, Test::More->builder->failure_output;
my $db = MariaDB->start;
my $s = Scheduler->new($db);
my $fcgi = Fcgi->start(%{ $s->{env} }, CUSTOMERAPI_CONF => '/dev/null');
my $nginx = Nginx->start($fcgi->socket);
my $http = HTTP::Tiny->new(timeout => 60);
my $admin = sub {
	local %ENV = (%ENV, %{ $s->{env} });
	my $line = join ' ', map { "'" . s/'/'\\''/gr . "'" } map { encode_utf8($_) } @_;
	my $out = `$ENV{BUILDDIR}/customerapi $line 2>&1 </dev/null`;
	return ($? >> 8, $out);
};
my $escaped = sub { join '', map { sprintf '%%%02X', ord } split //, encode_utf8($_[0]) };
# The path as it is: no client of ours takes "." out of it.
my $raw = sub {
	my ($path) = @_;
	my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $nginx->port)
		or die $!;
	print $socket join "\r\n", "POST $path?SourceId=1&key=source-key HTTP/1.0",
		'Host: localhost', 'Content-Length: 2', '', '{}';
	local $/;
	my ($status) = <$socket> =~ m{^HTTP/1\.\d (\d+)};
	return $status;
};
my $receive = sub { my ($customer, $alias) = @_;
	return $raw->('/ProcessManagement/Connector/Standard/QueueProcess/' . join '/',
		map({ $escaped->($_) } $customer, $alias), 'Test', 'Any', 'Done') };

# ------------------------------------------------------------------ what can be added can be
# reached
my ($status, $out);
my @good = ('Demo', 'a', '9', '-', '_', '...', '.hidden', 'ends.', 'a..b', 'x' x 64, 'A.b-C_d',
	'receipt', 'CON');
for my $name (@good) {
	($status, $out) = $admin->('customer', 'add', '--', $name);
	is($status, 0, "customer $name") or diag($out);
}
$admin->('customer', 'add', 'Tenants');
my $databases = 0;
for my $name (@good) {
	($status, $out) = $admin->('alias', 'add', '--database', 'tenant1', '--shared', '--',
		'Tenants', $name);
	is($status, 0, "alias $name") or diag($out);
	my $own = 'own' . ++$databases;
	($status, $out) = $admin->('alias', 'add', '--database', $own, '--create-database', '--',
		$name, 'Main');
	is($status, 0, "alias of $name") or diag($out);
}
my $key = "UNHEX(SHA2('source-key', 256))";
$s->sql("INSERT INTO api_source (alias_id, source_id, key_hash, created_at) SELECT alias_id, 1, "
	. "$key, '2026-01-01' FROM api_alias");
for my $name (@good) {
	is($receive->($name, 'Main'), 202, "customer $name is reached");
	is($receive->('Tenants', $name), 202, "alias $name is reached");
	is($receive->(uc $name, 'MAIN'), 202, 'in any case') if $name =~ /[a-z]/;
}

# ------------------------------------------------------------------ what cannot be reached cannot
# be added
my @bad = ('.', '..', '', ' ', 'a b', ' Demo', 'Demo ', "Demo\t", "De\nmo", "De\x{7F}mo", 'a/b',
	'/', 'a\\b', 'a%2Fb', 'a?b', 'a#b', 'a&b', 'a:b', 'x' x 65, 'Zoé', "Demo\x{200B}",
	"D\x{435}mo", "\x{FEFF}Demo", '*');
for my $name (@bad) {
	my $shown = join '', map { ord > 0x20 && ord() < 0x7f ? $_ : sprintf '<%X>', ord } split //,
		length $name > 20 ? 'too long' : $name;
	for (['customer', 'add', $name], ['alias', 'add', 'Demo', $name, '--database', 'tenant1'],
		['alias', 'add', $name, 'Main', '--database', 'tenant1']) {
		($status, $out) = $admin->(@$_);
		is($status, 2, "@$_[0, 1] $shown: refused");
		like($out,
			qr/must be 1 to 64 letters, digits, "_", "\." or "-", and not "\." or "\.\."/,
			'and says what is allowed');
	}
	like($receive->($name, 'Main'), qr/^40[0134]$/,
		"the service knows no such customer: $shown");
}
is($s->value("SELECT COUNT(*) FROM api_customer"), @good + 1, 'none was added');
is(($admin->('queue', 'list', '--tenant', $_))[0], 2, "as CUSTOMER/ALIAS: $_") for './Main',
	'Demo/..', 'Demo', 'Demo/Main/x';

# Blanks at the end are none to the database; the service compares whole names.
is($receive->('Demo ', 'Main'), 401, 'a name with a blank behind it is another name');
is($receive->('Demo', "Main\x{A0}"), 401, 'of any kind');
is($receive->('Démo', 'Main'), 401, 'an accent counts');
is($receive->('DEMO', 'main'), 202, 'case does not');

# Twice, in another case
for (['customer', 'add', 'dEMO'], ['alias', 'add', 'Tenants', 'DEMO', '--database', 'tenant1']) {
	($status, $out) = $admin->(@$_);
	is($status, 1, "@$_[0 .. 2]: there in another case");
	like($out, qr/exists already/, 'so it says');
	is(($admin->(@$_, '--if-missing'))[0], 0, 'and --if-missing takes it as there');
}

# ------------------------------------------------------------------ what was there before
$s->sql("UPDATE api_customer SET name = '..' WHERE name = 'CON'; UPDATE api_alias SET name = '.' "
	. "WHERE name = '9'");
is($raw->("/ProcessManagement/Connector/Standard/QueueProcess/$_->[0]/$_->[1]/Test/Any/Done"), 400,
	"no path holds $_->[0]/$_->[1]") for ['..', 'Main'], ['Tenants', '.'], ['%2E%2E', 'Main'],
	['Tenants', '%2e'];
(undef, $out) = $admin->('doctor', '--no-smtp', '--json');
my @found = grep { $_->{Check} eq 'names' } @{ decode_json($out)->{Checks} };
is(join(' | ', sort map { "$_->{Result} $_->{Message}" =~ s/:.*//r } @found),
	'error The alias Tenants/. cannot be reached | error The customer .. cannot be reached',
	'doctor reports them');
like($found[0]{Fix} // '', qr/another name/, 'and what to do');

# ------------------------------------------------------------------ logins
open my $fh, '>', $s->dir . '/password' or die $!;
print $fh "long enough\n";
close $fh;
my $add_user = sub { return $admin->('user', 'add', 'Demo', 'Main', '--password-file',
	$s->dir . '/password', '--', $_[0]) };
is(($add_user->($_))[0], 0, "login $_") for 'anna', 'Anna Schmidt', 'anna@demo.example',
	'DOMAIN\\anna', 'zoé', '日本', 'x' x 128;
for my $login (' anna', 'anna ', "anna\x{200B}", "an\x{AD}na", "\x{A0}", '', "a\nb", "\x{3000}b",
	'x' x 129) {
	($status, $out) = $add_user->($login);
	is($status, 2, 'a login that nobody can type by what they see: ' . join ' ',
		map { sprintf '%X', ord } split //, substr $login, 0, 6);
	like($out, qr/LOGIN: must (?:be|have)/, 'by name');
}
is(($add_user->('ANNA'))[0], 1, 'a login in another case is there already');
unlike($fcgi->log, qr/Sanitizer|runtime error/, 'no complaint of a sanitizer');

done_testing();
