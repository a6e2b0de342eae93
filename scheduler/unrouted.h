/*
 * unrouted - the reason of a message that no platform handles. It names a triple that is spelled
 * nearly alike; when there is none, the choices for the first part that is unknown.
 */
#ifndef SCHEDULER_UNROUTED_H
#define SCHEDULER_UNROUTED_H

struct arena;

/* A sentence in the arena. The words are the message's, of any case and content. */
const char *unrouted_reason(struct arena *a, const char *platform, const char *entity,
    const char *action);

#endif
