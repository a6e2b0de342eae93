#include "store/contact.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/text.h"
#include "store/db.h"
#include "store/entity.h"

char *
contact_email(struct arena *a, const char *s)
{
	char *email, *at;

	if (s == NULL)
		return NULL;
	email = text_lower(text_trim(arena_strdup(a, s)));
	at = strrchr(email, '@');
	return at == NULL || at == email || at[1] == '\0' ? NULL : email;
}

char *
contact_guest_identifier(struct arena *a, const char *email)
{
	const char *normal = contact_email(a, email);

	return normal == NULL ? NULL : arena_printf(a, "email:%s", normal);
}

/* CONTACT_KNOWN with *contact_id, CONTACT_NONE or a negative code. */
static int
contact_lookup(struct db *db, enum query q, const char *identifier, int16_t source_id, struct arena *a, int64_t *contact_id, struct err *err)
{
	struct rows rows;
	int r;

	*contact_id = 0;
	if (identifier == NULL)
		return CONTACT_NONE;
	if ((r = db_query(db, q, DB_ARGS(v_text(identifier), v_int(source_id)), a, &rows, err)) < 0)
		return r;
	if (rows.n == 0)
		return CONTACT_NONE;
	*contact_id = rows_int(&rows, 0, 0);
	return CONTACT_KNOWN;
}

int
contact_find(struct db *db, const struct contact_key *key, struct arena *a, int64_t *contact_id, struct err *err)
{
	const char *identifier = key->identifier != NULL ? key->identifier : contact_guest_identifier(a, key->email);

	return contact_lookup(db, Q_contact_by_identifier, identifier, key->source_id, a, contact_id, err);
}

static int
contact_identify(struct db *db, const char *identifier, int16_t source_id, int64_t contact_id, struct arena *a, usec_t now, struct err *err)
{
	const struct entity *e = entity_find("ContactIdentifier");
	struct entity_batch b = { .nrows = 1 };
	struct val values[] = { v_text(identifier), v_int(source_id), v_int(contact_id) };
	int r;

	entity_batch_column(&b, e, "Identifier");
	entity_batch_column(&b, e, "SourceId");
	entity_batch_column(&b, e, "ContactId");
	b.values = values;
	if ((r = entity_upsert(db, e, &b, a, now, err)) < 0)
		return r;
	/* Somebody else wrote this identifier since it was looked up: theirs must not be bent to a second contact. */
	return b.fates[0] == ENTITY_INSERTED ? 0 : err_set(err, ERR_DB_RETRY, "Another transaction made this contact at the same time.");
}

/* The guest of the address, unless another customer id of the Source has it already. */
static int
contact_join(struct db *db, const struct contact_key *key, struct arena *a, usec_t now, int64_t *contact_id, struct err *err)
{
	struct rows others;
	int r = contact_lookup(db, Q_contact_by_identifier_lock, contact_guest_identifier(a, key->email), key->source_id, a, contact_id, err);

	if (r != CONTACT_KNOWN)
		return r;
	if ((r = db_query(db, Q_contact_customer_ids, DB_ARGS(v_int(*contact_id), v_int(key->source_id)), a, &others, err)) < 0)
		return r;
	if (rows_int(&others, 0, 0) > 0)
		return CONTACT_NONE;
	r = contact_identify(db, key->identifier, key->source_id, *contact_id, a, now, err);
	return r < 0 ? r : CONTACT_JOINED;
}

static int
contact_create(struct db *db, const char *identifier, int16_t source_id, int32_t zone_id, struct arena *a, usec_t now, int64_t *contact_id, struct err *err)
{
	const struct entity *e = entity_find("Contact");
	struct entity_batch b = { .nrows = 1 };
	struct val values[] = { v_int(zone_id), v_int(0) };
	int r;

	entity_batch_column(&b, e, "ZoneId");
	entity_batch_column(&b, e, "DeletionFlag");
	b.values = values;
	if ((r = entity_upsert(db, e, &b, a, now, err)) < 0)
		return r;
	*contact_id = b.keys[0].i;
	r = contact_identify(db, identifier, source_id, *contact_id, a, now, err);
	return r < 0 ? r : CONTACT_CREATED;
}

int
contact_resolve(struct db *db, const struct contact_key *key, int32_t zone_id, struct arena *a, usec_t now, int64_t *contact_id, struct err *err)
{
	const char *identifier = key->identifier != NULL ? key->identifier : contact_guest_identifier(a, key->email);
	int r = contact_find(db, key, a, contact_id, err);

	if (r != CONTACT_NONE || identifier == NULL)
		return r;
	if (key->identifier != NULL && (r = contact_join(db, key, a, now, contact_id, err)) != CONTACT_NONE)
		return r;
	return contact_create(db, identifier, key->source_id, zone_id, a, now, contact_id, err);
}
