#include "config.h"

#include "store/entity/erased.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "model/change/contact_key.h"
#include "store/db.h"

enum { HASHES_MAX = 8 };

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
struct question {
	const struct entity_guard *guard;
	unsigned char hashes[HASHES_MAX][ENTITY_ERASED_HASH_BYTES];
	int is_contact[HASHES_MAX];
	size_t n;
};

static unsigned char *
next_hash(struct question *q, int is_contact)
{
	q->is_contact[q->n] = is_contact;
	return q->hashes[q->n++];
}

/* A guest may have been erased under the identifier of before (model/change/contact_key.h). */
static void
ask_guest_before(struct question *q, const struct entity *e, const struct val *natural)
{
	struct val before[ENTITY_NATURAL_MAX] = { natural[0], natural[1] };
	struct arena a = { 0 };
	const char *email;

	if (strcmp(e->name, "ContactIdentifier") == 0 &&
	    (email = contact_guest_email(&a, natural[0].s)) != NULL) {
		before[0] = v_text(contact_guest_identifier_before(&a, email));
		if (before[0].kind != VAL_NULL)
			entity_erased_hash(q->guard, e, before, next_hash(q, 0));
	}
	arena_done(&a);
}

static void
ask_natural(struct question *q, const struct entity *e, const int *columns,
    const struct val *values, size_t n)
{
	struct val natural[ENTITY_NATURAL_MAX];
	size_t found = 0, wanted = 0;

	for (; e->natural[wanted] != NULL; wanted++)
		for (size_t i = 0; i < n; i++)
			if (strcmp(e->columns[columns[i]].name, e->natural[wanted]) == 0)
				natural[found++] = values[i];
	if (wanted == 0 || found < wanted)
		return;
	entity_erased_hash(q->guard, e, natural, next_hash(q, 0));
	ask_guest_before(q, e, natural);
}

static void
ask_columns(struct question *q, const struct entity *e, const int *columns,
    const struct val *values, size_t n)
{
	for (size_t i = 0; i < n && q->n < HASHES_MAX; i++) {
		const struct entity_column *c = &e->columns[columns[i]];
		const char *of = strcmp(c->name, e->key) == 0 ? e->name : c->refers;
		const int is_contact = of != NULL && strcmp(of, "Contact") == 0;

		if (values[i].kind != VAL_INT)
			continue;
		if (is_contact)
			entity_erased_hash_contact(q->guard, values[i].i, next_hash(q, 1));
		else if (c->refers != NULL && strcmp(c->refers, "Source") == 0)
			entity_erased_hash_source(q->guard, values[i].i, next_hash(q, 0));
	}
}

/* What a stored hash says to a delivery about as_of. */
static int
answer(const struct question *q, const struct rows *r, size_t row, struct err *err)
{
	usec_t erased_at = rows_time(r, row, C_erased_find_erased_at);
	int is_contact = 0;

	for (size_t i = 0; i < q->n; i++)
		if (memcmp(rows_text(r, row, C_erased_find_hash), q->hashes[i],
			ENTITY_ERASED_HASH_BYTES) == 0)
			is_contact = q->is_contact[i];
	if (q->guard->as_of <= erased_at || rows_int(r, row, C_erased_find_lasting) != 0)
		return err_set(err, ERR_ERASED, "%s", err_sentence(ERR_ERASED));
	return is_contact ? err_set(err, ERR_DB_RETRY,
				"The contact that this refers to was erased at this moment.") :
			    0;
}

int
entity_erased_check(struct db *db, const struct entity *e, const int *columns,
    const struct val *values, size_t n, struct err *err)
{
	struct question q = { .guard = db_guard(db) };
	struct val args[HASHES_MAX];
	struct arena a = { 0 };
	struct rows r;
	int rc;

	ask_natural(&q, e, columns, values, n);
	ask_columns(&q, e, columns, values, n);
	if (q.n == 0)
		return 0;
	for (size_t i = 0; i < HASHES_MAX; i++)
		args[i] = v_bytes(q.hashes[i < q.n ? i : 0], ENTITY_ERASED_HASH_BYTES);
	rc = db_query(db, Q_erased_find, args, HASHES_MAX, &a, &r, err);
	for (size_t i = 0; rc == 0 && i < r.n; i++)
		rc = answer(&q, &r, i, err);
	arena_done(&a);
	return rc;
}
