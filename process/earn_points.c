/*
 * process_earn_points - EarnPoints: points of purchases by the tenant's rules. One movement
 * corrects the difference between the points that a purchase should have and those it has.
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

struct earn {
	int64_t movements;
	struct decimal earned, taken_back;
};

/* Counts what the chunk lacks, as the statement that writes it will see it. */
static int
count(struct run *run, int64_t after, int64_t last, struct earn *more, struct err *err)
{
	struct arena a = { 0 };
	struct rows r;
	int rc = db_query(run->db, Q_earn_count, DB_ARGS(v_int(after), v_int(last)), &a, &r, err);

	*more = (struct earn){ 0 };
	if (rc == 0) {
		more->movements = rows_int(&r, 0, C_earn_count_movements);
		if (decimal_parse(rows_text(&r, 0, C_earn_count_earned), &more->earned) < 0 ||
		    decimal_parse(rows_text(&r, 0, C_earn_count_taken_back), &more->taken_back) < 0)
			rc = err_set(err, ERR_PERMANENT,
			    "The points of a chunk of purchases are more than can be counted.");
	}
	arena_done(&a);
	return rc;
}

static int
set(struct run *run, int64_t after, int64_t last, struct earn *more, struct err *err)
{
	int rc = count(run, after, last, more, err);

	if (rc < 0 || more->movements == 0)
		return rc;
	if (db_exec(run->db, Q_earn_set, DB_ARGS(v_time(run->now), v_int(after), v_int(last)),
		err) >= 0)
		return 0;
	/* Another run, on another host whose lease has ended, has written the same movement
	 * first. */
	return err->code == ERR_DB_DUPLICATE ?
	    err_set(err, ERR_DB_RETRY, "Another run gave these points at the same time.") :
	    err->code;
}

static int
chunk(struct run *run, int64_t after, int64_t last, void *tally, struct err *err)
{
	struct earn *all = tally, more;
	int rc;

	if (run->dry_run)
		rc = count(run, after, last, &more, err);
	else
		rc = set(run, after, last, &more, err);
	if (rc < 0)
		return rc;
	all->movements += more.movements;
	decimal_add(&all->earned, more.earned);
	decimal_add(&all->taken_back, more.taken_back);
	return 0;
}

static int
report_missing(struct run *run, struct err *err)
{
	int64_t missing;
	int rc = walk_int(run, Q_earn_missing, NULL, 0, 0, &missing, err);

	if (rc < 0 || missing == 0)
		return rc;
	run_result_int(run, "WithoutRefAmount", missing);
	run_warn(run,
	    "%" PRId64 " %s no amount in the reference currency, and earn%s nothing until "
		       "ComputeRefAmounts gives one",
	    missing, text_form(missing, "purchase that counts has", "purchases that count have"),
	    text_form(missing, "s", ""));
	return 0;
}

static int
earn_points_run(struct run *run, struct err *err)
{
	const struct process_earn_points_args *in = run->args;
	struct earn all = { 0 };
	struct walk w = { .phase = "purchases",
		.last = Q_ref_header_last,
		.chunk_rows = in->chunk_rows.value,
		.fn = chunk,
		.tally = &all,
		.tally_bytes = sizeof all };
	int rc;

	if ((rc = walk_int(run, Q_ref_header_max, NULL, 0, 0, &w.max, err)) < 0 ||
	    (rc = walk(run, &w, err)) < 0)
		return rc;
	run_result_int(run, "Movements", all.movements);
	run_result_text(
	    run, "Earned", decimal_trim(&run->arena, decimal_text(&run->arena, all.earned)));
	run_result_text(
	    run, "TakenBack", decimal_trim(&run->arena, decimal_text(&run->arena, all.taken_back)));
	run_log(run, "%" PRId64 " %s %s", all.movements,
	    text_form(all.movements, "movement", "movements"),
	    run->dry_run ? "would be made" : "made");
	return report_missing(run, err);
}

const struct process_row process_earn_points_rows[] = {
	PROCESS(earn_points, "EarnPoints", earn_points_run,
	    .time_limit_s = 6 * 3600, .memory_mb = 512, .retries = 1,
	    .retry_after_s = 300, .copies_contacts = 1, .exclusive = "points",
	    .doc = "Gives contacts the points of their purchases by the tenant's rules "
		"(customerapi points set-rule), and takes back those of purchases that no longer "
		"count.")
	PROCESS_PARAM(earn_points, int, chunk_rows, "ChunkRows", .min = 100, .max = 100000,
	    .def = "5000",
	    .doc = "How many purchases are looked at in one transaction.")
	PROCESS_END(earn_points)
	{ .name = NULL },
};
