/*
 * schedule_help - what can be scheduled and how, for --help: the processes and the forms with their
 * fields, from the tables that also check them.
 */
#ifndef ADMIN_SCHEDULE_HELP_H
#define ADMIN_SCHEDULE_HELP_H

struct arena;

/* Both, in lines of CMD_LINE_WIDTH columns; in the arena. */
char *schedule_help(struct arena *a);

/* The processes alone. */
char *schedule_help_processes(struct arena *a);

#endif
