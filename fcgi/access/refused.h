/*
 * refused - why requests get 401 or 403, for the log and for `customerapi queue refused`.
 *
 * A stranger learns nothing of it, and a flood of requests costs little. A budget limits the
 * look-ups for the admin. Refusals are counted in a bounded table in memory, which a thread of its
 * own writes to the database. The processes of a pool take turns, one a second
 * (store/registry/store_refusal.h). Of one tenant, Source and cause REFUSED_WAYS are told apart
 * within a second; the rest of them are one row of client "several". While the database does not
 * answer, the table keeps its counts. A killed process loses what it has not written: the counts of
 * as many seconds as the pool has processes. A process that ends writes once more, out of turn.
 */
#ifndef FCGI_ACCESS_REFUSED_H
#define FCGI_ACCESS_REFUSED_H

#include <stdint.h>

#include "fcgi/access/registry.h"
#include "store/registry/store_refusal.h"

struct access;
struct conf;
struct err;
struct reply;
struct request;
struct transport;

/* SETS: of WAYS rows each, in memory; a group has one. */
enum { REFUSED_WAYS = 8, REFUSED_SETS = 64 };

/* What is known of a request that is refused; in the request, filled by auth.c. */
struct refused {
	enum store_refusal_cause cause;		/* UNSET = it was not refused, or nobody said why */
	const char *note;			/* beyond the cause's sentence; NULL = nothing */
	int told;				/* so was the caller, who has a valid token */
	const struct access *access;		/* whose; NULL = see request.access */
	const char *customer, *alias;		/* what was asked for; NULL = not named */
	const char *token;			/* the one that was given, or NULL */
	int source_id;				/* what was asked for; 0 = none */
	int64_t alias_id;			/* by explain(): a tenant that is not in access */
	int known_source_id;			/* likewise a Source */
	struct registry_facts facts;		/* of the tenant and the Source that are there */
};

/* Makes the shared memory by which workers take turns in writing. Call it in the master, before it
 * starts workers. 0, or -1 without memory. */
int refused_create(void);

/* Once per process, before requests: counts are kept in memory and written by a thread (conf must
 * outlive it), or, where nothing outlives the request, written directly. Before either, nothing is
 * counted. */
void refused_start(const struct conf *conf);
void refused_start_direct(void);

/* Writes the remaining counts, unless that takes long, and ends the thread. */
void refused_stop(void);

/* After a reply of 401 or 403 was written, before its log line: r->refused then holds what the log
 * says. A look-up takes equally long for every stranger, so that the time does not tell what
 * exists. The reply is finished before a signature is tried in other ways (transport.finish). */
void refused_explain(struct request *r, const struct reply *reply, const struct err *err,
    const struct transport *t);

/* 1 when the budget allows to try one more signature in other ways. */
int refused_may_try(void);

/* Counts it, after the log line. */
void refused_note(struct request *r, const struct reply *reply, const struct transport *t);

#endif
