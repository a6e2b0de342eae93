/*
 * contact_known - what mappings ask about contacts (model/change/known.h).
 */
#ifndef STORE_KNOWN_CONTACT_KNOWN_H
#define STORE_KNOWN_CONTACT_KNOWN_H

#include <stddef.h>
#include <stdint.h>

struct arena;
struct db;
struct err;
struct known_question;

/* Answers n questions of the kinds KNOWN_CONTACT and KNOWN_ACCOUNT. Nobody takes the rows of their
 * contacts away, or changes them, before the end of the caller's transaction. 0 or a negative code;
 * ERR_DB_RETRY when a contact was erased, or merged, at this moment. */
int contact_known(
    struct db *db, struct known_question **q, size_t n, struct arena *a, struct err *err);

/* *yes = 1 when Sources other than this one have identifiers of the contact. */
int contact_known_elsewhere(struct db *db, int64_t contact_id, int16_t source_id, struct arena *a,
    int *yes, struct err *err);

#endif
