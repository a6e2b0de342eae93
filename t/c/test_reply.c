/* TAP: what goes back: problem documents, headers, HEAD, 204, and that a 500 tells nothing of the inside. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "fcgi/transport.h"
#include "lib/err.h"

static int tests, failed;
static char sent[4096];

static void
ok(int good, const char *what)
{
	tests++;
	failed += !good;
	printf("%sok %d - %s\n", good ? "" : "not ", tests, what);
	if (!good)
		for (char *line = sent, *next; line != NULL && *line != '\0'; line = next) {
			if ((next = strchr(line, '\n')) != NULL)
				*next++ = '\0';
			printf("# %s\n", line);
		}
}

static int
keep(const struct transport *t, const void *p, size_t n)
{
	(void)t;
	snprintf(sent, sizeof sent, "%.*s", (int)n, (const char *)p);
	return 0;
}

static int
has(const char *text)
{
	return strstr(sent, text) != NULL;
}

static const struct transport transport = { .write = keep };

static void
send_problem(enum request_method method, const struct err *err)
{
	struct request r = { .method = method, .request_id = "id-1" };
	struct reply reply;

	reply_init(&reply, &r);
	buf_adds(&reply.body, "half a reply");
	reply_problem(&reply, &r, err);
	reply_send(&reply, &r, &transport);
	request_done(&r);
}

static void
test_problems(void)
{
	struct arena a = { 0 };
	struct err err = { 0 };

	err_set(&err, ERR_DB, "secret inside");
	send_problem(REQUEST_GET, &err);
	ok(has("Status: 500 ") && !has("secret") && !has("half a reply"), "500 tells nothing of the inside");
	ok(has("Content-Type: application/problem+json\r\n") && has("X-Request-Id: id-1\r\n") && has("\"requestId\":\"id-1\""), "type and request id");
	send_problem(REQUEST_HEAD, &err);
	ok(has("Status: 500 ") && has("\r\n\r\n") && !has("{") && !has("Content-Length"), "HEAD: no body");
	err_clear(&err);
	err_fault(&err, &a, "a\"b", "is <%s>", "wrong");
	err_fault(&err, &a, "c", "too");
	send_problem(REQUEST_POST, &err);
	ok(has("\"errors\":[{\"field\":\"a\\\"b\",\"message\":\"is <wrong>\"},{\"field\":\"c\",\"message\":\"too\"}]"), "faults in order, escaped");
	ok(!has("Retry-After"), "no Retry-After for a bad request");
	err_clear(&err);
	err_set(&err, ERR_DB_RETRY, "Busy.");
	send_problem(REQUEST_GET, &err);
	ok(has("Status: 503 ") && has("Retry-After: 30\r\n") && has("\"detail\":\"Busy.\""), "503 always says when to come again");
	err.retry_after_s = 7;
	send_problem(REQUEST_GET, &err);
	ok(has("Retry-After: 7\r\n"), "as the failure says, if it does");
	err_clear(&err);
	err_set(&err, ERR_AUTH, "No.");
	send_problem(REQUEST_GET, &err);
	ok(has("Status: 401 ") && has("WWW-Authenticate: "), "401 says how");
	err_clear(&err);
	send_problem(REQUEST_GET, &err);
	ok(has("Status: 500 "), "a failure without a code is ours");
	arena_done(&a);
}

static void
test_replies(void)
{
	struct request r = { .method = REQUEST_GET, .request_id = "id-2" };
	struct reply reply;

	reply_init(&reply, &r);
	buf_adds(&reply.body, "{}");
	reply_send(&reply, &r, &transport);
	ok(has("Status: 200 OK\r\n") && has("Content-Type: application/json; charset=utf-8\r\n") && has("Content-Length: 2\r\n") &&
	    has("Cache-Control: no-store\r\n") && has("\r\n\r\n{}"), "a good reply");
	reply_init(&reply, &r);
	reply.status = 204;
	reply.allow = "GET, OPTIONS";
	reply_send(&reply, &r, &transport);
	ok(has("Status: 204 ") && has("Allow: GET, OPTIONS\r\n") && !has("\r\nContent-"), "204 has no content");
	request_done(&r);
}

int
main(void)
{
	test_problems();
	test_replies();
	printf("1..%d\n", tests);
	return failed != 0;
}
