#include "config.h"

#include "fcgi/transport/event_loop.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fcgi/gate.h"

struct event_connection *
event_connection_create(struct event_loop *l, int fd)
{
	struct event_connection *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	c->fd = fd;
	c->since = -clock_monotonic_us();
	pthread_mutex_lock(&l->mutex);
	c->next = l->connections;
	c->link = &l->connections;
	if (c->next != NULL)
		c->next->link = &c->next;
	l->connections = c;
	l->open++;
	pthread_mutex_unlock(&l->mutex);
	return c;
}

void
event_connection_free(struct event_connection *c)
{
	frame_done(&c->request);
	free(c->out.data);
	free(c->in);
	free(c);
}

/* Out of the list and closed here. The mutex is held. */
void
event_connection_leave(struct event_loop *l, struct event_connection *c)
{
	*c->link = c->next;
	if (c->next != NULL)
		c->next->link = c->link;
	close(c->fd);
	l->awaited -= c->awaited;
	l->open--;
}

void
event_connection_destroy(struct event_loop *l, struct event_connection *c)
{
	pthread_mutex_lock(&l->mutex);
	event_connection_leave(l, c);
	/* While the worker drains, another thread may still hold an event of it. */
	if (l->is_draining) {
		c->owner = OWNER_DRAIN;
		c->next = l->handed;
		l->handed = c;
		c = NULL;
	}
	pthread_mutex_unlock(&l->mutex);
	if (c != NULL)
		event_connection_free(c);
}

/* Gives it to whichever thread wakes next: 0, and from here on it may be gone; or -1. */
int
event_connection_watch(struct event_loop *l, struct event_connection *c)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT,
		.data.ptr = c };
	int how = c->is_polled ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;

	/* What was read already wakes nobody; that the connection can be written does. */
	if (c->in_at < c->in_len)
		event.events |= EPOLLOUT;
	c->is_polled = 1;
	c->owner = OWNER_LOOP;
	return epoll_ctl(l->epoll_fd, how, c->fd, &event) == 0 ? 0 : -1;
}

void
event_connection_poll(struct event_loop *l, struct event_connection *c)
{
	int rc;

	/* The drain takes what the loop has, under this lock: never one that is half given. */
	pthread_mutex_lock(&l->mutex);
	rc = event_connection_watch(l, c);
	pthread_mutex_unlock(&l->mutex);
	if (rc < 0)
		event_connection_destroy(l, c);
}

static int
wait_for_room(struct pollfd *fd, usec_t deadline)
{
	gate_leave();
	return poll(fd, 1, (int)(deadline / 1000));
}

/* 0, or -1: the peer is gone or takes nothing for the deadline. */
int
event_connection_send(const struct event_loop *l, struct event_connection *c, struct frame_bytes *b)
{
	struct pollfd fd = { .fd = c->fd, .events = POLLOUT };
	size_t at = 0;
	ssize_t n;

	while (!c->is_lost && at < b->len) {
		n = send(c->fd, b->data + at, b->len - at, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n > 0)
			at += (size_t)n;
		else if (errno == EAGAIN)
			c->is_lost = wait_for_room(&fd, l->deadline) <= 0;
		else
			c->is_lost = errno != EINTR;
	}
	b->len = 0;
	return c->is_lost ? -1 : 0;
}

/* Many connections are idle at a time: what they have read into is only there while they read. */
static void
let_go(struct event_connection *c)
{
	if (c->in_at < c->in_len)
		return;
	free(c->in);
	c->in = NULL;
}

/* 1: bytes are there; 0: none now; -1: there will be none. */
int
event_connection_fill(struct event_connection *c)
{
	ssize_t n;

	if (c->in_at < c->in_len)
		return 1;
	if (c->in == NULL && (c->in = malloc(EVENT_READ_BYTES)) == NULL)
		return -1;
	do
		n = recv(c->fd, c->in, EVENT_READ_BYTES, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	c->in_at = 0;
	c->in_len = n < 0 ? 0 : (size_t)n;
	if (n < 0)
		return errno == EAGAIN ? 0 : -1;
	return n > 0 ? 1 : -1;
}

/* 1: what is still to come of a large body is waited for, too, as there is room for it. */
static int
awaits_rest(struct event_loop *l, struct event_connection *c)
{
	struct frame_request *r = &c->request;
	const size_t most = r->length > 0 ? r->length : l->body_max;

	if (r->has_body || c->awaited > 0 || most > l->body_max)
		return 0;
	if (atomic_fetch_add(&l->awaited, most) + most > EVENT_AWAITED_BYTES) {
		l->awaited -= most;
		return 0;
	}
	c->awaited = r->awaits = most;
	return 1;
}

static void
note_since(struct event_connection *c, int sign)
{
	if (c->request.header_bytes == 0 && !c->request.is_open)
		c->since = sign * clock_monotonic_us();
}

static int
read_some(struct event_loop *l, struct event_connection *c)
{
	size_t used;
	int rc, ready;

	while ((rc = event_connection_fill(c)) > 0) {
		note_since(c, 1);
		ready = frame_read(&c->request, c->in + c->in_at, c->in_len - c->in_at, &used);
		c->in_at += used;
		if (event_connection_send(l, c, &c->request.answer) < 0)
			return -1;
		if (ready != 0 && (ready < 0 || !awaits_rest(l, c)))
			return ready;
		note_since(c, -1);
	}
	return rc;
}

/* 1: its request is ready; 0: it takes more; -1: close it. */
int
event_connection_read(struct event_loop *l, struct event_connection *c)
{
	int rc = read_some(l, c);

	let_go(c);
	return rc;
}

void
event_connection_next(struct event_loop *l, struct event_connection *c)
{
	frame_next(&c->request);
	l->awaited -= c->awaited;
	c->awaited = 0;
	let_go(c);
	c->since = -clock_monotonic_us();
}
