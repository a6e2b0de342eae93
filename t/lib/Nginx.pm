# A real nginx with the shipped configuration on a free port of 127.0.0.1, in a temporary folder.
# my $nginx = Nginx->start([sub { edit the configuration in $_ },] $intake_socket [, $process,
# $club, $help]); $nginx->url; $nginx->port; $nginx->logs; $nginx->raw($bytes);
# Works as root and as a plain user. Stops and cleans up at the end. With libfcgi it keeps no
# connections, as nginx/customerapi.conf says.
package Nginx;
use strict;
use warnings;
use parent 'Server';

sub start {
	my ($class, @sockets) = @_;
	my $edit = ref $sockets[0] ? shift @sockets : undef;
	my $own = $edit;
	$edit = sub { keeps_none(); $own->(@_) if $own }
		if ($ENV{CUSTOMERAPI_FCGI_TRANSPORT} // '') eq 'libfcgi';
	my $self = $class->in_folder('nginx', sockets => \@sockets, edit => $edit);
	mkdir "$self->{dir}/$_" for qw(run log tmp);
	return $self->on_free_port;
}

# An edit of the configuration in $_.
sub keeps_none {
	s/ keepalive \d+; \}/ }/g or die;
	s/fastcgi_keep_conn on/fastcgi_keep_conn off/ or die;
}

sub try_start {
	my ($self) = @_;
	my $dir = $self->{dir};
	my $src = $ENV{SRCDIR} // '.';
	my ($intake, @others) = @{ $self->{sockets} };
	system("sh $src/nginx/instantiate.sh $self->{port} $intake $dir @others > $dir/nginx.conf")
		== 0 or die 'nginx/instantiate.sh failed';
	$self->change("$dir/nginx.conf") if $self->{edit};
	return $self->launch(sub { -s "$dir/run/nginx-server.pid" && $self->listens },
		['nginx', '-e', "$dir/log/nginx-error.log", '-c', "$dir/nginx.conf",
			'-g', 'daemon off;'],
		out => "$dir/log/out");
}

1;
