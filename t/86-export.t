# Exports: every kind to a file and back into an empty tenant, the same bytes; into its own tenant,
# no change; dialects, choices, what changed, what was deleted and erased; runs of the daemon to
# folders and servers, killed, disturbed, two at once; memory.
use strict;
use warnings;
use utf8;
use Digest::SHA qw(sha256_hex);
use Encode qw(decode encode);
use File::Temp qw(tempdir);
use JSON::PP;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);
use Admin;
use Ftp;
use Sftp;

my $root = tempdir('customerapi-exports-XXXXXX', TMPDIR => 1, CLEANUP => 1);
chmod 0755, $root;
my $admin = Admin->start(conf => "import_root = '$root'\nimport_work = '$root/work'\n");
my $db = $admin->db;
$admin->good('customer', qw(customer add Demo));
for my $alias (qw(Main Other)) {
	$admin->good('alias', qw(alias add Demo), $alias, '--database', lc "demo_$alias",
		qw(--create-database --currency EUR --time-zone Europe/Paris));
	$admin->good('source', qw(source add Demo), $alias, '--source-id', $_, '--label', "Shop $_")
		for 1, 2;
}
my $t = sub { $db->sql($_[0], $_[1] // 'demo_main') };
sub one { return ($t->($_[0]))[0][0] }
sub slurp { open my $fh, '<:raw', $_[0] or return undef; local $/; return scalar <$fh> }
my $dir = $admin->dir;

# ------------------------------------------------------------------ rows of every kind
my $w = "CreationDate = '2026-01-02 03:04:05.000006', ModificationDate = '2026-01-02 "
	. "03:04:05.000006'";
my $stamp = "SourceStamp = '2026-01-01 10:00:00.123456'";
for my $alias (qw(demo_main demo_other)) {
	$t->("INSERT INTO Zone SET ZoneId = 7, Label = 'North', $w;
		INSERT INTO Brand SET BrandId = 7, Label = 'Second', $w", $alias);
}
$t->(<<"SQL");
INSERT INTO Contact SET ContactId = 11, FirstName = 'Ana', LastName = 'O"Neil; "Ba", Jr',
	BirthDate = '1990-02-01', GlobalOptin = 1, CompanyName = '=1+1', JobTitle = '\@home',
	FreeField1 = 'two\nlines', FreeField2 = '-dash', FreeFieldNumber1 = -12.5,
	FreeFieldNumber2 = 1234567.8901, FreeFieldDateTime1 = '2026-02-03 04:05:06.789',
	FreeFieldBoolean1 = 0, CivilityId = 1, LanguageId = 'fra', ZoneId = 7, $stamp, $w;
INSERT INTO Contact SET ContactId = 12, FirstName = 'Zoé \x{1f600} Łuk', LastName = 'Ünal',
	ZoneId = 1, $stamp, $w;
INSERT INTO Contact SET ContactId = 13, FirstName = 'Nobody', $stamp, $w;
INSERT INTO Contact SET ContactId = 14, FirstName = 'Gone', DeletionFlag = 1, $stamp, $w;
INSERT INTO Contact SET ContactId = 15, FirstName = 'Alone', $stamp, $w;
INSERT INTO ContactIdentifier SET ContactIdentifierId = UUID(), ContactId = 11, Identifier = '007',
	SourceId = 1, $w;
INSERT INTO ContactIdentifier SET ContactIdentifierId = UUID(), ContactId = 11,
	Identifier = 'ana', SourceId = 2, $w;
INSERT INTO ContactIdentifier SET ContactIdentifierId = UUID(), ContactId = 12, Identifier = 'z,1',
	SourceId = 2, $w;
INSERT INTO ContactIdentifier SET ContactIdentifierId = UUID(), ContactId = 14,
	Identifier = 'gone', SourceId = 1, $w;
INSERT INTO ContactIdentifier SET ContactIdentifierId = UUID(), ContactId = 15,
	Identifier = 'email:alone\@demo.example', SourceId = 1, $w;
INSERT INTO Address SET ContactId = 11, BrandId = 1, ContactAddressTypeId = 1,
	Email = 'Ana\@Demo.example', EmailNormal = 'ana\@demo.example', EmailOptin = 1,
	EmailOptinDate = '2026-01-01 09:00:00.5', MobilePhoneNumber = '+33 6 12 34 56 78',
	HomePhoneNumber = '0102030405', City = 'Paris', CountryId = 'FRA', $stamp, $w;
INSERT INTO Address SET ContactId = 11, BrandId = 7, ContactAddressTypeId = 1,
	Email = 'ana2\@demo.example', EmailNormal = 'ana2\@demo.example', EmailOptin = 0,
	EmailOptinDate = '2026-01-01 09:00:00', $stamp, $w;
INSERT INTO Address SET ContactId = 12, BrandId = 7, ContactAddressTypeId = 1, PostCode = '01000',
	Address1 = '1, rue "X"', MobilePhoneOptin = 1,
	MobilePhoneOptinDate = '2026-01-01 09:00:00', $stamp, $w;
INSERT INTO Address SET ContactId = 13, BrandId = 1, ContactAddressTypeId = 1, City = 'Nowhere', $w;
INSERT INTO Store SET StoreId = 3, StoreIdentifier = 'S-1', SourceId = 1, Label = 'Shop',
	$stamp, $w;
INSERT INTO PurchaseGood SET PurchaseGoodId = 5, Identifier = '0042', SourceId = 1, Sku = '0042',
	Ean13 = '4006381333931', Label = 'Pen', Price = 1.5, CurrencyId = 'EUR', $stamp, $w;
INSERT INTO LoyaltyCard SET LoyaltyCardId = 2, CardIdentifier = 'c1', SourceId = 1, ContactId = 11,
	StartDate = '2026-01-01', $stamp, $w;
INSERT INTO VoucherCategory SET VoucherCategoryId = 4, Identifier = 'ten', SourceId = 1,
	Label = 'Ten', Amount = 10, PointCost = 100, $stamp, $w;
INSERT INTO Voucher SET VoucherId = 6, VoucherIdentifier = 'v1', SourceId = 1, ContactId = 11,
	LoyaltyCardId = 2, VoucherCategoryId = 4, VoucherCode = 'ABC', Amount = 10,
	CurrencyId = 'EUR',
	ValidityStartDate = '2026-01-01', $stamp, $w;
INSERT INTO PurchaseHeader SET PurchaseHeaderId = 21, PurchaseIdentifier = 'p1', SourceId = 1,
	ContactId = 11, BrandId = 1, ZoneId = 7, StoreId = 3, VoucherId = 6,
	PurchaseReference = '#1',
	PurchaseDate = '2026-03-01 12:00:00', CurrencyId = 'EUR', Amount = 12.3, TaxFreeAmount = 10,
	OriginalAmount = 12.3, RefAmount = 12.3,
	PurchaseStatusId = (SELECT MIN(PurchaseStatusId) FROM PurchaseStatus WHERE Accountable = 1),
	$stamp, $w;
INSERT INTO PurchaseHeader SET PurchaseHeaderId = 22, PurchaseIdentifier = 'p2', SourceId = 2,
	Amount = 5, $stamp, $w;
INSERT INTO PurchaseHeader SET PurchaseHeaderId = 23, PurchaseIdentifier = 'p3', SourceId = 1,
	ContactId = 13, Amount = 1, $stamp, $w;
INSERT INTO PurchaseDetail SET PurchaseHeaderId = 21, Identifier = 'l2', PurchaseGoodId = 5,
	Sku = '0042', Quantity = 2, Amount = 3, OriginalQuantity = 2, OriginalAmount = 3,
	SourceId = 1,
	$stamp, $w;
INSERT INTO PurchaseDetail SET PurchaseHeaderId = 21, Identifier = 'l1', Label = 'Béton',
	Quantity = 1, Amount = 9.3, SourceId = 1, $stamp, $w;
INSERT INTO LoyaltyPoint SET LoyaltyPointId = 9, PointIdentifier = 'pt1', SourceId = 1,
	PurchaseHeaderId = 21, ContactId = 11, LoyaltyCardId = 2, VoucherId = 6, PointAmount = 100,
	DatePoint = '2026-03-01', $stamp, $w;
SQL

my @kinds = qw(Contacts Identifiers Stores Goods Cards VoucherCategories Vouchers Purchases Points);
my @model = qw(Contact ContactIdentifier Address Store PurchaseGood LoyaltyCard VoucherCategory
	Voucher
	PurchaseHeader PurchaseDetail LoyaltyPoint api_contact_consent api_identifier_end
	DecisionContact Zone Brand);
sub sums { my ($alias) = @_;
	return join ' ', map { "@$_" } $t->('CHECKSUM TABLE ' . join(', ', @model),
		$alias // 'demo_main') }

# A file of a kind with its mapping; the numbers that were said.
sub export_of { my ($alias, $kind, $name, @more) = @_;
	my ($rc, $out, $err) = $admin->run('export', 'run', 'Demo', $alias, $kind, '--out',
		"$dir/$name.csv", $kind =~ /^Decision/ ? () : ('--mapping-out', "$dir/$name.json"),
		'--json',
		@more);
	is("$rc $err", '0 ', "$alias: $name") or return {};
	return { %{ decode_json($out) }, text => slurp("$dir/$name.csv") } }
sub import_of { my ($alias, $name, @more) = @_;
	my ($rc, $out, $err) = $admin->run('import', 'run', 'Demo', $alias, "$dir/$name.csv",
		'--mapping',
		"$dir/$name.json", '--source-id', 1, '--json', '--rejected-percent', 100,
		'--results',
		"$dir/$name", @more);
	is("$rc $err", '0 ', "$alias: $name is imported") or diag(slurp("$dir/$name.reasons.csv"));
	return decode_json($out || '{}') }
# Rows of a CSV text, as hashes of its header. Fields in quotes may have line ends.
sub rows_of { my ($text, $mark) = @_;
	my @rows = [''];
	while ($text =~ /\G(?:"((?:[^"]|"")*)"|([^"\Q$mark\E\n\r]*))(\Q$mark\E|\r?\n|\z)/gc) {
		my ($quoted, $cell, $end) = ($1, $2, $3);
		$cell = $quoted =~ s/""/"/gr if defined $quoted;
		last if $end eq '' && $cell eq '' && @{ $rows[-1] } == 1;
		$rows[-1][-1] = $cell;
		push @{ $rows[-1] }, '' if $end eq $mark;
		push @rows, [''] if $end =~ /\n/;
	}
	pop @rows if @{ $rows[-1] } == 1 && $rows[-1][0] eq '';
	my $head = shift @rows;
	return map { my %of; @of{@$head} = @$_; \%of } @rows }

my %file;
for my $kind (@kinds) {
	$file{$kind} = export_of('Main', $kind, "main-$kind");
	is($file{$kind}{Sha256}, sha256_hex($file{$kind}{text}), "$kind: its checksum");
	is($file{$kind}{Bytes}, length $file{$kind}{text}, "$kind: its length");
}
my @contacts = rows_of(decode('UTF-8', $file{Contacts}{text}), ',');
is_deeply([map { join '|', @$_{qw(Identifier SourceId FirstName Address.BrandId Address.City)} }
	@contacts], ['007|1|Ana|1|Paris', '007|1|Ana|7|', "z,1|2|Zoé \x{1f600} Łuk|7|",
		'||Nobody|1|Nowhere',
	'email:alone@demo.example|1|Alone||'],
	'a line per address in the order of contacts and addresses; who is deleted is not there');
is_deeply([@{ $contacts[0] }{qw(LastName BirthDate FreeField1 FreeFieldNumber1 FreeFieldNumber2
	FreeFieldDateTime1 SourceStamp Address.EmailOptin Address.MobilePhoneNumber)}],
	['O"Neil; "Ba", Jr', '1990-02-01', "two\nlines", '-12.5', '1234567.8901',
	'2026-02-03T04:05:06.789000Z', '2026-01-01T10:00:00.123456Z', 1, '+33 6 12 34 56 78'],
	'the values as they are');
ok(!exists $contacts[0]{ContactId} && !exists $contacts[0]{'Address.EmailNormal'},
	'no keys of the database, nothing that the service makes');
is_deeply([@{ $file{Contacts} }{qw(Rows Lines Deleted)}], [4, 5, 0], 'counted');
is_deeply([map { join '|', @$_{qw(PurchaseIdentifier Contact.Identifier Store.StoreIdentifier
	Voucher.VoucherIdentifier PurchaseDetail.Identifier PurchaseDetail.PurchaseGood.Identifier)}
	}
	rows_of(decode('UTF-8', $file{Purchases}{text}), ',')],
	['p1|007|S-1|v1|l1|', 'p1|007|S-1|v1|l2|0042', 'p2|||||', 'p3|||||'],
	'purchases: a line per line, what they refer to by its names');

# ------------------------------------------------------------------ into another tenant, and back
for my $kind (@kinds) {
	my $said = import_of('Other', "main-$kind");
	is($said->{Rejected}, $kind eq 'Contacts' ? 1 : 0,
		"$kind: nothing is rejected but whom nothing names")
		or diag(slurp("$dir/main-$kind.reasons.csv"));
}
for my $kind (@kinds) {
	my $back = export_of('Other', $kind, "other-$kind");
	my $text = $file{$kind}{text};
	$text =~ s/^,,[^\n]*Nobody[^\n]*\n//m if $kind eq 'Contacts';	# whom nothing names
	is($back->{text}, $text, "$kind: the same bytes from the other tenant");
}
my $before = sums();
for my $kind (@kinds) {
	import_of('Main', "main-$kind");
}
is(sums(), $before, 'into its own tenant: no row is touched');
$before = sums('demo_other');
import_of('Other', "other-$_") for @kinds;
is(sums('demo_other'), $before, 'nor is one of the other tenant');

# ------------------------------------------------------------------ how it is written
my @one = ('--parameter', 'Columns=Identifier,SourceId,DeletionFlag,LastName,CompanyName,JobTitle,'
	. 'FreeField2,FreeFieldNumber1,FreeFieldDateTime1,BirthDate,Address.BrandId,'
	. 'Address.ContactAddressTypeId,Address.HomePhoneNumber,Address.MobilePhoneNumber');
my %form = (
	semicolon => ['Delimiter=;', 'Decimal=Comma', 'LineEnd=CRLF'],
	tab => ['Delimiter=TAB', 'Quotes=All'],
	latin => ['Encoding=Windows-1252', 'Delimiter=;'],
	wide => ['Encoding=UTF-16LE'],
	mark => ['Encoding=UTF-8-BOM', 'Header=false'],
	excel => ['ExcelSafe=true'],
	german => ['DateFormat=dd/mm/yyyy', 'Decimal=Comma', 'Delimiter=;'],
	unix => ['DateFormat=unix'],
	compact => ['DateFormat=yyyymmdd'],
);
my %text;
$before = sums();
for my $name (sort keys %form) {
	my $said = export_of('Main', 'Contacts', "form-$name", @one,
		map { ('--parameter', $_) } @{ $form{$name} });
	$text{$name} = $said->{text};
	next if $name =~ /german|unix|compact/;	# to the second: part of an instant is lost
	import_of('Main', "form-$name");
	is(sums(), $before, "$name: imported, nothing changes");
}
my ($head, $ana) = split /\n/, $text{semicolon};
is($head, "Identifier;SourceId;DeletionFlag;LastName;CompanyName;JobTitle;FreeField2;"
	. "FreeFieldNumber1;"
	. "FreeFieldDateTime1;BirthDate;Address.BrandId;Address.ContactAddressTypeId;"
	. "Address.HomePhoneNumber;Address.MobilePhoneNumber\r",
	'chosen columns in their order, CR LF');
is($ana, "007;1;0;\"O\"\"Neil; \"\"Ba\"\", "
	. "Jr\";=1+1;\@home;-dash;-12,5;2026-02-03T04:05:06.789000Z;"
	. "1990-02-01;1;1;0102030405;+33 6 12 34 56 78\r", 'semicolons, a decimal comma');
like($text{tab}, qr/\n"007"\t"1"\t"0"\t"O""Neil; ""Ba"", Jr"\t/, 'TAB, all in quotes');
like($text{latin}, qr/;\xdcnal;/, 'Windows-1252');
is(decode('UTF-16', $text{wide}), decode('UTF-8', $text{mark} =~ s/^\xef\xbb\xbf//r
	=~ s/\A/encode('UTF-8', (split m{\n}, decode('UTF-16', $text{wide}))[0] . "\n")/er),
	'UTF-16 with its mark, UTF-8 with its mark and without header');
like($text{excel}, qr/\n'007,1,0,[^\n]*,'=1\+1,'\@home,'-dash,-12\.5,[^\n]*,'0102030405,'\+33 6/,
	'what a spreadsheet would run or shorten has an apostrophe, numbers have none');
like($text{german}, qr{;-12,5;03/02/2026 05:05:06;01/02/1990;}, 'dates of the tenant\'s zone');
like($text{unix}, qr{,-12\.5,1770091506,}, 'unix');
like($text{compact}, qr{,20260203050506,19900201,}, 'compact');
my ($rc, $out, $err) = $admin->run(qw(export run Demo Main Contacts --out), "$dir/odd.csv",
	'--parameter', 'Encoding=Windows-1252', '--parameter',
	'Columns=Identifier,SourceId,FirstName');
like($out, qr/^2 characters that the encoding does not have are "\?" in the file\.$/m,
	'what Windows-1252 has not is told');
is((split /\n/, slurp("$dir/odd.csv"))[2], encode('cp1252', '"z,1",2,Zoé ? ?uk'), 'and is a ?');
is(scalar(() = slurp("$dir/odd.csv") =~ /\n/g), 5,
	'without columns of addresses a line per contact');

# ------------------------------------------------------------------ what is chosen
sub keys_of { my ($kind, $column, @parameters) = @_;
	my $said = export_of('Main', $kind, 'chosen', map { ('--parameter', $_) } @parameters);
	return join ' ', map { $_->{$column} } rows_of(decode('UTF-8', $said->{text} // ''), ',') }
is(keys_of('Contacts', 'Identifier', 'Zones=7'), '007 007', 'by zone');
is(keys_of('Contacts', 'Identifier', 'Brands=7'), '007 z,1', 'by brand: addresses of it');
is(keys_of('Contacts', 'Identifier', 'Sources=2'), '007 007 z,1', 'by Source: who is known there');
is(keys_of('Contacts', 'Identifier', 'Consent=Email'), '007', 'by consent: addresses that have it');
is(keys_of('Contacts', 'Identifier', 'Consent=MobilePhone'), 'z,1', 'by another');
is(keys_of('Contacts', 'Identifier', 'Consent=Global'), '007 007', 'by that of the contact');
is(keys_of('Purchases', 'PurchaseIdentifier', 'Zones=7'), 'p1 p1', 'purchases by zone');
is(keys_of('Purchases', 'PurchaseIdentifier', 'Sources=2'), 'p2', 'by Source');
is(keys_of('Purchases', 'PurchaseIdentifier', 'Consent=Email'), 'p1 p1', 'by consent of the buyer');
is(keys_of('Points', 'PointIdentifier', 'Zones=7'), 'pt1', 'points by zone of the contact');
is(keys_of('Points', 'PointIdentifier', 'Zones=1'), '', 'nobody\'s');
is(keys_of('Identifiers', 'ContactIdentifier.Identifier'), '007 ana z,1 email:alone@demo.example',
	'all identifiers');
my @refused = (
	['Contacts',
		'Columns=Identifier,SourceId,Firstname2' =>
		qr/Columns: Firstname2 is no column of Contacts; did you mean FirstName\?/],
	['Contacts',
		'Columns=SourceId,FirstName' => qr/Columns: needs Identifier: it names the row/],
	['Contacts', 'Columns=Identifier,SourceId,sourceid' => qr/Columns: has SourceId twice/],
	['Contacts', 'Mode=Changed', 'Columns=Identifier,SourceId' => qr/needs DeletionFlag/],
	['Contacts', 'Mode=Changed', 'Consent=Email', 'Columns=Identifier,SourceId,DeletionFlag'
		=> qr/needs Address\.EmailOptin/],
	['Points', 'Brands=1' => qr/Brands: cannot choose rows of Points/],
	['Stores', 'Consent=Email' => qr/Consent: cannot choose rows of Stores/],
	['Contacts', 'File=../x' => qr/File: must be a file's name/],
	['Contacts', 'File={kid}.csv' => qr/File: may have \{kind\}/],
	['Contacts', 'Delimiter=x' => qr/Delimiter/],
	['Contacts', 'Fle=x' => qr/Fle.*did you mean File/],
);
for (@refused) {
	my ($kind, @parameters) = @$_;
	my $words = pop @parameters;
	$admin->bad("@parameters", 2, $words, qw(export run Demo Main), $kind, '--out',
		"$dir/none.csv",
		map { ('--parameter', $_) } @parameters);
}
ok(!-e "$dir/none.csv", 'no file was made');
$admin->bad('neither file nor dry run', 2, qr/--out FILE is missing/,
	qw(export run Demo Main Goods));
my $dry = $admin->json(qw(export run Demo Main Contacts --dry-run));
is_deeply([@$dry{qw(Rows Lines Bytes)}], [@{ $file{Contacts} }{qw(Rows Lines Bytes)}],
	'a dry run counts');
$admin->bad('a decision table', 2, qr/computed/, qw(export mapping DecisionCohorts));

# A file has its name when it is whole: not on a disk that is full.
my $small = "ulimit -f 1; exec $ENV{BUILDDIR}/customerapi export run Demo Main Contacts --out "
	. "$dir/big.csv";
$t->("INSERT INTO Contact (FirstName, CreationDate, ModificationDate) SELECT REPEAT('x', 200), "
	. "NOW(6), NOW(6)
	FROM seq_1_to_200");
{
	local $ENV{CUSTOMERAPI_CONF} = $admin->{conf};
	local $SIG{XFSZ} = 'IGNORE';
	like(`sh -c '$small' 2>&1`, qr/cannot be written: the disk is full/, 'a full disk is told');
	is_deeply([glob "$dir/big.csv*"], [], 'and no part of the file is left');
}
$t->("DELETE FROM Contact WHERE FirstName LIKE 'xxx%'");

# ------------------------------------------------------------------ runs of the daemon
mkdir "$root/out";
chmod 0777, "$root/out";
$admin->good('a folder', qw(connection add Demo Main out Folder file:out));
sub settle { my (%env) = @_;
	local %ENV = (%ENV, CUSTOMERAPI_CONF => $admin->{conf}, CUSTOMERAPI_QUEUE_WORKERS => 1,
		%env);
	system("$ENV{BUILDDIR}/customerapi-scheduler --once >>$dir/daemon.log 2>&1");
	return }
sub start_run { my (%o) = @_;
	my %p = (Connection => 'out', OverlapSeconds => 0, %o);
	return $admin->json(qw(run start Demo Main ExportFtp),
		map { ('--parameter', "$_=$p{$_}") } sort keys %p)
		->{RunId} }
sub shown { my ($id) = @_; return $admin->json(qw(run show Demo Main), $id) }
sub run_of { my (%o) = @_; my $id = start_run(%o); settle(); my $said = shown($id);
	$said->{Result} = decode_json($said->{Result}) if defined $said->{Result}
		&& !ref $said->{Result};
	return $said }
my $run = run_of(Kinds => 'Contacts,Purchases', File => '{kind}-{customer}-{mode}.csv');
is($run->{State}, 'Success', 'a run') or diag(encode_json($run), `tail -5 $dir/daemon.log`);
is_deeply([map { [@$_{qw(Kind Mode Rows Lines File)}] } @{ $run->{Result}{Files} }],
	[['Contacts', 'All', 4, 5, 'Contacts-Demo-All.csv'],
	['Purchases', 'All', 3, 4, 'Purchases-Demo-All.csv']],
	'its result: rows and file of each kind');
is(slurp("$root/out/Contacts-Demo-All.csv"), $file{Contacts}{text}, 'the same file as by hand');
is($run->{Result}{Files}[0]{Sha256}, $file{Contacts}{Sha256}, 'its checksum');
is(`cd $root/out && sha256sum -c *.sha256 2>&1`,
	"Contacts-Demo-All.csv: OK\nPurchases-Demo-All.csv: OK\n",
	'which sha256sum reads');
isnt($admin->json(qw(connection show Demo Main out))->{LastSuccessAt}, undef,
	'the connection knows it');
is_deeply([sort map { s{.*/}{}r } glob "$root/* $root/.*"], ['.', '..', 'out', 'work'],
	'nothing is left where it was staged');
is(`find $root/work -type f`, '', 'no file');

mkdir "$root/out/sub";
chmod 0777, "$root/out/sub";
my $gz = run_of(Kinds => 'Goods', File => 'sub/{kind}.csv', Compress => 'Gzip');
is($gz->{Result}{Files}[0]{File}, 'sub/Goods.csv.gz', 'compressed, into a folder below')
	or diag(encode_json($gz));
is(`gzip -dc $root/out/sub/Goods.csv.gz 2>&1`, $file{Goods}{text}, 'unpacked it is the file');
is(`cd $root/out/sub && sha256sum -c Goods.csv.gz.sha256 2>&1`, "Goods.csv.gz: OK\n",
	'its checksum is of what was sent');

# ------------------------------------------------------------------ what changed
my %delta = (Kinds => 'Contacts', Mode => 'Changed', File => 'delta.csv', Checksum => 'false');
sub delta { my (%more) = @_;
	unlink "$root/out/delta.csv";
	my $said = run_of(%delta, %more);
	is($said->{State}, 'Success', 'a run of changes') or diag(encode_json($said));
	my $of = $said->{Result}{Files}[0];
	my $text = slurp("$root/out/delta.csv");
	return ($of, defined $text ? map { my $row = $_; join '|', map { $row->{$_} // '' }
		qw(Identifier SourceId DeletionFlag FirstName Address.BrandId Address.City
			Address.EmailOptin) }
		rows_of(decode('UTF-8', $text), ',') : 'none') }
sub touch { my ($table, $where) = @_;
	$t->("UPDATE $table SET ModificationDate = UTC_TIMESTAMP(6) WHERE $where"); return }
my ($of, @lines) = delta();
is("$of->{Mode} $of->{Rows}", 'All 4', 'the first file has all rows');
($of, @lines) = delta();
is_deeply([$of->{Mode}, $of->{Rows}, @lines], ['Changed', 0], 'the second none: its header alone');
($of, @lines) = delta(EmptyFile => 'false');
is_deeply([@lines], ['none'], 'or no file, as asked');
$t->("UPDATE Contact SET FirstName = 'Anna', ModificationDate = UTC_TIMESTAMP(6) WHERE ContactId "
	. "= 11");
($of, @lines) = delta();
is_deeply([@lines], ['007|1|0|Anna|1|Paris|1', '007|1|0|Anna|7||0'],
	'a contact changed: with all addresses');
touch('Address', 'ContactId = 12');
is_deeply([(delta())[1]], ["z,1|2|0|Zoé \x{1f600} Łuk|7||"], 'an address changed');
$t->("UPDATE Address SET DeletionFlag = 1, ModificationDate = UTC_TIMESTAMP(6) WHERE ContactId = "
	. "11 AND BrandId = 7");
$t->('UPDATE Contact SET DeletionFlag = 1, ModificationDate = UTC_TIMESTAMP(6) '
	. 'WHERE ContactId = 12');
($of, @lines) = delta();
is_deeply([@lines], ['007|1|0|Anna|1|Paris|1', '007|1|0|Anna|7||', 'z,1|2|1||||'],
	'a deleted row is its key and the flag; so is an address');
is($of->{Deleted}, 1, 'and is counted');
$run = run_of(%delta, DryRun => 'true');
is_deeply([$run->{Result}{Files}[0]{Rows}, $run->{Result}{Files}[0]{File}], [0, undef],
	'a dry run');
touch('Contact', 'ContactId = 15');
is(run_of(%delta, DryRun => 'true')->{Result}{Files}[0]{Rows}, 1, 'counts what a run would send');
is((delta())[0]{Rows}, 1, 'and leaves it to the run');

# A change that was made before, and is committed behind.
$t->("UPDATE Contact SET ModificationDate = UTC_TIMESTAMP(6) - INTERVAL 60 SECOND WHERE ContactId "
	. "= 15");
is((delta())[0]{Rows}, 0, 'without overlap a late commit is missed');
is((delta(OverlapSeconds => 300))[0]{Rows} > 0, 1, 'with it it is there');

# Another choice is another export.
is((delta(Zones => 7))[0]{Mode}, 'All', 'another choice of rows begins with all');
is((delta())[0]{Rows}, 0, 'and does not disturb this one');
$t->("UPDATE api_export SET begun_at = begun_at - INTERVAL 31 DAY,
	since = since - INTERVAL 31 DAY");
is((delta())[0]{Mode}, 'All', 'who did not come for a month begins again');

# Who withdrew a consent.
my %mail = (%delta, Consent => 'Email');
is((delta(Consent => 'Email'))[0]{Lines}, 1, 'who consents');
export_of('Main', 'Contacts', 'withdrawn', '--parameter',
	'Columns=Identifier,SourceId,Address.BrandId,Address.ContactAddressTypeId'
		. ',Address.EmailOptin');
my $withdrawn = slurp("$dir/withdrawn.csv") =~ s/^(007,1,1,1),1$/$1,0/mr;
open my $fh, '>', "$dir/withdrawn.csv" or die $!;
print $fh $withdrawn;
close $fh;
import_of('Main', 'withdrawn');
is(one('SELECT EmailOptin FROM Address WHERE ContactId = 11 AND BrandId = 1'), 0,
	'withdrawn, by a file');
($of, @lines) = delta(Consent => 'Email');
is_deeply([@lines], ['007|1|0|Anna|1|Paris|0'], 'is told once, with the opt-in 0');
($of, @lines) = delta(Consent => 'Email');
is_deeply([@lines], [], 'and then no more');

# Who was erased.
delta();
$admin->good('erased', qw(contact erase Demo Main --yes --contact-id 11));
is(one('SELECT COUNT(*) FROM api_export_gone') > 0, 1, 'noted for those who were told');
is(one("SELECT COUNT(*) FROM api_export_gone WHERE sealed LIKE '%007%'"), 0, 'sealed');
my $never = export_of('Main', 'Contacts', 'after');
unlike($never->{text}, qr/007|Anna|Paris/, 'an erased person is in no file');
($of, @lines) = delta();
is($lines[0], '007|1|1||||', 'but the next file of changes says that it is gone');
is_deeply([grep { /^007/ } @lines], ['007|1|1||||'], 'in one line');
copy_out('delta.csv', 'gone');
$before = sums();
import_of('Main', 'gone');
is(sums(), $before, 'which, imported, brings nobody back');
is_deeply([grep { /^007/ } splice @{ [delta()] }, 1], [], 'told once');
sub copy_out { my ($from, $name) = @_;
	open my $o, '>:raw', "$dir/$name.csv" or die $!;
	print $o slurp("$root/out/$from");
	close $o;
	my ($code, $json) = $admin->run(qw(export mapping Contacts));
	open $o, '>', "$dir/$name.json" or die $!;
	print $o $json;
	close $o;
	return }
is(run_of(%delta, Kinds => 'Purchases', File => 'p.csv')->{State}, 'Success',
	'purchases of nobody known');
unlike(slurp("$root/out/p.csv"), qr/007/, 'are without their person');

# ------------------------------------------------------------------ decision tables
$run = $admin->json(qw(run start Demo Main RefreshDecisionalData));
settle();
$run = run_of(Kinds => 'DecisionContacts,DecisionMonths,DecisionContactability,DecisionCohorts',
	File => '{kind}.csv', Mode => 'Changed');
is($run->{State}, 'Success', 'decision tables') or diag(encode_json($run));
is_deeply([map { $_->{Mode} } @{ $run->{Result}{Files} }], [('All') x 4],
	'are always whole');
for (['DecisionContact', 'DecisionContacts'], ['DecisionMonth', 'DecisionMonths'],
	['DecisionContactability', 'DecisionContactability'],
	['DecisionCohort', 'DecisionCohorts']) {
	my ($table, $kind) = @$_;
	is(scalar(() = rows_of(decode('UTF-8', slurp("$root/out/$kind.csv")), ',')),
		one("SELECT COUNT(*) FROM $table"), "$kind: every row");
}
like((split /\n/, slurp("$root/out/DecisionMonths.csv"))[1], qr/^\d{4}-\d\d-\d\d,\d+,\d+,/,
	'months are days');

# ------------------------------------------------------------------ servers
my $password = 'Canary7f3a9 "x"';
my $ftp = Ftp->start(password => $password);
my $sftp = Sftp->start;
sub connection { my ($name, $address, @set) = @_;
	$admin->good("connection $name", qw(connection add Demo Main), $name, 'Ftp', $address, @set,
		'--set', 'AllowPrivate=true');
	return }
connection('ftpes', 'ftpes://127.0.0.1:' . $ftp->port . '/in', '--set', 'User=demo',
	'--secret-file',
	'Password=' . $admin->file('pw', $password));
$admin->sql("UPDATE api_connection SET options = JSON_SET(options, '\$.CaCertificates', '"
	. slurp($ftp->ca) . "') WHERE name = 'ftpes'");
connection('sftp', 'sftp://127.0.0.1:' . $sftp->port . $sftp->files . '/in', '--set',
	'User=' . $sftp->user,
	'--secret-file', 'PrivateKey=' . $sftp->key, '--set', 'HostKey=' . $sftp->host_key);
for my $of ([ftpes => $ftp], [sftp => $sftp]) {
	my ($name, $server) = @$of;
	my $said = run_of(Connection => $name, Kinds => 'Contacts', File => 'c-{date}.csv');
	is($said->{State}, 'Success', "$name: sent") or diag(encode_json($said));
	my $sent = $said->{Result}{Files}[0]{File};
	like($sent, qr/^c-\d{4}-\d\d-\d\d\.csv$/, "$name: with the date in its name");
	is(sha256_hex(slurp($server->files . "/in/$sent") // ''), $said->{Result}{Files}[0]{Sha256},
		"$name: it is there");
	is_deeply([map { s{.*/}{}r } glob $server->files . '/in/*'], [$sent, "$sent.sha256"],
		"$name: with its checksum, and nothing else");
}
chmod 0555, $ftp->files . '/in';
my $refused = run_of(Connection => 'ftpes', Kinds => 'Goods');
is($refused->{State}, 'Failed', 'a folder that nobody may write to');
like($refused->{Reason}, qr/^ftpes:\S+: "Goods-\S+\.csv\S*" cannot be written/, 'is named')
	or diag(encode_json($refused));
chmod 0755, $ftp->files . '/in';
like($admin->json(qw(connection show Demo Main ftpes))->{LastFailure}, qr/cannot be/,
	'the connection knows it');
$refused = run_of(Connection => 'none', Kinds => 'Goods');
like($refused->{Reason}, qr/no connection none/, 'no such connection');
$admin->good('a shop', qw(connection add Demo Main shop Prestashop https://shop.example
	--secret-file),
	'Key=' . $admin->file('key', 'K' x 32));
$refused = run_of(Connection => 'shop', Kinds => 'Goods');
like($refused->{Reason}, qr/kind Prestashop; files go to one of the kind Folder or Ftp/,
	'a shop takes no files');

# ------------------------------------------------------------------ killed, and again
my $sums = sub { my ($file) = @_; return sha256_hex(slurp("$root/out/$file") // '') };
for my $at (qw(export-page export-written export-sent export-before-note)) {
	my %killed = (Kinds => 'Goods', Mode => 'Changed', File => "killed-$at.csv",
		Checksum => 'false');
	run_of(%killed);
	touch('PurchaseGood', 'PurchaseGoodId = 5');
	unlink "$root/out/killed-$at.csv";
	my $id = start_run(%killed);
	settle(CUSTOMERAPI_TEST_CRASH_AT => $at);
	ok(!-e "$root/out/killed-$at.csv"
		|| $sums->("killed-$at.csv") eq sha256_hex($file{Goods}{text}),
		"$at: no file, or a whole one");
	is(`find $root/work -type f`, '', "$at: nothing is left where it was staged");
	settle(CUSTOMERAPI_CLOCK_OFFSET => 60);	# its lease is over
	settle(CUSTOMERAPI_CLOCK_OFFSET => 500);
	my $said = shown($admin->value('SELECT MAX(run_id) FROM api_run'));
	is($said->{State}, 'Success', "$at: it is tried again") or diag(encode_json($said));
	$said->{Result} = decode_json($said->{Result} || '{"Files":[{}]}') if !ref $said->{Result};
	is($said->{Result}{Files}[0]{Rows}, 1, "$at: tried again, it tells what it did not note")
		or diag(encode_json($said));
	is($sums->("killed-$at.csv"), sha256_hex($file{Goods}{text}), "$at: the file is whole");
	is(run_of(%killed)->{Result}{Files}[0]{Rows}, 0, "$at: and then nothing is left");
}

# Two at once: of one tenant they run one after the other; by hand both make the file.
my @ids = map { start_run(Kinds => 'Contacts', File => 'both.csv') } 1, 2;
{
	local %ENV = (%ENV, CUSTOMERAPI_CONF => $admin->{conf});
	my @pids = map { my $pid = fork // die; if (!$pid) {
		{ exec "$ENV{BUILDDIR}/customerapi-scheduler", '--once' } POSIX::_exit(1) } $pid
			} 1, 2;
	waitpid $_, 0 for @pids;
}
settle();
is_deeply([map { shown($_)->{State} } @ids], [('Success') x 2], 'two runs at once');
my @hands = map { $admin->begin(qw(export run Demo Main Contacts --out), "$dir/hands.csv") } 1 .. 3;
is_deeply([map { ($admin->finish($_))[0] } @hands], [0, 0, 0], 'three by hand');
is(slurp("$dir/hands.csv"), slurp("$root/out/both.csv"), 'the file is whole');
is_deeply([glob "$dir/hands.csv.*"], [], 'and nothing is beside it');

# ------------------------------------------------------------------ many rows
sub peak { my ($rows) = @_;
	$t->("DELETE FROM Contact WHERE ContactId >= 1000; DELETE FROM Address WHERE ContactId >= "
		. "1000;
		DELETE FROM ContactIdentifier WHERE ContactId >= 1000;
		INSERT INTO Contact (ContactId, FirstName, LastName, CreationDate, ModificationDate)
			SELECT 1000 + seq, 'First', REPEAT('n', 40), '2026-01-01', '2026-11-01' "
				. "FROM seq_1_to_$rows;
		INSERT INTO ContactIdentifier (ContactIdentifierId, ContactId, Identifier, "
			. "SourceId, CreationDate,
			ModificationDate) SELECT UUID(), 1000 + seq, CONCAT('m', seq), 1, "
				. "'2026-01-01', '2026-11-01'
			FROM seq_1_to_$rows;
		INSERT INTO Address (ContactId, BrandId, ContactAddressTypeId, City, CreationDate, "
			. "ModificationDate)
			SELECT 1000 + seq, 1, 1, 'Paris', '2026-01-01', '2026-11-01'
			FROM seq_1_to_$rows");
	my @peaks;
	# A sanitizer keeps what was freed for a while; here it must not count.
	local $ENV{ASAN_OPTIONS} = join ':', $ENV{ASAN_OPTIONS} // (), 'quarantine_size_mb=1';
	for my $how ([], ['--since', '2026-10-01T00:00:00Z']) {
		my $process = $admin->begin(qw(export run Demo Main Contacts --json --out),
			"$dir/many.csv", @$how);
		my $peak = 0;
		while (waitpid($process->{pid}, POSIX::WNOHANG) == 0) {
			my ($now) = (slurp("/proc/$process->{pid}/status")
				// '') =~ /^VmHWM:\s+(\d+)/m;
			$peak = $now if ($now // 0) > $peak;
			sleep 0.02;
		}
		my $said = decode_json(Admin::slurp($process->{out}) || '{}');
		cmp_ok($said->{Rows} // 0, '>=', $rows, "$rows rows are exported, @$how");
		push @peaks, $peak;
	}
	return @peaks }
my @few = peak(2_000);
my @many = peak(200_000);
cmp_ok($many[$_], '<', $few[$_] + 8_192,
	"200,000 rows take the memory of 2,000: $many[$_] and $few[$_] kB")
	for 0, 1;
my %seen;
$seen{$_}++ for slurp("$dir/many.csv") =~ /^(m\d+),/mg;
is_deeply([scalar keys %seen, scalar grep { $_ != 1 } values %seen], [200_000, 0],
	'each row is there, once');

# The statements find their rows by keys: none reads a table from its begin to its end.
$t->('ANALYZE TABLE Contact, Address, ContactIdentifier');
$t->("SET GLOBAL log_output = 'TABLE'; SET GLOBAL general_log = 1");
export_of('Main', 'Contacts', 'plan', @$_) for [], ['--since', '2026-10-01T00:00:00Z'];
$t->('SET GLOBAL general_log = 0');
my %plans;
my $logged = sub { my ($like) = @_; return map { $_->[0] } $t->("SELECT DISTINCT
	CONVERT(argument USING utf8mb4) FROM mysql.general_log WHERE command_type = 'Execute'
	AND argument LIKE '$like' ORDER BY event_time LIMIT 12") };
for (map { $logged->($_) } 'SELECT t.ContactId, t.DeletionFlag, t.Address1%',
	'SELECT t.ContactId, t.DeletionFlag, o.Identifier%',
	'%FROM `Contact` WHERE (ModificationDate%',
	'%FROM `Address` WHERE (ModificationDate%', '%FROM `ContactIdentifier` WHERE (Mod%') {
	my $text = s/\\n/ /gr =~ s/\\t/ /gr;
	my @steps = $t->("EXPLAIN $text");
	is_deeply([grep { $_->[3] =~ /^(?:ALL|index)$/
		&& $_->[8] !~ /^(?:[1-9]?\d?\d{1,2})$/ } @steps], [],
		'no table is read whole') or diag($text, map { "@$_\n" } @steps);
	$plans{join ' ', map { "$_->[2]:$_->[5]" } @steps} = 1;
}
ok($plans{"$_:ModificationDate"}, "what changed of $_ is found by its instant")
	or diag(join "\n", keys %plans) for qw(Contact Address ContactIdentifier);

is(scalar(grep { /\Q$password\E/ } map { slurp($_) // '' } "$dir/daemon.log"), 0,
	'no password in the log');
done_testing;
