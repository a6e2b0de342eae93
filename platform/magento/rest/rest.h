/*
 * platform_magento_rest - what the REST API of Magento 2 answers, as rows of the model.
 *
 * The process that fetches pages gives each record to one of these mappings (platform/platform.h):
 * ctx->payload is the record, ctx->record the shop. Dates are UTC.
 *
 * A purchase that came by webhook, by a nightly file or from here is one: its PurchaseIdentifier is
 * that of platform/magento/command.h (increment id and code of the store view), its lines are named
 * as platform/magento/line.h says, its goods are found by SKU. An order's state is as new as its
 * updated_at, and so is what a webhook or file says by PurchaseStatusDate: the older one changes
 * nothing.
 *
 * Documents: developer.adobe.com/commerce/webapi/rest.
 */
#ifndef PLATFORM_MAGENTO_REST_REST_H
#define PLATFORM_MAGENTO_REST_REST_H

#include <stddef.h>

#include "lib/clock.h"

struct arena;
struct err;
struct json_object;
struct platform_context;

/* Side tables are objects of ids to records, from magento_rest_index(); each may be NULL. */
struct magento_shop {
	struct json_object *stores;	/* of store/storeViews: code, name */
	struct json_object *groups;	/* of customerGroups/search: code */
};

/* The records of an answer: a list, or what its member "items" lists; NULL: it is neither. Borrowed
 * from the answer. */
struct json_object *magento_rest_records(struct json_object *answer);

/* The records by their ids; the caller frees it. */
struct json_object *magento_rest_index(struct json_object *records);

/* The sentence of an error's body, with its parameters in their places; NULL: it is no error of
 * Magento's. */
const char *magento_rest_error(struct arena *a, struct json_object *body);

/* A category and all below it, as a list; the caller frees it. From a tree (children_data). */
struct json_object *magento_rest_flatten(struct json_object *tree);

/* The handlers (platform_row.run). */
int magento_rest_store(struct platform_context *ctx, struct err *err);
int magento_rest_category(struct platform_context *ctx, struct err *err);
int magento_rest_product(struct platform_context *ctx, struct err *err);
int magento_rest_customer(struct platform_context *ctx, struct err *err);
int magento_rest_order(struct platform_context *ctx, struct err *err);

/* ------------------------------------------------------------------ for the mappings */

/* The id at member, of digits; NULL for nothing and for 0. */
const char *magento_rest_id(struct json_object *o, const char *member);

/* The code of the store view, or its id when the shop does not list it; NULL for none. */
const char *magento_rest_store_code(const struct platform_context *ctx, struct json_object *o);

/* updated_at, else created_at; USEC_NONE: neither. */
usec_t magento_rest_stamp(struct platform_context *ctx, struct json_object *o);

#endif
