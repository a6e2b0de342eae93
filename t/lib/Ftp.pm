# A real proftpd on a free port of 127.0.0.1, by an ordinary process, everything in a temporary
# folder. Its one user is "demo" with the password given.
# my $ftp = Ftp->start(password => '…'); $ftp->port; $ftp->ca; $ftp->files;
# tls => 'explicit' (required; the default), 'implicit' or 'none'; sftp => 1: SFTP by the password,
# with the host key that $ftp->host_key names. more => '…': lines of its configuration.
# expired => 1: so is its certificate. names => 'DNS:…': of the certificate.
package Ftp;
use strict;
use warnings;
use Digest::SHA qw(sha256_base64);
use MIME::Base64 qw(decode_base64);
use parent 'Server';

sub start {
	my ($class, %opts) = @_;
	my $self = $class->in_folder('ftp', tls => 'explicit', %opts);
	my $dir = $self->{dir};
	mkdir "$dir/$_" for qw(files files/in log);
	$self->certify;
	system('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-m', 'PEM', '-f', "$dir/host") == 0
		or die;
	my $hash = crypt $self->{password}, '$6$saltsalt';
	my ($group) = split ' ', $(;
	open my $fh, '>', "$dir/passwd" or die $!;
	# Its login folder is the files'; proftpd takes no user 0.
	my ($uid, $gid) = $> == 0 ? (65534, 65534) : ($>, $group);
	print $fh "demo:$hash:$uid:${gid}::$dir/files:/bin/sh\n";
	close $fh;
	chmod 0600, "$dir/passwd";
	if ($> == 0) {
		chmod 0711, $dir;
		chown $uid, $gid, "$dir/files", "$dir/files/in";
	}
	return $self->on_free_port;
}

# A certificate by a new key.
sub certify {
	my ($self) = @_;
	my $dir = $self->{dir};
	my $names = $self->{names} // 'DNS:localhost,IP:127.0.0.1';
	my $of = "-days 2 -subj /CN=localhost -addext subjectAltName=$names";
	my $to = "-keyout $dir/key.pem -out $dir/cert.pem";
	my $out = $self->{expired} ? expired($dir) :
		`openssl req -x509 -newkey rsa:2048 -nodes $of $to 2>&1`;
	die $out if $?;
	chmod 0600, "$dir/key.pem";
	return;
}

# openssl req takes no dates; its ca does.
sub expired {
	my ($dir) = @_;
	my %file = ('ca.cnf' => <<"CNF", 'index' => '', 'serial' => "01\n");
[ca]
default_ca = a
[a]
database = $dir/index
serial = $dir/serial
new_certs_dir = $dir
default_md = sha256
policy = p
[p]
commonName = supplied
[v]
subjectAltName = DNS:localhost,IP:127.0.0.1
CNF
	for (keys %file) { open my $fh, '>', "$dir/$_" or die $!; print $fh $file{$_}; close $fh }
	my $request = "openssl req -new -newkey rsa:2048 -nodes -subj /CN=localhost "
		. "-keyout $dir/key.pem -out $dir/req.pem";
	my $sign = "openssl ca -batch -selfsign -config $dir/ca.cnf -extensions v -notext "
		. "-keyfile $dir/key.pem -in $dir/req.pem -out $dir/cert.pem "
		. '-startdate 20200101000000Z -enddate 20200201000000Z';
	return `{ $request && $sign; } 2>&1`;
}

sub configuration {
	my ($self) = @_;
	my $dir = $self->{dir};
	my $user = $> == 0 ? 'nobody' : getpwuid $>;
	my $group = $> == 0 ? 'nogroup' : getgrgid((split ' ', $()[0]);
	my $options = $self->{tls} eq 'implicit' ? 'TLSOptions UseImplicitSSL' : '';
	my $tls = $self->{tls} eq 'none' || $self->{sftp} ? '' : <<"TLS";
LoadModule mod_tls.c
TLSEngine on
TLSRequired on
TLSProtocol TLSv1.2 TLSv1.3
TLSRSACertificateFile $dir/cert.pem
TLSRSACertificateKeyFile $dir/key.pem
TLSLog $dir/log/tls
$options
TLS
	my $sftp = $self->{sftp} ? <<"SFTP" : '';
LoadModule mod_sftp.c
SFTPEngine on
SFTPHostKey $dir/host
SFTPAuthMethods password
SFTPLog $dir/log/sftp
SFTP
	return <<"CONF";
ServerName test
ServerType standalone
ModulePath /usr/lib/proftpd
DefaultAddress 127.0.0.1
SocketBindTight on
Port $self->{port}
UseIPv6 off
UseReverseDNS off
User $user
Group $group
AuthOrder mod_auth_file.c
AuthUserFile $dir/passwd
RequireValidShell off
PidFile $dir/proftpd.pid
ScoreboardFile $dir/scoreboard
DelayEngine off
WtmpLog off
SystemLog $dir/log/system
TransferLog $dir/log/transfer
AllowOverwrite on
AllowRetrieveRestart on
AllowStoreRestart on
$tls$sftp@{[$self->{more} // '']}
CONF
}

sub try_start {
	my ($self) = @_;
	my $dir = $self->{dir};
	open my $fh, '>', "$dir/conf" or die $!;
	print $fh $self->configuration;
	close $fh;
	return $self->launch(sub { $self->listens },
		['/usr/sbin/proftpd', '-n', '-c', "$dir/conf"], out => "$dir/log/out");
}

sub ca { "$_[0]{dir}/cert.pem" }
sub files { "$_[0]{dir}/files" }

sub host_key { my ($self) = @_;
	my (undef, $key) = split ' ', Server::slurp("$self->{dir}/host.pub");
	return 'SHA256:' . sha256_base64(decode_base64($key)) }

1;
