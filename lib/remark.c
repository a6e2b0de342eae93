#include "config.h"

#include "lib/remark.h"

#include <stdarg.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/format/writer.h"
#include "lib/text.h"

static int
remark_said(const struct remarks *r, const char *text)
{
	for (size_t i = 0; i < r->n && i < REMARKS_MAX; i++)
		if (strcmp(r->said[i], text) == 0)
			return 1;
	return 0;
}

/* A remark that is not kept takes no memory: a body can cause one for each of its values. */
void
remark_add(struct remarks *r, struct arena *a, const char *fmt, ...)
{
	struct arena scratch = { 0 };
	const char *text;
	va_list ap;

	va_start(ap, fmt);
	text = text_utf8_fit(&scratch, arena_vprintf(&scratch, fmt, ap), REMARK_CHARACTERS);
	va_end(ap);
	if (!remark_said(r, text)) {
		if (r->n < REMARKS_MAX)
			r->said[r->n] = arena_strdup(a, text);
		r->n++;
	}
	arena_done(&scratch);
}

const char *
remark_json(struct arena *a, const struct remarks *r)
{
	struct writer w;
	struct buf b;

	if (r->n == 0)
		return "";
	buf_init(&b, a);
	writer_init(&w, &b);
	writer_array(&w);
	for (size_t i = 0; i < r->n && i < REMARKS_MAX; i++)
		writer_text(&w, r->said[i]);
	if (r->n > REMARKS_MAX)
		writer_text(&w, arena_printf(a, "And %zu more.", r->n - REMARKS_MAX));
	writer_end(&w);
	return b.data;
}
