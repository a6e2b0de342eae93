#include "config.h"

#include "scheduler/unrouted.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/text.h"
#include "scheduler/platform.h"
#include "store/entity.h"

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
		for (const struct entity *e = entities; any && e->name != NULL && n < TRIPLES_MAX; e++)
			names[n++] = arena_printf(a, "%s/%s/%s", p->platform, e->name, p->action);
	}
	return names;
}

/* ------------------------------------------------------------------ what there is */

struct list {
	struct buf text;
	size_t n, left_out;
};

static int
list_has(const struct list *l, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = l->text.data; p != NULL && *p != '\0'; p += strspn(p, ", ")) {
		if (strncmp(p, word, n) == 0 && (p[n] == ',' || p[n] == '\0'))
			return 1;
		p += strcspn(p, ",");
	}
	return 0;
}

static void
list_add(struct list *l, const char *word)
{
	if (l->n > 0 && list_has(l, word))
		return;
	if (l->text.len > LIST_BYTES_MAX)
		l->left_out++;
	else
		buf_addf(&l->text, "%s%s", l->n++ == 0 ? "" : ", ", word);
}

static const char *
list_end(struct list *l)
{
	if (l->left_out > 0)
		buf_addf(&l->text, " and %zu more", l->left_out);
	return l->text.data == NULL ? "" : l->text.data;
}

static const char *
platforms(struct arena *a)
{
	const struct platform_row *p;
	struct list l = { 0 };

	buf_init(&l.text, a);
	for (size_t i = 0; (p = platform_at(i)) != NULL; i++)
		list_add(&l, p->platform);
	return list_end(&l);
}

static const char *
entities_of(struct arena *a, const char *platform)
{
	const struct platform_row *p;
	struct list l = { 0 };

	buf_init(&l.text, a);
	for (size_t i = 0; (p = platform_at(i)) != NULL; i++) {
		int any = strcmp(p->entity, "*") == 0;

		if (!text_ieq(p->platform, platform))
			continue;
		if (!any)
			list_add(&l, p->entity);
		for (const struct entity *e = entities; any && e->name != NULL; e++)
			list_add(&l, e->name);
	}
	return list_end(&l);
}

static int
row_is_of(const struct platform_row *p, const char *platform, const char *entity)
{
	if (!text_ieq(p->platform, platform))
		return 0;
	return text_ieq(p->entity, entity) ||
	    (strcmp(p->entity, "*") == 0 && entity_find(entity) != NULL);
}

static const char *
actions_of(struct arena *a, const char *platform, const char *entity)
{
	const struct platform_row *p;
	struct list l = { 0 };

	buf_init(&l.text, a);
	for (size_t i = 0; (p = platform_at(i)) != NULL; i++)
		if (row_is_of(p, platform, entity))
			list_add(&l, p->action);
	return list_end(&l);
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
	if (*(there = actions_of(a, platform, entity)) != '\0')
		return arena_printf(a, "%s/%s has no action %s; it has %s.",
		    text_utf8_fit(a, platform, WORD_SHOWN), text_utf8_fit(a, entity, WORD_SHOWN),
		    text_utf8_fit(a, action, WORD_SHOWN), there);
	if (*(there = entities_of(a, platform)) != '\0')
		return arena_printf(a, "%s has no entity %s; it has %s.",
		    text_utf8_fit(a, platform, WORD_SHOWN), text_utf8_fit(a, entity, WORD_SHOWN),
		    there);
	return arena_printf(a, "There is no platform %s; there are %s.",
	    text_utf8_fit(a, platform, WORD_SHOWN), platforms(a));
}
