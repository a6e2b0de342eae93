#include "config.h"

#include "platform/magento/purchase.h"

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "model/change/known.h"
#include "model/entity.h"
#include "model/purchase_key.h"
#include "platform/magento/good.h"
#include "platform/magento/line.h"
#include "platform/magento/line_stored.h"
#include "platform/magento/member.h"
#include "platform/magento/sum.h"
#include "platform/platform.h"
#include "platform/property.h"

static const struct platform_property status_properties[] = {
	{ "PurchaseStatusDate", PurchaseHeader_PurchaseStatusDate },
	{ "PaymentMethod", PurchaseHeader_PaymentMethod },
	{ "BackofficeUri", PurchaseHeader_BackofficeUri },
	{ "CarrierUri", PurchaseHeader_CarrierUri }, { "CarrierName", PurchaseHeader_CarrierName },
	{ "CarrierTrackerCode", PurchaseHeader_CarrierTrackerCode }, { NULL, COLUMN_UNSET }
};
static const struct platform_property command_properties[] = { { "PurchaseDate",
								   PurchaseHeader_PurchaseDate },
	{ "CurrencyId", PurchaseHeader_CurrencyId }, { "Amount", PurchaseHeader_Amount },
	{ "TaxFreeAmount", PurchaseHeader_TaxFreeAmount },
	{ "DiscountAmount", PurchaseHeader_DiscountAmount }, { NULL, COLUMN_UNSET } };

/* ------------------------------------------------------------------ what names it */

/* Reads ExternalKey, which names the purchase. */
static int
read_key(struct magento_purchase *p, struct err *err)
{
	struct platform_context *ctx = p->ctx;
	struct json_object *o = read_object(&ctx->in, ctx->payload, "", "ExternalKey");
	const char *checkout, *number, *key;
	const size_t before = ctx->in.nfaults;
	usec_t date;
	int rc;

	if ((rc = platform_magento_key(
		 ctx, o, "ExternalKey.", "PurchaseIdentifier", &p->key, err)) < 0)
		return rc;
	number = p->key.identifier;
	if (number == NULL && ctx->in.nfaults == before)
		read_fault(&ctx->in, "ExternalKey.", "PurchaseIdentifier",
		    "is required: it names the purchase");
	checkout = read_code(&ctx->in, o, "ExternalKey.", "CheckoutIdentifier", MAGENTO_CODE);
	p->store = (struct magento_key){ .identifier = read_code(&ctx->in, o, "ExternalKey.",
					     "StoreIdentifier", MAGENTO_CODE),
		.source_id = p->key.source_id };
	date = read_date(&ctx->in, o, "ExternalKey.", "PurchaseDate");
	p->key.identifier = key = purchase_key(
	    ctx->arena, number == NULL ? "" : number, checkout, p->store.identifier);
	if (text_utf8_length(key) > MAGENTO_CODE)
		read_fault(&ctx->in, "", "ExternalKey", "is longer than %d characters in all",
		    MAGENTO_CODE);
	row_text(p->row, PurchaseHeader_PurchaseIdentifier, key);
	row_int(p->row, PurchaseHeader_SourceId, p->key.source_id);
	row_text(p->row, PurchaseHeader_PurchaseReference, number);
	if (checkout != NULL)
		row_text(p->row, PurchaseHeader_CheckoutIdentifier, checkout);
	if (date != USEC_NONE)
		row_time(p->row, PurchaseHeader_PurchaseDate, date);
	return 0;
}

/* ------------------------------------------------------------------ what is stored */

/* Columns of the answer below. */
enum {
	STORED_ID, STORED_STAMP, STORED_TYPE, STORED_STATUS_AT, STORED_STATUS, STORED_AMOUNT,
	STORED_ORIGINAL, STORED_LESS
};

static usec_t
time_of(const struct val *v)
{
	return v->kind == VAL_TIME ? v->i : USEC_NONE;
}

/* Asks for the purchase; its row stays locked. */
static int
find_stored(struct magento_purchase *p, struct err *err)
{
	struct known_rows rows;
	const struct val *v;
	int rc = known_rows(p->ctx->known,
	    &(struct known_rows_of){ .hold = KNOWN_LOCKED,
		.by = { PurchaseHeader_PurchaseIdentifier, PurchaseHeader_SourceId },
		.is = { v_text(p->key.identifier), v_int(p->key.source_id) },
		.want = { PurchaseHeader_PurchaseHeaderId, PurchaseHeader_SourceStamp,
		    PurchaseHeader_PurchaseTypeId, PurchaseHeader_PurchaseStatusDate,
		    PurchaseHeader_PurchaseStatusId, PurchaseHeader_Amount,
		    PurchaseHeader_OriginalAmount, PurchaseHeader_FreeFieldNumber1 } },
	    &rows, err);

	if ((v = known_first(&rows)) == NULL)
		return platform_magento_go_on(rc, err);
	p->lines.header_id = v[STORED_ID].i;
	p->stored_content = time_of(&v[STORED_STAMP]);
	p->stored_type = v[STORED_TYPE].i;
	p->stored_status = time_of(&v[STORED_STATUS_AT]);
	p->stored_status_id = v[STORED_STATUS];
	p->has_stored_amount = v[STORED_AMOUNT].kind != VAL_NULL;
	p->amount = v[STORED_AMOUNT];
	p->original = v[STORED_ORIGINAL];
	p->is_less = !platform_magento_is_nothing(&v[STORED_LESS]);
	if (p->has_stored_amount && platform_magento_is_nothing(&v[STORED_AMOUNT]))
		p->ordered = v[STORED_ORIGINAL];
	return 0;
}

/* Asks for all that a Command needs of what is stored. */
static int
ask(struct magento_purchase *p, struct err *err)
{
	struct platform_context *ctx = p->ctx;
	const struct contact_key key = { .identifier = p->contact.identifier,
		.source_id = p->contact.source_id };
	int rc = platform_magento_goods_ask(ctx, &p->lines, err);

	if (rc == 0 && key.identifier != NULL)
		rc = platform_magento_go_on(known_contact(ctx->known, &key, NULL, err), err);
	if (rc == 0)
		rc = platform_magento_go_on(
		    platform_magento_lines_ask(ctx, &p->lines, err), err);
	return rc;
}

/* ------------------------------------------------------------------ the rest of a body */

/* Reads what both bodies have: ExternalKey, status, carrier. */
static int
read_status(struct magento_purchase *p, struct err *err)
{
	struct platform_context *ctx = p->ctx;
	int rc;

	ctx->in.lenient = 1;
	if (!json_object_is_type(ctx->payload, json_type_object))
		return err_set(err, ERR_PERMANENT, "The body must be an object.");
	p->row = row_new(ctx->arena, E_PurchaseHeader, ROW_PUT);
	if ((rc = read_key(p, err)) < 0)
		return rc;
	platform_property_set(ctx, p->row, status_properties, ctx->payload, "");
	if ((rc = platform_magento_status(ctx, p->row, ctx->payload, "", err)) < 0)
		return rc;
	return ctx->in.nfaults > 0 ? 0 : find_stored(p, err);
}

/* A type: a vendor's constant by name, or the tenant's own key. */
static void
read_type_of(struct magento_purchase *p, const char *member)
{
	static const char *const names[] = { [PURCHASE_TYPE_PAID] = "ORDER_PAID",
		[PURCHASE_TYPE_UNPAID] = "ORDER_UNPAID",
		[PURCHASE_TYPE_CART] = "ORDER_CART" };
	struct json_object *json = read_member(&p->ctx->in, p->ctx->payload, member, NULL);

	if (json == NULL)
		return;
	for (int i = PURCHASE_TYPE_PAID; i <= PURCHASE_TYPE_CART; i++)
		if (json_object_is_type(json, json_type_string) &&
		    text_ieq(json_object_get_string(json), names[i])) {
			row_int(p->row, PurchaseHeader_PurchaseTypeId, i);
			return;
		}
	row_value(p->row, PurchaseHeader_PurchaseTypeId,
	    read_column(&p->ctx->in, PurchaseHeader_PurchaseTypeId, "", member, json));
}

/* A sender that does not know the type says what it is unless an order is stored already. */
static void
read_type(struct magento_purchase *p)
{
	read_type_of(p, "PurchaseTypeId");
	if (row_said(p->row, PurchaseHeader_PurchaseTypeId) == NULL &&
	    (p->stored_type == 0 || p->stored_type == PURCHASE_TYPE_CART))
		read_type_of(p, "DefaultPurchaseTypeId");
}

/* The same of the date of a purchase that is not stored. */
static void
read_default_date(struct magento_purchase *p)
{
	usec_t date;

	if (p->lines.header_id != 0 || row_said(p->row, PurchaseHeader_PurchaseDate) != NULL)
		return;
	date = read_date(&p->ctx->in, p->ctx->payload, "", "DefaultPurchaseDate");
	if (date != USEC_NONE)
		row_time(p->row, PurchaseHeader_PurchaseDate, date);
}

static int
read_keys(struct magento_purchase *p, struct err *err)
{
	struct platform_context *ctx = p->ctx;
	struct json_object *contact = read_object(&ctx->in, ctx->payload, "", "ContactExternalKey"),
			   *store = read_object(&ctx->in, ctx->payload, "", "StoreExternalKey");
	struct magento_key key;
	int rc = 0;

	if (contact != NULL)
		rc = platform_magento_key(
		    ctx, contact, "ContactExternalKey.", "Identifier", &p->contact, err);
	if (rc < 0 || store == NULL)
		return rc;
	rc = platform_magento_key(ctx, store, "StoreExternalKey.", "StoreIdentifier", &key, err);
	if (rc == 0 && key.identifier != NULL)
		p->store = key;
	return rc;
}

static int
read_command(struct magento_purchase *p, struct err *err)
{
	struct platform_context *ctx = p->ctx;
	const struct platform_message *m = ctx->message;
	int32_t brand;
	int rc;

	if ((rc = read_status(p, err)) < 0)
		return rc;
	platform_property_set(ctx, p->row, command_properties, ctx->payload, "");
	read_type(p);
	read_default_date(p);
	brand = read_id(&ctx->in, ctx->payload, "", "BrandId", ENTITY_INT32);
	row_int(p->row, PurchaseHeader_BrandId, brand != 0 ? brand : m->brand_id);
	row_int(p->row, PurchaseHeader_ZoneId, m->zone_id);
	if ((rc = read_keys(p, err)) < 0 ||
	    (rc = platform_magento_lines_read(ctx, &p->lines, err)) < 0)
		return rc;
	rc = platform_property_refer(ctx, p->row, command_properties, "", err);
	if ((rc = platform_magento_go_on(rc, err)) == 0 && ctx->in.nfaults == 0)
		rc = ask(p, err);
	if (rc < 0 || (rc = known_wait(ctx->known, err)) < 0 || ctx->in.nfaults > 0)
		return rc;
	return platform_magento_sum(ctx, p->row, &p->lines, err);
}

/* Reads by read(), and says all faults at once. */
static int
read_all(struct magento_purchase *p, int (*read)(struct magento_purchase *, struct err *),
    const struct magento_model *model, struct err *err)
{
	struct platform_context *ctx = p->ctx;
	int rc;

	p->stored_content = p->stored_status = USEC_NONE;
	platform_any_case(ctx);
	rc = read(p, err);
	read_close(&ctx->in);
	if (rc < 0 || (rc = known_wait(ctx->known, err)) < 0 ||
	    (rc = read_settle(&ctx->in, err)) < 0)
		return rc;
	platform_magento_members(ctx, model);
	return 0;
}

int
platform_magento_purchase_read(struct magento_purchase *p, struct err *err)
{
	return read_all(p, read_command, &magento_command, err);
}

int
platform_magento_purchase_read_status(struct magento_purchase *p, struct err *err)
{
	return read_all(p, read_status, &magento_status_command, err);
}
