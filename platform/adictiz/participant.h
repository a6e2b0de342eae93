/*
 * platform_adictiz_participant - which contact a participation is of (platform/adictiz/adictiz.h).
 */
#ifndef PLATFORM_ADICTIZ_PARTICIPANT_H
#define PLATFORM_ADICTIZ_PARTICIPANT_H

#include <stdint.h>

#include "lib/clock.h"
#include "model/change/contact_key.h"

struct err;
struct json_object;
struct platform_context;
struct row;

/* A participation on its way into the change. */
struct participation {
	struct platform_context *ctx;
	struct json_object *data;	/* of this form */
	struct json_object *merged;	/* of all forms; ours, and gone after the mapping */
	const char *operation, *user, *key, *content;
	usec_t at, stamp;		/* of this form; of the latest one */
	usec_t taken_at;		/* ParticipationDate that is stored, or USEC_NONE */
	int is_known, is_new_contact;
	int is_other_contact;		/* earlier forms were of a contact that is given up */
	struct contact_key who;		/* as the forms say it */
	int64_t contact_id;		/* 0: none is stored */
	usec_t contact_stamp;		/* that is stored, or USEC_NONE */
	const struct row *person;	/* the contact, for others to refer to */
	struct row *contact, *address;	/* what the forms say of it */
};

/* Sets p->who to what all forms say. When no contact is stored and they do not say who it is, that
 * is the participation's own identifier. */
void platform_adictiz_participant_read(struct participation *p);

/* Finds the contact, or adds it to the change, and sets what the struct has of it; p->contact is
 * then a row for what the forms say. A contact of earlier forms that turns out to be another is
 * deleted. 0, or the failure of an answer. */
int platform_adictiz_participant_find(struct participation *p, struct err *err);

#endif
