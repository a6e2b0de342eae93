/*
 * platform_magento_line - the Details of a Command: read whole, then written with their goods.
 */
#ifndef SCHEDULER_PLATFORM_MAGENTO_LINE_H
#define SCHEDULER_PLATFORM_MAGENTO_LINE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "scheduler/platform_value.h"
#include "scheduler/platform_write.h"

struct err;

enum { MAGENTO_LINES_MAX = 1000 };

#define MAGENTO_SHIPPING "shipping-fee"	/* SKU of the line that stands for shipping */

struct magento_line {
	struct platform_write_row row;	/* PurchaseHeaderId, PurchaseGoodId and the rest are set when it is written */
	const char *sku, *good, *ean13, *reference;	/* good: the Identifier */
	int16_t source_id;		/* of the good; 0 = any */
};

struct magento_lines {
	int given;			/* the body has Details, be it none */
	struct magento_line *line;
	size_t n;
};

/* Sets PurchaseStatusId (and, for a header, FreeField2) of the row from PurchaseStatus. 0, or a failure of the database. */
int platform_magento_status(struct platform_reader *r, struct platform_write_row *row, struct json_object *o, const char *prefix, struct err *err);

/* Reads Details; faults go to the reader. 0, or a failure of the database. */
int platform_magento_lines_read(struct platform_reader *r, struct magento_lines *lines, struct err *err);

/* Writes the lines of a purchase as of stamp, and marks those that are gone. Returns how many are gone, or a negative code. */
int platform_magento_lines_write(struct platform_context *ctx, const struct magento_lines *lines, int64_t header_id, usec_t stamp, struct err *err);

#endif
