/*
 * platform_magento - what the vendor's Sunflow connector for Magento 2 sends: Contact, Connection
 * (a login), Newsletter, Command (an order or a cart), StatusCommand.
 *
 * Models and properties: github.com/SUNFLOW-by-FOLLOW-THE-SUN/Sunflow-Magento-2-Connector (MIT),
 * facts only. The spelling of the names on the wire is not known, so their case does not count.
 * Source ids of 0 or none are the message's Source, brands and address types of 0 or none the
 * message's.
 */
#ifndef PLATFORM_MAGENTO_MAGENTO_H
#define PLATFORM_MAGENTO_MAGENTO_H

#include "platform/platform.h"

/* The rows of this platform; ends with platform NULL. */
extern const struct platform_row platform_magento_rows[];

#endif
