/*
 * schedule_body - reads a body that names its own form.
 */
#ifndef MODEL_SCHEDULE_BODY_H
#define MODEL_SCHEDULE_BODY_H

struct arena;
struct err;
struct json_object;
struct schedule_form;

/* The form is said by Form, by Cron (five fields, see cron.h), or by After alone. *fields gets what
 * the form's own rows take; the caller puts it. Faults by field; returns err->code. */
int schedule_body_form(struct arena *a, struct json_object *body, const struct schedule_form **form,
    struct json_object **fields, struct err *err);

#endif
