# Connector/Magento against a Magento 1 shop: a stand-in of the vendor's module that is asked for
# files, says in French how far it is, and puts them into the folder of another connection.
use strict;
use warnings;
use utf8;
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use IO::Socket::INET;
use JSON::PP;
use POSIX qw(_exit strftime);
use Test::More;
use Time::HiRes qw(sleep time);
use World;

my $root = tempdir('customerapi-imports-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $work = tempdir('customerapi-work-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $in = "$root/C1/A1/in";
make_path($in);
my $w = World->start(tenant => { time_zone => "'Europe/Paris'", reference_currency => "'EUR'" },
	scheduler => { CUSTOMERAPI_RUN_SLOTS => 1, CUSTOMERAPI_QUEUE_WORKERS => 1,
		CUSTOMERAPI_IMPORT_ROOT => $root, CUSTOMERAPI_IMPORT_WORK => $work });
my $s = $w->{s};
my $password = 'p&canary 1=é';
my $ftp = 'f%canary;2';

# ------------------------------------------------------------------ the shop

my %files = (
	categories => ['PurchaseGoodCategory', "1|0|Root\n3|1|Hats\n"],
	products => ['PurchaseGood', "HOOD|A hood|1,3\nSOCK|A sock|3\n"],
	customers => ['Contact', "7||Ana|Bé|1 rue A||69001|Lyon|Rhône|FRA|ana\@example.com|0||"
		. "0611223344|31/12/1980|Ets||02/01/2026 10:00:00|||FRA\n"],
	orders => ['PurchaseHeader',
		"7|02/01/2026 10:00:00|1|100000012|EUR|1\x{a0}132.00|943.33|0.00|processing\n"
		. "|02/01/2026 10:00:00|1|100000013|EUR|10.00|8.33|0.00|complete\n"],
	orderDetails => ['PurchaseDetail',
		"02/01/2026 10:00:00|1|100000012|HOOD|1\x{a0}120.00|933.33|"
		. "0.00|2.0000\n02/01/2026 10:00:00|1|100000012|HOOD|0.00|0.00|0.00|2.0000\n"
		. "02/01/2026 10:00:00|1|100000012|SOCK|12.00|10.00|0.00|1.0000\n"]);
my $state = tempdir('customerapi-shop-XXXXXX', TMPDIR => 1, CLEANUP => 1);
sub slurp { open my $fh, '<:raw', $_[0] or return ''; local $/; return <$fh> // '' }
sub spew { my ($path, $text) = @_; open my $fh, '>:raw', $path or die "$path: $!"; print $fh $text;
	close $fh }
sub mode { spew("$state/mode", $_[0]) }

sub query_of { my ($target) = @_;
	my %q;
	for (split /&/, $target =~ s/^[^?]*\??//r) {
		my ($k, $v) = map { tr/+/ /; s/%([0-9A-F]{2})/chr hex $1/ger } split /=/, $_, 2;
		utf8::decode($v);
		$q{$k} = $v;
	}
	return %q }

# As the module does: with the export's number in the name, and by a transfer of text.
sub put {
	my ($id, $type) = @_;
	my ($name, $text) = @{ $files{$type} };
	utf8::encode($text);
	$text .= "8|short\n" if $type eq 'customers' && slurp("$state/mode") eq 'short';
	spew("$in/$name-" . strftime('%Y-%m-%d', gmtime) . "-$id.csv", $text =~ s/\n/\r\n/gr);
}

sub answer {
	my ($target) = @_;
	my %q = query_of($target);
	my $mode = slurp("$state/mode");
	return { response => { error => JSON::PP::true,
		message => 'Erreur de login ou de mot de passe' } }
		if $q{login} ne 'export' || $q{password} ne $password;
	if ($target =~ m{^/crm360/index/export}) {
		return { error => "Erreur lors de la connexion FTP pour $q{ftp_password}" }
			if $mode eq 'ftp' || $q{ftp_password} ne $ftp
				|| $q{ftp_url} ne 'ftp.example';
		my $id = 1 + (slurp("$state/id") || 0);
		spew("$state/id", $id);
		spew("$state/$id", join '|', $q{type}, 0, $q{timestamp} // '');
		return { response => { id => "$id", status => 'En attente' } };
	}
	return undef if $target !~ m{^/crm360/index/status};
	my ($type, $asked, $from) = split /\|/, slurp("$state/$q{id}");
	return { response => { error => JSON::PP::true,
		message => "La demande numéro $q{id} n'existe pas" } } if !defined $type;
	spew("$state/$q{id}", join '|', $type, ++$asked, $from);
	return { response => { status => 'Erreur lors du traitement', message => "no $password" } }
		if $mode eq 'fails';
	return { response => { status => 'En attente' } } if $asked == 1 || $mode eq 'waits';
	return { response => { status => 'En cours de traitement' } } if $asked == 2;
	put($q{id}, $type) if $mode ne 'nothing';
	return { response => { status => 'Terminé avec succès' } };
}

my $listen = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 20) or die $!;
defined(my $shop = fork) or die $!;
if (!$shop) {
	$SIG{TERM} = sub { _exit(0) };
	while (1) {
		my $client = $listen->accept or next;
		my ($target) = (<$client> // '') =~ /^GET (\S+)/;
		while (defined(my $line = <$client>)) { last if $line =~ /^\r?\n/ }
		my $said = eval { answer($target) };
		my ($status, $body) = defined $said ? (200, JSON::PP->new->ascii->encode($said))
			: (404, '<p>Not here</p>');
		print $client "HTTP/1.1 $status Said\r\nDate: ",
			strftime('%a, %d %b %Y %H:%M:%S GMT', gmtime),
			"\r\nContent-Type: application/json\r\nConnection: "
				. "close\r\nContent-Length: ",
			length $body, "\r\n\r\n$body";
		close $client;
	}
}
mode('');

# ------------------------------------------------------------------ the connections

my $said = '';
sub admin { my $out = eval { $w->admin(join ' ', map { "'$_'" } @_) } // $@; $said .= $out;
	return $out }
sub secret { my ($name, $text) = @_;
	utf8::encode($text);
	my $path = $s->dir . "/$name";
	spew($path, $text);
	chmod 0600, $path;
	return ('--secret-file', "$name=$path") }
admin(qw(connection add C1 A1 drop Folder file:C1/A1/in));
admin(qw(connection add C1 A1 old Magento1), 'http://127.0.0.1:' . $listen->sockport,
	map({ ('--set', $_) } 'Login=export', 'Drop=drop', 'SourceId=1', 'AllowPrivate=true',
		'FtpHost=ftp.example', 'FtpUser=u', 'RequestsPerMinute=60000'),
	secret(Password => $password), secret(FtpPassword => $ftp));
like(admin(qw(connection test C1 A1 old)), qr/takes the login/, 'the test of the connection');
admin(qw(connection set C1 A1 old --set Login=other));
like(admin(qw(connection test C1 A1 old)), qr/does not take the login: Erreur de login/,
	'a login that is wrong');
admin(qw(connection set C1 A1 old --set Login=export));

sub run {
	my (%p) = @_;
	$s->sql("INSERT INTO api_run (tenant_id, process, parameters, origin, state, not_before, "
		. "created_at, result, log_tail) VALUES (1, 'Connector/Magento', '"
		. encode_json({ Connection => 'old', %p })
		. "', 2, 1, '2026-01-01', '2026-01-01', '', '')");
	my $id = $s->value('SELECT MAX(run_id) FROM api_run');
	my $end = time + 120;
	while (time < $end) {
		my ($r) = $s->sql("SELECT state, HEX(result), reason, log_tail FROM api_run "
			. "WHERE run_id = $id AND state NOT IN (1, 2)");
		return { State => $r->[0], Reason => $r->[2], Log => $r->[3],
			%{ decode_json(pack('H*', $r->[1]) || '{}') } } if $r;
		sleep 0.1;
	}
	die "run $id does not end";
}

# ------------------------------------------------------------------ the import

my $r = run();
is($r->{State}, 3, 'an import') or diag explain $r;
is_deeply([@$r{qw(Read Refused)}], [8, 0], 'reads all files') or diag $r->{Log};
is_deeply($w->rows('SELECT PurchaseIdentifier, PurchaseReference, Amount, TaxFreeAmount,
	PurchaseStatusId, PurchaseStatusDate, ContactId IS NULL FROM PurchaseHeader ORDER BY 1'),
	['100000012@1|100000012|1132.0000|943.3300|3|2026-01-02 10:00:00.000000|0',
	'100000013@1|100000013|10.0000|8.3300|5|2026-01-02 10:00:00.000000|1'], 'orders');
is_deeply($w->rows('SELECT d.Sku, d.Quantity, d.Amount, g.Label, c.Label FROM PurchaseDetail d
	JOIN PurchaseGood g USING (PurchaseGoodId)
	LEFT JOIN PurchaseGoodCategory c USING (PurchaseGoodCategoryId) WHERE d.DeletionFlag = 0
	ORDER BY 1'), ['HOOD|2.0000|1120.0000|A hood|Hats', 'SOCK|1.0000|12.0000|A sock|Hats'],
	'their lines, goods and categories');
is_deeply($w->rows('SELECT FirstName, LastName, Email, City, EmailOptin FROM Contact
	JOIN Address USING (ContactId)'), ['Ana|Bé|ana@example.com|Lyon|0'], 'customers');
is(scalar(grep { -f } glob "$in/*.csv"), 0, 'no file is left');
is(scalar(grep { -f } glob "$in/done/*.csv"), 5, 'they are among those that are done');

my $tables = sub { [map { join ' ', @$_ } $w->sql('CHECKSUM TABLE PurchaseHeader, PurchaseDetail,
	PurchaseGood, PurchaseGoodCategory, Contact, Address, ContactIdentifier, Store')] };
my $before = $tables->();
$r = run();
is($r->{State}, 3, 'the same again') or diag explain $r;
is_deeply($tables->(), $before, 'changes nothing');
my @asked = map { (split /\|/, slurp("$state/$_"))[2] } 6 .. 10;
is(scalar(grep { /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/ } @asked), 5,
	'it asks for what was changed since the last run') or diag explain \@asked;
$r = run(Full => JSON::PP::true, Resources => ['Customers']);
is((split /\|/, slurp("$state/11"))[2] // '', '', 'and for all when it is told to');

# ------------------------------------------------------------------ faults

mode('fails');
like(run()->{Reason}, qr/could not export categories \(Erreur lors du traitement\): no \*\*\*/,
	'an export that fails: the shop says why, without secrets');
mode('nothing');
like(run()->{Reason}, qr/no file PurchaseGoodCategory-\*-13\.csv is in file:C1\/A1\/in: correct/,
	'a file that does not come');
mode('ftp');
like(run()->{Reason}, qr/refuses the export: Erreur lors de la connexion FTP pour \*\*\*\. Can it/,
	'a shop that does not reach the server');
mode('waits');
$s->sql("INSERT INTO api_run (tenant_id, process, parameters, origin, state, not_before, "
	. "created_at, "
	. "result, log_tail) VALUES (1, 'Connector/Magento', '{\"Connection\":\"old\"}', 2, 1, "
	. "'2026-01-01', '2026-01-01', '', '')");
ok($s->until_is(2, 'SELECT state FROM api_run ORDER BY run_id DESC LIMIT 1'), 'a run that waits');
sleep 1;
kill 'KILL', $s->children('runner');
$s->sql("UPDATE api_run SET lease_until = '2026-01-01' WHERE state = 2");
ok($s->until_is(0, 'SELECT COUNT(*) FROM api_run WHERE state = 2'), 'is killed');
mode('short');
$s->sql('UPDATE api_run SET state = 7 WHERE state = 1');
$r = run();
is($r->{State}, 5, 'the next one finds a row that is cut off');
like($r->{Reason}, qr/^1 file has trouble\. Contact-\S+: 1 of 2 records were rejected/,
	'and says so');
is($r->{Rows}{PurchaseHeader}{Unchanged}, 3, 'the other files are read') or diag explain $r;
admin(qw(connection set C1 A1 old --unset FtpUser));
like(run()->{Reason}, qr/does not say on which FTP server.*FtpHost, FtpUser and FtpPassword/,
	'a connection that does not say where to');

unlike($w->traces . $said, qr/canary/, 'no password in any log, table or output');
kill 'KILL', $shop;
waitpid $shop, 0;
$w->stop;
done_testing;
