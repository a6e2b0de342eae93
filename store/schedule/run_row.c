#include "config.h"

#include "store/schedule/run_row.h"

#include "model/state.h"
#include "store/schedule/store_run.h"

static const char *
state_of(const void *from)
{
	const struct store_run *r = from;

	return state_name(states_of_run, r->state);
}

static const char *
origin_of(const void *from)
{
	const struct store_run *r = from;

	return state_name(origins_of_run, r->origin);
}

static const struct field progress_rows[] = {
	FIELD(TEXT, "Phase", "What it is at.", FROM(struct store_run, phase),
	    .sample = "purchases"),
	FIELD(INT, "Done", "How much is done.", FROM(struct store_run, done), .sample = "20000"),
	FIELD(INT, "Total", "Of how much; 0 = not known.", FROM(struct store_run, total),
	    .sample = "20000"),
	FIELD(INT, "PerSecond", "How fast it goes.", FROM(struct store_run, rate), .sample = "900"),
	FIELD_END,
};

#define RUN_MEMBERS \
	FIELD(INT, "RunId", "Number of the run.", FROM(struct store_run, run_id)), \
	FIELD(INT, "ScheduleId", "Its schedule, if it belongs to one.", \
	    FROM(struct store_run, schedule_id), .optional = 1), \
	FIELD(TEXT, "Process", "Name of the process.", FROM(struct store_run, process), \
	    .sample = "ComputeRefAmounts"), \
	FIELD(TEXT, "State", \
	    "Success and Warning did their work; Lost: its process or host died; Missed: nobody " \
	    "was there for it, or its schedule was paused; Skipped: the one before was not over.", \
	    FROM_MADE(state_of), .choices = STATE_NAMES(STATES_OF_RUN), .sample = "Success"), \
	FIELD(TEXT, "Origin", "Why it runs.", FROM_MADE(origin_of), \
	    .choices = STATE_NAMES(ORIGINS_OF_RUN)), \
	FIELD(INT, "RetryOf", "The run that it repeats.", FROM(struct store_run, retry_of), \
	    .optional = 1, .sample = ""), \
	FIELD(TIME, "DueAt", "The occurrence of its schedule.", FROM(struct store_run, due_at), \
	    .nullable = 1, .sample = "2026-11-25T01:30:00.000000Z"), \
	FIELD(INT, "Occurrences", "This row stands for so many missed or skipped occurrences.", \
	    FROM(struct store_run, several), .optional = 1, .sample = ""), \
	FIELD(TIME, "LastDueAt", "The last of them.", FROM(struct store_run, last_due_at), \
	    WHEN(struct store_run, several), .sample = "", .nullable = 1), \
	FIELD(TIME, "CreatedAt", "When it was put down.", FROM(struct store_run, created_at), \
	    .sample = "2026-11-25T01:30:00.123456Z"), \
	FIELD(TIME, "StartedAt", "When its work began.", FROM(struct store_run, started_at), \
	    .nullable = 1, .sample = "2026-11-25T01:30:00.234567Z"), \
	FIELD(TIME, "EndedAt", "When its work ended.", FROM(struct store_run, ended_at), \
	    .nullable = 1, .sample = "2026-11-25T01:30:21.456789Z"), \
	FIELD(TIME, "CancelledAt", "When somebody cancelled it.", \
	    FROM(struct store_run, cancel_at), .optional = 1, .sample = ""), \
	FIELD(TEXT, "CancelledBy", "Who cancelled it.", FROM(struct store_run, cancel_by), \
	    WHEN(struct store_run, cancel_at), .sample = ""), \
	FIELD(ANY, "Parameters", "The process's parameters in this run.", \
	    FROM(struct store_run, parameters)), \
	FIELD(OBJECT, "Progress", "How far it is, once it is at work.", \
	    FROM_SAME(struct store_run), WHEN(struct store_run, phase), .rows = progress_rows), \
	FIELD(ANY, "Result", \
	    "What the process says of its work; its members depend on the process.", \
	    FROM(struct store_run, result), .optional = 1), \
	FIELD(TEXT, "Reason", \
	    "Why it ended as it did, or for which missed occurrences it stands.", \
	    FROM(struct store_run, reason), .sample = "")

const struct field run_row[] = {
	RUN_MEMBERS,
	FIELD(TEXT, "Log", "The end of its log.", FROM(struct store_run, log_tail), .sample = ""),
	FIELD_END,
};

const struct field run_row_listed[] = { RUN_MEMBERS, FIELD_END };
