#include "config.h"

#include "lib/format/encoding.h"

#include <string.h>

#include "lib/text.h"

static const char *const names[ENCODING_N] = {
	[ENCODING_UNSET] = "",
	[ENCODING_UTF8] = "UTF-8",
	[ENCODING_WINDOWS_1252] = "Windows-1252",
	[ENCODING_ISO_8859_15] = "ISO-8859-15",
	[ENCODING_UTF16LE] = "UTF-16LE",
	[ENCODING_UTF16BE] = "UTF-16BE",
};

int
encoding_is_wide(enum encoding encoding)
{
	return encoding == ENCODING_UTF16LE || encoding == ENCODING_UTF16BE;
}

const char *
encoding_name(enum encoding encoding)
{
	return names[encoding];
}

enum encoding
encoding_find(const char *name)
{
	for (enum encoding e = ENCODING_UTF8; e < ENCODING_N; e++)
		if (text_ieq(name, names[e]))
			return e;
	return ENCODING_UNSET;
}

enum encoding
encoding_marked(const char *head, size_t n, size_t *mark)
{
	static const struct { const char *mark; size_t n; enum encoding encoding; } marks[] = {
		{ "\xef\xbb\xbf", 3, ENCODING_UTF8 },
		{ "\xff\xfe", 2, ENCODING_UTF16LE },
		{ "\xfe\xff", 2, ENCODING_UTF16BE },
	};

	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
		if (n >= marks[i].n && memcmp(head, marks[i].mark, marks[i].n) == 0) {
			*mark = marks[i].n;
			return marks[i].encoding;
		}
	*mark = 0;
	return ENCODING_UNSET;
}

enum encoding
encoding_guess_wide(const char *head, size_t n)
{
	size_t zeros[2] = { 0, 0 }, units = n / 2, enough = units - units / 4;

	for (size_t i = 0; i < units * 2; i++)
		zeros[i % 2] += head[i] == '\0';
	if (zeros[0] == 0 && zeros[1] > 0 && zeros[1] >= enough)
		return ENCODING_UTF16LE;
	if (zeros[1] == 0 && zeros[0] > 0 && zeros[0] >= enough)
		return ENCODING_UTF16BE;
	return ENCODING_UNSET;
}

size_t
encoding_column(const char *line, size_t at)
{
	size_t column = 1;

	for (size_t i = 0; i < at; i++)
		column += ((unsigned char)line[i] & 0xc0) != 0x80;
	return column;
}
