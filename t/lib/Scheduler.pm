# The daemon, its log in a file, and a registry to put messages into.
# my $s = Scheduler->new($db, CUSTOMERAPI_QUEUE_WORKERS => 4); $s->tenant(1); $s->put(tenant => 1,
# action => 'Done', body => '{}'); $s->start;
# $s->settled or die; $s->events('process-ended'); $s->once; $s->stop; (stops and cleans up at the
# end)
package Scheduler;
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use JSON::PP;
use Time::HiRes qw(sleep time);
use parent 'Server';

# What failed is tried again when the test says so, not because the machine was slow.
my %AGAIN = (CUSTOMERAPI_QUEUE_LADDER => '600');

sub program { "$ENV{BUILDDIR}/customerapi-scheduler" }

sub new {
	my ($class, $db, %env) = @_;
	my $self = $class->in_folder('scheduler', db => $db, n => 0);
	my $dir = $self->{dir};
	open my $fh, '>', "$dir/conf" or die $!;
	close $fh;
	$self->{env} = { CUSTOMERAPI_CONF => "$dir/conf", CUSTOMERAPI_DB_SOCKET => $db->socket,
		CUSTOMERAPI_DB_USER => 'root', CUSTOMERAPI_DB_PASSWORD => '',
		CUSTOMERAPI_DB_REGISTRY => 'customerapi', CUSTOMERAPI_KEY_FILE => "$dir/key",
		CUSTOMERAPI_WAKE_SOCKET => "$dir/wake", CUSTOMERAPI_IMPORT_WORK => "$dir/import",
		CUSTOMERAPI_QUEUE_POLL_MS => 50, CUSTOMERAPI_RUN_AS_DAEMON_PAUSE_MS => 50,
		CUSTOMERAPI_SMTP_PORT => 9, %AGAIN, %env };
	$db->sql('CREATE DATABASE IF NOT EXISTS customerapi; CREATE DATABASE IF NOT EXISTS '
		. 'tenant1; CREATE DATABASE IF NOT EXISTS tenant2');
	for my $database (qw(tenant1 tenant2 customerapi)) {
		local %ENV = (%ENV, %{ $self->{env} }, CUSTOMERAPI_DB_REGISTRY => $database);
		my $out = `$ENV{BUILDDIR}/t/c/schema_probe 2>&1`;
		die $out if $?;
	}
	return $self;
}

sub set { my ($self, %env) = @_; $self->{env}{$_} = $env{$_} for keys %env }
sub sql { my ($self, @text) = @_; return $self->{db}->sql("@text", 'customerapi') }
sub value { my ($self, @text) = @_; return $self->{db}->value("@text", 'customerapi') }

# A customer C<id> with the alias A<id>, whose database is tenant<id>.
sub tenant {
	my ($self, $id, %set) = @_;
	my $time = "'2026-01-01'";
	$self->sql("INSERT INTO api_customer (customer_id, name, created_at) VALUES ($id, 'C$id', "
		. "$time);
		INSERT INTO api_alias (alias_id, customer_id, name, database_name, created_at) "
			. "VALUES ($id, $id, 'A$id', 'tenant$id', $time);
		INSERT INTO api_tenant_queue (tenant_id, served_at) VALUES ($id, $time);");
	$self->sql("UPDATE api_alias SET $_ = $set{$_} WHERE alias_id = $id") for sort keys %set;
}

# Puts messages; all or some of tenant, kind, batch, platform, entity, action, key, email, body,
# source, auth, limits, after (seconds until visible). Returns their receipts.
sub put {
	my ($self, @messages) = @_;
	my (@rows, @receipts);
	for my $m (ref $messages[0] ? @messages : { @messages }) {
		my $receipt = substr sha256_hex("$$ " . $self->{n}++), 0, 32;
		push @receipts, $receipt;
		my %m = (tenant => 1, kind => 1, batch => 0, platform => 'Test', entity => 'Any',
			action => 'Done', email => '', body => '{}', after => 0, auth => 0,
			source => 1, %$m);
		push @rows, sprintf "(x'%s', %d, %d, %d, %d, "
			. "UTC_TIMESTAMP(6) + INTERVAL %d SECOND, UTC_TIMESTAMP(6), %d, "
			. "'%s', '%s', '%s', '%s', %s, %s, 'POST', '/', '{}', %s)", $receipt,
			@m{qw(tenant kind auth batch after source platform entity action email)},
			defined $m{limits} ? "'$m{limits}'" : 'NULL',
			defined $m{key} ? "x'" . sha256_hex($m{key}) . "'" : 'NULL',
			$m{body} eq '' ? "''" : "x'" . unpack('H*', $m{body}) . "'";
	}
	while (my @some = splice @rows, 0, 2000) {
		$self->sql('INSERT INTO api_message (receipt, tenant_id, kind, auth, batch_mode, '
			. 'visible_at, received_at, source_id, platform, entity, action, email, '
			. 'limits, ordering_key, method, uri, headers, body) VALUES '
			. join ',', @some);
	}
	return @receipts;
}

# The attempts of messages, as api_attempt has them and as the messages tried once tell them
# themselves: a table for FROM.
sub attempts {
	return '(SELECT * FROM api_attempt UNION ALL SELECT id, attempts, leased_by, settled_at, '
		. "settled_at, ELT(state - 2, 'done', '', '', 'superseded', '', 'ignored'), "
		. "reason_class, reason, remarks FROM api_message WHERE state IN (3, 6, 8) AND "
		. "leased_by <> '')";
}

# What became of one message: a hash of its columns and a list of its attempts.
sub message {
	my ($self, $receipt) = @_;
	my @names = qw(id state attempts deaths alone reason_class reason visible_at settled_at
		received_at);
	my ($row) = $self->sql('SELECT ' . join(', ', @names)
		. " FROM api_message WHERE receipt = x'$receipt'");
	my %m;
	@m{@names} = @$row;
	$m{history} = [map { { outcome => $_->[0], class => $_->[1], reason => $_->[2],
		attempt => $_->[3] } }
		$self->sql('SELECT outcome, reason_class, reason, attempt FROM', attempts(), "a "
			. "WHERE message_id = $m{id} ORDER BY attempt")];
	$m{outcomes} = join ' ', map { $_->{outcome} } @{ $m{history} };
	return \%m;
}

sub spawn { my ($self, $log, @args) = @_;
	return $self->beside([program(), @args], out => $log, env => $self->{env}) }

sub start { my ($self, @args) = @_; $self->{pid} = $self->spawn("$self->{dir}/log", @args) }

# Runs --once and returns its exit status.
sub once {
	my ($self) = @_;
	my $pid = $self->spawn("$self->{dir}/log", '--once');
	waitpid $pid, 0;
	return $?;
}

# Waits until a query gives the value; 0 when it does not in time.
sub until_is {
	my ($self, $want, $sql, $seconds) = @_;
	my $end = time + ($seconds // 30);
	while (time < $end) {
		return 1 if ($self->value($sql) // '') eq $want;
		sleep 0.05;
	}
	return 0;
}

# Waits until no message is ready or leased.
sub settled { my ($self, $seconds) = @_;
	return $self->until_is(0, 'SELECT COUNT(*) FROM api_message WHERE state IN (1, 2)',
		$seconds) }

# The log's lines of an event, decoded.
sub events {
	my ($self, $event) = @_;
	open my $fh, '<', "$self->{dir}/log" or return ();
	my @lines = grep { defined } map { eval { decode_json($_) } } <$fh>;
	return grep { !defined $event || $_->{event} eq $event } @lines;
}

# The daemon's children, all or those of a kind.
sub children {
	my ($self, $kind) = @_;
	open my $fh, '<', "/proc/$self->{pid}/task/$self->{pid}/children" or return ();
	my @pids = split ' ', <$fh> // '';
	return @pids if !defined $kind;
	return grep {
		my $line = '';
		if (open my $c, '<', "/proc/$_/cmdline") { $line = join ' ', split /\0/,
			<$c> // '' }
		$line =~ / --child $kind( |$)/;
	} @pids;
}

1;
