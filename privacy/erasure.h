/*
 * erasure - one erasure in progress, and its steps. Those for messages, mails and runs are in
 * erasure_trace.h, those for a whole Source in erasure_source.h. person_erase.h has their order.
 */
#ifndef PRIVACY_ERASURE_H
#define PRIVACY_ERASURE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "privacy/person.h"
#include "privacy/person_erase.h"
#include "privacy/person_match.h"
#include "privacy/person_trace.h"
#include "store/entity/erased.h"

struct db;
struct entity_rows;
struct err;
struct store_privacy;

enum { ERASURE_POLL_MS = 100 };

/* An erasure on its way. */
struct erasure {
	const struct person_job *job;
	struct arena arena;		/* of the person */
	struct person person;
	struct entity_guard guard;	/* the key of hashes */
	struct person_trace trace;
	const struct store_privacy *request;
	int16_t only_source; /* of contacts that others know, only what is of this Source; 0 = all
				of them, wholly */
	usec_t erased_at, rows_at;	/* the instant of the hashes; when the rows were gone */
	int count_only;
	int64_t *held;			/* messages that a worker had when it was their turn */
	size_t nheld, held_cap;
	int mail_went;			/* the message that was just emptied had a mail */
	int traced;			/* step 4 is done */
	struct person_matcher matcher;
	struct person_erase_one
	    *one; /* its number; and what becomes of it, NULL when it is only counted */
	struct person_erase_counts *counts;
};

void erasure_pause(long ms);
void erasure_say(const struct erasure *e, const char *phase, int64_t done, int64_t total);

/* Work in a transaction; a conflict is tried again. */
int erasure_transaction(struct db *db, int (*work)(struct erasure *e, void *arg, struct err *err),
    struct erasure *e, void *arg, struct err *err);

/* Step 1: finds the rows and commits their hashes, and who it is, sealed. */
int erasure_hashes(struct erasure *e, struct err *err);

/* Step 2: what workers of the tenant hold; then who came meanwhile under a name that is hashed. */
int erasure_wait(struct erasure *e, struct err *err);
int erasure_late(struct erasure *e, struct err *err);

/* Step 3, and once more at the end; for erasure_transaction(). */
int erasure_rows(struct erasure *e, void *arg, struct err *err);

/* What tables beside the model keep of the contacts among the rows goes, and is added to *n; or is
 * only counted. */
int erasure_beside(struct erasure *e, const struct entity_rows *rows, int64_t *n, struct err *err);

/* In step 3, in front of it: notes what exports have to tell of the rows. */
int erasure_exported(
    struct erasure *e, const struct entity_rows *rows, usec_t now, struct err *err);

/* Step 5: waits for runs that copy rows of contacts. */
int erasure_runs(struct erasure *e, struct err *err);

#endif
