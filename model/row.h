/*
 * row - one row of the customer model under construction: what a sender says of it, column by
 * column, and by which rule it is written.
 *
 * A column is named by entity and column in one (Contact_FirstName, of model/column_gen.h): a name
 * that no entity has does not compile; a column of another entity ends the process; a row with a
 * value of another type is not written (ERR_INTERNAL). A column that nobody set is "not said": its
 * stored value stays. NULL is said.
 *
 * A row knows nothing of what is stored. store/entity/put.h writes it.
 */
#ifndef MODEL_ROW_H
#define MODEL_ROW_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "lib/format/decimal.h"
#include "model/column_gen.h"
#include "model/entity.h"
#include "model/val.h"

struct arena;
struct consent;

enum row_rule {
	ROW_UNSET,
	ROW_PUT, /* adds the row, or changes what is said; with SourceStamp the newest state wins */
	ROW_FILL,	/* the same, but a stored row keeps the values that it has
			 * (store/entity/settle.h) */
	ROW_ENSURE,	/* adds the row, or leaves the one that is there as it is */
	ROW_ADD,	/* adds the row, which is not there: where it is, another writer was
			 * quicker, and all begins anew (ERR_DB_RETRY) */
	ROW_DELETE	/* takes the row with this key away; of entities without DeletionFlag */
};

/* What became of a row. */
enum entity_fate {
	ENTITY_FATE_UNSET,
	ENTITY_INSERTED,
	ENTITY_UPDATED,
	ENTITY_UNCHANGED,
	ENTITY_SUPERSEDED
};

struct row {
	const struct entity *entity;
	enum row_rule rule;
	struct val *values;		/* of the entity's columns, in their order */
	unsigned char *said;		/* 1 for each column that is said */
	const struct row **refers;	/* of each column the row whose key it takes, or NULL */
	const struct consent *consent;	/* of its opt-ins; NULL = the change's */
	struct row *next;		/* of its change */
	const char *once_named;		/* of an identifier: under which the same person may have
					 * been erased (model/change/contact_key.h); NULL = none */
	int is_undated;			/* its SourceStamp is when it came, and moves only when the
					 * row changes */
	int is_of_change;		/* it belongs to a change already */
	const char *wrong;		/* a column that was set with a value of another type, or
					 * NULL */
	struct val key;			/* out, when it is written: its primary key */
	enum entity_fate fate;		/* out */
};

/* A row of which nothing is said, in the arena. */
struct row *row_new(struct arena *a, enum entity_id id, enum row_rule rule);

/* A row that is stored, for others to refer to. It is not written. */
struct row *row_known(struct arena *a, enum entity_id id, struct val key);

/* The same as row_new() for an entity that is known only at run time. */
struct row *row_new_of(struct arena *a, const struct entity *e, enum row_rule rule);

/* The setters say a column and replace what was said before. Texts are not copied. */
void row_text(struct row *row, enum column c, const char *text);	/* NULL = SQL NULL */
void row_int(struct row *row, enum column c, int64_t i);
void row_id(struct row *row, enum column c, int64_t id);		/* 0 = SQL NULL */
void row_bool(struct row *row, enum column c, int yes);
void row_time(struct row *row, enum column c, usec_t t);		/* USEC_NONE = SQL NULL */
void row_money(struct row *row, enum column c, struct arena *a, struct decimal d);
void row_null(struct row *row, enum column c);
void row_value(struct row *row, enum column c, struct val v);

/* The column takes the key of another row, which is written first. A row that is known by its
 * natural key alone is one with the rule ROW_ENSURE. */
void row_refer(struct row *row, enum column c, const struct row *to);

/* Nothing is said of the column. */
void row_unsay(struct row *row, enum column c);

/* What is said of the column, or NULL. */
const struct val *row_said(const struct row *row, enum column c);

/* The amount that is said. *given is 0, and the amount too, when none is. */
struct decimal row_amount(const struct row *row, enum column c, int *given);

/* How many columns are said. */
size_t row_count(const struct row *row);

/* For code that walks the columns of any entity: sets the i-th column, or gets what is said of
 * it. */
void row_value_at(struct row *row, int i, struct val v);
void row_unsay_at(struct row *row, int i);

/* The column as the entity table describes it, and its entity. */
const struct entity_column *column_of(enum column c);
const struct entity *entity_of_column(enum column c);

/* The column of the i-th place of the entity's table. */
enum column column_at(const struct entity *e, int i);

#endif
