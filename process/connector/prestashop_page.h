/*
 * prestashop_page - pages of a PrestaShop shop's records for a pass (process/connector/shop_run.h),
 * with what belongs to each record, and the tables that records refer to.
 */
#ifndef PROCESS_CONNECTOR_PRESTASHOP_PAGE_H
#define PROCESS_CONNECTOR_PRESTASHOP_PAGE_H

#include "platform/prestashop/prestashop.h"
#include "process/connector/prestashop_api.h"
#include "process/connector/shop_run.h"

struct calendar_zone;

struct prestashop_pages {
	struct prestashop_api api;
	struct prestashop_shop shop;	/* for the mappings */
	struct calendar_zone *zone;	/* the shop's */
	enum prestashop_resource resource;	/* of the pass */
};

/* Opens the shop's zone. prestashop_pages_done() frees it all, also after a failure. */
int prestashop_pages_begin(struct prestashop_pages *p, struct shop_run *s, struct err *err);
void prestashop_pages_done(struct prestashop_pages *p);

/* Reads languages, currencies, countries, groups and states of orders. Without the right to one of
 * them the run goes on, with a warning; without currencies no order can be read. */
int prestashop_pages_tables(struct prestashop_pages *p, struct run *run, struct err *err);

/* Finds out about a resource and what belongs to it. Without the right to combinations or slips the
 * run goes on, with a warning. */
int prestashop_pages_learn(struct prestashop_pages *p, struct run *run,
    enum prestashop_resource r, struct err *err);

/* For shop_pass.fetch: categories and customers; products with combinations; the current addresses
 * of the customers of whom one has changed; orders with slips; orders of which a slip has
 * changed. */
int prestashop_page_plain(void *arg, struct shop_page *page, struct err *err);
int prestashop_page_products(void *arg, struct shop_page *page, struct err *err);
int prestashop_page_addresses(void *arg, struct shop_page *page, struct err *err);
int prestashop_page_orders(void *arg, struct shop_page *page, struct err *err);
int prestashop_page_slips(void *arg, struct shop_page *page, struct err *err);

/* For shop_pass.ahead. */
int prestashop_page_ahead(void *arg, const struct shop_page *page, int64_t *last_id,
    struct err *err);

/* For a sweep: a page of ids alone. */
int prestashop_page_ids(void *arg, struct shop_page *page, struct err *err);

#endif
