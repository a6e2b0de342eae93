#include "config.h"

#include "store/registry/store_doctor.h"

#include <ctype.h>
#include <fnmatch.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/text.h"
#include "store/db.h"

int
store_doctor_limit(struct db *db, int seconds, struct err *err)
{
	int64_t n = db_exec(db, Q_doctor_limit, DB_ARGS(v_int(seconds)), err);

	return n < 0 ? (int)n : 0;
}

int
store_doctor_variables(struct db *db, struct arena *a, struct rows *out, struct err *err)
{
	return db_query(db, Q_doctor_variables, DB_NONE, a, out, err);
}

/* ------------------------------------------------------------------ rights */

/* A quoted or plain name at *p, unquoted; *p moves behind it. */
static const char *
read_name(struct arena *a, const char **p)
{
	char quote = **p == '`' || **p == '\'' ? **p : '\0';
	struct buf b;

	buf_init(&b, a);
	buf_adds(&b, "");
	for (*p += quote != '\0'; **p != '\0'; (*p)++) {
		if (quote == '\0' && strchr(" .", **p) != NULL)
			break;
		if (quote != '\0' && **p == quote && *++*p != quote)
			break;
		buf_addc(&b, **p);
	}
	return b.data;
}

/* The database name of a grant is a LIKE pattern: % and _ are wildcards unless a backslash precedes
 * them. */
static int
name_matches(struct arena *a, const char *like, const char *database)
{
	struct buf b;

	if (strcmp(like, "*") == 0)
		return 1;
	buf_init(&b, a);
	buf_adds(&b, "");
	for (const char *p = like; *p != '\0'; p++) {
		if (*p == '%')
			buf_addc(&b, '*');
		else if (*p == '_')
			buf_addc(&b, '?');
		else {
			p += *p == '\\' && p[1] != '\0';
			if (!isalnum((unsigned char)*p))
				buf_addc(&b, '\\');
			buf_addc(&b, *p);
		}
	}
	return fnmatch(b.data, database, 0) == 0;
}

/* "GRANT SELECT, INSERT ON `customerapi\_%`.* TO …" */
static void
read_grant(struct arena *a, const char *line, const char *database, struct buf *privileges,
    struct store_doctor_rights *out)
{
	static const char grant[] = "GRANT ";
	const char *on, *to;

	if (strncmp(line, grant, sizeof grant - 1) != 0)
		return;
	line += sizeof grant - 1;
	on = strstr(line, " ON ");
	to = strstr(line, " TO ");
	if (on == NULL || (to != NULL && to < on)) {
		if (to != NULL && (*line == '`' || *line == '\''))
			out->role = read_name(a, &line);
		return;
	}
	to = on + 4;
	if (!name_matches(a, read_name(a, &to), database) || strncmp(to, ".* ", 3) != 0)
		return;
	for (const char *p = line; p < on; p += strspn(p, ", ")) {
		size_t n = strcspn(p, ",");

		if (p + n > on)
			n = (size_t)(on - p);
		buf_addf(privileges, "%s%.*s,", privileges->len == 0 ? "," : "", (int)n, p);
		p += n;
	}
}

int
store_doctor_rights(struct db *db, struct arena *a, const char *database,
    struct store_doctor_rights *out, struct err *err)
{
	struct buf privileges;
	struct rows r;
	int rc;

	*out = (struct store_doctor_rights){ .privileges = "" };
	if ((rc = db_query(db, Q_doctor_grants, DB_NONE, a, &r, err)) < 0)
		return rc;
	buf_init(&privileges, a);
	buf_adds(&privileges, "");
	for (size_t i = 0; i < r.n; i++)
		read_grant(a, rows_text(&r, i, C_doctor_grants_grants), database, &privileges, out);
	out->privileges = privileges.data;
	out->all = strstr(privileges.data, ",ALL PRIVILEGES,") != NULL;
	return 0;
}

/* ------------------------------------------------------------------ lists */

int
store_doctor_sealed(struct db *db, struct arena *a, struct rows *out, struct err *err)
{
	return db_query(db, Q_doctor_sealed, DB_NONE, a, out, err);
}

int
store_doctor_dead_before(
    struct db *db, struct arena *a, usec_t before, struct rows *out, struct err *err)
{
	return db_query(db, Q_doctor_dead_before, DB_ARGS(v_time(before)), a, out, err);
}

int
store_doctor_blocked(struct db *db, struct arena *a, struct rows *out, struct err *err)
{
	return db_query(db, Q_doctor_blocked, DB_NONE, a, out, err);
}

int
store_doctor_connections(
    struct db *db, struct arena *a, usec_t silent, struct rows *out, struct err *err)
{
	return db_query(db, Q_doctor_connections, DB_ARGS(v_time(silent)), a, out, err);
}

int
store_doctor_schedules(
    struct db *db, struct arena *a, usec_t now, usec_t late, struct rows *out, struct err *err)
{
	return db_query(db, Q_doctor_schedules, DB_ARGS(v_time(late), v_time(now)), a, out, err);
}

int
store_doctor_unheard(struct db *db, struct arena *a, struct rows *out, struct err *err)
{
	return db_query(db, Q_doctor_unheard, DB_NONE, a, out, err);
}

int
store_doctor_runs(struct db *db, struct arena *a, usec_t late, struct rows *out, struct err *err)
{
	return db_query(db, Q_doctor_runs, DB_ARGS(v_time(late)), a, out, err);
}

int
store_doctor_privacy(struct db *db, struct arena *a, struct rows *out, struct err *err)
{
	return db_query(db, Q_doctor_privacy, DB_NONE, a, out, err);
}

int
store_doctor_names(struct db *db, struct arena *a, struct rows *out, struct err *err)
{
	return db_query(db, Q_doctor_names, DB_NONE, a, out, err);
}

int
store_doctor_zones(struct db *db, struct arena *a, struct rows *out, struct err *err)
{
	return db_query(db, Q_doctor_zones, DB_NONE, a, out, err);
}

int
store_doctor_tzdata(struct db *db, struct arena *a, struct rows *out, struct err *err)
{
	return db_query(db, Q_doctor_tzdata, DB_NONE, a, out, err);
}

int
store_doctor_access(
    struct db *db, struct arena *a, usec_t now, usec_t long_ago, struct rows *out, struct err *err)
{
	return db_query(db, Q_doctor_access, DB_ARGS(v_time(long_ago), v_time(now)), a, out, err);
}

int
store_doctor_guests(struct db *tenant, struct arena *a, struct rows *out, struct err *err)
{
	return db_query(tenant, Q_doctor_guests, DB_ARGS(v_int(STORE_DOCTOR_GUESTS_MAX)), a, out,
	    err);
}
