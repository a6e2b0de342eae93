#include "config.h"

#include "store/schedule/schedule_row.h"

#include "lib/arena.h"
#include "lib/calendar.h"
#include "lib/err.h"
#include "model/schedule.h"
#include "model/state.h"
#include "store/schedule/schedule_ops.h"

/* ------------------------------------------------------------------ the rows */

static const struct field next_run_rows[] = {
	FIELD(TEXT, "Local", "In the schedule's zone, with its offset.",
	    FROM(struct schedule_row_next, local), .sample = "2026-11-25T02:30:00+01:00"),
	FIELD(TIME, "Utc", "The same instant.", FROM(struct schedule_row_next, utc),
	    .sample = "2026-11-25T01:30:00.000000Z"),
	FIELD(TIME, "StartsAt", "When the run starts: with JitterMinutes, a while behind.",
	    FROM(struct schedule_row_next, starts_at), .optional = 1, .sample = ""),
	FIELD_END,
};

#define WORDS \
	FIELD(TEXT, "Words", "What it means, in words.", FROM(struct schedule_row, words), \
	    .optional = 1, .sample = "Every day at 02:30 (Europe/Paris), from 2026-11-24 09:09")
#define LATENESS \
	FIELD(TEXT, "Misfire", "See the form.", FROM(struct schedule_row, misfire), \
	    WHEN(struct schedule_row, has_times), .choices = STATE_NAMES(MISFIRES_OF_SCHEDULE)), \
	FIELD(INT, "GraceMinutes", "See the form.", FROM(struct schedule_row, grace_minutes), \
	    WHEN(struct schedule_row, has_times), .sample = "60"), \
	FIELD(TEXT, "Overlap", "See the form.", FROM(struct schedule_row, overlap), \
	    WHEN(struct schedule_row, has_times), .choices = STATE_NAMES(OVERLAPS_OF_SCHEDULE))

const struct field schedule_row[] = {
	FIELD(INT, "ScheduleId", "Number of the schedule.",
	    FROM(struct schedule_row, is.schedule_id)),
	FIELD(TEXT, "Process", "Name of the process.", FROM(struct schedule_row, is.process),
	    .sample = "ComputeRefAmounts"),
	FIELD(TEXT, "Form", "Which form it has.", FROM(struct schedule_row, is.form),
	    .sample = "Daily"),
	FIELD(TEXT, "Name", "Its name.", FROM(struct schedule_row, is.name), .optional = 1,
	    .sample = "nightly"),
	FIELD(TEXT, "Label", "What it is for.", FROM(struct schedule_row, is.label),
	    .sample = "Nightly"),
	FIELD(TEXT, "State",
	    "Whether it is at work; Faulty: it can no longer be understood, Fault says why.",
	    FROM(struct schedule_row, state), .choices = STATE_NAMES(STATES_OF_SCHEDULE)),
	WORDS,
	FIELD(TEXT, "TimeZone", "The zone in which its times are meant.",
	    FROM(struct schedule_row, is.time_zone), .sample = "Europe/Paris"),
	FIELD(TEXT, "TzData", "Version of the time-zone data in use.",
	    FROM(struct schedule_row, tzdata), .sample = "2026b"),
	FIELD(ANY, "Fields", "The form's fields as they were given.",
	    FROM(struct schedule_row, is.rule), .sample = "{\"Time\": \"02:30\"}"),
	FIELD(ANY, "Parameters", "The process's own parameters.",
	    FROM(struct schedule_row, is.parameters)),
	LATENESS,
	FIELD(INT, "SilenceHours", "See the form; left out when there is no alarm.",
	    FROM(struct schedule_row, is.silence_h), .optional = 1, .sample = "26"),
	FIELD(TEXT, "OnFailure", "Who gets a mail when a run of it fails.",
	    FROM(struct schedule_row, is.on_failure), .optional = 1, .sample = ""),
	FIELD(INT, "AfterScheduleId", "It runs after each success of this one.",
	    FROM(struct schedule_row, is.after_id), .optional = 1, .sample = ""),
	FIELD(OBJECT, "NextRuns", "When it is due next; of a paused one, when it would be.",
	    FROM_ARRAY(struct schedule_row, next, nnext), WHEN(struct schedule_row, has_next),
	    .rows = next_run_rows),
	FIELD(TIME, "NextDueAt",
	    "Null when it is paused, nothing more is due, or it runs after another one.",
	    FROM(struct schedule_row, is.next_due_at), .nullable = 1,
	    .sample = "2026-11-25T01:30:00.000000Z"),
	FIELD(TIME, "PausedAt", "Since when it is paused.", FROM(struct schedule_row, is.paused_at),
	    .nullable = 1, .sample = "null"),
	FIELD(TIME, "LastSuccessAt", "When a run of it last succeeded.",
	    FROM(struct schedule_row, is.last_success_at), .nullable = 1, .sample = "null"),
	FIELD(TIME, "CreatedAt", "When it was made.", FROM(struct schedule_row, is.created_at)),
	FIELD(TEXT, "CreatedBy", "Who made it.", FROM(struct schedule_row, is.created_by),
	    .sample = "API"),
	FIELD(TEXT, "Fault", "Why it is Faulty.", FROM(struct schedule_row, is.fault),
	    .optional = 1, .sample = ""),
	FIELD(TEXT, "Remark", "What Pause or Resume did besides, or that nothing is due any more.",
	    FROM(struct schedule_row, remark), .optional = 1, .sample = ""),
	FIELD_END,
};

const struct field schedule_row_when[] = { WORDS, LATENESS, FIELD_END };

const struct field schedule_row_preview[] = {
	FIELD(TEXT, "Process", "Name of the process.", FROM(struct schedule_row, is.process),
	    .sample = "ComputeRefAmounts"),
	FIELD(TEXT, "Form", "The form that it would be stored as.",
	    FROM(struct schedule_row, is.form), .sample = "Daily"),
	FIELD(TEXT, "Words", "What it means, in words.", FROM(struct schedule_row, words),
	    .sample = "Every day at 02:30 (Europe/Paris), from 2026-11-24 09:09"),
	FIELD(TEXT, "TimeZone", "The zone in which its times are meant.",
	    FROM(struct schedule_row, is.time_zone), .sample = "Europe/Paris"),
	FIELD(TEXT, "TzData", "Version of the time-zone data in use.",
	    FROM(struct schedule_row, tzdata), .sample = "2026b"),
	FIELD(ANY, "Fields", "The form's fields.", FROM(struct schedule_row, is.rule),
	    .sample = "{\"Time\": \"02:30\"}"),
	FIELD(ANY, "Parameters", "The process's own parameters.",
	    FROM(struct schedule_row, is.parameters)),
	FIELD(OBJECT, "NextRuns", "When it would be due.",
	    FROM_ARRAY(struct schedule_row, next, nnext), .rows = next_run_rows),
	FIELD_END,
};

/* ------------------------------------------------------------------ filling */

/* Lists up to most occurrences after "after". */
static void
fill_next(struct arena *a, const struct schedule *s, usec_t after, int most,
    struct schedule_row *out)
{
	const usec_t jitter = schedule_jitter(s, out->is.schedule_id);
	struct schedule_row_next *list = arena_new(a, struct schedule_row_next, (size_t)most);
	usec_t t = after;
	char local[40];

	out->has_next = 1;
	out->next = list;
	while ((int)out->nnext < most && calendar_next(s->zone, &s->rule, t, &t)) {
		calendar_local_text(s->zone, t, local);
		list[out->nnext++] = (struct schedule_row_next){ .local = arena_strdup(a, local),
			.utc = t, .starts_at = s->jitter_s > 0 ? t + jitter : USEC_NONE };
	}
}

static void
fill_times(struct arena *a, const struct schedule *s, struct schedule_row *out)
{
	out->words = schedule_words(a, s);
	out->has_times = out->is.after_id == 0;
	out->misfire = s->misfire_name;
	out->overlap = s->overlap_name;
	out->grace_minutes = out->is.grace_s / 60;
	out->jitter_s = schedule_jitter(s, out->is.schedule_id) / USEC_SEC;
}

static void
fill(struct arena *a, const struct store_schedule *is, usec_t after, int most, int is_draft,
    struct schedule_row *out)
{
	const struct schedule_form *form = schedule_form_find(is->form);
	struct schedule s = { 0 };
	struct err ignored = { 0 };

	*out = (struct schedule_row){ .is = *is, .state = schedule_ops_state(is),
		.tzdata = calendar_tzdata_version(a) };
	if (form != NULL && schedule_parse(a, form, is->rule, is->time_zone, is->created_at, &s,
	    &ignored) == 0) {
		if (is_draft)
			s.jitter_s = 0;
		fill_times(a, &s, out);
		if (most > 0)
			fill_next(a, &s, after, most, out);
	}
	schedule_done(&s);
}

void
schedule_row_fill(struct arena *a, const struct store_schedule *is, usec_t now, int most,
    struct schedule_row *out)
{
	fill(a, is, schedule_ops_open_after(is, now), most, 0, out);
}

void
schedule_row_fill_draft(struct arena *a, const struct store_schedule *is, int most,
    struct schedule_row *out)
{
	fill(a, is, is->after_at, most, 1, out);
}
