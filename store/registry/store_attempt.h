/*
 * store_attempt - wrong attempts by subject, counted in a window that begins with the first one.
 *
 * In the database, so that all processes, pools, machines and requests of plain CGI count together.
 * The tables: logins in the registry (api_login_attempt), codes of the club in the tenant's
 * database (api_code_attempt). A subject is known by a hash only.
 */
#ifndef STORE_REGISTRY_STORE_ATTEMPT_H
#define STORE_REGISTRY_STORE_ATTEMPT_H

#include "lib/clock.h"
#include "lib/secret.h"

struct arena;
struct db;
struct err;

enum store_attempt_table { STORE_ATTEMPT_UNSET, STORE_ATTEMPT_LOGIN, STORE_ATTEMPT_CODE };

enum { STORE_ATTEMPT_SUBJECTS = 2 };

/* Whoever tries, seen in two ways (a login and an address; a contact and an address). */
struct store_attempt {
	enum store_attempt_table table;
	long window_s;
	struct {
		unsigned char hash[SECRET_SHA256_BYTES];
		long max;
	} subjects[STORE_ATTEMPT_SUBJECTS]; /* max 0 = no limit */
};

/* Sets a subject: its hash is that of the text, to which the caller gives a name space
 * ("address:…"). */
void store_attempt_subject(struct store_attempt *t, int i, const char *text, long max);

/* *until: when the last of the limits that are reached ends; USEC_NONE = another attempt is free.
 * Reads only. */
int store_attempt_blocked(struct db *db, struct arena *a, const struct store_attempt *t, usec_t now,
    usec_t *until, struct err *err);

/* Counts one for both. *until as above, but USEC_NONE as long as this attempt is within the limits:
 * of those that come at the same moment no more pass than may, whatever each saw before. Some
 * windows that are over are dropped, so the table holds no more than there were wrong attempts in a
 * window. */
int store_attempt_count(struct db *db, struct arena *a, const struct store_attempt *t, usec_t now,
    usec_t *until, struct err *err);

/* A login that was counted before its password was looked at takes its count back: it was right. */
int store_attempt_login_right(
    struct db *db, const struct store_attempt *t, usec_t now, struct err *err);

/* What both of the above found: 0 for USEC_NONE, else ERR_THROTTLED with the seconds to wait. what:
 * "wrong codes". */
int store_attempt_refuse(usec_t until, usec_t now, const char *what, struct err *err);

#endif
