/*
 * ctl_reference - ReferenceData/{Entity}: what the ids of reference data mean
 * (store/entity/reference.h).
 */
#ifndef FCGI_API_CTL_REFERENCE_H
#define FCGI_API_CTL_REFERENCE_H

#include "fcgi/action.h"

struct entity;

extern const struct action ctl_reference_actions[];

/* The address, without a slash in front, that lists the ids which a parameter or column of this
 * name holds, in the arena: "ReferenceData/Gender" for GenderId; NULL for other names. */
const char *ctl_reference_path(struct arena *a, const char *name);

#endif
