/*
 * platform_body - the samples of the platforms' rows, by name: SHOPIFY_CUSTOMER and the like. They
 * are small bodies that work on the demo tenant; the people and shops in them are made up. The
 * Delete samples delete nothing that the others write, so that all can be sent repeatedly and in
 * any order.
 */
#ifndef MODEL_PLATFORM_BODY_H
#define MODEL_PLATFORM_BODY_H

#define PLATFORM(...)
#define PLATFORM_ROW(...)
#include "model/platform_rows_gen.h"
#undef PLATFORM
#undef PLATFORM_ROW

#endif
