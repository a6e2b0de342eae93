/*
 * contact - who a foreign customer is here: which Contact a key leads to
 * (model/change/contact_key.h).
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
#include "model/change/contact_key.h"

struct arena;
struct db;
struct err;

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

#endif
