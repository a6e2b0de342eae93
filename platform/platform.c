#include "config.h"

#include "platform/platform.h"

#include <stdio.h>
#include <string.h>

#include "lib/text.h"
#include "model/entity.h"
#include "model/platform.h"
#include "platform/adictiz/adictiz.h"
#include "platform/magento/magento.h"
#include "platform/shopify/shopify.h"
#include "platform/standard/standard.h"
#include "platform/test.h"

static const struct platform_row *const tables[] = { platform_shopify_rows, platform_adictiz_rows,
	platform_magento_rows, platform_standard_rows, platform_test_rows, NULL };

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
		if (text_ieq(r->platform, platform) && text_ieq(r->action, action) &&
		    (text_ieq(r->entity, entity) ||
			(strcmp(r->entity, "*") == 0 && entity_find(entity) != NULL)))
			return r;
	return NULL;
}

static const char *
lint_say(const char *platform, const char *entity, const char *action, const char *what)
{
	static char text[300];

	snprintf(text, sizeof text, "%s/%s/%s %s", platform, entity, action, what);
	return text;
}

const char *
platform_lint(void)
{
	const struct platform_row *r;

	for (size_t i = 0; (r = platform_at(i)) != NULL; i++)
		if (r->run == NULL ||
		    (strcmp(r->platform, "Test") != 0 &&
			platform_kind_find(r->platform, r->entity, r->action) == NULL))
			return lint_say(r->platform, r->entity, r->action,
			    "is not described in model/platform.c, or has no function");
	for (const struct platform_kind *k = platform_kinds; k->platform != NULL; k++)
		if (platform_find(k->platform, strcmp(k->entity, "*") == 0 ? "Contact" : k->entity,
			k->action) == NULL)
			return lint_say(
			    k->platform, k->entity, k->action, "is described and has no function");
	return NULL;
}
