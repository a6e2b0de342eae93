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
#include "store/entity/faults.h"
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

/* A failure of the part's change i. Its first one stays. Returns its code. */
static int
blame(const struct part *p, size_t i, const struct err *err, struct arena *a)
{
	return entity_faults_note(&p->w->faults[p->first + i], err, a);
}

/* ------------------------------------------------------------------ whom a change is about */

/* Contacts, and whose they are. */
struct people { struct val *ids; size_t *who, n; };

static struct people
people_of(const struct part *p, struct arena *a)
{
	struct people all = { .n = 0 };
	size_t most = 1;

	for (size_t i = 0; i < p->n; i++)
		most += change_at(p, i)->npeople;
	all.ids = arena_new(a, struct val, most);
	all.who = arena_new(a, size_t, most);
	for (size_t i = 0; i < p->n; i++)
		for (size_t k = 0; k < change_at(p, i)->npeople; k++) {
			const struct row *contact = change_at(p, i)->people[k];

			if (contact->fate == ENTITY_FATE_UNSET)
				continue;
			all.who[all.n] = i;
			all.ids[all.n++] = contact->key;
		}
	return all;
}

static int
check_people(const struct part *p, struct arena *a, struct err *err)
{
	const struct people all = people_of(p, a);
	struct err **refused = arena_new(a, struct err *, all.n + 1);
	int rc = entity_limits_each_row(
	    p->w->db, entity_find("Contact"), all.ids, all.n, a, refused, err);

	for (size_t i = 0; i < all.n && rc == 0; i++)
		if (refused[i] != NULL)
			blame(p, all.who[i], refused[i], a);
	return rc;
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

/* One by one when they fail together, to know whose the failures are. */
static int
write_ends_of(const struct part *p, struct ends *ends, struct arena *a, struct err *err)
{
	int64_t rc = db_exec_bulk(p->w->db, ends->q, ends->args, ends->n, err);

	const size_t n = ends->n;

	ends->n = 0;
	if (rc >= 0 || db_spoils((int)rc))
		return rc < 0 ? (int)rc : 0;
	for (size_t i = 0; i < n; i++) {
		int64_t one;

		err_clear(err);
		one = db_exec(p->w->db, ends->q, ends->args + i * ends->width, ends->width, err);
		if (one < 0 && db_spoils((int)one))
			return (int)one;
		if (one < 0)
			blame(p, ends->who[i], err, a);
	}
	return entity_faults_first(p->w->faults + p->first, p->n, err);
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

			if (ends.n > 0 && ends.q != q && (rc = write_ends_of(p, &ends, a, err)) < 0)
				return rc;
			ends.q = q;
			ends.width = strlen(query_rows[q].in);
			memcpy(ends.args + ends.n * ends.width, args, ends.width * sizeof *args);
			ends.who[ends.n++] = i;
		}
	return ends.n == 0 ? 0 : write_ends_of(p, &ends, a, err);
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
	return rc < 0 ? blame(p, p->n - 1, err, a) : rc;
}

/* The ends of a change follow its merge. */
static int
write_part(const struct part *p, struct arena *a, struct err *err)
{
	const struct entity_put put = { .db = p->w->db, .changes = p->w->changes + p->first,
		.n = p->n, .now = p->w->now, .faults = p->w->faults + p->first };
	int rc = check_people(p, a, err);

	if (rc == 0 && (rc = entity_faults_first(put.faults, p->n, err)) == 0)
		rc = entity_put_changes(&put, a, err);
	if (rc == 0)
		rc = write_ends(p, 0, p->n - 1, a, err);
	if (rc == 0)
		rc = write_last(p, a, err);
	return rc == 0 ? write_ends(p, p->n - 1, 1, a, err) : rc;
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
static void
verdict(struct err *err)
{
	if (err != NULL && err->code == ERR_DB_VALUE)
		err->code = ERR_PERMANENT;
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

	memset(w->faults, 0, w->n * sizeof(*w->faults));
	forget(w);
	for (size_t first = 0, n; first < w->n && rc == 0; first += n) {
		const struct part p = { .w = w, .first = first, .n = n = part_of(w, first) };

		db_set_limits(w->db, w->changes[first]->limits);
		rc = write_part(&p, a, err);
		db_set_limits(w->db, NULL);
	}
	if (w->n == 1 && rc < 0)
		blame(&(struct part){ .w = w, .n = 1 }, 0, err, a);
	for (size_t i = 0; i < w->n; i++)
		verdict(w->faults[i]);
	if (rc < 0)
		verdict(err);
	return rc < 0 ? err->code : 0;
}
