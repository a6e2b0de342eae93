#include "config.h"

#include "model/change/consent.h"

#define OF_ADDRESS(channel) \
	{ channel, "Address", channel "Optin", channel "OptinDate", \
	    channel "AdvertiserCreationDate" }

const struct consent_columns consent_columns[CONSENT_CHANNELS] = {
	[CONSENT_GLOBAL] = { "Global", "Contact", "GlobalOptin", NULL, NULL },
	[CONSENT_PARTNER] = { "GlobalPartner", "Contact", "GlobalPartnerOptin", NULL, NULL },
	[CONSENT_ADDRESS] = OF_ADDRESS("Address"),
	[CONSENT_EMAIL] = OF_ADDRESS("Email"),
	[CONSENT_HOME_PHONE] = OF_ADDRESS("HomePhone"),
	[CONSENT_MOBILE_PHONE] = OF_ADDRESS("MobilePhone"),
};

static int
is_older(usec_t at, const struct consent_state *state)
{
	return state->optin >= 0 && state->since != USEC_NONE && at < state->since;
}

void
consent_settle(enum consent_kind kind, int optin, usec_t at, int is_dated,
    struct consent_state *state)
{
	const int no_by_mention = kind == CONSENT_MENTION && optin < 1;

	if (is_older(at, state) || (kind == CONSENT_MENTION && optin < 0))
		return;
	if (no_by_mention && state->optin >= 0)
		return;
	if (optin == state->optin && !is_dated)
		return;
	/* An undated box that nobody ticked must not stand in the way of a consent of before. */
	state->since = no_by_mention && !is_dated ? USEC_NONE : at;
	state->optin = optin;
}
