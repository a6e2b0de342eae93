/*
 * registry - what the registry says about tenants, Sources and tokens, remembered for two seconds.
 *
 * So a revoked token or a changed secret works for at most REGISTRY_KEEP_MS. That a row is missing
 * is never remembered. In memory, per process, bounded, thread-safe. Results are copies in the
 * arena that is passed in.
 */
#ifndef FCGI_ACCESS_REGISTRY_H
#define FCGI_ACCESS_REGISTRY_H

#include <stddef.h>
#include <stdint.h>

#include "fcgi/access/signature.h"
#include "lib/clock.h"
#include "store/registry/store_access.h"

struct arena;
struct db;
struct err;
struct secret_box;

enum { REGISTRY_KEEP_MS = STORE_ACCESS_KEEP_S * 1000 };

/* Where a look-up that is not remembered gets its connection. */
struct registry_reader {
	int (*connection)(void *arg, struct db **out, struct err *err);
	void *arg;
	const struct secret_box *box;		/* opens the secrets of Sources */
};

struct registry_facts {
	struct store_alias *alias;		/* NULL = unknown tenant */
	struct store_source *source;		/* NULL = unknown, or none was asked for */
	struct signature_secret
	    *secrets; /* of the source, opened; those that do not open are left out */
	size_t nsecrets;
	size_t nunopened;			/* left out: another key file, or none to be read */
	usec_t now;				/* the database's clock */
};

/* The tenant and, when with_source, its Source. */
int registry_facts_find(const struct registry_reader *r, struct arena *a, const char *customer,
    const char *alias, int with_source, int16_t source_id, struct registry_facts *out,
    struct err *err);

/* A valid token. *found 0 = there is none. */
int registry_token_find(const struct registry_reader *r, struct arena *a, const char *token,
    struct store_token *out, int *found, struct err *err);

#endif
