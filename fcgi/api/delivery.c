#include "config.h"

#include "fcgi/api/delivery.h"

#include <string.h>
#include <strings.h>

#include "lib/arena.h"
#include "lib/format/content.h"
#include "lib/format/json.h"
#include "lib/format/writer.h"
#include "lib/secret.h"
#include "lib/text.h"
#include "model/platform.h"

enum { PEEK_BYTES = 64 << 10, HEADERS_JSON_MAX = 32 << 10 };

const char *
delivery_header_find(const struct delivery *d, const char *name)
{
	for (size_t i = 0; i < d->nheaders; i++)
		if (text_ieq(d->headers[i].name, name))
			return d->headers[i].value;
	return NULL;
}

static void
part_add(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s) + 1);
}

static void
part_add_lower(struct buf *b, const char *s)
{
	part_add(b, text_lower(arena_strdup(b->arena, s)));
}

/* The API compares names without case, so keys do, too. */
static void
scope_add(struct buf *b, const char *scheme, const struct delivery *d)
{
	buf_addf(b, "%s/%lld/%d/%d", scheme, (long long)d->tenant_id, d->source_id, (int)d->kind);
	part_add(b, "");
	part_add_lower(b, d->platform);
	part_add_lower(b, d->entity);
	part_add_lower(b, d->action);
}

static int
key_finish(struct buf *b, unsigned char out[STORE_HASH_BYTES])
{
	secret_sha256(b->data, b->len, out);
	arena_done(b->arena);
	return 1;
}

/* ------------------------------------------------------------------ senders */

/* Headers that any sender may use: those of Standard Webhooks, of Svix, from which the standard
 * came, and of GitHub. */
static const struct platform any_sender = {
	.headers = { "content-type", "user-agent", "webhook-id", "webhook-timestamp", "svix-id",
	    "svix-timestamp", "x-github-event", "x-github-delivery", "x-request-id" },
	.deliveries = {
	    { .scheme = "standard", .scope = "standard", .header = "webhook-id" },
	    { .scheme = "standard", .scope = "standard", .header = "svix-id" } },
};

/* The platforms in their order, then any_sender, then NULL. A shop's headers count for every
 * platform, because a relay may forward them under its own name. */
static const struct platform *
sender_next(const struct platform *p)
{
	if (p == &any_sender)
		return NULL;
	p = p == NULL ? platforms : p + 1;
	return p->name == NULL ? &any_sender : p;
}

static int
is_of_scheme(const struct platform_delivery *number, const char *scheme)
{
	return number->scheme != NULL && strcmp(number->scheme, scheme) == 0;
}

/* 1 when deliveries of the signature scheme have delivery ids. */
static int
is_numbered(const char *scheme)
{
	for (const struct platform *p = sender_next(NULL); p != NULL; p = sender_next(p))
		for (size_t i = 0; i < PLATFORM_DELIVERIES_MAX; i++)
			if (is_of_scheme(&p->deliveries[i], scheme))
				return 1;
	return 0;
}

/* ------------------------------------------------------------------ repetitions */

static int
dedup_parts_by_number(
    struct buf *b, const struct delivery *d, const struct platform_delivery *number)
{
	const char *id = number->header == NULL ? NULL : delivery_header_find(d, number->header);

	if (id == NULL || *id == '\0')
		return 0;
	if (is_numbered(d->scheme) && !is_of_scheme(number, d->scheme))
		return 0;
	scope_add(b, number->scope, d);
	part_add(b, id);
	for (size_t i = 0; i < 2 && number->within[i] != NULL; i++) {
		const char *v = delivery_header_find(d, number->within[i]);

		part_add_lower(b, v == NULL ? "" : v);
	}
	return 1;
}

/* A Source that checks one sender's signatures takes only that sender's delivery ids. Otherwise
 * another id next to the signed one would make a repetition look new. */
static int
dedup_parts_by_id(struct buf *b, const struct delivery *d)
{
	for (const struct platform *p = sender_next(NULL); p != NULL; p = sender_next(p))
		for (size_t i = 0; i < PLATFORM_DELIVERIES_MAX; i++)
			if (dedup_parts_by_number(b, d, &p->deliveries[i]))
				return 1;
	return 0;
}

/* The parts of the path are in the scope, so the masked URI is enough. */
static int
dedup_parts_by_content(struct buf *b, const struct delivery *d)
{
	unsigned char digest[SECRET_SHA256_BYTES];

	if (d->content_dedup_s <= 0)
		return 0;
	secret_sha256(d->body, d->body_bytes, digest);
	scope_add(b, "content", d);
	buf_addf(b, "%lld", (long long)(d->now / USEC_SEC / d->content_dedup_s));
	part_add(b, "");
	part_add(b, d->method);
	part_add(b, d->uri);
	buf_add(b, digest, sizeof digest);
	buf_adds(b, unpack_coding_name(d->coding)); /* in it the same bytes say something else */
	return 1;
}

/* The sender's own Idempotency-Key, together with the content: other content under the same key is
 * another delivery, so that none is lost. The key is ignored for a signed delivery of a scheme with
 * delivery ids. Otherwise a replay of a signed delivery with another key would look new. */
static int
dedup_parts_by_key(struct buf *b, const struct delivery *d)
{
	const char *key = delivery_header_find(d, "idempotency-key");
	unsigned char digest[SECRET_SHA256_BYTES];

	if (key == NULL || *key == '\0')
		return 0;
	if (d->is_signed && is_numbered(d->scheme))
		return 0;
	secret_sha256(d->body, d->body_bytes, digest);
	scope_add(b, "idempotency-key", d);
	part_add(b, key);
	part_add(b, d->method);
	part_add(b, d->uri);
	buf_add(b, digest, sizeof digest);
	buf_adds(b, unpack_coding_name(d->coding));
	return 1;
}

int
delivery_dedup_key(const struct delivery *d, unsigned char out[STORE_HASH_BYTES])
{
	struct arena scratch = { 0 };
	struct buf b;

	buf_init(&b, &scratch);
	if (dedup_parts_by_id(&b, d) || dedup_parts_by_key(&b, d))
		return key_finish(&b, out);
	if (strcmp(d->method, "GET") == 0 && d->request_id != NULL && d->content_dedup_s <= 0) {
		scope_add(&b, "request", d);
		part_add(&b, d->request_id);
		return key_finish(&b, out);
	}
	if (dedup_parts_by_content(&b, d))
		return key_finish(&b, out);
	arena_done(&scratch);
	return 0;
}

void
delivery_dedup_key_of(const struct delivery *d, const char *scheme, const char *id,
    unsigned char out[STORE_HASH_BYTES])
{
	struct arena scratch = { 0 };
	struct buf b;

	buf_init(&b, &scratch);
	scope_add(&b, scheme, d);
	part_add(&b, id);
	key_finish(&b, out);
}

static int
says_form(const struct delivery *d)
{
	static const char form[] = "application/x-www-form-urlencoded";
	const char *type = delivery_header_find(d, "content-type");

	return type != NULL && strncasecmp(type, form, sizeof form - 1) == 0;
}

/* Of a compressed body, the first part is enough; of a damaged one, the part before the damage.
 * Without a body, the query is the content. */
static const char *
body_id(struct arena *a, const struct delivery *d)
{
	const struct platform *platform = platform_named(d->platform);
	const char *member = platform == NULL || platform->id == NULL ? "id" : platform->id;
	const char *text = content_query_of(d->uri), *id;
	size_t n;

	if (d->body_bytes == 0 || strcmp(d->method, "GET") == 0)
		return content_peek(a, text, strlen(text), member);
	unpack(a, d->coding, d->body, d->body_bytes, PEEK_BYTES, &text, &n, NULL);
	if ((id = json_peek(a, text, n, member, PEEK_BYTES)) == NULL && says_form(d))
		id = content_peek(a, text, n < PEEK_BYTES ? n : PEEK_BYTES, member);
	return id;
}

static int
is_one_of(const char *name, const char *const list[PLATFORM_WORDS_MAX])
{
	for (size_t i = 0; i < PLATFORM_WORDS_MAX && list[i] != NULL; i++)
		if (strcmp(list[i], name) == 0)
			return 1;
	return 0;
}

/* The id in a header that holds the entity's name: X-Shopify-Product-Id and the like. An entity may
 * be called so that this is the header of a number; then it is no id. */
static const char *
header_id(struct arena *a, const struct delivery *d, const struct platform *p)
{
	const char *star, *name;

	if (p->id_header == NULL)
		return NULL;
	star = strchr(p->id_header, '*');
	name = text_lower(arena_printf(a, "%.*s%s%s", (int)(star - p->id_header), p->id_header,
	    d->entity, star + 1));
	for (size_t i = 0; i < PLATFORM_DELIVERIES_MAX; i++)
		if (p->deliveries[i].header != NULL && strcmp(p->deliveries[i].header, name) == 0)
			return NULL;
	return is_one_of(name, p->event_headers) ? NULL : delivery_header_find(d, name);
}

static const char *
external_id(struct arena *a, const struct delivery *d)
{
	for (const struct platform *p = platforms; p->name != NULL; p++) {
		const char *id = header_id(a, d, p);

		if (id != NULL && *id != '\0')
			return id;
	}
	return body_id(a, d);
}

int
delivery_ordering_key(
    struct arena *a, const struct delivery *d, unsigned char out[STORE_HASH_BYTES])
{
	const char *id = external_id(a, d);

	if (id == NULL || *id == '\0')
		return 0;
	store_message_ordering_key(d->tenant_id, d->platform, d->entity, id, out);
	return 1;
}

/* The first that is there, even when it is empty. */
static const char *
event_id(const struct delivery *d)
{
	const char *id = NULL;

	for (const struct platform *p = platforms; p->name != NULL; p++)
		for (size_t i = 0;
		     id == NULL && i < PLATFORM_WORDS_MAX && p->event_headers[i] != NULL; i++)
			id = delivery_header_find(d, p->event_headers[i]);
	return id;
}

const char *
delivery_event_id(const struct delivery *d)
{
	const char *id = event_id(d);

	if (id == NULL || *id == '\0')
		return NULL;
	return strlen(id) <= DELIVERY_EVENT_ID_MAX && text_is_utf8(id, strlen(id)) ? id : NULL;
}

static int
header_kept(const char *name)
{
	for (const struct platform *p = sender_next(NULL); p != NULL; p = sender_next(p))
		if (platform_keeps_header(p, name))
			return 1;
	return 0;
}

char *
delivery_headers_json(struct arena *a, const struct delivery *d)
{
	const char *coding = unpack_coding_name(d->coding);
	struct writer w;
	struct buf b;

	buf_init(&b, a);
	writer_init(&w, &b);
	writer_object(&w);
	if (*coding != '\0')	/* before all that may be left out for want of room */
		writer_put_text(&w, "content-encoding", coding);
	for (size_t i = 0; i < d->nheaders; i++) {
		const struct delivery_header *h = &d->headers[i];

		if (header_kept(h->name) && b.len + strlen(h->value) * 2 <= HEADERS_JSON_MAX)
			writer_put_text(&w, h->name, h->value);
	}
	writer_end(&w);
	return b.data;
}
