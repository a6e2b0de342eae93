/*
 * connection_drop - what a change of a connection may say of its Drop, the connection where a
 * Magento 1 shop's files come by.
 */
#ifndef STORE_CONNECTION_CONNECTION_DROP_H
#define STORE_CONNECTION_CONNECTION_DROP_H

struct arena;
struct connection_setting;
struct db;
struct err;
struct json_object;
struct store_connection;

/* document: what the connection is to be; there: what it is, NULL = new. Nothing is asked of kinds
 * without Drop. Faults by name are in err; a negative code of s->check or the database. */
int connection_drop_check(struct db *db, struct arena *a, const struct connection_setting *s,
    const struct store_connection *there, struct json_object *document, struct err *err);

#endif
