# The web program on a Unix socket in a temporary folder, its log in a file.
# my $fcgi = Fcgi->start(CUSTOMERAPI_DB_SOCKET => …); $fcgi->socket; $fcgi->log;
# $fcgi->events('request'); $fcgi->workers; $fcgi->stop;
# Settings are given as environment variables; fcgi_socket and a missing configuration file are
# provided. Stops and cleans up at the end.
package Fcgi;
use strict;
use warnings;
use IO::Socket::UNIX;
use JSON::PP;
use parent 'Server';

sub program { "$ENV{BUILDDIR}/customerapi.fcgi" }

sub start {
	my ($class, %env) = @_;
	my $self = $class->in_folder('fcgi');
	my $dir = $self->{dir};
	$self->{socket} = $env{CUSTOMERAPI_FCGI_SOCKET} // "$dir/s";
	$self->{conf} = $env{CUSTOMERAPI_CONF} // "$dir/conf";
	if (!defined $env{CUSTOMERAPI_CONF}) {
		open my $fh, '>', $self->{conf} or die $!;
		close $fh;
	}
	$self->{env} = { CUSTOMERAPI_FCGI_SOCKET => $self->{socket},
		CUSTOMERAPI_CONF => $self->{conf}, CUSTOMERAPI_KEY_FILE => "$dir/no-key", %env };
	$self->restart;
	return $self;
}

sub socket { $_[0]{socket} }
sub conf { $_[0]{conf} }

# Starts it (again) and waits until its socket answers.
sub restart {
	my ($self) = @_;
	my $serves = sub { $self->workers
		&& IO::Socket::UNIX->new(Peer => $self->{socket}, Type => SOCK_STREAM) };
	$self->launch($serves, [program()], out => "$self->{dir}/out", err => "$self->{dir}/log",
		env => $self->{env}) or die 'customerapi.fcgi did not start: ' . $self->log;
}

sub log { my ($self) = @_; return Server::slurp("$self->{dir}/log") }

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

1;
