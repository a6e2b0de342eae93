#include "config.h"

#include "fcgi/api/ctl_schedule.h"

#include <stdio.h>
#include <string.h>

#include "fcgi/api/sample.h"
#include "fcgi/api/schedule_reply.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/writer.h"
#include "lib/text.h"
#include "model/process.h"
#include "model/schedule.h"
#include "store/schedule/schedule_ops.h"
#include "store/schedule/schedule_row.h"

enum { FORMS_MAX = 8, KINDS_MAX = 16, PATH_BYTES = 120, DOC_BYTES = 500 };

/* ------------------------------------------------------------------ a form of a process */

static int
create(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct schedule_subject *what = r->action->subject;
	struct schedule_owner owner = schedule_reply_owner(r);
	const struct schedule_body body = { .kind = what->kind, .form = what->form,
		.json = r->json, .in = args };
	struct store_schedule row;
	struct db *db;
	int rc;

	if ((rc = request_db(r, &db, err)) < 0 ||
	    (rc = schedule_ops_add(db, &r->arena, &owner, &body, &row, err)) < 0)
		return rc;
	reply->status = 201;
	schedule_reply(r, &row, SCHEDULE_REPLY_NEXT, NULL, reply);
	return 0;
}

/* ------------------------------------------------------------------ a run without a schedule */

struct start_args { struct param_object parameters; };

static const struct param start_params[] = {
	{ .name = "Parameters", PARAM_FIELD(struct start_args, parameters), .in = PARAM_BODY,
	  .sample = "{\"DryRun\": true}",
	  .doc = "The process's own parameters, an object; for example {\"DryRun\": true}." },
	{ .name = NULL },
};

static int
start(struct request *r, const void *args, struct reply *reply, struct err *err)
{
	const struct start_args *in = args;
	const struct schedule_subject *what = r->action->subject;
	struct schedule_owner owner = schedule_reply_owner(r);
	struct run_asked asked = { .process = what->kind->name };
	struct db *db;
	int rc;

	if ((rc = request_db(r, &db, err)) < 0 || (rc = schedule_ops_start(db, &r->arena, &owner,
	    what->kind, in->parameters.value, &asked.run_id, err)) < 0)
		return rc;
	reply->status = 202;
	reply_row(reply, schedule_reply_start, &asked);
	return 0;
}

/* ------------------------------------------------------------------ samples */

static const char *
form_sample(struct arena *a, const struct action *action)
{
	const struct schedule_subject *what = action->subject;
	const struct sample s = { .arena = a, .action = action, .method = REQUEST_POST };

	return schedule_reply_sample(a, what->kind->name, what->form, sample_body(&s), 0);
}

static const char *
start_sample(struct arena *a, const struct action *action)
{
	const struct schedule_subject *what = action->subject;

	const struct run_asked asked = { .run_id = 1, .process = what->kind->name };

	return schedule_reply_start_sample(a, &asked);
}

/* ------------------------------------------------------------------ the rows */

#define KEY_DOC " An Idempotency-Key header makes it safe to send again."

const char *
ctl_schedule_word(const struct schedule_subject *subject)
{
	return subject->form == NULL ? "RunNow" : subject->form->name;
}

enum { GENERATED_MAX = (FORMS_MAX + 1) * KINDS_MAX };

struct action ctl_schedule_form_actions[GENERATED_MAX + 1];

static const char *
last_word(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash == NULL ? name : slash + 1;
}

/* The process's parameters in samples: those with a sample of their own, and for a run DryRun.
 * NULL = none has one. It lives as long as the program. */
static const struct sample_value *
sample_values(const struct process_kind *k, int is_run)
{
	static struct arena forever;
	struct sample_value *values = arena_new(&forever, struct sample_value, 2);
	struct writer w;
	struct buf b;
	int n = 0;

	buf_init(&b, &forever);
	writer_init(&w, &b);
	writer_object(&w);
	for (const struct param *p = k->params; p != NULL && p->name != NULL; p++)
		if (p->sample != NULL) {
			writer_name(&w, p->name);
			sample_write(&w, p, p->sample);
			n++;
		}
	if (is_run)
		writer_put_flag(&w, "DryRun", 1);
	writer_end(&w);
	values[0] = (struct sample_value){ "Parameters", b.data };
	return n > 0 ? values : NULL;
}

/* What both kinds of generated rows have. form NULL: a run without a schedule. */
static void
make_row(size_t n, const struct process_kind *k, const struct schedule_form *f)
{
	static struct schedule_subject subjects[GENERATED_MAX];
	static const int errors[] = { ERR_CONFLICT, ERR_KEY_REUSED, ERR_NONE },
	    not_built[] = { ERR_NOT_BUILT, ERR_KEY_REUSED, ERR_NONE };
	static char paths[GENERATED_MAX][PATH_BYTES], names[GENERATED_MAX][PATH_BYTES],
	    docs[GENERATED_MAX][DOC_BYTES];
	const char *word;

	subjects[n] = (struct schedule_subject){ .form = f, .kind = k };
	word = ctl_schedule_word(&subjects[n]);
	snprintf(paths[n], PATH_BYTES, "ProcessManagement/%s/%s", k->name, word);
	snprintf(names[n], PATH_BYTES, "%s%s", last_word(k->name), word);
	snprintf(docs[n], DOC_BYTES,
	    f == NULL ? "Runs %s%s once, without a schedule.%s %s" KEY_DOC :
			"Schedules %s%s. %s %s" KEY_DOC,
	    k->name, k->built ? "" : " (" PROCESS_NOT_BUILT ": answers 501)",
	    f == NULL ? "" : f->doc, k->doc);
	ctl_schedule_form_actions[n] = (struct action){ .controller = last_word(k->name),
		.name = names[n], .methods = REQUEST_POST, .path = paths[n], .access = ACCESS_TOKEN,
		.tx = ACTION_TX_REGISTRY, .limits = ACTION_LIMITS_WHOLE, .area = "process",
		.doc = docs[n], .about = k->doc,
		.subject = &subjects[n], .samples = sample_values(k, f == NULL),
		.errors = k->built ? errors : not_built, .hidden = k->hidden };
}

static void
make_form_row(size_t n, const struct process_kind *k, const struct schedule_form *f)
{
	struct action *a = &ctl_schedule_form_actions[n];

	make_row(n, k, f);
	a->reply_doc =
	    "201 with the schedule: its ScheduleId, its meaning in words, and its next five runs "
	    "in local time and UTC.";
	a->params = f->params;
	a->args_bytes = sizeof(struct schedule_args);
	a->run = create;
	a->status = 201;
	a->reply = schedule_row;
	a->etag = 1;
	a->reply_sample = form_sample;
}

static void
make_start_row(size_t n, const struct process_kind *k)
{
	struct action *a = &ctl_schedule_form_actions[n];

	make_row(n, k, NULL);
	a->reply_doc = "202 with the RunId, for Runs and Run. 409 if 100 requested runs of the "
		       "process are already waiting.";
	a->params = start_params;
	a->args_bytes = sizeof(struct start_args);
	a->run = start;
	a->status = 202;
	a->reply = schedule_reply_start;
	a->reply_sample = start_sample;
}

__attribute__((constructor)) static void
make_form_actions(void)
{
	size_t n = 0;

	for (const struct process_kind *k = process_kinds; k->name != NULL; k++) {
		for (const struct schedule_form *f = schedule_forms; f->name != NULL; f++)
			if (n < GENERATED_MAX)
				make_form_row(n++, k, f);
		if (n < GENERATED_MAX)
			make_start_row(n++, k);
	}
}

const struct schedule_subject *
ctl_schedule_subject(const struct action *action)
{
	return action->run == create || action->run == start ? action->subject : NULL;
}
