#include "config.h"

#include "fcgi/api/connection/ctl_connection.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "fcgi/access/auth.h"
#include "fcgi/access/auth_limits.h"
#include "fcgi/api/page.h"
#include "fcgi/api/precondition.h"
#include "fcgi/api/schedule_reply.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/name.h"
#include "lib/text.h"
#include "model/connection/connection.h"
#include "model/process.h"
#include "store/connection/connection_ops.h"
#include "store/connection/connection_row.h"
#include "store/db.h"
#include "store/schedule/schedule_ops.h"

enum { PAGE_MAX = CONNECTION_OPS_MAX, DOC_BYTES = 900, NAME_BYTES = 120, CHOICES_BYTES = 700 };

/* ------------------------------------------------------------------ what all share */

struct name_args { struct param_text name; };

/* Its effective zone and brand are among those of the token's user. */
static int
check_limits(struct request *r, const struct limits *l, const struct store_connection *c,
    struct err *err)
{
	const struct store_alias *t = r->access->alias;

	return auth_limits_named(r, l, c->zone_id != 0 ? c->zone_id : t->zone_id,
	    c->brand_id != 0 ? c->brand_id : t->brand_id, err);
}

/* What every change makes another: not what runs and tests note. */
static char *
etag_of(struct request *r, const struct store_connection *c)
{
	const char *text = arena_printf(
	    &r->arena, "%" PRId64 "\n%" PRId64, c->connection_id, c->modified_at);

	return precondition_etag(&r->arena, text, strlen(text));
}

static void
reply_with(struct request *r, const struct store_connection *c, struct reply *reply)
{
	struct connection_row shown;

	connection_row_fill(&r->arena, c, &shown);
	reply->etag = etag_of(r, c);
	reply_row(reply, connection_row, &shown);
}

static int
find(struct request *r, const char *name, struct db **db, struct store_connection **out,
    struct err *err)
{
	struct limits l;
	int rc;

	if ((rc = request_db(r, db, err)) < 0 || (rc = auth_limits(r, NULL, &l, err)) < 0 ||
	    (rc = store_connection_find(
		 *db, &r->arena, r->access->alias->alias_id, name, out, err)) < 0)
		return rc;
	return *out != NULL ? check_limits(r, &l, *out, err) :
	    err_set(err, ERR_NOT_FOUND, "The tenant has no connection %s.", name);
}

/* ------------------------------------------------------------------ list, show */

struct list_args {
	struct param_text after;
	struct param_int limit;
};

struct connection_list { struct connection_row *rows; size_t n; };

static const struct field list_reply[] = {
	FIELD(OBJECT, "Connections", "In the order of their names.",
	    FROM_ARRAY(struct connection_list, rows, n), .lines = 1, .rows = connection_row),
	FIELD_END,
};

static const struct param list_params[] = {
	{ .name = "After", PARAM_FIELD(struct list_args, after), .in = PARAM_QUERY,
	    .max_length = NAME_CHARS_MAX,
	    .doc = "Only connections whose Name comes after this one. For the next page, give the "
	    "last Name of the page before." },
	PAGE_LIMIT(struct list_args, PAGE_MAX, "100"),
	{ .name = NULL },
};

static int
list(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct list_args *in = args;
	struct connection_list shown = { .n = 0 };
	const size_t most = (size_t)in->limit.value;
	struct store_connection *rows;
	struct err refused;
	struct limits l;
	struct db *db;
	size_t n;
	int rc;

	/* all of them: those that are not for this token must not make a page short */
	if ((rc = request_db(r, &db, err)) < 0 || (rc = auth_limits(r, NULL, &l, err)) < 0 ||
	    (rc = store_connection_list(db, &r->arena, r->access->alias->alias_id,
		 in->after.value, CONNECTION_OPS_MAX, &rows, &n, err)) < 0)
		return rc;
	shown.rows = arena_new(&r->arena, struct connection_row, most);
	for (size_t i = 0; i < n && shown.n < most; i++) {
		err_clear(&refused);
		if (check_limits(r, &l, &rows[i], &refused) == 0)
			connection_row_fill(&r->arena, &rows[i], &shown.rows[shown.n++]);
	}
	reply_row(reply, list_reply, &shown);
	return 0;
}

static const struct param name_params[] = {
	{ .name = "Name", PARAM_FIELD(struct name_args, name), .in = PARAM_PATH, .required = 1,
	    .max_length = NAME_CHARS_MAX, .sample = "ftp", .doc = "Name of the connection." },
	{ .name = NULL },
};

static int
show(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct name_args *in = args;
	struct store_connection *c;
	struct db *db;
	int rc = find(r, in->name.value, &db, &c, err);

	if (rc == 0)
		reply_with(r, c, reply);
	return rc;
}

/* ------------------------------------------------------------------ set */

/* Stands behind the struct of the kind, so that the kind's rows serve as they are. */
struct set_args {
	struct param_text name;
	struct param_list unset;
};

/* Whose change it is. */
struct caller {
	struct request *request;
	struct limits limits;
};

static int
caller_may(const struct store_connection *there, const struct store_connection *next, void *arg,
    struct err *err)
{
	struct caller *c = arg;
	int rc;

	if (next != NULL)
		return check_limits(c->request, &c->limits, next, err);
	if (there != NULL && (rc = check_limits(c->request, &c->limits, there, err)) < 0)
		return rc;
	return precondition_check(
	    c->request, there == NULL ? NULL : etag_of(c->request, there), err);
}

/* The body without what is no member of the connection. */
static struct json_object *
given_of(struct request *r)
{
	struct json_object *given = json_object_new_object();

	json_object_object_foreach(r->json, name, value)
		if (!text_ieq(name, "Unset"))
			json_object_object_add(given, name, json_object_get(value));
	return given;
}

static int
set(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct connection_kind *kind = r->action->subject;
	const struct set_args *in = (const void *)((const char *)args + kind->args_bytes);
	struct caller own = { .request = r };
	struct connection_setting s = { .way = CONNECTION_OPS_PUT,
		.tenant_id = r->access->alias->alias_id, .customer = r->access->alias->customer,
		.alias = r->access->alias->alias, .name = in->name.value,
		.kind = kind, .unset = in->unset.values, .nunset = in->unset.n,
		.by_api = 1, .box = r->thread->box, .now = r->access->now,
		.check = caller_may, .arg = &own };
	struct db *db;
	int rc;

	if ((rc = request_db(r, &db, err)) < 0 ||
	    (rc = auth_limits(r, NULL, &own.limits, err)) < 0)
		return rc;
	s.given = given_of(r);
	rc = connection_ops_set(db, &r->arena, &s, err);
	json_object_put(s.given);
	if (rc < 0)
		return rc;
	reply->status = s.made ? 201 : 200;
	reply_with(r, s.row, reply);
	return 0;
}

/* ------------------------------------------------------------------ remove */

static int
erase(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct name_args *in = args;
	struct caller own = { .request = r };
	struct connection_removal removal = { .tenant_id = r->access->alias->alias_id,
		.name = in->name.value, .check = caller_may, .arg = &own };
	const struct rows *dependents = &removal.dependents;
	struct db *db;
	int rc;

	if ((rc = request_db(r, &db, err)) < 0 ||
	    (rc = auth_limits(r, NULL, &own.limits, err)) < 0)
		return rc;
	rc = connection_ops_remove(db, &r->arena, &removal, err);
	if (rc < 0 && dependents->n > 0)
		return err_set(err, ERR_CONFLICT,
		    "The connection %s is named by %" PRId64 " %s (%s); remove it there first.",
		    in->name.value, rows_int(dependents, 0, C_connection_dependents_n),
		    rows_text(dependents, 0, C_connection_dependents_kind),
		    rows_text(dependents, 0, C_connection_dependents_first_ones));
	if (rc == 0)
		reply->status = 204;
	return rc;
}

/* ------------------------------------------------------------------ test */

static int
test(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct name_args *in = args;
	const struct process_kind *kind = process_find("TestConnection");
	struct schedule_owner owner = schedule_reply_owner(r);
	struct run_asked asked = { .process = kind->name };
	struct json_object *parameters;
	struct store_connection *c;
	struct db *db;
	int rc = find(r, in->name.value, &db, &c, err);

	if (rc < 0)
		return rc;
	parameters = json_object_new_object();
	json_object_object_add(parameters, "Connection", json_object_new_string(c->name));
	rc = schedule_ops_start(db, &r->arena, &owner, kind, parameters, &asked.run_id, err);
	json_object_put(parameters);
	if (rc < 0)
		return rc;
	reply->status = 202;
	reply_row(reply, schedule_reply_start, &asked);
	return 0;
}

static const char *
test_sample(struct arena *a, const struct action *action)
{
	const struct run_asked asked = { .run_id = 1, .process = "TestConnection" };

	(void)action;
	return schedule_reply_start_sample(a, &asked);
}

/* ------------------------------------------------------------------ the tables */

#define CONNECTIONS "ProcessManagement/Connections"
#define ROW(action, way, address)                                                                  \
	.controller = "Connections", .name = action, .methods = way, .path = address,              \
	.area = "process", .limits = ACTION_LIMITS_HELD

static const struct action first_rows[] = {
	{ ROW("List", REQUEST_GET, CONNECTIONS), .access = ACCESS_TOKEN, .tx = ACTION_TX_NONE,
	    .about = "The shops and folders of files that data come from and go to.",
	    .params = list_params, .args_bytes = sizeof(struct list_args), .run = list,
	    .doc = "Lists the tenant's connections, without their secrets.",
	    .reply_doc = "200 with Connections.", .status = 200, .reply = list_reply,
	    ACTION_ERRORS(ERR_NONE) },
};

static const struct action last_rows[] = {
	{ ROW("Show", REQUEST_GET, CONNECTIONS "/{Name}"), .access = ACCESS_TOKEN,
	    .tx = ACTION_TX_NONE, .params = name_params, .args_bytes = sizeof(struct name_args),
	    .run = show,
	    .doc = "Shows a connection: its options, the names of its secrets, when runs last "
	    "succeeded by it, and what its last test found.",
	    .reply_doc = "200 with the connection and its ETag.", .status = 200,
	    .reply = connection_row, .etag = 1, ACTION_ERRORS(ERR_NOT_FOUND) },
	{ ROW("Test", REQUEST_POST, CONNECTIONS "/{Name}/Test"), .access = ACCESS_TOKEN,
	    .tx = ACTION_TX_REGISTRY, .params = name_params,
	    .args_bytes = sizeof(struct name_args), .run = test,
	    .doc = "Tests a connection by a run of the process TestConnection. It does what an "
	    "import does up to the first record. The run's Result says what was found, step by "
	    "step, and its Reason says what is wrong and how to mend it. The action Run of "
	    "Schedules shows it. An Idempotency-Key header makes it safe to send again.",
	    .reply_doc = "202 with the RunId. 409 if 100 requested runs of the process are "
	    "already waiting.",
	    .status = 202, .reply = schedule_reply_start, .reply_sample = test_sample,
	    ACTION_ERRORS(ERR_NOT_FOUND, ERR_CONFLICT, ERR_KEY_REUSED) },
	{ ROW("Remove", REQUEST_DELETE, CONNECTIONS "/{Name}"), .access = ACCESS_ADMIN,
	    .tx = ACTION_TX_REGISTRY, .params = name_params,
	    .args_bytes = sizeof(struct name_args), .run = erase,
	    .doc = "Removes a connection with its secrets. What was imported by it stays. With "
	    "If-Match, it is removed only if it still has that ETag, else 412.",
	    .reply_doc = "204. 409 while a schedule or another connection names it.",
	    .status = 204, ACTION_ERRORS(ERR_NOT_FOUND, ERR_CONFLICT, ERR_PRECONDITION) },
};

enum {
	FIRST = sizeof first_rows / sizeof first_rows[0],
	LAST = sizeof last_rows / sizeof last_rows[0]
};

struct action ctl_connection_actions[FIRST + CONNECTION_KINDS_MAX + LAST + 1];

/* What is generated for a kind. */
struct kind_texts {
	char name[NAME_BYTES], path[NAME_BYTES], sample[NAME_BYTES], doc[DOC_BYTES];
	char choices[CHOICES_BYTES];
	struct param params[CONNECTION_PARAMS_MAX + 3];
	char docs[CONNECTION_PARAMS_MAX][DOC_BYTES];
};

/* An option as a change takes it: nothing is required, for it may be stored already, and nothing
 * has a default but in words, for what is left out stays. */
static struct param
changed(const struct param *p, char doc[DOC_BYTES])
{
	struct param out = *p;

	out.required = 0;
	out.def = NULL;
	snprintf(doc, DOC_BYTES, "%s%s%s%s%s", p->doc, p->required ? " A new connection needs it." :
	    "", p->def != NULL ? " A new connection has " : "", p->def != NULL ? p->def : "",
	    p->def != NULL ? " unless given." : "");
	out.doc = doc;
	return out;
}

static void
make_params(const struct connection_kind *k, struct kind_texts *t)
{
	struct param name = name_params[0];
	size_t n = 0, len = 0, i = 0;

	name.offset = k->args_bytes + offsetof(struct set_args, name);
	name.check = name_schedule_fault;
	name.sample = text_lower(strcpy(t->sample, k->name));
	t->params[n++] = name;
	for (const struct param *p = k->params; p->name != NULL; p++, i++) {
		t->params[n++] = changed(p, t->docs[i]);
		if (!p->required)
			len += (size_t)snprintf(t->choices + len, sizeof t->choices - len, "%s%s",
			    len > 0 ? "|" : "", p->name);
	}
	t->params[n] = (struct param){ .name = "Unset", PARAM_FIELD(struct set_args, unset),
		.in = PARAM_BODY, .choices = t->choices, .max_length = CONNECTION_PARAMS_MAX,
		.doc = "Names of options that have their defaults again, and of secrets that are "
		"dropped." };
	t->params[n].offset += k->args_bytes;
}

static void
make_set_action(const struct connection_kind *k, struct kind_texts *t, struct action *out)
{
	static const int errors[] = { ERR_CONFLICT, ERR_PRECONDITION, ERR_NONE };

	make_params(k, t);
	snprintf(t->name, sizeof t->name, "Set%s", k->name);
	snprintf(t->path, sizeof t->path, CONNECTIONS "/{Name}/%s", k->name);
	snprintf(t->doc, sizeof t->doc,
	    "Creates the connection of a name, or changes it. It leads to a%s A field that is left "
	    "out stays "
	    "as it is; a new connection has its default. The same request again changes nothing. "
	    "Secrets are stored sealed and never shown. When Address leads to another server, the "
	    "secrets must be given again. With If-Match, the connection is changed only if it "
	    "still has that ETag, else 412. With If-None-Match: *, it is only created, else 412.",
	    k->doc + 1);
	*out = (struct action){ ROW(t->name, REQUEST_PUT, t->path), .access = ACCESS_ADMIN,
		.tx = ACTION_TX_REGISTRY, .params = t->params,
		.args_bytes = k->args_bytes + sizeof(struct set_args), .run = set, .doc = t->doc,
		.reply_doc = "201 with a new connection, 200 with a changed one, and its ETag.",
		.status = 200, .status_too = 201, .reply = connection_row, .etag = 1,
		.errors = errors, .subject = k };
}

__attribute__((constructor)) static void
make_actions(void)
{
	static struct kind_texts texts[CONNECTION_KINDS_MAX];
	size_t n = 0, i = 0;

	for (size_t f = 0; f < FIRST; f++)
		ctl_connection_actions[n++] = first_rows[f];
	for (const struct connection_kind *k = connection_kinds;
	     k->name != NULL && i < CONNECTION_KINDS_MAX; k++)
		make_set_action(k, &texts[i++], &ctl_connection_actions[n++]);
	for (size_t l = 0; l < LAST; l++)
		ctl_connection_actions[n++] = last_rows[l];
}
