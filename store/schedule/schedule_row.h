/*
 * schedule_row - what is shown of a schedule, by the API and by the command line.
 */
#ifndef STORE_SCHEDULE_SCHEDULE_ROW_H
#define STORE_SCHEDULE_SCHEDULE_ROW_H

#include "store/field.h"
#include "store/schedule/store_schedule.h"

/* An occurrence: in the schedule's zone with its offset, and the same instant. starts_at: when the
 * run starts, a while behind it; USEC_NONE = at once. */
struct schedule_row_next {
	const char *local;
	usec_t utc, starts_at;
};

struct schedule_row {
	struct store_schedule is;
	const char *state, *tzdata;
	const char *words;		/* NULL = it can no longer be understood */
	const char *remark;		/* what a change did besides, or NULL */
	int has_times;			/* it is understood, and has times of its own */
	const char *misfire, *overlap;
	int64_t grace_minutes, jitter_s; /* jitter_s: of this one, 0 = none */
	int has_next;
	const struct schedule_row_next *next;
	size_t nnext;
};

/* With up to most next occurrences after now; the rest is the caller's. All in a. */
void schedule_row_fill(struct arena *a, const struct store_schedule *is, usec_t now, int most,
    struct schedule_row *out);

/* The same of a schedule that is not stored: it has no number, so no jitter. */
void schedule_row_fill_draft(struct arena *a, const struct store_schedule *is, int most,
    struct schedule_row *out);

/* A schedule; when it runs, alone; and one that is not stored. */
extern const struct field schedule_row[], schedule_row_when[], schedule_row_preview[];

#endif
