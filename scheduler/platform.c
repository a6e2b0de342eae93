#include "config.h"

#include "scheduler/platform.h"

#include "lib/text.h"
#include "scheduler/platform_shopify.h"
#include "scheduler/platform_test.h"

static const struct platform_row *const tables[] = { platform_shopify_rows, platform_test_rows, NULL };

const struct platform_row *
platform_at(size_t i)
{
	for (size_t t = 0; tables[t] != NULL; t++)
		for (const struct platform_row *r = tables[t]; r->platform != NULL; r++)
			if (i-- == 0)
				return r;
	return NULL;
}

const struct platform_row *
platform_find(const char *platform, const char *entity, const char *action)
{
	const struct platform_row *r;

	for (size_t i = 0; (r = platform_at(i)) != NULL; i++)
		if (text_ieq(r->platform, platform) && text_ieq(r->entity, entity) && text_ieq(r->action, action))
			return r;
	return NULL;
}
