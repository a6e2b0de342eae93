/*
 * process_expire_points - ExpirePoints: writes a movement that takes away what is left of expired
 * points.
 */
#include "config.h"

#include <inttypes.h>

#include "lib/err.h"
#include "lib/format/decimal.h"
#include "lib/text.h"
#include "model/process.h"
#include "process/process.h"
#include "process/walk.h"
#include "store/db.h"

/* A clock that is ahead by more is wrong: no update stops a machine for so long. */
enum { AHEAD_S = 3600 };

struct expire {
	int64_t lots, contacts, trimmed;
	struct decimal points;
};

static int
count(struct run *run, int64_t after, int64_t last, struct expire *more, struct err *err)
{
	struct arena a = { 0 };
	struct rows r;
	int rc = db_query(run->db, Q_expire_count,
	    DB_ARGS(v_int(after), v_int(last), v_time(run->believed)), &a, &r, err);

	if (rc == 0) {
		more->lots = rows_int(&r, 0, C_expire_count_lots);
		more->contacts = rows_int(&r, 0, C_expire_count_contacts);
		if (decimal_parse(rows_text(&r, 0, C_expire_count_points), &more->points) < 0)
			rc = err_set(err, ERR_PERMANENT,
			    "The points of a chunk of contacts are more than can be counted.");
	}
	arena_done(&a);
	return rc;
}

/* Reduces the movements of expired points to what their lots hold now. */
static int
trim(struct run *run, int64_t after, int64_t last, struct expire *more, struct err *err)
{
	int64_t n = db_exec(
	    run->db, Q_expire_trim, DB_ARGS(v_int(after), v_int(last), v_time(run->believed)), err);

	*more = (struct expire){ .trimmed = n };
	return n < 0 ? (int)n : 0;
}

/* The contacts are locked, so that nobody spends the points that are about to expire. */
static int
set(struct run *run, int64_t after, int64_t last, struct expire *more, struct err *err)
{
	struct arena a = { 0 };
	struct rows locked;
	int rc = db_query(run->db, Q_expire_lock,
	    DB_ARGS(v_int(after), v_int(last), v_time(run->believed)), &a, &locked, err);

	arena_done(&a);
	if (rc == 0)
		rc = trim(run, after, last, more, err);
	if (rc == 0 && locked.n > 0)
		rc = count(run, after, last, more, err);
	if (rc == 0 && more->lots > 0 &&
	    db_exec(run->db, Q_expire_set,
		DB_ARGS(v_time(run->now), v_int(after), v_int(last), v_time(run->believed)),
		err) < 0)
		rc = err->code;
	return rc;
}

/* A dry run does the first step, counts the result and rolls back. */
static int
try(struct run *run, int64_t after, int64_t last, struct expire *more, struct err *err)
{
	int rc;

	if ((rc = db_savepoint(run->db, err)) < 0 ||
	    (rc = trim(run, after, last, more, err)) < 0 ||
	    (rc = count(run, after, last, more, err)) < 0)
		return rc;
	return db_savepoint_rollback(run->db, err);
}

static int
chunk(struct run *run, int64_t after, int64_t last, void *tally, struct err *err)
{
	struct expire *all = tally, more = { 0 };
	int rc = (run->dry_run ? try : set)(run, after, last, &more, err);

	if (rc < 0)
		return rc;
	all->lots += more.lots;
	all->contacts += more.contacts;
	all->trimmed += more.trimmed;
	decimal_add(&all->points, more.points);
	return 0;
}

static int
expire_points_run(struct run *run, struct err *err)
{
	const struct process_expire_points_args *in = run->args;
	struct expire all = { 0 };
	struct walk w = { .phase = "contacts",
		.last = Q_expire_contact_last,
		.chunk_rows = in->chunk_rows.value,
		.fn = chunk,
		.tally = &all,
		.tally_bytes = sizeof all };
	int rc;

	if (run->now - run->believed > AHEAD_S * USEC_SEC)
		run_warn(run,
		    "The database's clock is %" PRId64
		    " s ahead of what was seen of it: points expire by that (customerapi doctor).",
		    (run->now - run->believed) / USEC_SEC);
	if ((rc = walk_int(run, Q_expire_contact_max, NULL, 0, 0, &w.max, err)) < 0 ||
	    (rc = walk(run, &w, err)) < 0)
		return rc;
	run_result_int(run, "Contacts", all.contacts);
	run_result_int(run, "Lots", all.lots);
	run_result_int(run, "Corrected", all.trimmed);
	run_result_text(
	    run, "Expired", decimal_trim(&run->arena, decimal_text(&run->arena, all.points)));
	run_log(run, "points of %" PRId64 " %s %s", all.contacts,
	    text_form(all.contacts, "contact", "contacts"),
	    run->dry_run ? "would expire" : "expired");
	return 0;
}

const struct process_row process_expire_points_rows[] = {
	PROCESS(expire_points, "ExpirePoints", expire_points_run,
	    .time_limit_s = 6 * 3600, .memory_mb = 512, .retries = 1,
	    .retry_after_s = 300, .copies_contacts = 1, .exclusive = "points",
	    .doc = "Takes away what is left of points whose time is over; what it took of points "
		"that were taken out, or given to another contact since, it gives back.")
	PROCESS_PARAM(expire_points, int, chunk_rows, "ChunkRows", .min = 10, .max = 100000,
	    .def = "1000",
	    .doc = "How many contacts are looked at in one transaction; those with points that are "
		"due are locked meanwhile.")
	PROCESS_END(expire_points)
	{ .name = NULL },
};
