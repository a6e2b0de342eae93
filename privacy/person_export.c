#include "config.h"

#include "privacy/person_export.h"

#include <inttypes.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "lib/text.h"
#include "model/entity.h"
#include "privacy/export_trace.h"
#include "privacy/export_value.h"
#include "privacy/exporter.h"
#include "privacy/person.h"
#include "privacy/person_rows.h"
#include "store/db.h"
#include "store/entity/beside.h"
#include "store/entity/rows.h"

/* ------------------------------------------------------------------ entities */

/* The two dates stand behind the entity's own columns. */
static const char *
column_name(const struct entity *e, size_t i)
{
	const size_t columns = entity_export_columns(e);

	if (i + 2 < columns)
		return e->columns[i].name;
	return i + 2 == columns ? "CreationDate" : "ModificationDate";
}

static int
put_rows(struct exporter *x, const struct entity_keys *k, size_t from, size_t n, struct err *err)
{
	size_t columns = entity_export_columns(k->e);
	struct arena a = { 0 };
	struct rows r;
	struct buf b;
	int rc = entity_rows_read(k, x->what->job->tenant, from, n, &a, &r, err);

	for (size_t i = 0; rc == 0 && i < r.n; i++) {
		buf_init(&b, &a);
		buf_addf(&b, "%s\n\t\t\t{", x->items++ > 0 ? "," : "");
		for (size_t c = 0; c < columns; c++) {
			int own = c + 2 < columns;

			buf_addf(&b, "%s\"%s\": ", c == 0 ? "" : ", ", column_name(k->e, c));
			export_add_value(
			    &b, own ? k->e->columns[c].type : ENTITY_DATETIME, rows_at(&r, i, c));
		}
		buf_addc(&b, '}');
		rc = exporter_put(x, &b, err);
		x->counts->rows++;
	}
	arena_done(&a);
	return rc;
}

static int
put_entities(struct exporter *x, const struct entity_rows *rows, struct err *err)
{
	struct buf b;
	int rc = 0;

	for (size_t i = 0; i < rows->n && rc == 0; i++) {
		const struct entity_keys *k = &rows->of[i];
		struct arena a = { 0 };

		buf_init(&b, &a);
		buf_addf(&b, "%s\n\t\t\"%s\": [", i > 0 ? "]," : "", k->e->set);
		rc = exporter_put(x, &b, err);
		x->items = 0;
		for (size_t from = 0; from < k->n && rc == 0; from += ENTITY_CHUNK)
			rc = put_rows(x, k, from,
			    k->n - from > ENTITY_CHUNK ? ENTITY_CHUNK : k->n - from, err);
		arena_done(&a);
	}
	return rc < 0 ? rc : exporter_put_text(x, "]\n\t}", err);
}

/* ------------------------------------------------------------------ other tables */

static int
put_table(struct exporter *x, const struct entity_beside *t, struct err *err)
{
	struct arena a = { 0 };
	struct rows columns, r;
	struct buf b;
	int rc = entity_beside_columns(x->what->job->tenant, t->table, &a, &columns, err);

	for (size_t k = 0; k < x->what->person->ncontacts && rc == 0; k++) {
		rc = entity_beside_read(
		    x->what->job->tenant, t, x->what->person->contacts[k], &a, &r, err);
		for (size_t i = 0; rc == 0 && i < r.n; i++) {
			buf_init(&b, &a);
			buf_adds(&b, x->items++ > 0 ? ",\n\t\t\t{" : "\n\t\t\t{");
			for (size_t c = 0; c < columns.n; c++) {
				buf_adds(&b, c > 0 ? ", " : "");
				buf_add_json(
				    &b, rows_text(&columns, c, C_person_table_columns_column_name));
				buf_adds(&b, ": ");
				export_add_value(&b, ENTITY_UNSET, rows_at(&r, i, c));
			}
			buf_addc(&b, '}');
			rc = exporter_put(x, &b, err);
			x->counts->rows++;
		}
	}
	arena_done(&a);
	return rc;
}

static int
put_tables(struct exporter *x, struct err *err)
{
	struct arena a = { 0 };
	struct entity_beside *tables;
	struct buf b;
	size_t n;
	int rc = entity_beside_tables(x->what->job->tenant, &a, &tables, &n, err);

	for (size_t i = 0; i < n && rc == 0; i++) {
		buf_init(&b, &a);
		buf_adds(&b, i > 0 ? "],\n\t\t" : "\n\t\t");
		buf_add_json(&b, tables[i].table);
		buf_adds(&b, ": [");
		rc = exporter_put(x, &b, err);
		x->items = 0;
		if (rc == 0)
			rc = put_table(x, &tables[i], err);
	}
	arena_done(&a);
	return rc < 0 ? rc : exporter_put_text(x, n == 0 ? "}" : "]\n\t}", err);
}

/* ------------------------------------------------------------------ the document */

static int
put_head(struct exporter *x, struct err *err)
{
	struct arena a = { 0 };
	struct buf b;
	usec_t now;
	int rc = db_now(x->what->job->registry, &now, err);

	buf_init(&b, &a);
	buf_adds(&b, "{\n\t\"Export\": {");
	export_add_int(&b, "Format", 1);
	export_add_text(&b, "Customer", x->what->customer);
	export_add_text(&b, "Alias", x->what->alias);
	if (rc == 0)
		export_add_instant(&b, "ExportedAt", now);
	buf_adds(&b, ", \"Contacts\": [");
	for (size_t i = 0; i < x->what->person->ncontacts; i++)
		buf_addf(&b, "%s%" PRId64, i > 0 ? ", " : "", x->what->person->contacts[i]);
	buf_adds(&b, "]},\n\t\"Entities\": {");
	if (rc == 0)
		rc = exporter_put(x, &b, err);
	arena_done(&a);
	return rc;
}

int
person_export_held(const struct person_export_counts *c)
{
	return c->rows + c->messages - c->requests + c->mails + c->runs > 0;
}

static const char *
statement(const struct person_export_counts *c)
{
	if (person_export_held(c))
		return "All that is held of this person is in this document.";
	return c->requests > 0 ? "Nothing is held of this person but the request itself." :
				 "Nothing is held of this person.";
}

static int
put_tail(struct exporter *x, struct err *err)
{
	const struct person_export_counts *c = x->counts;
	struct arena a = { 0 };
	struct buf b;
	int rc;

	buf_init(&b, &a);
	buf_adds(&b, ",\n\t\"Summary\": {");
	buf_addf(&b, "\"Held\": %s", person_export_held(c) ? "true" : "false");
	export_add_int(&b, "Rows", c->rows);
	export_add_int(&b, "Messages", c->messages);
	export_add_int(&b, "Requests", c->requests);
	export_add_int(&b, "Mails", c->mails);
	export_add_int(&b, "Runs", c->runs);
	export_add_text(&b, "Statement", statement(c));
	buf_adds(&b, "}\n}\n");
	rc = exporter_put(x, &b, err);
	arena_done(&a);
	return rc;
}

static int
put_tenant(struct exporter *x, struct err *err)
{
	struct arena a = { 0 };
	struct entity_rows rows;
	int rc = person_collect(x->what->job->tenant, x->what->person, 0, 0, &rows, &a, err);

	if (rc == 0)
		rc = put_head(x, err);
	if (rc == 0)
		rc = put_entities(x, &rows, err);
	if (rc == 0)
		rc = exporter_put_text(x, ",\n\t\"Tables\": {", err);
	if (rc == 0)
		rc = put_tables(x, err);
	arena_done(&a);
	return rc;
}

int
person_export(
    const struct person_export *what, struct person_export_counts *counts, struct err *err)
{
	struct exporter x = { .what = what, .counts = counts };
	int rc;

	*counts = (struct person_export_counts){ 0 };
	if ((rc = put_tenant(&x, err)) < 0 || (rc = export_trace(&x, err)) < 0)
		return rc;
	return put_tail(&x, err);
}
