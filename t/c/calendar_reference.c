#include "config.h"

#include "t/c/calendar_reference.h"

#include <stdlib.h>
#include <time.h>

static int64_t
glibc_offset(int64_t t)
{
	time_t when = (time_t)t;
	struct tm tm;

	localtime_r(&when, &tm);
	return tm.tm_gmtoff;
}

void
reference_init(struct reference *ref, const char *name, int64_t begin, int64_t end)
{
	int64_t from = begin;

	*ref = (struct reference){ .name = name, .begin = begin, .end = end };
	setenv("TZ", name, 1);
	tzset();
	for (int64_t t = begin; t < end; t += 10800)
		if (t + 10800 >= end || glibc_offset(t) != glibc_offset(t + 10800)) {
			int64_t lo = t, hi = t + 10800;

			while (hi - lo > 1 && hi < end + 10800 &&
			    glibc_offset(lo) != glibc_offset(hi)) {
				int64_t middle = lo + (hi - lo) / 2;

				if (glibc_offset(middle) == glibc_offset(lo))
					lo = middle;
				else
					hi = middle;
			}
			if (ref->n == SEGMENTS_MAX)
				abort();
			ref->segments[ref->n++] = (struct segment){ from,
				t + 10800 >= end ? end : hi, glibc_offset(from) };
			from = hi;
		}
}

static int
leap(int64_t y)
{
	return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

/* A calendar that is counted up, not computed. */
struct walk { int64_t day; int y, m, d, weekday; };

static int
month_length(int y, int m)
{
	static const int lengths[] = { 0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return lengths[m] + (m == 2 && leap(y));
}

static void
walk_on(struct walk *w)
{
	w->day++;
	w->weekday = (w->weekday + 1) % 7;
	if (++w->d > month_length(w->y, w->m)) {
		w->d = 1;
		if (++w->m > 12) {
			w->m = 1;
			w->y++;
		}
	}
}

static int
names(const struct calendar_rule *r, const struct walk *w, int64_t start_day, int64_t start_week)
{
	int last = month_length(w->y, w->m), day = 0, nth = 0;
	int clamps = w->d == last && r->short_month == CALENDAR_CLAMP;

	if (w->day < start_day)
		return 0;
	if (r->form == CALENDAR_DAILY)
		return (w->day - start_day) % r->every == 0;
	if (r->form == CALENDAR_WEEKLY)
		return (r->weekdays & 1u << w->weekday) != 0 &&
		    ((w->day - w->weekday - start_week) / 7) % r->every == 0;
	if (r->months != 0 && (r->months & 1u << w->m) == 0)
		return 0;
	if (r->form == CALENDAR_MONTHLY_DAY) {
		for (day = 1; day <= 31; day++)
			if ((r->days & 1u << day) != 0)
				if (day == w->d || (day > last && clamps))
					return 1;
		return r->last_day && w->d == last;
	}
	if ((r->weekdays & 1u << w->weekday) == 0)
		return 0;
	for (day = w->d; day >= 1; day -= 7)
		nth++;
	if (nth <= 4 && (r->weeks & 1u << nth) != 0)
		return 1;
	return (r->weeks & 1u << CALENDAR_WEEK_LAST) != 0 && w->d > last - 7;
}

/* The instant of a wall time: the earliest that shows it; when none does, the start of the segment
 * that jumped over it. */
static int64_t
reference_instant(const struct reference *ref, int64_t wall)
{
	for (int i = 0; i < ref->n; i++) {
		const struct segment *s = &ref->segments[i];

		if (wall - s->offset >= s->from && wall - s->offset < s->to)
			return wall - s->offset;
	}
	for (int i = 1; i < ref->n; i++)
		if (ref->segments[i - 1].to + ref->segments[i - 1].offset <= wall &&
		    wall < ref->segments[i].from + ref->segments[i].offset)
			return ref->segments[i].from;
	return INT64_MIN;
}

static int64_t
reference_local(const struct reference *ref, int64_t t)
{
	for (int i = 0; i < ref->n; i++)
		if (t >= ref->segments[i].from && t < ref->segments[i].to)
			return t + ref->segments[i].offset;
	abort();
}

int64_t occurrences[OCCURRENCES_MAX];

static int
add(int n, int64_t t, const struct calendar_rule *r)
{
	usec_t u = t * USEC_SEC;

	if (t == INT64_MIN || u < r->start)
		return n;
	if (n > 0 && occurrences[n - 1] == t)
		return n;
	if (r->end != USEC_NONE && u > r->end)
		return n;
	if (n == OCCURRENCES_MAX)
		abort();
	occurrences[n] = t;
	return n + 1;
}

int
reference_all(const struct reference *ref, const struct calendar_rule *r, int64_t limit)
{
	struct walk w = { .day = 0, .y = 1970, .m = 1, .d = 1, .weekday = 3 };
	int64_t start = (r->start + USEC_SEC - 1) / USEC_SEC, start_day, start_week;
	int n = 0;

	start_day = reference_local(ref, r->start / USEC_SEC) / 86400;
	if (r->form == CALENDAR_HOURLY) {
		int64_t t = start;

		while (((reference_local(ref, t) / 60) % 60 != r->minute) ||
		    reference_local(ref, t) % 60 != 0)
			t++;
		for (; t <= limit; t += r->every * 3600)
			n = add(n, t, r);
		return n;
	}
	while (w.day < start_day)
		walk_on(&w);
	start_week = w.day - w.weekday;
	for (; w.day * 86400 < limit + 2 * 86400; walk_on(&w))
		if (names(r, &w, start_day, start_week)) {
			int64_t t = reference_instant(ref, w.day * 86400 + r->time_s);

			if (t > limit)
				break;
			n = add(n, t, r);
		}
	return n;
}

int
reference_by_minute(const struct reference *ref, const struct calendar_rule *r, int64_t limit)
{
	int64_t start = r->start / USEC_SEC, start_day = reference_local(ref, start) / 86400,
		first = -1;
	struct walk w = { .day = 0, .y = 1970, .m = 1, .d = 1, .weekday = 3 };
	int64_t start_week, high = 0;
	int n = 0, s = 0;

	while (w.day < start_day)
		walk_on(&w);
	start_week = w.day - w.weekday;
	while (start >= ref->segments[s].to)
		s++;
	for (int64_t t = start; t <= limit; t += 60) {
		int64_t wall;

		if (t >= ref->segments[s].to)
			s++;
		wall = t + ref->segments[s].offset;
		if (r->form == CALENDAR_HOURLY) {
			if (first < 0 && wall / 60 % 60 == r->minute)
				first = t;
			if (first >= 0 && (t - first) % (r->every * 3600) == 0)
				n = add(n, t, r);
			continue;
		}
		if (t == start)
			high = wall - 60;
		/* Every wall minute that was not shown yet, those that were jumped over with it. */
		for (int64_t m = high + 60; m <= wall; m += 60) {
			high = m;
			while (w.day < m / 86400)
				walk_on(&w);
			if (m % 86400 == r->time_s && names(r, &w, start_day, start_week))
				n = add(n, t, r);
		}
	}
	return n;
}
