#include "config.h"

#include "fcgi/transport/frame.h"

#include <stdlib.h>
#include <string.h>

enum { FCGI_VERSION = 1, ROLE_RESPONDER = 1, FLAG_KEEP = 1 };
enum { GROW_MIN = 1024, KEPT_BYTES = 4 << 10 };

/* ------------------------------------------------------------------ bytes */

int
frame_add(struct frame_bytes *b, const void *p, size_t n)
{
	size_t cap = b->cap == 0 ? GROW_MIN : b->cap;
	char *grown;

	while (cap < b->len + n)
		cap *= 2;
	if (cap != b->cap) {
		if ((grown = realloc(b->data, cap)) == NULL)
			return -1;
		b->data = grown;
		b->cap = cap;
	}
	if (n > 0)
		memcpy(b->data + b->len, p, n);
	b->len += n;
	return 0;
}

static void
bytes_free(struct frame_bytes *b)
{
	free(b->data);
	*b = (struct frame_bytes){ 0 };
}

/* A connection lives long: what one large request took does not stay. */
static void
bytes_empty(struct frame_bytes *b)
{
	if (b->cap > KEPT_BYTES)
		bytes_free(b);
	b->len = 0;
}

/* ------------------------------------------------------------------ writing */

void
frame_header(unsigned char out[FRAME_HEADER_BYTES], int type, uint16_t id, size_t content)
{
	out[0] = FCGI_VERSION;
	out[1] = (unsigned char)type;
	out[2] = (unsigned char)(id >> 8);
	out[3] = (unsigned char)id;
	out[4] = (unsigned char)(content >> 8);
	out[5] = (unsigned char)content;
	out[6] = out[7] = 0;
}

static int
add_record(struct frame_bytes *b, int type, uint16_t id, const void *p, size_t n)
{
	unsigned char header[FRAME_HEADER_BYTES];

	frame_header(header, type, id, n);
	return frame_add(b, header, sizeof header) < 0 ? -1 : frame_add(b, p, n);
}

int
frame_add_end(struct frame_bytes *b, uint16_t id, enum frame_end how)
{
	const unsigned char content[8] = { [4] = (unsigned char)how };

	return add_record(b, FRAME_END, id, content, sizeof content);
}

/* §4.1: of what may be asked we know one thing. */
static int
answer_values(struct frame_request *r)
{
	static const char pair[] = "\017\001FCGI_MPXS_CONNS0";

	return add_record(&r->answer, FRAME_GET_VALUES_RESULT, 0, pair, sizeof pair - 1);
}

static int
answer_unknown(struct frame_request *r, int type)
{
	const unsigned char content[8] = { (unsigned char)type };

	return add_record(&r->answer, FRAME_UNKNOWN_TYPE, 0, content, sizeof content);
}

/* ------------------------------------------------------------------ parameters */

/* §3.4: a length is one byte below 128, or four. 0, or -1 when it is not there. */
static int
pair_length(const unsigned char **at, const unsigned char *end, size_t *out)
{
	const unsigned char *p = *at;

	if (p == end)
		return -1;
	if (p[0] < 128) {
		*out = p[0];
		*at = p + 1;
		return 0;
	}
	if (end - p < 4)
		return -1;
	*out = (size_t)(p[0] & 0x7f) << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
	*at = p + 4;
	return 0;
}

static int
is_text(const unsigned char *p, size_t n)
{
	return memchr(p, '\0', n) == NULL;
}

/* Reads a pair. 0 and *at behind it, or -1: it is not whole, or holds a NUL. */
static int
pair_read(const unsigned char **at, const unsigned char *end, size_t *name, size_t *value)
{
	if (pair_length(at, end, name) < 0 || pair_length(at, end, value) < 0)
		return -1;
	if (*name > (size_t)(end - *at) || *value > (size_t)(end - *at) - *name)
		return -1;
	if (!is_text(*at, *name + *value))
		return -1;
	*at += *name + *value;
	return 0;
}

static int
pairs_count(const struct frame_bytes *b)
{
	const unsigned char *at = (const unsigned char *)b->data, *end = at + b->len;
	size_t name, value;
	int n = 0;

	while (b->len > 0 && at < end) {
		if (pair_read(&at, end, &name, &value) < 0)
			return -1;
		n++;
	}
	return n;
}

/* Pairs become "NAME=value" strings, in a block of their own. A pair's lengths take two bytes or
 * more, "=" and NUL two: they fit. */
static int
pairs_to_env(struct frame_request *r)
{
	const unsigned char *at = (const unsigned char *)r->params.data, *p;
	const unsigned char *end = at + r->params.len;
	struct frame_bytes strings = { .data = malloc(r->params.len + 1),
		.cap = r->params.len + 1 };
	int n = pairs_count(&r->params);
	size_t name, value;

	r->env = n < 0 ? NULL : calloc((size_t)n + 1, sizeof *r->env);
	if (r->env == NULL || strings.data == NULL) {
		free(strings.data);
		return -1;
	}
	for (int i = 0; i < n; i++) {
		pair_read(&at, end, &name, &value);
		p = at - name - value;
		r->env[i] = strings.data + strings.len;
		memcpy(r->env[i], p, name);
		r->env[i][name] = '=';
		memcpy(r->env[i] + name + 1, p + name, value);
		r->env[i][name + 1 + value] = '\0';
		strings.len += name + value + 2;
	}
	free(r->params.data);
	r->params = strings;
	return 0;
}

static void
read_length(struct frame_request *r)
{
	static const char name[] = "CONTENT_LENGTH=";

	for (char **v = r->env; *v != NULL; v++)
		if (strncmp(*v, name, sizeof name - 1) == 0)
			r->length = strtoul(*v + sizeof name - 1, NULL, 10);
}

/* ------------------------------------------------------------------ records */

static uint16_t
header_id(const struct frame_request *r)
{
	return (uint16_t)(r->header[2] << 8 | r->header[3]);
}

static int
is_ours(const struct frame_request *r)
{
	return r->is_open && header_id(r) == r->id;
}

/* The whole content of a BEGIN_REQUEST is there. */
static int
begin(struct frame_request *r)
{
	uint16_t id = header_id(r);

	if (r->is_open)
		return frame_add_end(&r->answer, id, FRAME_CANT_MULTIPLEX);
	if (r->begin[0] != 0 || r->begin[1] != ROLE_RESPONDER)
		return frame_add_end(&r->answer, id, FRAME_UNKNOWN_ROLE);
	r->is_open = 1;
	r->id = id;
	r->keeps = (r->begin[2] & FLAG_KEEP) != 0;
	return 0;
}

/* An empty record ends a stream (§3.3). */
static int
end_of_stream(struct frame_request *r, int type)
{
	if (type == FRAME_PARAMS && !r->has_params) {
		if (pairs_to_env(r) < 0)
			return -1;
		r->has_params = 1;
		read_length(r);
	} else if (type == FRAME_STDIN && r->has_params) {
		r->has_body = 1;
	}
	return 0;
}

/* A request that is aborted before it is served is answered and forgotten; one that is being
 * served finds its body at an end. */
static int
abort_request(struct frame_request *r)
{
	if (r->has_params) {
		r->is_aborted = r->has_body = 1;
		return 0;
	}
	if (frame_add_end(&r->answer, r->id, FRAME_COMPLETE) < 0)
		return -1;
	frame_next(r);
	return 0;
}

/* The header is there: what is wrong with it, and what it says by itself. */
static int
header_check(struct frame_request *r)
{
	int type = r->header[1];

	r->left = (size_t)(r->header[4] << 8 | r->header[5]);
	r->padding = r->header[6];
	if (r->header[0] != FCGI_VERSION)
		return -1;
	if (type == FRAME_BEGIN)
		return r->left == sizeof r->begin ? 0 : -1;
	if (header_id(r) == 0)
		return type == FRAME_GET_VALUES ? answer_values(r) : answer_unknown(r, type);
	if (!is_ours(r))
		return 0;
	if (type == FRAME_ABORT)
		return abort_request(r);
	return r->left == 0 ? end_of_stream(r, type) : 0;
}

/* The whole of a body that is awaited gets its memory at once, but for what nobody was promised. */
static int
add_body(struct frame_request *r, const char *p, size_t n)
{
	const size_t most = r->awaits > 0 ? r->awaits : FRAME_BODY_AWAITED;

	if (r->body.cap == 0 && r->length > n && r->length <= most) {
		if ((r->body.data = malloc(r->length)) == NULL)
			return -1;
		r->body.cap = r->length;
	}
	return frame_add(&r->body, p, n);
}

/* n bytes of the record's content. */
static int
content(struct frame_request *r, const char *p, size_t n)
{
	int type = r->header[1];

	if (type == FRAME_BEGIN) {
		memcpy(r->begin + sizeof r->begin - r->left, p, n);
		return n == r->left ? begin(r) : 0;
	}
	if (!is_ours(r))
		return 0;
	if (type == FRAME_PARAMS && !r->has_params)
		return r->params.len + n > FRAME_PARAMS_MAX ? -1 : frame_add(&r->params, p, n);
	if (type == FRAME_STDIN && r->has_params)
		return add_body(r, p, n);
	return 0;
}

/* One step: some of the header, of the content or of the padding. Returns how many bytes it took,
 * or -1. */
static ssize_t
step(struct frame_request *r, const char *p, size_t n)
{
	size_t most;

	if (r->header_bytes < FRAME_HEADER_BYTES) {
		most = FRAME_HEADER_BYTES - r->header_bytes;
		n = n < most ? n : most;
		memcpy(r->header + r->header_bytes, p, n);
		r->header_bytes += n;
		if (r->header_bytes == FRAME_HEADER_BYTES && header_check(r) < 0)
			return -1;
	} else if (r->left > 0) {
		n = n < r->left ? n : r->left;
		if (content(r, p, n) < 0)
			return -1;
		r->left -= n;
	} else {
		n = n < r->padding ? n : r->padding;
		r->padding -= n;
	}
	if (r->header_bytes == FRAME_HEADER_BYTES && r->left + r->padding == 0)
		r->header_bytes = 0;
	return (ssize_t)n;
}

/* A small body is waited for; a large one is read while the request is served. */
static int
is_ready(const struct frame_request *r)
{
	const size_t awaits = r->awaits > 0 ? r->awaits : FRAME_BODY_AWAITED;

	if (!r->has_params)
		return 0;
	return r->has_body || r->length > awaits || r->body.len > awaits;
}

int
frame_read(struct frame_request *r, const char *bytes, size_t n, size_t *used)
{
	ssize_t took;

	*used = 0;
	while (*used < n) {
		if ((took = step(r, bytes + *used, n - *used)) < 0)
			return -1;
		*used += (size_t)took;
		if (is_ready(r))
			return 1;
	}
	return 0;
}

int
frame_read_body(struct frame_request *r, const char *bytes, size_t n, size_t *used)
{
	ssize_t took;

	*used = 0;
	while (*used < n && !r->has_body) {
		if ((took = step(r, bytes + *used, n - *used)) < 0)
			return -1;
		*used += (size_t)took;
	}
	return r->has_body || r->body.len > r->body_at;
}

void
frame_next(struct frame_request *r)
{
	free(r->env);
	r->env = NULL;
	bytes_empty(&r->params);
	bytes_empty(&r->body);
	r->body_at = r->length = r->awaits = 0;
	r->is_open = r->keeps = r->has_params = r->has_body = r->is_aborted = 0;
	r->id = 0;
}

void
frame_done(struct frame_request *r)
{
	frame_next(r);
	bytes_free(&r->params);
	bytes_free(&r->body);
	bytes_free(&r->answer);
}
