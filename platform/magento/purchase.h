/*
 * platform_magento_purchase - reads the bodies about a purchase, and asks what is stored of it.
 * platform_magento_command.h says how a purchase is known.
 */
#ifndef PLATFORM_MAGENTO_PURCHASE_H
#define PLATFORM_MAGENTO_PURCHASE_H

#include <stdint.h>

#include "lib/clock.h"
#include "model/row.h"
#include "platform/magento/line.h"
#include "platform/magento/person.h"

struct err;
struct platform_context;

/* Rows of sql/tenant/0002-reference.sql. */
enum { PURCHASE_TYPE_PAID = 1, PURCHASE_TYPE_UNPAID, PURCHASE_TYPE_CART };

/* A purchase on its way into the change. What is stored is 0, USEC_NONE or SQL NULL where it is
 * not. */
struct magento_purchase {
	struct platform_context *ctx;
	struct row *row;
	struct magento_key key;		/* our PurchaseIdentifier and its Source */
	struct magento_key store, contact;	/* identifier NULL: none */
	struct magento_lines lines;	/* header_id is set when the purchase is stored */
	int gone;			/* lines that are no more */
	usec_t stored_content, stored_status;	/* the stamp of the content; since when the state */
	int64_t stored_type;
	struct val stored_status_id;
	int has_stored_amount;
	struct val amount, original;	/* Amount and OriginalAmount as stored */
	int is_less;			/* the API told of refunds (FreeFieldNumber1) */
	struct val ordered;		/* OriginalAmount of a stored purchase that is worth 0 */
};

/* Reads the body of p->ctx, p else zeros, and says all its faults at once. The answers are there
 * then. 0 or a negative code, ERR_ASKED too. */
int platform_magento_purchase_read(struct magento_purchase *p, struct err *err);
int platform_magento_purchase_read_status(struct magento_purchase *p, struct err *err);

#endif
