/*
 * when - dates on the command line. One rule: a date without an offset is of the tenant's time
 * zone, as in the API; and the answer says which moment was meant.
 */
#ifndef ADMIN_WHEN_H
#define ADMIN_WHEN_H

#include <stddef.h>

#include "lib/clock.h"

struct context;
struct output_column;
struct store_alias;
struct val;

/* The rule as a sentence, for the help of options and arguments. */
#define WHEN_ZONE "A date without an offset is of the tenant's time zone."
#define WHEN_ZONE_OF_ALL "A date without an offset is of the tenant's time zone; without " \
	"--tenant, of the one zone that all tenants have."

/* Of lists by when_table(). */
#define WHEN_LISTED " Times are by the wall clock of the tenant's time zone, with --json in UTC."

/* The moment that an option or argument of type CMD_WHEN says; an age is before now. *out
 * USEC_NONE when it is not given. tenant NULL: of all tenants, as WHEN_ZONE_OF_ALL says.
 * ERR_USAGE with a fault when no offset is given and the tenants have several zones. */
int when_read(struct context *x, const struct store_alias *tenant, const char *name, usec_t now,
    usec_t *out);

/* The options --after and --before; ERR_USAGE with a fault when they exclude everything. What they
 * mean is printed. */
int when_read_range(struct context *x, const struct store_alias *tenant, usec_t now, usec_t *from,
    usec_t *until);

/* Prints what was meant: in text the wall clock with its zone, in JSON UTC. USEC_NONE is no
 * date. */
void when_show(struct context *x, const struct store_alias *tenant, const char *member, usec_t t);

/* A list with times of a tenant: as output_table(), but in text its OUTPUT_TIME columns are by the
 * tenant's wall clock ("2026-11-24 02:30", with seconds where there are any), below a line that
 * says whose it is. JSON stays UTC. ERR_… when the zone cannot be opened. */
int when_table(struct context *x, const struct store_alias *tenant, const char *name,
    const struct output_column *columns, const struct val *cells, size_t nrows);

/* The moment as text, by the tenant's wall clock: "2026-11-24T00:00:00+01:00 (Europe/Paris)". */
const char *when_text(struct context *x, const struct store_alias *tenant, usec_t t);

#endif
