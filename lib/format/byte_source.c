#include "config.h"

#include "lib/format/byte_source.h"

#include <errno.h>
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

struct byte_source
byte_source_fd(int *fd)
{
	struct stat st;
	int known = fstat(*fd, &st) == 0 && S_ISREG(st.st_mode);

	return (struct byte_source) { .read = read_fd, .arg = fd,
		.size = known ? (int64_t)st.st_size : -1 };
}
