/*
 * prestashop_api - lists of the Webservice of PrestaShop 1.6 to 9, as arrays of records
 * (platform/prestashop/prestashop.h), and its errors with what mends them.
 *
 * Of a resource only those fields are asked for that mappings use and that this shop has (its
 * schema=synopsis says which): never passwords, keys and tokens.
 */
#ifndef PROCESS_CONNECTOR_PRESTASHOP_API_H
#define PROCESS_CONNECTOR_PRESTASHOP_API_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "net/http.h"

struct arena;
struct connection;
struct err;
struct json_object;
struct shop_fetch;

enum prestashop_resource {
	PRESTASHOP_LANGUAGES,
	PRESTASHOP_CURRENCIES,
	PRESTASHOP_COUNTRIES,
	PRESTASHOP_GROUPS,
	PRESTASHOP_STATES,
	PRESTASHOP_CATEGORIES,
	PRESTASHOP_PRODUCTS,
	PRESTASHOP_COMBINATIONS,
	PRESTASHOP_CUSTOMERS,
	PRESTASHOP_ADDRESSES,
	PRESTASHOP_ORDERS,
	PRESTASHOP_SLIPS,
	PRESTASHOP_RESOURCES		/* their number */
};

enum {
	PRESTASHOP_IDS_MAX = 100,	/* of a list of ids in an address */
	PRESTASHOP_LIST_MAX = 1000,	/* records of an answer that is asked for by them */
	PRESTASHOP_SWEEP_MAX = 5000	/* of one that has ids alone */
};

struct prestashop_api {
	/* In. */
	struct shop_fetch *fetch;
	const struct connection *connection;
	const char *scope;		/* id_shop; "" = all */

	/* Of the work. */
	const char *display[PRESTASHOP_RESOURCES];	/* NULL = it is not asked for */
};

/* Its name in addresses: "order_slip". */
const char *prestashop_api_name(enum prestashop_resource r);

/* 1 when an error's answer is no passing failure, though its status says so. */
int prestashop_api_is_final(const struct http_reply *r);

/* Finds out which fields of a resource this shop has; before it is listed, in the arena of the
 * run. */
int prestashop_api_learn(struct prestashop_api *api, struct arena *a, enum prestashop_resource r,
    struct err *err);

/* What is listed: all conditions hold. */
struct prestashop_list {
	enum prestashop_resource resource;
	int64_t after_id;		/* only higher ids; 0 = any */
	const char *changed_after; /* "2026-11-28 10:00:00", the shop's time; NULL = any time */
	const char *field; /* only records of which this field is one of ids; NULL = all */
	const int64_t *ids;
	size_t nids;
	const char *display;		/* in place of all fields: "id"; NULL = all that are used */
	int last_first;			/* the highest id first */
	int64_t limit;
};

/* The records, by ascending id, as an array that the caller frees. *date: the shop's clock, or NULL
 * for whoever does not ask. An error of the Webservice: ERR_PERMANENT, ERR_FORBIDDEN when the key
 * lacks the right; the sentence names the address and says what mends it. */
int prestashop_api_list(struct prestashop_api *api, struct arena *a,
    const struct prestashop_list *q, struct json_object **records, usec_t *date, struct err *err);

/* All records of which the field is one of the ids, however many. */
int prestashop_api_of(struct prestashop_api *api, struct arena *a, enum prestashop_resource r,
    const char *field, const int64_t *ids, size_t nids, struct json_object **records,
    struct err *err);

/* The answer to an address below api/ as text, whatever resource it is; for the connection's
 * test. */
int prestashop_api_text(struct prestashop_api *api, struct arena *a, const char *path,
    const char *query, struct http_reply *out, struct err *err);

/* The id of a record; 0 = none. */
int64_t prestashop_api_id(struct json_object *record, const char *member);

#endif
