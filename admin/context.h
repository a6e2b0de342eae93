/*
 * context - what a running command has at hand: its line, the settings, the registry's connection,
 * where to say things.
 */
#ifndef ADMIN_CONTEXT_H
#define ADMIN_CONTEXT_H

#include <stdint.h>

#include "admin/cmd.h"
#include "admin/output.h"
#include "lib/arena.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/secret.h"
#include "store/registry/store_access.h"

/* MariaDB's code for a database that does not exist, as in err->native. */
enum { CONTEXT_UNKNOWN_DATABASE = 1049 };

struct context {
	struct arena arena;
	struct cmd_line line;
	struct output out;
	struct conf conf;
	struct db *db;			/* registry; NULL unless the command needs it */
	struct secret_box box;		/* after context_box() */
	unsigned statement_s;		/* how long an answer of a tenant's database is waited for;
					 * 0 = as usual */
	struct err err;
};

/* Settings, connection and schema check, as the command needs. */
int context_open(struct context *x, enum cmd_needs needs);
void context_close(struct context *x);

/* Loads the sealing key once. */
int context_box(struct context *x);

/* Runs work in a transaction of the registry; a conflict is tried again, three times in all. */
int context_transaction(struct context *x, int (*work)(struct context *x, void *arg), void *arg);

/* The same, rolled back in the end: what --dry-run does. */
int context_rehearsal(struct context *x, int (*work)(struct context *x, void *arg), void *arg);

/* The tenant named by the arguments CUSTOMER and ALIAS, disabled or not. ERR_NOT_FOUND says whether
 * customer or alias is unknown, with the nearest name. */
int context_tenant(struct context *x, struct store_alias **out);

/* The tenant named by the option --tenant; *out NULL when it is not given. */
int context_tenant_option(struct context *x, struct store_alias **out);

/* The two arguments that name a tenant, for a command's table. */
#define CONTEXT_TENANT \
	{ .name = "CUSTOMER", .type = CMD_NAME, .required = 1, .doc = "The customer's name." }, \
	{ .name = "ALIAS", .type = CMD_NAME, .required = 1, .doc = "The name of the customer's database alias." }

/* The password of a tenant on another server; NULL: it has none. */
int context_tenant_password(struct context *x, const struct store_alias *t, const char **out,
    struct err *err);

/* A connection to a tenant's database; the caller closes it. */
int context_tenant_open(
    struct context *x, const struct store_alias *t, struct db **out, struct err *err);

/* Prints what list reads of the tenant of the arguments, as a table. */
int context_tenant_table(struct context *x, const char *name, const struct output_column *columns,
    int (*list)(struct db *db, struct arena *a, int64_t alias_id, struct rows *out,
	struct err *err));

/* The tenant of the arguments, a connection to its database, which the caller closes also after a
 * failure, and the registry's clock. */
int context_tenant_now(
    struct context *x, struct store_alias **tenant, struct db **db, usec_t *now);

#endif
