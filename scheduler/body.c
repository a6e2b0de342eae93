#include "config.h"

#include "scheduler/body.h"

#include <string.h>

#include "lib/text.h"
#include "net/mime.h"

int
body_is_multipart(struct arena *a, const struct content_text *t)
{
	if (content_query_kept(t) != NULL || t->body[0] == '{' || t->body[0] == '[')
		return 0;
	return strcmp(content_type_kept(a, t->headers, NULL), "multipart/form-data") == 0;
}

int
body_read(struct arena *a, const struct content_text *t, struct body *out, struct err *err)
{
	const char *type;

	*out = (struct body){ .is_form = content_query_kept(t) != NULL || content_is_form(a, t) };
	if (!body_is_multipart(a, t))
		return content_read(a, t, &out->json, &out->repaired, err);
	out->is_form = 1;
	content_type_kept(a, t->headers, &type);
	return mime_form(a, type, t->body, t->bytes, &out->json, &out->repaired, &out->files, err);
}
