#include "config.h"

#include "admin/import_proposal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "admin/cmd.h"
#include "admin/context.h"
#include "lib/format/json.h"
#include "lib/sniff/sniff.h"
#include "lib/text.h"
#include "model/change/consent.h"
#include "model/import/import_map.h"
#include "model/import/import_preset.h"
#include "model/import/import_propose.h"
#include "platform/platform.h"
#include "platform/standard/file.h"
#include "store/db.h"

/* The proposal's map at work on the rows of the preview. */
struct mapped {
	struct context *x;
	const struct sniff *s;
	struct import_map map;
	struct mapped_record {
		const struct file_shown *shown;
		size_t n;
	} records[SNIFF_PREVIEW];
	size_t n;
	const char **members;		/* of all records, in their order */
	size_t nmembers;
};

/* ------------------------------------------------------------------ records */

static int
is_same_record(const struct mapped *m, const char *const *first, const char *const *row)
{
	const struct import_columns *group = &m->map.group;

	for (size_t i = 0; i < group->n; i++)
		if (strcmp(first[group->at[i]], row[group->at[i]]) != 0)
			return 0;
	return group->n > 0;
}

/* What is wrong with a value is told, as a run would. */
static void
remark_faults(struct mapped *m, const struct platform_context *ctx)
{
	for (const struct err_fault *f = ctx->in.faults.faults; f != NULL; f = f->next)
		output_remark(&m->x->out, "Record %zu: %s %s.", m->n, f->field, f->message);
	for (size_t i = 0; i < ctx->in.remarks.n && i < REMARKS_MAX; i++)
		output_remark(&m->x->out, "Record %zu: %s", m->n, ctx->in.remarks.said[i]);
}

/* Rows first to end - 1 are a record. */
static void
map_record(struct mapped *m, size_t first, size_t end)
{
	struct arena *a = &m->x->arena;
	struct file_row *rows = arena_new(a, struct file_row, end - first);
	const struct file_record record = { .map = &m->map, .rows = rows, .n = end - first };
	const struct platform_message message = { .platform = "File", .entity = "File",
		.action = "Insert", .is_undated = 1 };
	const struct consent consent = { .kind = CONSENT_MENTION };
	struct platform_context ctx = { .arena = a, .message = &message, .record = &record,
		.consent = &consent, .in = { .arena = a } };
	struct mapped_record *to = &m->records[m->n++];

	for (size_t i = first; i < end; i++)
		rows[i - first] = (struct file_row){
			.line = (int64_t)i + 1, .cells = m->s->preview[i]
		};
	to->n = file_show(&ctx, &to->shown);
	remark_faults(m, &ctx);
	read_close(&ctx.in);
}

static void
map_records(struct mapped *m)
{
	const struct sniff *s = m->s;

	for (size_t first = 0, end; first < s->npreview; first = end) {
		for (end = first + 1; end < s->npreview; end++)
			if (!is_same_record(m, s->preview[first], s->preview[end]))
				break;
		map_record(m, first, end);
	}
}

/* ------------------------------------------------------------------ the table */

static int
is_listed(const struct mapped *m, const char *member)
{
	for (size_t i = 0; i < m->nmembers; i++)
		if (strcmp(m->members[i], member) == 0)
			return 1;
	return 0;
}

static void
list_members(struct mapped *m)
{
	size_t most = 0;

	for (size_t i = 0; i < m->n; i++)
		most += m->records[i].n;
	m->members = arena_new(&m->x->arena, const char *, most + 1);
	for (size_t i = 0; i < m->n; i++)
		for (size_t k = 0; k < m->records[i].n; k++)
			if (!is_listed(m, m->records[i].shown[k].member))
				m->members[m->nmembers++] = m->records[i].shown[k].member;
}

static const char *
value_of(const struct mapped_record *r, const char *member)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->shown[i].member, member) == 0)
			return r->shown[i].value;
	return "";
}

static enum output_kind
column_kind(size_t i)
{
	if (i < 2)
		return OUTPUT_TEXT | OUTPUT_PROSE;
	return OUTPUT_TEXT | OUTPUT_PROSE | (i < 4 ? OUTPUT_LATER : OUTPUT_LAST);
}

static void
show_mapped(struct mapped *m)
{
	struct output_column columns[SNIFF_PREVIEW + 2] = { { "Member", OUTPUT_TEXT } };
	struct arena *a = &m->x->arena;
	struct val *cells, *v;

	list_members(m);
	v = cells = arena_new(a, struct val, m->nmembers * (m->n + 1) + 1);
	for (size_t i = 0; i < m->n; i++)
		columns[i + 1] = (struct output_column){
			arena_printf(a, "Record%zu", i + 1), column_kind(i)
		};
	for (size_t k = 0; k < m->nmembers; k++) {
		*v++ = v_text(m->members[k]);
		for (size_t i = 0; i < m->n; i++)
			*v++ = v_text(value_of(&m->records[i], m->members[k]));
	}
	output_gap(&m->x->out);
	output_table(&m->x->out, "Mapped", columns, cells, m->nmembers);
}

static int
preview(struct context *x, const struct sniff *s, const struct import_proposal *p)
{
	struct mapped m = { .x = x, .s = s };
	struct json_object *json = NULL;
	const char *const *unused;
	int rc = json_parse(p->map, strlen(p->map), &json, &x->err);

	if (rc == 0 && (rc = import_map_read(&x->arena, "", json, &m.map, &x->err)) == 0)
		rc = import_map_bind(
		    &x->arena, &m.map, p->names, s->ncolumns, &unused, &x->err);
	if (rc == 0)
		map_records(&m);
	if (rc == 0 && m.n > 0)
		show_mapped(&m);
	import_map_done(&m.map);
	json_object_put(json);
	return rc;
}

/* ------------------------------------------------------------------ the mapping */

static int
write_map(struct context *x, const char *path, const char *map)
{
	const size_t n = strlen(map);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	ssize_t written = fd < 0 ? -1 : write(fd, map, n);

	if (fd >= 0 && close(fd) < 0)
		written = -1;
	if (written == (ssize_t)n)
		return 0;
	err_set(&x->err, ERR_IO, "The mapping cannot be written to %s: %s.", path,
	    written < 0 ? strerror(errno) : "the disk is full");
	if (fd >= 0)
		unlink(path);
	return ERR_IO;
}

int
import_proposal_show(struct context *x, const struct sniff *s)
{
	const char *path = cmd_text(&x->line, "mapping-out");
	struct import_proposal p;
	int rc = import_propose(&x->arena, s, &p, &x->err);

	if (rc < 0)
		return rc;
	output_gap(&x->out);
	output_value(&x->out, "Preset", OUTPUT_TEXT,
	    p.preset == NULL ? v_null() : v_text(p.preset->name));
	output_value(&x->out, "Proposal", OUTPUT_TEXT, v_text(p.reason));
	if (p.map == NULL)
		return path == NULL ? 0 :
				      err_set(&x->err, ERR_USAGE, "There is no mapping to write.");
	output_block(&x->out, "Mapping", p.map, strlen(p.map));
	for (size_t i = 0; p.ignored[i] != NULL; i++)
		output_remark(&x->out, "Column %s is not used.", p.ignored[i]);
	if ((rc = preview(x, s, &p)) < 0)
		return rc;
	return path == NULL ? 0 : write_map(x, path, p.map);
}
