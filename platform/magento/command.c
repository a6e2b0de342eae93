#include "config.h"

#include "platform/magento/command.h"

#include <stdio.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/text.h"
#include "platform/contact.h"
#include "platform/magento/line.h"
#include "platform/magento/line_stored.h"
#include "platform/magento/person.h"
#include "platform/magento/purchase.h"
#include "platform/platform.h"

/* ------------------------------------------------------------------ deciding */

static int
superseded(struct magento_purchase *p, const char *why)
{
	snprintf(p->ctx->reason, sizeof p->ctx->reason, "%s of purchase %lld is stored.", why,
	    (long long)p->lines.header_id);
	return PLATFORM_SUPERSEDED;
}

static int64_t
type_now(const struct magento_purchase *p)
{
	const struct val *type = row_said(p->row, PurchaseHeader_PurchaseTypeId);

	return type == NULL || type->kind == VAL_NULL ? 0 : type->i;
}

/* When the state that the body brings was reached. */
static usec_t
status_at(const struct magento_purchase *p)
{
	const struct val *at = row_said(p->row, PurchaseHeader_PurchaseStatusDate);

	/* A future date, perhaps from a wrong zone, must not make later states count as older. */
	return at != NULL && at->kind == VAL_TIME && at->i < p->ctx->message->received_at ?
	    at->i :
	    p->ctx->message->received_at;
}

/* ------------------------------------------------------------------ Command */

/* 1 when a cart becomes an order, which has other values. */
static int
becomes_order(const struct magento_purchase *p)
{
	return p->stored_type == PURCHASE_TYPE_CART && type_now(p) != PURCHASE_TYPE_CART;
}

/* Keeps the stored state when it is newer than the body's. */
static void
keep_younger_status(struct magento_purchase *p)
{
	if (p->stored_status == USEC_NONE || status_at(p) >= p->stored_status || becomes_order(p)) {
		if (row_said(p->row, PurchaseHeader_FreeField2) != NULL)
			row_time(p->row, PurchaseHeader_PurchaseStatusDate, status_at(p));
		return;
	}
	row_unsay(p->row, PurchaseHeader_PurchaseStatusId);
	row_unsay(p->row, PurchaseHeader_PurchaseStatusDate);
	row_unsay(p->row, PurchaseHeader_FreeField2);
	if (p->stored_type != 0)
		row_unsay(p->row, PurchaseHeader_PurchaseTypeId);
}

/* Sets what was first ordered; the columns keep their first value. A cart is not ordered yet. */
static void
set_original(struct magento_purchase *p)
{
	const int64_t type = type_now(p) != 0 ? type_now(p) : p->stored_type;
	const struct val *amount = row_said(p->row, PurchaseHeader_Amount);

	if (type == PURCHASE_TYPE_CART)
		return;
	if (amount != NULL)
		row_value(p->row, PurchaseHeader_OriginalAmount, *amount);
	for (size_t i = 0; i < p->lines.n; i++)
		platform_magento_line_set_original(&p->lines.line[i]);
}

/* A Command tells what was ordered, and nothing of refunds. Where the API told of some, and the
 * Command tells of the same order, what is left of it stays; but not what only the state had set to
 * 0. */
static void
keep_less(struct magento_purchase *p)
{
	if (!p->is_less || platform_magento_is_over(&p->stored_status_id))
		return;
	platform_magento_lines_keep(&p->lines);
	if (!platform_magento_is_less(
		row_said(p->row, PurchaseHeader_Amount), &p->amount, &p->original))
		return;
	row_unsay(p->row, PurchaseHeader_Amount);
	row_unsay(p->row, PurchaseHeader_TaxFreeAmount);
	row_unsay(p->row, PurchaseHeader_DiscountAmount);
}

/* The state that the purchase is in when the row is written. */
static const struct val *
status_now(const struct magento_purchase *p)
{
	const struct val *now = row_said(p->row, PurchaseHeader_PurchaseStatusId);

	return now != NULL ? now : &p->stored_status_id;
}

/* Sets a wholly refunded or cancelled purchase to 0: the buyer keeps and owes nothing. The status
 * is all that the connector's bodies say of a credit memo. */
static void
end_command(struct magento_purchase *p)
{
	static const enum column amounts[] = { PurchaseHeader_Amount, PurchaseHeader_TaxFreeAmount,
		PurchaseHeader_DiscountAmount };

	if (!platform_magento_is_over(status_now(p)))
		return;
	for (size_t i = 0; i < sizeof amounts / sizeof amounts[0]; i++)
		if (p->has_stored_amount || row_said(p->row, amounts[i]) != NULL)
			row_value(p->row, amounts[i], v_text("0"));
	for (size_t i = 0; i < p->lines.n; i++) {
		p->lines.line[i].is_ended = !p->lines.line[i].is_gone;
		p->lines.line[i].is_gone = 1;
	}
}

/* 1 when the purchase was over, and what is written says that it no longer is. */
static int
is_reopened(const struct magento_purchase *p)
{
	return platform_magento_is_over(&p->stored_status_id) &&
	    !platform_magento_is_over(status_now(p));
}

/* Restores what the state alone had set to 0, as far as it is known: as first ordered. */
static int
reopen_amount(struct magento_purchase *p)
{
	if (!is_reopened(p) || p->ordered.kind == VAL_NULL ||
	    row_said(p->row, PurchaseHeader_Amount) != NULL)
		return 0;
	row_value(p->row, PurchaseHeader_Amount, p->ordered);
	if (row_said(p->row, PurchaseHeader_TaxFreeAmount) == NULL)
		row_null(p->row, PurchaseHeader_TaxFreeAmount);
	if (row_said(p->row, PurchaseHeader_DiscountAmount) == NULL)
		row_null(p->row, PurchaseHeader_DiscountAmount);
	return 1;
}

/* Content without a stamp counts as older than any. */
static usec_t
content_at(const struct magento_purchase *p)
{
	return p->stored_content != USEC_NONE ? p->stored_content : 0;
}

/* When the body has no lines, the stored ones follow the state. content: the stored content's
 * stamp. Returns how many, or a negative code. */
static int
follow_status(struct magento_purchase *p, usec_t content, struct err *err)
{
	struct platform_context *ctx = p->ctx;
	const int is_over = platform_magento_is_over(status_now(p));
	int rc;

	if (!is_over && !is_reopened(p))
		return 0;
	if ((rc = platform_magento_lines_ask(ctx, &p->lines, err)) < 0)
		return rc;
	return is_over ? platform_magento_lines_end(ctx, &p->lines, content, err) :
			 platform_magento_lines_reopen(ctx, &p->lines, content_at(p), err);
}

static void
remark_reopened(struct magento_purchase *p, int has_amount, int nlines)
{
	if (!is_reopened(p))
		return;
	if (has_amount || nlines > 0)
		platform_remark(p->ctx,
		    "The purchase is open again with the lines that were first ordered. Later "
		    "changes, tax and discounts come with the next Command.");
	else if (p->has_stored_amount && row_said(p->row, PurchaseHeader_Amount) == NULL)
		platform_remark(
		    p->ctx, "The purchase is open again; its amounts come with the next Command.");
}

static int
set_contact_and_store(struct magento_purchase *p, struct err *err)
{
	struct platform_context *ctx = p->ctx;
	const struct contact_key key = { .identifier = p->contact.identifier,
		.source_id = p->contact.source_id };
	struct platform_contact *contact;
	const struct row *store;
	int rc;

	if (key.identifier != NULL) {
		if ((rc = platform_contact(ctx, &key, &contact, err)) < 0)
			return rc;
		row_refer(p->row, PurchaseHeader_ContactId, contact->row);
	}
	if (p->store.identifier != NULL) {
		if ((rc = platform_magento_store(ctx, &p->store, &store, err)) < 0)
			return rc;
		row_refer(p->row, PurchaseHeader_StoreId, store);
	}
	return 0;
}

/* Adds the purchase to the change. One that is not stored must not come from another delivery
 * meanwhile: its state would not have been looked at. */
static int
put_header(struct magento_purchase *p, struct err *err)
{
	if (p->lines.header_id == 0)
		p->row->rule = ROW_ADD;
	p->lines.header = p->row;
	return platform_put(p->ctx, p->row, err);
}

static int
write_command(struct magento_purchase *p, struct err *err)
{
	struct platform_context *ctx = p->ctx;
	const usec_t stamp = ctx->message->received_at;
	const int has_amount = reopen_amount(p);
	int rc = set_contact_and_store(p, err);

	if (rc < 0)
		return rc;
	row_bool(p->row, PurchaseHeader_DeletionFlag, 0);
	row_time(p->row, PurchaseHeader_SourceStamp, stamp);
	if ((rc = put_header(p, err)) < 0)
		return rc;
	rc = p->lines.given ? platform_magento_lines_write(ctx, &p->lines, stamp, err)
			    : follow_status(p, stamp, err);
	if (rc < 0)
		return rc;
	remark_reopened(p, has_amount, p->lines.given ? 0 : rc);
	if (p->lines.given || platform_magento_is_over(status_now(p)))
		p->gone = rc;
	return 0;
}

static int
conclude_command(struct platform_context *ctx, void *arg)
{
	const struct magento_purchase *p = arg;
	const size_t live = platform_magento_lines_live(ctx, &p->lines);

	snprintf(ctx->reason, sizeof ctx->reason, "%s %lld written with %zu %s; %d gone.",
	    type_now(p) == PURCHASE_TYPE_CART ? "Cart" : "Purchase", (long long)p->row->key.i,
	    live, text_form((int64_t)live, "line", "lines"), p->gone);
	return PLATFORM_DONE;
}

int
platform_magento_command_save(struct platform_context *ctx, struct err *err)
{
	struct magento_purchase *p = arena_new(ctx->arena, struct magento_purchase, 1);
	int rc;

	p->ctx = ctx;
	if ((rc = platform_magento_purchase_read(p, err)) < 0)
		return rc;
	if (p->stored_content != USEC_NONE && p->stored_content > ctx->message->received_at)
		return superseded(p, "A newer state");
	if (type_now(p) == PURCHASE_TYPE_CART && p->stored_type != 0 &&
	    p->stored_type != PURCHASE_TYPE_CART)
		return superseded(p, "The order");
	keep_younger_status(p);
	set_original(p);
	keep_less(p);
	end_command(p);
	if ((rc = write_command(p, err)) < 0)
		return rc;
	ctx->conclude = conclude_command;
	ctx->concluding = p;
	return PLATFORM_DONE;
}

/* ------------------------------------------------------------------ StatusCommand */

static int
conclude_status(struct platform_context *ctx, void *arg)
{
	const struct magento_purchase *p = arg;

	snprintf(ctx->reason, sizeof ctx->reason, "Status of purchase %lld written.",
	    (long long)p->row->key.i);
	return PLATFORM_DONE;
}

int
platform_magento_command_status(struct platform_context *ctx, struct err *err)
{
	struct magento_purchase *p = arena_new(ctx->arena, struct magento_purchase, 1);
	int has_amount, rc;

	p->ctx = ctx;
	if ((rc = platform_magento_purchase_read_status(p, err)) < 0)
		return rc;
	if (p->stored_status != USEC_NONE && status_at(p) < p->stored_status)
		return superseded(p, "A later status");
	row_time(p->row, PurchaseHeader_PurchaseStatusDate, status_at(p));
	end_command(p);
	has_amount = reopen_amount(p);
	if ((rc = put_header(p, err)) < 0)
		return rc;
	if ((rc = follow_status(p,
		 p->stored_content != USEC_NONE ? p->stored_content : ctx->message->received_at,
		 err)) < 0)
		return rc;
	remark_reopened(p, has_amount, rc);
	ctx->conclude = conclude_status;
	ctx->concluding = p;
	return PLATFORM_DONE;
}
