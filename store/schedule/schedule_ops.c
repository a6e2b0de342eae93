#include "config.h"

#include "store/schedule/schedule_ops.h"

#include <inttypes.h>

#include <json-c/json.h>

#include "lib/arena.h"
#include "lib/calendar.h"
#include "lib/err.h"
#include "lib/format/mail_address.h"
#include "lib/text.h"
#include "model/process.h"
#include "model/state.h"
#include "store/db.h"
#include "store/registry/store_access.h"
#include "store/schedule/occurrences.h"
#include "store/schedule/store_run.h"

enum { SCHEDULES_MAX = 10000, ASKED_MAX = 100, CHAIN_MAX = 20, FOLLOWERS_SHOWN = 5 };

static const char ended_remark[] = "Nothing of it is due any more.";

static const char *
json_text_of(struct arena *a, struct json_object *o)
{
	return o == NULL ? "" :
			   arena_strdup(a,
			       json_object_to_json_string_ext(
				   o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
}

/* What a body says beside its times. */
struct draft {
	const char *on_failure;		/* "" = nobody */
	int64_t after_id;		/* 0 = it has times of its own */
};

/* ------------------------------------------------------------------ checks */

/* An alarm that nobody gets is none. The address does not go away before the transaction ends. */
static int
check_silence(struct db *db, struct arena *a, const struct schedule *s, int64_t tenant_id,
    struct err *err)
{
	struct rows r;
	int rc;

	if (s->silence_h == 0)
		return 0;
	if ((rc = db_query(db, Q_schedule_admin_email, DB_ARGS(v_int(tenant_id)), a, &r, err)) < 0)
		return rc;
	if (r.n == 0 || rows_null(&r, 0, C_schedule_admin_email_admin_email) ||
	    rows_text(&r, 0, C_schedule_admin_email_admin_email)[0] == '\0')
		err_fault(err, a, "SilenceHours",
		    "would alarm nobody: the tenant has no admin address; customerapi alias set "
		    "--admin-email gives it one");
	return err->code;
}

/* As mails use it; whoever may write schedules may not mail to anybody. */
static int
check_on_failure(struct db *db, struct arena *a, const struct schedule_args *in, int64_t tenant_id,
    struct draft *d, struct err *err)
{
	char address[MAIL_ADDRESS_SIZE];
	const char *given = in->on_failure.value == NULL ? "" :
	    text_trim(arena_strdup(a, in->on_failure.value));
	int allowed, rc;

	d->on_failure = "";
	if (given[0] == '\0' || mail_address_ascii(given, address) < 0)
		return err->code;	/* none, or named by the row's check */
	d->on_failure = arena_strdup(a, address);
	if ((rc = store_access_mail_allowed(db, a, tenant_id, address, &allowed, err)) < 0)
		return rc;
	if (!allowed)
		err_fault(err, a, "OnFailure", "is not on the tenant's mail allow-list; "
		    "customerapi mail-allow add puts an address or a domain there");
	return err->code;
}

/* Follows the chain from there: it must end, and not at the one that is to be behind it; with those
 * that are behind that one it may have CHAIN_MAX links. self 0: it is new. */
static int
check_chain(struct db *db, struct arena *a, int64_t tenant_id, int64_t self,
    struct store_schedule_link link, struct err *err)
{
	int64_t behind = 0;
	int rc, n;

	for (n = 1; n <= CHAIN_MAX; n++) {
		if (self != 0 && link.id == self)
			return err_fault(err, a, "After",
			    "would go round in a circle: that schedule runs after this one");
		if (link.after_id == 0)
			break;
		if ((rc = store_schedule_link_find(db, a, tenant_id, link.after_id, NULL, &link,
		    err)) < 0)
			return rc;
	}
	if (n > CHAIN_MAX)
		return err_fault(err, a, "After", "has %d schedules before it; that is the most",
		    CHAIN_MAX);
	if (self != 0 && (rc = store_schedule_behind(db, self, CHAIN_MAX, &behind, err)) < 0)
		return rc;
	return n + behind <= CHAIN_MAX ? err->code : err_fault(err, a, "After", "would put %d "
	    "schedules before those that run after this one, one after the other; %d is the most",
	    n + (int)behind, CHAIN_MAX);
}

/* More would not all be started. */
static int
check_room(struct db *db, struct arena *a, int64_t schedule_id, struct err *err)
{
	int64_t n;
	int rc = store_schedule_follower_count(db, schedule_id, &n, err);

	if (rc < 0 || n < SCHEDULE_FOLLOWERS_MAX)
		return rc < 0 ? rc : err->code;
	return err_fault(err, a, "After", "has %d schedules that run after it; that is the most",
	    SCHEDULE_FOLLOWERS_MAX);
}

/* A link that is there already stays, whatever it is part of: there, or NULL. */
static int
check_after(struct db *db, struct arena *a, const char *text, int64_t tenant_id,
    const struct store_schedule *there, struct draft *d, struct err *err)
{
	struct store_schedule_link link;
	int64_t id = 0;
	int by_number = text_int64(text, &id) == 0, rc;

	if (text[0] == '\0')
		return err->code;
	if ((rc = store_schedule_link_find(db, a, tenant_id, id, by_number ? NULL : text, &link,
	    err)) < 0)
		return rc;
	if (link.id == 0)
		return err_fault(err, a, "After", "is no schedule of this tenant");
	d->after_id = link.id;
	if (there != NULL && there->after_id == link.id)
		return err->code;
	if ((rc = check_room(db, a, link.id, err)) < 0)
		return rc;
	return check_chain(db, a, tenant_id, there == NULL ? 0 : there->schedule_id, link, err);
}

/* All that can be wrong with a body, told at once. there: the schedule that it is to change, NULL =
 * a new one; what says no start starts when it was made. The caller calls schedule_done(s) in any
 * case. */
static int
read_draft(struct db *db, struct arena *a, const struct schedule_owner *owner,
    const struct schedule_body *b, const struct store_schedule *there, struct schedule *s,
    struct draft *d, struct err *err)
{
	const usec_t anchor = there == NULL ? owner->now : there->created_at;
	void *ignored;

	*s = (struct schedule){ 0 };
	*d = (struct draft){ .on_failure = "" };
	if (!b->kind->built)
		return err_set(err, ERR_NOT_BUILT,
		    "%s cannot be scheduled yet: this version does not have the process.",
		    b->kind->name);
	schedule_read(a, b->form, b->in, owner->time_zone, anchor, s, err);
	schedule_parameters(a, b->kind, b->in->parameters.value, &ignored, err);
	if (err->code < 0 && err->faults == NULL)
		return err->code;
	check_silence(db, a, s, owner->tenant_id, err);
	check_on_failure(db, a, b->in, owner->tenant_id, d, err);
	if (s->after != NULL)
		check_after(db, a, s->after, owner->tenant_id, there, d, err);
	return err->code;
}

/* ------------------------------------------------------------------ a new one */

/* What of a row its body decides. */
static void
fill_definition(struct arena *a, const struct schedule_body *b, const struct schedule *s,
    const struct draft *d, struct store_schedule *row)
{
	row->process = b->kind->name;
	row->form = s->form->name;
	row->label = s->label;
	row->rule = schedule_text(a, b->json);
	row->parameters = json_text_of(a, b->in->parameters.value);
	row->time_zone = s->zone_name;
	row->misfire = s->misfire;
	row->grace_s = s->grace_s;
	row->overlap = s->overlap;
	row->start_at = s->rule.start;
	row->end_at = s->rule.end;
	row->silence_h = s->silence_h;
	row->on_failure = d->on_failure;
	row->after_id = d->after_id;
	row->tzdata = calendar_tzdata_version(a);
	row->fault = "";
}

/* Occurrences before now are nobody's: a schedule cannot miss what was before it. A one-time one
 * within its grace is due at once. */
static int
first_times(struct arena *a, const struct schedule *s, usec_t now, struct store_schedule *row,
    struct err *err)
{
	row->after_at = s->form->form == CALENDAR_ONE_TIME ? USEC_NONE : now - 1;
	if (calendar_next_day(s->zone, &s->rule, row->after_at, &row->next_due_at, &row->next_day))
		return 0;
	row->next_due_at = USEC_NONE;
	if (s->form->form == CALENDAR_AFTER)
		return 0;
	return err_fault(err, a, "EndDate", "leaves nothing that would still be due");
}

/* A row that is not there yet. */
static int
draft_new(struct db *db, struct arena *a, const struct schedule_owner *owner,
    const struct schedule_body *b, struct store_schedule *row, struct err *err)
{
	struct schedule s;
	struct draft d;

	*row = (struct store_schedule){ .tenant_id = owner->tenant_id, .name = b->in->name.value,
		.next_due_at = USEC_NONE, .after_at = USEC_NONE, .paused_at = USEC_NONE,
		.last_success_at = USEC_NONE, .created_by = owner->by, .created_at = owner->now };
	read_draft(db, a, owner, b, NULL, &s, &d, err);
	if (err->code == 0)
		schedule_check_past(a, &s, owner->now, err);
	if (err->code == 0) {
		fill_definition(a, b, &s, &d, row);
		first_times(a, &s, owner->now, row, err);
	}
	if (err->code == 0 && !s.enabled) {
		row->paused_at = owner->now;
		row->next_due_at = USEC_NONE;
	}
	schedule_done(&s);
	return err->code;
}

/* ERR_DB_DUPLICATE: there is one of that name. */
static int
add_row(struct db *db, struct arena *a, const struct schedule_owner *owner,
    const struct schedule_body *b, struct store_schedule *row, struct err *err)
{
	int64_t n;
	int rc;

	if ((rc = draft_new(db, a, owner, b, row, err)) < 0 ||
	    (rc = store_schedule_count(db, row->tenant_id, &n, err)) < 0)
		return rc;
	if (n >= SCHEDULES_MAX)
		return err_set(err, ERR_CONFLICT,
		    "A tenant may have %d schedules; delete some that have ended.", SCHEDULES_MAX);
	return store_schedule_add(db, row, owner->now, err);
}

int
schedule_ops_add(struct db *db, struct arena *a, const struct schedule_owner *owner,
    const struct schedule_body *b, struct store_schedule *row, struct err *err)
{
	int rc = add_row(db, a, owner, b, row, err);

	if (rc != ERR_DB_DUPLICATE)
		return rc;
	err_clear(err);
	return err_set(err, ERR_CONFLICT, "There is a schedule %s already; PUT "
	    "ProcessManagement/Schedules/ByName/%s, or schedule set, changes it.", row->name,
	    row->name);
}

/* ------------------------------------------------------------------ one that is there */

/* Nobody else changes it, and the daemon does not fire it, before the transaction ends. */
static int
lock(struct db *db, const struct store_schedule *row, struct err *err)
{
	int found, rc = store_schedule_lock(db, row->schedule_id, row->tenant_id, &found, err);

	return rc == 0 && !found ?
	    err_set(err, ERR_NOT_FOUND, "There is no schedule %" PRId64 " any more.",
		row->schedule_id) :
	    rc;
}

/* *row as it is under the lock, and what it means; *readable 0 when it cannot be read: fault then
 * says why. */
static int
lock_and_read(struct db *db, struct arena *a, struct store_schedule *row, struct schedule *s,
    int *readable, struct err *fault, struct err *err)
{
	const struct schedule_form *form = schedule_form_find(row->form);
	struct store_schedule *fresh;
	int rc;

	*s = (struct schedule){ 0 };
	if ((rc = lock(db, row, err)) < 0 ||
	    (rc = store_schedule_find(db, a, row->schedule_id, row->tenant_id, &fresh, err)) < 0)
		return rc;
	*row = *fresh;
	*readable = form != NULL &&
	    schedule_parse(a, form, row->rule, row->time_zone, row->created_at, s, fault) == 0;
	return 0;
}

static int
has_ended(const struct store_schedule *row)
{
	return row->after_id == 0 && row->paused_at == USEC_NONE && row->next_due_at == USEC_NONE &&
	    row->fault[0] == '\0';
}

/* A one-time one that is due and may start late. */
static int
may_start_late(const struct schedule *s, struct occurrence o, usec_t now)
{
	return s->form->form == CALENDAR_ONE_TIME && o.at != USEC_NONE && o.at <= now &&
	    o.at >= now - s->grace_s * USEC_SEC;
}

/* Those from first up to now go into the history; row then waits for the next one. */
static int
settle(struct db *db, struct arena *a, struct store_schedule *row, const struct schedule *s,
    struct occurrence first, const struct occurrences_missed *why, usec_t now, int64_t *n,
    struct err *err)
{
	struct occurrences *o = arena_new(a, struct occurrences, 1);

	occurrences_until(s, first, now, o);
	*n = o->total;
	if (o->total > 0)
		row->after_at = occurrences_at(o, o->total - 1);
	row->next_due_at = o->next.at;
	row->next_day = o->next.day;
	return occurrences_put_missed(db, a, row, o, o->total, why, now, err);
}

static const char *
count_text(struct arena *a, int64_t n, const char *which)
{
	return n == 0 ?
	    NULL :
	    n == 1 ?
	    arena_printf(a, "1 occurrence %s is in the history as Missed.", which) :
	    arena_printf(a, "%" PRId64 " occurrences %s are in the history as Missed.", n, which);
}

/* What was due goes into the history, as long as it is not a one-time one that may start late; row
 * is not yet paused. s: NULL when it cannot be read. */
static int
enter_pause(struct db *db, struct arena *a, struct store_schedule *row, const struct schedule *s,
    usec_t now, const char **remark, struct err *err)
{
	const struct occurrences_missed why = { .class = "paused",
		.reason = "Then the schedule was paused.", .found_late = 1 };
	struct occurrence first = { .at = USEC_NONE };
	int64_t n = 0;
	int rc = 0;

	if (s != NULL)
		first = occurrences_open(s, row);
	if (s != NULL && !may_start_late(s, first, now))
		rc = settle(db, a, row, s, first, &why, now, &n, err);
	*remark = count_text(a, n, "that was due");
	return rc;
}

int
schedule_ops_pause(struct db *db, struct arena *a, struct store_schedule *row, usec_t now,
    const char **remark, struct err *err)
{
	struct err fault = { 0 };
	int changed, readable, rc;
	struct schedule s;

	*remark = NULL;
	if ((rc = lock_and_read(db, a, row, &s, &readable, &fault, err)) == 0 &&
	    row->paused_at == USEC_NONE) {
		if (has_ended(row))
			*remark = ended_remark;
		else if ((rc = enter_pause(db, a, row, readable ? &s : NULL, now, remark, err)) ==
		    0)
			rc = store_schedule_pause(db, row, now, &changed, err);
	}
	schedule_done(&s);
	return rc;
}

static const char *
pause_reason(struct arena *a, const struct store_schedule *row, usec_t now, const char *until)
{
	char from[32], to[32];

	if (row->paused_at == USEC_NONE)
		return arena_printf(a, "The schedule could not be computed: %s", row->fault);
	clock_iso8601(row->paused_at, from);
	clock_iso8601(now, to);
	return arena_printf(a, "The schedule was paused from %s to %s%s.", from, to, until);
}

/* What fell into the pause goes into the history; row is then as it is to be. */
static int
leave_pause(struct db *db, struct arena *a, struct store_schedule *row, const struct schedule *s,
    usec_t now, const char **remark, struct err *err)
{
	const struct occurrences_missed why = { .class = row->paused_at == USEC_NONE ? "fault" :
										       "paused",
		.reason = pause_reason(a, row, now, "") };
	struct occurrence first = occurrences_open(s, row);
	int64_t n;
	int rc;

	if (may_start_late(s, first, now)) {
		row->next_due_at = first.at;
		*remark = "Its time is past but within its grace: it is due now.";
		return 0;
	}
	if ((rc = settle(db, a, row, s, first, &why, now, &n, err)) < 0)
		return rc;
	*remark = count_text(a, n,
	    row->paused_at == USEC_NONE ? "from the time when it could not be computed" :
					  "of the pause");
	if (row->next_due_at == USEC_NONE && row->after_id == 0)
		*remark = *remark == NULL ? ended_remark :
					    arena_printf(a, "%s %s", *remark, ended_remark);
	return 0;
}

int
schedule_ops_resume(struct db *db, struct arena *a, struct store_schedule *row, usec_t now,
    const char **remark, struct err *err)
{
	struct err fault = { 0 };
	int changed, readable, rc;
	struct schedule s;

	*remark = NULL;
	if ((rc = lock_and_read(db, a, row, &s, &readable, &fault, err)) == 0 &&
	    (row->paused_at != USEC_NONE || row->fault[0] != '\0')) {
		if (!readable)
			rc = err_set(err, ERR_CONFLICT,
			    "Schedule %" PRId64 " cannot be resumed, for it cannot be computed: %s",
			    row->schedule_id,
			    fault.faults != NULL ? fault.faults->message : fault.detail);
		else if ((rc = leave_pause(db, a, row, &s, now, remark, err)) == 0) {
			row->tzdata = calendar_tzdata_version(a);
			rc = store_schedule_resume(db, row, now, &changed, err);
		}
	} else if (rc == 0 && has_ended(row))
		*remark = ended_remark;
	schedule_done(&s);
	return rc;
}

/* Nothing waits for what will never come. */
static int
check_followers(struct db *db, struct arena *a, const struct store_schedule *row, struct err *err)
{
	struct rows r;
	struct buf b;
	int rc = store_schedule_followers(db, a, row->schedule_id, FOLLOWERS_SHOWN, &r, err);

	if (rc < 0 || r.n == 0)
		return rc;
	buf_init(&b, a);
	for (size_t i = 0; i < r.n; i++)
		buf_addf(&b, "%s%" PRId64 "%s%s", i > 0 ? ", " : "",
		    rows_int(&r, i, C_schedule_followers_schedule_id),
		    rows_text(&r, i, C_schedule_followers_name)[0] == '\0' ? "" : " ",
		    rows_text(&r, i, C_schedule_followers_name));
	return err_set(err, ERR_CONFLICT, "Schedule %" PRId64 " cannot be deleted while others run "
	    "after it: %s. Delete or change them first.", row->schedule_id, b.data);
}

int
schedule_ops_delete(struct db *db, struct arena *a, struct store_schedule *row, usec_t now,
    const char *by, int64_t *running, struct err *err)
{
	struct occurrences_missed why = {
		.class = "deleted", .reason = "Then the schedule was deleted.", .found_late = 1
	};
	struct err fault = { 0 };
	int changed, readable, rc;
	struct schedule s;
	int64_t n;

	if ((rc = lock_and_read(db, a, row, &s, &readable, &fault, err)) == 0)
		rc = check_followers(db, a, row, err);
	if (rc == 0 && readable && !has_ended(row)) {
		if (row->paused_at != USEC_NONE || row->fault[0] != '\0') {
			why.reason = pause_reason(a, row, now, ", when it was deleted");
			why.found_late = 0;
		}
		rc = settle(db, a, row, &s, occurrences_open(&s, row), &why, now, &n, err);
	}
	schedule_done(&s);
	if (rc < 0 ||
	    (rc = store_schedule_delete(db, row->schedule_id, row->tenant_id, now, &changed, err)) <
		0)
		return rc;
	return store_run_cancel_of(db, row->schedule_id, by, now, running, err);
}

/* ------------------------------------------------------------------ change by name */

/* Other times: those of before end now, in the history; the new ones begin now. */
static int
renew_times(struct db *db, struct arena *a, struct store_schedule *row, const struct schedule *old,
    const struct schedule *s, usec_t now, const char **remark, struct err *err)
{
	struct occurrences_missed why = { .class = "changed",
		.reason = "Then the schedule was changed.", .found_late = 1 };
	int64_t n = 0;
	int rc = schedule_check_past(a, s, now, err);

	if (row->paused_at != USEC_NONE || row->fault[0] != '\0') {
		why.reason = pause_reason(a, row, now, ", when it was changed");
		why.found_late = 0;
	}
	if (rc == 0 && old != NULL && !has_ended(row))
		rc = settle(db, a, row, old, occurrences_open(old, row), &why, now, &n, err);
	*remark = count_text(a, n, "of its times before");
	return rc < 0 ? rc : first_times(a, s, now, row, err);
}

/* The same times: what is open stays open, by the zone data of today. */
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

/* What is paused already stays so since then; what has ended is not paused. */
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

/* row's times as they are to be: paused or not, with the new rule. old: NULL when it cannot be
 * read. */
static int
set_times(struct db *db, struct arena *a, struct store_schedule *row, const struct schedule *old,
    const struct schedule *s, int new_times, int paused, usec_t now, const char **remark,
    struct err *err)
{
	const int was_paused = row->paused_at != USEC_NONE,
		  stays_ended = !new_times && has_ended(row);
	int rc = 0;

	if (new_times)
		rc = renew_times(db, a, row, old, s, now, remark, err);
	else if (paused && !was_paused && !stays_ended)
		rc = enter_pause(db, a, row, s, now, remark, err);
	else if (!paused && was_paused)
		rc = leave_pause(db, a, row, s, now, remark, err);
	else
		keep_times(s, row);
	set_pause(row, paused, stays_ended, now);
	return rc;
}

/* 1 when what is to be is due at other times than row; old: what row means, NULL when it cannot be
 * read. The caller calls schedule_done(room). */
static int
has_new_times(struct arena *a, const struct store_schedule *row, const struct schedule *s,
    const struct draft *d, struct schedule *room, struct schedule **old)
{
	const struct schedule_form *form = schedule_form_find(row->form);
	struct err fault = { 0 };

	*room = (struct schedule){ 0 };
	*old = form != NULL && schedule_parse(a, form, row->rule, row->time_zone, row->created_at,
	    room, &fault) == 0 ? room : NULL;
	return *old == NULL || row->fault[0] != '\0' || d->after_id != row->after_id ||
	    !schedule_same_times(*old, s);
}

static int
is_to_pause(const struct schedule_body *b, const struct store_schedule *row)
{
	return b->in->enabled.given ? !b->in->enabled.value : row->paused_at != USEC_NONE;
}

/* row: as it is under the lock. */
static int
change_row(struct db *db, struct arena *a, const struct schedule_owner *owner,
    const struct schedule_body *b, struct store_schedule *row, const char **remark, struct err *err)
{
	const struct store_schedule before = *row;
	struct schedule room = { 0 }, *old, s;
	struct draft d;
	int changed, new_times;
	int rc = read_draft(db, a, owner, b, row, &s, &d, err);

	if (rc == 0) {
		new_times = has_new_times(a, row, &s, &d, &room, &old);
		rc = set_times(db, a, row, old, &s, new_times, is_to_pause(b, row), owner->now,
		    remark, err);
		fill_definition(a, b, &s, &d, row);
		if (rc == 0)
			rc = store_schedule_change(db, row,
			    new_times || row->silence_h != before.silence_h ||
				row->paused_at != before.paused_at,
			    owner->now, &changed, err);
	}
	schedule_done(&room);
	schedule_done(&s);
	return rc;
}

/* What leaving a pause leaves open; nothing goes into the history. */
static void
peek_behind_pause(struct arena *a, const struct schedule *s, usec_t now, struct store_schedule *row)
{
	struct occurrence next = occurrences_open(s, row);
	struct occurrences *o;

	if (!may_start_late(s, next, now)) {
		o = arena_new(a, struct occurrences, 1);
		occurrences_until(s, next, now, o);
		next = o->next;
		if (o->total > 0)
			row->after_at = occurrences_at(o, o->total - 1);
	}
	row->next_due_at = next.at;
	row->next_day = next.day;
}

/* The times of row as change_row() would make them, and nothing is written. */
static int
peek_times(struct arena *a, struct store_schedule *row, const struct schedule *s, int new_times,
    int paused, usec_t now, struct err *err)
{
	const int was_paused = row->paused_at != USEC_NONE,
		  stays_ended = !new_times && has_ended(row);

	if (new_times && (schedule_check_past(a, s, now, err) < 0 ||
	    first_times(a, s, now, row, err) < 0))
		return err->code;
	if (!new_times && was_paused && !paused)
		peek_behind_pause(a, s, now, row);
	else if (!new_times)
		keep_times(s, row);
	set_pause(row, paused, stays_ended, now);
	return 0;
}

static int
draft_change(struct db *db, struct arena *a, const struct schedule_owner *owner,
    const struct schedule_body *b, struct store_schedule *row, struct err *err)
{
	struct schedule room = { 0 }, *old, s;
	struct draft d;
	int rc = read_draft(db, a, owner, b, row, &s, &d, err);

	if (rc == 0)
		rc = peek_times(a, row, &s, has_new_times(a, row, &s, &d, &room, &old),
		    is_to_pause(b, row), owner->now, err);
	if (rc == 0)
		fill_definition(a, b, &s, &d, row);
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
		return draft_new(db, a, owner, b, row, err);
	*row = *there;
	return draft_change(db, a, owner, b, row, err);
}

int
schedule_ops_set(struct db *db, struct arena *a, const struct schedule_owner *owner,
    const struct schedule_body *b, schedule_ops_check *check, void *arg,
    struct store_schedule *row, int *made, const char **remark, struct err *err)
{
	const char *name = b->in->name.value;
	struct store_schedule *there = NULL;
	int64_t id;
	int rc;

	*made = 0;
	*remark = NULL;
	if ((rc = store_schedule_named(db, owner->tenant_id, name, &id, err)) < 0 ||
	    (id != 0 && (rc = store_schedule_find(db, a, id, owner->tenant_id, &there, err)) < 0) ||
	    (check != NULL && (rc = check(there, arg, err)) < 0))
		return rc;
	if (there != NULL) {
		*row = *there;
		return change_row(db, a, owner, b, row, remark, err);
	}
	*made = 1;
	if ((rc = add_row(db, a, owner, b, row, err)) != ERR_DB_DUPLICATE)
		return rc;
	err_clear(err);
	return err_set(err, ERR_DB_RETRY, "Another request made schedule %s at this moment.", name);
}

/* ------------------------------------------------------------------ runs */

static int
check_asked(struct arena *a, const struct process_kind *kind, const char *process, int64_t asked,
    struct json_object *parameters, const char *of, struct err *err)
{
	void *ignored;
	int rc;

	if (kind == NULL || !kind->built)
		return err_set(err, ERR_NOT_BUILT,
		    "%s cannot run: this version does not have the process.", process);
	if (parameters != NULL &&
	    (rc = schedule_parameters(a, kind, parameters, &ignored, err)) < 0)
		return rc;
	if (asked >= ASKED_MAX)
		return err_set(err, ERR_CONFLICT,
		    "%d runs of %s that were asked for wait already; it can be run again when one "
		    "of them has begun or is cancelled.",
		    ASKED_MAX, of);
	return 0;
}

static struct store_run
asked_run(const struct schedule_owner *owner, const struct process_kind *kind, int64_t schedule_id,
    const char *parameters)
{
	return (struct store_run){ .tenant_id = owner->tenant_id,
		.schedule_id = schedule_id,
		.process = kind->name,
		.parameters = parameters,
		.origin = STORE_RUN_BY_HAND,
		.tries = 1,
		.due_at = USEC_NONE,
		.last_due_at = USEC_NONE,
		.occurrences = 1,
		.state = STATE_RUN_WAITING,
		.not_before = owner->now,
		.exclusive = kind->exclusive,
		.ended_at = USEC_NONE,
		.reason_class = "",
		.reason = "",
		.created_by = owner->by };
}

int
schedule_ops_run(struct db *db, struct arena *a, const struct schedule_owner *owner,
    const struct store_schedule *row, struct json_object *parameters, int64_t *run_id,
    struct err *err)
{
	const struct process_kind *kind = process_find(row->process);
	struct store_run run;
	int64_t asked;
	int rc;

	if ((rc = lock(db, row, err)) < 0 ||
	    (rc = store_run_asked(db, row->schedule_id, &asked, err)) < 0 ||
	    (rc = check_asked(a, kind, row->process, asked, parameters,
	    arena_printf(a, "schedule %" PRId64, row->schedule_id), err)) < 0)
		return rc;
	run = asked_run(owner, kind, row->schedule_id,
	    parameters != NULL ? json_text_of(a, parameters) : row->parameters);
	return store_run_put(db, &run, owner->now, run_id, err);
}

int
schedule_ops_start(struct db *db, struct arena *a, const struct schedule_owner *owner,
    const struct process_kind *kind, struct json_object *parameters, int64_t *run_id,
    struct err *err)
{
	struct store_run run;
	int64_t asked;
	int rc;

	if ((rc = store_run_asked_of_process(db, owner->tenant_id, kind->name, &asked, err)) < 0 ||
	    (rc = check_asked(a, kind, kind->name, asked, parameters, kind->name, err)) < 0)
		return rc;
	run = asked_run(owner, kind, 0, json_text_of(a, parameters));
	return store_run_put(db, &run, owner->now, run_id, err);
}

const char *
schedule_ops_state(const struct store_schedule *row)
{
	enum state_of_schedule state = STATE_SCHEDULE_ACTIVE;

	if (row->fault[0] != '\0')
		state = STATE_SCHEDULE_FAULTY;
	else if (row->paused_at != USEC_NONE)
		state = STATE_SCHEDULE_PAUSED;
	else if (has_ended(row))
		state = STATE_SCHEDULE_ENDED;
	return state_name(states_of_schedule, state);
}

usec_t
schedule_ops_open_after(const struct store_schedule *row, usec_t now)
{
	return row->paused_at != USEC_NONE || row->next_due_at == USEC_NONE ? now :
									      row->next_due_at - 1;
}
