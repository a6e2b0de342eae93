/*
 * magento_api - lists of the REST API of Magento 2 and Adobe Commerce, and its errors with what
 * mends them.
 *
 * Only the first page of a list is ever asked for, by ascending id behind the last one: a page past
 * the last one is the last one again, and pages 0 and 1 are the same. Only the members that
 * mappings use are asked for.
 *
 * Documents: developer.adobe.com/commerce/webapi/rest.
 */
#ifndef PROCESS_CONNECTOR_MAGENTO_API_H
#define PROCESS_CONNECTOR_MAGENTO_API_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"

struct arena;
struct connection;
struct err;
struct json_object;
struct param_list;
struct shop_fetch;

enum { MAGENTO_PAGE_MAX = 300 };	/* what shops that limit their input allow */

struct magento_api {
	/* In. */
	struct shop_fetch *fetch;	/* NULL = one try, for a test */
	const struct connection *connection;	/* of the kind Magento */

	/* Of the work. */
	usec_t began_at, begun;		/* by the shop's clock; by the monotonic one */
};

/* Asks the shop for its time, without credentials: signatures are dated by it, so a clock that is
 * wrong does no harm. From here on requests are signed. 0, or why there is no API. */
int magento_api_begin(struct magento_api *api, struct arena *a, struct err *err);

struct magento_list {
	const char *path;		/* "customers/search" */
	const char *id;			/* of records: "entity_id" */
	const char *fields;		/* of records */
	const char *of;			/* a field of records that is … NULL = none */
	const struct param_list *any;	/* … one of these; empty = all */
	int64_t after_id;		/* only higher ids */
	usec_t from;			/* only what was changed from then on; USEC_NONE = all */
	int64_t limit;
	int last_first;			/* the highest id first */
};

struct magento_records {
	struct json_object *answer;	/* the caller frees it; NULL = none */
	struct json_object *list;	/* in it */
	size_t n;
	int64_t last_id;		/* the last one's; as asked for when there is none */
	int is_last;			/* there are no more behind them */
	usec_t date;			/* by the shop's clock; USEC_NONE = it does not say */
};

/* What is at a path of the API, such as "store/storeViews". query: encoded; "" = none. *answer is
 * the caller's to free. *date may be NULL. Negative: ERR_NOT_FOUND: there is nothing of the sort;
 * ERR_FORBIDDEN: the integration lacks a right; others: why not, and how to mend it. */
int magento_api_get(struct magento_api *api, struct arena *a, const char *path, const char *query,
    struct json_object **answer, usec_t *date, struct err *err);

/* Codes as above; ERR_PERMANENT when it is no list by ascending ids. */
int magento_api_list(struct magento_api *api, struct arena *a, const struct magento_list *l,
    struct magento_records *out, struct err *err);

#endif
