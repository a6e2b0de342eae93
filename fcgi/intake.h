/*
 * intake - messages into the queue, many requests sharing one durable commit.
 *
 * There is no thread of its own for it. Who finds no commit under way leads: it takes the messages
 * that wait (up to 64 and 4 MiB; one above 1 MiB goes alone), puts them in one statement on the
 * intake's own connection, and settles each. So a lonely message pays no hand-over. A message holds
 * a thread only when that thread waits for it (intake_put()). One that was given (intake_give())
 * goes on in the thread that leads; no thread is woken for it.
 *
 * A failed group is put again message by message, so that one bad message fails alone. Lock
 * conflicts are tried three times. When the connection is lost, and with it the outcome, the group
 * is put again on a new one under the same receipts: what was committed is found there, nothing is
 * stored twice.
 */
#ifndef FCGI_INTAKE_H
#define FCGI_INTAKE_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "store/db.h"
#include "store/registry/store_message.h"

enum {
	INTAKE_ALONE_BYTES = 1 << 20,
	INTAKE_RETRY_AFTER_S = 30,
	/* What may wait of messages that hold no thread. */
	INTAKE_GIVEN_MAX = 512,
	INTAKE_GIVEN_BYTES = 16 << 20
};

struct conf;

/* A message on its way into the queue. */
struct intake_item {
	struct intake_item *next;
	const struct store_message *message;
	struct store_put put;			/* under which receipt it is stored; when rc is 0 */
	int rc;
	struct err err;				/* when rc is negative */
	/* Called once, outside of any lock, by the thread that settled it; by: as that gave to
	 * intake_lead(). The item is no more the intake's. */
	void (*settled)(struct intake_item *item, void *by);
};

struct intake {
	pthread_mutex_t mutex;
	struct intake_item *head, **end;	/* messages that wait, oldest first */
	size_t given, given_bytes;		/* of them and of the group: hold no thread */
	pthread_cond_t room;			/* fewer of those wait */
	int busy; /* a commit is under way; only its leader touches what follows */
	const struct conf *conf;
	struct db *db;				/* NULL until first used and after a loss */
	uint64_t groups, messages;		/* committed, for metrics */
};

/* Into the registry of conf, which must outlive the intake. Opens nothing. Call after fork(). */
void intake_init(struct intake *in, const struct conf *conf);
void intake_done(struct intake *in);

/* This process's own intake into the registry of conf, made at the first call. Call after fork().
 * conf must live on. */
struct intake *intake_shared(const struct conf *conf);

/* Puts m; on success *out says under which receipt it is stored. Thread-safe. m is read until the
 * call returns. ERR_DB_GONE and other failures of the moment carry retry_after_s. */
int intake_put(
    struct intake *in, const struct store_message *m, struct store_put *out, struct err *err);

/* Gives item, with its message and settled set, and returns; it may be settled by then. Waits only
 * while too much waits already. by: as for intake_lead(), which must be called next. */
void intake_give(struct intake *in, struct intake_item *item, void *by);

/* Puts one group of those that wait and settles it: 1. 0: none waits, or another thread leads. Call
 * it until it says 0. */
int intake_lead(struct intake *in, void *by);

#endif
