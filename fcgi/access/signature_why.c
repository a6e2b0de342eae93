#include "config.h"

#include "fcgi/access/signature_why.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/secret.h"
#include "lib/text.h"

enum { BODIES_MAX = 10, RULES_MAX = 2, TEXT_MAX = 256, PREFIX_MAX = 16, FORMS_MAX = 4 };

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
	{ "shopify", "X-Shopify-Hmac-SHA256" }, { "shopify", "Shopify-Hmac-Sha256" },
	{ "standard", "webhook-signature" }, { "standard", "svix-signature" },
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

/* The first header of the request that the rule's scheme reads, or another one; or NULL. */
static const char *
header_find(const struct signature_rule *rule, const struct signature_input *in, int of_others)
{
	for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
		const int is_others = strcmp(headers[i].scheme, rule->scheme) != 0;

		if (is_others == of_others && in->header(in->arg, headers[i].header) != NULL)
			return headers[i].header;
	}
	return NULL;
}

const char *
signature_header_of_others(const struct signature_rule *rule, const struct signature_input *in)
{
	return header_find(rule, in, 1);
}

/* The header that is there. */
static const char *
header_given(const struct signature_case *c)
{
	const char *given = header_find(&c->rule, &c->in, 0);

	return given == NULL ? signature_header(&c->rule) : given;
}

/* ------------------------------------------------------------------ trials */

/* A trial's memory is freed at once, because there are many trials of the body's size. */
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
	return memchr("\n\r \t", c, 4) != NULL;
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

static void
add_trimmed(struct body *bodies, size_t *n, const char *p, size_t bytes)
{
	static const char mark[] = "\xef\xbb\xbf";
	const size_t start = bytes >= 3 && memcmp(p, mark, 3) == 0 ? 3 : 0;
	size_t end = bytes;

	while (end > start && is_line_end(p[end - 1]))
		end--;
	if (end < bytes)
		body_add(bodies, n, "the body without the line end or blanks at its end", p, end);
	if (start > 0)
		body_add(bodies, n, "the body without the byte order mark at its start", p + start,
		    bytes - start);
	if (start > 0 && end < bytes)
		body_add(bodies, n, "the body without the byte order mark at its start and the "
		    "line end at its end", p + start, end - start);
}

static void
add_unpacked(struct arena *a, const struct signature_case *c, struct body *bodies, size_t *n)
{
	const char *text;
	size_t bytes;

	if (c->coding != UNPACK_GZIP && c->coding != UNPACK_DEFLATE)
		return;
	if (unpack(a, c->coding, c->in.body, c->in.body_bytes, SIGNATURE_WHY_BODY_MAX, &text,
	    &bytes, NULL) == 0)
		body_add(bodies, n, "the body unpacked; what is signed must be the bytes that are "
		    "sent", text, bytes);
}

/* The forms in which a sender may have signed the body. */
static size_t
bodies_of(struct arena *a, const struct signature_case *c, struct body bodies[BODIES_MAX])
{
	const char *p = c->in.body;
	const size_t bytes = c->in.body_bytes;
	size_t n = 0;

	body_add(bodies, &n, NULL, p, bytes);
	add_trimmed(bodies, &n, p, bytes);
	if (memchr(p, '\0', bytes) == NULL) {
		body_add(bodies, &n, "a line end (LF) behind the body", with_end(a, &c->in, "\n"),
		    bytes + 1);
		body_add(bodies, &n, "a line end (CR LF) behind the body",
		    with_end(a, &c->in, "\r\n"), bytes + 2);
	}
	if (c->query != NULL)
		body_add(bodies, &n, "the whole query string, parameters that are secret included",
		    c->query, strlen(c->query));
	if (bytes > 0)
		body_add(bodies, &n, "an empty body", "", 0);
	add_unpacked(a, c, bodies, &n);
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

/* Behind "sha256=", "v="; but "=" at the end belongs to base64. */
static const char *
digits_of(const char *text)
{
	const char *sign = strchr(text, '=');

	if (sign == NULL || sign - text > PREFIX_MAX)
		return text;
	return strspn(sign, "=") == strlen(sign) ? text : sign + 1;
}

static const char *
hash_of(size_t bytes)
{
	if (bytes == 20)
		return "sha1";
	if (bytes == 32)
		return "sha256";
	return bytes == 64 ? "sha512" : NULL;
}

/* How the digest in a header is written, by itself: its prefix, encoding and length. */
static int
rule_of_text(struct arena *a, const char *text, struct signature_rule *out)
{
	const char *digits = digits_of(text);
	const size_t n = strlen(digits);
	size_t bytes = n / 2;

	out->prefix = arena_strndup(a, text, (size_t)(digits - text));
	out->encoding = is_hex(digits, n) ? "hex" : "base64";
	if (!is_hex(digits, n) && (n > TEXT_MAX || text_unbase64(a, digits, &bytes) == NULL))
		return -1;
	out->hash = hash_of(bytes);
	return out->hash == NULL ? -1 : 0;
}

/* The Source's own scheme as "hmac" sees it; -1 for those that are no HMAC of the body. */
static int
rule_as_hmac(const struct signature_case *c, struct signature_rule *out)
{
	const int is_github = strcmp(c->rule.scheme, "github") == 0;

	*out = c->rule;
	out->header = header_given(c);
	out->scheme = "hmac";
	if (strcmp(c->rule.scheme, "hmac") == 0)
		return 0;
	out->hash = "sha256";
	out->encoding = is_github ? "hex" : "base64";
	out->prefix = is_github ? "sha256=" : "";
	return is_github || strcmp(c->rule.scheme, "shopify") == 0 ? 0 : -1;
}

/* sha256 in hex behind "sha256=" */
static const char *
rule_words(struct arena *a, const struct signature_rule *r)
{
	const char *plain = arena_printf(a, "%s in %s", r->hash, r->encoding);

	return *r->prefix == '\0' ? plain : arena_printf(a, "%s behind \"%s\"", plain, r->prefix);
}

/* The Source's rule and, where the header is written in another way, the rule by which it is. */
static size_t
rules_of(struct arena *a, const struct signature_case *c, struct trial_rule rules[RULES_MAX])
{
	struct signature_rule expected, found;
	const char *text, *given, *meant;

	rules[0] = (struct trial_rule){ .rule = c->rule };
	if (rule_as_hmac(c, &expected) < 0)
		return 1;
	found = expected;
	text = c->in.header(c->in.arg, expected.header);
	if (text == NULL || rule_of_text(a, text, &found) < 0)
		return 1;
	given = rule_words(a, &found);
	meant = rule_words(a, &expected);
	if (text_ieq(given, meant))
		return 1;
	rules[1] = (struct trial_rule){ .rule = found,
		.words = arena_printf(a, "%s instead of %s", given, meant) };
	return 2;
}

/* "It would match with …", of one or two parts that may be NULL. */
static const char *
would_match(struct arena *a, const char *first, const char *second)
{
	if (first != NULL && second != NULL)
		return arena_printf(a, "It would match with %s and %s.", first, second);
	return arena_printf(a, "It would match with %s.", first != NULL ? first : second);
}

static const char *
try_bodies(struct arena *a, const struct signature_case *c)
{
	struct body bodies[BODIES_MAX];
	struct trial_rule rules[RULES_MAX];
	size_t nbodies = bodies_of(a, c, bodies), nrules = rules_of(a, c, rules);

	for (size_t i = 0; i < nrules; i++)
		for (size_t k = i == 0; k < nbodies; k++) {	/* the first of both was tried */
			struct signature_input in = c->in;

			in.body = bodies[k].p;
			in.body_bytes = bodies[k].n;
			if (matches(&rules[i].rule, &in))
				return would_match(a, rules[i].words, bodies[k].words);
		}
	return NULL;
}

/* ------------------------------------------------------------------ what else was signed right */

static const char *
try_conditions(struct arena *a, const struct signature_case *c)
{
	struct signature_rule r = c->rule;

	r.tolerance_s = INT_MAX;
	if (matches(&r, &c->in))
		return arena_printf(a,
		    "It matches, but its timestamp is more than %d s from this "
		    "machine's clock: a repetition, or a clock that is wrong.",
		    c->rule.tolerance_s);
	r = c->rule;
	r.shop_domain = "";
	if (matches(&r, &c->in))
		return arena_printf(a, "It matches, but X-Shopify-Shop-Domain is not %s, the only "
		    "shop that the Source takes.", c->rule.shop_domain);
	return NULL;
}

/* ------------------------------------------------------------------ secrets */

/* A secret as it may have been meant. words: after "with". */
struct form {
	const char *words;
	struct signature_secret secret;
};

static size_t
forms_decoded(struct arena *a, char *text, size_t n, struct form *forms)
{
	const char *base64 = strncmp(text, "whsec_", 6) == 0 ? text + 6 : text;
	unsigned char *raw = arena_alloc(a, n / 2 + 1);
	size_t count = 0, bytes;

	if (n % 2 == 0 && text_unhex(text, raw, n / 2) == 0)
		forms[count++] = (struct form){ .words = "its secret decoded from hex",
			.secret = { .s = (const char *)raw, .n = n / 2 } };
	raw = text_unbase64(a, base64, &bytes);
	if (raw != NULL && bytes > 0)
		forms[count++] = (struct form){ .words = "its secret decoded from base64",
			.secret = { .s = (const char *)raw, .n = bytes } };
	return count;
}

static size_t
forms_of(struct arena *a, const struct signature_secret *s, int is_standard,
    struct form forms[FORMS_MAX])
{
	char *text = text_trim(arena_strndup(a, s->s, s->n));
	size_t n = strlen(text), count = 0;

	if (n == 0 || memchr(s->s, '\0', s->n) != NULL)
		return 0;
	if (n != s->n)
		forms[count++] = (struct form){
			.words = "its secret without the blanks or line end around it",
			.secret = { .s = text, .n = n } };
	if (!is_standard)
		return count + forms_decoded(a, text, n, &forms[count]);
	text = text_base64(a, text, n);		/* which its scheme decodes */
	forms[count++] = (struct form){
		.words = "its secret as plain text, not decoded from base64",
		.secret = { .s = text, .n = strlen(text) } };
	return count;
}

static const char *
try_own_secrets(struct arena *a, const struct signature_case *c)
{
	const int is_standard = strcmp(c->rule.scheme, "standard") == 0;
	struct signature_rule r = c->rule;
	struct form forms[FORMS_MAX];

	r.nsecrets = 1;
	for (size_t i = 0; i < c->rule.nsecrets; i++) {
		size_t n = forms_of(a, &c->rule.secrets[i], is_standard, forms);

		for (size_t k = 0; k < n; k++) {
			r.secrets = &forms[k].secret;
			if (matches(&r, &c->in))
				return would_match(a, forms[k].words, NULL);
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
				return would_match(a, arena_printf(a, "the secret of Source %d",
				    c->others[i].source_id), rules[k].words);
		}
	return NULL;
}

/* ------------------------------------------------------------------ all */

static const char *
nothing_fits(struct arena *a, const struct signature_case *c)
{
	const char *others = signature_header_of_others(&c->rule, &c->in);
	const char *said = arena_printf(a,
	    "%s fits no known secret of the tenant, encoding or trimmed body.", header_given(c));

	if (others == NULL)
		return said;
	return arena_printf(a,
	    "%s The request has %s, too, which the Source's scheme does not look "
	    "at.",
	    said, others);
}

const char *
signature_why(struct arena *a, const struct signature_case *given)
{
	static const char *(*const tries[])(struct arena *, const struct signature_case *) = {
		try_conditions, try_bodies, try_own_secrets, try_other_secrets };
	struct signature_case c = *given;
	const char *said;

	if (c.rule.nsecrets == 0)
		return "The Source has no secret to check it with: customerapi source set "
		    "--secret-file.";
	if (c.rule.nsecrets > SIGNATURE_WHY_SECRETS_MAX)
		c.rule.nsecrets = SIGNATURE_WHY_SECRETS_MAX;
	if (c.in.body_bytes > SIGNATURE_WHY_BODY_MAX)
		return arena_printf(a, "The body has more than %d bytes: whether %s would match in "
		    "another way was not tried.", SIGNATURE_WHY_BODY_MAX, header_given(given));
	for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++)
		if ((said = tries[i](a, &c)) != NULL)
			return said;
	return nothing_fits(a, &c);
}
