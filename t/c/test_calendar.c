/*
 * lib/calendar: cases by hand, then 10,000 random rules over ten years against a reference that
 * works another way (calendar_reference.h), and 100 rules minute by minute.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/calendar.h"
#include "lib/err.h"
#include "t/c/calendar_reference.h"
#include "t/c/chance.h"
#include "t/c/tap.h"

enum { YEARS = 10, RULES = 10000, BY_MINUTE = 100 };

static usec_t
at(const char *text)
{
	int has_offset;
	usec_t t;

	if (clock_parse(text, &t, &has_offset) < 0)
		abort();
	return t;
}

/* ------------------------------------------------------------------ by hand */

static const struct {
	const char *zone;
	struct calendar_rule rule;
	const char *start, *end, *after, *expected; /* expected: instants, blank separated; all that
						       come up to "." or the first ones */
} cases[] = {
	{ "Europe/Paris", { .form = CALENDAR_DAILY, .every = 1, .time_s = 9000 },
	    "2026-03-27T12:00:00Z", NULL, NULL,
	    "2026-03-28T01:30:00Z 2026-03-29T01:00:00Z 2026-03-30T00:30:00Z" }, /* 02:30 does not
										   exist: 03:00 */
	{ "Europe/Paris", { .form = CALENDAR_DAILY, .every = 1, .time_s = 9000 },
	    "2026-10-24T12:00:00Z", NULL, NULL,
	    "2026-10-25T00:30:00Z 2026-10-26T01:30:00Z" }, /* 02:30 exists twice: the first */
	{ "Europe/Paris", { .form = CALENDAR_HOURLY, .every = 1, .minute = 15 },
	    "2026-10-24T23:20:00Z", "2026-10-25T03:00:00Z", NULL,
	    "2026-10-25T00:15:00Z 2026-10-25T01:15:00Z 2026-10-25T02:15:00Z ." }, /* each real hour
										   */
	{ "Australia/Lord_Howe", { .form = CALENDAR_DAILY, .every = 1, .time_s = 7800 },
	    "2026-10-02T12:00:00Z", NULL, NULL,
	    "2026-10-02T15:40:00Z 2026-10-03T15:30:00Z 2026-10-04T15:10:00Z" }, /* 02:10 of 4
										   October is in a
										   gap of 30
										   minutes: 02:30 */
	{ "Pacific/Apia", { .form = CALENDAR_DAILY, .every = 1, .time_s = 32400 },
	    "2011-12-29T00:00:00Z", NULL, NULL,
	    "2011-12-29T19:00:00Z 2011-12-30T10:00:00Z 2011-12-30T19:00:00Z" }, /* 30 December does
										   not exist there
										 */
	{ "Pacific/Apia", { .form = CALENDAR_DAILY, .every = 1, .time_s = 0 },
	    "2011-12-29T11:00:00Z", NULL, NULL,
	    "2011-12-30T10:00:00Z 2011-12-31T10:00:00Z" }, /* the 30th and the 31st at one instant:
							      once */
	{ "Africa/Casablanca", { .form = CALENDAR_DAILY, .every = 1, .time_s = 9000 },
	    "2026-02-14T12:00:00Z", NULL, NULL,
	    "2026-02-15T01:30:00Z 2026-02-16T02:30:00Z" }, /* back an hour for Ramadan, on 15
							      February at 03:00 */
	{ "UTC", { .form = CALENDAR_MONTHLY_DAY, .days = 1u << 31, .time_s = 60 },
	    "2027-01-15T00:00:00Z", NULL, NULL,
	    "2027-01-31T00:01:00Z 2027-02-28T00:01:00Z 2027-03-31T00:01:00Z 2027-04-30T00:01:00Z" },
	{ "UTC", { .form = CALENDAR_MONTHLY_DAY, .days = 1u << 31, .short_month = CALENDAR_SKIP },
	    "2027-01-15T00:00:00Z", NULL, NULL,
	    "2027-01-31T00:00:00Z 2027-03-31T00:00:00Z 2027-05-31T00:00:00Z" },
	{ "UTC", { .form = CALENDAR_MONTHLY_DAY, .days = 1u << 30 | 1u << 31, .last_day = 1 },
	    "2027-04-15T00:00:00Z", NULL, NULL,
	    "2027-04-30T00:00:00Z 2027-05-30T00:00:00Z 2027-05-31T00:00:00Z 2027-06-30T00:00:00Z" },
	{ "UTC",
	    { .form = CALENDAR_MONTHLY_DAY,
		.days = 1u << 29,
		.months = 1u << 2,
		.short_month = CALENDAR_SKIP },
	    "2095-01-01T00:00:00Z", NULL, NULL,
	    "2096-02-29T00:00:00Z 2104-02-29T00:00:00Z" }, /* 2100 has none */
	{ "UTC",
	    { .form = CALENDAR_MONTHLY_DAY,
		.days = 1u << 31,
		.months = 1u << 2,
		.short_month = CALENDAR_SKIP },
	    "2027-01-01T00:00:00Z", NULL, NULL, "." },
	{ "UTC",
	    { .form = CALENDAR_MONTHLY_WEEKDAY,
		.weekdays = 1u << 0,
		.weeks = 1u << 1 | 1u << CALENDAR_WEEK_LAST,
		.time_s = 3600 },
	    "2026-11-24T00:00:00Z", NULL, NULL,
	    "2026-11-30T01:00:00Z 2026-12-07T01:00:00Z 2026-12-28T01:00:00Z 2027-01-04T01:00:00Z" },
	{ "UTC", { .form = CALENDAR_WEEKLY, .every = 2, .weekdays = 1u << 0 | 1u << 6 },
	    "2026-11-25T00:00:00Z", NULL, NULL,
	    "2026-11-29T00:00:00Z 2026-12-07T00:00:00Z 2026-12-13T00:00:00Z" }, /* weeks from Monday
										   the 23rd */
	{ "Asia/Tokyo", { .form = CALENDAR_DAILY, .every = 3, .time_s = 3600 },
	    "2026-11-24T16:00:00Z", NULL, NULL,
	    "2026-11-24T16:00:00Z 2026-11-27T16:00:00Z" }, /* the local day of the start is the 25th
							    */
	{ "UTC", { .form = CALENDAR_DAILY, .every = 1, .time_s = 3600 },
	    "2026-11-24T01:00:00.000001Z", "2026-11-26T01:00:00Z", NULL,
	    "2026-11-25T01:00:00Z 2026-11-26T01:00:00Z ." }, /* a moment too late; the end counts */
	{ "UTC", { .form = CALENDAR_DAILY, .every = 1, .time_s = 3600 }, "2026-11-24T00:00:00Z",
	    NULL, "2030-01-01T01:00:00Z", "2030-01-02T01:00:00Z" },
	{ "UTC", { .form = CALENDAR_HOURLY, .every = 5, .minute = 59 }, "2026-11-24T00:59:00Z",
	    NULL, "2026-11-24T01:00:00Z", "2026-11-24T05:59:00Z 2026-11-24T10:59:00Z" },
	{ "UTC", { .form = CALENDAR_ONE_TIME }, "2026-11-24T00:59:00Z", NULL, NULL,
	    "2026-11-24T00:59:00Z ." },
	{ "UTC", { .form = CALENDAR_ONE_TIME }, "2026-11-24T00:59:00Z", "2026-11-24T00:58:00Z",
	    NULL, "." },
};

static void
check_case(size_t i)
{
	struct calendar_rule r = cases[i].rule;
	struct calendar_zone *z;
	struct err err = { 0 };
	char *list = strdup(cases[i].expected), *rest = list, *word, name[100], got[32] = "none";
	usec_t t = cases[i].after == NULL ? USEC_NONE : at(cases[i].after);
	int good = 1;

	r.start = at(cases[i].start);
	r.end = cases[i].end == NULL ? USEC_NONE : at(cases[i].end);
	if (list == NULL || calendar_zone_open(cases[i].zone, &z, &err) < 0)
		abort();
	while (good && (word = strsep(&rest, " ")) != NULL) {
		int there = calendar_next(z, &r, t, &t);

		clock_iso8601(there ? t : 0, got);
		good = strcmp(word, ".") == 0 ? !there : there && t == at(word);
	}
	snprintf(name, sizeof name, "case %zu, %s%s%s", i, cases[i].zone, good ? "" : ", got ",
	    good ? "" : got);
	ok(good, name, "");
	calendar_zone_close(&z);
	free(list);
}

static void
check_zones(void)
{
	static const char *const no[] = { "", "Europe/Pariss", "europe/paris", "/etc/passwd",
		"../../../etc/passwd", "+02:00", "UTC+2", "posix/UTC", "right/UTC", "Europe",
		"tzdata.zi", "A/../UTC", "Europe/Paris ", "Europe/Paris\n" };
	struct calendar_zone *z;
	struct arena a = { 0 };
	struct err err = { 0 };

	for (size_t i = 0; i < sizeof no / sizeof no[0]; i++) {
		ok(calendar_zone_open(no[i], &z, &err) == ERR_BAD_REQUEST && z == NULL, "no zone",
		    no[i]);
		err_clear(&err);
	}
	ok(strcmp(calendar_tzdata_version(&a), "unknown") != 0, "the version of tzdata is known",
	    calendar_tzdata_version(&a));
	arena_done(&a);
}

static void
check_words(void)
{
	static const struct { struct calendar_rule rule; const char *words;
	} said[] = {
		{ { .form = CALENDAR_DAILY, .every = 2, .time_s = 9000 },
		    "Every 2 days at 02:30 (Europe/Paris), from 2026-11-24 01:00" },
		{ { .form = CALENDAR_HOURLY, .every = 1, .minute = 5 },
		    "Every hour, first at minute 5 (Europe/Paris), from 2026-11-24 01:00" },
		{ { .form = CALENDAR_WEEKLY, .every = 1, .weekdays = 0x15, .time_s = 1 },
		    "Every week on Monday, Wednesday and Friday at 00:00:01 (Europe/Paris), from "
		    "2026-11-24 01:00" },
#define FROM " at 00:00 (Europe/Paris), from 2026-11-24 01:00"
		{ { .form = CALENDAR_MONTHLY_DAY,
		      .days = 1u << 1 | 1u << 31,
		      .last_day = 1,
		      .months = 0xc },
		    "On days 1 and 31 and on the last day of February and March "
		    "(in shorter months 31 is the last day)" FROM },
		{ { .form = CALENDAR_MONTHLY_DAY, .last_day = 1 },
		    "On the last day of every month" FROM },
		{ { .form = CALENDAR_MONTHLY_DAY, .days = 1u << 30, .months = 0x30 },
		    "On day 30 of April and May" FROM },
		{ { .form = CALENDAR_MONTHLY_DAY,
		      .days = 1u << 31,
		      .months = 0x30,
		      .short_month = CALENDAR_SKIP },
		    "On day 31 of April and May (in shorter months not on 31)" FROM },
		{ { .form = CALENDAR_MONTHLY_DAY, .days = 7u << 28 },
		    "On days 28, 29 and 30 of every month "
		    "(in shorter months 29 and 30 are the last day)" FROM },
		{ { .form = CALENDAR_MONTHLY_WEEKDAY, .weeks = 0x3e, .weekdays = 0x11 },
		    "On every Monday and Friday of every month" FROM },
		{ { .form = CALENDAR_WEEKLY, .every = 1, .weekdays = 0x7f }, "Every day" FROM },
		{ { .form = CALENDAR_WEEKLY, .every = 2, .weekdays = 0x7f },
		    "Every 2 weeks on every day" FROM },
		{ { .form = CALENDAR_MONTHLY_WEEKDAY, .weeks = 1u << 5, .weekdays = 1u << 6 },
		    "On the last Sunday of every month at 00:00 (Europe/Paris), from 2026-11-24 "
		    "01:00" },
		{ { .form = CALENDAR_ONE_TIME }, "Once, at 2026-11-24 01:00 (Europe/Paris)" },
	};
	struct calendar_zone *z;
	struct arena a = { 0 };
	struct err err = { 0 };

	if (calendar_zone_open("Europe/Paris", &z, &err) < 0)
		abort();
	for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
		struct calendar_rule r = said[i].rule;
		const char *words;

		r.start = at("2026-11-24T00:00:00Z");
		r.end = USEC_NONE;
		words = calendar_words(&a, z, "Europe/Paris", &r);
		ok(strcmp(words, said[i].words) == 0, "words", words);
	}
	calendar_zone_close(&z);
	arena_done(&a);
}

/* ------------------------------------------------------------------ random rules */

static uint32_t state = CHANCE_SEED;

static uint32_t
next(uint32_t below)
{
	return chance_next(&state) % below;
}

static struct calendar_rule
random_rule(int64_t begin, int64_t end, int whole_minutes)
{
	static const int hours[] = { 0, 1, 2, 3, 23 };
	struct calendar_rule r = { .form = CALENDAR_HOURLY + next(5),
		.minute = (int)next(60),
		.short_month = next(2),
		.end = USEC_NONE };

	if (r.form == CALENDAR_HOURLY)
		r.every = 1 + (int)next(24);
	else if (r.form == CALENDAR_DAILY)
		r.every = 1 + (int)next(next(2) ? 366 : 5);
	else
		r.every = 1 + (int)next(next(2) ? 52 : 3);
	r.time_s = next(2) ? hours[next(5)] * 3600 + (int)next(12) * 300 : (int)next(1440) * 60;
	r.time_s += whole_minutes || next(2) ? 0 : (int)next(60);
	r.weekdays = 1 + next(127);
	r.days = (uint32_t)1 << (1 + next(31)) | (next(2) ? (uint32_t)1 << (28 + next(4)) : 0);
	r.last_day = next(4) == 0;
	r.months = next(2) ? 0 : (1 + next(4095)) << 1;
	r.weeks = (1 + next(31)) << 1;
	r.start = (begin + (int64_t)next((uint32_t)((end - begin) / 5))) * USEC_SEC +
	    (whole_minutes ? 0 : next(3) * 500000);
	if (whole_minutes)
		r.start -= r.start % (60 * USEC_SEC);
	if (next(4) == 0)
		r.end = r.start + (int64_t)next(1000) * 86400 * USEC_SEC;
	return r;
}

static int
same(const struct calendar_zone *z, const struct calendar_rule *r, int n, int64_t limit,
    char *detail, size_t size)
{
	usec_t t = USEC_NONE;
	int i = 0;

	while (calendar_next(z, r, t, &t) && t <= limit * USEC_SEC) {
		if (i >= n || occurrences[i] * USEC_SEC != t) {
			snprintf(detail, size,
			    "form %d every %d: occurrence %d is %lld, should be %lld", r->form,
			    r->every, i, (long long)(t / USEC_SEC),
			    i < n ? (long long)occurrences[i] : -1LL);
			return 0;
		}
		i++;
	}
	snprintf(detail, size, "form %d every %d: %d occurrences, should be %d", r->form, r->every,
	    i, n);
	return i == n;
}

/* Day by day it is the same, and the day that is nearest to an instant is its own, or beside it
 * where the clocks jumped over its time. */
static int
same_days(const struct calendar_zone *z, const struct calendar_rule *r, int64_t limit)
{
	usec_t t = USEC_NONE, u;
	int64_t day = 0, from;

	if (r->form == CALENDAR_HOURLY)
		return calendar_nearest_day(z, r, r->start) == CALENDAR_NO_DAY &&
		    (!calendar_next_day(z, r, t, &u, &day) || day == CALENDAR_NO_DAY);
	for (from = CALENDAR_NO_DAY; calendar_next_day(z, r, t, &t, &day) && t <= limit * USEC_SEC;
	     from = day + 1) {
		int64_t found = 0;
		usec_t before = from == CALENDAR_NO_DAY ? USEC_NONE : t;

		do {	/* two days at one instant are one occurrence */
			if (!calendar_from_day(z, r, from, &u, &found))
				return 0;
			from = found + 1;
		} while (before != USEC_NONE && u < t);
		if (u != t || calendar_nearest_day(z, r, t) < day - 1 ||
		    calendar_nearest_day(z, r, t) > day + 1)
			return 0;
	}
	return 1;
}

int
main(void)
{
	static const char *const zones[] = { "UTC", "Europe/Paris", "America/New_York",
		"Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca", "Asia/Kathmandu",
		"America/St_Johns", "Europe/Dublin", "Pacific/Chatham", "America/Sao_Paulo",
		"Asia/Tehran", "Antarctica/Troll", "Europe/Lisbon", "Asia/Gaza", "America/Havana",
		"Pacific/Kiritimati", "America/Caracas", "Asia/Pyongyang", "Europe/Istanbul" };
	enum { ZONES = sizeof zones / sizeof zones[0] };
	static struct reference ref;
	char detail[200] = "", name[100];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		check_case(i);
	check_zones();
	check_words();
	for (int k = 0; k < ZONES; k++) {
		/* half of the zones in years with odd changes, half in those to come */
		int64_t begin = at(k % 2 ? "2009-06-01T00:00:00Z" : "2026-01-01T00:00:00Z") /
		    USEC_SEC,
			end = begin + YEARS * 31557600LL, wrong = 0, checked = 0;
		struct calendar_zone *z;
		struct err err = { 0 };

		reference_init(&ref, zones[k], begin - 40 * 86400, end + 40 * 86400);
		if (calendar_zone_open(zones[k], &z, &err) < 0)
			abort();
		for (int i = 0; i < RULES / ZONES && wrong == 0; i++) {
			struct calendar_rule r = random_rule(begin, end, 0);

			wrong = !same(
			    z, &r, reference_all(&ref, &r, end), end, detail, sizeof detail);
			if (wrong == 0 && (wrong = !same_days(z, &r, end)) != 0)
				snprintf(detail, sizeof detail,
				    "form %d every %d: other days than instants", r.form, r.every);
			checked++;
		}
		snprintf(name, sizeof name, "%s, %lld segments, %lld rules", zones[k],
		    (long long)ref.n, (long long)checked);
		ok(wrong == 0, name, wrong == 0 ? "" : detail);
		for (int i = 0; i < BY_MINUTE / ZONES && wrong == 0; i++) {
			struct calendar_rule r = random_rule(begin, end, 1);

			/* a start behind the moment of a wall time that is shown once more would
			 * count it as the first */
			wrong = !same(
			    z, &r, reference_by_minute(&ref, &r, end), end, detail, sizeof detail);
		}
		snprintf(name, sizeof name, "%s, minute by minute", zones[k]);
		ok(wrong == 0, name, wrong == 0 ? "" : detail);
		calendar_zone_close(&z);
	}
	return tap_end();
}
