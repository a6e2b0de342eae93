/*
 * connections - a process's connections to databases: a few sets for many threads.
 *
 * A request takes a set when it first needs a connection, and keeps it until it is over, or waits
 * for its commit. So it never waits for one while it holds another. Who finds all sets taken waits
 * in line; a set that is given back goes to the one that has waited longest. The setting
 * fcgi_connections says how many there are.
 */
#ifndef FCGI_CONNECTIONS_H
#define FCGI_CONNECTIONS_H

#include "lib/clock.h"
#include "store/tenant.h"

struct db;
struct err;
struct request_thread;

enum { CONNECTIONS_MAX = 256, CONNECTIONS_WAIT_S = 10, CONNECTIONS_TENANTS = 4 };

struct connections {
	struct connections *next;	/* while it is free */
	struct db *db;			/* registry, opened lazily; NULL after a loss */
	usec_t db_used;			/* monotonic: when it was last given out */
	struct tenant_pool tenants;	/* CONNECTIONS_TENANTS of them */
};

/* The thread's set, taken now unless it has one. 0, or ERR_UNAVAILABLE: for CONNECTIONS_WAIT_S all
 * were taken. */
int connections_take(struct request_thread *thread, struct err *err);

/* The same, but 0 means that it has one whose connection to the registry is open, and nothing is
 * opened or waited for. Else -1. */
int connections_try(struct request_thread *thread);

/* Gives the thread's set back, if it has one. */
void connections_give_back(struct request_thread *thread);

/* Closes those that are free; no thread may be waiting. */
void connections_close(void);

#endif
