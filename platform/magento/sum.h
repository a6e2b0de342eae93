/*
 * platform_magento_sum - the amounts of a Command as they are stored: lines net of their discounts,
 * and whether they add up to the header.
 *
 * The connector sends a line's amounts before its discount, the header's after it. Lines whose
 * amounts add up to the header as they were sent, and no longer do less their discounts, are net
 * already: their amounts stay, those without tax too. A header discount that no line carries is
 * spread over the lines when that makes them add up; a header that holds lines which nobody keeps
 * is lessened by them. What still does not add up is said in a remark.
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
