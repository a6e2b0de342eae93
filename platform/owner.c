#include "config.h"

#include "platform/owner.h"

#include "model/entity.h"
#include "model/entity_owner.h"
#include "model/change/known.h"
#include "platform/platform.h"

int
platform_owner_limited(const struct platform_context *ctx)
{
	return ctx->message->reach != ENTITY_REACH_ALL;
}

void
platform_owner_entity(struct platform_context *ctx, const struct entity *e)
{
	if (ctx->message->reach == ENTITY_REACH_OWN && entity_is_shared(e))
		read_fault(&ctx->in, "", e->name,
		    "is not written with a Source's credential: it needs the tenant's token, or "
		    "customerapi source set --may-write shared");
}

int
platform_owner_source(
    struct platform_context *ctx, const char *prefix, const char *name, int64_t source_id)
{
	if (!platform_owner_limited(ctx) || source_id == ctx->message->source_id)
		return 1;
	read_fault(&ctx->in, prefix, name,
	    "must be %d, the Source of this delivery: rows of another need the tenant's token",
	    ctx->message->source_id);
	return 0;
}

int
platform_owner_rows(struct platform_context *ctx, const struct entity *e,
    struct platform_owner_row *rows, size_t n, struct err *err)
{
	const int16_t source_id = ctx->message->source_id;
	int rc = 0, mine;

	if (entity_is_of_all(e))
		return 0;
	for (size_t i = 0; i < n; i++)
		known_owned(ctx->known, e, &rows[i].key, source_id, NULL, NULL);
	for (size_t i = 0; i < n && rc == 0; i++) {
		rc = known_owned(ctx->known, e, &rows[i].key, source_id, &mine, err);
		if (rc < 0 || mine)
			continue;
		rows[i].refused = 1;
		read_fault(&ctx->in, rows[i].prefix, rows[i].field,
		    "names a %s that is not of Source %d: that needs the tenant's token", e->name,
		    source_id);
	}
	return rc;
}
