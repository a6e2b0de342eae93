#include "config.h"

#include "model/import/import_match.h"

#include <string.h>

#include "lib/err.h"
#include "lib/sniff/sniff.h"
#include "model/import/import_map.h"
#include "model/import/import_preset.h"

/* The shape's letters: i integer, n number, d date, e e-mail, l numbers by commas, t text that is
 * no number; anything else: whatever. */
static int
fits(const struct sniff_column *c, char shape)
{
	const int is_number = c->type == SNIFF_INTEGER || c->type == SNIFF_DECIMAL ||
	    c->type == SNIFF_FLAG;

	if (c->type == SNIFF_EMPTY)
		return shape != 'e';
	switch (shape) {
	case 'i':
		return c->type == SNIFF_INTEGER || c->type == SNIFF_FLAG;
	case 'n':
		return is_number;
	case 'd':
		return c->type == SNIFF_DATE;
	case 'e':
		return c->type == SNIFF_EMAIL;
	case 't':
		return !is_number && c->type != SNIFF_DATE;
	case 'l':
		for (size_t i = 0; i < c->nexamples; i++)
			if (strspn(c->examples[i], "0123456789,") != strlen(c->examples[i]))
				return 0;
		return 1;
	default:
		return 1;
	}
}

static int
has_shape(const struct sniff *s, const struct import_preset *preset)
{
	if (s->dialect.delimiter != '|' || s->dialect.header ||
	    strlen(preset->shape) != s->ncolumns)
		return 0;
	for (size_t i = 0; i < s->ncolumns; i++)
		if (!fits(&s->columns[i], preset->shape[i]))
			return 0;
	return 1;
}

/* How many columns the preset's map uses; 0 when it does not fit the file. */
static size_t
used_by(struct arena *a, const struct sniff *s, const char *const *names,
    const struct import_preset *preset)
{
	const char *const *unused;
	struct import_map map = { .json = NULL };
	struct err err = { 0 };
	size_t n = s->ncolumns;

	if (preset->shape != NULL)
		return has_shape(s, preset) ? n : 0;
	if (!s->dialect.header || import_preset_read(a, preset, &map, &err) < 0 ||
	    import_map_bind(a, &map, names, n, &unused, &err) < 0)
		n = 0;
	import_map_done(&map);
	for (; n > 0 && *unused != NULL; unused++)
		n--;
	return n;
}

const struct import_preset *
import_match(struct arena *a, const struct sniff *s, const char *const *names)
{
	const struct import_preset *best = NULL;
	size_t most = 0;

	for (const struct import_preset *preset = import_presets; preset->name != NULL; preset++) {
		size_t used = used_by(a, s, names, preset);

		if (used > most) {
			best = preset;
			most = used;
		}
	}
	return best;
}
