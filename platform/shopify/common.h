/*
 * platform_shopify_common - what the Shopify handlers share: which topic belongs where, ids, the
 * stamp, and which bodies are no webhook bodies.
 *
 * Faults are ERR_PERMANENT, because the body does not change. Sentences name the field and never
 * hold its value, except topics and numbers.
 */
#ifndef PLATFORM_SHOPIFY_COMMON_H
#define PLATFORM_SHOPIFY_COMMON_H

#include <stddef.h>

#include "lib/clock.h"

struct arena;
struct err;
struct json_object;
struct platform_context;
struct row;

/* Refuses a delivery whose X-Shopify-Topic header belongs to another entity or action than the
 * message's. A missing header is no fault, because a signature does not cover it. Where the
 * message's row says .one_topic, also refuses signed bytes that came under another topic before. 0
 * or ERR_PERMANENT. */
int platform_shopify_topic_check(const struct platform_context *ctx, struct err *err);

/* 1 when the X-Shopify-Topic header is topic. */
int platform_shopify_topic_is(const struct platform_context *ctx, const char *topic);

/* Where something was said: "Shopify customers/update: accepts_marketing"; without the topic's
 * header by entity and action. */
const char *platform_shopify_said(const struct platform_context *ctx, const char *what);

/* How a body of one kind is told from the others. The lists end with NULL; a NULL list asks
 * nothing. */
struct platform_shopify_kind {
	const char *what;		/* "an order" */
	const char *const *all;		/* members that every one has */
	const char *const *any;		/* members of which one is there */
	const char *const *none;	/* members that only others have */
	const char *const *own;		/* members that it has, though they tell others apart */
};

/* Refuses what is no bare object of this kind: lists, wrapped answers of the Admin API, error
 * answers, objects of another kind. 0, or ERR_PERMANENT with all that is missing, or what is too
 * much. */
int platform_shopify_body_check(struct arena *a, struct json_object *body,
    const struct platform_shopify_kind *kind, struct err *err);

/* The members of a list that body does not have, in words: "a", "b" and "c"; NULL: it has all. */
const char *platform_shopify_missing(struct arena *a, struct json_object *body,
    const char *const *members);

/* The same for the body of a deletion, which holds little more than an id: refuses what is a whole
 * object. */
int platform_shopify_deletion_check(struct json_object *body, const char *what, struct err *err);

/* 1 when the text is 1 to 20 digits. NULL is none. */
int platform_shopify_is_number(const char *text);

/* The id at path as text, exactly as sent. *id is NULL when there is none. 0, or ERR_PERMANENT when
 * it is no whole number above 0. */
int platform_shopify_id(struct platform_context *ctx, struct json_object *o, const char *path,
    const char **id, struct err *err);

/* As platform_shopify_id(), but nothing is a fault too. */
int platform_shopify_id_required(struct platform_context *ctx, struct json_object *o,
    const char *path, const char **id, struct err *err);

/* The state's instant: updated_at of the body, else the X-Shopify-Triggered-At header, else the
 * arrival. updated_at has whole seconds; within one the header decides: what was triggered later
 * gets the larger fraction, and none reaches the next second, so that an older updated_at never
 * wins. 0 or ERR_PERMANENT. */
int platform_shopify_stamp(
    const struct platform_context *ctx, struct json_object *body, usec_t *stamp, struct err *err);

/* Adjusts the stamp of a delivery to the stored stamp (USEC_NONE for nothing stored): the later of
 * the two is taken for a deletion without a stamp of its own or of the same second, and for a state
 * of the same second without the header, whose order is unknown. 0 when it is still older: the
 * delivery is superseded. */
int platform_shopify_is_newest(const struct platform_context *ctx, struct json_object *body,
    usec_t *stamp, usec_t stored);

/* The reason, once the key of the row is known: it stands between the two texts, which live on.
 * Returns PLATFORM_DONE. */
int platform_shopify_say(struct platform_context *ctx, const char *before, const struct row *row,
    const char *after);

#endif
