#include "config.h"

#include "fcgi/access/auth.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "fcgi/access/address.h"
#include "fcgi/access/attempts.h"
#include "fcgi/access/auth_limits.h"
#include "fcgi/access/explain.h"
#include "fcgi/access/registry.h"
#include "fcgi/access/signature.h"
#include "fcgi/action.h"
#include "fcgi/masking.h"
#include "fcgi/request.h"
#include "lib/arena.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/secret.h"
#include "lib/text.h"
#include "store/db.h"
#include "store/registry/store_attempt.h"
#include "store/registry/store_session.h"

enum { RETRY_AFTER_S = 30, DUMMY_HASH_MAX = 256 };

/* Wrong passwords: of a login from an address, and of an address with all its logins. */
enum { WRONG_MAX = 10, WRONG_ADDRESS_MAX = 100, WRONG_WINDOW_S = 300 };

/* What the checks of one request share. */
struct check {
	struct request *r;
	const struct action *action;
	const void *args;
	struct registry_reader reader;
	struct access *access;
};

/* ------------------------------------------------------------------ parameters and headers */

static const void *
field_find(const struct check *c, const char *name, enum param_kind kind)
{
	for (const struct param *p = c->action->params; p != NULL && p->name != NULL; p++)
		if (p->auth && p->kind == kind && text_ieq(p->name, name))
			return (const char *)c->args + p->offset;
	return NULL;
}

static const char *
text_of(const struct check *c, const char *name)
{
	const struct param_text *t = field_find(c, name, PARAM_TEXT);

	return t == NULL ? NULL : t->value;
}

/* The three headers of the original API, only all three together a credential; and the one header
 * of the vendor's newer connectors, the token alone. */
struct headers {
	const char *token, *customer, *alias, *key;
};

static struct headers
headers_of(const struct check *c)
{
	return (struct headers){ .token = request_header_find(c->r, "x-crm360api-token"),
		.customer = request_header_find(c->r, "x-crm360api-customername"),
		.alias = request_header_find(c->r, "x-crm360api-databasealias"),
		.key = request_header_find(c->r, "x-crm360api-apikey") };
}

static int
headers_any(const struct headers *h)
{
	return h->token != NULL || h->customer != NULL || h->alias != NULL || h->key != NULL;
}

static int
headers_all(const struct headers *h)
{
	return h->token != NULL && h->customer != NULL && h->alias != NULL;
}

/* Why, for the admin. To the caller it is the same for all, but for what the request itself
 * lacks. */
static int
refuse(struct check *c, enum store_refusal_cause cause, struct err *err)
{
	const char *missing = explain_headers(c->r);

	c->r->refused.cause = cause;
	if (missing == NULL)
		return err_set(err, ERR_AUTH, "%s", err_sentence(ERR_AUTH));
	return err_set(err, ERR_AUTH, "%s Missing: %s", err_sentence(ERR_AUTH), missing);
}

/* To who showed a valid token of the tenant. */
static int
refuse_told(struct check *c, enum store_refusal_cause cause, const char *note, struct err *err)
{
	c->r->refused.cause = cause;
	c->r->refused.note = note;
	c->r->refused.told = 1;
	return err_set(err, ERR_AUTH, "%s%s%s", store_refusal_sentence(cause),
	    *note == '\0' ? "" : " ", note);
}

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

static int
right_check(const struct check *c, struct err *err)
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

static int
connection(void *arg, struct db **out, struct err *err)
{
	return request_db(arg, out, err);
}

/* What of the tenant's names the request does not say, by the token that comes alone. */
static int
names_of_key(struct check *c, const char *key, const char **customer, const char **alias,
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

/* The tenant that the request names, into access; its parameters win over the headers, token_find()
 * compares them. */
static int
tenant_find(
    struct check *c, int with_source, int16_t source_id, struct registry_facts *f, struct err *err)
{
	struct headers h = headers_of(c);
	const char *customer = text_of(c, "CustomerName"), *alias = text_of(c, "DatabaseAlias");
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
token_is(struct check *c, const char *text, struct err *err)
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

/* As token_is(), for the tokens in the headers; a name in them must be the tenant's. */
static int
token_find(struct check *c, struct err *err)
{
	struct headers h = headers_of(c);
	const struct store_alias *t = c->access->alias;
	int rc = 0;

	if (t == NULL || !name_agrees(h.customer, t->customer) || !name_agrees(h.alias, t->alias))
		return 0;
	if (headers_all(&h))
		rc = token_is(c, h.token, err);
	return rc == 0 && h.key != NULL ? token_is(c, h.key, err) : rc;
}

/* The headers name another tenant than the address. Who has a valid token of the address's is
 * told. */
static int
refuse_names(struct check *c, const struct headers *h, struct err *err)
{
	const struct store_alias *t = c->access->alias;
	const char *note;
	int rc = headers_all(h) || h->key != NULL ?
	    token_is(c, headers_all(h) ? h->token : h->key, err) : 0;

	if (rc < 0)
		return rc;
	if (rc == 0)
		return refuse(c, STORE_REFUSAL_TENANT_DIFFERS, err);
	note = arena_printf(&c->r->arena, "The address names %s/%s, whose token this is.",
	    t->customer, t->alias);
	return refuse_told(c, STORE_REFUSAL_TENANT_DIFFERS, note, err);
}

/* A request without a valid token: what is wrong with the one it has. */
static int
refuse_token(struct check *c, struct err *err)
{
	const struct headers h = headers_of(c);
	const char *missing = explain_headers(c->r);
	const struct store_alias *t = c->access->alias;

	if (!headers_any(&h))
		return refuse(c, STORE_REFUSAL_NO_CREDENTIALS, err);
	if (missing != NULL) {
		c->r->refused.note = arena_printf(&c->r->arena, "Missing: %s", missing);
		return refuse(c, STORE_REFUSAL_HEADERS_MISSING, err);
	}
	c->r->refused.token = headers_all(&h) ? h.token : h.key;
	if (t == NULL && c->r->refused.customer != NULL)
		return refuse(c, STORE_REFUSAL_TENANT_UNKNOWN, err);
	if (t != NULL && (!name_agrees(h.customer, t->customer) || !name_agrees(h.alias, t->alias)))
		return refuse_names(c, &h, err);
	return refuse(c, STORE_REFUSAL_TOKEN_WRONG, err);
}

static int
check_token(struct check *c, struct err *err)
{
	struct registry_facts f;
	int rc;

	if ((rc = tenant_find(c, 0, 0, &f, err)) < 0 || (rc = token_find(c, err)) < 0)
		return rc;
	return rc == 1 ? right_check(c, err) : refuse_token(c, err);
}

/* Without a token the receipt itself is the credential; a token that is given must be right. */
static int
check_receipt(struct check *c, struct err *err)
{
	struct headers h = headers_of(c);
	struct registry_facts f;
	int rc;

	if (headers_any(&h))
		return check_token(c, err);
	if ((rc = tenant_find(c, 0, 0, &f, err)) < 0)
		return rc;
	c->access->how = ACCESS_BY_NOTHING;
	return 0;
}

/* ------------------------------------------------------------------ login and password */

static pthread_once_t dummy_once = PTHREAD_ONCE_INIT;
static char dummy_hash[DUMMY_HASH_MAX];

/* An unknown login costs as much time as a known one. */
static void
dummy_make(void)
{
	struct arena a = { 0 };
	struct err err = { 0 };
	const char *hash = secret_password_hash(&a, "nobody's", &err);

	if (hash != NULL)
		snprintf(dummy_hash, sizeof dummy_hash, "%s", hash);
	arena_done(&a);
}

/* A login of a tenant tried from an address, and the address with all its logins. However it is
 * written: a user has as many tries as the stored login, not as many for each way to write it. */
static struct store_attempt
attempt_of(const struct check *c, const struct store_user *user, const char *given)
{
	const char *login = text_lower(
	    arena_strdup(&c->r->arena, user == NULL ? given : user->login));
	const struct access *x = c->access;
	struct arena *a = &c->r->arena;
	const char *network = address_network(a, x->client);
	struct store_attempt t = { .table = STORE_ATTEMPT_LOGIN, .window_s = WRONG_WINDOW_S };

	store_attempt_subject(&t, 0,
	    arena_printf(a, "login:%lld:%s:%s",
		(long long)(x->alias == NULL ? 0 : x->alias->alias_id), network, login),
	    WRONG_MAX);
	store_attempt_subject(&t, 1, arena_printf(a, "address:%s", network), WRONG_ADDRESS_MAX);
	return t;
}

typedef int attempt_fn(struct db *db, struct arena *a, const struct store_attempt *t, usec_t now,
    usec_t *until, struct err *err);
struct attempting { attempt_fn *fn; const struct store_attempt *t; usec_t now, until; };

static int
attempt(struct db *db, struct arena *a, void *arg, struct err *err)
{
	struct attempting *w = arg;

	return w->fn(db, a, w->t, w->now, &w->until, err);
}

/* store_attempt_blocked or _count, each statement by itself. */
static int
throttle(struct check *c, const struct store_attempt *t, attempt_fn *fn, struct err *err)
{
	struct attempting w = { .fn = fn, .t = t };
	struct db *db;
	int rc = request_db(c->r, &db, err);

	if (rc < 0 || (rc = db_now(db, &w.now, err)) < 0 ||
	    (rc = db_transact_as(
		 db, &(struct db_manner){ .each_alone = 1 }, attempt, &w, err)) < 0)
		return rc;
	return store_attempt_refuse(w.until, w.now, "attempts with a wrong password", err);
}

static int
count_right(struct check *c, const struct store_attempt *t, struct err *err)
{
	struct db *db;
	usec_t now;
	int rc = request_db(c->r, &db, err);

	if (rc == 0 && (rc = db_now(db, &now, err)) == 0)
		rc = store_attempt_login_right(db, t, now, err);
	if (rc < 0)
		err_clear(err); /* one more on the account of somebody who knows the password */
	return 1;
}

/* 1 = right. What happened while this thread waited for its turn may have answered already. Counted
 * before the password is looked at: of many that try at once, in whatever process, no more get an
 * answer than may. */
static int
password_check_now(struct check *c, const struct store_attempt *t, const struct store_user *user,
    const char *password, struct err *err)
{
	int rc;

	if (user != NULL && attempts_remembered(user->user_id, user->password_hash, password))
		return 1;
	if ((rc = throttle(c, t, store_attempt_blocked, err)) < 0 ||
	    (rc = throttle(c, t, store_attempt_count, err)) < 0)
		return rc;
	pthread_once(&dummy_once, dummy_make);
	if (!secret_password_check(password, user == NULL ? dummy_hash : user->password_hash) ||
	    user == NULL)
		return 0;
	attempts_remember(user->user_id, user->password_hash, password);
	return count_right(c, t, err);
}

static int
password_check(struct check *c, const struct store_user *user, const char *login,
    const char *password, struct err *err)
{
	const struct access *x = c->access;
	const struct store_attempt t = attempt_of(c, user, login);
	enum attempts_turn turn;
	int right = 0, rc;

	if (user != NULL && attempts_remembered(user->user_id, user->password_hash, password))
		return 0;
	if ((rc = throttle(c, &t, store_attempt_blocked, err)) < 0)
		return rc;
	turn = attempts_turn(x->alias == NULL ? 0 : x->alias->alias_id, login, password,
	    (int)c->r->thread->conf->fcgi_threads / 2);
	if (turn == ATTEMPTS_BUSY) {
		err->retry_after_s = 1;
		return err_set(err, ERR_THROTTLED,
		    "Too many passwords are being checked at the moment; try again in a second.");
	}
	if (turn == ATTEMPTS_MINE) {
		right = password_check_now(c, &t, user, password, err);
		attempts_turn_end(right < 0 ? ATTEMPTS_BUSY :
			right == 1          ? ATTEMPTS_RIGHT :
					      ATTEMPTS_WRONG);
	}
	if (right < 0)
		return right;
	if (user != NULL && (right == 1 || turn == ATTEMPTS_RIGHT))
		return 0;
	if (turn == ATTEMPTS_WRONG && (rc = throttle(c, &t, store_attempt_count, err)) < 0)
		return rc;
	if (x->alias == NULL)
		return refuse(c, STORE_REFUSAL_TENANT_UNKNOWN, err);
	return refuse(c,
	    user == NULL ? STORE_REFUSAL_LOGIN_UNKNOWN : STORE_REFUSAL_PASSWORD_WRONG, err);
}

/* The user of the tenant in access, which then says who it is. */
static int
login_check(struct check *c, const char *login, const char *password, struct err *err)
{
	struct access *x = c->access;
	struct store_user *user = NULL;
	struct db *db;
	int rc;

	if (x->alias != NULL &&
	    ((rc = request_db(c->r, &db, err)) < 0 ||
		(rc = store_access_user_find(
		     db, &c->r->arena, x->alias->alias_id, login, &user, err)) < 0))
		return rc;
	/* Before the password: from elsewhere even a right one says nothing. */
	if (user != NULL && user->allow_ips[0] != '\0' &&
	    !address_listed(user->allow_ips, x->client)) {
		c->r->refused.note = "It is not among those from which the login may sign in.";
		return refuse(c, STORE_REFUSAL_ADDRESS, err);
	}
	if ((rc = password_check(c, user, login, password, err)) < 0)
		return rc;
	x->how = ACCESS_BY_LOGIN;
	x->user_id = user->user_id;
	x->login = login;
	x->rights = user->rights;
	return 0;
}

static int
check_login(struct check *c, struct err *err)
{
	const char *login = text_of(c, "login"), *password = text_of(c, "password");
	struct registry_facts f;
	int rc;

	if ((rc = tenant_find(c, 0, 0, &f, err)) < 0 || (rc = token_find(c, err)) < 0)
		return rc;
	if (rc == 1)
		return right_check(c, err);
	if (login == NULL || password == NULL)
		return refuse_token(c, err);
	rc = login_check(c, login, password, err);
	return rc < 0 ? rc : right_check(c, err);
}

/* ------------------------------------------------------------------ webhook */

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
signature_of(const struct check *c, const struct registry_facts *f)
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

/* Secrets are stored and none opens: that is no fault of the sender, who must not be told that
 * the signature is wrong. */
static int
refuse_signature(struct check *c, const struct registry_facts *f, struct err *err)
{
	int rc;

	if (f->nsecrets > 0 || f->nunopened == 0) {
		c->r->refused.facts = *f;
		if ((rc = token_find(c, err)) < 0)
			return rc;
		if (rc == 0)
			return refuse(c, STORE_REFUSAL_SIGNATURE_WRONG, err);
		return refuse_told(c, STORE_REFUSAL_SIGNATURE_WRONG,
		    refused_may_try() ? explain_signature(c->r) : "", err);
	}
	err->retry_after_s = RETRY_AFTER_S;
	return err_set(err, ERR_UNAVAILABLE,
	    "Signatures of this Source cannot be verified at the moment; try again.");
}

static void
body_of(struct check *c)
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

/* The tenant or the Source is unknown. Who has a valid token of the tenant is told which. */
static int
refuse_source(struct check *c, int source_id, struct err *err)
{
	int rc;

	if (c->access->alias == NULL)
		return refuse(c, STORE_REFUSAL_TENANT_UNKNOWN, err);
	if ((rc = token_find(c, err)) < 0)
		return rc;
	c->r->refused.note = arena_printf(&c->r->arena, "SourceId is %d.", source_id);
	if (rc == 0)
		return refuse(c, STORE_REFUSAL_SOURCE_UNKNOWN, err);
	c->r->refused.cause = STORE_REFUSAL_SOURCE_UNKNOWN;
	explain_lookup(c->r);		/* or it is disabled */
	return refuse_told(c, c->r->refused.cause, c->r->refused.note, err);
}

/* No credential is right: which one was meant? */
static int
refuse_webhook(struct check *c, const struct registry_facts *f, struct err *err)
{
	const struct headers h = headers_of(c);
	const struct store_source *s = f->source;

	if (headers_any(&h))
		return refuse_token(c, err);
	if (text_of(c, "key") != NULL) {
		c->r->refused.note = s->has_key ? NULL : "The Source has no key.";
		return refuse(c, STORE_REFUSAL_KEY_WRONG, err);
	}
	if (s->is_open) {
		c->r->refused.note = "It is not among those for which the Source is open.";
		return refuse(c, STORE_REFUSAL_ADDRESS, err);
	}
	c->r->refused.facts = *f;
	c->r->refused.note = explain_unsigned(c->r);
	return refuse(c, strcmp(s->scheme, "none") == 0 ? STORE_REFUSAL_NO_CREDENTIALS :
	    STORE_REFUSAL_SIGNATURE_MISSING, err);
}

/* Any one credential does, but a signature that is there and wrong spoils all others. */
static int
check_webhook(struct check *c, struct err *err)
{
	const struct param_int *source_id = field_find(c, "SourceId", PARAM_INT);
	struct access *x = c->access;
	struct registry_facts f;
	enum signature_result signature;
	int rc, by_token;

	if (source_id == NULL)
		return err_set(err, ERR_INTERNAL, "a webhook action without SourceId");
	if ((rc = tenant_find(c, 1, (int16_t)source_id->value, &f, err)) < 0)
		return rc;
	if (f.source == NULL)
		return refuse_source(c, (int)source_id->value, err);
	body_of(c);
	if ((signature = signature_of(c, &f)) == SIGNATURE_WRONG)
		return refuse_signature(c, &f, err);
	if ((by_token = token_find(c, err)) < 0)
		return by_token;
	if (by_token && (x->rights & STORE_RIGHT_WEBHOOK) != 0)
		return 0;
	if (signature == SIGNATURE_GOOD)
		x->how = ACCESS_BY_SIGNATURE;
	else if (source_key_matches(f.source, text_of(c, "key")))
		x->how = ACCESS_BY_KEY;
	else if (is_open_to(f.source, x->client))
		x->how = ACCESS_BY_OPEN;
	else
		return by_token ? right_check(c, err) : refuse_webhook(c, &f, err);
	x->user_id = 0;
	x->rights = 0;
	return 0;
}

int
auth_source_find(struct request *r, int16_t source_id, const struct store_source **out,
    struct err *err)
{
	const struct registry_reader reader = {
		.connection = connection, .arg = r, .box = r->thread->box
	};
	struct registry_facts f = { 0 };
	int rc = registry_facts_find(&reader, &r->arena, r->access->alias->customer,
	    r->access->alias->alias, 1, source_id, &f, err);

	*out = rc == 0 ? f.source : NULL;
	return rc;
}

static int
source_shown(struct check *c, const struct registry_facts *f, const char *key, struct err *err)
{
	enum signature_result signature;

	if (f->source == NULL)
		return key == NULL ? 0 : refuse(c, STORE_REFUSAL_KEY_WRONG, err);
	if ((signature = signature_of(c, f)) == SIGNATURE_WRONG)
		return refuse_signature(c, f, err);
	if (key != NULL && !source_key_matches(f->source, key))
		return refuse(c, STORE_REFUSAL_KEY_WRONG, err);
	return signature == SIGNATURE_GOOD || key != NULL;
}

int
auth_source_shown(struct request *r, int16_t source_id, const char *key, const char *text,
    struct err *err)
{
	struct check c = { .r = r, .action = r->action };
	const struct store_alias *t = r->access->alias;
	struct registry_facts f;
	int rc;

	c.access = arena_new(&r->arena, struct access, 1);
	c.reader = (struct registry_reader){ .connection = connection, .arg = r,
		.box = r->thread->box };
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

/* ------------------------------------------------------------------ signed in */

/* A request that a help page makes: in the session's own tenant only, with its user's rights. */
static int
check_session(struct check *c, struct err *err)
{
	const struct param_int *source_id = field_find(c, "SourceId", PARAM_INT);
	const struct store_session *session = c->r->session;
	int with_source = c->action->access == ACCESS_WEBHOOK && source_id != NULL, rc;
	struct access *x = c->access;
	struct registry_facts f;

	if ((rc = tenant_find(
		 c, with_source, with_source ? (int16_t)source_id->value : 0, &f, err)) < 0)
		return rc;
	if (f.alias == NULL || f.alias->alias_id != session->alias_id)
		return err_set(err, ERR_FORBIDDEN,
		    "You are signed in for %s/%s; this is about another tenant.", session->customer,
		    session->alias);
	if (with_source && f.source == NULL)
		return err_set(err, ERR_FORBIDDEN, "%s/%s has no Source %lld.", session->customer,
		    session->alias, (long long)source_id->value);
	body_of(c);
	x->how = ACCESS_BY_SESSION;
	x->user_id = session->user_id;
	x->login = session->login;
	x->rights = session->rights;
	return right_check(c, err);
}

/* ------------------------------------------------------------------ all */

static struct access *
access_new(struct request *r)
{
	struct access *x = arena_new(&r->arena, struct access, 1);

	x->client = address_client(&r->arena, r->peer, request_header_find(r, "x-forwarded-for"),
	    r->thread->conf->fcgi_trusted_proxies);
	return x;
}

static int
check(struct check *c, struct err *err)
{
	struct request *r = c->r;

	c->access = r->access = access_new(r);
	r->refused = (struct refused){ .access = c->access };
	if (r->session != NULL)
		return check_session(c, err);
	switch (c->action->access) {
	case ACCESS_TOKEN:
	case ACCESS_ADMIN:
		return check_token(c, err);
	case ACCESS_LOGIN:
		return check_login(c, err);
	case ACCESS_WEBHOOK:
		return check_webhook(c, err);
	case ACCESS_RECEIPT:
		return check_receipt(c, err);
	case ACCESS_PUBLIC:
		return 0;
	case ACCESS_UNSET:
		break;
	}
	return err_set(err, ERR_INTERNAL, "an action without access");
}

int
auth_check(struct request *r, const struct action *action, const void *args, struct err *err)
{
	struct check c = { .r = r, .action = action, .args = args };
	int rc;

	c.reader =
	    (struct registry_reader){ .connection = connection, .arg = r, .box = r->thread->box };
	rc = check(&c, err);
	if (rc == ERR_DB_GONE) {	/* it died while idle; checks only read: once more */
		err_clear(err);
		rc = check(&c, err);
	}
	if (rc == 0 && action->limits == ACTION_LIMITS_WHOLE)
		rc = auth_limits_none(r, err);
	if (rc < 0)
		r->access = NULL;
	if (rc < 0 && err_status(rc) == 503 && err->retry_after_s == 0)
		err->retry_after_s = RETRY_AFTER_S;
	return rc;
}

int
auth_password(struct request *r, const char *customer, const char *alias, const char *login,
    const char *password, struct access **out, struct err *err)
{
	struct check c = { .r = r, .access = access_new(r) };
	struct registry_facts f;
	int rc;

	c.reader =
	    (struct registry_reader){ .connection = connection, .arg = r, .box = r->thread->box };
	if ((rc = registry_facts_find(&c.reader, &r->arena, customer, alias, 0, 0, &f, err)) < 0)
		return rc;
	c.access->alias = f.alias;
	c.access->now = f.now;
	r->refused = (struct refused){ .access = c.access, .customer = customer, .alias = alias };
	*out = c.access;
	return login_check(&c, login, password, err);
}
