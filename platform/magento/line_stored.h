/*
 * platform_magento_line_stored - what is stored of a purchase's lines, and what of it stays.
 */
#ifndef PLATFORM_MAGENTO_LINE_STORED_H
#define PLATFORM_MAGENTO_LINE_STORED_H

#include <stddef.h>

#include "lib/clock.h"

struct err;
struct magento_lines;
struct platform_context;
struct val;

/* Columns of the stored lines. */
enum {
	LINE_IDENTIFIER, LINE_DELETED, LINE_STAMP, LINE_AMOUNT, LINE_QUANTITY,
	LINE_ORIGINAL_AMOUNT, LINE_ORIGINAL_QUANTITY
};

/* Asks for the stored lines of a purchase that is stored. 0 or a negative code. */
int platform_magento_lines_ask(
    struct platform_context *ctx, struct magento_lines *lines, struct err *err);

/* The values of the i-th one. */
const struct val *platform_magento_line_stored(const struct magento_lines *lines, size_t i);

/* The latest stamp of the stored lines; USEC_NONE: none has one. */
usec_t platform_magento_lines_stamp(const struct magento_lines *lines);

/* 1 when a body that says what was ordered says what is stored as such, and less is stored by now.
 */
int platform_magento_is_less(
    const struct val *said, const struct val *stored, const struct val *original);

/* Keeps what is stored of lines that stand for less than was ordered, when the body tells of the
 * same order: it does not know of refunds, which the API tells. */
void platform_magento_lines_keep(struct magento_lines *lines);

#endif
