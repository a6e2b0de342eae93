#include "config.h"

#include "model/schedule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/param.h"
#include "lib/text.h"
#include "model/process.h"

enum { DAY_S = 86400, GRACE_MIN_S = 60, GRACE_DEFAULT_S = 3600 };

/* ------------------------------------------------------------------ single fields */

/* otherwise, when the form has no such field or the body does not give it. */
static const char *
text_or(const char *text, const char *otherwise)
{
	return text == NULL ? otherwise : text;
}

/* 2200-01-01. Beyond it neither zones nor the database's columns can be trusted. */
#define LATEST (INT64_C(7258118400) * USEC_SEC)

/* An instant from a date (and time); date_only says that there was no time. Returns 0 or -1. */
static int
read_date(const struct calendar_zone *zone, const char *text, usec_t *out, int *date_only)
{
	*date_only = strlen(text) == 10;
	return calendar_parse(zone, text, out) == 0 && *out < LATEST ? 0 : -1;
}

static int
read_seconds(const char *text, unsigned *s)
{
	int end = 0;

	return sscanf(text, ":%2u%n", s, &end) == 1 && end == 3 && text[3] == '\0';
}

/* Seconds since midnight from HH:MM or HH:MM:SS, or -1. */
static int
read_time(const char *text)
{
	unsigned h, m, s = 0;
	int end = 0;

	if (strspn(text, "0123456789:") != strlen(text))
		return -1;
	if (sscanf(text, "%2u:%2u%n", &h, &m, &end) != 2 || end != 5)
		return -1;
	if (text[5] != '\0' && !read_seconds(text + 5, &s))
		return -1;
	if (h >= 24 || m >= 60 || s >= 60)
		return -1;
	return (int)(h * 3600 + m * 60 + s);
}

/* 1 when names, separated by |, begin with this one. */
static int
is_word(const char *names, const char *word)
{
	const size_t n = strcspn(names, "|");

	return strlen(word) == n && strncmp(names, word, n) == 0;
}

/* Bit i + first for each element that is the i-th of names. */
static unsigned
name_bits(const struct param_list *list, const char *names, int first)
{
	unsigned bits = 0;

	for (size_t k = 0; k < list->n; k++) {
		int i = first;

		for (const char *p = names; *p != '\0'; p += strcspn(p, "|"), p += *p == '|', i++)
			if (is_word(p, list->values[k]))
				bits |= 1u << i;
	}
	return bits;
}

static void
read_numbers(const struct param_list *list, uint32_t *bits, int *last)
{
	for (size_t k = 0; k < list->n; k++)
		if (strcmp(list->values[k], "Last") == 0)
			*last = 1;
		else
			*bits |= (uint32_t)1 << atoi(list->values[k]);
}

/* ------------------------------------------------------------------ all fields */

static void
read_dates(struct arena *a, const struct schedule_args *in, usec_t now, struct schedule *out,
    struct err *err)
{
	struct calendar_rule *r = &out->rule;
	int date_only, ignored;
	usec_t day;

	r->start = now;
	r->end = USEC_NONE;
	if (in->start_date.value != NULL &&
	    read_date(out->zone, in->start_date.value, &r->start, &date_only) < 0)
		err_fault(err, a, "StartDate",
		    "is not a date and time before the year 2200, such as 2026-11-24T02:30 or "
		    "2026-11-24T02:30:00+01:00");
	if (in->end_date.value == NULL)
		return;
	if (read_date(out->zone, in->end_date.value, &r->end, &date_only) < 0)
		err_fault(err, a, "EndDate",
		    "is not a date, or date and time, before the year 2200, such as 2026-12-31 or "
		    "2026-12-31T18:00");
	else if (date_only && clock_parse(in->end_date.value, &day, &ignored) == 0)
		r->end = calendar_instant(out->zone, day / USEC_SEC + DAY_S) - 1;
	if (err->faults == NULL && r->end < r->start)
		err_fault(err, a, "EndDate", "is before the start");
}

/* Hours, days or weeks from one occurrence to the next. */
static int
every_of(const struct schedule_args *in, enum calendar_form form)
{
	switch (form) {
	case CALENDAR_HOURLY:
		return (int)in->every_hours.value;
	case CALENDAR_DAILY:
		return (int)in->every_days.value;
	case CALENDAR_WEEKLY:
		return (int)in->every_weeks.value;
	default:
		return 1;
	}
}

static void
read_rule(struct arena *a, const struct schedule_args *in, struct schedule *out, struct err *err)
{
	struct calendar_rule *r = &out->rule;
	uint32_t months = 0;
	int ignored = 0;

	r->form = out->form->form;
	r->every = every_of(in, r->form);
	r->minute = (int)in->minute.value;
	if (in->time.value != NULL && (r->time_s = read_time(in->time.value)) < 0)
		err_fault(err, a, "Time", "is not a time of the day such as 02:30 or 23:59:59");
	r->weekdays = name_bits(&in->days_of_week, SCHEDULE_WEEKDAYS, 0);
	r->weeks = name_bits(&in->weeks, SCHEDULE_WEEKS, 1);
	read_numbers(&in->days, &r->days, &r->last_day);
	read_numbers(&in->months, &months, &ignored);
	r->months = months;
	r->short_month = strcmp(text_or(in->short_month.value, "Clamp"), "Skip") == 0 ?
	    CALENDAR_SKIP :
	    CALENDAR_CLAMP;
}

static void
check_due(struct arena *a, const struct schedule *s, struct err *err)
{
	struct calendar_rule endless = s->rule;
	usec_t t;

	if (s->rule.form == CALENDAR_AFTER || calendar_next(s->zone, &s->rule, USEC_NONE, &t))
		return;
	endless.end = USEC_NONE;
	if (calendar_next(s->zone, &endless, USEC_NONE, &t))
		err_fault(
		    err, a, "EndDate", "is before the first occurrence; nothing would ever be due");
	else
		err_fault(err, a, "Days",
		    "do not occur in these Months, and ShortMonth is Skip; nothing would ever be "
		    "due");
}

static long
grace_of(const struct schedule_args *in, const struct calendar_rule *r)
{
	long grace = r->form == CALENDAR_HOURLY ? r->every * 1800L : GRACE_DEFAULT_S;

	if (in->grace_minutes.given)
		grace = (long)in->grace_minutes.value * 60;
	return grace < GRACE_MIN_S ? GRACE_MIN_S : grace;
}

int
schedule_read(struct arena *a, const struct schedule_form *form, const struct schedule_args *in,
    const char *zone, usec_t now, struct schedule *out, struct err *err)
{
	struct err unknown = { 0 };

	*out = (struct schedule){ .form = form,
		.enabled = in->enabled.value,
		.label = text_or(in->label.value, ""),
		.zone_name = text_or(in->time_zone.value, zone),
		.misfire_name = text_or(in->misfire.value, "Once"),
		.overlap_name = text_or(in->overlap.value, "Skip"),
		.after = text_or(in->after.value, ""),
		.silence_h = (int)in->silence_hours.value,
		.jitter_s = (long)in->jitter_minutes.value * 60 };
	if (calendar_zone_open(out->zone_name, &out->zone, &unknown) < 0)
		return err_fault(err, a, "TimeZone",
		    "\"%s\" is no IANA time zone such as Europe/Paris", out->zone_name);
	out->misfire = state_find(misfires_of_schedule, out->misfire_name);
	out->overlap = state_find(overlaps_of_schedule, out->overlap_name);
	read_rule(a, in, out, err);
	read_dates(a, in, now, out, err);
	out->grace_s = grace_of(in, &out->rule);
	if (err->faults == NULL)
		check_due(a, out, err);
	return err->code;
}

int
schedule_check_past(struct arena *a, const struct schedule *s, usec_t now, struct err *err)
{
	char here[40];

	if (s->form->form != CALENDAR_ONE_TIME || s->rule.start >= now - s->grace_s * USEC_SEC)
		return 0;
	calendar_local_text(s->zone, now, here);
	return err_fault(err, a, "StartDate", "is more than %ld minutes ago; here it is %s (%s)",
	    s->grace_s / 60, here, s->zone_name);
}

/* The finalizer of MurmurHash3: neighbouring numbers get very different results. */
usec_t
schedule_jitter(const struct schedule *s, int64_t schedule_id)
{
	uint64_t h = (uint64_t)schedule_id;

	h = (h ^ h >> 33) * UINT64_C(0xff51afd7ed558ccd);
	h = (h ^ h >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
	h ^= h >> 33;
	return (usec_t)(h % (uint64_t)(s->jitter_s + 1)) * USEC_SEC;
}

const char *
schedule_words(struct arena *a, const struct schedule *s)
{
	if (s->rule.form == CALENDAR_AFTER)
		return arena_printf(a, "After each success of schedule %s", s->after);
	return calendar_words(a, s->zone, s->zone_name, &s->rule);
}

static int
same_days(const struct calendar_rule *x, const struct calendar_rule *y)
{
	if (x->weekdays != y->weekdays || x->weeks != y->weeks || x->months != y->months)
		return 0;
	return x->days == y->days && x->last_day == y->last_day && x->short_month == y->short_month;
}

int
schedule_same_times(const struct schedule *x, const struct schedule *y)
{
	const struct calendar_rule *r = &x->rule, *q = &y->rule;

	if (r->form != q->form || strcmp(x->zone_name, y->zone_name) != 0)
		return 0;
	if (r->every != q->every || r->minute != q->minute || r->time_s != q->time_s)
		return 0;
	return same_days(r, q) && r->start == q->start && r->end == q->end;
}

void
schedule_done(struct schedule *s)
{
	calendar_zone_close(&s->zone);
}

/* ------------------------------------------------------------------ stored text */

static int
has_its_place(const char *name)
{
	static const char *const names[] = { "Parameters", "Name", "OnFailure", "Process", "Form",
	    "Cron" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (text_ieq(name, names[i]))
			return 1;
	return 0;
}

const char *
schedule_text(struct arena *a, struct json_object *body)
{
	struct json_object *copy = json_object_new_object();
	const char *text;

	json_object_object_foreach(body, name, value)
		if (!has_its_place(name))
			json_object_object_add(copy, name, json_object_get(value));
	text = json_document(a, copy);
	json_object_put(copy);
	return text;
}

int
schedule_parse(struct arena *a, const struct schedule_form *form, const char *text,
    const char *zone, usec_t created_at, struct schedule *out, struct err *err)
{
	struct schedule_args in = { 0 };
	struct json_object *body;
	int rc;

	*out = (struct schedule){ 0 };
	if ((rc = json_parse(text, strlen(text), &body, err)) < 0)
		return err_set(err, ERR_INTERNAL, "The stored schedule is not JSON.");
	param_defaults(a, form->params, &in);
	if ((rc = param_bind_json(a, form->params, "", body, &in, err)) == 0) {
		if (in.label.value != NULL)	/* the label must outlive the body */
			in.label.value = arena_strdup(a, in.label.value);
		if (in.time_zone.value != NULL)
			in.time_zone.value = arena_strdup(a, in.time_zone.value);
		if (in.after.value != NULL)
			in.after.value = arena_strdup(a, in.after.value);
		rc = schedule_read(a, form, &in, zone, created_at, out, err);
	}
	json_object_put(body);
	return rc;
}

int
schedule_parameters(struct arena *a, const struct process_kind *kind,
    struct json_object *parameters, void **args, struct err *err)
{
	struct json_object *empty = parameters == NULL ? json_object_new_object() : NULL;
	int rc;

	*args = arena_alloc(a, kind->args_bytes);
	param_defaults(a, kind->params, *args);
	rc = param_bind_json(
	    a, kind->params, "Parameters.", parameters == NULL ? empty : parameters, *args, err);
	if (rc == 0 && kind->check != NULL)
		rc = kind->check(a, *args, err);
	json_object_put(empty);
	return rc;
}
