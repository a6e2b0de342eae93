/*
 * store_doctor - reads what customerapi check and doctor examine: the server's settings, rights,
 * sealed secrets, and irregularities of the queue, of schedules and of access.
 *
 * Lists are rows as read, in the arena; the columns are those of the "-- out:" line of the named
 * statement in sql/queries.sql. Reads only.
 */
#ifndef STORE_REGISTRY_STORE_DOCTOR_H
#define STORE_REGISTRY_STORE_DOCTOR_H

#include "lib/clock.h"

struct arena;
struct db;
struct err;
struct rows;

/* From now on the server aborts a statement of this connection after this many seconds, so that one
 * check does not hold up the others. */
int store_doctor_limit(struct db *db, int seconds, struct err *err);

/* doctor_variables: the server's settings and a few counters, names in lower case; the session's
 * begin with "session.". */
int store_doctor_variables(struct db *db, struct arena *a, struct rows *out, struct err *err);

struct store_doctor_rights {
	const char *privileges; /* ",SELECT,INSERT," in capitals, from grants on everything and on
				   the database, those of enabled roles too; "" = none */
	int all;			/* ALL PRIVILEGES is among them */
	const char *role; /* a role that the user was granted, or NULL; when its rights are missing,
			   * it is not enabled */
};

/* What the connection's user may do with the tables of a database. */
int store_doctor_rights(struct db *db, struct arena *a, const char *database,
    struct store_doctor_rights *out, struct err *err);

int store_doctor_sealed(
    struct db *db, struct arena *a, struct rows *out, struct err *err); /* doctor_sealed */
int store_doctor_dead_before(struct db *db, struct arena *a, usec_t before, struct rows *out,
    struct err *err); /* doctor_dead_before, one row */
int store_doctor_blocked(
    struct db *db, struct arena *a, struct rows *out, struct err *err); /* doctor_blocked */
int store_doctor_connections(struct db *db, struct arena *a, usec_t silent, struct rows *out,
    struct err *err); /* doctor_connections */
int store_doctor_schedules(struct db *db, struct arena *a, usec_t now, usec_t late,
    struct rows *out, struct err *err); /* doctor_schedules */

/* doctor_unheard */
int store_doctor_unheard(struct db *db, struct arena *a, struct rows *out, struct err *err);

int store_doctor_runs(struct db *db, struct arena *a, usec_t late, struct rows *out,
    struct err *err); /* doctor_runs, one row */
int store_doctor_privacy(
    struct db *db, struct arena *a, struct rows *out, struct err *err); /* doctor_privacy */
/* doctor_names */
int store_doctor_names(struct db *db, struct arena *a, struct rows *out, struct err *err);
int store_doctor_zones(
    struct db *db, struct arena *a, struct rows *out, struct err *err); /* doctor_zones */
int store_doctor_tzdata(
    struct db *db, struct arena *a, struct rows *out, struct err *err); /* doctor_tzdata */
int store_doctor_access(struct db *db, struct arena *a, usec_t now, usec_t long_ago,
    struct rows *out, struct err *err); /* doctor_access */

/* doctor_guests, in a tenant's database: at most STORE_DOCTOR_GUESTS_MAX. */
enum { STORE_DOCTOR_GUESTS_MAX = 1000 };
int store_doctor_guests(struct db *tenant, struct arena *a, struct rows *out, struct err *err);

#endif
