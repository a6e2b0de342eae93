#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "admin/cmd.h"
#include "admin/context.h"
#include "admin/input.h"
#include "admin/progress.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "model/import/import_map.h"
#include "model/import/import_preset.h"
#include "process/import/import_file.h"
#include "store/db.h"

enum { MAP_BYTES_MAX = 1 << 20 };

/* ------------------------------------------------------------------ what is said meanwhile */

struct telling {
	struct context *x;
	struct progress bar;
	int64_t done;
	int rejected;
};

static void
on_progress(void *arg, int64_t bytes, int64_t of, const struct feed_counts *counts)
{
	struct telling *t = arg;

	(void)counts;
	t->bar.total = of;
	progress_add(&t->bar, bytes - t->done);
	t->done = bytes;
}

static void
on_rejected(void *arg, int64_t line, const char *reason)
{
	struct telling *t = arg;

	output_remark(&t->x->out, "Line %" PRId64 " is rejected: %s", line, reason);
}

/* ------------------------------------------------------------------ import run */

static int
read_preset(struct context *x, struct import_map *map)
{
	const char *name = cmd_text(&x->line, "preset");
	const struct import_preset *preset = import_preset_find(name);

	if (preset != NULL)
		return import_preset_read(&x->arena, preset, map, &x->err);
	err_fault(&x->err, &x->arena, "--preset",
	    "there is none of the name %s; \"customerapi import presets\" lists them", name);
	return ERR_USAGE;
}

static int
read_map(struct context *x, struct import_map *map)
{
	struct json_object *json = NULL;
	char *text;
	size_t n;
	int rc;

	if (cmd_given(&x->line, "preset") == cmd_given(&x->line, "mapping")) {
		err_fault(&x->err, &x->arena, "--mapping",
		    "is required, or --preset: one of the two");
		return ERR_USAGE;
	}
	if (cmd_given(&x->line, "preset"))
		return read_preset(x, map);
	rc = input_file(&x->arena, cmd_text(&x->line, "mapping"), MAP_BYTES_MAX, &text, &n,
	    &x->err);
	if (rc < 0 || (rc = json_parse(text, n, &json, &x->err)) < 0)
		return rc;
	rc = import_map_read(&x->arena, "", json, map, &x->err);
	json_object_put(json);
	return rc;
}

static const char *
beside(struct context *x, const char *ending)
{
	const char *results = cmd_text(&x->line, "results");

	return results == NULL ? NULL : arena_printf(&x->arena, "%s.%s", results, ending);
}

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

static void
report(struct context *x, const struct import_job *job)
{
	static const struct output_column columns[] = {
		{ "Entity", OUTPUT_TEXT },
		{ "Inserted", OUTPUT_INT },
		{ "Updated", OUTPUT_INT },
		{ "Unchanged", OUTPUT_INT },
		{ "Superseded", OUTPUT_INT | OUTPUT_LATER },
		{ NULL, OUTPUT_UNSET },
	};
	const struct feed_counts *c = &job->counts;
	struct val *cells = arena_new(&x->arena, struct val, 5 * (E_COUNT + 1));
	size_t n = 0;

	for (size_t i = 0; entities[i].name != NULL; i++) {
		const struct feed_count *of = &c->of[i + 1];

		if (of->inserted + of->updated + of->unchanged + of->superseded == 0)
			continue;
		cells[n++] = v_text(entities[i].name);
		cells[n++] = v_int(of->inserted);
		cells[n++] = v_int(of->updated);
		cells[n++] = v_int(of->unchanged);
		cells[n++] = v_int(of->superseded);
	}
	output_value(&x->out, "Read", OUTPUT_INT, v_int(c->read));
	output_value(&x->out, "Taken", OUTPUT_INT, v_int(c->taken + c->ignored + c->superseded));
	output_value(&x->out, "Rejected", OUTPUT_INT, v_int(c->refused));
	output_value(&x->out, "RemarkCount", OUTPUT_INT, v_int(c->remarks));
	output_table(&x->out, "Rows", columns, cells, n / 5);
}

static int
judge(struct context *x, const struct import_job *job)
{
	if (job->was_there) {
		output_remark(&x->out,
		    "This file was read before; nothing was done. --again reads it once more.");
		return 0;
	}
	report(x, job);
	if (job->unused != NULL)
		for (size_t i = 0; job->unused[i] != NULL; i++)
			output_remark(&x->out, "Column %s is not used.", job->unused[i]);
	if (job->dry_run)
		output_remark(&x->out, "Nothing was written.");
	if (!job->dry_run && job->import.state == STATE_IMPORT_FAILED)
		return err_set(&x->err, ERR_PERMANENT, "%s", job->import.reason);
	return 0;
}

static int
import_opened(struct context *x, struct import_job *job)
{
	struct telling t = { .x = x };
	int rc;

	progress_start(&t.bar, &x->out, "Read", 1);
	job->listener = (struct import_listener){
		.progress = on_progress, .rejected = on_rejected, .arg = &t
	};
	rc = import_file(job, &x->arena, &x->err);
	progress_end(&t.bar);
	if (x->err.faults != NULL)
		return err_set(&x->err, ERR_USAGE, "The file does not fit its mapping.");
	return rc < 0 ? rc : judge(x, job);
}

static int
import_run(struct context *x)
{
	struct import_map map = { .json = NULL };
	struct import_job job = { .connection = "", .map = &map, .key_file = x->conf.key_file,
		.rejected_percent = (int)cmd_int(&x->line, "rejected-percent",
		    IMPORT_REJECTED_PERCENT),
		.dry_run = cmd_given(&x->line, "dry-run"),
		.again = cmd_given(&x->line, "again") };
	const char *path = cmd_text(&x->line, "FILE");
	struct store_alias *t;
	usec_t now;
	int rc;

	job.accepted_path = beside(x, "accepted.csv");
	job.rejected_path = beside(x, "rejected.csv");
	job.reasons_path = beside(x, "reasons.csv");
	if ((job.fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return err_set(&x->err, ERR_USAGE, "%s cannot be read: %s.", path, strerror(errno));
	job.name = base_name(path);
	if ((rc = read_map(x, &map)) < 0 && x->err.faults != NULL)
		rc = err_set(&x->err, ERR_USAGE, "The mapping is not valid.");
	if (rc == 0 &&
	    (rc = context_tenant_now(x, &t, &job.db, &now)) == 0) {
		job.as = (struct platform_message){ .tenant_id = t->alias_id,
			.platform = "File", .entity = "File", .action = "Insert",
			.source_id = (int16_t)cmd_int(&x->line, "source-id", 0),
			.zone_id = t->zone_id, .brand_id = t->brand_id,
			.address_type_id = t->address_type_id, .time_zone = t->time_zone,
			.reach = ENTITY_REACH_ALL, .is_proven = 1, .is_undated = 1 };
		rc = import_opened(x, &job);
	}
	import_map_done(&map);
	db_close(&job.db);
	close(job.fd);
	return rc;
}

static const struct cmd_param run_arguments[] = {
	CONTEXT_TENANT,
	{ .name = "FILE", .type = CMD_TEXT, .required = 1, .max = 4096,
	    .doc = "A CSV file." },
	{ .name = NULL },
};

static const struct cmd_param run_options[] = {
	{ .name = "mapping", .type = CMD_FILE,
	    .doc = "A JSON file that says how the file is written and what its columns mean." },
	{ .name = "preset", .type = CMD_TEXT, .max = 64, .value = "NAME",
	    .doc = "In its place a mapping that comes with the program (import presets)." },
	{ .name = "source-id", .type = CMD_INT, .required = 1, .min = 1, .max = 32767,
	    .doc = "The Source that the file comes from." },
	{ .name = "results", .type = CMD_TEXT, .max = 4096,
	    .doc = "Write what became of each row to three files that begin with this path: "
		   ".accepted.csv, .rejected.csv (the rows as they came) and .reasons.csv." },
	{ .name = "rejected-percent", .type = CMD_INT, .min = 0, .max = 100,
	    .doc = "More than this share of rejected records is a failure; 10 unless given." },
	{ .name = "again", .type = CMD_FLAG,
	    .doc = "Read a file once more that was read to its end: its mapping was mended." },
	{ .name = "dry-run", .type = CMD_FLAG,
	    .doc = "Do all of it, show what would become of the rows, and take it back." },
	{ .name = NULL },
};

const struct cmd cmd_import_run_rows[] = {
	{ .group = "import",
	    .verb = "run",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = import_run,
	    .arguments = run_arguments,
	    .options = run_options,
	    .example = "import run Demo Main customers.csv --mapping customers.json --source-id 1",
	    .doc = "Reads a CSV file into a tenant's database, as the process ImportFtp does." },
	{ .group = NULL },
};
