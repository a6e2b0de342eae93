/*
 * read - reads foreign JSON: members as typed values, and what happens to invalid ones.
 *
 * An invalid value that the model can do without is left out, with a remark. Any other invalid
 * value refuses the body: with a fault, which the reader collects with all others of the body, or
 * with ERR_PERMANENT at once, from the functions that have a struct err. Faults and remarks name
 * the field and never hold its value. The error is permanent, because the body does not change.
 *
 * A path reaches into objects by dots ("billing.email"). For an element of a list, prefix says its
 * place in sentences ("Details[3]."). JSON null, a missing member and "" count as nothing.
 *
 * For columns of the entity table: a text of only blanks counts as nothing. A text loses its outer
 * blanks, an identifier or code does not. Integers, amounts and flags may be sent as text (as in
 * the original's samples). Amounts never pass through a double. A date and time for a calendar day
 * (BirthDate) gives the day as written.
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

/* The input and the result of reading one body. The caller sets the first part; the rest starts as
 * zeros. read_close() ends it. */
struct reader {
	struct arena *arena; /* of the message */
	int any_case; /* names of members are compared without case */
	int is_repaired; /* the body had invalid Unicode, which became U+FFFD */
	int lenient; /* amounts are rounded to their column's places, zero dates (0000-00-00) are
			nothing */
	int is_utc; /* dates without an offset are UTC, whatever time_zone is */
	const char *time_zone; /* IANA name, of dates without an offset; NULL = UTC */

	struct calendar_zone *zone; /* the reader's own: NULL until such a date is met */
	int is_left_out; /* out: the value read last was invalid and was left out with a remark; the
			  * stored value stays */
	struct remarks remarks; /* out */
	struct err faults; /* out: each in the arena */
	size_t nfaults; /* out: all there were */
};

/* A reader with exact names and UTC, for functions that leave neither remark nor fault. */
extern const struct reader read_exact;

void read_close(struct reader *r);

/* Notes a sentence for the receipt, about something in the body that was not taken as sent. */
#define read_remark(r, ...) remark_add(&(r)->remarks, (r)->arena, __VA_ARGS__)

/* Notes a fault of field (prefix and name are joined). */
void read_fault(struct reader *r, const char *prefix, const char *field, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* 0 when there were no faults; else ERR_PERMANENT. Its sentence names as many faults as fit and the
 * number of the others. */
int read_settle(const struct reader *r, struct err *err);

/* ------------------------------------------------------------------ members */

/* The value at path; NULL when it is missing or null. *given (may be NULL) is 1 when it is there,
 * even as null. */
struct json_object *read_member(
    const struct reader *r, struct json_object *o, const char *path, int *given);

/* 1 when it is there, even as null. */
int read_has(const struct reader *r, struct json_object *o, const char *path);

/* The object (list) at path. NULL when it is missing, null or of another type, which is a fault. */
struct json_object *read_object(
    struct reader *r, struct json_object *o, const char *prefix, const char *path);
struct json_object *read_list(
    struct reader *r, struct json_object *o, const char *prefix, const char *path, size_t most);

/* ------------------------------------------------------------------ as columns */

/* json as a value of column c of entity e. A display text that is too long is cut, with a remark.
 * An invalid value gives SQL NULL: with a remark and r->is_left_out when the row can do without it
 * (entity_column_is_spare()), else with a fault of field. */
struct val read_value(struct reader *r, const struct entity *e, const struct entity_column *c,
    const char *prefix, const char *field, struct json_object *json);

/* The same of a text that is not from JSON, which must live as long as the value; NULL is
 * nothing. */
struct val read_plain(struct reader *r, const struct entity *e, const struct entity_column *c,
    const char *prefix, const char *field, const char *text);

/* The same of a column by its name in the program. */
struct val read_column(struct reader *r, enum column c, const char *prefix, const char *field,
    struct json_object *json);

/* ------------------------------------------------------------------ that stand for themselves */

/* A text of at most length characters, by the rules of ENTITY_CODE; NULL for nothing. An invalid
 * value is a fault. */
const char *read_code(
    struct reader *r, struct json_object *o, const char *prefix, const char *path, int length);

/* The same for an optional value: an invalid one is left out, with a remark. */
const char *read_word(
    struct reader *r, struct json_object *o, const char *prefix, const char *path, int length);

/* An integer of 16 or 32 bits, from 1 on; 0 for nothing, and for 0, which some senders send for
 * nothing. An invalid value is a fault. */
int32_t read_id(struct reader *r, struct json_object *o, const char *prefix, const char *path,
    enum entity_type type);

/* An instant, USEC_NONE for nothing; what is no instant is left out, with a remark. */
usec_t read_date(struct reader *r, struct json_object *o, const char *prefix, const char *path);

/* ------------------------------------------------------------------ as they are sent */

/* 0, and a remark, when an object or a list is where a text should be. */
int read_is_text(struct reader *r, struct json_object *o, const char *path);

/* An optional text of any length, also from a number or flag. NULL for nothing, and, with a remark,
 * for any other type. Lives as long as o. */
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
