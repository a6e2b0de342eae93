/*
 * migrate - forward-only schema migrations of the registry and of tenant databases, embedded in the
 * program.
 */
#ifndef STORE_MIGRATE_H
#define STORE_MIGRATE_H

#include <stdint.h>

struct arena;
struct db;
struct err;

enum migrate_scope { MIGRATE_UNSET, MIGRATE_REGISTRY, MIGRATE_TENANT };

struct migration {
	enum migrate_scope scope;
	int version;		/* 1, 2, … without holes */
	const char *title;	/* from the file's name */
	const char
	    *sql; /* statements ending with ";" at the end of a line; DELIMITER is not supported */
};

/* Generated; ends with scope MIGRATE_UNSET. */
extern const struct migration migrations[];

/* The newest version this program knows of a scope. */
int migrate_newest(enum migrate_scope scope);

/* The version a database is at (0 = no migration yet). ERR_CONFIG when it is newer than this
 * program. */
int migrate_version(struct db *db, enum migrate_scope scope, int *version, struct err *err);

/* Told what is about to be done (total 0), and again and again while a step is at work: how many
 * of the rows that it has to look at are done. */
typedef void migrate_each(const struct migration *m, int64_t done, int64_t total, void *arg);

/* What SQL alone cannot say: a function that runs after the migration's statements. It may be
 * run again when the program died in it, and ends its own transactions. */
struct migrate_work { const struct migration *migration; migrate_each *each; void *arg; };
typedef int migrate_step(struct db *db, const struct migrate_work *w, struct err *err);

/* For a step: tells each(). */
void migrate_tell(const struct migrate_work *w, int64_t done, int64_t total);

/* Brings the database of db to the newest version; each() may be NULL. With dry_run
 * it only calls each(). A tenant's database also gets the place for its mark (store_owner.h).
 * A migration that died half-way is run again from its first statement: every statement is written
 * to be repeatable (IF NOT EXISTS), and so is its step.
 * Two at once: the second waits up to 25 s for a lock, then finds nothing to do. Returns the number
 * of migrations (to be) applied or a negative code. */
int migrate_run(struct db *db, enum migrate_scope scope, int dry_run, migrate_each *each, void *arg,
    struct err *err);

#endif
