/* process_export_ftp - ExportFtp: files for another system, put into a folder, an FTP, FTPS or SFTP
 * server.
 *
 * Each file is written below import_work first, where it has no name: a run that is killed
 * leaves nothing behind, and begins anew. How far an export of changes has come is noted after its
 * file was sent: a run that is killed between the two sends the same rows again. */
#include "config.h"

#include <string.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/calendar.h"
#include "lib/conf.h"
#include "lib/crash.h"
#include "lib/err.h"
#include "lib/secret.h"
#include "lib/text.h"
#include "model/connection/connection.h"
#include "model/export/export_args.h"
#include "model/export/export_plan.h"
#include "process/export/export_file.h"
#include "process/export/export_send.h"
#include "process/export/export_sink.h"
#include "process/process.h"
#include "store/connection/connection_ops.h"
#include "store/connection/store_connection.h"
#include "store/db.h"
#include "store/exchange/import_place.h"
#include "store/registry_db.h"

struct exporting {
	struct run *run;
	const struct process_export_ftp_args *in;
	struct db *registry;
	struct secret_box box;
	struct store_connection *row;
	struct connection connection;
	struct calendar_zone *zone;
	struct export_plan *plans;
	size_t nplans;
	int is_changed;
	int fd;				/* of the file on its way; -1 = none */

	/* Of one file. */
	struct arena arena;
	struct export_job job;
	struct store_export told;
	const char *name;
};

/* ------------------------------------------------------------------ how far it has come */

/* What names the export: another folder, name or choice of rows is another one. */
static void
hash_of(struct exporting *x, const struct export_plan *plan, unsigned char out[SECRET_SHA256_BYTES])
{
	const char *text = arena_printf(&x->arena, "%s\n%s\n%s", x->row->name, x->in->file.value,
	    export_plan_text(&x->arena, plan));

	secret_sha256(text, strlen(text), out);
}

static int
begin_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	struct exporting *x = arg;
	unsigned char hash[SECRET_SHA256_BYTES];

	(void)a;
	hash_of(x, x->job.plan, hash);
	return store_export_begin(db, &x->arena, hash,
	    export_plan_text(&x->arena, x->job.plan), x->run->now, &x->told, err);
}

static int
end_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	struct exporting *x = arg;

	(void)a;
	return store_export_end(db, &x->told, x->job.until, x->job.gone, x->job.ngone, err);
}

/* A file of changes begins where the last one ended, or with everything. */
static int
find_since(struct exporting *x, struct err *err)
{
	const struct db_manner manner = { .undo = x->run->dry_run };
	usec_t since;
	int rc;

	if (!x->is_changed || export_kind_is_made(x->job.plan->kind))
		return 0;
	if ((rc = db_transact_as(x->run->db, &manner, begin_work, x, err)) < 0)
		return rc;
	x->job.told = &x->told;
	if ((since = x->told.since) == USEC_NONE)
		return 0;
	/* a clock that was set back must not hide anything */
	since = since < x->run->now ? since : x->run->now;
	x->job.changed = 1;
	x->job.since = since - x->in->overlap.value * USEC_SEC;
	return 0;
}

/* ------------------------------------------------------------------ a file */

static void
on_progress(void *arg, int64_t done, int64_t total)
{
	struct exporting *x = arg;

	run_progress(x->run, x->job.plan->kind->name, done, total);
}

static void
on_failure(void *arg, const char *line)
{
	struct exporting *x = arg;

	run_log(x->run, "%s: %s It is tried again.", x->name, line);
}

static const char *
name_of(struct exporting *x)
{
	const struct export_name n = { .kind = x->job.plan->kind->name,
		.customer = x->run->customer, .alias = x->run->alias,
		.mode = x->job.changed ? EXPORT_CHANGED : "All",
		.run_id = x->run->run_id, .wall_s = calendar_wall(x->zone, x->run->now) };
	const char *name = export_name_fill(&x->arena, x->in->file.value, &n);
	const size_t len = strlen(name);

	if (!x->job.is_gzip || (len > 3 && strcmp(name + len - 3, ".gz") == 0))
		return name;
	return arena_printf(&x->arena, "%s.gz", name);
}

static void
report(struct exporting *x, int is_sent)
{
	const struct export_counts *c = &x->job.counts;
	struct writer *w = &x->run->out;

	writer_object(w);
	writer_put_text(w, "Kind", x->job.plan->kind->name);
	writer_put_text(w, "Mode", x->job.changed ? EXPORT_CHANGED : "All");
	writer_put_time(w, "Since", x->job.changed ? x->job.since : USEC_NONE);
	writer_put_int(w, "Rows", c->rows);
	writer_put_int(w, "Lines", c->lines);
	writer_put_int(w, "Deleted", c->deleted);
	writer_put_int(w, "Bytes", c->bytes);
	writer_put_text(w, "File", is_sent ? x->name : NULL);
	writer_put_text(w, "Sha256", is_sent ? text_hex(&x->arena, x->job.sha256,
		SECRET_SHA256_BYTES) : NULL);
	writer_end(w);
	if (c->replaced > 0)
		run_warn(x->run, "%s: %lld characters that the encoding does not have are \"?\" in "
		    "the file.", x->name, (long long)c->replaced);
	if (c->unnamed > 0)
		run_log(x->run, "%s: %lld contacts have no identifier, so nobody can import their "
		    "lines.", x->name, (long long)c->unnamed);
}

static int
send_file(struct exporting *x, struct err *err)
{
	const struct export_sending sending = { .conf = x->run->conf, .connection = &x->connection,
		.name = x->name, .fd = x->fd,
		.sha256 = x->in->checksum.value ? x->job.sha256 : NULL,
		.log = on_failure, .arg = x };

	run_progress(x->run, arena_printf(&x->run->arena, "sending %s", x->name), 0, 0);
	return export_send(&sending, &x->arena, err);
}

static int
export_one(struct exporting *x, const struct export_plan *plan, struct err *err)
{
	int is_sent = 0, rc;

	x->job = (struct export_job){ .db = x->run->db,
		.box = { .box = &x->box, .tenant_id = x->run->tenant_id },
		.plan = plan, .until = x->run->now, .zone = x->zone,
		.is_gzip = text_ieq(x->in->compress.value, "Gzip"), .fd = x->fd,
		.progress = on_progress, .arg = x };
	if ((rc = find_since(x, err)) < 0)
		return rc;
	x->name = name_of(x);
	if ((rc = export_file(&x->job, &x->arena, err)) < 0)
		return rc;
	crash_point("export-written");
	is_sent = !x->run->dry_run && (x->job.counts.lines > 0 || x->in->empty_file.value);
	if (is_sent && (rc = send_file(x, err)) < 0)
		return rc;
	crash_point("export-before-note");
	if (x->job.told != NULL && !x->run->dry_run &&
	    (rc = db_transact(x->run->db, end_work, x, err)) < 0)
		return rc;
	report(x, is_sent);
	return 0;
}

static int
stage(struct exporting *x, struct err *err)
{
	const struct run *run = x->run;
	int rc = import_place_make(&x->arena, run->conf, run->tenant_id, err);

	return rc < 0 ? rc : export_sink_open(run->conf->import_work, &x->fd, err);
}

static int
export_all(struct exporting *x, struct err *err)
{
	struct writer *w = &x->run->out;
	int rc = 0;

	if (!x->run->dry_run && (rc = stage(x, err)) < 0)
		return rc;
	writer_name(w, "Files");
	writer_array(w);
	for (size_t i = 0; i < x->nplans && rc == 0; i++) {
		arena_reset(&x->arena);
		rc = export_one(x, &x->plans[i], err);
	}
	writer_end(w);
	return rc;
}

/* ------------------------------------------------------------------ the run */

static int
open_connection(struct exporting *x, struct err *err)
{
	struct run *run = x->run;
	const char *name = x->in->connection.value;
	int rc = store_connection_find(
	    x->registry, &run->arena, run->tenant_id, name, &x->row, err);

	if (rc < 0)
		return rc;
	if (x->row == NULL)
		return err_set(err, ERR_PERMANENT, "The tenant has no connection %s.", name);
	if (!x->row->enabled)
		return err_set(err, ERR_PERMANENT, "The connection %s is not enabled.", name);
	if (!text_ieq(x->row->kind, "Folder") && !text_ieq(x->row->kind, "Ftp"))
		return err_set(err, ERR_PERMANENT, "The connection %s is of the kind %s; files go "
		    "to one of the kind Folder or Ftp.", name, x->row->kind);
	return connection_ops_open(&run->arena, &x->box, x->row, &x->connection, err);
}

/* What doctor and the alarm of silent connections look at. */
static int
note_use(struct exporting *x, const char *failure, struct err *err)
{
	usec_t now;
	int rc;

	if (x->row == NULL || x->run->dry_run)
		return 0;
	if ((rc = db_now(x->registry, &now, err)) < 0)
		return rc;
	return store_connection_used(
	    x->registry, &x->run->arena, x->row->connection_id, failure, now, err);
}

static int
begin(struct exporting *x, struct err *err)
{
	struct run *run = x->run;
	struct err no_key = { 0 };
	int rc = registry_db_open(&x->registry, run->conf, 0, err);

	secret_box_load(&x->box, run->conf->key_file, &no_key);
	if (rc == 0)
		rc = open_connection(x, err);
	if (rc == 0)
		rc = export_args_plans(&run->arena, x->in, "", &x->plans, &x->nplans, err);
	if (rc == 0)
		rc = calendar_zone_open(run->time_zone, &x->zone, err);
	return rc;
}

static int
export_ftp_run(struct run *run, struct err *err)
{
	struct exporting x = { .run = run, .in = run->args, .fd = -1 };
	struct err noting = { 0 };
	int rc;

	x.is_changed = text_ieq(x.in->mode.value, EXPORT_CHANGED);
	rc = begin(&x, err);
	if (rc == 0)
		rc = export_all(&x, err);
	if (note_use(&x, rc < 0 ? err->detail : "", &noting) < 0)
		run_log(run, "%s", noting.detail);
	if (x.fd >= 0)
		close(x.fd);
	calendar_zone_close(&x.zone);
	db_close(&x.registry);
	arena_done(&x.arena);
	explicit_bzero(&x.box, sizeof x.box);
	return rc;
}

const struct process_row process_export_ftp_rows[] = {
	PROCESS(export_ftp, "ExportFtp", export_ftp_run,
	    .time_limit_s = 6 * 3600, .memory_mb = 512, .retries = 2, .retry_after_s = 300,
	    .exclusive = "export", .tells_all = 1, .check = export_args_check,
	    .doc = "Exports contacts, purchases, points, vouchers and decision tables as CSV files "
		"to a folder, an FTP, FTPS or SFTP server: all rows, or what changed since the "
		"last file.")
	PROCESS_PARAM(export_ftp, text, connection, "Connection", .required = 1, .min = 1,
	    .max_length = 64, .sample = "folder",
	    .doc = "Name of the connection, of the kind Folder or Ftp, that the files go to.")
	PROCESS_PARAM(export_ftp, list, kinds, "Kinds", .required = 1, .max_length = 13,
	    .choices = EXPORT_KIND_NAMES, .sample = "Contacts",
	    .doc = "What is exported, a file for each; customerapi export kinds tells of them and "
		"of their columns.")
	PROCESS_PARAM(export_ftp, text, mode, "Mode", .max_length = 10, .choices = EXPORT_MODES,
	    .def = "All",
	    .doc = "All: every row that is not deleted. Changed: what was written or deleted since "
		"the last file of the same kinds, columns and choices; the first file has all "
		"rows, and so has one after 30 days without.")
	PROCESS_PARAM(export_ftp, text, columns, "Columns", .min = 1,
	    .max_length = EXPORT_COLUMNS_CHARS,
	    .doc = "Columns of the file in their order, separated by commas; all unless given.")
	PROCESS_PARAM(export_ftp, list, zones, "Zones", .min = 1, .max = 2147483647,
	    .max_length = 200, .doc = "Only rows of these zones, or of contacts of these zones.")
	PROCESS_PARAM(export_ftp, list, brands, "Brands", .min = 1, .max = 2147483647,
	    .max_length = 200, .doc = "Only rows of these brands.")
	PROCESS_PARAM(export_ftp, list, sources, "Sources", .min = 1, .max = 32767,
	    .max_length = 200,
	    .doc = "Only rows of these Sources; of contacts those who have an identifier there.")
	PROCESS_PARAM(export_ftp, text, consent, "Consent", .max_length = 20,
	    .choices = EXPORT_CONSENTS,
	    .doc = "Only contacts who gave this consent, and what is theirs. In a file of changes "
		"stand also those who withdrew it, with the opt-in 0.")
	PROCESS_PARAM(export_ftp, text, file, "File", .min = 1, .max_length = EXPORT_NAME_CHARS,
	    .def = "{kind}-{date}-{time}.csv", .check = export_name_fault,
	    .doc = "The file's name, with {kind}, {date}, {time}, {customer}, {alias}, {mode} and "
		"{run}; it may lead into a folder.")
	PROCESS_PARAM(export_ftp, text, delimiter, "Delimiter", .max_length = 3,
	    .choices = ",|;|TAB", .def = ",", .doc = "What stands between columns.")
	PROCESS_PARAM(export_ftp, text, quotes, "Quotes", .max_length = 10, .choices = "Needed|All",
	    .def = "Needed", .doc = "Which cells stand in quotes.")
	PROCESS_PARAM(export_ftp, text, line_end, "LineEnd", .max_length = 4, .choices = "LF|CRLF",
	    .def = "LF", .doc = "How lines end.")
	PROCESS_PARAM(export_ftp, flag, header, "Header", .def = "true",
	    .doc = "False: the first line does not name the columns.")
	PROCESS_PARAM(export_ftp, text, decimal, "Decimal", .max_length = 10,
	    .choices = "Point|Comma", .def = "Point", .doc = "The mark in front of decimals.")
	PROCESS_PARAM(export_ftp, text, date_form, "DateFormat", .max_length = 20,
	    .choices = "yyyy-mm-dd|dd/mm/yyyy|mm/dd/yyyy|yyyymmdd|unix", .def = "yyyy-mm-dd",
	    .doc = "How dates are written. yyyy-mm-dd is ISO 8601 in UTC, exact; the others are in "
		"the tenant's zone, to the second.")
	PROCESS_PARAM(export_ftp, text, encoding, "Encoding", .max_length = 20,
	    .choices = EXPORT_ENCODINGS, .def = "UTF-8",
	    .doc = "UTF-8-BOM and UTF-16LE begin with a mark, by which spreadsheets know them. "
		"What Windows-1252 does not have becomes \"?\".")
	PROCESS_PARAM(export_ftp, flag, excel_safe, "ExcelSafe", .def = "false",
	    .doc = "True: an apostrophe stands in front of texts that a spreadsheet would run as a "
		"formula or shorten, such as phone numbers. Imports take it off.")
	PROCESS_PARAM(export_ftp, text, compress, "Compress", .max_length = 10,
	    .choices = "None|Gzip", .def = "None",
	    .doc = "Gzip: the file is compressed, and its name ends with .gz.")
	PROCESS_PARAM(export_ftp, flag, checksum, "Checksum", .def = "true",
	    .doc = "A second file with .sha256 behind its name has the checksum, as sha256sum -c "
		"reads it.")
	PROCESS_PARAM(export_ftp, flag, empty_file, "EmptyFile", .def = "true",
	    .doc = "False: no file is sent when there is no row.")
	PROCESS_PARAM(export_ftp, int, overlap, "OverlapSeconds", .max = 86400, .def = "300",
	    .doc = "How long before the end of the last file one of changes begins: a change may "
		"be committed so much later than it was made. Rows that come again are as they are "
		"now.")
	PROCESS_END(export_ftp)
	{ .name = NULL },
};
