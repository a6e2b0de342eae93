#include "config.h"

#include "admin/check/check.h"

#include <langinfo.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "admin/cmd.h"
#include "admin/context.h"
#include "admin/progress.h"
#include "admin/terminal.h"
#include "lib/text.h"
#include "store/db.h"
#include "store/registry_db.h"
#include "store/registry/store_rights.h"

static const struct check *const tables[] = { check_file_rows, check_mail_rows, check_web_rows,
	check_server_rows, check_schema_rows, check_tenant_rows, check_clock_rows, check_disk_rows,
	check_access_rows, check_work_rows, check_connection_rows, NULL };

/* ------------------------------------------------------------------ findings */

static const char *const words[] = { "?", "ok", "warning", "error" };

void
check_say(struct examination *e, enum check_result result, const char *fix, const char *fmt, ...)
{
	struct val *line = &e->lines[e->nlines * 4];
	va_list ap;

	e->found[result]++;
	if (e->nlines == CHECK_LINES_MAX)
		return;
	va_start(ap, fmt);
	line[0] = v_text(e->current->name);
	line[1] = v_text(words[result]);
	line[2] = v_text(arena_vprintf(&e->x->arena, fmt, ap));
	line[3] = v_text(fix);
	va_end(ap);
	e->nlines++;
}

void
check_say_err(struct examination *e, const char *fix)
{
	check_say(e, CHECK_ERROR, fix, "%s", err_whole(&e->x->arena, &e->x->err));
	err_clear(&e->x->err);
}

const char *
check_variable(const struct examination *e, const char *name)
{
	for (size_t i = 0; i < e->variables.n; i++)
		if (strcmp(rows_text(&e->variables, i, C_doctor_variables_name), name) == 0)
			return rows_null(&e->variables, i, C_doctor_variables_value) ?
			    "" :
			    rows_text(&e->variables, i, C_doctor_variables_value);
	return "";
}

/* ------------------------------------------------------------------ running */

static int
is_grounded(const struct examination *e, const struct check *c)
{
	switch (c->ground) {
	case CHECK_ON_SETTINGS:
		return e->have_settings;
	case CHECK_ON_DATABASE:
		return e->have_database;
	case CHECK_ON_SCHEMA:
		return e->have_schema;
	case CHECK_ON_NOTHING:
	case CHECK_GROUND_UNSET:
		break;
	}
	return 1;
}

/* A connection that broke is opened again, so that one bad look does not hide what the next would
 * find. */
static void
restore_database(struct examination *e)
{
	struct context *x = e->x;

	if (x->db == NULL || !db_broken(x->db))
		return;
	if (registry_db_open(&x->db, &x->conf, 0, &x->err) < 0)
		e->have_database = e->have_schema = 0;
	err_clear(&x->err);
}

static void
examine(struct examination *e)
{
	struct context *x = e->x;

	for (size_t t = 0; tables[t] != NULL; t++)
		for (e->current = tables[t]; e->current->name != NULL; e->current++) {
			if ((e->current->deep && !e->deep) || !is_grounded(e, e->current))
				continue;
			if (e->deep && progress_shown(&x->out))
				output_status(&x->out,
				    arena_printf(&x->arena, "Looking at %s ...", e->current->name));
			e->current->run(e);
			err_clear(&x->err);
			restore_database(e);
		}
}

/* ------------------------------------------------------------------ report */

static void
report_json(struct examination *e)
{
	static const struct output_column columns[] = {
		{ "Check", OUTPUT_TEXT }, { "Result", OUTPUT_TEXT }, { "Message", OUTPUT_TEXT }, { "Fix", OUTPUT_TEXT }, { NULL, OUTPUT_UNSET },
	};

	output_value(&e->x->out, "Errors", OUTPUT_INT, v_int((int64_t)e->found[CHECK_ERROR]));
	output_value(&e->x->out, "Warnings", OUTPUT_INT, v_int((int64_t)e->found[CHECK_WARNING]));
	output_table(&e->x->out, "Checks", columns, e->lines, e->nlines);
}

/* The terminal's type has colours, and NO_COLOR does not ask for none. */
static int
has_colour(void)
{
	const char *no_colour = getenv("NO_COLOR"), *type = getenv("TERM");

	if (no_colour != NULL && *no_colour != '\0')
		return 0;
	return type != NULL && strcmp(type, "dumb") != 0;
}

/* Marks and colour are for people at a terminal; elsewhere the words, which can be searched for. */
static const char *
mark(struct arena *a, const char *result)
{
	static const struct {
		const char *result, *sign, *colour;
	} marks[] = { { "ok", "✓", "32" }, { "warning", "!", "33" }, { "error", "✗", "31" } };
	int terminal = isatty(STDOUT_FILENO), utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;

	for (size_t i = 0; i < sizeof marks / sizeof marks[0] && terminal; i++) {
		const char *sign = utf8 ? marks[i].sign : arena_printf(a, "%-7s", result);

		if (strcmp(marks[i].result, result) == 0)
			return has_colour() ?
			    arena_printf(a, "\33[%sm%s\33[0m", marks[i].colour, sign) :
			    sign;
	}
	return arena_printf(a, "%-7s", result);
}

/* A text beside the names of the checks, or, where that leaves too little room, below them. */
static void
add_beside(struct buf *b, const struct output *o, size_t column, int below, const char *text)
{
	if (below)
		buf_addf(b, "%*s", (int)column, "");
	buf_addf(b, "%s\n", terminal_wrap(b->arena, text, o->width, column, column));
}

static void
report_line(struct buf *b, struct output *o, const struct val *line, size_t mark_width,
    size_t name_width, const char *name)
{
	size_t column = mark_width + 2 + name_width + 2;
	int narrow = o->width > 0 && o->width < column + TERMINAL_MIN;

	buf_addf(b, "%s  %-*s%s", mark(b->arena, line[1].s), (int)name_width, name,
	    narrow ? "\n" : "  ");
	if (narrow)
		column = 2;
	add_beside(b, o, column, narrow, output_harmless(o, line[2].s));
	if (line[3].s != NULL)
		add_beside(b, o, column, 1,
		    arena_printf(b->arena, "-> %s", output_harmless(o, line[3].s)));
}

static void
report_text(struct examination *e)
{
	struct output *o = &e->x->out;
	size_t name_width = 0,
	       mark_width = isatty(STDOUT_FILENO) && strcmp(nl_langinfo(CODESET), "UTF-8") == 0 ?
	    1 :
	    7;
	const char *before = "";
	struct buf b;

	for (size_t i = 0; i < e->nlines; i++)
		name_width = e->lines[i * 4].n > name_width ? e->lines[i * 4].n : name_width;
	buf_init(&b, &e->x->arena);
	buf_adds(&b, "");
	for (size_t i = 0; i < e->nlines; i++) {
		const struct val *line = &e->lines[i * 4];

		if (o->quiet && strcmp(line[1].s, "ok") == 0)
			continue;
		report_line(&b, o, line, mark_width, name_width,
		    strcmp(line[0].s, before) == 0 ? "" : line[0].s);
		before = mark_width == 1 ? line[0].s : "";
	}
	output_document(o, "Checks", b.data);
	output_remark(o, "\n%zu ok, %zu warning%s, %zu error%s.", e->found[CHECK_OK],
	    e->found[CHECK_WARNING], e->found[CHECK_WARNING] == 1 ? "" : "s", e->found[CHECK_ERROR],
	    e->found[CHECK_ERROR] == 1 ? "" : "s");
}

/* ------------------------------------------------------------------ commands */

static int
list_checks(struct context *x, int deep)
{
	static const struct output_column columns[] = { { "Check", OUTPUT_TEXT },
		{ "What", OUTPUT_TEXT | OUTPUT_PROSE }, { NULL, OUTPUT_UNSET } };
	size_t n = 0, room = 0;
	struct val *cells;

	for (size_t t = 0; tables[t] != NULL; t++)
		for (const struct check *c = tables[t]; c->name != NULL; c++)
			room++;
	cells = arena_new(&x->arena, struct val, 2 * room);
	for (size_t t = 0; tables[t] != NULL; t++)
		for (const struct check *c = tables[t]; c->name != NULL; c++)
			if (deep || !c->deep) {
				cells[2 * n] = v_text(c->name);
				cells[2 * n++ + 1] = v_text(c->doc);
			}
	output_table(&x->out, "Checks", columns, cells, n);
	return 0;
}

static int
run(struct context *x, int deep)
{
	struct examination *e;

	if (cmd_given(&x->line, "list"))
		return list_checks(x, deep);
	e = arena_alloc(&x->arena, sizeof *e);
	e->x = x;
	e->deep = deep;
	e->rights = store_rights_find(cmd_given(&x->line, "program") ?
	    cmd_text(&x->line, "program") : "admin");
	examine(e);
	x->out.json ? report_json(e) : report_text(e);
	if (deep && check_url(x) == NULL)
		output_remark(&x->out,
		    "The web server was not looked at: give its address with --url, or set "
		    "base_url.");
	return e->found[CHECK_ERROR] == 0 ? 0 : ERR_CONFIG;
}

static int
check_run(struct context *x)
{
	return run(x, 0);
}

static int
doctor_run(struct context *x)
{
	return run(x, 1);
}

#define PROGRAM_OPTION                                                                             \
	{                                                                                          \
		.name = "program", .type = CMD_CHOICE, .choices = STORE_RIGHTS_PROGRAMS,           \
		.doc = "Check that the settings' database user has the rights that this program " \
		       "needs; admin unless given, which includes the others. Use it with " \
		       "--config where each program has a user of its own." \
	}
#define LIST_OPTION                                                                                \
	{                                                                                          \
		.name = "list", .type = CMD_FLAG,                                                  \
		.doc = "Only list the checks and what each is about."                              \
	}

static const struct cmd_param check_options[] = { PROGRAM_OPTION, LIST_OPTION, { .name = NULL } };

static const struct cmd_param doctor_options[] = {
	{ .name = "url",
	    .type = CMD_TEXT,
	    .max = 1000,
	    .value = "URL",
	    .doc = "Also ask the web server at this address, as a client does: "
		   "https://api.example.org, with the base path if there is one. Without it the "
		   "settings base_url and fcgi_base_path say where, if they do. Nothing secret is "
		   "sent there, and nothing is stored." },
	{ .name = "ca",
	    .type = CMD_FILE,
	    .doc = "PEM file with the authority of the certificate of --url, when it is one of "
		   "your own." },
	{ .name = "no-smtp", .type = CMD_FLAG, .doc = "Do not call the mail server." },
	PROGRAM_OPTION,
	LIST_OPTION,
	{ .name = NULL },
};

const struct cmd cmd_check_rows[] = {
	{ .group = "check",
	    .needs = CMD_NEEDS_NOTHING,
	    .run = check_run,
	    .options = check_options,
	    .example = "check --quiet",
	    .doc = "Checks the installation: settings, files, database, schema of the registry and "
		   "of every tenant, rights, queue, mail. "
		   "Each line is ok, warning or error and says what to do. The exit code is 1 when "
		   "there is an error, 0 otherwise; with --quiet only what is not ok is printed." },
	{ .group = "doctor",
	    .needs = CMD_NEEDS_NOTHING,
	    .run = doctor_run,
	    .options = doctor_options,
	    .example = "doctor --url https://api.example.org",
	    .doc = "Examines everything, in more depth than check and with more time: also what "
		   "the database server keeps and takes, clocks and time-zone data, disks, "
		   "file limits, access, dead letters, schedules, the mail server (it logs in and "
		   "sends nothing) and the web server. "
		   "Every look is limited in time, and none that fails hides another. Lines and "
		   "exit code are those of check." },
	{ .group = NULL },
};
