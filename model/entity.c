#include "config.h"

#include "model/entity.h"

#include <pthread.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/text.h"

/* Names are looked for with each value that refers to a row, so they have an index: of each name
 * and set the entity, at a place that follows from its letters. */
enum { PLACES = 1024 };

static const struct entity *places[PLACES];
static pthread_once_t places_once = PTHREAD_ONCE_INIT;

static unsigned
place_of(const char *name)
{
	unsigned hash = 2166136261;	/* FNV-1a, of Fowler, Noll and Vo; 0x20: of any case */

	for (; *name != '\0'; name++)
		hash = (hash ^ ((unsigned char)*name | 0x20)) * 16777619;
	return hash % PLACES;
}

static void
place(const char *name, const struct entity *e)
{
	unsigned at = place_of(name);

	while (places[at] != NULL)
		at = (at + 1) % PLACES;
	places[at] = e;
}

static void
place_all(void)
{
	for (const struct entity *e = entities; e->name != NULL; e++) {
		place(e->name, e);
		place(e->set, e);
	}
}

const struct entity *
entity_find(const char *name)
{
	unsigned at = place_of(name);

	pthread_once(&places_once, place_all);
	for (; places[at] != NULL; at = (at + 1) % PLACES)
		if (text_ieq(places[at]->name, name) || text_ieq(places[at]->set, name))
			return places[at];
	return NULL;
}

int
entity_column_find(const struct entity *e, const char *name)
{
	for (int i = 0; e->columns[i].name != NULL; i++)
		if (*e->columns[i].name == *name && strcmp(e->columns[i].name, name) == 0)
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
