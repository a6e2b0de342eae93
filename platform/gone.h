/*
 * platform_gone - mappings of what a shop no longer lists: it is marked as deleted. The payload's
 * "id" is its identifier in the Source.
 *
 * The stamp stays as it is: should the shop list it again, as it was, it is back.
 */
#ifndef PLATFORM_GONE_H
#define PLATFORM_GONE_H

struct err;
struct platform_context;

/* A customer. The contact stays when it is known by other identifiers. */
int platform_gone_contact(struct platform_context *ctx, struct err *err);

/* A good of that identifier. */
int platform_gone_good(struct platform_context *ctx, struct err *err);
int platform_gone_category(struct platform_context *ctx, struct err *err);
int platform_gone_purchase(struct platform_context *ctx, struct err *err);

#endif
