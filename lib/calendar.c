#include "config.h"

#include "lib/calendar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <glib.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/text.h"

enum {
	DAY_S = 86400,
	SEARCH_DAYS = 3700,
	NAME_MAX_BYTES = 64,
	PATH_MAX_BYTES = 512
}; /* no rule pauses longer than the eight years around 2100 without 29 February, plus a bit */

struct calendar_zone { GTimeZone *tz; };

/* ------------------------------------------------------------------ zones */

/* A file of the zone data, found as GLib does. 0, or -1 when the name is too long. */
static int
zone_path(const char *name, char out[PATH_MAX_BYTES])
{
	const char *folder = getenv("TZDIR");

	return snprintf(out, PATH_MAX_BYTES, "%s/%s",
		   folder == NULL ? "/usr/share/zoneinfo" : folder, name) < PATH_MAX_BYTES ?
	    0 :
	    -1;
}

int
calendar_zone_open(const char *name, struct calendar_zone **out, struct err *err)
{
	static const char letters[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";
	char path[PATH_MAX_BYTES];
	struct stat st;
	static const char *const no_zones[] = { "localtime", "posixrules", "Factory" };
	GTimeZone *tz = NULL;
	int known = zone_path(name, path) == 0;

	*out = NULL;
	/* Not zones of IANA either: what this machine has been set to, and what an unset one says.
	 */
	for (size_t i = 0; i < sizeof no_zones / sizeof no_zones[0]; i++)
		known &= strcmp(name, no_zones[i]) != 0;
	/* GLib takes offsets and any path, too; posix/ and right/ (which counts leap seconds) are
	 * no zones of their own. */
	if (known && name[0] != '\0' && strlen(name) <= NAME_MAX_BYTES &&
	    name[strspn(name, letters)] == '\0' && g_ascii_isalpha(name[0]) &&
	    strncmp(name, "posix/", 6) != 0 && strncmp(name, "right/", 6) != 0 &&
	    stat(path, &st) == 0 && S_ISREG(st.st_mode))
		tz = g_time_zone_new_identifier(name);
	if (tz == NULL)
		return err_set(err, ERR_BAD_REQUEST,
		    "There is no time zone \"%.64s\"; names are those of IANA, for example "
		    "Europe/Paris.",
		    name);
	*out = g_new(struct calendar_zone, 1);
	(*out)->tz = tz;
	return 0;
}

void
calendar_zone_close(struct calendar_zone **zone)
{
	if (*zone == NULL)
		return;
	g_time_zone_unref((*zone)->tz);
	g_free(*zone);
	*zone = NULL;
}

const char *
calendar_tzdata_version(struct arena *a)
{
	char line[64] = "", version[32] = "unknown", path[PATH_MAX_BYTES];
	FILE *f = zone_path("tzdata.zi", path) < 0 ? NULL : fopen(path, "re");

	if (f != NULL) {
		if (fgets(line, sizeof line, f) != NULL)
			sscanf(line, "# version %31[A-Za-z0-9.-]", version);
		fclose(f);
	}
	return arena_strdup(a, version);
}

/* ------------------------------------------------------------------ instants and wall time, in
 * seconds */

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static int
interval_at(const struct calendar_zone *z, int64_t t)
{
	return g_time_zone_find_interval(z->tz, G_TIME_TYPE_UNIVERSAL, t);
}

static int64_t
offset_at(const struct calendar_zone *z, int64_t t)
{
	return g_time_zone_get_offset(z->tz, interval_at(z, t));
}

/* The first instant behind from, not after to, that is not in from's interval; to when there is
 * none. */
static int64_t
interval_end(const struct calendar_zone *z, int64_t from, int64_t to)
{
	int interval = interval_at(z, from);

	if (interval_at(z, to) == interval)
		return to;
	while (to - from > 1) {
		int64_t middle = from + (to - from) / 2;

		if (interval_at(z, middle) == interval)
			from = middle;
		else
			to = middle;
	}
	return to;
}

/* Walks the intervals around: no offset is further than a day from UTC, and a gap may be a whole
 * day (Apia, 2011). */
static int64_t
instant(const struct calendar_zone *z, int64_t wall)
{
	int64_t t = wall - 2 * DAY_S, last = wall + 2 * DAY_S;

	for (;;) {
		int64_t offset = offset_at(z, t), end = interval_end(z, t, last);

		if (wall - offset < end)
			return wall - offset > t ?
			    wall - offset :
			    t; /* before t: it was in the gap that ended at t */
		if (end == last)
			return wall - offset;
		t = end;
	}
}

usec_t
calendar_instant(const struct calendar_zone *zone, int64_t wall_s)
{
	return instant(zone, wall_s) * USEC_SEC;
}

int
calendar_parse(const struct calendar_zone *zone, const char *text, usec_t *out)
{
	int has_offset;
	usec_t t;

	if (clock_parse(text, &t, &has_offset) < 0)
		return -1;
	*out = has_offset ? t : calendar_instant(zone, floor_div(t, USEC_SEC)) + t - floor_div(t,
	    USEC_SEC) * USEC_SEC;
	return 0;
}

int64_t
calendar_wall(const struct calendar_zone *zone, usec_t t)
{
	int64_t s = floor_div(t, USEC_SEC);

	return s + offset_at(zone, s);
}

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
	return d->day == d->length &&
	    (r->last_day || (above != 0 && r->short_month == CALENDAR_CLAMP));
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
		return (r->months == 0 || (r->months >> d->month & 1)) && is_month_day(r, d);
	case CALENDAR_MONTHLY_WEEKDAY:
		return (r->months == 0 || (r->months >> d->month & 1)) &&
		    (r->weekdays >> d->weekday & 1) &&
		    ((r->weeks >> ((d->day - 1) / 7 + 1) & 1 && d->day <= 28) ||
			(r->weeks >> CALENDAR_WEEK_LAST & 1 && d->day + 7 > d->length));
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
		int64_t wall = t + offset_at(z, t), into = wall - floor_div(wall, 3600) * 3600,
			wait = (r->minute * 60 - into + 3600) % 3600;
		int64_t end = interval_end(z, t, t + wait);

		if (end == t + wait)
			return t + wait;
		t = end;	/* the clocks were changed before it came */
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

/* The first occurrence that is later than after, of day from or a later one. 1 and *out and its
 * *day, or 0. */
static int
daily_next(const struct calendar_zone *z, const struct calendar_rule *r, int64_t from, usec_t after,
    usec_t *out, int64_t *day)
{
	int64_t start_s = floor_div(r->start, USEC_SEC),
		start_day = floor_div(start_s + offset_at(z, start_s), DAY_S);

	if (r->form == CALENDAR_AFTER)
		return 0;
	if (from < start_day)
		from = start_day;
	for (int64_t n = from; n < from + SEARCH_DAYS; n++) {
		struct day d = day_of(n);

		if (!is_named(r, &d, start_day))
			continue;
		*out = instant(z, n * DAY_S + r->time_s) * USEC_SEC;
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

/* ------------------------------------------------------------------ words */

/* Bits of a rule; SHORT_MONTHS: April, June, September, November. */
#define ALL_DAYS 0xfffffffeu

enum {
	ALL_MONTHS = 0x1ffe, ALL_WEEKDAYS = 0x7f, ALL_WEEKS = 0x3e,
	SHORT_MONTHS = 1 << 4 | 1 << 6 | 1 << 9 | 1 << 11
};

void
calendar_local_text(const struct calendar_zone *zone, usec_t t, char out[40])
{
	int64_t s = floor_div(t, USEC_SEC), offset = offset_at(zone, s), wall = s + offset,
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
		buf_adds(b, first ? "" : left > 0 ? ", " : " and ");
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
	int fewest = months & 1u << 2 ? 28 : months & SHORT_MONTHS ? 30 : 31;

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

/* A month has four or five of each day: the first four and the last are all of them. */
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
