#include "config.h"

#include "scheduler/queue.h"

#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/conf.h"
#include "lib/crash.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/format/unpack.h"
#include "lib/limits.h"
#include "lib/log.h"
#include "lib/text.h"
#include "model/entity.h"
#include "model/entity_owner.h"
#include "model/platform.h"
#include "platform/platform.h"
#include "privacy/person_late.h"
#include "scheduler/body.h"
#include "scheduler/ladder.h"
#include "scheduler/lease.h"
#include "scheduler/memory.h"
#include "scheduler/request.h"
#include "scheduler/unrouted.h"
#include "store/consent.h"
#include "store/db.h"
#include "store/registry_db.h"
#include "store/entity/erased.h"
#include "store/registry/store_message.h"

enum { PAUSE_FIRST_MS = 1000, PAUSE_MAX_MS = 60000, BATCH_BYTES = 32 << 20 };

/* A batch on its way. */
struct batch {
	struct queue *q;
	struct tenant *tenant;
	struct arena arena;		/* of messages and results */
	const unsigned char *lease;
	struct queue_message *messages;
	struct queue_result *results;
	size_t n;
	int stopped;			/* told to stop: what is not settled is given back */
	struct entity_guard guard;	/* against the return of erased persons */
	int guarded;
	const struct platform_request **asks;	/* of each message: what it asks for, or NULL */
};

/* ------------------------------------------------------------------ outcomes */

static void
outcome(struct queue_result *r, enum outcome_of_attempt outcome, const char *class,
    const char *reason)
{
	r->outcome = outcome;
	r->reason_class = class;
	r->reason = reason;
}

static void
failed(struct batch *b, struct queue_result *r, const struct err *err)
{
	const char *reason = arena_strdup(&b->arena, err->detail);

	if (err->code == ERR_ERASED)
		outcome(r, OUTCOME_SUPERSEDED, err_slug(err->code), reason);
	else if (!err_is_transient(err->code) && err->code != ERR_DB && err->code != ERR_INTERNAL)
		outcome(r, OUTCOME_DEAD, err_slug(err->code), reason);
	else if (r->attempt >= b->q->conf->queue_max_attempts)
		outcome(r, OUTCOME_DEAD, "attempts", reason);
	else {
		outcome(r, OUTCOME_RETRY, err_slug(err->code), reason);
		r->visible_at += ladder_wait(b->q->conf->queue_ladder, r->attempt);
	}
}

static void
unrouted(struct batch *b, const struct queue_message *m, struct queue_result *r)
{
	outcome(r, OUTCOME_UNROUTED, "unrouted",
	    unrouted_reason(&b->arena, m->platform, m->entity, m->action));
}

/* ------------------------------------------------------------------ one message */

/* The body as its sender wrote it, in a. What cannot be unpacked today cannot be tomorrow. */
static int
body_text(const struct batch *b, struct arena *a, const struct queue_message *m, const char **text,
    size_t *n, struct err *err)
{
	const size_t most = (size_t)b->q->conf->body_max_bytes;

	return unpack_kept(a, m->headers, m->body, m->body_bytes, most, text, n, err);
}

static struct content_text
text_of(const struct queue_message *m, const char *body, size_t n)
{
	return (struct content_text){ .kind = m->is_email ? CONTENT_EMAIL : CONTENT_QUEUE,
		.method = m->method,
		.headers = m->headers,
		.uri = m->uri,
		.body = body,
		.bytes = n };
}

/* A mail takes any content, but for what nobody can read; its recipients are told so. */
static void
mail_outcome(struct batch *b, const struct queue_message *m, struct queue_result *r)
{
	struct arena scratch = { 0 };
	struct err err = { 0 };
	const char *text;
	size_t n;

	if (body_text(b, &scratch, m, &text, &n, &err) < 0)
		failed(b, r, &err);
	else
		outcome(r, OUTCOME_DONE, "", "The mail is queued.");
	arena_done(&scratch);
}

/* db knows the registry. */
static int
put_mail(struct batch *b, struct db *db, const struct queue_message *m, usec_t now, struct err *err)
{
	const struct queue_mail mail = { .message_id = m->id,
		.tenant_id = m->tenant_id,
		.receipt = m->receipt,
		.customer = b->tenant->customer,
		.email = m->email };

	return store_queue_put_mail(
	    db, &b->arena, &mail, now, now + b->q->conf->mail_give_up_days * 86400 * USEC_SEC, err);
}

/* What the body, else the headers, say of its instant: ISO 8601. Any platform's words
 * count. */
static int
stamp_said(struct json_object *payload, struct json_object *headers, usec_t *t)
{
	int has_offset;

	for (const struct platform *p = platforms; p->name != NULL; p++)
		if (p->stamp != NULL && json_text(payload, p->stamp) != NULL &&
		    clock_parse(json_text(payload, p->stamp), t, &has_offset) == 0)
			return 1;
	for (const struct platform *p = platforms; p->name != NULL; p++)
		if (p->stamp_header != NULL && json_text(headers, p->stamp_header) != NULL &&
		    clock_parse(json_text(headers, p->stamp_header), t, &has_offset) == 0)
			return 1;
	return 0;
}

/* The time that a delivery is about: what it says of it, but no later than it arrived. */
static usec_t
guard_instant(
    const struct queue_message *m, struct json_object *payload, struct json_object *headers)
{
	const struct platform *p = platform_named(m->platform);
	int has_seconds = 0;
	usec_t t;

	if (p != NULL && p->stamp_seconds != NULL &&
	    (t = json_int(payload, p->stamp_seconds, &has_seconds)) >= 0 && has_seconds &&
	    t < m->received_at / USEC_SEC)
		return t * USEC_SEC;
	if (stamp_said(payload, headers, &t) && t < m->received_at)
		return t;
	return m->received_at;
}

/* The key is needed only where somebody was erased. */
static int
guard_load(struct batch *b, struct err *err)
{
	struct tenants *t = &b->q->tenants;
	int rc = entity_erased_any(b->tenant->db, err);

	b->guarded = 0;
	if (rc <= 0)
		return rc;
	if ((rc = tenants_box(t, err)) < 0)
		return rc;
	entity_erased_key(&b->guard, &t->box, b->tenant->tenant_id);
	b->guarded = 1;
	return 0;
}

/* What makes no rows, about a person who was erased: 1, and the outcome is that of a late delivery.
 */
static int
run_late(struct batch *b, const struct queue_message *m, struct queue_result *r, struct err *err)
{
	struct person_late_text text = {
		.source_id = m->source_id, .platform = m->platform, .entity = m->entity
	};
	struct json_object *headers = NULL;
	struct arena scratch = { 0 };
	struct content_text t;
	struct body said;
	const char *body;
	size_t n;
	int rc = 0;

	if (b->guarded && body_text(b, &scratch, m, &body, &n, NULL) == 0) {
		t = text_of(m, body, n);
		if (body_read(&scratch, &t, &said, NULL) == 0)
			text.body = said.json;
	}
	arena_done(&scratch);
	if (text.body == NULL)
		return 0;
	if (json_parse(m->headers, strlen(m->headers), &headers, NULL) < 0)
		headers = NULL;
	b->guard.as_of = guard_instant(m, text.body, headers);
	if ((rc = person_late(b->tenant->db, &b->guard, &text, err)) > 0)
		outcome(r, OUTCOME_SUPERSEDED, err_slug(ERR_ERASED),
		    err_sentence(ERR_ERASED));
	json_object_put(text.body);
	json_object_put(headers);
	return rc;
}

/* A credential of the tenant reaches everything; one of a Source, and one that was not noted, what
 * an admin has given to the Source. */
static enum entity_reach
reach_of(const struct queue_message *m)
{
	return store_message_auth_is_tenants(m->auth) ? ENTITY_REACH_ALL :
							entity_reach_find(m->may_write);
}

/* What a message says of opt-ins, as long as its handler does not know better. */
static struct consent
consent_default(const struct queue_message *m, const struct platform_row *row, usec_t at,
    struct arena *a)
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
	ctx->is_repaired = said.repaired > 0;
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

/* What is known of a person is in all zones and brands: so it goes to, or from, nobody who is
 * limited to some. */
static int
asks_check(const struct platform_row *row, const struct limits *l, struct err *err)
{
	if (!row->asks_only || !limits_any(l))
		return 0;
	return err_set(err, ERR_FORBIDDEN,
	    "What is about persons reaches all zones and brands; the sender is limited to some. "
	    "customerapi contact export and erase do what was asked.");
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

/* What the handler said of a message that it did not fail on. */
static void
settle_as(struct queue_result *r, int said, const char *reason)
{
	if (said == PLATFORM_SUPERSEDED)
		outcome(r, OUTCOME_SUPERSEDED, "superseded", reason);
	else if (said == PLATFORM_IGNORED)
		outcome(r, OUTCOME_IGNORED, "ignored", reason);
	else
		outcome(r, OUTCOME_DONE, "", reason);
}

static int
run_handler(struct batch *b, const struct queue_message *m, const struct platform_row *row,
    struct arena *scratch, struct queue_result *r, usec_t now, struct err *err)
{
	struct platform_message pm = { .id = m->id,
		.tenant_id = m->tenant_id,
		.platform = m->platform,
		.entity = m->entity,
		.action = m->action,
		.source_id = m->source_id,
		.zone_id = m->zone_id,
		.brand_id = m->brand_id,
		.address_type_id = m->address_type_id != 0 ? m->address_type_id :
							     b->tenant->address_type_id,
		.time_zone = b->tenant->time_zone,
		.takes_test_orders = m->takes_test_orders,
		.reach = reach_of(m),
		.is_proven = store_message_auth_is_proof(m->auth),
		.received_at = m->received_at };
	struct platform_context ctx = { .db = b->tenant->db,
		.arena = row->asks_only ? &b->arena : scratch,
		.now = now,
		.message = &pm };
	struct content_text text;
	struct consent consent;
	struct limits limits;
	int rc;

	memcpy(pm.receipt, m->receipt, sizeof pm.receipt);
	if ((rc = limits_read(scratch, m->limits, &limits, err)) < 0 ||
	    (rc = asks_check(row, &limits, err)) < 0)
		return rc;
	if (row->one_topic && m->body_hash != NULL && (rc = seen_load(b, m, scratch, &pm, err)) < 0)
		return rc;
	if (pm.zone_id == 0)
		pm.zone_id = limit_attach(&limits.zones, b->tenant->zone_id);
	if (pm.brand_id == 0)
		pm.brand_id = limit_attach(&limits.brands, b->tenant->brand_id);
	if ((rc = body_text(b, scratch, m, &pm.body, &pm.body_bytes, err)) < 0)
		return rc;
	text = text_of(m, pm.body, pm.body_bytes);
	if ((rc = read_payload(&text, scratch, &ctx, err)) < 0)
		return rc;
	if ((rc = json_parse(m->headers, strlen(m->headers), &pm.headers, err)) == 0) {
		b->guard.as_of = guard_instant(m, ctx.payload, pm.headers);
		consent = consent_default(m, row, b->guard.as_of, scratch);
		db_set_guard(ctx.db, b->guarded ? &b->guard : NULL);
		db_set_consent(ctx.db, &consent);
		db_set_limits(ctx.db, limits_any(&limits) ? &limits : NULL);
		rc = row->run(&ctx, err);
		db_set_limits(ctx.db, NULL);
		db_set_consent(ctx.db, NULL);
		db_set_guard(ctx.db, NULL);
	}
	if (rc >= 0 && ctx.asks != NULL)
		b->asks[m - b->messages] = ctx.asks;
	json_object_put(ctx.payload);
	json_object_put(pm.headers);
	if (rc < 0)
		return rc;
	r->remarks = remark_json(&b->arena, &ctx.remarks);
	settle_as(r, rc, arena_strdup(&b->arena, ctx.reason));
	return 0;
}

/* The handler behind a savepoint. On another server the receipt is written with the effect: one
 * that is there already is all there is to do. */
static int
run_guarded(struct batch *b, const struct queue_message *m, const struct platform_row *row,
    struct queue_result *r, usec_t now, struct err *err)
{
	struct db *db = b->tenant->db;
	struct arena scratch = { 0 };
	int rc;

	if ((rc = db_savepoint(db, err)) < 0)
		return rc;
	if (b->tenant->is_remote && !row->asks_only &&
	    (rc = (int)db_exec(db, Q_applied_put,
		 DB_ARGS(v_bytes(m->receipt, sizeof m->receipt), v_time(now)), err)) ==
		ERR_DB_DUPLICATE) {
		err_clear(err);
		outcome(r, OUTCOME_DONE, "", "Its effect was written by an earlier attempt.");
		return 0;
	}
	if (rc >= 0)
		rc = run_handler(b, m, row, &scratch, r, now, err);
	arena_done(&scratch);
	if (db_spoils(rc) || (rc == 0 && r->outcome == OUTCOME_DONE))
		return rc;
	if (rc < 0)
		failed(b, r, err);
	if (rc < 0 && err->inside[0] != '\0')
		log_event(LOG_LEVEL_WARNING, "message", "receipt",
		    text_hex(&b->arena, m->receipt, sizeof m->receipt), "error",
		    err_slug(err->code), "detail", err->detail, "inside", err->inside, NULL);
	err_clear(err);
	if ((rc = db_savepoint_rollback(db, err)) == 0 && r->outcome == OUTCOME_DEAD)
		rc = run_late(b, m, r, err);
	return rc < 0 ? rc : 0;
}

/* The effect of one message in the tenant's open transaction. Negative only for what spoils the
 * transaction: a lock conflict or a lost connection. */
static int
run_message(struct batch *b, size_t i, usec_t now, struct err *err)
{
	struct queue_message *m = &b->messages[i];
	struct queue_result *r = &b->results[i];
	const struct platform_row *row = platform_find(m->platform, m->entity, m->action);

	*r = (struct queue_result){
		.id = m->id, .attempt = m->attempts, .visible_at = now, .started_at = now
	};
	b->asks[i] = NULL;
	if (m->is_email)
		mail_outcome(b, m, r);
	else if (row == NULL)
		unrouted(b, m, r);
	if (m->is_email || row == NULL) {
		int rc = run_late(b, m, r, err);

		return rc < 0 ? rc : 0;
	}
	return run_guarded(b, m, row, r, now, err);
}

/* From *last on nothing was begun, when the worker was told to stop. */
static int
run_effects(struct batch *b, size_t first, size_t *last, usec_t now, struct err *err)
{
	int rc = guard_load(b, err);

	for (size_t i = first; i < *last && rc == 0; i++) {
		if (!b->q->go_on(b->q->arg)) {
			b->stopped = 1;
			*last = i;
			break;
		}
		rc = run_message(b, i, now, err);
	}
	crash_point("after-effect");
	return rc;
}

/* A delivery about an erased person: nothing of it is kept but its receipt. */
static int
is_late(const struct queue_result *r)
{
	return r->outcome == OUTCOME_SUPERSEDED &&
	    strcmp(r->reason_class, err_slug(ERR_ERASED)) == 0;
}

/* What belongs to the registry, in an open transaction on db: mails, requests about persons,
 * history, states. */
static int
settle(struct batch *b, struct db *db, size_t first, size_t last, usec_t now, struct err *err)
{
	int rc = 0;

	for (size_t i = first; i < last && rc == 0; i++)
		rc = is_late(&b->results[i]) ? 0 : put_mail(b, db, &b->messages[i], now, err);
	for (size_t i = first; i < last && rc == 0; i++)
		if (b->asks[i] != NULL && b->results[i].outcome == OUTCOME_DONE)
			rc = request_note(
			    b->q, db, b->tenant, &b->messages[i], b->asks[i], now, err);
	if (rc == 0 && last > first)
		rc = store_queue_settle(
		    db, b->q->worker, b->lease, b->results + first, last - first, now, err);
	for (size_t i = first; i < last && rc == 0; i++)
		if (is_late(&b->results[i]) &&
		    db_exec(db, Q_erase_late_message, DB_ARGS(v_int(b->results[i].id)), err) < 0)
			rc = err->code;
	return rc;
}

/* Messages first to last - 1 of a batch, in a transaction. One that met another's lock is not
 * repeated as it is: its messages run again one by one, see run_all(). */
struct range {
	struct batch *b;
	size_t first, last;
	usec_t now;
	const struct err *why;	/* of settle_failed() */
};

static const struct db_manner once = { .tries = 1 };

static int
effects_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	struct range *g = arg;

	(void)db, (void)a;
	return run_effects(g->b, g->first, &g->last, g->now, err);
}

static int
settle_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	struct range *g = arg;
	int rc = settle(g->b, db, g->first, g->last, g->now, err);

	(void)a;
	crash_point("before-commit");
	return rc;
}

static int
here_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	struct range *g = arg;
	int rc;

	if ((rc = db_now(db, &g->now, err)) < 0 || (rc = effects_work(db, a, g, err)) < 0)
		return rc;
	return settle_work(db, a, g, err);
}

/* The tenant's database is on the registry's server: one transaction for everything. */
static int
run_here(struct range *g, struct err *err)
{
	int rc = db_transact_as(g->b->tenant->db, &once, here_work, g, err);

	crash_point("after-commit");
	return rc;
}

/* On another server: effects and their receipts first, then the registry. What is lost in between
 * is found again by the receipts. */
static int
run_elsewhere(struct range *g, struct err *err)
{
	struct db *here = g->b->q->registry;
	int rc;

	if ((rc = db_now(here, &g->now, err)) < 0 ||
	    (rc = db_transact_as(g->b->tenant->db, &once, effects_work, g, err)) < 0)
		return rc;
	crash_point("after-tenant-commit");
	rc = db_transact_as(here, &once, settle_work, g, err);
	crash_point("after-commit");
	return rc;
}

static int
run_range(struct batch *b, size_t first, size_t last, struct err *err)
{
	struct range g = { .b = b, .first = first, .last = last };

	return b->tenant->is_remote ? run_elsewhere(&g, err) : run_here(&g, err);
}

/* ------------------------------------------------------------------ what cannot be worked */

static void
log_failed(struct batch *b, size_t n, const struct err *why)
{
	const char *tenant = b->tenant == NULL ?
	    NULL :
	    arena_printf(&b->arena, "%s/%s", b->tenant->customer, b->tenant->alias);

	if (why->inside[0] != '\0')
		log_event(LOG_LEVEL_WARNING, "messages", "tenant", tenant, "count",
		    arena_printf(&b->arena, "%zu", n), "error", err_slug(why->code), "detail",
		    why->detail, "inside", why->inside, NULL);
}

static int
failed_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	const struct range *g = arg;
	struct batch *b = g->b;
	usec_t now;
	int rc;

	(void)a;
	if ((rc = db_now(db, &now, err)) < 0)
		return rc;
	for (size_t i = g->first; i < g->last; i++) {
		struct queue_result *r = &b->results[i];

		*r = (struct queue_result){ .id = b->messages[i].id,
			.attempt = b->messages[i].attempts,
			.visible_at = now,
			.started_at = now };
		if (b->messages[i].is_email && b->tenant != NULL)
			mail_outcome(b, &b->messages[i], r);
		else
			failed(b, r, g->why);
	}
	return b->tenant != NULL ? settle(b, db, g->first, g->last, now, err) :
				   store_queue_settle(db, b->q->worker, b->lease,
				       b->results + g->first, g->last - g->first, now, err);
}

/* Outcomes without effect for messages whose transaction, or whose database, does not work. A mail
 * needs neither. */
static int
settle_failed(struct batch *b, size_t first, size_t last, const struct err *why, struct err *err)
{
	struct range g = { .b = b, .first = first, .last = last, .why = why };

	log_failed(b, last - first, why);
	return db_transact(b->q->registry, failed_work, &g, err);
}

/* The same; those that are somebody else's by now are left to him. */
static int
settle_failed_ours(struct batch *b, size_t first, const struct err *why, struct err *err)
{
	int rc = settle_failed(b, first, b->n, why, err);

	for (size_t i = first; rc == ERR_CONFLICT && i < b->n; i++) {
		err_clear(err);
		rc = settle_failed(b, i, i + 1, why, err);
		if (rc == 0)
			rc = ERR_CONFLICT;	/* on to the next */
	}
	return rc == ERR_CONFLICT ? 0 : rc;
}

static struct queue_parked *
parked_find(struct queue *q, int64_t tenant_id)
{
	for (size_t i = 0; i < QUEUE_SKIP_MAX; i++)
		if (q->parked[i].tenant_id == tenant_id)
			return &q->parked[i];
	return NULL;
}

/* 0 = there is no place: nobody is forgotten for it. */
static int
park(struct queue *q, int64_t tenant_id, int unreachable)
{
	struct queue_parked *p = parked_find(q, tenant_id);
	usec_t now = clock_monotonic_us();

	for (size_t i = 0; p == NULL && i < QUEUE_SKIP_MAX; i++)
		if (q->parked[i].tenant_id == 0 || q->parked[i].until <= now) {
			p = &q->parked[i];
			*p = (struct queue_parked){ .tenant_id = tenant_id };
		}
	if (p == NULL)
		return 0;
	if (unreachable)
		p->pause_ms = p->pause_ms == 0     ? PAUSE_FIRST_MS :
		    p->pause_ms * 2 > PAUSE_MAX_MS ? PAUSE_MAX_MS :
						     p->pause_ms * 2;
	p->until = now + (unreachable ? p->pause_ms : q->conf->queue_poll_ms) * 1000;
	return 1;
}

static void
unpark(struct queue *q, int64_t tenant_id)
{
	struct queue_parked *p = parked_find(q, tenant_id);

	if (p != NULL)
		*p = (struct queue_parked){ 0 };
}

/* ------------------------------------------------------------------ batch */

static int
open_tenant(struct batch *b, struct err *err)
{
	int64_t tenant_id = b->messages[0].tenant_id;
	int rc = tenants_get(&b->q->tenants, b->q->registry, tenant_id, &b->tenant, err);

	if (rc == 0)
		unpark(b->q, tenant_id);
	else
		park(b->q, tenant_id, 1);
	return rc;
}

static int
run_singly(struct batch *b, struct err *err)
{
	struct err why;
	int rc;

	for (size_t i = 0; i < b->n && !b->stopped; i++) {
		err_clear(&why);
		if (open_tenant(b, &why) < 0)
			return settle_failed_ours(b, i, &why, err);
		rc = run_range(b, i, i + 1, &why);
		if (rc < 0 && rc != ERR_CONFLICT &&
		    (rc = settle_failed(b, i, i + 1, &why, err)) < 0 && rc != ERR_CONFLICT)
			return rc;
	}
	return 0;
}

static int
run_all(struct batch *b, struct err *err)
{
	struct err why = { 0 };

	if (open_tenant(b, &why) < 0)
		return settle_failed_ours(b, 0, &why, err);
	if (run_range(b, 0, b->n, &why) == 0)
		return 0;
	b->stopped = 0;
	return run_singly(b, err);
}

/* What brought the process to its memory's end is taken message by message the next time, or the
 * next process would come no further. */
static int
run_batch(struct queue *q, const struct queue_claim *claim, struct err *err)
{
	struct batch b = { .q = q, .lease = claim->lease };
	struct lease_keeper keeper;
	usec_t now;
	int rc;

	if ((rc = store_queue_load(q->registry, &b.arena, claim->lease, &b.messages, &b.n, err)) ==
		0 &&
	    b.n > 0) {
		b.results = arena_new(&b.arena, struct queue_result, b.n);
		b.asks = arena_new(&b.arena, const struct platform_request *, b.n);
		lease_keep(&keeper, q->conf, claim->lease);
		rc = run_all(&b, err);
		lease_let_go(&keeper);
		if (rc == 0 && b.stopped && (rc = db_now(q->registry, &now, err)) == 0)
			rc = store_queue_give_back(q->registry, claim->lease,
			    memory_resident_mb(getpid()) > q->conf->queue_worker_memory_mb, now,
			    err);
	}
	arena_done(&b.arena);
	return rc;
}

/* ------------------------------------------------------------------ step */

int
queue_connect(struct queue *q, struct err *err)
{
	return registry_db_open(&q->registry, q->conf, 0, err);
}

/* A message takes its body, what it is parsed into, and its rows. */
static int64_t
batch_bytes(const struct conf *conf)
{
	int64_t share = (int64_t)(conf->queue_worker_memory_mb << 20) / 8;

	return share < BATCH_BYTES ? share : BATCH_BYTES;
}

int
queue_step(struct queue *q, int *count, struct err *err)
{
	const struct queue_bounds most = { .messages = (int)q->conf->queue_batch,
		.bytes = batch_bytes(q->conf) };
	int64_t skip[QUEUE_SKIP_MAX] = { 0 };
	struct queue_claim claim;
	int rc;

	*count = 0;
	if ((rc = queue_connect(q, err)) < 0)
		return rc;
	for (size_t i = 0; i < QUEUE_SKIP_MAX; i++)
		if (q->parked[i].until > clock_monotonic_us())
			skip[i] = q->parked[i].tenant_id;
	rc = store_queue_claim(
	    q->registry, q->worker, &most, q->conf->queue_lease_s * USEC_SEC, skip, &claim, err);
	if (rc < 0)
		return db_left(rc);
	*count = (int)claim.n + claim.lapsed;
	if (*count == 0 && claim.tenant_id != 0)
		*count = park(q, claim.tenant_id, 0);	/* on to the next tenant, if there is one */
	crash_point("after-claim");
	return claim.n > 0 ? run_batch(q, &claim, err) : 0;
}
