/*
 * store_import - the files that imports took, in the tenant's database: none is taken twice, and
 * one that was not read to its end is gone on with.
 *
 * A file is known by its connection, name, size and checksum. Who begins or goes on with it names
 * itself by random bytes; whoever did so before can then note nothing more.
 */
#ifndef STORE_STORE_IMPORT_H
#define STORE_STORE_IMPORT_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "lib/secret.h"
#include "model/state.h"

struct arena;
struct db;
struct err;

enum { STORE_IMPORT_WORKER = 16, STORE_IMPORT_REASON_CHARS = 600 };

struct store_import {
	int64_t import_id;
	const char *connection, *name;	/* connection "": of the command line */
	int64_t bytes;
	unsigned char sha256[SECRET_SHA256_BYTES];
	enum state_of_import state;
	int64_t next_offset, next_line;	/* of the row that comes next; 0 = the first */
	const char *counts;		/* JSON; "" = none */
	/* Of its result files, up to there. */
	int64_t accepted_bytes, rejected_bytes, reasons_bytes;
	const char *reason;
	usec_t started_at, ended_at;	/* ended_at USEC_NONE: it is not over */
};

/* Begins a file, or takes over one that is not over, in the open transaction. Of file connection,
 * name, bytes and sha256 count. *out in the arena; its state tells whether it is over. */
int store_import_begin(struct db *db, struct arena *a, const struct store_import *file,
    const unsigned char worker[STORE_IMPORT_WORKER], usec_t now, struct store_import *out,
    struct err *err);

/* Before that, in the same transaction: one that is over begins anew. */
int store_import_again(struct db *db, const struct store_import *file, struct err *err);

/* Notes how far it has come, in the transaction that wrote it. ERR_CONFLICT: another run has taken
 * it over. */
int store_import_checkpoint(struct db *db, const struct store_import *at,
    const unsigned char worker[STORE_IMPORT_WORKER], struct err *err);

/* Notes that it is over, with state and reason (cut at STORE_IMPORT_REASON_CHARS). ERR_CONFLICT as
 * above. */
int store_import_end(struct db *db, struct arena *a, const struct store_import *at,
    const unsigned char worker[STORE_IMPORT_WORKER], usec_t now, struct err *err);

#endif
