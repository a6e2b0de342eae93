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
use parent 'Server';

sub start {
	my ($class, $way, @words) = @_;
	my $edit = ref $words[0] ? shift @words : undef;
	my $self = $class->in_folder('apache', way => $way, words => \@words, edit => $edit);
	my $dir = $self->{dir};
	mkdir "$dir/$_" for qw(run log);
	chmod 0755, $dir;
	if ($> == 0) { chown scalar(getpwnam 'www-data'), -1, "$dir/run" }
	return $self->on_free_port;
}

sub try_start {
	my ($self) = @_;
	my $dir = $self->{dir};
	my $words = "$self->{way} $self->{port} $dir @{ $self->{words} }";
	my $out = `sh $ENV{SRCDIR}/apache/instantiate.sh $words 2>&1 > $dir/httpd.conf`;
	die "apache/instantiate.sh: $out" if $?;
	$self->change("$dir/$_") for $self->{edit} ? grep { -f "$dir/$_" } qw(httpd.conf way.conf)
		: ();
	my %env = map { $_ => undef } grep { /^(?:APACHE|CUSTOMERAPI)_/ } keys %ENV;
	return $self->launch(sub { -s "$dir/run/apache.pid" && $self->listens },
		['apache2', '-f', "$dir/httpd.conf", '-D', 'FOREGROUND'],
		out => "$dir/log/out", env => \%env);
}

1;
