#include "config.h"

#include "model/export/export_plan.h"

#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/format/writer.h"
#include "lib/param.h"
#include "lib/text.h"
#include "lib/text_near.h"

struct export_ids
export_ids_of(struct arena *a, const struct param_list *list)
{
	int *ids = arena_new(a, int, list->n + 1);

	for (size_t i = 0; i < list->n; i++)
		ids[i] = atoi(list->values[i]);
	return (struct export_ids){ .ids = ids, .n = list->n };
}

void
export_form_encoding(struct csv_form *form, const char *name)
{
	static const char bom[] = "UTF-8-BOM";

	form->mark = text_ieq(name, bom) || text_ieq(name, "UTF-16LE");
	form->encoding = text_ieq(name, bom) ? ENCODING_UTF8 : encoding_find(name);
}

/* ------------------------------------------------------------------ columns */

struct choosing {
	struct arena *a;
	const struct export_wish *wish;
	struct export_plan *plan;
	struct err *err;
};

static const char *
field(struct choosing *c, const char *name)
{
	return arena_printf(c->a, "%s%s", c->wish->where, name);
}

static const struct export_column *
find(const struct export_plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->nall; i++)
		if (text_ieq(plan->all[i].name, name))
			return &plan->all[i];
	return NULL;
}

static int
is_chosen(const struct export_plan *plan, const struct export_column *column)
{
	for (size_t i = 0; i < plan->ncolumns; i++)
		if (plan->columns[i] == column)
			return 1;
	return 0;
}

static void
unknown(struct choosing *c, const char *name)
{
	const char **names = arena_new(c->a, const char *, c->plan->nall + 1), *near;

	for (size_t i = 0; i < c->plan->nall; i++)
		names[i] = c->plan->all[i].name;
	near = text_nearest(name, names);
	err_fault(c->err, c->a, field(c, "Columns"), "%.100s is no column of %s%s%s%s", name,
	    c->plan->kind->name, near == NULL ? "" : "; did you mean ", near == NULL ? "" : near,
	    near == NULL ? "" : "?");
}

static void
choose(struct choosing *c, const char *name)
{
	const struct export_column *column = find(c->plan, name);

	if (column == NULL)
		unknown(c, name);
	else if (is_chosen(c->plan, column))
		err_fault(c->err, c->a, field(c, "Columns"), "has %s twice", column->name);
	else
		c->plan->columns[c->plan->ncolumns++] = column;
}

static void
need(struct choosing *c, const struct export_column *column, const char *why)
{
	if (column != NULL && !is_chosen(c->plan, column))
		err_fault(c->err, c->a, field(c, "Columns"), "needs %s: %s", column->name, why);
}

static int
is_flag(const struct export_column *column)
{
	return strcmp(column->c->name, "DeletionFlag") == 0;
}

/* The opt-in that a filter is about; NULL: the kind has none. */
static const struct export_column *
optin(struct choosing *c)
{
	const char *consent = c->wish->filter.consent;

	if (consent == NULL || strcmp(c->plan->kind->name, "Contacts") != 0)
		return NULL;
	return find(c->plan, arena_printf(c->a, "%s%sOptin",
	    text_ieq(consent, "Global") ? "" : "Address.", consent));
}

/* Each line must say what row it is of, and in a file of changes whether that is deleted. Without
 * columns of each there is one line per root. */
static void
check_columns(struct choosing *c)
{
	int has_each = 0;

	for (size_t i = 0; i < c->plan->ncolumns; i++)
		has_each |= c->plan->columns[i]->is_each;
	for (size_t i = 0; i < c->plan->nall; i++) {
		const struct export_column *column = &c->plan->all[i];

		if (column->is_each && !has_each)
			continue;
		if (column->is_key)
			need(c, column, "it names the row");
		else if (is_flag(column) && c->wish->changed)
			need(c, column, "without it nobody sees what was deleted");
	}
	if (c->wish->changed)
		need(c, optin(c), "without it nobody sees who withdrew the consent");
}

static void
choose_all(struct choosing *c)
{
	struct export_plan *plan = c->plan;

	plan->columns =
	    arena_new(c->a, const struct export_column *, plan->nall + c->wish->ncolumns + 1);
	for (size_t i = 0; i < c->wish->ncolumns; i++)
		choose(c, c->wish->columns[i]);
	for (size_t i = 0; i < plan->nall && c->wish->ncolumns == 0; i++)
		if (!plan->all[i].is_more)
			plan->columns[plan->ncolumns++] = &plan->all[i];
	if (c->err->faults == NULL)
		check_columns(c);
}

/* ------------------------------------------------------------------ filters */

static int
has_column(const struct entity *e, const char *name)
{
	return e != NULL && entity_column_find(e, name) >= 0;
}

static void
refuse(struct choosing *c, const char *name)
{
	err_fault(c->err, c->a, field(c, name), "cannot choose rows of %s: they are of none",
	    c->plan->kind->name);
}

static void
check_filter(struct choosing *c)
{
	const struct export_filter *f = &c->wish->filter;
	const struct export_kind *kind = c->plan->kind;
	const struct entity *root = export_kind_root(kind), *each = export_kind_each(kind);
	const int is_person = has_column(root, "ContactId");

	if (f->zones.n > 0 && !has_column(root, "ZoneId") && !is_person)
		refuse(c, "Zones");
	if (f->brands.n > 0 && !has_column(root, "BrandId") && !has_column(each, "BrandId"))
		refuse(c, "Brands");
	if (f->sources.n > 0 && !has_column(root, "SourceId") && !is_person)
		refuse(c, "Sources");
	if (f->consent != NULL && !is_person)
		refuse(c, "Consent");
}

int
export_plan_make(struct arena *a, const struct export_kind *kind, const struct export_wish *wish,
    struct export_plan *out, struct err *err)
{
	struct choosing c = { .a = a, .wish = wish, .plan = out, .err = err };

	*out = (struct export_plan){ .kind = kind, .filter = wish->filter, .form = wish->form };
	out->all = export_columns(a, kind, &out->nall);
	choose_all(&c);
	check_filter(&c);
	return err->faults == NULL ? 0 : err->code;
}

/* ------------------------------------------------------------------ as text */

static void
write_ids(struct writer *w, const char *name, const struct export_ids *ids)
{
	writer_name(w, name);
	writer_array(w);
	for (size_t i = 0; i < ids->n; i++)
		writer_int(w, ids->ids[i]);
	writer_end(w);
}

const char *
export_plan_text(struct arena *a, const struct export_plan *plan)
{
	struct writer w;
	struct buf b;

	buf_init(&b, a);
	writer_init(&w, &b);
	writer_object(&w);
	writer_put_text(&w, "Kind", plan->kind->name);
	write_ids(&w, "Zones", &plan->filter.zones);
	write_ids(&w, "Brands", &plan->filter.brands);
	write_ids(&w, "Sources", &plan->filter.sources);
	writer_put_text(&w, "Consent", plan->filter.consent);
	writer_name(&w, "Columns");
	writer_array(&w);
	for (size_t i = 0; i < plan->ncolumns; i++)
		writer_text(&w, plan->columns[i]->name);
	writer_end(&w);
	writer_end(&w);
	return b.data;
}

static struct export_ids
read_ids(struct arena *a, struct json_object *o, const char *name)
{
	struct json_object *list = json_at(o, name);
	const size_t n = json_object_is_type(list, json_type_array) ? json_count(list) : 0;
	int *ids = arena_new(a, int, n + 1);

	for (size_t i = 0; i < n; i++)
		ids[i] = json_object_get_int(json_object_array_get_idx(list, i));
	return (struct export_ids){ .ids = ids, .n = n };
}

/* What names the root. */
static void
choose_keys(struct arena *a, struct export_plan *plan)
{
	plan->columns = arena_new(a, const struct export_column *, plan->nall);
	for (size_t i = 0; i < plan->nall; i++)
		if (plan->all[i].is_key && !plan->all[i].is_each)
			plan->columns[plan->ncolumns++] = &plan->all[i];
}

int
export_plan_read(struct arena *a, const char *text, struct export_plan *out, struct err *err)
{
	struct json_object *o = NULL;
	int rc = json_parse(text, strlen(text), &o, err);

	*out = (struct export_plan){ .kind = NULL };
	if (rc == 0 && json_text(o, "Kind") != NULL)
		out->kind = export_kind_find(json_text(o, "Kind"));
	if (out->kind != NULL) {
		out->all = export_columns(a, out->kind, &out->nall);
		out->filter = (struct export_filter){ .zones = read_ids(a, o, "Zones"),
			.brands = read_ids(a, o, "Brands"), .sources = read_ids(a, o, "Sources"),
			.consent = arena_strdup(a, json_text(o, "Consent")) };
		choose_keys(a, out);
	}
	json_object_put(o);
	return out->kind != NULL ? 0 : err_set(err, ERR_INTERNAL, "This is no export's plan.");
}
