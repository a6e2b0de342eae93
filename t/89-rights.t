# The whole work with the least rights: web program, daemon and command line each as a database user
# of its own, with what "config grants" prints and no more;
# check says what is missing, and what is too much.
use strict;
use warnings;
use utf8;
use Test::More;
use Digest::SHA qw(sha256_hex hmac_sha256_base64);
use JSON::PP;
use Time::HiRes qw(sleep);
use World;

binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output;
my $w = World->start(least => 1, tenant => { reference_currency => "'EUR'",
	time_zone => "'Europe/Paris'" }, scheduler => { CUSTOMERAPI_QUEUE_LADDER => '1' });
my ($s, $db) = ($w->{s}, $w->{db});
$s->sql("INSERT INTO api_token (alias_id, token_hash, rights, created_at) VALUES (1, x'"
	. sha256_hex('rights-canary') . "', 'admin', '2026-01-01')");
my %token = ('X-Crm360Api-Token' => 'rights-canary', 'X-Crm360Api-CustomerName' => 'C1',
	'X-Crm360Api-DatabaseAlias' => 'A1');
sub done { my ($what, $body, %o) = @_; my $r = $w->post($what, $body, headers => { %token }, %o);
	is($r->{outcome}, 'done', $what) or diag("$r->{class}: $r->{reason}") }

# What a user may not: the server refuses it. As the user itself.
sub may {
	my ($user, $sql) = @_;
	my $as = "--socket=@{[$db->socket]} -u $user -p$user-user-canary";
	my $out = `mariadb --no-defaults $as -e "$sql" 2>&1`;
	return $? == 0 ? 'may' : $out =~ /denied/ ? 'denied' : $out;
}
is(join(' ', map { may('web', $_) } 'CREATE TABLE tenant1.x (a INT)', 'DROP TABLE tenant1.Contact',
	'ALTER TABLE customerapi.api_user FORCE', 'TRUNCATE TABLE tenant1.DecisionStateNext',
	'CREATE DATABASE customerapi_x', 'SELECT 1 FROM mysql.user'),
	join(' ', ('denied') x 6), 'the web program\'s user has no rights on tables and databases');
is(join(' ', map { may('daemon', $_) } 'CREATE TABLE customerapi.x (a INT)',
	'DROP TABLE customerapi.api_user', 'ALTER TABLE customerapi.api_message FORCE',
	'CREATE DATABASE other'), join(' ', ('denied') x 4),
	'nor the daemon\'s on the registry\'s');
is(may('admin', 'CREATE DATABASE other'), 'denied', 'nor the admin\'s on other databases');

# ------------------------------------------------------------------ the main job

is($w->request('GET', '/readyz')->{status}, 200, 'ready');
done('Standard/Contact/Insert', { LastName => 'Doe', ExternalKey => { Identifier => 'c1' } });
done('Standard/Address/Insert', { ContactExternalKey => { Identifier => 'c1' },
	Email => 'doe@example.com', City => 'Lyon' });
done('Shopify/Customer/Insert', { id => 501, first_name => 'Ada', last_name => 'Lovelace',
	email => 'ada@example.com', created_at => '2026-10-01T10:00:00Z',
	updated_at => '2026-10-01T10:00:00Z' });
done('Shopify/Order/Insert', { id => 601, name => '#601', currency => 'USD',
	financial_status => 'paid', total_price => '30.00', created_at => '2026-10-02T10:00:00Z',
	updated_at => '2026-10-02T10:00:00Z', email => 'ada@example.com', customer => { id => 501 },
	line_items => [{ id => 1, variant_id => 11, product_id => 10, sku => 'A', name => 'Cup',
		quantity => 1, price => '30.00', discount_allocations => [] }],
		shipping_lines => [], discount_codes => [] });
done('Shopify/Product/Insert',
	{ id => 10, title => 'Cup', variants => [{ id => 11, sku => 'A', price => '30.00' }],
		updated_at => '2026-10-01T10:00:00Z' });
done('Magento/Contact/Insert',
	{ LastName => 'Mage', Identifiers => [{ Identifier => 'm1', SourceId => 1 }] });
done('Standard/Contact/Delete', { ExternalKey => { Identifier => 'm1' } });
is($w->request('POST',
	'/ProcessManagement/Connector/Adictiz/AdictizCampaignParticipation/Add?adictizSourceId=1',
	{ timestamp => 1, request_id => 'r1', event_type => 'FormSubscribe',
		data => { user_id => 'u1', operation_id => 'o1', lastname => 'Box' } },
		%token)->{status}, 202, 'Adictiz');
is($w->request('POST', '/ProcessManagement/CurrencyRates', { CurrencyId => 'USD', Rate => '0.9',
	ValidFrom => '2026-01-01' }, %token)->{status}, 200, 'a rate');
is($w->request('POST', '/ProcessManagement/Labels', { SourceId => 1, Kind => 'Civility',
	Label => 'Mlle', Id => '2' }, %token)->{status}, 200, 'a label');
is($w->request('POST', '/Bonduelle/Club/SetContact?SourceId=1',
	{ DrupalId => 'd1', LastName => 'Club' }, %token, 'Idempotency-Key' => 'k1')->{status}, 201,
	'the club');
is($w->request('GET', '/Bonduelle/Club/GetListPoints?DrupalId=d1&SourceId=1', undef,
	%token)->{status}, 200, 'its points');
$w->admin('user add C1 A1 adam --rights data,process --password-file -', 'adam-password-canary');
is($w->request('GET', '/ProcessManagement/Connector/Adictiz/AdictizCampaignRefData/ListZone'
	. '?customerName=C1&databaseAlias=A1&login=adam&password=wrong')->{status}, 401,
	'a wrong password is counted');

for my $process (qw(ComputeRefAmounts RefreshDecisionalData EarnPoints ExpirePoints
	RefreshDecisionalData)) {
	my $made = $w->request('POST', "/ProcessManagement/$process/OneTime",
		{ StartDate => '2031-01-01T00:00:00Z' }, %token);
	is($made->{status}, 201, "$process: a schedule") or diag($made->{content});
	my $id = $made->{json}{ScheduleId};
	my $run = $w->request('POST', "/ProcessManagement/Schedules/$id/RunNow", undef,
		%token)->{json}{RunId};
	ok($s->until_is('3', "SELECT state FROM api_run WHERE run_id = $run"), "$process runs")
		or diag(join ' ',
			map { @$_ } $s->sql(
				"SELECT state, reason, log_tail FROM api_run WHERE run_id = $run"));
	is($w->request('DELETE', "/ProcessManagement/Schedules/$id", undef, %token)->{status}, 204,
		'and is away again');
}
is($w->value('SELECT COUNT(*) FROM DecisionContact') > 0 ? 1 : 0, 1, 'decision tables are filled');
is($w->value("SELECT RefAmount FROM PurchaseHeader WHERE PurchaseIdentifier = '601'") + 0, 27,
	'amounts computed');
done('Shopify/Compliance/Redact',
	{ shop_id => 1, shop_domain => 'x', customer => { id => 501, email => 'ada@example.com' },
		orders_to_redact => [601] });
ok($s->until_is(2, 'SELECT state FROM api_privacy WHERE kind = 2'), 'a person is erased')
	or diag(join ' ',
		map { @$_ } $s->sql(
			"SELECT state, reason, log_tail FROM api_run WHERE process = 'Erase'"));
is($w->value("SELECT COUNT(*) FROM Contact WHERE LastName = 'Lovelace'"), 0, 'and gone');
ok($s->until_is(0, 'SELECT COUNT(*) FROM api_message WHERE state IN (1, 2)'), 'all is settled');
is($s->stop, 0, 'the daemon ends well');
is($s->once, 0, '--once, with what retention does');
my @denied = ($w->{fcgi}->log . do { local (@ARGV, $/) = ($s->dir . '/log');
	<> }) =~ /(.*(?:denied|1142|1044).*)/g;
is_deeply([grep { /command denied|Access denied/ } @denied], [], 'nothing was denied to anybody');

# ------------------------------------------------------------------ the command line

sub check {
	my ($user, @args) = @_;
	local %ENV = (%ENV, %{ $s->{env} }, $db->least($user));
	my $found = decode_json(
		scalar `$ENV{BUILDDIR}/customerapi check --json @args 2>"$s->{dir}/err"`);
	return { map { ("$_->{Check} $_->{Message}" => $_) } @{ $found->{Checks} } };
}
sub rights { my ($found) = @_;
	return [map { my $m = $found->{$_};
		$m->{Message} =~ /: (?:web|daemon|admin) (?:lacks|has) .*/
			? "$m->{Result} $m->{Message}" : () } sort keys %$found] }
for (['web', '--program web'], ['daemon', '--program daemon'], ['admin', ''],
	['admin', '--program admin']) {
	my ($user, $as) = @$_;
	my $found = rights(check($user, $as));
	is(scalar(grep { /^ok .*: $user has the rights it needs\.$/ } @$found), 3,
		"$user: check $as: enough, for the registry and each tenant") or diag("@$found");
	is(scalar @$found, 3, 'and no more');
}
like("@{ rights(check('web', '--program daemon')) }",
	qr/^ok The registry: web has the rights it needs\. error C1\/A1 .*: web lacks CREATE, ALTER, DROP, which the process RefreshDecisionalData needs\./,
	'as the daemon\'s it lacks what RefreshDecisionalData needs');
like("@{ rights(check('daemon')) }",
	qr/warning C1\/A1 .*: daemon lacks INDEX, which customerapi migrate, and the daemon's process RefreshDecisionalData, need\./,
	'as that of all INDEX');
like("@{ rights(check('admin', '--program web')) }",
	qr/warning The registry: admin has CREATE, ALTER, INDEX, DROP, which this program does not need\./,
	'too much is said, too');
$db->sql('REVOKE DROP ON tenant1.* FROM daemon@localhost; REVOKE UPDATE ON customerapi.* FROM '
	. 'web@localhost');
like("@{ rights(check('daemon', '--program daemon')) }",
	qr/error C1\/A1 .*: daemon lacks DROP, which the process RefreshDecisionalData needs/,
	'DROP alone is missed');
my ($line) = values %{
	{ map { $_->{Check} eq 'grants' ? ($_->{Check} => $_) : () } values %{ check('web',
		'--program web') } } };
is("$line->{Result} $line->{Message} $line->{Fix}",
	"error The registry: web lacks UPDATE. As the database's administrator: "
		. "GRANT UPDATE ON `customerapi`.* TO 'web'\@...;",
	'and what of rows is missing, with the line that mends it');
$db->sql($line->{Fix} =~ s/.*administrator: //r =~ s/\@\.\.\./\@'localhost'/r);
like("@{ rights(check('web', '--program web')) }", qr/^ok The registry/, 'which does');

# A new registry and a new tenant by the admin's user alone.
$db->sql(join '', map { s/`customerapi/`fresh/gr } grep { /'admin'/ } map { "$_\n" } split /\n/,
	do { local $ENV{CUSTOMERAPI_CONF} = '/dev/null';
		`$ENV{BUILDDIR}/customerapi config grants --admin admin` });
{
	local $s->{env}{CUSTOMERAPI_DB_REGISTRY} = 'fresh';
	local $s->{env}{CUSTOMERAPI_KEY_FILE} = $s->dir . '/fresh-key';
	$w->admin($_) for 'init', 'customer add Acme',
		'alias add Acme Shop --database fresh_acme --create-database', 'migrate', 'init';
	is(may('admin', 'SELECT COUNT(*) FROM fresh_acme.Contact'), 'may',
		'init, alias add and migrate make all that is needed');
	ok(!eval { $w->admin('alias add Acme Far --database elsewhere --create-database');
		1 }, 'a database of another name it may not make');
	like($@,
		qr/GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX, DROP ON `elsewhere`\.\* TO 'admin'/,
		'and the line says the least');
}

# The lines themselves.
sub grants { local $ENV{CUSTOMERAPI_CONF} = '/dev/null';
	local $ENV{CUSTOMERAPI_DB_REGISTRY} = $_[1];
		return `$ENV{BUILDDIR}/customerapi config grants $_[0]` }
unlike(grants('', 'my_api') =~ s/^--.*\n//gmr, qr{ON `[^`]*[^\\]_[^`]*`|ALL},
	'an underscore in a name is no pattern, and nobody gets all');
like(grants('', 'my_api'), qr/ON `my\\_api\\_%`\.\* TO 'my_api_web'\@'localhost'/,
	'names follow from the registry\'s');
like(grants("--all \"o'hara\" --host 10.0.0.1", 'r'), qr/TO 'o\\'hara'\@'10\.0\.0\.1';/,
	'names are quoted');
my @pages = do { local @ARGV = ("$ENV{SRCDIR}/README.md", glob "$ENV{SRCDIR}/doc/*.md"); <> };
is((grep { /GRANT ALL/ } @pages), 0, 'README and the pages of doc/ grant all to nobody');
done_testing();
