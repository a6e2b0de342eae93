/* TAP: reading a request: paths, queries, headers, ids, bodies. */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi/request.h"
#include "fcgi/transport/transport.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/text.h"

enum { VARIABLES_MAX = 80, BODY_MAX = 16 };

/* A request as a web server would announce it. */
struct world {
	char *variables[VARIABLES_MAX + 1];
	size_t n;
	const char *body;		/* what really comes */
	size_t reads;
};

static int tests, failed;

static void
ok(int good, const char *fmt, ...)
{
	va_list ap;

	tests++;
	failed += !good;
	printf("%sok %d - ", good ? "" : "not ", tests);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

/* ------------------------------------------------------------------ paths */

struct path_case {
	const char *path;
	int raw, code;
	size_t n;
	const char *segments[4];
};

static const struct path_case paths[] = {
	{ "", 1, 0, 0, { 0 } },
	{ "/", 1, 0, 0, { 0 } },
	{ "/a/b", 1, 0, 2, { "a", "b" } },
	{ "//a///b/", 1, 0, 2, { "a", "b" } },
	{ "/a%2Fb/c", 1, 0, 2, { "a/b", "c" } },
	{ "/a%252Fb", 1, 0, 1, { "a%2Fb" } },
	{ "/a+b%20c", 1, 0, 1, { "a+b c" } },
	{ "/caf%C3%A9", 1, 0, 1, { "caf\xc3\xa9" } },
	{ "/...", 1, 0, 1, { "..." } },
	{ "/a%2fb", 0, 0, 1, { "a%2fb" } },	/* decoded by the web server: nothing is decoded again */
	{ "/50%", 0, 0, 1, { "50%" } },
	{ "/..", 1, ERR_BAD_REQUEST, 0, { 0 } },
	{ "/a/../b", 1, ERR_BAD_REQUEST, 0, { 0 } },
	{ "/a/%2e%2E/b", 1, ERR_BAD_REQUEST, 0, { 0 } },
	{ "/a/.", 1, ERR_BAD_REQUEST, 0, { 0 } },
	{ "/a/..", 0, ERR_BAD_REQUEST, 0, { 0 } },
	{ "/a%00b", 1, ERR_BAD_REQUEST, 0, { 0 } },
	{ "/a%0Ab", 1, ERR_BAD_REQUEST, 0, { 0 } },
	{ "/a\x7f", 0, ERR_BAD_REQUEST, 0, { 0 } },
	{ "/%FF", 1, ERR_BAD_REQUEST, 0, { 0 } },
	{ "/%C0%AE%C0%AE", 1, ERR_BAD_REQUEST, 0, { 0 } },
	{ "/%", 1, ERR_BAD_REQUEST, 0, { 0 } },
	{ "/%4", 1, ERR_BAD_REQUEST, 0, { 0 } },
	{ "/%zz", 1, ERR_BAD_REQUEST, 0, { 0 } },
};

static void
test_paths(void)
{
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		const struct path_case *c = &paths[i];
		struct request r = { 0 };
		struct err err = { 0 };
		int good = request_parse_path(&r, c->path, c->raw, &err) == c->code;

		if (c->code == 0)
			good = good && r.nsegments == c->n;
		for (size_t k = 0; c->code == 0 && good && k < c->n; k++)
			good = strcmp(r.segments[k], c->segments[k]) == 0;
		ok(good, "path %s%s", strchr(c->path, 0x7f) != NULL ? "with DEL" : c->path,
		    c->raw ? "" : ", decoded by the server");
		request_done(&r);
	}
}

/* n times text behind a slash. */
static int
parse_long_path(size_t n, const char *text)
{
	struct request r = { 0 };
	struct err err = { 0 };
	struct arena a = { 0 };
	char *path = arena_alloc(&a, n * strlen(text) + 1);
	int rc;

	for (size_t i = 0; i < n; i++)
		memcpy(path + i * strlen(text), text, strlen(text));
	rc = request_parse_path(&r, path, 1, &err);
	request_done(&r);
	arena_done(&a);
	return rc;
}

static void
test_limits(void)
{
	ok(parse_long_path(REQUEST_PATH_MAX, "/") == 0, "path of the greatest length");
	ok(parse_long_path(REQUEST_PATH_MAX + 1, "/") == ERR_URI_TOO_LONG, "path longer than that");
	ok(parse_long_path(REQUEST_SEGMENTS_MAX, "/a") == 0, "as many parts as can be");
	ok(parse_long_path(REQUEST_SEGMENTS_MAX + 1, "/a") == ERR_BAD_REQUEST, "one part more");
}

/* ------------------------------------------------------------------ queries */

static void
test_query(const char *query, int code, const char *want)
{
	struct request r = { 0 };
	struct err err = { 0 };
	struct buf b;
	int rc = request_parse_query(&r, query, &err);

	buf_init(&b, &r.arena);
	for (size_t i = 0; i < r.nparameters; i++)
		buf_addf(&b, "[%s=%s]", r.parameters[i].name, r.parameters[i].value);
	ok(rc == code && (code != 0 || strcmp(b.len == 0 ? "" : b.data, want) == 0),
	    "query \"%.60s\"", query);
	request_done(&r);
}

static void
test_queries(void)
{
	static char text[REQUEST_QUERY_MAX + 2];	/* zeroed: one byte too long */
	struct buf many;
	struct arena a = { 0 };

	test_query("", 0, "");
	test_query("a=1&b=2", 0, "[a=1][b=2]");
	test_query("&&a=1&", 0, "[a=1]");
	test_query("a", 0, "[a=]");
	test_query("a=", 0, "[a=]");
	test_query("a=b=c", 0, "[a=b=c]");
	test_query("a+b=c+d%2B%26%3D", 0, "[a b=c d+&=]");
	test_query("SourceId=1&sourceid=2", 0, "[SourceId=1][sourceid=2]");
	test_query("e=%C3%A9", 0, "[e=\xc3\xa9]");
	test_query("e=%E9", ERR_BAD_REQUEST, "");
	test_query("e=%00", ERR_BAD_REQUEST, "");
	test_query("e=%", ERR_BAD_REQUEST, "");
	test_query("%FF=1", ERR_BAD_REQUEST, "");
	buf_init(&many, &a);
	for (int i = 0; i < REQUEST_PARAMETERS_MAX; i++)
		buf_addf(&many, "p=%d&", i % 10);
	test_query(arena_printf(&a, "%sq=1", many.data), ERR_BAD_REQUEST, "");
	memset(text, 'x', sizeof text - 1);
	test_query(text, ERR_URI_TOO_LONG, "");
	arena_done(&a);
}

/* ------------------------------------------------------------------ whole requests */

static const char *
world_variable(const struct transport *t, const char *name)
{
	const struct world *w = t->state;
	size_t n = strlen(name);

	for (size_t i = 0; i < w->n; i++)
		if (strncmp(w->variables[i], name, n) == 0 && w->variables[i][n] == '=')
			return w->variables[i] + n + 1;
	return NULL;
}

static char **
world_variables(const struct transport *t)
{
	return ((struct world *)t->state)->variables;
}

static size_t
world_read(const struct transport *t, void *out, size_t n)
{
	struct world *w = t->state;
	size_t have = strlen(w->body), give = have < n ? have : n;

	w->reads++;
	give = give > 3 ? 3 : give;	/* bytes come in drops */
	memcpy(out, w->body, give);
	w->body += give;
	return give;
}

/* Reads the request that the NULL-ended list of variables announces. */
static int
read_request(struct request *r, struct world *w, const char *const *variables, const char *body)
{
	static struct conf conf = { .body_max_bytes = BODY_MAX, .fcgi_base_path = "/crm" };
	static struct request_thread thread = { .conf = &conf };
	struct transport t = { .state = w,
		.variable = world_variable,
		.variables = world_variables,
		.read = world_read };
	struct err err = { 0 };
	int rc;

	*w = (struct world){ .body = body };
	for (; *variables != NULL && w->n < VARIABLES_MAX; variables++)
		w->variables[w->n++] = strdup(*variables);
	*r = (struct request){ 0 };
	rc = request_read(r, &t, &thread, &err);
	return rc < 0 ? rc : request_read_body(r, &t, BODY_MAX, &err);
}

static void
done(struct request *r, struct world *w)
{
	request_done(r);
	while (w->n > 0)
		free(w->variables[--w->n]);
}

#define LIST(...) (const char *const[]){ __VA_ARGS__, NULL }

static void
test_route(const char *const *variables, const char *path, const char *what)
{
	struct request r;
	struct world w;
	int rc = read_request(&r, &w, variables, "");

	ok(rc == 0 && strcmp(r.path, path) == 0, "%s", what);
	done(&r, &w);
}

static void
test_routes(void)
{
	test_route(LIST("PATH_INFO=/a/b", "REQUEST_URI=/x?y=1"), "/x", "REQUEST_URI decides");
	test_route(LIST("PATH_INFO=/a%b", "REQUEST_URI=/crm/a%25b"), "/a%b",
	    "less the base path, and is decoded once");
	test_route(LIST("PATH_INFO=/a%b", "REQUEST_URI=/CRM/a%2525b"), "/a%25b", "in any case");
	test_route(LIST("PATH_INFO=/a%2Fb"), "/a%2Fb", "PATH_INFO alone is taken as it is");
	test_route(LIST("PATH_INFO=/a", "REQUEST_URI="), "/a", "an empty REQUEST_URI is none");
	test_route(LIST("REQUEST_URI=http://u:p@h.example/crm/a?x=/y"), "/a",
	    "of a whole address, its path");
	test_route(LIST("REQUEST_URI=http://h.example?x=/y"), "/", "which may have none");
	test_route(LIST("REQUEST_URI=/crm/a#b"), "/a", "less a fragment");
	test_route(LIST("REQUEST_URI=/a?x=http://h/b"), "/a", "an address in the query is none");
	test_route(LIST("PATH_INFO=/a%20b", "CUSTOMERAPI_RAW_PATH=1", "REQUEST_URI=/x"), "/a b",
	    "a raw PATH_INFO decides and is decoded");
	test_route(LIST("PATH_INFO=", "CUSTOMERAPI_RAW_PATH=1", "REQUEST_URI=/x"), "/x",
	    "unless it is empty");
	test_route(LIST("PATH_INFO=/a%20b", "CUSTOMERAPI_RAW_PATH=0"), "/a%20b",
	    "the mark is 1 and nothing else");
	test_route(LIST("PATH_INFO=", "REQUEST_URI=/a%20b?c=%2F"), "/a b",
	    "empty PATH_INFO: REQUEST_URI less query");
	test_route(LIST("REQUEST_URI=/crm/a"), "/a", "less the base path");
	test_route(LIST("REQUEST_URI=/crm"), "/", "which may be all");
	test_route(LIST("REQUEST_URI=/crmx/a"), "/crmx/a", "but is no part of a name");
	test_route(LIST("SERVER_NAME=x"), "/", "no path at all");
}

static void
test_body(const char *length, const char *body, int code, size_t n)
{
	struct request r;
	struct world w;
	const char *announced = strcmp(length, "absent") == 0 ? "SERVER_NAME=x" : length;
	int rc = read_request(&r, &w, LIST("REQUEST_METHOD=POST", announced), body);

	ok(rc == code, "body with %s", length);
	if (code == 0)
		ok(r.body_bytes == n && strncmp(r.body, body, n) == 0 && r.body[n] == '\0',
		    "is what came, with %s", length);
	if (code == ERR_TOO_LARGE)
		ok(w.reads == 0, "is not read, with %s", length);
	done(&r, &w);
}

static void
test_bodies(void)
{
	struct request r;
	struct world w;

	test_body("absent", "x", 0, 0);
	test_body("CONTENT_LENGTH=", "x", 0, 0);
	test_body("CONTENT_LENGTH=0", "", 0, 0);
	test_body("CONTENT_LENGTH=5", "hello", 0, 5);
	test_body("CONTENT_LENGTH=16", "0123456789abcdef", 0, 16);
	test_body("CONTENT_LENGTH=17", "0123456789abcdefg", ERR_TOO_LARGE, 0);
	test_body("CONTENT_LENGTH=99999999999999999999", "x", ERR_BAD_REQUEST, 0);
	test_body("CONTENT_LENGTH=5", "hell", ERR_LENGTH_REQUIRED, 0);
	test_body("CONTENT_LENGTH=-1", "x", ERR_BAD_REQUEST, 0);
	test_body("CONTENT_LENGTH=1x", "x", ERR_BAD_REQUEST, 0);
	ok(read_request(&r, &w, LIST("REQUEST_METHOD=POST", "HTTP_TRANSFER_ENCODING=chunked"),
	       "x") == ERR_LENGTH_REQUIRED,
	    "a body without a length is refused, not lost");
	done(&r, &w);
}

static void
test_memory(void)
{
	struct arena a = { .limit = 100000 };
	char *p = arena_try(&a, 50000);

	ok(p != NULL && !arena_is_over(&a), "what is within the limit is had");
	ok(arena_try(&a, 60000) == NULL && !arena_is_over(&a), "what would go beyond it is not");
	ok(arena_try(&a, SIZE_MAX) == NULL, "however much it is");
	arena_alloc(&a, 60000);
	ok(arena_is_over(&a) && arena_try(&a, 1) == NULL,
	    "who does not ask gets it, and the arena is over");
	arena_reset(&a);
	ok(!arena_is_over(&a) && a.limit == 100000, "and begins anew");
	arena_done(&a);
	ok(arena_try(&a, SIZE_MAX / 2) == NULL, "without a limit the system has one");
	arena_done(&a);
}

static void
test_coding(const char *first, const char *second, const char *body, enum unpack_coding coding)
{
	struct request r;
	struct world w;
	const char *length = *body == '\0' ? "CONTENT_LENGTH=" : "CONTENT_LENGTH=1";
	int rc = read_request(&r, &w, LIST(length, first, second), body);

	ok(rc == 0 && r.coding == coding, "%s, %s: \"%s\"", first, second, body);
	done(&r, &w);
}

static void
test_codings(void)
{
	static const char gzip[] = "HTTP_CONTENT_ENCODING=gzip", none[] = "SERVER_NAME=x";

	test_coding(gzip, none, "x", UNPACK_GZIP);
	test_coding("HTTP_CONTENT_ENCODING=identity", none, "x", UNPACK_NONE);
	test_coding("HTTP_CONTENT_ENCODING=", none, "x", UNPACK_NONE);
	test_coding(none, none, "x", UNPACK_NONE);
	test_coding("HTTP_CONTENT_ENCODING=br", none, "x", UNPACK_UNKNOWN);
	test_coding(gzip, gzip, "x", UNPACK_UNKNOWN);
	test_coding(gzip, "HTTP_CONTENT_ENCODING=", "x", UNPACK_GZIP);
	test_coding(gzip, none, "", UNPACK_UNSET);
	test_coding("HTTP_CONTENT_ENCODING=br", none, "", UNPACK_UNSET);
}

static void
test_id(const char *given, int taken)
{
	struct request r;
	struct world w;
	int rc = read_request(&r, &w, LIST(given), "");

	ok(rc == 0 && r.request_id_given == taken &&
		(taken ? strcmp(r.request_id, strchr(given, '=') + 1) == 0 :
			 strlen(r.request_id) == 32),
	    "%.60s is %s", given, taken ? "taken" : "replaced");
	done(&r, &w);
}

static void
test_headers(void)
{
	struct request r;
	struct world w;
	char text[REQUEST_HEADERS_MAX + 1][32];
	const char *many[REQUEST_HEADERS_MAX + 2];

	ok(read_request(&r, &w,
	       LIST("HTTP_X_SHOPIFY_TOPIC=orders/create", "HTTP_PROXY=evil",
		   "CONTENT_TYPE=text/plain", "HTTPS=on"),
	       "") == 0,
	    "headers");
	ok(request_header_find(&r, "X-Shopify-Topic") != NULL &&
		strcmp(request_header_find(&r, "x-shopify-topic"), "orders/create") == 0,
	    "found in any case");
	ok(request_header_find(&r, "Content-Type") != NULL &&
		request_header_find(&r, "Proxy") == NULL && r.nheaders == 2,
	    "Content-Type yes, Proxy no");
	ok(strcmp(r.peer, "unix:") == 0 && r.method == REQUEST_OTHER, "no peer, no method");
	done(&r, &w);
	for (size_t i = 0; i <= REQUEST_HEADERS_MAX; i++) {
		snprintf(text[i], sizeof text[i], "HTTP_H%zu=x", i);
		many[i] = text[i];
	}
	many[REQUEST_HEADERS_MAX] = NULL;
	ok(read_request(&r, &w, many, "") == 0, "as many headers as can be");
	done(&r, &w);
	many[REQUEST_HEADERS_MAX] = text[REQUEST_HEADERS_MAX];
	many[REQUEST_HEADERS_MAX + 1] = NULL;
	ok(read_request(&r, &w, many, "") == ERR_BAD_REQUEST, "one more is refused, not dropped");
	done(&r, &w);
}

int
main(void)
{
	test_paths();
	test_limits();
	test_queries();
	test_routes();
	test_bodies();
	test_memory();
	test_codings();
	test_id("HTTP_X_REQUEST_ID=abc.DEF_1-2", 1);
	test_id(
	    "HTTP_X_REQUEST_ID=0123456789012345678901234567890123456789012345678901234567890123",
	    1);
	test_id(
	    "HTTP_X_REQUEST_ID=01234567890123456789012345678901234567890123456789012345678901234",
	    0);
	test_id("HTTP_X_REQUEST_ID=a b", 0);
	test_id("HTTP_X_REQUEST_ID=", 0);
	test_headers();
	printf("1..%d\n", tests);
	return failed != 0;
}
