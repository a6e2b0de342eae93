#include "config.h"

#include "store/exchange/store_export.h"

#include <inttypes.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/format/writer.h"
#include "lib/text.h"
#include "model/export/export_plan.h"
#include "store/db.h"
#include "store/entity/page.h"
#include "store/entity/rows.h"

#define DAY (86400 * USEC_SEC)

/* ------------------------------------------------------------------ how far it has come */

static int
forget(struct db *db, usec_t now, struct err *err)
{
	const usec_t before = now - STORE_EXPORT_DAYS * DAY;

	if (db_exec(db, Q_export_forget, DB_ARGS(v_time(before)), err) < 0 ||
	    db_exec(db, Q_export_gone_forget, DB_ARGS(v_time(before)), err) < 0)
		return err->code;
	return 0;
}

int
store_export_begin(struct db *db, struct arena *a, const unsigned char hash[SECRET_SHA256_BYTES],
    const char *plan, usec_t now, struct store_export *out, struct err *err)
{
	const struct val key = v_bytes(hash, SECRET_SHA256_BYTES);
	struct rows r;
	int rc = forget(db, now, err);

	if (rc < 0)
		return rc;
	if (db_exec(db, Q_export_begin, DB_ARGS(key, v_text(plan), v_time(now)), err) < 0)
		return err->code;
	if ((rc = db_query(db, Q_export_find, DB_ARGS(key), a, &r, err)) < 0)
		return rc;
	if (r.n == 0)
		return err_set(err, ERR_DB_RETRY, "Another run removed this export.");
	*out = (struct store_export){ .export_id = rows_int(&r, 0, C_export_find_export_id),
		.since = rows_time(&r, 0, C_export_find_since) };
	return 0;
}

int
store_export_end(struct db *db, const struct store_export *e, usec_t since, const int64_t *gone,
    size_t n, struct err *err)
{
	for (size_t i = 0; i < n; i++)
		if (db_exec(db, Q_export_gone_drop, DB_ARGS(v_int(gone[i])), err) < 0)
			return err->code;
	if (db_exec(db, Q_export_end, DB_ARGS(v_time(since), v_int(e->export_id)), err) < 0)
		return err->code;
	return 0;
}

/* ------------------------------------------------------------------ what was erased: noted */

struct noting {
	struct db *db;
	const struct store_export_box *box;
	const struct store_export_erased *erased;
	struct arena *a;
	int64_t export_id;
	struct export_plan plan;
};

static const char *
context_of(struct arena *a, const struct store_export_box *box)
{
	return arena_printf(a, "export:%" PRId64, box->tenant_id);
}

static const char *
text_of(struct arena *a, const struct val *v)
{
	return v->kind == VAL_INT ? arena_printf(a, "%" PRId64, v->i) : arena_strdup(a, v->s);
}

/* The key of row i of a page, as a JSON array. NULL: nothing names it. */
static const char *
key_json(struct noting *n, const struct rows *r, size_t i)
{
	const size_t first = entity_page_width(&n->plan) + 1;
	struct writer w;
	struct buf b;

	buf_init(&b, n->a);
	writer_init(&w, &b);
	writer_array(&w);
	for (size_t k = first; k < r->columns; k++) {
		if (rows_null(r, i, k))
			return NULL;
		writer_text(&w, text_of(n->a, rows_at(r, i, k)));
	}
	writer_end(&w);
	return b.data;
}

/* Of a contact that stays, only the identifiers of a Source go. */
static int
is_gone(const struct noting *n, const struct rows *r, size_t i)
{
	const int64_t source = n->erased->only_source;

	return source == 0 || strcmp(n->plan.kind->root, "Contact") != 0 ||
	    rows_int(r, i, r->columns - 1) == source;
}

static int
put_row(struct noting *n, const char *json, struct err *err)
{
	size_t bytes;
	const unsigned char *sealed = secret_seal(n->a, n->box->box, context_of(n->a, n->box), json,
	    strlen(json), &bytes, err);

	if (sealed == NULL)
		return err->code;
	return db_exec(n->db, Q_export_gone_put,
		   DB_ARGS(v_int(n->export_id), v_bytes(sealed, bytes), v_time(n->erased->now)),
		   err) < 0 ?
	    err->code :
	    0;
}

static int
put_page(struct noting *n, const struct val *keys, size_t nkeys, struct err *err)
{
	struct entity_page page = { .keys = keys, .nkeys = nkeys, .changed = 1,
		.since = USEC_NONE };
	int rc = entity_page_read(n->db, &n->plan, &page, n->a, err);

	for (size_t i = 0; i < page.roots.n && rc == 0; i++) {
		const char *json =
		    is_gone(n, &page.roots, i) ? key_json(n, &page.roots, i) : NULL;

		rc = json == NULL ? 0 : put_row(n, json, err);
	}
	return rc;
}

static int
put_keys(struct noting *n, const struct val *keys, size_t nkeys, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; i < nkeys && rc == 0; i += ENTITY_PAGE_ROWS)
		rc = put_page(n, keys + i,
		    nkeys - i < ENTITY_PAGE_ROWS ? nkeys - i : ENTITY_PAGE_ROWS, err);
	return rc;
}

/* Rows of the export's root: the erased ones, and contacts that lose some of their names. */
static int
put_export(struct noting *n, struct err *err)
{
	const struct store_export_erased *of = n->erased;
	const struct entity_keys *k = NULL;
	struct val *contacts;

	for (size_t i = 0; i < of->rows->n && k == NULL; i++)
		if (strcmp(of->rows->of[i].e->name, n->plan.kind->root) == 0)
			k = &of->rows->of[i];
	if (n->plan.kind->names_only || k == NULL)
		return 0;
	if (of->only_source == 0 || strcmp(n->plan.kind->root, "Contact") != 0)
		return put_keys(n, k->keys, k->n, err);
	contacts = arena_new(n->a, struct val, of->ncontacts + 1);
	for (size_t i = 0; i < of->ncontacts; i++)
		contacts[i] = v_int(of->contacts[i]);
	return put_keys(n, contacts, of->ncontacts, err);
}

int
store_export_gone_put(struct db *db, const struct store_export_box *box,
    const struct store_export_erased *erased, struct err *err)
{
	struct arena a = { 0 };
	struct rows r;
	int rc = db_query(db, Q_export_plans, DB_NONE, &a, &r, err);

	for (size_t i = 0; rc == 0 && i < r.n; i++) {
		struct noting n = { .db = db, .box = box, .erased = erased, .a = &a,
			.export_id = rows_int(&r, i, C_export_plans_export_id) };

		rc = export_plan_read(&a, rows_text(&r, i, C_export_plans_plan), &n.plan, err);
		if (rc == 0)
			rc = put_export(&n, err);
	}
	arena_done(&a);
	return rc;
}

/* ------------------------------------------------------------------ what was erased: told */

static int
open_row(struct arena *a, const struct store_export_box *box, const struct val *sealed,
    struct store_export_gone *out, struct err *err)
{
	struct json_object *list = NULL;
	size_t len;
	const char *json = secret_open(a, box->box, context_of(a, box), sealed->s, sealed->n, &len,
	    err);
	int rc = json == NULL ? err->code : json_parse(json, len, &list, err);

	for (size_t i = 0; rc == 0 && i < json_count(list) && i < 3; i++)
		out->key[out->n++] = arena_strdup(a,
		    json_object_get_string(json_object_array_get_idx(list, i)));
	json_object_put(list);
	return rc;
}

int
store_export_gone_list(struct db *db, struct arena *a, const struct store_export_box *box,
    const struct store_export *e, int64_t after, struct store_export_gone **out, size_t *n,
    struct err *err)
{
	struct rows r = { .n = 0 };
	int rc = db_query(db, Q_export_gone_list, DB_ARGS(v_int(e->export_id), v_int(after)), a, &r,
	    err);

	*out = arena_new(a, struct store_export_gone, r.n + 1);
	*n = r.n;
	for (size_t i = 0; rc == 0 && i < r.n; i++) {
		(*out)[i].gone_id = rows_int(&r, i, C_export_gone_list_gone_id);
		rc = open_row(a, box, rows_at(&r, i, C_export_gone_list_sealed), &(*out)[i], err);
	}
	return rc;
}

int
store_export_gone_more(
    struct db *db, const struct store_export *e, int64_t after, int *more, struct err *err)
{
	int64_t id;
	int rc = db_query_int(db, Q_export_gone_since, DB_ARGS(v_int(e->export_id), v_int(after)),
	    &id, err);

	*more = id > after;
	return rc;
}
