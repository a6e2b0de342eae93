# A FastCGI client on a Unix socket, as a web server is one, and as a hostile one.
# my $c = FcgiClient->new($socket); $c->send(record(…)); my ($type, $id, $content) = $c->record;
# my $reply = $c->request({ REQUEST_URI => '/healthz', … }, body => …, keep => 1);
# $reply->{status}, {head}, {body}, {end}; undef when the connection ends before it.
package FcgiClient;
use strict;
use warnings;
use Exporter 'import';
use IO::Select;
use IO::Socket::UNIX;

our @EXPORT_OK = qw(record begin pairs);

use constant { START => 1, LAST => 3, VARIABLES => 4, BODY => 5, OUT => 6 };

sub record {
	my ($type, $id, $content, $padding) = @_;
	return pack('CCnnCC', 1, $type, $id, length $content, $padding // 0, 0) . $content
		. "\0" x ($padding // 0);
}

sub begin {
	my (%how) = @_;
	return record(START, $how{id} // 1, pack('nCx5', $how{role} // 1, $how{keep} ? 1 : 0));
}

sub pair_length { my $n = shift; return $n < 128 ? chr $n : pack 'N', $n | 0x80000000 }

sub pairs {
	my ($vars) = @_;
	return join '', map {
		pair_length(length) . pair_length(length $vars->{$_}) . $_ . $vars->{$_}
	} sort keys %$vars;
}

sub new {
	my ($class, $path) = @_;
	my $s = IO::Socket::UNIX->new(Peer => $path, Type => SOCK_STREAM) or die "$path: $!";
	return bless { s => $s }, $class;
}

sub send {
	my ($self, @bytes) = @_;
	local $SIG{PIPE} = 'IGNORE';
	my $bytes = join '', @bytes;
	while (length $bytes) {
		my $n = syswrite($self->{s}, $bytes) // return 0;
		substr $bytes, 0, $n, '';
	}
	return 1;
}

# n bytes, or undef when the connection ends or is silent for 20 s.
sub bytes {
	my ($self, $n) = @_;
	my $got = '';
	my $select = IO::Select->new($self->{s});
	while (length $got < $n) {
		return if !$select->can_read(20);
		sysread($self->{s}, $got, $n - length $got, length $got) or return;
	}
	return $got;
}

# The next record: type, id, content; nothing when there is none.
sub record_read {
	my ($self) = @_;
	my $head = $self->bytes(8) // return;
	my (undef, $type, $id, $n, $padding) = unpack 'CCnnC', $head;
	my $content = $n ? $self->bytes($n) // return : '';
	$self->bytes($padding) // return if $padding;
	return ($type, $id, $content);
}

# 1 when the peer has closed it.
sub is_closed { my ($self) = @_; return !defined $self->bytes(1) }

sub reply {
	my ($self) = @_;
	my ($out, $end) = ('');
	while (my ($type, undef, $content) = $self->record_read) {
		$out .= $content if $type == OUT;
		if ($type == LAST) { $end = unpack 'x4C', $content; last }
	}
	return if !defined $end;
	my ($head, $body) = split /\r\n\r\n/, $out, 2;
	my ($status) = ($head // '') =~ /^Status: (\d+)/m;
	return { status => $status // 0, head => $head, body => $body, end => $end };
}

sub request {
	my ($self, $vars, %how) = @_;
	my $body = $how{body} // '';
	my %all = (REQUEST_METHOD => 'GET', REQUEST_URI => '/healthz', REMOTE_ADDR => '127.0.0.1',
		CONTENT_LENGTH => length $body, %$vars);
	my $stream = join '', map { record(BODY, 1, $_) } unpack '(a60000)*', $body;
	$self->send(begin(%how), record(VARIABLES, 1, pairs(\%all)), record(VARIABLES, 1, ''),
		$stream, record(BODY, 1, ''));
	return $self->reply;
}

1;
