/*
 * ctl_club - the club's actions: a contact by the id of its user on the club site, its stores and
 * interests, privilege codes, points.
 */
#ifndef FCGI_API_CTL_CLUB_H
#define FCGI_API_CTL_CLUB_H

#include "fcgi/action.h"

extern const struct action ctl_club_actions[];

#endif
