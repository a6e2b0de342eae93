#include "config.h"

#include "privacy/export_value.h"

#include "lib/arena.h"
#include "lib/format/json.h"
#include "lib/format/writer.h"
#include "lib/text.h"
#include "store/db.h"

void
export_value(struct writer *w, enum entity_type type, const struct val *v)
{
	if (v->kind == VAL_NULL)
		writer_null(w);
	else if (v->kind == VAL_TIME)
		writer_time(w, v->i);
	else if (v->kind == VAL_INT && type == ENTITY_BOOLEAN)
		writer_flag(w, v->i != 0);
	else if (v->kind == VAL_INT)
		writer_int(w, v->i);
	else if (v->kind == VAL_BYTES && !text_is_utf8(v->s, v->n))
		writer_text(w, text_hex(w->b->arena, v->s, v->n));
	else
		writer_text_n(w, v->s, v->n);
}

void
export_body(struct writer *w, const char *name, const char *p, size_t n)
{
	struct arena *a = w->b->arena;
	const size_t bom = json_bom(p, n);

	if (n > 0 && json_check(p, n, NULL) == 0) {
		writer_name(w, name);
		writer_json_n(w, p + bom, n - bom);
	} else if (text_is_utf8(p, n)) {
		writer_name(w, arena_printf(a, "%sText", name));
		writer_text_n(w, p, n);
	} else {
		writer_put_text(w, arena_printf(a, "%sBase64", name), text_base64(a, p, n));
	}
}
