# Files by FTP with TLS implicit and explicit, by SFTP, and of a folder: real servers, every
# operation, and what is said when it fails.
use strict;
use warnings;
use File::Temp qw(tempdir);
use IO::Socket::INET;
use POSIX ();
use Test::More;
use Ftp;
use Sftp;

my $probe = ($ENV{BUILDDIR} // '.') . '/t/c/transfer_probe';
my $dir = tempdir('customerapi-transfer-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my %protocol = (ftp => 1, ftpes => 2, ftps => 3, sftp => 4, folder => 5);
my $canary = 'Canary7f3a9';
my $password = qq{$canary "'\\%s %41 \$(x):@/;#=&\xc3\xa9};
my $said = '';

sub put { my ($file, $text) = @_; open my $fh, '>:raw', $file or die "$file: $!"; print $fh $text;
	close $fh; return $file }
sub got { my ($file) = @_; return Server::slurp($file) }

# say(SERVER, LINES): the answers, each a line.
sub say_to {
	my ($server, @lines) = @_;
	my @args = map { "$_=$server->{$_}" } sort keys %$server;
	put("$dir/in", join '', map { join("\t", @$_) . "\n" } @lines);
	my $pid = open my $out, '-|';
	if (!$pid) {
		open STDIN, '<', "$dir/in";
		open STDERR, '>&', \*STDOUT;
		{ exec $probe, @args }
		POSIX::_exit(127);
	}
	my @answers = <$out>;
	close $out;
	chomp @answers;
	$said .= "@answers";
	return wantarray ? @answers : $answers[0] // '';
}

# ------------------------------------------------------------------ every operation
my $big = join '', map { sprintf "%07d\n", $_ } 1 .. 200_000;
sub all_of {
	my ($name, $server, $files) = @_;
	my $in = "$files/in";
	put("$in/a.csv", "one\ntwo\n");
	put("$in/an odd \"name\" 100%41;#'é.csv", 'odd');
	put("$in/big.csv", $big);
	mkdir "$in/sub";
	symlink '/etc/passwd', "$in/link";
	chown +(stat $in)[4, 5], glob "$in/*";
	my $odd = "an odd \"name\" 100%41;#'é.csv";
	like(scalar say_to($server, ['list', '']),
		qr/^ok 4 [01]\|a\.csv,8,\d+,0\|\Q$odd\E,3,\d+,0\|big\.csv,1600000,\d+,0\|sub,-?\d+,\d+,1$/,
		"$name: listed");
	my ($when) = say_to($server, ['list', '']) =~ /a\.csv,8,(\d+)/;
	cmp_ok(abs($when - time), '<', 86_400, "$name: with the time");
	unlink "$dir/got";
	is(scalar say_to($server, ['get', 'big.csv', "$dir/got", 0, 1 << 30]), 'ok 1600000',
		"$name: taken");
	ok(got("$dir/got") eq $big, "$name: byte by byte");
	truncate "$dir/got", 70_001;
	is(scalar say_to($server, ['get', 'big.csv', "$dir/got", 70_001, 1 << 30]), 'ok 1600000',
		"$name: the rest of one");
	ok(got("$dir/got") eq $big, "$name: makes it whole");
	is(scalar say_to($server, ['get', 'big.csv', "$dir/got", 1_600_000, 1 << 30]), 'ok 1600000',
		"$name: nothing is left");
	like(scalar say_to($server, ['get', 'a.csv', "$dir/got", 70_001, 1 << 30]),
		qr/ERR_CONFLICT .*another file now/, "$name: one that became shorter");
	like(scalar say_to($server, ['get', 'big.csv', "$dir/got2", 0, 1000]),
		qr/ERR_TOO_LARGE .*more than 1000 bytes/, "$name: one that is too long");
	cmp_ok(-s "$dir/got2", '<=', 1000, "$name: no more is kept");
	like(scalar say_to($server, ['get', 'big.csv', '/dev/full', 0, 1 << 30]),
		qr/^0 ERR_\w+ \Q$server->{shown}\E.*"big\.csv" cannot .*(?:disk is full|No space)/,
		"$name: a full disk here");
	unlink "$dir/got";
	is(scalar say_to($server, ['get', $odd, "$dir/got", 0, 100]), 'ok 3', "$name: an odd name");
	put("$dir/new", "new\n" x 50_000);
	is_deeply([say_to($server, ['put', "$dir/new", 'out.csv'], ['put', "$dir/in", 'out.csv'],
		['put', "$dir/new", $odd])], [qw(ok ok ok)], "$name: put, replaced, an odd name");
	is(got("$in/out.csv"), got("$dir/in"), "$name: the later one is there");
	ok(got("$in/$odd") eq got("$dir/new"), "$name: so is the odd one");
	is(scalar(() = glob "$in/*.part"), 0, "$name: nothing temporary is left");
	is_deeply([say_to($server, ['rename', 'a.csv', 'done/a.csv'], ['remove', 'out.csv'],
		['remove', $odd], ['rename', 'big.csv', 'done/big two.csv'])], [('ok') x 4],
		"$name: moved into a new folder, removed");
	is_deeply([map { s{.*/in/}{}r } sort glob "$in/* $in/done/*"], ['done',
		'done/a.csv', 'done/big two.csv', 'link', 'sub'], "$name: as it should be");
	like(scalar say_to($server, ['list', 'done']), qr/^ok 2 0\|a\.csv,8/,
		"$name: a folder in it");
	for my $bad ('../x', '/etc/x', 'a//b', '.', '..', "a\rDELE b", 'x' x 256, '') {
		like(scalar say_to($server, ['remove', $bad]),
			qr/^ERR_BAD_REQUEST .*cannot be used/, "$name: a name that leads away");
	}
	like(scalar say_to($server, ['get', 'none.csv', "$dir/got", 0, 9]),
		qr/ERR_NOT_FOUND \Q$server->{shown}\E.*"none\.csv" cannot be read.*not there/,
		"$name: no such file");
	like(scalar say_to($server, ['list', 'none']),
		qr/^ERR_\w+ \Q$server->{shown}\E.*"none" cannot be listed/, "$name: no such folder");
	like(scalar say_to($server, ['remove', 'none.csv']),
		qr/^ERR_\w+ \Q$server->{shown}\E.*"none\.csv" cannot be removed/,
		"$name: nor to remove");
}

sub server { my ($scheme, $of, %more) = @_;
	my $path = $more{path} // '/in';
	return { protocol => $protocol{$scheme}, host => '127.0.0.1', port => $of->port,
		shown => "$scheme://127.0.0.1:" . $of->port . $path, path => $path, user => 'demo',
		password => $password, %more } }

mkdir "$dir/files";
mkdir "$dir/files/in";
all_of('folder', { protocol => 5, shown => 'file:in', path => "$dir/files/in" }, "$dir/files");

my $explicit = Ftp->start(password => $password);
my $implicit = Ftp->start(password => $password, tls => 'implicit');
my $plain = Ftp->start(password => $password, tls => 'none');
my @ca = (ca => '@' . $explicit->ca);
all_of('ftpes', server('ftpes', $explicit, @ca), $explicit->files);
all_of('ftps', server('ftps', $implicit, ca => '@' . $implicit->ca), $implicit->files);
all_of('ftp', server('ftp', $plain), $plain->files);
my $active = Ftp->start(password => $password, tls => 'none');
all_of('active', server('ftp', $active, passive => 0), $active->files);

my $ssh = Sftp->start(passphrase => "$canary phrase");
my %by_key = (path => $ssh->files . '/in', user => $ssh->user, host_key => $ssh->host_key,
	private_key => '@' . $ssh->key);
sub sftp { my (%more) = @_; my $s = server('sftp', $ssh, %by_key, %more);
	delete $s->{password} if !$more{password}; return $s }
all_of('sftp', sftp(), $ssh->files);
my $by_password = Ftp->start(password => $password, sftp => 1);
all_of('sftp by password', server('sftp', $by_password, host_key => $by_password->host_key,
	path => '/~/in'), $by_password->files);

# ------------------------------------------------------------------ what fails
sub fails { my ($name, $server, $like, @op) = @_;
	like(scalar say_to($server, @op ? [@op] : ['list', '']), $like, $name) }

fails('a wrong password', server('ftpes', $explicit, @ca, password => "$canary no"),
	qr/^ERR_PERMANENT ftpes:.*refuses User or Password/);
fails('an authority that nobody knows', server('ftpes', $explicit),
	qr/^ERR_PERMANENT .*authority that this machine does not know.*CaCertificates/);
fails('implicit too', server('ftps', $implicit), qr/^ERR_PERMANENT .*authority/);
my $old = Ftp->start(password => $password, expired => 1);
fails('an expired certificate', server('ftpes', $old, ca => '@' . $old->ca),
	qr/^ERR_PERMANENT .*certificate has expired: renew/);
my $named = Ftp->start(password => $password, names => 'DNS:other.example');
fails('of another name', server('ftpes', $named, ca => '@' . $named->ca),
	qr/^ERR_PERMANENT .*certificate is for another name/);
fails('no TLS there', server('ftpes', $plain), qr/^ERR_PERMANENT .*offers no TLS by AUTH TLS/);
fails('TLS of the other way', server('ftps', $explicit, @ca),
	qr/^ERR_PERMANENT .*TLS cannot be agreed on/);
fails('no such folder', server('ftpes', $explicit, @ca, path => '/none'),
	qr/^ERR_PERMANENT ftpes:.*no such folder/);
fails('a private address', server('ftpes', $explicit, @ca, allow_private => 0),
	qr/^ERR_PERMANENT .*not a public one.*AllowPrivate/);
fails('an SFTP server at a private address', sftp(allow_private => 0),
	qr/^ERR_PERMANENT .*not a public one/);
fails('nobody there', server('ftp', $plain, port => 9),
	qr/^ERR_TRANSIENT .*Nobody answers at this port/);
fails('no such name', server('ftp', $plain, host => 'nobody.invalid'),
	qr/^ERR_(?:TRANSIENT|TIMEOUT) .*(?:no address|too long)/);

{ my $s = sftp(); delete $s->{host_key};
	fails('no host key', $s, qr/^ERR_CONFIG sftp:.*set HostKey/) }
my $other = 'SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU';
my $logins = () = $ssh->logs =~ /Accepted publickey|Failed/g;
fails('another host key', sftp(host_key => $other),
	qr/^ERR_PERMANENT sftp:.*another host key.*ED25519 key, \Q$by_key{host_key}\E\. Nothing/);
fails("of host keys that are none, $_", sftp(host_key => $_),
	qr/^ERR_PERMANENT sftp:.*another host/)
	for 'SHA256:', '=', substr $by_key{host_key}, 0, 20;
is(scalar(() = $ssh->logs =~ /Accepted publickey|Failed/g), $logins, 'and no login is tried');
fails('the same with its padding', sftp(host_key => "$by_key{host_key}="), qr/^ok /);
fails('a key behind a passphrase', sftp(private_key => '@' . $ssh->locked_key,
	passphrase => "$canary phrase"), qr/^ok /);
fails('a wrong passphrase', sftp(private_key => '@' . $ssh->locked_key,
	passphrase => "$canary wrong"), qr/^ERR_PERMANENT sftp:.*Passphrase does not open/);
fails('an unknown user', sftp(user => 'nobody-such'),
	qr/^ERR_PERMANENT sftp:.*refuses User or PrivateKey/);
fails('no such folder', sftp(path => '/none/at/all'), qr/^ERR_NOT_FOUND sftp:.*not there/);
fails('a wrong password', server('sftp', $by_password, host_key => $by_password->host_key,
	password => "$canary no"), qr/^ERR_PERMANENT sftp:.*refuses User or Password/);
my $rsa = Sftp->start(kind => 'rsa');
my $answer = say_to(server('sftp', $rsa, %by_key, host_key => $rsa->host_key, port => $rsa->port,
	path => $rsa->files, private_key => '@' . $rsa->key), ['list', '']);
like($answer, qr/^(?:ok|ERR_PERMANENT sftp:.*libssh2 is older than 1\.11.*Ed25519 key)/,
	'an RSA key: it works, or the reason is said');

# ------------------------------------------------------------------ servers that misbehave
# One FTP server that says what the test wants.
my %says = (USER => '331 password', PASS => '230 in', PWD => '257 "/"', EPSV => '500 no',
	SIZE => '213 1000', CWD => '250 ok', TYPE => '200 ok', REST => '350 ok',
	STOR => '552 full');
sub odd_server {
	my ($on_list, $pasv, $knows_list_alone) = @_;
	my $l = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1') or die;
	my $data = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1') or die;
	my $pid = fork // die;
	return ($l->sockport, $pid) if $pid;
	$SIG{PIPE} = 'IGNORE';
	while (my $c = $l->accept) {
		print $c "220 hello\r\n";
		while (my $line = <$c>) {
			my ($verb) = $line =~ /^(\w+)/;
			if ($verb eq 'PASV') {
				printf $c "227 Entering (%s,%d,%d)\r\n", $pasv // '127,0,0,1',
					unpack 'C2', pack 'n', $data->sockport;
			} elsif ($verb =~ /^(?:LIST|MLSD|RETR)$/) {
				my $d = $data->accept;
				if ($verb eq 'MLSD' && $knows_list_alone) {
					print $c "500 not known\r\n";
					next;
				}
				print $c "150 here\r\n";
				$on_list->($d, $c, $verb);
				close $d;
				last if $verb eq 'RETR';
				print $c "226 done\r\n";
			} else {
				print $c $says{$verb} // '502 no', "\r\n";
			}
		}
		close $c;
	}
	POSIX::_exit(0);
}
my @children;
sub odd { my ($on_list, %more) = @_;
	my ($port, $pid) = odd_server($on_list, delete @more{qw(pasv list_alone)});
	push @children, $pid;
	return { protocol => 1, host => '127.0.0.1', port => $port, path => '/in',
		user => 'demo', shown => "ftp://127.0.0.1:$port/in", password => $password,
		silence_s => 2, %more } }

fails('the data of another host', odd(sub { print { $_[0] } "type=file;size=3; a\r\n" },
	pasv => '198,51,100,7'), qr/^ok 1 0\|a,3/);
fails('names that lead away', odd(sub { print { $_[0] } map { "type=file;size=3; $_\r\n" }
	'../up', '/etc/passwd', '..', '.', "a\tb", "\xff", 'x' x 300, 'y' x 5000, 'good' }),
	qr/^ok 1 6\|good,3,-1,0$/);
fails('10,000 names', odd(sub { my $d = shift;
	print $d map { "type=file;size=1;modify=20261128080000; f$_\r\n" } 1 .. 10_000 }),
	qr/^ok 10000 0/);
fails('one more', odd(sub { my $d = shift;
	print $d map { "type=file;size=1; f$_\r\n" } 1 .. 10_001 }),
	qr/^ERR_TOO_LARGE .*more than 10000 names/);
fails('a server that falls silent', odd(sub { sleep 30 }), qr/^ERR_TIMEOUT .*TimeoutSeconds/);
fails('a transfer that breaks off', odd(sub { print { $_[0] } 'x' x 400 }),
	qr/^400 ERR_TRANSIENT .*broke off: try again/, 'get', 'a', "$dir/part", 0, 10_000);
fails('a full disk there', odd(sub { }),
	qr/^ERR_\w+ ftp:.*"x\.csv\.part" .*disk.*full: make room/, 'put', "$dir/in", 'x.csv');
my $text = "total 3\r\n-rw-r--r--   1 demo demo      12 Nov 28  2025 with two  blanks\r\n"
	. "drwxr-xr-x   2 demo demo    4096 Jan  1 08:00 folder\r\n"
	. "lrwxrwxrwx   1 demo demo       4 Jan  1 08:00 link -> /etc\r\nnonsense\r\n"
	. "11-28-26  08:00AM      <DIR>          Dos folder\r\n"
	. "11-28-26  08:30PM               77 dos.csv\r\n";
fails('a listing for people', odd(sub { print { $_[0] } $text }, list_alone => 1),
	qr/^ok 4 1\|Dos folder,-1,1795852800,1\|dos\.csv,77,1795897800,0\|folder,4096,\d+,1\|with two {2}blanks,12,1764288000,0$/);
fails('an empty folder', odd(sub { }), qr/^ok 0 0$/);
my $talks = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') or die;
my $web = fork // die;
if (!$web) {
	while (my $c = $talks->accept) { print $c "HTTP/1.0 400 no\r\n\r\n"; close $c }
	POSIX::_exit(0);
}
push @children, $web;
fails('no FTP server', server('ftp', $plain, port => $talks->sockport),
	qr/^ERR_PERMANENT .*no FTP server/);
kill 'KILL', @children;
waitpid $_, 0 for @children;

# A folder that takes nothing.
{
	chmod 0555, $explicit->files . '/in';
	like(scalar say_to(server('ftpes', $explicit, @ca), ['put', "$dir/in", 'x.csv']),
		qr/^ERR_PERMANENT .*"x\.csv\.part" cannot be written/, 'a folder for reading');
	chmod 0755, $explicit->files . '/in';
}

is(index($said, $canary), -1, 'no secret was said');
is(index($said, 'BEGIN'), -1, 'nor a key');
done_testing();
