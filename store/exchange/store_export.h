/*
 * store_export - how far exports of what changed have come, in the tenant's database, and what was
 * erased of that which they told.
 *
 * An export is known by what it exports and where to: another choice of columns or rows is another
 * export, which begins with all rows.
 */
#ifndef STORE_EXCHANGE_STORE_EXPORT_H
#define STORE_EXCHANGE_STORE_EXPORT_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "lib/secret.h"

struct arena;
struct db;
struct entity_rows;
struct err;
struct export_plan;

enum {
	STORE_EXPORT_DAYS = 30		/* one that did not run for so long begins again */
};

struct store_export {
	int64_t export_id;
	usec_t since;			/* USEC_NONE: nothing is exported yet */
};

/* Begins a run, in the open transaction: finds how far the ones before have come. hash: SHA-256 of
 * what names the export; plan: its text (export_plan_text()). What is older than STORE_EXPORT_DAYS
 * is forgotten. */
int store_export_begin(struct db *db, struct arena *a,
    const unsigned char hash[SECRET_SHA256_BYTES], const char *plan, usec_t now,
    struct store_export *out, struct err *err);

/* Ends one that told all that was written up to since, and these erased rows, in the open
 * transaction. */
int store_export_end(struct db *db, const struct store_export *e, usec_t since,
    const int64_t *gone, size_t n, struct err *err);

/* What opens the sealed rows of a tenant. */
struct store_export_box { const struct secret_box *box; int64_t tenant_id; };

/* Notes of an erasure, before the rows are erased and in its transaction, what exports have to tell
 * of them. contacts: persons of whom only what is of only_source is erased; 0 = whole ones, which
 * are among the rows. */
struct store_export_erased {
	const struct entity_rows *rows;
	const int64_t *contacts;
	size_t ncontacts;
	int64_t only_source;
	usec_t now;
};
int store_export_gone_put(struct db *db, const struct store_export_box *box,
    const struct store_export_erased *erased, struct err *err);

/* What named an erased row: the values of the plan's keys, as text. */
struct store_export_gone { int64_t gone_id; const char *key[3]; size_t n; };

/* Those that are not told yet, behind an id, in the order of ids and some hundred at once (*n 0: no
 * more), in the arena. */
int store_export_gone_list(struct db *db, struct arena *a, const struct store_export_box *box,
    const struct store_export *e, int64_t after, struct store_export_gone **out, size_t *n,
    struct err *err);

/* *more: there is one behind an id. */
int store_export_gone_more(
    struct db *db, const struct store_export *e, int64_t after, int *more, struct err *err);

#endif
