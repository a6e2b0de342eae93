/*
 * limits - the zones and brands of which a credential may work with rows.
 *
 * Rows without a zone (brand), id 0, are open to all. Where two credentials count, a user's and a
 * Source's, only what both allow is allowed (limits_meet()). That may be nothing, which is not the
 * same as no limit.
 */
#ifndef LIB_LIMITS_H
#define LIB_LIMITS_H

#include <stddef.h>
#include <stdint.h>

struct arena;
struct err;

struct limit {
	int is_set;			/* 0 = all are allowed */
	const int32_t *ids;
	size_t n;
};

struct limits {
	struct limit zones, brands;
};

/* The limit of a list; an empty list means no limit. ids is not copied and must stay valid. */
struct limit limit_of(const int32_t *ids, size_t n);

/* From "2,3", ids above 0, blanks allowed; "" means no limit. -1 when it is no such list. */
int limit_read(struct arena *a, const char *text, struct limit *out);

/* "2, 3", or "none" for a limit that allows nothing. */
const char *limit_text(struct arena *a, const struct limit *l);

int limit_allows(const struct limit *l, int64_t id);

/* standard when it is allowed, else the first allowed id; 0 when nothing is allowed. */
int32_t limit_attach(const struct limit *l, int32_t standard);

/* 1 when anything is limited. */
int limits_any(const struct limits *l);

/* 1 when both are the same limits; NULL = none. */
int limits_same(const struct limits *x, const struct limits *y);

/* What both allow, in the arena. */
struct limits limits_meet(struct arena *a, const struct limits *x, const struct limits *y);

/* "zones 2, 3 and brands 2", of what is limited. */
const char *limits_words(struct arena *a, const struct limits *l);

/* As a message carries them: NULL when nothing is limited, else zones "/" brands, "*" for all.
 * limits_read() takes what limits_stored() made, NULL too. ERR_INTERNAL for any other text, which
 * must never be taken for "no limit". */
const char *limits_stored(struct arena *a, const struct limits *l);
int limits_read(struct arena *a, const char *text, struct limits *out, struct err *err);

#endif
