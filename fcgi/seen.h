/*
 * seen - keeps for the help pages what each action of a tenant last answered
 * (store/registry/store_seen.h).
 */
#ifndef FCGI_SEEN_H
#define FCGI_SEEN_H

struct action;
struct arena;
struct err;
struct reply;
struct request;

/* Notes an answered request, if its tenant is known and nothing of this action, success or error,
 * was noted within SEEN_EVERY_S by this process. Outside of a transaction. When it cannot be noted
 * it is not. */
void seen_note(struct request *r, const struct reply *reply, const struct err *err);

enum { SEEN_EVERY_S = 10 };

/* The name under which an action is noted. */
const char *seen_name(struct arena *a, const struct action *action);

#endif
