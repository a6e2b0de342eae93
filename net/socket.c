#include "config.h"

#include "net/socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static __thread struct socket_guard *guard;

static void
guard_add(struct socket_guard *g, int fd)
{
	pthread_mutex_lock(&g->mutex);
	if (g->expired)
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

static void *
guard_main(void *arg)
{
	struct socket_guard *g = arg;
	struct timespec until;
	int rc = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += g->seconds;
	pthread_mutex_lock(&g->mutex);
	while (!g->stop && rc != ETIMEDOUT)
		rc = pthread_cond_timedwait(&g->wake, &g->mutex, &until);
	if (!g->stop) {
		g->expired = 1;
		for (int i = 0; i < g->nfds; i++)
			shutdown(g->fds[i], SHUT_RDWR);
	}
	pthread_mutex_unlock(&g->mutex);
	return NULL;
}

void
socket_guard_start(struct socket_guard *g, long seconds)
{
	pthread_condattr_t attr;

	*g = (struct socket_guard){ .seconds = seconds };
	pthread_mutex_init(&g->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&g->wake, &attr);
	pthread_condattr_destroy(&attr);
	g->running = pthread_create(&g->thread, NULL, guard_main, g) == 0;
	guard = g;
}

int
socket_guard_stop(struct socket_guard *g)
{
	guard = NULL;
	pthread_mutex_lock(&g->mutex);
	g->stop = 1;
	pthread_cond_signal(&g->wake);
	pthread_mutex_unlock(&g->mutex);
	if (g->running)
		pthread_join(g->thread, NULL);
	pthread_cond_destroy(&g->wake);
	pthread_mutex_destroy(&g->mutex);
	return g->expired;
}
