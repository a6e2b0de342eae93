/*
 * club_code - CheckCode: a privilege code is checked and used in one step.
 */
#ifndef FCGI_API_CLUB_CODE_H
#define FCGI_API_CLUB_CODE_H

#include "lib/param.h"
#include "store/field.h"

struct err;
struct reply;
struct request;

struct club_code_args {
	struct param_text drupal_id, code;
	struct param_int source_id;
};

extern const struct param club_code_params[];
extern const struct field club_code_reply[];

/* Of an action: args are struct club_code_args. */
int club_code_check(struct request *r, const void *args, struct reply *reply, struct err *err);

#endif
