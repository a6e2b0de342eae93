#include "config.h"

#include "platform/shopify/refund.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "platform/amount.h"
#include "platform/platform.h"
#include "platform/shopify/common.h"
#include "platform/shopify/money.h"

/* The order whose refunds are read. */
struct reading {
	struct platform_context *ctx;
	const char *currency;
	int taxes_included;
	struct platform_shopify_refunds *out;
};

/* ------------------------------------------------------------------ lines */

static int
refund_line(struct reading *r, struct json_object *o, struct platform_shopify_refund_line *l,
    struct err *err)
{
	const char *path = json_at(o, "line_item_id") != NULL ? "line_item_id" : "line_item.id";
	int found, priced, rc;

	if ((rc = platform_shopify_id(r->ctx, o, path, &l->line_id, err)) < 0)
		return rc;
	if (l->line_id == NULL)
		l->line_id = "";
	l->quantity = json_int(o, "quantity", &found);
	if (found ? l->quantity < 0 || l->quantity > INT32_MAX : json_at(o, "quantity") != NULL)
		return err_set(err, ERR_PERMANENT, "\"quantity\" is not a whole number from 0 up.");
	if ((priced = platform_shopify_money(o, "subtotal", &l->amount, err)) < 0 ||
	    (rc = platform_shopify_money(o, "total_tax", &l->tax, err)) < 0)
		return ERR_PERMANENT;
	l->is_priced = priced;
	if (!priced)
		l->tax = (struct decimal){ 0 };
	return r->taxes_included ? 0 : platform_amount_add(&l->amount, l->tax, err);
}

static int
refund_lines(struct reading *r, struct json_object *refund, struct err *err)
{
	struct json_object *list = json_array(refund, "refund_line_items");
	int rc = 0;

	for (size_t i = 0; i < json_count(list) && rc == 0; i++) {
		rc = refund_line(
		    r, json_object_array_get_idx(list, i), &r->out->line[r->out->n++], err);
		if (rc < 0)
			rc = platform_shopify_element_fault(err, "refund_line_items", i);
	}
	return rc;
}

/* ------------------------------------------------------------------ adjustments, shipping */

/* Adjustments are below 0 for what was given back, with their tax apart. */
static int
refund_adjustment(
    struct json_object *o, struct decimal *back, struct decimal *back_tax, struct err *err)
{
	struct decimal amount, tax;
	int rc;

	if ((rc = platform_shopify_money(o, "amount", &amount, err)) < 0 ||
	    (rc = platform_shopify_money(o, "tax_amount", &tax, err)) < 0 ||
	    (rc = platform_amount_subtract(back, amount, err)) < 0)
		return rc;
	if ((rc = platform_amount_subtract(back, tax, err)) < 0)
		return rc;
	return platform_amount_subtract(back_tax, tax, err);
}

/* *ships = 1 when one of them is the refund of shipping. */
static int
refund_adjustments(struct reading *r, struct json_object *refund, int *ships, struct err *err)
{
	struct json_object *list = json_array(refund, "order_adjustments");
	int rc = 0;

	for (size_t i = 0; i < json_count(list) && rc == 0; i++) {
		struct json_object *o = json_object_array_get_idx(list, i);
		const char *kind = json_text(o, "kind");
		int is_shipping = kind != NULL && text_ieq(kind, "shipping_refund");

		*ships |= is_shipping;
		rc = is_shipping ?
		    refund_adjustment(o, &r->out->shipping, &r->out->shipping_tax, err) :
		    refund_adjustment(o, &r->out->beyond, &r->out->beyond_tax, err);
		if (rc < 0)
			rc = platform_shopify_element_fault(err, "order_adjustments", i);
	}
	return rc;
}

static int
refund_shipping(struct reading *r, struct json_object *refund, struct err *err)
{
	struct decimal tax = { 0 };
	int rc;

	if ((rc = platform_shopify_money_sum(refund, "refund_shipping_lines", "subtotal_amount_set",
		 &r->out->shipping, err)) < 0 ||
	    (rc = platform_shopify_money_sum(
		 refund, "refund_shipping_lines", "tax_amount_set", &tax, err)) < 0 ||
	    (rc = platform_amount_add(&r->out->shipping_tax, tax, err)) < 0)
		return rc;
	return r->taxes_included ? 0 : platform_amount_add(&r->out->shipping, tax, err);
}

static int
refund_transactions(struct reading *r, struct json_object *refund, struct err *err)
{
	struct json_object *list = json_array(refund, "transactions");
	struct decimal amount;
	int rc = 0;

	for (size_t i = 0; i < json_count(list) && rc >= 0; i++) {
		struct json_object *o = json_object_array_get_idx(list, i);
		const char *kind = json_text(o, "kind"), *status = json_text(o, "status"),
		           *currency = json_text(o, "currency");

		if (kind == NULL || !text_ieq(kind, "refund"))
			continue;
		if (status != NULL && !text_ieq(status, "success"))
			continue;
		if (currency != NULL && r->currency != NULL && !text_ieq(currency, r->currency))
			continue; /* what the buyer saw: no amount of the shop's */
		if ((rc = platform_shopify_money(o, "amount", &amount, err)) > 0)
			rc = platform_amount_add(&r->out->beyond, amount, err);
		if (rc < 0)
			rc = platform_shopify_element_fault(err, "transactions", i);
	}
	return rc < 0 ? rc : 0;
}

static int
refund_duties_and_fees(struct reading *r, struct json_object *refund, struct err *err)
{
	struct decimal duties, fees;
	int rc = platform_shopify_money_set(refund, "total_duties_set", &duties, err);

	if (rc == 0)
		rc = platform_shopify_money_sum(refund, "duties", "amount_set", &duties, err);
	if (rc < 0 || (rc = platform_amount_add(&r->out->duties, duties, err)) < 0)
		return rc;
	rc = platform_shopify_money_set(refund, "total_additional_fees_set", &fees, err);
	if (rc < 0)
		return rc;
	return platform_amount_add(&r->out->fees, fees, err);
}

/* 1 when the refund names what it is for. */
static int
refund_is_told(struct json_object *refund)
{
	static const char *const lists[] = { "refund_line_items", "refund_shipping_lines",
		"order_adjustments", "duties", "additional_fees" };

	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
		if (json_count(json_array(refund, lists[i])) > 0)
			return 1;
	return 0;
}

static int
refund_read(struct reading *r, struct json_object *refund, struct err *err)
{
	int ships = 0, rc;

	if (!refund_is_told(refund))
		return refund_transactions(r, refund, err);
	if ((rc = refund_lines(r, refund, err)) < 0 ||
	    (rc = refund_adjustments(r, refund, &ships, err)) < 0)
		return rc;
	/* Some versions tell shipping both ways. */
	if (!ships && (rc = refund_shipping(r, refund, err)) < 0)
		return rc;
	return refund_duties_and_fees(r, refund, err);
}

/* ------------------------------------------------------------------ all of them */

static int
by_line(const void *a, const void *b)
{
	const struct platform_shopify_refund_line *x = a, *y = b;

	return strcmp(x->line_id, y->line_id);
}

/* One entry per line. */
static int
refunds_merge(struct platform_shopify_refunds *out, struct err *err)
{
	size_t n = 0;
	int rc;

	qsort(out->line, out->n, sizeof out->line[0], by_line);
	for (size_t i = 0; i < out->n; i++) {
		const struct platform_shopify_refund_line *l = &out->line[i];
		struct platform_shopify_refund_line *last = &out->line[n == 0 ? 0 : n - 1];

		if (n == 0 || strcmp(l->line_id, last->line_id) != 0) {
			out->line[n++] = *l;
			continue;
		}
		last->quantity += l->quantity;
		last->is_priced &= l->is_priced;
		if ((rc = platform_amount_add(&last->amount, l->amount, err)) < 0 ||
		    (rc = platform_amount_add(&last->tax, l->tax, err)) < 0)
			return rc;
	}
	out->n = n;
	return 0;
}

int
platform_shopify_refunds_read(struct platform_context *ctx, struct json_object *order,
    struct platform_shopify_refunds *out, struct err *err)
{
	struct json_object *list = json_array(order, "refunds");
	struct reading r = { .ctx = ctx, .currency = json_text(order, "currency"), .out = out };
	size_t lines = 0;

	r.taxes_included = json_flag(order, "taxes_included") == 1;
	for (size_t i = 0; i < json_count(list); i++) {
		struct json_object *refund = json_object_array_get_idx(list, i);

		lines += json_count(json_array(refund, "refund_line_items"));
	}
	*out = (struct platform_shopify_refunds){ 0 };
	out->line = arena_new(ctx->arena, struct platform_shopify_refund_line, lines);
	for (size_t i = 0; i < json_count(list); i++)
		if (refund_read(&r, json_object_array_get_idx(list, i), err) < 0)
			return platform_shopify_element_fault(err, "refunds", i);
	return refunds_merge(out, err);
}

struct platform_shopify_refund_line *
platform_shopify_refund_of(const struct platform_shopify_refunds *refunds, const char *line_id)
{
	const struct platform_shopify_refund_line key = { .line_id = line_id };
	struct platform_shopify_refund_line *l;

	if (refunds->n == 0)
		return NULL;
	l = bsearch(&key, refunds->line, refunds->n, sizeof key, by_line);
	if (l == NULL || l->used)
		return NULL;
	l->used = 1;
	return l;
}

int
platform_shopify_refunds_close(struct platform_shopify_refunds *refunds, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; i < refunds->n && rc == 0; i++)
		if (!refunds->line[i].used)
			rc = platform_amount_add(&refunds->beyond, refunds->line[i].amount, err);
	return rc;
}
