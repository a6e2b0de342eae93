# Another writer: a connection of its own, whose transaction stays open for as long as a test wants.
# my $r = Rival->new($db, 'tenant1'); $r->do('START TRANSACTION'); $r->do('UPDATE …');
# Rival::until_waiting($db); $r->send('UPDATE …'); $r->do('COMMIT');
# do() waits until the statement is done, send() does not: it may have to wait for a lock itself.
package Rival;
use strict;
use warnings;
use IPC::Open2;
use Time::HiRes qw(sleep time);

sub new {
	my ($class, $db, $database) = @_;
	my $self = bless { owner => $$, n => 0 }, $class;
	$self->{pid} = open2($self->{from}, $self->{to}, 'mariadb', '--no-defaults',
		'--socket=' . $db->socket, '-u', 'root', '--batch', '--skip-column-names',
		'--unbuffered', $database);
	$self->do("SET SESSION tx_isolation = 'READ-COMMITTED', innodb_lock_wait_timeout = 60");
	return $self;
}

sub send { my ($self, $sql) = @_; print { $self->{to} } "$sql;\n"; $self->{to}->flush }

# Rows come as lines in front of our word.
sub do {
	my ($self, $sql) = @_;
	my $word = 'done ' . ++$self->{n};
	$self->send("$sql; SELECT '$word'");
	while (defined(my $line = readline $self->{from})) {
		return if $line eq "$word\n";
	}
	die "the rival's connection ended: $sql";
}

# Waits until a transaction waits for a lock, another one than the last found so when $not is its
# number. Returns its number, or 0 when none does in 20 s.
# One that has written nothing yet has none: 0E0.
sub until_waiting {
	my ($db, $not) = @_;
	my $end = time + 20;
	while (time < $end) {
		my $trx = $db->value("SELECT trx_id FROM information_schema.innodb_trx WHERE "
			. "trx_state = 'LOCK WAIT'" . (defined $not ? " AND trx_id <> $not" : '')
			. ' LIMIT 1');
		return $trx || '0E0' if defined $trx;
		# The server renews what it shows only after a tenth of a second without a question.
		sleep 0.15;
	}
	return 0;
}

sub DESTROY {
	my ($self) = @_;
	return if $self->{owner} != $$;
	local ($?, $@, $!);
	close $self->{to};
	waitpid $self->{pid}, 0;
}

1;
