/* TAP: what help pages make of payloads, names and samples. */
#include "config.h"

#include <string.h>

#include "fcgi/action.h"
#include "fcgi/help/help.h"
#include "fcgi/api/sample.h"
#include "fcgi/masking.h"
#include "fcgi/request.h"
#include "lib/arena.h"
#include "lib/format/json.h"
#include "t/c/tap.h"

static struct arena arena;

static void
masked(const char *body, const char *want)
{
	const char *got = masking_payload(&arena, body, strlen(body));

	ok(strcmp(got, want) == 0, "masked",
	    strlen(got) < 60 && strchr(got, '\n') == NULL ? got : "");
}

static void
test_masking(void)
{
	char *many = arena_alloc(&arena, 400);

	memset(many, '[', JSON_MAX_DEPTH);
	memset(many + JSON_MAX_DEPTH, ']', JSON_MAX_DEPTH);
	ok(masking_payload(&arena, many, JSON_MAX_DEPTH * 2)[0] == '[',
	    "as deep as a document may be", "");
	masked("{}", "{}");
	masked("[]", "[]");
	masked("{\"first_name\":\"Zo\xc3\xab\",\"n\":-12.50,\"ok\":true,\"none\":null}",
	    "{\n  \"first_name\": \"Xxx\",\n  \"n\": -99.99,\n  \"ok\": true,\n  \"none\": "
	    "null\n}");
	masked("{\"ada@demo.example\":1,\"33612345678\":2,\"l1\":3}",
	    "{\n  \"xxx@xxxx.xxxxxxx\": 9,\n  \"99999999999\": 9,\n  \"l1\": 9\n}");
	masked("\"0123456789012345678901234567890123456789012345\"",
	    "\"9999999999999999999999999999999999999999…\"");
	masked("customer=Ada&tel=+33 6", "22 bytes that are neither JSON nor a query string");
	masked("customer=Ada&tel=%2B336", "customer=Xxx&\ntel=%9X999");
	masked("{\"a\":1", "6 bytes that are neither JSON nor a query string");
	masked("", "0 bytes that are neither JSON nor a query string");
	strcpy(many, "[");
	for (int i = 0; i < 60; i++)
		strcat(many, i > 0 ? ",1" : "1");
	strcat(many, "]");
	ok(strstr(masking_payload(&arena, many, strlen(many)), "9\n  … 10 more\n]") != NULL,
	    "a long array is cut", "");
}

/* ------------------------------------------------------------------ addresses of pages */

static void
test_pages(void)
{
	static const char *const none[] = { "", "GET", "GET-", "-healthz", "GET-healthzz",
		"PUT-healthz", "GET-healthz-", "GET-HelpWebapi", "GET-Healthz%00" };
	unsigned method = 0;
	const struct action *a = help_page_find("get-HEALTHZ", &method);

	ok(a != NULL && strcmp(a->name, "healthz") == 0 && method == REQUEST_GET,
	    "a page in any case", "");
	ok(help_page_find("GET-healthz_More_Parameters", &method) == a,
	    "what stands behind the path does not matter", "");
	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
		ok(help_page_find(none[i], &method) == NULL, "no page:", none[i]);
	for (size_t c = 0; controllers[c] != NULL; c++)
		for (const struct action *x = controllers[c]; x->name != NULL; x++)
			for (unsigned m = REQUEST_GET; m <= REQUEST_DELETE; m <<= 1)
				if (!x->hidden && (x->methods & m) != 0 &&
				    help_page_find(help_page_name(&arena, x, m), &method) != x)
					ok(0, "finds its row:", help_page_name(&arena, x, m));
}

/* ------------------------------------------------------------------ samples */

static void
test_samples(void)
{
	static const struct sample_value values[] = { { "CustomerName", "O'Brien $(id) `x` \"" },
		{ "DatabaseAlias", "a/b?c" }, { NULL, NULL } };
	unsigned method = 0;
	const struct action *a = help_page_find(
	    "POST-ProcessManagement-Connector-Standard-QueueProcess-CustomerName-DatabaseAlias-"
	    "ExternalPlatform-ExternalEntity-ExternalAction",
	    &method);
	const struct sample s = { .arena = &arena,
		.action = a,
		.method = method,
		.base = "http://localhost",
		.values = values };
	const char *curl = sample_curl(&s);

	ok(strstr(curl,
	       "/QueueProcess/O%27Brien%20%24%28id%29%20%60x%60%20%22/a%2Fb%3Fc/Shopify/") != NULL,
	    "an address holds nothing that a shell reads", "");
	ok(strstr(curl, "-H 'X-Crm360Api-CustomerName: O'\\''Brien $(id) `x` \"'") != NULL,
	    "nor does a header", "");
	ok(strstr(curl, "-H \"X-Crm360Api-Token: $TOKEN\"") != NULL, "but the token's variable",
	    "");
}

int
main(void)
{
	test_masking();
	test_pages();
	test_samples();
	arena_done(&arena);
	return tap_end();
}
