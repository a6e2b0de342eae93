#include "config.h"

#include "admin/outlet.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "lib/err.h"

enum { LOOK_MS = 20 };

static int
cannot(struct err *err)
{
	return err_set(err, ERR_IO, "The output cannot be written: %s.", strerror(errno));
}

static int
put(struct outlet *o, const char *text, size_t n, struct err *err)
{
	return fwrite(text, 1, n, o->file) == n ? 0 : cannot(err);
}

int
outlet_write(struct outlet *o, const char *text, size_t n, struct err *err)
{
	int rc;

	if (n == 0)
		return 0;
	if (o->has_last && (rc = put(o, &o->last, 1, err)) < 0)
		return rc;
	o->last = text[n - 1];
	o->has_last = 1;
	return put(o, text, n - 1, err);
}

static int
is_pipe(FILE *f)
{
	struct stat st;

	return fstat(fileno(f), &st) == 0 && S_ISFIFO(st.st_mode);
}

/* A pipe without a reader says so by POLLERR, also while bytes lie in it. */
static int
wait_taken(FILE *f, struct err *err)
{
	struct pollfd p = { .fd = fileno(f), .events = 0 };
	int left = 0;

	if (fflush(f) != 0)
		return cannot(err);
	if (!is_pipe(f))
		return 0;
	while (ioctl(p.fd, FIONREAD, &left) == 0 && left > 0)
		if (poll(&p, 1, LOOK_MS) > 0)
			return err_set(err, ERR_IO,
			    "The reader of standard output left before the end.");
	return 0;
}

int
outlet_end(struct outlet *o, struct err *err)
{
	int rc = wait_taken(o->file, err);

	if (rc == 0 && o->has_last && (rc = put(o, &o->last, 1, err)) == 0)
		rc = wait_taken(o->file, err);
	o->has_last = 0;
	return rc;
}
