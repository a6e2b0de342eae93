# customerapi doctor against real servers, well and badly set up: MariaDB, nginx, exim, the web
# program; what each check finds, and that none hides another.
use strict;
use warnings;
use Digest::MD5 qw(md5_hex);
use File::Copy qw(copy);
use File::Temp qw(tempdir);
use IO::Socket::INET;
use JSON::PP;
use POSIX ();
use Test::More;
use Exim;
use Fcgi;
use MariaDB;
use Nginx;

my $db = MariaDB->start(options => ['--log-bin', '--binlog-format=ROW', '--sync-binlog=1',
	'--server-id=1']);
my $dir = tempdir('customerapi-doctor-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $password = 'pw-' . md5_hex(rand);
my $mail_password = 'mail-' . md5_hex(rand);
$db->sql("CREATE USER customerapi\@localhost IDENTIFIED BY '$password'; GRANT ALL ON "
	. "`customerapi%`.* TO customerapi\@localhost");
delete $ENV{$_} for grep { /^CUSTOMERAPI_/ } keys %ENV;
my $exim = Exim->start(password => $mail_password, auth => 1, days => 90);
put_file('conf', "db_socket = '" . $db->socket . "'\ndb_password = '$password'\nkey_file = "
	. "'$dir/key'\nsmtp_from = 'api\@demo.example'\nfcgi_threads = 4\n"
	. "smtp_host = localhost\nsmtp_port = " . $exim->port
	. "\nsmtp_tls = starttls\nsmtp_tls_ca = '" . $exim->ca
	. "'\nsmtp_user = mailer\nsmtp_password = '$mail_password'\n", 0640);
$ENV{CUSTOMERAPI_CONF} = "$dir/conf";
my $program = "$ENV{BUILDDIR}/customerapi";
my $everything = '';

sub put_file {
	my ($name, $text, $mode) = @_;
	open my $fh, '>', "$dir/$name" or die $!;
	print $fh $text;
	close $fh;
	chmod $mode // 0600, "$dir/$name";
	return "$dir/$name";
}

# (exit code, standard output)
sub run {
	my ($command) = @_;
	my $out = `$command 2>$dir/errors </dev/null`;
	my $code = $? & 127 ? 'signal' : $? >> 8;
	open my $fh, '<', "$dir/errors" or die $!;
	my $errors = do { local $/; <$fh> } // '';
	$everything .= $out . $errors;
	return ($code, $out, $errors);
}

my $last;	# the whole result of the last doctor

sub doctor {
	my (@args) = @_;
	my ($code, $out, $errors) = run("$program doctor --json @args");
	$last = eval { decode_json($out) } // do { fail("JSON of doctor @args");
		diag($out, $errors); {} };
	is($errors, '', 'nothing on standard error');
	return $code;
}

sub lines { my ($name, $result) = @_;
	return grep { (!defined $name || $_->{Check} eq $name)
		&& (!defined $result || $_->{Result} eq $result) } @{ $last->{Checks} } }
sub text { return join "\n", map { $_->{Message} . ($_->{Fix} ? " -> $_->{Fix}" : '') } @_ }

# A state of the world, the check that must notice, how grave it is; it must not be the only one
# that still speaks.
sub finds {
	my ($what, $name, $result, $words, @args) = @_;
	my $code = doctor(@args);
	like(text(lines($name, $result)), $words, $what) or diag(text(lines($name)));
	is($code, 1, "$what: exit code") if $result eq 'error';
	cmp_ok(scalar lines(undef, 'ok'), '>', 8, "$what: the others are there")
		if $name ne 'settings' && $name ne 'database';
}

sub well { my ($what, $name) = @_;
	is(text(lines($name, 'warning'), lines($name, 'error')), '', $what) }

system("$program init --quiet") == 0 and system("$program customer add Demo --quiet") == 0
	and system("$program alias add Demo Main --database customerapi_demo --create-database "
		. "--currency EUR --time-zone Europe/Paris --quiet") == 0 or die 'no demo';
put_file('secret', 'shop-secret');
system("$program source add Demo Main --source-id 1 --scheme shopify --secret-file $dir/secret "
	. "--quiet") == 0 or die 'no source';
my $tick = "REPLACE INTO customerapi.api_tick VALUES ('worker', UTC_TIMESTAMP(6)), ('mailer', "
	. "UTC_TIMESTAMP(6)), ('tick', UTC_TIMESTAMP(6))";
$db->sql($tick);
my %web = (CUSTOMERAPI_CONF => "$dir/conf", CUSTOMERAPI_KEY_FILE => "$dir/key");
my $fcgi = Fcgi->start(%web);
$ENV{CUSTOMERAPI_FCGI_SOCKET} = $fcgi->socket;
my $nginx = Nginx->start($fcgi->socket);
my $url = '--url ' . $nginx->url;

# ------------------------------------------------------------------ all is well
is(doctor($url), $last->{Errors} ? 1 : 0, 'the exit code says whether there are errors');
is(text(grep { $_->{Check} ne 'disk' } lines(undef, 'error'), lines(undef, 'warning')), '',
	'all is well') or diag(text(lines()));
my (undef, $list) = run("$program doctor --list --json");
my @names = map { $_->{Check} } @{ decode_json($list)->{Checks} };
my %spoke = map { $_->{Check} => 1 } lines();
is(join(' ', grep { !$spoke{$_} } @names), '', 'every check has something to say');
is(join(' ', @names), 'settings settings-file key-file web-program descriptors smtp smtp-login '
	. 'web-server database writable durability database-limits session clock schema grants '
	. 'tenants names guests databases clock-seen disk sealed-secrets access time-zones daemon '
		. 'queue dead-letters leases privacy schedules mail connections',
		'their names are stable');
my (undef, $quick) = run("$program check --list --json");
is_deeply([grep { my $n = $_;
	grep { $_->{Check} eq $n } @{ decode_json($quick)->{Checks} } } @names],
	[qw(settings settings-file key-file smtp database writable schema grants tenants databases
		clock-seen sealed-secrets daemon queue mail)], 'check is the quick part of it');
is(scalar(grep { /MAIL FROM|<=/ } split /\n/, $exim->logs), 0, 'no mail was sent');
my (undef, $plain) = run("$program doctor --no-smtp");
unlike($plain, qr/smtp-login/, '--no-smtp');
unlike($plain, qr/\e/, 'no colour in a file');
like($plain, qr/^ok       settings +\S.*\n/m, 'words in a file');
like($plain, qr/web server was not looked at: .*--url/, 'says what it did not do');
(undef, my $quiet) = run("$program doctor --no-smtp --quiet");
unlike($quiet, qr/^ok /m, '--quiet leaves out what is well');
{
	local %ENV = (%ENV, TERM => 'xterm', LC_ALL => 'C.UTF-8');
	my $screen = `script -qec '$program doctor --no-smtp' /dev/null </dev/null`;
	like($screen, qr/^(?:.*\r)?\e\[32m\xe2\x9c\x93\e\[0m  settings/m,
		'marks and colour on a terminal');
	like($screen, qr/Looking at time-zones/, 'and what it is about');
	local $ENV{NO_COLOR} = 1;
	unlike(`script -qec '$program doctor --no-smtp' /dev/null </dev/null`, qr/\e/, 'NO_COLOR');
}

# ------------------------------------------------------------------ web server
my @variants = (
	['a dropped header',
		sub { s/(fastcgi_param HTTP_HOST)/fastcgi_param HTTP_X_CRM360API_TOKEN "";\n\t$1/ },
		'error', qr/X-Crm360Api-Token does not arrive\. ->/],
	['no Authorization',
		sub { s/(fastcgi_param HTTP_HOST)/fastcgi_param HTTP_AUTHORIZATION "";\n\t$1/ },
		'error', qr/Authorization does not arrive\..*CGIPassAuth On/],
	['a limit of 100 kB', sub { s/client_max_body_size 8m/client_max_body_size 100k/ }, 'error',
		qr/200000 bytes\) does not get through: .* 413\. -> .*client_max_body_size/],
	['a limit of 1 MB', sub { s/client_max_body_size 8m/client_max_body_size 1m/ }, 'warning',
		qr/8388608 bytes\) does not get through/],
	['a decoded path', sub { s/PATH_INFO \$customerapi_path/PATH_INFO \$uri/;
		s/CUSTOMERAPI_RAW_PATH 1/CUSTOMERAPI_RAW_PATH ""/;
			s/REQUEST_URI \$request_uri/REQUEST_URI \$uri/ }, 'error',
				qr/path arrives decoded.*CUSTOMERAPI_RAW_PATH/],
	['a redirect',
		sub { s!(location / \{\n)!$1\t\treturn 301 https://other.example\$request_uri;\n!;
			s!location ~\* \^/\(healthz\|readyz\)\$!location = /nothing! }, 'error',
				qr/301: a redirect/],
	['another site',
		sub { s[(location ~\* \^/\(healthz\|readyz\)\$ \{)]
			[$1\n\t\treturn 200 "<html>Welcome</html>";] },
		'error', qr/not by CustomerAPI/],
	['no chunks',
		sub { s!(location / \{\n)!$1\t\tif (\$http_transfer_encoding) { return 411; }\n! },
		'warning', qr/A body in chunks does not arrive: it is answered with 411\. ->/],
	['a decoded percent sign',
		sub { s[(map \$request_uri \$customerapi_path \{\n)]
			[$1\t"~^(?<customerapi_less>/Probe/a%2Fb%25)25" "\$customerapi_less";\n] },
		'error', qr/percent sign/],
	['an area without its pool',
		sub { s!(upstream customerapi_club \{ server unix:)\S+!$1$dir/nobody! }, 'error',
		qr/area club does not answer: .* 502/],
);
for (@variants) {
	my ($what, $edit, $result, $words) = @$_;
	my $bad = Nginx->start($edit, $fcgi->socket);
	finds("nginx with $what", 'web-server', $result, $words, '--no-smtp --url',
		$bad->url . '/');
}
finds('nobody there', 'web-server', 'error', qr/no whole answer/,
	'--no-smtp --url http://127.0.0.1:9');
finds('no address', 'web-server', 'error', qr/must be http/, '--no-smtp --url', "ftp://$_") for 'x';
finds('a password in the address', 'web-server', 'error', qr/without user and password/,
	'--no-smtp --url http://u:canary-in-url@127.0.0.1:' . $nginx->port);

# The name in the help pages.
{
	local $ENV{CUSTOMERAPI_BASE_URL} = 'https://other.example';
	finds('another base_url', 'web-server', 'warning',
		qr/base_url with fcgi_base_path is https:\/\/other\.example, which is not /,
		'--no-smtp', $url);
	$ENV{CUSTOMERAPI_BASE_URL} = $nginx->url;
	doctor('--no-smtp', $url);
	well('this base_url', 'web-server');
	doctor('--no-smtp');
	like(text(lines('web-server', 'ok')), qr/The path arrives as it was sent/,
		'without --url it is base_url that is asked');
	local $ENV{CUSTOMERAPI_FCGI_BASE_PATH} = '/crm';
	finds('base_url with a base path', 'web-server', 'error',
		qr{does not find its path: fcgi_base_path is /crm, and /crm/healthz}, '--no-smtp');
}

# HTTPS: a certificate of an authority that nobody knows, for another name, about to end.
for (['IP:127.0.0.1', 2, 'certificate of \S+ ends on 20\d\d-', 'warning', 1],
	['IP:127.0.0.1', 90, 'certificate of \S+ is valid', 'ok', 1],
	['IP:127.0.0.1', 90, 'base_url is not set: .*Set base_url to the scheme and host of '
		. 'https://127\.0\.0\.1:\d+\.$', 'warning', 1],
		['DNS:other.example', 90, 'certificate is not valid', 'error', 1],
	['IP:127.0.0.1', 90, 'certificate is not valid', 'error', 0]) {
	my ($names, $days, $words, $result, $known) = @$_;
	my $to = "-addext subjectAltName=$names -keyout $dir/web.key -out $dir/web.crt";
	my $out = `openssl req -x509 -newkey rsa:2048 -nodes -days $days -subj /CN=x $to 2>&1`;
	is($?, 0, 'a certificate') or diag($out);
	my $tls = "ssl_certificate $dir/web.crt;\n\tssl_certificate_key $dir/web.key;";
	my $https = Nginx->start(sub { s/listen (\S+);/listen $1 ssl;\n\t$tls/ }, $fcgi->socket);
	my $address = $https->url =~ s/^http:/https:/r;
	doctor('--no-smtp --url', $address, $known ? "--ca $dir/web.crt" : ());
	like(text(lines('web-server', $result)), qr/$words/,
		"HTTPS, $names, $days days" . ($known ? '' : ', unknown'))
		or diag(text(lines('web-server')));
}

# The probe says nothing of what it was sent.
my $secrets = "-H 'Authorization: Bearer canary-1' -H 'X-Crm360Api-Token: canary-2'";
my $to = $nginx->url . '/Probe/canary-4%2Fx';
my $told = `curl -sS -X POST $secrets --data canary-3 '$to'`;
is_deeply(decode_json($told), { RawPath => JSON::PP::true, MarkBytes => 10, BodyBytes => 8,
	AuthorizationBytes => 15, TokenBytes => 8, CustomerNameBytes => 0, DatabaseAliasBytes => 0,
	ApiKeyBytes => 0, SignatureBytes => 0 }, 'the probe');
unlike($told, qr/canary/, 'echoes nothing');
unlike($fcgi->log . $nginx->logs, qr/canary-[123]/, 'nor do the logs');

# ------------------------------------------------------------------ mail server
sub mail {
	my ($what, $result, $words, %set) = @_;
	local %ENV = (%ENV, map { ("CUSTOMERAPI_SMTP_$_" => $set{$_}) } keys %set);
	finds($what, 'smtp-login', $result, $words);
}
like(text(lines('smtp-login')) || do { doctor();
	text(lines('smtp-login')) }, qr/answers, encrypts, takes the login; nothing was sent/,
		'exim with STARTTLS and login');
mail('a wrong password', 'error',
	qr/does not take the login.*-> Correct smtp_user and smtp_password/, PASSWORD => 'wrong');
{
	my $other = Exim->start(names => 'DNS:other.example');
	mail('another name than in the certificate', 'error', qr/not valid for this name/,
		PORT => $other->port, TLS_CA => $other->ca);
	my $soon = Exim->start(password => $mail_password);
	mail('a certificate that ends soon', 'warning',
		qr/certificate of localhost:\d+ ends on 20\d\d-\d\d-\d\d/, PORT => $soon->port,
		TLS_CA => $soon->ca);
	like(text(lines('smtp-login', 'ok')), qr/takes the login/, 'and works until then');
}
mail('an unknown authority', 'error', qr/unknown authority.*smtp_tls_ca/, TLS_CA => '');
mail('no such host', 'error', qr/no such host name/, HOST => 'nowhere.invalid');
mail('nobody there', 'error', qr/takes no connection/, PORT => 9);
mail('no encryption, no login offered', 'error', qr/does not offer AUTH PLAIN.*Set smtp_tls/,
	TLS => 'none');
{
	my $bare = Exim->start(tls => 0);
	mail('no STARTTLS', 'error', qr/does not offer STARTTLS/, PORT => $bare->port);
	mail('no encryption, no login', 'ok', qr/answers; nothing was sent/, PORT => $bare->port,
		TLS => 'none', USER => '', PASSWORD => '');
	mail('TLS where there is none', 'error', qr/does not speak TLS/, PORT => $bare->port,
		TLS => 'tls');
	my $implicit = Exim->start(password => $mail_password, tls_on_connect => 1, days => 90);
	mail('TLS from the first byte', 'ok', qr/encrypts, takes the login/,
		PORT => $implicit->port, TLS => 'tls', TLS_CA => $implicit->ca);
	mail('STARTTLS where TLS is expected', 'error', qr/did not greet in time.*smtp_tls to tls/,
		PORT => $implicit->port, TIMEOUT_S => 1);
	my $silent = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 5) or die $!;
	mail('a server that says nothing', 'error', qr/did not greet in time/,
		PORT => $silent->sockport, TIMEOUT_S => 1);
}
mail('a password in the clear', 'error', qr/would go unencrypted/, HOST => 'mail.demo.example',
	TLS => 'none');
is(scalar(grep { /MAIL FROM|<=/ } split /\n/, $exim->logs), 0, 'still no mail was sent');

# ------------------------------------------------------------------ database server
sub global {
	my ($set, $name, $result, $words) = @_;
	my ($variable) = $set =~ /^(\w+)/;
	my $old = $db->value("SELECT \@\@GLOBAL.$variable") // '';
	$db->sql("SET GLOBAL $set");
	finds("MariaDB with $set", $name, $result, $words, '--no-smtp');
	$db->sql("SET GLOBAL $variable = " . ($old =~ /^[\d.]+$/ ? $old : "'$old'"));
}
global('innodb_flush_log_at_trx_commit = 2', 'durability', 'error',
	qr/innodb_flush_log_at_trx_commit is 2.*= 1/);
global('sync_binlog = 0', 'durability', 'warning', qr/Set sync_binlog = 1/);
global("binlog_format = 'STATEMENT'", 'durability', 'error', qr/MIXED or ROW/);
global('read_only = 1', 'writable', 'error', qr/takes no changes/);
$db->sql('SET GLOBAL read_only = 1');
my (undef, $quick_read_only) = run("$program check --json");
is_deeply([map { "$_->{Check} $_->{Result}" } grep { $_->{Check} =~ /writable|durability/ } @{
	decode_json($quick_read_only)->{Checks} }], ['writable error'], 'check finds it, too');
is((run("$program check --quiet"))[0], 1, 'and fails');
$db->sql('SET GLOBAL read_only = 0');
global('max_allowed_packet = 1048576', 'database-limits', 'error', qr/Set max_allowed_packet = 9M/);
{
	local $ENV{CUSTOMERAPI_BODY_MAX_BYTES} = 1 << 20;
	global('max_allowed_packet = 4194304', 'database-limits', 'error',
		qr/webhooks that come together.*Set max_allowed_packet = 5M/);
}
global('max_connections = 15', 'database-limits', 'warning', qr/max_connections is 15/);
global('max_statement_time = 3', 'database-limits', 'warning', qr/max_statement_time is 3/);
global('wait_timeout = 10', 'database-limits', 'warning', qr/wait_timeout is 10/);
global("init_connect = 'SET \@x = 1'", 'session', 'ok', qr/strict/);
doctor('--no-smtp');
well("MariaDB is well again: $_", $_) for qw(writable durability database-limits session clock);
for ([100, 'error', qr/clock is (?:99|100) s ahead/], [-5, 'warning', qr/clock is [45] s behind/]) {
	my ($offset, $result, $words) = @$_;
	local $ENV{CUSTOMERAPI_CLOCK_OFFSET} = $offset;
	finds("a clock that is off by $offset s", 'clock', $result, $words, '--no-smtp');
}

# Rights through a role.
$db->sql("REVOKE ALL ON `customerapi%`.* FROM customerapi\@localhost; CREATE ROLE api_role, "
	. "api_inner; GRANT ALL ON `customerapi\\_%`.* TO api_inner; GRANT ALL ON customerapi.* TO "
		. "api_inner;
	GRANT api_inner TO api_role; GRANT api_role TO customerapi\@localhost;
	SET DEFAULT ROLE api_role FOR customerapi\@localhost");
doctor('--no-smtp');
well('rights through a role of a role', $_) for qw(grants tenants);
$db->sql("REVOKE ALL ON customerapi.* FROM api_inner; GRANT SELECT, INSERT, UPDATE ON "
	. "customerapi.* TO api_inner");
finds('a role that lacks something', 'grants', 'error', qr/lacks DELETE\. -> .*GRANT DELETE/,
	'--no-smtp');
$db->sql("GRANT ALL ON customerapi.* TO api_inner; GRANT SELECT ON customerapi.* TO "
	. "customerapi\@localhost; SET DEFAULT ROLE NONE FOR customerapi\@localhost");
finds('a role that is not enabled', 'grants', 'error',
	qr/lacks INSERT.*SET DEFAULT ROLE `api_role`/, '--no-smtp');
$db->sql("GRANT ALL ON `customerapi%`.* TO customerapi\@localhost");

# ------------------------------------------------------------------ what is in the registry
sub state {
	my ($what, $make, $undo, $name, $result, $words) = @_;
	$db->sql($make, 'customerapi');
	finds($what, $name, $result, $words, '--no-smtp');
	$db->sql($undo, 'customerapi');
}
my $message = 'INSERT INTO api_message (receipt, tenant_id, kind, visible_at, received_at, '
	. 'settled_at, source_id, platform, entity, action, method, uri, headers, body, state, '
		. 'ordering_key) VALUES';
my $row = sub { my ($state, $days, $key) = @_; return "(RANDOM_BYTES(16), 1, 1, UTC_TIMESTAMP(6) "
	. "- INTERVAL $days DAY, UTC_TIMESTAMP(6), NULL, 1, 'a', 'b', 'c', 'POST', '/', '{}', "
		. "'{}', $state, $key)" };
state('old dead letters', "$message " . $row->(4, 31, 'NULL'), 'DELETE FROM api_message',
	'dead-letters', 'warning', qr/1 message has been dead for more than 30 days/);
state('young dead letters', "$message " . $row->(4, 29, 'NULL'), 'DELETE FROM api_message',
	'dead-letters', 'ok', qr/No message has been dead/);
my $key = "x'" . '11' x 32 . "'";
state('a dead message that holds up others', 'UPDATE api_source SET strict_order = 1; '
	. "$message " . $row->(4, 1, $key) . ', ' . $row->(1, 0, $key),
	'DELETE FROM api_message; UPDATE api_source SET strict_order = 0', 'dead-letters',
	'warning', qr{Demo/Main Source 1 keeps its order strictly: 1 dead});
my $leased = "$message " . $row->(2, 0, 'NULL') . '; UPDATE api_message SET attempts = 1, '
	. "lease = x'" . '22' x 16 . "'";
my $lease = "INSERT INTO api_lease VALUES (x'" . '33' x 16 . "', x'" . '22' x 16
	. "', 1, 'w', UTC_TIMESTAMP(6), CONCAT('[', (SELECT id FROM api_message), ']'))";
state('a leased message', "$leased; $lease", 'DELETE FROM api_message; DELETE FROM api_lease',
	'leases', 'ok', qr/Each leased message has its lease/);
state('a leased message whose lease is gone', $leased, 'DELETE FROM api_message', 'leases',
	'warning', qr/1 message is leased, but no lease holds it: ([0-9a-f]{32})\..*retry \1/);
my $asked = sub { my ($kind, $days, $state) = @_;
	return "INSERT INTO api_privacy (tenant_id, kind, state, requested_by, requested_at) "
		. "VALUES (1, $kind, @{[$state // 1]}, 'x', UTC_TIMESTAMP(6) - INTERVAL $days HOUR)"
		};
my $asked_nothing = 'DELETE FROM api_privacy';
state('no request', $asked->(4, 900, 2), $asked_nothing, 'privacy', 'ok',
	qr/No request about a person is open/);
state('a data request', $asked->(4, 3), $asked_nothing, 'privacy', 'ok',
	qr{Demo/Main: 1 data request is open, the oldest \(\d+\) for 0 days});
state('two, one for long', $asked->(4, 20 * 24 + 1) . '; ' . $asked->(4, 3), $asked_nothing,
	'privacy', 'warning',
	qr{Demo/Main: 2 data requests are open, the oldest \(\d+\) for 20 days; it must be done within 30\. -> .*contact export Demo Main --request \d+});
state('one for too long', $asked->(4, 30 * 24 + 1), $asked_nothing, 'privacy', 'error',
	qr/for 30 days: the term of 30 days is over/);
state('an erasure that is under way', $asked->(2, 20), $asked_nothing, 'privacy', 'ok',
	qr/1 erasure is open,/);
state('one that does not end', $asked->($_, 25), $asked_nothing, 'privacy', 'warning',
	qr/1 erasure is open, the oldest \(\d+\) for 1 day;.*privacy finish Demo Main \d+/)
	for 1 .. 3;
my $schedule = sub { my (%set) = @_;
	my %all = (tenant_id => 1, process => "'Test'", form => "'Daily'", rule => "'{}'",
		parameters => "'{}'", time_zone => "'UTC'", start_at => 'UTC_TIMESTAMP(6)',
		misfire => 1,
	grace_s => 60, overlap => 1, created_at => 'UTC_TIMESTAMP(6)',
	modified_at => 'UTC_TIMESTAMP(6)', tzdata => "'$ENV{TZDATA}'", %set);
	return 'INSERT INTO api_schedule (' . join(', ', sort keys %all) . ') VALUES (' . join(', ',
		map { $all{$_} } sort keys %all) . ')' };
my (undef, $zones) = run("$program doctor --no-smtp --json");
($ENV{TZDATA}) = text(grep { $_->{Check} eq 'time-zones' } @{
	decode_json($zones)->{Checks} }) =~ /Time-zone data (\S+) knows/;
like($ENV{TZDATA} // '', qr/^20\d\d[a-z]$/, 'the version of the time-zone data');
my $no_schedule = 'DELETE FROM api_schedule; DELETE FROM api_run';
state('a schedule at fault', $schedule->(fault => "'no such zone'"), $no_schedule, 'schedules',
	'error', qr{Demo/Main: schedule \d+ \(Test\) cannot be computed: no such zone -> customerapi schedule show Demo Main \d+});
state('a silent schedule', $schedule->(silence_h => 2, silent_at => 'UTC_TIMESTAMP(6)',
	last_success_at => 'UTC_TIMESTAMP(6) - INTERVAL 3 HOUR'), $no_schedule, 'schedules',
	'warning', qr/has succeeded for 2 hours/);
state('one that has ended',
	$schedule->(silence_h => 2, last_success_at => 'UTC_TIMESTAMP(6) - INTERVAL 3 HOUR'),
	$no_schedule, 'schedules', 'ok', qr/No schedule/);
state('one that was never due',
	$schedule->(silence_h => 2, silent_at => 'UTC_TIMESTAMP(6) + INTERVAL 3 HOUR',
		silent_from => 'UTC_TIMESTAMP(6) + INTERVAL 1 HOUR',
		created_at => 'UTC_TIMESTAMP(6) - INTERVAL 3 HOUR'),
	$no_schedule, 'schedules', 'ok', qr/No schedule/);
state('a schedule that is not so silent',
	$schedule->(silence_h => 4, silent_at => 'UTC_TIMESTAMP(6)',
		last_success_at => 'UTC_TIMESTAMP(6) - INTERVAL 3 HOUR'), $no_schedule, 'schedules',
		'ok', qr/No schedule/);
state('an overdue schedule', $schedule->(next_due_at => 'UTC_TIMESTAMP(6) - INTERVAL 1 HOUR'),
	$no_schedule, 'schedules', 'warning', qr/overdue by more than 5 minutes/);
state('a paused one', $schedule->(next_due_at => 'UTC_TIMESTAMP(6) - INTERVAL 1 HOUR',
	paused_at => 'UTC_TIMESTAMP(6)'), $no_schedule, 'schedules', 'ok', qr/No schedule/);
state('a run that nobody takes', "INSERT INTO api_run (tenant_id, process, parameters, origin, "
	. "state, not_before, result, log_tail, created_at) VALUES (1, 'Test', '{}', 2, 1, "
		. "UTC_TIMESTAMP(6) - INTERVAL 2 HOUR, '', '', UTC_TIMESTAMP(6))",
	$no_schedule, 'schedules', 'warning', qr/1 run has waited/);
state('other time-zone data', $schedule->(tzdata => "'1999a'"), $no_schedule, 'time-zones',
	'warning', qr/1 schedule was computed with time-zone data 1999a/);
state('a zone that is none', "UPDATE api_alias SET time_zone = 'Mars/Olympus'",
	"UPDATE api_alias SET time_zone = 'Europe/Paris'", 'time-zones', 'error',
	qr{no time zone Mars/Olympus here; Demo/Main});
state('a daemon that watches no schedules', "DELETE FROM api_tick WHERE kind = 'tick'", $tick,
	'daemon', 'warning', qr/No watcher of schedules/);
my $token = "INSERT INTO api_token (alias_id, token_hash, rights, created_at, expires_at, "
	. "user_id) VALUES (1, RANDOM_BYTES(32),";
state('an old token', "$token 'data', '2025-01-01', '2025-06-01', NULL)", 'DELETE FROM api_token',
	'access', 'warning',
	qr{1 token ended more than 30 days ago and is.*first is Demo/Main token \d+});
state('a token for nothing', "$token '', '2025-01-01', NULL, NULL)", 'DELETE FROM api_token',
	'access', 'warning', qr/1 token has no right: it opens/);
state("nobody's token", "$token 'data', '2025-01-01', NULL, 77)", 'DELETE FROM api_token', 'access',
	'warning', qr/disabled or gone/);
state('a user for nothing', "INSERT INTO api_user (alias_id, login, password_hash, created_at) "
	. "VALUES (1, 'zoe', 'x', '2025-01-01')", 'DELETE FROM api_user', 'access', 'warning',
	qr/user zoe/);
state('an open Source', 'UPDATE api_source SET is_open = 1', 'UPDATE api_source SET is_open = 0',
	'access', 'warning', qr/from anybody/);
state('an open Source with a permission',
	"UPDATE api_source SET is_open = 1, open_ips = '10.0.0.1', may_write = 'shared'",
	"UPDATE api_source SET is_open = 0, open_ips = '', may_write = 'own'", 'access', 'warning',
	qr/1 open Source may write more than its own rows; the first is \S+ Source 1/);
state('an open Source for some', "UPDATE api_source SET is_open = 1, open_ips = '10.0.0.1'",
	"UPDATE api_source SET is_open = 0, open_ips = ''", 'access', 'ok', qr/need no attention/);
state('a Source without its secret',
	'CREATE TABLE kept AS SELECT * FROM api_source_secret; DELETE FROM api_source_secret',
	'INSERT INTO api_source_secret SELECT * FROM kept; DROP TABLE kept', 'access', 'warning',
	qr/1 Source verifies signatures and has no secret/);
state('a secret of another place', "UPDATE api_source_secret SET sealed = CONCAT(sealed, 'x')",
	'UPDATE api_source_secret SET sealed = LEFT(sealed, LENGTH(sealed) - 1)', 'sealed-secrets',
	'error',
	qr{Demo/Main: a stored secret does not open.*Source 1});
state('a sealed password', "UPDATE api_alias SET db_password_sealed = 'nonsense'",
	'UPDATE api_alias SET db_password_sealed = NULL', 'sealed-secrets', 'error',
	qr/database password/);

# ------------------------------------------------------------------ one that hangs does not hide
# the others
my $lock = fork // die $!;
if (!$lock) {
	open STDERR, '>', '/dev/null';
	exec 'mariadb', '--no-defaults', '--socket=' . $db->socket, '-u', 'root', 'customerapi',
		'-e', 'LOCK TABLES api_run WRITE; DO SLEEP(60)';
}
select undef, undef, undef,
	0.05 while !$db->value(
		"SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'DO SLEEP%'");
finds('a table that is locked', 'schedules', 'error', qr/error 1969/, '--no-smtp');
is((lines('mail'))[0]{Result}, 'ok', 'what comes after it was looked at');
$db->sql('KILL '
	. $db->value("SELECT id FROM information_schema.processlist WHERE info LIKE 'DO SLEEP%'"));
waitpid $lock, 0;

state("a customer's name that no path can hold", "UPDATE api_customer SET name = '..'",
	"UPDATE api_customer SET name = 'Demo'", 'names', 'error',
	qr/The customer \.\. cannot be reached: its name must be 1 to 64 letters.* -> Give it another name in api_customer\.name/);
state("an alias's", "UPDATE api_alias SET name = '.'", "UPDATE api_alias SET name = 'Main'",
	'names', 'error', qr{The alias Demo/\. cannot be reached.* -> .*api_alias\.name});
state('one past the command line', "UPDATE api_alias SET name = 'a/b'",
	"UPDATE api_alias SET name = 'Main'", 'names', 'error',
	qr{The alias Demo/a/b cannot be reached});
state('names of all allowed signs', "UPDATE api_alias SET name = '...-_9'",
	"UPDATE api_alias SET name = 'Main'", 'names', 'ok', qr/has a name to reach it by/);

# ------------------------------------------------------------------ programs and files
copy('/bin/sleep', "$dir/customerapi.fcgi") or die $!;
chmod 0755, "$dir/customerapi.fcgi";
my $few = fork // die $!;
if (!$few) {
	open STDOUT, '>', '/dev/null';
	exec 'sh', '-c', "ulimit -n 70; exec $dir/customerapi.fcgi 300";
}
select undef, undef, undef, 0.05 while (do { open my $fh, '<', "/proc/$few/comm";
	<$fh> // '' }) !~ /^customerapi/;
finds('few files', 'descriptors', 'error', qr/may open 70 files, 72 are needed for 4 threads/,
	'--no-smtp');
kill 'KILL', $few;
waitpid $few, 0;
{
	chmod 0777, $fcgi->dir;
	finds('a run folder for everybody', 'web-program', 'error', qr/chmod o-w/, '--no-smtp');
	chmod 0700, $fcgi->dir;
	local $ENV{CUSTOMERAPI_FCGI_SOCKET} = "$dir/nowhere/s";
	finds('no run folder', 'web-program', 'warning',
		qr{^No customerapi\.fcgi takes connections at $dir/nowhere/s\. -> Start it, unless the web server starts it itself \(mod_fcgid, CGI\)\.$},
		'--no-smtp');
	$ENV{CUSTOMERAPI_FCGI_SOCKET} = "$dir/conf/run/s";
	finds('a run folder that is none', 'web-program', 'error',
		qr{^The run folder $dir/conf/run cannot be reached: Not a directory.*mend what of the path is no folder},
		'--no-smtp');
}
{
	mkdir "$dir/pools";
	chmod 0755, "$dir/pools";
	local $ENV{CUSTOMERAPI_FCGI_SOCKET} = "$dir/pools/customerapi.sock";
	my @pools = map { Fcgi->start(%web, CUSTOMERAPI_FCGI_AREA => $_,
		CUSTOMERAPI_FCGI_SOCKET => "$dir/pools/$_.sock") } qw(intake process club help);
	finds('pools with sockets of their own', 'web-program', 'ok',
		qr/pools intake, process, club and help take connections/, '--no-smtp');
	$_->stop for @pools[0, 2];
	finds('two of them stopped', 'web-program', 'error',
		qr/no connections in \S+: intake, club\. -> .*systemctl/, '--no-smtp');
}
$fcgi->stop;
finds('no web program', 'web-program', 'warning', qr/No customerapi.fcgi takes connections/,
	'--no-smtp');
finds('no web program behind nginx', 'web-server', 'error',
	qr/answers 502: it does not reach the program/, '--no-smtp', $url);
{
	local $ENV{CUSTOMERAPI_FCGI_THREADS} = 'x';
	finds('a wrong setting', 'settings', 'error', qr/fcgi_threads/, '--no-smtp');
}
$db->kill9;
finds('no database', 'database', 'error', qr/cannot be reached/);
like(text(lines('smtp-login')), qr/takes the login/, 'the mail server is looked at all the same');

unlike($everything, qr/\Q$_\E/, 'no secret was printed') for $password, $mail_password,
	'shop-secret', 'canary-in-url';
unlike($everything, qr/Sanitizer|runtime error/, 'no complaint of a sanitizer');

done_testing();
