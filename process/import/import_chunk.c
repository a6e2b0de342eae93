#include "config.h"

#include "process/import/import_chunk.h"

#include <inttypes.h>
#include <string.h>

#include "lib/err.h"
#include "lib/format/csv_reader.h"
#include "model/import/import_map.h"
#include "platform/standard/file.h"

enum { CHUNK_BYTES = 8 << 20, RECORD_BYTES = 32 << 20 };

/* ------------------------------------------------------------------ rows */

/* Why the row cannot be read, with the place. */
static const char *
wrong_of(struct arena *a, const struct csv_row *row)
{
	if (row->wrong_column > 0)
		return arena_printf(a, "The row %s (line %" PRId64 ", column %zu).", row->wrong,
		    row->wrong_line, row->wrong_column);
	return arena_printf(a, "The row %s.", row->wrong);
}

static struct import_chunk_row
take_row(struct import_chunk *c, struct arena *a, const struct csv_row *row)
{
	struct import_chunk_row t = {
		.line = row->line, .offset = row->offset, .bytes = row->bytes
	};
	const char **cells = arena_new(a, const char *, c->ncolumns);

	if (row->raw != NULL)
		t.raw = arena_strndup(a, row->raw, (size_t)row->bytes);
	for (size_t i = 0; i < c->ncolumns; i++)
		cells[i] = i < row->n && row->fault == CSV_FINE ?
		    arena_strndup(a, row->cells[i].text, row->cells[i].n) :
		    "";
	t.cells = cells;
	t.wrong = row->fault == CSV_FINE ? NULL : wrong_of(a, row);
	return t;
}

/* 1 when the row belongs to the record that the last one began. */
static int
goes_on(const struct import_chunk *c, const struct import_chunk_row *row)
{
	const struct import_map *map = c->map;
	const struct import_chunk_row *first;

	if (map->group.n == 0 || c->n == 0 || row->wrong != NULL)
		return 0;
	first = &c->rows[c->first[c->n - 1]];
	if (first->wrong != NULL)
		return 0;
	for (size_t i = 0; i < map->group.n; i++)
		if (strcmp(first->cells[map->group.at[i]], row->cells[map->group.at[i]]) != 0)
			return 0;
	return 1;
}

/* 1 when the chunk has the row; 0 when it is full. */
static int
add_row(struct import_chunk *c, const struct import_chunk_row *row)
{
	const int is_new = !goes_on(c, row);

	if (is_new ? c->n == IMPORT_CHUNK_RECORDS || c->nrows >= IMPORT_CHUNK_ROWS :
		     c->nrows == IMPORT_CHUNK_ROWS_MAX)
		return 0;
	if (c->bytes > (is_new ? CHUNK_BYTES : RECORD_BYTES))
		return 0;
	if (is_new)
		c->first[c->n++] = c->nrows;
	c->rows[c->nrows++] = *row;
	c->bytes += (size_t)row->bytes;
	return 1;
}

static struct import_chunk_row
copy_row(struct import_chunk *c, struct arena *a, const struct import_chunk_row *from)
{
	struct import_chunk_row t = *from;
	const char **cells = arena_new(a, const char *, c->ncolumns);

	for (size_t i = 0; i < c->ncolumns; i++)
		cells[i] = arena_strdup(a, from->cells[i]);
	t.cells = cells;
	t.raw = from->raw == NULL ? NULL : arena_strndup(a, from->raw, (size_t)from->bytes);
	t.wrong = arena_strdup(a, from->wrong);
	return t;
}

static void
begin_chunk(struct import_chunk *c)
{
	struct import_chunk_row row;

	arena_reset(&c->arena);
	c->nrows = c->n = c->bytes = 0;
	if (!c->has_ahead)
		return;
	row = copy_row(c, &c->arena, &c->ahead);
	c->has_ahead = 0;
	add_row(c, &row);
}

static int
read_rows(struct import_chunk *c, struct err *err)
{
	struct csv_row row;
	struct import_chunk_row t;
	int rc;

	while (!c->is_at_end) {
		if ((rc = csv_reader_next(c->reader, &row, err)) < 0)
			return rc;
		c->is_at_end = rc == 0;
		if (rc == 0)
			break;
		t = take_row(c, &c->arena, &row);
		if (add_row(c, &t))
			continue;
		t.is_parted = goes_on(c, &t);
		c->rows[c->first[c->n - 1]].is_parted |= t.is_parted;
		arena_reset(&c->ahead_arena);
		c->ahead = copy_row(c, &c->ahead_arena, &t);
		c->has_ahead = 1;
		break;
	}
	c->first[c->n] = c->nrows;
	return 0;
}

/* ------------------------------------------------------------------ records */

static int
refuse_row(struct platform_context *ctx, struct err *err)
{
	const struct import_chunk_row *row = ctx->record;

	return err_set(err, ERR_PERMANENT, "%s",
	    row->wrong != NULL ? row->wrong : "The record has too many rows for one.");
}

static void
make_record(struct import_chunk *c, size_t i)
{
	const struct import_chunk_row *rows = &c->rows[c->first[i]];
	const size_t n = c->first[i + 1] - c->first[i];
	struct file_record *file = arena_new(&c->arena, struct file_record, 1);
	struct file_row *lines = arena_new(&c->arena, struct file_row, n);

	c->records[i] = (struct feed_record){ .map = file_map, .record = file, .entity = "File",
		.about = USEC_NONE };
	for (size_t k = 0; k < n; k++)
		lines[k] = (struct file_row){ .line = rows[k].line, .cells = rows[k].cells };
	*file = (struct file_record){
		.map = c->map, .zone = c->zone, .rows = lines, .n = n
	};
	if (rows[0].wrong == NULL && !rows[0].is_parted) {
		c->records[i].about = file_about(&c->arena, file);
		return;
	}
	c->records[i].map = refuse_row;
	c->records[i].record = &rows[0];
}

int
import_chunk_read(struct import_chunk *c, struct err *err)
{
	int rc;

	if (c->is_at_end && !c->has_ahead)
		return 0;
	begin_chunk(c);
	if ((rc = read_rows(c, err)) < 0)
		return rc;
	for (size_t i = 0; i < c->n; i++)
		make_record(c, i);
	return 1;
}

void
import_chunk_done(struct import_chunk *c)
{
	arena_done(&c->arena);
	arena_done(&c->ahead_arena);
}
