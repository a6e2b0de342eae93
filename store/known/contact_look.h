/*
 * contact_look - whom keys lead to, many at a time (store/contact.h says by what rules). Nothing is
 * written.
 */
#ifndef STORE_KNOWN_CONTACT_LOOK_H
#define STORE_KNOWN_CONTACT_LOOK_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "model/change/contact_key.h"
#include "model/change/known.h"

struct arena;
struct db;
struct err;

struct contact_look {
	struct contact_key key;		/* in */
	int by_address;			/* in: only the one contact of the Source that has the
					 * address; its row is not locked yet */
	enum contact_found found;	/* out: NONE, KNOWN, JOINED, CREATED, CREATED_BESIDE; by
					 * address KNOWN, NONE or SEVERAL */
	int64_t contact_id;		/* out: 0 for a contact that is not there */
	int64_t others[KNOWN_OTHERS];	/* out: as in struct known_question */

	/* Of the work: the key with a guest's identifier as an address, what is looked for, the
	 * normal form of the address; 1 while nothing is found. */
	struct contact_key plain;
	const char *identifier, *email;
	int is_open;
};

/* Finds for each whom it means, by the rules of store/contact.h. Until the transaction ends nobody
 * else joins or makes one of them by the same address. 0 or a negative code. */
int contact_look_all(struct db *db, struct contact_look *looks, size_t n, struct arena *a,
    struct err *err);

/* How a contact is known: out of identifiers. */
struct contact_state {
	int64_t contact_id;		/* in */
	int16_t source_id;		/* in: of the identifier */
	const char *identifier;		/* in; NULL: none is meant */
	usec_t ended_at;		/* out, and the next: as in struct known_contact */
	int64_t customer_ids, living_others, identifiers;
};

/* Reads the state of each. 0 or a negative code. */
int contact_states(struct db *db, struct contact_state *states, size_t n, struct arena *a,
    struct err *err);

#endif
