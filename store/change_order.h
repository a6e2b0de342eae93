/*
 * change_order - which changes of a wave may be written together as if one by one.
 *
 * A change was made of answers as they were before the wave. So it waits for the next wave when an
 * earlier one changes what it knows, or when an earlier one waits and it changes what that one
 * knows or changes. One that waits and failed, or wrote nothing, may write in another run: what it
 * asked for counts as changed.
 *
 * What is known and what is changed are compared as marks (byte strings) in sets:
 *	a contact: the identifiers, addresses and number that a question named or found;
 *	a row: its key, its natural key;
 *	an answer: the values that rows were asked by. A row that says the same values may join it;
 *	one that says some of them may, too, for what is stored of the rest is not known.
 * A row whose marks hold a key that is not known yet has none of these: whoever knows of it has
 * asked for the row with that key, which has marks of its own. A row that is only ensured, and that
 * the same change knows to be there, changes nothing.
 */
#ifndef STORE_CHANGE_ORDER_H
#define STORE_CHANGE_ORDER_H

#include <stddef.h>

struct arena;
struct change_item;
struct change_order;
struct known;
struct set;

/* What an item knows and changes. It lives as long as the arena of its making. */
struct change_marks;

/* The order of a batch. */
struct change_order *change_order_new(struct arena *a);

/* Begins a wave. known: its questions. The arena lives as long as the wave. */
void change_order_begin(struct change_order *o, const struct known *known, struct arena *a);

/* Of an item that was mapped, with item->rc: its marks. */
struct change_marks *change_order_marks(
    const struct change_order *o, const struct change_item *item, struct arena *a);

/* 1 when the next item must wait. It is noted either way. */
int change_order_waits(struct change_order *o, const struct change_marks *m);

/* The next item waits in any case: its marks of an earlier wave hold. */
void change_order_skip(struct change_order *o, const struct change_marks *m);

/* 1 when it is of no use to map an item with these marks again: it is about the same contact or row
 * as one before it. before: what those are about; it gets these marks, too. */
int change_order_is_behind(struct set *before, const struct change_marks *m);

/* 1 when it changes something that one of another group, before it, changes, too. before: what
 * those change; it gets these marks, too. */
int change_order_is_shared(struct set *before, const struct change_marks *m, size_t group);

/* 1 when it knows something that one of another group changes. changed: of all. */
int change_order_is_foreign(
    const struct set *changed, const struct change_marks *m, size_t group);

#endif
