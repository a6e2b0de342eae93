/*
 * calendar_zone - what the files of calendar share: a zone's offsets, instants and wall time, in
 * whole seconds since 1970.
 */
#ifndef LIB_CALENDAR_ZONE_H
#define LIB_CALENDAR_ZONE_H

#include <stdint.h>

struct calendar_zone;

enum { DAY_S = 86400 };

/* a / b, rounded down. */
static inline int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Seconds that wall time is ahead of UTC at an instant. */
int64_t zone_offset(const struct calendar_zone *z, int64_t t);

/* The first instant after from, and not after to, that is outside from's interval; to when there is
 * none. */
int64_t zone_interval_end(const struct calendar_zone *z, int64_t from, int64_t to);

/* The instant of a wall time: the first one when there are two, the end of the gap when there is
 * none. */
int64_t zone_instant(const struct calendar_zone *z, int64_t wall);

#endif
