#include "config.h"

#include "process/export/export_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/err.h"

enum { GZIP_WINDOW = 15 + 16, GZIP_LEVEL = 6, GZIP_MEMORY = 8, BLOCK = 1 << 16 };

static int
io_failed(struct err *err, const char *what)
{
	const int why = errno;

	if (why == ENOSPC || why == EDQUOT || why == EFBIG)
		return err_set(
		    err, ERR_IO, "The exported file cannot be %s: the disk is full.", what);
	return err_set(err, ERR_IO, "The exported file cannot be %s: %s.", what, strerror(why));
}

int
export_sink_open(const char *folder, int *fd, struct err *err)
{
	*fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	return *fd < 0 ? io_failed(err, "made") : 0;
}

int
export_sink_begin(struct export_sink *s, int fd, int is_gzip, struct err *err)
{
	*s = (struct export_sink){ .fd = fd, .digest = EVP_MD_CTX_new() };
	if (s->digest == NULL || EVP_DigestInit_ex(s->digest, EVP_sha256(), NULL) != 1)
		return err_set(err, ERR_INTERNAL, "No checksum can be made.");
	if (fd >= 0 && (ftruncate(fd, 0) < 0 || lseek(fd, 0, SEEK_SET) < 0))
		return io_failed(err, "written");
	if (!is_gzip)
		return 0;
	if (deflateInit2(&s->gz, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY,
		Z_DEFAULT_STRATEGY) != Z_OK)
		return err_set(err, ERR_INTERNAL, "Nothing can be compressed.");
	s->is_gzip = 1;
	return 0;
}

static int
put(struct export_sink *s, const char *bytes, size_t n, struct err *err)
{
	EVP_DigestUpdate(s->digest, bytes, n);
	s->bytes += (int64_t)n;
	while (s->fd >= 0 && n > 0) {
		const ssize_t done = write(s->fd, bytes, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return io_failed(err, "written");
		bytes += done;
		n -= (size_t)done;
	}
	return 0;
}

static int
compress_all(struct export_sink *s, const char *bytes, size_t n, int flush, struct err *err)
{
	char block[BLOCK];
	int rc = 0;

	s->gz.next_in = (Bytef *)(uintptr_t)bytes;
	s->gz.avail_in = (uInt)n;
	do {
		s->gz.next_out = (Bytef *)block;
		s->gz.avail_out = sizeof block;
		deflate(&s->gz, flush);
		rc = put(s, block, sizeof block - s->gz.avail_out, err);
	} while (rc == 0 && s->gz.avail_out == 0);
	return rc;
}

int
export_sink_add(struct export_sink *s, const char *bytes, size_t n, struct err *err)
{
	return s->is_gzip ? compress_all(s, bytes, n, Z_NO_FLUSH, err) : put(s, bytes, n, err);
}

int
export_sink_end(struct export_sink *s, struct err *err)
{
	int rc = s->is_gzip ? compress_all(s, "", 0, Z_FINISH, err) : 0;

	if (rc < 0)
		return rc;
	EVP_DigestFinal_ex(s->digest, s->sha256, NULL);
	if (s->fd < 0 || fdatasync(s->fd) == 0 || errno == EINVAL)
		return 0;
	return io_failed(err, "written");
}

void
export_sink_done(struct export_sink *s)
{
	if (s->is_gzip)
		deflateEnd(&s->gz);
	s->is_gzip = 0;
	EVP_MD_CTX_free(s->digest);
	s->digest = NULL;
}
