#include "config.h"

#include "admin/cmd.h"
#include "admin/context.h"
#include "admin/when.h"
#include "store/db.h"
#include "store/store_code.h"

enum { LIST_MAX = 1000, USES_MAX = 1000000000 };

static int
campaign_set(struct context *x)
{
	struct store_alias *t;
	struct db *db;
	usec_t now;
	int rc = context_tenant_now(x, &t, &db, &now);
	struct store_code_campaign c = { .name = cmd_text(&x->line, "CAMPAIGN"),
		.label = cmd_text(&x->line, "label") == NULL ? "" : cmd_text(&x->line, "label"),
		.max_uses = cmd_int(&x->line, "uses", 1),
		.contact_uses = cmd_int(&x->line, "contact-uses", 1),
		.points = cmd_text(&x->line, "points"),
		.point_days = cmd_int(&x->line, "point-days", 0),
		.voucher_category_id = (int16_t)cmd_int(&x->line, "voucher-category", 0) };

	if (rc == 0 && (rc = when_read(x, t, "from", now, &c.valid_from)) == 0 &&
	    (rc = when_read(x, t, "to", now, &c.valid_to)) == 0)
		rc = store_code_campaign_put(db, &x->arena, &c, now, &x->err);
	if (x->err.faults != NULL)
		rc = err_set(&x->err, ERR_USAGE, "%s", err_sentence(ERR_USAGE));
	if (rc == 0) {
		when_show(x, t, "ValidFrom", c.valid_from);
		when_show(x, t, "ValidTo", c.valid_to);
		output_remark(&x->out,
		    "The campaign %s is stored. Options that were not given have their defaults. "
		    "customerapi code import or generate gives it codes.",
		    c.name);
	}
	db_close(&db);
	return rc;
}

static int
campaign_list(struct context *x)
{
	static const struct output_column columns[] = {
		{ "Campaign", OUTPUT_TEXT },
		{ "Label", OUTPUT_TEXT },
		{ "ValidFrom", OUTPUT_TIME | OUTPUT_LATER },
		{ "ValidTo", OUTPUT_TIME },
		{ "Uses", OUTPUT_INT },
		{ "ContactUses", OUTPUT_INT | OUTPUT_LAST },
		{ "Points", OUTPUT_TEXT | OUTPUT_LATER },
		{ "PointDays", OUTPUT_INT | OUTPUT_LAST },
		{ "VoucherCategoryId", OUTPUT_INT | OUTPUT_LAST },
		{ "Codes", OUTPUT_INT },
		{ "Used", OUTPUT_INT },
		{ NULL, OUTPUT_UNSET },
	};
	struct rows r;
	struct store_alias *t;
	struct db *db;
	usec_t now;
	int rc = context_tenant_now(x, &t, &db, &now);

	if (rc == 0 &&
	    (rc = store_code_campaigns(db, &x->arena, LIST_MAX, &r, &x->err)) == 0)
		rc = when_table(x, t, "Campaigns", columns, r.cells, r.n);
	db_close(&db);
	return rc;
}

/* ------------------------------------------------------------------ table */

#define CAMPAIGN { .name = "CAMPAIGN", .type = CMD_NAME, .required = 1, \
	.doc = "Name of the campaign." }

static const struct cmd_param tenant_arguments[] = { CONTEXT_TENANT, { .name = NULL } };
static const struct cmd_param campaign_arguments[] = { CONTEXT_TENANT, CAMPAIGN, { .name = NULL } };

static const struct cmd_param campaign_set_options[] = {
	{ .name = "label",
	    .type = CMD_TEXT,
	    .max = 200,
	    .doc = "The name that contacts see." },
	{ .name = "points",
	    .type = CMD_TEXT,
	    .max = 20,
	    .value = "NUMBER",
	    .doc = "Points that each use of a code gives." },
	{ .name = "point-days",
	    .type = CMD_INT,
	    .min = 1,
	    .max = 36500,
	    .doc = "Days after which these points expire; never unless given." },
	{ .name = "voucher-category",
	    .type = CMD_INT,
	    .min = 1,
	    .max = INT16_MAX,
	    .value = "ID",
	    .doc = "VoucherCategoryId of the voucher that each use gives." },
	{ .name = "from", .type = CMD_WHEN, .doc = "From when its codes are valid. " WHEN_ZONE },
	{ .name = "to",
	    .type = CMD_WHEN,
	    .doc = "Until when; this moment itself is not included. " WHEN_ZONE },
	{ .name = "uses",
	    .type = CMD_INT,
	    .min = 0,
	    .max = USES_MAX,
	    .doc = "How often each code may be used in all; 1 unless given, 0: any number." },
	{ .name = "contact-uses",
	    .type = CMD_INT,
	    .min = 1,
	    .max = 1000000,
	    .doc = "How often one contact may use each; 1 unless given." },
	{ .name = NULL },
};

const struct cmd cmd_campaign_rows[] = {
	{ .group = "campaign",
	    .verb = "set",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = campaign_set,
	    .arguments = campaign_arguments,
	    .options = campaign_set_options,
	    .example = "campaign set Demo Main Spring --points 50 --point-days 365 --to 2027-07-01",
	    .doc = "Makes a campaign of privilege codes, or replaces all its settings." },
	{ .group = "campaign",
	    .verb = "list",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = campaign_list,
	    .arguments = tenant_arguments,
	    .example = "campaign list Demo Main",
	    .doc = "Lists a tenant's campaigns, how many codes they have and how often these were "
		   "used." WHEN_LISTED },
	{ .group = NULL },
};
