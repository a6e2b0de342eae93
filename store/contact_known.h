/*
 * contact_known - what mappings ask about contacts (model/change/known.h).
 */
#ifndef STORE_CONTACT_KNOWN_H
#define STORE_CONTACT_KNOWN_H

#include <stdint.h>

struct arena;
struct db;
struct err;
struct known_question;

/* Answers a question of the kind KNOWN_CONTACT. 0 or a negative code; ERR_DB_RETRY when the contact
 * was erased, or merged, at this moment. */
int contact_known(struct db *db, struct known_question *q, struct arena *a, struct err *err);

/* *yes = 1 when Sources other than this one have identifiers of the contact. */
int contact_known_elsewhere(struct db *db, int64_t contact_id, int16_t source_id, struct arena *a,
    int *yes, struct err *err);

#endif
