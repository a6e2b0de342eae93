#include "config.h"

#include <string.h>

#include <glib.h>

#include "admin/cmd.h"
#include "admin/context.h"
#include "admin/input.h"
#include "lib/text.h"
#include "store/correct_amounts.h"
#include "store/db.h"
#include "store/migrate.h"
#include "store/store_admin.h"

static const struct output_column columns[] = {
	{ "Customer", OUTPUT_TEXT }, { "Alias", OUTPUT_TEXT }, { "Database", OUTPUT_TEXT }, { "Server", OUTPUT_TEXT }, { "Currency", OUTPUT_TEXT },
	{ "TimeZone", OUTPUT_TEXT }, { "ZoneId", OUTPUT_INT }, { "BrandId", OUTPUT_INT }, { "AddressTypeId", OUTPUT_INT }, { "AdminEmail", OUTPUT_TEXT },
	{ "Enabled", OUTPUT_FLAG }, { "CreatedAt", OUTPUT_TIME }, { NULL, OUTPUT_UNSET },
};

/* ------------------------------------------------------------------ add */

static const char *
text_or(struct context *x, const char *option, const char *otherwise)
{
	const char *text = cmd_text(&x->line, option);

	return text == NULL ? otherwise : text;
}

static int
zone_exists(const char *name)
{
	GTimeZone *zone = strncmp(name, "../", 3) == 0 || name[0] == '/' || name[0] == '+' || name[0] == '-' || (name[0] >= '0' && name[0] <= '9')
	    ? NULL : g_time_zone_new_identifier(name);

	if (zone == NULL)
		return 0;
	g_time_zone_unref(zone);
	return 1;
}

static void
check_options(struct context *x, const struct store_admin_alias *t)
{
	struct err *err = &x->err;

	if (strlen(t->reference_currency) != 3 || strspn(t->reference_currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 3)
		err_fault(err, &x->arena, "--currency", "must be an ISO 4217 code of three capitals, for example EUR");
	if (!zone_exists(t->time_zone))
		err_fault(err, &x->arena, "--time-zone", "must be a zone of the IANA database, for example Europe/Paris");
	if (t->socket[0] != '\0' && t->host[0] != '\0')
		err_fault(err, &x->arena, "--host", "cannot be given together with --socket");
	if (t->socket[0] == '\0' && t->host[0] == '\0' &&
	    (t->db_user[0] != '\0' || cmd_given(&x->line, "password-file") || cmd_given(&x->line, "port")))
		err_fault(err, &x->arena, "--user", "--user, --password-file and --port are for another server: --host or --socket is missing");
	if ((t->socket[0] != '\0' || t->host[0] != '\0') && t->db_user[0] == '\0')
		err_fault(err, &x->arena, "--user", "is missing: another server needs a user of its own");
	if (t->admin_email != NULL && (strchr(t->admin_email, '@') == NULL || strpbrk(t->admin_email, " \t<>,;") != NULL))
		err_fault(err, &x->arena, "--admin-email", "must be one mail address");
}

struct adding {
	struct store_admin_alias alias;
	const char *password;
	int64_t id;
};

static int
add_work(struct context *x, void *arg)
{
	struct adding *n = arg;
	unsigned char *sealed;
	size_t len;
	usec_t now;
	int rc;

	if ((rc = db_now(x->db, &now, &x->err)) < 0 || (rc = store_admin_alias_add(x->db, &n->alias, now, &n->id, &x->err)) < 0)
		return rc;
	if (n->password == NULL)
		return 0;
	sealed = secret_seal(&x->arena, &x->box, arena_printf(&x->arena, "alias:%lld", (long long)n->id), n->password, strlen(n->password), &len, &x->err);
	return sealed == NULL ? x->err.code : store_admin_alias_password(x->db, n->id, sealed, len, &x->err);
}

/* The tenant database must be reachable and migrated before the alias exists: a registered tenant works. */
static int
prepare_database(struct context *x, const struct adding *n)
{
	struct db_target target = db_target_registry(&x->conf);
	const struct store_admin_alias *t = &n->alias;
	struct correct_amounts c = { 0 };
	struct db *db;
	int rc;

	if (t->socket[0] != '\0' || t->host[0] != '\0') {
		target.socket = t->socket;
		target.host = t->host;
		target.port = t->port;
		target.user = t->db_user;
		target.password = n->password == NULL ? "" : n->password;
		target.registry = NULL;
	}
	if (cmd_given(&x->line, "create-database")) {
		target.database = NULL;
		if ((rc = db_open(&db, &target, &x->err)) < 0)
			return rc;
		rc = store_admin_database_create(db, t->database_name, &x->err);
		db_close(&db);
		if (rc < 0)
			return err_set(&x->err, rc, "The user %s may not create the database %s; as the database's administrator run: CREATE DATABASE `%s`; "
			    "GRANT ALL ON `%s`.* TO '%s'@'localhost';", target.user, t->database_name, t->database_name, t->database_name, target.user);
	}
	target.database = t->database_name;
	if ((rc = db_open(&db, &target, &x->err)) < 0 && x->err.native == CONTEXT_UNKNOWN_DATABASE)
		return err_set(&x->err, ERR_CONFIG, "There is no database %s; --create-database makes it.", t->database_name);
	if (rc < 0)
		return rc;
	rc = migrate_run(db, MIGRATE_TENANT, 0, NULL, NULL, &x->err);
	if (rc >= 0 && correct_amounts_all(x->db, 0, db, &c, &x->err) < 0)
		rc = x->err.code;
	db_close(&db);
	if (rc > 0)
		output_remark(&x->out, "Applied %d migrations to %s.", rc, t->database_name);
	return rc < 0 ? rc : 0;
}

static int
add_read(struct context *x, struct adding *n)
{
	const char *file = cmd_text(&x->line, "password-file");
	char *password;
	int rc;

	n->alias = (struct store_admin_alias){
		.name = cmd_text(&x->line, "ALIAS"), .database_name = cmd_text(&x->line, "database"), .socket = text_or(x, "socket", ""), .host = text_or(x, "host", ""),
		.port = (unsigned)cmd_int(&x->line, "port", 3306), .db_user = text_or(x, "user", ""), .reference_currency = text_or(x, "currency", "EUR"),
		.time_zone = text_or(x, "time-zone", "UTC"), .zone_id = cmd_int(&x->line, "zone", 1), .brand_id = cmd_int(&x->line, "brand", 1),
		.address_type_id = cmd_int(&x->line, "address-type", 1), .admin_email = cmd_text(&x->line, "admin-email"),
	};
	check_options(x, &n->alias);
	if (x->err.faults != NULL)
		return err_set(&x->err, ERR_USAGE, "%s", err_sentence(ERR_USAGE));
	if (file != NULL) {
		if ((rc = context_box(x)) < 0 || (rc = input_password(&x->arena, file, 1, &password, &x->err)) < 0)
			return rc;
		n->password = password;
	}
	return 0;
}

static int
add_run(struct context *x)
{
	struct adding n = { 0 };
	struct store_alias *known;
	const char *customer = cmd_text(&x->line, "CUSTOMER");
	int rc;

	if ((rc = add_read(x, &n)) < 0)
		return rc;
	if ((rc = store_admin_customer_find(x->db, &x->arena, customer, &n.alias.customer_id, &x->err)) < 0)
		return rc;
	if (n.alias.customer_id == 0)
		return err_set(&x->err, ERR_NOT_FOUND, "There is no customer %s; customerapi customer add %s makes it.", customer, customer);
	if ((rc = store_access_alias_find(x->db, &x->arena, customer, n.alias.name, &known, &x->err)) < 0)
		return rc;
	if (known != NULL && cmd_given(&x->line, "if-missing")) {
		output_remark(&x->out, "The alias %s/%s exists.", customer, n.alias.name);
		return 0;
	}
	if (known != NULL)
		return err_set(&x->err, ERR_CONFLICT, "The alias %s/%s exists already.", customer, n.alias.name);
	if ((rc = prepare_database(x, &n)) < 0 || (rc = context_transaction(x, add_work, &n)) < 0)
		return rc;
	output_remark(&x->out, "Added the alias %s/%s on the database %s.", customer, n.alias.name, n.alias.database_name);
	return 0;
}

/* ------------------------------------------------------------------ list, show */

static int
list_run(struct context *x)
{
	const char *customer = cmd_text(&x->line, "CUSTOMER");
	struct rows r;
	int64_t id;
	int rc;

	if (customer != NULL) {
		if ((rc = store_admin_customer_find(x->db, &x->arena, customer, &id, &x->err)) < 0)
			return rc;
		if (id == 0)
			return err_set(&x->err, ERR_NOT_FOUND, "There is no customer %s.", customer);
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

	if (context_tenant_open(x, t, &db, &err) < 0 || migrate_version(db, MIGRATE_TENANT, &have, &err) < 0) {
		output_value(&x->out, "DatabaseState", OUTPUT_TEXT, v_text(err_whole(&x->arena, &err)));
	} else {
		output_value(&x->out, "DatabaseState", OUTPUT_TEXT, v_text("answers"));
		output_value(&x->out, "SchemaVersion", OUTPUT_INT, v_int(have));
	}
	db_close(&db);
}

static int
show_run(struct context *x)
{
	static const char *const counts[] = { "Users", "Tokens", "Sources", "MailPatterns" };
	struct store_alias *t;
	struct rows r, n;
	int rc;

	if ((rc = context_tenant(x, &t)) < 0 || (rc = store_admin_aliases(x->db, &x->arena, t->customer, &r, &x->err)) < 0 ||
	    (rc = store_admin_alias_counts(x->db, &x->arena, t->alias_id, &n, &x->err)) < 0)
		return rc;
	for (size_t i = 0; i < r.n; i++)
		for (size_t c = 0; columns[c].name != NULL && text_ieq(rows_text(&r, i, 1), t->alias); c++)
			output_value(&x->out, columns[c].name, columns[c].kind, *rows_at(&r, i, c));
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
	{ .name = "database", .type = CMD_TEXT, .required = 1, .max = 64, .value = "NAME", .doc = "Database that holds the tenant's tables. It may be the registry's." },
	{ .name = "create-database", .type = CMD_FLAG, .doc = "Create the database when it is missing." },
	{ .name = "currency", .type = CMD_TEXT, .max = 3, .value = "CODE", .doc = "Reference currency; EUR unless given." },
	{ .name = "time-zone", .type = CMD_TEXT, .max = 64, .value = "ZONE", .doc = "Zone of dates without an offset, an IANA name; UTC unless given." },
	{ .name = "zone", .type = CMD_INT, .min = 1, .max = INT32_MAX, .doc = "ZoneId of requests that name none; 1 unless given." },
	{ .name = "brand", .type = CMD_INT, .min = 1, .max = INT32_MAX, .doc = "BrandId of requests that name none; 1 unless given." },
	{ .name = "address-type", .type = CMD_INT, .min = 1, .max = INT16_MAX, .doc = "Address type of requests that name none; 1 unless given." },
	{ .name = "admin-email", .type = CMD_TEXT, .max = 254, .value = "ADDRESS", .doc = "Where notices about this tenant go." },
	{ .name = "host", .type = CMD_TEXT, .max = 255, .doc = "Another database server than the registry's." },
	{ .name = "port", .type = CMD_INT, .min = 1, .max = 65535, .doc = "Its port; 3306 unless given." },
	{ .name = "socket", .type = CMD_TEXT, .max = 200, .value = "PATH", .doc = "Another server by its Unix socket." },
	{ .name = "user", .type = CMD_TEXT, .max = 80, .doc = "User at the other server." },
	{ .name = "password-file", .type = CMD_FILE, .doc = "File with that user's password; a hyphen is standard input. It is stored sealed." },
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
	{ .group = "alias", .verb = "add", .needs = CMD_NEEDS_REGISTRY, .run = add_run, .arguments = add_arguments, .options = add_options,
	  .example = "alias add Demo Main --database customerapi_demo --create-database --currency EUR --time-zone Europe/Paris",
	  .doc = "Adds an alias, that is one database of a customer, and makes its tables. "
	  "Without host or socket the database is on the registry's server, reached as the service's user: only there an effect happens exactly once." },
	{ .group = "alias", .verb = "list", .needs = CMD_NEEDS_REGISTRY, .run = list_run, .arguments = list_arguments,
	  .example = "alias list Demo",
	  .doc = "Lists the aliases." },
	{ .group = "alias", .verb = "show", .needs = CMD_NEEDS_REGISTRY, .run = show_run, .arguments = show_arguments,
	  .example = "alias show Demo Main",
	  .doc = "Shows one alias, what belongs to it, and whether its database answers." },
	{ .group = NULL },
};
