# Apache in its three ways (mod_proxy_fcgi, mod_fcgid, plain CGI with .htaccess) and nginx: paths,
# headers, bodies and logs arrive alike.
use strict;
use warnings;
use Digest::SHA qw(hmac_sha256_base64);
use File::Copy qw(copy);
use File::Temp qw(tempdir);
use JSON::PP;
use Test::More;
use Apache;
use World;

my @group = $> == 0 ? (CUSTOMERAPI_FCGI_SOCKET_GROUP => 'www-data') : ();
my $w = World->start(no_daemon => 1, fcgi => { @group });
my $dir = tempdir('customerapi-hosting-XXXXXX', TMPDIR => 1, CLEANUP => 1);
# Apache's user must reach the socket, the database and, where it starts the program itself,
# program, settings and key.
chmod 0755, $dir, $w->{db}->dir, $w->{fcgi}->dir;
copy("$ENV{BUILDDIR}/customerapi.fcgi", "$dir/customerapi.fcgi") or die $!;
copy($w->{s}->dir . '/key', "$dir/key") or die $!;
chmod 0755, "$dir/customerapi.fcgi";
chmod 0600, "$dir/key";
if ($> == 0) { chown scalar(getpwnam 'www-data'), -1, "$dir/key" }
put("$dir/conf", "db_socket = '" . $w->{db}->socket . "'\ndb_user = root\nkey_file = '$dir/key'\n");
my $served = served('web');

# Settings and key of mod_fcgid: made as doc/installation.md, step 4, makes them; then the page's
# own lines give them to Apache's user.
my $page = slurp("$ENV{SRCDIR}/doc/apache.md") =~ s/.*^## mod_fcgid$//msr =~ s/^## .*//msr;
my ($give) = $page =~ /^(chgrp .*)$/m or die 'doc/apache.md does not say whose the key file is';
my ($daemon_user) = $page =~ /\[Service\]\\nUser=([\w-]+)/
	or die 'doc/apache.md does not say whose the daemon is';
mkdir "$dir/etc", 0750;
put("$dir/etc/customerapi.conf", slurp("$dir/conf") =~ s/\Q$dir\E\/key/$dir\/etc\/key/r);
copy($w->{s}->dir . '/key', "$dir/etc/key") or die $!;
chmod 0640, "$dir/etc/customerapi.conf";
chmod 0600, "$dir/etc/key";
if ($> == 0) { is(system($give =~ s/\/etc\/customerapi/$dir\/etc/gr), 0, "doc/apache.md: $give") }
$w->{db}->sql("INSERT INTO Source (SourceId, Label, CreationDate, ModificationDate) VALUES (2, "
	. "'Shop', '2026-01-01', '2026-01-01')", 'tenant1');
$w->admin('source add C1 A1 --source-id 2 --scheme shopify --secret-file -',
	'shop-canary-of-thirty-two-characters');

sub slurp { my ($name) = @_; open my $fh, '<', $name or die "$name: $!"; local $/; return <$fh> }
sub put {
	my ($name, $text) = @_;
	open my $fh, '>', $name or die $!;
	print $fh $text;
	close $fh;
}

# A folder as a shared host serves it.
sub served {
	my ($name) = @_;
	mkdir "$dir/$name";
	copy("$ENV{SRCDIR}/apache/htaccess", "$dir/$name/.htaccess") or die $!;
	open my $fh, '<', "$ENV{SRCDIR}/apache/customerapi.cgi" or die $!;
	my $cgi = do { local $/; <$fh> };
	put("$dir/$name/customerapi.cgi",
		$cgi =~ s/\@CONF\@/$dir\/conf/r =~ s/\@PROGRAM\@/$dir\/customerapi.fcgi/r);
	chmod 0755, "$dir/$name/customerapi.cgi";
	return "$dir/$name";
}

my %way = (
	nginx => $w->{nginx},
	'mod_proxy_fcgi' => Apache->start('proxy-fcgi', $w->{fcgi}->socket),
	'mod_fcgid' => Apache->start('fcgid', "$dir/customerapi.fcgi", "$dir/etc/customerapi.conf"),
	# What a host sets is not ours: one that lets encoded slashes pass, and below one that does
	# not.
	CGI => Apache->start('cgi', sub { s/(<Directory)/AllowEncodedSlashes NoDecode\n$1/ },
		$served),
);

sub curl {
	my ($server, $path, @args) = @_;
	my $pid = open my $out, '-|';
	if (!$pid) {
		open STDERR, '>&', \*STDOUT;
		exec 'curl', '-sS', '-i', '-m', '60', '-H', 'Expect:', @args, $server->url . $path;
	}
	local $/;
	my $text = <$out>;
	close $out;
	return $text;
}

sub doctor {
	my ($url) = @_;
	local %ENV = (%ENV, CUSTOMERAPI_CONF => "$dir/conf");
	my $told = decode_json(
		scalar `$ENV{BUILDDIR}/customerapi doctor --no-smtp --json --url $url 2>/dev/null`);
	return join "\n",
		map { "$_->{Result} $_->{Message}" . ($_->{Fix} ? " -> $_->{Fix}" : '') } grep {
			$_->{Check} eq 'web-server' } @{ $told->{Checks} };
}

put("$dir/large", 'x' x 200_000);
put("$dir/largest", 'x' x 8_388_608);
put("$dir/more", 'x' x 8_388_609);
my $queue = '/ProcessManagement/Connector/Standard/QueueProcess/C1/A1';
for my $name ('nginx', 'mod_proxy_fcgi', 'mod_fcgid', 'CGI') {
	my $server = $way{$name};
	like(curl($server, '/healthz'), qr{^HTTP/1.1 200 .*"Alive"}s, "$name: answers")
		or diag($server->logs);

	# Paths: [platform, entity, action] as sent and as meant.
	for (['Pla%2Ft', 'En%25tity', 'Act', 'Pla/t|En%tity|Act'],
		['P%252Fq', '%2F', 'a%20b', 'P%2Fq|/|a b'],
		['caf%C3%A9', 'a%3Fb', 'x%23y', 'café|a?b|x#y'],
		['a+b', 'c%3Bd', '%25%2525', 'a+b|c;d|%%25']) {
		my ($platform, $entity, $action, $want) = @$_;
		my $text = curl($server, "$queue/$platform/$entity/$action?SourceId=1&key=key-1",
			'-d', '{}');
		my ($receipt) = $text =~ /"Receipt":"(\w+)"/ or do { fail("$name: $want");
			diag($text); next };
		my ($row) = $w->{s}->sql("SELECT CONCAT_WS('|', platform, entity, action) FROM "
			. "api_message WHERE receipt = x'$receipt'");
		utf8::encode($row->[0]);
		is($row->[0], $want, "$name: /$platform/$entity/$action");
	}
	like(curl($server, "/x/..%2F..%2Fetc/passwd"), qr{^HTTP/1.1 40[034] },
		"$name: an encoded way out leads nowhere");

	# The signature's secret is sealed: who checks it must be able to read the key file.
	my $signed = curl($server, "$queue/Shopify/Customer/Insert?SourceId=2", '-d', '{"id":1}',
		'-H', 'X-Shopify-Hmac-SHA256: ' . hmac_sha256_base64('{"id":1}',
			'shop-canary-of-thirty-two-characters') . '=');
	like($signed, qr{^HTTP/1.1 202 .*"Receipt"}s, "$name: a signed webhook") or diag($signed);

	# Headers.
	my $probe = curl($server, '/Probe/a%2Fb', '-H', 'Authorization: Bearer canary-2', '-H',
		'X-Crm360Api-Token: canary-3', '-H', 'Referer: https://x/?canary-4', '-d',
		'canary-5');
	like($probe,
		qr/"RawPath":true,"MarkBytes":3,"BodyBytes":8,"AuthorizationBytes":15,"TokenBytes":8,/,
		"$name: headers arrive, Authorization too");
	unlike(curl($server, '/healthz', '-H', 'X-Request-Id: mine'), qr/^X-Request-Id: mine\r$/mi,
		"$name: the request id is not the client's");

	# Bodies.
	for (['large', 200_000], ['largest', 8_388_608]) {
		my ($file, $bytes) = @$_;
		like(curl($server, '/Probe/a%2Fb', '--data-binary', "\@$dir/$file"),
			qr/"BodyBytes":$bytes,/, "$name: a body of $bytes bytes arrives");
	}
	like(curl($server, '/Probe/x;key=canary-6', '--data-binary', "\@$dir/more"),
		qr{^HTTP/1.1 413 }, "$name: a larger one is refused");
	my $chunked = curl($server, '/Probe/a%2Fb', '-H', 'Transfer-Encoding: chunked',
		'--data-binary', "\@$dir/large");
	if ($name ne 'CGI') { like($chunked, qr/"BodyBytes":200000,/, "$name: chunks arrive") }
	else { like($chunked, qr{^HTTP/1.1 400 .*send Content-Length}s,
		"$name: chunks do not, and the answer says what to do") }

	# Logs.
	curl($server, $_) for '/nowhere?key=canary-8', '/Probe/x?key=canary-7',
		'/healthz;key=canary-9', '/healthz%3Fkey=canary-10', '/%23key=canary-11',
		'/x%253bcanary-12';
	$server->raw("GET /?canary-13=\x01 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
	like($server->logs, qr{ POST /Probe/x 413 }, "$name: the log has method, path and status")
		if $name ne 'CGI';
	unlike($server->logs =~ s/^\[\d\d\/.*\n//mgr, qr/canary/,
		"$name: and no query, header or body");

	my $found = doctor($server->url);
	like($found, qr/^ok The path arrives/m, "$name: doctor finds the path well")
		or diag($found);
	if ($name ne 'CGI') { unlike($found, qr/^(?:error|warning)/m, "$name: and all else")
		or diag($found) }
	else { like($found, qr/^warning A body in chunks does not arrive.*->/m,
		"$name: and that chunks do not arrive") or diag($found) }
}

# ------------------------------------------------------------------ settings and key of mod_fcgid
{
	local %ENV = (%ENV, CUSTOMERAPI_CONF => "$dir/etc/customerapi.conf");
	my %told = map { $_->{Check} => "$_->{Result} $_->{Message}" } @{
		decode_json(scalar `$ENV{BUILDDIR}/customerapi check --json 2>/dev/null`)->{Checks}
			};
	like($told{'key-file'}, qr/^ok /, 'check finds the key file of mod_fcgid private');
	$ENV{CUSTOMERAPI_FCGI_SOCKET} = "$dir/nowhere/customerapi.sock";
	my $told = `$ENV{BUILDDIR}/customerapi doctor --no-smtp --json 2>/dev/null`;
	my ($pool) = grep { $_->{Check} eq 'web-program' } @{ decode_json($told)->{Checks} };
	is("$pool->{Result} $pool->{Fix}",
		'warning Start it, unless the web server starts it itself (mod_fcgid, CGI).',
		'doctor does not want the program started twice');
	if ($> == 0) { is(getpwuid((stat "$dir/etc/key")[4]), $daemon_user,
		"the key is the user's as whom the daemon runs") }
	copy("$ENV{BUILDDIR}/customerapi-scheduler", "$dir/customerapi-scheduler") or die $!;
	chmod 0755, "$dir/customerapi-scheduler";
	my $as = $> == 0 ? "setpriv --reuid=$daemon_user --regid=$daemon_user --clear-groups" : '';
	is(`$as $dir/customerapi-scheduler --once 2>&1`, '', "the daemon runs as $daemon_user");
	is($w->{s}->value('SELECT COUNT(*) FROM api_message WHERE state IN (1, 2)'), 0,
		'and has worked off what was taken');
}

# ------------------------------------------------------------------ what doctor finds
sub finds {
	my ($what, $words, $server, $path) = @_;
	my $found = doctor($server->url . ($path // ''));
	like($found, $words, "doctor: $what") or diag($found, $server->logs);
}
finds('mod_fcgid with its own limit',
	qr/^error A body of a large order \(200000 bytes\).* 500\. -> .*FcgidMaxRequestLen 67108864/m,
	Apache->start('fcgid', sub { s/^FcgidMaxRequestLen.*//m }, "$dir/customerapi.fcgi",
		"$dir/etc/customerapi.conf"));
finds('mod_fcgid with a limit of Apache',
	qr/^error Of a body of 200000 bytes 0 arrive.*LimitRequestBody 0/m,
	Apache->start('fcgid', sub { s/^LimitRequestBody.*/LimitRequestBody 100000/m },
		"$dir/customerapi.fcgi", "$dir/etc/customerapi.conf"));
finds('no Authorization', qr/^error The header Authorization does not arrive.*CGIPassAuth On/m,
	Apache->start('proxy-fcgi', sub { s/CGIPassAuth On// }, $w->{fcgi}->socket));
finds('decoded slashes', qr/^error The path arrives decoded.*AllowEncodedSlashes NoDecode/m,
	Apache->start('cgi', $served));
finds('chunks that are not counted',
	qr/^warning A body in chunks does not arrive.*SetEnv proxy-sendcl 1/m,
	Apache->start('proxy-fcgi', sub { s/^SetEnv proxy-sendcl.*//m }, $w->{fcgi}->socket));

# A pool that is away for a moment, behind mod_proxy_fcgi.
$w->{fcgi}->stop;
like(curl($way{mod_proxy_fcgi}, '/healthz?key=canary-14'), qr{^HTTP/1.1 503 }, 'no program: 503');
like(doctor($way{mod_proxy_fcgi}->url),
	qr/^error The web server answers 503: it does not reach the program/m, 'doctor says so');
$w->{fcgi}->restart;
like(curl($way{mod_proxy_fcgi}, '/healthz'), qr{^HTTP/1.1 200 },
	'and once it is back, it is used at once');
unlike($way{mod_proxy_fcgi}->logs, qr/canary/, 'the failure is logged without the query');

mkdir "$dir/site";
served('site/api');
my $below = Apache->start('cgi', sub { s/(<Directory)/AllowEncodedSlashes NoDecode\n$1/ },
	"$dir/site");
finds('a folder below, which the settings do not name',
	qr{^error .*fcgi_base_path.* -> .*fcgi_base_path = "/api"}m, $below, '/api');
put("$dir/conf", "db_socket = '" . $w->{db}->socket
	. "'\ndb_user = root\nkey_file = '$dir/key'\nfcgi_base_path = '/api'\n");
finds('and with it', qr/^ok The path arrives/m, $below, '/api');
like(curl($below, "/api$queue/Pla%2Ft/En%25tity/Act?SourceId=1&key=key-1", '-d', '{}'),
	qr/"Receipt"/, 'a webhook to a folder below');
like(curl($below, '/api/healthz'), qr/Alive/, 'in its root, too');

done_testing();
