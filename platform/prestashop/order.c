#include "config.h"

#include "platform/prestashop/order.h"

#include <stdio.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "model/change/known.h"
#include "platform/contact.h"
#include "platform/platform.h"
#include "platform/prestashop/prestashop.h"
#include "platform/write.h"

/* Rows of sql/tenant/0002-reference.sql. */
enum { PURCHASE_TYPE_PAID = 1, PURCHASE_TYPE_UNPAID = 2 };
enum { PENDING = 1, AUTHORIZED = 2, PAID = 3, SHIPPED = 5, REFUNDED = 8, CANCELLED = 9 };

struct order {
	struct platform_context *ctx;
	struct json_object *json, *state;	/* state: NULL = not known */
	const char *id, *currency;
	usec_t stamp;
	int64_t header_id;		/* 0 = it is not stored */
	struct known_rows stored;	/* its lines */
	const struct row *contact;	/* NULL = nobody */
	struct row *header;
	struct prestashop_lines lines;
	int status, type;		/* status 0: not known */
};

/* What flags do not tell, the state's mail does: an order that waits and one that is cancelled have
 * the same flags. */
static void
read_state(struct order *o)
{
	const char *mail = prestashop_text(o->ctx, o->state, "template");
	const int is_paid = json_flag(o->state, "paid") == 1;

	o->type = is_paid ? PURCHASE_TYPE_PAID : PURCHASE_TYPE_UNPAID;
	if (mail != NULL && strcmp(mail, "order_canceled") == 0)
		o->status = CANCELLED;
	else if (mail != NULL && strcmp(mail, "refund") == 0)
		o->status = REFUNDED;
	else if (json_flag(o->state, "shipped") == 1)
		o->status = SHIPPED;
	else if (is_paid)
		o->status = PAID;
	else
		o->status = json_flag(o->state, "logable") == 1 ? AUTHORIZED : PENDING;
	if (o->status == REFUNDED)
		o->type = PURCHASE_TYPE_PAID;
}

static int
know(struct order *o, struct err *err)
{
	struct known_rows rows;
	const struct val *stored;
	int rc = known_rows(o->ctx->known,
	    &(struct known_rows_of){ .hold = KNOWN_LOCKED,
		.by = { PurchaseHeader_PurchaseIdentifier, PurchaseHeader_SourceId },
		.is = { v_text(o->id), v_int(o->ctx->message->source_id) },
		.want = { PurchaseHeader_PurchaseHeaderId, PurchaseHeader_SourceStamp } },
	    &rows, err);

	if (rc < 0)
		return rc;
	if ((stored = known_first(&rows)) == NULL)
		return PLATFORM_DONE;
	if (known_time(&stored[1]) != USEC_NONE && known_time(&stored[1]) > o->stamp) {
		snprintf(o->ctx->reason, sizeof o->ctx->reason,
		    "A newer state of order %.40s is stored.", o->id);
		return PLATFORM_SUPERSEDED;
	}
	o->header_id = stored[0].i;
	rc = platform_known_lines(o->ctx, o->header_id, &o->stored, err);
	return rc < 0 ? rc : PLATFORM_DONE;
}

static int
find_contact(struct order *o, struct err *err)
{
	struct contact_key key = { .source_id = o->ctx->message->source_id,
		.identifier = prestashop_id(o->json, "id_customer") };
	struct platform_contact *contact;
	int rc;

	if (key.identifier == NULL)
		return 0;
	if ((rc = platform_contact(o->ctx, &key, &contact, err)) == 0)
		o->contact = contact->row;
	return rc;
}

/* ------------------------------------------------------------------ rows */

/* The lines' sum is the header's; where the shop's own total is another, it is said. */
static int
put_amounts(struct order *o, struct err *err)
{
	struct decimal total, tax_free, differs = o->lines.ordered;
	struct arena *a = o->ctx->arena;
	int rc, has_tax_free;

	if ((rc = read_amount(&read_exact, o->json, "total_paid_tax_incl", &total, err)) < 0 ||
	    (has_tax_free = rc = read_amount(
		 &read_exact, o->json, "total_paid_tax_excl", &tax_free, err)) < 0)
		return rc;
	differs.units -= total.units;
	if (decimal_round(differs, 2).units != 0)
		platform_remark(o->ctx, "The lines add up to %s, the order's total is %s.",
		    decimal_text(a, o->lines.ordered), decimal_text(a, total));
	row_money(o->header, PurchaseHeader_Amount, a, o->lines.now);
	row_money(o->header, PurchaseHeader_OriginalAmount, a, o->lines.ordered);
	if (has_tax_free && o->lines.ordered.units != 0 &&
	    decimal_share(&tax_free, o->lines.now, o->lines.ordered, 4) == 0)
		row_money(o->header, PurchaseHeader_TaxFreeAmount, a, tax_free);
	return 0;
}

static int
put_header(struct order *o, struct err *err)
{
	const struct platform_message *m = o->ctx->message;
	struct row *row = o->header = row_new(o->ctx->arena, E_PurchaseHeader,
	    o->header_id != 0 ? ROW_PUT : ROW_ADD);
	int rc;

	row_text(row, PurchaseHeader_PurchaseIdentifier, o->id);
	row_int(row, PurchaseHeader_SourceId, m->source_id);
	row_text(row, PurchaseHeader_CheckoutIdentifier, prestashop_id(o->json, "id_cart"));
	row_text(row, PurchaseHeader_PurchaseReference, json_text(o->json, "reference"));
	if (o->contact != NULL)
		row_refer(row, PurchaseHeader_ContactId, o->contact);
	else
		row_null(row, PurchaseHeader_ContactId);
	row_int(row, PurchaseHeader_BrandId, m->brand_id);
	row_int(row, PurchaseHeader_ZoneId, m->zone_id);
	row_time(row, PurchaseHeader_PurchaseDate, read_date(&o->ctx->in, o->json, "", "date_add"));
	if (o->state != NULL) {
		row_int(row, PurchaseHeader_PurchaseTypeId, o->type);
		row_int(row, PurchaseHeader_PurchaseStatusId, o->status);
		row_time(row, PurchaseHeader_PurchaseStatusDate, o->stamp);
	}
	row_text(row, PurchaseHeader_PaymentMethod, json_text(o->json, "payment"));
	row_text(row, PurchaseHeader_CarrierTrackerCode, prestashop_id(o->json, "shipping_number"));
	row_text(row, PurchaseHeader_CurrencyId, o->currency);
	row_bool(row, PurchaseHeader_DeletionFlag, 0);
	row_time(row, PurchaseHeader_SourceStamp, o->stamp);
	if ((rc = put_amounts(o, err)) < 0)
		return rc;
	return platform_put(o->ctx, row, err);
}

/* A known good stays as it is: an order is no authority on products. */
static int
put_good(struct order *o, const struct prestashop_line *l, struct row **good, struct err *err)
{
	const char *product = prestashop_id(l->json, "product_id");
	const char *combination = prestashop_id(l->json, "product_attribute_id");
	struct row *row;

	*good = NULL;
	if (product == NULL)
		return 0;
	*good = row = row_new(o->ctx->arena, E_PurchaseGood, ROW_ENSURE);
	row_text(row, PurchaseGood_Identifier,
	    combination == NULL ? product :
				  arena_printf(o->ctx->arena, "%s-%s", product, combination));
	row_int(row, PurchaseGood_SourceId, o->ctx->message->source_id);
	row_text(row, PurchaseGood_Reference, product);
	row_text(row, PurchaseGood_Sku, json_text(l->json, "product_reference"));
	row_text(row, PurchaseGood_Ean13, prestashop_id(l->json, "product_ean13"));
	row_text(row, PurchaseGood_Label, l->label);
	row_int(row, PurchaseGood_PurchaseGoodTypeId, l->type);
	row_int(row, PurchaseGood_BrandId, o->ctx->message->brand_id);
	return platform_put_whole(o->ctx, row, err);
}

static int
put_line(struct order *o, const struct prestashop_line *l, struct err *err)
{
	struct arena *a = o->ctx->arena;
	struct row *row = row_new(a, E_PurchaseDetail, ROW_PUT), *good = NULL;
	struct decimal tax_free = l->kept ? l->tax_free : (struct decimal){ 0 };
	int rc = put_good(o, l, &good, err);

	if (rc < 0)
		return rc;
	if (l->kept && l->amount.units != 0)
		decimal_share(&tax_free, l->now_amount, l->amount, 4);
	row_refer(row, PurchaseDetail_PurchaseHeaderId, o->header);
	row_text(row, PurchaseDetail_Identifier, l->id);
	if (good != NULL)
		row_refer(row, PurchaseDetail_PurchaseGoodId, good);
	row_text(row, PurchaseDetail_Sku, json_text(l->json, "product_reference"));
	row_text(row, PurchaseDetail_Label, l->label);
	row_int(row, PurchaseDetail_SourceId, o->ctx->message->source_id);
	row_money(row, PurchaseDetail_Quantity, a, l->now_quantity);
	row_money(row, PurchaseDetail_Amount, a, l->now_amount);
	row_money(row, PurchaseDetail_TaxFreeAmount, a, tax_free);
	row_money(row, PurchaseDetail_DiscountAmount, a, l->discount);
	row_money(row, PurchaseDetail_OriginalQuantity, a, l->quantity);
	row_money(row, PurchaseDetail_OriginalAmount, a, l->amount);
	row_bool(row, PurchaseDetail_DeletionFlag, !l->kept);
	row_time(row, PurchaseDetail_SourceStamp, o->stamp);
	return platform_put_whole(o->ctx, row, err);
}

static int
put_lines(struct order *o, struct err *err)
{
	const char **keep = arena_new(o->ctx->arena, const char *, o->lines.n);
	int rc = 0;

	for (size_t i = 0; i < o->lines.n && rc == 0; i++) {
		keep[i] = o->lines.line[i].id;
		rc = put_line(o, &o->lines.line[i], err);
	}
	return rc < 0 ? rc :
			platform_sweep(o->ctx,
			    &(struct platform_sweep){ .entity = E_PurchaseDetail,
				.identifier = PurchaseDetail_Identifier,
				.other = PurchaseDetail_PurchaseHeaderId,
				.deletion = PurchaseDetail_DeletionFlag,
				.stamp = PurchaseDetail_SourceStamp,
				.other_id = o->header_id,
				.keep = keep,
				.nkeep = o->lines.n,
				.stamp_at = o->stamp },
			    &o->stored, err);
}

/* ------------------------------------------------------------------ the record */

static int
read_order(struct order *o, struct err *err)
{
	const struct prestashop_shop *shop = o->ctx->record;
	const char *state = prestashop_id(o->json, "current_state");

	if (o->id == NULL)
		return err_set(err, ERR_PERMANENT, "The order has no \"id\".");
	o->currency = prestashop_side(
	    shop->currencies, prestashop_id(o->json, "id_currency"), "iso_code");
	if (o->currency == NULL)
		return err_set(err, ERR_PERMANENT,
		    "\"id_currency\" of the order is no currency that the shop lists.");
	o->stamp = prestashop_stamp(o->ctx, o->json);
	if (o->stamp == USEC_NONE)
		return err_set(err, ERR_PERMANENT, "The order has no \"date_upd\".");
	if (state != NULL && shop->states != NULL)
		json_object_object_get_ex(shop->states, state, &o->state);
	if (o->state != NULL)
		read_state(o);
	else
		platform_remark(o->ctx, "current_state is not known: the status stays as it is.");
	return prestashop_lines_read(o->ctx, o->json, o->id,
	    o->status == CANCELLED || o->status == REFUNDED, &o->lines, err);
}

int
prestashop_order(struct platform_context *ctx, struct err *err)
{
	struct order o = { .ctx = ctx, .json = ctx->payload,
		.id = prestashop_id(ctx->payload, "id") };
	int rc, found;

	if (!prestashop_begin(ctx))
		return PLATFORM_IGNORED;
	if ((rc = read_order(&o, err)) < 0)
		return rc;
	found = know(&o, err);
	if ((found < 0 && found != ERR_ASKED) || found == PLATFORM_SUPERSEDED)
		return found;
	if ((rc = find_contact(&o, err)) < 0 || (rc = known_wait(ctx->known, err)) < 0)
		return rc;
	if ((rc = put_header(&o, err)) < 0 || (rc = put_lines(&o, err)) < 0)
		return rc;
	return PLATFORM_DONE;
}
