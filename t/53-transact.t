# Transactions that meet another's lock, and the connections to tenants: the same rules for the web
# program, the daemon and the command-line tool.
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use Test::More;
use Time::HiRes qw(sleep);
use Cut;
use Fcgi;
use World;

# conflicts(N): the next N transactions, of whatever program, end as if another had won.
my $files;
sub conflicts {
	for my $i (1 .. $_[0]) { open my $fh, '>', "$files.$i" or die $!; close $fh }
}
sub left { return scalar grep { -e "$files.$_" } 1 .. 9 }
sub none_left { unlink "$files.$_" for 1 .. 9 }

$files = File::Temp::tempdir(CLEANUP => 1) . '/conflict';
$ENV{CUSTOMERAPI_TEST_CONFLICTS} = $files;
my $w = World->start(no_daemon => 1);
my ($s, $db) = @$w{qw(s db)};
$s->sql("INSERT INTO api_token (alias_id, token_hash, rights, created_at) VALUES (1, x'"
	. sha256_hex('rate-canary-1') . "', 'process', '2026-01-01'), (2, x'"
	. sha256_hex('rate-canary-2') . "', 'process', '2026-01-01')");

sub rate {
	my ($tenant, $from) = @_;
	return $w->request('POST', '/ProcessManagement/CurrencyRates',
		{ CurrencyId => 'USD', Rate => '0.9', ValidFrom => $from },
		'X-Crm360Api-Token' => "rate-canary-$tenant",
		'X-Crm360Api-CustomerName' => "C$tenant",
		'X-Crm360Api-DatabaseAlias' => "A$tenant");
}
sub rates { return $w->value('SELECT COUNT(*) FROM CurrencyRate', $_[0] // 1) }
# tool(ARGUMENTS): exit code and what the command-line tool says.
sub tool {
	local %ENV = (%ENV, %{ $s->{env} });
	my $out = `$ENV{BUILDDIR}/customerapi @_ 2>&1`;
	return ($? >> 8, $out);
}

# ---------------------------------------------------------------- the web program

conflicts(2);
my $r = rate(1, '2026-01-01');
is($r->{status}, 200, 'web: the third try of a request succeeds') or diag($r->{content});
is(left(), 0, 'after two that did not');
like($r->{content}, qr/^\{[^{}]*\}\n\z/, 'the reply is that of one try');
is(rates(), 1, 'one row');
conflicts(3);
$r = rate(1, '2026-02-01');
is("$r->{status} " . ($r->{headers}{'retry-after'} // ''), '503 30', 'web: three tries are all');
is($r->{json}{type} =~ s{.*[/:]}{}r, 'database-busy', 'the reply says why');
is(left(), 0, 'none was left out');
is(rates(), 1, 'nothing is written');

# ---------------------------------------------------------------- the command-line tool

my ($code, $out) = tool(qw(customer add Third));
is($code, 0, 'a customer') or diag($out);
conflicts(2);
($code, $out) = tool(qw(customer remove Third));
is($code, 0, 'command line: the third try succeeds') or diag($out);
is(left(), 0, 'after two that did not');
tool(qw(customer add Third));
conflicts(3);
($code, $out) = tool(qw(customer remove Third));
isnt($code, 0, 'command line: three tries are all');
like($out, qr/busy|again/i, 'it says so');
is($s->value("SELECT COUNT(*) FROM api_customer WHERE name = 'Third'"), 1, 'nothing is removed');

# ---------------------------------------------------------------- the daemon

sub message { return $s->put(tenant => $_[0], body => qq({"id":"$_[1]"})) }
sub state { return $s->message($_[0])->{state} }
my ($receipt) = message(1, 'two');
conflicts(2);
is($s->once, 0, 'daemon: a round with two conflicts');
is(left(), 0, 'which came');
is(state($receipt), 3, 'the message is done in that round');
is($w->value("SELECT COUNT(*) FROM MarketingAction WHERE Identifier = 'two'"), 1, 'once');
($receipt) = message(1, 'three');
conflicts(3);
is($s->once, 0, 'daemon: a claim that fails three times is no error');
is(state($receipt), 1, 'the message waits');
is(scalar($s->events('database')), 0, 'the log is silent');
none_left();
is($s->once, 0, 'the next round');
is(state($receipt), 3, 'does it');

# ---------------------------------------------------------------- a commit of unknown outcome

for my $when ('before', 'after') {
	my $had = rates();
	my $path = $s->dir . "/cut-$when";
	my $cut = Cut->new($db->socket, $path, $when);
	my $fcgi = Fcgi->start((map { $_ => $s->{env}{$_} } grep { $_ ne 'CUSTOMERAPI_CONF' }
		keys %{ $s->{env} }), CUSTOMERAPI_DB_SOCKET => $path,
		CUSTOMERAPI_FCGI_WORKERS => 1, CUSTOMERAPI_FCGI_THREADS => 1);
	my $nginx = Nginx->start($fcgi->socket);
	local $w->{nginx} = $nginx;
	$r = rate(1, $when eq 'before' ? '2026-03-01' : '2026-04-01');
	is($r->{status}, 503, "a commit that is cut $when it is carried out: 503");
	is($r->{json}{type} =~ s{.*[/:]}{}r, 'outcome-unknown', 'the outcome is unknown');
	is(rates(), $had + ($when eq 'after'), 'it was not tried again');
	$nginx->stop;
	$fcgi->stop;
}

# ---------------------------------------------------------------- a tenant on another server

# The same server by its socket: the service's user would be let in.
$db->sql("CREATE USER crm\@localhost; GRANT ALL ON tenant2.* TO crm\@localhost;
	SET GLOBAL log_output = 'TABLE', general_log = 1");
# connected(): the users that came to the tenant's database since the last call.
sub connected {
	my %users = map { $_->[0] =~ /^(\S*)\@\S+ on tenant2\b/ ? ($1 => 1) : () } $db->sql(
		"SELECT argument FROM mysql.general_log WHERE command_type = 'Connect'");
	$db->sql('TRUNCATE mysql.general_log');
	return join ' ', sort keys %users;
}
sub elsewhere {
	my ($user) = @_;
	$s->sql("UPDATE api_alias SET socket = '" . $db->socket . "', db_user = '$user' WHERE "
		. 'alias_id = 2');
	sleep 3;	# the web program goes by what it has read for two seconds
	connected();
}
my @dates = map { "2026-05-0$_" } 1 .. 9;
my %ways = (
	web => sub { rate(2, shift @dates)->{status} },
	'command line' => sub { (tool(qw(rate list C2 A2)))[0] },
	daemon => sub { my ($m) = message(2, 'remote' . @dates); $s->once;
		$s->message($m)->{state} },
);
my %well = (web => 200, 'command line' => 0, daemon => 3);
elsewhere('crm');
for my $way (sort keys %ways) {
	is($ways{$way}->(), $well{$way}, "$way: an alias with a user of its own is reached");
	is(connected(), 'crm', "$way: as that user alone");
}
for my $user ('', 'nobody-here') {
	my $kind = $user eq '' ? 'without a user' : 'whose user is not known there';
	elsewhere($user);
	for my $way (sort keys %ways) {
		my $had = rates(2);
		connected();
		isnt($ways{$way}->(), $well{$way}, "$way: an alias $kind is not reached");
		unlike(connected(), qr/root|crm/, "$way: nor by the service's user");
		is(rates(2), $had, "$way: nothing is written");
	}
	my $refused = rate(2, shift @dates);
	is_deeply([$refused->{status}, $refused->{headers}{'retry-after'}],
		$user eq '' ? [500, undef] : [503, 30],
		"$kind: whether to try again is said when that may help");
}

done_testing();
