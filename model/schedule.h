/*
 * schedule - reads and checks the fields of a schedule, and says in words what they mean.
 */
#ifndef MODEL_SCHEDULE_H
#define MODEL_SCHEDULE_H

#include <stddef.h>

#include "lib/calendar.h"
#include "lib/param.h"
#include "model/schedule_form.h"
#include "model/state.h"

struct arena;
struct err;
struct json_object;
struct process_kind;

#define SCHEDULE_ENUM(enumerator, number, name, word, meaning) SCHEDULE_##enumerator = number,
enum schedule_misfire { SCHEDULE_MISFIRE_UNSET, MISFIRES_OF_SCHEDULE(SCHEDULE_ENUM) };
enum schedule_overlap { SCHEDULE_OVERLAP_UNSET, OVERLAPS_OF_SCHEDULE(SCHEDULE_ENUM) };

/* What a schedule means. Strings live in the arena it was read into. */
struct schedule {
	const struct schedule_form *form;
	struct calendar_rule rule;
	struct calendar_zone *zone;	/* close it with schedule_done() */
	const char *zone_name, *label;
	const char *after; /* in the form After: name or number of the other schedule; else "" */
	enum schedule_misfire misfire;
	enum schedule_overlap overlap;
	int enabled;
	long grace_s, jitter_s; /* jitter_s: runs start up to this much after their due time */
	int silence_h;			/* 0 = no alarm */
	const char *misfire_name, *overlap_name;
};

/* What it means, in words. */
const char *schedule_words(struct arena *a, const struct schedule *s);

/* 1 when both are due at the same times, whatever else they say. */
int schedule_same_times(const struct schedule *x, const struct schedule *y);

/* Reads a schedule from bound fields. zone: the tenant's, for a body that names none. now: the
 * database's clock; also the start when the body gives none. Faults by field go to err: values, a
 * zone that does not exist, an end before the start, a rule that is never due. Returns err->code.
 * The caller calls schedule_done() in any case. */
int schedule_read(struct arena *a, const struct schedule_form *form, const struct schedule_args *in,
    const char *zone, usec_t now, struct schedule *out, struct err *err);

/* For new schedules: ERR_BAD_REQUEST when a one-time schedule's time has passed by more than its
 * grace. The sentence says what time it is in its zone. */
int schedule_check_past(struct arena *a, const struct schedule *s, usec_t now, struct err *err);

/* How long after its due time a run of the schedule starts: 0 to jitter_s, in whole seconds, always
 * the same for one schedule. */
usec_t schedule_jitter(const struct schedule *s, int64_t schedule_id);

void schedule_done(struct schedule *s);

/* The form's fields as they were given, as JSON text (without Parameters, and without what has a
 * column of its own or says which schedule it is: Name, OnFailure, Process, Form, Cron) to be
 * stored and read again with schedule_parse(). */
const char *schedule_text(struct arena *a, struct json_object *body);

/* As schedule_read(), from a stored text. The text's own faults are ERR_INTERNAL; those of the
 * content as above. */
int schedule_parse(struct arena *a, const struct schedule_form *form, const char *text,
    const char *zone, usec_t created_at, struct schedule *out, struct err *err);

/* Binds and checks a process's parameters, given as JSON (NULL = none); *args lives in the arena
 * and borrows from parameters. Faults are named "Parameters.…". */
int schedule_parameters(struct arena *a, const struct process_kind *kind,
    struct json_object *parameters, void **args, struct err *err);

#endif
