#include "config.h"

#include "fcgi/signature_why.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/secret.h"
#include "lib/text.h"

enum { BODIES_MAX = 10, RULES_MAX = 2, TEXT_MAX = 256, FORM_SECRETS = 4 };

/* A body that the sender may have signed. words: how it differs, after "with". */
struct body {
	const char *words;
	const void *p;
	size_t n;
};

struct trial_rule {
	const char *words;		/* NULL: as the Source says */
	struct signature_rule rule;
};

/* ------------------------------------------------------------------ headers */

/* "hmac" names its own. A scheme may have several names; the first found is the one. */
static const struct { const char *scheme, *header; } headers[] = {
	{ "shopify", "X-Shopify-Hmac-SHA256" }, { "shopify", "Shopify-Hmac-Sha256" }, { "standard", "webhook-signature" }, { "standard", "svix-signature" },
	{ "adobe", "x-adobe-commerce-webhook-signature" }, { "github", "X-Hub-Signature-256" },
};

const char *
signature_header(const struct signature_rule *rule)
{
	if (strcmp(rule->scheme, "hmac") == 0)
		return rule->header;
	for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
		if (strcmp(headers[i].scheme, rule->scheme) == 0)
			return headers[i].header;
	return "";
}

const char *
signature_header_of_others(const struct signature_rule *rule, const struct signature_input *in)
{
	for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
		if (strcmp(headers[i].scheme, rule->scheme) != 0 && in->header(in->arg, headers[i].header) != NULL)
			return headers[i].header;
	return NULL;
}

/* The header that is there. */
static const char *
header_given(const struct signature_case *c)
{
	for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
		if (strcmp(headers[i].scheme, c->rule.scheme) == 0 && c->in.header(c->in.arg, headers[i].header) != NULL)
			return headers[i].header;
	return signature_header(&c->rule);
}

/* ------------------------------------------------------------------ trials */

/* A trial's memory goes at once: there are many, of the size of the body. */
static int
matches(const struct signature_rule *rule, const struct signature_input *in)
{
	struct arena scratch = { 0 };
	int good = signature_check(&scratch, rule, in) == SIGNATURE_GOOD;

	arena_done(&scratch);
	return good;
}

static int
is_line_end(char c)
{
	return c == '\n' || c == '\r' || c == ' ' || c == '\t';
}

static void
body_add(struct body *bodies, size_t *n, const char *words, const void *p, size_t bytes)
{
	if (bytes <= SIGNATURE_WHY_BODY_MAX + 2)
		bodies[(*n)++] = (struct body){ .words = words, .p = p, .n = bytes };
}

static const void *
with_end(struct arena *a, const struct signature_input *in, const char *end)
{
	return arena_printf(a, "%.*s%s", (int)in->body_bytes, (const char *)in->body, end);
}

/* What a sender may have had in its hands where we have the body. */
static size_t
bodies_of(struct arena *a, const struct signature_case *c, struct body bodies[BODIES_MAX])
{
	static const char mark[] = "\xef\xbb\xbf";
	const char *p = c->in.body, *text;
	size_t bytes = c->in.body_bytes, trimmed = bytes, has_mark, n = 0, unpacked;

	body_add(bodies, &n, NULL, p, bytes);
	while (trimmed > 0 && is_line_end(p[trimmed - 1]))
		trimmed--;
	has_mark = bytes >= 3 && memcmp(p, mark, 3) == 0 ? 3 : 0;
	if (trimmed < bytes)
		body_add(bodies, &n, "the body without the line end or blanks at its end", p, trimmed);
	if (has_mark > 0)
		body_add(bodies, &n, "the body without the byte order mark at its start", p + 3, bytes - 3);
	if (has_mark > 0 && trimmed < bytes && trimmed > 3)
		body_add(bodies, &n, "the body without the byte order mark at its start and the line end at its end", p + 3, trimmed - 3);
	if (memchr(p, '\0', bytes) == NULL) {
		body_add(bodies, &n, "a line end (LF) behind the body", with_end(a, &c->in, "\n"), bytes + 1);
		body_add(bodies, &n, "a line end (CR LF) behind the body", with_end(a, &c->in, "\r\n"), bytes + 2);
	}
	if (c->query != NULL)
		body_add(bodies, &n, "the whole query string, parameters that are secret included", c->query, strlen(c->query));
	if (bytes > 0)
		body_add(bodies, &n, "an empty body", "", 0);
	if ((c->coding == UNPACK_GZIP || c->coding == UNPACK_DEFLATE) && unpack(a, c->coding, p, bytes, SIGNATURE_WHY_BODY_MAX, &text, &unpacked, NULL) == 0)
		body_add(bodies, &n, "the body unpacked; what is signed must be the bytes that are sent", text, unpacked);
	return n;
}

static int
is_hex(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isxdigit((unsigned char)text[i]))
			return 0;
	return n == 40 || n == 64 || n == 128;
}

/* How the digest in a header is written, by itself: its prefix, encoding and length. */
static int
rule_of_text(struct arena *a, const char *text, struct signature_rule *out)
{
	const char *digits = strchr(text, '=');
	size_t n = strlen(text), bytes = 0;

	/* "sha256=…", "v=…"; but "=" at the end belongs to base64. */
	digits = digits == NULL || (size_t)(digits - text) > 16 || strspn(digits, "=") == strlen(digits) ? text : digits + 1;
	out->prefix = arena_strndup(a, text, (size_t)(digits - text));
	n -= (size_t)(digits - text);
	out->encoding = is_hex(digits, n) ? "hex" : "base64";
	if (is_hex(digits, n))
		bytes = n / 2;
	else if (n > TEXT_MAX || text_unbase64(a, digits, &bytes) == NULL)
		return -1;
	out->hash = bytes == 20 ? "sha1" : bytes == 32 ? "sha256" : bytes == 64 ? "sha512" : NULL;
	return out->hash == NULL ? -1 : 0;
}

/* The Source's own scheme as "hmac" sees it; -1 for those that are no HMAC of the body. */
static int
rule_as_hmac(const struct signature_case *c, struct signature_rule *out)
{
	*out = c->rule;
	out->header = header_given(c);
	out->scheme = "hmac";
	if (strcmp(c->rule.scheme, "hmac") == 0)
		return 0;
	out->hash = "sha256";
	out->encoding = strcmp(c->rule.scheme, "github") == 0 ? "hex" : "base64";
	out->prefix = strcmp(c->rule.scheme, "github") == 0 ? "sha256=" : "";
	return strcmp(c->rule.scheme, "shopify") == 0 || strcmp(c->rule.scheme, "github") == 0 ? 0 : -1;
}

/* The Source's rule and, where the header is written in another way, the rule by which it is. */
static size_t
rules_of(struct arena *a, const struct signature_case *c, struct trial_rule rules[RULES_MAX])
{
	struct signature_rule expected, found;
	const char *text;
	size_t n = 1;

	rules[0] = (struct trial_rule){ .rule = c->rule };
	if (rule_as_hmac(c, &expected) < 0 || (text = c->in.header(c->in.arg, expected.header)) == NULL)
		return n;
	found = expected;
	if (rule_of_text(a, text, &found) < 0)
		return n;
	if (!text_ieq(found.encoding, expected.encoding) || !text_ieq(found.hash, expected.hash) || strcmp(found.prefix, expected.prefix) != 0)
		rules[n++] = (struct trial_rule){ .rule = found, .words = arena_printf(a, "%s in %s%s%s%s instead of %s in %s%s%s%s", found.hash, found.encoding,
		    *found.prefix != '\0' ? " behind \"" : "", found.prefix, *found.prefix != '\0' ? "\"" : "", expected.hash, expected.encoding,
		    *expected.prefix != '\0' ? " behind \"" : "", expected.prefix, *expected.prefix != '\0' ? "\"" : "") };
	return n;
}

static const char *
try_bodies(struct arena *a, const struct signature_case *c)
{
	struct body bodies[BODIES_MAX];
	struct trial_rule rules[RULES_MAX];
	size_t nbodies = bodies_of(a, c, bodies), nrules = rules_of(a, c, rules);

	for (size_t i = 0; i < nrules; i++)
		for (size_t k = 0; k < nbodies; k++) {
			struct signature_input in = c->in;

			in.body = bodies[k].p;
			in.body_bytes = bodies[k].n;
			if (!matches(&rules[i].rule, &in))
				continue;
			return arena_printf(a, "It would match with %s%s%s.", rules[i].words == NULL ? "" : rules[i].words,
			    rules[i].words != NULL && bodies[k].words != NULL ? " and " : "", bodies[k].words == NULL ? "" : bodies[k].words);
		}
	return NULL;
}

/* ------------------------------------------------------------------ what else was signed right */

static const char *
try_conditions(struct arena *a, const struct signature_case *c)
{
	struct signature_rule r = c->rule;

	r.tolerance_s = INT_MAX;
	if (r.tolerance_s != c->rule.tolerance_s && matches(&r, &c->in))
		return arena_printf(a, "It matches, but its timestamp is more than %d s from this machine's clock: a repetition, or a clock that is wrong.", c->rule.tolerance_s);
	r = c->rule;
	r.shop_domain = "";
	if (c->rule.shop_domain != NULL && *c->rule.shop_domain != '\0' && matches(&r, &c->in))
		return arena_printf(a, "It matches, but X-Shopify-Shop-Domain is not %s, the only shop that the Source takes.", c->rule.shop_domain);
	return NULL;
}

/* ------------------------------------------------------------------ secrets */

/* One of the Source's own secrets, as it may have been meant. words: after "with". */
static size_t
secret_forms(struct arena *a, const struct signature_secret *s, int is_standard, struct signature_secret out[FORM_SECRETS], const char *words[FORM_SECRETS])
{
	char *text = arena_strndup(a, s->s, s->n), *trimmed = text_trim(arena_strdup(a, text));
	size_t n = strlen(trimmed), count = 0, bytes;
	unsigned char *raw;

	if (n == 0 || memchr(s->s, '\0', s->n) != NULL)
		return 0;
	if (n != s->n) {
		words[count] = "its secret without the blanks or line end around it";
		out[count++] = (struct signature_secret){ .s = trimmed, .n = n };
	}
	if (is_standard) {	/* it decodes what it gets */
		words[count] = "its secret as plain text, not decoded from base64";
		out[count] = (struct signature_secret){ .s = text_base64(a, trimmed, n) };
		out[count].n = strlen(out[count].s);
		return count + 1;
	}
	raw = arena_alloc(a, n / 2 + 1);
	if (n % 2 == 0 && text_unhex(trimmed, raw, n / 2) == 0) {
		words[count] = "its secret decoded from hex";
		out[count++] = (struct signature_secret){ .s = (const char *)raw, .n = n / 2 };
	}
	if ((raw = text_unbase64(a, strncmp(trimmed, "whsec_", 6) == 0 ? trimmed + 6 : trimmed, &bytes)) != NULL && bytes > 0) {
		words[count] = "its secret decoded from base64";
		out[count++] = (struct signature_secret){ .s = (const char *)raw, .n = bytes };
	}
	return count;
}

static const char *
try_own_secrets(struct arena *a, const struct signature_case *c)
{
	const int is_standard = strcmp(c->rule.scheme, "standard") == 0;
	struct signature_secret forms[FORM_SECRETS];
	const char *words[FORM_SECRETS];

	for (size_t i = 0; i < c->rule.nsecrets && i < SIGNATURE_WHY_SECRETS_MAX; i++) {
		size_t n = secret_forms(a, &c->rule.secrets[i], is_standard, forms, words);

		for (size_t k = 0; k < n; k++) {
			struct signature_rule r = c->rule;

			r.secrets = &forms[k];
			r.nsecrets = 1;
			if (matches(&r, &c->in))
				return arena_printf(a, "It would match with %s.", words[k]);
		}
	}
	return NULL;
}

static const char *
try_other_secrets(struct arena *a, const struct signature_case *c)
{
	struct trial_rule rules[RULES_MAX];
	size_t nrules = rules_of(a, c, rules);

	for (size_t i = 0; i < c->nothers; i++)
		for (size_t k = 0; k < nrules; k++) {
			struct signature_rule r = rules[k].rule;

			r.secrets = &c->others[i].secret;
			r.nsecrets = 1;
			r.shop_domain = "";
			if (matches(&r, &c->in))
				return arena_printf(a, "It would match with the secret of Source %d%s%s.", c->others[i].source_id, rules[k].words == NULL ? "" : " and ",
				    rules[k].words == NULL ? "" : rules[k].words);
		}
	return NULL;
}

/* ------------------------------------------------------------------ all */

const char *
signature_why(struct arena *a, const struct signature_case *given)
{
	static const char *(*const tries[])(struct arena *, const struct signature_case *) = { try_conditions, try_bodies, try_own_secrets, try_other_secrets };
	struct signature_case c = *given;
	const char *said, *header = header_given(given), *others;

	if (c.rule.nsecrets == 0)
		return "The Source has no secret to check it with: customerapi source set --secret-file.";
	if (c.rule.nsecrets > SIGNATURE_WHY_SECRETS_MAX)
		c.rule.nsecrets = SIGNATURE_WHY_SECRETS_MAX;
	if (c.in.body_bytes > SIGNATURE_WHY_BODY_MAX)
		return arena_printf(a, "The body has more than %d bytes: whether %s would match in another way was not tried.", SIGNATURE_WHY_BODY_MAX, header);
	for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++)
		if ((said = tries[i](a, &c)) != NULL)
			return said;
	others = signature_header_of_others(&c.rule, &c.in);
	return arena_printf(a, "%s fits no known secret of the tenant, encoding or trimmed body.%s%s%s", header, others == NULL ? "" : " The request has ",
	    others == NULL ? "" : others, others == NULL ? "" : ", too, which the Source's scheme does not look at.");
}
