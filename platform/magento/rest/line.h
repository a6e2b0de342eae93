/*
 * platform_magento_rest_line - the items of an order, and its shipping, as lines.
 *
 * Items below another one (of configurable products and bundles) have no amounts of their own and
 * are left out; the child of a configurable product says which product was bought. Amounts are as
 * ordered less what was cancelled and refunded, by quantities; what credit memos give back beyond
 * that, or keep as a fee, is shared out over the lines that are kept.
 */
#ifndef PLATFORM_MAGENTO_REST_LINE_H
#define PLATFORM_MAGENTO_REST_LINE_H

#include "lib/format/decimal.h"
#include "platform/magento/line.h"

struct err;
struct json_object;
struct platform_context;
struct row;

/* What the API says of a line. Nothing of it is below 0. */
struct magento_rest_sent {
	struct decimal row_total, row_incl_tax, tax, compensation, discount;
	struct decimal ordered, gone, refunded;	/* pieces; gone: cancelled or refunded */
	int is_charge;			/* its pieces are shares: it is one, whatever is left */
};

struct magento_rest_lines {
	struct magento_lines of;
	struct magento_rest_sent *sent;	/* of each line */
};

/* Reads the lines, named as the vendor's webhooks name them. Asks for nothing. 0 or ERR_PERMANENT.
 */
int magento_rest_lines_read(struct platform_context *ctx, struct json_object *order,
    struct magento_rest_lines *out, struct err *err);

/* Sets amounts and quantities of lines and header, what was first ordered, too. is_over: nobody
 * keeps anything. 0 or ERR_PERMANENT. */
int magento_rest_lines_settle(struct platform_context *ctx, struct json_object *order,
    struct row *header, struct magento_rest_lines *lines, int is_over, struct err *err);

#endif
