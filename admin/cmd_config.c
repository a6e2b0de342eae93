#include "config.h"

#include <string.h>

#include "admin/cmd.h"
#include "admin/context.h"
#include "lib/text.h"
#include "store/db.h"

/* ------------------------------------------------------------------ show */

static const struct conf_row *
row_find(const char *name)
{
	for (const struct conf_row *r = conf_rows; r->name != NULL; r++)
		if (text_ieq(r->name, name))
			return r;
	return NULL;
}

static int
names_check(struct context *x)
{
	const char **known = arena_new(&x->arena, const char *, 256), *near;
	size_t n = 0;

	for (const struct conf_row *r = conf_rows; r->name != NULL && n < 255; r++)
		known[n++] = r->name;
	for (size_t i = 0; i < cmd_count(&x->line, "SETTING"); i++) {
		const char *name = cmd_nth(&x->line, "SETTING", i);

		if (row_find(name) != NULL)
			continue;
		near = text_nearest(name, known);
		err_fault(&x->err, &x->arena, "SETTING", "there is no setting %s%s%s%s", name, near == NULL ? "" : "; did you mean ", near == NULL ? "" : near,
		    near == NULL ? "" : "?");
	}
	return x->err.faults == NULL ? 0 : err_set(&x->err, ERR_USAGE, "%s", err_sentence(ERR_USAGE));
}

static int
is_wanted(struct context *x, const struct conf_row *r)
{
	size_t n = cmd_count(&x->line, "SETTING");

	if (cmd_given(&x->line, "changed") && strcmp(conf_origin(&x->conf, r), "default") == 0)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (text_ieq(cmd_nth(&x->line, "SETTING", i), r->name))
			return 1;
	return n == 0;
}

static const char *
origin_kind(const char *origin)
{
	if (strcmp(origin, "default") == 0)
		return "default";
	return strncmp(origin, "CUSTOMERAPI_", 12) == 0 && strchr(origin, ':') == NULL ? "environment" : "file";
}

static int
show_run(struct context *x)
{
	static const struct output_column columns[] = {
		{ "Setting", OUTPUT_TEXT }, { "Value", OUTPUT_TEXT }, { "Origin", OUTPUT_TEXT | OUTPUT_LATER }, { "Where", OUTPUT_TEXT | OUTPUT_LAST }, { NULL, OUTPUT_UNSET },
	};
	struct val *cells, *c;
	size_t rows = 0;
	int rc;

	if ((rc = names_check(x)) < 0)
		return rc;
	for (const struct conf_row *r = conf_rows; r->name != NULL; r++)
		rows++;
	c = cells = arena_new(&x->arena, struct val, rows * 4);
	for (const struct conf_row *r = conf_rows; r->name != NULL; r++) {
		const char *origin = conf_origin(&x->conf, r), *kind = origin_kind(origin);

		if (!is_wanted(x, r))
			continue;
		*c++ = v_text(r->name);
		*c++ = v_text(conf_value(&x->arena, &x->conf, r));
		*c++ = v_text(kind);
		*c++ = v_text(strcmp(kind, "default") == 0 ? "" : origin);
	}
	if (x->out.json)
		output_value(&x->out, "File", OUTPUT_TEXT, v_text(x->conf.file));
	output_table(&x->out, "Settings", columns, cells, (size_t)(c - cells) / 4);
	if (!x->out.json)
		output_remark(&x->out, "\nFile: %s", x->conf.file == NULL ? "none was read" : x->conf.file);
	return 0;
}

/* ------------------------------------------------------------------ sample, check */

static int
sample_run(struct context *x)
{
	output_document(&x->out, "Sample", conf_sample(&x->arena));
	return 0;
}

/* The settings were read before the command runs; a fault has ended it there. */
static int
check_run(struct context *x)
{
	if (x->out.json)
		output_value(&x->out, "Valid", OUTPUT_FLAG, v_int(1));
	output_remark(&x->out, "The settings are valid. File: %s.", x->conf.file == NULL ? "none was read" : x->conf.file);
	return 0;
}

/* ------------------------------------------------------------------ table */

static const struct cmd_param show_arguments[] = {
	{ .name = "SETTING", .type = CMD_TEXT, .max = 64, .repeat = 1, .doc = "Only these settings." },
	{ .name = NULL },
};

static const struct cmd_param show_options[] = {
	{ .name = "changed", .type = CMD_FLAG, .doc = "Only what is not left at its default." },
	{ .name = NULL },
};

const struct cmd cmd_config_rows[] = {
	{ .group = "config", .verb = "show", .needs = CMD_NEEDS_SETTINGS, .run = show_run, .arguments = show_arguments, .options = show_options,
	  .example = "config show --changed",
	  .doc = "Shows the settings in force and where each comes from: default, file (with its line) or environment. Secrets are shown as three asterisks." },
	{ .group = "config", .verb = "sample", .needs = CMD_NEEDS_NOTHING, .run = sample_run, .example = "config sample >customerapi.conf",
	  .doc = "Prints a settings file with every setting, its meaning and its default, all commented out." },
	{ .group = "config", .verb = "check", .needs = CMD_NEEDS_SETTINGS, .run = check_run, .example = "config check --config new.conf",
	  .doc = "Says whether the settings can be read, or names every fault with file and line. It touches neither database nor key file: customerapi check does." },
	{ .group = NULL },
};
