/*
 * platform - which webhooks are understood: the one table of platform, entity and action for API,
 * command line, daemon and help.
 *
 * What becomes of each is platform/<name>/; the daemon holds both lists together when it starts
 * (platform_lint()).
 */
#ifndef MODEL_PLATFORM_H
#define MODEL_PLATFORM_H

struct platform_kind {
	const char *platform, *entity,
	    *action; /* in the address of a webhook; entity "*": each entity of the model */
	const char *doc;			/* full sentences */
	const char *sample; /* a body that works on the demo tenant; NULL of entity "*": these are
			       made of the model (model/entity_sample.h) */
};

extern const struct platform_kind platform_kinds[];	/* ends with platform NULL */

/* The row of a triple (case ignored; rows with "*" fit every entity), or NULL. */
const struct platform_kind *platform_kind_find(
    const char *platform, const char *entity, const char *action);

#endif
