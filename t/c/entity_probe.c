/* For t/20-entity.t. Without argument: puts one category 40,000 times and then a new one, and a
 * batch of new, changed, unchanged, superseded and repeated rows. Prints what came of it. With
 * "race": puts "between" and "last", for which a rival locks the one and adds the other
 * meanwhile. */
#include "config.h"

#include <stdio.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "model/change/change.h"
#include "model/row.h"
#include "store/db.h"
#include "store/entity/put.h"
#include "store/registry_db.h"

enum { TIMES = 40000 };

enum { ROWS_MAX = 6 };

/* Rows that are written, and what came of them. */
struct batch { struct change change; struct row *rows[ROWS_MAX]; size_t n; };

static int
put(struct db *db, struct arena *a, const char *const *identifiers, const char *const *labels,
    const usec_t *stamps, size_t n, struct batch *b, struct err *err)
{
	change_init(&b->change, a);
	b->n = n;
	for (size_t i = 0; i < n; i++) {
		struct row *row = change_row(&b->change, E_PurchaseGoodCategory, ROW_PUT);

		row_text(row, PurchaseGoodCategory_Identifier, identifiers[i]);
		row_int(row, PurchaseGoodCategory_SourceId, 1);
		row_text(row, PurchaseGoodCategory_Label, labels[i]);
		row_time(row, PurchaseGoodCategory_SourceStamp, stamps[i]);
		b->rows[i] = row;
	}
	return entity_put_change(db, &b->change, a, USEC_SEC, err);
}

static int
many_times(struct db *db, struct arena *a, void *arg, struct err *err)
{
	struct batch b;
	int rc = 0;

	(void)arg;
	for (int i = 0; i < TIMES && rc == 0; i++) {
		rc = put(db, a, (const char *[]){ "one" },
		    (const char *[]){ i % 2 ? "odd" : "even" }, (usec_t[]){ i * USEC_SEC }, 1, &b,
		    err);
		arena_reset(a);
	}
	if (rc == 0)
		rc = put(db, a, (const char *[]){ "two" }, (const char *[]){ "new" },
		    (usec_t[]){ 0 }, 1, &b, err);
	if (rc == 0)
		printf("key %lld\n", (long long)b.rows[0]->key.i);
	return rc;
}

static const char *const fates[] = { [ENTITY_INSERTED] = "inserted",
	[ENTITY_UPDATED] = "updated",
	[ENTITY_UNCHANGED] = "unchanged",
	[ENTITY_SUPERSEDED] = "superseded" };

static int
mixed(struct db *db, struct arena *a, void *arg, struct err *err)
{
	struct batch b;
	int rc;

	(void)arg;
	rc = put(db, a, (const char *[]){ "three", "two", "one", "four", "one ", "four" },
	    (const char *[]){ "new", "new", "old", "first", "blank counts", "last" },
	    (usec_t[]){ 9, 0, 0, 9, 9, 9 }, 6, &b, err);
	for (size_t i = 0; i < b.n && rc == 0; i++)
		printf("%s ", fates[b.rows[i]->fate]);
	printf("%s\n",
	    rc == 0 && b.rows[3]->key.i == b.rows[5]->key.i ? "same-key" : "other-key");
	return rc;
}

static int
race(struct db *db, struct arena *a, void *arg, struct err *err)
{
	struct batch b;
	int rc = put(db, a, (const char *[]){ "between", "last" },
	    (const char *[]){ "ours", "ours" }, (usec_t[]){ 9, 9 }, 2, &b, err);

	(void)arg;
	if (rc == 0)
		printf("%s %s %lld\n", fates[b.rows[0]->fate], fates[b.rows[1]->fate],
		    (long long)b.rows[0]->key.i);
	return rc;
}

static int
too_long(struct db *db, struct arena *a, void *arg, struct err *err)
{
	struct batch b;
	int rc = put(db, a, (const char *[]){ "five" },
	    (const char *[]){ arena_printf(a, "%0201d", 1) }, (usec_t[]){ 0 }, 1, &b, err);

	(void)arg;
	printf("%s\n", err->detail);
	return rc;
}

int
main(int argc, char **argv)
{
	struct arena a = { 0 };
	struct conf conf;
	struct err err = { 0 };
	struct db *db = NULL;
	int rc;

	db_library_init();
	if ((rc = conf_load(&conf, &a, NULL, &err)) == 0) {
		if ((rc = registry_db_open(&db, &conf, 0, &err)) == 0 && argc > 1)
			rc = argv[1][0] == 'r' ? db_transact(db, race, NULL, &err) : 2;
		else if (rc == 0 && (rc = db_transact(db, many_times, NULL, &err)) == 0 &&
		    (rc = db_transact(db, mixed, NULL, &err)) == 0)
			db_transact(db, too_long, NULL, &err);
	}
	if (rc < 0)
		printf("%s\n", err.detail);
	db_close(&db);
	arena_done(&a);
	return rc != 0;
}
