/* process_test_connection - TestConnection: tests connections as a run would use them, and notes
 * what came of it. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/arena.h"
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
	struct arena scratch;			/* of one connection */
	size_t tested, failed;
	const char *first;			/* of those that failed, by name; NULL = none */
	struct err why;				/* what is wrong with it */
};

/* Noted whatever came of it. */
static int
note(struct testing *t, const struct store_connection *row, const char *failure, struct err *err)
{
	usec_t now;
	int rc;

	if (t->run->dry_run)
		return 0;
	if ((rc = db_now(t->registry, &now, err)) < 0)
		return rc;
	return store_connection_tested(
	    t->registry, &t->scratch, row->connection_id, failure, now, err);
}

static void
log_steps(struct run *run, const struct connection_probe *p)
{
	const char *remarks = connection_probe_remarks(p);

	for (size_t i = 0; i < p->nsteps; i++)
		run_log(run, "%s: %s: %s", p->connection->name, p->steps[i].name,
		    p->steps[i].found);
	if (remarks != NULL)
		run_warn(run, "%s: %s", p->connection->name, remarks);
}

static void
failed(struct testing *t, const char *name, const struct err *fault)
{
	run_log(t->run, "%s: %s", name, fault->detail);
	t->failed++;
	if (t->first != NULL && strcasecmp(t->first, name) < 0)
		return;
	t->first = name;
	err_set(&t->why, fault->code, "%s: %s", name, fault->detail);
}

/* A failure of one keeps none from being tested. */
static int
test_one(struct testing *t, const struct store_connection *row, struct err *err)
{
	struct connection c;
	struct connection_probe p = { .arena = &t->scratch, .conf = t->run->conf,
		.connection = &c };
	struct err fault = { 0 };
	int rc = connection_ops_open(&t->scratch, &t->box, row, &c, &fault);

	if (rc == 0) {
		rc = connection_probe(&p, &fault);
		log_steps(t->run, &p);
	}
	if (rc < 0)
		failed(t, row->name, &fault);
	writer_object(&t->run->out);
	writer_put_text(&t->run->out, "Connection", row->name);
	writer_put_text(&t->run->out, "Kind", row->kind);
	writer_put_text(&t->run->out, "Address", row->address);
	connection_probe_write(&t->run->out, &p);
	writer_put_text(&t->run->out, "Failure", rc < 0 ? fault.detail : NULL);
	writer_end(&t->run->out);
	rc = note(t, row, rc < 0 ? fault.detail : "", err);
	arena_reset(&t->scratch);
	return rc;
}

static int
by_test(const void *x, const void *y)
{
	const struct store_connection *a = x, *b = y;

	if (a->tested_at != b->tested_at)
		return a->tested_at < b->tested_at ? -1 : 1;
	return strcasecmp(a->name, b->name);
}

/* Those that are enabled, the longest untested first: when the run's time is over before all are
 * tested, the next run begins with the others. */
static int
find_all(struct testing *t, struct store_connection **rows, size_t *n, struct err *err)
{
	size_t all;
	int rc = store_connection_list(t->registry, &t->run->arena, t->run->tenant_id, NULL,
	    CONNECTION_OPS_MAX, rows, &all, err);

	*n = 0;
	for (size_t i = 0; i < all; i++)
		if ((*rows)[i].enabled)
			(*rows)[(*n)++] = (*rows)[i];
	if (*n > 0)
		qsort(*rows, *n, sizeof **rows, by_test);
	return rc;
}

/* The one that is named, enabled or not; or all. */
static int
find(struct testing *t, const char *name, struct store_connection **rows, size_t *n,
    struct err *err)
{
	int rc;

	if (name == NULL)
		return find_all(t, rows, n, err);
	rc = store_connection_find(
	    t->registry, &t->run->arena, t->run->tenant_id, name, rows, err);
	*n = 1;
	if (rc == 0 && *rows == NULL)
		return err_set(err, ERR_PERMANENT, "The tenant has no connection %s.", name);
	return rc;
}

static int
test_all(struct testing *t, const char *name, struct err *err)
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
		rc = test_one(t, &rows[i], err);
		t->tested++;
	}
	writer_end(&t->run->out);
	run_progress(t->run, "connections", (int64_t)n, (int64_t)n);
	return rc;
}

/* How many failed, and the sentence of the first by name, whatever the order of the tests. */
static int
conclude(struct testing *t, struct err *err)
{
	run_result_int(t->run, "Tested", (int64_t)t->tested);
	run_result_int(t->run, "Failed", (int64_t)t->failed);
	if (t->failed == 0)
		return 0;
	if (t->tested == 1)
		return err_set(err, t->why.code, "%s", t->why.detail);
	return err_set(err, t->why.code, "%zu of %zu connections failed. %s", t->failed, t->tested,
	    t->why.detail);
}

static int
test_connection_run(struct run *run, struct err *err)
{
	const struct process_test_connection_args *in = run->args;
	struct testing t = { .run = run };
	struct err no_key = { 0 };
	int rc = registry_db_open(&t.registry, run->conf, 0, err);

	/* whoever has no secrets needs no key */
	secret_box_load(&t.box, run->conf->key_file, &no_key);
	if (rc == 0)
		rc = test_all(&t, in->connection.value, err);
	if (rc == 0)
		rc = conclude(&t, err);
	db_close(&t.registry);
	arena_done(&t.scratch);
	explicit_bzero(&t.box, sizeof t.box);
	return rc;
}

const struct process_row process_test_connection_rows[] = {
	PROCESS(test_connection, "TestConnection", test_connection_run,
	    .time_limit_s = 900, .memory_mb = 300, .retries = 0, .retry_after_s = 60,
	    .tells_all = 1,
	    .doc = "Tests connections: does what a run does up to the first record, and says what "
	    "is wrong and how to mend it.")
	PROCESS_PARAM(test_connection, text, connection, "Connection", .min = 1, .max_length = 64,
	    .doc = "Name of the connection; all that are enabled unless given.")
	PROCESS_END(test_connection)
	{ .name = NULL },
};
