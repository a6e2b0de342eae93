#include "config.h"

#include "store/change_apply.h"

#include <stdint.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "model/change/change.h"
#include "store/contact_merge.h"
#include "store/db.h"
#include "store/entity/limits.h"
#include "store/entity/put.h"

static int
check_people(const struct change_apply *w, const struct change *c, struct arena *a,
    struct err *err)
{
	struct val *ids = arena_new(a, struct val, c->npeople + 1);
	size_t n = 0;

	for (size_t i = 0; i < c->npeople; i++)
		if (c->people[i]->fate != ENTITY_FATE_UNSET)
			ids[n++] = c->people[i]->key;
	return entity_limits_rows(w->db, entity_find("Contact"), ids, n, a, err);
}

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

static int
write_end(const struct change_apply *w, const struct change_end *e, struct err *err)
{
	const struct val id = v_text(e->identifier), source = v_int(e->source_id);
	int64_t n;

	if (e->contact != NULL)
		n = db_exec(w->db, Q_contact_identifier_end,
		    DB_ARGS(id, source, e->contact->key, v_time(e->at)), err);
	else if (e->at != USEC_NONE)
		n = db_exec(w->db, Q_contact_identifier_revive_before,
		    DB_ARGS(id, source, v_time(e->at)), err);
	else
		n = db_exec(w->db, Q_contact_identifier_revive, DB_ARGS(id, source), err);
	return n < 0 ? err->code : 0;
}

/* What does not fit now will not fit later. */
static int
verdict(int rc, struct err *err)
{
	if (rc == ERR_DB_VALUE)
		err->code = ERR_PERMANENT;
	return rc == ERR_DB_VALUE ? ERR_PERMANENT : rc;
}

static int
write_change(const struct change_apply *w, struct change *c, struct arena *a, struct err *err)
{
	int rc = check_people(w, c, a, err);

	if (rc == 0)
		rc = entity_put_change(w->db, c, a, w->now, err);
	if (rc == 0 && c->merge != NULL)
		rc = write_merge(w, c->merge, a, err);
	for (struct change_end *e = c->ends; e != NULL && rc == 0; e = e->next)
		rc = write_end(w, e, err);
	return verdict(rc, err);
}

int
change_apply(const struct change_apply *w, struct arena *a, struct err *err)
{
	int rc = 0;

	*w->culprit = SIZE_MAX;
	for (size_t i = 0; i < w->n && rc == 0; i++) {
		struct change *c = w->changes[i];

		db_set_guard(w->db, c->guard);
		db_set_consent(w->db, c->consent);
		db_set_limits(w->db, c->limits);
		rc = write_change(w, c, a, err);
		db_set_limits(w->db, NULL);
		db_set_consent(w->db, NULL);
		db_set_guard(w->db, NULL);
		if (rc < 0 && !db_spoils(rc))
			*w->culprit = i;
	}
	return rc;
}
