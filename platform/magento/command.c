#include "config.h"

#include "platform/magento/command.h"

#include <stdio.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "model/entity.h"
#include "model/purchase_key.h"
#include "platform/contact.h"
#include "platform/magento/line.h"
#include "platform/magento/member.h"
#include "platform/magento/person.h"
#include "platform/magento/sum.h"
#include "platform/platform.h"
#include "platform/property.h"
#include "store/db.h"
#include "store/entity/put.h"

/* Rows of sql/tenant/0002-reference.sql. */
enum { PURCHASE_TYPE_PAID = 1, PURCHASE_TYPE_UNPAID, PURCHASE_TYPE_CART };

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

/* A purchase on its way into the tables. */
struct command {
	struct platform_context *ctx;
	struct row *row;
	struct magento_key key;		/* our PurchaseIdentifier and its Source */
	struct magento_key store, contact;
	struct magento_lines lines;
	int64_t header_id;		/* 0 until it is written, unless it is there */
	usec_t stored_content, stored_status;
	int64_t stored_type;
	struct val stored_status_id;
	int has_stored_amount;
	struct val ordered;		/* OriginalAmount of a purchase that is worth 0 */
};

/* ------------------------------------------------------------------ reading */

/* Reads ExternalKey, which names the purchase. */
static int
read_key(struct command *c, struct err *err)
{
	struct platform_context *ctx = c->ctx;
	struct json_object *o = read_object(&ctx->in, ctx->payload, "", "ExternalKey");
	const char *checkout, *number, *key;
	const size_t before = ctx->in.nfaults;
	usec_t date;
	int rc;

	if ((rc = platform_magento_key(
		 ctx, o, "ExternalKey.", "PurchaseIdentifier", &c->key, err)) < 0)
		return rc;
	number = c->key.identifier;
	if (number == NULL && ctx->in.nfaults == before)
		read_fault(&ctx->in, "ExternalKey.", "PurchaseIdentifier",
		    "is required: it names the purchase");
	checkout = read_code(&ctx->in, o, "ExternalKey.", "CheckoutIdentifier", MAGENTO_CODE);
	c->store = (struct magento_key){ .identifier = read_code(&ctx->in, o, "ExternalKey.",
					     "StoreIdentifier", MAGENTO_CODE),
		.source_id = c->key.source_id };
	date = read_date(&ctx->in, o, "ExternalKey.", "PurchaseDate");
	c->key.identifier = key = purchase_key(
	    ctx->arena, number == NULL ? "" : number, checkout, c->store.identifier);
	if (text_utf8_length(key) > MAGENTO_CODE)
		read_fault(&ctx->in, "", "ExternalKey", "is longer than %d characters in all",
		    MAGENTO_CODE);
	row_text(c->row, PurchaseHeader_PurchaseIdentifier, key);
	row_int(c->row, PurchaseHeader_SourceId, c->key.source_id);
	row_text(c->row, PurchaseHeader_PurchaseReference, number);
	if (checkout != NULL)
		row_text(c->row, PurchaseHeader_CheckoutIdentifier, checkout);
	if (date != USEC_NONE)
		row_time(c->row, PurchaseHeader_PurchaseDate, date);
	return 0;
}

/* Reads what both bodies have: ExternalKey, status, carrier. */
static int
read_status(struct command *c, struct err *err)
{
	struct platform_context *ctx = c->ctx;
	int rc;

	ctx->in.lenient = 1;
	if (!json_object_is_type(ctx->payload, json_type_object))
		return err_set(err, ERR_PERMANENT, "The body must be an object.");
	c->row = row_new(ctx->arena, E_PurchaseHeader, ROW_PUT);
	if ((rc = read_key(c, err)) < 0)
		return rc;
	platform_property_set(ctx, c->row, status_properties, ctx->payload, "");
	return platform_magento_status(ctx, c->row, ctx->payload, "", err);
}

/* Reads the type: a vendor's constant by name, or the tenant's own key. */
static void
read_type(struct command *c)
{
	static const char *const names[] = { [PURCHASE_TYPE_PAID] = "ORDER_PAID",
		[PURCHASE_TYPE_UNPAID] = "ORDER_UNPAID",
		[PURCHASE_TYPE_CART] = "ORDER_CART" };
	struct json_object *json = read_member(
	    &c->ctx->in, c->ctx->payload, "PurchaseTypeId", NULL);

	if (json == NULL)
		return;
	for (int i = PURCHASE_TYPE_PAID; i <= PURCHASE_TYPE_CART; i++)
		if (json_object_is_type(json, json_type_string) &&
		    text_ieq(json_object_get_string(json), names[i])) {
			row_int(c->row, PurchaseHeader_PurchaseTypeId, i);
			return;
		}
	row_value(c->row, PurchaseHeader_PurchaseTypeId,
	    read_column(&c->ctx->in, PurchaseHeader_PurchaseTypeId, "", "PurchaseTypeId", json));
}

static int
read_keys(struct command *c, struct err *err)
{
	struct platform_context *ctx = c->ctx;
	struct json_object *contact = read_object(&ctx->in, ctx->payload, "", "ContactExternalKey"),
			   *store = read_object(&ctx->in, ctx->payload, "", "StoreExternalKey");
	struct magento_key key;
	int rc = 0;

	if (contact != NULL)
		rc = platform_magento_key(
		    ctx, contact, "ContactExternalKey.", "Identifier", &c->contact, err);
	if (rc < 0 || store == NULL)
		return rc;
	rc = platform_magento_key(ctx, store, "StoreExternalKey.", "StoreIdentifier", &key, err);
	if (rc == 0 && key.identifier != NULL)
		c->store = key;
	return rc;
}

static int
read_command(struct command *c, struct err *err)
{
	struct platform_context *ctx = c->ctx;
	const struct platform_message *m = ctx->message;
	int32_t brand;
	int rc;

	if ((rc = read_status(c, err)) < 0)
		return rc;
	platform_property_set(ctx, c->row, command_properties, ctx->payload, "");
	read_type(c);
	brand = read_id(&ctx->in, ctx->payload, "", "BrandId", ENTITY_INT32);
	row_int(c->row, PurchaseHeader_BrandId, brand != 0 ? brand : m->brand_id);
	row_int(c->row, PurchaseHeader_ZoneId, m->zone_id);
	if ((rc = read_keys(c, err)) < 0 ||
	    (rc = platform_magento_lines_read(ctx, &c->lines, err)) < 0)
		return rc;
	if ((rc = platform_property_refer(ctx, c->row, command_properties, "", err)) < 0 ||
	    ctx->in.nfaults > 0)
		return rc;
	return platform_magento_sum(ctx, c->row, &c->lines, err);
}

/* Reads by read(), and says all faults at once. */
static int
read_all(struct command *c, int (*read)(struct command *, struct err *),
    const struct magento_model *model, struct err *err)
{
	int rc = read(c, err);

	read_close(&c->ctx->in);
	if (rc < 0 || (rc = read_settle(&c->ctx->in, err)) < 0)
		return rc;
	platform_magento_members(c->ctx, model);
	return 0;
}

/* ------------------------------------------------------------------ what is stored */

static int
find_stored(struct command *c, struct err *err)
{
	struct platform_context *ctx = c->ctx;
	struct rows rows;
	int rc = db_query(ctx->db, Q_platform_purchase_state,
	    DB_ARGS(v_text(c->key.identifier), v_int(c->key.source_id)), ctx->arena, &rows, err);

	c->stored_content = c->stored_status = USEC_NONE;
	if (rc < 0 || rows.n == 0)
		return rc;
	c->header_id = rows_int(&rows, 0, C_platform_purchase_state_purchase_header_id);
	c->stored_content = rows_time(&rows, 0, C_platform_purchase_state_source_stamp);
	c->stored_type = rows_int(&rows, 0, C_platform_purchase_state_purchase_type_id);
	c->stored_status = rows_time(&rows, 0, C_platform_purchase_state_purchase_status_date);
	c->stored_status_id = *rows_at(&rows, 0, C_platform_purchase_state_purchase_status_id);
	c->has_stored_amount = !rows_null(&rows, 0, C_platform_purchase_state_amount);
	c->ordered = *rows_at(&rows, 0, C_platform_purchase_state_ordered);
	return 0;
}

static int
superseded(struct command *c, const char *why)
{
	snprintf(c->ctx->reason, sizeof c->ctx->reason, "%s of purchase %lld is stored.", why,
	    (long long)c->header_id);
	return PLATFORM_SUPERSEDED;
}

static int64_t
type_now(const struct command *c)
{
	const struct val *type = row_said(c->row, PurchaseHeader_PurchaseTypeId);

	return type == NULL || type->kind == VAL_NULL ? 0 : type->i;
}

/* When the state that the body brings was reached. */
static usec_t
status_at(const struct command *c)
{
	const struct val *at = row_said(c->row, PurchaseHeader_PurchaseStatusDate);

	/* A future date, perhaps from a wrong zone, must not make later states count as older. */
	return at != NULL && at->kind == VAL_TIME && at->i < c->ctx->message->received_at ?
	    at->i :
	    c->ctx->message->received_at;
}

/* ------------------------------------------------------------------ Command */

/* 1 when a cart becomes an order, which has other values. */
static int
becomes_order(const struct command *c)
{
	return c->stored_type == PURCHASE_TYPE_CART && type_now(c) != PURCHASE_TYPE_CART;
}

/* Keeps the stored state when it is newer than the body's. */
static void
keep_younger_status(struct command *c)
{
	if (c->stored_status == USEC_NONE || status_at(c) >= c->stored_status || becomes_order(c)) {
		if (row_said(c->row, PurchaseHeader_FreeField2) != NULL)
			row_time(c->row, PurchaseHeader_PurchaseStatusDate, status_at(c));
		return;
	}
	row_unsay(c->row, PurchaseHeader_PurchaseStatusId);
	row_unsay(c->row, PurchaseHeader_PurchaseStatusDate);
	row_unsay(c->row, PurchaseHeader_FreeField2);
	if (c->stored_type != 0)
		row_unsay(c->row, PurchaseHeader_PurchaseTypeId);
}

/* Sets what was first ordered; the columns keep their first value. A cart is not ordered yet. */
static void
set_original(struct command *c)
{
	const int64_t type = type_now(c) != 0 ? type_now(c) : c->stored_type;
	const struct val *amount = row_said(c->row, PurchaseHeader_Amount);

	if (type == PURCHASE_TYPE_CART)
		return;
	if (amount != NULL)
		row_value(c->row, PurchaseHeader_OriginalAmount, *amount);
	for (size_t i = 0; i < c->lines.n; i++)
		platform_magento_line_set_original(&c->lines.line[i]);
}

/* The state that the purchase is in when the row is written. */
static const struct val *
status_now(const struct command *c)
{
	const struct val *now = row_said(c->row, PurchaseHeader_PurchaseStatusId);

	return now != NULL ? now : &c->stored_status_id;
}

/* Sets a wholly refunded or cancelled purchase to 0: the buyer keeps and owes nothing. The status
 * is all that the connector's bodies say of a credit memo. */
static void
end_command(struct command *c)
{
	static const enum column amounts[] = { PurchaseHeader_Amount, PurchaseHeader_TaxFreeAmount,
		PurchaseHeader_DiscountAmount };

	if (!platform_magento_is_over(status_now(c)))
		return;
	for (size_t i = 0; i < sizeof amounts / sizeof amounts[0]; i++)
		if (c->has_stored_amount || row_said(c->row, amounts[i]) != NULL)
			row_value(c->row, amounts[i], v_text("0"));
	for (size_t i = 0; i < c->lines.n; i++) {
		c->lines.line[i].is_ended = !c->lines.line[i].is_gone;
		c->lines.line[i].is_gone = 1;
	}
}

/* 1 when the purchase was over, and what is written says that it no longer is. */
static int
is_reopened(const struct command *c)
{
	return platform_magento_is_over(&c->stored_status_id) &&
	    !platform_magento_is_over(status_now(c));
}

/* Restores what the state alone had set to 0, as far as it is known: as first ordered. */
static int
reopen_amount(struct command *c)
{
	if (!is_reopened(c) || c->ordered.kind == VAL_NULL ||
	    row_said(c->row, PurchaseHeader_Amount) != NULL)
		return 0;
	row_value(c->row, PurchaseHeader_Amount, c->ordered);
	if (row_said(c->row, PurchaseHeader_TaxFreeAmount) == NULL)
		row_null(c->row, PurchaseHeader_TaxFreeAmount);
	if (row_said(c->row, PurchaseHeader_DiscountAmount) == NULL)
		row_null(c->row, PurchaseHeader_DiscountAmount);
	return 1;
}

/* Content without a stamp counts as older than any. */
static usec_t
content_at(const struct command *c)
{
	return c->stored_content != USEC_NONE ? c->stored_content : 0;
}

/* When the body has no lines, the stored ones follow the state. content: the stored content's
 * stamp. */
static int
follow_status(struct command *c, usec_t content, struct err *err)
{
	struct platform_context *ctx = c->ctx;

	if (platform_magento_is_over(status_now(c)))
		return platform_magento_lines_end(ctx, c->header_id, content, err);
	if (!is_reopened(c))
		return 0;
	return platform_magento_lines_reopen(ctx, c->header_id, content_at(c), err);
}

static void
remark_reopened(struct command *c, int has_amount, int nlines)
{
	if (!is_reopened(c))
		return;
	if (has_amount || nlines > 0)
		platform_remark(c->ctx,
		    "The purchase is open again with the lines that were first ordered. Later "
		    "changes, tax and discounts come with the next Command.");
	else if (c->has_stored_amount && row_said(c->row, PurchaseHeader_Amount) == NULL)
		platform_remark(
		    c->ctx, "The purchase is open again; its amounts come with the next Command.");
}

/* The StoreId of a store, which is added when it is unknown. */
static int
put_store(struct command *c, int64_t *id, struct err *err)
{
	struct row *row = row_new(c->ctx->arena, E_Store, ROW_PUT);
	int rc;

	row_text(row, Store_StoreIdentifier, c->store.identifier);
	row_int(row, Store_SourceId, c->store.source_id);
	rc = platform_write_row(c->ctx, row, err);
	*id = row->key.i;
	return rc < 0 ? rc : 0;
}

static int
set_contact_and_store(struct command *c, struct err *err)
{
	struct platform_context *ctx = c->ctx;
	const struct contact_key key = { .identifier = c->contact.identifier,
		.source_id = c->contact.source_id };
	int64_t id;
	int rc;

	if (key.identifier != NULL) {
		if ((rc = platform_contact_resolve(ctx, &key, &id, err)) < 0)
			return rc;
		row_int(c->row, PurchaseHeader_ContactId, id);
	}
	if (c->store.identifier != NULL) {
		if ((rc = put_store(c, &id, err)) < 0)
			return rc;
		row_int(c->row, PurchaseHeader_StoreId, id);
	}
	return 0;
}

static int
write_command(struct command *c, struct err *err)
{
	struct platform_context *ctx = c->ctx;
	const usec_t stamp = ctx->message->received_at;
	const int has_amount = reopen_amount(c);
	int rc = set_contact_and_store(c, err);

	if (rc < 0)
		return rc;
	row_bool(c->row, PurchaseHeader_DeletionFlag, 0);
	row_time(c->row, PurchaseHeader_SourceStamp, stamp);
	rc = platform_write_row(ctx, c->row, err);
	/* The guard saw no newer state, but one was written since. Try again from the start, and
	 * the guard will see it. */
	if (rc == ENTITY_SUPERSEDED)
		return err_set(
		    err, ERR_DB_RETRY, "Another delivery wrote this purchase at the same time.");
	if (rc < 0)
		return rc;
	c->header_id = c->row->key.i;
	rc = c->lines.given
	    ? platform_magento_lines_write(ctx, &c->lines, c->header_id, stamp, err)
	    : follow_status(c, stamp, err);
	remark_reopened(c, has_amount, c->lines.given ? 0 : rc);
	return c->lines.given || platform_magento_is_over(status_now(c)) || rc < 0 ? rc : 0;
}

/* Reads what the tables hold now, for the sentence in the history. */
static int
conclude_command(struct command *c, int gone, struct err *err)
{
	struct platform_context *ctx = c->ctx;
	struct rows live;
	int rc = db_query(ctx->db, Q_platform_purchase_lines_count, DB_ARGS(v_int(c->header_id)),
	    ctx->arena, &live, err);

	if (rc < 0)
		return rc;
	snprintf(ctx->reason, sizeof ctx->reason, "%s %lld written with %lld %s; %d gone.",
	    type_now(c) == PURCHASE_TYPE_CART ? "Cart" : "Purchase", (long long)c->header_id,
	    (long long)rows_int(&live, 0, C_platform_purchase_lines_count_lines),
	    text_form(rows_int(&live, 0, C_platform_purchase_lines_count_lines), "line", "lines"),
	    gone);
	return PLATFORM_DONE;
}

int
platform_magento_command_save(struct platform_context *ctx, struct err *err)
{
	struct command c = { .ctx = ctx };
	int rc;

	platform_any_case(ctx);
	if ((rc = read_all(&c, read_command, &magento_command, err)) < 0 ||
	    (rc = find_stored(&c, err)) < 0)
		return rc;
	if (c.stored_content != USEC_NONE && c.stored_content > ctx->message->received_at)
		return superseded(&c, "A newer state");
	if (type_now(&c) == PURCHASE_TYPE_CART && c.stored_type != 0 &&
	    c.stored_type != PURCHASE_TYPE_CART)
		return superseded(&c, "The order");
	keep_younger_status(&c);
	set_original(&c);
	end_command(&c);
	rc = write_command(&c, err);
	return rc < 0 ? rc : conclude_command(&c, rc, err);
}

/* ------------------------------------------------------------------ StatusCommand */

int
platform_magento_command_status(struct platform_context *ctx, struct err *err)
{
	struct command c = { .ctx = ctx };
	int has_amount, rc;

	platform_any_case(ctx);
	if ((rc = read_all(&c, read_status, &magento_status_command, err)) < 0 ||
	    (rc = find_stored(&c, err)) < 0)
		return rc;
	if (c.stored_status != USEC_NONE && status_at(&c) < c.stored_status)
		return superseded(&c, "A later status");
	row_time(c.row, PurchaseHeader_PurchaseStatusDate, status_at(&c));
	end_command(&c);
	has_amount = reopen_amount(&c);
	if ((rc = platform_write_row(ctx, c.row, err)) < 0)
		return rc;
	c.header_id = c.row->key.i;
	if ((rc = follow_status(&c,
		 c.stored_content != USEC_NONE ? c.stored_content : ctx->message->received_at,
		 err)) < 0)
		return rc;
	remark_reopened(&c, has_amount, rc);
	snprintf(ctx->reason, sizeof ctx->reason, "Status of purchase %lld written.",
	    (long long)c.header_id);
	return PLATFORM_DONE;
}
