/*
 * platform_magento_rest_address - an address of a customer or an order.
 */
#ifndef PLATFORM_MAGENTO_REST_ADDRESS_H
#define PLATFORM_MAGENTO_REST_ADDRESS_H

struct err;
struct json_object;
struct platform_context;
struct row;

/* Sets street, town, country and phone of an Address. The country is asked for; row NULL: ahead. o
 * NULL: nothing is set. 0, or a failure; ERR_ASKED is none. */
int magento_rest_address(
    struct platform_context *ctx, struct row *row, struct json_object *o, struct err *err);

#endif
