/*
 * ctl_schedule - schedules and their runs: ProcessManagement/{Process}/{Form} and
 * ProcessManagement/Schedules/….
 */
#ifndef FCGI_API_CTL_SCHEDULE_H
#define FCGI_API_CTL_SCHEDULE_H

#include "fcgi/action.h"

struct process_kind;
struct schedule_form;

extern const struct action ctl_schedule_actions[];

/* A row per form and process kind, made of these two tables before main(). */
extern struct action ctl_schedule_form_actions[];

struct schedule_subject {
	const struct schedule_form *form;	/* NULL: a run without a schedule */
	const struct process_kind *kind;
};

/* What a row of ctl_schedule_form_actions schedules; NULL for any other row. */
const struct schedule_subject *ctl_schedule_subject(const struct action *action);

/* The last word of its path: the form's name, or "RunNow". */
const char *ctl_schedule_word(const struct schedule_subject *subject);

#endif
