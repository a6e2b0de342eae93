/*
 * store_refusal - counts requests that were refused with 401 or 403, in the registry.
 *
 * Strangers cause these rows, so their number is bounded: STORE_REFUSAL_KEPT for each tenant,
 * Source and cause; the oldest are deleted. All requests that name no tenant form one such group.
 */
#ifndef STORE_REGISTRY_STORE_REFUSAL_H
#define STORE_REGISTRY_STORE_REFUSAL_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"

struct arena;
struct db;
struct err;
struct rows;

/* X(name, word in log and table, sentence for the admin) */
#define STORE_REFUSAL_CAUSES(X) \
	X(NO_CREDENTIALS, "no-credentials", "The request has no credentials.") \
	X(HEADERS_MISSING, "headers-missing", "Of the three headers some are missing.") \
	X(TENANT_UNKNOWN, "tenant-unknown", "There is no such customer.") \
	X(ALIAS_UNKNOWN, "alias-unknown", "The customer has no such database alias.") \
	X(TENANT_DISABLED, "tenant-disabled", "The tenant is disabled.") \
	X(TENANT_DIFFERS, "tenant-differs", "The headers name another tenant than the address.") \
	X(SOURCE_UNKNOWN, "source-unknown", "The tenant has no such Source.") \
	X(SOURCE_DISABLED, "source-disabled", "The Source is disabled.") \
	X(TOKEN_WRONG, "token-wrong", "The token is not valid.") \
	X(TOKEN_UNKNOWN, "token-unknown", "There is no such token.") \
	X(TOKEN_EXPIRED, "token-expired", "The token has expired.") \
	X(TOKEN_REVOKED, "token-revoked", "The token was revoked.") \
	X(TOKEN_USER, "token-user-disabled", "The token's user is disabled or gone.") \
	X(TOKEN_FOREIGN, "token-of-other-tenant", "The token is another tenant's.") \
	X(KEY_WRONG, "key-wrong", "The key is not the Source's.") \
	X(SIGNATURE_MISSING, "signature-missing", "The request is not signed.") \
	X(SIGNATURE_WRONG, "signature-wrong", "The signature does not match.") \
	X(ADDRESS, "address-not-listed", "The address it came from is not on the list.") \
	X(LOGIN_UNKNOWN, "login-unknown", "There is no such login.") \
	X(PASSWORD_WRONG, "password-wrong", "The password is wrong.") \
	X(RIGHT, "right-missing", "The credentials lack the right that the action needs.") \
	X(NOT_ALLOWED, "not-allowed", "The credentials do not allow what the request asks for.") \
	X(SEVERAL, "several", "More kinds of refusals than can be told apart within a second.")

enum store_refusal_cause {
	STORE_REFUSAL_UNSET,
#define X(name, word, sentence) STORE_REFUSAL_##name,
	STORE_REFUSAL_CAUSES(X)
#undef X
	STORE_REFUSAL_COUNT
};

enum {
	STORE_REFUSAL_KEPT = 20, STORE_REFUSAL_KEEP_DAYS = 30,
	STORE_REFUSAL_CLIENT_MAX = 64, STORE_REFUSAL_METHOD_MAX = 16, STORE_REFUSAL_PATH_MAX = 200,
	STORE_REFUSAL_NOTE_MAX = 500, STORE_REFUSAL_REQUEST_ID_MAX = 100	/* characters */
};

struct store_refusal {
	int64_t alias_id;		/* 0 = no tenant of ours */
	int source_id;			/* 0 = no Source of the tenant, or none was named */
	enum store_refusal_cause cause;
	const char *client, *method, *path; /* the rest of the row's key; may be "" */
	const char *note;		/* as these: what more is known; "" = nothing */
	const char *request_id;		/* of the last */
	int64_t refusals;
	usec_t first_at, last_at;
};

/* "signature-wrong"; and what it means. "" for a cause that is none. */
const char *store_refusal_word(enum store_refusal_cause cause);
const char *store_refusal_sentence(enum store_refusal_cause cause);

/* The cause of a word, or STORE_REFUSAL_UNSET. */
enum store_refusal_cause store_refusal_find(const char *word);

/* Adds n of them, in one transaction of its own. */
int store_refusal_put(struct db *db, const struct store_refusal *list, size_t n, struct err *err);

/* Adds a refusal at now, unless one of the same tenant, Source and cause was added within the last
 * second. For processes that keep no memory between requests. The times in *r are ignored. */
int store_refusal_put_sparingly(struct db *db, const struct store_refusal *r, struct err *err);

/* Deletes a chunk of those whose last refusal is older. *full = 1: there may be more. */
int store_refusal_forget(struct db *db, usec_t before, int *full, struct err *err);

/* 0 lets everything pass. */
struct store_refusal_filter {
	int64_t alias_id;
	int is_of_no_tenant;		/* only those that name no tenant */
	int64_t source_id;
	usec_t from, until;		/* of the last refusal; USEC_NONE = any */
};

/* refusal_list, newest first. */
int store_refusal_list(struct db *db, struct arena *a, const struct store_refusal_filter *f,
    int64_t limit, struct rows *out, struct err *err);

/* refusal_sources, one row or none: existing Sources whose senders were refused since an
 * instant. */
int store_refusal_sources(struct db *db, struct arena *a, usec_t from, struct rows *out,
    struct err *err);

#endif
