#include "config.h"

#include "process/connector/prestashop_page.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/calendar.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "model/connection/connection.h"

/* ------------------------------------------------------------------ the shop */

int
prestashop_pages_begin(struct prestashop_pages *p, struct shop_run *s, struct err *err)
{
	const struct connection_prestashop *args = s->connection.args;
	const struct param_text *zone = &args->common.time_zone;

	p->api = (struct prestashop_api){ .fetch = &s->fetch, .connection = &s->connection,
		.scope = args->shops.n == 0 ? "" : args->shops.values[0] };
	p->shop.time_zone = zone->value != NULL ? zone->value : s->run->time_zone;
	p->shop.language = args->languages.n == 0 ? NULL : args->languages.values[0];
	return calendar_zone_open(p->shop.time_zone, &p->zone, err);
}

void
prestashop_pages_done(struct prestashop_pages *p)
{
	json_object_put(p->shop.languages);
	json_object_put(p->shop.currencies);
	json_object_put(p->shop.countries);
	json_object_put(p->shop.groups);
	json_object_put(p->shop.states);
	calendar_zone_close(&p->zone);
}

/* ------------------------------------------------------------------ what records refer to */

/* All of a resource, by their ids. */
static int
read_table(struct prestashop_pages *p, struct arena *a, enum prestashop_resource r,
    struct json_object **table, struct err *err)
{
	struct prestashop_list q = { .resource = r, .limit = PRESTASHOP_LIST_MAX };
	struct json_object *all = json_object_new_array(), *some;
	size_t n = PRESTASHOP_LIST_MAX;
	int rc = 0;

	while (n == PRESTASHOP_LIST_MAX && rc == 0) {
		if ((rc = prestashop_api_list(&p->api, a, &q, &some, NULL, err)) < 0)
			break;
		n = json_count(some);
		for (size_t i = 0; i < n; i++) {
			struct json_object *o = json_object_array_get_idx(some, i);

			q.after_id = prestashop_api_id(o, "id");
			json_object_array_add(all, json_object_get(o));
		}
		json_object_put(some);
	}
	if (rc == 0)
		*table = prestashop_index(all);
	json_object_put(all);
	return rc;
}

/* What the run can do without. */
static int
without(struct run *run, int rc, const char *what, struct err *err)
{
	if (rc != ERR_FORBIDDEN || what == NULL)
		return rc;
	run_warn(run, "%s %s", what, err->detail);
	err_clear(err);
	return 0;
}

int
prestashop_pages_tables(struct prestashop_pages *p, struct run *run, struct err *err)
{
	const struct {
		enum prestashop_resource resource;
		struct json_object **table;
		const char *without;
	} of[] = {
		{ PRESTASHOP_LANGUAGES, &p->shop.languages, "Contacts get no language." },
		{ PRESTASHOP_CURRENCIES, &p->shop.currencies, NULL },
		{ PRESTASHOP_COUNTRIES, &p->shop.countries, "Addresses get no country." },
		{ PRESTASHOP_GROUPS, &p->shop.groups, "Contacts get no group." },
		{ PRESTASHOP_STATES, &p->shop.states, "Purchases get no status." },
	};
	int rc = 0;

	for (size_t i = 0; i < sizeof of / sizeof of[0] && rc == 0; i++) {
		run_progress(run, prestashop_api_name(of[i].resource), 0, 0);
		if ((rc = prestashop_api_learn(&p->api, &run->arena, of[i].resource, err)) == 0)
			rc = read_table(p, &run->arena, of[i].resource, of[i].table, err);
		rc = without(run, rc, of[i].without, err);
	}
	return rc;
}

int
prestashop_pages_learn(struct prestashop_pages *p, struct run *run,
    enum prestashop_resource r, struct err *err)
{
	int rc = prestashop_api_learn(&p->api, &run->arena, r, err);

	if (r == PRESTASHOP_SLIPS)
		return without(run, rc, "Refunds are not taken off.", err);
	if (rc < 0 || r != PRESTASHOP_PRODUCTS)
		return rc;
	rc = prestashop_api_learn(&p->api, &run->arena, PRESTASHOP_COMBINATIONS, err);
	return without(run, rc, "Products come without combinations.", err);
}

/* ------------------------------------------------------------------ the shop's time */

/* "2026-11-28 10:00:00" of the shop's wall clock, later than which everything has a date that was
 * changed from "from" to "until". Where the clock was put back in between, an hour of its times
 * came twice: then as much earlier. */
static const char *
wall_text(const struct prestashop_pages *p, struct arena *a, usec_t from, usec_t until)
{
	const int64_t wall = calendar_wall(p->zone, from);
	const int64_t back = (until - from) / USEC_SEC - (calendar_wall(p->zone, until) - wall);
	const int64_t s = (back > 0 ? wall - back : wall) - 1;
	const int64_t days = s / 86400, rest = s % 86400;
	int y, m, d;

	clock_civil_from_days(days, &y, &m, &d);
	return arena_printf(a, "%04d-%02d-%02d %02" PRId64 ":%02" PRId64 ":%02" PRId64, y,
	    m, d, rest / 3600, rest / 60 % 60, rest % 60);
}

/* ------------------------------------------------------------------ pages */

static int64_t
last_of(struct json_object *records, int64_t otherwise)
{
	const size_t n = json_count(records);

	return n == 0 ? otherwise :
	    prestashop_api_id(json_object_array_get_idx(records, n - 1), "id");
}

static int
list_page(struct prestashop_pages *p, enum prestashop_resource r, struct shop_page *page,
    struct json_object **records, struct err *err)
{
	struct prestashop_list q = { .resource = r, .after_id = page->after_id,
		.limit = p->api.connection->common->page_size.value };
	int rc;

	if (page->from != USEC_NONE)
		q.changed_after = wall_text(p, &page->arena, page->from, page->until);
	rc = prestashop_api_list(&p->api, &page->arena, &q, records, &page->shop_now, err);
	if (rc < 0)
		return rc;
	page->last_id = last_of(*records, page->after_id);
	page->is_last = json_count(*records) < (size_t)q.limit;
	return 0;
}

int
prestashop_page_plain(void *arg, struct shop_page *page, struct err *err)
{
	struct prestashop_pages *p = arg;

	return list_page(p, p->resource, page, &page->records, err);
}

int
prestashop_page_ahead(void *arg, const struct shop_page *page, int64_t *last_id, struct err *err)
{
	struct prestashop_pages *p = arg;
	struct prestashop_list q = { .resource = p->resource, .display = "id", .last_first = 1,
		.limit = 1 };
	struct arena a = { 0 };
	struct json_object *records;
	int rc;

	if (page->from != USEC_NONE)
		q.changed_after = wall_text(p, &a, page->from, page->until);
	rc = prestashop_api_list(&p->api, &a, &q, &records, NULL, err);
	*last_id = rc < 0 ? 0 : last_of(records, 0);
	if (rc == 0)
		json_object_put(records);
	arena_done(&a);
	return rc;
}

int
prestashop_page_ids(void *arg, struct shop_page *page, struct err *err)
{
	struct prestashop_pages *p = arg;
	const struct prestashop_list q = { .resource = p->resource, .display = "id",
		.after_id = page->after_id, .limit = PRESTASHOP_SWEEP_MAX };
	int rc = prestashop_api_list(
	    &p->api, &page->arena, &q, &page->records, &page->shop_now, err);

	if (rc < 0)
		return rc;
	page->last_id = last_of(page->records, page->after_id);
	page->is_last = json_count(page->records) < PRESTASHOP_SWEEP_MAX;
	return 0;
}

/* ------------------------------------------------------------------ what belongs to records */

static int
by_number(const void *x, const void *y)
{
	const int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;

	return a < b ? -1 : a > b;
}

/* The ids at member, each once, 0 left out. */
static int64_t *
ids_of(struct arena *a, struct json_object *records, const char *member, size_t *n)
{
	const size_t all = json_count(records);
	int64_t *ids = arena_new(a, int64_t, all + 1);
	size_t kept = 0;

	for (size_t i = 0; i < all; i++)
		ids[i] = prestashop_api_id(json_object_array_get_idx(records, i), member);
	qsort(ids, all, sizeof *ids, by_number);
	for (size_t i = 0; i < all; i++)
		if (ids[i] > 0 && (kept == 0 || ids[kept - 1] != ids[i]))
			ids[kept++] = ids[i];
	*n = kept;
	return ids;
}

/* Gives each record those of others that name it at field, as its member. */
static int
attach(struct prestashop_pages *p, struct shop_page *page, enum prestashop_resource r,
    const char *field, const char *member, struct err *err)
{
	struct json_object *others, *index, *of, *list;
	int64_t *ids;
	size_t n;
	int rc;

	if (p->api.display[r] == NULL)
		return 0;
	ids = ids_of(&page->arena, page->records, "id", &n);
	if ((rc = prestashop_api_of(&p->api, &page->arena, r, field, ids, n, &others, err)) < 0)
		return rc;
	index = prestashop_index(page->records);
	for (size_t i = 0; i < json_count(others); i++) {
		struct json_object *o = json_object_array_get_idx(others, i);
		const char *id = json_text(o, field);

		if (id == NULL || !json_object_object_get_ex(index, id, &of))
			continue;
		if (!json_object_object_get_ex(of, member, &list))
			json_object_object_add(of, member, list = json_object_new_array());
		json_object_array_add(list, json_object_get(o));
	}
	json_object_put(index);
	json_object_put(others);
	return 0;
}

int
prestashop_page_products(void *arg, struct shop_page *page, struct err *err)
{
	int rc = prestashop_page_plain(arg, page, err);

	return rc < 0 ? rc :
	    attach(arg, page, PRESTASHOP_COMBINATIONS, "id_product", "combination_records", err);
}

int
prestashop_page_orders(void *arg, struct shop_page *page, struct err *err)
{
	int rc = prestashop_page_plain(arg, page, err);

	return rc < 0 ? rc :
	    attach(arg, page, PRESTASHOP_SLIPS, "id_order", "order_slip_records", err);
}

/* A slip does not change its order's date. Orders bring all their slips, so the first pass has
 * nothing to do but to see what time it is. */
int
prestashop_page_slips(void *arg, struct shop_page *page, struct err *err)
{
	struct prestashop_pages *p = arg;
	struct json_object *slips;
	const int is_first = page->from == USEC_NONE;
	int64_t *ids;
	size_t n;
	int rc = list_page(p, PRESTASHOP_SLIPS, page, &slips, err);

	if (rc < 0)
		return rc;
	if (is_first) {
		page->is_last = 1;
		json_object_put(slips);
		return 0;
	}
	ids = ids_of(&page->arena, slips, "id_order", &n);
	json_object_put(slips);
	rc = prestashop_api_of(
	    &p->api, &page->arena, PRESTASHOP_ORDERS, "id", ids, n, &page->records, err);
	return rc < 0 ? rc :
	    attach(p, page, PRESTASHOP_SLIPS, "id_order", "order_slip_records", err);
}

/* ------------------------------------------------------------------ addresses */

/* A contact has one address of a type: of a customer's the one that was made last and is not
 * deleted. */
static struct json_object *
current_ones(struct json_object *all)
{
	struct json_object *by_customer = json_object_new_object();
	struct json_object *kept = json_object_new_array();

	for (size_t i = 0; i < json_count(all); i++) {
		struct json_object *o = json_object_array_get_idx(all, i), *other;
		const char *customer = json_text(o, "id_customer");

		if (customer == NULL || json_flag(o, "deleted") == 1)
			continue;
		if (!json_object_object_get_ex(by_customer, customer, &other) ||
		    prestashop_api_id(other, "id") < prestashop_api_id(o, "id"))
			json_object_object_add(by_customer, customer, json_object_get(o));
	}
	json_object_object_foreach(by_customer, customer, o) {
		(void)customer;
		json_object_array_add(kept, json_object_get(o));
	}
	json_object_put(by_customer);
	return kept;
}

/* Addresses do not say of which shop they are; their customers do. */
static int
mark_shops(struct prestashop_pages *p, struct shop_page *page, const int64_t *ids, size_t n,
    struct err *err)
{
	struct json_object *customers, *index, *o;
	int rc;

	if (p->shop.shop == NULL)
		return 0;
	rc = prestashop_api_of(
	    &p->api, &page->arena, PRESTASHOP_CUSTOMERS, "id", ids, n, &customers, err);
	if (rc < 0)
		return rc;
	index = prestashop_index(customers);
	for (size_t i = 0; i < json_count(page->records); i++) {
		struct json_object *address = json_object_array_get_idx(page->records, i);
		const char *customer = json_text(address, "id_customer");
		const char *shop = customer != NULL &&
			json_object_object_get_ex(index, customer, &o) ? json_text(o, "id_shop") :
									 NULL;

		json_object_object_add(address, "id_shop",
		    json_object_new_string(shop == NULL ? "(none)" : shop));
	}
	json_object_put(index);
	json_object_put(customers);
	return 0;
}

int
prestashop_page_addresses(void *arg, struct shop_page *page, struct err *err)
{
	struct prestashop_pages *p = arg;
	struct json_object *changed, *all;
	int64_t *ids;
	size_t n;
	int rc = list_page(p, PRESTASHOP_ADDRESSES, page, &changed, err);

	if (rc < 0)
		return rc;
	ids = ids_of(&page->arena, changed, "id_customer", &n);
	json_object_put(changed);
	rc = prestashop_api_of(
	    &p->api, &page->arena, PRESTASHOP_ADDRESSES, "id_customer", ids, n, &all, err);
	if (rc < 0)
		return rc;
	page->records = current_ones(all);
	json_object_put(all);
	return mark_shops(p, page, ids, n, err);
}
