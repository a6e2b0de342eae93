#include "config.h"

#include "admin/cmd.h"
#include "admin/context.h"
#include "admin/removal.h"
#include "store/db.h"
#include "store/registry/store_admin.h"
#include "store/registry/store_removal.h"

static int
customer_add(struct context *x)
{
	const char *name = cmd_text(&x->line, "NAME"), *label = cmd_text(&x->line, "label");
	int64_t id;
	usec_t now;
	int rc;

	if ((rc = db_now(x->db, &now, &x->err)) < 0 ||
	    (rc = store_admin_customer_find(x->db, &x->arena, name, &id, &x->err)) < 0)
		return rc;
	if (id != 0 && cmd_given(&x->line, "if-missing")) {
		output_remark(&x->out, "The customer %s exists.", name);
		return 0;
	}
	if ((rc = store_admin_customer_add(x->db, name, label == NULL ? "" : label, now, &x->err)) <
	    0)
		return rc;
	output_remark(&x->out,
	    "Added the customer %s. Next: customerapi alias add %s ALIAS --database NAME", name,
	    name);
	return 0;
}

static int
customer_list(struct context *x)
{
	static const struct output_column columns[] = {
		{ "Name", OUTPUT_TEXT },
		{ "Label", OUTPUT_TEXT },
		{ "Aliases", OUTPUT_INT },
		{ "CreatedAt", OUTPUT_TIME | OUTPUT_LATER },
		{ NULL, OUTPUT_UNSET },
	};
	struct rows r;
	int rc;

	if ((rc = store_admin_customers(x->db, &x->arena, &r, &x->err)) < 0)
		return rc;
	output_table(&x->out, "Customers", columns, r.cells, r.n);
	return 0;
}

static int
customer_remove_work(struct context *x, void *arg)
{
	const char *name = arg;
	struct rows r;
	int64_t id;
	int rc;

	if ((rc = store_owner_hold(x->db, &x->err)) < 0 ||
	    (rc = store_admin_customer_find(x->db, &x->arena, name, &id, &x->err)) < 0)
		return rc;
	if (id == 0)
		return err_set(&x->err, ERR_NOT_FOUND,
		    "There is no customer %s; customerapi customer list shows which there are.",
		    name);
	if ((rc = store_removal_of_customer(x->db, &x->arena, id, &r, &x->err)) < 0 ||
	    (rc = removal_refuse(x, arena_printf(&x->arena, "customer %s", name), &r)) < 0)
		return rc;
	return cmd_given(&x->line, "dry-run") ? 0 : store_removal_customer(x->db, id, &x->err);
}

static int
customer_remove(struct context *x)
{
	char *name = arena_strdup(&x->arena, cmd_text(&x->line, "NAME"));
	int rc = context_transaction(x, customer_remove_work, name);

	if (rc == 0)
		removal_tell(x, arena_printf(&x->arena, "customer %s", name));
	return rc;
}

static const struct cmd_param remove_arguments[] = {
	{ .name = "NAME", .type = CMD_NAME, .required = 1, .doc = "The customer's name." },
	{ .name = NULL },
};

static const struct cmd_param remove_options[] = { REMOVAL_DRY_RUN, { .name = NULL } };

static const struct cmd_param add_arguments[] = {
	{ .name = "NAME",
	    .type = CMD_NAME,
	    .required = 1,
	    .doc = "Name in URLs and headers: 1 to 64 letters, digits, underscores, dots or "
		   "hyphens, and "
		   "not \".\" or \"..\"; its case does not matter." },
	{ .name = NULL },
};

static const struct cmd_param add_options[] = {
	{ .name = "label", .type = CMD_TEXT, .max = 200, .doc = "Name for people." },
	{ .name = "if-missing", .type = CMD_FLAG, .doc = "Do nothing when it exists." },
	{ .name = NULL },
};

const struct cmd cmd_customer_rows[] = {
	{ .group = "customer", .verb = "add", .needs = CMD_NEEDS_REGISTRY, .run = customer_add,
	  .arguments = add_arguments, .options = add_options,
	  .example = "customer add Demo --label \"Demo shop\"",
	  .doc = "Adds a customer. Its data live in the databases of its aliases." },
	{ .group = "customer", .verb = "list", .needs = CMD_NEEDS_REGISTRY, .run = customer_list,
	  .example = "customer list",
	  .doc = "Lists the customers." },
	{ .group = "customer", .verb = "remove", .needs = CMD_NEEDS_REGISTRY, .run = customer_remove,
	    .arguments = remove_arguments, .options = remove_options,
	  .example = "customer remove Demo --dry-run",
	  .doc = "Removes a customer. Refused while it has aliases." },
	{ .group = NULL },
};
