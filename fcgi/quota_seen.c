#include "config.h"

#include <inttypes.h>
#include <stdatomic.h>

#include "fcgi/connections.h"
#include "fcgi/quota_table.h"
#include "fcgi/request.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "lib/log.h"
#include "lib/text.h"
#include "store/db.h"

enum { WRITE_EVERY_S = 1, WRITE_AGAIN_S = 10, WRITE_MAX = 256 };

/* ------------------------------------------------------------------ metrics */

/* A label's value in Prometheus' text format. */
static void
label(struct buf *b, const char *name, const char *value)
{
	buf_addf(b, "%s=\"", name);
	for (; *value != '\0'; value++) {
		if (*value == '"' || *value == '\\')
			buf_addc(b, '\\');
		if ((unsigned char)*value >= ' ')
			buf_addc(b, *value);
	}
	buf_addc(b, '"');
}

static void
sample(struct buf *b, const char *metric, const struct quota_entry *e, const char *quota,
    int64_t value)
{
	buf_addf(b, "%s{", metric);
	label(b, "customer", e->customer);
	buf_addc(b, ',');
	label(b, "alias", e->alias);
	if (quota_source(e) == WHOLE_TENANT)
		buf_adds(b, ",source=\"all\"");
	else
		buf_addf(b, ",source=\"%d%s\"", quota_source_id(e),
		    quota_is_strangers(e) ? " open" : "");
	if (quota != NULL) {
		buf_addc(b, ',');
		label(b, "quota", quota);
	}
	buf_addf(b, "} %" PRId64 "\n", value);
}

static void
metric_in_flight(struct buf *b)
{
	buf_adds(b,
	    "# HELP customerapi_quota_in_flight Requests in flight in this pool, by sender.\n"
	    "# TYPE customerapi_quota_in_flight gauge\n");
	for (size_t i = 0; i < QUOTA_SENDERS; i++) {
		struct quota_entry *e = &quota_table->entries[i];
		const int64_t n = e->named ? quota_sum(e->in_flight) : 0;

		if (n > 0)
			sample(b, "customerapi_quota_in_flight", e, NULL, n);
	}
}

static void
metric_waiting(struct buf *b)
{
	buf_adds(b,
	    "# HELP customerapi_quota_waiting_bytes Bytes waiting to be processed, at most; "
	    "counted up until the database is asked.\n"
	    "# TYPE customerapi_quota_waiting_bytes gauge\n");
	for (size_t i = 0; i < QUOTA_SENDERS; i++) {
		struct quota_entry *e = &quota_table->entries[i];

		if (e->named && e->waiting > 0)
			sample(b, "customerapi_quota_waiting_bytes", e, NULL, e->waiting);
	}
}

static void
metric_refused(struct buf *b)
{
	buf_adds(b,
	    "# HELP customerapi_quota_refused_total Requests that this pool refused since it "
	    "began.\n# TYPE customerapi_quota_refused_total counter\n");
	for (size_t i = 0; i < QUOTA_SENDERS; i++) {
		struct quota_entry *e = &quota_table->entries[i];

		for (int q = 1; q < STORE_QUOTAS; q++)
			if (e->named && e->refused[q] > 0)
				sample(b, "customerapi_quota_refused_total", e, store_quota_name(q),
				    (int64_t)e->refused[q]);
	}
}

void
quota_metrics(struct buf *b)
{
	if (quota_table == NULL)
		return;
	metric_in_flight(b);
	metric_waiting(b);
	metric_refused(b);
}

/* ------------------------------------------------------------------ rows of what was refused */

int
quota_unwritten(void)
{
	return quota_table != NULL && quota_table->unwritten;
}

/* The refusals taken out of an entry. They are put back if they cannot be written. */
struct taken {
	struct quota_entry *e;
	enum store_quota quota;
	uint32_t n;
};

static size_t
take_some(struct taken some[WRITE_MAX])
{
	size_t n = 0;

	quota_table->unwritten = 0;
	for (size_t i = 0; i < QUOTA_SENDERS; i++) {
		struct quota_entry *e = &quota_table->entries[i];

		for (int q = 1; q < STORE_QUOTAS; q++) {
			if (e->unwritten[q] == 0)
				continue;
			if (n == WRITE_MAX) {
				quota_table->unwritten = 1;
				return n;
			}
			some[n++] = (struct taken){ e, (enum store_quota)q,
				atomic_exchange(&e->unwritten[q], 0) };
		}
	}
	return n;
}

struct some {
	const struct taken *list;
	size_t n;
};

static int
write_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	const struct some *some = arg;
	usec_t now;
	int rc = db_now(db, &now, err);

	(void)a;
	for (size_t i = 0; i < some->n && rc == 0; i++) {
		const struct quota_entry *e = some->list[i].e;

		rc = store_quota_add(db, quota_alias_id(e), quota_source_id(e),
		    some->list[i].quota, some->list[i].n, now, err);
	}
	return rc;
}

static int
write_some(struct request_thread *thread, const struct taken *list, size_t n, struct err *err)
{
	struct request r = { .thread = thread };
	struct some some = { .list = list, .n = n };
	struct db *db;
	int rc = request_db(&r, &db, err);

	if (rc == 0)
		rc = db_transact(db, write_work, &some, err);
	connections_give_back(thread);
	return rc;
}

void
quota_write(struct request_thread *thread)
{
	const int64_t now = clock_monotonic_us();
	struct taken some[WRITE_MAX];
	struct err err = { 0 };
	int64_t due;
	size_t n;

	if (!quota_unwritten() || now < (due = quota_table->write_at))
		return;
	if (!atomic_compare_exchange_strong(
		&quota_table->write_at, &due, now + WRITE_EVERY_S * USEC_SEC))
		return;
	n = take_some(some);
	if (write_some(thread, some, n, &err) == 0 || err.code == ERR_DB_UNCERTAIN)
		return;
	for (size_t i = 0; i < n; i++)
		some[i].e->unwritten[some[i].quota] += some[i].n;
	quota_table->unwritten = 1;
	quota_table->write_at = now + WRITE_AGAIN_S * USEC_SEC;
	log_event(LOG_LEVEL_WARNING, "quota", "detail", err.detail, "inside", err.inside, NULL);
}
