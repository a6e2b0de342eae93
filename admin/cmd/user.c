#include "config.h"

#include "admin/addresses.h"
#include "admin/cmd.h"
#include "admin/context.h"
#include "admin/input.h"
#include "admin/removal.h"
#include "store/db.h"
#include "store/registry/store_admin.h"
#include "store/registry/store_removal.h"

enum { PASSWORD_MIN = 8 };

static int
user_add_work(struct context *x, void *arg)
{
	const struct store_admin_user *u = arg;
	usec_t now;
	int rc;

	if ((rc = db_now(x->db, &now, &x->err)) < 0 ||
	    (rc = store_admin_alias_hold(x->db, &x->arena, u->alias_id, &x->err)) < 0)
		return rc;
	return store_admin_user_add(x->db, u, now, &x->err);
}

static int
user_add(struct context *x)
{
	struct store_admin_user u = { .login = cmd_text(&x->line, "LOGIN"),
		.allow_ips = addresses_given(x, "allow-ip") };
	struct store_user *known;
	struct store_alias *t;
	char *password, *hash;
	int32_t *zones, *brands;
	int rc;

	if (x->err.faults != NULL)
		return err_set(&x->err, ERR_USAGE, "%s", err_sentence(ERR_USAGE));
	if ((rc = context_tenant(x, &t)) < 0)
		return rc;
	if ((rc = store_access_user_find(x->db, &x->arena, t->alias_id, u.login, &known, &x->err)) <
	    0)
		return rc;
	if (known != NULL && cmd_given(&x->line, "if-missing")) {
		output_remark(&x->out, "The user %s exists.", u.login);
		return 0;
	}
	if (known != NULL)
		return err_set(&x->err, ERR_CONFLICT, "The user %s exists already.", u.login);
	if ((rc = input_password(&x->arena, cmd_text(&x->line, "password-file"), PASSWORD_MIN,
		 &password, &x->err)) < 0)
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
	if ((rc = context_transaction(x, user_add_work, &u)) < 0)
		return rc;
	output_remark(&x->out, "Added the user %s to %s/%s.", u.login, t->customer, t->alias);
	return 0;
}

/* ------------------------------------------------------------------ set */

struct change {
	struct store_alias *tenant;
	const char *password_hash;	/* NULL = it stays */
};

/* --name sets a list of ids, --no-name empties it. 1 when either was given. */
static int
take_ids(struct context *x, const char *option, const int32_t **ids, size_t *n)
{
	int32_t *list = NULL;

	*n = cmd_ints(&x->line, &x->arena, option, &list);
	*ids = list;
	return cmd_given(&x->line, option) ||
	    cmd_given(&x->line, arena_printf(&x->arena, "no-%s", option));
}

static int
user_set_work(struct context *x, void *arg)
{
	const struct change *c = arg;
	const char *login = cmd_text(&x->line, "LOGIN");
	struct store_admin_user u;
	int rc = store_admin_user_lock(x->db, &x->arena, c->tenant->alias_id, login, &u, &x->err);

	if (rc < 0)
		return rc;
	if (u.user_id == 0)
		return err_set(&x->err, ERR_NOT_FOUND,
		    "The tenant has no user %s; user list shows which there are.", login);
	if (c->password_hash != NULL)
		u.password_hash = c->password_hash;
	if (cmd_given(&x->line, "rights"))
		u.rights = cmd_choices(&x->line, &x->arena, "rights");
	if (cmd_given(&x->line, "allow-ip"))
		u.allow_ips = addresses_given(x, "allow-ip");
	else if (cmd_given(&x->line, "no-allow-ip"))
		u.allow_ips = "";
	if (cmd_given(&x->line, "enabled") || cmd_given(&x->line, "no-enabled"))
		u.enabled = cmd_given(&x->line, "enabled");
	u.set_zones = take_ids(x, "zone", &u.zones, &u.nzones);
	u.set_brands = take_ids(x, "brand", &u.brands, &u.nbrands);
	if (x->err.faults != NULL)
		return err_set(&x->err, ERR_USAGE, "%s", err_sentence(ERR_USAGE));
	return store_admin_user_set(x->db, &u, &x->err);
}

/* --x and --no-x together say nothing that could be done. */
static int
check_opposites(struct context *x)
{
	static const char *const options[] = { "zone", "brand", "allow-ip", "enabled" };

	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
		if (cmd_given(&x->line, options[i]) &&
		    cmd_given(&x->line, arena_printf(&x->arena, "no-%s", options[i])))
			err_fault(&x->err, &x->arena,
			    arena_printf(&x->arena, "--no-%s", options[i]),
			    "cannot be given with --%s", options[i]);
	return x->err.faults == NULL ? 0 :
				       err_set(&x->err, ERR_USAGE, "%s", err_sentence(ERR_USAGE));
}

static int
user_set(struct context *x)
{
	struct change c = { 0 };
	char *password;
	int rc;

	if ((rc = check_opposites(x)) < 0 || (rc = context_tenant(x, &c.tenant)) < 0)
		return rc;
	if (cmd_given(&x->line, "password-file")) {
		if ((rc = input_password(&x->arena, cmd_text(&x->line, "password-file"),
			 PASSWORD_MIN, &password, &x->err)) < 0)
			return rc;
		if ((c.password_hash = secret_password_hash(&x->arena, password, &x->err)) == NULL)
			return x->err.code;
	}
	if ((rc = context_transaction(x, user_set_work, &c)) < 0)
		return rc;
	output_remark(&x->out, "Changed the user %s of %s/%s.", cmd_text(&x->line, "LOGIN"),
	    c.tenant->customer, c.tenant->alias);
	return 0;
}

/* ------------------------------------------------------------------ remove */

static int
user_remove_work(struct context *x, void *arg)
{
	const struct store_alias *t = arg;
	const char *login = cmd_text(&x->line, "LOGIN");
	struct store_admin_user u;
	struct rows r;
	int rc = store_admin_user_lock(x->db, &x->arena, t->alias_id, login, &u, &x->err);

	if (rc < 0)
		return rc;
	if (u.user_id == 0)
		return err_set(&x->err, ERR_NOT_FOUND,
		    "The tenant has no user %s; user list shows which there are.", login);
	if ((rc = store_removal_of_user(x->db, &x->arena, u.user_id, &r, &x->err)) < 0 ||
	    (rc = removal_refuse(x, arena_printf(&x->arena, "user %s", u.login), &r)) < 0)
		return rc;
	return cmd_given(&x->line, "dry-run") ? 0 : store_removal_user(x->db, u.user_id, &x->err);
}

static int
user_remove(struct context *x)
{
	struct store_alias *t;
	int rc;

	if ((rc = context_tenant(x, &t)) < 0 ||
	    (rc = context_transaction(x, user_remove_work, t)) < 0)
		return rc;
	removal_tell(x, arena_printf(&x->arena, "user %s of %s/%s", cmd_text(&x->line, "LOGIN"),
	    t->customer, t->alias));
	return 0;
}

/* ------------------------------------------------------------------ list, table */

static int
user_list(struct context *x)
{
	static const struct output_column columns[] = {
		{ "Login", OUTPUT_TEXT },
		{ "Rights", OUTPUT_TEXT },
		{ "Zones", OUTPUT_TEXT | OUTPUT_LATER },
		{ "Brands", OUTPUT_TEXT | OUTPUT_LATER },
		{ "AllowIps", OUTPUT_TEXT | OUTPUT_LAST },
		{ "Enabled", OUTPUT_FLAG },
		{ "CreatedAt", OUTPUT_TIME | OUTPUT_LATER },
		{ NULL, OUTPUT_UNSET },
	};

	return context_tenant_table(x, "Users", columns, store_admin_users);
}

static const struct cmd_param add_arguments[] = {
	CONTEXT_TENANT,
	{ .name = "LOGIN", .type = CMD_LOGIN, .required = 1,
	  .doc = "Name to sign in with, of up to 128 characters; its case does not matter." },
	{ .name = NULL },
};

/* As it is, though it might not be added today. */
static const struct cmd_param set_arguments[] = {
	CONTEXT_TENANT,
	{ .name = "LOGIN", .type = CMD_TEXT, .required = 1, .max = 128,
	  .doc = "Name to sign in with." },
	{ .name = NULL },
};

static const struct cmd_param list_arguments[] = {
	CONTEXT_TENANT,
	{ .name = NULL },
};

#define SHARED_OPTIONS                                                                             \
	{ .name = "rights",                                                                        \
		.type = CMD_CHOICES,                                                               \
		.repeat = 1,                                                                       \
		.choices = "data|process|webhook|club|admin",                                      \
		.doc = "What the user may do; admin includes all." },                              \
	    { .name = "zone",                                                                      \
		    .type = CMD_INTS,                                                              \
		    .repeat = 1,                                                                   \
		    .min = 1,                                                                      \
		    .max = INT32_MAX,                                                              \
		    .doc = "ZoneIds the user may see; all unless given." },                        \
	    { .name = "brand",                                                                     \
		    .type = CMD_INTS,                                                              \
		    .repeat = 1,                                                                   \
		    .min = 1,                                                                      \
		    .max = INT32_MAX,                                                              \
		    .doc = "BrandIds the user may see; all unless given." },                       \
	{                                                                                          \
		.name = "allow-ip", .type = CMD_TEXT, .repeat = 1, .max = ADDRESSES_MAX,           \
		.value = "ADDRESS",                                                                \
		.doc = "Only from this address or network (192.0.2.0/24) may the user sign in "    \
		       "with the password; from anywhere unless given."                            \
	}

static const struct cmd_param add_options[] = {
	{ .name = "password-file",
	    .type = CMD_FILE,
	    .doc = "File whose first line is the password, at least 8 characters; a hyphen is "
		   "standard input. "
		   "Without it the password is asked for, or read from standard input when that is "
		   "no terminal." },
	SHARED_OPTIONS,
	{ .name = "if-missing",
	    .type = CMD_FLAG,
	    .doc = "Do nothing when the user exists; the password is not changed." },
	{ .name = NULL },
};

static const struct cmd_param set_options[] = {
	{ .name = "password-file", .type = CMD_FILE, .doc = "File whose first line is the new password, at least 8 characters; a hyphen is standard input." },
	SHARED_OPTIONS,
	{ .name = "no-zone", .type = CMD_FLAG, .doc = "Let the user see all zones again." },
	{ .name = "no-brand", .type = CMD_FLAG, .doc = "Let the user see all brands again." },
	{ .name = "no-allow-ip", .type = CMD_FLAG, .doc = "Let the user sign in from anywhere again." },
	{ .name = "enabled", .type = CMD_FLAG, .doc = "Let the user sign in again." },
	{ .name = "no-enabled", .type = CMD_FLAG, .doc = "Refuse the user and the user's tokens." },
	{ .name = NULL },
};

static const struct cmd_param remove_options[] = { REMOVAL_DRY_RUN, { .name = NULL } };

const struct cmd cmd_user_rows[] = {
	{ .group = "user",
	    .verb = "add",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = user_add,
	    .arguments = add_arguments,
	    .options = add_options,
	    .example = "user add Demo Main anna --rights process --password-file anna.password",
	    .doc = "Adds a user of a tenant, who signs in with login and password. The password "
		   "never stands on the command line, where others could see it." },
	{ .group = "user",
	    .verb = "set",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = user_set,
	    .arguments = set_arguments,
	    .options = set_options,
	    .example = "user set Demo Main adictiz --zone 1,2 --allow-ip "
		       "35.241.193.158,146.148.125.165,35.187.48.192",
	    .doc = "Changes what is given and leaves the rest; a list of rights, zones, brands or "
		   "addresses takes the place of the old one. Running programs notice at the next "
		   "sign-in." },
	{ .group = "user",
	    .verb = "list",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = user_list,
	    .arguments = list_arguments,
	    .example = "user list Demo Main",
	    .doc = "Lists a tenant's users." },
	{ .group = "user",
	    .verb = "remove",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = user_remove,
	    .arguments = add_arguments,
	    .options = remove_options,
	    .example = "user remove Demo Main anna --dry-run",
	    .doc = "Removes a user and ends his sessions. Refused while he has tokens that are not "
		   "revoked. Running programs notice within two seconds." },
	{ .group = NULL },
};
