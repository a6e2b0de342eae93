# A database from before addresses had a normal form: the migration fills it, gives guests their
# identifiers, sets aside those who were one mailbox, says so, and can be killed anywhere.
use strict;
use warnings;
use utf8;
use Test::More;
use Encode qw(decode_utf8 encode_utf8);
use JSON::PP;
use POSIX ();
use Time::HiRes qw(sleep);
use Unicode::Normalize qw(NFD);
use Rival;
use World;

binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output;
my $w = World->start(no_daemon => 1);
my ($s, $db) = ($w->{s}, $w->{db});
$w->source(1, 2);
my $json = JSON::PP->new->utf8;
my $t = "'2026-01-01', '2026-01-01'";

sub value { return $w->value($_[0]) }
sub rows { return join "\n", @{ $w->rows($_[0]) } }
sub quoted { return join ', ', map { defined $_ ? "'$_'" : 'NULL' } @_ }

# (exit code, all that it printed)
sub admin {
	my (@args) = @_;
	local %ENV = (%ENV, %{ $s->{env} });
	my $line = join ' ', map { "'$_'" } map { encode_utf8($_) } @args;
	my $out = `$ENV{BUILDDIR}/customerapi $line 2>&1 </dev/null`;
	return ($? >> 8, decode_utf8($out));
}

# ------------------------------------------------------------------ who was erased before
my $gone = 'email:ev@müller-beispiel.example';	# as it was stored then
$w->sql("INSERT INTO Contact (ContactId, LastName, CreationDate, ModificationDate) VALUES (5, "
	. "'Gone', $t);
	INSERT INTO ContactIdentifier VALUES ('gone', '$gone', 5, 1, $t)");
is((admin(qw(contact erase C1 A1 --yes --contact-id 5)))[0], 0,
	'a guest was erased under the identifier of before');

# ------------------------------------------------------------------ back to the version before
my $number = 12;	# of the migration
my ($many, $chunk) = (2500, 1000);
sub downgrade {
	$w->sql('ALTER TABLE Address DROP COLUMN EmailNormal; DELETE FROM ContactIdentifier; '
		. 'DELETE FROM Address; DELETE FROM Contact');
	$w->sql("DELETE FROM api_schema WHERE scope = 'tenant' AND version >= $number");
	$w->sql("INSERT INTO Contact (ContactId, LastName, DeletionFlag, CreationDate, "
		. "ModificationDate)
			SELECT seq, CONCAT('Name', seq), 0, $t FROM seq_1_to_$many;
		INSERT INTO Address (AddressId, ContactId, BrandId, ContactAddressTypeId, Email, "
			. "CreationDate, ModificationDate)
			SELECT seq, seq, 1, 1, CONCAT('User', seq, '\@Example.ORG'), $t FROM "
				. "seq_1_to_$many;
		INSERT INTO ContactIdentifier SELECT CONCAT('a', LPAD(seq, 6, '0')), "
			. "CONCAT('email:user', seq, '\@example.org'), seq, 1, $t
			FROM seq_100_to_$many");
}
my $mixed = 'zoe@müller-beispiel.example';
my %guests = (	# key => [identifier, contact, Source]
	# One mailbox, four contacts; the oldest is not looked at first.
	z04 => ["email:$mixed", 11, 1], z05 => ['email:' . NFD($mixed), 12, 1],
	z07 => ['email:zoe@xn--mller-beispiel-gsb.example', 10, 1],
	z08 => ['email:zoe@mÜller-beispiel.example', 13, 1],
	z09 => ["email:$mixed", 11, 2],		# in another Source nobody else
	# The one that has the form already is younger.
	z10 => ['email:jo@xn--strae-oqa.example', 21, 1], z11 => ['email:jo@straße.example', 20,
		1],
	# One contact, two spellings.
	z12 => ['email:li@例子.example', 30, 1], z13 => ['email:li@xn--fsqu00a.example', 30, 1],
	# And one of these beside an older contact.
	z14 => ['email:ада@тест.рф', 32, 1], z15 => ['email:АДА@тест.рф', 32, 1],
	z16 => ['email:ада@xn--e1aybc.xn--p1ai', 31, 1],
	# No addresses, no guests.
	z20 => ['email:nobody', 40, 1], z21 => ['emailuser@müller.example', 41, 1],
	z22 => ['700', 10, 1],
	a000500b => ['email:early@bücher.example', 60, 1], b01 => ['email:alone@bücher.example',
		50, 1],
);
my %emails = (10 => $mixed, 11 => NFD(uc $mixed), 30 => 'no address', 31 => undef,
	32 => " \x{a0}ada\@ТЕСТ.рф",
	1700 => 'Zoe@XN--MLLER-BEISPIEL-GSB.example');
sub fill {
	$w->sql('INSERT INTO ContactIdentifier VALUES ' . join ', ',
		map { my ($i, $c, $source) = @{ $guests{$_} };
			"('$_', '$i', $c, $source, $t)" } sort keys %guests);
	$w->sql('UPDATE Address SET Email = ' . quoted($emails{$_}) . " WHERE ContactId = $_")
		for sort keys %emails;
}
downgrade();
fill();
my $version = "SELECT MAX(version) FROM api_schema WHERE scope = 'tenant'";
cmp_ok(value($version), '<', $number, 'a database of before');

my ($code, $out) = admin(qw(contact find C1 A1 --email a@b.example));
isnt($code, 0, 'is not worked with');
like($out, qr/run customerapi migrate/, 'and says what to do');
my $dump = sub { return $db->dump_of('--skip-comments tenant1') };
my $before = $dump->();
($code, $out) = admin(qw(migrate --dry-run));
is($code, 0, 'a dry run');
like($out, qr{Would apply to C1/A1 \(tenant1\): $number address-normal}, 'says what would be done');
is($dump->(), $before, 'and does nothing');

# ------------------------------------------------------------------ killed midway, twice
# Runs migrate until it waits for a row that somebody else has, and kills it there.
sub killed_at {
	my ($what, $lock) = @_;
	my $rival = Rival->new($db, 'tenant1');
	$rival->do('START TRANSACTION');
	$rival->do("$lock FOR UPDATE");
	my $pid = fork // die $!;
	if (!$pid) {
		$ENV{$_} = $s->{env}{$_} for keys %{ $s->{env} };
		open STDOUT, '>', '/dev/null';
		open STDERR, '>', '/dev/null';
		{ exec "$ENV{BUILDDIR}/customerapi", 'migrate' };
		POSIX::_exit(127);
	}
	ok(Rival::until_waiting($db), "$what: at work");
	kill 'KILL', $pid;
	waitpid $pid, 0;
	is($? & 127, 9, "$what: killed");
	$rival->do('ROLLBACK');
	my $waits = "SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK "
		. "WAIT'";
	do { sleep 0.15 } while $db->value($waits);	# its statement is not seen any more
	cmp_ok(value($version), '<', $number, "$what: the migration counts as not done");
}
# The column is there only when the statements are done.
$w->sql('ALTER TABLE Address ADD COLUMN IF NOT EXISTS EmailNormal VARCHAR(254) CHARACTER SET '
	. 'utf8mb4 COLLATE utf8mb4_nopad_bin NULL AFTER Email,
	ADD KEY IF NOT EXISTS EmailNormal (EmailNormal)');
killed_at('addresses', 'SELECT Email FROM Address WHERE AddressId = 1500');
is(rows('SELECT COUNT(EmailNormal), MAX(IF(EmailNormal IS NULL, 0, AddressId)) FROM Address'),
	($chunk - 2) . "|$chunk",
	'addresses: what was committed stays');
is(value("SELECT COUNT(*) FROM ContactIdentifier WHERE Identifier = '$guests{b01}[0]'"), 1,
	'guests are as they were');
killed_at('guests', "SELECT Identifier FROM ContactIdentifier WHERE ContactIdentifierId = 'z11'");
is(value('SELECT COUNT(*) FROM Address WHERE (Email LIKE \'%@%\') <> (EmailNormal IS NOT NULL)'), 0,
	'guests: all addresses are done');
is(rows("SELECT COUNT(*) FROM ContactIdentifier WHERE Identifier LIKE '%müller%'"), 3,
	'guests: their chunk is not');
is(value("SELECT Identifier FROM ContactIdentifier WHERE ContactIdentifierId = 'a000500b'"),
	'email:early@xn--bcher-kva.example', 'guests: an earlier one is');

# ------------------------------------------------------------------ again, to the end
sub is_migrated {
	my ($name) = @_;
	my $zoe = 'zoe@xn--mller-beispiel-gsb.example';
	is(rows("SELECT ContactId, SourceId, Identifier FROM ContactIdentifier WHERE "
		. "ContactIdentifierId NOT LIKE 'a______' ORDER BY ContactId, SourceId, "
		. 'Identifier'),
		join("\n", '10|1|700', "10|1|email:$zoe", "11|1|email:DUPLICATE $zoe 11",
			"11|2|email:$zoe", "12|1|email:DUPLICATE $zoe 12",
			"13|1|email:DUPLICATE $zoe 13",
		'20|1|email:jo@xn--strae-oqa.example',
		'21|1|email:DUPLICATE jo@xn--strae-oqa.example 21',
		'30|1|email:li@xn--fsqu00a.example',
		'31|1|email:ада@xn--e1aybc.xn--p1ai',
		'32|1|email:DUPLICATE ада@xn--e1aybc.xn--p1ai 32', '40|1|email:nobody',
		'41|1|emailuser@müller.example',
		'50|1|email:alone@xn--bcher-kva.example', '60|1|email:early@xn--bcher-kva.example'),
		"$name: guests");
	is(rows("SELECT ContactId, EmailNormal FROM Address WHERE Email NOT LIKE '%\@Example.ORG' "
		. "COLLATE utf8mb4_bin OR Email IS NULL OR ContactId = 99 ORDER BY 1"),
		join("\n", "10|$zoe", "11|$zoe", '30|NULL', '31|NULL', '32|ada@xn--e1aybc.xn--p1ai',
			'99|user99@example.org', "1700|$zoe"), "$name: addresses");
	is(value("SELECT COUNT(*) FROM Address WHERE EmailNormal <> LOWER(Email) AND Email LIKE "
		. "'%example.org'"), 0, "$name: all of them");
	is(value("SELECT COUNT(*) FROM ContactIdentifier WHERE ContactIdentifierId LIKE 'a______' "
		. "AND Identifier = CONCAT('email:user', ContactId, '\@example.org')"),
		$many - 99, "$name: who had the normal form keeps it");
	is(rows('SELECT COUNT(*), COUNT(DISTINCT ModificationDate) FROM Address'), "$many|1",
		"$name: nothing counts as changed");
}
($code, $out) = admin('migrate');
is($code, 0, 'migrated') or diag($out);
cmp_ok(value($version), '>=', $number, 'the version says so');
is_migrated('after two deaths');
($code, $out) = admin('migrate');
like($out, qr/C1\/A1 \(tenant1\) is at version \d+, the newest/, 'once more: nothing to do');
# The step again, over what it has made itself.
$w->sql("DELETE FROM api_schema WHERE scope = 'tenant' AND version >= $number");
is((admin('migrate'))[0], 0, 'the step is run again');
is_migrated('over its own work');
downgrade();
fill();
is((admin('migrate'))[0], 0, 'undisturbed');
is_migrated('at one go');

# ------------------------------------------------------------------ what is found afterwards
sub found { my (@who) = @_; my ($code, $out) = admin(qw(contact find C1 A1 --json), @who);
	return $code ? 'nobody' : join ' ',
		sort { $a <=> $b } map { $_->{ContactId} } @{
			$json->decode(encode_utf8($out))->{Contacts} } }
is(found('--email', $_), '10 11 12 13 1700', "contact find: $_") for $mixed, NFD($mixed), uc $mixed,
	'zoe@xn--mller-beispiel-gsb.example';
is(found('--email', 'Ада@ТЕСТ.рф'), '31 32',
	'also one that was set aside and has no address');
is(found('--identifier', "email:$mixed", '--source-id', 1), '10',
	'an identifier is one contact\'s');

sub doctor {
	my (undef, $out) = admin(qw(doctor --json --no-smtp));
	return grep { $_->{Check} eq 'guests' } @{
		$json->decode(encode_utf8($out =~ s/^[^{]*//r))->{Checks} };
}
my @said = doctor();
is(join("\n", map { "$_->{Result}: $_->{Message}" } @said),
	join("\n", map { "warning: C1/A1: contacts $_ are guests of Source 1 with one mailbox." }
	'20 and 21', '10 and 11', '10 and 12', '10 and 13', '31 and 32'),
		'doctor lists those that are one mailbox');
like($said[0]{Fix},
	qr/customerapi contact export C1 A1 --contact-id 21 .* until duplicates are merged/,
	'and what to do');
unlike(join(' ', map { "$_->{Message} $_->{Fix}" } @said), qr/@/, 'without their addresses');
$w->sql("UPDATE ContactIdentifier SET ContactId = 10 WHERE ContactId IN (11, 12); UPDATE Contact "
	. "SET DeletionFlag = 1 WHERE ContactId IN (21, 13)");
is(join("\n", map { $_->{Message} } doctor()),
	'C1/A1: contacts 31 and 32 are guests of Source 1 with one mailbox.',
	'those that were merged or deleted not');

# ------------------------------------------------------------------ and when they come again
$s->start;
my $id = 8000;
sub ordered {
	my ($email, %more) = @_;
	return $w->post('Shopify/Order/Insert', { id => ++$id, name => "#$id", currency => 'EUR',
		financial_status => 'paid', total_price => '10.00', total_tax => '0.00',
		total_discounts => '0.00', email => $email, taxes_included => JSON::PP::true,
		created_at => '2026-03-01T10:00:00Z', updated_at => '2026-03-01T10:00:00Z',
		customer => undef,
		line_items => [{ id => $id, variant_id => 11, product_id => 10, sku => 'A',
			name => 'Cup', quantity => 1, price => '10.00', tax_lines => [],
			discount_allocations => [] }],
		shipping_lines => [], discount_codes => [], %more });
}
is(ordered($_)->{outcome}, 'done', "an order of $_") for $mixed, uc $mixed, NFD($mixed);
is(rows('SELECT DISTINCT ContactId FROM PurchaseHeader'), '10', 'is the oldest contact\'s');
my $contacts = value('SELECT COUNT(*) FROM Contact');
my $r = ordered('Ev@MÜLLER-Beispiel.example' =~ s/MÜLLER/müller/r);
is($r->{outcome}, 'superseded', 'a late delivery of who was erased under the identifier of before')
	or diag($r->{reason});
is(value('SELECT COUNT(*) FROM Contact'), $contacts, 'brings nobody back');
$w->admin('user add C1 A1 box --rights webhook --password-file -', 'box-canary');
for my $data ({}, { email => 'ev@müller-beispiel.example' }) {
	my $sent = $w->request('POST', '/ProcessManagement/Connector/Adictiz'
		. '/AdictizCampaignParticipation/Add?customerName=C1&databaseAlias=A1&login=box'
			. '&password=box-canary&adictizSourceId=1',
		{ timestamp => 1539704351, request_id => 'r' . keys %$data,
			event_type => 'FormSubscribe',
			data => { operation_id => 'op', user_id => 'u1', %$data } });
	$r = $w->became($sent->{json}{Receipt});
	is($r->{outcome}, %$data ? 'superseded' : 'done',
		%$data ? 'a form that then names that person' : 'a form of somebody')
		or diag($r->{reason});
}
is(value("SELECT COUNT(*) FROM ContactIdentifier WHERE Identifier LIKE 'email:ev%'"), 0,
	'nor does that');
is(ordered('ev@müller-beispiel.example', updated_at => '2099-01-01T00:00:00Z')->{outcome}, 'done',
	'a new order of that person');
is(value("SELECT COUNT(*) FROM ContactIdentifier WHERE Identifier = "
	. "'email:ev\@xn--mller-beispiel-gsb.example'"), 1, 'is a new guest\'s');

# An erasure takes those that were set aside, too.
is((admin(qw(contact erase C1 A1 --yes --all --email), 'АДА@тест.рф'))[0], 0, 'erased');
is(value("SELECT COUNT(*) FROM Contact WHERE ContactId IN (31, 32)"), 0, 'both');
is(value("SELECT COUNT(*) FROM ContactIdentifier WHERE Identifier LIKE '%ада%'"), 0,
	'and their identifiers');

$w->stop;
done_testing();
