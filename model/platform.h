/*
 * platform - describes the foreign systems: what each of their webhooks is for, and how a delivery
 * says what it is.
 *
 * The rows stand with their functions at the end of a platform's file in platform/:
 *
 * const struct platform_row platform_shopify_rows[] = {
 * #define SHOPIFY_ORDER "…"	samples: bodies that work on the demo tenant
 * 	PLATFORM("Shopify", .stamp = "updated_at", …)	members of struct platform
 * 	PLATFORM_ROW("Shopify", "Order", "Insert", function, sample, "Sentences.", traits)
 * 	{ .platform = NULL },
 * };
 *
 * model/rows.awk copies them into model/platform_rows_gen.h, in the order of
 * platform/Makemodule.am. Here they are descriptions, for API, command line and help; there they
 * are functions, for the daemon (platform/platform.h).
 */
#ifndef MODEL_PLATFORM_H
#define MODEL_PLATFORM_H

enum { PLATFORM_WORDS_MAX = 10, PLATFORM_DELIVERIES_MAX = 2 };

/* A header by which a platform numbers its deliveries: a repetition has the same number. */
struct platform_delivery {
	const char *scheme; /* of signatures. A Source that checks signatures of another scheme with
			     * such headers ignores this one. NULL: no scheme has it */
	const char *scope;	/* part of stored keys: never change it */
	const char *header;
	const char *within[2]; /* headers within whose values the number is unique; NULL for none */
};

/* Members are those of the body's outermost object; headers are in lower case. NULL: there is
 * none. */
struct platform {
	const char *name;
	int hidden;			/* of tests and skeletons: in no help page */
	const char *id; /* member that says which thing a message is about. Messages about the same
			 * thing are processed in the order of arrival. NULL = "id" */
	const char *id_header; /* header that says the same; "*" stands for the entity */
	const char *stamp;		/* member: the instant of the state in the body, ISO 8601 */
	const char *stamp_seconds;	/* member: the same, in seconds since 1970 */
	const char *stamp_header;	/* header: the same, ISO 8601; counts when no member does */
	const char *event_headers[PLATFORM_WORDS_MAX]; /* number of an event that several
							  deliveries share; the first counts */
	const char *headers[PLATFORM_WORDS_MAX]; /* patterns of headers that are kept … */
	const char *headers_not[PLATFORM_WORDS_MAX]; /* … except these, which hold secrets */
	struct platform_delivery deliveries[PLATFORM_DELIVERIES_MAX];
};

/* A webhook that is understood. */
struct platform_kind {
	const char *platform, *entity,
	    *action; /* in the address of a webhook; entity "*": each entity of the model */
	const char *doc;			/* full sentences */
	const char *sample; /* a body that works on the demo tenant; NULL for entity "*", whose
			     * samples are made from the model (model/entity_sample.h) */
};

extern const struct platform platforms[];		/* ends with name NULL */
extern const struct platform_kind platform_kinds[];	/* ends with platform NULL */

/* A platform by name (case ignored), or NULL. */
const struct platform *platform_named(const char *name);

/* 0 of a platform that is hidden. */
int platform_kind_is_shown(const struct platform_kind *k);

/* 1 when the platform's deliveries keep the header. name in lower case. */
int platform_keeps_header(const struct platform *p, const char *name);

#endif
