# A queue worker is killed at every point between its claim and its commit: one effect, and a
# history that tells what happened.
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(sleep time);
use MariaDB;
use Scheduler;

my $db = MariaDB->start;
my $s = Scheduler->new($db, CUSTOMERAPI_QUEUE_WORKERS => 1, CUSTOMERAPI_QUEUE_LEASE_S => 60);
$s->tenant(1);
my $flag = $s->dir . '/crash';
my $effects = sub {
	$db->value("SELECT COUNT(*) FROM MarketingAction WHERE Identifier LIKE '$_[0]-%'",
		'tenant1') };
my %want = ('after-claim' => 'lapsed done', 'after-effect' => 'lapsed done',
	'before-commit' => 'lapsed done', 'after-commit' => 'done');
for my $point (qw(after-claim after-effect before-commit after-commit)) {
	open my $fh, '>', $flag or die $!;
	close $fh;
	my @sent = $s->put(map { { action => 'Append', body => qq({"id":"$point$_"}) } } 1 .. 3);
	push @sent, $s->put(kind => 2, email => "$point\@example.com", body => '{}');
	$s->set(CUSTOMERAPI_TEST_CRASH_AT => $point, CUSTOMERAPI_TEST_CRASH_FILE => $flag);
	$s->start;
	ok($s->settled(20), "$point: all is settled in the end");
	my $died = sub { scalar grep { $_->{kind} eq 'worker'
		&& $_->{how} eq 'signal 9' } $s->events('process-ended') };
	my $end = time + 20;
	sleep 0.05 while (-e $flag || !$died->())
		&& time < $end;	# after the commit all is settled a moment before the death
	ok(!-e $flag, "$point: it was killed there");
	$s->stop;
	ok($died->(), "$point: the daemon saw it die");
	for my $i (0 .. 2) {
		my $m = $s->message($sent[$i]);
		is("$m->{state} $m->{outcomes}", "3 $want{$point}", "$point: state and history");
		is($m->{history}[0]{class}, 'worker-died', "$point: and why")
			if $point ne 'after-commit';
		is($m->{deaths}, 0, "$point: nobody is poison for a neighbour's death");
		is($effects->($point . ($i + 1)), 1, "$point: one effect");
	}
	is($s->value(
		"SELECT COUNT(*) FROM api_mail_recipient WHERE address = '$point\@example.com'"), 1,
		"$point: one mail");
	unlink $s->dir . '/log';
}

# The machine dies with the daemon: nobody gives the leases back, they end by themselves; the death
# counts for nothing.
$s->set(CUSTOMERAPI_QUEUE_LEASE_S => 2);
delete $s->{env}{CUSTOMERAPI_TEST_CRASH_FILE};
for my $round (1 .. 3) {
	my ($sent) = $round == 1 ? $s->put(action => 'Append', body => '{"id":"host"}') : ();
	$s->set(CUSTOMERAPI_TEST_CRASH_AT => 'before-commit');
	my $status = $s->once;
	is($status & 127, 9, "killed with its lease, round $round");
	ok($s->until_is(1, 'SELECT COUNT(*) FROM api_message m JOIN api_lease l USING (lease) '
		. 'WHERE m.state = 2 AND l.until_at <= UTC_TIMESTAMP(6)', 10), 'the lease ends');
}
$s->set(CUSTOMERAPI_TEST_CRASH_AT => 'nowhere');
is($s->once, 0, 'then it is worked');
my ($receipt) = map {
	$_->[0] } $s->sql("SELECT LOWER(HEX(receipt)) FROM api_message ORDER BY id DESC LIMIT 1");
my $m = $s->message($receipt);
is("$m->{state} $m->{outcomes} $m->{deaths}", '3 lapsed lapsed lapsed done 0',
	'three deaths of the host do not make it poison');
is($m->{history}[0]{class}, 'lease-lapsed', 'and the history says that the lease ended');
is($effects->('host'), 1, 'one effect');

done_testing();
