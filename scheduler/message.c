#include "config.h"

#include "scheduler/message.h"

#include "lib/conf.h"
#include "lib/err.h"
#include "lib/format/unpack.h"
#include "lib/log.h"
#include "lib/secret.h"
#include "lib/set.h"
#include "lib/text.h"
#include "platform/platform.h"
#include "scheduler/batch.h"
#include "scheduler/late.h"
#include "scheduler/mapping.h"
#include "scheduler/outcome.h"
#include "scheduler/queue.h"
#include "store/change_batch.h"
#include "store/db.h"
#include "store/registry/store_queue.h"

int
message_body(const struct batch *b, struct arena *a, const struct queue_message *m,
    const char **text, size_t *n, struct err *err)
{
	const size_t most = (size_t)b->q->conf->body_max_bytes;

	return unpack_kept(a, m->headers, m->body, m->body_bytes, most, text, n, err);
}

struct content_text
message_text(const struct queue_message *m, const char *body, size_t n)
{
	return (struct content_text){ .kind = m->is_email ? CONTENT_EMAIL : CONTENT_QUEUE,
		.method = m->method,
		.headers = m->headers,
		.uri = m->uri,
		.body = body,
		.bytes = n };
}

void
message_mail(struct batch *b, const struct queue_message *m, struct queue_result *r)
{
	struct arena scratch = { 0 };
	struct err err = { 0 };
	const char *text;
	size_t n;

	if (message_body(b, &scratch, m, &text, &n, &err) < 0)
		outcome_failed(b, r, &err);
	else
		outcome_set(r, OUTCOME_DONE, "", "The mail is queued.");
	arena_done(&scratch);
}

static void
log_failure(struct batch *b, const struct queue_message *m, const struct err *err)
{
	if (err->inside[0] != '\0')
		log_event(LOG_LEVEL_WARNING, "message", "receipt",
		    text_hex(&b->arena, m->receipt, sizeof m->receipt), "error",
		    err_slug(err->code), "detail", err->detail, "inside", err->inside, NULL);
}

/* A message without an effect of its own in the tenant's database. */
static int
is_simple(struct batch *b, const struct queue_message *m, struct queue_result *r)
{
	if (m->is_email)
		message_mail(b, m, r);
	else if (platform_find(m->platform, m->entity, m->action) == NULL)
		outcome_unrouted(b, m, r);
	else
		return 0;
	return 1;
}

struct change_item *
message_begin(struct batch *b, size_t i, usec_t now)
{
	const struct queue_message *m = &b->messages[i];
	struct queue_result *r = &b->results[i];

	*r = (struct queue_result){
		.id = m->id, .attempt = m->attempts, .visible_at = now, .started_at = now
	};
	b->asks[i] = NULL;
	if (is_simple(b, m, r))
		return NULL;
	if (b->mappings[i] == NULL)
		b->mappings[i] = mapping_new(b, m,
		    platform_find(m->platform, m->entity, m->action));
	return mapping_begin(b->mappings[i], now);
}

int
message_end(struct batch *b, size_t i, const struct change_item *item, struct err *err)
{
	const struct queue_message *m = &b->messages[i];
	struct queue_result *r = &b->results[i];
	int rc;

	if (item != NULL && item->rc >= 0)
		return 0;
	if (item != NULL) {
		outcome_failed(b, r, &item->err);
		log_failure(b, m, &item->err);
		if (r->outcome != OUTCOME_DEAD)
			return 0;
	}
	rc = late_check(b, m, r, err);
	return rc < 0 ? rc : 0;
}

/* ------------------------------------------------------------------ the same bytes before */

/* Messages whose platform wants to know of earlier ones with the same bytes. */
struct signed_messages {
	const unsigned char *hashes[QUEUE_SAME_MAX];
	size_t of[QUEUE_SAME_MAX], n;
};

static void
see(struct batch *b, size_t i, const struct rows *r, size_t row)
{
	struct platform_seen *seen = arena_new(&b->arena, struct platform_seen, 1);

	*seen = (struct platform_seen){ .platform = rows_text(r, row, C_queue_same_body_platform),
		.entity = rows_text(r, row, C_queue_same_body_entity),
		.action = rows_text(r, row, C_queue_same_body_action),
		.headers = rows_text(r, row, C_queue_same_body_headers) };
	b->seen[i] = seen;
}

static int
see_some(struct batch *b, const struct signed_messages *s, struct err *err)
{
	struct set found;
	struct rows r;
	size_t row;
	int rc;

	if (s->n == 0)
		return 0;
	if ((rc = store_queue_same_bodies(b->q->registry, &b->arena, b->messages[0].tenant_id,
		 s->hashes, s->n, &r, err)) < 0)
		return rc;
	set_init(&found, &b->arena);
	for (row = 0; row < r.n; row++)
		set_add(&found, rows_text(&r, row, C_queue_same_body_body_hash),
		    SECRET_SHA256_BYTES, row, NULL);
	for (size_t i = 0; i < s->n; i++)
		if (set_find(&found, s->hashes[i], SECRET_SHA256_BYTES, &row) &&
		    rows_int(&r, row, C_queue_same_body_id) < b->messages[s->of[i]].id)
			see(b, s->of[i], &r, row);
	return 0;
}

int
message_seen(struct batch *b, struct err *err)
{
	struct signed_messages some = { .n = 0 };
	int rc = 0;

	b->seen = arena_new(&b->arena, const struct platform_seen *, b->n);
	for (size_t i = 0; i < b->n && rc == 0; i++) {
		const struct queue_message *m = &b->messages[i];
		const struct platform_row *row = m->is_email || m->body_hash == NULL ? NULL :
		    platform_find(m->platform, m->entity, m->action);

		if (row == NULL || !row->one_topic)
			continue;
		some.hashes[some.n] = m->body_hash;
		some.of[some.n++] = i;
		if (some.n < QUEUE_SAME_MAX)
			continue;
		rc = see_some(b, &some, err);
		some.n = 0;
	}
	return rc < 0 ? rc : see_some(b, &some, err);
}
