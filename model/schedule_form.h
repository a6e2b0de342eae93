/*
 * schedule_form - the forms in which a process is scheduled (Daily, Weekly, …) and their fields, as
 * clients write them: one table for API, command line and help.
 */
#ifndef MODEL_SCHEDULE_FORM_H
#define MODEL_SCHEDULE_FORM_H

#include "lib/calendar.h"
#include "lib/param.h"

/* Names that fields take. Bit i of a calendar rule's weekdays is the i-th; of its weeks, it is
 * bit i + 1. */
#define SCHEDULE_WEEKDAYS "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
#define SCHEDULE_WEEKS "First|Second|Third|Fourth|Last"

/* The fields of all forms. */
struct schedule_args {
	struct param_text name, label, time_zone, start_date, end_date, misfire, overlap;
	struct param_text on_failure, after;
	struct param_flag enabled;
	struct param_int grace_minutes, jitter_minutes, silence_hours;
	struct param_object parameters;
	struct param_int every_hours, minute, every_days, every_weeks;
	struct param_text time, short_month;
	struct param_list days_of_week, days, months, weeks;
};

/* The names of all forms, as choices of a parameter. */
#define SCHEDULE_FORM_NAMES "OneTime|Hourly|Daily|Weekly|MonthlyDayInMonth|MonthlyWeekDay|After"

struct schedule_form {
	const char *name;		/* in paths: "MonthlyDayInMonth" */
	enum calendar_form form;
	const char *doc;
	const struct param *params;	/* PARAM_BODY into struct schedule_args; ends with NULL */
};

extern const struct schedule_form schedule_forms[];	/* ends with name NULL */

/* In any case; NULL when there is none. */
const struct schedule_form *schedule_form_find(const char *name);

/* The fields of all forms together, none of them required; ends with name NULL. For callers that
 * get the form by its name. */
const struct param *schedule_all_params(void);

#endif
