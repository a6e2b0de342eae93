/*
 * platform_shopify_merge - Customer x Merge: two customers of the shop are one.
 *
 * The contact of the customer that the shop keeps gets what is known of the other's
 * (store/contact_merge.h). Both ids lead to it from then on, known before or not; that of the other
 * has ended (api_identifier_end), so that its deletion takes nothing away and what comes of it late
 * only adds. Where another Source knows the merged customer's contact, and not the kept one's, that
 * contact is the one that stays. Where other Sources know both contacts, a shop may not merge them:
 * only what came from the Source moves, unless the delivery may write everything.
 *
 * A merge that failed, or has not ended, changes nothing.
 */
#ifndef PLATFORM_SHOPIFY_MERGE_H
#define PLATFORM_SHOPIFY_MERGE_H

struct err;
struct platform_context;

/* The handler (see platform.h). */
int platform_shopify_customer_merge(struct platform_context *ctx, struct err *err);

#endif
