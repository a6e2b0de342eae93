#include "config.h"

#include "process/feed.h"

#include <inttypes.h>
#include <string.h>

#include "lib/crash.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/remark.h"
#include "lib/secret.h"
#include "lib/text.h"
#include "model/change/consent.h"
#include "model/entity.h"
#include "store/change_batch.h"
#include "store/db.h"
#include "store/db_transact.h"
#include "store/known/reference_cache.h"

/* A record on its way through its mapping. */
struct feeding {
	struct change_item item;
	struct feed *f;
	struct feed_record *record;
	struct platform_context ctx;
	struct platform_message seen;
	struct consent consent;
	struct entity_guard guard;
};

/* ------------------------------------------------------------------ a change item */

static struct feeding *
feeding_of(struct change_item *item)
{
	return (struct feeding *)(void *)item;
}

static void
forget(struct feeding *g)
{
	read_close(&g->ctx.in);
	json_object_put(g->ctx.made);
	g->ctx.made = NULL;
}

static int
map(struct change_item *item, struct err *err)
{
	struct feeding *g = feeding_of(item);

	forget(g);
	g->ctx = (struct platform_context){ .arena = &item->arena,
		.message = &g->seen,
		.payload = g->record->payload,
		.record = g->record->record,
		.known = item->known,
		.change = &item->change,
		.consent = &g->consent,
		.in = { .arena = &item->arena } };
	g->record->outcome = g->record->map(&g->ctx, err);
	if (g->record->outcome < 0)
		return g->record->outcome;
	return g->record->outcome == PLATFORM_DONE ? CHANGE_WRITE : CHANGE_NOTHING;
}

static void
conclude(struct change_item *item)
{
	struct feeding *g = feeding_of(item);

	if (g->ctx.conclude != NULL)
		g->record->outcome = g->ctx.conclude(&g->ctx, g->ctx.concluding);
}

/* Why a record was refused: all faults, or the sentence. */
static const char *
refusal(struct arena *a, const struct err *e)
{
	struct buf b;

	if (e->faults == NULL)
		return arena_strdup(a, e->detail[0] != '\0' ? e->detail : err_sentence(e->code));
	buf_init(&b, a);
	for (const struct err_fault *f = e->faults; f != NULL; f = f->next)
		buf_addf(&b, "%s%s %s", f == e->faults ? "" : " ", f->field, f->message);
	return b.data;
}

/* The key of the first row, when it is one of a single column. */
static const char *
first_key(struct arena *a, const struct change_item *item)
{
	const struct row *row = item->change.first;

	if (row == NULL)
		return "";
	if (row->key.kind == VAL_INT)
		return arena_printf(a, "%" PRId64, row->key.i);
	return row->key.kind == VAL_TEXT ? arena_strndup(a, row->key.s, row->key.n) : "";
}

/* The rows themselves are gone when the next wave runs. */
static void
note_rows(struct feeding *g)
{
	const struct change *c = &g->item.change;
	struct feed_row *rows;

	g->record->nrows = 0;
	if (g->item.rc != CHANGE_WRITE)
		return;
	g->record->rows = rows = arena_new(&g->f->arena, struct feed_row, c->n);
	for (const struct row *row = c->first; row != NULL; row = row->next)
		rows[g->record->nrows++] = (struct feed_row){
			.entity = (size_t)(row->entity - entities) + 1, .fate = row->fate
		};
}

static void
close_item(struct change_item *item)
{
	struct feeding *g = feeding_of(item);
	struct feed_record *r = g->record;
	struct arena *a = &g->f->arena;

	r->rc = item->rc < 0 ? item->rc : 0;
	r->remarks = remark_json(a, &g->ctx.in.remarks);
	r->reason = item->rc < 0 ? refusal(a, &item->err) : arena_strdup(a, g->ctx.reason);
	r->key = item->rc == CHANGE_WRITE ? first_key(a, item) : "";
	note_rows(g);
	read_close(&g->ctx.in);
}

/* ------------------------------------------------------------------ counts */

static void
count_row(struct feed_count *c, enum entity_fate fate)
{
	c->inserted += fate == ENTITY_INSERTED;
	c->updated += fate == ENTITY_UPDATED;
	c->unchanged += fate == ENTITY_UNCHANGED;
	c->superseded += fate == ENTITY_SUPERSEDED;
}

static size_t
count_list(const char *json)
{
	struct json_object *list = NULL;
	struct err ignored = { 0 };
	size_t n;

	if (json[0] == '\0' || json_parse(json, strlen(json), &list, &ignored) < 0)
		return 0;
	n = json_object_array_length(list);
	json_object_put(list);
	return n;
}

static void
count_record(struct feed_counts *c, const struct feeding *g)
{
	const struct feed_record *r = g->record;

	c->read++;
	c->refused += r->rc < 0;
	if (r->rc < 0)
		return;
	c->taken += r->outcome == PLATFORM_DONE;
	c->ignored += r->outcome == PLATFORM_IGNORED;
	c->superseded += r->outcome == PLATFORM_SUPERSEDED;
	c->remarks += (int64_t)count_list(r->remarks);
	for (size_t i = 0; i < r->nrows; i++)
		count_row(&c->of[r->rows[i].entity], r->rows[i].fate);
}

void
feed_report(const struct feed_counts *c, struct writer *w)
{
	writer_name(w, "Read"), writer_int(w, c->read);
	writer_name(w, "Taken"), writer_int(w, c->taken);
	writer_name(w, "Ignored"), writer_int(w, c->ignored);
	writer_name(w, "Superseded"), writer_int(w, c->superseded);
	writer_name(w, "Refused"), writer_int(w, c->refused);
	writer_name(w, "Remarks"), writer_int(w, c->remarks);
	writer_name(w, "Rows");
	writer_object(w);
	for (size_t i = 0; entities[i].name != NULL; i++) {
		const struct feed_count *of = &c->of[i + 1];

		if (of->inserted + of->updated + of->unchanged + of->superseded == 0)
			continue;
		writer_name(w, entities[i].name);
		writer_object_flat(w);
		writer_name(w, "Inserted"), writer_int(w, of->inserted);
		writer_name(w, "Updated"), writer_int(w, of->updated);
		writer_name(w, "Unchanged"), writer_int(w, of->unchanged);
		writer_name(w, "Superseded"), writer_int(w, of->superseded);
		writer_end(w);
	}
	writer_end(w);
}

void
feed_read(struct json_object *o, struct feed_counts *out)
{
	struct json_object *rows = json_at(o, "Rows"), *of;

	*out = (struct feed_counts){ .read = json_int(o, "Read", NULL),
		.taken = json_int(o, "Taken", NULL),
		.ignored = json_int(o, "Ignored", NULL),
		.superseded = json_int(o, "Superseded", NULL),
		.refused = json_int(o, "Refused", NULL),
		.remarks = json_int(o, "Remarks", NULL) };
	for (size_t i = 0; entities[i].name != NULL && rows != NULL; i++)
		if (json_object_object_get_ex(rows, entities[i].name, &of))
			out->of[i + 1] = (struct feed_count){
				.inserted = json_int(of, "Inserted", NULL),
				.updated = json_int(of, "Updated", NULL),
				.unchanged = json_int(of, "Unchanged", NULL),
				.superseded = json_int(of, "Superseded", NULL)
			};
}

/* ------------------------------------------------------------------ a chunk */

/* Records first to last - 1 of a chunk of n. */
struct part {
	struct feed *f;
	struct feeding *of;
	size_t first, last;
	struct feed_counts counts;	/* with this part */
};

/* Who was erased must not come back. */
static int
guard_begin(struct feed *f, struct db *db, struct err *err)
{
	struct secret_box box = { 0 };
	int erased, rc = reference_begin(db, &erased, err);

	if (rc < 0 || !erased || f->is_guarded)
		return rc;
	if ((rc = secret_box_load(&box, f->key_file, err)) == 0)
		entity_erased_key(&f->guard, &box, f->seen.tenant_id);
	f->is_guarded = rc == 0;
	explicit_bzero(&box, sizeof box);
	return rc;
}

static void
begin_item(struct feed *f, struct feeding *g, usec_t now)
{
	const struct feed_record *r = g->record;

	change_item_done(&g->item);
	g->guard = f->guard;
	g->guard.as_of = r->about != USEC_NONE ? r->about : now;
	g->seen = f->seen;
	g->seen.entity = r->entity;
	g->seen.received_at = now;
	g->consent = (struct consent){ .kind = CONSENT_MENTION,
		.source_id = f->seen.source_id,
		.at = g->guard.as_of,
		.latest = now,
		.text = f->says };
	g->item = (struct change_item){ .map = map,
		.conclude = conclude,
		.close = close_item,
		.consent = &g->consent,
		.limits = f->limits,
		.guard = f->is_guarded ? &g->guard : NULL };
}

static int
part_work(struct db *db, struct arena *a, void *arg, struct err *err)
{
	struct part *p = arg;
	struct feed *f = p->f;
	const size_t n = p->last - p->first;
	struct change_item **items = arena_new(a, struct change_item *, n);
	usec_t now;
	int rc;

	if ((rc = db_now(db, &now, err)) < 0 || (rc = guard_begin(f, db, err)) < 0)
		return rc;
	for (size_t i = 0; i < n; i++) {
		begin_item(f, &p->of[p->first + i], now);
		items[i] = &p->of[p->first + i].item;
	}
	rc = change_batch_run(
	    &(struct change_batch){ .db = db, .items = items, .n = n, .now = now }, err);
	if (rc < 0)
		return rc;
	p->counts = f->counts;
	for (size_t i = p->first; i < p->last; i++)
		count_record(&p->counts, &p->of[i]);
	crash_point("feed-written");
	if (f->checkpoint != NULL && !f->dry_run)
		rc = f->checkpoint(db, &p->counts, p->last, f->arg, err);
	return rc;
}

/* Together, else in halves, in the end each by itself. */
static int
run_part(struct feed *f, struct feeding *of, size_t first, size_t last, struct err *err)
{
	const struct db_manner manner = {
		.tries = last - first == 1 ? 3 : 1, .undo = f->dry_run
	};
	struct part p = { .f = f, .of = of, .first = first, .last = last };
	const size_t half = first + (last - first) / 2;
	int rc = db_transact_as(f->db, &manner, part_work, &p, err);

	if (rc >= 0) {
		f->counts = p.counts;
		if (f->committed != NULL && !f->dry_run)
			f->committed(last, f->arg);
		crash_point("feed-committed");
		return 0;
	}
	if (last - first == 1 || !db_is_conflict(rc))
		return rc;
	err_clear(err);
	rc = run_part(f, of, first, half, err);
	return rc < 0 ? rc : run_part(f, of, half, last, err);
}

int
feed_write(struct feed *f, struct feed_record *records, size_t n, struct err *err)
{
	struct feeding *of;
	int rc;

	arena_reset(&f->arena);
	of = arena_new(&f->arena, struct feeding, n);
	for (size_t i = 0; i < n; i++) {
		of[i].f = f;
		of[i].record = &records[i];
	}
	rc = n == 0 ? 0 : run_part(f, of, 0, n, err);
	for (size_t i = 0; i < n; i++) {
		change_item_done(&of[i].item);
		forget(&of[i]);
	}
	return rc;
}

void
feed_done(struct feed *f)
{
	arena_done(&f->arena);
}
