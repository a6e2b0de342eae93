# A database clock that runs ahead deletes nothing and takes no points: what cannot be undone goes
# by what was seen of the clock before and the time that really went by.
# The clock is the server's own, set for each connection of the programs (users of the least rights,
# whom init_connect concerns).
use strict;
use warnings;
use utf8;
use Test::More;
use Digest::SHA qw(sha256_hex);
use JSON::PP;
use World;

my $w = World->start(least => 1, no_daemon => 1,
	scheduler => { CUSTOMERAPI_QUEUE_KEEP_BODY_DAYS => 7, CUSTOMERAPI_QUEUE_KEEP_DAYS => 30,
		CUSTOMERAPI_RUN_KEEP_DAYS => 30, CUSTOMERAPI_IDEMPOTENCY_KEEP_HOURS => 24 });
my ($s, $db) = ($w->{s}, $w->{db});
my $day = 86400;
sub ahead { my ($days) = @_;
	$db->sql("SET GLOBAL init_connect = '" . ($days ? "SET timestamp = UNIX_TIMESTAMP() + "
		. int($days * $day) : '') . "'") }
sub passed { my ($days) = @_; $s->set(CUSTOMERAPI_CLOCK_OFFSET => int($days * $day)) }
sub round { my ($name) = @_; is($s->once, 0, $name) }
sub kept { return join ' ', $s->value("SELECT COUNT(*) FROM api_message WHERE body <> ''"),
	$s->value("SELECT COUNT(*) FROM api_run WHERE process = 'Old'"),
	$w->value('SELECT COUNT(*) FROM api_idempotency'),
	$s->value('SELECT COUNT(*) FROM api_request_key'),
	$w->value('SELECT COUNT(*) FROM LoyaltyPoint') }
sub points { $s->sql("INSERT INTO api_run (tenant_id, process, parameters, origin, state, "
	. "not_before, exclusive, created_at, result, log_tail) VALUES (1, 'ExpirePoints', '{}', "
		. "2, 1, '2026-01-01', 'points', '2026-01-01', '', '')") }
sub seen { return $s->value(
	"SELECT TIMESTAMPDIFF(HOUR, UTC_TIMESTAMP(6), MAX(seen_at)) FROM api_clock") }
sub told { local %ENV = (%ENV, %{ $s->{env} }, $db->least('admin'));
	my ($c) = grep { $_->{Check} eq 'clock-seen' } @{
		decode_json(scalar `$ENV{BUILDDIR}/customerapi check --json 2>/dev/null`)->{Checks}
			}; return "$c->{Result}: $c->{Message}" }

$s->put(action => 'Done', body => '{"id":"done"}');
$s->put(action => 'Permanent', body => '{"id":"dead"}');
$w->sql("INSERT INTO Contact (ContactId, LastName, CreationDate, ModificationDate) VALUES (1, "
	. "'Doe', '2026-01-01', '2026-01-01');
	INSERT INTO LoyaltyPoint (LoyaltyPointId, PointIdentifier, SourceId, ContactId, "
		. "PointTypeId, PointAmount, DatePoint, ExpiredDatePoint, DeletionFlag, "
			. "CreationDate, ModificationDate)
		VALUES (1, 'p', 1, 1, 1, 50, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) + INTERVAL 20 DAY, "
			. "0, '2026-01-01', '2026-01-01');
	INSERT INTO api_idempotency (key_hash, request_hash, reply, created_at)
		VALUES (REPEAT('k', 32), REPEAT('r', 32), '', UTC_TIMESTAMP(6))");
$s->sql("INSERT INTO api_run (tenant_id, process, parameters, origin, state, not_before, "
	. "created_at, ended_at, result, log_tail) VALUES (1, 'Old', '{}', 2, 3, UTC_TIMESTAMP(6), "
		. "UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), '', '');
	INSERT INTO api_request_key (key_hash, request_hash, reply, created_at)
		VALUES (REPEAT('k', 32), REPEAT('r', 32), '', UTC_TIMESTAMP(6))");
round('a first round');
is(kept(), '2 1 1 1 1', 'all is there');
is(seen(), 0, 'the clock was seen');
is(told(), 'ok: The database\'s clock is not ahead of what was seen of it.',
	'and check finds nothing');

# ------------------------------------------------------------------ ahead

for my $days (8, 100, 3650) {
	ahead($days);
	points();
	round("a clock that is $days days ahead") for 1 .. 2;
	is(kept(), '2 1 1 1 1', 'deletes nothing');
	is($w->value('SELECT SUM(PointAmount) FROM LoyaltyPoint') + 0, 50, 'and takes no points');
	my ($run) = $s->sql("SELECT state, log_tail FROM api_run WHERE process = 'ExpirePoints' "
		. "ORDER BY run_id DESC LIMIT 1");
	is($run->[0], 4, 'of which the run warns');
	like($run->[1], qr/clock is \d+ s ahead of what was seen of it: points expire by that/,
		'and says why');
	my $not = 'nothing is deleted, and no points expire, as of later than 20';
	like(told(),
		qr/^warning: The database's clock is \d+ s ahead of what was seen of it: $not/,
		'check says so');
	is(seen(), 0, 'nor is that believed');
}
# Another machine, or this one started anew, believes no more than the first.
$s->sql("UPDATE api_clock SET boot_id = 'another'");
round('another machine');
is(kept(), '2 1 1 1 1', 'deletes nothing either');
is($s->value('SELECT COUNT(*) FROM api_clock') . ' ' . seen(), '2 0',
	'and starts from what was seen before');
# Two hours of real time gain four at the most.
passed(2 / 24);
round('two hours later');
cmp_ok(seen(), '<=', 4, 'no more than twice the time is gained');
cmp_ok(seen(), '>=', 3, 'but that');
is(kept(), '2 1 1 1 1', 'nothing is deleted');

# A session that was begun then does not last until then.
ahead(0);
passed(0);
my $cookie = 'clock-session' . 'x' x 30;
my $hash = sha256_hex($cookie);
$s->sql("INSERT INTO api_session (session_hash, alias_id, user_id, created_at, expires_at) VALUES "
	. "(x'$hash', 1, 1, UTC_TIMESTAMP(6) + INTERVAL 1 YEAR, UTC_TIMESTAMP(6) + INTERVAL 1 YEAR "
		. "+ INTERVAL 30 MINUTE);
	INSERT INTO api_user (user_id, alias_id, login, password_hash, rights, created_at)
		VALUES (1, 1, 'x', '', 'admin', '2026-01-01')");
sub signed_in { my $r = $w->{http}->get($w->{nginx}->url . '/HelpWebapi',
	{ headers => { Cookie => "customerapi_session=$cookie" } });
	return $r->{content} =~ /SignOut/ ? 1 : 0 }
is(signed_in(), 0, 'a session of a clock that was put back is none');
$s->sql("UPDATE api_session SET created_at = UTC_TIMESTAMP(6), expires_at = UTC_TIMESTAMP(6) + "
	. "INTERVAL 30 MINUTE");
is(signed_in(), 1, 'one of now is');

# ------------------------------------------------------------------ right again

round('the clock is right again');
cmp_ok(seen(), '<=', 4, 'which is behind what was believed');
is(told(), 'ok: The database\'s clock is not ahead of what was seen of it.',
	'and check is content');
is(kept(), '2 1 1 1 1', 'all is there');
# One that was set back for a while takes nothing back, or it would take as long to catch up.
ahead(-7000);
$s->sql("UPDATE api_clock SET boot_id = CONCAT(boot_id, '.') WHERE boot_id <> 'another'");
round('a clock that is years behind') for 1 .. 2;
is(kept(), '2 1 1 1 1', 'deletes nothing');
ahead(0);
passed(8);
round('eight days go by');
is(kept(), '1 1 0 0 1', 'then bodies and keys go in their time');
passed(21);
points();
round('three weeks');
is($w->value('SELECT SUM(PointAmount) FROM LoyaltyPoint') + 0, 0, 'and points expire');
is($s->value(
	"SELECT state FROM api_run WHERE process = 'ExpirePoints' ORDER BY run_id DESC LIMIT 1"), 3,
	'without a warning');
passed(31);
round('a month');
is($s->value("SELECT COUNT(*) FROM api_run WHERE process = 'Old'"), 0, 'and runs go');

# A machine that stood still: what was seen is ten days old, and is caught up with.
$s->sql("UPDATE api_clock SET seen_at = seen_at - INTERVAL 10 DAY, boot_us = boot_us");
like(told(), qr/^warning: /, 'after ten days without anybody to see the clock') ;
passed(36);
round('five days more');
passed(42);
round('and six');
cmp_ok(abs(seen() - 42 * 24), '<=', 1, 'it is caught up with');

# ------------------------------------------------------------------ schedules

# A clock that was ahead has moved them to its date; when it is right again they go on from now.
passed(0);
$s->sql('DELETE FROM api_clock');
my %id;
for (['daily', '--form Daily --set Time=03:00 --set Misfire=Skip'],
	['cron', '--cron "30 * * * *" --set Misfire=Once'],
	['hourly', '--form Hourly --set Minute=5 --set Misfire=Skip'],
	['weekly',
		'--form Weekly --set Time=04:00 --set DaysOfWeek=Monday,Friday --set Misfire=All'],
	['paused', '--form Daily --set Time=05:00 --set Misfire=Skip']) {
	my ($name, $set) = @$_;
	$w->admin("schedule set C1 A1 $name ExpirePoints $set");
	$id{$name} = $s->value("SELECT schedule_id FROM api_schedule WHERE name = '$name'");
}
$s->sql("UPDATE api_schedule SET silence_h = 48 WHERE schedule_id = $id{daily}; UPDATE "
	. "api_schedule SET last_success_at = NULL");
sub far { return join ' ', map { $_->[0] } $s->sql("SELECT name FROM api_schedule WHERE after_at "
	. "> UTC_TIMESTAMP(6) + INTERVAL 1 MINUTE ORDER BY name") }
sub to_come { my ($of) = @_; return $s->value("SELECT COUNT(*) FROM api_run WHERE schedule_id = "
	. "$id{$of} AND due_at > UTC_TIMESTAMP(6) AND state IN (1, 9, 10)") }
sub next_s { my ($of) = @_; return $s->value("SELECT TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(6), "
	. "next_due_at) FROM api_schedule WHERE schedule_id = $id{$of}") }
round('before');
is(far(), '', 'nothing is settled yet');
ahead(100);
round('a clock that is 100 days ahead');
is(far(), 'cron daily hourly paused weekly', 'moves them on');
cmp_ok(to_come('daily'), '>=', 99, 'and has missed rows of dates to come');
$w->admin("schedule pause C1 A1 $id{paused}");
ahead(0);
$s->sql("UPDATE api_schedule SET silent_at = UTC_TIMESTAMP(6) + INTERVAL 102 DAY WHERE "
	. "schedule_id = $id{daily}");
$s->sql("INSERT INTO api_run (tenant_id, schedule_id, process, parameters, origin, state, due_at, "
	. "not_before, created_at, result, log_tail)
	SELECT 1, schedule_id, process, '{}', 1, 1, UTC_TIMESTAMP(6) + INTERVAL 99 DAY,
	UTC_TIMESTAMP(6) + INTERVAL 99 DAY, UTC_TIMESTAMP(6), '', '' FROM api_schedule
	WHERE name = 'hourly'");
round('the clock is right again');
is(far(), '', 'none is ahead');
is(join(' ', map { to_come($_) } sort keys %id), '0 0 0 0 0',
	'nothing of dates to come is missed, or waits');
my %most = (daily => $day, cron => 3600, hourly => 3600, weekly => 4 * $day);
for (sort keys %most) { cmp_ok(next_s($_), '<=', $most{$_}, "$_ is due in its time");
	cmp_ok(next_s($_), '>=', -60, 'and not before') }
cmp_ok($s->value("SELECT TIMESTAMPDIFF(HOUR, UTC_TIMESTAMP(6), silent_at) FROM api_schedule WHERE "
	. "schedule_id = $id{daily}"), '<=', 72, 'the alarm of silence, too');
is(next_s('paused'), 'NULL', 'a paused one is still paused');
$w->admin("schedule resume C1 A1 $id{paused}");
cmp_ok(next_s('paused'), '<=', $day, 'and resumed it is due in its time');
my $due = $s->value("SELECT next_due_at FROM api_schedule WHERE schedule_id = $id{daily}");
passed(1);
round('a day later');
is($s->value("SELECT COUNT(*) FROM api_run WHERE schedule_id = $id{daily} AND due_at = '$due'"), 1,
	'the occurrence has its place in the history');

# To a clock that is behind they all seem ahead: nothing is set back, no occurrence is done again.
my $all = sub { return join "\n",
	map { join '|',
		map { $_ // '-' } @$_ } $s->sql(
			"SELECT 's', schedule_id, after_at, next_due_at FROM api_schedule WHERE "
				. "deleted_at IS NULL
	UNION ALL SELECT 'r', run_id, due_at, state FROM api_run WHERE state > 2 ORDER BY 1, 2") };
my $before = $all->();
like($before, qr/^r\|/m, 'there is a history');
ahead(-30);
round('a clock that is 30 days behind');
is($all->(), $before, 'changes no schedule and no history');
done_testing();
