/*
 * purchase_key - the PurchaseIdentifier of a platform that numbers its purchases per store and
 * checkout (Magento): "<number>[/<checkout>][@<store>]".
 */
#ifndef MODEL_PURCHASE_KEY_H
#define MODEL_PURCHASE_KEY_H

struct arena;

/* checkout: NULL, or "-" for none; store: NULL for none. In the arena. */
char *purchase_key(struct arena *a, const char *number, const char *checkout, const char *store);

#endif
