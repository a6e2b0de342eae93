/*
 * intake - messages into the queue, many threads sharing one durable commit.
 *
 * Leader and followers: a thread that finds no commit under way takes the messages that wait (up to
 * 64 and 4 MiB; one above 1 MiB goes alone), puts them in one statement on the intake's own
 * connection and wakes the others; a lonely thread pays no hand-over. intake_put() returns after
 * the commit that holds its message.
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

#include "store/db.h"
#include "store/registry/store_message.h"

enum { INTAKE_GROUP_BYTES = 4 << 20, INTAKE_ALONE_BYTES = 1 << 20, INTAKE_RETRY_AFTER_S = 30 };

struct conf;
struct intake_item;

struct intake {
	pthread_mutex_t mutex;
	struct intake_item *head, **end;	/* messages that wait, oldest first */
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

#endif
