#include "platform/write.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/set.h"
#include "lib/text.h"
#include "model/column_text.h"
#include "model/change/known.h"
#include "platform/contact.h"
#include "platform/platform.h"

/* ------------------------------------------------------------------ what fits */

/* v as it fits into the column: itself, cut, or NULL. 1 when it is left out, 0, or a negative code.
 */
static int
platform_write_fit(struct platform_context *ctx, const struct entity *e,
    const struct entity_column *c, struct val *v, struct err *err)
{
	if (v->kind != VAL_TEXT || c->type == ENTITY_DECIMAL)
		return 0;
	if (c->required && c->type == ENTITY_CODE && column_text_is_broken(&ctx->in, v->s))
		return err_set(err, ERR_PERMANENT,
		    "%s.%s has characters that Unicode does not have, and it names the row.",
		    e->name, c->name);
	if (!column_text_is_sound(&ctx->in, e, c, "", c->name, v->s)) {
		*v = v_null();
		return 1;
	}
	if (column_text_fits(c, v->s) || !entity_column_is_spare(e, c))
		return 0;
	*v = column_text_cut(&ctx->in, c, "", c->name, v->s);
	return v->kind == VAL_NULL;
}

/* A value that is left out of a single row keeps its stored value. In a change it becomes NULL,
 * because the stored value is not the sender's. */
static int
platform_write_fit_row(struct platform_context *ctx, struct row *row, int is_alone, struct err *err)
{
	int r;

	for (int i = 0; row->entity->columns[i].name != NULL; i++) {
		const struct entity_column *c = &row->entity->columns[i];

		if (!row->said[i])
			continue;
		if ((r = platform_write_fit(ctx, row->entity, c, &row->values[i], err)) < 0)
			return r;
		if (r > 0 && is_alone)
			row_unsay_at(row, i);
	}
	return 0;
}

/* ------------------------------------------------------------------ rows */

void
platform_write_text(struct platform_context *ctx, struct row *row, enum column c,
    struct json_object *o, const char *member)
{
	if (read_has(&read_exact, o, member) && read_is_text(&ctx->in, o, member))
		row_text(row, c, json_text(o, member));
}

/* Of a list that is sent again and again, a stamp that is the arrival alone says nothing. */
static void
undate(const struct platform_context *ctx, struct row *row)
{
	const struct val *stamp;
	int i;

	if (!ctx->message->is_undated ||
	    (i = entity_column_find(row->entity, "SourceStamp")) < 0 || !row->said[i])
		return;
	stamp = &row->values[i];
	if (stamp->kind == VAL_TIME && stamp->i == ctx->message->received_at)
		row->is_undated = 1;
}

static int
put(struct platform_context *ctx, struct row *row, int is_alone, struct err *err)
{
	int r = platform_write_fit_row(ctx, row, is_alone, err);

	undate(ctx, row);

	if (r == 0 && !platform_contact_filled(ctx, row))
		change_add(ctx->change, row);
	return r;
}

int
platform_put(struct platform_context *ctx, struct row *row, struct err *err)
{
	return put(ctx, row, 1, err);
}

int
platform_put_whole(struct platform_context *ctx, struct row *row, struct err *err)
{
	return put(ctx, row, 0, err);
}

int
platform_sweep(struct platform_context *ctx, const struct platform_sweep *s,
    const struct known_rows *stored, struct err *err)
{
	struct set kept;
	int gone = 0, r = 0;

	set_init(&kept, ctx->arena);
	for (size_t i = 0; i < s->nkeep; i++)
		set_add_text(&kept, s->keep[i], i, NULL);
	for (size_t i = 0; i < stored->n && r == 0; i++) {
		const struct val *identifier = &stored->values[i * stored->ncolumns];
		struct row *row;

		if (set_find_text(&kept, identifier->s, NULL))
			continue;
		row = row_new(ctx->arena, s->entity, ROW_PUT);
		row_value(row, s->identifier, *identifier);
		row_int(row, s->other, s->other_id);
		row_bool(row, s->deletion, 1);
		row_time(row, s->stamp, s->stamp_at);
		r = platform_put_whole(ctx, row, err);
		gone++;
	}
	return r < 0 ? r : gone;
}

int
platform_known_lines(struct platform_context *ctx, int64_t header_id, struct known_rows *out,
    struct err *err)
{
	return known_rows(ctx->known,
	    &(struct known_rows_of){ .hold = KNOWN_LOOSE,
		.by = { PurchaseDetail_PurchaseHeaderId, PurchaseDetail_DeletionFlag },
		.is = { v_int(header_id), v_int(0) },
		.want = { PurchaseDetail_Identifier } },
	    out, err);
}
