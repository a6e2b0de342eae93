/* process_import_ftp - ImportFtp: imports the files of a connection's folder. */
#include "config.h"

#include <stddef.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "model/connection/connection.h"
#include "model/import/import_files.h"
#include "process/connection/connection_ftp.h"
#include "process/import/import_look.h"
#include "process/import/import_take.h"
#include "process/process.h"
#include "store/connection/connection_ops.h"
#include "store/db.h"
#include "store/exchange/import_place.h"
#include "store/registry/store_access.h"
#include "store/registry_db.h"

/* The run's result is kept in a column of 64 kB. */
enum { RESULT_BYTES = 40000, SHOWN_CHARS = 300, NAMES_MAX = 20, NAME_CHARS = 60 };

/* Without the server there is nothing to do for the other files. */
enum { UNREACHED_MAX = 3 };

struct importing_ftp {
	struct run *run;
	const struct process_import_ftp_args *in;
	struct db *registry;
	struct connection connection;
	struct connection_files server;
	struct import_files files;
	struct import_look look;
	struct limits limits;
	struct import_taking taking;
	/* What came of it. */
	size_t n[IMPORT_TAKEN_LATER + 1], unshown, bad;
	int64_t read, rejected;
	const char *first;		/* what is wrong with the first bad one, with its name */
};

/* ------------------------------------------------------------------ whose files */

/* Zone, brand and address type: the connection's, else the tenant's. */
static int
find_tenant(struct importing_ftp *x, struct store_alias **out, struct err *err)
{
	int rc = store_access_alias_find_any(x->registry, &x->run->arena, x->run->customer,
	    x->run->alias, out, err);

	if (rc == 0 && *out == NULL)
		return err_set(err, ERR_PERMANENT, "The tenant is gone.");
	return rc;
}

static int
find_limits(struct importing_ftp *x, int16_t source_id, struct err *err)
{
	struct arena *a = &x->run->arena;
	struct store_source *source;
	int rc = store_access_source_find(
	    x->registry, a, x->run->tenant_id, source_id, &source, err);

	if (rc < 0)
		return rc;
	if (source == NULL)
		return err_set(err, ERR_PERMANENT, "The connection %s names a Source that the "
		    "tenant does not have any more: correct SourceId.", x->connection.name);
	if (limit_read(a, source->zones, &x->limits.zones) < 0 ||
	    limit_read(a, source->brands, &x->limits.brands) < 0)
		return err_set(err, ERR_INTERNAL, "The limits of a Source cannot be read.");
	x->taking.limits = limits_any(&x->limits) ? &x->limits : NULL;
	return 0;
}

static int
find_whose(struct importing_ftp *x, struct err *err)
{
	const struct connection_common *c = x->connection.common;
	struct store_alias *t;
	int rc;

	if (c->source_id.value == 0)
		return err_set(err, ERR_PERMANENT, "The connection %s does not say whose rows come "
		    "by it: set SourceId.", x->connection.name);
	if ((rc = find_tenant(x, &t, err)) < 0 ||
	    (rc = find_limits(x, (int16_t)c->source_id.value, err)) < 0)
		return rc;
	x->taking.as = (struct platform_message){ .tenant_id = x->run->tenant_id,
		.platform = "File", .entity = "File", .action = "Insert",
		.source_id = (int16_t)c->source_id.value,
		.zone_id = c->zone_id.value != 0 ? (int32_t)c->zone_id.value :
		    limit_attach(&x->limits.zones, t->zone_id),
		.brand_id = c->brand_id.value != 0 ? (int32_t)c->brand_id.value :
		    limit_attach(&x->limits.brands, t->brand_id),
		.address_type_id = (int16_t)(c->address_type_id.value != 0 ?
			c->address_type_id.value : t->address_type_id),
		.time_zone = c->time_zone.value != NULL ? c->time_zone.value : x->run->time_zone,
		.reach = ENTITY_REACH_ALL, .is_proven = 1, .is_undated = 1 };
	return 0;
}

/* ------------------------------------------------------------------ what is said of a file */

static const char *
how_of(const struct import_outcome *o)
{
	static const char *const words[] = { [IMPORT_TAKEN_DONE] = "Done",
		[IMPORT_TAKEN_FAILED] = "Failed", [IMPORT_TAKEN_REFUSED] = "Refused",
		[IMPORT_TAKEN_BEFORE] = "TakenBefore", [IMPORT_TAKEN_LATER] = "Later" };

	return words[o->how];
}

/* The first of them; a header can have any length. */
static void
write_unused(struct writer *w, struct arena *a, const char *const *names)
{
	if (names == NULL || names[0] == NULL)
		return;
	writer_name(w, "UnusedColumns");
	writer_array(w);
	for (size_t i = 0; i < NAMES_MAX && names[i] != NULL; i++)
		writer_text(w, text_utf8_fit(a, names[i], NAME_CHARS));
	writer_end(w);
}

/* Reasons may hold what a row says: they are shown of a dry run alone, which keeps no files. */
static void
write_rejects(struct writer *w, struct arena *a, const struct import_outcome *o)
{
	writer_name(w, "Rejects");
	writer_array(w);
	for (size_t i = 0; i < o->nrejects; i++) {
		writer_object(w);
		writer_put_int(w, "Line", o->rejects[i].line);
		writer_put_text(
		    w, "Reason", text_utf8_fit(a, o->rejects[i].reason, SHOWN_CHARS));
		writer_end(w);
	}
	writer_end(w);
}

static void
write_file(struct importing_ftp *x, const struct import_found *f, const struct import_outcome *o)
{
	struct writer *w = &x->run->out;
	const int is_read = o->how == IMPORT_TAKEN_DONE || o->how == IMPORT_TAKEN_FAILED;

	if (x->run->result.len > RESULT_BYTES) {
		x->unshown++;
		return;
	}
	writer_object(w);
	writer_put_text(w, "File", f->name);
	writer_put_text(w, "State", how_of(o));
	if (o->import_id != 0)
		writer_put_int(w, "ImportId", o->import_id);
	if (o->reason[0] != '\0')
		writer_put_text(w, "Reason", text_utf8_fit(&x->taking.scratch, o->reason,
		    SHOWN_CHARS));
	if (o->trouble[0] != '\0')
		writer_put_text(w, "Trouble", text_utf8_fit(&x->taking.scratch, o->trouble,
		    SHOWN_CHARS));
	if (is_read)
		feed_report(&o->counts, w);
	write_unused(w, &x->taking.scratch, o->unused);
	if (x->run->dry_run && o->nrejects > 0)
		write_rejects(w, &x->taking.scratch, o);
	writer_end(w);
}

static int
is_bad(const struct import_outcome *o)
{
	return o->how == IMPORT_TAKEN_FAILED || o->how == IMPORT_TAKEN_REFUSED ||
	    o->trouble[0] != '\0';
}

static void
tell(struct importing_ftp *x, const struct import_found *f, const struct import_outcome *o)
{
	const char *why = o->trouble[0] != '\0' ? o->trouble : o->reason;

	x->n[o->how]++;
	x->read += o->how == IMPORT_TAKEN_BEFORE ? 0 : o->counts.read;
	x->rejected += o->how == IMPORT_TAKEN_BEFORE ? 0 : o->counts.refused;
	run_log(x->run, "%s: %s%s%s", f->name, how_of(o), why[0] != '\0' ? ": " : "", why);
	write_file(x, f, o);
	if (!is_bad(o))
		return;
	x->bad++;
	if (x->first == NULL)
		x->first = arena_printf(&x->run->arena, "%s: %s", f->name, why);
}

/* ------------------------------------------------------------------ the work */

static int
take_all(struct importing_ftp *x, struct err *err)
{
	struct import_outcome o;
	int rc = 0;

	x->taking.of = 0;
	for (size_t i = 0; i < x->look.n; i++)
		x->taking.of += x->look.found[i].bytes > 0 ? x->look.found[i].bytes : 0;
	run_progress(x->run, "bytes of files", 0, x->taking.of);
	writer_name(&x->run->out, "Files");
	writer_array(&x->run->out);
	for (size_t i = 0; i < x->look.n && rc == 0 && x->taking.unreached < UNREACHED_MAX; i++) {
		if ((rc = import_take(&x->taking, &x->look.found[i], &o, err)) == 0)
			tell(x, &x->look.found[i], &o);
		run_progress(x->run, "bytes of files", x->taking.bytes, x->taking.of);
	}
	writer_end(&x->run->out);
	return rc;
}

static int
look(struct importing_ftp *x, struct err *err)
{
	x->look = (struct import_look){ .transfer = x->server.transfer,
		.folder = x->in->folder.value == NULL ? "" : x->in->folder.value,
		.files = &x->files, .marker = x->in->marker.value,
		.stable_s = (int)x->in->stable_s.value };
	run_progress(x->run, "looking for files", 0, 0);
	return import_look(&x->look, &x->run->arena, err);
}

static void
set_taking(struct importing_ftp *x)
{
	const struct process_import_ftp_args *in = x->in;
	struct import_taking *t = &x->taking;

	t->run = x->run;
	t->connection = &x->connection;
	t->transfer = x->server.transfer;
	t->files = &x->files;
	t->folder = x->look.folder;
	t->done = in->done.value;
	t->failed = in->failed.value;
	t->results = in->results.value;
	t->max = in->max_bytes.value;
	t->rejected_percent = (int)in->rejected_percent.value;
	t->unpack = in->unpack.value;
	t->again = in->again.value;
}

static void
report(struct importing_ftp *x)
{
	struct run *run = x->run;

	run_result_int(run, "Done", (int64_t)x->n[IMPORT_TAKEN_DONE]);
	run_result_int(run, "Failed", (int64_t)x->n[IMPORT_TAKEN_FAILED]);
	run_result_int(run, "Refused", (int64_t)x->n[IMPORT_TAKEN_REFUSED]);
	run_result_int(run, "TakenBefore", (int64_t)x->n[IMPORT_TAKEN_BEFORE]);
	run_result_int(run, "Later", (int64_t)x->n[IMPORT_TAKEN_LATER]);
	run_result_int(run, "Growing", (int64_t)x->look.growing);
	run_result_int(run, "WithoutMarker", (int64_t)x->look.unmarked);
	run_result_int(run, "Read", x->read);
	run_result_int(run, "Rejected", x->rejected);
	if (x->unshown > 0)
		run_result_int(run, "FilesNotShown", (int64_t)x->unshown);
}

/* One bad file keeps none of the others, but the run says so. */
static int
conclude(struct importing_ftp *x, struct err *err)
{
	report(x);
	if (x->look.strange > 0)
		run_log(x->run, "%zu names are left out: links, or names that are no UTF-8 or hold "
		    "control characters", x->look.strange);
	if (x->bad == 0)
		return 0;
	if (x->look.n == 1)
		return err_set(err, ERR_PERMANENT, "%s", x->first);
	return err_set(err, ERR_PERMANENT, "%zu of %zu files have trouble. %s", x->bad, x->look.n,
	    x->first);
}

static int
work(struct importing_ftp *x, struct err *err)
{
	const struct import_files_given given = { .patterns = x->in->patterns.value,
		.preset = x->in->preset.value, .mapping = x->in->mapping.value };
	struct run *run = x->run;
	int rc;

	if ((rc = import_files_read(&run->arena, &given, &x->files, err)) < 0 ||
	    (rc = find_whose(x, err)) < 0 ||
	    (rc = import_place_make(&run->arena, run->conf, run->tenant_id, err)) < 0)
		return rc;
	if ((rc = connection_files_open(
		 &run->arena, run->conf, &x->connection, &x->server, err)) < 0 ||
	    (rc = look(x, err)) < 0)
		return rc;
	set_taking(x);
	rc = take_all(x, err);
	return rc < 0 ? rc : conclude(x, err);
}

/* When it last succeeded is what doctor and the alarm ask. */
static int
note_use(struct importing_ftp *x, const struct err *why, struct err *err)
{
	usec_t now;
	int rc;

	if (x->run->dry_run || x->connection.connection_id == 0)
		return 0;
	if ((rc = db_now(x->registry, &now, err)) < 0)
		return rc;
	return store_connection_used(x->registry, &x->run->arena, x->connection.connection_id,
	    why->code < 0 ? why->detail : NULL, now, err);
}

static int
import_ftp_run(struct run *run, struct err *err)
{
	struct importing_ftp *x = arena_new(&run->arena, struct importing_ftp, 1);
	struct err noting = { 0 };
	int rc;

	x->run = run;
	x->in = run->args;
	x->server.folder = -1;
	rc = registry_db_open(&x->registry, run->conf, 0, err);
	if (rc == 0)
		rc = connection_ops_get(x->registry, &run->arena, run->conf->key_file,
		    run->tenant_id, x->in->connection.value, "Ftp|Folder", &x->connection, err);
	if (rc == 0) {
		rc = work(x, err);
		if (note_use(x, err, &noting) < 0)
			run_log(run, "how the connection was used is not noted: %s", noting.detail);
	}
	connection_files_close(&x->server);
	import_files_done(&x->files);
	import_taking_done(&x->taking);
	db_close(&x->registry);
	return rc;
}

const struct process_row process_import_ftp_rows[] = {
	PROCESS(import_ftp, "ImportFtp", import_ftp_run,
	    .time_limit_s = 12 * 3600, .memory_mb = 512, .retries = 3, .retry_after_s = 60,
	    .exclusive = "import", .tells_all = 1, .check = import_files_check,
	    .doc = "Imports CSV files from an FTP, FTPS or SFTP server, or from a folder of this "
	    "machine. A file is taken once. One that was not read to its end is gone on with.")
	PROCESS_PARAM(import_ftp, text, connection, "Connection", .required = 1, .min = 1,
	    .max_length = 64, .sample = "drop",
	    .doc = "Name of a connection of the kind Ftp or Folder. It says whose rows the files "
	    "hold: its SourceId is required.")
	PROCESS_PARAM(import_ftp, text, folder, "Folder", .max_length = 200,
	    .doc = "Folder of the files, below that of the connection; that itself unless given.")
	PROCESS_PARAM(import_ftp, text, patterns, "Patterns", .min = 1, .max_length = 1000,
	    .doc = "Names of files with * and ?, with commas between them. Files are taken in the "
	    "order of the patterns that they match, then by name: so customers can come before "
	    "their orders. Unless given, the members of Mapping, or *.csv.")
	PROCESS_PARAM(import_ftp, text, preset, "Preset", .min = 1, .max_length = 64,
	    .doc = "Name of a mapping that comes with the program, in place of Mapping; "
	    "customerapi import presets lists them. Its files' names are the pattern unless "
	    "Patterns is given.")
	PROCESS_PARAM(import_ftp, object, mapping, "Mapping",
	    .sample = "{\"Rows\": [{\"Entity\": \"Contact\", \"Members\": "
	    "{\"ExternalKey.Identifier\": \"number\", \"LastName\": \"name\"}}]}",
	    .doc = "How the files are written and what their columns mean, as "
	    "customerapi import sniff prints it; or an object that gives each pattern its own, or "
	    "the name of a preset.")
	PROCESS_PARAM(import_ftp, text, marker, "MarkerFile", .min = 1, .max_length = 200,
	    .doc = "A file is taken only when this one is there, too; {name} is the file's name: "
	    "{name}.done. A marker of one file is removed when its file is moved.")
	PROCESS_PARAM(import_ftp, int, stable_s, "StableSeconds", .min = 0, .max = 3600,
	    .def = "10",
	    .doc = "A file whose size or time changes within these seconds is left for a later "
	    "run. 0: files are taken as they are found.")
	PROCESS_PARAM(import_ftp, text, done, "DoneFolder", .max_length = 200, .def = "done",
	    .doc = "Folder, below Folder, into which files go that were read. Empty: they stay, "
	    "and are not taken again.")
	PROCESS_PARAM(import_ftp, text, failed, "FailedFolder", .max_length = 200,
	    .def = "failed",
	    .doc = "The same for files that cannot be read, and for those of which too much was "
	    "rejected.")
	PROCESS_PARAM(import_ftp, text, results, "ResultFolder", .max_length = 200,
	    .doc = "Folder, below Folder, into which result files are put. Empty: they are put "
	    "beside the file. Not given: they are kept on this machine alone.")
	PROCESS_PARAM(import_ftp, int, rejected_percent, "RejectedPercent", .min = 0, .max = 100,
	    .def = "10",
	    .doc = "When a larger share of a file's records is rejected, the file failed. What was "
	    "accepted stays.")
	PROCESS_PARAM(import_ftp, int, max_bytes, "MaxBytes", .min = 1, .max = 1LL << 40,
	    .def = "2147483648",
	    .doc = "Largest size of a file in bytes, unpacked, too. A larger one is refused.")
	PROCESS_PARAM(import_ftp, flag, unpack, "Unpack", .def = "true",
	    .doc = "Files whose names end in .gz are unpacked.")
	PROCESS_PARAM(import_ftp, flag, again, "Again", .def = "false",
	    .doc = "True: files that were read before are read once more, because their mapping "
	    "was mended. For a single run.")
	PROCESS_END(import_ftp)
	{ .name = NULL },
};
