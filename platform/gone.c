#include "config.h"

#include "platform/gone.h"

#include <stdio.h>

#include "lib/err.h"
#include "lib/format/json.h"
#include "model/change/change.h"
#include "model/change/known.h"
#include "platform/contact.h"
#include "platform/platform.h"
#include "platform/write.h"

int
platform_gone_contact(struct platform_context *ctx, struct err *err)
{
	const struct contact_key key = { .source_id = ctx->message->source_id,
		.identifier = json_text(ctx->payload, "id") };
	struct platform_contact *contact;
	struct row *row;
	int rc = platform_contact(ctx, &key, &contact, err);

	if (rc < 0)
		return rc;
	change_end_identifier(ctx->change, &(struct change_end){ .identifier = key.identifier,
	    .source_id = key.source_id, .contact = contact->row,
	    .at = ctx->message->received_at });
	if (contact->is.living_others > 0) {
		snprintf(ctx->reason, sizeof ctx->reason,
		    "The customer is gone; the contact is known by other identifiers.");
		return PLATFORM_DONE;
	}
	row = platform_contact_row(ctx, contact, ROW_PUT);
	row_bool(row, Contact_DeletionFlag, 1);
	return (rc = platform_put(ctx, row, err)) < 0 ? rc : PLATFORM_DONE;
}

static int
put_gone(struct platform_context *ctx, enum entity_id entity, const enum column of[3],
    struct err *err)
{
	struct row *row = row_new(ctx->arena, entity, ROW_PUT);
	int rc;

	row_text(row, of[0], json_text(ctx->payload, "id"));
	row_int(row, of[1], ctx->message->source_id);
	row_bool(row, of[2], 1);
	return (rc = platform_put(ctx, row, err)) < 0 ? rc : PLATFORM_DONE;
}

int
platform_gone_good(struct platform_context *ctx, struct err *err)
{
	static const enum column of[] = { PurchaseGood_Identifier, PurchaseGood_SourceId,
		PurchaseGood_DeletionFlag };

	return put_gone(ctx, E_PurchaseGood, of, err);
}

int
platform_gone_category(struct platform_context *ctx, struct err *err)
{
	static const enum column of[] = { PurchaseGoodCategory_Identifier,
		PurchaseGoodCategory_SourceId, PurchaseGoodCategory_DeletionFlag };

	return put_gone(ctx, E_PurchaseGoodCategory, of, err);
}

int
platform_gone_purchase(struct platform_context *ctx, struct err *err)
{
	static const enum column of[] = { PurchaseHeader_PurchaseIdentifier,
		PurchaseHeader_SourceId, PurchaseHeader_DeletionFlag };

	return put_gone(ctx, E_PurchaseHeader, of, err);
}
