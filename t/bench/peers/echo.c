/*
 * echo - the least that a request costs behind nginx: a FastCGI program of one thread that keeps
 * its connections, reads each request to its end and answers the same 202 to all.
 * Usage: echo, with the web server's socket as file descriptor 0
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { IN_BYTES = 64 << 10, STDIN_RECORD = 5, STDOUT_RECORD = 6, END_RECORD = 3 };

static const char reply[] = "Status: 202 Accepted\r\nX-Request-Id: "
	"6f1d3c0e6f1d3c0e6f1d3c0e6f1d3c0e\r\nX-Content-Type-Options: nosniff\r\n"
	"Referrer-Policy: no-referrer\r\nCache-Control: no-store\r\n"
	"Content-Type: application/json; charset=utf-8\r\nContent-Length: 100\r\n\r\n"
	"{\"Receipt\":\"5b0c3f6a9d2e48719c04a7b1d8e6f235\",\"Duplicate\":false,"
	"\"VisibleAt\":\"2026-01-01T00:00:00Z\"}\n";

struct connection {
	int fd;
	unsigned char header[8];
	size_t have, left;		/* of the header; of what follows it */
};

/* The length of a record with what fills it up. */
static size_t
length_of(const unsigned char *h)
{
	return (size_t)(h[4] << 8 | h[5]) + h[6];
}

/* 1: a request ends within these bytes. */
static int
takes_end(struct connection *c, const unsigned char *p, size_t n)
{
	int ends = 0;

	while (n > 0) {
		size_t part = c->left < n ? c->left : n;

		c->left -= part, p += part, n -= part;
		for (; n > 0 && c->left == 0 && c->have < 8; n--)
			c->header[c->have++] = *p++;
		if (c->have < 8)
			continue;
		c->have = 0;
		c->left = length_of(c->header);
		ends |= c->header[1] == STDIN_RECORD && c->left == 0;
	}
	return ends;
}

static void
answer(int fd)
{
	static const size_t n = sizeof reply - 1;
	unsigned char out[8 + sizeof reply + 7 + 8 + 16] = { 1, STDOUT_RECORD, 0, 1, n >> 8,
		n & 255 };
	const unsigned char end[16] = { 1, END_RECORD, 0, 1, 0, 8 };

	memcpy(out + 8, reply, n);
	memcpy(out + 8 + n, end, sizeof end);
	send(fd, out, 8 + n + sizeof end, MSG_NOSIGNAL);
}

static void
serve(struct connection *c)
{
	static unsigned char in[IN_BYTES];
	ssize_t n = recv(c->fd, in, sizeof in, 0);

	if (n > 0) {
		if (takes_end(c, in, (size_t)n))
			answer(c->fd);
		return;
	}
	close(c->fd);
	free(c);
}

int
main(void)
{
	int poll = epoll_create1(0);
	struct epoll_event event = { .events = EPOLLIN }, all[64];

	epoll_ctl(poll, EPOLL_CTL_ADD, 0, &event);
	for (;;) {
		int n = epoll_wait(poll, all, 64, -1);

		for (int i = 0; i < n; i++) {
			struct connection *c = all[i].data.ptr;

			if (c != NULL) {
				serve(c);
			} else if ((c = calloc(1, sizeof *c)) != NULL) {
				c->fd = accept4(0, NULL, NULL, SOCK_CLOEXEC);
				event.data.ptr = c;
				epoll_ctl(poll, EPOLL_CTL_ADD, c->fd, &event);
			}
		}
	}
}
