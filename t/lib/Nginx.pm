# A real nginx with the shipped configuration on a free port of 127.0.0.1, in a temporary folder.
# my $nginx = Nginx->start([sub { edit the configuration in $_ },] $intake_socket [, $process,
# $club, $help]); $nginx->url; $nginx->port; $nginx->logs; $nginx->raw($bytes);
# Works as root and as a plain user. Stops and cleans up at the end.
package Nginx;
use strict;
use warnings;
use File::Path qw(remove_tree);
use File::Temp qw(tempdir);
use IO::Socket::INET;
use POSIX qw(WNOHANG);

sub start {
	my ($class, @sockets) = @_;
	my $edit = ref $sockets[0] ? shift @sockets : undef;
	my $dir = tempdir('customerapi-nginx-XXXXXX', TMPDIR => 1);
	my $self = bless { dir => $dir, owner => $$, sockets => \@sockets, edit => $edit }, $class;
	mkdir "$dir/$_" for qw(run log tmp);
	# Another program may take the port between our finding it and nginx's taking it.
	for (1 .. 5) {
		return $self if $self->try_start;
	}
	die 'nginx did not start: ' . $self->logs;
}

sub free_port {
	my $probe = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Proto => 'tcp', Listen => 1)
		or die "no free port: $!";
	return $probe->sockport;
}

sub try_start {
	my ($self) = @_;
	my $dir = $self->{dir};
	my $src = $ENV{SRCDIR} // '.';
	my ($intake, @others) = @{ $self->{sockets} };
	$self->{port} = free_port();
	system("sh $src/nginx/instantiate.sh $self->{port} $intake $dir @others > $dir/nginx.conf")
		== 0 or die 'nginx/instantiate.sh failed';
	$self->change($self->{edit}) if $self->{edit};
	my $pid = fork // die "fork: $!";
	if (!$pid) {
		$ENV{PATH} .= ':/usr/sbin:/sbin';
		open STDIN, '<', '/dev/null';
		open STDOUT, '>>', "$dir/log/out";
		open STDERR, '>&', \*STDOUT;
		{ exec 'nginx', '-e', "$dir/log/nginx-error.log", '-c', "$dir/nginx.conf", '-g',
			'daemon off;' }
		POSIX::_exit(127);
	}
	for (1 .. 200) {
		if (-s "$dir/run/nginx-server.pid" && IO::Socket::INET->new(PeerAddr => '127.0.0.1',
			PeerPort => $self->{port})) {
			$self->{pid} = $pid;
			return 1;
		}
		return 0 if waitpid($pid, WNOHANG) == $pid;
		select undef, undef, undef, 0.05;
	}
	kill 'KILL', $pid;
	waitpid $pid, 0;
	return 0;
}

sub change {
	my ($self, $edit) = @_;
	open my $in, '<', "$self->{dir}/nginx.conf" or die $!;
	local $_ = do { local $/; <$in> };
	$edit->($self);
	open my $out, '>', "$self->{dir}/nginx.conf" or die $!;
	print $out $_;
	close $out;
}

sub dir { $_[0]{dir} }
sub port { $_[0]{port} }
sub url { "http://127.0.0.1:$_[0]{port}" }

# Everything that it logged.
sub logs {
	my ($self) = @_;
	my $all = '';
	for my $file (glob "$self->{dir}/log/*") {
		open my $fh, '<', $file or next;
		local $/;
		$all .= <$fh> // '';
	}
	return $all;
}

# Sends bytes as they are and returns the whole reply: for requests that an HTTP library would not
# send.
sub raw {
	my ($self, $bytes) = @_;
	my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $self->{port})
		or die "connect: $!";
	print $s $bytes;
	$s->flush;
	local $/;
	return <$s> // '';
}

sub stop {
	my ($self) = @_;
	return if !$self->{pid};
	local $?;
	kill 'TERM', $self->{pid};
	waitpid delete $self->{pid}, 0;
}

sub DESTROY {
	my ($self) = @_;
	return if $self->{owner} != $$;
	local ($?, $@, $!);
	$self->stop;
	remove_tree($self->{dir}) if -d $self->{dir};
}

1;
