#include "config.h"

#include "platform/magento/rest/line.h"

#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "model/row.h"
#include "platform/amount.h"
#include "platform/magento/line.h"
#include "platform/magento/line_name.h"
#include "platform/magento/person.h"
#include "platform/magento/rest/rest.h"
#include "platform/magento/sum.h"
#include "platform/platform.h"

enum { PLACES = LINE_AMOUNT_PLACES, CENTS = 2 };

static const struct decimal none;

static int
positive(struct json_object *o, const char *member, struct decimal *out, struct err *err)
{
	int rc = read_amount(&read_exact, o, member, out, err);

	if (rc >= 0 && out->units < 0)
		out->units = -out->units;
	return rc < 0 ? rc : 0;
}

static int
read_all(struct json_object *o, const char *const *members, struct decimal *const *to, size_t n,
    struct err *err)
{
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++)
		rc = positive(o, members[i], to[i], err);
	return rc;
}

static int
read_item(struct json_object *o, struct magento_rest_sent *s, struct err *err)
{
	static const char *const members[] = { "row_total", "row_total_incl_tax", "tax_amount",
		"discount_tax_compensation_amount", "discount_amount", "qty_ordered",
		"qty_canceled", "qty_refunded" };
	struct decimal *const to[] = { &s->row_total, &s->row_incl_tax, &s->tax, &s->compensation,
		&s->discount, &s->ordered, &s->gone, &s->refunded };
	int rc = read_all(o, members, to, sizeof to / sizeof to[0], err);

	return rc < 0 ? rc : platform_amount_add(&s->gone, s->refunded, err);
}

/* Its tax is not part of what is refunded of it, so its share counts. */
static int
read_shipping(struct json_object *order, struct magento_rest_sent *s, struct err *err)
{
	static const char *const members[] = { "shipping_amount", "shipping_incl_tax",
		"shipping_tax_amount", "shipping_discount_tax_compensation_amount",
		"shipping_discount_amount", "shipping_refunded", "shipping_canceled" };
	struct decimal refunded = none, cancelled = none, one = none;
	struct decimal *const to[] = { &s->row_total, &s->row_incl_tax, &s->tax, &s->compensation,
		&s->discount, &refunded, &cancelled };
	int rc = read_all(order, members, to, sizeof to / sizeof to[0], err);

	if (rc < 0)
		return rc;
	s->is_charge = 1;
	decimal_parse("1", &one);
	s->ordered = s->refunded = one;
	if (decimal_share(&s->refunded, refunded, s->row_total, DECIMAL_PLACES) < 0)
		s->refunded = none;
	s->gone = one;
	if (decimal_share(&s->gone, cancelled, s->row_total, DECIMAL_PLACES) < 0)
		s->gone = none;
	return platform_amount_add(&s->gone, s->refunded, err);
}

/* ------------------------------------------------------------------ lines as sent */

static void
set_line(struct platform_context *ctx, struct magento_line *l, const struct magento_rest_sent *s)
{
	l->row = row_new(ctx->arena, E_PurchaseDetail, ROW_PUT);
	l->source_id = ctx->message->source_id;
	l->sum = (struct line_amount){ s->row_incl_tax, s->row_total, s->discount };
	l->has_amount = 1;
	row_int(l->row, PurchaseDetail_SourceId, ctx->message->source_id);
	row_text(l->row, PurchaseDetail_Sku, l->sku);
	row_money(l->row, PurchaseDetail_Quantity, ctx->arena, s->ordered);
	row_money(l->row, PurchaseDetail_Amount, ctx->arena, l->sum.amount);
	row_money(l->row, PurchaseDetail_TaxFreeAmount, ctx->arena, l->sum.tax_free);
	row_money(l->row, PurchaseDetail_DiscountAmount, ctx->arena, l->sum.discount);
}

/* The item of which a configurable product's line is the parent: it names the product that was
 * bought. */
static struct json_object *
child_of(struct json_object *items, const char *item)
{
	for (size_t i = 0; item != NULL && i < json_count(items); i++) {
		struct json_object *o = json_object_array_get_idx(items, i);
		const char *parent = magento_rest_id(o, "parent_item_id");

		if (parent != NULL && strcmp(parent, item) == 0)
			return o;
	}
	return NULL;
}

static int
is_configurable(struct json_object *o)
{
	const char *type = json_text(o, "product_type");

	return type != NULL && strcmp(type, "configurable") == 0;
}

static int
read_line(struct platform_context *ctx, struct json_object *items, size_t i,
    struct magento_rest_lines *out, struct err *err)
{
	struct json_object *o = json_object_array_get_idx(items, i);
	struct magento_line *l = &out->of.line[out->of.n];
	struct magento_rest_sent *s = &out->sent[out->of.n++];
	struct json_object *child = is_configurable(o) ?
	    child_of(items, magento_rest_id(o, "item_id")) :
	    NULL;
	int rc = read_item(o, s, err);

	if (rc < 0)
		return rc;
	l->id = magento_rest_id(o, "product_id");
	l->sku = read_code(&ctx->in, o, "items.", "sku", MAGENTO_CODE);
	l->good = child != NULL ? magento_rest_id(child, "product_id") : l->id;
	if (l->id == NULL)
		l->id = "";
	if (l->sku == NULL && l->id[0] == '\0')
		return err_set(err, ERR_PERMANENT, "An item of the order has no \"sku\".");
	set_line(ctx, l, s);
	row_text(l->row, PurchaseDetail_Label, json_text(o, "name"));
	return 0;
}

/* The vendor's connector sends it so: product 0, and its SKU. */
static int
read_shipping_line(struct platform_context *ctx, struct json_object *order,
    struct magento_rest_lines *out, struct err *err)
{
	struct magento_line *l = &out->of.line[out->of.n];
	struct magento_rest_sent *s = &out->sent[out->of.n++];
	int rc = read_shipping(order, s, err);

	l->id = "0";
	l->sku = MAGENTO_SHIPPING;
	if (rc == 0)
		set_line(ctx, l, s);
	return rc;
}

int
magento_rest_lines_read(struct platform_context *ctx, struct json_object *order,
    struct magento_rest_lines *out, struct err *err)
{
	struct json_object *items = json_array(order, "items");
	const size_t most = json_count(items);
	struct magento_lines *lines = &out->of;
	int rc = 0;

	if (most > MAGENTO_LINES_MAX)
		return err_set(err, ERR_PERMANENT, "The order has more than %d items.",
		    MAGENTO_LINES_MAX);
	lines->given = 1;
	lines->line = arena_new(ctx->arena, struct magento_line, most + 1);
	out->sent = arena_new(ctx->arena, struct magento_rest_sent, most + 1);
	for (size_t i = 0; i < most && rc == 0; i++)
		if (magento_rest_id(json_object_array_get_idx(items, i), "parent_item_id") == NULL)
			rc = read_line(ctx, items, i, out, err);
	if (rc == 0 && json_flag(order, "is_virtual") != 1)
		rc = read_shipping_line(ctx, order, out, err);
	if (rc == 0)
		platform_magento_lines_name(ctx->arena, lines);
	return rc;
}

/* ------------------------------------------------------------------ as ordered */

/* As Magento itself adds up: the tax is of what is left after the discount. */
static struct line_amount
net_of(const struct magento_rest_sent *s)
{
	struct line_amount l = { .tax_free = s->row_total, .discount = s->discount };

	l.tax_free.units += s->compensation.units - s->discount.units;
	l.amount = l.tax_free;
	l.amount.units += s->tax.units;
	return l;
}

static int
is_near(struct decimal x, struct decimal y)
{
	return decimal_subtract(&x, y) == 0 && decimal_round(x, CENTS).units == 0;
}

/* Amounts that do not add up by Magento's own rule are left to platform_magento_sum(), as those of
 * a webhook are. */
static int
make_net(struct platform_context *ctx, struct magento_rest_lines *lines, struct decimal total,
    struct err *err)
{
	struct decimal sum = none;
	int rc = 0;

	for (size_t i = 0; i < lines->of.n && rc == 0; i++)
		rc = platform_amount_add(&sum, net_of(&lines->sent[i]).amount, err);
	if (rc < 0 || !is_near(sum, total))
		return rc;
	for (size_t i = 0; i < lines->of.n; i++) {
		struct magento_line *l = &lines->of.line[i];

		l->sum = net_of(&lines->sent[i]);
		row_money(l->row, PurchaseDetail_Amount, ctx->arena, l->sum.amount);
		row_money(l->row, PurchaseDetail_TaxFreeAmount, ctx->arena, l->sum.tax_free);
	}
	return 0;
}

static int
set_ordered(struct platform_context *ctx, struct json_object *order, struct row *header,
    struct magento_rest_lines *lines, struct err *err)
{
	struct decimal total, tax, discount;
	int rc = read_amount(&read_exact, order, "grand_total", &total, err);

	if (rc == 0)
		return err_set(err, ERR_PERMANENT, "The order has no \"grand_total\".");
	if (rc < 0 || (rc = positive(order, "tax_amount", &tax, err)) < 0 ||
	    (rc = positive(order, "discount_amount", &discount, err)) < 0)
		return rc;
	row_money(header, PurchaseHeader_Amount, ctx->arena, total);
	row_money(header, PurchaseHeader_OriginalAmount, ctx->arena, total);
	row_money(header, PurchaseHeader_DiscountAmount, ctx->arena, discount);
	if ((rc = make_net(ctx, lines, total, err)) < 0 ||
	    (rc = platform_amount_subtract(&total, tax, err)) < 0)
		return rc;
	row_money(header, PurchaseHeader_TaxFreeAmount, ctx->arena, total);
	if ((rc = platform_magento_sum(ctx, header, &lines->of, err)) < 0)
		return rc;
	for (size_t i = 0; i < lines->of.n; i++)
		platform_magento_line_set_original(&lines->of.line[i]);
	return 0;
}

/* ------------------------------------------------------------------ as they stand now */

/* What is left of lines and header, and what was refunded. */
struct left {
	struct line_amount *line;		/* of each */
	struct decimal refunded;		/* by quantities */
	struct decimal kept;			/* amounts of lines that are kept */
	struct line_amount less;		/* than the header as ordered */
};

static struct decimal
share(struct decimal of, struct decimal part, struct decimal whole)
{
	return decimal_share(&of, part, whole, PLACES) < 0 ? none : of;
}

static void
less(struct left *left, const struct line_amount *was, const struct line_amount *is)
{
	left->less.amount.units += was->amount.units - is->amount.units;
	left->less.tax_free.units += was->tax_free.units - is->tax_free.units;
	left->less.discount.units += was->discount.units - is->discount.units;
}

static void
take_gone(struct magento_rest_lines *lines, size_t i, int is_over, struct left *left)
{
	struct magento_line *l = &lines->of.line[i];
	const struct magento_rest_sent *s = &lines->sent[i];
	struct decimal kept = s->ordered;
	struct line_amount *now = &left->line[i];

	kept.units -= s->gone.units;
	*now = l->sum;
	l->is_gone = is_over || (kept.units <= 0 && s->gone.units > 0);
	if (l->is_gone)
		*now = (struct line_amount){ none, none, none };
	else if (s->gone.units > 0)
		*now = (struct line_amount){ share(l->sum.amount, kept, s->ordered),
			share(l->sum.tax_free, kept, s->ordered),
			share(l->sum.discount, kept, s->ordered) };
	if (s->refunded.units > 0)
		left->refunded.units += share(l->sum.amount, s->refunded, s->ordered).units;
	left->kept.units += now->amount.units;
	less(left, &l->sum, now);
}

/* A credit memo may give back more than its items are worth, or keep a fee: the lines that are
 * kept share it. Each share follows from what all up to it have, so nothing is lost by rounding. */
static void
share_adjustment(struct magento_rest_lines *lines, struct decimal more, struct left *left)
{
	struct decimal upto = none, given = none;

	for (size_t i = 0; i < lines->of.n && left->kept.units > 0; i++) {
		struct line_amount *now = &left->line[i], before = *now;
		struct decimal due = more;

		if (lines->of.line[i].is_gone || before.amount.units <= 0)
			continue;
		upto.units += before.amount.units;
		if (decimal_share(&due, upto, left->kept, CENTS) < 0)
			return;
		now->amount.units -= due.units - given.units;
		given = due;
		now->tax_free = share(before.tax_free, now->amount, before.amount);
		less(left, &before, now);
	}
}

static void
set_now(struct platform_context *ctx, struct magento_rest_lines *lines, const struct left *left)
{
	for (size_t i = 0; i < lines->of.n; i++) {
		struct row *row = lines->of.line[i].row;
		struct decimal quantity = lines->sent[i].ordered;

		if (!lines->sent[i].is_charge)
			quantity.units -= lines->sent[i].gone.units;
		row_money(row, PurchaseDetail_Quantity, ctx->arena, quantity);
		row_money(row, PurchaseDetail_Amount, ctx->arena, left->line[i].amount);
		row_money(row, PurchaseDetail_TaxFreeAmount, ctx->arena, left->line[i].tax_free);
		row_money(row, PurchaseDetail_DiscountAmount, ctx->arena, left->line[i].discount);
	}
}

static void
set_header(struct platform_context *ctx, struct row *header, const struct left *left, int is_over)
{
	const struct { enum column column; struct decimal less; } of[] = {
		{ PurchaseHeader_Amount, left->less.amount },
		{ PurchaseHeader_TaxFreeAmount, left->less.tax_free },
		{ PurchaseHeader_DiscountAmount, left->less.discount },
	};
	int given;

	for (size_t i = 0; i < sizeof of / sizeof of[0]; i++) {
		struct decimal now = row_amount(header, of[i].column, &given);

		now.units -= of[i].less.units;
		row_money(header, of[i].column, ctx->arena,
		    is_over ? none : decimal_round(now, PLACES));
	}
	if (left->less.amount.units != 0)
		row_money(header, PurchaseHeader_FreeFieldNumber1, ctx->arena,
		    decimal_round(left->less.amount, PLACES));
	else
		row_null(header, PurchaseHeader_FreeFieldNumber1);
}

int
magento_rest_lines_settle(struct platform_context *ctx, struct json_object *order,
    struct row *header, struct magento_rest_lines *lines, int is_over, struct err *err)
{
	struct left left = { .line = arena_new(ctx->arena, struct line_amount, lines->of.n) };
	struct decimal refunded;
	int rc = set_ordered(ctx, order, header, lines, err);

	if (rc < 0 || (rc = positive(order, "total_refunded", &refunded, err)) < 0)
		return rc;
	for (size_t i = 0; i < lines->of.n; i++)
		take_gone(lines, i, is_over, &left);
	refunded.units -= left.refunded.units;
	if (!is_over && decimal_round(refunded, CENTS).units != 0 &&
	    decimal_compare(left.kept, refunded) >= 0)
		share_adjustment(lines, refunded, &left);
	set_now(ctx, lines, &left);
	set_header(ctx, header, &left, is_over);
	return 0;
}
