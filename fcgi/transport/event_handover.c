#include "config.h"

#include "fcgi/transport/event_loop.h"

#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* Connections pass from a worker that leaves to another: in at 0, out at 1. */
static int handover[2] = { -1, -1 };
static pid_t master;
static _Atomic int *has_ended;	/* shared by the master and its workers */

int
event_handover_create(void)
{
	void *shared = mmap(NULL, sizeof *has_ended, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (shared == MAP_FAILED)
		return -1;
	has_ended = shared;
	master = getpid();
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, handover);
}

void
event_handover_end(void)
{
	*has_ended = 1;
}

int
event_handover_is_open(void)
{
	if (handover[0] < 0 || *has_ended)
		return 0;
	return getppid() == master;
}

int
event_handover_fd(void)
{
	return handover[1];
}

int
event_handover_give(struct event_loop *l, struct event_connection *c)
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

	if (!event_handover_is_open() || c->in_at < c->in_len)
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

/* The next descriptor that somebody gave, or -1. */
static int
receive(void)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	char byte;
	struct iovec data = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr m = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = control.bytes,
		.msg_controllen = sizeof control.bytes };
	struct cmsghdr *h;
	int fd;

	if (recvmsg(handover[1], &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) != 1)
		return -1;
	if ((h = CMSG_FIRSTHDR(&m)) == NULL || h->cmsg_type != SCM_RIGHTS)
		return -1;
	memcpy(&fd, CMSG_DATA(h), sizeof fd);
	return fd;
}

struct event_connection *
event_handover_take(struct event_loop *l)
{
	struct event_connection *c;
	int fd = receive();

	if (fd < 0)
		return NULL;
	if ((c = event_connection_create(l, fd)) == NULL)
		close(fd);
	return c;
}

void
event_handover_empty(void)
{
	int fd;

	while ((fd = receive()) >= 0)
		close(fd);
}
