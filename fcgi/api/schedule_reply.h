/*
 * schedule_reply - replies with schedules and runs: their sample replies and entity tag, and the
 * rows that only the API has; the rest is store/schedule/schedule_row.h and run_row.h.
 */
#ifndef FCGI_API_SCHEDULE_REPLY_H
#define FCGI_API_SCHEDULE_REPLY_H

#include <stddef.h>

#include "store/field.h"

struct action;
struct arena;
struct request;
struct reply;
struct schedule_form;
struct schedule_row;
struct store_run;
struct store_schedule;

/* How many next runs a schedule has in its reply. */
enum { SCHEDULE_REPLY_NEXT = 5 };

/* Who changes a schedule by a request, and the same as a word. */
struct schedule_owner schedule_reply_owner(const struct request *r);
extern const char schedule_reply_by_api[];

struct schedule_list { struct schedule_row *rows; size_t n; };
struct run_list { struct store_run *rows; size_t n; };

/* A run that was asked for. */
struct run_asked { int64_t run_id, schedule_id; const char *process; };

/* The schedule with up to most of its next runs, and its ETag. remark may be NULL. */
void schedule_reply(struct request *r, const struct store_schedule *is, int most,
    const char *remark, struct reply *reply);

/* What making, showing or pausing a schedule may answer: of a process, with the fields of form that
 * body (JSON) says. Indented, in a. */
const char *schedule_reply_sample(struct arena *a, const char *process,
    const struct schedule_form *form, const char *body, int paused);

/* What asking for a run of a process answers. Indented, in a. */
const char *schedule_reply_start_sample(struct arena *a, const struct run_asked *asked);

/* What cancelling a run that waits answers. Indented, in a. */
const char *schedule_reply_cancelled_sample(struct arena *a, const struct action *action);

/* The entity tag of a schedule's settings, in the request's arena. Runs and passing occurrences do
 * not change it. */
char *schedule_reply_etag(struct request *r, const struct store_schedule *row);

extern const struct field schedule_reply_list[], schedule_reply_runs[], schedule_reply_run_now[],
    schedule_reply_start[];

#endif
