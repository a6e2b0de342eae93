#include "config.h"

#include <string.h>

#include "fcgi/access/address.h"
#include "fcgi/access/auth_part.h"
#include "fcgi/access/explain.h"
#include "fcgi/access/registry.h"
#include "fcgi/access/signature.h"
#include "fcgi/action.h"
#include "fcgi/masking.h"
#include "fcgi/request.h"
#include "lib/arena.h"
#include "lib/err.h"
#include "lib/secret.h"

static int
source_key_matches(const struct store_source *s, const char *key)
{
	unsigned char hash[SECRET_SHA256_BYTES];

	if (key == NULL || !s->has_key)
		return 0;
	secret_sha256(key, strlen(key), hash);
	return secret_equal(hash, s->key_hash, sizeof hash);
}

static const char *
header_find(const void *arg, const char *name)
{
	return request_header_find(arg, name);
}

struct signature_rule
auth_signature_rule(const struct registry_facts *f)
{
	const struct store_source *s = f->source;

	return (struct signature_rule){
		.scheme = s->scheme,
		.header = s->sig_header,
		.hash = s->sig_hash,
		.encoding = s->sig_encoding,
		.prefix = s->sig_prefix,
		.tolerance_s = s->sig_tolerance_s,
		.shop_domain = s->shop_domain,
		.secrets = f->secrets,
		.nsecrets = f->nsecrets,
	};
}

static enum signature_result
signature_of(const struct auth *c, const struct registry_facts *f)
{
	const struct signature_rule rule = auth_signature_rule(f);
	const struct signature_input in = {
		.header = header_find,
		.arg = c->r,
		.body = c->access->body,
		.body_bytes = c->access->body_bytes,
		.now = f->now,
	};

	return signature_check(&c->r->arena, &rule, &in);
}

/* The Source has secrets, but none can be opened. The sender did nothing wrong, so the reply must
 * not say that the signature is wrong. */
static int
refuse_signature(struct auth *c, const struct registry_facts *f, struct err *err)
{
	int rc;

	if (f->nsecrets > 0 || f->nunopened == 0) {
		c->r->refused.facts = *f;
		if ((rc = auth_token_find(c, err)) < 0)
			return rc;
		if (rc == 0)
			return auth_refuse(c, STORE_REFUSAL_SIGNATURE_WRONG, err);
		return auth_refuse_told(c, STORE_REFUSAL_SIGNATURE_WRONG,
		    refused_may_try() ? explain_signature(c->r) : "", err);
	}
	err->retry_after_s = AUTH_RETRY_AFTER_S;
	return err_set(err, ERR_UNAVAILABLE,
	    "Signatures of this Source cannot be verified at the moment; try again.");
}

void
auth_body_take(struct auth *c)
{
	struct access *x = c->access;

	x->body = c->r->body;
	x->body_bytes = c->r->body_bytes;
	if (c->r->method != REQUEST_POST) {
		x->body = masking_query_drop(&c->r->arena, c->r->query);
		x->body_bytes = strlen(x->body);
	}
}

static int
is_open_to(const struct store_source *s, const char *client)
{
	return s->is_open && (s->open_ips[0] == '\0' || address_listed(s->open_ips, client));
}

/* The tenant or the Source is unknown. A caller with a valid token of the tenant is told which. */
static int
refuse_source(struct auth *c, int source_id, struct err *err)
{
	int rc;

	if (c->access->alias == NULL)
		return auth_refuse(c, STORE_REFUSAL_TENANT_UNKNOWN, err);
	if ((rc = auth_token_find(c, err)) < 0)
		return rc;
	c->r->refused.note = arena_printf(&c->r->arena, "SourceId is %d.", source_id);
	if (rc == 0)
		return auth_refuse(c, STORE_REFUSAL_SOURCE_UNKNOWN, err);
	c->r->refused.cause = STORE_REFUSAL_SOURCE_UNKNOWN;
	explain_lookup(c->r);		/* or it is disabled */
	return auth_refuse_told(c, c->r->refused.cause, c->r->refused.note, err);
}

/* No credential is right: which one was meant? */
static int
refuse_webhook(struct auth *c, const struct registry_facts *f, struct err *err)
{
	const struct auth_headers h = auth_headers(c);
	const struct store_source *s = f->source;

	if (auth_headers_any(&h))
		return auth_refuse_token(c, err);
	if (auth_text(c, "key") != NULL) {
		c->r->refused.note = s->has_key ? NULL : "The Source has no key.";
		return auth_refuse(c, STORE_REFUSAL_KEY_WRONG, err);
	}
	if (s->is_open) {
		c->r->refused.note = "It is not among those for which the Source is open.";
		return auth_refuse(c, STORE_REFUSAL_ADDRESS, err);
	}
	c->r->refused.facts = *f;
	c->r->refused.note = explain_unsigned(c->r);
	return auth_refuse(c, strcmp(s->scheme, "none") == 0 ? STORE_REFUSAL_NO_CREDENTIALS :
	    STORE_REFUSAL_SIGNATURE_MISSING, err);
}

/* One credential is enough, but a wrong signature is always refused. */
int
auth_by_webhook(struct auth *c, struct err *err)
{
	const struct param_int *source_id = auth_field_find(c, "SourceId", PARAM_INT);
	struct access *x = c->access;
	struct registry_facts f;
	enum signature_result signature;
	int rc, by_token;

	if (source_id == NULL)
		return err_set(err, ERR_INTERNAL, "a webhook action without SourceId");
	if ((rc = auth_tenant_find(c, 1, (int16_t)source_id->value, &f, err)) < 0)
		return rc;
	if (f.source == NULL)
		return refuse_source(c, (int)source_id->value, err);
	auth_body_take(c);
	if ((signature = signature_of(c, &f)) == SIGNATURE_WRONG)
		return refuse_signature(c, &f, err);
	if ((by_token = auth_token_find(c, err)) < 0)
		return by_token;
	if (by_token && (x->rights & STORE_RIGHT_WEBHOOK) != 0)
		return 0;
	if (signature == SIGNATURE_GOOD)
		x->how = ACCESS_BY_SIGNATURE;
	else if (source_key_matches(f.source, auth_text(c, "key")))
		x->how = ACCESS_BY_KEY;
	else if (is_open_to(f.source, x->client))
		x->how = ACCESS_BY_OPEN;
	else
		return by_token ? auth_right_check(c, err) : refuse_webhook(c, &f, err);
	x->user_id = 0;
	x->rights = 0;
	return 0;
}

int
auth_source_find(struct request *r, int16_t source_id, const struct store_source **out,
    struct err *err)
{
	const struct registry_reader reader = auth_reader(r);
	struct registry_facts f = { 0 };
	int rc = registry_facts_find(&reader, &r->arena, r->access->alias->customer,
	    r->access->alias->alias, 1, source_id, &f, err);

	*out = rc == 0 ? f.source : NULL;
	return rc;
}

static int
source_shown(struct auth *c, const struct registry_facts *f, const char *key, struct err *err)
{
	enum signature_result signature;

	if (f->source == NULL)
		return key == NULL ? 0 : auth_refuse(c, STORE_REFUSAL_KEY_WRONG, err);
	if ((signature = signature_of(c, f)) == SIGNATURE_WRONG)
		return refuse_signature(c, f, err);
	if (key != NULL && !source_key_matches(f->source, key))
		return auth_refuse(c, STORE_REFUSAL_KEY_WRONG, err);
	return signature == SIGNATURE_GOOD || key != NULL;
}

int
auth_source_shown(struct request *r, int16_t source_id, const char *key, const char *text,
    struct err *err)
{
	struct auth c = { .r = r, .action = r->action };
	const struct store_alias *t = r->access->alias;
	struct registry_facts f;
	int rc;

	c.access = arena_new(&r->arena, struct access, 1);
	c.reader = auth_reader(r);
	if ((rc = registry_facts_find(&c.reader, &r->arena, t->customer, t->alias, 1, source_id, &f,
	    err)) < 0)
		return rc;
	*c.access = *r->access;
	c.access->source = f.source;
	c.access->body = text;
	c.access->body_bytes = strlen(text);
	r->refused = (struct refused){ .access = c.access, .source_id = source_id };
	return source_shown(&c, &f, key, err);
}
