/*
 * unrouted - what is said of a message that no platform handles: the triple that its own may be a
 * slip of, otherwise what there is instead of its first part that is unknown.
 */
#ifndef SCHEDULER_UNROUTED_H
#define SCHEDULER_UNROUTED_H

struct arena;

/* A sentence in the arena. The words are the message's, of any case and content. */
const char *unrouted_reason(struct arena *a, const char *platform, const char *entity,
    const char *action);

#endif
