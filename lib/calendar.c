#include "config.h"

#include "lib/calendar.h"

#include "lib/calendar_zone.h"

/* The longest pause of any rule: the eight years around 2100 without a 29 February, plus a
 * margin. */
enum { SEARCH_DAYS = 3700 };

/* ------------------------------------------------------------------ days */

struct day {
	int64_t number;
	int year, month, day, length, weekday;
}; /* number: days since 1970-01-01; weekday 0 = Monday */

static struct day
day_of(int64_t number)
{
	struct day d = { .number = number };
	int next_month;

	clock_civil_from_days(number, &d.year, &d.month, &d.day);
	next_month = d.month == 12 ? 1 : d.month + 1;
	d.length = (int)(clock_days_from_civil(d.year + (d.month == 12), next_month, 1) -
	    clock_days_from_civil(d.year, d.month, 1));
	d.weekday = (int)((number % 7 + 7 + 3) % 7);
	return d;
}

static int
is_month_day(const struct calendar_rule *r, const struct day *d)
{
	uint32_t above = d->length == 31 ? 0 : r->days >> (d->length + 1);

	if (r->days >> d->day & 1)
		return 1;
	if (d->day != d->length)
		return 0;
	return r->last_day || (above != 0 && r->short_month == CALENDAR_CLAMP);
}

static int
is_month(const struct calendar_rule *r, const struct day *d)
{
	return r->months == 0 || (r->months >> d->month & 1);
}

/* Which occurrence of its weekday in the month the day is, and whether it is the last one. */
static int
is_week(const struct calendar_rule *r, const struct day *d)
{
	int is_last = d->day + 7 > d->length;

	if (r->weeks >> CALENDAR_WEEK_LAST & 1 && is_last)
		return 1;
	return d->day <= 28 && (r->weeks >> ((d->day - 1) / 7 + 1) & 1);
}

static int
is_named(const struct calendar_rule *r, const struct day *d, int64_t start_day)
{
	int64_t monday = start_day - day_of(start_day).weekday;

	if (d->number < start_day)
		return 0;
	switch (r->form) {
	case CALENDAR_DAILY:
		return (d->number - start_day) % r->every == 0;
	case CALENDAR_WEEKLY:
		return (r->weekdays >> d->weekday & 1) &&
		    floor_div(d->number - monday, 7) % r->every == 0;
	case CALENDAR_MONTHLY_DAY:
		return is_month(r, d) && is_month_day(r, d);
	case CALENDAR_MONTHLY_WEEKDAY:
		return is_month(r, d) && (r->weekdays >> d->weekday & 1) && is_week(r, d);
	default:
		return 0;
	}
}

/* ------------------------------------------------------------------ next */

/* The first instant at or after start whose local minute is the rule's. */
static int64_t
hourly_first(const struct calendar_zone *z, const struct calendar_rule *r)
{
	int64_t t = floor_div(r->start + USEC_SEC - 1, USEC_SEC);

	for (;;) {
		int64_t wall = t + zone_offset(z, t), into = wall - floor_div(wall, 3600) * 3600,
			wait = (r->minute * 60 - into + 3600) % 3600;
		int64_t end = zone_interval_end(z, t, t + wait);

		if (end == t + wait)
			return t + wait;
		t = end;	/* the clocks changed before that minute came */
	}
}

static int64_t
hourly_next(const struct calendar_zone *z, const struct calendar_rule *r, usec_t after)
{
	int64_t first = hourly_first(z, r), step = r->every * INT64_C(3600),
		after_s = floor_div(after, USEC_SEC);

	return after == USEC_NONE || after_s < first ?
	    first :
	    first + (floor_div(after_s - first, step) + 1) * step;
}

/* The first occurrence later than after, on day from or a later day. Returns 1 with *out and its
 * *day, or 0. */
static int
daily_next(const struct calendar_zone *z, const struct calendar_rule *r, int64_t from, usec_t after,
    usec_t *out, int64_t *day)
{
	int64_t start_s = floor_div(r->start, USEC_SEC),
		start_day = floor_div(start_s + zone_offset(z, start_s), DAY_S);

	if (r->form == CALENDAR_AFTER)
		return 0;
	if (from < start_day)
		from = start_day;
	for (int64_t n = from; n < from + SEARCH_DAYS; n++) {
		struct day d = day_of(n);

		if (!is_named(r, &d, start_day))
			continue;
		*out = zone_instant(z, n * DAY_S + r->time_s) * USEC_SEC;
		*day = n;
		if (*out >= r->start && (after == USEC_NONE || *out > after))
			return 1;
	}
	return 0;
}

static int
not_over(const struct calendar_rule *r, usec_t t)
{
	return r->end == USEC_NONE || t <= r->end;
}

int
calendar_next_day(const struct calendar_zone *zone, const struct calendar_rule *rule, usec_t after,
    usec_t *out, int64_t *day)
{
	*day = CALENDAR_NO_DAY;
	if (rule->form == CALENDAR_ONE_TIME)
		*out = rule->start;
	else if (rule->form == CALENDAR_HOURLY)
		*out = hourly_next(zone, rule, after) * USEC_SEC;
	else if (!daily_next(zone, rule,
		     after == USEC_NONE ? CALENDAR_NO_DAY : floor_div(after, USEC_SEC * DAY_S) - 3,
		     after, out, day))
		return 0;
	return (after == USEC_NONE || *out > after) && not_over(rule, *out);
}

int
calendar_next(
    const struct calendar_zone *zone, const struct calendar_rule *rule, usec_t after, usec_t *out)
{
	int64_t day;

	return calendar_next_day(zone, rule, after, out, &day);
}

int
calendar_from_day(const struct calendar_zone *zone, const struct calendar_rule *rule, int64_t from,
    usec_t *out, int64_t *day)
{
	return daily_next(zone, rule, from, USEC_NONE, out, day) && not_over(rule, *out);
}

int64_t
calendar_nearest_day(const struct calendar_zone *zone, const struct calendar_rule *rule, usec_t t)
{
	if (rule->form == CALENDAR_ONE_TIME || rule->form == CALENDAR_HOURLY)
		return CALENDAR_NO_DAY;
	return floor_div(calendar_wall(zone, t) - rule->time_s + DAY_S / 2, DAY_S);
}
