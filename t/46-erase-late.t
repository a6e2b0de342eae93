# What is under way, or comes late, while a person is erased brings nobody back: requests of the
# club, participations, mails, what nothing handles, runs, the command line; in both orders of
# events.
use strict;
use warnings;
use File::Temp qw(tempdir);
use JSON::PP;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep);
use Club;
use Rival;

my $dir = tempdir('customerapi-late-XXXXXX', TMPDIR => 1, CLEANUP => 1);
open my $fh, '>', "$dir/key" or die $!;
chmod 0600, "$dir/key";
print $fh '5a' x 32, "\n";
close $fh;
my $w = Club->start(CUSTOMERAPI_KEY_FILE => "$dir/key", CUSTOMERAPI_QUEUE_LEASE_S => 10);
my ($s, $db) = ($w->{s}, $w->{db});
my $now = sub { return $s->value("SELECT DATE_FORMAT(UTC_TIMESTAMP(), '%Y-%m-%dT%H:%i:%sZ')") };
my $json = JSON::PP->new->utf8->canonical;

sub erase { my (@who) = @_; my ($code, $out) = $w->admin(qw(contact erase C1 A1 --yes), @who);
	return $code == 0 ? 'erased' : "$code $out" }
sub id { return value(
	"SELECT ContactId FROM ContactIdentifier WHERE Identifier = '$_[0]' AND SourceId = 1")
	// 0 }
sub value { return $w->value($_[0]) }
sub set { my ($id, $name, %more) = @_;
	return ['POST', 'SetContact?SourceId=1', { DrupalId => $id, FirstName => $name,
		Addresses => [{ City => "City$name", Email => "$id\@late.example" }], %more }] }
sub made { my ($id, $name) = @_; my $r = $w->request(@{ set($id, $name) });
	is($r->{status}, 201, "$name is there") or diag($r->{content}); return id($id) }

# Something in a process of its own; what it says is asked for later.
sub begin {
	my ($work) = @_;
	pipe my $in, my $out or die $!;
	my $pid = fork // die $!;
	if (!$pid) {
		$w->{http} = HTTP::Tiny->new(timeout => 60);
		print $out scalar(eval { $work->() } // $@);
		close $out;
		POSIX::_exit(0);
	}
	close $out;
	return sub { local $/; my $said = <$in>; waitpid $pid, 0; return $said };
}
sub request { my ($q) = @_;
	return begin(sub { my $r = $w->request(@$q); return "$r->{status} $r->{content}" }) }
# All of the databases that holds a word.
sub held {
	my ($word) = @_;
	my $dump = $db->dump_of('--skip-extended-insert --hex-blob --skip-comments',
		'--databases customerapi tenant1');
	$dump =~ s/0x([0-9A-F]{2,})/pack('H*', $1) =~ tr,\n, ,r/ge;	# a row stays a line
	return join ' ', map { /INSERT INTO `(\w+)/ ? $1 : '?' } grep { /\Q$word\E/i } split /\n/,
		$dump;
}

# ------------------------------------------------------------------ the club
my $old = made('u1', 'Firstone');
my $rival = Rival->new($db, 'tenant1');
$rival->do('START TRANSACTION');
$rival->do("SELECT ContactId FROM Contact WHERE ContactId = $old FOR UPDATE");
my $under_way = request(set('u1', 'Firstone', LastName => 'Firsttwo'));
my $first = Rival::until_waiting($db);
ok($first, 'a request is under way');
my $erasing = begin(sub { erase(qw(--source-id 1 --identifier u1)) });
ok($s->until_is(1, 'SELECT COUNT(*) FROM api_privacy WHERE erased_at IS NOT NULL AND state = 1'),
	'when the person is erased');
sleep 0.5;	# so that it may come to the lock
$rival->do('ROLLBACK');
is($erasing->(), 'erased', 'which is done');
like($under_way->(), qr/^(?:200|410) /, 'it is written before, or refused');
is(held('Firsttwo') . held('Firstone'), '', 'and nothing of it is left');
is($w->get('GetContact?DrupalId=u1&SourceId=1')->{status}, 404, 'the contact is gone');
my $new = made('u1', 'Firstagain');
isnt($new, $old, 'who comes afterwards comes anew');
is($w->request(@{ set('u1', 'Firstagain', LastName => 'x') })->{status}, 200, 'and is as anybody');
is(erase(qw(--source-id 1 --identifier u1)), 'erased', 'also to be erased again');

# One who is about to come to be, and was not there when the erasure looked.
$s->put(platform => 'Shopify', entity => 'Refund', action => 'Insert',
	body => '{"customer": {"id": "u2"}, "note": "of Secondone"}');
$s->once;
$rival->do('START TRANSACTION');
$rival->do("INSERT INTO ContactIdentifier (ContactIdentifierId, Identifier, ContactId, SourceId, "
	. "CreationDate, ModificationDate) VALUES ('r', 'u2', 900, 1, '2026-01-01', '2026-01-01')");
$under_way = request(set('u2', 'Secondone'));
ok(Rival::until_waiting($db), 'a request is under way that makes a contact');
$erasing = begin(sub { erase(qw(--source-id 1 --identifier u2)) });
ok($s->until_is(1, 'SELECT COUNT(*) FROM api_privacy WHERE erased_at IS NOT NULL AND state = 1'),
	'when it is erased');
sleep 0.5;
$rival->do('ROLLBACK');
is($erasing->(), 'erased', 'which is done');
like($under_way->(), qr/^410 .*was erased/, 'the request is told so');
is(held('Secondone'), '', 'and nothing is left');
ok(made('u2', 'Secondagain') > 0, 'sent again it makes a new contact');

# A code.
my $code = sub { my (@args) = @_; my ($status, $out) = $w->admin(@args);
	is($status, 0, "$args[0] $args[1]") or diag($out) };
$code->(qw(campaign set C1 A1 Spring --points 50));
open $fh, '>', "$dir/codes" or die $!;
print $fh "PEAS\nBEANS\n";
close $fh;
$code->(qw(code import C1 A1 Spring), "$dir/codes");
$old = made('u3', 'Thirdone');
$rival->do('START TRANSACTION');
$rival->do("SELECT code_id FROM api_code WHERE code = 'PEAS' FOR UPDATE");
$under_way = request(['POST', 'CheckCode?DrupalId=u3&SourceId=1&CodePrivilege=PEAS', '']);
ok(Rival::until_waiting($db), 'a code is being checked');
is(erase(qw(--source-id 1 --identifier u3)), 'erased', 'for a person who is erased meanwhile');
$rival->do('ROLLBACK');
like($under_way->(), qr/^404 /, 'there is nobody any more');
is(value("SELECT (SELECT COUNT(*) FROM LoyaltyPoint WHERE ContactId = $old) + (SELECT COUNT(*) "
	. "FROM api_code_use WHERE contact_id = $old) + (SELECT SUM(uses) FROM api_code)"), 0,
	'nothing is written, the code not used');

# ------------------------------------------------------------------ the command line
$old = made('u4', 'Fourthone');
$rival->do('START TRANSACTION');
$rival->do("DELETE FROM Contact WHERE ContactId = $old");
my $points = begin(sub { my ($status, $out) = $w->admin(qw(points add C1 A1 u4 5 --source-id 1));
	return "$status $out" });
ok(Rival::until_waiting($db), 'points are given by hand');
$rival->do("DELETE FROM ContactIdentifier WHERE ContactId = $old; DELETE FROM Address WHERE "
	. "ContactId = $old");
$rival->do('COMMIT');
like($points->(), qr/^[1-9]\d* .*erased at this moment/s,
	'to one who is gone when they are: that is said');
is(value("SELECT COUNT(*) FROM LoyaltyPoint WHERE ContactId = $old"), 0, 'and nothing written');

# ------------------------------------------------------------------ participations
my $n = 0;
sub take_part {
	my ($name, $timestamp) = @_;
	return ($s->put(platform => 'Adictiz', entity => 'CampaignParticipation', action => 'Add',
		body => $json->encode({ timestamp => $timestamp, request_id => 'late-' . ++$n,
			event_type => 'FormSubscribe',
		data => { user_id => "player$n", operation_id => '5bc605e34be94bb251285bb7',
			email => lc "$name\@late.example", firstname => $name,
			city => "City$name" } })))[0];
}
sub became { my ($r) = $s->sql("SELECT state, reason_class, OCTET_LENGTH(body) > 2 FROM "
	. "api_message WHERE receipt = x'$_[0]'"); return "@$r" }
take_part('Fifthone', 1767225600);
$s->once;
my $waits = take_part('Fifthone', 1767225700);
is(value("SELECT COUNT(*) FROM MarketingParticipant"), 1, 'a participation');
is(erase(qw(--email fifthone@late.example)), 'erased', 'and its participant erased');
is(became($waits), '7 erased 0', 'what was taken before is cancelled');
$waits = take_part('Fifthone', time - 60);
$s->once;
is(became($waits), '6 erased 0',
	'one that comes later, of before, is refused, and nothing of it kept');
is(held('Fifthone'), '', 'nobody is back');
$waits = take_part('Fifthone', time + 3600);
$s->once;
is(became($waits), '3  1', 'who takes part afterwards does');
is(erase(qw(--email fifthone@late.example)), 'erased', 'and can be erased again');

# ------------------------------------------------------------------ mails, and what makes no rows
sub order {
	my ($name, $at, %more) = @_;
	return { id => 4711 + ++$n, updated_at => $at, email => lc "$name\@late.example",
		customer => { id => 5000 + $n, email => lc "$name\@late.example",
			first_name => $name, updated_at => $at }, %more };
}
sub put { my ($entity, $body, %more) = @_;
	return ($s->put(platform => 'Shopify', entity => $entity, action => 'Insert',
		body => $json->encode($body), %more))[0] }
my $before = $now->();
put('Customer', { id => 6001, email => 'sixthone@late.example', first_name => 'Sixthone',
	updated_at => $before });
$s->once;
my @early = (put('Order', order('Sixthone', $before, customer => undef), kind => 2,
	email => 'staff@demo.example', after => 3600),
	put('Refund', { customer => { id => 6001 } }));
is(erase(qw(--source-id 1 --identifier 6001)), 'erased', 'erased');
is(join(', ', map { became($_) } @early), '7 erased 0, 7 erased 0',
	'what was taken before is cancelled: a mail, and one that nothing handles');
my %late = ('a mail' => put('Order', order('Sixthone', $before, customer => undef), kind => 2,
	email => 'staff@demo.example'),
	"a mail by the customer's number" => put('Order',
		{ id => 1, updated_at => $before,
			customer => { id => 6001, first_name => 'Sixthone' } }, kind => 2,
			email => 'staff@demo.example'),
	'one that nothing handles' => put('Refund', { customer_id => 6001, created_at => $before,
		updated_at => $before, note => 'Sixthone' }),
	'one that cannot be read' => put('Customer', { id => 6001, first_name => ['Sixthone'],
		email => { a => 1 }, updated_at => $before }));
my %not = ("another's mail that mentions the address" => [put('Order',
	order('Seventh', $before, note => 'for sixthone@late.example'), kind => 2,
	email => 'staff@demo.example'), '3  1'],
	'a mail about later' => [put('Order', order('Sixthone', '2090-01-01T00:00:00Z',
		customer => undef), kind => 2, email => 'staff@demo.example'), '3  1'],
	"another's that nothing handles" => [put('Refund',
		{ customer_id => 6002, updated_at => $before }), '5 unrouted 1']);
$s->once;
is(became($late{$_}), '6 erased 0', "late: $_") for sort keys %late;
is(became($not{$_}[0]), $not{$_}[1], $_) for sort keys %not;
is($s->value('SELECT COUNT(*) FROM api_mail'), 2, 'no mail of what is late');
is(held('sixthone'), 'api_message api_message',
	"what is left is of the mail about later, and of the other's");

# ------------------------------------------------------------------ runs that copy contacts
$old = made('u8', 'Eighthone');
$s->sql("INSERT INTO api_run (tenant_id, process, parameters, origin, state, not_before, "
	. "started_at, result, reason, log_tail, created_at)
	VALUES (1, '$_', '{}', 2, 2, '2026-01-01', '2026-01-01', '{}', '', '', '2026-01-01')")
	for qw(RefreshDecisionalData ComputeRefAmounts);
$erasing = begin(sub { erase(qw(--source-id 1 --identifier u8)) });
my $gone = 0;
for (1 .. 300) {
	last if $gone = !id('u8');
	sleep 0.05;
}
ok($gone, 'the rows go while a run is under way');
$w->sql("INSERT INTO DecisionContact (ContactId, PurchaseCount, PurchaseCount12Months, "
	. "PurchaseCount24Months, UnpricedCount, RfmSegment, PointBalance, CreationDate, "
		. "ModificationDate)
	VALUES ($old, 1, 1, 1, 0, 'Copied', 0, '2026-01-01', '2026-01-01')");
sleep 0.5;
is($s->value('SELECT state FROM api_privacy ORDER BY privacy_id DESC LIMIT 1'), 1,
	'the erasure waits for it');
$s->sql("UPDATE api_run SET state = 3 WHERE process = 'RefreshDecisionalData'");
is($erasing->(), 'erased', 'and ends with it, whatever computes amounts');
is(value("SELECT COUNT(*) FROM DecisionContact WHERE ContactId = $old"), 0,
	'what the run had copied is gone, too');

done_testing();
