#include "config.h"

#include "model/entity.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/text.h"

const struct entity *
entity_find(const char *name)
{
	for (const struct entity *e = entities; e->name != NULL; e++)
		if (text_ieq(e->name, name) || text_ieq(e->set, name))
			return e;
	return NULL;
}

int
entity_column_find(const struct entity *e, const char *name)
{
	for (int i = 0; e->columns[i].name != NULL; i++)
		if (strcmp(e->columns[i].name, name) == 0)
			return i;
	return -1;
}

/* 1 for a list of words: labelled rows that belong to no Source. */
static int
is_word_list(const struct entity *e)
{
	return !e->decides && strcmp(e->owner, ENTITY_OF_ALL) == 0;
}

int
entity_column_is_spare(const struct entity *e, const struct entity_column *c)
{
	if (c->required || c->type == ENTITY_DECIMAL || strcmp(c->name, e->key) == 0)
		return 0;
	if (strcmp(c->name, "DeletionFlag") == 0 || strcmp(c->name, "SourceStamp") == 0)
		return 0;
	return c->refers == NULL || is_word_list(entity_find(c->refers));
}

const char *
entity_reserved(struct arena *a, const struct entity_column *c, const char *text)
{
	for (const char *p = c->reserved; text != NULL && p != NULL && *p != '\0';
	     p += strcspn(p, "|"), p += *p == '|') {
		size_t n = strcspn(p, "|");

		if (strncmp(text, p, n) == 0)
			return arena_strndup(a, p, n);
	}
	return NULL;
}
