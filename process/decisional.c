/*
 * process_decisional - RefreshDecisionalData: the tenant's decision tables, made anew from its
 * contacts, addresses, purchases and points.
 *
 * sql/queries.sql and customerapi(1) say which rows count and what each column means. Months and
 * days are those of the tenant's zone; lib/calendar gives their first instants. Contacts, addresses
 * and purchases are copied once, and all tables are made from the copies. The new tables are built
 * beside those in use and exchanged by one RENAME TABLE, so readers see either the old or the new
 * ones. A run that died leaves half-built tables, which the next run empties; a lock on the server
 * keeps two runs from building at the same time.
 *
 * For purchases of unknown status the result lists the labels that were sent.
 *
 * Quintiles: 5 is the best fifth (the latest last purchase, the most purchases, the highest
 * reference amount). A contact's quintile is 1 + 5 * (buyers with a lower value) / (all buyers),
 * rounded down, so contacts with equal values have equal quintiles.
 */
#include "config.h"

#include <stdio.h>

#include "lib/calendar.h"
#include "lib/crash.h"
#include "lib/err.h"
#include "model/process.h"
#include "process/decisional_ddl.h"
#include "process/decisional_fill.h"
#include "process/decisional_report.h"
#include "process/process.h"
#include "process/walk.h"
#include "store/db.h"

enum {
	FIRST_YEAR = 1900, /* a purchase dated earlier counts as having no real date */
	DAY_S = 86400,
	LOCK_WAIT_S = 20
};

static usec_t
day_start(const struct calendar_zone *zone, int year, int month, int day)
{
	return calendar_instant(zone, clock_days_from_civil(year, month, day) * DAY_S);
}

/* The first instant of the same day the given number of years ago; for 29 February, of the 28th. */
static usec_t
years_ago(const struct calendar_zone *zone, int year, int month, int day, int years)
{
	const int y = year - years, is_leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;

	if (month == 2 && day == 29 && !is_leap)
		day = 28;
	return day_start(zone, y, month, day);
}

static void
month_text(size_t index, char out[DECISIONAL_MONTH_BYTES])
{
	snprintf(out, DECISIONAL_MONTH_BYTES, "%04u-%02u-01",
	    (unsigned)(FIRST_YEAR + index / 12) % 10000, (unsigned)(index % 12 + 1));
}

static int
find_times(struct run *run, struct decisional *f, struct err *err)
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
	const struct decisional *f = arg;
	struct val *args = arena_new(a, struct val, f->months * 2);
	char text[DECISIONAL_MONTH_BYTES];

	for (size_t i = 0; i < f->months; i++) {
		month_text(i, text);
		args[i * 2] = v_time(f->starts[i]);
		args[i * 2 + 1] = v_text(arena_strdup(a, text));
	}
	return db_exec_bulk(db, Q_decisional_work_month_put, args, f->months, err) < 0 ? err->code :
											 0;
}

static int
put_months(struct run *run, struct decisional *f, struct err *err)
{
	return db_transact(run->db, months_work, f, err);
}

static int
ddl_all(struct run *run, const enum query *list, size_t n, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++)
		rc = decisional_ddl(run, list[i], err);
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

static int
lock(struct run *run, struct err *err)
{
	int64_t got;
	int rc;

	run_progress(run, "waiting for an earlier run to end", 0, 0);
	rc = walk_int(run, Q_decisional_lock, DB_ARGS(v_int(LOCK_WAIT_S)), 0, &got, err);
	if (rc == 0 && got != 1)
		rc = err_set(err, ERR_TRANSIENT,
		    "The database is still at work on the decision tables for an earlier run.");
	return rc;
}

/* If the old tables cannot be emptied after the exchange, the next run empties them. */
static int
publish(struct run *run, struct decisional *f, struct err *err)
{
	static const enum query finish[] = { Q_decisional_finish_state,
		Q_decisional_finish_contacts, Q_decisional_finish_months,
		Q_decisional_finish_contactability, Q_decisional_finish_cohorts };
	struct err ignored = { 0 };
	int rc;

	run_progress(run, "exchange", 0, 0);
	if (walk_exec(run, Q_decisional_state_put,
		DB_ARGS(v_time(f->now), v_text(run->time_zone), v_text(run->reference_currency),
		    v_int(f->contacts), v_int(f->found.purchases)),
		err) < 0)
		return err->code;
	if ((rc = ddl_all(run, finish, sizeof finish / sizeof finish[0], err)) < 0)
		return rc;
	crash_point("decisional-before-swap");
	if ((rc = decisional_ddl(run, Q_decisional_swap, err)) < 0)
		return rc;
	crash_point("decisional-after-swap");
	run_log(run, "the tables are exchanged");
	if (empty_all(run, &ignored) < 0)
		run_log(run, "the old tables could not be emptied yet: %s", ignored.detail);
	return 0;
}

/* Makes empty tables beside those in use, under a lock that keeps other runs from filling them. */
static int
begin(struct run *run, struct decisional *f, struct err *err)
{
	int rc = lock(run, err);

	if (rc == 0)
		rc = empty_all(run, err);
	if (rc == 0)
		rc = decisional_ddl(run, Q_decisional_keys_drop, err);
	return rc < 0 ? rc : put_months(run, f, err);
}

static int
decisional_run(struct run *run, struct err *err)
{
	const struct process_decisional_args *in = run->args;
	struct decisional f = { .chunk_rows = in->chunk_rows.value, .now = run->now };
	int rc = find_times(run, &f, err);

	if (rc == 0 && !run->dry_run)
		rc = begin(run, &f, err);
	if (rc == 0)
		rc = decisional_collect(run, &f, err);
	if (rc == 0 && !run->dry_run && (rc = decisional_derive(run, &f, err)) == 0)
		rc = publish(run, &f, err);
	calendar_zone_close(&f.zone);
	if (rc == 0)
		decisional_report(run, &f);
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
