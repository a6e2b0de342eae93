/*
 * ctl_schedule - schedules and their runs: ProcessManagement/{Process}/{Form} and ProcessManagement/Schedules/….
 */
#ifndef FCGI_CTL_SCHEDULE_H
#define FCGI_CTL_SCHEDULE_H

#include "fcgi/action.h"

extern const struct action ctl_schedule_actions[];

/* A row per form and process kind, made of these two tables before main(). */
extern struct action ctl_schedule_form_actions[];

#endif
