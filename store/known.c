#include "config.h"

#include "store/known.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/text.h"
#include "model/entity.h"
#include "model/change/known.h"
#include "store/contact.h"
#include "store/contact_known.h"
#include "store/db.h"
#include "store/entity/find.h"
#include "store/entity/owned.h"
#include "store/store_label.h"

static int
owned_answer(struct db *db, struct known *k, struct known_question *q, struct err *err)
{
	unsigned char mine = 0;
	int rc = entity_owned(db, q->entity, &q->id, 1, q->source_id, k->arena, &mine, err);

	q->yes = mine;
	return rc;
}

static int
account_answer(struct db *db, struct known *k, struct known_question *q, struct err *err)
{
	int rc = contact_find_by_address(
	    db, q->key.source_id, q->key.email, k->arena, &q->contact.contact_id, err);

	q->contact.found = rc < 0 ? CONTACT_NONE : (enum contact_found)rc;
	return rc < 0 ? rc : 0;
}

static int
answer(struct db *db, struct known *k, struct known_question *q, struct err *err)
{
	switch (q->kind) {
	case KNOWN_ROWS:
		return entity_find_rows(db, q, k->arena, err);
	case KNOWN_CONTACT:
		return contact_known(db, q, k->arena, err);
	case KNOWN_ACCOUNT:
		return account_answer(db, k, q, err);
	case KNOWN_LABEL:
		return store_label_mean(
		    db, k->arena, &(struct store_label_word){ q->list, q->source_id, q->label,
		    q->word }, &q->worth, err);
	case KNOWN_OWNED:
		return owned_answer(db, k, q, err);
	case KNOWN_ELSEWHERE:
		return contact_known_elsewhere(
		    db, q->id.i, q->source_id, k->arena, &q->yes, err);
	default:
		return err_set(err, ERR_INTERNAL, "a question of kind %d", (int)q->kind);
	}
}

/* The answer is a failure of what was asked, not of the database. */
static int
is_of_question(int rc)
{
	return rc == ERR_ERASED || rc == ERR_FORBIDDEN || rc == ERR_PERMANENT ||
	    rc == ERR_TOO_LARGE;
}

int
store_known_answer(struct db *db, struct known *k, struct err *err)
{
	for (struct known_question *q = k->open; q != NULL; q = q->next) {
		int rc = answer(db, k, q, err);

		if (rc < 0 && !is_of_question(rc))
			return rc;
		if (rc < 0) {
			q->failed = rc;
			q->why = arena_strdup(k->arena, err->detail);
			err_clear(err);
		}
		q->is_answered = 1;
	}
	k->open = NULL;
	k->open_end = &k->open;
	return 0;
}
