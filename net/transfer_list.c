/* transfer_list - the lines of listings: MLSD (RFC 3659), and LIST as "ls -l" or DOS print it. */
#include "config.h"

#include "net/transfer_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "lib/text.h"

enum { SECONDS_OF_DAY = 86400 };

int
transfer_listing_put(struct transfer_listing *l, const struct transfer_file *file)
{
	struct transfer_list *out = l->out;
	struct transfer_file *more;

	if (strcmp(file->name, ".") == 0 || strcmp(file->name, "..") == 0)
		return 1;
	if (strchr(file->name, '/') != NULL || !transfer_name_is_good(file->name) ||
	    !text_is_utf8(file->name, strlen(file->name))) {
		out->strange++;
		l->too_many = out->strange > TRANSFER_NAMES_MAX;
		return !l->too_many;
	}
	if (out->n == TRANSFER_NAMES_MAX)
		return !(l->too_many = 1);
	if (out->n == l->cap) {
		l->cap = l->cap == 0 ? 64 : 2 * l->cap;
		more = arena_new(l->arena, struct transfer_file, l->cap);
		if (out->n > 0)
			memcpy(more, out->files, out->n * sizeof *more);
		out->files = more;
	}
	out->files[out->n] = *file;
	out->files[out->n++].name = arena_strdup(l->arena, file->name);
	return 1;
}

/* ------------------------------------------------------------------ MLSD */

/* YYYYMMDDhhmmss */
static usec_t
mlsd_time(const char *text)
{
	int y, mo, d, h, mi, s;

	if (strspn(text, "0123456789") < 14 ||
	    sscanf(text, "%4d%2d%2d%2d%2d%2d", &y, &mo, &d, &h, &mi, &s) != 6)
		return USEC_NONE;
	if (mo < 1 || mo > 12)
		return USEC_NONE;
	return ((clock_days_from_civil(y, mo, d) * 24 + h) * 3600 + mi * 60 + s) * USEC_SEC;
}

static int64_t
size_of(const char *text)
{
	int64_t n;
	char digits[24];
	size_t len = strspn(text, "0123456789");

	if (len == 0 || len >= sizeof digits)
		return -1;
	memcpy(digits, text, len);
	digits[len] = '\0';
	return text_int64(digits, &n) < 0 ? -1 : n;
}

/* "type=file;size=12;modify=20261124080910; a name" */
static int
mlsd_line(struct transfer_listing *l, char *line)
{
	struct transfer_file file = { .bytes = -1, .modified = USEC_NONE };
	char *name = strchr(line, ' '), *fact;
	const char *type = "";

	if (name == NULL)
		return 1;
	*name++ = '\0';
	file.name = name;
	while ((fact = strsep(&line, ";")) != NULL) {
		if (strncasecmp(fact, "type=", 5) == 0)
			type = fact + 5;
		else if (strncasecmp(fact, "size=", 5) == 0)
			file.bytes = size_of(fact + 5);
		else if (strncasecmp(fact, "modify=", 7) == 0)
			file.modified = mlsd_time(fact + 7);
	}
	if (text_ieq(type, "cdir") || text_ieq(type, "pdir"))
		return 1;
	file.is_folder = text_ieq(type, "dir");
	if (!file.is_folder && !text_ieq(type, "file"))
		file.name = "\n";
	return transfer_listing_put(l, &file);
}

/* ------------------------------------------------------------------ LIST */

static int
month_of(const char *text)
{
	static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";

	for (int i = 0; i < 12; i++)
		if (strncasecmp(text, months + (size_t)i * 3, 3) == 0)
			return i + 1;
	return 0;
}

/* A year, or a time of the last year's days. */
static usec_t
ls_time(int month, int day, const char *last)
{
	int64_t now = (int64_t)time(NULL), t;
	int h, mi, y, ignored;

	if (sscanf(last, "%2d:%2d", &h, &mi) != 2)
		return clock_days_from_civil(atoi(last), month, day) * SECONDS_OF_DAY * USEC_SEC;
	clock_civil_from_days(now / SECONDS_OF_DAY, &y, &ignored, &ignored);
	for (y++;; y--) {
		t = clock_days_from_civil(y, month, day) * SECONDS_OF_DAY + h * 3600 + mi * 60;
		if (t <= now + SECONDS_OF_DAY)
			return t * USEC_SEC;
	}
}

/* "-rw-r--r--   1 demo demo   123 Nov 28 08:00 a name" */
static int
ls_line(struct transfer_listing *l, const char *line)
{
	struct transfer_file file = { .modified = USEC_NONE };
	char month[4], last[6];
	long long bytes;
	int day, at = 0;

	if (sscanf(line, "%*s %*s %*s %*s %18lld %3s %2d %5s%n", &bytes, month, &day, last,
		&at) != 4)
		return 1;
	if (line[at] != ' ' || month_of(month) == 0)
		return 1;
	file.bytes = bytes;
	file.modified = ls_time(month_of(month), day, last);
	file.is_folder = line[0] == 'd';
	file.name = line[0] == '-' || line[0] == 'd' ? line + at + 1 : "\n";
	return transfer_listing_put(l, &file);
}

/* "11-28-26  08:00AM   <DIR>   a name" */
static int
dos_line(struct transfer_listing *l, const char *line)
{
	struct transfer_file file = { .modified = USEC_NONE };
	int mo, d, y, h, mi, at = 0;
	char half[3], size[24];

	if (sscanf(line, "%2d-%2d-%4d %2d:%2d%2s %23s %n", &mo, &d, &y, &h, &mi, half, size,
		&at) != 7 || at == 0)
		return 1;
	if (mo < 1 || mo > 12)
		return 1;
	h = h % 12 + (strcasecmp(half, "PM") == 0 ? 12 : 0);
	if (y < 100)
		y += y < 70 ? 2000 : 1900;
	file.modified = ((clock_days_from_civil(y, mo, d) * 24 + h) * 60 + mi) * 60 * USEC_SEC;
	file.is_folder = strcmp(size, "<DIR>") == 0;
	file.bytes = size_of(size);
	file.name = line + at;
	return transfer_listing_put(l, &file);
}

/* ------------------------------------------------------------------ lines */

static int
take_line(struct transfer_listing *l)
{
	size_t n = l->line_bytes;

	l->line_bytes = 0;
	if (n > 0 && l->line[n - 1] == '\r')
		n--;
	l->line[n] = '\0';
	if (strlen(l->line) != n || n == sizeof l->line - 1) {
		l->out->strange++;
		return 1;
	}
	if (l->is_mlsd)
		return mlsd_line(l, l->line);
	return l->line[0] >= '0' && l->line[0] <= '9' ? dos_line(l, l->line) :
							ls_line(l, l->line);
}

int
transfer_listing_add(struct transfer_listing *l, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] != '\n') {
			if (l->line_bytes < sizeof l->line - 1)
				l->line[l->line_bytes++] = p[i];
		} else if (!take_line(l))
			return 0;
	}
	return 1;
}

static int
by_name(const void *x, const void *y)
{
	const struct transfer_file *a = x, *b = y;

	return strcmp(a->name, b->name);
}

int
transfer_listing_end(struct transfer_listing *l)
{
	if (l->line_bytes > 0 && !take_line(l))
		return 0;
	if (l->out->n > 0)
		qsort(l->out->files, l->out->n, sizeof *l->out->files, by_name);
	return 1;
}
