# What a terminal shows: every list at 80 and at 120 columns against files, nothing longer than the
# terminal is wide, wide characters, narrow terminals, --wide; what goes
# into a pipe is whole, and what a reader did not take is not recorded as handed over.
# TERMINAL_WRITE=1 writes the files anew: look at the difference before it is committed.
use strict;
use warnings;
no warnings 'qw';
use utf8;
use Encode qw(decode);
use JSON::PP;
use Test::More;
use Admin;

my $a = Admin->start(conf => "smtp_port = 9\n");
my $program = "$ENV{BUILDDIR}/customerapi";
my $fixtures = "$ENV{SRCDIR}/t/fixtures/terminal";
binmode $_, ':utf8' for map { Test::More->builder->$_ } qw(output failure_output);

# What a command prints on a terminal so many columns wide.
sub screen {
	my ($columns, $command, %env) = @_;
	local %ENV = (%ENV, CUSTOMERAPI_CONF => $a->{conf}, TERM => 'dumb', %env);
	delete $ENV{COLUMNS} if !exists $env{COLUMNS};
	my $size = $columns ? "stty cols $columns;" : '';
	my $out = decode('UTF-8', `script -qec '$size $program $command' /dev/null </dev/null`);
	$out =~ s/\r\n/\n/g;
	$out =~ s/^.*\r//mg;	# what was written over
	return $out;
}

# Columns of a line, by Perl's own tables.
sub columns {
	my ($line) = @_;
	my $n = 0;
	$n += /\p{Mn}|\x{200b}/ ? 0 : /\p{East_Asian_Width=W}|\p{East_Asian_Width=F}/ ? 2 : 1
		for split //, $line;
	return $n;
}
sub too_long { my ($width, $text) = @_; return [grep { columns($_) > $width } split /\n/, $text] }

# ------------------------------------------------------------------ what there is to see
my $utf8 = sub { my ($text) = @_; utf8::encode($text); return "x'" . unpack('H*', $text) . "'" };
$a->good('customer', qw(customer add Demo --label), 'A shop of gardens');
$a->good('another', qw(customer add VeryLongCustomerNameOfAnAgency));
$a->good('alias', qw(alias add Demo Main --database demo_main --create-database --currency EUR
	--time-zone Europe/Paris --admin-email admin@demo.example));
$a->good('another', qw(alias add VeryLongCustomerNameOfAnAgency Berlin --database agency_berlin
	--create-database --currency USD --time-zone America/New_York));
$a->file('password', "long enough\n");
$a->good('user', qw(user add Demo Main anna --rights process,webhook,club,data --zone 1,2,3 --brand
	7 --allow-ip 192.0.2.7,198.51.100.0/24 --password-file), $a->dir . '/password');
$a->good('user', qw(user add Demo Main), 'a.very.long.login.of.somebody@agency.example',
	qw(--rights admin --password-file), $a->dir . '/password');
$a->good('token', qw(token create Demo Main --rights process,webhook --label), 'Back office',
	'--days', 3650);
$a->good('token', qw(token create Demo Main --rights club --user anna));
$a->good('token', qw(token revoke Demo Main 2));
$a->file('secret', "very-secret-indeed\n");
$a->good('source', qw(source add Demo Main --source-id 1 --label Shop --scheme shopify --shop-domain
	a-very-long-shop-name.myshopify.com --secret-file), $a->dir . '/secret');
$a->good('source', qw(source add Demo Main --source-id 2 --label x --key));
$a->sql('UPDATE api_source SET label = ' . $utf8->("日本語のお店の名前 cafe\x{301}")
	. ' WHERE source_id = 2');
$a->good('label', qw(label set Demo Main --source-id 1 --kind PurchaseStatus --id 3 --label),
	'partially refunded and sent');
$a->good('rate', qw(rate set Demo Main USD 0.92 --from 2026-01-01));
$a->good('rate', qw(rate set Demo Main JPY 0.0061 --from 2026-02-01));
$a->good('campaign', qw(campaign set Demo Main Summer --label), 'Codes of the summer leaflet',
	qw(--from 2026-06-01 --to 2026-09-01 --points 10));
$a->file('codes', "SUMMER-0001\nSUMMER-0002\n");
$a->good('codes', qw(code import Demo Main Summer), $a->dir . '/codes');
$a->good('rule', qw(points set-rule Demo Main 1.5 --from 2026-01-01));
$a->good('allowed', qw(mail-allow add Demo Main @demo.example));
$a->good('schedule', qw(schedule add Demo Main ComputeRefAmounts Daily --set Time=02:30 --set
	StartDate=2026-01-01 --set Label=Nightly));
$a->good('schedule', qw(schedule add Demo Main RefreshDecisionalData MonthlyWeekDay --set
	Time=23:05:10 --set Weeks=First,Last --set DaysOfWeek=Monday,Wednesday,Sunday --set
	Months=1,4,7,10
	--set TimeZone=America/New_York --set StartDate=2026-01-01));

my $long = 'Price must be a decimal number like 19.99; Lable is no property of PurchaseGood; did '
	. 'you mean Label?; CurrencyId names no Currency that is known: 日本円 is a name, not '
		. 'a code of three letters.';
my @states = ([3, 'done', 'Contacts: 1 added, 0 changed, 0 as before, 0 older than what is stored'],
	[4, 'permanent', $long],
	[5, 'unrouted', 'Shopify/Customer has no action Create; it has Insert, Update, Delete.'],
	[1, 'unavailable', 'The database does not answer.']);
for my $i (0 .. $#states) {
	my ($state, $class, $reason) = @{ $states[$i] };
	my $text = $utf8->($reason);
	$a->sql("INSERT INTO api_message (receipt, tenant_id, kind, visible_at, received_at, "
		. "settled_at, source_id, platform, entity, action, email, method, uri, headers, "
			. "body, state, attempts, reason_class, reason)
		VALUES (x'" . $i x 32 . "', 1, 1, '2026-11-24 10:00:00', '2026-11-24 10:00:0$i', "
		. ($state > 2 ? "'2026-11-24 10:00:05'" : 'NULL')
		. ", 1, 'Shopify', 'Customer', 'Create', '', 'POST', '/x?key=***',
		'{\"content-type\":\"application/json\",\"user-agent\":\"A shop that says at great "
		. "length which version of which library of which maker it uses, and on which "
		. "system\"}', '{}', $state, 2, '$class', $text)");
}
$a->sql("INSERT INTO api_attempt SELECT id, 1, 'host-of-the-daemon/worker-1', '2026-11-24 "
	. "10:00:01', '2026-11-24 10:00:02', 'retry', 'unavailable', 'The database does not "
		. "answer.', '' FROM api_message WHERE state = 4;
	INSERT INTO api_attempt SELECT id, 2, 'host-of-the-daemon/worker-2', '2026-11-24 10:01:01',
		'2026-11-24 10:01:02', 'dead', reason_class, reason, '' FROM api_message
		WHERE state = 4");
$a->sql("INSERT INTO api_mail (tenant_id, kind, message_id, header_id, content, state, visible_at, "
	. "created_at, give_up_at, attempts, reason)
	SELECT 1, 1, id, '<x>', '', 4, '2026-11-24 10:00:00', '2026-11-24 10:00:00', '2026-11-27 "
		. "10:00:00', 3, '550 5.1.1 The mail server says that nobody of this name lives "
			. "here, and that it has told us so three times already.'
	FROM api_message WHERE state = 3; INSERT INTO api_mail_recipient (mail_id, address,
		changed_at) SELECT mail_id, 'somebody.with.a.long.name\@demo.example', '2026-11-24'
		FROM api_mail");
$a->sql("INSERT INTO api_run (tenant_id, schedule_id, process, parameters, origin, due_at, state, "
	. "not_before, started_at, ended_at, reason_class, reason, result, log_tail, created_at)
	VALUES (1, 1, 'ComputeRefAmounts', '{}', 1, '2026-11-23 01:30:00', 3, '2026-11-23 "
		. "01:30:00', '2026-11-23 01:30:01', '2026-11-23 01:30:09', '', '', '', '', "
			. "'2026-11-23 01:30:00'),
		(1, 2, 'RefreshDecisionalData', '{}', 2, NULL, 5, '2026-11-23 01:30:00', "
		. "'2026-11-24 01:30:01', '2026-11-24 01:40:09', 'conflict', 'Another program "
		. "holds the decision tables since ten minutes: ask SHOW PROCESSLIST which it is, "
		. "end it, and run this again.', '', '', '2026-11-24 01:30:00')");
$a->sql("INSERT INTO api_privacy (tenant_id, kind, state, request, subject_hash, requested_by, "
	. "requested_at, done_at, counts)
	VALUES (1, 5, 2, '', REPEAT(x'ab', 32), 'command line', '2026-11-24 10:00:00',
	'2026-11-24 10:00:01', '{\"Rows\":12}')");
my $why = 'No signature matches. It matches with the secret of Source 2, and without the line end '
	. 'at the end of the body.';
$a->sql("INSERT INTO api_refusal (alias_id, source_id, cause, fingerprint, client, method, path, "
	. "note, request_id, refusals, first_at, last_at) VALUES
	(1, 1, 'signature-wrong', 'a', '203.0.113.17', 'POST', "
		. "'/ProcessManagement/Connector/Standard/QueueProcess/Demo/Main/Shopify/Order"
		. "/Insert', '$why',
		'0123456789abcdef', 1234, '2026-11-24 10:00:00', '2026-11-24 11:00:00'),
	(0, 0, 'tenant-unknown', 'b', '198.51.100.4', 'GET', '/Bonduelle/Club/GetContact', "
		. "'There is no customer Dema.', 'ff', 1, '2026-11-24 12:00:00', "
		. "'2026-11-24 12:00:00')");
$a->good('connection', qw(connection add Demo Main drop Folder file:Demo/Main/in --set SourceId=1));
$a->good('connection', qw(connection add Demo Main shop Prestashop https://shop.example/boutique
	--secret-file Key=-), \('k' x 32));
$a->sql("UPDATE api_connection SET tested_at = '2026-11-01 09:00:00', test_failure = "
	. "'https://shop.example/boutique/api/ answers 404: there is no API. Correct Address.' "
	. "WHERE name = 'shop'");
$a->good('quota', qw(quota set Demo Main --source-id 1 --per-second 50));
# All times that depend on when the test runs.
$a->sql("UPDATE $_ SET created_at = '2026-11-01 09:00:00'") for qw(api_customer api_alias api_user
	api_token api_source api_mail_allow api_schedule);
$a->sql("UPDATE api_token SET expires_at = '2036-11-01 09:00:00' WHERE expires_at IS NOT NULL; "
	. "UPDATE api_token SET revoked_at = '2026-11-02 09:00:00' WHERE revoked_at IS NOT NULL;
	UPDATE api_schedule SET next_due_at = '2026-11-28 01:30:00', last_success_at = '2026-11-27 "
		. "01:30:09' WHERE schedule_id = 1;
	UPDATE api_schedule SET next_due_at = '2027-01-04 04:05:10' WHERE schedule_id = 2");
for my $table (map { $_->[0] } $a->sql("SELECT table_name FROM information_schema.columns WHERE "
	. "table_schema = 'demo_main' AND column_name = 'ModificationDate'")) {
	$a->sql("UPDATE `$table` SET CreationDate = '2026-11-01 09:00:00', ModificationDate = "
		. "'2026-11-01 09:00:00'", 'demo_main');
}
$a->sql("UPDATE `$_->[0]` SET `$_->[1]` = '2026-11-01 09:00:00' WHERE `$_->[1]` > NOW() - "
	. "INTERVAL 1 DAY", $_->[2])
	for $a->sql("SELECT table_name, column_name, table_schema FROM information_schema.columns "
		. "WHERE table_schema IN ('demo_main', 'customerapi') AND column_name IN "
			. "('created_at', 'modified_at')");

# ------------------------------------------------------------------ the lists
my @lists = ('queue list', 'queue list --state dead', 'queue summary', 'queue show ' . '1' x 32,
	'schedule list Demo Main', 'run list Demo Main', 'token list Demo Main',
	'source list Demo Main', 'connection list Demo Main', 'customer list',
	'alias list', 'user list Demo Main', 'label list Demo Main', 'mail list',
	'mail-allow list Demo Main', 'rate list Demo Main', 'campaign list Demo Main',
	'code list Demo Main --campaign Summer',
	'points list-rules Demo Main', 'privacy list Demo Main', 'queue refused',
	'quota list Demo Main', 'check --list');
for my $width (80, 120) {
	my $all = join "\n", map { "\$ customerapi $_\n" . screen($width, $_) } @lists;
	my $file = "$fixtures/$width.txt";
	if ($ENV{TERMINAL_WRITE}) {
		open my $out, '>:utf8', $file or die "$file: $!";
		print $out $all;
	}
	open my $in, '<:utf8', $file or die "$file: $!";
	my %want = map { /^(.*)\n/ ? ($1 => $_) : () } split /^\$ customerapi /m, do { local $/;
		<$in> };
	my %got = map { /^(.*)\n/ ? ($1 => $_) : () } split /^\$ customerapi /m, $all;
	is($got{$_}, $want{$_}, "$_ at $width columns") for @lists;
	is_deeply([sort keys %want], [sort @lists], "$file has nothing else");
	is_deeply(too_long($width, $all), [], "no line is longer than $width");
	unlike($all, qr/\.\.\./, 'nothing is cut');
}
for my $width (21, 33, 47, 62, 99, 200) {
	is_deeply(too_long($width, screen($width, $_)), [], "$_ at $width") for @lists;
}
like(screen(40, 'run list Demo Main'),
	qr/^Run id: 2\nProcess: RefreshDecisionalData\nState: Failed\nReason:\n  Another program holds the decision\n  tables/m,
	'too narrow for a table: rows in lines of their own');

# ------------------------------------------------------------------ what decides
my $wide = screen(80, 'run list Demo Main --wide');
like($wide,
	qr/ask SHOW PROCESSLIST which it is, end it, and run this again\. .*2026-11-24T01:30:01Z\s.*Manual/,
	'--wide: all of it in one line');
unlike($wide, qr/Not shown/, 'and nothing is left out');
my $narrow = screen(80, 'run list Demo Main');
like($narrow, qr/^Not shown for want of room: .*Origin\.\s--wide shows all\./ms,
	'what is left out is said');
unlike(screen(80, 'run list Demo Main --quiet'), qr/Not shown/, 'not with --quiet');
is(screen(80, 'run list Demo Main', COLUMNS => 120), screen(120, 'run list Demo Main'),
	'COLUMNS says another width');
is(screen(0, 'run list Demo Main'), $narrow, 'a terminal that does not know: 80');
is(screen(80, 'source list Demo Main', LC_ALL => 'C'),
	screen(80, 'source list Demo Main', LC_ALL => 'C.UTF-8'),
	'widths do not depend on the locale');
my $piped = decode('UTF-8', $a->good('into a file', qw(run list Demo Main)));
is($piped, $wide, 'what is no terminal gets it whole');
{
	local $ENV{COLUMNS} = 40;
	is(decode('UTF-8', $a->good('into a file', qw(run list Demo Main))), $piped,
		'whatever COLUMNS says');
}
is_deeply([sort keys %{ $a->json(qw(run list Demo Main))->{Runs}[0] }],
	[sort qw(RunId ScheduleId Process State Origin DueAt StartedAt EndedAt Reason)],
	'JSON is the same everywhere');

# ------------------------------------------------------------------ other texts
for my $command ('doctor --no-smtp', 'check', 'schedule show Demo Main 2',
	'queue show ' . '1' x 32 . ' --body') {
	for my $width (60, 80, 120) {
		my $text = screen($width, $command);
		is_deeply(too_long($width, $text), [], "$command at $width");
	}
}
like(screen(70, 'doctor --no-smtp'), qr/^\S+ +\S+ +.{20,}\n {10,}\S/m,
	'doctor: what goes on stands below its beginning');
like(screen(60, 'queue show nothing'),
	qr/^customerapi: RECEIPT: must be the 32 hexadecimal digits that\n  the sender was given$/m,
	'a fault is wrapped');
is_deeply(too_long(80, $a->good("$_ --help", split(/ /), '--help')), [], "$_ --help")
	for 'schedule add', 'contact', 'queue list', 'source add', 'doctor';

$a->sql('UPDATE api_schedule SET label = ' . $utf8->("a\x{202e}b\x{2067}c\x{9b}d\x{7}e\x{200f}")
	. ' WHERE schedule_id = 1');
like(decode('UTF-8', $a->good('marks that turn the direction', qw(schedule list Demo Main))),
	qr/ a\?\?\?b\?\?\?c\?\?d\?e\?\?\?$/m, 'are shown, not followed');
$a->sql("UPDATE api_schedule SET label = 'Nightly' WHERE schedule_id = 1");

# ------------------------------------------------------------------ schedules
my $list = $a->good('schedule list', qw(schedule list Demo Main));
like($list, qr/^Times are of: +Europe\/Paris$/m, 'whose times they are');
like($list,
	qr/^ +1  - +ComputeRefAmounts +Every day at 02:30 \(Europe\/Paris\), from 2026-01-01 00:00 +Active +2026-11-28 02:30 +2026-11-27 02:30 +Nightly$/m,
	'in words, with local times');
like($list, qr/^ +2 .*\(America\/New_York\).* 2027-01-04 05:05 /m,
	'the tenant\'s zone, also of a schedule that has its own');
my ($first) = @{ $a->json(qw(schedule list Demo Main))->{Schedules} };
is("$first->{NextDueAt} $first->{Words}",
	'2026-11-28T01:30:00Z Every day at 02:30 (Europe/Paris), from 2026-01-01 00:00',
	'JSON: UTC, and the words');
my $help = $a->good('schedule add --help', qw(schedule add --help));
for my $form (qw(OneTime Hourly Daily Weekly MonthlyDayInMonth MonthlyWeekDay)) {
	like($help, qr/^  $form\n/m, "help names $form");
}
like($help,
	qr/^  Daily\n.*\n +Time +Required\. .*(?:\n {20,}.*)*\n +EveryDays +1 to 366\. 1 unless given/m,
	'with its fields');
like($help, qr/^  Common fields\n(?: {6}.*\n)* {6}TimeZone /m, 'and those of all');
like($help, qr/^  Cleansing  \(not in this version\)$/m, 'what is not built says so');
unlike($help, qr/ComputeRefAmounts  \(not/, 'what is does not');
my $set = $a->good('schedule set --help', qw(schedule set --help));
like($set, qr/^  Cleansing  \(not in this version\)$/m,
	'nor does that of schedule set leave it out');
unlike($set, qr/Name=/, 'which offers no field that it refuses');
like($help, qr/the forms and their fields are listed\s+below\./, 'help does not send to itself');
is(`( ( sleep 1; $program schedule add --help ) | true ) 2>&1`, '',
	'who reads the beginning of help only hears of no fault');
like(`$program schedule add --help 2>&1 >/dev/full`, qr/could not take everything/,
	'a full disk is one');
$a->bad('to schedule it', 1,
	qr/Cleansing cannot be scheduled yet: this version does not have the process/,
	qw(schedule add Demo Main Cleansing Daily --set Time=02:30));

# ------------------------------------------------------------------ --once
sub once {
	local %ENV = (%ENV, CUSTOMERAPI_CONF => $a->{conf});
	my $out = `$ENV{BUILDDIR}/customerapi-scheduler --once 2>&1`;
	return ($? >> 8, $out);
}
$a->sql('DELETE FROM api_message; DELETE FROM api_mail; '
	. 'UPDATE api_schedule SET next_due_at = NULL');
my $made = $a->json(qw(schedule add Demo Main Test Daily --set Time=02:30 --parameter Steps=1));
$a->good('run', qw(schedule run Demo Main), $made->{ScheduleId});
is_deeply([once()], [0, ''], '--once is silent when all is well');
is($a->value('SELECT state FROM api_run ORDER BY run_id DESC LIMIT 1'), 3,
	'though it had something to do');
$a->good('run', qw(schedule run Demo Main), $made->{ScheduleId}, '--parameter', 'End=Fail');
like((once())[1], qr/"level":"warning".*"event":"run"/, 'and says what is not');
{
	local $ENV{CUSTOMERAPI_LOG_LEVEL} = 'debug';
	$a->good('run', qw(schedule run Demo Main), $made->{ScheduleId});
	like((once())[1], qr/"event":"run"/, 'to whom asks for more it says more');
}

# ------------------------------------------------------------------ a reader that leaves
# Starts a command and gives its standard output to a function; exit code, standard error, what was
# read.
sub read_by {
	my ($reader, @args) = @_;
	pipe my $from, my $to or die $!;
	my $errors = File::Temp->new(DIR => $a->dir);
	my $pid = fork // die $!;
	if (!$pid) {
		close $from;
		$ENV{CUSTOMERAPI_CONF} = $a->{conf};
		open STDOUT, '>&', $to;
		open STDERR, '>&', $errors;
		{ exec $program, @args };
		POSIX::_exit(127);
	}
	close $to;
	my $got = $reader->($from);
	close $from;
	waitpid $pid, 0;
	return ($? >> 8, Admin::slurp($errors), $got);
}
my $bytes = sub { my ($most) = @_; return sub { my ($fh) = @_; my $text; sysread $fh, $text, $most;
	return $text } };
my $whole = sub { my ($fh) = @_; local $/; return scalar <$fh> };
my $slow = sub { my ($fh) = @_; my $text = '';
	while (sysread $fh, $text, 100, length $text) { select undef, undef, undef,
		0.001 } return $text };
$a->sql("INSERT INTO Contact (ContactId, LastName, CreationDate, ModificationDate) VALUES (1, "
	. "'Small', NOW(), NOW()), (2, 'Large', NOW(), NOW())", 'demo_main');
$a->sql("INSERT INTO ContactIdentifier (ContactIdentifierId, ContactId, SourceId, Identifier, "
	. "CreationDate, ModificationDate) SELECT UUID(), 2, 1, CONCAT('id-', seq), NOW(), NOW() "
		. "FROM seq_1_to_2000", 'demo_main');
my $exports = sub { return $a->value('SELECT COUNT(*) FROM api_privacy WHERE kind = 5') };
my $before = $exports->();
for my $who (1, 2) {
	my ($code, $err, $text) = read_by($whole, qw(contact export Demo Main --contact-id), $who);
	is("$code $err", '0 ', "an export of contact $who that is read to its end");
	ok(eval { decode_json($text) }, 'it is whole') or diag($@);
	is($exports->(), ++$before, 'is recorded');
	my $size = length $text;
	for my $most (1, int($size / 2), $size - 1) {
		next if $most > 60000;
		($code, $err) = read_by($bytes->($most), qw(contact export Demo Main --contact-id),
			$who);
		is($code, 1, "one of which $most bytes were read");
		like($err,
			qr/reader of standard output left before the end|output cannot be written/,
			'says so');
		is($exports->(), $before, 'is not');
	}
}
{
	my ($code, $err, $text) = read_by($slow, qw(contact export Demo Main --contact-id 1));
	is("$code $err", '0 ', 'a slow reader');
	is($exports->(), ++$before, 'is one, too');
	local %ENV = (%ENV, CUSTOMERAPI_CONF => $a->{conf});
	my $export = "$program contact export Demo Main --contact-id 2 2>/dev/null";
	my $status = `bash -c '$export | head -40 >/dev/null; echo \${PIPESTATUS[0]}'`;
	is($status, "1\n", '| head -40 is cut');
	is($exports->(), $before, 'and not recorded');
	$a->good('into a file', qw(contact export Demo Main --contact-id 1 --output),
		$a->dir . '/export.json');
	is($exports->(), ++$before, 'a file is one');
}
{
	local %ENV = (%ENV, CUSTOMERAPI_CONF => $a->{conf});
	my $full = sub { my $err = `$program @_ 2>&1 >/dev/full`; return ($? >> 8, $err) };
	my ($code, $err) = $full->(qw(contact export Demo Main --contact-id 1));
	is($code, 1, 'a full disk: an export fails');
	is($exports->(), $before, 'and is not recorded');
	($code, $err) = $full->(qw(token create Demo Main --rights club));
	like("$code $err", qr/^1 .*could not take the token, so token 3 is revoked/,
		'a token that nobody saw');
	is($a->value('SELECT revoked_at IS NOT NULL FROM api_token WHERE token_id = 3'), 1,
		'is revoked');
	($code, $err) = $full->(qw(token create Demo Main --rights club --json));
	is("$code " . $a->value('SELECT COUNT(*) FROM api_token WHERE revoked_at IS NULL'), '1 1',
		'with --json, too');
	($code, $err) = $full->(qw(source set Demo Main --source-id 2 --key));
	like("$code $err", qr/^1 .*new key is in force, but standard output could not take it/,
		'a source key');
	($code, $err) = $full->(qw(customer list));
	like("$code $err", qr/^1 .*could not take everything/, 'a list');
}
my ($code, $err, $codes) = read_by(sub { my ($fh) = @_; sleep 1;
	return '' }, qw(token create Demo Main --rights club));
like("$code $err", qr/^1 .*is revoked/, 'a token that lay in a pipe nobody read');
is($a->value('SELECT COUNT(*) FROM api_token WHERE revoked_at IS NULL'), 1,
	'is no good to anybody');
($code, $err, $codes) = read_by($whole, qw(token create Demo Main --rights club --json));
is("$code $err" . (decode_json($codes)->{Token} ne ''), '0 1', 'one that was read');
($code, $err, $codes) = read_by($bytes->(5), qw(code generate Demo Main Summer 100 --out -));
is($code, 1, 'codes of which not all were read');
like($err, qr/left before the end\. The codes that were made stay/, 'what became of them is said');
($code, $err, $codes) = read_by($whole, qw(code generate Demo Main Summer 100 --out -));
is("$code " . scalar(split /\n/, $codes), '0 100', 'all of them');

done_testing();
