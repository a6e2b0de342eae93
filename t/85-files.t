# Files of rates and codes as spreadsheets write them, and codes as people type and paste them:
# through nginx and by the command-line tool.
use strict;
use warnings;
use utf8;
use Encode qw(encode encode_utf8);
use File::Temp qw(tempdir);
use JSON::PP;
use Test::More;
use Club;

binmode $_, ':encoding(UTF-8)' for Test::More->builder->output, Test::More->builder->failure_output;
my $w = Club->start(CUSTOMERAPI_FCGI_AREA => 'all', CUSTOMERAPI_CLUB_WRONG_CODES_ADDRESS => 0,
	CUSTOMERAPI_CLUB_WRONG_CODES_CONTACT => 5);
$w->{fcgi}->stop;
$w->{fcgi}{env}{CUSTOMERAPI_FCGI_AREA} = 'all';
$w->{fcgi}->restart;
$w->token('process', 1, 'process');
my $dir = tempdir('customerapi-files-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $file = sub {
	my ($bytes) = @_;
	open my $fh, '>:raw', "$dir/file" or die $!;
	print $fh $bytes;
	close $fh;
	return "$dir/file";
};
my $utf16 = sub { my ($text, $order, $mark) = @_;
	return ($mark ? encode("UTF-16$order", "\x{FEFF}") : '') . encode("UTF-16$order", $text) };

# ------------------------------------------------------------------ rates
my $load = sub {
	my ($bytes, $more) = @_;
	my $r = $w->{http}->request('POST',
		$w->{nginx}->url . '/ProcessManagement/CurrencyRates/Load' . ($more // ''),
		{ content => $bytes, headers => {
		'X-Crm360Api-Token' => $w->{tokens}{process}, 'X-Crm360Api-CustomerName' => 'C1',
			'X-Crm360Api-DatabaseAlias' => 'A1', 'Content-Type' => 'text/csv' } });
	$r->{json} = eval { decode_json($r->{content}) } // {};
	return $r;
};
my $rates = sub { my $s = join ' ',
	map { "$_->[0]="
		. ($_->[1] =~ s/\.?0+$//r) } $w->sql(
			'SELECT CurrencyId, Rate FROM CurrencyRate ORDER BY CurrencyId, ValidFrom');
			$w->sql('DELETE FROM CurrencyRate'); return $s };
my $table = "CurrencyId,ValidFrom,Rate\r\nUSD,2026-01-01,0.91\r\nGBP,2026-01-01,1.17\r\n";
my %good = (
	'commas' => $table,
	'semicolons' => $table =~ tr/,/;/r,
	'TABs' => $table =~ tr/,/\t/r,
	'BOM' => "\xEF\xBB\xBF$table",
	'UTF-16 LE with a mark and TABs, as "Unicode text"' => $utf16->($table =~ tr/,/\t/r, 'LE',
		1),
	'UTF-16 BE with a mark' => $utf16->($table, 'BE', 1),
	'UTF-16 LE without a mark' => $utf16->($table, 'LE', 0),
	'CR alone' => $table =~ s/\r\n/\r/gr,
	'quotes' => $table =~ s/([^,\r\n]+)/"$1"/gr,
	'no header, decimals in quotes' => qq{USD;2026-01-01;"0.91"\nGBP;2026-01-01;"1.17"},
	'no-break spaces and zero-width characters' =>
	encode_utf8($table =~ s/(USD|0\.91|Rate)/\x{A0}\x{200B}$1\x{FEFF}\x{202F}/gr),
	'no-break spaces of Windows-1252' => $table =~ s/(GBP|1\.17)/\xA0$1\xA0/gr,
	'rows and columns without anything' => ",,\n\n$table,,\n\"\",\"\",\n",
	'a separator that is said' => "sep=;\r\n" . ($table =~ tr/,/;/r),
);
for my $what (sort keys %good) {
	my $r = $load->($good{$what});
	is($r->{status}, 200, "rates, $what") or diag($r->{content});
	is($rates->(), 'GBP=1.17 USD=0.91', "$what: read right");
	my ($status, $out) = $w->admin('rate', 'import', 'C1', 'A1', $file->($good{$what}));
	is($status, 0, "$what: by the command line") or diag($out);
	is($rates->(), 'GBP=1.17 USD=0.91', "$what: likewise");
}
my $faults = sub { my ($r) = @_;
	return join ' | ', map { "$_->{field} $_->{message}" } @{ $r->{json}{errors} // [] } };
my %bad = (
	'a quote that is not closed' =>
	["USD,2026-01-01,0.91\nGBP,\"2026-01-01,1.17\nCHF,2026-01-01,1\n",
		qr/^line 2 opens a quote that is not closed$/],
	'a quote inside' => ["USD,2026-01-01,0\"91\nGBP,2026-01-01,1.17\n",
		qr/^line 1 has a quote inside of a field; [^|]*$/],
	'NUL' => ["USD,2026-01-01,0.91\nGBP,2026-01-01,1.17\0\n", qr/^line 2 has a NUL byte$/],
	'broken UTF-8' => [encode_utf8("USD,2026-01-01,0.91\x{A0}\n") . "GBP,2026-01-01,1.17\xA0\n",
		qr/^line 2 is not UTF-8 like the file up to it$/],
	'half of a surrogate pair' => [$utf16->($table, 'LE', 1) . "\x3D\xD8\n\0",
		qr/^line 4 has half of a character of UTF-16$/],
	'a line too long' => ["USD,2026-01-01,0.91\n" . 'x' x 1000000 . "\n",
		qr/^line 2 has 1 fields instead of/],
	'too few fields, behind a row of two lines' => ["\"U\nSD\",2026-01-01,1\nGBP,1\n",
		qr/^line 1 CurrencyId "U\nSD" is no currency[^|]*\| line 3 has 2 fields instead/],
	'two separators' => ["CurrencyId;ValidFrom;Rate\nUSD,2026-01-01,0.91\n",
		qr/^line 2 has 1 fields/],
);
for my $what (sort keys %bad) {
	my $r = $load->($bad{$what}[0]);
	is($r->{status}, 400, "rates, $what: refused");
	like($faults->($r), $bad{$what}[1], "$what: by line and cause");
	my ($status, $out) = $w->admin('rate', 'import', 'C1', 'A1', $file->($bad{$what}[0]));
	is($status, 2, "$what: by the command line");
	my ($line) = $faults->($r) =~ /^(line \d+)/;
	like($out, qr/\b\Q$line\E\b/, "$what: likewise");
	is($rates->(), '', "$what: nothing is taken");
}
is($load->('x' x (1 << 20) . 'x')->{status}, 413, 'beyond 1 MiB');

# ------------------------------------------------------------------ files of codes
is(($w->admin('campaign', 'set', 'C1', 'A1', 'Spring', '--points', '10'))[0], 0, 'a campaign');
is($w->post('SetContact?SourceId=1', { DrupalId => $_ })->{status}, 201, "contact $_")
	for 'a' .. 'f';
my $import = sub {
	my ($bytes, @options) = @_;
	my ($status, $out) = $w->admin('code', 'import', 'C1', 'A1', 'Spring', $file->($bytes),
		@options, '--json');
	my $codes = join ' ',
		map { $_->[0]
			. ($_->[1] eq 'NULL' ? '' : "/$_->[1]") } $w->sql(
				"SELECT code, COALESCE(max_uses, 'NULL') FROM api_code ORDER BY "
					. "code_id");
	$w->sql('DELETE FROM api_code');
	return ($status, eval { decode_json($out) } // $out, $codes);
};
my $codes = "Code;ValidFrom;MaxUses\r\nété-1;2026-01-01;2\r\n\"B;2\";;\r\nœ3;;\r\n";
my $want = 'éTé-1/2 B;2 œ3';	# small letters of ASCII become capitals
my %codes = (
	'UTF-8' => encode_utf8($codes), 'BOM' => encode_utf8("\x{FEFF}$codes"),
	'Windows-1252' => encode('cp1252', $codes), 'UTF-16 LE' => $utf16->($codes, 'LE', 1),
	'UTF-16 BE' => $utf16->($codes, 'BE', 1), 'UTF-16 LE without a mark' => $utf16->($codes,
		'LE', 0),
	'TABs' => encode_utf8("Code\tValidFrom\tMaxUses\nété-1\t2026-01-01\t2\nB;2\t\t\nœ3\n"),
	'noise around codes' =>
	encode_utf8(
		$codes =~ s/été-1/\x{A0}\x{200B}été\x{AD}-1\x{200D}\x{2060}/r
		=~ s/œ3/\x{3000}œ3\x{FEFF}\x{200C}\x{2003}/r),
	'columns without a name' => encode_utf8($codes =~ s/\r\n/;;\r\n/gr),
);
for my $what (sort keys %codes) {
	my ($status, $j, $got) = $import->($codes{$what});
	is("$status $got", "0 $want", "codes, $what") or diag(explain $j);
}
my ($status, $j, $got) = $import->(encode_utf8("A1\nB\x{A0}2\n\x{200B}\x{A0}\nA1\x{200B}\n")
	. "\xFF\n\0\nC\"3\n\"D,4\"\n");
is("$got " . join(' ', map { $j->{$_} } qw(Taken ThereAlready Wrong)), 'A1 D,4 2 1 4',
	'what cannot be read is counted, the rest is taken');
($status, $j, $got) = $import->("A1\nB 2\nx\"y\n\"z\n2\"\nA1\nC3\n", '--report', "$dir/report");
is("$status $got", '0 A1 C3', 'rows that cannot be taken');
open my $fh, '<', "$dir/report" or die $!;
is(join('', <$fh>), "2,,is no code of 1 to 64 characters without blanks\n3,,\"has a quote inside "
	. "of a field; such a field stands in quotes, and each quote in it twice\"\n"
	. "4,,is no code of 1 to 64 characters without blanks\n"
	. "6,\"A1\",the code is there already\n",
	'are reported by line, in a file that can be read again');
for (['never closed', "A1\nA2\n\"A3\nA4\n", qr/line 3: opens a quote that is not closed/],
	['two of one name', "Code;Code\nA;B\n", qr/has Code twice/],
	['a name that nobody knows', "Code;Price\nA;1\n",
		qr/Column 2 of the file has the name "Price"/]) {
	my ($what, $bytes, $words) = @$_;
	my ($status, $out) = $w->admin('code', 'import', 'C1', 'A1', 'Spring', $file->($bytes));
	is($status, 2, "$what: refused");
	like($out, $words, 'with the line and the cause');
}
$w->sql('DELETE FROM api_code');
is(($w->admin('code', 'generate', 'C1', 'A1', 'Spring', 1, '--out', '-', '--prefix', $_))[0], 2,
	"made-up codes are to be read again: prefix $_") for 'A,', 'A"', 'A;',
	encode_utf8("A\x{200B}");

# ------------------------------------------------------------------ typed codes
$import->('x');
$w->admin('code', 'import', 'C1', 'A1', 'Spring',
	$file->(encode_utf8(join '', map { "$_\n" } map({ "PEAS-$_" } 1 .. 20), 'ÉTÉ-1')));
my $type = sub {
	my ($id, $text) = @_;
	my $r = $w->code($id, join '', map { sprintf '%%%02X', ord } split //, encode_utf8($text));
	return "$r->{status} "
		. ($r->{status} == 200 ? ($r->{json}{Accepted} ? 'yes' : $r->{json}{Reason}) . " "
			. ($r->{json}{CodePrivilege} // '') : Club::fields($r));
};
my $n = 0;
for my $typed ("PEAS-%\x{A0}", "\x{200B}PEAS-%\x{200B}", "\x{FEFF}PEAS-%", "PEAS-%\x{2060}\x{200D}",
	"PEAS\x{AD}-%", "pe\x{200C}as-\x{200B}%", "\x{3000}\t PEAS-% \x{2003}", "PEAS-%\r\n",
	"\x{202A}PEAS-%\x{202C}",
	"\x{202F}\x{AD}PEAS-%\x{2028}") {
	my $code = 'PEAS-' . ++$n;
	is($type->('a', $typed =~ s/%/$n/r), "200 yes $code", 'noise in a code that is right, '
		. join ' ', map { sprintf 'U+%04X', ord } grep { !/[A-Za-z0-9%-]/ } split //,
		$typed);
}
is($w->value('SELECT COUNT(*) FROM api_code_attempt'), 0, 'is no wrong try');
is($type->('b', "PEAS-1\x{200B}"), '200 UsedByAnother PEAS-1',
	'a code that is used is used, with noise or without');
is($w->value('SELECT MAX(wrong) FROM api_code_attempt'), 1, 'and that counts');
$w->sql('DELETE FROM api_code_attempt');
for my $nothing (' ', "\x{200B}", "\x{A0}\x{FEFF}", "\t\x{AD}\x{2060}\r\n", "\x{3000}" x 100,
	"\x{E0001}") {
	is($type->('c', $nothing), '400 CodePrivilege',
		'nothing that anybody sees is no code at all') for 1 .. 3;
}
like($w->code('c', '%E2%80%8B')->{json}{errors}[0]{message}, qr/^is required$/,
	'as if it was not there');
is($w->value('SELECT COUNT(*) FROM api_code_attempt'), 0, 'and no wrong try');
is($type->('c', 'PEAS-20'), '200 yes PEAS-20', 'after 18 of them the right one is heard');
is($type->('d', "NO\x{200B}PE$_"), "200 Unknown NOPE$_", "a wrong one is wrong, $_") for 1 .. 5;
is($type->('d', 'PEAS-19'), '429 ', 'and limited');
is($type->('e', "PEAS\x{A0}-19"), '200 Unknown ', 'a blank inside is part of no code');
is($type->('e', "E\x{301}TE\x{301}-1"), "200 Unknown E\x{301}TE\x{301}-1",
	'other characters stay, marks too');
my (undef, $shown) = $w->admin('code', 'show', 'C1', 'A1', encode_utf8("\x{200B}peas-1\x{A0}"),
	'--json');
is(decode_json($shown)->{Code}, 'PEAS-1', 'code show takes a code as it is typed');
my ($status0, $said) = $w->admin('code', 'show', 'C1', 'A1', encode_utf8("\x{200B}\x{A0}"));
is($status0, 2, 'and nothing is none');
like($said, qr/CODE: is missing/, 'by name');
my (undef, $list) = $w->admin('code', 'list', 'C1', 'A1', '--after', encode_utf8("peas-8\x{200B}"),
	'--limit', 1, '--json');
is(decode_json($list)->{Codes}[0]{Code}, 'PEAS-9', 'so does code list --after');

# ------------------------------------------------------------------ codes that were loaded before
my $hex = sub { return "x'" . unpack('H*', encode_utf8($_[0])) . "'" };
my $old = sub { my ($code) = @_; $w->sql("INSERT INTO api_code (code, campaign_id, created_at) "
	. "SELECT CONVERT(@{[$hex->($code)]} USING utf8mb4), campaign_id, '2026-01-01' FROM "
		. "api_code_campaign WHERE name = 'Spring'") };
$old->($_) for "OLD-1\x{A0}", "\x{200B}OLD-2", "OLD\x{AD}-3", "OLD-4\x{A0}", "OLD-4\x{200B}",
	"PEAS-18\x{FEFF}", 'ÄÖ-5', "\x{200B}";
$w->sql("DELETE FROM api_schema WHERE scope = 'tenant' AND version >= 13");
is(($w->admin('migrate'))[0], 0, 'the migration');
is($type->('f', $_), "200 yes $_", "$_: can be typed") for 'OLD-1', 'OLD-2', 'OLD-3', 'OLD-4',
	'PEAS-18';
is($w->value(
	"SELECT COUNT(*) FROM api_code WHERE code = CONVERT(@{[$hex->('ÄÖ-5')]} USING utf8mb4)"),
	1, 'what has nothing of the kind stays');
is($w->value("SELECT COUNT(*) FROM api_code WHERE LENGTH(code) <> CHAR_LENGTH(code) AND code "
	. "REGEXP '\\\\p{Cf}|\\\\p{Z}'"), 3,
	'so does what is there without it, or was twice, or is nothing else');
unlike($w->{fcgi}->log . $w->{nginx}->logs, qr/PEAS/, 'no code in any log');

done_testing();
