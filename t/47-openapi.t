# The OpenAPI description: what is served is what is committed, and a public linter finds nothing.
use strict;
use warnings;
use HTTP::Tiny;
use JSON::PP;
use Test::More;
use Fcgi;
use Nginx;
use Node;

my $file = "$ENV{SRCDIR}/doc/openapi.json";
my $committed = do { open my $fh, '<', $file or die $!; local $/; <$fh> };
my $fcgi = Fcgi->start(CUSTOMERAPI_FCGI_AREA => 'help');
my $nginx = Nginx->start($fcgi->socket);
my $r = HTTP::Tiny->new(timeout => 20)->get($nginx->url . '/openapi.json');
is($r->{status}, 200, 'it is served, without a database');
is($r->{headers}{'content-type'}, 'application/json; charset=utf-8', 'as JSON');
my $json = JSON::PP->new->utf8->canonical->pretty;
ok($json->encode($json->decode($r->{content})) eq $json->encode($json->decode($committed)),
	'doc/openapi.json is what is served')
	or diag("make it anew: t/c/openapi > doc/openapi.json   (t/c/openapi of the build folder "
		. "$ENV{BUILDDIR})");
my $node = Node->new;
my ($words, $status) = $node->run('openapi.mjs', $file);
is($status, 0, 'the validator finds nothing') or diag($words);
like($words, qr/^valid 3\.1/, 'it is OpenAPI 3.1');

# ------------------------------------------------------------------ two public linters: no error,
# no warning, no hint
($words, $status) = $node->run('lint.mjs', $file);
is($status, 0, 'the linters ran') or diag($words);
my $found = eval { decode_json($words) } // {};
is_deeply($found->{$_}, [], "$_ finds nothing") for qw(redocly spectral);
# And they do look: what is spoiled is found.
my $spoiled = decode_json($committed);
delete $spoiled->{info}{license};
$_->{description} = '' for @{ $spoiled->{tags} };
my $bad = "$node->{dir}/spoiled-$$.json";
open my $out, '>', $bad or die $!;
print $out encode_json($spoiled);
close $out;
$found = eval { decode_json(($node->run('lint.mjs', $bad))[0]) } // {};
unlink $bad;
ok((grep { /info-license/ } @{ $found->{redocly} }), 'the missing license is seen');
ok((grep { /tag/ } @{ $found->{redocly} }, @{ $found->{spectral} }),
	'tags without a description are seen');

# ------------------------------------------------------------------ bodies of the platform Standard
($words, $status) = $node->run('examples.mjs', $file);
is($status, 0, 'the examples were compared') or diag($words);
my $compared = eval { decode_json($words) } // {};
cmp_ok($compared->{examples}, '>', 180, 'all entities have examples');
is_deeply($compared->{faults}, [], 'each is as the schema of its entity says');
my $contact = decode_json($committed)->{components}{schemas}{StandardContact}{properties};
is_deeply([sort keys %{ $contact->{ExternalKey}{properties} }], ['Identifier', 'SourceId'],
	'a Contact has its ExternalKey');
my $line = decode_json($committed)->{components}{schemas}{StandardPurchaseDetail}{properties};
is_deeply([grep { /ExternalKey/ } sort keys %$line],
	['PurchaseGoodExternalKey', 'PurchaseHeaderExternalKey'],
	'a line those of its good and its purchase');
is_deeply([grep { /ExternalKey/ } sort keys %{
	decode_json($committed)->{components}{schemas}{StandardGender}{properties} }], [],
		'what refers to nothing has none');

# ------------------------------------------------------------------ what a client maker needs
my $api = decode_json($committed);
my %operation;
for my $path (keys %{ $api->{paths} }) {
	for my $method (grep { /^(get|put|post|delete)$/ } keys %{ $api->{paths}{$path} }) {
		my $o = $api->{paths}{$path}{$method};
		ok(!$operation{ $o->{operationId} }++, "$o->{operationId} is one operation");
		unlike($o->{operationId}, qr/^(\w{4,})\1/i, "$o->{operationId} says nothing twice");
		like($o->{operationId}, qr/^[a-z]\w+$/,
			"$o->{operationId} is a name in every language");
	}
}
sub headers_in { my ($path, $method) = @_;
	return join ' ',
		sort map { $api->{components}{parameters}{ $1 }{name}
			if ($_->{'$ref'} // '') =~ m{/(\w+)$} } grep { $_->{'$ref'} } @{
				$api->{paths}{$path}{$method}{parameters} } }
sub headers_out {
	my ($path, $method, $status) = @_;
	my $r = $api->{paths}{$path}{$method}{responses}{$status};
	($r) = map { $api->{components}{responses}{$_} } $r->{'$ref'} =~ m{/(\w+)$} if $r->{'$ref'};
	return join ' ', sort keys %{ $r->{headers} };
}
my $club = '/Bonduelle/Club';
is(headers_in("$club/GetContact", 'get'), 'If-None-Match', 'GetContact: If-None-Match');
is(headers_in("$club/SetContact", 'post'), 'Idempotency-Key If-Match If-None-Match',
	'SetContact: all three');
is(headers_in("$club/CheckCode", 'post'), 'Idempotency-Key', 'CheckCode: Idempotency-Key');
my ($queue, $email) = map { my $name = $_;
	grep { m{/$name/} } sort keys %{ $api->{paths} } } qw(QueueProcess EmailProcess);
is(headers_in($_, 'post'), 'Idempotency-Key', "$_: Idempotency-Key") for $queue, $email;
is(headers_in($_, 'get'), '', "$_ by GET: none") for $queue, $email;
like($api->{components}{parameters}{$_}{description}, qr/^Visible ASCII characters/,
	"$_ is explained") for qw(IdempotencyKey DeliveryKey);
is(headers_in("$club/GetListPoints", 'get'), '', 'GetListPoints: none');
is(headers_out("$club/GetContact", 'get', $_), 'ETag X-Request-Id', "GetContact $_: ETag") for 200,
	304;
is(headers_out("$club/SetContact", 'post', 201), 'ETag Idempotency-Replayed X-Request-Id',
	'SetContact 201: ETag, and whether it was a repetition');
is(headers_out("$club/GetContact", 'get', 401), 'WWW-Authenticate X-Request-Id',
	'401: WWW-Authenticate');
is(headers_out("$club/GetContact", 'get', 503), 'Retry-After X-Request-Id', '503: Retry-After');
is(headers_out("$club/CheckCode", 'post', 429), 'Retry-After X-Request-Id', '429: Retry-After');
is(headers_out("$club/SetContact", 'post', 415), 'Accept-Encoding X-Request-Id',
	'415: Accept-Encoding');
my $body = sub { my ($path) = @_; return $api->{paths}{$path}{post}{requestBody}{required} };
ok($body->($_), "$_ needs a body") for "$club/SetContact", '/ProcessManagement/Labels',
	'/ProcessManagement/ComputeRefAmounts/OneTime';
ok(!$body->($_), "$_ does without a body") for '/ProcessManagement/ComputeRefAmounts/Hourly',
	'/ProcessManagement/Schedules/ById/{ScheduleId}/RunNow';
is_deeply($api->{components}{schemas}{SchedulesListReply}{type}, 'object',
	'schemas have plain names');
is_deeply([grep { !exists $operation{$_} } qw(refreshDecisionalDataDaily webhookQueueProcess
	webhookQueueProcessByGet scheduleRuns)], [], 'operations have plain names');
my ($alone, $shut) = (0, 0);
my $walk;
$walk = sub {
	my ($o) = @_;
	if (ref $o eq 'HASH') { $alone += grep { ref $o->{$_} eq 'ARRAY'
		&& @{ $o->{$_} } < 2 } qw(anyOf oneOf allOf) }
	# What has any members must say so: else client makers take it for an object without
	# members.
	if (ref $o eq 'HASH' && !ref $o->{type} && ($o->{type} // '') eq 'object') {
		$shut += !$o->{properties} && !$o->{additionalProperties} }
	$walk->($_) for ref $o eq 'HASH' ? values %$o : ref $o eq 'ARRAY' ? @$o : ();
};
$walk->($api);
is($alone, 0, 'no choice of one');
is($shut, 0, 'no object that seems to have no members');

done_testing();
