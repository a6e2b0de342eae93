#include "config.h"

#include <string.h>

#include "admin/cmd.h"
#include "admin/context.h"
#include "admin/progress.h"
#include "model/entity.h"
#include "store/correct_amounts.h"
#include "store/db.h"
#include "store/entity/lookup.h"

static void
moved(int64_t rows, void *arg)
{
	progress_add(arg, rows);
}

static int
check_source(struct context *x, struct db *db, int64_t source_id)
{
	const struct val id = v_int(source_id);
	int known, rc = entity_exists(db, entity_find("Source"), &id, &x->arena, &known, &x->err);

	if (rc == 0 && !known)
		return err_set(&x->err, ERR_NOT_FOUND,
		    "The tenant has no Source %lld; source list shows which there are.",
		    (long long)source_id);
	return rc;
}

static int
correct(struct context *x, struct db *db, int16_t source_id, int are_gross)
{
	struct progress progress;
	struct correct_amounts c = { .moved = moved, .arg = &progress };
	int rc;

	progress_start(&progress, &x->out, "Lines", 0);
	rc = correct_amounts_source(db, source_id, are_gross, &c, &x->err);
	progress_end(&progress);
	if (rc < 0)
		return rc;
	output_value(&x->out, "Lines", OUTPUT_INT, v_int(c.changed));
	if (c.was_done)
		output_remark(&x->out,
		    "The lines of Source %d were decided about before; nothing was done.",
		    source_id);
	else
		output_remark(&x->out,
		    are_gross ? "They are net of their discount now. ComputeRefAmounts applies it."
			      : "They stay as they are.");
	return 0;
}

static int
count(struct context *x, struct db *db, int16_t source_id)
{
	int64_t lines;
	int rc = correct_amounts_count(db, source_id, &lines, &x->err);

	if (rc < 0)
		return rc;
	output_value(&x->out, "Lines", OUTPUT_INT, v_int(lines));
	output_remark(&x->out, "Nothing was written.");
	return 0;
}

static int
purchase_correct(struct context *x)
{
	const int16_t source_id = (int16_t)cmd_int(&x->line, "source", 0);
	const int are_gross = strcmp(cmd_text(&x->line, "platform"), "Magento") == 0,
		  only_count = are_gross && cmd_given(&x->line, "dry-run");
	struct store_alias *t;
	struct db *db = NULL;
	int rc;

	if ((rc = context_tenant(x, &t)) == 0 &&
	    (rc = context_tenant_open(x, t, &db, &x->err)) == 0)
		rc = check_source(x, db, source_id);
	if (rc == 0)
		rc = only_count ? count(x, db, source_id) : correct(x, db, source_id, are_gross);
	db_close(&db);
	return rc;
}

static const struct cmd_param arguments[] = { CONTEXT_TENANT, { .name = NULL } };

static const struct cmd_param options[] = {
	{ .name = "source",
	    .type = CMD_INT,
	    .required = 1,
	    .min = 1,
	    .max = INT16_MAX,
	    .value = "SOURCEID",
	    .doc = "The Source whose purchases are meant." },
	{ .name = "platform",
	    .type = CMD_CHOICE,
	    .required = 1,
	    .choices = "Magento|other",
	    .doc = "The platform that its lines came from. Magento's amounts are before discount "
		   "and are made net. Amounts of other platforms are right, and doctor does not "
		   "ask again." },
	{ .name = "dry-run",
	    .type = CMD_FLAG,
	    .doc = "Count the lines that would be changed; change nothing." },
	{ .name = NULL },
};

const struct cmd cmd_purchase_rows[] = {
	{ .group = "purchase",
	    .verb = "correct",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = purchase_correct,
	    .arguments = arguments,
	    .options = options,
	    .example = "purchase correct Demo Main --source 1 --platform Magento --dry-run",
	    .doc = "Makes the amounts of a Source's lines net of their discount, where an earlier "
		   "version stored them as Magento sends them. "
		   "customerapi migrate does it by itself where nothing but Magento's messages "
		   "came; doctor names the other Sources. It is done once for each Source: "
		   "again it does nothing, and one that was broken off is taken up where it was." },
	{ .group = NULL },
};
