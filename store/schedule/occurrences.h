/*
 * occurrences - the due times of a schedule one after the other, and the history rows of those that
 * do not run.
 */
#ifndef STORE_SCHEDULE_OCCURRENCES_H
#define STORE_SCHEDULE_OCCURRENCES_H

#include <stdint.h>

#include "lib/clock.h"
#include "model/schedule.h"
#include "store/schedule/store_schedule.h"

enum { OCCURRENCES_ROWS = 1000, OCCURRENCES_LAST = 25 };

struct occurrence {
	usec_t at;			/* USEC_NONE = there is none */
	int64_t day;			/* CALENDAR_NO_DAY: its form names no days */
};

/* The first one that is not settled, by the zone data of today. */
struct occurrence occurrences_open(const struct schedule *s, const struct store_schedule *row);

/* The one that row is waiting for, at the instant that it says. */
struct occurrence occurrences_due(const struct schedule *s, const struct store_schedule *row);

/* Those from first up to now: how many, and those that matter. */
struct occurrences {
	usec_t first[OCCURRENCES_ROWS];	/* the first ones, oldest first */
	usec_t last[OCCURRENCES_LAST];	/* a ring of the last ones */
	int64_t total;
	struct occurrence next;		/* the first one later than now */
};
void occurrences_until(
    const struct schedule *s, struct occurrence first, usec_t now, struct occurrences *out);

/* The i-th: one of the first OCCURRENCES_ROWS or of the last OCCURRENCES_LAST. */
usec_t occurrences_at(const struct occurrences *o, int64_t i);

/* Why occurrences did not run: class of the history row, and a sentence; found_late: that no daemon
 * was there, and how late that was found, stands before it. */
struct occurrences_missed { const char *class, *reason; int found_late; };

/* Puts the first n into the history as missed, in the open transaction: a row each, or one for all
 * when they are more than OCCURRENCES_ROWS. What is there already stays. */
int occurrences_put_missed(struct db *db, struct arena *a, const struct store_schedule *row,
    const struct occurrences *o, int64_t n, const struct occurrences_missed *why, usec_t now,
    struct err *err);

/* The rows that this takes. */
int64_t occurrences_rows(int64_t missed);

#endif
