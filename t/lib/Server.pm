# What the servers that tests start have in common: a temporary folder, a start that waits until the
# server serves, and an end. Apache, Exim, Fcgi, MariaDB, Nginx and Scheduler inherit it.
# A server belongs to the process that made it: only that one ends it and removes its folder, at the
# end by itself. With KEEP in the environment the folder stays.
package Server;
use strict;
use warnings;
use File::Path qw(remove_tree);
use File::Temp qw(tempdir);
use IO::Socket::INET;
use POSIX qw(WNOHANG);
use Time::HiRes ();

use constant START_SECONDS => 60;

# An object with a new folder, which bears the server's name.
sub in_folder {
	my ($class, $name, %self) = @_;
	my $dir = tempdir("customerapi-$name-XXXXXX", TMPDIR => 1);
	return bless { %self, dir => $dir, owner => $$ }, $class;
}

sub dir { $_[0]{dir} }
sub pid { $_[0]{pid} }
sub port { $_[0]{port} }
sub url { "http://127.0.0.1:$_[0]{port}" }

# Runs a command beside the test and returns its process id. out and err: files that its output and
# errors are appended to; env: what it has in its environment (undef: what it has not).
sub beside {
	my ($self, $command, %to) = @_;
	my $pid = fork // die "fork: $!";
	return $pid if $pid;
	open STDIN, '<', '/dev/null';
	open STDOUT, '>>', $to{out};
	open STDERR, '>>', $to{err} // $to{out};
	my %env = %{ $to{env} // {} };
	defined $env{$_} ? $ENV{$_} = $env{$_} : delete $ENV{$_} for keys %env;
	$ENV{PATH} .= ':/usr/sbin:/sbin';
	{ exec { $command->[0] } @$command }
	POSIX::_exit(127);
}

# Starts the server and waits until $serves says that it serves. 0 when it ends before, or does not
# serve in time: then it is ended.
sub launch {
	my ($self, $serves, $command, %to) = @_;
	local $?;
	$self->{pid} = $self->beside($command, %to);
	my $end = Time::HiRes::time() + START_SECONDS;
	while (Time::HiRes::time() < $end) {
		return 1 if $serves->();
		if (waitpid($self->{pid}, WNOHANG) == $self->{pid}) {
			delete $self->{pid};
			return 0;
		}
		Time::HiRes::sleep(0.05);
	}
	$self->kill9;
	return 0;
}

sub free_port {
	my $probe = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Proto => 'tcp', Listen => 1)
		or die "no free port: $!";
	return $probe->sockport;
}

# Starts it on a free port: try_start is to launch it on $self->{port}. Another program may take the
# port between our finding it and the server's taking it.
sub on_free_port {
	my ($self) = @_;
	for (1 .. 5) {
		$self->{port} = free_port();
		return $self if $self->try_start;
	}
	die ref($self) . ' did not start: ' . $self->logs;
}

sub listens { my ($self) = @_;
	return IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $self->{port}) }

sub slurp { my ($file) = @_; open my $fh, '<', $file or return ''; local $/; return <$fh> // '' }

# Everything that it logged.
sub logs { my ($self) = @_; return join '', map { slurp($_) } glob "$self->{dir}/log/*" }

# Lets the test's own edit change a file of the configuration, whose text is $_.
sub change {
	my ($self, $file) = @_;
	local $_ = slurp($file);
	$self->{edit}->($self);
	open my $out, '>', $file or die $!;
	print $out $_;
	close $out;
}

# Sends bytes as they are and returns the whole reply: for requests that an HTTP library would not
# send.
sub raw {
	my ($self, $bytes) = @_;
	my $s = $self->listens or die "connect: $!";
	print $s $bytes;
	$s->flush;
	local $/;
	return <$s> // '';
}

# SIGTERM, and the wait for its end, which returns its wait status. Its children end with it.
sub stop {
	my ($self) = @_;
	return if !$self->{pid} || $self->{owner} != $$;
	kill 'TERM', $self->{pid};
	return $self->wait;
}

sub kill9 { my ($self) = @_; kill 'KILL', $self->{pid}; return $self->wait }

sub wait {
	my ($self) = @_;
	local $?;
	waitpid delete $self->{pid}, 0;
	return $?;
}

sub DESTROY {
	my ($self) = @_;
	return if $self->{owner} != $$;
	local ($?, $@, $!);
	$self->stop;
	remove_tree($self->{dir}) if -d $self->{dir} && !$ENV{KEEP};
}

1;
