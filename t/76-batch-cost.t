# What a batch of messages costs in statements, from its claim to its commit, by the server's own
# counters. They do not depend on the machine.
use strict;
use warnings;
use Test::More;
use MariaDB;
use Scheduler;

my $db = MariaDB->start;
my $s = Scheduler->new($db, CUSTOMERAPI_QUEUE_WORKERS => 1, CUSTOMERAPI_QUEUE_BATCH => 500);
$s->tenant(1);

# asked(COUNTERS): what clients asked the server for.
sub asked {
	my $names = join ', ', map { "'$_'" } @_;
	my $n = 0;
	$n += $_->[1] for $s->sql("SHOW GLOBAL STATUS WHERE Variable_name IN ($names)");
	return $n;
}

# cost(\%MESSAGE, BATCHES, SIZE, COUNTERS): what a worker asks for while it works off so many
# batches.
sub cost {
	my ($message, $batches, $size, @counters) = @_;
	$s->put(map { $message } 1 .. $batches * $size);
	my $before = asked(@counters);
	is($s->once, 0, "$batches batches");
	my $cost = asked(@counters) - $before;
	is($s->value('SELECT COUNT(*) FROM api_message WHERE state = 3'), $batches * $size,
		'all are done');
	return $cost;
}

# A batch more costs what two runs differ by: each connects and prepares the same.
sub batch_cost {
	my ($message, $size, @counters) = @_;
	my @cost;
	for my $batches (2, 4) {
		push @cost, cost($message, $batches, $size, @counters);
		$s->sql("DELETE FROM $_") for qw(api_message api_attempt api_mail
			api_mail_recipient);
	}
	return ($cost[1] - $cost[0]) / 2;
}

# Executions and plain text, and what was prepared.
cmp_ok(batch_cost({ action => 'Done', body => '{}' }, 500, qw(Questions Com_stmt_prepare)),
	'<=', 12, '500 messages without effect cost 12 statements');

# A sign of life may come between.
$s->set(CUSTOMERAPI_QUEUE_BATCH => 50);
cmp_ok(batch_cost({ kind => 2, email => 'a@demo.example, b@demo.example' }, 50,
	qw(Com_insert Com_insert_select)), '<', 3, '50 mails are put by two');

# The mails are what one by one would have put.
$s->put(map { { kind => 2, email => "x$_\@demo.example, ,y$_\@demo.example" } } 1 .. 3);
$s->put(body => '{"id":"none"}');
is($s->once, 0, 'mails and another');
is_deeply([$s->sql('SELECT o.tenant_id, o.kind, o.state, o.header_id = '
	. "CONCAT(LOWER(HEX(m.receipt)), '\@customerapi.C1'), GROUP_CONCAT(r.address ORDER BY "
	. 'r.address) FROM api_mail o JOIN api_message m ON m.id = o.message_id JOIN '
	. 'api_mail_recipient r ON r.mail_id = o.mail_id GROUP BY o.mail_id ORDER BY m.id')],
	[map { [1, 1, 1, 1, "x$_\@demo.example,y$_\@demo.example"] } 1 .. 3],
	'each with its recipients');

# A message that ended well at the first try tells its attempt itself. All others have rows.
my %m;
($m{$_}) = $s->put(action => $_, body => qq({"id":"$_"}))
	for qw(Done Ignored Superseded Permanent Nothing Transient);
is($s->once, 0, 'one of each outcome');
my $rows = sub { $s->value("SELECT COUNT(*) FROM api_attempt WHERE message_id = "
	. "(SELECT id FROM api_message WHERE receipt = x'$m{$_[0]}')") };
is($rows->($_), 0, "$_: no row of an attempt") for qw(Done Ignored Superseded);
is($rows->($_), 1, "$_: a row") for qw(Permanent Nothing Transient);

# show(RECEIPT): what the tool says of its attempts.
sub show {
	local %ENV = (%ENV, %{ $s->{env} });
	my $out = `$ENV{BUILDDIR}/customerapi queue show $_[0] --json 2>&1`;
	my $shown = eval { JSON::PP->new->utf8->decode($out) } // die $out;
	return @{ $shown->{History} };
}
for my $what (qw(Done Ignored Superseded)) {
	my @h = show($m{$what});
	my $kept = $s->message($m{$what});
	is(scalar @h, 1, "$what: one attempt is shown");
	is("$h[0]{Round} $h[0]{Attempt} $h[0]{Outcome} $h[0]{Reason} $h[0]{ReasonClass}",
		"1 1 \l$what $kept->{reason} $kept->{reason_class}", 'as its row would tell it');
	like($h[0]{Worker}, qr/^once$/, 'with its worker');
	is($h[0]{EndedAt} =~ s/[TZ]/ /gr =~ s/ $//r, $kept->{settled_at}, 'and its time');
}

# One that is processed again keeps its first attempt.
{
	local %ENV = (%ENV, %{ $s->{env} });
	like(`$ENV{BUILDDIR}/customerapi queue retry $m{Ignored} 2>&1`, qr/\S/, 'retry');
}
is($rows->('Ignored'), 1, 'the attempt before has a row now');
is($s->message($m{Ignored})->{attempts}, 0, 'and counting begins anew');
is($s->once, 0, 'it is processed again');
is(join(' ', map { "$_->{Round}/$_->{Attempt}/$_->{Outcome}" } show($m{Ignored})),
	'1/1/ignored 2/1/ignored', 'both are shown, in order');
is($rows->('Ignored'), 1, 'the second needs no row again');

# What was written by an older program has rows of all attempts.
$s->sql("INSERT INTO api_attempt SELECT id, 1, 'old', settled_at, settled_at, 'done', '', 'was', "
	. "'' FROM api_message WHERE receipt = x'$m{Done}'; UPDATE api_message SET leased_by = '' "
	. "WHERE receipt = x'$m{Done}'");
is(join(' ', map { "$_->{Worker} $_->{Reason}" } show($m{Done})), 'old was',
	'an old row is shown, once');

done_testing;
