#include "config.h"

#include "admin/when.h"

#include <string.h>

#include "admin/cmd.h"
#include "admin/context.h"
#include "admin/value.h"
#include "lib/calendar.h"
#include "store/registry/store_admin.h"

static const char *
shown_name(struct context *x, const char *name)
{
	return name[0] >= 'a' ? arena_printf(&x->arena, "--%s", name) : name;
}

/* NULL when the tenants have several. */
static int
zone_name(struct context *x, const struct store_alias *tenant, const char **out)
{
	struct rows r;
	int rc;

	*out = tenant == NULL ? NULL : tenant->time_zone;
	if (tenant != NULL)
		return 0;
	if ((rc = store_admin_time_zones(x->db, &x->arena, &r, &x->err)) == 0 && r.n < 2)
		*out = r.n == 0 ? "UTC" : rows_text(&r, 0, C_admin_time_zones_time_zone);
	return rc;
}

static int
read_local(struct context *x, const struct store_alias *tenant, const char *name, const char *text,
    usec_t *out)
{
	struct calendar_zone *zone = NULL;
	const char *zone_text;
	int rc = zone_name(x, tenant, &zone_text);

	if (rc == 0 && zone_text == NULL) {
		err_fault(&x->err, &x->arena, shown_name(x, name),
		    "needs an offset, as in 2026-11-24T08:30+01:00, or the tenant: the tenants' "
		    "time zones differ");
		return err_set(&x->err, ERR_USAGE, "%s", err_sentence(ERR_USAGE));
	}
	if (rc == 0 && (rc = calendar_zone_open(zone_text, &zone, &x->err)) == 0)
		calendar_parse(zone, text, out);	/* it is a date: cmd_parse() has looked */
	calendar_zone_close(&zone);
	return rc;
}

int
when_read(struct context *x, const struct store_alias *tenant, const char *name, usec_t now,
    usec_t *out)
{
	const char *text = cmd_text(&x->line, name);
	int has_offset;
	usec_t t;

	*out = USEC_NONE;
	if (text == NULL)
		return 0;
	if (value_age(text, &t) == 0)
		*out = now - t;
	else if (clock_parse(text, &t, &has_offset) == 0 && has_offset)
		*out = t;
	else
		return read_local(x, tenant, name, text, out);
	return 0;
}

int
when_read_range(struct context *x, const struct store_alias *tenant, usec_t now, usec_t *from,
    usec_t *until)
{
	int rc;

	if ((rc = when_read(x, tenant, "after", now, from)) < 0 ||
	    (rc = when_read(x, tenant, "before", now, until)) < 0)
		return rc;
	if (*from != USEC_NONE && *until != USEC_NONE && *from >= *until) {
		err_fault(&x->err, &x->arena, "--before", "must be later than --after");
		return err_set(&x->err, ERR_USAGE, "%s", err_sentence(ERR_USAGE));
	}
	if (*from != USEC_NONE)
		when_show(x, tenant, "After", *from);
	if (*until != USEC_NONE)
		when_show(x, tenant, "Before", *until);
	if (*from != USEC_NONE || *until != USEC_NONE)
		output_gap(&x->out);
	return 0;
}

const char *
when_text(struct context *x, const struct store_alias *tenant, usec_t t)
{
	struct calendar_zone *zone = NULL;
	struct err ignored = { 0 };
	const char *name = NULL;
	char text[40];

	if (zone_name(x, tenant, &name) < 0)
		err_clear(&x->err);
	if (name == NULL || calendar_zone_open(name, &zone, &ignored) < 0)
		clock_iso8601(t, text);
	else
		calendar_local_text(zone, t, text);
	calendar_zone_close(&zone);
	return arena_printf(&x->arena, "%s (%s)", text, name == NULL ||
	    text[strlen(text) - 1] == 'Z' ? "UTC" : name);
}

/* ------------------------------------------------------------------ lists */

/* "2026-11-24 02:30" or "2026-11-24 02:30:05"; NULL for no time. */
static const char *
wall_clock(struct arena *a, const struct calendar_zone *zone, const struct val *v)
{
	char text[40];

	if (v->kind == VAL_NULL)
		return NULL;
	calendar_local_text(zone, v->i, text);
	text[strlen("2026-11-24")] = ' ';
	return arena_strndup(a, text, v->i / USEC_SEC % 60 == 0 ? strlen("2026-11-24 02:30") :
	    strlen("2026-11-24 02:30:05"));
}

static int
is_time(const struct output_column *c)
{
	return (c->kind & OUTPUT_KIND) == OUTPUT_TIME;
}

/* The cells as a table shows them: times are texts, in the zone. */
static struct val *
local_cells(struct arena *a, const struct calendar_zone *zone,
    const struct output_column *columns, size_t ncolumns, const struct val *cells, size_t nrows)
{
	struct val *texts = arena_new(a, struct val, nrows * ncolumns + 1);

	for (size_t i = 0; i < nrows * ncolumns; i++)
		texts[i] = is_time(&columns[i % ncolumns]) ?
		    v_text(wall_clock(a, zone, &cells[i])) :
		    cells[i];
	return texts;
}

static struct output_column *
local_columns(struct arena *a, const struct output_column *columns, size_t ncolumns)
{
	struct output_column *forms = arena_new(a, struct output_column, ncolumns + 1);

	for (size_t c = 0; c < ncolumns; c++) {
		forms[c] = columns[c];
		if (is_time(&columns[c]))
			forms[c].kind = columns[c].kind - OUTPUT_TIME + OUTPUT_TEXT;
	}
	return forms;
}

int
when_table(struct context *x, const struct store_alias *tenant, const char *name,
    const struct output_column *columns, const struct val *cells, size_t nrows)
{
	struct calendar_zone *zone;
	size_t n = 0;
	int rc;

	if (x->out.json || nrows == 0) {
		output_table(&x->out, name, columns, cells, nrows);
		return 0;
	}
	if ((rc = calendar_zone_open(tenant->time_zone, &zone, &x->err)) < 0)
		return rc;
	while (columns[n].name != NULL)
		n++;
	output_value(&x->out, "TimesAreOf", OUTPUT_TEXT, v_text(tenant->time_zone));
	output_gap(&x->out);
	output_table(&x->out, name, local_columns(&x->arena, columns, n),
	    local_cells(&x->arena, zone, columns, n, cells, nrows), nrows);
	calendar_zone_close(&zone);
	return 0;
}

void
when_show(struct context *x, const struct store_alias *tenant, const char *member, usec_t t)
{
	if (x->out.json || t == USEC_NONE)
		output_value(&x->out, member, OUTPUT_TIME, v_time(t));
	else
		output_value(&x->out, member, OUTPUT_TEXT, v_text(when_text(x, tenant, t)));
}
