# Connections by the tool: made, changed, listed, removed; what is refused; the test of folders and
# of servers that answer in many ways; what doctor says; secrets nowhere.
use strict;
use warnings;
use File::Temp qw(tempdir);
use IO::Socket::INET;
use POSIX ();
use Test::More;
use Admin;

my $root = tempdir('customerapi-imports-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $a = Admin->start(conf => "import_root = '$root'\n");
$a->good('a customer', 'customer', 'add', 'Demo');
$a->good('an alias', qw(alias add Demo Main --database customerapi_demo --create-database));
$a->good('a Source', qw(source add Demo Main --source-id 1 --label Shop));
$a->good('a customer', 'customer', 'add', 'Other');
$a->good('an alias', qw(alias add Other Main --database customerapi_other --create-database));
my @tenant = qw(Demo Main);
sub connection { my ($verb, @args) = @_; return ('connection', $verb, @tenant, @args) }

# The canary stands in every secret of this file.
my $canary = 'Canary7f3a9';
my $odd = qq{$canary "'\\%s \$(x) \xc3\xa9\xe2\x82\xac;#=&};
my $key = $canary . '0' x (32 - length $canary);
my $pem = "-----BEGIN OPENSSH PRIVATE KEY-----\n$canary\n-----END OPENSSH PRIVATE KEY-----";
my $said = '';
sub add { my ($name, @args) = @_;
	my ($code, $out, $err) = $a->run(connection('add', $name, @args));
	$said .= "$out$err";
	return "$code " . ($err =~ s/^customerapi: (\S+): /$1 /mgr =~ s/\n/ /gr) }
sub set { my ($name, @args) = @_;
	my ($code, $out, $err) = $a->run(connection('set', $name, @args));
	$said .= "$out$err";
	return ("$code " . ($err =~ s/^customerapi: (\S+): /$1 /mgr =~ s/\n/ /gr), $out) }
sub show { my ($name) = @_;
	my $shown = $a->json(connection('show', $name));
	$said .= join ' ', map { ref $_ ? () : $_ // '' } values %$shown;
	return $shown }

# ------------------------------------------------------------------ made, shown, listed
is(add('drop', 'Folder', 'file:Demo/Main/in'), '0 ', 'a folder');
is(add('files', 'Ftp', 'sftp://Files.example:2222/out', '--set', "User=d\xc3\xa9mo", '--set',
	'HostKey=SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU', '--secret-file', 'PrivateKey='
	. $a->file('pem', "$pem\n"), '--secret-file', 'passphrase=' . $a->file('odd', "$odd\n")),
	'0 ', 'a server, with a key of several lines, its passphrase of odd characters');
is(add('shop', 'Prestashop', 'https://shop.example', '--secret-file', 'Key=-', '--set',
	'SourceId=1', '--set', 'languages=2,1', '--set', 'TimeZone=Europe/Paris', \"$key\n"),
	'0 ', 'a shop, its key by standard input');
is(add('old', 'Magento1', 'https://old.example', '--set', 'Login=l', '--set', 'Drop=drop',
	'--secret-file', 'Password=' . $a->file('p', $odd)), '0 ', 'a shop that puts files there');
my $shop = show('shop');
is_deeply([@$shop{qw(Name Kind Address SourceId TimeZone Enabled Secrets)}],
	['shop', 'Prestashop', 'https://shop.example', 1, 'Europe/Paris', JSON::PP::true, 'Key'],
	'it is shown, with the names of its secrets');
like($shop->{Options} =~ s/ //gr, qr/"Languages":\[2,1\]/, 'and its options');
is_deeply([map { $_->{Name} } @{ $a->json(connection('list'))->{Connections} }],
	[qw(drop files old shop)], 'listed by name');
like($a->good('list', connection('list')), qr/drop +Folder +file:Demo\/Main\/in/, 'for people');
is_deeply($a->json(qw(connection list Other Main))->{Connections}, [], 'another tenant has none');
like($a->good('help', qw(connection add --help)),
	qr/nothing, also in a transfer.*How long one request/s, 'what an option means to a kind');
$a->bad('nor can it show one', 3, qr/has no connection shop/, qw(connection show Other Main shop));

# ------------------------------------------------------------------ what is refused
for (
	['drop', 'Folder', 'file:x'] => qr/^1 .*has a connection drop already/,
	['DROP', 'Folder', 'file:x'] => qr/^1 .*already/,
	['x', 'Sftp', 'file:x'] => qr/^2 .*KIND/,
	['x', 'Folder', 'https://x'] => qr/^2 .*Address must begin with file/,
	['x', 'Folder', 'file:/etc'] =>
		qr/^2 .*Address must be file: and a folder below import_root/,
	['x', 'Folder', 'file:a/../../etc'] => qr/^2 .*below import_root/,
	['1', 'Folder', 'file:x'] => qr/^2 .*NAME must be/,
	['a b', 'Folder', 'file:x'] => qr/^2 .*NAME must be/,
	['x' x 65, 'Folder', 'file:x'] => qr/^2 .*NAME/,
	['x', 'Folder', 'file:' . 'x' x 600] => qr/^2 .*ADDRESS/,
	['x', 'Folder', 'file:x', '--set', 'Languages=1'] =>
		qr/^2 .*Languages is no option of Folder; connections of the kind Prestashop/,
	['x', 'Folder', 'file:x', '--set', 'Zone=1'] => qr/^2 .*Zone is not known here/,
	['x', 'Folder', 'file:x', '--set', 'ZoneId'] => qr/^2 .*is not NAME=VALUE/,
	['x', 'Folder', 'file:x', '--set', 'ZoneId=one'] => qr/^2 .*ZoneId is not an integer/,
	['x', 'Folder', 'file:x', '--set', 'SourceId=7'] => qr/^2 .*SourceId is no Source/,
	['x', 'Folder', 'file:x', '--set', 'TimeZone=Paris/Europe'] => qr/^2 .*IANA/,
	['x', 'Folder', 'file:x', '--set', 'Address=file:y'] =>
		qr/^2 .*the argument ADDRESS already/,
	['x', 'Prestashop', 'https://x.example'] => qr/^2 .*Key is required/,
	['x', 'Prestashop', 'https://u:p@x.example', '--secret-file', 'Key=-', \$key] =>
		qr/^2 .*must not hold a user or a password/,
	['x', 'Prestashop', 'https://x.example', '--secret-file', 'Key=-', \"${canary}short"] =>
		qr/^2 .*Key is shorter than 32/,
	['x', 'Prestashop', 'https://x.example', '--set', "Key=$key"] =>
		qr/^2 .*Key is a secret and comes from a file only/,
	['x', 'Prestashop', 'https://x.example', '--secret-file', 'Key=/nowhere/at/all'] =>
		qr/^1 .*\/nowhere\/at\/all cannot be read/,
	['x', 'Prestashop', 'https://x.example', '--secret-file',
		'Key=' . $a->file('none', "\n")] =>
		qr/^2 .*is empty/,
	['x', 'Prestashop', 'https://x.example', '--secret-file',
		'Key=' . $a->file('nul', "a\0b")] =>
		qr/^2 .*NUL/,
	['x', 'Prestashop', 'https://x.example', '--secret-file',
		'Key=' . $a->file('l1', "\xe9" x 32)]
		=> qr/^2 .*Key must be UTF-8/,
	['x', 'Prestashop', 'https://x.example', '--secret-file',
		'Key=' . $a->file('big', 'x' x 20000)]
		=> qr/^2 .*longer than 16384/,
	['x', 'Prestashop', 'https://x.example', '--secret-file', 'Key'] =>
		qr/^2 .*is not NAME=FILE/,
	['x', 'Magento', 'https://x.example', '--set', 'Auth=OAuth1', '--secret-file', 'Token=-',
		\$canary] => qr/^2 .*ConsumerSecret is required with Auth OAuth1/,
	['x', 'Magento1', 'https://x.example', '--set', 'Login=l', '--set', 'Drop=shop',
		'--secret-file', 'Password=-', \$canary] =>
			qr/^2 .*Drop is a connection of the kind Pres/,
	['x', 'Magento1', 'https://x.example', '--set', 'Login=l', '--set', 'Drop=none',
		'--secret-file', 'Password=-', \$canary] =>
			qr/^2 .*Drop is no connection of the tenant/,
	['x', 'Ftp', 'ftps://x.example', '--set', 'User=u', '--secret-file', 'Password=-',
		\"$canary\ttab"] => qr/^2 .*Password must not hold control characters/,
) {
	our @given;
	if (ref eq 'ARRAY') { @given = @$_; next }
	like(add(@given), $_, join ' ', map { ref ? () : substr $_, 0, 60 } @given);
}
is($a->value('SELECT COUNT(*) FROM api_connection'), 4, 'nothing of these is there');

# ------------------------------------------------------------------ changed
my ($words) = set('shop', '--set', 'ZoneId=2');
is($words, '0 ', 'one option is set');
my $now = show('shop');
is_deeply([@$now{qw(ZoneId SourceId TimeZone Secrets Options)}],
	[2, @$shop{qw(SourceId TimeZone Secrets Options)}], 'the others stay');
my $modified = $now->{ModifiedAt};
(undef, my $out) = set('shop', '--set', 'ZoneId=2', '--secret-file', 'Key=-', \$key);
like($out, qr/was so already/, 'the same again, secret included, changes nothing');
is(show('shop')->{ModifiedAt}, $modified, 'nor when it was changed');
(undef, $out) = set('old', '--secret-file', 'Password=' . $a->file('p', $odd));
like($out, qr/was so already/, 'odd characters are stored as they are');
(undef, $out) = set('files', '--secret-file', 'PrivateKey=' . $a->file('pem', "$pem\n"));
like($out, qr/was so already/, 'so are lines');
(undef, $out) = set('shop', '--secret-file', 'Key=-', \($key =~ s/0$/1/r));
like($out, qr/Changed/, 'another secret is a change');
($words) = set('shop', '--unset', 'ZoneId', '--unset', 'timezone');
is($words, '0 ', 'options are unset');
ok(!defined show('shop')->{ZoneId} && !defined show('shop')->{TimeZone}, 'and are gone');
($words) = set('shop', '--unset', 'Key');
like($words, qr/^2 .*Key is required/, 'what is required stays');
($words) = set('shop', '--unset', 'Kez');
like($words, qr/^2 .*Kez is no option of Prestashop/, 'what nobody knows');
($words) = set('shop', '--set', 'Address=https://attacker.example');
like($words, qr/^2 .*Key must be given again, because Address leads to another server/,
	'another server gets no stored secret');
($words) = set('shop', '--set', 'Address=http://shop.example');
like($words, qr/^2 .*Key must be given again/, 'nor an unencrypted connection');
($words) = set('shop', '--set', 'Address=https://shop.example/sub');
is($words, '0 ', 'another path of the server does');
($words) = set('shop', '--set', 'Address=https://new.example', '--secret-file', 'Key=-', \$key);
is($words, '0 ', 'with the secret it may be any');
$a->bad('one that is not there', 3, qr/has no connection none/, connection('set', 'none'));

# Two at once.
my @runs = map { $a->begin(connection('add', 'race', 'Folder', 'file:race')) } 1 .. 4;
my @codes = sort map { ($a->finish($_))[0] } @runs;
is("@codes", '0 1 1 1', 'of four that add one, one does');
@runs = map { $a->begin(connection('set', 'race', '--set', "$_=3")) }
	qw(ZoneId BrandId AddressTypeId);
@codes = map { ($a->finish($_))[0] } @runs;
is("@codes", '0 0 0', 'three change it at once');
is_deeply([@{ show('race') }{qw(ZoneId BrandId AddressTypeId)}], [3, 3, 3], 'and none is lost');

# ------------------------------------------------------------------ the test: folders
sub test_of { my ($name) = @_;
	my ($code, $out, $err) = $a->run(connection('test', $name));
	$said .= "$out$err";
	return "$code " . ("$err$out" =~ s/\n/ /gr) }
sub reported { my $s = show($_[0]); return $s->{TestFailure} // '' }

like(test_of('drop'), qr/^1 .*There is no folder "Demo" below import_root: make it/, 'not there');
like(reported('drop'), qr/There is no folder/, 'the failure is kept');
like($a->check('connections', 'doctor'),
	qr/warning Demo\/Main: the last test of connection drop fai/,
	'doctor names it');
mkdir "$root/$_" for 'Demo', 'Demo/Main', 'Demo/Main/in', 'Other', 'Other/Main';
$a->file('x', '') and open my $fh, '>', "$root/Demo/Main/in/a.csv";
like(test_of('drop'), qr/^0 .*It holds 1 file or folder.*The connection drop works/, 'it works');
is(reported('drop'), '', 'and that is kept');
ok(show('drop')->{TestedAt}, 'with the time');
is_deeply([glob("$root/Demo/Main/in/{.c*,*}")], ["$root/Demo/Main/in/a.csv"], 'nothing stays');
like($a->check('connections', 'doctor'), qr/^ok /, 'doctor is content');
is_deeply([map { $_->{Step} } @{ $a->json(connection('test', 'drop'))->{Steps} }],
	[qw(Folder Write Read)], 'its steps as JSON');
symlink '../../../Other/Main', "$root/Demo/Main/in/link";
symlink '/etc', "$root/Demo/etc";
is(add('link', 'Folder', 'file:Demo/Main/in/link'), '0 ', 'a link to another tenant');
like(test_of('link'), qr/^1 .*"Demo\/Main\/in\/link" is a symbolic link/, 'is not followed');
is((set('link', '--set', 'Address=file:Demo/etc/ssl'))[0], '0 ', 'a link on the way');
like(test_of('link'), qr/^1 .*"Demo\/etc" is a symbolic link/, 'is not followed');
is((set('link', '--set', 'Address=file:Demo/Main/in/a.csv'))[0], '0 ', 'a file');
like(test_of('link'), qr/^1 .*is no folder/, 'is no folder');
# What nobody can write into, whoever tests.
$a->conf('proc', registry => 'customerapi', more => "import_root = '/'\nkey_file = '"
	. $a->dir . "/conf.key'\n");
is((set('link', '--set', 'Address=file:proc'))[0], '0 ', 'a folder for reading');
like(test_of('link'), qr/^1 .*Nothing can be written into the folder "proc"/, 'is not enough');
$a->use_conf('conf');
$a->conf('empty', registry => 'customerapi', more => "key_file = '" . $a->dir . "/conf.key'\n");
like(test_of('drop'), qr/^1 .*The setting import_root is empty/, 'no root, no folder');
$a->use_conf('conf');
is(add('near', 'Ftp', 'ftpes://127.0.0.1:9/in', '--set', 'User=demo', '--secret-file',
	'Password=' . $a->file('p', $odd)), '0 ', 'a server at a private address');
like(test_of('near'), qr/^1 .*ftpes:\/\/127\.0\.0\.1:9\/in.*not a public one.*AllowPrivate/,
	'is refused');
is((set('near', '--set', 'AllowPrivate=true', '--set', 'ConnectSeconds=5'))[0], '0 ',
	'unless it is allowed');
like(test_of('near'), qr/^1 .*Nobody answers at this port/, 'then nobody answers there');
$a->good('the server', connection('remove', 'near'));

# ------------------------------------------------------------------ the test: servers
# One that answers as the path's first word says.
my $server = IO::Socket::INET->new(Listen => 20, LocalAddr => '127.0.0.1', ReuseAddr => 1) or die;
my $port = $server->sockport;
my %answer = (
	good => "401 Unauthorized\r\nContent-Type: text/xml\r\n\r\n<prestashop/>",
	page => "200 OK\r\nContent-Type: text/html\r\n\r\n<!DOCTYPE html><form>sign in</form>",
	hidden => "200 OK\r\nContent-Type: text/plain\r\n\r\n\n <HTML>",
	none => "404 Not Found\r\nContent-Type: text/plain\r\n\r\nno",
	method => "405 Method Not Allowed\r\n\r\n",
	busy => "429 Too Many Requests\r\n\r\n",
	down => "503 Service Unavailable\r\n\r\n",
	moved => "301 Moved\r\nLocation: https://www.shop.example/api/?ws_key=$key\r\n\r\n",
	silent => '', big => "200 OK\r\nContent-Type: text/xml\r\n\r\n" . 'x' x (2 << 20),
);
my $serving = fork // die;
if (!$serving) {
	$SIG{CHLD} = 'IGNORE';
	while (my $c = $server->accept) {
		next if fork;
		my $line = <$c> // '';
		while (<$c>) { last if /^\r?\n$/ }
		my ($word) = $line =~ m{^\S+ /(\w+)};
		sleep 30 if $word eq 'silent';
		print $c "HTTP/1.0 $answer{$word}";
		close $c;
		POSIX::_exit(0);
	}
	POSIX::_exit(0);
}
sub server { my ($path, @more) = @_;
	set('web', '--set', "Address=http://127.0.0.1:$port/$path", '--secret-file', 'Key=-', @more,
		\$key);
	return test_of('web') }
is(add('web', 'Prestashop', "http://127.0.0.1:$port/good", '--secret-file', 'Key=-', \$key), '0 ',
	'a shop at a private address');
like(test_of('web'), qr/^1 .*address is not a public one.*AllowPrivate/, 'is refused');
is((set('web', '--set', 'AllowPrivate=true', '--set', 'TimeoutSeconds=1', '--set',
	'ConnectSeconds=1'))[0], '0 ', 'unless it is allowed');
like(test_of('web'), qr/^1 .*answers 401: the key did not arrive.*CGIPassAuth.*KeyBy to Query/,
	'then it answers, and what may keep the key from it is said');
for (
	page => qr/answers with a web page, not with data.*Correct Address/,
	hidden => qr/answers with a web page/,
	none => qr/answers 404: there is no API/,
	method => qr/answers 405/,
	busy => qr/answers 429.*Lower RequestsPerMinute/,
	down => qr/answers 503: the shop is not able to answer/,
	moved => qr{leads to https://www.shop.example/api/\. Redirects are not followed},
	big => qr/longer than 1048576 bytes/,
	silent => qr/did not answer within 2 s.*Raise TimeoutSeconds/,
) {
	our $path;
	if (!ref) { $path = $_; next }
	like(server($path), qr/^1 .*http:\/\/127\.0\.0\.1:$port\/$path\/api\/.*$_/, "$path: said");
}
like(reported('web'), qr/did not answer/, 'the last failure is kept');
like(server('good/index.php'), qr/^1 .*127.0.0.1:$port\/good\/index.php\/api\/ answers 401/,
	'a shop below a path');
set('web', '--set', 'Address=http://127.0.0.1:9', '--secret-file', 'Key=-', \$key);
like(test_of('web'), qr/^1 .*Is the port right/, 'nobody listens');
set('web', '--set', 'Address=https://nobody.invalid', '--secret-file', 'Key=-', \$key);
like(test_of('web'), qr/^1 .*(?:Correct the host|firewall)/, 'no such name');

# TLS: a certificate of an authority that nobody knows, unless it is given.
my $dir = $a->dir;
system("openssl req -x509 -newkey rsa:2048 -nodes -keyout $dir/tls.key -out $dir/tls.pem -days 2 "
	. "-subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 >/dev/null 2>&1") == 0 or die;
my $free = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1')->sockport;
my $tls = fork // die;
if (!$tls) {
	open STDOUT, '>', '/dev/null';
	open STDERR, '>&', \*STDOUT;
	{ exec 'openssl', 's_server', '-accept', "127.0.0.1:$free", '-cert', "$dir/tls.pem", '-key',
		"$dir/tls.key", '-www' }
	POSIX::_exit(1);
}
for (1 .. 100) { last if IO::Socket::INET->new("127.0.0.1:$free");
	select undef, undef, undef, 0.05 }
set('web', '--set', "Address=https://127.0.0.1:$free", '--secret-file', 'Key=-', \$key);
like(test_of('web'), qr/^1 .*certificate is not valid.*CaCertificates/, 'an unknown authority');
like((set('web', '--secret-file', "CaCertificates=$dir/odd"))[0], qr/^2 .*PEM/, 'no certificate');
is((set('web', '--secret-file', "CaCertificates=$dir/tls.pem"))[0], '0 ', 'its certificate');
like(test_of('web'), qr/^1 .*https:\/\/127.0.0.1:$free\/api\/ answers with a web page/,
	'then the answer is read');
kill 'TERM', $serving, $tls;

# ------------------------------------------------------------------ doctor: silence
$a->sql("UPDATE api_connection SET test_failure = ''");
like($a->check('connections', 'doctor'), qr/^ok /, 'none used, none silent');
$a->sql("UPDATE api_connection SET last_success_at = '2026-01-02' WHERE name = 'shop'");
like($a->check('connections', 'doctor'),
	qr/no run by connection shop has succeeded since 2026-01-02/,
	'silent');
is((set('shop', '--set', 'Enabled=false'))[0], '0 ', 'one that is not enabled');
like($a->check('connections', 'doctor'), qr/^ok /, 'is not named');
$a->sql("UPDATE api_connection SET last_failure_at = '2026-01-02', last_failure = 'No disk.' "
	. "WHERE name = 'files'");
like($a->check('connections', 'doctor'), qr/connection files has succeeded yet: No disk\./,
	'never well');

# ------------------------------------------------------------------ removed
$a->good('a schedule', qw(schedule add Demo Main TestConnection Daily --set Time=02:00 --parameter
	Connection=DROP));
$a->bad('what is named', 1, qr/(?=.*schedules: 1)(?=.*connections: 1 \(old\))/s,
	connection('remove', 'drop'));
$a->bad('a Source of one', 1,
	qr/connections: 1 \(shop\)/, qw(source remove Demo Main --source-id 1));
$a->good('old', connection('remove', 'old'));
my $schedule = $a->json(qw(schedule list Demo Main))->{Schedules}[0]{ScheduleId};
$a->good('the schedule', qw(schedule delete Demo Main), $schedule);
like($a->good('rehearsal', connection('remove', 'drop', '--dry-run')), qr/nothing has changed/,
	'a dry run');
$a->good('drop', connection('remove', 'drop'));
$a->bad('twice', 3, qr/has no connection drop/, connection('remove', 'drop'));

# ------------------------------------------------------------------ secrets
my $all = $said . $a->db->dump_of('customerapi');
ok(index($all, 'shop.example') > 0, 'what was said and stored is looked through');
is(index($all, $canary), -1, 'no secret is in it');
is($a->value("SELECT COUNT(*) FROM api_connection WHERE secrets IS NOT NULL"),
	3, 'they are sealed');
like($a->check('sealed-secrets', 'doctor'), qr/^ok /, 'and open with the key');
$a->sql("UPDATE api_connection SET secrets = (SELECT * FROM (SELECT secrets FROM api_connection "
	. "WHERE name = 'web') w) WHERE name = 'shop'");
like($a->check('sealed-secrets', 'doctor'), qr/connection shop/, 'one of another row does not');
$a->bad('nor can it be tested', 1, qr/sealed with another key.*Give them again/,
	connection('test', 'shop'));
like((set('shop', '--set', 'ZoneId=5'))[0], qr/^1 .*Give them again/, 'nor changed without them');
is((set('shop', '--secret-file', 'Key=-', \$key))[0], '0 ', 'they can be given again');
is((set('shop', '--set', 'ZoneId=5'))[0], '0 ', 'and then open');
$a->sql("UPDATE api_connection SET secrets = (SELECT * FROM (SELECT secrets FROM api_connection "
	. "WHERE name = 'web') w) WHERE name = 'files'");
like((set('files', '--secret-file', 'PrivateKey=' . $a->file('pem', "$pem\n")))[0],
	qr/^1 .*Give them again/, 'of two secrets one is not enough');
is((set('files', '--unset', 'Passphrase', '--secret-file', 'PrivateKey='
	. $a->file('pem', "$pem\n")))[0], '0 ', 'the other may be unset');
like($a->check('sealed-secrets', 'doctor'), qr/^ok /, 'all open again');

# The tenant takes them with it.
$a->good('no Source', qw(connection remove Demo Main shop));
$a->good('no Source', qw(source remove Demo Main --source-id 1));
$a->sql("UPDATE api_alias SET enabled = 0, disabled_at = '2026-01-01' WHERE name = 'Main'");
$a->good('the alias', qw(alias remove Demo Main --with-history));
is($a->value('SELECT COUNT(*) FROM api_connection'), 0, 'with the alias they are gone');

done_testing();
