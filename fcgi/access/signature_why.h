/*
 * signature_why - finds what is wrong with a signature. It tries other encodings, other known
 * secrets, and forms of the body that the sender may have signed.
 *
 * The answer is for the admin and for a caller with a valid token of the tenant. It is an oracle,
 * so a stranger may learn neither the answer nor how long it took. Work is bounded: bodies of at
 * most SIGNATURE_WHY_BODY_MAX, SIGNATURE_WHY_SECRETS_MAX secrets of the Source, a fixed list of
 * trials.
 */
#ifndef FCGI_ACCESS_SIGNATURE_WHY_H
#define FCGI_ACCESS_SIGNATURE_WHY_H

#include <stddef.h>

#include "fcgi/access/signature.h"
#include "lib/format/unpack.h"

struct arena;

enum { SIGNATURE_WHY_BODY_MAX = 64 << 10, SIGNATURE_WHY_SECRETS_MAX = 4 };

/* A secret of another Source of the tenant. */
struct signature_other {
	int source_id;
	struct signature_secret secret;
};

struct signature_case {
	struct signature_rule rule;
	struct signature_input in;
	const char *query;		/* of a GET the whole query string, else NULL */
	enum unpack_coding coding;	/* of the body */
	struct signature_other *others;
	size_t nothers;
};

/* A sentence or two in a; never NULL. No secret, digest or part of the body is in it. */
const char *signature_why(struct arena *a, const struct signature_case *c);

/* The header that carries the scheme's signature ("" = it has none), and one of another scheme that
 * the request has, or NULL. In the arena or static. */
const char *signature_header(const struct signature_rule *rule);
const char *signature_header_of_others(const struct signature_rule *rule,
    const struct signature_input *in);

#endif
