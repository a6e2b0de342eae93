/*
 * platform_sample - the sample deliveries of QueueProcess: one for each platform, entity and action
 * that is understood; those of the platform Standard are made of the model.
 */
#ifndef FCGI_API_PLATFORM_SAMPLE_H
#define FCGI_API_PLATFORM_SAMPLE_H

#include <stddef.h>

struct action;
struct arena;
struct entity;
struct sample_value;

struct platform_sample {
	const char *platform, *entity, *action, *body;
	const struct entity *of;	/* of the platform Standard: what the body is; else NULL */
};

/* All of them, each behind what must be sent before it; ends with platform NULL. Of Standard only
 * those of one entity where that is not NULL. */
const struct platform_sample *platform_samples(struct arena *a, const struct entity *only);

/* "PurchaseHeader, Store": entities whose sample must be sent before; "" for none. */
const char *platform_sample_needs(struct arena *a, const struct platform_sample *s);

/* The row that takes them: QueueProcess. */
const struct action *platform_sample_action(void);

/* As a command for a shell (sample.h). values: what takes the place of other samples, or NULL. */
const char *platform_sample_curl(struct arena *a, const struct platform_sample *s,
    const char *base, const struct sample_value *values);

#endif
