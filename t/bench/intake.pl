#!/usr/bin/perl
# Signed webhooks a second through nginx into the database, durable commits, 64 clients. Usage:
# BUILDDIR=build perl t/bench/intake.pl [SECONDS]
# Needs a check build (configure --enable-check-build) and the package wrk. Prints a line per
# setting; ratios are to one thread a process.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Digest::SHA qw(hmac_sha256);
use File::Temp qw(tempdir);
use MIME::Base64 qw(encode_base64);
use Fcgi;
use MariaDB;
use Nginx;

my $seconds = $ARGV[0] // 8;
$ENV{SRCDIR} //= "$FindBin::Bin/../..";
die "bench: the package wrk is needed\n" if system('command -v wrk >/dev/null');
my $dir = tempdir('customerapi-bench-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $db = MariaDB->start(options => ['--innodb-buffer-pool-size=512M',
	'--innodb-log-file-size=256M']);
$db->sql('CREATE DATABASE customerapi');
my %env = (CUSTOMERAPI_DB_SOCKET => $db->socket, CUSTOMERAPI_DB_USER => 'root',
	CUSTOMERAPI_DB_PASSWORD => '', CUSTOMERAPI_DB_REGISTRY => 'customerapi',
	CUSTOMERAPI_KEY_FILE => "$dir/key", CUSTOMERAPI_LOG_LEVEL => 'warning',
	CUSTOMERAPI_QUOTA_TENANT_PER_SECOND => 0, CUSTOMERAPI_QUOTA_SOURCE_PER_SECOND => 0);
{
	local %ENV = (%ENV, %env, CUSTOMERAPI_CONF => '/dev/null');
	`$ENV{BUILDDIR}/t/c/schema_probe`;
}
my $secret = join '', map { ('a' .. 'z')[rand 26] } 1 .. 32;
system("$ENV{BUILDDIR}/t/c/seal $dir/key -") == 0 or die 'no key file';
open my $fh, '>', "$dir/secret" or die $!;
print $fh $secret;
close $fh;
chomp(my $sealed = `$ENV{BUILDDIR}/t/c/seal $dir/key source:1 < $dir/secret`);
my $time = "'2026-01-01'";
$db->sql("INSERT INTO api_customer (customer_id, name, created_at) VALUES (1, 'Demo', $time);
	INSERT INTO api_alias (alias_id, customer_id, name, database_name, created_at) VALUES (1, "
		. "1, 'Main', 'demo', $time);
	INSERT INTO api_source (api_source_id, alias_id, source_id, scheme, created_at) VALUES (1, "
		. "1, 1, 'shopify', $time);
	INSERT INTO api_source_secret (api_source_id, sealed, created_at)
		VALUES (1, X'$sealed', $time)", 'customerapi');

open $fh, '<', "$ENV{SRCDIR}/t/fixtures/shopify/orders_create.json" or die $!;
my $body = do { local $/; <$fh> };
open $fh, '>', "$dir/body" or die $!;
print $fh $body;
close $fh;
my $signature = encode_base64(hmac_sha256($body, $secret), '');
open $fh, '>', "$dir/post.lua" or die $!;
print $fh <<"LUA";
local f = io.open("$dir/body", "rb"); local body = f:read("*a"); f:close()
local n, run = 0, tostring({})
request = function()
	n = n + 1
	return wrk.format("POST", nil, { ["X-Shopify-Hmac-SHA256"] = "$signature",
		["X-Shopify-Topic"] = "orders/create",
		["X-Shopify-Webhook-Id"] = run .. n, ["Content-Type"] = "application/json" }, body)
end
LUA
close $fh;

# 2xx a second, by the rows that are there afterwards.
sub measure {
	my ($workers, $threads) = @_;
	my $fcgi = Fcgi->start(%env, CUSTOMERAPI_FCGI_WORKERS => $workers,
		CUSTOMERAPI_FCGI_THREADS => $threads);
	my $nginx = Nginx->start($fcgi->socket);
	$db->sql('TRUNCATE api_message', 'customerapi');
	my $url = $nginx->url . '/ProcessManagement/Connector/Standard/QueueProcess/Demo/Main/'
		. 'Shopify/Order/Insert?SourceId=1';
	my $said = `wrk -t2 -c64 -d${seconds}s --latency -s $dir/post.lua '$url'`;
	my $rows = $db->value('SELECT COUNT(*) FROM api_message', 'customerapi');
	my ($p99) = $said =~ /99%\s+(\S+)/;
	my ($bad) = $said =~ /Non-2xx or 3xx responses: (\d+)/;
	die "bench: $bad refusals\n$said" if $bad;
	return ($rows / $seconds, $p99 // '?');
}

printf "%-28s %12s %8s %10s\n", 'webhooks of ' . length($body) . ' bytes', 'a second', 'ratio',
	'p99';
my $base;
for ([4, 1], [2, 16], [2, 32], [2, 64]) {
	my ($rate, $p99) = measure(@$_);
	$base //= $rate;
	printf "%-28s %12.0f %8.2f %10s\n", "$_->[0] processes x $_->[1] threads", $rate,
		$rate / $base, $p99;
}
