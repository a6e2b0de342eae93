/* For t/20-entity.t. Without argument: upserts one category 40,000 times and then a new one, and a
 * batch of new, changed, unchanged, superseded and repeated rows. Prints what came of it. With
 * "race": upserts "between" and "last", for which a rival locks the one and adds the other
 * meanwhile. */
#include "config.h"

#include <stdio.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "model/entity.h"
#include "store/db.h"
#include "store/entity/upsert.h"
#include "store/registry_db.h"

enum { TIMES = 40000 };

static int
upsert(struct db *db, struct arena *a, const char *const *identifiers, const char *const *labels,
    const usec_t *stamps, size_t n, struct entity_batch *b, struct err *err)
{
	const struct entity *e = entity_find("PurchaseGoodCategory");
	struct val *values = arena_new(a, struct val, n * 4);

	*b = (struct entity_batch){ .nrows = n, .values = values };
	entity_batch_column(b, e, "Identifier");
	entity_batch_column(b, e, "SourceId");
	entity_batch_column(b, e, "Label");
	entity_batch_column(b, e, "SourceStamp");
	for (size_t i = 0; i < n; i++) {
		values[i * 4] = v_text(identifiers[i]);
		values[i * 4 + 1] = v_int(1);
		values[i * 4 + 2] = v_text(labels[i]);
		values[i * 4 + 3] = v_time(stamps[i]);
	}
	return entity_upsert(db, e, b, a, USEC_SEC, err);
}

static int
many_times(struct db *db, struct arena *a, void *arg, struct err *err)
{
	struct entity_batch b;
	int rc = 0;

	(void)arg;
	for (int i = 0; i < TIMES && rc == 0; i++) {
		rc = upsert(db, a, (const char *[]){ "one" },
		    (const char *[]){ i % 2 ? "odd" : "even" }, (usec_t[]){ i * USEC_SEC }, 1, &b,
		    err);
		arena_reset(a);
	}
	if (rc == 0)
		rc = upsert(db, a, (const char *[]){ "two" }, (const char *[]){ "new" },
		    (usec_t[]){ 0 }, 1, &b, err);
	if (rc == 0)
		printf("key %lld\n", (long long)b.keys[0].i);
	return rc;
}

static const char *const fates[] = { [ENTITY_INSERTED] = "inserted",
	[ENTITY_UPDATED] = "updated",
	[ENTITY_UNCHANGED] = "unchanged",
	[ENTITY_SUPERSEDED] = "superseded" };

static int
mixed(struct db *db, struct arena *a, void *arg, struct err *err)
{
	struct entity_batch b;
	int rc;

	(void)arg;
	rc = upsert(db, a, (const char *[]){ "three", "two", "one", "four", "one ", "four" },
	    (const char *[]){ "new", "new", "old", "first", "blank counts", "last" },
	    (usec_t[]){ 9, 0, 0, 9, 9, 9 }, 6, &b, err);
	for (size_t i = 0; i < b.nrows && rc == 0; i++)
		printf("%s ", fates[b.fates[i]]);
	printf("%s\n", rc == 0 && b.keys[3].i == b.keys[5].i ? "same-key" : "other-key");
	return rc;
}

static int
race(struct db *db, struct arena *a, void *arg, struct err *err)
{
	struct entity_batch b;
	int rc = upsert(db, a, (const char *[]){ "between", "last" },
	    (const char *[]){ "ours", "ours" }, (usec_t[]){ 9, 9 }, 2, &b, err);

	(void)arg;
	if (rc == 0)
		printf(
		    "%s %s %lld\n", fates[b.fates[0]], fates[b.fates[1]], (long long)b.keys[0].i);
	return rc;
}

static int
too_long(struct db *db, struct arena *a, void *arg, struct err *err)
{
	struct entity_batch b;
	int rc = upsert(db, a, (const char *[]){ "five" },
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
