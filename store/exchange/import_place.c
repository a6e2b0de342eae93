#include "config.h"

#include "store/exchange/import_place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/text.h"
#include "store/exchange/store_import.h"

static const struct { const char *name, *ending; } parts[] = {
	[IMPORT_ACCEPTED] = { "Accepted", "accepted.csv" },
	[IMPORT_REJECTED] = { "Rejected", "rejected.csv" },
	[IMPORT_REASONS] = { "Reasons", "reasons.csv" },
	[IMPORT_NOT_REACHED] = { "NotReached", "not-reached.csv" },
};

enum import_part
import_part_find(const char *name)
{
	for (enum import_part p = IMPORT_ACCEPTED; p <= IMPORT_NOT_REACHED; p++)
		if (text_ieq(parts[p].name, name))
			return p;
	return IMPORT_PART_UNSET;
}

const char *
import_part_ending(enum import_part part)
{
	return parts[part].ending;
}

/* ------------------------------------------------------------------ folders */

static int
make_folder(const char *path, struct err *err)
{
	const int why = mkdir(path, 0750) == 0 ? 0 : errno;

	if (why == 0 || why == EEXIST)
		return 0;
	err_set(err, ERR_CONFIG, "The folder of the setting import_work cannot be used: %s. Make "
	    "it, and let the user of customerapi-scheduler write there.", strerror(why));
	err_inside(err, "%s", path);
	return ERR_CONFIG;
}

int
import_place_make(struct arena *a, const struct conf *conf, int64_t tenant_id, struct err *err)
{
	const char *own = arena_printf(a, "%s/%" PRId64, conf->import_work, tenant_id);
	int rc;

	if (conf->import_work[0] == '\0')
		return err_set(err, ERR_CONFIG, "The setting import_work is empty, so no file is "
		    "imported: set it to a folder for files on their way and for result files.");
	if ((rc = make_folder(conf->import_work, err)) < 0 || (rc = make_folder(own, err)) < 0 ||
	    (rc = make_folder(arena_printf(a, "%s/staging", own), err)) < 0)
		return rc;
	return make_folder(arena_printf(a, "%s/results", own), err);
}

const char *
import_place_result(struct arena *a, const struct conf *conf, int64_t tenant_id,
    int64_t import_id, enum import_part part)
{
	return arena_printf(a, "%s/%" PRId64 "/results/%" PRId64 ".%s", conf->import_work,
	    tenant_id, import_id, parts[part].ending);
}

const char *
import_place_staged(struct arena *a, const struct conf *conf, int64_t tenant_id,
    const void *key, size_t n)
{
	return arena_printf(a, "%s/%" PRId64 "/staging/%s", conf->import_work, tenant_id,
	    text_hex(a, key, n));
}

/* ------------------------------------------------------------------ reading */

/* Where the bytes of a part are in its file: up to head, and again from rest on. */
struct spot { int64_t head, rest, end; };

static struct spot
spot_of(const struct store_import *import, enum import_part part, int64_t bytes)
{
	const int64_t noted[] = { [IMPORT_ACCEPTED] = import->accepted_bytes,
		[IMPORT_REJECTED] = import->rejected_bytes,
		[IMPORT_REASONS] = import->reasons_bytes };

	if (part == IMPORT_NOT_REACHED && import->next_offset > 0)
		return (struct spot){ import->header_bytes, import->next_offset, bytes };
	if (part == IMPORT_NOT_REACHED)
		return (struct spot){ 0, 0, bytes };
	/* what stands behind is of a chunk that was taken back */
	return (struct spot){ 0, 0, noted[part] < bytes ? noted[part] : bytes };
}

static int
gone(struct err *err)
{
	return err_set(err, ERR_NOT_FOUND, "This file is kept no more, or not on this "
	    "machine: see the setting import_keep_days.");
}

/* What follows byte at of the part, up to where it jumps or ends. */
static int64_t
stretch(const struct spot *s, int64_t at, int64_t *from)
{
	*from = at < s->head ? at : at - s->head + s->rest;
	return (at < s->head ? s->head : s->end) - *from;
}

static int
read_piece(int fd, const struct spot *s, struct arena *a, struct import_piece *p, struct err *err)
{
	int64_t from, left;
	ssize_t n;

	p->of = s->head + s->end - s->rest;
	p->n = 0;
	p->data = NULL;
	if (p->at >= p->of)
		return 0;
	if (p->of - p->at < (int64_t)p->max)
		p->max = (size_t)(p->of - p->at);
	p->data = arena_alloc(a, p->max + 1);
	while (p->n < p->max) {
		left = stretch(s, p->at + (int64_t)p->n, &from);
		if (left > (int64_t)(p->max - p->n))
			left = (int64_t)(p->max - p->n);
		if ((n = pread(fd, p->data + p->n, (size_t)left, from)) < 0)
			return err_set(
			    err, ERR_IO, "The file cannot be read: %s.", strerror(errno));
		if (n == 0)
			break;
		p->n += (size_t)n;
	}
	return 0;
}

int
import_place_read(struct arena *a, const struct conf *conf, int64_t tenant_id,
    const struct store_import *import, enum import_part part, struct import_piece *piece,
    struct err *err)
{
	const char *path = import_place_result(a, conf, tenant_id, import->import_id, part);
	struct spot spot;
	struct stat st;
	int fd, rc;

	if (part == IMPORT_NOT_REACHED && import->state != STATE_IMPORT_RUNNING)
		return err_set(err, ERR_NOT_FOUND, "The file was read to its end.");
	if ((fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)) < 0)
		return gone(err);
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return gone(err);
	}
	spot = spot_of(import, part, st.st_size);
	rc = read_piece(fd, &spot, a, piece, err);
	close(fd);
	return rc;
}

/* ------------------------------------------------------------------ what is old */

static int
open_folder(int up, const char *name)
{
	return openat(up, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static void
forget_in(int fd, usec_t before)
{
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	struct stat st;

	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL) {
		if (fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		if (S_ISREG(st.st_mode) && st.st_mtim.tv_sec * USEC_SEC < before)
			unlinkat(fd, entry->d_name, 0);
	}
	closedir(dir);
}

void
import_place_forget(const struct conf *conf, usec_t before)
{
	const int root = conf->import_work[0] == '\0' ? -1 : open_folder(AT_FDCWD,
	    conf->import_work);
	DIR *dir = root < 0 ? NULL : fdopendir(root);
	struct dirent *entry;
	int own;

	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL) {
		if (strspn(entry->d_name, "0123456789") != strlen(entry->d_name))
			continue;
		if ((own = open_folder(root, entry->d_name)) < 0)
			continue;
		forget_in(open_folder(own, "staging"), before);
		forget_in(open_folder(own, "results"), before);
		close(own);
	}
	closedir(dir);
}
