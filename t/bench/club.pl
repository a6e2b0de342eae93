#!/usr/bin/perl
# What a page view of the club costs: GetContact and GetListPoints under load through nginx, beside
# php-fpm with PDO doing the same selects (t/bench/peers/club.php), and beside the least a page view
# can cost: a FastCGI program that does one equal select (t/bench/peers/bare.c), with as many
# processes and connections to the database as the web program has by default, and with the
# connections from nginx kept alive as well.
# Usage: BUILDDIR=build perl t/bench/club.pl [SECONDS [CLIENTS [CONTACTS [ROUNDS]]]]
# (5, 16, 1,000,000 and 3 unless given)
# Needs a check build (configure --enable-check-build), a C compiler, the headers of libfcgi and
# libmariadb, and the packages wrk, php8.2-fpm (or another php-fpm) and php-mysql. Contacts have an
# address, a store and two interests each; the first 100,000 have 20 movements, a fifth of them
# with points that expire soon. Every request asks for another contact. Rounds go by turns, each
# figure is the median. "statements" are selects and prepares that the database server counted for
# each request.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use File::Temp qw(tempdir);
use Club;
use Peer qw(median spew);
use Server;

my ($seconds, $clients, $contacts, $rounds) =
	($ARGV[0] // 5, $ARGV[1] // 16, $ARGV[2] // 1_000_000, $ARGV[3] // 3);
my $movements = 20;
my $with = $contacts < 100_000 ? $contacts : 100_000;	# contacts with movements
$| = 1;
$ENV{SRCDIR} //= "$FindBin::Bin/../..";
die "bench: the package wrk is needed\n" if system('command -v wrk >/dev/null');
my $dir = tempdir('customerapi-bench-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $w = Club->start(CUSTOMERAPI_LOG_LEVEL => 'warning', CUSTOMERAPI_QUOTA_TENANT_PER_SECOND => 0,
	options => ['--innodb-buffer-pool-size=1G', '--innodb-log-file-size=256M']);
my $t = "'2026-01-01', '2026-01-01'";
$w->sql("INSERT INTO Store (StoreId, StoreIdentifier, Label, SourceId, CreationDate, "
	. "ModificationDate) VALUES (1, 'R', 'Store', 1, $t);
	INSERT INTO PurchaseGoodCategory (PurchaseGoodCategoryId, Identifier, SourceId, Label, "
		. "CreationDate, ModificationDate) VALUES (1, 'A', 1, 'A', $t), (2, 'B', 1, 'B', "
			. "$t);
	INSERT INTO Contact (ContactId, FirstName, LastName, ZoneId, CreationDate, "
		. "ModificationDate) SELECT seq, 'Ada', CONCAT('Lovelace', seq), 1, $t FROM "
			. "seq_1_to_$contacts;
	INSERT INTO ContactIdentifier SELECT UUID(), CONCAT('u', seq), seq, 1, $t FROM "
		. "seq_1_to_$contacts;
	INSERT INTO Address (ContactId, BrandId, ContactAddressTypeId, Email, City, CreationDate, "
		. "ModificationDate) SELECT seq, 1, 1, CONCAT('u', seq, '\@example.org'), 'Lille', "
			. "$t FROM seq_1_to_$contacts;
	INSERT INTO AttachedStore (ContactId, StoreId, CreationDate, ModificationDate) SELECT seq, "
		. "1, $t FROM seq_1_to_$contacts;
	INSERT INTO ContactInterest (ContactInterestIdentifier, ContactId, PurchaseGoodCategoryId, "
		. "SourceId, CreationDate, ModificationDate)
		SELECT CONCAT(s.seq, ':', g.seq), s.seq, g.seq, 1, $t FROM seq_1_to_$contacts s "
			. "JOIN seq_1_to_2 g;
	INSERT INTO LoyaltyPoint (ContactId, PointTypeId, PointAmount, PointOriginalAmount, "
		. "PointUsedAmount, PointExpiredAmount, DatePoint, ExpiredDatePoint, "
			. "PointIdentifier, SourceId, CreationDate, ModificationDate)
		SELECT s.seq, 2, 10, 10, 0, 0, '2026-01-01', CASE WHEN s.seq % 5 = 0 THEN "
			. "UTC_TIMESTAMP() + INTERVAL 9 + m.seq DAY ELSE '2099-01-01' END, "
				. "CONCAT(s.seq, ':', m.seq), 1, $t FROM seq_1_to_$movements m "
					. "JOIN seq_1_to_$with s;
	ANALYZE TABLE Contact, ContactIdentifier, Address, AttachedStore, ContactInterest,
		LoyaltyPoint");

# ------------------------------------------------------------------ the others

sub php {
	my $self = Peer::php_fpm() or die "bench: the package php-fpm is needed\n";
	$self->{front} = Peer::front(Peer::fastcgi($self,
		"SCRIPT_FILENAME $FindBin::Bin/peers/club.php", 'QUERY_STRING $query_string',
		'REQUEST_METHOD $request_method', 'PEER_PATH $uri',
		"PEER_SOCKET @{[$w->{db}->socket]}"));
	return $self;
}

sub bare {
	my $flags = `mariadb_config --cflags --libs` =~ s/\n/ /gr;
	system("cc -O2 -o $dir/bare $FindBin::Bin/peers/bare.c -lfcgi -lpthread $flags") == 0
		or die "bench: the peer cannot be built\n";
	my $self = Server->in_folder('bare');
	my $d = $self->{dir};
	$self->launch(sub { -S "$d/s" }, ['spawn-fcgi', '-n', '-s', "$d/s", '-M', '0666', '--',
		"$dir/bare", $w->{db}->socket, 2, 8], out => "$d/out") or die 'bare';
	$self->{front} = Peer::front('location / { fastcgi_pass kept; fastcgi_keep_conn on; '
		. 'fastcgi_param QUERY_STRING $query_string; }',
		"upstream kept { server unix:$d/s; keepalive 16; }");
	return $self;
}

# ------------------------------------------------------------------ measuring

# How many selects and prepares the server has executed.
sub executed {
	return $w->{db}->value("SELECT SUM(VARIABLE_VALUE) FROM information_schema.GLOBAL_STATUS "
		. "WHERE VARIABLE_NAME IN ('COM_SELECT', 'COM_STMT_PREPARE')");
}

# One wrk run; requests a second, p99 in ms, statements a request.
sub measure {
	my ($url, $path, $most) = @_;
	spew("$dir/get.lua", <<"LUA");
math.randomseed(os.time())
request = function()
	return wrk.format("GET", string.format("$path", math.random(1, $most)),
		{ ["X-Crm360Api-Token"] = "$w->{tokens}{club1}",
		["X-Crm360Api-CustomerName"] = "C1", ["X-Crm360Api-DatabaseAlias"] = "A1" })
end
LUA
	my $before = executed();
	my $said = `wrk -t1 -c$clients -d${seconds}s --latency -s $dir/get.lua $url/`;
	die "bench: refusals\n$said" if $said =~ /Non-2xx or 3xx responses/;
	my ($value, $unit) = $said =~ /99%\s+([\d.]+)(us|ms|s)/ or die $said;
	my ($rate) = $said =~ /Requests\/sec:\s+([\d.]+)/;
	my ($all) = $said =~ /(\d+) requests in/;
	return ($rate, $value * { us => 0.001, ms => 1, s => 1000 }->{$unit},
		(executed() - $before) / $all);
}

# What must be equal in the replies of both.
sub gist {
	my ($url, $path) = @_;
	my $r = $w->{http}->get($url . sprintf($path, 5), { headers => {
		'X-Crm360Api-Token' => $w->{tokens}{club1}, 'X-Crm360Api-CustomerName' => 'C1',
		'X-Crm360Api-DatabaseAlias' => 'A1' } });
	my $j = JSON::PP::decode_json($r->{content});
	return join ' ', map { ref $j->{$_} ? scalar @{ $j->{$_} } : 0 + $j->{$_} }
		grep { exists $j->{$_} } qw(ContactId Addresses AttachedStores ContactInterests
			LoyaltyPoints ExpiringSoon PointBalance PointUsedAmount);
}

my ($php, $bare) = (php(), bare());
my $query = 'DrupalId=u%d&SourceId=1';
my @all = map { my ($what, $most) = @$_;
	my $path = "/Bonduelle/Club/$what?$query";
	my ($ours, $theirs) = ($w->{nginx}->url, $php->{front}->url);
	my ($one, $other) = (gist($ours, $path), gist($theirs, $path));
	die "bench: $what: $one, php-fpm $other\n" if $one ne $other;
	(["$what", $ours, $path, $most, 'php'], ["$what, php-fpm", $theirs, $path, $most])
} ['GetContact', $contacts], ['GetListPoints', $with];
push @all, ['one select', $bare->{front}->url, "/?$query", $contacts];
my (%rate, %p99, %statements);
measure(@$_[1 .. 3]) for @all;	# connections and statements are there, pages are in memory
for my $round (1 .. $rounds) {
	for my $who (@all[map { ($_ + $round) % @all } 0 .. $#all]) {
		my ($rate, $p99, $statements) = measure(@$who[1 .. 3]);
		push @{ $rate{ $who->[0] } }, $rate;
		push @{ $p99{ $who->[0] } }, $p99;
		push @{ $statements{ $who->[0] } }, $statements;
	}
}
printf "%-24s %9s %19s %8s %9s %9s %10s\n", "$clients clients", 'a second', '(least, most)',
	'by php', 'p99 ms', 'by select', 'statements';
for my $who (@all) {
	my $name = $who->[0];
	my @l = sort { $a <=> $b } @{ $rate{$name} };
	my $p99 = median(@{ $p99{$name} });
	printf "%-24s %9.0f %19s %8s %9.2f %9.2f %10.2f\n", $name, median(@l),
		sprintf('(%.0f, %.0f)', @l[0, -1]),
		$who->[4] ? sprintf('%.2f', median(@l) / median(@{ $rate{"$name, php-fpm"} })) : '',
		$p99, $p99 / median(@{ $p99{'one select'} }), median(@{ $statements{$name} });
}
