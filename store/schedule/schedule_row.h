/*
 * schedule_row - the fields of a schedule that the API and the command line show.
 */
#ifndef STORE_SCHEDULE_SCHEDULE_ROW_H
#define STORE_SCHEDULE_SCHEDULE_ROW_H

#include "store/field.h"
#include "store/schedule/store_schedule.h"

/* An occurrence: in the schedule's zone with its offset, and as an instant. starts_at: when the run
 * starts, after the jitter; USEC_NONE = at once. */
struct schedule_row_next {
	const char *local;
	usec_t utc, starts_at;
};

struct schedule_row {
	struct store_schedule is;
	const char *state, *tzdata;
	const char *words;		/* NULL = the stored schedule can no longer be read */
	const char *remark;		/* what else a change did, or NULL */
	int has_times;			/* it can be read, and has times of its own */
	const char *misfire, *overlap;
	int64_t grace_minutes, jitter_s; /* jitter_s: of this one, 0 = none */
	int has_next;
	const struct schedule_row_next *next;
	size_t nnext;
};

/* Fills the row, with up to most next occurrences after now; the caller fills the rest. All in
 * a. */
void schedule_row_fill(struct arena *a, const struct store_schedule *is, usec_t now, int most,
    struct schedule_row *out);

/* The same for a schedule that is not stored: it has no number, so no jitter. */
void schedule_row_fill_draft(struct arena *a, const struct store_schedule *is, int most,
    struct schedule_row *out);

/* The fields of a schedule; only those that say when it runs; those of one that is not stored. */
extern const struct field schedule_row[], schedule_row_when[], schedule_row_preview[];

#endif
