/*
 * entity_person - which rows of the customer model belong to a person, by the entity table alone: a
 * column that refers to Contact, and columns that refer to such an entity, and so on.
 *
 * A row that names a contact belongs to that contact, whatever else it refers to. A row that names
 * none (or cannot) belongs to the person to whom the rows belong that it refers to. So a purchase
 * that another contact paid with this person's voucher stays the other's. New entities and columns
 * with .refers are covered as soon as they are in the table.
 *
 * Erasing a row: when the entity holds amounts (a decimal that is no free field), the row is kept
 * without the person. Amounts, dates and references to rows of no person (brand, zone, store, good,
 * type, state, currency, Source) stay. Texts and free fields are removed, the natural key becomes a
 * meaningless one, and references to the person are removed. A row of any other entity is deleted.
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
