#include "config.h"

#include "store/known/known.h"

#include <stddef.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "model/entity.h"
#include "model/change/known.h"
#include "store/known/contact_known.h"
#include "store/db.h"
#include "store/entity/find.h"
#include "store/entity/owned.h"
#include "store/known/reference_cache.h"
#include "store/store_label.h"

/* Questions that are answered together. */
struct asked {
	struct db *db;
	struct arena *a;
	struct known_question **q;
	size_t n;
};

typedef int is_like_fn(const struct known_question *q, const struct known_question *other);
typedef int answer_fn(const struct asked *some, struct err *err);

/* ------------------------------------------------------------------ forms of questions */

static int
is_owned_like(const struct known_question *q, const struct known_question *other)
{
	return q->entity == other->entity && q->source_id == other->source_id;
}

static int
is_any(const struct known_question *q, const struct known_question *other)
{
	(void)q, (void)other;
	return 1;
}

/* ------------------------------------------------------------------ answers */

static int
answer_rows(const struct asked *some, struct err *err)
{
	return entity_find_rows(some->db, some->q, some->n, some->a, err);
}

static int
answer_contacts(const struct asked *some, struct err *err)
{
	return contact_known(some->db, some->q, some->n, some->a, err);
}

static int
answer_owned(const struct asked *some, struct err *err)
{
	struct val *keys = arena_new(some->a, struct val, some->n);
	struct entity_owned *owned = arena_new(some->a, struct entity_owned, some->n);
	int rc;

	for (size_t i = 0; i < some->n; i++)
		keys[i] = some->q[i]->id;
	rc = entity_owned(some->db, some->q[0]->entity, keys, some->n, some->q[0]->source_id,
	    some->a, owned, err);
	for (size_t i = 0; i < some->n; i++) {
		some->q[i]->yes = owned[i].is_mine;
		some->q[i]->contact.contact_id = owned[i].contact_id;
	}
	return rc;
}

static int
answer_labels(const struct asked *some, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; i < some->n && rc == 0; i++) {
		struct known_question *q = some->q[i];

		rc = store_label_mean(some->db, some->a,
		    &(struct store_label_word){ q->list, q->source_id, q->label, q->word },
		    &q->worth, err);
	}
	return rc;
}

static int
answer_elsewhere(const struct asked *some, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; i < some->n && rc == 0; i++)
		rc = contact_known_elsewhere(some->db, some->q[i]->id.i, some->q[i]->source_id,
		    some->a, &some->q[i]->yes, err);
	return rc;
}

static const struct way {
	enum known_kind kinds[2];	/* one, or two that are answered together */
	is_like_fn *is_like;		/* which are answered together */
	answer_fn *answer;
} ways[] = {
	/* Contacts first: whoever works for a person holds the person before the rows. */
	{ { KNOWN_CONTACT, KNOWN_ACCOUNT }, is_any, answer_contacts },
	{ { KNOWN_ROWS, KNOWN_ROWS }, entity_find_is_like, answer_rows },
	{ { KNOWN_OWNED, KNOWN_OWNED }, is_owned_like, answer_owned },
	{ { KNOWN_LABEL, KNOWN_LABEL }, is_any, answer_labels },
	{ { KNOWN_ELSEWHERE, KNOWN_ELSEWHERE }, is_any, answer_elsewhere }
};

/* ------------------------------------------------------------------ all */

/* The open questions of a way that are like the first of them; they are open no more. */
static struct asked
take(struct db *db, struct known *k, const struct way *way)
{
	struct asked some = { .db = db, .a = k->arena };

	some.q = arena_new(k->arena, struct known_question *, k->n);
	for (struct known_question **at = &k->open, *q; (q = *at) != NULL; ) {
		const int is_kind = q->kind == way->kinds[0] || q->kind == way->kinds[1];

		if (is_kind && (some.n == 0 || way->is_like(some.q[0], q))) {
			some.q[some.n++] = q;
			*at = q->next;
		} else {
			at = &q->next;
		}
	}
	return some;
}

static void
answer_kept(struct db *db, struct known *k)
{
	for (struct known_question **at = &k->open, *q; (q = *at) != NULL; ) {
		if (reference_is(q) && reference_find(db, q, k->arena)) {
			q->is_answered = 1;
			*at = q->next;
		} else {
			at = &q->next;
		}
	}
}

static int
answer_some(const struct way *way, const struct asked *some, struct err *err)
{
	int rc = way->answer(some, err);

	for (size_t i = 0; i < some->n && rc == 0; i++) {
		some->q[i]->is_answered = 1;
		if (reference_is(some->q[i]))
			reference_keep(some->db, some->q[i]);
	}
	return rc;
}

int
store_known_answer(struct db *db, struct known *k, struct err *err)
{
	int rc = 0;

	answer_kept(db, k);
	for (size_t w = 0; w < sizeof ways / sizeof ways[0] && rc == 0; w++)
		for (struct asked some; rc == 0 && (some = take(db, k, &ways[w])).n > 0; )
			rc = answer_some(&ways[w], &some, err);
	k->open_end = &k->open;
	if (rc == 0 && k->open != NULL)
		rc = err_set(err, ERR_INTERNAL, "a question of kind %d", (int)k->open->kind);
	return rc;
}
