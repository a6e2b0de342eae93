/*
 * customerapi - the command-line tool of CustomerAPI: see customerapi(1).
 */
#include "config.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "admin/cmd.h"
#include "admin/context.h"
#include "lib/private.h"
#include "store/db.h"

enum { EXIT_DONE, EXIT_FAILED, EXIT_USAGE, EXIT_NOT_FOUND, EXIT_DATABASE };

static int
exit_code(int code)
{
	switch (code) {
	case ERR_NONE:
		return EXIT_DONE;
	case ERR_USAGE:
		return EXIT_USAGE;
	case ERR_NOT_FOUND:
		return EXIT_NOT_FOUND;
	case ERR_DB_GONE:
		return EXIT_DATABASE;
	default:
		return EXIT_FAILED;
	}
}

static int
show_help(struct context *x)
{
	const struct cmd_line *l = &x->line;

	signal(SIGPIPE, SIG_DFL);	/* who reads the beginning only has what he wanted */
	output_document(&x->out, "Usage",
	    l->cmd != NULL ? cmd_usage(&x->arena, l->cmd) : cmd_usage_all(&x->arena, l->group));
	return 0;
}

static int
show_version(struct context *x)
{
	if (x->out.json)
		output_value(&x->out, "Version", OUTPUT_TEXT, v_text(PACKAGE_VERSION));
	else
		puts("customerapi " PACKAGE_VERSION);
	return 0;
}

static int
run(struct context *x, int argc, char **argv)
{
	int rc = cmd_parse(&x->arena, argc, argv, &x->line, &x->err);

	output_init(&x->out, &x->arena, x->line.json, x->line.quiet);
	if (!x->line.wide)
		output_fit(&x->out);
	if (rc < 0)
		return rc;
	if (x->line.help)
		return show_help(x);
	if (x->line.version)
		return show_version(x);
	if ((rc = context_open(x, x->line.cmd->needs)) < 0)
		return rc;
	return x->line.cmd->run(x);
}

int
main(int argc, char **argv)
{
	static struct context x;
	const char *group = "", *verb = "";
	struct err write_err = { 0 };
	int rc, code;

	private_memory();
	setlocale(LC_CTYPE, "");
	signal(SIGPIPE, SIG_IGN);
	db_library_init();
	rc = run(&x, argc, argv);
	if (output_done(&x.out, &write_err) < 0 && rc == 0) {
		rc = write_err.code;
		x.err = write_err;
	}
	if (rc < 0 && x.err.detail[0] != '\0')
		output_error(&x.out, &x.err);
	if (x.line.cmd != NULL && x.line.cmd->verb != NULL)
		verb = x.line.cmd->verb;
	if (x.line.cmd != NULL)
		group = x.line.cmd->group;
	if (rc == ERR_USAGE && !x.out.json)
		output_hint(&x.out,
		    arena_printf(&x.arena, "customerapi%s%s%s%s --help shows what is right.",
			*group == '\0' ? "" : " ", group, *verb == '\0' ? "" : " ", verb));
	code = exit_code(rc);
	context_close(&x);
	return code;
}
