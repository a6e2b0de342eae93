# A database clock that runs ahead deletes nothing and takes no points: what cannot be undone goes by what was seen of the clock before and the time that really went by.
# The clock is the server's own, set for each connection of the programs (users of the least rights, whom init_connect concerns).
use strict;
use warnings;
use utf8;
use Test::More;
use Digest::SHA qw(sha256_hex);
use JSON::PP;
use World;

my $w = World->start(least => 1, no_daemon => 1, scheduler => { CUSTOMERAPI_QUEUE_KEEP_BODY_DAYS => 7, CUSTOMERAPI_QUEUE_KEEP_DAYS => 30, CUSTOMERAPI_RUN_KEEP_DAYS => 30, CUSTOMERAPI_IDEMPOTENCY_KEEP_HOURS => 24 });
my ($s, $db) = ($w->{s}, $w->{db});
my $day = 86400;
sub ahead { my ($days) = @_; $db->sql("SET GLOBAL init_connect = '" . ($days ? "SET timestamp = UNIX_TIMESTAMP() + " . int($days * $day) : '') . "'") }
sub passed { my ($days) = @_; $s->set(CUSTOMERAPI_CLOCK_OFFSET => int($days * $day)) }
sub round { my ($name) = @_; is($s->once, 0, $name) }
sub kept { return join ' ', $s->value("SELECT COUNT(*) FROM api_message WHERE body <> ''"), $s->value("SELECT COUNT(*) FROM api_run WHERE process = 'Old'"), $w->value('SELECT COUNT(*) FROM api_idempotency'),
	$w->value('SELECT COUNT(*) FROM LoyaltyPoint') }
sub points { $s->sql("INSERT INTO api_run (tenant_id, process, parameters, origin, state, not_before, exclusive, created_at, result, log_tail) VALUES (1, 'ExpirePoints', '{}', 2, 1, '2026-01-01', 'points', '2026-01-01', '', '')") }
sub seen { return $s->value("SELECT TIMESTAMPDIFF(HOUR, UTC_TIMESTAMP(6), MAX(seen_at)) FROM api_clock") }
sub told { local %ENV = (%ENV, %{ $s->{env} }, $db->least('admin')); my ($c) = grep { $_->{Check} eq 'clock-seen' } @{ decode_json(scalar `$ENV{BUILDDIR}/customerapi check --json 2>/dev/null`)->{Checks} }; return "$c->{Result}: $c->{Message}" }

$s->put(action => 'Done', body => '{"id":"done"}');
$s->put(action => 'Permanent', body => '{"id":"dead"}');
$w->sql("INSERT INTO Contact (ContactId, LastName, CreationDate, ModificationDate) VALUES (1, 'Doe', '2026-01-01', '2026-01-01');
	INSERT INTO LoyaltyPoint (LoyaltyPointId, PointIdentifier, SourceId, ContactId, PointTypeId, PointAmount, DatePoint, ExpiredDatePoint, DeletionFlag, CreationDate, ModificationDate)
		VALUES (1, 'p', 1, 1, 1, 50, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) + INTERVAL 20 DAY, 0, '2026-01-01', '2026-01-01');
	INSERT INTO api_idempotency (key_hash, request_hash, reply, created_at) VALUES (REPEAT('k', 32), REPEAT('r', 32), '', UTC_TIMESTAMP(6))");
$s->sql("INSERT INTO api_run (tenant_id, process, parameters, origin, state, not_before, created_at, ended_at, result, log_tail) VALUES (1, 'Old', '{}', 2, 3, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), '', '')");
round('a first round');
is(kept(), '2 1 1 1', 'all is there');
is(seen(), 0, 'the clock was seen');
is(told(), 'ok: The database\'s clock is not ahead of what was seen of it.', 'and check finds nothing');

# ------------------------------------------------------------------ ahead

for my $days (8, 100, 3650) {
	ahead($days);
	points();
	round("a clock that is $days days ahead") for 1 .. 2;
	is(kept(), '2 1 1 1', 'deletes nothing');
	is($w->value('SELECT SUM(PointAmount) FROM LoyaltyPoint') + 0, 50, 'and takes no points');
	my ($run) = $s->sql("SELECT state, log_tail FROM api_run WHERE process = 'ExpirePoints' ORDER BY run_id DESC LIMIT 1");
	is($run->[0], 4, 'of which the run warns');
	like($run->[1], qr/clock is \d+ s ahead of what was seen of it: points expire by that/, 'and says why');
	like(told(), qr/^warning: The database's clock is \d+ s ahead of what was seen of it: nothing is deleted, and no points expire, as of later than 20/, 'check says so');
	is(seen(), 0, 'nor is that believed');
}
# Another machine, or this one started anew, believes no more than the first.
$s->sql("UPDATE api_clock SET boot_id = 'another'");
round('another machine');
is(kept(), '2 1 1 1', 'deletes nothing either');
is($s->value('SELECT COUNT(*) FROM api_clock') . ' ' . seen(), '2 0', 'and starts from what was seen before');
# Two hours of real time gain four at the most.
passed(2 / 24);
round('two hours later');
cmp_ok(seen(), '<=', 4, 'no more than twice the time is gained');
cmp_ok(seen(), '>=', 3, 'but that');
is(kept(), '2 1 1 1', 'nothing is deleted');

# A session that was begun then does not last until then.
ahead(0);
passed(0);
my $cookie = 'clock-session' . 'x' x 30;
my $hash = sha256_hex($cookie);
$s->sql("INSERT INTO api_session (session_hash, alias_id, user_id, created_at, expires_at) VALUES (x'$hash', 1, 1, UTC_TIMESTAMP(6) + INTERVAL 1 YEAR, UTC_TIMESTAMP(6) + INTERVAL 1 YEAR + INTERVAL 30 MINUTE);
	INSERT INTO api_user (user_id, alias_id, login, password_hash, rights, created_at) VALUES (1, 1, 'x', '', 'admin', '2026-01-01')");
sub signed_in { my $r = $w->{http}->get($w->{nginx}->url . '/HelpWebapi', { headers => { Cookie => "customerapi_session=$cookie" } }); return $r->{content} =~ /SignOut/ ? 1 : 0 }
is(signed_in(), 0, 'a session of a clock that was put back is none');
$s->sql("UPDATE api_session SET created_at = UTC_TIMESTAMP(6), expires_at = UTC_TIMESTAMP(6) + INTERVAL 30 MINUTE");
is(signed_in(), 1, 'one of now is');

# ------------------------------------------------------------------ right again

round('the clock is right again');
cmp_ok(seen(), '<=', 4, 'which is behind what was believed');
is(told(), 'ok: The database\'s clock is not ahead of what was seen of it.', 'and check is content');
is(kept(), '2 1 1 1', 'all is there');
# One that was set back for a while takes nothing back, or it would take as long to catch up.
ahead(-7000);
$s->sql("UPDATE api_clock SET boot_id = CONCAT(boot_id, '.') WHERE boot_id <> 'another'");
round('a clock that is years behind') for 1 .. 2;
is(kept(), '2 1 1 1', 'deletes nothing');
ahead(0);
passed(8);
round('eight days go by');
is(kept(), '1 1 0 1', 'then bodies and keys go in their time');
passed(21);
points();
round('three weeks');
is($w->value('SELECT SUM(PointAmount) FROM LoyaltyPoint') + 0, 0, 'and points expire');
is($s->value("SELECT state FROM api_run WHERE process = 'ExpirePoints' ORDER BY run_id DESC LIMIT 1"), 3, 'without a warning');
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
done_testing();
