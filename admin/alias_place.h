/*
 * alias_place - what an alias says of its database and its defaults: is it right, and where does it
 * lead.
 */
#ifndef ADMIN_ALIAS_PLACE_H
#define ADMIN_ALIAS_PLACE_H

#include <stdint.h>

#include "lib/clock.h"

struct context;
struct db;
struct store_alias;
struct store_admin_alias;

/* The options that add and set share, for a command's table. */
#define ALIAS_OPTIONS \
	{ .name = "currency", .type = CMD_TEXT, .max = 3, .value = "CODE", \
	  .doc = "Reference currency; EUR unless given when the alias is added." }, \
	{ .name = "time-zone", .type = CMD_TEXT, .max = 64, .value = "ZONE", \
	  .doc = "Zone of dates without an offset, an IANA name; UTC unless given when the " \
	  "alias is added. Schedules keep the zone that they were made with." }, \
	{ .name = "zone", .type = CMD_INT, .min = 1, .max = INT32_MAX, \
	  .doc = "ZoneId of requests that name none; 1 unless given when the alias is added." }, \
	{ .name = "brand", .type = CMD_INT, .min = 1, .max = INT32_MAX, \
	  .doc = "BrandId of requests that name none; 1 unless given when the alias is added." }, \
	{ .name = "address-type", .type = CMD_INT, .min = 1, .max = INT16_MAX, \
	  .doc = "Address type of requests that name none; 1 unless given when the alias is " \
	  "added." }, \
	{ .name = "admin-email", .type = CMD_TEXT, .max = 254, .value = "ADDRESS", \
	  .doc = "Where notices about this tenant go: alarms of schedules with SilenceHours, " \
	  "requests about persons." }, \
	{ .name = "reply-to", .type = CMD_FLAG, \
	  .doc = "Answers to a mail with a webhook's content go to the address that the webhook " \
	  "names (email in a body; replyTo or mail in a query), as for a contact form. Whoever can " \
	  "send webhooks then decides where answers go." }, \
	{ .name = "host", .type = CMD_TEXT, .max = 255, \
	  .doc = "Another database server than the registry's." }, \
	{ .name = "port", .type = CMD_INT, .min = 1, .max = 65535, \
	  .doc = "Its port; 3306 unless given." }, \
	{ .name = "socket", .type = CMD_TEXT, .max = 200, .value = "PATH", \
	  .doc = "Another server by its Unix socket." }, \
	{ .name = "user", .type = CMD_TEXT, .max = 80, .doc = "User at the other server." }, \
	{ .name = "password-file", .type = CMD_FILE, \
	  .doc = "File with that user's password; a hyphen is standard input. It is stored " \
	  "sealed." }, \
	{ .name = "shared", .type = CMD_FLAG, \
	  .doc = "The database may be that of another alias of the same customer: both then work " \
	  "on the same data." }, \
	{ .name = "take-over", .type = CMD_FLAG, \
	  .doc = "The database may hold data of somebody else who does not use it: what a " \
	  "removed tenant left, a copy, another installation's. These data become the customer's." }

/* Faults of t go to x->err, by option. */
void alias_check(struct context *x, const struct store_admin_alias *t, int has_password);

/* A connection to the database that t names; the caller closes it. create: it is made when it is
 * missing. ERR_CONFIG when there is none. */
int alias_open(struct context *x, const struct store_admin_alias *t, const char *password,
    int create, struct db **out);

/* Brings an alias's database to this program's version, and mends what an earlier version stored
 * otherwise (correct_amounts.h). alias_id: 0 for one that is being added. Only a database that
 * claim_check() granted, and in no transaction. The number of migrations, or a negative code. */
int alias_migrate(struct context *x, int64_t alias_id, struct db *db);

/* "alias Demo/Main" */
const char *alias_subject(struct context *x, const struct store_alias *t);

/* Faults unless no request is under way any more: it is disabled, running programs have noticed,
 * and what they had begun is over. what: "cannot be removed". at: now. */
void alias_require_rest(struct context *x, const struct store_alias *t,
    const struct store_admin_alias *now, const char *what, usec_t at);

#endif
