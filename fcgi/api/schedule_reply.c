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
#include "lib/format/writer.h"
#include "model/schedule.h"
#include "model/state.h"
#include "store/schedule/run_row.h"
#include "store/schedule/schedule_ops.h"
#include "store/schedule/schedule_row.h"
#include "store/schedule/store_run.h"
#include "store/schedule/store_schedule.h"

enum { SAMPLE_RUNS = 2 };

const char schedule_reply_by_api[] = "API";

struct schedule_owner
schedule_reply_owner(const struct request *r)
{
	return (struct schedule_owner){ .tenant_id = r->access->alias->alias_id,
		.time_zone = r->access->alias->time_zone,
		.by = schedule_reply_by_api,
		.now = r->access->now };
}

/* ------------------------------------------------------------------ replies */

void
schedule_reply(struct request *r, const struct store_schedule *is, int most, const char *remark,
    struct reply *reply)
{
	struct schedule_row shown;

	schedule_row_fill(&r->arena, is, r->access->now, most, &shown);
	shown.remark = remark;
	reply->etag = schedule_reply_etag(r, is);
	reply_row(reply, schedule_row, &shown);
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

const struct field schedule_reply_list[] = {
	FIELD(OBJECT, "Schedules", "In order of their numbers.",
	    FROM_ARRAY(struct schedule_list, rows, n), .lines = 1, .rows = schedule_row),
	FIELD_END,
};

const struct field schedule_reply_runs[] = {
	FIELD(OBJECT, "Runs", "The newest first.", FROM_ARRAY(struct run_list, rows, n), .lines = 1,
	    .rows = run_row_listed),
	FIELD_END,
};

const struct field schedule_reply_start[] = {
	FIELD(INT, "RunId", "Number of the run.", FROM(struct run_asked, run_id)),
	FIELD(TEXT, "Process", "Name of the process.", FROM(struct run_asked, process),
	    .sample = "ComputeRefAmounts"),
	FIELD(TEXT, "State", "Always Waiting.", .choices = "Waiting"),
	FIELD_END,
};

const struct field schedule_reply_run_now[] = {
	FIELD(INT, "RunId", "Number of the run.", FROM(struct run_asked, run_id)),
	FIELD(INT, "ScheduleId", "Number of the schedule.", FROM(struct run_asked, schedule_id)),
	FIELD(TEXT, "State", "Always Waiting.", .choices = "Waiting"),
	FIELD_END,
};

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
sample_of(struct arena *a, const struct field *rows, const void *from)
{
	struct writer w;
	struct buf b;

	buf_init(&b, a);
	writer_init_block(&w, &b, 0);
	field_write(&w, rows, from);
	return b.data;
}

const char *
schedule_reply_sample(struct arena *a, const char *process, const struct schedule_form *form,
    const char *body, int paused)
{
	struct json_object *o = json_tokener_parse(body);
	struct schedule_args in = { 0 };
	struct schedule s = { 0 };
	struct store_schedule row;
	struct schedule_row shown;
	const char *text = "";
	struct err err = { 0 };

	param_defaults(a, form->params, &in);
	if (param_bind_json(a, form->params, "", o, &in, &err) == 0 &&
	    schedule_read(a, form, &in, "Europe/Paris", SAMPLE_NOW, &s, &err) == 0) {
		sample_row(a, &s, o, process, in.name.value, paused, &row);
		schedule_row_fill(a, &row, SAMPLE_NOW, SAMPLE_RUNS, &shown);
		text = sample_of(a, schedule_row, &shown);
	}
	schedule_done(&s);
	json_object_put(o);
	return text;
}

const char *
schedule_reply_start_sample(struct arena *a, const struct run_asked *asked)
{
	return sample_of(a, schedule_reply_start, asked);
}

const char *
schedule_reply_cancelled_sample(struct arena *a, const struct action *action)
{
	const struct store_run run = { .run_id = 1, .schedule_id = 1,
		.process = "ComputeRefAmounts", .parameters = "", .origin = STORE_RUN_BY_HAND,
		.due_at = USEC_NONE, .last_due_at = USEC_NONE, .state = STATE_RUN_CANCELLED,
		.created_at = SAMPLE_NOW, .started_at = USEC_NONE, .ended_at = SAMPLE_LATER,
		.cancel_at = SAMPLE_LATER, .cancel_by = "API", .phase = "", .result = "",
		.reason = "Cancelled before it began.", .log_tail = "" };

	(void)action;
	return sample_of(a, run_row, &run);
}
