#include "config.h"

#include "platform/shopify/compliance.h"

#include <stdio.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/set.h"
#include "lib/text.h"
#include "model/change/contact_key.h"
#include "platform/platform.h"
#include "platform/shopify/common.h"

enum { REQUEST_MAX = 64 };

#define SHOP "shop_id", "shop_domain"

/* What the body of a topic always has, and what only the others have: none passes for another. */
static const struct topic {
	const char *what;
	const char *const has[6], *const lacks[5];
} data_request = { "a data request", { SHOP, "customer", "orders_requested", "data_request", NULL },
	{ "orders_to_redact", NULL } },
  redact = { "a customer's redaction", { SHOP, "customer", "orders_to_redact", NULL },
	  { "data_request", "orders_requested", NULL } },
  shop_redact = { "a shop's redaction", { SHOP, NULL }, { NULL } };

static int
not_a(const struct topic *t, const char *why, const char *member, struct err *err)
{
	return err_set(
	    err, ERR_PERMANENT, "The body is not that of %s: it %s %.200s.", t->what, why, member);
}

static int
members_check(const struct platform_context *ctx, const struct topic *t, struct err *err)
{
	const char *lacks = platform_shopify_missing(ctx->arena, ctx->payload, t->has);

	if (lacks != NULL)
		return not_a(t, "lacks", lacks, err);
	for (const char *const *m = t->lacks; *m != NULL; m++)
		if (read_has(&read_exact, ctx->payload, *m))
			return not_a(t, "has", arena_printf(ctx->arena, "\"%s\"", *m), err);
	return 0;
}

static int
body_check(const struct platform_context *ctx, const struct topic *t, struct err *err)
{
	int r = platform_shopify_topic_check(ctx, err);

	if (r < 0)
		return r;
	if (!ctx->message->is_proven)
		return err_set(err, ERR_PERMANENT,
		    "The sender is not authenticated. A request about persons needs the Source's "
		    "signature or key, or the tenant's token.");
	return members_check(ctx, t, err);
}

/* Numbers that come again take no memory, because they may come very often. */
static int
read_orders(struct platform_context *ctx, struct platform_request *asks, const char *member,
    struct err *err)
{
	struct json_object *list = json_array(ctx->payload, member);
	struct set known;

	set_init(&known, ctx->arena);
	asks->purchases = arena_new(ctx->arena, const char *, json_count(list));
	for (size_t i = 0; i < json_count(list); i++) {
		const char *id = json_object_get_string(json_object_array_get_idx(list, i));

		if (!platform_shopify_is_number(id))
			return err_set(err, ERR_PERMANENT,
			    "\"%s\" holds what is not the number of a Shopify order (digits only).",
			    member);
		if (set_find_text(&known, id, NULL))
			continue;
		id = arena_strdup(ctx->arena, id);
		set_add_text(&known, id, i, NULL);
		asks->purchases[asks->npurchases++] = id;
	}
	return 0;
}

static int
read_person(struct platform_context *ctx, struct platform_request *asks, const char *orders,
    struct err *err)
{
	const char *email = json_text(ctx->payload, "customer.email");
	int r = platform_shopify_id(ctx, ctx->payload, "customer.id", &asks->customer, err);

	if (r < 0 || (r = read_orders(ctx, asks, orders, err)) < 0)
		return r;
	if (contact_email(ctx->arena, email) != NULL)
		asks->email = arena_strdup(ctx->arena, email);
	if (asks->customer != NULL || asks->email != NULL || asks->npurchases > 0)
		return 0;
	return err_set(err, ERR_PERMANENT,
	    "The body names nobody: no \"customer.id\", no \"customer.email\", no \"%s\".", orders);
}

static int
ask(struct platform_context *ctx, const struct platform_request *asks)
{
	ctx->asks = arena_new(ctx->arena, struct platform_request, 1);
	*ctx->asks = *asks;
	return PLATFORM_DONE;
}

/* The platform's number, when it is one. */
static const char *
request_number(struct platform_context *ctx)
{
	const char *id = json_text(ctx->payload, "data_request.id");

	return id == NULL || strlen(id) > REQUEST_MAX || strspn(id, "0123456789") != strlen(id) ?
	    "" :
	    arena_strdup(ctx->arena, id);
}

int
platform_shopify_compliance_data_request(struct platform_context *ctx, struct err *err)
{
	struct platform_request asks = { .kind = REQUEST_DATA_REQUEST,
		.by = "Shopify customers/data_request" };
	int r;

	if ((r = body_check(ctx, &data_request, err)) < 0 ||
	    (r = read_person(ctx, &asks, "orders_requested", err)) < 0)
		return r;
	asks.request = request_number(ctx);
	snprintf(ctx->reason, sizeof(ctx->reason), "The data request is noted.");
	return ask(ctx, &asks);
}

int
platform_shopify_compliance_redact(struct platform_context *ctx, struct err *err)
{
	struct platform_request asks = { .kind = REQUEST_REDACT, .request = "",
		.by = "Shopify customers/redact" };
	int r;

	if ((r = body_check(ctx, &redact, err)) < 0 ||
	    (r = read_person(ctx, &asks, "orders_to_redact", err)) < 0)
		return r;
	snprintf(ctx->reason, sizeof(ctx->reason), "The erasure is planned.");
	return ask(ctx, &asks);
}

/* This erases all of a Source, though nothing in the body says so. The body must have these two
 * members and no other. */
static int
only_check(const struct platform_context *ctx, struct err *err)
{
	json_object_object_foreach(ctx->payload, name, value) {
		const int known = strcmp(name, "shop_id") == 0 || strcmp(name, "shop_domain") == 0;

		(void)value;
		if (!known)
			return not_a(
			    &shop_redact, "has", arena_printf(ctx->arena, "\"%.100s\"", name), err);
	}
	return 0;
}

int
platform_shopify_compliance_shop_redact(struct platform_context *ctx, struct err *err)
{
	int r = body_check(ctx, &shop_redact, err);

	if (r < 0 || (r = only_check(ctx, err)) < 0)
		return r;
	snprintf(ctx->reason, sizeof(ctx->reason), "The erasure of the Source is planned.");
	return ask(ctx,
	    &(struct platform_request){
		.kind = REQUEST_SHOP_REDACT, .request = "", .by = "Shopify shop/redact" });
}
