# Shopify payloads in which one value is of the wrong kind, too long, missing or hostile: done,
# ignored or dead with a reason, never a fault of ours or of the database.
use strict;
use warnings;
use File::Temp qw(tempdir);
use IPC::Open2;
use JSON::PP;
use Test::More;
use MariaDB;

my $db = MariaDB->start;
$db->sql('CREATE DATABASE tenant');
my $dir = tempdir('customerapi-hostile-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my %env = (CUSTOMERAPI_CONF => '/dev/null', CUSTOMERAPI_DB_SOCKET => $db->socket,
	CUSTOMERAPI_DB_USER => 'root', CUSTOMERAPI_DB_PASSWORD => '',
	CUSTOMERAPI_DB_REGISTRY => 'tenant');
local @ENV{keys %env} = values %env;
my $pid = open2(my $from, my $to, "$ENV{BUILDDIR}/t/c/shopify_probe");
is(scalar(<$from>), "ready\n", 'a probe with the tenant schema');

my $json = JSON::PP->new->canonical->allow_nonref->allow_bignum;
my @values = map { $json->decode($_) } 'null', 'true', '""', '" "', '-1', '0', '1.5', '1e400',
	'9223372036854775808', '99999999999999999999999999999.99', '[]', '{}', '[[]]', '{"id":{}}',
	'"\u0001"', '"2026-13-45T99:99:99Z"', '"0000-00-00T00:00:00Z"',
	'"9999-12-31T23:59:59+14:00"', '"\u00e9\ud83d\ude00"', "\"'; DROP TABLE Contact; -- \"",
	'"-0.0000000000000001"', '"1,5"';
push @values, 'x' x 70000, "\x{1F600}" x 300, 'a@' . 'b' x 300 . '.example';

# All places of a payload: references to the value's slot, with a name.
sub places {
	my ($slot, $name) = @_;
	my $v = $$slot;
	my @below = ref $v eq 'HASH' ? map { places(\$v->{$_}, "$name.$_") } sort keys %$v
		: ref $v eq 'ARRAY' ? map { places(\$v->[$_], "$name\[$_]") } 0 .. ($#$v > 1 ? 1
			: $#$v) : ();
	return ([$slot, $name], @below);
}

my %outcome;
sub ask {
	my ($entity, $action, $body, $topic) = @_;
	print $to JSON::PP->new->canonical->ascii->encode({ entity => $entity, action => $action,
		body => $body, headers => { 'x-shopify-topic' => $topic },
		received_at => '2026-01-02T03:04:05Z', test_orders => JSON::PP::true }), "\n";
	$to->flush;
	my $answer = <$from>;
	return $answer if !defined $answer;
	my $a = decode_json($answer);
	$outcome{$a->{outcome} // $a->{error}}++;
	return $a;
}

my $turn = 0;
for (['Order', 'Insert', 'orders_create', 'orders/create'],
	['Customer', 'Insert', 'customers_create', 'customers/create'],
	['Product', 'Insert', 'products_create', 'products/create']) {
	my ($entity, $action, $file, $topic) = @$_;
	open my $fh, '<', "$ENV{SRCDIR}/t/fixtures/shopify/$file.json" or die $!;
	my $text = do { local $/; <$fh> };
	my (@wrong, $n);
	my $whole = $json->decode($text);
	my @names = map { $_->[1] } places(\$whole, '');
	for my $i (0 .. $#names) {
		for (1 .. 3) {
			my $copy = $json->decode($text);
			my @places = places(\$copy, '');
			${ $places[$i][0] } = $values[$turn++ % @values];
			my $a = ask($entity, $action, $json->ascii->encode($copy), $topic);
			$n++;
			if (!defined $a) {
				fail("$file$names[$i]: the probe is gone");
				done_testing();
				exit 1;
			}
			push @wrong,
				"$names[$i] = "
				. substr($json->encode($values[($turn - 1) % @values]), 0, 40)
				. ": $a->{error}: $a->{detail}" if defined $a->{error}
				&& $a->{error} ne 'ERR_PERMANENT';
		}
	}
	cmp_ok($n, '>', 50, "$file: $n payloads with one wrong value");
	is_deeply(\@wrong, [], "$file: each is done, ignored or permanently wrong");
	is((ask($entity, $action, $text, $topic))->{error}, undef,
		"$file: and the right one still works");
}
cmp_ok($outcome{ERR_PERMANENT} // 0, '>', 0, 'some are refused');
cmp_ok($outcome{done} // 0, '>', 0, 'some do no harm');
note(join ' ', map { "$_ $outcome{$_}" } sort keys %outcome);
is($db->value('SELECT COUNT(*) FROM Contact', 'tenant') > 0, 1, 'the tables are there');
close $to;
waitpid $pid, 0;
is($?, 0, 'the probe ends well');

done_testing();
