/*
 * person_late - is a message that makes no rows (a mail, one that nothing handles, one that cannot
 * be processed) a late delivery about a person who was erased? What makes rows is asked by
 * entity_put().
 *
 * It is when its JSON has, where such a number stands (privacy/person_place.h), the identifier of
 * an erased person or purchase, or a ContactId; or, naming no other person so, in a member whose
 * name ends with "email" the address of an erased person of its Source; and when the time that it
 * is about is not after the erasure.
 */
#ifndef PRIVACY_PERSON_LATE_H
#define PRIVACY_PERSON_LATE_H

#include <stdint.h>

struct db;
struct entity_guard;
struct err;
struct json_object;

struct person_late_text {
	int16_t source_id;
	const char *platform, *entity;
	struct json_object *body;
};

/* 1, 0, or a negative code. g: the key, and the time that the message is about. */
int person_late(struct db *tenant, const struct entity_guard *g, const struct person_late_text *t,
    struct err *err);

#endif
