#include "config.h"

#include <string.h>

#include <json-c/json.h>

#include "admin/cmd.h"
#include "admin/context.h"
#include "admin/input.h"
#include "admin/param_help.h"
#include "admin/removal.h"
#include "admin/settings.h"
#include "lib/format/name.h"
#include "lib/text.h"
#include "process/connection/connection_probe.h"
#include "store/connection/connection_ops.h"
#include "store/connection/connection_row.h"
#include "store/db.h"

/* ------------------------------------------------------------------ what is given */

static int
refused(struct context *x)
{
	return x->err.faults == NULL ? x->err.code :
	    err_set(&x->err, ERR_USAGE, "%s", err_sentence(ERR_USAGE));
}

/* Whoever sees the list of processes has seen it: it must not come into force. */
static void
refuse_secrets(struct context *x, const struct connection_kind *kind, struct json_object *given)
{
	for (const struct param *p = kind->params; p->name != NULL; p++)
		if (p->secret && json_object_object_get(given, p->name) != NULL)
			err_fault(&x->err, &x->arena, p->name,
			    "is a secret and comes from a file only: --secret-file %s=FILE. "
			    "The one on the command line is known to others now: make another",
			    p->name);
}

/* NAME=FILE */
static void
take_file(struct context *x, const struct connection_kind *kind, const char *text,
    struct json_object *given)
{
	const char *equals = strchr(text, '=');
	const struct param *p;
	const char *name;
	char *value;
	size_t n;

	if (equals == NULL) {
		err_fault(&x->err, &x->arena, "--secret-file", "\"%.60s\" is not NAME=FILE", text);
		return;
	}
	name = arena_strndup(&x->arena, text, (size_t)(equals - text));
	if (input_secret_file(&x->arena, equals + 1, &value, &n, &x->err) < 0)
		return;
	p = param_find(kind->params, name);
	if (!text_is_utf8(value, n))
		err_fault(&x->err, &x->arena, name, "must be UTF-8");
	else
		json_object_object_add(given, p == NULL ? name : p->name,
		    json_object_new_string(value));
}

static int
take_given(struct context *x, const struct connection_kind *kind, struct json_object **out)
{
	*out = settings_json(x, "set", kind->params);
	refuse_secrets(x, kind, *out);
	for (size_t i = 0; i < cmd_count(&x->line, "secret-file") && x->err.code == 0; i++)
		take_file(x, kind, cmd_nth(&x->line, "secret-file", i), *out);
	if (x->err.code < 0)
		return refused(x);
	return context_box(x);
}

/* ------------------------------------------------------------------ add, set */

static int
connection_set_work(struct context *x, void *arg)
{
	struct connection_setting *s = arg;
	int rc = db_now(x->db, &s->now, &x->err);

	return rc < 0 ? rc : connection_ops_set(x->db, &x->arena, s, &x->err);
}

static void
print(struct context *x, const struct store_connection *row)
{
	struct connection_row shown;

	connection_row_fill(&x->arena, row, &shown);
	output_rows(&x->out, connection_row, &shown);
	output_value(&x->out, "Secrets", OUTPUT_TEXT, v_text(row->secret_names));
}

static int
change(struct context *x, const struct store_alias *t, struct connection_setting *s)
{
	int rc;

	s->tenant_id = t->alias_id;
	s->customer = t->customer;
	s->alias = t->alias;
	s->name = cmd_text(&x->line, "NAME");
	s->box = &x->box;
	rc = context_transaction(x, connection_set_work, s);
	json_object_put(s->given);
	if (rc < 0)
		return refused(x);
	if (s->made)
		output_remark(&x->out, "Added the connection %s of %s/%s; customerapi connection "
		    "test tells whether it works.", s->row->name, t->customer, t->alias);
	else
		output_remark(&x->out, s->changed ? "Changed the connection %s of %s/%s." :
		    "The connection %s of %s/%s was so already.", s->row->name, t->customer,
		    t->alias);
	print(x, s->row);
	return 0;
}

static int
connection_add(struct context *x)
{
	struct connection_setting s = { .way = CONNECTION_OPS_ADD,
		.kind = connection_kind_find(cmd_text(&x->line, "KIND")) };
	const char *fault = name_schedule_fault(cmd_text(&x->line, "NAME"));
	struct store_alias *t;
	int rc;

	if (fault != NULL) {
		err_fault(&x->err, &x->arena, "NAME", "%s", fault);
		return refused(x);
	}
	if ((rc = context_tenant(x, &t)) < 0)
		return rc;
	rc = take_given(x, s.kind, &s.given);
	if (rc == 0 && json_object_object_get(s.given, "Address") != NULL)
		err_fault(&x->err, &x->arena, "Address", "is said by the argument ADDRESS already");
	if (x->err.code < 0) {
		json_object_put(s.given);
		return refused(x);
	}
	json_object_object_add(
	    s.given, "Address", json_object_new_string(cmd_text(&x->line, "ADDRESS")));
	return change(x, t, &s);
}

/* The connection of the arguments. */
static int
find(struct context *x, struct store_alias **t, struct store_connection **row)
{
	const char *name = cmd_text(&x->line, "NAME");
	int rc;

	if ((rc = context_tenant(x, t)) < 0 ||
	    (rc = store_connection_find(
		 x->db, &x->arena, (*t)->alias_id, name, row, &x->err)) < 0)
		return rc;
	return *row != NULL ? 0 : err_set(&x->err, ERR_NOT_FOUND, "The tenant has no connection "
	    "%s; connection list shows which there are.", name);
}

static int
connection_set(struct context *x)
{
	const size_t nunset = cmd_count(&x->line, "unset");
	const char **unset = arena_new(&x->arena, const char *, nunset);
	struct connection_setting s = { .way = CONNECTION_OPS_SET, .unset = unset,
		.nunset = nunset };
	struct store_connection *row;
	struct store_alias *t;
	int rc = find(x, &t, &row);

	if (rc < 0)
		return rc;
	if ((s.kind = connection_kind_find(row->kind)) == NULL)
		return err_set(&x->err, ERR_PERMANENT, "This version does not know the kind %s.",
		    row->kind);
	for (size_t i = 0; i < nunset; i++)
		unset[i] = cmd_nth(&x->line, "unset", i);
	if ((rc = take_given(x, s.kind, &s.given)) < 0) {
		json_object_put(s.given);
		return rc;
	}
	return change(x, t, &s);
}

/* ------------------------------------------------------------------ list, show */

static int
connection_list(struct context *x)
{
	static const struct output_column columns[] = {
		{ "Name", OUTPUT_TEXT }, { "Kind", OUTPUT_TEXT },
		{ "Address", OUTPUT_TEXT | OUTPUT_PROSE }, { "SourceId", OUTPUT_INT | OUTPUT_LATER },
		{ "Enabled", OUTPUT_FLAG }, { "LastSuccessAt", OUTPUT_TIME | OUTPUT_LATER },
		{ "LastFailureAt", OUTPUT_TIME | OUTPUT_LAST },
		{ "TestedAt", OUTPUT_TIME | OUTPUT_LAST },
		{ "TestFailure", OUTPUT_TEXT | OUTPUT_PROSE | OUTPUT_LAST },
		{ NULL, OUTPUT_UNSET },
	};
	struct connection_row *shown;
	struct store_connection *rows;
	struct store_alias *t;
	size_t n;
	int rc;

	if ((rc = context_tenant(x, &t)) < 0 || (rc = store_connection_list(x->db, &x->arena,
	    t->alias_id, NULL, CONNECTION_OPS_MAX, &rows, &n, &x->err)) < 0)
		return rc;
	shown = arena_new(&x->arena, struct connection_row, n);
	for (size_t i = 0; i < n; i++)
		connection_row_fill(&x->arena, &rows[i], &shown[i]);
	output_list(&x->out, "Connections", columns, &(const struct output_list){
	    .rows = connection_row, .items = shown, .n = n, .bytes = sizeof *shown });
	return 0;
}

static int
connection_show(struct context *x)
{
	struct store_connection *row;
	struct store_alias *t;
	int rc = find(x, &t, &row);

	if (rc == 0)
		print(x, row);
	return rc;
}

/* ------------------------------------------------------------------ test */

static void
print_steps(struct context *x, const struct connection_probe *p)
{
	static const struct output_column columns[] = { { "Step", OUTPUT_TEXT },
		{ "Found", OUTPUT_TEXT | OUTPUT_PROSE }, { NULL, OUTPUT_UNSET } };
	struct val *cells = arena_new(&x->arena, struct val, p->nsteps * 2);

	for (size_t i = 0; i < p->nsteps; i++) {
		cells[i * 2] = v_text(p->steps[i].name);
		cells[i * 2 + 1] = v_text(p->steps[i].found);
	}
	if (p->nsteps > 0 || x->out.json)
		output_table(&x->out, "Steps", columns, cells, p->nsteps);
}

static int
note_test(struct context *x, const struct store_connection *row, const char *failure)
{
	struct err err = { 0 };
	usec_t now;

	if (db_now(x->db, &now, &err) < 0 || store_connection_tested(x->db, &x->arena,
	    row->connection_id, failure, now, &err) < 0)
		output_remark(&x->out, "The outcome could not be noted: %s", err.detail);
	return x->err.code;
}

static int
connection_test(struct context *x)
{
	struct store_connection *row;
	struct connection c;
	struct connection_probe p = { .arena = &x->arena, .conf = &x->conf, .connection = &c };
	struct store_alias *t;
	int rc;

	if ((rc = find(x, &t, &row)) < 0 || (row->sealed != NULL && (rc = context_box(x)) < 0))
		return rc;
	if ((rc = connection_ops_open(&x->arena, &x->box, row, &c, &x->err)) < 0)
		return rc;
	rc = connection_probe(&p, &x->err);
	print_steps(x, &p);
	if (rc == 0)
		output_remark(&x->out, "The connection %s %s.", row->name,
		    connection_probe_remarks(&p) == NULL ? "works" : "can be reached");
	return note_test(x, row, rc < 0 ? x->err.detail : "");
}

/* ------------------------------------------------------------------ remove */

static int
connection_remove_work(struct context *x, void *arg)
{
	const struct store_alias *t = arg;
	const char *name = cmd_text(&x->line, "NAME");
	struct connection_removal r = { .tenant_id = t->alias_id, .name = name,
		.rehearse = cmd_given(&x->line, "dry-run") };
	int rc = connection_ops_remove(x->db, &x->arena, &r, &x->err);

	if (rc < 0 && r.dependents.n > 0) {
		err_clear(&x->err);
		return removal_refuse(
		    x, arena_printf(&x->arena, "connection %s", name), &r.dependents);
	}
	return rc;
}

static int
connection_remove(struct context *x)
{
	struct store_alias *t;
	int rc;

	if ((rc = context_tenant(x, &t)) < 0 ||
	    (rc = context_transaction(x, connection_remove_work, t)) < 0)
		return rc;
	removal_tell(x, arena_printf(&x->arena, "connection %s of %s/%s",
	    cmd_text(&x->line, "NAME"), t->customer, t->alias));
	return 0;
}

/* ------------------------------------------------------------------ help */

static char *
help(struct arena *a)
{
	struct param_help_group groups[CONNECTION_KINDS_MAX] = { { .name = NULL } };
	struct buf b;

	for (size_t i = 0; connection_kinds[i].name != NULL; i++)
		groups[i] = (struct param_help_group){ .name = connection_kinds[i].name,
			.doc = connection_kinds[i].doc, .params = connection_kinds[i].params };
	buf_init(&b, a);
	buf_adds(&b, "\nKinds, and their options for --set NAME=VALUE, lists comma separated;\n"
	    "secrets come by --secret-file NAME=FILE:\n");
	param_help_groups(&b, groups, "Of most kinds");
	return b.data;
}

/* ------------------------------------------------------------------ table */

#define NAME { .name = "NAME", .type = CMD_TEXT, .required = 1, .max = NAME_CHARS_MAX, \
	.doc = "Name of the connection, unique among the tenant's." }

#define GIVEN \
	{ .name = "set", .type = CMD_TEXT, .repeat = 1, .max = SETTINGS_CHARS_MAX, \
	  .value = "NAME=VALUE", .doc = "An option of the connection's kind, lists comma " \
	  "separated: SourceId=1, TimeZone=Europe/Paris. All are listed below." }, \
	{ .name = "secret-file", .type = CMD_TEXT, .repeat = 1, .max = SETTINGS_CHARS_MAX, \
	  .value = "NAME=FILE", .doc = "A secret, or any other option, as the content of a file " \
	  "without the line end behind it: Password=ftp-password. A hyphen in place of FILE is " \
	  "standard input. Secrets are stored sealed and never shown again." }

static const struct cmd_param tenant_arguments[] = { CONTEXT_TENANT, { .name = NULL } };
static const struct cmd_param arguments[] = { CONTEXT_TENANT, NAME, { .name = NULL } };

static const struct cmd_param add_arguments[] = {
	CONTEXT_TENANT,
	NAME,
	{ .name = "KIND", .type = CMD_CHOICE, .required = 1, .choices = CONNECTION_KIND_NAMES,
	  .doc = "What kind of system it leads to." },
	{ .name = "ADDRESS", .type = CMD_TEXT, .required = 1, .max = CONNECTION_ADDRESS_MAX,
	  .doc = "Where the system is: https://shop.example, sftp://files.example/out, "
	  "file:Demo/Main/in. It holds no user and no password." },
	{ .name = NULL },
};

static const struct cmd_param add_options[] = { GIVEN, { .name = NULL } };

static const struct cmd_param set_options[] = {
	GIVEN,
	{ .name = "unset", .type = CMD_TEXT, .repeat = 1, .max = NAME_CHARS_MAX, .value = "NAME",
	  .doc = "An option that has its default again, or a secret that is dropped." },
	{ .name = NULL },
};

static const struct cmd_param remove_options[] = { REMOVAL_DRY_RUN, { .name = NULL } };

#define ROW(word, function, ...) \
	{ .group = "connection", .verb = word, .needs = CMD_NEEDS_REGISTRY, .run = function, \
	  __VA_ARGS__ }

const struct cmd cmd_connection_rows[] = {
	ROW("add", connection_add, .arguments = add_arguments, .options = add_options,
	    .more = help,
	    .example = "connection add Demo Main shop Prestashop https://shop.example "
	    "--secret-file Key=shop-key --set SourceId=1",
	    .doc = "Adds a connection: a shop, or a folder of files, that imports and exports "
	    "work with. Nothing is sent to it yet."),
	ROW("set", connection_set, .arguments = arguments, .options = set_options, .more = help,
	    .example = "connection set Demo Main shop --secret-file Key=new-key",
	    .doc = "Changes what is given and leaves the rest. When Address leads to another "
	    "server, the secrets must be given again."),
	ROW("list", connection_list, .arguments = tenant_arguments,
	    .example = "connection list Demo Main",
	    .doc = "Lists a tenant's connections, when runs last succeeded by them, and what "
	    "their last test found."),
	ROW("show", connection_show, .arguments = arguments,
	    .example = "connection show Demo Main shop",
	    .doc = "Shows a connection with its options, and the names of its secrets."),
	ROW("test", connection_test, .arguments = arguments,
	    .example = "connection test Demo Main shop",
	    .doc = "Tests a connection from this machine: does what a run does up to the first "
	    "record, and says what is wrong and how to mend it. It works as the user who types "
	    "it; the process TestConnection does the same as the user of "
	    "customerapi-scheduler: run start CUSTOMER ALIAS TestConnection --parameter "
	    "Connection=NAME --wait."),
	ROW("remove", connection_remove, .arguments = arguments, .options = remove_options,
	    .example = "connection remove Demo Main shop --dry-run",
	    .doc = "Removes a connection with its secrets. Refused while a schedule or another "
	    "connection names it. What was imported by it stays."),
	{ .group = NULL },
};
