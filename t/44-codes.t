# Privilege codes through nginx: each answer, repeats, limits, points and vouchers, races, brute
# force; campaigns and loading by the command-line tool.
use strict;
use warnings;
use File::Temp qw(tempdir);
use JSON::PP;
use Test::More;
use Club;

my $w = Club->start(CUSTOMERAPI_CLUB_WRONG_CODES_ADDRESS => 0,
	CUSTOMERAPI_FCGI_TRUSTED_PROXIES => '127.0.0.1');
my $dir = tempdir('customerapi-codes-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $t = "'2026-01-01', '2026-01-01'";
$w->sql("INSERT INTO VoucherCategory (VoucherCategoryId, Identifier, SourceId, Label, "
	. "VoucherTypeId, Amount, VoucherExpirationDelayDay, VoucherExpirationDelayMonth, "
		. "CreationDate, ModificationDate)
	VALUES (1, 'five', 1, 'Five euros', 1, 5, 3, 1, $t), (2, 'open', 1, 'No term', 3, NULL,
		NULL, NULL, $t)");
is($w->post('SetContact?SourceId=1', { DrupalId => $_ })->{status}, 201, "contact $_")
	for qw(a b c d), map { "r$_" } 1 .. 6;
my $campaign = sub { my ($name, @options) = @_;
	my ($status, $out) = $w->admin('campaign', 'set', 'C1', 'A1', $name, @options);
		is($status, 0, "campaign $name") or diag($out) };
my $load = sub {
	my ($name, $text, @options) = @_;
	open my $fh, '>:raw', "$dir/file" or die $!;
	print $fh $text;
	close $fh;
	my ($status, $out) = $w->admin('code', 'import', 'C1', 'A1', $name, "$dir/file", '--json',
		@options);
	return ($status, eval { decode_json($out) } // $out);
};
my $is = sub {
	my ($r, $reason, $what) = @_;
	is("$r->{status} " . ($r->{json}{Accepted} ? 'yes' : 'no') . ' '
		. ($r->{json}{Reason} // ''), "200 no $reason", $what) or diag($r->{content});
};

# ------------------------------------------------------------------ campaigns
$campaign->('Spring', '--points', '50', '--point-days', '365', '--label', 'Spring & more');
$campaign->('Voucher', '--voucher-category', '1', '--from', '2026-01-01');
$campaign->('Both', '--points', '12.5', '--voucher-category', '2', '--uses', '3');
$campaign->('Thrice', '--points', '1', '--uses', '0', '--contact-uses', '3');
$campaign->('Late', '--from', '2030-01-01');
$campaign->('Early', '--to', '2026-01-01');
$campaign->('Nothing');
for my $bad (['--points', '0'], ['--points', '-5'], ['--points', '1.23456'], ['--points', 'many'],
	['--voucher-category', '9'], ['--from', '2027-01-02', '--to', '2027-01-01'],
	['--uses', '2', '--contact-uses', '3']) {
	my ($status, $out) = $w->admin('campaign', 'set', 'C1', 'A1', 'Bad', @$bad);
	is($status, 2, "campaign @$bad: refused");
	like($out, qr/$bad->[-2]/, 'by name');
}
my ($status, $out) = $w->admin('campaign', 'list', 'C1', 'A1', '--json');
is_deeply([map { $_->{Campaign} } @{ decode_json($out)->{Campaigns} }],
	[qw(Both Early Late Nothing Spring Thrice Voucher)], 'campaign list');

# ------------------------------------------------------------------ loading
my ($s, $j) = $load->('Spring', "one\n  Two \nthree\r\n\n\"four\"\n");
is("$s $j->{Taken} $j->{ThereAlready} $j->{OfAnotherCampaign} $j->{Wrong}", '0 4 0 0 0',
	'a code a line');
is(join(' ', map { $_->[0] } $w->sql('SELECT code FROM api_code ORDER BY code_id')),
	'ONE TWO THREE FOUR', 'in capitals, without blanks at the ends');
($s, $j) = $load->('Both', "Code\none\nfive-5\nFIVE-5\nhas blank\n" . 'x' x 65 . "\n\x81\x8d\n");
is("$s $j->{Taken} $j->{ThereAlready} $j->{OfAnotherCampaign} $j->{Wrong}", '0 1 1 1 3',
	'what is there already, twice, of another campaign, or no code is counted');
($s, $j) = $load->('Both', "Code\none\nfive-5\nsix\nhas blank\n", '--report', "$dir/report");
is("$j->{Taken} $j->{ThereAlready} $j->{OfAnotherCampaign} $j->{Wrong}", '1 1 1 1',
	'again: only what is new');
open my $fh, '<', "$dir/report" or die $!;
is(join('', <$fh>), "5,,is no code of 1 to 64 characters without blanks\n"
	. qq(2,"ONE",the code belongs to another campaign\n3,"FIVE-5",the code is there already\n),
	'the report');
is((stat "$dir/report")[2] & 07777, 0600, 'is nobody else\'s business');
($s) = $load->('Both', "x\n", '--report', "$dir/report");
is($s, 1, 'and is not written over');
($s, $j) = $load->('Voucher', "\xef\xbb\xbfcode,ValidFrom,ValidTo,MaxUses\nV1,,,\nV2,2030-01-01"
	. ",,\nV3,,2026-01-01T00:00:00+02:00,\nV4,,,2\nV5,x,,\nV6,2027-01-02,2027-01-01,\nV7"
		. ",,,0\nV8,,,1,more\n");
is("$j->{Taken} $j->{Wrong}", '4 4', 'columns with names, behind a byte order mark');
($s, $j) = $load->('Voucher', "Code,Amount\nV9,1\n");
is($s, 2, 'a column that nobody knows: refused');
is($w->value("SELECT COUNT(*) FROM api_code WHERE code = 'V9'"), 0, 'nothing is taken');
($s, $j) = $load->('Spring', "\"never closed\n" . "x\n" x 600000);
isnt($s, 0, 'a quote that is never closed ends the reading');
{	# A file of nothing but wrong rows, 400 MB of them, is not kept in memory.
	local %ENV = (%ENV, %{ $w->{s}{env} });
	my $pid = open my $to, '|-',
		"exec $ENV{BUILDDIR}/customerapi code import C1 A1 Spring - >$dir/wrong.out 2>&1"
		or die $!;
	my $held = sub { open my $fh, '<', "/proc/$pid/status" or die $!; local $/;
		return <$fh> =~ /^VmRSS:\s*(\d+)/m ? $1 / 1024 : die };
	my $row = 'x' x 100000 . "\n";
	print $to $row for 1 .. 20;
	my $before = $held->();
	print $to $row for 1 .. 4000;
	cmp_ok($held->() - $before, '<', 380, 'wrong rows are not held in memory');
	ok(close $to, 'to the end');
	open my $fh, '<', "$dir/wrong.out" or die $!;
	local $/;
	like(<$fh>, qr/^Wrong:\s+4020$/m, 'and all are counted');
}
is(($w->admin('code', 'import', 'C1', 'A1', 'Nobody', "$dir/file"))[0], 3, 'an unknown campaign');
is(($w->admin('code', 'import', 'C1', 'A1', 'Spring', "$dir/no-such-file"))[0], 1,
	'a file that is not there');
$load->($_->[0], $_->[1]) for ['Thrice', "T1\n"], ['Late', "L1\n"], ['Early', "E1\n"],
	['Nothing', "N1\nN2\n"];
($s, $out) = $w->admin('code', 'generate', 'C1', 'A1', 'Nothing', 25000, '--out', "$dir/codes",
	'--prefix', 'GEN-', '--length', 10);
is($s, 0, 'codes made up') or diag($out);
open $fh, '<', "$dir/codes" or die $!;
chomp(my @made = <$fh>);
is(scalar(grep { /^GEN-[2-9A-HJ-NP-Z]{10}$/ } @made), 25000, 'all of their form');
is($w->value("SELECT COUNT(*) FROM api_code WHERE code LIKE 'GEN-%'"), 25000, 'and there');
{
	local %ENV = (%ENV, %{ $w->{s}{env} });
	system("trap '' XFSZ; ulimit -f 200; exec $ENV{BUILDDIR}/customerapi code generate C1 A1 "
		. "Nothing 100000 --prefix FULL- --out $dir/full >/dev/null 2>&1");
	is($? >> 8, 1, 'a disk that is full');
	cmp_ok($w->value("SELECT COUNT(*) FROM api_code WHERE code LIKE 'FULL-%'"), '<=', 20000,
		'ends the making of codes that are in no file');
	$w->sql("DELETE FROM api_code WHERE code LIKE 'FULL-%'");
}
is(($w->admin('code', 'generate', 'C1', 'A1', 'Nothing', 1, '--out', "$dir/codes"))[0], 1,
	'a file is not written over');
is(($w->admin('code', 'generate', 'C1', 'A1', 'Nothing', 1, '--out', '-', '--prefix', 'small'))[0],
	2, 'a prefix in small letters: refused');
my ($first) = $w->sql("SELECT code FROM api_code WHERE code LIKE 'GEN-%' ORDER BY code LIMIT 1");
(undef, $out) = $w->admin('code', 'list', 'C1', 'A1', '--campaign', 'Nothing', '--limit', 2,
	'--json');
is(decode_json($out)->{Codes}[0]{Code}, $first->[0], 'code list');
(undef, $out) = $w->admin('code', 'list', 'C1', 'A1', '--campaign', 'Nothing', '--limit', 2,
	'--after', decode_json($out)->{Codes}[1]{Code}, '--json');
is(join(' ', map { $_->{Code} } @{ decode_json($out)->{Codes} }),
	join(' ', map {
		$_->[0] } $w->sql("SELECT code FROM api_code WHERE code LIKE 'GEN-%' ORDER BY "
			. "code LIMIT 2 OFFSET 2")), 'its next page');
# Many chunks, of which a part is there already, as after a break.
($s, $j) = $load->('Spring', join '', map { "BULK-$_\n" } 1 .. 15000);
($s, $j) = $load->('Spring', join '', map { "BULK-$_\n" } 1 .. 30000);
is("$j->{Taken} $j->{ThereAlready}", '15000 15000', 'a file goes on where it was broken off');
is($w->value('SELECT COUNT(*) FROM api_code_stage'), 0, 'nothing is left in between');

# ------------------------------------------------------------------ answers
my $r = $w->code('a', '%20oNe%20');
is($r->{status}, 200, 'a code') or diag($r->{content});
is_deeply({ map { $_ => $r->{json}{$_} } qw(Accepted Repeated CodePrivilege Campaign Label
	PointAmount Voucher Reason) },
	{ Accepted => JSON::PP::true, Repeated => JSON::PP::false, CodePrivilege => 'ONE',
		Campaign => 'Spring', Label => 'Spring & more', PointAmount => '50',
		Voucher => undef, Reason => undef }, 'accepted');
is($w->points('a')->{json}{PointBalance}, '50', 'its points are there');
like($w->points('a')->{json}{LoyaltyPoints}[0]{ExpiredDatePoint}, qr/^20/, 'and expire');
my $again = $w->code('a', 'one');
is($again->{content} =~ s/"Repeated":true/"Repeated":false/r, $r->{content},
	'again: the first reply');
ok($again->{json}{Repeated}, 'and Repeated');
is($w->points('a')->{json}{PointBalance}, '50', 'nothing is granted again');
$is->($w->code('b', 'ONE'), 'UsedByAnother', 'another contact');
$is->($w->code('b', 'NOPE'), 'Unknown', 'no such code');
$is->($w->code('b', 'a%20b'), 'Unknown', 'what can be no code');
$is->($w->code('b', 'L1'), 'NotYetValid', 'not yet valid');
$is->($w->code('b', 'E1'), 'Expired', 'no longer valid');
$is->($w->code('b', 'V2'), 'NotYetValid', 'by the code\'s own term');
$is->($w->code('b', 'V3'), 'Expired', 'likewise');
is($w->value('SELECT COUNT(*) FROM api_code_use'), 1, 'refusals use nothing');
# The contact that used a code gets its reply even when the code has ended since.
$w->sql("UPDATE api_code SET valid_to = '2026-01-02' WHERE code = 'ONE'");
ok($w->code('a', 'ONE')->{json}{Repeated}, 'a repeat after the end');
ok($w->code('c', 'T1')->{json}{Accepted}, "use $_ of 3") for 1 .. 3;
$r = $w->code('c', 'T1');
$is->($r, 'UsedByYou', 'the fourth');
is($r->{json}{Message}, 'The contact has used this code as often as it may.', 'in words');
is($w->points('c')->{json}{PointBalance}, '3', 'three points');
ok($w->code('d', 'T1')->{json}{Accepted}, 'another contact may as well');
ok($w->code($_, 'FIVE-5')->{json}{Accepted}, "of three uses in all: $_") for qw(a b c);
$is->($w->code('d', 'FIVE-5'), 'LimitReached', 'the fourth contact');
ok($w->code('a', 'V4')->{json}{Accepted} && $w->code('b', 'V4')->{json}{Accepted},
	'the code\'s own number of uses');
$is->($w->code('c', 'V4'), 'LimitReached', 'and no more');
ok($w->code('a', 'N1')->{json}{Accepted}, 'a code that grants nothing');
is($w->post('CheckCode?DrupalId=nobody&SourceId=1&CodePrivilege=TWO', '')->{status}, 404,
	'an unknown contact: 404');
is(Club::fields($w->post('CheckCode?DrupalId=a&SourceId=1', '')), 'CodePrivilege', 'no code: 400');
is(Club::fields($w->post('CheckCode?DrupalId=a&SourceId=1&CodePrivilege=' . 'x' x 201, '')),
	'CodePrivilege', 'a code too long: 400');
is(Club::fields($w->post('CheckCode?DrupalId=a&SourceId=1&CodePrivilege=A', { x => 1 })), 'body',
	'a body: 400');
is($w->post('SetContact?SourceId=1', { DrupalId => 'a' }, tenant => 2)->{status}, 201,
	'a contact of another tenant');
$is->($w->code('a', 'TWO', tenant => 2), 'Unknown', 'does not see these codes');

# ------------------------------------------------------------------ vouchers
$r = $w->code('d', 'V1');
my $v = $r->{json}{Voucher};
is("$v->{Label} $v->{Amount} $v->{CurrencyId}", 'Five euros 5 EUR', 'a voucher');
like($v->{VoucherCode}, qr/^[2-9A-HJ-NP-Z]{4}(-[2-9A-HJ-NP-Z]{4}){2}$/, 'with a code of its own');
is($w->value(
	"SELECT CONCAT(c.Identifier, ' ', v.VoucherStateId, ' ', v.ValidityEndDate = "
		. "v.ValidityStartDate + INTERVAL 1 MONTH + INTERVAL 3 DAY) FROM Voucher v
	JOIN ContactIdentifier c ON c.ContactId = v.ContactId AND c.SourceId = 1
	WHERE v.VoucherCode = '$v->{VoucherCode}'"), 'd 1 1',
	'is the contact\'s, open, and ends when its category says');
is($w->code('d', 'V1')->{json}{Voucher}{VoucherCode}, $v->{VoucherCode},
	'asked again: the same voucher');
is($w->code('d', 'SIX')->{json}{Voucher}{ValidityEndDate}, undef, 'a voucher without end');
is($w->points('d')->{json}{PointBalance}, '13.5', 'and points, not whole ones');
$w->sql('UPDATE VoucherCategory SET DeletionFlag = 1 WHERE VoucherCategoryId = 1; UPDATE api_code '
	. 'SET max_uses = 5 WHERE code = \'V4\'');
is($w->code('c', 'V4')->{status}, 409, 'a category that is gone: 409');
is($w->value("SELECT uses FROM api_code WHERE code = 'V4'"), 2, 'and nothing is used');

# ------------------------------------------------------------------ Idempotency-Key
my %key = (headers => { 'Idempotency-Key' => 'code-1' });
$r = $w->code('d', 'T1', %key);
is($w->code('d', 'T1', %key)->{content}, $r->{content}, 'with a key a use of several is used once');
is($w->value("SELECT COUNT(*) FROM api_code_use u JOIN api_code k USING (code_id) JOIN "
	. "ContactIdentifier i ON i.ContactId = u.contact_id AND i.SourceId = 1 WHERE k.code = "
		. "'T1' AND i.Identifier = 'd'"), 2, 'twice in all');

# ------------------------------------------------------------------ code show
(undef, $out) = $w->admin('code', 'show', 'C1', 'A1', 't1', '--json');
$j = decode_json($out);
is("$j->{Code} $j->{Campaign} $j->{Uses} $j->{ContactUses} " . scalar @{ $j->{UsedBy} },
	'T1 Thrice 5 3 5', 'code show');
is(($w->admin('code', 'show', 'C1', 'A1', 'nope'))[0], 3, 'no such code');
(undef, $out) = $w->admin('code', 'list', 'C1', 'A1', '--state', 'used', '--json');
is(join(' ', map { $_->{Code} } @{ decode_json($out)->{Codes} }), 'FIVE-5 N1 ONE SIX T1 V1 V4',
	'code list of used ones');

# ------------------------------------------------------------------ races: two contacts, one code,
# 200 rounds
$w->sql("INSERT INTO api_code (code, campaign_id, created_at) SELECT CONCAT('RACE', seq), (SELECT "
	. "campaign_id FROM api_code_campaign WHERE name = 'Spring'), '2026-01-01' FROM "
		. "seq_1_to_200");
my (%won, @wrong);
for my $round (1 .. 200) {
	my @r = $w->at_once(map { ['POST',
		"CheckCode?DrupalId=$_&SourceId=1&CodePrivilege=RACE$round", ''] } 'r1', 'r2');
	my @accepted = grep { $r[$_]{json}{Accepted} } 0, 1;
	my @other = grep { ($r[$_]{json}{Reason} // '') eq 'UsedByAnother' } 0, 1;
	push @wrong, "$round: $r[0]{status} $r[0]{content} $r[1]{status} $r[1]{content}"
		if @accepted != 1 || @other != 1;
	$won{ $accepted[0] // 'none' }++;
	$w->sql('DELETE FROM api_code_attempt') if $round % 8 == 0;
}
is_deeply(\@wrong, [], 'of two contacts with one code one wins, 200 times');
is($w->points('r1')->{json}{PointBalance} + $w->points('r2')->{json}{PointBalance}, 200 * 50,
	'and its points are granted once');
is($w->value("SELECT COUNT(*) FROM api_code k WHERE k.code LIKE 'RACE%' AND (k.uses <> 1 OR 1 <> "
	. "(SELECT COUNT(*) FROM api_code_use u WHERE u.code_id = k.code_id))"), 0,
	'each is used once');
my @same = $w->at_once(map { ['POST', 'CheckCode?DrupalId=r3&SourceId=1&CodePrivilege=TWO',
	''] } 1 .. 8);
is_deeply([map { $_->{json}{Accepted} ? 1 : 0 } @same], [(1) x 8],
	'one contact, eight times at once: accepted');
is(scalar(grep { !$_->{json}{Repeated} } @same), 1, 'of which seven are repeats');
$w->sql('DELETE FROM api_code_attempt');
my @all = $w->at_once(map { ['POST', "CheckCode?DrupalId=r$_&SourceId=1&CodePrivilege=SIX",
	''] } 1 .. 6);
is(scalar(grep { $_->{json}{Accepted} } @all), 2,
	'a code with two uses left, six contacts: two win');
is($w->value("SELECT uses FROM api_code WHERE code = 'SIX'"), 3, 'and its uses are three');

($s, $j) = $load->('Thrice', "Code,MaxUses\nONCE,1\n");
is($j->{Taken}, 1, 'a code of a campaign of three uses a contact, that may itself be used once');
ok($w->code('c', 'ONCE')->{json}{Accepted}, 'is used');
my $once = $w->code('c', 'ONCE');
ok($once->{json}{Accepted} && $once->{json}{Repeated}, 'and tells its contact the same again')
	or diag($once->{content});
$is->($w->code('d', 'ONCE'), 'UsedByAnother', 'and no other');

# ------------------------------------------------------------------ brute force
$w->sql('DELETE FROM api_code_attempt');
$is->($w->code('r4', "GUESS$_"), 'Unknown', "guess $_") for 1 .. 10;
$r = $w->code('r4', 'GUESS11');
is($r->{status}, 429, 'the eleventh: 429');
cmp_ok($r->{headers}{'retry-after'}, '>', 500, 'with Retry-After');
is($w->code('r4', 'THREE')->{status}, 429, 'a right one, too');
is($w->value("SELECT uses FROM api_code WHERE code = 'THREE'"), 0, 'and it is not used');
ok($w->code('r5', 'THREE')->{json}{Accepted}, 'another contact is not concerned');
is($w->value('SELECT COUNT(*) FROM api_code_attempt'), 1, 'a right code is not counted');
$w->sql("UPDATE api_code_attempt SET until_at = '2026-01-01'");
$is->($w->code('r4', 'GUESS12'), 'Unknown', 'when the window is over it goes on');
is($w->value('SELECT wrong FROM api_code_attempt'), 1, 'from the beginning');
$w->sql("INSERT INTO api_code_attempt SELECT UNHEX(SHA2(seq, 256)), '2026-01-01', 1 FROM "
	. "seq_1_to_50");
$w->code('r6', "GUESS$_") for 1 .. 6;
is($w->value('SELECT COUNT(*) FROM api_code_attempt'), 2, 'windows that are over go away');

$w->sql('DELETE FROM api_code_attempt');
my %answers;
$answers{ $_->{json}{Reason} // $_->{status} }++
	for $w->at_once(map { ['POST', "CheckCode?DrupalId=r6&SourceId=1&CodePrivilege=GUESS$_",
		''] } 1 .. 16);
is(join(' ', map { "$_ $answers{$_}" } sort keys %answers), '429 6 Unknown 10',
	'sixteen guesses of a contact at once: ten are answered');

# By address: as told by a trusted proxy; an IPv6 network counts as one.
$w->{fcgi}->stop;
$w->{fcgi}{env}{CUSTOMERAPI_CLUB_WRONG_CODES_ADDRESS} = 4;
$w->{fcgi}{env}{CUSTOMERAPI_CLUB_WRONG_CODES_CONTACT} = 0;
$w->{fcgi}->restart;
$w->sql('DELETE FROM api_code_attempt');
my $from = sub { my ($address, $id, $code) = @_;
	return $w->code($id, $code, headers => { 'X-Forwarded-For' => $address })->{status} };
is(join(' ', map { $from->('192.0.2.1', "r$_", 'GUESS') } 1 .. 5), '200 200 200 200 429',
	'an address has four wrong codes, whoever\'s');
is($from->('192.0.2.2', 'r1', 'GUESS'), 200, 'another address is not concerned');
is(join(' ', map { $from->("2001:db8:0:1::$_", 'r1', 'GUESS') } 1 .. 5), '200 200 200 200 429',
	'addresses of one IPv6 network count as one');
is($from->('2001:db8:0:2::1', 'r1', 'GUESS'), 200, 'those of another do not');
unlike($w->{fcgi}->log . $w->{nginx}->logs, qr/GUESS|RACE\d|FIVE-5/, 'no code in any log');

# The sample of its help page and of OpenAPI is one of these answers.
open my $openapi, '<', ($ENV{SRCDIR} // '.') . '/doc/openapi.json' or die $!;
my $sample = join('', <$openapi>) =~ s/\s+//gr;
like($sample, qr/\{"Accepted":true,"Repeated":false,/, 'the sample is an accepted code');
unlike($sample, qr/\{"Accepted":true,"Repeated":false,"(?:Reason|Message)"/,
	'which has no reason why not');

done_testing();
