#include "config.h"

#include "scheduler/late.h"

#include <string.h>

#include "lib/err.h"
#include "lib/format/json.h"
#include "model/entity_owner.h"
#include "model/platform.h"
#include "privacy/person_late.h"
#include "scheduler/batch.h"
#include "scheduler/body.h"
#include "scheduler/message.h"
#include "scheduler/outcome.h"
#include "scheduler/queue.h"
#include "store/db.h"
#include "store/entity/erased.h"
#include "store/known/reference_cache.h"

int
late_guard(struct batch *b, struct err *err)
{
	struct tenants *t = &b->q->tenants;
	int erased, rc = reference_begin(b->tenant->db, &erased, err);

	b->guarded = 0;
	if (rc < 0 || !erased)
		return rc;
	if ((rc = tenants_box(t, err)) < 0)
		return rc;
	entity_erased_key(&b->guard, &t->box, b->tenant->tenant_id);
	b->guarded = 1;
	return 0;
}

/* The platform's word, an ISO 8601 time. */
static int
reads_as_time(struct json_object *o, const char *member, usec_t *t)
{
	const char *text = member == NULL ? NULL : json_text(o, member);
	int has_offset;

	return text != NULL && clock_parse(text, t, &has_offset) == 0;
}

/* The time in the body, else the time in the headers. The members and headers of every platform
 * count. */
static int
stamp_said(struct json_object *payload, struct json_object *headers, usec_t *t)
{
	for (const struct platform *p = platforms; p->name != NULL; p++)
		if (reads_as_time(payload, p->stamp, t))
			return 1;
	for (const struct platform *p = platforms; p->name != NULL; p++)
		if (reads_as_time(headers, p->stamp_header, t))
			return 1;
	return 0;
}

/* The platform's word for a time in seconds. USEC_NONE = the body does not say it. */
static usec_t
seconds_said(const struct platform *p, struct json_object *payload)
{
	int has_seconds = 0;
	int64_t seconds;

	if (p == NULL || p->stamp_seconds == NULL)
		return USEC_NONE;
	seconds = json_int(payload, p->stamp_seconds, &has_seconds);
	return has_seconds && seconds >= 0 && seconds < INT64_MAX / USEC_SEC ? seconds * USEC_SEC :
									       USEC_NONE;
}

usec_t
late_instant(
    const struct queue_message *m, struct json_object *payload, struct json_object *headers)
{
	usec_t t = seconds_said(platform_named(m->platform), payload);

	if (t != USEC_NONE && t < m->received_at / USEC_SEC * USEC_SEC)
		return t;
	if (stamp_said(payload, headers, &t) && t < m->received_at)
		return t;
	return m->received_at;
}

int
late_check(struct batch *b, const struct queue_message *m, struct queue_result *r, struct err *err)
{
	struct person_late_text text = {
		.source_id = m->source_id, .platform = m->platform, .entity = m->entity
	};
	struct json_object *headers = NULL;
	struct arena scratch = { 0 };
	struct content_text t;
	struct body said;
	const char *body;
	size_t n;
	int rc = 0;

	if (b->guarded && message_body(b, &scratch, m, &body, &n, NULL) == 0) {
		t = message_text(m, body, n);
		if (body_read(&scratch, &t, &said, NULL) == 0)
			text.body = said.json;
	}
	arena_done(&scratch);
	if (text.body == NULL)
		return 0;
	if (json_parse(m->headers, strlen(m->headers), &headers, NULL) < 0)
		headers = NULL;
	b->guard.as_of = late_instant(m, text.body, headers);
	if ((rc = person_late(b->tenant->db, &b->guard, &text, err)) > 0)
		outcome_set(r, OUTCOME_SUPERSEDED, err_slug(ERR_ERASED),
		    err_sentence(ERR_ERASED));
	json_object_put(text.body);
	json_object_put(headers);
	return rc;
}

int
late_is(const struct queue_result *r)
{
	return r->outcome == OUTCOME_SUPERSEDED &&
	    strcmp(r->reason_class, err_slug(ERR_ERASED)) == 0;
}
