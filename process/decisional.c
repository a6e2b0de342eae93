/*
 * process_decisional - RefreshDecisionalData: the tenant's decision tables, made anew from its
 * contacts, addresses, purchases and points.
 *
 * What counts, and what each column means, stands with the statements in sql/queries.sql and in
 * customerapi(1). Months and days are those of the tenant's zone: their first instants come from
 * lib/calendar. Contacts, addresses and purchases are copied once, and all tables are made of the
 * copies. The tables are built beside those in use and exchanged by one RENAME TABLE, so readers
 * see the old ones or the new ones. A run that died leaves nothing but half-built twins, which the
 * next one empties; a lock on the server keeps both apart.
 *
 * Purchases whose status nobody knows are named in the result by the labels that they were sent
 * with.
 *
 * Quintiles: 5 is the best fifth (the latest last purchase, the most purchases, the highest
 * reference amount). A contact's is 1 plus a fifth of the buyers' number for each that is worth
 * less than it, rounded down: so equal contacts have equal quintiles.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/calendar.h"
#include "lib/crash.h"
#include "lib/err.h"
#include "lib/text.h"
#include "model/process.h"
#include "process/process.h"
#include "process/walk.h"
#include "store/db.h"

enum {
	FIRST_YEAR = 1900,
	DAY_S = 86400,
	MONTH_BYTES = 16,
	LOCK_WAIT_S = 20,
	DDL_TRIES = 60,
	DDL_PAUSE_MS = 350,
	CUTS = 4
};
enum { LABELS_KEPT = 50, LABELS_SHOWN = 10, LABEL_CHARACTERS = 40 };

/* Labels of purchases that have no status that is known. More than LABELS_KEPT are counted, not
 * named. */
struct labels {
	struct label { const char *text; int64_t purchases; } of[LABELS_KEPT];
	size_t n;
};

/* A purchase before FIRST_YEAR has no real date. */
struct refresh {
	struct calendar_zone *zone;
	int64_t chunk_rows;
	usec_t now;			/* what is later is not in the tables */
	usec_t *starts;			/* of the months, from January of FIRST_YEAR to this one */
	size_t months;
	usec_t months12, months24;	/* the first instant of the day a year, two years ago */
	char cohort_first[MONTH_BYTES];
	int64_t header_max, contact_max;
	struct found {
		int64_t purchases, no_amount, no_rate, too_large, not_computed;
		int64_t undated, future, no_status;
	} found;
	struct labels labels;
	int64_t contacts, buyers;
	struct val cuts[3][CUTS];	/* recency, frequency, monetary */
};

/* ------------------------------------------------------------------ days and months */

static usec_t
day_start(const struct calendar_zone *zone, int year, int month, int day)
{
	return calendar_instant(zone, clock_days_from_civil(year, month, day) * DAY_S);
}

/* The first instant of the same day so many years ago; of 29 February, the 28th. */
static usec_t
years_ago(const struct calendar_zone *zone, int year, int month, int day, int years)
{
	int y = year - years, leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;

	return day_start(zone, y, month, month == 2 && day == 29 && !leap ? 28 : day);
}

static void
month_text(size_t index, char out[MONTH_BYTES])
{
	snprintf(out, MONTH_BYTES, "%04u-%02u-01", (unsigned)(FIRST_YEAR + index / 12) % 10000,
	    (unsigned)(index % 12 + 1));
}

static int
find_times(struct run *run, struct refresh *f, struct err *err)
{
	const struct process_decisional_args *in = run->args;
	int year, month, day, rc = calendar_zone_open(run->time_zone, &f->zone, err);
	size_t back = (size_t)in->cohort_months.value;

	if (rc < 0)
		return rc;
	clock_civil_from_days(calendar_wall(f->zone, f->now) / DAY_S, &year, &month, &day);
	f->months = (size_t)((year - FIRST_YEAR) * 12 + month);
	f->starts = arena_new(&run->arena, usec_t, f->months);
	for (size_t i = 0; i < f->months; i++)
		f->starts[i] = day_start(f->zone, FIRST_YEAR + (int)(i / 12), (int)(i % 12) + 1, 1);
	f->months12 = years_ago(f->zone, year, month, day, 1);
	f->months24 = years_ago(f->zone, year, month, day, 2);
	month_text(f->months > back ? f->months - back : 0, f->cohort_first);
	return 0;
}

static int
months_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	const struct refresh *f = arg;
	struct val *args = arena_new(a, struct val, f->months * 2);
	char text[MONTH_BYTES];

	for (size_t i = 0; i < f->months; i++) {
		month_text(i, text);
		args[i * 2] = v_time(f->starts[i]);
		args[i * 2 + 1] = v_text(arena_strdup(a, text));
	}
	return db_exec_bulk(db, Q_decisional_work_month_put, args, f->months, err) < 0 ? err->code :
											 0;
}

static int
put_months(struct run *run, struct refresh *f, struct err *err)
{
	return db_transact(run->db, months_work, f, err);
}

/* ------------------------------------------------------------------ DDL: readers are waited for,
 * but not long at a time */

static int
ddl_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	const enum query *q = arg;

	(void)a;
	return db_exec(db, *q, DB_NONE, err) < 0 ? err->code : 0;
}

static int
ddl(struct run *run, enum query q, struct err *err)
{
	static const struct db_manner manner = {
		.tries = DDL_TRIES, .pause_ms = DDL_PAUSE_MS, .each_alone = 1
	};
	int rc = db_transact_as(run->db, &manner, ddl_work, &q, err);

	return !db_is_conflict(rc) ? rc :
				     err_set(err, ERR_TRANSIENT,
					 "A reader holds the decision tables for minutes; those of "
					 "the last run stay as they are.");
}

static int
ddl_all(struct run *run, const enum query *list, size_t n, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++)
		rc = ddl(run, list[i], err);
	return rc;
}

static int
empty_all(struct run *run, struct err *err)
{
	static const enum query list[] = { Q_decisional_empty_state, Q_decisional_empty_contacts,
		Q_decisional_empty_months, Q_decisional_empty_contactability,
		Q_decisional_empty_cohorts, Q_decisional_empty_work_months,
		Q_decisional_empty_work_contacts, Q_decisional_empty_work_addresses,
		Q_decisional_empty_work_purchases };

	return ddl_all(run, list, sizeof list / sizeof list[0], err);
}

/* ------------------------------------------------------------------ chunks */

static int
copy_contacts(struct run *run, int64_t after, int64_t last, void *tally, struct err *err)
{
	struct refresh *f = tally;
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
look_at_purchases(struct run *run, const struct refresh *f, int64_t after, int64_t last,
    struct found *out, struct err *err)
{
	struct arena a = { 0 };
	struct rows r;
	int rc = db_query(run->db, Q_decisional_purchases_count,
	    DB_ARGS(v_time(f->starts[0]), v_time(f->now), v_text(run->reference_currency),
		v_int(after), v_int(last)),
	    &a, &r, err);

	if (rc == 0)
		*out = (struct found){ rows_int(&r, 0, C_decisional_purchases_count_purchases),
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

static void
add_label(struct run *run, struct labels *labels, const char *text, int64_t purchases)
{
	size_t i = 0;

	while (i < labels->n && strcmp(labels->of[i].text, text) != 0)
		i++;
	if (i == LABELS_KEPT)
		return;
	if (i == labels->n) {
		labels->of[labels->n].purchases = 0;
		labels->of[labels->n++].text = arena_strdup(&run->arena, text);
	}
	labels->of[i].purchases += purchases;
}

/* FreeField2 is a status as it was sent, but may be any text of a sender: a result names no
 * persons, so only what looks like a label is shown. */
static const char *
label_shown(const char *text)
{
	enum { DIGITS_MAX = 4 };
	size_t digits = 0;

	for (const char *p = text; *p != '\0'; p++) {
		digits = *p >= '0' && *p <= '9' ? digits + 1 : 0;
		if (*p == '@' || digits > DIGITS_MAX)
			return "(no label)";
	}
	return text_utf8_length(text) <= LABEL_CHARACTERS ? text : "(no label)";
}

static int
find_labels(struct run *run, struct refresh *f, int64_t after, int64_t last, struct err *err)
{
	struct arena a = { 0 };
	struct rows r;
	int rc = db_query(run->db, Q_decisional_labels,
	    DB_ARGS(v_int(after), v_int(last), v_time(f->starts[0]), v_time(f->now),
		v_int(LABELS_KEPT)),
	    &a, &r, err);

	for (size_t i = 0; rc == 0 && i < r.n; i++)
		add_label(run, &f->labels, label_shown(rows_text(&r, i, C_decisional_labels_label)),
		    rows_int(&r, i, C_decisional_labels_purchases));
	arena_done(&a);
	return rc;
}

static int
put_purchases(struct run *run, int64_t after, int64_t last, void *tally, struct err *err)
{
	struct refresh *f = tally;
	struct found found = { 0 };
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
	struct refresh *f = tally;
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
	struct refresh *f = tally;
	struct val args[3 * CUTS + 2];

	memcpy(args, f->cuts, sizeof f->cuts);
	args[3 * CUTS] = v_int(after);
	args[3 * CUTS + 1] = v_int(last);
	return db_exec(run->db, Q_decisional_quintiles_set, args, 3 * CUTS + 2, err) < 0 ?
	    err->code :
	    0;
}

static int
put_of_contacts(struct run *run, enum query q, int64_t after, int64_t last, const struct refresh *f,
    struct err *err)
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
	struct refresh *f = tally;

	return db_exec(run->db, Q_decisional_cohorts_put,
		   DB_ARGS(v_time(f->now), v_int(after), v_int(last), v_text(f->cohort_first)),
		   err) < 0 ?
	    err->code :
	    0;
}

/* ------------------------------------------------------------------ what is not walked by contact
 */

/* The value at the place where each fifth ends: who is above it has at least that fifth below. */
static int
find_cuts(struct run *run, struct refresh *f, struct err *err)
{
	static const enum query at[] = { Q_decisional_recency_at, Q_decisional_frequency_at,
		Q_decisional_monetary_at };
	int rc = walk_int(run, Q_decisional_buyers, DB_NONE, 0, &f->buyers, err);

	for (size_t i = 0; i < 3 && rc == 0 && f->buyers > 0; i++)
		for (int64_t k = 1; k <= CUTS && rc == 0; k++) {
			struct rows r;

			run_progress(run, "fifths", (int64_t)i * CUTS + k - 1, 3 * CUTS);
			rc = db_query(run->db, at[i],
			    DB_ARGS(v_int((k * f->buyers + CUTS) / (CUTS + 1) - 1)), &run->arena,
			    &r, err);
			if (rc == 0)
				f->cuts[i][k - 1] = r.n == 0 ? v_null() :
							       *rows_at(&r, 0, ROWS_ONLY);
		}
	return rc;
}

static int
put_anonymous(struct run *run, struct refresh *f, struct err *err)
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
complete_cohorts(struct run *run, struct refresh *f, struct err *err)
{
	run_progress(run, "cohorts complete", 0, 0);
	if (walk_exec(run, Q_decisional_cohorts_fill, DB_ARGS(v_time(f->now)), err) < 0 ||
	    walk_exec(run, Q_decisional_cohorts_set, DB_NONE, err) < 0)
		return err->code;
	return 0;
}

/* ------------------------------------------------------------------ all */

static int
lock(struct run *run, struct err *err)
{
	int64_t got;
	int rc;

	run_progress(run, "waiting for an earlier run to end", 0, 0);
	if ((rc = walk_int(run, Q_decisional_lock, DB_ARGS(v_int(LOCK_WAIT_S)), 0, &got, err)) ==
		0 &&
	    got != 1)
		rc = err_set(err, ERR_TRANSIENT,
		    "The database is still at work on the decision tables for an earlier run.");
	return rc;
}

/* The contacts first: what others bought is of nobody known. A dry run counts both. */
static int
collect(struct run *run, struct refresh *f, struct err *err)
{
	int rc;

	if ((rc = walk_int(run, Q_decisional_contact_max, DB_NONE, 0, &f->contact_max, err)) < 0 ||
	    (rc = walk(run, "contacts", Q_decisional_contact_last, f->contact_max, f->chunk_rows,
		 copy_contacts, f, sizeof *f, err)) < 0 ||
	    (rc = walk_int(run, Q_ref_header_max, DB_NONE, 0, &f->header_max, err)) < 0)
		return rc;
	return walk(run, "purchases", Q_ref_header_last, f->header_max, f->chunk_rows,
	    put_purchases, f, sizeof *f, err);
}

static int
derive(struct run *run, struct refresh *f, struct err *err)
{
	static const struct { const char *phase; walk_fn *fn; } walks[] = {
		{ "quintiles", set_quintiles }, { "months", put_months_of }, { "contactability", put_contactability }, { "cohorts", put_cohorts },
	};
	int rc = walk(run, "purchases of contacts", Q_decisional_contact_last, f->contact_max,
	    f->chunk_rows, put_contacts, f, sizeof *f, err);

	if (rc == 0)
		rc = find_cuts(run, f, err);
	for (size_t i = f->buyers == 0; i < sizeof walks / sizeof walks[0] && rc == 0; i++)
		rc = walk(run, walks[i].phase, Q_decisional_contact_last, f->contact_max,
		    f->chunk_rows, walks[i].fn, f, sizeof *f, err);
	if (rc == 0)
		rc = put_anonymous(run, f, err);
	return rc < 0 ? rc : complete_cohorts(run, f, err);
}

/* What is left behind after the exchange is emptied by the next run, if it cannot be now. */
static int
publish(struct run *run, struct refresh *f, struct err *err)
{
	static const enum query finish[] = { Q_decisional_finish_state,
		Q_decisional_finish_contacts, Q_decisional_finish_months,
		Q_decisional_finish_contactability, Q_decisional_finish_cohorts };
	struct err ignored = { 0 };
	int rc;

	run_progress(run, "exchange", 0, 0);
	if (walk_exec(run, Q_decisional_state_put,
		DB_ARGS(v_time(f->now), v_text(run->time_zone), v_text(run->reference_currency),
		    v_int(f->contacts), v_int(f->found.purchases), v_time(f->now)),
		err) < 0)
		return err->code;
	if ((rc = ddl_all(run, finish, sizeof finish / sizeof finish[0], err)) < 0)
		return rc;
	crash_point("decisional-before-swap");
	if ((rc = ddl(run, Q_decisional_swap, err)) < 0)
		return rc;
	crash_point("decisional-after-swap");
	run_log(run, "the tables are exchanged");
	if (empty_all(run, &ignored) < 0)
		run_log(run, "the old tables could not be emptied yet: %s", ignored.detail);
	return 0;
}

static const char *
have(int64_t purchases)
{
	return text_form(purchases, "purchase has", "purchases have");
}

/* Whoever can mend it is told how; a purchase without amount is as it is. */
static void
report_unpriced(struct run *run, const struct found *n)
{
	const char *first = run->reference_currency == NULL || run->reference_currency[0] == '\0' ?
	    "customerapi alias set gives the tenant a reference currency, then " :
	    "";

	if (n->no_amount > 0)
		run_log(run, "%" PRId64 " %s no amount", n->no_amount, have(n->no_amount));
	if (n->not_computed > 0)
		run_warn(run,
		    "%" PRId64 " %s no reference amount yet, so amounts are too low: "
			       "%sComputeRefAmounts computes it",
		    n->not_computed, have(n->not_computed), first);
	if (n->no_rate > 0)
		run_warn(run,
		    "%" PRId64
		    " %s no reference amount, so amounts are too low: at that date the currency "
		    "has no rate; %scustomerapi rate sets it, then ComputeRefAmounts computes it",
		    n->no_rate, have(n->no_rate), first);
	if (n->too_large > 0)
		run_warn(run,
		    "%" PRId64 " %s an amount whose reference amount no column holds: the amount "
			       "or its rate is wrong",
		    n->too_large, have(n->too_large));
}

static int
by_purchases(const void *x, const void *y)
{
	const struct label *a = x, *b = y;

	if (a->purchases != b->purchases)
		return (a->purchases < b->purchases) - (a->purchases > b->purchases);
	if (*a->text == '\0' || *b->text == '\0')
		return (*a->text == '\0') - (*b->text == '\0');
	return strcmp(a->text, b->text);
}

/* The labels of most purchases: "En cours" (3), none (2). */
static const char *
labels_text(struct run *run, struct labels *labels)
{
	struct buf b;

	qsort(labels->of, labels->n, sizeof labels->of[0], by_purchases);
	buf_init(&b, &run->arena);
	for (size_t i = 0; i < labels->n && i < LABELS_SHOWN; i++) {
		const struct label *l = &labels->of[i];

		buf_adds(&b, i == 0 ? "" : ", ");
		buf_addf(&b, *l->text == '\0' ? "none" : "\"%s\"", l->text);
		buf_addf(&b, " (%" PRId64 ")", l->purchases);
	}
	return b.data;
}

/* Who can mend it is told how; a purchase without any label is as it was sent. */
static void
report_status(struct run *run, struct refresh *f)
{
	const char *labels = labels_text(run, &f->labels);
	const char *line;
	const int has_labels = f->labels.n > 1 ||
	    (f->labels.n == 1 && *f->labels.of[0].text != '\0');

	run_result_int(run, "WithoutStatus", f->found.no_status);
	if (f->found.no_status == 0)
		return;
	run_result_text(run, "UnknownStatuses", labels);
	line = arena_printf(&run->arena,
	    "left out: %" PRId64
	    " purchases that are not of the type paid and have no status that is known; "
	    "they were sent as: %s; customerapi label set tells what a label of a Source means in "
	    "later deliveries; those stored get it when they are delivered again, or "
	    "PurchaseStatusId by Standard/PurchaseHeader/Update",
	    f->found.no_status, labels);
	if (has_labels)
		run_warn(run, "%s", line);
	else
		run_log(run, "%s", line);
}

static void
report(struct run *run, struct refresh *f)
{
	const struct found *n = &f->found;

	run_result_int(run, "Contacts", f->contacts);
	run_result_int(run, "Purchases", n->purchases);
	run_result_int(
	    run, "WithoutRefAmount", n->no_amount + n->no_rate + n->too_large + n->not_computed);
	run_result_int(run, "WithoutAmount", n->no_amount);
	run_result_int(run, "WithoutRate", n->no_rate);
	run_result_int(run, "TooLarge", n->too_large);
	run_result_int(run, "NotComputed", n->not_computed);
	run_result_int(run, "WithoutDate", n->undated);
	run_result_int(run, "LaterThanNow", n->future);
	run_log(run, "%" PRId64 " %s, %" PRId64 " %s%s", f->contacts,
	    text_form(f->contacts, "contact", "contacts"), n->purchases,
	    text_form(n->purchases, "purchase", "purchases"),
	    run->dry_run ? " would be worked in" : "");
	if (n->undated > 0 || n->future > 0)
		run_log(run, "left out: %" PRId64 " %s without a date, %" PRId64 " of the future",
		    n->undated, text_form(n->undated, "purchase", "purchases"), n->future);
	report_status(run, f);
	report_unpriced(run, n);
}

static int
decisional_run(struct run *run, struct err *err)
{
	const struct process_decisional_args *in = run->args;
	struct refresh f = { .chunk_rows = in->chunk_rows.value, .now = run->now };
	int rc = find_times(run, &f, err);

	if (rc == 0 && !run->dry_run && (rc = lock(run, err)) == 0 &&
	    (rc = empty_all(run, err)) == 0)
		rc = put_months(run, &f, err);
	if (rc == 0)
		rc = collect(run, &f, err);
	if (rc == 0 && !run->dry_run && (rc = derive(run, &f, err)) == 0)
		rc = publish(run, &f, err);
	calendar_zone_close(&f.zone);
	if (rc == 0)
		report(run, &f);
	return rc;
}

const struct process_row process_decisional_rows[] = {
	PROCESS(decisional, "RefreshDecisionalData", decisional_run,
	    .time_limit_s = 6 * 3600, .memory_mb = 512, .retries = 1,
	    .retry_after_s = 300, .copies_contacts = 1, .exclusive = "purchases",
	    .doc = "Makes the decision tables anew: per contact, per month, contactability and "
		"cohorts.")
	PROCESS_PARAM(decisional, int, chunk_rows, "ChunkRows", .min = 100, .max = 200000,
	    .def = "50000",
	    .doc = "How many contacts, or purchases, are worked on in one transaction.")
	PROCESS_PARAM(decisional, int, cohort_months, "CohortMonths", .min = 1, .max = 240,
	    .def = "36",
	    .doc = "How many months of first purchases the cohort table has, this month included.")
	PROCESS_END(decisional)
	{ .name = NULL },
};
