#include "config.h"

#include "net/socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { LOOK_MS = 200 };	/* a signal wakes nobody up here */

static __thread struct socket_guard *guard;

static void
guard_add(struct socket_guard *g, int fd)
{
	pthread_mutex_lock(&g->mutex);
	if (g->cut)
		shutdown(fd, SHUT_RDWR);
	else if (g->nfds < (int)(sizeof g->fds / sizeof g->fds[0]))
		g->fds[g->nfds++] = fd;
	pthread_mutex_unlock(&g->mutex);
}

int
connect(int fd, const struct sockaddr *address, socklen_t length)
{
	int on = 1;

	if (address != NULL && (address->sa_family == AF_INET || address->sa_family == AF_INET6)) {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
		if (guard != NULL)
			guard_add(guard, fd);
	}
	return (int)syscall(SYS_connect, fd, address, length);
}

/* libESMTP asks in one call whether it may read and whether it may write what it has kept; and it
 * reads first. */
static int
asks_both(const struct pollfd *p, nfds_t n)
{
	return n == 2 && p[0].fd == p[1].fd &&
	    (p[0].events | p[1].events) == (POLLIN | POLLOUT);
}

int
poll(struct pollfd *p, nfds_t n, int timeout_ms)
{
	struct timespec t = { .tv_sec = timeout_ms / 1000,
		.tv_nsec = timeout_ms % 1000 * 1000000L };
	int rc = ppoll(p, n, timeout_ms < 0 ? NULL : &t, NULL);

	if (rc == 2 && asks_both(p, n))
		for (nfds_t i = 0; i < n; i++)
			if (p[i].revents == POLLIN) {
				p[i].revents = 0;
				return 1;
			}
	return rc;
}

/* With the mutex held. */
static void
cut(struct socket_guard *g)
{
	g->cut = 1;
	for (int i = 0; i < g->nfds; i++)
		shutdown(g->fds[i], SHUT_RDWR);
}

static struct timespec
after_ms(long ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += ms % 1000 * 1000000;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

static int
is_past(const struct timespec *t)
{
	struct timespec now = after_ms(0);

	return now.tv_sec > t->tv_sec || (now.tv_sec == t->tv_sec && now.tv_nsec >= t->tv_nsec);
}

static void *
guard_main(void *arg)
{
	struct socket_guard *g = arg;
	struct timespec end = after_ms(g->seconds * 1000), stopped = end;
	int stopping = 0;

	pthread_mutex_lock(&g->mutex);
	while (!g->over && !is_past(&end)) {
		struct timespec look = after_ms(LOOK_MS);

		if (stopping && is_past(&stopped))
			break;
		pthread_cond_timedwait(&g->wake, &g->mutex, &look);
		if (!stopping && g->stop != NULL && *g->stop) {
			stopping = 1;
			stopped = after_ms(g->stop_s * 1000);
		}
	}
	if (!g->over) {
		g->expired = is_past(&end);
		cut(g);
	}
	pthread_mutex_unlock(&g->mutex);
	return NULL;
}

void
socket_guard_start(
    struct socket_guard *g, long seconds, const volatile sig_atomic_t *stop, long stop_s)
{
	pthread_condattr_t attr;

	*g = (struct socket_guard){ .seconds = seconds, .stop = stop, .stop_s = stop_s };
	pthread_mutex_init(&g->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&g->wake, &attr);
	pthread_condattr_destroy(&attr);
	g->running = pthread_create(&g->thread, NULL, guard_main, g) == 0;
	guard = g;
}

void
socket_guard_aside(struct socket_guard *g, int aside)
{
	guard = aside ? NULL : g;
}

void
socket_guard_cut(struct socket_guard *g)
{
	pthread_mutex_lock(&g->mutex);
	cut(g);
	pthread_mutex_unlock(&g->mutex);
}

int
socket_guard_stop(struct socket_guard *g)
{
	guard = NULL;
	pthread_mutex_lock(&g->mutex);
	g->over = 1;
	pthread_cond_signal(&g->wake);
	pthread_mutex_unlock(&g->mutex);
	if (g->running)
		pthread_join(g->thread, NULL);
	pthread_cond_destroy(&g->wake);
	pthread_mutex_destroy(&g->mutex);
	return g->expired;
}
