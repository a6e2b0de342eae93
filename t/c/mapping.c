#include "config.h"

#include "t/c/mapping.h"

#include "lib/arena.h"
#include "lib/err.h"
#include "model/change/consent.h"
#include "platform/platform.h"
#include "store/change_batch.h"
#include "store/db.h"

int mapping_runs;

struct mapping {
	struct change_item item;
	struct platform_context *ctx;
	const struct platform_row *row;
	int outcome;
};

static int
map(struct change_item *item, struct err *err)
{
	struct mapping *g = (struct mapping *)(void *)item;

	read_close(&g->ctx->in);
	g->ctx->in = (struct reader){ .arena = g->ctx->arena };
	g->ctx->known = item->known;
	g->ctx->change = &item->change;
	g->ctx->contacts = NULL;
	mapping_runs++;
	g->outcome = g->row->run(g->ctx, err);
	if (g->outcome < 0)
		return g->outcome;
	return g->outcome == PLATFORM_DONE ? CHANGE_WRITE : CHANGE_NOTHING;
}

static void
conclude(struct change_item *item)
{
	struct mapping *g = (struct mapping *)(void *)item;

	if (g->ctx->conclude != NULL)
		g->outcome = g->ctx->conclude(g->ctx, g->ctx->concluding);
}

int
mapping_run(struct db *db, struct platform_context *ctx, const struct platform_row *row,
    usec_t now, struct err *err)
{
	static const struct consent nobody = { .kind = CONSENT_STATEMENT, .text = "",
		.at = USEC_NONE, .latest = USEC_NONE };
	struct mapping g = { .item = { .map = map, .conclude = conclude }, .ctx = ctx,
		.row = row };
	struct change_item *items[] = { &g.item };
	int rc;

	mapping_runs = 0;
	ctx->consent = g.item.consent = &nobody;
	rc = change_batch_run(
	    &(struct change_batch){ .db = db, .items = items, .n = 1, .now = now }, err);

	if (rc == 0 && g.item.rc < 0)
		rc = (*err = g.item.err).code;
	change_item_done(&g.item);
	return rc < 0 ? rc : g.outcome;
}
