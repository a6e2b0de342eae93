/*
 * platform_value - JSON values as the columns of the entity table take them, with all faults of a
 * body at once.
 *
 * Names of members are compared without case. JSON null, "" and a text of nothing but blanks are
 * SQL NULL; a text loses its outer blanks, an identifier or code does not. Integers, amounts and
 * flags may be sent as text (the original's samples do). A date and time without an offset is in
 * the reader's zone; that of a calendar day (BirthDate) is the day as written. Faults name the
 * field and never hold its value.
 */
#ifndef PLATFORM_VALUE_H
#define PLATFORM_VALUE_H

#include <stddef.h>

#include "lib/clock.h"
#include "lib/err.h"
#include "model/entity.h"
#include "model/row.h"
#include "store/db.h"

struct calendar_zone;
struct json_object;
struct platform_context;

enum { PLATFORM_VALUE_FAULTS_MAX = ERR_FAULTS_MAX };	/* further ones are counted only */

/* What reading one body needs. Opened by platform_value_open(), closed by platform_value_close().
 */
struct platform_reader {
	struct platform_context *ctx;
	struct calendar_zone
	    *zone; /* of dates without offset; NULL until one is met, and for UTC */
	int is_utc;			/* set by the caller: dates without offset are UTC */
	int lenient; /* set by the caller: amounts are rounded to their column's places, zero dates
			(0000-00-00) are nothing */
	int is_left_out; /* out: the value read last cannot be, and nothing depends on it: a remark
			    says so, the stored value stays */
	struct err faults;		/* each in the message's arena */
	size_t nfaults;
};

void platform_value_open(struct platform_reader *r, struct platform_context *ctx);
void platform_value_close(struct platform_reader *r);

/* Notes a fault of field (prefix and name are joined). */
void platform_value_fault(struct platform_reader *r, const char *prefix, const char *field,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* 0 when there were no faults; else ERR_PERMANENT, the sentence naming all of them that it can hold
 * and how many more there are. */
int platform_value_settle(const struct platform_reader *r, struct err *err);

/* The value of a member (name in any case); NULL when it is missing or null. *given (may be NULL)
 * is 1 when it is there, even as null. */
struct json_object *platform_value_member(struct json_object *o, const char *name, int *given);

/* A member that must be an object (a list), else a fault. NULL when it is missing, null or none. */
struct json_object *platform_value_object(
    struct platform_reader *r, struct json_object *o, const char *prefix, const char *name);
struct json_object *platform_value_list(struct platform_reader *r, struct json_object *o,
    const char *prefix, const char *name, size_t most);

/* json as column c of entity e takes it. A display text that is too long is cut, with a remark.
 * What cannot be is SQL NULL: with a remark and r->is_left_out where the row can do without
 * (entity_column_is_spare()), else with a fault of field. */
struct val platform_value_of(struct platform_reader *r, const struct entity *e,
    const struct entity_column *c, const char *prefix, const char *field, struct json_object *json);

/* The same of a column by its name in the program. */
struct val platform_value_column(struct platform_reader *r, enum column c, const char *prefix,
    const char *field, struct json_object *json);

/* The text of a member of at most length characters, NULL for nothing; as the values of
 * ENTITY_CODE. */
const char *platform_value_text(struct platform_reader *r, struct json_object *o,
    const char *prefix, const char *name, int length);

/* The same of what nothing depends on: what cannot be is left out, with a remark. */
const char *platform_value_word(struct platform_reader *r, struct json_object *o,
    const char *prefix, const char *name, int length);

/* The instant of a member, USEC_NONE for nothing; what is no instant is left out, with a remark. */
usec_t platform_value_time(
    struct platform_reader *r, struct json_object *o, const char *prefix, const char *name);

/* An integer of 16 or 32 bits of a member from 1 on; 0 for nothing, and for 0, which some senders
 * mean by nothing. */
int32_t platform_value_id(struct platform_reader *r, struct json_object *o, const char *prefix,
    const char *name, enum entity_type type);

#endif
