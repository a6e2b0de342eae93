/*
 * store_known - answers what mappings ask (model/change/known.h), from a tenant's database.
 */
#ifndef STORE_KNOWN_KNOWN_H
#define STORE_KNOWN_KNOWN_H

struct db;
struct err;
struct known;

/* Answers all open questions, in the caller's transaction. An answer may be a failure, which the
 * mappings that asked get. Returns 0, or a failure of the database. */
int store_known_answer(struct db *db, struct known *k, struct err *err);

#endif
