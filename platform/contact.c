#include "config.h"

#include "platform/contact.h"

#include "model/entity.h"
#include "platform/platform.h"
#include "store/db.h"
#include "store/entity/limits.h"

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
	    contact_id, err), rc = 0;
	const struct val id = v_int(found >= 0 ? *contact_id : 0);

	if (found >= 0)
		rc = entity_limits_rows(ctx->db, entity_find("Contact"), &id, 1, ctx->arena, err);
	if (rc < 0)
		return rc;
	if (found != CONTACT_CREATED_BESIDE)
		return found;
	platform_contact_several(ctx);
	return CONTACT_CREATED;
}
