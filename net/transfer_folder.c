/* transfer_folder - the operations on a folder of this machine. No symbolic link is followed. */
#include "config.h"

#include "net/transfer_inside.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/err.h"

enum { BLOCK_BYTES = 1 << 16, NOT_A_FILE = -1 };

/* ------------------------------------------------------------------ what went wrong */

static int
failed(struct transfer *t, const char *name, const char *doing, int why, struct err *err)
{
	static const struct { int why, code; const char *words; } known[] = {
		{ ENOENT, ERR_NOT_FOUND, "it is not there" },
		{ ENOSPC, ERR_TRANSIENT, "the disk is full: make room" },
		{ EDQUOT, ERR_TRANSIENT, "the user's share of the disk is full: make room" },
		{ EROFS, ERR_PERMANENT, "the file system takes no changes: mount it for writing" },
		{ EACCES, ERR_PERMANENT, "there is no right: let the user of this program do it" },
		{ EPERM, ERR_PERMANENT, "there is no right: let the user of this program do it" },
		{ ELOOP, ERR_PERMANENT, "it is a symbolic link, and none is followed" },
		{ EEXIST, ERR_CONFLICT, "a file of that name is there already: move it away" },
		{ ENOTDIR, ERR_PERMANENT, "a part of the way is no folder" },
		{ NOT_A_FILE, ERR_PERMANENT, "it is no file" },
	};

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (known[i].why == why)
			return err_set(err, known[i].code, "%.160s: \"%.100s\" cannot %s: %s.",
			    t->server->shown, name, doing, known[i].words);
	return err_set(err, ERR_IO, "%.160s: \"%.100s\" cannot %s: %s.", t->server->shown, name,
	    doing, strerror(why));
}

/* ------------------------------------------------------------------ the way down */

/* Opens the folder that n bytes of name lead to, part by part. A descriptor, or -1. */
static int
go_down(struct transfer *t, const char *name, size_t n, int make)
{
	char *rest = arena_strndup(&t->scratch, name, n), *part;
	int fd = openat(t->server->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), next;

	while (fd >= 0 && n > 0 && (part = strsep(&rest, "/")) != NULL) {
		if (make)
			mkdirat(fd, part, 0777);
		next = openat(fd, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		close(fd);
		fd = next;
	}
	return fd;
}

/* The folder of a file, and the file's own name. */
static int
folder_of(struct transfer *t, const char *name, int make, const char **own)
{
	const char *slash = strrchr(name, '/');

	*own = slash == NULL ? name : slash + 1;
	return go_down(t, name, slash == NULL ? 0 : (size_t)(slash - name), make);
}

static void
close_kept(int fd)
{
	int why = errno;

	if (fd >= 0)
		close(fd);
	errno = why;
}

/* ------------------------------------------------------------------ list */

static int
put_entry(struct transfer_listing *l, int fd, const char *name)
{
	struct transfer_file file = { .name = name };
	struct stat st;

	if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return 1;		/* gone meanwhile */
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) {
		l->out->strange++;
		return 1;
	}
	file.is_folder = S_ISDIR(st.st_mode);
	file.bytes = st.st_size;
	file.modified = st.st_mtim.tv_sec * USEC_SEC + st.st_mtim.tv_nsec / 1000;
	return transfer_listing_put(l, &file);
}

int
transfer_folder_list(
    struct transfer *t, struct transfer_listing *l, const char *folder, struct err *err)
{
	int fd = go_down(t, folder, strlen(folder), 0);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (dir == NULL) {
		close_kept(fd);
		return failed(t, folder, "be listed", errno, err);
	}
	errno = 0;
	while ((entry = readdir(dir)) != NULL && put_entry(l, fd, entry->d_name))
		errno = 0;
	if (entry == NULL && errno != 0) {
		failed(t, folder, "be listed", errno, err);
		closedir(dir);
		return err->code;
	}
	closedir(dir);
	return 0;
}

/* ------------------------------------------------------------------ bytes */

/* Copies from one offset on until the end. 0, or an errno. */
static int
copy(int from, int to, int64_t *at)
{
	char block[BLOCK_BYTES];
	ssize_t n, w, done;

	while ((n = pread(from, block, sizeof block, *at)) > 0)
		for (done = 0; done < n; done += w, *at += w) {
			w = pwrite(to, block + done, (size_t)(n - done), *at);
			if (w < 0)
				return errno;
		}
	return n < 0 ? errno : 0;
}

/* Opens what is a file, and no pipe. */
static int
open_file(struct transfer *t, const char *name, struct stat *st)
{
	const char *own;
	int folder = folder_of(t, name, 0, &own), fd = -1;

	if (folder >= 0)
		fd = openat(folder, own, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	close_kept(folder);
	if (fd >= 0 && (fstat(fd, st) != 0 || !S_ISREG(st->st_mode))) {
		close(fd);
		errno = NOT_A_FILE;
		return -1;
	}
	return fd;
}

int
transfer_folder_get(struct transfer *t, struct transfer_get *get, struct err *err)
{
	struct stat st;
	int fd = open_file(t, get->name, &st), why = errno, rc = 0;

	if (fd < 0)
		return failed(t, get->name, "be read", why, err);
	if (st.st_size > get->max)
		rc = err_set(err, ERR_TOO_LARGE, "%.160s: \"%.100s\" has more than %lld bytes.",
		    t->server->shown, get->name, (long long)get->max);
	else if (st.st_size < get->offset)
		rc = err_set(err, ERR_CONFLICT, "%.160s: \"%.100s\" is shorter than what came of "
		    "it before: it is another file now. Begin it anew.", t->server->shown,
		    get->name);
	else if ((why = copy(fd, get->fd, &get->bytes)) != 0)
		rc = failed(t, get->name, "be copied", why, err);
	close(fd);
	return rc;
}

int
transfer_folder_put(struct transfer *t, int fd, const char *name, struct err *err)
{
	const char *own, *part;
	int64_t at = 0;
	int folder = folder_of(t, name, 1, &own), to = -1, why;

	part = arena_printf(&t->scratch, "%s.part", own);
	if (folder >= 0)
		to = openat(folder, part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
		    0666);
	why = to < 0 ? errno : copy(fd, to, &at);
	if (why == 0 && fsync(to) != 0)
		why = errno;
	close_kept(to);
	if (why == 0 && renameat(folder, part, folder, own) != 0)
		why = errno;
	if (why != 0 && to >= 0)
		unlinkat(folder, part, 0);
	close_kept(folder);
	return why == 0 ? 0 : failed(t, name, "be written", why, err);
}

/* ------------------------------------------------------------------ names */

int
transfer_folder_rename(struct transfer *t, const char *from, const char *to, struct err *err)
{
	const char *own, *next;
	int old = folder_of(t, from, 0, &own), new = -1, why;

	new = old < 0 ? -1 : folder_of(t, to, 1, &next);
	why = new >= 0 && renameat2(old, own, new, next, RENAME_NOREPLACE) == 0 ? 0 : errno;
	close_kept(old);
	close_kept(new);
	return why == 0 ? 0 :
	    failed(t, from, arena_printf(&t->scratch, "be moved to \"%.80s\"", to), why, err);
}

int
transfer_folder_remove(struct transfer *t, const char *name, struct err *err)
{
	const char *own;
	int folder = folder_of(t, name, 0, &own);
	int why = folder >= 0 && unlinkat(folder, own, 0) == 0 ? 0 : errno;

	close_kept(folder);
	return why == 0 ? 0 : failed(t, name, "be removed", why, err);
}
