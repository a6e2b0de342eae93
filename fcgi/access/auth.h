/*
 * auth - checks who sends a request and whether they may. Fills request.access.
 *
 * Tenant: from the path or the query (parameters CustomerName and DatabaseAlias), else from the
 * headers X-Crm360Api-CustomerName and X-Crm360Api-DatabaseAlias; where both are given they must be
 * the same. A token may also come alone, in X-Crm360Api-ApiKey; unless the request names the
 * tenant, the token does. Right of an action: by its area (intake: webhook, process: process, club:
 * club, else data); ACCESS_ADMIN: admin, which includes all others. What the registry says is
 * remembered for two seconds (registry.h): a revoked token works for at most that long.
 */
#ifndef FCGI_ACCESS_AUTH_H
#define FCGI_ACCESS_AUTH_H

#include <stddef.h>
#include <stdint.h>

#include "fcgi/access/signature.h"
#include "lib/clock.h"
#include "store/registry/store_access.h"
#include "store/registry/store_message.h"

struct action;
struct err;
struct registry_facts;
struct request;

enum access_how {
	ACCESS_BY_UNSET,
	ACCESS_BY_TOKEN,
	ACCESS_BY_LOGIN,
	ACCESS_BY_SIGNATURE,
	ACCESS_BY_KEY,
	ACCESS_BY_OPEN,
	ACCESS_BY_SESSION, /* signed in on the help pages */
	ACCESS_BY_NOTHING /* ACCESS_RECEIPT without a token: the receipt is all there is */
};

/* Lives in the request's arena. */
struct access {
	enum access_how how;
	const struct store_alias *alias; /* the tenant, its defaults included; NULL only for
					    ACCESS_BY_NOTHING under an unknown name */
	const struct store_source *source; /* ACCESS_WEBHOOK: the Source asked for; else NULL */
	int64_t user_id;			/* 0 = none */
	const char *login; /* ACCESS_BY_LOGIN and ACCESS_BY_SESSION, else NULL */
	unsigned rights; /* of enum store_right; 0 for credentials that have none */
	const char *client;			/* the client's address, see address_client() */
	const void *body; /* ACCESS_WEBHOOK: what was signed: the body, for GET the query string
			     less secrets */
	size_t body_bytes;
	usec_t now;				/* the database's clock */
};

/* Checks access to an action that is not public; args: its auth parameters, bound. ERR_AUTH or
 * ERR_FORBIDDEN (naming the right), both with r->refused filled. ERR_AUTH always says which of the
 * three headers are missing. It says which part was wrong only to a valid token of the tenant. Also
 * ERR_THROTTLED with retry_after_s (password attempts only), or a database error. Valid tokens and
 * signatures are never refused here; quotas (quota.h) come after. */
int auth_check(struct request *r, const struct action *action, const void *args, struct err *err);

/* A user of a tenant by login and password; attempts are limited. On success *out lives in the
 * arena. Errors as auth_check(). */
int auth_password(struct request *r, const char *customer, const char *alias, const char *login,
    const char *password, struct access **out, struct err *err);

/* How the deliveries of the facts' Source are signed; lives as long as they do. */
struct signature_rule auth_signature_rule(const struct registry_facts *f);

/* How the sender authenticated, as messages record it. */
enum store_message_auth auth_noted(const struct access *x);

/* The right that an action needs (enum store_right). */
unsigned auth_right(const struct action *action);
const char *auth_right_name(
    const struct action *action); /* as in the registry; "" for a public action */

/* Whether a request about a message comes from its Source. 1: key is the Source's key, or the
 * request's headers sign text by the Source's scheme. 0: the request has neither. ERR_AUTH, with
 * r->refused filled, when one is wrong, even if the other is right. For ACCESS_RECEIPT; key may be
 * NULL. */
int auth_source_shown(struct request *r, int16_t source_id, const char *key, const char *text,
    struct err *err);

/* *out: this Source of the request's tenant, or NULL. For actions that take a token and name a
 * Source. */
int auth_source_find(struct request *r, int16_t source_id, const struct store_source **out,
    struct err *err);

#endif
