/*
 * calendar_reference - when a schedule is due, found another way than lib/calendar finds it: the
 * offsets are glibc's, local days are walked, it is asked which of them the rule names, and the
 * instants of that wall time are looked for in a table of segments. For test_calendar.c.
 */
#ifndef T_C_CALENDAR_REFERENCE_H
#define T_C_CALENDAR_REFERENCE_H

#include <stdint.h>

#include "lib/calendar.h"

enum { SEGMENTS_MAX = 200, OCCURRENCES_MAX = 100000 };

struct segment { int64_t from, to, offset; };

struct reference {
	const char *name;
	struct segment segments[SEGMENTS_MAX];
	int n;
	int64_t begin, end;
};

/* The occurrences that were found last, in seconds. */
extern int64_t occurrences[OCCURRENCES_MAX];

/* Takes a zone's offsets between two instants; sets TZ. */
void reference_init(struct reference *ref, const char *name, int64_t begin, int64_t end);

/* Finds all occurrences up to limit; returns how many. */
int reference_all(const struct reference *ref, const struct calendar_rule *r, int64_t limit);

/* The same by every minute of the time: does the wall clock show what the rule names, for the first
 * time? For rules of whole minutes. */
int reference_by_minute(const struct reference *ref, const struct calendar_rule *r, int64_t limit);

#endif
