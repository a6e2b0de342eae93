/*
 * platform_shopify_compliance - the mandatory topics customers/data_request, customers/redact,
 * shop/redact. https://shopify.dev/docs/apps/build/compliance/privacy-law-compliance
 *
 * A handler reads who is meant and requests the work; it writes nothing itself. An erasure walks
 * all messages of the tenant and waits for other workers' locks, which a message's transaction must
 * not do. So the request is stored once, in the transaction that settles its message, and the
 * process Erase works on it until it is done.
 */
#ifndef PLATFORM_SHOPIFY_COMPLIANCE_H
#define PLATFORM_SHOPIFY_COMPLIANCE_H

struct err;
struct platform_context;

int platform_shopify_compliance_data_request(struct platform_context *ctx, struct err *err);
int platform_shopify_compliance_redact(struct platform_context *ctx, struct err *err);
int platform_shopify_compliance_shop_redact(struct platform_context *ctx, struct err *err);

#endif
