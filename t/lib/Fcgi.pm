# The web program on a Unix socket in a temporary folder, its log in a file.
# my $fcgi = Fcgi->start(CUSTOMERAPI_DB_SOCKET => …); $fcgi->socket; $fcgi->log;
# $fcgi->events('request'); $fcgi->workers; $fcgi->stop;
# Settings are given as environment variables; fcgi_socket and a missing configuration file are
# provided. Stops and cleans up at the end.
package Fcgi;
use strict;
use warnings;
use File::Path qw(remove_tree);
use File::Temp qw(tempdir);
use IO::Socket::UNIX;
use JSON::PP;
use POSIX qw(WNOHANG);

sub program { "$ENV{BUILDDIR}/customerapi.fcgi" }

sub start {
	my ($class, %env) = @_;
	my $dir = tempdir('customerapi-fcgi-XXXXXX', TMPDIR => 1);
	my $self = bless { dir => $dir, owner => $$, socket => $env{CUSTOMERAPI_FCGI_SOCKET}
		// "$dir/s", conf => $env{CUSTOMERAPI_CONF} // "$dir/conf" }, $class;
	if (!defined $env{CUSTOMERAPI_CONF}) {
		open my $fh, '>', $self->{conf} or die $!;
		close $fh;
	}
	$self->{env} = { CUSTOMERAPI_FCGI_SOCKET => $self->{socket},
		CUSTOMERAPI_CONF => $self->{conf}, CUSTOMERAPI_KEY_FILE => "$dir/no-key", %env };
	$self->restart;
	return $self;
}

sub dir { $_[0]{dir} }
sub socket { $_[0]{socket} }
sub pid { $_[0]{pid} }
sub conf { $_[0]{conf} }

# Starts it (again) and waits until its socket answers.
sub restart {
	my ($self) = @_;
	my $pid = fork // die "fork: $!";
	if (!$pid) {
		open STDIN, '<', '/dev/null';
		open STDOUT, '>>', "$self->{dir}/out";
		open STDERR, '>>', "$self->{dir}/log";
		@ENV{ keys %{ $self->{env} } } = values %{ $self->{env} };
		{ exec program() }
		POSIX::_exit(127);
	}
	$self->{pid} = $pid;
	for (1 .. 200) {
		return if IO::Socket::UNIX->new(Peer => $self->{socket}, Type => SOCK_STREAM)
			&& $self->workers;
		waitpid($pid, WNOHANG) == $pid and last;
		select undef, undef, undef, 0.05;
	}
	die 'customerapi.fcgi did not start: ' . $self->log;
}

sub log {
	my ($self) = @_;
	open my $fh, '<', "$self->{dir}/log" or return '';
	local $/;
	return <$fh> // '';
}

# The log lines of one kind, decoded.
sub events {
	my ($self, $event) = @_;
	return grep { $_->{event} eq $event } map { JSON::PP->new->utf8->decode($_) } grep {
		/^\{/ } split /\n/, $self->log;
}

# Process ids of the running workers.
sub workers {
	my ($self) = @_;
	open my $fh, '<', "/proc/$self->{pid}/task/$self->{pid}/children" or return;
	return split ' ', <$fh> // '';
}

# Sends SIGTERM to the master and waits; returns its wait status.
sub stop {
	my ($self) = @_;
	return if !$self->{pid};
	kill 'TERM', $self->{pid};
	return $self->wait;
}

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
	remove_tree($self->{dir}) if -d $self->{dir};
}

1;
