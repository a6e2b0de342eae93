# A real Apache with the shipped configuration on a free port of 127.0.0.1, in a temporary folder;
# started by hand, never the machine's service.
# my $apache = Apache->start('proxy-fcgi', [sub { edit the configuration in $_ },] @sockets); or
# ('fcgid', $program, $conf), ('cgi', $served_folder)
#   $apache->url;  $apache->port;  $apache->logs;  $apache->raw($bytes);
# As root it serves as www-data: what it is given must be open to that user. Stops and cleans up at
# the end.
package Apache;
use strict;
use warnings;
use File::Path qw(remove_tree);
use File::Temp qw(tempdir);
use IO::Socket::INET;
use POSIX qw(WNOHANG);
use Nginx;

sub start {
	my ($class, $way, @words) = @_;
	my $edit = ref $words[0] ? shift @words : undef;
	my $dir = tempdir('customerapi-apache-XXXXXX', TMPDIR => 1);
	my $self = bless { dir => $dir, owner => $$, way => $way, words => \@words, edit => $edit },
		$class;
	mkdir "$dir/$_" for qw(run log);
	chmod 0755, $dir;
	if ($> == 0) { chown scalar(getpwnam 'www-data'), -1, "$dir/run" }
	# Another program may take the port between our finding it and Apache's taking it.
	for (1 .. 5) {
		return $self if $self->try_start;
	}
	die 'apache2 did not start: ' . $self->logs;
}

sub try_start {
	my ($self) = @_;
	my $dir = $self->{dir};
	$self->{port} = Nginx::free_port();
	my $words = "$self->{way} $self->{port} $dir @{ $self->{words} }";
	my $out = `sh $ENV{SRCDIR}/apache/instantiate.sh $words 2>&1 > $dir/httpd.conf`;
	die "apache/instantiate.sh: $out" if $?;
	$self->change("$dir/$_") for $self->{edit} ? grep { -f "$dir/$_" } qw(httpd.conf way.conf)
		: ();
	my $pid = fork // die "fork: $!";
	if (!$pid) {
		$ENV{PATH} .= ':/usr/sbin:/sbin';
		delete $ENV{$_} for grep { /^(?:APACHE|CUSTOMERAPI)_/ } keys %ENV;
		open STDIN, '<', '/dev/null';
		open STDOUT, '>>', "$dir/log/out";
		open STDERR, '>&', \*STDOUT;
		{ exec 'apache2', '-f', "$dir/httpd.conf", '-D', 'FOREGROUND' }
		POSIX::_exit(127);
	}
	for (1 .. 400) {
		if (-s "$dir/run/apache.pid" && IO::Socket::INET->new(PeerAddr => '127.0.0.1',
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
	my ($self, $file) = @_;
	open my $in, '<', $file or die $!;
	local $_ = do { local $/; <$in> };
	$self->{edit}->($self);
	open my $out, '>', $file or die $!;
	print $out $_;
	close $out;
}

sub dir { $_[0]{dir} }
sub port { $_[0]{port} }
sub url { "http://127.0.0.1:$_[0]{port}" }
sub logs { return Nginx::logs($_[0]) }
sub raw { my ($self, $bytes) = @_; return Nginx::raw($self, $bytes) }

# TERM: its children end with it.
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
	remove_tree($self->{dir}) if -d $self->{dir} && !$ENV{KEEP};
}

1;
