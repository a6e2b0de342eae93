/*
 * prestashop_fault - the Webservice's own errors, in sentences that say what mends them.
 */
#ifndef PROCESS_CONNECTOR_PRESTASHOP_FAULT_H
#define PROCESS_CONNECTOR_PRESTASHOP_FAULT_H

struct arena;
struct connection;
struct err;
struct http_reply;

enum { PRESTASHOP_FAULT_DISABLED = 22, PRESTASHOP_FAULT_NO_RIGHT = 26 };

/* The code of the first error that an answer has; 0 = it has none. */
int prestashop_fault_code(const struct http_reply *r);

/* "https://shop.example/api/orders" */
const char *prestashop_fault_place(
    struct arena *a, const struct connection *c, const char *resource);

/* 0 when the answer is none of an error; else ERR_PERMANENT, or ERR_FORBIDDEN when the key lacks
 * the right to the resource. */
int prestashop_fault_judge(struct arena *a, const struct connection *c, const char *resource,
    const struct http_reply *r, struct err *err);

#endif
