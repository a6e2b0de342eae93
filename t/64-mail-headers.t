# Subjects of any kind through a real SMTP server: a reader gets each as it was; encoded words and
# lines keep to RFC 2047, characters stay whole.
use strict;
use warnings;
use utf8;
use Encode qw(decode decode_utf8 encode_utf8 FB_CROAK);
use JSON::PP;
use MIME::Base64;
use Test::More;
use Time::HiRes qw(sleep time);
use Exim;
use MariaDB;
use Scheduler;

binmode $_, ':encoding(UTF-8)' for Test::More->builder->output, Test::More->builder->failure_output;
my $family = "\x{1F468}\x{200D}\x{1F469}\x{200D}\x{1F467}\x{200D}\x{1F466}";
my %texts = (
	'plain' => '#1001',
	'emoji' => "\x{1F600}" x 60,
	'families of emoji' => $family x 12,
	'emoji with variation selectors and skins' => "\x{2764}\x{FE0F}\x{1F44D}\x{1F3FD}" x 20,
	'flags' => "\x{1F1EB}\x{1F1F7}\x{1F1E9}\x{1F1EA}" x 20,
	'a cluster longer than an encoded word' => 'e' . "\x{301}" x 100,
	'Thai' => 'ประเทศไทยกำลังเติบโต' x 8,
	'Japanese' => '日本語の件名はとても長いです' x 11,
	'Arabic' => 'مرحبا بالعالم ' x 11 . 'نهاية',
	'Hindi' => 'नमस्ते दुनिया क्षत्रिय ' x 7
	. 'अंत',
	'decomposed Korean' => "\x{1112}\x{1161}\x{11AB}\x{1100}\x{1173}\x{11AF}" x 25,
	'decomposed Vietnamese' => "Tie\x{302}\x{301}ng Vie\x{323}\x{302}t " x 12 . 'x',
	'long ASCII words' => join(' ', map { 'word' . 'x' x $_ } 10 .. 17),
	'one long ASCII word' => 'a' x 165,
	'a word of a line and one of more' => 'b' x 67 . ' ' . 'c' x 68,
	'words that fill lines' => join(' ', 'd' x 39, 'e' x 67, 'f' x 7, 'g' x 40),
	'what looks like an encoded word' => '=?utf-8?q?hello?= there',
	'only that' => '=?utf-8?q?hello?=',
	'two of them' => '=?utf-8?B?aGVsbG8=?= =?iso-8859-1?Q?=E9?=',
	'inside of a word' => 'x=?utf-8?q?hello?=x',
	'half of one' => 'why =? and =?utf-8?',
	'a word of it in an encoded text' => 'é =?utf-8?q?a?= é',
	'mixed' => 'Bestellung für Zoë: 3 × Käse, 日本 & more plain words behind it all, so '
		. 'that they go on over the line',
	'plain, encoded, plain' => 'eins zwei dreißig vier fünf sechs sieben acht neun zehn elf '
		. 'zwölf dreizehn vierzehn fünfzehn sechzehn',
	'double blanks' => 'two  blanks   three and  two',
	'a blank at the end' => 'end ',
	'nothing but a blank' => ' ',
	'blanks at the end' => 'end  ',
	'question marks and the like' => "é?=_?= =_ _=?.",
	'beyond the BMP' => "\x{10348}\x{1D11E}" x 40,
	'zero width' => "a\x{200B}b\x{200C}c\x{FEFF}d" x 10,
	'an encoded word with a line end and a header in it' =>
	'=?utf-8?q?=0d=0aBcc:_evil@demo.example?=',
	'the same in base64 and another charset' =>
	'=?iso-8859-1?b?DQpCY2M6IGV2aWxAZGVtby5leGFtcGxl?= #1001',
	'the same inside a word' => 'x=?utf-8?q?=0d=0aBcc:evil@demo.example?=y',
);
# What cannot arrive as it was.
my %changed = (
	'marks of direction' =>
	["a\x{202E}cod.exe\x{202C} \x{2066}b\x{2069}\x{200F}\x{200E}\x{61C}c", 'acod.exe bc'],
	'an override around an address' => ["\x{202D}\x{202E}moc.live\x{2067}\@x\x{2068}",
		'moc.live@x'],
	'controls beyond ASCII' => ["a\x{85}Bcc: evil\@demo.example\x{9B}31m\x{90}b\x{80}\x{9F}c",
		'a Bcc: evil@demo.example 31m b  c'],
	'line and paragraph separators' => ["a\x{2028}Bcc: evil\@demo.example\x{2029}b",
		'a Bcc: evil@demo.example b'],
	"line ends and tabs" => ["a\r\nBcc: evil\@demo.example\tb\x{7F}c",
		'a  Bcc: evil@demo.example b c']);

my $db = MariaDB->start;
my $exim = Exim->start(tls => 0);
my $s = Scheduler->new($db, CUSTOMERAPI_SMTP_HOST => '127.0.0.1',
	CUSTOMERAPI_SMTP_PORT => $exim->port, CUSTOMERAPI_SMTP_TLS => 'none',
	CUSTOMERAPI_SMTP_FROM => 'api@demo.example',
	CUSTOMERAPI_MAIL_PER_HOUR => 1000);
$s->tenant(1);
my %want = ((map { $_ => $texts{$_} } keys %texts), (map { $_ => $changed{$_}[1] } keys %changed));
my %receipt;
for my $what (sort keys %want) {
	my $name = exists $texts{$what} ? $texts{$what} : $changed{$what}[0];
	($receipt{$what}) = $s->put(kind => 2, platform => 'Shopify', entity => 'Order',
		action => 'Insert', email => 'a@demo.example',
		body => JSON::PP->new->utf8->encode({ name => $name }));
}
# A text of ours, as warnings are sent.
my $notice = 'ประกาศ =?utf-8?q?x?= ' x 8 . 'x';
$s->sql("INSERT INTO api_mail (tenant_id, kind, visible_at, created_at, give_up_at, header_id, "
	. "subject, content)
	VALUES (1, 3, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) + INTERVAL 1 DAY,
	'notice\@here', x'" . unpack('H*', encode_utf8($notice)) . "', 'x')");
$s->sql("INSERT INTO api_mail_recipient (mail_id, address, changed_at) SELECT mail_id, "
	. "'a\@demo.example', created_at FROM api_mail WHERE header_id = 'notice\@here'");
is($s->once, 0, 'one round');
my $end = time + 30;
sleep 0.05 while scalar(() = $exim->mails) < keys(%want) + 1 && time < $end;

my %raw;
for my $mail ($exim->mails) {
	my ($headers) = split /\n\n/, $mail, 2;
	my ($id) = $headers =~ /^Message-I[dD]: <([^@>]+)/m;
	($raw{ $id // '' }) = $headers =~ /^(Subject:.*(?:\n[ \t].*)*)/m;
}

# The header keeps to its form, and says the text.
sub check {
	my ($what, $raw, $want) = @_;
	my @lines = split /\n/, $raw // '';
	is_deeply([grep { length > 76 } @lines], [], "$what: lines of at most 76 bytes");
	is_deeply([grep { /[^ -~]/ || /^\s*$/ } @lines], [], "$what: in ASCII, none empty");
	my @words = grep { /^=\?/ } split /\s+/, $raw // '';
	my $encoded = qr{^=\?UTF-8\?(?:
		Q\?[A-Za-z0-9!*+/_-]*(?:=[0-9A-F]{2}[A-Za-z0-9!*+/_-]*)*
		|B\?(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?
		)\?=$}x;
	is_deeply([grep { length > 75 || !/$encoded/ } @words], [],
		"$what: encoded words of at most 75 bytes");
	my @parts = map {
		my ($how, $text) = /^=\?UTF-8\?([QB])\?(.*)\?=$/;
		my $bytes = ($how // '') eq 'B' ? decode_base64($text)
			: ($text // '') =~ tr/_/ /r =~ s/=([0-9A-F]{2})/chr hex $1/ger;
		eval { decode('UTF-8', $bytes, FB_CROAK) } // 'broken';
	} @words;
	ok(!(grep { $_ eq 'broken' } @parts), "$what: each of whole characters");
	my %boundary = (0 => 1);
	my $all = join '', @parts;
	while ($all =~ /\X/g) { $boundary{ pos $all } = 1 }
	my ($at, @cut) = (0);
	for (@parts) { $at += length; push @cut, $at if !$boundary{$at} }
	is_deeply(\@cut, [], "$what: no character as a reader sees it is split")
		if $what ne 'a cluster longer than an encoded word';
	my ($value) = ($raw // '') =~ /^Subject: (.*)/s;
	is(decode('MIME-Header', $value // ''), $want, "$what: arrives as it was") or diag($raw);
	return scalar @words;
}

my %encoded;
for my $what (sort keys %want) {
	my $whole = "[C1/A1] Shopify Order Insert $want{$what}";
	$encoded{$what} = check($what, $raw{ $receipt{$what} }, substr $whole, 0, 200);
	like($raw{ $receipt{$what} } // '', qr/^Subject: \[C1\/A1\] Shopify Order Insert/,
		"$what: what is in ASCII in front of it stays readable");
}
check('a text of ours', $raw{notice}, $notice);
is($encoded{$_}, 0, "$_: not encoded") for 'plain', 'long ASCII words', 'words that fill lines';
is($encoded{'a word of a line and one of more'}, 2,
	'only a word that does not fit on a line is encoded');
unlike(join('', map { (split /\n\n/, $_, 2)[0] . "\n" } $exim->mails), qr/^Bcc:/m,
	'no header was added');

done_testing();
