#include "config.h"

#include "privacy/person_erase.h"

#include <inttypes.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/writer.h"
#include "lib/secret.h"
#include "lib/set.h"
#include "lib/text.h"
#include "model/state.h"
#include "privacy/erasure.h"
#include "privacy/erasure_source.h"
#include "privacy/erasure_trace.h"
#include "privacy/person.h"
#include "privacy/person_rows.h"
#include "privacy/person_trace.h"
#include "store/db.h"
#include "store/entity/erased.h"
#include "store/registry/store_privacy.h"

enum { WALKS_MAX = 8 };

void
person_subject_hash(
    const struct person_job *j, const char *kind, const char *text, unsigned char out[32])
{
	struct entity_guard g = { .as_of = 0 };

	entity_erased_key(&g, j->box, j->tenant_id);
	entity_erased_hash_text(&g, kind, text, out);
}

char *
person_erase_json(struct arena *a, const struct person_erase_counts *c)
{
	struct writer w;
	struct buf b;

	buf_init(&b, a);
	writer_init(&w, &b);
	writer_object(&w);
	writer_put_int(&w, "RowsDeleted", c->rows.deleted);
	writer_put_int(&w, "RowsKept", c->rows.kept);
	writer_put_int(&w, "Messages", c->messages);
	writer_put_int(&w, "MessagesCancelled", c->cancelled);
	writer_put_int(&w, "Mails", c->mails);
	writer_put_int(&w, "Recipients", c->recipients);
	writer_put_int(&w, "Runs", c->runs);
	writer_put_int(&w, "MessagesLeft", c->left);
	writer_end(&w);
	return b.data;
}

/* ------------------------------------------------------------------ a person */

static int
person_begin(struct erasure *e, struct err *err)
{
	const struct store_privacy *q = e->request;
	int rc;

	e->only_source = q->kind == REQUEST_REDACT ? q->source_id : 0;
	if ((rc = person_open(
		 &e->person, e->job->box, e->job->tenant_id, q->sealed, q->sealed_bytes, err)) < 0)
		return rc;
	if (q->kind == REQUEST_REDACT && q->erased_at == USEC_NONE &&
	    (rc = person_find_in_source(&e->person, e->job->tenant, q->source_id, err)) < 0)
		return rc;
	erasure_say(e, "rows", 0, 0);
	return erasure_hashes(e, err);
}

static int
person_middle(struct erasure *e, struct err *err)
{
	int rc;

	if ((rc = erasure_late(e, err)) < 0 ||
	    (rc = erasure_transaction(e->job->tenant, erasure_rows, e, NULL, err)) < 0 ||
	    (rc = db_now(e->job->registry, &e->rows_at, err)) < 0)
		return rc;
	return erasure_trace_init(e, err);
}

/* ------------------------------------------------------------------ all of it */

/* Some that are ended together. */
struct group {
	const struct person_job *job;
	struct erasure *list;
	size_t n;
	struct set contacts;		/* of all, each with the Source that it is about */
};

static int
is_whole_source(const struct erasure *e)
{
	return e->request->kind == REQUEST_SHOP_REDACT;
}

static int
step_begin(struct erasure *e, struct err *err)
{
	return is_whole_source(e) ? erasure_source_begin(e, err) : person_begin(e, err);
}

static int
step_rows(struct erasure *e, struct err *err)
{
	return is_whole_source(e) ? erasure_source_rows(e, err) : person_middle(e, err);
}

static int
step_end(struct erasure *e, struct err *err)
{
	usec_t now;
	int rc;

	/* What a process that knows no hashes copied of the contact in the meantime. */
	if ((rc = erasure_runs(e, err)) < 0 ||
	    (rc = erasure_transaction(e->job->tenant,
		 is_whole_source(e) ? erasure_source_sweep : erasure_rows, e, NULL, err)) < 0 ||
	    (rc = db_now(e->job->registry, &now, err)) < 0)
		return rc;
	return store_privacy_done(e->job->registry, e->one->privacy_id, now,
	    person_erase_json(&e->arena, e->counts), err);
}

/* A step of each that no step before has failed. */
static void
step(struct group *g, int (*work)(struct erasure *e, struct err *err))
{
	for (size_t i = 0; i < g->n; i++)
		if (g->list[i].one->rc == 0)
			g->list[i].one->rc = work(&g->list[i], &g->list[i].one->err);
}

/* What stopped all of them. */
static void
fail(struct group *g, const struct err *err)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->list[i].one->rc == 0) {
			g->list[i].one->rc = err->code;
			g->list[i].one->err = *err;
		}
}

/* Those that are not traced yet. */
static size_t
group_traces(const struct group *g, const struct person_trace **traces)
{
	size_t n = 0;

	for (size_t i = 0; i < g->n; i++)
		if (g->list[i].one->rc == 0 && !g->list[i].traced) {
			g->list[i].counts->left = 0;
			traces[n++] = &g->list[i].trace;
		}
	return n;
}

static void
step_traces(struct group *g)
{
	const struct person_trace *traces[PERSON_ERASE_TOGETHER];
	struct err err = { 0 };
	size_t n;

	for (int i = 0; i < WALKS_MAX && (n = group_traces(g, traces)) > 0; i++) {
		usec_t begun;

		if (person_trace_walk(traces, n, &err) < 0) {
			fail(g, &err);
			return;
		}
		begun = clock_monotonic_us();
		for (size_t k = 0; k < g->n; k++) {
			struct erasure *e = &g->list[k];

			e->traced |= e->nheld == 0;
			if (e->one->rc == 0)
				e->one->rc = erasure_trace_wait(e, begun, &e->one->err);
		}
	}
	for (size_t k = 0; k < g->n; k++)
		if (g->list[k].one->rc == 0 && !g->list[k].traced)
			g->list[k].one->rc = err_set(&g->list[k].one->err, ERR_TRANSIENT,
			    "Messages about this person are still being processed; run it again.");
}

static void
group_run(struct group *g)
{
	struct err err = { 0 };

	if (g->n > 0 && erasure_wait(&g->list[0], &err) < 0)
		fail(g, &err);
	step(g, step_rows);
	step_traces(g);
	step(g, step_end);
}

/* 0, or why the request cannot be ended. */
static int
erasure_open(struct erasure *e, const struct person_job *j, struct person_erase_one *one)
{
	struct store_privacy *request;
	int rc;

	*e = (struct erasure){ .job = j, .one = one, .counts = &one->counts };
	one->counts = (struct person_erase_counts){ 0 };
	person_init(&e->person, &e->arena);
	if ((rc = store_privacy_find(
		 j->registry, &e->arena, one->privacy_id, j->tenant_id, &request, &one->err)) < 0)
		return rc;
	if (request == NULL || request->state != STATE_REQUEST_OPEN ||
	    request->kind > REQUEST_SHOP_REDACT)
		return err_set(&one->err, ERR_NOT_FOUND,
		    "The tenant has no open erasure %" PRId64 ".", one->privacy_id);
	e->request = request;
	entity_erased_key(&e->guard, j->box, j->tenant_id);
	return 0;
}

static void
erasure_close(struct erasure *e)
{
	explicit_bzero(&e->guard, sizeof e->guard);
	arena_done(&e->arena);
}

/* 1 when another erasure of the group takes other rows of the same contact. It must end first: only
 * then is it known what is left for this one. */
static int
is_apart(const struct group *g, const struct erasure *e)
{
	size_t source;

	for (size_t i = 0; i < e->person.ncontacts; i++)
		if (set_find(&g->contacts, &e->person.contacts[i], sizeof *e->person.contacts,
			&source) &&
		    source != (size_t)e->only_source)
			return 1;
	return 0;
}

/* Begins one and, when it can be ended together with the others, takes it into the group. */
static void
group_take(struct group *g, struct person_erase_one *one)
{
	struct erasure *e = &g->list[g->n];

	one->rc = erasure_open(e, g->job, one);
	if (one->rc < 0 || (g->n > 0 && is_whole_source(e))) {
		erasure_close(e);
		return;
	}
	one->rc = step_begin(e, &one->err);
	if (one->rc < 0 || is_apart(g, e)) {
		erasure_close(e);
		return;
	}
	one->taken = 1;
	for (size_t i = 0; i < e->person.ncontacts; i++)
		set_add(&g->contacts, &e->person.contacts[i], sizeof *e->person.contacts,
		    (size_t)e->only_source, NULL);
	g->n++;
}

/* The first of them that can be ended together. */
static void
erase_some(const struct person_job *j, struct person_erase_one *all, size_t n, struct erasure *list)
{
	struct group g = { .job = j, .list = list };
	struct arena a = { 0 };

	set_init(&g.contacts, &a);
	for (size_t i = 0; i < n && g.n < PERSON_ERASE_TOGETHER; i++) {
		if (g.n > 0 && is_whole_source(&list[0]))
			break;
		if (!all[i].taken && all[i].rc == 0)
			group_take(&g, &all[i]);
	}
	group_run(&g);
	for (size_t i = 0; i < g.n; i++)
		erasure_close(&list[i]);
	arena_done(&a);
}

static int
any_left(const struct person_erase_one *all, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!all[i].taken && all[i].rc == 0)
			return 1;
	return 0;
}

int
person_erase_all(
    const struct person_job *j, struct person_erase_one *all, size_t n, struct err *err)
{
	struct arena a = { 0 };
	struct erasure *list = arena_new(
	    &a, struct erasure, n < PERSON_ERASE_TOGETHER ? n + 1 : PERSON_ERASE_TOGETHER);

	for (size_t i = 0; i < n; i++)
		all[i] = (struct person_erase_one){ .privacy_id = all[i].privacy_id };
	while (any_left(all, n))
		erase_some(j, all, n, list);
	arena_done(&a);
	for (size_t i = 0; i < n; i++)
		if (all[i].rc < 0) {
			*err = all[i].err;
			return all[i].rc;
		}
	return 0;
}

int
person_erase(const struct person_job *j, int64_t privacy_id, struct person_erase_counts *counts,
    struct err *err)
{
	struct person_erase_one one = { .privacy_id = privacy_id };
	int rc = person_erase_all(j, &one, 1, err);

	*counts = one.counts;
	return rc;
}

int
person_erase_count(const struct person_job *j, struct person *p, struct person_erase_counts *counts,
    struct err *err)
{
	static const struct store_privacy none = { .erased_at = USEC_NONE };
	struct erasure e = { .job = j,
		.counts = counts,
		.count_only = 1,
		.erased_at = USEC_NONE,
		.rows_at = USEC_NONE,
		.request = &none,
		.person = *p };
	struct entity_rows rows;
	struct arena a = { 0 };
	int rc;

	*counts = (struct person_erase_counts){ 0 };
	if ((rc = person_collect(j->tenant, &e.person, 0, 0, &rows, &a, err)) == 0) {
		rc = erasure_beside(&e, &rows, &counts->rows.deleted, err);
		for (size_t i = 0; i < rows.n; i++)
			*(entity_is_kept(rows.of[i].e) ?
				&counts->rows.kept :
				&counts->rows.deleted) += (int64_t)rows.of[i].n;
		if (rc == 0 && (rc = erasure_trace_init(&e, err)) == 0)
			rc = person_trace_walk(&(const struct person_trace *){ &e.trace }, 1, err);
	}
	arena_done(&a);
	return rc;
}
