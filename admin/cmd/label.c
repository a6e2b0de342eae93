#include "config.h"

#include "admin/cmd.h"
#include "admin/context.h"
#include "store/db.h"
#include "store/store_label.h"

enum { LIST_MAX = 10000 };

static struct store_label
label_given(struct context *x)
{
	return (struct store_label){ .kind = cmd_text(&x->line, "kind"),
		.label = cmd_text(&x->line, "label"),
		.id = cmd_text(&x->line, "id"),
		.source_id = (int16_t)cmd_int(&x->line, "source-id", 0) };
}

static int
label_set(struct context *x)
{
	struct store_label l = label_given(x);
	const char *word = "";
	struct store_alias *t;
	struct db *db;
	usec_t now;
	int rc = context_tenant_now(x, &t, &db, &now);

	if (rc == 0)
		rc = store_label_put(db, &x->arena, &l, now, &word, &x->err);
	db_close(&db);
	if (x->err.faults != NULL)
		return err_set(&x->err, ERR_USAGE, "%s", err_sentence(ERR_USAGE));
	if (rc == 0)
		output_remark(&x->out,
		    "From now on \"%s\" of Source %d is %s %s; it is compared as \"%s\".", l.label,
		    l.source_id, l.kind, l.id, word);
	return rc;
}

static int
label_remove(struct context *x)
{
	struct store_label l = { .kind = cmd_text(&x->line, "kind"),
		.label = cmd_text(&x->line, "label"),
		.source_id = (int16_t)cmd_int(&x->line, "source-id", 0) };
	struct store_alias *t;
	struct db *db;
	usec_t now;
	int removed = 0, rc = context_tenant_now(x, &t, &db, &now);

	if (rc == 0)
		rc = store_label_remove(db, &x->arena, &l, &removed, &x->err);
	db_close(&db);
	if (rc == 0 && !removed)
		return err_set(&x->err, ERR_NOT_FOUND,
		    "Source %d has no such label of the kind %s; label list shows what it has.",
		    l.source_id, l.kind);
	if (rc == 0)
		output_remark(&x->out, "The label is removed; what was stored by it stays.");
	return rc;
}

static int
label_list(struct context *x)
{
	static const struct output_column columns[] = {
		{ "Kind", OUTPUT_TEXT },
		{ "SourceId", OUTPUT_INT },
		{ "Label", OUTPUT_TEXT },
		{ "Word", OUTPUT_TEXT },
		{ "Id", OUTPUT_TEXT },
		{ "Language", OUTPUT_TEXT | OUTPUT_LATER },
		{ "ModifiedAt", OUTPUT_TIME | OUTPUT_LAST },
		{ NULL, OUTPUT_UNSET },
	};
	const int source_id = cmd_given(&x->line, "shipped")
	    ? 0
	    : (int)cmd_int(&x->line, "source-id", -1);
	struct rows r;
	struct store_alias *t;
	struct db *db;
	usec_t now;
	int rc = context_tenant_now(x, &t, &db, &now);

	if (rc == 0 &&
	    (rc = store_label_list(db, &x->arena, source_id, cmd_text(&x->line, "kind"), NULL,
		 LIST_MAX, &r, &x->err)) == 0)
		output_list(&x->out, "Labels", columns, &(const struct output_list){
		    .rows = store_label_listed, .items = r.cells, .n = r.n,
		    .bytes = r.columns * sizeof *r.cells });
	db_close(&db);
	return rc;
}

#define SOURCE(must) \
	{ \
		.name = "source-id", .type = CMD_INT, .required = must, .min = 1, \
		.max = INT16_MAX, .doc = "The Source that sends the label." \
	}
#define KIND(must) \
	{ \
		.name = "kind", .type = CMD_CHOICE, .required = must, \
		.choices = STORE_LABEL_KINDS, .value = "KIND", \
		.doc = "The list that the label is of: PurchaseStatus, Civility, Gender, " \
		       "Country, or Flag (yes and no)." \
	}
#define LABEL \
	{ \
		.name = "label", .type = CMD_TEXT, .required = 1, .max = STORE_LABEL_CHARACTERS, \
		.doc = "The word as the shop sends it; case, accents and the signs between its " \
		       "letters do not matter." \
	}

static const struct cmd_param arguments[] = { CONTEXT_TENANT, { .name = NULL } };

static const struct cmd_param set_options[] = {
	SOURCE(1),
	KIND(1),
	LABEL,
	{ .name = "id",
	    .type = CMD_TEXT,
	    .required = 1,
	    .max = STORE_LABEL_ID,
	    .doc = "What it means: PurchaseStatusId, CivilityId, GenderId, CountryId (three "
		   "letters), or for a Flag 1 (yes) or 0 (no)." },
	{ .name = NULL },
};

static const struct cmd_param remove_options[] = { SOURCE(1), KIND(1), LABEL, { .name = NULL } };

static const struct cmd_param list_options[] = {
	SOURCE(0),
	KIND(0),
	{ .name = "shipped",
	    .type = CMD_FLAG,
	    .doc = "The words that are known without being set, in English, French, German, "
		   "Spanish, Italian, Dutch, Portuguese and Polish." },
	{ .name = NULL },
};

const struct cmd cmd_label_rows[] = {
	{ .group = "label",
	    .verb = "set",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = label_set,
	    .arguments = arguments,
	    .options = set_options,
	    .example = "label set Demo Main --source-id 1 --kind PurchaseStatus --label \"In "
		       "transit\" --id 5",
	    .doc =
		"Sets what a label of a Source means. It counts before the labels of the tenant's "
		"own table and the shipped words. New deliveries follow it. A stored row changes "
		"when it is delivered again, or its PurchaseStatusId is set by "
		"Standard/PurchaseHeader/Update." },
	{ .group = "label",
	    .verb = "list",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = label_list,
	    .arguments = arguments,
	    .options = list_options,
	    .example = "label list Demo Main",
	    .doc = "Lists the labels that were set, or those that are shipped." },
	{ .group = "label",
	    .verb = "remove",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = label_remove,
	    .arguments = arguments,
	    .options = remove_options,
	    .example =
		"label remove Demo Main --source-id 1 --kind PurchaseStatus --label \"In transit\"",
	    .doc = "Removes a label of a Source." },
	{ .group = NULL },
};
