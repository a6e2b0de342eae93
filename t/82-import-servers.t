# ImportFtp with real servers: FTP, FTPS explicit and implicit, SFTP; what is moved there, a
# transfer that breaks off, certificates and host keys; files that are damaged, too long, or too
# many; a full disk.
use strict;
use warnings;
use utf8;
use IO::Compress::Gzip qw(gzip);
use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep);
use Ftp;
use Importer;
use Sftp;

my $canary = 'Canary7f3a9';
my $password = qq{$canary "\\%s %41 \$(x):@/;#=&\xc3\xa9};
my $i = Importer->start;
my $w = $i->world;
mkdir $i->root . '/in';
$i->connection('drop', 'Folder', 'file:in');

my %map = (File => { Delimiter => ';' }, Rows => [
	{ Entity => 'Contact', Members => { 'ExternalKey.Identifier' => 'id',
		LastName => 'last' } } ]);
my $head = "id;last\n";
sub people { my ($of, $n) = @_; return $head . join '', map { "$of$_;Name $_\n" } 1 .. $n }
sub count { my ($of) = @_;
	return $w->value("SELECT COUNT(*) FROM ContactIdentifier WHERE Identifier LIKE '$of%'") }

# A file of a server, which its user may move.
sub place {
	my ($server, $name, $text) = @_;
	my $in = $server->files . '/in';
	open my $fh, '>:raw', "$in/$name" or die "$in/$name: $!";
	print $fh $text;
	close $fh;
	chown +(stat $in)[4, 5], "$in/$name";
	return;
}

sub names { my ($dir) = @_; opendir my $d, $dir or return ''; return join ' ', sort grep {
	!/^\.\.?$/ } readdir $d }

# Password in a file for the command line, in quotes for nobody.
sub server {
	my ($name, $address, $server, %set) = @_;
	my @secret = delete @set{qw(PrivateKey)};
	my $more = join ' ', map { "--set $_='$set{$_}'" } sort keys %set;
	my ($option, $secret) = defined $secret[0] ? ('PrivateKey', $secret[0]) : ('Password',
		$password);
	$w->admin("connection add C1 A1 $name Ftp '$address' --set SourceId=1 "
		. "--set AllowPrivate=true $more --secret-file $option=-", $secret);
	if ($server->can('ca') && $address =~ /^ftpe?s/) {
		$w->admin("connection set C1 A1 $name --secret-file CaCertificates=" . $server->ca);
	}
	return;
}

# ------------------------------------------------------------------ each way
my $explicit = Ftp->start(password => $password);
my $implicit = Ftp->start(password => $password, tls => 'implicit');
my $plain = Ftp->start(password => $password, tls => 'none');
my $ssh = Sftp->start;
my %way = (explicit => $explicit, implicit => $implicit, plain => $plain, ssh => $ssh);
server('explicit', 'ftpes://127.0.0.1:' . $explicit->port . '/in', $explicit, User => 'demo');
server('implicit', 'ftps://127.0.0.1:' . $implicit->port . '/in', $implicit, User => 'demo');
server('plain', 'ftp://127.0.0.1:' . $plain->port . '/in', $plain, User => 'demo');
server('ssh', 'sftp://127.0.0.1:' . $ssh->port . $ssh->files . '/in', $ssh, User => $ssh->user,
	HostKey => $ssh->host_key, PrivateKey => Server::slurp($ssh->key));
for my $name (qw(explicit implicit plain ssh)) {
	my $in = $way{$name}->files . '/in';
	place($way{$name}, "$name.csv", people("$name-", 1500) . "bad;row;x\n");
	my $run = $i->run(Connection => $name, Mapping => \%map, ResultFolder => 'results');
	is($run->{State}, 'Success', "$name: a run") or diag "$run->{Reason}\n$run->{Log}";
	is_deeply([@{ $run->{Result} }{qw(Done Read Rejected)}], [1, 1501, 1], "$name: its counts");
	is(count("$name-"), 1500, "$name: the rows are there");
	is_deeply([names("$in/done"), names("$in/results")], ["$name.csv",
		join ' ', map { "$name.csv.$_.csv" } qw(accepted reasons rejected)],
		"$name: moved, and its result files are put");
	is(Server::slurp("$in/results/$name.csv.rejected.csv"), $head . "bad;row;x\n",
		"$name: as they came");
	place($way{$name}, "$name.csv", people("$name-", 1500) . "bad;row;x\n");
	$run = $i->run(Connection => $name, Mapping => \%map);
	is($run->{Result}{Files}[0]{State}, 'TakenBefore', "$name: not twice");
	is(names("$in/done"), "$name-2.csv $name.csv", "$name: and nothing is replaced");
}

# ------------------------------------------------------------------ a folder that takes nothing
my $in = $explicit->files . '/in';
place($explicit, 'stays.csv', people('stays-', 3));
chmod 0555, $in;
my $run = $i->run(Connection => 'explicit', Mapping => \%map, DoneFolder => 'read');
is($run->{State}, 'Failed', 'a folder that is for reading alone');
like($run->{Reason}, qr/^stays\.csv: ftpes:.*"stays\.csv" cannot be moved/, 'it is said');
is(count('stays-'), 3, 'the file is read');
chmod 0755, $in;
my $read = $w->value('SELECT COUNT(*) FROM api_import');
$run = $i->run(Connection => 'explicit', Mapping => \%map, DoneFolder => 'read');
is("$run->{State} $run->{Result}{Files}[0]{State}", 'Success TakenBefore',
	'the next run moves it alone');
is_deeply([names("$in/read"), $w->value('SELECT COUNT(*) FROM api_import')], ['stays.csv', $read],
	'and does not take it again');

# ------------------------------------------------------------------ a transfer that breaks off
my $slow = Ftp->start(password => $password, tls => 'none', more => "TransferRate RETR 400\n");
server('slow', 'ftp://127.0.0.1:' . $slow->port . '/in', $slow, User => 'demo');
place($slow, 'slow.csv', people('slow-', 2000) =~ s/(Name \d+)/$1 . 'x' x 300/ger);
my $id = $i->begin(Connection => 'slow', Mapping => \%map);
my $pid = $i->{s}->spawn($i->{s}->dir . '/log', '--once');
my ($staged, $dropped) = ('', 0);
for (1 .. 200) {
	sleep 0.05;
	($staged) = glob $i->work . '/1/staging/*';
	next if !$staged || (-s $staged // 0) < 100_000;
	my $server = $slow->pid;
	my @sessions = split ' ', do { open my $f, '<',
		"/proc/$server/task/$server/children"; <$f> // '' };
	$dropped = kill 'KILL', @sessions;
	last;
}
waitpid $pid, 0;
$run = $i->told($id);
cmp_ok($dropped, '>', 0, 'the server broke off in the middle');
is($run->{State}, 'Success', 'the transfer goes on') or diag $run->{Reason};
is(count('slow-'), 2000, 'and nothing is missing');

# Without the server the others are not waited for.
my $lost = Ftp->start(password => $password, tls => 'none', more => "TransferRate RETR 400\n");
server('lost', 'ftp://127.0.0.1:' . $lost->port . '/in', $lost, User => 'demo');
place($lost, "lost$_.csv", people("lost$_-", 2000) =~ s/(Name \d+)/$1 . 'x' x 300/ger) for 1 .. 6;
$id = $i->begin(Connection => 'lost', Mapping => \%map);
$pid = $i->{s}->spawn($i->{s}->dir . '/log', '--once');
for (1 .. 200) {
	sleep 0.05;
	my ($first) = glob $i->work . '/1/staging/*' or next;
	last if -s $first;
}
kill 'KILL', $lost->pid, split ' ', do { open my $f, '<',
	'/proc/' . $lost->pid . '/task/' . $lost->pid . '/children'; <$f> // '' };
waitpid $pid, 0;
$run = $i->told($id);
is_deeply([$run->{State}, map { $_->{State} } @{ $run->{Result}{Files} }], ['Failed',
	('Later') x 3], 'three files find no server, the others wait for another run');
unlink glob $i->work . '/1/staging/*';

# Another run goes on where one was killed.
place($slow, 'slow2.csv', people('slow2-', 2000) =~ s/(Name \d+)/$1 . 'x' x 300/ger);
$i->begin(Connection => 'slow', Mapping => \%map);
$pid = $i->{s}->spawn($i->{s}->dir . '/log', '--once');
for (1 .. 200) {
	sleep 0.05;
	($staged) = glob $i->work . '/1/staging/*';
	last if $staged && -s $staged > 100_000;
}
kill 'KILL', $pid;
waitpid $pid, 0;
$i->forget;
my $there = -s $staged;
cmp_ok($there, '>', 100_000, 'what came is kept');
my $inode = (stat $staged)[1];
$id = $i->begin(Connection => 'slow', Mapping => \%map);
$pid = $i->{s}->spawn($i->{s}->dir . '/log', '--once');
my $least = $there;
for (1 .. 100) {
	sleep 0.02;
	my @now = stat $staged or last;
	$least = $now[7] if $now[1] == $inode && $now[7] < $least;
}
waitpid $pid, 0;
is($least, $there, 'and is not fetched again');
is($i->told($id)->{State} . count('slow2-'), 'Success2000', 'the rest is');

# ------------------------------------------------------------------ who is there
my $old = Ftp->start(password => $password, expired => 1);
server('old', 'ftpes://127.0.0.1:' . $old->port . '/in', $old, User => 'demo');
$w->admin("connection add C1 A1 wrong Ftp sftp://127.0.0.1:" . $ssh->port . $ssh->files
	. "/in --set SourceId=1 --set AllowPrivate=true --set User=" . $ssh->user
	. ' --set HostKey=SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU '
	. '--secret-file PrivateKey=-', Server::slurp($ssh->key));
$w->admin('connection add C1 A1 login Ftp ftp://127.0.0.1:' . $plain->port . '/in --set SourceId=1 '
	. '--set AllowPrivate=true --set User=demo --secret-file Password=-', "$canary no");
for (
	old => qr/certificate has expired: renew/,
	wrong => qr/another host key.*ED25519 key, \Q@{[$ssh->host_key]}\E/,
	login => qr/refuses User or Password/,
) {
	our $name;
	if (!ref) { $name = $_; next }
	$run = $i->run(Connection => $name, Mapping => \%map);
	like("$run->{State} $run->{Reason}", qr/^Failed \w+:\/\/127.*$_/, "$name: it is said");
	like($i->{s}->value("SELECT last_failure FROM api_connection WHERE name = '$name'"), $_,
		"$name: and kept with the connection");
}

# ------------------------------------------------------------------ files that are damaged
sub file_run {
	my ($name, $bytes, %more) = @_;
	my $map = delete $more{map} // \%map;
	$i->put("in/$name", $bytes);
	my $run = $i->run(Connection => 'drop', Mapping => $map, Patterns => '*',
		RejectedPercent => 60, %more);
	my ($file) = @{ $run->{Result}{Files} };
	return ("$run->{State} " . ($file->{State} // ''), $run, $file);
}
sub state_is {
	my ($what, $want, $name, $bytes, %more) = @_;
	my ($state, $run, $file) = file_run($name, $bytes, %more);
	is($state, $want, $what) or diag "$run->{Reason}\n$run->{Log}";
	return ($run, $file);
}
(undef, my $file) = state_is('an empty file', 'Success Done', 'empty.csv', '');
is($file->{Read}, 0, 'has no rows');
(undef, $file) = state_is('a header alone', 'Success Done', 'header.csv', $head);
is($file->{Read}, 0, 'has none either');
for (
	['a quote that is not closed', 'quote.csv', $head . "q1;A\nq2;\"B\nq3;C\n"] =>
		[2, qr/^3;.*quote that is not closed/m],
	['a NUL', 'nul.csv', $head . "z1;A\nz2;B\0B\nz3;C\n"] => [2, qr/^3;.*NUL/m],
	['bytes of another encoding', 'latin.csv', $head . "e1;A\ne2;B\xe9\ne3;C\n"] =>
		[2, qr/^3;.*(?:UTF-8|encoding).*line 3, column 5/m],
	['mixed line ends', 'ends.csv', "id;last\r\nm1;A\nm2;B\r\nm3;C\r"] => [3, undef],
) {
	our $case;
	if (!defined $case) { $case = $_; next }
	my ($what, $name, $bytes) = @$case;
	my ($taken, $words) = @$_;
	undef $case;
	my ($run, $file) = state_is($what, 'Success Done', $name, $bytes);
	is($file->{Taken}, $taken, "$what: the other rows are taken");
	like($i->ask("/$file->{ImportId}/Reasons")->{content}, $words, "$what: the row is named")
		if $words;
}
for (
	['a name twice in the header', 'twice.csv', "id;id;last\n1;2;3\n"] => qr/id .*twice/,
	['a column that is missing', 'column.csv', "id;name\n1;2\n"] =>
		qr/last is no column of the file/,
	['a header of a megabyte', 'header2.csv', 'id;' . 'x' x 900_000 . "\n1;2\n"] =>
		qr/last is no column of the file/,
	['no CSV at all', 'noise.csv', "\0\1\2" x 1000] => qr/line 1/,
	['no gzip', 'a.csv.gz', $head] => qr/is no whole gzip file/,
	['too long', 'long.csv', people('long-', 100), MaxBytes => 500] => qr/MaxBytes/,
) {
	our @case;
	if (ref eq 'ARRAY') { @case = @$_; next }
	my ($what, $name, $bytes, %more) = @case;
	my ($run, $file) = state_is($what, 'Failed Refused', $name, $bytes, %more);
	like($run->{Reason}, qr/^\Q$name\E: .*$_/, "$what: a clear sentence");
	is(Server::slurp($i->root . "/in/failed/$name"), $bytes, "$what: moved as it came");
}
is($i->ask('?State=Refused')->{json}{Imports}[-1]{File}, 'twice.csv', 'the ledger knows them');

(undef, $file) = state_is('a column that nobody needs, of half a megabyte', 'Success Done',
	'unused.csv', 'id;last;' . 'x' x 500_000 . "\nu1;A;B\n");
is_deeply($file->{UnusedColumns}, ['x' x 60], 'its name is cut in the result');

# A line of 100 MB, in the middle.
(undef, my $of) = state_is('a line of 100 MB', 'Success Done', 'wide.csv',
	$head . "w1;A\nw2;" . 'x' x (100 << 20) . "\nw3;C\n");
is_deeply([@$of{qw(Taken Refused)}], [2, 1], 'is one row that is rejected');
like($i->ask("/$of->{ImportId}/Reasons")->{content}, qr/^3;.*longer than/m, 'and is named');

# Packed files.
gzip(\people('packed-', 2000), \my $packed) or die;
state_is('a packed file', 'Success Done', 'p.csv.gz', $packed);
is(count('packed-'), 2000, 'is unpacked');
state_is('one that is cut', 'Failed Refused', 'cut.csv.gz', substr $packed, 0, 900);
gzip(\($head . 'b1;' . 'x' x 20_000_000), \my $bomb) or die;
($run) = state_is('a bomb', 'Failed Refused', 'bomb.csv.gz', $bomb, MaxBytes => 1_000_000);
like($run->{Reason}, qr/unpacks to more than 1000000 bytes/, 'is bounded');

# ------------------------------------------------------------------ many files, and no room
mkdir $i->root . '/in/many';
$i->put("in/many/x$_.txt", '') for 1 .. 9997;
$i->put("in/many/$_.csv", people("many$_-", 2)) for 1 .. 3;
$run = $i->run(Connection => 'drop', Folder => 'many', Mapping => \%map, DoneFolder => '');
is("$run->{State} $run->{Result}{Done}", 'Success 3', 'three among 10,000');
$i->put('in/many/y.txt', '');
$run = $i->run(Connection => 'drop', Folder => 'many', Mapping => \%map);
like("$run->{State} $run->{Reason}", qr/^Failed .*more than 10000 names\. Move away/,
	'one more: it is said');

# No file may be longer than a part of it: as on a disk that is full.
sub cramped {
	my ($blocks) = @_;
	my $once = $i->{s}->beside(['/bin/sh', '-c', "trap '' XFSZ; ulimit -f $blocks; exec "
		. "$ENV{BUILDDIR}/customerapi-scheduler --once"], out => $i->{s}->dir . '/log',
		env => $i->{s}{env});
	waitpid $once, 0;
	return;
}
my $full = people('full-', 30_000);
$i->put('in/full.csv', $full);
my %full = (Connection => 'drop', Mapping => \%map, Patterns => 'full*');
$id = $i->begin(%full);
truncate $i->{s}->dir . '/log', 0;
cramped(100);
$run = $i->told($id);
like("$run->{State} $run->{Reason}", qr/^Failed .*full\.csv/, 'no room for the file');
is(count('full-'), 0, 'nothing is half done');
$i->forget;
is($i->run(%full)->{State} . count('full-'), 'Success30000', 'with room it goes on');

# ------------------------------------------------------------------ secrets
is(index($w->traces, $canary), -1, 'no secret is in a log or a table');
done_testing;
