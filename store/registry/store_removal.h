/*
 * store_removal - what depends on what an admin removes from the registry, and the removing.
 *
 * What depends is rows of kind (text), how many (int) and the first of them by name (text, "" =
 * they have none); no row: nothing does. Whoever removes looks once more in the transaction that
 * removes, and holds the row (store_owner_hold(), the _lock functions), so that nothing is added
 * meanwhile. Nothing here touches a tenant's database but to count.
 */
#ifndef STORE_REGISTRY_STORE_REMOVAL_H
#define STORE_REGISTRY_STORE_REMOVAL_H

#include <stdint.h>

#include "lib/clock.h"

struct arena;
struct db;
struct err;
struct rows;

int store_removal_of_customer(struct db *db, struct arena *a, int64_t customer_id,
    struct rows *out, struct err *err);
int store_removal_of_alias(struct db *db, struct arena *a, int64_t alias_id, struct rows *out,
    struct err *err);
int store_removal_of_user(struct db *db, struct arena *a, int64_t user_id, struct rows *out,
    struct err *err);
int store_removal_of_source(struct db *db, struct arena *a, int64_t alias_id, int16_t source_id,
    struct rows *out, struct err *err);
int store_removal_of_pattern(struct db *db, struct arena *a, int64_t alias_id, const char *pattern,
    struct rows *mails, struct rows *messages, struct err *err);

/* What is at work on the tenant's database; which schedules mail its admin; which rates are in its
 * reference currency (tenant_db: its database). */
int store_removal_at_work(struct db *db, struct arena *a, int64_t alias_id, struct rows *out,
    struct err *err);
int store_removal_of_admin_email(struct db *db, struct arena *a, int64_t alias_id,
    struct rows *out, struct err *err);
int store_removal_of_currency(struct db *tenant_db, struct arena *a, struct rows *out,
    struct err *err);

/* What is over and goes with the alias, as rows of kind and number; and how much the tenant's
 * database holds. */
int store_removal_history(struct db *db, struct arena *a, int64_t alias_id, struct rows *out,
    struct err *err);
int store_removal_left(struct db *tenant_db, struct arena *a, int64_t *contacts,
    int64_t *purchases, struct err *err);

/* In the caller's transaction. ERR_NOT_FOUND when somebody else was quicker. */
int store_removal_customer(struct db *db, int64_t customer_id, struct err *err);
int store_removal_user(struct db *db, int64_t user_id, struct err *err);
int store_removal_source(struct db *db, int64_t api_source_id, struct err *err);

/* ERR_CONFLICT while it is valid. */
int store_removal_token(struct db *db, struct arena *a, int64_t alias_id, int64_t token_id,
    usec_t now, int dry_run, struct err *err);

/* A disabled alias with what belongs to it alone; its history must be gone. Requests about persons
 * that are done stay: they are the proof. */
int store_removal_alias(struct db *db, int64_t alias_id, struct err *err);

/* Up to 500 runs that are over; how many. The mails that belong to no message. Each by itself. */
int64_t store_removal_runs(struct db *db, int64_t alias_id, struct err *err);
int64_t store_removal_mails(struct db *db, int64_t alias_id, struct err *err);

#endif
