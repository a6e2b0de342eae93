/*
 * cmd - the commands of customerapi: one table per group of commands, from which come parsing,
 * checks, usage, "did you mean" and the man page.
 *
 * A command line is "customerapi GROUP VERB [ARGUMENT …] [--option VALUE …]". Options may stand
 * anywhere; "--" ends them. All faults of a line are reported at once, by name.
 */
#ifndef ADMIN_CMD_H
#define ADMIN_CMD_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"

struct arena;
struct buf;
struct context;
struct err;

enum cmd_type {
	CMD_UNSET,
	CMD_FLAG,		/* takes no value */
	CMD_TEXT,		/* 1 … max characters, no control characters */
	CMD_NAME,		/* as name_fault() says */
	CMD_LOGIN,		/* as name_login_fault() says */
	CMD_TENANT,		/* Customer/Alias, two names */
	CMD_INT,		/* min … max */
	CMD_CHOICE,		/* one of choices */
	CMD_CHOICES,		/* a comma list of choices */
	CMD_INTS,		/* a comma list of min … max */
	CMD_FILE,		/* a path, "-" = standard input */
	CMD_WHEN		/* ISO 8601, or an age: 90s, 30m, 12h, 7d; read by when_read() */
};

/* An option or an argument. 0 means that nobody said. */
struct cmd_param {
	const char *name;	/* option without "--"; argument in capitals */
	enum cmd_type type;
	int required;
	int repeat;		/* may be given several times; of arguments only the last */
	int64_t min, max;
	const char *choices;	/* "a|b" */
	const char *value;	/* what stands for the value in the usage; NULL = by type */
	const char *doc;	/* full sentences */
};

/* What must be there before the command runs. */
enum cmd_needs { CMD_NEEDS_UNSET, CMD_NEEDS_NOTHING, CMD_NEEDS_SETTINGS, CMD_NEEDS_REGISTRY };

enum { CMD_LINE_WIDTH = 80 };	/* of --help */

struct cmd {
	const char *group, *verb;		/* verb NULL: the group is the command */
	enum cmd_needs needs;
	const struct cmd_param *arguments, *options;	/* each ends with name NULL, or is NULL */
	const char *doc;			/* first sentence: what it does; more may follow */
	const char *example;			/* a line that works, without "customerapi " */
	char *(*more)(struct arena *a);		/* what --help adds behind the options, in lines of
						 * CMD_LINE_WIDTH; NULL = nothing */
	int (*run)(struct context *x);		/* 0, or a negative code in x->err */
};

/* All tables, made of cmd/Makemodule.am, in its order, which is the manual's; ends with NULL. */
extern const struct cmd *const cmd_tables[];

/* Options that every command takes. */
extern const struct cmd_param cmd_global_options[];

/* A parsed command line. */
struct cmd_line {
	const struct cmd *cmd;		/* NULL when only a global option was given */
	const char *group;		/* first word, or NULL: for usage of one group */
	int help, version, json, quiet, wide;
	const char *config;
	struct cmd_value {
		const char *name;
		const char *text;
	} *values;			/* in order of appearance */
	size_t nvalues;
};

/* Reads argv. Returns 0 or ERR_USAGE with all faults; *out is filled as far as it was understood.
 */
int cmd_parse(struct arena *a, int argc, char *const argv[], struct cmd_line *out, struct err *err);

/* Values by option or argument name; a name that the command does not have ends the process (a
 * fault of the program). */
int cmd_given(const struct cmd_line *l, const char *name);
const char *cmd_text(const struct cmd_line *l,
    const char *name); /* NULL when not given; the last one when repeated */
int64_t cmd_int(const struct cmd_line *l, const char *name, int64_t otherwise);
size_t cmd_count(const struct cmd_line *l, const char *name);
const char *cmd_nth(const struct cmd_line *l, const char *name, size_t i);

/* Splits comma lists of all occurrences of a CMD_INTS option. */
size_t cmd_ints(const struct cmd_line *l, struct arena *a, const char *name, int32_t **out);

/* Joins all occurrences of a CMD_CHOICES option to one comma list without repetitions; "" when not
 * given. */
const char *cmd_choices(const struct cmd_line *l, struct arena *a, const char *name);

/* Usage text: of everything (group NULL), of a group, of a command. */
char *cmd_usage_all(struct arena *a, const char *group);
char *cmd_usage(struct arena *a, const struct cmd *c);

/* The commands, and the options of every command, as mdoc, for customerapi(1). */
char *cmd_man(struct arena *a);
char *cmd_man_options(struct arena *a);

/* Adds sentences as mdoc: one a line, nothing at the start of a line that is a request, backslashes
 * escaped, a line end behind. */
void cmd_mdoc(struct buf *b, const char *text);

/* The completion script for bash. */
char *cmd_bash(struct arena *a);

/* Checks the tables. NULL, or a sentence with the fault (in the arena). */
const char *cmd_lint(struct arena *a);

#endif
