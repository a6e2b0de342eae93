#include "config.h"

#include "process/connector/shop_run.h"

#include <inttypes.h>
#include <pthread.h>
#include <string.h>

#include "lib/conf.h"
#include "lib/crash.h"
#include "lib/format/json.h"
#include "lib/secret.h"
#include "lib/text.h"
#include "store/db.h"
#include "store/db_transact.h"

/* ------------------------------------------------------------------ beginning */

static void
say_wait(void *arg, const char *why, int64_t ms)
{
	run_log(arg, "%s It is tried again in %.1f s.", why, (double)ms / 1000);
}

/* The worker's number, and what shop it is. */
static int
take_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	struct shop_run *s = arg;
	const struct connection *c = &s->connection;
	const char *about = arena_printf(a, "%" PRId64 " %" PRId64 " %s", c->connection_id,
	    c->common->source_id.value, c->common->address.value);
	int rc = db_now(db, &s->now, err);

	if (rc < 0 || s->run->dry_run)
		return rc;
	return store_cursor_take(db, c->name, s->worker, about, err);
}

int
shop_run_begin(struct shop_run *s, const char *connection, const char *kinds, struct err *err)
{
	int rc = shop_connection_open(
	    s->run, connection, kinds, &s->connection, &s->about, err);

	if (rc < 0)
		return rc;
	s->has_begun = 1;
	secret_random(s->worker, sizeof s->worker);
	s->fetch = (struct shop_fetch){ .connection = &s->connection, .is_final = s->is_final,
		.waits = say_wait, .arg = s->run };
	s->feed = (struct feed){ .db = s->run->db, .key_file = s->run->conf->key_file,
		.dry_run = s->run->dry_run, .says = s->platform,
		.seen = shop_connection_message(s->run, &s->about, s->platform),
		.limits = limits_any(&s->about.limits) ? &s->about.limits : NULL };
	return db_transact(s->run->db, take_work, s, err);
}

/* ------------------------------------------------------------------ writing */

/* What a chunk notes. */
struct noting {
	struct shop_run *s;
	const struct store_cursor *at;	/* NULL = nothing but that the run goes on */
	size_t n;			/* noted when so many records are done */
};

static int
checkpoint(struct db *db, const struct feed_counts *counts, size_t n, void *arg, struct err *err)
{
	const struct noting *g = arg;

	(void)counts;
	if (g->at == NULL || n < g->n)
		return store_cursor_hold(db, g->s->connection.name, g->s->worker, err);
	return store_cursor_set(db, g->at, g->s->worker, err);
}

int
shop_run_write(struct shop_run *s, struct feed_record *records, size_t n,
    const struct store_cursor *at, struct err *err)
{
	struct noting g = { .s = s, .at = at, .n = n };

	s->feed.checkpoint = checkpoint;
	s->feed.arg = &g;
	return feed_write(&s->feed, records, n, err);
}

static int
note_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	const struct noting *g = arg;

	(void)a;
	return store_cursor_set(db, g->at, g->s->worker, err);
}

int
shop_run_note(struct shop_run *s, const struct store_cursor *at, struct err *err)
{
	struct noting g = { .s = s, .at = at };

	return s->run->dry_run ? 0 : db_transact(s->run->db, note_work, &g, err);
}

/* ------------------------------------------------------------------ what is told of records */

static const char *
name_of(const struct shop_pass *p, struct arena *a, struct json_object *record)
{
	const char *id;

	if (p->name != NULL)
		return p->name(a, record);
	id = json_text(record, "id");
	return arena_printf(a, "%s %.40s", p->resource, id == NULL ? "(without id)" : id);
}

static void
tell_refused(struct shop_run *s, const struct shop_pass *p, struct arena *a,
    const struct feed_record *r)
{
	if (r->rc >= 0 || s->told++ >= SHOP_RUN_REASONS)
		return;
	run_log(s->run, "%s is refused: %s", name_of(p, a, r->payload), r->reason);
}

/* What the shop lists, and is not stored so. */
static void
tell_difference(struct shop_run *s, const struct shop_pass *p, struct arena *a,
    const struct feed_record *r)
{
	int is_new = 0, differs = 0;

	for (size_t i = 0; i < r->nrows; i++) {
		const enum entity_fate fate = r->rows[i].fate;

		is_new |= r->rows[i].entity == (size_t)p->compare + 1 && fate == ENTITY_INSERTED;
		differs |= fate == ENTITY_INSERTED || fate == ENTITY_UPDATED;
	}
	if (r->rc < 0 || !differs)
		return;
	s->missing += is_new;
	s->different += !is_new;
	if (s->missing + s->different <= SHOP_RUN_DIFFERENCES)
		run_log(s->run, "%s %s.", name_of(p, a, r->payload),
		    is_new ? "was missing" : "was different");
}

static void
tell(struct shop_run *s, const struct shop_pass *p, struct arena *a, const struct feed_record *r)
{
	tell_refused(s, p, a, r);
	if (p->compare_from != USEC_NONE)
		tell_difference(s, p, a, r);
}

/* How many there will be, by how far the ids have come. */
static int64_t
estimate(const struct shop_pass *p, int64_t id)
{
	if (p->last_id <= p->first_id || id <= p->first_id)
		return 0;
	return (int64_t)((double)p->read * (double)(p->last_id - p->first_id) /
	    (double)(id - p->first_id));
}

/* ------------------------------------------------------------------ a pass */

/* The pages' records, in chunks; the last one notes that the page is done. */
static int
write_page(struct shop_run *s, struct shop_pass *p, struct shop_page *page, struct err *err)
{
	const size_t n = json_count(page->records);
	struct store_cursor next = p->at;
	const int is_noted = p->compare_from == USEC_NONE;
	int rc = 0;

	next.pass_id = page->last_id;
	for (size_t i = 0; i < n && rc == 0; i += FEED_CHUNK_MAX) {
		const size_t some = n - i < FEED_CHUNK_MAX ? n - i : FEED_CHUNK_MAX;
		struct feed_record *r = arena_new(&page->arena, struct feed_record, some);
		const int is_end = i + some == n;

		for (size_t k = 0; k < some; k++)
			r[k] = (struct feed_record){ .map = p->map, .record = p->record,
				.payload = json_object_array_get_idx(page->records, i + k),
				.entity = p->entity, .about = USEC_NONE };
		rc = shop_run_write(s, r, some, is_noted && is_end ? &next : NULL, err);
		for (size_t k = 0; k < some && rc == 0; k++)
			tell(s, p, &page->arena, &r[k]);
	}
	if (rc == 0)
		p->at = next;
	p->read += (int64_t)n;
	run_progress(s->run, p->resource, p->read,
	    page->is_last ? p->read : estimate(p, page->last_id));
	return rc;
}

static void
empty_page(struct shop_page *page)
{
	json_object_put(page->records);
	page->records = NULL;
	arena_reset(&page->arena);
}

struct fetching {
	const struct shop_pass *p;
	struct shop_page *page;
};

static void *
fetch_page(void *arg)
{
	const struct fetching *f = arg;
	struct shop_page *page = f->page;

	err_clear(&page->err);
	page->records = NULL;
	page->is_last = 1;
	page->last_id = page->after_id;
	page->shop_now = USEC_NONE;
	page->rc = f->p->fetch(f->p->arg, page, &page->err);
	if (page->rc == 0 && !page->is_last && page->last_id <= page->after_id)
		page->rc = err_set(&page->err, ERR_PERMANENT, "The shop lists %s with the id %"
		    PRId64 " again and again, though higher ids were asked for.", f->p->resource,
		    page->last_id);
	return NULL;
}

/* Writes a page while the one behind it is fetched. */
static int
write_and_fetch(struct shop_run *s, struct shop_pass *p, struct shop_page *now,
    struct shop_page *next, struct err *err)
{
	struct fetching f = { .p = p, .page = next };
	const int has_next = !now->is_last;
	pthread_t thread;
	int has_thread, rc;

	next->from = now->from;
	next->until = now->until;
	next->after_id = now->last_id;
	has_thread = has_next && pthread_create(&thread, NULL, fetch_page, &f) == 0;
	rc = write_page(s, p, now, err);
	if (rc < 0)
		shop_fetch_stop(&s->fetch);
	if (has_thread)
		pthread_join(thread, NULL);
	else if (has_next && rc == 0)
		fetch_page(&f);
	if (rc < 0 || !has_next || next->rc == 0)
		return rc;
	*err = next->err;
	return next->rc;
}

static usec_t
from_of(const struct shop_pass *p)
{
	const usec_t seen = p->at.seen_at;

	if (p->is_whole)
		return USEC_NONE;
	if (seen == USEC_NONE)
		return p->since;
	if (p->since != USEC_NONE && p->since < seen)
		return p->since;
	return seen - SHOP_RUN_OVERLAP_S * USEC_SEC;
}

/* A pass that was ended reads all that this one should. */
static int
is_same_pass(const struct shop_pass *p)
{
	const usec_t from = from_of(p);

	if (p->at.pass_from == USEC_NONE)
		return 1;
	return from != USEC_NONE && p->at.pass_from <= from;
}

/* From where on it reads; 1 = it goes on with a pass that was ended. */
static int
open_pass(struct shop_run *s, struct shop_pass *p, struct shop_page *page, struct err *err)
{
	int rc;

	p->at = (struct store_cursor){ .connection = s->connection.name, .resource = p->resource,
		.scope = p->scope };
	page->until = s->now;
	if (p->compare_from != USEC_NONE) {
		s->has_compared = 1;
		page->from = p->compare_from;
		return 0;
	}
	if ((rc = store_cursor_get(s->run->db, &p->at, err)) < 0)
		return rc;
	rc = p->at.pass_at != USEC_NONE;
	if (!rc || !is_same_pass(p)) {
		p->at.pass_from = from_of(p);
		p->at.pass_id = 0;
		rc = 0;
	}
	page->from = p->at.pass_from;
	page->after_id = p->at.pass_id;
	if (rc)
		run_log(s->run, "%s: goes on behind id %" PRId64 ", where a run was ended.",
		    p->resource, p->at.pass_id);
	return rc;
}

/* The pass began when the shop said so, and no later than now. */
static void
begin_pass(const struct shop_run *s, struct shop_pass *p, const struct shop_page *page)
{
	p->at.pass_at = page->shop_now != USEC_NONE && page->shop_now < s->now ? page->shop_now :
	    s->now;
}

static int
close_pass(struct shop_run *s, struct shop_pass *p, struct err *err)
{
	run_log(s->run, "%s: %" PRId64 " read.", p->resource, p->read);
	if (p->compare_from != USEC_NONE)
		return 0;
	p->at.seen_at = p->at.pass_at;
	p->at.pass_at = p->at.pass_from = USEC_NONE;
	p->at.pass_id = 0;
	return shop_run_note(s, &p->at, err);
}

static int
read_pages(struct shop_run *s, struct shop_pass *p, struct shop_page page[2], struct err *err)
{
	struct fetching f = { .p = p, .page = &page[0] };
	size_t i = 0;
	int is_last, rc = open_pass(s, p, &page[0], err);
	const int goes_on = rc;

	if (rc < 0)
		return rc;
	p->first_id = page[0].after_id;
	fetch_page(&f);
	if ((rc = page[0].rc) < 0) {
		*err = page[0].err;
		return rc;
	}
	if (!goes_on)
		begin_pass(s, p, &page[0]);
	if (!page[0].is_last && p->ahead != NULL &&
	    (rc = p->ahead(p->arg, &page[0], &p->last_id, err)) < 0)
		return rc;
	do {
		is_last = page[i].is_last;
		rc = write_and_fetch(s, p, &page[i], &page[1 - i], err);
		empty_page(&page[i]);
		i = 1 - i;
		crash_point("shop-page");
	} while (rc == 0 && !is_last);
	return rc < 0 ? rc : close_pass(s, p, err);
}

int
shop_run_pass(struct shop_run *s, struct shop_pass *p, struct err *err)
{
	struct shop_page page[2] = { { .from = USEC_NONE }, { .from = USEC_NONE } };
	int rc;

	run_progress(s->run, p->resource, 0, 0);
	rc = read_pages(s, p, page, err);
	for (size_t i = 0; i < 2; i++) {
		empty_page(&page[i]);
		arena_done(&page[i].arena);
	}
	return rc;
}

/* ------------------------------------------------------------------ the end */

/* So much that was refused means that the shop was not understood. */
static int
judge(const struct shop_run *s, struct err *err)
{
	const struct feed_counts *c = &s->feed.counts;

	if (c->refused * 100 <= c->read * s->rejected_percent)
		return 0;
	return err_set(err, ERR_PERMANENT, "%" PRId64 " of %" PRId64 " records were refused, more "
	    "than %d %%. What was taken stays; the log has the first reasons.", c->refused,
	    c->read, s->rejected_percent);
}

int
shop_run_end(struct shop_run *s, int rc, struct err *err)
{
	if (!s->has_begun)
		return rc;
	feed_report(&s->feed.counts, &s->run->out);
	if (s->has_compared) {
		run_result_int(s->run, "Missing", s->missing);
		run_result_int(s->run, "Different", s->different);
	}
	run_result_int(s->run, "Requests", s->fetch.requests);
	run_result_int(s->run, "RequestsAgain", s->fetch.again);
	if (s->told > SHOP_RUN_REASONS)
		run_log(s->run, "%d more are refused.", s->told - SHOP_RUN_REASONS);
	if (rc == 0)
		rc = judge(s, err);
	shop_connection_used(s->run, &s->about, rc < 0 ? err->detail : "");
	shop_fetch_done(&s->fetch);
	feed_done(&s->feed);
	return rc;
}
