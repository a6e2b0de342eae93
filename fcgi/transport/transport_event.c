#include "config.h"

#include "fcgi/transport/transport_event.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "fcgi/gate.h"
#include "fcgi/transport/event_loop.h"

enum {
	WRITE_BYTES = 32 << 10,		/* of a reply are gathered before they are sent */
	REST_MS = 1000,			/* of a body that nobody reads */
	REST_BYTES_MAX = 16 << 20
};

static const char *
event_variable(const struct transport *t, const char *name)
{
	const struct transport_event *e = t->state;
	size_t n = strlen(name);

	if (e->connection == NULL)
		return NULL;
	for (char **v = e->connection->request.env; *v != NULL; v++)
		if (**v == *name && strncmp(*v, name, n) == 0 && (*v)[n] == '=')
			return *v + n + 1;
	return NULL;
}

static char **
event_variables(const struct transport *t)
{
	const struct transport_event *e = t->state;

	return e->connection == NULL ? NULL : e->connection->request.env;
}

/* 1: more of the body, or its end, is there; -1: the peer is gone or silent. */
static int
read_more(struct event_connection *c, int wait_ms)
{
	struct pollfd fd = { .fd = c->fd, .events = POLLIN };
	size_t used;
	int rc;

	do {
		if ((rc = event_connection_fill(c)) == 0) {
			gate_leave();
			rc = poll(&fd, 1, wait_ms) > 0 ? 0 : -1;
		}
		if (rc <= 0)
			continue;
		rc = frame_read_body(&c->request, c->in + c->in_at, c->in_len - c->in_at, &used);
		c->in_at += used;
	} while (rc == 0);
	return rc;
}

static size_t
event_read(const struct transport *t, void *out, size_t n)
{
	const struct transport_event *e = t->state;
	struct event_connection *c = e->connection;
	struct frame_request *r = &c->request;
	size_t there;

	if (r->body_at == r->body.len) {
		r->body_at = r->body.len = 0;
		if (!r->has_body && read_more(c, (int)(e->loop->deadline / 1000)) < 0)
			return 0;
	}
	there = r->body.len - r->body_at;
	n = n < there ? n : there;
	if (n > 0)
		memcpy(out, r->body.data + r->body_at, n);
	r->body_at += n;
	return n;
}

/* The record that is being filled gets its length. */
static void
close_record(struct event_connection *c)
{
	unsigned char *at;

	if (!c->is_record_open)
		return;
	at = (unsigned char *)c->out.data + c->stdout_at;
	frame_header(at, FRAME_STDOUT, c->request.id,
	    c->out.len - c->stdout_at - FRAME_HEADER_BYTES);
	c->is_record_open = 0;
}

static int
open_record(struct event_connection *c)
{
	const unsigned char header[FRAME_HEADER_BYTES] = { 0 };

	if (c->is_record_open)
		return 0;
	c->stdout_at = c->out.len;
	if (frame_add(&c->out, header, sizeof header) < 0)
		return -1;
	c->is_record_open = 1;
	return 0;
}

static int
event_write(const struct transport *t, const void *p, size_t n)
{
	const struct transport_event *e = t->state;
	struct event_connection *c = e->connection;
	size_t part;

	for (const char *at = p; n > 0 && !c->is_lost; at += part, n -= part) {
		part = n < WRITE_BYTES ? n : WRITE_BYTES;
		if (open_record(c) < 0 || frame_add(&c->out, at, part) < 0)
			c->is_lost = 1;
		if (c->out.len < WRITE_BYTES)
			continue;
		close_record(c);
		event_connection_send(e->loop, c, &c->out);
	}
	return c->is_lost ? -1 : 0;
}

static void
event_finish(const struct transport *t)
{
	transport_event_finish(t->state);
}

/* Reads to the end of the body, so that the peer's next request finds its beginning. 1: it is
 * there; 0: it does not come in time, is too long, or the peer is gone. */
static int
read_rest(struct event_connection *c)
{
	struct frame_request *r = &c->request;
	usec_t end = clock_monotonic_us() + REST_MS * 1000;
	size_t read = 0;

	while (!r->has_body && read < REST_BYTES_MAX && clock_monotonic_us() < end) {
		r->body_at = r->body.len = 0;
		if (read_more(c, REST_MS) < 0)
			return 0;
		read += r->body.len;
	}
	return r->has_body;
}

static void
connection_end(struct event_loop *l, struct event_connection *c)
{
	int ended = 0, whole;
	unsigned char empty[FRAME_HEADER_BYTES];

	close_record(c);
	if (!c->request.has_body)	/* the peer has the reply before it has sent all */
		event_connection_send(l, c, &c->out);
	whole = read_rest(c) && !c->request.is_aborted;
	frame_header(empty, FRAME_STDOUT, c->request.id, 0);
	if (frame_add(&c->out, empty, sizeof empty) == 0 &&
	    frame_add_end(&c->out, c->request.id, FRAME_COMPLETE) == 0)
		ended = event_connection_send(l, c, &c->out) == 0;
	if (!ended || !whole || !c->request.keeps) {
		event_connection_destroy(l, c);
		return;
	}
	event_connection_next(l, c);
	if (l->is_draining && event_handover_give(l, c) == 0)
		event_connection_destroy(l, c);
	else if (!l->is_draining || event_handover_is_open() || c->in_at < c->in_len)
		event_connection_poll(l, c);
	else
		event_connection_destroy(l, c);
}

void
transport_event_finish(struct transport_event *e)
{
	struct event_connection *c = e->connection;

	e->connection = NULL;
	if (c != NULL)
		connection_end(e->loop, c);
}

int
transport_event_take(struct transport_event *e, struct event_thread *thread, struct transport *t,
    int wait_ms)
{
	int leave;

	if ((e->connection = event_loop_next(e->loop, thread, wait_ms, &leave)) == NULL)
		return leave ? -1 : 1;
	*t = (struct transport){ .state = e,
		.variable = event_variable,
		.variables = event_variables,
		.read = event_read,
		.write = event_write,
		.finish = event_finish };
	return 0;
}
