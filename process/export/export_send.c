#include "config.h"

#include "process/export/export_send.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/crash.h"
#include "lib/err.h"
#include "lib/text.h"
#include "net/transfer.h"
#include "process/connection/connection_ftp.h"

enum { TRIES = 3, PAUSE_S = 2 };

static const char *
base_name(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash == NULL ? name : slash + 1;
}

/* As sha256sum -c reads it. */
static int
make_sum(struct arena *a, const struct export_sending *s, int *fd, struct err *err)
{
	const char *text = arena_printf(a, "%s  %s\n",
	    text_hex(a, s->sha256, SECRET_SHA256_BYTES), base_name(s->name));
	const size_t n = strlen(text);

	*fd = memfd_create("sha256", MFD_CLOEXEC);
	if (*fd >= 0 && write(*fd, text, n) == (ssize_t)n)
		return 0;
	return err_set(err, ERR_IO, "The checksum's file cannot be made: %s.", strerror(errno));
}

static int
send_once(const struct export_sending *s, int sum, struct arena *a, struct err *err)
{
	struct connection_files files;
	int rc = connection_files_open(a, s->conf, s->connection, &files, err);

	if (rc == 0)
		rc = transfer_put(files.transfer, s->fd, s->name, err);
	crash_point("export-sent");
	if (rc == 0 && sum >= 0)
		rc = transfer_put(files.transfer, sum, arena_printf(a, "%s.sha256", s->name), err);
	connection_files_close(&files);
	return rc;
}

int
export_send(const struct export_sending *s, struct arena *a, struct err *err)
{
	int sum = -1, rc = s->sha256 == NULL ? 0 : make_sum(a, s, &sum, err);

	for (int i = 1; rc == 0; i++) {
		rc = send_once(s, sum, a, err);
		if ((rc != ERR_TRANSIENT && rc != ERR_TIMEOUT) || i == TRIES)
			break;
		if (s->log != NULL)
			s->log(s->arg, err->detail);
		err_clear(err);
		sleep((unsigned)(i * PAUSE_S));
		rc = 0;
	}
	if (sum >= 0)
		close(sum);
	return rc;
}
