#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <json-c/json.h>

#include "admin/cmd.h"
#include "admin/context.h"
#include "admin/progress.h"
#include "admin/settings.h"
#include "admin/when.h"
#include "lib/calendar.h"
#include "lib/text.h"
#include "lib/text_near.h"
#include "model/export/export_args.h"
#include "model/export/export_plan.h"
#include "model/process.h"
#include "model/schedule.h"
#include "process/export/export_file.h"
#include "store/db.h"

/* ------------------------------------------------------------------ the parameters */

/* A plan of the argument KIND, by the parameters that a schedule has. */
static int
make_plan(struct context *x, int changed, const struct process_export_ftp_args **in,
    struct export_plan **plan)
{
	const struct process_kind *kind = process_find("ExportFtp");
	struct json_object *o = settings_json(x, "parameter", kind->params),
			   *kinds = json_object_new_array();
	void *args;
	size_t n;
	int rc;

	json_object_array_add(kinds, json_object_new_string(cmd_text(&x->line, "KIND")));
	json_object_object_add(o, "Kinds", kinds);
	/* no file is sent, but a schedule must say where to */
	json_object_object_add(o, "Connection", json_object_new_string("none"));
	if (changed)
		json_object_object_add(o, "Mode", json_object_new_string(EXPORT_CHANGED));
	rc = schedule_parameters(&x->arena, kind, o, &args, &x->err);
	if (rc == 0) {
		*in = args;
		rc = export_args_plans(&x->arena, *in, "Parameters.", plan, &n, &x->err);
	}
	json_object_put(o);
	return x->err.faults == NULL ? rc : err_set(&x->err, ERR_USAGE,
	    "What is to be exported is not valid.");
}

/* ------------------------------------------------------------------ kinds, mapping */

static void
list_kinds(struct context *x)
{
	static const struct output_column columns[] = {
		{ "Kind", OUTPUT_TEXT },
		{ "What", OUTPUT_TEXT | OUTPUT_PROSE },
		{ NULL, OUTPUT_UNSET },
	};
	struct val *cells = arena_new(&x->arena, struct val, 100);
	size_t n = 0;

	for (const struct export_kind *k = export_kinds; k->name != NULL; k++) {
		cells[n++] = v_text(k->name);
		cells[n++] = v_text(k->doc);
	}
	output_table(&x->out, "Kinds", columns, cells, n / 2);
}

static void
list_columns(struct context *x, const struct export_kind *kind)
{
	static const struct output_column heads[] = {
		{ "Column", OUTPUT_TEXT },
		{ "OnWish", OUTPUT_FLAG | OUTPUT_LATER },
		{ "What", OUTPUT_TEXT | OUTPUT_PROSE },
		{ NULL, OUTPUT_UNSET },
	};
	size_t n;
	const struct export_column *all = export_columns(&x->arena, kind, &n);
	struct val *cells = arena_new(&x->arena, struct val, 3 * n + 1);

	for (size_t i = 0; i < n; i++) {
		cells[3 * i] = v_text(all[i].name);
		cells[3 * i + 1] = v_int(all[i].is_more);
		cells[3 * i + 2] = v_text(export_column_doc(&x->arena, &all[i]));
	}
	output_value(&x->out, "Kind", OUTPUT_TEXT, v_text(kind->name));
	output_value(&x->out, "What", OUTPUT_TEXT, v_text(kind->doc));
	output_table(&x->out, "Columns", heads, cells, n);
}

static int
export_list(struct context *x)
{
	const char *name = cmd_text(&x->line, "KIND");

	if (name == NULL)
		list_kinds(x);
	else
		list_columns(x, export_kind_find(name));
	return 0;
}

static int
export_map(struct context *x)
{
	const struct process_export_ftp_args *in;
	struct export_plan *plan;
	const char *mapping;
	int rc = make_plan(x, 0, &in, &plan);

	if (rc < 0)
		return rc;
	if ((mapping = export_plan_mapping(&x->arena, plan)) == NULL)
		return err_set(&x->err, ERR_USAGE,
		    "Decision tables are computed, so they are not imported.");
	output_document(&x->out, "Mapping", mapping);
	return 0;
}

/* ------------------------------------------------------------------ run */

struct telling { struct progress bar; int64_t done; };

static void
on_progress(void *arg, int64_t done, int64_t total)
{
	struct telling *t = arg;

	t->bar.total = total;
	progress_add(&t->bar, done - t->done);
	t->done = done;
}

static void
report(struct context *x, const struct export_job *job)
{
	const struct export_counts *c = &job->counts;
	const char *sum = text_hex(&x->arena, job->sha256, sizeof job->sha256);

	output_value(&x->out, "Rows", OUTPUT_INT, v_int(c->rows));
	output_value(&x->out, "Lines", OUTPUT_INT, v_int(c->lines));
	output_value(&x->out, "Deleted", OUTPUT_INT, v_int(c->deleted));
	output_value(&x->out, "Bytes", OUTPUT_INT, v_int(c->bytes));
	output_value(&x->out, "Sha256", OUTPUT_TEXT, v_text(sum));
	if (c->replaced > 0)
		output_remark(&x->out, "%" PRId64 " characters that the encoding does not have are "
		    "\"?\" in the file.", c->replaced);
	if (c->unnamed > 0)
		output_remark(&x->out, "%" PRId64 " contacts have no identifier, so nobody can "
		    "import their lines.", c->unnamed);
	if (job->fd < 0)
		output_remark(&x->out, "Nothing was written.");
}

static int
io_failed(struct context *x, const char *path, const char *what)
{
	return err_set(&x->err, ERR_IO, "%s cannot be %s: %s.", path, what, strerror(errno));
}

static int
write_file(struct context *x, struct export_job *job)
{
	struct telling t = { .done = 0 };
	int rc;

	progress_start(&t.bar, &x->out, "Exported", 0);
	job->progress = on_progress;
	job->arg = &t;
	rc = export_file(job, &x->arena, &x->err);
	progress_end(&t.bar);
	return rc;
}

/* Written beside it, and renamed when it is whole. */
static int
write_out(struct context *x, struct export_job *job, const char *path)
{
	char *part = arena_printf(&x->arena, "%s.XXXXXX", path);
	int rc;

	if ((job->fd = mkstemp(part)) < 0)
		return io_failed(x, path, "made");
	fchmod(job->fd, 0640);
	rc = write_file(x, job);
	if (rc == 0 && rename(part, path) < 0)
		rc = io_failed(x, path, "made");
	if (rc < 0)
		unlink(part);
	close(job->fd);
	return rc;
}

static int
write_mapping(struct context *x, const struct export_plan *plan)
{
	const char *path = cmd_text(&x->line, "mapping-out"), *text;
	FILE *f;
	int failed;

	if (path == NULL)
		return 0;
	if ((text = export_plan_mapping(&x->arena, plan)) == NULL)
		return err_set(&x->err, ERR_USAGE,
		    "Decision tables are computed, so they are not imported.");
	if ((f = fopen(path, "we")) == NULL)
		return io_failed(x, path, "made");
	failed = fputs(text, f) == EOF;
	failed |= fclose(f) == EOF;
	return failed ? io_failed(x, path, "written") : 0;
}

static int
export_opened(struct context *x, const struct store_alias *t, struct export_job *job)
{
	const char *out = cmd_text(&x->line, "out");
	usec_t since;
	int rc;

	if ((rc = when_read(x, t, "since", job->until, &since)) < 0 ||
	    (rc = write_mapping(x, job->plan)) < 0)
		return rc;
	job->changed = since != USEC_NONE && !export_kind_is_made(job->plan->kind);
	job->since = since;
	rc = cmd_given(&x->line, "dry-run") ? write_file(x, job) : write_out(x, job, out);
	if (rc == 0)
		report(x, job);
	return rc;
}

static int
export_run(struct context *x)
{
	const struct process_export_ftp_args *in;
	struct calendar_zone *zone = NULL;
	struct export_job job = { .fd = -1 };
	struct export_plan *plan;
	struct store_alias *t;
	int rc;

	if (!cmd_given(&x->line, "out") && !cmd_given(&x->line, "dry-run"))
		return err_set(&x->err, ERR_USAGE, "--out FILE is missing, or --dry-run.");
	if ((rc = make_plan(x, cmd_given(&x->line, "since"), &in, &plan)) < 0 ||
	    (rc = context_tenant_now(x, &t, &job.db, &job.until)) < 0) {
		db_close(&job.db);
		return rc;
	}
	job.plan = plan;
	job.is_gzip = text_ieq(in->compress.value, "Gzip");
	if ((rc = calendar_zone_open(t->time_zone, &zone, &x->err)) == 0) {
		job.zone = zone;
		rc = export_opened(x, t, &job);
	}
	calendar_zone_close(&zone);
	db_close(&job.db);
	return rc;
}

#define KIND(required_) \
	{ .name = "KIND", .type = CMD_CHOICE, .required = required_, .choices = EXPORT_KIND_NAMES, \
	    .doc = "What is exported." }

static const struct cmd_param list_arguments[] = {
	KIND(0),
	{ .name = NULL },
};

static const struct cmd_param map_arguments[] = {
	KIND(1),
	{ .name = NULL },
};

static const struct cmd_param map_options[] = {
	SETTINGS_PARAMETER,
	{ .name = NULL },
};

static const struct cmd_param run_arguments[] = {
	CONTEXT_TENANT,
	KIND(1),
	{ .name = NULL },
};

static const struct cmd_param run_options[] = {
	{ .name = "out", .type = CMD_TEXT, .max = 4000, .value = "FILE",
	    .doc = "The file. It gets its name when it is whole." },
	{ .name = "since", .type = CMD_WHEN,
	    .doc = "Only what was written or deleted since then; all rows unless given. "
		   WHEN_ZONE },
	{ .name = "mapping-out", .type = CMD_TEXT, .max = 4000, .value = "FILE",
	    .doc = "Write the mapping by which import run reads the file." },
	SETTINGS_PARAMETER,
	{ .name = "dry-run", .type = CMD_FLAG, .doc = "Count the rows, and write no file." },
	{ .name = NULL },
};

const struct cmd cmd_export_rows[] = {
	{ .group = "export",
	    .verb = "kinds",
	    .needs = CMD_NEEDS_NOTHING,
	    .run = export_list,
	    .arguments = list_arguments,
	    .example = "export kinds Contacts",
	    .doc = "Lists what can be exported, or the columns of a kind." },
	{ .group = "export",
	    .verb = "run",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = export_run,
	    .arguments = run_arguments,
	    .options = run_options,
	    .example = "export run Demo Main Contacts --out contacts.csv --parameter Delimiter=TAB",
	    .doc = "Writes rows of a tenant to a CSV file, as the process ExportFtp does, with its "
		   "parameters." },
	{ .group = "export",
	    .verb = "mapping",
	    .needs = CMD_NEEDS_NOTHING,
	    .run = export_map,
	    .arguments = map_arguments,
	    .options = map_options,
	    .example = "export mapping Contacts",
	    .doc = "Prints the mapping by which import run reads an exported file again." },
	{ .group = NULL },
};
