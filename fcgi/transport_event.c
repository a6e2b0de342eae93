#include "config.h"

#include "fcgi/transport_event.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fcgi/frame.h"
#include "lib/clock.h"

enum {
	READ_BYTES = 16 << 10,
	WRITE_BYTES = 32 << 10,		/* of a reply are gathered before they are sent */
	SWEEP_MS = 100,
	DRAIN_LOOK_MS = 50,
	DRAIN_IDLE_MS = 1000,
	LINGER_MS = 1000,
	NO_DESCRIPTOR_MS = 10,
	STOP_BYTES_MAX = 16 << 20
};

/* Who has a connection. Those that may want it at once, a thread that wakes, the sweep and the
 * drain, take it from the loop by compare and exchange. */
enum owner { OWNER_THREAD, OWNER_LOOP, OWNER_SWEEP, OWNER_DRAIN };

struct event_connection {
	struct event_connection *next, **link;
	int fd, is_polled;
	_Atomic int owner;
	_Atomic int64_t since;		/* first byte of a request; of an idle one, -(its end) */
	struct frame_request request;
	struct frame_bytes out;
	size_t stdout_at;		/* header of the record that is being filled */
	int is_record_open, is_lost;
	size_t in_at, in_len;
	char in[READ_BYTES];
};

struct event_loop {
	int epoll_fd, drain_fd, listen_fd, handed_mark;
	usec_t deadline;
	pthread_mutex_t mutex;		/* of the list; a connection in it is open */
	struct event_connection *connections;
	struct event_connection *handed; /* gone; a thread may still hold an event of theirs */
	_Atomic int64_t swept_at;
	_Atomic int is_draining, threads, awake, open;
};

/* Connections pass from a worker that leaves to another: in at 0, out at 1. */
static int handover[2] = { -1, -1 };

int
transport_event_prepare(void)
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, handover);
}

/* ------------------------------------------------------------------ connections */

static struct event_connection *
connection_create(struct event_loop *l, int fd)
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

static void
connection_free(struct event_connection *c)
{
	frame_done(&c->request);
	free(c->out.data);
	free(c);
}

/* Out of the list and closed here. The mutex is held. */
static void
connection_leave(struct event_loop *l, struct event_connection *c)
{
	*c->link = c->next;
	if (c->next != NULL)
		c->next->link = c->link;
	close(c->fd);
	l->open--;
}

static void
connection_destroy(struct event_loop *l, struct event_connection *c)
{
	pthread_mutex_lock(&l->mutex);
	connection_leave(l, c);
	pthread_mutex_unlock(&l->mutex);
	connection_free(c);
}

/* Gives it to whichever thread wakes next: 0, and from here on it may be gone; or -1. */
static int
connection_watch(struct event_loop *l, struct event_connection *c)
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

static void
connection_poll(struct event_loop *l, struct event_connection *c)
{
	if (connection_watch(l, c) < 0)
		connection_destroy(l, c);
}

/* Gives a connection without a request to another worker. 0, or -1: it could not. */
static int
connection_hand_over(struct event_loop *l, struct event_connection *c)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { .bytes = { 0 } };
	char byte = 0;
	struct iovec data = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr m = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = control.bytes,
		.msg_controllen = sizeof control.bytes };
	struct cmsghdr *h = CMSG_FIRSTHDR(&m);

	if (handover[0] < 0 || c->in_at < c->in_len)
		return -1;
	h->cmsg_level = SOL_SOCKET;
	h->cmsg_type = SCM_RIGHTS;
	h->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(h), &c->fd, sizeof(int));
	if (c->is_polled)
		epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, c->fd, NULL);
	c->is_polled = 0;
	return sendmsg(handover[0], &m, MSG_NOSIGNAL | MSG_DONTWAIT) == 1 ? 0 : -1;
}

/* 0, or -1: the peer is gone or takes nothing for the deadline. */
static int
connection_send(const struct event_loop *l, struct event_connection *c, struct frame_bytes *b)
{
	struct pollfd fd = { .fd = c->fd, .events = POLLOUT };
	size_t at = 0;
	ssize_t n;

	while (!c->is_lost && at < b->len) {
		n = send(c->fd, b->data + at, b->len - at, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n > 0)
			at += (size_t)n;
		else if (errno == EAGAIN)
			c->is_lost = poll(&fd, 1, (int)(l->deadline / 1000)) <= 0;
		else
			c->is_lost = errno != EINTR;
	}
	b->len = 0;
	return c->is_lost ? -1 : 0;
}

/* 1: bytes are there; 0: none now; -1: there will be none. */
static int
connection_fill(struct event_connection *c)
{
	ssize_t n;

	if (c->in_at < c->in_len)
		return 1;
	do
		n = recv(c->fd, c->in, sizeof c->in, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? 0 : -1;
	c->in_at = 0;
	c->in_len = (size_t)n;
	return n > 0 ? 1 : -1;
}

/* 1: its request is ready; 0: it takes more; -1: close it. */
static int
connection_read(const struct event_loop *l, struct event_connection *c)
{
	size_t used;
	int rc, ready;

	while ((rc = connection_fill(c)) > 0) {
		if (c->request.header_bytes == 0 && !c->request.is_open)
			c->since = clock_monotonic_us();
		ready = frame_read(&c->request, c->in + c->in_at, c->in_len - c->in_at, &used);
		c->in_at += used;
		if (c->request.answer.len > 0 && connection_send(l, c, &c->request.answer) < 0)
			return -1;
		if (ready != 0)
			return ready;
	}
	return rc;
}

/* ------------------------------------------------------------------ a request's interface */

static const char *
event_variable(const struct transport *t, const char *name)
{
	const struct transport_event *e = t->state;
	size_t n = strlen(name);

	if (e->connection == NULL)
		return NULL;
	for (char **v = e->connection->request.env; *v != NULL; v++)
		if (strncmp(*v, name, n) == 0 && (*v)[n] == '=')
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
read_more(const struct event_loop *l, struct event_connection *c)
{
	struct pollfd fd = { .fd = c->fd, .events = POLLIN };
	size_t used;
	int rc;

	do {
		if ((rc = connection_fill(c)) == 0)
			rc = poll(&fd, 1, (int)(l->deadline / 1000)) > 0 ? 0 : -1;
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
		if (!r->has_body && read_more(e->loop, c) < 0)
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
	c->is_record_open = 1;
	return frame_add(&c->out, header, sizeof header);
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
		connection_send(e->loop, c, &c->out);
	}
	return c->is_lost ? -1 : 0;
}

static void
event_finish(const struct transport *t)
{
	transport_event_finish(t->state);
}

/* A peer that still writes would lose the reply if the connection were simply closed. */
static void
linger(struct event_connection *c)
{
	struct pollfd fd = { .fd = c->fd, .events = POLLIN };
	usec_t end = clock_monotonic_us() + LINGER_MS * 1000;
	size_t read = 0;
	ssize_t n = 1;

	shutdown(c->fd, SHUT_WR);
	while (n > 0 && read < STOP_BYTES_MAX && clock_monotonic_us() < end) {
		if (poll(&fd, 1, LINGER_MS) <= 0)
			return;
		n = recv(c->fd, c->in, sizeof c->in, MSG_DONTWAIT);
		read += n > 0 ? (size_t)n : 0;
	}
}

static void
connection_end(struct event_loop *l, struct event_connection *c)
{
	int ended = 0, whole = c->request.has_body && !c->request.is_aborted;
	unsigned char empty[FRAME_HEADER_BYTES];

	close_record(c);
	frame_header(empty, FRAME_STDOUT, c->request.id, 0);
	if (frame_add(&c->out, empty, sizeof empty) == 0 &&
	    frame_add_end(&c->out, c->request.id, FRAME_COMPLETE) == 0)
		ended = connection_send(l, c, &c->out) == 0;
	if (ended && !whole)
		linger(c);
	if (!ended || !whole || !c->request.keeps) {
		connection_destroy(l, c);
		return;
	}
	frame_next(&c->request);
	c->since = -clock_monotonic_us();
	if (l->is_draining && connection_hand_over(l, c) == 0)
		connection_destroy(l, c);
	else
		connection_poll(l, c);
}

void
transport_event_finish(struct transport_event *e)
{
	struct event_connection *c = e->connection;

	e->connection = NULL;
	if (c != NULL)
		connection_end(e->loop, c);
}

/* ------------------------------------------------------------------ loop */

struct event_loop *
transport_event_create(int listen_fd, long deadline_s)
{
	struct event_loop *l = calloc(1, sizeof *l);
	struct epoll_event listens = { .events = EPOLLIN | EPOLLEXCLUSIVE, .data.ptr = NULL };
	struct epoll_event drains = { .events = EPOLLIN | EPOLLET };
	struct epoll_event comes = { .events = EPOLLIN | EPOLLEXCLUSIVE };

	if (l == NULL)
		return NULL;
	pthread_mutex_init(&l->mutex, NULL);
	l->listen_fd = listen_fd;
	l->deadline = deadline_s * USEC_SEC;
	l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	l->drain_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	drains.data.ptr = l;
	comes.data.ptr = &l->handed_mark;
	if (handover[1] >= 0)
		epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, handover[1], &comes);
	if (epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, listen_fd, &listens) != 0 ||
	    epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, l->drain_fd, &drains) != 0)
		transport_event_destroy(&l);
	return l;
}

void
transport_event_destroy(struct event_loop **l)
{
	if (*l == NULL)
		return;
	while ((*l)->connections != NULL)
		connection_destroy(*l, (*l)->connections);
	for (struct event_connection *c = (*l)->handed, *next; c != NULL; c = next) {
		next = c->next;
		connection_free(c);
	}
	close((*l)->epoll_fd);
	close((*l)->drain_fd);
	pthread_mutex_destroy(&(*l)->mutex);
	free(*l);
	*l = NULL;
}

/* Wakes one thread; each wakes the next. */
static void
wake_one(const struct event_loop *l)
{
	uint64_t one = 1;
	ssize_t n = write(l->drain_fd, &one, sizeof one);

	(void)n;
}

/* One that waits for its next request goes to another worker. A thread may hold an event of it that
 * it has not looked at: its memory stays. */
static void
drain_one(struct event_loop *l, struct event_connection *c)
{
	int loop = OWNER_LOOP;

	if (c->since > 0 || !atomic_compare_exchange_strong(&c->owner, &loop, OWNER_DRAIN))
		return;
	if (connection_hand_over(l, c) < 0 && connection_watch(l, c) == 0)
		return;
	connection_leave(l, c);
	c->next = l->handed;
	l->handed = c;
}

void
transport_event_drain(struct event_loop *l)
{
	epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, l->listen_fd, NULL);
	if (handover[1] >= 0)
		epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, handover[1], NULL);
	l->is_draining = 1;
	pthread_mutex_lock(&l->mutex);
	for (struct event_connection *c = l->connections, *next; c != NULL; c = next) {
		next = c->next;
		drain_one(l, c);
	}
	pthread_mutex_unlock(&l->mutex);
	wake_one(l);
}

/* A connection whose time is over gets an end of its input; the thread that finds it closes it. */
static void
end_late(const struct event_loop *l, struct event_connection *c, usec_t now)
{
	int64_t since = c->since;
	int loop = OWNER_LOOP, is_late;

	if (since < 0)
		is_late = l->is_draining && now + since > DRAIN_IDLE_MS * 1000;
	else
		is_late = now - since > l->deadline;
	if (is_late && atomic_compare_exchange_strong(&c->owner, &loop, OWNER_SWEEP))
		shutdown(c->fd, SHUT_RDWR);
}

/* Looks after those that wait, now and then, whichever thread comes by. */
static void
sweep(struct event_loop *l)
{
	usec_t now = clock_monotonic_us();
	int64_t before = l->swept_at;

	if (now - before < SWEEP_MS * 1000 ||
	    !atomic_compare_exchange_strong(&l->swept_at, &before, now))
		return;
	pthread_mutex_lock(&l->mutex);
	for (struct event_connection *c = l->connections; c != NULL; c = c->next)
		end_late(l, c, now);
	pthread_mutex_unlock(&l->mutex);
}

/* A connection that waits, if nobody was quicker; NULL else. */
static struct event_connection *
accept_one(struct event_loop *l)
{
	int fd = accept4(l->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct event_connection *c;

	if (fd < 0) {
		if (errno == EMFILE || errno == ENFILE)
			usleep(NO_DESCRIPTOR_MS * 1000);
		return NULL;
	}
	if ((c = connection_create(l, fd)) == NULL)
		close(fd);
	return c;
}

/* A connection that another worker gave, if nobody was quicker; NULL else. */
static struct event_connection *
take_handed(struct event_loop *l)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	char byte;
	struct iovec data = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr m = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = control.bytes,
		.msg_controllen = sizeof control.bytes };
	struct event_connection *c;
	struct cmsghdr *h;
	int fd;

	if (recvmsg(handover[1], &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) != 1)
		return NULL;
	if ((h = CMSG_FIRSTHDR(&m)) == NULL || h->cmsg_type != SCM_RIGHTS)
		return NULL;
	memcpy(&fd, CMSG_DATA(h), sizeof fd);
	if ((c = connection_create(l, fd)) == NULL)
		close(fd);
	return c;
}

/* Told to leave by way of the loop: all threads must hear of it, whoever wakes. */
static void
notice_drain(struct transport_event *e)
{
	struct event_loop *l = e->loop;

	if (!e->is_awake)
		l->awake++;
	else if (l->awake < l->threads)
		usleep(1000);	/* it was meant for another */
	e->is_awake = 1;
	if (l->awake < l->threads)
		wake_one(l);
}

/* The connection that an event is of, now this thread's; NULL when there is none. */
static struct event_connection *
connection_of(struct transport_event *e, const struct epoll_event *event)
{
	struct event_connection *c = event->data.ptr;
	int loop = OWNER_LOOP;

	if (event->data.ptr == NULL)
		return accept_one(e->loop);
	if (event->data.ptr == e->loop) {
		notice_drain(e);
		return NULL;
	}
	if (event->data.ptr == &e->loop->handed_mark)
		return take_handed(e->loop);
	if (atomic_compare_exchange_strong(&c->owner, &loop, OWNER_THREAD))
		return c;
	if (loop == OWNER_SWEEP)
		connection_destroy(e->loop, c);
	return NULL;
}

int
transport_event_take(struct transport_event *e, struct transport *t, int wait_ms)
{
	struct event_loop *l = e->loop;
	struct epoll_event event;
	struct event_connection *c;
	int ready;

	if (!e->has_joined)
		l->threads++;
	e->has_joined = 1;
	if (l->is_draining && l->open == 0)
		return -1;
	sweep(l);
	if (epoll_wait(l->epoll_fd, &event, 1, l->is_draining ? DRAIN_LOOK_MS : wait_ms) != 1)
		return 1;
	if ((c = connection_of(e, &event)) == NULL)
		return 1;
	if ((ready = connection_read(l, c)) < 0)
		connection_destroy(l, c);
	else if (ready == 0)
		connection_poll(l, c);
	if (ready != 1)
		return 1;
	e->connection = c;
	*t = (struct transport){ .state = e,
		.variable = event_variable,
		.variables = event_variables,
		.read = event_read,
		.write = event_write,
		.finish = event_finish };
	return 0;
}
