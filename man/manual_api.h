/*
 * manual_api - the parts of customerapi-api(7) that come from the tables: actions, webhooks that
 * are understood, entities that a Source writes, processes, errors. mdoc text in the arena.
 */
#ifndef MAN_MANUAL_API_H
#define MAN_MANUAL_API_H

struct arena;

char *manual_api_actions(struct arena *a);
char *manual_api_platforms(struct arena *a);
char *manual_api_owned(struct arena *a);
char *manual_api_processes(struct arena *a);
char *manual_api_errors(struct arena *a);

#endif
