/*
 * entity_find - rows of an entity by the values of some of its columns, for mappings
 * (model/change/known.h).
 */
#ifndef STORE_ENTITY_FIND_H
#define STORE_ENTITY_FIND_H

#include <stddef.h>

struct arena;
struct db;
struct err;
struct known_question;

/* 1 when two questions of the kind KNOWN_ROWS differ in their values only. */
int entity_find_is_like(const struct known_question *q, const struct known_question *other);

/* Answers n questions of the kind KNOWN_ROWS that are alike: rows and names. One statement reads
 * the rows of ENTITY_CHUNK of them. A question that means more than KNOWN_ROWS_MAX rows fails by
 * itself (ERR_TOO_LARGE). Returns 0, or a failure of the database. */
int entity_find_rows(
    struct db *db, struct known_question **q, size_t n, struct arena *a, struct err *err);

#endif
