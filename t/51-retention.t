# Retention: bodies are emptied, rows deleted, each in its time, in chunks, by one or several
# daemons.
use strict;
use warnings;
use Test::More;
use MariaDB;
use Rival;
use Scheduler;

my $db = MariaDB->start;
my $s = Scheduler->new($db, CUSTOMERAPI_QUEUE_KEEP_BODY_DAYS => 7,
	CUSTOMERAPI_QUEUE_KEEP_DAYS => 30, CUSTOMERAPI_QUEUE_KEEP_DEAD_DAYS => 60);
$s->tenant(1);
$s->tenant(2);
my $day = 86400;
my $at = sub { my ($days) = @_; $s->set(CUSTOMERAPI_CLOCK_OFFSET => int($days * $day));
	is($s->once, 0, "a round $days days later") };
my $body = sub {
	$s->value("SELECT CONCAT('<', body, '>') FROM api_message WHERE receipt = x'$_[0]'") };
my $count = sub { $s->value("SELECT COUNT(*) FROM $_[0]") };

my %m;
($m{$_}) = $s->put(action => $_, body => qq({"id":"$_"})) for qw(Done Superseded Ignored Permanent
	Nothing);
($m{Ready}) = $s->put(after => 100 * $day, body => '{"id":"ready"}');
($m{Mail}) = $s->put(kind => 2, email => 'a@example.com', body => '{"id":"mail"}');
$s->sql("UPDATE api_message SET dedup_key = x'" . '11' x 32 . "' WHERE receipt = x'$m{Done}'");
$s->set(CUSTOMERAPI_MAIL_GIVE_UP_DAYS => 30);
$at->(0);
is($s->value("SELECT state FROM api_mail"), 1, 'a mail that is not sent yet');
is($count->('api_retention'), 12, 'a row per tenant and state');

$at->(6);
is($body->($m{Done}), '<{"id":"Done"}>', 'before its time a body stays');
$at->(7.5);
is($body->($m{$_}), '<>', "the body of $_ is emptied") for qw(Done Superseded Ignored);
is($body->($m{$_}), qq(<{"id":"$_"}>), "that of $_ is kept") for qw(Permanent Nothing);
is($body->($m{Ready}), '<{"id":"ready"}>', 'and that of one that is not worked yet');
is($body->($m{Mail}), '<{"id":"mail"}>', 'and that of one whose mail is not sent');
is($s->value("SELECT COUNT(*) FROM api_message WHERE dedup_key = x'" . '11' x 32 . "'"), 1,
	'the de-dup key stays');
$s->sql("UPDATE api_mail SET state = 3");
$at->(8);
is($body->($m{Mail}), '<>', 'once the mail is sent, its body goes too');

# Nothing is done twice within the hour; a clock that was put back does not stop it for long.
$s->sql("UPDATE api_message SET body = 'again' WHERE receipt = x'$m{Done}'; UPDATE api_retention "
	. "SET forgotten_at = '1970-01-01'");
$at->(8.01);
is($body->($m{Done}), '<again>', 'within the hour nobody looks again');
$at->(8.1);
is($body->($m{Done}), '<>', 'after the hour they do');
$s->sql("UPDATE api_message SET body = 'again' WHERE receipt = x'$m{Done}'; UPDATE api_retention "
	. "SET forgotten_at = '1970-01-01'");
$at->(7.6);
is($body->($m{Done}), '<>', 'a time that is further off than the hour does not count');

$at->(29.5);
is($count->('api_message'), 7, 'all rows are there');
$at->(30.5);
is($count->("api_message WHERE receipt IN (x'$m{Done}', x'$m{Superseded}', x'$m{Ignored}', "
	. "x'$m{Mail}')"), 0, 'done, superseded and ignored rows are deleted');
is($count->('api_mail') + $count->('api_mail_recipient'), 0, 'and their mails');
is($count->("api_message WHERE receipt IN (x'$m{Permanent}', x'$m{Nothing}', x'$m{Ready}')"), 3,
	'dead, unrouted and ready ones are kept');
is($count->('api_attempt'), 2, 'the history of what is kept stays, the rest is gone');
$at->(60.5);
is($count->("api_message WHERE receipt IN (x'$m{Permanent}', x'$m{Nothing}')"), 0,
	'dead and unrouted ones go in their own time');
is($body->($m{Ready}), '<{"id":"ready"}>', 'what waits is never touched');
is($count->('api_attempt'), 0, 'no history is left behind');

# Much at once, with several daemons, while work goes on.
$s->set(CUSTOMERAPI_CLOCK_OFFSET => 0, CUSTOMERAPI_QUEUE_WORKERS => 3);
$s->put(map { { tenant => 1 + $_ % 2, body => '{"x":1}' } } 1 .. 9000);
$s->sql("UPDATE api_message SET state = 3, visible_at = UTC_TIMESTAMP(6) - INTERVAL IF(id % 3 = 0, "
	. "40, 10) DAY, settled_at = UTC_TIMESTAMP(6) WHERE state = 1 AND receipt <> x'$m{Ready}';
	INSERT INTO api_attempt (message_id, attempt, worker, started_at, ended_at, outcome) "
		. "SELECT id, 1, 'w', visible_at, visible_at, 'done' FROM api_message WHERE state "
			. "= 3;
	UPDATE api_retention SET next_at = '2000-01-01', forgotten_at = '1970-01-01',
		forgotten_id = 0");
my $old = $count->('api_message WHERE id % 3 = 0 AND state = 3');
my ($fresh) = $s->put(tenant => 2, body => '{"id":"fresh"}');
# One of the old rows is held until the new work is done: till then not all can be deleted.
my $rival = Rival->new($db, 'customerapi');
$rival->do('START TRANSACTION');
$rival->do('SELECT id FROM api_message WHERE id % 3 = 0 AND state = 3 ORDER BY id DESC LIMIT 1 '
	. 'FOR UPDATE');
$s->start;
my $second = $s->spawn($s->dir . '/log2');
$s->until_is(3, "SELECT state FROM api_message WHERE receipt = x'$fresh'");
$rival->do('COMMIT');
ok($s->until_is(0, 'SELECT COUNT(*) FROM api_message WHERE id % 3 = 0 AND state = 3 AND '
	. 'visible_at < UTC_TIMESTAMP(6) - INTERVAL 30 DAY', 30), "$old rows are deleted");
ok($s->until_is(0, "SELECT COUNT(*) FROM api_message WHERE state = 3 AND body <> '' AND "
	. "visible_at < UTC_TIMESTAMP(6) - INTERVAL 7 DAY", 30),
	'the bodies of the rest are emptied');
is($count->("api_message WHERE state = 3 AND receipt <> x'$fresh'"), 9000 - $old,
	'no row too many is gone');
is($count->(
	'api_attempt t WHERE NOT EXISTS (SELECT 1 FROM api_message m WHERE m.id = t.message_id)'),
	0, 'no history without its message');
is($s->message($fresh)->{state}, 3, 'new work was done meanwhile');
is($body->($fresh), '<{"id":"fresh"}>', 'its body stays');
kill 'TERM', $second;
waitpid $second, 0;
$s->stop;
is(scalar(grep { ($_->{level} // '') eq 'error' } $s->events), 0, 'nobody complained');

done_testing();
