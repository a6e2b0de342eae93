/*
 * store_points - loyalty points: each row of LoyaltyPoint is a movement, the sum of PointAmount is
 * the balance. Nothing else holds a balance.
 *
 * Amounts are decimal text. Whatever goes out takes of the points that expire first; of those that
 * expire together, of the oldest.
 */
#ifndef STORE_STORE_POINTS_H
#define STORE_STORE_POINTS_H

#include <stdint.h>

#include "lib/clock.h"
#include "model/state.h"
#include "store/db.h"

struct arena;
struct err;

#define STORE_POINTS_TYPE(type, number, name, word, meaning) STORE_POINTS_##type = number,
enum store_points_type { STORE_POINTS_UNSET, TYPES_OF_POINTS(STORE_POINTS_TYPE) };

struct store_points_movement {
	int64_t contact_id;
	int16_t source_id;
	enum store_points_type type;
	const char *amount; /* above 0; STORE_POINTS_USED takes it away, the others add it */
	const char *identifier;		/* unique with the Source */
	int64_t days;			/* after so many the points expire; 0 = never */
	usec_t now;
};

/* Adds points. ERR_DB_DUPLICATE when the identifier is there already. */
int store_points_add(
    struct db *db, const struct store_points_movement *m, int64_t *id, struct err *err);

/* The same, in the caller's transaction: the identifier again changes nothing (*repeated = 1),
 * unless it was of another contact or amount: ERR_CONFLICT. */
int store_points_give(struct db *db, struct arena *a, const struct store_points_movement *m,
    int *repeated, struct err *err);

/* Uses points, in the caller's transaction, with the contact's row locked. As above; ERR_CONFLICT
 * too when the balance does not suffice. */
int store_points_use(struct db *db, struct arena *a, const struct store_points_movement *m,
    int *repeated, struct err *err);

int store_points_balance(
    struct db *db, struct arena *a, int64_t contact_id, const char **balance, struct err *err);

/* Which totals and movements: the newest first, with a number below before. */
struct store_points_page {
	const char *identifier;		/* whose; with source_id */
	int16_t source_id;
	int64_t before;			/* 0 = from the newest on */
	int limit;
	usec_t until;
};

enum { POINTS_EXPIRING_MAX = 50 };

struct store_points_found {
	int64_t contact_id; /* 0 = there is no such contact, or it is deleted: no rows */
	int32_t zone_id;
	struct rows rows; /* C_movement_…; no movement = one row whose id is NULL */
	struct rows
	    expiring; /* what is left of points that expire until page->until, those that are due
			 already included: amount, instant; POINTS_EXPIRING_MAX at most */
};

int store_points_list(struct db *db, struct arena *a, const struct store_points_page *page,
    struct store_points_found *out, struct err *err);

/* "Earned", "Used", "Expired" or "Returned", by a movement's type and amount. */
const char *store_points_word(int64_t type_id, const char *amount);

struct store_points_rule {
	int16_t source_id;		/* 0 = all */
	int32_t brand_id;		/* 0 = all */
	usec_t valid_from, valid_to;	/* valid_to USEC_NONE = without end */
	const char *points,
	    *minimum; /* per unit of the reference currency; of purchases from so much on */
	int64_t days;			/* 0 = they never expire */
};

/* Adds a rule, or changes the one of the same Source, brand and beginning. ERR_BAD_REQUEST with
 * faults "POINTS" and "minimum". */
int store_points_rule_put(struct db *db, struct arena *a, const struct store_points_rule *rule,
    usec_t now, struct err *err);
int store_points_rules(
    struct db *db, struct arena *a, int limit, struct rows *out, struct err *err);

/* 1 for decimal text above 0 (or_zero: or 0) that fits a column of points. */
int store_points_is_amount(const char *text, int or_zero);

#endif
