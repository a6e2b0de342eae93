#include "config.h"

#include "fcgi/idempotency.h"

#include <string.h>

#include "fcgi/access/auth.h"
#include "fcgi/action.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "lib/err.h"
#include "store/registry/store_idempotency.h"

static int
is_key(const char *s)
{
	size_t n = strlen(s);

	for (const char *c = s; *c != '\0'; c++)
		if ((unsigned char)*c <= 0x20 || (unsigned char)*c >= 0x7f)
			return 0;
	return n > 0 && n <= IDEMPOTENCY_KEY_MAX;
}

/* The closing NULs keep the parts apart. The tenant is one of the parts, because two tenants may
 * share a database. The user is another, because users may see different data. */
static void
hash_of(const struct request *r, const char *first, const char *second, const char *third,
    unsigned char out[SECRET_SHA256_BYTES])
{
	const char *const parts[] = { first, second, third };
	struct arena a = { 0 };
	struct buf b;

	buf_init(&b, &a);
	buf_addf(
	    &b, "%lld/%lld", (long long)r->access->alias->alias_id, (long long)r->access->user_id);
	for (size_t i = 0; i < 3; i++) {
		buf_addc(&b, '\0');
		buf_adds(&b, parts[i] == NULL ? "" : parts[i]);
	}
	secret_sha256(b.data, b.len, out);
	arena_done(&a);
}

static void
request_hash(struct request *r, unsigned char out[SECRET_SHA256_BYTES])
{
	unsigned char body[SECRET_SHA256_BYTES];
	const char *match = request_header_find(r, "if-match"),
		   *none_match = request_header_find(r, "if-none-match");

	/* The same key at two addresses of a path with holes is two requests. */
	const char *path = strchr(r->action->path, '{') == NULL ? r->action->path :
	    text_lower(arena_strdup(&r->arena, r->path));

	secret_sha256(r->body, r->body_bytes, body);
	hash_of(r, arena_printf(&r->arena, "%s %s?%s", r->method_name, path, r->query),
	    arena_printf(&r->arena, "%s\n%s", match == NULL ? "" : match,
		none_match == NULL ? "" : none_match),
	    text_hex(&r->arena, body, sizeof body), out);
}

static void
replay(struct reply *reply, struct request *r, const struct store_idempotency *stored)
{
	reply_init(reply, r);
	reply->status = stored->status;
	reply->etag = stored->etag[0] == '\0' ? NULL : stored->etag;
	reply->contact_id = stored->contact_id;
	reply->replayed = 1;
	buf_add(&reply->body, stored->reply, stored->reply_bytes);
}

static int
is_of_tenant(const struct request *r)
{
	return r->access != NULL && r->access->alias != NULL;
}

int
idempotency_check_untaken(struct request *r, struct err *err)
{
	const struct action *a = r->action;
	const int takes = a->tx != ACTION_TX_NONE || a->content != CONTENT_UNSET || a->keyless;

	if (r->method != REQUEST_POST || takes || !is_of_tenant(r))
		return 0;
	if (request_header_find(r, "idempotency-key") == NULL)
		return 0;
	return err_fault(err, &r->arena, "Idempotency-Key", "is not taken by this action; its page "
	    "says what makes it safe to send again");
}

int
idempotency_begin(
    struct idempotency *i, struct request *r, struct db *db, struct reply *reply, struct err *err)
{
	const char *key = request_header_find(r, "idempotency-key");
	unsigned char hash[SECRET_SHA256_BYTES];
	struct store_idempotency stored;
	int rc;

	*i = (struct idempotency){ .place = r->action->tx == ACTION_TX_TENANT ?
	    STORE_IDEMPOTENCY_TENANT : STORE_IDEMPOTENCY_REGISTRY };
	if (key == NULL || r->method != REQUEST_POST)
		return 0;
	if (r->action->keyless || !is_of_tenant(r))
		return 0;
	if (!is_key(key))
		return err_fault(err, &r->arena, "Idempotency-Key",
		    "must be 1 to %d visible ASCII characters, best a UUID", IDEMPOTENCY_KEY_MAX);
	i->given = 1;
	hash_of(r, "key", key, "", i->key);
	request_hash(r, hash);
	if ((rc = store_idempotency_take(db, i->place, &r->arena, i->key, hash, &stored, err)) <= 0)
		return rc;
	if (!secret_equal(stored.request_hash, hash, sizeof hash))
		return err_set(err, ERR_KEY_REUSED,
		    "This Idempotency-Key was sent with another request; a new request needs a new "
		    "key.");
	replay(reply, r, &stored);
	return 1;
}

int
idempotency_end(
    const struct idempotency *i, struct db *db, const struct reply *reply, struct err *err)
{
	struct store_idempotency done = { .status = reply->status,
		.etag = reply->etag == NULL ? "" : reply->etag,
		.contact_id = reply->contact_id,
		.reply = reply->body.data,
		.reply_bytes = reply->body.len };

	return i->given ? store_idempotency_done(db, i->place, i->key, &done, err) : 0;
}
