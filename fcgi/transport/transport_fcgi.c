#include "config.h"

#include "fcgi/transport/transport_fcgi.h"

#include <errno.h>
#include <stdlib.h>

#include <fcgiapp.h>
#include <fcgios.h>

struct transport_fcgi {
	FCGX_Request request;
	int finished;
};

static const char *
fcgi_variable(const struct transport *t, const char *name)
{
	const struct transport_fcgi *f = t->state;

	return FCGX_GetParam(name, f->request.envp);
}

static char **
fcgi_variables(const struct transport *t)
{
	const struct transport_fcgi *f = t->state;

	return f->request.envp;
}

static size_t
fcgi_read(const struct transport *t, void *out, size_t n)
{
	const struct transport_fcgi *f = t->state;
	int got = FCGX_GetStr(out, (int)n, f->request.in);

	return got > 0 ? (size_t)got : 0;
}

static int
fcgi_write(const struct transport *t, const void *p, size_t n)
{
	const struct transport_fcgi *f = t->state;

	return FCGX_PutStr(p, (int)n, f->request.out) < 0 ? -1 : 0;
}

static void
fcgi_finish(const struct transport *t)
{
	transport_fcgi_finish(t->state);
}

int
transport_fcgi_init(void)
{
	return FCGX_Init();
}

struct transport_fcgi *
transport_fcgi_create(int fd)
{
	struct transport_fcgi *f = calloc(1, sizeof *f);

	if (f != NULL && FCGX_InitRequest(&f->request, fd, FCGI_FAIL_ACCEPT_ON_INTR) != 0) {
		free(f);
		f = NULL;
	}
	return f;
}

void
transport_fcgi_destroy(struct transport_fcgi **f)
{
	if (*f == NULL)
		return;
	FCGX_Free(&(*f)->request, 0);
	free(*f);
	*f = NULL;
}

int
transport_fcgi_accept(struct transport_fcgi *f, struct transport *t)
{
	int rc = FCGX_Accept_r(&f->request);

	if (rc < 0)
		return rc == -EAGAIN || rc == -EWOULDBLOCK || rc == -EINTR ? 1 : -1;
	*t = (struct transport){ .state = f,
		.variable = fcgi_variable,
		.variables = fcgi_variables,
		.read = fcgi_read,
		.write = fcgi_write,
		.finish = fcgi_finish };
	/* libfcgi would wait for the next request on this connection in FCGX_Accept_r, holding the
	 * thread: it is closed instead, whatever the peer asked for. */
	f->request.keepConnection = 0;
	f->finished = 0;
	return 0;
}

void
transport_fcgi_finish(struct transport_fcgi *f)
{
	if (!f->finished)
		FCGX_Finish_r(&f->request);
	f->finished = 1;
}
