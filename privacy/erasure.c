#include "config.h"

#include "privacy/erasure.h"

#include <time.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "model/entity.h"
#include "model/process.h"
#include "privacy/person_rows.h"
#include "store/contact.h"
#include "store/db.h"
#include "store/entity/beside.h"
#include "store/entity/erased.h"
#include "store/entity/rows.h"
#include "store/exchange/store_export.h"
#include "store/registry/store_privacy.h"

enum { TRIES = 8, PAUSE_MS = 3 * ERASURE_POLL_MS };

void
erasure_pause(long ms)
{
	const struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

void
erasure_say(const struct erasure *e, const char *phase, int64_t done, int64_t total)
{
	if (e->job->progress != NULL)
		e->job->progress(e->job->arg, phase, done, total);
}

struct call {
	struct erasure *e;
	int (*work)(struct erasure *e, void *arg, struct err *err);
	void *arg;
};

static int
call_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	const struct call *c = arg;

	(void)db, (void)a;
	return c->work(c->e, c->arg, err);
}

int
erasure_transaction(struct db *db, int (*work)(struct erasure *e, void *arg, struct err *err),
    struct erasure *e, void *arg, struct err *err)
{
	static const struct db_manner manner = { .tries = TRIES, .pause_ms = PAUSE_MS };
	struct call c = { .e = e, .work = work, .arg = arg };

	return db_transact_as(db, &manner, call_work, &c, err);
}

/* ------------------------------------------------------------------ step 1: hashes */

static int
put_identifier(struct erasure *e, int16_t source_id, const char *identifier, struct err *err)
{
	const struct val natural[] = { v_text(identifier), v_int(source_id) };
	unsigned char hash[ENTITY_ERASED_HASH_BYTES];

	entity_erased_hash(&e->guard, entity_find("ContactIdentifier"), natural, hash);
	return entity_erased_put(e->job->tenant, hash, e->erased_at, 0, err);
}

/* A customer of a Source may come back as its guest. A person without rows may be in a
 * delivery that is still on its way. */
static int
each_identifier(struct erasure *e,
    int (*work)(struct erasure *e, int16_t source_id, const char *identifier, struct err *err),
    struct err *err)
{
	const struct person *p = &e->person;
	int rc = 0;

	for (size_t i = 0; i < p->nids && rc == 0; i++) {
		rc = work(e, p->ids[i].source_id, p->ids[i].text, err);
		for (size_t k = 0; k < p->nemails && rc == 0; k++)
			rc = work(e, p->ids[i].source_id,
			    contact_guest_identifier(p->arena, p->emails[k]), err);
	}
	for (size_t k = 0; k < p->nemails && rc == 0 && e->request->source_id != 0; k++)
		rc = work(e, e->request->source_id,
		    contact_guest_identifier(p->arena, p->emails[k]), err);
	return rc;
}

static int
put_hashes(struct erasure *e, void *arg, struct err *err)
{
	int rc = entity_rows_put_hashes(arg, e->job->tenant, &e->guard, e->erased_at, err);

	return rc < 0 ? rc : each_identifier(e, put_identifier, err);
}

/* An erasure that continues after its rows are gone keeps its instant: a person who came since then
 * is new. A contact's number is among the rows even if its row is gone. */
static int
still_there(struct erasure *e, const struct entity_rows *rows, int *there, struct err *err)
{
	const struct entity_keys *contacts = entity_rows_find(rows, "Contact");
	struct person seen;
	struct arena a = { 0 };
	int rc = 0;

	person_init(&seen, &a);
	*there = rows->total > contacts->n;
	for (size_t i = 0; i < contacts->n && rc == 0; i++)
		rc = person_find_by_contact(&seen, e->job->tenant, contacts->keys[i].i, err);
	*there |= seen.ncontacts > 0;
	arena_done(&a);
	return rc;
}

int
erasure_hashes(struct erasure *e, struct err *err)
{
	struct arena a = { 0 };
	struct entity_rows rows;
	const void *sealed;
	size_t n;
	int there = 0, rc;

	if ((rc = person_collect(e->job->tenant, &e->person, e->request->source_id, e->only_source,
		 &rows, &a, err)) == 0)
		rc = still_there(e, &rows, &there, err);
	if (rc == 0 && (there || e->request->erased_at == USEC_NONE))
		rc = db_now(e->job->registry, &e->erased_at, err);
	else
		e->erased_at = e->request->erased_at;
	if (rc == 0 &&
	    (rc = person_seal(&e->person, e->job->box, e->job->tenant_id, &sealed, &n, err)) == 0)
		rc = store_privacy_begin(
		    e->job->registry, e->request->privacy_id, e->erased_at, sealed, n, err);
	if (rc == 0)
		rc = erasure_transaction(e->job->tenant, put_hashes, e, &rows, err);
	arena_done(&a);
	return rc;
}

/* ------------------------------------------------------------------ step 2: waiting */

/* Who came, under a name that is hashed now, in a transaction that did not know: the locking read
 * waits for that. */
static int
late_comer(struct erasure *e, int16_t source_id, const char *identifier, struct err *err)
{
	struct arena a = { 0 };
	struct rows r;
	int others, rc = db_query(e->job->tenant, Q_contact_by_identifier_lock,
	    DB_ARGS(v_text(identifier), v_int(source_id)), &a, &r, err);

	for (size_t i = 0; rc == 0 && i < r.n; i++)
		if (!rows_null(&r, i, C_contact_by_identifier_lock_contact_id) &&
		    (rc = person_is_others(&e->person, e->job->tenant,
			 rows_int(&r, i, C_contact_by_identifier_lock_contact_id), source_id,
			 &others, err)) == 0 &&
		    !others)
			person_add_contact(
			    &e->person, rows_int(&r, i, C_contact_by_identifier_lock_contact_id));
	arena_done(&a);
	return rc;
}

static int
late_comers(struct erasure *e, void *arg, struct err *err)
{
	(void)arg;
	return each_identifier(e, late_comer, err);
}

int
erasure_late(struct erasure *e, struct err *err)
{
	size_t before = e->person.ncontacts;
	int rc = erasure_transaction(e->job->tenant, late_comers, e, NULL, err);

	return rc < 0 || e->person.ncontacts == before ? rc : erasure_hashes(e, err);
}

/* Messages whose lease has lapsed: their worker is dead, or must be kept from settling them. */
static int
fence(const struct erasure *e, struct db *db, struct err *err)
{
	usec_t now;
	int rc = db_now(db, &now, err);

	if (rc == 0 &&
	    db_exec(db, Q_erase_fence, DB_ARGS(v_int(e->job->tenant_id), v_time(now)), err) < 0)
		rc = err->code;
	return rc;
}

static int
lease_left(struct erasure *e, const struct val *lease, usec_t now, int *left, struct err *err)
{
	struct arena a = { 0 };
	struct rows r;
	int rc = db_query(e->job->registry, Q_erase_lease_left,
	    DB_ARGS(v_int(e->job->tenant_id), *lease, v_time(now)), &a, &r, err);

	*left = rc == 0 && rows_int(&r, 0, C_erase_lease_left_messages) > 0;
	arena_done(&a);
	return rc;
}

int
erasure_wait(struct erasure *e, struct err *err)
{
	struct db *db = e->job->registry;
	usec_t begun = clock_monotonic_us(), now;
	struct arena a = { 0 };
	struct rows r = { 0 };
	int left = 0, rc = fence(e, db, err);

	if (rc == 0)
		rc = db_query(db, Q_erase_leases, DB_ARGS(v_int(e->job->tenant_id)), &a, &r, err);
	for (size_t i = 0; i < r.n && rc == 0; i += !left) {
		if ((rc = db_now(db, &now, err)) < 0 ||
		    (rc = lease_left(e, rows_at(&r, i, C_erase_leases_lease), now, &left, err)) < 0)
			break;
		erasure_say(e, "waiting for workers", (int64_t)i, (int64_t)r.n);
		if (left && clock_monotonic_us() - begun > e->job->wait_s * USEC_SEC)
			rc = err_set(err, ERR_TRANSIENT,
			    "Messages that were being processed when the erasure began are not "
			    "settled yet; run it again.");
		else if (left)
			erasure_pause(ERASURE_POLL_MS);
	}
	if (rc == 0 && r.n > 0)	/* those that lapsed in the meantime */
		rc = fence(e, db, err);
	arena_done(&a);
	return rc;
}

/* ------------------------------------------------------------------ step 3: rows */

/* What other tables keep of the contacts among the rows; or how much it is. */
int
erasure_beside(struct erasure *e, const struct entity_rows *rows, int64_t *n, struct err *err)
{
	const struct entity_keys *contacts = entity_rows_find(rows, "Contact");
	struct arena a = { 0 };
	struct entity_beside *tables;
	size_t ntables;
	int rc = entity_beside_tables(e->job->tenant, &a, &tables, &ntables, err);

	for (size_t i = 0; i < ntables && rc == 0; i++)
		for (size_t k = 0; k < contacts->n && rc == 0; k++) {
			struct rows r = { 0 };
			int64_t rows_of = 0;

			if (e->count_only)
				rc = entity_beside_read(
				    e->job->tenant, &tables[i], contacts->keys[k].i, &a, &r, err);
			else if ((rows_of = entity_beside_delete(
				      e->job->tenant, &tables[i], contacts->keys[k].i, err)) < 0)
				rc = err->code;
			*n += rc == 0 ? rows_of + (int64_t)r.n : 0;
		}
	arena_done(&a);
	return rc;
}

static int
lock_contacts(struct erasure *e, struct err *err)
{
	struct arena a = { 0 };
	struct rows r;
	int rc = 0;

	for (size_t i = 0; i < e->person.ncontacts && rc == 0; i++)
		rc = db_query(e->job->tenant, Q_person_contact_lock,
		    DB_ARGS(v_int(e->person.contacts[i])), &a, &r, err);
	arena_done(&a);
	return rc;
}

/* A contact that another Source came to know after the hashes were written stays, so its number
 * must not be refused. */
static int
keep_shared(struct erasure *e, struct err *err)
{
	unsigned char hash[ENTITY_ERASED_HASH_BYTES];
	int rc = 0, shared;

	for (size_t i = 0; e->only_source != 0 && i < e->person.ncontacts && rc == 0; i++) {
		if ((rc = person_is_shared(e->job->tenant, e->person.contacts[i], e->only_source,
			 &shared, err)) < 0 ||
		    !shared)
			continue;
		entity_erased_hash_contact(&e->guard, e->person.contacts[i], hash);
		rc = entity_erased_drop(e->job->tenant, hash, err);
	}
	return rc;
}

/* When the contact stays: erases rows of tables beside the model that hold erased identifiers. */
static int
sweep_identifiers(struct erasure *e, struct err *err)
{
	for (size_t i = 0; i < e->person.ncontacts; i++)
		if (db_exec(e->job->tenant, Q_contact_identifier_end_sweep,
		    DB_ARGS(v_int(e->person.contacts[i])), err) < 0)
			return err->code;
	return 0;
}

/* Whoever got them in a file has to hear of it. */
int
erasure_exported(struct erasure *e, const struct entity_rows *rows, usec_t now, struct err *err)
{
	const struct store_export_box box = { .box = e->job->box, .tenant_id = e->job->tenant_id };

	return store_export_gone_put(e->job->tenant, &box,
	    &(const struct store_export_erased){ .rows = rows, .contacts = e->person.contacts,
		.ncontacts = e->person.ncontacts, .only_source = e->only_source, .now = now },
	    err);
}

int
erasure_rows(struct erasure *e, void *arg, struct err *err)
{
	struct person_erase_counts *counts = e->counts;
	struct entity_erase_counts done = { 0 };
	struct arena a = { 0 };
	struct entity_rows rows;
	usec_t now;
	int rc;

	(void)arg;
	if ((rc = lock_contacts(e, err)) == 0)
		rc = db_now(e->job->tenant, &now, err);
	if (rc == 0)
		rc = person_rows(e->job->tenant, &e->person, e->only_source, &rows, &a, 1, err);
	if (rc == 0)
		rc = keep_shared(e, err);
	if (rc == 0)
		rc = entity_rows_put_hashes(&rows, e->job->tenant, &e->guard, e->erased_at, err);
	if (rc == 0)
		rc = erasure_exported(e, &rows, now, err);
	if (rc == 0)
		rc = entity_rows_erase(&rows, e->job->tenant, now, &done, err);
	if (rc == 0 && (rc = erasure_beside(e, &rows, &done.deleted, err)) == 0)
		rc = sweep_identifiers(e, err);
	arena_done(&a);
	counts->rows.deleted += rc == 0 ? done.deleted : 0;
	counts->rows.kept += rc == 0 ? done.kept : 0;
	return rc;
}

/* ------------------------------------------------------------------ step 5: runs */

/* Waits for runs that copy rows of contacts and were in progress when the rows were erased. The
 * caller then erases again what they wrote. */
int
erasure_runs(struct erasure *e, struct err *err)
{
	usec_t begun = clock_monotonic_us();
	int left = 1, rc = 0;

	while (rc == 0 && left) {
		struct arena a = { 0 };
		struct rows r;

		if ((rc = db_query(e->job->registry, Q_erase_runs,
			 DB_ARGS(v_int(e->job->tenant_id), v_time(e->rows_at)), &a, &r, err)) == 0)
			left = 0;
		for (size_t i = 0; rc == 0 && i < r.n; i++) {
			const struct process_kind *kind = process_find(
			    rows_text(&r, i, C_erase_runs_process));

			left += kind != NULL && kind->copies_contacts;
		}
		arena_done(&a);
		if (left && clock_monotonic_us() - begun > e->job->wait_s * USEC_SEC)
			return err_set(err, ERR_TRANSIENT,
			    "The person is erased, but a run that may have copied some of it is "
			    "still under way; run it again when that has ended.");
		if (left)
			erasure_pause(ERASURE_POLL_MS);
	}
	return rc;
}
