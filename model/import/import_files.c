#include "config.h"

#include "model/import/import_files.h"

#include <fnmatch.h>
#include <string.h>

#include <json-c/json.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "model/process.h"

#define MAPPING "Parameters.Mapping"

/* A map has Rows; a list of maps has patterns. */
static int
is_map(struct json_object *o)
{
	json_object_object_foreach(o, name, value)
		if (value != NULL && text_ieq(name, "Rows"))
			return 1;
	return 0;
}

static int
add_pattern(struct arena *a, struct import_files *f, const char *glob, struct import_map *map,
    struct err *err)
{
	if (f->n == IMPORT_PATTERNS_MAX)
		return err_fault(err, a, MAPPING, "has more than %d patterns", IMPORT_PATTERNS_MAX);
	if (glob[0] == '\0' || strlen(glob) > IMPORT_PATTERN_CHARS || strchr(glob, '/') != NULL)
		return err_fault(err, a, "Parameters.Patterns", "must be names with * and ?, of at "
		    "most %d bytes and without \"/\"", IMPORT_PATTERN_CHARS);
	f->patterns[f->n++] = (struct import_pattern){
		.glob = arena_strdup(a, glob), .map = map
	};
	return 0;
}

static struct import_map *
read_map(struct arena *a, struct import_files *f, const char *where, struct json_object *o,
    struct err *err)
{
	struct import_map *map = &f->maps[f->nmaps];

	if (f->nmaps == IMPORT_PATTERNS_MAX)
		return map - 1;		/* add_pattern() says so */
	f->nmaps++;
	if (json_object_is_type(o, json_type_object))
		import_map_read(a, arena_printf(a, "%s.", where), o, map, err);
	else
		err_fault(err, a, where, "must be a mapping, an object with Rows");
	return map;
}

static struct json_object *
member(struct json_object *o, const char *wanted)
{
	json_object_object_foreach(o, name, value)
		if (strcmp(name, wanted) == 0)
			return value;
	return NULL;
}

/* Each pattern has a member of its own. */
static void
read_several(struct arena *a, const struct import_files_given *g, struct import_files *f,
    struct err *err)
{
	struct json_object *o;

	json_object_object_foreach(g->mapping, glob, map)
		if (g->npatterns == 0)
			add_pattern(a, f, glob,
			    read_map(a, f, arena_printf(a, MAPPING ".%s", glob), map, err), err);
	for (size_t i = 0; i < g->npatterns; i++) {
		const char *where = arena_printf(a, MAPPING ".%s", g->patterns[i]);

		if ((o = member(g->mapping, g->patterns[i])) == NULL)
			err_fault(err, a, where, "is required, because Patterns names it");
		else
			add_pattern(a, f, g->patterns[i], read_map(a, f, where, o, err), err);
	}
}

int
import_files_read(struct arena *a, const struct import_files_given *g, struct import_files *out,
    struct err *err)
{
	struct import_map *map;

	*out = (struct import_files){ .n = 0 };
	if (g->mapping == NULL)
		return err_fault(err, a, MAPPING, "is required");
	if (!is_map(g->mapping)) {
		read_several(a, g, out, err);
		if (out->n == 0 && err->faults == NULL)
			err_fault(err, a, MAPPING, "needs Rows, or a member for each pattern");
		return err->faults != NULL ? err->code : 0;
	}
	map = read_map(a, out, MAPPING, g->mapping, err);
	for (size_t i = 0; i < g->npatterns; i++)
		add_pattern(a, out, g->patterns[i], map, err);
	if (g->npatterns == 0)
		add_pattern(a, out, "*.csv", map, err);
	return err->faults != NULL ? err->code : 0;
}

void
import_files_done(struct import_files *f)
{
	for (size_t i = 0; i < f->nmaps; i++)
		import_map_done(&f->maps[i]);
	f->nmaps = 0;
}

int
import_files_match(const struct import_files *f, const char *name)
{
	for (size_t i = 0; i < f->n; i++)
		if (fnmatch(f->patterns[i].glob, name, 0) == 0)
			return (int)i;
	return -1;
}

int
import_files_check(struct arena *a, const void *args, struct err *err)
{
	const struct process_import_ftp_args *in = args;
	const struct import_files_given given = { .patterns = in->patterns.values,
		.npatterns = in->patterns.n, .mapping = in->mapping.value };
	struct import_files *files = arena_new(a, struct import_files, 1);
	int rc = import_files_read(a, &given, files, err);

	import_files_done(files);
	return rc;
}
