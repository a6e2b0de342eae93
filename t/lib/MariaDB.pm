# A private MariaDB server on a Unix socket in a temporary folder.
# my $db = MariaDB->start; $db->sql('SELECT 1'); $db->socket; $db->kill9; $db->restart; (stops and
# cleans up at the end)
package MariaDB;
use strict;
use warnings;
use parent 'Server';

sub start {
	my ($class, %opts) = @_;
	my $self = $class->in_folder('db', options => $opts{options} // []);
	my $dir = $self->{dir};
	my @user = $> == 0 ? ('--user=root') : ();
	my $how = "--auth-root-authentication-method=normal --skip-test-db @user";
	my $out = `TMPDIR=$dir mariadb-install-db --no-defaults --datadir=$dir/data $how 2>&1`;
	die "mariadb-install-db: $out" if $?;
	$self->restart;
	return $self;
}

sub socket { "$_[0]{dir}/s" }

# Makes the registry, migrated by the build's own migrations. Returns the environment of programs
# that use it.
sub registry {
	my ($self) = @_;
	$self->sql('CREATE DATABASE customerapi');
	my %env = (CUSTOMERAPI_DB_SOCKET => $self->socket, CUSTOMERAPI_DB_USER => 'root',
		CUSTOMERAPI_DB_PASSWORD => '', CUSTOMERAPI_DB_REGISTRY => 'customerapi');
	local %ENV = (%ENV, %env, CUSTOMERAPI_CONF => '/dev/null');
	my $out = `$ENV{BUILDDIR}/t/c/schema_probe 2>&1`;
	die $out if $?;
	return %env;
}

sub restart {
	my ($self) = @_;
	my $dir = $self->{dir};
	my @user = $> == 0 ? ('--user=root') : ();
	my $ask = '--no-defaults --socket=' . $self->socket . q( -u root -e 'SELECT 1');
	$self->launch(sub { system("mariadb $ask >/dev/null 2>&1") == 0 },
		['mariadbd', '--no-defaults', "--datadir=$dir/data", '--socket=' . $self->socket,
			'--skip-networking', "--pid-file=$dir/pid", '--character-set-server=utf8mb4',
			'--innodb-flush-log-at-trx-commit=1', '--innodb-buffer-pool-size=64M',
			'--innodb-log-file-size=32M', '--max-connections=300', "--tmpdir=$dir",
			@user, @{ $self->{options} }], out => "$dir/log")
		or die 'mariadbd did not start: ' . `tail -n 20 $dir/log`;
}

# Runs SQL text as root; returns rows as array references of strings (NULL is "NULL"). Dies with the
# server's words.
sub sql {
	my ($self, $text, $database) = @_;
	my $file = "$self->{dir}/sql.$$";
	open my $in, '>:utf8', $file or die $!;
	print $in $text;
	close $in;
	my $to = "--socket=@{[$self->socket]} -u root --batch --skip-column-names";
	$to .= " $database" if defined $database;
	my $out = `mariadb --no-defaults --default-character-set=utf8mb4 $to < $file 2>$file.err`;
	if ($?) {
		open my $e, '<', "$file.err";
		local $/;
		die 'sql: ' . <$e>;
	}
	utf8::decode($out);
	return map { [split /\t/, $_, -1] } split /\n/, $out;
}

# What mariadb-dump writes of what these words name. Dies with its words.
sub dump_of {
	my ($self, @words) = @_;
	my $from = '--no-defaults --socket=' . $self->socket . ' -u root';
	my $out = `mariadb-dump $from @words 2>&1`;
	die "mariadb-dump: $out" if $?;
	return $out;
}

# The first column of the first row.
sub value {
	my ($self, @args) = @_;
	my ($row) = $self->sql(@args);
	return defined $row ? $row->[0] : undef;
}

# Users web, daemon and admin with the rights that "customerapi config grants" prints for the
# programs, and no others; databases: those of tenants.
# Passwords are "<user>-user-canary".
sub least_users {
	my ($self, @databases) = @_;
	local $ENV{CUSTOMERAPI_CONF} = '/dev/null';
	my $grants =
		`$ENV{BUILDDIR}/customerapi config grants --web web --daemon daemon --admin admin @{[map { "--database $_" } @databases]}`;
	die "config grants: $?" if $?;
	$self->sql(join('',
		map { "CREATE USER $_\@localhost IDENTIFIED BY '$_-user-canary'; " } qw(web daemon
			admin)) . $grants);
	return $grants;
}

# The settings of one of them, for a program's environment.
sub least { my ($self, $user) = @_;
	return (CUSTOMERAPI_DB_USER => $user, CUSTOMERAPI_DB_PASSWORD => "$user-user-canary") }

1;
