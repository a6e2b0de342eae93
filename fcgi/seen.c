#include "config.h"

#include "fcgi/seen.h"

#include <pthread.h>
#include <string.h>

#include "fcgi/access/auth.h"
#include "fcgi/action.h"
#include "fcgi/connections.h"
#include "fcgi/masking.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "lib/arena.h"
#include "lib/err.h"
#include "lib/text.h"
#include "store/db.h"
#include "store/registry/store_seen.h"

enum { SLOTS = 4096, WAYS = 8, PAYLOAD_MAX = 65536, ERROR_MAX = 600 };

static pthread_mutex_t seen_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct slot {
	int64_t alias_id;
	const struct action *action;
	int failed;
	usec_t until;
} slots[SLOTS];

static int
is_slot_of(const struct slot *s, const struct request *r, int failed)
{
	return s->action == r->action && s->alias_id == r->access->alias->alias_id &&
	    s->failed == failed;
}

/* 1 at most every SEEN_EVERY_S. When all places are taken, nothing is noted, so that the cost stays
 * bounded. */
static int
is_due(const struct request *r, int failed)
{
	size_t hash = (size_t)r->access->alias->alias_id * 31 +
	    (size_t)(uintptr_t)r->action / sizeof(struct action) * 2 + (size_t)failed;
	usec_t now = clock_monotonic_us();
	struct slot *found = NULL;

	pthread_mutex_lock(&seen_mutex);
	for (size_t i = 0; i < WAYS && (found == NULL || !is_slot_of(found, r, failed)); i++) {
		struct slot *s = &slots[(hash + i) % SLOTS];

		if (is_slot_of(s, r, failed) || (found == NULL && s->until <= now))
			found = s;
	}
	if (found != NULL && found->until > now)
		found = NULL;
	if (found != NULL)
		*found = (struct slot){ .alias_id = r->access->alias->alias_id,
			.action = r->action,
			.failed = failed,
			.until = now + SEEN_EVERY_S * USEC_SEC };
	pthread_mutex_unlock(&seen_mutex);
	return found != NULL;
}

/* "bad-request: SourceId, Email". A field that the action does not have is the client's own text
 * and is not repeated. */
static const char *
error_words(struct request *r, const struct err *err)
{
	struct buf b;
	int n = 0;

	buf_init(&b, &r->arena);
	buf_adds(&b, err_slug(err->code));
	for (const struct err_fault *f = err->faults; f != NULL; f = f->next)
		if (param_find(r->action->params, f->field) != NULL)
			buf_addf(&b, "%s %s", n++ > 0 ? "," : ":", f->field);
	return text_utf8_fit(&r->arena, b.data, ERROR_MAX);
}

/* Intake keeps its deliveries as a whole, see store_session_deliveries(). Of a body with secrets
 * nothing is kept: even the shape of a secret would say something of it. */
static int
keeps_payload(const struct action *action)
{
	for (const struct param *p = action->params; p != NULL && p->name != NULL; p++)
		if (p->in == PARAM_BODY && p->secret)
			return 0;
	return strcmp(action->area, "intake") != 0;
}

void
seen_note(struct request *r, const struct reply *reply, const struct err *err)
{
	struct err ignored = { 0 };
	struct store_seen s = { .last_status = reply->status };

	if (r->action == NULL || r->access == NULL || r->access->alias == NULL)
		return;
	if (r->access->how == ACCESS_BY_NOTHING || r->method == REQUEST_HEAD)
		return;
	if (reply->status == 503 || !is_due(r, err->code < 0))
		return;
	if (connections_try(r->thread) < 0)
		return;
	if (err->code < 0)
		s.error = error_words(r, err);
	if (keeps_payload(r->action) && r->body_bytes > 0 && r->body_bytes <= PAYLOAD_MAX)
		s.payload = masking_payload(&r->arena, r->body, r->body_bytes);
	store_seen_put(r->thread->own->db, r->access->alias->alias_id,
	    seen_name(&r->arena, r->action), &s, &ignored);
}

const char *
seen_name(struct arena *a, const struct action *action)
{
	return arena_printf(a, "%s/%s", action->controller, action->name);
}
