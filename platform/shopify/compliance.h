/*
 * platform_shopify_compliance - the mandatory topics customers/data_request, customers/redact,
 * shop/redact. https://shopify.dev/docs/apps/build/compliance/privacy-law-compliance
 *
 * A handler reads who is meant and asks for the work; it writes nothing itself. An erasure goes
 * through all messages of the tenant and waits for what other workers hold, which no message's
 * transaction may do: so the request is noted, once, in the transaction that settles its message,
 * and the process Erase does the work, again and again until it is done.
 */
#ifndef PLATFORM_SHOPIFY_COMPLIANCE_H
#define PLATFORM_SHOPIFY_COMPLIANCE_H

struct err;
struct platform_context;

int platform_shopify_compliance_data_request(struct platform_context *ctx, struct err *err);
int platform_shopify_compliance_redact(struct platform_context *ctx, struct err *err);
int platform_shopify_compliance_shop_redact(struct platform_context *ctx, struct err *err);

#endif
