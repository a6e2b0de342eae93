#include "config.h"

#include "store/contact_known.h"

#include "lib/arena.h"
#include "lib/err.h"
#include "model/change/known.h"
#include "store/contact.h"
#include "store/db.h"

static int
state_read(struct db *db, struct known_question *q, struct arena *a, struct err *err)
{
	const char *identifier = contact_key_identifier(a, &q->key);
	struct known_contact *c = &q->contact;
	struct rows r;
	int rc = db_query(db, Q_contact_state,
	    DB_ARGS(v_int(c->contact_id), v_int(q->key.source_id), v_text(identifier)), a, &r, err);

	if (rc < 0 || r.n == 0)
		return rc;
	c->stamp = rows_time(&r, 0, C_contact_state_source_stamp);
	c->is_deleted = rows_int(&r, 0, C_contact_state_deleted) != 0;
	c->ended_at = rows_time(&r, 0, C_contact_state_ended_at);
	c->customer_ids = rows_int(&r, 0, C_contact_state_customer_ids);
	c->living_others = rows_int(&r, 0, C_contact_state_living_others);
	c->identifiers = rows_int(&r, 0, C_contact_state_identifiers);
	return 0;
}

int
contact_known(struct db *db, struct known_question *q, struct arena *a, struct err *err)
{
	struct known_contact *c = &q->contact;
	int r = contact_look(db, &q->key, a, &c->contact_id, err);

	c->stamp = c->ended_at = USEC_NONE;
	if (r < 0)
		return r;
	c->found = (enum contact_found)r;
	if (c->contact_id == 0)
		return 0;
	if ((r = contact_hold(db, c->contact_id, a, err)) < 0)
		return r;
	return state_read(db, q, a, err);
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
