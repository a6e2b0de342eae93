#include "config.h"

#include "scheduler/platform_contact.h"

#include "scheduler/platform.h"

void
platform_contact_several(struct platform_context *ctx)
{
	platform_remark(ctx, "Several contacts of the Source have this mail address, so nobody can "
	    "tell which of them is meant: the guest is a contact of its own.");
}

int
platform_contact_resolve(struct platform_context *ctx, const struct contact_key *key,
    int64_t *contact_id, struct err *err)
{
	int found = contact_resolve(ctx->db, key, ctx->message->zone_id, ctx->arena, ctx->now,
	    contact_id, err);

	if (found != CONTACT_CREATED_BESIDE)
		return found;
	platform_contact_several(ctx);
	return CONTACT_CREATED;
}
