#include "config.h"

#include "model/schedule_form.h"

#include <stddef.h>

#include "lib/format/mail_address.h"
#include "lib/format/name.h"
#include "lib/param_check.h"
#include "lib/text.h"
#include "model/state.h"

enum {
	LABEL_MAX = 200,
	ZONE_MAX = 64,
	DATE_MAX = 40,
	GRACE_MAX_MINUTES = 40320,
	JITTER_MAX_MINUTES = 30,
	ALL_PARAMS_MAX = 40
};

/* ------------------------------------------------------------------ what the fields say */

#define NAME_DOC \
	"A name by which it can be asked for, changed and waited for; each of a tenant's " \
	"schedules has another one. Letters, digits, _, . and -."
#define ENABLED_DOC \
	"False: the schedule is kept and paused; it starts with Resume."
#define ON_FAILURE_DOC \
	"Who gets a mail when a run of it fails: Failed, TimedOut, or Lost for good, " \
	"once a run however often it was tried. The tenant's allow-list must allow the " \
	"address."
#define TIME_ZONE_DOC \
	"IANA name of the zone in which times are meant, for example Europe/Paris; the " \
	"tenant's unless given."
#define END_DATE_DOC \
	"Nothing is due after it. A date alone means to the end of that day."
#define MISFIRE_DOC \
	"What runs after a time without a daemon." STATE_SENTENCES(MISFIRES_OF_SCHEDULE) \
	" The history shows the others as missed."
#define GRACE_DOC \
	"How late an occurrence may start and still count as in time. Unless given, an hour; " \
	"for an hourly schedule half its period."
#define JITTER_DOC \
	"Each run starts up to so many minutes after its due time, so that many schedules of " \
	"one time do not start together. The delay is always the same for one schedule. Due " \
	"times, and what counts as late, stay as they are."
#define OVERLAP_DOC \
	"What happens to an occurrence while the schedule's last run is at work." \
	STATE_SENTENCES(OVERLAPS_OF_SCHEDULE)
#define SILENCE_DOC \
	"When no run has succeeded for so many hours, the tenant's administrator gets a " \
	"mail: since the last success, and not before something was due. Not while it is " \
	"paused. Refused when the tenant has no admin address."
#define START_DOC \
	"A date, or a date and time, of TimeZone unless it has an offset. Nothing is due " \
	"before it, and every N counts from it. Now unless given."
#define TIME_DOC \
	"Time of the day, HH:MM or HH:MM:SS. When the clocks jump over it, the first " \
	"moment after the jump; when they show it twice, the first time."

/* ------------------------------------------------------------------ the table */

#define FIELD(member) PARAM_FIELD(struct schedule_args, member), .in = PARAM_BODY

/* The fields of every form. */
#define COMMON_ANY \
	{ .name = "Name", FIELD(name), .max_length = NAME_CHARS_MAX, .check = name_schedule_fault, \
	  .doc = NAME_DOC }, \
	{ .name = "Label", FIELD(label), .max_length = LABEL_MAX, \
	  .doc = "What the schedule is for, for people." }, \
	{ .name = "Enabled", FIELD(enabled), .def = "true", .doc = ENABLED_DOC }, \
	{ .name = "OnFailure", FIELD(on_failure), .max_length = MAIL_ADDRESS_MAX, \
	  .check = param_check_email, .doc = ON_FAILURE_DOC }, \
	{ .name = "Parameters", FIELD(parameters), \
	  .doc = "The process's own parameters, an object." }

/* The fields of every form that is due by the clock, but for StartDate. */
#define COMMON_EVERY \
	{ .name = "TimeZone", FIELD(time_zone), .max_length = ZONE_MAX, .sample = "Europe/Paris", \
	  .doc = TIME_ZONE_DOC }, \
	{ .name = "EndDate", FIELD(end_date), .max_length = DATE_MAX, .doc = END_DATE_DOC }, \
	{ .name = "Misfire", FIELD(misfire), .max_length = 10, \
	  .choices = STATE_NAMES(MISFIRES_OF_SCHEDULE), .def = "Once", .doc = MISFIRE_DOC }, \
	{ .name = "GraceMinutes", FIELD(grace_minutes), .min = 1, .max = GRACE_MAX_MINUTES, \
	  .doc = GRACE_DOC }, \
	{ .name = "JitterMinutes", FIELD(jitter_minutes), .min = 0, .max = JITTER_MAX_MINUTES, \
	  .doc = JITTER_DOC }, \
	{ .name = "Overlap", FIELD(overlap), .max_length = 10, \
	  .choices = STATE_NAMES(OVERLAPS_OF_SCHEDULE), .def = "Skip", .doc = OVERLAP_DOC }, \
	{ .name = "SilenceHours", FIELD(silence_hours), .min = 1, .max = 8784, \
	  .doc = SILENCE_DOC }, \
	COMMON_ANY

#define COMMON(start_doc, start_required, start_sample) \
	{ .name = "StartDate", FIELD(start_date), .max_length = DATE_MAX, \
	  .required = start_required, .sample = start_sample, .doc = start_doc }, \
	COMMON_EVERY

#define TIME \
	{ .name = "Time", FIELD(time), .required = 1, .max_length = 8, .sample = "02:30", \
	  .doc = TIME_DOC }

#define MONTHS \
	{ .name = "Months", FIELD(months), .min = 1, .max = 12, .max_length = 12, \
	  .doc = "Months from 1 to 12; all unless given." }

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
	COMMON(START_DOC, 0, NULL),
	{ .name = NULL },
};

static const struct param daily_params[] = {
	TIME,
	{ .name = "EveryDays",
	    FIELD(every_days),
	    .min = 1,
	    .max = 366,
	    .def = "1",
	    .doc = "Days from one occurrence to the next, counted from StartDate's." },
	COMMON(START_DOC, 0, NULL),
	{ .name = NULL },
};

static const struct param weekly_params[] = {
	TIME,
	{ .name = "DaysOfWeek",
	    FIELD(days_of_week),
	    .required = 1,
	    .max_length = 7,
	    .choices = SCHEDULE_WEEKDAYS,
	    .sample = "Monday,Thursday",
	    .doc = "Days of the week." },
	{ .name = "EveryWeeks",
	    FIELD(every_weeks),
	    .min = 1,
	    .max = 52,
	    .def = "1",
	    .doc = "Weeks from one to the next, counted from that of StartDate; weeks begin on "
		   "Monday." },
	COMMON(START_DOC, 0, NULL),
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
	COMMON(START_DOC, 0, NULL),
	{ .name = NULL },
};

static const struct param monthly_weekday_params[] = {
	TIME,
	{ .name = "Weeks",
	    FIELD(weeks),
	    .required = 1,
	    .max_length = 5,
	    .choices = SCHEDULE_WEEKS,
	    .sample = "First,Last",
	    .doc = "Which of the month's such days." },
	{ .name = "DaysOfWeek",
	    FIELD(days_of_week),
	    .required = 1,
	    .max_length = 7,
	    .choices = SCHEDULE_WEEKDAYS,
	    .sample = "Monday,Thursday",
	    .doc = "Days of the week." },
	MONTHS,
	COMMON(START_DOC, 0, NULL),
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
