# Everything at once: MariaDB, the web program behind nginx, and the daemon; two tenants, C1/A1 in
# tenant1 and C2/A2 in tenant2, each with Source 1 whose key is "key-<tenant>".
# least => 1: each program as a database user of its own, with no more rights than it needs.
# my $w = World->start; my $r = $w->post('Standard/Contact/Insert', { LastName => 'Doe' });
# $r->{outcome}; $w->rows('SELECT …');
# post() waits until the daemon is done with the message and tells what became of it. queue() does
# not wait; take() gives what queue() has sent so far.
package World;
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use HTTP::Tiny;
use JSON::PP;
use Time::HiRes qw(sleep time);
use Fcgi;
use MariaDB;
use Nginx;
use Scheduler;

my @states = ('', 'ready', 'leased', 'done', 'dead', 'unrouted', 'superseded', 'cancelled',
	'ignored');

sub start {
	my ($class, %opts) = @_;
	my $db = MariaDB->start;
	my $s = Scheduler->new($db, %{ $opts{scheduler} // {} });
	my $self = bless { db => $db, s => $s, owner => $$, sent => [], least => $opts{least} },
		$class;
	if ($opts{least}) {
		$db->least_users(qw(tenant1 tenant2));
		$s->set($db->least('daemon'));
	}
	$self->make_key;
	for my $id (1, 2) {
		$s->tenant($id, %{ $opts{tenant} // {} });
		$self->source($id, 1);
	}
	$self->{fcgi} =
		Fcgi->start(map({ $_ => $s->{env}{$_} } grep { $_ ne 'CUSTOMERAPI_CONF' } keys %{
			$s->{env} }), $opts{least} ? $db->least('web') : (),
				CUSTOMERAPI_FCGI_WORKERS => 1, CUSTOMERAPI_FCGI_THREADS => 8,
				%{ $opts{fcgi} // {} });
	$self->{nginx} = Nginx->start($opts{nginx} // (), $self->{fcgi}->socket);
	$self->{http} = HTTP::Tiny->new(timeout => 60);
	$s->start if !$opts{no_daemon};
	return $self;
}

# The key under which secrets are sealed.
sub make_key {
	my ($self) = @_;
	open my $random, '<:raw', '/dev/urandom' or die $!;
	read $random, my $key, 32;
	open my $fh, '>', $self->{s}->dir . '/key' or die $!;
	chmod 0600, $fh;
	print $fh unpack('H*', $key), "\n";
}

# A Source of a tenant, in the registry and in the tenant's own table; extra: column => SQL value.
sub source {
	my ($self, $tenant, $source, %extra) = @_;
	my %row = (alias_id => $tenant, source_id => $source,
		key_hash => "x'" . sha256_hex("key-$tenant") . "'", created_at => "'2026-01-01'",
		%extra);
	$self->{s}->sql('INSERT INTO api_source (' . join(', ', sort keys %row) . ') VALUES ('
		. join(', ', map { $row{$_} } sort keys %row) . ')');
	$self->{db}->sql("INSERT INTO Source (SourceId, Label, CreationDate, ModificationDate) "
		. "VALUES ($source, 'Source $source', '2026-01-01', '2026-01-01')",
		"tenant$tenant");
}


sub encoded { my ($body) = @_;
	return ref $body ? JSON::PP->new->canonical->utf8->allow_bignum->encode($body) : $body }

# Runs the command-line tool; its output, dies when it fails.
sub admin {
	my ($self, $command, $input) = @_;
	local %ENV = (%ENV, %{ $self->{s}{env} }, $self->{least} ? $self->{db}->least('admin')
		: ());
	my $file = $self->{s}->dir . '/admin';
	open my $fh, '>', "$file.in" or die $!;
	print $fh $input // '';
	close $fh;
	my $out = `$ENV{BUILDDIR}/customerapi $command < $file.in 2>$file.err`;
	die "customerapi $command: $out" . `cat $file.err` if $?;
	return $out;
}

# Any request; the reply with its JSON decoded.
sub request {
	my ($self, $method, $path, $body, %headers) = @_;
	my $r = $self->{http}->request($method, $self->{nginx}->url . $path,
		{ headers => { 'Content-Type' => 'application/json', %headers },
			defined $body ? (content => encoded($body)) : () });
	$r->{json} = eval { JSON::PP->new->utf8->allow_bignum->decode($r->{content}) };
	return $r;
}

# Delivers a body to Platform/Entity/Action; options: tenant, source, query (text, "&…"), headers.
sub queue {
	my ($self, $triple, $body, %o) = @_;
	my ($tenant, $source) = ($o{tenant} // 1, $o{source} // 1);
	my $credential = $o{headers} ? '' : '&key=key-' . $tenant;
	my $r = $self->request('POST', "/ProcessManagement/Connector/Standard/QueueProcess/C$tenant"
		. "/A$tenant/$triple?SourceId=$source$credential" . ($o{query} // ''), $body,
		%{ $o{headers} // {} });
	die "$triple: $r->{status} $r->{content}" if $r->{status} != 202;
	push @{ $self->{sent} }, $r->{json}{Receipt};
	return $r->{json}{Receipt};
}

# Waits until a message is settled; its outcome, reason and remarks.
sub became {
	my ($self, $receipt) = @_;
	my $end = time + 60;
	while (time < $end) {
		my ($row) = $self->{s}->sql("SELECT state, reason_class, reason, HEX(remarks) "
			. "FROM api_message WHERE receipt = x'$receipt' AND state NOT IN (1, 2)");
		return { outcome => $states[$row->[0]], class => $row->[1], reason => $row->[2],
			remarks => $row->[3] eq '' ? [] : JSON::PP->new->utf8->decode(pack 'H*',
				$row->[3]) } if $row;
		my ($try) = $self->{s}->sql("SELECT a.reason_class, a.reason FROM api_attempt a "
			. "JOIN api_message m ON m.id = a.message_id WHERE m.receipt = "
				. "x'$receipt' AND a.outcome = 'retry' LIMIT 1");
		return { outcome => 'retry', class => $try->[0], reason => $try->[1] } if $try;
		sleep 0.02;
	}
	die "message $receipt is not settled";
}

sub post { my ($self, @args) = @_; my $receipt = $self->queue(@args); pop @{ $self->{sent} };
	return $self->became($receipt) }

# What became of all that was queued since the last call, in order.
sub take { my ($self) = @_; return map { $self->became($_) } splice @{ $self->{sent} } }

# Rows of a tenant's database, each as its columns joined by "|".
sub rows { my ($self, $sql, $tenant) = @_;
	return [map { join '|', @$_ } $self->{db}->sql($sql, 'tenant' . ($tenant // 1))] }
sub value { my ($self, $sql, $tenant) = @_;
	return $self->{db}->value($sql, 'tenant' . ($tenant // 1)) }
sub sql { my ($self, $sql, $tenant) = @_; return $self->{db}->sql($sql, 'tenant' . ($tenant // 1)) }

# Everything that any program wrote down: logs, and the registry's tables as text.
sub traces {
	my ($self) = @_;
	my $all = $self->{nginx}->logs . $self->{fcgi}->log;
	open my $fh, '<', $self->{s}->dir . '/log' or die $!;
	local $/;
	$all .= <$fh>;
	my $socket = $self->{db}->socket;
	return $all .
		`mariadb-dump --no-defaults --socket=$socket -u root --hex-blob --databases customerapi tenant1 tenant2 2>/dev/null`;
}

sub stop { my ($self) = @_; $self->{s}->stop; $self->{nginx}->stop; $self->{fcgi}->stop }

1;
