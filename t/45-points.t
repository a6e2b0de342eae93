# Points: rules, EarnPoints, returns, use, ExpirePoints first in first out, GetListPoints with its
# pages; the balance is the sum of the movements, whatever happens at once.
use strict;
use warnings;
use JSON::PP;
use List::Util qw(sum0 min);
use POSIX ();
use Test::More;
use Club;
use World;

my $w = Club->start(CUSTOMERAPI_CLUB_WRONG_CODES_ADDRESS => 0);
my $t = "'2026-01-01', '2026-01-01'";
srand 7;
my %contact;
my $contact = sub {
	for my $id (@_) {
		my $r = $w->post('SetContact?SourceId=1', { DrupalId => $id });
		$contact{$id} = $r->{json}{ContactId} // die $r->{content};
	}
};
my $balance = sub { my $r = $w->points($_[0]); return $r->{json}{PointBalance} // $r->{content} };
my $admin = sub { my ($status, $out) = $w->admin(@_, '--json');
	return ($status, eval { decode_json($out) } // { out => $out }) };
my $points = sub { my ($verb, @args) = @_; return $admin->('points', $verb, 'C1', 'A1', @args) };
$contact->('a', 'b', 'c');

# ------------------------------------------------------------------ rules
is(($points->('set-rule', '1.5', '--from', '2026-02-01', '--days', 365))[0], 0, 'a rule');
is(($points->('set-rule', '10', '--from', '2026-03-01', '--source-id', 2))[0], 0,
	'one for a Source');
is(($points->('set-rule', '2', '--from', '2026-02-01', '--brand-id', 2, '--minimum', '20', '--to',
	'2026-06-01'))[0], 0, 'one for a brand, with a minimum and an end');
for my $bad (['POINTS', '-1'], ['POINTS', 'x'], ['POINTS', '1.23456'],
	['--to', '1', '--from', '2026-02-01', '--to', '2026-01-01'],
	['minimum', '1', '--minimum', 'x']) {
	my ($field, @args) = @$bad;
	my ($status, $j) = $points->('set-rule', @args);
	is($status, 2, "set-rule @args: refused");
	like($j->{out} // encode_json($j), qr/\Q$field\E/, 'by name');
}
my (undef, $rules) = $points->('list-rules');
is_deeply([map { "$_->{SourceId} $_->{BrandId} $_->{Points}" } @{ $rules->{PointRules} }],
	['0 0 1.5000', '0 2 2.0000', '2 0 10.0000'], 'list-rules');

# ------------------------------------------------------------------ EarnPoints
# id, contact, source, brand, status, date, RefAmount
my $purchase = sub {
	my ($id, $who, $source, $brand, $status, $date, $amount) = @_;
	my $ref = defined $amount ? "'$amount'" : 'NULL';
	$w->sql("INSERT INTO PurchaseHeader (PurchaseHeaderId, PurchaseIdentifier, ContactId, "
		. "SourceId, BrandId, PurchaseStatusId, PurchaseDate, Amount, RefAmount, "
			. "CreationDate, ModificationDate)
		VALUES ($id, 'p$id', " . ($who ? $contact{$who} : 'NULL')
		. ", $source, $brand, $status, '$date', 99, $ref, $t)");
};
my ($paid) = map {
	$_->[0] } $w->sql("SELECT PurchaseStatusId FROM PurchaseStatus WHERE Label = 'Paid'");
my ($cancelled) = map {
	$_->[0] } $w->sql("SELECT PurchaseStatusId FROM PurchaseStatus WHERE Label = 'Cancelled'");
$purchase->(1, 'a', 1, 1, $paid, '2026-02-15', '10.99');	# 16.485 -> 16
$purchase->(2, 'a', 1, 2, $paid, '2026-02-15', '20.00');	# brand: 40
$purchase->(3, 'a', 1, 2, $paid, '2026-02-15', '19.99');	# below its minimum: 29.985 -> 29
$purchase->(4, 'a', 2, 2, $paid, '2026-03-15', '1.00');		# Source wins over brand: 10
$purchase->(5, 'a', 1, 1, $paid, '2026-01-15', '100');		# before the rule
$purchase->(6, 'a', 1, 1, $cancelled, '2026-02-15', '100');	# does not count
$purchase->(7, 'b', 1, 1, $paid, '2026-02-15', undef);		# no reference amount
$purchase->(8, 'b', 1, 1, $paid, '2026-02-15', '-5');		# negative
$purchase->(9, undef, 1, 1, $paid, '2026-02-15', '100');	# nobody's
$purchase->(10, 'b', 1, 2, $paid, '2026-07-01', '30');		# the brand's rule has ended: 45
my $dry = $w->run('EarnPoints', DryRun => JSON::PP::true);
is($w->value('SELECT COUNT(*) FROM LoyaltyPoint'), 0, 'a dry run writes nothing');
my $run = $w->run('EarnPoints');
is_deeply([@$dry{qw(Movements Earned TakenBack)}], [@$run{qw(Movements Earned TakenBack)}],
	'and says what would be');
is_deeply([@$run{qw(State Movements Earned TakenBack WithoutRefAmount)}], [4, 5, '140', '0', 1],
	'EarnPoints, with a warning');
is($balance->('a'), '95', '16 + 40 + 29 + 10');
is($balance->('b'), '45', 'and 45');
my $list = $w->points('a')->{json};
is_deeply([map { "$_->{Movement} $_->{PointAmount} $_->{PointTypeLabel} $_->{PurchaseHeaderId}"
	} reverse @{ $list->{LoyaltyPoints} }],
	['Earned 16 Purchase 1', 'Earned 40 Purchase 2', 'Earned 29 Purchase 3',
		'Earned 10 Purchase 4'], 'a movement each');
is($list->{LoyaltyPoints}[-1]{DatePoint}, '2026-02-15T00:00:00Z', 'of the day of the purchase');
is_deeply([map { $_->{ExpiredDatePoint} } @{ $list->{LoyaltyPoints} }[-1, -2]],
	['2027-02-15T00:00:00Z', undef], 'it expires by the rule, or never');
is($w->run('EarnPoints')->{Movements}, 0, 'again: nothing');

# changes: dearer, cheaper, cancelled, another contact's, back again
$w->sql("UPDATE PurchaseHeader SET RefAmount = 20 WHERE PurchaseHeaderId = 1; UPDATE "
	. "PurchaseHeader SET RefAmount = 25 WHERE PurchaseHeaderId = 3;
	UPDATE PurchaseHeader SET PurchaseStatusId = $cancelled WHERE PurchaseHeaderId = 2; UPDATE "
		. "PurchaseHeader SET ContactId = $contact{c} WHERE PurchaseHeaderId = 4;
	UPDATE PurchaseHeader SET RefAmount = 10 WHERE PurchaseHeaderId = 10");
$run = $w->run('EarnPoints');
is_deeply([@$run{qw(Movements Earned TakenBack)}], [6, '45', '80'], 'changes of purchases');
is(join(' ', map { $balance->($_) } qw(a b c)), '80 15 10', '30 + 50, 15, 10');
my ($returned) = grep { $_->{PurchaseHeaderId} == 2 } @{ $w->points('a')->{json}{LoyaltyPoints} };
is("$returned->{Movement} $returned->{PointAmount} $returned->{PointOriginalAmount}",
	'Returned -40 -40', 'what is taken back');
$w->sql("UPDATE PurchaseHeader SET PurchaseStatusId = $paid WHERE PurchaseHeaderId = 2; UPDATE "
	. "PurchaseHeader SET DeletionFlag = 1 WHERE PurchaseHeaderId = 3; UPDATE PurchaseHeader "
		. "SET RefAmount = 4 WHERE PurchaseHeaderId = 7");
$run = $w->run('EarnPoints');
is_deeply([@$run{qw(State Movements Earned TakenBack)}], [3, 3, '46', '50'],
	'back again, deleted, an amount at last; no warning');
is(join(' ', map { $balance->($_) } qw(a b c)), '70 21 10', 'the balances');

# many purchases in chunks; the database dies in between
$contact->('bulk');
$w->sql("INSERT INTO PurchaseHeader (PurchaseHeaderId, PurchaseIdentifier, ContactId, SourceId, "
	. "PurchaseStatusId, PurchaseDate, RefAmount, CreationDate, ModificationDate)
	SELECT 1000 + seq, CONCAT('bulk', seq), $contact{bulk}, 1, $paid, '2026-02-15', 2, $t
	FROM seq_1_to_1000");
is($w->run('EarnPoints', ChunkRows => 100)->{Movements}, 1000, 'in chunks');
$w->sql("DELETE FROM LoyaltyPoint WHERE PurchaseHeaderId > 1500");
is($w->run('EarnPoints', ChunkRows => 100)->{Movements}, 500, 'a run goes on where another ended');
is($balance->('bulk'), '3000', '1000 purchases of 3 points');

# ------------------------------------------------------------------ use
my ($status, $j) = $points->('use', 'a', '30', '--source-id', 1, '--id', 'order-1');
is("$status $j->{PointBalance}", '0 40', 'points are used');
($status, $j) = $points->('use', 'a', '30.00', '--source-id', 1, '--id', 'order-1');
ok($status == 0 && $j->{PointBalance} eq '40' && $j->{Repeated}, 'again: nothing');
is(($points->('add', 'a', '31', '--source-id', 1, '--id', 'expire:1:1'))[0], 2,
	'a name that ExpirePoints may need: refused');
is(($points->('use', 'a', '31', '--source-id', 1, '--id', 'order-1'))[0], 1,
	'another amount with the identifier: refused');
is(($points->('use', 'a', '40.0001', '--source-id', 1))[0], 1, 'more than there are: refused');
is($balance->('a'), '40', 'and nothing happens');
is(($points->('use', 'nobody', '1', '--source-id', 1))[0], 3, 'an unknown contact');
is(($points->('use', 'a', $_, '--source-id', 1))[0], 2, "amount $_: refused") for '0', '-1', 'x',
	'1.00001', '1' x 16;
($status, $j) = $points->('add', 'c', '2.25', '--source-id', 1, '--id', 'gift', '--days', 10);
is("$status $j->{PointBalance}", '0 12.25', 'points are given');
is(($points->('add', 'c', '2.25', '--source-id', 1, '--id', 'gift'))[1]{Repeated} ? 1 : 0, 1,
	'once');
($status, $j) = $points->('show', 'c', '--source-id', 1);
is("$status $j->{PointBalance} $j->{ExpiringSoon}[0]{PointAmount}", '0 12.25 2.25', 'points show');
$list = $w->points('a')->{json};
is_deeply([@$list{qw(PointBalance PointOriginalAmount PointUsedAmount PointExpiredAmount)}],
	[qw(40 70 30 0)], 'totals');

# ------------------------------------------------------------------ pages and what expires soon
my $all = $w->points('bulk', '&Limit=500')->{json};
my (@paged, $before);
do {
	my $p = $w->points('bulk',
		'&Limit=300' . (defined $before ? "&Before=$before" : ''))->{json};
	push @paged, @{ $p->{LoyaltyPoints} };
	is($p->{PointBalance}, '3000', 'a page has the whole balance');
	$before = $p->{NextBefore};
} while defined $before && @paged < 5000;
is(scalar @paged, 1000, 'all pages');
is_deeply([map { $_->{LoyaltyPointId} } @paged],
	[sort { $b <=> $a } map { $_->{LoyaltyPointId} } @paged], 'the newest first');
is(sum0(map { $_->{PointAmount} } @paged), 3000, 'their sum is the balance');
is(scalar @{ $w->points('c', '&Limit=1&ExpiringDays=5')->{json}{ExpiringSoon} }, 0,
	'nothing within 5 days');
is($w->points('c', '&ExpiringDays=11')->{json}{ExpiringSoon}[0]{PointAmount}, '2.25',
	'but within 11');
for my $bad ('Limit=0', 'Limit=501', 'Before=0', 'Before=x', 'ExpiringDays=-1', 'ExpiringDays=3661',
	'Page=1') {
	is(Club::fields($w->points('a', "&$bad")), $bad =~ s/=.*//r, "$bad: refused by name");
}
# Few movements are summed up by the program, many by the database: both say the same.
my $few = $w->points('c', '&Limit=1')->{json};
my $many = $w->points('c', '&Limit=1&Before=2147483647')->{json};
is_deeply($few, $many, 'a page from the newest on, and one before a number');
is($w->points('bulk', '&Limit=200')->{json}{LoyaltyPoints}[199]{LoyaltyPointId},
	$paged[199]{LoyaltyPointId}, 'and of many movements');
is($w->points('nobody')->{status}, 404, 'an unknown contact');
is_deeply([@{ $w->post('SetContact?SourceId=1', { DrupalId => 'empty' })
	&& $w->points('empty')->{json} }{qw(PointBalance LoyaltyPoints ExpiringSoon NextBefore)}],
	['0', [], [], undef], 'no movements');
is($w->points('a', '', tenant => 2)->{status}, 404, 'another tenant sees nothing');

# ------------------------------------------------------------------ ExpirePoints: first in, first
# out, computed here
my $n = 0;
my $lot = sub {
	my ($who, $amount, $date, $expires, $purchase) = @_;
	my $e = defined $expires ? "'$expires'" : 'NULL';
	$n++;
	$w->sql("INSERT INTO LoyaltyPoint (ContactId, PurchaseHeaderId, PointTypeId, PointAmount, "
		. "PointOriginalAmount, PointUsedAmount, PointExpiredAmount, DatePoint, "
			. "ExpiredDatePoint, PointIdentifier, SourceId, CreationDate, "
				. "ModificationDate)
		VALUES ($contact{$who}, " . ($purchase // 'NULL')
		. ", 3, $amount, $amount, 0, 0, '$date', $e, 'x$n', 1, $t)");
};
my $use = sub { my ($who, $amount) = @_; $n++;
	$w->sql("INSERT INTO LoyaltyPoint (ContactId, PointTypeId, PointAmount, "
		. "PointOriginalAmount, PointUsedAmount, PointExpiredAmount, DatePoint, "
			. "PointIdentifier, SourceId, CreationDate, ModificationDate)
	VALUES ($contact{$who}, 5, -$amount, 0, $amount, 0, '2026-05-01', 'x$n', 1, $t)") };
my (%lots, %used);
for my $i (1 .. 25) {
	my $who = "e$i";
	$contact->($who);
	for (1 .. 1 + int rand 6) {
		my $expires = rand() < 0.2 ? undef : sprintf('20%02d-%02d-15', 24 + int rand 6,
			1 + int rand 12);
		my $l = { amount => 1 + int rand 50,
			date => sprintf('2024-%02d-01', 1 + int rand 12), expires => $expires,
			order => $_ };
		push @{ $lots{$who} }, $l;
		$lot->($who, @$l{qw(amount date expires)});
	}
	$used{$who} = int rand 1 + sum0 map { $_->{amount} } @{ $lots{$who} };
	my $rest = $used{$who};
	while ($rest > 0) { my $part = 1 + int rand $rest; $use->($who, $part); $rest -= $part }
}
my $today = $w->value('SELECT DATE(UTC_TIMESTAMP())');
my (%expect, %soon);
for my $who (keys %lots) {
	my $debit = $used{$who};
	for my $l (sort { ($a->{expires} // '9999') cmp ($b->{expires} // '9999')
		|| $a->{date} cmp $b->{date} || $a->{order} <=> $b->{order} } @{ $lots{$who} }) {
		my $taken = min($debit, $l->{amount});
		$debit -= $taken;
		my $left = $l->{amount} - $taken;
		$expect{$who} += $left if defined $l->{expires} && $l->{expires} lt $today;
		$soon{$who} += $left if defined $l->{expires} && $l->{expires} ge $today;
	}
}
my %was = map { $_ => $balance->($_) } keys %lots;
$dry = $w->run('ExpirePoints', DryRun => JSON::PP::true, ChunkRows => 10);
is($w->value('SELECT COUNT(*) FROM LoyaltyPoint WHERE PointTypeId = 6'), 0,
	'a dry run writes nothing');
$run = $w->run('ExpirePoints', ChunkRows => 10);
is_deeply([@$dry{qw(Contacts Lots Expired)}], [@$run{qw(Contacts Lots Expired)}],
	'and says what would be');
is("$run->{State} $run->{Expired}", '3 ' . sum0(values %expect), 'ExpirePoints');
my @wrong = grep { $balance->($_) != $was{$_} - ($expect{$_} // 0) } sort keys %lots;
is_deeply(\@wrong, [], 'each contact lost what the model says');
@wrong = grep {
	sum0(map { $_->{PointAmount} } @{ $w->points($_,
		'&ExpiringDays=3660')->{json}{ExpiringSoon} }) != ($soon{$_}
		// 0) } sort keys %lots;
is_deeply(\@wrong, [], 'and what expires later is what the model says');
@wrong = grep { JSON::PP->new->canonical->encode($w->points($_,
	'&ExpiringDays=3660')->{json}{ExpiringSoon}) ne JSON::PP->new->canonical->encode(
		$w->points($_, '&ExpiringDays=3660&Before=2147483647')->{json}{ExpiringSoon})
		} sort(keys %lots), qw(a b c);
is_deeply(\@wrong, [], 'whether the program or the database works it out');
is($w->run('ExpirePoints')->{Lots}, 0, 'again: nothing');
my ($gone) = grep { $_->{Movement} eq 'Expired' } map {
	@{ $w->points($_)->{json}{LoyaltyPoints} } } grep { $expect{$_} } sort keys %lots;
is("$gone->{PointExpiredAmount} $gone->{PointTypeLabel}", -$gone->{PointAmount} . ' Expired',
	'a movement of its kind');
# A use that is taken out leaves more of a lot that has expired: its movement grows.
$contact->('grow');
$lot->('grow', 10, '2024-01-01', '2025-01-01');
$use->('grow', 4);
$w->run('ExpirePoints');
$w->sql("UPDATE LoyaltyPoint SET DeletionFlag = 1 WHERE ContactId = $contact{grow} AND "
	. "PointTypeId = 5");
$w->run('ExpirePoints');
is($balance->('grow') . ' ' . $w->value("SELECT COUNT(*) FROM LoyaltyPoint WHERE ContactId = "
	. "$contact{grow} AND PointTypeId = 6 AND PointExpiredAmount = 10"), '0 1',
	'what is left over expires, too');
# What other systems change of points that have expired (Standard/LoyaltyPoint): the lot is
# another's, is gone, is smaller; its expiry is gone.
$contact->(qw(x1 x2 x3 x4 x5 x6));
my $row = sub { my ($who) = @_; return $w->value("SELECT LoyaltyPointId FROM LoyaltyPoint WHERE "
	. "ContactId = $contact{$who} AND PointTypeId = 3 ORDER BY LoyaltyPointId LIMIT 1") };
$lot->($_, 10, '2024-01-01', '2025-01-01') for qw(x1 x3 x4 x5);
is($w->run('ExpirePoints')->{Lots}, 4, 'four lots expire');
$w->sql("UPDATE LoyaltyPoint SET ContactId = $contact{x2} WHERE LoyaltyPointId = " . $row->('x1')
	. "; UPDATE LoyaltyPoint SET DeletionFlag = 1 WHERE LoyaltyPointId = " . $row->('x3') . ";
	UPDATE LoyaltyPoint SET PointAmount = 4, PointOriginalAmount = 4 WHERE LoyaltyPointId = "
	. $row->('x4') . "; UPDATE LoyaltyPoint SET DeletionFlag = 1 WHERE ContactId = "
		. "$contact{x5} AND PointTypeId = 6");
$lot->('x6', 10, '2024-01-01', '2025-01-01');
$w->sql("INSERT INTO LoyaltyPoint (ContactId, PointTypeId, PointAmount, DatePoint, "
	. "PointIdentifier, SourceId, CreationDate, ModificationDate) VALUES ($contact{x6}, 7, "
		. "-4, '2024-06-01', 'taken back', 1, $t)");
is_deeply([map { $w->points('x6', $_)->{json}{ExpiringSoon} } '', '&Before=2147483647'],
	[([{ PointAmount => '6', ExpiredDatePoint => '2025-01-01T00:00:00Z' }]) x 2],
	'what was taken back without a purchase went out');
$dry = $w->run('ExpirePoints', DryRun => JSON::PP::true);
is(join(' ', map { $balance->($_) } qw(x1 x2 x3 x4 x5 x6)), '-10 10 -10 -6 10 6',
	'a dry run changes nothing');
$run = $w->run('ExpirePoints', ChunkRows => 10);
is_deeply([@$dry{qw(Contacts Lots Corrected Expired)}],
	[@$run{qw(Contacts Lots Corrected Expired)}], 'and says what would be');
is("$run->{Lots} $run->{Corrected} $run->{Expired}", '3 3 26', 'what expired follows its lot');
is(join(' ', map { $balance->($_) } qw(x1 x2 x3 x4 x5 x6)), '0 0 0 0 0 0',
	'and nobody is below zero for points that are not there');
$run = $w->run('ExpirePoints');
is("$run->{Lots} $run->{Corrected}", '0 0', 'again: nothing');
# A purchase whose points have expired is returned: nothing is taken back twice. One whose points
# were used is: the balance is below zero until more is earned.
$contact->('r1', 'r2');
is(($points->('set-rule', '1', '--from', '2020-01-01', '--days', 100))[0], 0, 'a rule of old');
$purchase->(50, 'r1', 1, 1, $paid, '2020-02-01', '60');
$purchase->(51, 'r2', 1, 1, $paid, '2026-02-15', '60');
$w->run('EarnPoints');
$w->run('ExpirePoints');
is(($points->('use', 'r2', 80, '--source-id', 1))[0], 0, 'used');
$w->sql("UPDATE PurchaseHeader SET PurchaseStatusId = $cancelled WHERE PurchaseHeaderId IN (50,
	51)");
$w->run('EarnPoints');
is(join(' ', map { $balance->($_) } qw(r1 r2)), '0 -80',
	'expired and returned: 0; used and returned: below zero');
is(($points->('use', 'r2', 1, '--source-id', 1))[0], 1, 'from which nothing is used');
is($w->run('EarnPoints')->{Movements}, 0, 'and it is settled');

# ------------------------------------------------------------------ all at once
$w->sql("INSERT INTO api_code_campaign (campaign_id, name, points, max_uses, contact_uses, "
	. "point_days, created_at, modified_at) VALUES (1, 'Race', 7, NULL, 1000, 30, $t);
	INSERT INTO api_code (code, campaign_id, created_at) VALUES ('RACE', 1, '2026-01-01')");
my @racers = map { "s$_" } 1 .. 4;
$contact->(@racers);
$lot->($_, 100, '2024-01-01', '2025-06-01') for @racers;
for my $i (1 .. 40) { $purchase->(200 + $i, $racers[$i % 4], 1, 1, $paid, '2026-02-20', '10') }
my @children;
for my $racer (@racers) {
	my $pid = fork // die "fork: $!";
	if (!$pid) {
		for my $i (1 .. 12) { $w->admin('points', 'use', 'C1', 'A1', $racer, 1 + $i % 9,
			'--source-id', 1) }
		POSIX::_exit(0);
	}
	push @children, $pid;
}
my $process = fork // die "fork: $!";
if (!$process) {
	for my $i (1 .. 4) {
		$w->run('ExpirePoints', ChunkRows => 10);
		$w->sql("UPDATE PurchaseHeader SET PurchaseStatusId = "
			. ($i % 2 ? $cancelled : $paid)
			. " WHERE PurchaseHeaderId BETWEEN 201 AND 220");
		$w->run('EarnPoints', ChunkRows => 100);
	}
	POSIX::_exit(0);
}
my @torn;
for my $i (1 .. 15) {
	my @r = $w->at_once((map { ['POST', "CheckCode?DrupalId=$_&SourceId=1&CodePrivilege=RACE",
		''] } @racers),
		map { ['GET', "GetListPoints?DrupalId=$_&SourceId=1&Limit=500"] } @racers);
	push @torn, map { "$_->{status} $_->{content}" } grep { $_->{status} != 200 } @r;
	push @torn, map { $_->{content} } grep {
		abs($_->{json}{PointBalance} - sum0(map { $_->{PointAmount} } @{
			$_->{json}{LoyaltyPoints} })) > 0.00001 } @r[4 .. 7];
}
waitpid $_, 0 for @children, $process;
is_deeply(\@torn, [], 'in every reply the balance is the sum of the movements, whatever goes on');
$w->run('EarnPoints');
$w->run('ExpirePoints');
for my $racer (@racers) {
	my $p = $w->points($racer, '&Limit=500&ExpiringDays=3660')->{json};
	my $sum = sum0 map { $_->{PointAmount} } @{ $p->{LoyaltyPoints} };
	is($p->{PointBalance}, $sum, "$racer: the balance is the sum of the movements");
	is($p->{PointOriginalAmount} - $p->{PointUsedAmount} - $p->{PointExpiredAmount}, $sum,
		"$racer: as of the totals");
	is($w->value("SELECT COALESCE(SUM(PointAmount), 0) + 0 FROM LoyaltyPoint WHERE ContactId "
		. "= $contact{$racer} AND DeletionFlag = 0") + 0, $sum, "$racer: as of the table");
	my $left = sum0 map { $_->{PointAmount} } @{ $p->{ExpiringSoon} };
	is($left, $sum < 0 ? 0 : $sum, "$racer: and what is left of all that was earned");
	is(sum0(map { $_->{PointAmount} } grep { $_->{PointTypeLabel} eq 'Code' } @{
		$p->{LoyaltyPoints} }), 15 * 7, "$racer: each code gave its points once");
	is($w->value("SELECT SUM(m.PointAmount) + 0 FROM LoyaltyPoint m JOIN PurchaseHeader h "
		. "USING (PurchaseHeaderId) WHERE m.ContactId = $contact{$racer} AND "
			. "m.PointTypeId IN (1, 7)") + 0, 10 * 15, "$racer: and each purchase");
}

# A purchase goes to another contact, and the first one is erased: its movements are gone, those of
# the other go on.
World::make_key($w);
$contact->('er1', 'er2');
$purchase->(60, 'er1', 1, 1, $paid, '2026-02-15', '10');
$w->run('EarnPoints');
$w->sql("UPDATE PurchaseHeader SET ContactId = $contact{er2} WHERE PurchaseHeaderId = 60");
$w->run('EarnPoints');
is(($w->admin('contact', 'erase', 'C1', 'A1', '--contact-id', $contact{er1}, '--yes'))[0], 0,
	'erased');
for my $amount (20, 30, 40) {
	$w->sql("UPDATE PurchaseHeader SET RefAmount = $amount WHERE PurchaseHeaderId = 60");
	is($w->run('EarnPoints')->{State}, 3, "the purchase is dearer: $amount");
}
is($balance->('er2'), '60', 'the points of the purchase');

# on a schedule, by the API and the tool
($status, my $out) = $w->admin('schedule', 'add', 'C1', 'A1', $_, 'Daily', '--set', 'Time=03:30') ,
	is($status, 0, "$_ on a schedule") for qw(EarnPoints ExpirePoints);

done_testing();
