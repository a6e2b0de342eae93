#include "config.h"

#include "fcgi/reply.h"

#include <stdlib.h>

#include "fcgi/request.h"
#include "fcgi/transport/transport.h"
#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/writer.h"
#include "store/field.h"

enum { RETRY_AFTER_S = 30 };

static const char *
status_text(int status)
{
	static const struct {
		int status;
		const char *text;
	} rows[] = {
		/* RFC 9110 §15, RFC 6585 */
		{ 200, "OK" },
		{ 201, "Created" },
		{ 202, "Accepted" },
		{ 204, "No Content" },
		{ 303, "See Other" },
		{ 304, "Not Modified" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 406, "Not Acceptable" },
		{ 408, "Request Timeout" },
		{ 409, "Conflict" },
		{ 410, "Gone" },
		{ 411, "Length Required" },
		{ 412, "Precondition Failed" },
		{ 413, "Content Too Large" },
		{ 414, "URI Too Long" },
		{ 415, "Unsupported Media Type" },
		{ 421, "Misdirected Request" },
		{ 422, "Unprocessable Content" },
		{ 428, "Precondition Required" },
		{ 429, "Too Many Requests" },
		{ 431, "Request Header Fields Too Large" },
		{ 500, "Internal Server Error" },
		{ 501, "Not Implemented" },
		{ 502, "Bad Gateway" },
		{ 503, "Service Unavailable" },
		{ 504, "Gateway Timeout" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].status == status)
			return rows[i].text;
	return "Status";
}

void
reply_init(struct reply *reply, struct request *r)
{
	*reply = (struct reply){ .status = 200 };
	buf_init(&reply->body, &r->arena);
}

/* The cause of an internal error (hosts, files, statements, a driver's words) is for the log. The
 * client gets the kind of error and the request id. ERR_NOT_BUILT is no internal error; the client
 * is told. */
static const char *
detail_of(const struct err *err)
{
	const int is_inside = err_status(err->code) >= 500 && err->code != ERR_NOT_BUILT;

	return is_inside || err->detail[0] == '\0' ? err_sentence(err->code) : err->detail;
}

void
reply_row_of(struct reply *reply, const struct field *rows, const void *from, size_t bytes)
{
	const size_t within = field_struct(rows);
	struct writer w;

	if (within != 0 && within != bytes)
		abort();	/* rows of another struct: a fault of the program */
	writer_init(&w, &reply->body);
	field_write(&w, rows, from);
	buf_addc(&reply->body, '\n');
}

void
reply_rows(struct reply *reply, const struct field *rows, const struct rows *all)
{
	struct writer w;

	writer_init(&w, &reply->body);
	writer_array(&w);
	field_write_rows(&w, rows, all);
	writer_end(&w);
	buf_addc(&reply->body, '\n');
}

/* ------------------------------------------------------------------ problems */

struct problem {
	const char *type, *title, *detail, *request_id;
	int status;
	const struct err_fault *errors;
	size_t nerrors;
};

static const struct field fault_rows[] = {
	FIELD(TEXT, "field", "The parameter or member, as the client writes it.",
	    FROM(struct err_fault, field), .sample = "SourceId"),
	FIELD(TEXT, "message", "What is wrong, and what would be right.",
	    FROM(struct err_fault, message), .sample = "is required"),
	FIELD_END,
};

const struct field reply_problem_rows[] = {
	FIELD(TEXT, "type", "Which kind of problem it is.", FROM(struct problem, type),
	    .sample = "urn:customerapi:problem:bad-request"),
	FIELD(TEXT, "title", "The kind, in words.", FROM(struct problem, title),
	    .sample = "The request is not valid."),
	FIELD(INT, "status", "The HTTP status.", FROM(struct problem, status), .sample = "400"),
	FIELD(TEXT, "detail", "What happened here.", FROM(struct problem, detail),
	    .sample = "The request is not valid."),
	FIELD(OBJECT, "errors", "All faults at once.", FROM_ARRAY(struct problem, errors, nerrors),
	    WHEN(struct problem, nerrors), .rows = fault_rows),
	FIELD(TEXT, "requestId", "The request, as the logs know it.",
	    FROM(struct problem, request_id), .sample = "6f1d3c0e"),
	FIELD_END,
};

static void
set_errors(struct arena *a, const struct err *err, struct problem *p)
{
	struct err_fault *errors;

	for (const struct err_fault *f = err->faults; f != NULL; f = f->next)
		p->nerrors++;
	p->errors = errors = arena_new(a, struct err_fault, p->nerrors);
	for (const struct err_fault *f = err->faults; f != NULL; f = f->next)
		*errors++ = *f;
}

void
reply_problem(struct reply *reply, const struct request *r, const struct err *err)
{
	int status = err_status(err->code);
	struct arena *a = reply->body.arena;
	struct problem p = { .status = status,
		.type = arena_printf(a, "urn:customerapi:problem:%s", err_slug(err->code)),
		.title = err_sentence(err->code),
		.detail = detail_of(err),
		.request_id = r->request_id };

	reply->status = status;
	reply->etag = NULL;
	reply->content_type = "application/problem+json";
	reply->headers = NULL;
	reply->max_age_s = 0;
	reply->retry_after_s = status == 503 ? RETRY_AFTER_S : 0;
	if (err->retry_after_s > 0)
		reply->retry_after_s = err->retry_after_s;
	set_errors(a, err, &p);
	buf_init(&reply->body, a);
	reply_row(reply, reply_problem_rows, &p);
}

/* ------------------------------------------------------------------ sending */

int
reply_has_content(const struct reply *reply)
{
	return reply->status != 204 && reply->status != 304;
}

int
reply_send(const struct reply *reply, const struct request *r, const struct transport *t)
{
	int has_content = reply_has_content(reply);
	struct buf h;

	buf_init(&h, reply->body.arena);
	buf_addf(&h,
	    "Status: %d %s\r\nX-Request-Id: %s\r\nX-Content-Type-Options: "
	    "nosniff\r\nReferrer-Policy: no-referrer\r\n",
	    reply->status, status_text(reply->status), r->request_id);
	if (reply->max_age_s > 0)
		buf_addf(&h, "Cache-Control: public, max-age=%d\r\n", reply->max_age_s);
	else
		buf_adds(&h, "Cache-Control: no-store\r\n");
	if (reply->headers != NULL)
		buf_adds(&h, reply->headers);
	if (has_content)
		buf_addf(&h, "Content-Type: %s\r\n",
		    reply->content_type == NULL ? "application/json; charset=utf-8" :
						  reply->content_type);
	/* HEAD runs nothing, so the length of GET's reply is not known. */
	if (has_content && r->method != REQUEST_HEAD)
		buf_addf(&h, "Content-Length: %zu\r\n", reply->body.len);
	if (reply->status == 401)
		buf_adds(&h, "WWW-Authenticate: X-Crm360Api-Token realm=\"CustomerAPI\"\r\n");
	if (reply->status == 415)	/* RFC 9110 §15.5.16 */
		buf_adds(&h, "Accept-Encoding: gzip, x-gzip, deflate\r\n");
	if (reply->allow != NULL)
		buf_addf(&h, "Allow: %s\r\n", reply->allow);
	if (reply->etag != NULL)
		buf_addf(&h, "ETag: %s\r\n", reply->etag);
	if (reply->replayed)
		buf_adds(&h, "Idempotency-Replayed: true\r\n");
	if (reply->retry_after_s > 0)
		buf_addf(&h, "Retry-After: %d\r\n", reply->retry_after_s);
	buf_adds(&h, "\r\n");
	if (has_content && r->method != REQUEST_HEAD)
		buf_add(&h, reply->body.data, reply->body.len);
	return t->write(t, h.data, h.len);
}
