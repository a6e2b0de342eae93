#include "config.h"

#include "scheduler/process_ref_amounts.h"

#include <inttypes.h>
#include <string.h>

#include "lib/err.h"
#include "lib/process.h"
#include "store/db.h"

enum { MISSING_MAX = 20, RETRIES = 5 };

/* A row may be committed later than its ModificationDate says: what is younger than this before a run is looked at once more. */
#define LATE_COMMIT (600 * USEC_SEC)

static const char state_name[] = "ComputeRefAmounts";

/* A kind of rows, walked by the key of its table in chunks. */
struct pass {
	const char *phase, *result;
	enum query last, max, set, count;
	int since_twice;		/* lines: the instant is compared with the purchase's and with the line's */
};

static const struct pass passes[] = {
	{ "purchase headers", "Headers", Q_ref_header_last, Q_ref_header_max, Q_ref_headers_set, Q_ref_headers_count, 0 },
	{ "purchase details", "Details", Q_ref_header_last, Q_ref_header_max, Q_ref_details_set, Q_ref_details_count, 1 },
	{ "vouchers", "Vouchers", Q_ref_voucher_last, Q_ref_voucher_max, Q_ref_vouchers_set, Q_ref_vouchers_count, 0 },
};

/* ------------------------------------------------------------------ chunks */

static int
one_int(struct run *run, enum query q, const struct val *args, size_t nargs, int64_t otherwise, int64_t *out, struct err *err)
{
	struct arena a = { 0 };
	struct rows r;
	int rc = db_query(run->db, q, args, nargs, &a, &r, err);

	*out = rc < 0 || r.n == 0 ? otherwise : rows_int(&r, 0, 0);
	arena_done(&a);
	return rc;
}

/* Rows of a chunk that were changed, or would be. */
static int
chunk(struct run *run, const struct pass *p, int64_t after, int64_t last, usec_t since, int64_t *rows, struct err *err)
{
	const struct val args[] = { v_text(run->reference_currency), v_int(after), v_int(last), v_time(since), v_time(since), v_time(since) };
	size_t n = p->since_twice ? 6 : 5;

	if (run->dry_run)
		return one_int(run, p->count, args, n, 0, rows, err);
	*rows = db_exec(run->db, p->set, args, n, err);
	return *rows < 0 ? err->code : 0;
}

/* Locks that collide with the queue's work are tried again. */
static int
chunk_surely(struct run *run, const struct pass *p, int64_t after, int64_t last, usec_t since, int64_t *rows, struct err *err)
{
	int rc = ERR_DB_RETRY;

	for (int i = 0; i < RETRIES && rc == ERR_DB_RETRY; i++) {
		err_clear(err);
		rc = chunk(run, p, after, last, since, rows, err);
	}
	return rc;
}

static int
walk(struct run *run, const struct pass *p, int64_t chunk_rows, usec_t since, struct err *err)
{
	int64_t max, after = 0, last, rows, changed = 0;
	int rc = one_int(run, p->max, NULL, 0, 0, &max, err);

	while (rc == 0 && after < max) {
		run_progress(run, p->phase, after, max);
		if ((rc = one_int(run, p->last, DB_ARGS(v_int(after), v_int(chunk_rows - 1)), max, &last, err)) < 0)
			break;
		if (last > max)
			last = max;
		rc = chunk_surely(run, p, after, last, since, &rows, err);
		if (rc == 0)
			changed += rows;
		after = last;
	}
	if (rc < 0)
		return rc;
	run_progress(run, p->phase, max, max);
	run_log(run, "%s: %" PRId64 " %s", p->phase, changed, run->dry_run ? "would change" : "changed");
	run_result_int(run, p->result, changed);
	return 0;
}

/* ------------------------------------------------------------------ what was seen before, what is missing */

/* *since: rows and rates modified before it are done. The beginning of time for a full run, the first, or one under another reference currency. */
static int
find_since(struct run *run, usec_t *since, struct err *err)
{
	const struct process_compute_ref_amounts_args *in = run->args;
	struct rows r;
	int rc = db_query(run->db, Q_process_state_get, DB_ARGS(v_text(state_name)), &run->arena, &r, err);
	int full = strcmp(in->mode.value, "Full") == 0 || rc < 0 || r.n == 0 || strcmp(rows_text(&r, 0, 1), run->reference_currency) != 0;

	*since = full ? 0 : rows_time(&r, 0, 0);
	run_log(run, full ? "all rows" : "rows and rates modified since the last run");
	return rc;
}

static int
report_missing(struct run *run, struct err *err)
{
	struct rows r;
	char first[32] = "", last[32] = "";
	int rc = db_query(run->db, Q_ref_missing, DB_ARGS(v_text(run->reference_currency), v_int(MISSING_MAX)), &run->arena, &r, err);

	if (rc < 0)
		return rc;
	if (run->result.len > 0)
		buf_addc(&run->result, ',');
	buf_adds(&run->result, "\"MissingRates\":[");
	for (size_t i = 0; i < r.n; i++) {
		const char *currency = rows_text(&r, i, 0);

		if (!rows_null(&r, i, 2))
			clock_iso8601(rows_time(&r, i, 2), first);
		if (!rows_null(&r, i, 3))
			clock_iso8601(rows_time(&r, i, 3), last);
		buf_addf(&run->result, "%s{\"CurrencyId\":", i > 0 ? "," : "");
		buf_add_json(&run->result, currency);
		buf_addf(&run->result, ",\"Rows\":%" PRId64 ",\"From\":\"%s\",\"To\":\"%s\"}", rows_int(&r, i, 1), first, last);
		run_log(run, "no rate for %s: %" PRId64 " amounts from %s to %s", currency == NULL ? "amounts without currency" : currency, rows_int(&r, i, 1), first, last);
	}
	buf_addc(&run->result, ']');
	if (r.n > 0)
		run->warning = RUN_WARNING;
	return 0;
}

int
process_ref_amounts_run(struct run *run, struct err *err)
{
	const struct process_compute_ref_amounts_args *in = run->args;
	usec_t since;
	int rc;

	if (run->reference_currency == NULL || run->reference_currency[0] == '\0')
		return err_set(err, ERR_PERMANENT, "The tenant has no reference currency: customerapi alias set gives it one.");
	if ((rc = find_since(run, &since, err)) < 0)
		return rc;
	run_result_text(run, "ReferenceCurrency", run->reference_currency);
	for (size_t i = 0; i < sizeof passes / sizeof passes[0]; i++)
		if ((rc = walk(run, &passes[i], in->chunk_rows.value, since, err)) < 0)
			return rc;
	if ((rc = report_missing(run, err)) < 0)
		return rc;
	if (!run->dry_run && db_exec(run->db, Q_process_state_set, DB_ARGS(v_text(state_name), v_time(run->now - LATE_COMMIT), v_text(run->reference_currency)), err) < 0)
		return err->code;
	return 0;
}
