/*
 * entity_find - rows of an entity by the values of some of its columns, for mappings
 * (model/change/known.h).
 */
#ifndef STORE_ENTITY_FIND_H
#define STORE_ENTITY_FIND_H

struct arena;
struct db;
struct err;
struct known_question;

/* Answers a question of the kind KNOWN_ROWS. 0 or a negative code; ERR_TOO_LARGE when there are
 * more than KNOWN_ROWS_MAX rows. */
int entity_find_rows(struct db *db, struct known_question *q, struct arena *a, struct err *err);

#endif
