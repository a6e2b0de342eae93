#include "config.h"

#include "platform/shopify/consent.h"

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/format/json.h"
#include "lib/text.h"
#include "platform/platform.h"
#include "platform/shopify/common.h"
#include "platform/write.h"

#define UNSUBSCRIBED "unsubscribed"

/* What a state of consent says: 1, 0, or -1 for nothing. */
static int
state_of(const char *state)
{
	static const char *const no[] = { "not_subscribed", UNSUBSCRIBED, "pending", "invalid",
		"redacted" };

	if (state == NULL)
		return -1;
	if (text_ieq(state, "subscribed"))
		return 1;
	for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
		if (text_ieq(state, no[i]))
			return 0;
	return -1;
}

static struct consent *
begin(struct platform_context *ctx, struct row *row, usec_t at)
{
	struct consent *c = arena_new(ctx->arena, struct consent, 1);

	*c = *ctx->consent;
	c->kind = CONSENT_MENTION;
	c->at = at;
	c->latest = ctx->message->received_at;
	c->dates_advertiser = 1;
	row->consent = c;
	return c;
}

/* A channel: the member that speaks of it, and the column of its opt-in. */
struct channel {
	enum consent_channel channel;
	const char *member;
	enum column optin;
};

static void
say(struct platform_context *ctx, struct row *row, const struct channel *channel, int optin,
    const struct consent_said *said, struct consent *c)
{
	if (optin < 0)
		return;
	row_bool(row, channel->optin, optin);
	c->of[channel->channel] = *said;
	c->of[channel->channel].text = platform_shopify_said(ctx, said->text);
}

/* From the consent object. 1 when it says something, else 0. */
static int
object_read(struct platform_context *ctx, struct row *row, struct json_object *o,
    const struct channel *channel, int is_notice, struct consent *c)
{
	const char *state = json_text(json_at(o, channel->member), "state");
	struct consent_said s = { .kind = CONSENT_MENTION, .text = channel->member };
	const char *since = arena_printf(ctx->arena, "%s.consent_updated_at", channel->member);

	if (state_of(state) < 0)
		return 0;
	s.at = read_date(&ctx->in, o, "", since);
	if (is_notice || text_ieq(state, UNSUBSCRIBED))
		s.kind = CONSENT_STATEMENT;
	say(ctx, row, channel, state_of(state), &s, c);
	return 1;
}

void
platform_shopify_consent_read(struct platform_context *ctx, struct row *row, struct json_object *o,
    usec_t at, int is_notice)
{
	static const struct channel email = { CONSENT_EMAIL, "email_marketing_consent",
		Address_EmailOptin },
				    mobile = { CONSENT_MOBILE_PHONE, "sms_marketing_consent",
					    Address_MobilePhoneOptin };
	struct consent_said s = { .kind = CONSENT_MENTION, .text = "accepts_marketing" };
	struct consent *c = begin(ctx, row, at);

	object_read(ctx, row, o, &mobile, is_notice, c);
	if (object_read(ctx, row, o, &email, is_notice, c))
		return;
	s.at = read_date(&ctx->in, o, "", "accepts_marketing_updated_at");
	say(ctx, row, &email, json_flag(o, "accepts_marketing"), &s, c);
}

void
platform_shopify_consent_box(
    struct platform_context *ctx, struct row *row, struct json_object *order, usec_t at)
{
	static const struct channel email = { CONSENT_EMAIL, NULL, Address_EmailOptin };
	const int ticked = json_flag(order, "buyer_accepts_marketing");
	const struct consent_said s = { .kind = CONSENT_MENTION, .at = ticked == 1 ? at : USEC_NONE,
		.text = "the order's box (buyer_accepts_marketing)" };

	say(ctx, row, &email, ticked, &s, begin(ctx, row, at));
}

const char *
platform_shopify_consent_phone(struct json_object *o)
{
	static const char *const members[] = { "phone", "sms_marketing_consent.phone",
		"sms_marketing_consent.phone_number" };
	const char *phone = NULL;

	for (size_t i = 0; phone == NULL && i < sizeof members / sizeof members[0]; i++)
		phone = json_text(o, members[i]);
	return phone;
}
