#include "config.h"

#include "store/entity/erased.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/set.h"
#include "lib/text.h"
#include "store/db.h"
#include "store/entity/faults.h"
#include "store/entity/sql.h"

enum { ASKED_AT_ONCE = 4096 };		/* hashes in one statement */

void
entity_erased_key(struct entity_guard *g, const struct secret_box *box, int64_t tenant_id)
{
	char label[64];
	struct secret_part part = { .p = label,
		.n = (size_t)snprintf(
		    label, sizeof label, "customerapi erased %" PRId64, tenant_id) };
	unsigned char out[64];

	secret_hmac(SECRET_HASH_SHA256, box->key, sizeof box->key, &part, 1, out);
	memcpy(g->key, out, sizeof g->key);
	explicit_bzero(out, sizeof out);
}

void
entity_erased_hash_text(const struct entity_guard *g, const char *kind, const char *text,
    unsigned char out[ENTITY_ERASED_HASH_BYTES])
{
	const struct secret_part parts[] = { { kind, strlen(kind) + 1 }, { text, strlen(text) } };
	unsigned char digest[64];

	secret_hmac(SECRET_HASH_SHA256, g->key, sizeof g->key, parts, 2, digest);
	memcpy(out, digest, ENTITY_ERASED_HASH_BYTES);
}

static void
hash_number(const struct entity_guard *g, const char *kind, int64_t number,
    unsigned char out[ENTITY_ERASED_HASH_BYTES])
{
	char text[24];

	snprintf(text, sizeof text, "%" PRId64, number);
	entity_erased_hash_text(g, kind, text, out);
}

void
entity_erased_hash_contact(
    const struct entity_guard *g, int64_t contact_id, unsigned char out[ENTITY_ERASED_HASH_BYTES])
{
	hash_number(g, "Contact", contact_id, out);
}

void
entity_erased_hash_source(
    const struct entity_guard *g, int64_t source_id, unsigned char out[ENTITY_ERASED_HASH_BYTES])
{
	hash_number(g, "every row of Source", source_id, out);
}

void
entity_erased_hash(const struct entity_guard *g, const struct entity *e, const struct val *natural,
    unsigned char out[ENTITY_ERASED_HASH_BYTES])
{
	struct arena a = { 0 };
	char *text = arena_strdup(&a, "");

	/* Lengths in front, so that no two lists of parts look alike. */
	for (size_t i = 0; e->natural[i] != NULL; i++)
		text = natural[i].kind == VAL_INT ?
		    arena_printf(&a, "%s/%" PRId64, text, natural[i].i) :
		    arena_printf(&a, "%s/%zu:%s", text, natural[i].n,
			natural[i].kind == VAL_NULL ? "" : natural[i].s);
	entity_erased_hash_text(g, e->name, text, out);
	arena_done(&a);
}

int
entity_erased_any(struct db *db, struct err *err)
{
	struct arena a = { 0 };
	struct rows r;
	int rc = db_query(db, Q_erased_any, DB_NONE, &a, &r, err);

	arena_done(&a);
	return rc < 0 ? rc : r.n > 0;
}

int
entity_erased_put(struct db *db, const unsigned char hash[ENTITY_ERASED_HASH_BYTES],
    usec_t erased_at, int lasting, struct err *err)
{
	return db_exec(db, Q_erased_put,
		   DB_ARGS(
		       v_bytes(hash, ENTITY_ERASED_HASH_BYTES), v_time(erased_at), v_int(lasting)),
		   err) < 0 ?
	    err->code :
	    0;
}

int
entity_erased_drop(
    struct db *db, const unsigned char hash[ENTITY_ERASED_HASH_BYTES], struct err *err)
{
	return db_exec(db, Q_erased_drop, DB_ARGS(v_bytes(hash, ENTITY_ERASED_HASH_BYTES)), err) <
		0 ?
	    err->code :
	    0;
}

/* ------------------------------------------------------------------ the question */

/* What a new row is asked about. */
struct entity_erased_hash {
	unsigned char hash[ENTITY_ERASED_HASH_BYTES];
	int is_contact;
	usec_t as_of;
	size_t who;
};

static unsigned char *
next_hash(struct entity_erased_asked *q, const struct entity_erased_row *row, int is_contact)
{
	struct entity_erased_hash *more;

	if (q->n == q->cap) {
		q->cap = q->cap == 0 ? 16 : q->cap * 2;
		more = arena_new(q->arena, struct entity_erased_hash, q->cap);
		if (q->n > 0)
			memcpy(more, q->of, q->n * sizeof *more);
		q->of = more;
	}
	q->of[q->n] = (struct entity_erased_hash){ .is_contact = is_contact,
		.as_of = row->guard->as_of, .who = row->who };
	return q->of[q->n++].hash;
}

static void
ask_natural(struct entity_erased_asked *q, const struct entity_erased_row *row)
{
	struct val natural[ENTITY_NATURAL_MAX];
	size_t n = 0;

	for (; row->e->natural[n] != NULL; n++) {
		natural[n] = row->values[entity_column_find(row->e, row->e->natural[n])];
		if (natural[n].kind == VAL_NULL)
			return;
	}
	if (n == 0)
		return;
	entity_erased_hash(row->guard, row->e, natural, next_hash(q, row, 0));
	if (row->once_named == NULL)
		return;
	natural[0] = v_text(row->once_named);
	entity_erased_hash(row->guard, row->e, natural, next_hash(q, row, 0));
}

static void
ask_columns(struct entity_erased_asked *q, const struct entity_erased_row *row)
{
	for (size_t i = 0; row->e->columns[i].name != NULL; i++) {
		const struct entity_column *c = &row->e->columns[i];
		const char *of = strcmp(c->name, row->e->key) == 0 ? row->e->name : c->refers;

		if (row->values[i].kind != VAL_INT || of == NULL)
			continue;
		if (strcmp(of, "Contact") == 0)
			entity_erased_hash_contact(
			    row->guard, row->values[i].i, next_hash(q, row, 1));
		else if (c->refers != NULL && strcmp(of, "Source") == 0)
			entity_erased_hash_source(
			    row->guard, row->values[i].i, next_hash(q, row, 0));
	}
}

void
entity_erased_ask(struct entity_erased_asked *q, const struct entity_erased_row *row)
{
	ask_natural(q, row);
	ask_columns(q, row);
}

/* ------------------------------------------------------------------ the answer */

/* What a stored hash says to a delivery about as_of. */
static int
judge(const struct entity_erased_hash *h, const struct rows *found, size_t row, struct err *err)
{
	enum { HASH, ERASED_AT, LASTING };

	if (h->as_of <= rows_time(found, row, ERASED_AT) || rows_int(found, row, LASTING) != 0)
		return err_set(err, ERR_ERASED, "%s", err_sentence(ERR_ERASED));
	return h->is_contact ? err_set(err, ERR_DB_RETRY,
				   "The contact that this refers to was erased at this moment.") :
			       0;
}

/* The hashes of the n that one statement asks, in args; each once. The rest repeat the last. */
static size_t
distinct(const struct entity_erased_hash *of, size_t n, struct arena *a, struct val *args)
{
	struct set seen;
	size_t have = 0, padded;

	set_init(&seen, a);
	for (size_t i = 0; i < n; i++)
		if (set_add(&seen, of[i].hash, sizeof of[i].hash, i, NULL))
			args[have++] = v_bytes(of[i].hash, sizeof of[i].hash);
	padded = entity_sql_size(have);
	for (; have < padded; have++)
		args[have] = args[have - 1];
	return padded;
}

static int
ask_some(struct db *db, const struct entity_erased_hash *of, size_t n, struct arena *a,
    struct rows *found, struct err *err)
{
	struct val *args = arena_new(a, struct val, 2 * n);
	const size_t nargs = distinct(of, n, a, args);
	struct buf sql;

	buf_init(&sql, a);
	buf_adds(&sql, "SELECT hash, erased_at, lasting FROM api_erased WHERE hash IN (");
	entity_sql_places(&sql, nargs);
	buf_addc(&sql, ')');
	return db_query_sql(db, sql.data, sql.len, args, nargs, a, found, err);
}

/* Of n hashes from the first on. 0 also where ERR_ERASED became a fault. */
static int
answer_some(struct db *db, const struct entity_erased_asked *q, size_t first, size_t n,
    struct arena *a, struct err **faults, struct err *err)
{
	const struct entity_erased_hash *of = q->of + first;
	struct rows found;
	struct set known;
	size_t row;
	int rc = ask_some(db, of, n, a, &found, err);

	if (rc < 0)
		return rc;
	set_init(&known, a);
	for (size_t i = 0; i < found.n; i++)
		set_add(&known, rows_text(&found, i, ROWS_ONLY), ENTITY_ERASED_HASH_BYTES, i, NULL);
	for (size_t i = 0; i < n && rc == 0; i++)
		if (set_find(&known, of[i].hash, sizeof of[i].hash, &row) &&
		    (rc = judge(&of[i], &found, row, err)) == ERR_ERASED && faults != NULL) {
			entity_faults_note(&faults[of[i].who], err, q->arena);
			rc = 0;
		}
	return rc;
}

int
entity_erased_answer(struct db *db, const struct entity_erased_asked *q, struct err **faults,
    struct err *err)
{
	struct arena a = { 0 };
	int rc = 0;

	for (size_t first = 0; first < q->n && rc == 0; first += ASKED_AT_ONCE) {
		const size_t left = q->n - first;

		rc = answer_some(db, q, first, left > ASKED_AT_ONCE ? ASKED_AT_ONCE : left, &a,
		    faults, err);
		arena_reset(&a);
	}
	arena_done(&a);
	return rc;
}

int
entity_erased_check(struct db *db, const struct entity *e, const int *columns,
    const struct val *values, size_t n, struct err *err)
{
	struct val all[ENTITY_COLUMNS_MAX] = { { 0 } };
	struct arena a = { 0 };
	struct entity_erased_asked q = { .arena = &a };
	int rc;

	for (size_t i = 0; i < n; i++)
		all[columns[i]] = values[i];
	entity_erased_ask(
	    &q, &(struct entity_erased_row){ .guard = db_guard(db), .e = e, .values = all });
	rc = entity_erased_answer(db, &q, NULL, err);
	arena_done(&a);
	return rc;
}
