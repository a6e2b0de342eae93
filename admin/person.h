/*
 * person - what the commands about a person share: the tenant's connection, who is meant, progress.
 */
#ifndef ADMIN_PERSON_H
#define ADMIN_PERSON_H

#include "admin/progress.h"
#include "privacy/person_erase.h"

struct context;
struct store_alias;

/* A job whose progress is shown, a bar for each phase. */
struct person_command {
	struct person_job job;
	struct context *x;
	struct progress progress;
	const char *phase;		/* NULL: no bar */
};

/* Opens what person_erase() and person_export() work with: the tenant of CUSTOMER and ALIAS. The
 * caller gives it to person_command_close(), after a failure too. */
int person_command_open(struct context *x, struct person_command *c, struct store_alias **tenant);
void person_command_close(struct person_command *c);

/* Prints the counts of an erasure. */
void person_show_counts(struct context *x, const struct person_erase_counts *counts);

/* "command line (login)" */
const char *person_requested_by(struct context *x);

#endif
