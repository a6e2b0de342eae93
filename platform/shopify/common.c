#include "platform/shopify/common.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "model/row.h"
#include "platform/platform.h"

/* Which triple a topic feeds. */
static const struct {
	const char *topic, *entity, *action;
} topics[] = {
	{ "customers/create", "Customer", "Insert" },
	{ "customers/update", "Customer", "Update" },
	{ "customers/enable", "Customer", "Update" },
	{ "customers/disable", "Customer", "Update" },
	{ "customers_email_marketing_consent/update", "Customer", "Update" },
	{ "customers_marketing_consent/update", "Customer", "Update" },
	{ "customers/delete", "Customer", "Delete" },
	{ "customers/merge", "Customer", "Merge" },
	{ "products/create", "Product", "Insert" },
	{ "products/update", "Product", "Update" },
	{ "products/delete", "Product", "Delete" },
	{ "orders/create", "Order", "Insert" },
	{ "orders/updated", "Order", "Update" },
	{ "orders/paid", "Order", "Update" },
	{ "orders/cancelled", "Order", "Update" },
	{ "orders/fulfilled", "Order", "Update" },
	{ "orders/partially_fulfilled", "Order", "Update" },
	{ "orders/edited", "Order", "Update" },
	{ "orders/delete", "Order", "Delete" },
	{ "customers/data_request", "Compliance", "DataRequest" },
	{ "customers/redact", "Compliance", "Redact" },
	{ "shop/redact", "Compliance", "ShopRedact" },
};

/* Top-level members that show what a body is when it lacks the expected ones. */
static const struct {
	const char *member, *what;
} tells[] = {
	{ "order_edit",
	    "the notice of an edit, which holds no order; orders/updated carries the change" },
	{ "refund_line_items", "a refund; orders/updated carries its order" },
	{ "orders_requested", "a privacy request, which belongs to Shopify/Compliance" },
	{ "abandoned_checkout_url", "a checkout" },
	{ "reservation_token", "a deleted checkout" },
	{ "line_items", "a cart or an order" },
	{ "variants", "a product" },
	{ "fulfillment_service", "a line of an order" },
	{ "default_address", "a customer" },
	{ "admin_graphql_api_customer_kept_id", "a merge of two customers" },
	{ "email_marketing_consent", "a consent" },
};

static const char *const wrappers[] = { "order", "orders", "customer", "customers", "product",
	"products", "refund", "refunds", "draft_order", "draft_orders", "carts", "checkout",
	"checkouts" };

static const char *
platform_shopify_header(const struct platform_context *ctx, const char *name)
{
	return json_text(ctx->message->headers, name);
}

int
platform_shopify_topic_is(const struct platform_context *ctx, const char *topic)
{
	const char *got = platform_shopify_header(ctx, "x-shopify-topic");

	return got != NULL && text_ieq(got, topic);
}

const char *
platform_shopify_said(const struct platform_context *ctx, const char *what)
{
	const struct platform_message *m = ctx->message;

	for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++)
		if (platform_shopify_topic_is(ctx, topics[i].topic))
			return arena_printf(ctx->arena, "Shopify %s: %s", topics[i].topic, what);
	return arena_printf(ctx->arena, "Shopify %s/%s: %s", m->entity, m->action, what);
}

static int
platform_shopify_fits(size_t topic, const char *entity, const char *action)
{
	return text_ieq(topics[topic].entity, entity) && text_ieq(topics[topic].action, action);
}

/* The topic's place in the table, or SIZE_MAX. */
static size_t
platform_shopify_topic_find(const char *topic)
{
	for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++)
		if (text_ieq(topics[i].topic, topic))
			return i;
	return SIZE_MAX;
}

static int
platform_shopify_header_check(const struct platform_context *ctx, struct err *err)
{
	const struct platform_message *m = ctx->message;
	const char *topic = platform_shopify_header(ctx, "x-shopify-topic");
	const size_t i = topic == NULL ? SIZE_MAX : platform_shopify_topic_find(topic);

	if (topic == NULL || (i != SIZE_MAX && platform_shopify_fits(i, m->entity, m->action)))
		return 0;
	if (i == SIZE_MAX)
		return err_set(err, ERR_PERMANENT,
		    "The topic %.100s is not one that Shopify/%s/%s takes.", topic, m->entity,
		    m->action);
	return err_set(err, ERR_PERMANENT,
	    "The topic %s belongs to Shopify/%s/%s, but it was sent to Shopify/%s/%s.",
	    topics[i].topic, topics[i].entity, topics[i].action, m->entity, m->action);
}

/* The topic under which the same bytes were first sent: from its header, else from its address.
 * NULL when it is the topic of this delivery. */
static const char *
platform_shopify_other(const struct platform_context *ctx, const struct platform_seen *seen)
{
	const struct platform_message *m = ctx->message;
	struct json_object *headers = NULL;
	struct err ignored = { 0 };
	const char *topic = NULL;
	size_t i;

	if (json_parse(seen->headers, strlen(seen->headers), &headers, &ignored) == 0)
		topic = json_text(headers, "x-shopify-topic");
	topic = topic == NULL ? NULL : arena_strdup(ctx->arena, topic);
	json_object_put(headers);
	if (topic == NULL && text_ieq(seen->entity, m->entity) && text_ieq(seen->action, m->action))
		return NULL;
	if (topic == NULL)
		return arena_printf(
		    ctx->arena, "%s/%s/%s", seen->platform, seen->entity, seen->action);
	i = platform_shopify_topic_find(topic);
	return i != SIZE_MAX && platform_shopify_fits(i, m->entity, m->action) ? NULL : topic;
}

int
platform_shopify_topic_check(const struct platform_context *ctx, struct err *err)
{
	const struct platform_seen *seen = ctx->message->seen;
	const char *other = seen == NULL ? NULL : platform_shopify_other(ctx, seen);
	int rc = platform_shopify_header_check(ctx, err);

	if (rc < 0 || other == NULL)
		return rc;
	return err_set(err, ERR_PERMANENT,
	    "The same signed body came as %.100s first. A body that was signed for one topic has "
	    "no effect under another.",
	    other);
}

/* The first member of a list, which may be NULL, that body has, or NULL. */
static const char *
platform_shopify_first(struct json_object *body, const char *const *members)
{
	for (; members != NULL && *members != NULL; members++)
		if (read_has(&read_exact, body, *members))
			return *members;
	return NULL;
}

const char *
platform_shopify_missing(struct arena *a, struct json_object *body, const char *const *members)
{
	size_t left = 0;
	struct buf b;

	for (size_t i = 0; members[i] != NULL; i++)
		left += !read_has(&read_exact, body, members[i]);
	if (left == 0)
		return NULL;
	buf_init(&b, a);
	for (; *members != NULL; members++) {
		if (read_has(&read_exact, body, *members))
			continue;
		buf_addf(&b, "\"%s\"", *members);
		if (--left > 0)
			buf_adds(&b, left == 1 ? " and " : ", ");
	}
	return b.data;
}

static int
platform_shopify_lists(const char *const *members, const char *member)
{
	for (; members != NULL && *members != NULL; members++)
		if (strcmp(*members, member) == 0)
			return 1;
	return 0;
}

/* The Admin API answers {"order": {...}}, {"orders": [...]}: one member that is a wrapper's name. A
 * webhook's privacy request has "customer" among others. */
static const char *
platform_shopify_wrapper(struct json_object *body)
{
	if (json_object_object_length(body) != 1)
		return NULL;
	for (size_t i = 0; i < sizeof(wrappers) / sizeof(wrappers[0]); i++)
		if (read_has(&read_exact, body, wrappers[i]))
			return wrappers[i];
	return NULL;
}

static int
platform_shopify_bare_check(struct json_object *body, struct err *err)
{
	const char *wrapper;

	if (json_object_is_type(body, json_type_array))
		return err_set(
		    err, ERR_PERMANENT, "The body is a list; a webhook body is one object.");
	if (!json_object_is_type(body, json_type_object))
		return err_set(err, ERR_PERMANENT, "The body is not a JSON object.");
	if ((wrapper = platform_shopify_wrapper(body)) != NULL)
		return err_set(err, ERR_PERMANENT,
		    "The body is wrapped in \"%s\", as the Admin API answers; a webhook body is "
		    "the bare object.",
		    wrapper);
	/* A merge has errors of its own. */
	if (read_has(&read_exact, body, "errors") &&
	    !read_has(&read_exact, body, "admin_graphql_api_customer_kept_id"))
		return err_set(err, ERR_PERMANENT,
		    "The body is an error answer of the Admin API (\"errors\"), not a webhook "
		    "body.");
	return 0;
}

/* The member that tells what a body is, when that is another kind, or -1. kind may be NULL. */
static int
platform_shopify_tell(struct json_object *body, const struct platform_shopify_kind *kind)
{
	for (size_t i = 0; i < sizeof(tells) / sizeof(tells[0]); i++) {
		if (!read_has(&read_exact, body, tells[i].member))
			continue;
		if (kind == NULL || !platform_shopify_lists(kind->own, tells[i].member))
			return (int)i;
	}
	return -1;
}

/* What the body lacks to be of the kind; NULL when it lacks nothing. */
static const char *
platform_shopify_lack(struct arena *a, struct json_object *body,
    const struct platform_shopify_kind *kind)
{
	const char *lacks = kind->all == NULL ? NULL : platform_shopify_missing(a, body, kind->all);

	if (lacks != NULL)
		return arena_printf(a, "it lacks %s", lacks);
	if (kind->any == NULL || platform_shopify_first(body, kind->any) != NULL)
		return NULL;
	lacks = platform_shopify_missing(a, body, kind->any);
	return arena_printf(a, "it has none of %s, of which it needs one", lacks);
}

int
platform_shopify_body_check(struct arena *a, struct json_object *body,
    const struct platform_shopify_kind *kind, struct err *err)
{
	int r = platform_shopify_bare_check(body, err), tell;
	const char *lack, *foreign, *looks = "";

	if (r < 0)
		return r;
	lack = platform_shopify_lack(a, body, kind);
	foreign = platform_shopify_first(body, kind->none);
	if (lack == NULL && foreign == NULL)
		return 0;
	tell = platform_shopify_tell(body, kind);
	if (tell >= 0)
		looks = arena_printf(a, "it has \"%s\" and looks like %s%s", tells[tell].member,
		    tells[tell].what, lack == NULL ? "" : "; ");
	else if (lack == NULL)
		lack = arena_printf(a, "it has \"%s\", which %s does not", foreign, kind->what);
	return err_set(err, ERR_PERMANENT, "The body is not the webhook body of %s: %s%s.",
	    kind->what, looks, lack == NULL ? "" : lack);
}

int
platform_shopify_deletion_check(struct json_object *body, const char *what, struct err *err)
{
	int r = platform_shopify_bare_check(body, err), tell;

	if (r < 0)
		return r;
	if ((tell = platform_shopify_tell(body, NULL)) >= 0)
		return err_set(err, ERR_PERMANENT,
		    "The body is not that of a deletion of %s, which holds little more than an id: "
		    "it has \"%s\" and looks like %s.",
		    what, tells[tell].member, tells[tell].what);
	if (read_has(&read_exact, body, "created_at"))
		return err_set(err, ERR_PERMANENT,
		    "The body is not that of a deletion of %s, which holds little more than an id: "
		    "it has \"created_at\".",
		    what);
	return 0;
}

int
platform_shopify_is_number(const char *text)
{
	enum { DIGITS_MAX = 20 };
	const size_t n = text == NULL ? 0 : strlen(text);

	return n > 0 && n <= DIGITS_MAX && strspn(text, "0123456789") == n;
}

int
platform_shopify_id(struct platform_context *ctx, struct json_object *o, const char *path,
    const char **id, struct err *err)
{
	const char *text = json_text(o, path);

	*id = NULL;
	if (json_at(o, path) == NULL || (text != NULL && *text == '\0'))
		return 0;
	if (!platform_shopify_is_number(text) || strspn(text, "0") == strlen(text))
		return err_set(err, ERR_PERMANENT,
		    "\"%s\" is not the number of a Shopify object (digits only).", path);
	*id = arena_strdup(ctx->arena, text);
	return 0;
}

int
platform_shopify_id_required(struct platform_context *ctx, struct json_object *o, const char *path,
    const char **id, struct err *err)
{
	int r = platform_shopify_id(ctx, o, path, id, err);

	if (r == 0 && *id == NULL)
		return err_set(err, ERR_PERMANENT, "The body has no \"%s\".", path);
	return r;
}

/* When the shop sent the notice, USEC_NONE when it does not say. A header that is no date is a
 * proxy's fault, not the shop's. */
static usec_t
platform_shopify_triggered(const struct platform_context *ctx)
{
	struct json_object *headers = ctx->message->headers;
	usec_t t;

	if (read_time(&read_exact, headers, "x-shopify-triggered-at", &t, NULL) < 0)
		return USEC_NONE;
	return t;
}

/* Maps the delay between a state and its trigger to a fraction of a second: fine for short delays,
 * coarser for long ones, always below one second. */
static usec_t
platform_shopify_fraction(usec_t after)
{
	const usec_t half = 10 * USEC_SEC, most = 30 * 86400 * USEC_SEC;

	if (after <= 0)
		return 0;
	if (after > most)
		after = most;
	return (USEC_SEC - 1) * after / (after + half);
}

int
platform_shopify_stamp(
    const struct platform_context *ctx, struct json_object *body, usec_t *stamp, struct err *err)
{
	const usec_t triggered = platform_shopify_triggered(ctx);
	int r = read_time(&read_exact, body, "updated_at", stamp, err);

	if (r < 0)
		return r;
	if (*stamp == USEC_NONE)
		*stamp = triggered != USEC_NONE ? triggered : ctx->message->received_at;
	else if (triggered != USEC_NONE && *stamp % USEC_SEC == 0)
		*stamp += platform_shopify_fraction(triggered - *stamp);
	return 0;
}

static int
platform_shopify_same_second(usec_t a, usec_t b)
{
	return a / USEC_SEC == b / USEC_SEC;
}

static usec_t
platform_shopify_stamp_beside(const struct platform_context *ctx, struct json_object *body,
    usec_t stamp, usec_t stored)
{
	const int deletes = text_ieq(ctx->message->action, "Delete");
	const int triggered = platform_shopify_triggered(ctx) != USEC_NONE;
	const int is_own = triggered || json_text(body, "updated_at") != NULL;

	if (stored == USEC_NONE || stamp >= stored)
		return stamp;
	if (platform_shopify_same_second(stamp, stored))
		return deletes || !triggered ? stored : stamp;
	return deletes && !is_own ? stored : stamp;
}

int
platform_shopify_is_newest(const struct platform_context *ctx, struct json_object *body,
    usec_t *stamp, usec_t stored)
{
	*stamp = platform_shopify_stamp_beside(ctx, body, *stamp, stored);
	return stored == USEC_NONE || *stamp >= stored;
}

/* A sentence about a row. */
struct sentence {
	const char *before, *after;
	const struct row *row;
};

static int
said(struct platform_context *ctx, void *arg)
{
	const struct sentence *s = arg;

	snprintf(ctx->reason, sizeof ctx->reason, "%s%lld%s", s->before, (long long)s->row->key.i,
	    s->after);
	return PLATFORM_DONE;
}

int
platform_shopify_say(struct platform_context *ctx, const char *before, const struct row *row,
    const char *after)
{
	struct sentence *s = arena_new(ctx->arena, struct sentence, 1);

	*s = (struct sentence){ before, after, row };
	ctx->conclude = said;
	ctx->concluding = s;
	return PLATFORM_DONE;
}
