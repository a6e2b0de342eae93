/*
 * change_mark - marks: byte strings for what a change knows or changes (store/change_order.h).
 *
 * A mark of rows is made by a form: the columns by which a question asks. A key and a natural key
 * are forms of each entity, too.
 */
#ifndef STORE_CHANGE_MARK_H
#define STORE_CHANGE_MARK_H

#include <stddef.h>
#include <stdint.h>

#include "lib/text.h"
#include "model/change/known.h"

struct arena;
struct entity;
struct set;

struct mark { const char *p; size_t n; };
struct marks { struct mark *all; size_t n, cap; };

void marks_add(struct arena *a, struct marks *m, struct mark mark);

/* 1 when the set has one of them. */
int marks_meet(const struct marks *m, const struct set *s);

/* Puts all into the set. */
void marks_put(const struct marks *m, struct set *s);

/* By which columns rows of an entity are asked for. */
struct mark_form {
	struct mark_form *next;
	enum column by[KNOWN_BY_MAX];
	int columns[KNOWN_BY_MAX];	/* places in the entity's table */
	size_t nby;
	size_t length;			/* of the last text: SIZE_MAX = all of it */
	int number;			/* from 0; negative: a key, a natural key */
	unsigned optional;		/* bits: columns that a row need not say */
	int has_reference;		/* one of these refers to another row */
};

struct mark_form mark_form_key(const struct entity *e);
struct mark_form mark_form_natural(const struct entity *e);	/* nby 0: it has none */

/* The form of a question for rows, without a number. */
struct mark_form mark_form_of(const struct known_question *q);

/* 1 when the question has this form. */
int mark_form_is(const struct mark_form *f, const struct known_question *q);

/* The bits of all columns. */
unsigned mark_form_all(const struct mark_form *f);

/* Of the form's columns; texts that are compared without case count as equal. */
struct mark mark_values(struct arena *a, const struct entity *e, const struct mark_form *f,
    const struct val *values);

/* The same of some of the columns; other values do not matter. */
struct mark mark_part(struct arena *a, const struct entity *e, const struct mark_form *f,
    unsigned bits, const struct val *values);

struct mark mark_text(struct arena *a, char kind, int source_id, const char *text);
struct mark mark_contact(struct arena *a, int64_t contact_id);

#endif
