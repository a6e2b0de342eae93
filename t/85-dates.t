# Dates on the command line: of the tenant's zone unless they have an offset, whichever command
# takes them, and shown in the answer. The same as in the API and in files.
use strict;
use warnings;
use Digest::MD5 qw(md5_hex);
use File::Temp qw(tempdir);
use JSON::PP;
use POSIX ();
use Test::More;
use World;

# Two tenants: C1/A1 in Paris, C2/A2 in Auckland.
my $w = World->start(no_daemon => 1);
$w->{s}->sql("UPDATE api_alias SET time_zone = CASE alias_id WHEN 1 THEN 'Europe/Paris' ELSE "
	. "'Pacific/Auckland' END");
my $dir = tempdir('customerapi-dates-XXXXXX', TMPDIR => 1, CLEANUP => 1);

# (exit code, standard output, standard error)
sub run {
	my ($line, $input) = @_;
	local %ENV = (%ENV, %{ $w->{s}{env} });
	open my $fh, '>', "$dir/in" or die $!;
	print $fh $input // '';
	close $fh;
	my $out = `$ENV{BUILDDIR}/customerapi $line <$dir/in 2>$dir/err`;
	my $code = $? & 127 ? 'signal' : $? >> 8;
	open $fh, '<', "$dir/err" or die $!;
	my $err = do { local $/; <$fh> } // '';
	return ($code, $out, $err);
}

sub json { my ($line, $input) = @_; my ($code, $out, $err) = run("$line --json", $input);
	is("$code $err", '0 ', $line); return decode_json($out) }
sub text { my ($line) = @_; my ($code, $out, $err) = run($line); is("$code $err", '0 ', $line);
	return $out }
sub bad { my ($line, $words) = @_; my ($code, $out, $err) = run($line);
	is($code, 2, "$line: refused") or diag($out, $err); like($err, $words, "$line: says why");
		is($out, '', "$line: nothing done") }

# What is typed, for which tenant, and the moment that it is; the wall clock with which the answer
# tells it.
my @dates = (
	['2027-07-01', 'C1 A1', '2027-06-30T22:00:00Z', '2027-07-01T00:00:00+02:00 (Europe/Paris)'],
	['2027-01-01', 'C1 A1', '2026-12-31T23:00:00Z', '2027-01-01T00:00:00+01:00 (Europe/Paris)'],
	['2027-01-01T08:30', 'C2 A2', '2026-12-31T19:30:00Z',
		'2027-01-01T08:30:00+13:00 (Pacific/Auckland)'],
	['2027-01-01T08:30:00Z', 'C1 A1', '2027-01-01T08:30:00Z',
		'2027-01-01T09:30:00+01:00 (Europe/Paris)'],
	['2027-01-01T08:30-05:00', 'C2 A2', '2027-01-01T13:30:00Z',
		'2027-01-02T02:30:00+13:00 (Pacific/Auckland)'],
	['2027-03-28T02:30', 'C1 A1', '2027-03-28T01:00:00Z',
		'2027-03-28T03:00:00+02:00 (Europe/Paris)'],	# the clocks jump over it
	['2027-10-31T02:30', 'C1 A1', '2027-10-31T00:30:00Z',
		'2027-10-31T02:30:00+02:00 (Europe/Paris)'],	# they show it twice
	['2027-05-05T08:09:10', 'C1 A1', '2027-05-05T06:09:10Z',
		'2027-05-05T08:09:10+02:00 (Europe/Paris)'],
);
my $n = 0;
for (@dates) {
	my ($typed, $tenant, $moment, $wall) = @$_;
	my $campaign = json("campaign set $tenant C" . ++$n . " --from 2020-01-01 --to $typed");
	is($campaign->{ValidTo}, $moment, "campaign set --to $typed for $tenant");
	my ($stored) = grep { $_->{Campaign} eq "C$n" } @{
		json("campaign list $tenant")->{Campaigns} };
	is($stored->{ValidTo}, $moment, 'and so it is stored');
	like(text("campaign set $tenant C$n --to $typed"),
		qr/^Valid from: +-\nValid to: +\Q$wall\E$/m, 'the answer says so');
	like(text("rate set $tenant USD 0.9 --from $typed"), qr/^Valid from: +\Q$wall\E$/m,
		"rate set --from $typed");
	is((grep { $_->{ValidFrom} eq $moment } @{ json("rate list $tenant")->{CurrencyRates} }), 1,
		'and so it is stored');
	my $rule = json("points set-rule $tenant 1.5 --from $typed --to 2031-01-01 --source-id $n");
	is($rule->{ValidFrom}, $moment, "points set-rule --from $typed");
	is($rule->{ValidTo}, $tenant eq 'C1 A1' ? '2030-12-31T23:00:00Z' : '2030-12-31T11:00:00Z',
		'and --to');
	is((grep { $_->{SourceId} == $n } @{ json("points list-rules $tenant")->{PointRules} })[
		0]{ValidFrom}, $moment, 'and so it is stored');
	# Lists say the same, and whose time it is.
	my ($day, $time, $seconds, $zone) = $wall =~ /^(.{10})T(\d\d:\d\d)(:\d\d)\S+ \((.*)\)$/;
	my $shown = "$day $time" . ($seconds eq ':00' ? '' : $seconds);
	like(text("$_ $tenant"), qr/^Times are of: +\Q$zone\E\n\n.* \Q$shown\E(?: |$)/ms,
		"$_ $tenant shows $shown") for 'rate list', 'campaign list', 'points list-rules';
	like(text("rate remove $tenant USD $typed"), qr/^Valid from: +\Q$wall\E$/m,
		"rate remove $typed");
	my ($code, undef, $err) = run("rate remove $tenant USD $typed");
	is($code, 3, 'again: there is none');
	like($err, qr/valid from \Q$wall\E\./, 'and the answer says from when');
}
# The same date by the API, in a file of rates and in a file of codes.
my $token = decode_json($w->admin('token create C1 A1 --rights process,club --json'))->{Token};
my %headers = ('X-Crm360Api-Token' => $token, 'X-Crm360Api-CustomerName' => 'C1',
	'X-Crm360Api-DatabaseAlias' => 'A1');
my $api = $w->request('POST', '/ProcessManagement/CurrencyRates',
	{ CurrencyId => 'GBP', Rate => '1.2', ValidFrom => '2027-07-01' }, %headers);
like($api->{status}, qr/^20/, 'a rate by the API') or diag($api->{content});
like((json('rate set C1 A1 GBP 1.3 --from 2027-07-01'))->{ValidFrom}, qr/^2027-06-30T22:00:00Z$/,
	'and by the command line');
is(scalar(grep { $_->{CurrencyId} eq 'GBP' } @{ json('rate list C1 A1')->{CurrencyRates} }), 1,
	'are one');
json('rate import C1 A1 -', "GBP,2027-07-01,1.4\n");
is((grep { $_->{CurrencyId} eq 'GBP' } @{ json('rate list C1 A1')->{CurrencyRates} })[0]{Rate},
	'1.400000000000', 'and in a file');
for my $tenant ('C1 A1', 'C2 A2') {
	is(json("code import $tenant C" . ($tenant eq 'C1 A1' ? 1 : 3) . ' -',
		"Code,ValidFrom,ValidTo\nAAAA,2027-07-01,2027-07-02T12:00\nBBBB,2027-07-01T00:00Z"
			. ",\n")->{Taken}, 2, "code import for $tenant");
}
like(text('code list C1 A1'),
	qr/^Times are of: +Europe\/Paris\n\n.*^AAAA +C1 +2027-07-01 00:00 +2027-07-02 12:00 /ms,
	'code list is by the wall clock, too');
is_deeply([map { "$_->{Code} $_->{ValidFrom} " . ($_->{ValidTo} // '') } @{
	json('code list C1 A1')->{Codes} }],
	['AAAA 2027-06-30T22:00:00Z 2027-07-02T10:00:00Z',
		'BBBB 2027-07-01T00:00:00Z 2027-06-30T22:00:00Z'],
		'codes of a file in Paris; what is not given is the campaign\'s');
is_deeply([map { "$_->{Code} $_->{ValidFrom} " . ($_->{ValidTo} // '') } @{
	json('code list C2 A2')->{Codes} }],
	['AAAA 2027-06-30T12:00:00Z 2027-07-02T00:00:00Z',
		'BBBB 2027-07-01T00:00:00Z 2026-12-31T19:30:00Z'], 'and in Auckland');
is(json('schedule add C1 A1 Test OneTime --set StartDate=2031-07-01')->{NextRuns}[0]{Utc},
	'2031-06-30T22:00:00Z', 'schedule add --set StartDate');
is(json('schedule add C2 A2 Test OneTime --set StartDate=2031-07-01T08:00')->{NextRuns}[0]{Local},
	'2031-07-01T08:00:00+12:00', 'of the tenant');

# ------------------------------------------------------------------ what is listed
# A message and a mail of each tenant, received at 23:30 UTC: of the next day in Paris already, and
# in Auckland long since.
for my $tenant (1, 2) {
	my $receipt = md5_hex("dates $tenant");
	$w->{s}->sql(
		"INSERT INTO api_message (receipt, tenant_id, kind, visible_at, received_at, "
			. "settled_at, source_id, platform, entity, action, method, uri, headers, "
				. "body, state)
		VALUES (x'$receipt', $tenant, 1, '2026-07-01 23:30', '2026-07-01 23:30', "
			. "'2026-07-01 23:30', 1, 'Test', 'Any', 'Done', 'POST', '/', '{}', '{}', "
				. "4);
		INSERT INTO api_mail (tenant_id, kind, header_id, content, state, visible_at, "
			. "created_at, give_up_at) VALUES ($tenant, 3, 'dates $tenant', 'text', 4, "
				. "'2026-07-01 23:30', '2026-07-01 23:30', '2026-07-02');
		INSERT INTO api_mail_recipient (mail_id, address, state, changed_at)
			SELECT mail_id, 'a\@demo.example', 4, created_at FROM api_mail
			WHERE header_id = 'dates $tenant'");
}
for my $list (['queue list', 'Messages'], ['mail list', 'Mails']) {
	my ($command, $member) = @$list;
	my $count = sub { scalar @{ json("$command $_[0]")->{$member} } };
	is($count->('--tenant C1/A1 --after 2026-07-02'), 1, "$command --after in Paris");
	is($count->('--tenant C1/A1 --after 2026-07-02T01:31'), 0, 'a minute later');
	is($count->('--tenant C1/A1 --before 2026-07-02'), 0, '--before');
	is($count->('--tenant C1/A1 --before 2026-07-02T00:00Z'), 1, 'with an offset');
	is($count->('--tenant C2/A2 --after 2026-07-02T11:30 --before 2026-07-02T11:31'), 1,
		'in Auckland');
	is($count->('--after 2026-07-01T23:30Z'), 2, 'of all tenants with an offset');
	my $said = json("$command --tenant C1/A1 --after 2026-07-02 --before 2026-07-03");
	is("$said->{After} $said->{Before}", '2026-07-01T22:00:00Z 2026-07-02T22:00:00Z',
		'the answer says which moments');
	like(text("$command --tenant C1/A1 --after 2026-07-02"),
		qr/^After: +2026-07-02T00:00:00\+02:00 \(Europe\/Paris\)\n\n/,
		'in words with the zone');
	like(text("$command --after 2026-07-01T23:00Z"),
		qr/^After: +2026-07-01T23:00:00Z \(UTC\)$/m, 'or in UTC');
	unlike(text("$command --tenant C1/A1"), qr/After|Before/,
		'and nothing where none was given');
	bad("$command --after 2026-07-02",
		qr/^customerapi: --after: needs an offset, as in 2026-11-24T08:30\+01:00, or the tenant: the tenants' time zones differ$/m);
	bad("$command --before 2026-07-02T10:00", qr/--before: needs an offset/);
	bad("$command --tenant C1/A1 --after 2026-07-03 --before 2026-07-02T22:00Z",
		qr/--before: must be later than --after/);
	bad("$command --after 2026-02-30",
		qr/--after: must be an age .* or a date like .*of the tenant's time zone/);
}
for my $retry ('queue retry --state dead', 'mail retry --state dead') {
	is(json("$retry --tenant C1/A1 --after 2026-07-02T01:31 --dry-run")->{WouldBeRetried}, 0,
		"$retry --after in Paris");
	my $minute = '--after 2026-07-02T01:30 --before 2026-07-02T01:31';
	is(json("$retry --tenant C1/A1 $minute --dry-run")->{WouldBeRetried}, 1,
		'a minute earlier');
	bad("$retry --after 2026-07-02 --dry-run", qr/--after: needs an offset/);
}
# One zone for all: then it is that.
$w->{s}->sql("UPDATE api_alias SET time_zone = 'Europe/Paris'");
is(scalar @{ json('queue list --after 2026-07-02')->{Messages} }, 2,
	'where all tenants have one zone it is that');
is(json('queue list --after 2026-07-02')->{After}, '2026-07-01T22:00:00Z',
	'and the answer says so');
like(text('mail list --after 2026-07-02'),
	qr/^After: +2026-07-02T00:00:00\+02:00 \(Europe\/Paris\)$/m, 'in words, too');

# ------------------------------------------------------------------ the help
my $commands = text('--help');
my @when;
for my $command ($commands =~ /^  ([a-z][a-z-]*(?: [a-z][a-z-]*)?)  /mg) {
	my (undef, $help) = run("$command --help");
	push @when, $command if $help =~ /WHEN|^  FROM$/m;
	my @options = $help =~ /^  (?:--[a-z-]+ WHEN|FROM)\n((?:      .*\n)+)/mg;
	like($_ =~ s/\s+/ /gr, qr/A date without an offset is of the tenant's time zone/,
		"$command --help says the rule") for @options;
}
is("@when", 'queue list queue retry queue refused mail list mail retry export run rate set '
	. 'rate remove campaign set points set-rule', 'every command that takes a date');
like(text('code import --help') =~ s/\s+/ /gr,
	qr/A date without an offset is of the tenant's time zone/, 'code import --help, too');
$w->stop;

done_testing();
