#include "config.h"

#include <stdio.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "model/change/known.h"
#include "model/purchase_key.h"
#include "platform/address.h"
#include "platform/contact.h"
#include "platform/label.h"
#include "platform/magento/good.h"
#include "platform/magento/line_stored.h"
#include "platform/magento/person.h"
#include "platform/magento/purchase.h"
#include "platform/magento/rest/address.h"
#include "platform/magento/rest/line.h"
#include "platform/magento/rest/rest.h"
#include "platform/platform.h"

/* Rows of sql/tenant/0002-reference.sql. */
enum { PENDING = 1, PAID = 3, SHIPPED = 5, REFUNDED = 8, CANCELLED = 9 };
enum { CONTACT_TYPE_GUEST = 3 };

struct order {
	struct platform_context *ctx;
	struct json_object *json;
	const char *number, *key, *customer;	/* customer NULL: a guest */
	struct magento_key store;	/* identifier NULL: none */
	usec_t changed;			/* its updated_at */
	usec_t stamp;			/* of what is written */
	usec_t stored_stamp, stored_status;
	int64_t stored_type;
	struct val status;		/* PurchaseStatusId; SQL NULL: not known */
	int is_over;
	struct magento_rest_lines lines;
	struct platform_contact *contact;
	struct row *header;
};

/* ------------------------------------------------------------------ what is stored */

static int
know(struct order *o, struct err *err)
{
	struct known_rows rows;
	const struct val *v;
	int rc = known_rows(o->ctx->known,
	    &(struct known_rows_of){ .hold = KNOWN_LOCKED,
		.by = { PurchaseHeader_PurchaseIdentifier, PurchaseHeader_SourceId },
		.is = { v_text(o->key), v_int(o->ctx->message->source_id) },
		.want = { PurchaseHeader_PurchaseHeaderId, PurchaseHeader_SourceStamp,
		    PurchaseHeader_PurchaseStatusDate, PurchaseHeader_PurchaseTypeId } },
	    &rows, err);

	o->stored_stamp = o->stored_status = USEC_NONE;
	if ((v = known_first(&rows)) == NULL)
		return platform_magento_go_on(rc, err);
	o->lines.of.header_id = v[0].i;
	o->stored_stamp = known_time(&v[1]);
	o->stored_status = known_time(&v[2]);
	o->stored_type = v[3].kind == VAL_INT ? v[3].i : 0;
	return platform_magento_go_on(
	    platform_magento_lines_ask(o->ctx, &o->lines.of, err), err);
}

/* A webhook's content is stamped when it came, which is later than what it tells of. So the stamp
 * of what is stored does not decide; but it never goes back, or the rows would not be written. */
static void
set_stamp(struct order *o)
{
	const usec_t lines = platform_magento_lines_stamp(&o->lines.of);

	o->stamp = o->changed;
	if (o->stored_stamp != USEC_NONE && o->stored_stamp > o->stamp)
		o->stamp = o->stored_stamp;
	if (lines != USEC_NONE && lines > o->stamp)
		o->stamp = lines;
}

static int
is_superseded(const struct order *o)
{
	if (o->stored_status == USEC_NONE || o->stored_type == PURCHASE_TYPE_CART)
		return 0;
	return o->stored_status > o->changed;
}

/* ------------------------------------------------------------------ the state */

static int
state_id(const char *state)
{
	static const struct { const char *state; int id; } known[] = { { "new", PENDING },
		{ "pending_payment", PENDING }, { "payment_review", PENDING },
		{ "holded", PENDING },
		{ "processing", PAID }, { "complete", SHIPPED }, { "closed", REFUNDED },
		{ "canceled", CANCELLED } };

	for (size_t i = 0; state != NULL && i < sizeof known / sizeof known[0]; i++)
		if (strcmp(known[i].state, state) == 0)
			return known[i].id;
	return 0;
}

/* The word of the tenant or the Source for the status stands first, then Magento's own state. */
static int
read_status(struct order *o, struct err *err)
{
	const char *status = json_text(o->json, "status");
	const int id = state_id(json_text(o->json, "state"));
	const struct val state = id != 0 ? v_int(id) : v_null();
	int rc = platform_label(o->ctx, "PurchaseStatus", status, &o->status, err);

	if ((rc = platform_magento_go_on(rc, err)) < 0)
		return rc;
	if (o->status.kind == VAL_NULL)
		o->status = state;
	o->is_over = platform_magento_is_over(id != 0 ? &state : &o->status);
	return 0;
}

static int
set_type(struct order *o, struct err *err)
{
	struct decimal due;
	int rc = read_amount(&read_exact, o->json, "total_due", &due, err);

	if (rc > 0)
		row_int(o->header, PurchaseHeader_PurchaseTypeId,
		    due.units == 0 ? PURCHASE_TYPE_PAID : PURCHASE_TYPE_UNPAID);
	return rc < 0 ? rc : 0;
}

/* The method's title, as the connector sends it, else its code. */
static const char *
payment(struct json_object *order)
{
	struct json_object *titles = json_array(order, "payment.additional_information"),
			   *first = titles == NULL ? NULL : json_object_array_get_idx(titles, 0);
	struct json_object *more = json_array(
	    order, "extension_attributes.payment_additional_info");

	for (size_t i = 0; i < json_count(more); i++) {
		struct json_object *o = json_object_array_get_idx(more, i);
		const char *key = json_text(o, "key"), *value = json_text(o, "value");

		if (key != NULL && value != NULL && strcmp(key, "method_title") == 0)
			return value;
	}
	return json_object_is_type(first, json_type_string) ? json_object_get_string(first) :
							      json_text(order, "payment.method");
}

/* ------------------------------------------------------------------ who bought */

/* The delivery address is in the assignments only. */
static struct json_object *
address_of(struct json_object *order)
{
	struct json_object *list = json_array(order, "extension_attributes.shipping_assignments"),
			   *to = NULL;

	if (json_count(list) > 0)
		to = json_at(json_object_array_get_idx(list, 0), "shipping.address");
	return to != NULL ? to : json_at(order, "billing_address");
}

static const char *
name_of(struct json_object *order, const char *of_customer, const char *of_address)
{
	const char *name = json_text(order, of_customer);

	return name != NULL ? name : json_text(json_at(order, "billing_address"), of_address);
}

/* Nothing else tells of a guest; what is stored of the person stays. */
static int
put_guest(struct order *o, struct err *err)
{
	struct platform_context *ctx = o->ctx;
	struct row *row = platform_contact_row(ctx, o->contact, ROW_FILL), *address;
	int rc;

	row_int(row, Contact_ContactTypeId, CONTACT_TYPE_GUEST);
	row_text(row, Contact_FirstName, name_of(o->json, "customer_firstname", "firstname"));
	row_text(row, Contact_LastName, name_of(o->json, "customer_lastname", "lastname"));
	if ((rc = platform_put(ctx, row, err)) < 0)
		return rc;
	address = platform_address_of(ctx->arena, o->contact->row, ctx->message->brand_id,
	    ctx->message->address_type_id);
	address->rule = ROW_FILL;
	row_text(address, Address_Email, json_text(o->json, "customer_email"));
	if ((rc = magento_rest_address(ctx, address, address_of(o->json), err)) < 0)
		return rc;
	return platform_put(ctx, address, err);
}

/* ------------------------------------------------------------------ rows */

static int
put_header(struct order *o, struct err *err)
{
	const struct platform_message *m = o->ctx->message;
	struct row *row = o->header;
	const struct row *store;
	int rc;

	if (o->lines.of.header_id == 0)
		row->rule = ROW_ADD;
	row_text(row, PurchaseHeader_PurchaseIdentifier, o->key);
	row_int(row, PurchaseHeader_SourceId, m->source_id);
	row_text(row, PurchaseHeader_PurchaseReference, o->number);
	if (o->contact->row != NULL)
		row_refer(row, PurchaseHeader_ContactId, o->contact->row);
	row_int(row, PurchaseHeader_BrandId, m->brand_id);
	row_int(row, PurchaseHeader_ZoneId, m->zone_id);
	row_time(row, PurchaseHeader_PurchaseDate,
	    read_date(&o->ctx->in, o->json, "", "created_at"));
	row_text(row, PurchaseHeader_PaymentMethod, payment(o->json));
	row_text(row, PurchaseHeader_CurrencyId, json_text(o->json, "order_currency_code"));
	row_text(row, PurchaseHeader_FreeField2, json_text(o->json, "status"));
	row_time(row, PurchaseHeader_PurchaseStatusDate, o->changed);
	if (o->status.kind != VAL_NULL)
		row_value(row, PurchaseHeader_PurchaseStatusId, o->status);
	row_bool(row, PurchaseHeader_DeletionFlag, 0);
	row_time(row, PurchaseHeader_SourceStamp, o->stamp);
	if (o->store.identifier != NULL) {
		if ((rc = platform_magento_store(o->ctx, &o->store, &store, err)) < 0)
			return rc;
		row_refer(row, PurchaseHeader_StoreId, store);
	}
	return (rc = set_type(o, err)) < 0 ? rc : platform_put(o->ctx, row, err);
}

static int
put_order(struct order *o, struct err *err)
{
	int rc;

	set_stamp(o);
	o->header = row_new(o->ctx->arena, E_PurchaseHeader, ROW_PUT);
	o->lines.of.header = o->header;
	rc = magento_rest_lines_settle(
	    o->ctx, o->json, o->header, &o->lines, o->is_over, err);
	if (rc == 0 && o->customer == NULL && o->contact->row != NULL)
		rc = put_guest(o, err);
	if (rc < 0 || (rc = put_header(o, err)) < 0)
		return rc;
	rc = platform_magento_lines_write(o->ctx, &o->lines.of, o->stamp, err);
	return rc < 0 ? rc : 0;
}

/* ------------------------------------------------------------------ the record */

static int
read_order(struct order *o, struct err *err)
{
	struct platform_context *ctx = o->ctx;

	ctx->in.lenient = 1;
	o->number = read_code(&ctx->in, o->json, "", "increment_id", MAGENTO_CODE);
	if (o->number == NULL)
		return err_set(err, ERR_PERMANENT, "The order has no \"increment_id\".");
	if (json_text(o->json, "order_currency_code") == NULL)
		return err_set(err, ERR_PERMANENT, "The order has no \"order_currency_code\".");
	if ((o->changed = magento_rest_stamp(ctx, o->json)) == USEC_NONE)
		return err_set(err, ERR_PERMANENT, "The order has no \"updated_at\".");
	o->store = (struct magento_key){ magento_rest_store_code(ctx, o->json),
		ctx->message->source_id };
	o->key = purchase_key(ctx->arena, o->number, NULL, o->store.identifier);
	if (text_utf8_length(o->key) > MAGENTO_CODE)
		return err_set(err, ERR_PERMANENT,
		    "\"increment_id\" and the store's code are longer than %d characters.",
		    MAGENTO_CODE);
	o->customer = magento_rest_id(o->json, "customer_id");
	return magento_rest_lines_read(ctx, o->json, &o->lines, err);
}

/* Asks for all that the order needs of what is stored. */
static int
ask(struct order *o, struct err *err)
{
	struct platform_context *ctx = o->ctx;
	const struct contact_key key = { .source_id = ctx->message->source_id,
		.identifier = o->customer, .email = json_text(o->json, "customer_email") };
	int rc = know(o, err);

	if (rc < 0 || (rc = read_status(o, err)) < 0 ||
	    (rc = platform_magento_goods_ask(ctx, &o->lines.of, err)) < 0)
		return rc;
	if (o->customer == NULL &&
	    (rc = magento_rest_address(ctx, NULL, address_of(o->json), err)) < 0)
		return rc;
	rc = platform_magento_go_on(known_contact(ctx->known, &key, NULL, err), err);
	if (rc < 0 || (rc = known_wait(ctx->known, err)) < 0)
		return rc;
	return is_superseded(o) ? 0 : platform_contact(ctx, &key, &o->contact, err);
}

static int
conclude(struct platform_context *ctx, void *arg)
{
	const struct order *o = arg;

	snprintf(ctx->reason, sizeof ctx->reason, "Order %.60s written.", o->number);
	return PLATFORM_DONE;
}

int
magento_rest_order(struct platform_context *ctx, struct err *err)
{
	struct order *o = arena_new(ctx->arena, struct order, 1);
	int rc;

	o->ctx = ctx;
	o->json = ctx->payload;
	if ((rc = read_order(o, err)) < 0 || (rc = ask(o, err)) < 0 ||
	    (rc = read_settle(&ctx->in, err)) < 0)
		return rc;
	if (is_superseded(o)) {
		snprintf(ctx->reason, sizeof ctx->reason,
		    "A newer state of order %.60s is stored.", o->number);
		return PLATFORM_SUPERSEDED;
	}
	if ((rc = put_order(o, err)) < 0)
		return rc;
	ctx->conclude = conclude;
	ctx->concluding = o;
	return PLATFORM_DONE;
}
