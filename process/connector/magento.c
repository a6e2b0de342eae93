/* process_magento - Connector/Magento: imports customers, orders, products, categories and stores
 * of a Magento 2 shop by its REST API, or files of the exporter of a Magento 1 shop. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/calendar.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/param_check.h"
#include "platform/gone.h"
#include "process/connector/magento1.h"
#include "process/connector/magento_page.h"
#include "process/connector/shop_sweep.h"
#include "process/process.h"

enum { DAY_S = 86400, MINUTE_S = 60 };

struct importing {
	struct shop_run s;
	struct magento_pages pages;
	const struct process_magento_args *in;
	usec_t since;			/* USEC_NONE = as the cursor says */
};

/* ------------------------------------------------------------------ what is read */

static const char *
order_name(struct arena *a, struct json_object *record)
{
	const char *number = json_text(record, "increment_id");
	const char *id = json_text(record, "entity_id");

	return arena_printf(a, "Order %.40s (id %.20s)", number == NULL ? "without number" : number,
	    id == NULL ? "?" : id);
}

/* In this order: what others refer to comes first. */
static const struct kind {
	const char *name;		/* of the parameter Resources */
	enum magento_resource resource;
	const char *entity;
	feed_map_fn *map;
	const char *(*name_of)(struct arena *a, struct json_object *record);
} kinds[] = {
	{ "Categories", MAGENTO_CATEGORIES, "Category", magento_rest_category, NULL },
	{ "Products", MAGENTO_PRODUCTS, "Product", magento_rest_product, NULL },
	{ "Customers", MAGENTO_CUSTOMERS, "Customer", magento_rest_customer, NULL },
	{ "Orders", MAGENTO_ORDERS, "Order", magento_rest_order, order_name },
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

static const struct kind *
kind_of(enum magento_resource r)
{
	const struct kind *k = kinds;

	while (k->resource != r)
		k++;
	return k;
}

/* ------------------------------------------------------------------ passes */

static struct shop_pass
pass_of(struct importing *m, const struct kind *k)
{
	m->pages.resource = k->resource;
	return (struct shop_pass){ .resource = magento_page_name(k->resource),
		.scope = "",
		.entity = k->entity,
		.map = k->map,
		.record = &m->pages.shop,
		.fetch = magento_page_fetch,
		.ahead = magento_page_ahead,
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

	if (!is_wanted(m, k))
		return 0;
	if (k->resource == MAGENTO_ORDERS && m->in->reconcile_days.value > 0)
		rc = reconcile(m, k, err);
	if (rc < 0)
		return rc;
	p = pass_of(m, k);
	return shop_run_pass(&m->s, &p, err);
}

/* The store views are all read with the side tables. */
static int
write_stores(struct importing *m, struct err *err)
{
	const size_t n = json_count(m->pages.stores);
	struct feed_record *r = arena_new(&m->s.run->arena, struct feed_record, n);

	if (n > FEED_CHUNK_MAX)
		return err_set(err, ERR_PERMANENT, "The shop has more than %d store views.",
		    FEED_CHUNK_MAX);
	for (size_t i = 0; i < n; i++)
		r[i] = (struct feed_record){ .map = magento_rest_store,
			.record = &m->pages.shop,
			.payload = json_object_array_get_idx(m->pages.stores, i),
			.entity = "Store",
			.about = USEC_NONE };
	return shop_run_write(&m->s, r, n, NULL, err);
}

/* ------------------------------------------------------------------ deletions */

/* Magento deletes no orders. */
static int
sweep(struct importing *m, struct err *err)
{
	static const struct { enum magento_resource resource; struct shop_sweep sweep; } of[] = {
		{ MAGENTO_CUSTOMERS, { .resource = "customers", .entity = "Customer",
		    .stored = Q_sweep_contacts, .map = platform_gone_contact } },
		{ MAGENTO_PRODUCTS, { .resource = "products", .entity = "Product",
		    .stored = Q_sweep_goods, .map = platform_gone_good } },
		{ MAGENTO_CATEGORIES, { .resource = "categories", .entity = "Category",
		    .stored = Q_sweep_categories, .map = platform_gone_category } },
	};
	int rc = 0;

	for (size_t i = 0; i < sizeof of / sizeof of[0] && rc == 0; i++) {
		struct shop_sweep one = of[i].sweep;

		if (!is_wanted(m, kind_of(of[i].resource)))
			continue;
		one.days = m->in->sweep_days.value;
		one.ids = magento_page_ids;
		one.arg = &m->pages;
		m->pages.resource = of[i].resource;
		rc = shop_sweep(&m->s, &one, err);
	}
	return rc;
}

/* ------------------------------------------------------------------ the run */

/* By the connection's zone, though the shop's own dates are UTC: an admin says it. */
static int
read_since(struct importing *m, struct err *err)
{
	const char *zone = m->s.connection.common->time_zone.value;
	struct calendar_zone *open = NULL;
	int rc;

	if (m->in->since.value == NULL)
		return 0;
	if ((rc = calendar_zone_open(zone != NULL ? zone : m->s.run->time_zone, &open, err)) < 0)
		return rc;
	rc = calendar_parse(open, m->in->since.value, &m->since);
	calendar_zone_close(&open);
	return rc == 0 ? 0 :
	    err_set(err, ERR_PERMANENT, "Since is no date: write it as 2026-01-31.");
}

static int
import2(struct importing *m, struct err *err)
{
	struct run *run = m->s.run;
	const char *no_groups;
	int rc;

	m->pages.api = (struct magento_api){ .fetch = &m->s.fetch,
		.connection = &m->s.connection };
	if ((rc = read_since(m, err)) < 0 ||
	    (rc = magento_api_begin(&m->pages.api, &run->arena, err)) < 0 ||
	    (rc = magento_pages_tables(&m->pages, &run->arena, &no_groups, err)) < 0)
		return rc;
	if (no_groups != NULL)
		run_warn(run, "The names of customers' groups are left out: %s", no_groups);
	rc = write_stores(m, err);
	for (size_t i = 0; i < KINDS && rc == 0; i++)
		rc = run_kind(m, &kinds[i], err);
	return rc == 0 && m->in->sweep_days.value > 0 ? sweep(m, err) : rc;
}

static int
import1(struct importing *m, struct err *err)
{
	const struct process_magento_args *in = m->in;
	const struct magento1_wish wish = { .resources = &in->resources, .full = in->full.value,
		.wait_s = (int)in->wait_minutes.value * MINUTE_S,
		.rejected_percent = (int)in->rejected_percent.value };

	if (m->s.run->dry_run)
		return err_set(err, ERR_PERMANENT,
		    "A Magento 1 shop cannot be asked without effect: "
		    "try its files by \"customerapi import run FILE --preset Magento1.Contact "
		    "--dry-run\".");
	return magento1_import(&m->s, &wish, err);
}

static int
import(struct importing *m, struct err *err)
{
	int rc = shop_run_begin(&m->s, m->in->connection.value, "Magento|Magento1", err);

	if (rc < 0)
		return rc;
	return connection_is(&m->s.connection, "Magento1") ? import1(m, err) : import2(m, err);
}

static int
magento_run(struct run *run, struct err *err)
{
	const struct process_magento_args *in = run->args;
	struct importing *m = arena_new(&run->arena, struct importing, 1);
	int rc;

	m->in = in;
	m->since = USEC_NONE;
	m->s = (struct shop_run){ .run = run, .platform = "Magento",
		.rejected_percent = (int)in->rejected_percent.value };
	rc = import(m, err);
	magento_pages_done(&m->pages);
	return shop_run_end(&m->s, rc, err);
}

const struct process_row process_magento_rows[] = {
	PROCESS(magento, "Connector/Magento", magento_run,
	    .time_limit_s = 24 * 3600, .memory_mb = 1024, .retries = 3, .retry_after_s = 300,
	    .tells_all = 1,
	    .doc = "Imports stores, categories, products, customers and orders from a Magento 2 "
		"shop by its REST API: what was changed since the last run, and from time to time "
		"what was deleted. Or lets a Magento 1 shop with the CRM360 module put files on an "
		"FTP server, and imports them.")
	PROCESS_PARAM(magento, text, connection, "Connection", .required = 1, .min = 1,
	    .max_length = 64, .sample = "magento",
	    .doc = "Name of a connection of the kind Magento or Magento1.")
	PROCESS_PARAM(magento, list, resources, "Resources", .max_length = 4,
	    .choices = "Categories|Products|Customers|Orders", .sample = "Orders",
	    .doc = "What is imported; all unless given.")
	PROCESS_PARAM(magento, flag, full, "Full", .def = "false",
	    .doc = "True: everything is read anew, not only what was changed since the last run.")
	PROCESS_PARAM(magento, text, since, "Since", .min = 1, .max_length = 40,
	    .check = param_check_instant, .sample = "2026-01-01",
	    .doc = "Read what was changed since this date and time, even when it was read before. "
		"On the first run: leave out what was not changed since then.")
	PROCESS_PARAM(magento, int, reconcile_days, "ReconcileDays", .min = 0, .max = 365,
	    .def = "0",
	    .doc = "Compares the orders that were changed in so many days with what is stored, for "
		"instance by webhooks: the log and the result name those that were missing or "
		"different, and they are imported. 0: nothing is compared.")
	PROCESS_PARAM(magento, int, sweep_days, "SweepDays", .min = 0, .max = 365, .def = "7",
	    .doc = "How often deletions are looked for, in days: customers, products and "
		"categories that the shop no longer lists are marked as deleted. 0: never.")
	PROCESS_PARAM(magento, int, wait_minutes, "WaitMinutes", .min = 1, .max = 1440, .def = "60",
	    .doc = "How long a Magento 1 shop may take for a file.")
	PROCESS_PARAM(magento, int, rejected_percent, "RejectedPercent", .min = 0, .max = 100,
	    .def = "10",
	    .doc = "More than this share of records that were refused is a failure; what was taken "
		"stays.")
	PROCESS_END(magento)
	{ .name = NULL },
};
