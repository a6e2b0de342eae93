# Settings, key and secrets that are there and cannot be read: every program says so; what is not
# there is no fault. And a delivery that cannot be verified for that is not refused as wrong.
use strict;
use warnings;
use Digest::SHA qw(hmac_sha256_base64);
use File::Copy qw(copy);
use File::Path qw(make_path remove_tree);
use File::Temp qw(tempdir);
use IO::Socket::UNIX;
use POSIX ();
use Test::More;
use World;

my $dir = tempdir('customerapi-settings-XXXXXX', DIR => '/tmp', CLEANUP => 1);
chmod 0755, $dir;
delete $ENV{$_} for grep { /^CUSTOMERAPI_/ } keys %ENV;
my $folder = "$dir/etc/customerapi";	# where the settings are when nobody says
my $file = "$folder/customerapi.conf";
local $ENV{CUSTOMERAPI_SYSCONFDIR} = "$dir/etc";

# Root may read everything: then the programs run as another user, from where that one can reach
# them.
my @as = $> == 0 ? qw(setpriv --reuid=65534 --regid=65534 --clear-groups) : ();
mkdir "$dir/bin";
for my $name (qw(customerapi customerapi.fcgi customerapi-scheduler)) {
	copy("$ENV{BUILDDIR}/$name", "$dir/bin/$name") or die "$name: $!";
	chmod 0755, "$dir/bin/$name";
}

sub put { my ($path, $text, $mode) = @_; open my $fh, '>', $path or die "$path: $!";
	print $fh $text; close $fh; chmod $mode // 0644, $path }

# (exit code, all output); no program may take its time: one that has settings would go on for ever.
sub run {
	my (@command) = @_;
	my $out = `timeout -k 5 20 @as $dir/bin/@command 2>&1 </dev/null`;
	return ($? & 127 ? 'signal' : $? >> 8, $out);
}

my @programs = ('customerapi.fcgi --check-config', 'customerapi-scheduler --check-config',
	'customerapi config check', 'customerapi config show', 'customerapi check --json',
	'customerapi doctor --json');

sub clean { system('chmod', '-R', 'u+rwX', "$dir/etc") if -d "$dir/etc"; remove_tree("$dir/etc");
	make_path($folder) }

# Nothing there: defaults, and check says that there is none.
my @absent = (
	['no folder', sub { remove_tree("$dir/etc") }],
	['no file', sub { 1 }],
	['an empty one', sub { put($file, '') }],
	['comments only', sub { put($file, "# nothing\n") }],
);
for (@absent) {
	my ($what, $make) = @$_;
	clean();
	$make->();
	for (@programs[0 .. 3]) {
		my ($code, $out) = run($_);
		is($code, 0, "$what: $_") or diag($out);
	}
	my ($code, $out) = run($programs[4]);
	like($out, -e $file ? qr/customerapi\.conf is valid/ : qr/There is no settings file/,
		"$what: check says what there is");
}

# There, and not to be read.
my $socket;
my @unreadable = (
	['a file that may not be read', qr/Permission denied/,
		sub { put($file, "smtp_port = 2525\n", 0) }],
	['a file that only its group may read', qr/Permission denied/,
		sub { put($file, "smtp_port = 2525\n", $> == 0 ? 0640 : 0) }],
	['a folder that may not be entered', qr/Permission denied/,
		sub { put($file, "smtp_port = 2525\n"); chmod 0, $folder }],
	['such a folder without the file', qr/Permission denied/, sub { chmod 0, $folder }],
	['a folder', qr/Is a directory/, sub { mkdir $file }],
	['a link to itself', qr/Too many levels of symbolic links/, sub { symlink $file, $file }],
	['a link that leads nowhere', qr/No such file/, sub { symlink "$dir/gone", $file }],
	['a folder that is such a link', qr/No such file/, sub { rmdir $folder;
		symlink "$dir/gone", $folder }],
	['a file instead of the folder', qr/Not a directory/, sub { rmdir $folder;
		put($folder, '') }],
	['a pipe', qr/no regular file/, sub { POSIX::mkfifo($file, 0644) or die $! }],
	['a socket', qr/no regular file/, sub { chdir $folder;
		$socket = IO::Socket::UNIX->new(Local => 'customerapi.conf', Listen => 1) or die $!;
			chdir '/'; chmod 0666, $file }],
	['a NUL byte in it', qr/NUL byte/,
		sub { put($file, "smtp_port = 2525\n\0\nsmtp_host = 'x'\n") }],
	['a megabyte and more', qr/longer than a megabyte/,
		sub { put($file, '#' x (1 << 20) . "\n") }],
);
for (@unreadable) {
	my ($what, $words, $make) = @$_;
	clean();
	$make->();
	for (@programs) {
		my ($code, $out) = run($_);
		is($code, 1, "$what: $_: exit code") or diag($out);
		like($out, qr/\Q$file\E cannot be read: .*$words/, "$what: $_: says why");
		unlike($out, qr/file: /, "$what: $_: of the file alone") if /^customerapi /;
		unlike($out, qr/configuration OK|settings are valid|is valid|no settings file/,
			"$what: $_: nothing else");
	}
}
clean();
put($file, "smtp_port = 2525\n", 0);
for (['customerapi.fcgi'], ['customerapi-scheduler'], ['customerapi-scheduler', '--once'],
	['customerapi', 'customer', 'list']) {
	my ($code, $out) = run(@$_);
	is($code, 1, "@$_ does not begin its work") or diag($out);
	like($out, qr/cannot be read: Permission denied/, "@$_: says why");
}
# A file that was named must be there, whatever the name.
for my $how ('--config', 'CUSTOMERAPI_CONF') {
	for my $name ("$dir/none", "$dir", $file) {
		local $ENV{CUSTOMERAPI_CONF} = $name if $how ne '--config';
		for (@programs) {
			my ($code, $out) = run($how eq '--config' ? "$_ --config $name" : $_);
			is($code, 1, "$how $name: $_") or diag($out);
			like($out, qr/\Q$name\E cannot be read/, "$how $name: $_: says why");
		}
	}
}
clean();
put($file, "smtp_port = 2525\n");
like((run('customerapi config show smtp_port'))[1], qr/2525 +file +\Q$file\E:1/,
	'one that can be read is read');

# ------------------------------------------------------------------ the key file
my $key = "$dir/key";
put("$dir/key.good", 'a' x 64 . "\n", 0600);
chown 65534, 65534, "$dir/key.good" if $> == 0;
local $ENV{CUSTOMERAPI_KEY_FILE} = $key;
my @keys = (
	['none', qr/There is no key file/, 'customerapi init makes it', sub { 1 }],
	['may not be read', qr/cannot be read\. \([^)]*: Permission denied/, 'services\' user',
		sub { put($key, 'a' x 64 . "\n", $> == 0 ? 0600 : 0) }],
	['a folder', qr/cannot be read\. \([^)]*: it is no regular file|Others than its owner/, '',
		sub { mkdir $key; chmod 0700, $key; chown 65534, 65534, $key if $> == 0 }],
	['a link to itself', qr/cannot be read\. \([^)]*: Too many levels/, 'services\' user',
		sub { symlink $key, $key }],
	['a link that leads nowhere', qr/cannot be read\. \([^)]*: No such file/, 'leads nowhere',
		sub { symlink "$dir/gone", $key }],
	['a pipe', qr/cannot be read\. \([^)]*: it is no regular file/, '',
		sub { POSIX::mkfifo($key, 0600) or die $!; chown 65534, 65534, $key if $> == 0 }],
	['short', qr/does not hold 64 hex digits/, '', sub { put($key, "abc\n", 0600);
		chown 65534, 65534, $key if $> == 0 }],
);
for (@keys) {
	my ($what, $words, $fix, $make) = @$_;
	-d $key && !-l $key ? rmdir $key : unlink $key;
	$make->();
	my ($code, $out) = run('customerapi check --json');
	like($out, qr/"key-file",\s*"Result": "error",\s*"Message": "[^"]*$words/,
		"key file: $what: check says so");
	like($out, qr/\Q$fix\E/, "key file: $what: and what to do");
}

# ------------------------------------------------------------------ deliveries that cannot be
# verified
-d $key ? rmdir $key : unlink $key;
mkdir $key;		# the web program's key file
my $w = World->start(no_daemon => 1, fcgi => { CUSTOMERAPI_KEY_FILE => $key });
my $real = $w->{s}->dir . '/key';
sub sealed { my ($context) = @_; my $hex = `printf hush | $ENV{BUILDDIR}/t/c/seal $real $context`;
	chomp $hex; return $hex }
$w->source(1, 2, scheme => "'shopify'", api_source_id => 22);
$w->{s}->sql("INSERT INTO api_source_secret (api_source_id, sealed, created_at) VALUES (22, x'"
	. sealed('source:22') . "', '2026-01-01')");
my $body = '{"id":1}';
my $path = '/ProcessManagement/Connector/Standard/QueueProcess/C1/A1/Shopify/Order/Insert'
	. '?SourceId=2';
my $deliver = sub { my ($secret, $query) = @_;
	return $w->request('POST', $path . ($query // ''), $body,
		defined $secret ? ('X-Shopify-Hmac-Sha256' => hmac_sha256_base64($body, $secret)
			. '=') : ()) };
my $r = $deliver->('hush');
is("$r->{status} $r->{headers}{'retry-after'}", '503 30',
	'a right signature that cannot be verified: later');
unlike($r->{content}, qr/key|\Q$dir\E/i, 'without words about the inside');
is($deliver->('wrong')->{status}, 503, 'so is a wrong one: nobody can tell');
is($deliver->(undef)->{status}, 401, 'none is none');
is($deliver->(undef, '&key=key-1')->{status}, 202, 'and what needs no secret is taken');
like($w->{fcgi}->log, qr/key-file.*cannot be read/, 'the log says why');
# Nor is a key made where one cannot be read.
for (['a folder', $key, qr/no regular file/], ['a link that leads nowhere', "$dir/link",
	qr/No such file/]) {
	my ($what, $path, $words) = @$_;
	symlink "$dir/gone", $path if !-e $path;
	local $w->{s}{env}{CUSTOMERAPI_KEY_FILE} = $path;
	for my $command ('init', 'source set C1 A1 --source-id 2 --secret-file -') {
		eval { $w->admin($command, 'hush') };
		like($@, qr/The key file cannot be read\. \(\Q$path\E: .*$words/,
			"$command: $what for a key file");
	}
	ok(!-e "$dir/gone", 'nothing is made');
}
$w->{fcgi}->stop;
$w->{fcgi}{env}{CUSTOMERAPI_KEY_FILE} = $real;
$w->{fcgi}->restart;
is($deliver->('hush')->{status}, 202, 'with its key file the signature is verified');
is($deliver->('wrong')->{status}, 401, 'and a wrong one is refused');
# One secret of two is another key's: the others still decide.
$w->{s}->sql("INSERT INTO api_source_secret (api_source_id, sealed, created_at) VALUES (22, x'"
	. sealed('source:23') . "', '2026-01-01')");
sleep 3;	# what the web program remembers
is($deliver->('hush')->{status}, 202, 'of two secrets one opens');
is($deliver->('wrong')->{status}, 401, 'a wrong signature is one');
$w->stop;

done_testing();
