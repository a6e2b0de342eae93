#include "config.h"

#include "scheduler/tick/tick_alarm.h"

#include <inttypes.h>

#include "lib/arena.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "scheduler/notice.h"
#include "scheduler/tick/tick.h"
#include "store/db.h"

enum { SILENT_MAX = 50, HOURS_MIN = 24 };

static int
mail(struct tick *t, struct arena *a, const struct rows *r, size_t i, usec_t now, struct err *err)
{
	const char *customer = rows_text(r, i, C_schedule_silent_customer),
		   *alias = rows_text(r, i, C_schedule_silent_alias),
		   *process = rows_text(r, i, C_schedule_silent_process),
		   *label = rows_text(r, i, C_schedule_silent_label);
	const int64_t schedule_id = rows_int(r, i, C_schedule_silent_schedule_id);
	char since[32] = "it was created";
	struct notice n = { .tenant_id = rows_int(r, i, C_schedule_silent_tenant_id),
		.to = rows_text(r, i, C_schedule_silent_admin_email),
		.give_up_days = t->conf->mail_give_up_days };

	if (!rows_null(r, i, C_schedule_silent_last_success_at))
		clock_iso8601(rows_time(r, i, C_schedule_silent_last_success_at), since);
	n.message_id = arena_printf(a, "silence.%" PRId64 ".%" PRId64 "@customerapi.%s",
	    schedule_id, now / USEC_SEC, customer);
	n.subject = arena_printf(a, "[%s/%s] %s has not succeeded for %" PRId64 " h", customer,
	    alias, process, rows_int(r, i, C_schedule_silent_silence_h));
	n.text = arena_printf(a,
	    "No run of %s%s%s%s (schedule %" PRId64 " of %s/%s) has succeeded since %s. "
	    "\"customerapi run list %s %s --schedule %" PRId64 "\" shows what became of its runs.",
	    process, label[0] == '\0' ? "" : " \"", label, label[0] == '\0' ? "" : "\"",
	    schedule_id, customer, alias, since, customer, alias, schedule_id);
	return notice_put(t->registry, &n, now, err);
}

/* The next alarm of the same schedule comes a day later, or after its own period when that is
 * longer. 1: this daemon raises this one; 0: another has done it. */
static int
claim(struct tick *t, const struct rows *r, size_t i, usec_t now, struct err *err)
{
	const int64_t period = rows_int(r, i, C_schedule_silent_silence_h),
		      hours = period > HOURS_MIN ? period : HOURS_MIN;
	int64_t mine = db_exec(t->registry, Q_schedule_silent_next,
	    DB_ARGS(v_time(now + hours * 3600 * USEC_SEC),
		v_int(rows_int(r, i, C_schedule_silent_schedule_id)), v_time(now)),
	    err);

	return mine < 0 ? err->code : mine > 0;
}

int
tick_alarm(struct tick *t, struct arena *a, usec_t now, int *count, struct err *err)
{
	struct rows r;
	int rc = db_query(
	    t->registry, Q_schedule_silent, DB_ARGS(v_time(now), v_int(SILENT_MAX)), a, &r, err);

	for (size_t i = 0; rc == 0 && i < r.n; i++)
		if ((rc = claim(t, &r, i, now, err)) > 0)
			rc = mail(t, a, &r, i, now, err);
	*count += rc == 0 && r.n == SILENT_MAX;
	return rc;
}
