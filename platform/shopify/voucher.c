/*
 * The discount codes of an order.
 */
#include "config.h"

#include "lib/arena.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "model/column_text.h"
#include "platform/platform.h"
#include "platform/shopify/purchase.h"
#include "platform/write.h"

/* Rows of sql/tenant/0002-reference.sql. */
enum { VOUCHER_STATE_USED = 2, VOUCHER_KEY = 255 };

static int16_t
voucher_type(const char *type)
{
	static const char *const types[] = { "fixed_amount", "percentage", "shipping" };

	for (size_t i = 0; type != NULL && i < sizeof types / sizeof types[0]; i++)
		if (text_ieq(type, types[i]))
			return (int16_t)(i + 1);
	return 0;
}

static int
voucher_put(struct platform_context *ctx, const struct platform_shopify_order *o,
    struct json_object *code, const char *identifier, struct row **voucher, struct err *err)
{
	struct row *row = row_new(ctx->arena, E_Voucher, ROW_PUT);
	struct decimal amount;
	int r = read_amount(&read_exact, code, "amount", &amount, err);

	if (r < 0)
		return r;
	row_text(row, Voucher_VoucherIdentifier, identifier);
	row_int(row, Voucher_SourceId, ctx->message->source_id);
	row_text(row, Voucher_VoucherCode, json_text(code, "code"));
	if (o->contact != NULL)
		row_refer(row, Voucher_ContactId, o->contact);
	else
		row_null(row, Voucher_ContactId);
	row_id(row, Voucher_VoucherTypeId, voucher_type(read_text(&ctx->in, code, "type")));
	row_int(row, Voucher_VoucherStateId, VOUCHER_STATE_USED);
	if (r > 0)
		row_money(row, Voucher_Amount, ctx->arena, amount);
	else
		row_null(row, Voucher_Amount);
	row_text(row, Voucher_CurrencyId, o->currency);
	row_time(row, Voucher_UseDate, o->placed_at);
	row_bool(row, Voucher_DeletionFlag, 0);
	row_time(row, Voucher_SourceStamp, o->stamp);
	*voucher = row;
	return platform_put(ctx, row, err);
}

int
platform_shopify_order_vouchers_know(
    struct platform_context *ctx, struct platform_shopify_order *o, struct err *err)
{
	const char *begin = arena_printf(ctx->arena, "%s/", o->id);

	return known_rows(ctx->known,
	    &(struct known_rows_of){ .hold = KNOWN_LOOSE,
		.by = { Voucher_SourceId, Voucher_DeletionFlag, Voucher_VoucherIdentifier },
		.is = { v_int(ctx->message->source_id), v_int(0), v_text(begin) },
		.prefix = 1,
		.want = { Voucher_VoucherIdentifier } },
	    &o->stored_vouchers, err);
}

static int
vouchers_sweep(struct platform_context *ctx, const struct platform_shopify_order *o,
    const char *const *keep, size_t nkeep, struct err *err)
{
	int r = platform_sweep(ctx,
	    &(struct platform_write_sweep){ .entity = E_Voucher,
		.identifier = Voucher_VoucherIdentifier,
		.other = Voucher_SourceId,
		.deletion = Voucher_DeletionFlag,
		.stamp = Voucher_SourceStamp,
		.other_id = ctx->message->source_id,
		.keep = keep,
		.nkeep = nkeep,
		.stamp_at = o->stamp },
	    &o->stored_vouchers, err);

	return r < 0 ? r : 0;
}

/* The header names the first code. */
int
platform_shopify_order_vouchers(
    struct platform_context *ctx, struct platform_shopify_order *o, struct err *err)
{
	struct json_object *codes = json_array(o->json, "discount_codes");
	const char **keep = arena_new(ctx->arena, const char *, json_count(codes));
	size_t n = 0;
	int r;

	for (size_t i = 0; i < json_count(codes); i++) {
		struct json_object *code = json_object_array_get_idx(codes, i);
		struct row *voucher;

		if (read_text(&ctx->in, code, "code") == NULL)
			continue;
		keep[n] = column_text_key(ctx->arena,
		    arena_printf(ctx->arena, "%s/%s", o->id, json_text(code, "code")), VOUCHER_KEY);
		if ((r = voucher_put(ctx, o, code, keep[n++], &voucher, err)) < 0)
			return r;
		if (o->voucher == NULL)
			o->voucher = voucher;
	}
	return vouchers_sweep(ctx, o, keep, n, err);
}

int
platform_shopify_order_vouchers_delete(
    struct platform_context *ctx, const struct platform_shopify_order *o, struct err *err)
{
	return vouchers_sweep(ctx, o, NULL, 0, err);
}
