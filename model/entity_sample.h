/*
 * entity_sample - makes the sample bodies of the platform Standard for each entity from the entity
 * table: for help pages, OpenAPI and the test that sends them.
 *
 * They work on any tenant, since every tenant has the reference data. Other rows that a sample must
 * refer to come from another entity's sample, which has to be sent before.
 */
#ifndef MODEL_ENTITY_SAMPLE_H
#define MODEL_ENTITY_SAMPLE_H

#include <stddef.h>

struct arena;
struct entity;

enum entity_sample_kind { ENTITY_SAMPLE_INSERT, ENTITY_SAMPLE_UPDATE, ENTITY_SAMPLE_DELETE };

enum { ENTITY_SAMPLE_KINDS = 3 };

/* "Insert", "Update", "Delete": the action of the address. */
const char *entity_sample_action(enum entity_sample_kind kind);

/* The body, indented JSON in the arena. */
const char *entity_sample(struct arena *a, const struct entity *e, enum entity_sample_kind kind);

/* The i-th entity whose sample must be there before that of e, each once; NULL when there are no
 * more. */
const struct entity *entity_sample_needs(const struct entity *e, size_t i);

/* All entities, each after those that it needs; ends with NULL. */
const struct entity **entity_sample_order(struct arena *a);

#endif
