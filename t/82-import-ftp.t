# ImportFtp with a folder: files in order, moved, not twice; what is rejected; result files by API
# and tool; runs that are killed, two at once; files that are not whole; what does not fit.
use strict;
use warnings;
use utf8;
use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep);
use Importer;

my $i = Importer->start;
my $w = $i->world;
mkdir $i->root . '/in';
$i->connection('drop', 'Folder', 'file:in');
my $true = JSON::PP::true;

my %people = (File => { Delimiter => ';' }, Rows => [
	{ Entity => 'Contact', Members => { 'ExternalKey.Identifier' => 'id', FirstName => 'first',
		LastName => 'last', BirthDate => { Column => 'born', Date => 'dd/mm/yyyy' } } } ]);
my %orders = (File => { Delimiter => '|' }, GroupBy => ['number'], Rows => [
	{ Entity => 'PurchaseHeader', Members => { PurchaseIdentifier => 'number',
		PurchaseDate => { Column => 'day', Date => 'dd/mm/yyyy' }, Amount => 'total',
		CurrencyId => { Constant => 'EUR' },
		'ContactExternalKey.Identifier' => 'customer' } },
	{ Entity => 'PurchaseGood', Each => $true, Ensure => $true, Members => {
		Identifier => 'sku', Sku => 'sku' } },
	{ Entity => 'PurchaseDetail', Each => $true, Members => { Identifier => 'sku',
		'PurchaseHeaderExternalKey.PurchaseIdentifier' => 'number',
		'PurchaseGoodExternalKey.Identifier' => 'sku', Amount => 'price' } } ]);
my $people_head = "id;first;last;born\n";
my $orders_head = "number|day|customer|total|sku|price\n";
my %both = (Connection => 'drop', Patterns => 'customers*.csv, orders*.csv',
	Mapping => { 'orders*.csv' => \%orders, 'customers*.csv' => \%people });
my %only = (Connection => 'drop', Mapping => \%people);

sub people { my ($from, $to) = @_;
	return $people_head . join '', map { "$_;F$_;L$_;01/02/1990\n" } $from .. $to }

# ------------------------------------------------------------------ order, counts, moves
$i->put('in/orders-1.csv', $orders_head . "o1|01/02/2026|1|10,50|s1|4\n"
	. "o1|01/02/2026|1|10,50|s2|6,50\n");
$i->put('in/customers-2.csv', people(3, 4));
$i->put('in/customers-1.csv', people(1, 2));
$i->put('in/readme.txt', 'not asked for');
my $run = $i->run(%both);
is($run->{State}, 'Success', 'a run') or diag "$run->{Reason}\n$run->{Log}";
is_deeply([map { "$_->{File} $_->{State} $_->{Read} $_->{Refused}" } @{ $run->{Result}{Files} }],
	['customers-1.csv Done 2 0', 'customers-2.csv Done 2 0', 'orders-1.csv Done 1 0'],
	'customers come before their orders, by name');
is_deeply($run->{Result}{Files}[2]{Rows}{PurchaseDetail}, { Inserted => 2, Updated => 0,
	Unchanged => 0, Superseded => 0 }, 'with what became of the rows');
is_deeply([@{ $run->{Result} }{qw(Done Failed Refused TakenBefore Later Read Rejected)}],
	[3, 0, 0, 0, 0, 5, 0], 'and the sums');
is_deeply([$i->names('in'), $i->names('in/done')], [['done', 'readme.txt'],
	['customers-1.csv', 'customers-2.csv', 'orders-1.csv']], 'they are moved, the other stays');
is($w->value('SELECT COUNT(*) FROM PurchaseHeader h JOIN ContactIdentifier i USING (ContactId)
	WHERE i.Identifier = \'1\''), 1, 'the order has its customer');
like($i->{s}->value('SELECT last_success_at FROM api_connection WHERE tenant_id = 1'),
	qr/^20/, 'the connection was used well');
$run = $i->run(%both);
is("$run->{State} @{ $run->{Result}{Files} }", 'Success ', 'nothing is left to do');

# The same again: by its name, size and checksum.
my @tables = qw(Contact ContactIdentifier Address PurchaseHeader PurchaseDetail PurchaseGood
	api_contact_consent);
my $sum = sub { join ' ', @{ $w->rows('CHECKSUM TABLE ' . join ', ', @tables) } };
my $before = $sum->();
$i->put('in/customers-1.csv', people(1, 2));
$run = $i->run(%both);
is($run->{Result}{Files}[0]{State}, 'TakenBefore', 'the same file again is known');
is_deeply($i->names('in/done'), ['customers-1-2.csv', 'customers-1.csv', 'customers-2.csv',
	'orders-1.csv'], 'moved under a name that is free');
$i->put('in/customers-3.csv', people(1, 2));
$run = $i->run(%both);
is_deeply($run->{Result}{Files}[0]{Rows}{Contact}, { Inserted => 0, Updated => 0, Unchanged => 2,
	Superseded => 0 }, 'the same rows under another name change nothing');
is($sum->(), $before, 'no row is touched');
$i->put('in/customers-3.csv', people(1, 2));
$run = $i->run(%both, Again => $true);
is($run->{Result}{Files}[0]{State}, 'Done', 'on wish it is read again');
$i->put('in/customers-4.csv', people(1, 2));
$run = $i->run(%both, DoneFolder => '');
is_deeply([$run->{Result}{Files}[0]{State}, $i->run(%both, DoneFolder => '')->{Result}{Files}[0]
	{State}, $i->names('in')], ['Done', 'TakenBefore', ['customers-4.csv', 'done',
	'readme.txt']], 'without a folder it stays, and is not taken again');
unlink $i->root . '/in/customers-4.csv';

# ------------------------------------------------------------------ what is rejected
my $bad = $people_head . "20;A;B;\n21;A\n22;C;D;\n;E;F;\n23;G;H;\n";
$i->put('in/bad.csv', $bad);
$run = $i->run(%only, DryRun => $true);
is("$run->{State} $run->{Result}{Files}[0]{State}", 'Failed Failed', 'a dry run says it');
is_deeply([map { $_->{Line} } @{ $run->{Result}{Files}[0]{Rejects} }], [3, 5],
	'with the first that are rejected');
is_deeply([$i->names('in'), $w->value("SELECT COUNT(*) FROM ContactIdentifier WHERE
	Identifier = '20'")], [['bad.csv', 'done', 'readme.txt'], 0], 'and does nothing');
$run = $i->run(%only, ResultFolder => '', Patterns => '*.csv');
is($run->{State}, 'Failed', 'too much is rejected: it failed');
like($run->{Reason}, qr/^bad\.csv: 2 of 5 records were rejected, more than 10 %/, 'and says so');
is($w->value("SELECT COUNT(*) FROM ContactIdentifier WHERE Identifier IN ('20', '22', '23')"), 3,
	'what was accepted stays');
my $id = $run->{Result}{Files}[0]{ImportId};
ok($id, 'it has its number');
my $accepted = $i->ask("/$id/Accepted");
is("$accepted->{status} $accepted->{headers}{'content-type'}", '200 text/csv', 'a result file');
is_deeply([map { (split /;/)[0] } split /\n/, $accepted->{content}], [qw(Line 2 4 6)],
	'accepted: the lines');
is($i->ask("/$id/Rejected")->{content}, $people_head . "21;A\n;E;F;\n",
	'rejected: as they came, behind the header');
like($i->ask("/$id/Reasons")->{content}, qr/^Line;Reason\n3;.*\n5;.*\n$/, 'with the reasons');
is($i->ask("/$id/NotReached")->{status}, 404, 'all was reached');
is($i->ask("/$id/Rejected?Offset=19")->{content}, "21;A\n;E;F;\n", 'the rest of one');
is_deeply([grep { /^bad/ } @{ $i->names('in') }], ['bad.csv.accepted.csv', 'bad.csv.reasons.csv',
	'bad.csv.rejected.csv'], 'they are put beside it, too');
is_deeply($i->names('in/failed'), ['bad.csv'], 'which is moved to those that failed');
is($i->run(%only)->{Result}{Done}, 0, 'and are not taken for files');
unlink map { $i->root . "/in/$_" } grep { /^bad/ } @{ $i->names('in') };
is($i->run(%only, RejectedPercent => 50)->{State}, 'Success', 'nothing to do');
$i->put('in/bad2.csv', $bad);
is($i->run(%only, RejectedPercent => 50, ResultFolder => 'results')->{State}, 'Success',
	'a larger share may be allowed');
is_deeply($i->names('in/results'), ['bad2.csv.accepted.csv', 'bad2.csv.reasons.csv',
	'bad2.csv.rejected.csv'], 'result files in a folder of their own');

# ------------------------------------------------------------------ API and tool
my $list = $i->ask('?State=Failed')->{json}{Imports};
is_deeply([map { [@$_{qw(ImportId Connection File State)}] } @$list], [[$id, 'drop', 'bad.csv',
	'Failed']], 'listed by state');
my $all = $i->ask('')->{json}{Imports};
ok($all->[0]{ImportId} > $all->[-1]{ImportId}, 'the newest first');
is($i->ask("?Limit=1&Before=$all->[0]{ImportId}")->{json}{Imports}[0]{ImportId},
	$all->[1]{ImportId}, 'a page');
is_deeply($i->ask('?Connection=none')->{json}{Imports}, [], 'by connection');
my $shown = $i->ask("/$id")->{json};
is_deeply([@{ $shown->{Counts} }{qw(Read Taken Refused)}, $shown->{Counts}{Rows}{Contact}
	{Inserted}], [5, 3, 2, 3], 'shown with counts');
is($i->ask("/$id", tenant => 2)->{status}, 404, 'another tenant has none');
is($i->ask("/$_")->{status}, 404, "$_: none") for 99999, "99999/Accepted";
is($i->ask("/$id/$_")->{status}, 400, "$_: no part") for '..%2Faccepted', 'passwd';
my $token = sub { decode_json($w->admin("token create C1 A1 $_[0] --json"))->{Token} };
is($i->ask("/$id/Accepted", token => $token->('--rights data'))->{status}, 403,
	'the right process is needed');
$w->admin('user add C1 A1 limited --rights process --zone 2 --password-file -', 'long enough 1');
my $limited = $token->('--rights process --user limited');
is($i->ask($_, token => $limited)->{status}, 403, "a limited token: $_")
	for '', "/$id", "/$id/Accepted";
like($w->admin('import list C1 A1 --state Failed'), qr/^ *$id +drop +bad\.csv +Failed/m,
	'the tool lists them');
like($w->admin("import show C1 A1 $id"), qr/"Refused": ?2/, 'shows one');
is($w->admin("import show C1 A1 $id --part Rejected"), $people_head . "21;A\n;E;F;\n",
	'and its result files');

$i->put('in/tool.csv', people(80, 81));
my $mapping = encode_json(\%people);
$w->admin("run start C1 A1 ImportFtp --parameter Connection=drop --parameter StableSeconds=0 "
	. "--parameter 'Mapping=$mapping'");
$i->{s}->once;
is_deeply([grep { /tool/ } @{ $i->names('in/done') }], ['tool.csv'],
	'a run by the tool, with the mapping as JSON');

# ------------------------------------------------------------------ refused
for (
	['no mapping', { Mapping => undef }] => qr/Parameters\.Mapping is required, or Preset/,
	['two of them', { Preset => 'Magento2.Order' }] => qr/Mapping is required, or Preset: one/,
	['a preset that is none', { Mapping => undef, Preset => 'Magento2.Ordr' }] =>
		qr/Parameters\.Preset is no preset; did you mean Magento2\.Order/,
	['the same of a pattern', { Mapping => { 'a*' => 'nothing' } }] =>
		qr/Parameters\.Mapping\.a\* is no preset/,
	['a faulty one', { Mapping => { Rows => [{ Entity => 'Contact',
		Members => { No => 'a' } }] } }] =>
		qr/Parameters\.Mapping\.Rows\[0\]\.Members\.No is not known/,
	['a pattern without one', { Patterns => 'a*,b*', Mapping => { 'a*' => \%people } }] =>
		qr/Parameters\.Mapping\.b\* is required/,
	['a pattern that is a way', { Patterns => '../*' }] => qr/Parameters\.Patterns must be/,
	['an unknown parameter', { Foldr => 'x' }] => qr/Parameters\.Foldr .*Folder/,
) {
	our $case;
	if (ref eq 'ARRAY') { $case = $_; next }
	my ($what, $more) = @$case;
	my %p = (%only, %$more);
	delete $p{$_} for grep { !defined $p{$_} } keys %p;
	my $r = $i->order(%p);
	my $said = join '; ', map { "$_->{field} $_->{message}" } @{ $r->{json}{errors} // [] };
	like("$r->{status} $said", qr/^400 .*$_/, "$what: refused before it runs");
}
for (
	[Connection => 'none'] => qr/has no connection none/,
	[Folder => 'nowhere'] => qr/"nowhere" cannot be listed/,
	[Folder => '../..'] => qr/cannot be used/,
) {
	our $given;
	if (ref eq 'ARRAY') { $given = $_; next }
	$run = $i->run(%only, @$given);
	like("$run->{State} $run->{Reason}", qr/^Failed .*$_/, "@$given: a clear sentence");
}

# ------------------------------------------------------------------ files that are not whole
$i->put("in/$_", people(30, 31)) for '.hidden.csv', 'x.csv.part', 'x.tmp', 'y.csv.filepart';
is($i->run(%only, Patterns => '*', Mapping => \%people, DoneFolder => 'done')->{Result}{Refused},
	1, 'what begins with a dot, and .part, .tmp are left alone: readme.txt alone is tried');
is_deeply([grep { !/^(?:done|failed|results)$/ } @{ $i->names('in') }], ['.hidden.csv',
	'x.csv.part', 'x.tmp', 'y.csv.filepart'], 'they are there');
unlink map { $i->root . "/in/$_" } '.hidden.csv', 'x.csv.part', 'x.tmp', 'y.csv.filepart';
$i->put('in/grows.csv', people(40, 41));
$i->put('in/rests.csv', people(50, 51));
my $growing = fork // die;
if (!$growing) {
	for my $n (1 .. 100) {
		open my $fh, '>>', $i->root . '/in/grows.csv' or POSIX::_exit(1);
		print $fh "g$n;A;B;\n";
		close $fh;
		sleep 0.1;
	}
	POSIX::_exit(0);
}
$run = $i->run(%only, StableSeconds => 1);
kill 'KILL', $growing;
waitpid $growing, 0;
is_deeply([map { "$_->{File} $_->{State}" } @{ $run->{Result}{Files} }], ['rests.csv Done'],
	'a file that grows is not taken');
is($run->{Result}{Growing}, 1, 'and is counted');
is($i->run(%only, StableSeconds => 1)->{Result}{Files}[0]{File}, 'grows.csv',
	'it is when it rests');
$i->put('in/marked.csv', people(60, 61));
$run = $i->run(%only, MarkerFile => '{name}.done');
is_deeply([$run->{Result}{WithoutMarker}, $run->{Result}{Files}], [1, []], 'no marker, no file');
$i->put('in/marked.csv.done', '');
is($i->run(%only, MarkerFile => '{name}.done')->{Result}{Done}, 1, 'with its marker it is taken');
is_deeply([grep { /^marked/ } @{ $i->names('in') }], [], 'and the marker goes with it');

# ------------------------------------------------------------------ killed
srand 82;
my $customers = people(1000, 3600);
my $lines = $orders_head . join '', map { my $o = $_; my $who = 900 + int rand 2000;
	map { "k$o|0" . (1 + $o % 9) . "/02/2026|$who|1.234,50|t" . ($o % 40 + $_) . '|4'
		. ($_ % 10) . ",10\n" } 1 .. 1 + $o % 4 } 1 .. 2500;
my %quiet = (%both, RejectedPercent => 50);
my %killed = ('customers-k.csv' => $customers, 'customers-kk.csv' => people(10_000, 15_000),
	'orders-k.csv' => $lines);
sub all { $i->put("in/$_", $killed{$_}) for keys %killed; return }
$w->sql("DELETE FROM $_", 1) for qw(PurchaseDetail PurchaseHeader);
all();
is($i->run(%quiet, tenant => 2)->{State}, 'Success', 'undisturbed, of another tenant');
my $what = 'SELECT h.PurchaseIdentifier, h.PurchaseDate, h.Amount, i.Identifier, d.Identifier,
	d.Amount, g.Sku FROM PurchaseHeader h LEFT JOIN ContactIdentifier i USING (ContactId)
	LEFT JOIN PurchaseDetail d USING (PurchaseHeaderId)
	LEFT JOIN PurchaseGood g USING (PurchaseGoodId) ORDER BY 1, 5, 4';
my $told = "SELECT state, counts FROM api_import WHERE name LIKE '%-k%' ORDER BY name";
all();
my %done;
for my $point (qw(import-staged feed-written feed-committed import-read import-moved)) {
	$i->killed_at($point, %quiet);
	next if $point ne 'feed-committed';
	my ($open) = grep { $_->{State} eq 'Running' } @{ $i->ask('')->{json}{Imports} };
	my $rest = $i->ask("/$open->{ImportId}/NotReached");
	is($rest->{status}, 200, 'what was not reached can be had');
	my $at = ($i->ask("/$open->{ImportId}")->{json}{NextLine}) - 2;
	is($rest->{content}, join('', (split /^/, $customers)[0, $at + 1 .. 2601]),
		'as it came, behind the header');
}
# Each checkpoint takes a moment, so that there is work for many runs.
my $slow = 'CREATE TRIGGER slow BEFORE UPDATE ON api_import FOR EACH ROW DO SLEEP';
$i->{s}{db}->sql("$slow(0.3)", 'tenant1');
for my $try (1 .. 20) {
	$done{ $i->killed_after(0.1 + rand 0.5, %quiet) ? 'killed' : 'ended' }++;
}
$i->{s}{db}->sql('DROP TRIGGER slow', 'tenant1');
note join ' ', %done;
cmp_ok($done{killed} // 0, '>', 2, 'runs were killed at random points');
is($i->run(%quiet)->{State}, 'Success', 'and then one that is not');
is_deeply($w->rows($what, 1), $w->rows($what, 2), 'the tables are the same');
is_deeply($w->rows($told, 1), $w->rows($told, 2), 'so is what is said of the files');
is_deeply([grep { /-k/ } @{ $i->names('in') }], [], 'the files have left');
is_deeply([grep { /-k/ } @{ $i->names('in/done') }], [map { ("$_-2.csv", "$_.csv") }
	qw(customers-k customers-kk orders-k)], 'each once for each tenant');
$i->put('in/customers-l.csv', people(100, 101));
$i->killed_at('before-run-settle', %both);
is($i->run(%both)->{State}, 'Success', 'one that died when all was done is no trouble');
for my $part (qw(Accepted Rejected Reasons)) {
	my @of = map { my $t = $_; my ($one) = grep { $_->{File} eq 'orders-k.csv' }
		@{ $i->ask('', tenant => $t)->{json}{Imports} };
		$i->ask("/$one->{ImportId}/$part", tenant => $t)->{content} } 1, 2;
	s/;\d+$//mg for @of;	# keys differ
	ok($of[0] eq $of[1], "$part: the same");
}
is_deeply([glob $i->work . '/*/staging/*'], [], 'nothing is left on its way');

# ------------------------------------------------------------------ cancelled
$i->put('in/customers-c.csv', people(20_000, 60_000));
$run = $i->begin(%both);
# Each checkpoint takes a second, so there is time to cancel.
$i->{s}{db}->sql("$slow(1)", 'tenant1');
my $pid = $i->{s}->spawn($i->{s}->dir . '/log', '--once');
$i->{s}->until_is(1, "SELECT done > 0 FROM api_run WHERE run_id = $run");
is_deeply([$i->{s}->sql("SELECT phase, total FROM api_run WHERE run_id = $run")],
	[['bytes of files', -s $i->root . '/in/customers-c.csv']], 'a run tells how far it is');
$w->admin("run cancel C1 A1 $run");
waitpid $pid, 0;
$i->{s}{db}->sql('DROP TRIGGER slow', 'tenant1');
is($i->told($run)->{State}, 'Cancelled', 'it is cancelled');
my ($open) = @{ $i->ask('?State=Running')->{json}{Imports} };
is($open->{File}, 'customers-c.csv', 'its file is not over');
my $rest = $i->ask("/$open->{ImportId}/NotReached")->{content};
like($rest, qr/^\Q$people_head\E\d+;F.*^60000;F60000;L60000;01\/02\/1990\n\z/ms,
	'what is left of it can be had');
is($i->run(%both)->{Result}{Files}[0]{State}, 'Done', 'and the next run goes on with it');
is($w->value('SELECT COUNT(*) FROM ContactIdentifier WHERE CAST(Identifier AS INT) BETWEEN 20000
	AND 60000'), 40_001, 'to its end');

# ------------------------------------------------------------------ two at once
$i->put('in/customers-two.csv', people(5000, 7500));
my @runs = map { $i->begin(%both) } 1, 2;
my @pids = map { $i->{s}->spawn($i->{s}->dir . '/log', '--once') } 1, 2;
waitpid $_, 0 for @pids;
$i->{s}->once;
is_deeply([map { $i->told($_)->{State} } @runs], ['Success', 'Success'], 'two runs at once');
is($w->value('SELECT COUNT(*) FROM ContactIdentifier WHERE Identifier BETWEEN 5000 AND 7500
	AND LENGTH(Identifier) = 4'), 2501, 'each contact is there once');
is($w->value("SELECT COUNT(*) FROM api_import WHERE name = 'customers-two.csv'"), 1,
	'and the file was taken once');

# ------------------------------------------------------------------ kept for a time
is($i->ask("/$id/Accepted")->{status}, 200, 'a result file is kept');
utime time - 31 * 86400, time - 31 * 86400, grep { m{/$id\.} } glob $i->work . '/*/results/*';
$i->{s}->once;
my $gone = $i->ask("/$id/Accepted");
is("$gone->{status} $gone->{json}{detail}", '404 This file is kept no more, or not on this '
	. 'machine: see the setting import_keep_days.', 'until its days are over');
is($i->ask("/$id")->{json}{State}, 'Failed', 'what became of it is known still');

done_testing;
