# A real exim on a free port of 127.0.0.1, everything in a temporary folder: STARTTLS with a
# certificate made here, AUTH for user "mailer" with the password given.
# my $exim = Exim->start(password => '…', tls => 1, auth => 1); $exim->port; $exim->ca;
# $exim->mails; $exim->stop;
# names => 'DNS:…', days => 90: of the certificate. tls_on_connect => 1: TLS from the first byte.
# smtp_connection lines in the log count connections. queue_only => 1: what it takes stays in its
# queue, on the disk, and nothing is delivered; queued() counts it.
# Addresses decide: later@… is answered 450, refused@… 550, slow@… after a second, everything
# else is delivered to one file.
package Exim;
use strict;
use warnings;
use parent 'Server';

sub start {
	my ($class, %opts) = @_;
	my $self = $class->in_folder('exim', %opts);
	my $dir = $self->{dir};
	mkdir "$dir/$_" for qw(spool log box);
	chmod 0711, $dir;
	chmod 0777, "$dir/box";
	my $names = $self->{names} // 'DNS:localhost,IP:127.0.0.1';
	my $of = "-days @{[$self->{days} // 2]} -subj /CN=localhost -addext subjectAltName=$names";
	my $to = "-keyout $dir/key.pem -out $dir/cert.pem";
	my $out = `openssl req -x509 -newkey rsa:2048 -nodes $of $to 2>&1`;
	die $out if $?;
	return $self->on_free_port;
}

sub configuration {
	my ($self) = @_;
	my $user = getpwuid $>;
	my $group = getgrgid((split ' ', $()[0]);
	# Debian's exim never delivers as root.
	my ($owner, $owner_group) = $> == 0 ? ('nobody', 'nogroup') : ($user, $group);
	my $tls = $self->{tls} // 1
		? "tls_advertise_hosts = *\ntls_certificate = $self->{dir}/cert.pem\n"
			. "tls_privatekey = $self->{dir}/key.pem" : 'tls_advertise_hosts =';
	$tls .= "\ntls_on_connect_ports = $self->{port}" if $self->{tls_on_connect};
	my $must = $self->{auth} ? "  deny message = login first\n       !authenticated = *" : '';
	my $password = $self->{password} // '';
	my $queue = $self->{queue_only} ? "queue_only\nsplit_spool_directory" : '';
	return <<"CONF";
exim_user = $user
exim_group = $group
never_users =
spool_directory = $self->{dir}/spool
log_file_path = $self->{dir}/log/%slog
pid_file_path = $self->{dir}/exim.pid
primary_hostname = localhost
local_interfaces = 127.0.0.1
daemon_smtp_ports = $self->{port}
qualify_domain = localhost
keep_environment =
rfc1413_query_timeout = 0s
host_lookup =
message_size_limit = 20M
log_selector = +smtp_connection
smtp_enforce_sync = false
smtp_accept_queue_per_connection = 0
$queue
$tls
acl_smtp_rcpt = check_rcpt
begin acl
check_rcpt:
$must
  defer message = 450 4.2.1 come back later
        local_parts = later
  deny  message = 550 5.1.1 no such user here
        local_parts = refused
  accept local_parts = slow
         delay = 1s
  accept
begin routers
all:
  driver = accept
  transport = file
begin transports
file:
  driver = appendfile
  file = $self->{dir}/box/mbox
  create_directory
  user = $owner
  group = $owner_group
  mode = 0644
  message_prefix = "From x\\n"
  message_suffix = "\\nEnd x\\n"
  delivery_date_add
  batch_max = 100
  envelope_to_add
begin retry
* * F,1h,1m
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = \${if and{{eq{\$auth2}{mailer}}{eq{\$auth3}{$password}}}}
  server_set_id = \$auth2
  server_advertise_condition = \${if def:tls_in_cipher}
CONF
}

sub try_start {
	my ($self) = @_;
	my $dir = $self->{dir};
	open my $fh, '>', "$dir/conf" or die $!;
	print $fh $self->configuration;
	close $fh;
	chmod 0600, "$dir/conf";
	return $self->launch(sub { $self->listens },
		['/usr/sbin/exim4', '-C', "$dir/conf", '-bdf',
			$self->{queue_only} ? () : '-q1m'], out => "$dir/log/out");
}

sub ca { "$_[0]{dir}/cert.pem" }

# The delivered mails, each as its text. One that is being written is not there yet.
sub mails {
	my ($self) = @_;
	open my $fh, '<', "$self->{dir}/box/mbox" or return ();
	local $/;
	my $all = <$fh> // '';
	return grep { s/^End x\n\z//m } split /^From x\n/m, $all;
}

sub queued { my ($self) = @_; return scalar(() = map { glob "$self->{dir}/spool/input/$_" } '*-H',
	'*/*-H') }

# How many mails there are when all that were taken are delivered.
sub settled {
	my ($self) = @_;
	for (1 .. 600) {
		last if !$self->queued;
		select undef, undef, undef, 0.05;
	}
	return scalar(() = $self->mails);
}

# How many connections there were.
sub connections { my @all = $_[0]->logs =~ /SMTP connection from .*TCP\/IP connection count/g;
	return scalar @all }

1;
