#include "config.h"

#include "scheduler/runner.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>

#include "lib/conf.h"
#include "lib/crash.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/log.h"
#include "lib/secret.h"
#include "lib/text.h"
#include "model/process.h"
#include "model/schedule.h"
#include "model/state.h"
#include "process/process.h"
#include "scheduler/run_keeper.h"
#include "scheduler/tenants.h"
#include "store/db.h"
#include "store/registry_db.h"
#include "store/registry/store_clock.h"
#include "store/schedule/run_end.h"
#include "store/schedule/store_run.h"

enum { MEMORY_MORE_MB = 256 };

static int
bind_parameters(struct run *run, const char *text, void **args, struct json_object **parameters,
    struct err *err)
{
	int rc;

	*parameters = NULL;
	if (text[0] != '\0' && (rc = json_parse(text, strlen(text), parameters, err)) < 0)
		return rc;
	rc = schedule_parameters(&run->arena, run->kind, *parameters, args, err);
	if (rc < 0 && err->faults != NULL)
		err_set(err, ERR_PERMANENT, "%s %s", err->faults->field, err->faults->message);
	return rc < 0 ? err->code : 0;
}

/* Sets run->believed from the registry's clock. */
static int
believe(struct runner *r, struct run *run, struct err *err)
{
	usec_t now;
	int rc = db_now(r->registry, &now, err);

	if (rc == 0)
		rc = store_clock_believe(r->registry, &run->arena, now, &run->believed, err);
	if (rc == 0 && run->believed > run->now)
		run->believed = run->now;
	return rc;
}

/* The tenant with an open connection. */
static int
open_tenant(struct runner *r, struct tenants *tenants, int64_t tenant_id, struct tenant **out,
    struct err *err)
{
	int rc = tenants_get(tenants, r->registry, tenant_id, out, err);

	if (rc < 0)
		return rc;
	if (*out == NULL)
		return err_set(err, ERR_PERMANENT, "The tenant is gone.");
	if ((*out)->db != NULL)
		return 0;
	return err->code < 0 ?
	    err->code :
	    err_set(err, ERR_DB_GONE, "The tenant's database cannot be reached.");
}

static int
run_process(struct runner *r, struct run *run, const struct process_row *p,
    const struct tenant *tenant, struct err *err)
{
	int rc;

	run->dry_run = ((const struct process_common *)run->args)->dry_run.value;
	run->db = tenant->db;
	run->conf = r->conf;
	run->customer = tenant->customer;
	run->alias = tenant->alias;
	run->time_zone = tenant->time_zone;
	run->reference_currency = tenant->reference_currency;
	if ((rc = db_now(run->db, &run->now, err)) == 0 && (rc = believe(r, run, err)) == 0)
		rc = p->run(run, err);
	return rc;
}

static int
work(struct runner *r, struct run *run, const struct store_run *row, struct err *err)
{
	const struct process_row *p = process_work_find(row->process);
	struct json_object *parameters = NULL;
	struct tenants tenants;
	struct tenant *tenant;
	void *args;
	int rc;

	if (run->kind == NULL || p == NULL)
		return err_set(err, ERR_PERMANENT, "This process is not built.");
	tenants_init(&tenants, r->conf);
	/* one statement of a large tenant may take long; the keeper watches over the time */
	tenants.timeout_s = (unsigned)run->kind->time_limit_s;
	if ((rc = bind_parameters(run, row->parameters, &args, &parameters, err)) == 0 &&
	    (rc = open_tenant(r, &tenants, row->tenant_id, &tenant, err)) == 0) {
		run->args = args;
		rc = run_process(r, run, p, tenant, err);
	}
	json_object_put(parameters);
	tenants_done(&tenants);
	return rc;
}

/* The warning as a sentence, behind the reason that the run began with. */
static const char *
warning_reason(struct run *run, const char *given)
{
	const char *line = text_utf8_fit(&run->arena, run->warning, RUN_REASON_MAX);
	char *text = arena_printf(
	    &run->arena, "%s%s", line, line[0] != '\0' && line[strlen(line) - 1] == '.' ? "" : ".");

	if (text[0] >= 'a' && text[0] <= 'z')
		text[0] = (char)(text[0] - 'a' + 'A');
	return *given == '\0' ? text : arena_printf(&run->arena, "%s %s", given, text);
}

/* What its end is called, and why. */
static void
name_end(struct run *run, const struct store_run *row, int rc, const struct err *why,
    struct store_run *end)
{
	if (rc < 0) {
		end->state = STATE_RUN_FAILED;
		end->reason_class = err_slug(why->code);
		end->reason = text_utf8_fit(&run->arena,
		    why->detail[0] == '\0' ? err_sentence(why->code) : why->detail, RUN_REASON_MAX);
		return;
	}
	end->state = run->warning != NULL ? STATE_RUN_WARNING : STATE_RUN_SUCCESS;
	end->reason_class = run->warning != NULL ? "warning" : row->reason_class;
	end->reason = run->warning != NULL ? warning_reason(run, row->reason) : row->reason;
}

static int
settle(struct runner *r, struct run_keeper *k, struct run *run, const struct store_run *row, int rc,
    const struct err *why, struct err *err)
{
	struct run_said said;
	struct store_run end = run_keeper_snapshot(k, &said);
	int kept = 0;

	name_end(run, row, rc, why, &end);
	end.result = run->result.data;
	rc = run_keeper_record(k, r->registry, &end, run->dry_run, &kept, err);
	if (rc == 0 && kept)
		log_event(end.state == STATE_RUN_SUCCESS ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING,
		    "run", "kind", row->process, "run",
		    arena_printf(&run->arena, "%" PRId64, row->run_id), "state",
		    state_name(states_of_run, end.state), "detail", end.reason, "inside",
		    end.state == STATE_RUN_FAILED && why->inside[0] != '\0' ? why->inside : NULL,
		    NULL);
	return rc;
}

/* The outcome is written until the database takes it, or the lease is surely over. */
static void
settle_surely(struct runner *r, struct run_keeper *k, struct run *run, const struct store_run *row,
    int rc, const struct err *why)
{
	for (int i = 0; i < RUN_LEASE_S; i++) {
		struct err err = { 0 };

		if (registry_db_open(&r->registry, r->conf, 0, &err) == 0 &&
		    settle(r, k, run, row, rc, why, &err) == 0)
			return;
		sleep(1);
	}
}

static void
run_one(
    struct runner *r, const struct store_run *row, const unsigned char lease[STORE_RUN_LEASE_BYTES])
{
	struct run_keeper *k = run_keeper_start(r, row, lease);
	struct run run = { .run_id = row->run_id,
		.tenant_id = row->tenant_id,
		.kind = process_find(row->process),
		.due = row->due_at,
		.keeper = k };
	struct err why = { 0 };
	int rc;

	buf_init(&run.result, &run.arena);
	writer_init(&run.out, &run.result);
	writer_object(&run.out);
	if (row->reason[0] != '\0')
		run_log(&run, "%s", row->reason);
	rc = work(r, &run, row, &why);
	writer_end(&run.out);
	run_keeper_stop(k);
	crash_point("before-run-settle");
	settle_surely(r, k, &run, row, rc, &why);
	run_keeper_free(k);
	arena_done(&run.arena);
}

int
runner_step(struct runner *r, int *count, struct err *err)
{
	unsigned char lease[STORE_RUN_LEASE_BYTES];
	struct arena a = { 0 };
	struct store_run *row = NULL;
	int64_t run_id;
	int rc;

	*count = 0;
	if ((rc = registry_db_open(&r->registry, r->conf, 0, err)) < 0)
		return rc;
	secret_random(lease, sizeof lease);
	if ((rc = store_run_claim(
		 r->registry, lease, r->worker, RUN_LEASE_S * USEC_SEC, &run_id, err)) == 0 &&
	    run_id != 0)
		rc = store_run_load(r->registry, &a, run_id, &row, err);
	if (rc == 0 && row != NULL) {
		run_one(r, row, lease);
		*count = 1;
	}
	arena_done(&a);
	return db_left(rc);
}

long
runner_memory_mb(const struct conf *conf)
{
	long most = 0;

	(void)conf;
	for (const struct process_kind *k = process_kinds; k->name != NULL; k++)
		if (k->memory_mb > most)
			most = k->memory_mb;
	return most + MEMORY_MORE_MB;
}
