#include "config.h"

#include <csv.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "admin/cmd.h"
#include "admin/code_file.h"
#include "admin/context.h"
#include "admin/outlet.h"
#include "admin/progress.h"
#include "admin/when.h"
#include "lib/text.h"
#include "store/db.h"
#include "store/store_code.h"

enum {
	LIST_USUAL = 100,
	LIST_MAX = 1000000,
	USES_MAX = 1000000000,
	SHOWN_MAX = 20,
	LENGTH_USUAL = 12,
	TRIES_MAX = 100
};

/* ------------------------------------------------------------------ what all share */

struct job {
	struct context *x;
	struct store_alias *tenant;
	struct db *db;			/* the tenant's */
	usec_t now;
	int64_t campaign_id;
	FILE *out;			/* report or codes; NULL = none */
	struct progress progress;
	int64_t taken, present, other, wrong;
	int shown;			/* faults that were told */
};

static int
code_open(struct job *j, struct context *x)
{
	*j = (struct job){ .x = x };
	return context_tenant_now(x, &j->tenant, &j->db, &j->now);
}

static int
open_campaign(struct job *j, struct context *x)
{
	const char *name = cmd_text(&x->line, "CAMPAIGN");
	int rc = code_open(j, x);

	if (rc < 0 ||
	    (rc = store_code_campaign_find(j->db, &x->arena, name, &j->campaign_id, &x->err)) < 0)
		return rc;
	return j->campaign_id != 0 ?
	    0 :
	    err_set(&x->err, ERR_NOT_FOUND,
		"There is no campaign %s; customerapi campaign set makes it.", name);
}

/* Codes are worth money: nobody else may read the file, and none is written over. */
static int
open_out(struct job *j, const char *path)
{
	int fd;

	if (path == NULL)
		return 0;
	if (strcmp(path, "-") == 0) {
		j->out = stdout;
		return 0;
	}
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	j->out = fd < 0 ? NULL : fdopen(fd, "w");
	return j->out != NULL ? 0 : err_set(&j->x->err, ERR_IO, "%s: %s.", path, strerror(errno));
}

static int
close_job(struct job *j, int rc)
{
	int failed = j->out != NULL && fflush(j->out) != 0;

	if (j->out != NULL && j->out != stdout && fclose(j->out) != 0)
		failed = 1;
	if (failed && rc == 0)
		rc = err_set(
		    &j->x->err, ERR_IO, "The file could not be written: %s.", strerror(errno));
	db_close(&j->db);
	return rc;
}

/* ------------------------------------------------------------------ code import */

/* The first few are told, all are reported. */
static void
report(struct job *j, int64_t line, const char *code, const char *what)
{
	if (j->out != NULL) {
		fprintf(j->out, "%lld,", (long long)line);
		if (code != NULL)
			csv_fwrite(j->out, code, strlen(code));
		fputc(',', j->out);
		if (strpbrk(what, ",\"") != NULL)
			csv_fwrite(j->out, what, strlen(what));
		else
			fputs(what, j->out);
		fputc('\n', j->out);
	}
	if (j->shown++ < SHOWN_MAX)
		output_remark(&j->x->out, "Line %lld: %s.", (long long)line, what);
	else if (j->shown == SHOWN_MAX + 1)
		output_remark(&j->x->out, "More are not told here%s.",
		    j->out == NULL ? "; --report FILE names them all" : ", but in the report");
}

static void
on_wrong(void *arg, int64_t line, const char *what)
{
	struct job *j = arg;

	j->wrong++;
	report(j, line, NULL, what);
}

static int
on_chunk(
    void *arg, const struct store_code_row *rows, const int64_t *numbers, size_t n, struct err *err)
{
	struct job *j = arg;
	const struct store_code_repeated *again;
	struct arena a = { 0 };
	size_t nagain;
	int rc = store_code_import(j->db, &a, j->campaign_id, rows, n, &again, &nagain, err);

	for (size_t i = 0; rc == 0 && i < nagain; i++) {
		int is_other = again[i].campaign_id != 0 && again[i].campaign_id != j->campaign_id;

		*(is_other ? &j->other : &j->present) += 1;
		report(j, numbers[again[i].n], rows[again[i].n].code,
		    is_other ? "the code belongs to another campaign" :
			       "the code is there already");
	}
	if (rc == 0)
		j->taken += (int64_t)(n - nagain);
	progress_add(&j->progress, (int64_t)n);
	arena_done(&a);
	return rc;
}

static void
code_tell(struct job *j)
{
	struct output *o = &j->x->out;

	output_value(o, "Taken", OUTPUT_INT, v_int(j->taken));
	output_value(o, "ThereAlready", OUTPUT_INT, v_int(j->present));
	output_value(o, "OfAnotherCampaign", OUTPUT_INT, v_int(j->other));
	output_value(o, "Wrong", OUTPUT_INT, v_int(j->wrong));
}

static int
code_import(struct context *x)
{
	const char *path = cmd_text(&x->line, "FILE");
	struct job j;
	int rc = open_campaign(&j, x);

	if (rc == 0)
		rc = open_out(&j, cmd_text(&x->line, "report"));
	if (rc == 0) {
		progress_start(&j.progress, &x->out, "Codes",
		    progress_shown(&x->out) ? code_file_count(path) : 0);
		rc = code_file_read(path, j.tenant->time_zone, on_chunk, on_wrong, &j, &x->arena,
		    &x->err);
		progress_end(&j.progress);
		code_tell(&j);
	}
	if (rc < 0 && j.taken > 0)
		output_remark(
		    &x->out, "What was taken stays; the same command goes on with the rest.");
	if (x->err.faults != NULL)
		rc = err_set(&x->err, ERR_USAGE, "The file cannot be read to its end.");
	return close_job(&j, rc);
}

/* ------------------------------------------------------------------ code generate */

/* Makes up to n codes that are new, and writes those that were taken. */
static int
generate_chunk(struct job *j, size_t n)
{
	const char *prefix = cmd_text(&j->x->line, "prefix");
	struct arena a = { 0 };
	struct store_code_row *rows = arena_new(&a, struct store_code_row, n);
	const struct store_code_repeated *again;
	size_t nagain, skipped = 0;
	int rc;

	for (size_t i = 0; i < n; i++)
		rows[i] = (struct store_code_row){ .valid_from = USEC_NONE,
			.valid_to = USEC_NONE,
			.code = code_file_random(&a, prefix == NULL ? "" : prefix,
			    (size_t)cmd_int(&j->x->line, "length", LENGTH_USUAL)) };
	rc = store_code_import(j->db, &a, j->campaign_id, rows, n, &again, &nagain, &j->x->err);
	for (size_t i = 0; rc == 0 && i < n; i++)
		if (skipped < nagain && again[skipped].n == i)
			skipped++;
		else
			fprintf(j->out, "%s\n", rows[i].code);
	if (rc == 0)
		j->taken += (int64_t)(n - nagain);
	if (rc == 0 &&
	    fflush(j->out) != 0) /* each chunk: codes that are in no file are no use to anybody */
		rc = err_set(
		    &j->x->err, ERR_IO, "The file could not be written: %s.", strerror(errno));
	progress_add(&j->progress, rc == 0 ? (int64_t)(n - nagain) : 0);
	arena_done(&a);
	return rc;
}

static int
check_prefix(struct context *x)
{
	const char *prefix = cmd_text(&x->line, "prefix"),
		   *normal = prefix == NULL ? "" : store_code_normal(&x->arena, prefix);

	if (prefix == NULL)
		return 0;
	if (normal != NULL && strcmp(normal, prefix) == 0 && strpbrk(prefix, ",;\"") == NULL)
		return 0;
	err_fault(&x->err, &x->arena, "--prefix", "must have capitals instead of small letters, "
	    "and no blanks, commas, semicolons or quotes");
	return err_set(&x->err, ERR_USAGE, "%s", err_sentence(ERR_USAGE));
}

static int
code_generate(struct context *x)
{
	int64_t count = cmd_int(&x->line, "COUNT", 0);
	struct job j;
	int rc = open_campaign(&j, x), tries = 0;

	if (rc == 0 && (rc = check_prefix(x)) == 0)
		rc = open_out(&j, cmd_text(&x->line, "out"));
	progress_start(&j.progress, &x->out, "Codes", count);
	while (rc == 0 && j.taken < count) {
		int64_t before = j.taken, left = count - j.taken;

		rc = generate_chunk(
		    &j, (size_t)(left < STORE_CODE_CHUNK ? left : STORE_CODE_CHUNK));
		tries = j.taken > before ? 0 : tries + 1;
		if (rc == 0 && tries == TRIES_MAX)
			rc = err_set(&x->err, ERR_CONFLICT,
			    "Almost all codes of this length are taken. A greater --length has "
			    "more.");
	}
	progress_end(&j.progress);
	if (rc == 0 && j.out != stdout)
		output_value(&x->out, "Taken", OUTPUT_INT, v_int(j.taken));
	else if (rc == 0)
		rc = outlet_end(&(struct outlet){ .file = stdout }, &x->err);
	if (rc == ERR_IO && j.taken > 0)
		rc = err_set(&x->err, rc, "%s The codes that were made stay; customerapi code list "
		    "shows them.", arena_strdup(&x->arena, x->err.detail));
	return close_job(&j, rc);
}

/* ------------------------------------------------------------------ code list, show */

static int
code_list(struct context *x)
{
	static const struct output_column columns[] = {
		{ "Code", OUTPUT_TEXT },
		{ "Campaign", OUTPUT_TEXT },
		{ "ValidFrom", OUTPUT_TIME | OUTPUT_LATER },
		{ "ValidTo", OUTPUT_TIME },
		{ "MaxUses", OUTPUT_INT | OUTPUT_LATER },
		{ "Uses", OUTPUT_INT },
		{ "CreatedAt", OUTPUT_TIME | OUTPUT_LAST },
		{ NULL, OUTPUT_UNSET },
	};
	const char *state = cmd_text(&x->line, "state"), *after = cmd_text(&x->line, "after");
	struct rows r;
	struct job j;
	int rc = code_open(&j, x);

	if (after != NULL)
		after = store_code_normal(&x->arena, after);
	if (rc == 0 &&
	    (rc = store_code_list(j.db, &x->arena, cmd_text(&x->line, "campaign"), after,
		 state == NULL ? -1 : strcmp(state, "used") == 0,
		 (int)cmd_int(&x->line, "limit", LIST_USUAL), &r, &x->err)) == 0)
		rc = when_table(x, j.tenant, "Codes", columns, r.cells, r.n);
	return close_job(&j, rc);
}

static void
show_code(struct output *o, const struct rows *r)
{
	static const struct output_column columns[] = {
		{ "Code", OUTPUT_TEXT },
		{ "Campaign", OUTPUT_TEXT },
		{ "ValidFrom", OUTPUT_TIME },
		{ "ValidTo", OUTPUT_TIME },
		{ "MaxUses", OUTPUT_INT },
		{ "ContactUses", OUTPUT_INT },
		{ "Uses", OUTPUT_INT },
		{ "CreatedAt", OUTPUT_TIME },
	};

	for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
		output_value(o, columns[i].name, columns[i].kind, *rows_at(r, 0, i));
	output_gap(o);
}

static int
code_show(struct context *x)
{
	static const struct output_column columns[] = { { "ContactId", OUTPUT_INT },
		{ "Use", OUTPUT_INT }, { "UsedAt", OUTPUT_TIME }, { NULL, OUTPUT_UNSET } };
	const char *given = cmd_text(&x->line, "CODE"), *code = store_code_normal(&x->arena, given);
	struct rows r = { 0 }, uses;
	struct job j;
	int rc;

	if (text_is_unseen(given)) {
		err_fault(&x->err, &x->arena, "CODE", "is missing: nobody sees any of it");
		return err_set(&x->err, ERR_USAGE, "%s", err_sentence(ERR_USAGE));
	}
	rc = code_open(&j, x);
	if (rc == 0 && code != NULL)
		rc = store_code_show(j.db, &x->arena, code, &r, &x->err);
	if (rc == 0 && r.n == 0)
		rc = err_set(&x->err, ERR_NOT_FOUND, "There is no such code.");
	if (rc == 0 &&
	    (rc = store_code_show_uses(j.db, &x->arena, rows_int(&r, 0, C_code_show_code_id),
		 LIST_USUAL, &uses, &x->err)) == 0) {
		show_code(&x->out, &r);
		output_table(&x->out, "UsedBy", columns, uses.cells, uses.n);
	}
	return close_job(&j, rc);
}

/* ------------------------------------------------------------------ tables */

#define CAMPAIGN { .name = "CAMPAIGN", .type = CMD_NAME, .required = 1, \
	.doc = "Name of the campaign." }

static const struct cmd_param tenant_arguments[] = { CONTEXT_TENANT, { .name = NULL } };

static const struct cmd_param import_arguments[] = {
	CONTEXT_TENANT,
	CAMPAIGN,
	{ .name = "FILE", .type = CMD_FILE, .required = 1, .doc = "CSV file; - is standard input." },
	{ .name = NULL },
};

static const struct cmd_param import_options[] = {
	{ .name = "report", .type = CMD_FILE, .doc = "New file for the rows that were not taken: line, code, reason." },
	{ .name = NULL },
};

static const struct cmd_param generate_arguments[] = {
	CONTEXT_TENANT,
	CAMPAIGN,
	{ .name = "COUNT", .type = CMD_INT, .required = 1, .min = 1, .max = 10000000, .doc = "How many." },
	{ .name = NULL },
};

static const struct cmd_param generate_options[] = {
	{ .name = "out",
	    .type = CMD_FILE,
	    .required = 1,
	    .doc = "New file for the codes, one a line, mode 0600; - is standard output." },
	{ .name = "length",
	    .type = CMD_INT,
	    .min = 8,
	    .max = 32,
	    .doc = "Characters by chance; 12 unless given. Each is one of 32: with 12, a million "
		   "codes leave a guess a chance of 1 to 10^12." },
	{ .name = "prefix", .type = CMD_TEXT, .max = 20, .doc = "Characters in front of them." },
	{ .name = NULL },
};

static const struct cmd_param list_options[] = {
	{ .name = "campaign", .type = CMD_NAME, .doc = "Only this campaign's." },
	{ .name = "state", .type = CMD_CHOICE, .choices = "used|unused", .doc = "Only those that were used, or were not." },
	{ .name = "after", .type = CMD_TEXT, .max = STORE_CODE_MAX, .value = "CODE", .doc = "Only "
	    "codes after this one: the last code of the list before." },
	{ .name = "limit", .type = CMD_INT, .min = 1, .max = LIST_MAX, .doc = "How many at most; 100 unless given." },
	{ .name = NULL },
};

static const struct cmd_param show_arguments[] = {
	CONTEXT_TENANT,
	{ .name = "CODE", .type = CMD_TEXT, .required = 1, .max = 200, .doc = "The code, as a contact would type it." },
	{ .name = NULL },
};

const struct cmd cmd_code_rows[] = {
	{ .group = "code",
	    .verb = "import",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = code_import,
	    .arguments = import_arguments,
	    .options = import_options,
	    .example = "code import Demo Main Spring codes.csv --report not-taken.csv",
	    .doc = "Takes codes from a CSV file: a code a row; or, below a first row with the "
		   "names, the columns Code, ValidFrom, ValidTo and MaxUses, which win over the "
		   "campaign's. " WHEN_ZONE " Fields are separated by commas, semicolons or TABs, "
		   "in UTF-8, UTF-16 or Windows-1252. Blanks at the ends of a code are cut, "
		   "characters of no width are left out, and small letters become capitals, as "
		   "they are when a contact types it. A row that cannot be taken is reported with "
		   "its line. Only a quote that is not closed ends the reading. A code that exists "
		   "already is not changed and is reported, so the same file can be imported again "
		   "after an interruption." },
	{ .group = "code",
	    .verb = "generate",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = code_generate,
	    .arguments = generate_arguments,
	    .options = generate_options,
	    .example = "code generate Demo Main Spring 1000000 --out codes.txt",
	    .doc = "Makes up codes that nobody can guess and writes them to a file." },
	{ .group = "code",
	    .verb = "list",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = code_list,
	    .arguments = tenant_arguments,
	    .options = list_options,
	    .example = "code list Demo Main --campaign Spring --state used",
	    .doc = "Lists codes in their order." WHEN_LISTED },
	{ .group = "code",
	    .verb = "show",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = code_show,
	    .arguments = show_arguments,
	    .example = "code show Demo Main K7QX2MPA93TD",
	    .doc = "Shows a code and its latest uses." },
	{ .group = NULL },
};
