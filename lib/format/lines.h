/*
 * lines - splits a foreign text file into lines in UTF-8.
 *
 * Lines end with LF, CR LF or CR, in any mixture. Memory is bounded, because the length of a line
 * is. The encoding is given, or (ENCODING_UNSET) found as it is read: by a byte order mark; else
 * UTF-16 when nearly all of the first characters have a byte of zero; else UTF-8 or Windows-1252 by
 * the first line that is not ASCII. A mark of the encoding at the begin of the file is not part of
 * the first line.
 */
#ifndef LIB_FORMAT_LINES_H
#define LIB_FORMAT_LINES_H

#include <stddef.h>
#include <stdint.h>

#include "lib/format/encoding.h"

struct byte_source;
struct err;

enum { LINES_BYTES_MAX = 1 << 20 };	/* of a line in the file, without its end */

enum line_fault { LINE_FINE, LINE_LONG, LINE_NUL, LINE_ENCODING, LINE_NO_ROOM };

/* Valid until the next call. */
struct line {
	int64_t number;		/* from 1 */
	int64_t offset;		/* of its first byte in the file */
	int64_t bytes;		/* in the file, its end included */
	const char *raw;	/* these bytes as they came; NULL for LINE_LONG */
	const char *text;	/* UTF-8 without its end, not closed; "?" for what cannot be read */
	size_t n;
	enum line_fault fault;
	const char *wrong;	/* NULL, or a sentence without its subject */
	size_t wrong_column;	/* characters from 1; 0 when it is about the whole line */
};

struct lines;

/* The source is copied. */
struct lines *lines_create(enum encoding encoding, const struct byte_source *source);

/* The next line: 1, or 0 at the end. A code of the source, or ERR_IO when this system lacks the
 * encoding, ends the reading. */
int lines_next(struct lines *l, struct line *out, struct err *err);

/* Keeps the bytes in memory from the line that was read last, until lines_drop(). While it does,
 * lines_next() gives LINE_NO_ROOM instead of a line with which they would be more than
 * LINES_BYTES_MAX, and does not go on. lines_kept() gives them; *n becomes their number. */
void lines_keep(struct lines *l);
const char *lines_kept(const struct lines *l, size_t *n);
void lines_drop(struct lines *l);

/* Goes on behind the first line of those that are kept, and drops them. */
void lines_back(struct lines *l);

/* That was given, or found so far; ENCODING_UNSET while all was ASCII. */
enum encoding lines_encoding(const struct lines *l);

/* Goes on at the line that begins at the offset. */
void lines_seek(struct lines *l, int64_t offset, int64_t number);

void lines_destroy(struct lines **l);

#endif
