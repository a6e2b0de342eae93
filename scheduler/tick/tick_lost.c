#include "config.h"

#include "scheduler/tick/tick_lost.h"

#include <inttypes.h>

#include "lib/arena.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/log.h"
#include "model/process.h"
#include "model/state.h"
#include "scheduler/tick/tick.h"
#include "store/schedule/run_end.h"
#include "store/schedule/store_run.h"

enum { LAPSED_MAX = 50 };

/* again: it is tried once more. Otherwise the schedule's OnFailure gets a mail. */
static int
lose_one(struct tick *t, struct arena *a, const struct store_run *r, int again, usec_t now,
    struct err *err)
{
	const int cancelled = r->cancel_at != USEC_NONE;
	const struct run_end end = { .run_id = r->run_id,
		.schedule_id = r->schedule_id,
		.tenant_id = r->tenant_id,
		.process = r->process,
		.state = cancelled ? STATE_RUN_CANCELLED : STATE_RUN_LOST,
		.again = again,
		.now = now,
		.reason = cancelled ?
		    "It was cancelled, and its process ended." :
		    "Its process or its machine ended without reporting a result.",
		.give_up_days = t->conf->mail_give_up_days };
	int rc = store_run_lose(t->registry, r->run_id, end.state, cancelled ? "cancelled" : "lost",
	    end.reason, now, err);

	return rc < 0 ? rc : run_end(t->registry, a, &end, err);
}

/* Its process is gone: lost, and tried again as its kind says. */
static int
lose(struct tick *t, struct arena *a, const struct store_run *r, usec_t now, struct err *err)
{
	const struct process_kind *kind = process_find(r->process);
	const int is_last = r->cancel_at != USEC_NONE || kind == NULL || r->tries > kind->retries;
	struct store_run again = *r;
	int64_t id;
	int rc = lose_one(t, a, r, !is_last, now, err);

	if (rc < 0 || is_last)
		return rc;
	again.origin = STORE_RUN_BY_RETRY;
	again.retry_of = r->run_id;
	again.tries = r->tries + 1;
	again.due_at = again.last_due_at = again.ended_at = USEC_NONE;
	again.occurrences = 1;
	again.state = STATE_RUN_WAITING;
	again.not_before = now + kind->retry_after_s * USEC_SEC;
	again.reason_class = again.reason = "";
	return store_run_put(t->registry, &again, now, &id, err);
}

int
tick_lost(struct tick *t, struct arena *a, usec_t now, int *count, struct err *err)
{
	struct store_run *runs;
	size_t n;
	int rc = store_run_lapsed(t->registry, a, now, LAPSED_MAX, &runs, &n, err);

	for (size_t i = 0; i < n && rc == 0; i++) {
		log_event(LOG_LEVEL_ERROR, "run-lost", "run",
		    arena_printf(a, "%" PRId64, runs[i].run_id), "kind", runs[i].process, "process",
		    runs[i].worker, NULL);
		rc = lose(t, a, &runs[i], now, err);
	}
	*count += n == LAPSED_MAX;
	return rc;
}
