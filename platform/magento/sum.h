/*
 * platform_magento_sum - computes the stored amounts of a Command: lines net of their discounts;
 * and checks that they add up to the header.
 *
 * The connector sends a line's amounts before its discount, the header's after it. Lines that add
 * up to the header as sent, but not after subtracting their discounts, are net already: their
 * amounts stay, with and without tax. A body with DetailsAreNet, made of the connector's nightly
 * file, has net lines whether they add up or not; its shipping comes without tax and gets what the
 * lines lack of the header. A header discount that no line has is spread over the lines
 * when they then add up. A header that includes lines that the buyer does not keep is reduced by
 * them. A remark says what still does not add up.
 */
#ifndef PLATFORM_MAGENTO_SUM_H
#define PLATFORM_MAGENTO_SUM_H

struct err;
struct magento_lines;
struct platform_context;
struct row;

/* Sets the amounts of the lines' rows and of the header. 0, or ERR_PERMANENT when sums are too
 * large. */
int platform_magento_sum(struct platform_context *ctx, struct row *header,
    struct magento_lines *lines, struct err *err);

#endif
