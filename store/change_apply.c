#include "config.h"

#include "store/change_apply.h"

#include <stdint.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/limits.h"
#include "model/change/change.h"
#include "model/entity.h"
#include "store/contact_merge.h"
#include "store/db.h"
#include "store/entity/limits.h"
#include "store/entity/put.h"

/* Changes that are written together: what one of them writes, the others do not undo. All are under
 * the same limits, and only the last one may merge contacts. */
struct part {
	const struct change_apply *w;
	size_t first, n;
};

static struct change *
change_at(const struct part *p, size_t i)
{
	return p->w->changes[p->first + i];
}

static int
blame(const struct part *p, size_t i, int rc)
{
	if (rc < 0 && !db_spoils(rc))
		*p->w->culprit = p->first + i;
	return rc;
}

/* ------------------------------------------------------------------ whom a change is about */

/* Of n changes. */
static int
check_people_of(const struct part *p, size_t first, size_t n, struct arena *a, struct err *err)
{
	struct val *ids;
	size_t most = 0, nids = 0;

	for (size_t i = first; i < first + n; i++)
		most += change_at(p, i)->npeople;
	ids = arena_new(a, struct val, most + 1);
	for (size_t i = first; i < first + n; i++) {
		const struct change *c = change_at(p, i);

		for (size_t k = 0; k < c->npeople; k++)
			if (c->people[k]->fate != ENTITY_FATE_UNSET)
				ids[nids++] = c->people[k]->key;
	}
	return entity_limits_rows(p->w->db, entity_find("Contact"), ids, nids, a, err);
}

static int
check_people(const struct part *p, struct arena *a, struct err *err)
{
	int rc = check_people_of(p, 0, p->n, a, err);

	for (size_t i = 0; i < p->n && rc == ERR_FORBIDDEN && p->n > 1; i++) {
		struct err own = { 0 };

		if (check_people_of(p, i, 1, a, &own) < 0) {
			*err = own;
			return blame(p, i, err->code);
		}
	}
	return blame(p, 0, rc);
}

/* ------------------------------------------------------------------ what is no row */

static int
write_merge(const struct change_apply *w, struct change_merge *m, struct arena *a,
    struct err *err)
{
	struct entity_merge_counts counts;
	const struct contact_merge merge = { .kept_id = m->kept->key.i,
		.merged_id = m->merged->key.i,
		.only_source = m->only_source,
		.source_id = m->source_id,
		.by = m->by,
		.at = m->at };
	int rc = contact_merge(w->db, &merge, a, w->now, &counts, err);

	m->moved = counts.moved;
	m->filled = counts.filled;
	return rc;
}

struct ends {
	enum query q;
	struct val *args;		/* n rows of width values */
	size_t width, n;
	size_t *who;			/* whose they are */
};

static enum query
end_of(const struct change_end *e, struct val *args)
{
	args[0] = v_text(e->identifier);
	args[1] = v_int(e->source_id);
	if (e->contact == NULL) {
		args[2] = v_time(e->at);
		return e->at != USEC_NONE ? Q_contact_identifier_revive_before :
					    Q_contact_identifier_revive;
	}
	args[2] = e->contact->key;
	args[3] = v_time(e->at);
	return Q_contact_identifier_end;
}

/* One by one when they fail together, to know whose the failure is. */
static int
write_ends_of(const struct part *p, struct ends *ends, struct err *err)
{
	int64_t rc = db_exec_bulk(p->w->db, ends->q, ends->args, ends->n, err);

	for (size_t i = 0; i < ends->n && rc < 0 && !db_spoils((int)rc); i++) {
		int64_t one;

		err_clear(err);
		one = db_exec(p->w->db, ends->q, ends->args + i * ends->width, ends->width, err);
		if (one < 0)
			return blame(p, ends->who[i], (int)one);
	}
	ends->n = 0;
	return rc < 0 ? (int)rc : 0;
}

static size_t
count_ends(const struct part *p, size_t first, size_t n)
{
	size_t ends = 0;

	for (size_t i = first; i < first + n; i++)
		for (const struct change_end *e = change_at(p, i)->ends; e != NULL; e = e->next)
			ends++;
	return ends;
}

/* Of n changes; those of one kind that follow each other, together. */
static int
write_ends(const struct part *p, size_t first, size_t n, struct arena *a, struct err *err)
{
	enum { WIDEST = 4 };
	const size_t most = count_ends(p, first, n) + 1;
	struct ends ends = { .args = arena_new(a, struct val, most * WIDEST),
		.who = arena_new(a, size_t, most) };
	int rc = 0;

	for (size_t i = first; i < first + n; i++)
		for (const struct change_end *e = change_at(p, i)->ends; e != NULL; e = e->next) {
			struct val args[WIDEST];
			const enum query q = end_of(e, args);

			if (ends.n > 0 && ends.q != q && (rc = write_ends_of(p, &ends, err)) < 0)
				return rc;
			ends.q = q;
			ends.width = strlen(query_rows[q].in);
			memcpy(ends.args + ends.n * ends.width, args, ends.width * sizeof *args);
			ends.who[ends.n++] = i;
		}
	return ends.n == 0 ? 0 : write_ends_of(p, &ends, err);
}

/* ------------------------------------------------------------------ parts */

static int
write_last(const struct part *p, struct arena *a, struct err *err)
{
	struct change *last = change_at(p, p->n - 1);
	int rc;

	if (last->merge == NULL)
		return 0;
	db_set_guard(p->w->db, last->guard);
	db_set_consent(p->w->db, last->consent);
	rc = write_merge(p->w, last->merge, a, err);
	db_set_consent(p->w->db, NULL);
	db_set_guard(p->w->db, NULL);
	return blame(p, p->n - 1, rc);
}

/* The ends of a change follow its merge. */
static int
write_part(const struct part *p, struct arena *a, struct err *err)
{
	size_t culprit = SIZE_MAX;
	const struct entity_put put = { .db = p->w->db, .changes = p->w->changes + p->first,
		.n = p->n, .now = p->w->now, .culprit = &culprit };
	int rc = check_people(p, a, err);

	if (rc == 0 && (rc = entity_put_changes(&put, a, err)) < 0 && culprit != SIZE_MAX)
		return blame(p, culprit, rc);
	if (rc == 0)
		rc = write_ends(p, 0, p->n - 1, a, err);
	if (rc == 0)
		rc = write_last(p, a, err);
	return rc == 0 ? write_ends(p, p->n - 1, 1, a, err) : rc;
}

static int
limit_same(const struct limit *x, const struct limit *y)
{
	if (x->is_set != y->is_set || x->n != y->n)
		return 0;
	return x->n == 0 || memcmp(x->ids, y->ids, x->n * sizeof *x->ids) == 0;
}

static int
limits_same(const struct limits *x, const struct limits *y)
{
	if (x == NULL || y == NULL)
		return x == y;
	return limit_same(&x->zones, &y->zones) && limit_same(&x->brands, &y->brands);
}

/* How many changes from the first on make a part. */
static size_t
part_of(const struct change_apply *w, size_t first)
{
	size_t end = first + 1;

	while (end < w->n && w->changes[end - 1]->merge == NULL &&
	    limits_same(w->changes[first]->limits, w->changes[end]->limits))
		end++;
	return end - first;
}

/* What does not fit now will not fit later. */
static int
verdict(int rc, struct err *err)
{
	if (rc == ERR_DB_VALUE)
		err->code = ERR_PERMANENT;
	return rc == ERR_DB_VALUE ? ERR_PERMANENT : rc;
}

/* What an attempt before this one left in the rows holds no longer. */
static void
forget(const struct change_apply *w)
{
	for (size_t i = 0; i < w->n; i++)
		for (struct row *row = w->changes[i]->first; row != NULL; row = row->next)
			row->fate = ENTITY_FATE_UNSET;
}

int
change_apply(const struct change_apply *w, struct arena *a, struct err *err)
{
	int rc = 0;

	*w->culprit = SIZE_MAX;
	forget(w);
	for (size_t first = 0, n; first < w->n && rc == 0; first += n) {
		const struct part p = { .w = w, .first = first, .n = n = part_of(w, first) };

		db_set_limits(w->db, w->changes[first]->limits);
		rc = write_part(&p, a, err);
		db_set_limits(w->db, NULL);
	}
	if (w->n == 1 && rc < 0 && !db_spoils(rc))
		*w->culprit = 0;
	return verdict(rc, err);
}
