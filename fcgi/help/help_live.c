#include "config.h"

#include <string.h>

#include "fcgi/access/auth.h"
#include "fcgi/api/ctl_schedule.h"
#include "fcgi/api/sample.h"
#include "fcgi/help/help.h"
#include "fcgi/help/page.h"
#include "fcgi/masking.h"
#include "fcgi/request.h"
#include "fcgi/seen.h"
#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/unpack.h"
#include "lib/text.h"
#include "model/process.h"
#include "model/state.h"
#include "store/registry/store_seen.h"
#include "store/registry/store_session.h"
#include "store/schedule/store_run.h"
#include "store/schedule/store_schedule.h"

#define MASKED \
	"Names of members are shown as they came. Letters and digits of their values are masked."

enum { DELIVERIES = 5, RUNS = 5, ALL_DELIVERIES = 160, SCHEDULES_SEEN = 50 };

static int
may(const struct page *p, unsigned right)
{
	return p->session != NULL && (p->session->rights & right) != 0;
}

static void
add_time(struct page *p, usec_t t)
{
	char text[32] = "";

	if (t != USEC_NONE)
		clock_iso8601(t, text);
	page_addf(p, "<td>%s</td>", text);
}

/* ------------------------------------------------------------------ values for samples */

static const char *
number(struct page *p, long long n)
{
	return n == 0 ? NULL : arena_printf(p->b->arena, "%lld", n);
}

static const char *
last_receipt(struct page *p, struct db *db)
{
	struct store_delivery *rows;
	struct err ignored = { 0 };
	size_t n;

	if (!may(p, STORE_RIGHT_WEBHOOK) ||
	    store_session_deliveries(
		db, p->b->arena, p->session->alias_id, 1, &rows, &n, &ignored) < 0 ||
	    n == 0)
		return NULL;
	return rows[0].receipt;
}

static int
has_followers(const struct store_schedule *rows, size_t n, int64_t schedule_id)
{
	for (size_t i = 0; i < n; i++)
		if (rows[i].after_id == schedule_id)
			return 1;
	return 0;
}

/* A schedule after which no other one runs, as far as can be seen. So the sample can delete it. */
static const char *
first_schedule(struct page *p, struct db *db)
{
	const struct store_schedule_filter f = { .tenant_id = p->session->alias_id,
		.limit = SCHEDULES_SEEN };
	struct store_schedule *rows;
	struct err ignored = { 0 };
	size_t n;

	if (!may(p, STORE_RIGHT_PROCESS) ||
	    store_schedule_list(db, p->b->arena, &f, &rows, &n, &ignored) < 0)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (!has_followers(rows, n, rows[i].schedule_id))
			return number(p, rows[i].schedule_id);
	return NULL;
}

static const char *
last_run(struct page *p, struct db *db)
{
	const struct store_run_filter f = { .tenant_id = p->session->alias_id, .limit = 1 };
	struct store_run *rows;
	struct err ignored = { 0 };
	size_t n;

	if (!may(p, STORE_RIGHT_PROCESS) ||
	    store_run_list(db, p->b->arena, &f, &rows, &n, &ignored) < 0 || n == 0)
		return NULL;
	return number(p, rows[0].run_id);
}

const struct sample_value *
help_live_values(struct page *p)
{
	struct sample_value *v = arena_new(p->b->arena, struct sample_value, 6);
	struct err ignored = { 0 };
	struct db *db;

	if (p->session == NULL || request_db(p->r, &db, &ignored) < 0)
		return NULL;
	v[0] = (struct sample_value){ "CustomerName", p->session->customer };
	v[1] = (struct sample_value){ "DatabaseAlias", p->session->alias };
	v[2] = (struct sample_value){ "Receipt", last_receipt(p, db) };
	v[3] = (struct sample_value){ "ScheduleId", first_schedule(p, db) };
	v[4] = (struct sample_value){ "RunId", last_run(p, db) };
	return v;
}

/* ------------------------------------------------------------------ deliveries */

static void
add_deliveries(struct page *p, const struct store_delivery *rows, size_t n)
{
	page_table_begin(p, "Last deliveries", "Received|Action|What|State|Receipt");
	for (size_t i = 0; i < n && i < DELIVERIES; i++) {
		page_addf(p, "<tr>");
		add_time(p, rows[i].received_at);
		page_addf(p,
		    "<td>%s</td><td>%s/%s/%s</td><td>%s</td><td><code>%s</code></td></tr>\n",
		    rows[i].kind, rows[i].platform, rows[i].entity, rows[i].action, rows[i].state,
		    rows[i].receipt);
	}
	page_table_end(p);
}

static void
add_last_error(struct page *p, const struct store_delivery *rows, size_t n)
{
	char when[32];

	for (size_t i = 0; i < n; i++)
		if (*rows[i].reason_class != '\0') {
			clock_iso8601(rows[i].received_at, when);
			page_addf(p,
			    "<p><strong>Last error</strong> (%s, delivery of %s, <code>%s</code>): "
			    "%s</p>\n",
			    rows[i].state, when, rows[i].receipt, rows[i].reason);
			return;
		}
	page_addf(p, "<p>None of the deliveries that are still known had an error.</p>\n");
}

static void
add_text(struct page *p, const struct store_session_body *body)
{
	const size_t most = STORE_SESSION_BODY_MAX;
	struct arena *a = p->b->arena;
	struct err why = { 0 };
	const char *text;
	size_t n;

	if (unpack_kept(a, body->headers, body->body, body->bytes, most, &text, &n, &why) < 0)
		page_addf(p, "<p>It cannot be shown here. %s</p>\n", why.detail);
	else
		page_add_block(p, "payload", "Last payload, masked", masking_payload(a, text, n));
}

static int
add_payload(struct page *p, struct db *db, const struct store_delivery *last, struct err *err)
{
	struct store_session_body body;
	int rc = store_session_body(
	    db, p->b->arena, p->session->alias_id, last->receipt, &body, err);

	if (rc < 0)
		return rc;
	page_addf(p, "<h3>Last payload</h3>\n");
	if (body.body == NULL)
		page_addf(p, "<p>It had none, or it is no longer kept.</p>\n");
	else if (body.bytes > STORE_SESSION_BODY_MAX)
		page_addf(p, "<p>It is too long to be shown here: %lld bytes.</p>\n",
		    (long long)body.bytes);
	else
		add_text(p, &body);
	page_addf(p, "<p class=\"note\">" MASKED "</p>\n");
	return 0;
}

static int
live_deliveries(struct page *p, struct db *db, struct err *err)
{
	struct store_delivery *rows;
	size_t n;
	int rc = store_session_deliveries(
	    db, p->b->arena, p->session->alias_id, ALL_DELIVERIES, &rows, &n, err);

	if (rc < 0)
		return rc;
	if (n == 0) {
		page_addf(p, "<p>Nothing was received yet.</p>\n");
		return 0;
	}
	add_deliveries(p, rows, n);
	add_last_error(p, rows, n);
	return add_payload(p, db, &rows[0], err);
}

/* ------------------------------------------------------------------ runs */

static int
live_runs(struct page *p, struct db *db, const char *process, struct err *err)
{
	const struct store_run_filter f = {
		.tenant_id = p->session->alias_id, .process = process, .limit = RUNS
	};
	struct store_run *runs;
	size_t n;
	int rc = store_run_list(db, p->b->arena, &f, &runs, &n, err);

	if (rc < 0)
		return rc;
	if (n == 0) {
		page_addf(p, "<p>Nothing ran yet.</p>\n");
		return 0;
	}
	page_table_begin(p, "Last runs", "Run|Process|State|Due|Started|Ended|Reason");
	for (size_t i = 0; i < n; i++) {
		page_addf(p, "<tr><th scope=\"row\">%lld</th><td>%s</td><td>%s</td>",
		    (long long)runs[i].run_id, runs[i].process,
		    state_name(states_of_run, runs[i].state));
		add_time(p, runs[i].due_at);
		add_time(p, runs[i].started_at);
		add_time(p, runs[i].ended_at);
		page_addf(p, "<td>%s</td></tr>\n", runs[i].reason);
	}
	page_table_end(p);
	return 0;
}

/* ------------------------------------------------------------------ what it last answered */

static int
live_answers(struct page *p, struct db *db, const struct action *action, struct err *err)
{
	struct store_seen *seen;
	char when[32];
	int rc = store_seen_find(
	    db, p->b->arena, p->session->alias_id, seen_name(p->b->arena, action), &seen, err);

	if (rc < 0)
		return rc;
	if (seen == NULL) {
		page_addf(p, "<p>This action was not asked for yet.</p>\n");
		return 0;
	}
	clock_iso8601(seen->last_at, when);
	page_addf(p, "<p><strong>Last request</strong>: %s, answered %lld.</p>\n", when,
	    (long long)seen->last_status);
	if (seen->error_at != USEC_NONE) {
		clock_iso8601(seen->error_at, when);
		page_addf(p, "<p><strong>Last refused</strong>: %s, answered %lld (%s).</p>\n",
		    when, (long long)seen->error_status, seen->error);
	}
	if (seen->payload != NULL) {
		page_addf(p, "<h3>Last payload</h3>\n");
		page_add_block(p, "payload", "Last payload, masked", seen->payload);
		page_addf(p, "<p class=\"note\">" MASKED "</p>\n");
	}
	return 0;
}

/* ------------------------------------------------------------------ all */

void
help_live(struct page *p, const struct action *action)
{
	const struct schedule_subject *subject = ctl_schedule_subject(action);
	struct err err = { 0 };
	struct db *db;
	int rc;

	if (action->access == ACCESS_PUBLIC || !may(p, auth_right(action)))
		return;
	page_addf(p, "<section>\n<h2 id=\"live\">%s/%s at the moment</h2>\n", p->session->customer,
	    p->session->alias);
	if ((rc = request_db(p->r, &db, &err)) == 0)
		rc = live_answers(p, db, action, &err);
	if (rc == 0 && strcmp(action->area, "intake") == 0)
		rc = live_deliveries(p, db, &err);
	if (rc == 0 && strcmp(action->area, "process") == 0)
		rc = live_runs(p, db, subject == NULL ? NULL : subject->kind->name, &err);
	if (rc < 0)
		page_addf(p, "<p class=\"fault\">%s</p>\n", err_sentence(rc));
	page_addf(p, "</section>\n");
}
