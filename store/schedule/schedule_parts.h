/*
 * schedule_parts - what the files of schedule_ops share; for nobody else.
 */
#ifndef STORE_SCHEDULE_SCHEDULE_PARTS_H
#define STORE_SCHEDULE_SCHEDULE_PARTS_H

#include <stdint.h>

#include "lib/clock.h"
#include "store/schedule/occurrences.h"
#include "store/schedule/schedule_ops.h"

struct arena;
struct db;
struct err;

/* What a body says beside its times. */
struct schedule_draft {
	const char *on_failure;		/* "" = nobody */
	int64_t after_id;		/* 0 = it has times of its own */
};

/* All that can be wrong with a body, told at once. there: the schedule that it is to change, NULL =
 * a new one; what says no start starts when it was made. The caller calls schedule_done(s) in any
 * case. */
int schedule_ops_read(struct db *db, struct arena *a, const struct schedule_owner *owner,
    const struct schedule_body *b, const struct store_schedule *there, struct schedule *s,
    struct schedule_draft *d, struct err *err);

/* What of a row its body decides. */
void schedule_ops_fill(struct arena *a, const struct schedule_body *b, const struct schedule *s,
    const struct schedule_draft *d, struct store_schedule *row);

/* Occurrences before now are nobody's: a schedule cannot miss what was before it. A one-time one
 * within its grace is due at once. */
int schedule_ops_first_times(struct arena *a, const struct schedule *s, usec_t now,
    struct store_schedule *row, struct err *err);

/* A row that is not there yet. */
int schedule_ops_draft_new(struct db *db, struct arena *a, const struct schedule_owner *owner,
    const struct schedule_body *b, struct store_schedule *row, struct err *err);

/* ERR_DB_DUPLICATE: there is one of that name. */
int schedule_ops_add_row(struct db *db, struct arena *a, const struct schedule_owner *owner,
    const struct schedule_body *b, struct store_schedule *row, struct err *err);

/* Nobody else changes it, and the daemon does not fire it, before the transaction ends. */
int schedule_ops_lock(struct db *db, const struct store_schedule *row, struct err *err);

/* *row as it is under the lock, and what it means; *readable 0 when it cannot be read: fault then
 * says why. */
int schedule_ops_lock_and_read(struct db *db, struct arena *a, struct store_schedule *row,
    struct schedule *s, int *readable, struct err *fault, struct err *err);

int schedule_ops_has_ended(const struct store_schedule *row);

/* A one-time one that is due and may start late. */
int schedule_ops_may_start_late(const struct schedule *s, struct occurrence o, usec_t now);

/* Those that are open up to now, *n of them, go into the history; row then waits for the next one.
 */
int schedule_ops_settle(struct db *db, struct arena *a, struct store_schedule *row,
    const struct schedule *s, const struct occurrences_missed *why, usec_t now, int64_t *n,
    struct err *err);

const char *schedule_ops_count_text(struct arena *a, int64_t n, const char *which);

/* What was due goes into the history, as long as it is not a one-time one that may start late; row
 * is not yet paused. s: NULL when it cannot be read. */
int schedule_ops_enter_pause(struct db *db, struct arena *a, struct store_schedule *row,
    const struct schedule *s, usec_t now, const char **remark, struct err *err);

const char *schedule_ops_pause_reason(
    struct arena *a, const struct store_schedule *row, usec_t now, const char *until);

/* What fell into the pause goes into the history; row is then as it is to be. */
int schedule_ops_leave_pause(struct db *db, struct arena *a, struct store_schedule *row,
    const struct schedule *s, usec_t now, const char **remark, struct err *err);

#endif
