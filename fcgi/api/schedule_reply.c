#include "config.h"

#include "fcgi/api/schedule_reply.h"

#include <inttypes.h>
#include <string.h>

#include <json-c/json.h>

#include "fcgi/access/auth.h"
#include "fcgi/api/precondition.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "lib/calendar.h"
#include "lib/err.h"
#include "model/schedule.h"
#include "model/state.h"
#include "store/schedule/schedule_ops.h"
#include "store/schedule/store_run.h"
#include "store/schedule/store_schedule.h"

enum { SAMPLE_RUNS = 2 };

/* ------------------------------------------------------------------ JSON */

/* Stored JSON as it is; "" gives {}. */
static void
add_json(struct buf *b, const char *name, const char *json)
{
	buf_addf(b, ",\"%s\":%s", name, json[0] == '\0' ? "{}" : json);
}

/* Up to n occurrences behind after. */
static void
add_next_runs(struct buf *b, const struct schedule *s, int64_t schedule_id, usec_t after, int n)
{
	usec_t t = after, jitter = schedule_jitter(s, schedule_id);
	char local[40], utc[32];

	buf_adds(b, ",\"NextRuns\":[");
	for (int i = 0; i < n && calendar_next(s->zone, &s->rule, t, &t); i++) {
		calendar_local_text(s->zone, t, local);
		clock_iso8601(t, utc);
		buf_addf(b, "%s{\"Local\":\"%s\",\"Utc\":\"%s\"", i > 0 ? "," : "", local, utc);
		if (s->jitter_s > 0)
			reply_add_time(b, "StartsAt", t + jitter);
		buf_addc(b, '}');
	}
	buf_addc(b, ']');
}

void
schedule_reply_add(struct arena *a, usec_t now, struct buf *b, const struct store_schedule *row,
    int next_runs, const char *remark)
{
	const struct schedule_form *form = schedule_form_find(row->form);
	struct schedule s = { 0 };
	struct err fault = { 0 };
	int good = form != NULL &&
	    schedule_parse(a, form, row->rule, row->time_zone, row->created_at, &s, &fault) == 0;

	buf_addf(b, "{\"ScheduleId\":%" PRId64, row->schedule_id);
	reply_add_text(b, "Process", row->process);
	reply_add_text(b, "Form", row->form);
	if (row->name != NULL)
		reply_add_text(b, "Name", row->name);
	reply_add_text(b, "Label", row->label);
	reply_add_text(b, "State", schedule_ops_state(row));
	if (good)
		reply_add_text(b, "Words", schedule_words(a, &s));
	reply_add_text(b, "TimeZone", row->time_zone);
	reply_add_text(b, "TzData", calendar_tzdata_version(a));
	add_json(b, "Fields", row->rule);
	add_json(b, "Parameters", row->parameters);
	if (good && row->after_id == 0) {
		reply_add_text(b, "Misfire", s.misfire_name);
		buf_addf(b, ",\"GraceMinutes\":%" PRId64, row->grace_s / 60);
		reply_add_text(b, "Overlap", s.overlap_name);
	}
	if (row->silence_h != 0)
		buf_addf(b, ",\"SilenceHours\":%" PRId64, row->silence_h);
	if (row->on_failure[0] != '\0')
		reply_add_text(b, "OnFailure", row->on_failure);
	if (row->after_id != 0)
		buf_addf(b, ",\"AfterScheduleId\":%" PRId64, row->after_id);
	if (good && next_runs > 0)
		add_next_runs(
		    b, &s, row->schedule_id, schedule_ops_open_after(row, now), next_runs);
	reply_add_time(b, "NextDueAt", row->next_due_at);
	reply_add_time(b, "PausedAt", row->paused_at);
	reply_add_time(b, "LastSuccessAt", row->last_success_at);
	reply_add_time(b, "CreatedAt", row->created_at);
	reply_add_text(b, "CreatedBy", row->created_by);
	if (row->fault[0] != '\0')
		reply_add_text(b, "Fault", row->fault);
	if (remark != NULL)
		reply_add_text(b, "Remark", remark);
	buf_addc(b, '}');
	schedule_done(&s);
}

void
schedule_reply_add_run(struct buf *b, const struct store_run *r, int with_log)
{
	buf_addf(b, "{\"RunId\":%" PRId64, r->run_id);
	if (r->schedule_id != 0)
		buf_addf(b, ",\"ScheduleId\":%" PRId64, r->schedule_id);
	reply_add_text(b, "Process", r->process);
	reply_add_text(b, "State", state_name(states_of_run, r->state));
	reply_add_text(b, "Origin", state_name(origins_of_run, r->origin));
	if (r->retry_of != 0)
		buf_addf(b, ",\"RetryOf\":%" PRId64, r->retry_of);
	reply_add_time(b, "DueAt", r->due_at);
	if (r->occurrences > 1) {
		buf_addf(b, ",\"Occurrences\":%" PRId64, r->occurrences);
		reply_add_time(b, "LastDueAt", r->last_due_at);
	}
	reply_add_time(b, "CreatedAt", r->created_at);
	reply_add_time(b, "StartedAt", r->started_at);
	reply_add_time(b, "EndedAt", r->ended_at);
	if (r->cancel_at != USEC_NONE) {
		reply_add_time(b, "CancelledAt", r->cancel_at);
		reply_add_text(b, "CancelledBy", r->cancel_by);
	}
	add_json(b, "Parameters", r->parameters);
	if (r->phase[0] != '\0') {
		buf_adds(b, ",\"Progress\":{\"Phase\":");
		buf_add_json(b, r->phase);
		buf_addf(b,
		    ",\"Done\":%" PRId64 ",\"Total\":%" PRId64 ",\"PerSecond\":%" PRId64 "}",
		    r->done, r->total, r->rate);
	}
	if (r->result[0] != '\0')
		add_json(b, "Result", r->result);
	reply_add_text(b, "Reason", r->reason);
	if (with_log)
		reply_add_text(b, "Log", r->log_tail);
	buf_addc(b, '}');
}

void
schedule_reply_add_preview(
    struct request *r, struct buf *b, const struct store_schedule *row, int count)
{
	struct schedule s = { 0 };
	struct err ignored = { 0 };

	if (schedule_parse(&r->arena, schedule_form_find(row->form), row->rule, row->time_zone,
	    row->created_at, &s, &ignored) < 0) {
		schedule_done(&s);
		return;
	}
	buf_adds(b, "{\"Process\":");
	buf_add_json(b, row->process);
	reply_add_text(b, "Form", row->form);
	reply_add_text(b, "Words", schedule_words(&r->arena, &s));
	reply_add_text(b, "TimeZone", row->time_zone);
	reply_add_text(b, "TzData", calendar_tzdata_version(&r->arena));
	add_json(b, "Fields", row->rule);
	add_json(b, "Parameters", row->parameters);
	s.jitter_s = 0;	/* it depends on a number that it does not have */
	add_next_runs(b, &s, 0, row->after_at, count);
	buf_adds(b, "}\n");
	schedule_done(&s);
}

char *
schedule_reply_etag(struct request *r, const struct store_schedule *row)
{
	const char *text = arena_printf(&r->arena, "%" PRId64 "\n%s\n%s\n%s\n%s\n%s\n%s\n%s\n%s\n%"
	    PRId64 "\n%" PRId64, row->schedule_id, row->process, row->form,
	    row->name == NULL ? "" : row->name, row->label, row->rule, row->parameters,
	    row->time_zone, row->on_failure, row->after_id, row->paused_at);

	return precondition_etag(&r->arena, text, strlen(text));
}

/* ------------------------------------------------------------------ samples */

/* 2026-11-24T08:09:10Z: as the other samples. */
#define SAMPLE_NOW (INT64_C(1795507750) * USEC_SEC)
#define SAMPLE_LATER (SAMPLE_NOW + 21 * USEC_SEC)

static void
sample_row(struct arena *a, const struct schedule *s, struct json_object *body, const char *process,
    const char *name, int paused, struct store_schedule *row)
{
	*row = (struct store_schedule){ .schedule_id = 1, .process = process, .form = s->form->name,
		.name = name, .label = s->label, .rule = schedule_text(a, body), .parameters = "",
		.time_zone = s->zone_name, .grace_s = s->grace_s, .silence_h = s->silence_h,
		.on_failure = "", .fault = "", .created_by = "API", .created_at = SAMPLE_NOW,
		.after_at = SAMPLE_NOW, .paused_at = paused ? SAMPLE_NOW : USEC_NONE,
		.last_success_at = USEC_NONE, .after_id = s->after[0] == '\0' ? 0 : 2 };
	if (paused || !calendar_next(s->zone, &s->rule, SAMPLE_NOW, &row->next_due_at))
		row->next_due_at = USEC_NONE;
}

static const char *
indented(struct arena *a, const char *json)
{
	struct json_object *o = json_tokener_parse(json);
	const char *text = arena_strdup(a, json_object_to_json_string_ext(o,
	    JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE));

	json_object_put(o);
	return text;
}

const char *
schedule_reply_sample(struct arena *a, const char *process, const struct schedule_form *form,
    const char *body, int paused)
{
	struct json_object *o = json_tokener_parse(body);
	struct schedule_args in = { 0 };
	struct schedule s = { 0 };
	struct store_schedule row;
	struct err err = { 0 };
	struct buf b;

	buf_init(&b, a);
	buf_adds(&b, "");
	param_defaults(a, form->params, &in);
	if (param_bind_json(a, form->params, "", o, &in, &err) == 0 &&
	    schedule_read(a, form, &in, "Europe/Paris", SAMPLE_NOW, &s, &err) == 0) {
		sample_row(a, &s, o, process, in.name.value, paused, &row);
		schedule_reply_add(a, SAMPLE_NOW, &b, &row, SAMPLE_RUNS, NULL);
	}
	schedule_done(&s);
	json_object_put(o);
	return indented(a, b.data);
}

const char *
schedule_reply_cancelled_sample(struct arena *a)
{
	const struct store_run run = { .run_id = 1, .schedule_id = 1,
		.process = "ComputeRefAmounts", .parameters = "", .origin = STORE_RUN_BY_HAND,
		.due_at = USEC_NONE, .last_due_at = USEC_NONE, .state = STATE_RUN_CANCELLED,
		.created_at = SAMPLE_NOW, .started_at = USEC_NONE, .ended_at = SAMPLE_LATER,
		.cancel_at = SAMPLE_LATER, .cancel_by = "API", .phase = "", .result = "",
		.reason = "Cancelled before it began.", .log_tail = "" };
	struct buf b;

	buf_init(&b, a);
	schedule_reply_add_run(&b, &run, 1);
	return indented(a, b.data);
}

/* ------------------------------------------------------------------ what replies have */

static const struct field next_run_rows[] = {
	FIELD(TEXT, "Local", "In the schedule's zone, with its offset.",
	    .sample = "2026-11-25T02:30:00+01:00"),
	FIELD(TIME, "Utc", "The same instant.", .sample = "2026-11-25T01:30:00.000000Z"),
	FIELD(TIME, "StartsAt", "When the run starts: with JitterMinutes, a while behind.",
	    .optional = 1, .sample = ""),
	FIELD_END,
};

const struct field schedule_reply_one[] = {
	FIELD(INT, "ScheduleId", "Number of the schedule."),
	FIELD(TEXT, "Process", "Name of the process.", .sample = "ComputeRefAmounts"),
	FIELD(TEXT, "Form", "Which form it has.", .sample = "Daily"),
	FIELD(TEXT, "Name", "Its name.", .optional = 1, .sample = "nightly"),
	FIELD(TEXT, "Label", "What it is for.", .sample = "Nightly"),
	FIELD(TEXT, "State",
	    "Whether it is at work; Faulty: it can no longer be understood, Fault says why.",
	    .choices = STATE_NAMES(STATES_OF_SCHEDULE)),
	FIELD(TEXT, "Words", "What it means, in words.", .optional = 1,
	    .sample = "Every day at 02:30 (Europe/Paris), from 2026-11-24 09:09"),
	FIELD(TEXT, "TimeZone", "The zone in which its times are meant.", .sample = "Europe/Paris"),
	FIELD(TEXT, "TzData", "Version of the time-zone data in use.", .sample = "2026b"),
	FIELD(ANY, "Fields", "The form's fields as they were given.",
	    .sample = "{\"Time\": \"02:30\"}"),
	FIELD(ANY, "Parameters", "The process's own parameters."),
	FIELD(TEXT, "Misfire", "See the form.", .optional = 1, .choices = "Once|Skip|All"),
	FIELD(INT, "GraceMinutes", "See the form.", .optional = 1, .sample = "60"),
	FIELD(TEXT, "Overlap", "See the form.", .optional = 1, .choices = "Skip|Queue|Allow"),
	FIELD(INT, "SilenceHours", "See the form; left out when there is no alarm.", .optional = 1,
	    .sample = "26"),
	FIELD(TEXT, "OnFailure", "Who gets a mail when a run of it fails.", .optional = 1,
	    .sample = ""),
	FIELD(INT, "AfterScheduleId", "It runs after each success of this one.", .optional = 1,
	    .sample = ""),
	FIELD(OBJECT, "NextRuns", "When it is due next; of a paused one, when it would be.",
	    .optional = 1, .list = 1, .rows = next_run_rows),
	FIELD(TIME, "NextDueAt",
	    "Null when it is paused, nothing more is due, or it runs after another one.",
	    .nullable = 1, .sample = "2026-11-25T01:30:00.000000Z"),
	FIELD(TIME, "PausedAt", "Since when it is paused.", .nullable = 1, .sample = "null"),
	FIELD(TIME, "LastSuccessAt", "When a run of it last succeeded.", .nullable = 1,
	    .sample = "null"),
	FIELD(TIME, "CreatedAt", "When it was made."),
	FIELD(TEXT, "CreatedBy", "Who made it.", .sample = "API"),
	FIELD(TEXT, "Fault", "Why it is Faulty.", .optional = 1, .sample = ""),
	FIELD(TEXT, "Remark", "What Pause or Resume did besides, or that nothing is due any more.",
	    .optional = 1, .sample = ""),
	FIELD_END,
};

static const struct field progress_rows[] = {
	FIELD(TEXT, "Phase", "What it is at.", .sample = "purchases"),
	FIELD(INT, "Done", "How much is done.", .sample = "20000"),
	FIELD(INT, "Total", "Of how much; 0 = not known.", .sample = "20000"),
	FIELD(INT, "PerSecond", "How fast it goes.", .sample = "900"),
	FIELD_END,
};

#define RUN_FIELDS                                                                                 \
	FIELD(INT, "RunId", "Number of the run."),                                                 \
	    FIELD(INT, "ScheduleId", "Its schedule, if it belongs to one.", .optional = 1),        \
	    FIELD(TEXT, "Process", "Name of the process.", .sample = "ComputeRefAmounts"),         \
	    FIELD(TEXT, "State",                                                                   \
		"Success and Warning did their work; Lost: its process or host died; Missed: "     \
		"nobody was there for it, or its schedule was paused; Skipped: the one before "    \
		"was not over.",                                                                   \
		.choices = STATE_NAMES(STATES_OF_RUN), .sample = "Success"),                       \
	    FIELD(TEXT, "Origin", "Why it runs.", .choices = STATE_NAMES(ORIGINS_OF_RUN)),             \
	    FIELD(INT, "RetryOf", "The run that it repeats.", .optional = 1, .sample = ""),        \
	    FIELD(TIME, "DueAt", "The occurrence of its schedule.", .nullable = 1,                 \
		.sample = "2026-11-25T01:30:00.000000Z"),                                          \
	    FIELD(INT, "Occurrences",                                                              \
		"This row stands for so many missed or skipped occurrences.", .optional = 1,       \
		.sample = ""),                                                                     \
	    FIELD(TIME, "LastDueAt", "The last of them.", .optional = 1, .sample = "",             \
		.nullable = 1),                                                                    \
	    FIELD(TIME, "CreatedAt", "When it was put down.",                                      \
		.sample = "2026-11-25T01:30:00.123456Z"),                                          \
	    FIELD(TIME, "StartedAt", "When its work began.", .nullable = 1,                        \
		.sample = "2026-11-25T01:30:00.234567Z"),                                          \
	    FIELD(TIME, "EndedAt", "When its work ended.", .nullable = 1,                          \
		.sample = "2026-11-25T01:30:21.456789Z"),                                          \
	    FIELD(                                                                                 \
		TIME, "CancelledAt", "When somebody cancelled it.", .optional = 1, .sample = ""),  \
	    FIELD(TEXT, "CancelledBy", "Who cancelled it.", .optional = 1, .sample = ""),          \
	    FIELD(ANY, "Parameters", "The process's parameters in this run."),                     \
	    FIELD(OBJECT, "Progress", "How far it is, once it is at work.", .optional = 1,         \
		.rows = progress_rows),                                                            \
	    FIELD(ANY, "Result",                                                                   \
		"What the process says of its work; its members depend on the process.",           \
		.optional = 1),                                                                    \
	    FIELD(TEXT, "Reason",                                                                  \
		"Why it ended as it did, or for which missed occurrences it stands.",              \
		.sample = "")

static const struct field run_rows[] = { RUN_FIELDS, FIELD_END };
const struct field schedule_reply_run[] = { RUN_FIELDS,
	FIELD(TEXT, "Log", "The end of its log.", .sample = ""), FIELD_END };
const struct field schedule_reply_list[] = { FIELD(OBJECT, "Schedules",
						 "In order of their numbers.", .list = 1,
						 .rows = schedule_reply_one),
	FIELD_END };
const struct field schedule_reply_runs[] = {
	FIELD(OBJECT, "Runs", "The newest first.", .list = 1, .rows = run_rows), FIELD_END
};

const struct field schedule_reply_preview[] = {
	FIELD(TEXT, "Process", "Name of the process.", .sample = "ComputeRefAmounts"),
	FIELD(TEXT, "Form", "The form that it would be stored as.", .sample = "Daily"),
	FIELD(TEXT, "Words", "What it means, in words.",
	    .sample = "Every day at 02:30 (Europe/Paris), from 2026-11-24 09:09"),
	FIELD(TEXT, "TimeZone", "The zone in which its times are meant.", .sample = "Europe/Paris"),
	FIELD(TEXT, "TzData", "Version of the time-zone data in use.", .sample = "2026b"),
	FIELD(ANY, "Fields", "The form's fields.", .sample = "{\"Time\": \"02:30\"}"),
	FIELD(ANY, "Parameters", "The process's own parameters."),
	FIELD(OBJECT, "NextRuns", "When it would be due.", .list = 1, .rows = next_run_rows),
	FIELD_END,
};

const struct field schedule_reply_start[] = {
	FIELD(INT, "RunId", "Number of the run."),
	FIELD(TEXT, "Process", "Name of the process.", .sample = "ComputeRefAmounts"),
	FIELD(TEXT, "State", "Always Waiting.", .choices = "Waiting"),
	FIELD_END,
};

const struct field schedule_reply_run_now[] = {
	FIELD(INT, "RunId", "Number of the run."),
	FIELD(INT, "ScheduleId", "Number of the schedule."),
	FIELD(TEXT, "State", "Always Waiting.", .choices = "Waiting"),
	FIELD_END,
};
