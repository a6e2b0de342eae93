# The command-line tool on a MariaDB of its own, in a temporary folder, with an empty registry.
# my $admin = Admin->start(options => [server options], conf => "setting = 1\n");
# $admin->good('what', qw(customer add X)); $admin->bad('what', code, qr/words/, ...);
# $admin->json(...);
# run() gives (exit code, standard output, standard error); begin() and finish() let several run at
# once. A last argument that refers to a text is standard input.
package Admin;
use strict;
use warnings;
use File::Temp qw(tempdir);
use JSON::PP;
use MariaDB;
use POSIX ();
use Test::More;

sub start {
	my ($class, %o) = @_;
	my $self = bless { db => MariaDB->start(options => $o{options} // []),
		dir => tempdir('customerapi-admin-XXXXXX', TMPDIR => 1, CLEANUP => 1), n => 0 },
		$class;
	$self->conf('conf', registry => 'customerapi', more => $o{conf} // '');
	$self->good('init', 'init');
	return $self;
}

sub db { $_[0]{db} }
sub dir { $_[0]{dir} }

# Writes a file; its path.
sub file {
	my ($self, $name, $text) = @_;
	open my $fh, '>', "$self->{dir}/$name" or die $!;
	print $fh $text;
	close $fh;
	return "$self->{dir}/$name";
}

# Settings of an installation, which are in force from then on.
sub conf {
	my ($self, $name, %o) = @_;
	my $deadline = $o{deadline} // 1;
	$self->{conf} = $self->file($name, "db_socket = '" . $self->{db}->socket
		. "'\ndb_user = root\ndb_registry = $o{registry}\nkey_file = "
			. "'$self->{dir}/$name.key'\nfcgi_deadline_s = $deadline\n"
		. ($o{more} // ''));
	return $self->{conf};
}
sub use_conf { my ($self, $name) = @_; $self->{conf} = "$self->{dir}/$name" }

sub begin {
	my ($self, @args) = @_;
	my $in = $self->file('in.' . ++$self->{n}, ref $args[-1] ? ${ pop @args } : '');
	my $out = File::Temp->new(DIR => $self->{dir});
	my $errors = File::Temp->new(DIR => $self->{dir});
	my $pid = fork // die $!;
	if (!$pid) {
		delete $ENV{$_} for grep { /^CUSTOMERAPI_/ } keys %ENV;
		$ENV{CUSTOMERAPI_CONF} = $self->{conf};
		open STDIN, '<', $in;
		open STDOUT, '>&', $out;
		open STDERR, '>&', $errors;
		{ exec "$ENV{BUILDDIR}/customerapi", @args };
		POSIX::_exit(127);
	}
	return { pid => $pid, out => $out, err => $errors };
}

sub slurp { my ($fh) = @_; seek $fh, 0, 0; local $/; return <$fh> // '' }

sub finish {
	my ($self, $run) = @_;
	waitpid $run->{pid}, 0;
	my $code = $? & 127 ? 'signal ' . ($? & 127) : $? >> 8;
	return ($code, slurp($run->{out}), slurp($run->{err}));
}

sub run { my ($self, @args) = @_; return $self->finish($self->begin(@args)) }

sub good {
	my ($self, $what, @args) = @_;
	my ($code, $out, $err) = $self->run(@args);
	is("$code $err", '0 ', $what);
	return $out;
}

# A command that must fail with a code and with words on standard error, and must print nothing
# else.
sub bad {
	my ($self, $what, $want, $words, @args) = @_;
	my ($code, $out, $err) = $self->run(@args);
	is($code, $want, "$what: exit code") or diag("$out$err");
	like($err, $words, "$what: the words");
	is($out, '', "$what: no result");
	return $err;
}

sub json {
	my ($self, @args) = @_;
	my @input = ref $args[-1] ? pop @args : ();
	my ($code, $out, $err) = $self->run(@args, '--json', @input);
	is("$code $err", '0 ', "@args --json") or return {};
	return eval { decode_json($out) } // do { fail("JSON of @args: $@"); {} };
}

# What a check says: "result message -> fix" of each line.
sub check {
	my ($self, $name, $command) = @_;
	my (undef, $out) = $self->run($command // 'check', '--json');
	return join "\n",
		map { "$_->{Result} $_->{Message}" . ($_->{Fix} ? " -> $_->{Fix}" : '') } grep {
			$_->{Check} eq $name } @{ (eval { decode_json($out) } // {})->{Checks}
				// [] };
}

# Rows of the registry, or of another database, columns joined by "|".
sub rows { my ($self, $sql, $database) = @_;
	return [map { join '|', @$_ } $self->{db}->sql($sql, $database // 'customerapi')] }
sub value { my ($self, $sql, $database) = @_;
	return $self->{db}->value($sql, $database // 'customerapi') }
sub sql { my ($self, $sql, $database) = @_;
	return $self->{db}->sql($sql, $database // 'customerapi') }

1;
