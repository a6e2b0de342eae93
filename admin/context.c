#include "config.h"

#include "admin/context.h"

#include <stdlib.h>
#include <string.h>

#include "admin/value.h"
#include "lib/text.h"
#include "lib/text_near.h"
#include "store/db.h"
#include "store/migrate.h"
#include "store/registry/store_admin.h"
#include "store/registry_db.h"
#include "store/tenant.h"

static int
open_registry(struct context *x)
{
	int rc, have;

	if ((rc = registry_db_open(&x->db, &x->conf, 0, &x->err)) < 0 &&
	    x->err.native == CONTEXT_UNKNOWN_DATABASE)
		return err_set(&x->err, ERR_CONFIG,
		    "There is no registry database %s: run customerapi init.", x->conf.db_registry);
	if (rc < 0)
		return rc;
	if ((rc = migrate_version(x->db, MIGRATE_REGISTRY, &have, &x->err)) < 0)
		return rc;
	if (have < migrate_newest(MIGRATE_REGISTRY))
		return err_set(&x->err, ERR_CONFIG,
		    "The registry's schema is at version %d, this program needs %d: run "
		    "customerapi %s.",
		    have, migrate_newest(MIGRATE_REGISTRY), have == 0 ? "init" : "migrate");
	return 0;
}

int
context_open(struct context *x, enum cmd_needs needs)
{
	int rc;

	if (needs == CMD_NEEDS_NOTHING)
		return 0;
	if ((rc = conf_load(&x->conf, &x->arena, x->line.config, &x->err)) < 0)
		return rc;
	return needs == CMD_NEEDS_REGISTRY ? open_registry(x) : 0;
}

void
context_close(struct context *x)
{
	db_close(&x->db);
	explicit_bzero(&x->box, sizeof x->box);
	arena_done(&x->arena);
}

int
context_box(struct context *x)
{
	return x->box.loaded ? 0 : secret_box_load(&x->box, x->conf.key_file, &x->err);
}

struct call {
	struct context *x;
	int (*work)(struct context *x, void *arg);
	void *arg;
};

static int
call_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	const struct call *c = arg;

	(void)db, (void)a, (void)err;	/* both are the context's */
	return c->work(c->x, c->arg);
}

int
context_transaction(struct context *x, int (*work)(struct context *x, void *arg), void *arg)
{
	struct call c = { .x = x, .work = work, .arg = arg };

	err_clear(&x->err);
	return db_transact(x->db, call_work, &c, &x->err);
}

int
context_rehearsal(struct context *x, int (*work)(struct context *x, void *arg), void *arg)
{
	static const struct db_manner manner = { .undo = 1 };
	struct call c = { .x = x, .work = work, .arg = arg };

	err_clear(&x->err);
	return db_transact_as(x->db, &manner, call_work, &c, &x->err);
}

static int
not_found(
    struct context *x, const char *what, const char *given, const struct rows *r, size_t column)
{
	const char **names = arena_new(&x->arena, const char *, r->n + 1), *near;

	for (size_t i = 0; i < r->n; i++)
		names[i] = rows_text(r, i, column);
	near = text_nearest(given, names);
	return err_set(&x->err, ERR_NOT_FOUND, "There is no %s %s%s%s%s.", what, given,
	    near == NULL ? "" : "; did you mean ", near == NULL ? "" : near,
	    near == NULL ? "" : "?");
}

static int
tenant_find(struct context *x, const char *customer, const char *alias, struct store_alias **out)
{
	int64_t id;
	struct rows r;
	int rc;

	if ((rc = store_access_alias_find_any(x->db, &x->arena, customer, alias, out,
	    &x->err)) < 0 || *out != NULL)
		return rc;
	if ((rc = store_admin_customer_find(x->db, &x->arena, customer, &id, &x->err)) < 0)
		return rc;
	if (id == 0)
		return (rc = store_admin_customers(x->db, &x->arena, &r, &x->err)) < 0 ?
		    rc :
		    not_found(x, "customer", customer, &r, 0);
	rc = store_admin_aliases(x->db, &x->arena, customer, &r, &x->err);
	return rc < 0 ? rc : not_found(x, "alias", alias, &r, 1);
}

int
context_tenant(struct context *x, struct store_alias **out)
{
	return tenant_find(x, cmd_text(&x->line, "CUSTOMER"), cmd_text(&x->line, "ALIAS"), out);
}

int
context_tenant_option(struct context *x, struct store_alias **out)
{
	const char *text = cmd_text(&x->line, "tenant"), *customer, *alias;

	*out = NULL;
	if (text == NULL)
		return 0;
	value_tenant(&x->arena, text, &customer, &alias);
	return tenant_find(x, customer, alias, out);
}

static struct tenant_opener
opener_of(const struct context *x)
{
	return (struct tenant_opener){
		.conf = &x->conf, .box = &x->box, .timeout_s = x->statement_s
	};
}

int
context_tenant_password(struct context *x, const struct store_alias *t, const char **out,
    struct err *err)
{
	const struct tenant_opener opener = opener_of(x);
	const struct tenant_place place = tenant_place_of(t);

	return tenant_password(&x->arena, &opener, &place, out, err);
}

int
context_tenant_open(
    struct context *x, const struct store_alias *t, struct db **out, struct err *err)
{
	const struct tenant_opener opener = opener_of(x);
	const struct tenant_place place = tenant_place_of(t);

	return tenant_open(out, &opener, &place, err);
}

int
context_tenant_now(struct context *x, struct store_alias **tenant, struct db **db, usec_t *now)
{
	int rc;

	*db = NULL;
	*now = USEC_NONE;
	if ((rc = context_tenant(x, tenant)) < 0 || (rc = db_now(x->db, now, &x->err)) < 0)
		return rc;
	return context_tenant_open(x, *tenant, db, &x->err);
}

int
context_tenant_table(struct context *x, const char *name, const struct output_column *columns,
    int (*list)(struct db *db, struct arena *a, int64_t alias_id, struct rows *out,
	struct err *err))
{
	struct store_alias *t;
	struct rows r;
	int rc;

	if ((rc = context_tenant(x, &t)) < 0 ||
	    (rc = list(x->db, &x->arena, t->alias_id, &r, &x->err)) < 0)
		return rc;
	output_table(&x->out, name, columns, r.cells, r.n);
	return 0;
}
