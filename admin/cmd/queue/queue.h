/*
 * queue - what the commands about messages share: which messages are meant, and how one is shown.
 */
#ifndef ADMIN_CMD_QUEUE_QUEUE_H
#define ADMIN_CMD_QUEUE_QUEUE_H

#include <stddef.h>

#include "admin/when.h"
#include "lib/clock.h"
#include "store/db.h"

struct context;
struct store_admin_queue_filter;

/* The states that --state names as bits, 1 << state; 0 = none is named. */
unsigned queue_states_read(struct context *x);

/* The options of QUEUE_FILTER_OPTIONS. */
int queue_filter_read(struct context *x, usec_t now, struct store_admin_queue_filter *f);

/* The argument RECEIPT. */
int queue_receipt_read(struct context *x, unsigned char receipt[]);

/* A message's state, of a column, by its name. */
struct val queue_state_cell(const struct rows *r, size_t row, size_t column);

#define QUEUE_TENANT_OPTION \
	{ .name = "tenant", .type = CMD_TENANT, .doc = "Only this tenant's messages." }
#define QUEUE_FILTER_OPTIONS \
	QUEUE_TENANT_OPTION, \
	{ .name = "source", .type = CMD_INT, .min = 1, .max = INT16_MAX, .value = "SOURCEID", .doc = "Only this Source's." }, \
	{ .name = "platform", .type = CMD_TEXT, .max = 64, .value = "NAME", .doc = "Only this platform's, for example Shopify." }, \
	{ .name = "entity", .type = CMD_TEXT, .max = 64, .value = "NAME", .doc = "Only about this entity, for example Order." }, \
	{ .name = "action", .type = CMD_TEXT, .max = 64, .value = "NAME", .doc = "Only with this action, for example Insert." }, \
	{ .name = "reason", .type = CMD_TEXT, .max = 32, .value = "CLASS", \
	  .doc = "Only with this class of reason, as queue show prints it (ReasonClass)." }, \
	{ .name = "after", .type = CMD_WHEN, .doc = "Only received then or later: an age such as " \
	  "30m, 12h or 7d, or a date. " WHEN_ZONE_OF_ALL }, \
	{ .name = "before", .type = CMD_WHEN, \
	  .doc = "Only received before then: an age or a date. " WHEN_ZONE_OF_ALL }

#endif
