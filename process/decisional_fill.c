#include "config.h"

#include "process/decisional_fill.h"

#include <string.h>

#include "lib/crash.h"
#include "lib/err.h"
#include "process/decisional_ddl.h"
#include "process/walk.h"
#include "store/db.h"

static int
copy_contacts(struct run *run, int64_t after, int64_t last, void *tally, struct err *err)
{
	struct decisional *f = tally;
	int64_t n = 0;
	int rc = 0;

	if (run->dry_run)
		rc = walk_int(run, Q_decisional_contacts_count, DB_ARGS(v_int(after), v_int(last)),
		    0, &n, err);
	else if (db_exec(run->db, Q_decisional_contacts_copy, DB_ARGS(v_int(after), v_int(last)),
		     err) < 0 ||
	    db_exec(run->db, Q_decisional_addresses_copy, DB_ARGS(v_int(after), v_int(last)), err) <
		0)
		rc = err->code;
	f->contacts += n;
	crash_point("decisional-copy");
	return rc;
}

static int
look_at_purchases(struct run *run, const struct decisional *f, int64_t after, int64_t last,
    struct decisional_found *out, struct err *err)
{
	struct arena a = { 0 };
	struct rows r;
	int rc = db_query(run->db, Q_decisional_purchases_count,
	    DB_ARGS(v_time(f->starts[0]), v_time(f->now), v_text(run->reference_currency),
		v_int(after), v_int(last)),
	    &a, &r, err);

	if (rc == 0)
		*out = (struct decisional_found){ rows_int(&r, 0,
						      C_decisional_purchases_count_purchases),
			rows_int(&r, 0, C_decisional_purchases_count_no_amount),
			rows_int(&r, 0, C_decisional_purchases_count_no_rate),
			rows_int(&r, 0, C_decisional_purchases_count_too_large),
			rows_int(&r, 0, C_decisional_purchases_count_not_computed),
			rows_int(&r, 0, C_decisional_purchases_count_undated),
			rows_int(&r, 0, C_decisional_purchases_count_future),
			rows_int(&r, 0, C_decisional_purchases_count_no_status) };
	arena_done(&a);
	return rc;
}

static int
find_labels(struct run *run, struct decisional *f, int64_t after, int64_t last, struct err *err)
{
	struct arena a = { 0 };
	struct rows r;
	int rc = db_query(run->db, Q_decisional_labels,
	    DB_ARGS(v_int(after), v_int(last), v_time(f->starts[0]), v_time(f->now),
		v_int(DECISIONAL_LABELS)),
	    &a, &r, err);

	for (size_t i = 0; rc == 0 && i < r.n; i++)
		decisional_label_add(&f->labels, &run->arena,
		    rows_text(&r, i, C_decisional_labels_label),
		    rows_int(&r, i, C_decisional_labels_purchases));
	arena_done(&a);
	return rc;
}

static int
put_purchases(struct run *run, int64_t after, int64_t last, void *tally, struct err *err)
{
	struct decisional *f = tally;
	struct decisional_found found = { 0 };
	int rc = look_at_purchases(run, f, after, last, &found, err);

	if (rc == 0 && !run->dry_run &&
	    (found.purchases = db_exec(run->db, Q_decisional_purchases_put,
		 DB_ARGS(v_int(after), v_int(last), v_time(f->starts[0]), v_time(f->now)), err)) <
		0)
		rc = err->code;
	if (rc == 0 && found.no_status > 0)
		rc = find_labels(run, f, after, last, err);
	if (rc < 0)
		return rc;
	f->found.purchases += found.purchases;
	f->found.no_amount += found.no_amount;
	f->found.no_rate += found.no_rate;
	f->found.too_large += found.too_large;
	f->found.not_computed += found.not_computed;
	f->found.undated += found.undated;
	f->found.future += found.future;
	f->found.no_status += found.no_status;
	crash_point("decisional-purchases");
	return 0;
}

static int
put_contacts(struct run *run, int64_t after, int64_t last, void *tally, struct err *err)
{
	struct decisional *f = tally;
	struct val from = v_int(after), to = v_int(last), now = v_time(f->now),
		   m12 = v_time(f->months12), m24 = v_time(f->months24);
	int64_t n = db_exec(
	    run->db, Q_decisional_contacts_put, DB_ARGS(now, m12, m24, from, to), err);

	if (n < 0)
		return err->code;
	f->contacts += n;
	crash_point("decisional-contacts");
	return 0;
}

static int
set_quintiles(struct run *run, int64_t after, int64_t last, void *tally, struct err *err)
{
	struct decisional *f = tally;
	struct val args[3 * DECISIONAL_CUTS + 2];

	memcpy(args, f->cuts, sizeof f->cuts);
	args[3 * DECISIONAL_CUTS] = v_int(after);
	args[3 * DECISIONAL_CUTS + 1] = v_int(last);
	return db_exec(run->db, Q_decisional_quintiles_set, args, 3 * DECISIONAL_CUTS + 2, err) <
		0 ?
	    err->code :
	    0;
}

static int
put_of_contacts(struct run *run, enum query q, int64_t after, int64_t last,
    const struct decisional *f, struct err *err)
{
	return db_exec(run->db, q, DB_ARGS(v_time(f->now), v_int(after), v_int(last)), err) < 0 ?
	    err->code :
	    0;
}

static int
put_months_of(struct run *run, int64_t after, int64_t last, void *tally, struct err *err)
{
	return put_of_contacts(run, Q_decisional_months_put, after, last, tally, err);
}

static int
put_contactability(struct run *run, int64_t after, int64_t last, void *tally, struct err *err)
{
	return put_of_contacts(run, Q_decisional_contactability_put, after, last, tally, err);
}

static int
put_cohorts(struct run *run, int64_t after, int64_t last, void *tally, struct err *err)
{
	struct decisional *f = tally;

	return db_exec(run->db, Q_decisional_cohorts_put,
		   DB_ARGS(v_time(f->now), v_int(after), v_int(last), v_text(f->cohort_first)),
		   err) < 0 ?
	    err->code :
	    0;
}

/* The value at the end of each fifth: a contact above it has at least that share of the buyers
 * below. */
static int
find_cuts(struct run *run, struct decisional *f, struct err *err)
{
	static const enum query at[] = { Q_decisional_recency_at, Q_decisional_frequency_at,
		Q_decisional_monetary_at };
	int rc = walk_int(run, Q_decisional_buyers, DB_NONE, 0, &f->buyers, err);

	for (size_t i = 0; i < 3 && rc == 0 && f->buyers > 0; i++)
		for (int64_t k = 1; k <= DECISIONAL_CUTS && rc == 0; k++) {
			struct rows r;

			run_progress(run, "fifths", (int64_t)i * DECISIONAL_CUTS + k - 1,
			    3 * DECISIONAL_CUTS);
			rc = db_query(run->db, at[i],
			    DB_ARGS(v_int(
				(k * f->buyers + DECISIONAL_CUTS) / (DECISIONAL_CUTS + 1) - 1)),
			    &run->arena, &r, err);
			if (rc == 0)
				f->cuts[i][k - 1] = r.n == 0 ? v_null() :
							       *rows_at(&r, 0, ROWS_ONLY);
		}
	return rc;
}

static int
put_anonymous(struct run *run, struct decisional *f, struct err *err)
{
	struct rows r;
	int rc = db_query(
	    run->db, Q_decisional_months_anonymous_first, DB_NONE, &run->arena, &r, err);
	usec_t first = rc < 0 || r.n == 0 ?
	    USEC_NONE :
	    rows_time(&r, 0, C_decisional_months_anonymous_first_first);

	for (size_t i = 0; i < f->months && rc == 0 && first != USEC_NONE; i++) {
		usec_t until = i + 1 < f->months ? f->starts[i + 1] : f->now + 1;

		if (until <= first)
			continue;
		run_progress(run, "months without contact", (int64_t)i, (int64_t)f->months);
		if (walk_exec(run, Q_decisional_months_anonymous_put,
			DB_ARGS(v_time(f->now), v_time(f->starts[i]), v_time(until)), err) < 0)
			rc = err->code;
	}
	return rc;
}

static int
complete_cohorts(struct run *run, struct decisional *f, struct err *err)
{
	run_progress(run, "cohorts complete", 0, 0);
	if (walk_exec(run, Q_decisional_cohorts_fill, DB_ARGS(v_time(f->now)), err) < 0 ||
	    walk_exec(run, Q_decisional_cohorts_set, DB_NONE, err) < 0)
		return err->code;
	return 0;
}

/* Walks by contact, or by purchase header. */
static int
walk_by(struct run *run, struct decisional *d, const char *phase, int by_purchase, walk_fn *fn,
    struct err *err)
{
	const struct walk w = { .phase = phase,
		.last = by_purchase ? Q_ref_header_last : Q_decisional_contact_last,
		.max = by_purchase ? d->header_max : d->contact_max,
		.chunk_rows = d->chunk_rows,
		.fn = fn,
		.tally = d,
		.tally_bytes = sizeof *d };

	return walk(run, &w, err);
}

int
decisional_collect(struct run *run, struct decisional *d, struct err *err)
{
	int rc = walk_int(run, Q_decisional_contact_max, DB_NONE, 0, &d->contact_max, err);

	if (rc == 0)
		rc = walk_by(run, d, "contacts", 0, copy_contacts, err);
	if (rc == 0)
		rc = walk_int(run, Q_ref_header_max, DB_NONE, 0, &d->header_max, err);
	return rc < 0 ? rc : walk_by(run, d, "purchases", 1, put_purchases, err);
}

int
decisional_derive(struct run *run, struct decisional *d, struct err *err)
{
	static const struct {
		const char *phase;
		walk_fn *fn;
	} walks[] = {
		{ "quintiles", set_quintiles },
		{ "months", put_months_of },
		{ "contactability", put_contactability },
		{ "cohorts", put_cohorts },
	};
	int rc = walk_by(run, d, "purchases of contacts", 0, put_contacts, err);

	if (rc == 0) {
		run_progress(run, "keys", 0, 0);
		rc = decisional_ddl(run, Q_decisional_keys_add, err);
	}
	if (rc == 0)
		rc = find_cuts(run, d, err);
	for (size_t i = d->buyers == 0; i < sizeof walks / sizeof walks[0] && rc == 0; i++)
		rc = walk_by(run, d, walks[i].phase, 0, walks[i].fn, err);
	if (rc == 0)
		rc = put_anonymous(run, d, err);
	return rc < 0 ? rc : complete_cohorts(run, d, err);
}
