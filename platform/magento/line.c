#include "config.h"

#include "platform/magento/line.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "model/entity.h"
#include "platform/label.h"
#include "platform/magento/good.h"
#include "platform/magento/person.h"
#include "platform/platform.h"
#include "platform/text.h"
#include "store/db.h"

/* Rows of sql/tenant/0002-reference.sql. */
enum { STATUS_REFUNDED = 8, STATUS_CANCELLED = 9 };
enum { LABEL = 200, NUMBER = 6 };	/* NUMBER: room for "#1000" behind a line's name */

static const struct platform_property line_properties[] = { { "CarrierTrackerCode",
								"CarrierTrackerCode" },
	{ "CarrierName", "CarrierName" }, { "PurchaseStatusDate", "PurchaseStatusDate" },
	{ "Amount", "Amount" }, { "TaxFreeAmount", "TaxFreeAmount" },
	{ "DiscountAmount", "DiscountAmount" }, { "Quantity", "Quantity" }, { NULL, NULL } };

/* ------------------------------------------------------------------ reading */

int
platform_magento_status(struct platform_reader *r, struct platform_write_row *row,
    struct json_object *o, const char *prefix, struct err *err)
{
	const char *label = platform_value_word(r, o, prefix, "PurchaseStatus", LABEL);
	const char *field = *prefix == '\0' ? "PurchaseStatus" : "PurchaseStatus of a line";
	int rc;

	if (label != NULL && entity_column_find(row->entity, "FreeField2") >= 0)
		platform_write_row_set(row, "FreeField2", v_text(label));
	rc = platform_label_set(r->ctx, "PurchaseStatus", field, label, row, "PurchaseStatusId",
	    err);
	return rc < 0 ? rc : 0;
}

int
platform_magento_is_over(const struct val *v)
{
	return v != NULL && v->kind == VAL_INT &&
	    (v->i == STATUS_REFUNDED || v->i == STATUS_CANCELLED);
}

/* PurchaseGoodExternalKey names a good of one Source, else PurchaseGoodExternalMultiSourceKey one
 * of any. */
static int
read_good(struct platform_reader *r, struct magento_line *line, struct json_object *o,
    const char *prefix, struct err *err)
{
	struct json_object *one = platform_value_object(r, o, prefix, "PurchaseGoodExternalKey");
	struct json_object *any = platform_value_object(
			       r, o, prefix, "PurchaseGoodExternalMultiSourceKey"),
			   *from = one != NULL ? one : any;
	const char *inner = arena_printf(r->ctx->arena, "%s%s.", prefix,
	    one != NULL ? "PurchaseGoodExternalKey" : "PurchaseGoodExternalMultiSourceKey");
	struct magento_key key = { NULL, 0 };
	int rc = 0;

	if (from == NULL)
		return 0;
	line->sku = platform_value_text(r, from, inner, "Sku", MAGENTO_CODE);
	line->ean13 = platform_value_text(r, from, inner, "Ean13", 64);
	line->reference = platform_value_text(r, from, inner, "Reference", MAGENTO_CODE);
	if (one != NULL)
		rc = platform_magento_key(r, from, inner, "Identifier", &key, err);
	else
		key.identifier = platform_value_text(r, from, inner, "Identifier", MAGENTO_CODE);
	line->good = key.identifier;
	line->source_id = key.source_id;
	return rc;
}

static void
read_sum(struct magento_line *line)
{
	const struct val *status;
	int given, has_quantity;

	line->sum.amount = platform_write_row_amount(&line->row, "Amount", &line->has_amount);
	line->sum.tax_free = platform_write_row_amount(&line->row, "TaxFreeAmount", &given);
	line->sum.discount = platform_write_row_amount(&line->row, "DiscountAmount", &given);
	status = platform_write_row_get(&line->row, "PurchaseStatusId");
	line->is_gone = platform_magento_is_over(status) ||
	    (platform_write_row_amount(&line->row, "Quantity", &has_quantity).units == 0 &&
		has_quantity && line->sum.amount.units == 0);
}

static int
read_line(struct platform_reader *r, struct magento_line *line, struct json_object *o,
    const char *prefix, struct err *err)
{
	struct json_object *key = platform_value_object(r, o, prefix, "ExternalKey");
	const char *inner = arena_printf(r->ctx->arena, "%sExternalKey.", prefix);
	struct magento_key id = { NULL, 0 };
	const size_t before = r->nfaults;
	int rc;

	platform_write_row_init(&line->row, "PurchaseDetail");
	platform_value_properties(r, &line->row, line_properties, o, prefix);
	if ((rc = platform_magento_status(r, &line->row, o, prefix, err)) < 0 ||
	    (rc = read_good(r, line, o, prefix, err)) < 0 ||
	    (key != NULL && (rc = platform_magento_key(r, key, inner, "Identifier", &id, err)) < 0))
		return rc;
	if (id.identifier == NULL && line->sku == NULL)
		id.identifier = line->good;
	if (id.identifier == NULL && line->sku == NULL && r->nfaults == before)
		platform_value_fault(r, prefix, "ExternalKey",
		    "needs an Identifier, or the line's good a Sku: they name the line");
	line->id = id.identifier == NULL ? "" : id.identifier;
	read_sum(line);
	platform_write_row_set(&line->row, "SourceId",
	    v_int(id.source_id != 0 ? id.source_id : r->ctx->message->source_id));
	platform_write_row_set(&line->row, "Sku", v_text(line->sku));
	return 0;
}

/* ------------------------------------------------------------------ which lines are the same */

/* Lines in the order of a text of theirs, those of one text in the order of the body. */
struct named {
	const char *text;
	size_t i;
};

static int
by_text(const void *x, const void *y)
{
	const struct named *a = x, *b = y;
	int order = strcmp(a->text, b->text);

	return order != 0 ? order : (a->i > b->i) - (a->i < b->i);
}

/* "#" is doubled, so that a number behind a name is never part of another name. */
static const char *
doubled(struct arena *a, const char *s)
{
	struct buf b;

	buf_init(&b, a);
	for (; *s != '\0'; s++)
		buf_addf(&b, *s == '#' ? "##" : "%c", *s);
	return b.data;
}

static const char *
line_name(struct arena *a, const struct magento_line *line)
{
	const char *name = arena_printf(a, "%s/%s", line->id, line->sku == NULL ? "" : line->sku);

	return platform_text_key(a, doubled(a, name), MAGENTO_CODE - NUMBER);
}

static void
set_identifiers(struct arena *a, struct magento_lines *lines)
{
	struct named *names = arena_new(a, struct named, lines->n);
	size_t nth = 0;

	for (size_t i = 0; i < lines->n; i++)
		names[i] = (struct named){ line_name(a, &lines->line[i]), i };
	qsort(names, lines->n, sizeof names[0], by_text);
	for (size_t k = 0; k < lines->n; k++) {
		const char *name = names[k].text;

		nth = k > 0 && strcmp(names[k - 1].text, name) == 0 ? nth + 1 : 1;
		platform_write_row_set(&lines->line[names[k].i].row, "Identifier",
		    v_text(nth == 1 ? name : arena_printf(a, "%s#%zu", name, nth)));
	}
}

static int
same_sku(const struct magento_line *x, const struct magento_line *y)
{
	return x->sku == NULL || y->sku == NULL ? x->sku == y->sku : strcmp(x->sku, y->sku) == 0;
}

/* A product's id that stands at two SKUs is that of what both are made of. */
static void
find_shared_goods(struct arena *a, struct magento_lines *lines)
{
	struct named *goods = arena_new(a, struct named, lines->n);
	size_t n = 0;

	for (size_t i = 0; i < lines->n; i++)
		if (lines->line[i].good != NULL)
			goods[n++] = (struct named){ lines->line[i].good, i };
	qsort(goods, n, sizeof goods[0], by_text);
	for (size_t first = 0, last; first < n; first = last) {
		int shared = 0;

		for (last = first; last < n && strcmp(goods[first].text, goods[last].text) == 0;
		     last++)
			shared |= !same_sku(&lines->line[goods[first].i],
			    &lines->line[goods[last].i]);
		for (size_t k = first; k < last; k++)
			lines->line[goods[k].i].shares_good = shared;
	}
}

int
platform_magento_lines_read(struct platform_reader *r, struct magento_lines *lines, struct err *err)
{
	struct json_object *list = platform_value_list(r, r->ctx->payload, "", "Details",
	    MAGENTO_LINES_MAX);
	int rc = 0;

	*lines = (struct magento_lines){ .given = list != NULL,
		.n = json_count(list),
		.line = arena_new(r->ctx->arena, struct magento_line, json_count(list)) };
	for (size_t i = 0; i < lines->n && rc == 0; i++) {
		struct json_object *o = json_object_array_get_idx(list, i);
		const char *prefix = arena_printf(r->ctx->arena, "Details[%zu].", i);

		if (json_object_is_type(o, json_type_object))
			rc = read_line(r, &lines->line[i], o, prefix, err);
		else
			platform_value_fault(r, "", arena_printf(r->ctx->arena, "Details[%zu]", i),
			    "must be an object");
	}
	if (rc < 0 || r->nfaults > 0)
		return rc;
	set_identifiers(r->ctx->arena, lines);
	find_shared_goods(r->ctx->arena, lines);
	return 0;
}

/* ------------------------------------------------------------------ writing */

void
platform_magento_line_set_original(struct magento_line *line)
{
	const struct val *quantity = platform_write_row_get(&line->row, "Quantity");
	const struct val *amount = platform_write_row_get(&line->row, "Amount");

	if (quantity != NULL)
		platform_write_row_set(&line->row, "OriginalQuantity", *quantity);
	if (amount != NULL)
		platform_write_row_set(&line->row, "OriginalAmount", *amount);
}

/* A line that nobody keeps costs nothing. */
static void
end_line(struct platform_write_row *row)
{
	static const char *const columns[] = { "Amount", "TaxFreeAmount", "DiscountAmount",
		"Quantity" };

	for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
		if (platform_write_row_get(row, columns[i]) != NULL)
			platform_write_row_set(row, columns[i], v_text("0"));
}

static int
stored_lines(struct platform_context *ctx, int64_t header_id, struct rows *stored, struct err *err)
{
	return db_query(ctx->db, Q_platform_purchase_lines, DB_ARGS(v_int(header_id)), ctx->arena,
	    stored, err);
}

/* Marks the stored lines that are not in keep. */
static int
sweep(struct platform_context *ctx, const char *const *keep, size_t nkeep, int64_t header_id,
    usec_t stamp, struct err *err)
{
	static const char *const columns[] = { "PurchaseHeaderId", "Identifier", "DeletionFlag",
		"SourceStamp", NULL };
	struct rows stored;
	int rc = stored_lines(ctx, header_id, &stored, err);

	if (rc < 0)
		return rc;
	return platform_write_sweep(ctx,
	    &(struct platform_write_sweep){ .entity = "PurchaseDetail",
		.columns = columns,
		.other = v_int(header_id),
		.stored = &stored,
		.keep = keep,
		.nkeep = nkeep,
		.stamp = stamp },
	    err);
}

usec_t
platform_magento_lines_end_stamp(usec_t content)
{
	return content + 1;
}

int
platform_magento_lines_end(struct platform_context *ctx, int64_t header_id, usec_t content,
    struct err *err)
{
	static const char *const columns[] = { "PurchaseHeaderId", "Identifier", "DeletionFlag",
		"SourceStamp", "Amount", "TaxFreeAmount", "DiscountAmount", "Quantity", NULL };
	enum { NCOLUMNS = sizeof columns / sizeof columns[0] - 1 };
	struct rows stored;
	struct val *values;
	int rc = stored_lines(ctx, header_id, &stored, err);

	if (rc < 0)
		return rc;
	values = arena_new(ctx->arena, struct val, stored.n * NCOLUMNS);
	for (size_t i = 0; i < stored.n; i++) {
		struct val *v = values + i * NCOLUMNS;

		v[0] = v_int(header_id);
		v[1] = v_text(rows_text(&stored, i, C_platform_purchase_lines_identifier));
		v[2] = v_int(1);
		v[3] = v_time(platform_magento_lines_end_stamp(content));
		for (size_t k = 4; k < NCOLUMNS; k++)
			v[k] = v_text("0");
	}
	rc = platform_write_rows(ctx, "PurchaseDetail", columns, values, stored.n, NULL, NULL, err);
	return rc < 0 ? rc : (int)stored.n;
}

int
platform_magento_lines_reopen(struct platform_context *ctx, int64_t header_id, usec_t content,
    struct err *err)
{
	static const char *const columns[] = { "PurchaseHeaderId", "Identifier", "DeletionFlag",
		"SourceStamp", "Amount", "Quantity", "TaxFreeAmount", "DiscountAmount", NULL };
	enum { NCOLUMNS = sizeof columns / sizeof columns[0] - 1 };
	struct rows ended;
	struct val *values;
	int rc = db_query(ctx->db, Q_platform_purchase_ended_lines,
	    DB_ARGS(v_int(header_id), v_time(content)), ctx->arena, &ended, err);

	if (rc < 0)
		return rc;
	values = arena_new(ctx->arena, struct val, ended.n * NCOLUMNS);
	for (size_t i = 0; i < ended.n; i++) {
		struct val *v = values + i * NCOLUMNS;

		v[0] = v_int(header_id);
		v[1] = *rows_at(&ended, i, C_platform_purchase_ended_lines_identifier);
		v[2] = v_int(0);
		v[3] = *rows_at(&ended, i, C_platform_purchase_ended_lines_source_stamp);
		v[4] = *rows_at(&ended, i, C_platform_purchase_ended_lines_amount);
		v[5] = *rows_at(&ended, i, C_platform_purchase_ended_lines_quantity);
		v[6] = v[7] = v_null();
	}
	rc = platform_write_rows(ctx, "PurchaseDetail", columns, values, ended.n, NULL, NULL, err);
	return rc < 0 ? rc : (int)ended.n;
}

int
platform_magento_lines_write(struct platform_context *ctx, const struct magento_lines *lines,
    int64_t header_id, usec_t stamp, struct err *err)
{
	const char **keep = arena_new(ctx->arena, const char *, lines->n);
	int gone = 0, rc;

	for (size_t i = 0; i < lines->n; i++) {
		struct magento_line *line = &lines->line[i];
		struct val good;

		if ((rc = platform_magento_good(ctx, line, &good, err)) < 0)
			return rc;
		if (line->is_gone)
			end_line(&line->row);
		platform_write_row_set(&line->row, "PurchaseHeaderId", v_int(header_id));
		platform_write_row_set(&line->row, "PurchaseGoodId", good);
		platform_write_row_set(&line->row, "DeletionFlag", v_int(line->is_gone));
		platform_write_row_set(&line->row, "SourceStamp",
		    v_time(line->is_ended ? platform_magento_lines_end_stamp(stamp) : stamp));
		if ((rc = platform_write_row_put(ctx, &line->row, NULL, err)) < 0)
			return rc;
		keep[i] = platform_write_row_get(&line->row, "Identifier")->s;
		gone += line->is_gone;
	}
	if (!lines->given)
		return 0;
	rc = sweep(ctx, keep, lines->n, header_id, stamp, err);
	return rc < 0 ? rc : gone + rc;
}
