# Every curl line of every help page is run as a person would run it, before signing in and after,
# and with the token alone in one header; all must succeed on the demo tenant.
use strict;
use warnings;
use HTTP::Tiny;
use JSON::PP;
use Test::More;
use Demo;

my $demo = Demo->start->seed;
my $api = decode_json($demo->get('/openapi.json')->{content});
sub plain { my ($html) = @_; $html =~ s/&lt;/</g; $html =~ s/&gt;/>/g; $html =~ s/&quot;/"/g;
	$html =~ s/&#39;/'/g; $html =~ s/&amp;/&/g; return $html }

# Success as the description says; 501 where it says that the process is not built.
sub expected {
	my ($method, $path) = @_;
	my $responses = $api->{paths}{$path}{ lc $method }{responses};
	return $responses->{501} && $path !~ m{/Schedules/} ? ('501')
		: grep { /^2/ } sort keys %$responses;
}

my ($cookies, %by_key_too) = '';
sub pages {
	my $html = $demo->get('/HelpWebapi', { Cookie => $cookies })->{content};
	my @pages = $html =~ m{href="/HelpWebapi/Api/([^"]+)"}g;
	return (grep({ !/^DELETE-/ } @pages),
		grep { /^DELETE-/ } @pages);	# what is deleted is of no use to the others
}

# by_key: the three headers give way to X-Crm360Api-ApiKey, first with a token that is none; an
# action without the headers is passed over.
sub run_page {
	my ($page, $by_key) = @_;
	my $html = $demo->get("/HelpWebapi/Api/$page", { Cookie => $cookies })->{content};
	my @curl = map { plain($_) } $html =~ m{<pre class="curl"[^>]*>(.*?)</pre>}sg;
	my ($path) = $html =~ m{<p class="also">.*?<code>(.*?)</code>}s ? $1
		: $html =~ m{<p class="path">.*?<code>(.*?)</code>}s;	# as OpenAPI has it
	$path =~ s/<[^>]*>//g;
	my ($method) = $page =~ /^([A-Z]+)-/;
	is(scalar @curl, 1, "$page: one sample of the action") or return;
	if ($by_key) {
		my $three = join " \\\n  ", '-H "X-Crm360Api-Token: $TOKEN"',
			"-H 'X-Crm360Api-CustomerName: Demo'",
			"-H 'X-Crm360Api-DatabaseAlias: Main'";
		$curl[0] =~ s/\Q$three\E/-H "X-Crm360Api-ApiKey: \$TOKEN"/ or return;
		is((run_line($curl[0], 'none'))[0], 401, "$page: a wrong token alone is none");
	}
	my ($status, $out) = run_line($curl[0], $demo->token);
	ok((grep { $_ eq ($status // '') } expected($method, $path)),
		"$page: its sample works" . ($by_key ? ' with the token alone' : ''))
		or diag("$curl[0]\n$out");
	$by_key_too{"$method $path"} = 1 if $by_key;
}

sub run_line {
	my ($line, $token) = @_;
	local %ENV = (%ENV, TOKEN => $token, LOGIN => 'demo', PASSWORD => $demo->password);
	open my $fh, '>', $demo->dir . '/sample.sh' or die $!;
	print $fh "set -eu\n$line -w '\\n%{http_code}'\n";
	close $fh;
	my $out = `sh @{[$demo->dir]}/sample.sh 2>&1`;
	return ($out =~ /(\d+)\z/, $out);
}

run_page($_) for pages();
ok($demo->settled, 'what the samples sent is processed');
my @dead = $demo->db->sql("SELECT CONCAT_WS('/', platform, entity, action), reason FROM "
	. "customerapi.api_message WHERE state IN (4, 5) AND body <> '{\"not\": \"an order\"}' "
		. "AND body <> '' AND method = 'POST'");
is_deeply(\@dead, [], 'and none of it in vain');

# ------------------------------------------------------------------ deliveries: each platform,
# entity and action that is understood
# Samples stand on the page of QueueProcess, those of Standard on the pages of their entities, in
# the order Insert, Update, Delete.
my $webhook =
	'/HelpWebapi/Api/POST-ProcessManagement-Connector-Standard-QueueProcess-CustomerName'
	. '-DatabaseAlias-ExternalPlatform-ExternalEntity-ExternalAction';
sub deliveries {
	my ($path) = @_;
	my $html = $demo->get($path)->{content};
	my @lines = map { plain($_) } $html =~ m{<pre class="curl delivery"[^>]*>(.*?)</pre>}sg;
	my ($first) = $html =~ /what the samples of ([\w, ]+) write/;
	return map +{ line => $_, name => join('.', m{/Demo/Main/(\w+)/(\w+)/(\w+)\?}),
		needs => [split /, /, $first // ''] }, @lines;
}
my @own = deliveries($webhook);
my %model = map { $_ => [deliveries("/HelpOdata/Api/Customer_$_")] } $demo->get(
	'/HelpOdata')->{content} =~ m{href="/HelpOdata/Api/Customer_(\w+)"}g;
cmp_ok(scalar keys %model, '>', 60, 'the model has ' . keys(%model) . ' entities');
for my $entity (sort keys %model) {
	is_deeply([map { $_->{name} } @{ $model{$entity} }],
		[map { "Standard.$entity.$_" } qw(Insert Update Delete)], "$entity: three samples");
}
my $html = $demo->get($webhook)->{content};
my ($understood) = $html =~ m{<h2 id="platforms">(.*?)</section>}s;
my @rows = map { my @cells = map { s/<[^>]*>//gr } m{<td>(.*?)</td>}sg;
	@cells ? join('.', @cells[0 .. 2]) : () } $understood =~ m{<tr>(.*?)</tr>}sg;
is_deeply([sort map { $_->{name} } @own], [sort grep { !/^Standard/ } @rows],
	'each row of what is understood has its sample');
my ($queue) = grep { /QueueProcess/ } keys %{ $api->{paths} };
my $named = $api->{paths}{$queue}{post}{requestBody}{content}{'application/json'}{examples};
my %body = map { my ($text) = $_->{line} =~ /--data-binary '(.*)'\s*\z/s;
	$_->{name} => decode_json($text =~ s/'\\''/'/gr) } @own, map { @$_ } values %model;
is_deeply({ map { $_ => $named->{$_}{value} } keys %$named }, \%body,
	'OpenAPI has each of them, by name');
ok((grep { exists $body{$_}{ExternalKey} } 'Standard.Contact.Insert'),
	'Standard Contact is named by its ExternalKey');

# Sends them and waits until all are processed: Done, without a remark.
sub deliver {
	my @sent = map {
		my ($status, $out) = run_line($_->{line}, $demo->token);
		+{ %$_, status => $status // 0, receipt => $out =~ /"Receipt":"(\w+)"/ ? $1 : '',
			out => $out };
	} @_;
	ok($demo->settled, 'they are processed');
	for my $d (@sent) {
		my $r = decode_json(
			$demo->get("/ProcessManagement/Connector/Standard/Receipt/Demo/Main"
				. "/$d->{receipt}")->{content});
		is("$d->{status} " . ($r->{State} // ''), '202 Done', "$d->{name}: done")
			or diag("$d->{line}\n$d->{out}\n" . ($r->{Reason} // ''));
		is_deeply($r->{Remarks}, [], "$d->{name}: without a remark");
	}
}
# An entity's samples go behind those that its page names; one after the other, as a reader would.
my %level;
sub level { my ($e) = @_;
	return $level{$e} //= 1 +
		((sort { $b <=> $a } map { level($_) } @{ $model{$e}[0]{needs} })[0] // 0) }
level($_) for keys %model;
deliver($_) for grep { $_->{name} !~ /ShopRedact/ } @own;
for my $n (1 .. 5) { deliver(map { $model{$_}[0] } grep { $level{$_} == $n } sort keys %model)
	if grep { $_ == $n } values %level }
deliver(map { $model{$_}[1] } sort keys %model);
deliver(map { $model{$_}[2] } sort { $level{$b} <=> $level{$a} } sort keys %model);
ok($demo->db->value("SELECT COUNT(*) FROM customerapi_demo.PurchaseHeader WHERE PurchaseReference "
	. "= '100000012'") == 1, 'and what they say is in the tenant');

# Signed in, with the tenant's own numbers.
$demo->seed;
my $http = HTTP::Tiny->new(max_redirect => 0);
my $form = $http->get($demo->url . '/HelpWebapi/SignIn');
my ($cookie) = $form->{headers}{'set-cookie'} =~ /^([^;]+)/;
my ($token) = $form->{content} =~ /name="token" value="([^"]+)"/;
my $in = $http->post_form($demo->url . '/HelpWebapi/SignIn', { customer => 'Demo', alias => 'Main',
	login => 'demo', password => $demo->password, token => $token },
	{ headers => { Cookie => $cookie } });
($cookies) = $in->{headers}{'set-cookie'} =~ /^([^;]+)/;
run_page($_) for pages();
$html = $demo->get('/HelpOdata/Api/Customer_Store', { Cookie => $cookies })->{content};
deliver(map +{ line => plain($_), name => 'Store, signed in' },
	($html =~ m{<pre class="curl delivery"[^>]*>(.*?)</pre>}sg)[0]);

# With the token alone, as the description says of every action that takes one.
$demo->seed;
run_page($_, 1) for pages();
my @by_token;
for my $path (sort keys %{ $api->{paths} }) {
	for my $method (sort keys %{ $api->{paths}{$path} }) {
		my %ways = map { join('+', sort keys %$_) => 1 } @{
			$api->{paths}{$path}{$method}{security} };
		is(!!$ways{apiKey}, !!$ways{'customerName+databaseAlias+token'},
			"$method $path: both ways to show a token are described, or none");
		push @by_token, uc($method) . " $path" if keys %ways == 2;
	}
}
is_deeply([grep { !$by_key_too{$_} } @by_token], [],
	'every action that needs a token was asked with the token alone');
is($api->{components}{securitySchemes}{apiKey}{name}, 'X-Crm360Api-ApiKey', 'its scheme');
for my $names (['X-Crm360Api-CustomerName' => 'Other'], ['X-Crm360Api-CustomerName' => 'Demo',
	'X-Crm360Api-DatabaseAlias' => 'Other']) {
	is($demo->get('/ProcessManagement/Schedules', { 'X-Crm360Api-ApiKey' => $demo->token,
		@$names })->{status}, 401, "a name beside it must be its tenant's: @$names");
}
is($demo->get('/ProcessManagement/Schedules', { 'X-Crm360Api-ApiKey' => $demo->token,
	'X-Crm360Api-CustomerName' => 'demo' })->{status}, 200, 'in any case');

# Last, for it erases what the Source brought.
deliver(grep { $_->{name} =~ /ShopRedact/ } @own);

done_testing();
