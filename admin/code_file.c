#include "config.h"

#include "admin/code_file.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/arena.h"
#include "lib/calendar.h"
#include "lib/err.h"
#include "lib/format/byte_source.h"
#include "lib/format/csv_file.h"
#include "lib/secret.h"
#include "lib/text.h"

enum { BLOCK = 65536, CHUNK_BYTES = 8 << 20, USES_MAX = 1000000000 };
enum column { COLUMN_UNSET, COLUMN_CODE, COLUMN_FROM, COLUMN_TO, COLUMN_USES };

/* A file on its way. */
struct reading {
	code_file_chunk *chunk;
	code_file_wrong *wrong;
	void *arg;
	struct calendar_zone *zone;
	struct arena arena;			/* of a chunk */
	struct store_code_row *rows;
	int64_t *numbers;
	size_t n, bytes; /* rows; text of all that was read since the chunk began */
	int begun;				/* the first row was read */
	enum column columns[CSV_FIELDS_MAX];	/* by the first row */
};

static void
chunk_begin(struct reading *r)
{
	arena_reset(&r->arena);
	r->rows = arena_new(&r->arena, struct store_code_row, STORE_CODE_CHUNK);
	r->numbers = arena_new(&r->arena, int64_t, STORE_CODE_CHUNK);
	r->n = r->bytes = 0;
}

static int
chunk_end(struct reading *r, struct err *err)
{
	int rc = r->n == 0 ? 0 : r->chunk(r->arg, r->rows, r->numbers, r->n, err);

	chunk_begin(r);
	return rc;
}

/* ------------------------------------------------------------------ rows */

static enum column
column_of(const char *name)
{
	static const struct {
		const char *name;
		enum column column;
	} names[] = { { "Code", COLUMN_CODE }, { "ValidFrom", COLUMN_FROM },
		{ "ValidTo", COLUMN_TO }, { "MaxUses", COLUMN_USES } };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (text_ieq(names[i].name, name))
			return names[i].column;
	return COLUMN_UNSET;
}

/* Each column once; those without a name must be empty. */
static int
read_columns(struct reading *r, const struct csv_file_row *row, struct err *err)
{
	unsigned seen = 0;

	for (size_t i = 0; i < row->n; i++) {
		r->columns[i] = column_of(row->fields[i]);
		if (r->columns[i] == COLUMN_UNSET && row->fields[i][0] != '\0')
			return err_set(err, ERR_USAGE, "Column %zu of the file has the name "
			    "\"%.40s\"; there are Code, ValidFrom, ValidTo and MaxUses.", i + 1,
			    row->fields[i]);
		if (r->columns[i] != COLUMN_UNSET && (seen >> r->columns[i] & 1) != 0)
			return err_set(err, ERR_USAGE, "The file has %s twice.", row->fields[i]);
		seen |= 1u << r->columns[i];
	}
	return 1;
}

/* 1 when the first row is one of names, 0 when it has a code, or ERR_USAGE. */
static int
read_names(struct reading *r, const struct csv_file_row *row, struct err *err)
{
	for (size_t i = 0; i < row->n; i++)
		if (column_of(row->fields[i]) == COLUMN_CODE)
			return read_columns(r, row, err);
	r->columns[0] = COLUMN_CODE;
	return 0;
}

static const char *
read_when(const struct calendar_zone *zone, const char *text, usec_t *out)
{
	*out = USEC_NONE;
	return text[0] == '\0' || calendar_parse(zone, text, out) == 0 ? NULL :
	    "ValidFrom or ValidTo is no date like 2026-11-24 or 2026-11-24T08:30:00Z";
}

static const char *
read_uses(const char *text, int64_t *out)
{
	if (text[0] == '\0')
		return NULL;
	if (text_int64(text, out) == 0 && *out >= 1 && *out <= USES_MAX)
		return NULL;
	return "MaxUses is no number from 1 to 1000000000";
}

/* NULL, or what is wrong with a field. */
static const char *
read_field(struct reading *r, size_t i, const char *text, struct store_code_row *row)
{
	switch (r->columns[i]) {
	case COLUMN_CODE:
		row->code = store_code_normal(&r->arena, text);
		return row->code != NULL ? NULL : "is no code of 1 to 64 characters without blanks";
	case COLUMN_FROM:
		return read_when(r->zone, text, &row->valid_from);
	case COLUMN_TO:
		return read_when(r->zone, text, &row->valid_to);
	case COLUMN_USES:
		return read_uses(text, &row->max_uses);
	case COLUMN_UNSET:
		break;
	}
	return text[0] == '\0' ? NULL : "has more fields than the file has columns";
}

/* NULL, or what is wrong with the row. */
static const char *
read_row(struct reading *r, const struct csv_file_row *in, struct store_code_row *row)
{
	const char *fault = NULL;

	*row = (struct store_code_row){ .valid_from = USEC_NONE, .valid_to = USEC_NONE };
	for (size_t i = 0; i < in->n && fault == NULL; i++)
		fault = read_field(r, i, in->fields[i], row);
	if (fault == NULL && row->code == NULL)
		fault = "has no code";
	if (fault == NULL && row->valid_to != USEC_NONE && row->valid_to <= row->valid_from)
		fault = "ValidTo is not later than ValidFrom";
	return fault;
}

static int
take_row(void *arg, const struct csv_file_row *in, struct err *err)
{
	struct reading *r = arg;
	struct store_code_row row;
	const char *fault;
	int names = r->begun ? 0 : read_names(r, in, err);

	r->begun = 1;
	if (names != 0)
		return names < 0 ? names : 0;
	r->bytes += in->bytes;
	if ((fault = read_row(r, in, &row)) != NULL)
		r->wrong(r->arg, in->line, fault);
	else {
		r->rows[r->n] = row;
		r->numbers[r->n++] = in->line;
	}
	return r->n == STORE_CODE_CHUNK || r->bytes > CHUNK_BYTES ? chunk_end(r, err) : 0;
}

static int
take_wrong(void *arg, int64_t line, const char *what, struct err *err)
{
	struct reading *r = arg;

	(void)err;
	r->wrong(r->arg, line, what);
	return 0;
}

/* ------------------------------------------------------------------ files */

int
code_file_read(const char *path, const char *time_zone, code_file_chunk *chunk,
    code_file_wrong *wrong, void *arg, struct arena *a, struct err *err)
{
	struct reading r = { .chunk = chunk, .wrong = wrong, .arg = arg };
	const struct csv_file_taker taker = { .row = take_row, .wrong = take_wrong, .arg = &r };
	struct byte_source source;
	int rc, fd;

	if ((rc = calendar_zone_open(time_zone, &r.zone, err)) < 0)
		return rc;
	if ((rc = byte_source_open(path, &fd, &source, err)) == 0) {
		chunk_begin(&r);
		if ((rc = csv_file_read(&taker, &source, a, err)) == 0)
			rc = chunk_end(&r, err);
		arena_done(&r.arena);
		byte_source_close(&fd);
	}
	calendar_zone_close(&r.zone);
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

	if (strcmp(path, "-") == 0 || stat(path, &st) != 0 || !S_ISREG(st.st_mode))
		return 0;
	if ((f = fopen(path, "rb")) == NULL)
		return 0;
	while ((n = fread(block, 1, sizeof block, f)) > 0)
		for (const char *c = block; (c = memchr(c, '\n', (size_t)(block + n - c))) != NULL;
		     c++)
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
