/*
 * read - the one reader of foreign JSON: members as typed values, and what becomes of those that
 * cannot be.
 *
 * What the model can do without is left out, with a remark. What it needs refuses, by name: as a
 * fault, which the reader gathers with all others of a body, or as ERR_PERMANENT at once, from the
 * functions that have a struct err. Faults and remarks name the field and never hold its value. A
 * body that is wrong today is wrong tomorrow.
 *
 * A path reaches into objects by dots ("billing.email"); of a list's element, prefix says in
 * sentences where it stands ("Details[3]."). JSON null, a missing member and "" are nothing.
 *
 * As columns of the entity table take values: a text of nothing but blanks is nothing; a text loses
 * its outer blanks, an identifier or code does not. Integers, amounts and flags may be sent as text
 * (the original's samples do). Amounts never pass through a double. The date and time of a calendar
 * day (BirthDate) is the day as written.
 */
#ifndef MODEL_READ_H
#define MODEL_READ_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "lib/err.h"
#include "lib/format/decimal.h"
#include "lib/remark.h"
#include "model/entity.h"
#include "model/row.h"

struct calendar_zone;
struct json_object;

enum { READ_FAULTS_MAX = ERR_FAULTS_MAX }; /* further ones are counted only */

/* What reading one body needs, and what comes of it. The caller sets the first part, the rest
 * begins as zeros. Ended by read_close(). */
struct reader {
	struct arena *arena; /* of the message */
	int any_case; /* names of members are compared without case */
	int is_repaired; /* the body held what is no Unicode; it became U+FFFD */
	int lenient; /* amounts are rounded to their column's places, zero dates (0000-00-00) are
			nothing */
	int is_utc; /* dates without an offset are UTC, whatever time_zone is */
	const char *time_zone; /* IANA name, of dates without an offset; NULL = UTC */

	struct calendar_zone *zone; /* the reader's own: NULL until such a date is met */
	int is_left_out; /* out: the value read last cannot be, and nothing depends on it: a remark
			    says so, the stored value stays */
	struct remarks remarks; /* out */
	struct err faults; /* out: each in the arena */
	size_t nfaults; /* out: all there were */
};

/* Exact names and UTC: for what leaves neither remark nor fault. */
extern const struct reader read_exact;

void read_close(struct reader *r);

/* Notes a sentence for the receipt: what of the body was understood otherwise than it was sent. */
#define read_remark(r, ...) remark_add(&(r)->remarks, (r)->arena, __VA_ARGS__)

/* Notes a fault of field (prefix and name are joined). */
void read_fault(struct reader *r, const char *prefix, const char *field, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* 0 when there were no faults; else ERR_PERMANENT, the sentence naming all of them that it can hold
 * and how many more there are. */
int read_settle(const struct reader *r, struct err *err);

/* ------------------------------------------------------------------ members */

/* The value at path; NULL when it is missing or null. *given (may be NULL) is 1 when it is there,
 * even as null. */
struct json_object *read_member(
    const struct reader *r, struct json_object *o, const char *path, int *given);

/* 1 when it is there, even as null. */
int read_has(const struct reader *r, struct json_object *o, const char *path);

/* What must be an object (a list), else a fault. NULL when it is missing, null or none. */
struct json_object *read_object(
    struct reader *r, struct json_object *o, const char *prefix, const char *path);
struct json_object *read_list(
    struct reader *r, struct json_object *o, const char *prefix, const char *path, size_t most);

/* ------------------------------------------------------------------ as columns */

/* json as column c of entity e takes it. A display text that is too long is cut, with a remark.
 * What cannot be is SQL NULL: with a remark and r->is_left_out where the row can do without
 * (entity_column_is_spare()), else with a fault of field. */
struct val read_value(struct reader *r, const struct entity *e, const struct entity_column *c,
    const char *prefix, const char *field, struct json_object *json);

/* The same of a column by its name in the program. */
struct val read_column(struct reader *r, enum column c, const char *prefix, const char *field,
    struct json_object *json);

/* ------------------------------------------------------------------ that stand for themselves */

/* A text of at most length characters, NULL for nothing; as the values of ENTITY_CODE. What cannot
 * be is a fault. */
const char *read_code(
    struct reader *r, struct json_object *o, const char *prefix, const char *path, int length);

/* The same of what nothing depends on: what cannot be is left out, with a remark. */
const char *read_word(
    struct reader *r, struct json_object *o, const char *prefix, const char *path, int length);

/* An integer of 16 or 32 bits from 1 on; 0 for nothing, and for 0, which some senders mean by
 * nothing. What cannot be is a fault. */
int32_t read_id(struct reader *r, struct json_object *o, const char *prefix, const char *path,
    enum entity_type type);

/* An instant, USEC_NONE for nothing; what is no instant is left out, with a remark. */
usec_t read_date(struct reader *r, struct json_object *o, const char *prefix, const char *path);

/* ------------------------------------------------------------------ as they are sent */

/* 0, and a remark, when an object or a list is where a text should be. */
int read_is_text(struct reader *r, struct json_object *o, const char *path);

/* A text of any length, a number's or a flag's too, on which nothing depends: NULL for nothing, and
 * for what is no text, which is a remark. Lives as long as o. */
const char *read_text(struct reader *r, struct json_object *o, const char *path);

/* An instant (USEC_NONE for nothing); without an offset it is UTC. 0, or ERR_PERMANENT when it is
 * no date and time. */
int read_time(
    const struct reader *r, struct json_object *o, const char *path, usec_t *t, struct err *err);

/* An amount. Returns 1, 0 for nothing (*out is then 0), or ERR_PERMANENT when it is no decimal
 * number. */
int read_amount(const struct reader *r, struct json_object *o, const char *path,
    struct decimal *out, struct err *err);

#endif
