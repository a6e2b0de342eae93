#include "config.h"

#include "privacy/erasure_source.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "model/entity.h"
#include "model/entity_person.h"
#include "privacy/erasure.h"
#include "privacy/erasure_trace.h"
#include "privacy/person_rows.h"
#include "store/db.h"
#include "store/entity/beside.h"
#include "store/entity/erased.h"
#include "store/entity/rows.h"
#include "store/registry/store_privacy.h"

enum { SOURCE_CHUNK = 100 };

/* Some rows of an entity that came from the Source, and what belongs to them. Contacts that no
 * other Source knows go as a whole. */
struct source_chunk {
	const struct entity *e;
	struct val after;		/* VAL_NULL: from the start */
	struct arena *a;		/* of after */
	size_t n;
};

static int
add_only_contacts(struct erasure *e, struct entity_rows *rows, const struct rows *r,
    struct arena *a, struct err *err)
{
	struct rows whose, locked;
	int rc = 0, shared;

	for (size_t i = 0; i < r->n && rc == 0; i++) {
		struct entity_keys one = {
			.e = entity_find("ContactIdentifier"), .keys = r->cells + i, .n = 1
		};
		const struct val *contact;

		if ((rc = entity_rows_read(&one, e->job->tenant, 0, 1, a, &whose, err)) < 0 ||
		    whose.n == 0)
			continue;
		contact = rows_at(&whose, 0, (size_t)entity_column_find(one.e, "ContactId"));
		if ((rc = db_query(e->job->tenant, Q_person_contact_lock, DB_ARGS(*contact), a,
			 &locked, err)) == 0 &&
		    (rc = person_is_shared(
			 e->job->tenant, contact->i, e->request->source_id, &shared, err)) == 0 &&
		    !shared)
			rc = entity_rows_of_contact(rows, e->job->tenant, contact->i, 1, err);
	}
	return rc;
}

static int
source_work(struct erasure *e, void *arg, struct err *err)
{
	struct source_chunk *c = arg;
	struct entity_erase_counts done = { 0 };
	struct arena a = { 0 };
	struct entity_rows rows;
	struct rows r;
	usec_t now;
	int rc;

	entity_rows_init(&rows, &a);
	if ((rc = db_now(e->job->tenant, &now, err)) == 0 &&
	    (rc = entity_rows_of_source(e->job->tenant, c->e, e->request->source_id,
		 c->after.kind == VAL_NULL ? NULL : &c->after, SOURCE_CHUNK, &a, &r, err)) == 0 &&
	    strcmp(c->e->name, "ContactIdentifier") == 0)
		rc = add_only_contacts(e, &rows, &r, &a, err);
	rows.only_source = e->request->source_id;
	if (rc == 0)
		rc = entity_rows_add(&rows, c->e, &r, 0, err);
	if (rc == 0)
		rc = entity_rows_follow(&rows, e->job->tenant, 1, err);
	if (rc == 0)
		rc = entity_rows_put_hashes(&rows, e->job->tenant, &e->guard, e->erased_at, err);
	if (rc == 0)
		rc = erasure_exported(e, &rows, now, err);
	if (rc == 0)
		rc = entity_rows_erase(&rows, e->job->tenant, now, &done, err);
	if (rc == 0)
		rc = erasure_beside(e, &rows, &done.deleted, err);
	if (rc == 0) {
		e->counts->rows.deleted += done.deleted;
		e->counts->rows.kept += done.kept;
		c->n = r.n;
		if (r.n > 0) {
			c->after = *rows_at(&r, r.n - 1, ROWS_ONLY);
			if (c->after.kind != VAL_INT)
				c->after.s = arena_strndup(c->a, c->after.s, c->after.n);
		}
	}
	arena_done(&a);
	return rc;
}

static int
source_hash(struct erasure *e, void *arg, struct err *err)
{
	unsigned char hash[ENTITY_ERASED_HASH_BYTES];

	(void)arg;
	entity_erased_hash_source(&e->guard, e->request->source_id, hash);
	return entity_erased_put(e->job->tenant, hash, e->erased_at, 0, err);
}

static int
source_rows(struct erasure *e, struct err *err)
{
	int64_t done = 0;
	int rc = 0;

	for (const struct entity *entity = entities; entity->name != NULL && rc == 0; entity++) {
		struct source_chunk c = { .e = entity, .n = SOURCE_CHUNK, .a = &e->arena };

		if (!entity_is_personal(entity) || entity_column_find(entity, "SourceId") < 0)
			continue;
		while (rc == 0 && c.n == SOURCE_CHUNK) {
			rc = erasure_transaction(e->job->tenant, source_work, e, &c, err);
			erasure_say(e, "rows of the Source", done += (int64_t)c.n, 0);
		}
	}
	return rc;
}

/* What a run copied of contacts that are gone by now. */
int
erasure_source_sweep(struct erasure *e, void *arg, struct err *err)
{
	struct arena a = { 0 };
	struct entity_beside *tables;
	size_t n;
	int rc = entity_beside_tables(e->job->tenant, &a, &tables, &n, err);

	(void)arg;
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = entity_beside_sweep(e->job->tenant, &tables[i], err) < 0 ? err->code : 0;
	arena_done(&a);
	return rc;
}

int
erasure_source_begin(struct erasure *e, struct err *err)
{
	int rc;

	e->erased_at = e->request->erased_at;
	if (e->erased_at == USEC_NONE &&
	    ((rc = db_now(e->job->registry, &e->erased_at, err)) < 0 ||
		(rc = store_privacy_begin(
		     e->job->registry, e->request->privacy_id, e->erased_at, NULL, 0, err)) < 0))
		return rc;
	return erasure_transaction(e->job->tenant, source_hash, e, NULL, err);
}

int
erasure_source_rows(struct erasure *e, struct err *err)
{
	int rc;

	if ((rc = source_rows(e, err)) < 0 || (rc = db_now(e->job->registry, &e->rows_at, err)) < 0)
		return rc;
	erasure_trace_init_source(e);
	return 0;
}
