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
	usec_t modified_at;		/* as its server says; USEC_NONE = not said */
	unsigned char sha256[SECRET_SHA256_BYTES];
	enum state_of_import state;
	int is_moved;			/* it has left its folder */
	int64_t run_id;			/* that took it last; 0 = the command line */
	int64_t next_offset, next_line;	/* of the row that comes next; 0 = the first */
	int64_t header_bytes;		/* in front of its first row */
	const char *counts;		/* JSON; "" = none */
	/* of its result files, up to there */
	int64_t accepted_bytes, rejected_bytes, reasons_bytes;
	const char *reason;
	usec_t started_at, ended_at;	/* ended_at USEC_NONE: it is not over */
};

/* Begins a file, or takes over one that is not over, in the open transaction; one that was refused
 * begins anew. Of file connection, name, bytes, modified_at, sha256 and run_id count. *out in the
 * arena; its state tells whether it is over. */
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

/* The file of this connection, name and modified_at that was read to its end and has not left its
 * folder; *out NULL = none. */
int store_import_left(struct db *db, struct arena *a, const struct store_import *file,
    struct store_import **out, struct err *err);
int store_import_moved(struct db *db, int64_t import_id, struct err *err);

/* *out NULL: there is none. */
int store_import_get(struct db *db, struct arena *a, int64_t import_id,
    struct store_import **out, struct err *err);

struct store_import_filter {
	int64_t before_id;		/* 0 = from the newest on */
	const char *connection;		/* NULL = any */
	enum state_of_import state;	/* UNSET = any */
	int limit;
};

/* The newest first. */
int store_import_list(struct db *db, struct arena *a, const struct store_import_filter *f,
    struct store_import **out, size_t *n, struct err *err);

#endif
