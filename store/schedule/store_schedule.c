#include "config.h"

#include "store/schedule/store_schedule.h"

#include "lib/arena.h"
#include "lib/calendar.h"
#include "lib/err.h"
#include "store/db.h"

static int
changed_of(int64_t rows, int *changed, const struct err *err)
{
	*changed = rows > 0;
	return rows < 0 ? err->code : 0;
}

/* When the silence alarm is due: counted from the next due time at the earliest. */
static usec_t
silent_at(const struct store_schedule *s, usec_t now)
{
	if (s->silence_h == 0 || s->next_due_at == USEC_NONE)
		return USEC_NONE;
	return (s->next_due_at > now ? s->next_due_at : now) + s->silence_h * 3600 * USEC_SEC;
}

static struct val
v_day(int64_t day)
{
	return v_int_or_null(day, day != CALENDAR_NO_DAY);
}

int
store_schedule_add(struct db *db, struct store_schedule *s, usec_t now, struct err *err)
{
	if (db_exec(db, Q_schedule_add,
		DB_ARGS(v_int(s->tenant_id), v_text(s->process), v_text(s->form), v_text(s->label),
		    v_text(s->rule), v_text(s->parameters), v_text(s->time_zone),
		    v_time(s->start_at), v_time(s->end_at), v_int(s->misfire), v_int(s->grace_s),
		    v_int(s->overlap), v_time(s->after_at), v_time(s->next_due_at),
		    v_day(s->next_day), v_time(s->paused_at), v_text(s->tzdata),
		    v_int_or_null(s->silence_h, s->silence_h != 0), v_time(silent_at(s, now)),
		    v_text(s->created_by), v_time(now), v_text(s->name),
		    v_text(s->on_failure == NULL ? "" : s->on_failure),
		    v_int_or_null(s->after_id, s->after_id != 0)),
		err) < 0)
		return err->code;
	s->schedule_id = db_insert_id(db);
	s->created_at = now;
	return 0;
}

static struct store_schedule *
schedules_of(struct arena *a, const struct rows *r)
{
	struct store_schedule *list = arena_new(a, struct store_schedule, r->n);

	for (size_t i = 0; i < r->n; i++)
		list[i] = (struct store_schedule){ .schedule_id = rows_int(
						       r, i, C_schedule_schedule_id),
			.tenant_id = rows_int(r, i, C_schedule_tenant_id),
			.process = rows_text(r, i, C_schedule_process),
			.form = rows_text(r, i, C_schedule_form),
			.label = rows_text(r, i, C_schedule_label),
			.rule = rows_text(r, i, C_schedule_rule),
			.parameters = rows_text(r, i, C_schedule_parameters),
			.time_zone = rows_text(r, i, C_schedule_time_zone),
			.misfire = rows_int(r, i, C_schedule_misfire),
			.grace_s = rows_int(r, i, C_schedule_grace_s),
			.overlap = rows_int(r, i, C_schedule_overlap),
			.after_at = rows_time(r, i, C_schedule_after_at),
			.next_due_at = rows_time(r, i, C_schedule_next_due_at),
			.paused_at = rows_time(r, i, C_schedule_paused_at),
			.silence_h = rows_int(r, i, C_schedule_silence_h),
			.last_success_at = rows_time(r, i, C_schedule_last_success_at),
			.created_by = rows_text(r, i, C_schedule_created_by),
			.created_at = rows_time(r, i, C_schedule_created_at),
			.fault = rows_text(r, i, C_schedule_fault),
			.next_day = rows_null(r, i, C_schedule_next_day) ?
			    CALENDAR_NO_DAY :
			    rows_int(r, i, C_schedule_next_day),
			.name = rows_null(r, i, C_schedule_name) ? NULL :
								   rows_text(r, i, C_schedule_name),
			.on_failure = rows_text(r, i, C_schedule_on_failure),
			.after_id = rows_int(r, i, C_schedule_after_schedule_id) };
	return list;
}

static int
list_of(struct db *db, struct arena *a, enum query q, const struct val *args, size_t nargs,
    struct store_schedule **out, size_t *n, struct err *err)
{
	struct rows r;
	int rc = db_query(db, q, args, nargs, a, &r, err);

	*out = rc < 0 ? NULL : schedules_of(a, &r);
	*n = rc < 0 ? 0 : r.n;
	return rc;
}

int
store_schedule_find(struct db *db, struct arena *a, int64_t schedule_id, int64_t tenant_id,
    struct store_schedule **out, struct err *err)
{
	size_t n;
	int rc = list_of(db, a, Q_schedule_get,
	    DB_ARGS(v_int(schedule_id), v_int_or_null(tenant_id, tenant_id != 0)), out, &n, err);

	if (n == 0)
		*out = NULL;
	return rc;
}

static int
is_there(struct db *db, enum query q, int64_t schedule_id, int64_t tenant_id, int *there,
    struct err *err)
{
	struct arena a = { 0 };
	struct rows r = { 0 };
	int rc = db_query(db, q, DB_ARGS(v_int(schedule_id), v_int(tenant_id)), &a, &r, err);

	*there = rc == 0 && r.n > 0;
	arena_done(&a);
	return rc;
}

int
store_schedule_lock(
    struct db *db, int64_t schedule_id, int64_t tenant_id, int *found, struct err *err)
{
	return is_there(db, Q_schedule_lock, schedule_id, tenant_id, found, err);
}

int
store_schedule_named(struct db *db, int64_t tenant_id, const char *name, int64_t *id,
    struct err *err)
{
	return db_query_int(
	    db, Q_schedule_named, DB_ARGS(v_int(tenant_id), v_text(name)), id, err);
}

int
store_schedule_link_find(struct db *db, struct arena *a, int64_t tenant_id, int64_t id,
    const char *name, struct store_schedule_link *out, struct err *err)
{
	struct rows r;
	int rc = name != NULL ?
	    db_query(
		db, Q_schedule_link_named, DB_ARGS(v_text(name), v_int(tenant_id)), a, &r, err) :
	    db_query(db, Q_schedule_link, DB_ARGS(v_int(id), v_int(tenant_id)), a, &r, err);

	*out = (struct store_schedule_link){ 0 };
	if (rc == 0 && r.n > 0)
		*out = (struct store_schedule_link){ .id = rows_int(
							 &r, 0, C_schedule_link_schedule_id),
			.name = rows_text(&r, 0, C_schedule_link_name),
			.after_id = rows_int(&r, 0, C_schedule_link_after_schedule_id) };
	return rc;
}

int
store_schedule_followers(struct db *db, struct arena *a, int64_t schedule_id, int limit,
    struct rows *out, struct err *err)
{
	return db_query(db, Q_schedule_followers, DB_ARGS(v_int(schedule_id), v_int(limit)), a, out,
	    err);
}

int
store_schedule_follower_count(struct db *db, int64_t schedule_id, int64_t *n, struct err *err)
{
	return db_query_int(db, Q_schedule_follower_count, DB_ARGS(v_int(schedule_id)), n, err);
}

int
store_schedule_behind(struct db *db, int64_t schedule_id, int most, int64_t *links, struct err *err)
{
	return db_query_int(
	    db, Q_schedule_behind, DB_ARGS(v_int(schedule_id), v_int(most)), links, err);
}

int
store_schedule_change(struct db *db, const struct store_schedule *s, int anew, usec_t now,
    int *changed, struct err *err)
{
	int rc = changed_of(db_exec(db, Q_schedule_change, DB_ARGS(v_text(s->process),
	    v_text(s->form), v_text(s->label), v_text(s->rule), v_text(s->parameters),
	    v_text(s->time_zone), v_time(s->start_at), v_time(s->end_at), v_int(s->misfire),
	    v_int(s->grace_s), v_int(s->overlap), v_text(s->on_failure),
	    v_int_or_null(s->after_id, s->after_id != 0), v_time(s->after_at),
	    v_time(s->next_due_at), v_day(s->next_day), v_time(s->paused_at), v_text(s->tzdata),
	    v_int_or_null(s->silence_h, s->silence_h != 0), v_time(now), v_int(s->schedule_id),
	    v_int(s->tenant_id)), err), changed, err);

	if (rc < 0 || !*changed || !anew)
		return rc;
	return db_exec(db, Q_schedule_alarm, DB_ARGS(v_time(s->next_due_at),
	    v_time(silent_at(s, now)), v_int(s->schedule_id)), err) < 0 ? err->code : 0;
}

int
store_schedule_known(
    struct db *db, int64_t schedule_id, int64_t tenant_id, int *known, struct err *err)
{
	return is_there(db, Q_schedule_known, schedule_id, tenant_id, known, err);
}

int
store_schedule_list(struct db *db, struct arena *a, const struct store_schedule_filter *f,
    struct store_schedule **out, size_t *n, struct err *err)
{
	return list_of(db, a, Q_schedule_list,
	    DB_ARGS(v_int(f->tenant_id), v_text(f->process), v_text(f->state), v_int(f->after_id),
		v_int(f->limit)),
	    out, n, err);
}

int
store_schedule_count(struct db *db, int64_t tenant_id, int64_t *out, struct err *err)
{
	return db_query_int(db, Q_schedule_count, DB_ARGS(v_int(tenant_id)), out, err);
}

int
store_schedule_delete(struct db *db, int64_t schedule_id, int64_t tenant_id, usec_t now,
    int *changed, struct err *err)
{
	return changed_of(db_exec(db, Q_schedule_delete,
			      DB_ARGS(v_time(now), v_int(schedule_id), v_int(tenant_id)), err),
	    changed, err);
}

int
store_schedule_pause(
    struct db *db, const struct store_schedule *s, usec_t now, int *changed, struct err *err)
{
	return changed_of(db_exec(db, Q_schedule_pause,
			      DB_ARGS(v_time(now), v_time(s->after_at), v_day(s->next_day),
				  v_int(s->schedule_id), v_int(s->tenant_id)),
			      err),
	    changed, err);
}

int
store_schedule_resume(
    struct db *db, const struct store_schedule *s, usec_t now, int *changed, struct err *err)
{
	return changed_of(
	    db_exec(db, Q_schedule_resume,
		DB_ARGS(v_time(s->after_at), v_time(s->next_due_at), v_day(s->next_day),
		    v_text(s->tzdata), v_time(silent_at(s, now)), v_time(now),
		    v_int(s->schedule_id), v_int(s->tenant_id)),
		err),
	    changed, err);
}

int
store_schedule_due(struct db *db, struct arena *a, usec_t now, int limit,
    struct store_schedule **out, size_t *n, struct err *err)
{
	return list_of(db, a, Q_schedule_due, DB_ARGS(v_time(now), v_int(limit)), out, n, err);
}

int
store_schedule_next_at(struct db *db, usec_t *out, struct err *err)
{
	struct arena a = { 0 };
	struct rows r;
	int rc = db_query(db, Q_schedule_next_at, DB_NONE, &a, &r, err);

	*out = rc < 0 || r.n == 0 ? USEC_NONE : rows_time(&r, 0, C_schedule_next_at_next_due_at);
	arena_done(&a);
	return rc;
}

int
store_schedule_move(struct db *db, int64_t schedule_id, usec_t after_at, usec_t next_due_at,
    int64_t next_day, const char *fault, struct err *err)
{
	return db_exec(db, Q_schedule_move,
		   DB_ARGS(v_time(after_at), v_time(next_due_at), v_day(next_day), v_text(fault),
		       v_int(schedule_id)),
		   err) < 0 ?
	    err->code :
	    0;
}

int
store_schedule_ahead(struct db *db, struct arena *a, usec_t after, int limit,
    struct store_schedule **out, size_t *n, struct err *err)
{
	return list_of(db, a, Q_schedule_ahead, DB_ARGS(v_time(after), v_int(limit)), out, n, err);
}

int
store_schedule_set_back(struct db *db, const struct store_schedule *s, usec_t now, struct err *err)
{
	if (db_exec(db, Q_schedule_set_back, DB_ARGS(v_time(s->after_at), v_time(s->next_due_at),
	    v_day(s->next_day), v_int(s->schedule_id)), err) < 0)
		return err->code;
	return db_exec(db, Q_schedule_alarm, DB_ARGS(v_time(s->next_due_at),
	    v_time(silent_at(s, now)), v_int(s->schedule_id)), err) < 0 ? err->code : 0;
}

int
store_schedule_other_tzdata(struct db *db, struct arena *a, const char *tzdata, int limit,
    struct store_schedule **out, size_t *n, struct err *err)
{
	return list_of(
	    db, a, Q_schedule_other_tzdata, DB_ARGS(v_text(tzdata), v_int(limit)), out, n, err);
}

int
store_schedule_set_tzdata(struct db *db, int64_t schedule_id, const char *tzdata, struct err *err)
{
	return db_exec(db, Q_schedule_set_tzdata, DB_ARGS(v_text(tzdata), v_int(schedule_id)),
		   err) < 0 ?
	    err->code :
	    0;
}

int
store_schedule_success(struct db *db, int64_t schedule_id, usec_t now, struct err *err)
{
	return db_exec(db, Q_schedule_success, DB_ARGS(v_time(now), v_int(schedule_id)), err) < 0 ?
	    err->code :
	    0;
}
