/*
 * store_schedule - schedules in the registry.
 */
#ifndef STORE_SCHEDULE_STORE_SCHEDULE_H
#define STORE_SCHEDULE_STORE_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"

struct arena;
struct db;
struct err;
struct rows;

/* The most schedules that may run after one. */
enum { SCHEDULE_FOLLOWERS_MAX = 1000 };

struct store_schedule {
	int64_t schedule_id, tenant_id;
	const char *process, *form, *label;
	const char *name;			/* NULL = none */
	const char *on_failure; /* who gets a mail about a failed run; "" = nobody */
	int64_t after_id; /* runs after each success of that one; 0 = has times of its own */
	const char *rule,
	    *parameters; /* JSON texts as schedule_text() made them; parameters "" = none */
	const char *time_zone;
	int64_t misfire, grace_s,
	    overlap; /* enum schedule_misfire, seconds, enum schedule_overlap */
	usec_t start_at, end_at;		/* in: written only */
	usec_t after_at,
	    next_due_at; /* USEC_NONE = after_at: nothing is settled yet; next_due_at: nothing more
			  * is due, or it is paused */
	int64_t next_day; /* the day that the rule names for the next occurrence, also while paused;
			     CALENDAR_NO_DAY = it names none, or not known */
	usec_t paused_at;			/* USEC_NONE = not paused */
	int64_t silence_h;			/* 0 = no alarm */
	usec_t last_success_at;
	const char *created_by, *tzdata;	/* tzdata: in only */
	usec_t created_at;
	const char *fault;			/* why its times cannot be computed; "" = no
						 * fault */
};

/* Adds s at now; its id goes to s->schedule_id. ERR_DB_DUPLICATE: the tenant has one of that name.
 */
int store_schedule_add(struct db *db, struct store_schedule *s, usec_t now, struct err *err);

/* *out NULL when the tenant (0 = any) has none of that id. */
int store_schedule_find(struct db *db, struct arena *a, int64_t schedule_id, int64_t tenant_id,
    struct store_schedule **out, struct err *err);

/* Locks a tenant's schedule in the open transaction. *found 0 = there is none. */
int store_schedule_lock(
    struct db *db, int64_t schedule_id, int64_t tenant_id, int *found, struct err *err);

/* The id of the tenant's schedule of a name, locked in the open transaction; 0 = there is none. */
int store_schedule_named(struct db *db, int64_t tenant_id, const char *name, int64_t *id,
    struct err *err);

/* Reads a link of a chain: by name when that is not NULL, else by number. It does not change before
 * the open transaction ends. id 0 = there is none. */
struct store_schedule_link { int64_t id, after_id; const char *name; };
int store_schedule_link_find(struct db *db, struct arena *a, int64_t tenant_id, int64_t id,
    const char *name, struct store_schedule_link *out, struct err *err);

/* Up to limit schedules that run after it: schedule_id, name ("" = none). */
int store_schedule_followers(struct db *db, struct arena *a, int64_t schedule_id, int limit,
    struct rows *out, struct err *err);

/* The number of these schedules, and the links of their longest chain, counted up to most + 1. */
int store_schedule_follower_count(struct db *db, int64_t schedule_id, int64_t *n, struct err *err);
int store_schedule_behind(struct db *db, int64_t schedule_id, int most, int64_t *links,
    struct err *err);

/* Writes all of s except its name and who made it; *changed 0: it is gone. anew: its silence alarm
 * starts again, or is off while it is paused. */
int store_schedule_change(struct db *db, const struct store_schedule *s, int anew, usec_t now,
    int *changed, struct err *err);

/* Whether the tenant has one of that id, or had one that is deleted. */
int store_schedule_known(
    struct db *db, int64_t schedule_id, int64_t tenant_id, int *known, struct err *err);

struct store_schedule_filter {
	int64_t tenant_id;
	const char *process, *state;	/* NULL = any; "Active", "Paused", "Ended", "Faulty" */
	int64_t after_id;		/* those that run after it */
	int limit;			/* at most this many */
};
int store_schedule_list(struct db *db, struct arena *a, const struct store_schedule_filter *f,
    struct store_schedule **out, size_t *n, struct err *err);

int store_schedule_count(struct db *db, int64_t tenant_id, int64_t *out, struct err *err);

/* *changed 0: it does not exist; for pause, it is paused already; for resume, it is neither paused
 * nor faulty. Pause writes after_at and next_day of s; resume writes these, next_due_at, tzdata and
 * silence_h. */
int store_schedule_delete(struct db *db, int64_t schedule_id, int64_t tenant_id, usec_t now,
    int *changed, struct err *err);
int store_schedule_pause(
    struct db *db, const struct store_schedule *s, usec_t now, int *changed, struct err *err);
int store_schedule_resume(
    struct db *db, const struct store_schedule *s, usec_t now, int *changed, struct err *err);

/* For the daemon, in a transaction: schedules that are due (locked; those that another daemon has
 * locked are skipped); the time of the next one; moving one to its next occurrence. */
int store_schedule_due(struct db *db, struct arena *a, usec_t now, int limit,
    struct store_schedule **out, size_t *n, struct err *err);
int store_schedule_next_at(struct db *db, usec_t *out, struct err *err);
int store_schedule_move(struct db *db, int64_t schedule_id, usec_t after_at, usec_t next_due_at,
    int64_t next_day, const char *fault, struct err *err);

/* Schedules (locked) that are settled beyond after, because a clock was ahead. And the correction:
 * s is settled only up to s->after_at; writes its next_due_at and next_day, and starts its alarm
 * again. */
int store_schedule_ahead(struct db *db, struct arena *a, usec_t after, int limit,
    struct store_schedule **out, size_t *n, struct err *err);
int store_schedule_set_back(struct db *db, const struct store_schedule *s, usec_t now,
    struct err *err);

/* Schedules whose times were computed with other zone data; and noting that they are now computed
 * with the current data. */
int store_schedule_other_tzdata(struct db *db, struct arena *a, const char *tzdata, int limit,
    struct store_schedule **out, size_t *n, struct err *err);
int store_schedule_set_tzdata(
    struct db *db, int64_t schedule_id, const char *tzdata, struct err *err);

/* Notes that a run of it succeeded. */
int store_schedule_success(struct db *db, int64_t schedule_id, usec_t now, struct err *err);

#endif
