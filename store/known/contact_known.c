#include "config.h"

#include "store/known/contact_known.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "model/change/known.h"
#include "model/row.h"
#include "store/known/contact_look.h"
#include "store/db.h"
#include "store/entity/find.h"

static int
compare_ids(const void *x, const void *y)
{
	const struct known_question *const *a = x, *const *b = y;

	return ((*a)->contact.contact_id > (*b)->contact.contact_id) -
	    ((*a)->contact.contact_id < (*b)->contact.contact_id);
}

static struct known_question
row_of(int64_t contact_id)
{
	return (struct known_question){ .kind = KNOWN_ROWS,
		.entity = entity_of_column(Contact_ContactId),
		.of = { .hold = KNOWN_LOCKED, .by = { Contact_ContactId },
		.is = { v_int(contact_id) },
		.want = { Contact_SourceStamp, Contact_DeletionFlag } } };
}

/* Locks the contacts in the order of their ids. q: those that have one, in this order. */
static int
hold(struct db *db, struct known_question **q, size_t n, struct arena *a, struct err *err)
{
	struct known_question *rows = arena_new(a, struct known_question, n);
	struct known_question **of = arena_new(a, struct known_question *, n);
	int rc;

	for (size_t i = 0; i < n; i++) {
		rows[i] = row_of(q[i]->contact.contact_id);
		of[i] = &rows[i];
	}
	if ((rc = entity_find_rows(db, of, n, a, err)) < 0)
		return rc;
	for (size_t i = 0; i < n; i++) {
		const struct val *row = known_first(&rows[i].rows);

		if (row == NULL)
			return err_set(err, ERR_DB_RETRY,
			    "The contact was erased, or merged, at this moment.");
		q[i]->contact.stamp = row[0].kind == VAL_TIME ? row[0].i : USEC_NONE;
		q[i]->contact.is_deleted = row[1].i != 0;
	}
	return 0;
}

static int
read_states(struct db *db, struct known_question **q, size_t n, struct arena *a, struct err *err)
{
	struct contact_state *states = arena_new(a, struct contact_state, n);
	int rc;

	for (size_t i = 0; i < n; i++)
		states[i] = (struct contact_state){ .contact_id = q[i]->contact.contact_id,
			.source_id = q[i]->key.source_id,
			.identifier = contact_key_identifier(a, &q[i]->key) };
	if ((rc = contact_states(db, states, n, a, err)) < 0)
		return rc;
	for (size_t i = 0; i < n; i++) {
		struct known_contact *c = &q[i]->contact;

		c->ended_at = states[i].ended_at;
		c->customer_ids = states[i].customer_ids;
		c->living_others = states[i].living_others;
		c->identifiers = states[i].identifiers;
	}
	return 0;
}

static int
look(struct db *db, struct known_question **q, size_t n, struct arena *a, struct err *err)
{
	struct contact_look *looks = arena_new(a, struct contact_look, n);
	int rc;

	for (size_t i = 0; i < n; i++)
		looks[i] = (struct contact_look){ .key = q[i]->key,
			.by_address = q[i]->kind == KNOWN_ACCOUNT };
	rc = contact_look_all(db, looks, n, a, err);
	for (size_t i = 0; i < n && rc == 0; i++) {
		q[i]->contact = (struct known_contact){ .found = looks[i].found,
			.contact_id = looks[i].contact_id, .stamp = USEC_NONE,
			.ended_at = USEC_NONE };
		memcpy(q[i]->others, looks[i].others, sizeof q[i]->others);
	}
	return rc;
}

int
contact_known(struct db *db, struct known_question **q, size_t n, struct arena *a, struct err *err)
{
	struct known_question **found = arena_new(a, struct known_question *, n);
	size_t nfound = 0;
	int rc = look(db, q, n, a, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n; i++)
		if (q[i]->contact.contact_id != 0)
			found[nfound++] = q[i];
	if (nfound == 0)
		return 0;
	qsort(found, nfound, sizeof(*found), compare_ids);
	if ((rc = hold(db, found, nfound, a, err)) < 0)
		return rc;
	return read_states(db, found, nfound, a, err);
}

int
contact_known_elsewhere(struct db *db, int64_t contact_id, int16_t source_id, struct arena *a,
    int *yes, struct err *err)
{
	struct rows r;
	int rc = db_query(db, Q_person_sources, DB_ARGS(v_int(source_id), v_int(contact_id)),
	    a, &r, err);

	*yes = rc == 0 && rows_int(&r, 0, C_person_sources_others) > 0;
	return rc;
}
