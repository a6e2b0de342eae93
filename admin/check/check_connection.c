#include "config.h"

#include <string.h>

#include "admin/check/check.h"
#include "admin/context.h"
#include "lib/clock.h"
#include "store/db.h"
#include "store/registry/store_doctor.h"

enum { DAY_S = 86400 };

/* Its last test, when that failed, says more than the silence. */
static void
say_connection(struct examination *e, const struct rows *r, size_t i)
{
	struct arena *a = &e->x->arena;
	const char *customer = rows_text(r, i, C_doctor_connections_customer),
		   *alias = rows_text(r, i, C_doctor_connections_alias),
		   *name = rows_text(r, i, C_doctor_connections_name),
		   *failure = rows_text(r, i, C_doctor_connections_test_failure);
	usec_t success = rows_time(r, i, C_doctor_connections_last_success_at);
	const char *fix = arena_printf(a, "customerapi connection test %s %s %s says what is "
	    "wrong; connection set --set Enabled=false ends this warning.", customer, alias, name);
	char when[32];

	if (*failure != '\0') {
		check_say(e, CHECK_WARNING, fix, "%s/%s: the last test of connection %s failed: %s",
		    customer, alias, name, failure);
		return;
	}
	if (success == USEC_NONE) {
		check_say(e, CHECK_WARNING, fix,
		    "%s/%s: no run by connection %s has succeeded yet: %s", customer, alias, name,
		    rows_text(r, i, C_doctor_connections_last_failure));
		return;
	}
	clock_iso8601(success, when);
	check_say(e, CHECK_WARNING, fix,
	    "%s/%s: no run by connection %s has succeeded since %.10s.", customer, alias, name,
	    when);
}

static void
check_connections(struct examination *e)
{
	struct context *x = e->x;
	struct rows r;
	usec_t now;
	int rc = db_now(x->db, &now, &x->err);

	if (rc == 0)
		rc = store_doctor_connections(x->db, &x->arena,
		    now - x->conf.connection_silent_days * DAY_S * USEC_SEC, &r, &x->err);
	if (rc < 0) {
		check_say_err(e, NULL);
		return;
	}
	for (size_t i = 0; i < r.n; i++)
		say_connection(e, &r, i);
	if (r.n == 0)
		check_say(e, CHECK_OK, NULL, "No connection is silent, and no test of one failed.");
}

const struct check check_connection_rows[] = {
	{ "connections", "Runs by connections have succeeded lately, and no test of one failed.", 1, CHECK_ON_SCHEMA, check_connections },
	{ NULL, NULL, 0, CHECK_GROUND_UNSET, NULL },
};
