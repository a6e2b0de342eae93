/*
 * club_points - GetListPoints: a contact's points.
 */
#ifndef FCGI_API_CLUB_POINTS_H
#define FCGI_API_CLUB_POINTS_H

#include "lib/param.h"
#include "store/field.h"

struct err;
struct reply;
struct request;

struct club_points_args {
	struct param_text drupal_id;
	struct param_int source_id, limit, before, expiring_days;
};

extern const struct param club_points_params[];
extern const struct field club_points_reply[];

/* Of an action: args are struct club_points_args. */
int club_points_show(struct request *r, const void *args, struct reply *reply, struct err *err);

#endif
