#include "config.h"

#include "process/import/import_away.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/crash.h"
#include "lib/err.h"
#include "lib/text.h"
#include "net/transfer.h"
#include "process/import/import_look.h"
#include "process/import/import_take.h"
#include "process/run.h"
#include "store/exchange/import_place.h"

static const char *
below(struct arena *a, const char *folder, const char *name)
{
	return folder[0] == '\0' ? name : arena_printf(a, "%s/%s", folder, name);
}

/* ------------------------------------------------------------------ result files */

/* Result files beside those that are read would be read, if their names did not tell. */
static const char *
result_name(struct import_taking *t, const struct import_found *f, enum import_part part)
{
	struct arena *a = &t->scratch;
	const char *own = arena_printf(a, "%s.%s", f->own, import_part_ending(part));

	return below(a, t->folder, below(a, t->results, own));
}

static int
put(struct import_taking *t, const struct import_found *f, int64_t import_id,
    enum import_part part, struct err *err)
{
	const struct run *run = t->run;
	const char *path = import_place_result(
	    &t->scratch, run->conf, run->tenant_id, import_id, part);
	const int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	int rc = 0;

	if (fd < 0)
		return 0;		/* kept no more */
	if (fstat(fd, &st) == 0 && st.st_size > 0)
		rc = transfer_put(t->transfer, fd, result_name(t, f, part), err);
	close(fd);
	return rc;
}

int
import_away_results(struct import_taking *t, const struct import_found *f, int64_t import_id,
    int64_t rejected, struct err *err)
{
	int rc;

	if (t->results == NULL || import_id == 0)
		return 0;
	if ((rc = put(t, f, import_id, IMPORT_ACCEPTED, err)) < 0 || rejected == 0)
		return rc;
	if ((rc = put(t, f, import_id, IMPORT_REJECTED, err)) < 0)
		return rc;
	return put(t, f, import_id, IMPORT_REASONS, err);
}

/* ------------------------------------------------------------------ the move */

/* Which names are in the folder, read once. One that is not there is empty. An FTP server may
 * replace what has a name, so nothing is moved when that cannot be told. */
static int
read_names(struct import_taking *t, struct import_names *names, const char *folder,
    struct err *err)
{
	struct transfer_list list;
	struct err why = { 0 };
	int rc;

	if (names->is_read)
		return 0;
	set_init(&names->names, &names->arena);
	rc = transfer_list(t->transfer, &names->arena, folder, &list, &why);
	if (rc == ERR_TRANSIENT || rc == ERR_TIMEOUT || rc == ERR_IO)
		return err_set(err, rc, "%s", why.detail);
	names->is_read = 1;
	names->is_full = rc == ERR_TOO_LARGE;
	for (size_t i = 0; rc == 0 && i < list.n; i++)
		set_add_text(&names->names, list.files[i].name, 0, NULL);
	return 0;
}

/* Where the number goes: before the last dot, and .gz with what it packs. */
static size_t
stem_of(const char *name)
{
	const char *dot = strrchr(name, '.');
	size_t n = dot == NULL || dot == name ? strlen(name) : (size_t)(dot - name);

	if (dot != NULL && text_ieq(dot, ".gz"))
		for (size_t i = n; i > 1; i--)
			if (name[i - 1] == '.')
				return i - 1;
	return n;
}

/* In a folder whose names cannot all be listed, only the instant makes a name that is new. */
static const char *
free_name(struct import_taking *t, struct import_names *names, const char *own)
{
	const size_t stem = stem_of(own);
	const char *name = own;

	if (names->is_full)
		return arena_printf(&t->scratch, "%.*s-%lld%s", (int)stem, own,
		    (long long)(t->run->now / USEC_SEC), own + stem);
	for (long long i = 2; set_find_text(&names->names, name, NULL); i++)
		name = arena_printf(&t->scratch, "%.*s-%lld%s", (int)stem, own, i, own + stem);
	return name;
}

int
import_away_move(struct import_taking *t, const struct import_found *f, const char *folder,
    int *moved, struct err *err)
{
	struct import_names *names = folder == t->done ? &t->in_done : &t->in_failed;
	const char *to = below(&t->scratch, t->folder, folder), *name;
	struct err ignored = { 0 };
	int rc;

	*moved = 0;
	if (folder[0] == '\0')
		return 0;
	if ((rc = read_names(t, names, to, err)) < 0)
		return rc;
	name = free_name(t, names, f->own);
	rc = transfer_rename(t->transfer, f->name, below(&t->scratch, to, name), err);
	if (rc < 0)
		return rc;
	*moved = 1;
	set_add_text(&names->names, arena_strdup(&names->arena, name), 0, NULL);
	crash_point("import-moved");
	if (f->marker != NULL && strstr(f->marker, f->own) != NULL)
		transfer_remove(t->transfer, f->marker, &ignored);
	return 0;
}
