/*
 * claim - may this alias have this database? By the marks of store_owner.h, whatever name, host or
 * socket leads to it.
 *
 * A database belongs to one alias; to several when they are of one customer and --shared was said.
 * What a removed tenant left, what belongs to another installation and what is a copy of another
 * customer's is given away with --take-over only; what another customer's alias uses, never.
 */
#ifndef ADMIN_CLAIM_H
#define ADMIN_CLAIM_H

#include <stdint.h>

#include "store/registry/store_owner.h"

struct context;
struct db;
struct store_alias;

struct claim {
	int64_t alias_id;		/* 0: it is being added */
	int64_t customer_id;
	const char *customer, *alias;
	struct db *db;			/* the database, open; the caller closes it */
	int shared, take_over;		/* were said */
	/* out */
	const char *database;		/* as its server calls it */
	unsigned char uid[STORE_UID_BYTES];
	const char *remark;		/* a sentence about what was found, or NULL */
	int marked;			/* it had no mark before */
};

/* Whether it would be granted. Nothing is changed, but that databases of known tenants that bear no
 * mark yet get theirs. ERR_CONFLICT with a sentence. */
int claim_check(struct context *x, struct claim *c);

/* Grants it, in the registry's transaction behind store_owner_hold(): the database bears the mark
 * c->uid afterwards. It may be run again. */
int claim_take(struct context *x, struct claim *c);

/* Gives the database of an alias whose mark is not known yet its mark, or notes the one that it
 * bears. *remark: what is odd, or NULL. db: its database, open. */
int claim_confirm(struct context *x, const struct store_alias *t, struct db *db,
    const char **remark);

#endif
