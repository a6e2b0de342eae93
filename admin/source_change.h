/*
 * source_change - a Source that is being added or changed: its secrets, and whether it makes sense.
 */
#ifndef ADMIN_SOURCE_CHANGE_H
#define ADMIN_SOURCE_CHANGE_H

#include <stddef.h>

#include "store/registry/store_admin.h"

struct context;

enum { SOURCE_SECRETS_MAX = 20 };

struct source_secret {
	char *s;
	size_t n;
};

/* A Source being added or changed. */
struct source_change {
	int adding;
	struct store_alias *tenant;
	struct store_admin_source source;
	struct source_secret secrets[SOURCE_SECRETS_MAX];
	size_t nsecrets;
	const char *key;		/* new key, to be shown */
};

/* Reads the files of --secret-file. */
int source_change_secrets(struct context *x, struct source_change *c);

/* The Source as a whole must make sense, whatever the command says. ERR_USAGE with faults by
 * option. */
int source_change_check(struct context *x, const struct source_change *c);

#endif
