#include "config.h"

#include "net/oauth1.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/secret.h"
#include "lib/text.h"

/* A parameter, percent-encoded anew: senders write the same text in several ways. */
struct parameter { const char *name, *value; };

struct signing {
	struct arena *a;
	struct parameter *all;
	size_t n;
};

static const char *
encoded(struct arena *a, const char *text)
{
	struct buf b;

	buf_init(&b, a);
	buf_adds(&b, "");
	buf_add_url(&b, text);
	return b.data;
}

static void
add(struct signing *s, const char *name, const char *value)
{
	s->all[s->n++] = (struct parameter){ encoded(s->a, name), encoded(s->a, value) };
}

/* ------------------------------------------------------------------ the query */

static const char *
decoded(struct arena *a, const char *p, size_t n)
{
	size_t length;
	char *text = text_url_decode(a, p, n, 1, &length);

	return text != NULL && strlen(text) == length ? text : NULL;
}

static int
add_pair(struct signing *s, const char *p, size_t n)
{
	const char *equals = memchr(p, '=', n);
	const size_t name = equals != NULL ? (size_t)(equals - p) : n;
	const char *is = decoded(s->a, p, name);
	const char *value = equals == NULL ? "" : decoded(s->a, equals + 1, n - name - 1);

	if (is == NULL || value == NULL)
		return 0;
	add(s, is, value);
	return 1;
}

/* Pairs of the query; room for those of OAuth is behind them. 1; 0: it cannot be decoded. */
static int
add_query(struct signing *s, const char *query, size_t more)
{
	size_t most = 1;

	for (const char *p = query; *p != '\0'; p++)
		most += *p == '&';
	s->all = arena_new(s->a, struct parameter, most + more);
	while (*query != '\0') {
		const size_t n = strcspn(query, "&#");

		if (n > 0 && !add_pair(s, query, n))
			return 0;
		query += n;
		if (*query != '&')
			return 1;
		query++;
	}
	return 1;
}

/* ------------------------------------------------------------------ the text that is signed */

static int
by_name(const void *x, const void *y)
{
	const struct parameter *a = x, *b = y;
	const int order = strcmp(a->name, b->name);

	return order != 0 ? order : strcmp(a->value, b->value);
}

static const char *
normal_parameters(struct signing *s)
{
	struct buf b;

	qsort(s->all, s->n, sizeof s->all[0], by_name);
	buf_init(&b, s->a);
	for (size_t i = 0; i < s->n; i++)
		buf_addf(&b, "%s%s=%s", i == 0 ? "" : "&", s->all[i].name, s->all[i].value);
	return b.data;
}

/* Scheme and host in lower case, without the scheme's own port, query and fragment. */
static const char *
base_uri(struct arena *a, const char *url)
{
	const size_t scheme = strcspn(url, ":");
	const int is_https = scheme == 5 && strncasecmp(url, "https", 5) == 0;
	const char *host, *own = is_https ? ":443" : ":80";
	size_t n, bytes;
	char *start;

	if (strncmp(url + scheme, "://", 3) != 0)
		return NULL;
	host = url + scheme + 3;
	n = strcspn(host, "/?#");
	start = text_lower(arena_strndup(a, url, scheme + 3 + n));
	bytes = strlen(start);
	if (bytes > strlen(own) && strcmp(start + bytes - strlen(own), own) == 0)
		start[bytes - strlen(own)] = '\0';
	bytes = strcspn(host + n, "?#");
	return bytes == 0 ? arena_printf(a, "%s/", start) :
			    arena_printf(a, "%s%.*s", start, (int)bytes, host + n);
}

static const char *
sign(struct arena *a, const struct oauth1_keys *k, const char *text)
{
	const char *key = arena_printf(
	    a, "%s&%s", encoded(a, k->consumer_secret), encoded(a, k->token_secret));
	const struct secret_part part = { text, strlen(text) };
	unsigned char digest[64];
	size_t n = secret_hmac(SECRET_HASH_SHA256, key, strlen(key), &part, 1, digest);

	return text_base64(a, digest, n);
}

const char *
oauth1_authorization(struct arena *a, const struct oauth1_keys *k, const char *method,
    const char *url, const char *nonce, int64_t seconds, struct err *err)
{
	const struct parameter own[] = { { "oauth_consumer_key", k->consumer_key },
		{ "oauth_nonce", nonce }, { "oauth_signature_method", "HMAC-SHA256" },
		{ "oauth_timestamp", arena_printf(a, "%" PRId64, seconds) },
		{ "oauth_token", k->token }, { "oauth_version", "1.0" } };
	const size_t n = sizeof own / sizeof own[0];
	const char *query = strchr(url, '?'), *base = base_uri(a, url), *signature;
	struct signing s = { .a = a };
	struct buf out;

	if (base == NULL || !add_query(&s, query == NULL ? "" : query + 1, n)) {
		err_set(err, ERR_BAD_REQUEST, "The address of the request cannot be signed.");
		return NULL;
	}
	buf_init(&out, a);
	buf_adds(&out, "OAuth ");
	for (size_t i = 0; i < n; i++) {
		add(&s, own[i].name, own[i].value);
		buf_addf(&out, "%s=\"%s\", ", own[i].name, encoded(a, own[i].value));
	}
	signature = sign(a, k,
	    arena_printf(a, "%s&%s&%s", method, encoded(a, base),
		encoded(a, normal_parameters(&s))));
	buf_addf(&out, "oauth_signature=\"%s\"", encoded(a, signature));
	return out.data;
}
