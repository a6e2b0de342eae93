#include "config.h"

#include "admin/check/check.h"

#include <string.h>

#include "admin/context.h"
#include "lib/calendar.h"
#include "lib/text.h"
#include "store/db.h"
#include "store/registry/store_admin_queue.h"
#include "store/registry/store_doctor.h"
#include "store/registry/store_orphan.h"
#include "store/schedule/store_tick.h"

enum {
	DEAD_DAYS = 30,
	PRIVACY_TERM_DAYS = 30,
	PRIVACY_LATE_DAYS = 20,
	ERASURE_LATE_DAYS = 1,
	RUN_LATE_S = 3600,
	ORPHANS_MAX = 1000
};

/* ------------------------------------------------------------------ queue, mail */

static void
check_daemon(struct examination *e)
{
	static const char *const kinds[] = { "worker", "mailer", "tick" },
				 *const called[] = { "worker of the queue", "mailer",
					 "watcher of schedules" };
	struct context *x = e->x;
	struct rows r;

	if (store_ticks(x->db, &x->arena, &r, &x->err) < 0) {
		check_say_err(e, NULL);
		return;
	}
	for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
		size_t i = 0;

		while (i < r.n && strcmp(rows_text(&r, i, C_ticks_kind), kinds[k]) != 0)
			i++;
		if (i == r.n)
			check_say(e, CHECK_WARNING, "Start customerapi-scheduler.",
			    "No %s has ever looked for work.", called[k]);
		else if (rows_int(&r, i, C_ticks_age_s) > CHECK_LATE_S)
			check_say(e, CHECK_WARNING, "Start customerapi-scheduler, or see its log.",
			    "No %s has looked for work for %lld %s.", called[k],
			    (long long)rows_int(&r, i, C_ticks_age_s) / 60,
			    text_form(rows_int(&r, i, C_ticks_age_s) / 60, "minute", "minutes"));
		else
			check_say(e, CHECK_OK, NULL, "A %s looked for work %lld s ago.", called[k],
			    (long long)rows_int(&r, i, C_ticks_age_s));
	}
}

/* For how long the oldest of those that are due waits; 0 when none is due. */
static usec_t
waited(const struct rows *r, size_t oldest_column, long long due, usec_t now)
{
	return due > 0 ? now - rows_time(r, 0, oldest_column) : 0;
}

static void
say_due(struct examination *e, long long due, usec_t waited_us, const char *one, const char *many,
    const char *fix)
{
	const long long minutes = waited_us / USEC_SEC / 60;

	if (waited_us > CHECK_LATE_S * USEC_SEC)
		check_say(e, CHECK_WARNING, fix, "%lld %s due, the oldest for %lld %s.", due,
		    text_form(due, one, many), minutes, text_form(minutes, "minute", "minutes"));
	else
		check_say(e, CHECK_OK, NULL, "%lld %s due, none for long.", due,
		    text_form(due, one, many));
}

static void
check_queue(struct examination *e)
{
	struct context *x = e->x;
	long long due, dead, unrouted;
	struct rows r;
	usec_t now;

	if (db_now(x->db, &now, &x->err) < 0 ||
	    store_admin_queue_health(x->db, &x->arena, now, &r, &x->err) < 0) {
		check_say_err(e, NULL);
		return;
	}
	due = rows_int(&r, 0, C_admin_queue_health_due);
	dead = rows_int(&r, 0, C_admin_queue_health_dead);
	unrouted = rows_int(&r, 0, C_admin_queue_health_unrouted);
	say_due(e, due, waited(&r, C_admin_queue_health_oldest_due, due, now),
	    "message is", "messages are",
	    "Does customerapi-scheduler run? Its log says what holds it up; customerapi queue "
	    "summary shows whose messages wait.");
	if (dead > 0)
		check_say(e, CHECK_WARNING,
		    "customerapi queue list --state dead, then customerapi queue retry or purge.",
		    "%lld %s dead.", dead, text_form(dead, "message is", "messages are"));
	if (unrouted > 0)
		check_say(e, CHECK_WARNING,
		    "customerapi queue list --state unrouted: a wrong URL at the sender? Once "
		    "handled, customerapi queue retry --state unrouted.",
		    "%lld %s unrouted.", unrouted,
		    text_form(unrouted, "message is", "messages are"));
	if (dead + unrouted == 0)
		check_say(e, CHECK_OK, NULL, "No message is dead or unrouted.");
}

static void
check_mails(struct examination *e)
{
	long long due, dead;
	struct context *x = e->x;
	struct rows r;
	usec_t now;

	if (db_now(x->db, &now, &x->err) < 0 ||
	    store_admin_queue_mail_health(x->db, &x->arena, now, &r, &x->err) < 0) {
		check_say_err(e, NULL);
		return;
	}
	due = rows_int(&r, 0, C_admin_mail_health_due);
	dead = rows_int(&r, 0, C_admin_mail_health_dead);
	say_due(e, due, waited(&r, C_admin_mail_health_oldest_due, due, now), "mail is",
	    "mails are",
	    "Does customerapi-scheduler run, and does the mail server answer? The scheduler's log "
	    "says.");
	if (dead > 0)
		check_say(e, CHECK_WARNING,
		    "customerapi queue show RECEIPT gives the mail server's words.",
		    "%lld %s could not be delivered.", dead, text_form(dead, "mail", "mails"));
}

/* ------------------------------------------------------------------ what lies there for long */

static void
check_dead_letters(struct examination *e)
{
	struct context *x = e->x;
	struct rows old, blocked;
	usec_t now;

	if (db_now(x->db, &now, &x->err) < 0 ||
	    store_doctor_dead_before(
		x->db, &x->arena, now - DEAD_DAYS * 86400 * USEC_SEC, &old, &x->err) < 0 ||
	    store_doctor_blocked(x->db, &x->arena, &blocked, &x->err) < 0) {
		check_say_err(e, "Is the queue very long? customerapi queue summary counts it.");
		return;
	}
	if (rows_int(&old, 0, C_doctor_dead_before_dead) > 0)
		check_say(e, CHECK_WARNING,
		    arena_printf(&x->arena,
			"customerapi queue list --state dead --before %dd; then queue retry, or "
			"queue purge --state dead.",
			DEAD_DAYS),
		    "%lld %s been dead for more than %d days.",
		    (long long)rows_int(&old, 0, C_doctor_dead_before_dead),
		    text_form(rows_int(&old, 0, C_doctor_dead_before_dead), "message has",
			"messages have"),
		    DEAD_DAYS);
	for (size_t i = 0; i < blocked.n; i++)
		check_say(e, CHECK_WARNING,
		    arena_printf(&x->arena,
			"customerapi queue list --state dead --tenant %s/%s --source %lld; then "
			"queue retry or purge them.",
			rows_text(&blocked, i, C_doctor_blocked_customer),
			rows_text(&blocked, i, C_doctor_blocked_alias),
			(long long)rows_int(&blocked, i, C_doctor_blocked_source_id)),
		    "%s/%s Source %lld keeps its order strictly: %lld dead %s up later ones.",
		    rows_text(&blocked, i, C_doctor_blocked_customer),
		    rows_text(&blocked, i, C_doctor_blocked_alias),
		    (long long)rows_int(&blocked, i, C_doctor_blocked_source_id),
		    (long long)rows_int(&blocked, i, C_doctor_blocked_dead),
		    text_form(rows_int(&blocked, i, C_doctor_blocked_dead), "message holds",
			"messages hold"));
	if (rows_int(&old, 0, C_doctor_dead_before_dead) == 0 && blocked.n == 0)
		check_say(e, CHECK_OK, NULL,
		    "No message has been dead for more than %d days, and none holds up others.",
		    DEAD_DAYS);
}

static void
check_leases(struct examination *e)
{
	struct context *x = e->x;
	const char *first = NULL;
	struct rows tenants, r;
	size_t n = 0;
	int rc = store_admin_queue_tenants(x->db, &x->arena, 0, &tenants, &x->err);

	for (size_t i = 0; i < tenants.n && rc == 0; i++) {
		rc = store_orphans(x->db, &x->arena,
		    rows_int(&tenants, i, C_admin_queue_tenants_tenant_id), ORPHANS_MAX, &r,
		    &x->err);
		if (rc == 0 && first == NULL && r.n > 0)
			first = rows_text(&r, 0, C_queue_orphans_receipt);
		n += rc == 0 ? r.n : 0;
	}
	if (rc < 0)
		check_say_err(e, NULL);
	else if (n > 0)
		check_say(e, CHECK_WARNING,
		    arena_printf(&x->arena, "The daemon makes them ready when it starts, and once "
			"an hour; customerapi queue retry %s does so at once.", first),
		    "%zu %s leased, but no lease holds %s: %s.", n,
		    text_form((long long)n, "message is", "messages are"),
		    text_form((long long)n, "it", "them"), first);
	else
		check_say(e, CHECK_OK, NULL, "Each leased message has its lease.");
}

/* ------------------------------------------------------------------ requests about persons */

/* Shopify, and the law of the European Union (GDPR, article 12), give about a month; the daemon
 * erases at once. */
static void
say_privacy(struct examination *e, const struct rows *r, size_t i, usec_t now)
{
	struct arena *a = &e->x->arena;
	const char *tenant = arena_printf(a, "%s %s", rows_text(r, i, C_doctor_privacy_customer),
	    rows_text(r, i, C_doctor_privacy_alias));
	const long long n = rows_int(r, i, C_doctor_privacy_requests),
			id = rows_int(r, i, C_doctor_privacy_privacy_id),
			days = (now - rows_time(r, i, C_doctor_privacy_oldest)) / USEC_SEC / 86400;
	const int is_data_request = rows_int(r, i, C_doctor_privacy_is_data_request) != 0;
	const char *fix = is_data_request ?
	    arena_printf(a,
		"customerapi privacy list %s --state Open; then customerapi contact export %s "
		"--request %lld, and send the document.",
		tenant, tenant, id) :
	    arena_printf(a,
		"Does customerapi-scheduler run? customerapi privacy finish %s %lld says what "
		"holds it up.",
		tenant, id);
	const char *what = is_data_request ? text_form(n, "data request is", "data requests are") :
					     text_form(n, "erasure is", "erasures are");
	const char *day_word = text_form(days, "day", "days");

	if (days >= PRIVACY_TERM_DAYS)
		check_say(e, CHECK_ERROR, fix,
		    "%s/%s: %lld %s open, the oldest (%lld) for %lld %s: the term of %d days is "
		    "over.",
		    rows_text(r, i, C_doctor_privacy_customer),
		    rows_text(r, i, C_doctor_privacy_alias), n, what, id, days, day_word,
		    PRIVACY_TERM_DAYS);
	else if (days >= (is_data_request ? PRIVACY_LATE_DAYS : ERASURE_LATE_DAYS))
		check_say(e, CHECK_WARNING, fix,
		    "%s/%s: %lld %s open, the oldest (%lld) for %lld %s; it must be done within "
		    "%d.",
		    rows_text(r, i, C_doctor_privacy_customer),
		    rows_text(r, i, C_doctor_privacy_alias), n, what, id, days, day_word,
		    PRIVACY_TERM_DAYS);
	else
		check_say(e, CHECK_OK, NULL, "%s/%s: %lld %s open, the oldest (%lld) for %lld %s.",
		    rows_text(r, i, C_doctor_privacy_customer),
		    rows_text(r, i, C_doctor_privacy_alias), n, what, id, days, day_word);
}

static void
check_privacy(struct examination *e)
{
	struct context *x = e->x;
	struct rows r;
	usec_t now;

	if (db_now(x->db, &now, &x->err) < 0 ||
	    store_doctor_privacy(x->db, &x->arena, &r, &x->err) < 0) {
		check_say_err(e, NULL);
		return;
	}
	for (size_t i = 0; i < r.n; i++)
		say_privacy(e, &r, i, now);
	if (r.n == 0)
		check_say(e, CHECK_OK, NULL, "No request about a person is open.");
}

/* ------------------------------------------------------------------ schedules, zones */

static void
say_schedule(struct examination *e, const struct rows *r, size_t i)
{
	struct arena *a = &e->x->arena;
	const char *tenant = arena_printf(a, "%s/%s", rows_text(r, i, C_doctor_schedules_customer),
		       rows_text(r, i, C_doctor_schedules_alias)),
		   *trouble = rows_text(r, i, C_doctor_schedules_trouble);
	const char *show = arena_printf(a, "customerapi schedule show %s %s %lld",
	    rows_text(r, i, C_doctor_schedules_customer), rows_text(r, i, C_doctor_schedules_alias),
	    (long long)rows_int(r, i, C_doctor_schedules_schedule_id));
	long long id = rows_int(r, i, C_doctor_schedules_schedule_id);

	if (strcmp(trouble, "fault") == 0)
		check_say(e, CHECK_ERROR, show, "%s: schedule %lld (%s) cannot be computed: %s",
		    tenant, id, rows_text(r, i, C_doctor_schedules_process),
		    rows_text(r, i, C_doctor_schedules_fault));
	else if (strcmp(trouble, "late") == 0)
		check_say(e, CHECK_WARNING,
		    "Does customerapi-scheduler run? Its log says what holds it up.",
		    "%s: schedule %lld (%s) is overdue by more than %d minutes.", tenant, id,
		    rows_text(r, i, C_doctor_schedules_process), CHECK_LATE_S / 60);
	else
		check_say(e, CHECK_WARNING,
		    arena_printf(a, "%s; customerapi run list says what became of its runs.", show),
		    "%s: no run of schedule %lld (%s) has succeeded for %lld %s.", tenant, id,
		    rows_text(r, i, C_doctor_schedules_process),
		    (long long)rows_int(r, i, C_doctor_schedules_silence_h),
		    text_form(rows_int(r, i, C_doctor_schedules_silence_h), "hour", "hours"));
}

static void
check_schedules(struct examination *e)
{
	struct context *x = e->x;
	struct rows r, runs, unheard;
	usec_t now;

	int rc = db_now(x->db, &now, &x->err);

	if (rc == 0)
		rc = store_doctor_unheard(x->db, &x->arena, &unheard, &x->err);
	if (rc == 0)
		rc = store_doctor_schedules(
		    x->db, &x->arena, now, now - CHECK_LATE_S * USEC_SEC, &r, &x->err);
	if (rc == 0)
		rc = store_doctor_runs(
		    x->db, &x->arena, now - RUN_LATE_S * USEC_SEC, &runs, &x->err);
	if (rc < 0) {
		check_say_err(e, NULL);
		return;
	}
	if (rows_int(&runs, 0, C_doctor_runs_waiting) > 0)
		check_say(e, CHECK_WARNING,
		    "Does customerapi-scheduler run, and is run_slots above 0? customerapi run "
		    "list --state waiting shows them.",
		    "%lld %s waited for more than an hour.",
		    (long long)rows_int(&runs, 0, C_doctor_runs_waiting),
		    text_form(rows_int(&runs, 0, C_doctor_runs_waiting), "run has", "runs have"));
	for (size_t i = 0; i < r.n; i++)
		say_schedule(e, &r, i);
	for (size_t i = 0; i < unheard.n; i++)
		check_say(e, CHECK_WARNING,
		    arena_printf(&x->arena, "customerapi alias set %s %s --admin-email ADDRESS",
			rows_text(&unheard, i, C_doctor_unheard_customer),
			rows_text(&unheard, i, C_doctor_unheard_alias)),
		    "%s/%s: %lld %s with SilenceHours (the first is %lld) would alarm "
		    "nobody: the tenant has no admin address.",
		    rows_text(&unheard, i, C_doctor_unheard_customer),
		    rows_text(&unheard, i, C_doctor_unheard_alias),
		    (long long)rows_int(&unheard, i, C_doctor_unheard_schedules),
		    text_form(
			rows_int(&unheard, i, C_doctor_unheard_schedules), "schedule", "schedules"),
		    (long long)rows_int(&unheard, i, C_doctor_unheard_schedule_id));
	if (r.n + unheard.n == 0 && rows_int(&runs, 0, C_doctor_runs_waiting) == 0)
		check_say(e, CHECK_OK, NULL, "No schedule is at fault, overdue or silent.");
}

static void
check_zones(struct examination *e)
{
	struct context *x = e->x;
	const char *version = calendar_tzdata_version(&x->arena);
	size_t before = e->nlines;
	struct rows zones, stored;

	if (store_doctor_zones(x->db, &x->arena, &zones, &x->err) < 0 ||
	    store_doctor_tzdata(x->db, &x->arena, &stored, &x->err) < 0) {
		check_say_err(e, NULL);
		return;
	}
	if (strcmp(version, "unknown") == 0)
		check_say(e, CHECK_WARNING,
		    "Install the package tzdata (Debian: apt install tzdata).",
		    "The version of this machine's time-zone data cannot be told.");
	for (size_t i = 0; i < zones.n; i++)
		if (!calendar_zone_exists(rows_text(&zones, i, C_doctor_zones_time_zone)))
			check_say(e, CHECK_ERROR,
			    "Install the package tzdata (and tzdata-legacy for old names), or "
			    "change the zone.",
			    "There is no time zone %s here; %s uses it.",
			    rows_text(&zones, i, C_doctor_zones_time_zone),
			    rows_text(&zones, i, C_doctor_zones_what));
	for (size_t i = 0; i < stored.n; i++)
		if (strcmp(rows_text(&stored, i, C_doctor_tzdata_tzdata), version) != 0)
			check_say(e, CHECK_WARNING,
			    "The daemon computes them anew within a minute; does it run, and on a "
			    "machine with the same tzdata?",
			    "%lld %s computed with time-zone data %s, this machine has %s.",
			    (long long)rows_int(&stored, i, C_doctor_tzdata_schedules),
			    text_form(rows_int(&stored, i, C_doctor_tzdata_schedules),
				"schedule was", "schedules were"),
			    *rows_text(&stored, i, C_doctor_tzdata_tzdata) == '\0' ?
				"of no version" :
				rows_text(&stored, i, C_doctor_tzdata_tzdata),
			    version);
	if (e->nlines == before)
		check_say(e, CHECK_OK, NULL, "Time-zone data %s knows the zones in use (%zu).",
		    version, zones.n);
}

/* ------------------------------------------------------------------ table */

const struct check check_work_rows[] = {
	{ "time-zones", "The time-zone data knows all zones in use, and schedules were computed with it.", 1, CHECK_ON_SCHEMA, check_zones },
	{ "daemon", "The scheduler daemon is at work.", 0, CHECK_ON_SCHEMA, check_daemon },
	{ "queue", "Messages are processed in time; none is dead or unrouted.", 0, CHECK_ON_SCHEMA, check_queue },
	{ "dead-letters", "No message has been dead for long, and none holds up others.", 1, CHECK_ON_SCHEMA, check_dead_letters },
	{ "leases", "Each leased message has its lease.", 1, CHECK_ON_SCHEMA, check_leases },
	{ "privacy", "Requests about persons (data requests, erasures) are done in time.", 1, CHECK_ON_SCHEMA, check_privacy },
	{ "schedules", "No schedule is at fault, overdue or silent.", 1, CHECK_ON_SCHEMA, check_schedules },
	{ "mail", "Mails are sent in time; none is dead.", 0, CHECK_ON_SCHEMA, check_mails },
	{ NULL, NULL, 0, CHECK_GROUND_UNSET, NULL },
};
