#include "config.h"

#include "model/schedule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/format/mail_address.h"
#include "lib/format/name.h"
#include "lib/param_check.h"
#include "lib/text.h"
#include "model/cron.h"
#include "model/process.h"

enum {
	LABEL_MAX = 200,
	ZONE_MAX = 64,
	DATE_MAX = 40,
	DAY_S = 86400,
	GRACE_MIN_S = 60,
	GRACE_DEFAULT_S = 3600,
	GRACE_MAX_MINUTES = 40320,
	JITTER_MAX_MINUTES = 30
};

#define WEEKDAYS "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
#define WEEKS "First|Second|Third|Fourth|Last"

/* ------------------------------------------------------------------ the table */

#define FIELD(member) PARAM_FIELD(struct schedule_args, member), .in = PARAM_BODY

#define COMMON_ANY \
	{ .name = "Name", FIELD(name), .max_length = NAME_CHARS_MAX, .check = name_schedule_fault, \
	  .doc = "A name by which it can be asked for, changed and waited for; each of a tenant's " \
	  "schedules has another one. Letters, digits, _, . and -." }, \
	{ .name = "Label", FIELD(label), .max_length = LABEL_MAX, .doc = "What the schedule is for, for people." }, \
	{ .name = "Enabled", FIELD(enabled), .def = "true", .doc = "False: the schedule is kept and paused; it starts with Resume." }, \
	{ .name = "OnFailure", FIELD(on_failure), .max_length = MAIL_ADDRESS_MAX, \
	  .check = param_check_email, \
	  .doc = "Who gets a mail when a run of it fails: Failed, TimedOut, or Lost for good, once a " \
	  "run however often it was tried. The tenant's allow-list must allow the address." }, \
	{ .name = "Parameters", FIELD(parameters), .doc = "The process's own parameters, an object." }

#define COMMON_EVERY \
	{ .name = "TimeZone", FIELD(time_zone), .max_length = ZONE_MAX, .sample = "Europe/Paris", \
	  .doc = "IANA name of the zone in which times are meant, for example Europe/Paris; the tenant's unless given." }, \
	{ .name = "EndDate", FIELD(end_date), .max_length = DATE_MAX, \
	  .doc = "Nothing is due after it. A date alone means to the end of that day." }, \
	{ .name = "Misfire", FIELD(misfire), .max_length = 10, .choices = "Once|Skip|All", .def = "Once", \
	  .doc = "What becomes of occurrences that no daemon was there for: Once runs the last of them, Skip none that is later than GraceMinutes, All each of them, up to " \
	  "24, oldest first. Those that are not run are in the history as missed." }, \
	{ .name = "GraceMinutes", FIELD(grace_minutes), .min = 1, .max = GRACE_MAX_MINUTES, \
	  .doc = "How late an occurrence may start and still count as in time: an hour unless given, of an hourly schedule half its period." }, \
	{ .name = "JitterMinutes", FIELD(jitter_minutes), .min = 0, .max = JITTER_MAX_MINUTES, \
	  .doc = "Each run starts up to so many minutes behind its due time, by a delay that is always the same for one schedule: so many schedules of one time do not start " \
	  "together. Due times, and what counts as late, stay as they are." }, \
	{ .name = "Overlap", FIELD(overlap), .max_length = 10, .choices = "Skip|Queue|Allow", .def = "Skip", \
	  .doc = "What becomes of an occurrence while the schedule's last run is not over: Skip leaves it out and says so in the history, Queue lets one wait, Allow runs it " \
	  "at the same time, unless the process itself forbids that." }, \
	{ .name = "SilenceHours", FIELD(silence_hours), .min = 1, .max = 8784, \
	  .doc = "When no run has succeeded for so many hours, the tenant's administrator gets a " \
	  "mail: since the last success, and not before something was due. Not while it is " \
	  "paused. " \
	  "Refused when the tenant has no admin address." }, \
	COMMON_ANY

#define COMMON(start_doc, start_required, start_sample)                                            \
	{ .name = "StartDate",                                                                     \
		FIELD(start_date),                                                                 \
		.max_length = DATE_MAX,                                                            \
		.required = start_required,                                                        \
		.sample = start_sample,                                                            \
		.doc = start_doc },                                                                \
	    COMMON_EVERY

#define START "Nothing is due before it, and every N counts from it: a date, or a date and time, of TimeZone unless it has an offset. Now unless given."

#define TIME                                                                                       \
	{                                                                                          \
		.name = "Time", FIELD(time), .required = 1, .max_length = 8, .sample = "02:30",    \
		.doc = "Time of the day, HH:MM or HH:MM:SS. When the clocks jump over it, the "    \
		       "first moment after the jump; when they show it twice, the first time."     \
	}

#define MONTHS { .name = "Months", FIELD(months), .min = 1, .max = 12, .max_length = 12, .doc = "Months from 1 to 12; all unless given." }

static const struct param one_time_params[] = {
	COMMON("When it is due: a date and time, of TimeZone unless it has an offset.", 1,
	    "2032-06-30T02:30:00"),
	{ .name = NULL },
};

static const struct param hourly_params[] = {
	{ .name = "EveryHours",
	    FIELD(every_hours),
	    .min = 1,
	    .max = 24,
	    .def = "1",
	    .sample = "6",
	    .doc = "Hours from one occurrence to the next, as time goes by." },
	{ .name = "Minute",
	    FIELD(minute),
	    .min = 0,
	    .max = 59,
	    .def = "0",
	    .sample = "15",
	    .doc = "Minute of the first occurrence at or after StartDate." },
	COMMON(START, 0, NULL),
	{ .name = NULL },
};

static const struct param daily_params[] = {
	TIME,
	{ .name = "EveryDays", FIELD(every_days), .min = 1, .max = 366, .def = "1", .doc = "Days from one occurrence to the next, counted from StartDate's." },
	COMMON(START, 0, NULL),
	{ .name = NULL },
};

static const struct param weekly_params[] = {
	TIME,
	{ .name = "DaysOfWeek",
	    FIELD(days_of_week),
	    .required = 1,
	    .max_length = 7,
	    .choices = WEEKDAYS,
	    .sample = "Monday,Thursday",
	    .doc = "Days of the week." },
	{ .name = "EveryWeeks",
	    FIELD(every_weeks),
	    .min = 1,
	    .max = 52,
	    .def = "1",
	    .doc = "Weeks from one to the next, counted from that of StartDate; weeks begin on "
		   "Monday." },
	COMMON(START, 0, NULL),
	{ .name = NULL },
};

static const struct param monthly_day_params[] = {
	TIME,
	{ .name = "Days",
	    FIELD(days),
	    .required = 1,
	    .min = 1,
	    .max = 31,
	    .max_length = 32,
	    .choices = "Last",
	    .sample = "1,15,Last",
	    .doc = "Days of the month from 1 to 31, or Last." },
	MONTHS,
	{ .name = "ShortMonth",
	    FIELD(short_month),
	    .max_length = 10,
	    .choices = "Clamp|Skip",
	    .def = "Clamp",
	    .doc = "What a day means in a month that is too short for it: Clamp its last day, Skip "
		   "nothing." },
	COMMON(START, 0, NULL),
	{ .name = NULL },
};

static const struct param monthly_weekday_params[] = {
	TIME,
	{ .name = "Weeks",
	    FIELD(weeks),
	    .required = 1,
	    .max_length = 5,
	    .choices = WEEKS,
	    .sample = "First,Last",
	    .doc = "Which of the month's such days." },
	{ .name = "DaysOfWeek",
	    FIELD(days_of_week),
	    .required = 1,
	    .max_length = 7,
	    .choices = WEEKDAYS,
	    .sample = "Monday,Thursday",
	    .doc = "Days of the week." },
	MONTHS,
	COMMON(START, 0, NULL),
	{ .name = NULL },
};

static const struct param after_params[] = {
	{ .name = "After",
	    FIELD(after),
	    .required = 1,
	    .min = 1,
	    .max_length = NAME_CHARS_MAX,
	    .sample = "nightly",
	    .doc = "Name or number of the other schedule, as a text (\"12\"): each of its runs "
		   "that ends "
		   "in Success or Warning, and is no dry run, puts down one run of this one. Not "
		   "while this one is paused. "
		   "The other one cannot be deleted meanwhile." },
	COMMON_ANY,
	{ .name = NULL },
};

const struct schedule_form schedule_forms[] = {
	{ .name = "OneTime",
	    .form = CALENDAR_ONE_TIME,
	    .params = one_time_params,
	    .doc = "Once, at a given time." },
	{ .name = "Hourly",
	    .form = CALENDAR_HOURLY,
	    .params = hourly_params,
	    .doc = "Every hour, or every few hours." },
	{ .name = "Daily",
	    .form = CALENDAR_DAILY,
	    .params = daily_params,
	    .doc = "Every day, or every few days, at a given time." },
	{ .name = "Weekly",
	    .form = CALENDAR_WEEKLY,
	    .params = weekly_params,
	    .doc = "On given days of the week, every week or every few weeks." },
	{ .name = "MonthlyDayInMonth",
	    .form = CALENDAR_MONTHLY_DAY,
	    .params = monthly_day_params,
	    .doc = "On given days of the month." },
	{ .name = "MonthlyWeekDay",
	    .form = CALENDAR_MONTHLY_WEEKDAY,
	    .params = monthly_weekday_params,
	    .doc = "On the first to fourth or last of given days of the week." },
	{ .name = "After",
	    .form = CALENDAR_AFTER,
	    .params = after_params,
	    .doc = "Once after each success of another schedule." },
	{ .name = NULL },
};

const struct schedule_form *
schedule_form_find(const char *name)
{
	for (const struct schedule_form *f = schedule_forms; f->name != NULL; f++)
		if (text_ieq(f->name, name))
			return f;
	return NULL;
}

/* ------------------------------------------------------------------ a form by its name */

enum { ALL_PARAMS_MAX = 40 };

const struct param *
schedule_all_params(void)
{
	static struct param all[ALL_PARAMS_MAX + 1];
	size_t n = 0;

	if (all[0].name != NULL)
		return all;
	for (const struct schedule_form *f = schedule_forms; f->name != NULL; f++)
		for (const struct param *p = f->params; p->name != NULL; p++)
			if (param_find(all, p->name) == NULL && n < ALL_PARAMS_MAX) {
				all[n] = *p;
				all[n].required = 0;
				all[n].def = NULL;
				all[n++].sample = NULL;
			}
	return all;
}

static const char *
text_member(struct json_object *body, const char *name)
{
	json_object_object_foreach(body, key, value)
		if (text_ieq(key, name) && json_object_is_type(value, json_type_string))
			return json_object_get_string(value);
	return NULL;
}

/* Fields that say when: Cron says all of that. */
static int
says_when(const char *name)
{
	static const char *const names[] = { "Time", "EveryHours", "Minute", "EveryDays",
	    "EveryWeeks", "DaysOfWeek", "Days", "Months", "ShortMonth", "Weeks", "After" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (text_ieq(names[i], name))
			return 1;
	return 0;
}

static int
form_of_cron(struct arena *a, const char *cron, struct json_object *body,
    const struct schedule_form **form, struct json_object **fields, struct err *err)
{
	const char *name, *fault = cron_read(a, cron, &name, fields);

	if (fault != NULL)
		err_fault(err, a, "Cron", "%s", fault);
	else
		*form = schedule_form_find(name);
	if (text_member(body, "Form") != NULL)
		err_fault(err, a, "Form", "cannot be given beside Cron, which says it");
	json_object_object_foreach(body, key, value) {
		(void)value;
		if (says_when(key))
			err_fault(err, a, key, "cannot be given beside Cron, which says it");
	}
	return err->code;
}

static int
form_of_name(struct arena *a, struct json_object *body, const struct schedule_form **form,
    struct err *err)
{
	const char *name = text_member(body, "Form");

	if (name == NULL && text_member(body, "After") != NULL)
		name = "After";
	if (name == NULL)
		return err_fault(err, a, "Form", "is required, or Cron, or After");
	if ((*form = schedule_form_find(name)) == NULL)
		return err_fault(err, a, "Form", "is none of " SCHEDULE_FORM_NAMES);
	return 0;
}

int
schedule_body_form(struct arena *a, struct json_object *body, const struct schedule_form **form,
    struct json_object **fields, struct err *err)
{
	const char *cron = text_member(body, "Cron");

	*form = NULL;
	*fields = NULL;
	if (cron != NULL ? form_of_cron(a, cron, body, form, fields, err) < 0 :
	    form_of_name(a, body, form, err) < 0) {
		json_object_put(*fields);
		*fields = NULL;
		return err->code;
	}
	if (*fields == NULL)
		*fields = json_object_new_object();
	json_object_object_foreach(body, key, value)
		if (!text_ieq(key, "Process") && !text_ieq(key, "Form") && !text_ieq(key, "Cron"))
			json_object_object_add(*fields, key, json_object_get(value));
	return 0;
}

/* ------------------------------------------------------------------ single fields */

/* An instant from a date (and time); date_only says that there was no time. Returns 0 or -1. */
/* 2200-01-01: beyond it neither zones nor the database's columns are to be trusted. */
#define LATEST (INT64_C(7258118400) * USEC_SEC)

static int
read_date(const struct calendar_zone *zone, const char *text, usec_t *out, int *date_only)
{
	*date_only = strlen(text) == 10;
	return calendar_parse(zone, text, out) == 0 && *out < LATEST ? 0 : -1;
}

static int
read_time(const char *text)
{
	unsigned h, m, s = 0;
	int end = 0;

	if (sscanf(text, "%2u:%2u%n", &h, &m, &end) != 2 || end != 5)
		return -1;
	if (text[5] != '\0' &&
	    (sscanf(text + 5, ":%2u%n", &s, &end) != 1 || end != 3 || text[8] != '\0'))
		return -1;
	return h < 24 && m < 60 && s < 60 && strspn(text, "0123456789:") == strlen(text) ?
	    (int)(h * 3600 + m * 60 + s) :
	    -1;
}

/* Bit i + first for each element that is the i-th of names. */
static unsigned
name_bits(const struct param_list *list, const char *names, int first)
{
	unsigned bits = 0;

	for (size_t k = 0; k < list->n; k++) {
		int i = first;

		for (const char *p = names; *p != '\0'; p += strcspn(p, "|"), p += *p == '|', i++)
			if (strncmp(p, list->values[k], strlen(list->values[k])) == 0 &&
			    strcspn(p, "|") == strlen(list->values[k]))
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
	else if (date_only &&
	    clock_parse(in->end_date.value, &day, &ignored) ==
		0) /* to the end of that day in the zone */
		r->end = calendar_instant(out->zone, day / USEC_SEC + DAY_S) - 1;
	if (err->faults == NULL && r->end < r->start)
		err_fault(err, a, "EndDate", "is before the start");
}

static void
read_rule(struct arena *a, const struct schedule_args *in, struct schedule *out, struct err *err)
{
	struct calendar_rule *r = &out->rule;
	uint32_t months = 0;
	int ignored = 0;

	r->form = out->form->form;
	r->every = (int)(r->form == CALENDAR_HOURLY ? in->every_hours.value :
		r->form == CALENDAR_DAILY           ? in->every_days.value :
		r->form == CALENDAR_WEEKLY          ? in->every_weeks.value :
						      1);
	r->minute = (int)in->minute.value;
	if (in->time.value != NULL && (r->time_s = read_time(in->time.value)) < 0)
		err_fault(err, a, "Time", "is not a time of the day such as 02:30 or 23:59:59");
	r->weekdays = name_bits(&in->days_of_week, WEEKDAYS, 0);
	r->weeks = name_bits(&in->weeks, WEEKS, 1);
	read_numbers(&in->days, &r->days, &r->last_day);
	read_numbers(&in->months, &months, &ignored);
	r->months = months;
	r->short_month = in->short_month.value != NULL &&
		strcmp(in->short_month.value, "Skip") == 0 ?
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
	long grace = in->grace_minutes.given ? (long)in->grace_minutes.value * 60 :
	    r->form == CALENDAR_HOURLY       ? r->every * 1800L :
					       GRACE_DEFAULT_S;

	return grace < GRACE_MIN_S ? GRACE_MIN_S : grace;
}

/* The form After has no field for it. */
static const char *
text_or(const char *text, const char *otherwise)
{
	return text == NULL ? otherwise : text;
}

int
schedule_read(struct arena *a, const struct schedule_form *form, const struct schedule_args *in,
    const char *zone, usec_t now, struct schedule *out, struct err *err)
{
	struct err unknown = { 0 };

	*out = (struct schedule){ .form = form,
		.enabled = in->enabled.value,
		.label = in->label.value == NULL ? "" : in->label.value,
		.zone_name = in->time_zone.value != NULL ? in->time_zone.value : zone,
		.misfire_name = text_or(in->misfire.value, "Once"),
		.overlap_name = text_or(in->overlap.value, "Skip"),
		.after = text_or(in->after.value, ""),
		.silence_h = (int)in->silence_hours.value,
		.jitter_s = (long)in->jitter_minutes.value * 60 };
	if (calendar_zone_open(out->zone_name, &out->zone, &unknown) < 0)
		return err_fault(err, a, "TimeZone",
		    "\"%s\" is no IANA time zone such as Europe/Paris", out->zone_name);
	out->misfire = strcmp(out->misfire_name, "All") == 0 ? SCHEDULE_MISFIRE_ALL :
	    strcmp(out->misfire_name, "Skip") == 0           ? SCHEDULE_MISFIRE_SKIP :
							       SCHEDULE_MISFIRE_ONCE;
	out->overlap = strcmp(out->overlap_name, "Allow") == 0 ? SCHEDULE_OVERLAP_ALLOW :
	    strcmp(out->overlap_name, "Queue") == 0            ? SCHEDULE_OVERLAP_QUEUE :
								 SCHEDULE_OVERLAP_SKIP;
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

/* The finalizer of MurmurHash3: neighbouring numbers land far apart. */
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
	return x->weekdays == y->weekdays && x->days == y->days && x->last_day == y->last_day &&
	    x->months == y->months && x->weeks == y->weeks && x->short_month == y->short_month;
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
	text = arena_strdup(a,
	    json_object_to_json_string_ext(
		copy, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
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
		if (in.label.value != NULL)	/* the body goes, the label stays */
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
	json_object_put(empty);
	return rc;
}
