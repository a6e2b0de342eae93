# Runs behind all others (run.pl sees to that): every reply that they got is as doc/openapi.json
# says, and no action was never called.
use strict;
use warnings;
use JSON::PP;
use Test::More;
use Node;

my $folder = $ENV{CUSTOMERAPI_RECORD} // "$ENV{BUILDDIR}/t/replies";
my ($words, $status) = Node->new->run('replies.mjs', "$ENV{SRCDIR}/doc/openapi.json", $folder);
is($status, 0, 'the replies were compared') or BAIL_OUT($words);
my $result = decode_json($words);
cmp_ok($result->{replies}, '>', 100, 'there were many');
is_deeply($result->{faults}, [], 'each is as it is described');
is_deeply($result->{never}, [],
	'every action was called, and answered with success, or 501 where nothing is built');

done_testing();
