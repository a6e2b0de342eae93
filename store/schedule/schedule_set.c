#include "config.h"

#include "store/schedule/schedule_parts.h"

#include "lib/arena.h"
#include "lib/err.h"
#include "store/schedule/occurrences.h"

/* A change of a row's times. */
struct retiming {
	struct schedule *old;		/* what the row meant; NULL when it cannot be read */
	const struct schedule *s;	/* what it will mean */
	int is_new;			/* it is due at other times than before */
	int to_pause;			/* it is to be paused, or to stay so */
	usec_t now;
};

/* The times change: the old ones end now and go into the history; the new ones begin now. */
static int
renew_times(struct db *db, struct arena *a, struct store_schedule *row, const struct retiming *t,
    const char **remark, struct err *err)
{
	struct occurrences_missed why = { .class = "changed",
		.reason = "Then the schedule was changed.", .found_late = 1 };
	int64_t n = 0;
	int rc = schedule_check_past(a, t->s, t->now, err);

	if (row->paused_at != USEC_NONE || row->fault[0] != '\0') {
		why.reason = schedule_ops_pause_reason(a, row, t->now, ", when it was changed");
		why.found_late = 0;
	}
	if (rc == 0 && t->old != NULL && !schedule_ops_has_ended(row))
		rc = schedule_ops_settle(db, a, row, t->old, &why, t->now, &n, err);
	*remark = schedule_ops_count_text(a, n, "of its times before");
	return rc < 0 ? rc : schedule_ops_first_times(a, t->s, t->now, row, err);
}

/* The times are the same: open occurrences stay, recomputed with the current zone data. */
static void
keep_times(const struct schedule *s, struct store_schedule *row)
{
	struct occurrence next;

	if (row->next_due_at == USEC_NONE)
		return;
	next = occurrences_open(s, row);
	row->next_due_at = next.at;
	row->next_day = next.day;
}

/* A paused schedule keeps the time of its pause. An ended schedule cannot be paused. */
static void
set_pause(struct store_schedule *row, int paused, int stays_ended, usec_t now)
{
	if (!paused)
		row->paused_at = USEC_NONE;
	else if (row->paused_at == USEC_NONE && !stays_ended)
		row->paused_at = now;
	if (row->paused_at != USEC_NONE)
		row->next_due_at = USEC_NONE;
}

/* Sets row's times: paused or not, with the new rule. */
static int
set_times(struct db *db, struct arena *a, struct store_schedule *row, const struct retiming *t,
    const char **remark, struct err *err)
{
	const int was_paused = row->paused_at != USEC_NONE,
		  stays_ended = !t->is_new && schedule_ops_has_ended(row);
	int rc = 0;

	if (t->is_new)
		rc = renew_times(db, a, row, t, remark, err);
	else if (t->to_pause && !was_paused && !stays_ended)
		rc = schedule_ops_enter_pause(db, a, row, t->s, t->now, remark, err);
	else if (!t->to_pause && was_paused)
		rc = schedule_ops_leave_pause(db, a, row, t->s, t->now, remark, err);
	else
		keep_times(t->s, row);
	set_pause(row, t->to_pause, stays_ended, t->now);
	return rc;
}

static int
is_to_pause(const struct schedule_body *b, const struct store_schedule *row)
{
	return b->in->enabled.given ? !b->in->enabled.value : row->paused_at != USEC_NONE;
}

/* Finds how the body changes the row's times. d and t->s: the body as it was read. The caller calls
 * schedule_done(room) in any case; t->old points to it. */
static void
compare_times(struct arena *a, const struct store_schedule *row, const struct schedule_body *b,
    const struct schedule_draft *d, struct schedule *room, struct retiming *t)
{
	const struct schedule_form *form = schedule_form_find(row->form);
	struct err fault = { 0 };

	t->to_pause = is_to_pause(b, row);
	t->old = form != NULL && schedule_parse(a, form, row->rule, row->time_zone,
	    row->created_at, room, &fault) == 0 ? room : NULL;
	if (t->old == NULL || row->fault[0] != '\0')
		t->is_new = 1;
	else
		t->is_new = d->after_id != row->after_id || !schedule_same_times(t->old, t->s);
}

/* row: as read under the lock. */
static int
change_row(struct db *db, struct arena *a, const struct schedule_owner *owner,
    const struct schedule_body *b, struct store_schedule *row, const char **remark, struct err *err)
{
	const struct store_schedule before = *row;
	struct schedule room = { 0 }, s;
	struct retiming t = { .s = &s, .now = owner->now };
	struct schedule_draft d;
	int changed;
	int rc = schedule_ops_read(db, a, owner, b, row, &s, &d, err);

	if (rc == 0) {
		compare_times(a, row, b, &d, &room, &t);
		rc = set_times(db, a, row, &t, remark, err);
		schedule_ops_fill(a, b, &s, &d, row);
		if (rc == 0)
			rc = store_schedule_change(db, row,
			    t.is_new || row->silence_h != before.silence_h ||
				row->paused_at != before.paused_at,
			    owner->now, &changed, err);
	}
	schedule_done(&room);
	schedule_done(&s);
	return rc;
}

/* Sets the times after a pause, without writing the history. */
static void
peek_behind_pause(struct arena *a, const struct schedule *s, usec_t now, struct store_schedule *row)
{
	struct occurrence next = occurrences_open(s, row);
	struct occurrences *o;

	if (!schedule_ops_may_start_late(s, next, now)) {
		o = arena_new(a, struct occurrences, 1);
		occurrences_until(s, next, now, o);
		next = o->next;
		if (o->total > 0)
			row->after_at = occurrences_at(o, o->total - 1);
	}
	row->next_due_at = next.at;
	row->next_day = next.day;
}

/* Sets row's times as change_row() would, without writing anything. */
static int
peek_times(
    struct arena *a, struct store_schedule *row, const struct retiming *t, struct err *err)
{
	const int was_paused = row->paused_at != USEC_NONE,
		  stays_ended = !t->is_new && schedule_ops_has_ended(row);

	if (t->is_new && (schedule_check_past(a, t->s, t->now, err) < 0 ||
	    schedule_ops_first_times(a, t->s, t->now, row, err) < 0))
		return err->code;
	if (!t->is_new && was_paused && !t->to_pause)
		peek_behind_pause(a, t->s, t->now, row);
	else if (!t->is_new)
		keep_times(t->s, row);
	set_pause(row, t->to_pause, stays_ended, t->now);
	return 0;
}

static int
draft_change(struct db *db, struct arena *a, const struct schedule_owner *owner,
    const struct schedule_body *b, struct store_schedule *row, struct err *err)
{
	struct schedule room = { 0 }, s;
	struct retiming t = { .s = &s, .now = owner->now };
	struct schedule_draft d;
	int rc = schedule_ops_read(db, a, owner, b, row, &s, &d, err);

	if (rc == 0) {
		compare_times(a, row, b, &d, &room, &t);
		rc = peek_times(a, row, &t, err);
	}
	if (rc == 0)
		schedule_ops_fill(a, b, &s, &d, row);
	schedule_done(&room);
	schedule_done(&s);
	return rc;
}

int
schedule_ops_draft(struct db *db, struct arena *a, const struct schedule_owner *owner,
    const struct schedule_body *b, struct store_schedule *row, struct err *err)
{
	const char *name = b->in->name.value;
	struct store_schedule_link link = { 0 };
	struct store_schedule *there = NULL;
	int rc = 0;

	if (name != NULL && *name != '\0')
		rc = store_schedule_link_find(db, a, owner->tenant_id, 0, name, &link, err);
	if (rc == 0 && link.id != 0)
		rc = store_schedule_find(db, a, link.id, owner->tenant_id, &there, err);
	if (rc < 0)
		return rc;
	if (there == NULL)
		return schedule_ops_draft_new(db, a, owner, b, row, err);
	*row = *there;
	return draft_change(db, a, owner, b, row, err);
}

int
schedule_ops_set(struct db *db, struct arena *a, const struct schedule_owner *owner,
    const struct schedule_body *b, struct schedule_setting *set, struct err *err)
{
	const char *name = b->in->name.value;
	struct store_schedule *there = NULL;
	int64_t id;
	int rc;

	set->made = 0;
	set->remark = NULL;
	rc = store_schedule_named(db, owner->tenant_id, name, &id, err);
	if (rc == 0 && id != 0)
		rc = store_schedule_find(db, a, id, owner->tenant_id, &there, err);
	if (rc == 0 && set->check != NULL)
		rc = set->check(there, set->arg, err);
	if (rc < 0)
		return rc;
	if (there != NULL) {
		*set->row = *there;
		return change_row(db, a, owner, b, set->row, &set->remark, err);
	}
	set->made = 1;
	if ((rc = schedule_ops_add_row(db, a, owner, b, set->row, err)) != ERR_DB_DUPLICATE)
		return rc;
	err_clear(err);
	return err_set(err, ERR_DB_RETRY, "Another request made schedule %s at this moment.", name);
}
