#include "config.h"

#include "scheduler/late.h"

#include <string.h>
#include <strings.h>

#include "lib/err.h"
#include "lib/json.h"
#include "model/entity_owner.h"
#include "privacy/person_late.h"
#include "scheduler/batch.h"
#include "scheduler/body.h"
#include "scheduler/message.h"
#include "scheduler/outcome.h"
#include "scheduler/queue.h"
#include "store/db.h"
#include "store/entity/erased.h"

int
late_guard(struct batch *b, struct err *err)
{
	struct tenants *t = &b->q->tenants;
	int rc = entity_erased_any(b->tenant->db, err);

	b->guarded = 0;
	if (rc <= 0)
		return rc;
	if ((rc = tenants_box(t, err)) < 0)
		return rc;
	entity_erased_key(&b->guard, &t->box, b->tenant->tenant_id);
	b->guarded = 1;
	return 0;
}

/* Adictiz says it in seconds. USEC_NONE = it does not say it. */
static usec_t
adictiz_instant(struct json_object *payload)
{
	int has_seconds = 0;
	const int64_t seconds = json_int(payload, "timestamp", &has_seconds);

	return has_seconds && seconds >= 0 && seconds < INT64_MAX / USEC_SEC ? seconds * USEC_SEC :
									       USEC_NONE;
}

usec_t
late_instant(
    const struct queue_message *m, struct json_object *payload, struct json_object *headers)
{
	const char *const says[] = { json_text(payload, "updated_at"),
		json_text(payload, "SourceStamp"), json_text(headers, "x-shopify-triggered-at") };
	int has_offset;
	usec_t t;

	if (strcasecmp(m->platform, "Adictiz") == 0 &&
	    (t = adictiz_instant(payload)) != USEC_NONE && t < m->received_at)
		return t;
	for (size_t i = 0; i < sizeof says / sizeof says[0]; i++)
		if (says[i] != NULL && clock_parse(says[i], &t, &has_offset) == 0)
			return t < m->received_at ? t : m->received_at;
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
		outcome_set(r, QUEUE_SUPERSEDED, "superseded", err_slug(ERR_ERASED),
		    err_sentence(ERR_ERASED));
	json_object_put(text.body);
	json_object_put(headers);
	return rc;
}

int
late_is(const struct queue_result *r)
{
	return r->state == QUEUE_SUPERSEDED && strcmp(r->reason_class, err_slug(ERR_ERASED)) == 0;
}
