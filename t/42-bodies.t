# Bodies as real senders send them: packed by gzip or deflate, with a byte order mark in front; and
# ids in the query that are 0. Through nginx and the daemon: what is stored, worked off, refused,
# dead, mailed, shown, exported and erased.
use strict;
use warnings;
use Test::More;
use Compress::Raw::Zlib;
use Digest::SHA qw(hmac_sha256);
use IO::Compress::Gzip qw(gzip);
use JSON::PP;
use MIME::Base64 qw(decode_base64 encode_base64);
use MIME::QuotedPrint qw(decode_qp);
use Time::HiRes qw(sleep time);
use Exim;
use World;

use constant MOST => 2 << 20;	# body_max_bytes
my $exim = Exim->start(tls => 0);
my $w = World->start(
	tenant => { time_zone => "'Europe/Paris'", zone_id => 7 },
	scheduler => { CUSTOMERAPI_BODY_MAX_BYTES => MOST, CUSTOMERAPI_SMTP_PORT => $exim->port,
		CUSTOMERAPI_SMTP_TLS => 'none', CUSTOMERAPI_SMTP_FROM => 'api@demo.example' });
my ($s, $secret) = ($w->{s}, 'bodies-secret');
$w->admin('source add C1 A1 --source-id 2 --label Shop --scheme shopify --secret-file -', $secret);
$w->admin('source set C1 A1 --source-id 1 --may-write all');
$w->source(1, 4, content_dedup_s => 2000000000);
$w->source(1, 5);
$w->admin("mail-allow add C$_ A$_ \@demo.example") for 1, 2;
my $token = decode_json($w->admin('token create C1 A1 --rights admin --json'))->{Token};
my %token = ('X-Crm360Api-Token' => $token, 'X-Crm360Api-CustomerName' => 'C1',
	'X-Crm360Api-DatabaseAlias' => 'A1');
$w->sql("INSERT INTO Zone (ZoneId, Label, DeletionFlag, CreationDate, ModificationDate)
	VALUES (7, 'Seven', 0, '2026-01-01', '2026-01-01')");

my $json = JSON::PP->new->utf8->canonical;
my $bom = "\xef\xbb\xbf";
sub gz { my ($text) = @_; gzip(\$text, \my $out) or die; return $out }
sub deflated {
	my ($text, $bits) = @_;
	my ($d) = Compress::Raw::Zlib::Deflate->new(-WindowBits => $bits, -AppendOutput => 1);
	my $out = '';
	$d->deflate($text, $out);
	$d->flush($out);
	return $out;
}
sub zlib { return deflated($_[0], 15) }
sub bare { return deflated($_[0], -15) }
sub hex_of { return uc unpack 'H*', $_[0] }
sub coding { my ($coding) = @_; return defined $coding ? ('Content-Encoding' => $coding) : () }

my $standard = '/ProcessManagement/Connector/Standard';
# A delivery with the key of Source 1; o: process, source, query, headers.
sub deliver {
	my ($coding, $triple, $body, %o) = @_;
	my ($process, $source) = ($o{process} // 'QueueProcess', $o{source} // 1);
	my $query = "SourceId=$source&key=key-1" . ($o{query} // '');
	return $w->request('POST', "$standard/$process/C1/A1/$triple?$query", $body,
		coding($coding),
		%{ $o{headers} // {} });
}
sub said {
	my ($r) = @_;
	die "$r->{status} $r->{content}" if $r->{status} != 202;
	return $r->{json}{Receipt};
}
sub became { my (@args) = @_; return $w->became(said(deliver(@args))) }
sub messages { return $s->value('SELECT COUNT(*) FROM api_message') }
sub stored {
	my ($receipt, $what) = @_;
	return $s->value("SELECT $what FROM api_message WHERE receipt = x'$receipt'");
}
sub kept { my ($receipt) = @_; return decode_json(stored($receipt,
	'headers'))->{'content-encoding'} }
sub faults {
	my ($r) = @_;
	return join '; ', map { "$_->{field} $_->{message}" } @{ $r->{json}{errors} // [] };
}
sub is_there {
	my ($name, $what) = @_;
	is($w->value("SELECT COUNT(*) FROM Contact WHERE LastName = '$name'"), 1, $what);
}

# ---------------------------------------------------------------- packed, and taken

my $insert = 'Standard/Contact/Insert';
my $plain = sub { return $_[0] };
my @good = (
	['gzip', \&gz], ['x-gzip', \&gz], ['GZip', \&gz], ['deflate', \&zlib], ['Deflate', \&bare],
	['identity', $plain], [undef, $plain], [undef, sub { $bom . $_[0] }],
	['gzip', sub { gz(substr $_[0], 0, 7) . gz('') . gz(substr $_[0], 7) }],
	['gzip', sub { gz($bom . $_[0]) }],
);
my $n = 0;
for (@good) {
	my ($coding, $pack) = @$_;
	my ($name, $what) = ('Good' . ++$n, ($coding // 'no coding') . " ($n)");
	my $body = $pack->($json->encode({ LastName => $name }));
	my $receipt = said(deliver($coding, $insert, $body));
	my $became = $w->became($receipt);
	is($became->{outcome}, 'done', "$what: done") or diag($became->{reason});
	is_there($name, "$what: the contact");
	is(stored($receipt, 'HEX(body)'), hex_of($body), "$what: stored as it came");
}
is(kept(said(deliver('x-gzip', $insert, gz('{"LastName":"Kept"}')))), 'gzip',
	'how it is packed is kept');
is(kept(said(deliver('identity', $insert, '{"LastName":"Plain"}'))), undef,
	'nothing when it is not');

# Other platforms; and signatures, which are over what is sent.
my $customer = $json->encode({ id => 4711, email => 'pack@demo.example', first_name => 'Pack',
	last_name => 'Ed', updated_at => '2026-01-02T00:00:00Z',
		created_at => '2026-01-01T00:00:00Z' });
sub signed {
	my ($coding, $body, $over) = @_;
	return $w->request('POST',
		"$standard/QueueProcess/C1/A1/Shopify/Customer/Insert?SourceId=2", $body,
		coding($coding), 'X-Shopify-Topic' => 'customers/create',
		'X-Shopify-Hmac-SHA256' => encode_base64(hmac_sha256($over, $secret), ''));
}
my $packed = gz($customer);
is($w->became(said(signed('gzip', $packed, $packed)))->{outcome}, 'done',
	'Shopify, signed over the packed bytes');
is($w->value("SELECT COUNT(*) FROM ContactIdentifier WHERE Identifier = '4711' AND SourceId = 2"),
	1,
	'the customer');
my $before = messages();
is(signed('gzip', $packed, $customer)->{status}, 401, 'signed over the unpacked ones: refused');
is(signed('br', 'x', 'y')->{status}, 401, 'a wrong signature is told before a wrong coding');
is(messages(), $before, 'and nothing stored');
sub magento {
	my ($id, $name, %more) = @_;
	return $json->encode({ Identifiers => [{ Identifier => $id, SourceId => 1 }],
		FirstName => 'Ma',
		LastName => $name, Addresses => [{ Email => "$id\@demo.example", %more }],
			ZoneId => 0 });
}
is(became('deflate', 'Magento/Contact/Insert', bare(magento(815, 'Gento')))->{outcome}, 'done',
	'Magento, deflate');
is_there('Gento', 'the contact');

# ---------------------------------------------------------------- refused: 415

my @refused = ('br', 'zstd', 'compress', 'x-compress', 'gzip, gzip', 'deflate,gzip',
	'identity, gzip',
	'aes128gcm', 'gzip;q=1', '*');
for my $coding (@refused) {
	$before = messages();
	my $r = deliver($coding, $insert, gz('{}'));
	is("$r->{status} $r->{json}{type}", '415 urn:customerapi:problem:unsupported-encoding',
		"$coding: 415");
	is($r->{headers}{'accept-encoding'}, 'gzip, x-gzip, deflate',
		"$coding: what would be taken");
	is(messages(), $before, "$coding: nothing stored");
}
my $twice = gz(gz('{}'));
like($w->{nginx}->raw(join("\r\n",
	"POST $standard/QueueProcess/C1/A1/$insert?SourceId=1&key=key-1 HTTP/1.1",
	'Host: x', 'Connection: close', 'Content-Encoding: gzip', 'Content-Encoding: gzip',
	'Content-Length: ' . length $twice, '', $twice)), qr{^HTTP/1.1 415 },
		'two lines are two codings');
my %to_boss = (process => 'EmailProcess', query => '&Email=boss@demo.example');
is(deliver('br', 'Any/Thing/Happened', 'x', %to_boss)->{status}, 415, 'EmailProcess: 415');

# ---------------------------------------------------------------- dead

my $noise = join '', map { chr(97 + int rand 26) } 1 .. MOST / 16;
my $large = '{"LastName":"Never","FreeField1":"' . $noise x 16 . '"}';
my $never = '{"LastName":"Never"}';
my $good = gz($never);
my $zeros = gz("\0" x 10_000_000);
my %dead = (
	'cut' => ['gzip', substr($good, 0, -5),
		qr/^The content is not valid gzip, which Content-Encoding /],
	'cut before its check' => ['gzip', substr($good, 0, -8),
		qr/it ends in the middle at byte \d+\.$/],
	'cut in its header' => ['gzip', substr($good, 0, 5),
		qr/it ends in the middle at byte 5\.$/],
	'garbage behind it' => ['gzip', "$good\0",
		qr/something is behind its end at byte @{[length $good]}\./],
	'a body behind it' => ['deflate', zlib($never) . '{}',
		qr/deflate.*something is behind its end/],
	'a byte changed' => ['gzip', do { my $b = $good; substr($b, -6, 1) ^= "\1"; $b },
		qr/incorrect data check/],
	'not packed at all' => ['gzip', $never, qr/incorrect header check/],
	'text for deflate' => ['deflate', $never, qr/not valid deflate/],
	'zlib for gzip' => ['gzip', zlib($never), qr/not valid gzip/],
	'packed twice' => ['gzip', gz($good), qr/not UTF-8/],
	'ten million zeros' => ['gzip', $zeros, qr/ more than (?:200 times larger|2097152 bytes) /],
	'a trap of blanks' => ['deflate', bare('{"LastName":"Never"' . ' ' x 1_500_000 . '}'),
		qr/more than 200 times larger/],
	'more than body_max_bytes' => ['gzip', gz($large),
		qr/^The content has more than 2097152 bytes when it is unpacked\.$/],
	'nothing' => ['gzip', '', qr/^The content is empty\.$/],
	'nothing, packed' => ['gzip', gz(''), qr/^The content is empty\.$/],
	'nothing in an unknown coding' => ['br', '', qr/^The content is empty\.$/],
	'a byte order mark alone' => [undef, $bom, qr/^The content is empty\.$/],
	'two byte order marks' => ['gzip', gz("$bom${bom}{}"), qr/not valid JSON/],
	'UTF-16' => [undef, "\xff\xfe{\0}\0", qr/not UTF-8/],
);
cmp_ok(length $zeros, '<', 11000, 'ten million zeros are little');
for my $what (sort keys %dead) {
	my ($coding, $body, $reason) = @{ $dead{$what} };
	my $r = became($coding, $insert, $body);
	is($r->{outcome}, 'dead', "$what: dead");
	like($r->{reason}, $reason, "$what: why");
}
is($w->value("SELECT COUNT(*) FROM Contact WHERE LastName = 'Never'"), 0,
	'nothing of them is written');
is(became('gzip', $insert, gz('{"LastName":"Fits"' . ' ' x 100000 . '}'))->{outcome}, 'done',
	'what grows much and stays small is content');

# ---------------------------------------------------------------- what is made of a body at intake

my $order = '{"id":820982911946154508,"note":"' . 'x' x 100000 . '"}';
sub ordering {
	my ($coding, $body) = @_;
	my $r = deliver($coding, 'Any/Order/Update', $body, query => '&secondsOfInvisibility=600');
	return stored(said($r), "COALESCE(HEX(ordering_key), 'none')");
}
my $key = ordering(undef, $order);
like($key, qr/^[0-9A-F]{64}$/, 'an order has an ordering key');
my %same = ('gzip' => ['gzip', gz($order)], 'zlib' => ['deflate', zlib($order)],
	'bare deflate' => ['deflate', bare($order)], 'a mark' => [undef, $bom . $order],
	'a packed mark' => ['gzip', gz($bom . $order)], 'a damaged one' => ['gzip',
		substr gz($order), 0, -9]);
is(ordering(@{ $same{$_} }), $key, "$_: the same one") for sort keys %same;
is(ordering('gzip', gz('"no object"')), 'none', 'without an id there is none');
my $one = gz('{"id":1}');
sub is_repetition {
	my ($coding, $body) = @_;
	return deliver($coding, 'Any/Order/Update', $body, source => 4)->{json}{Duplicate} ? 1 : 0;
}
is(is_repetition('gzip', $one), 0, 'a Source that tells repetitions by content');
is(is_repetition('gzip', $one), 1, 'the same bytes are the same');
is(is_repetition(undef, $one), 0, 'not when they say something else');
is(is_repetition(undef, '{"id":1}'), 0, 'nor what is the same only when it is unpacked');
for my $coding ('gzip', 'br') {
	my $receipt = said($w->request('GET',
		"$standard/QueueProcess/C1/A1/Any/Thing/Seen?SourceId=1&key=key-1", undef,
			coding($coding)));
	is(stored($receipt, 'body'), 'SourceId=1', "GET has no body that $coding could be about");
	is(kept($receipt), undef, 'and its query is not packed');
}

# ---------------------------------------------------------------- mail

sub mail_of {
	my ($subject) = @_;
	my ($end, $mail) = (time + 30);
	while (!$mail && time < $end) {
		($mail) = grep { /^Subject: [^\n]*\Q$subject\E/m } $exim->mails;
		sleep 0.05;
	}
	return $mail // '';
}
# Type, name and content of what is attached.
sub attached {
	my ($mail) = @_;
	my ($part) = grep { /^Content-Disposition: attachment/m } split /\n--=-/, $mail;
	my ($head, $content) = split /\n\n/, $part // '', 2;
	my ($type, $name) = map { $head =~ $_ ? $1 : '' } qr/^Content-Type: ([^\s;]+)/m,
		qr/filename="?([^"\s]+)/;
	return "$type $name " . decode_base64($content // '');
}
my $sale = '{"id":77,"name":"#1077","total_price":"12.50","currency":"EUR"}';
my @mails = (['gzip', gz($sale)], ['deflate', bare($sale)], ['gzip', gz($bom . $sale)],
	[undef, $bom . $sale]);
for my $i (0 .. $#mails) {
	is(became($mails[$i][0], "Any/Sale$i/Sent", $mails[$i][1], %to_boss)->{outcome}, 'done',
		"mail $i");
	my $mail = mail_of("Any Sale$i Sent");
	like($mail, qr/^Subject: .*Sale$i Sent #1077 12\.50 EUR/m,
		"mail $i: its subject knows the content");
	like($mail, qr/^total_price\s+12\.50/m, "mail $i: and its table");
	is(attached($mail), "application/json webhook.json $sale",
		"mail $i: it is attached unpacked");
}
my $csv = "${bom}a,b\n1,2\n";
became('gzip', 'Any/Csv/Sent', gz($csv), %to_boss);
is(attached(mail_of('Any Csv Sent')), "text/plain webhook.txt $csv",
	'what is not JSON keeps its byte order mark');
my $r = became('gzip', 'Any/Broken/Sent', "$good\0", %to_boss);
is($r->{outcome}, 'dead', 'a mail of what cannot be unpacked: dead');
like($r->{reason}, qr/something is behind its end/, 'with the reason');
my $mail = mail_of('Any Broken Sent');
like(decode_qp($mail), qr/is behind its end at byte \d+\. It is attached as it came\./,
	'which its recipient is told, too');
is(attached($mail), "application/octet-stream webhook.bin $good\0", 'with what came');
is(became('gzip', $insert, gz('{"LastName":"Both"}'), query => $to_boss{query})->{outcome}, 'done',
	'QueueProcess with a mail');
is(attached(mail_of('Standard Contact Insert')),
	'application/json webhook.json {"LastName":"Both"}',
	'mails what it wrote');

# Where the tenant's database is away, a mail is judged all the same.
$s->sql("UPDATE api_alias SET database_name = 'nowhere' WHERE alias_id = 2");
my %away = (done => gz($sale), dead => substr(gz($sale), 0, 20));
for my $outcome (sort keys %away) {
	my $r = $w->request('POST',
		"$standard/EmailProcess/C2/A2/Any/Thing/Sent?SourceId=1&key=key-2"
		. '&Email=boss@demo.example', $away{$outcome}, coding('gzip'));
	is($w->became(said($r))->{outcome}, $outcome,
		"of a tenant whose database is away: $outcome");
}
$s->sql("UPDATE api_alias SET database_name = 'tenant2' WHERE alias_id = 2");

# ---------------------------------------------------------------- shown

sub shown { my ($receipt) = @_; return decode_json($w->admin("queue show $receipt --body --json")) }
my $receipt = said(deliver('gzip', 'Any/Thing/Shown', $packed));
my $show = shown($receipt);
is($show->{Body}, $customer, 'queue show --body shows what it says');
is($show->{BodyBytes}, length $packed, 'and how many bytes are stored');
like($w->admin("queue show $receipt"), qr/^content-encoding\s+gzip$/m, 'and that it is packed');
$show = shown(said(deliver('gzip', 'Any/Thing/Shown', 'plain')));
is($show->{Body}, 'plain', 'of what cannot be unpacked, what came');
like($show->{BodyFault}, qr/incorrect header check/, 'and why');

# ---------------------------------------------------------------- persons

my %form = (id => 9001, email => 'zoe@persons.example', first_name => 'Zoe', last_name => 'Packed',
	created_at => '2026-01-01T00:00:00Z', updated_at => '2026-01-02T00:00:00Z');
is(became(undef, 'Shopify/Customer/Insert', $json->encode(\%form))->{outcome}, 'done', 'a person');
sub told { my (@args) = @_; return said(deliver($args[0], 'Any/Note/Made', $args[1])) }
my $long = '{"note":"of zoe@persons.example, ' . join(' ', 1 .. 3000) . '"}';
my %about = (
	'gzip' => told('gzip', gz('{"note":"of zoe@persons.example"}')),
	'deflate' => told('deflate', zlib('{"id":5,"mail":"zo\u0065@persons.example"}')),
	'a byte order mark' => told(undef, $bom . '{"customer":{"id":9001}}'),
	'damaged' => told('gzip', substr gz($long), 0, -30),
	'not packed though it says so' => told('deflate', '{"note":"of zoe@persons.example"}'),
);
my $other = told('gzip', gz('{"note":"of zora@persons.example"}'));
$w->became($_) for values %about, $other;
my $file = $s->dir . '/export.json';
$w->admin("contact export C1 A1 --source-id 1 --identifier 9001 --output $file");
my $export = do { open my $fh, '<', $file or die $!; local $/; decode_json(<$fh>) };
my %exported = map { $_->{Receipt} => $_ } @{ $export->{Messages} };
ok($exported{ $about{$_} }, "$_: exported") for sort keys %about;
ok(!$exported{$other}, 'another person is not');
is_deeply($exported{ $about{gzip} }{Body}, { note => 'of zoe@persons.example' },
	'a packed body is exported as what it says');
is_deeply($exported{ $about{'a byte order mark'} }{Body}, { customer => { id => 9001 } },
	'one with a mark, too');
$w->admin('contact erase C1 A1 --yes --source-id 1 --identifier 9001');
is(stored($about{$_}, 'CONCAT(OCTET_LENGTH(body), headers)'), '0{}',
	"$_: erased") for sort keys %about;
is(stored($other, 'OCTET_LENGTH(body) > 0'), 1, 'another person is not');

# What is about the past of who was erased comes too late, packed or not; what is new is a new
# person.
my %late = ('a mail' => ['Any/Customer/Sent', %to_boss],
	'what nothing handles' => ['Any/Customer/Sent'],
	'a customer' => ['Shopify/Customer/Update']);
for my $what (sort keys %late) {
	my ($triple, %o) = @{ $late{$what} };
	my $receipt = said(deliver('gzip', $triple, gz($json->encode(\%form)), %o));
	my $r = $w->became($receipt);
	is("$r->{outcome} $r->{class}", 'superseded erased', "$what: late");
	is(stored($receipt, 'OCTET_LENGTH(body)'), 0, "$what: not kept");
}
is($w->value("SELECT COUNT(*) FROM Contact WHERE LastName = 'Packed'"), 0, 'nobody came back');
$form{updated_at} = '2038-01-01T00:00:00Z';
is(became('gzip', 'Shopify/Customer/Update', gz($json->encode(\%form)))->{outcome}, 'done',
	'news of the person is of a new one');
is_there('Packed', 'who is there');

# ---------------------------------------------------------------- actions with a typed body

sub api {
	my ($coding, $path, $body, %headers) = @_;
	return $w->request('POST', $path, $body, %token, coding($coding), %headers);
}
my $schedule = '{"Time":"03:00"}';
my $daily = '/ProcessManagement/ComputeRefAmounts/Daily';
my @schedules = (['gzip', gz($schedule)], ['x-gzip', gz($schedule)], ['deflate', zlib($schedule)],
	['deflate', bare($schedule)], ['gzip', gz($bom . $schedule)], [undef, $bom . $schedule],
	['identity', $schedule]);
is(api($_->[0], $daily, $_->[1])->{status}, 201,
	($_->[0] // 'no coding') . ': a schedule') for @schedules;
$r = api('gzip', $daily, gz('{"Tim":"03:00"}'));
is($r->{status}, 400, 'a wrong name in it');
like(faults($r), qr/^Tim .*did you mean Time/, 'is told as ever');
$r = api('gzip', $daily, substr gz($schedule), 0, 12);
is("$r->{status} " . faults($r), '400 body cannot be unpacked: The content is not valid gzip, '
	. 'which Content-Encoding says it is: it ends in the middle at byte 12.',
		'a damaged one is a wrong body');
is(api('br', $daily, $schedule)->{status}, 415, 'an unknown coding');
is(api('gzip, deflate', $daily, $schedule)->{status}, 415, 'or two');
is($w->request('POST', $daily, $schedule, coding('br'))->{status}, 401, 'not told to a stranger');
$r = api('gzip', $daily, gz($large));
is("$r->{status} $r->{json}{detail}",
	'413 The request body may have at most 262144 bytes.',
	'one that becomes larger than its action takes');
is(api('gzip', $daily, $zeros)->{status}, 413, 'a trap');
my $set = '/Bonduelle/Club/SetContact?SourceId=1';
is(faults(api($_, $set, '')), 'DrupalId is required',
	"nothing is nothing in $_") for qw(gzip deflate br);
is(api('deflate', $set, zlib('{"DrupalId":"c1","LastName":"Clubber"}'))->{status}, 201, 'the club');
my $rates = '/ProcessManagement/CurrencyRates';
my $file_of_rates = "${bom}CurrencyId,ValidFrom,Rate\nUSD,2026-11-24,0.9134\n";
is(api('gzip', "$rates/Load", gz($file_of_rates))->{json}{Added}, 1, 'a CSV body');
is(api('zstd', "$rates/Load", 'x')->{status}, 415, 'which is as strict');
my %once = ('Idempotency-Key' => 'bodies-1');
my $pound = '{"CurrencyId":"GBP","Rate":"1.17","ValidFrom":"2026-01-01"}';
is(api('gzip', $rates, gz($pound), %once)->{status}, 200, 'with an Idempotency-Key');
$r = api('deflate', $rates, zlib($pound), %once);
is("$r->{status} $r->{headers}{'idempotency-replayed'}", '200 true',
	'the same request, packed in another way, is the same');

is(api('gzip', '/Probe/a%2Fb', $packed)->{json}{BodyBytes}, length $packed,
	'the probe of doctor counts what arrives');

# Adictiz Add reads its body at once, and stores it as it came.
my $add = '/ProcessManagement/Connector/Adictiz/AdictizCampaignParticipation/Add?adictizSourceId=5';
sub participation {
	my ($id, $name) = @_;
	return $json->encode({ timestamp => 1539704351, request_id => $id,
		event_type => 'FormSubscribe',
		data => { user_id => $id, operation_id => 'op', lastname => $name } });
}
my $form = gz(participation('a1', 'Adict'));
$receipt = said(api('gzip', $add, $form));
is($w->became($receipt)->{outcome}, 'done', 'Adictiz, gzip');
is_there('Adict', 'the participant');
is(stored($receipt, 'HEX(body)'), hex_of($form), 'stored as it came');
my $again = api('deflate', $add, bare(participation('a1', 'Adict')));
is($again->{json}{Receipt}, $receipt, 'its request_id is known in any coding');
is($w->became(said(api(undef, $add, $bom . participation('a2', 'Marked'))))->{outcome}, 'done',
	'with a byte order mark');
is_there('Marked', 'another participant');
$before = messages();
like(faults(api('gzip', $add, substr $form, 0, -1)),
	qr/^body cannot be unpacked: .*ends in the middle/,
	'a damaged one is refused');
is(api('br', $add, 'x')->{status}, 415, 'an unknown coding');
is(api('gzip', $add, $zeros)->{status}, 413, 'a trap');
is(messages(), $before, 'and nothing stored');

# ---------------------------------------------------------------- ids in the query that are 0

my $zeroes = 'ZoneId=0&BrandId=0&ContactAddressTypeId=0';
my $ids = 'COALESCE(zone_id, brand_id, address_type_id, -1)';
for my $query ($zeroes, $zeroes =~ s/0//gr, 'ZoneId=00', $zeroes =~ s/ZoneId=0/ZoneId=/r) {
	my $receipt = said(deliver(undef, 'Any/Thing/Zero', 'x', query => "&$query"));
	is(stored($receipt, $ids), -1, "$query says nothing");
}
$receipt = said(deliver(undef, 'Any/Thing/Sent', 'x', %to_boss,
	query => "$to_boss{query}&$zeroes"));
is(stored($receipt, $ids), -1, 'in EmailProcess, too');
$receipt = said(deliver(undef, 'Any/Thing/Zero', 'x', query => '&ZoneId=0&BrandId=3'));
is(stored($receipt, "CONCAT(zone_id IS NULL, '/', brand_id)"), '1/3', 'the others are as they are');
is(became(undef, 'Magento/Contact/Insert', magento(816, 'Zeroed', BrandId => 0, AddressTypeId => 0),
	query => "&$zeroes")->{outcome}, 'done', 'what the connector sends');
is($w->value("SELECT CONCAT_WS('/', c.ZoneId, a.BrandId, a.ContactAddressTypeId)
	FROM Contact c JOIN Address a USING (ContactId) WHERE c.LastName = 'Zeroed'"), '7/1/1',
	'it gets the defaults of the tenant');
for my $id (qw(ZoneId BrandId ContactAddressTypeId)) {
	$r = deliver(undef, $insert, '{}', query => "&$id=-1");
	like("$r->{status} " . faults($r), qr/^400 $id .*from 0 to \d+/,
		"$id=-1 is refused, with the range");
}
sub club { my ($query, $body) = @_; return api(undef, "$set&$query", $body)->{status} }
sub zone { return $w->value("SELECT ZoneId FROM Contact WHERE LastName = 'Clubzero'") }
is(club('ZoneId=0', '{"DrupalId":"z1","LastName":"Clubzero"}'), 201, 'SetContact takes 0, too');
is(zone(), 7, 'for none: the default');
is(club('ZoneId=1', '{"DrupalId":"z1"}') . zone(), '2001', 'a zone is said');
is(club('ZoneId=0', '{"DrupalId":"z1","FirstName":"x"}') . zone(), '2001',
	'then none, which leaves it');
is(club('ZoneId=', '{"DrupalId":"z1","FirstName":"y"}') . zone(), '2001', 'nor does an empty one');
is(club('ZoneId=-1', '{"DrupalId":"z1"}'), 400, 'a negative one is wrong');

$w->stop;
done_testing;
