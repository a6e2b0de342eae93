# The demo tenant Demo/Main on a whole system in a temporary folder: MariaDB, pools for intake,
# process and help, nginx, the daemon.
# my $demo = Demo->start; $demo->url; $demo->token; $demo->password; $demo->db;
# $demo->get('/healthz'); $demo->settled; $demo->seed;
# A user "demo" with all rights, a token, Source 1 (webhooks by token), mail allowed to
# @demo.example. Stops and cleans up at the end.
package Demo;
use strict;
use warnings;
use File::Path qw(make_path remove_tree);
use File::Temp qw(tempdir);
use HTTP::Tiny;
use JSON::PP;
use Time::HiRes qw(sleep time);
use Fcgi;
use MariaDB;
use Nginx;
use POSIX ();

sub start {
	my ($class, %opts) = @_;
	my $dir = tempdir('customerapi-demo-XXXXXX', TMPDIR => 1);
	my $self = bless { dir => $dir, owner => $$, db => MariaDB->start,
		password => join('', map { ('a' .. 'z')[rand 26] } 1 .. 20) }, $class;
	open my $fh, '>', "$dir/conf" or die $!;
	close $fh;
	$self->{env} = { CUSTOMERAPI_CONF => "$dir/conf",
		CUSTOMERAPI_DB_SOCKET => $self->{db}->socket, CUSTOMERAPI_DB_USER => 'root',
		CUSTOMERAPI_DB_PASSWORD => '',
		CUSTOMERAPI_DB_REGISTRY => 'customerapi', CUSTOMERAPI_KEY_FILE => "$dir/key",
		CUSTOMERAPI_IMPORT_WORK => "$dir/import", CUSTOMERAPI_IMPORT_ROOT => "$dir/files",
		CUSTOMERAPI_QUEUE_POLL_MS => 50, CUSTOMERAPI_SMTP_PORT => 9,
		%{ $opts{env} // {} } };
	$self->admin('init');
	$self->admin('customer add Demo');
	$self->admin('alias add Demo Main --database customerapi_demo --create-database '
		. '--currency EUR --time-zone Europe/Paris --admin-email admin@demo.example');
	$self->admin('source add Demo Main --source-id 1 --label Shop');
	$self->admin('mail-allow add Demo Main @demo.example');
	$self->admin("user add Demo Main demo --rights admin --password-file -", $self->{password});
	$self->{token} =
		decode_json($self->admin('token create Demo Main --rights admin --json'))->{Token};
	my %pool = map { $_ => Fcgi->start(%{ $self->{env} }, CUSTOMERAPI_FCGI_AREA => $_,
		CUSTOMERAPI_FCGI_WORKERS => 1, CUSTOMERAPI_FCGI_THREADS => 8) }
		qw(intake process club help);
	$self->{pools} = \%pool;
	$self->{nginx} = Nginx->start(map { $pool{$_}->socket } qw(intake process club help));
	$self->daemon if $opts{daemon} // 1;
	return $self;
}

sub dir { $_[0]{dir} }
sub db { $_[0]{db} }
sub url { $_[0]{nginx}->url }
sub token { $_[0]{token} }
sub password { $_[0]{password} }
sub pool { $_[0]{pools}{ $_[1] } }

# Runs the command-line tool; dies when it fails.
sub admin {
	my ($self, $command, $input) = @_;
	local %ENV = (%ENV, %{ $self->{env} });
	open my $fh, '>', "$self->{dir}/in" or die $!;
	print $fh $input // '';
	close $fh;
	my $out = `$ENV{BUILDDIR}/customerapi $command < $self->{dir}/in 2>$self->{dir}/err`;
	die "customerapi $command: $out" . `cat $self->{dir}/err` if $?;
	return $out;
}

sub daemon {
	my ($self) = @_;
	my $pid = fork // die "fork: $!";
	if (!$pid) {
		open STDIN, '<', '/dev/null';
		open STDOUT, '>>', "$self->{dir}/daemon.log";
		open STDERR, '>&', \*STDOUT;
		@ENV{ keys %{ $self->{env} } } = values %{ $self->{env} };
		{ exec "$ENV{BUILDDIR}/customerapi-scheduler" };
		POSIX::_exit(127);
	}
	$self->{daemon} = $pid;
}

sub headers { my ($self) = @_;
	return { 'X-Crm360Api-Token' => $self->{token}, 'X-Crm360Api-CustomerName' => 'Demo',
		'X-Crm360Api-DatabaseAlias' => 'Main' } }

sub request {
	my ($self, $method, $path, $content, $headers) = @_;
	my $r = ($self->{http} //= HTTP::Tiny->new(timeout => 60,
		max_redirect => 0))->request($method, $self->url . $path,
		{ headers => { %{ $headers // $self->headers } },
			defined $content ? (content => $content) : () });
	return $r;
}
sub get { my ($self, $path, $headers) = @_; return $self->request('GET', $path, undef, $headers) }

# Waits until no message is waiting.
sub settled {
	my ($self) = @_;
	for (1 .. 600) {
		return 1 if $self->{db}->value(
			'SELECT COUNT(*) FROM customerapi.api_message WHERE state IN (1, 2)') == 0;
		sleep 0.05;
	}
	return 0;
}

# Something of everything: deliveries, one of them bad; a schedule and a run; the contact 4711 of
# the club.
sub seed {
	my ($self) = @_;
	my $post = '/ProcessManagement/Connector/Standard/QueueProcess/Demo/Main/Shopify';
	for my $case (['Customer/Insert', 'customers_create'], ['Order/Insert', 'orders_paid']) {
		open my $fh, '<', "$ENV{SRCDIR}/t/fixtures/shopify/$case->[1].json" or die $!;
		my $r = $self->request('POST', "$post/$case->[0]?SourceId=1", do { local $/;
			<$fh> });
		die $r->{content} if $r->{status} != 202;
	}
	$self->request('POST', "$post/Order/Insert?SourceId=1", '{"not": "an order"}');
	my $r = $self->request('POST', '/ProcessManagement/ComputeRefAmounts/Daily',
		'{"Time": "02:30", "Label": "Nightly"}');
	die $r->{content} if $r->{status} != 201;
	my $id = decode_json($r->{content})->{ScheduleId};
	$r = $self->request('PUT', '/ProcessManagement/Schedules/ByName/nightly',
		'{"Process": "ComputeRefAmounts", "Cron": "30 2 * * *"}');
	die $r->{content} if $r->{status} !~ /^20[01]$/;
	$r = $self->request('POST', "/ProcessManagement/Schedules/$id/RunNow", '{}');
	die $r->{content} if $r->{status} != 202;
	$r = $self->request('POST', '/Bonduelle/Club/SetContact?SourceId=1',
		'{"DrupalId": "4711", "FirstName": "Ada", "LastName": "Lovelace"}');
	die $r->{content} if $r->{status} !~ /^20[01]$/;
	$self->import_one;
	$self->settled or die 'the deliveries were not processed';
	return $self;
}

# A file by the connection drop, imported by a run.
sub import_one {
	my ($self) = @_;
	make_path("$self->{dir}/files/Demo/Main/in");
	open my $fh, '>', "$self->{dir}/files/Demo/Main/in/people.csv" or die $!;
	print $fh "number,name\n815,Hopper\n";
	close $fh;
	my $r = $self->request('PUT', '/ProcessManagement/Connections/drop/Folder',
		'{"Address": "file:Demo/Main/in", "SourceId": 1}');
	die $r->{content} if $r->{status} !~ /^20[01]$/;
	$r = $self->request('POST', '/ProcessManagement/ImportFtp/RunNow', encode_json({
		Parameters => { Connection => 'drop', StableSeconds => 0, Mapping => { Rows => [
			{ Entity => 'Contact', Members => { LastName => 'name',
				'ExternalKey.Identifier' => 'number' } } ] } } }));
	die $r->{content} if $r->{status} != 202;
	my $id = decode_json($r->{content})->{RunId};
	for (1 .. 600) {
		return if $self->{db}->value(
			"SELECT state FROM customerapi.api_run WHERE run_id = $id") == 3;
		sleep 0.05;
	}
	die 'the file was not imported';
}

sub DESTROY {
	my ($self) = @_;
	return if $self->{owner} != $$;
	local ($?, $@, $!);
	if ($self->{daemon}) {
		kill 'TERM', $self->{daemon};
		waitpid delete $self->{daemon}, 0;
	}
	delete $self->{nginx};
	delete $self->{pools};
	delete $self->{db};
	remove_tree($self->{dir}) if !$ENV{KEEP};
}

1;
