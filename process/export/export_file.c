#include "config.h"

#include "process/export/export_file.h"

#include <string.h>

#include "lib/crash.h"
#include "lib/err.h"
#include "lib/text.h"
#include "model/entity_external.h"
#include "process/export/export_cell.h"
#include "process/export/export_keys.h"
#include "process/export/export_sink.h"
#include "store/db.h"
#include "store/entity/page.h"

enum { AGAIN_MAX = 5, GONE_STEP = 1024, FLAG_OF_EACH = 1 };

struct exporting {
	struct export_job *job;
	struct arena *arena;		/* of the job */
	struct arena page_arena;
	const struct export_plan *plan;
	struct entity_page page;
	struct export_keys *keys;	/* of rows that changed */
	struct csv_writer csv;
	struct export_cell_form form;
	struct export_sink sink;
	size_t *at;			/* of each column of the plan its place in a result */
	int64_t last, told_last;	/* the last key; the last erased row that was told */
	size_t gone_cap;
	usec_t decided;			/* when the decision tables were made */
};

/* ------------------------------------------------------------------ lines */

static void
put_cell(struct exporting *x, const struct export_column *column, const struct val *v)
{
	const enum entity_type type = column->c->type;

	csv_writer_cell(&x->csv, v == NULL ? NULL : export_cell_text(&x->form, column, v),
	    type == ENTITY_STRING || type == ENTITY_CODE || type == ENTITY_TEXT);
}

/* What a deleted row still says. */
static int
is_told_of_deleted(const struct export_column *column)
{
	return column->is_key || strcmp(column->c->name, "DeletionFlag") == 0 ||
	    strcmp(column->c->name, "SourceStamp") == 0;
}

static int
is_deleted(const struct exporting *x, int is_each, size_t row)
{
	return is_each ? rows_int(&x->page.each, row, FLAG_OF_EACH) != 0 :
	    rows_int(&x->page.roots, row, entity_page_width(x->plan)) != 0;
}

static int
end_line(struct exporting *x, struct err *err)
{
	size_t n;
	const char *bytes;

	csv_writer_end_line(&x->csv);
	bytes = csv_writer_take(&x->csv, &n);
	x->job->counts.lines++;
	return export_sink_add(&x->sink, bytes, n, err);
}

/* each SIZE_MAX: the root has none. */
static int
put_line(struct exporting *x, size_t root, size_t each, struct err *err)
{
	const int root_gone = is_deleted(x, 0, root);
	const int each_gone = each != SIZE_MAX && is_deleted(x, 1, each);

	for (size_t i = 0; i < x->plan->ncolumns; i++) {
		const struct export_column *column = x->plan->columns[i];
		const int is_gone = column->is_each ? each_gone : root_gone;
		const struct val *v = NULL;

		if (!column->is_each)
			v = rows_at(&x->page.roots, root, x->at[i]);
		else if (each != SIZE_MAX)
			v = rows_at(&x->page.each, each, x->at[i]);
		put_cell(x, column, is_gone && !is_told_of_deleted(column) ? NULL : v);
	}
	return end_line(x, err);
}

/* Nothing can name such a contact again. */
static int
is_unnamed(const struct exporting *x, size_t root)
{
	for (size_t i = 0; i < x->plan->ncolumns; i++)
		if (x->plan->columns[i]->is_own)
			return rows_null(&x->page.roots, root, x->at[i]);
	return 0;
}

static int
put_row(struct exporting *x, size_t root, size_t *each, struct err *err)
{
	const struct rows *all = &x->page.each;
	const int64_t key = rows_int(&x->page.roots, root, ROWS_ONLY);
	const size_t first = *each;
	const int is_gone = is_deleted(x, 0, root);
	int rc = 0;

	while (*each < all->n && rows_int(all, *each, ROWS_ONLY) == key)
		++*each;
	if (x->plan->kind->names_only && *each == first)
		return 0;
	x->job->counts.rows++;
	x->job->counts.deleted += is_gone;
	x->job->counts.unnamed += is_unnamed(x, root);
	if (is_gone || *each == first)
		return put_line(x, root, SIZE_MAX, err);
	for (size_t i = first; i < *each && rc == 0; i++)
		rc = put_line(x, root, i, err);
	return rc;
}

static int
read_page(struct exporting *x, struct err *err)
{
	size_t each = 0;
	int rc = entity_page_read(x->job->db, x->plan, &x->page, &x->page_arena, err);

	for (size_t i = 0; i < x->page.roots.n && rc == 0; i++)
		rc = put_row(x, i, &each, err);
	crash_point("export-page");
	return rc;
}

static int
put_header(struct exporting *x, struct err *err)
{
	int rc;

	if (!x->plan->form.header)
		return 0;
	for (size_t i = 0; i < x->plan->ncolumns; i++)
		csv_writer_cell(&x->csv, x->plan->columns[i]->name, 0);
	rc = end_line(x, err);
	x->job->counts.lines--;
	return rc;
}

/* ------------------------------------------------------------------ all rows */

static void
tell(struct exporting *x, int64_t done, int64_t total)
{
	if (x->job->progress != NULL)
		x->job->progress(x->job->arg, done, total);
}

/* A copy of a key that outlives its page. */
static void
keep_key(struct exporting *x, struct arena *a, struct val *key)
{
	const size_t width = entity_page_width(x->plan), last = x->page.roots.n - 1;

	arena_reset(a);
	for (size_t i = 0; i < width; i++) {
		key[i] = *rows_at(&x->page.roots, last, i);
		if (key[i].kind == VAL_TEXT)
			key[i].s = arena_strndup(a, key[i].s, key[i].n);
	}
}

static int
write_all(struct exporting *x, struct err *err)
{
	struct val key[EXPORT_KEYS_MAX];
	struct arena kept = { 0 };
	const int is_made = export_kind_is_made(x->plan->kind);
	int rc;

	x->page = (struct entity_page){ .after = NULL };
	do {
		if ((rc = read_page(x, err)) < 0 || x->page.roots.n == 0)
			break;
		keep_key(x, &kept, key);
		tell(x, is_made ? x->job->counts.rows : key[0].i, is_made ? 0 : x->last);
		x->page.after = key;
		arena_reset(&x->page_arena);
	} while (x->page.roots.n == ENTITY_PAGE_ROWS);
	arena_done(&kept);
	return rc;
}

/* ------------------------------------------------------------------ what changed */

static int
collect(struct exporting *x, const char *entity, const char *of, struct err *err)
{
	const struct entity *e = entity_find(entity);
	struct entity_page_place at = entity_page_begin(e, x->job->since);
	struct arena a = { 0 }, before = { 0 };
	struct rows r = { .n = ENTITY_PAGE_KEYS };
	int rc = 0;

	while (rc == 0 && r.n == ENTITY_PAGE_KEYS) {
		rc = entity_page_changed(x->job->db, e, of, x->job->until, &at, &a, &r, err);
		for (size_t i = 0; rc == 0 && i < r.n; i++)
			export_keys_add(x->keys, rows_int(&r, i, ENTITY_PAGE_OF));
		if (at.key.kind == VAL_TEXT) {
			arena_reset(&before);
			at.key.s = arena_strndup(&before, at.key.s, at.key.n);
		}
		arena_reset(&a);
	}
	arena_done(&a);
	arena_done(&before);
	return rc;
}

/* The keys of roots that changed, or that have what changed. */
static int
collect_all(struct exporting *x, struct err *err)
{
	const struct export_kind *kind = x->plan->kind;
	const struct entity *root = export_kind_root(kind);
	int rc = 0;

	if (!kind->names_only)
		rc = collect(x, root->name, root->key, err);
	if (rc == 0 && kind->each != NULL)
		rc = collect(x, kind->each, kind->by, err);
	if (rc == 0 && entity_has_external(root) && !kind->names_only)
		rc = collect(x, entity_named_by(root)->name, root->key, err);
	return rc;
}

static int
write_changed(struct exporting *x, struct err *err)
{
	struct val keys[ENTITY_PAGE_ROWS];
	int64_t key = -1, done = 0;
	int rc = collect_all(x, err);

	while (rc == 0) {
		size_t n = 0;

		while (n < ENTITY_PAGE_ROWS && (key = export_keys_next(x->keys, key)) >= 0)
			keys[n++] = v_int(key);
		if (n == 0)
			break;
		x->page = (struct entity_page){ .keys = keys, .nkeys = n, .changed = 1,
			.since = x->job->since };
		rc = read_page(x, err);
		arena_reset(&x->page_arena);
		tell(x, done += (int64_t)n, x->keys->n);
		if (key < 0)
			break;
	}
	return rc;
}

/* ------------------------------------------------------------------ what was erased */

static void
note_gone(struct exporting *x, int64_t gone_id)
{
	struct export_job *job = x->job;

	if (job->ngone == x->gone_cap) {
		int64_t *more;

		x->gone_cap += GONE_STEP + x->gone_cap;
		more = arena_new(x->arena, int64_t, x->gone_cap);
		if (job->ngone > 0)
			memcpy(more, job->gone, job->ngone * sizeof *more);
		job->gone = more;
	}
	job->gone[job->ngone++] = gone_id;
	x->told_last = gone_id;
}

/* A row that has the name by now is another one, and it is told of. */
static int
put_gone(struct exporting *x, const struct store_export_gone *gone, struct err *err)
{
	const struct entity *e = entity_named_by(export_kind_root(x->plan->kind));
	struct val natural[ENTITY_NATURAL_MAX];
	size_t k = 0;
	int there = 0, rc;

	for (size_t i = 0; i < gone->n && e->natural[i] != NULL; i++)
		natural[i] = v_text(gone->key[i]);
	if ((rc = entity_page_named(x->job->db, e, natural, &there, err)) < 0 || there)
		return rc;
	for (size_t i = 0; i < x->plan->ncolumns; i++) {
		const struct export_column *column = x->plan->columns[i];
		const char *text = NULL;

		if (!column->is_each && strcmp(column->c->name, "DeletionFlag") == 0)
			text = "1";
		for (k = 0; !column->is_each && column->is_key && e->natural[k] != NULL; k++)
			if (strcmp(e->natural[k], column->c->name) == 0)
				text = gone->key[k];
		csv_writer_cell(&x->csv, text, column->is_key);
	}
	x->job->counts.rows++;
	x->job->counts.deleted++;
	return end_line(x, err);
}

/* In front of the others: who came again under the name stands behind. A first file has nobody to
 * take back. */
static int
write_gone(struct exporting *x, struct err *err)
{
	struct store_export_gone *gone;
	size_t n = 1;
	int rc = 0;

	x->told_last = 0;
	x->job->ngone = 0;
	while (x->job->told != NULL && rc == 0 && n > 0) {
		rc = store_export_gone_list(x->job->db, &x->page_arena, &x->job->box, x->job->told,
		    x->told_last, &gone, &n, err);
		for (size_t i = 0; rc == 0 && i < n; i++) {
			if (x->job->changed)
				rc = put_gone(x, &gone[i], err);
			note_gone(x, gone[i].gone_id);
		}
		arena_reset(&x->page_arena);
	}
	return rc;
}

/* ------------------------------------------------------------------ the file */

static int
write_once(struct exporting *x, struct err *err)
{
	struct export_job *job = x->job;
	int rc;

	job->counts = (struct export_counts){ 0 };
	if ((rc = csv_writer_open(&x->csv, &x->plan->form.csv, err)) < 0 ||
	    (rc = export_sink_begin(&x->sink, job->fd, job->is_gzip, err)) < 0)
		return rc;
	if ((rc = put_header(x, err)) == 0 && (rc = write_gone(x, err)) == 0)
		rc = job->changed ? write_changed(x, err) : write_all(x, err);
	if (rc == 0)
		rc = export_sink_end(&x->sink, err);
	job->counts.bytes = x->sink.bytes;
	job->counts.replaced = x->csv.replaced;
	memcpy(job->sha256, x->sink.sha256, sizeof job->sha256);
	return rc;
}

static void
close_all(struct exporting *x)
{
	csv_writer_close(&x->csv);
	export_sink_done(&x->sink);
	export_keys_done(x->keys);
	arena_done(&x->page_arena);
}

/* When the decision tables were made; USEC_NONE: never. */
static int
find_decided(struct exporting *x, usec_t *at, struct err *err)
{
	struct arena a = { 0 };
	struct rows r = { .n = 0 };
	int rc = 0;

	if (export_kind_is_made(x->plan->kind))
		rc = db_query(x->job->db, Q_export_decided, DB_NONE, &a, &r, err);
	*at = r.n == 0 ? USEC_NONE : rows_time(&r, 0, C_export_decided_as_of);
	arena_done(&a);
	return rc;
}

/* 1: somebody was erased meanwhile, who may be in the file; or decision tables were made anew. */
static int
is_outrun(struct exporting *x, struct err *err)
{
	usec_t decided;
	int more = 0, rc = find_decided(x, &decided, err);

	if (rc == 0 && x->job->told != NULL)
		rc = store_export_gone_more(
		    x->job->db, x->job->told, x->told_last, &more, err);
	return rc < 0 ? rc : more || decided != x->decided;
}

static void
begin(struct exporting *x)
{
	x->at = arena_new(x->arena, size_t, x->plan->ncolumns + 1);
	for (size_t i = 0; i < x->plan->ncolumns; i++)
		x->at[i] = entity_page_at(x->plan, x->plan->columns[i]);
	x->keys = arena_new(x->arena, struct export_keys, 1);
	x->form = (struct export_cell_form){ .arena = &x->page_arena, .zone = x->job->zone,
		.form = &x->plan->form };
}

int
export_file(struct export_job *job, struct arena *a, struct err *err)
{
	struct exporting x = { .job = job, .arena = a, .plan = job->plan };
	int rc = 0;

	begin(&x);
	if (!job->changed && !export_kind_is_made(job->plan->kind))
		rc = entity_page_last(job->db, export_kind_root(job->plan->kind), &x.last, err);
	for (int i = 0; i < AGAIN_MAX && rc == 0; i++) {
		if ((rc = find_decided(&x, &x.decided, err)) == 0)
			rc = write_once(&x, err);
		close_all(&x);
		if (rc == 0 && (rc = is_outrun(&x, err)) <= 0)
			return rc;
		rc = rc > 0 ? 0 : rc;
	}
	if (rc == 0)
		rc = err_set(err, ERR_TRANSIENT, "Persons were erased, or decision tables made, "
		    "again and again while the file was written. Run it again.");
	return rc;
}
