#include "config.h"

#include "fcgi/api/platform_sample.h"

#include <string.h>

#include "fcgi/api/ctl_webhook.h"
#include "fcgi/api/sample.h"
#include "fcgi/request.h"
#include "lib/arena.h"
#include "lib/text.h"
#include "model/entity.h"
#include "model/entity_sample.h"
#include "model/platform.h"

#define STANDARD "Standard"

enum { VALUES_MAX = 16 };

static size_t
count_all(void)
{
	size_t n = 1;

	for (const struct platform_kind *k = platform_kinds; k->platform != NULL; k++)
		n++;
	for (const struct entity *e = entities; e->name != NULL; e++)
		n += ENTITY_SAMPLE_KINDS;
	return n;
}

static size_t
add_entity(struct arena *a, struct platform_sample *to, const struct entity *e)
{
	for (int kind = 0; kind < ENTITY_SAMPLE_KINDS; kind++)
		to[kind] = (struct platform_sample){ .platform = STANDARD, .entity = e->name,
			.action = entity_sample_action((enum entity_sample_kind)kind),
			.body = entity_sample(a, e, (enum entity_sample_kind)kind), .of = e };
	return ENTITY_SAMPLE_KINDS;
}

const struct platform_sample *
platform_samples(struct arena *a, const struct entity *only)
{
	struct platform_sample *all = arena_new(a, struct platform_sample, count_all());
	const struct entity **order = entity_sample_order(a);
	size_t n = 0;

	for (const struct platform_kind *k = platform_kinds; k->platform != NULL; k++)
		if (only == NULL && k->sample != NULL && platform_kind_is_shown(k))
			all[n++] = (struct platform_sample){ .platform = k->platform,
				.entity = k->entity, .action = k->action, .body = k->sample };
	for (size_t i = 0; order[i] != NULL; i++)
		if (only == NULL || only == order[i])
			n += add_entity(a, all + n, order[i]);
	return all;
}

const char *
platform_sample_needs(struct arena *a, const struct platform_sample *s)
{
	const struct entity *needed;
	struct buf b;

	buf_init(&b, a);
	buf_adds(&b, "");
	for (size_t i = 0; s->of != NULL && (needed = entity_sample_needs(s->of, i)) != NULL; i++)
		buf_addf(&b, "%s%s", i > 0 ? ", " : "", needed->name);
	return b.data;
}

const struct action *
platform_sample_action(void)
{
	const struct action *a = ctl_webhook_actions;

	while (strcmp(a->name, "QueueProcess") != 0)
		a++;
	return a;
}

const char *
platform_sample_curl(struct arena *a, const struct platform_sample *s, const char *base,
    const struct sample_value *values)
{
	struct sample_value all[VALUES_MAX + 4] = { { "ExternalPlatform", s->platform },
		{ "ExternalEntity", s->entity }, { "ExternalAction", s->action } };
	const struct sample sample = { .arena = a, .action = platform_sample_action(),
		.method = REQUEST_POST, .base = base, .values = all, .body = s->body };

	for (size_t n = 3; values != NULL && values->name != NULL && n < VALUES_MAX + 3; values++)
		all[n++] = *values;
	return sample_curl(&sample);
}
