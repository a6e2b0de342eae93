/*
 * schedule_reply - schedules and runs as JSON, and the rows that describe it.
 */
#ifndef FCGI_API_SCHEDULE_REPLY_H
#define FCGI_API_SCHEDULE_REPLY_H

#include "store/field.h"
#include "lib/clock.h"

struct action;
struct arena;
struct buf;
struct request;
struct schedule_form;
struct store_run;
struct store_schedule;


/* With up to next_runs of its next runs after now. remark may be NULL. */
void schedule_reply_add(struct arena *a, usec_t now, struct buf *b,
    const struct store_schedule *row, int next_runs, const char *remark);

/* What making, showing or pausing a schedule may answer: of a process, with the fields of form that
 * body (JSON) says. Indented, in a. */
const char *schedule_reply_sample(struct arena *a, const char *process,
    const struct schedule_form *form, const char *body, int paused);

/* What cancelling a run that waits answers. Indented, in a. */
const char *schedule_reply_cancelled_sample(struct arena *a);

/* A schedule that is not stored, with its next count runs. */
void schedule_reply_add_preview(struct request *r, struct buf *b,
    const struct store_schedule *row, int count);

void schedule_reply_add_run(struct buf *b, const struct store_run *run, int with_log);

/* The entity tag of what a schedule is set to: a run, or an occurrence that passes, changes nothing
 * of that. In the request's arena. */
char *schedule_reply_etag(struct request *r, const struct store_schedule *row);

extern const struct field schedule_reply_one[], schedule_reply_list[], schedule_reply_preview[],
    schedule_reply_run[], schedule_reply_runs[], schedule_reply_run_now[], schedule_reply_start[];

#endif
