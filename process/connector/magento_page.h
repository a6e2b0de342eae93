/*
 * magento_page - pages of the resources that are imported from a Magento 2 shop, and its side
 * tables (platform/magento/rest/rest.h).
 */
#ifndef PROCESS_CONNECTOR_MAGENTO_PAGE_H
#define PROCESS_CONNECTOR_MAGENTO_PAGE_H

#include <stdint.h>

#include "platform/magento/rest/rest.h"
#include "process/connector/magento_api.h"

struct run;
struct shop_page;

enum magento_resource {
	MAGENTO_CATEGORIES,
	MAGENTO_PRODUCTS,
	MAGENTO_CUSTOMERS,
	MAGENTO_ORDERS,
	MAGENTO_RESOURCES		/* their number */
};

/* In cursor, log and progress: "orders". */
const char *magento_page_name(enum magento_resource r);

/* A request for records of it, as the connection limits them. */
struct magento_list magento_page_list(
    const struct magento_api *api, enum magento_resource r, int64_t limit);

struct magento_pages {
	struct magento_api api;
	enum magento_resource resource;	/* that is read now */
	struct magento_shop shop;	/* its tables are freed by magento_pages_done() */
	struct json_object *stores;	/* all store views, a list; NULL = not read */
};

/* Reads the side tables. Without the right to read customers' groups, groups stay empty; *no_groups
 * says why then. 0 or a negative code. */
int magento_pages_tables(struct magento_pages *p, struct arena *a, const char **no_groups,
    struct err *err);
void magento_pages_done(struct magento_pages *p);

/* For struct shop_pass: arg is a struct magento_pages. */
int magento_page_fetch(void *arg, struct shop_page *page, struct err *err);
/* For struct shop_sweep: ids of all records, whatever the connection takes. */
int magento_page_ids(void *arg, struct shop_page *page, struct err *err);
int magento_page_ahead(void *arg, const struct shop_page *page, int64_t *last_id, struct err *err);

#endif
