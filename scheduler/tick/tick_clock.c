#include "config.h"

#include "scheduler/tick/tick_clock.h"

#include <inttypes.h>

#include "lib/arena.h"
#include "lib/calendar.h"
#include "lib/err.h"
#include "lib/log.h"
#include "model/schedule.h"
#include "scheduler/tick/tick.h"
#include "scheduler/tick/tick_due.h"
#include "store/db.h"
#include "store/registry/store_clock.h"
#include "store/schedule/occurrences.h"
#include "store/schedule/store_schedule.h"

enum { ZONES_MAX = 200, AHEAD_S = 60, AHEAD_MAX = 50 };

int
tick_clock_zones(struct tick *t, struct arena *a, usec_t now, int *count, struct err *err)
{
	const char *version = calendar_tzdata_version(a);
	struct store_schedule *list;
	size_t n;
	int rc = store_schedule_other_tzdata(t->registry, a, version, ZONES_MAX, &list, &n, err);

	(void)now;
	for (size_t i = 0; i < n && rc == 0; i++) {
		struct schedule s;

		if (list[i].next_due_at != USEC_NONE &&
		    (rc = tick_due_read(t, a, &list[i], &s, err)) > 0) {
			struct occurrence next = occurrences_open(&s, &list[i]);

			rc = store_schedule_move(t->registry, list[i].schedule_id, list[i].after_at,
			    next.at, next.day, "", err);
			schedule_done(&s);
		}
		if (rc == 0)
			rc = store_schedule_set_tzdata(
			    t->registry, list[i].schedule_id, version, err);
	}
	*count += n == ZONES_MAX;
	return rc;
}

/* The schedule is settled up to now, and no further. Returns the number of runs that were deleted:
 * TICK_ROWS_MAX means that some are left, and the schedule is taken up again. */
static int64_t
set_back(struct tick *t, struct arena *a, struct store_schedule *row, usec_t now, struct err *err)
{
	const int is_paused = row->paused_at != USEC_NONE;
	struct occurrence next = { .at = USEC_NONE, .day = CALENDAR_NO_DAY };
	int64_t n = db_exec(t->registry, Q_run_forget_ahead,
	    DB_ARGS(v_int(row->schedule_id), v_time(now), v_int(TICK_ROWS_MAX)), err);
	struct schedule s = { 0 };
	int rc;

	if (n < 0 || n == TICK_ROWS_MAX)
		return n < 0 ? err->code : n;
	if (!is_paused && (rc = tick_due_read(t, a, row, &s, err)) <= 0)
		return rc < 0 ? rc : n;
	row->after_at = now;
	row->next_due_at = USEC_NONE;
	row->next_day = CALENDAR_NO_DAY;
	if (!is_paused) {
		next = occurrences_open(&s, row);
		schedule_done(&s);
	}
	row->next_due_at = next.at;
	row->next_day = next.day;
	rc = store_schedule_set_back(t->registry, row, now, err);
	return rc < 0 ? rc : n;
}

int
tick_clock_ahead(struct tick *t, struct arena *a, usec_t now, int *count, struct err *err)
{
	struct store_schedule *list;
	int64_t rows = 0, deleted = 0;
	size_t n, i;
	int behind;

	if (store_clock_is_behind(t->registry, a, now, &behind, err) < 0)
		return err->code;
	if (behind)
		return 0;
	if (store_schedule_ahead(
		t->registry, a, now + AHEAD_S * USEC_SEC, AHEAD_MAX, &list, &n, err) < 0)
		return err->code;
	for (i = 0; i < n && rows < TICK_ROWS_MAX; i++, rows += deleted) {
		log_event(LOG_LEVEL_WARNING, "schedule-set-back", "schedule",
		    arena_printf(a, "%" PRId64, list[i].schedule_id), NULL);
		if ((deleted = set_back(t, a, &list[i], now, err)) < 0)
			return err->code;
	}
	*count += n == AHEAD_MAX || rows >= TICK_ROWS_MAX;
	return 0;
}
