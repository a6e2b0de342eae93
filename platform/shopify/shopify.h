/*
 * platform_shopify - Shopify webhooks: Customer, Product, Order x Insert, Update, Delete;
 * Compliance x DataRequest, Redact, ShopRedact.
 *
 * Insert and Update are one and the same upsert, for deliveries overtake one another: the state
 * with the newest stamp (updated_at, else X-Shopify-Triggered-At, else arrival) wins, for deletions
 * too. A deletion of what was never seen leaves a deleted row, so that a late Insert is superseded.
 */
#ifndef PLATFORM_SHOPIFY_SHOPIFY_H
#define PLATFORM_SHOPIFY_SHOPIFY_H

#include "platform/platform.h"

/* The rows of this platform; ends with platform NULL. */
extern const struct platform_row platform_shopify_rows[];

#endif
