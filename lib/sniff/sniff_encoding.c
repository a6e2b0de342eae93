#include "config.h"

#include <inttypes.h>
#include <string.h>

#include <glib.h>

#include "lib/arena.h"
#include "lib/sniff/sample.h"
#include "lib/text.h"

enum { GUESS_BYTES = 4096 };

/* Bytes above ASCII, as UTF-8 and as one byte a character. */
struct high {
	int64_t characters;	/* of several bytes, valid in UTF-8 */
	int64_t broken;		/* bytes that are not */
	int64_t broken_at;	/* offset of the first one */
	int64_t controls;	/* 0x80 to 0x9f: letters and signs in Windows-1252 alone */
	int64_t latin9;		/* bytes that make sense in ISO-8859-15 alone */
};

/* ISO-8859-15 has œ, Œ, Š, š, Ž, ž, Ÿ and € where Windows-1252 has fractions and accents without a
 * letter, and the sign of no currency. */
static int
is_latin9(const struct sample *s, size_t i)
{
	char before = i > 0 ? s->bytes[i - 1] : ' ', behind = i + 1 < s->n ? s->bytes[i + 1] : ' ';
	unsigned char c = (unsigned char)s->bytes[i];

	if (c == 0xa4)
		return g_ascii_isdigit(before) || before == ' ' || g_ascii_isdigit(behind);
	if (memchr("\xa6\xa8\xb4\xb8\xbc\xbd\xbe", c, 7) == NULL)
		return 0;
	return g_ascii_isalpha(before) || g_ascii_isalpha(behind);
}

static void
look_at(const struct sample *s, struct high *h)
{
	size_t i = 0, k;

	/* A piece may begin or end within a character. */
	if (s->offset > 0)
		while (i < 3 && i < s->n && ((unsigned char)s->bytes[i] & 0xc0) == 0x80)
			i++;
	for (; i < s->n; i += k) {
		unsigned char c = (unsigned char)s->bytes[i];

		k = 1;
		if (c < 0x80)
			continue;
		k = text_utf8_sequence(s->bytes + i, s->n - i);
		h->characters += k > 1;
		if (k == 0 && i + 3 < s->n && h->broken++ == 0)
			h->broken_at = s->offset + (int64_t)i;
		k = k == 0 ? 1 : k;
		h->controls += k == 1 && c < 0xa0;
		h->latin9 += k == 1 && is_latin9(s, i);
	}
}

static void
decide_single(const struct high *h, struct arena *a, struct sniff *out)
{
	out->dialect.encoding = ENCODING_WINDOWS_1252;
	if (h->controls > 0) {
		sniff_say(&out->reasons, a, "The encoding is Windows-1252: %" PRId64 " bytes are "
		    "no UTF-8, and %" PRId64 " of them are characters in Windows-1252 alone.",
		    h->broken, h->controls);
	} else if (h->latin9 > 0) {
		out->dialect.encoding = ENCODING_ISO_8859_15;
		sniff_say(&out->reasons, a, "The encoding is ISO-8859-15: %" PRId64 " bytes are no "
		    "UTF-8, and %" PRId64 " of them are a euro sign or a letter of a word in "
		    "ISO-8859-15 alone.", h->broken, h->latin9);
	} else {
		sniff_say(&out->reasons, a, "The encoding is Windows-1252: %" PRId64 " bytes are "
		    "no UTF-8. All that were seen are the same in ISO-8859-15.", h->broken);
	}
}

static void
decide(const struct high *h, struct arena *a, struct sniff *out)
{
	if (h->broken > 0 && h->characters < 10 * h->broken) {
		decide_single(h, a, out);
		return;
	}
	out->dialect.encoding = ENCODING_UTF8;
	if (h->broken > 0)
		sniff_say(&out->remarks, a, "The file is UTF-8, but has bytes that are not, the "
		    "first one seen at byte %" PRId64 ". Rows with such bytes are refused.",
		    h->broken_at + 1);
	if (out->mark)
		return;
	if (h->characters == 0)
		sniff_say(&out->reasons, a, "The encoding may be any: what was seen is ASCII. "
		    "UTF-8 is taken.");
	else
		sniff_say(&out->reasons, a, "The encoding is UTF-8: %" PRId64 " %s.",
		    h->characters, text_form(h->characters, "character of it was seen",
		    "characters of it were seen"));
}

void
sniff_encoding(const struct samples *s, struct arena *a, struct sniff *out)
{
	const struct sample *head = &s->s[0];
	struct high h = { .characters = 0 };
	size_t mark;

	out->dialect.encoding = encoding_marked(head->bytes, head->n, &mark);
	out->mark = mark > 0;
	if (out->mark)
		sniff_say(&out->reasons, a, "The encoding is %s: the file begins with its mark.",
		    encoding_name(out->dialect.encoding));
	else if ((out->dialect.encoding = encoding_guess_wide(head->bytes,
	    head->n < GUESS_BYTES ? head->n : GUESS_BYTES)) != ENCODING_UNSET)
		sniff_say(&out->reasons, a, "The encoding is %s: one of two bytes is zero.",
		    encoding_name(out->dialect.encoding));
	if (out->dialect.encoding != ENCODING_UNSET && out->dialect.encoding != ENCODING_UTF8)
		return;
	for (size_t i = 0; i < s->n; i++)
		look_at(&s->s[i], &h);
	decide(&h, a, out);
}
