/*
 * record - in check builds: replies of every action, for the test that compares them with their
 * descriptions (t/99-replies.t). Elsewhere it does nothing.
 */
#ifndef FCGI_RECORD_H
#define FCGI_RECORD_H

struct reply;
struct request;

/* Adds a line to the folder that $CUSTOMERAPI_RECORD names, if any: a few per action, method and
 * status. */
void record_reply(const struct request *r, const struct reply *reply);

#endif
