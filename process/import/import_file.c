#include "config.h"

#include "process/import/import_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "lib/arena.h"
#include "lib/calendar.h"
#include "lib/err.h"
#include "lib/format/byte_source.h"
#include "lib/format/json.h"
#include "lib/secret.h"
#include "lib/text.h"
#include "model/import/import_map.h"
#include "platform/standard/file.h"
#include "process/import/result_file.h"
#include "store/db.h"
#include "store/db_transact.h"

enum { CHUNK_RECORDS = FEED_CHUNK_MAX, CHUNK_ROWS = 4000, CHUNK_BYTES = 8 << 20 };

/* A row of the file, copied into the chunk. */
struct taken {
	int64_t line, offset, bytes;
	const char *raw;		/* NULL: too long to be kept */
	const char *const *cells;
	const char *wrong;		/* NULL, or why it cannot be read */
};

struct importing {
	struct import_job *job;
	struct arena *arena;		/* of the job */
	struct feed feed;
	struct csv_reader *reader;
	struct calendar_zone *zone;
	struct result_file accepted, rejected, reasons;
	unsigned char worker[STORE_IMPORT_WORKER];
	size_t ncolumns;
	size_t noted;			/* records of the chunk that are committed */
	struct store_import next;	/* what the last checkpoint noted */
	int told;			/* rejected rows that the listener heard of */
	int64_t header_bytes;		/* of the file, in front of its first row */

	/* The chunk. */
	struct arena chunk;
	struct taken rows[CHUNK_ROWS];	/* in the order of the file */
	size_t nrows;
	size_t first[CHUNK_RECORDS + 1];	/* of each record its first row; and their end */
	struct feed_record records[CHUNK_RECORDS];
	size_t n;			/* records */
	size_t bytes;
	struct taken ahead;		/* the row that begins the next chunk */
	struct arena ahead_arena;
	int has_ahead, is_at_end;
};

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

static struct taken
take_row(struct importing *m, struct arena *a, const struct csv_row *row)
{
	struct taken t = { .line = row->line, .offset = row->offset, .bytes = row->bytes };
	const char **cells = arena_new(a, const char *, m->ncolumns);

	if (row->raw != NULL)
		t.raw = arena_strndup(a, row->raw, (size_t)row->bytes);
	for (size_t i = 0; i < m->ncolumns; i++)
		cells[i] = i < row->n && row->fault == CSV_FINE ?
		    arena_strndup(a, row->cells[i].text, row->cells[i].n) :
		    "";
	t.cells = cells;
	t.wrong = row->fault == CSV_FINE ? NULL : wrong_of(a, row);
	return t;
}

/* 1 when the row belongs to the record that the last one began. */
static int
goes_on(const struct importing *m, const struct taken *row)
{
	const struct import_map *map = m->job->map;
	const struct taken *first;

	if (map->group.n == 0 || m->n == 0 || row->wrong != NULL)
		return 0;
	first = &m->rows[m->first[m->n - 1]];
	if (first->wrong != NULL)
		return 0;
	for (size_t i = 0; i < map->group.n; i++)
		if (strcmp(first->cells[map->group.at[i]], row->cells[map->group.at[i]]) != 0)
			return 0;
	return 1;
}

/* 1 when the chunk has the row; 0 when it is full. */
static int
add_row(struct importing *m, const struct taken *row)
{
	const int is_new = !goes_on(m, row);

	if (m->nrows == CHUNK_ROWS || (is_new && m->n == CHUNK_RECORDS))
		return 0;
	if (is_new && m->bytes > CHUNK_BYTES)
		return 0;
	if (is_new)
		m->first[m->n++] = m->nrows;
	m->rows[m->nrows++] = *row;
	m->bytes += (size_t)row->bytes;
	return 1;
}

static struct taken
copy_row(struct importing *m, struct arena *a, const struct taken *from)
{
	struct taken t = *from;
	const char **cells = arena_new(a, const char *, m->ncolumns);

	for (size_t i = 0; i < m->ncolumns; i++)
		cells[i] = arena_strdup(a, from->cells[i]);
	t.cells = cells;
	t.raw = from->raw == NULL ? NULL : arena_strndup(a, from->raw, (size_t)from->bytes);
	t.wrong = arena_strdup(a, from->wrong);
	return t;
}

static void
begin_chunk(struct importing *m)
{
	struct taken row;

	arena_reset(&m->chunk);
	m->nrows = m->n = m->bytes = 0;
	if (!m->has_ahead)
		return;
	row = copy_row(m, &m->chunk, &m->ahead);
	m->has_ahead = 0;
	add_row(m, &row);
}

static int
read_chunk(struct importing *m, struct err *err)
{
	struct csv_row row;
	struct taken t;
	int rc;

	begin_chunk(m);
	while (!m->is_at_end) {
		if ((rc = csv_reader_next(m->reader, &row, err)) < 0)
			return rc;
		m->is_at_end = rc == 0;
		if (rc == 0)
			break;
		t = take_row(m, &m->chunk, &row);
		if (add_row(m, &t))
			continue;
		arena_reset(&m->ahead_arena);
		m->ahead = copy_row(m, &m->ahead_arena, &t);
		m->has_ahead = 1;
		break;
	}
	m->first[m->n] = m->nrows;
	return 0;
}

/* ------------------------------------------------------------------ records */

static int
refuse_row(struct platform_context *ctx, struct err *err)
{
	const struct taken *row = ctx->record;

	return err_set(err, ERR_PERMANENT, "%s", row->wrong);
}

static void
make_record(struct importing *m, size_t i)
{
	const struct taken *rows = &m->rows[m->first[i]];
	const size_t n = m->first[i + 1] - m->first[i];
	struct file_record *file = arena_new(&m->chunk, struct file_record, 1);
	struct file_row *lines = arena_new(&m->chunk, struct file_row, n);

	m->records[i] = (struct feed_record){ .map = file_map, .record = file, .entity = "File",
		.about = USEC_NONE };
	for (size_t k = 0; k < n; k++)
		lines[k] = (struct file_row){ .line = rows[k].line, .cells = rows[k].cells };
	*file = (struct file_record){
		.map = m->job->map, .zone = m->zone, .rows = lines, .n = n
	};
	if (rows[0].wrong == NULL)
		return;
	m->records[i].map = refuse_row;
	m->records[i].record = &rows[0];
}

/* ------------------------------------------------------------------ results */

/* The bytes of the file in front of its first row, in the chunk. */
static void
add_header(struct importing *m)
{
	char *bytes = arena_alloc(&m->chunk, (size_t)m->header_bytes + 1);
	ssize_t n = pread(m->job->fd, bytes, (size_t)m->header_bytes, 0);

	if (n > 0)
		result_file_add(&m->rejected, bytes, (size_t)n);
}

/* What stands in front of all, when nothing is there yet. */
static void
note_headings(struct importing *m)
{
	const struct store_import *at = &m->job->import;

	if (at->accepted_bytes == 0 && m->accepted.next.len == 0)
		result_file_add(&m->accepted, "Line;Key\n", 9);
	if (at->reasons_bytes == 0 && m->reasons.next.len == 0)
		result_file_add(&m->reasons, "Line;Reason\n", 12);
	if (at->rejected_bytes == 0 && m->rejected.next.len == 0)
		add_header(m);
}

static void
note_record(struct importing *m, size_t i)
{
	const struct feed_record *r = &m->records[i];

	for (size_t k = m->first[i]; k < m->first[i + 1]; k++) {
		const struct taken *row = &m->rows[k];
		const char *line = arena_printf(&m->chunk, "%" PRId64, row->line);
		struct result_file *to = r->rc < 0 ? &m->reasons : &m->accepted;

		result_file_field(to, line, ';');
		result_file_field(to, r->rc < 0 ? r->reason : r->key, '\n');
		if (r->rc < 0 && row->raw != NULL)
			result_file_add(&m->rejected, row->raw, (size_t)row->bytes);
	}
}

static void
tell_rejected(struct importing *m)
{
	const struct import_listener *l = &m->job->listener;

	for (size_t i = 0; i < m->n && m->told < IMPORT_PREVIEW; i++)
		if (m->records[i].rc < 0 && l->rejected != NULL) {
			l->rejected(l->arg, m->rows[m->first[i]].line, m->records[i].reason);
			m->told++;
		}
}

static const char *
counts_json(struct arena *a, const struct feed_counts *counts)
{
	struct writer w;
	struct buf b;

	buf_init(&b, a);
	writer_init(&w, &b);
	writer_object(&w);
	feed_report(counts, &w);
	writer_end(&w);
	return b.data;
}

/* In the chunk's transaction: its records up to n are done. What is noted of them is on the disk
 * before the transaction is committed, and cut off when it is not. */
static int
checkpoint(struct db *db, const struct feed_counts *counts, size_t n, void *arg, struct err *err)
{
	struct importing *m = arg;
	struct store_import *at = &m->job->import, next = *at;
	const struct taken *last = &m->rows[m->first[n] - 1];
	int rc;

	note_headings(m);
	for (size_t i = m->noted; i < n; i++)
		note_record(m, i);
	next.next_offset = last->offset + last->bytes;
	next.next_line = m->first[n] < m->nrows ? m->rows[m->first[n]].line : last->line + 1;
	next.counts = counts_json(&m->chunk, counts);
	if ((rc = result_file_write(
		 &m->accepted, at->accepted_bytes, &next.accepted_bytes, err)) < 0 ||
	    (rc = result_file_write(
		 &m->rejected, at->rejected_bytes, &next.rejected_bytes, err)) < 0 ||
	    (rc = result_file_write(
		 &m->reasons, at->reasons_bytes, &next.reasons_bytes, err)) < 0)
		return rc;
	m->next = next;
	return store_import_checkpoint(db, &next, m->worker, err);
}

static void
committed(size_t n, void *arg)
{
	struct importing *m = arg;

	m->job->import = m->next;
	m->noted = n;
}

/* ------------------------------------------------------------------ the file */

/* Its size and checksum. */
static int
measure(struct import_job *job, struct err *err)
{
	enum { BLOCK = 1 << 18 };
	struct store_import *f = &job->import;
	char *block = malloc(BLOCK);
	EVP_MD_CTX *x = EVP_MD_CTX_new();
	ssize_t n = -1;

	f->bytes = 0;
	if (block != NULL && x != NULL && EVP_DigestInit_ex(x, EVP_sha256(), NULL) == 1)
		while ((n = pread(job->fd, block, BLOCK, f->bytes)) > 0) {
			EVP_DigestUpdate(x, block, (size_t)n);
			f->bytes += n;
		}
	if (n == 0)
		EVP_DigestFinal_ex(x, f->sha256, NULL);
	EVP_MD_CTX_free(x);
	free(block);
	if (n == 0)
		return 0;
	err_set(err, ERR_IO, "The file %s cannot be read.", job->name);
	err_inside(err, "%s", strerror(errno));
	return ERR_IO;
}

/* Finds the map's columns: before the first row of a file that does not fit, it is refused. */
static int
bind_columns(struct importing *m, struct err *err)
{
	struct import_job *job = m->job;
	const char *const *names = job->map->columns;
	int rc = 1;

	m->ncolumns = job->map->dialect.fields;
	if (job->map->dialect.header)
		rc = csv_reader_header(m->reader, m->arena, &names, &m->ncolumns, err);
	if (rc == 0)
		m->is_at_end = 1;	/* nothing is in it */
	if (rc <= 0)
		return rc;
	return import_map_bind(m->arena, job->map, names, m->ncolumns, &job->unused, err);
}

static int
begin_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	struct importing *m = arg;
	struct store_import file = m->job->import;
	usec_t now;
	int rc;

	(void)a;
	if ((rc = db_now(db, &now, err)) < 0 ||
	    (m->job->again && (rc = store_import_again(db, &file, err)) < 0))
		return rc;
	return store_import_begin(db, m->arena, &file, m->worker, now, &m->job->import, err);
}

/* What an earlier run did of it counts. */
static int
go_on_behind(struct importing *m, struct err *err)
{
	const struct store_import *at = &m->job->import;
	struct json_object *counts = NULL;
	int rc;

	if (at->next_offset == 0)
		return 0;
	if ((rc = json_parse(at->counts, strlen(at->counts), &counts, err)) < 0)
		return rc;
	feed_read(counts, &m->feed.counts);
	json_object_put(counts);
	csv_reader_seek(m->reader, at->next_offset, at->next_line);
	m->header_bytes = 0;	/* it is there already */
	return 0;
}

static int
open_results(struct importing *m, struct err *err)
{
	const struct import_job *job = m->job;
	const int kept = !job->dry_run;
	int rc;

	if ((rc = result_file_open(&m->accepted, kept ? job->accepted_path : NULL, err)) < 0 ||
	    (rc = result_file_open(&m->rejected, kept ? job->rejected_path : NULL, err)) < 0)
		return rc;
	return result_file_open(&m->reasons, kept ? job->reasons_path : NULL, err);
}

static void
tell_progress(struct importing *m)
{
	const struct import_listener *l = &m->job->listener;
	const int64_t at = m->nrows == 0 ? m->job->import.bytes :
	    m->rows[m->nrows - 1].offset + m->rows[m->nrows - 1].bytes;

	if (l->progress != NULL)
		l->progress(l->arg, at, m->job->import.bytes, &m->feed.counts);
}

static int
write_chunks(struct importing *m, struct err *err)
{
	int rc = 0;

	while (rc == 0 && (!m->is_at_end || m->has_ahead)) {
		if ((rc = read_chunk(m, err)) < 0)
			return rc;
		if (m->header_bytes < 0)
			m->header_bytes = m->nrows > 0 ? m->rows[0].offset : 0;
		for (size_t i = 0; i < m->n; i++)
			make_record(m, i);
		m->noted = 0;
		rc = feed_write(&m->feed, m->records, m->n, err);
		tell_rejected(m);
		tell_progress(m);
	}
	return rc;
}

/* How it ended: too much of a file that was refused means that the file was not understood. */
static void
judge(struct importing *m)
{
	const struct feed_counts *c = &m->feed.counts;
	struct store_import *at = &m->job->import;

	at->state = STATE_IMPORT_DONE;
	at->reason = "";
	if (c->refused * 100 <= c->read * m->job->rejected_percent)
		return;
	at->state = STATE_IMPORT_FAILED;
	at->reason = arena_printf(m->arena,
	    "%" PRId64 " of %" PRId64 " records were rejected, more than %d %%. What was accepted "
	    "stays; the reasons are in its result files.",
	    c->refused, c->read, m->job->rejected_percent);
}

static int
end_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	struct importing *m = arg;
	usec_t now;
	int rc = db_now(db, &now, err);

	return rc < 0 ? rc : store_import_end(db, a, &m->job->import, m->worker, now, err);
}

static int
run(struct importing *m, struct err *err)
{
	struct import_job *job = m->job;
	int rc;

	if ((rc = measure(job, err)) < 0 || (rc = bind_columns(m, err)) < 0)
		return rc;
	if (!job->dry_run && (rc = db_transact(job->db, begin_work, m, err)) < 0)
		return rc;
	job->was_there = job->import.state == STATE_IMPORT_DONE || job->import.state == STATE_IMPORT_FAILED;
	if (job->was_there)
		return 0;
	if ((rc = go_on_behind(m, err)) < 0 || (rc = open_results(m, err)) < 0 ||
	    (rc = write_chunks(m, err)) < 0)
		return rc;
	judge(m);
	job->counts = m->feed.counts;
	return job->dry_run ? 0 : db_transact(job->db, end_work, m, err);
}

int
import_file(struct import_job *job, struct arena *a, struct err *err)
{
	struct importing *m = arena_new(a, struct importing, 1);
	const struct byte_source source = byte_source_fd(&job->fd);
	int rc = 0;

	m->job = job;
	m->arena = a;
	m->header_bytes = -1;
	m->feed = (struct feed){ .db = job->db, .key_file = job->key_file, .seen = job->as,
		.dry_run = job->dry_run, .says = arena_printf(a, "import of %s", job->name),
		.checkpoint = checkpoint, .committed = committed, .arg = m };
	m->accepted.fd = m->rejected.fd = m->reasons.fd = -1;
	secret_random(m->worker, sizeof m->worker);
	job->import = (struct store_import){ .connection = job->connection, .name = job->name,
		.counts = "", .reason = "" };
	m->reader = csv_reader_create(&job->map->dialect, &source);
	if (job->as.time_zone != NULL)
		rc = calendar_zone_open(job->as.time_zone, &m->zone, err);
	if (rc == 0)
		rc = run(m, err);
	csv_reader_destroy(&m->reader);
	calendar_zone_close(&m->zone);
	feed_done(&m->feed);
	result_file_close(&m->accepted);
	result_file_close(&m->rejected);
	result_file_close(&m->reasons);
	arena_done(&m->chunk);
	arena_done(&m->ahead_arena);
	return rc;
}
