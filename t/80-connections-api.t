# Connections by the API: who may, what is refused, ETags, limits of zones; a test by a run of the
# daemon; secrets in no reply, log and table.
use strict;
use warnings;
use File::Temp qw(tempdir);
use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep);
use Demo;

my $root = tempdir('customerapi-imports-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $demo = Demo->start(env => { CUSTOMERAPI_IMPORT_ROOT => $root });
my $path = '/ProcessManagement/Connections';
my $canary = 'Canary7f3a9';
my $key = $canary . '0' x (32 - length $canary);
my $seen = '';
sub headers { my ($token, %more) = @_;
	return { %{ $demo->headers }, $token ? ('X-Crm360Api-Token' => $token) : (), %more } }
sub ask { my ($method, $where, $body, %o) = @_;
	my $r = $demo->request($method, "$path$where", defined $body ? encode_json($body) : undef,
		headers($o{token}, %{ $o{headers} // {} },
			defined $body ? ('Content-Type' => 'application/json') : ()));
	$seen .= $r->{content} // '';
	$r->{json} = eval { decode_json($r->{content}) };
	$r->{faults} = join '; ', map { "$_->{field} $_->{message}" } @{ $r->{json}{errors} // [] }
		if ref $r->{json} eq 'HASH';
	return $r }
sub token { my ($rights, @more) = @_;
	return decode_json($demo->admin("token create Demo Main --rights $rights @more --json"))
		->{Token} }

# ------------------------------------------------------------------ made, changed, shown
my $shop = { Address => 'https://shop.example', Key => $key, SourceId => 1, Languages => [2, 1] };
my $r = ask('PUT', '/shop/Prestashop', $shop);
is($r->{status}, 201, 'made') or diag($r->{content});
my $etag = $r->{headers}{etag};
is_deeply([@{ $r->{json} }{qw(Name Kind Address Secrets)}], ['shop', 'Prestashop',
	'https://shop.example', ['Key']], 'its reply');
is_deeply($r->{json}{Options}, { Languages => [2, 1] }, 'what was given, without the secret');
$r = ask('PUT', '/shop/Prestashop', $shop);
is("$r->{status} $r->{headers}{etag}", "200 $etag", 'the same again changes nothing');
$r = ask('PUT', '/shop/Prestashop', { PageSize => 50 }, headers => { 'If-Match' => $etag });
is($r->{status}, 200, 'one option');
is_deeply($r->{json}{Options}, { Languages => [2, 1], PageSize => 50 }, 'the others stay');
isnt($r->{headers}{etag}, $etag, 'another ETag');
is(ask('PUT', '/shop/Prestashop', { PageSize => 51 }, headers => { 'If-Match' => $etag })->{status},
	412, 'an old ETag is refused');
is(ask('PUT', '/shop/Prestashop', $shop, headers => { 'If-None-Match' => '*' })->{status}, 412,
	'so is making it twice');
$r = ask('PUT', '/shop/Prestashop', { Unset => ['PageSize'] });
is_deeply($r->{json}{Options}, { Languages => [2, 1] }, 'unset');
is(ask('GET', '/shop')->{json}{Name}, 'shop', 'shown');
is(ask('GET', '/none')->{status}, 404, 'none');

# ------------------------------------------------------------------ refused
for (
	['/shop/Prestashop', { Unset => ['Key'] }] => qr/^400 Unset/,
	['/shop/Folder', { Address => 'file:Demo/Main' }] => qr/^409/,
	['/x/Prestashop', { %$shop, Languges => [1] }] => qr/^400 Languges .*Languages/,
	['/x/Prestashop', { Address => 'https://x.example' }] => qr/^400 Key is required/,
	['/x/Prestashop', { %$shop, Key => "${canary}x" }] => qr/^400 Key is shorter/,
	['/x/Prestashop', { %$shop, AllowPrivate => JSON::PP::true }] =>
		qr/^400 AllowPrivate can be/,
	['/x/Prestashop', { %$shop, SourceId => 9 }] => qr/^400 SourceId is no Source/,
	['/x/Folder', { Address => 'file:Other/Main' }] => qr/^400 Address must be file:Demo\/Main/,
	['/x/Folder', { Address => 'file:Demo/Main2' }] => qr/^400 Address must be file:Demo\/Main/,
	['/x/Folder', { Address => 'file:' }] => qr/^400 Address must be file:Demo\/Main/,
	['/shop/Prestashop', { Address => 'https://attacker.example' }] =>
		qr/^400 Key must be given again/,
	['/7/Folder', { Address => 'file:Demo/Main' }] => qr/^400 Name/,
	['/x/Sftp', { Address => 'file:Demo/Main' }] => qr/^404/,
) {
	our $given;
	if (ref eq 'ARRAY') { $given = $_; next }
	$r = ask('PUT', @$given);
	like("$r->{status} " . ($r->{faults} // ''), $_,
		"$given->[0] " . join ' ', sort keys %{ $given->[1] });
}
$demo->admin('connection add Demo Main inside Prestashop http://127.0.0.1:9 --set '
	. 'AllowPrivate=true --secret-file Key=-', $key);
is(ask('PUT', '/inside/Prestashop', { PageSize => 7 })->{status}, 200,
	'one that may go inside can be changed');
is(ask('PUT', '/inside/Prestashop', { Address => 'http://10.0.0.1', Key => $key })->{faults},
	'Address can be changed by the command line only, because the connection has AllowPrivate',
	'but not be led elsewhere');

# ------------------------------------------------------------------ what a Magento 1 shop is told
my %ftp = (Address => 'sftp://files.example', User => 'u');
is(ask('PUT', "/$_/Ftp", { %ftp, Password => "$canary-$_" })->{status}, 201, "files: $_")
	for 'files', 'files2';
my $mage = { Address => 'https://mage.example', Login => 'l', Password => $canary,
	Drop => 'files' };
is(ask('PUT', '/mage/Magento1', $mage)->{faults}, join('; ', map {
	"$_ is required by the API, because Drop has secrets" } qw(FtpHost FtpUser FtpPassword)),
	'the secrets of Drop are told to no shop');
$mage = { %$mage, FtpHost => 'files.example', FtpUser => 'm', FtpPassword => "$canary-m" };
is(ask('PUT', '/mage/Magento1', $mage)->{status}, 201, 'but what is given is');
is(ask('PUT', '/mage/Magento1', { Unset => ['FtpPassword'] })->{faults},
	'FtpPassword is required by the API, because Drop has secrets', 'so it stays');
for ({ FtpHost => 'attacker.example' }, { Drop => 'files2' }) {
	my ($what) = keys %$_;
	is(ask('PUT', '/mage/Magento1', $_)->{faults},
		'FtpPassword must be given again, because FtpHost or Drop changes', "another $what");
	is(ask('PUT', '/mage/Magento1', { %$_, FtpPassword => "$canary-n" })->{status}, 200,
		'with the password');
}
is(ask('PUT', '/mage/Magento1', { TimeoutSeconds => 5 })->{status}, 200,
	'the same ones go without it');

# ------------------------------------------------------------------ who may
my ($process, $data) = (token('process'), token('data'));
is(ask('GET', '', undef, token => $process)->{status}, 200, 'process lists');
is(ask('GET', '', undef, token => $data)->{status}, 403, 'data does not');
is(ask('PUT', '/y/Folder', { Address => 'file:Demo/Main' }, token => $process)->{status}, 403,
	'process makes none');
is(ask('DELETE', '/shop', undef, token => $process)->{status}, 403, 'and removes none');
$demo->admin('user add Demo Main limited --rights admin --zone 2 --password-file -',
	'long enough 1');
my $limited = token('admin', '--user limited');
is(ask('PUT', '/zone2/Folder', { Address => 'file:Demo/Main', ZoneId => 2 }, token => $limited)
	->{status}, 201, 'a user of zone 2 makes one of it');
is(ask('PUT', '/zone3/Folder', { Address => 'file:Demo/Main', ZoneId => 3 }, token => $limited)
	->{status}, 403, 'none of another');
is(ask('PUT', '/zone2/Folder', { ZoneId => 3 }, token => $limited)->{status}, 403,
	'and leads none there');
$r = ask('PUT', '/mage2/Magento1', { %$mage, ZoneId => 2 }, token => $limited);
is("$r->{status} " . ask('GET', '/mage2')->{status}, '403 404',
	'nor names one of another as Drop');
is(ask('PUT', '/mage2/Magento1', { %$mage, ZoneId => 2, Drop => 'zone2' }, token => $limited)
	->{status}, 201, 'but one of its own');
is(ask('DELETE', "/$_")->{status}, 204, "$_ goes") for 'mage2', 'mage', 'files', 'files2';
is_deeply([map { $_->{Name} } @{ ask('GET', '', undef, token => $limited)->{json}{Connections} }],
	['zone2'], 'lists those of its zone');
is_deeply([map { $_->{Name} } @{ ask('GET', '?Limit=1', undef, token => $limited)
	->{json}{Connections} }], ['zone2'], 'also in a page of one, behind others');
is_deeply([map { $_->{Name} } @{ ask('GET', '?Limit=1')->{json}{Connections} }], ['inside'],
	'a page of one has one');
is(ask($_->[0], $_->[1], undef, token => $limited)->{status}, 403, "@$_ of another zone")
	for ['GET', '/shop'], ['DELETE', '/shop'], ['POST', '/shop/Test'];

# ------------------------------------------------------------------ tested
sub run_of { my ($name, %headers) = @_;
	my $r = ask('POST', "/$name/Test", undef, headers => \%headers);
	is($r->{status}, 202, "$name: a run is made") or diag($r->{content});
	for (1 .. 400) {
		my $run = decode_json($demo->get(
			"/ProcessManagement/Schedules/Runs/$r->{json}{RunId}")->{content});
		return $run if $run->{State} !~ /Waiting|Running/;
		sleep 0.05;
	}
	return {} }
is(ask('PUT', '/drop/Folder', { Address => 'file:Demo/Main/in' })->{status}, 201, 'a folder');
my $run = run_of('drop');
is($run->{State}, 'Failed', 'a folder that is not there');
like($run->{Reason}, qr/There is no folder "Demo" below import_root: make it/, 'the reason');
like(ask('GET', '/drop')->{json}{TestFailure}, qr/There is no folder/, 'is kept');
mkdir "$root/$_" for 'Demo', 'Demo/Main', 'Demo/Main/in';
$run = run_of('drop', 'Idempotency-Key' => 'test-1');
is($run->{State}, 'Success', 'then it is there');
is_deeply([map { $_->{Step} } @{ $run->{Result}{Connections}[0]{Steps} }], [qw(Folder Write Read)],
	'its steps');
is($run->{Result}{Connections}[0]{Failure}, undef, 'no failure');
is(run_of('drop', 'Idempotency-Key' => 'test-1')->{RunId}, $run->{RunId}, 'the same key, one run');
my $shown = ask('GET', '/drop')->{json};
ok($shown->{TestedAt} && !exists $shown->{TestFailure}, 'kept, too');
$run = run_of('inside');
like($run->{Reason},
	qr{http://127.0.0.1:9/api/: .*Is the port right}, 'a shop that does not answer');
$r = $demo->request('POST', '/ProcessManagement/TestConnection/RunNow', '{}', headers(undef,
	'Content-Type' => 'application/json'));
is($r->{status}, 202, 'all of them');
my $all = decode_json($r->{content})->{RunId};
for (1 .. 400) {
	$run = decode_json($demo->get("/ProcessManagement/Schedules/Runs/$all")->{content});
	last if $run->{State} !~ /Waiting|Running/;
	sleep 0.05;
}
is_deeply([@{ $run->{Result} }{qw(Tested Failed)}], [4, 2], 'how many, and how many failed');
like($run->{Reason}, qr/^2 of 4 connections failed\. inside: /, 'the first is named');
is_deeply([map { $_->{Connection} } @{ $run->{Result}{Connections} }], [qw(shop zone2 drop inside)],
	'the longest untested come first');
for (["/$all"], ['', sub { grep { $_->{RunId} == $all } @{ $_[0]{Runs} } }]) {
	my ($where, $find) = @$_;
	my $shown = decode_json($demo->get("/ProcessManagement/Schedules/Runs$where",
		headers($limited))->{content});
	($shown) = $find->($shown) if $find;
	is(join(' ', @$shown{qw(RunId State)}, map { $shown->{$_} // '' } qw(Result Reason Log)),
		"$all Failed   ", "Runs$where: a limited token does not see what it says");
}
is(ask('POST', '/none/Test')->{status}, 404, 'none');

# ------------------------------------------------------------------ removed; secrets
$r = ask('DELETE', '/drop', undef, headers => { 'If-Match' => '"x"' });
is($r->{status}, 412, 'an ETag that is not its own');
# Another transaction changes it: the request waits for it, and then sees the change.
$etag = ask('GET', '/drop')->{headers}{etag};
my $rival = fork // die "fork: $!";
if (!$rival) {
	exec 'mariadb', '--no-defaults', '--socket=' . $demo->db->socket, '-u', 'root',
		'customerapi', '-e', "BEGIN; UPDATE api_connection SET modified_at = '2030-01-01' "
		. "WHERE name = 'drop'; DO GET_LOCK('ready', 0); DO SLEEP(2.5); COMMIT";
}
for (1 .. 200) {
	last if $demo->db->value("SELECT IS_USED_LOCK('ready') IS NOT NULL");
	sleep 0.05;
}
is(ask('DELETE', '/drop', undef, headers => { 'If-Match' => $etag })->{status}, 412,
	'nor one that has just become old');
waitpid $rival, 0;
is(ask('DELETE', '/drop')->{status}, 204, 'removed');
is(ask('DELETE', '/drop')->{status}, 404, 'once');
sub slurp { my ($file) = @_; open my $fh, '<', $file or die "$file: $!"; local $/; return <$fh> }
$seen .= slurp($demo->dir . '/daemon.log') . $demo->pool('process')->log
	. $demo->db->dump_of('customerapi');
ok(index($seen, 'shop.example') > 0, 'replies, logs and tables are looked through');
is(index($seen, $canary), -1, 'no secret is in them');

done_testing();
