#include "config.h"

#include "process/import/import_results.h"

#include <inttypes.h>
#include <unistd.h>

#include "lib/arena.h"
#include "process/feed.h"
#include "process/import/import_chunk.h"
#include "store/exchange/store_import.h"

int
import_results_open(struct import_results *r, const struct import_results_paths *paths, int fd,
    struct err *err)
{
	int rc;

	*r = (struct import_results){ .accepted.fd = -1, .rejected.fd = -1, .reasons.fd = -1,
		.fd = fd, .header_bytes = -1 };
	if ((rc = result_file_open(&r->accepted, paths->accepted, err)) < 0 ||
	    (rc = result_file_open(&r->rejected, paths->rejected, err)) < 0)
		return rc;
	return result_file_open(&r->reasons, paths->reasons, err);
}

void
import_results_close(struct import_results *r)
{
	result_file_close(&r->accepted);
	result_file_close(&r->rejected);
	result_file_close(&r->reasons);
}

/* The bytes of the file in front of its first row. */
static void
add_header(struct import_results *r, struct arena *a)
{
	char *bytes = arena_alloc(a, (size_t)r->header_bytes + 1);
	ssize_t n = pread(r->fd, bytes, (size_t)r->header_bytes, 0);

	if (n > 0)
		result_file_add(&r->rejected, bytes, (size_t)n);
}

/* What stands in front of all, when nothing is there yet. */
static void
add_headings(struct import_results *r, struct arena *a, const struct store_import *at)
{
	if (at->accepted_bytes == 0 && r->accepted.next.len == 0)
		result_file_add(&r->accepted, "Line;Key\n", 9);
	if (at->reasons_bytes == 0 && r->reasons.next.len == 0)
		result_file_add(&r->reasons, "Line;Reason\n", 12);
	if (at->rejected_bytes == 0 && r->rejected.next.len == 0)
		add_header(r, a);
}

static void
add_record(struct import_results *r, struct import_chunk *c, size_t i)
{
	const struct feed_record *record = &c->records[i];

	for (size_t k = c->first[i]; k < c->first[i + 1]; k++) {
		const struct import_chunk_row *row = &c->rows[k];
		const char *line = arena_printf(&c->arena, "%" PRId64, row->line);
		struct result_file *to = record->rc < 0 ? &r->reasons : &r->accepted;

		result_file_field(to, line, ';');
		result_file_field(to, record->rc < 0 ? record->reason : record->key, '\n');
		if (record->rc < 0 && row->raw != NULL)
			result_file_add(&r->rejected, row->raw, (size_t)row->bytes);
	}
}

void
import_results_add(struct import_results *r, struct import_chunk *c, size_t first, size_t last,
    const struct store_import *at)
{
	add_headings(r, &c->arena, at);
	for (size_t i = first; i < last; i++)
		add_record(r, c, i);
}

int
import_results_write(struct import_results *r, const struct store_import *at,
    struct store_import *next, struct err *err)
{
	int rc;

	if ((rc = result_file_write(
		 &r->accepted, at->accepted_bytes, &next->accepted_bytes, err)) < 0 ||
	    (rc = result_file_write(
		 &r->rejected, at->rejected_bytes, &next->rejected_bytes, err)) < 0)
		return rc;
	return result_file_write(&r->reasons, at->reasons_bytes, &next->reasons_bytes, err);
}
