/*
 * store_code - privilege codes: campaigns, codes in bulk, and the use of a code by a contact.
 *
 * A code is stored and looked up in one form: blanks at the ends cut, characters of no width left
 * out (text_drop_format()), ASCII letters as capitals; everything else, hyphens too, is compared by
 * bytes. It has 1 to 64 characters, no blanks and no control characters inside.
 */
#ifndef STORE_STORE_CODE_H
#define STORE_STORE_CODE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "lib/secret.h"
#include "model/state.h"
#include "store/db.h"

struct arena;
struct err;

enum { STORE_CODE_MAX = 64, STORE_CODE_CHUNK = 10000 };

/* The code in its one form, in the arena; NULL when it can be none. */
char *store_code_normal(struct arena *a, const char *text);

/* ------------------------------------------------------------------ campaigns */

struct store_code_campaign {
	const char *name, *label;
	usec_t valid_from, valid_to;	/* USEC_NONE = without */
	int64_t max_uses;		/* of each code; 0 = any number */
	int64_t contact_uses;		/* of each code by one contact */
	const char *points;		/* NULL = none */
	int64_t point_days;		/* 0 = the points never expire */
	int16_t voucher_category_id;	/* 0 = no voucher */
};

/* Adds or changes a campaign. ERR_BAD_REQUEST with faults by the names of the command's options. */
int store_code_campaign_put(struct db *db, struct arena *a, const struct store_code_campaign *c,
    usec_t now, struct err *err);
int store_code_campaigns(
    struct db *db, struct arena *a, int limit, struct rows *out, struct err *err);

/* *id 0 = there is none of this name. */
int store_code_campaign_find(
    struct db *db, struct arena *a, const char *name, int64_t *id, struct err *err);

/* ------------------------------------------------------------------ codes in bulk */

struct store_code_row {
	const char *code;		/* normal */
	usec_t valid_from, valid_to;	/* USEC_NONE = as the campaign */
	int64_t max_uses;		/* 0 = as the campaign */
};

/* A code of a chunk that was not taken. */
struct store_code_repeated {
	size_t n;			/* which row of the chunk */
	int64_t campaign_id; /* whose code it is already; 0 = it stands in the chunk twice */
};

/* Takes up to STORE_CODE_CHUNK codes in a transaction of its own; codes that are there already stay
 * as they are and are reported. A race with another import is tried again. */
int store_code_import(struct db *db, struct arena *a, int64_t campaign_id,
    const struct store_code_row *rows, size_t n, const struct store_code_repeated **repeated,
    size_t *nrepeated, struct err *err);

int store_code_list(struct db *db, struct arena *a, const char *campaign, const char *after,
    int used, int limit, struct rows *out, struct err *err); /* used -1 = all */
int store_code_show(
    struct db *db, struct arena *a, const char *code, struct rows *out, struct err *err);
int store_code_show_uses(
    struct db *db, struct arena *a, int64_t code_id, int limit, struct rows *out, struct err *err);

/* ------------------------------------------------------------------ use, in the caller's
 * transaction */

#define STORE_CODE_ANSWER(answer, number, name, word, meaning) STORE_CODE_##answer = number,
enum store_code_answer { STORE_CODE_UNSET, ANSWERS_OF_CODE(STORE_CODE_ANSWER) };

struct store_code_use {
	int64_t contact_id;		/* in */
	int16_t source_id;		/* in: of the movement and voucher */
	const char *code;		/* in: normal */
	const char *currency;		/* in: of the voucher's amount */
	usec_t now;			/* in */
	enum store_code_answer answer;
	int64_t code_id, uses,
	    n; /* the code; how often it was used before; which use of the contact this is */
	const char
	    *reply; /* STORE_CODE_REPEATED: what store_code_keep() was given the first time */
	struct store_code_campaign campaign;
	/* STORE_CODE_ACCEPTED, after store_code_grant() */
	int64_t point_id, voucher_id;	/* 0 = none */
	const char *voucher_code, *voucher_amount, *voucher_currency, *voucher_label;
	usec_t voucher_from, voucher_to;
};

/* Locks the code and says whether the contact may use it now. Writes nothing. A code that a contact
 * may use once (by its campaign, or because the code has but one use) and has used is
 * STORE_CODE_REPEATED for ever; one of several uses is STORE_CODE_USED_BY_YOU when they are spent.
 */
int store_code_look(struct db *db, struct arena *a, struct store_code_use *u, struct err *err);

/* Counts the use and grants points and voucher. ERR_CONFLICT when the campaign's category of
 * vouchers is gone. */
int store_code_grant(struct db *db, struct arena *a, struct store_code_use *u, struct err *err);

/* Keeps the reply for a contact who asks again. */
int store_code_keep(
    struct db *db, const struct store_code_use *u, const char *reply, struct err *err);

#endif
