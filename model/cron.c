#include "config.h"

#include "model/cron.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include <json-c/json.h>

#include "lib/arena.h"
#include "lib/text.h"

enum { MINUTE, HOUR, DAY, MONTH, WEEKDAY, FIELDS, FIELD_CHARS_MAX = 200 };

struct kind {
	const char *name;
	int min, max;
	const char *words;	/* three letters each, the first one stands for .first; or NULL */
	int first;
};

static const struct kind kinds[FIELDS] = {
	[MINUTE] = { "minute", 0, 59, NULL, 0 },
	[HOUR] = { "hour", 0, 23, NULL, 0 },
	[DAY] = { "day of the month", 1, 31, NULL, 0 },
	[MONTH] = { "month", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec", 1 },
	[WEEKDAY] = { "day of the week", 0, 7, "sunmontuewedthufrisat", 0 },
};

/* The values that a field names. star: the field begins with "*", which crontab(5) takes for no
 * restriction. */
struct set {
	uint64_t bits;
	int star;
};

/* ------------------------------------------------------------------ one field */

/* The value of the three-letter name at *p, which moves behind it; -1 when there is none. */
static int
take_word(const struct kind *k, const char **p)
{
	for (int i = 0; k->words != NULL && k->words[3 * i] != '\0'; i++)
		if (strncasecmp(*p, k->words + 3 * i, 3) == 0 && !isalnum((unsigned char)(*p)[3])) {
			*p += 3;
			return k->first + i;
		}
	return -1;
}

/* A number of at most three digits, or a name. -1: neither. */
static int
take_value(const struct kind *k, const char **p)
{
	int v = 0, n = 0;

	if (!isdigit((unsigned char)**p))
		return take_word(k, p);
	for (; isdigit((unsigned char)**p) && n < 3; n++, (*p)++)
		v = v * 10 + **p - '0';
	return isdigit((unsigned char)**p) ? -1 : v;
}

static const char *
not_value(struct arena *a, const struct kind *k)
{
	return arena_printf(a, "has a %s that is none: %d to %d%s, with \",\", \"-\" and \"/\"",
	    k->name, k->min, k->max, k->words == NULL ? "" : ", or three letters of a name");
}

/* Reads "*", "7", "1-5", "1-31/2", or "*" with a step; *p moves behind it. Returns NULL, or what is
 * wrong. */
static const char *
take_range(struct arena *a, const struct kind *k, const char **p, struct set *set)
{
	int low = k->min, high = k->max, step = 1, is_range = 1;

	if (**p == '*') {
		(*p)++;
		set->star = 1;
	} else {
		if ((low = high = take_value(k, p)) < 0)
			return not_value(a, k);
		is_range = **p == '-';
		if (is_range && ((*p)++, (high = take_value(k, p)) < 0))
			return not_value(a, k);
	}
	if (low < k->min || high > k->max)
		return not_value(a, k);
	if (low > high)
		return arena_printf(a, "has a range of the %s that runs backwards", k->name);
	if (**p == '/') {
		(*p)++;
		if (!is_range)
			return arena_printf(a, "has a step of the %s without a range", k->name);
		if (!isdigit((unsigned char)**p) || (step = take_value(k, p)) < 1)
			return arena_printf(a, "has a step of the %s that is no number above 0",
			    k->name);
	}
	for (int v = low; v <= high; v += step)
		set->bits |= UINT64_C(1) << v;
	return NULL;
}

static const char *
read_field(struct arena *a, const struct kind *k, const char *text, struct set *set)
{
	const char *p = text, *fault;

	*set = (struct set){ 0 };
	if (strlen(text) > FIELD_CHARS_MAX)
		return arena_printf(
		    a, "has a %s of more than %d characters", k->name, FIELD_CHARS_MAX);
	for (;;) {
		if ((fault = take_range(a, k, &p, set)) != NULL)
			return fault;
		if (*p == '\0')
			break;
		if (*p++ != ',')
			return arena_printf(
			    a, "has a %s that is not understood at \"%.20s\"", k->name, p - 1);
	}
	if (k == &kinds[WEEKDAY] && (set->bits & 1u << 7))	/* both are Sunday */
		set->bits = (set->bits | 1u) & 0x7f;
	return NULL;
}

/* ------------------------------------------------------------------ five fields */

static const char *
spelled_out(const char *word)
{
	static const struct { const char *word, *fields; } words[] = {
		{ "@hourly", "0 * * * *" }, { "@daily", "0 0 * * *" }, { "@midnight", "0 0 * * *" },
		{ "@weekly", "0 0 * * 0" }, { "@monthly", "0 0 1 * *" }, { "@yearly", "0 0 1 1 *" },
		{ "@annually", "0 0 1 1 *" },
	};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (text_ieq(words[i].word, word))
			return words[i].fields;
	return NULL;
}

static const char *
read_fields(struct arena *a, const char *text, struct set sets[FIELDS])
{
	char *rest = arena_strdup(a, text), *word;
	const char *fields[FIELDS], *fault;
	int n = 0;

	while ((word = strsep(&rest, " \t")) != NULL) {
		if (*word != '\0' && n < FIELDS)
			fields[n] = word;
		n += *word != '\0';
	}
	if (n != FIELDS)
		return arena_printf(a, "has %d fields: it must have five, minute, hour, day of the "
		    "month, month and day of the week", n);
	for (int i = 0; i < FIELDS; i++)
		if ((fault = read_field(a, &kinds[i], fields[i], &sets[i])) != NULL)
			return fault;
	return NULL;
}

static int
is_full(const struct set *s, int field)
{
	const int max = field == WEEKDAY ? 6 : kinds[field].max;

	for (int v = kinds[field].min; v <= max; v++)
		if ((s->bits >> v & 1) == 0)
			return 0;
	return 1;
}

/* The only value, or -1. */
static int
only(const struct set *s)
{
	return s->bits != 0 && (s->bits & (s->bits - 1)) == 0 ? __builtin_ctzll(s->bits) : -1;
}

/* ------------------------------------------------------------------ as a form */

static void
add_numbers(struct json_object *o, const char *name, uint64_t bits)
{
	struct json_object *list = json_object_new_array();

	for (int v = 0; v < 64; v++)
		if (bits >> v & 1)
			json_object_array_add(list, json_object_new_int(v));
	json_object_object_add(o, name, list);
}

static void
add_words(struct json_object *o, const char *name, const char *const *words, uint64_t bits)
{
	struct json_object *list = json_object_new_array();

	for (int v = 0; words[v] != NULL; v++)
		if (bits >> v & 1)
			json_object_array_add(list, json_object_new_string(words[v]));
	json_object_object_add(o, name, list);
}

static void
add_weekdays(struct json_object *o, uint64_t bits)
{
	static const char *const names[] = { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday",
	    "Friday", "Saturday", NULL };

	add_words(o, "DaysOfWeek", names, bits);
}

static void
add_months(struct json_object *o, const struct set *months)
{
	if (!is_full(months, MONTH))
		add_numbers(o, "Months", months->bits);
}

static int
ever_comes(uint64_t days, uint64_t months)
{
	static const int length[] = { 0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	for (int m = 1; m <= 12; m++)
		if ((months >> m & 1) && __builtin_ctzll(days) <= length[m])
			return 1;
	return 0;
}

/* Sets the days. crontab(5): when neither day field begins with "*", a day that matches either of
 * them is due. */
static const char *
say_days(struct set s[FIELDS], const char **form, struct json_object *o)
{
	static const char *const all_weeks[] = { "First", "Second", "Third", "Fourth", "Last",
		NULL };
	const int either = !s[DAY].star && !s[WEEKDAY].star,
		  any_month = is_full(&s[MONTH], MONTH);
	int any_day = is_full(&s[DAY], DAY), any_weekday = is_full(&s[WEEKDAY], WEEKDAY);

	if (either && (any_day || any_weekday))
		any_day = any_weekday = 1;
	if (!any_day && !any_weekday)
		return "restricts both the day of the month and the day of the week, which no form "
		    "does: make a schedule for each";
	if (any_day && any_weekday && any_month) {
		*form = "Daily";
	} else if (!any_weekday && any_month) {
		*form = "Weekly";
		add_weekdays(o, s[WEEKDAY].bits);
	} else if (!any_weekday) {	/* all five weeks: the fifth weekday of a month is its
					 * last */
		*form = "MonthlyWeekDay";
		add_words(o, "Weeks", all_weeks, 0x1f);
		add_weekdays(o, s[WEEKDAY].bits);
		add_months(o, &s[MONTH]);
	} else {
		uint64_t days = any_day ? UINT64_C(0xfffffffe) : s[DAY].bits;

		if (!ever_comes(days, s[MONTH].bits))
			return "names days that none of its months has: it would never be due";
		*form = "MonthlyDayInMonth";
		add_numbers(o, "Days", days);
		add_months(o, &s[MONTH]);
		json_object_object_add(o, "ShortMonth", json_object_new_string("Skip"));
	}
	return NULL;
}

static const char *
say_hourly(struct set s[FIELDS], int minute, const char **form, struct json_object *o)
{
	if (!is_full(&s[DAY], DAY) || !is_full(&s[WEEKDAY], WEEKDAY) || !is_full(&s[MONTH], MONTH))
		return "is due every hour, but on certain days alone, which no form is: name one "
		    "hour, or all days";
	*form = "Hourly";
	json_object_object_add(o, "Minute", json_object_new_int(minute));
	return NULL;
}

static const char *
say(struct arena *a, struct set s[FIELDS], const char **form, struct json_object *o)
{
	const int minute = only(&s[MINUTE]), hour = only(&s[HOUR]);

	if (minute < 0)
		return "names several minutes of an hour, and a form has one: make a schedule for "
		    "each minute";
	if (is_full(&s[HOUR], HOUR))
		return say_hourly(s, minute, form, o);
	if (hour < 0)
		return "names several hours of a day, and a form has one time, or all hours "
		       "(Hourly "
		       "counts every N hours from its start, not from midnight): make a schedule "
		       "for "
		       "each hour";
	json_object_object_add(o, "Time", json_object_new_string(
	    arena_printf(a, "%02d:%02d", hour, minute)));
	return say_days(s, form, o);
}

const char *
cron_read(struct arena *a, const char *text, const char **form, struct json_object **fields)
{
	const char *trimmed = text_trim(arena_strdup(a, text)), *fault;
	struct set sets[FIELDS];

	*form = NULL;
	*fields = NULL;
	if (text_ieq(trimmed, "@reboot"))
		return "names no time: a schedule is due by the clock alone";
	if (trimmed[0] == '@' && (trimmed = spelled_out(trimmed)) == NULL)
		return "is none of the words @hourly, @daily, @midnight, @weekly, @monthly, "
		       "@yearly "
		       "and @annually";
	if ((fault = read_fields(a, trimmed, sets)) != NULL)
		return fault;
	*fields = json_object_new_object();
	if ((fault = say(a, sets, form, *fields)) != NULL) {
		json_object_put(*fields);
		*fields = NULL;
		*form = NULL;
	}
	return fault;
}
