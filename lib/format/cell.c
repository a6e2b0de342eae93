#include "config.h"

#include "lib/format/cell.h"

#include <string.h>
#include <strings.h>

#include <glib.h>

#include "lib/text.h"

const char *
cell_bare(const char *text, size_t *n)
{
	const char *s;

	*n = strlen(text);
	s = text_strip(text, n);
	if (*n < 2 || *s != '\'' || strchr("=+-@0123456789", s[1]) == NULL)
		return s;
	(*n)--;
	return s + 1;
}

/* ------------------------------------------------------------------ spoilt ones */

static size_t
digits(const char *s, size_t n)
{
	size_t k = 0;

	while (k < n && g_ascii_isdigit(s[k]))
		k++;
	return k;
}

/* 3,36E+10 */
static int
is_scientific(const char *s, size_t n)
{
	size_t k = n > 0 && *s == '-', whole = digits(s + k, n - k);

	k += whole;
	if (whole == 0)
		return 0;
	if (k < n && (s[k] == '.' || s[k] == ','))
		k += 1 + digits(s + k + 1, n - k - 1);
	if (k == n || (s[k] != 'E' && s[k] != 'e'))
		return 0;
	k++;
	k += k < n && (s[k] == '+' || s[k] == '-');
	return k < n && digits(s + k, n - k) == n - k;
}

const char *
cell_spoilt(const char *text)
{
	static const char *const errors[] = { "#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!",
		"#NUM!", "#NULL!" };
	size_t n;
	const char *s = cell_bare(text, &n);

	if (is_scientific(s, n))
		return "was shortened by a spreadsheet and has lost digits; give the column the "
		    "format \"text\" there, and export it again";
	for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
		if (n == strlen(errors[i]) && memcmp(s, errors[i], n) == 0)
			return "is an error that a spreadsheet wrote instead of a value";
	return NULL;
}

/* ------------------------------------------------------------------ numbers */

enum { TOKENS_MAX = 64 };

/* A number taken apart: digits and marks, all blanks as ' ' and both apostrophes as '\''. */
struct tokens {
	char c[TOKENS_MAX];
	size_t n;
	int negative;
};

static const struct { const char *bytes; size_t n; char c; } signs[] = {
	{ " ", 1, ' ' }, { "\xc2\xa0", 2, ' ' }, { "\xe2\x80\xaf", 3, ' ' },
	{ "\xe2\x80\x89", 3, ' ' }, { "'", 1, '\'' }, { "\xe2\x80\x99", 3, '\'' },
	{ ".", 1, '.' }, { ",", 1, ',' }, { "-", 1, '-' }, { "\xe2\x88\x92", 3, '-' },
	{ "+", 1, '+' },
};

/* Bytes of the digit or sign at s; 0 when it is neither. */
static size_t
token(const char *s, size_t n, char *c)
{
	*c = *s;
	if (g_ascii_isdigit(*s))
		return 1;
	for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
		if (n >= signs[i].n && memcmp(s, signs[i].bytes, signs[i].n) == 0) {
			*c = signs[i].c;
			return signs[i].n;
		}
	return 0;
}

static const char *
refuse_letter(const char *s, size_t n)
{
	static const char *const known[] = { "\xe2\x82\xac", "$", "\xc2\xa3", "EUR", "USD", "GBP",
		"CHF" };

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (n >= strlen(known[i]) && memcmp(s, known[i], strlen(known[i])) == 0)
			return "has a currency, which the column is not said to have";
	return "is no number";
}

/* Takes the sign off. */
static const char *
take_sign(struct tokens *t)
{
	int before = t->n > 0 && (t->c[0] == '-' || t->c[0] == '+'), behind;

	t->negative = before && t->c[0] == '-';
	if (before)
		memmove(t->c, t->c + 1, --t->n);
	behind = !before && t->n > 0 && t->c[t->n - 1] == '-';
	t->negative = t->negative || behind;
	t->n -= (size_t)behind;
	while (t->n > 0 && t->c[t->n - 1] == ' ')
		t->n--;
	if (before && t->n > 0 && t->c[0] == ' ')
		memmove(t->c, t->c + 1, --t->n);
	if (t->n == 0 || memchr(t->c, '-', t->n) != NULL || memchr(t->c, '+', t->n) != NULL)
		return "is no number";
	return NULL;
}

static const char *
take_apart(const char *s, size_t n, struct tokens *t)
{
	size_t k;

	for (; n > 0; s += k, n -= k) {
		if (t->n == TOKENS_MAX)
			return "is too long for a number";
		if ((k = token(s, n, &t->c[t->n])) == 0)
			return refuse_letter(s, n);
		t->n++;
	}
	return take_sign(t);
}

/* The cell without its currency. */
static const char *
without_currency(const char *s, size_t *n, const char *currency)
{
	size_t k = currency == NULL ? 0 : strlen(currency);

	if (k == 0 || *n < k)
		return s;
	if (strncasecmp(s, currency, k) == 0) {
		s += k;
		*n -= k;
	} else if (strncasecmp(s + *n - k, currency, k) == 0) {
		*n -= k;
	}
	return text_strip(s, n);
}

static size_t
count(const struct tokens *t, char c, size_t to)
{
	size_t k = 0;

	for (size_t i = 0; i < to; i++)
		k += t->c[i] == c;
	return k;
}

/* Where the last point or comma stands; t->n = there is none. */
static size_t
last_mark(const struct tokens *t)
{
	for (size_t i = t->n; i-- > 0;)
		if (t->c[i] == '.' || t->c[i] == ',')
			return i;
	return t->n;
}

/* 1 when the mark, the only one of its cell or one of several alike, has three digits behind it
 * and may as well stand between thousands. */
static int
is_two_ways(const struct tokens *t, size_t mark)
{
	size_t before = digits(t->c, t->n);

	if (t->n - mark != 4 || before > 3 || strchr("123456789", t->c[0]) == NULL)
		return 0;
	for (size_t i = 0; i < t->n; i++)
		if (!g_ascii_isdigit(t->c[i]) && t->c[i] != t->c[mark])
			return 0;
	return 1;
}

/* The thousands: groups of three digits with one mark between them. */
static const char *
check_groups(const struct tokens *t, size_t end, char *group)
{
	size_t since = 0, seen = 0, least;

	*group = '\0';
	for (size_t i = 0; i < end; i++) {
		if (g_ascii_isdigit(t->c[i])) {
			since++;
			continue;
		}
		if (*group != '\0' && t->c[i] != *group)
			return "has different marks between its thousands";
		least = seen++ == 0 ? 1 : 3;
		if (since < least || since > 3)
			return "has a mark that does not stand between thousands";
		*group = t->c[i];
		since = 0;
	}
	return seen > 0 && since != 3 ? "has a mark that does not stand between thousands" : NULL;
}

static const char *
write_number(const struct tokens *t, size_t mark, struct cell_number *out)
{
	char *to = out->text, *whole;
	size_t i = 0;

	if (t->negative)
		*to++ = '-';
	for (whole = to; i < mark; i++) {
		if (!g_ascii_isdigit(t->c[i]) || (to == whole && t->c[i] == '0'))
			continue;
		if (to - whole == CELL_DIGITS_MAX)
			return "has more than 24 digits before the decimals";
		*to++ = t->c[i];
	}
	if (to == whole)
		*to++ = '0';
	if (t->n - i > CELL_PLACES_MAX + 1)
		return "has more than 12 decimals";
	if (i < t->n)
		*to++ = '.';
	for (i++; i < t->n; i++)
		*to++ = t->c[i];
	*to = '\0';
	return NULL;
}

/* Finds the mark of the decimals; t->n = there are none. */
static const char *
find_mark(const struct tokens *t, enum cell_mark decimal, size_t *mark, struct cell_number *out)
{
	char c = decimal == CELL_MARK_POINT ? '.' : ',';

	*mark = last_mark(t);
	if (decimal == CELL_MARK_LAST) {
		out->two_ways = *mark < t->n && is_two_ways(t, *mark);
		return out->two_ways ? "may be read in two ways; say whether the decimal mark is "
		    "a point or a comma" : NULL;
	}
	if (*mark < t->n && t->c[*mark] != c)
		*mark = t->n;		/* it stands between thousands */
	return count(t, c, *mark) > 0 ? "has two decimal marks" : NULL;
}

const char *
cell_number(const char *text, const struct cell_number_form *form, struct cell_number *out)
{
	struct tokens t = { .n = 0 };
	const char *s, *wrong = cell_spoilt(text);
	size_t n, mark;

	*out = (struct cell_number) { .places = 0 };
	s = cell_bare(text, &n);
	s = without_currency(s, &n, form->currency);
	if (wrong != NULL || (wrong = take_apart(s, n, &t)) != NULL)
		return wrong;
	if ((wrong = find_mark(&t, form->decimal, &mark, out)) != NULL)
		return wrong;
	if (mark < t.n) {
		out->decimal = t.c[mark];
		out->places = (int)(t.n - mark - 1);
		if (out->places == 0 || digits(t.c + mark + 1, t.n - mark - 1) < t.n - mark - 1)
			return "has no digits alone behind its decimal mark";
	}
	if ((wrong = check_groups(&t, mark, &out->group)) != NULL)
		return wrong;
	return write_number(&t, mark, out);
}

/* ------------------------------------------------------------------ yes and no */

const char *
cell_flag(const char *text, int *out)
{
	static const char *const words[][2] = { { "0", "1" }, { "false", "true" },
		{ "faux", "vrai" }, { "non", "oui" }, { "no", "yes" }, { "N", "O" }, { "N", "Y" } };
	size_t n;
	const char *s = cell_bare(text, &n);

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		for (int yes = 0; yes < 2; yes++)
			if (strlen(words[i][yes]) == n && strncasecmp(s, words[i][yes], n) == 0) {
				*out = yes;
				return NULL;
			}
	return "is neither yes nor no, such as 1 and 0, true and false, oui and non";
}
