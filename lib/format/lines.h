/*
 * lines - splits a foreign text file, whose bytes come in pieces, into lines in UTF-8.
 *
 * The encoding is UTF-8, UTF-16 or Windows-1252: by a byte order mark; else UTF-16 when nearly all
 * of the first characters have a byte of zero; else UTF-8 or Windows-1252 by the first line that is
 * not ASCII. Lines end with LF, CR LF or CR. Memory is bounded, because the length of a line is.
 */
#ifndef LIB_FORMAT_LINES_H
#define LIB_FORMAT_LINES_H

#include <stddef.h>
#include <stdint.h>

struct err;

enum { LINES_BYTES_MAX = 1 << 20 };	/* of a line in the file */

struct line {
	int64_t number;		/* from 1 */
	char *text;		/* without its end; the only NUL closes it; valid in the call */
	size_t n;
	const char *wrong;	/* NULL, or why it cannot be read; text has "?" for what cannot */
};

/* Takes a line: 0, or a negative code in err, which ends the reading. */
typedef int lines_taker(void *arg, const struct line *line, struct err *err);

struct lines;

struct lines *lines_create(lines_taker *take, void *arg);

/* The next bytes. 0, a code of the taker, or ERR_IO when this system lacks the encoding. */
int lines_put(struct lines *l, const void *bytes, size_t n, struct err *err);

/* Ends the file. Returns as lines_put(). */
int lines_end(struct lines *l, struct err *err);

void lines_destroy(struct lines **l);

#endif
