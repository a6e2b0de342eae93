/*
 * migrate_address - brings the stored mail addresses of a tenant into their normal form: the column
 * Address.EmailNormal, and the identifiers of guests.
 *
 * Where two guests of a Source are one mailbox, the oldest contact (of the smallest ContactId)
 * keeps it; each other one gets an identifier of its own (CONTACT_DUPLICATE) until duplicates are
 * merged.
 */
#ifndef STORE_MIGRATE_ADDRESS_H
#define STORE_MIGRATE_ADDRESS_H

struct db;
struct err;
struct migrate_work;

/* A step of a migration (store/migrate.h): in transactions of at most 1,000 rows each, so that
 * others are not held up. It may end after any of them, and begins anew then: what is done is
 * left as it is. */
int migrate_address(struct db *db, const struct migrate_work *w, struct err *err);

#endif
