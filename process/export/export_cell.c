#include "config.h"

#include "process/export/export_cell.h"

#include <inttypes.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/calendar.h"
#include "model/export/export_plan.h"
#include "model/val.h"

enum { DAY_S = 86400 };

/* A wall clock. */
struct wall { int y, m, d, hour, minute, second; };

static int64_t
seconds(usec_t t)
{
	return t / USEC_SEC - (t % USEC_SEC < 0);
}

static struct wall
wall_of(const struct export_cell_form *f, int is_day, usec_t t)
{
	const int64_t at = is_day || f->zone == NULL ? seconds(t) : calendar_wall(f->zone, t);
	const int64_t days = at / DAY_S - (at % DAY_S < 0), s = at - days * DAY_S;
	struct wall w = { .hour = (int)(s / 3600), .minute = (int)(s / 60 % 60),
		.second = (int)(s % 60) };

	clock_civil_from_days(days, &w.y, &w.m, &w.d);
	return w;
}

static const char *
marked(struct arena *a, const struct wall *w, int first, int second, int is_day)
{
	if (is_day)
		return arena_printf(a, "%02d/%02d/%04d", first, second, w->y);
	return arena_printf(a, "%02d/%02d/%04d %02d:%02d:%02d", first, second, w->y, w->hour,
	    w->minute, w->second);
}

static const char *
compact(struct arena *a, const struct wall *w, int is_day)
{
	if (is_day)
		return arena_printf(a, "%04d%02d%02d", w->y, w->m, w->d);
	return arena_printf(a, "%04d%02d%02d%02d%02d%02d", w->y, w->m, w->d, w->hour, w->minute,
	    w->second);
}

static const char *
iso(struct arena *a, usec_t t, int is_day)
{
	char text[32];

	clock_iso8601(t, text);
	if (is_day)
		text[sizeof "yyyy-mm-dd" - 1] = '\0';
	return arena_strdup(a, text);
}

/* A stamp decides which of two states is newer: it is exact in any form. */
static const char *
date_text(const struct export_cell_form *f, const struct export_column *column, usec_t t)
{
	const int is_day = column->c->calendar;
	const struct wall w = wall_of(f, is_day, t);

	if (strcmp(column->c->name, "SourceStamp") == 0)
		return iso(f->arena, t, 0);
	switch (f->form->date) {
	case CELL_DATE_UNIX:
		return arena_printf(f->arena, "%" PRId64, seconds(t));
	case CELL_DATE_COMPACT:
		return compact(f->arena, &w, is_day);
	case CELL_DATE_DMY:
		return marked(f->arena, &w, w.d, w.m, is_day);
	case CELL_DATE_MDY:
		return marked(f->arena, &w, w.m, w.d, is_day);
	default:
		return iso(f->arena, t, is_day);
	}
}

/* Without zeros at the end. */
static const char *
decimal_text(const struct export_cell_form *f, const char *text)
{
	char *copy = arena_strdup(f->arena, text), *mark = strchr(copy, '.');
	size_t n = strlen(copy);

	if (mark == NULL)
		return copy;
	while (copy[n - 1] == '0')
		copy[--n] = '\0';
	if (&copy[n - 1] == mark)
		*mark = '\0';
	else if (f->form->decimal_comma)
		*mark = ',';
	return copy;
}

const char *
export_cell_text(
    const struct export_cell_form *f, const struct export_column *column, const struct val *v)
{
	switch (v->kind) {
	case VAL_INT:
		return arena_printf(f->arena, "%" PRId64, v->i);
	case VAL_TIME:
		return date_text(f, column, v->i);
	case VAL_TEXT:
	case VAL_BYTES:
		return column->c->type == ENTITY_DECIMAL ? decimal_text(f, v->s) : v->s;
	case VAL_NULL:
		break;
	}
	return NULL;
}
