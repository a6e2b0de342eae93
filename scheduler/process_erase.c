#include "config.h"

#include "scheduler/process_erase.h"

#include <inttypes.h>
#include <string.h>

#include "lib/conf.h"
#include "lib/err.h"
#include "lib/secret.h"
#include "scheduler/run.h"
#include "store/db.h"
#include "store/person_erase.h"
#include "store/store_privacy.h"

enum { WAIT_MORE_S = 60, AGAIN_FIRST_S = 60, AGAIN_MAX_S = 6 * 3600 };

static void
on_progress(void *arg, const char *phase, int64_t done, int64_t total)
{
	run_progress(arg, phase, done, total);
}

/* The longer a request waits, the longer it can wait. */
static int
plan_again(struct run *run, struct db *registry, int64_t id, struct err *err)
{
	struct store_privacy *p;
	usec_t now, wait;
	int rc;

	if ((rc = db_now(registry, &now, err)) < 0 || (rc = store_privacy_find(registry, &run->arena, id, run->tenant_id, &p, err)) < 0 || p == NULL)
		return rc;
	wait = (now - p->requested_at) / 4;
	wait = wait < AGAIN_FIRST_S * USEC_SEC ? AGAIN_FIRST_S * USEC_SEC : wait > AGAIN_MAX_S * USEC_SEC ? AGAIN_MAX_S * USEC_SEC : wait;
	run_log(run, "request %" PRId64 " is tried again in %" PRId64 " s", id, wait / USEC_SEC);
	return store_privacy_plan(registry, run->tenant_id, now + wait, now, err);
}

static int
finish(struct run *run, const struct person_job *job, int64_t id, struct person_erase_counts *sum, struct err *err)
{
	struct person_erase_counts c;
	struct err again = { 0 };
	int rc;

	if ((rc = person_erase(job, id, &c, err)) < 0) {
		run_log(run, "request %" PRId64 ": %s", id, err->detail);
		plan_again(run, job->registry, id, &again);
		return rc;
	}
	run_log(run, "request %" PRId64 ": %s", id, person_erase_json(&run->arena, &c));
	sum->rows.deleted += c.rows.deleted;
	sum->rows.kept += c.rows.kept;
	sum->messages += c.messages;
	if (c.left > 0)
		run_warn(run, "request %" PRId64 ": %" PRId64 " waiting messages about others mention "
		    "the person; they are looked at again when they are processed", id, c.left);
	return 0;
}

/* All open ones, each once. The first failure ends the run; the one after it will not fare better. */
static int
finish_all(struct run *run, const struct person_job *job, struct err *err)
{
	struct person_erase_counts sum = { 0 };
	int64_t id = 0, done = 0;
	int rc;

	while ((rc = store_privacy_open_next(job->registry, run->tenant_id, id, &id, err)) == 0 && id != 0) {
		if (run->dry_run)
			run_log(run, "request %" PRId64 " is open", id);
		else if ((rc = finish(run, job, id, &sum, err)) < 0)
			break;
		done++;
	}
	run_result_int(run, run->dry_run ? "Open" : "Finished", done);
	run_result_int(run, "RowsDeleted", sum.rows.deleted);
	run_result_int(run, "RowsKept", sum.rows.kept);
	run_result_int(run, "Messages", sum.messages);
	return rc;
}

int
process_erase_run(struct run *run, struct err *err)
{
	struct db_target target = db_target_registry(run->conf);
	struct secret_box box = { .loaded = 0 };
	struct person_job job = { .tenant = run->db, .box = &box, .tenant_id = run->tenant_id, .wait_s = run->conf->queue_lease_s + WAIT_MORE_S, .progress = on_progress, .arg = run };
	int rc;

	if ((rc = db_open(&job.registry, &target, err)) == 0 && (rc = secret_box_load(&box, run->conf->key_file, err)) == 0)
		rc = finish_all(run, &job, err);
	db_close(&job.registry);
	explicit_bzero(&box, sizeof box);
	return rc;
}
