/*
 * param_help - fields and options (struct param) and what they may be, for --help and the manual;
 * in lines of CMD_LINE_WIDTH columns.
 */
#ifndef ADMIN_PARAM_HELP_H
#define ADMIN_PARAM_HELP_H

struct buf;
struct param;

/* A form or kind, and its fields. */
struct param_help_group {
	const char *name, *doc;
	const struct param *params;	/* ends with name NULL */
};

/* Adds the groups (ending with name NULL) with their fields. A field that more than two of three
 * groups have, and say the same of, stands once behind them, under the title common. */
void param_help_groups(
    struct buf *b, const struct param_help_group *groups, const char *common);

/* Adds a sentence, as far to the right as the names of fields. */
void param_help_text(struct buf *b, const char *text);

#endif
