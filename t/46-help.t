# The help pages through nginx: index, a page per action and entity, addresses of the original,
# escaping, headers, signing in, live state, trying, every sample command.
use strict;
use warnings;
use HTTP::Tiny;
use IO::Compress::Gzip qw(gzip);
use JSON::PP;
use Test::More;
use Demo;

my $demo = Demo->start->seed;
my $url = $demo->url;
my $http = HTTP::Tiny->new(timeout => 30, max_redirect => 0);
my $get = sub { my ($path, %headers) = @_;
	return $http->get("$url$path", { headers => \%headers }) };
my $page_of = sub { return $get->("/HelpWebapi/Api/$_[0]")->{content} };
sub plain { my ($html) = @_; $html =~ s/<[^>]*>//g; $html =~ s/&lt;/</g; $html =~ s/&gt;/>/g;
	$html =~ s/&quot;/"/g; $html =~ s/&#39;/'/g; $html =~ s/&amp;/&/g; return $html }

# ------------------------------------------------------------------ index and pages
my $index = $get->('/HelpWebapi');
is($index->{status}, 200, 'the index');
is($index->{headers}{'content-type'}, 'text/html; charset=utf-8', 'is a page');
like($index->{headers}{'content-security-policy'},
	qr/^default-src 'none'; style-src 'self';.* frame-ancestors 'none'$/,
	'with a strict policy');
is($index->{headers}{'x-content-type-options'}, 'nosniff', 'not sniffed');
is($index->{headers}{'referrer-policy'}, 'no-referrer', 'no referrer');
is($index->{headers}{'cache-control'}, 'no-store', 'not kept');
for my $path ('/', '//') {
	my $root = $get->($path);
	is("$root->{status} $root->{headers}{location}", '303 /HelpWebapi', "$path leads to it");
}
is($http->post("$url/", { content => 'x' })->{status}, 405, 'nothing is posted there');
is_deeply([$index->{content} =~ /not in this version: answers 501/g ? 1 : 0,
	scalar grep { $page_of->($_) =~ /not in this version/ } grep {
		/^POST-ProcessManagement-Cleansing-Daily/
			} $index->{content} =~ m{href="\/HelpWebapi\/Api\/([^"]+)"}g], [1, 1],
			'what is not built says so, in the index and on its page');
my @pages = $index->{content} =~ m{href="/HelpWebapi/Api/([^"]+)"}g;
cmp_ok(scalar @pages, '>=', 50, 'links a page per action');
my %seen;
is_deeply([grep { $seen{$_}++ } @pages], [], 'each once');
my $queue = 'POST-ProcessManagement-Connector-Standard-QueueProcess-CustomerName-DatabaseAlias'
	. '-ExternalPlatform-ExternalEntity-ExternalAction'
	. '_SourceId_ZoneId_BrandId_ContactAddressTypeId_BatchMode_Email_secondsOfInvisibility';
ok((grep { $_ eq $queue } @pages), 'the address of the original');
unlike($index->{content}, qr/"#Test"/, 'processes of tests are not there');

my %page = map { $_ => $get->("/HelpWebapi/Api/$_") } @pages;
is_deeply([grep { $page{$_}{status} != 200 } @pages], [], 'every page opens');
for my $page (@pages, 'index') {
	my $html = $page eq 'index' ? $index->{content} : $page{$page}{content};
	my @faults;
	push @faults, 'lang' if $html !~ /<html lang="en">/;
	push @faults, 'h1' if (() = $html =~ /<h1>/g) != 1;
	push @faults, 'main' if (() = $html =~ /<main id="main">/g) != 1;
	push @faults, 'script' if $html =~ /<script|javascript:|\son\w+=/i;
	push @faults, 'elsewhere' if $html =~ /(?:src|href|action)="(?!\/|#)/;
	push @faults, 'style' if $html =~ /\sstyle=|<style/;
	push @faults, 'id twice' if do { my %id; grep { $id{$_}++ } $html =~ /\sid="([^"]+)"/g };
	push @faults, "unclosed $_" for grep { my $t = $_;
		(() = $html =~ /<$t[ >]/g) != (() = $html =~ /<\/$t>/g) } qw(section table div nav
			ul li p h2 h3 pre form main tr td th code a dl dt dd);
	is("@faults", '', "$page: well made") if @faults;
}
for my $page (@pages) {
	my $html = $page{$page}{content};
	fail("$page has no $_") for grep { $html !~ /<h2 id="$_">/ } qw(request sample replies try);
	fail("$page: the sample names another host") if $html !~ /curl -sS[^\n]* &quot;\Q$url\E\//;
}
# ------------------------------------------------------------------ sample replies do not
# contradict themselves
my %sample = map { $page{$_}{content} =~ m{<pre class="reply"[^>]*>(.*?)</pre>}s
	? ($_ => decode_json(plain($1))) : () } @pages;
cmp_ok(scalar keys %sample, '>', 60, 'sample replies');
# What is wrong within one object; instants are of one form, so their order is that of the text.
sub contradictions {
	my ($o) = @_;
	return map { contradictions($_) } @$o if ref $o eq 'ARRAY';
	return () if ref $o ne 'HASH';
	my @faults;
	for (['Utc', 'StartsAt', 0], ['CreatedAt', 'LastSuccessAt', 1], ['CreatedAt', 'EndedAt', 1],
		['CreatedAt', 'CancelledAt', 1], ['DueAt', 'StartedAt', 0],
		['StartedAt', 'EndedAt', 1], ['ReceivedAt', 'SettledAt', 1],
		['ValidityStartDate', 'ValidityEndDate', 1], ['DatePoint', 'ExpiredDatePoint', 1]) {
		my ($from, $to, $strictly) = @$_;
		next if !defined $o->{$from} || !defined $o->{$to};
		push @faults, "$to $o->{$to}, $from $o->{$from}" if $strictly
			? $o->{$to} le $o->{$from} : $o->{$to} lt $o->{$from};
	}
	push @faults, "$o->{State} with a Remark" if defined $o->{Remark};
	push @faults, 'an end without a cancellation' if ($o->{State} // '') eq 'Cancelled'
		&& !defined $o->{CancelledBy};
	push @faults, 'Success halfway' if ($o->{State} // '') eq 'Success' && $o->{Progress}
		&& $o->{Progress}{Done} != $o->{Progress}{Total};
	push @faults, 'fewer rows than were written' if defined $o->{Rates}
		&& $o->{Rates} < $o->{Added} + $o->{Changed};
	push @faults, "$1 with $o->{Amount}" if defined $o->{Amount}
		&& ($o->{Label} // '') =~ /^(\d+) euros$/ && $1 != $o->{Amount};
	push @faults, 'a purchase of a code' if ($o->{PointIdentifier} // '') =~ /^code:/
		&& defined $o->{PurchaseHeaderId};
	if ($o->{LoyaltyPoints}) {
		my %sum;
		$sum{ $_->{ExpiredDatePoint} // '' } += $_->{PointAmount}
			for @{ $o->{LoyaltyPoints} };
		push @faults, 'points expire that nobody earned'
			if grep { $_->{PointAmount} != ($sum{ $_->{ExpiredDatePoint} } // 0) } @{
				$o->{ExpiringSoon} };
	}
	push @faults, 'a page behind the last' if $o->{Rows} && @{ $o->{Rows} } < 2
		&& defined $o->{Next};
	return (@faults, map { contradictions($_) } values %$o);
}
is_deeply([map { my $page = $_;
	map { "$page: $_" } contradictions($sample{$page}) } sort keys %sample], [],
		'nothing in them contradicts the rest');
is_deeply([contradictions({ Runs => [{ Utc => '2026-11-25T01', StartsAt => '2026-11-24T08',
	State => 'Success', Progress => { Done => 1, Total => 2 } }] })],
	['StartsAt 2026-11-24T08, Utc 2026-11-25T01', 'Success halfway'], 'what does is found');
my ($cancel) = grep { /Runs-RunId-Cancel/ } keys %sample;
is("$sample{$cancel}{State} $sample{$cancel}{CancelledBy} $sample{$cancel}{Reason}",
	'Cancelled API Cancelled before it began.', 'what is cancelled says so');
is($sample{$_}{Name}, 'nightly', "$_ says the name") for grep { /ByName-Name/ } sort keys %sample;
my ($daily_page) = grep { /^POST-ProcessManagement-ComputeRefAmounts-Daily/ } @pages;
my ($one) = grep { ref $sample{$_} eq 'HASH' && $sample{$_}{Schedules} } @pages;
is($sample{$one}{Schedules}[0]{Words}, $sample{$daily_page}{Words},
	'words are those of the program');
my ($preview) = grep { /Schedules-Preview/ } sort keys %sample;
is($sample{$preview}{Words}, $sample{$daily_page}{Words}, 'in a preview, too');
# ------------------------------------------------------------------ what pages say
my $said = plain($page{$queue}{content});
my $content = 'Without a body, every other parameter is content, in the order given. One that is '
	. 'given several times is a list. With a body, the other parameters stay in the URI, and '
	. 'the mail shows them.';
like($said, qr/\Q$content\E/, 'content of a POST');
like($said,
	qr/Where a status has several kinds, the type says which one it is\. 429 and 503 have Retry-After, too\./,
	'kinds of a status');
my ($mail) = grep { /^POST-.*-EmailProcess-/ } @pages;
like(plain($page{$mail}{content}),
	qr/Replies to the mail go to email of the body, else to replyTo or mail of the query/,
	'where answers go');
for my $set (grep { /^PUT-.*ByName-Name|^POST-.*Schedules-Preview/ } @pages) {
	like(plain($page{$set}{content}),
		qr/StartDate.*Of OneTime when it is due; else nothing is due before it, and every N counts from it\./,
		"$set: StartDate of all forms");
}

is($get->("/helpwebapi/api/" . lc $queue)->{status}, 200, 'letter case does not matter');
is($get->('/HelpWebapi/Api/GET-ProcessManagement-Schedules')->{status}, 200,
	'nor what stands behind the path');
is($get->('/HelpWebapi/Api/GET-Nothing')->{status}, 404, 'no such page');
is($get->('/HelpWebapi/Api/POST-healthz')->{status}, 404, 'nor with another method');
is($get->('/HelpWebapi/Api/' . 'x' x 700)->{status}, 400, 'a name that is too long');
my $text = plain($page{$queue}{content});
like($text, qr/Shopify\s*Order\s*Delete/, 'the Webhook page lists what is understood');
my ($email) = grep { /^POST-.*-EmailProcess-/ } @pages;
for ($queue, $email) {
	my $words = plain($page{$_}{content});
	like($words,
		qr/Idempotency-Key\s*Visible ASCII characters\. The same content with the same key is the same delivery/,
		"$_ lists Idempotency-Key");
	like($words, qr/Body\s*Any content.*a form post .*are understood\./s,
		"$_ takes any content");
}
is_deeply([grep { !/-(?:Queue|Email)Process-/
	&& $page{$_}{content} =~ /Any content|are understood/ } @pages], [],
	'no other page says so');
my ($add) = grep { /^POST-.*AdictizCampaignParticipation-Add/ } @pages;
my ($load) = grep { /^POST-.*CurrencyRates-Load/ } @pages;
like(plain($page{$add}{content}), qr/Body\s*JSON; the description says which members it has\./,
	"$add takes JSON");
like(plain($page{$load}{content}),
	qr/Body\s*The description says what it holds; the sample shows one\./,
	"$load takes a file");
like($text, qr/secondsOfInvisibilityinteger0 to 6048000/, 'ranges and defaults');
my ($daily) = grep { /^POST-ProcessManagement-ComputeRefAmounts-Daily/ } @pages;
$text = plain($page{$daily}{content});
like($text, qr/Every day at 02:30 \(Europe\/Paris\)/, 'a schedule form says its sample in words');
is(scalar(my @runs = $page{$daily}{content} =~ /<td>\d{4}-\d\d-\d\dT02:30:00\+0[12]:00</g), 5,
	'with the next five runs');
like($text, qr/Parameters of ComputeRefAmounts.*ModestringIncremental, FullIncremental/s,
	"and the process's own parameters");
like(plain($page{$_}{content}), qr/501/, "$_ says that it is not built")
	for grep { /Duplication-Daily/ } @pages;

# ------------------------------------------------------------------ data model
my $model = $get->('/HelpOdata');
my @entities = $model->{content} =~ m{href="/HelpOdata/Api/([^"]+)"}g;
cmp_ok(scalar @entities, '>=', 40, 'the data model');
is_deeply([grep { $get->("/HelpOdata/Api/$_")->{status} != 200 } @entities], [],
	'a page per entity');
like(plain($get->('/HelpOdata/Api/Customer_Contact')->{content}),
	qr/ContactIdInt32yesKey\..*FirstNameString\(/s, 'with its properties');
is($get->('/HelpOdata/Api/Customer_Nobody')->{status}, 404, 'no such entity');
# How rows are named from outside stands on each page.
my %entity_page = map { my ($name) = /Customer_(\w+)/;
	$name => plain($get->("/HelpOdata/Api/$_")->{content}) } @entities;
is_deeply([grep { $entity_page{$_} !~ /ExternalKey/ } sort keys %entity_page], [],
	'ExternalKey on each page');
like($entity_page{Contact},
	qr/ExternalKey names the Contact itself instead of ContactId: \{"Identifier", "SourceId"\}/,
	'a Contact by its identifier');
like($entity_page{Address},
	qr/ContactId.*May be given as ContactExternalKey: \{"Identifier", "SourceId"\}/,
	'an Address the same of its contact');
like($entity_page{PurchaseDetail},
	qr/May be given as PurchaseHeaderExternalKey: \{"PurchaseIdentifier", "SourceId"\}/,
	'a line its purchase');
like($entity_page{Store},
	qr/What refers to a Store may say \{"StoreIdentifier", "SourceId"\} in StoreExternalKey/,
	'a Store by its natural key');
like($entity_page{Gender}, qr/A Gender has none: it is named by its GenderId/,
	'a Gender by its key only');

# ------------------------------------------------------------------ hostile
for my $host ('evil"><script>', "a'b", 'x y', '$(id)', '`id`', 'ex\\ample', 'h' x 300) {
	my $reply = $demo->{nginx}->raw(
		"GET /HelpWebapi/Api/GET-healthz HTTP/1.0\r\nHost: $host\r\n\r\n");
	unlike($reply, qr/\Q$host\E/, 'a host that is none is not repeated');
}
my $reply = $demo->{nginx}->raw("GET /HelpWebapi/Api/GET-healthz HTTP/1.1\r\nHost: "
	. "api.example.org:8443\r\nConnection: close\r\n\r\n");
like($reply, qr{&quot;http://api\.example\.org:8443/healthz&quot;}, 'one that could be is');
for my $bad ('%3Cscript%3E', '"onload=x', '%22%3E%3Cb%3E') {
	unlike($get->("/HelpWebapi/SignIn?next=$bad")->{content}, qr/<script>|"onload|"><b>/,
		'what comes in goes out escaped');
}

# ------------------------------------------------------------------ signing in
my %cookie;
my $send = sub {
	my ($method, $path, $form, %headers) = @_;
	my $body = join '&', map { my $v = $form->{$_};
		$v =~ s/([^A-Za-z0-9])/sprintf '%%%02X', ord $1/ge;
			"$_=$v" } sort keys %{ $form // {} };
	my $r = $http->request($method, "$url$path",
		{ headers => { 'Cookie' => join('; ', map { "$_=$cookie{$_}" } sort keys %cookie),
			%headers },
		$form ? (content => $body) : () });
	for my $line (ref $r->{headers}{'set-cookie'} ? @{ $r->{headers}{'set-cookie'} }
		: $r->{headers}{'set-cookie'} // ()) {
		my ($name, $value) = $line =~ /^([^=]+)=([^;]*)/;
		if ($line =~ /Max-Age=0/) { delete $cookie{$name} } else { $cookie{$name} = $value }
		$r->{cookie} = $line;
	}
	return $r;
};
my $token_of = sub { my ($html) = @_; return ($html =~ /name="token" value="([0-9a-f]{64})"/)[0] };
my %who = (customer => 'Demo', alias => 'Main', login => 'demo', password => $demo->password);
my $form = $send->('GET', "/HelpWebapi/SignIn?next=$queue");
is($form->{status}, 200, 'the form to sign in');
like($form->{cookie}, qr/; HttpOnly; SameSite=Strict$/,
	'its cookie is safe, and comes back to this machine');
my $token = $token_of->($form->{content});
is($send->('POST', '/HelpWebapi/SignIn', { %who })->{status}, 403, 'without the form token: no');
is($send->('POST', '/HelpWebapi/SignIn', { %who, token => 'f' x 64 })->{status}, 403,
	'with a wrong one: no');
my $wrong = $send->('POST', '/HelpWebapi/SignIn', { %who, password => 'not that', login => '<demo>',
	token => $token });
is($wrong->{status}, 401, 'a wrong password: no');
like($wrong->{content}, qr/credentials are missing or wrong.*value="&lt;demo&gt;"/s,
	'says so, and keeps what was typed');
unlike($wrong->{content}, qr/not that/, 'but the password');
my $in = $send->('POST', '/HelpWebapi/SignIn', { %who, token => $token, next => $queue });
is($in->{status}, 303, 'signed in');
is($in->{headers}{location}, "/HelpWebapi/Api/$queue", 'to the page that was wanted');
like($in->{cookie},
	qr/^customerapi_session=[A-Za-z0-9_-]{43}; Path=\/HelpWebapi; Max-Age=1800; HttpOnly; SameSite=Strict$/,
	'by a cookie for half an hour');
is($demo->db->value('SELECT COUNT(*) FROM customerapi.api_session WHERE HEX(session_hash) LIKE "%'
	. unpack('H*', substr $cookie{customerapi_session}, 0, 8) . '%"'), 0,
	'which the registry does not know as it is');
like($send->('POST', '/HelpWebapi/SignIn',
	{ %who, token => $token_of->($send->('GET', '/HelpWebapi/SignIn')->{content}),
		next => '//evil.example/' })->{headers}{location},
	qr{^/HelpWebapi$}, 'never to another place');
my $remote =
	$demo->{nginx}->raw("GET /HelpWebapi/SignIn HTTP/1.1\r\nHost: "
		. "api.example.org\r\nConnection: close\r\n\r\n");
like($remote, qr/use https/, 'over plain HTTP from elsewhere it is not possible');
unlike($remote, qr/Set-Cookie/i, 'and no cookie is set');

# ------------------------------------------------------------------ live state
my $live = $send->('GET', "/HelpWebapi/Api/$queue");
$text = plain($live->{content});
like($text, qr/Demo\/Main at the moment/, 'signed in, the page shows live state');
like($text, qr/QueueProcess\s*Shopify\/Order\/Insert\s*(?:Done|Dead)/, 'the last deliveries');
like($text, qr/Last error \(Dead, delivery of [^)]+\)/, 'the last error');
like($text, qr/\{\n  "not": "xx xxxxx"\n\}/, 'the last payload, masked');
like($text, qr/demo on Demo\/Main/, 'and who is signed in');
my $deliver = sub {
	my ($body, %headers) = @_;
	my $r = $http->post("$url/ProcessManagement/Connector/Standard/QueueProcess/Demo/Main/Any"
		. "/Thing/Shown?SourceId=1", { content => $body,
		headers => { 'X-Crm360Api-Token' => $demo->token,
			'X-Crm360Api-CustomerName' => 'Demo', 'X-Crm360Api-DatabaseAlias' => 'Main',
			%headers } });
	is($r->{status}, 202, 'a delivery') or diag($r->{content});
	return plain($send->('GET', "/HelpWebapi/Api/$queue")->{content});
};
gzip(\'{"secretName": "Ada 7"}', \my $packed);
like($deliver->($packed, 'Content-Encoding' => 'gzip'), qr/\{\n  "secretName": "Xxx 9"\n\}/,
	'a packed payload is shown unpacked, and masked');
like($deliver->("\xef\xbb\xbf" . '{"secretName": "Ada 8"}'), qr/\{\n  "secretName": "Xxx 9"\n\}/,
	'one behind a byte order mark, too');
like($deliver->(substr($packed, 0, 20), 'Content-Encoding' => 'gzip'),
	qr/It cannot be shown here\. The content is not valid gzip/,
	'of a damaged one why it is not');
gzip(\('x' x 70000), \$packed);
like($deliver->($packed, 'Content-Encoding' => 'x-gzip'),
	qr/It cannot be shown here\. The content has more than 65536 bytes/,
	'nor is one that becomes long');
like($text, qr/A body may be compressed with one Content-Encoding: gzip/,
	'the page says how bodies may come');
like($text, qr/415\s*urn:customerapi:problem:unsupported-encoding/, 'and what is refused');
like($text, qr/ZoneIdinteger0 to 2147483647/, 'a zone of 0 is in range');
my ($run_page) = grep { /^POST-ProcessManagement-ComputeRefAmounts-Weekly/ } @pages;
like(plain($send->('GET', "/HelpWebapi/Api/$run_page")->{content}),
	qr/ComputeRefAmounts\s*(?:Success|Waiting|Running)/, 'the runs of a process');
my ($receipt_page) = grep { /-Receipt-/ } @pages;
my $receipt = $demo->db->value('SELECT LOWER(HEX(receipt)) FROM customerapi.api_message ORDER BY '
	. 'received_at DESC, id DESC LIMIT 1');
like($send->('GET', "/HelpWebapi/Api/$receipt_page")->{content}, qr/curl[^\n]*\Q$receipt\E/,
	'samples have the own receipt');

like($text, qr/Last request: \S+Z, answered 202\./, 'what the action last answered');
my $asked = $demo->request('POST', '/ProcessManagement/ComputeRefAmounts/OneTime',
	'{"StartDate": "2001-01-01", "Label": "for Ada"}');
is($asked->{status}, 400, 'a request that is refused');
my ($once) = grep { /^POST-ProcessManagement-ComputeRefAmounts-OneTime/ } @pages;
$text = plain($send->('GET', "/HelpWebapi/Api/$once")->{content});
like($text, qr/Last refused: \S+Z, answered 400 \(bad-request/, 'is on its page');
like($text, qr/\{\n  "StartDate": "9999-99-99",\n  "Label": "xxx Xxx"\n\}/,
	'with its payload, masked');
is($demo->db->value("SELECT COUNT(*) FROM customerapi.api_seen WHERE CONCAT_WS(' ', error, "
	. "payload) LIKE '%Ada%' OR payload LIKE '%2001%'"), 0, 'and nothing of it is kept');

# ------------------------------------------------------------------ try it
$token = $token_of->($live->{content});
my %try = ('p.CustomerName' => 'Demo', 'p.DatabaseAlias' => 'Main',
	'p.ExternalPlatform' => 'Shopify', 'p.ExternalEntity' => 'Customer',
	'p.ExternalAction' => 'Insert',
	'p.SourceId' => '1', 'p.ZoneId' => '',
	body => qq({"id": 9, "email": "eve\@demo.example",\r\n "first_name": "<b>Eve</b>"}));
is($send->('POST', "/HelpWebapi/Api/$queue", { %try })->{status}, 403,
	'trying without the form token: no');
my $before = $demo->db->value('SELECT COUNT(*) FROM customerapi.api_message');
my $tried = $send->('POST', "/HelpWebapi/Api/$queue", { %try, token => $token });
is($tried->{status}, 200, 'trying');
$text = plain($tried->{content});
my $sent = 'POST /ProcessManagement/Connector/Standard/QueueProcess/Demo/Main/Shopify/Customer'
	. '/Insert?SourceId=1';
like($text, qr/\Q$sent\E/,
	'shows what was sent');
like($text, qr/HTTP\/1\.1 202 Accepted.*"Receipt":"[0-9a-f]{32}"/s, 'and what came back');
unlike($tried->{content}, qr/<b>Eve/, 'all of it escaped');
is($demo->db->value('SELECT COUNT(*) FROM customerapi.api_message'), $before + 1,
	'it was really done');
like($tried->{content}, qr/<textarea[^>]*>\n[^<]*&lt;b&gt;Eve/, 'the form keeps what was typed');
$text = plain($send->('POST', "/HelpWebapi/Api/$queue",
	{ %try, token => $token, 'p.SourceId' => 'x' })->{content});
like($text, qr/HTTP\/1\.1 400.*SourceId.*is not an integer/s, 'a bad value gets its error');
$text = plain($send->('POST', "/HelpWebapi/Api/$queue",
	{ %try, token => $token, 'p.ExternalAction' => '' })->{content});
like($text, qr/ExternalAction must be filled in/, 'an address needs its parts');
$text = plain($send->('POST', "/HelpWebapi/Api/$queue",
	{ %try, token => $token, 'p.CustomerName' => 'Other' })->{content});
like($text, qr/HTTP\/1\.1 403.*another tenant/s, "another tenant's data is out of reach");
for (['p.key' => 'canary9'], ['p.ExternalAction' => 'Insert;key=canary9'],
	['p.ExternalAction' => 'Insert#KEY=canary9'],
	['p.ExternalPlatform' => 'Shop&password=canary9']) {
	my $html = $send->('POST', "/HelpWebapi/Api/$queue",
		{ %try, token => $token, @$_ })->{content};
	like(plain($html), qr/(?:key|password)=\*\*\*/i,
		"a secret in $_->[0] is masked where it says what was sent");
	unlike($html, qr/canary9/, 'and nowhere on the page');
}
unlike(join("", map { $demo->pool($_)->log } qw(intake process club help)), qr/canary9/,
	'nor in a log');
is($demo->db->value("SELECT COUNT(*) FROM customerapi.api_message WHERE CONCAT(uri, platform, "
	. "entity, action) LIKE '%canary9%'"), 0, 'nor in what is stored');
my ($list) = grep { /^GET-ProcessManagement-Schedules_/ } @pages;
like(plain($send->('POST', "/HelpWebapi/Api/$list", { token => $token })->{content}),
	qr/HTTP\/1\.1 200 OK.*"Label":"Nightly"/s, 'an action of another pool works, too');

# Rights are the user's.
$demo->admin('user add Demo Main clubber --rights club --password-file -', 'a club password');
%cookie = ();
$token = $token_of->($send->('GET', '/HelpWebapi/SignIn')->{content});
is($send->('POST', '/HelpWebapi/SignIn', { %who, login => 'clubber', password => 'a club password',
	token => $token })->{status}, 303, 'a user with fewer rights');
my $less = $send->('GET', "/HelpWebapi/Api/$queue");
unlike($less->{content}, qr/id="live"/, 'sees no deliveries');
$token = $token_of->($less->{content});
like(plain($send->('POST', "/HelpWebapi/Api/$queue", { %try, token => $token })->{content}),
	qr/HTTP\/1\.1 403/, 'and may not send any');
my $old = $cookie{customerapi_session};
is($send->('POST', '/HelpWebapi/SignOut', { token => 'x' })->{status}, 403,
	'signing out needs the token, too');
is($send->('POST', '/HelpWebapi/SignOut', { token => $token })->{status}, 303, 'signed out');
is($cookie{customerapi_session}, undef, 'the cookie is gone');
$cookie{customerapi_session} = $old;
unlike($send->('GET', '/HelpWebapi')->{content}, qr/Sign out/, 'and would not work any more');
is($send->('POST', "/HelpWebapi/Api/$queue", { %try, token => $token })->{status}, 401,
	'nor does trying');
%cookie = ();
$token = $token_of->($send->('GET', '/HelpWebapi/SignIn')->{content});
$send->('POST', '/HelpWebapi/SignIn', { %who, login => 'clubber', password => 'a club password',
	token => $token });
like($send->('GET', '/HelpWebapi')->{content}, qr/Sign out/, 'signed in again');
$demo->admin('user set Demo Main clubber --password-file -', 'another club password');
unlike($send->('GET', '/HelpWebapi')->{content}, qr/Sign out/,
	'a new password ends what was signed in by the old one');
$demo->db->sql("UPDATE customerapi.api_session SET expires_at = '2020-01-01'");
%cookie = ();
$token = $token_of->($send->('GET', '/HelpWebapi/SignIn')->{content});
my @status = map { $send->('POST', '/HelpWebapi/SignIn',
	{ %who, login => 'clubber', password => "guess $_", token => $token })->{status} } 1 .. 11;
is("@status", join(' ', (401) x 10, 429), 'guessing is limited');
$send->('POST', '/HelpWebapi/SignIn', { %who, token => $token });
is($demo->db->value("SELECT COUNT(*) FROM customerapi.api_session WHERE expires_at < '2021-01-01'"),
	0, 'old sessions are cleared away');
# Behind a proxy that ends TLS: base_url says what the client sees.
my $behind = Fcgi->start(%{ $demo->{env} }, CUSTOMERAPI_FCGI_AREA => 'help',
	CUSTOMERAPI_BASE_URL => 'https://api.example.org', CUSTOMERAPI_FCGI_BASE_PATH => '/crm');
my $front = Nginx->start($behind->socket);
$reply = $front->raw(
	"GET /HelpWebapi/SignIn HTTP/1.1\r\nHost: inside.example\r\nConnection: close\r\n\r\n");
like($reply,
	qr{Set-Cookie: customerapi_form=[^;]+; Path=/crm/HelpWebapi; Max-Age=1800; HttpOnly; SameSite=Strict; Secure\r\n},
	'a cookie for TLS only');
like($reply, qr{action="/crm/HelpWebapi/SignIn"}, 'links have the base path');
$reply = $front->raw("GET /HelpWebapi/Api/GET-healthz HTTP/1.1\r\nHost: "
	. "inside.example\r\nConnection: close\r\n\r\n");
like($reply, qr{&quot;https://api\.example\.org/crm/healthz&quot;},
	'and samples the address that clients use');
is(JSON::PP->new->decode(HTTP::Tiny->new->get($front->url . '/openapi.json')->{content})->{servers}[
	0]{url}, '/crm', 'so does OpenAPI');

my $logs = join '', $demo->{nginx}->logs, map { $demo->pool($_)->log } qw(intake process club help);
unlike($logs, qr/\Q$_\E/, 'nothing secret in a log') for $demo->password, 'a club password',
	$cookie{customerapi_session}, $demo->token;

done_testing();
