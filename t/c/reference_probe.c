/*
 * reference_probe - for t/74-reference.t: asks for what labels mean, as batches of a worker do, and
 * prints whether the answers were right, how many statements were run, and what memory was kept.
 * Arguments: of how many labels "w1" to "wN" (N is the Country "c<N modulo 100>"), how many times.
 */
#include "config.h"

#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "model/change/known.h"
#include "store/db.h"
#include "store/known/known.h"
#include "store/known/reference_cache.h"
#include "store/registry_db.h"

enum { BATCH = 100, LONG = 3000000 };

struct work {
	int labels, times;
	int first;			/* of a batch */
	int wrong;
	int64_t statements;
};

static int64_t
statements(struct db *db, struct arena *a, struct err *err)
{
	static const char sql[] = "SELECT CAST(VARIABLE_VALUE AS INT) FROM "
	    "information_schema.SESSION_STATUS WHERE VARIABLE_NAME = 'COM_STMT_EXECUTE'";
	struct rows r;

	return db_query_sql(db, sql, sizeof sql - 1, NULL, 0, a, &r, err) < 0 ? err->code :
	    rows_int(&r, 0, ROWS_ONLY);
}

static int
is_right(struct arena *a, int label, const struct val *worth)
{
	const char *want = arena_printf(a, "c%d", label % 100);

	return worth->kind == VAL_TEXT && worth->n == strlen(want) &&
	    memcmp(worth->s, want, worth->n) == 0;
}

static int
ask(struct known *k, struct work *w, struct arena *a, int is_last, struct err *err)
{
	struct known_asker asker = { .n = 0 };
	int rc = 0;

	known_begin(k, &asker);
	for (int i = w->first; i < w->first + BATCH && i <= w->labels; i++) {
		struct val worth;

		rc = known_label(k, "Country", 1, arena_printf(a, "w%d", i), &worth, err);
		if (rc < 0 && rc != ERR_ASKED)
			return rc;
		err_clear(err);
		w->wrong += is_last && !is_right(a, i, &worth);
	}
	return 0;
}

/* A label that is too long to be kept. */
static void
ask_long(struct known *k, struct arena *a, struct err *err)
{
	struct known_asker asker = { .n = 0 };
	char *label = arena_alloc(a, LONG + 1);

	known_begin(k, &asker);
	memset(label, 'x', LONG);
	known_label(k, "Country", 1, label, NULL, err);
	err_clear(err);
}

static int
batch(struct db *db, struct arena *a, void *arg, struct err *err)
{
	struct work *w = arg;
	struct known k;
	int erased, rc;

	known_init(&k, a);
	if ((rc = reference_begin(db, &erased, err)) < 0 || (rc = ask(&k, w, a, 0, err)) < 0)
		return rc;
	if (w->first + BATCH > w->labels)
		ask_long(&k, a, err);
	rc = store_known_answer(db, &k, err);
	return rc < 0 ? rc : ask(&k, w, a, 1, err);
}

static int64_t
memory(void)
{
	const struct mallinfo2 m = mallinfo2();

	return (int64_t)(m.uordblks + m.hblkhd);
}

static int
run(struct db *db, struct work *w, struct err *err)
{
	struct arena a = { 0 };
	int64_t before = statements(db, &a, err), kept = 0;
	int rc = 0;

	for (int t = 0; t < w->times && rc == 0; t++)
		for (w->first = 1; w->first <= w->labels && rc == 0; w->first += BATCH) {
			rc = db_transact(db, batch, w, err);
			if (w->first == 1 && t == 0)
				kept = memory();
		}
	kept = memory() - kept;
	w->statements = statements(db, &a, err) - before;
	printf("wrong %d\nstatements %lld\nKiB %lld\n", w->wrong, (long long)w->statements,
	    (long long)kept / 1024);
	arena_done(&a);
	return rc;
}

int
main(int argc, char **argv)
{
	struct arena a = { 0 };
	struct work w = { .labels = 0 };
	struct conf conf;
	struct err err = { 0 };
	struct db *db = NULL;
	int rc;

	if (argc < 3)
		return 2;
	db_library_init();
	w.labels = atoi(argv[1]);
	w.times = atoi(argv[2]);
	if ((rc = conf_load(&conf, &a, NULL, &err)) == 0 &&
	    (rc = registry_db_open(&db, &conf, 0, &err)) == 0)
		rc = run(db, &w, &err);
	if (rc < 0)
		printf("%s %s\n", err.detail, err.inside);
	db_close(&db);
	arena_done(&a);
	return rc != 0;
}
