/*
 * auth_limits - the zones and brands that a request is limited to: those of its user (by token,
 * login or session) and those of its Source. Which actions check them is in .limits of their rows
 * (action.h).
 */
#ifndef FCGI_ACCESS_AUTH_LIMITS_H
#define FCGI_ACCESS_AUTH_LIMITS_H

#include "lib/limits.h"

struct err;
struct request;
struct rows;
struct store_source;

/* *limits: what user and Source both allow, in the request's arena. Call after auth_check(). source
 * may be NULL. ERR_FORBIDDEN when no zone or no brand is left. */
int auth_limits(struct request *r, const struct store_source *source, struct limits *out,
    struct err *err);

/* ERR_FORBIDDEN when the credential has any limit. For actions that work on rows of all zones and
 * brands. */
int auth_limits_none(struct request *r, struct err *err);

/* ERR_FORBIDDEN when a zone or brand that the request names is not allowed. Only the tenant's own
 * credentials are told which are allowed. */
int auth_limits_named(struct request *r, const struct limits *l, int64_t zone_id, int64_t brand_id,
    struct err *err);

/* Keeps only the rows whose first column, a zone or brand, the limit allows. */
void auth_limits_keep(const struct limit *allowed, struct rows *rows);

#endif
