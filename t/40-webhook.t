# EmailProcess, QueueProcess and Receipt through a real nginx: credentials, parameters, duplicates,
# tenants, groups.
use strict;
use warnings;
use Test::More;
use Digest::SHA qw(sha256_hex hmac_sha1_hex hmac_sha256 hmac_sha256_hex hmac_sha512_base64);
use File::Temp qw(tempdir);
use HTTP::Tiny;
use IO::Select;
use IO::Socket::INET;
use JSON::PP;
use MIME::Base64 qw(encode_base64 decode_base64);
use POSIX ();
use MariaDB;

my $dir = tempdir('customerapi-webhook-XXXXXX', TMPDIR => 1, CLEANUP => !$ENV{KEEP});
my $build = $ENV{BUILDDIR};
my $db = MariaDB->start;
$db->sql('CREATE DATABASE customerapi');
my %env = (CONF => '/dev/null', DB_SOCKET => $db->socket, DB_USER => 'root', DB_PASSWORD => '',
	DB_REGISTRY => 'customerapi', KEY_FILE => "$dir/key",
	FCGI_SOCKET => "$dir/fcgi", FCGI_WORKERS => 2, FCGI_THREADS => 16, LOG_LEVEL => 'debug');
$ENV{"CUSTOMERAPI_$_"} = $env{$_} for keys %env;
`$build/t/c/schema_probe`;
system("$build/t/c/seal $dir/key -") == 0 or die 'no key file';

# ---------------------------------------------------------------- the world

sub sealed {
	my ($source, $secret) = @_;
	open my $fh, '>', "$dir/secret" or die $!;
	print $fh $secret;
	close $fh;
	my $hex = `$build/t/c/seal $dir/key source:$source < $dir/secret`;
	unlink "$dir/secret";
	chomp $hex;
	return $hex;
}

my ($n_source, @secrets) = (0);
my $pem = <<'PEM';
-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAsSyPRftiKFqV5Dh3YTvp
PBf5+oPOwWFTKb0DZbtiMnHb3vf6D8Blu76nYTbYjEYjGLK8171iuZh3TcF0OUmT
a+Y/ak7yUIbJQFwf4KlfQ6zN7q+CbJ4cm90wEHC3wJm/9TpygrnS7l43zyzr4dIy
7fC8FpnUAunf/LjRX6H3je+gFP5PE31Qa4+jL4eakVMeO7ml3r6JDaXAmbq26JRj
wNr+L2Ho+sUQLRRN0UIYhG0ob4AU3x39QpJ5tMn00h2/oBNysa5GX2TxWLqWsqNe
ME1cZDxBI1Y58PEPbSqAARVr+rMBq2463yjhkhG2qmNTEL7IkNEhJ9m6Oa+mKITk
XQIDAQAB
-----END PUBLIC KEY-----
PEM
my $adobe = 'F0imbxqdtEgFFSyb+dapiZYnenu+rt0OAAv4XRplP3Ui'
	. '/04qbdyZJsGvoF6vM9jSYmcg+2XP8LdVlRUmuFnuCD5dds6PIBk3RsEILG5y3ULFiY0D2Td27yB1EjVNCsb5'
	. 'LWlyc2wni/w+D0OJlfHsuk5ZT0LqxU5K0rqZpJ1FdqGgzhL9Ao5giMP9OHN4MLYnmtyJz1rI5DLV'
		. '/ceLb+bVEFmJbGR5/nsL2tcII0kTC+S2nzvl5GGFbDrb0XOOepa+BE0XRtcl'
	. 'm7trR17Nef5jxQdRZJ0q3gc8H26YVxLmrq0DrPKf1vTPwl44YWb+/9EUI+FPt5bcrbARzl5uJpe5ag==';
my $v1a = 'v1a,E8IRBz3vrIwPUAOoPH/frOs5uCQ7k'
	. '/FW0XpaJDbr6ZaNNv4ePk4DwRN3BNBfIgZRIqDLd83rKgDiwo6opDYeBQ==';

# A Source; extra: column => SQL value; secrets: sealed as they are.
sub source {
	my ($alias, $source_id, $extra, @s) = @_;
	my @columns = sort keys %$extra;
	$db->sql(join(' ', 'INSERT INTO api_source (api_source_id, alias_id, source_id, created_at',
		(map { ", $_" } @columns), ') VALUES (', ++$n_source,
		", $alias, $source_id, '2026-01-01'", (map { ", $extra->{$_}" } @columns), ')'),
		'customerapi');
	push @secrets, @s;
	$db->sql("INSERT INTO api_source_secret (api_source_id, sealed, created_at) VALUES "
		. "($n_source, X'" . sealed($n_source, $_) . "', '2026-01-01')",
		'customerapi') for @s;
}

my %hash = map { $_ => "UNHEX('" . sha256_hex("tok-$_-canary") . "')" }
	qw(demo other club expired revoked off);
$db->sql(<<"SQL", 'customerapi');
INSERT INTO api_customer (customer_id, name, created_at)
	VALUES (1, 'Demo', '2026-01-01'), (2, 'Other', '2026-01-01');
INSERT INTO api_alias (alias_id, customer_id, name, database_name, enabled, created_at)
	VALUES (1, 1, 'Main', 'demo', 1, '2026-01-01'),
	(2, 2, 'Main', 'other', 1, '2026-01-01'), (3, 1, 'Off', 'off', 0, '2026-01-01');
INSERT INTO api_token (alias_id, token_hash, rights, created_at, expires_at, revoked_at) VALUES
	(1, $hash{demo}, 'webhook', '2026-01-01', NULL, NULL),
	(2, $hash{other}, 'admin', '2026-01-01', NULL, NULL),
	(1, $hash{club}, 'club', '2026-01-01', NULL, NULL),
	(1, $hash{expired}, 'webhook', '2026-01-01', '2026-01-02', NULL),
	(1, $hash{revoked}, 'webhook', '2026-01-01', NULL, '2026-01-02'),
	(3, $hash{off}, 'webhook', '2026-01-01', NULL, NULL);
INSERT INTO api_mail_allow (alias_id, pattern, created_at)
	VALUES (1, 'boss\@shop.example', '2026-01-01'), (1, '\@allowed.example', '2026-01-01'), (1,
	'\@xn--bcher-kva.example', '2026-01-01'), (1, '\@@{['xn--a-dha.' x 22]}example',
	'2026-01-01'),
	(2, '\@other.example', '2026-01-01');
SQL
my $key = "UNHEX('" . sha256_hex('key-canary') . "')";
source(1, 1, { scheme => "'shopify'", key_hash => $key }, 'old-canary', 'hush-canary');
source(1, 2, { scheme => "'standard'", sig_tolerance_s => 300 },
	'whsec_' . encode_base64('standard-canary-secret-24b', ''));
source(1, 3, { scheme => "'standard'", sig_tolerance_s => 2000000000 },
	'whpk_xvpyZzPV2uRX6wxHTg+DZ/rPCfTn5udBZzWLH4r28DU=');
source(1, 4, { scheme => "'adobe'" }, $pem);
source(1, 5, { scheme => "'github'" }, 'github-canary');
source(1, 6, { scheme => "'hmac'", sig_header => "'X-Mod-Sig'", sig_hash => "'sha512'",
	sig_encoding => "'base64'", sig_prefix => "'v='" }, 'mod-canary');
source(1, 7, { scheme => "'none'", is_open => 1 });
source(1, 8, { scheme => "'none'", is_open => 1, open_ips => "'10.0.0.0/8, 192.0.2.7'" });
source(1, 9, { scheme => "'none'", is_open => 1, enabled => 0 });
source(1, 10,
	{ scheme => "'none'", is_open => 1,
		content_dedup_s => 2000000000 });	# a window that ends in 2033
source(1, 13, { scheme => "'none'", is_open => 1, content_dedup_s => 1 });
source(1, 11, { scheme => "'shopify'", shop_domain => "'a.myshopify.com'" }, 'hush-canary');
source(1, 12, { scheme => "'none'", is_open => 1, open_ips => "'127.0.0.0/8'" });
source(2, 1, { scheme => "'shopify'", key_hash => "UNHEX('" . sha256_hex('key-other-canary')
	. "')" }, 'hush-other-canary');
source(2, 2, { scheme => "'none'", is_open => 1 });

my $port = do { my $s = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') or die $!;
	$s->sockport };
open my $conf, '>', "$dir/nginx.conf" or die $!;
print $conf "user root;\n" if $> == 0;	# the pool's socket is 0660
print $conf <<"CONF";
daemon off; worker_processes 1; pid $dir/nginx.pid; error_log $dir/nginx-error.log;
events { worker_connections 1024; }
http {
	access_log off;
	client_body_temp_path $dir/body;
	fastcgi_temp_path $dir/fastcgi;
	proxy_temp_path $dir/p;
	uwsgi_temp_path $dir/u;
	scgi_temp_path $dir/s;
	client_max_body_size 16m;
	map \$request_uri \$raw_path { "~^(?<p>[^?]*)" \$p; }
	server {
		listen 127.0.0.1:$port backlog=1024;
		location / {
			fastcgi_pass unix:$dir/fcgi;
			fastcgi_param REQUEST_METHOD \$request_method;
			fastcgi_param QUERY_STRING \$query_string;
			fastcgi_param CONTENT_TYPE \$content_type;
			fastcgi_param CONTENT_LENGTH \$content_length;
			fastcgi_param REQUEST_URI \$request_uri;
			fastcgi_param PATH_INFO \$raw_path;
			fastcgi_param CUSTOMERAPI_RAW_PATH 1;
			fastcgi_param REMOTE_ADDR \$remote_addr;
			fastcgi_param HTTP_X_REQUEST_ID \$request_id;
		}
	}
}
CONF
close $conf;

my @children;
sub spawn {
	my ($log, @command) = @_;
	my $pid = fork // die $!;
	if (!$pid) {
		open STDOUT, '>>', $log;
		open STDERR, '>&', \*STDOUT;
		open STDIN, '<', '/dev/null';
		exec @command or POSIX::_exit(127);
	}
	push @children, $pid;
}
my $owner = $$;
END {
	if (defined $owner && $$ == $owner) {
		my $status = $?;
		kill 'TERM', @children;
		waitpid $_, 0 for @children;
		$? = $status;
	}
}
spawn("$dir/fcgi.log", "$build/customerapi.fcgi");
for (1 .. 100) { last if -S "$dir/fcgi"; select undef, undef, undef, 0.1 }
spawn("$dir/nginx.log", 'nginx', '-p', $dir, '-c', "$dir/nginx.conf", '-e', "$dir/nginx-error.log");
for (1 .. 100) { last if IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port");
	select undef, undef, undef, 0.1 }

# ---------------------------------------------------------------- helpers

my $http = HTTP::Tiny->new(timeout => 30);
my %token = ('X-Crm360Api-Token' => 'tok-demo-canary', 'X-Crm360Api-CustomerName' => 'Demo',
	'X-Crm360Api-DatabaseAlias' => 'Main');

sub url { "http://127.0.0.1:$port/ProcessManagement/Connector/Standard/$_[0]" }
sub queue { 'QueueProcess/Demo/Main/Shopify/Order/Insert?' . $_[0] }
sub json { my $v = eval { decode_json($_[0]{content}) }; return $v // {} }
sub post { my ($path, $body, %h) = @_;
	return $http->post(url($path),
		{ content => $body, headers => { 'Content-Type' => 'application/json', %h } }) }
sub get { my ($path, %h) = @_; return $http->get(url($path), { headers => \%h }) }
sub rows { $db->value('SELECT COUNT(*) FROM customerapi.api_message') }
sub shopify { my ($body, $secret) = @_;
	return ('X-Shopify-Hmac-SHA256' => encode_base64(hmac_sha256($body,
		$secret // 'hush-canary'), '')) }
sub row {
	my ($receipt, @columns) = @_;
	my ($r) = $db->sql('SELECT ' . join(', ', @columns)
		. " FROM customerapi.api_message WHERE receipt = UNHEX('$receipt')");
	return @{ $r // [] };
}

sub accepted {
	my ($res, $name) = @_;
	my $j = json($res);
	ok($res->{status} == 202 && ($j->{Receipt} // '') =~ /^[0-9a-f]{32}$/, "$name: accepted")
		or diag("$res->{status} $res->{content}");
	return $j;
}

# Refused with this status, naming this field, and no row left behind.
sub refused {
	my ($status, $field, $name, $do) = @_;
	my $before = rows();
	my $res = $do->();
	my $j = json($res);
	my @fields = map { $_->{field} } @{ $j->{errors} // [] };
	is($res->{status}, $status, "$name: $status") or diag($res->{content});
	like($res->{headers}{'content-type'}, qr{^application/problem\+json},
		"$name: a problem document");
	ok((grep { $_ eq $field } @fields), "$name: names $field") or diag($res->{content})
		if defined $field;
	is(rows(), $before, "$name: no row");
	is(log_lines($j->{requestId} // 'none'), 1, "$name: one log line");
}
# Lines of the program's log about a request; they may come a moment after the reply.
sub log_lines {
	my ($id) = @_;
	for (1 .. 100) {
		open my $fh, '<', "$dir/fcgi.log" or die $!;
		my @lines = grep { /\Q$id\E/ } <$fh>;
		return scalar @lines if @lines;
		select undef, undef, undef, 0.02;
	}
	return 0;
}

# ---------------------------------------------------------------- one delivery, all parameters

my $body = '{"id":820982911946154508,"email":"jon@doe.ca"}';
my $res = post(queue('SourceId=1&ZoneId=3&BrandId=4&ContactAddressTypeId=5&BatchMode=True'
	. '&Email=boss@shop.example,x@ALLOWED.example'
	. '&secondsOfInvisibility=60&key=key-canary'), $body, 'X-Shopify-Topic' => 'orders/create',
	'X-Shopify-Shop-Domain' => 'a.myshopify.com',
	'X-Shopify-Webhook-Id' => 'w-1', 'X-Shopify-Event-Id' => 'e-1',
	Authorization => 'Bearer bearer-canary', Cookie => 'c=cookie-canary', shopify($body));
my $first = accepted($res, 'all parameters');
ok(!$first->{Duplicate}, 'no duplicate');
like($first->{VisibleAt}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/, 'VisibleAt');
ok($res->{headers}{'x-request-id'}, 'X-Request-Id');
is_deeply([row($first->{Receipt}, qw(tenant_id state kind batch_mode source_id zone_id brand_id
	address_type_id platform entity action email event_id method),
	'TIMESTAMPDIFF(SECOND, received_at, visible_at)', 'body', 'dedup_key IS NULL',
	'ordering_key IS NULL')],
	[1, 1, 1, 1, 1, 3, 4, 5, 'Shopify', 'Order', 'Insert',
		'boss@shop.example,x@ALLOWED.example', 'e-1', 'POST', 60, $body, 0, 0], 'the row');
my ($uri, $headers) = row($first->{Receipt}, 'uri', 'headers');
like($uri, qr{^/ProcessManagement/.*[?&]key=\*\*\*$}, 'the key in the stored URI is masked');
my $kept = decode_json($headers);
is($kept->{'x-shopify-topic'}, 'orders/create', 'a header is kept');
is_deeply([grep { /hmac|authorization|cookie/ } keys %$kept], [], 'secret headers are not');
my $again = accepted(post(queue('SourceId=1'), $body, 'X-Shopify-Topic' => 'orders/create',
	'X-Shopify-Shop-Domain' => 'a.myshopify.com',
	'X-Shopify-Webhook-Id' => 'w-1', shopify($body)), 'sent again');
is_deeply([@$again{qw(Receipt Duplicate)}], [$first->{Receipt}, JSON::PP::true],
	'the first receipt again');
isnt(accepted(post(queue('SourceId=1'), $body, 'X-Shopify-Topic' => 'orders/updated',
	'X-Shopify-Shop-Domain' => 'a.myshopify.com',
	'X-Shopify-Webhook-Id' => 'w-1', shopify($body)), 'another topic')->{Receipt},
	$first->{Receipt}, 'another topic is another delivery');
is_deeply([row($first->{Receipt}, 'HEX(ordering_key)')],
	[row(accepted(post(queue('SourceId=1'), $body, shopify($body)), 'same order')->{Receipt},
	'HEX(ordering_key)')], 'one order, one ordering key');
my $plain = accepted(post('queueprocess/demo/MAIN/Shopify/Order/Insert?sourceid=7', ''),
	'names without case, empty body');
is_deeply([row($plain->{Receipt}, qw(zone_id brand_id address_type_id batch_mode),
	'visible_at = received_at', 'LENGTH(body)')],
	['NULL', 'NULL', 'NULL', 0, 1, 0], 'defaults');
my $mail = accepted(
	post('EmailProcess/Demo/Main/Any/Thing/Happened?SourceId=7&Email=boss@shop.example',
		"\0\1\377 not JSON"), 'EmailProcess');
is_deeply([row($mail->{Receipt}, 'kind', 'HEX(body)')], [2, '0001FF206E6F74204A534F4E'],
	'any bytes');
is_deeply([row(
	accepted(post('EmailProcess/Demo/Main/Any/Thing/Happened?SourceId=7'
		. '&Email=boss@B%C3%BCcher.example', '{}'),
		'an address of an internationalised domain')->{Receipt}, 'email')],
	['boss@xn--bcher-kva.example'], 'is kept as it is sent to');
accepted(post(queue('SourceId=7'), 'x' x (8 << 20)), 'a body of 8 MiB');

# ---------------------------------------------------------------- GET

my $got = accepted(get(queue('SourceId=1&ZoneId=2&KEY=key-canary')), 'GET');
is_deeply([row($got->{Receipt}, 'method', 'body')], ['GET', 'SourceId=1&ZoneId=2'],
	'the body is the query string without the key');
like((row($got->{Receipt}, 'uri'))[0], qr/KEY=\*\*\*$/, 'masked whatever its case');
ok((row($got->{Receipt}, 'dedup_key IS NOT NULL'))[0],
	'a GET that nginx repeats is told by its request id');
{
	my $before = rows();
	is($http->request('HEAD', url(queue('SourceId=7')))->{status}, 200, 'HEAD');
	is($http->request('OPTIONS', url(queue('SourceId=7')))->{status}, 204, 'OPTIONS');
	is(rows(), $before, 'neither queues');
}

# ---------------------------------------------------------------- credentials

my $b2 = '{"test": 2432232314}';
my $now = time;
my $std = encode_base64(hmac_sha256("msg_1.$now.$b2", 'standard-canary-secret-24b'), '');
accepted(post(queue('SourceId=1'), $b2, %token), 'token');
accepted(post(queue('SourceId=1'), $b2, %token, 'X-Crm360Api-CustomerName' => 'demo'),
	'token, name in another case');
accepted(post(queue('SourceId=1&key=key-canary'), $b2), 'key');
accepted(post(queue('SourceId=1'), $b2, shopify($b2, 'old-canary')), 'shopify, the older secret');
accepted(post(queue('SourceId=2'), $b2, 'webhook-id' => 'msg_1', 'webhook-timestamp' => $now,
	'webhook-signature' => "v1,AAAA v1,$std"), 'standard');
ok(accepted(post(queue('SourceId=2'), $b2, 'svix-id' => 'msg_1', 'svix-timestamp' => $now,
	'svix-signature' => "v1,$std"), 'svix')->{Duplicate},
	'the same id under the other name');
accepted(post(queue('SourceId=3'), $b2, 'webhook-id' => 'msg_1', 'webhook-timestamp' => 1614265330,
	'webhook-signature' => $v1a), 'standard v1a');
my $once = post(queue('SourceId=3'), $b2, 'webhook-id' => 'msg_1',
	'webhook-timestamp' => 1614265330, 'webhook-signature' => $v1a,
	'X-Shopify-Webhook-Id' => 'r1');
is(decode_json($once->{content})->{Duplicate}, JSON::PP::true,
	'standard: an unsigned id beside the signed one does not make it new');
# A key that the sender gives by itself, also where the Source's own sender would give an id.
for (['shopify, token', 'SourceId=1', %token], ['standard, token', 'SourceId=2', %token],
	['shopify, key=', 'SourceId=1&key=key-canary'], ['open', 'SourceId=7']) {
	my ($who, $query, @headers) = @$_;
	my ($one, $two,
		$other) = map { accepted(post(queue($query), $_->[0], @headers,
			'Idempotency-Key' => $_->[1]), "$who: key $_->[1]") }
		[$b2, "key of $who"], [$b2, "key of $who"], [$b2, "another of $who"];
	ok(!$one->{Duplicate}, "$who: the first one is new");
	is_deeply([@$two{qw(Receipt Duplicate)}], [$one->{Receipt}, JSON::PP::true],
		"$who: the same content with the same Idempotency-Key is the same delivery");
	ok(!$other->{Duplicate}, "$who: with another key it is another one");
	ok(!accepted(post(queue($query), $b2 . "\n", @headers, 'Idempotency-Key' => "key of $who"),
		"$who: other content")->{Duplicate}, "$who: so is other content");
}
my @resigned = map { accepted(post(queue('SourceId=1'), $b2, shopify($b2),
	'X-Shopify-Webhook-Id' => 'resigned', 'Idempotency-Key' => $_), "signed: key $_") } 1, 2;
is($resigned[1]{Duplicate}, JSON::PP::true, 'beside a signature a key does not make it new');
@resigned = map { accepted(post(queue('SourceId=1'), $b2, shopify($b2),
	'Idempotency-Key' => 'signed'), 'signed, without an id') } 1, 2;
ok(!$resigned[1]{Duplicate}, 'nor does it make it the same');
my $shopper = post(queue('SourceId=4'), $b2, 'x-adobe-commerce-webhook-signature' => $adobe);
is("$shopper->{status} " . decode_json($shopper->{content})->{op}, '200 success',
	"adobe: the shopper's request goes on");
my $paid = decode_json($shopper->{content})->{Receipt};
is($db->value("SELECT COUNT(*) FROM api_message WHERE receipt = x'$paid' AND source_id = 4",
	'customerapi'), 1, 'adobe: it is kept');
accepted(post(queue('SourceId=5'), $b2, 'X-Hub-Signature-256' => 'sha256=' . hmac_sha256_hex($b2,
	'github-canary')), 'github');
my $b512 = hmac_sha512_base64($b2, 'mod-canary');
$b512 .= '=' while length($b512) % 4;
accepted(post(queue('SourceId=6'), $b2, 'X-Mod-Sig' => "v=$b512"), 'generic hmac');
accepted(post(queue('SourceId=12'), $b2), 'open to this address');
accepted(post(queue('SourceId=11'), $b2, shopify($b2),
	'X-Shopify-Shop-Domain' => 'A.myshopify.com'), 'its shop');

my %wrong = (
	'no credential' => [queue('SourceId=1')],
	'unknown customer' => ['QueueProcess/Nobody/Main/Shopify/Order/Insert?SourceId=7'],
	'unknown alias' => ['QueueProcess/Demo/Nothing/Shopify/Order/Insert?SourceId=7'],
	'disabled alias' => ['QueueProcess/Demo/Off/Shopify/Order/Insert?SourceId=1', %token,
		'X-Crm360Api-Token' => 'tok-off-canary',
		'X-Crm360Api-DatabaseAlias' => 'Off'],
	'a name with a blank behind' =>
	['QueueProcess/Demo%20/Main/Shopify/Order/Insert?SourceId=7'],
	'unknown Source' => [queue('SourceId=99'), %token],
	'disabled Source' => [queue('SourceId=9'), %token],
	'closed to this address' => [queue('SourceId=8')],
	'a forged X-Forwarded-For' => [queue('SourceId=8'), 'X-Forwarded-For' => '192.0.2.7'],
	'wrong token' => [queue('SourceId=1'), %token, 'X-Crm360Api-Token' => 'tok-demo-canarx'],
	'expired token' => [queue('SourceId=1'), %token,
		'X-Crm360Api-Token' => 'tok-expired-canary'],
	'revoked token' => [queue('SourceId=1'), %token,
		'X-Crm360Api-Token' => 'tok-revoked-canary'],
	'token without its names' => [queue('SourceId=1'),
		'X-Crm360Api-Token' => 'tok-demo-canary'],
	'token, another name' => [queue('SourceId=1'), %token,
		'X-Crm360Api-CustomerName' => 'Other'],
	'wrong key' => [queue('SourceId=1&key=key-canarx')],
	'key of a Source without one' => [queue('SourceId=2&key=key-canary')],
	'wrong signature' => [queue('SourceId=1'), shopify($b2, 'no-canary')],
	'wrong signature, right token and key' => [queue('SourceId=1&key=key-canary'), %token,
		shopify($b2, 'no-canary')],
	'signature of another body' => [queue('SourceId=1'), shopify("$b2 ")],
	'stale timestamp' => [queue('SourceId=2'), 'webhook-id' => 'msg_1',
		'webhook-timestamp' => $now - 400,
		'webhook-signature' => 'v1,'
		. encode_base64(hmac_sha256('msg_1.' . ($now - 400) . ".$b2",
			'standard-canary-secret-24b'), '')],
	'another shop' => [queue('SourceId=11'), shopify($b2),
		'X-Shopify-Shop-Domain' => 'b.myshopify.com'],
	'token of another tenant' => [queue('SourceId=1'), %token,
		'X-Crm360Api-Token' => 'tok-other-canary'],
	'token and names of another tenant' => [queue('SourceId=1'),
		'X-Crm360Api-Token' => 'tok-other-canary', 'X-Crm360Api-CustomerName' => 'Other',
		'X-Crm360Api-DatabaseAlias' => 'Main'],
	'token of this tenant on another' =>
	['QueueProcess/Other/Main/Shopify/Order/Insert?SourceId=1', %token],
	'key of another tenant' => [queue('SourceId=1&key=key-other-canary')],
	'secret of another tenant' => [queue('SourceId=1'), shopify($b2, 'hush-other-canary')],
);
# Who has a valid token of the tenant is told; and which of the three headers are missing.
my %told = (
	'unknown Source' => 'The tenant has no such Source. SourceId is 99.',
	'disabled Source' => 'The Source is disabled. SourceId is 9.',
	'token, another name' => 'The headers name another tenant than the address. The address '
		. 'names Demo/Main, whose token this is.',
	'token without its names' => 'The credentials are missing or wrong. Missing: '
		. 'X-Crm360Api-CustomerName, X-Crm360Api-DatabaseAlias.',
	'wrong signature, right token and key' => 'The signature does not match. '
		. 'X-Shopify-Hmac-SHA256 fits no known secret of the tenant, encoding or trimmed '
			. 'body.',
);
my %said;
for my $name (sort keys %wrong) {
	my ($path, @h) = @{ $wrong{$name} };
	refused(401, undef, $name, sub { my $r = post($path, $b2, @h); my $j = json($r);
		delete $j->{requestId};
		$told{$name} ? is($j->{detail}, $told{$name}, "$name: is told")
			: $said{ JSON::PP->new->canonical->encode($j) }++; return $r });
}
is(scalar keys %said, 1, 'all other refusals read the same');
my $without;
refused(403, undef, 'token without the right',
	sub { $without = post(queue('SourceId=1'), $b2, %token,
		'X-Crm360Api-Token' => 'tok-club-canary') });
is(json($without)->{detail},
	'These credentials do not allow this. The token has no right "webhook".',
	'names the right');

# ---------------------------------------------------------------- bad input

my %bad = (
	'SourceId missing' => ['SourceId', ''],
	'SourceId no integer' => ['SourceId', 'SourceId=one'],
	'SourceId too big' => ['SourceId', 'SourceId=32768'],
	'ZoneId no integer' => ['ZoneId', 'SourceId=7&ZoneId=1.5'],
	'ZoneId negative' => ['ZoneId', 'SourceId=7&ZoneId=-1'],
	'BrandId negative' => ['BrandId', 'SourceId=7&BrandId=-2'],
	'ContactAddressTypeId negative' => ['ContactAddressTypeId',
		'SourceId=7&ContactAddressTypeId=-1'],
	'SourceId zero' => ['SourceId', 'SourceId=0'],
	'ContactAddressTypeId too big' => ['ContactAddressTypeId',
		'SourceId=7&ContactAddressTypeId=40000'],
	'BatchMode no boolean' => ['BatchMode', 'SourceId=7&BatchMode=maybe'],
	'secondsOfInvisibility negative' => ['secondsOfInvisibility',
		'SourceId=7&secondsOfInvisibility=-1'],
	'secondsOfInvisibility too big' => ['secondsOfInvisibility',
		'SourceId=7&secondsOfInvisibility=604801'],
	'secondsOfInvisibility beyond 64 bits' => ['secondsOfInvisibility',
		'SourceId=7&secondsOfInvisibility=99999999999999999999'],
	'a letter missing' => ['ZonId', 'SourceId=7&ZonId=1'],
	'a letter too many' => ['BrandIds', 'SourceId=7&BrandIds=1'],
	'another letter, and another case' => ['BATCHMODD', 'SourceId=7&BATCHMODD=1'],
	'two letters that changed places' => ['SecondsOfInvisiblity',
		'SourceId=7&SecondsOfInvisiblity=1'],
	'neighbours the other way round' => ['contactaddressytpeid',
		'SourceId=7&contactaddressytpeid=1'],
	'a parameter twice' => ['zoneid', 'SourceId=7&ZoneId=1&zoneid=2'],
	'Email no address' => ['Email', 'SourceId=7&Email=boss'],
	'Email with CR LF' => ['Email',
		'SourceId=7&Email=boss@shop.example%0d%0aBcc:x@allowed.example'],
	'Email with a display name' => ['Email', 'SourceId=7&Email=Boss%20%3Cboss@shop.example%3E'],
	'Email beyond ASCII' => ['Email', 'SourceId=7&Email=b%C3%B6ss@shop.example'],
	'Email, an empty one' => ['Email', 'SourceId=7&Email=boss@shop.example,'],
	'Email, ten that grow' => ['Email',
		'SourceId=7&Email=' . join(',',
			map { 'somebody' . $_ . '@' . ('%C3%BCa.' x 22) . 'example' } 0 .. 9)],
	'Email, eleven' => ['Email', 'SourceId=7&Email=' . join(',', ('boss@shop.example') x 11)],
);
refused(400, $bad{$_}[0], $_, sub { post(queue($bad{$_}[1]), $b2) }) for sort keys %bad;
refused(400, 'Email', 'EmailProcess without Email',
	sub { post('EmailProcess/Demo/Main/A/B/C?SourceId=7', $b2) });
accepted(post('EmailProcess/Demo/Main/A/B/C?SourceId=7&Email=boss@shop.example&BatchMode=true',
	$b2), 'EmailProcess with BatchMode, which it does not know: content');
refused(400, 'ExternalEntity', 'a name of 65 characters',
	sub { post("QueueProcess/Demo/Main/A/@{['A' x 65]}/C?SourceId=7", $b2) });
refused(400, 'body', 'GET with a body',
	sub { $http->request('GET', url(queue('SourceId=7')), { content => 'x' }) });
refused(403, 'Email', 'Email not allowed',
	sub { post(queue('SourceId=7&Email=boss@shop.example,x@evil.example'), $b2) });
refused(403, 'Email', 'Email allowed to another tenant only',
	sub { post(queue('SourceId=7&Email=x@other.example'), $b2) });
refused(403, 'Email', 'a subdomain is not the domain',
	sub { post(queue('SourceId=7&Email=x@a.allowed.example'), $b2) });
refused(413, undef, 'a body above 8 MiB', sub { post(queue('SourceId=7'), 'x' x ((8 << 20) + 1)) });
refused(405, undef, 'DELETE', sub { $http->request('DELETE', url(queue('SourceId=7'))) });
refused(404, undef, 'a part of the path is missing',
	sub { post('QueueProcess/Demo/Main/Shopify/Order?SourceId=7', $b2) });
{
	my $before = rows();
	my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port") or die $!;
	my $path = '/ProcessManagement/Connector/Standard/' . queue('SourceId=7');
	print $s join "\r\n", "POST $path HTTP/1.1", 'Host: x', 'Content-Length: 100', '',
		'{"half":';
	close $s;
	local $ENV{GATEWAY_INTERFACE} = 'CGI/1.1';
	local $ENV{REQUEST_METHOD} = 'POST';
	local $ENV{CONTENT_LENGTH} = 100;
	local $ENV{QUERY_STRING} = 'SourceId=7';
	local $ENV{PATH_INFO} =
		'/ProcessManagement/Connector/Standard/QueueProcess/Demo/Main/A/B/C';
	open my $half, '>', "$dir/half" or die $!;
	print $half '{"half":';
	close $half;
	like(`$build/customerapi.fcgi < $dir/half 2>>$dir/fcgi.log`,
		qr/^Status: 400.*truncated-body/s, 'a truncated body: 400');
	is(rows(), $before, 'a truncated body: no row');
}

# ---------------------------------------------------------------- receipts

is_deeply(json(get("Receipt/Demo/Main/$plain->{Receipt}")),
	{ Receipt => $plain->{Receipt}, State => 'Ready' }, 'a receipt alone shows the state');
is(json(get("Receipt/Demo/Main/$first->{Receipt}"))->{State}, 'Delayed', 'delayed');
my $of_github = accepted(post(queue('SourceId=5'), $b2, 'X-Hub-Signature-256' => 'sha256='
	. hmac_sha256_hex($b2, 'github-canary')), 'one signed as GitHub does')->{Receipt};
my $of_mod = accepted(post(queue('SourceId=6'), $b2, 'X-Mod-Sig' => "v=$b512"),
	'one signed by a generic HMAC')->{Receipt};
my $of_standard = accepted(post(queue('SourceId=2'), $b2, 'webhook-id' => 'msg_2',
	'webhook-timestamp' => $now,
	'webhook-signature' => 'v1,' . encode_base64(hmac_sha256("msg_2.$now.$b2",
		'standard-canary-secret-24b'), '')), 'one signed as the standard says')->{Receipt};
for (["with the token", $first->{Receipt}, '', %token],
	['with the key', $first->{Receipt}, '?key=key-canary'],
	['with a signature', $first->{Receipt}, '', shopify($first->{Receipt})],
	['with a signature and the key', $first->{Receipt}, '?key=key-canary',
		shopify($first->{Receipt})], ['with the older secret', $first->{Receipt}, '',
		shopify($first->{Receipt}, 'old-canary')],
	['as GitHub signs', $of_github, '', 'X-Hub-Signature-256' => 'sha256='
		. hmac_sha256_hex($of_github, 'github-canary')],
	['by a generic HMAC', $of_mod, '',
		'X-Mod-Sig' => 'v='
		. encode_base64(pack('H*', Digest::SHA::hmac_sha512_hex($of_mod, 'mod-canary')),
			'')],
	['as the standard signs', $of_standard, '', 'webhook-id' => 'r1',
		'webhook-timestamp' => $now,
		'webhook-signature' => 'v1,' . encode_base64(hmac_sha256("r1.$now.$of_standard",
			'standard-canary-secret-24b'), '')]) {
	my ($name, $receipt, $q, @h) = @$_;
	my $j = json(get("Receipt/Demo/Main/$receipt$q", @h));
	is_deeply([sort keys %$j],
		[qw(Attempts Reason Receipt ReceivedAt Remarks SettledAt State VisibleAt)],
		"$name: everything");
}
refused(401, undef, 'receipt with a signature of something else',
	sub { get("Receipt/Demo/Main/$first->{Receipt}", shopify($plain->{Receipt})) });
refused(401, undef, "receipt with a signature of its bytes",
	sub { get("Receipt/Demo/Main/$first->{Receipt}", shopify(pack 'H*', $first->{Receipt})) });
refused(401, undef, "receipt with a stranger's signature",
	sub { get("Receipt/Demo/Main/$first->{Receipt}",
		shopify($first->{Receipt}, 'no-canary')) });
refused(401, undef, "receipt with another Source's key",
	sub { get("Receipt/Demo/Main/$of_github?key=key-canary") });
refused(401, undef, 'receipt with the key and a wrong signature',
	sub { get("Receipt/Demo/Main/$first->{Receipt}?key=key-canary", shopify('x')) });
refused(401, undef, 'receipt with a signature and a wrong key',
	sub { get("Receipt/Demo/Main/$first->{Receipt}?key=key-canarx",
		shopify($first->{Receipt})) });
is_deeply([sort keys %{ json(get("Receipt/Demo/Main/$first->{Receipt}",
	'X-Hub-Signature-256' => 'sha256=00')) }], [qw(Receipt State)],
	"another scheme's header is none");
refused(401, undef, 'receipt with a wrong key',
	sub { get("Receipt/Demo/Main/$first->{Receipt}?key=key-canarx") });
refused(401, undef, 'receipt with a wrong token',
	sub { get("Receipt/Demo/Main/$first->{Receipt}", %token, 'X-Crm360Api-Token' => 'no') });
refused(404, undef, 'receipt under another tenant',
	sub { get("Receipt/Other/Main/$first->{Receipt}") });
refused(404, undef, 'receipt under another tenant with its own token',
	sub { get("Receipt/Other/Main/$first->{Receipt}",
	'X-Crm360Api-Token' => 'tok-other-canary', 'X-Crm360Api-CustomerName' => 'Other',
	'X-Crm360Api-DatabaseAlias' => 'Main') });
refused(404, undef, 'receipt under an unknown tenant',
	sub { get("Receipt/No/Main/$first->{Receipt}") });
refused(404, undef, 'unknown receipt', sub { get('Receipt/Demo/Main/' . '0' x 32) });
refused(400, 'Receipt', 'no receipt at all', sub { get('Receipt/Demo/Main/xyz') });

# ---------------------------------------------------------------- many at once

# Sends all requests before it reads the first answer.
sub burst {
	my (@requests) = @_;
	my (@answers, %text, %number);
	my $select = IO::Select->new;
	for my $i (0 .. $#requests) {
		my ($path, $body, %h) = @{ $requests[$i] };
		my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port", Timeout => 30)
			or die "connect: $!";
		print $s join("\r\n", "POST /ProcessManagement/Connector/Standard/$path HTTP/1.1",
			'Host: x', 'Connection: close', 'Content-Length: ' . length $body,
			(map { "$_: $h{$_}" } keys %h), '', '') . $body;
		$select->add($s);
		$number{$s} = $i;
	}
	while ($select->count) {
		for my $s ($select->can_read(30)) {
			my $got = sysread $s, my $part, 65536;
			if ($got) { $text{$s} .= $part; next }
			my ($head, $content) = split /\r\n\r\n/, $text{$s} // '', 2;
			$answers[$number{$s}] = { status => ($head // '') =~ m{^HTTP/1\.1 (\d+)}
				? $1 : 0, content => $content };
			$select->remove($s);
			close $s;
		}
	}
	return @answers;
}

my $before = rows();
my @same = burst(map { [queue('SourceId=7'), "{\"n\":$_}", 'webhook-id' => 'burst-1'] } 1 .. 100);
is(scalar(grep { $_->{status} == 202 } @same), 100, 'one delivery 100 times at once: all accepted');
my %receipts = map { (json($_)->{Receipt} => 1) } @same;
is(scalar keys %receipts, 1, 'one receipt');
is(scalar(grep { !json($_)->{Duplicate} } @same), 1, 'one is not a duplicate');
is(rows(), $before + 1, 'one row');

$before = rows();
my @many = map { burst(map { [queue('SourceId=7'), "{\"id\":$_}"] } 1 .. 64) } 1 .. 4;
my $accepted = grep { $_->{status} == 202 } @many;
is($accepted, 256, '64 clients at once, four times: all accepted');
is(rows(), $before + $accepted, 'rows = 2xx');
my %all = map { (json($_)->{Receipt} => 1) } @many;
is($db->value('SELECT COUNT(*) FROM customerapi.api_message WHERE receipt IN (' . join(',',
	map { "UNHEX('$_')" } keys %all) . ')'), 256, 'each receipt has its row');

my @equal = map { accepted(post(queue('SourceId=10'), '{"same":1}'),
	'equal content')->{Receipt} } 1 .. 2;
is($equal[1], $equal[0], 'equal content within the window has one receipt');
is($db->value('SELECT COUNT(*) FROM customerapi.api_message WHERE source_id = 10'), 1,
	'and is one delivery');
isnt(accepted(post(queue('SourceId=10'), '{"same":2}'), 'other content')->{Receipt}, $equal[0],
	'other content is another');
is($db->value('SELECT COUNT(*) FROM customerapi.api_message WHERE source_id = 10'), 2,
	'of its own');
my $earlier = accepted(post(queue('SourceId=13'), '{"same":1}'),
	'equal content, a window of 1 s')->{Receipt};
sleep 2;
isnt(accepted(post(queue('SourceId=13'), '{"same":1}'), 'after it')->{Receipt}, $earlier,
	'behind the window equal content is another delivery');

# ---------------------------------------------------------------- the database goes and comes

$db->kill9;
my $down = post(queue('SourceId=7'), $b2);
is($down->{status}, 503, 'database down: 503');
is($down->{headers}{'retry-after'}, 30, 'Retry-After');
$db->restart;
accepted(post(queue('SourceId=7'), $b2), 'database back') for 1 .. 8;

# ---------------------------------------------------------------- nothing secret anywhere

my $dump = $db->dump_of('--skip-extended-insert customerapi api_message');
for my $file ("$dir/fcgi.log", "$dir/nginx.log") {
	open my $fh, '<', $file or next;
	local $/;
	my ($name, $text) = ($file =~ m{([^/]+)$}, scalar(<$fh>) // q());
	is_deeply([$text =~ /^.*canary.*$/mg], [], "no secret in $name");
	is_deeply([$text =~ /^.*(?:Sanitizer|runtime error).*$/mg], [], "no fault in $name");
}
unlike($dump, qr/canary/, 'no secret in the message table');

done_testing();
