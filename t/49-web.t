# The help pages in Chromium and in a text browser, on a running system with real data. Screenshots
# stay in t/shots of the build folder.
use strict;
use warnings;
use File::Path qw(make_path);
use JSON::PP;
use Test::More;
use Demo;
use Node;

my $node = Node->new;
my $demo = Demo->start->seed;
my $shots = "$ENV{BUILDDIR}/t/shots";
make_path($shots);

# ------------------------------------------------------------------ Chromium; the payloads' people
# are called Steve
my ($words, $status) = $node->run('pages.mjs', $demo->url, $demo->password, 'Steve', $shots);
my $results = eval { decode_json($words) } // [];
is($status, 0, 'the browser went through') or diag($words);
for my $r (@$results) { ok($r->{ok}, $r->{name}) or diag($r->{more}) }
cmp_ok(scalar @$results, '>', 200, 'all of it');
for my $shot (map { my $s = $_;
	map { "$s-$_" } qw(light dark phone) } qw(index queueprocess schedule contact live)) {
	cmp_ok(-s "$shots/$shot.png" // 0, '>', 10000, "screenshot $shot");
}

# ------------------------------------------------------------------ a text browser
my $text = sub { my ($path) = @_; my $url = $demo->url . $path;
	return scalar `w3m -dump -cols 110 '$url'` };
my $index = $demo->get('/HelpWebapi', {})->{content};
my @pages = $index =~ m{href="/HelpWebapi/Api/([^"]+)"}g;
like($text->('/HelpWebapi'), qr/Web API.*X-Crm360Api-Token.*Webhook.*QueueProcess.*Schedules/s,
	'w3m: the index');
for my $page (@pages) {
	my $dump = $text->("/HelpWebapi/Api/$page");
	my @missing = grep { $dump !~ /^\Q$_\E$/m } 'Request', 'Access', 'Sample request',
		'Replies', 'Errors', 'Try it';
	is("@missing", '', "w3m: $page is whole");
	like($dump, qr/^curl -sS/m, "w3m: $page has its command");
}
like($text->('/HelpOdata/Api/Customer_Address'), qr/EmailOptin\s+Boolean/, 'w3m: an entity');

done_testing();
