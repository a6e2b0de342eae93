/*
 * platform_test - in check builds: the platform Test, whose actions end in every way that a handler
 * can end. Elsewhere the table is empty.
 *
 * A payload's "id" (if any) becomes the Identifier of a MarketingAction, its "label" the Label: an
 * effect that tests can look for.
 */
#ifndef PLATFORM_TEST_H
#define PLATFORM_TEST_H

#include "platform/platform.h"

/* The rows of this platform; ends with platform NULL. */
extern const struct platform_row platform_test_rows[];

#endif
