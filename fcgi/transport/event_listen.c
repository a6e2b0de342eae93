#include "config.h"

#include "fcgi/transport/event_loop.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PAUSE_MS = 100, OTHER_DESCRIPTORS = 256, OPEN_MAX = 16384 };

/* Descriptors are left for connections to the database, and for what the program opens else. */
static int
open_max(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= OPEN_MAX + OTHER_DESCRIPTORS)
		return OPEN_MAX;
	if (files.rlim_cur > 2 * OTHER_DESCRIPTORS)
		return (int)files.rlim_cur - OTHER_DESCRIPTORS;
	return (int)files.rlim_cur / 2;
}

/* The mutex is held. */
static int
listen_on(struct event_loop *l)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLEXCLUSIVE, .data.ptr = NULL };

	l->is_listening = !l->is_draining &&
	    epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, l->listen_fd, &event) == 0;
	return l->is_listening ? 0 : -1;
}

/* The mutex is held. */
static void
listen_off(struct event_loop *l)
{
	if (l->is_listening)
		epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, l->listen_fd, NULL);
	l->is_listening = 0;
}

int
event_listen_begin(struct event_loop *l, int fd)
{
	l->listen_fd = fd;
	l->open_max = open_max();
	return listen_on(l);
}

void
event_listen_end(struct event_loop *l)
{
	pthread_mutex_lock(&l->mutex);
	listen_off(l);
	l->is_draining = 1;
	pthread_mutex_unlock(&l->mutex);
}

/* The kernel wakes the first of those that wait for the socket. Who has accepted goes behind the
 * others: else one worker would have nearly all connections, and the web server keeps them. */
static void
go_behind(struct event_loop *l, int may_listen)
{
	pthread_mutex_lock(&l->mutex);
	listen_off(l);
	if (may_listen && l->open < l->open_max)
		listen_on(l);
	else
		l->listen_at = clock_monotonic_us() + PAUSE_MS * 1000;
	pthread_mutex_unlock(&l->mutex);
}

void
event_listen_look(struct event_loop *l, usec_t now)
{
	if (!l->is_listening && now >= l->listen_at && l->open < l->open_max)
		listen_on(l);
}

static int
is_for_now(int error)
{
	return error == EAGAIN || error == EINTR || error == ECONNABORTED;
}

struct event_connection *
event_listen_accept(struct event_loop *l)
{
	int fd = accept4(l->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct event_connection *c = NULL;

	if (fd < 0 && is_for_now(errno))
		return NULL;
	if (fd >= 0 && (c = event_connection_create(l, fd)) == NULL)
		close(fd);
	go_behind(l, c != NULL);
	return c;
}
