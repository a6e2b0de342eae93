/* process_test_connection - TestConnection: tests connections as a run would use them, and notes
 * what came of it. */
#include "config.h"

#include <string.h>

#include "lib/conf.h"
#include "lib/err.h"
#include "lib/secret.h"
#include "process/connection/connection_probe.h"
#include "process/process.h"
#include "store/connection/connection_ops.h"
#include "store/db.h"
#include "store/registry_db.h"

struct testing {
	struct run *run;
	struct db *registry;
	struct secret_box box;
	size_t tested, failed;
};

/* Noted whatever came of it. */
static int
note(const struct testing *t, const struct store_connection *row, const char *failure,
    struct err *err)
{
	usec_t now;
	int rc;

	if (t->run->dry_run)
		return 0;
	if ((rc = db_now(t->registry, &now, err)) < 0)
		return rc;
	return store_connection_tested(
	    t->registry, &t->run->arena, row->connection_id, failure, now, err);
}

static void
log_steps(struct run *run, const struct connection_probe *p)
{
	for (size_t i = 0; i < p->nsteps; i++)
		run_log(run, "%s: %s: %s", p->connection->name, p->steps[i].name,
		    p->steps[i].found);
	if (connection_probe_remarks(p) != NULL)
		run_warn(run, "%s: %s", p->connection->name, connection_probe_remarks(p));
}

/* A failure of one keeps none from being tested; *why: that of the first. */
static int
test_one(struct testing *t, const struct store_connection *row, struct err *why, struct err *err)
{
	struct connection c;
	struct connection_probe p = { .arena = &t->run->arena, .conf = t->run->conf,
		.connection = &c };
	struct err fault = { 0 };
	int rc = connection_ops_open(&t->run->arena, &t->box, row, &c, &fault);

	if (rc == 0) {
		rc = connection_probe(&p, &fault);
		log_steps(t->run, &p);
	}
	if (rc < 0)
		run_log(t->run, "%s: %s", row->name, fault.detail);
	if (rc < 0 && t->failed++ == 0)
		err_set(why, rc, "%s: %s", row->name, fault.detail);
	writer_object(&t->run->out);
	writer_put_text(&t->run->out, "Connection", row->name);
	writer_put_text(&t->run->out, "Kind", row->kind);
	writer_put_text(&t->run->out, "Address", row->address);
	connection_probe_write(&t->run->out, &p);
	writer_put_text(&t->run->out, "Failure", rc < 0 ? fault.detail : NULL);
	writer_end(&t->run->out);
	return note(t, row, rc < 0 ? fault.detail : "", err);
}

/* The one that is named, or all that are enabled. */
static int
find(struct testing *t, const char *name, struct store_connection **rows, size_t *n,
    struct err *err)
{
	int rc;

	if (name == NULL)
		return store_connection_list(t->registry, &t->run->arena, t->run->tenant_id, NULL,
		    CONNECTION_OPS_MAX, rows, n, err);
	rc = store_connection_find(
	    t->registry, &t->run->arena, t->run->tenant_id, name, rows, err);
	*n = 1;
	if (rc == 0 && *rows == NULL)
		return err_set(err, ERR_PERMANENT, "The tenant has no connection %s.", name);
	return rc;
}

static int
test_all(struct testing *t, const char *name, struct err *why, struct err *err)
{
	struct store_connection *rows;
	size_t n;
	int rc = find(t, name, &rows, &n, err);

	if (rc < 0)
		return rc;
	writer_name(&t->run->out, "Connections");
	writer_array(&t->run->out);
	for (size_t i = 0; i < n && rc == 0; i++) {
		run_progress(t->run, "connections", (int64_t)i, (int64_t)n);
		if (name == NULL && !rows[i].enabled)
			continue;
		rc = test_one(t, &rows[i], why, err);
		t->tested++;
	}
	writer_end(&t->run->out);
	run_progress(t->run, "connections", (int64_t)n, (int64_t)n);
	return rc;
}

/* The sentence of the first that failed, and how many did. */
static int
conclude(struct testing *t, const struct err *why, struct err *err)
{
	run_result_int(t->run, "Tested", (int64_t)t->tested);
	run_result_int(t->run, "Failed", (int64_t)t->failed);
	if (t->failed == 0)
		return 0;
	if (t->tested == 1)
		return err_set(err, why->code, "%s", why->detail);
	return err_set(err, why->code, "%zu of %zu connections failed. %s", t->failed, t->tested,
	    why->detail);
}

static int
test_connection_run(struct run *run, struct err *err)
{
	const struct process_test_connection_args *in = run->args;
	struct testing t = { .run = run };
	struct err why = { 0 }, no_key = { 0 };
	int rc = registry_db_open(&t.registry, run->conf, 0, err);

	/* whoever has no secrets needs no key */
	secret_box_load(&t.box, run->conf->key_file, &no_key);
	if (rc == 0)
		rc = test_all(&t, in->connection.value, &why, err);
	if (rc == 0)
		rc = conclude(&t, &why, err);
	db_close(&t.registry);
	explicit_bzero(&t.box, sizeof t.box);
	return rc;
}

const struct process_row process_test_connection_rows[] = {
	PROCESS(test_connection, "TestConnection", test_connection_run,
	    .time_limit_s = 900, .memory_mb = 300, .retries = 0, .retry_after_s = 60,
	    .doc = "Tests connections: does what a run does up to the first record, and says what "
	    "is wrong and how to mend it.")
	PROCESS_PARAM(test_connection, text, connection, "Connection", .min = 1, .max_length = 64,
	    .doc = "Name of the connection; all that are enabled unless given.")
	PROCESS_END(test_connection)
	{ .name = NULL },
};
