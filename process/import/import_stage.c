#include "config.h"

#include "process/import/import_stage.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>

#include "lib/arena.h"
#include "lib/crash.h"
#include "lib/err.h"
#include "lib/secret.h"
#include "lib/text.h"
#include "net/transfer.h"
#include "process/import/import_look.h"
#include "store/exchange/import_place.h"

enum { TRIES = 4, PAUSE_S = 2, BLOCK = 1 << 16, KEY_BYTES = 16 };

static int
local_failed(const char *name, const char *what, struct err *err)
{
	return err_set(err, ERR_IO, "The file %.200s cannot be %s below import_work: %s.", name,
	    what, strerror(errno));
}

/* ------------------------------------------------------------------ the transfer */

/* Another name, size or time is another file. */
static const char *
path_of(const struct import_stage *s, struct arena *a, const struct import_found *f)
{
	unsigned char hash[SECRET_SHA256_BYTES];
	const char *key = arena_printf(a, "%" PRId64 "\n%s\n%" PRId64 "\n%" PRId64,
	    s->connection_id, f->name, f->bytes, f->modified);

	secret_sha256(key, strlen(key), hash);
	return import_place_staged(a, s->conf, s->tenant_id, hash, KEY_BYTES);
}

static int
open_path(const char *path, const char *name, int *fd, struct err *err)
{
	*fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0640);
	if (*fd < 0)
		return local_failed(name, "kept", err);
	if (flock(*fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	return err_set(err, ERR_CONFLICT, "Another run is at work on the file %.200s.", name);
}

static int
may_go_on(int rc)
{
	return rc == ERR_TRANSIENT || rc == ERR_TIMEOUT || rc == ERR_CONFLICT;
}

/* A transfer that breaks off goes on; one of a file that is another now begins anew. */
static int
get_bytes(struct import_stage *s, const struct import_found *f, struct transfer_get *get,
    struct err *err)
{
	int rc = transfer_get(s->transfer, get, err);

	for (int i = 1; i < (s->once ? 1 : TRIES) && may_go_on(rc); i++) {
		sleep(PAUSE_S * (unsigned)i);
		if (rc == ERR_CONFLICT && ftruncate(get->fd, 0) != 0)
			return local_failed(f->name, "kept", err);
		get->offset = rc == ERR_CONFLICT ? 0 : get->bytes;
		err_clear(err);
		rc = transfer_get(s->transfer, get, err);
	}
	s->is_refused = rc == ERR_TOO_LARGE;
	return rc;
}

static int
get_file(struct import_stage *s, const struct import_found *f, struct err *err)
{
	struct transfer_get get = { .name = f->name, .fd = s->fd, .max = s->max };
	struct stat st;
	int rc;

	if (fstat(s->fd, &st) != 0)
		return local_failed(f->name, "kept", err);
	/* how much there is to come must be known, or what is there may be of another file */
	if (f->bytes >= 0 && st.st_size <= f->bytes)
		get.offset = st.st_size;
	else if (ftruncate(s->fd, 0) != 0)
		return local_failed(f->name, "kept", err);
	if ((rc = get_bytes(s, f, &get, err)) < 0)
		return rc;
	crash_point("import-staged");
	if (f->bytes < 0 || get.bytes == f->bytes)
		return fsync(s->fd) == 0 ? 0 : local_failed(f->name, "kept", err);
	if (ftruncate(s->fd, 0) != 0)
		return local_failed(f->name, "kept", err);
	return err_set(err, ERR_CONFLICT, "The file %.200s changed while it was fetched: a later "
	    "run takes it.", f->name);
}

/* ------------------------------------------------------------------ gzip */

int
import_stage_is_packed(int unpack, const char *name)
{
	const size_t n = strlen(name);

	return unpack && n > 3 && text_ieq(name + n - 3, ".gz");
}

static int
damaged(struct import_stage *s, const char *name, struct err *err)
{
	s->is_refused = 1;
	return err_set(err, ERR_PERMANENT, "The file %.200s ends in .gz, but is no whole "
	    "gzip file.", name);
}

/* Bounded by max, whatever the ratio. */
static int
inflate_to(struct import_stage *s, gzFile in, int to, const char *name, struct err *err)
{
	char block[BLOCK];
	int64_t at = 0;
	int n;

	while ((n = gzread(in, block, sizeof block)) > 0) {
		if (at + n > s->max) {
			s->is_refused = 1;
			return err_set(err, ERR_TOO_LARGE, "The file %.200s unpacks to more than "
			    "%" PRId64 " bytes, the parameter MaxBytes.", name, s->max);
		}
		if (pwrite(to, block, (size_t)n, at) != n)
			return local_failed(name, "unpacked", err);
		at += n;
	}
	if (n < 0 || (at == 0 && gzdirect(in)))
		return damaged(s, name, err);
	return 0;
}

/* gzread() takes what is not packed as it is, and a file that was cut as one that ended. */
static int
unpack(struct import_stage *s, const char *name, struct err *err)
{
	unsigned char magic[2] = { 0, 0 };
	int fd, rc;
	gzFile in;

	if (pread(s->packed_fd, magic, 2, 0) != 2 || magic[0] != 0x1f || magic[1] != 0x8b)
		return damaged(s, name, err);
	if (ftruncate(s->fd, 0) != 0 || lseek(s->packed_fd, 0, SEEK_SET) != 0 ||
	    (fd = dup(s->packed_fd)) < 0)
		return local_failed(name, "unpacked", err);
	if ((in = gzdopen(fd, "rb")) == NULL) {
		close(fd);
		return err_set(err, ERR_INTERNAL, "out of memory");
	}
	rc = inflate_to(s, in, s->fd, name, err);
	if (gzclose_r(in) != Z_OK && rc == 0)
		rc = damaged(s, name, err);
	return rc;
}

/* ------------------------------------------------------------------ both */

int
import_stage_open(
    struct import_stage *s, struct arena *a, const struct import_found *f, struct err *err)
{
	int rc;

	s->fd = s->packed_fd = -1;
	s->is_refused = 0;
	s->packed_path = NULL;
	s->path = path_of(s, a, f);
	if (f->bytes > s->max) {
		s->is_refused = 1;
		return err_set(err, ERR_TOO_LARGE, "The file %.200s has %" PRId64 " bytes, more "
		    "than the parameter MaxBytes allows.", f->name, f->bytes);
	}
	if ((rc = open_path(s->path, f->name, &s->fd, err)) < 0 ||
	    (rc = get_file(s, f, err)) < 0 || !import_stage_is_packed(s->unpack, f->own))
		return rc;
	s->packed_path = s->path;
	s->packed_fd = s->fd;
	s->fd = -1;
	s->path = arena_printf(a, "%s.unpacked", s->packed_path);
	if ((rc = open_path(s->path, f->name, &s->fd, err)) < 0)
		return rc;
	return unpack(s, f->name, err);
}

void
import_stage_forget(
    const struct import_stage *s, struct arena *a, const struct import_found *f)
{
	const char *path = path_of(s, a, f);

	unlink(path);
	unlink(arena_printf(a, "%s.unpacked", path));
}

void
import_stage_close(struct import_stage *s)
{
	if (s->fd >= 0)
		close(s->fd);
	if (s->packed_fd >= 0)
		close(s->packed_fd);
	s->fd = s->packed_fd = -1;
}
