# Every curl line of every help page is run as a person would run it, before signing in and after, and with the token alone in one header; all must succeed on the demo tenant.
use strict;
use warnings;
use HTTP::Tiny;
use JSON::PP;
use Test::More;
use Demo;

my $demo = Demo->start->seed;
my $api = decode_json($demo->get('/openapi.json')->{content});
sub plain { my ($html) = @_; $html =~ s/&lt;/</g; $html =~ s/&gt;/>/g; $html =~ s/&quot;/"/g; $html =~ s/&#39;/'/g; $html =~ s/&amp;/&/g; return $html }

# Success as the description says; 501 where it says that the process is not built.
sub expected {
	my ($method, $path) = @_;
	my $responses = $api->{paths}{$path}{ lc $method }{responses};
	return $responses->{501} && $path !~ m{/Schedules/} ? ('501') : grep { /^2/ } sort keys %$responses;
}

my ($cookies, %by_key_too) = '';
sub pages {
	my $html = $demo->get('/HelpWebapi', { Cookie => $cookies })->{content};
	my @pages = $html =~ m{href="/HelpWebapi/Api/([^"]+)"}g;
	return (grep({ !/^DELETE-/ } @pages), grep { /^DELETE-/ } @pages);	# what is deleted is of no use to the others
}

# by_key: the three headers give way to X-Crm360Api-ApiKey, first with a token that is none; an action without the headers is passed over.
sub run_page {
	my ($page, $by_key) = @_;
	my $html = $demo->get("/HelpWebapi/Api/$page", { Cookie => $cookies })->{content};
	my @curl = map { plain($_) } $html =~ m{<pre class="curl"[^>]*>(.*?)</pre>}sg;
	my ($path) = $html =~ m{<p class="path">.*?<code>(.*?)</code>}s;
	$path =~ s/<[^>]*>//g;
	my ($method) = $page =~ /^([A-Z]+)-/;
	is(scalar @curl, 1, "$page: one sample") or return;
	if ($by_key) {
		$curl[0] =~ s/-H "X-Crm360Api-Token: (\$TOKEN)" \\\n  -H 'X-Crm360Api-CustomerName: Demo' \\\n  -H 'X-Crm360Api-DatabaseAlias: Main'/-H "X-Crm360Api-ApiKey: $1"/ or return;
		is((run_line($curl[0], 'none'))[0], 401, "$page: a wrong token alone is none");
	}
	my ($status, $out) = run_line($curl[0], $demo->token);
	ok((grep { $_ eq ($status // '') } expected($method, $path)), "$page: its sample works" . ($by_key ? ' with the token alone' : '')) or diag("$curl[0]\n$out");
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

# The receipt of the samples is one of the demo tenant's.
my ($receipt) = $demo->get('/HelpWebapi/Api/GET-ProcessManagement-Connector-Standard-Receipt-CustomerName-DatabaseAlias-Receipt')->{content} =~ m{/Receipt/Demo/Main/([0-9a-f]{32})&quot;};
$demo->db->sql("UPDATE customerapi.api_message SET receipt = x'$receipt' ORDER BY id LIMIT 1");
run_page($_) for pages();
ok($demo->settled, 'what the samples sent is processed');
my @dead = $demo->db->sql("SELECT CONCAT_WS('/', platform, entity, action), reason FROM customerapi.api_message WHERE state IN (4, 5) AND body <> '{\"not\": \"an order\"}' AND body <> '' AND method = 'POST'");
is_deeply(\@dead, [], 'and none of it in vain');

# Signed in, with the tenant's own numbers.
$demo->seed;
my $http = HTTP::Tiny->new(max_redirect => 0);
my $form = $http->get($demo->url . '/HelpWebapi/SignIn');
my ($cookie) = $form->{headers}{'set-cookie'} =~ /^([^;]+)/;
my ($token) = $form->{content} =~ /name="token" value="([^"]+)"/;
my $in = $http->post_form($demo->url . '/HelpWebapi/SignIn', { customer => 'Demo', alias => 'Main', login => 'demo', password => $demo->password, token => $token },
	{ headers => { Cookie => $cookie } });
($cookies) = $in->{headers}{'set-cookie'} =~ /^([^;]+)/;
run_page($_) for pages();

# With the token alone, as the description says of every action that takes one.
$demo->seed;
run_page($_, 1) for pages();
my @by_token;
for my $path (sort keys %{ $api->{paths} }) {
	for my $method (sort keys %{ $api->{paths}{$path} }) {
		my %ways = map { join('+', sort keys %$_) => 1 } @{ $api->{paths}{$path}{$method}{security} };
		is(!!$ways{apiKey}, !!$ways{'customerName+databaseAlias+token'}, "$method $path: both ways to show a token are described, or none");
		push @by_token, uc($method) . " $path" if keys %ways == 2;
	}
}
is_deeply([grep { !$by_key_too{$_} } @by_token], [], 'every action that needs a token was asked with the token alone');
is($api->{components}{securitySchemes}{apiKey}{name}, 'X-Crm360Api-ApiKey', 'its scheme');
for my $names (['X-Crm360Api-CustomerName' => 'Other'], ['X-Crm360Api-CustomerName' => 'Demo', 'X-Crm360Api-DatabaseAlias' => 'Other']) {
	is($demo->get('/ProcessManagement/Schedules', { 'X-Crm360Api-ApiKey' => $demo->token, @$names })->{status}, 401, "a name beside it must be its tenant's: @$names");
}
is($demo->get('/ProcessManagement/Schedules', { 'X-Crm360Api-ApiKey' => $demo->token, 'X-Crm360Api-CustomerName' => 'demo' })->{status}, 200, 'in any case');

done_testing();
