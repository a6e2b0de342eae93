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
ok($json->encode($json->decode($r->{content})) eq $json->encode($json->decode($committed)), 'doc/openapi.json is what is served')
	or diag("make it anew: t/c/openapi > doc/openapi.json   (t/c/openapi of the build folder $ENV{BUILDDIR})");
my ($words, $status) = Node->new->run('openapi.mjs', $file);
is($status, 0, 'the linter finds nothing') or diag($words);
like($words, qr/^valid 3\.1/, 'it is OpenAPI 3.1');

done_testing();
