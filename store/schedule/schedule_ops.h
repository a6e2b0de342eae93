/*
 * schedule_ops - what one does with a schedule, whoever asks (API, command line): make one, resume
 * it, run it now.
 */
#ifndef STORE_SCHEDULE_SCHEDULE_OPS_H
#define STORE_SCHEDULE_SCHEDULE_OPS_H

#include <stdint.h>

#include "lib/clock.h"
#include "model/schedule.h"
#include "store/schedule/store_schedule.h"

struct json_object;
struct process_kind;

struct schedule_owner {
	int64_t tenant_id;
	const char *time_zone;		/* for schedules that name none */
	const char *by;			/* "API", "command line": kept with what is made */
	usec_t now;			/* the database's clock */
};

/* What somebody wants: kind and form, and the form's fields as json, bound into in by the form's
 * rows. All of it outlives the calls. */
struct schedule_body {
	const struct process_kind *kind;
	const struct schedule_form *form;
	struct json_object *json;
	const struct schedule_args *in;
};

/* The row that it would make, in a, or that it would change the one of its name to: nothing is
 * written. An alarm (SilenceHours) needs the tenant's
 * admin address, OnFailure an address that the tenant's allow-list allows, After a schedule of the
 * tenant. Faults by field; ERR_NOT_BUILT for a process that is not. */
int schedule_ops_draft(struct db *db, struct arena *a, const struct schedule_owner *owner,
    const struct schedule_body *b, struct store_schedule *row, struct err *err);

/* The same, and adds it, in the open transaction. ERR_CONFLICT: the name is taken, or there are too
 * many. */
int schedule_ops_add(struct db *db, struct arena *a, const struct schedule_owner *owner,
    const struct schedule_body *b, struct store_schedule *row, struct err *err);

/* there: the schedule that is about to be changed, NULL = it is about to be made. A negative code
 * leaves all as it is. */
typedef int schedule_ops_check(const struct store_schedule *there, void *arg, struct err *err);

struct schedule_setting {
	schedule_ops_check *check;	/* may refuse; NULL = none */
	void *arg;
	struct store_schedule *row;	/* out: as it is then */
	int made;			/* out: 1 = it was not there */
	const char *remark;		/* out: what was done besides, or NULL */
};

/*
 * Makes or changes the schedule of the name b->in->name, in the open transaction. The body says all
 * that the schedule is to be; only Enabled stays as it is when the body does not say it. When the
 * times stay the same, open occurrences stay open. When they change, the old times end now: what
 * was due and has not begun goes into the history as missed. Runs that wait are not touched.
 * ERR_DB_RETRY: another request made the schedule at this moment; begin again.
 */
int schedule_ops_set(struct db *db, struct arena *a, const struct schedule_owner *owner,
    const struct schedule_body *b, struct schedule_setting *set, struct err *err);

/*
 * All in the open transaction. row: one that was found; it comes back as it is then. *remark: a
 * sentence or two about what was done besides, or NULL.
 *
 * Pause: what was due and has not begun goes into the history as missed. Resume: so does what fell
 * into the pause, whatever Misfire says, and the next occurrence after now is waited for; of a
 * faulty one that can be computed again likewise, ERR_CONFLICT when it cannot. A one-time one
 * within its grace is left for Resume, and due then. What is paused already, not paused, or has
 * ended stays as it is.
 */
int schedule_ops_pause(struct db *db, struct arena *a, struct store_schedule *row, usec_t now,
    const char **remark, struct err *err);
int schedule_ops_resume(struct db *db, struct arena *a, struct store_schedule *row, usec_t now,
    const char **remark, struct err *err);

/* Deletes it and cancels its runs (ERR_CONFLICT while another schedule runs after it): *running of
 * them are at work and end within seconds. Its history stays; what was due and had not begun is in
 * it as missed. */
int schedule_ops_delete(struct db *db, struct arena *a, struct store_schedule *row, usec_t now,
    const char *by, int64_t *running, struct err *err);

/* A run outside of its occurrences, in the open transaction. parameters NULL: the schedule's own.
 * ERR_CONFLICT when a hundred of them wait already. */
int schedule_ops_run(struct db *db, struct arena *a, const struct schedule_owner *owner,
    const struct store_schedule *row, struct json_object *parameters, int64_t *run_id,
    struct err *err);

/* A run without a schedule, in the open transaction. parameters NULL: none. ERR_CONFLICT when a
 * hundred of the process wait already; ERR_NOT_BUILT. */
int schedule_ops_start(struct db *db, struct arena *a, const struct schedule_owner *owner,
    const struct process_kind *kind, struct json_object *parameters, int64_t *run_id,
    struct err *err);

/* "Active", "Paused", "Ended" or "Faulty". */
const char *schedule_ops_state(const struct store_schedule *row);

/* The moment behind which the occurrences lie that are still to come. */
usec_t schedule_ops_open_after(const struct store_schedule *row, usec_t now);

#endif
