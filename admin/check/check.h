/*
 * check - the examination of an installation: one table of checks for both commands, "check"
 * (quick: nothing but files and the database) and "doctor" (all of them).
 *
 * A check says one line per finding: ok, warning or error, what was found, and what to do. What a
 * check cannot find out is a finding, too; it never ends the others.
 */
#ifndef ADMIN_CHECK_H
#define ADMIN_CHECK_H

#include <stddef.h>

#include "lib/clock.h"
#include "store/db.h"
#include "store/registry/store_owner.h"

struct check;
struct context;
struct store_rights;

enum { CHECK_LINES_MAX = 1000, CHECK_LATE_S = 300, CHECK_AHEAD_S = 3600 };
enum check_result { CHECK_UNSET, CHECK_OK, CHECK_WARNING, CHECK_ERROR };

/* Where a tenant's database is and what mark it bears, as its server says. */
struct check_place {
	const char *what, *customer, *alias;	/* "Demo/Main", "Demo", "Main" */
	int64_t alias_id;
	const char *database, *server;
	struct store_owner owner;
};

/* What the checks have found so far. A check whose ground is missing (no settings, no database) is
 * not run. */
struct examination {
	struct context *x;
	int deep;			/* doctor */
	const struct store_rights *rights;	/* of the program whose database user it is */
	const struct check *current;
	int have_settings, have_database, have_schema;
	struct rows variables;		/* of the database server; n 0 = not read */
	struct check_place *places;	/* where the tenants' databases are, those that answered */
	size_t nplaces;
	size_t nlines, found[CHECK_ERROR + 1];
	struct val lines[CHECK_LINES_MAX * 4];	/* check, result, message, fix */
};

enum check_ground {
	CHECK_GROUND_UNSET,
	CHECK_ON_NOTHING,
	CHECK_ON_SETTINGS,
	CHECK_ON_DATABASE,
	CHECK_ON_SCHEMA
};

struct check {
	const char *name;		/* stable: a member of the JSON result */
	const char *doc;		/* a sentence: what must be true */
	int deep;			/* only for doctor */
	enum check_ground ground;	/* what must be there */
	void (*run)(struct examination *e);
};

/* By what they look at; each ends with name NULL. In this order they are run. */
extern const struct check check_file_rows[], check_mail_rows[], check_web_rows[],
    check_server_rows[], check_schema_rows[], check_tenant_rows[], check_clock_rows[],
    check_disk_rows[], check_access_rows[], check_work_rows[], check_connection_rows[];

typedef void check_tenant_fn(struct examination *e, const char *customer, const char *alias);

/* Calls fn for each enabled tenant, for a minute at most. Returns the number of tenants, or -1 when
 * it cannot be read; both that and what was left out are findings. */
int check_each_tenant(struct examination *e, check_tenant_fn *fn);

/* 1 when a certificate that is valid until then (USEC_NONE = unknown) lasts for three weeks. 0: a
 * warning says when that of whose ends, and fix. */
int check_certificate(struct examination *e, usec_t until, const char *whose, const char *fix);

/* One line of the result. fix: what to do, NULL when nothing is to be done. */
void check_say(struct examination *e, enum check_result result, const char *fix, const char *fmt,
    ...) __attribute__((format(printf, 4, 5)));

/* An error with the words of x->err, which is emptied. */
void check_say_err(struct examination *e, const char *fix);

/* A setting or counter of the database server, by its name in lower case; "" when it is not known.
 */
const char *check_variable(const struct examination *e, const char *name);

/* The address at which the web server is asked: --url, else base_url with fcgi_base_path; NULL when
 * nobody named one. */
const char *check_url(struct context *x);

/* What free of total bytes is worth: an error below 1 % or 128 MiB, a warning below 5 % or 1 GiB.
 */
enum check_result check_space(unsigned long long free, unsigned long long total);

#endif
