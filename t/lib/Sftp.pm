# A real sshd with SFTP alone on a free port of 127.0.0.1, everything in a temporary folder. It
# takes the user that runs the test, by a key: $sftp->key, and the same key behind a passphrase,
# $sftp->locked_key. kind => 'rsa': of its host key and of the user's. $sftp->host_key; $sftp->user.
package Sftp;
use strict;
use warnings;
use parent 'Server';

sub make_key {
	my ($self, $file, $kind, $passphrase) = @_;
	system('ssh-keygen', '-q', '-t', $kind, '-N', $passphrase, '-f', "$self->{dir}/$file") == 0
		or die;
	return;
}

sub start {
	my ($class, %opts) = @_;
	my $self = $class->in_folder('sftp', kind => 'ed25519', %opts);
	my $dir = $self->{dir};
	mkdir "$dir/$_" for qw(files files/in log);
	$self->make_key('host', $self->{kind}, '');
	$self->make_key('user', $self->{user_kind} // $self->{kind}, '');
	$self->make_key('locked', 'ed25519', $self->{passphrase} // 'a passphrase');
	open my $fh, '>', "$dir/keys" or die $!;
	print $fh map { Server::slurp("$dir/$_.pub") } qw(user locked);
	close $fh;
	mkdir '/run/sshd' if $> == 0;	# privilege separation of Debian's sshd wants it
	return $self->on_free_port;
}

sub try_start {
	my ($self) = @_;
	my $dir = $self->{dir};
	open my $fh, '>', "$dir/conf" or die $!;
	print $fh <<"CONF";
ListenAddress 127.0.0.1
Port $self->{port}
HostKey $dir/host
PidFile $dir/sshd.pid
UsePAM no
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin yes
AuthorizedKeysFile $dir/keys
Subsystem sftp internal-sftp
ForceCommand internal-sftp
LogLevel VERBOSE
CONF
	close $fh;
	return $self->launch(sub { $self->listens },
		['/usr/sbin/sshd', '-D', '-e', '-f', "$dir/conf"], out => "$dir/log/out");
}

sub files { "$_[0]{dir}/files" }
sub key { "$_[0]{dir}/user" }
sub locked_key { "$_[0]{dir}/locked" }
sub user { scalar getpwuid $> }

sub host_key { my ($self) = @_;
	return (split ' ', `ssh-keygen -l -f $self->{dir}/host.pub`)[1] }

1;
