#include "config.h"

#include "process/import/import_look.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/text.h"
#include "model/import/import_files.h"
#include "net/transfer.h"
#include "store/exchange/import_place.h"

static int
ends_in(const char *name, const char *ending)
{
	const size_t n = strlen(name), m = strlen(ending);

	return n > m && name[n - m - 1] == '.' && text_ieq(name + n - m, ending);
}

/* It is on its way, or one of our own. */
static int
is_let_be(const char *name)
{
	static const char *const on_its_way[] = { "part", "tmp", "filepart" };

	if (name[0] == '.')
		return 1;
	for (size_t i = 0; i < sizeof on_its_way / sizeof on_its_way[0]; i++)
		if (ends_in(name, on_its_way[i]))
			return 1;
	for (enum import_part p = IMPORT_ACCEPTED; p <= IMPORT_NOT_REACHED; p++)
		if (ends_in(name, import_part_ending(p)))
			return 1;
	return 0;
}

static int
by_name(const void *key, const void *file)
{
	return strcmp(key, ((const struct transfer_file *)file)->name);
}

static const struct transfer_file *
find(const struct transfer_list *list, const char *name)
{
	return list->n == 0 ? NULL :
	    bsearch(name, list->files, list->n, sizeof *list->files, by_name);
}

static const char *
below(struct arena *a, const char *folder, const char *name)
{
	return folder[0] == '\0' ? arena_strdup(a, name) : arena_printf(a, "%s/%s", folder, name);
}

/* The marker's name for a file: {name} in it is the file's. */
static const char *
marker_of(struct arena *a, const char *marker, const char *name)
{
	const char *at = strstr(marker, "{name}");

	return at == NULL ? marker :
	    arena_printf(a, "%.*s%s%s", (int)(at - marker), marker, name, at + strlen("{name}"));
}

/* 1 when the file is to be taken, as far as one look can tell. */
static int
is_wanted(struct import_look *l, struct arena *a, const struct transfer_list *list,
    const struct transfer_file *file, struct import_found *out)
{
	const char *marker;

	if (file->is_folder || is_let_be(file->name))
		return 0;
	*out = (struct import_found){ .bytes = file->bytes, .modified = file->modified,
		.pattern = import_files_match(l->files, file->name) };
	if (out->pattern < 0)
		return 0;
	if (l->marker != NULL) {
		marker = marker_of(a, l->marker, file->name);
		if (find(list, marker) == NULL) {
			l->unmarked++;
			return 0;
		}
		out->marker = below(a, l->folder, marker);
	}
	out->own = arena_strdup(a, file->name);
	out->name = below(a, l->folder, file->name);
	return 1;
}

static int
by_turn(const void *x, const void *y)
{
	const struct import_found *a = x, *b = y;

	return a->pattern != b->pattern ? a->pattern - b->pattern : strcmp(a->own, b->own);
}

/* Drops those that have changed since the first look, or are gone. */
static void
drop_growing(struct import_look *l, const struct transfer_list *now)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->n; i++) {
		const struct transfer_file *file = find(now, l->found[i].own);

		if (file != NULL && file->bytes == l->found[i].bytes &&
		    file->modified == l->found[i].modified)
			l->found[kept++] = l->found[i];
		else
			l->growing++;
	}
	l->n = kept;
}

int
import_look(struct import_look *l, struct arena *a, struct err *err)
{
	struct transfer_list list;
	struct import_found one;
	int rc = transfer_list(l->transfer, a, l->folder, &list, err);

	l->n = l->growing = l->unmarked = 0;
	if (rc < 0)
		return rc;
	l->strange = list.strange;
	l->found = arena_new(a, struct import_found, list.n);
	for (size_t i = 0; i < list.n; i++)
		if (is_wanted(l, a, &list, &list.files[i], &one))
			l->found[l->n++] = one;
	if (l->n == 0)
		return 0;
	qsort(l->found, l->n, sizeof *l->found, by_turn);
	if (l->stable_s == 0)
		return 0;
	sleep((unsigned)l->stable_s);
	if ((rc = transfer_list(l->transfer, a, l->folder, &list, err)) == 0)
		drop_growing(l, &list);
	return rc;
}
