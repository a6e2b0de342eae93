#include "config.h"

#include "model/platform.h"

#include <fnmatch.h>
#include <stddef.h>
#include <string.h>

#include "lib/text.h"

const struct platform platforms[] = {
#define PLATFORM(name_, ...) { .name = name_, __VA_ARGS__ },
#define PLATFORM_ROW(...)
#include "model/platform_rows_gen.h"
#undef PLATFORM
#undef PLATFORM_ROW
	{ .name = NULL },
};

const struct platform_kind platform_kinds[] = {
#define PLATFORM(...)
#define PLATFORM_ROW(platform_, entity_, action_, run_, sample_, doc_, ...) \
	{ .platform = platform_, .entity = entity_, .action = action_, .sample = sample_, \
	    .doc = doc_ },
#include "model/platform_rows_gen.h"
#undef PLATFORM
#undef PLATFORM_ROW
	{ .platform = NULL },
};

const struct platform *
platform_named(const char *name)
{
	for (const struct platform *p = platforms; p->name != NULL; p++)
		if (text_ieq(p->name, name))
			return p;
	return NULL;
}

int
platform_kind_is_shown(const struct platform_kind *k)
{
	return !platform_named(k->platform)->hidden;
}

/* Most patterns begin with another letter, or are a name. */
static int
is_match(const char *pattern, const char *name)
{
	if (pattern[0] != name[0] && strchr("*?[\\", pattern[0]) == NULL)
		return 0;
	return fnmatch(pattern, name, 0) == 0;
}

static int
matches(const char *const patterns[PLATFORM_WORDS_MAX], const char *name)
{
	for (size_t i = 0; i < PLATFORM_WORDS_MAX && patterns[i] != NULL; i++)
		if (is_match(patterns[i], name))
			return 1;
	return 0;
}

int
platform_keeps_header(const struct platform *p, const char *name)
{
	return matches(p->headers, name) && !matches(p->headers_not, name);
}
