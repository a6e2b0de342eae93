/*
 * contact - who a foreign customer is here: ContactIdentifier (Identifier, SourceId) leads to one
 * Contact.
 *
 * A guest, of whom only an address is known, has the Identifier "email:<normal form of the
 * address>" (lib/format/mail_normal.h). A customer id that arrives with that address joins the
 * guest's contact, if that contact has no other customer id of the Source. The other way round, a
 * guest whose address exactly one contact of the Source has in an Address (neither is deleted)
 * becomes that contact; where several have it nobody can tell which, so the guest is a contact of
 * its own. Everything happens in the caller's transaction.
 */
#ifndef STORE_CONTACT_H
#define STORE_CONTACT_H

#include <stdint.h>

#include "lib/clock.h"

struct arena;
struct db;
struct err;

struct contact_key {
	int16_t source_id;
	const char *identifier;	/* the customer's id in the Source; NULL for a guest */
	const char *email;	/* as sent; NULL or no address: none */
};

enum contact_found {
	CONTACT_NONE,		/* neither id nor address, or (contact_find) nobody yet */
	CONTACT_KNOWN,		/* the identifier was there */
	CONTACT_JOINED,		/* the customer id was added to the guest of that address, or the
				 * guest to the contact that has it */
	CONTACT_CREATED,	/* a Contact that holds nothing but its zone, and its identifier */
	CONTACT_CREATED_BESIDE,	/* the same, of a guest whose address several contacts have */
	CONTACT_SEVERAL		/* (contact_find_by_address) that */
};

/* The normal form of an address, or NULL when it is none: mail_normal(). */
char *contact_email(struct arena *a, const char *s);

/* "email:<normal form>", or NULL. */
char *contact_guest_identifier(struct arena *a, const char *email);

/* What the same guest's identifier was before the normal form knew more than ASCII; NULL when it
 * was the same. Who was erased then is known by that only (store/entity/erased.h). */
char *contact_guest_identifier_before(struct arena *a, const char *email);

/* CONTACT_DUPLICATE of a normal form. */
char *contact_guest_duplicate(struct arena *a, const char *normal, int64_t contact_id);

/* The normal form of a guest's address by the guest's identifier, a duplicate's too; NULL when
 * it is none. */
char *contact_guest_email(struct arena *a, const char *identifier);

/* An identifier as it came from outside, as it is stored and looked for: a guest's in the normal
 * form, any other as it is. NULL gives NULL. */
const char *contact_identifier(struct arena *a, const char *identifier);

/* May a guest come? 0, or ERR_ERASED when it is one who was erased under the identifier of
 * before. What it has now is asked about when its row is added. */
int contact_guest_check(struct db *db, const char *email, int16_t source_id, struct arena *a,
    struct err *err);

/* Looks the identifier (the guest's, when there is no customer id) up. Returns CONTACT_KNOWN,
 * CONTACT_NONE or a negative code; writes nothing. In a transaction the identifier leads to the
 * same contact to its end. */
int contact_find(struct db *db, const struct contact_key *key, struct arena *a, int64_t *contact_id,
    struct err *err);

/* Nobody takes the contact's row away before the end of the caller's transaction. 0 or a negative
 * code; ERR_DB_RETRY when it is gone already. */
int contact_hold(struct db *db, int64_t contact_id, struct arena *a, struct err *err);

/* The contact of the Source that has the address in an Address, its row locked. Returns
 * CONTACT_KNOWN, CONTACT_NONE, CONTACT_SEVERAL or a negative code. */
int contact_find_by_address(struct db *db, int16_t source_id, const char *email, struct arena *a,
    int64_t *contact_id, struct err *err);

/* Gives the contact an identifier that nobody has. 0 or a negative code; ERR_DB_RETRY when another
 * transaction gave it to a contact in between. */
int contact_identify(struct db *db, const char *identifier, int16_t source_id, int64_t contact_id,
    struct arena *a, usec_t now, struct err *err);

/* Finds, joins or makes the contact. Returns an enum contact_found (CONTACT_NONE: *contact_id is 0)
 * or a negative code; ERR_DB_RETRY when another transaction made the same contact in between. */
int contact_resolve(struct db *db, const struct contact_key *key, int32_t zone_id, struct arena *a,
    usec_t now, int64_t *contact_id, struct err *err);

#endif
