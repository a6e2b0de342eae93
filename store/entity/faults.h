/*
 * entity_faults - failures of changes, or rows, that are worked on together: struct err *faults[],
 * of each its own; NULL = none.
 */
#ifndef STORE_ENTITY_FAULTS_H
#define STORE_ENTITY_FAULTS_H

#include <stddef.h>

struct arena;
struct err;

/* Copies the failure into the arena. One that is there stays; one that spoils the transaction is
 * nobody's own. Returns its code. */
int entity_faults_note(struct err **fault, const struct err *err, struct arena *a);

/* 0, or the code of the first of n, which *err gets. */
int entity_faults_first(struct err *const *faults, size_t n, struct err *err);

#endif
