/*
 * club_row - what the club sees of a contact.
 */
#ifndef FCGI_API_CLUB_ROW_H
#define FCGI_API_CLUB_ROW_H

#include <stddef.h>

#include "store/field.h"

struct club;
struct reply;
struct rows;
struct store_club_contact;

extern const struct field club_contact_reply[];

/* Writes the contact into an empty reply, less what the user may not see. */
void club_row_reply(const struct club *c, const struct store_club_contact *all,
    struct reply *reply);

/* 1 when the user may see the store in row i of the contact's stores. */
int club_row_store_is_visible(const struct club *c, const struct rows *all, size_t i);

#endif
