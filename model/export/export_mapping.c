/*
 * The mapping that reads an exported file again.
 */
#include "config.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/format/writer.h"
#include "lib/text.h"
#include "model/entity_external.h"
#include "model/entity_person.h"
#include "model/export/export_plan.h"

struct mapping {
	struct arena *a;
	const struct export_plan *plan;
	struct writer w;
};

static int
is_chosen(const struct export_plan *plan, const struct export_column *column)
{
	for (size_t i = 0; i < plan->ncolumns; i++)
		if (plan->columns[i] == column)
			return 1;
	return 0;
}

/* The chosen columns of the root, or of each, one after the other; i begins with 0. */
static const struct export_column *
next(const struct export_plan *plan, int is_each, size_t *i)
{
	for (; *i < plan->nall; ++*i) {
		const struct export_column *column = &plan->all[*i];

		if (column->is_each == is_each && !column->is_more && is_chosen(plan, column)) {
			++*i;
			return column;
		}
	}
	return NULL;
}

/* ------------------------------------------------------------------ values */

static int
ends_with(const char *text, const char *end)
{
	const size_t n = strlen(text), k = strlen(end);

	return n >= k && strcmp(text + n - k, end) == 0;
}

/* An empty cell is a value that is gone. Nothing is no statement about consent. */
static int
is_cleared(const struct export_column *column)
{
	const char *name = column->c->name;

	if (column->is_key || column->through != NULL)
		return 0;
	if (column->c->once || column->c->required)
		return 0;
	if (ends_with(name, "Optin") || ends_with(name, "OptinDate"))
		return 0;
	return strcmp(name, "SourceStamp") != 0 && strcmp(name, "DeletionFlag") != 0;
}

static void
write_value(struct mapping *m, const struct export_column *column)
{
	const struct export_form *form = &m->plan->form;
	const int is_stamp = strcmp(column->c->name, "SourceStamp") == 0;
	const int is_number = column->c->type == ENTITY_DECIMAL, clears = is_cleared(column);
	const int is_date = column->c->type == ENTITY_DATETIME && form->date != CELL_DATE_YMD &&
	    !is_stamp;

	if (is_date + is_number + clears == 0) {
		writer_text(&m->w, column->name);
		return;
	}
	writer_object_flat(&m->w);
	writer_put_text(&m->w, "Column", column->name);
	if (is_date)
		writer_put_text(&m->w, "Date", cell_date_name(form->date));
	if (is_number)
		writer_put_text(&m->w, "Decimal", form->decimal_comma ? "Comma" : "Point");
	if (clears)
		writer_put_flag(&m->w, "Clear", 1);
	writer_end(&m->w);
}

static void
write_member(struct mapping *m, const struct export_column *column)
{
	const char *name = column->c->name;

	if (column->is_own)
		name = arena_printf(m->a, ENTITY_EXTERNAL ".%s", column->c->name);
	else if (column->through != NULL)
		name = arena_printf(m->a, "%s.%s", entity_external_name(m->a, column->through),
		    column->c->name);
	writer_name(&m->w, name);
	write_value(m, column);
}

/* ------------------------------------------------------------------ rows */

/* How each names the root. */
static void
write_root_of_each(struct mapping *m)
{
	const struct entity *each = export_kind_each(m->plan->kind);
	const struct entity_column *by =
	    &each->columns[entity_column_find(each, m->plan->kind->by)];
	const struct export_column *column;

	for (size_t i = 0; (column = next(m->plan, 0, &i)) != NULL;)
		if (column->is_key) {
			writer_name(&m->w, arena_printf(m->a, "%s.%s",
			    entity_external_name(m->a, by), column->c->name));
			write_value(m, column);
		}
}

/* A line may have nothing of each. One whose root nothing names is rejected. */
static void
write_when(struct mapping *m, int is_each)
{
	const struct export_column *column, *first = NULL;

	for (size_t i = 0; (column = next(m->plan, is_each, &i)) != NULL;) {
		if (is_each && column->is_key && first == NULL) {
			first = column;
			writer_put_text(&m->w, "When", column->name);
		}
		if (strcmp(column->c->name, "DeletionFlag") == 0)
			writer_put_text(&m->w, "Deletion", column->name);
	}
}

static void
write_row(struct mapping *m, int is_each)
{
	const struct export_kind *kind = m->plan->kind;
	const struct export_column *column;
	size_t i = 0;

	if (next(m->plan, is_each, &i) == NULL)
		return;
	writer_object(&m->w);
	writer_put_text(&m->w, "Entity", is_each ? kind->each : kind->root);
	if (is_each)
		writer_put_flag(&m->w, "Each", 1);
	write_when(m, is_each);
	writer_name(&m->w, "Members");
	writer_object(&m->w);
	if (is_each)
		write_root_of_each(m);
	for (i = 0; (column = next(m->plan, is_each, &i)) != NULL;)
		write_member(m, column);
	writer_end(&m->w);
	writer_end(&m->w);
}

/* What a column refers to is added where it is not there; but no contact, and nothing that has
 * value for somebody. */
static int
is_ensured(const struct export_column *column)
{
	if (column->through == NULL || column->by->grants)
		return 0;
	if (entity_is_personal(column->by))
		return 0;
	return strcmp(column->by->natural[0], column->c->name) == 0;
}

static void
write_ensured(struct mapping *m, const struct export_column *first)
{
	const struct export_column *column;

	writer_object(&m->w);
	writer_put_text(&m->w, "Entity", first->by->name);
	if (first->is_each)
		writer_put_flag(&m->w, "Each", 1);
	writer_put_flag(&m->w, "Ensure", 1);
	writer_put_text(&m->w, "When", first->name);
	writer_name(&m->w, "Members");
	writer_object_flat(&m->w);
	for (size_t i = 0; (column = next(m->plan, first->is_each, &i)) != NULL;)
		if (column->through == first->through)
			writer_put_text(&m->w, column->c->name, column->name);
	writer_end(&m->w);
	writer_end(&m->w);
}

static void
write_rows(struct mapping *m)
{
	const struct export_column *column;

	writer_name(&m->w, "Rows");
	writer_array(&m->w);
	for (int each = 0; each < 2; each++)
		for (size_t i = 0; (column = next(m->plan, each, &i)) != NULL;)
			if (is_ensured(column))
				write_ensured(m, column);
	if (!m->plan->kind->names_only)
		write_row(m, 0);
	if (m->plan->kind->each != NULL)
		write_row(m, 1);
	writer_end(&m->w);
}

/* ------------------------------------------------------------------ the file */

static void
write_file(struct mapping *m)
{
	const struct export_form *form = &m->plan->form;
	const char delimiter[2] = { form->csv.delimiter, '\0' };

	writer_name(&m->w, "File");
	writer_object(&m->w);
	writer_put_text(&m->w, "Encoding", encoding_name(form->csv.encoding));
	writer_put_text(&m->w, "Delimiter", *delimiter == '\t' ? "TAB" : delimiter);
	writer_put_flag(&m->w, "Header", form->header);
	if (!form->header) {
		writer_name(&m->w, "Columns");
		writer_array(&m->w);
		for (size_t i = 0; i < m->plan->ncolumns; i++)
			writer_text(&m->w, m->plan->columns[i]->name);
		writer_end(&m->w);
	}
	writer_end(&m->w);
}

static void
write_group(struct mapping *m)
{
	const struct export_column *column;

	if (m->plan->kind->each == NULL)
		return;
	writer_name(&m->w, "GroupBy");
	writer_array_flat(&m->w);
	for (size_t i = 0; (column = next(m->plan, 0, &i)) != NULL;)
		if (column->is_key)
			writer_text(&m->w, column->name);
	writer_end(&m->w);
}

const char *
export_plan_mapping(struct arena *a, const struct export_plan *plan)
{
	struct mapping m = { .a = a, .plan = plan };
	struct buf b;

	if (export_kind_is_made(plan->kind))
		return NULL;
	buf_init(&b, a);
	writer_init_block(&m.w, &b, 0);
	writer_object(&m.w);
	write_file(&m);
	write_group(&m);
	write_rows(&m);
	writer_end(&m.w);
	buf_addc(&b, '\n');
	return b.data;
}
