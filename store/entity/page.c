#include "config.h"

#include "store/entity/page.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/text.h"
#include "model/entity.h"
#include "model/entity_external.h"
#include "model/export/export_plan.h"
#include "store/entity/sql.h"

/* A statement in the making. */
struct asking {
	const struct export_plan *plan;
	const struct entity_page *page;
	const struct entity *e;		/* the root, or each */
	int is_each;
	struct arena *a;
	struct buf select, from, where;
	struct val *args;
	size_t nargs;
};

/* ------------------------------------------------------------------ keys */

size_t
entity_page_width(const struct export_plan *plan)
{
	size_t n = 0;

	while (plan->kind->keys[n] != NULL)
		n++;
	return n == 0 ? 1 : n;
}

static const char *
key_of(const struct export_plan *plan, size_t i)
{
	return plan->kind->keys[0] != NULL ? plan->kind->keys[i] :
					     export_kind_root(plan->kind)->key;
}

size_t
entity_page_at(const struct export_plan *plan, const struct export_column *column)
{
	size_t at = (column->is_each ? 1 : entity_page_width(plan)) + 1;

	for (size_t i = 0; plan->columns[i] != column; i++)
		at += plan->columns[i]->is_each == column->is_each;
	return at;
}

static int
has(const struct entity *e, const char *column)
{
	return entity_column_find(e, column) >= 0;
}

/* ------------------------------------------------------------------ what is read */

/* A contact is named by one of its identifiers: none that waits for a merge if there is another. */
static void
join_contact(struct asking *s, const char *as, const char *column)
{
	buf_addf(&s->from, " LEFT JOIN ContactIdentifier %s ON %s.ContactIdentifierId = "
	    "(SELECT x.ContactIdentifierId FROM ContactIdentifier x WHERE x.ContactId = t.%s "
	    "ORDER BY x.Identifier LIKE '" CONTACT_DUPLICATE "%%', x.SourceId, x.Identifier "
	    "LIMIT 1)", as, as, column);
}

static void
join_row(struct asking *s, const char *as, const struct entity_column *through)
{
	const struct entity *to = entity_find(through->refers);

	if (entity_has_external(to))
		join_contact(s, as, through->name);
	else
		buf_addf(&s->from, " LEFT JOIN `%s` %s ON %s.%s = t.%s", to->name, as, as, to->key,
		    through->name);
}

/* 1 for the first of the columns that come of the same row. */
static int
is_first(const struct export_plan *plan, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (plan->columns[k]->is_each == plan->columns[i]->is_each &&
		    plan->columns[k]->through == plan->columns[i]->through &&
		    plan->columns[k]->is_own == plan->columns[i]->is_own)
			return 0;
	return 1;
}

/* Decision tables have columns of the type DATE. */
static void
select_plain(struct asking *s, const struct entity_column *c)
{
	if (c->calendar)
		buf_addf(&s->select, ", CAST(t.%s AS DATETIME(6))", c->name);
	else
		buf_addf(&s->select, ", t.%s", c->name);
}

static void
select_column(struct asking *s, size_t i)
{
	const struct export_column *column = s->plan->columns[i];
	const char *as = "o";

	if (column->through == NULL && !column->is_own) {
		select_plain(s, column->c);
		return;
	}
	if (column->through != NULL)
		as = arena_printf(s->a, "r_%s", column->through->name);
	buf_addf(&s->select, ", %s.%s", as, column->c->name);
	if (!is_first(s->plan, i))
		return;
	if (column->is_own)
		join_contact(s, as, s->e->key);
	else
		join_row(s, as, column->through);
}

static void
select_key(struct asking *s, const char *name, int is_first_one)
{
	const struct entity_column *c = &s->e->columns[entity_column_find(s->e, name)];

	buf_adds(&s->select, is_first_one ? "SELECT " : ", ");
	buf_addf(&s->select, c->calendar ? "CAST(t.%s AS DATETIME(6))" : "t.%s", name);
}

static void
select_all(struct asking *s)
{
	const struct export_plan *plan = s->plan;

	for (size_t i = 0; i < (s->is_each ? 1 : entity_page_width(plan)); i++)
		select_key(s, s->is_each ? plan->kind->by : key_of(plan, i), i == 0);
	buf_adds(&s->select, has(s->e, "DeletionFlag") ? ", t.DeletionFlag" : ", 0");
	buf_addf(&s->from, " FROM `%s` t", s->e->name);
	for (size_t i = 0; i < plan->ncolumns; i++)
		if (plan->columns[i]->is_each == s->is_each)
			select_column(s, i);
}

/* ------------------------------------------------------------------ which rows */

/* " AND " but in front of the first. */
static void
also(struct asking *s)
{
	buf_adds(&s->where, s->where.len == 0 ? " WHERE " : " AND ");
}

static void
add_ids(struct asking *s, const struct export_ids *ids)
{
	buf_adds(&s->where, " IN (");
	for (size_t i = 0; i < ids->n; i++)
		buf_addf(&s->where, "%s%d", i == 0 ? "" : ", ", ids->ids[i]);
	buf_addc(&s->where, ')');
}

/* Rows that refer to the root's contact, and have one of the ids. */
static void
of_contact(struct asking *s, const char *table, const char *column, const struct export_ids *ids)
{
	also(s);
	buf_addf(&s->where, "EXISTS (SELECT 1 FROM %s x WHERE x.ContactId = t.ContactId AND x.%s",
	    table, column);
	add_ids(s, ids);
	buf_addc(&s->where, ')');
}

static void
own(struct asking *s, const char *column, const struct export_ids *ids)
{
	also(s);
	buf_addf(&s->where, "t.%s", column);
	add_ids(s, ids);
}

/* Who withdrew it since the last file, from the history of opt-ins. beside: of which address. */
static void
add_withdrawn(struct asking *s, const char *beside)
{
	const char *consent = s->plan->filter.consent;

	if (!s->page->changed || strcmp(s->plan->kind->name, "Contacts") != 0)
		return;
	buf_addf(&s->where, " OR EXISTS (SELECT 1 FROM api_contact_consent h WHERE h.contact_id = "
	    "t.ContactId%s AND h.channel = '%s' AND h.old_optin = 1 AND h.written_at >= ?)", beside,
	    consent);
	s->args[s->nargs++] = v_time(s->page->since);
}

static void
by_consent_of_root(struct asking *s)
{
	const char *consent = s->plan->filter.consent;
	const int is_global = strcmp(consent, "Global") == 0;

	also(s);
	if (is_global && strcmp(s->e->name, "Contact") == 0)
		buf_adds(&s->where, "(t.GlobalOptin = 1");
	else if (is_global)
		buf_adds(&s->where, "(EXISTS (SELECT 1 FROM Contact x WHERE x.ContactId = "
		    "t.ContactId AND x.GlobalOptin = 1)");
	else
		buf_addf(&s->where, "(EXISTS (SELECT 1 FROM Address x WHERE x.ContactId = "
		    "t.ContactId AND x.%sOptin = 1%s)", consent,
		    s->page->changed ? "" : " AND x.DeletionFlag = 0");
	add_withdrawn(s, "");
	buf_addc(&s->where, ')');
}

static void
by_filter_of_root(struct asking *s)
{
	const struct export_filter *f = &s->plan->filter;
	const int has_zone = has(s->e, "ZoneId"), has_brand = has(s->e, "BrandId");

	if (f->zones.n > 0 && has_zone)
		own(s, "ZoneId", &f->zones);
	else if (f->zones.n > 0)
		of_contact(s, "Contact", "ZoneId", &f->zones);
	if (f->brands.n > 0 && has_brand)
		own(s, "BrandId", &f->brands);
	else if (f->brands.n > 0)
		of_contact(s, "Address", "BrandId", &f->brands);
	if (f->sources.n > 0 && has(s->e, "SourceId"))
		own(s, "SourceId", &f->sources);
	else if (f->sources.n > 0)
		of_contact(s, "ContactIdentifier", "SourceId", &f->sources);
	if (f->consent != NULL)
		by_consent_of_root(s);
}

/* Addresses; lines of a purchase are whole. */
static void
by_filter_of_each(struct asking *s)
{
	const struct export_filter *f = &s->plan->filter;
	const char *optin;

	if (strcmp(s->e->name, "Address") != 0)
		return;
	if (f->brands.n > 0)
		own(s, "BrandId", &f->brands);
	if (f->consent == NULL || strcmp(f->consent, "Global") == 0)
		return;
	optin = arena_printf(s->a, "%sOptin", f->consent);
	also(s);
	buf_addf(&s->where, "(t.%s = 1", optin);
	add_withdrawn(s, " AND h.brand_id = t.BrandId AND h.address_type_id = "
	    "t.ContactAddressTypeId");
	buf_addc(&s->where, ')');
}

/* (a, b) > (?, ?), as the server finds it by the index. */
static void
behind(struct asking *s)
{
	const size_t width = entity_page_width(s->plan);

	if (s->page->after == NULL)
		return;
	also(s);
	buf_addc(&s->where, '(');
	for (size_t i = 0; i < width; i++) {
		buf_adds(&s->where, i == 0 ? "(" : " OR (");
		for (size_t k = 0; k <= i; k++) {
			buf_addf(&s->where, "%st.%s %s ?", k == 0 ? "" : " AND ",
			    key_of(s->plan, k), k == i ? ">" : "=");
			s->args[s->nargs++] = s->page->after[k];
		}
		buf_addc(&s->where, ')');
	}
	buf_addc(&s->where, ')');
}

static void
among(struct asking *s, const char *column, const struct val *keys, size_t n)
{
	const size_t size = entity_sql_size(n);

	also(s);
	buf_addf(&s->where, "t.%s IN (", column);
	entity_sql_places(&s->where, size);
	buf_addc(&s->where, ')');
	for (size_t i = 0; i < size; i++)
		s->args[s->nargs++] = keys[i < n ? i : n - 1];
}

/* ------------------------------------------------------------------ asking */

static void
begin(struct asking *s)
{
	buf_init(&s->select, s->a);
	buf_init(&s->from, s->a);
	buf_init(&s->where, s->a);
	s->args = arena_new(s->a, struct val, 2 * ENTITY_PAGE_ROWS + 100);
	select_all(s);
}

static int
ask(struct asking *s, struct db *db, const char *order, struct rows *out, struct err *err)
{
	struct buf sql;

	if (!s->page->changed && has(s->e, "DeletionFlag")) {
		also(s);
		buf_adds(&s->where, "t.DeletionFlag = 0");
	}
	buf_init(&sql, s->a);
	buf_addf(&sql, "%s%s%s ORDER BY %s", s->select.data, s->from.data, s->where.data, order);
	return db_query_sql(db, sql.data, sql.len, s->args, s->nargs, s->a, out, err);
}

static int
read_roots(struct db *db, const struct export_plan *plan, struct entity_page *page,
    struct arena *a, struct err *err)
{
	struct asking s = { .plan = plan, .page = page, .e = export_kind_root(plan->kind), .a = a };
	struct buf order;

	begin(&s);
	if (page->keys != NULL)
		among(&s, s.e->key, page->keys, page->nkeys);
	else
		behind(&s);
	by_filter_of_root(&s);
	buf_init(&order, a);
	for (size_t i = 0; i < entity_page_width(plan); i++)
		buf_addf(&order, "%st.%s", i == 0 ? "" : ", ", key_of(plan, i));
	buf_addf(&order, " LIMIT %d", ENTITY_PAGE_ROWS);
	return ask(&s, db, order.data, &page->roots, err);
}

/* In the order of what names them. */
static int
read_each(struct db *db, const struct export_plan *plan, struct entity_page *page,
    struct arena *a, struct err *err)
{
	struct asking s = { .plan = plan, .page = page, .e = export_kind_each(plan->kind),
		.is_each = 1, .a = a };
	struct val *keys = arena_new(a, struct val, page->roots.n);
	struct buf order;

	for (size_t i = 0; i < page->roots.n; i++)
		keys[i] = *rows_at(&page->roots, i, ROWS_ONLY);
	begin(&s);
	among(&s, plan->kind->by, keys, page->roots.n);
	by_filter_of_each(&s);
	buf_init(&order, a);
	buf_addf(&order, "t.%s", plan->kind->by);
	for (size_t i = 0; s.e->natural[i] != NULL; i++)
		if (strcmp(s.e->natural[i], plan->kind->by) != 0)
			buf_addf(&order, ", t.%s", s.e->natural[i]);
	return ask(&s, db, order.data, &page->each, err);
}

int
entity_page_read(struct db *db, const struct export_plan *plan, struct entity_page *page,
    struct arena *a, struct err *err)
{
	int has_each = 0, rc = read_roots(db, plan, page, a, err);

	for (size_t i = 0; i < plan->ncolumns; i++)
		has_each |= plan->columns[i]->is_each;
	page->each = (struct rows){ .n = 0 };
	if (rc < 0 || !has_each || page->roots.n == 0)
		return rc;
	return read_each(db, plan, page, a, err);
}

/* ------------------------------------------------------------------ what changed */

struct entity_page_place
entity_page_begin(const struct entity *e, usec_t since)
{
	const int is_text = e->columns[entity_column_find(e, e->key)].type == ENTITY_CODE;

	return (struct entity_page_place){
		.written = since - 1, .key = is_text ? v_text("") : v_int(0)
	};
}

int
entity_page_changed(struct db *db, const struct entity *e, const char *of, usec_t until,
    struct entity_page_place *at, struct arena *a, struct rows *out, struct err *err)
{
	struct buf sql;
	int rc;

	buf_init(&sql, a);
	buf_addf(&sql, "SELECT %s, %s, ModificationDate FROM `%s` WHERE (ModificationDate > ? OR "
	    "(ModificationDate = ? AND %s > ?)) AND ModificationDate <= ? "
	    "ORDER BY ModificationDate, %s LIMIT %d", e->key, of, e->name, e->key, e->key,
	    ENTITY_PAGE_KEYS);
	rc = db_query_sql(db, sql.data, sql.len,
	    DB_ARGS(v_time(at->written), v_time(at->written), at->key, v_time(until)), a, out, err);
	if (rc < 0 || out->n == 0)
		return rc;
	at->written = rows_time(out, out->n - 1, ENTITY_PAGE_WRITTEN);
	at->key = *rows_at(out, out->n - 1, ENTITY_PAGE_KEY);
	return 0;
}

int
entity_page_last(struct db *db, const struct entity *e, int64_t *last, struct err *err)
{
	struct arena a = { 0 };
	struct rows r;
	struct buf sql;
	int rc;

	buf_init(&sql, &a);
	buf_addf(&sql, "SELECT %s FROM `%s` ORDER BY %s DESC LIMIT 1", e->key, e->name, e->key);
	rc = db_query_sql(db, sql.data, sql.len, DB_NONE, &a, &r, err);
	*last = rc < 0 || r.n == 0 ? 0 : rows_int(&r, 0, ROWS_ONLY);
	arena_done(&a);
	return rc;
}

int
entity_page_named(struct db *db, const struct entity *e, const struct val *natural, int *there,
    struct err *err)
{
	struct arena a = { 0 };
	struct rows r = { .n = 0 };
	struct buf sql;
	size_t n = 0;
	int rc;

	buf_init(&sql, &a);
	buf_addf(&sql, "SELECT 1 FROM `%s`", e->name);
	for (; e->natural[n] != NULL; n++)
		buf_addf(&sql, "%s%s = ?", n == 0 ? " WHERE " : " AND ", e->natural[n]);
	rc = db_query_sql(db, sql.data, sql.len, natural, n, &a, &r, err);
	*there = r.n > 0;
	arena_done(&a);
	return rc;
}
