/*
 * consent - when an opt-in changes, for every way in.
 *
 * A STATEMENT is about the consent itself: a topic of consent, the state "unsubscribed" wherever
 * it stands, a newsletter's body, a member's own profile, a row of the model. It gives and it
 * takes away. A MENTION is a box or a state beside something else. It may give consent but never
 * takes it away, because a box that nobody ticked is no withdrawal. Where nothing is stored yet, it
 * may say no. Older data than what is stored changes nothing, nor does an undated repetition.
 *
 * entity_put() holds to this (store/entity/settle.h), and keeps each change in
 * api_contact_consent.
 */
#ifndef MODEL_CHANGE_CONSENT_H
#define MODEL_CHANGE_CONSENT_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"

enum consent_kind { CONSENT_UNSET, CONSENT_STATEMENT, CONSENT_MENTION };

enum consent_channel {
	CONSENT_GLOBAL, CONSENT_PARTNER, CONSENT_ADDRESS, CONSENT_EMAIL, CONSENT_HOME_PHONE,
	CONSENT_MOBILE_PHONE, CONSENT_CHANNELS
};

/* Where a channel's opt-in is kept. NULL: there is no such column. */
struct consent_columns {
	const char *name;		/* in api_contact_consent.channel */
	const char *entity, *optin;
	const char *date;		/* since when the opt-in is as it is */
	const char *advertiser;		/* what stands for that date where it is NULL */
};

extern const struct consent_columns consent_columns[CONSENT_CHANNELS];

enum { CONSENT_TEXT_MAX = 200 };	/* characters of a statement's text */

/* What a delivery, or a request, says of one channel. kind UNSET: as of all. */
struct consent_said {
	enum consent_kind kind;
	usec_t at;			/* its own date, or USEC_NONE */
	const char *text;
};

/* What it says in all. A date beside the opt-in in the row itself comes first, then that of the
 * channel, the row's SourceStamp, at. */
struct consent {
	enum consent_kind kind;
	const char *text;		/* "Shopify customers/update: accepts_marketing" */
	int16_t source_id;		/* 0: no Source */
	usec_t at;			/* USEC_NONE: when it is written */
	usec_t latest;			/* nothing was said later; USEC_NONE: any time may be */
	int dates_advertiser;		/* …AdvertiserCreationDate is set like the date */
	struct consent_said of[CONSENT_CHANNELS];
};

/* An opt-in: 1, 0, or -1 for NULL; since when, or USEC_NONE. */
struct consent_state {
	int optin;
	usec_t since;
};

/* Makes of the stored state what is to be stored. at: when it was said; is_dated: that was said
 * with it, and is not just when it came. */
void consent_settle(enum consent_kind kind, int optin, usec_t at, int is_dated,
    struct consent_state *state);

#endif
