/*
 * explain - finds out for the admin why a request was refused, in more detail than the reply says.
 *
 * It keeps to the budget of refused.c. Trying signatures takes long, so it comes after the reply,
 * or before it only for a caller with a valid token of the tenant.
 */
#ifndef FCGI_ACCESS_EXPLAIN_H
#define FCGI_ACCESS_EXPLAIN_H

struct request;

/* Makes r->refused more exact: its cause, note and owner. What cannot be found out stays unchanged.
 * It always runs two statements, whatever the cause. */
void explain_lookup(struct request *r);

/* "X-Crm360Api-Token, X-Crm360Api-CustomerName." when the request has some of the three headers and
 * these are missing, and no header stands for all of them; else NULL. */
const char *explain_headers(struct request *r);

/* Which header of its Source's scheme the request lacks, a sentence; r->refused.facts has the
 * Source. */
const char *explain_unsigned(struct request *r);

/* Why the request's signature is not right, a sentence in its arena; see signature_why.h. */
const char *explain_signature(struct request *r);

#endif
