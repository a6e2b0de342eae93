/* process_prestashop - Connector/Prestashop: imports customers, addresses, orders, products and
 * categories of a PrestaShop shop by its Webservice. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/calendar.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/param_check.h"
#include "platform/gone.h"
#include "process/connector/prestashop_page.h"
#include "process/connector/shop_sweep.h"
#include "process/process.h"

enum { DAY_S = 86400 };

struct importing {
	struct shop_run s;
	struct prestashop_pages pages;
	const struct process_prestashop_args *in;
	usec_t since;			/* USEC_NONE = as the cursor says */
};

/* ------------------------------------------------------------------ what is read */

static const char *
order_name(struct arena *a, struct json_object *record)
{
	const char *reference = json_text(record, "reference"), *id = json_text(record, "id");

	if (reference == NULL)
		return arena_printf(a, "Order %.20s", id == NULL ? "(without id)" : id);
	return arena_printf(a, "Order %.40s (id %.20s)", reference, id == NULL ? "?" : id);
}

/* In this order: what others refer to comes first. */
static const struct kind {
	const char *name;		/* of the parameter Resources */
	enum prestashop_resource resource;
	const char *entity;
	feed_map_fn *map;
	int (*fetch)(void *arg, struct shop_page *page, struct err *err);
	const char *(*name_of)(struct arena *a, struct json_object *record);
} kinds[] = {
	{ "Categories", PRESTASHOP_CATEGORIES, "Category", prestashop_category,
	    prestashop_page_plain, NULL },
	{ "Products", PRESTASHOP_PRODUCTS, "Product", prestashop_product,
	    prestashop_page_products, NULL },
	{ "Customers", PRESTASHOP_CUSTOMERS, "Customer", prestashop_customer,
	    prestashop_page_plain, NULL },
	{ "Addresses", PRESTASHOP_ADDRESSES, "Address", prestashop_address,
	    prestashop_page_addresses, NULL },
	{ "Orders", PRESTASHOP_ORDERS, "Order", prestashop_order, prestashop_page_orders,
	    order_name },
	{ "Orders", PRESTASHOP_SLIPS, "Order", prestashop_order, prestashop_page_slips,
	    order_name },
};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

static int
is_wanted(const struct importing *m, const struct kind *k)
{
	const struct param_list *l = &m->in->resources;

	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->values[i], k->name) == 0)
			return 1;
	return l->n == 0;
}

/* ------------------------------------------------------------------ passes */

static struct shop_pass
pass_of(struct importing *m, const struct kind *k)
{
	m->pages.resource = k->resource;
	return (struct shop_pass){ .resource = prestashop_api_name(k->resource),
		.scope = m->pages.api.scope,
		.entity = k->entity,
		.map = k->map,
		.record = &m->pages.shop,
		.fetch = k->fetch,
		.ahead = prestashop_page_ahead,
		.arg = &m->pages,
		.name = k->name_of,
		.is_whole = m->in->full.value,
		.since = m->since,
		.compare_from = USEC_NONE };
}

/* What webhooks should have brought: before the pass, which would bring it, too. */
static int
reconcile(struct importing *m, const struct kind *k, struct err *err)
{
	struct shop_pass p = pass_of(m, k);

	p.compare_from = m->s.now - m->in->reconcile_days.value * DAY_S * USEC_SEC;
	p.compare = E_PurchaseHeader;
	return shop_run_pass(&m->s, &p, err);
}

static int
run_kind(struct importing *m, const struct kind *k, struct err *err)
{
	struct shop_pass p;
	int rc = 0;

	if (!is_wanted(m, k) || m->pages.api.display[k->resource] == NULL)
		return 0;
	if (k->resource == PRESTASHOP_ORDERS && m->in->reconcile_days.value > 0)
		rc = reconcile(m, k, err);
	if (rc < 0)
		return rc;
	p = pass_of(m, k);
	return shop_run_pass(&m->s, &p, err);
}

/* A shop of a multishop, or all. */
static int
run_scope(struct importing *m, const char *scope, struct err *err)
{
	int rc = 0;

	m->pages.api.scope = scope;
	m->pages.shop.shop = scope[0] == '\0' ? NULL : scope;
	for (size_t i = 0; i < KINDS && rc == 0; i++)
		rc = run_kind(m, &kinds[i], err);
	return rc;
}

static int
run_scopes(struct importing *m, struct err *err)
{
	const struct connection_prestashop *args = m->s.connection.args;
	int rc = 0;

	if (args->shops.n == 0)
		return run_scope(m, "", err);
	for (size_t i = 0; i < args->shops.n && rc == 0; i++)
		rc = run_scope(m, args->shops.values[i], err);
	return rc;
}

/* ------------------------------------------------------------------ deletions */

static int
sweep(struct importing *m, struct err *err)
{
	static const struct { enum prestashop_resource resource; struct shop_sweep sweep; } of[] = {
		{ PRESTASHOP_CUSTOMERS, { .resource = "customers", .entity = "Customer",
		    .stored = Q_sweep_contacts, .map = platform_gone_contact } },
		{ PRESTASHOP_PRODUCTS, { .resource = "products", .entity = "Product",
		    .stored = Q_sweep_goods, .map = platform_gone_good } },
		{ PRESTASHOP_CATEGORIES, { .resource = "categories", .entity = "Category",
		    .stored = Q_sweep_categories, .map = platform_gone_category } },
		{ PRESTASHOP_ORDERS, { .resource = "orders", .entity = "Order",
		    .stored = Q_sweep_purchases, .map = platform_gone_purchase } },
	};
	int rc = 0;

	m->pages.api.scope = "";	/* what another shop has is not deleted */
	for (size_t i = 0; i < sizeof of / sizeof of[0] && rc == 0; i++) {
		struct shop_sweep one = of[i].sweep;

		if (m->pages.api.display[of[i].resource] == NULL)
			continue;
		one.days = m->in->sweep_days.value;
		one.ids = prestashop_page_ids;
		one.arg = &m->pages;
		m->pages.resource = of[i].resource;
		rc = shop_sweep(&m->s, &one, err);
	}
	return rc;
}

/* ------------------------------------------------------------------ the run */

/* Whatever is wanted, and what it refers to. */
static int
learn(struct importing *m, struct err *err)
{
	int rc = prestashop_pages_tables(&m->pages, m->s.run, err);

	for (size_t i = 0; i < KINDS && rc == 0; i++)
		if (is_wanted(m, &kinds[i]))
			rc = prestashop_pages_learn(&m->pages, m->s.run, kinds[i].resource, err);
	return rc;
}

static int
import(struct importing *m, struct err *err)
{
	int rc;

	if ((rc = shop_run_begin(&m->s, m->in->connection.value, "Prestashop", err)) < 0 ||
	    (rc = prestashop_pages_begin(&m->pages, &m->s, err)) < 0)
		return rc;
	if (m->in->since.value != NULL && calendar_parse(m->pages.zone, m->in->since.value,
	    &m->since) < 0)
		return err_set(err, ERR_PERMANENT, "Since is no date: write it as 2026-01-31.");
	if ((rc = learn(m, err)) < 0 || (rc = run_scopes(m, err)) < 0)
		return rc;
	return m->in->sweep_days.value > 0 ? sweep(m, err) : 0;
}

static int
prestashop_run(struct run *run, struct err *err)
{
	const struct process_prestashop_args *in = run->args;
	struct importing *m = arena_new(&run->arena, struct importing, 1);
	int rc;

	m->in = in;
	m->since = USEC_NONE;
	m->s = (struct shop_run){ .run = run, .platform = "PrestaShop",
		.rejected_percent = (int)in->rejected_percent.value,
		.is_final = prestashop_api_is_final };
	rc = import(m, err);
	prestashop_pages_done(&m->pages);
	return shop_run_end(&m->s, rc, err);
}

const struct process_row process_prestashop_rows[] = {
	PROCESS(prestashop, "Connector/Prestashop", prestashop_run,
	    .time_limit_s = 24 * 3600, .memory_mb = 1024, .retries = 3, .retry_after_s = 300,
	    .tells_all = 1,
	    .doc = "Imports categories, products, customers, addresses, orders and their refunds "
		"from a PrestaShop shop (1.6 to 9) by its Webservice: what was changed since the "
		"last run, and from time to time what was deleted.")
	PROCESS_PARAM(prestashop, text, connection, "Connection", .required = 1, .min = 1,
	    .max_length = 64, .sample = "shop",
	    .doc = "Name of a connection of the kind Prestashop.")
	PROCESS_PARAM(prestashop, list, resources, "Resources", .max_length = 5,
	    .choices = "Categories|Products|Customers|Addresses|Orders",
	    .doc = "What is imported; all unless given. Orders bring their refunds.")
	PROCESS_PARAM(prestashop, flag, full, "Full", .def = "false",
	    .doc = "True: everything is read anew, not only what was changed since the last run.")
	PROCESS_PARAM(prestashop, text, since, "Since", .min = 1, .max_length = 40,
	    .check = param_check_instant, .sample = "2026-01-01",
	    .doc = "Read what was changed since this date and time, even when it was read before. "
		"On the first run: leave out what was not changed since then.")
	PROCESS_PARAM(prestashop, int, reconcile_days, "ReconcileDays", .min = 0, .max = 365,
	    .def = "0",
	    .doc = "Compares the orders that were changed in so many days with what is stored, for "
		"instance by webhooks: the log and the result name those that were missing or "
		"different, and they are imported. 0: nothing is compared.")
	PROCESS_PARAM(prestashop, int, sweep_days, "SweepDays", .min = 0, .max = 365, .def = "7",
	    .doc = "How often deletions are looked for, in days: customers, products, categories "
		"and orders that the shop no longer lists are marked as deleted. 0: never.")
	PROCESS_PARAM(prestashop, int, rejected_percent, "RejectedPercent", .min = 0, .max = 100,
	    .def = "10",
	    .doc = "More than this share of records that were refused is a failure; what was taken "
		"stays.")
	PROCESS_END(prestashop)
	{ .name = NULL },
};
