/*
 * process_erase - ends the open erasures of a tenant, the oldest first. One that cannot be ended
 * now (workers hold its messages, a database is busy) is tried again by another run, later and
 * later.
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/conf.h"
#include "lib/err.h"
#include "lib/secret.h"
#include "model/process.h"
#include "privacy/person_erase.h"
#include "process/process.h"
#include "store/db.h"
#include "store/registry_db.h"
#include "store/registry/store_privacy.h"

enum { WAIT_MORE_S = 60, AGAIN_FIRST_S = 60, AGAIN_MAX_S = 6 * 3600 };

static void
on_progress(void *arg, const char *phase, int64_t done, int64_t total)
{
	run_progress(arg, phase, done, total);
}

/* The longer a request has waited, the longer the next pause is. */
static int
plan_again(struct run *run, struct db *registry, int64_t id, struct err *err)
{
	struct store_privacy *p;
	usec_t now, wait;
	int rc;

	if ((rc = db_now(registry, &now, err)) < 0 ||
	    (rc = store_privacy_find(registry, &run->arena, id, run->tenant_id, &p, err)) < 0 ||
	    p == NULL)
		return rc;
	wait = (now - p->requested_at) / 4;
	if (wait < AGAIN_FIRST_S * USEC_SEC)
		wait = AGAIN_FIRST_S * USEC_SEC;
	if (wait > AGAIN_MAX_S * USEC_SEC)
		wait = AGAIN_MAX_S * USEC_SEC;
	run_log(run, "request %" PRId64 " is tried again in %" PRId64 " s", id, wait / USEC_SEC);
	return store_privacy_plan(registry, run->tenant_id, now + wait, now, err);
}

static void
tell(struct run *run, const struct person_job *job, const struct person_erase_one *one,
    struct person_erase_counts *sum)
{
	const struct person_erase_counts *c = &one->counts;
	struct err again = { 0 };

	if (one->rc < 0) {
		run_log(run, "request %" PRId64 ": %s", one->privacy_id, one->err.detail);
		plan_again(run, job->registry, one->privacy_id, &again);
		return;
	}
	run_log(run, "request %" PRId64 ": %s", one->privacy_id, person_erase_json(&run->arena, c));
	sum->rows.deleted += c->rows.deleted;
	sum->rows.kept += c->rows.kept;
	sum->messages += c->messages;
	if (c->left > 0)
		run_warn(run, "request %" PRId64 ": %" PRId64 " waiting messages about others "
		    "mention the person; they are looked at again when they are processed",
		    one->privacy_id, c->left);
}

/* Ends all requests that are open now; another run is scheduled for those that arrive meanwhile. */
static int
finish_all(struct run *run, const struct person_job *job, struct err *err)
{
	struct person_erase_counts sum = { 0 };
	struct person_erase_one *all;
	struct rows open;
	int64_t done = 0;
	usec_t now;
	int rc;

	if (!run->dry_run &&
	    ((rc = db_now(job->registry, &now, err)) < 0 ||
		(rc = store_privacy_plan_end(job->registry, run->tenant_id, now, err)) < 0))
		return rc;
	if ((rc = store_privacy_open_all(job->registry, &run->arena, run->tenant_id, &open, err)) <
	    0)
		return rc;
	all = arena_new(&run->arena, struct person_erase_one, open.n);
	for (size_t i = 0; i < open.n; i++) {
		all[i].privacy_id = rows_int(&open, i, C_privacy_open_erasures_privacy_id);
		if (run->dry_run)
			run_log(run, "request %" PRId64 " is open", all[i].privacy_id);
	}
	if (!run->dry_run)
		rc = person_erase_all(job, all, open.n, err);
	for (size_t i = 0; i < open.n; i++) {
		if (!run->dry_run)
			tell(run, job, &all[i], &sum);
		done += all[i].rc == 0;
	}
	run_result_int(run, run->dry_run ? "Open" : "Finished", done);
	run_result_int(run, "RowsDeleted", sum.rows.deleted);
	run_result_int(run, "RowsKept", sum.rows.kept);
	run_result_int(run, "Messages", sum.messages);
	return rc;
}

static int
erase_run(struct run *run, struct err *err)
{
	struct secret_box box = { .loaded = 0 };
	struct person_job job = { .tenant = run->db,
		.box = &box,
		.tenant_id = run->tenant_id,
		.wait_s = run->conf->queue_lease_s + WAIT_MORE_S,
		.progress = on_progress,
		.arg = run };
	int rc;

	if ((rc = registry_db_open(&job.registry, run->conf, 0, err)) == 0 &&
	    (rc = secret_box_load(&box, run->conf->key_file, err)) == 0)
		rc = finish_all(run, &job, err);
	db_close(&job.registry);
	explicit_bzero(&box, sizeof box);
	return rc;
}

const struct process_row process_erase_rows[] = {
	PROCESS(erase, "Erase", erase_run,
	    .time_limit_s = 6 * 3600, .memory_mb = 512, .retries = 5, .retry_after_s = 300,
	    .exclusive = "erase",
	    .doc = "Ends the open erasures of persons. A platform's request (Shopify: "
		"customers/redact, shop/redact) starts it by itself; a schedule is not needed.")
	PROCESS_END(erase)
	{ .name = NULL },
};
