/*
 * platform_property - copies members of a body to columns of a row.
 */
#ifndef PLATFORM_PROPERTY_H
#define PLATFORM_PROPERTY_H

#include "model/row.h"

struct err;
struct json_object;
struct known_rows;
struct platform_context;

/* Which member of a body goes to which column. Ends with name NULL. */
struct platform_property {
	const char *name;
	enum column column;
};

/* Sets the columns of the properties that o has. */
void platform_property_set(struct platform_context *ctx, struct row *row,
    const struct platform_property *list, struct json_object *o, const char *prefix);

/* Checks the references of the row. A column that refers to an unknown row is removed with a remark
 * when the row can do without it; otherwise it is a fault. Either names the property (or the
 * column). 0, or a failure of the database. */
int platform_property_refer(struct platform_context *ctx, struct row *row,
    const struct platform_property *list, const char *prefix, struct err *err);

/* Asks for the row of an entity with this key. found->n is 0 when there is none. */
int platform_property_known(struct platform_context *ctx, const char *entity,
    const struct val *key, struct known_rows *found, struct err *err);

#endif
