#include "config.h"

#include "platform/platform.h"

#include <string.h>

#include "lib/text.h"
#include "model/entity.h"

void
platform_any_case(struct platform_context *ctx)
{
	ctx->in.any_case = 1;
	ctx->in.time_zone = ctx->message->time_zone;
}

const struct platform_row *
platform_at(size_t i)
{
	for (size_t t = 0; platform_tables[t] != NULL; t++)
		for (const struct platform_row *r = platform_tables[t]; r->platform != NULL; r++)
			if (i-- == 0)
				return r;
	return NULL;
}

/* 1 when the row is of the entity: by its name, or as "*" of any that the model knows. */
static int
is_of_entity(const struct platform_row *r, const char *entity)
{
	return text_ieq(r->entity, entity) ||
	    (strcmp(r->entity, "*") == 0 && entity_find(entity) != NULL);
}

const struct platform_row *
platform_find(const char *platform, const char *entity, const char *action)
{
	const struct platform_row *r;

	for (size_t i = 0; (r = platform_at(i)) != NULL; i++)
		if (text_ieq(r->platform, platform) && text_ieq(r->action, action) &&
		    is_of_entity(r, entity))
			return r;
	return NULL;
}
