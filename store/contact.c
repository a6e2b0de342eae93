#include "config.h"

#include "store/contact.h"


#include "lib/arena.h"
#include "lib/err.h"
#include "model/entity.h"
#include "store/known/contact_look.h"
#include "store/db.h"
#include "store/entity/put.h"

/* ------------------------------------------------------------------ contacts */

/* CONTACT_KNOWN with *contact_id, CONTACT_NONE or a negative code. */
static int
contact_lookup(struct db *db, enum query q, const char *identifier, int16_t source_id,
    struct arena *a, int64_t *contact_id, struct err *err)
{
	struct rows rows;
	int r;

	*contact_id = 0;
	if ((identifier = contact_identifier(a, identifier)) == NULL)
		return CONTACT_NONE;
	if ((r = db_query(db, q, DB_ARGS(v_text(identifier), v_int(source_id)), a, &rows, err)) < 0)
		return r;
	if (rows.n == 0)
		return CONTACT_NONE;
	*contact_id = rows_int(&rows, 0, ROWS_ONLY);
	return CONTACT_KNOWN;
}

/* Until the transaction ends, the identifier leads to this contact: a merge of the contact waits.
 * An identifier that another transaction has not committed yet is not waited for. */
int
contact_find(struct db *db, const struct contact_key *key, struct arena *a, int64_t *contact_id,
    struct err *err)
{
	const struct contact_key plain = contact_plain(a, key);
	const char *identifier = plain.identifier != NULL ? plain.identifier :
	    contact_guest_identifier(a, plain.email);
	int r = contact_lookup(db, Q_contact_by_identifier, identifier, key->source_id, a,
	    contact_id, err);

	if (r != CONTACT_KNOWN || !db_in_transaction(db))
		return r;
	return contact_lookup(db, Q_contact_by_identifier_share, identifier, key->source_id, a,
	    contact_id, err);
}

int
contact_identify(struct db *db, const char *identifier, int16_t source_id, int64_t contact_id,
    struct arena *a, usec_t now, struct err *err)
{
	struct row *row = row_new(a, E_ContactIdentifier, ROW_PUT);
	int r;

	row_text(row, ContactIdentifier_Identifier, contact_identifier(a, identifier));
	row_int(row, ContactIdentifier_SourceId, source_id);
	row_int(row, ContactIdentifier_ContactId, contact_id);
	if ((r = entity_put(db, row, a, now, err)) < 0)
		return r;
	/* Somebody else wrote this identifier since it was looked up: theirs must not be bent to a
	 * second contact. */
	return r == ENTITY_INSERTED ?
	    0 :
	    err_set(err, ERR_DB_RETRY, "Another transaction made this contact at the same time.");
}

/* ------------------------------------------------------------------ by the address */

int
contact_hold(struct db *db, int64_t contact_id, struct arena *a, struct err *err)
{
	struct rows r;
	int rc = db_query(db, Q_person_contact_lock, DB_ARGS(v_int(contact_id)), a, &r, err);

	if (rc == 0 && r.n == 0)
		return err_set(err, ERR_DB_RETRY,
		    "The contact was erased, or merged, at this moment.");
	return rc;
}

int
contact_find_by_address(struct db *db, int16_t source_id, const char *email, struct arena *a,
    int64_t *contact_id, struct err *err)
{
	struct contact_look look = { .key = { .source_id = source_id, .email = email },
		.by_address = 1 };
	int rc = contact_look_all(db, &look, 1, a, err);

	*contact_id = look.contact_id;
	if (rc == 0 && look.found == CONTACT_KNOWN)
		rc = contact_hold(db, *contact_id, a, err);
	return rc < 0 ? rc : (int)look.found;
}
