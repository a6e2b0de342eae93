# Every curl line of every help page is run as a person would run it, before signing in and after, and must succeed on the demo tenant.
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
	return $responses->{501} && $path !~ /RunNow$/ ? ('501') : grep { /^2/ } sort keys %$responses;
}

my $cookies = '';
sub pages {
	my $html = $demo->get('/HelpWebapi', { Cookie => $cookies })->{content};
	my @pages = $html =~ m{href="/HelpWebapi/Api/([^"]+)"}g;
	return (grep({ !/^DELETE-/ } @pages), grep { /^DELETE-/ } @pages);	# what is deleted is of no use to the others
}

sub run_page {
	my ($page) = @_;
	my $html = $demo->get("/HelpWebapi/Api/$page", { Cookie => $cookies })->{content};
	my @curl = map { plain($_) } $html =~ m{<pre class="curl"[^>]*>(.*?)</pre>}sg;
	my ($path) = $html =~ m{<p class="path">.*?<code>(.*?)</code>}s;
	$path =~ s/<[^>]*>//g;
	my ($method) = $page =~ /^([A-Z]+)-/;
	is(scalar @curl, 1, "$page: one sample") or return;
	local %ENV = (%ENV, TOKEN => $demo->token, LOGIN => 'demo', PASSWORD => $demo->password);
	open my $fh, '>', $demo->dir . '/sample.sh' or die $!;
	print $fh "set -eu\n$curl[0] -w '\\n%{http_code}'\n";
	close $fh;
	my $out = `sh @{[$demo->dir]}/sample.sh 2>&1`;
	my ($status) = $out =~ /(\d+)\z/;
	ok((grep { $_ eq ($status // '') } expected($method, $path)), "$page: its sample works") or diag("$curl[0]\n$out");
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

done_testing();
