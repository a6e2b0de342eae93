#include "config.h"

#include "fcgi/access/signature.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/secret.h"
#include "lib/text.h"

/* Each Ed25519 entry reads the whole body, for an unknown sender. So there are only as many as a
 * rotation of keys needs. */
enum { DIGEST_MAX = 64, ENTRIES_MAX = 32, ED25519_ENTRIES_MAX = 4, SIGNATURE_TEXT_MAX = 8192 };

struct digest {
	unsigned char *p;
	size_t n;
};

static const char *
header(const struct signature_input *in, const char *name)
{
	return in->header(in->arg, name);
}

static int
digest_is(const struct digest *given, const unsigned char *want, size_t n)
{
	return given->p != NULL && given->n == n && secret_equal(given->p, want, n);
}

static struct digest
digest_decode(struct arena *a, const char *text, int hex)
{
	struct digest d = { 0 };
	size_t n = strlen(text);

	if (n == 0 || n > SIGNATURE_TEXT_MAX)
		return d;
	if (!hex) {
		d.p = text_unbase64(a, text, &d.n);
	} else if (n % 2 == 0 && n / 2 <= DIGEST_MAX) {
		d.n = n / 2;
		d.p = arena_alloc(a, d.n);
		if (text_unhex(text, d.p, d.n) < 0)
			d.p = NULL;
	}
	return d;
}

/* Every secret is tried, also after a match, so that the time does not tell which one it was. */
static int
hmac_matches(const struct signature_rule *r, enum secret_hash hash,
    const struct signature_input *in, const struct digest *given)
{
	const struct secret_part body = { .p = in->body, .n = in->body_bytes };
	unsigned char want[DIGEST_MAX];
	int good = 0;

	for (size_t i = 0; i < r->nsecrets; i++) {
		size_t n;

		if (r->secrets[i].n == 0)
			continue;
		n = secret_hmac(hash, r->secrets[i].s, r->secrets[i].n, &body, 1, want);
		good |= digest_is(given, want, n);
	}
	return good;
}

static enum signature_result
hmac_check(struct arena *a, const struct signature_rule *r, const struct signature_input *in,
    const char *text, const char *prefix, int hex, enum secret_hash hash)
{
	struct digest given;

	if (text == NULL)
		return SIGNATURE_ABSENT;
	if (strncmp(text, prefix, strlen(prefix)) != 0)
		return SIGNATURE_WRONG;
	given = digest_decode(a, text + strlen(prefix), hex);
	return hmac_matches(r, hash, in, &given) ? SIGNATURE_GOOD : SIGNATURE_WRONG;
}

static enum signature_result
check_none(struct arena *a, const struct signature_rule *r, const struct signature_input *in)
{
	(void)a, (void)r, (void)in;
	return SIGNATURE_ABSENT;
}

static enum signature_result
check_shopify(struct arena *a, const struct signature_rule *r, const struct signature_input *in)
{
	static const char *const names[] = { "X-Shopify-Hmac-SHA256", "Shopify-Hmac-Sha256" };
	enum signature_result result = SIGNATURE_ABSENT;
	const char *shop;

	for (size_t i = 0; i < sizeof names / sizeof names[0] && result != SIGNATURE_WRONG; i++) {
		enum signature_result one = hmac_check(
		    a, r, in, header(in, names[i]), "", 0, SECRET_HASH_SHA256);

		if (one != SIGNATURE_ABSENT)
			result = one;
	}
	if (result != SIGNATURE_GOOD || r->shop_domain == NULL || r->shop_domain[0] == '\0')
		return result;
	if ((shop = header(in, "X-Shopify-Shop-Domain")) == NULL)
		shop = header(in, "Shopify-Shop-Domain");
	return shop != NULL && text_ieq(shop, r->shop_domain) ? SIGNATURE_GOOD : SIGNATURE_WRONG;
}

/* The names of the Standard Webhooks headers, and those of Svix, from which the standard came. */
static const char *
standard_header(const struct signature_input *in, const char *name)
{
	char full[32] = "webhook-";
	const char *v;

	strncat(full, name, sizeof full - sizeof "webhook-");
	if ((v = header(in, full)) != NULL)
		return v;
	memcpy(full, "svix-", 5);
	full[5] = '\0';
	strncat(full, name, sizeof full - sizeof "webhook-");
	return header(in, full);
}

static int
standard_fresh(
    const struct signature_rule *r, const struct signature_input *in, const char *timestamp)
{
	int64_t given, now = in->now / USEC_SEC;

	if (text_int64(timestamp, &given) < 0 || given < 0 || given > INT64_MAX / 2)
		return 0;
	return given - now <= r->tolerance_s && now - given <= r->tolerance_s;
}

/* A secret, and what it makes of the delivery. */
struct standard_key {
	unsigned char *key;		/* NULL: it is none */
	int is_public;
	unsigned char want[DIGEST_MAX]; /* of a secret that is not public: the right digest,
					   reckoned once for all entries */
	size_t nwant;
};

static struct standard_key
standard_key(struct arena *a, const struct signature_secret *s, const struct secret_part *parts)
{
	struct standard_key k = { .is_public = s->n > 5 && strncmp(s->s, "whpk_", 5) == 0 };
	size_t n = 0, mark = s->n > 6 && strncmp(s->s, "whsec_", 6) == 0 ? 6 : 0;

	if (k.is_public)
		mark = 5;
	if (memchr(s->s, '\0', s->n) == NULL)
		k.key = text_unbase64(a, s->s + mark, &n);
	if (n == 0 || (k.is_public && n != 32))
		k.key = NULL;
	if (k.key != NULL && !k.is_public)
		k.nwant = secret_hmac(SECRET_HASH_SHA256, k.key, n, parts, 5, k.want);
	return k;
}

/* One entry "v1,<base64>" or "v1a,<base64>" against one key; entries of other versions match
 * nothing, as the standard wants. */
static int
standard_entry_matches(const struct standard_key *k, const struct secret_part *parts,
    const char *entry, const struct digest *given)
{
	const int asymmetric = strncmp(entry, "v1a,", 4) == 0;

	if (k->key == NULL || k->is_public != asymmetric)
		return 0;
	if (!asymmetric && strncmp(entry, "v1,", 3) != 0)
		return 0;
	if (asymmetric)
		return given->p != NULL &&
		    secret_ed25519_verify(k->key, parts, 5, given->p, given->n);
	return digest_is(given, k->want, k->nwant);
}

static int
standard_matches(struct arena *a, const struct signature_rule *r, const struct secret_part *parts,
    const char *text)
{
	struct standard_key *keys = arena_new(a, struct standard_key, r->nsecrets);
	char *entries = arena_strdup(a, text), *entry, *rest;
	int good = 0, n = 0, asymmetric = 0;

	for (size_t i = 0; i < r->nsecrets; i++)
		keys[i] = standard_key(a, &r->secrets[i], parts);
	for (; (entry = strtok_r(entries, " ", &rest)) != NULL && n++ < ENTRIES_MAX;
	     entries = NULL) {
		const char *digits = strchr(entry, ',');
		struct digest given;

		if (digits == NULL ||
		    (strncmp(entry, "v1a,", 4) == 0 && asymmetric++ >= ED25519_ENTRIES_MAX))
			continue;
		given = digest_decode(a, digits + 1, 0);
		for (size_t i = 0; i < r->nsecrets; i++)
			good |= standard_entry_matches(&keys[i], parts, entry, &given);
	}
	return good;
}

static enum signature_result
check_standard(struct arena *a, const struct signature_rule *r, const struct signature_input *in)
{
	const char *id = standard_header(in, "id"), *timestamp = standard_header(in, "timestamp");
	const char *text = standard_header(in, "signature");

	if (text == NULL)
		return SIGNATURE_ABSENT;
	if (id == NULL || timestamp == NULL || strlen(text) > SIGNATURE_TEXT_MAX)
		return SIGNATURE_WRONG;
	if (!standard_fresh(r, in, timestamp))
		return SIGNATURE_WRONG;
	const struct secret_part parts[5] = {
		{ .p = id, .n = strlen(id) },
		{ .p = ".", .n = 1 },
		{ .p = timestamp, .n = strlen(timestamp) },
		{ .p = ".", .n = 1 },
		{ .p = in->body, .n = in->body_bytes },
	};
	return standard_matches(a, r, parts, text) ? SIGNATURE_GOOD : SIGNATURE_WRONG;
}

static enum signature_result
check_adobe(struct arena *a, const struct signature_rule *r, const struct signature_input *in)
{
	const char *text = header(in, "x-adobe-commerce-webhook-signature");
	struct digest given;
	char *signed_text;

	if (text == NULL)
		return SIGNATURE_ABSENT;
	given = digest_decode(a, text, 0);
	if (given.p == NULL)
		return SIGNATURE_WRONG;
	signed_text = text_base64(a, in->body, in->body_bytes);
	for (size_t i = 0; i < r->nsecrets; i++) {
		const char *pem = arena_strndup(a, r->secrets[i].s, r->secrets[i].n);

		if (secret_rsa_verify(pem, signed_text, strlen(signed_text), given.p, given.n))
			return SIGNATURE_GOOD;
	}
	return SIGNATURE_WRONG;
}

static enum signature_result
check_github(struct arena *a, const struct signature_rule *r, const struct signature_input *in)
{
	return hmac_check(
	    a, r, in, header(in, "X-Hub-Signature-256"), "sha256=", 1, SECRET_HASH_SHA256);
}

static enum secret_hash
hash_of(const char *name)
{
	if (text_ieq(name, "sha1"))
		return SECRET_HASH_SHA1;
	if (text_ieq(name, "sha512"))
		return SECRET_HASH_SHA512;
	return text_ieq(name, "sha256") ? SECRET_HASH_SHA256 : SECRET_HASH_UNSET;
}

static enum signature_result
check_hmac(struct arena *a, const struct signature_rule *r, const struct signature_input *in)
{
	enum secret_hash hash = hash_of(r->hash);
	const char *text = r->header[0] == '\0' ? NULL : header(in, r->header);

	if (text != NULL && hash == SECRET_HASH_UNSET)
		return SIGNATURE_WRONG;
	return hmac_check(a, r, in, text, r->prefix, text_ieq(r->encoding, "hex"), hash);
}

static const struct scheme {
	const char *name;
	enum signature_result (*check)(
	    struct arena *, const struct signature_rule *, const struct signature_input *);
} schemes[] = {
	{ .name = "none", .check = check_none },
	{ .name = "shopify", .check = check_shopify },
	{ .name = "standard", .check = check_standard },
	{ .name = "adobe", .check = check_adobe },
	{ .name = "github", .check = check_github },
	{ .name = "hmac", .check = check_hmac },
};

static const struct scheme *
scheme_find(const char *name)
{
	for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
		if (strcmp(schemes[i].name, name) == 0)
			return &schemes[i];
	return NULL;
}

enum signature_result
signature_check(
    struct arena *a, const struct signature_rule *rule, const struct signature_input *in)
{
	const struct scheme *s = scheme_find(rule->scheme);

	return s == NULL ? SIGNATURE_WRONG : s->check(a, rule, in);
}
