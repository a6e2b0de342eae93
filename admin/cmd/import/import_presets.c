#include "config.h"

#include "admin/cmd.h"
#include "admin/context.h"
#include "model/import/import_preset.h"
#include "store/db.h"

static int
list_presets(struct context *x)
{
	static const struct output_column columns[] = {
		{ "Name", OUTPUT_TEXT },
		{ "Pattern", OUTPUT_TEXT },
		{ "Doc", OUTPUT_TEXT | OUTPUT_PROSE },
		{ NULL, OUTPUT_UNSET },
	};
	struct val *cells, *v;
	size_t n = 0;

	while (import_presets[n].name != NULL)
		n++;
	v = cells = arena_new(&x->arena, struct val, 3 * n);
	for (size_t i = 0; i < n; i++) {
		*v++ = v_text(import_presets[i].name);
		*v++ = v_text(import_presets[i].pattern);
		*v++ = v_text(import_presets[i].doc);
	}
	output_table(&x->out, "Presets", columns, cells, n);
	return 0;
}

static int
import_presets_run(struct context *x)
{
	const char *name = cmd_text(&x->line, "NAME");
	const struct import_preset *preset = import_preset_find(name);

	if (name == NULL)
		return list_presets(x);
	if (preset == NULL)
		return err_set(&x->err, ERR_NOT_FOUND, "There is no preset of the name %s.", name);
	output_document(&x->out, "Mapping", preset->map);
	return 0;
}

static const struct cmd_param arguments[] = {
	{ .name = "NAME", .type = CMD_TEXT, .max = 64,
	    .doc = "One of them: its mapping is printed, to begin a mapping of one's own with." },
	{ .name = NULL },
};

const struct cmd cmd_import_presets_rows[] = {
	{ .group = "import",
	    .verb = "presets",
	    .needs = CMD_NEEDS_NOTHING,
	    .run = import_presets_run,
	    .arguments = arguments,
	    .example = "import presets Magento2.Order",
	    .doc = "Lists the mappings that come with the program, for the files of the vendor's "
		   "exporters." },
	{ .group = NULL },
};
