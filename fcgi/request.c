#include "config.h"

#include "fcgi/request.h"

#include <string.h>

#include <json-c/json.h>

#include "fcgi/connections.h"
#include "fcgi/transport/transport.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/format/name.h"
#include "lib/secret.h"
#include "lib/text.h"
#include "store/registry_db.h"

enum { RETRY_AFTER_S = 30, REQUEST_ID_MAX = 64, READ_BLOCK = 65536 };

/* ------------------------------------------------------------------ path */

static int
add_segment(struct request *r, const char *p, size_t n, int raw, struct err *err)
{
	const char *fault;
	char *s;
	size_t len = n;

	if (r->nsegments == REQUEST_SEGMENTS_MAX)
		return err_set(
		    err, ERR_BAD_REQUEST, "The path has more than %d parts.", REQUEST_SEGMENTS_MAX);
	s = raw ? text_url_decode(&r->arena, p, n, 0, &len) : arena_strndup(&r->arena, p, n);
	if (s == NULL)
		return err_set(err, ERR_BAD_REQUEST,
		    "The path holds a %% that is not followed by two hex digits.");
	if ((fault = name_part_fault(s, len)) != NULL)
		return err_set(err, ERR_BAD_REQUEST, "The path has %s.", fault);
	r->segments[r->nsegments++] = s;
	return 0;
}

int
request_parse_path(struct request *r, const char *path, int raw, struct err *err)
{
	struct buf b;
	int rc;

	r->nsegments = 0;
	r->path = "/";
	if (strlen(path) > REQUEST_PATH_MAX)
		return err_set(
		    err, ERR_URI_TOO_LONG, "The path is longer than %d bytes.", REQUEST_PATH_MAX);
	while (*path != '\0') {
		size_t n = strcspn(path, "/");

		if (n > 0 && (rc = add_segment(r, path, n, raw, err)) < 0)
			return rc;
		path += n + (path[n] == '/');
	}
	buf_init(&b, &r->arena);
	for (size_t i = 0; i < r->nsegments; i++) {
		buf_addc(&b, '/');
		buf_adds(&b, r->segments[i]);
	}
	if (b.len > 0)
		r->path = b.data;
	return 0;
}

/* ------------------------------------------------------------------ query */

static int
add_parameter(struct request *r, const char *p, size_t n, struct err *err)
{
	const char *equals = memchr(p, '=', n);
	size_t name_bytes = equals == NULL ? n : (size_t)(equals - p), name_len, value_len = 0;
	char *name = text_url_decode(&r->arena, p, name_bytes, 1, &name_len);
	char *value = equals == NULL ?
	    arena_strdup(&r->arena, "") :
	    text_url_decode(&r->arena, equals + 1, n - name_bytes - 1, 1, &value_len);

	if (name == NULL || !text_is_utf8(name, name_len))
		return err_set(err, ERR_BAD_REQUEST,
		    "The query has a parameter whose name is not decodable as UTF-8.");
	if (value == NULL || !text_is_utf8(value, value_len)) {
		err_fault(err, &r->arena, name, "is not decodable as UTF-8 text");
		return err->code;
	}
	if (r->nparameters == REQUEST_PARAMETERS_MAX)
		return err_set(err, ERR_BAD_REQUEST, "The query has more than %d parameters.",
		    REQUEST_PARAMETERS_MAX);
	r->parameters[r->nparameters++] = (struct request_parameter){ .name = name,
		.value = value };
	return 0;
}

int
request_parse_query(struct request *r, const char *query, struct err *err)
{
	int rc;

	r->nparameters = 0;
	if (strlen(query) > REQUEST_QUERY_MAX)
		return err_set(
		    err, ERR_URI_TOO_LONG, "The query is longer than %d bytes.", REQUEST_QUERY_MAX);
	while (*query != '\0') {
		size_t n = strcspn(query, "&");

		if (n > 0 && (rc = add_parameter(r, query, n, err)) < 0)
			return rc;
		query += n + (query[n] == '&');
	}
	return 0;
}

/* ------------------------------------------------------------------ headers, method, id */

static enum request_method
method_of(const char *name)
{
	static const struct { const char *name; enum request_method method; } rows[] = {
		{ "GET", REQUEST_GET }, { "POST", REQUEST_POST }, { "HEAD", REQUEST_HEAD }, { "OPTIONS", REQUEST_OPTIONS }, { "DELETE", REQUEST_DELETE },
		{ "PUT", REQUEST_PUT },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (strcmp(rows[i].name, name) == 0)
			return rows[i].method;
	return REQUEST_OTHER;
}

/* r->nheaders = there is none. */
static size_t
header_index(const struct request *r, const char *name)
{
	size_t i = 0;

	while (i < r->nheaders && !text_ieq(r->headers[i].name, name))
		i++;
	return i;
}

/* Two lines of a header are one list: RFC 9110 §5.3. */
static void
header_join(struct request *r, struct request_header *h, const char *value)
{
	h->value = arena_printf(&r->arena, "%s, %s", h->value, value);
}

static void
add_header(struct request *r, const char *variable, size_t skip)
{
	const char *equals = strchr(variable, '=');
	size_t known;
	char *name;

	if (equals == NULL)
		return;
	name = text_lower(
	    arena_strndup(&r->arena, variable + skip, (size_t)(equals - variable) - skip));
	for (char *p = name; *p != '\0'; p++)
		if (*p == '_')
			*p = '-';
	/* Some servers pass Content-Type as CONTENT_TYPE and as HTTP_CONTENT_TYPE. */
	if ((known = header_index(r, name)) < r->nheaders) {
		if (strcmp(name, "content-encoding") == 0)
			header_join(r, &r->headers[known], equals + 1);
		return;
	}
	r->headers[r->nheaders++] = (struct request_header){ .name = name,
		.value = arena_strdup(&r->arena, equals + 1) };
}

static int
read_headers(struct request *r, const struct transport *t, struct err *err)
{
	size_t bytes = 0;

	for (char **v = t->variables(t); v != NULL && *v != NULL; v++) {
		int http = strncmp(*v, "HTTP_", 5) == 0 && strncmp(*v, "HTTP_PROXY=", 11) != 0;

		if (!http && (strncmp(*v, "CONTENT_TYPE=", 13) != 0 || (*v)[13] == '\0'))
			continue;
		if (r->nheaders == REQUEST_HEADERS_MAX)
			return err_set(err, ERR_BAD_REQUEST,
			    "The request has more than %d headers.", REQUEST_HEADERS_MAX);
		add_header(r, *v, http ? 5 : 0);
		bytes += strlen(*v);
	}
	return bytes > REQUEST_HEADER_BYTES_MAX ?
	    err_set(err, ERR_BAD_REQUEST, "The headers are larger than %d bytes.",
		REQUEST_HEADER_BYTES_MAX) :
	    0;
}

static const char *
variable(const struct transport *t, const char *name)
{
	const char *v = t->variable(t, name);

	return v == NULL ? "" : v;
}

static void
read_id(struct request *r, const struct transport *t)
{
	static const char allowed[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	const char *given = variable(t, "HTTP_X_REQUEST_ID");
	size_t n = strlen(given);
	unsigned char random[16];

	r->request_id_given = n > 0 && n <= REQUEST_ID_MAX && strspn(given, allowed) == n;
	if (r->request_id_given) {
		r->request_id = arena_strdup(&r->arena, given);
		return;
	}
	secret_random(random, sizeof random);
	r->request_id = text_hex(&r->arena, random, sizeof random);
}

/* ------------------------------------------------------------------ body */

int
request_read_body(struct request *r, const struct transport *t, size_t max, struct err *err)
{
	const char *announced = variable(t, "CONTENT_LENGTH");
	int64_t length = 0;
	char *body;
	size_t have = 0, got;

	if (*announced == '\0' && *variable(t, "HTTP_TRANSFER_ENCODING") != '\0')
		return err_set(err, ERR_LENGTH_REQUIRED,
		    "The body came in chunks without a length, and this web server does not count "
		    "it; send Content-Length.");
	if (*announced != '\0' && (text_int64(announced, &length) != 0 || length < 0))
		return err_set(err, ERR_BAD_REQUEST, "Content-Length is not a number.");
	if ((uint64_t)length > max)
		return err_set(
		    err, ERR_TOO_LARGE, "The request body may have at most %zu bytes.", max);
	r->body_max = max;
	r->arena.limit = REQUEST_MEMORY_BESIDE + 3 * max;
	if ((body = arena_try(&r->arena, (size_t)length + 1)) == NULL)
		return err_set(err, ERR_UNAVAILABLE, "There is no memory for a body of %lld bytes.",
		    (long long)length);
	while (have < (size_t)length) {
		size_t want = (size_t)length - have;

		if ((got = t->read(t, body + have, want > READ_BLOCK ? READ_BLOCK : want)) == 0)
			return err_set(err, ERR_LENGTH_REQUIRED,
			    "The request body ended after %zu of %lld %s.", have, (long long)length,
			    text_form(length, "byte", "bytes"));
		have += got;
	}
	r->body = body;
	r->body_bytes = have;
	if (have > 0)	/* nothing is not packed, whatever the header says */
		r->coding = unpack_coding_of(request_header_find(r, "content-encoding"));
	return 0;
}

/* ------------------------------------------------------------------ all */

/* The path of REQUEST_URI as it was sent. REQUEST_URI may be a whole URL, if the request line has
 * one. */
static char *
uri_path(struct arena *a, const char *uri)
{
	const char *host = uri[0] == '/' ? NULL : strstr(uri, "://");

	if (host != NULL && host < uri + strcspn(uri, "/?#"))
		uri = host + 3 + strcspn(host + 3, "/?#");
	return arena_strndup(a, uri, strcspn(uri, "?#"));
}

static const char *
less_base(const char *path, const char *base)
{
	size_t n = strlen(base);
	int below = strncasecmp(path, base, n) == 0 && (path[n] == '/' || path[n] == '\0');

	return below ? path + n : path;
}

/* The variable with the route. Apache decodes PATH_INFO and splits it at the name of an existing
 * file. So PATH_INFO is used only when the server says that it is raw, or gives nothing else. */
static int
read_path(struct request *r, const struct transport *t, struct err *err)
{
	const char *info = variable(t, "PATH_INFO"), *uri = variable(t, "REQUEST_URI");
	const char *base = r->thread->conf->fcgi_base_path;
	int raw = strcmp(variable(t, "CUSTOMERAPI_RAW_PATH"), "1") == 0;

	r->raw_uri_path = uri_path(&r->arena, uri);
	if (raw && *info != '\0')
		return request_parse_path(r, arena_strndup(&r->arena, info, strcspn(info, "?")), 1,
		    err);
	if (*uri == '\0' && *info != '\0')
		return request_parse_path(r, info, 0, err);
	return request_parse_path(r, less_base(r->raw_uri_path, base), 1, err);
}

int
request_read(
    struct request *r, const struct transport *t, struct request_thread *thread, struct err *err)
{
	int rc;

	r->thread = thread;
	r->started = clock_monotonic_us();
	r->body = r->path = r->query = r->raw_uri_path = "";
	read_id(r, t);
	r->method_name = arena_strndup(
	    &r->arena, variable(t, "REQUEST_METHOD"), strnlen(variable(t, "REQUEST_METHOD"), 16));
	r->method = method_of(r->method_name);
	r->peer = arena_strndup(
	    &r->arena, variable(t, "REMOTE_ADDR"), strnlen(variable(t, "REMOTE_ADDR"), 64));
	if (*r->peer == '\0')
		r->peer = "unix:";
	r->https = text_ieq(variable(t, "HTTPS"), "on") ||
	    text_ieq(variable(t, "REQUEST_SCHEME"), "https");
	if ((rc = read_path(r, t, err)) < 0 || (rc = read_headers(r, t, err)) < 0)
		return rc;
	r->query = arena_strndup(&r->arena, variable(t, "QUERY_STRING"),
	    strnlen(variable(t, "QUERY_STRING"), REQUEST_QUERY_MAX + 1));
	return request_parse_query(r, r->query, err);
}

void
request_done(struct request *r)
{
	quota_leave(&r->seat);
	json_object_put(r->json);
	arena_done(&r->arena);
}

const char *
request_header_find(const struct request *r, const char *name)
{
	size_t i = header_index(r, name);

	return i < r->nheaders ? r->headers[i].value : NULL;
}

int
request_text(struct request *r, const char **text, size_t *bytes, struct err *err)
{
	size_t max = r->body_max;
	struct err why = { 0 };
	int rc = unpack(&r->arena, r->coding, r->body, r->body_bytes, max, text, bytes, &why);

	if (rc == ERR_PERMANENT)
		return err_fault(err, &r->arena, "body", "cannot be unpacked: %s", why.detail);
	if (rc < 0)
		*err = why;
	return rc;
}

int
request_db(struct request *r, struct db **out, struct err *err)
{
	struct request_thread *t = r->thread;
	int rc;

	*out = NULL;
	if ((rc = connections_take(t, err)) == 0)
		rc = registry_db_trust(&t->own->db, &t->own->db_used, t->conf, err);
	if (rc < 0 && err_status(rc) == 503)
		err->retry_after_s = RETRY_AFTER_S;
	if (rc == 0)
		*out = t->own->db;
	return rc;
}
