#include "config.h"

#include "fcgi/access/explain.h"

#include <string.h>

#include "fcgi/access/auth.h"
#include "fcgi/access/signature_why.h"
#include "fcgi/request.h"
#include "lib/arena.h"
#include "lib/err.h"
#include "lib/secret.h"
#include "lib/text.h"
#include "store/db.h"
#include "store/registry/store_refusal.h"

/* The name that was asked for is shown if it can be a name and is too short for a secret. */
enum { SHOWN_MAX = 32 };

static int
is_shown(const char *name)
{
	if (name == NULL || strlen(name) > SHOWN_MAX)
		return 0;
	return text_is_name(name);
}

static const char *
name_asked(const char *name)
{
	return name != NULL && text_is_ascii(name) ? name : "";
}

static void
explain_tenant(struct request *r, struct db *db)
{
	struct refused *f = &r->refused;
	const char *customer = name_asked(f->customer), *alias = name_asked(f->alias);
	struct err ignored = { 0 };
	struct rows found;

	if (db_query(db, Q_refusal_tenant, DB_ARGS(v_text(alias), v_text(customer)), &r->arena,
	    &found, &ignored) < 0 || f->cause != STORE_REFUSAL_TENANT_UNKNOWN)
		return;
	if (is_shown(customer) && is_shown(alias))
		f->note = arena_printf(&r->arena, "%s/%s was asked for.", customer, alias);
	if (found.n > 0 && rows_null(&found, 0, C_refusal_tenant_enabled))
		f->cause = STORE_REFUSAL_ALIAS_UNKNOWN;
	if (found.n == 0 || rows_null(&found, 0, C_refusal_tenant_enabled) ||
	    rows_int(&found, 0, C_refusal_tenant_enabled) != 0)
		return;
	f->cause = STORE_REFUSAL_TENANT_DISABLED;
	f->alias_id = rows_int(&found, 0, C_refusal_tenant_alias_id);
}

static enum store_refusal_cause
token_cause(const struct rows *found, int64_t alias_id, usec_t now)
{
	const usec_t expires_at = rows_time(found, 0, C_refusal_token_expires_at);

	if (alias_id != 0 && rows_int(found, 0, C_refusal_token_alias_id) != alias_id)
		return STORE_REFUSAL_TOKEN_FOREIGN;
	if (rows_time(found, 0, C_refusal_token_revoked_at) != USEC_NONE)
		return STORE_REFUSAL_TOKEN_REVOKED;
	if (expires_at != USEC_NONE && expires_at <= now)
		return STORE_REFUSAL_TOKEN_EXPIRED;
	if (!rows_null(found, 0, C_refusal_token_user_id) &&
	    rows_int(found, 0, C_refusal_token_user_enabled) == 0)
		return STORE_REFUSAL_TOKEN_USER;
	return STORE_REFUSAL_TOKEN_WRONG;
}

static void
explain_token(struct request *r, struct db *db, usec_t now)
{
	struct refused *f = &r->refused;
	const struct store_alias *alias = f->access == NULL ? NULL : f->access->alias;
	unsigned char hash[SECRET_SHA256_BYTES];
	struct err ignored = { 0 };
	struct rows found;
	char at[32];

	if (f->token == NULL)
		return;
	secret_sha256(f->token, strlen(f->token), hash);
	if (db_query(db, Q_refusal_token, DB_ARGS(v_bytes(hash, sizeof hash)), &r->arena, &found,
	    &ignored) < 0)
		return;
	f->cause = STORE_REFUSAL_TOKEN_UNKNOWN;
	if (found.n == 0)
		return;
	f->cause = token_cause(&found, alias == NULL ? 0 : alias->alias_id, now);
	f->alias_id = rows_int(
	    &found, 0, C_refusal_token_alias_id); /* where the request named no tenant */
	if (f->cause != STORE_REFUSAL_TOKEN_EXPIRED)
		return;
	clock_iso8601(rows_time(&found, 0, C_refusal_token_expires_at), at);
	f->note = arena_printf(&r->arena, "It did so at %s.", at);
}

static void
explain_source(struct request *r, struct db *db)
{
	struct refused *f = &r->refused;
	struct err ignored = { 0 };
	struct rows found;

	if (f->access == NULL || f->access->alias == NULL)
		return;
	if (db_query(db, Q_refusal_source, DB_ARGS(v_int(f->access->alias->alias_id),
	    v_int(f->source_id)), &r->arena, &found, &ignored) < 0 || found.n == 0)
		return;
	f->known_source_id = f->source_id;
	if (rows_int(&found, 0, ROWS_ONLY) == 0)
		f->cause = STORE_REFUSAL_SOURCE_DISABLED;
}

/* The secrets of the tenant's other Sources, opened. */
static size_t
other_secrets(struct request *r, struct db *db, struct signature_other **out)
{
	const struct refused *f = &r->refused;
	struct err ignored = { 0 };
	struct rows rows;
	size_t n = 0;

	*out = NULL;
	if (db_query(db, Q_refusal_other_secrets, DB_ARGS(v_int(f->access->alias->alias_id),
	    v_int(f->source_id)), &r->arena, &rows, &ignored) < 0)
		return 0;
	*out = arena_new(&r->arena, struct signature_other, rows.n);
	for (size_t i = 0; i < rows.n; i++) {
		struct signature_other *o = &(*out)[n];
		const struct val *sealed = rows_at(&rows, i, C_refusal_other_secrets_sealed);
		const char *context = arena_printf(&r->arena, "source:%lld",
		    (long long)rows_int(&rows, i, C_refusal_other_secrets_api_source_id));

		o->source_id = (int)rows_int(&rows, i, C_refusal_other_secrets_source_id);
		o->secret.s = secret_open(&r->arena, r->thread->box, context, sealed->s, sealed->n,
		    &o->secret.n, &ignored);
		n += o->secret.s != NULL;
	}
	return n;
}

static const char *
header_find(const void *arg, const char *name)
{
	return request_header_find(arg, name);
}

const char *
explain_headers(struct request *r)
{
	static const char *const names[] = { "X-Crm360Api-Token", "X-Crm360Api-CustomerName",
		"X-Crm360Api-DatabaseAlias" };
	enum { N = sizeof names / sizeof names[0] };
	size_t missing = 0;
	struct buf b;

	buf_init(&b, &r->arena);
	buf_adds(&b, "");
	for (size_t i = 0; i < N; i++) {
		const char *value = request_header_find(r, names[i]);

		if (value == NULL || *value == '\0')
			buf_addf(&b, "%s%s", missing++ > 0 ? ", " : "", names[i]);
	}
	buf_addc(&b, '.');
	if (missing == 0 || missing == N)
		return NULL;
	return request_header_find(r, "X-Crm360Api-ApiKey") != NULL ? NULL : b.data;
}

const char *
explain_unsigned(struct request *r)
{
	const struct signature_rule rule = auth_signature_rule(&r->refused.facts);
	const struct signature_input in = { .header = header_find, .arg = r };
	const char *others = signature_header_of_others(&rule, &in);
	const char *said = "The Source takes no signature";

	if (*signature_header(&rule) != '\0')
		said = arena_printf(&r->arena, "%s is not there", signature_header(&rule));
	if (others == NULL)
		return arena_printf(&r->arena, "%s.", said);
	return arena_printf(&r->arena, "%s; but there is %s, which another scheme reads.", said,
	    others);
}

const char *
explain_signature(struct request *r)
{
	const struct refused *f = &r->refused;
	const struct store_source *s = f->facts.source;
	struct signature_case c = { 0 };
	struct err ignored = { 0 };
	struct db *db;

	if (s == NULL || f->access == NULL || f->access->alias == NULL)
		return "";
	c.rule = auth_signature_rule(&f->facts);
	c.in = (struct signature_input){ .header = header_find, .arg = r, .body = f->access->body,
		.body_bytes = f->access->body_bytes, .now = f->facts.now };
	c.query = r->method == REQUEST_POST ? NULL : r->query;
	c.coding = r->method == REQUEST_POST ? r->coding : UNPACK_NONE;
	if (request_db(r, &db, &ignored) == 0)
		c.nothers = other_secrets(r, db, &c.others);
	return signature_why(&r->arena, &c);
}

void
explain_lookup(struct request *r)
{
	struct err ignored = { 0 };
	struct db *db;
	usec_t now;

	if (request_db(r, &db, &ignored) < 0 || db_now(db, &now, &ignored) < 0)
		return;
	if (r->refused.cause == STORE_REFUSAL_TOKEN_WRONG)
		explain_token(r, db, now);
	else if (r->refused.cause == STORE_REFUSAL_SOURCE_UNKNOWN)
		explain_source(r, db);
	else	/* of another cause it finds out nothing, in the same time */
		explain_tenant(r, db);
}
