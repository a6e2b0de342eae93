/* TAP: how the names of rows reach a statement: as a JSON list, or as values of their own when
 * JSON would have to say a character in another way. */
#include "config.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/text.h"
#include "model/entity.h"
#include "model/val.h"
#include "store/entity/lookup.h"
#include "store/entity/sql.h"
#include "t/c/tap.h"

static struct arena arena;

/* Two stores: "s" and the text, of Source 1. Returns the number of arguments. */
static size_t
from(const char *text, size_t n, const char **sql, const struct val **args)
{
	const struct entity *e = entity_find("Store");
	const int columns[] = { entity_column_find(e, "StoreIdentifier"),
		entity_column_find(e, "SourceId") };
	const struct val values[] = { v_text("s"), v_int(1), v_textn(text, n), v_int(1) };
	const struct entity_names names = { .e = e, .columns = columns, .ncolumns = 2,
		.values = values, .nrows = 2 };
	struct buf b;
	size_t nargs;

	buf_init(&b, &arena);
	entity_sql_from(&b, &names, &arena, args, &nargs);
	*sql = b.data;
	return nargs;
}

static void
is_list(const char *text, const char *want)
{
	const struct val *args;
	const char *sql;
	const size_t n = from(text, strlen(text), &sql, &args);

	ok(n == 1 && strstr(sql, "JSON_TABLE(?") != NULL, "a list:", text);
	ok(n == 1 && strcmp(args[0].s, want) == 0, want, n == 1 ? args[0].s : "");
}

static void
is_values(const char *text, size_t n, const char *what)
{
	const struct val *args;
	const char *sql;
	const size_t nargs = from(text, n, &sql, &args);

	ok(nargs == 4 && strstr(sql, "JSON_TABLE") == NULL &&
	    strstr(sql, "(StoreIdentifier = ? AND SourceId = ?) OR (") != NULL, "values:", what);
}

int
main(void)
{
	is_list("t", "[[\"s\",1],[\"t\",1]]");
	is_list("a b", "[[\"a b\",1],[\"s\",1]]");
	is_list("\xc3\xa9/'`%", "[[\"s\",1],[\"\xc3\xa9/'`%\",1]]");
	is_list("s", "[[\"s\",1]]");
	is_values("a\"", 2, "a quote");
	is_values("\\u0041", 6, "a backslash");
	is_values("a\tb", 3, "a TAB");
	is_values("a\nb", 3, "a line end");
	is_values("a\0b", 3, "a NUL");
	is_values("\x1f", 1, "the last control");
	is_values("\x7f", 1, "DEL");
	arena_done(&arena);
	return tap_end();
}
