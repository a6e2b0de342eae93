#include "config.h"

#include "fcgi/field.h"

#include <string.h>

#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"

const char *
field_sample(const struct field *f)
{
	static const char *const samples[] = { [FIELD_UNSET] = NULL,
		[FIELD_TEXT] = NULL,
		[FIELD_INT] = "1",
		[FIELD_FLAG] = "false",
		[FIELD_TIME] = "2026-11-24T08:09:10.123456Z",
		[FIELD_DECIMAL] = "12.50",
		[FIELD_OBJECT] = NULL,
		[FIELD_ANY] = "{}" };

	return f->sample != NULL ? f->sample : samples[f->kind];
}

/* ------------------------------------------------------------------ lint */

static int
is_object(const char *json)
{
	struct json_object *o = NULL;
	struct err err = { 0 };
	int is = json_parse(json, strlen(json), &o, &err) == 0 &&
	    json_object_is_type(o, json_type_object);

	json_object_put(o);
	return is;
}

static int
sample_fits(const struct field *f)
{
	const char *s = field_sample(f);
	int64_t v;

	if (f->optional && s != NULL && *s == '\0')
		return 1;
	if (f->nullable && s != NULL && strcmp(s, "null") == 0)
		return 1;
	switch (f->kind) {
	case FIELD_INT:
		return text_int64(s, &v) == 0;
	case FIELD_FLAG:
		return strcmp(s, "true") == 0 || strcmp(s, "false") == 0;
	case FIELD_TEXT:
		return f->choices != NULL || s != NULL;
	case FIELD_ANY:
		return is_object(s);
	default:
		return 1;
	}
}

const char *
field_lint(const struct field *rows, const char **where)
{
	const char *fault;

	for (const struct field *f = rows; f->name != NULL; f++) {
		size_t n = f->doc == NULL ? 0 : strlen(f->doc);

		*where = f->name;
		if (f->kind == FIELD_UNSET || n <= 3 || f->doc[n - 1] != '.')
			return "kind is not said, or there is no doc sentence";
		if ((f->kind == FIELD_OBJECT) != (f->rows != NULL) ||
		    (f->choices != NULL && f->kind != FIELD_TEXT))
			return "has rows without being an object, or is one without rows, or has "
			       "choices without being text";
		if (!sample_fits(f))
			return "has no sample, or one of another kind";
		for (const struct field *g = rows; g != f; g++)
			if (strcmp(f->name, g->name) == 0)
				return "stands twice";
		if (f->rows != NULL && (fault = field_lint(f->rows, where)) != NULL)
			return fault;
	}
	return NULL;
}
