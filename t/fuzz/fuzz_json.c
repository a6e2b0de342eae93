/* Fuzz door: the JSON parser and what reads from its objects. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static const char *const paths[] = { "id", "a", "a.b", "customer.email", "line_items",
	"total_price", "updated_at" };

/* Whatever was taken must be readable in every way, and text must be text. */
static void
read_all(struct json_object *o)
{
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		const char *text = json_text(o, paths[i]), *decimal = json_decimal(o, paths[i]);
		int found;

		json_int(o, paths[i], &found);
		json_flag(o, paths[i]);
		json_count(json_array(o, paths[i]));
		if (text != NULL && !text_is_utf8(text, strlen(text)))
			abort();
		if (decimal != NULL && strlen(decimal) == 0)
			abort();
	}
}

/* What was repaired is Unicode, needs no second repair, and what was whole is as it was. */
static void
repair(struct arena *a, const char *p, size_t n)
{
	size_t length, again, count, second;
	const char *out = json_repair(a, p, n, &length, &count);

	json_repair(a, out, length, &again, &second);
	if (second != 0 || again != length)
		abort();
	if (count == 0 && (out != p || length != n))
		abort();
	if (memchr(out, '\0', length) == NULL && !text_is_utf8(out, length))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct arena a = { 0 };
	struct err err = { 0 };
	struct json_object *o = NULL;
	int checked = json_check((const char *)p, n, &err);

	err_clear(&err);
	repair(&a, (const char *)p, n);
	json_peek(&a, (const char *)p, n, "id", 4096);
	if (json_parse((const char *)p, n, &o, &err) == 0) {
		if (checked != 0 || !text_is_utf8((const char *)p, n))
			abort();
		read_all(o);
		json_object_put(o);
	}
	arena_done(&a);
	return 0;
}
