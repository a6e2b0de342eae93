# Runs of ImportFtp in a World without a daemon: each is done by customerapi-scheduler --once, which
# can be killed. Folders of connections are below $i->root.
# my $i = Importer->start; $i->connection('drop', 'Folder', 'file:in'); $i->put('in/a.csv', "…");
# my $run = $i->run(Connection => 'drop', Mapping => {…}); $run->{State}; $run->{Result};
# StableSeconds is 0 unless given. tenant => 2: of the other tenant.
package Importer;
use strict;
use warnings;
use File::Basename qw(dirname);
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use JSON::PP;
use Test::More;
use World;

my @states = ('', qw(Waiting Running Success Warning Failed Lost Cancelled TimedOut Skipped
	Missed));

sub start {
	my ($class, %opts) = @_;
	my $root = tempdir('customerapi-imports-XXXXXX', TMPDIR => 1, CLEANUP => 1);
	my $w = World->start(no_daemon => 1,
		scheduler => { CUSTOMERAPI_IMPORT_ROOT => $root, CUSTOMERAPI_LOG_LEVEL => 'info' });
	my $self = bless { w => $w, s => $w->{s}, root => $root }, $class;
	for my $id (1, 2) {
		$self->{token}{$id} = decode_json(
			$w->admin("token create C$id A$id --rights process --json"))->{Token};
	}
	return $self;
}

sub world { $_[0]{w} }
sub root { $_[0]{root} }
sub work { $_[0]{s}->dir . '/import' }

# A file below root, or its text.
sub put {
	my ($self, $file, $text) = @_;
	make_path(dirname("$self->{root}/$file"));
	open my $fh, '>:raw', "$self->{root}/$file" or die "$file: $!";
	print $fh $text;
	close $fh or die "$file: $!";
	return "$self->{root}/$file";
}

sub got {
	my ($self, $file) = @_;
	open my $fh, '<:raw', "$self->{root}/$file" or return undef;
	local $/;
	return scalar(<$fh>) // '';
}

# The names in a folder below root.
sub names {
	my ($self, $folder) = @_;
	opendir my $dir, "$self->{root}/$folder" or return [];
	return [sort grep { !/^\.\.?$/ } readdir $dir];
}

# Makes a connection of both tenants, by the command line.
sub connection {
	my ($self, $name, $kind, $address, %set) = @_;
	my $secret = delete $set{Password};
	my @set = map { "--set $_='$set{$_}'" } sort keys %set;
	push @set, '--secret-file Password=-' if defined $secret;
	for my $id (1, 2) {
		$self->{w}->admin("connection add C$id A$id $name $kind '$address' "
			. "--set SourceId=1 @set", $secret);
	}
}

sub headers { my ($self, $tenant, $token) = @_;
	return ('X-Crm360Api-Token' => $token // $self->{token}{$tenant},
		'X-Crm360Api-CustomerName' => "C$tenant", 'X-Crm360Api-DatabaseAlias' => "A$tenant") }

sub ask {
	my ($self, $path, %o) = @_;
	return $self->{w}->request('GET', "/ProcessManagement/Imports$path", undef,
		$self->headers($o{tenant} // 1, $o{token}));
}

# The reply to a request for a run.
sub order {
	my ($self, %p) = @_;
	my $tenant = delete $p{tenant} // 1;
	return $self->{w}->request('POST', '/ProcessManagement/ImportFtp/RunNow',
		{ Parameters => { StableSeconds => 0, %p } }, $self->headers($tenant));
}

# Begins a run and returns its number.
sub begin {
	my ($self, %p) = @_;
	my $r = $self->order(%p);
	die "$r->{status} $r->{content}" if $r->{status} != 202;
	return $r->{json}{RunId};
}

sub told {
	my ($self, $id) = @_;
	my ($row) = $self->{s}->sql('SELECT state, HEX(reason), HEX(result), HEX(log_tail) FROM '
		. "api_run WHERE run_id = $id");
	my ($state, @texts) = @$row;
	my ($reason, $result, $log) = map { pack 'H*', $_ eq 'NULL' ? '' : $_ } @texts;
	return { State => $states[$state], Reason => $reason, Log => $log,
		Result => $result eq '' ? {} : JSON::PP->new->utf8->decode($result) };
}

# A run to its end.
sub run {
	my ($self, %p) = @_;
	my $id = $self->begin(%p);
	$self->{s}->once;
	return $self->told($id);
}

# What a killed run holds is free.
sub forget {
	my ($self) = @_;
	$self->{s}->sql('UPDATE api_run SET state = 7 WHERE state IN (1, 2)');
	$self->{s}->sql('UPDATE api_run SET busy_exclusive = NULL');
}

# A run that dies at a point.
sub killed_at {
	my ($self, $point, %p) = @_;
	$self->begin(%p);
	local $self->{s}{env}{CUSTOMERAPI_TEST_CRASH_AT} = $point;
	is($self->{s}->once & 127, 9, "$point: killed there");
	$self->forget;
}

# A run that is killed after a while; 1 when it was.
sub killed_after {
	my ($self, $seconds, %p) = @_;
	$self->begin(%p);
	my $pid = $self->{s}->spawn($self->{s}->dir . '/log', '--once');
	select undef, undef, undef, $seconds;
	kill 'KILL', $pid;
	waitpid $pid, 0;
	my $killed = ($? & 127) == 9;
	$self->forget;
	return $killed;
}

1;
