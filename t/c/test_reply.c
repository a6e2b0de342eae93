/* TAP: what goes back: problem documents, headers, HEAD, 204, and that a 500 tells nothing of the
 * inside. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "fcgi/transport/transport.h"
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
	ok(has("Status: 500 ") && !has("secret") && !has("half a reply"),
	    "500 tells nothing of the inside");
	ok(has("Content-Type: application/problem+json\r\n") && has("X-Request-Id: id-1\r\n") &&
		has("\"requestId\":\"id-1\""),
	    "type and request id");
	send_problem(REQUEST_HEAD, &err);
	ok(has("Status: 500 ") && has("\r\n\r\n"), "HEAD: a head");
	ok(!has("{") && !has("Content-Length"), "HEAD: no body");
	err_clear(&err);
	err_fault(&err, &a, "a\"b", "is <%s>", "wrong");
	err_fault(&err, &a, "c", "too");
	send_problem(REQUEST_POST, &err);
	ok(has("\"errors\":[{\"field\":\"a\\\"b\",\"message\":\"is "
	       "<wrong>\"},{\"field\":\"c\",\"message\":\"too\"}]"),
	    "faults in order, escaped");
	ok(!has("Retry-After"), "no Retry-After for a bad request");
	err_clear(&err);
	err_set(&err, ERR_DB_RETRY, "Busy.");
	send_problem(REQUEST_GET, &err);
	err_inside(&err, "Can't connect through socket '/run/db'");
	send_problem(REQUEST_GET, &err);
	ok(has("Status: 503 ") && has("Retry-After: 30\r\n") &&
		has("\"detail\":\"The database is busy with a conflicting change; try again.\""),
	    "503 always says when to come again");
	ok(!has("Busy.") && !has("/run/db"), "and nothing of the inside");
	ok(strcmp(err_whole(&a, &err), "Busy. (Can't connect through socket '/run/db')") == 0,
	    "which the command line has whole");
	err_set(&err, ERR_DB_VALUE, "Contact.FirstName is too long.");
	ok(err.inside[0] == '\0', "another sentence has none of it");
	err_inside(&err, "MariaDB error 1406, statement\ncontact_put");
	send_problem(REQUEST_GET, &err);
	ok(has("\"detail\":\"Contact.FirstName is too long.\"") && !has("1406") &&
		!has("contact_put"),
	    "a fault of the client's says what, and no statement");
	ok(strchr(err.inside, '\n') == NULL, "no line of the log begins in it");
	err_set(&err, ERR_NOT_BUILT, "Cleansing cannot be scheduled yet.");
	send_problem(REQUEST_GET, &err);
	ok(has("Status: 501 ") && has("Cleansing cannot"), "what is not built is told");
	err_set(&err, ERR_DB_RETRY, "Busy.");
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

/* Each status that an error has, and its words. */
static void
test_phrases(void)
{
	static const struct { int code; const char *line; } rows[] = {
		{ ERR_ERASED, "Status: 410 Gone" }, { ERR_PRECONDITION, "Status: 412 Precondition Failed" }, { ERR_TOO_LARGE, "Status: 413 Content Too Large" },
		{ ERR_KEY_REUSED, "Status: 422 Unprocessable Content" }, { ERR_NOT_BUILT, "Status: 501 Not Implemented" },
	};
	static const int codes[] = {
#define X(name, value, status, slug, sentence) value,
		ERR_LIST(X)
#undef X
	};
	struct err err = { 0 };
	int good = 1;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		err_set(&err, rows[i].code, "x");
		send_problem(REQUEST_GET, &err);
		ok(has(rows[i].line), rows[i].line);
	}
	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
		err_set(&err, codes[i], "x");
		send_problem(REQUEST_GET, &err);
		good &= !has(" Status\r\n");
	}
	ok(good, "no error without a reason phrase");
}

static void
test_replies(void)
{
	struct request r = { .method = REQUEST_GET, .request_id = "id-2" };
	struct reply reply;

	reply_init(&reply, &r);
	buf_adds(&reply.body, "{}");
	reply_send(&reply, &r, &transport);
	ok(has("Status: 200 OK\r\n") && has("\r\n\r\n{}"), "a good reply");
	ok(has("Content-Type: application/json; charset=utf-8\r\n") &&
		has("Content-Length: 2\r\n") && has("Cache-Control: no-store\r\n"),
	    "and its headers");
	reply_init(&reply, &r);
	reply.status = 204;
	reply.allow = "GET, OPTIONS";
	reply_send(&reply, &r, &transport);
	ok(has("Status: 204 ") && has("Allow: GET, OPTIONS\r\n") && !has("\r\nContent-"),
	    "204 has no content");
	request_done(&r);
}

int
main(void)
{
	test_problems();
	test_phrases();
	test_replies();
	printf("1..%d\n", tests);
	return failed != 0;
}
