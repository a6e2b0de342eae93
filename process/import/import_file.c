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
#include "process/import/import_chunk.h"
#include "process/import/import_results.h"
#include "store/db.h"
#include "store/db_transact.h"

struct importing {
	struct import_job *job;
	struct arena *arena;		/* of the job */
	struct feed feed;
	struct csv_reader *reader;
	struct calendar_zone *zone;
	struct import_chunk chunk;
	struct import_results results;
	unsigned char worker[STORE_IMPORT_WORKER];
	size_t noted;			/* records of the chunk that are committed */
	struct store_import next;	/* what the last checkpoint noted */
	int told;			/* rejected rows that the listener heard of */
	int64_t header_bytes;		/* of the file, in front of its first row; -1 = not known */
};

/* ------------------------------------------------------------------ chunks */

static void
tell_rejected(struct importing *m)
{
	const struct import_listener *l = &m->job->listener;
	const struct import_chunk *c = &m->chunk;

	for (size_t i = 0; i < c->n && m->told < IMPORT_PREVIEW; i++)
		if (c->records[i].rc < 0 && l->rejected != NULL) {
			l->rejected(l->arg, c->rows[c->first[i]].line, c->records[i].reason);
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
	struct import_chunk *c = &m->chunk;
	struct store_import *at = &m->job->import, next = *at;
	const struct import_chunk_row *last = &c->rows[c->first[n] - 1];
	int rc;

	next.next_offset = last->offset + last->bytes;
	next.next_line = c->first[n] < c->nrows ? c->rows[c->first[n]].line : last->line + 1;
	next.header_bytes = m->header_bytes;
	next.counts = counts_json(&c->arena, counts);
	import_results_add(&m->results, c, m->noted, n, at);
	if ((rc = import_results_write(&m->results, at, &next, err)) < 0)
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

	m->chunk.ncolumns = job->map->dialect.fields;
	if (job->map->dialect.header)
		rc = csv_reader_header(m->reader, m->arena, &names, &m->chunk.ncolumns, err);
	if (rc == 0)
		m->chunk.is_at_end = 1;	/* nothing is in it */
	if (rc <= 0)
		return rc;
	return import_map_bind(m->arena, job->map, names, m->chunk.ncolumns, &job->unused,
	    err);
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
	m->header_bytes = at->header_bytes;
	m->results.header_bytes = 0;	/* it is there already */
	return 0;
}

static int
open_results(struct importing *m, struct err *err)
{
	const struct import_job *job = m->job;
	struct import_results_paths paths = { NULL, NULL, NULL };

	if (!job->dry_run)
		paths = (struct import_results_paths){ .accepted = job->accepted_path,
			.rejected = job->rejected_path, .reasons = job->reasons_path };
	return import_results_open(&m->results, &paths, job->fd, err);
}

static void
tell_progress(struct importing *m)
{
	const struct import_listener *l = &m->job->listener;
	const struct import_chunk *c = &m->chunk;
	const struct import_chunk_row *last = c->nrows == 0 ? NULL : &c->rows[c->nrows - 1];
	const int64_t of = m->job->import.bytes;

	if (l->progress != NULL)
		l->progress(l->arg, last == NULL ? of : last->offset + last->bytes, of,
		    &m->feed.counts);
}

static int
write_chunks(struct importing *m, struct err *err)
{
	struct import_chunk *c = &m->chunk;
	int rc;

	while ((rc = import_chunk_read(c, err)) > 0) {
		if (m->header_bytes < 0)
			m->results.header_bytes = m->header_bytes =
			    c->nrows > 0 ? c->rows[0].offset : 0;
		m->noted = 0;
		if ((rc = feed_write(&m->feed, c->records, c->n, err)) < 0)
			return rc;
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

/* All faults as sentences. */
static const char *
faults_of(struct arena *a, const struct err *why)
{
	struct buf b;

	buf_init(&b, a);
	for (const struct err_fault *f = why->faults; f != NULL; f = f->next)
		buf_addf(&b, "%s%s %s.", f == why->faults ? "" : " ", f->field, f->message);
	return b.len > 0 ? b.data : why->detail;
}

static int
refuse_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	struct importing *m = arg;
	const char *reason = m->job->import.reason;
	int rc = begin_work(db, a, arg, err);

	if (rc < 0 || m->job->import.state != STATE_IMPORT_RUNNING)
		return rc;
	m->job->import.state = STATE_IMPORT_REFUSED;
	m->job->import.reason = reason;
	return end_work(db, a, arg, err);
}

/* A file that does not fit is noted, so that whoever sent it can be told. */
static int
refuse(struct importing *m, struct err *err)
{
	struct store_import *at = &m->job->import;
	const struct store_import given = *at;
	struct err fault = { 0 };

	at->reason = faults_of(m->arena, err);
	if (db_transact(m->job->db, refuse_work, m, &fault) == 0)
		return err->code;
	*at = given;
	*err = fault;
	return fault.code;
}

static int
begin(struct importing *m, struct err *err)
{
	struct import_job *job = m->job;
	int rc;

	if (!job->dry_run && (rc = db_transact(job->db, begin_work, m, err)) < 0)
		return rc;
	job->was_there = job->import.state == STATE_IMPORT_DONE ||
	    job->import.state == STATE_IMPORT_FAILED;
	if (job->was_there || job->dry_run || job->begun == NULL)
		return 0;
	return job->begun(job, m->arena, job->begun_arg, err);
}

static int
run(struct importing *m, struct err *err)
{
	struct import_job *job = m->job;
	int rc;

	if ((rc = measure(job, err)) < 0)
		return rc;
	if ((rc = bind_columns(m, err)) < 0)
		return rc == ERR_BAD_REQUEST && !job->dry_run ? refuse(m, err) : rc;
	if ((rc = begin(m, err)) < 0 || job->was_there)
		return rc;
	if ((rc = open_results(m, err)) < 0 || (rc = go_on_behind(m, err)) < 0 ||
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
		.dry_run = job->dry_run, .limits = job->limits,
		.says = arena_printf(a, "import of %s", job->name),
		.checkpoint = checkpoint, .committed = committed, .arg = m };
	secret_random(m->worker, sizeof m->worker);
	job->import = (struct store_import){ .connection = job->connection, .name = job->name,
		.modified_at = job->modified_at == 0 ? USEC_NONE : job->modified_at,
		.run_id = job->run_id, .counts = "", .reason = "" };
	m->reader = csv_reader_create(&job->map->dialect, &source);
	m->results.accepted.fd = m->results.rejected.fd = m->results.reasons.fd = -1;
	if (job->as.time_zone != NULL)
		rc = calendar_zone_open(job->as.time_zone, &m->zone, err);
	m->chunk.reader = m->reader;
	m->chunk.map = job->map;
	m->chunk.zone = m->zone;
	if (rc == 0)
		rc = run(m, err);
	csv_reader_destroy(&m->reader);
	calendar_zone_close(&m->zone);
	feed_done(&m->feed);
	import_results_close(&m->results);
	import_chunk_done(&m->chunk);
	return rc;
}
