#include "config.h"

#include "store/change_batch.h"

#include <string.h>

#include "lib/limits.h"
#include "store/change_apply.h"
#include "store/change_order.h"
#include "store/db.h"
#include "store/known/known.h"

enum {
	ROUNDS_MAX = 16,		/* of questions and answers of a wave */
	TRIES_MAX = 4			/* of writing together; then in halves */
};

void
change_item_done(struct change_item *item)
{
	arena_done(&item->arena);
	arena_done(&item->marked);
	item->marks = NULL;
}

struct wave {
	const struct change_batch *b;
	struct arena arena;		/* of answers and of the order */
	struct known known;
	struct change_item **items;	/* of the wave, in the order of arrival */
	size_t n;
	struct change_item **written;	/* those of them that write */
	size_t nwritten;
	struct change_order *order;
};

/* ------------------------------------------------------------------ an item */

static void
settle(struct change_item *item, int rc)
{
	item->rc = rc;
	item->is_settled = 1;
}

/* 0 when the item can be mapped, or is settled; negative when nothing can stay. */
static int
item_open(struct change_item *item, struct err *err)
{
	int rc = 0;

	if (!item->has_begun && item->begin != NULL)
		rc = item->begin(item, &item->err);
	item->has_begun = 1;
	if (db_spoils(rc))
		return (*err = item->err).code;
	if (rc > 0) {
		settle(item, CHANGE_THERE);
		return 0;
	}
	if (rc == 0 && !item->is_open && item->open != NULL)
		rc = item->open(item, &item->err);
	item->is_open = 1;
	if (db_spoils(rc))
		return (*err = item->err).code;
	if (rc < 0)
		settle(item, rc);
	return 0;
}

static int
map(struct wave *w, struct change_item *item)
{
	arena_reset(&item->arena);
	err_clear(&item->err);
	item->known = &w->known;
	known_begin(&w->known, &item->asker);
	change_init(&item->change, &item->arena);
	item->change.consent = item->consent;
	item->change.limits = item->limits;
	item->change.guard = item->guard;
	item->rc = item->map(item, &item->err);
	return item->rc;
}

static int
item_close(struct change_item *item, struct err *err)
{
	int rc = 0;

	if (item->take_back != NULL && item->rc != CHANGE_WRITE && item->rc != CHANGE_THERE)
		rc = item->take_back(item, err);
	if (item->rc == CHANGE_WRITE && item->conclude != NULL)
		item->conclude(item);
	if (item->close != NULL)
		item->close(item);
	change_item_done(item);
	return rc;
}

/* ------------------------------------------------------------------ answers */

static int
is_mapped(const struct change_item *item)
{
	return !item->is_settled && !item->is_behind;
}

static int
may_go_on(const struct change_batch *b)
{
	return b->go_on == NULL || b->go_on(b->arg);
}

/* How many of them asked, or a negative code. Told to stop, those that were not begun are left. */
static int
map_those(struct wave *w, int is_first, size_t *asked, struct err *err)
{
	*asked = 0;
	for (size_t i = 0; i < w->n; i++) {
		struct change_item *item = w->items[i];

		if (!is_mapped(item) || (!is_first && item->rc != ERR_ASKED))
			continue;
		if (!may_go_on(w->b) && is_first && i > 0) {
			w->n = i;
			break;
		}
		if (map(w, item) == ERR_ASKED)
			(*asked)++;
		else if (db_spoils(item->rc))
			return (*err = item->err).code;
	}
	return 0;
}

static void
fail_askers(struct wave *w)
{
	for (size_t i = 0; i < w->n; i++)
		if (is_mapped(w->items[i]) && w->items[i]->rc == ERR_ASKED)
			w->items[i]->rc = err_set(&w->items[i]->err, ERR_INTERNAL,
			    "A mapping asks without an end.");
}

static int
map_all(struct wave *w, struct err *err)
{
	size_t asked;
	int rc = map_those(w, 1, &asked, err);

	for (int round = 1; rc == 0 && asked > 0 && round < ROUNDS_MAX; round++)
		if ((rc = store_known_answer(w->b->db, &w->known, err)) == 0)
			rc = map_those(w, 0, &asked, err);
	if (rc == 0 && asked > 0)
		fail_askers(w);
	return rc;
}

/* ------------------------------------------------------------------ writing */

static int
write_some(struct wave *w, struct change_item **items, size_t n, struct err *err);

static int
write_halves(struct wave *w, struct change_item **items, size_t n, struct err *err)
{
	int rc = db_savepoint(w->b->db, err);

	if (rc == 0)
		rc = write_some(w, items, n / 2, err);
	if (rc == 0)
		rc = db_savepoint(w->b->db, err);
	return rc == 0 ? write_some(w, items + n / 2, n - n / 2, err) : rc;
}

/* Faulty items get their failures. */
static int
apply(struct wave *w, struct change_item **items, size_t n, struct err *err)
{
	struct arena scratch = { 0 };
	struct change **changes = arena_new(&scratch, struct change *, n);
	struct err **faults = arena_new(&scratch, struct err *, n);
	int rc;

	for (size_t i = 0; i < n; i++)
		changes[i] = &items[i]->change;
	rc = change_apply(&(struct change_apply){ .db = w->b->db, .changes = changes, .n = n,
	    .now = w->b->now, .faults = faults }, &scratch, err);
	for (size_t i = 0; i < n && rc < 0 && !db_spoils(rc); i++)
		if (faults[i] != NULL)
			items[i]->rc = (items[i]->err = *faults[i]).code;
	arena_done(&scratch);
	return rc < 0 ? rc : 0;
}

/* Leaves faulty items out, and goes back to where nothing was written. The failure stays when none
 * is faulty. */
static int
drop(struct wave *w, struct change_item **items, size_t *n, struct err *err)
{
	size_t kept = 0;
	int rc;

	for (size_t i = 0; i < *n; i++)
		if (items[i]->rc >= 0)
			items[kept++] = items[i];
	if (kept == *n)
		return err->code;
	*n = kept;
	err_clear(err);
	rc = db_savepoint_rollback(w->b->db, err);
	return rc < 0 ? rc : db_savepoint(w->b->db, err);
}

/* From a savepoint on. What is known to be faulty after a try is left out of the next. */
static int
write_some(struct wave *w, struct change_item **items, size_t n, struct err *err)
{
	for (int tries = 0; n > 0; tries++) {
		int rc;

		if (tries == TRIES_MAX && n > 1)
			return write_halves(w, items, n, err);
		if ((rc = apply(w, items, n, err)) == 0)
			return 0;
		if (db_spoils(rc) || (rc = drop(w, items, &n, err)) < 0)
			return rc;
	}
	return 0;
}

/* ------------------------------------------------------------------ a wave */

/* Takes from those left as many as fit. */
static int
take(struct wave *w, struct change_item **left, size_t n, struct err *err)
{
	const size_t most = w->b->memory == 0 ? SIZE_MAX : w->b->memory;
	size_t cost = 0;
	struct set before;
	int rc = 0;

	set_init(&before, &w->arena);
	for (size_t i = 0; i < n && rc == 0; i++) {
		struct change_item *item = left[i];

		if (w->n > 0 && cost + item->cost > most)
			break;
		rc = item_open(item, err);
		cost += item->cost;
		w->items[w->n++] = item;
		item->asker = (struct known_asker){ 0 };
		item->is_behind = item->marks != NULL &&
		    change_order_is_behind(&before, item->marks);
	}
	return rc;
}

/* Numbers the limits that the first n items are under, each once; group gets n numbers. Returns how
 * many limits there are. */
static size_t
find_groups(struct wave *w, size_t n, size_t *group)
{
	struct set known;

	set_init(&known, &w->arena);
	for (size_t i = 0; i < n; i++) {
		const struct limits *l = w->written[i]->limits;
		const char *text = l == NULL ? NULL : limits_stored(&w->arena, l);

		group[i] = known.n;
		set_add_text(&known, text == NULL ? "" : text, known.n, &group[i]);
	}
	return known.n;
}

/* 1 when the order of n items is free but for that in each group: those of one group change nothing
 * that others change or know. */
static int
are_apart(struct wave *w, size_t n, const size_t *group)
{
	struct set changed;

	set_init(&changed, &w->arena);
	for (size_t i = 0; i < n; i++)
		if (change_order_is_shared(&changed, w->written[i]->marks, group[i]))
			return 0;
	for (size_t i = 0; i < n; i++)
		if (change_order_is_foreign(&changed, w->written[i]->marks, group[i]))
			return 0;
	return 1;
}

/* Puts those under the same limits together, for these are written together. The last one, which
 * may change what keys lead to, stays the last. */
static void
sort_by_limits(struct wave *w)
{
	const size_t n = w->nwritten < 2 ? 0 : w->nwritten - 1;
	struct change_item **sorted = arena_new(&w->arena, struct change_item *, n + 1);
	size_t *group = arena_new(&w->arena, size_t, n + 1), *next;
	const size_t ngroups = find_groups(w, n, group);

	if (ngroups < 2 || !are_apart(w, n, group))
		return;
	next = arena_new(&w->arena, size_t, ngroups + 1);	/* each group's next place */
	for (size_t i = 0; i < n; i++)
		next[group[i] + 1]++;
	for (size_t g = 1; g < ngroups; g++)
		next[g] += next[g - 1];
	for (size_t i = 0; i < n; i++)
		sorted[next[group[i]]++] = w->written[i];
	memcpy(w->written, sorted, n * sizeof(*sorted));
}

/* Which of the wave stay, and which of these write. */
static void
decide(struct wave *w)
{
	change_order_begin(w->order, &w->known, &w->arena);
	for (size_t i = 0; i < w->n; i++) {
		struct change_item *item = w->items[i];

		if (item->is_settled)
			continue;
		if (item->is_behind) {
			change_order_skip(w->order, item->marks);
			continue;
		}
		arena_reset(&item->marked);
		item->marks = change_order_marks(w->order, item, &item->marked);
		if (change_order_waits(w->order, item->marks))
			continue;
		item->is_settled = 1;
		if (item->rc == CHANGE_WRITE)
			w->written[w->nwritten++] = item;
	}
}

static int
work(struct wave *w, struct err *err)
{
	int rc = map_all(w, err);

	if (rc < 0)
		return rc;
	decide(w);
	sort_by_limits(w);
	if (w->nwritten > 0)
		rc = db_savepoint(w->b->db, err);
	return rc < 0 ? rc : write_some(w, w->written, w->nwritten, err);
}

/* Ends the items that are settled; *n of them are left. */
static int
close_settled(struct change_item **left, size_t *n, struct err *err)
{
	size_t kept = 0;
	int rc = 0;

	for (size_t i = 0; i < *n; i++) {
		if (!left[i]->is_settled) {
			arena_done(&left[i]->arena);
			left[i]->rc = CHANGE_LEFT;
			left[kept++] = left[i];
		} else if (rc == 0) {
			rc = item_close(left[i], err);
		}
	}
	*n = kept;
	return rc;
}

static int
run_wave(const struct change_batch *b, struct change_order *order, struct change_item **left,
    size_t *n, struct err *err)
{
	struct wave w = { .b = b, .order = order };
	int rc;

	known_init(&w.known, &w.arena);
	w.items = arena_new(&w.arena, struct change_item *, *n);
	w.written = arena_new(&w.arena, struct change_item *, *n);
	if ((rc = take(&w, left, *n, err)) == 0 && (rc = work(&w, err)) == 0)
		rc = close_settled(left, n, err);
	arena_done(&w.arena);
	return rc;
}

/* Those that it was told to stop before. */
static int
take_back(struct change_item **left, size_t n, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++)
		if (left[i]->has_begun && left[i]->take_back != NULL)
			rc = left[i]->take_back(left[i], err);
	return rc;
}

int
change_batch_run(const struct change_batch *b, struct err *err)
{
	struct arena a = { 0 };
	struct change_item **left = arena_new(&a, struct change_item *, b->n);
	struct change_order *order = change_order_new(&a);
	size_t n = b->n;
	int rc = 0;

	for (size_t i = 0; i < n; i++) {
		left[i] = b->items[i];
		left[i]->rc = CHANGE_LEFT;
		left[i]->has_begun = left[i]->is_settled = 0;
		left[i]->marks = NULL;
	}
	while (n > 0 && rc == 0 && may_go_on(b))
		rc = run_wave(b, order, left, &n, err);
	if (rc == 0)
		rc = take_back(left, n, err);
	arena_done(&a);
	return rc;
}
