#include "config.h"

#include "lib/format/byte_source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/err.h"

static int64_t
read_memory(void *arg, int64_t offset, void *to, size_t n, struct err *err)
{
	const struct byte_source_memory *m = arg;
	size_t left;

	(void)err;
	if (offset < 0 || (uint64_t)offset >= m->n)
		return 0;
	left = m->n - (size_t)offset;
	n = n < left ? n : left;
	memcpy(to, (const char *)m->bytes + offset, n);
	return (int64_t)n;
}

struct byte_source
byte_source_memory(struct byte_source_memory *memory)
{
	return (struct byte_source) { .read = read_memory, .arg = memory,
		.size = (int64_t)memory->n };
}

static int64_t
read_fd(void *arg, int64_t offset, void *to, size_t n, struct err *err)
{
	const int *fd = arg;
	ssize_t got;

	do {
		got = pread(*fd, to, n, offset);
		if (got < 0 && errno == ESPIPE)
			got = read(*fd, to, n);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return err_set(err, ERR_IO, "The file cannot be read: %s.", strerror(errno));
	return got;
}

int64_t
byte_source_fill(
    const struct byte_source *source, int64_t offset, char *to, size_t n, struct err *err)
{
	size_t have = 0;
	int64_t got = 1;

	while (have < n && got > 0) {
		got = source->read(
		    source->arg, offset + (int64_t)have, to + have, n - have, err);
		have += got > 0 ? (size_t)got : 0;
	}
	return got < 0 ? got : (int64_t)have;
}

struct byte_source
byte_source_fd(int *fd)
{
	struct stat st;
	int known = fstat(*fd, &st) == 0 && S_ISREG(st.st_mode);

	return (struct byte_source) { .read = read_fd, .arg = fd,
		.size = known ? (int64_t)st.st_size : -1 };
}

int
byte_source_open(const char *path, int *fd, struct byte_source *out, struct err *err)
{
	*fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (*fd < 0)
		return err_set(err, ERR_IO, "%s: %s.", path, strerror(errno));
	*out = byte_source_fd(fd);
	return 0;
}

void
byte_source_close(int *fd)
{
	if (*fd != STDIN_FILENO)
		close(*fd);
	*fd = -1;
}
