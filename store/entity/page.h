/*
 * entity_page - reads rows of an export's plan (model/export/export_plan.h), some thousand at a
 * time and in the order of keys, each page by statements of its own: nobody waits for a reader.
 */
#ifndef STORE_ENTITY_PAGE_H
#define STORE_ENTITY_PAGE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "store/db.h"

struct arena;
struct entity;
struct err;
struct export_column;
struct export_plan;

enum { ENTITY_PAGE_ROWS = 500, ENTITY_PAGE_KEYS = 8000 };

struct entity_page {
	/* In. Rows behind a key, at most ENTITY_PAGE_ROWS; or those with one of these keys. */
	const struct val *after;	/* entity_page_width() values; NULL = from the first */
	const struct val *keys;		/* at most ENTITY_PAGE_ROWS, in their order; NULL = none */
	size_t nkeys;
	int changed;			/* rows that are deleted are read, too */
	usec_t since;			/* of changed: who withdrew a consent since then is read */

	/* Out, in the arena. In front of what the plan chose stand, of the root, its key; of each,
	 * the root's key; of both DeletionFlag. */
	struct rows roots, each;
};

/* How many values the key of the root has. */
size_t entity_page_width(const struct export_plan *plan);

/* The place of a column in roots or each. */
size_t entity_page_at(const struct export_plan *plan, const struct export_column *column);

int entity_page_read(struct db *db, const struct export_plan *plan, struct entity_page *page,
    struct arena *a, struct err *err);

/* Rows of e written between two instants, both included, at most ENTITY_PAGE_KEYS, behind *at.
 * of: the column whose values are wanted. */
struct entity_page_place { usec_t written; struct val key; };

/* Columns of that result. */
enum entity_page_column { ENTITY_PAGE_KEY, ENTITY_PAGE_OF, ENTITY_PAGE_WRITTEN };

/* Where to begin. */
struct entity_page_place entity_page_begin(const struct entity *e, usec_t since);

int entity_page_changed(struct db *db, const struct entity *e, const char *of, usec_t until,
    struct entity_page_place *at, struct arena *a, struct rows *out, struct err *err);

/* The greatest key of an entity; 0 when there is none. */
int entity_page_last(struct db *db, const struct entity *e, int64_t *last, struct err *err);

/* *there: there is a row of this natural key. */
int entity_page_named(struct db *db, const struct entity *e, const struct val *natural, int *there,
    struct err *err);

#endif
