#include "config.h"

#include "store/registry/store_rights.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/text.h"

#define DAILY "SELECT", "INSERT", "UPDATE", "DELETE"

const struct store_rights store_rights[] = {
	{ "web", "customerapi.fcgi: rows only.", { DAILY }, { DAILY } },
	{ "daemon", "customerapi-scheduler: rows; in tenants' databases also tables, for "
	  "RefreshDecisionalData fills a second set of tables, exchanges it with the first and "
	  "empties that.", { DAILY }, { DAILY, "CREATE", "ALTER", "DROP" } },
	{ "admin", "customerapi: also makes databases and changes tables (init, migrate, alias add "
	  "--create-database).", { DAILY, "CREATE", "ALTER", "INDEX", "DROP" },
	  { DAILY, "CREATE", "ALTER", "INDEX", "DROP" } },
	{ .program = NULL },
};

const struct store_rights *
store_rights_find(const char *program)
{
	for (const struct store_rights *r = store_rights; r->program != NULL; r++)
		if (text_ieq(r->program, program))
			return r;
	return NULL;
}

int
store_rights_is_daily(const char *right)
{
	static const char *const daily[] = { DAILY };

	for (size_t i = 0; i < sizeof daily / sizeof daily[0]; i++)
		if (strcmp(daily[i], right) == 0)
			return 1;
	return 0;
}

const char *
store_rights_text(struct arena *a, const char *const *rights)
{
	struct buf b;

	buf_init(&b, a);
	buf_adds(&b, "");
	for (size_t i = 0; rights[i] != NULL; i++)
		buf_addf(&b, "%s%s", i == 0 ? "" : ", ", rights[i]);
	return b.data;
}

const char *
store_rights_pattern(struct arena *a, const char *database, const char *more)
{
	struct buf b;

	buf_init(&b, a);
	buf_addc(&b, '`');
	for (const char *p = database; *p != '\0'; p++) {
		if (*p == '_' || *p == '%' || *p == '\\')
			buf_addc(&b, '\\');
		if (*p == '`')
			buf_addc(&b, '`');
		buf_addc(&b, *p);
	}
	buf_addf(&b, "%s`", more);
	return b.data;
}
