# A batch that meets another writer, a deadlock, a lost connection or its own end: every message has
# its effect once, none is missing, and those of one key keep their order.
use strict;
use warnings;
use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep time);
use MariaDB;
use Rival;
use Scheduler;

my $db = MariaDB->start;
my $s = Scheduler->new($db, CUSTOMERAPI_QUEUE_WORKERS => 1, CUSTOMERAPI_QUEUE_BATCH => 100,
	CUSTOMERAPI_QUEUE_LADDER => '1', CUSTOMERAPI_QUEUE_LEASE_S => 60);
$s->tenant(1);
my $then = "'2026-01-01', '2026-01-01'";
$db->sql("INSERT INTO Source (SourceId, Label, CreationDate, ModificationDate) VALUES "
	. "(1, 'Shop', $then)", 'tenant1');
my $tenant = sub { $db->value($_[0], 'tenant1') };

# Several messages for each row, all of one key: its label is that of the last one.
my ($round, $names) = (0, 0);
sub goods {
	my ($n, $versions) = @_;
	$round++;
	return map { my $v = $_; map { { platform => 'Standard', entity => 'PurchaseGood',
		action => 'Insert', auth => 1, key => "$round/$_",
		body => encode_json({ Identifier => "$round-$_", Label => "v$v" }) } } 1 .. $n }
		1 .. $versions;
}
# Each time that it is applied there is a row more.
sub appended { my ($n) = @_; $names++;
	return map { { action => 'Append', body => qq({"id":"$names-$_"}) } } 1 .. $n }
# In another order, with versions in that order.
sub mixed {
	my ($i, %seen) = 0;
	my @by = map { $i++ * 7919 % 101 } @_;
	return map { { %$_, body => $_->{body} =~ s/v\d+/'v' . ++$seen{$_->{key}}/er } }
		@_[sort { $by[$a] <=> $by[$b] || $a <=> $b } 0 .. $#_];
}

# is_once(NAME, GOODS, VERSIONS, APPENDED, RECEIPTS)
sub is_once {
	my ($name, $n, $versions, $appended, @receipts) = @_;
	is(join(' ', grep { $_ ne '3' } map { $s->message($_)->{state} } @receipts), '',
		"$name: all are done");
	is($tenant->("SELECT COUNT(*) FROM PurchaseGood WHERE Identifier LIKE '$round-%' AND "
		. "Label = 'v$versions'"), $n, "$name: each row is of its last message");
	is($tenant->("SELECT COUNT(*) FROM PurchaseGood WHERE Identifier LIKE '$round-%'"), $n,
		"$name: and is there once");
	is($tenant->("SELECT COUNT(*) FROM MarketingAction WHERE Identifier LIKE '$names-%'"),
		$appended, "$name: each effect once");
	is($s->value('SELECT COUNT(*) FROM api_message WHERE state IN (1, 2)'), 0,
		"$name: none is left");
}

# ------------------------------------------------------------------ a race for a row

# Another writer has put a row that the batch wants to add, and commits while the batch waits.
my $rival = Rival->new($db, 'tenant1');
my @messages = (goods(30, 1), appended(10));
$rival->do('START TRANSACTION');
$rival->do("INSERT INTO PurchaseGood (Identifier, SourceId, Label, DeletionFlag, CreationDate, "
	. "ModificationDate) VALUES ('$round-30', 1, 'theirs', 0, $then)");
my @receipts = $s->put(@messages);
my $pid = $s->spawn($s->dir . '/log', '--once');
ok(Rival::until_waiting($db), 'race: the batch waits for a row of another');
$rival->do('COMMIT');
waitpid $pid, 0;
is_once('race', 30, 1, 10, @receipts);
is(join(' ', grep { $_ ne 'done' } map { $s->message($_)->{outcomes} } @receipts), '',
	'race: each in one attempt');

# The same between the batch's look-up and its INSERT, where a trigger holds it up.
$rival->do("SELECT GET_LOCK('test', 10)");
$db->sql("CREATE TRIGGER held BEFORE INSERT ON PurchaseGood FOR EACH ROW "
	. "SET \@held = GET_LOCK('test', 30)", 'tenant1');
@receipts = $s->put(goods(30, 1), appended(10));
$pid = $s->spawn($s->dir . '/log', '--once');
my $end = time + 20;
my $held = sub { $db->value("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE "
	. "STATE = 'User lock'") };
sleep 0.05 while !$held->() && time < $end;
ok($held->(), '1062: the batch has looked and is about to add');
$rival->do("INSERT INTO PurchaseGood (Identifier, SourceId, Label, DeletionFlag, CreationDate, "
	. "ModificationDate) VALUES ('$round-$_', 1, 'theirs', 0, $then)") for 9, 30;
$rival->do("SELECT RELEASE_ALL_LOCKS()");
waitpid $pid, 0;
$db->sql('DROP TRIGGER held', 'tenant1');
is_once('1062', 30, 1, 10, @receipts);
is(join(' ', grep { $_ ne 'done' } map { $s->message($_)->{outcomes} } @receipts), '',
	'1062: each in one attempt');

# Of a contact, which is looked for before it is made.
$round++;
$rival->do('START TRANSACTION');
$rival->do("INSERT INTO Contact (ContactId, ZoneId, DeletionFlag, LastName, CreationDate, "
	. "ModificationDate) VALUES (900, 1, 0, 'Theirs', $then)");
$rival->do("INSERT INTO ContactIdentifier (ContactIdentifierId, Identifier, ContactId, SourceId, "
	. "CreationDate, ModificationDate) VALUES ('r', 'c7', 900, 1, $then)");
@receipts = $s->put(map { { platform => 'Standard', entity => 'Contact', action => 'Insert',
	auth => 1, body => encode_json({ ExternalKey => { Identifier => "c$_", SourceId => 1 },
		FirstName => 'Ours' }) } } 1 .. 20);
$pid = $s->spawn($s->dir . '/log', '--once');
ok(Rival::until_waiting($db), 'contact: the batch waits for an identifier of another');
$rival->do('COMMIT');
waitpid $pid, 0;
is(join(' ', grep { $_ ne '3done' } map { my $m = $s->message($_); "$m->{state}$m->{outcomes}" }
	@receipts), '', 'contact: all are done, in one attempt');
is($tenant->("SELECT COUNT(*) FROM Contact WHERE FirstName = 'Ours'"), 20, 'contact: 20 of them');
is($tenant->("SELECT CONCAT(FirstName, ' ', LastName) FROM Contact WHERE ContactId = 900"),
	'Ours Theirs', 'contact: one is the other writer\'s');
is($tenant->('SELECT COUNT(*) FROM Contact c LEFT JOIN ContactIdentifier i USING (ContactId) '
	. 'WHERE i.ContactId IS NULL'), 0, 'contact: none is left without a name');

# ------------------------------------------------------------------ deadlock, wait without end

sub status { return $db->value('SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS '
	. "WHERE VARIABLE_NAME = '$_[0]'") }
my @before = goods(20, 1);
$s->put(@before);
is($s->once, 0, 'rows that are there');
$round--;	# the same rows again
@messages = (goods(20, 1), appended(10));
my ($low, $high) = map { $tenant->("SELECT PurchaseGoodId FROM PurchaseGood WHERE Identifier = "
	. "'$round-$_'") } 1, 20;
$_->{body} =~ s/v1/v2/ for @messages;
$rival->do('START TRANSACTION');
$rival->do('UPDATE Contact SET FreeField1 = REPEAT("x", 400)');	# so that the batch is the victim
$rival->do("UPDATE PurchaseGood SET Description = 'theirs' WHERE PurchaseGoodId = $high");
my $had = status('Innodb_deadlocks');
@receipts = $s->put(@messages);
$pid = $s->spawn($s->dir . '/log', '--once');
ok(Rival::until_waiting($db), 'deadlock: the batch waits for a row of another');
$rival->do("UPDATE PurchaseGood SET Description = 'theirs' WHERE PurchaseGoodId = $low");
$rival->do('COMMIT');
waitpid $pid, 0;
cmp_ok(status('Innodb_deadlocks'), '>', $had, 'deadlock: there was one');
is_once('deadlock', 20, 2, 10, @receipts);
is(join(' ', grep { $_ ne 'done' } map { $s->message($_)->{outcomes} } @receipts), '',
	'deadlock: each in one attempt');

# A lock that stays: who needs it waits for another time, the others are done.
@messages = (goods(8, 1), appended(4));
$s->put(@messages);
is($s->once, 0, 'rows that are there');
$round--, $names--;
@messages = goods(8, 1);
$_->{body} =~ s/v1/v2/ for @messages;
push @messages, appended(4);
$rival->do('START TRANSACTION');
$rival->do("UPDATE PurchaseGood SET Description = 'theirs' WHERE Identifier = '$round-8'");
@receipts = $s->put(@messages);
$s->set(CUSTOMERAPI_QUEUE_LADDER => '300');
is($s->once, 0, '1205: the batch ends');
my ($late) = $receipts[7];
is($s->message($late)->{outcomes}, 'retry', '1205: who needs the row waits for another time');
is($s->message($late)->{history}[0]{class}, 'database-busy', '1205: and says why');
is(join(' ', map { $s->message($_)->{outcomes} } @receipts[0 .. 6, 8 .. 11]),
	join(' ', ('done') x 11), '1205: all others are done');
$rival->do('COMMIT');
$s->set(CUSTOMERAPI_QUEUE_LADDER => '1');
$s->sql("UPDATE api_message SET visible_at = UTC_TIMESTAMP(6) WHERE receipt = x'$late'");
is($s->once, 0, '1205: then it is free');
is_once('1205', 8, 2, 8, @receipts);

# ------------------------------------------------------------------ conflicts at the commit

my $files = $s->dir . '/conflict';
for my $n (1, 5, 9) {
	for (1 .. $n) { open my $f, '>', "$files.$_" or die $!; close $f }
	@receipts = $s->put(mixed(goods(12, 3)), appended(9));
	$s->set(CUSTOMERAPI_TEST_CONFLICTS => $files);
	is($s->once, 0, "$n conflicts");
	sleep 1.1, $s->once while $s->value('SELECT COUNT(*) FROM api_message WHERE state = 1');
	is(scalar(glob "$files.*"), undef, "$n conflicts: all were met");
	is_once("$n conflicts", 12, 3, 9, @receipts);
	delete $s->{env}{CUSTOMERAPI_TEST_CONFLICTS};
}

# ------------------------------------------------------------------ a lost connection

# The batch waits for a row; its connection is killed there.
@messages = (goods(20, 2), appended(10));
$rival->do('START TRANSACTION');
$rival->do("INSERT INTO PurchaseGood (Identifier, SourceId, Label, DeletionFlag, CreationDate, "
	. "ModificationDate) VALUES ('$round-20', 1, 'theirs', 0, $then)");
@receipts = $s->put(@messages);
$pid = $s->spawn($s->dir . '/log', '--once');
ok(Rival::until_waiting($db), 'killed: the batch waits');
my $victim = $db->value("SELECT trx_mysql_thread_id FROM information_schema.innodb_trx WHERE "
	. "trx_state = 'LOCK WAIT'");
$db->sql("KILL CONNECTION $victim");
$rival->do('ROLLBACK');
waitpid $pid, 0;
sleep 1.1, $s->once while $s->value('SELECT COUNT(*) FROM api_message WHERE state = 1');
is_once('killed', 20, 2, 10, @receipts);

# ------------------------------------------------------------------ two workers, their ends

sub run_all { my ($name, $n, $versions, $appended, $meanwhile, %set) = @_;
	@receipts = $s->put(mixed(goods($n, $versions)), appended($appended));
	$s->set(%set);
	$s->start;
	$meanwhile->() if $meanwhile;
	ok($s->settled(60), "$name: all is settled");
	$s->stop;
	is_once($name, $n, $versions, $appended, @receipts);
}
run_all('two workers', 40, 6, 40, undef, CUSTOMERAPI_QUEUE_WORKERS => 2,
	CUSTOMERAPI_QUEUE_BATCH => 20);

# Workers are ended while they work, again and again: asked to, and not asked.
for my $signal (qw(TERM KILL)) {
	my $ended = 0;
	run_all("signal $signal", 40, 8, 60, sub {
		for (1 .. 6) {	# a batch waits for the table while its worker is ended
			$rival->do('LOCK TABLES PurchaseGood READ');
			$s->until_is(1, 'SELECT COUNT(*) > 0 FROM api_message WHERE state = 2');
			my ($worker) = $s->children('worker');
			$ended += kill $signal, $worker if $worker;
			$rival->do('UNLOCK TABLES');
		}
	}, CUSTOMERAPI_QUEUE_BATCH => 15, CUSTOMERAPI_QUEUE_LEASE_S => 5);
	cmp_ok($ended, '>', 1, "signal $signal: $ended workers were ended in a batch");
	is($s->value('SELECT COALESCE(MAX(deaths), 0) FROM api_message'), 0,
		"signal $signal: no message is blamed for it") if $signal eq 'TERM';
}
done_testing;
