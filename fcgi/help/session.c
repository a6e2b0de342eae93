#include "config.h"

#include "fcgi/help/session.h"

#include <string.h>

#include "fcgi/request.h"
#include "lib/arena.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/secret.h"
#include "lib/text.h"
#include "store/registry/store_session.h"

enum { TOKEN_MIN = 43, TOKEN_MAX = 64 };

static const char signed_in[] = "customerapi_session", visitor[] = "customerapi_form";

/* ------------------------------------------------------------------ cookies */

/* A cookie's value when it looks like one of ours, or NULL. */
static const char *
cookie_find(struct request *r, const char *name)
{
	const char *header = request_header_find(r, "cookie");
	char *rest = arena_strdup(&r->arena, header == NULL ? "" : header), *one;
	size_t n = strlen(name), length;

	while ((one = strsep(&rest, ";")) != NULL) {
		one = text_trim(one);
		if (strncmp(one, name, n) != 0 || one[n] != '=')
			continue;
		length = strlen(one + n + 1);
		return length >= TOKEN_MIN && length <= TOKEN_MAX ? one + n + 1 : NULL;
	}
	return NULL;
}

static int
is_loopback(const char *host)
{
	static const char *const names[] = { "127.0.0.1", "localhost", "[::1]" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		size_t n = strlen(names[i]);

		if (strncmp(host, names[i], n) == 0 && (host[n] == '\0' || host[n] == ':'))
			return 1;
	}
	return 0;
}

/* Whether the browser itself came by plain HTTP to this machine; behind a proxy that ends TLS,
 * base_url says so. */
static int
is_plain(const struct request *r)
{
	return !r->https && strncmp(r->thread->conf->base_url, "https:", 6) != 0;
}

static int
is_local(const struct request *r)
{
	const char *host = request_header_find(r, "host");

	return host != NULL && is_loopback(host);
}

int
session_possible(const struct request *r)
{
	return !is_plain(r) || is_local(r);
}

static const char *
cookie_line(struct request *r, const char *name, const char *value, int lasts_s)
{
	return arena_printf(&r->arena,
	    "Set-Cookie: %s=%s; Path=%s/HelpWebapi; Max-Age=%d; HttpOnly; SameSite=Strict%s\r\n",
	    name, value, r->thread->conf->fcgi_base_path, lasts_s,
	    is_plain(r) && is_local(r) ? "" : "; Secure");
}

/* ------------------------------------------------------------------ form tokens */

static const char *
form_token_of(struct request *r, const char *cookie)
{
	static const char purpose[] = "form";
	const struct secret_part part = { .p = purpose, .n = sizeof purpose };
	unsigned char mac[64];
	size_t n = secret_hmac(SECRET_HASH_SHA256, cookie, strlen(cookie), &part, 1, mac);

	return text_hex(&r->arena, mac, n);
}

const char *
session_form_token(struct request *r)
{
	const char *cookie = cookie_find(r, signed_in);

	if (cookie == NULL)
		cookie = cookie_find(r, visitor);
	return cookie == NULL ? NULL : form_token_of(r, cookie);
}

const char *
session_form_token_new(struct request *r, const char **cookie)
{
	const char *token = session_form_token(r), *value;

	*cookie = NULL;
	if (token != NULL)
		return token;
	value = secret_token(&r->arena, "");
	*cookie = cookie_line(r, visitor, value, SESSION_LASTS_S);
	return form_token_of(r, value);
}

int
session_form_token_is(struct request *r, const char *given)
{
	const char *token = session_form_token(r);

	if (token == NULL || given == NULL)
		return 0;
	return strlen(given) == strlen(token) && secret_equal(given, token, strlen(token));
}

/* ------------------------------------------------------------------ sessions */

const struct store_session *
session_find(struct request *r)
{
	const char *cookie = cookie_find(r, signed_in);
	unsigned char hash[SECRET_SHA256_BYTES];
	struct store_session *session = NULL;
	struct err ignored = { 0 };
	struct db *db;

	if (cookie == NULL)
		return NULL;
	secret_sha256(cookie, strlen(cookie), hash);
	if (request_db(r, &db, &ignored) < 0 ||
	    store_session_find(db, &r->arena, hash, &session, &ignored) < 0)
		return NULL;
	return session;
}

int
session_start(
    struct request *r, long long alias_id, long long user_id, const char **cookie, struct err *err)
{
	const char *value = secret_token(&r->arena, "");
	unsigned char hash[SECRET_SHA256_BYTES];
	struct db *db;
	int rc;

	secret_sha256(value, strlen(value), hash);
	if ((rc = request_db(r, &db, err)) < 0 ||
	    (rc = store_session_add(db, hash, alias_id, user_id, SESSION_LASTS_S * USEC_SEC, err)) <
		0)
		return rc;
	*cookie = cookie_line(r, signed_in, value, SESSION_LASTS_S);
	return 0;
}

int
session_end(struct request *r, const char **cookie, struct err *err)
{
	const char *value = cookie_find(r, signed_in);
	unsigned char hash[SECRET_SHA256_BYTES];
	struct db *db;
	int rc;

	*cookie = cookie_line(r, signed_in, "", 0);
	if (value == NULL)
		return 0;
	secret_sha256(value, strlen(value), hash);
	if ((rc = request_db(r, &db, err)) < 0)
		return rc;
	return store_session_end(db, hash, err);
}
