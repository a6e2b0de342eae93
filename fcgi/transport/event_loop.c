#include "config.h"

#include "fcgi/transport/event_loop.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fcgi/transport/transport_event.h"

enum { SWEEP_MS = 100, DRAIN_LOOK_MS = 20, DRAIN_IDLE_MS = 1000, LAST_MAX = 1024 };

int
transport_event_prepare(void)
{
	return event_handover_create();
}

void
transport_event_last(void)
{
	event_handover_end();
	event_handover_empty();
}

struct event_loop *
transport_event_create(int listen_fd, long deadline_s, size_t body_max)
{
	struct event_loop *l = calloc(1, sizeof *l);
	struct epoll_event drains = { .events = EPOLLIN | EPOLLET };
	struct epoll_event comes = { .events = EPOLLIN | EPOLLEXCLUSIVE };

	if (l == NULL)
		return NULL;
	pthread_mutex_init(&l->mutex, NULL);
	l->deadline = deadline_s * USEC_SEC;
	l->body_max = body_max;
	l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	l->drain_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	drains.data.ptr = l;
	comes.data.ptr = &l->handed_mark;
	if (event_handover_fd() >= 0)
		epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, event_handover_fd(), &comes);
	if (event_listen_begin(l, listen_fd) != 0 ||
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
		event_connection_destroy(*l, (*l)->connections);
	for (struct event_connection *c = (*l)->handed, *next; c != NULL; c = next) {
		next = c->next;
		event_connection_free(c);
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

	if (!event_handover_is_open() ||
	    !atomic_compare_exchange_strong(&c->owner, &loop, OWNER_DRAIN))
		return;
	if (c->since > 0 || event_handover_give(l, c) < 0) {
		if (event_connection_watch(l, c) == 0)
			return;
	}
	event_connection_leave(l, c);
	c->next = l->handed;
	l->handed = c;
}

/* The list's mutex is held. */
static void
drain_all(struct event_loop *l)
{
	for (struct event_connection *c = l->connections, *next; c != NULL; c = next) {
		next = c->next;
		drain_one(l, c);
	}
}

/* Of what came before this loop stopped to wait for it, the kernel may have told nobody else. */
static void
take_last(struct event_loop *l)
{
	struct event_connection *c;

	for (int n = 0; n < LAST_MAX && (c = event_listen_accept(l)) != NULL; n++)
		event_connection_poll(l, c);
	for (int n = 0; n < LAST_MAX && (c = event_handover_take(l)) != NULL; n++)
		event_connection_poll(l, c);
}

void
transport_event_drain(struct event_loop *l)
{
	event_listen_end(l);
	if (event_handover_fd() >= 0)
		epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, event_handover_fd(), NULL);
	take_last(l);
	pthread_mutex_lock(&l->mutex);
	drain_all(l);
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
	const int every_ms = l->is_draining ? DRAIN_LOOK_MS : SWEEP_MS;

	if (now - before < every_ms * 1000 ||
	    !atomic_compare_exchange_strong(&l->swept_at, &before, now))
		return;
	pthread_mutex_lock(&l->mutex);
	if (l->is_draining)
		drain_all(l);	/* more than pass to others at once */
	for (struct event_connection *c = l->connections; c != NULL; c = c->next)
		end_late(l, c, now);
	event_listen_look(l, now);
	pthread_mutex_unlock(&l->mutex);
}

/* Told to leave by way of the loop: all threads must hear of it, whoever wakes. */
static void
notice_drain(struct event_loop *l, struct event_thread *thread)
{
	if (!thread->is_awake)
		l->awake++;
	else if (l->awake < l->threads)
		usleep(1000);	/* it was meant for another */
	thread->is_awake = 1;
	if (l->awake < l->threads)
		wake_one(l);
}

/* The connection that an event is of, now this thread's; NULL when there is none. */
static struct event_connection *
connection_of(
    struct event_loop *l, struct event_thread *thread, const struct epoll_event *event)
{
	struct event_connection *c = event->data.ptr;
	int loop = OWNER_LOOP;

	if (event->data.ptr == NULL)
		return event_listen_accept(l);
	if (event->data.ptr == l) {
		notice_drain(l, thread);
		return NULL;
	}
	if (event->data.ptr == &l->handed_mark)
		return event_handover_take(l);
	if (atomic_compare_exchange_strong(&c->owner, &loop, OWNER_THREAD))
		return c;
	if (loop == OWNER_SWEEP)
		event_connection_destroy(l, c);
	return NULL;
}

/* What the kernel told a worker that died then. NULL: nothing. */
static struct event_connection *
left_over(struct event_loop *l)
{
	struct event_connection *c = l->is_listening ? event_listen_accept(l) : NULL;

	return c != NULL || l->is_draining ? c : event_handover_take(l);
}

struct event_connection *
event_loop_next(struct event_loop *l, struct event_thread *thread, int wait_ms, int *leave)
{
	struct epoll_event event;
	struct event_connection *c;
	int ready, n;

	if (!l->is_listening)
		wait_ms = l->is_draining ? DRAIN_LOOK_MS : SWEEP_MS;
	if (!thread->has_joined)
		l->threads++;
	thread->has_joined = 1;
	if ((*leave = l->is_draining && l->open == 0))
		return NULL;
	sweep(l);
	n = epoll_wait(l->epoll_fd, &event, 1, wait_ms);
	c = n == 1 ? connection_of(l, thread, &event) : left_over(l);
	if (c == NULL)
		return NULL;
	if ((ready = event_connection_read(l, c)) < 0)
		event_connection_destroy(l, c);
	else if (ready == 0)
		event_connection_poll(l, c);
	return ready == 1 ? c : NULL;
}
