# What a GET, a form post and a JSON body say: the queue's worker gets an object, the mail shows all
# of it as tables, with the right attachment, subject and Reply-To. Through nginx, daemon and exim.
use strict;
use warnings;
use utf8;
use Encode qw(decode decode_utf8 encode_utf8);
use JSON::PP;
use MIME::Base64 qw(decode_base64);
use MIME::QuotedPrint qw(decode_qp);
use Test::More;
use Time::HiRes qw(sleep time);
use Exim;
use World;

binmode $_, ':encoding(UTF-8)' for Test::More->builder->output, Test::More->builder->failure_output;
my $exim = Exim->start(tls => 0);
my $w = World->start(scheduler => { CUSTOMERAPI_SMTP_PORT => $exim->port,
	CUSTOMERAPI_SMTP_TLS => 'none',
	CUSTOMERAPI_SMTP_FROM => 'api@demo.example', CUSTOMERAPI_MAIL_PER_HOUR => 1000 });
my $s = $w->{s};
$w->admin('source set C1 A1 --source-id 1 --may-write all');
$w->admin('mail-allow add C1 A1 @demo.example');
$w->admin('mail-allow add C2 A2 @demo.example');
my $standard = '/ProcessManagement/Connector/Standard';
my $key = 'SourceId=1&key=key-1';
my $form = 'application/x-www-form-urlencoded';

sub send_to {
	my ($method, $path, $query, $type, $body) = @_;
	return $w->request($method, "$standard/$path?$key$query", $body,
		defined $type ? ('Content-Type' => $type) : ());
}
sub taken {
	my ($r, $what) = @_;
	is($r->{status}, 202, "$what: taken") or diag($r->{content});
	return $r->{json}{Receipt};
}
sub stored { my ($receipt, $what) = @_;
	return $s->value("SELECT $what FROM api_message WHERE receipt = x'$receipt'") }
sub parts {
	my (@pairs) = @_;
	my $body = '';
	while (my ($head, $value) = splice @pairs, 0, 2) {
		$body .= "--xyz\r\nContent-Disposition: form-data; $head\r\n\r\n$value\r\n";
	}
	return ("multipart/form-data; boundary=xyz", $body . "--xyz--\r\n");
}

# ---------------------------------------------------------------- the queue

sub contact {
	my ($last) = @_;
	my ($row) = $w->sql("SELECT HEX(COALESCE(FirstName, '')), LastName, DATE(BirthDate) FROM "
		. "Contact WHERE LastName = '$last'");
	return join '|', decode_utf8(pack 'H*', $row->[0] // ''), @$row[1, 2];
}
sub queued {
	my ($what, $method, $query, $type, $body) = @_;
	my $receipt = taken(send_to($method, 'QueueProcess/C1/A1/Standard/Contact/Insert', $query,
		$type, $body), $what);
	return ($w->became($receipt), $receipt);
}
my @ways = (
	['GET', 'GET', '&FirstName=Ada+M.&LastName=Ginger&Birthdate=1815-12-10', undef, undef,
		'Ada M.', 'Ginger'],
	['GET with names percent-encoded and in another case', 'GET',
		'&firstname=Zo%C3%AB&%4Castname=Gwen&birthdate=1815-12-10', undef, undef, 'Zoë',
		'Gwen'],
	['POST without a body', 'POST', '&FirstName=Ada&LastName=Ghost&Birthdate=1815-12-10', undef,
		'', 'Ada', 'Ghost'],
	['a form', 'POST', '', $form, 'FirstName=Ren%C3%A9e+X&LastName=Form&Birthdate=1815-12-10',
		'Renée X', 'Form'],
	['a form with a charset, and bytes as they are', 'POST', '', "$form; charset=UTF-8",
		encode_utf8('FirstName=Renée&LastName=Bytes&Birthdate=1815-12-10'), 'Renée',
		'Bytes'],
	['a form in parts', 'POST', '', parts('name="FirstName"', encode_utf8('Jürgen'),
		'name="LastName"', 'Parts', 'name="Birthdate"', '1815-12-10'), 'Jürgen', 'Parts'],
	['JSON that is called a form, as curl -d does', 'POST', '', $form,
		'{"FirstName":"Curl","LastName":"Json","Birthdate":"1815-12-10"}', 'Curl', 'Json'],
);
for (@ways) {
	my ($what, $method, $query, $type, $body, $first, $last) = @$_;
	my ($became, $receipt) = queued($what, $method, $query, $type, $body);
	is($became->{outcome}, 'done', "$what: done") or diag($became->{reason});
	is(contact($last), "$first|$last|1815-12-10", "$what: the contact");
	is(stored($receipt, 'HEX(body)'), uc unpack('H*', $body), "$what: stored as it came")
		if defined $body && $body ne '';
}

# Numbers, flags and dates of other entities as text, too.
my $id = $w->value("SELECT ContactId FROM Contact WHERE LastName = 'Ginger'");
$w->sql("INSERT INTO Country (CountryId, Label, CreationDate, ModificationDate) VALUES ('FRA', "
	. "'France', '2026-01-01', '2026-01-01') ON DUPLICATE KEY UPDATE CountryId = CountryId");
for (['GET', "&ContactId=$id&Email=boss\@demo.example&City=Paris&EmailOptin=true&AddressOptin=0"
	. "&CountryId=FRA", undef, undef, 'Paris|NULL|1|0|FRA'],
	['POST', '', $form, "ContactId=$id&Email=a%40demo.example&City=Lyon&EmailOptin=1"
		. "&AddressOptin=false&CountryId=FRA&PostCode=", 'Lyon|a@demo.example|1|0|FRA']) {
	my ($method, $query, $type, $body, $want) = @$_;
	my $became = $w->became(taken(send_to($method, 'QueueProcess/C1/A1/Standard/Address/Insert',
		$query, $type, $body), "$method of an address"));
	is($became->{outcome}, 'done', "$method of an address: done") or diag($became->{reason});
	is_deeply($w->rows("SELECT City, Email, EmailOptin, AddressOptin, CountryId FROM Address "
		. "WHERE ContactId = $id"), [$want],
		'with each value; Email of a query is the recipient');
}

# Beside a body the query is never merged into it.
my ($became) = queued('a body and further parameters', 'POST', '&FirstName=Query&Nonsense=1', undef,
	'{"LastName":"Merge"}');
is($became->{outcome}, 'done', 'a body and further parameters: done');
like(contact('Merge'), qr/^\|Merge\|/, 'and the query is not in it');

# What says nothing sensible is dead, with the reason.
my $long = 'n' x 501;
my %dead = (
	'no content at all' => ['GET', '', undef, undef, qr/^The content is empty\.$/],
	'only parameters that are secret' => ['GET', '&password=hush-canary', undef, undef,
		qr/^The content is empty\.$/],
	'too many fields' => ['POST', '', $form, join('&', map { "f$_=1" } 1 .. 2001),
		qr/^The form has more than 2000 fields\.$/],
	'a name that is too long' => ['POST', '', $form, "$long=1",
		qr/^The form has a field whose name is longer than 500 bytes\.$/],
	'parts without a boundary' => ['POST', '', 'multipart/form-data', "--x\r\n\r\n1\r\n",
		qr/^The body says that it is a form in parts, and has none\.$/],
	'another boundary' => ['POST', '', 'multipart/form-data; boundary=abc',
		"--x\r\nContent-Disposition: form-data; name=\"LastName\"\r\n\r\nX\r\n--x--\r\n",
		qr/in parts, and has none/],
	'a form in parts that is too long' => ['POST', '', parts('name="a"', 'x' x (1 << 20)),
		qr/^The form in parts has more than 1048576 bytes\.$/],
	'a part for each of its few bytes' => ['POST', '', 'multipart/form-data; boundary=b',
		"--b\r\n" x 12000, qr/^The form has more than 2000 fields\.$/],
	'parts without names' => ['POST', '', 'multipart/form-data; boundary=b',
		"--b\r\n\r\nx\r\n--b--\r\n", qr/^The form has no fields\.$/],
	'too many parts' => ['POST', '', parts(map { ("name=\"f$_\"", 1) } 1 .. 2001),
		qr/^The form has more than 2000 fields\.$/],
	'a member that a contact does not have' => ['GET', '&LastNamee=X&Frobnicate=1', undef,
		undef, qr/Frobnicate/],
	'broken JSON that is called a form' => ['POST', '', $form, '{"LastName":',
		qr/JSON|ends|value/],
);
for my $what (sort keys %dead) {
	my ($method, $query, $type, $body, $why) = @{ $dead{$what} };
	my ($became) = queued($what, $method, $query, $type, $body);
	is($became->{outcome}, 'dead', "$what: dead");
	like($became->{reason}, $why, "$what: why");
}
($became) = queued('no Unicode', 'POST', '', $form, 'FirstName=%FF%00%zz&LastName=%C3%28Unicode');
is($became->{outcome}, 'done', 'bytes that are no Unicode: done');
like(join(' ', @{ $became->{remarks} }),
	qr/^The body had \d+ characters? that Unicode does not have/, 'with a remark');
is(decode_utf8($w->value("SELECT FirstName FROM Contact WHERE LastName LIKE '%Unicode'")),
	'%FF%00%zz', 'what cannot be decoded stays as it was written');
my @file = parts('name="LastName"', 'File', 'name="photo"; filename="a.jpg"', "\xff\xd8\0binary",
	'name="none"; filename=""', '');
($became) = queued('a form with a file', 'POST', '', @file);
is($became->{outcome}, 'done', 'a form with a file: done');
is_deeply($became->{remarks}, ['1 file of the form left out.'],
	'and the file that is left out is said; one that nobody chose is none');
my $deep = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" x 3000;
($became) = queued('parts of parts', 'POST', '', 'multipart/form-data; boundary=b', "--b\r\n$deep");
is($became->{outcome}, 'dead', 'parts of parts of parts: dead, and the worker lives');

# ---------------------------------------------------------------- names

sub refused {
	my ($what, $path, $query, $field, $says) = @_;
	my $r = send_to('GET', $path, $query);
	is($r->{status}, 400, "$what: refused");
	my ($fault) = grep { $_->{field} eq $field } @{ $r->{json}{errors} // [] };
	like($fault->{message} // $r->{content}, $says, "$what: with the suggestion");
}
my $to_queue = 'QueueProcess/C1/A1/Any/Thing/Seen';
my $to_mail = 'EmailProcess/C1/A1/Any/Thing/Sent';
refused('a letter missing', $to_queue, '&BrandI=1', 'BrandI', qr/did you mean BrandId\?/);
refused('two that changed places', $to_queue, '&BtachMode=1', 'BtachMode',
	qr/did you mean BatchMode\?/);
refused('of a mail', $to_mail, '&Email=a@demo.example&SourceIdd=1', 'SourceIdd',
	qr/did you mean SourceId\?/);
refused('beside a good one', $to_queue, '&a=1&b=2&contactAddressTypeIds=1', 'contactAddressTypeIds',
	qr/did you mean ContactAddressTypeId\?/);
refused('a documented one twice', $to_queue, '&ZoneId=1&zoneid=1', 'zoneid', qr/is given twice/);
refused('a documented value that is wrong', $to_queue, '&a=1&ZoneId=x', 'ZoneId', qr/integer/);
is(send_to('GET', $to_queue, join '', map { "&a$_=1" } 1 .. 63)->{status}, 400,
	'more than 64 parameters: refused');
taken(send_to('GET', $to_queue, '&keys=1&Emails=2&Emial=3&zone=4&ZoneIdent=5'),
	'names near short ones, and further from long ones');
taken(send_to('GET', $to_mail, '&Email=a@demo.example&BatchMode=x&BatchMod=1'),
	'names of another action');
my ($r) = send_to('GET', $to_mail, '&a=1&email=b%40demo.example');
is($r->{status}, 202, 'Email in any case is the recipient');
is(stored($r->{json}{Receipt}, 'email'), 'b@demo.example', 'and stored so');
is(send_to('GET', $to_mail, '&a=1&Email=b%40evil.example')->{status}, 403,
	'who must be on the list');

# Order: a query and a form say what they are about, as JSON does.
my @about = map { stored(taken(send_to(@$_), 'about 7'), 'HEX(ordering_key)') } ['POST', $to_queue,
	'', undef, '{"id":7}'], ['GET', $to_queue, '&a=1&id=7'],
	['POST', $to_queue, '', $form, 'a=1&id=7'], ['POST', $to_queue, '&id=7', undef, ''];
is_deeply([@about[1 .. 3]], [($about[0]) x 3],
	'what is about one thing keeps its order, however it is said');

# The help pages.
# The help pages.
my $of_both = 'SourceId_ZoneId_BrandId_ContactAddressTypeId_key';
my %parameters = (EmailProcess => "${of_both}_Email",
	QueueProcess => "${of_both}_BatchMode_Email_secondsOfInvisibility");
for my $method (qw(GET POST)) {
	my %html = map { $_ => $w->request('GET', join '-',
		"/HelpWebapi/Api/$method-ProcessManagement-Connector-Standard", $_,
		'CustomerName-DatabaseAlias-ExternalPlatform-ExternalEntity',
		"ExternalAction_$parameters{$_}")->{content} } sort keys %parameters;
	like($html{EmailProcess}, qr/EmailProcess/, "$method EmailProcess: its page");
	unlike($html{EmailProcess}, qr/Writes the|rows|unrouted/,
		'does not claim that anything is written');
	like($html{QueueProcess}, qr/Writes the contact/,
		"$method QueueProcess: its page says what is");
	like($_, qr/[Ee]very other parameter is content/, 'and both what else the query may hold')
		for values %html;
	my ($query) = $html{QueueProcess} =~ /curl -sS[^<]*\?([^<]*?)&quot;/;
	$query = ($query // '') =~ s/&amp;/&/gr =~ s/^SourceId=1//r;
	like($query, qr/^&id=\d+&first_name=/, 'the sample of GET has content') if $method eq 'GET';
	($became) = $w->became(taken(send_to('GET', 'QueueProcess/C1/A1/Shopify/Customer/Insert',
		$query), 'the sample')) if $method eq 'GET';
	is($became->{outcome}, 'done', 'which is worked off') or diag($became->{reason});
}

# ---------------------------------------------------------------- mails

sub mail_of {
	my ($receipt) = @_;
	my ($end, $mail) = (time + 30);
	while (!$mail && time < $end) {
		($mail) = grep { /^Message-I[dD]: <$receipt/m } $exim->mails;
		sleep 0.05;
	}
	return Mail->new($mail // '');
}
my $sent = 0;
sub mailed {
	my ($what, $method, $query, $type, $body) = @_;
	my $n = ++$sent;
	return mail_of(taken(send_to($method, "EmailProcess/C1/A1/Any/Thing$n/Sent",
		"&Email=boss\@demo.example$query", $type, $body), $what));
}

my $mail = mailed('GET', 'GET', '&zeta=1&alpha=two+words&subject=Hello%20there&tag=a&tag=b&tag=c'
	. '&note=%3Cb%3E%26&password=hush-canary&Key2=x');
is($mail->text =~ s/\n\nDelivery\n.*//sr, "Any sent Thing1 Sent to C1/A1.\n\nzeta     1\nalpha    "
	. "two words\nsubject  Hello there\ntag      a, b, c\nnote     <b>&\nKey2     x",
	'GET: its parameters, in their order, a repeated one as a list; none of ours, none that '
		. 'is secret');
like($mail->subject, qr/ Sent Hello there$/, 'the subject is theirs');
like($mail->html, qr/>&lt;b&gt;&amp;<\/td>/, 'as text in HTML');
is($mail->attached, "$form webhook.txt zeta=1&alpha=two+words&subject=Hello%20there&tag=a&tag=b"
	. "&tag=c&note=%3Cb%3E%26&Key2=x", 'and attached');
like($mail->text, qr/\nDelivery\n\nReceipt   [0-9a-f]{32}\nReceived  2\d{3}-/,
	'which delivery it was');

$mail = mailed('a form', 'POST', '&page=%2Fcontact&password=hush-canary', $form,
	'name=Zo%C3%AB&color=red&color=blue&empty=&%20=nothing&text=one%0D%0Atwo');
like($mail->text, qr/^name   Zoë\ncolor  red, blue\n       nothing\ntext   one\n       two\n/m,
	'a form: its fields, in their order');
like($mail->text, qr/^Without a value: empty\.$/m, 'those without a value');
like($mail->text, qr/^Parameters of the address\n\npage  \/contact\n/m,
	'and what else the address says');
like($mail->html, qr/one\s*\ntwo/, 'lines stay lines');
is($mail->attached, "$form webhook.txt name=Zo%C3%AB&color=red&color=blue&empty=&%20=nothing"
	. "&text=one%0D%0Atwo", 'attached as it came');
like($mail->subject, qr/ Sent Zoë$/, 'named by its name');
my ($longer, $longest) = ('customer_default_address_street_1',
	'customer_default_address_street_12');
$mail = mailed('longer names', 'POST', '', $form,
	"$longer=Upstreet&$longest=Downstreet&a=x%0D%0A%0D%0A$longer:%20y%0A%0A");
like($mail->text,
	qr/^$longer   Upstreet\n$longest  Downstreet\na {35}x\n\n {36}$longer: y\n\nDelivery/m,
	'names of 33 and 34 characters are in the column; no line of a value stands where names do');
$mail = mailed('a form in parts', 'POST', '',
	parts('name="name"', 'Ada', 'name="photo"; filename="a.txt"', 'abc', 'name="q[]"', '1',
		'name="q[]"', '2'));
like($mail->text, qr/^name  Ada\nq\[\]   1, 2\n/m, 'a form in parts: its fields');
like($mail->text, qr/^1 file of the form left out; the attachment has all\.$/m,
	'and that there was a file');
like($mail->attached, qr{^text/plain webhook\.txt --xyz\r\n}, 'attached as text');

# JSON of any shape.
my $order = { order_number => 1001, total_price => '12.50', currency => 'EUR',
	cancelled_at => undef, tags => [], gift => JSON::PP::false,
	customer => { email => 'ada@demo.example', default_address => { city => 'Zürich',
		zip => '8001' } }, numbers => [1, 2.50, 3],
	line_items => [{ sku => 'A', title => 'Käse', quantity => 3, price => '4.00',
		tax_lines => [{ title => 'VAT', rate => 0.2 }], none => undef },
		{ title => 'Brot', quantity => 1, price => '0.50', weight => 2 }],
	note => 'long ' x 300 };
$mail = mailed('JSON', 'POST', '', undef, encode_utf8(JSON::PP->new->canonical->encode($order)));
my $text = $mail->text;
like($text, qr/^order_number\s+1001\ntotal_price\s+12\.50\ncurrency\s+EUR\n/m,
	'JSON: what a reader looks for comes first');
like($text, qr/^customer\.default_address\.city\s+Zürich$/m, 'members of members by their path');
like($text, qr/^customer\.email\s+ada\@demo\.example$/m, 'at every depth');
like($text, qr/^gift\s+false$/m, 'what is false is shown');
like($text, qr/^numbers\s+1, 2\.50?, 3$/m, 'a list of values on one line');
like($text, qr/^Without a value: cancelled_at, tags\.$/m, 'what has no value by its name');
like($text, qr/^note\s+(?:long ){99}long  … \(the first 500 of 1500 characters\)$/m,
	'a long value cut, with a note');
like($text, qr/^line_items\n\n
	title\s+sku\s+quantity\s+price\s+weight\s+tax_lines\n
	Käse\s+A\s+3\s+4\.00\s+rate:\ 0\.2\d*,\ title:\ VAT\s*\n
	Brot\s+1\s+0\.50\s+2\s*\n/mx, 'a list of objects as a table');
like($mail->html, qr{<h2[^>]*>line_items</h2>\n<table[^>]*>\n<tr><th[^>]*>title</th>},
	'also in HTML');
like($mail->subject, qr/ Sent 1001 12\.50 EUR$/, 'named by its number, with the total');
like($mail->attached, qr{^application/json webhook\.json \{}, 'attached as JSON');
my %subjects = (
	'{"subject":"S","name":"N","id":1}' => 'S', '{"name":"N","id":1}' => 'N',
	'{"id":17}' => '17', '{"Subject":["L"]}' => 'L',
	'{"subject":{"a":1},"number":"R7"}' => 'R7', '[{"name":"N"}]' => 'Sent',
	'{"subject":null,"name":"","Id":"9"}' => '9',
	'{"subject":"=?utf-8?q?=0d=0aBcc:_evil@demo.example?="}' =>
	'=?utf-8?q?=0d=0aBcc:_evil@demo.example?=', '{"subject":"a\u202eb\u0085c"}' => 'ab c',
);
for my $body (sort keys %subjects) {
	$mail = mailed("the subject of $body", 'POST', '', undef, $body);
	like($mail->subject, qr/ \Q$subjects{$body}\E$/, "the subject of $body");
	unlike($mail->head, qr/^Bcc:/mi, "$body: no header of its own");
}

$mail = mailed('a wide list', 'POST', '', undef,
	JSON::PP->new->canonical->encode(
		[{ map { ("column$_" => "value $_ of some length") } 1 .. 7 }]));
like($mail->text,
	qr/^column1 +column2 +column3 +column4 *\nvalue 1 of some length  value 2.*\nNot here, for want of room: column5, column6, column7\.$/m,
	'a wide list: as text what has room on a line');
like($mail->html, qr/value 7 of some length/, 'as HTML all');

# Bounds.
my $wide = { map { ("field$_" => 'x' x 2000) } 1 .. 400 };
$wide->{rows} = [map { my $r = $_; +{ map { ("c$_" => "$r.$_") } 1 .. 20 } } 1 .. 200];
$wide->{"t$_"} = [{ a => 1 }] for 1 .. 40;
my $nested = '1';
$nested = "{\"a\":$nested}" for 1 .. 50;
my $body = JSON::PP->new->canonical->encode($wide);
substr $body, -1, 1, ",\"deep\":$nested}";
$mail = mailed('a body of everything', 'POST', '', undef, $body);
cmp_ok(length $mail->text, '<', 200_000, 'a body of everything: a text that can be read');
like($mail->text, qr/^What else there is \(fields and tables: \d+\) is in the attachment only\./m,
	'which says what it leaves out');
is(scalar(() = $mail->text =~ /^field\d+ /mg) <= 200, 1, 'at most 200 fields');
$mail = mailed('a long list', 'POST', '', undef,
	JSON::PP->new->canonical->encode({ rows => $wide->{rows} }));
like($mail->text,
	qr/^150 more rows\. Without the columns c(?:\d+, c)+\d+\. The attachment has all\.$/m,
	'a long list: rows and columns that are not shown are said');
is(scalar(() = $mail->text =~ /^\d+\.1 /mg), 50, '50 rows');
$mail = mailed('depth', 'POST', '', undef, "{\"deep\":$nested}");
like($mail->text, qr/^deep(?:\.a){8}\s+\S/m, 'what is deeper than eight members is one value');

# Where a text would be made for each of many members, they are only counted.
$mail = mailed('many members', 'POST', '', undef,
	'{' . join(',', map { "\"n$_\":null" } 1 .. 50_000) . ',' . join(',',
		map { "\"o$_\":{\"a\":null}" } 1 .. 20_000) . '}');
like($mail->text,
	qr/^What else there is \(fields and tables: \d+\) is in the attachment only\. Without a value: n1, .* and \d+ more\.$/m,
	'many members: counted');
# Attachments.
my %types = (
	'text/plain; charset=utf-8' => [encode_utf8("Grüße\n"), 'text/plain webhook.txt'],
	'text/xml' => ['<a/>', 'text/xml webhook.xml'],
	'text/csv' => ["a,b\n", 'text/csv webhook.csv'],
	'application/xml' => ['<b/>', 'application/xml webhook.xml'],
	'text/html' => ['<script>alert(1)</script>', 'text/plain webhook.txt'],
	'image/png' => ["\x89PNG\r\n\0", 'application/octet-stream webhook.bin'],
	'application/vnd.x+json' => ['{"a":1}', 'application/json webhook.json'],
	'application/json' => ["\xe9no", 'application/octet-stream webhook.bin'],
);
for my $type (sort keys %types) {
	$mail = mailed("a body of $type", 'POST', '', $type, $types{$type}[0]);
	is($mail->attached, "$types{$type}[1] $types{$type}[0]", "$type: attached as what it is");
}
like(mailed('a text', 'POST', '', 'text/plain', "Hello\nworld")->text,
	qr/^content  Hello\n {9}world$/m, 'a text is shown');

# ---------------------------------------------------------------- Reply-To

sub reply_to { return $_[0]->head =~ /^Reply-To: (.*)$/mi ? $1 : '' }
is(reply_to(mailed('by default', 'POST', '', undef, '{"email":"ada@demo.example"}')), '',
	'no Reply-To unless the tenant allows it');
like($w->admin('alias show C1 A1'), qr/^Reply to:\s+no$/m, 'alias show says so');
$w->admin('alias set C1 A1 --reply-to');
like($w->admin('alias show C1 A1'), qr/^Reply to:\s+yes$/m, 'and when it does');
my @replies = (
	['email of a body', 'POST', '', undef, '{"email":"ada@demo.example"}', 'ada@demo.example'],
	['in any case, with blanks', 'POST', '', $form, 'Email=+ada%40demo.example+',
		'ada@demo.example'],
	['of a form in parts', 'POST', '', parts('name="email"', 'ada@demo.example'),
		'ada@demo.example'],
	['an internationalised domain', 'POST', '', undef,
		encode_utf8('{"email":"ada@bücher.example"}'), 'ada@xn--bcher-kva.example'],
	['mail of a query', 'GET', '&mail=ada@demo.example', undef, undef, 'ada@demo.example'],
	['replyTo of a query', 'GET', '&replyTo=ada@demo.example', undef, undef,
		'ada@demo.example'],
	['mail of a query beside a body', 'POST', '&mail=bea@demo.example', undef, '{"a":1}',
		'bea@demo.example'],
	['the body goes first', 'POST', '&mail=bea@demo.example', undef,
		'{"email":"ada@demo.example"}', 'ada@demo.example'],
	['Email of a query is the recipient', 'GET', '&a=1', undef, undef, ''],
	['two addresses', 'POST', '', undef, '{"email":"ada@demo.example, bea@demo.example"}', ''],
	['a list of two', 'POST', '', $form, 'email=ada@demo.example&email=bea@demo.example', ''],
	['a name beside it', 'POST', '', undef, '{"email":"Ada <ada@demo.example>"}', ''],
	['a header behind it', 'POST', '', undef,
		'{"email":"ada@demo.example\r\nBcc: evil@demo.example"}', ''],
	['a header in an encoded word', 'POST', '', undef,
		'{"email":"=?utf-8?q?=0d=0aBcc:evil?=@demo.example"}', undef],
	['no address', 'GET', '&mail=ada', undef, undef, ''],
);
for (@replies) {
	my ($what, $method, $query, $type, $body, $want) = @$_;
	$mail = mailed($what, $method, $query, $type, $body);
	is(reply_to($mail), $want, "Reply-To: $what") if defined $want;
	unlike($mail->head, qr/^Bcc:/mi, "$what: no other header");
	my $said = $mail->text =~ /^An answer goes to (\S+), as the webhook says\.$/m ? $1 : '';
	is($said, $want, "$what: the text says so") if defined $want;
}
$w->admin('alias set C1 A1 --no-reply-to');
is(reply_to(mailed('taken back', 'POST', '', undef, '{"email":"ada@demo.example"}')), '',
	'no Reply-To when it is taken back');
is(eval { $w->admin('alias set C1 A1 --reply-to --no-reply-to');
	1 }, undef, 'both at once are refused');
for (['', 'no'], ['--reply-to', 'yes']) {
	my ($option, $want) = @$_;
	$w->admin("alias add C1 New$want --database new$want --create-database $option");
	like($w->admin("alias show C1 New$want"), qr/^Reply to:\s+$want$/m, "alias add $option");
}

# A queue's mail is like it.
my $receipt = taken(send_to('GET', 'QueueProcess/C1/A1/Any/Thing/Seen',
	'&Email=boss@demo.example&BatchMode=false&secondsOfInvisibility=0&a=1;key=hush-canary',
	undef, undef), 'a queue with a mail');
is(mail_of($receipt)->text =~ /^a\s+(.*)$/m ? $1 : '', '1;key=***',
	'the mail of a QueueProcess: its content, without what is secret in it');
unlike($w->traces . join('',
	map { $_ . decode_qp($_) . join('',
		map { decode_base64($_) } /\n\n([A-Za-z0-9+\/=\n]{20,})\n/g) } $exim->mails),
		qr/hush-canary|key-1/, 'no secret in any log, table or mail');

done_testing();

# A mail, taken apart.
package Mail;
use Encode ();
use MIME::Base64 ();
use MIME::QuotedPrint ();

sub new { my ($class, $raw) = @_; my ($head) = split /\n\n/, $raw, 2;
	return bless { raw => $raw, head => $head // '' }, $class }
sub head { return $_[0]{head} =~ s/\n[ \t]+/ /gr }
sub subject { my ($self) = @_; my ($s) = $self->{head} =~ /^Subject: (.*(?:\n[ \t].*)*)/m;
	return Encode::decode('MIME-Header', $s // '') }
sub part {
	my ($self, $type) = @_;
	my ($part) = grep { /^Content-Type: \Q$type\E/m
		&& !/^Content-Disposition: attachment/m } split /\n--=-/, $self->{raw};
	my (undef, $text) = split /\n\n/, $part // '', 2;
	return Encode::decode('UTF-8', MIME::QuotedPrint::decode_qp($text // ''));
}
sub text { return $_[0]->part('text/plain') }
sub html { return $_[0]->part('text/html') }
sub attached {
	my ($self) = @_;
	my ($part) = grep { /^Content-Disposition: attachment/m } split /\n--=-/, $self->{raw};
	my ($head, $content) = split /\n\n/, $part // '', 2;
	my ($type) = ($head // '') =~ /^Content-Type: ([^\s;]+)/m;
	my ($name) = ($head // '') =~ /filename="?([^"\s]+)/;
	return join ' ', $type // '', $name // '', MIME::Base64::decode_base64($content // '');
}
