#include "config.h"

#include "privacy/export_value.h"

#include <inttypes.h>

#include "lib/arena.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "store/db.h"

static void
add_time(struct buf *b, usec_t t)
{
	char iso[32];

	if (t == USEC_NONE) {
		buf_adds(b, "null");
		return;
	}
	clock_iso8601(t, iso);
	buf_add_json(b, iso);
}

void
export_add_value(struct buf *b, enum entity_type type, const struct val *v)
{
	if (v->kind == VAL_NULL)
		buf_adds(b, "null");
	else if (v->kind == VAL_TIME)
		add_time(b, v->i);
	else if (v->kind == VAL_INT && type == ENTITY_BOOLEAN)
		buf_adds(b, v->i != 0 ? "true" : "false");
	else if (v->kind == VAL_INT)
		buf_addf(b, "%" PRId64, v->i);
	else if (v->kind == VAL_BYTES && !text_is_utf8(v->s, v->n))
		buf_add_json(b, text_hex(b->arena, v->s, v->n));
	else
		buf_add_json_n(b, v->s, v->n);
}

void
export_add_text(struct buf *b, const char *name, const char *text)
{
	buf_addf(b, "%s\"%s\": ", b->data[b->len - 1] == '{' ? "" : ", ", name);
	buf_add_json(b, text);
}

void
export_add_int(struct buf *b, const char *name, int64_t n)
{
	buf_addf(b, "%s\"%s\": %" PRId64, b->data[b->len - 1] == '{' ? "" : ", ", name, n);
}

void
export_add_instant(struct buf *b, const char *name, usec_t t)
{
	buf_addf(b, ", \"%s\": ", name);
	add_time(b, t);
}

void
export_add_body(struct buf *b, const char *name, const char *p, size_t n)
{
	const size_t bom = json_bom(p, n);

	if (n > 0 && json_check(p, n, NULL) == 0) {
		buf_addf(b, ", \"%s\": ", name);
		buf_add(b, p + bom, n - bom);
	} else if (text_is_utf8(p, n)) {
		buf_addf(b, ", \"%sText\": ", name);
		buf_add_json_n(b, p, n);
	} else {
		buf_addf(b, ", \"%sBase64\": ", name);
		buf_add_json(b, text_base64(b->arena, p, n));
	}
}
