# The samples of README and of the pages of doc/ that are about quickstart's world, every curl line
# and body, and what the club's points are used by, run as they stand there in a world like it:
# Demo/Main, var/etc with its secret and token, the tool in the path.
use strict;
use warnings;
use utf8;
use File::Temp qw(tempdir);
use JSON::PP;
use Test::More;
use Demo;

binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output;
sub slurp { my ($file) = @_; open my $fh, '<:utf8', $file or return ''; local $/;
	return <$fh> // '' }
sub spew { my ($file, $text) = @_; open my $fh, '>:utf8', $file or die "$file: $!"; print $fh $text;
	close $fh }

# Only who installs for production, and who points Adictiz there, has another tenant.
my @pages = ('README.md', map { "doc/$_.md" } qw(webhooks schedules club privacy command-line
	help-pages));
my $readme = join '',
	map { slurp("$ENV{SRCDIR}/$_") =~ s/^## Install for production\n.*?(?=^## )//msr } @pages;
my @blocks = $readme =~ /^```sh\n(.*?)^```$/msg;
my $is_call = qr/\bcurl +(?:-|https?:|")/;
my @samples = grep { $_ =~ $is_call || /\bpoints use\b/ } @blocks;
(my $rest = $readme) =~ s/^```sh\n.*?^```$//msg;
unlike($rest, $is_call, 'no curl line stands outside a block of commands');
unlike(join('', @samples), qr/api\.example\.org/, 'samples are of the world that quickstart makes');
my @sections = split /^## /m, $readme;
cmp_ok(scalar @sections, '>=', 12, 'sections of that world');
is_deeply([map { my ($title) = /^(.*)$/m;
	map { "$title: $_" } /^(.*(?:Acme|acme).*)$/mg } @sections], [],
		'tenants are those of that world, too');

my $demo = Demo->start;
my $dir = tempdir(CLEANUP => 1);
mkdir "$dir/$_" for qw(bin var var/etc);
symlink "$ENV{SRCDIR}/t", "$dir/t" or die $!;
spew("$dir/var/etc/shopify-secret", "a-secret-of-thirty-two-characters\n");
spew("$dir/var/etc/demo-token", $demo->token . "\n");
$demo->admin("source set Demo Main --source-id 1 --scheme shopify --secret-file "
	. "$dir/var/etc/shopify-secret");
# curl that fails when a request is refused, and keeps what came back; the rest of each command is
# the page's.
spew("$dir/bin/curl", "#!/bin/sh\nn=\$(ls $dir/replies | wc -l)\n/usr/bin/env -i "
	. "PATH=/usr/local/bin:/usr/bin:/bin curl --fail-with-body \"\$\@\" "
		. ">$dir/reply\ncode=\$?\ncp $dir/reply $dir/replies/\$n\ncat $dir/reply\nexit "
			. "\$code\n");
chmod 0755, "$dir/bin/curl";
mkdir "$dir/replies";

my ($receipt, $calls) = ('', 0);
sub run_block {
	my ($block) = @_;
	$block =~ s/http:\/\/127\.0\.0\.1:8360/$demo->url/ge;
	$block =~ s/5b0c…/$receipt/g;
	spew("$dir/block.sh",
		"set -eu -o pipefail\nexport PATH=$dir/bin:$ENV{BUILDDIR}:\$PATH\n$block");
	local %ENV = (%ENV, %{ $demo->{env} }, TOKEN => $demo->token);
	my $out = `cd $dir && bash block.sh 2>&1`;
	return ($?, $out);
}

for my $i (0 .. $#samples) {
	my ($title) = $samples[$i] =~ m{((?:/[A-Z]\w+){2,5}|points use)};
	my $wanted = () = $samples[$i] =~ /^(?:\S*=\$\()?(?:curl|club) /mg;
	my $before = () = glob "$dir/replies/*";
	my ($status, $out) = run_block($samples[$i]);
	my $after = () = glob "$dir/replies/*";
	is($status, 0, "$title: it works") or diag("$samples[$i]\n$out");
	is($after - $before, $wanted, "$title: with all its $wanted requests");
	$calls += $wanted;
	ok($demo->settled, "$title: what it sent is processed");
	$receipt = $1 if $out =~ /"Receipt":"(\w+)"/;
}
cmp_ok($calls, '>=', 8, "$calls requests");
is_deeply([map { join '|', @$_ } $demo->db->sql("SELECT CONCAT_WS('/', platform, entity, action), "
	. "state, reason, remarks FROM customerapi.api_message WHERE state <> 3 OR remarks <> ''")],
	[], 'each delivery is done, without a remark');
is($demo->db->value("SELECT COUNT(*) FROM customerapi_demo.Address JOIN "
	. "customerapi_demo.ContactIdentifier USING (ContactId) WHERE Identifier = "
		. "'706405506930370000' AND Email = 'ana\@example.org'"), 1,
	'the row of the model is in the tenant');
is($demo->db->value(
	"SELECT COUNT(*) FROM customerapi_demo.ContactIdentifier WHERE Identifier = '4711'"), 1,
	'so is the member');
is($demo->db->value('SELECT COUNT(*) FROM customerapi.api_schedule'), 4,
	'and the schedules, by API and tool');
my ($code) = grep { /"Accepted"/ } map { slurp($_) } glob "$dir/replies/*";
ok(decode_json($code)->{Accepted}, 'the code was taken');

# The secret and token of quickstart's world are where the pages say.
my $quickstart = slurp("$ENV{SRCDIR}/quickstart");
like($quickstart, qr/\Q$_\E/, "quickstart makes $_")
	for qw($var/etc/shopify-secret $var/etc/demo-token), '$var/etc/customerapi.conf',
	'bin=$var/build', '"Demo shop"';

done_testing();
