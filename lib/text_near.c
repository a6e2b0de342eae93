#include "config.h"

#include "lib/text_near.h"

#include <ctype.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/text.h"

enum { NEAREST_MAX = 200, NOT_NEAR = 1000 };

static int
lower(char c)
{
	return tolower((unsigned char)c);
}

static int
is_named_before(const char *const *names, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(names[k], names[i]) == 0)
			return 1;
	return 0;
}

const char *
text_names(struct arena *a, const char *const *names, size_t most_bytes)
{
	size_t left_out = 0;
	struct buf b;

	buf_init(&b, a);
	buf_adds(&b, "");
	for (size_t i = 0; names[i] != NULL; i++)
		if (is_named_before(names, i))
			continue;
		else if (b.len + strlen(names[i]) > most_bytes)
			left_out++;
		else
			buf_addf(&b, "%s%s", b.len == 0 ? "" : ", ", names[i]);
	if (left_out > 0)
		buf_addf(&b, " and %zu more", left_out);
	return b.data;
}

static size_t
edit_distance(const char *s, size_t m, const char *t, size_t n)
{
	size_t row[NEAREST_MAX + 1];

	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 0; i < m; i++) {
		size_t diagonal = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < n; j++) {
			size_t change = diagonal + (lower(s[i]) != lower(t[j])),
			       best = row[j] < row[j + 1] ? row[j] + 1 : row[j + 1] + 1;

			diagonal = row[j + 1];
			row[j + 1] = change < best ? change : best;
		}
	}
	return row[n];
}

/* With more errors than this it is another word. */
static size_t
slips_of(size_t letters)
{
	if (letters < 4)
		return 1;
	return letters < 9 ? 2 : 3;
}

static size_t
parts_of(const char *s)
{
	size_t n = 1;

	for (; *s != '\0'; s++)
		n += *s == '/';
	return n;
}

/* How far apart they are, or NOT_NEAR. */
static size_t
slips(const char *s, const char *t)
{
	int whole = parts_of(s) != parts_of(t);
	size_t sum = 0;

	if (strlen(s) > NEAREST_MAX || strlen(t) > NEAREST_MAX)
		return NOT_NEAR;
	for (;; s++, t++) {
		size_t m = whole ? strlen(s) : strcspn(s, "/"),
		       n = whole ? strlen(t) : strcspn(t, "/");
		size_t d = edit_distance(s, m, t, n);

		if (d > slips_of(m) || (d > 0 && d >= m))
			return NOT_NEAR;
		sum += d;
		s += m;
		t += n;
		if (*s == '\0')
			return sum;
	}
}

const char *
text_nearest(const char *s, const char *const *candidates)
{
	size_t least = NOT_NEAR;
	const char *best = NULL;

	for (; *candidates != NULL; candidates++) {
		size_t d = slips(s, *candidates);

		if (d < least) {
			least = d;
			best = *candidates;
		}
	}
	return best;
}

/* 1 when the rest of s and the rest of t are the same but for ASCII case. */
static int
same_rest(const char *s, const char *t)
{
	while (*s != '\0' && lower(*s) == lower(*t)) {
		s++;
		t++;
	}
	return *s == *t;
}

int
text_is_typo(const char *s, const char *t)
{
	while (*s != '\0' && lower(*s) == lower(*t)) {
		s++;
		t++;
	}
	if (*s == '\0' && *t == '\0')
		return 1;
	if (*s == '\0')
		return t[1] == '\0';
	if (*t == '\0')
		return s[1] == '\0';
	if (lower(s[0]) == lower(t[1]) && lower(s[1]) == lower(t[0]) && same_rest(s + 2, t + 2))
		return 1;
	return same_rest(s + 1, t + 1) || same_rest(s + 1, t) || same_rest(s, t + 1);
}
