/*
 * terminal - how wide a terminal is, how wide a text is on it, and breaking texts into lines.
 *
 * Texts are UTF-8; a byte that is none counts as one column. Widths are columns: characters of East
 * Asia have two, marks and spaces without width none.
 */
#ifndef ADMIN_TERMINAL_H
#define ADMIN_TERMINAL_H

#include <stddef.h>

struct arena;

enum { TERMINAL_MIN = 20, TERMINAL_USUAL = 80 };

/* Columns of the terminal behind fd: $COLUMNS, else what the terminal says, else TERMINAL_USUAL; at
 * least TERMINAL_MIN. 0 when fd is no terminal: what is read by a program has no width. */
size_t terminal_width(int fd);

/* Columns of a text. */
size_t terminal_columns(const char *text);

/* Bytes of the first line of text that fits in width columns: it ends behind the last word that
 * fits, or within a word that alone does not. *next = where the following line begins; it points
 * to the closing NUL behind the last. A line end of text ends a line. */
size_t terminal_line(const char *text, size_t width, const char **next);

/* The text in lines of at most width columns, all but the first behind indent blanks. width 0: as
 * it is. The first line begins at column start. In the arena. */
const char *terminal_wrap(struct arena *a, const char *text, size_t width, size_t start,
    size_t indent);

/* A value behind its heading, "Heading:   value", with a line end; what goes on stands below its
 * beginning. On narrow terminals the value begins a line of its own. */
const char *terminal_field(struct arena *a, const char *heading, const char *text, size_t width);

#endif
