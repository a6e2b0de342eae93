/*
 * calendar - when a schedule is due: rules in local wall time, instants in UTC, on the system's
 * tzdata (GLib's GTimeZone; nowhere else), or that in $TZDIR.
 *
 * Rules (cron(8)'s, and doc of the API): a wall time that does not exist (clocks put forward) is
 * due at the first instant after the gap; one that exists twice is due at the first; two
 * occurrences at one instant are one. Hourly rules count elapsed time from their first occurrence.
 * Every N days or weeks counts from the local day, or the ISO week, of the start. Nothing is due
 * before start or after end.
 */
#ifndef LIB_CALENDAR_H
#define LIB_CALENDAR_H

#include <stdint.h>

#include "lib/clock.h"

struct arena;
struct calendar_zone;
struct err;

enum calendar_form {
	CALENDAR_UNSET,
	CALENDAR_ONE_TIME,
	CALENDAR_HOURLY,
	CALENDAR_DAILY,
	CALENDAR_WEEKLY,
	CALENDAR_MONTHLY_DAY,
	CALENDAR_MONTHLY_WEEKDAY,
	CALENDAR_AFTER
}; /* runs after another schedule's success: it has no times of its own */
enum calendar_short_month {
	CALENDAR_CLAMP,
	CALENDAR_SKIP
}; /* day 31 in a month of 30: its last day, or not in that month */

enum { CALENDAR_WEEK_LAST = 5 };	/* bit of weeks */

struct calendar_rule {
	enum calendar_form form;
	int every;			/* hours, days or weeks, from 1 */
	int minute;			/* hourly: 0 to 59 */
	int time_s;			/* wall time of the day, seconds from 0 to 86399 */
	unsigned weekdays;		/* bit 0 = Monday … 6 = Sunday */
	uint32_t days;			/* bits 1 to 31 */
	int last_day;			/* of the month, as well */
	unsigned months;		/* bits 1 to 12; 0 = all */
	unsigned weeks;			/* bits 1 to 4, CALENDAR_WEEK_LAST */
	enum calendar_short_month short_month;
	usec_t start, end;		/* end USEC_NONE = none; an occurrence at end is one */
};

/* The zone of an IANA name. *out is the caller's to close; NULL and ERR_BAD_REQUEST when there is
 * no such zone. */
int calendar_zone_open(const char *name, struct calendar_zone **out, struct err *err);
void calendar_zone_close(struct calendar_zone **zone);

/* 1 when there is a zone of that name. */
int calendar_zone_exists(const char *name);

/* "2024b", or "unknown"; in the arena. */
const char *calendar_tzdata_version(struct arena *a);

/* The first occurrence later than after (USEC_NONE = the very first). 1 with *out, or 0 when there
 * is none. */
int calendar_next(
    const struct calendar_zone *zone, const struct calendar_rule *rule, usec_t after, usec_t *out);

/* As calendar_next(), with the day that the rule names, as days since 1970-01-01. It is the local
 * day, even when a clock change moves the occurrence into the next day. CALENDAR_NO_DAY for
 * one-time and hourly rules, which name none. */
#define CALENDAR_NO_DAY INT64_MIN
int calendar_next_day(const struct calendar_zone *zone, const struct calendar_rule *rule,
    usec_t after, usec_t *out, int64_t *day);

/* The first occurrence on day from or a later day, for rules that name days. New zone data can move
 * an occurrence to another instant, but never to another day. */
int calendar_from_day(const struct calendar_zone *zone, const struct calendar_rule *rule,
    int64_t from, usec_t *out, int64_t *day);

/* The day whose occurrence is nearest to t, or CALENDAR_NO_DAY. For an instant that was computed
 * with other zone data. */
int64_t calendar_nearest_day(
    const struct calendar_zone *zone, const struct calendar_rule *rule, usec_t t);

/* The instant of a wall time, given as seconds since 1970-01-01 00:00 of the wall clock, by the
 * rules above. */
usec_t calendar_instant(const struct calendar_zone *zone, int64_t wall_s);

/* Parses a date, or a date and time, as clock_parse() does; without an offset it is in the zone.
 * Returns 0, or -1 when the text is neither. */
int calendar_parse(const struct calendar_zone *zone, const char *text, usec_t *out);

/* The wall clock at an instant, as seconds since 1970-01-01 00:00 of the wall clock. */
int64_t calendar_wall(const struct calendar_zone *zone, usec_t t);

/* "2026-11-24T02:30:00+01:00". */
void calendar_local_text(const struct calendar_zone *zone, usec_t t, char out[40]);

/* The rule as a sentence without its end: "Every 2 weeks on Monday and Friday at 02:30
 * (Europe/Paris), from 2026-11-24 00:00". */
const char *calendar_words(struct arena *a, const struct calendar_zone *zone, const char *zone_name,
    const struct calendar_rule *rule);

#endif
