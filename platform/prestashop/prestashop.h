/*
 * platform_prestashop - what the Webservice of PrestaShop 1.6 to 9 answers, as rows of the model.
 *
 * The process that fetches pages gives each record to one of these mappings (platform/platform.h):
 * ctx->payload is the record, ctx->record the shop. Dates are in the shop's zone, texts in its
 * language; zero dates are nothing. Passwords, keys and tokens never leave the XML.
 *
 * Identifiers: a customer's, a category's and an order's is its id. A good's is its product's id,
 * with "-" and the combination's id behind it where it has one.
 */
#ifndef PLATFORM_PRESTASHOP_PRESTASHOP_H
#define PLATFORM_PRESTASHOP_PRESTASHOP_H

#include <stddef.h>

#include "lib/clock.h"
#include "lib/format/decimal.h"

struct arena;
struct err;
struct json_object;
struct platform_context;

/* Side tables are objects of ids to records, from prestashop_index(); each may be NULL. */
struct prestashop_shop {
	const char *time_zone;		/* IANA name; NULL = UTC */
	const char *language;		/* id of the language that is shown; NULL = the first */
	const char *shop;		/* id_shop that is taken; NULL = all */
	struct json_object *languages, *currencies, *countries, *groups, *states;
};

/* The records of an answer about a resource ("orders"), of a list or a single one, as an array that
 * the caller frees. Members are texts; localized ones objects of ids of languages to texts;
 * associations arrays. 0, or ERR_PERMANENT: no XML of the Webservice, or its own errors with their
 * codes. */
int prestashop_read(struct arena *a, const char *p, size_t n, const char *resource,
    struct json_object **records, struct err *err);

/* The records by their ids; the caller frees it. */
struct json_object *prestashop_index(struct json_object *records);

/* The handlers (platform_row.run). */
int prestashop_customer(struct platform_context *ctx, struct err *err);
int prestashop_address(struct platform_context *ctx, struct err *err);
int prestashop_category(struct platform_context *ctx, struct err *err);
/* The product's combinations, records too, are in its member "combination_records". */
int prestashop_product(struct platform_context *ctx, struct err *err);
/* The order's slips, records too, are in its member "order_slip_records". */
int prestashop_order(struct platform_context *ctx, struct err *err);

/* ------------------------------------------------------------------ for the mappings */

/* Makes dates the shop's. 1; 0 when the record is of another shop, with the reason. */
int prestashop_begin(struct platform_context *ctx);

/* The id at member; NULL for nothing and for 0. */
const char *prestashop_id(struct json_object *o, const char *member);

/* A member of the record that a side table has for an id; NULL: not known. */
const char *prestashop_side(struct json_object *table, const char *id, const char *member);

/* A localized text, or NULL. */
const char *prestashop_text(
    const struct platform_context *ctx, struct json_object *o, const char *member);

/* date_upd, else date_add; USEC_NONE: neither. */
usec_t prestashop_stamp(struct platform_context *ctx, struct json_object *o);

#endif
