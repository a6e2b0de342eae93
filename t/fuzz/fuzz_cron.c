/* Fuzz door: the five fields of crontab(5). */
#include <stdint.h>
#include <stdlib.h>

#include <json-c/json.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "model/cron.h"
#include "model/schedule.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

/* A form that it names takes its fields, and is due at some time. */
static void
check_form(struct arena *a, const char *name, struct json_object *fields)
{
	const struct schedule_form *form = schedule_form_find(name);
	struct schedule_args in = { 0 };
	struct schedule s = { 0 };
	struct err err = { 0 };

	if (form == NULL)
		abort();
	param_defaults(a, form->params, &in);
	if (param_bind_json(a, form->params, "", fields, &in, &err) < 0 ||
	    schedule_read(a, form, &in, "UTC", 0, &s, &err) < 0)
		abort();
	schedule_done(&s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct arena a = { 0 };
	const char *form, *fault;
	struct json_object *fields;

	fault = cron_read(&a, arena_strndup(&a, (const char *)p, n), &form, &fields);
	if ((fault == NULL) != (form != NULL) || (fault == NULL) != (fields != NULL))
		abort();
	if (fault == NULL)
		check_form(&a, form, fields);
	json_object_put(fields);
	arena_done(&a);
	return 0;
}
