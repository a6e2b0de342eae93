#include "config.h"

#include "lib/format/cell.h"

#include <string.h>

#include <glib.h>

#include "lib/calendar.h"
#include "lib/text.h"

enum { DAY_SECONDS = 86400, YEAR_MIN = 1000, YEAR_MAX = 9999 };

static const char *const names[CELL_DATE_N] = {
	[CELL_DATE_UNSET] = "",
	[CELL_DATE_DMY] = "dd/mm/yyyy",
	[CELL_DATE_MDY] = "mm/dd/yyyy",
	[CELL_DATE_YMD] = "yyyy-mm-dd",
	[CELL_DATE_COMPACT] = "yyyymmdd",
	[CELL_DATE_UNIX] = "unix",
};

static const char *const no_date[CELL_DATE_N] = {
	[CELL_DATE_UNSET] = "is no date",
	[CELL_DATE_DMY] = "is no date such as 24/11/2026 or 24/11/2026 08:30:00",
	[CELL_DATE_MDY] = "is no date such as 11/24/2026 or 11/24/2026 08:30:00",
	[CELL_DATE_YMD] = "is no date such as 2026-11-24 or 2026-11-24T08:30:00+01:00",
	[CELL_DATE_COMPACT] = "is no date such as 20261124 or 20261124083000",
	[CELL_DATE_UNIX] = "is no number of seconds since 1970, such as 1795509000",
};

static const char no_day[] = "is a day that does not exist";
static const char no_time[] = "has a time of day that does not exist";

const char *
cell_date_name(enum cell_date form)
{
	return names[form];
}

enum cell_date
cell_date_find(const char *name)
{
	for (enum cell_date f = CELL_DATE_DMY; f < CELL_DATE_N; f++)
		if (text_ieq(name, names[f]))
			return f;
	return CELL_DATE_UNSET;
}

/* What is read, and what it says so far. */
struct cursor {
	const char *s;
	size_t n;
	int year, month, day, hour, minute, second, micros;
	int offset_min, has_offset;
};

/* Reads between least and most digits. 0, or -1. */
static int
read_int(struct cursor *c, size_t least, size_t most, int *out)
{
	size_t k = 0;

	*out = 0;
	for (; k < most && k < c->n && g_ascii_isdigit(c->s[k]); k++)
		*out = *out * 10 + (c->s[k] - '0');
	c->s += k;
	c->n -= k;
	return k < least ? -1 : 0;
}

static int
read_char(struct cursor *c, const char *any)
{
	char found = c->n > 0 ? *c->s : '\0';

	if (found == '\0' || strchr(any, found) == NULL)
		return 0;
	c->s++;
	c->n--;
	return found;
}

static int
read_fraction(struct cursor *c)
{
	int unit = 100000, digit;

	if (c->n == 0 || !g_ascii_isdigit(*c->s))
		return -1;
	for (; c->n > 0 && g_ascii_isdigit(*c->s); unit /= 10) {
		read_int(c, 1, 1, &digit);
		c->micros += digit * unit;
	}
	return 0;
}

/* Z, +hh, +hh:mm or +hhmm. */
static int
read_offset(struct cursor *c)
{
	int sign = read_char(c, "Zz+-"), hours, minutes = 0;

	c->has_offset = sign != 0;
	if (sign == 0 || sign == 'Z' || sign == 'z')
		return 0;
	if (read_int(c, 2, 2, &hours) != 0)
		return -1;
	if ((read_char(c, ":") != 0 || c->n > 0) && read_int(c, 2, 2, &minutes) != 0)
		return -1;
	c->offset_min = (hours * 60 + minutes) * (sign == '-' ? -1 : 1);
	return hours > 18 || minutes > 59 ? -1 : 0;
}

/* The time of day behind the date, to the end. */
static int
read_time(struct cursor *c, int offset)
{
	if (read_int(c, 1, 2, &c->hour) != 0 || read_char(c, ":") == 0 ||
	    read_int(c, 2, 2, &c->minute) != 0)
		return -1;
	if (read_char(c, ":") != 0 && read_int(c, 2, 2, &c->second) != 0)
		return -1;
	if (read_char(c, ".") != 0 && read_fraction(c) != 0)
		return -1;
	if (offset && read_offset(c) != 0)
		return -1;
	return c->n == 0 ? 0 : -1;
}

/* Three numbers with the same mark between them. */
static int
read_marked(struct cursor *c, int *parts[3], const size_t lengths[3][2], const char *marks)
{
	char mark[2] = { '\0', '\0' };

	if (read_int(c, lengths[0][0], lengths[0][1], parts[0]) != 0)
		return -1;
	if ((mark[0] = (char)read_char(c, marks)) == '\0' ||
	    read_int(c, lengths[1][0], lengths[1][1], parts[1]) != 0)
		return -1;
	if (read_char(c, mark) == 0 || read_int(c, lengths[2][0], lengths[2][1], parts[2]) != 0)
		return -1;
	return 0;
}

/* What follows the date: nothing, or one of the marks and a time of day. */
static int
read_rest(struct cursor *c, const char *marks, int offset, int *has_time)
{
	*has_time = c->n > 0;
	if (c->n == 0)
		return 0;
	return read_char(c, marks) != 0 ? read_time(c, offset) : -1;
}

static int
read_day_first(struct cursor *c, int month_first, int *has_time)
{
	static const size_t lengths[3][2] = { { 1, 2 }, { 1, 2 }, { 4, 4 } };
	int *parts[3] = { month_first ? &c->month : &c->day, month_first ? &c->day : &c->month,
		&c->year };

	return read_marked(c, parts, lengths, "/.-") != 0 ? -1 : read_rest(c, " ", 0, has_time);
}

static int
read_year_first(struct cursor *c, int *has_time)
{
	static const size_t lengths[3][2] = { { 4, 4 }, { 1, 2 }, { 1, 2 } };
	int *parts[3] = { &c->year, &c->month, &c->day };

	return read_marked(c, parts, lengths, "-/.") != 0 ? -1 : read_rest(c, " Tt", 1, has_time);
}

static int
read_compact(struct cursor *c, int *has_time)
{
	*has_time = c->n == 14;
	if (c->n != 8 && c->n != 14)
		return -1;
	if (read_int(c, 4, 4, &c->year) != 0 || read_int(c, 2, 2, &c->month) != 0 ||
	    read_int(c, 2, 2, &c->day) != 0)
		return -1;
	if (!*has_time)
		return 0;
	if (read_int(c, 2, 2, &c->hour) != 0 || read_int(c, 2, 2, &c->minute) != 0)
		return -1;
	return read_int(c, 2, 2, &c->second);
}

/* The instant of the wall clock in the zone. */
static const char *
place(const struct cursor *c, const struct calendar_zone *zone, struct cell_time *out)
{
	int64_t days = clock_days_from_civil(c->year, c->month, c->day), wall;
	int y, m, d;

	clock_civil_from_days(days, &y, &m, &d);
	if (y != c->year || m != c->month || d != c->day)
		return no_day;
	if (c->hour > 23 || c->minute > 59 || c->second > 59)
		return no_time;
	wall = days * DAY_SECONDS + c->hour * 3600 + c->minute * 60 + c->second;
	out->day = days;
	if (c->has_offset)
		out->at = (wall - (int64_t)c->offset_min * 60) * USEC_SEC;
	else
		out->at = zone == NULL ? wall * USEC_SEC : calendar_instant(zone, wall);
	out->at += c->micros;
	return NULL;
}

static const char *
read_unix(const char *s, size_t n, struct cell_time *out)
{
	int64_t v = 0;
	size_t i = n > 0 && *s == '-';

	if (n - i < 1)
		return no_date[CELL_DATE_UNIX];
	for (size_t k = i; k < n; k++) {
		if (!g_ascii_isdigit(s[k]))
			return no_date[CELL_DATE_UNIX];
		if (k - i >= 11)
			return "has too many digits for seconds since 1970; it may be milliseconds";
		v = v * 10 + (s[k] - '0');
	}
	v = i == 1 ? -v : v;
	out->at = v * USEC_SEC;
	out->day = v / DAY_SECONDS - (v % DAY_SECONDS < 0);
	out->has_time = 1;
	return NULL;
}

static const char *
check(const struct cursor *c, const struct calendar_zone *zone, struct cell_time *out)
{
	if (c->year == 0 && c->month == 0 && c->day == 0) {
		out->none = 1;
		return NULL;
	}
	if (c->month < 1 || c->month > 12 || c->day < 1)
		return no_day;
	if (c->year < YEAR_MIN || c->year > YEAR_MAX)
		return "has a year that cannot be meant";
	return place(c, zone, out);
}

const char *
cell_date(const char *text, enum cell_date form, const struct calendar_zone *zone,
    struct cell_time *out)
{
	struct cursor c = { .s = NULL };
	int rc = -1;

	*out = (struct cell_time) { .at = USEC_NONE };
	c.s = cell_bare(text, &c.n);
	switch (form) {
	case CELL_DATE_DMY:
	case CELL_DATE_MDY:
		rc = read_day_first(&c, form == CELL_DATE_MDY, &out->has_time);
		break;
	case CELL_DATE_YMD:
		rc = read_year_first(&c, &out->has_time);
		break;
	case CELL_DATE_COMPACT:
		rc = read_compact(&c, &out->has_time);
		break;
	case CELL_DATE_UNIX:
		return read_unix(c.s, c.n, out);
	case CELL_DATE_UNSET:
	case CELL_DATE_N:
		break;
	}
	return rc < 0 ? no_date[form == CELL_DATE_N ? 0 : form] : check(&c, zone, out);
}
