/* Fuzz door: form posts of both kinds. Whatever the bytes: an object of texts and lists of texts,
 * all UTF-8, or an error. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/content.h"
#include "lib/text.h"
#include "net/mime.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
check_text(struct json_object *v)
{
	if (!json_object_is_type(v, json_type_string) ||
	    !text_is_utf8(json_object_get_string(v), (size_t)json_object_get_string_len(v)))
		abort();
}

static void
check(int rc, struct json_object *o)
{
	if ((rc == 0) != (o != NULL))
		abort();
	if (o == NULL)
		return;
	json_object_object_foreach(o, name, value) {
		if (!text_is_utf8(name, strlen(name)) || strlen(name) > CONTENT_NAME_BYTES)
			abort();
		if (!json_object_is_type(value, json_type_array)) {
			check_text(value);
			continue;
		}
		for (size_t i = 0; i < json_object_array_length(value); i++)
			check_text(json_object_array_get_idx(value, i));
	}
	json_object_put(o);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct arena a = { 0 };
	const char *text = arena_strndup(&a, (const char *)p, n);
	struct json_object *o;
	struct err err = { 0 };
	size_t repaired, files;
	int rc;

	rc = content_form(&a, text, n, &o, &repaired, &err);
	check(rc, o);
	rc = content_query(&a, CONTENT_QUEUE, text, &o, &repaired, &err);
	check(rc, o);
	content_query_text(&a, CONTENT_EMAIL, text);
	content_peek(&a, text, n, "id");
	rc = mime_form(&a, "multipart/form-data; boundary=b", text, n, &o, &repaired, &files, &err);
	check(rc, o);
	arena_done(&a);
	return 0;
}
