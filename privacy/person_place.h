/*
 * person_place - what stands where in a platform's JSON: whose number a value is, by the names
 * around it. No SQL in here. The rules are in privacy/person_match.h, 2.
 */
#ifndef PRIVACY_PERSON_PLACE_H
#define PRIVACY_PERSON_PLACE_H

#include <stdint.h>

#include "model/entity.h"

struct json_object;

/* Whose number it is. VISITOR: of a person, or of somebody of the shop; THING: no person's;
 * CONTACT: a ContactId. Behind ROW: of a row of that entity of the table; KEY: such a row's key in
 * the tenant's database. */
enum {
	PERSON_PLACE_NOBODY,
	PERSON_PLACE_PERSON,
	PERSON_PLACE_VISITOR,
	PERSON_PLACE_PURCHASE,
	PERSON_PLACE_THING,
	PERSON_PLACE_CONTACT,
	PERSON_PLACE_ROW,
	PERSON_PLACE_KEY = PERSON_PLACE_ROW + ENTITY_COUNT_MAX
};

/* A value that is no object, list, null, flag or empty text. */
struct person_place {
	int class;
	int16_t source_id;	/* whose Source it is */
	const char *name;	/* of the member, or of the list that it is in */
	const char *text;
};

struct person_places {
	int16_t source_id;	/* of the message */
	int knows_keys;		/* its platform calls rows by the tenant's own keys */
	void (*each)(void *arg, const struct person_place *p);
	void *arg;
};

/* Walks all values. name: of the message's entity. A purchase that is known by more than its number
 * is called by both. */
void person_places_walk(const struct person_places *w, struct json_object *o, const char *name);

/* The class of numbers of an entity of this name. */
int person_place_of(const char *name);

#endif
