#include "config.h"

#include <string.h>

#include "admin/cmd.h"
#include "admin/context.h"
#include "lib/text.h"
#include "lib/text_near.h"
#include "store/db.h"
#include "store/registry/store_rights.h"

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
		err_fault(&x->err, &x->arena, "SETTING", "there is no setting %s%s%s%s", name,
		    near == NULL ? "" : "; did you mean ", near == NULL ? "" : near,
		    near == NULL ? "" : "?");
	}
	return x->err.faults == NULL ? 0 :
				       err_set(&x->err, ERR_USAGE, "%s", err_sentence(ERR_USAGE));
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
	return strncmp(origin, "CUSTOMERAPI_", 12) == 0 && strchr(origin, ':') == NULL ?
	    "environment" :
	    "file";
}

static int
config_show(struct context *x)
{
	static const struct output_column columns[] = {
		{ "Setting", OUTPUT_TEXT },
		{ "Value", OUTPUT_TEXT },
		{ "Origin", OUTPUT_TEXT | OUTPUT_LATER },
		{ "Where", OUTPUT_TEXT | OUTPUT_LAST },
		{ NULL, OUTPUT_UNSET },
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
		output_remark(
		    &x->out, "\nFile: %s", x->conf.file == NULL ? "none was read" : x->conf.file);
	return 0;
}

/* ------------------------------------------------------------------ sample, check */

static int
config_sample(struct context *x)
{
	output_document(&x->out, "Sample", conf_sample(&x->arena));
	return 0;
}

/* The settings were read before the command runs; a fault has ended it there. */
static int
config_check(struct context *x)
{
	if (x->out.json)
		output_value(&x->out, "Valid", OUTPUT_FLAG, v_int(1));
	output_remark(&x->out, "The settings are valid. File: %s.",
	    x->conf.file == NULL ? "none was read" : x->conf.file);
	return 0;
}

/* ------------------------------------------------------------------ grants */

/* An account as SQL writes it. */
static const char *
account(struct context *x, const char *user)
{
	const char *host = cmd_given(&x->line, "host") ? cmd_text(&x->line, "host") : "localhost";
	struct buf b;

	buf_init(&b, &x->arena);
	for (int i = 0; i < 2; i++) {
		buf_adds(&b, i == 0 ? "'" : "@'");
		for (const char *p = i == 0 ? user : host; *p != '\0'; p++)
			buf_addf(&b, "%s%c", *p == '\'' || *p == '\\' ? "\\" : "", *p);
		buf_addc(&b, '\'');
	}
	return b.data;
}

static void
grant(struct context *x, struct buf *b, const char *const *rights, const char *pattern,
    const char *to)
{
	buf_addf(b, "GRANT %s ON %s.* TO %s;\n", store_rights_text(&x->arena, rights), pattern,
	    to);
}

static void
grants_of(struct context *x, struct buf *b, const struct store_rights *r, const char *user)
{
	struct arena *a = &x->arena;
	const char *to = account(x, user);

	buf_addf(b, "-- %s\n", r->doc);
	grant(x, b, r->registry, store_rights_pattern(a, x->conf.db_registry, ""), to);
	grant(x, b, r->tenant, store_rights_pattern(a, x->conf.db_registry, "\\_%"), to);
	for (size_t i = 0; i < cmd_count(&x->line, "database"); i++)
		grant(x, b, r->tenant,
		    store_rights_pattern(a, cmd_nth(&x->line, "database", i), ""), to);
}

/* The program's option, or a name made of the registry's. */
static const char *
user_of(struct context *x, const struct store_rights *r)
{
	if (cmd_given(&x->line, r->program))
		return cmd_text(&x->line, r->program);
	return strcmp(r->program, "admin") == 0 ? x->conf.db_registry :
	    arena_printf(&x->arena, "%s_%s", x->conf.db_registry, r->program);
}

static int
config_grants(struct context *x)
{
	struct buf b;

	buf_init(&b, &x->arena);
	if (cmd_given(&x->line, "all"))
		grants_of(x, &b, store_rights_find("admin"), cmd_text(&x->line, "all"));
	else
		for (const struct store_rights *r = store_rights; r->program != NULL; r++)
			grants_of(x, &b, r, user_of(x, r));
	output_document(&x->out, "Grants", b.data);
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

#define GRANTS_USER(name_, whose, def) \
	{ .name = name_, .type = CMD_TEXT, .max = 80, .value = "USER", \
	  .doc = "The database user of " whose "; " def " unless given." }
static const struct cmd_param grants_options[] = {
	GRANTS_USER("web", "customerapi.fcgi", "customerapi_web"),
	GRANTS_USER("daemon", "customerapi-scheduler", "customerapi_daemon"),
	GRANTS_USER("admin", "this tool", "customerapi"),
	{ .name = "all",
	    .type = CMD_TEXT,
	    .max = 80,
	    .value = "USER",
	    .doc = "One user for all three instead." },
	{ .name = "host",
	    .type = CMD_TEXT,
	    .max = 255,
	    .value = "HOST",
	    .doc = "Where they come from; localhost unless given." },
	{ .name = "database",
	    .type = CMD_TEXT,
	    .max = 64,
	    .repeat = 1,
	    .doc = "A tenant's database whose name does not begin with the registry's and an "
		   "underscore." },
	{ .name = NULL },
};

const struct cmd cmd_config_rows[] = {
	{ .group = "config",
	    .verb = "show",
	    .needs = CMD_NEEDS_SETTINGS,
	    .run = config_show,
	    .arguments = show_arguments,
	    .options = show_options,
	    .example = "config show --changed",
	    .doc = "Shows the settings in force and where each comes from: default, file (with its "
		   "line) or environment. Secrets are shown as three asterisks." },
	{ .group = "config",
	    .verb = "sample",
	    .needs = CMD_NEEDS_NOTHING,
	    .run = config_sample,
	    .example = "config sample >customerapi.conf",
	    .doc = "Prints a settings file with every setting, its meaning and its default, all "
		   "commented out." },
	{ .group = "config",
	    .verb = "check",
	    .needs = CMD_NEEDS_SETTINGS,
	    .run = config_check,
	    .example = "config check --config new.conf",
	    .doc = "Says whether the settings can be read, or names every fault with file and "
		   "line. It touches neither database nor key file: customerapi check does." },
	{ .group = "config",
	    .verb = "grants",
	    .needs = CMD_NEEDS_SETTINGS,
	    .run = config_grants,
	    .options = grants_options,
	    .example = "config grants --all customerapi",
	    .doc = "Prints the GRANT lines for the programs' database users: the least that each "
		   "needs, for the registry and for all databases whose names begin with the "
		   "registry's and an "
		   "underscore. The users themselves are made by CREATE USER; each program's own "
		   "stands in its own settings file (--config). Have the database's administrator "
		   "run them." },
	{ .group = NULL },
};
