/*
 * param_help - a field or option (struct param) and what it may be, for --help and the manual.
 */
#ifndef ADMIN_PARAM_HELP_H
#define ADMIN_PARAM_HELP_H

struct buf;
struct param;

enum { PARAM_HELP_INDENT = 6 };	/* where its name stands */

/* Adds its name and sentence, in lines of CMD_LINE_WIDTH columns. */
void param_help_field(struct buf *b, const struct param *p);

#endif
