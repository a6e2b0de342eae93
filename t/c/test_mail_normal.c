/* lib/format/mail_normal: one form for one mailbox, in many scripts; and text_strip(). */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/format/mail_normal.h"
#include "lib/text.h"
#include "t/c/tap.h"

enum {
	CODE_POINTS = 0x20000,
	UNKNOWN = 0xfffd,
	SURROGATE_FIRST = 0xd800,
	SURROGATE_LAST = 0xdfff,
	GROUP_MAX = 9
};

#define A64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* The first of a group is the normal form, the others are the same mailbox. */
static const char *const groups[][GROUP_MAX] = {
	{ "zoe@xn--mller-beispiel-gsb.example", "zoe@müller-beispiel.example",
	  "zoe@mu\xcc\x88ller-beispiel.example", "ZOE@MÜLLER-Beispiel.EXAMPLE",
	  "zoe@MU\xcc\x88LLER-BEISPIEL.example", "zoe@XN--MLLER-BEISPIEL-GSB.example",
	  "\xc2\xa0zoe@müller-beispiel。example\xe2\x80\x8b", "zoe@müller-beispiel.example." },
	{ "jon@example.com", "Jon@Example.COM",
	  " jon@example.com\r\n", "\xef\xbb\xbfjon@example.com",
	  "jon@ｅｘａｍｐｌｅ.com", "\xe3\x80\x80jon@example.com\xe2\x80\xa9", "jon@example\xc2\xad.com" },
	{ "zo\xc3\xab@example.org", "ZO\xc3\x8b@example.org", "zoe\xcc\x88@example.org" },
	/* without the non-transitional rule sharp s would be another's domain */
	{ "jo@xn--strae-oqa.example", "jo@straße.example", "JO@STRAẞE.example" },
	{ "strasse@example.org", "straße@example.org", "STRASSE@example.org",
	  "STRAẞE@EXAMPLE.ORG" },
	/* Greek: final sigma, tonos */
	{ "οδοσ@xn--nxasmm1c.example", "οδος@βόλος.example", "ΟΔΟΣ@βόλος.example" },
	{ "ά@example.gr", "Ά@example.gr", "α\xcc\x81@example.gr", "ά@example.gr" },
	/* Cyrillic: й is one letter or two characters */
	{ "андрей@xn--e1aybc.xn--p1ai", "АНДРЕЙ@тест.рф", "андрей@ТЕСТ.РФ",
	  "андреи\xcc\x86@тест.рф" },
	/* Turkish: of no language, so dotted capital I keeps its dot and dotless i stays itself */
	{ "i\xcc\x87zmir@example.tr", "İzmir@example.tr", "I\xcc\x87ZMIR@example.tr" },
	{ "\xc4\xb1s\xc4\xb1k@example.tr", "\xc4\xb1S\xc4\xb1K@example.tr" },
	/* Korean: syllables or letters */
	{ "한글@xn--bj0bj06e.example",
	  "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab\xe1\x84\x80\xe1\x85\xb3\xe1\x86\xaf@한글.example" },
	/* Japanese, Chinese, Thai, Hindi, Arabic, Hebrew, Armenian, Georgian */
	{ "太郎@xn--wgv71a119e.jp", "太郎@日本語.jp", "太郎@日本語．jp", "太郎@日本語｡jp" },
	{ "用户@xn--fsqu00a.example", "用户@例子.example" },
	{ "คน@xn--22cdfh1b8fsa.example", "คน@ยจฆฟคฏข.example" },
	{ "मेल@xn--p1b6ci4b4b3a.example", "मेल@उदाहरण.example" },
	{ "بريد@xn--mgbh0fb.example", "بريد@مثال.example" },
	{ "דוא@xn--6dbbeac9c.example", "דוא@דוגמהה.example" },
	{ "փոստ@xn--y9a3aq.example", "ՓՈՍՏ@հայ.example", "փոստ@ՀԱՅ.example" },
	/* Vietnamese: two marks on a letter, in either order of typing */
	{ "vi\xe1\xbb\x87t@example.vn", "VI\xe1\xbb\x86T@example.vn",
	  "vie\xcc\xa3\xcc\x82t@example.vn",
	  "vie\xcc\x82\xcc\xa3t@example.vn", "vi\xc3\xaa\xcc\xa3t@example.vn" },
	/* old Latin ligature and Kelvin's sign, which fold to letters */
	{ "ffk@example.org", "ﬀ\xe2\x84\xaa@example.org", "FFK@example.org" },
	/* Cherokee: small letters fold to capitals */
	{ "ᎠᎡ@example.org", "ꭰꭱ@example.org", "Ꭰꭱ@EXAMPLE.org" },
	{ "\"two words\"@example.org", "\"Two Words\"@EXAMPLE.org" },
	{ "a@b@example.org", "A@B@example.ORG" },
	{ "root@localhost", "Root@LOCALHOST" },
	/* domains that cannot be: as text, still without case */
	{ "a@i❤.ws", "A@I❤.WS", "a@xn--i-7iq.ws" },
	{ "a@bü cher.example", "a@BÜ CHER.example", "a@bu\xcc\x88 cher.example" },
	{ "a@[192.0.2.1]", "A@[192.0.2.1]" },
	{ "a@xn--.example", "A@XN--.Example" },
	{ "a@" A64 ".example", "A@" A64 ".EXAMPLE" },
	{ "a@under_score.example", "a@UNDER_score.example" },
	{ "a@.", "A@." },
};

static const char *const none[] = { "", " ", "@", "a@", "@b", "a", "\xc2\xa0@b", "a@ ",
	"\xe2\x80\x8b" };

static const char *const different[] = {
	"zoe@example.org", "zoë@example.org", "zoe@xn--exmple-cua.org", "z.oe@example.org",
	"zoe+1@example.org",
	"zoe@example.com", "zoe@mueller.example", "zoe@müller.example", "zoe@fass.example",
	"zoe@faß.example",
	"zoe@i❤.ws", "zoe@i♥.ws", "zoe@bü cher.example", "zoe@bücher.example",
};

static void
test_groups(struct arena *a)
{
	for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
		const char *want = groups[i][0];
		int good = 1;

		for (size_t k = 0; k < GROUP_MAX && groups[i][k] != NULL; k++) {
			const char *got = mail_normal(a, groups[i][k]);

			if (got != NULL && strcmp(got, want) == 0)
				continue;
			good = 0;
			printf("# %s gives %s\n", groups[i][k], got == NULL ? "nothing" : got);
		}
		ok(good, "one mailbox:", want);
	}
	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
		ok(mail_normal(a, none[i]) == NULL, "no address:", none[i]);
	ok(mail_normal(a, NULL) == NULL, "nothing", "");
}

static int
same(struct arena *a, const char *s, const char *t)
{
	return strcmp(mail_normal(a, s), mail_normal(a, t)) == 0;
}

static void
test_different(struct arena *a)
{
	const size_t n = sizeof different / sizeof different[0];
	int good = 1;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < i; k++)
			if (same(a, different[i], different[k])) {
				printf("# %s is taken for %s\n", different[i], different[k]);
				good = 0;
			}
	ok(good, "others' mailboxes stay others'", "");
}

/* What becomes of text with this character in it, again and again. */
static int
is_stable(struct arena *a, const char *text)
{
	const char *once = mail_normal(a, text), *twice;

	if (once == NULL)
		return 0;
	twice = mail_normal(a, once);
	if (twice == NULL || strcmp(once, twice) != 0)
		return 0;
	return text_is_utf8(once, strlen(once)) && text_utf8_length(once) <= MAIL_NORMAL_MAX;
}

static size_t
encode(unsigned c, char out[5])
{
	size_t n = 1u + (c >= 0x80) + (c >= 0x800) + (c >= 0x10000);
	static const unsigned char heads[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	memset(out, 0, 5);
	for (size_t i = n; i-- > 1; c >>= 6)
		out[i] = (char)(0x80 | (c & 0x3f));
	out[0] = (char)(heads[n] | c);
	return n;
}

static void
test_every_character(struct arena *a)
{
	char c[5], name[16];
	size_t bad = 0;

	for (unsigned u = 1; u < CODE_POINTS; u++) {
		if ((u >= SURROGATE_FIRST && u <= SURROGATE_LAST) || u == UNKNOWN)
			continue;
		encode(u, c);
		if (!is_stable(a, arena_printf(a, "x%sx@example.org", c)) ||
		    !is_stable(a, arena_printf(a, "jo@a%sb.example", c)) ||
		    !is_stable(a, arena_printf(a, "jo@xn--%s.bü", c))) {
			snprintf(name, sizeof name, "U+%04X", u);
			if (bad++ < 20)
				printf("# %s is not stable\n", name);
		}
		arena_reset(a);
	}
	ok(bad == 0, "a normal form is its own, with characters of two planes", "");
	encode(UNKNOWN, c);
	ok(mail_normal(a, arena_printf(a, "x%sx@example.org", c)) == NULL,
	    "U+FFFD stands for what nobody knows", "");
}

static char *
times(struct arena *a, const char *s, size_t n)
{
	struct buf b;

	buf_init(&b, a);
	while (n-- > 0)
		buf_adds(&b, s);
	return b.data;
}

static void
test_bounds(struct arena *a)
{
	const char *local = arena_printf(a, "%s@example.org", times(a, "a", MAIL_NORMAL_MAX - 12));
	const char *longer = arena_printf(a, "a%s", local);
	const char *wide = arena_printf(a, "%s@example.org", times(a, "\xce\x90", 100));
	char *got = mail_normal(a, longer), *other = mail_normal(a, arena_printf(a, "b%s", local));

	ok(strcmp(mail_normal(a, local), local) == 0, "as long as may be", "");
	ok(strcspn(got, "@") == 64 && strcmp(got + 64, "@too-long.invalid") == 0, "a hash:", got);
	ok(strcmp(got, other) != 0, "of its own", "");
	ok(strcmp(got, mail_normal(a, got)) == 0, "that stays", "");
	ok(same(a, longer, arena_printf(a, " A%s", local)), "however it is spelled", "");
	ok(is_stable(a, wide), "letters that fold to three", "");
	ok(is_stable(a, arena_printf(a, "a@%s", times(a, "ü", 300))), "a label of 300 letters", "");
	ok(is_stable(a, arena_printf(a, "a@%sü", times(a, "ab.", 100))), "a hundred labels", "");
	longer = arena_printf(a, "a@%s", times(a, "a", MAIL_NORMAL_INPUT_BYTES - 2));
	ok(mail_normal(a, longer) != NULL, "the longest that is read", "");
	ok(mail_normal(a, arena_printf(a, "a%s", longer)) == NULL, "one more", "");
	longer = arena_printf(a, "%sa@b%s", times(a, " ", 5000), times(a, "\xe3\x80\x80", 5000));
	ok(same(a, longer, "a@b"), "blanks do not count", "");
}

static void
test_broken(struct arena *a)
{
	const char *got = mail_normal(a, "JO\xff@B\xc3.Example");

	ok(strcmp(got, "jo\xff@b\xc3.example") == 0, "no UTF-8: ASCII letters", "");
	ok(same(a, "\xed\xa0\x80X@b", "\xed\xa0\x80x@b"), "half of a pair", "");
}

static const struct { const char *in, *out; } blanks[] = {
	{ "", "" }, { " ", "" }, { "a", "a" }, { " a b ", "a b" }, { "\t\n\v\f\r a\xc2\x85", "a" },
	{ "\xc2\xa0" "é\xc2\xa0", "é" },
	{ "\xe1\x9a\x80x\xe2\x80\x80\xe2\x80\x8a\xe2\x80\xaf", "x" },
	{ "\xe2\x80\xa8x\xe2\x80\xa9\xe2\x81\x9f\xe3\x80\x80", "x" },
	{ "\xef\xbb\xbfx\xe2\x80\x8b\xe2\x81\xa0", "x" }, { "\xe2\x80\x8b", "" },
	{ "\xe2\x80\x8dx\xe2\x80\x8c", "\xe2\x80\x8dx\xe2\x80\x8c" },	/* joiners are no blanks */
	{ "\xa0x\x80", "\xa0x\x80" }, { "x\xc2", "x\xc2" }, { "\xa0", "\xa0" },
	{ "\xf0\x9f\x98\x80 ", "\xf0\x9f\x98\x80" },
};

static void
test_strip(void)
{
	for (size_t i = 0; i < sizeof blanks / sizeof blanks[0]; i++) {
		size_t n = strlen(blanks[i].in);
		const char *s = text_strip(blanks[i].in, &n), *out = blanks[i].out;

		ok(n == strlen(out) && memcmp(s, out, n) == 0, "outer blanks off:", out);
	}
}

int
main(void)
{
	struct arena a = { 0 };

	test_groups(&a);
	test_different(&a);
	test_every_character(&a);
	test_bounds(&a);
	test_broken(&a);
	test_strip();
	arena_done(&a);
	return tap_end();
}
