/*
 * store_removal - removes what an admin removes from the registry, and lists what depends on it.
 *
 * Dependants are rows of kind (text), number (int) and the first of them by name (text, "" = they
 * have no names); no row means that nothing depends. The transaction that removes checks again
 * while it holds the row (store_owner_hold(), the _lock functions), so that nothing is added
 * meanwhile. A tenant's database is only read, to count rows.
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

/* What works on the tenant's database now; which schedules mail its admin; which rates are in its
 * reference currency (tenant_db: the tenant's database). */
int store_removal_at_work(struct db *db, struct arena *a, int64_t alias_id, struct rows *out,
    struct err *err);
int store_removal_of_admin_email(struct db *db, struct arena *a, int64_t alias_id,
    struct rows *out, struct err *err);
int store_removal_of_currency(struct db *tenant_db, struct arena *a, struct rows *out,
    struct err *err);

/* The history that is removed with the alias, as rows of kind and number; and how much the tenant's
 * database holds. */
int store_removal_history(struct db *db, struct arena *a, int64_t alias_id, struct rows *out,
    struct err *err);
int store_removal_left(struct db *tenant_db, struct arena *a, int64_t *contacts,
    int64_t *purchases, struct err *err);

/* In the caller's transaction. ERR_NOT_FOUND when it was removed meanwhile. */
int store_removal_customer(struct db *db, int64_t customer_id, struct err *err);
int store_removal_user(struct db *db, int64_t user_id, struct err *err);
int store_removal_source(struct db *db, int64_t api_source_id, struct err *err);

/* ERR_CONFLICT while it is valid. */
int store_removal_token(struct db *db, struct arena *a, int64_t alias_id, int64_t token_id,
    usec_t now, int dry_run, struct err *err);

/* Removes a disabled alias with what belongs only to it; its history must be removed before.
 * Completed requests about persons stay as proof. */
int store_removal_alias(struct db *db, int64_t alias_id, struct err *err);

/* store_removal_runs() removes up to 500 ended runs and returns how many; the other removes the
 * mails that belong to no message. Each runs by itself, outside of a transaction. */
int64_t store_removal_runs(struct db *db, int64_t alias_id, struct err *err);
int64_t store_removal_mails(struct db *db, int64_t alias_id, struct err *err);

#endif
