#include "config.h"

#include <string.h>

#include "fcgi/access/auth_part.h"
#include "fcgi/access/explain.h"
#include "fcgi/access/registry.h"
#include "fcgi/action.h"
#include "fcgi/request.h"
#include "lib/arena.h"
#include "lib/err.h"
#include "lib/text.h"
#include "store/registry/store_session.h"

const void *
auth_field_find(const struct auth *c, const char *name, enum param_kind kind)
{
	for (const struct param *p = c->action->params; p != NULL && p->name != NULL; p++)
		if (p->auth && p->kind == kind && text_ieq(p->name, name))
			return (const char *)c->args + p->offset;
	return NULL;
}

const char *
auth_text(const struct auth *c, const char *name)
{
	const struct param_text *t = auth_field_find(c, name, PARAM_TEXT);

	return t == NULL ? NULL : t->value;
}

struct auth_headers
auth_headers(const struct auth *c)
{
	return (struct auth_headers){ .token = request_header_find(c->r, "x-crm360api-token"),
		.customer = request_header_find(c->r, "x-crm360api-customername"),
		.alias = request_header_find(c->r, "x-crm360api-databasealias"),
		.key = request_header_find(c->r, "x-crm360api-apikey") };
}

int
auth_headers_any(const struct auth_headers *h)
{
	if (h->key != NULL)
		return 1;
	return h->token != NULL || h->customer != NULL || h->alias != NULL;
}

static int
headers_all(const struct auth_headers *h)
{
	return h->token != NULL && h->customer != NULL && h->alias != NULL;
}

int
auth_refuse(struct auth *c, enum store_refusal_cause cause, struct err *err)
{
	const char *missing = explain_headers(c->r);

	c->r->refused.cause = cause;
	if (missing == NULL)
		return err_set(err, ERR_AUTH, "%s", err_sentence(ERR_AUTH));
	return err_set(err, ERR_AUTH, "%s Missing: %s", err_sentence(ERR_AUTH), missing);
}

int
auth_refuse_told(struct auth *c, enum store_refusal_cause cause, const char *note, struct err *err)
{
	c->r->refused.cause = cause;
	c->r->refused.note = note;
	c->r->refused.told = 1;
	return err_set(err, ERR_AUTH, "%s%s%s", store_refusal_sentence(cause),
	    *note == '\0' ? "" : " ", note);
}

int
auth_right_check(const struct auth *c, struct err *err)
{
	const char *who = c->access->how == ACCESS_BY_TOKEN ? "The token has" : "The login has";

	if ((c->access->rights & auth_right(c->action)) != 0)
		return 0;
	c->r->refused.cause = STORE_REFUSAL_RIGHT;
	c->r->refused.note = arena_printf(&c->r->arena, "%s no right \"%s\".", who,
	    auth_right_name(c->action));
	return err_set(err, ERR_FORBIDDEN, "%s %s", err_sentence(ERR_FORBIDDEN),
	    c->r->refused.note);
}

/* ------------------------------------------------------------------ tenant and token */

/* Takes the tenant's names that the request does not give from the token that comes alone. */
static int
names_of_key(struct auth *c, const char *key, const char **customer, const char **alias,
    struct err *err)
{
	struct arena *a = &c->r->arena;
	struct store_token token;
	int rc, found;

	if (key == NULL || (*customer != NULL && *alias != NULL))
		return 0;
	if ((rc = registry_token_find(&c->reader, a, key, &token, &found, err)) < 0 || !found)
		return rc;
	if (*customer == NULL)
		*customer = arena_strdup(a, token.customer);
	if (*alias == NULL)
		*alias = arena_strdup(a, token.alias);
	return 0;
}

int
auth_tenant_find(
    struct auth *c, int with_source, int16_t source_id, struct registry_facts *f, struct err *err)
{
	struct auth_headers h = auth_headers(c);
	const char *customer = auth_text(c, "CustomerName"), *alias = auth_text(c, "DatabaseAlias");
	int rc;

	if (customer == NULL)
		customer = c->r->session != NULL ? c->r->session->customer : h.customer;
	if (alias == NULL)
		alias = c->r->session != NULL ? c->r->session->alias : h.alias;
	*f = (struct registry_facts){ 0 };
	if ((rc = names_of_key(c, h.key, &customer, &alias, err)) < 0)
		return rc;
	c->r->refused.customer = customer;
	c->r->refused.alias = alias;
	c->r->refused.source_id = with_source ? source_id : 0;
	if (customer == NULL || alias == NULL)
		return 0;
	rc = registry_facts_find(
	    &c->reader, &c->r->arena, customer, alias, with_source, source_id, f, err);
	c->access->alias = f->alias;
	c->access->source = f->source;
	c->access->now = f->now;
	return rc;
}

/* 1 when text is a valid token of the request's tenant; access then says whose. */
static int
token_is(struct auth *c, const char *text, struct err *err)
{
	struct access *x = c->access;
	struct store_token token;
	int rc, found;

	if ((rc = registry_token_find(&c->reader, &c->r->arena, text, &token, &found, err)) < 0)
		return rc;
	if (!found || token.alias_id != x->alias->alias_id)
		return 0;
	x->how = ACCESS_BY_TOKEN;
	x->user_id = token.user_id;
	x->rights = token.rights;
	return 1;
}

static int
name_agrees(const char *header, const char *name)
{
	return header == NULL || text_ieq(header, name);
}

int
auth_token_find(struct auth *c, struct err *err)
{
	struct auth_headers h = auth_headers(c);
	const struct store_alias *t = c->access->alias;
	int rc = 0;

	if (t == NULL || !name_agrees(h.customer, t->customer) || !name_agrees(h.alias, t->alias))
		return 0;
	if (headers_all(&h))
		rc = token_is(c, h.token, err);
	return rc == 0 && h.key != NULL ? token_is(c, h.key, err) : rc;
}

/* The headers name another tenant than the address. A caller with a valid token of the address's
 * tenant is told. */
static int
refuse_names(struct auth *c, const struct auth_headers *h, struct err *err)
{
	const struct store_alias *t = c->access->alias;
	const char *note;
	int rc = headers_all(h) || h->key != NULL ?
	    token_is(c, headers_all(h) ? h->token : h->key, err) : 0;

	if (rc < 0)
		return rc;
	if (rc == 0)
		return auth_refuse(c, STORE_REFUSAL_TENANT_DIFFERS, err);
	note = arena_printf(&c->r->arena, "The address names %s/%s, whose token this is.",
	    t->customer, t->alias);
	return auth_refuse_told(c, STORE_REFUSAL_TENANT_DIFFERS, note, err);
}

int
auth_refuse_token(struct auth *c, struct err *err)
{
	const struct auth_headers h = auth_headers(c);
	const char *missing = explain_headers(c->r);
	const struct store_alias *t = c->access->alias;

	if (!auth_headers_any(&h))
		return auth_refuse(c, STORE_REFUSAL_NO_CREDENTIALS, err);
	if (missing != NULL) {
		c->r->refused.note = arena_printf(&c->r->arena, "Missing: %s", missing);
		return auth_refuse(c, STORE_REFUSAL_HEADERS_MISSING, err);
	}
	c->r->refused.token = headers_all(&h) ? h.token : h.key;
	if (t == NULL && c->r->refused.customer != NULL)
		return auth_refuse(c, STORE_REFUSAL_TENANT_UNKNOWN, err);
	if (t != NULL && (!name_agrees(h.customer, t->customer) || !name_agrees(h.alias, t->alias)))
		return refuse_names(c, &h, err);
	return auth_refuse(c, STORE_REFUSAL_TOKEN_WRONG, err);
}

int
auth_by_token(struct auth *c, struct err *err)
{
	struct registry_facts f;
	int rc;

	if ((rc = auth_tenant_find(c, 0, 0, &f, err)) < 0 || (rc = auth_token_find(c, err)) < 0)
		return rc;
	return rc == 1 ? auth_right_check(c, err) : auth_refuse_token(c, err);
}

/* Without a token, the receipt itself is the credential. A token that is given must be right. */
int
auth_by_receipt(struct auth *c, struct err *err)
{
	struct auth_headers h = auth_headers(c);
	struct registry_facts f;
	int rc;

	if (auth_headers_any(&h))
		return auth_by_token(c, err);
	if ((rc = auth_tenant_find(c, 0, 0, &f, err)) < 0)
		return rc;
	c->access->how = ACCESS_BY_NOTHING;
	return 0;
}
