/*
 * change_mark - marks: byte strings for what a change knows or changes (store/change_order.h).
 */
#ifndef STORE_CHANGE_MARK_H
#define STORE_CHANGE_MARK_H

#include <stddef.h>
#include <stdint.h>

#include "lib/text.h"

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

/* The beginning of a mark. kind: a letter, and of a row's mark its entity and form. */
struct buf mark_begin(struct arena *a, char kind, const struct entity *e, int form);

struct mark mark_text(struct arena *a, char kind, int source_id, const char *text);
struct mark mark_contact(struct arena *a, int64_t contact_id);

#endif
