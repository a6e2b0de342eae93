# What a worker remembers of reference data from batch to batch: a change by the command line, by a
# message, by another process, is known to the next batch; what was rolled back is not; a change by
# hand is known some seconds later. It keeps little, however many labels there are.
use strict;
use warnings;
use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep);
use MariaDB;
use Scheduler;

my $db = MariaDB->start;
my $s = Scheduler->new($db, CUSTOMERAPI_QUEUE_WORKERS => 1, CUSTOMERAPI_QUEUE_LADDER => '600');
$s->tenant(1);
$s->sql("INSERT INTO api_source (alias_id, source_id, created_at) VALUES (1, 1, '2026-01-01')");
$db->sql("INSERT INTO Source (SourceId, Label, CreationDate, ModificationDate) VALUES "
	. "(1, 'Shop', '2026-01-01', '2026-01-01')", 'tenant1');
$s->start;	# one worker for all that follows

my $n = 0;
sub form {
	my ($civility) = @_;
	$n++;
	return { platform => 'Adictiz', entity => 'CampaignParticipation', action => 'Add',
		auth => 1, body => encode_json({ timestamp => 1_790_000_000, request_id => "r$n",
			event_type => 'FormSubscribe', data => { user_id => "u$n",
				operation_id => 'o', civility => $civility, lastname => 'Byron',
				email => "u$n\@demo.example" } }) };
}
sub civility { my ($id, $label, $action) = @_;
	return { platform => 'Standard', entity => 'Civility', action => $action, auth => 1,
		body => encode_json({ CivilityId => $id, Label => $label }) } }

# means(WORD): what a form with this word is stored as.
sub means {
	my ($word) = @_;
	$s->put(form($word));
	$s->settled or die 'not settled';
	return $db->value("SELECT CivilityId FROM Contact JOIN Address USING (ContactId) WHERE "
		. "Email = 'u$n\@demo.example'", 'tenant1') // 'NULL';
}
sub label {
	local %ENV = (%ENV, %{ $s->{env} });
	my ($what, @more) = @_;
	my $of = "C1 A1 --source-id 1 --kind Civility --label Xfru";
	my $out = `$ENV{BUILDDIR}/customerapi label $what $of @more 2>&1`;
	is($?, 0, "label $what") or diag($out);
}
sub sent { $s->put(@_); $s->settled or die 'not settled' }

is(means('Xfru'), 'NULL', 'a word that nobody knows');
is(means('Xfru'), 'NULL', 'nor at the second time');
label('set', '--id 2');
is(means('Xfru'), 2, 'the command line says it');
label('set', '--id 1');
is(means('Xfru'), 1, 'something else');
label('remove');
is(means('Xfru'), 'NULL', 'and takes it back');
sent(civility(2, 'Xfru', 'Update'));
is(means('Xfru'), 2, 'a message says it');
sent(civility(2, 'Xfrau', 'Update'));
is(means('Xfru'), 'NULL', 'and something else');
is(means('Xfrau'), 2, 'which is known, too');

# Another process, whose batch this worker has not seen.
$db->sql("START TRANSACTION; UPDATE Civility SET Label = 'Xsignora' WHERE CivilityId = 2; "
	. 'UPDATE api_reference_version SET version = version + 1; COMMIT', 'tenant1');
is(means('Xsignora'), 2, 'another process says it');

# In a batch: who comes behind the change knows it, who comes before does not.
my @batch = (form('Xsra'), civility(2, 'Xsra', 'Update'), form('Xsra'));
my $first = $n - 1;
sent(@batch);
is(join(' ', map { $_->[0] } $db->sql('SELECT CivilityId FROM Contact JOIN Address USING '
	. "(ContactId) WHERE Email IN ('u$first\@demo.example', 'u$n\@demo.example') "
	. 'ORDER BY ContactId', 'tenant1')), 'NULL 2', 'in the order of the batch');

# A new row's transaction is rolled back, and its message waits; the form behind it is done alone.
# The server says of each what it says of deadlocks.
$db->sql("DELIMITER //\nCREATE TRIGGER first BEFORE INSERT ON MarketingParticipant FOR EACH ROW "
	. "IF EXISTS (SELECT 1 FROM Civility WHERE CivilityId = 77) THEN SIGNAL SQLSTATE '40001' "
	. "SET MYSQL_ERRNO = 1213; END IF //\n", 'tenant1');
$db->sql("DELIMITER //\nCREATE TRIGGER second BEFORE INSERT ON Civility FOR EACH ROW BEGIN "
	. "SET \@times = COALESCE(\@times, 0) + 1; IF \@times = 2 THEN SIGNAL SQLSTATE '40001' "
	. "SET MYSQL_ERRNO = 1213; END IF; END //\n", 'tenant1');
my ($new) = $s->put(civility(77, 'Xlady', 'Insert'), form('Xlady'));
ok($s->until_is(1, 'SELECT COUNT(*) FROM api_message WHERE state IN (1, 2)'), 'one of two is left');
is($s->message($new)->{outcomes}, 'retry', 'the row, which was rolled back');
is($db->value('SELECT COUNT(*) FROM Civility WHERE CivilityId = 77', 'tenant1'), 0,
	'it is not there');
is($db->value("SELECT CivilityId FROM Contact JOIN Address USING (ContactId) WHERE "
	. "Email = 'u$n\@demo.example'", 'tenant1'), 'NULL', 'and nothing refers to it');
$db->sql('DROP TRIGGER first; DROP TRIGGER second', 'tenant1');
$s->sql('UPDATE api_message SET visible_at = UTC_TIMESTAMP(6)');
$s->settled;
is(means('Xlady'), 77, 'when it is there, it is known');

# Rows that go. One that is flagged by a message, one that is renamed and one that is deleted by
# hand, without the count; the daemon looks after five seconds.
sub becomes {
	my ($word, $want, $what) = @_;
	my $now = '';
	for (1 .. 100) {
		last if ($now = means($word)) eq $want;
		sleep 0.3;
	}
	is($now, $want, $what);
}
sent(civility(77, 'Xlady', 'Delete'));
is(means('Xlady'), 'NULL', 'a row that was flagged deleted means nothing');
sent(civility(77, 'Xlady', 'Update'));
is(means('Xlady'), 'NULL', 'nor when it is sent again, for the flag stays');
$db->sql("UPDATE Civility SET Label = 'Xhand' WHERE CivilityId = 2", 'tenant1');
becomes('Xsra', 'NULL', 'a row was renamed by hand');
is(means('Xhand'), 2, 'and has its new name');
$db->sql('DELETE FROM Civility WHERE CivilityId = 2', 'tenant1');
becomes('Xhand', 'NULL', 'a row was deleted by hand');
is(scalar(grep { $_->{kind} eq 'worker' } $s->events('process-ended')), 0, 'all by one worker');
$s->stop;

# So many labels, of a tenant of its own; most are asked for once.
$db->sql("INSERT INTO api_label (kind, word, source_id, id, label, modified_at) SELECT 'Country', "
	. "CONCAT('w', seq), 1, CONCAT('c', seq % 100), CONCAT('w', seq), '2026-01-01' "
	. 'FROM seq_1_to_100000', 'tenant2');
sub asked {
	local %ENV = (%ENV, %{ $s->{env} }, CUSTOMERAPI_DB_REGISTRY => 'tenant2');
	my $said = `$ENV{BUILDDIR}/t/c/reference_probe @_ 2>&1`;
	is($?, 0, "labels: @_") or diag($said);
	return map { $said =~ /^$_ (-?\d+)$/m ? $1 : -1 } qw(wrong statements KiB);
}
my ($wrong, $statements, $memory) = asked(100_000, 1);
is($wrong, 0, 'of 100,000 labels each has its own meaning');
cmp_ok($memory, '<', 2048, 'and little of it is kept');
($wrong, $statements) = asked(200, 50);
is($wrong, 0, 'labels that come again and again mean the same');
cmp_ok($statements, '<', 200 * 50, 'and are seldom asked for');
done_testing;
