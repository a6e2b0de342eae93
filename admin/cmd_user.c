#include "config.h"

#include "admin/cmd.h"
#include "admin/context.h"
#include "admin/input.h"
#include "store/db.h"
#include "store/store_admin.h"

enum { PASSWORD_MIN = 8 };

static int
add_work(struct context *x, void *arg)
{
	const struct store_admin_user *u = arg;
	usec_t now;
	int rc = db_now(x->db, &now, &x->err);

	return rc < 0 ? rc : store_admin_user_add(x->db, u, now, &x->err);
}

static int
add_run(struct context *x)
{
	struct store_admin_user u = { .login = cmd_text(&x->line, "LOGIN") };
	struct store_user *known;
	struct store_alias *t;
	char *password, *hash;
	int32_t *zones, *brands;
	int rc;

	if ((rc = context_tenant(x, &t)) < 0)
		return rc;
	if ((rc = store_access_user_find(x->db, &x->arena, t->alias_id, u.login, &known, &x->err)) < 0)
		return rc;
	if (known != NULL && cmd_given(&x->line, "if-missing")) {
		output_remark(&x->out, "The user %s exists.", u.login);
		return 0;
	}
	if (known != NULL)
		return err_set(&x->err, ERR_CONFLICT, "The user %s exists already.", u.login);
	if ((rc = input_password(&x->arena, cmd_text(&x->line, "password-file"), PASSWORD_MIN, &password, &x->err)) < 0)
		return rc;
	if ((hash = secret_password_hash(&x->arena, password, &x->err)) == NULL)
		return x->err.code;
	u.alias_id = t->alias_id;
	u.password_hash = hash;
	u.rights = cmd_choices(&x->line, &x->arena, "rights");
	u.nzones = cmd_ints(&x->line, &x->arena, "zone", &zones);
	u.nbrands = cmd_ints(&x->line, &x->arena, "brand", &brands);
	u.zones = zones;
	u.brands = brands;
	if ((rc = context_transaction(x, add_work, &u)) < 0)
		return rc;
	output_remark(&x->out, "Added the user %s to %s/%s.", u.login, t->customer, t->alias);
	return 0;
}

static int
list_run(struct context *x)
{
	static const struct output_column columns[] = {
		{ "Login", OUTPUT_TEXT }, { "Rights", OUTPUT_TEXT }, { "Zones", OUTPUT_TEXT }, { "Brands", OUTPUT_TEXT }, { "Enabled", OUTPUT_FLAG },
		{ "CreatedAt", OUTPUT_TIME }, { NULL, OUTPUT_UNSET },
	};
	struct store_alias *t;
	struct rows r;
	int rc;

	if ((rc = context_tenant(x, &t)) < 0 || (rc = store_admin_users(x->db, &x->arena, t->alias_id, &r, &x->err)) < 0)
		return rc;
	output_table(&x->out, "Users", columns, r.cells, r.n);
	return 0;
}

static const struct cmd_param add_arguments[] = {
	CONTEXT_TENANT,
	{ .name = "LOGIN", .type = CMD_TEXT, .required = 1, .max = 128, .doc = "Name to sign in with; its case does not matter." },
	{ .name = NULL },
};

static const struct cmd_param list_arguments[] = {
	CONTEXT_TENANT,
	{ .name = NULL },
};

static const struct cmd_param add_options[] = {
	{ .name = "password-file", .type = CMD_FILE, .doc = "File whose first line is the password, at least 8 characters; a hyphen is standard input. "
	  "Without it the password is asked for, or read from standard input when that is no terminal." },
	{ .name = "rights", .type = CMD_CHOICES, .repeat = 1, .choices = "data|process|webhook|club|admin", .doc = "What the user may do; admin includes all." },
	{ .name = "zone", .type = CMD_INTS, .repeat = 1, .min = 1, .max = INT32_MAX, .doc = "ZoneIds the user may see; all unless given." },
	{ .name = "brand", .type = CMD_INTS, .repeat = 1, .min = 1, .max = INT32_MAX, .doc = "BrandIds the user may see; all unless given." },
	{ .name = "if-missing", .type = CMD_FLAG, .doc = "Do nothing when the user exists; the password is not changed." },
	{ .name = NULL },
};

const struct cmd cmd_user_rows[] = {
	{ .group = "user", .verb = "add", .needs = CMD_NEEDS_REGISTRY, .run = add_run, .arguments = add_arguments, .options = add_options,
	  .example = "user add Demo Main anna --rights process --password-file anna.password",
	  .doc = "Adds a user of a tenant, who signs in with login and password. The password never stands on the command line, where others could see it." },
	{ .group = "user", .verb = "list", .needs = CMD_NEEDS_REGISTRY, .run = list_run, .arguments = list_arguments,
	  .example = "user list Demo Main",
	  .doc = "Lists a tenant's users." },
	{ .group = NULL },
};
