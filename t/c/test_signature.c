/* TAP: every signature scheme, right, wrong, stale, rotated. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "fcgi/access/signature.h"
#include "lib/arena.h"
#include "lib/text.h"

#define SHOP_BODY "{\"id\":820982911946154508,\"email\":\"jon@doe.ca\"}"
#define SHOP_HMAC "fp5HwmAHEVGQQwJU1KRpk57Ts2YHF6/TLOCczCtB5bs="
#define STD_BODY "{\"test\": 2432232314}"
#define STD_SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define STD_SIG "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
#define STD_PUBLIC "whpk_xvpyZzPV2uRX6wxHTg+DZ/rPCfTn5udBZzWLH4r28DU="
#define STD_V1A \
	"v1a,E8IRBz3vrIwPUAOoPH/frOs5uCQ7k/FW0XpaJDbr6ZaNNv4ePk4DwRN3BNBfIgZR" \
	"IqDLd83rKgDiwo6opDYeBQ=="
#define GITHUB_HEX "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
#define ADOBE_PEM "-----BEGIN PUBLIC KEY-----\n" \
	"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAsSyPRftiKFqV5Dh3YTvp\n" \
	"PBf5+oPOwWFTKb0DZbtiMnHb3vf6D8Blu76nYTbYjEYjGLK8171iuZh3TcF0OUmT\n" \
	"a+Y/ak7yUIbJQFwf4KlfQ6zN7q+CbJ4cm90wEHC3wJm/9TpygrnS7l43zyzr4dIy\n" \
	"7fC8FpnUAunf/LjRX6H3je+gFP5PE31Qa4+jL4eakVMeO7ml3r6JDaXAmbq26JRj\n" \
	"wNr+L2Ho+sUQLRRN0UIYhG0ob4AU3x39QpJ5tMn00h2/oBNysa5GX2TxWLqWsqNe\n" \
	"ME1cZDxBI1Y58PEPbSqAARVr+rMBq2463yjhkhG2qmNTEL7IkNEhJ9m6Oa+mKITk\n" \
	"XQIDAQAB\n-----END PUBLIC KEY-----\n"
#define ADOBE_SIG                                                                                  \
	"F0imbxqdtEgFFSyb+dapiZYnenu+rt0OAAv4XRplP3Ui/"                                            \
	"04qbdyZJsGvoF6vM9jSYmcg+2XP8LdVlRUmuFnuCD5dds6PIBk3RsEILG5y3ULFiY0D2Td2"                  \
	"7yB1EjVNCsb5LWlyc2wni/"                                                                   \
	"w+D0OJlfHsuk5ZT0LqxU5K0rqZpJ1FdqGgzhL9Ao5giMP9OHN4MLYnmtyJz1rI5DLV/ceLb+bVEFmJbGR5/"      \
	"nsL2tcII0kTC+S2nzvl5GGF"                                                                  \
	"bDrb0XOOepa+BE0XRtclm7trR17Nef5jxQdRZJ0q3gc8H26YVxLmrq0DrPKf1vTPwl44YWb+/"                \
	"9EUI+FPt5bcrbARzl5uJpe5ag=="

enum { NOW_S = 1614265330 };

struct pair {
	const char *name, *value;
};

struct vector {
	const char *what;
	struct signature_rule rule;
	const char *secrets[3];
	struct pair headers[5];
	const char *body;
	long now_s;
	enum signature_result want;
};

#define GENERIC(h, e, p) \
	{ .scheme = "hmac", .header = "X-Sig", .hash = (h), .encoding = (e), .prefix = (p) }
#define STD(id, ts, sig) \
	{ { "webhook-id", id }, { "webhook-timestamp", ts }, { "webhook-signature", sig } }
#define STD_RULE { .scheme = "standard", .tolerance_s = 300 }
#define MSG "msg_p5jXN8AQM9LWM0D4loKWxJek"

static const struct vector vectors[] = {
	{ "shopify", { .scheme = "shopify" }, { "hush" }, { { "X-Shopify-Hmac-SHA256", SHOP_HMAC } }, SHOP_BODY, 0, SIGNATURE_GOOD },
	{ "shopify events", { .scheme = "shopify" }, { "hush" }, { { "Shopify-Hmac-Sha256", SHOP_HMAC } }, SHOP_BODY, 0, SIGNATURE_GOOD },
	{ "shopify, header name in another case", { .scheme = "shopify" }, { "hush" }, { { "x-shopify-hmac-sha256", SHOP_HMAC } }, SHOP_BODY, 0,
	  SIGNATURE_GOOD },
	{ "shopify, old secret after rotation", { .scheme = "shopify" }, { "new", "hush" }, { { "X-Shopify-Hmac-SHA256", SHOP_HMAC } }, SHOP_BODY, 0,
	  SIGNATURE_GOOD },
	{ "shopify, wrong secret", { .scheme = "shopify" }, { "hash" }, { { "X-Shopify-Hmac-SHA256", SHOP_HMAC } }, SHOP_BODY, 0, SIGNATURE_WRONG },
	{ "shopify, no secret", { .scheme = "shopify" }, { NULL }, { { "X-Shopify-Hmac-SHA256", SHOP_HMAC } }, SHOP_BODY, 0, SIGNATURE_WRONG },
	{ "shopify, an empty secret signs nothing", { .scheme = "shopify" }, { "" },
	  { { "X-Shopify-Hmac-SHA256", "thNnmggU2ex3L5XXeMNfxf8Wl8STcVZTxscSFEKSxa0=" } }, "", 0, SIGNATURE_WRONG },
	{ "shopify, body changed", { .scheme = "shopify" }, { "hush" }, { { "X-Shopify-Hmac-SHA256", SHOP_HMAC } }, SHOP_BODY " ", 0, SIGNATURE_WRONG },
	{ "shopify, header empty", { .scheme = "shopify" }, { "hush" }, { { "X-Shopify-Hmac-SHA256", "" } }, SHOP_BODY, 0, SIGNATURE_WRONG },
	{ "shopify, header cut", { .scheme = "shopify" }, { "hush" }, { { "X-Shopify-Hmac-SHA256", "fp5HwmAHEVGQQw==" } }, SHOP_BODY, 0, SIGNATURE_WRONG },
	{ "shopify, no header", { .scheme = "shopify" }, { "hush" }, { { NULL, NULL } }, SHOP_BODY, 0, SIGNATURE_ABSENT },
	{ "shopify, both headers, one wrong", { .scheme = "shopify" }, { "hush" },
	  { { "X-Shopify-Hmac-SHA256", SHOP_HMAC }, { "Shopify-Hmac-Sha256", "AAAA" } }, SHOP_BODY, 0, SIGNATURE_WRONG },
	{ "shopify, its shop", { .scheme = "shopify", .shop_domain = "a.myshopify.com" }, { "hush" },
	  { { "X-Shopify-Hmac-SHA256", SHOP_HMAC }, { "X-Shopify-Shop-Domain", "A.myshopify.com" } }, SHOP_BODY, 0, SIGNATURE_GOOD },
	{ "shopify, another shop", { .scheme = "shopify", .shop_domain = "a.myshopify.com" }, { "hush" },
	  { { "X-Shopify-Hmac-SHA256", SHOP_HMAC }, { "X-Shopify-Shop-Domain", "b.myshopify.com" } }, SHOP_BODY, 0, SIGNATURE_WRONG },
	{ "shopify, no shop named", { .scheme = "shopify", .shop_domain = "a.myshopify.com" }, { "hush" }, { { "X-Shopify-Hmac-SHA256", SHOP_HMAC } },
	  SHOP_BODY, 0, SIGNATURE_WRONG },
	{ "standard v1", STD_RULE, { STD_SECRET }, STD(MSG, "1614265330", STD_SIG), STD_BODY, NOW_S, SIGNATURE_GOOD },
	{ "standard v1, secret without its prefix", STD_RULE, { STD_SECRET + 6 }, STD(MSG, "1614265330", STD_SIG), STD_BODY, NOW_S, SIGNATURE_GOOD },
	{ "standard v1, svix names", STD_RULE, { STD_SECRET }, { { "svix-id", MSG }, { "svix-timestamp", "1614265330" }, { "svix-signature", STD_SIG } },
	  STD_BODY, NOW_S, SIGNATURE_GOOD },
	{ "standard v1, several entries", STD_RULE, { STD_SECRET }, STD(MSG, "1614265330", "v2,AAAA v1,AAAA  " STD_SIG), STD_BODY, NOW_S, SIGNATURE_GOOD },
	{ "standard v1, 300 s late", STD_RULE, { STD_SECRET }, STD(MSG, "1614265330", STD_SIG), STD_BODY, NOW_S + 300, SIGNATURE_GOOD },
	{ "standard v1, 301 s late", STD_RULE, { STD_SECRET }, STD(MSG, "1614265330", STD_SIG), STD_BODY, NOW_S + 301, SIGNATURE_WRONG },
	{ "standard v1, 301 s early", STD_RULE, { STD_SECRET }, STD(MSG, "1614265330", STD_SIG), STD_BODY, NOW_S - 301, SIGNATURE_WRONG },
	{ "standard v1, another id", STD_RULE, { STD_SECRET }, STD("msg_other", "1614265330", STD_SIG), STD_BODY, NOW_S, SIGNATURE_WRONG },
	{ "standard v1, another timestamp", STD_RULE, { STD_SECRET }, STD(MSG, "1614265331", STD_SIG), STD_BODY, NOW_S, SIGNATURE_WRONG },
	{ "standard v1, timestamp no number", STD_RULE, { STD_SECRET }, STD(MSG, "now", STD_SIG), STD_BODY, NOW_S, SIGNATURE_WRONG },
	{ "standard v1, timestamp huge", STD_RULE, { STD_SECRET }, STD(MSG, "9223372036854775807", STD_SIG), STD_BODY, NOW_S, SIGNATURE_WRONG },
	{ "standard v1, no id", STD_RULE, { STD_SECRET }, { { "webhook-timestamp", "1614265330" }, { "webhook-signature", STD_SIG } }, STD_BODY, NOW_S,
	  SIGNATURE_WRONG },
	{ "standard, no signature", STD_RULE, { STD_SECRET }, { { "webhook-id", MSG } }, STD_BODY, NOW_S, SIGNATURE_ABSENT },
	{ "standard v1a", STD_RULE, { STD_PUBLIC }, STD("msg_1", "1614265330", STD_V1A), STD_BODY, NOW_S, SIGNATURE_GOOD },
	{ "standard v1a beside a v1 secret", STD_RULE, { STD_SECRET, STD_PUBLIC }, STD("msg_1", "1614265330", STD_V1A), STD_BODY, NOW_S, SIGNATURE_GOOD },
	{ "standard v1a, body changed", STD_RULE, { STD_PUBLIC }, STD("msg_1", "1614265330", STD_V1A), "{}", NOW_S, SIGNATURE_WRONG },
	{ "standard, v1 entry under a public key", STD_RULE, { STD_PUBLIC }, STD(MSG, "1614265330", STD_SIG), STD_BODY, NOW_S, SIGNATURE_WRONG },
	{ "adobe", { .scheme = "adobe" }, { ADOBE_PEM }, { { "x-adobe-commerce-webhook-signature", ADOBE_SIG } }, STD_BODY, 0, SIGNATURE_GOOD },
	{ "adobe, body changed", { .scheme = "adobe" }, { ADOBE_PEM }, { { "x-adobe-commerce-webhook-signature", ADOBE_SIG } }, "{}", 0, SIGNATURE_WRONG },
	{ "adobe, key is no key", { .scheme = "adobe" }, { "hush" }, { { "x-adobe-commerce-webhook-signature", ADOBE_SIG } }, STD_BODY, 0, SIGNATURE_WRONG },
	{ "adobe, absent", { .scheme = "adobe" }, { ADOBE_PEM }, { { NULL, NULL } }, STD_BODY, 0, SIGNATURE_ABSENT },
	{ "github", { .scheme = "github" }, { "It's a Secret to Everybody" }, { { "X-Hub-Signature-256", "sha256=" GITHUB_HEX } }, "Hello, World!", 0,
	  SIGNATURE_GOOD },
	{ "github, without its prefix", { .scheme = "github" }, { "It's a Secret to Everybody" }, { { "X-Hub-Signature-256", GITHUB_HEX } },
	  "Hello, World!", 0, SIGNATURE_WRONG },
	{ "github, odd digits", { .scheme = "github" }, { "It's a Secret to Everybody" }, { { "X-Hub-Signature-256", "sha256=" GITHUB_HEX "0" } },
	  "Hello, World!", 0, SIGNATURE_WRONG },
	{ "hmac sha1 hex", GENERIC("sha1", "hex", ""), { "k1" }, { { "X-Sig", "c5bd20bb263bff139f9055fa38272865272ad9cf" } }, STD_BODY, 0, SIGNATURE_GOOD },
	{ "hmac sha1 hex, capitals and a prefix", GENERIC("sha1", "hex", "sha1="), { "k1" },
	  { { "X-Sig", "sha1=C5BD20BB263BFF139F9055FA38272865272AD9CF" } }, STD_BODY, 0, SIGNATURE_GOOD },
	{ "hmac sha512 base64", GENERIC("sha512", "base64", ""), { "k1" },
	  { { "X-Sig", "fAUv+vzf1hcyTuBqX1XSuFUMLz0z5p934CeLgyvH2P2GCwM0JM6eqWZUFkhUwpA/+qPM0SQQR0rGYTvtmeo12Q==" } }, STD_BODY, 0, SIGNATURE_GOOD },
	{ "hmac, shorter digest of another hash", GENERIC("sha512", "hex", ""), { "k1" }, { { "X-Sig", "c5bd20bb263bff139f9055fa38272865272ad9cf" } },
	  STD_BODY, 0, SIGNATURE_WRONG },
	{ "hmac, unknown hash", GENERIC("md5", "hex", ""), { "k1" }, { { "X-Sig", "00" } }, STD_BODY, 0, SIGNATURE_WRONG },
	{ "hmac, absent", GENERIC("sha1", "hex", ""), { "k1" }, { { NULL, NULL } }, STD_BODY, 0, SIGNATURE_ABSENT },
	{ "none looks at nothing", { .scheme = "none" }, { "hush" }, { { "X-Shopify-Hmac-SHA256", "bad" } }, SHOP_BODY, 0, SIGNATURE_ABSENT },
	{ "an unknown scheme accepts nothing", { .scheme = "magic" }, { "hush" }, { { NULL, NULL } }, SHOP_BODY, 0, SIGNATURE_WRONG },
};

static const char *
vector_header(const void *arg, const char *name)
{
	const struct vector *v = arg;

	for (size_t i = 0;
	     i < sizeof v->headers / sizeof v->headers[0] && v->headers[i].name != NULL; i++)
		if (text_ieq(v->headers[i].name, name))
			return v->headers[i].value;
	return NULL;
}

static enum signature_result
vector_run(struct arena *a, const struct vector *v)
{
	struct signature_secret secrets[3];
	struct signature_rule rule = v->rule;
	struct signature_input in = { .header = vector_header,
		.arg = v,
		.body = v->body,
		.body_bytes = strlen(v->body),
		.now = v->now_s * USEC_SEC };

	rule.secrets = secrets;
	for (size_t i = 0; i < 3 && v->secrets[i] != NULL; i++)
		secrets[rule.nsecrets++] = (struct signature_secret){ .s = v->secrets[i],
			.n = strlen(v->secrets[i]) };
	return signature_check(a, &rule, &in);
}

int
main(void)
{
	size_t n = sizeof vectors / sizeof vectors[0];
	struct arena a = { 0 };
	int failed = 0;

	printf("1..%zu\n", n);
	for (size_t i = 0; i < n; i++) {
		int ok = vector_run(&a, &vectors[i]) == vectors[i].want;

		printf("%sok %zu - %s\n", ok ? "" : "not ", i + 1, vectors[i].what);
		failed |= !ok;
	}
	arena_done(&a);
	return failed;
}
