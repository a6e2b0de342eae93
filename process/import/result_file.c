#include "config.h"

#include "process/import/result_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/err.h"

static int
io_failed(struct err *err, const char *what)
{
	const int why = errno;

	err_set(err, ERR_IO, "The result file cannot be %s.", what);
	err_inside(err, "%s", strerror(why));
	return ERR_IO;
}

int
result_file_open(struct result_file *f, const char *path, struct err *err)
{
	*f = (struct result_file){ .fd = -1, .durable = -1 };
	buf_init(&f->next, &f->arena);
	if (path == NULL)
		return 0;
	f->fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	return f->fd < 0 ? io_failed(err, "made") : 0;
}

void
result_file_add(struct result_file *f, const void *p, size_t n)
{
	if (f->fd >= 0)
		buf_add(&f->next, p, n);
}

void
result_file_field(struct result_file *f, const char *text, char behind)
{
	const int quoted = strpbrk(text, ";\"\r\n") != NULL;

	if (f->fd < 0)
		return;
	if (quoted)
		buf_addc(&f->next, '"');
	for (; *text != '\0'; text++) {
		if (quoted && *text == '"')
			buf_addc(&f->next, '"');
		buf_addc(&f->next, *text);
	}
	if (quoted)
		buf_addc(&f->next, '"');
	buf_addc(&f->next, behind);
}

static int
write_all(int fd, const char *p, size_t n, int64_t at)
{
	while (n > 0) {
		ssize_t done = pwrite(fd, p, n, at);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -1;
		p += done;
		n -= (size_t)done;
		at += done;
	}
	return 0;
}

/* What is behind at, from an earlier try, goes. */
static int
write_behind(const struct result_file *f, int64_t at)
{
	if (ftruncate(f->fd, at) < 0 || write_all(f->fd, f->next.data, f->next.len, at) < 0)
		return -1;
	return fdatasync(f->fd);
}

int
result_file_write(struct result_file *f, int64_t at, int64_t *length, struct err *err)
{
	const int is_there = f->next.len == 0 && f->durable == at;

	*length = at + (int64_t)f->next.len;
	f->durable = -1;
	if (f->fd >= 0 && !is_there && write_behind(f, at) < 0)
		return io_failed(err, "written");
	f->durable = *length;
	arena_reset(&f->arena);
	buf_init(&f->next, &f->arena);
	return 0;
}

void
result_file_close(struct result_file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
	arena_done(&f->arena);
}
