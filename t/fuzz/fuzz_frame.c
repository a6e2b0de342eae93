/* Fuzz door: FastCGI's records. However the bytes are cut, they mean the same. */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi/transport/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

/* What bytes were understood as. */
struct meaning {
	size_t requests, variables, variable_bytes, body_bytes, answer_bytes, is_broken;
};

static void
note_request(const struct frame_request *r, struct meaning *m)
{
	m->requests++;
	for (char **v = r->env; *v != NULL; v++) {
		m->variables++;
		m->variable_bytes += strlen(*v);
		if (strchr(*v, '=') == NULL)
			abort();
	}
}

/* The rest of the body, as a thread that serves takes it. */
static void
serve(struct frame_request *r, struct meaning *m)
{
	m->body_bytes += r->body.len - r->body_at;
	r->body.len = r->body_at = 0;
	if (r->has_body)
		frame_next(r);
}

static struct meaning
read_in_pieces(const char *p, size_t n, size_t piece)
{
	struct frame_request r = { 0 };
	struct meaning m = { 0 };
	int is_served = 0;

	for (size_t at = 0, used; at < n && !m.is_broken; at += used) {
		size_t some = n - at < piece ? n - at : piece;
		int rc = is_served ? frame_read_body(&r, p + at, some, &used) :
				     frame_read(&r, p + at, some, &used);

		if (used > some)
			abort();
		m.is_broken = rc < 0;
		if (rc == 1 && !is_served)
			note_request(&r, &m);
		if (rc == 1)
			serve(&r, &m);
		is_served = (is_served || rc == 1) && r.has_params;
	}
	m.body_bytes += r.body.len;
	m.answer_bytes = r.answer.len;
	frame_done(&r);
	return m;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const size_t pieces[] = { 1, 7, 8, 4096 };
	struct meaning whole = read_in_pieces((const char *)p, n, n + 1), other;

	for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
		other = read_in_pieces((const char *)p, n, pieces[i]);
		/* What stands before a fault may be read, or not. */
		if (other.is_broken != whole.is_broken)
			abort();
		if (!whole.is_broken && memcmp(&other, &whole, sizeof whole) != 0)
			abort();
	}
	return 0;
}
