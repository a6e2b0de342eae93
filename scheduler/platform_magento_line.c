#include "config.h"

#include "scheduler/platform_magento_line.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/json.h"
#include "scheduler/platform.h"
#include "scheduler/platform_magento_person.h"
#include "scheduler/platform_read.h"

/* Rows of sql/tenant/0002-reference.sql. */
enum { GOOD_TYPE_PRODUCT = 1, GOOD_TYPE_SHIPPING = 2 };
enum { LABEL = 200 };

static const struct platform_property line_properties[] = {
	{ "CarrierTrackerCode", "CarrierTrackerCode" }, { "CarrierName", "CarrierName" }, { "PurchaseStatusDate", "PurchaseStatusDate" }, { "Amount", "Amount" },
	{ "TaxFreeAmount", "TaxFreeAmount" }, { "DiscountAmount", "DiscountAmount" }, { "Quantity", "Quantity" }, { NULL, NULL }
};

/* ------------------------------------------------------------------ reading */

int
platform_magento_status(struct platform_reader *r, struct platform_write_row *row, struct json_object *o, const char *prefix, struct err *err)
{
	const char *label = platform_value_text(r, o, prefix, "PurchaseStatus", LABEL);
	struct val status;
	int rc = platform_read_purchase_status(r->ctx, label, &status, err);

	if (rc < 0 || label == NULL)
		return rc;
	platform_write_row_set(row, "PurchaseStatusId", status);
	if (entity_column_find(row->entity, "FreeField2") >= 0)
		platform_write_row_set(row, "FreeField2", v_text(label));
	return 0;
}

/* PurchaseGoodExternalKey names a good of one Source, else PurchaseGoodExternalMultiSourceKey one of any. */
static int
read_good(struct platform_reader *r, struct magento_line *line, struct json_object *o, const char *prefix, struct err *err)
{
	struct json_object *one = platform_value_object(r, o, prefix, "PurchaseGoodExternalKey");
	struct json_object *any = platform_value_object(r, o, prefix, "PurchaseGoodExternalMultiSourceKey"), *from = one != NULL ? one : any;
	const char *inner = arena_printf(r->ctx->arena, "%s%s.", prefix, one != NULL ? "PurchaseGoodExternalKey" : "PurchaseGoodExternalMultiSourceKey");
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
positive(struct arena *a, struct platform_write_row *row, const char *column)
{
	const struct val *v = platform_write_row_get(row, column);

	if (v != NULL && v->kind == VAL_TEXT && v->s[0] == '-')
		platform_write_row_set(row, column, v_text(arena_strdup(a, v->s + 1)));
}

static int
read_line(struct platform_reader *r, struct magento_line *line, struct json_object *o, const char *prefix, struct err *err)
{
	struct json_object *key = platform_value_object(r, o, prefix, "ExternalKey");
	const char *inner = arena_printf(r->ctx->arena, "%sExternalKey.", prefix);
	struct magento_key id = { NULL, 0 };
	const size_t before = r->nfaults;
	int rc;

	platform_write_row_init(&line->row, "PurchaseDetail");
	platform_value_properties(r, &line->row, line_properties, o, prefix);
	positive(r->ctx->arena, &line->row, "DiscountAmount");
	if ((rc = platform_magento_status(r, &line->row, o, prefix, err)) < 0 || (rc = read_good(r, line, o, prefix, err)) < 0 ||
	    (key != NULL && (rc = platform_magento_key(r, key, inner, "Identifier", &id, err)) < 0))
		return rc;
	if (id.identifier == NULL)
		id.identifier = line->sku != NULL ? line->sku : line->good;
	if (id.identifier == NULL && r->nfaults == before)
		platform_value_fault(r, prefix, "ExternalKey", "needs an Identifier, or the line's good a Sku: they name the line");
	platform_write_row_set(&line->row, "Identifier", v_text(id.identifier));
	platform_write_row_set(&line->row, "SourceId", v_int(id.source_id != 0 ? id.source_id : r->ctx->message->source_id));
	platform_write_row_set(&line->row, "Sku", v_text(line->sku));
	return 0;
}

int
platform_magento_lines_read(struct platform_reader *r, struct magento_lines *lines, struct err *err)
{
	struct json_object *list = platform_value_list(r, r->ctx->payload, "", "Details", MAGENTO_LINES_MAX);
	int rc = 0;

	*lines = (struct magento_lines){ .given = list != NULL, .n = json_count(list), .line = arena_new(r->ctx->arena, struct magento_line, json_count(list)) };
	for (size_t i = 0; i < lines->n && rc == 0; i++) {
		struct json_object *o = json_object_array_get_idx(list, i);
		const char *prefix = arena_printf(r->ctx->arena, "Details[%zu].", i);

		if (json_object_is_type(o, json_type_object))
			rc = read_line(r, &lines->line[i], o, prefix, err);
		else
			platform_value_fault(r, "", arena_printf(r->ctx->arena, "Details[%zu]", i), "must be an object");
	}
	return rc;
}

/* ------------------------------------------------------------------ goods */

/* A good of any Source by one of its names. *id 0 when there is none. */
static int
good_of_any(struct platform_context *ctx, const struct magento_line *line, int64_t *id, struct err *err)
{
	const struct {
		enum query q;
		const char *name;
	} ways[] = { { Q_platform_good_by_identifier, line->good }, { Q_platform_good_by_sku, line->sku }, { Q_platform_good_by_ean, line->ean13 },
		{ Q_platform_good_by_reference, line->reference } };
	struct rows rows;
	int rc;

	*id = 0;
	for (size_t i = 0; i < sizeof ways / sizeof ways[0] && *id == 0; i++) {
		if (ways[i].name == NULL)
			continue;
		if ((rc = db_query(ctx->db, ways[i].q, DB_ARGS(v_text(ways[i].name), v_int(ctx->message->source_id)), ctx->arena, &rows, err)) < 0)
			return rc;
		if (rows.n > 0)
			*id = rows_int(&rows, 0, 0);
	}
	return 0;
}

/* Under which Identifier a good goes: its own, else that of its SKU, EAN or reference. */
static const char *
good_identifier(struct arena *a, const struct magento_line *line)
{
	if (line->good != NULL)
		return line->good;
	if (line->sku != NULL)
		return strcmp(line->sku, MAGENTO_SHIPPING) == 0 ? line->sku : arena_printf(a, "sku:%s", line->sku);
	if (line->ean13 != NULL)
		return arena_printf(a, "ean:%s", line->ean13);
	return line->reference == NULL ? NULL : arena_printf(a, "reference:%s", line->reference);
}

/* What is known of a good stays: an order is no authority on products. */
static int
good_name(struct platform_context *ctx, const struct magento_line *line, const char *identifier, int16_t source_id, struct err *err)
{
	struct platform_write_row row;
	int rc;

	platform_write_row_init(&row, "PurchaseGood");
	platform_write_row_set(&row, "Identifier", v_text(identifier));
	platform_write_row_set(&row, "SourceId", v_int(source_id));
	platform_write_row_set(&row, "Sku", v_text(line->sku));
	platform_write_row_set(&row, "Ean13", v_text(line->ean13));
	platform_write_row_set(&row, "Reference", v_text(line->reference));
	platform_write_row_set(&row, "Label", v_text(line->sku));
	platform_write_row_set(&row, "BrandId", v_int(ctx->message->brand_id));
	platform_write_row_set(&row, "PurchaseGoodTypeId", v_int(line->sku != NULL && strcmp(line->sku, MAGENTO_SHIPPING) == 0 ? GOOD_TYPE_SHIPPING : GOOD_TYPE_PRODUCT));
	rc = platform_write_row_put(ctx, &row, NULL, err);
	return rc < 0 ? rc : 0;
}

/* PurchaseGoodId of the line, or SQL NULL. */
static int
line_good(struct platform_context *ctx, const struct magento_line *line, struct val *good, struct err *err)
{
	const int16_t source_id = line->source_id != 0 ? line->source_id : ctx->message->source_id;
	const char *identifier = good_identifier(ctx->arena, line);
	struct platform_write_row row;
	int64_t id = 0;
	int rc;

	*good = v_null();
	if (identifier == NULL)
		return 0;
	if (line->source_id == 0 && ((rc = good_of_any(ctx, line, &id, err)) < 0 || id != 0)) {
		*good = v_int(id);
		return rc;
	}
	platform_write_row_init(&row, "PurchaseGood");
	platform_write_row_set(&row, "Identifier", v_text(identifier));
	platform_write_row_set(&row, "SourceId", v_int(source_id));
	if ((rc = platform_write_row_put(ctx, &row, &id, err)) < 0)
		return rc;
	*good = v_int(id);
	return rc == ENTITY_INSERTED ? good_name(ctx, line, identifier, source_id, err) : 0;
}

/* ------------------------------------------------------------------ writing */

static int
sweep(struct platform_context *ctx, const struct magento_lines *lines, int64_t header_id, usec_t stamp, struct err *err)
{
	static const char *const columns[] = { "PurchaseHeaderId", "Identifier", "DeletionFlag", "SourceStamp", NULL };
	const char **keep = arena_new(ctx->arena, const char *, lines->n);
	struct rows stored;
	int rc = db_query(ctx->db, Q_platform_purchase_lines, DB_ARGS(v_int(header_id)), ctx->arena, &stored, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < lines->n; i++)
		keep[i] = platform_write_row_get(&lines->line[i].row, "Identifier")->s;
	return platform_write_sweep(ctx, &(struct platform_write_sweep){ .entity = "PurchaseDetail", .columns = columns, .other = v_int(header_id), .stored = &stored,
	    .keep = keep, .nkeep = lines->n, .stamp = stamp }, err);
}

int
platform_magento_lines_write(struct platform_context *ctx, const struct magento_lines *lines, int64_t header_id, usec_t stamp, struct err *err)
{
	int rc;

	for (size_t i = 0; i < lines->n; i++) {
		struct magento_line *line = &lines->line[i];
		struct val good;

		if ((rc = line_good(ctx, line, &good, err)) < 0)
			return rc;
		platform_write_row_set(&line->row, "PurchaseHeaderId", v_int(header_id));
		platform_write_row_set(&line->row, "PurchaseGoodId", good);
		platform_write_row_set(&line->row, "DeletionFlag", v_int(0));
		platform_write_row_set(&line->row, "SourceStamp", v_time(stamp));
		if ((rc = platform_write_row_put(ctx, &line->row, NULL, err)) < 0)
			return rc;
	}
	return lines->given ? sweep(ctx, lines, header_id, stamp, err) : 0;
}
