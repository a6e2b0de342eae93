/*
 * auth_part - what the files of auth share: the steps of one check of a request.
 *
 * Steps return 0 or a negative ERR_…; a refusal says in r->refused why.
 */
#ifndef FCGI_ACCESS_AUTH_PART_H
#define FCGI_ACCESS_AUTH_PART_H

#include <stdint.h>

#include "fcgi/access/auth.h"
#include "fcgi/access/registry.h"
#include "lib/param.h"
#include "store/registry/store_refusal.h"

enum { AUTH_RETRY_AFTER_S = 30 };

/* What the checks of one request share. */
struct auth {
	struct request *r;
	const struct action *action;
	const void *args;
	struct registry_reader reader;
	struct access *access;
};

/* The three headers of the original API are a credential only together. The vendor's newer
 * connectors send one header with the token alone. */
struct auth_headers {
	const char *token, *customer, *alias, *key;
};

struct auth_headers auth_headers(const struct auth *c);
int auth_headers_any(const struct auth_headers *h);

/* The field of an auth parameter of the action, or NULL; of a text its value. */
const void *auth_field_find(const struct auth *c, const char *name, enum param_kind kind);
const char *auth_text(const struct auth *c, const char *name);

/* The registry by the request's own connection. */
struct registry_reader auth_reader(struct request *r);

/* Sets ERR_AUTH. Only the admin is told the cause. Every caller gets the same reply, except for
 * headers that the request lacks. */
int auth_refuse(struct auth *c, enum store_refusal_cause cause, struct err *err);

/* The same for a caller with a valid token of the tenant, who is told the cause. */
int auth_refuse_told(
    struct auth *c, enum store_refusal_cause cause, const char *note, struct err *err);

/* For a request without a valid token: what is wrong with its token. */
int auth_refuse_token(struct auth *c, struct err *err);

/* ERR_FORBIDDEN when the credential does not have the action's right. */
int auth_right_check(const struct auth *c, struct err *err);

/* The tenant that the request names, into access; its parameters win over the headers, which
 * auth_token_find() compares. */
int auth_tenant_find(struct auth *c, int with_source, int16_t source_id, struct registry_facts *f,
    struct err *err);

/* 1 when a token in the headers is a valid one of the tenant, and their names are the tenant's;
 * access then says whose it is. */
int auth_token_find(struct auth *c, struct err *err);

/* The user of the tenant in access, which then says who it is. */
int auth_login_check(struct auth *c, const char *login, const char *password, struct err *err);

/* The bytes that were signed, into access. */
void auth_body_take(struct auth *c);

/* What an action may ask for (enum action_access). */
int auth_by_token(struct auth *c, struct err *err);
int auth_by_login(struct auth *c, struct err *err);
int auth_by_webhook(struct auth *c, struct err *err);
int auth_by_receipt(struct auth *c, struct err *err);

#endif
