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

/* The first occurrence that is not settled, by the current zone data. */
struct occurrence occurrences_open(const struct schedule *s, const struct store_schedule *row);

/* The occurrence that row waits for, at the instant stored in row. */
struct occurrence occurrences_due(const struct schedule *s, const struct store_schedule *row);

/* The occurrences from first up to now: their number, and the ones that are needed. */
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

/* Why occurrences did not run: the class of the history row, and a sentence. found_late: the
 * sentence is preceded by one that says that no daemon ran and how late this was found. */
struct occurrences_missed { const char *class, *reason; int found_late; };

/* Puts the first n into the history as missed, in the open transaction: a row each, or one row for
 * all when there are more than OCCURRENCES_ROWS. Existing rows stay. */
int occurrences_put_missed(struct db *db, struct arena *a, const struct store_schedule *row,
    const struct occurrences *o, int64_t n, const struct occurrences_missed *why, usec_t now,
    struct err *err);

/* The number of rows that occurrences_put_missed() writes. */
int64_t occurrences_rows(int64_t missed);

#endif
