# What a benchmark measures the program beside: others' programs behind an nginx of their own, and
# the figures of several rounds.
# my $fpm = Peer::php_fpm() or die; my $nginx = Peer::front("location / { … }"); $nginx->url
package Peer;
use strict;
use warnings;
use Exporter 'import';
use Server;

our @EXPORT_OK = qw(median spew);

sub spew { my ($file, $text) = @_; open my $fh, '>', $file or die "$file: $!"; print $fh $text;
	close $fh }

sub median { my @s = sort { $a <=> $b } @_; return $s[$#s / 2] }

# An nginx with these lines in its server, and others beside it.
sub front {
	my ($lines, $http) = @_;
	my $self = Server->in_folder('peer');
	mkdir "$self->{dir}/$_" for qw(run log tmp);
	$self->{port} = Server::free_port();
	my $d = $self->{dir};
	my $user = $> == 0 ? 'user root;' : '';
	my $temp = join ' ', map { "${_}_temp_path $d/tmp/$_;" } qw(client_body fastcgi proxy scgi
		uwsgi);
	spew("$d/nginx.conf", "$user worker_processes 1; pid $d/run/pid; error_log $d/log/e warn;
		events { worker_connections 1024; } http { access_log $d/log/a; $temp
		client_body_buffer_size 128k; client_max_body_size 8m; @{[$http // '']}
		server { listen 127.0.0.1:$self->{port}; $lines } }");
	$self->launch(sub { $self->listens }, ['nginx', '-e', "$d/log/e", '-c', "$d/nginx.conf",
		'-g', 'daemon off;'], out => "$d/log/out") or die 'nginx: ' . $self->logs;
	return $self;
}

# php-fpm with sixteen processes; nothing when it is not installed.
sub php_fpm {
	my ($fpm) = grep { -x } glob '/usr/sbin/php-fpm*';
	return if !$fpm;
	my $self = Server->in_folder('php');
	my $d = $self->{dir};
	my $user = $> == 0 ? "user = root\ngroup = root" : '';
	spew("$d/fpm.conf", "[global]\nerror_log = $d/e\ndaemonize = no\n[p]\n$user\n"
		. "listen = $d/s\nlisten.mode = 0666\npm = static\npm.max_children = 16\n");
	$self->launch(sub { -S "$d/s" }, [$fpm, '-R', '-F', '-y', "$d/fpm.conf",
		'-d', 'opcache.enable=1'], out => "$d/out")
		or die 'php-fpm: ' . Server::slurp("$d/e");
	return $self;
}

# A location that passes all to a FastCGI program in the folder of a server.
sub fastcgi { my ($self, @params) = @_;
	return "location / { fastcgi_pass unix:$self->{dir}/s; "
		. join(' ', map { "fastcgi_param $_;" } @params) . ' }' }

1;
