#include "config.h"

#include "scheduler/batch.h"

#include <unistd.h>

#include "lib/clock.h"
#include "lib/conf.h"
#include "lib/crash.h"
#include "lib/err.h"
#include "lib/log.h"
#include "lib/os/wake.h"
#include "platform/platform.h"
#include "scheduler/late.h"
#include "scheduler/lease.h"
#include "scheduler/mapping.h"
#include "scheduler/memory.h"
#include "scheduler/message.h"
#include "scheduler/outcome.h"
#include "scheduler/queue.h"
#include "scheduler/request.h"
#include "scheduler/tenants.h"
#include "store/change_batch.h"
#include "store/db.h"

/* db knows the registry. */
static int
put_mails(
    struct batch *b, struct db *db, size_t first, size_t last, usec_t now, struct err *err)
{
	struct queue_mail *mails = arena_new(&b->arena, struct queue_mail, last - first);
	size_t n = 0;

	for (size_t i = first; i < last; i++) {
		const struct queue_message *m = &b->messages[i];

		if (late_is(&b->results[i]))
			continue;
		mails[n++] = (struct queue_mail){ .message_id = m->id,
			.tenant_id = m->tenant_id,
			.receipt = m->receipt,
			.customer = b->tenant->customer,
			.email = m->email };
	}
	return store_queue_put_mails(db, &b->arena, mails, n, now,
	    now + b->q->conf->mail_give_up_days * 86400 * USEC_SEC, err);
}

/* ------------------------------------------------------------------ effects */

size_t
batch_memory(const struct batch *b)
{
	return ((size_t)b->q->conf->queue_worker_memory_mb << 20) / 4;
}

static int
may_go_on(void *arg)
{
	struct batch *b = arg;

	if (!b->q->go_on(b->q->arg))
		b->stopped = 1;
	return !b->stopped;
}

/* The items of messages first to last - 1; NULL: a message that has none. */
static int
run_changes(struct batch *b, struct change_item **of, size_t first, size_t last, usec_t now,
    struct err *err)
{
	struct change_item **items = arena_new(&b->arena, struct change_item *, last - first + 1);
	size_t n = 0;

	for (size_t i = first; i < last; i++)
		if ((of[i - first] = message_begin(b, i, now)) != NULL)
			items[n++] = of[i - first];
	return change_batch_run(&(struct change_batch){ .db = b->tenant->db, .items = items,
	    .n = n, .now = now, .memory = batch_memory(b), .go_on = may_go_on, .arg = b }, err);
}

/* A message with what there is of it. */
struct one {
	struct queue_message message;
	struct queue_result result;
	const struct platform_request *asks;
	const struct platform_seen *seen;
	int is_left;
};

/* What was read of it names the message by its place, so it goes. */
static struct one
take_out(struct batch *b, size_t i, const struct change_item *item)
{
	const struct one one = { .message = b->messages[i], .result = b->results[i],
		.asks = b->asks[i], .seen = b->seen[i],
		.is_left = item != NULL && item->rc == CHANGE_LEFT };

	if (b->mappings[i] != NULL)
		mapping_done(b->mappings[i]);
	b->mappings[i] = NULL;
	return one;
}

static void
put_in(struct batch *b, size_t i, const struct one *one)
{
	b->messages[i] = one->message;
	b->results[i] = one->result;
	b->asks[i] = one->asks;
	b->seen[i] = one->seen;
}

/* Puts messages first to last - 1 in another order, those that were not begun to the end. Returns
 * where they begin. No other order is lost: what depends on a message is never done before it
 * (store/change_order.h). */
static size_t
set_apart(struct batch *b, struct change_item *const *of, size_t first, size_t last)
{
	struct one *all = arena_new(&b->arena, struct one, last - first + 1);
	size_t at = first, done;

	for (size_t i = first; i < last; i++)
		all[i - first] = take_out(b, i, of[i - first]);
	for (size_t i = 0; i < last - first; i++)
		if (!all[i].is_left)
			put_in(b, at++, &all[i]);
	done = at;
	for (size_t i = 0; i < last - first; i++)
		if (all[i].is_left)
			put_in(b, at++, &all[i]);
	return done;
}

/* When the worker is told to stop, the messages from *last on were not begun. */
static int
run_effects(struct batch *b, size_t first, size_t *last, usec_t now, struct err *err)
{
	struct change_item **of = arena_new(&b->arena, struct change_item *, *last - first + 1);
	int rc = late_guard(b, err);

	if (rc == 0 && !may_go_on(b))
		*last = first;
	if (rc == 0)
		rc = run_changes(b, of, first, *last, now, err);
	for (size_t i = first; i < *last && rc == 0; i++)
		if (of[i - first] == NULL || of[i - first]->rc != CHANGE_LEFT)
			rc = message_end(b, i, of[i - first], err);
	if (rc == 0 && b->stopped)
		*last = set_apart(b, of, first, *last);
	crash_point("after-effect");
	return rc;
}

/* ------------------------------------------------------------------ settling */

/* The states of messages and their history. */
static int
settle_results(
    struct batch *b, struct db *db, size_t first, size_t last, usec_t now, struct err *err)
{
	return store_queue_settle(
	    db, b->q->holder.name, b->lease, b->results + first, last - first, now, err);
}

/* What belongs to the registry, in an open transaction on db: mails, requests about persons,
 * history, states. */
static int
settle(struct batch *b, struct db *db, size_t first, size_t last, usec_t now, struct err *err)
{
	int rc = put_mails(b, db, first, last, now, err);

	for (size_t i = first; i < last && rc == 0; i++)
		if (b->asks[i] != NULL && b->results[i].outcome == OUTCOME_DONE)
			rc = request_note(
			    b->q, db, b->tenant, &b->messages[i], b->asks[i], now, err);
	if (rc == 0 && last > first)
		rc = settle_results(b, db, first, last, now, err);
	for (size_t i = first; i < last && rc == 0; i++)
		if (late_is(&b->results[i]) &&
		    db_exec(db, Q_erase_late_message, DB_ARGS(v_int(b->results[i].id)), err) < 0)
			rc = err->code;
	return rc;
}

/* Messages first to last - 1 of a batch, in a transaction. One that met another's lock is not
 * repeated as it is: its messages run again in halves, see run_part(). */
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

	if (rc >= 0)
		crash_point("after-commit");
	return rc;
}

/* On another server: effects and their receipts first, then the registry. After a crash in between,
 * the receipts tell which effects were written. */
static int
run_elsewhere(struct range *g, struct err *err)
{
	struct db *here = g->b->q->registry;
	int rc;

	if ((rc = db_now(here, &g->now, err)) < 0 ||
	    (rc = db_transact_as(g->b->tenant->db, &once, effects_work, g, err)) < 0)
		return rc;
	crash_point("after-tenant-commit");
	if ((rc = db_transact_as(here, &once, settle_work, g, err)) >= 0)
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

/* The outcome of a message without its effect. A mail needs neither the transaction nor the
 * tenant's database, so it is sent all the same. */
static void
fail(struct batch *b, size_t i, const struct err *why, usec_t now)
{
	struct queue_message *m = &b->messages[i];
	struct queue_result *r = &b->results[i];

	*r = (struct queue_result){
		.id = m->id, .attempt = m->attempts, .visible_at = now, .started_at = now
	};
	if (m->is_email && b->tenant != NULL)
		message_mail(b, m, r);
	else
		outcome_failed(b, r, why);
}

static void
log_failed(struct batch *b, size_t count, const struct err *why)
{
	const struct tenant *t = b->tenant;
	const char *name = t == NULL ? NULL :
				       arena_printf(&b->arena, "%s/%s", t->customer, t->alias);

	if (why->inside[0] != '\0')
		log_event(LOG_LEVEL_WARNING, "messages", "tenant", name, "count",
		    arena_printf(&b->arena, "%zu", count), "error", err_slug(why->code), "detail",
		    why->detail, "inside", why->inside, NULL);
}

static int
failed_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	struct range *g = arg;
	int rc;

	(void)a;
	if ((rc = db_now(db, &g->now, err)) < 0)
		return rc;
	for (size_t i = g->first; i < g->last; i++)
		fail(g->b, i, g->why, g->now);
	return g->b->tenant != NULL ? settle(g->b, db, g->first, g->last, g->now, err) :
				      settle_results(g->b, db, g->first, g->last, g->now, err);
}

/* Settles messages whose transaction, or whose database, does not work. */
static int
settle_failed(struct batch *b, size_t first, size_t last, const struct err *why, struct err *err)
{
	struct range g = { .b = b, .first = first, .last = last, .why = why };
	int rc;

	log_failed(b, last - first, why);
	if ((rc = db_transact(b->q->registry, failed_work, &g, err)) >= 0)
		b->settled += last - first;
	return rc;
}

/* The same for all from first on. Another worker may hold some of them by now: they are left to
 * it. */
static int
settle_failed_ours(struct batch *b, size_t first, const struct err *why, struct err *err)
{
	int rc = settle_failed(b, first, b->n, why, err);

	for (size_t i = first; rc == ERR_CONFLICT && i < b->n; i++) {
		err_clear(err);
		rc = settle_failed(b, i, i + 1, why, err);
		if (rc == 0)
			rc = ERR_CONFLICT; /* on to the next */
	}
	return rc == ERR_CONFLICT ? 0 : rc;
}

/* ------------------------------------------------------------------ batch */

static int
open_tenant(struct batch *b, struct err *err)
{
	int64_t tenant_id = b->messages[0].tenant_id;
	int rc = tenants_get(&b->q->tenants, b->q->registry, tenant_id, &b->tenant, err);

	if (rc == 0)
		parked_end(&b->q->parked, tenant_id);
	else
		parked_put_unreachable(&b->q->parked, tenant_id);
	return rc;
}

/* One that cannot be worked off, not even by itself. Another worker may hold it by now: it is left
 * to it. */
static int
settle_alone(struct batch *b, size_t i, int rc, const struct err *why, struct err *err)
{
	if (rc != ERR_CONFLICT)
		rc = settle_failed(b, i, i + 1, why, err);
	return rc == ERR_CONFLICT ? 0 : rc;
}

/* Works off messages first to last - 1: together, else in halves, in the end each by itself, in
 * their order. Returns 0, 1 = all of the batch are settled (the tenant cannot be reached), or a
 * negative code. */
static int
run_part(struct batch *b, size_t first, size_t last, struct err *err)
{
	const size_t half = first + (last - first) / 2;
	struct err why = { 0 };
	int rc;

	if (open_tenant(b, &why) < 0) {
		rc = settle_failed_ours(b, first, &why, err);
		return rc < 0 ? rc : 1;
	}
	b->stopped = 0;
	if ((rc = run_range(b, first, last, &why)) == 0) {
		b->settled += last - first;
		return 0;
	}
	if (last - first == 1)
		return settle_alone(b, first, rc, &why, err);
	rc = run_part(b, first, half, err);
	return rc != 0 || b->stopped ? rc : run_part(b, half, last, err);
}

/* What was not settled goes back to the queue. A batch that exhausted memory is retried one message
 * at a time: otherwise the next worker would get no further. */
static int
give_back(struct queue *q, const struct queue_claim *claim, struct err *err)
{
	const int exhausted = memory_resident_mb(getpid()) > q->conf->queue_worker_memory_mb;
	usec_t now;
	int rc = db_now(q->registry, &now, err);

	return rc < 0 ? rc : store_queue_give_back(
			       q->registry, claim->lease, exhausted, now, err);
}

/* The mails of messages are there now. */
static void
wake_mailer(const struct batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->messages[i].email[0] != '\0') {
			wake_send(b->q->conf, WAKE_MAIL);
			return;
		}
}

static int
run_loaded(struct queue *q, struct batch *b, const struct queue_claim *claim, struct err *err)
{
	struct lease_keeper keeper;
	int rc;

	b->results = arena_new(&b->arena, struct queue_result, b->n);
	b->asks = arena_new(&b->arena, const struct platform_request *, b->n);
	b->mappings = arena_new(&b->arena, struct mapping *, b->n);
	lease_keep(&keeper, q->conf, claim);
	if ((rc = message_seen(b, err)) == 0)
		rc = run_part(b, 0, b->n, err);
	lease_let_go(&keeper);
	wake_mailer(b);
	if (rc >= 0 && b->stopped)
		rc = give_back(q, claim, err);
	q->is_settled = rc >= 0 && (b->stopped || b->settled == claim->n);
	return rc > 0 ? 0 : rc;
}

int
batch_run(struct queue *q, const struct queue_claim *claim, struct err *err)
{
	struct batch b = { .q = q, .lease = claim->lease };
	int rc = store_queue_load(q->registry, &b.arena, claim, &b.messages, &b.n, err);

	if (rc == 0 && b.n > 0)
		rc = run_loaded(q, &b, claim, err);
	for (size_t i = 0; b.mappings != NULL && i < b.n; i++)
		if (b.mappings[i] != NULL)
			mapping_done(b.mappings[i]);
	arena_done(&b.arena);
	return rc;
}
