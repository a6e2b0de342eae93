# A tenant whose database is on another server: its own user, a wrong password, a server that is
# down, and a death between the two commits.
use strict;
use warnings;
use Test::More;
use IO::Socket::INET;
use MariaDB;
use Scheduler;

my $db = MariaDB->start;
my $port = do { my $l = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1) or die $!;
	$l->sockport };
my $remote = MariaDB->start(options => ['--skip-networking=0', '--bind-address=127.0.0.1',
	"--port=$port", '--skip-name-resolve']);
my $secret = 'q7-Geheim-remote';
my $s = Scheduler->new($db, CUSTOMERAPI_QUEUE_WORKERS => 1, CUSTOMERAPI_QUEUE_LADDER => '1',
	CUSTOMERAPI_QUEUE_LEASE_S => 60, CUSTOMERAPI_QUEUE_MAX_ATTEMPTS => 100);
$remote->sql(
	"CREATE DATABASE crm; CREATE USER crm\@localhost IDENTIFIED BY '$secret'; GRANT ALL ON "
		. "crm.* TO crm\@localhost;
	CREATE USER crm\@127.0.0.1 IDENTIFIED BY '$secret'; GRANT ALL ON crm.* TO crm\@127.0.0.1");
$s->tenant(1);

my $admin = sub {
	my (@args) = @_;
	local %ENV = (%ENV, %{ $s->{env} });
	my $out = `$ENV{BUILDDIR}/customerapi @args 2>&1`;
	return ($? >> 8, $out);
};
my $password = $s->dir . '/password';
my $write = sub { open my $fh, '>', $password or die $!; print $fh "$_[0]\n"; close $fh;
	chmod 0600, $password };

# Made and migrated by the command-line tool.
my ($rc, $out) = $admin->('init');
is($rc, 0, 'init') or diag($out);
$admin->('customer', 'add', 'Far');
$write->('wrong-' . $secret);
my @add = ('alias', 'add', 'Far', 'Main', '--database', 'crm', '--socket', $remote->socket,
	'--user', 'crm', '--password-file', $password);
($rc, $out) = $admin->(@add);
isnt($rc, 0, 'a wrong password is refused when the alias is made');
unlike($out, qr/\Q$secret\E/, 'and not printed');
$write->($secret);
($rc, $out) = $admin->(@add);
is($rc, 0, 'the right one makes it') or diag($out);
cmp_ok($remote->value("SELECT MAX(version) FROM crm.api_schema WHERE scope = 'tenant'"), '>=', 2,
	'its tables are on the other server');
my $newest = $remote->value("SELECT MAX(version) FROM crm.api_schema WHERE scope = 'tenant'");
$remote->sql("DELETE FROM crm.api_schema WHERE version = $newest");
($rc, $out) = $admin->('migrate');
is($rc, 0, 'migrate reaches it') or diag($out);
is($remote->value("SELECT COUNT(*) FROM crm.api_schema WHERE version = $newest"), 1,
	'and repairs it');
my $far = $s->value("SELECT alias_id FROM api_alias WHERE name = 'Main'");

# Effects there, outcomes and mails here, beside a tenant of this server.
my @sent = $s->put((map { { tenant => $far, action => $_, body => qq({"id":"far-$_"}) } } qw(Done
	Append Superseded Ignored Permanent Transient Nothing)),
	{ tenant => $far, kind => 2, email => 'mail@example.com', body => '{}' },
	{ tenant => $far, email => 'copy@example.com', body => '{"id":"far-copy"}' },
	{ tenant => 1, body => '{"id":"near"}' });
is($s->once, 0, 'a round');
is(join(' ', map { $s->message($_)->{state} } @sent), '3 3 6 8 4 1 5 3 3 3', 'every outcome');
is($remote->value("SELECT COUNT(*) FROM crm.MarketingAction"), 3,
	'effects are there, only where they should be');
is($remote->value('SELECT COUNT(*) FROM crm.api_applied_receipt'), 3, 'each with its receipt');
is($db->value("SELECT COUNT(*) FROM MarketingAction", 'tenant1'), 1, 'the near tenant has its own');
is($s->value("SELECT GROUP_CONCAT(address ORDER BY address) FROM api_mail_recipient"),
	'copy@example.com,mail@example.com', 'mails are queued here');
my $effects = sub {
	$remote->value("SELECT COUNT(*) FROM crm.MarketingAction WHERE Identifier LIKE '$_[0]-%'")
		};
$s->sql("UPDATE api_message SET state = 7 WHERE state = 1");

# Killed between the tenant's commit and the registry's: the receipt stops the second effect. And at
# every other point.
my $flag = $s->dir . '/crash';
my %want = ('after-claim' => 'lapsed done', 'after-effect' => 'lapsed done',
	'after-tenant-commit' => 'lapsed done', 'before-commit' => 'lapsed done',
	'after-commit' => 'done');
for my $point (sort keys %want) {
	open my $fh, '>', $flag or die $!;
	close $fh;
	my @crash = $s->put(map { { tenant => $far, action => 'Append',
		email => "$point$_\@example.com", body => qq({"id":"$point$_"}) } } 1 .. 2);
	$s->set(CUSTOMERAPI_TEST_CRASH_AT => $point, CUSTOMERAPI_TEST_CRASH_FILE => $flag);
	$s->start;
	ok($s->settled(20), "$point: settled in the end");
	$s->stop;
	ok(!-e $flag, "$point: it was killed there");
	for my $i (0, 1) {
		my $m = $s->message($crash[$i]);
		is("$m->{state} $m->{outcomes}", "3 $want{$point}", "$point: state and history");
		is($effects->($point . ($i + 1)), 1, "$point: one effect");
		like($m->{reason}, qr/earlier attempt/,
			"$point: the history says where the effect comes from")
			if $point =~ /tenant|before/;
	}
	is($s->value("SELECT COUNT(*) FROM api_mail_recipient WHERE address LIKE '$point%'"), 2,
		"$point: one mail each");
}
delete @{ $s->{env} }{qw(CUSTOMERAPI_TEST_CRASH_AT CUSTOMERAPI_TEST_CRASH_FILE)};

# Down, and a password that is not right any more: messages wait, with the reason; the others go on;
# up again they are done. Mails do not wait.
# By host and port from here on.
$s->sql("UPDATE api_alias SET socket = '', host = '127.0.0.1', port = $port WHERE alias_id = $far");
for my $fault ('down', 'password') {
	$fault eq 'down'
		? $remote->kill9 : $remote->sql(
			"SET PASSWORD FOR crm\@127.0.0.1 = PASSWORD('another')");
	$s->start;
	my @waiting = $s->put(map { { tenant => $far, action => 'Append',
		body => qq({"id":"$fault$_"}) } } 1 .. 20);
	my ($mail) = $s->put(tenant => $far, kind => 2, email => "$fault\@example.com",
		body => '{}');
	my ($near) = $s->put(tenant => 1, body => '{"id":"near"}');
	ok($s->until_is(3, "SELECT state FROM api_message WHERE receipt = x'$near'", 10),
		"$fault: the near tenant is served");
	ok($s->until_is(3, "SELECT state FROM api_message WHERE receipt = x'$mail'", 10),
		"$fault: a mail needs no tenant database");
	ok($s->until_is(20, "SELECT COUNT(*) FROM api_message WHERE body LIKE '%$fault%' AND "
		. "attempts > 0 AND reason <> ''", 20), "$fault: the others were tried");
	my $m = $s->message($waiting[0]);
	is($m->{reason}, q(The tenant's database is not available.),
		"$fault: the reason is clear, and says nothing of the inside");
	my ($event) = grep { $_->{count} && $_->{inside} =~ ($fault eq 'down'
		? qr/MariaDB error (2002|2013|2006)/ : qr/Access denied.*MariaDB error 1045/)
		} $s->events('messages');
	is("$event->{level} $event->{error}", 'warning transient', "$fault: the daemon's log does");
	unlike($event->{inside}, qr/\Q$secret\E/, "$fault: but for the secret");
	unlike($m->{reason}, qr/\Q$secret\E/, "$fault: and no secret");
	is($m->{history}[0]{outcome}, 'retry', "$fault: in the history too");
	$fault eq 'down'
		? $remote->restart : $remote->sql(
			"SET PASSWORD FOR crm\@127.0.0.1 = PASSWORD('$secret')");
	ok($s->until_is(20,
		"SELECT COUNT(*) FROM api_message WHERE state = 3 AND body LIKE '%$fault%'", 30),
		"$fault: when it answers again, all are done");
	is(join(' ', map { $effects->("$fault$_") } 1 .. 20), join(' ', (1) x 20),
		"$fault: one effect each");
	$s->stop;
}

# The sealed password belongs to its alias.
$s->sql("INSERT INTO api_alias (customer_id, name, database_name, socket, db_user, "
	. "db_password_sealed, created_at)
	SELECT customer_id, 'Thief', database_name, socket, db_user, db_password_sealed, "
		. "created_at FROM api_alias WHERE name = 'Main';
	INSERT INTO api_tenant_queue SELECT alias_id, '2026-01-01' FROM api_alias
		WHERE name = 'Thief'");
my ($stolen) = $s->put(tenant => $s->value("SELECT alias_id FROM api_alias WHERE name = 'Thief'"),
	body => '{"id":"stolen"}');
$s->once;
is($s->message($stolen)->{state}, 1, 'a password copied to another alias does not open');
is($remote->value("SELECT COUNT(*) FROM crm.MarketingAction WHERE Identifier = 'stolen'"), 0,
	'nothing is written');

# Receipts are kept as long as a message may come again.
$remote->sql("UPDATE crm.api_applied_receipt SET applied_at = '2020-01-01' LIMIT 2");
my $before = $remote->value('SELECT COUNT(*) FROM crm.api_applied_receipt');
$s->sql("UPDATE api_retention SET next_at = '2000-01-01'");
$s->once;
is($remote->value('SELECT COUNT(*) FROM crm.api_applied_receipt'), $before - 2,
	'old receipts are deleted, the others stay');

# No secret anywhere.
open my $log, '<', $s->dir . '/log' or die $!;
my $text = do { local $/; <$log> };
unlike($text, qr/\Q$secret\E/, 'not in the log');
is($s->value("SELECT COUNT(*) FROM api_alias WHERE db_password_sealed LIKE '%$secret%'"), 0,
	'not in the registry');

done_testing();
