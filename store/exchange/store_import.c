#include "config.h"

#include "store/exchange/store_import.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/text.h"
#include "store/db.h"

static int
taken_over(int64_t n, struct err *err)
{
	if (n < 0)
		return err->code;
	if (n == 0)
		return err_set(err, ERR_CONFLICT, "Another run has taken this file over.");
	return 0;
}

static struct store_import
row_of(const struct rows *r, size_t i)
{
	struct store_import out = { .import_id = rows_int(r, i, C_import_import_id),
		.connection = rows_text(r, i, C_import_connection),
		.name = rows_text(r, i, C_import_name),
		.bytes = rows_int(r, i, C_import_bytes),
		.modified_at = rows_time(r, i, C_import_modified_at),
		.state = (enum state_of_import)rows_int(r, i, C_import_state),
		.is_moved = (int)rows_int(r, i, C_import_is_moved),
		.run_id = rows_int(r, i, C_import_run_id),
		.next_offset = rows_int(r, i, C_import_next_offset),
		.next_line = rows_int(r, i, C_import_next_line),
		.header_bytes = rows_int(r, i, C_import_header_bytes),
		.counts = rows_text(r, i, C_import_counts),
		.accepted_bytes = rows_int(r, i, C_import_accepted_bytes),
		.rejected_bytes = rows_int(r, i, C_import_rejected_bytes),
		.reasons_bytes = rows_int(r, i, C_import_reasons_bytes),
		.reason = rows_text(r, i, C_import_reason),
		.started_at = rows_time(r, i, C_import_started_at),
		.ended_at = rows_time(r, i, C_import_ended_at) };

	memcpy(out.sha256, rows_at(r, i, C_import_sha256)->s, sizeof out.sha256);
	return out;
}

/* The first row, or NULL. */
static struct store_import *
only(struct arena *a, const struct rows *r)
{
	struct store_import *out;

	if (r->n == 0)
		return NULL;
	out = arena_new(a, struct store_import, 1);
	*out = row_of(r, 0);
	return out;
}

int
store_import_begin(struct db *db, struct arena *a, const struct store_import *file,
    const unsigned char worker[STORE_IMPORT_WORKER], usec_t now, struct store_import *out,
    struct err *err)
{
	const struct val sha256 = v_bytes(file->sha256, sizeof file->sha256);
	struct rows r;
	int rc;

	if (db_exec(db, Q_import_begin,
		DB_ARGS(v_text(file->connection), v_text(file->name), v_int(file->bytes),
		    v_time(file->modified_at), sha256, v_bytes(worker, STORE_IMPORT_WORKER),
		    v_int_or_null(file->run_id, file->run_id != 0), v_time(now)),
		err) < 0)
		return err->code;
	rc = db_query(db, Q_import_find,
	    DB_ARGS(v_text(file->connection), v_text(file->name), v_int(file->bytes), sha256), a,
	    &r, err);
	if (rc < 0)
		return rc;
	if (r.n == 0)
		return err_set(err, ERR_DB_RETRY, "Another run removed this file.");
	*out = row_of(&r, 0);
	return 0;
}

int
store_import_again(struct db *db, const struct store_import *file, struct err *err)
{
	return db_exec(db, Q_import_again,
		   DB_ARGS(v_text(file->connection), v_text(file->name), v_int(file->bytes),
		       v_bytes(file->sha256, sizeof file->sha256)),
		   err) < 0 ?
	    err->code :
	    0;
}

int
store_import_checkpoint(struct db *db, const struct store_import *at,
    const unsigned char worker[STORE_IMPORT_WORKER], struct err *err)
{
	return taken_over(db_exec(db, Q_import_checkpoint,
			      DB_ARGS(v_int(at->next_offset), v_int(at->next_line),
				  v_int(at->header_bytes), v_text(at->counts),
				  v_int(at->accepted_bytes), v_int(at->rejected_bytes),
				  v_int(at->reasons_bytes), v_int(at->import_id),
				  v_bytes(worker, STORE_IMPORT_WORKER)),
			      err), err);
}

int
store_import_end(struct db *db, struct arena *a, const struct store_import *at,
    const unsigned char worker[STORE_IMPORT_WORKER], usec_t now, struct err *err)
{
	char *reason = arena_strdup(a, at->reason);

	text_utf8_cut(reason, STORE_IMPORT_REASON_CHARS);
	return taken_over(db_exec(db, Q_import_end,
			      DB_ARGS(v_int(at->state), v_text(reason), v_time(now),
				  v_int(at->import_id), v_bytes(worker, STORE_IMPORT_WORKER)),
			      err), err);
}

/* ------------------------------------------------------------------ what is there */

int
store_import_left(struct db *db, struct arena *a, const struct store_import *file,
    struct store_import **out, struct err *err)
{
	struct rows r;
	int rc = db_query(db, Q_import_left,
	    DB_ARGS(v_text(file->connection), v_text(file->name), v_time(file->modified_at)), a,
	    &r, err);

	*out = rc < 0 ? NULL : only(a, &r);
	return rc;
}

int
store_import_moved(struct db *db, int64_t import_id, struct err *err)
{
	return db_exec(db, Q_import_moved, DB_ARGS(v_int(import_id)), err) < 0 ? err->code : 0;
}

int
store_import_get(struct db *db, struct arena *a, int64_t import_id, struct store_import **out,
    struct err *err)
{
	struct rows r;
	int rc = db_query(db, Q_import_by_id, DB_ARGS(v_int(import_id)), a, &r, err);

	*out = rc < 0 ? NULL : only(a, &r);
	return rc;
}

int
store_import_list(struct db *db, struct arena *a, const struct store_import_filter *f,
    struct store_import **out, size_t *n, struct err *err)
{
	struct rows r;
	int rc = db_query(db, Q_import_list,
	    DB_ARGS(v_int(f->before_id > 0 ? f->before_id : INT64_MAX), v_text(f->connection),
		v_int_or_null(f->state, f->state != STATE_IMPORT_UNSET), v_int(f->limit)),
	    a, &r, err);

	*n = 0;
	if (rc < 0)
		return rc;
	*out = arena_new(a, struct store_import, r.n);
	for (; *n < r.n; (*n)++)
		(*out)[*n] = row_of(&r, *n);
	return 0;
}
