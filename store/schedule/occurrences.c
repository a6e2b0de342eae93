#include "config.h"

#include "store/schedule/occurrences.h"

#include <inttypes.h>

#include "lib/arena.h"
#include "lib/calendar.h"
#include "lib/err.h"
#include "model/state.h"
#include "store/db.h"
#include "store/schedule/store_run.h"

static const struct occurrence none = { .at = USEC_NONE, .day = CALENDAR_NO_DAY };

/* Finds the next occurrence by its day when the form names days. An instant may have been computed
 * with other zone data; the search by instant would then repeat a day or skip one. */
static struct occurrence
next_of(const struct schedule *s, struct occurrence o)
{
	struct occurrence n = o;

	if (s->form->form == CALENDAR_ONE_TIME)
		return none;
	if (o.day == CALENDAR_NO_DAY)
		return calendar_next_day(s->zone, &s->rule, o.at, &n.at, &n.day) ? n : none;
	do {
		if (!calendar_from_day(s->zone, &s->rule, n.day + 1, &n.at, &n.day))
			return none;
	} while (n.at == o.at);	/* two occurrences at one instant count as one */
	return n;
}

static int64_t
day_of(const struct schedule *s, const struct store_schedule *row)
{
	return row->next_day != CALENDAR_NO_DAY || row->next_due_at == USEC_NONE ?
	    row->next_day :
	    calendar_nearest_day(s->zone, &s->rule, row->next_due_at);
}

struct occurrence
occurrences_open(const struct schedule *s, const struct store_schedule *row)
{
	struct occurrence o = { .at = s->rule.start, .day = day_of(s, row) };

	if (s->form->form == CALENDAR_ONE_TIME)
		return row->next_due_at != USEC_NONE || row->after_at == USEC_NONE ||
			s->rule.start > row->after_at ?
		    o :
		    none;
	if (o.day == CALENDAR_NO_DAY)
		return calendar_next_day(s->zone, &s->rule, row->after_at, &o.at, &o.day) ? o :
											    none;
	if (!calendar_from_day(s->zone, &s->rule, o.day, &o.at, &o.day))
		return none;
	return o.at == row->after_at ? next_of(s, o) : o;
}

struct occurrence
occurrences_due(const struct schedule *s, const struct store_schedule *row)
{
	return (struct occurrence){ .at = row->next_due_at, .day = day_of(s, row) };
}

void
occurrences_until(
    const struct schedule *s, struct occurrence first, usec_t now, struct occurrences *out)
{
	struct occurrence o = first;

	for (out->total = 0; o.at != USEC_NONE && o.at <= now; o = next_of(s, o), out->total++) {
		if (out->total < OCCURRENCES_ROWS)
			out->first[out->total] = o.at;
		out->last[out->total % OCCURRENCES_LAST] = o.at;
	}
	out->next = o;
}

usec_t
occurrences_at(const struct occurrences *o, int64_t i)
{
	return i >= o->total - OCCURRENCES_LAST ? o->last[i % OCCURRENCES_LAST] : o->first[i];
}

int64_t
occurrences_rows(int64_t missed)
{
	return missed > OCCURRENCES_ROWS ? 1 : missed;
}

int
occurrences_put_missed(struct db *db, struct arena *a, const struct store_schedule *row,
    const struct occurrences *o, int64_t n, const struct occurrences_missed *why, usec_t now,
    struct err *err)
{
	int64_t rows = occurrences_rows(n), id;

	for (int64_t i = 0; i < rows; i++) {
		struct store_run r = store_run_new(row->tenant_id, row->process);

		r.schedule_id = row->schedule_id;
		r.parameters = row->parameters;
		r.origin = STORE_RUN_BY_SCHEDULE;
		r.due_at = r.not_before = o->first[i];
		if (rows != n) {
			r.occurrences = n;
			r.last_due_at = occurrences_at(o, n - 1);
		}
		r.state = STATE_RUN_MISSED;
		r.ended_at = now;
		r.reason_class = why->class;
		r.reason = why->reason;
		if (why->found_late)
			r.reason = arena_printf(a,
			    "No daemon was at work when it was due; found %" PRId64 " s late. %s",
			    (now - o->first[i]) / USEC_SEC, why->reason);
		if (store_run_put(db, &r, now, &id, err) < 0)
			return err->code;
	}
	return 0;
}
