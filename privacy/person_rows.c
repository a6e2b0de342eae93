#include "config.h"

#include "privacy/person_rows.h"

#include "lib/arena.h"
#include "lib/err.h"
#include "model/entity.h"
#include "privacy/person.h"
#include "store/db.h"
#include "store/entity/rows.h"

/* ------------------------------------------------------------------ who */

int
person_find_in_source(struct person *p, struct db *tenant, int16_t source_id, struct err *err)
{
	int rc = 0, more;

	for (size_t i = 0; i < p->nids && rc == 0; i++)
		rc = person_find_by_id(p, tenant, p->ids[i].source_id, p->ids[i].text, err);
	return rc < 0 ? rc : person_find_guests(p, tenant, source_id, &more, err);
}

/* How many identifiers a contact has in the Source, and in others. */
static int
identifiers(struct db *tenant, int64_t contact_id, int16_t source_id, int64_t *own, int64_t *others,
    struct err *err)
{
	struct arena a = { 0 };
	struct rows r;
	int rc = db_query(
	    tenant, Q_person_sources, DB_ARGS(v_int(source_id), v_int(contact_id)), &a, &r, err);

	*own = rc == 0 ? rows_int(&r, 0, C_person_sources_own) : 0;
	*others = rc == 0 ? rows_int(&r, 0, C_person_sources_others) : 0;
	arena_done(&a);
	return rc;
}

int
person_is_shared(
    struct db *tenant, int64_t contact_id, int16_t source_id, int *shared, struct err *err)
{
	int64_t own, others;
	int rc = identifiers(tenant, contact_id, source_id, &own, &others, err);

	*shared = others > 0;
	return rc;
}

int
person_known_elsewhere(
    const struct person *p, struct db *tenant, int16_t source_id, int *known, struct err *err)
{
	struct arena a = { 0 };
	struct person seen;
	int64_t own, others;
	int rc = 0;

	*known = 0;
	person_init(&seen, &a);
	for (size_t i = 0; i < p->ncontacts && rc == 0; i++)
		rc = person_find_by_contact(&seen, tenant, p->contacts[i], err);
	for (size_t i = 0; i < p->nemails && rc == 0; i++)
		rc = person_find_by_email(&seen, tenant, p->emails[i], err);
	for (size_t i = 0; i < seen.ncontacts && rc == 0; i++) {
		rc = identifiers(tenant, seen.contacts[i], source_id, &own, &others, err);
		*known |= others > 0 || own == 0;
	}
	arena_done(&a);
	return rc;
}

/* ------------------------------------------------------------------ which rows */

/* Purchases that a request names and that no other contact has. */
static int
add_purchases(struct db *tenant, const struct person *p, struct entity_rows *rows, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; i < p->npurchases && rc == 0; i++) {
		struct arena a = { 0 };
		struct rows r;

		rc = db_query(tenant, Q_person_purchase,
		    DB_ARGS(v_text(p->purchases[i].text), v_int(p->purchases[i].source_id)), &a, &r,
		    err);
		if (rc == 0 && r.n > 0 && rows_null(&r, 0, C_person_purchase_contact_id))
			rc = entity_rows_add(rows, entity_find("PurchaseHeader"), &r, 0, err);
		arena_done(&a);
	}
	return rc;
}

static int
add_shared(
    struct db *tenant, int64_t contact_id, struct entity_rows *rows, int lock, struct err *err)
{
	struct arena a = { 0 };
	struct entity_rows all;
	int rc;

	entity_rows_init(&all, &a);
	if ((rc = entity_rows_of_contact(&all, tenant, contact_id, lock, err)) == 0)
		rc = entity_rows_add_of_source(rows, &all, tenant, err);
	arena_done(&a);
	return rc;
}

/* Contacts that go wholly, or those of which a part does. */
static int
add_contacts(struct db *tenant, const struct person *p, int16_t only_source, int want_shared,
    struct entity_rows *rows, int lock, struct err *err)
{
	int rc = 0, shared = 0;

	for (size_t i = 0; i < p->ncontacts && rc == 0; i++)
		if ((only_source == 0 ||
			(rc = person_is_shared(
			     tenant, p->contacts[i], only_source, &shared, err)) == 0) &&
		    shared == want_shared)
			rc = shared ?
			    add_shared(tenant, p->contacts[i], rows, lock, err) :
			    entity_rows_of_contact(rows, tenant, p->contacts[i], lock, err);
	return rc;
}

int
person_rows(struct db *tenant, const struct person *p, int16_t only_source,
    struct entity_rows *rows, struct arena *a, int lock, struct err *err)
{
	int rc;

	entity_rows_init(rows, a);
	if ((rc = add_contacts(tenant, p, only_source, 0, rows, lock, err)) < 0)
		return rc;
	rows->only_source = only_source;
	if ((rc = add_purchases(tenant, p, rows, err)) < 0 ||
	    (only_source != 0 &&
		(rc = add_contacts(tenant, p, only_source, 1, rows, lock, err)) < 0))
		return rc;
	return entity_rows_follow(rows, tenant, lock, err);
}

int
person_collect(struct db *tenant, struct person *p, int16_t source_id, int16_t only_source,
    struct entity_rows *rows, struct arena *a, struct err *err)
{
	int rc, more = 1;

	while (more) {
		if ((rc = person_find_merged(p, tenant, err)) < 0 ||
		    (rc = person_rows(tenant, p, 0, rows, a, 0, err)) < 0)
			return rc;
		if ((rc = person_learn(p, tenant, rows, only_source, err)) < 0 ||
		    (rc = person_find_guests(p, tenant, source_id, &more, err)) < 0)
			return rc;
	}
	return only_source == 0 ? 0 : person_rows(tenant, p, only_source, rows, a, 0, err);
}
