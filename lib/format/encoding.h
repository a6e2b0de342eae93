/*
 * encoding - the encodings in which foreign text files come.
 */
#ifndef LIB_FORMAT_ENCODING_H
#define LIB_FORMAT_ENCODING_H

#include <stddef.h>

enum encoding {
	ENCODING_UNSET,
	ENCODING_UTF8,
	ENCODING_WINDOWS_1252,
	ENCODING_ISO_8859_15,
	ENCODING_UTF16LE,
	ENCODING_UTF16BE,
	ENCODING_N
};

/* 1 for UTF-16, of either order. */
int encoding_is_wide(enum encoding encoding);

/* "UTF-8", "Windows-1252" …, as iconv knows them; "" for ENCODING_UNSET. And back, in any case of
 * letters: ENCODING_UNSET when there is none of the name. */
const char *encoding_name(enum encoding encoding);
enum encoding encoding_find(const char *name);

/* What the byte order mark at the begin of a file of n bytes says; *mark becomes the mark's length.
 * Without one ENCODING_UNSET and 0. */
enum encoding encoding_marked(const char *head, size_t n, size_t *mark);

/* UTF-16 without a mark: nearly all characters have a zero in one byte, and none in the other. Else
 * ENCODING_UNSET. */
enum encoding encoding_guess_wide(const char *head, size_t n);

/* The column, in characters from 1, of the byte at in a line of UTF-8. */
size_t encoding_column(const char *line, size_t at);

#endif
