/*
 * reference_cache - answers about reference data (rows that all Sources share, and labels), kept by
 * a connection to a tenant's database from batch to batch.
 *
 * Every writer of such rows counts api_reference_version up in its transaction; reference_begin()
 * reads the number, and drops what was kept under another one. So a batch knows of all that was
 * committed before it began. A change that was made by hand, without the count, is known after
 * REFERENCE_SECONDS. Of a connection about 1 MiB is kept at most, however many labels senders use.
 */
#ifndef STORE_KNOWN_REFERENCE_CACHE_H
#define STORE_KNOWN_REFERENCE_CACHE_H

struct arena;
struct db;
struct entity;
struct err;
struct known_question;

enum { REFERENCE_SECONDS = 5 };

/* At the start of a batch, in its transaction. *erased = 1 when anybody was ever erased in this
 * database. 0 or a negative code. Without it nothing is kept. */
int reference_begin(struct db *db, int *erased, struct err *err);

/* 1 when the answer may be kept: a label, or loose rows that all Sources share. */
int reference_is(const struct known_question *q);

/* 1 when the answer is known; the question then has it, in the arena. */
int reference_find(struct db *db, struct known_question *q, struct arena *a);

/* Keeps the answer of a question for which reference_is(). */
void reference_keep(struct db *db, const struct known_question *q);

/* For writers, behind their change: of rows of an entity (others than reference data are nothing),
 * or of a label (NULL). What the connection kept is not used again in this batch. 0 or a negative
 * code. */
int reference_wrote(struct db *db, const struct entity *e, struct err *err);

#endif
