/* Fuzz door: any header values and body against every scheme. Input: three lines with header
 * values, then the body. */
#include <stdint.h>
#include <string.h>

#include "fcgi/access/signature.h"
#include "lib/arena.h"

enum { HEADERS = 3 };

struct door {
	const char *values[HEADERS];
	int next;
};

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

/* Whichever header a scheme asks for first gets the first line, and so on. */
static const char *
door_header(const void *arg, const char *name)
{
	struct door *d = *(struct door *const *)arg;

	(void)name;
	return d->next < HEADERS ? d->values[d->next++] : NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const char *const schemes[] = { "shopify", "standard", "adobe", "github", "hmac" };
	static const struct signature_secret secrets[] = {
		{ "hush", 4 }, { "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 38 }, { "whpk_xvpyZzPV2uRX6wxHTg+DZ/rPCfTn5udBZzWLH4r28DU=", 49 },
	};
	struct arena a = { 0 };
	char *text = arena_strndup(&a, (const char *)p, n), *rest = text;
	struct door d = { .next = 0 }, *door = &d;

	for (int i = 0; i < HEADERS && rest != NULL; i++)
		d.values[i] = strsep(&rest, "\n");
	for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
		const struct signature_rule rule = {
			.scheme = schemes[i],
			.header = "X-Sig",
			.hash = "sha256",
			.encoding = i % 2 ? "hex" : "base64",
			.prefix = "",
			.tolerance_s = 300,
			.shop_domain = "a.example",
			.secrets = secrets,
			.nsecrets = 3,
		};
		const struct signature_input in = {
			.header = door_header,
			.arg = &door,
			.body = rest == NULL ? "" : rest,
			.body_bytes = rest == NULL ? 0 : strlen(rest),
			.now = INT64_C(1614265330) * USEC_SEC,
		};

		d.next = 0;
		signature_check(&a, &rule, &in);
	}
	arena_done(&a);
	return 0;
}
