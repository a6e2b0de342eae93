/*
 * platform_property - members of a body that go to columns of a row as they are.
 */
#ifndef PLATFORM_PROPERTY_H
#define PLATFORM_PROPERTY_H

#include "model/row.h"

struct err;
struct json_object;
struct platform_context;

/* Which member of a body goes to which column. Ends with name NULL. */
struct platform_property {
	const char *name;
	enum column column;
};

/* Sets the columns of the properties that o has. */
void platform_property_set(struct platform_context *ctx, struct row *row,
    const struct platform_property *list, struct json_object *o, const char *prefix);

/* Of each column of the row that refers to nothing that is known: takes it out of the row with a
 * remark where the row can do without, else notes a fault, under the name of its property (or its
 * own). 0, or a failure of the database. */
int platform_property_refer(struct platform_context *ctx, struct row *row,
    const struct platform_property *list, const char *prefix, struct err *err);

#endif
