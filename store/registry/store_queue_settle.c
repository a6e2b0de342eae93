#include "config.h"

#include "store/registry/store_queue_settle.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/text.h"
#include "store/db.h"
#include "store/db_list.h"

/* is_well: a first attempt that ends so is told by the message itself. */
static const struct { int state, is_well; } fates[] = {
	[OUTCOME_DONE] = { STATE_MESSAGE_DONE, 1 },
	[OUTCOME_RETRY] = { STATE_MESSAGE_READY, 0 },
	[OUTCOME_DEAD] = { STATE_MESSAGE_DEAD, 0 },
	[OUTCOME_UNROUTED] = { STATE_MESSAGE_UNROUTED, 0 },
	[OUTCOME_SUPERSEDED] = { STATE_MESSAGE_SUPERSEDED, 1 },
	[OUTCOME_IGNORED] = { STATE_MESSAGE_IGNORED, 1 },
};

static const char *
remarks_of(const struct queue_result *q)
{
	return q->remarks == NULL ? "" : q->remarks;
}

/* A first attempt that ended well is told by the message itself. */
static int
is_told(const struct queue_result *q)
{
	return q->attempt <= 1 && fates[q->outcome].is_well;
}

static int
write_history(struct db *db, struct arena *a, const char *worker,
    const struct queue_result *results, size_t n, usec_t now, struct err *err)
{
	enum { COLUMNS = 9 };
	struct val *args = arena_new(a, struct val, n * COLUMNS);
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		const struct queue_result *q = &results[i];
		const struct val row[COLUMNS] = { v_int(q->id), v_int(q->attempt), v_text(worker),
			v_time(q->started_at), v_time(now), v_text(outcome_word(q->outcome)),
			v_text(q->reason_class),
			v_text(text_utf8_fit(a, q->reason, QUEUE_REASON_MAX)),
			v_text(remarks_of(q)) };

		if (!is_told(q))
			memcpy(args + count++ * COLUMNS, row, sizeof row);
	}
	return db_exec_bulk(db, Q_queue_attempt, args, count, err) < 0 ? err->code : 0;
}

/* What is to be settled under one lease. */
struct settling {
	const char *worker;
	struct val lease;
	const struct queue_result *results;
	size_t n;
	usec_t now;
};

static void
add_result(struct db_list *l, struct arena *a, const struct settling *w,
    const struct queue_result *q)
{
	char at[32];

	clock_sql(q->outcome == OUTCOME_RETRY ? q->visible_at : w->now, at);
	writer_array(&l->w);
	writer_int(&l->w, q->id);
	writer_int(&l->w, fates[q->outcome].state);
	writer_text(&l->w, at);
	writer_text(&l->w, is_told(q) ? w->worker : "");
	writer_text(&l->w, q->reason_class);
	writer_text(&l->w, text_utf8_fit(a, q->reason, QUEUE_REASON_MAX));
	writer_text(&l->w, remarks_of(q));
	writer_end(&l->w);
}

/* The same is said of both, and a statement can say it of many. */
static int
is_alike(const struct queue_result *q, const struct queue_result *of)
{
	if (q->outcome != of->outcome || !is_told(q) || remarks_of(q)[0] != '\0')
		return 0;
	return strcmp(q->reason_class, of->reason_class) == 0 && strcmp(q->reason, of->reason) == 0;
}

/* The first that tells its attempt itself, when most are like it; else NULL. */
static const struct queue_result *
first_alike(const struct settling *w)
{
	const struct queue_result *first = NULL;
	size_t alike = 0;

	for (size_t i = 0; i < w->n; i++) {
		if (first == NULL && is_alike(&w->results[i], &w->results[i]))
			first = &w->results[i];
		alike += first != NULL && is_alike(&w->results[i], first);
	}
	return alike * 2 > w->n ? first : NULL;
}

/* Settles first and all that are like it. Returns how many. */
static int64_t
settle_alike(struct db *db, struct arena *a, const struct settling *w,
    const struct queue_result *first, struct err *err)
{
	struct db_list ids;

	db_list_begin(&ids, a);
	for (size_t i = 0; i < w->n; i++)
		if (is_alike(&w->results[i], first))
			writer_int(&ids.w, w->results[i].id);
	return db_exec(db, Q_queue_settle_alike,
	    DB_ARGS(v_int(fates[first->outcome].state), v_time(w->now), v_text(w->worker),
		v_text(first->reason_class),
		v_text(text_utf8_fit(a, first->reason, QUEUE_REASON_MAX)), db_list_end(&ids),
		w->lease),
	    err);
}

/* Settles those that are not like first. */
static int64_t
settle_others(struct db *db, struct arena *a, const struct settling *w,
    const struct queue_result *first, struct err *err)
{
	struct db_list l;
	size_t n = 0;

	db_list_begin(&l, a);
	for (size_t i = 0; i < w->n; i++)
		if (first == NULL || !is_alike(&w->results[i], first)) {
			add_result(&l, a, w, &w->results[i]);
			n++;
		}
	return n == 0 ?
	    0 :
	    db_exec(db, Q_queue_settle, DB_ARGS(v_time(w->now), db_list_end(&l), w->lease), err);
}

static int
settle(struct db *db, struct arena *a, const struct settling *w, struct err *err)
{
	const struct queue_result *first = first_alike(w);
	int64_t alike = first == NULL ? 0 : settle_alike(db, a, w, first, err), others;

	if (alike < 0 || (others = settle_others(db, a, w, first, err)) < 0)
		return err->code;
	if ((size_t)(alike + others) != w->n)
		return err_set(err, ERR_CONFLICT,
		    "The lease of a message of this batch is no longer ours.");
	return 0;
}

int
store_queue_settle(struct db *db, const char *worker, const unsigned char lease[QUEUE_LEASE_BYTES],
    const struct queue_result *results, size_t n, usec_t now, struct err *err)
{
	const struct settling w = { .worker = worker, .lease = v_bytes(lease, QUEUE_LEASE_BYTES),
		.results = results, .n = n, .now = now };
	struct arena a = { 0 };
	int rc = n == 0 ? 0 : settle(db, &a, &w, err);

	if (rc == 0)
		rc = write_history(db, &a, worker, results, n, now, err);
	arena_done(&a);
	return rc;
}
