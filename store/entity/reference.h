/*
 * entity_reference - reference data: entities whose rows are a key and a label, of no Source
 * (genders, countries, states, brands …), and which columns hold their keys.
 */
#ifndef STORE_ENTITY_REFERENCE_H
#define STORE_ENTITY_REFERENCE_H

#include <stddef.h>

struct arena;
struct db;
struct entity;
struct err;
struct rows;

/* Columns of what is listed. */
enum { ENTITY_REFERENCE_KEY, ENTITY_REFERENCE_LABEL };

int entity_is_reference(const struct entity *e);

/* The reference entity whose keys a column of this name holds, in whichever entity ("CountryId",
 * "HomePhoneCountryId"); NULL when it holds none. Case does not matter. */
const struct entity *entity_reference_of(const char *column);

/* The names of all, "Source|Zone|…", in the arena. */
const char *entity_reference_names(struct arena *a);

/* Key and label (which may be NULL) of the entity's rows by key, at most `most`, without those that
 * are marked as deleted. after: only greater keys, or NULL; of an entity with a number as its key
 * it is a number. 0 or a negative code. */
int entity_reference_list(struct db *db, const struct entity *e, const char *after, int most,
    struct arena *a, struct rows *out, struct err *err);

#endif
