# Removing what an admin has made: refused while something depends on it, which is named; tried with
# --dry-run; twice, two at once, half-way; the tenant's database is never touched.
use strict;
use warnings;
no warnings 'qw';	# comma lists are values here
use Admin;
use Digest::MD5 qw(md5_hex);
use Test::More;
use Time::HiRes qw(sleep);

my $a = Admin->start;
sub count { return $a->value("SELECT COUNT(*) FROM $_[0]") }
# All of the registry but what commands write by the way.
my $tables = join ', ',
	map { "customerapi.$_->[0]" } grep { $_->[0] !~ /^api_(?:registry|tick)$/ } $a->db->sql(
		"SELECT table_name FROM information_schema.tables WHERE table_schema = "
			. "'customerapi' ORDER BY 1");
sub state_of { return join "\n", map { "@$_" } $a->db->sql("CHECKSUM TABLE $tables") }

# Refused, whatever is tried: what is said, and that nothing has changed. A dry run says the same.
sub refused {
	my ($what, $words, @command) = @_;
	my $before = state_of();
	for my $dry ([], ['--dry-run']) {
		my $said = $a->bad("$what @$dry", 1, qr/while something depends on it/, @command,
			@$dry);
		like($said, $_, "$what @$dry: names it") for @$words;
	}
	my ($code, undef, $json) = $a->run(@command, '--json');
	is(($json =~ /"Code": "conflict"/ ? 1 : 0) . (() = $json =~ /"Field"/g),
		'1' . (@$words + 1), "$what: as JSON, with a fault for each");
	is(state_of(), $before, "$what: nothing has changed");
}

# Removed: a dry run first, which changes nothing; then it is gone, and a second time it is not
# there.
sub removed {
	my ($what, $subject, @command) = @_;
	my $before = state_of();
	is($a->json(@command, '--dry-run')->{WouldBeRemoved}, $subject, "$what: a dry run");
	is(state_of(), $before, 'changes nothing');
	is($a->json(@command)->{Removed}, $subject, $what);
	$a->bad("$what, again", 3, qr/\bno\b/, @command);
}

# Several at once: one does it, the others find nothing.
sub at_once {
	my ($what, @command) = @_;
	my @ends = map { [$a->finish($_)] } map { $a->begin(@command) } 1 .. 4;
	is(join(' ', sort map { $_->[0] } @ends), '0 3 3 3', "$what: four at once, one does it")
		or diag(map { "@$_\n" } @ends);
}

sub message {
	my (%m) = (state => 3, source => 1, tenant => 1, email => '', @_);
	my $receipt = md5_hex('remove ' . rand);
	$a->sql("INSERT INTO api_message (receipt, tenant_id, kind, visible_at, received_at, "
		. "settled_at, source_id, platform, entity, action, email, method, uri, headers, "
			. "body, state)
		VALUES (x'$receipt', $m{tenant}, 1, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), "
			. "UTC_TIMESTAMP(6), $m{source}, 'Test', 'Any', 'Done', '$m{email}', "
				. "'POST', '/', '{}', '{}', $m{state});
		INSERT INTO api_attempt (message_id, attempt, worker, started_at, ended_at, outcome)
			SELECT id, 1, 'w', '2026-01-01', '2026-01-01', 'done' FROM api_message
			WHERE receipt = x'$receipt'");
	return $receipt;
}
sub mail {
	my (%m) = (state => 1, kind => 1, tenant => 1, to => [], open => 1, @_);
	my $id = md5_hex('mail ' . rand);
	$a->sql("INSERT INTO api_mail (tenant_id, kind, header_id, content, state, visible_at, "
		. "created_at, give_up_at) VALUES ($m{tenant}, $m{kind}, '$id', '', $m{state}, "
			. "'2026-01-01', '2026-01-01', '2026-01-02')");
	$a->sql("INSERT INTO api_mail_recipient (mail_id, address, state, changed_at) SELECT "
		. "mail_id, '$_', $m{open}, created_at FROM api_mail WHERE header_id = '$id'")
		for @{ $m{to} };
	return $a->value("SELECT mail_id FROM api_mail WHERE header_id = '$id'");
}

$a->good('a customer', qw(customer add Demo));
$a->good('a tenant', qw(alias add Demo Main --database customerapi_demo --create-database
	--admin-email admin@demo.example));
$a->good('a second', qw(alias add Demo Other --database customerapi_other --create-database));
my $password = $a->file('password', 'long-and-secret-word');

# ------------------------------------------------------------------ users and tokens
$a->good("user $_", qw(user add Demo Main), $_,
	qw(--rights admin --zone 1,2 --brand 3 --password-file), $password) for qw(anna bert),
	'Zoé';
my @tokens = map { $a->json(qw(token create Demo Main --rights data --user anna))->{TokenId}
	} 1 .. 7;
my $free = $a->json(qw(token create Demo Main --rights data))->{TokenId};
refused('a user with tokens',
	[qr/tokens: 7 \(@{[join ', ', @tokens[0 .. 4]]}, \.\.\.\); customerapi token revoke/],
	qw(user remove Demo Main anna));
$a->good("token $_ revoked", qw(token revoke Demo Main), $_) for @tokens[0 .. 5];
refused('with one', [qr/tokens: 1 \($tokens[6]\); /], qw(user remove Demo Main ANNA));
$a->bad('a valid token', 1, qr/Token $tokens[6] is valid: customerapi token revoke ends it/,
	qw(token remove Demo Main), $tokens[6], @$_) for [], ['--dry-run'];
$a->good('the last revoked', qw(token revoke Demo Main), $tokens[6]);
removed('a revoked token', "token $tokens[0] of Demo/Main", qw(token remove Demo Main), $tokens[0]);
$a->sql("UPDATE api_token SET expires_at = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND WHERE token_id = "
	. "$free");
removed('one that has ended', "token $free of Demo/Main", qw(token remove demo main), $free);
at_once('a token', qw(token remove Demo Main), $tokens[1]);
$a->bad('another tenant\'s', 3, qr/no token/, qw(token remove Demo Other), $tokens[2]);
is(scalar @{ $a->json(qw(token list Demo Main))->{Tokens} }, 5, 'the others are listed');
$a->sql("INSERT INTO api_session (session_hash, alias_id, user_id, created_at, expires_at) SELECT "
	. "REPEAT('x', 32), alias_id, user_id, '2026-01-01', '2099-01-01' FROM api_user WHERE "
		. "login = 'anna'");
removed('a user', 'user anna of Demo/Main', qw(user remove Demo Main anna));
is(count("api_user_zone") . count("api_user_brand") . count('api_session'), '420',
	'with zones, brands and sessions; the others keep theirs');
removed('a user beyond ASCII',
	'user Zoé of Demo/Main' =~ s/(.*)/my $t = $1; utf8::decode($t); $t/er,
	qw(user remove Demo Main), 'Zoé');
at_once('a user', qw(user remove Demo Main bert));
# A token for a user who is being removed: either there is no token, or the user stays.
for my $round (1 .. 4) {
	$a->good('a user', qw(user add Demo Main), "race$round", qw(--rights data --password-file),
		$password);
	my @ends = map { [$a->finish($_)] } map { $a->begin(@$_) } [qw(token create Demo Main
		--rights data --user), "race$round"], [qw(user remove Demo Main), "race$round"];
	is($a->value("SELECT COUNT(*) FROM api_token t LEFT JOIN api_user u ON u.user_id = "
		. "t.user_id WHERE t.user_id IS NOT NULL AND t.revoked_at IS NULL AND u.user_id "
			. "IS NULL"), 0, "no token of nobody, round $round")
		or diag(map { "@$_\n" } @ends);
}
$a->sql("DELETE FROM api_token; DELETE FROM api_user; DELETE FROM api_user_zone; DELETE FROM "
	. "api_user_brand");
$a->bad('no such user', 3, qr/no user nobody/, qw(user remove Demo Main nobody));
$a->bad('no such tenant', 3, qr/no alias Mian; did you mean Main/,
	qw(user remove Demo Mian nobody));

# ------------------------------------------------------------------ Sources
my $secret = $a->file('secret', 'shop-secret');
$a->good("Source $_", qw(source add Demo Main --scheme shopify --secret-file), $secret,
	'--source-id', $_) for 1 .. 3;
$a->good('the same of another tenant', qw(source add Demo Other --key --source-id 1));
message(state => $_) for 1, 2, 3, 4;
message(state => 1, source => 2);
message(state => 1, tenant => 2);
$a->sql("INSERT INTO api_privacy (tenant_id, kind, state, source_id, requested_by, requested_at) "
	. "VALUES (1, 4, 1, 1, 'a', '2026-01-01'), (1, 4, 2, 1, 'a', '2026-01-01'), (1, 4, 1, "
		. "NULL, 'a', '2026-01-01')");
refused('a Source with work',
	[qr/messages that wait or are at work: 2; wait until customerapi-scheduler/,
		qr/open requests about persons: 1 \(1\); customerapi privacy list/],
		qw(source remove Demo Main --source-id 1));
$a->sql("UPDATE api_message SET state = 3 WHERE tenant_id = 1 AND source_id = 1; UPDATE "
	. "api_privacy SET state = 2");
$a->sql("INSERT INTO api_refusal VALUES ($_, 'key-wrong', REPEAT('f', 16), '192.0.2.1', 'POST', "
	. "'/x', '', 'r', 1, '2026-01-01', '2026-01-01')") for '1, 1', '1, 2', '2, 1';
removed('a Source', 'Source 1 of Demo/Main', qw(source remove Demo Main --source-id 1));
is_deeply($a->rows('SELECT source_id, COUNT(*) FROM api_source_secret JOIN api_source USING '
	. '(api_source_id) GROUP BY source_id ORDER BY 1'), ['2|1', '3|1'],
	'its secrets are gone, those of others not');
is($a->value('SELECT COUNT(*) FROM api_source_secret'), 2, 'no secret is left over');
is($a->value('SELECT COUNT(*) FROM Source WHERE SourceId = 1', 'customerapi_demo'), 1,
	'the row in the tenant\'s own table stays');
is($a->value('SELECT COUNT(*) FROM api_source WHERE alias_id = 2'), 1,
	'and the other tenant\'s Source');
is_deeply($a->rows('SELECT alias_id, source_id FROM api_refusal ORDER BY 1, 2'), ['1|2', '2|1'],
	'its refusals are gone, those of others not');
$a->sql("UPDATE api_message SET state = 3 WHERE source_id = 2");
at_once('a Source', qw(source remove Demo Main --source-id 2));
$a->bad('none', 3, qr/no Source 9/, qw(source remove Demo Main --source-id 9));
$a->bad('without its number', 2, qr/--source-id: is missing/, qw(source remove Demo Main));
$a->good('it can be added again', qw(source add Demo Main --source-id 1 --key));

# ------------------------------------------------------------------ allowed mail addresses
$a->good('allowed', qw(mail-allow add Demo Main anna@demo.example bert@demo.example @demo.example
	@other.example));
my $id = mail(to => ['anna@demo.example', 'x@other.example']);
my $folded = mail(to => ['Eve@Other.example'], kind => 2, state => 2);
mail(to => ['y@other.example'], state => $_) for 3, 4, 5;			# over
mail(to => ['z@other.example'],
	kind => 3);					# to the admin: no matter of the list
mail(to => ['w@other.example'], open => 3);					# has got it
mail(to => ['v@other.example'], tenant => 2);
my $waits = qr/mails that wait: 2 \($id, $folded\); wait until they are sent/;
refused('a domain with mails', [$waits], 'mail-allow', 'remove', 'Demo', 'Main', '@other.example');
refused('one of several', [$waits],
	qw(mail-allow remove Demo Main bert@demo.example @other.example));
$a->good('an address that its domain allows, too',
	qw(mail-allow remove Demo Main anna@demo.example));
refused('but not both', [qr/mails that wait: 1 \($id\)/], 'mail-allow', 'remove', 'Demo', 'Main',
	'@demo.example');
$a->sql('UPDATE api_mail SET state = 3');
message(state => 1, email => 'bert@demo.example,carl@other.example');
message(state => 1, email => 'notbert@demo.example.org, xcarl@third.example');
refused('a delivery that is to be mailed', [qr/messages that wait or are at work: 1; /],
	'mail-allow', 'remove', 'Demo', 'Main', $_) for 'bert@demo.example', '@other.example',
	'@demo.example';
like($a->good('--force', qw(mail-allow remove Demo Main bert@demo.example --force)),
	qr/Mail to bert\@demo\.example is no longer allowed/, 'says so');
$a->sql("DELETE FROM api_message WHERE email <> ''");
my $list = join ' ', @{ $a->rows('SELECT pattern FROM api_mail_allow ORDER BY 1') };
like($a->good('a dry run', qw(mail-allow remove Demo Main @demo.example --dry-run)),
	qr/Mail to \@demo\.example would no longer be allowed\.\n.*nothing has changed/,
	'says what would be');
is(join(' ', @{ $a->rows('SELECT pattern FROM api_mail_allow ORDER BY 1') }), $list,
	'and changes nothing');
$a->bad('one of two is not there', 3, qr/\S/,
	qw(mail-allow remove Demo Main @demo.example nobody@demo.example));
is(join(' ', @{ $a->rows('SELECT pattern FROM api_mail_allow ORDER BY 1') }), $list,
	'then neither is removed');
at_once('an entry', qw(mail-allow remove Demo Main @demo.example));
$a->good('the last', qw(mail-allow remove Demo Main @other.example));

# ------------------------------------------------------------------ aliases
$a->sql("DELETE FROM api_mail; DELETE FROM api_mail_recipient; DELETE FROM api_privacy; DELETE "
	. "FROM api_message; DELETE FROM api_attempt");
$a->good('a user', qw(user add Demo Main carla --rights data --password-file), $password);
my $token = $a->json(qw(token create Demo Main --rights data))->{TokenId};
my $schedule = $a->json(qw(schedule add Demo Main Test Daily --set Time=02:30))->{ScheduleId};
my $run = $a->json(qw(schedule run Demo Main), $schedule)->{RunId};
$a->good('an address', qw(mail-allow add Demo Main @demo.example));
message(state => 1);
$id = mail(to => ['x@demo.example']);
$a->sql("INSERT INTO api_privacy (tenant_id, kind, state, requested_by, requested_at) VALUES (1, "
	. "4, 1, 'a', '2026-01-01')");
my $request = $a->value('SELECT privacy_id FROM api_privacy');
refused('an alias with all', [qr/users: 1 \(carla\); customerapi user remove/,
	qr/tokens: 1 \($token\); /, qr/Sources: 2 \(1, 3\); customerapi source remove/,
	qr/allowed mail addresses: 1 \(\@demo\.example\); /,
	qr/schedules: 1 \($schedule\); customerapi schedule delete/, qr/runs: 1 \($run\); /,
	qr/messages that wait or are at work: 1; /, qr/mails that wait: 1 \($id\); /,
	qr/open requests about persons: 1 \($request\); /,
	qr/requests: it is enabled and takes them; customerapi alias set Demo Main --no-enabled/],
	qw(alias remove Demo Main));
$a->sql("UPDATE api_privacy SET state = 2, done_at = '2026-01-01'; UPDATE api_mail SET state = 3; "
	. "UPDATE api_message SET state = 3");
$a->good('the user goes', qw(user remove Demo Main carla));
$a->good('the token', qw(token revoke Demo Main), $token);
$a->good('Sources', qw(source remove Demo Main --source-id), $_) for 1, 3;
$a->good('the address', qw(mail-allow remove Demo Main @demo.example));
$a->good('the schedule with its run', qw(schedule delete Demo Main), $schedule);
message(state => 3) for 1 .. 250;
message(state => $_) for 4 .. 8;
mail(state => 3, kind => 3, to => ['a@demo.example']) for 1 .. 3;
message(tenant => 2, state => 3);
refused('an alias that is enabled and has history',
	[qr/requests: it is enabled/, qr/history of messages: 256; --with-history deletes it, too/,
		qr/history of mails: 4; /, qr/history of runs: 1; /], qw(alias remove Demo Main));
$a->conf('slow', registry => 'customerapi', deadline => 3000);
$a->good('disabled', qw(alias set Demo Main --no-enabled));
refused('at once', [qr/requests: some may still be under way; try again in (?:2\d{3}|300[0-3]) s/,
	qr/history of messages/, qr/history of mails/, qr/history of runs/],
	qw(alias remove Demo Main));
refused('at once with history', [qr/requests: some may still be under way/],
	qw(alias remove Demo Main --with-history));
$a->sql('UPDATE api_alias SET disabled_at = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR WHERE alias_id = 1');
my $back = 'requests: some may still be under way, for the database\'s clock was put back; '
	. 'customerapi alias set Demo Main --no-enabled';
refused('the clock was put back', [qr/$back/], qw(alias remove Demo Main --with-history));
$a->good('counted anew', qw(alias set Demo Main --no-enabled));
is($a->value('SELECT disabled_at <= UTC_TIMESTAMP(6) FROM api_alias WHERE alias_id = 1'), 1,
	'from now on');
$a->good('again', qw(alias set Demo Main --no-enabled));
$a->use_conf('conf');
sleep 3.2;
refused('after a moment', [qr/history of messages/, qr/history of mails/, qr/history of runs/],
	qw(alias remove Demo Main));
$a->sql("INSERT INTO Contact (LastName, CreationDate, ModificationDate) VALUES ('Left', "
	. "'2026-01-01', '2026-01-01'), ('Left', '2026-01-01', '2026-01-01')", 'customerapi_demo');
$a->sql("INSERT INTO api_seen (alias_id, action, last_at, last_status) VALUES (1, 'x', "
	. "'2026-01-01', 200); INSERT INTO api_retention (tenant_id, state, next_at) VALUES (1, 3, "
		. "'2026-01-01');
	INSERT INTO api_quota (tenant_id, source_id, quota, refused, since_at, last_at)
		VALUES (1, 0, 2, 5, '2026-01-01',
		'2026-01-01'); INSERT INTO api_quota_own (tenant_id, source_id, in_flight)
		VALUES (1, 0, 5)");
$a->sql("INSERT INTO api_refusal (alias_id, source_id, cause, fingerprint, client, method, path, "
	. "note, request_id, refusals, first_at, last_at) VALUES (1, 1, 'key-wrong', '', '', '', "
		. "'', '', '', 1, '2026-01-01', '2026-01-01')");
my $before = state_of();
my $would = $a->json(qw(alias remove Demo Main --with-history --dry-run));
is_deeply([@$would{qw(WouldBeRemoved Database ContactsLeft PurchasesLeft HistoryMessages
	HistoryMails HistoryRuns)}], ['alias Demo/Main', 'customerapi_demo', 2, 0, 256, 4, 1],
	'a dry run says what would be removed and what would stay');
like("@{ $would->{Remarks} }",
	qr/nothing has changed.*customerapi_demo would stay, with 2 contacts/s, 'in words');
is(state_of(), $before, 'and changes nothing');
# Killed half-way: what is left is removed by the next one. The alias is not there to work with
# meanwhile, or whole.
for (1 .. 3) {
	my $run = $a->begin(qw(alias remove Demo Main --with-history));
	sleep 0.04 * $_;
	kill 'KILL', $run->{pid};
	$a->finish($run);
}
my @ends = map { [$a->finish($_)] } map { $a->begin(qw(alias remove Demo Main --with-history))
	} 1 .. 3;
cmp_ok(scalar(grep { $_->[0] eq '0' } @ends), '<=', 1,
	'three at once, after some that were killed: one at most does it');
is(join('', map { $_->[0] eq '0' || $_->[0] eq '3' ? '' : "@$_\n" } @ends), '',
	'the others find nothing');
$a->bad('again', 3, qr/no alias Main/, qw(alias remove Demo Main --with-history));
is_deeply($a->rows(
	"SELECT 'alias', COUNT(*) FROM api_alias WHERE alias_id = 1 UNION ALL SELECT 'queue', "
		. "COUNT(*) FROM api_tenant_queue WHERE tenant_id = 1 UNION ALL SELECT 'message', "
			. "COUNT(*) FROM api_message WHERE tenant_id = 1
	UNION ALL SELECT 'attempt', COUNT(*) FROM api_attempt WHERE message_id NOT IN (SELECT id "
		. "FROM api_message) UNION ALL SELECT 'mail', COUNT(*) FROM api_mail WHERE "
			. "tenant_id = 1
	UNION ALL SELECT 'recipient', COUNT(*) FROM api_mail_recipient WHERE mail_id NOT IN "
		. "(SELECT mail_id FROM api_mail) UNION ALL SELECT 'run', COUNT(*) FROM api_run "
			. "WHERE tenant_id = 1
	UNION ALL SELECT 'schedule', COUNT(*) FROM api_schedule WHERE tenant_id = 1 UNION ALL "
		. "SELECT 'token', COUNT(*) FROM api_token WHERE alias_id = 1 UNION ALL SELECT "
			. "'seen', COUNT(*) FROM api_seen WHERE alias_id = 1
	UNION ALL SELECT 'retention', COUNT(*) FROM api_retention WHERE tenant_id = 1 UNION ALL "
		. "SELECT 'quota', COUNT(*) FROM api_quota WHERE tenant_id = 1
	UNION ALL SELECT 'refusal', COUNT(*) FROM api_refusal WHERE alias_id = 1 UNION ALL
		SELECT 'own', COUNT(*) FROM api_quota_own
		WHERE tenant_id = 1"),
		[map { "$_|0" } qw(alias queue message attempt mail recipient run schedule token
			seen retention quota refusal own)],
		'nothing of it is left in the registry');
is(count('api_privacy'), 1, 'but the proof of a request about a person');
is($a->value('SELECT COUNT(*) FROM api_message WHERE tenant_id = 2'), 1,
	'and what is the other tenant\'s');
is($a->value('SELECT COUNT(*) FROM Contact', 'customerapi_demo'), 2, 'the database is untouched');
$a->good('its customer takes it up again', qw(alias add Demo Main --database customerapi_demo));
is($a->json(qw(alias show Demo Main))->{DatabaseState}, 'answers', 'with all in it');

# Something comes while it is removed: it is refused, nothing is half there.
sub disable {
	$a->sql("UPDATE api_alias SET enabled = 0, disabled_at = '2026-01-01' WHERE name = '$_[0]'")
		}
disable('Main');
my $main = $a->value("SELECT alias_id FROM api_alias WHERE name = 'Main'");
message(tenant => $main, state => 1);
refused('one message waits', [qr/messages that wait or are at work: 1; /],
	qw(alias remove Demo Main));
$a->sql("DELETE FROM api_message WHERE tenant_id = $main");
# A database that two aliases share is not offered to be dropped; nor is the registry's.
$a->good('one that shares it', qw(alias add Demo Second --database customerapi_demo --shared));
like($a->good('a shared one', qw(alias remove Demo Main --dry-run)),
	qr/database customerapi_demo would stay, .*; Demo\/Second uses it, too\./,
	'says who uses it, too');
unlike($a->good('a shared one', qw(alias remove Demo Main)), qr/DROP/,
	'and does not speak of dropping it');
$a->good('the registry\'s', qw(alias add Demo Home --database customerapi));
disable('Home');
disable('Second');
my $home = $a->good('removed', qw(alias remove Demo Home));
like($home, qr/database customerapi stays, .*; the registry uses it, too\./,
	'the registry\'s database');
unlike($home, qr/DROP/, 'is not to be dropped');
# One whose database does not answer can be removed.
$a->sql('DROP DATABASE customerapi_demo');
like($a->good('without its database', qw(alias remove Demo Second)),
	qr/Removed: +alias Demo\/Second\nDatabase: +customerapi_demo\n/, 'is removed all the same');
# What is added to an alias while it is removed belongs to none.
for my $round (1 .. 4) {
	$a->good('a tenant', qw(alias add Demo), "Race$round", '--database',
		"customerapi_race$round", '--create-database');
	disable("Race$round");
	my @ends = map { [$a->finish($_)] } map { $a->begin(@$_) } ['alias', 'remove', 'Demo',
		"Race$round"], ['user', 'add', 'Demo', "Race$round", 'late', '--rights', 'data',
		'--password-file', $password],
		['token', 'create', 'Demo', "Race$round", '--rights', 'data'],
		['mail-allow', 'add', 'Demo', "Race$round", '@late.example'],
		['source', 'add', 'Demo', "Race$round", '--source-id', 1, '--key'];
	is(join(' ',
		map { scalar @{ $a->rows("SELECT alias_id FROM $_ WHERE alias_id NOT IN (SELECT "
			. "alias_id FROM api_alias)") } } qw(api_user api_token api_mail_allow
				api_source)), '0 0 0 0',
				"nothing of an alias that is gone, round $round")
		or diag(map { "@$_\n" } @ends);
}

# ------------------------------------------------------------------ customers
$a->good('another customer', qw(customer add Empty));
refused('a customer with aliases',
	[qr/aliases: \d+ \(Other, Race\d|aliases: 1 \(Other\); customerapi alias remove/],
	qw(customer remove demo));
removed('a customer', 'customer Empty', qw(customer remove Empty));
$a->good('again one', qw(customer add Empty));
at_once('a customer', qw(customer remove Empty));
for my $round (1 .. 4) {
	$a->good('a customer', 'customer', 'add', "Race$round");
	my @ends = map { [$a->finish($_)] } map { $a->begin(@$_) } ['alias', 'add', "Race$round",
		'Late', '--database', "customerapi_late$round", '--create-database'],
		['customer', 'remove', "Race$round"];
	is(scalar @{ $a->rows('SELECT alias_id FROM api_alias WHERE customer_id NOT IN (SELECT '
		. 'customer_id FROM api_customer)') }, 0, "no alias of nobody, round $round")
		or diag(map { "@$_\n" } @ends);
}
$a->bad('none', 3, qr/no customer Nobody/, qw(customer remove Nobody));

# ------------------------------------------------------------------ the help
for (qw(customer alias source user token mail-allow)) {
	my $help = $a->good("$_ remove --help", $_, 'remove', '--help');
	like($help, qr/--dry-run/, "$_ remove --help names --dry-run");
	like($help, qr/Refused while/, 'and says when it is refused');
}

done_testing();
