#include "config.h"

#include "admin/claim.h"

#include <string.h>

#include "admin/context.h"
#include "lib/secret.h"
#include "lib/text.h"
#include "store/db.h"

/* What a database is to who claims it. */
enum verdict {
	VERDICT_UNSET,
	VERDICT_FREE,		/* it bears no mark */
	VERDICT_OWN,		/* the alias's own, or what its customer's removed alias left */
	VERDICT_SHARED,		/* another alias's of the customer, and --shared was said */
	VERDICT_TAKEN_OVER	/* --take-over was said; or it is a copy of the customer's own */
};

static int
same_uid(const unsigned char *x, const unsigned char *y)
{
	return memcmp(x, y, STORE_UID_BYTES) == 0;
}

/* As in the -- out: line of owner_bearers and owner_unmarked. */
struct bearer {
	int64_t alias_id, customer_id;
	const char *customer, *alias;
};

static struct bearer
bearer_at(const struct rows *r, size_t i)
{
	return (struct bearer){ .alias_id = rows_int(r, i, C_bearer_alias_id),
		.customer_id = rows_int(r, i, C_bearer_customer_id),
		.customer = rows_text(r, i, C_bearer_customer),
		.alias = rows_text(r, i, C_bearer_alias) };
}

/* A connection to another alias's database. Who cannot look into it cannot tell whether it is
 * the same one. */
static int
bearer_open(struct context *x, const struct claim *c, const struct bearer *b, struct db **out)
{
	struct err why = { 0 };
	struct store_alias *t;
	int rc;

	*out = NULL;
	if ((rc = store_access_alias_find_any(x->db, &x->arena, b->customer, b->alias, &t,
	    &x->err)) < 0 || t == NULL)
		return rc;
	if (context_tenant_open(x, t, out, &why) < 0)
		return err_set(&x->err, ERR_UNAVAILABLE,
		    "Whether %s is the database of %s/%s cannot be told, for that one does not "
		    "answer: %s Try again when it does.",
		    c->database, b->customer, b->alias, why.detail);
	return 0;
}

/* -------------------------------------------------------- marks that are not known yet */

static int
mark(struct context *x, struct db *db, const char *customer, const char *alias,
    const unsigned char *wanted, struct store_owner *out)
{
	struct store_owner o = { .customer = customer, .alias = alias };
	usec_t now;
	int rc;

	if (wanted == NULL)
		secret_random(o.database_uid, sizeof o.database_uid);
	else
		memcpy(o.database_uid, wanted, sizeof o.database_uid);
	if ((rc = db_now(x->db, &now, &x->err)) < 0 ||
	    (rc = store_owner_registry(x->db, &x->arena, o.registry_uid, &x->err)) < 0)
		return rc;
	if ((rc = store_owner_create(db, &x->err)) < 0 ||
	    (rc = store_owner_put(db, &o, now, &x->err)) < 0)
		return rc;
	return store_owner_get(db, &x->arena, out, &x->err);
}

/* Databases of this name whose mark nobody knows may be the one that is claimed. */
static int
mark_known_ones(struct context *x, const struct claim *c)
{
	struct rows r;
	int rc = store_owner_unmarked(x->db, &x->arena, c->database, c->alias_id, &r, &x->err);

	for (size_t i = 0; rc == 0 && i < r.n; i++) {
		struct bearer b = bearer_at(&r, i);
		struct store_owner o;
		struct db *db;

		if ((rc = bearer_open(x, c, &b, &db)) < 0 || db == NULL)
			continue;
		if ((rc = mark(x, db, b.customer, b.alias, NULL, &o)) == 0)
			rc = store_owner_note(x->db, b.alias_id, o.database_uid, &x->err);
		db_close(&db);
	}
	return rc;
}

/* ------------------------------------------------------------------ what it is */

static int
refuse_used(struct context *x, const struct claim *c, const struct bearer *b)
{
	if (b->customer_id != c->customer_id)
		return err_set(&x->err, ERR_CONFLICT,
		    "The database %s is that of %s/%s, of another customer: each customer needs a "
		    "database of its own.", c->database,
		    b->customer, b->alias);
	return err_set(&x->err, ERR_CONFLICT,
	    "The database %s is that of %s/%s already. If both aliases are to work on the same "
	    "data, say --shared.", c->database,
	    b->customer, b->alias);
}

static int
take_over_or_refuse(struct context *x, struct claim *c, const char *what, enum verdict *out)
{
	if (!c->take_over)
		return err_set(&x->err, ERR_CONFLICT,
		    "The database %s %s. Is that data to become %s's, say --take-over; else use "
		    "another database.", c->database, what,
		    c->customer);
	*out = VERDICT_TAKEN_OVER;
	c->remark = arena_printf(&x->arena,
	    "The database %s %s: it was taken over with what is in it.", c->database, what);
	return 0;
}

/* 1 when the claimed database and the bearer's are one. */
static int
is_same(struct context *x, const struct claim *c, const struct bearer *b)
{
	struct db *db;
	int rc = bearer_open(x, c, b, &db);

	if (rc == 0 && db != NULL)
		rc = store_owner_same(db, c->db, &x->arena, &x->err);
	db_close(&db);
	return rc;
}

/* Its mark is that of other aliases: their database, or a copy of it. */
static int
judge_borne(struct context *x, struct claim *c, const struct rows *bearers, enum verdict *out)
{
	struct bearer b = { 0 };
	int rc, one_customer = 1;

	for (size_t i = 0; i < bearers->n; i++) {
		b = bearer_at(bearers, i);
		one_customer &= b.customer_id == c->customer_id;
		if ((rc = is_same(x, c, &b)) < 0)
			return rc;
		if (rc == 0)
			continue;
		*out = VERDICT_SHARED;
		return c->shared && b.customer_id == c->customer_id ? 0 : refuse_used(x, c, &b);
	}
	if (!one_customer)
		return take_over_or_refuse(x, c,
		    arena_printf(&x->arena, "is a copy of that of %s/%s", b.customer, b.alias),
		    out);
	*out = VERDICT_TAKEN_OVER;
	c->remark = arena_printf(&x->arena,
	    "The database %s is a copy of that of %s/%s: it has a mark of its own now.",
	    c->database, b.customer, b.alias);
	return 0;
}

static int
judge_marked(struct context *x, struct claim *c, const struct store_owner *o, enum verdict *out)
{
	unsigned char registry[STORE_UID_BYTES], own[STORE_UID_BYTES] = { 0 };
	int known = 0, shared, rc;
	struct rows bearers;

	if ((rc = store_owner_registry(x->db, &x->arena, registry, &x->err)) < 0 ||
	    (rc = store_owner_bearers(x->db, &x->arena, o->database_uid, c->alias_id, &bearers,
	    &x->err)) < 0 ||
	    (rc = store_owner_alias(x->db, &x->arena, c->alias_id, &known, own, &shared,
	    &x->err)) < 0)
		return rc;
	if (bearers.n > 0)
		return judge_borne(x, c, &bearers, out);
	if (!same_uid(o->registry_uid, registry))
		return take_over_or_refuse(x, c,
		    arena_printf(&x->arena, "bears the mark of %s/%s of another installation",
		    o->customer, o->alias), out);
	if (!(known && same_uid(own, o->database_uid)) && !text_ieq(o->customer, c->customer))
		return take_over_or_refuse(x, c,
		    arena_printf(&x->arena, "holds what the removed tenant %s/%s left", o->customer,
		    o->alias), out);
	*out = VERDICT_OWN;
	if (c->alias_id == 0 && !c->marked)
		c->remark = arena_printf(&x->arena,
		    "The database %s holds what %s/%s left: it is this alias's now.", c->database,
		    o->customer, o->alias);
	return 0;
}

static int
judge(struct context *x, struct claim *c, struct store_owner *o, enum verdict *out)
{
	const char *server;
	int rc;

	c->remark = NULL;
	if ((rc = store_owner_place(c->db, &x->arena, &c->database, &server, &x->err)) < 0 ||
	    (rc = mark_known_ones(x, c)) < 0 ||
	    (rc = store_owner_get(c->db, &x->arena, o, &x->err)) < 0)
		return rc;
	*out = VERDICT_FREE;
	return o->there ? judge_marked(x, c, o, out) : 0;
}

/* ------------------------------------------------------------------ granting */

int
claim_check(struct context *x, struct claim *c)
{
	enum verdict verdict;
	struct store_owner o;

	return judge(x, c, &o, &verdict);
}

static int
refuse_gone(struct context *x, const struct claim *c)
{
	return err_set(&x->err, ERR_CONFLICT,
	    "The database %s was given to another installation at this moment.", c->database);
}

static int
change_mark(struct context *x, struct claim *c, const struct store_owner *old, enum verdict verdict)
{
	struct store_owner o = { .customer = c->customer, .alias = c->alias };
	int changed, rc;
	usec_t now;

	if (verdict == VERDICT_TAKEN_OVER)
		secret_random(o.database_uid, sizeof o.database_uid);
	else
		memcpy(o.database_uid, old->database_uid, sizeof o.database_uid);
	memcpy(c->uid, o.database_uid, sizeof c->uid);
	if ((rc = db_now(x->db, &now, &x->err)) < 0 ||
	    (rc = store_owner_registry(x->db, &x->arena, o.registry_uid, &x->err)) < 0 ||
	    (rc = store_owner_replace(c->db, &o, old->database_uid, now, &changed, &x->err)) < 0)
		return rc;
	return changed ? 0 : refuse_gone(x, c);
}

int
claim_take(struct context *x, struct claim *c)
{
	enum verdict verdict;
	struct store_owner o;
	int rc = judge(x, c, &o, &verdict);

	if (rc < 0)
		return rc;
	if (verdict == VERDICT_OWN || verdict == VERDICT_TAKEN_OVER)
		return change_mark(x, c, &o, verdict);
	if (verdict == VERDICT_SHARED) {
		memcpy(c->uid, o.database_uid, sizeof c->uid);
		return 0;
	}
	secret_random(c->uid, sizeof c->uid);
	if ((rc = mark(x, c->db, c->customer, c->alias, c->uid, &o)) < 0)
		return rc;
	c->marked = 1;
	return same_uid(c->uid, o.database_uid) ? 0 : refuse_gone(x, c);
}

int
claim_confirm(struct context *x, const struct store_alias *t, struct db *db, const char **remark)
{
	unsigned char registry[STORE_UID_BYTES], own[STORE_UID_BYTES];
	struct store_owner o;
	int known, shared, rc;

	*remark = NULL;
	if ((rc = store_owner_alias(x->db, &x->arena, t->alias_id, &known, own, &shared,
	    &x->err)) < 0 ||
	    (rc = store_owner_registry(x->db, &x->arena, registry, &x->err)) < 0 ||
	    (rc = mark(x, db, t->customer, t->alias, known ? own : NULL, &o)) < 0)
		return rc;
	if (known && !same_uid(own, o.database_uid))
		*remark = arena_printf(&x->arena, "bears the mark of %s/%s, not its own",
		    o.customer, o.alias);
	else if (!same_uid(registry, o.registry_uid))
		*remark = arena_printf(&x->arena, "bears the mark of %s/%s of another installation",
		    o.customer, o.alias);
	return known ? 0 : store_owner_note(x->db, t->alias_id, o.database_uid, &x->err);
}
