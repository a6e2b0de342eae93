# In front of a server's Unix socket: passes bytes on both ways, and cuts a connection at the COMMIT
# of a client.
# my $cut = Cut->new($db->socket, "$dir/cut", 'before'); 'before': the server never sees that
# COMMIT; 'after': it carries it out, the client never hears of it
# The first COMMIT only; what comes later passes. Ends with the test.
package Cut;
use strict;
use warnings;
use IO::Select;
use IO::Socket::UNIX;
use POSIX ();

sub new {
	my ($class, $server, $path, $when) = @_;
	unlink $path;
	my $listen = IO::Socket::UNIX->new(Local => $path, Listen => 64) or die "$path: $!";
	my $pid = fork // die "fork: $!";
	if (!$pid) {
		serve($listen, $server, $when);
		POSIX::_exit(0);
	}
	return bless { pid => $pid, owner => $$ }, $class;
}

sub serve {
	my ($listen, $server, $when) = @_;
	my ($all, $left, %other, %client, %cut) = (IO::Select->new($listen), 1);
	while (1) {
		for my $s ($all->can_read) {
			if ($s == $listen) {
				my ($near, $far) = (scalar $listen->accept,
					IO::Socket::UNIX->new(Peer => $server));
				@other{$near, $far} = ($far, $near);
				$client{$near} = 1;
				$all->add($near, $far);
				next;
			}
			my $far = $other{$s} or next;
			my $got = sysread $s, my $bytes, 1 << 20;
			my $commit = $got && $client{$s} && $left && $bytes =~ /\x03COMMIT\z/;
			$left = 0 if $commit;
			if (!$got || ($commit && $when eq 'before') || $cut{$s}) {
				delete @$_{$s, $far} for \%other, \%client, \%cut;
				$all->remove($s, $far);
				close $_ for $s, $far;
				next;
			}
			syswrite $far, $bytes;
			$cut{$far} = 1
				if $commit;	# what the server answers now is not passed on
		}
	}
}

sub DESTROY {
	my ($self) = @_;
	return if $self->{owner} != $$;
	local ($?, $@, $!);
	kill 'TERM', $self->{pid};
	waitpid $self->{pid}, 0;
}

1;
