#include "config.h"

#include "scheduler/queue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/conf.h"
#include "lib/err.h"
#include "lib/json.h"
#include "lib/secret.h"
#include "lib/text.h"
#include "scheduler/lease.h"
#include "scheduler/platform.h"
#include "store/db.h"

enum { LADDER_MAX = 32, RECIPIENTS_MAX = 10 };

/* A batch on its way. */
struct batch {
	struct queue *q;
	struct tenant *tenant;
	struct arena arena;		/* of messages and results */
	const unsigned char *lease;
	struct queue_message *messages;
	struct queue_result *results;
	size_t n;
};

/* Tests end the process here to see that nothing is lost or doubled. */
static void
crash_point(const char *name)
{
#ifdef CHECK_BUILD
	const char *wanted = getenv("CUSTOMERAPI_TEST_CRASH_AT");

	if (wanted != NULL && strcmp(wanted, name) == 0)
		_exit(99);
#else
	(void)name;
#endif
}

/* ------------------------------------------------------------------ outcomes */

/* The wait before attempt number attempt + 1: the ladder's step, 20 % more or less by chance. */
static usec_t
ladder_wait(const char *ladder, int attempt)
{
	long step = 60;
	unsigned random;
	char *end;

	for (int i = 0; i < attempt && i < LADDER_MAX; i++) {
		long next = strtol(ladder, &end, 10);

		if (end == ladder)
			break;
		step = next;
		ladder = end;
	}
	secret_random(&random, sizeof random);
	return step * USEC_SEC / 10 * 8 + (usec_t)(random % 1001) * step * USEC_SEC / 2500;
}

static void
outcome(struct queue_result *r, enum queue_state state, const char *name, const char *class, const char *reason)
{
	r->state = state;
	r->outcome = name;
	r->reason_class = class;
	r->reason = reason;
}

static void
failed(struct batch *b, struct queue_result *r, const struct err *err)
{
	const char *reason = arena_strdup(&b->arena, err->detail);

	if (!err_is_transient(err->code) && err->code != ERR_DB && err->code != ERR_INTERNAL)
		outcome(r, QUEUE_DEAD, "dead", err_slug(err->code), reason);
	else if (r->attempt >= b->q->conf->queue_max_attempts)
		outcome(r, QUEUE_DEAD, "dead", "attempts", reason);
	else {
		outcome(r, QUEUE_READY, "retry", err_slug(err->code), reason);
		r->visible_at += ladder_wait(b->q->conf->queue_ladder, r->attempt);
	}
}

static void
unrouted(struct batch *b, const struct queue_message *m, struct queue_result *r)
{
	const char *names[256] = { 0 }, *near, *asked = arena_printf(&b->arena, "%s/%s/%s", m->platform, m->entity, m->action);
	const struct platform_row *p;

	for (size_t n = 0; n < 255 && (p = platform_at(n)) != NULL; n++)
		names[n] = arena_printf(&b->arena, "%s/%s/%s", p->platform, p->entity, p->action);
	near = text_nearest(asked, names);
	outcome(r, QUEUE_UNROUTED, "unrouted", "unrouted", arena_printf(&b->arena, near == NULL ? "Nothing handles this platform, entity and action.%s" :
	    "Nothing handles this platform, entity and action; the nearest known is %s.", near == NULL ? "" : near));
}

/* ------------------------------------------------------------------ one message */

static int
put_mail(struct batch *b, const struct queue_message *m, usec_t now, struct err *err)
{
	struct db *db = b->tenant->db;
	char *header_id = arena_printf(&b->arena, "%s@customerapi.%s", text_hex(&b->arena, m->receipt, sizeof m->receipt), b->tenant->customer);
	char *rest = arena_strdup(&b->arena, m->email), *address;
	usec_t give_up = now + b->q->conf->mail_give_up_days * 86400 * USEC_SEC;

	if (db_exec(db, Q_mail_put, DB_ARGS(v_int(m->tenant_id), v_int(m->id), v_text(header_id), v_time(now), v_time(now), v_time(give_up)), err) < 0)
		return err->code;
	for (int i = 0; i < RECIPIENTS_MAX && (address = strsep(&rest, ",")) != NULL; i++) {
		address = text_trim(address);
		if (*address != '\0' && db_exec(db, Q_mail_put_recipient, DB_ARGS(v_text(address), v_time(now), v_int(m->id)), err) < 0)
			return err->code;
	}
	return 0;
}

static int
run_handler(struct batch *b, const struct queue_message *m, const struct platform_row *row, struct arena *scratch, struct queue_result *r, usec_t now,
    struct err *err)
{
	struct platform_message pm = { .id = m->id, .tenant_id = m->tenant_id, .platform = m->platform, .entity = m->entity, .action = m->action,
		.source_id = m->source_id, .zone_id = m->zone_id != 0 ? m->zone_id : b->tenant->zone_id,
		.brand_id = m->brand_id != 0 ? m->brand_id : b->tenant->brand_id,
		.address_type_id = m->address_type_id != 0 ? m->address_type_id : b->tenant->address_type_id,
		.takes_test_orders = m->takes_test_orders, .received_at = m->received_at, .body = m->body, .body_bytes = m->body_bytes };
	struct platform_context ctx = { .db = b->tenant->db, .arena = scratch, .now = now, .message = &pm };
	int rc;

	memcpy(pm.receipt, m->receipt, sizeof pm.receipt);
	if ((rc = json_parse(m->body, m->body_bytes, &ctx.payload, err)) < 0)
		return rc;
	if ((rc = json_parse(m->headers, strlen(m->headers), &pm.headers, err)) == 0)
		rc = row->run(&ctx, err);
	json_object_put(ctx.payload);
	json_object_put(pm.headers);
	if (rc < 0)
		return rc;
	if (rc == PLATFORM_SUPERSEDED)
		outcome(r, QUEUE_SUPERSEDED, "superseded", "superseded", arena_strdup(&b->arena, ctx.reason));
	else if (rc == PLATFORM_IGNORED)
		outcome(r, QUEUE_IGNORED, "ignored", "ignored", arena_strdup(&b->arena, ctx.reason));
	else
		outcome(r, QUEUE_DONE, "done", "", arena_strdup(&b->arena, ctx.reason));
	return 0;
}

/* Everything of one message in the open transaction. Negative only for what spoils the transaction: a lock conflict or a lost connection. */
static int
run_message(struct batch *b, size_t i, usec_t now, struct err *err)
{
	struct queue_message *m = &b->messages[i];
	struct queue_result *r = &b->results[i];
	const struct platform_row *row = platform_find(m->platform, m->entity, m->action);
	struct arena scratch = { 0 };
	int rc;

	*r = (struct queue_result){ .id = m->id, .attempt = m->attempts, .visible_at = now, .started_at = now };
	if (m->email[0] != '\0' && (rc = put_mail(b, m, now, err)) < 0)
		return rc;
	if (m->is_email) {
		outcome(r, QUEUE_DONE, "done", "", "The mail is queued.");
		return 0;
	}
	if (row == NULL) {
		unrouted(b, m, r);
		return 0;
	}
	if ((rc = db_savepoint(b->tenant->db, err)) < 0)
		return rc;
	rc = run_handler(b, m, row, &scratch, r, now, err);
	arena_done(&scratch);
	if (rc == ERR_DB_RETRY || rc == ERR_DB_GONE)
		return rc;
	if (rc == 0)
		return db_savepoint_release(b->tenant->db, err);
	failed(b, r, err);
	err_clear(err);
	return db_savepoint_rollback(b->tenant->db, err);
}

/* Messages first to last - 1 in one transaction. */
static int
run_range(struct batch *b, size_t first, size_t last, struct err *err)
{
	struct db *db = b->tenant->db;
	usec_t now;
	int rc, ours;

	if ((rc = db_begin(db, err)) < 0 || (rc = db_now(db, &now, err)) < 0)
		return rc;
	for (size_t i = first; i < last; i++)
		if ((rc = run_message(b, i, now, err)) < 0)
			return rc;
	if (last - first == 1 && ((rc = store_queue_fence(db, b->messages[first].id, b->lease, &ours, err)) < 0))
		return rc;
	crash_point("after-effect");
	if ((rc = store_queue_settle(db, b->q->worker, b->lease, b->results + first, last - first, now, err)) < 0)
		return rc;
	crash_point("before-commit");
	rc = db_commit(db, err);
	crash_point("after-commit");
	return rc;
}

/* A message that by itself cannot be worked in a transaction gets its outcome without effect. */
static int
settle_failed(struct batch *b, size_t i, const struct err *why, struct err *err)
{
	struct db *db = b->q->registry;
	struct queue_result *r = &b->results[i];
	usec_t now;
	int rc;

	if ((rc = db_begin(db, err)) < 0 || (rc = db_now(db, &now, err)) < 0)
		return rc;
	*r = (struct queue_result){ .id = b->messages[i].id, .attempt = b->messages[i].attempts, .visible_at = now, .started_at = now };
	failed(b, r, why);
	if ((rc = store_queue_settle(db, b->q->worker, b->lease, r, 1, now, err)) == 0)
		rc = db_commit(db, err);
	db_rollback(db);
	return rc;
}

static int
run_singly(struct batch *b, struct err *err)
{
	struct err why;
	int rc;

	for (size_t i = 0; i < b->n; i++) {
		int ours = 0;

		err_clear(&why);
		if ((rc = tenants_get(&b->q->tenants, b->q->registry, b->messages[i].tenant_id, &b->tenant, &why)) == 0) {
			rc = run_range(b, i, i + 1, &why);
			db_rollback(b->tenant->db);
		}
		if (rc == 0 || rc == ERR_CONFLICT)	/* done, or somebody else's by now */
			continue;
		if ((rc = store_queue_fence(b->q->registry, b->messages[i].id, b->lease, &ours, err)) < 0)
			return rc;
		if (ours && (rc = settle_failed(b, i, &why, err)) < 0 && rc != ERR_CONFLICT)
			return rc;
	}
	return 0;
}

static int
run_batch(struct queue *q, const struct queue_claim *claim, struct err *err)
{
	struct batch b = { .q = q, .lease = claim->lease };
	struct lease_keeper keeper;
	struct err own = { 0 };
	int rc;

	if ((rc = store_queue_load(q->registry, &b.arena, claim->lease, &b.messages, &b.n, err)) == 0) {
		b.results = arena_new(&b.arena, struct queue_result, b.n);
		lease_keep(&keeper, q->conf, claim->lease);
		rc = tenants_get(&q->tenants, q->registry, claim->tenant_id, &b.tenant, &own);
		if (rc == 0) {
			rc = run_range(&b, 0, b.n, &own);
			db_rollback(b.tenant->db);
		}
		if (rc < 0) {
			err_clear(err);
			rc = run_singly(&b, err);
		}
		lease_let_go(&keeper);
	}
	arena_done(&b.arena);
	return rc;
}

int
queue_step(struct queue *q, int *count, struct err *err)
{
	struct queue_claim claim;
	int rc;

	*count = 0;
	if (q->registry != NULL && db_broken(q->registry))
		db_close(&q->registry);
	if (q->registry == NULL) {
		struct db_target target = db_target_registry(q->conf);

		if ((rc = db_open(&q->registry, &target, err)) < 0)
			return rc;
	}
	rc = store_queue_claim(q->registry, q->worker, (int)q->conf->queue_batch, q->conf->queue_lease_s * USEC_SEC, &claim, err);
	if (rc < 0)
		return rc == ERR_DB_RETRY ? 0 : rc;
	*count = (int)claim.n + claim.lapsed;
	crash_point("after-claim");
	return claim.n > 0 ? run_batch(q, &claim, err) : 0;
}
