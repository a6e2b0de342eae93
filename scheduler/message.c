#include "config.h"

#include "scheduler/message.h"

#include <string.h>

#include "lib/conf.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/format/unpack.h"
#include "lib/limits.h"
#include "lib/log.h"
#include "lib/text.h"
#include "model/change/change.h"
#include "model/entity.h"
#include "model/entity_owner.h"
#include "platform/platform.h"
#include "scheduler/batch.h"
#include "scheduler/body.h"
#include "scheduler/late.h"
#include "scheduler/outcome.h"
#include "scheduler/queue.h"
#include "model/change/consent.h"
#include "store/change_batch.h"
#include "store/db.h"
#include "store/registry/store_message.h"

int
message_body(const struct batch *b, struct arena *a, const struct queue_message *m,
    const char **text, size_t *n, struct err *err)
{
	const size_t most = (size_t)b->q->conf->body_max_bytes;

	return unpack_kept(a, m->headers, m->body, m->body_bytes, most, text, n, err);
}

struct content_text
message_text(const struct queue_message *m, const char *body, size_t n)
{
	return (struct content_text){ .kind = m->is_email ? CONTENT_EMAIL : CONTENT_QUEUE,
		.method = m->method,
		.headers = m->headers,
		.uri = m->uri,
		.body = body,
		.bytes = n };
}

void
message_mail(struct batch *b, const struct queue_message *m, struct queue_result *r)
{
	struct arena scratch = { 0 };
	struct err err = { 0 };
	const char *text;
	size_t n;

	if (message_body(b, &scratch, m, &text, &n, &err) < 0)
		outcome_failed(b, r, &err);
	else
		outcome_set(r, OUTCOME_DONE, "", "The mail is queued.");
	arena_done(&scratch);
}

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
read_payload(const struct content_text *t, struct arena *scratch, struct platform_context *ctx,
    struct err *err)
{
	struct body said;
	int rc = body_read(scratch, t, &said, err);

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

static int
seen_load(struct batch *b, const struct queue_message *m, struct arena *a,
    struct platform_message *pm, struct err *err)
{
	struct platform_seen *seen;
	struct rows r;
	int rc = store_queue_same_body(b->q->registry, a, m, &r, err);

	if (rc < 0 || r.n == 0)
		return rc;
	pm->seen = seen = arena_new(a, struct platform_seen, 1);
	*seen = (struct platform_seen){ .platform = rows_text(&r, 0, C_queue_same_body_platform),
		.entity = rows_text(&r, 0, C_queue_same_body_entity),
		.action = rows_text(&r, 0, C_queue_same_body_action),
		.headers = rows_text(&r, 0, C_queue_same_body_headers) };
	return 0;
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

/* A message on its way through its mapping. */
struct mapping {
	struct change_item item;
	const struct platform_row *row;
	struct platform_message seen;
	struct platform_context ctx;
	struct consent consent;
	struct limits limits;
	struct reader begin;		/* the reader before a run */
	struct db *db;
	usec_t now;
	int outcome;			/* enum platform_outcome */
};

static int
map(struct change_item *item, struct err *err)
{
	struct mapping *g = (struct mapping *)(void *)item;

	read_close(&g->ctx.in);
	g->ctx.in = g->begin;
	if (!g->row->asks_only)
		g->ctx.arena = g->ctx.in.arena = &item->arena;
	g->ctx.known = item->known;
	g->ctx.change = &item->change;
	g->ctx.contacts = NULL;
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
	struct mapping *g = (struct mapping *)(void *)item;
	const unsigned char *receipt = g->seen.receipt;
	int64_t n = db_exec(g->db, Q_applied_put,
	    DB_ARGS(v_bytes(receipt, sizeof g->seen.receipt), v_time(g->now)), err);

	if (n >= 0)
		return 0;
	if (n != ERR_DB_DUPLICATE)
		return (int)n;
	err_clear(err);
	return 1;
}

static void
conclude(struct change_item *item)
{
	struct mapping *g = (struct mapping *)(void *)item;

	if (g->ctx.conclude != NULL)
		g->outcome = g->ctx.conclude(&g->ctx, g->ctx.concluding);
}

static int
run_mapping(struct batch *b, struct mapping *g, usec_t now, struct err *err)
{
	struct change_item *items[] = { &g->item };
	int rc = change_batch_run(
	    &(struct change_batch){ .db = b->tenant->db, .items = items, .n = 1, .now = now }, err);

	if (rc == 0 && g->item.rc < 0)
		rc = (*err = g->item.err).code;
	return rc;
}

static int
run_handler(struct batch *b, const struct queue_message *m, const struct platform_row *row,
    struct arena *scratch, struct queue_result *r, usec_t now, struct err *err)
{
	struct mapping *g = arena_new(scratch, struct mapping, 1);
	struct platform_message *pm = &g->seen;
	struct platform_context *ctx = &g->ctx;
	struct content_text text;
	int rc;

	*g = (struct mapping){ .item = { .map = map, .conclude = conclude, .consent = &g->consent,
		.guard = b->guarded ? &b->guard : NULL,
		.begin = b->tenant->is_remote && !row->asks_only ? is_applied : NULL },
		.row = row, .db = b->tenant->db, .now = now };
	*ctx = (struct platform_context){
		.arena = row->asks_only ? &b->arena : scratch, .message = pm,
		.consent = &g->consent };
	if ((rc = limits_read(scratch, m->limits, &g->limits, err)) < 0 ||
	    (rc = asks_check(row, &g->limits, err)) < 0)
		return rc;
	g->item.limits = limits_any(&g->limits) ? &g->limits : NULL;
	ctx->in.arena = ctx->arena;
	*pm = seen_by_handler(b, m, &g->limits);
	if (row->one_topic && m->body_hash != NULL && (rc = seen_load(b, m, scratch, pm, err)) < 0)
		return rc;
	if ((rc = message_body(b, scratch, m, &pm->body, &pm->body_bytes, err)) < 0)
		return rc;
	text = message_text(m, pm->body, pm->body_bytes);
	if ((rc = read_payload(&text, scratch, ctx, err)) < 0)
		return rc;
	g->begin = ctx->in;
	if ((rc = json_parse(m->headers, strlen(m->headers), &pm->headers, err)) == 0) {
		b->guard.as_of = late_instant(m, ctx->payload, pm->headers);
		g->consent = consent_default(m, row, b->guard.as_of, scratch);
		rc = run_mapping(b, g, now, err);
	}
	if (rc >= 0 && ctx->asks != NULL)
		b->asks[m - b->messages] = ctx->asks;
	json_object_put(ctx->payload);
	json_object_put(pm->headers);
	if (rc >= 0 && g->item.rc == CHANGE_THERE) {
		outcome_set(r, OUTCOME_DONE, "", "An earlier attempt wrote its effect.");
	} else if (rc >= 0) {
		r->remarks = remark_json(&b->arena, &ctx->in.remarks);
		outcome_said(r, g->outcome, arena_strdup(&b->arena, ctx->reason));
	}
	change_item_done(&g->item);
	return rc;
}

static void
log_failure(struct batch *b, const struct queue_message *m, const struct err *err)
{
	if (err->inside[0] != '\0')
		log_event(LOG_LEVEL_WARNING, "message", "receipt",
		    text_hex(&b->arena, m->receipt, sizeof m->receipt), "error",
		    err_slug(err->code), "detail", err->detail, "inside", err->inside, NULL);
}

/* What it wrote stays only when the message is done. */
static int
run_guarded(struct batch *b, const struct queue_message *m, const struct platform_row *row,
    struct queue_result *r, usec_t now, struct err *err)
{
	struct arena scratch = { 0 };
	int rc = run_handler(b, m, row, &scratch, r, now, err);

	arena_done(&scratch);
	if (rc >= 0 || db_spoils(rc))
		return rc < 0 ? rc : 0;
	outcome_failed(b, r, err);
	log_failure(b, m, err);
	err_clear(err);
	rc = r->outcome == OUTCOME_DEAD ? late_check(b, m, r, err) : 0;
	return rc < 0 ? rc : 0;
}

int
message_run(struct batch *b, size_t i, usec_t now, struct err *err)
{
	struct queue_message *m = &b->messages[i];
	struct queue_result *r = &b->results[i];
	const struct platform_row *row = platform_find(m->platform, m->entity, m->action);

	*r = (struct queue_result){
		.id = m->id, .attempt = m->attempts, .visible_at = now, .started_at = now
	};
	b->asks[i] = NULL;
	if (m->is_email)
		message_mail(b, m, r);
	else if (row == NULL)
		outcome_unrouted(b, m, r);
	if (m->is_email || row == NULL) {
		int rc = late_check(b, m, r, err);

		return rc < 0 ? rc : 0;
	}
	return run_guarded(b, m, row, r, now, err);
}
