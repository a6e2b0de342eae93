#include "config.h"

#include "fcgi/help/help.h"

#include <string.h>

#include "fcgi/action.h"
#include "fcgi/api/sample.h"
#include "fcgi/help/openapi_header.h"
#include "fcgi/help/page.h"
#include "lib/arena.h"
#include "lib/err.h"
#include "lib/text.h"

enum { DEPTH_MAX = 8 };

static const char *
field_type(const struct field *f)
{
	static const char *const words[] = { [FIELD_UNSET] = "",
		[FIELD_TEXT] = "string",
		[FIELD_INT] = "integer",
		[FIELD_FLAG] = "boolean",
		[FIELD_TIME] = "date-time, UTC",
		[FIELD_DECIMAL] = "decimal, as a string",
		[FIELD_OBJECT] = "object",
		[FIELD_ANY] = "object" };

	return words[f->kind];
}

static void
add_fields(struct page *p, const char *prefix, const struct field *rows, int depth)
{
	for (const struct field *f = rows; f->name != NULL && depth < DEPTH_MAX; f++) {
		const char *name = arena_printf(p->b->arena, "%s%s", prefix, f->name);

		page_addf(p, "<tr><th scope=\"row\"><code>%s</code></th><td>%s%s%s%s</td><td>%s",
		    name, f->list ? "array of " : "", field_type(f), f->nullable ? ", or null" : "",
		    f->optional ? "; may be left out" : "", f->doc);
		if (f->choices != NULL) {
			char *rest = arena_strdup(p->b->arena, f->choices), *one;

			page_addf(p, " One of");
			for (int i = 0; (one = strsep(&rest, "|")) != NULL; i++)
				page_addf(p, "%s <code>%s</code>", i > 0 ? "," : "", one);
			page_addf(p, ".");
		}
		page_addf(p, "</td></tr>\n");
		if (f->rows != NULL)
			add_fields(p, arena_printf(p->b->arena, "%s%s.", name, f->list ? "[]" : ""),
			    f->rows, depth + 1);
	}
}

static void
add_errors(struct page *p, const struct action *a)
{
	int codes[ACTION_ERRORS_MAX], n = action_errors(a, codes);

	page_addf(p, "<h3>Errors</h3>\n");
	page_table_begin(p, "Errors", "Status|Type|Meaning");
	for (int i = 0; i < n; i++)
		page_addf(p,
		    "<tr><th "
		    "scope=\"row\">%d</th><td><code>urn:customerapi:problem:%s</code></td><td>%s</"
		    "td></tr>\n",
		    err_status(codes[i]), err_slug(codes[i]), err_sentence(codes[i]));
	page_table_end(p);
	page_addf(p, "<p>Where a status has several kinds, the type says which one it is. "
	    "429 and 503 have <code>Retry-After</code>, too.</p>\n");
}

void
help_replies(struct page *p, const struct action *a)
{
	const char *sample = sample_reply(p->b->arena, a);

	page_addf(p, "<section>\n<h2 id=\"replies\">Replies</h2>\n<p>%s</p>\n", a->reply_doc);
	if (a->reply != NULL) {
		page_table_begin(p, "Members of the reply", "Name|Type|Meaning");
		add_fields(p, a->reply_list ? "[]." : "", a->reply, 0);
		page_table_end(p);
		page_add_block(p, "reply", "Sample reply", sample);
	}
	add_errors(p, a);
	page_addf(p, "</section>\n");
}
