/*
 * auth - who asks, and may they? Fills request.access.
 */
#ifndef FCGI_AUTH_H
#define FCGI_AUTH_H

struct action;
struct err;
struct request;

/* Checks access to an action that is not public; args: its auth parameters, bound. ERR_AUTH (never saying which part was wrong), ERR_FORBIDDEN, ERR_THROTTLED. */
int auth_check(struct request *r, const struct action *action, const void *args, struct err *err);

#endif
