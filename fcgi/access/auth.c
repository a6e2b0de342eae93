#include "config.h"

#include "fcgi/access/auth.h"

#include <string.h>

#include "fcgi/access/address.h"
#include "fcgi/access/auth_limits.h"
#include "fcgi/access/auth_part.h"
#include "fcgi/access/registry.h"
#include "fcgi/action.h"
#include "fcgi/request.h"
#include "lib/arena.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "store/registry/store_session.h"

/* ------------------------------------------------------------------ rights */

enum store_message_auth
auth_noted(const struct access *x)
{
	static const enum store_message_auth as[] = { [ACCESS_BY_TOKEN] = STORE_MESSAGE_AUTH_TOKEN,
		[ACCESS_BY_LOGIN] = STORE_MESSAGE_AUTH_LOGIN,
		[ACCESS_BY_SESSION] = STORE_MESSAGE_AUTH_SESSION,
		[ACCESS_BY_SIGNATURE] = STORE_MESSAGE_AUTH_SIGNATURE,
		[ACCESS_BY_KEY] = STORE_MESSAGE_AUTH_KEY,
		[ACCESS_BY_OPEN] = STORE_MESSAGE_AUTH_OPEN,
		[ACCESS_BY_NOTHING] = STORE_MESSAGE_AUTH_UNSET };

	return as[x->how];
}

unsigned
auth_right(const struct action *action)
{
	if (action->any_right)
		return ~0u;
	if (action->access == ACCESS_ADMIN)
		return STORE_RIGHT_ADMIN;
	if (strcmp(action->area, "intake") == 0)
		return STORE_RIGHT_WEBHOOK;
	if (strcmp(action->area, "process") == 0)
		return STORE_RIGHT_PROCESS;
	return strcmp(action->area, "club") == 0 ? STORE_RIGHT_CLUB : STORE_RIGHT_DATA;
}

const char *
auth_right_name(const struct action *action)
{
	static const struct {
		unsigned right;
		const char *name;
	} names[] = { { STORE_RIGHT_DATA, "data" }, { STORE_RIGHT_PROCESS, "process" },
		{ STORE_RIGHT_WEBHOOK, "webhook" }, { STORE_RIGHT_CLUB, "club" },
		{ STORE_RIGHT_ADMIN, "admin" } };

	for (size_t i = 0; i < sizeof names / sizeof names[0] && action->access != ACCESS_PUBLIC;
	     i++)
		if (names[i].right == auth_right(action))
			return names[i].name;
	return "";
}

/* ------------------------------------------------------------------ signed in */

/* A request that a help page makes: in the session's own tenant only, with its user's rights. */
static int
auth_by_session(struct auth *c, struct err *err)
{
	const struct param_int *source_id = auth_field_find(c, "SourceId", PARAM_INT);
	const struct store_session *session = c->r->session;
	int with_source = c->action->access == ACCESS_WEBHOOK && source_id != NULL, rc;
	struct access *x = c->access;
	struct registry_facts f;

	if ((rc = auth_tenant_find(
		 c, with_source, with_source ? (int16_t)source_id->value : 0, &f, err)) < 0)
		return rc;
	if (f.alias == NULL || f.alias->alias_id != session->alias_id)
		return err_set(err, ERR_FORBIDDEN,
		    "You are signed in for %s/%s; this is about another tenant.", session->customer,
		    session->alias);
	if (with_source && f.source == NULL)
		return err_set(err, ERR_FORBIDDEN, "%s/%s has no Source %lld.", session->customer,
		    session->alias, (long long)source_id->value);
	auth_body_take(c);
	x->how = ACCESS_BY_SESSION;
	x->user_id = session->user_id;
	x->login = session->login;
	x->rights = session->rights;
	return auth_right_check(c, err);
}

/* ------------------------------------------------------------------ all */

static int
connection(void *arg, struct db **out, struct err *err)
{
	return request_db(arg, out, err);
}

struct registry_reader
auth_reader(struct request *r)
{
	return (struct registry_reader){
		.connection = connection, .arg = r, .box = r->thread->box
	};
}

static struct access *
access_new(struct request *r)
{
	struct access *x = arena_new(&r->arena, struct access, 1);

	x->client = address_client(&r->arena, r->peer, request_header_find(r, "x-forwarded-for"),
	    r->thread->conf->fcgi_trusted_proxies);
	return x;
}

static int
by_nothing(struct auth *c, struct err *err)
{
	(void)c;
	(void)err;
	return 0;
}

typedef int auth_fn(struct auth *c, struct err *err);

/* The function that checks access, for each kind of access. */
static auth_fn *const by_access[] = {
	[ACCESS_TOKEN] = auth_by_token,
	[ACCESS_ADMIN] = auth_by_token,
	[ACCESS_LOGIN] = auth_by_login,
	[ACCESS_WEBHOOK] = auth_by_webhook,
	[ACCESS_RECEIPT] = auth_by_receipt,
	[ACCESS_PUBLIC] = by_nothing,
};

static int
check_once(struct auth *c, struct err *err)
{
	const enum access_kind access = c->action->access;
	struct request *r = c->r;

	c->access = r->access = access_new(r);
	r->refused = (struct refused){ .access = c->access };
	if (r->session != NULL)
		return auth_by_session(c, err);
	if (by_access[access] == NULL)
		return err_set(err, ERR_INTERNAL, "an action without access");
	return by_access[access](c, err);
}

int
auth_check(struct request *r, const struct action *action, const void *args, struct err *err)
{
	struct auth c = { .r = r, .action = action, .args = args };
	int rc;

	c.reader = auth_reader(r);
	rc = check_once(&c, err);
	if (rc == ERR_DB_GONE) { /* the connection may have died while it was idle; checks only
				    read, so once more on a new one */
		err_clear(err);
		rc = check_once(&c, err);
	}
	if (rc == 0 && action->limits == ACTION_LIMITS_WHOLE)
		rc = auth_limits_none(r, err);
	if (rc < 0)
		r->access = NULL;
	if (rc < 0 && err_status(rc) == 503 && err->retry_after_s == 0)
		err->retry_after_s = AUTH_RETRY_AFTER_S;
	return rc;
}

int
auth_password(struct request *r, const char *customer, const char *alias, const char *login,
    const char *password, struct access **out, struct err *err)
{
	struct auth c = { .r = r, .access = access_new(r) };
	struct registry_facts f;
	int rc;

	c.reader = auth_reader(r);
	if ((rc = registry_facts_find(&c.reader, &r->arena, customer, alias, 0, 0, &f, err)) < 0)
		return rc;
	c.access->alias = f.alias;
	c.access->now = f.now;
	r->refused = (struct refused){ .access = c.access, .customer = customer, .alias = alias };
	*out = c.access;
	return auth_login_check(&c, login, password, err);
}
