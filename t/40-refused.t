# Requests that get 401 or 403: their cause stands in the log and in `customerapi queue refused`,
# strangers learn nothing of it, and a flood of them is few rows.
use strict;
use warnings;
use Test::More;
use Digest::SHA qw(hmac_sha1_hex hmac_sha256 hmac_sha256_hex hmac_sha512_hex sha256_hex);
use JSON::PP;
use MIME::Base64 qw(encode_base64 decode_base64);
use Time::HiRes qw(sleep time);
use Fcgi;
use World;

my $w = World->start(no_daemon => 1, fcgi => { CUSTOMERAPI_FCGI_TRUSTED_PROXIES => '127.0.0.1' });
my $s = $w->{s};
my $dir = $s->dir;

# ---------------------------------------------------------------- the world

# Secrets are sealed as they are, so that a test may store what the command line would not.
sub secret {
	my ($tenant, $source, $text) = @_;
	my $id = $s->value("SELECT api_source_id FROM api_source WHERE alias_id = $tenant AND "
		. "source_id = $source");
	open my $fh, '>', "$dir/secret" or die $!;
	print $fh $text;
	close $fh;
	my $hex = `$ENV{BUILDDIR}/t/c/seal $dir/key source:$id < $dir/secret`;
	unlink "$dir/secret";
	chomp $hex;
	$s->sql("INSERT INTO api_source_secret (api_source_id, sealed, created_at) VALUES ($id, "
		. "X'$hex', '2026-01-01')");
}

sub source { my ($id, $scheme, $secret, %extra) = @_;
	$w->source(1, $id, scheme => "'$scheme'", %extra);
		secret(1, $id, $secret) if defined $secret }

source(2, 'shopify', 'hush-canary');
source(3, 'github', 'github-canary');
source(4, 'hmac', 'mod-canary', sig_header => "'X-Mod-Sig'", sig_hash => "'sha512'",
	sig_encoding => "'hex'", sig_prefix => "'v='");
source(5, 'standard', 'whsec_' . encode_base64('standard-canary-secret-24b', ''));
source(6, 'shopify', "lineend-canary\n");
source(7, 'shopify', 'domain-canary', shop_domain => "'a.myshopify.com'");
source(8, 'none', undef, key_hash => 'NULL', is_open => 1, open_ips => "'10.0.0.0/8'");
source(9, 'none', undef, enabled => 0);
source(10, 'none', undef, key_hash => 'NULL');
source(11, 'hmac', unpack('H*', 'raw-canary'), sig_header => "'X-Raw'", sig_hash => "'sha256'",
	sig_encoding => "'hex'", sig_prefix => "''");
source(12, 'shopify', undef);
source(13, 'standard', 'plain-text-canary');

my %hash = map { $_ => "UNHEX('" . sha256_hex("tok-$_-canary") . "')" }
	qw(1 2 club old revoked user);
$s->sql(<<"SQL");
INSERT INTO api_user (user_id, alias_id, login, password_hash, rights, enabled, created_at,
	allow_ips) VALUES (1, 1, 'off', 'x', 'webhook', 0, '2026-01-01', ''),
	(2, 1, 'home', 'x', 'webhook', 1, '2026-01-01', '10.0.0.0/8'),
	(3, 1, 'known', 'x', 'webhook', 1, '2026-01-01', '');
INSERT INTO api_token (alias_id, user_id, token_hash, rights, created_at, expires_at, revoked_at)
	VALUES
	(1, NULL, $hash{1}, 'webhook', '2026-01-01', NULL, NULL),
	(2, NULL, $hash{2}, 'admin', '2026-01-01', NULL, NULL),
	(1, NULL, $hash{club}, 'club', '2026-01-01', NULL, NULL),
	(1, NULL, $hash{old}, 'webhook', '2026-01-01', '2026-01-02', NULL),
	(1, NULL, $hash{revoked}, 'webhook', '2026-01-01', NULL, '2026-01-02'),
	(1, 1, $hash{user}, 'webhook', '2026-01-01', NULL, NULL);
INSERT INTO api_customer (customer_id, name, created_at) VALUES (9, 'Gone', '2026-01-01');
INSERT INTO api_alias (alias_id, customer_id, name, database_name, enabled, created_at)
	VALUES (9, 9, 'Main', 'gone', 0, '2026-01-01');
SQL

my $shopify = 'X-Shopify-Hmac-SHA256';
my $body = qq({"id":7,"email":"body-canary\@example.com"});
sub token { my ($token, $customer, $alias) = @_;
	return ('X-Crm360Api-Token' => $token, 'X-Crm360Api-CustomerName' => $customer // 'C1',
		'X-Crm360Api-DatabaseAlias' => $alias // 'A1') }
sub base64 { return encode_base64($_[0], '') }
sub queue { my ($query, $tenant) = @_;
	return '/ProcessManagement/Connector/Standard/QueueProcess/' . ($tenant // 'C1/A1')
		. "/Shopify/Order/Insert?$query" }

# What the list says, as the command line's JSON; once it says what is waited for.
sub refused {
	return @{ JSON::PP->new->utf8->decode($w->admin('queue refused --json --limit 1000 '
		. ($_[0] // '')))->{Refused} } }
sub wait_for {
	my ($what, @filter) = @_;
	my @found;
	for (1 .. 300) {
		return @found if @found = grep { $what->($_) } refused(@filter);
		sleep 0.05;
	}
	return;
}

# Refused requests, a few at a time, each with a path of its own where it is a webhook's: what is
# refused within a second is told apart as far as eight of a kind.
my (%details, @batch, $n);
sub is_refused {
	my ($name, $status, $cause, $reason, $path, $headers, %o) = @_;
	$path =~ s{/Insert\b}{'/Insert' . ++$n}e;
	my $r = $w->request($o{method} // 'POST', $path,
		($o{method} // '') eq 'GET' ? undef : $o{body} // $body, %$headers);
	is($r->{status}, $status, "$name: $status") or diag($r->{content});
	$o{told} ? is($r->{json}{detail}, $o{told}, "$name: the caller is told")
		: $details{ $r->{json}{detail} }++;
	push @batch, { name => $name, id => $r->{headers}{'x-request-id'}, cause => $cause,
		reason => $reason, of => $o{of} // 'C1/A1/-',
		what => join ' ', $o{method} // 'POST', $o{path} // ($path =~ s/\?.*//r),
		'127.0.0.1' };
	settle() if @batch == 8;
}

# What the rows and log lines of the batch say.
sub settle {
	my (%rows, @events);
	for (1 .. 100) {
		%rows = map { $_->{RequestId} => $_ } refused();
		last if !grep { !$rows{ $_->{id} } } @batch;
		sleep 0.2;
	}
	@events = $w->{fcgi}->events('request');
	for my $o (splice @batch) {
		my $row = $rows{ $o->{id} } // {};
		my @lines = grep { $_->{requestId} eq $o->{id} } @events;
		is($row->{Cause}, $o->{cause}, "$o->{name}: $o->{cause}")
			or diag(JSON::PP->new->canonical->encode([$row, @lines]));
		like($row->{Reason}, $o->{reason}, "$o->{name}: the reason");
		is(join('/', map { $_ // '-' } @$row{qw(Customer Alias SourceId)}), $o->{of},
			"$o->{name}: whose");
		is(join(' ', map { $_ // '-' } @$row{qw(Method Path From)}), $o->{what},
			"$o->{name}: what, from where");
		is(scalar @lines, 1, "$o->{name}: one log line");
		is(join(' ', map { $_ // '-' } @{ $lines[0] }{qw(cause why)}),
			join(' ', map { $_ // '-' } @$row{qw(Cause Reason)}),
			"$o->{name}: which says the same");
	}
}

# ---------------------------------------------------------------- causes

is_refused('nothing', 401, 'no-credentials', qr/no credentials\. The Source takes no signature\.$/,
	queue('SourceId=10'), {}, of => 'C1/A1/10');
is_refused('no signature', 401, 'signature-missing',
	qr/not signed\. X-Shopify-Hmac-SHA256 is not there\.$/, queue('SourceId=2'), {},
	of => 'C1/A1/2');
is_refused("another platform's signature", 401, 'signature-missing',
	qr/X-Hub-Signature-256 is not there; but there is X-Shopify-Hmac-SHA256, which another scheme reads\.$/,
	queue('SourceId=3'),
	{ $shopify => 'AAAA' }, of => 'C1/A1/3');
is_refused('an unknown customer', 401, 'tenant-unknown',
	qr/no such customer\. Dmeo\/A1 was asked for\.$/, queue('SourceId=2', 'Dmeo/A1'), {},
	of => '-/-/-');
is_refused('an unknown alias', 401, 'alias-unknown',
	qr/no such database alias\. C1\/Mian was asked for\.$/, queue('SourceId=2', 'C1/Mian'), {},
	of => '-/-/-');
is_refused('a disabled tenant', 401, 'tenant-disabled', qr/disabled/,
	queue('SourceId=2', 'Gone/Main'), {}, of => 'Gone/Main/-');
is_refused('an unknown Source', 401, 'source-unknown', qr/no such Source\. SourceId is 99\.$/,
	queue('SourceId=99'), {});
is_refused('a disabled Source', 401, 'source-disabled', qr/Source is disabled/, queue('SourceId=9'),
	{}, of => 'C1/A1/9');
is_refused('an unknown token', 401, 'token-unknown', qr/no such token/, queue('SourceId=2'),
	{ token('tok-none-canary') }, of => 'C1/A1/2');
is_refused('an expired token', 401, 'token-expired', qr/expired\. It did so at 2026-01-02T00:00:00/,
	queue('SourceId=2'), { token('tok-old-canary') }, of => 'C1/A1/2');
is_refused('a revoked token', 401, 'token-revoked', qr/revoked/, queue('SourceId=2'),
	{ token('tok-revoked-canary') }, of => 'C1/A1/2');
is_refused("a disabled user's token", 401, 'token-user-disabled', qr/user is disabled/,
	queue('SourceId=2'), { token('tok-user-canary') }, of => 'C1/A1/2');
is_refused("another tenant's token", 401, 'token-of-other-tenant', qr/another tenant's/,
	queue('SourceId=2'), { token('tok-2-canary') }, of => 'C1/A1/2');
is_refused("another tenant's token and names", 401, 'tenant-differs',
	qr/another tenant than the address/, queue('SourceId=2'),
	{ token('tok-2-canary', 'C2', 'A2') }, of => 'C1/A1/2');
is_refused('a token alone that has expired', 401, 'token-expired', qr/expired/,
	'/ProcessManagement/Schedules', { 'X-Crm360Api-ApiKey' => 'tok-old-canary' },
	method => 'GET');
is_refused('a wrong key', 401, 'key-wrong', qr/key is not the Source's\.$/,
	queue('SourceId=2&key=wrong-canary'), {}, of => 'C1/A1/2');
is_refused('a key where there is none', 401, 'key-wrong', qr/The Source has no key\.$/,
	queue('SourceId=10&key=wrong-canary'), {}, of => 'C1/A1/10');
is_refused('from elsewhere', 401, 'address-not-listed', qr/for which the Source is open/,
	queue('SourceId=8'), {}, of => 'C1/A1/8');
my $adictiz = 'ProcessManagement/Connector/Adictiz/AdictizCampaignRefData/ListBrand';
my $listed = "/$adictiz?customerName=C1&databaseAlias=A1&password=pw-canary&login";
is_refused('an unknown login', 401, 'login-unknown', qr/no such login/, "$listed=nobody", {},
	method => 'GET', path => "/$adictiz");
is_refused('a wrong password', 401, 'password-wrong', qr/password is wrong/, "$listed=known", {},
	method => 'GET', path => "/$adictiz");
is_refused('a login from elsewhere', 401, 'address-not-listed',
	qr/from which the login may sign in/, "$listed=home", {}, method => 'GET',
	path => "/$adictiz");
is_refused('a token action without a token', 401, 'no-credentials', qr/no credentials\.$/,
	'/ProcessManagement/Schedules', {}, method => 'GET', of => '-/-/-');
is_refused('an unknown tenant in headers', 401, 'tenant-unknown', qr/Nobody\/Main was asked for/,
	'/ProcessManagement/Schedules', { token('tok-1-canary', 'Nobody', 'Main') },
	method => 'GET', of => '-/-/-');
is_refused('a secret where a name belongs', 401, 'tenant-unknown', qr/no such customer\.$/,
	'/ProcessManagement/Schedules',
	{ token('C1', 'tok-1-canary-with-more-than-32-letters', 'A1') },
	method => 'GET', of => '-/-/-');

# ---------------------------------------------------------------- a signature that nearly matches

sub near { my ($name, $source, $reason, %o) = @_;
	is_refused($name, 401, 'signature-wrong', $reason, queue("SourceId=$source"), $o{headers},
		%o, of => "C1/A1/$source") }
sub signed { my ($text, $secret) = @_;
	return { $shopify => base64(hmac_sha256($text, $secret // 'hush-canary')) } }

near('hex for base64', 2, qr/It would match with sha256 in hex instead of sha256 in base64\.$/,
	headers => { $shopify => hmac_sha256_hex($body, 'hush-canary') });
near('base64 for hex', 3,
	qr/would match with sha256 in base64 behind "sha256=" instead of sha256 in hex behind "sha256="\.$/,
	headers => { 'X-Hub-Signature-256' => 'sha256='
		. base64(hmac_sha256($body, 'github-canary')) });
near('base64url for hex', 4,
	qr/would match with sha512 in base64 instead of sha512 in hex behind "v="\.$/,
	headers => { 'X-Mod-Sig' => base64(pack 'H*',
		hmac_sha512_hex($body, 'mod-canary')) =~ tr{+/}{-_}r =~ s/=+$//r });
near('no prefix', 3,
	qr/would match with sha256 in hex instead of sha256 in hex behind "sha256="\.$/,
	headers => { 'X-Hub-Signature-256' => hmac_sha256_hex($body, 'github-canary') });
near('another hash', 3, qr/would match with sha1 in hex behind "sha1=" instead of/,
	headers => { 'X-Hub-Signature-256' => 'sha1=' . hmac_sha1_hex($body, 'github-canary') });
near('a line end', 2, qr/would match with the body without the line end or blanks at its end\.$/,
	headers => signed($body), body => "$body\r\n");
near('a byte order mark', 2,
	qr/would match with the body without the byte order mark at its start\.$/,
	headers => signed($body), body => "\xef\xbb\xbf$body");
near('both', 2, qr/byte order mark at its start and the line end at its end\.$/,
	headers => signed($body), body => "\xef\xbb\xbf$body\n");
near('the line end was signed', 2, qr/would match with a line end \(LF\) behind the body\.$/,
	headers => signed("$body\n"));
near('hex of a trimmed body', 2,
	qr/sha256 in hex instead of sha256 in base64 and the body without the line end/,
	headers => { $shopify => hmac_sha256_hex($body, 'hush-canary') }, body => "$body\n");
near("another Source's secret", 2, qr/would match with the secret of Source 7\.$/,
	headers => signed($body, 'domain-canary'));
near("another Source's secret, in hex", 2,
	qr/would match with the secret of Source 3 and sha256 in hex instead of/,
	headers => { $shopify => hmac_sha256_hex($body, 'github-canary') });
near('a secret stored with its line end', 6,
	qr/would match with its secret without the blanks or line end around it\.$/,
	headers => signed($body, 'lineend-canary'));
near('a secret that is hex', 11, qr/would match with its secret decoded from hex\.$/,
	headers => { 'X-Raw' => hmac_sha256_hex($body, 'raw-canary') });
near('the right signature of another shop', 7,
	qr/It matches, but X-Shopify-Shop-Domain is not a\.myshopify\.com/,
	headers => { %{ signed($body, 'domain-canary') },
		'X-Shopify-Shop-Domain' => 'b.myshopify.com' });
my $old = time - 4000 | 0;
near('a stale timestamp', 5, qr/It matches, but its timestamp is more than 300 s from/,
	headers => { 'webhook-id' => 'm1', 'webhook-timestamp' => $old,
	'webhook-signature' => 'v1,'
	. base64(hmac_sha256("m1.$old.$body", 'standard-canary-secret-24b')) });
my $now = time | 0;
near('a secret as plain text', 13,
	qr/would match with its secret as plain text, not decoded from base64\.$/,
	headers => { 'webhook-id' => 'm2', 'webhook-timestamp' => $now,
	'webhook-signature' => 'v1,' . base64(hmac_sha256("m2.$now.$body", 'plain-text-canary')) });
near('no secret at all', 12, qr/The Source has no secret/, headers => signed($body));
near('nothing fits', 2, qr/fits no known secret of the tenant, encoding or trimmed body\.$/,
	headers => signed($body, 'secret-of-nobody'));
near("another tenant's secret is not tried", 2, qr/fits no known secret of the tenant/,
	headers => signed($body, 'other-canary'));
near('no digest', 2, qr/fits no known secret/, headers => { $shopify => '%%%' });
near('a large body', 2, qr/more than 65536 bytes: .* was not tried\.$/, headers => signed('x'),
	body => 'x' x 70000);
settle();
is_deeply([keys %details], ['The credentials are missing or wrong.'],
	'strangers are told nothing of all that') or diag(explain(\%details));

# ---------------------------------------------------------------- who is told

is_refused('one of three headers', 401, 'headers-missing',
	qr/some are missing\. Missing: X-Crm360Api-CustomerName, X-Crm360Api-DatabaseAlias\.$/,
	queue('SourceId=2'), { 'X-Crm360Api-Token' => 'tok-1-canary' },
	of => 'C1/A1/2', told => 'The credentials are missing or wrong. Missing: '
		. 'X-Crm360Api-CustomerName, X-Crm360Api-DatabaseAlias.');
is_refused('two of three, a token action', 401, 'headers-missing',
	qr/Missing: X-Crm360Api-Token\.$/, '/ProcessManagement/Schedules',
	{ 'X-Crm360Api-CustomerName' => 'C1', 'X-Crm360Api-DatabaseAlias' => 'A1' },
	method => 'GET',
	told => 'The credentials are missing or wrong. Missing: X-Crm360Api-Token.');
my %unlike;
$unlike{ $w->request('POST', queue('SourceId=2', $_), $body,
	'X-Crm360Api-CustomerName' => 'C1')->{json}{detail} }++
	for qw(C1/A1 C1/Mian Nobody/A1 Gone/Main);
is_deeply([values %unlike], [4],
	'missing headers are named alike whether the tenant is there or not');
is_refused('no right, a webhook', 403, 'right-missing', qr/The token has no right "webhook"\.$/,
	queue('SourceId=2'), { token('tok-club-canary') }, of => 'C1/A1/2',
	told => 'These credentials do not allow this. The token has no right "webhook".');
is_refused('no right, a schedule', 403, 'right-missing', qr/The token has no right "process"\.$/,
	'/ProcessManagement/Schedules', { token('tok-club-canary') }, method => 'GET',
	told => 'These credentials do not allow this. The token has no right "process".');
is_refused('no right, the club', 403, 'right-missing', qr/no right "club"/,
	'/Bonduelle/Club/GetListPoints?DrupalId=1&SourceId=1', { token('tok-1-canary') },
	method => 'GET', path => '/Bonduelle/Club/GetListPoints',
	told => 'These credentials do not allow this. The token has no right "club".');
is_refused('an unknown Source, with a token', 401, 'source-unknown', qr/SourceId is 98/,
	queue('SourceId=98'), { token('tok-1-canary') },
	told => 'The tenant has no such Source. SourceId is 98.');
is_refused('a disabled Source, with a token', 401, 'source-disabled', qr/Source is disabled/,
	queue('SourceId=9'), { token('tok-1-canary') }, of => 'C1/A1/9',
	told => 'The Source is disabled. SourceId is 9.');
is_refused('a wrong signature, with a token', 401, 'signature-wrong', qr/line end/,
	queue('SourceId=2'), { token('tok-1-canary'), %{ signed($body) } }, body => "$body\n",
	of => 'C1/A1/2',
	told => 'The signature does not match. It would match with the body without the line end '
		. 'or blanks at its end.');
is_refused('other names, with a token', 401, 'tenant-differs', qr/another tenant/,
	queue('SourceId=2'), { token('tok-1-canary', 'C2', 'A2') }, of => 'C1/A1/2',
	told => 'The headers name another tenant than the address. The address names C1/A1, whose '
		. 'token this is.');
is_refused('a recipient that is not allowed', 403, 'not-allowed',
	qr/not on the list of allowed recipients/,
	queue('SourceId=1&key=key-1&Email=x@nowhere.example'), {}, of => 'C1/A1/1',
	told => 'Email holds an address that is not on the list of allowed recipients.');

settle();

# ---------------------------------------------------------------- the list

like($w->admin('queue refused --tenant C1/A1 --source 7'),
	qr/^Last\s+Tenant\s+Source\s+Times\s+From\s+Reason.*It matches, but X-Shopify-Shop-Domain/ms,
	'as a table');
is_deeply([grep { $_->{SourceId} != 7 } refused('--source 7')], [], '--source');
is_deeply([grep { defined $_->{Customer} } refused('--unknown')], [], '--unknown');
cmp_ok(scalar refused('--unknown'), '>=', 3, 'has some');
is(scalar refused('--tenant C2/A2'), 0, 'nothing of another tenant');
is(scalar refused('--before 2020-01-01T00:00:00Z'), 0, '--before');
my $three = JSON::PP->new->utf8->decode($w->admin('queue refused --json --limit 3'));
is(@{ $three->{Refused} } . ($three->{More} ? ' and more' : ''), '3 and more', '--limit');
ok(!eval { $w->admin('queue refused --unknown --tenant C1/A1') },
	'--unknown with --tenant is refused');

my $doctor = do { local %ENV = (%ENV, %{ $s->{env} });
	JSON::PP->new->utf8->decode(scalar `$ENV{BUILDDIR}/customerapi doctor --json 2>/dev/null`)
		};
like((grep { $_->{Check} eq 'access' } @{ $doctor->{Checks} })[-1]{Message},
	qr/^(?:1 Source has|(?!1 )\d+ Sources have) refused deliveries within a day; the last was for Source \d+ of C1\/A1\.$/,
	'doctor points to it');

# ---------------------------------------------------------------- floods

# From "clients" of a trusted proxy, each with a path of its own, and of tenants that strangers make
# up.
my $commits = sub { ($w->{db}->sql("SHOW GLOBAL STATUS LIKE 'Com_commit'"))[0][1] };
my ($before, $since) = ($commits->(), time);
for my $i (1 .. 120) {
	$w->request('POST',
		"/ProcessManagement/Connector/Standard/QueueProcess/C2/A2/P$i/E/A?SourceId=1", '{}',
		'X-Forwarded-For' => "198.51.100." . $i % 200);
	$w->request('POST',
		"/ProcessManagement/Connector/Standard/QueueProcess/Made$i/Up$i/P/E/A?SourceId=$i",
		'{}', 'X-Forwarded-For' => "203.0.113." . $i % 200);
}
my $sum = sub { my ($sql) = @_;
	return $s->value("SELECT COALESCE(SUM(refusals), 0) FROM api_refusal WHERE $sql") };
for (1 .. 200) { last if $sum->("alias_id = 2 AND client = 'several'") > 0; sleep 0.05 }
sleep 2.5;	# two rounds of the writer: what is asserted is that there were few
my ($after, $until) = ($commits->(), time);
cmp_ok($after - $before, '<=', $until - $since + 2, 'at most a commit a second');
cmp_ok($s->value('SELECT MAX(n) FROM (SELECT COUNT(*) AS n FROM api_refusal GROUP BY alias_id, '
	. 'source_id, cause) g'), '<=', 20, 'few rows of each tenant, Source and cause');
cmp_ok($s->value(
	"SELECT COUNT(*) FROM api_refusal WHERE alias_id = 0 AND cause = 'tenant-unknown'"), '<=',
	20, 'few of tenants that there are not');
cmp_ok($sum->("alias_id = 2 AND client = 'several'"), '>', 0,
	'what could not be told apart is counted in one row');
$w->request('POST', queue('SourceId=1', 'C2/A2'), '{}') for 1 .. 50;
my ($same) = wait_for(sub { $_[0]{From} eq '127.0.0.1' && $_[0]{Refusals} >= 50 },
	'--tenant C2/A2');
is($same->{Refusals}, 50, 'equal ones are one row with their number');
ok($same->{FirstAt} le $same->{LastAt}, 'first and last');

# Two processes of a pool take turns: no more commits than one alone makes.
sub pool { my ($workers) = @_; $w->{fcgi}->stop;
	$w->{fcgi}{env}{CUSTOMERAPI_FCGI_WORKERS} = $workers; $w->{fcgi}->restart }
pool(2);
for (1 .. 200) { last if $w->{fcgi}->workers == 2; sleep 0.05 }
($before, $since) = ($commits->(), time);
my $sent = 0;
while (time - $since < 8) { $w->request('POST', queue('SourceId=77', 'C2/A2'), '{}'); $sent++ }
($after, $until) = ($commits->(), time);
cmp_ok($after - $before, '<=', $until - $since + 2, 'at most a commit a second of two processes');
for (1 .. 200) { last if $sum->("alias_id = 2 AND cause = 'source-unknown'") >= $sent; sleep 0.05 }
is($sum->("alias_id = 2 AND cause = 'source-unknown'"), $sent, 'and nothing is lost');
pool(1);

# A clock that was far ahead for a while: what it wrote is no reason to drop what comes after.
$s->sql("INSERT INTO api_refusal VALUES (2, 1, 'key-wrong', UNHEX(MD5($_)), '192.0.2.$_', 'POST', "
	. "'/future', '', '', 1, '2090-01-01', '2090-01-01')") for 1 .. 20;
$w->request('POST', queue('SourceId=1&key=x', 'C2/A2'), '{}');
ok(wait_for(sub { $_[0]{Cause} eq 'key-wrong' && $_[0]{From} eq '127.0.0.1' }, '--tenant C2/A2'),
	'rows from the future leave first');
$s->sql("DELETE FROM api_refusal WHERE path = '/future' OR cause = 'key-wrong'");

# ---------------------------------------------------------------- ends and faults

$w->request('POST', queue('SourceId=1&key=last-canary', 'C2/A2'), '{}');
$w->{fcgi}->stop;
is($s->value("SELECT SUM(refusals) FROM api_refusal WHERE alias_id = 2 AND cause = 'key-wrong'"), 1,
	'what was counted when the program ends is written');
$w->{fcgi}->restart;

$w->{db}->kill9;
is($w->request('GET', '/ProcessManagement/Schedules/1', undef)->{status}, 401,
	'a refusal that needs no database, while there is none') for 1 .. 3;
sleep 1.5;
$w->{db}->restart;
my ($kept) = wait_for(sub { $_[0]{Cause} eq 'no-credentials' && $_[0]{Path} =~ m{/Schedules/\{} },
	'--unknown');
is($kept->{Refusals}, 3, 'is written when it is back');

# Plain CGI remembers nothing: it writes at once, and not what comes within the same second.
{
	my %cgi = (CUSTOMERAPI_CONF => '/dev/null', GATEWAY_INTERFACE => 'CGI/1.1',
		REQUEST_METHOD => 'GET', SCRIPT_NAME => '/api', REMOTE_ADDR => '192.0.2.9',
		CUSTOMERAPI_FCGI_BASE_PATH => '',
		REQUEST_URI => queue('SourceId=2&key=cgi-canary'),
		QUERY_STRING => 'SourceId=2&key=cgi-canary');
	local %ENV = (%ENV, %{ $s->{env} }, %cgi);
	my $program = Fcgi::program();
	like(`$program </dev/null 2>>$dir/cgi.err`, qr/^Status: 401 .*"requestId"/s,
		'CGI: refused, with the whole reply') for 1 .. 5;
	my $n = $s->value("SELECT SUM(refusals) FROM api_refusal WHERE client = '192.0.2.9' AND "
		. "cause = 'key-wrong' AND alias_id = 1 AND source_id = 2");
	ok($n >= 1 && $n <= 5, "CGI: counted ($n)");
}

# ---------------------------------------------------------------- nothing secret, nothing for ever

open my $log, '>>', "$dir/log" or die $!;	# there was no daemon
close $log;
my $traces = $w->traces;
my @leaked = grep { $traces =~ /\Q$_\E/ } qw(tok-1-canary tok-2-canary tok-old-canary
	tok-none-canary wrong-canary pw-canary hush-canary github-canary body-canary last-canary
	cgi-canary);
is_deeply(\@leaked, [], 'no token, key, password, secret or body is in a log or a table');
my $listed_text = $w->admin('queue refused --limit 1000')
	. $w->admin('queue refused --json --limit 1000');
is_deeply([$listed_text =~ /(\w+-canary)/g], [], 'nor in the list');

$s->set(CUSTOMERAPI_CLOCK_OFFSET => 29 * 86400);
is($s->once, 0, 'a round 29 days later');
cmp_ok($s->value('SELECT COUNT(*) FROM api_refusal'), '>', 0, 'they are kept');
$s->set(CUSTOMERAPI_CLOCK_OFFSET => 31 * 86400);
is($s->once, 0, 'a round 31 days later');
is($s->value('SELECT COUNT(*) FROM api_refusal'), 0, 'they are gone');

done_testing();
