/*
 * Whether the description of the model holds together.
 */
#include "config.h"

#include "model/entity.h"

#include <stdio.h>

#include "model/column_gen.h"
#include "model/entity_owner.h"

static const char *
lint_say(const struct entity *e, const char *column, const char *what)
{
	static char text[200];

	snprintf(text, sizeof text, "%s %s: %s", e->name, column == NULL ? "" : column, what);
	return text;
}

static int
has_length(enum entity_type type)
{
	return type == ENTITY_STRING || type == ENTITY_CODE || type == ENTITY_DECIMAL;
}

static const char *
lint_columns(const struct entity *e)
{
	int n = 0;

	for (const struct entity_column *c = e->columns; c->name != NULL; c++, n++) {
		const struct entity *to = c->refers == NULL ? NULL : entity_find(c->refers);

		if (c->type == ENTITY_UNSET || (has_length(c->type) && c->length <= 0))
			return lint_say(e, c->name, "has no type or length");
		if (c->refers != NULL && (to == NULL ||
		    to->columns[entity_column_find(to, to->key)].type != c->type))
			return lint_say(e, c->name,
			    "refers to nothing, or to a key of another type");
		if (c->made_from != NULL &&
		    (c->type != ENTITY_CODE || entity_column_find(e, c->made_from) < 0))
			return lint_say(e, c->name, "is no code, or made of no column");
		if (entity_column_find(e, c->name) != n)
			return lint_say(e, c->name, "stands twice");
	}
	return n >= ENTITY_COLUMNS_MAX ? lint_say(e, NULL, "has too many columns") : NULL;
}

/* Checks that the generated enums match this table. */
static const char *
lint_names(void)
{
	int n = 0, ncolumns = 0;

	for (; entities[n].name != NULL; n++)
		for (const struct entity_column *c = entities[n].columns; c->name != NULL; c++)
			ncolumns++;
	return n == E_COUNT && ncolumns == COLUMN_COUNT ?
	    NULL :
	    "model/column_gen.h does not have the columns of the table";
}

const char *
entity_lint(void)
{
	const char *fault = lint_names();

	if (fault != NULL)
		return fault;

	for (const struct entity *e = entities; e->name != NULL; e++) {
		if (e - entities >= ENTITY_COUNT_MAX)
			return lint_say(e, NULL, "is one entity more than ENTITY_COUNT_MAX");
		if (e->set == NULL || e->doc == NULL || entity_column_find(e, e->key) < 0)
			return lint_say(e, NULL, "set, doc or key is missing");
		if (entity_find(e->name) != e || entity_find(e->set) != e)
			return lint_say(e, NULL, "has a name that stands twice");
		for (size_t i = 0; e->natural[i] != NULL; i++)
			if (entity_column_find(e, e->natural[i]) < 0 ||
			    !e->columns[entity_column_find(e, e->natural[i])].required)
				return lint_say(e, e->natural[i],
				    "is in the natural key but no required column");
		if ((fault = lint_columns(e)) != NULL)
			return fault;
		if ((fault = entity_owner_fault(e)) != NULL)
			return lint_say(e, e->owner, fault);
	}
	return NULL;
}
