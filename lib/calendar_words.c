#include "config.h"

#include <stdio.h>

#include "lib/arena.h"
#include "lib/calendar.h"
#include "lib/calendar_zone.h"
#include "lib/text.h"

/* Bits of a rule; SHORT_MONTHS: April, June, September, November. */
#define ALL_DAYS 0xfffffffeu

enum {
	ALL_MONTHS = 0x1ffe, ALL_WEEKDAYS = 0x7f, ALL_WEEKS = 0x3e,
	SHORT_MONTHS = 1 << 4 | 1 << 6 | 1 << 9 | 1 << 11
};

void
calendar_local_text(const struct calendar_zone *zone, usec_t t, char out[40])
{
	int64_t s = floor_div(t, USEC_SEC), offset = zone_offset(zone, s), wall = s + offset,
		day = floor_div(wall, DAY_S), rest = wall - day * DAY_S, size;
	int year, month, dom;

	clock_civil_from_days(day, &year, &month, &dom);
	size = offset < 0 ? -offset : offset;
	snprintf(out, 40, "%04d-%02d-%02dT%02d:%02d:%02d%c%02d:%02d", year % 10000, month, dom,
	    (int)(rest / 3600), (int)(rest / 60 % 60), (int)(rest % 60), offset < 0 ? '-' : '+',
	    (int)(size / 3600 % 100), (int)(size / 60 % 60));
}

/* "a", "a and b", "a, b and c" of the names, or numbers, whose bit is set. */
static void
add_names(struct buf *b, uint32_t bits, int from, int to, const char *const *names)
{
	int left = __builtin_popcount(bits), first = 1;

	for (int i = from; i <= to; i++) {
		if (!(bits >> i & 1))
			continue;
		left--;
		if (!first)
			buf_adds(b, left > 0 ? ", " : " and ");
		first = 0;
		if (names != NULL)
			buf_adds(b, names[i]);
		else
			buf_addf(b, "%d", i);
	}
}

static void
add_time(struct buf *b, const struct calendar_rule *r)
{
	buf_addf(b, " at %02d:%02d", r->time_s / 3600, r->time_s / 60 % 60);
	if (r->time_s % 60 != 0)
		buf_addf(b, ":%02d", r->time_s % 60);
}

static void
add_months(struct buf *b, const struct calendar_rule *r)
{
	static const char *const names[] = { "", "January", "February", "March", "April", "May",
		"June", "July", "August", "September", "October", "November", "December" };

	if (r->months == 0 || r->months == ALL_MONTHS)
		buf_adds(b, " of every month");
	else {
		buf_adds(b, " of ");
		add_names(b, r->months, 1, 12, names);
	}
}

static void
add_weekdays(struct buf *b, const struct calendar_rule *r)
{
	static const char *const names[] = { "Monday", "Tuesday", "Wednesday", "Thursday", "Friday",
		"Saturday", "Sunday" };

	add_names(b, r->weekdays, 0, 6, names);
}

static void
add_week(struct buf *b, const struct calendar_rule *r)
{
	if (r->every > 1)
		buf_addf(b, "Every %d weeks on ", r->every);
	if (r->weekdays == ALL_WEEKDAYS)
		buf_adds(b, r->every > 1 ? "every day" : "Every day");
	else {
		buf_adds(b, r->every > 1 ? "" : "Every week on ");
		add_weekdays(b, r);
	}
}

/* The days that some month of the rule does not have. */
static uint32_t
late_days(const struct calendar_rule *r)
{
	unsigned months = r->months == 0 ? ALL_MONTHS : r->months;
	int fewest = months & SHORT_MONTHS ? 30 : 31;

	if (months & 1u << 2)
		fewest = 28;
	return fewest == 31 ? 0 : r->days >> (fewest + 1) << (fewest + 1);
}

static void
add_late_days(struct buf *b, const struct calendar_rule *r)
{
	uint32_t late = late_days(r);

	if (late == 0 || r->days == ALL_DAYS)
		return;
	buf_adds(b, " (in shorter months ");
	buf_adds(b, r->short_month == CALENDAR_CLAMP ? "" : "not on ");
	add_names(b, late, 1, 31, NULL);
	if (r->short_month == CALENDAR_CLAMP)
		buf_adds(b, late & (late - 1) ? " are the last day" : " is the last day");
	buf_adds(b, ")");
}

static void
add_month_days(struct buf *b, const struct calendar_rule *r)
{
	if (r->days == ALL_DAYS)
		buf_adds(b, "On every day");
	else if (r->days == 0)
		buf_adds(b, "On the last day");
	else {
		buf_adds(b, r->days & (r->days - 1) ? "On days " : "On day ");
		add_names(b, r->days, 1, 31, NULL);
		buf_adds(b, r->last_day ? " and on the last day" : "");
	}
	add_months(b, r);
	add_late_days(b, r);
}

/* A month has each weekday four or five times, so the first four and the last are all of them. */
static void
add_month_weekdays(struct buf *b, const struct calendar_rule *r)
{
	static const char *const names[] = { "", "first", "second", "third", "fourth", "last" };

	if (r->weeks == ALL_WEEKS)
		buf_adds(b, "On every ");
	else {
		buf_adds(b, "On the ");
		add_names(b, r->weeks, 1, 5, names);
		buf_adds(b, " ");
	}
	add_weekdays(b, r);
	add_months(b, r);
}

static void
add_rule(struct buf *b, const struct calendar_rule *r)
{
	switch (r->form) {
	case CALENDAR_HOURLY:
		buf_addf(b, r->every == 1 ? "Every hour" : "Every %d hours", r->every);
		buf_addf(b, ", first at minute %d", r->minute);
		break;
	case CALENDAR_DAILY:
		buf_addf(b, r->every == 1 ? "Every day" : "Every %d days", r->every);
		add_time(b, r);
		break;
	case CALENDAR_WEEKLY:
		add_week(b, r);
		add_time(b, r);
		break;
	case CALENDAR_MONTHLY_DAY:
		add_month_days(b, r);
		add_time(b, r);
		break;
	case CALENDAR_MONTHLY_WEEKDAY:
		add_month_weekdays(b, r);
		add_time(b, r);
		break;
	case CALENDAR_AFTER:
		buf_adds(b, "After another schedule");
		break;
	case CALENDAR_ONE_TIME:
	case CALENDAR_UNSET:
		buf_adds(b, "Once");
		break;
	}
}

const char *
calendar_words(struct arena *a, const struct calendar_zone *zone, const char *zone_name,
    const struct calendar_rule *rule)
{
	char text[40];
	struct buf b;

	buf_init(&b, a);
	add_rule(&b, rule);
	buf_addf(&b, rule->form == CALENDAR_ONE_TIME ? "" : " (%s)", zone_name);
	calendar_local_text(zone, rule->start, text);
	text[10] = ' ';
	buf_addf(&b, rule->form == CALENDAR_ONE_TIME ? ", at %.16s" : ", from %.16s", text);
	if (rule->form == CALENDAR_ONE_TIME)
		buf_addf(&b, " (%s)", zone_name);
	if (rule->end != USEC_NONE) {
		calendar_local_text(zone, rule->end, text);
		text[10] = ' ';
		buf_addf(&b, " until %.16s", text);
	}
	return b.data;
}
