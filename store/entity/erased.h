/*
 * entity_erased - keyed hashes of what was erased, in the tenant's database, and the question that
 * is put of each row that is added (store/entity/put.h): is this somebody who was erased, brought
 * back by a late delivery?
 *
 * A hash (HMAC-SHA256 under a key made of the key file's) stands for the natural key of an erased
 * row, for an erased contact's number, or for a whole Source. A delivery that is about a time up to
 * the erasure is refused; a later one is a new contact. A key whose row was kept without its person
 * ("lasting") is refused for ever: the row would stand twice.
 */
#ifndef STORE_ENTITY_ERASED_H
#define STORE_ENTITY_ERASED_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "lib/secret.h"
#include "model/entity.h"
#include "store/db.h"

enum { ENTITY_ERASED_KEY_BYTES = 32, ENTITY_ERASED_HASH_BYTES = 32 };

struct entity_guard {
	unsigned char key[ENTITY_ERASED_KEY_BYTES];
	usec_t as_of;		/* the time that the delivery at hand is about */
};

/* Fills the key of a tenant's hashes. box: loaded. */
void entity_erased_key(struct entity_guard *g, const struct secret_box *box, int64_t tenant_id);

/* 1 when anything was ever erased in this database, 0, or a negative code. Without that no key is
 * needed. */
int entity_erased_any(struct db *db, struct err *err);

/* Questions about rows that were added, all put at once. They start as zeros and an arena. */
struct entity_erased_asked {
	struct arena *arena;
	struct entity_erased_hash *of;
	size_t n, cap;
};

struct entity_erased_row {
	const struct entity_guard *guard;
	const struct entity *e;
	const struct val *values;	/* of all columns; NULL: none */
	const char *once_named;		/* as in struct row */
	size_t who;			/* whose row it is */
};

void entity_erased_ask(struct entity_erased_asked *q, const struct entity_erased_row *row);

/* May the rows, which were added, stay? An erasure that begins now waits for them, and one that
 * began before is seen. 0; ERR_ERASED; ERR_DB_RETRY when a delivery of today refers to a contact
 * that is gone at this moment. Where faults (store/entity/faults.h) are not NULL, each row's who
 * gets ERR_ERASED there instead, in q->arena. */
int entity_erased_answer(struct db *db, const struct entity_erased_asked *q, struct err **faults,
    struct err *err);

/* The same of one row, on a connection with a guard. columns[] are indexes into e->columns, values
 * one for each. */
int entity_erased_check(struct db *db, const struct entity *e, const int *columns,
    const struct val *values, size_t n, struct err *err);

/* The hash of a natural key (values in the order of e->natural), of a contact's number, of a
 * Source. */
void entity_erased_hash(const struct entity_guard *g, const struct entity *e,
    const struct val *natural, unsigned char out[ENTITY_ERASED_HASH_BYTES]);
void entity_erased_hash_contact(
    const struct entity_guard *g, int64_t contact_id, unsigned char out[ENTITY_ERASED_HASH_BYTES]);
void entity_erased_hash_source(
    const struct entity_guard *g, int64_t source_id, unsigned char out[ENTITY_ERASED_HASH_BYTES]);

/* Any other text, for the registry's record of a request. */
void entity_erased_hash_text(const struct entity_guard *g, const char *kind, const char *text,
    unsigned char out[ENTITY_ERASED_HASH_BYTES]);

/* Writes a hash; one that is there already keeps the later instant. 0 or a negative code. */
int entity_erased_put(struct db *db, const unsigned char hash[ENTITY_ERASED_HASH_BYTES],
    usec_t erased_at, int lasting, struct err *err);

/* Takes a hash back: what it stands for was not erased after all. 0 or a negative code. */
int entity_erased_drop(
    struct db *db, const unsigned char hash[ENTITY_ERASED_HASH_BYTES], struct err *err);

#endif
