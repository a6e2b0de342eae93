# Each tenant has a database of its own: another's is refused, whatever name, host, socket or case
# leads to it, also when several commands run at once or one dies half-way; doctor finds those
# that share one already.
use strict;
use warnings;
use Admin;
use IO::Socket::INET;
use Test::More;
use Time::HiRes qw(sleep);

my $port = do { my $s = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') or die $!;
	$s->sockport };
my $a = Admin->start(options => ['--skip-networking=0', '--bind-address=127.0.0.1', "--port=$port",
	'--skip-name-resolve']);
my $socket = $a->db->socket;
$a->sql("CREATE USER far\@'%' IDENTIFIED BY 'far-away'; GRANT ALL ON *.* TO far\@'%'; CREATE USER "
	. "far\@localhost IDENTIFIED BY 'far-away'; GRANT ALL ON *.* TO far\@localhost");
my $password = $a->file('password', 'far-away');
my @far = ('--user', 'far', '--password-file', $password);

sub mark { return $a->value(
	'SELECT CONCAT(HEX(database_uid), " ", customer, "/", alias) FROM api_owner', $_[0]) }
sub aliases { return join ' ', @{ $a->rows('SELECT CONCAT(c.name, "/", a.name) FROM api_alias a '
	. 'JOIN api_customer c USING (customer_id) ORDER BY 1') } }

$a->good("customer $_", 'customer', 'add', $_) for qw(Acme Beta Race1 Race2 Race3 Race4 Race5
	Race6);
$a->good('a tenant', qw(alias add Acme Shop --database customerapi_acme --create-database --currency
	EUR --time-zone Europe/Paris));
my $acme = mark('customerapi_acme');
like($acme, qr/^[0-9A-F]{32} Acme\/Shop$/, 'its database bears its mark');
is($a->value("SELECT HEX(database_uid) FROM api_alias WHERE name = 'Shop'"), substr($acme, 0, 32),
	'which the registry knows');

# ------------------------------------------------------------------ another customer, by whatever
# way
symlink $socket, $a->dir . '/s';
my @ways = (
	['the same name', '--database', 'customerapi_acme'],
	['--create-database', '--database', 'customerapi_acme', '--create-database'],
	['--shared', '--database', 'customerapi_acme', '--shared'],
	['--take-over', '--database', 'customerapi_acme', '--take-over'],
	['an address', '--database', 'customerapi_acme', '--host', '127.0.0.1', '--port', $port,
		@far],
	['another spelling of it', '--database', 'customerapi_acme', '--host', '127.1', '--port',
		$port, @far],
	['an address and all words', '--database', 'customerapi_acme', '--host', '127.0.0.1',
		'--port', $port, @far, '--shared', '--take-over'],
	['the socket', '--database', 'customerapi_acme', '--socket', $socket, @far],
	['the socket by another path', '--database', 'customerapi_acme', '--socket', $a->dir . '/s',
		@far],
);
for (@ways) {
	my ($what, @way) = @$_;
	$a->bad("another customer by $what", 1,
		qr/database customerapi_acme is that of Acme\/Shop, of another customer/,
		qw(alias add Beta Shop), @way);
	is(aliases() . ' ' . mark('customerapi_acme'), "Acme/Shop $acme",
		'and nothing has changed');
}
$a->good('one of its own', qw(alias add Beta Shop --database customerapi_beta --create-database));
isnt(substr(mark('customerapi_beta'), 0, 32), substr($acme, 0, 32), 'has another mark');
$a->good('one that is elsewhere by name only', qw(alias add Beta Other --database
	customerapi_beta2 --create-database --host 127.0.0.1 --port), $port, @far);
$a->bad('taken by its name here', 1,
	qr/database customerapi_beta2 is that of Beta\/Other already\..*--shared/,
	qw(alias add Beta Third --database customerapi_beta2));
$a->bad('and by another customer', 1, qr/of another customer/,
	qw(alias add Acme Third --database customerapi_beta2));
is($a->value('SELECT probe IS NULL FROM api_owner', 'customerapi_acme'), 1,
	'looking leaves nothing behind');

# ------------------------------------------------------------------ the same customer
$a->bad('a second alias of the customer', 1,
	qr/customerapi_acme is that of Acme\/Shop already\. If both aliases are to work on the same data, say --shared/,
	qw(alias add Acme Two --database customerapi_acme));
$a->good('with --shared', qw(alias add Acme Two --database customerapi_acme --shared));
is(mark('customerapi_acme'), $acme, 'the mark stays');
is($a->value("SELECT COUNT(DISTINCT database_uid) FROM api_alias WHERE name IN ('Shop', 'Two') "
	. "AND customer_id = 1"), 1, 'both are known by it');
like($a->check('databases'),
	qr/^ok Acme\/Shop and Acme\/Two share the database customerapi_acme, as was said\.$/m,
	'check says so');
$a->bad('a third without it', 1, qr/--shared/,
	qw(alias add Acme Three --database customerapi_acme));
$a->bad('and another customer still not', 1, qr/of another customer/,
	qw(alias add Beta Three --database customerapi_acme --shared));

# ------------------------------------------------------------------ at once
for my $round (1 .. 3) {
	$a->sql("CREATE DATABASE customerapi_race$round");
	my @runs = map { $a->begin('alias', 'add', "Race$_", "R$round", '--database',
		"customerapi_race$round", $_ % 2 ? ('--shared') : (),
		$_ == 6 ? ('--take-over') : ()) } 1 .. 6;
	my @ends = map { [$a->finish($_)] } @runs;
	my @won = grep { $ends[$_][0] eq '0' } 0 .. 5;
	cmp_ok(scalar @won, '==', 1,
		"six customers take one database at once: one gets it, round $round")
		or diag(map { "@$_\n" } @ends);
	is(aliases() =~ s/.*(Race\d\/R$round).*/$1/r, mark("customerapi_race$round") =~ s/.* //r,
		'the mark is its');
	like($ends[$_][2],
		qr/of another customer|holds what|busy with a conflicting change|under way|given to another/,
		'the others are told why') for grep { $ends[$_][0] ne '0' } 0 .. 5;
	is(join(' ', map { $_->[0] } @ends) =~ s/0//r =~ s/1 ?//gr =~ s/ //gr, '',
		'and end with an error, none with a signal');
}
{
	$a->sql('CREATE DATABASE customerapi_same');
	my @ends = map { [$a->finish($_)] } map { $a->begin('alias', 'add', 'Race1', "Same$_",
		'--database', 'customerapi_same') } 1 .. 4;
	is(scalar(grep { $_->[0] eq '0' } @ends), 1,
		'four aliases of one customer at once, nobody says --shared: one')
		or diag(map { "@$_\n" } @ends);
}
# Killed half-way: run again it is done, and nobody else has got it meanwhile.
for my $round (1 .. 8) {
	$a->sql("CREATE DATABASE customerapi_kill$round");
	my $run = $a->begin('alias', 'add', 'Race2', "Kill$round", '--database',
		"customerapi_kill$round");
	sleep 0.03 * $round;
	kill 'KILL', $run->{pid};
	$a->finish($run);
	my ($code) = $a->run('alias', 'add', 'Race3', "Kill$round", '--database',
		"customerapi_kill$round");
	my $there = aliases() =~ /Race2\/Kill$round\b/ ? 1 : 0;
	ok(!($there && $code eq '0'), "killed after a moment: one tenant at most, round $round");
	($code) = $a->run('alias', 'add', 'Race2', "Kill$round", '--database',
		"customerapi_kill$round", '--if-missing');
	my $other = aliases() =~ /Race3\/Kill$round\b/ ? 1 : 0;
	is($code, $other ? 1 : 0, 'run again it is done, unless the other was first');
	is(scalar(() = aliases() =~ /Race[23]\/Kill$round\b/g), 1, 'and it is one tenant\'s');
}

# ------------------------------------------------------------------ what others left
sub remove { my ($customer, $alias) = @_;
	$a->sql("UPDATE api_alias SET enabled = 0, disabled_at = '2026-01-01'
		WHERE name = '$alias'"); return $a->good("$customer/$alias removed", 'alias',
		'remove', $customer, $alias) }
$a->good('a tenant that goes', qw(alias add Acme Old --database customerapi_old --create-database));
$a->sql("INSERT INTO Contact (LastName, CreationDate, ModificationDate) VALUES ('Left', "
	. "'2026-01-01', '2026-01-01')", 'customerapi_old');
my $left = remove('Acme', 'Old');
like($left, qr/The database customerapi_old stays, with 1 contact and 0 purchases/,
	'it says what is left');
$a->bad('another customer takes what is left', 1,
	qr/customerapi_old holds what the removed tenant Acme\/Old left\. Is that data to become Beta's, say --take-over/,
	qw(alias add Beta Old --database customerapi_old));
like($a->good('its own customer may', qw(alias add Acme Old2 --database customerapi_old)),
	qr/holds what Acme\/Old left: it is this alias's now/, 'and is told');
is(mark('customerapi_old') =~ s/.* //r, 'Acme/Old2', 'the mark names it');
remove('Acme', 'Old2');
my $before = mark('customerapi_old');
like($a->good('with --take-over another',
	qw(alias add Beta Old --database customerapi_old --take-over)),
	qr/holds what the removed tenant Acme\/Old2 left: it was taken over with what is in it/,
	'and is told');
like(mark('customerapi_old'), qr/ Beta\/Old$/, 'the mark is its');
isnt(substr(mark('customerapi_old'), 0, 32), substr($before, 0, 32), 'and is a new one');

# A copy bears the mark of the original.
for my $copy ('customerapi_copy', 'customerapi_copy2') {
	$a->sql("CREATE DATABASE $copy");
	system("mariadb-dump --no-defaults --socket=$socket -u root customerapi_acme | mariadb "
		. "--no-defaults --socket=$socket -u root $copy") == 0 or die 'no copy';
	is(mark($copy), $acme, 'a copy');
}
$a->bad('of another customer', 1,
	qr/customerapi_copy is a copy of that of Acme\/Two.*--take-over|customerapi_copy is a copy of that of Acme\/Shop.*--take-over/,
	qw(alias add Beta Copy --database customerapi_copy));
like($a->good('of the same customer', qw(alias add Acme Copy --database customerapi_copy)),
	qr/customerapi_copy is a copy of that of Acme\/\w+: it has a mark of its own now/,
	'is a database of its own');
$a->good('taken over', qw(alias add Beta Copy --database customerapi_copy2 --take-over));
is(scalar(@{ $a->rows('SELECT DISTINCT database_uid FROM (SELECT database_uid FROM '
	. 'customerapi_acme.api_owner UNION ALL SELECT database_uid FROM '
		. 'customerapi_copy.api_owner UNION ALL SELECT database_uid FROM '
			. 'customerapi_copy2.api_owner) x') }), 3, 'three marks');

# ------------------------------------------------------------------ another installation
$a->conf('two', registry => 'customerapi_two', more => '');
$a->good('another installation', 'init');
$a->good('a customer of the same name', qw(customer add Acme));
$a->bad('takes the other\'s database', 1,
	qr/customerapi_acme bears the mark of Acme\/Shop of another installation.*--take-over/,
	qw(alias add Acme Shop --database customerapi_acme));
$a->bad('or its registry\'s neighbour', 1, qr/another installation/,
	qw(alias add Acme Shop --database customerapi_beta --shared));
$a->good('with --take-over', qw(alias add Acme Shop --database customerapi_beta --take-over));
$a->good('its own', qw(alias add Acme Own --database customerapi_two_own --create-database));
like($a->check('databases'),
	qr/^ok Each tenant that was looked at has a database of its own \(2\)\.$/,
	'all is well there');
$a->use_conf('conf');
my $given = 'its database customerapi_beta bears the mark of Acme/Shop: it was given away, or is '
	. 'another one than before.';
my $take = 'customerapi alias set Beta Shop --database customerapi_beta --take-over';
like($a->check('databases'), qr/^error Beta\/Shop: \Q$given\E -> .*\Q$take\E/m,
	'the first one sees that it was given away');
my ($code) = $a->run('check');
is($code, 1, 'as an error');
$a->good('and takes it back', qw(alias set Beta Shop --database customerapi_beta --take-over));
unlike($a->check('databases'), qr/Beta\/Shop/, 'so it is its own again');

# ------------------------------------------------------------------ before there were marks
$a->good('a tenant of old',
	qw(alias add Beta Legacy --database customerapi_legacy --create-database));
sub forget { $a->sql("UPDATE api_alias SET database_uid = NULL WHERE name = 'Legacy'; DROP TABLE "
	. "IF EXISTS customerapi_legacy.api_owner") }
forget();
like($a->check('databases'),
	qr/^warning Beta\/Legacy: its database customerapi_legacy bears no mark of its tenant yet\. -> customerapi migrate gives it its mark\.$/m,
	'check says so');
$a->bad('another customer takes it', 1,
	qr/customerapi_legacy is that of Beta\/Legacy, of another customer/,
	qw(alias add Acme Legacy --database customerapi_legacy));
$a->bad('by another way', 1, qr/of another customer/,
	qw(alias add Acme Legacy --database customerapi_legacy --host 127.0.0.1 --port), $port,
	@far);
forget();
$a->good('migrate', 'migrate');
like(mark('customerapi_legacy'), qr/ Beta\/Legacy$/, 'gives it its mark');
unlike($a->check('databases'), qr/Legacy/, 'and all is well');
forget();
$a->good('migrate --dry-run', 'migrate', '--dry-run');
is($a->value("SELECT COUNT(*) FROM api_alias WHERE database_uid IS NULL"), 1, 'does not');
# One that does not answer may be the same.
$a->sql("UPDATE api_alias SET host = '127.0.0.1', port = 9, db_user = 'far' WHERE name = 'Legacy'");
$a->bad('a tenant of this name that does not answer', 1,
	qr/Whether customerapi_legacy is the database of Beta\/Legacy cannot be told, for that one does not answer/,
	qw(alias add Acme Legacy --database customerapi_legacy));
$a->good('another name is another database',
	qw(alias add Acme Free --database customerapi_free --create-database));
$a->sql("UPDATE api_alias SET host = '', port = 3306, db_user = '' WHERE name = 'Legacy'");
$a->good('migrate', 'migrate');

# ------------------------------------------------------------------ those that share one already
$a->sql("INSERT INTO api_alias (customer_id, name, database_name, created_at) SELECT customer_id, "
	. "'Spy', 'customerapi_acme', '2026-01-01' FROM api_customer WHERE name = 'Beta';
	INSERT INTO api_tenant_queue SELECT alias_id, '2026-01-01' FROM api_alias
		WHERE name = 'Spy'");
my $shared = 'of two customers, have one database (customerapi_acme): each reads the other\'s '
	. 'data.';
my $at_once = 'At once: customerapi alias set Beta Spy --no-enabled';
for my $when ('before', 'after') {
	for my $command ('check', 'doctor') {
		like($a->check('databases', $command),
			qr/^error Acme\/Shop and Beta\/Spy, \Q$shared -> $at_once\E/m,
			"$command finds them, $when migrate");
	}
	is(($a->run('check'))[0], 1, 'as an error');
	$a->good('migrate', 'migrate');
}
like($a->good('Spy is disabled', qw(alias set Beta Spy --no-enabled)),
	qr/Changed the alias Beta\/Spy/, 'what it says to do');
unlike($a->check('databases'), qr/Spy/, 'then nobody reads');
$a->bad('it cannot come back', 1, qr/customerapi_acme is that of Acme\/Shop, of another customer/,
	qw(alias set Beta Spy --database customerapi_acme --shared --take-over));
$a->sql("UPDATE api_alias SET shared = 0 WHERE name = 'Two'");
like($a->check('databases'),
	qr/^warning Acme\/Shop and Acme\/Two have one database: customerapi_acme\. -> Is that meant\? Then: customerapi alias set Acme Two --shared/m,
	'two of one customer are a warning');
$a->good('what it says to do', qw(alias set Acme Two --shared));
like($a->check('databases'), qr/^ok Acme\/Shop and Acme\/Two share/m, 'and it is none');
$a->bad('and back', 1, qr/say --shared/, qw(alias set Acme Two --no-shared));

# ------------------------------------------------------------------ one database for all: the
# registry's
$a->good('the registry\'s own database', qw(alias add Race4 Home --database customerapi));
$a->bad('is one tenant\'s, too', 1, qr/customerapi is that of Race4\/Home, of another customer/,
	qw(alias add Race5 Home --database customerapi));

# ------------------------------------------------------------------ servers that do not look at the
# case of names
my $b = Admin->start(options => ['--lower-case-table-names=1']);
$b->good("customer $_", 'customer', 'add', $_) for qw(Acme Beta);
$b->good('a tenant', qw(alias add Acme Shop --database Customerapi_Acme --create-database));
is($b->value('SELECT database_name FROM api_alias'), 'customerapi_acme',
	'is stored as the server calls it');
$b->bad("another customer by $_", 1,
	qr/customerapi_acme is that of Acme\/Shop, of another customer/,
	qw(alias add Beta Shop --database), $_) for qw(customerapi_acme CUSTOMERAPI_ACME
		customerapi_Acme);
$b->sql("UPDATE api_alias SET database_uid = NULL, database_name = 'CustomerAPI_acme'; DROP TABLE "
	. "customerapi_acme.api_owner");
$b->bad('one of old, in another case', 1, qr/of another customer/,
	qw(alias add Beta Shop --database CUSTOMERAPI_ACME));

done_testing();
