/*
 * Makes the tables from the description of the model.
 */
#include "config.h"

#include "model/entity.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/text.h"
#include "model/export/export_kind.h"

static void
ddl_type(struct buf *b, const struct entity_column *c)
{
	static const char *const types[] = { [ENTITY_INT16] = "SMALLINT", [ENTITY_INT32] = "INT",
	    [ENTITY_TEXT] = "TEXT",
		[ENTITY_DATETIME] = "DATETIME(6)", [ENTITY_BOOLEAN] = "TINYINT(1)" };

	switch (c->type) {
	case ENTITY_STRING:
		buf_addf(b, "VARCHAR(%d)", c->length);
		break;
	case ENTITY_CODE:
		buf_addf(b, "VARCHAR(%d) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin",
		    c->length);
		break;
	case ENTITY_DECIMAL:
		buf_addf(b, "DECIMAL(19,%d)", c->length);
		break;
	default:
		buf_adds(b, types[c->type]);
	}
}

/* A reference from a large table to another large one needs an index; a reference to a few rows of
 * reference data does not. */
static int
wants_index(const struct entity *e, const struct entity_column *c)
{
	const struct entity *to = c->refers == NULL ? NULL : entity_find(c->refers);

	if (c->indexed || to == NULL)
		return c->indexed;
	if (!to->key_auto || (to->natural[0] == NULL && strcmp(to->name, "Contact") != 0))
		return 0;
	return e->natural[0] == NULL || strcmp(e->natural[0], c->name) != 0;
}

/* Exports look for what changed. */
static int
is_exported(const struct entity *e)
{
	for (const struct export_kind *k = export_kinds; k->name != NULL; k++)
		if (strcmp(k->root, e->name) == 0 ||
		    (k->each != NULL && strcmp(k->each, e->name) == 0))
			return 1;
	return 0;
}

char *
entity_ddl(struct arena *a, const struct entity *e)
{
	struct buf b;

	buf_init(&b, a);
	buf_addf(&b, "CREATE TABLE IF NOT EXISTS `%s` (\n", e->name);
	for (const struct entity_column *c = e->columns; c->name != NULL; c++) {
		buf_addf(&b, "\t%s ", c->name);
		ddl_type(&b, c);
		if (strcmp(c->name, "DeletionFlag") == 0)
			buf_adds(&b, " NOT NULL DEFAULT 0,\n");
		else
			buf_addf(&b, "%s%s,\n", c->required ? " NOT NULL" : " NULL",
			    strcmp(c->name, e->key) == 0 && e->key_auto ? " AUTO_INCREMENT" : "");
	}
	buf_addf(&b, "\tCreationDate DATETIME(6) NOT NULL,\n"
	    "\tModificationDate DATETIME(6) NOT NULL,\n\tPRIMARY KEY (%s)", e->key);
	for (size_t i = 0; e->natural[i] != NULL; i++)
		buf_addf(&b, "%s%s", i == 0 ? ",\n\tUNIQUE KEY natural_key (" : ", ",
		    e->natural[i]);
	if (e->natural[0] != NULL)
		buf_addc(&b, ')');
	for (const struct entity_column *c = e->columns; c->name != NULL; c++)
		if (wants_index(e, c))
			buf_addf(&b, ",\n\tKEY %s (%s)", c->name, c->name);
	if (is_exported(e))
		buf_adds(&b, ",\n\tKEY ModificationDate (ModificationDate)");
	buf_adds(&b, "\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci");
	return b.data;
}
