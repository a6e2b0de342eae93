#include "config.h"

#include "fcgi/transport/transport_cgi.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/text.h"

enum { DRAIN_BYTES_MAX = 64 << 20, DRAIN_WAIT_MS = 5000, DRAIN_BLOCK = 16384, DRAIN_S = 30 };

static size_t body_read;	/* of the one request that a process has */

static const char *
cgi_variable(const struct transport *t, const char *name)
{
	(void)t;
	return getenv(name);
}

static char **
cgi_variables(const struct transport *t)
{
	(void)t;
	return environ;
}

static size_t
cgi_read(const struct transport *t, void *out, size_t n)
{
	ssize_t got;

	(void)t;
	do
		got = read(STDIN_FILENO, out, n);
	while (got < 0 && errno == EINTR);
	body_read += got > 0 ? (size_t)got : 0;
	return got > 0 ? (size_t)got : 0;
}

static int
cgi_write(const struct transport *t, const void *p, size_t n)
{
	const char *at = p;

	(void)t;
	while (n > 0) {
		ssize_t put = write(STDOUT_FILENO, at, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return -1;
		at += put;
		n -= (size_t)put;
	}
	return 0;
}

/* The descriptor's number stays in use, so that the next file opened does not become standard
 * output. */
static void
cgi_finish(const struct transport *t)
{
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	(void)t;
	if (fd < 0)
		return;
	dup2(fd, STDOUT_FILENO);
	close(fd);
}

void
transport_cgi_init(struct transport *t)
{
	*t = (struct transport){ .variable = cgi_variable,
		.variables = cgi_variables,
		.read = cgi_read,
		.write = cgi_write,
		.finish = cgi_finish };
}

/* The bytes of the body that the web server may still write; many if it gave no length. */
static size_t
body_left(void)
{
	const char *announced = getenv("CONTENT_LENGTH");
	int64_t length;

	if (announced == NULL || *announced == '\0')
		return getenv("HTTP_TRANSFER_ENCODING") == NULL ? 0 : DRAIN_BYTES_MAX;
	if (text_int64(announced, &length) != 0 || length < 0 || (uint64_t)length <= body_read)
		return 0;
	length -= (int64_t)body_read;
	return length > DRAIN_BYTES_MAX ? DRAIN_BYTES_MAX : (size_t)length;
}

void
transport_cgi_drain(void)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	char block[DRAIN_BLOCK];
	size_t left = body_left(), got = 1;
	usec_t end = clock_monotonic_us() + DRAIN_S * USEC_SEC;

	while (left > 0 && got > 0 && clock_monotonic_us() < end) {
		if (poll(&in, 1, DRAIN_WAIT_MS) <= 0)
			return;
		got = cgi_read(NULL, block, left < sizeof block ? left : sizeof block);
		left -= got;
	}
}
