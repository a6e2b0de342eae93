#include "config.h"

#include <string.h>

#include "admin/cmd.h"
#include "admin/context.h"
#include "store/db.h"
#include "store/registry/store_access.h"
#include "store/registry/store_admin.h"
#include "store/registry/store_quota.h"

/* Whose quotas are meant: a tenant's, or one Source's. */
struct whose {
	struct store_alias *tenant;
	int16_t source_id;		/* 0 = the tenant's */
};

static int
whose_read(struct context *x, struct whose *w)
{
	struct store_source *source;
	int rc = context_tenant(x, &w->tenant);

	w->source_id = (int16_t)cmd_int(&x->line, "source-id", 0);
	if (rc < 0 || w->source_id == 0)
		return rc;
	rc = store_access_source_find(x->db, &x->arena, w->tenant->alias_id, w->source_id, &source,
	    &x->err);
	if (rc == 0 && source == NULL)
		rc = err_set(&x->err, ERR_NOT_FOUND,
		    "The tenant has no Source %d that is enabled; source list "
		    "shows which there are.",
		    w->source_id);
	return rc;
}

static struct val
quota_given(struct context *x, const char *option)
{
	return v_int_or_null(cmd_int(&x->line, option, 0), cmd_given(&x->line, option));
}

static int
quota_set_work(struct context *x, void *arg)
{
	const struct whose *w = arg;
	int rc = store_admin_alias_hold(x->db, &x->arena, w->tenant->alias_id, &x->err);

	return rc < 0 ? rc : store_quota_set(x->db, w->tenant->alias_id, w->source_id,
	    quota_given(x, "in-flight"), quota_given(x, "per-second"),
	    quota_given(x, "waiting-mb"), &x->err);
}

static int
quota_set(struct context *x)
{
	struct whose w;
	int rc;

	if (!cmd_given(&x->line, "in-flight") && !cmd_given(&x->line, "per-second") &&
	    !cmd_given(&x->line, "waiting-mb"))
		return err_set(&x->err, ERR_USAGE,
		    "Nothing to set: give --in-flight, --per-second or --waiting-mb.");
	if ((rc = whose_read(x, &w)) < 0 || (rc = context_transaction(x, quota_set_work, &w)) < 0)
		return rc;
	output_remark(&x->out, "Set. The web program goes by it within %d seconds.",
	    STORE_ACCESS_KEEP_S);
	return 0;
}

static int
quota_list(struct context *x)
{
	static const struct output_column columns[] = {
		{ "SourceId", OUTPUT_INT }, { "InFlight", OUTPUT_INT }, { "PerSecond", OUTPUT_INT },
		{ "WaitingBytes", OUTPUT_BYTES }, { NULL, OUTPUT_UNSET },
	};
	enum {
		N = sizeof columns / sizeof columns[0] - 1,
		FIRST = C_quota_own_source_id,
		MIB = 1048576
	};
	struct store_alias *t;
	struct val *c;
	struct rows r;
	int rc;

	if ((rc = context_tenant(x, &t)) < 0 ||
	    (rc = store_quota_own(x->db, &x->arena, t->alias_id, &r, &x->err)) < 0)
		return rc;
	c = arena_new(&x->arena, struct val, r.n * N + 1);
	for (size_t i = 0; i < r.n; i++) {
		for (size_t k = 0; k < N; k++)
			c[i * N + k] = *rows_at(&r, i, FIRST + k);
		if (!rows_null(&r, i, FIRST + N - 1))
			c[i * N + N - 1] = v_int(rows_int(&r, i, FIRST + N - 1) * MIB);
		if (rows_int(&r, i, FIRST) == 0)
			c[i * N] = v_null();
	}
	output_table(&x->out, "Quotas", columns, c, r.n);
	return 0;
}

static int
quota_remove(struct context *x)
{
	const int16_t source_id = (int16_t)cmd_int(&x->line, "source-id", 0);
	struct store_alias *t;
	int64_t n;
	int rc;

	if ((rc = context_tenant(x, &t)) < 0)
		return rc;
	if ((n = store_quota_remove(x->db, t->alias_id, source_id, &x->err)) < 0)
		return (int)n;
	if (n == 0)
		return err_set(&x->err, ERR_NOT_FOUND,
		    "There are no quotas of its own; quota list shows "
		    "whose there are.");
	output_remark(&x->out, "Removed. The settings hold again.");
	return 0;
}

static const struct cmd_param arguments[] = { CONTEXT_TENANT, { .name = NULL } };

#define SOURCE_OPTION { .name = "source-id", .type = CMD_INT, .min = 1, .max = INT16_MAX, \
	.doc = "Of this Source; of the whole tenant unless given." }

static const struct cmd_param set_options[] = {
	SOURCE_OPTION,
	{ .name = "in-flight", .type = CMD_INT, .min = 0, .max = 65536,
	    .doc = "Requests at the same time; 0: no limit." },
	{ .name = "per-second", .type = CMD_INT, .min = 0, .max = 100000,
	    .doc = "Requests a second; 0: no limit." },
	{ .name = "waiting-mb", .type = CMD_INT, .min = 0, .max = 1048576,
	    .doc = "MiB of bodies that may wait to be processed; 0: no limit." },
	{ .name = NULL },
};

static const struct cmd_param remove_options[] = { SOURCE_OPTION, { .name = NULL } };

const struct cmd cmd_quota_rows[] = {
	{ .group = "quota",
	    .verb = "set",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = quota_set,
	    .arguments = arguments,
	    .options = set_options,
	    .example = "quota set Demo Main --source-id 1 --per-second 50",
	    .doc =
		"Sets the quotas of a tenant, or of one of its Sources, in place of those of the "
		"settings quota_tenant_* and quota_source_*. What is not given stays as it is." },
	{ .group = "quota",
	    .verb = "list",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = quota_list,
	    .arguments = arguments,
	    .example = "quota list Demo Main",
	    .doc =
		"Lists the quotas that a tenant and its Sources have of their own; an empty one "
		"follows the setting. queue summary shows what they use and what was refused." },
	{ .group = "quota",
	    .verb = "remove",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = quota_remove,
	    .arguments = arguments,
	    .options = remove_options,
	    .example = "quota remove Demo Main --source-id 1",
	    .doc = "Removes the quotas of a tenant or a Source. The settings apply again." },
	{ .group = NULL },
};
