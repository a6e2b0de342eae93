#include "config.h"

#include "lib/limits.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/text.h"

/* ------------------------------------------------------------------ one */

struct limit
limit_of(const int32_t *ids, size_t n)
{
	return (struct limit){ .is_set = n > 0, .ids = ids, .n = n };
}

static int
id_read(struct arena *a, const char *text, int32_t *id)
{
	size_t n = strlen(text);
	int64_t value;

	text = text_strip(text, &n);
	if (text_int64(arena_strndup(a, text, n), &value) < 0 || value < 1 || value > INT32_MAX)
		return -1;
	*id = (int32_t)value;
	return 0;
}

static size_t
commas(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += *text == ',';
	return n;
}

int
limit_read(struct arena *a, const char *text, struct limit *out)
{
	char *rest = arena_strdup(a, text), *one;
	int32_t *ids;

	*out = (struct limit){ 0 };
	if (*text == '\0')
		return 0;
	ids = arena_new(a, int32_t, commas(text) + 1);
	while ((one = strsep(&rest, ",")) != NULL)
		if (id_read(a, one, &ids[out->n++]) < 0)
			return -1;
	*out = limit_of(ids, out->n);
	return 0;
}

static void
ids_add(struct buf *b, const struct limit *l, const char *between)
{
	buf_adds(b, "");
	for (size_t i = 0; i < l->n; i++)
		buf_addf(b, "%s%d", i == 0 ? "" : between, l->ids[i]);
}

const char *
limit_text(struct arena *a, const struct limit *l)
{
	struct buf b;

	buf_init(&b, a);
	ids_add(&b, l, ", ");
	return l->n == 0 ? "none" : b.data;
}

int
limit_allows(const struct limit *l, int64_t id)
{
	if (!l->is_set || id == 0)
		return 1;
	for (size_t i = 0; i < l->n; i++)
		if (l->ids[i] == id)
			return 1;
	return 0;
}

int32_t
limit_attach(const struct limit *l, int32_t standard)
{
	if (limit_allows(l, standard))
		return standard;
	return l->n == 0 ? 0 : l->ids[0];
}

/* ------------------------------------------------------------------ both */

int
limits_any(const struct limits *l)
{
	return l->zones.is_set || l->brands.is_set;
}

static struct limit
meet(struct arena *a, const struct limit *x, const struct limit *y)
{
	struct limit both = { .is_set = 1 };
	int32_t *ids;

	if (!x->is_set || !y->is_set)
		return x->is_set ? *x : *y;
	ids = arena_new(a, int32_t, x->n + 1);
	for (size_t i = 0; i < x->n; i++)
		if (limit_allows(y, x->ids[i]))
			ids[both.n++] = x->ids[i];
	both.ids = ids;
	return both;
}

static int
limit_same(const struct limit *x, const struct limit *y)
{
	if (x->is_set != y->is_set || x->n != y->n)
		return 0;
	return x->n == 0 || memcmp(x->ids, y->ids, x->n * sizeof *x->ids) == 0;
}

int
limits_same(const struct limits *x, const struct limits *y)
{
	if (x == NULL || y == NULL)
		return x == y;
	return limit_same(&x->zones, &y->zones) && limit_same(&x->brands, &y->brands);
}

struct limits
limits_meet(struct arena *a, const struct limits *x, const struct limits *y)
{
	return (struct limits){ .zones = meet(a, &x->zones, &y->zones),
		.brands = meet(a, &x->brands, &y->brands) };
}

const char *
limits_words(struct arena *a, const struct limits *l)
{
	const char *zones = arena_printf(a, "zones %s", limit_text(a, &l->zones));
	const char *brands = arena_printf(a, "brands %s", limit_text(a, &l->brands));

	if (l->zones.is_set && l->brands.is_set)
		return arena_printf(a, "%s and %s", zones, brands);
	return l->zones.is_set ? zones : brands;
}

/* ------------------------------------------------------------------ stored */

static void
store(struct buf *b, const struct limit *l)
{
	if (l->is_set)
		ids_add(b, l, ",");
	else
		buf_addc(b, '*');
}

const char *
limits_stored(struct arena *a, const struct limits *l)
{
	struct buf b;

	if (!limits_any(l))
		return NULL;
	buf_init(&b, a);
	store(&b, &l->zones);
	buf_addc(&b, '/');
	store(&b, &l->brands);
	return b.data;
}

static int
read_stored(struct arena *a, const char *text, struct limit *out)
{
	int rc;

	*out = (struct limit){ 0 };
	if (strcmp(text, "*") == 0)
		return 0;
	rc = limit_read(a, text, out);
	out->is_set = 1;
	return rc;
}

int
limits_read(struct arena *a, const char *text, struct limits *out, struct err *err)
{
	char *zones, *brands;

	*out = (struct limits){ 0 };
	if (text == NULL)
		return 0;
	brands = arena_strdup(a, text);
	zones = strsep(&brands, "/");
	if (brands == NULL || read_stored(a, zones, &out->zones) < 0 ||
	    read_stored(a, brands, &out->brands) < 0)
		return err_set(err, ERR_INTERNAL, "the limits of a message cannot be read");
	return 0;
}
