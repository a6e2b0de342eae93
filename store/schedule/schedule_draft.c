#include "config.h"

#include "store/schedule/schedule_parts.h"

#include "lib/arena.h"
#include "lib/calendar.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/format/mail_address.h"
#include "lib/text.h"
#include "model/process.h"
#include "store/db.h"
#include "store/registry/store_access.h"

enum { SCHEDULES_MAX = 10000, CHAIN_MAX = 20 };

/* ------------------------------------------------------------------ checks */

/* A silence alarm needs an address. The address stays until the transaction ends. */
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

/* Normalises the address as mails use it, and checks the allow-list: the right to write schedules
 * is no right to mail to anybody. */
static int
check_on_failure(struct db *db, struct arena *a, const struct schedule_args *in, int64_t tenant_id,
    struct schedule_draft *d, struct err *err)
{
	char address[MAIL_ADDRESS_SIZE];
	const char *given = in->on_failure.value == NULL ? "" :
	    text_trim(arena_strdup(a, in->on_failure.value));
	int allowed, rc;

	d->on_failure = "";
	if (given[0] == '\0' || mail_address_ascii(given, address) < 0)
		return err->code;	/* none given, or the row's check has noted the fault */
	d->on_failure = arena_strdup(a, address);
	if ((rc = store_access_mail_allowed(db, a, tenant_id, address, &allowed, err)) < 0)
		return rc;
	if (!allowed)
		err_fault(err, a, "OnFailure", "is not on the tenant's mail allow-list; "
		    "customerapi mail-allow add puts an address or a domain there");
	return err->code;
}

/* Follows the chain from a schedule to its end. It must not contain self, the schedule that is to
 * follow it. Together with the schedules behind self it may have CHAIN_MAX links. self 0: a new
 * schedule. */
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

/* With more followers, some would not be started. */
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

/* An existing link stays valid, whatever chain it is in. there: the stored schedule, or NULL. */
static int
check_after(struct db *db, struct arena *a, const char *text, int64_t tenant_id,
    const struct store_schedule *there, struct schedule_draft *d, struct err *err)
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

int
schedule_ops_read(struct db *db, struct arena *a, const struct schedule_owner *owner,
    const struct schedule_body *b, const struct store_schedule *there, struct schedule *s,
    struct schedule_draft *d, struct err *err)
{
	const usec_t anchor = there == NULL ? owner->now : there->created_at;
	void *ignored;

	*s = (struct schedule){ 0 };
	*d = (struct schedule_draft){ .on_failure = "" };
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

void
schedule_ops_fill(struct arena *a, const struct schedule_body *b, const struct schedule *s,
    const struct schedule_draft *d, struct store_schedule *row)
{
	row->process = b->kind->name;
	row->form = s->form->name;
	row->label = s->label;
	row->rule = schedule_text(a, b->json);
	row->parameters = json_document(a, b->in->parameters.value);
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

int
schedule_ops_first_times(struct arena *a, const struct schedule *s, usec_t now,
    struct store_schedule *row, struct err *err)
{
	row->after_at = s->form->form == CALENDAR_ONE_TIME ? USEC_NONE : now - 1;
	if (calendar_next_day(s->zone, &s->rule, row->after_at, &row->next_due_at, &row->next_day))
		return 0;
	row->next_due_at = USEC_NONE;
	if (s->form->form == CALENDAR_AFTER)
		return 0;
	return err_fault(err, a, "EndDate", "leaves nothing that would still be due");
}

int
schedule_ops_draft_new(struct db *db, struct arena *a, const struct schedule_owner *owner,
    const struct schedule_body *b, struct store_schedule *row, struct err *err)
{
	struct schedule s;
	struct schedule_draft d;

	*row = (struct store_schedule){ .tenant_id = owner->tenant_id, .name = b->in->name.value,
		.next_due_at = USEC_NONE, .after_at = USEC_NONE, .paused_at = USEC_NONE,
		.last_success_at = USEC_NONE, .created_by = owner->by, .created_at = owner->now };
	schedule_ops_read(db, a, owner, b, NULL, &s, &d, err);
	if (err->code == 0)
		schedule_check_past(a, &s, owner->now, err);
	if (err->code == 0) {
		schedule_ops_fill(a, b, &s, &d, row);
		schedule_ops_first_times(a, &s, owner->now, row, err);
	}
	if (err->code == 0 && !s.enabled) {
		row->paused_at = owner->now;
		row->next_due_at = USEC_NONE;
	}
	schedule_done(&s);
	return err->code;
}

int
schedule_ops_add_row(struct db *db, struct arena *a, const struct schedule_owner *owner,
    const struct schedule_body *b, struct store_schedule *row, struct err *err)
{
	int64_t n;
	int rc;

	if ((rc = schedule_ops_draft_new(db, a, owner, b, row, err)) < 0 ||
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
	int rc = schedule_ops_add_row(db, a, owner, b, row, err);

	if (rc != ERR_DB_DUPLICATE)
		return rc;
	err_clear(err);
	return err_set(err, ERR_CONFLICT, "There is a schedule %s already; PUT "
	    "ProcessManagement/Schedules/ByName/%s, or schedule set, changes it.", row->name,
	    row->name);
}
