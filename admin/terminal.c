#include "config.h"

#include "admin/terminal.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "lib/arena.h"
#include "lib/text.h"

enum { WIDTH_MAX = 1000, CHARACTER_BYTES = 4, FIELD_COLUMN = 21, INDENT = 2 };

size_t
terminal_width(int fd)
{
	const char *given = getenv("COLUMNS");
	struct winsize size = { 0 };
	int64_t columns = 0;

	if (!isatty(fd))
		return 0;
	if (given == NULL || text_int64(given, &columns) < 0 || columns <= 0)
		columns = ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
	if (columns <= 0)
		columns = TERMINAL_USUAL;
	if (columns < TERMINAL_MIN)
		return TERMINAL_MIN;
	return columns < WIDTH_MAX ? (size_t)columns : WIDTH_MAX;
}

/* ------------------------------------------------------------------ one character */

/* The table of widths, whatever the user's locale is; NULL where it is missing. */
static locale_t
unicode(void)
{
	static locale_t locale;

	if (locale == (locale_t)0)
		locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	return locale;
}

static wchar_t
decode(const char *p, size_t n)
{
	unsigned c = (unsigned char)p[0];

	if (n == 1)
		return (wchar_t)c;
	c &= 0xffU >> (n + 1);
	for (size_t i = 1; i < n; i++)
		c = c << 6 | ((unsigned char)p[i] & 0x3fU);
	return (wchar_t)c;
}

/* Bytes of the UTF-8 character that begins with this one. */
static size_t
length_of(unsigned char first)
{
	if (first < 0xc0)
		return 1;
	if (first < 0xe0)
		return 2;
	return first < 0xf0 ? 3 : CHARACTER_BYTES;
}

/* Bytes of the character at p, which is not the end; its columns. */
static size_t
character(const char *p, size_t *columns)
{
	unsigned char c = (unsigned char)*p;
	size_t n = length_of(c);
	locale_t before;
	int width;

	*columns = 1;
	if (n == 1 || strnlen(p, n) < n || !text_is_utf8(p, n))
		return 1;
	if (unicode() == (locale_t)0)
		return n;
	before = uselocale(unicode());
	width = wcwidth(decode(p, n));
	uselocale(before);
	if (width >= 0)
		*columns = (size_t)width;
	return n;
}

size_t
terminal_columns(const char *text)
{
	size_t all = 0, columns;

	while (*text != '\0') {
		text += character(text, &columns);
		all += columns;
	}
	return all;
}

/* ------------------------------------------------------------------ lines */

/* Between p and the character before it a line may end: at a blank, and in a list behind its
 * comma. */
static int
ends_word(const char *p)
{
	return p[0] == ' ' ? p[-1] != ' ' : p[-1] == ',';
}

/* The same where none of these fits: in an address or a path. */
static int
ends_step(const char *p)
{
	return p[-1] == '/' && p[0] != '/';
}

size_t
terminal_line(const char *text, size_t width, const char **next)
{
	size_t n = 0, used = 0, columns, bytes, word = 0, step = 0;

	for (;; n += bytes, used += columns) {
		if (text[n] == '\0' || text[n] == '\n') {
			*next = text + n + (text[n] == '\n');
			return n;
		}
		bytes = character(text + n, &columns);
		if (n > 0 && ends_word(text + n))
			word = n;
		if (n > 0 && ends_step(text + n))
			step = n;
		if (used + columns > width && n > 0)
			break;
	}
	if (word == 0)
		word = step > 0 ? step : n;
	*next = text + word + strspn(text + word, " ");
	if (**next == '\n')
		++*next;
	return word;
}

const char *
terminal_wrap(struct arena *a, const char *text, size_t width, size_t start, size_t indent)
{
	const char *next;
	struct buf b;
	size_t n;

	if (width == 0)
		return text;
	if (indent >= width)
		indent = 0;
	buf_init(&b, a);
	buf_adds(&b, "");
	while (*text != '\0') {
		n = terminal_line(text, width > start ? width - start : 1, &next);
		buf_add(&b, text, n);
		if (*next != '\0' || next[-1] == '\n')
			buf_addc(&b, '\n');
		for (start = indent; *next != '\0' && *next != '\n' && start > 0; start--)
			buf_addc(&b, ' ');
		start = indent;
		text = next;
	}
	return b.data;
}

/* Side by side where it fits, or else the value below. */
static const char *
narrow_field(struct arena *a, const char *heading, const char *text, size_t width)
{
	const char *line = arena_printf(a, "%s: %s\n", heading, text);

	if (terminal_columns(line) <= width)
		return line;
	return arena_printf(a, "%s\n%*s%s\n",
	    terminal_wrap(a, arena_printf(a, "%s:", heading), width, 0, 0), INDENT, "",
	    terminal_wrap(a, text, width, INDENT, INDENT));
}

const char *
terminal_field(struct arena *a, const char *heading, const char *text, size_t width)
{
	size_t start;
	struct buf b;

	if (width > 0 && width < FIELD_COLUMN + TERMINAL_MIN)
		return narrow_field(a, heading, text, width);
	buf_init(&b, a);
	buf_addf(&b, "%s: ", heading);
	for (start = terminal_columns(b.data); start < FIELD_COLUMN; start++)
		buf_addc(&b, ' ');
	buf_addf(&b, "%s\n", terminal_wrap(a, text, width, start, FIELD_COLUMN));
	return b.data;
}
