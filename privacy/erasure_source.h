/*
 * erasure_source - the steps of an erasure of all that a Source brought.
 */
#ifndef PRIVACY_ERASURE_SOURCE_H
#define PRIVACY_ERASURE_SOURCE_H

struct erasure;
struct err;

/* Commits the hash of the Source. */
int erasure_source_begin(struct erasure *e, struct err *err);

/* Its rows go, in many transactions; then its traces can be looked for. */
int erasure_source_rows(struct erasure *e, struct err *err);

/* What a run copied of contacts that are gone by now; for erasure_transaction(). */
int erasure_source_sweep(struct erasure *e, void *arg, struct err *err);

#endif
