#include "config.h"

#include "privacy/person_export.h"

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "lib/format/writer.h"
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
	int rc = entity_rows_read(k, x->what->job->tenant, from, n, &a, &r, err);

	for (size_t i = 0; rc == 0 && i < r.n; i++) {
		writer_object_flat(&x->w);
		for (size_t c = 0; c < columns; c++) {
			int own = c + 2 < columns;

			writer_name(&x->w, column_name(k->e, c));
			export_value(&x->w, own ? k->e->columns[c].type : ENTITY_DATETIME,
			    rows_at(&r, i, c));
		}
		writer_end(&x->w);
		rc = exporter_put(x, err);
		x->counts->rows++;
	}
	arena_done(&a);
	return rc;
}

static int
put_entities(struct exporter *x, const struct entity_rows *rows, struct err *err)
{
	int rc = 0;

	writer_name(&x->w, "Entities");
	writer_object(&x->w);
	for (size_t i = 0; i < rows->n && rc == 0; i++) {
		const struct entity_keys *k = &rows->of[i];

		writer_name(&x->w, k->e->set);
		writer_array_tight(&x->w);
		for (size_t from = 0; from < k->n && rc == 0; from += ENTITY_CHUNK)
			rc = put_rows(x, k, from,
			    k->n - from > ENTITY_CHUNK ? ENTITY_CHUNK : k->n - from, err);
		writer_end(&x->w);
	}
	writer_end(&x->w);
	return rc;
}

/* ------------------------------------------------------------------ other tables */

static int
put_table_row(struct exporter *x, const struct rows *columns, const struct rows *r, size_t i,
    struct err *err)
{
	writer_object_flat(&x->w);
	for (size_t c = 0; c < columns->n; c++) {
		writer_name(&x->w, rows_text(columns, c, C_person_table_columns_column_name));
		export_value(&x->w, ENTITY_UNSET, rows_at(r, i, c));
	}
	writer_end(&x->w);
	x->counts->rows++;
	return exporter_put(x, err);
}

static int
put_table(struct exporter *x, const struct entity_beside *t, struct err *err)
{
	struct arena a = { 0 };
	struct rows columns, r;
	int rc = entity_beside_columns(x->what->job->tenant, t->table, &a, &columns, err);

	for (size_t k = 0; k < x->what->person->ncontacts && rc == 0; k++) {
		rc = entity_beside_read(
		    x->what->job->tenant, t, x->what->person->contacts[k], &a, &r, err);
		for (size_t i = 0; rc == 0 && i < r.n; i++)
			rc = put_table_row(x, &columns, &r, i, err);
	}
	arena_done(&a);
	return rc;
}

static int
put_tables(struct exporter *x, struct err *err)
{
	struct arena a = { 0 };
	struct entity_beside *tables;
	size_t n;
	int rc = entity_beside_tables(x->what->job->tenant, &a, &tables, &n, err);

	writer_name(&x->w, "Tables");
	writer_object(&x->w);
	for (size_t i = 0; i < n && rc == 0; i++) {
		writer_name(&x->w, tables[i].table);
		writer_array_tight(&x->w);
		rc = put_table(x, &tables[i], err);
		writer_end(&x->w);
	}
	writer_end(&x->w);
	arena_done(&a);
	return rc;
}

/* ------------------------------------------------------------------ the document */

static int
put_head(struct exporter *x, struct err *err)
{
	const struct person *p = x->what->person;
	struct writer *w = &x->w;
	usec_t now;
	int rc = db_now(x->what->job->registry, &now, err);

	if (rc < 0)
		return rc;
	writer_object(w);
	writer_name(w, "Export");
	writer_object_flat(w);
	writer_put_int(w, "Format", 1);
	writer_put_text(w, "Customer", x->what->customer);
	writer_put_text(w, "Alias", x->what->alias);
	writer_put_time(w, "ExportedAt", now);
	writer_name(w, "Contacts");
	writer_array_flat(w);
	for (size_t i = 0; i < p->ncontacts; i++)
		writer_int(w, p->contacts[i]);
	writer_end(w);
	writer_end(w);
	return exporter_put(x, err);
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
	struct writer *w = &x->w;

	writer_name(w, "Summary");
	writer_object_flat(w);
	writer_put_flag(w, "Held", person_export_held(c));
	writer_put_int(w, "Rows", c->rows);
	writer_put_int(w, "Messages", c->messages);
	writer_put_int(w, "Requests", c->requests);
	writer_put_int(w, "Mails", c->mails);
	writer_put_int(w, "Runs", c->runs);
	writer_put_text(w, "Statement", statement(c));
	writer_end(w);
	writer_end(w);
	buf_addc(&x->piece, '\n');
	return exporter_put(x, err);
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
	exporter_init(&x);
	rc = put_tenant(&x, err);
	if (rc == 0)
		rc = export_trace(&x, err);
	if (rc == 0)
		rc = put_tail(&x, err);
	exporter_done(&x);
	return rc;
}
