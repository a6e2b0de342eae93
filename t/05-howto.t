# CONTRIBUTING leads where it says: the files that it names are there, and who takes its steps for a
# column, a platform and a process, in a copy of the tree, has all three.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use File::Spec::Functions qw(abs2rel);
use File::Temp qw(tempdir);
use JSON::PP;
use Test::More;
use MariaDB;
use Scheduler;

my ($src, $build) = map { abs_path($_) } @ENV{qw(SRCDIR BUILDDIR)};
my $dir = tempdir('customerapi-howto-XXXXXX', TMPDIR => 1, CLEANUP => 1);
delete $ENV{CUSTOMERAPI_RECORD};	# what the copy answers is nobody's to compare

sub slurp { my ($file) = @_; open my $fh, '<', $file or die "$file: $!"; local $/;
	return scalar <$fh> }
sub spew { my ($file, $text) = @_; make_path(dirname($file));
	open my $fh, '>', $file or die "$file: $!"; print $fh $text; close $fh or die "$file: $!" }
sub run { my ($command) = @_; my $out = `$command 2>&1`; is($?, 0, $command) or diag($out);
	return $out }

# ------------------------------------------------------------------ what it names is there
my $page = slurp("$src/CONTRIBUTING.md");
my @tree = grep { !m{^(?:build|var|check-build|autom4te\.cache|\.git)/} }
	map { s{^\./}{}r } split /\n/, `cd '$src' && find . -type f`;
my %there = map { $_ => 1 } @tree, map { s{.*/}{}r } @tree;
(my $told = $page) =~ s/^```.*?^```$|New file `[^`]+`//msg;
my @named = map { /^((?:[\w.-]+\/)*[\w-]+\.(?:[cht]|pl|pm|sql|awk))$/ ? $1 : () }
	$told =~ /`([^`\n]+)`/g;
cmp_ok(scalar @named, '>=', 30, 'it names files');
is_deeply([grep { !$there{$_} } @named], [], 'which are all there');
my @rooms = $page =~ /^\| `([^`]+)\/`/mg;
is_deeply([grep { !-d "$src/$_" } @rooms], [], 'so are the rooms');
cmp_ok(scalar(split /\n/, $page), '<=', 300, 'it is no book');

# ---------------------------------------------------------------- a copy of the tree and its build
# Where the build looks for its source, seen from itself, stays the same.
my ($way) = slurp("$build/Makefile") =~ /^srcdir = (.*)$/m;
my $relative = abs2rel($src, $build);
my $build2 = "$dir/1/2/3/4/build";
make_path($build2);
my $src2 = $way =~ m{^/} ? "$dir/source" : do { make_path("$build2/$way");
	abs_path("$build2/$way") };
make_path($src2);
my $from = $build eq $src ? '' : "--exclude='$build' --exclude=./.git --exclude=./build "
	. '--exclude=./var --exclude=./check-build --exclude=./autom4te.cache';
run("tar -C '$src' $from -cf - . | tar -C '$src2' -xpf -");
run("tar -C '$build' --exclude=./t -cf - . | tar -C '$build2' -xpf -") if $build ne $src;
run("chmod -R u+w '$dir'");
for my $file ("$build2/Makefile", "$build2/config.status",
	split /\n/, `find '$build2' -path '*/.deps/*.Po'`) {
	my $text = slurp($file);
	my @then = (stat $file)[8, 9];
	$text =~ s/\Q$build\E(?=[\/\s'"]|$)/$build2/g;
	$text =~ s/\Q$src\E(?=[\/\s'"]|$)/$src2/g;
	# A compiler's cache may have written the way from one to the other.
	$text =~ s/(?<=\s)\Q$relative\E(?=\/)/$src2/g if $file =~ /\.Po$/ && $way =~ m{^/};
	spew($file, $text);
	utime @then, $file;
}

# ------------------------------------------------------------------ the steps
my $steps = 0;
for my $title ('How to add a column', 'How to add a platform', 'How to add a process') {
	my ($part) = $page =~ /^## \Q$title\E\n(.*?)^## /ms or die "no section $title";
	if (my ($copy, $commands) = $part =~ /New file\s`([^`]+)`, a copy.*?\n```sh\n(.*?)^```/ms) {
		$steps++;
		ok(!-e "$src2/$copy", "$title: $copy is new");
		run("cd '$src2' && set -e && $commands");
		ok(-s "$src2/$copy", 'and made');
	}
	while ($part =~ /(?:In\ `([^`]+)`,\s(after|before)\s`([^`]+)`|New\ file\ `([^`]+)`):
		\n\n```\w*\n(.*?)^```/xmsg) {
		my ($in, $side, $mark, $new, $text) = ($1, $2, $3, $4, $5);
		$mark =~ s/\s+/ /g if defined $mark;
		$steps++;
		if (defined $new) {
			ok(!-e "$src2/$new", "$title: $new is new");
			spew("$src2/$new", $text);
			next;
		}
		my $old = slurp("$src2/$in");
		my $found = () = $old =~ /\Q$mark\E/g;
		is($found, 1, "$title: $in has $mark, once");
		$side eq 'after' ? $old =~ s/(\Q$mark\E[^\n]*\n)/$1$text/
			: $old =~ s/^([^\n]*\Q$mark\E)/$text$1/m;
		spew("$src2/$in", $old);
	}
}
cmp_ok($steps, '>=', 7, "$steps steps");

# ------------------------------------------------------------------ what becomes of them
run("MAKEFLAGS= make -s -j2 -C '$build2' customerapi customerapi-scheduler t/c/entity_ddl "
	. 't/c/schema_probe');
local $ENV{BUILDDIR} = $build2;
local $ENV{SRCDIR} = $src2;
my $rooms = `perl '$src2/t/00-rooms.t' 2>&1`;
is($?, 0, 'the rules of the house hold') or diag($rooms);
my $db = MariaDB->start;
my $s = Scheduler->new($db);
$s->tenant(1, time_zone => "'Europe/Paris'");
$db->sql('CREATE DATABASE model');
$db->sql(scalar `$build2/t/c/entity_ddl`, 'model');
my $columns = sub { join ' ', map { "$_->[0]=$_->[1]" } $db->sql('SELECT COLUMN_NAME, COLUMN_TYPE '
	. 'FROM information_schema.COLUMNS WHERE TABLE_NAME = \'Contact\' AND TABLE_SCHEMA = '
	. "'$_[0]' ORDER BY ORDINAL_POSITION") };
like($columns->('tenant1'), qr/ GlobalOptin=\S+ Nickname=varchar\(40\) /, 'the column is there');
is($columns->('tenant1'), $columns->('model'), 'where the entity says');

my ($receipt) = $s->put(tenant => 1, auth => 1, platform => 'Standard', entity => 'Contact',
	action => 'Insert', body => '{"FirstName": "Ada", "Nickname": "Countess"}');
$s->start;
ok($s->settled, 'a delivery with it is done');
is($db->value("SELECT Nickname FROM Contact WHERE FirstName = 'Ada'", 'tenant1'), 'Countess',
	'and stored') or diag(explain($s->message($receipt)));

$s->sql("INSERT INTO api_source (alias_id, source_id, created_at) VALUES (1, 1, '2026-01-01')");
$db->sql("INSERT INTO Source (SourceId, Label, CreationDate, ModificationDate) VALUES (1, 'Shop', "
	. "'2026-01-01', '2026-01-01')", 'tenant1');
($receipt) = $s->put(tenant => 1, auth => 1, platform => 'WooCommerce', entity => 'Order',
	action => 'Insert', body => slurp("$src/t/fixtures/woocommerce/order_created.json"));
ok($s->settled, 'an order of the new platform is done');
is($db->value('SELECT PurchaseReference FROM PurchaseHeader', 'tenant1'), '1027', 'and stored')
	or diag(explain($s->message($receipt)));

my $start = "'$build2/customerapi' run start C1 A1 Greet --json";
local %ENV = (%ENV, %{ $s->{env} });
my $reply = decode_json(run("$start --parameter Name=Ada --wait 2>/dev/null"));
my ($run) = map { ref $_ eq 'HASH' && $_->{State} ? $_ : () } $reply, values %$reply;
is($run->{State}, 'Success', 'the process runs');
is(decode_json($run->{Result})->{Greeting}, 'Ada', 'does its work');
like(scalar `$start --parameter Nome=Ada 2>&1`, qr/Name/, 'and knows its parameters');
is($? >> 8, 2, 'others are a wrong command line');
$s->stop;
done_testing();
