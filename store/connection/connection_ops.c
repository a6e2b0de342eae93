#include "config.h"

#include "store/connection/connection_ops.h"

#include <string.h>
#include <strings.h>

#include <json-c/json.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/secret.h"
#include "lib/text.h"
#include "model/connection/connection_address.h"
#include "store/connection/connection_document.h"
#include "store/connection/connection_drop.h"
#include "store/db.h"

/* ------------------------------------------------------------------ reading */

static int
damaged(const char *name, struct err *err)
{
	return err_set(err, ERR_PERMANENT,
	    "What is stored of the connection %s is no longer valid: set it again.", name);
}

static int
bind_row(struct arena *a, const struct secret_box *box, const struct store_connection *row,
    struct connection *out, struct err *err)
{
	struct json_object *document = NULL, *secrets = NULL;
	struct err why = { 0 };
	void *args = NULL;
	int rc;

	if ((rc = connection_document_read(out->kind, row, &document, err)) == 0 &&
	    (rc = connection_document_secrets(a, box, row, &secrets, err)) == 0) {
		connection_document_merge(out->kind, document, secrets);
		if (connection_bind(a, out->kind, document, &args, &why) < 0)
			rc = damaged(row->name, err);
	}
	json_object_put(document);
	json_object_put(secrets);
	out->args = out->common = args;
	return rc;
}

int
connection_ops_open(struct arena *a, const struct secret_box *box,
    const struct store_connection *row, struct connection *out, struct err *err)
{
	*out = (struct connection){ .connection_id = row->connection_id,
		.tenant_id = row->tenant_id, .name = row->name,
		.kind = connection_kind_find(row->kind) };
	if (out->kind == NULL)
		return damaged(row->name, err);
	return bind_row(a, box, row, out, err);
}

static int
check_usable(struct arena *a, const struct store_connection *row, const char *name,
    const char *kinds, struct err *err)
{
	const char *at;

	if (row == NULL)
		return err_set(err, ERR_PERMANENT,
		    "The tenant has no connection %s: customerapi connection list shows which "
		    "there are.", name);
	if (!row->enabled)
		return err_set(err, ERR_PERMANENT,
		    "The connection %s is not enabled: set Enabled to true.", row->name);
	if (kinds == NULL)
		return 0;
	at = strstr(arena_printf(a, "|%s|", kinds), arena_printf(a, "|%s|", row->kind));
	return at != NULL ? 0 :
	    err_set(err, ERR_PERMANENT, "The connection %s is of the kind %s, but must be of %s.",
		row->name, row->kind, kinds);
}

int
connection_ops_get(struct db *db, struct arena *a, const char *key_file, int64_t tenant_id,
    const char *name, const char *kinds, struct connection *out, struct err *err)
{
	struct store_connection *row;
	struct secret_box box = { 0 };
	int rc = store_connection_find(db, a, tenant_id, name, &row, err);

	if (rc < 0 || (rc = check_usable(a, row, name, kinds, err)) < 0)
		return rc;
	if (row->sealed != NULL && (rc = secret_box_load(&box, key_file, err)) < 0)
		return rc;
	rc = connection_ops_open(a, &box, row, out, err);
	explicit_bzero(&box, sizeof box);
	return rc;
}

/* ------------------------------------------------------------------ a change */

/* A connection on its way from what it is to what it is to be. */
struct changing {
	struct connection_setting *s;
	struct store_connection *there;		/* NULL = none */
	struct json_object *document, *stored_secrets;
	int was_private;			/* it has AllowPrivate as it is */
	int are_lost;				/* the stored secrets open no more */
	void *args;
	const char *secrets;			/* to be stored, as JSON */
};

static int
begin_new(struct db *db, struct changing *c, struct err *err)
{
	int64_t n;
	int rc;

	if (c->s->way == CONNECTION_OPS_SET)
		return err_set(err, ERR_NOT_FOUND, "The tenant has no connection %s.", c->s->name);
	if ((rc = store_connection_count(db, c->s->tenant_id, &n, err)) < 0)
		return rc;
	if (n >= CONNECTION_OPS_MAX)
		return err_set(err, ERR_CONFLICT, "The tenant has %d connections already.",
		    CONNECTION_OPS_MAX);
	c->document = json_object_new_object();
	c->stored_secrets = json_object_new_object();
	return 0;
}

static int
is_unset(const struct changing *c, const char *member)
{
	for (size_t i = 0; i < c->s->nunset; i++)
		if (text_ieq(c->s->unset[i], member))
			return 1;
	return 0;
}

/* 1 when none of the stored secrets stays. */
static int
are_replaced(struct arena *a, const struct changing *c)
{
	const char *names = arena_printf(a, ",%s,", c->there->secret_names);

	for (const struct param *p = c->s->kind->params; p->name != NULL; p++)
		if (strstr(names, arena_printf(a, ",%s,", p->name)) != NULL &&
		    !connection_document_gives(c->s->given, p->name) && !is_unset(c, p->name))
			return 0;
	return 1;
}

/* Secrets that were sealed with a key that is lost may be given anew. */
static int
open_secrets(struct arena *a, struct changing *c, struct err *err)
{
	int rc = connection_document_secrets(a, c->s->box, c->there, &c->stored_secrets, err);

	if (rc != ERR_CONFIG || !are_replaced(a, c))
		return rc;
	err_clear(err);
	c->stored_secrets = json_object_new_object();
	c->are_lost = 1;
	return 0;
}

static int
begin_known(struct arena *a, struct changing *c, struct err *err)
{
	const struct connection_kind *kind = connection_kind_find(c->there->kind);
	int rc;

	if (c->s->way == CONNECTION_OPS_ADD)
		return err_set(err, ERR_CONFLICT, "The tenant has a connection %s already.",
		    c->there->name);
	if (kind == NULL)
		return damaged(c->there->name, err);
	if (c->s->kind != NULL && c->s->kind != kind)
		return err_set(err, ERR_CONFLICT,
		    "The connection %s is of the kind %s; remove it before another of its name.",
		    c->there->name, kind->name);
	c->s->kind = kind;
	if ((rc = connection_document_read(kind, c->there, &c->document, err)) < 0)
		return rc;
	c->was_private = json_flag(c->document, "AllowPrivate") == 1;
	return open_secrets(a, c, err);
}

static int
begin(struct db *db, struct arena *a, struct changing *c, struct err *err)
{
	struct connection_setting *s = c->s;
	int rc = store_connection_lock(db, a, s->tenant_id, s->name, &c->there, err);

	if (rc < 0 || (s->check != NULL && (rc = s->check(c->there, NULL, s->arg, err)) < 0))
		return rc;
	return c->there == NULL ? begin_new(db, c, err) : begin_known(a, c, err);
}

static void
unset(struct arena *a, struct changing *c, struct err *err)
{
	for (size_t i = 0; i < c->s->nunset; i++) {
		const struct param *p = param_find(c->s->kind->params, c->s->unset[i]);

		if (p == NULL)
			err_fault(err, a, c->s->unset[i], "is no option of %s",
			    c->s->kind->name);
		else
			json_object_object_del(c->document, p->name);
	}
}

/* What it is to be, as a whole. */
static void
merge(struct arena *a, struct changing *c, struct err *err)
{
	connection_document_merge(c->s->kind, c->document, c->stored_secrets);
	connection_document_merge(c->s->kind, c->document, c->s->given);
	unset(a, c, err);
	connection_bind(a, c->s->kind, c->document, &c->args, err);
}

/* ------------------------------------------------------------------ what is refused */

static int
same_server(struct arena *a, const struct changing *c)
{
	const struct connection_common *next = c->args;
	struct connection_address x, y;

	if (connection_address_read(a, c->there->address, c->s->kind->schemes, &x) != NULL ||
	    connection_address_read(a, next->address.value, c->s->kind->schemes, &y) != NULL)
		return 0;
	return connection_address_same_server(&x, &y);
}

/* Whoever may change the address alone must not get what was stored for another server. */
static void
check_secrets(struct arena *a, const struct changing *c, struct err *err)
{
	if (c->there == NULL || same_server(a, c))
		return;
	for (const struct param *p = c->s->kind->params; p->name != NULL; p++)
		if (p->secret && json_object_object_get(c->document, p->name) != NULL &&
		    !connection_document_gives(c->s->given, p->name))
			err_fault(err, a, p->name,
			    "must be given again, because Address leads to another server");
}

/* "file:Demo/Main" and what is below it. */
static int
is_own_folder(struct arena *a, const struct changing *c, const char *path)
{
	const char *own = arena_printf(a, "%s/%s", c->s->customer, c->s->alias);
	size_t n = strlen(own);

	return strncasecmp(path, own, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

static void
check_by_api(struct arena *a, const struct changing *c, struct err *err)
{
	const struct connection_common *next = c->args;
	struct connection_address address;
	int moves = c->there == NULL || strcmp(c->there->address, next->address.value) != 0;

	if (next->allow_private.value && !c->was_private)
		err_fault(err, a, "AllowPrivate", "can be set by the command line only");
	else if (next->allow_private.value && moves)
		err_fault(err, a, "Address",
		    "can be changed by the command line only, because the connection has "
		    "AllowPrivate");
	if (!moves || strcmp(c->s->kind->schemes, "file") != 0)
		return;
	connection_address_read(a, next->address.value, c->s->kind->schemes, &address);
	if (!is_own_folder(a, c, address.path))
		err_fault(err, a, "Address", "must be file:%s/%s or a folder below it",
		    c->s->customer, c->s->alias);
}

static int
check_source(struct db *db, struct arena *a, const struct changing *c, struct err *err)
{
	const struct connection_common *next = c->args;
	int there, rc;

	if (next->source_id.value == 0)
		return 0;
	rc = store_connection_source(db, c->s->tenant_id, next->source_id.value, &there, err);
	if (rc == 0 && !there)
		err_fault(err, a, "SourceId", "is no Source of the tenant");
	return rc;
}

static int
check(struct db *db, struct arena *a, const struct changing *c, struct err *err)
{
	int rc;

	check_secrets(a, c, err);
	if (c->s->by_api)
		check_by_api(a, c, err);
	if ((rc = check_source(db, a, c, err)) < 0 ||
	    (rc = connection_drop_check(db, a, c->s, c->there, c->document, err)) < 0)
		return rc;
	return err->code;
}

/* ------------------------------------------------------------------ writing */

static int
same_text(const char *x, const char *y)
{
	return x == NULL || y == NULL ? x == y : strcmp(x, y) == 0;
}

static int
same_ids(const struct store_connection *x, const struct store_connection *y)
{
	return memcmp(
	    (const int64_t[]){ x->source_id, x->zone_id, x->brand_id, x->address_type_id },
	    (const int64_t[]){ y->source_id, y->zone_id, y->brand_id, y->address_type_id },
	    4 * sizeof(int64_t)) == 0;
}

static int
same_row(const struct store_connection *x, const struct store_connection *y)
{
	if (!same_ids(x, y) || x->enabled != y->enabled)
		return 0;
	return same_text(x->address, y->address) && same_text(x->time_zone, y->time_zone) &&
	    same_text(x->options, y->options);
}

static int
same_secrets(const struct changing *c)
{
	for (const struct param *p = c->s->kind->params; p->name != NULL; p++)
		if (p->secret && !same_text(json_text(c->document, p->name),
		    json_text(c->stored_secrets, p->name)))
			return 0;
	return 1;
}

static int
add(struct db *db, struct store_connection *row, usec_t now, struct err *err)
{
	int rc = store_connection_add(db, row, now, err);

	return rc == ERR_DB_DUPLICATE ?
	    err_set(err, ERR_DB_RETRY, "Another has just made a connection of this name.") :
	    rc;
}

static int
write_row(struct db *db, struct arena *a, struct changing *c, struct store_connection *row,
    struct err *err)
{
	const struct connection_setting *s = c->s;
	int secrets_too = c->there == NULL || c->are_lost || !same_secrets(c);
	int rc = 0;

	if (c->there == NULL)
		rc = add(db, row, s->now, err);
	else if (secrets_too || !same_row(c->there, row))
		rc = store_connection_set(db, row, s->now, err);
	else
		return 0;
	if (rc < 0 || !secrets_too)
		return rc < 0 ? rc : 1;
	if ((rc = connection_document_seal(a, s->box, c->secrets, row, err)) < 0 ||
	    (rc = store_connection_seal(db, row, err)) < 0)
		return rc;
	return 1;
}

static int
change(struct db *db, struct arena *a, struct changing *c, struct err *err)
{
	struct connection_setting *s = c->s;
	struct store_connection row = { .tenant_id = s->tenant_id, .name = s->name,
		.last_success_at = USEC_NONE, .last_failure_at = USEC_NONE, .tested_at = USEC_NONE,
		.last_failure = "", .test_failure = "" };
	int rc;

	if (c->there != NULL)
		row = *c->there;
	connection_document_write(a, s->kind, c->document, c->args, &row, &c->secrets);
	if (s->check != NULL && (rc = s->check(c->there, &row, s->arg, err)) < 0)
		return rc;
	if ((rc = write_row(db, a, c, &row, err)) < 0)
		return rc;
	s->made = c->there == NULL;
	s->changed = rc;
	if (s->changed)
		row.modified_at = s->now;
	s->row = arena_new(a, struct store_connection, 1);
	*s->row = row;
	return 0;
}

int
connection_ops_set(struct db *db, struct arena *a, struct connection_setting *s, struct err *err)
{
	struct changing c = { .s = s };
	int rc;

	s->row = NULL;
	s->made = s->changed = 0;
	if ((rc = begin(db, a, &c, err)) == 0) {
		merge(a, &c, err);
		if ((rc = err->code) == 0 && (rc = check(db, a, &c, err)) == 0)
			rc = change(db, a, &c, err);
	}
	json_object_put(c.document);
	json_object_put(c.stored_secrets);
	return rc;
}

/* ------------------------------------------------------------------ removing */

int
connection_ops_remove(
    struct db *db, struct arena *a, struct connection_removal *r, struct err *err)
{
	struct store_connection *row;
	int removed = 1, rc;

	r->dependents = (struct rows){ 0 };
	if ((rc = store_connection_lock(db, a, r->tenant_id, r->name, &row, err)) < 0)
		return rc;
	if (row == NULL)
		return err_set(err, ERR_NOT_FOUND, "The tenant has no connection %s.", r->name);
	if ((r->check != NULL && (rc = r->check(row, NULL, r->arg, err)) < 0) ||
	    (rc = store_connection_dependents(
		 db, a, r->tenant_id, r->name, &r->dependents, err)) < 0)
		return rc;
	if (r->dependents.n > 0)
		return err_set(err, ERR_CONFLICT, "The connection %s is still in use.", row->name);
	return r->rehearse ? 0 : store_connection_remove(db, row->connection_id, &removed, err);
}
