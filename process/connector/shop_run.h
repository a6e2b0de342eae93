/*
 * shop_run - a connector's run: reads resources of a shop in passes, page by page, and writes their
 * records (process/feed.h) with where it stands (store/exchange/store_cursor.h) in one transaction.
 *
 *	shop_run_begin(&s, "shop", "Prestashop", err)
 *	shop_run_pass(&s, &pass, err)		for each resource
 *	return shop_run_end(&s, rc, err)	also after a failure
 *
 * A pass reads all that was changed since the last one, by ascending id: a record that changes
 * while the pass is under way is read by the next one. While a page is written, the next one is
 * fetched, in a thread of its own. A run that was ended goes on behind its last checkpoint.
 *
 * Records that cannot be taken are refused, with the reason in the run's log, and reading goes on.
 * When more than the given share was refused, the run fails in the end; what was taken stays.
 */
#ifndef PROCESS_CONNECTOR_SHOP_RUN_H
#define PROCESS_CONNECTOR_SHOP_RUN_H

#include <stddef.h>
#include <stdint.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "process/connector/shop_connection.h"
#include "process/connector/shop_fetch.h"
#include "process/feed.h"
#include "process/run.h"
#include "store/exchange/store_cursor.h"

enum {
	SHOP_RUN_REASONS = 10,		/* refused records that the log names */
	SHOP_RUN_DIFFERENCES = 50,	/* the same of a reconciliation */
	SHOP_RUN_OVERLAP_S = 600	/* a pass begins so long before the last one began */
};

struct shop_page {
	/* In. */
	usec_t from;			/* only what was changed from then on; USEC_NONE = all */
	usec_t until;			/* about now: nothing was changed later */
	int64_t after_id;		/* only records of a higher id */

	/* Out, by fetch(). */
	struct arena arena;		/* for whatever belongs to the page */
	struct json_object *records;	/* array, by ascending id; the page's. NULL = none */
	int64_t last_id;		/* what after_id is of the next page */
	int is_last;			/* there is no next page */
	usec_t shop_now; /* by the shop's clock (http_reply.date); USEC_NONE = not known */

	/* Of the work. */
	int rc;
	struct err err;
};

struct shop_pass {
	/* In. */
	const char *resource;		/* "orders": in cursor, log and progress */
	const char *scope;		/* of the cursor; "" = all */
	const char *entity;		/* "Order": for feed_record.entity */
	feed_map_fn *map;
	const void *record;		/* for feed_record.record */
	/* Fetches the page; 0 or a negative code. Runs in a thread of its own, but never twice at
	 * once. */
	int (*fetch)(void *arg, struct shop_page *page, struct err *err);
	/* *last_id: the highest id that the pass will read, for the progress; 0 = not known. NULL =
	 * never known. */
	int (*ahead)(void *arg, const struct shop_page *page, int64_t *last_id, struct err *err);
	void *arg;
	/* How the log names a record: "order KHWLILZLL". In a. NULL = resource and "id". */
	const char *(*name)(struct arena *a, struct json_object *record);
	int is_whole;			/* all records, whatever was read before */
	usec_t since; /* also what was changed from then on, though it was read before; on the
		       * first pass nothing else. USEC_NONE = as the cursor says */
	/* For a reconciliation: only what was changed from then on, without a cursor; records whose
	 * row of this entity is new, or that change something, are told. USEC_NONE = no such. */
	usec_t compare_from;
	enum entity_id compare;

	/* Of the work. */
	struct store_cursor at;
	int64_t read, last_id, first_id;	/* of this pass in this run */
};

struct shop_run {
	/* In. */
	struct run *run;
	const char *platform; /* "PrestaShop": what records are mapped as, and who says so */
	int rejected_percent;
	int (*is_final)(const struct http_reply *r);	/* of fetch */

	struct connection connection;	/* out, of shop_run_begin() */
	struct shop_fetch fetch;	/* for fetch() of passes */

	/* Of the work. */
	struct shop_connection about;
	struct feed feed;
	unsigned char worker[STORE_CURSOR_WORKER];
	int told, has_begun;
	int has_compared;
	int64_t missing, different;	/* of reconciliations */
	usec_t now;			/* the database's clock at the beginning */
};

/* Reads the tenant's connection of that name, of one of the kinds, and takes it over. */
int shop_run_begin(
    struct shop_run *s, const char *connection, const char *kinds, struct err *err);

int shop_run_pass(struct shop_run *s, struct shop_pass *p, struct err *err);

/* Writes records beside passes (a sweep's): n of them, with *at noted in the same transaction when
 * it is not NULL. */
int shop_run_write(struct shop_run *s, struct feed_record *records, size_t n,
    const struct store_cursor *at, struct err *err);

/* Notes *at in a transaction of its own; a dry run notes nothing. */
int shop_run_note(struct shop_run *s, const struct store_cursor *at, struct err *err);

/* Writes the run's result and notes on the connection what came of it. rc, err: what the run came
 * to. Returns rc, or ERR_PERMANENT when too much was refused. Frees what s holds. */
int shop_run_end(struct shop_run *s, int rc, struct err *err);

#endif
