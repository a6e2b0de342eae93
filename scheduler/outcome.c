#include "config.h"

#include "scheduler/outcome.h"

#include "lib/conf.h"
#include "lib/err.h"
#include "platform/platform.h"
#include "scheduler/batch.h"
#include "scheduler/ladder.h"
#include "scheduler/queue.h"
#include "scheduler/unrouted.h"

void
outcome_set(struct queue_result *r, enum outcome_of_attempt outcome, const char *class,
    const char *reason)
{
	r->outcome = outcome;
	r->reason_class = class;
	r->reason = reason;
}

/* 1: another attempt may succeed. */
static int
may_pass(int code)
{
	return err_is_transient(code) || code == ERR_DB || code == ERR_INTERNAL;
}

void
outcome_failed(struct batch *b, struct queue_result *r, const struct err *err)
{
	const char *reason = arena_strdup(&b->arena, err->detail);

	if (err->code == ERR_ERASED)
		outcome_set(r, OUTCOME_SUPERSEDED, err_slug(err->code), reason);
	else if (!may_pass(err->code))
		outcome_set(r, OUTCOME_DEAD, err_slug(err->code), reason);
	else if (r->attempt >= b->q->conf->queue_max_attempts)
		outcome_set(r, OUTCOME_DEAD, "attempts", reason);
	else {
		outcome_set(r, OUTCOME_RETRY, err_slug(err->code), reason);
		r->visible_at += ladder_wait(b->q->conf->queue_ladder, r->attempt);
	}
}

void
outcome_unrouted(struct batch *b, const struct queue_message *m, struct queue_result *r)
{
	outcome_set(r, OUTCOME_UNROUTED, "unrouted",
	    unrouted_reason(&b->arena, m->platform, m->entity, m->action));
}

void
outcome_said(struct queue_result *r, int said, const char *reason)
{
	if (said == PLATFORM_SUPERSEDED)
		outcome_set(r, OUTCOME_SUPERSEDED, "superseded", reason);
	else if (said == PLATFORM_IGNORED)
		outcome_set(r, OUTCOME_IGNORED, "ignored", reason);
	else
		outcome_set(r, OUTCOME_DONE, "", reason);
}
