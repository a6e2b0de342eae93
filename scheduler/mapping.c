#include "config.h"

#include "scheduler/mapping.h"

#include <string.h>

#include "lib/conf.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/limits.h"
#include "lib/text.h"
#include "model/change/consent.h"
#include "model/entity.h"
#include "model/entity_owner.h"
#include "platform/platform.h"
#include "scheduler/batch.h"
#include "scheduler/body.h"
#include "scheduler/late.h"
#include "scheduler/message.h"
#include "scheduler/outcome.h"
#include "scheduler/queue.h"
#include "store/change_batch.h"
#include "store/db.h"
#include "store/registry/store_message.h"

/* A message on its way through its mapping. What was read of it stays for another run of its batch,
 * as long as there is memory for it. */
struct mapping {
	struct change_item item;
	struct batch *b;
	const struct queue_message *m;
	const struct platform_row *row;
	struct platform_context ctx;
	int outcome;			/* enum platform_outcome */
	usec_t now;			/* when the transaction of this run began */

	struct arena read;		/* of what was read: */
	int is_read;
	struct platform_message seen;
	struct json_object *payload;
	struct reader begin;		/* the reader before a run */
	struct limits limits;
	struct consent consent;
	struct entity_guard guard;
};

/* ------------------------------------------------------------------ what a message says */

/* A credential of the tenant may write everything. A credential of a Source, or an unknown one, may
 * write what an admin allowed the Source. */
static enum entity_reach
reach_of(const struct queue_message *m)
{
	return store_message_auth_is_tenants(m->auth) ? ENTITY_REACH_ALL :
							entity_reach_find(m->may_write);
}

/* What a message says of opt-ins, as long as its handler does not know better. */
static struct consent
consent_default(
    const struct queue_message *m, const struct platform_row *row, usec_t at, struct arena *a)
{
	const char *entity = strcmp(row->entity, "*") == 0 ? entity_find(m->entity)->name :
							     row->entity;

	return (struct consent){ .kind = CONSENT_MENTION,
		.source_id = m->source_id,
		.at = at,
		.latest = m->received_at,
		.text = arena_printf(a, "%s %s/%s", row->platform, entity, row->action) };
}

/* The payload. Structure that is broken is an error; text that is broken is repaired, with a
 * remark. */
static int
read_payload(const struct content_text *t, struct arena *a, struct platform_context *ctx,
    struct err *err)
{
	struct body said;
	int rc = body_read(a, t, &said, err);

	ctx->payload = said.json;
	if (rc < 0)
		return rc;
	ctx->in.is_repaired = said.repaired > 0;
	if (said.repaired > 0)
		platform_remark(ctx,
		    "The body had %zu character%s that Unicode does not have; U+FFFD stands for "
		    "%s.",
		    said.repaired, said.repaired == 1 ? "" : "s",
		    said.repaired == 1 ? "it" : "each");
	if (said.files > 0)
		platform_remark(ctx, "%zu file%s of the form left out.", said.files,
		    said.files == 1 ? "" : "s");
	return 0;
}

/* A request about a person concerns all zones and brands. A sender that is limited to some may not
 * make one. */
static int
asks_check(const struct platform_row *row, const struct limits *l, struct err *err)
{
	if (!row->asks_only || !limits_any(l))
		return 0;
	return err_set(err, ERR_FORBIDDEN,
	    "A request about persons concerns all zones and brands, but the sender is limited to "
	    "some. customerapi contact export and erase do what was asked.");
}

/* The message as its handler sees it, still without its body, its headers and an earlier message
 * with the same body. */
static struct platform_message
seen_by_handler(const struct batch *b, const struct queue_message *m, const struct limits *l)
{
	const struct tenant *t = b->tenant;
	struct platform_message pm = { .id = m->id,
		.tenant_id = m->tenant_id,
		.platform = m->platform,
		.entity = m->entity,
		.action = m->action,
		.source_id = m->source_id,
		.zone_id = m->zone_id != 0 ? m->zone_id : limit_attach(&l->zones, t->zone_id),
		.brand_id = m->brand_id != 0 ? m->brand_id : limit_attach(&l->brands, t->brand_id),
		.address_type_id = m->address_type_id != 0 ? m->address_type_id :
							     t->address_type_id,
		.time_zone = t->time_zone,
		.takes_test_orders = m->takes_test_orders,
		.reach = reach_of(m),
		.is_proven = store_message_auth_is_proof(m->auth),
		.received_at = m->received_at };

	memcpy(pm.receipt, m->receipt, sizeof pm.receipt);
	return pm;
}

static void
forget(struct mapping *g)
{
	json_object_put(g->payload);
	json_object_put(g->seen.headers);
	g->payload = g->seen.headers = NULL;
	arena_done(&g->read);
	if (g->is_read)
		g->b->kept -= g->item.cost;
	g->is_read = 0;
}

static int
read_all(struct mapping *g, struct err *err)
{
	const struct queue_message *m = g->m;
	struct platform_context ctx = { .in = { .arena = &g->read } };
	struct platform_message *pm = &g->seen;
	struct content_text text;
	int rc;

	if ((rc = limits_read(&g->read, m->limits, &g->limits, err)) < 0 ||
	    (rc = asks_check(g->row, &g->limits, err)) < 0)
		return rc;
	*pm = seen_by_handler(g->b, m, &g->limits);
	if ((rc = message_body(g->b, &g->read, m, &pm->body, &pm->body_bytes, err)) < 0)
		return rc;
	text = message_text(m, pm->body, pm->body_bytes);
	rc = read_payload(&text, &g->read, &ctx, err);
	g->payload = ctx.payload;
	g->begin = ctx.in;
	return rc < 0 ? rc : json_parse(m->headers, strlen(m->headers), &pm->headers, err);
}

/* ------------------------------------------------------------------ a change item */

static struct mapping *
mapping_of(struct change_item *item)
{
	return (struct mapping *)(void *)item;
}

static int
open_item(struct change_item *item, struct err *err)
{
	struct mapping *g = mapping_of(item);
	struct batch *b = g->b;
	int rc;

	if (!g->is_read) {
		g->is_read = 1;
		b->kept += item->cost;
		if ((rc = read_all(g, err)) < 0) {
			forget(g);
			return rc;
		}
	}
	g->seen.seen = b->seen[g->m - b->messages];
	g->ctx.payload = g->payload;
	g->guard = b->guard;
	g->guard.as_of = late_instant(g->m, g->payload, g->seen.headers);
	g->consent = consent_default(g->m, g->row, g->guard.as_of, &g->read);
	item->guard = b->guarded ? &g->guard : NULL;
	item->limits = limits_any(&g->limits) ? &g->limits : NULL;
	return 0;
}

/* Meanwhile the connection knows the limits of the sender, what the message says of consent, and
 * who was erased. */
static int
map(struct change_item *item, struct err *err)
{
	struct mapping *g = mapping_of(item);

	read_close(&g->ctx.in);
	g->ctx.in = g->begin;
	g->ctx.arena = g->ctx.in.arena = g->row->asks_only ? &g->b->arena : &item->arena;
	g->ctx.known = item->known;
	g->ctx.change = &item->change;
	g->ctx.contacts = NULL;
	g->ctx.conclude = NULL;
	g->ctx.asks = NULL;
	g->ctx.reason[0] = '\0';
	g->outcome = g->row->run(&g->ctx, err);
	if (g->outcome < 0)
		return g->outcome;
	return g->outcome == PLATFORM_DONE ? CHANGE_WRITE : CHANGE_NOTHING;
}

/* On another server the receipt is written with the effect. Returns 1 when it is there already: an
 * earlier attempt wrote the effect. */
static int
is_applied(struct change_item *item, struct err *err)
{
	struct mapping *g = mapping_of(item);
	int64_t n = db_exec(g->b->tenant->db, Q_applied_put,
	    DB_ARGS(v_bytes(g->m->receipt, sizeof g->m->receipt), v_time(g->now)), err);

	if (n >= 0)
		return 0;
	if (n != ERR_DB_DUPLICATE)
		return (int)n;
	err_clear(err);
	return 1;
}

static int
is_not_applied(struct change_item *item, struct err *err)
{
	struct mapping *g = mapping_of(item);

	return db_exec(g->b->tenant->db, Q_applied_drop,
	    DB_ARGS(v_bytes(g->m->receipt, sizeof g->m->receipt)), err) < 0 ? err->code : 0;
}

static void
conclude(struct change_item *item)
{
	struct mapping *g = mapping_of(item);

	if (g->ctx.conclude != NULL)
		g->outcome = g->ctx.conclude(&g->ctx, g->ctx.concluding);
}

/* What is said of the message goes to its result before the memory of its mapping is gone. */
static void
close_item(struct change_item *item)
{
	struct mapping *g = mapping_of(item);
	struct batch *b = g->b;
	const size_t i = (size_t)(g->m - b->messages);
	struct queue_result *r = &b->results[i];

	if (item->rc == CHANGE_THERE) {
		outcome_set(r, OUTCOME_DONE, "", "An earlier attempt wrote its effect.");
	} else if (item->rc >= 0) {
		r->remarks = remark_json(&b->arena, &g->ctx.in.remarks);
		outcome_said(r, g->outcome, arena_strdup(&b->arena, g->ctx.reason));
		b->asks[i] = g->ctx.asks;
	}
	read_close(&g->ctx.in);
	if (b->kept > batch_memory(b) / 2)
		forget(g);
}

/* ------------------------------------------------------------------ all */

/* A body, the JSON of it, and the rows that it says; packed ones are longer than they look. */
static size_t
cost_of(const struct queue_message *m)
{
	enum { FACTOR = 16, PACKED = 10, LEAST = 32768 };
	const size_t bytes = strstr(m->headers, "content-encoding") != NULL ?
	    m->body_bytes * PACKED : m->body_bytes;

	return LEAST + FACTOR * bytes;
}

struct mapping *
mapping_new(struct batch *b, const struct queue_message *m, const struct platform_row *row)
{
	struct mapping *g = arena_new(&b->arena, struct mapping, 1);

	g->b = b;
	g->m = m;
	g->row = row;
	g->item.cost = cost_of(m);
	return g;
}

struct change_item *
mapping_begin(struct mapping *g, usec_t now)
{
	struct change_item *item = &g->item;
	const int is_elsewhere = g->b->tenant->is_remote && !g->row->asks_only;

	change_item_done(item);
	*item = (struct change_item){ .open = open_item, .map = map, .conclude = conclude,
		.close = close_item, .consent = &g->consent, .cost = item->cost,
		.begin = is_elsewhere ? is_applied : NULL,
		.take_back = is_elsewhere ? is_not_applied : NULL };
	read_close(&g->ctx.in);
	g->now = now;
	g->ctx = (struct platform_context){ .message = &g->seen, .consent = &g->consent };
	return item;
}

void
mapping_done(struct mapping *g)
{
	read_close(&g->ctx.in);
	change_item_done(&g->item);
	forget(g);
}
