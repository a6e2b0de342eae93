/*
 * correct_amounts - lines that an earlier version stored before discount: made net of it, once.
 *
 * Earlier versions stored PurchaseDetail.Amount as the Magento connector sends it, before its
 * discount; now it is net for every platform (model/line_amount.h). customerapi migrate mends the
 * lines of a Source that has received only Magento's messages. Where other platforms wrote too, or
 * the messages are no longer known, an admin decides (customerapi purchase correct). The tenant's
 * table api_correction holds the decision and the progress. So the work is done once, and a run
 * that died continues where it was. A line that this version wrote is recognized by its Identifier
 * and is not changed.
 */
#ifndef STORE_CORRECT_AMOUNTS_H
#define STORE_CORRECT_AMOUNTS_H

#include <stdint.h>

struct arena;
struct db;
struct err;
struct rows;

/* Work under way. */
struct correct_amounts {
	void (*moved)(int64_t rows, void *arg);	/* NULL, or called with the rows of each chunk */
	void *arg;
	int64_t changed;			/* out: lines made net by this call */
	int was_done; /* out, of correct_amounts_source(): it was done before */
};

/* Decides about all Sources of a tenant, unless that was done before, and mends the lines of those
 * that need no admin, or that were begun. registry: a connection to the registry, alias_id the
 * tenant's there, 0 for one that is not registered yet. No transaction may be open on either. */
int correct_amounts_all(struct db *registry, int64_t alias_id, struct db *tenant,
    struct correct_amounts *c, struct err *err);

/* An admin's word about one Source: are_gross = 1, its lines hold amounts before discount and are
 * mended; 0, they are right as they are. */
int correct_amounts_source(struct db *tenant, int16_t source_id, int are_gross,
    struct correct_amounts *c, struct err *err);

/* How many lines correct_amounts_source() would mend. */
int correct_amounts_count(struct db *tenant, int16_t source_id, int64_t *lines, struct err *err);

/* SourceIds that wait for an admin's word (at_work = 0), or whose work was broken off (1). */
int correct_amounts_open(struct db *tenant, struct arena *a, int at_work, struct rows *out,
    struct err *err);

#endif
