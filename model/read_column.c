#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/calendar.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "model/column_text.h"
#include "model/read.h"

enum { MONEY_DIGITS = 19, DAY_CHARACTERS = 10, YEAR_FIRST = 1000, YEAR_LAST = 9999, DAY_S = 86400 };

/* One value on its way from a body to a column. */
struct reading {
	struct reader *r;
	const struct entity *e;		/* NULL: a member that is not for a column */
	const struct entity_column *c;
	const char *prefix, *field;
	struct json_object *json;
	const char *plain;		/* instead of json */
	int is_spare; /* an invalid value is left out, with a remark; else it is a fault */
};

/* Notes that the value is invalid; fmt says what it must be or is. Returns SQL NULL. */
static struct val __attribute__((format(printf, 2, 3)))
unfit(const struct reading *v, const char *fmt, ...)
{
	const char *what;
	va_list ap;

	va_start(ap, fmt);
	what = arena_vprintf(v->r->arena, fmt, ap);
	va_end(ap);
	if (v->is_spare) {
		read_remark(v->r, "%s%s left out: it %s.", v->prefix, v->field, what);
		v->r->is_left_out = 1;
	} else
		read_fault(v->r, v->prefix, v->field, "%s", what);
	return v_null();
}

/* A string or number as text. NULL for ""; NULL after unfit() for any other type. */
static const char *
scalar(const struct reading *v, const char *expected)
{
	const char *s = v->plain;

	if (s != NULL)
		return *s == '\0' ? NULL : s;
	switch (json_object_get_type(v->json)) {
	case json_type_string:
	case json_type_int:
	case json_type_double:
		s = json_object_get_string(v->json);
		return *s == '\0' ? NULL : s;
	default:
		unfit(v, "must be %s", expected);
		return NULL;
	}
}

static struct val
integer(const struct reading *v)
{
	const int is_short = v->c->type == ENTITY_INT16;
	const int64_t least = is_short ? INT16_MIN : INT32_MIN,
		      most = is_short ? INT16_MAX : INT32_MAX;
	const char *s = scalar(v, "an integer");
	int64_t i;

	if (s == NULL)
		return v_null();
	if (text_int64(s, &i) == 0 && i >= least && i <= most)
		return v_int(i);
	return unfit(v, "must be an integer from %lld to %lld", (long long)least, (long long)most);
}

/* A flag, number or text as text; "no" for any other type. */
static const char *
flag_word(const struct reading *v)
{
	const enum json_type type = json_object_get_type(v->json);

	if (v->plain != NULL)
		return v->plain;
	return type == json_type_boolean || type == json_type_int || type == json_type_string ?
	    json_object_get_string(v->json) :
	    "no";
}

static struct val
flag(const struct reading *v)
{
	const char *s = flag_word(v);

	if (*s == '\0')
		return v_null();
	if (text_ieq(s, "true") || strcmp(s, "1") == 0)
		return v_int(1);
	if (text_ieq(s, "false") || strcmp(s, "0") == 0)
		return v_int(0);
	return unfit(v, "must be true or false");
}

/* Shops compute in doubles: 0.30000000000000004 means 0.3. */
static char *
places_cut(struct arena *a, const char *s)
{
	const char *point = strchr(s, '.');

	return arena_strndup(a, s,
	    point == NULL || strlen(point) <= DECIMAL_PLACES + 1 ?
		strlen(s) :
		(size_t)(point - s) + DECIMAL_PLACES + 1);
}

/* 1 when the amount has no more digits in front of the point than the column. */
static int
is_in_column(const struct entity_column *c, struct decimal d)
{
	char limit[MONEY_DIGITS + 2];
	struct decimal most;

	snprintf(limit, sizeof limit, "1%0*d", MONEY_DIGITS - c->length, 0);
	decimal_parse(limit, &most);
	return decimal_compare(d.units < 0 ? (struct decimal){ .units = -d.units } : d, most) < 0;
}

static struct val
amount(const struct reading *v)
{
	struct arena *a = v->r->arena;
	const int places = v->c->length;
	const char *s = scalar(v, "a decimal number like 19.99");
	struct decimal d, rounded;

	if (s == NULL)
		return v_null();
	if (decimal_parse(v->r->lenient ? places_cut(a, s) : s, &d) < 0)
		return unfit(v, "must be a decimal number like 19.99");
	rounded = decimal_round(d, places);
	if (!v->r->lenient && decimal_compare(rounded, d) != 0)
		return unfit(v, "has more than %d %s behind the point", places,
		    text_form(places, "digit", "digits"));
	if (!is_in_column(v->c, rounded))
		return unfit(
		    v, "has more than %d digits in front of the point", MONEY_DIGITS - places);
	return v_text(decimal_text(a, rounded));
}

/* Converts a wall time in the reader's zone, in microseconds since 1970-01-01 00:00 of that wall
 * clock, to an instant. */
static usec_t
instant(struct reader *r, usec_t wall)
{
	const char *zone = r->time_zone;
	int64_t s = wall / USEC_SEC;

	if (r->is_utc || zone == NULL || text_ieq(zone, "UTC"))
		return wall;
	if (r->zone == NULL && calendar_zone_open(zone, &r->zone, NULL) < 0)
		return wall;
	if (wall % USEC_SEC < 0)
		s--;
	return calendar_instant(r->zone, s) + (wall - s * USEC_SEC);
}

static int
in_years(usec_t t)
{
	return t >= clock_days_from_civil(YEAR_FIRST, 1, 1) * DAY_S * USEC_SEC &&
	    t < clock_days_from_civil(YEAR_LAST + 1, 1, 1) * DAY_S * USEC_SEC;
}

/* A day has no offset: the first ten characters say it. */
static int
date_parse(const struct reading *v, const char *s, usec_t *t, int *has_offset)
{
	if (clock_parse(s, t, has_offset) < 0)
		return -1;
	return v->c->calendar ?
	    clock_parse(arena_strndup(v->r->arena, s, DAY_CHARACTERS), t, has_offset) :
	    0;
}

/* "no" for what is no text. */
static const char *
date_word(const struct reading *v)
{
	if (v->plain != NULL)
		return v->plain;
	return json_object_is_type(v->json, json_type_string) ? json_object_get_string(v->json) :
								 "no";
}

static struct val
date(const struct reading *v)
{
	const char *s = date_word(v);
	int has_offset;
	usec_t t;

	if (*s == '\0' || (v->r->lenient && strncmp(s, "0000-00-00", DAY_CHARACTERS) == 0))
		return v_null();
	if (date_parse(v, s, &t, &has_offset) < 0)
		return unfit(v,
		    v->c->calendar ? "must be a day like 1980-12-31" :
				     "must be a date and time by ISO 8601");
	if (!has_offset && !v->c->calendar)
		t = instant(v->r, t);
	return in_years(t) ? v_time(t) :
			     unfit(v, "must be in the years %d to %d", YEAR_FIRST, YEAR_LAST);
}

/* The text without outer blanks; NULL when nothing is left. */
static const char *
without_blanks(struct reader *r, const char *s)
{
	size_t n = strlen(s);

	s = text_strip(s, &n);
	return n == 0 ? NULL : arena_strndup(r->arena, s, n);
}

static struct val
text(const struct reading *v)
{
	const int is_text = v->c->type == ENTITY_TEXT;
	const char *s = scalar(v, "text");
	struct val cut;

	if (s != NULL && v->c->type != ENTITY_CODE)
		s = without_blanks(v->r, s);
	if (s == NULL)
		return v_null();
	if (v->c->type == ENTITY_CODE && column_text_is_broken(v->r, s))
		return unfit(v, "has characters that Unicode does not have");
	if (v->e != NULL &&
	    !column_text_is_sound(v->r, v->e, v->c, v->prefix, v->field, s)) {
		v->r->is_left_out = 1;
		return v_null();
	}
	if (column_text_fits(v->c, s))
		return v_text(s);
	if (!v->is_spare)
		return unfit(v, "is longer than %d %s", is_text ? COLUMN_TEXT_BYTES : v->c->length,
		    is_text ? "bytes" : text_form(v->c->length, "character", "characters"));
	cut = column_text_cut(v->r, v->c, v->prefix, v->field, s);
	v->r->is_left_out = cut.kind == VAL_NULL;
	return cut;
}

static struct val
as_type(const struct reading *v)
{
	v->r->is_left_out = 0;
	if (v->json == NULL && v->plain == NULL)
		return v_null();
	switch (v->c->type) {
	case ENTITY_INT16:
	case ENTITY_INT32:
		return integer(v);
	case ENTITY_BOOLEAN:
		return flag(v);
	case ENTITY_DECIMAL:
		return amount(v);
	case ENTITY_DATETIME:
		return date(v);
	default:
		return text(v);
	}
}

struct val
read_value(struct reader *r, const struct entity *e, const struct entity_column *c,
    const char *prefix, const char *field, struct json_object *json)
{
	const struct reading v = { .r = r,
		.e = e,
		.c = c,
		.prefix = prefix,
		.field = field,
		.json = json,
		.is_spare = entity_column_is_spare(e, c) };

	return as_type(&v);
}

struct val
read_plain(struct reader *r, const struct entity *e, const struct entity_column *c,
    const char *prefix, const char *field, const char *text)
{
	const struct reading v = { .r = r,
		.e = e,
		.c = c,
		.prefix = prefix,
		.field = field,
		.plain = text,
		.is_spare = entity_column_is_spare(e, c) };

	return as_type(&v);
}

struct val
read_column(struct reader *r, enum column c, const char *prefix, const char *field,
    struct json_object *json)
{
	return read_value(r, entity_of_column(c), column_of(c), prefix, field, json);
}

/* Reads a member that is not for a column. */
static struct val
member_value(struct reader *r, const struct entity_column *c, struct json_object *o,
    const char *prefix, const char *path, int is_spare)
{
	const struct reading v = { .r = r,
		.c = c,
		.prefix = prefix,
		.field = path,
		.json = read_member(r, o, path, NULL),
		.is_spare = is_spare };

	return as_type(&v);
}

const char *
read_code(struct reader *r, struct json_object *o, const char *prefix, const char *path, int length)
{
	const struct entity_column c = { .type = ENTITY_CODE, .length = length };
	struct val v = member_value(r, &c, o, prefix, path, 0);

	return v.kind == VAL_NULL ? NULL : v.s;
}

const char *
read_word(struct reader *r, struct json_object *o, const char *prefix, const char *path, int length)
{
	const struct entity_column c = { .type = ENTITY_CODE, .length = length };
	struct val v = member_value(r, &c, o, prefix, path, 1);

	return v.kind == VAL_NULL ? NULL : v.s;
}

usec_t
read_date(struct reader *r, struct json_object *o, const char *prefix, const char *path)
{
	const struct entity_column c = { .type = ENTITY_DATETIME };
	struct val v = member_value(r, &c, o, prefix, path, 1);

	return v.kind == VAL_NULL ? USEC_NONE : v.i;
}

int32_t
read_id(struct reader *r, struct json_object *o, const char *prefix, const char *path,
    enum entity_type type)
{
	const struct entity_column c = { .type = type };
	struct val v = member_value(r, &c, o, prefix, path, 0);

	if (v.kind == VAL_INT && v.i < 0)
		read_fault(r, prefix, path, "must not be negative");
	return v.kind == VAL_NULL || v.i < 0 ? 0 : (int32_t)v.i;
}
