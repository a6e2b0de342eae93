#!/usr/bin/perl
# Signed webhooks a second through nginx into the database, by durable commits, beside what a shop
# would write itself: php-fpm with PDO, and Node.js with mysql2 (t/bench/peers).
# Usage: BUILDDIR=build perl t/bench/intake.pl [SECONDS [ROUNDS [NAME=BUILDDIR …]]]
# Needs a check build (configure --enable-check-build) and the packages wrk, php8.2-fpm (or another
# php-fpm), php-mysql, nodejs and npm. One MariaDB and one nginx for each, the shipped settings,
# quotas and limits, eight Sources of two tenants, bodies of 2 kB and 200 kB. Each must have stored
# every body that it acknowledged, and refuse none. Rounds go by turns. A rate is the median of its
# rounds; a ratio to php-fpm is of one round, and its median stands beside the least and the most.
# Memory is that of all processes of a pool after its rounds (PSS). "libfcgi" is the program with
# fcgi_transport = libfcgi; "floor" stores nothing. A further NAME=BUILDDIR is measured beside it:
# another build.
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
use Peer qw(median spew);
use Server;

my ($seconds, $rounds, @more) = @ARGV;
$| = 1;
$seconds //= 2;
$rounds //= 3;
$ENV{SRCDIR} //= "$FindBin::Bin/../..";
die "bench: the package wrk is needed\n" if system('command -v wrk >/dev/null');
my $dir = tempdir('customerapi-bench-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $db = MariaDB->start(options => ['--innodb-buffer-pool-size=512M',
	'--innodb-log-file-size=256M']);
my $secret = join '', map { ('a' .. 'z')[rand 26] } 1 .. 32;
# ---------------------------------------------------------------- the program

my %env = (CUSTOMERAPI_DB_SOCKET => $db->socket, CUSTOMERAPI_DB_USER => 'root',
	CUSTOMERAPI_DB_PASSWORD => '', CUSTOMERAPI_KEY_FILE => "$dir/key",
	CUSTOMERAPI_LOG_LEVEL => 'warning');
spew("$dir/secret", $secret);
system("$ENV{BUILDDIR}/t/c/seal $dir/key -") == 0 or die 'no key file';

# The registry of one build: two tenants with four Sources each.
sub registry {
	my ($name, $build) = @_;
	my $registry = "registry_$name";
	$db->sql("CREATE DATABASE $registry");
	my %own = (%env, CUSTOMERAPI_DB_REGISTRY => $registry, CUSTOMERAPI_CONF => '/dev/null');
	local %ENV = (%ENV, %own);
	`$build/t/c/schema_probe`;
	my $time = "'2026-01-01'";
	my $add = sub { my ($table, $columns, @values) = @_;
		$db->sql("INSERT INTO $table ($columns, created_at) VALUES ("
			. join(', ', @values) . ", $time)", $registry) };
	$add->('api_customer', 'customer_id, name', 1, "'Demo'");
	for my $alias (1, 2) {
		$add->('api_alias', 'alias_id, customer_id, name, database_name', $alias, 1,
			"'A$alias'", "'demo$alias'");
		for my $source (1 .. 4) {
			my $id = $alias * 10 + $source;
			chomp(my $sealed = `$build/t/c/seal $dir/key source:$id < $dir/secret`);
			$add->('api_source', 'api_source_id, alias_id, source_id, scheme', $id,
				$alias, $source, "'shopify'");
			$add->('api_source_secret', 'api_source_id, sealed', $id, "X'$sealed'");
		}
	}
	return %own;
}

sub program {
	my ($name, $build, %settings) = @_;
	my %own = (registry($name, $build), %settings);
	delete $own{CUSTOMERAPI_CONF};
	my $source = $build eq $ENV{BUILDDIR} ? $ENV{SRCDIR} : "$build/../..";
	local @ENV{qw(BUILDDIR SRCDIR)} = ($build, -d "$source/nginx" ? $source : $ENV{SRCDIR});
	my $fcgi = Fcgi->start(%own);
	my @edit = ($settings{CUSTOMERAPI_FCGI_TRANSPORT} // '') eq 'libfcgi' ? \&Nginx::keeps_none
		: ();
	return { name => $name, fcgi => $fcgi, nginx => Nginx->start(@edit, $fcgi->socket),
		has_quotas => 1,
		table => "registry_$name.api_message", pids => sub { $fcgi->pid, $fcgi->workers } };
}

# ---------------------------------------------------------------- the others

$db->sql('CREATE DATABASE peer');
$db->sql('CREATE TABLE message (id BIGINT AUTO_INCREMENT PRIMARY KEY, receipt BINARY(16) NOT NULL
	UNIQUE, dedup_key VARBINARY(120) NOT NULL, tenant_id INT NOT NULL, source_id INT NOT NULL,
	platform VARCHAR(64), entity VARCHAR(64), action VARCHAR(64), headers TEXT, uri TEXT,
	body LONGBLOB, state TINYINT NOT NULL DEFAULT 1, received_at DATETIME(6) NOT NULL,
	UNIQUE (tenant_id, dedup_key), KEY (tenant_id, state, received_at, id))', 'peer');

sub php {
	my $self = Peer::php_fpm() or return;
	my $front = Peer::front(Peer::fastcgi($self,
		"SCRIPT_FILENAME $FindBin::Bin/peers/intake.php",
		'QUERY_STRING $query_string', 'REQUEST_METHOD $request_method',
		'CONTENT_TYPE $content_type', 'CONTENT_LENGTH $content_length',
		'REQUEST_URI $request_uri', "PEER_SOCKET @{[$db->socket]}", "PEER_SECRET $secret"));
	return { name => 'php-fpm', keep => $self, nginx => $front, table => 'peer.message',
		pids => sub { $self->pid, split ' ', `pgrep -P @{[$self->pid]}` } };
}

sub node {
	return if system('command -v node npm >/dev/null');
	my $modules = "$ENV{BUILDDIR}/t/bench-node";
	mkdir $modules;
	-d "$modules/node_modules/mysql2"
		or system("cd $modules && npm install --silent mysql2 >/dev/null 2>&1") == 0
		or return;
	my $self = Server->in_folder('node');
	my $d = $self->{dir};
	$self->{port} = Server::free_port();
	$self->launch(sub { $self->listens }, ['node', "$FindBin::Bin/peers/intake.js"],
		out => "$d/out", env => { PEER_SOCKET => $db->socket, PEER_SECRET => $secret,
			PORT => $self->{port}, PEER_MODULES => "$modules/node_modules" })
		or die 'node: ' . Server::slurp("$d/out");
	my $front = Peer::front('location / { proxy_pass http://node; proxy_http_version 1.1; '
		. 'proxy_set_header Connection ""; }',
		"upstream node { server 127.0.0.1:$self->{port}; keepalive 64; }");
	return { name => 'Node.js', keep => $self, nginx => $front, table => 'peer.message',
		pids => sub { $self->pid } };
}

# The floor: the shipped nginx before a program that only answers (t/bench/peers/echo.c).
sub echo {
	return if system('command -v spawn-fcgi >/dev/null');
	system("cc -O2 -o $dir/echo $FindBin::Bin/peers/echo.c") == 0
		or die "bench: the peer cannot be built\n";
	my $self = Server->in_folder('echo');
	my $d = $self->{dir};
	$self->launch(sub { -S "$d/s" }, ['spawn-fcgi', '-n', '-s', "$d/s", '-M', '0666', '--',
		"$dir/echo"], out => "$d/out") or die 'echo';
	return { name => 'floor', keep => $self, nginx => Nginx->start("$d/s"),
		pids => sub { $self->pid } };
}

# ---------------------------------------------------------------- measuring

# An order of so many bytes, signed, each time with another id.
sub script {
	my ($bytes) = @_;
	my $body = '{"id":450789469,"email":"ada@example.com","note":"'
		. 'x' x ($bytes - 52) . '"}';
	my $signature = encode_base64(hmac_sha256($body, $secret), '');
	spew("$dir/body", $body);
	spew("$dir/post.lua", <<"LUA");
local f = io.open("$dir/body", "rb"); local body = f:read("*a"); f:close()
local n, run = 0, tostring({}):gsub("[^%w]", "")
request = function()
	n = n + 1
	return wrk.format("POST", "/ProcessManagement/Connector/Standard/QueueProcess/Demo/A" ..
		(1 + n % 2) .. "/Shopify/Order/Insert?SourceId=" .. (1 + math.floor(n / 2) % 4),
		{ ["X-Shopify-Hmac-SHA256"] = "$signature", ["X-Shopify-Topic"] = "orders/create",
		["X-Shopify-Webhook-Id"] = run .. n, ["Content-Type"] = "application/json" }, body)
end
LUA
	return length $body;
}

sub milliseconds { my ($t) = @_; my ($n, $unit) = ($t // '') =~ /([\d.]+)(us|ms|s)/ or return 0;
	return $n * { us => 0.001, ms => 1, s => 1000 }->{$unit} }

sub memory {
	my $kb = 0;
	for my $pid (@_) {
		$kb += $1 if Server::slurp("/proc/$pid/smaps_rollup") =~ /^Pss:\s+(\d+)/m;
	}
	return $kb / 1024;
}

# The shipped quotas hold: 2,000 a second for each of the two tenants, and what they did not use in
# ten seconds. So who has sent more waits until these are there again.
sub wait_for_quota {
	my ($who) = @_;
	my $wait = $who->{has_quotas} ? ($who->{until} // 0) - time : 0;
	sleep $wait if $wait > 0;
}

# A second; median and worst milliseconds of a request; and what was stored must be what was
# acknowledged.
sub measure {
	my ($who, $clients, $bytes) = @_;
	$db->sql("TRUNCATE $who->{table}") if $who->{table};
	wait_for_quota($who);
	my $threads = $clients > 1 ? 2 : 1;
	my $said = `wrk -t$threads -c$clients -d${seconds}s --latency -s $dir/post.lua @{[
		$who->{nginx}->url]}`;
	my ($bad) = $said =~ /Non-2xx or 3xx responses: (\d+)/;
	die "bench: $who->{name}: $bad refusals\n$said" if $bad;
	my ($told) = $said =~ /(\d+) requests in/;
	my @times = map { milliseconds($said =~ /\s$_%\s+(\S+)/ ? $1 : 0) } 50, 99;
	return ($told / $seconds, @times) if !$who->{table};
	my ($stored) = $db->sql("SELECT COUNT(*), COALESCE(MIN(LENGTH(body)), 0), "
		. "COALESCE(MAX(LENGTH(body)), 0) FROM $who->{table}");
	die "bench: $who->{name}: $told answered, $stored->[0] stored\n"
		if $stored->[0] < $told || $stored->[0] > $told + $clients;
	die "bench: $who->{name}: a body was stored that was not sent\n"
		if grep { $_ != $bytes } @$stored[1, 2];
	$who->{until} = time + $stored->[0] / 4000;
	return ($stored->[0] / $seconds, @times);
}

my @all = grep { $_ } program('product', $ENV{BUILDDIR}),
	program('libfcgi', $ENV{BUILDDIR}, CUSTOMERAPI_FCGI_TRANSPORT => 'libfcgi'),
	(map { program(split /=/, $_, 2) } @more), php(), node(), echo();
my ($base) = grep { $_->{name} eq 'php-fpm' } @all;
$base //= $all[0];

# One line: what everybody did with so many clients.
sub table {
	my ($bytes, $clients) = @_;
	my %seen;
	for my $round (1 .. $rounds) {
		for my $who (@all[map { ($_ + $round) % @all } 0 .. $#all]) {
			push @{ $seen{ $who->{name} } }, [measure($who, $clients, $bytes)];
		}
	}
	for my $who (@all) {
		my @own = @{ $seen{ $who->{name} } };
		my @ratios = sort { $a <=> $b }
			map { $own[$_][0] / $seen{ $base->{name} }[$_][0] } 0 .. $#own;
		my @of = map { my $i = $_; median(map { $_->[$i] } @own) } 0 .. 2;
		printf "%-8d %-8d %-10s %9.0f %7.2f %14s %8.2f %8.2f %7.1f\n", $bytes, $clients,
			$who->{name}, $of[0], median(@ratios),
			sprintf('(%.2f, %.2f)', @ratios[0, -1]), @of[1, 2],
			memory($who->{pids}->());
	}
}

printf "%d rounds of %d s\n", $rounds, $seconds;
printf "%-8s %-8s %-10s %9s %7s %14s %8s %8s %7s\n", qw(bytes clients), '', 'a second', 'ratio',
	'(least, most)', 'p50 ms', 'p99 ms', 'MB';
for my $size (2_000, 200_000) {
	my $bytes = script($size);
	table($bytes, $_) for 1, 16, 64;
}
