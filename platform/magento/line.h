/*
 * platform_magento_line - reads all Details of a Command, and makes rows of them and their goods.
 *
 * A line is known by the sender's Identifier, its SKU and its number among the body's lines with
 * both, because the connector sends the product's id, which two sizes of a product share. It is
 * stored as "<Identifier>/<Sku>", the second with "#2" appended and so on, shortened to fit the
 * column.
 */
#ifndef PLATFORM_MAGENTO_LINE_H
#define PLATFORM_MAGENTO_LINE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "model/change/known.h"
#include "model/line_amount.h"
#include "platform/write.h"

struct arena;
struct err;
struct platform_context;

enum { MAGENTO_LINES_MAX = 1000 };

#define MAGENTO_SHIPPING "shipping-fee"	/* SKU of the line that stands for shipping */

struct magento_line {
	struct row *row; /* a PurchaseDetail; Identifier, PurchaseHeaderId, PurchaseGoodId and the
			    rest are set when it is written */
	const char *id, *sku; /* what names it; id "" where there is none, sku may be NULL */
	const char *good, *ean13, *reference;	/* of the good: its Identifier, … */
	int16_t source_id;		/* of the good; 0 = any */
	int shares_good; /* another line of the body has the good's Identifier and another SKU */
	int has_amount, is_gone; /* is_gone: nobody keeps it (refunded, cancelled, nothing of it) */
	int is_ended;		/* it is gone only because of its purchase's state */
	struct line_amount sum;		/* what was ordered, after platform_magento_sum() net */
};

struct magento_lines {
	int given;			/* the body has Details, be it none */
	int are_net;			/* their amounts are net of discounts as sent */
	struct magento_line *line;
	size_t n;
	const struct row *header;	/* the purchase, in front of the lines in the change */
	int64_t header_id;		/* 0 = it is not stored */
	struct known_rows stored;	/* its lines, those that are deleted too */
};

/* Sets PurchaseStatusId (and, for a header, FreeField2) of the row from PurchaseStatus. 0 or a
 * negative code. */
int platform_magento_status(struct platform_context *ctx, struct row *row, struct json_object *o,
    const char *prefix, struct err *err);

/* 1 when a PurchaseStatusId says that the buyer keeps and owes nothing: refunded or cancelled. v
 * may be NULL. */
int platform_magento_is_over(const struct val *v);

/* 1 when a stored amount or quantity is none, or 0. */
int platform_magento_is_nothing(const struct val *v);

/* Reads Details; faults go to ctx->in. 0 or a negative code. */
int platform_magento_lines_read(
    struct platform_context *ctx, struct magento_lines *lines, struct err *err);

/* Notes quantity and amount of the line as what was first ordered. */
void platform_magento_line_set_original(struct magento_line *line);

/* The functions below add rows to the change. Each returns how many lines it is about, or a
 * negative code. */

/* The lines of the body as of stamp, with their goods; and the stored lines that it leaves out,
 * which are gone. Returns how many are gone. */
int platform_magento_lines_write(struct platform_context *ctx, const struct magento_lines *lines,
    usec_t stamp, struct err *err);

/* The stamp of lines that are removed by the state of their purchase. It is just after the
 * content's stamp, so that these lines differ from lines that the content left out, and any newer
 * content replaces them. */
usec_t platform_magento_lines_end_stamp(usec_t content);

/* Marks all lines of a purchase whose content is of the stamp content. */
int platform_magento_lines_end(struct platform_context *ctx, const struct magento_lines *lines,
    usec_t content, struct err *err);

/* Restores the lines that the state of their purchase removed, with the amounts and quantities
 * first ordered; tax-free amounts and discounts become unknown. */
int platform_magento_lines_reopen(struct platform_context *ctx,
    const struct magento_lines *lines, usec_t content, struct err *err);

/* How many lines the purchase has when the change is written. */
size_t platform_magento_lines_live(
    const struct platform_context *ctx, const struct magento_lines *lines);

#endif
