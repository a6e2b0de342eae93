#include "config.h"

#include "admin/code_file.h"

#include <csv.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/arena.h"
#include "lib/calendar.h"
#include "lib/err.h"
#include "lib/secret.h"
#include "lib/text.h"

enum { BLOCK = 65536, FIELD_MAX = 1 << 20, CHUNK_BYTES = 8 << 20, COLUMNS_MAX = 16, USES_MAX = 1000000000 };
enum column { COLUMN_UNSET, COLUMN_CODE, COLUMN_FROM, COLUMN_TO, COLUMN_USES };

/* A file on its way. */
struct reading {
	code_file_chunk *chunk;
	code_file_wrong *wrong;
	void *arg;
	struct err *err;
	struct calendar_zone *zone;
	struct arena arena;			/* of a chunk */
	struct store_code_row *rows;
	int64_t *numbers;
	size_t n, bytes;			/* rows; text of all that was read since the chunk began */
	int64_t number;				/* of the row that is being read, from 1 */
	const char *fields[COLUMNS_MAX];
	size_t nfields;
	enum column columns[COLUMNS_MAX];	/* by the first row */
};

static void
chunk_begin(struct reading *r)
{
	arena_reset(&r->arena);
	r->rows = arena_new(&r->arena, struct store_code_row, STORE_CODE_CHUNK);
	r->numbers = arena_new(&r->arena, int64_t, STORE_CODE_CHUNK);
	r->n = r->bytes = 0;
}

static void
chunk_end(struct reading *r)
{
	if (r->n > 0 && r->err->code == ERR_NONE)
		r->chunk(r->arg, r->rows, r->numbers, r->n, r->err);
	chunk_begin(r);
}

/* ------------------------------------------------------------------ rows */

static enum column
column_of(const char *name)
{
	static const struct { const char *name; enum column column; } names[] = { { "Code", COLUMN_CODE }, { "ValidFrom", COLUMN_FROM }, { "ValidTo", COLUMN_TO },
		{ "MaxUses", COLUMN_USES } };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (text_ieq(names[i].name, name))
			return names[i].column;
	return COLUMN_UNSET;
}

/* 1 when the first row is one of names. */
static int
read_names(struct reading *r)
{
	int is_names = 0;

	for (size_t i = 0; i < r->nfields; i++)
		is_names |= column_of(r->fields[i]) == COLUMN_CODE;
	for (size_t i = 0; i < r->nfields && is_names; i++)
		if ((r->columns[i] = column_of(r->fields[i])) == COLUMN_UNSET)
			err_set(r->err, ERR_USAGE, "The file's column %zu has the name \"%.40s\"; there are Code, ValidFrom, ValidTo and MaxUses.", i + 1, r->fields[i]);
	if (!is_names)
		r->columns[0] = COLUMN_CODE;
	return is_names;
}

static const char *
read_when(const struct calendar_zone *zone, const char *text, usec_t *out)
{
	*out = USEC_NONE;
	return text[0] == '\0' || calendar_parse(zone, text, out) == 0 ? NULL :
	    "ValidFrom or ValidTo is no date like 2026-11-24 or 2026-11-24T08:30:00Z";
}

/* NULL, or what is wrong with the row. */
static const char *
read_row(struct reading *r, struct store_code_row *row)
{
	const char *fault = NULL;

	*row = (struct store_code_row){ .valid_from = USEC_NONE, .valid_to = USEC_NONE };
	for (size_t i = 0; i < r->nfields && fault == NULL; i++) {
		const char *text = r->fields[i];

		if (r->columns[i] == COLUMN_UNSET && text[0] != '\0')
			fault = "has more fields than the file has columns";
		else if (r->columns[i] == COLUMN_CODE && (row->code = store_code_normal(&r->arena, text)) == NULL)
			fault = "is no code of 1 to 64 characters without blanks";
		else if (r->columns[i] == COLUMN_FROM)
			fault = read_when(r->zone, text, &row->valid_from);
		else if (r->columns[i] == COLUMN_TO)
			fault = read_when(r->zone, text, &row->valid_to);
		else if (r->columns[i] == COLUMN_USES && text[0] != '\0' && (text_int64(text, &row->max_uses) != 0 || row->max_uses < 1 || row->max_uses > USES_MAX))
			fault = "MaxUses is no number from 1 to 1000000000";
	}
	if (fault == NULL && row->code == NULL)
		fault = "has no code";
	if (fault == NULL && row->valid_from != USEC_NONE && row->valid_to != USEC_NONE && row->valid_to <= row->valid_from)
		fault = "ValidTo is not later than ValidFrom";
	return fault;
}

/* What is no text becomes a field that is no code. */
static void
on_field(void *p, size_t n, void *arg)
{
	struct reading *r = arg;
	char *text;

	if (r->nfields == COLUMNS_MAX)
		return;
	r->bytes += n;
	text = arena_strndup(&r->arena, p == NULL ? "" : p, p == NULL ? 0 : n);

	if (r->number == 0 && r->nfields == 0 && n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {	/* byte order mark */
		text += 3;
		n -= 3;
	}
	r->fields[r->nfields++] = text_is_utf8(text, n) ? text_trim(text) : "\x7f";
}

static void
on_row(int end, void *arg)
{
	struct reading *r = arg;
	struct store_code_row row;
	const char *fault;

	(void)end;
	r->number++;
	if (r->err->code == ERR_NONE && !(r->number == 1 && read_names(r))) {
		if ((fault = read_row(r, &row)) != NULL)
			r->wrong(r->arg, r->number, fault);
		else {
			r->rows[r->n] = row;
			r->numbers[r->n++] = r->number;
		}
	}
	r->nfields = 0;
	if (r->n == STORE_CODE_CHUNK || r->bytes > CHUNK_BYTES)
		chunk_end(r);
}

/* ------------------------------------------------------------------ files */

static int
read_all(struct reading *r, struct csv_parser *p, FILE *f, const char *path)
{
	char block[BLOCK];
	size_t n;

	while (r->err->code == ERR_NONE && (n = fread(block, 1, sizeof block, f)) > 0) {
		if (csv_parse(p, block, n, on_field, on_row, r) != n)
			return err_set(r->err, ERR_IO, "%s is no CSV file: %s.", path, csv_strerror(csv_error(p)));
		if (csv_get_buffer_size(p) > FIELD_MAX)
			return err_set(r->err, ERR_IO, "%s has a field of more than %d bytes: a quote is not closed, or it is no CSV file.", path, FIELD_MAX);
	}
	if (ferror(f))
		return err_set(r->err, ERR_IO, "%s: %s.", path, strerror(errno));
	if (r->err->code == ERR_NONE)
		csv_fini(p, on_field, on_row, r);
	chunk_end(r);
	return r->err->code;
}

int
code_file_read(const char *path, const char *time_zone, code_file_chunk *chunk,
    code_file_wrong *wrong, void *arg, struct err *err)
{
	struct reading r = { .chunk = chunk, .wrong = wrong, .arg = arg, .err = err };
	int is_stdin = strcmp(path, "-") == 0, rc;
	struct csv_parser p;
	FILE *f;

	if ((rc = calendar_zone_open(time_zone, &r.zone, err)) < 0)
		return rc;
	if ((f = is_stdin ? stdin : fopen(path, "rb")) == NULL) {
		calendar_zone_close(&r.zone);
		return err_set(err, ERR_IO, "%s: %s.", path, strerror(errno));
	}
	if (csv_init(&p, CSV_APPEND_NULL) != 0)
		abort();
	chunk_begin(&r);
	rc = read_all(&r, &p, f, path);
	csv_free(&p);
	arena_done(&r.arena);
	calendar_zone_close(&r.zone);
	if (!is_stdin)
		fclose(f);
	return rc;
}

int64_t
code_file_count(const char *path)
{
	char block[BLOCK];
	int64_t lines = 0;
	struct stat st;
	size_t n;
	FILE *f;

	if (strcmp(path, "-") == 0 || stat(path, &st) != 0 || !S_ISREG(st.st_mode) || (f = fopen(path, "rb")) == NULL)
		return 0;
	while ((n = fread(block, 1, sizeof block, f)) > 0)
		for (const char *c = block; (c = memchr(c, '\n', (size_t)(block + n - c))) != NULL; c++)
			lines++;
	fclose(f);
	return lines;
}

char *
code_file_random(struct arena *a, const char *prefix, size_t length)
{
	static const char letters[] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
	unsigned char random[STORE_CODE_MAX];
	struct buf b;

	secret_random(random, sizeof random);
	buf_init(&b, a);
	buf_adds(&b, prefix);
	for (size_t i = 0; i < length && i < sizeof random; i++)
		buf_addc(&b, letters[random[i] % (sizeof letters - 1)]);
	return b.data;
}
