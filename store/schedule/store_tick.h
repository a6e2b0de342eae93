/*
 * store_tick - when the daemon last looked for work, so that others can tell whether it runs.
 */
#ifndef STORE_SCHEDULE_STORE_TICK_H
#define STORE_SCHEDULE_STORE_TICK_H

struct arena;
struct db;
struct err;
struct rows;

/* Notes that a process of this kind is at work now, by the database's clock. */
int store_tick_put(struct db *db, const char *kind, struct err *err);

/* A row per kind that was ever seen: kind (text), seen_at (time), age in whole seconds (int). */
int store_ticks(struct db *db, struct arena *a, struct rows *out, struct err *err);

#endif
