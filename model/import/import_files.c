#include "config.h"

#include "model/import/import_files.h"

#include <fnmatch.h>
#include <string.h>

#include <json-c/json.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "lib/text_near.h"
#include "model/import/import_preset.h"
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

static const struct import_preset *
find_preset(struct arena *a, const char *where, const char *name, struct err *err)
{
	enum { NAMES_MAX = 30, NAMES_BYTES = 300 };
	const struct import_preset *preset = import_preset_find(name);
	const char *names[NAMES_MAX + 1] = { NULL }, *near;

	if (preset != NULL)
		return preset;
	for (size_t i = 0; i < NAMES_MAX && import_presets[i].name != NULL; i++)
		names[i] = import_presets[i].name;
	if ((near = text_nearest(name, names)) != NULL)
		err_fault(err, a, where, "is no preset; did you mean %s?", near);
	else
		err_fault(err, a, where, "is no preset; there are %s",
		    text_names(a, names, NAMES_BYTES));
	return NULL;
}

/* A place for one more map; the last one again where there is none, which add_pattern() tells. */
static struct import_map *
next_map(struct import_files *f)
{
	return &f->maps[f->nmaps < IMPORT_PATTERNS_MAX ? f->nmaps++ : f->nmaps - 1];
}

static struct import_map *
read_preset(struct arena *a, struct import_files *f, const struct import_preset *preset,
    struct err *err)
{
	struct import_map *map = next_map(f);

	import_map_done(map);
	if (import_preset_read(a, preset, map, err) < 0 && err->faults == NULL)
		err_fault(err, a, "Parameters.Preset", "cannot be read");
	return map;
}

static struct import_map *
read_map(struct arena *a, struct import_files *f, const char *where, struct json_object *o,
    struct err *err)
{
	const struct import_preset *preset;
	struct import_map *map;

	if (json_object_is_type(o, json_type_string)) {
		preset = find_preset(a, where, json_object_get_string(o), err);
		return preset == NULL ? NULL : read_preset(a, f, preset, err);
	}
	map = next_map(f);
	import_map_done(map);
	if (json_object_is_type(o, json_type_object))
		import_map_read(a, arena_printf(a, "%s.", where), o, map, err);
	else
		err_fault(err, a, where, "must be a mapping, an object with Rows, or the name of a "
		    "preset");
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

/* The patterns that are given, each in turn; NULL at the end. */
static const char *
next_pattern(char **rest)
{
	char *one = *rest == NULL ? NULL : strsep(rest, ",");

	return one == NULL ? NULL : text_trim(one);
}

/* Each pattern has a member of its own. */
static void
read_several(struct arena *a, const struct import_files_given *g, struct import_files *f,
    struct err *err)
{
	char *rest = arena_strdup(a, g->patterns);
	struct json_object *o;
	const char *one;

	json_object_object_foreach(g->mapping, glob, map)
		if (g->patterns == NULL)
			add_pattern(a, f, glob,
			    read_map(a, f, arena_printf(a, MAPPING ".%s", glob), map, err), err);
	while ((one = next_pattern(&rest)) != NULL) {
		const char *where = arena_printf(a, MAPPING ".%s", one);

		if ((o = member(g->mapping, one)) == NULL)
			err_fault(err, a, where, "is required, because Patterns names it");
		else
			add_pattern(a, f, one, read_map(a, f, where, o, err), err);
	}
}

/* All patterns have the map. */
static int
read_one(struct arena *a, const struct import_files_given *g, struct import_files *f,
    struct import_map *map, const char *pattern, struct err *err)
{
	char *rest = arena_strdup(a, g->patterns == NULL ? pattern : g->patterns);
	const char *one;

	while ((one = next_pattern(&rest)) != NULL)
		add_pattern(a, f, one, map, err);
	return err->faults != NULL ? err->code : 0;
}

int
import_files_read(struct arena *a, const struct import_files_given *g, struct import_files *out,
    struct err *err)
{
	const struct import_preset *preset;
	struct import_map *map;

	*out = (struct import_files){ .n = 0 };
	if ((g->mapping == NULL) == (g->preset == NULL))
		return err_fault(err, a, MAPPING, "is required, or Preset: one of the two");
	if (g->preset != NULL) {
		if ((preset = find_preset(a, "Parameters.Preset", g->preset, err)) == NULL)
			return err->code;
		return read_one(a, g, out, read_preset(a, out, preset, err), preset->pattern, err);
	}
	if (!is_map(g->mapping)) {
		read_several(a, g, out, err);
		if (out->n == 0 && err->faults == NULL)
			err_fault(err, a, MAPPING, "needs Rows, or a member for each pattern");
		return err->faults != NULL ? err->code : 0;
	}
	map = read_map(a, out, MAPPING, g->mapping, err);
	return read_one(a, g, out, map, "*.csv", err);
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
	const struct import_files_given given = { .patterns = in->patterns.value,
		.preset = in->preset.value, .mapping = in->mapping.value };
	struct import_files *files = arena_new(a, struct import_files, 1);
	int rc = import_files_read(a, &given, files, err);

	import_files_done(files);
	return rc;
}
