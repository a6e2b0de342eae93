#!/usr/bin/perl
# Makes sql/tenant/0013-labels.sql of sql/labels.txt and the names of countries in Debian's
# iso-codes:
#   perl sql/labels.pl sql/labels.txt >sql/tenant/0013-labels.sql
# A migration that was released stays as it is: new words go into a new one.
use strict;
use warnings;
use utf8;
use JSON::PP;
use Unicode::Normalize qw(NFKD);

my $iso = '/usr/share/iso-codes/json/iso_3166-1.json';
my @languages = qw(en fr de es it nl pt pt_BR pl);
my %plain = ("\x{e6}" => 'ae', "\x{f0}" => 'd', "\x{f8}" => 'o', "\x{fe}" => 'th', "\x{111}" => 'd',
	"\x{131}" => 'i', "\x{142}" => 'l', "\x{153}" => 'oe');

# As word_of() in model/word.c.
sub word {
	my ($w) = @_;
	$w = CORE::fc(NFKD($w));
	$w =~ s/[.\x{300}-\x{36f}\p{Cf}]//g;
	$w =~ s/[^\p{L}\p{N}\p{M}]+/ /g;
	$w =~ s/^ | $//g;
	return join '', map { $plain{$_} // $_ } split //, $w;
}

# The texts of a compiled catalogue of gettext: where they are stands in its first words.
sub catalogue {
	my ($file) = @_;
	open my $fh, '<:raw', $file or die "$file: $!";
	my $all = do { local $/; <$fh> };
	my ($magic, undef, $n, $from, $to) = unpack 'V5', $all;
	die "$file is no catalogue" if $magic != 0x950412de;
	my $text = sub {
		my ($length, $at) = unpack 'V2', substr $all, $_[0], 8;
		my $t = substr $all, $at, $length;
		utf8::decode($t);
		return $t;
	};
	return { map { $text->($from + 8 * $_) => $text->($to + 8 * $_) } 0 .. $n - 1 };
}

my (%row, %ambiguous);
sub add {
	my ($kind, $id, $language, $label) = @_;
	my $word = word($label);
	die "no word in \"$label\"" if $word eq '';
	my $known = $row{$kind}{$word} //= [$id, $language, $label];
	$ambiguous{$kind}{$word} = 1 if $known->[0] ne $id;
}

open my $words, '<:utf8', $ARGV[0] or die "$ARGV[0]: $!";
while (<$words>) {
	chomp;
	next if /^(?:#|$)/;
	my ($kind, $id, $language, $labels) = split /\|/;
	add($kind, $id, $language, $_) for split /;/, $labels;
}
die 'ambiguous: ' . join ', ', map { keys %$_ } values %ambiguous if %ambiguous;
my %own = map { $_ => 1 } keys %{ $row{Country} };
open my $fh, '<:raw', $iso or die "$iso: $!";
my $countries = decode_json(do { local $/; <$fh> })->{'3166-1'};
for my $language (@languages) {
	my $says = $language eq 'en' ? {}
		: catalogue("/usr/share/locale/$language/LC_MESSAGES/iso_3166-1.mo");
	for my $c (@$countries) {
		for my $name (grep { defined } @$c{qw(name common_name official_name)}) {
			my $label = $language eq 'en' ? $name : $says->{$name} // next;
			add('Country', $c->{alpha_3}, substr($language, 0, 2), $label)
				if !$own{ word($label) };
		}
	}
}
delete @{ $row{Country} }{ keys %{ $ambiguous{Country} // {} } };	# a catalogue's mistake

binmode STDOUT, ':utf8';
print <<'SQL';
-- Words of closed lists that senders write in their shop's language, and the id that each is worth:
-- the shipped ones (source_id 0), and those that an admin adds for a Source.
-- word: the label as word_of() (model/word.h) makes it. id: the key of a row of PurchaseStatus,
-- Civility, Gender or Country; of Flag, 1 is yes and 0 is no.
-- Made by sql/labels.pl from sql/labels.txt and Debian's iso-codes 4.15 (names of ISO 3166-1 and
-- their translations; LGPL-2.1-or-later, data only).
CREATE TABLE IF NOT EXISTS `api_label` (
	kind VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	word VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	source_id SMALLINT NOT NULL,
	id VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	language VARCHAR(2) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
	label VARCHAR(255) NOT NULL,
	modified_at DATETIME(6) NOT NULL,
	PRIMARY KEY (kind, word, source_id),
	KEY of_source (source_id, kind, word)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;

-- Corrections of rows that an earlier version stored otherwise, per Source: each is done once.
-- source_id 0: it was decided which Sources there are. state: 1 at work, 2 done, 3 an admin must
-- decide. Rows with keys up to seen_to are done; who works on a chunk locks the row.
CREATE TABLE IF NOT EXISTS `api_correction` (
	correction VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	source_id SMALLINT NOT NULL,
	state TINYINT UNSIGNED NOT NULL,
	seen_to INT NOT NULL DEFAULT 0,
	changed BIGINT NOT NULL DEFAULT 0,
	decided_at DATETIME(6) NOT NULL,
	ended_at DATETIME(6) NULL,
	PRIMARY KEY (correction, source_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;
SQL
my $q = sub { my ($t) = @_; $t =~ s/'/''/g; return "'$t'" };
for my $kind (qw(PurchaseStatus Civility Gender Flag Country)) {
	my @rows;
	for my $word (sort keys %{ $row{$kind} }) {
		my @given = map { $q->($_) } @{ $row{$kind}{$word} };
		push @rows, "\t(" . join(', ', $q->($kind), $q->($word), 0, @given, "'2026-01-01'")
			. ')';
	}
	print "\nINSERT INTO `api_label` ",
		"(kind, word, source_id, id, language, label, modified_at) VALUES\n",
		join(",\n", @rows), "\nON DUPLICATE KEY UPDATE word = VALUES(word);\n";
}
