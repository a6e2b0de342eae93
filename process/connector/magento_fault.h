/*
 * magento_fault - errors of Magento's REST API, and how they are mended.
 */
#ifndef PROCESS_CONNECTOR_MAGENTO_FAULT_H
#define PROCESS_CONNECTOR_MAGENTO_FAULT_H

struct arena;
struct connection;
struct err;
struct http_reply;

/* Says what an answer that is none of status 200 means: its own sentence with the parameters in
 * their places, and what to do. ERR_FORBIDDEN: a right is missing; ERR_NOT_FOUND: there is nothing
 * of the sort; else ERR_PERMANENT. */
int magento_fault(struct arena *a, const struct connection *c, const char *url,
    const struct http_reply *r, struct err *err);

#endif
