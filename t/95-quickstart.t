# ./quickstart on a clean clone, as an ordinary user: what it prints and leaves, taken ports, a
# second run, odd words, stop and clean; and README's first webhook.
use strict;
use warnings;
use File::Find qw(find);
use File::Path qw(make_path remove_tree);
use File::Temp qw(tempdir);
use IO::Socket::INET;
use POSIX ();
use Test::More;

my ($build, $src) = @ENV{qw(BUILDDIR SRCDIR)};
plan skip_all => 'once is enough: it makes a build of its own'
	if slurp("$build/Makefile") =~ /^CUSTOMERAPI_CFLAGS = .*-fsanitize=/m;

sub slurp {
	my ($path) = @_;
	open my $fh, '<', $path or return '';
	local $/;
	return <$fh> // '';
}

sub put {
	my ($path, $text) = @_;
	open my $fh, '>', $path or die "$path: $!";
	print $fh $text;
	close $fh;
}

delete $ENV{$_} for grep { /^(CUSTOMERAPI_|MAKE|MFLAGS|CC$|CFLAGS$)/ } keys %ENV;
$ENV{CFLAGS} = '-O1';	# the build is not what is tested here
$ENV{LC_ALL} = 'C';

# ------------------------------------------------------------------ the clone, and somebody who is
# not root
my $dir = tempdir('customerapi-quick-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $root = "$dir/clone";
my @user = $> == 0 ? qw(setpriv --reuid=nobody --regid=nogroup --clear-groups --inh-caps=-all) : ();
my $git = system('command -v git >/dev/null') == 0;
chmod 0755, $dir;
clone($root);

# The sources without what builds leave in them.
sub clone {
	my ($to) = @_;
	mkdir $to;
	my @left = qw(./.git ./var ./build ./_build ./_inst ./build-aux ./check-build autom4te.cache
		.deps .dirstamp *.o *.a *_gen.* ./configure ./config.* ./Makefile ./Makefile.in
		./aclocal.m4 ./stamp-h1 core);
	my $exclude = join ' ', map { "--exclude='$_'" } @left;
	system("cd '$src' && tar -c $exclude . | tar -x --no-same-owner -C '$to'") == 0
		or die 'copy of the sources';
	system("chmod -R u+w '$to'") == 0 or die;	# those of a package may be read-only
	system("chown -R nobody:nogroup '$to'") == 0 or die if @user;
	return if !$git;
	as("cd '$to' && export HOME='$to' && git init -q . && git add -A && git -c user.name=t -c "
		. "user.email=t\@example.org commit -qm all") == 0 or die 'git';
}

sub as { my ($shell) = @_; return system(@user, 'sh', '-c', $shell) }

# Every path outside .git, with size and time: what nobody may have touched.
sub listing {
	my ($of) = @_;
	my @all;
	find({ no_chdir => 1, wanted => sub {
		return $File::Find::prune = 1 if $_ eq "$of/.git" || $_ eq "$of/var";
		my @s = lstat;
		push @all, -d _ ? $_ : "$_ $s[7] $s[9]";
	} }, $of);
	return [sort @all];
}
my $before = listing($root);

# Runs ./quickstart WORDS…; (exit code, everything it printed).
sub quick {
	my ($words, %o) = @_;
	my $at = $o{at} // $root;
	my $env = $o{env} // '';
	put("$dir/out", '');
	chmod 0666, "$dir/out";
	as("cd '$at' && $env ./quickstart $words >'$dir/out' 2>&1 </dev/null");
	my $code = $? >> 8;
	return ($code, slurp("$dir/out"));
}

# The same on a terminal of so many columns; the output without colours and without what was written
# over.
sub quick_on {
	my ($columns, $words) = @_;
	put("$dir/on", "cd '$root' && stty cols $columns && exec ./quickstart $words");
	chmod 0644, "$dir/on";
	put("$dir/out", '');
	chmod 0666, "$dir/out";
	as("TERM=dumb script -qec 'sh $dir/on' /dev/null >'$dir/out' 2>&1 </dev/null");
	my $code = $? >> 8;
	my $out = slurp("$dir/out") =~ s/\r\n/\n/gr =~ s/^.*\r//mgr =~ s/\e\[[0-9;]*[mK]//gr;
	return ($code, $out);
}

# A stranger on a port of 127.0.0.1 (0: any free one), in a process of its own that greets whoever
# comes. (port, sub to end it, sub: how many came)
sub stranger {
	my ($port) = @_;
	my $s = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port, Proto => 'tcp',
		Listen => 50, ReuseAddr => 1) or return;
	$port = $s->sockport;
	my $pid = fork // die $!;
	if (!$pid) {
		$SIG{TERM} = sub { POSIX::_exit(0) };
		while (my $c = $s->accept) {
			print $c "220 stranger\r\n";
			open my $fh, '>>', "$dir/came.$port";
			print $fh "x";
		}
		POSIX::_exit(0);
	}
	close $s;
	return { port => $port, pid => $pid, came => sub { -s "$dir/came.$port" // 0 },
		end => sub { kill 'TERM', $pid; waitpid $pid, 0 } };
}
sub free_port { return IO::Socket::INET->new(LocalAddr => '127.0.0.1', Proto => 'tcp',
	Listen => 1)->sockport }
sub pid_of { my ($name) = @_; return slurp("$root/var/run/$name.pid") =~ /(\d+)/ ? $1 : 0 }
sub lives { return grep { my $pid = pid_of($_);
	$pid && kill 0, $pid } qw(nginx scheduler fcgi mail mariadb) }
sub sql { my ($query) = @_;
	my $to = "--socket=$root/var/run/mariadb.sock -u root -N -B customerapi_demo_main";
	return join "\n", split /\n/, `mariadb --no-defaults $to -e "$query"` }
sub mails { my @m = glob "$root/var/mail/box/new/*"; return scalar @m }
END { local $?;
	as("cd '$root' && ./quickstart clean >/dev/null 2>&1") if defined $root && -d "$root/var" }

# ------------------------------------------------------------------ words that are wrong: nothing
# is begun
for my $word ('--port', '--port 0', '--port 99999', '--port 65536', '--port -1', '--port 08360',
	'--port 8x', "--port ''", '--port=', '--port=1e3') {
	my ($code, $out) = quick($word);
	is($code, 2, "$word: refused");
	like($out, qr/--port (needs|takes) a number from 1 to 65535/, "$word: says what is right");
}
like((quick('strat'))[1], qr/unknown word "strat" \(try --help\)/, 'an unknown word');
like((quick('--help'))[1], qr/^Usage: .*--port N.*\n.*stop/m, 'help');
is((quick('stop'))[0], 0, 'stop with nothing to stop');
ok(!-e "$root/var", 'nothing was made');

# Folders in which it could only fail late.
for (['with blank', qr/holds characters that make or nginx would misread/],
	['d' x 60 . '/' . 'e' x 40, qr/path is too long.*at most 82 bytes/]) {
	my ($name, $says) = @$_;
	make_path("$dir/odd/$name/t/lib");
	system('cp', "$src/quickstart", "$dir/odd/$name/");
	system('cp', "$src/t/lib/packages.sh", "$dir/odd/$name/t/lib/");
	my ($code, $out) = quick('--no-install', at => "$dir/odd/$name");
	is($code, 1, 'a folder that cannot be');
	like($out, $says, 'is said at once');
	ok(!-e "$dir/odd/$name/var", 'before anything is made');
}

# ------------------------------------------------------------------ the first run; the HTTP port is
# taken at first, the usual mail port all the time
my $other = stranger(0);
my ($code, $out) = quick("--no-install --port $other->{port}");
is($code, 1, 'a port that is taken');
like($out, qr/port $other->{port} on 127\.0\.0\.1 is taken by another program/, 'is said');
my ($advice) = $out =~ m{Choose another one:  ./quickstart --port (\d+)};
ok($advice && $advice != $other->{port}, 'with another one that is free');
unlike($out, qr/2\. Build/, 'before minutes of work');

my $post = stranger(2525);	# undefined when somebody else has it already: as good
my $port = free_port();
($code, $out) = quick("--no-install --port $port");
is($code, 0, 'first run, as an ordinary user') or BAIL_OUT("quickstart: $out\n" . join "\n",
	map { "== $_\n" . slurp($_) } glob "$root/var/log/*.log");
my $smtp = slurp("$root/var/run/smtp-port") + 0;
isnt($smtp, 2525, 'the mail port that was taken is left alone');
like(slurp("$root/var/etc/customerapi.conf"), qr/^smtp_port = $smtp$/m,
	'the settings have the other one');
ok(!$post || !$post->{came}->(), 'nobody spoke to the stranger');
my ($receipt) = $out =~ /"Receipt":"([0-9a-f]{32})"/;
like($out, qr/processed: the receipt says "Done"/, 'the order is processed');
like($out, qr/^  \| *1 \| 207119551 +\| Bob +\| Norman +\| bob\.norman\@example\.com \|$/m,
	'the contact');
like($out, qr/^  \| Delivery \| Chestnut Street 92 \| 40202 +\| Louisville \| Kentucky \| USA/m,
	'an address');
like($out, qr/^  \| +1 \| 450789469 +\| #1001 +\| 2008-01-10 \| Paid +\| 409\.94 \| USD /m,
	'the purchase');
is(() = $out =~
	/^  \| IPOD2008(?:GREEN|RED|BLACK) +\| IPod Nano - 8gb - \w+ +\| +1 \| 199\.00 \|$/mg, 3,
	'its lines');
like($out, qr/^  \| TENOFF +\|  10\.00 \| USD +\| Used  \|$/m, 'its voucher');
like($out, qr/^  \| To: +orders\@demo\.example$/m, 'to whom the mail went');
like($out, qr/^  \| Receipt +$receipt$/m, 'it tells of this order');
like($out, qr/^  \| attached: webhook\.json/m, 'with the webhook');
like($out, qr{^  http://127\.0\.0\.1:$port/HelpWebapi\n +Help: }m, 'where the help is');
is(sql('SELECT Identifier, FirstName, LastName FROM Contact JOIN ContactIdentifier USING '
	. '(ContactId)'), "207119551\tBob\tNorman", 'the contact is in the database');
is(sql('SELECT PurchaseIdentifier, h.Amount, h.CurrencyId, VoucherCode FROM PurchaseHeader h JOIN '
	. 'Voucher USING (VoucherId)'), "450789469\t409.9400\tUSD\tTENOFF", 'and the purchase');
is(sql('SELECT Sku, Quantity, Amount FROM PurchaseDetail ORDER BY PurchaseDetailId'),
	join("\n", map({ "IPOD2008$_\t1.0000\t199.0000" } qw(GREEN RED BLACK)),
		"shipping-fee\t1.0000\t0.0000"), 'and its lines');
is(mails(), 1, 'one mail went out');
is(scalar(lives()), 5, 'five programs run');
is_deeply(listing($root), $before, 'nothing outside var was touched');
is((stat "$root/var")[2] & 0777, 0700, 'var is private');
like((quick('status'))[1], qr/nginx runs .*mail runs .*mariadb runs/s, 'status tells it');

# No secret on a command line: not of a program that runs, not in what quickstart, README and the
# pages of doc/ say to run.
my $secret = slurp("$root/var/etc/shopify-secret") =~ s/\s+//gr;
my @lines = map { slurp($_) } glob '/proc/[0-9]*/cmdline';
ok(!grep({ index($_, $secret) >= 0 } @lines), 'the secret is on no command line');
unlike(slurp("$src/$_"), qr/-hmac|"\$secret"/, "$_: hands no secret to a command")
	for qw(quickstart README.md), map { s{^\Q$src\E/}{}r } glob "$src/doc/*.md";

# README's first webhook, as it stands there.
my ($block) = slurp("$src/README.md") =~ /## The first webhook by curl.*?```sh\n(.*?)```/s;
$block =~ s/127\.0\.0\.1:8360/127.0.0.1:$port/g;
put("$dir/readme.sh", $block);
my $answer = as("cd '$root' && bash -eu '$dir/readme.sh' >'$dir/out' 2>/dev/null") ? 'failed'
	: slurp("$dir/out");
like($answer, qr{^HTTP/1\.1 202 .*\{"Receipt":"[0-9a-f]{32}","Duplicate":false}s,
	'the first webhook by curl of README is taken');

# ------------------------------------------------------------------ the steps for production:
# make install, then the tool as it was installed
{
	my $dest = "$root/var/dest";
	my ($sysconf, $prefix) = ("$dest$root/var/etc/customerapi", "$dest$root/var/inst");
	is(as("cd '$root/var/build' && make -s install DESTDIR='$dest' >'$dir/out' 2>&1"), 0,
		'make install DESTDIR=') or diag(slurp("$dir/out"));
	ok(-x "$prefix/$_", "$_ is there") for qw(bin/customerapi sbin/customerapi-scheduler
		libexec/customerapi.fcgi);
	is((stat $sysconf)[2] & 07777, 0750, 'so is the folder of the settings, private');
	as("chmod 0700 '$sysconf' && make -s -C '$root/var/build' install DESTDIR='$dest' "
		. ">/dev/null 2>&1");
	is((stat $sysconf)[2] & 07777, 0700, 'which stays as an admin has made it');
	my $install = slurp("$src/doc/installation.md");
	# Those for database, settings and tenant; packages and services are root's, nginx is
	# another test's.
	my $steps = join '',
		grep { /^(?:CREATE USER|customerapi (?!doctor))/m } $install =~ /```sh\n(.*?)```/sg;
	is(() = $steps =~
		/^(?:mariadb <<SQL|customerapi (?:init|customer add|alias add|source add))/mg, 5,
		'the page has its steps');
	$steps =~ s/^(?:adduser|chgrp|chown) .*\n//mg;
	$steps =~ s{/etc/customerapi}{$sysconf}g;
	$steps =~ s{^mariadb }{mariadb --no-defaults --socket=$root/var/run/mariadb.sock -u root }m;
	$steps =~ s/customerapi\@/prod\@/g;	# the quickstart world has a customerapi\@localhost
	$steps =~ s/--all customerapi/--all prod/;
	my $settings = join '\n', qq(db_socket = "$root/var/run/mariadb.sock"), 'db_user = "prod"',
		'db_registry = "customerapi_prod"', qq(key_file = "$sysconf/key"\\n);
	$steps =~ s{^(?=customerapi init)}{printf '$settings' >>$sysconf/customerapi.conf\n}m;
	put("$dir/steps", "set -eu; cd '$root/var/tmp'; export PATH='$prefix/bin':\$PATH "
		. "CUSTOMERAPI_CONF=$sysconf/customerapi.conf\necho 0123456789abcdef "
			. ">shopify-secret\n$steps");
	is(as("bash '$dir/steps' >'$dir/out' 2>&1"), 0, 'the steps of the page')
		or diag(slurp("$dir/out"));
	is((stat "$sysconf/customerapi.conf")[2] & 0777, 0640,
		'the settings are not for everybody');
	is((stat "$sysconf/key")[2] & 0777, 0600, 'the key is for its owner');
	my $to = "--socket=$root/var/run/mariadb.sock -u root";
	like(`mariadb --no-defaults $to -N -e 'SHOW DATABASES LIKE "customerapi_acme"'`,
		qr/customerapi_acme/, 'the tenant has its database');
	is(as("make -s -C '$root/var/build' uninstall DESTDIR='$dest' >'$dir/out' 2>&1"), 0,
		'make uninstall');
	ok(-f "$sysconf/key", 'leaves the key');
}

# ------------------------------------------------------------------ again, while it runs
my %pids = map { $_ => pid_of($_) } qw(nginx mail mariadb);
($code, $out) = quick("--no-install --port $other->{port}");
is($code, 1, 'a move to a port that is taken');
like($out, qr/port $other->{port} on 127\.0\.0\.1 is taken/, 'is refused');
is(scalar(lives()), 5, 'and everything runs on');
is(pid_of('nginx'), $pids{nginx}, 'nginx too');
($code, $out) = quick('--no-install');
is($code, 0, 'a second run') or diag($out);
like($out, qr/nginx on http:\/\/127\.0\.0\.1:$port$/m, 'stays on its port');
unlike($out, qr/ok    (configure|autoreconf|customer Demo|tenant|Source)/, 'makes nothing twice');
is_deeply({ map { $_ => pid_of($_) } qw(nginx mail mariadb) }, \%pids, 'what ran well runs on');
is(() = $out =~ /\| 450789469 /g, 1, 'the order is shown once');
is(mails(), 2, 'its mail went out');
is(sql('SELECT COUNT(*) FROM PurchaseHeader'), 1, 'there is still one purchase');
my $moved = free_port();
($code, $out) = quick_on(80, "--no-install --port=$moved");
is($code, 0, 'a move to a free port') or diag($out);
is_deeply([grep { length > 80 && /^(?:  ok    | {8})\S+ / } split /\n/, $out], [],
	'on a terminal of 80 columns no text is longer');
is_deeply([grep { length > 80 && /^  [|+]/ } split /\n/, $out], [], 'and no table');
like($out, qr/^ +PurchaseIdentifier: 450789469$/m,
	'a table that is too wide stands column by column');
like($out, qr/nginx on http:\/\/127\.0\.0\.1:$moved$/m, 'moves');
ok(!IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port), 'and leaves the other');

# Two at once in one folder.
open my $lock, '>', "$root/var/lock" or die $!;
flock $lock, 2 or die $!;
($code, $out) = quick('--no-install');
is($code, 1, 'while another is at work');
like($out, qr/another \.\/quickstart is at work in this folder/, 'it says so');
close $lock;

# ------------------------------------------------------------------ stopped; a stranger takes the
# remembered mail port meanwhile
my @were = map { pid_of($_) } qw(nginx scheduler fcgi mail mariadb);
($code, $out) = quick('stop');
is($code, 0, 'stop');
is(() = $out =~ /ok    stopped (?:nginx|scheduler|fcgi|mail|mariadb)$/mg, 5, 'stops all five');
is(scalar(grep { kill 0, $_ } @were), 0, 'none is left');
my $thief = stranger($smtp);
ok($thief, 'a stranger takes the mail port');
put("$root/var/run/mail.pid",
	"$thief->{pid}\n");	# a process of the same number as ours had, which is not ours
($code, $out) = quick('--no-install');
is($code, 0, 'started again') or diag($out);
like($out, qr/nginx on http:\/\/127\.0\.0\.1:$moved$/m, 'on the port that it had last');
ok($thief && !$thief->{came}->(), 'no mail went to the stranger');
ok(kill(0, $thief->{pid}), 'nor was it ended');
my $now = slurp("$root/var/run/smtp-port") + 0;
isnt($now, $smtp, 'the mail catcher has another port');
like(slurp("$root/var/etc/customerapi.conf"), qr/^smtp_port = $now$/m, 'which the settings know');
is(mails(), 4, 'and the mail arrived there');
$thief->{end}->();

# ------------------------------------------------------------------ a remembered HTTP port that was
# taken meanwhile, a program that does not start
quick('stop');
my $squatter = stranger($moved);
($code, $out) = quick('--no-install');
is($code, 1, 'the port that it had last is taken');
like($out, qr/port $moved on 127\.0\.0\.1 is taken/, 'that is said');
$squatter->{end}->();
rename "$root/var/mariadb/ibdata1", "$root/var/mariadb/ibdata1.away" or die $!;
put("$root/var/mariadb/ibdata1", 'no table space');
my $begun = time;
($code, $out) = quick('--no-install');
is($code, 1, 'MariaDB that cannot start');
like($out, qr/MariaDB did not start\n.*The whole log: .*mariadb\.log/s, 'with its own words');
cmp_ok(time - $begun, '<', 50, 'without waiting for what has ended');

# ------------------------------------------------------------------ a build that fails, in a folder
# without git
remove_tree("$root/.git");
make_path("$dir/bin");
put("$dir/bin/autoreconf", "#!/bin/sh\necho 'no macros today'\nexit 1\n");
chmod 0755, "$dir/bin/autoreconf", "$dir/bin";
unlink "$root/var/src/configure";
($code, $out) = quick('--no-install', env => "PATH='$dir/bin':\$PATH");
is($code, 1, 'a build that fails');
like($out, qr/fail  autoreconf\n +no macros today/, 'shows why');
ok(-f "$root/var/src/lib/arena.c", 'the sources were there');

# ------------------------------------------------------------------ away with it
($code, $out) = quick('clean');
is($code, 0, 'clean');
ok(!-e "$root/var", 'var is gone');
is_deeply(listing($root), $before, 'the clone is as it was');
$_->{end}->() for grep { defined } $other, $post;
done_testing;
