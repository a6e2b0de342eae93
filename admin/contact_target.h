/*
 * contact_target - the person that a command of the group "contact" is about.
 */
#ifndef ADMIN_CONTACT_TARGET_H
#define ADMIN_CONTACT_TARGET_H

#include "admin/person.h"
#include "privacy/person.h"

struct context;
struct store_alias;

struct contact_target {
	struct person_command command;
	struct store_alias *tenant;
	struct person person;
	unsigned char hash[32];		/* of what named the person */
	int has_name;	/* by identifier or address: traces may be there without a contact */
};

/* Opens the tenant and finds the person that --identifier, --email or --contact-id name. With
 * takes_request, --request may stand instead: the person is then empty. */
int contact_target_open(struct context *x, struct contact_target *t, int takes_request);

/* ERR_CONFLICT when the address is that of several contacts and --all is not given. Guests of the
 * address do not count. */
int contact_target_several(struct context *x, const struct contact_target *t);

/* For a person without contacts: 0 when messages, mails or runs name the person, else
 * ERR_NOT_FOUND. */
int contact_target_traces(struct context *x, struct contact_target *t);

/* ERR_NOT_FOUND: the tenant has no such person. */
int contact_target_nobody(struct context *x);

#endif
