/*
 * auth_limits - the zones and brands that a request's credential is limited to: those of the
 * user whose token, login or session it is, and those of the Source that it is about. Which
 * actions ask is .limits of their rows (action.h).
 */
#ifndef FCGI_ACCESS_AUTH_LIMITS_H
#define FCGI_ACCESS_AUTH_LIMITS_H

#include "lib/limits.h"

struct err;
struct request;
struct rows;
struct store_source;

/* After auth_check(). source may be NULL. What both allow, in the request's arena. ERR_FORBIDDEN
 * when that is no zone, or no brand, at all. */
int auth_limits(struct request *r, const struct store_source *source, struct limits *out,
    struct err *err);

/* ERR_FORBIDDEN when the credential is limited at all: for what works on rows of all zones and
 * brands. */
int auth_limits_none(struct request *r, struct err *err);

/* ERR_FORBIDDEN when a zone or brand that the request names is not allowed. Which are is told to
 * the tenant's own credentials only. */
int auth_limits_named(struct request *r, const struct limits *l, int64_t zone_id, int64_t brand_id,
    struct err *err);

/* Leaves those rows in place of all whose first column, a zone or brand, the limit allows. */
void auth_limits_keep(const struct limit *allowed, struct rows *rows);

#endif
