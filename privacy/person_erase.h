/*
 * person_erase - erases a person (or all that a Source brought) everywhere: in the tenant's
 * database and in the registry.
 *
 * Each step may be done again. A request that was interrupted is finished by doing all steps again:
 * 1. It commits hashes of what will be erased. From now on, queue workers refuse late deliveries.
 * 2. It waits for the messages that workers hold, and for writers of the hashed names. Then every
 * transaction in progress knows the hashes.
 * 3. It erases the rows, in one transaction of the tenant's database (of a Source: in many).
 * 4. It empties, one by one, the messages that were received up to the first step, or settled
 * before the third. It cancels those that wait and deletes their mails; then mails to the person,
 * and logs of runs.
 * 5. It waits for runs that copy rows of contacts and were in progress during the third step, and
 * does that step again.
 * 6. It marks the request as done, and forgets its sealed subject.
 *
 * Several requests take each step together (person_erase_all()): the wait of step 2 begins when the
 * hashes of all are committed, and step 4 is one walk.
 *
 * A request of a platform (Redact) is about its shop. When another Source knows the contact, only
 * the rows and messages of the request's Source are erased (privacy/person_rows.h). Mails and runs
 * without a Source are erased when no other Source knows the person.
 */
#ifndef PRIVACY_PERSON_ERASE_H
#define PRIVACY_PERSON_ERASE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "lib/err.h"
#include "model/entity_person.h"
#include "store/entity/rows.h"

struct arena;
struct db;
struct person;
struct secret_box;

/* What an erasure works with. Two connections, for a tenant's database may be on another server. No
 * transaction is open on them. */
struct person_job {
	struct db *registry, *tenant;
	const struct secret_box *box;	/* loaded */
	int64_t tenant_id;
	int64_t wait_s;			/* how long step 2 may take */
	void (*progress)(void *arg, const char *phase, int64_t done, int64_t total);
	void *arg;
};

struct person_erase_counts {
	struct entity_erase_counts rows;
	int64_t messages, cancelled, mails, recipients, runs;
	int64_t left; /* waiting messages about others that mention the person: to be erased again
			 when they are processed */
};

/* The hash under which the registry knows who is meant; kind "id" with "<SourceId>/<identifier>",
 * "email", "contact", "source". */
void person_subject_hash(
    const struct person_job *j, const char *kind, const char *text, unsigned char out[32]);

/* One of several requests. */
struct person_erase_one {
	int64_t privacy_id;			/* in */
	int taken;				/* it was begun, and ended or not */
	int rc;					/* out: 0, or as of person_erase() */
	struct err err;
	struct person_erase_counts counts;
};

enum { PERSON_ERASE_TOGETHER = 256 };

/* Ends open requests as person_erase() does, as many as can be by one walk over the tenant's
 * messages, mails and runs: PERSON_ERASE_TOGETHER at once; but a whole Source alone, and what two
 * Sources ask of one contact one after the other, for what the second takes depends on the first.
 * One that fails before or after the walk does not stop the others; an error of the walk fails all
 * of it, and all are tried again. 0, or the code and err of the first that failed. */
int person_erase_all(
    const struct person_job *j, struct person_erase_one *all, size_t n, struct err *err);

/* Ends an open request of the kinds Erase, Redact, ShopRedact. ERR_NOT_FOUND when the tenant has no
 * such open request; ERR_TRANSIENT when workers did not let go in time. */
int person_erase(const struct person_job *j, int64_t privacy_id, struct person_erase_counts *counts,
    struct err *err);

/* Counts what would be erased, and changes nothing. */
int person_erase_count(const struct person_job *j, struct person *p,
    struct person_erase_counts *counts, struct err *err);

/* {"RowsDeleted":…} */
char *person_erase_json(struct arena *a, const struct person_erase_counts *counts);

#endif
