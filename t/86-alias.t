# alias set: each option changes its own and nothing else, wrong ones are refused, what depends on
# the old value is named; another database is looked at first; running programs notice.
# And alarms of silence need an address: by the command line and by the API.
use strict;
use warnings;
use Admin;
use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep time);
use World;

my $a = Admin->start;
$a->good("customer $_", 'customer', 'add', $_) for qw(Demo Other);
$a->good('a tenant', qw(alias add Demo Main --database customerapi_demo --create-database --currency
	EUR --time-zone Europe/Paris));
$a->good('another', qw(alias add Other Main --database customerapi_other --create-database));
my @columns = qw(database_name socket host port db_user reference_currency time_zone zone_id
	brand_id address_type_id admin_email shared enabled);
sub row { return { map { $_ => $a->value("SELECT COALESCE($_, '-') FROM api_alias WHERE alias_id = "
	. ($_[0] // 1)) } @columns } }

my %set = (
	'--currency CHF' => { reference_currency => 'CHF' },
	'--time-zone America/New_York' => { time_zone => 'America/New_York' },
	'--zone 7' => { zone_id => 7 }, '--brand 8' => { brand_id => 8 },
	'--address-type 9' => { address_type_id => 9 },
	'--admin-email boss@demo.example' => { admin_email => 'boss@demo.example' },
	'--shared' => { shared => 1 },
	'--zone 3 --brand 4 --time-zone UTC' => { zone_id => 3, brand_id => 4, time_zone => 'UTC' },
);
for my $options (sort keys %set) {
	my $before = row();
	like($a->good("set $options", qw(alias set demo MAIN), split / /, $options),
		qr/^Changed the alias Demo\/Main\.$/m, 'it says so');
	is_deeply(row(), { %$before, %{ $set{$options} } }, 'nothing else has changed');
}
for (['--no-admin-email', admin_email => '-'], ['--no-shared', shared => 0],
	['--no-enabled', enabled => 0]) {
	my $before = row();
	$a->good("set $_->[0]", qw(alias set Demo Main), $_->[0]);
	is_deeply(row(), { %$before, $_->[1] => $_->[2] }, 'nothing else has changed');
}
my $since = $a->value('SELECT disabled_at FROM api_alias WHERE alias_id = 1');
isnt($since, 'NULL', 'since when it is disabled is noted');
$a->good('again', qw(alias set Demo Main --no-enabled));
is($a->value('SELECT disabled_at FROM api_alias WHERE alias_id = 1'), $since, 'and stays');
is($a->json(qw(alias show Demo Main))->{DatabaseState}, 'answers',
	'a disabled alias can be looked at');
$a->good('worked on', qw(rate set Demo Main USD 0.9));
$a->good('and enabled', qw(alias set Demo Main --enabled));
is($a->value('SELECT disabled_at FROM api_alias WHERE alias_id = 1'), 'NULL',
	'as if it had never been');
is_deeply(row(2), { %{ row(2) }, time_zone => 'UTC', zone_id => 1, admin_email => '-',
	enabled => 1 }, 'the other alias is as it was');

my @wrong = (
	[[], qr/options: are missing: nothing is to be changed/],
	[['--currency', 'chf'], qr/--currency: must be an ISO 4217/],
	[['--time-zone', 'Mars/Olympus'], qr/--time-zone: must be a zone/],
	[['--time-zone', 'posix/Europe/Paris'], qr/--time-zone: must be a zone/],
	[['--admin-email', 'boss'], qr/--admin-email: must be one mail address/],
	[['--admin-email', 'a@x.example, b@x.example'],
		qr/--admin-email: must be one mail address/],
		[['--admin-email', "a\@x.example\nBcc: b"], qr/--admin-email: must be/],
	[['--admin-email', 'a@x.example', '--no-admin-email'],
		qr/--no-admin-email: cannot be given with --admin-email/],
		[['--enabled', '--no-enabled'], qr/--no-enabled: cannot be given with --enabled/],
	[['--host', 'db.example', '--no-host'], qr/--no-host: cannot be given with --host/],
	[['--host', 'db.example'], qr/--user: is missing: another server needs a user/],
	[['--host', 'db.example', '--socket', '/s', '--user', 'u'],
		qr/--host: cannot be given together with --socket/],
		[['--user', 'u'],
			qr/--user: --user, --password-file and --port are for another server/],
	[['--zone', '0'], qr/--zone: must be a whole number/],
	[['--name', 'New'], qr/--name: there is no such option/],
);
for (@wrong) {
	my ($options, $words) = @$_;
	my $before = row();
	$a->bad("set @$options", 2, $words, qw(alias set Demo Main), @$options);
	is_deeply(row(), $before, 'nothing has changed');
}
$a->bad('no such alias', 3, qr/no alias Mian; did you mean Main/, qw(alias set Demo Mian --zone 1));

# ------------------------------------------------------------------ what depends on the old value
my $depends = 'alias Demo/Main: cannot get another reference currency while something '
	. 'depends on it';
$a->bad('another currency', 1,
	qr/$depends\n.*currency rates: 1 \(USD\); they are in the old reference currency: customerapi rate remove/,
	qw(alias set Demo Main --currency EUR));
$a->bad('and other things with it', 1, qr/currency rates/,
	qw(alias set Demo Main --currency EUR --zone 5));
is($a->value('SELECT zone_id FROM api_alias WHERE alias_id = 1'), 7, 'all or nothing');
$a->good('the same currency is no change', qw(alias set Demo Main --currency CHF --zone 5));
$a->sql('DELETE FROM CurrencyRate', 'customerapi_demo');
$a->good('without rates', qw(alias set Demo Main --currency EUR));
$a->good('an address', qw(alias set Demo Main --admin-email boss@demo.example));
my $alarm = $a->json(qw(schedule add Demo Main Test Daily --set Time=02:30 --set
	SilenceHours=26))->{ScheduleId};
$a->bad('no address', 1,
	qr/alias Demo\/Main: cannot lose its admin address while .*\n.*schedules with SilenceHours: 1 \($alarm\); /,
	qw(alias set Demo Main --no-admin-email));
$a->good('another', qw(alias set Demo Main --admin-email other@demo.example));
$a->good('the schedule goes', qw(schedule delete Demo Main), $alarm);
$a->good('and with it the need', qw(alias set Demo Main --no-admin-email));

# ------------------------------------------------------------------ another place
sub copy { my ($from, $to) = @_; my $s = $a->db->socket; $a->sql("CREATE DATABASE $to");
	system("mariadb-dump --no-defaults --socket=$s -u root $from | mariadb --no-defaults "
		. "--socket=$s -u root $to") == 0 or die }
copy('customerapi_demo', 'customerapi_moved');
my $before = row();
$a->bad('moved while it is enabled', 1,
	qr/alias Demo\/Main: cannot be moved while .*\n.*requests: it is enabled and takes them; customerapi alias set Demo Main --no-enabled/,
	qw(alias set Demo Main --database customerapi_moved));
$a->bad('disabled with the same word', 1, qr/requests: it is enabled/,
	qw(alias set Demo Main --database customerapi_moved --no-enabled));
$a->conf('slow', registry => 'customerapi', deadline => 3000);
$a->good('disabled', qw(alias set Demo Main --no-enabled));
$a->bad('moved too soon', 1, qr/requests: some may still be under way; try again in \d+ s/,
	qw(alias set Demo Main --database customerapi_moved));
$a->use_conf('conf');
$a->sql("UPDATE api_alias SET disabled_at = '2026-01-01' WHERE alias_id = 1");
$a->sql("INSERT INTO api_run (tenant_id, process, parameters, origin, state, not_before, "
	. "created_at, result, log_tail) VALUES (1, 'Test', '', 2, 2, '2026-01-01', '2026-01-01', "
		. "'', '')");
$a->bad('moved while it works', 1, qr/runs: 1 \(\d+\); wait for their end/,
	qw(alias set Demo Main --database customerapi_moved));
$a->sql('DELETE FROM api_run');
$a->bad('to a database that is not there', 1, qr/There is no database customerapi_none\./,
	qw(alias set Demo Main --database customerapi_none));
$a->bad('to another customer\'s', 1,
	qr/customerapi_other is that of Other\/Main, of another customer/,
	qw(alias set Demo Main --database customerapi_other --shared --take-over));
is_deeply(row(), { %$before, enabled => 0 }, 'all of that has changed nothing');
like($a->good('to its own copy', qw(alias set Demo Main --database customerapi_moved)),
	qr/Changed the alias/, 'is moved');
is(row()->{database_name}, 'customerapi_moved', 'there it is');
is($a->value('SELECT HEX(a.database_uid) = HEX(o.database_uid) FROM api_alias a JOIN '
	. 'customerapi_moved.api_owner o WHERE a.alias_id = 1'), 1, 'with its mark');
$a->bad('what it left is not another\'s', 1, qr/--take-over/,
	qw(alias add Other Second --database customerapi_demo));
$a->sql("CREATE USER far\@localhost IDENTIFIED BY 'far-away'; GRANT ALL ON *.* TO far\@localhost");
my @far = ('--socket', $a->db->socket, '--user', 'far');
$a->bad('elsewhere with a wrong password', 4, qr/cannot be reached/, qw(alias set Demo Main), @far,
	'--password-file', $a->file('wrong', 'wrong'));
$a->good('elsewhere', qw(alias set Demo Main), @far, '--password-file',
	$a->file('right', 'far-away'));
is($a->json(qw(alias show Demo Main))->{DatabaseState}, 'answers', 'it is reached there');
$a->good('enabled', qw(alias set Demo Main --enabled));
$a->sql("SET PASSWORD FOR far\@localhost = PASSWORD('new-word')");
$a->bad('a new password that is none', 4, qr/cannot be reached/,
	qw(alias set Demo Main --password-file), $a->file('wrong', 'wrong'));
$a->good('a new password needs no rest', qw(alias set Demo Main --password-file),
	$a->file('new', 'new-word'));
is($a->json(qw(alias show Demo Main))->{DatabaseState}, 'answers', 'and is used');
is($a->value("SELECT COUNT(*) FROM api_alias WHERE db_password_sealed LIKE '%new-word%'"), 0,
	'sealed');
$a->good('disabled', qw(alias set Demo Main --no-enabled));
$a->sql("UPDATE api_alias SET disabled_at = '2026-01-01' WHERE alias_id = 1");
$a->good('back', qw(alias set Demo Main --no-host --enabled));
is_deeply([(map { $_ // '' } @{ row() }{qw(socket host db_user)}),
	$a->value('SELECT db_password_sealed IS NULL FROM api_alias WHERE alias_id = 1')],
	['', '', '', 1], 'without user and password');
$a->sql('DROP TABLE customerapi_moved.api_schema');
$a->good('a database of old', qw(alias set Demo Main --database customerapi_moved));
is($a->value('SELECT MAX(version) FROM api_schema WHERE scope = "tenant"', 'customerapi_moved'),
	$a->value('SELECT MAX(version) FROM api_schema WHERE scope = "tenant"',
		'customerapi_other'), 'is migrated');
# Two at once: each change is there.
for my $round (1 .. 5) {
	my @ends = map { [$a->finish($_)] } map { $a->begin(qw(alias set Demo Main),
		@$_) } ['--zone', 10 + $round], ['--brand', 20 + $round],
		['--address-type', 30 + $round], ['--time-zone', 'Asia/Tokyo'];
	is(join(' ', (map { $_->[0] } @ends),
		@{ row() }{qw(zone_id brand_id address_type_id time_zone)}),
		join(' ', 0, 0, 0, 0, 10 + $round, 20 + $round, 30 + $round, 'Asia/Tokyo'),
		"four at once, round $round") or diag(map { "@$_\n" } @ends);
}

# Two that move it at once: where it is then is what was looked at.
$a->sql("SET PASSWORD FOR far\@localhost = PASSWORD('far-away')");
for my $round (1 .. 5) {
	copy('customerapi_moved', "customerapi_round$round");
	$a->sql("UPDATE api_alias SET enabled = 0, disabled_at = '2026-01-01', database_name = "
		. "'customerapi_moved', socket = '', db_user = '', db_password_sealed = NULL,
		database_uid = (SELECT database_uid FROM customerapi_moved.api_owner)
		WHERE alias_id = 1");
	my @ends = map { [$a->finish($_)] } map { $a->begin(qw(alias set Demo Main),
		@$_) } ['--database', "customerapi_round$round"],
		[@far, '--password-file', "$a->{dir}/right"];
	is(join('', map { $_->[0] =~ /^[014]$/ ? '' : "@$_" } @ends), '',
		"two places at once, round $round");
	$a->good('enabled', qw(alias set Demo Main --enabled));
	unlike($a->check('databases'), qr/Demo\/Main/, 'the database bears its mark')
		or diag(map { "@$_\n" } @ends);
}

# ------------------------------------------------------------------ SilenceHours without an address
my $w = World->start;
my $token = decode_json($w->admin('token create C1 A1 --rights process --json'))->{Token};
my %headers = ('X-Crm360Api-Token' => $token, 'X-Crm360Api-CustomerName' => 'C1',
	'X-Crm360Api-DatabaseAlias' => 'A1');
my %forms = (OneTime => { StartDate => '2032-06-30T02:30:00' }, Hourly => {},
	Daily => { Time => '02:30' }, Weekly => { Time => '02:30', DaysOfWeek => ['Monday'] },
	MonthlyDayInMonth => { Time => '02:30', Days => [1] }, MonthlyWeekDay => { Time => '02:30',
		Weeks => ['First'], DaysOfWeek => ['Monday'] });
my $said = qr/would alarm nobody: the tenant has no admin address/;
for my $form (sort keys %forms) {
	my $path = "/ProcessManagement/ComputeRefAmounts/$form";
	my $r = $w->request('POST', $path, { %{ $forms{$form} }, SilenceHours => 26 }, %headers);
	is($r->{status}, 400, "$form with SilenceHours and no address: refused");
	is_deeply([map { $_->{field} } @{ $r->{json}{errors} }], ['SilenceHours'], 'by name')
		or diag($r->{content});
	like($r->{json}{errors}[0]{message}, $said, 'with the reason');
	$r = $w->request('POST', $path, { %{ $forms{$form} }, SilenceHours => 26, Bogus => 1 },
		%headers);
	is($r->{status}, 400, 'together with other faults');
	is($w->request('POST', $path, $forms{$form}, %headers)->{status}, 201,
		'without SilenceHours it is made');
}
is($w->{db}->value('SELECT COUNT(*) FROM api_schedule WHERE silence_h IS NOT NULL', 'customerapi'),
	0, 'none of them was made');
eval { $w->admin('schedule add C1 A1 Test Daily --set Time=02:30 --set SilenceHours=26') };
like($@, qr/SilenceHours: $said; customerapi alias set --admin-email gives it one/,
	'by the command line, too');
$w->{db}->sql("UPDATE api_alias SET admin_email = '' WHERE alias_id = 1", 'customerapi');
eval { $w->admin('schedule add C1 A1 Test Daily --set Time=02:30 --set SilenceHours=26') };
like($@, $said, 'an empty address is none');
$w->admin('alias set C1 A1 --admin-email boss@demo.example');
is($w->request('POST', '/ProcessManagement/ComputeRefAmounts/Daily',
	{ Time => '02:30', SilenceHours => 26 }, %headers)->{status}, 201,
	'with an address it is made by the API');
my $made = $w->admin('schedule add C1 A1 Test Daily --set Time=02:30 --set SilenceHours=26 --json');
is(decode_json($made)->{SilenceHours}, 26, 'and by the command line');
eval { $w->admin('schedule add C2 A2 Test Daily --set Time=02:30 --set SilenceHours=26') };
like($@, $said, 'another tenant\'s address is none');
# Those of before are found.
$w->{db}->sql("UPDATE api_alias SET admin_email = NULL WHERE alias_id = 1", 'customerapi');
my $doctor = sub { my %env = (%ENV, %{ $w->{s}{env} }); local %ENV = %env;
	my $checks = decode_json(
		scalar `$ENV{BUILDDIR}/customerapi doctor --no-smtp --json 2>/dev/null`)->{Checks};
	return join "\n", map { "$_->{Result} $_->{Message} -> " . ($_->{Fix} // '') }
		grep { $_->{Check} eq 'schedules' } @$checks };
my $nobody = 'would alarm nobody: the tenant has no admin address. -> '
	. 'customerapi alias set C1 A1 --admin-email ADDRESS';
like($doctor->(),
	qr/^warning C1\/A1: 2 schedules with SilenceHours \(the first is \d+\) \Q$nobody\E$/m,
	'doctor finds those of before');
$w->admin('alias set C1 A1 --admin-email boss@demo.example');
unlike($doctor->(), qr/would alarm nobody/, 'until there is one');

# ------------------------------------------------------------------ running programs notice
my $contact = sub { my ($id) = @_;
	my $r = $w->post('Standard/Contact/Insert', { ExternalKey => { Identifier => "c$id" },
		LastName => 'Doe', FreeFieldDateTime1 => '2026-07-01T12:00:00' });
		is($r->{outcome}, 'done', "contact $id") or diag(explain($r));
	return $w->value("SELECT FreeFieldDateTime1 FROM Contact JOIN ContactIdentifier USING "
		. "(ContactId) WHERE Identifier = 'c$id'") };
is($contact->(101), '2026-07-01 12:00:00.000000', 'in UTC');
$w->admin('alias set C1 A1 --time-zone Pacific/Auckland');
sleep 2.2;
is($contact->(102), '2026-07-01 00:00:00.000000',
	'the daemon knows the new zone within two seconds');
# Disabled: requests are refused; what was taken in is worked on.
my $receipt = $w->queue('Standard/Contact/Insert', { ExternalKey => { Identifier => 'c103' },
	LastName => 'Doe' });
$w->admin('alias set C1 A1 --no-enabled');
is($w->became($receipt)->{outcome}, 'done', 'what was taken in is worked on');
sleep 2.2;
my $path = '/ProcessManagement/Connector/Standard/QueueProcess/C1/A1/Standard/Contact/Insert'
	. '?SourceId=1&key=key-1';
is($w->request('POST', $path, { LastName => 'Doe' })->{status}, 401, 'a disabled tenant is none');
is($w->request('POST', $path =~ s/C1\/A1/C2\/A2/r =~ s/key-1/key-2/r,
	{ LastName => 'Doe' })->{status}, 202, 'the other is there');
$w->admin('alias set C1 A1 --enabled');
sleep 2.2;
is($w->request('POST', $path, { LastName => 'Doe' })->{status}, 202, 'and again');
# Removed users, tokens and Sources are refused within two seconds.
is($w->request('GET', '/ProcessManagement/Schedules', undef, %headers)->{status}, 200, 'a token');
my $id = decode_json($w->admin('token list C1 A1 --json'))->{Tokens}[0]{TokenId};
$w->admin("token revoke C1 A1 $id");
$w->admin("token remove C1 A1 $id");
$w->take;
my $end = time + 20;
sleep 0.2 while time < $end
	&& $w->{db}->value(
		'SELECT COUNT(*) FROM api_message WHERE state IN (1, 2) AND tenant_id = 1',
		'customerapi') > 0;
$w->admin('source remove C1 A1 --source-id 1');
sleep 2.2;
is($w->request('GET', '/ProcessManagement/Schedules', undef, %headers)->{status}, 401,
	'that was removed lets nobody in');
is($w->request('POST', $path, { LastName => 'Doe' })->{status}, 401, 'nor a Source that was');
$w->stop;

done_testing();
