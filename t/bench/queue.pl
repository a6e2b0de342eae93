#!/usr/bin/perl
# Messages a second through the queue, without effect, by durable commits, with the shipped settings
# and other sizes of a batch, beside graphile-worker tuned on PostgreSQL (t/bench/peers/queue.js).
# Usage: BUILDDIR=build perl t/bench/queue.pl [MESSAGES [ROUNDS [BATCH …]]]
# Needs a check build (configure --enable-check-build) and the packages postgresql, nodejs and npm;
# without them the program is measured alone. Rounds go by turns; a rate is the median of its
# rounds, with the smallest and the largest. All messages are counted as done afterwards. It also
# prints the bytes that each database writes to its log for a message.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use File::Temp qw(tempdir);
use Time::HiRes qw(sleep time);
use MariaDB;
use Peer qw(median);
use Scheduler;
use Server;

my ($n, $rounds, @batches) = @ARGV;
$| = 1;
$n //= 20000;
$rounds //= 3;
$ENV{SRCDIR} //= "$FindBin::Bin/../..";
my $db = MariaDB->start(options => ['--innodb-buffer-pool-size=512M',
	'--innodb-log-file-size=256M']);
my $s = Scheduler->new($db, CUSTOMERAPI_QUEUE_POLL_MS => 500);
$s->tenant($_) for 1 .. 2;

# ---------------------------------------------------------------- the program

# Messages a second from the first commit to the last; those of the first do not count. The start of
# a program counts for neither competitor.
sub ours {
	my ($batch) = @_;
	$s->sql('TRUNCATE api_message; TRUNCATE api_attempt');
	$s->put(map { { tenant => 1 + $_ % 2, body => '{"x":"' . 'y' x 500 . '"}' } } 1 .. $n);
	delete $s->{env}{CUSTOMERAPI_QUEUE_BATCH};
	$s->set(CUSTOMERAPI_QUEUE_BATCH => $batch) if $batch;
	my $log = written();
	$s->start;
	sleep 0.2 while $s->value('SELECT COUNT(*) FROM api_message FORCE INDEX (claim) WHERE '
		. 'tenant_id IN (1, 2) AND phase IN (1, 2)');
	$s->stop;
	my ($row) = $s->sql('SELECT COUNT(*), SUM(settled_at > f.at), TIMESTAMPDIFF(MICROSECOND, '
		. 'f.at, MAX(settled_at)) FROM api_message JOIN (SELECT MIN(settled_at) AS at FROM '
		. 'api_message) f WHERE state = 3');
	die "$row->[0] of $n are done" if $row->[0] != $n;
	return ($row->[1] * 1e6 / $row->[2], (written() - $log) / $n);
}

# Bytes of the database's log.
sub written { return ($s->sql("SHOW GLOBAL STATUS LIKE 'Innodb_os_log_written'"))[0][1] }

# ---------------------------------------------------------------- graphile-worker

# PostgreSQL in a folder of its own, as a user who is not root, commits durable as by default.
sub postgres {
	my ($bin) = sort { $b cmp $a } glob '/usr/lib/postgresql/*/bin';
	return if !$bin || system('command -v npm >/dev/null');
	my $self = Server->in_folder('postgres');
	my $dir = $self->{dir};
	my @as = $> == 0 ? qw(setpriv --reuid=nobody --regid=nogroup --clear-groups) : ();
	chmod 0711, $dir;
	mkdir "$dir/pg";
	chown scalar getpwnam('nobody'), scalar getgrnam('nogroup'), "$dir/pg" if @as;
	local $ENV{PATH} = "$bin:$ENV{PATH}";
	system(join ' ', @as, 'initdb', '-U', 'bench', '-A', 'trust', '-D', "$dir/pg/data",
		'>/dev/null 2>&1') == 0 or die 'initdb';
	$self->launch(sub { -S "$dir/pg/.s.PGSQL.5432" }, [@as, "$bin/postgres", '-D',
		"$dir/pg/data", '-k', "$dir/pg", '-c', 'listen_addresses=', '-c',
		'shared_buffers=512MB'],
		out => "$dir/log") or die 'postgres: ' . Server::slurp("$dir/log");
	sleep 2;
	return $self;
}

my $modules = "$ENV{BUILDDIR}/t/bench-node";
sub install {
	mkdir $modules;
	return if -d "$modules/node_modules/graphile-worker";
	my $how = '--no-audit --no-fund --ignore-scripts';
	my $out = `cd $modules && npm install $how graphile-worker\@0.17.3 pg\@8 2>&1`;
	die "npm: $out" if $?;
}

sub theirs {
	my ($postgres) = @_;
	local $ENV{PGHOST} = "$postgres->{dir}/pg";
	local $ENV{NODE_PATH} = "$modules/node_modules";
	my ($seconds, $log) = split ' ', `node $FindBin::Bin/peers/queue.js $n 2>/dev/null`;
	die 'queue.js' if $?;
	return ($n / $seconds, $log);
}

# ---------------------------------------------------------------- by turns

my $postgres = postgres();
install() if $postgres;
my @who = (['shipped', sub { ours() }],
	(map { my $b = $_; ["batch $b", sub { ours($b) }] } @batches),
	$postgres ? ['graphile-worker', sub { theirs($postgres) }] : ());
my (%rate, %log);
for my $round (1 .. $rounds) {
	for (@who) {
		my ($rate, $log) = $_->[1]->();
		push @{ $rate{$_->[0]} }, $rate;
		push @{ $log{$_->[0]} }, $log;
	}
}
my $base = $postgres ? median(@{ $rate{'graphile-worker'} }) : undef;
for (map { $_->[0] } @who) {
	my @r = sort { $a <=> $b } @{ $rate{$_} };
	printf "%-16s %6.0f messages a second (%.0f to %.0f)%s, %.0f bytes of log each\n", $_,
		median(@r), $r[0], $r[-1],
		$base ? sprintf(', %.2f x graphile-worker', median(@r) / $base) : '',
		median(@{ $log{$_} });
}
