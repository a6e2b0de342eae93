#include "config.h"

#include "store/change_batch.h"

#include "store/change_apply.h"
#include "store/db.h"
#include "store/known.h"

void
change_item_done(struct change_item *item)
{
	arena_done(&item->arena);
}

static int
map(struct change_item *item, struct err *err)
{
	arena_reset(&item->arena);
	known_begin(item->known, &item->asker);
	change_init(&item->change, &item->arena);
	item->change.consent = item->consent;
	item->change.limits = item->limits;
	item->change.guard = item->guard;
	return item->map(item, err);
}

static int
map_all(struct db *db, struct change_item *item, struct err *err)
{
	int rc;

	while ((rc = map(item, err)) == ERR_ASKED) {
		err_clear(err);
		if ((rc = db_savepoint_rollback(db, err)) < 0 ||
		    (rc = store_known_answer(db, item->known, err)) < 0)
			break;
	}
	return rc;
}

static int
run(const struct change_batch *b, struct change_item *item, struct err *err)
{
	struct arena scratch = { 0 };
	struct change *changes[] = { &item->change };
	size_t culprit;
	int rc = item->begin == NULL ? 0 : item->begin(item, err);

	if (rc == 0)
		rc = map_all(b->db, item, err);
	else if (rc > 0)
		return CHANGE_THERE;
	if (rc == CHANGE_WRITE) {
		const int written = change_apply(&(struct change_apply){ .db = b->db,
		    .changes = changes, .n = 1, .now = b->now, .culprit = &culprit }, &scratch, err);

		rc = written < 0 ? written : rc;
	}
	arena_done(&scratch);
	return rc;
}

static int
run_item(const struct change_batch *b, struct change_item *item, struct err *err)
{
	struct arena answers = { 0 };
	struct known known;
	int rc;

	known_init(&known, &answers);
	item->known = &known;
	item->asker = (struct known_asker){ 0 };
	if ((rc = db_savepoint(b->db, err)) == 0) {
		item->rc = run(b, item, &item->err);
		if (db_spoils(item->rc))
			rc = (*err = item->err).code;
		else if (item->rc != CHANGE_WRITE)
			rc = db_savepoint_rollback(b->db, err);
		else if (item->conclude != NULL)
			item->conclude(item);
	}
	arena_done(&answers);
	return rc;
}

int
change_batch_run(const struct change_batch *b, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; i < b->n && rc == 0; i++)
		rc = run_item(b, b->items[i], err);
	return rc;
}
