#include "config.h"

#include "scheduler/unrouted.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/text.h"
#include "lib/text_near.h"
#include "model/entity.h"
#include "platform/platform.h"

enum { TRIPLES_MAX = 512, WORD_SHOWN = 40, LIST_BYTES_MAX = 350 };

/* ------------------------------------------------------------------ the nearest */

/* All triples that are handled, as "Platform/Entity/Action"; ends with NULL. */
static const char **
triples(struct arena *a)
{
	const char **names = arena_new(a, const char *, TRIPLES_MAX + 1);
	const struct platform_row *p;
	size_t n = 0;

	for (size_t i = 0; (p = platform_at(i)) != NULL; i++) {
		int any = strcmp(p->entity, "*") == 0;

		if (!any && n < TRIPLES_MAX)
			names[n++] = arena_printf(a, "%s/%s/%s", p->platform, p->entity, p->action);
		for (const struct entity *e = entities;
		    any && e->name != NULL && n < TRIPLES_MAX; e++)
			names[n++] = arena_printf(a, "%s/%s/%s", p->platform, e->name, p->action);
	}
	return names;
}

/* ------------------------------------------------------------------ what there is */

/* The names of the entities that a row takes: its own, or the model's. Returns the new count. */
static size_t
add_entities(const struct platform_row *p, const char **names, size_t n)
{
	if (strcmp(p->entity, "*") != 0 && n < TRIPLES_MAX)
		names[n++] = p->entity;
	if (strcmp(p->entity, "*") == 0)
		for (const struct entity *e = entities; e->name != NULL && n < TRIPLES_MAX; e++)
			names[n++] = e->name;
	return n;
}

static int
takes_entity(const struct platform_row *p, const char *entity)
{
	return text_ieq(p->entity, entity) ||
	    (strcmp(p->entity, "*") == 0 && entity_find(entity) != NULL);
}

/* The actions of an entity, else (entity NULL) the entities of a platform, else (platform NULL) the
 * platforms. "" when there are none. */
static const char *
there_are(struct arena *a, const char *platform, const char *entity)
{
	const char **names = arena_new(a, const char *, TRIPLES_MAX + 1);
	const struct platform_row *p;
	size_t n = 0;

	for (size_t i = 0; (p = platform_at(i)) != NULL && n < TRIPLES_MAX; i++)
		if (platform == NULL)
			names[n++] = p->platform;
		else if (!text_ieq(p->platform, platform))
			continue;
		else if (entity == NULL)
			n = add_entities(p, names, n);
		else if (takes_entity(p, entity))
			names[n++] = p->action;
	return text_names(a, names, LIST_BYTES_MAX);
}

/* ------------------------------------------------------------------ the sentence */

const char *
unrouted_reason(struct arena *a, const char *platform, const char *entity, const char *action)
{
	const char *near = text_nearest(arena_printf(a, "%s/%s/%s", platform, entity, action),
	    triples(a)), *there;

	if (near != NULL)
		return arena_printf(a, "Nothing handles this platform, entity and action; the "
		    "nearest known is %s.", near);
	if (*(there = there_are(a, platform, entity)) != '\0')
		return arena_printf(a, "%s/%s has no action %s; it has %s.",
		    text_utf8_fit(a, platform, WORD_SHOWN), text_utf8_fit(a, entity, WORD_SHOWN),
		    text_utf8_fit(a, action, WORD_SHOWN), there);
	if (*(there = there_are(a, platform, NULL)) != '\0')
		return arena_printf(a, "%s has no entity %s; it has %s.",
		    text_utf8_fit(a, platform, WORD_SHOWN), text_utf8_fit(a, entity, WORD_SHOWN),
		    there);
	return arena_printf(a, "There is no platform %s; there are %s.",
	    text_utf8_fit(a, platform, WORD_SHOWN), there_are(a, NULL, NULL));
}
