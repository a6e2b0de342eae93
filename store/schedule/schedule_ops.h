/*
 * schedule_ops - the operations on schedules for the API and the command line: make one, change it,
 * pause, resume, delete or run it.
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

/* What a client asks for: kind and form, and the form's fields as json, bound into in by the form's
 * rows. All of it outlives the calls. */
struct schedule_body {
	const struct process_kind *kind;
	const struct schedule_form *form;
	struct json_object *json;
	const struct schedule_args *in;
};

/* The row, in a, that the body would make, or would change the schedule of its name to. Nothing is
 * written. An alarm (SilenceHours) needs the tenant's admin address, OnFailure an address on the
 * tenant's allow-list, After a schedule of the tenant. Faults by field; ERR_NOT_BUILT for a process
 * that is not built. */
int schedule_ops_draft(struct db *db, struct arena *a, const struct schedule_owner *owner,
    const struct schedule_body *b, struct store_schedule *row, struct err *err);

/* The same, and adds it, in the open transaction. ERR_CONFLICT: the name is taken, or there are too
 * many. */
int schedule_ops_add(struct db *db, struct arena *a, const struct schedule_owner *owner,
    const struct schedule_body *b, struct store_schedule *row, struct err *err);

/* there: the schedule that is about to change; NULL = a new one is about to be made. With a
 * negative code nothing is changed. */
typedef int schedule_ops_check(const struct store_schedule *there, void *arg, struct err *err);

struct schedule_setting {
	schedule_ops_check *check;	/* may refuse; NULL = none */
	void *arg;
	struct store_schedule *row;	/* out: the schedule after the call */
	int made;			/* out: 1 = the schedule is new */
	const char *remark;		/* out: what else was done, or NULL */
};

/*
 * Makes or changes the schedule of the name b->in->name, in the open transaction. The body replaces
 * the whole schedule; only Enabled stays when the body does not say it. When the times stay the
 * same, open occurrences stay open. When they change, the old times end now: occurrences that were
 * due and have not begun go into the history as missed. Waiting runs do not change. ERR_DB_RETRY:
 * another request has just made the schedule; begin again.
 */
int schedule_ops_set(struct db *db, struct arena *a, const struct schedule_owner *owner,
    const struct schedule_body *b, struct schedule_setting *set, struct err *err);

/*
 * All in the open transaction. row: a schedule that was found; it returns the new state. *remark: a
 * sentence or two about what else was done, or NULL.
 *
 * Pause: occurrences that were due and have not begun go into the history as missed. Resume: so do
 * the occurrences during the pause, whatever Misfire says, and the schedule waits for the next
 * occurrence after now. Resume does the same for a faulty schedule that can be computed again;
 * ERR_CONFLICT when it cannot. A one-time schedule within its grace stays open during the pause and
 * is due on Resume. Pausing a paused or ended schedule, or resuming one that is not paused, changes
 * nothing.
 */
int schedule_ops_pause(struct db *db, struct arena *a, struct store_schedule *row, usec_t now,
    const char **remark, struct err *err);
int schedule_ops_resume(struct db *db, struct arena *a, struct store_schedule *row, usec_t now,
    const char **remark, struct err *err);

/* Deletes it and cancels its runs; *running of them are at work and end within seconds.
 * ERR_CONFLICT while another schedule runs after it. Its history stays; occurrences that were due
 * and had not begun go into it as missed. */
int schedule_ops_delete(struct db *db, struct arena *a, struct store_schedule *row, usec_t now,
    const char *by, int64_t *running, struct err *err);

/* Adds a run besides its occurrences, in the open transaction. parameters NULL: the schedule's own.
 * ERR_CONFLICT when a hundred such runs wait already. */
int schedule_ops_run(struct db *db, struct arena *a, const struct schedule_owner *owner,
    const struct store_schedule *row, struct json_object *parameters, int64_t *run_id,
    struct err *err);

/* Adds a run without a schedule, in the open transaction. parameters NULL: none. ERR_CONFLICT when
 * a hundred such runs of the process wait already; ERR_NOT_BUILT. */
int schedule_ops_start(struct db *db, struct arena *a, const struct schedule_owner *owner,
    const struct process_kind *kind, struct json_object *parameters, int64_t *run_id,
    struct err *err);

/* "Active", "Paused", "Ended" or "Faulty". */
const char *schedule_ops_state(const struct store_schedule *row);

/* The instant after which the open occurrences lie. */
usec_t schedule_ops_open_after(const struct store_schedule *row, usec_t now);

#endif
