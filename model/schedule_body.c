#include "config.h"

#include "model/schedule_body.h"

#include <json-c/json.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/text.h"
#include "model/cron.h"
#include "model/schedule_form.h"

static const char *
text_member(struct json_object *body, const char *name)
{
	json_object_object_foreach(body, key, value)
		if (text_ieq(key, name) && json_object_is_type(value, json_type_string))
			return json_object_get_string(value);
	return NULL;
}

/* 1 for a field that says when the schedule is due; Cron replaces all of these. */
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
