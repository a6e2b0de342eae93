/*
 * process_erase - ends the open erasures of a tenant, the oldest first. One that cannot be ended
 * now (workers hold its messages, a database is busy) is tried again by another run, later and
 * later.
 */
#ifndef PROCESS_ERASE_H
#define PROCESS_ERASE_H

struct err;
struct run;

int process_erase_run(struct run *run, struct err *err);

#endif
