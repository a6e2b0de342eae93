#include "config.h"

#include "scheduler/platform_value.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/calendar.h"
#include "lib/decimal.h"
#include "lib/json.h"
#include "lib/text.h"
#include "scheduler/platform.h"
#include "scheduler/platform_write.h"

enum { TEXT_BYTES = 65535, MONEY_DIGITS = 19, DAY_CHARACTERS = 10, YEAR_FIRST = 1000, YEAR_LAST = 9999, DAY_S = 86400 };

/* ------------------------------------------------------------------ reader and faults */

void
platform_value_open(struct platform_reader *r, struct platform_context *ctx)
{
	*r = (struct platform_reader){ .ctx = ctx };
}

void
platform_value_close(struct platform_reader *r)
{
	calendar_zone_close(&r->zone);
}

void
platform_value_fault(struct platform_reader *r, const char *prefix, const char *field, const char *fmt, ...)
{
	struct arena *a = r->ctx->arena;
	char *text;
	va_list ap;

	if (r->nfaults++ >= PLATFORM_VALUE_FAULTS_MAX)
		return;
	va_start(ap, fmt);
	text = arena_vprintf(a, fmt, ap);
	va_end(ap);
	err_fault(&r->faults, a, arena_printf(a, "%s%.100s", prefix, field), "%s", text);
}

int
platform_value_settle(const struct platform_reader *r, struct err *err)
{
	enum { ROOM = sizeof err->detail - 40 };	/* for what is said behind them */
	struct buf b;
	size_t said = 0;

	if (r->nfaults == 0)
		return 0;
	buf_init(&b, r->ctx->arena);
	for (const struct err_fault *f = r->faults.faults; f != NULL; f = f->next, said++) {
		if (b.len + strlen(f->field) + strlen(f->message) + 3 > ROOM)
			break;
		buf_addf(&b, "%s%s %s", said == 0 ? "" : "; ", f->field, f->message);
	}
	if (said == 0)
		buf_addf(&b, "%zu values are not valid", r->nfaults);
	else if (said < r->nfaults)
		buf_addf(&b, "; and %zu more", r->nfaults - said);
	return err_set(err, ERR_PERMANENT, "%s.", b.data);
}

/* ------------------------------------------------------------------ members */

struct json_object *
platform_value_member(struct json_object *o, const char *name, int *given)
{
	struct json_object *exact;

	if (given != NULL)
		*given = 0;
	if (!json_object_is_type(o, json_type_object))
		return NULL;
	if (json_object_object_get_ex(o, name, &exact)) {
		if (given != NULL)
			*given = 1;
		return exact;
	}
	json_object_object_foreach(o, other, value)
		if (text_ieq(other, name)) {
			if (given != NULL)
				*given = 1;
			return value;
		}
	return NULL;
}

struct json_object *
platform_value_object(struct platform_reader *r, struct json_object *o, const char *prefix, const char *name)
{
	struct json_object *v = platform_value_member(o, name, NULL);

	if (v == NULL || json_object_is_type(v, json_type_object))
		return v;
	platform_value_fault(r, prefix, name, "must be an object");
	return NULL;
}

struct json_object *
platform_value_list(struct platform_reader *r, struct json_object *o, const char *prefix, const char *name, size_t most)
{
	struct json_object *v = platform_value_member(o, name, NULL);

	if (v == NULL)
		return NULL;
	if (!json_object_is_type(v, json_type_array))
		platform_value_fault(r, prefix, name, "must be a list");
	else if (json_count(v) > most)
		platform_value_fault(r, prefix, name, "holds more than %zu elements", most);
	else
		return v;
	return NULL;
}

/* ------------------------------------------------------------------ values */

/* A string or number as its text; NULL and a fault for anything else, NULL without one for "". */
static const char *
scalar(struct platform_reader *r, const char *prefix, const char *field, struct json_object *json, const char *expected)
{
	const char *s;

	switch (json_object_get_type(json)) {
	case json_type_string:
	case json_type_int:
	case json_type_double:
		s = json_object_get_string(json);
		return *s == '\0' ? NULL : s;
	default:
		platform_value_fault(r, prefix, field, "must be %s", expected);
		return NULL;
	}
}

static struct val
integer(struct platform_reader *r, const struct entity_column *c, const char *prefix, const char *field, struct json_object *json)
{
	const int64_t least = c->type == ENTITY_INT16 ? INT16_MIN : INT32_MIN, most = c->type == ENTITY_INT16 ? INT16_MAX : INT32_MAX;
	const char *s = scalar(r, prefix, field, json, "an integer");
	int64_t v;

	if (s == NULL)
		return v_null();
	if (text_int64(s, &v) == 0 && v >= least && v <= most)
		return v_int(v);
	platform_value_fault(r, prefix, field, "must be an integer from %lld to %lld", (long long)least, (long long)most);
	return v_null();
}

static struct val
flag(struct platform_reader *r, const char *prefix, const char *field, struct json_object *json)
{
	const char *s = json_object_is_type(json, json_type_boolean) || json_object_is_type(json, json_type_int) || json_object_is_type(json, json_type_string)
	    ? json_object_get_string(json) : "no";

	if (*s == '\0')
		return v_null();
	if (text_ieq(s, "true") || strcmp(s, "1") == 0)
		return v_int(1);
	if (text_ieq(s, "false") || strcmp(s, "0") == 0)
		return v_int(0);
	platform_value_fault(r, prefix, field, "must be true or false");
	return v_null();
}

/* A shop computes in doubles: 0.30000000000000004 is 0.3. */
static char *
places_cut(struct arena *a, const char *s)
{
	const char *point = strchr(s, '.');

	return arena_strndup(a, s, point == NULL || strlen(point) <= DECIMAL_PLACES + 1 ? strlen(s) : (size_t)(point - s) + DECIMAL_PLACES + 1);
}

static struct val
amount(struct platform_reader *r, const struct entity_column *c, const char *prefix, const char *field, struct json_object *json)
{
	const char *s = scalar(r, prefix, field, json, "a decimal number like 19.99");
	struct decimal d, rounded, most;
	char limit[MONEY_DIGITS + 2];

	if (s == NULL)
		return v_null();
	if (decimal_parse(r->lenient ? places_cut(r->ctx->arena, s) : s, &d) < 0) {
		platform_value_fault(r, prefix, field, "must be a decimal number like 19.99");
		return v_null();
	}
	rounded = decimal_round(d, c->length);
	snprintf(limit, sizeof limit, "1%0*d", MONEY_DIGITS - c->length, 0);
	decimal_parse(limit, &most);
	if (!r->lenient && decimal_compare(rounded, d) != 0)
		platform_value_fault(r, prefix, field, "has more than %d digits behind the point", c->length);
	else if (decimal_compare(rounded.units < 0 ? (struct decimal){ .units = -rounded.units } : rounded, most) >= 0)
		platform_value_fault(r, prefix, field, "has more than %d digits in front of the point", MONEY_DIGITS - c->length);
	else
		return v_text(decimal_text(r->ctx->arena, rounded));
	return v_null();
}

/* A wall time of the reader's zone, in microseconds since 1970 of that wall, as an instant. */
static usec_t
instant(struct platform_reader *r, usec_t wall)
{
	const char *zone = r->ctx->message->time_zone;
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
	return t >= clock_days_from_civil(YEAR_FIRST, 1, 1) * DAY_S * USEC_SEC && t < clock_days_from_civil(YEAR_LAST + 1, 1, 1) * DAY_S * USEC_SEC;
}

static struct val
date(struct platform_reader *r, const struct entity_column *c, const char *prefix, const char *field, struct json_object *json)
{
	const char *s = json_object_is_type(json, json_type_string) ? json_object_get_string(json) : "no";
	int has_offset;
	usec_t t;

	if (*s == '\0' || (r->lenient && strncmp(s, "0000-00-00", DAY_CHARACTERS) == 0))
		return v_null();
	if (clock_parse(s, &t, &has_offset) < 0 || (c->calendar && clock_parse(arena_strndup(r->ctx->arena, s, DAY_CHARACTERS), &t, &has_offset) < 0)) {
		platform_value_fault(r, prefix, field, c->calendar ? "must be a day like 1980-12-31" : "must be a date and time by ISO 8601");
		return v_null();
	}
	if (!has_offset && !c->calendar)
		t = instant(r, t);
	if (in_years(t))
		return v_time(t);
	platform_value_fault(r, prefix, field, "must be in the years %d to %d", YEAR_FIRST, YEAR_LAST);
	return v_null();
}

/* NULL when nothing is left. */
static const char *
without_blanks(struct platform_reader *r, const char *s)
{
	size_t n = strlen(s);

	s = text_strip(s, &n);
	return n == 0 ? NULL : arena_strndup(r->ctx->arena, s, n);
}

static struct val
text(struct platform_reader *r, const struct entity_column *c, const char *prefix, const char *field, struct json_object *json)
{
	const char *s = scalar(r, prefix, field, json, "text");

	if (s != NULL && c->type != ENTITY_CODE)
		s = without_blanks(r, s);
	if (s == NULL)
		return v_null();
	if (c->type == ENTITY_TEXT ? strlen(s) > TEXT_BYTES : text_utf8_length(s) > (size_t)c->length) {
		platform_value_fault(r, prefix, field, c->type == ENTITY_TEXT ? "is longer than %d bytes" : "is longer than %d characters",
		    c->type == ENTITY_TEXT ? TEXT_BYTES : c->length);
		return v_null();
	}
	return v_text(s);
}

struct val
platform_value_of(struct platform_reader *r, const struct entity_column *c, const char *prefix, const char *field, struct json_object *json)
{
	if (json == NULL)
		return v_null();
	switch (c->type) {
	case ENTITY_INT16:
	case ENTITY_INT32:
		return integer(r, c, prefix, field, json);
	case ENTITY_BOOLEAN:
		return flag(r, prefix, field, json);
	case ENTITY_DECIMAL:
		return amount(r, c, prefix, field, json);
	case ENTITY_DATETIME:
		return date(r, c, prefix, field, json);
	default:
		return text(r, c, prefix, field, json);
	}
}

const char *
platform_value_text(struct platform_reader *r, struct json_object *o, const char *prefix, const char *name, int length)
{
	const struct entity_column c = { .type = ENTITY_CODE, .length = length };
	struct val v = platform_value_of(r, &c, prefix, name, platform_value_member(o, name, NULL));

	return v.kind == VAL_NULL ? NULL : v.s;
}

usec_t
platform_value_time(struct platform_reader *r, struct json_object *o, const char *prefix, const char *name)
{
	const struct entity_column c = { .type = ENTITY_DATETIME };
	struct val v = platform_value_of(r, &c, prefix, name, platform_value_member(o, name, NULL));

	return v.kind == VAL_NULL ? USEC_NONE : v.i;
}

int32_t
platform_value_id(struct platform_reader *r, struct json_object *o, const char *prefix, const char *name, enum entity_type type)
{
	const struct entity_column c = { .type = type };
	struct val v = platform_value_of(r, &c, prefix, name, platform_value_member(o, name, NULL));

	if (v.kind == VAL_INT && v.i < 0)
		platform_value_fault(r, prefix, name, "must not be negative");
	return v.kind == VAL_NULL || v.i < 0 ? 0 : (int32_t)v.i;
}

void
platform_value_properties(struct platform_reader *r, struct platform_write_row *row, const struct platform_property *list, struct json_object *o, const char *prefix)
{
	for (; list->name != NULL; list++) {
		const struct entity_column *c = &row->entity->columns[entity_column_find(row->entity, list->column)];
		struct json_object *json;
		int given;

		json = platform_value_member(o, list->name, &given);
		if (given)
			platform_write_row_set(row, list->column, platform_value_of(r, c, prefix, list->name, json));
	}
}

static const char *
property_of(const struct platform_property *list, const char *column)
{
	for (; list->name != NULL; list++)
		if (strcmp(list->column, column) == 0)
			return list->name;
	return column;
}

int
platform_value_refer(struct platform_reader *r, const struct platform_write_row *row, const struct platform_property *list, const char *prefix, struct err *err)
{
	for (size_t i = 0; i < row->batch.ncolumns; i++) {
		const struct entity_column *c = &row->entity->columns[row->batch.columns[i]];
		const struct entity *to = c->refers == NULL ? NULL : entity_find(c->refers);
		struct val found;
		int key, rc;

		if (to == NULL || row->values[i].kind == VAL_NULL)
			continue;
		key = entity_column_find(to, to->key);
		if ((rc = entity_lookup(r->ctx->db, to, &key, 1, &row->values[i], 1, r->ctx->arena, &found, err)) < 0)
			return rc;
		if (found.kind == VAL_NULL)
			platform_value_fault(r, prefix, property_of(list, c->name), "names no %s that is known", to->name);
	}
	return 0;
}
