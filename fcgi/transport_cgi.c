#include "config.h"

#include "fcgi/transport_cgi.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

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

/* The descriptor's number stays taken: what is opened next must not become standard output. */
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
	*t = (struct transport){ .variable = cgi_variable, .variables = cgi_variables, .read = cgi_read, .write = cgi_write, .finish = cgi_finish };
}
