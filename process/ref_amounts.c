/*
 * process_ref_amounts - ComputeRefAmounts: amounts of purchases, their lines and vouchers in the
 * tenant's reference currency.
 *
 * Reference amount = amount times the currency's rate at the purchase's date (of a voucher: its
 * use, else its start, else its creation), rounded to four digits half to even. The reference
 * currency's own rate is 1. Without a rate it is NULL, and the run ends with a warning that names
 * currency and dates. Restartable at any commit.
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/err.h"
#include "model/process.h"
#include "process/process.h"
#include "process/ref_missing.h"
#include "process/walk.h"
#include "store/db.h"

/* A row can be committed later than its ModificationDate says, so rows modified within this time
 * before a run are checked again by the next run. */
#define LATE_COMMIT (600 * USEC_SEC)

static const char state_name[] = "ComputeRefAmounts";

/* A kind of rows, walked by the key of its table in chunks. */
struct pass {
	const char *phase, *result;
	enum query last, max, set, count, missing;
};

static const struct pass passes[] = {
	{ "purchase headers", "Headers", Q_ref_header_last, Q_ref_header_max, Q_ref_headers_set, Q_ref_headers_count, Q_ref_headers_missing },
	{ "purchase details", "Details", Q_ref_detail_last, Q_ref_detail_max, Q_ref_details_set, Q_ref_details_count, Q_ref_details_missing },
	{ "vouchers", "Vouchers", Q_ref_voucher_last, Q_ref_voucher_max, Q_ref_vouchers_set, Q_ref_vouchers_count, Q_ref_vouchers_missing },
};

/* ------------------------------------------------------------------ chunks */

struct pass_at_work {
	const struct pass *pass;
	usec_t since;
	int64_t newest; /* the newest rate's month, as the statements count months */
	int64_t changed;
	struct ref_missing missing;
};

/* Counts the chunk's rows without a rate; in a dry run those that would stay without one. */
static int
look_for_missing(
    struct run *run, int64_t after, int64_t last, struct pass_at_work *w, struct err *err)
{
	struct arena a = { 0 };
	struct rows r;
	int rc = db_query(run->db, w->pass->missing,
	    DB_ARGS(
		v_text(run->reference_currency), v_int(after), v_int(last), v_int(run->dry_run)),
	    &a, &r, err);

	if (rc == 0)
		ref_missing_add(run, &w->missing, &r);
	arena_done(&a);
	return rc;
}

/* Rows of a chunk that were changed, or would be. */
static int
chunk(struct run *run, int64_t after, int64_t last, void *tally, struct err *err)
{
	struct pass_at_work *w = tally;
	const struct val args[] = { v_text(run->reference_currency), v_int(after), v_int(last),
		v_time(w->since), v_int(w->newest) };
	const size_t n = sizeof args / sizeof args[0];
	int64_t rows;
	int rc = 0;

	if (run->dry_run)
		rc = walk_int(run, w->pass->count, args, n, 0, &rows, err);
	else if ((rows = db_exec(run->db, w->pass->set, args, n, err)) < 0)
		rc = err->code;
	if (rc < 0)
		return rc;
	w->changed += rows;
	return look_for_missing(run, after, last, w, err);
}

static int
pass_run(struct run *run, const struct pass *p, int64_t chunk_rows, usec_t since,
    struct ref_missing *missing, struct err *err)
{
	struct pass_at_work at_work = { .pass = p, .since = since, .missing = *missing };
	struct walk w = { .phase = p->phase,
		.last = p->last,
		.chunk_rows = chunk_rows,
		.fn = chunk,
		.tally = &at_work,
		.tally_bytes = sizeof at_work };
	int rc = walk_int(run, p->max, DB_NONE, 0, &w.max, err);

	if (rc == 0)
		rc = walk_int(run, Q_ref_newest, DB_NONE, 0, &at_work.newest, err);
	if (rc == 0)
		rc = walk(run, &w, err);
	if (rc < 0)
		return rc;
	run_log(run, "%s: %" PRId64 " %s", p->phase, at_work.changed,
	    run->dry_run ? "would change" : "changed");
	run_result_int(run, p->result, at_work.changed);
	*missing = at_work.missing;
	return 0;
}

/* ------------------------------------------------------------------ what was seen before */

struct seen {
	usec_t since;		/* rows and rates modified earlier are done */
	int64_t forgotten;	/* how often the note was declared void */
};

/* 1 when the last run's note can be used: it had the same reference currency, and the clock was not
 * set back since. */
static int
is_usable(const struct run *run, const struct rows *r)
{
	if (r->n == 0 || rows_time(r, 0, C_process_state_get_seen_to) > run->now)
		return 0;
	return strcmp(rows_text(r, 0, C_process_state_get_detail), run->reference_currency) == 0;
}

/* since is the beginning of time for a full run, for the first run, for a run with another
 * reference currency, and after the clock was set back. */
static int
find_seen(struct run *run, struct seen *out, struct err *err)
{
	const struct process_ref_amounts_args *in = run->args;
	struct rows r;
	int rc, full;

	if (!run->dry_run &&
	    walk_exec(run, Q_process_state_begin, DB_ARGS(v_text(state_name)), err) < 0)
		return err->code;
	if ((rc = db_query(run->db, Q_process_state_get, DB_ARGS(v_text(state_name)), &run->arena,
		 &r, err)) < 0)
		return rc;
	full = strcmp(in->mode.value, "Full") == 0 || !is_usable(run, &r);
	*out = (struct seen){ .since = full ? 0 : rows_time(&r, 0, C_process_state_get_seen_to),
		.forgotten = r.n == 0 ? 0 : rows_int(&r, 0, C_process_state_get_forgotten) };
	run_log(run, full ? "all rows" : "rows and rates modified since the last run");
	return 0;
}

/* Nothing is noted when a rate was removed meanwhile: rows done earlier may still be computed with
 * it. */
static int
note_seen(struct run *run, const struct seen *seen, struct err *err)
{
	int64_t n = run->dry_run ?
	    1 :
	    walk_exec(run, Q_process_state_set,
		DB_ARGS(v_time(run->now - LATE_COMMIT), v_text(run->reference_currency),
		    v_text(state_name), v_int(seen->forgotten)),
		err);

	if (n < 0)
		return err->code;
	if (n == 0) {
		run_warn(run, "a rate was removed during the run: some amounts may still use it; "
		    "the next run looks at all rows");
	}
	return 0;
}

static int
ref_amounts_run(struct run *run, struct err *err)
{
	const struct process_ref_amounts_args *in = run->args;
	struct ref_missing missing = { 0 };
	struct seen seen = { 0 };
	int rc;

	if (run->reference_currency == NULL || run->reference_currency[0] == '\0')
		return err_set(err, ERR_PERMANENT,
		    "The tenant has no reference currency: customerapi alias set gives it one.");
	if ((rc = find_seen(run, &seen, err)) < 0)
		return rc;
	run_result_text(run, "ReferenceCurrency", run->reference_currency);
	for (size_t i = 0; i < sizeof passes / sizeof passes[0]; i++)
		if ((rc = pass_run(
			 run, &passes[i], in->chunk_rows.value, seen.since, &missing, err)) < 0)
			return rc;
	ref_missing_report(run, &missing);
	return note_seen(run, &seen, err);
}

const struct process_row process_ref_amounts_rows[] = {
	PROCESS(ref_amounts, "ComputeRefAmounts", ref_amounts_run,
	    .time_limit_s = 6 * 3600, .memory_mb = 512, .retries = 1,
	    .retry_after_s = 300, .exclusive = "purchases",
	    .doc = "Converts the amounts of purchases and vouchers into the tenant's reference "
		"currency.")
	PROCESS_PARAM(ref_amounts, text, mode, "Mode", .max_length = 20,
	    .choices = "Incremental|Full", .def = "Incremental",
	    .doc = "Incremental looks only at rows whose amount, currency, date or rate changed; "
		"Full computes every row anew.")
	PROCESS_PARAM(ref_amounts, int, chunk_rows, "ChunkRows", .min = 100, .max = 100000,
	    .def = "10000",
	    .doc = "How many rows are changed in one transaction.")
	PROCESS_END(ref_amounts)
	{ .name = NULL },
};
