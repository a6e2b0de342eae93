/*
 * schedule_parts - shared by the files of schedule_ops, and private to them.
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

/* Reads a body and reports all its faults at once. there: the schedule that it is to change; NULL =
 * a new one. Without a start in the body the schedule starts when it was made. The caller calls
 * schedule_done(s) in any case. */
int schedule_ops_read(struct db *db, struct arena *a, const struct schedule_owner *owner,
    const struct schedule_body *b, const struct store_schedule *there, struct schedule *s,
    struct schedule_draft *d, struct err *err);

/* Fills the columns of the row that the body decides. */
void schedule_ops_fill(struct arena *a, const struct schedule_body *b, const struct schedule *s,
    const struct schedule_draft *d, struct store_schedule *row);

/* Sets the first times. Occurrences before now do not count, because a new schedule cannot have
 * missed them. A one-time schedule within its grace is due at once. */
int schedule_ops_first_times(struct arena *a, const struct schedule *s, usec_t now,
    struct store_schedule *row, struct err *err);

/* Drafts a row that does not exist yet. */
int schedule_ops_draft_new(struct db *db, struct arena *a, const struct schedule_owner *owner,
    const struct schedule_body *b, struct store_schedule *row, struct err *err);

/* Adds the row. ERR_DB_DUPLICATE: a schedule of that name exists. */
int schedule_ops_add_row(struct db *db, struct arena *a, const struct schedule_owner *owner,
    const struct schedule_body *b, struct store_schedule *row, struct err *err);

/* Locks it: until the transaction ends nobody else changes it, and the daemon does not start its
 * runs. */
int schedule_ops_lock(struct db *db, const struct store_schedule *row, struct err *err);

/* Locks *row, reads it again and sets what it means. *readable 0 when it cannot be read; fault then
 * says why. */
int schedule_ops_lock_and_read(struct db *db, struct arena *a, struct store_schedule *row,
    struct schedule *s, int *readable, struct err *fault, struct err *err);

int schedule_ops_has_ended(const struct store_schedule *row);

/* 1 for a one-time schedule that is due and may start late. */
int schedule_ops_may_start_late(const struct schedule *s, struct occurrence o, usec_t now);

/* Puts the open occurrences up to now, *n of them, into the history; row then waits for the next
 * one. */
int schedule_ops_settle(struct db *db, struct arena *a, struct store_schedule *row,
    const struct schedule *s, const struct occurrences_missed *why, usec_t now, int64_t *n,
    struct err *err);

const char *schedule_ops_count_text(struct arena *a, int64_t n, const char *which);

/* Puts the due occurrences into the history, except of a one-time schedule that may start late; row
 * is not yet paused. s: NULL when it cannot be read. */
int schedule_ops_enter_pause(struct db *db, struct arena *a, struct store_schedule *row,
    const struct schedule *s, usec_t now, const char **remark, struct err *err);

const char *schedule_ops_pause_reason(
    struct arena *a, const struct store_schedule *row, usec_t now, const char *until);

/* Puts the occurrences during the pause into the history and sets row to its new state. */
int schedule_ops_leave_pause(struct db *db, struct arena *a, struct store_schedule *row,
    const struct schedule *s, usec_t now, const char **remark, struct err *err);

#endif
