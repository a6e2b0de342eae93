#include "config.h"

#include "platform/magento/line.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/format/json.h"
#include "lib/set.h"
#include "lib/text.h"
#include "model/change/change.h"
#include "model/entity.h"
#include "platform/label.h"
#include "platform/magento/good.h"
#include "platform/magento/line_name.h"
#include "platform/magento/line_stored.h"
#include "platform/magento/person.h"
#include "platform/platform.h"
#include "platform/property.h"

/* Rows of sql/tenant/0002-reference.sql. */
enum { STATUS_REFUNDED = 8, STATUS_CANCELLED = 9 };

static const struct platform_property line_properties[] = { { "CarrierTrackerCode",
								PurchaseDetail_CarrierTrackerCode },
	{ "CarrierName", PurchaseDetail_CarrierName },
	{ "PurchaseStatusDate", PurchaseDetail_PurchaseStatusDate },
	{ "Amount", PurchaseDetail_Amount }, { "TaxFreeAmount", PurchaseDetail_TaxFreeAmount },
	{ "DiscountAmount", PurchaseDetail_DiscountAmount },
	{ "Quantity", PurchaseDetail_Quantity }, { NULL, COLUMN_UNSET } };

/* ------------------------------------------------------------------ reading */

int
platform_magento_status(struct platform_context *ctx, struct row *row, struct json_object *o,
    const char *prefix, struct err *err)
{
	const char *label = read_word(&ctx->in, o, prefix, "PurchaseStatus", MAGENTO_LABEL);
	const int is_header = row->entity == entity_of_column(PurchaseHeader_FreeField2);
	int rc;

	if (label != NULL && is_header)
		row_text(row, PurchaseHeader_FreeField2, label);
	rc = platform_label_set(ctx, "PurchaseStatus",
	    *prefix == '\0' ? "PurchaseStatus" : "PurchaseStatus of a line", label, row,
	    is_header ? PurchaseHeader_PurchaseStatusId : PurchaseDetail_PurchaseStatusId, err);
	return rc < 0 ? platform_magento_go_on(rc, err) : 0;
}

int
platform_magento_is_over(const struct val *v)
{
	if (v == NULL || v->kind != VAL_INT)
		return 0;
	return v->i == STATUS_REFUNDED || v->i == STATUS_CANCELLED;
}

/* PurchaseGoodExternalKey names a good of one Source, else PurchaseGoodExternalMultiSourceKey one
 * of any. */
static int
read_good(struct platform_context *ctx, struct magento_line *line, struct json_object *o,
    const char *prefix, struct err *err)
{
	struct json_object *one = read_object(&ctx->in, o, prefix, "PurchaseGoodExternalKey");
	struct json_object *any = read_object(
			       &ctx->in, o, prefix, "PurchaseGoodExternalMultiSourceKey"),
			   *from = one != NULL ? one : any;
	const char *inner = arena_printf(ctx->arena, "%s%s.", prefix,
	    one != NULL ? "PurchaseGoodExternalKey" : "PurchaseGoodExternalMultiSourceKey");
	struct magento_key key = { NULL, 0 };
	int rc = 0;

	if (from == NULL)
		return 0;
	line->sku = read_code(&ctx->in, from, inner, "Sku", MAGENTO_CODE);
	line->ean13 = read_code(&ctx->in, from, inner, "Ean13", 64);
	line->reference = read_code(&ctx->in, from, inner, "Reference", MAGENTO_CODE);
	if (one != NULL)
		rc = platform_magento_key(ctx, from, inner, "Identifier", &key, err);
	else
		key.identifier = read_code(&ctx->in, from, inner, "Identifier", MAGENTO_CODE);
	line->good = key.identifier;
	line->source_id = key.source_id;
	return rc;
}

static void
read_sum(struct magento_line *line)
{
	const struct val *status;
	struct decimal quantity;
	int given, has_quantity;

	line->sum.amount = row_amount(line->row, PurchaseDetail_Amount, &line->has_amount);
	line->sum.tax_free = row_amount(line->row, PurchaseDetail_TaxFreeAmount, &given);
	line->sum.discount = row_amount(line->row, PurchaseDetail_DiscountAmount, &given);
	status = row_said(line->row, PurchaseDetail_PurchaseStatusId);
	quantity = row_amount(line->row, PurchaseDetail_Quantity, &has_quantity);
	line->is_gone = platform_magento_is_over(status);
	if (has_quantity && quantity.units == 0 && line->sum.amount.units == 0)
		line->is_gone = 1;
}

static int
read_line(struct platform_context *ctx, struct magento_line *line, struct json_object *o,
    const char *prefix, struct err *err)
{
	struct json_object *key = read_object(&ctx->in, o, prefix, "ExternalKey");
	const char *inner = arena_printf(ctx->arena, "%sExternalKey.", prefix);
	struct magento_key id = { NULL, 0 };
	const size_t before = ctx->in.nfaults;
	int rc;

	line->row = row_new(ctx->arena, E_PurchaseDetail, ROW_PUT);
	platform_property_set(ctx, line->row, line_properties, o, prefix);
	if ((rc = platform_magento_status(ctx, line->row, o, prefix, err)) < 0 ||
	    (rc = read_good(ctx, line, o, prefix, err)) < 0)
		return rc;
	if (key != NULL && (rc = platform_magento_key(ctx, key, inner, "Identifier", &id, err)) < 0)
		return rc;
	if (id.identifier == NULL && line->sku == NULL)
		id.identifier = line->good;
	if (id.identifier == NULL && line->sku == NULL && ctx->in.nfaults == before)
		read_fault(&ctx->in, prefix, "ExternalKey",
		    "needs an Identifier, or the line's good a Sku: they name the line");
	line->id = id.identifier == NULL ? "" : id.identifier;
	read_sum(line);
	row_int(line->row, PurchaseDetail_SourceId,
	    id.source_id != 0 ? id.source_id : ctx->message->source_id);
	row_text(line->row, PurchaseDetail_Sku, line->sku);
	return 0;
}

/* ------------------------------------------------------------------ all lines */

int
platform_magento_lines_read(
    struct platform_context *ctx, struct magento_lines *lines, struct err *err)
{
	struct json_object *list = read_list(
	    &ctx->in, ctx->payload, "", "Details", MAGENTO_LINES_MAX);
	const char *are_net = read_word(&ctx->in, ctx->payload, "", "DetailsAreNet", MAGENTO_LABEL);
	int rc = 0;

	lines->given = list != NULL;
	lines->are_net = are_net != NULL && text_ieq(are_net, "true");
	lines->n = json_count(list);
	lines->line = arena_new(ctx->arena, struct magento_line, lines->n);
	for (size_t i = 0; i < lines->n && rc == 0; i++) {
		struct json_object *o = json_object_array_get_idx(list, i);
		const char *prefix = arena_printf(ctx->arena, "Details[%zu].", i);

		if (json_object_is_type(o, json_type_object))
			rc = read_line(ctx, &lines->line[i], o, prefix, err);
		else
			read_fault(&ctx->in, "", arena_printf(ctx->arena, "Details[%zu]", i),
			    "must be an object");
	}
	if (rc < 0 || ctx->in.nfaults > 0)
		return rc;
	platform_magento_lines_name(ctx->arena, lines);
	return 0;
}

/* ------------------------------------------------------------------ stored lines */

/* The Identifiers of the stored lines that are not deleted. */
static struct known_rows
live_lines(struct arena *a, const struct magento_lines *lines)
{
	struct val *live = arena_new(a, struct val, lines->stored.n);
	size_t n = 0;

	for (size_t i = 0; i < lines->stored.n; i++)
		if (platform_magento_line_stored(lines, i)[LINE_DELETED].i == 0)
			live[n++] = platform_magento_line_stored(lines, i)[LINE_IDENTIFIER];
	return (struct known_rows){ .n = n, .ncolumns = 1, .values = live };
}

size_t
platform_magento_lines_live(const struct platform_context *ctx, const struct magento_lines *lines)
{
	const struct entity *detail = entity_of_column(PurchaseDetail_Identifier);
	const struct known_rows live = live_lines(ctx->arena, lines);
	size_t n = live.n;
	struct set was;

	set_init(&was, ctx->arena);
	for (size_t i = 0; i < live.n; i++)
		set_add(&was, live.values[i].s, live.values[i].n, i, NULL);
	for (const struct row *row = ctx->change->first; row != NULL; row = row->next) {
		const struct val *name;

		if (row->entity != detail || row->fate == ENTITY_SUPERSEDED)
			continue;
		name = row_said(row, PurchaseDetail_Identifier);
		n += row_said(row, PurchaseDetail_DeletionFlag)->i == 0;
		n -= (size_t)set_find(&was, name->s, name->n, NULL);
	}
	return n;
}

/* ------------------------------------------------------------------ writing */

void
platform_magento_line_set_original(struct magento_line *line)
{
	const struct val *quantity = row_said(line->row, PurchaseDetail_Quantity);
	const struct val *amount = row_said(line->row, PurchaseDetail_Amount);

	if (quantity != NULL)
		row_value(line->row, PurchaseDetail_OriginalQuantity, *quantity);
	if (amount != NULL)
		row_value(line->row, PurchaseDetail_OriginalAmount, *amount);
}

/* A line that the buyer does not keep is worth 0. */
static void
end_line(struct row *row)
{
	static const enum column columns[] = { PurchaseDetail_Amount, PurchaseDetail_TaxFreeAmount,
		PurchaseDetail_DiscountAmount, PurchaseDetail_Quantity };

	for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
		if (row_said(row, columns[i]) != NULL)
			row_value(row, columns[i], v_text("0"));
}

usec_t
platform_magento_lines_end_stamp(usec_t content)
{
	return content + 1;
}

int
platform_magento_is_nothing(const struct val *v)
{
	struct decimal d;

	return v->kind == VAL_NULL || (decimal_parse(v->s, &d) == 0 && d.units == 0);
}

/* A row for a stored line. */
static struct row *
line_row(struct platform_context *ctx, const struct magento_lines *lines,
    const struct val *identifier, int is_gone)
{
	struct row *row = row_new(ctx->arena, E_PurchaseDetail, ROW_PUT);

	row_refer(row, PurchaseDetail_PurchaseHeaderId, lines->header);
	row_value(row, PurchaseDetail_Identifier, *identifier);
	row_bool(row, PurchaseDetail_DeletionFlag, is_gone);
	return row;
}

int
platform_magento_lines_end(struct platform_context *ctx, const struct magento_lines *lines,
    usec_t content, struct err *err)
{
	const struct known_rows live = live_lines(ctx->arena, lines);
	int rc = 0;

	for (size_t i = 0; i < live.n && rc == 0; i++) {
		struct row *row = line_row(ctx, lines, &live.values[i], 1);

		row_time(
		    row, PurchaseDetail_SourceStamp, platform_magento_lines_end_stamp(content));
		row_text(row, PurchaseDetail_Amount, "0");
		row_text(row, PurchaseDetail_TaxFreeAmount, "0");
		row_text(row, PurchaseDetail_DiscountAmount, "0");
		row_text(row, PurchaseDetail_Quantity, "0");
		rc = platform_put_whole(ctx, row, err);
	}
	return rc < 0 ? rc : (int)live.n;
}

/* 1 when the line went with its purchase's state: it is worth nothing, and stamped later than the
 * content; and what was first ordered is known. */
static int
is_ended(const struct val *line, usec_t content)
{
	if (line[LINE_DELETED].i == 0 || !platform_magento_is_nothing(&line[LINE_AMOUNT]) ||
	    !platform_magento_is_nothing(&line[LINE_QUANTITY]))
		return 0;
	if (line[LINE_STAMP].kind == VAL_NULL || line[LINE_STAMP].i <= content)
		return 0;
	return line[LINE_ORIGINAL_AMOUNT].kind != VAL_NULL ||
	    line[LINE_ORIGINAL_QUANTITY].kind != VAL_NULL;
}

int
platform_magento_lines_reopen(struct platform_context *ctx,
    const struct magento_lines *lines, usec_t content, struct err *err)
{
	int n = 0, rc = 0;

	for (size_t i = 0; i < lines->stored.n && rc == 0; i++) {
		const struct val *line = platform_magento_line_stored(lines, i);
		struct row *row;

		if (!is_ended(line, content))
			continue;
		row = line_row(ctx, lines, &line[LINE_IDENTIFIER], 0);
		row_value(row, PurchaseDetail_SourceStamp, line[LINE_STAMP]);
		row_value(row, PurchaseDetail_Amount, line[LINE_ORIGINAL_AMOUNT]);
		row_value(row, PurchaseDetail_Quantity, line[LINE_ORIGINAL_QUANTITY]);
		row_null(row, PurchaseDetail_TaxFreeAmount);
		row_null(row, PurchaseDetail_DiscountAmount);
		rc = platform_put_whole(ctx, row, err);
		n++;
	}
	return rc < 0 ? rc : n;
}

static int
write_line(struct platform_context *ctx, const struct magento_lines *lines,
    const struct magento_line *line, usec_t stamp, struct err *err)
{
	struct row *row = line->row;

	if (line->is_gone)
		end_line(row);
	row_refer(row, PurchaseDetail_PurchaseHeaderId, lines->header);
	row_bool(row, PurchaseDetail_DeletionFlag, line->is_gone);
	row_time(row, PurchaseDetail_SourceStamp,
	    line->is_ended ? platform_magento_lines_end_stamp(stamp) : stamp);
	return platform_put(ctx, row, err);
}

/* Marks the stored lines that the body does not name. Returns how many. */
static int
sweep(struct platform_context *ctx, const struct magento_lines *lines, const char *const *keep,
    usec_t stamp, struct err *err)
{
	const struct known_rows live = live_lines(ctx->arena, lines);
	const struct platform_sweep sweep = { .entity = E_PurchaseDetail,
		.identifier = PurchaseDetail_Identifier,
		.other = PurchaseDetail_PurchaseHeaderId,
		.deletion = PurchaseDetail_DeletionFlag,
		.stamp = PurchaseDetail_SourceStamp,
		.other_id = lines->header_id,
		.keep = keep,
		.nkeep = lines->n,
		.stamp_at = stamp };

	return platform_sweep(ctx, &sweep, &live, err);
}

int
platform_magento_lines_write(struct platform_context *ctx, const struct magento_lines *lines,
    usec_t stamp, struct err *err)
{
	const char **keep = arena_new(ctx->arena, const char *, lines->n);
	int gone = 0, rc = platform_magento_goods_set(ctx, lines, err);

	for (size_t i = 0; i < lines->n && rc == 0; i++) {
		const struct magento_line *line = &lines->line[i];

		rc = write_line(ctx, lines, line, stamp, err);
		keep[i] = row_said(line->row, PurchaseDetail_Identifier)->s;
		gone += line->is_gone;
	}
	if (rc < 0)
		return rc;
	rc = sweep(ctx, lines, keep, stamp, err);
	return rc < 0 ? rc : gone + rc;
}
