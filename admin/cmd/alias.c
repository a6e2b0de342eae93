#include "config.h"

#include <string.h>

#include "admin/alias_place.h"
#include "admin/claim.h"
#include "admin/cmd.h"
#include "admin/context.h"
#include "admin/input.h"
#include "lib/text.h"
#include "store/db.h"
#include "store/migrate.h"
#include "store/registry/store_admin.h"

static const struct output_column columns[] = {
	{ "Customer", OUTPUT_TEXT },
	{ "Alias", OUTPUT_TEXT },
	{ "Database", OUTPUT_TEXT },
	{ "Server", OUTPUT_TEXT | OUTPUT_LATER },
	{ "Currency", OUTPUT_TEXT },
	{ "TimeZone", OUTPUT_TEXT | OUTPUT_LATER },
	{ "ZoneId", OUTPUT_INT | OUTPUT_LAST },
	{ "BrandId", OUTPUT_INT | OUTPUT_LAST },
	{ "AddressTypeId", OUTPUT_INT | OUTPUT_LAST },
	{ "AdminEmail", OUTPUT_TEXT | OUTPUT_LATER },
	{ "Enabled", OUTPUT_FLAG },
	{ "CreatedAt", OUTPUT_TIME | OUTPUT_LAST },
	{ NULL, OUTPUT_UNSET },
};

/* ------------------------------------------------------------------ add */

static const char *
text_or(struct context *x, const char *option, const char *otherwise)
{
	const char *text = cmd_text(&x->line, option);

	return text == NULL ? otherwise : text;
}

struct adding {
	struct store_admin_alias alias;
	struct claim claim;
	const char *password;
	int64_t id;
};

static int
customer_get(struct context *x, int64_t *id)
{
	const char *customer = cmd_text(&x->line, "CUSTOMER");
	int rc = store_admin_customer_find(x->db, &x->arena, customer, id, &x->err);

	return rc == 0 && *id == 0 ?
	    err_set(&x->err, ERR_NOT_FOUND,
	    "There is no customer %s; customerapi customer add %s makes it.", customer, customer) :
	    rc;
}

static int
alias_add_work(struct context *x, void *arg)
{
	struct adding *n = arg;
	unsigned char *sealed;
	size_t len;
	usec_t now;
	int rc;

	if ((rc = store_owner_hold(x->db, &x->err)) < 0 ||
	    (rc = customer_get(x, &n->alias.customer_id)) < 0 ||
	    (rc = claim_take(x, &n->claim)) < 0)
		return rc;
	memcpy(n->alias.database_uid, n->claim.uid, sizeof n->claim.uid);
	n->alias.has_uid = 1;
	if ((rc = db_now(x->db, &now, &x->err)) < 0 ||
	    (rc = store_admin_alias_add(x->db, &n->alias, now, &n->id, &x->err)) < 0)
		return rc;
	if (n->password == NULL)
		return 0;
	sealed = secret_seal(&x->arena, &x->box,
	    arena_printf(&x->arena, "alias:%lld", (long long)n->id), n->password,
	    strlen(n->password), &len, &x->err);
	return sealed == NULL ? x->err.code :
				store_admin_alias_password(x->db, n->id, sealed, len, &x->err);
}

/* The tenant database must be reachable, nobody else's and migrated before the alias exists: a
 * registered tenant works. */
static int
prepare_database(struct context *x, struct adding *n)
{
	const char *name = n->alias.database_name;
	int create = cmd_given(&x->line, "create-database"),
	    rc = alias_open(x, &n->alias, n->password, create, &n->claim.db);

	if (rc == ERR_CONFIG)
		return err_set(&x->err, rc, "There is no database %s; --create-database makes it.",
		    name);
	if (rc < 0 || (rc = claim_check(x, &n->claim)) < 0)
		return rc;
	n->alias.database_name = n->claim.database;
	rc = alias_migrate(x, 0, n->claim.db);
	if (rc > 0)
		output_remark(&x->out, "Applied %d %s to %s.", rc,
		    text_form(rc, "migration", "migrations"), name);
	return rc < 0 ? rc : 0;
}

static int
add_read(struct context *x, struct adding *n)
{
	const char *file = cmd_text(&x->line, "password-file");
	char *password;
	int rc;

	n->alias = (struct store_admin_alias){
		.name = cmd_text(&x->line, "ALIAS"),
		.database_name = cmd_text(&x->line, "database"),
		.socket = text_or(x, "socket", ""),
		.host = text_or(x, "host", ""),
		.port = (unsigned)cmd_int(&x->line, "port", 3306),
		.db_user = text_or(x, "user", ""),
		.reference_currency = text_or(x, "currency", "EUR"),
		.time_zone = text_or(x, "time-zone", "UTC"),
		.zone_id = cmd_int(&x->line, "zone", 1),
		.brand_id = cmd_int(&x->line, "brand", 1),
		.address_type_id = cmd_int(&x->line, "address-type", 1),
		.admin_email = cmd_text(&x->line, "admin-email"),
		.shared = cmd_given(&x->line, "shared"),
		.reply_to = cmd_given(&x->line, "reply-to"),
	};
	alias_check(x, &n->alias, file != NULL);
	if (x->err.faults != NULL)
		return err_set(&x->err, ERR_USAGE, "%s", err_sentence(ERR_USAGE));
	if (file != NULL) {
		if ((rc = context_box(x)) < 0 ||
		    (rc = input_password(&x->arena, file, 1, &password, &x->err)) < 0)
			return rc;
		n->password = password;
	}
	return 0;
}

static int
alias_add(struct context *x)
{
	struct adding n = { 0 };
	struct store_alias *known;
	const char *customer = cmd_text(&x->line, "CUSTOMER");
	int rc;

	if ((rc = add_read(x, &n)) < 0 || (rc = customer_get(x, &n.alias.customer_id)) < 0)
		return rc;
	if ((rc = store_access_alias_find_any(x->db, &x->arena, customer, n.alias.name, &known,
	    &x->err)) < 0)
		return rc;
	if (known != NULL && cmd_given(&x->line, "if-missing")) {
		output_remark(&x->out, "The alias %s/%s exists.", customer, n.alias.name);
		return 0;
	}
	if (known != NULL)
		return err_set(&x->err, ERR_CONFLICT, "The alias %s/%s exists already.", customer,
		    n.alias.name);
	n.claim = (struct claim){ .customer_id = n.alias.customer_id, .customer = customer,
	    .alias = n.alias.name, .shared = n.alias.shared,
		.take_over = cmd_given(&x->line, "take-over") };
	if ((rc = prepare_database(x, &n)) == 0)
		rc = context_transaction(x, alias_add_work, &n);
	db_close(&n.claim.db);
	if (rc < 0)
		return rc;
	if (n.claim.remark != NULL)
		output_remark(&x->out, "%s", n.claim.remark);
	output_remark(&x->out, "Added the alias %s/%s on the database %s.", customer, n.alias.name,
	    n.alias.database_name);
	return 0;
}

/* ------------------------------------------------------------------ list, show */

static int
alias_list(struct context *x)
{
	const char *customer = cmd_text(&x->line, "CUSTOMER");
	struct rows r;
	int64_t id;
	int rc;

	if (customer != NULL) {
		if ((rc = store_admin_customer_find(x->db, &x->arena, customer, &id, &x->err)) < 0)
			return rc;
		if (id == 0)
			return err_set(
			    &x->err, ERR_NOT_FOUND, "There is no customer %s.", customer);
	}
	if ((rc = store_admin_aliases(x->db, &x->arena, customer, &r, &x->err)) < 0)
		return rc;
	output_table(&x->out, "Aliases", columns, r.cells, r.n);
	return 0;
}

/* Whether the tenant's database answers and at what version it is. */
static void
show_database(struct context *x, const struct store_alias *t)
{
	struct err err = { 0 };
	struct db *db;
	int have;

	if (context_tenant_open(x, t, &db, &err) < 0 ||
	    migrate_version(db, MIGRATE_TENANT, &have, &err) < 0) {
		output_value(
		    &x->out, "DatabaseState", OUTPUT_TEXT, v_text(err_whole(&x->arena, &err)));
	} else {
		output_value(&x->out, "DatabaseState", OUTPUT_TEXT, v_text("answers"));
		output_value(&x->out, "SchemaVersion", OUTPUT_INT, v_int(have));
	}
	db_close(&db);
}

static int
alias_show(struct context *x)
{
	static const char *const counts[] = { "Users", "Tokens", "Sources", "MailPatterns" };
	struct store_admin_alias row;
	struct store_alias *t;
	struct rows r, n;
	int rc;

	if ((rc = context_tenant(x, &t)) < 0 ||
	    (rc = store_admin_alias_lock(x->db, &x->arena, t->alias_id, &row, &x->err)) < 0)
		return rc;
	if ((rc = store_admin_aliases(x->db, &x->arena, t->customer, &r, &x->err)) < 0 ||
	    (rc = store_admin_alias_counts(x->db, &x->arena, t->alias_id, &n, &x->err)) < 0)
		return rc;
	for (size_t i = 0; i < r.n; i++)
		for (size_t c = 0; columns[c].name != NULL &&
		     text_ieq(rows_text(&r, i, C_admin_aliases_alias), t->alias);
		     c++)
			output_value(&x->out, columns[c].name, columns[c].kind, *rows_at(&r, i, c));
	output_value(&x->out, "DisabledAt", OUTPUT_TIME, v_time(row.disabled_at));
	output_value(&x->out, "Shared", OUTPUT_FLAG, v_int(row.shared));
	output_value(&x->out, "ReplyTo", OUTPUT_FLAG, v_int(row.reply_to));
	for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++)
		output_value(&x->out, counts[c], OUTPUT_INT, v_int(rows_int(&n, 0, c)));
	show_database(x, t);
	return 0;
}

/* ------------------------------------------------------------------ table */

static const struct cmd_param add_arguments[] = {
	CONTEXT_TENANT,
	{ .name = NULL },
};

static const struct cmd_param add_options[] = {
	{ .name = "database",
	    .type = CMD_TEXT,
	    .required = 1,
	    .max = 64,
	    .value = "NAME",
	    .doc = "Database that holds the tenant's tables. It may be the registry's." },
	{ .name = "create-database",
	    .type = CMD_FLAG,
	    .doc = "Create the database when it is missing." },
	ALIAS_OPTIONS,
	{ .name = "if-missing", .type = CMD_FLAG, .doc = "Do nothing when the alias exists." },
	{ .name = NULL },
};

static const struct cmd_param list_arguments[] = {
	{ .name = "CUSTOMER", .type = CMD_NAME, .doc = "Only this customer's." },
	{ .name = NULL },
};

static const struct cmd_param show_arguments[] = {
	CONTEXT_TENANT,
	{ .name = NULL },
};

const struct cmd cmd_alias_rows[] = {
	{ .group = "alias",
	    .verb = "add",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = alias_add,
	    .arguments = add_arguments,
	    .options = add_options,
	    .example = "alias add Demo Main --database customerapi_demo --create-database "
		       "--currency EUR --time-zone Europe/Paris",
	    .doc = "Adds an alias, which is one database of a customer, and makes its tables. Each "
		   "alias has a database of its own, which bears its mark. The database of another "
		   "alias is refused, whatever name, host or socket leads to it. Without host or "
		   "socket the database is on the registry's server, reached as the service's "
		   "user: only there an effect happens exactly once." },
	{ .group = "alias",
	    .verb = "list",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = alias_list,
	    .arguments = list_arguments,
	    .example = "alias list Demo",
	    .doc = "Lists the aliases." },
	{ .group = "alias",
	    .verb = "show",
	    .needs = CMD_NEEDS_REGISTRY,
	    .run = alias_show,
	    .arguments = show_arguments,
	    .example = "alias show Demo Main",
	    .doc = "Shows one alias, what belongs to it, and whether its database answers." },
	{ .group = NULL },
};
