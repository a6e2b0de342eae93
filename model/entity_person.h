/*
 * entity_person - which rows of the customer model belong to a person, by the entity table alone: a
 * column that refers to Contact, and columns that refer to such an entity, and so on.
 *
 * A row that names a contact itself is that contact's, whatever else it refers to; only a row that
 * names none (or cannot) belongs to whom the rows belong that it refers to. So a purchase that
 * another contact paid with this person's voucher stays the other's. A new entity, or a new column,
 * with .refers is covered by being in the table.
 *
 * Erasing a row: an entity that holds amounts (a decimal that is no free field) keeps its row
 * without the person - amounts, dates, and references to what is nobody's (brand, zone, store,
 * good, type, state, currency, Source) stay, every text and free field goes, the natural key
 * becomes a meaningless one, the person's references are cut. Every other entity's row is deleted.
 */
#ifndef MODEL_ENTITY_PERSON_H
#define MODEL_ENTITY_PERSON_H

struct entity;
struct entity_column;

/* 1 when rows of the entity can belong to a person; Contact itself does. */
int entity_is_personal(const struct entity *e);

/* 1 when the row of a person stays without the person. */
int entity_is_kept(const struct entity *e);

/* 1 when the column is one that an erased row keeps. */
int entity_column_is_kept(const struct entity *e, const struct entity_column *c);

#endif
