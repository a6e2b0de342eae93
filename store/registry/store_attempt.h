/*
 * store_attempt - counts wrong attempts by subject, in a window that begins with the first one.
 *
 * The counts are in the database, so that all processes, pools, machines and plain CGI requests
 * share them. Tables: logins in the registry (api_login_attempt), codes of the club in the tenant's
 * database (api_code_attempt). Only a hash of the subject is stored.
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

/* Sets a subject to the hash of the text, which the caller puts into a name space ("address:…"). */
void store_attempt_subject(struct store_attempt *t, int i, const char *text, long max);

/* *until: when the last reached limit ends; USEC_NONE = another attempt is allowed. Reads only. */
int store_attempt_blocked(struct db *db, struct arena *a, const struct store_attempt *t, usec_t now,
    usec_t *until, struct err *err);

/* Counts one attempt for both subjects. *until as above, but USEC_NONE while this attempt is within
 * the limits. So concurrent attempts cannot exceed the limits, whatever each has read before. Each
 * call also deletes some ended windows, so the table has no more rows than there were wrong
 * attempts in a window. */
int store_attempt_count(struct db *db, struct arena *a, const struct store_attempt *t, usec_t now,
    usec_t *until, struct err *err);

/* Takes back the count of a login whose password was right; it was counted before the check. */
int store_attempt_login_right(
    struct db *db, const struct store_attempt *t, usec_t now, struct err *err);

/* Turns until of the functions above into a result: 0 for USEC_NONE, else ERR_THROTTLED with the
 * seconds to wait. what: "wrong codes". */
int store_attempt_refuse(usec_t until, usec_t now, const char *what, struct err *err);

#endif
