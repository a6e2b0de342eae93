/*
 * explain - finds out more of why a request was refused than its answer needed: for the admin.
 *
 * Within refused.c's budget. Trying a signature takes long, so it comes after the answer; before it
 * only for who showed a valid token of the tenant.
 */
#ifndef FCGI_EXPLAIN_H
#define FCGI_EXPLAIN_H

struct request;

/* Makes r->refused more exact: a cause that is nearer, a note, whose it is. What cannot be found
 * out stays as it is. Two statements, whatever the cause. */
void explain_lookup(struct request *r);

/* Why the request's signature is not right, a sentence in its arena; see signature_why.h. */
const char *explain_signature(struct request *r);

#endif
