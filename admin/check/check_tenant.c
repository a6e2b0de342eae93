#include "config.h"

#include "admin/check/check.h"

#include <stdlib.h>
#include <string.h>

#include "admin/context.h"
#include "lib/clock.h"
#include "lib/format/name.h"
#include "lib/text.h"
#include "store/db.h"
#include "store/migrate.h"
#include "store/registry/store_admin.h"
#include "store/registry/store_doctor.h"
#include "store/registry/store_owner.h"

enum { TENANTS_S = 60, GUESTS_SHOWN = 10 };

int
check_each_tenant(struct examination *e, check_tenant_fn *fn)
{
	struct context *x = e->x;
	usec_t end = clock_monotonic_us() + TENANTS_S * USEC_SEC;
	struct rows r;

	if (store_admin_aliases(x->db, &x->arena, NULL, &r, &x->err) < 0) {
		check_say_err(e, NULL);
		return -1;
	}
	if (e->places == NULL)	/* check_tenant, which fills it, comes once */
		e->places = arena_new(&x->arena, struct check_place, r.n);
	for (size_t i = 0; i < r.n; i++) {
		if (clock_monotonic_us() > end) {
			check_say(e, CHECK_WARNING,
			    "Mend those that do not answer, then run it again.",
			    "%zu of %zu tenants %s not looked at: the others took %d s.", r.n - i,
			    r.n, text_form((int64_t)(r.n - i), "was", "were"), TENANTS_S);
			break;
		}
		if (rows_int(&r, i, C_admin_aliases_enabled) != 0)
			fn(e, rows_text(&r, i, C_admin_aliases_customer),
			    rows_text(&r, i, C_admin_aliases_alias));
	}
	return (int)r.n;
}

/* ------------------------------------------------------------------ guests */

/* What a migration found: guests of one mailbox who had been several. Their addresses are not
 * shown. */
static void
say_guests(struct examination *e, const char *customer, const char *alias, const struct rows *r)
{
	struct arena *a = &e->x->arena;
	const size_t shown = r->n < GUESTS_SHOWN ? r->n : GUESTS_SHOWN;

	for (size_t i = 0; i < shown; i++) {
		const long long contact = rows_int(r, i, C_doctor_guests_contact_id),
				source = rows_int(r, i, C_doctor_guests_source_id);

		check_say(e, CHECK_WARNING,
		    arena_printf(a,
			"customerapi contact export %s %s "
			"--contact-id %lld says who it is; they stay two until duplicates are "
			"merged.",
			customer, alias, contact),
		    "%s/%s: contacts %lld and %lld are guests of Source %lld with one mailbox.",
		    customer, alias, (long long)rows_int(r, i, C_doctor_guests_kept_contact_id),
		    contact, source);
	}
	if (r->n > shown)
		check_say(e, CHECK_WARNING, "They stay apart until duplicates are merged.",
		    "%s/%s: %zu further %s%s a mailbox with another.", customer, alias,
		    r->n - shown, text_form((int64_t)(r->n - shown), "guest", "guests"),
		    r->n == STORE_DOCTOR_GUESTS_MAX ? ", or more, share" :
		    text_form((int64_t)(r->n - shown), " shares", " share"));
}

static void
check_guests_of(struct examination *e, const char *customer, const char *alias)
{
	struct context *x = e->x;
	struct store_alias *t;
	struct db *db = NULL;
	struct rows r = { 0 };
	int rc = store_access_alias_find(x->db, &x->arena, customer, alias, &t, &x->err);

	if (rc == 0 && t != NULL && (rc = context_tenant_open(x, t, &db, &x->err)) == 0)
		rc = store_doctor_guests(db, &x->arena, &r, &x->err);
	if (rc < 0)
		check_say(e, CHECK_WARNING, "The check \"tenants\" says why.",
		    "%s/%s: its guests cannot be looked at.", customer, alias);
	else
		say_guests(e, customer, alias, &r);
	err_clear(&x->err);
	db_close(&db);
}

static void
check_guests(struct examination *e)
{
	const size_t before = e->nlines;

	check_each_tenant(e, check_guests_of);
	if (e->nlines == before)
		check_say(e, CHECK_OK, NULL, "No two guests of a Source have the same mailbox.");
}

/* Names from before there was a rule, or from elsewhere than the command line. */
static void
check_name(struct examination *e, const char *name, const char *called, int is_alias)
{
	static const char *const fixes[] = {
		"Give it another name in api_customer.name of the registry; nothing else holds it.",
		"Give it another name in api_alias.name of the registry; nothing else holds it.",
	};
	const char *fault = name_fault(name), *what = is_alias ? "alias" : "customer";

	if (fault != NULL)
		check_say(e, CHECK_ERROR, fixes[is_alias],
		    "The %s %s cannot be reached: its name %s.", what, called, fault);
}

static void
check_names(struct examination *e)
{
	struct context *x = e->x;
	size_t before = e->nlines;
	struct rows r;

	if (store_doctor_names(x->db, &x->arena, &r, &x->err) < 0) {
		check_say_err(e, NULL);
		return;
	}
	for (size_t i = 0; i < r.n; i++)
		check_name(e, rows_text(&r, i, C_doctor_names_name),
		    rows_text(&r, i, C_doctor_names_of),
		    rows_int(&r, i, C_doctor_names_is_alias) != 0);
	if (e->nlines == before)
		check_say(e, CHECK_OK, NULL, "Every customer and alias has a name to reach it by.");
}

/* ------------------------------------------------------------------ whose database it is */

static int
same_uid(const unsigned char *x, const unsigned char *y)
{
	return memcmp(x, y, STORE_UID_BYTES) == 0;
}

static void
say_mark(struct examination *e, const struct check_place *p, const unsigned char *registry)
{
	unsigned char own[STORE_UID_BYTES];
	struct context *x = e->x;
	int known, shared;

	if (store_owner_alias(x->db, &x->arena, p->alias_id, &known, own, &shared, &x->err) < 0)
		check_say_err(e, NULL);
	else if (!p->owner.there || !known)
		check_say(e, CHECK_WARNING, "customerapi migrate gives it its mark.",
		    "%s: its database %s bears no mark of its tenant yet.", p->what, p->database);
	else if (!same_uid(own, p->owner.database_uid) ||
	    !same_uid(registry, p->owner.registry_uid))
		check_say(e, CHECK_ERROR, arena_printf(&x->arena, "Is it the right database? Then: "
		    "customerapi alias set %s %s --database %s --take-over; else name the right "
		    "one there.", p->customer, p->alias, p->database),
		    "%s: its database %s bears the mark of %s/%s: it was given away, or is another "
		    "one than before.", p->what, p->database, p->owner.customer, p->owner.alias);
}

static void
say_one_customer(struct examination *e, const struct check_place *x, const struct check_place *y,
    int shared)
{
	const char *fix = arena_printf(&e->x->arena, "Is that meant? Then: customerapi alias set "
	    "%s %s --shared; else give it a database of its own.", y->customer, y->alias);

	if (shared)
		check_say(e, CHECK_OK, NULL, "%s and %s share the database %s, as was said.",
		    x->what, y->what, y->database);
	else
		check_say(e, CHECK_WARNING, fix, "%s and %s have one database: %s.", x->what,
		    y->what, y->database);
}

static void
say_two_customers(struct examination *e, const struct check_place *x, const struct check_place *y,
    int one_place)
{
	const char *fix = arena_printf(&e->x->arena, "At once: customerapi alias set %s %s "
	    "--no-enabled, for its tokens read the other's data; then give it a database of its "
	    "own.", y->customer, y->alias);

	check_say(e, CHECK_ERROR, fix, "%s and %s, of two customers, have one database (%s)%s: "
	    "each reads the other's data.", x->what, y->what, y->database,
	    one_place ? "" : ", or one is a copy of the other's");
}

/* Two tenants whose databases have one mark, or none and one place. */
static void
say_pair(struct examination *e, const struct check_place *x, const struct check_place *y)
{
	int one_place = strcmp(x->server, y->server) == 0 && text_ieq(x->database, y->database);
	unsigned char uid[STORE_UID_BYTES];
	struct arena *a = &e->x->arena;
	struct db *db = e->x->db;
	int known, x_shared, y_shared;

	if (!one_place && !x->owner.there)
		return;
	if (store_owner_alias(db, a, x->alias_id, &known, uid, &x_shared, &e->x->err) < 0 ||
	    store_owner_alias(db, a, y->alias_id, &known, uid, &y_shared, &e->x->err) < 0)
		check_say_err(e, NULL);
	else if (strcmp(x->customer, y->customer) == 0)
		say_one_customer(e, x, y, x_shared || y_shared);
	else
		say_two_customers(e, x, y, one_place);
}

static int
have_one_mark(const struct check_place *x, const struct check_place *y)
{
	return same_uid(x->owner.database_uid, y->owner.database_uid);
}

static int
place_order(const void *x, const void *y)
{
	const struct check_place *p = x, *q = y;
	int by_uid = memcmp(p->owner.database_uid, q->owner.database_uid, STORE_UID_BYTES);

	return by_uid != 0 ? by_uid : (p->alias_id > q->alias_id) - (p->alias_id < q->alias_id);
}

/* Ordered by mark, those that could be one are side by side: a database without a mark cannot be
 * that of one with. */
static void
check_databases(struct examination *e)
{
	unsigned char registry[STORE_UID_BYTES];
	size_t before = e->nlines;

	if (store_owner_registry(e->x->db, &e->x->arena, registry, &e->x->err) < 0) {
		check_say_err(e, NULL);
		return;
	}
	if (e->nplaces > 0)
		qsort(e->places, e->nplaces, sizeof *e->places, place_order);
	for (size_t i = 0; i < e->nplaces; i++) {
		say_mark(e, &e->places[i], registry);
		for (size_t k = i; k > 0 && have_one_mark(&e->places[k - 1], &e->places[i]); k--)
			say_pair(e, &e->places[k - 1], &e->places[i]);
	}
	if (e->nlines == before)
		check_say(e, CHECK_OK, NULL,
		    "Each tenant that was looked at has a database of its own (%zu).", e->nplaces);
}

/* ------------------------------------------------------------------ table */

const struct check check_tenant_rows[] = {
	{ "names", "Every customer and alias can be reached by its name.", 1, CHECK_ON_SCHEMA,
	  check_names },
	{ "guests", "No two guests of a Source have the same mailbox.", 1, CHECK_ON_SCHEMA,
	  check_guests },
	{ "databases", "Every enabled tenant's database bears its mark, and is no other tenant's.",
	    0, CHECK_ON_SCHEMA, check_databases },
	{ NULL, NULL, 0, CHECK_GROUND_UNSET, NULL },
};
