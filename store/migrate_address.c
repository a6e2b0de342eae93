#include "config.h"

#include "store/migrate_address.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "model/entity.h"
#include "store/contact.h"
#include "store/db.h"
#include "store/entity/made.h"
#include "store/migrate.h"

enum { CHUNK = 1000, TRIES = 8 };

/* How far it is. */
struct walk {
	struct db *db;
	const struct migrate_work *w;
	int64_t done, total;
	int64_t address;	/* the last one that is done */
	char guest[40];		/* likewise: a ContactIdentifierId */
	size_t read;		/* rows of the last chunk */
};

/* ------------------------------------------------------------------ chunks */

typedef int chunk_fn(struct walk *k, struct arena *a, struct err *err);

struct chunk {
	struct walk *walk, before;
	chunk_fn *fn;
};

static int
chunk_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	struct chunk *c = arg;

	(void)db;
	return c->fn(c->walk, a, err);
}

static void
chunk_reset(void *arg)
{
	struct chunk *c = arg;

	*c->walk = c->before;
}

/* One that met another writer is done again. */
static int
chunk(struct walk *k, chunk_fn *fn, struct err *err)
{
	static const struct db_manner manner = {
		.tries = TRIES, .races_too = 1, .reset = chunk_reset
	};
	struct chunk c = { .walk = k, .before = *k, .fn = fn };
	int rc = db_transact_as(k->db, &manner, chunk_work, &c, err);

	k->done += rc == 0 ? (int64_t)k->read : 0;
	if (rc == 0)
		migrate_tell(k->w, k->done, k->total);
	return rc;
}

static int
all_chunks(struct walk *k, chunk_fn *fn, struct err *err)
{
	int rc;

	do
		rc = chunk(k, fn, err);
	while (rc == 0 && k->read == CHUNK);
	return rc;
}

/* ------------------------------------------------------------------ addresses */

static int
addresses(struct walk *k, struct arena *a, struct err *err)
{
	struct entity_made_rows done;
	int rc = entity_made_again(k->db, entity_find("Address"), k->address, CHUNK, a, &done, err);

	if (rc < 0)
		return rc;
	k->address = done.last;
	k->read = done.read;
	return 0;
}

/* ------------------------------------------------------------------ guests */

/* A row of ContactIdentifier. */
struct guest {
	const char *id, *identifier;
	int64_t source_id, contact_id;
};

/* The row that has an identifier; id NULL = none has. */
static int
holder_of(struct walk *k, const char *identifier, int64_t source_id, struct arena *a,
    struct guest *out, struct err *err)
{
	struct rows r;
	int rc = db_query(k->db, Q_migrate_guest_of, DB_ARGS(v_text(identifier), v_int(source_id)),
	    a, &r, err);

	*out = (struct guest){ .identifier = identifier, .source_id = source_id };
	if (rc == 0 && r.n > 0) {
		out->id = rows_text(&r, 0, C_migrate_guest_of_contact_identifier_id);
		out->contact_id = rows_int(&r, 0, C_migrate_guest_of_contact_id);
	}
	return rc;
}

/* Nobody else may have changed the row meanwhile: then the chunk is done again. */
static int
changed_one(int64_t n, struct err *err)
{
	if (n < 0)
		return (int)n;
	if (n == 1)
		return 0;
	return err_set(err, ERR_DB_RETRY, "A guest's identifier was changed meanwhile.");
}

static int
rename_guest(struct walk *k, const struct guest *g, const char *identifier, struct err *err)
{
	const struct val args[] = { v_text(identifier), v_text(g->id), v_text(g->identifier),
		v_int(g->contact_id) };

	return changed_one(db_exec(k->db, Q_migrate_guest_rename, args, 4, err), err);
}

/* The contact has the mailbox already. */
static int
drop_guest(struct walk *k, const struct guest *g, struct err *err)
{
	const struct val args[] = { v_text(g->id), v_text(g->identifier), v_int(g->contact_id) };

	return changed_one(db_exec(k->db, Q_migrate_guest_drop, args, 3, err), err);
}

static int
set_aside(struct walk *k, const struct guest *g, const char *normal, struct arena *a,
    struct err *err)
{
	const char *identifier = contact_guest_duplicate(a, normal, g->contact_id);
	struct guest same;
	int rc = holder_of(k, identifier, g->source_id, a, &same, err);

	if (rc < 0)
		return rc;
	return same.id != NULL ? drop_guest(k, g, err) : rename_guest(k, g, identifier, err);
}

static int
give_mailbox(struct walk *k, const struct guest *g, const char *normal, struct arena *a,
    struct err *err)
{
	const char *identifier = contact_guest_identifier(a, normal);
	struct guest holder;
	int rc;

	if (strcmp(identifier, g->identifier) == 0)
		return 0;
	if ((rc = holder_of(k, identifier, g->source_id, a, &holder, err)) < 0)
		return rc;
	if (holder.id != NULL && holder.contact_id == g->contact_id)
		return drop_guest(k, g, err);
	if (holder.id != NULL && holder.contact_id < g->contact_id)
		return set_aside(k, g, normal, a, err);
	if (holder.id != NULL && (rc = set_aside(k, &holder, normal, a, err)) < 0)
		return rc;
	return rename_guest(k, g, identifier, err);
}

static int
guests(struct walk *k, struct arena *a, struct err *err)
{
	const struct entity *e = entity_find("ContactIdentifier");
	const struct entity_column *c = &e->columns[entity_column_find(e, "Identifier")];
	struct rows r;
	int rc = db_query(k->db, Q_migrate_guests, DB_ARGS(v_text(k->guest), v_int(CHUNK)), a, &r,
	    err);

	for (size_t i = 0; rc == 0 && i < r.n; i++) {
		const struct guest g = { .id = rows_text(
					     &r, i, C_migrate_guests_contact_identifier_id),
			.identifier = rows_text(&r, i, C_migrate_guests_identifier),
			.source_id = rows_int(&r, i, C_migrate_guests_source_id),
			.contact_id = rows_int(&r, i, C_migrate_guests_contact_id) };
		const char *normal = contact_guest_email(a, g.identifier);

		if (normal != NULL && entity_reserved(a, c, g.identifier) == NULL)
			rc = give_mailbox(k, &g, normal, a, err);
	}
	if (rc < 0)
		return rc;
	k->read = r.n;
	if (r.n > 0)
		snprintf(k->guest, sizeof k->guest, "%s",
		    rows_text(&r, r.n - 1, C_migrate_guests_contact_identifier_id));
	return 0;
}

/* ------------------------------------------------------------------ both */

int
migrate_address(struct db *db, const struct migrate_work *w, struct err *err)
{
	struct walk k = { .db = db, .w = w };
	struct arena a = { 0 };
	struct rows r;
	int rc = db_query(db, Q_migrate_address_count, DB_NONE, &a, &r, err);

	k.total = rc == 0 ? rows_int(&r, 0, C_migrate_address_count_rows) : 0;
	arena_done(&a);
	if (rc == 0)
		rc = all_chunks(&k, addresses, err);
	return rc < 0 ? rc : all_chunks(&k, guests, err);
}
