/*
 * person_rows - which contacts, and which rows of the tenant's database, a request about a person
 * is about.
 *
 * A contact is shared when a Source other than the request's has an identifier of it. Where
 * only_source is not 0, a shared contact gives the rows that came from that Source and what belongs
 * to those (model/entity_person.h); the contact itself, its addresses and stores, which are of no
 * Source, stay. Any other contact gives all of its rows.
 */
#ifndef PRIVACY_PERSON_ROWS_H
#define PRIVACY_PERSON_ROWS_H

#include <stdint.h>

#include "model/entity_person.h"
#include "store/entity/rows.h"

struct arena;
struct db;
struct err;
struct person;

/* Contacts of a platform's request: those with an identifier of the Source, and guests of the
 * Source with an address. */
int person_find_in_source(struct person *p, struct db *tenant, int16_t source_id, struct err *err);

/* Is the contact known by other Sources, too? Certain where its row is locked. */
int person_is_shared(
    struct db *tenant, int64_t contact_id, int16_t source_id, int *shared, struct err *err);

/* Is one of the person's contacts shared, or does one that is not the Source's have an address of
 * the person? */
int person_known_elsewhere(
    const struct person *p, struct db *tenant, int16_t source_id, int *known, struct err *err);

/* The rows of the person's contacts, and the purchases that were named and are nobody's. lock: FOR
 * UPDATE, in the caller's transaction. */
int person_rows(struct db *tenant, const struct person *p, int16_t only_source,
    struct entity_rows *rows, struct arena *a, int lock, struct err *err);

/* Learns from all rows of the person's contacts - where only_source is not 0, numbers of that
 * Source only - and does so again for the guests of source_id that are found by that; then the
 * rows, as above. */
int person_collect(struct db *tenant, struct person *p, int16_t source_id, int16_t only_source,
    struct entity_rows *rows, struct arena *a, struct err *err);

#endif
