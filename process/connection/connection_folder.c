#include "config.h"

#include "process/connection/connection_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/secret.h"
#include "lib/text.h"
#include "model/connection/connection.h"
#include "model/connection/connection_address.h"
#include "process/connection/connection_probe.h"

enum { COUNT_MAX = 10000 };

/* ------------------------------------------------------------------ opening it */

static int
open_root(const struct conf *conf, int *fd, struct err *err)
{
	if (conf->import_root[0] == '\0')
		return err_set(err, ERR_CONFIG,
		    "The setting import_root is empty, so no folder of this machine is used: set "
		    "it to the folder below which the files are.");
	*fd = open(conf->import_root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd >= 0)
		return 0;
	return err_set(err, ERR_CONFIG, "The folder of the setting import_root cannot be opened: "
	    "%s. Make it, or let the user of customerapi-scheduler read it.", strerror(errno));
}

/* Sentences name the folder as the connection does, not where import_root is. */
static int
cannot_open(const char *shown, int why, int is_link, struct err *err)
{
	if (is_link)
		return err_set(err, ERR_PERMANENT, "\"%s\" is a symbolic link. Links below "
		    "import_root are not followed: name the folder itself.", shown);
	if (why == ENOENT)
		return err_set(err, ERR_PERMANENT,
		    "There is no folder \"%s\" below import_root: make it, or correct Address.",
		    shown);
	if (why == ENOTDIR)
		return err_set(err, ERR_PERMANENT,
		    "\"%s\" below import_root is no folder: correct Address.", shown);
	return err_set(err, ERR_PERMANENT, "The folder \"%s\" below import_root cannot be read: "
	    "%s. Let the user of customerapi-scheduler read it.", shown, strerror(why));
}

/* One step down; closes up. */
static int
go_down(int up, const char *part, const char *shown, int *fd, struct err *err)
{
	struct stat st;
	int why;

	*fd = openat(up, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	why = errno;
	if (*fd >= 0) {
		close(up);
		return 0;
	}
	cannot_open(shown, why,
	    fstatat(up, part, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode), err);
	close(up);
	return err->code;
}

/* The way down to a part that begins at a place of the path, the part included. */
static const char *
shown_to(struct arena *a, const struct connection_address *address, const char *part,
    ptrdiff_t at)
{
	return arena_strndup(a, address->path, (size_t)at + strlen(part));
}

int
connection_folder_open(struct arena *a, const struct conf *conf, const struct connection *c,
    int *fd, struct err *err)
{
	struct connection_address address;
	const char *text = c->common->address.value;
	char *start, *rest, *part;
	int at = -1, rc;

	*fd = -1;
	if (connection_address_read(a, text, c->kind->schemes, &address) != NULL)
		return err_set(err, ERR_PERMANENT, "%s is no folder's address.", text);
	if ((rc = open_root(conf, &at, err)) < 0)
		return rc;
	start = rest = arena_strdup(a, address.path);
	while (rc == 0 && (part = strsep(&rest, "/")) != NULL)
		if (*part != '\0')
			rc = go_down(at, part, shown_to(a, &address, part, part - start), &at,
			    err);
	if (rc == 0)
		*fd = at;
	return rc;
}

/* ------------------------------------------------------------------ the test */

/* Runs put result files there and move what is done: so it is tried. */
static int
try_to_write(int fd, const char *path, struct err *err)
{
	uint64_t random;
	char name[64];
	int file, why = 0;

	secret_random(&random, sizeof random);
	snprintf(name, sizeof name, ".customerapi-test-%016" PRIx64 ".tmp", random);
	file = openat(fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (file < 0)
		why = errno;
	else if (write(file, "test", 4) != 4 || fsync(file) != 0)
		why = errno;
	if (file >= 0) {
		close(file);
		unlinkat(fd, name, 0);
	}
	if (why == 0)
		return 0;
	return err_set(err, ERR_PERMANENT,
	    "Nothing can be written into the folder \"%s\" below import_root: %s. Runs move files "
	    "that are done and put result files beside them: let the user of "
	    "customerapi-scheduler write there.",
	    path, strerror(why));
}

/* How many names it has, up to COUNT_MAX. Takes fd. */
static int
count(int fd, const char *path, int *n, struct err *err)
{
	DIR *dir = fdopendir(fd);
	struct dirent *entry;

	*n = 0;
	if (dir == NULL) {
		close(fd);
		return err_set(err, ERR_IO, "The folder \"%s\" cannot be read: %s.", path,
		    strerror(errno));
	}
	while (*n < COUNT_MAX && (entry = readdir(dir)) != NULL)
		*n += entry->d_name[0] != '.';
	closedir(dir);
	return 0;
}

static int
folder_probe(struct connection_probe *p, struct err *err)
{
	const char *path = p->connection->common->address.value + strlen("file:");
	int fd, n, rc = connection_folder_open(p->arena, p->conf, p->connection, &fd, err);

	if (rc < 0)
		return rc;
	connection_probe_step(p, "Folder", "The folder \"%s\" below import_root is there.", path);
	if ((rc = try_to_write(fd, path, err)) < 0) {
		close(fd);
		return rc;
	}
	connection_probe_step(p, "Write", "Files can be written and removed in it.");
	if ((rc = count(fd, path, &n, err)) < 0)
		return rc;
	connection_probe_step(p, "Read", "It holds %s%d %s.", n == COUNT_MAX ? "at least " : "", n,
	    text_form(n, "file or folder", "files and folders"));
	return 0;
}

const struct connection_probe_row connection_folder_probe_rows[] = {
	{ .kind = "Folder", .run = folder_probe },
	{ .kind = NULL },
};
