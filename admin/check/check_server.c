#include "config.h"

#include "admin/check/check.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "admin/context.h"
#include "lib/clock.h"
#include "store/db.h"
#include "store/registry/store_clock.h"
#include "store/registry/store_doctor.h"
#include "store/registry/store_message.h"
#include "store/registry_db.h"

enum {
	SERVER_VERSION_MIN = 100600,
	STATEMENT_S = 5,
	STATEMENT_MIN_S = 60,
	WAIT_MIN_S = 120,
	WEB_CONNECTIONS = 2,		/* the intake's, and that of refusals */
	OTHER_CONNECTIONS = 10,
	CLOCK_ODD_S = 2,
	CLOCK_BAD_S = 60,
	PACKET_MORE = 1 << 20		/* the headers and the statement around a body */
};

static void
check_database(struct examination *e)
{
	struct context *x = e->x;
	unsigned long version;

	if (registry_db_open(&x->db, &x->conf, 0, &x->err) < 0) {
		check_say(e, CHECK_ERROR,
		    "Check db_socket, db_host, db_user, db_password and db_registry; customerapi "
		    "init makes the registry database.",
		    "%s", err_whole(&x->arena, &x->err));
		err_clear(&x->err);
		return;
	}
	e->have_database = 1;
	if (store_doctor_limit(x->db, STATEMENT_S, &x->err) < 0 ||
	    store_doctor_variables(x->db, &x->arena, &e->variables, &x->err) < 0)
		check_say_err(e, "Is it MariaDB, and no proxy in between?");
	version = db_server_version(x->db);
	if (version < SERVER_VERSION_MIN)
		check_say(e, CHECK_ERROR, "Use MariaDB 10.6 or later.",
		    "The server is version %lu.%lu, which lacks SKIP LOCKED.", version / 10000,
		    version / 100 % 100);
	else
		check_say(e, CHECK_OK, NULL, "MariaDB %lu.%lu.%lu answers; the registry is %s.",
		    version / 10000, version / 100 % 100, version % 100, x->conf.db_registry);
}

/* ------------------------------------------------------------------ the server's settings */

static int
is_on(const char *value)
{
	return strcmp(value, "ON") == 0 || strcmp(value, "1") == 0;
}

static void
check_writable(struct examination *e)
{
	if (strcmp(check_variable(e, "innodb_force_recovery"), "0") != 0 ||
	    is_on(check_variable(e, "innodb_read_only")) || is_on(check_variable(e, "read_only")))
		check_say(e, CHECK_ERROR,
		    "Use the primary server; set read_only and innodb_force_recovery to 0.",
		    "The server takes no changes (read_only, innodb_read_only or "
		    "innodb_force_recovery).");
	else
		check_say(e, CHECK_OK, NULL, "The server takes changes.");
}

static void
check_durability(struct examination *e)
{
	const char *flush = check_variable(e, "innodb_flush_log_at_trx_commit");
	size_t before = e->nlines;

	if (strcmp(flush, "1") != 0 && strcmp(flush, "3") != 0)
		check_say(e, CHECK_ERROR,
		    "Set innodb_flush_log_at_trx_commit = 1 in the server's configuration.",
		    "innodb_flush_log_at_trx_commit is %s: a webhook that was answered with 202 is "
		    "lost when the machine stops.",
		    flush);
	if (!is_on(check_variable(e, "innodb_doublewrite")))
		check_say(e, CHECK_WARNING,
		    "Set innodb_doublewrite = ON, unless the file system writes pages whole (ZFS).",
		    "innodb_doublewrite is off: a page that is half written when the machine stops "
		    "is lost.");
	if (is_on(check_variable(e, "log_bin")) &&
	    strcmp(check_variable(e, "sync_binlog"), "1") != 0)
		check_say(e, CHECK_WARNING, "Set sync_binlog = 1.",
		    "The binary log is not synchronous (sync_binlog is %s): after a crash replicas "
		    "and restores may lack answered webhooks.",
		    check_variable(e, "sync_binlog"));
	if (is_on(check_variable(e, "log_bin")) &&
	    strcmp(check_variable(e, "binlog_format"), "STATEMENT") == 0)
		check_say(e, CHECK_ERROR, "Set binlog_format = MIXED or ROW.",
		    "binlog_format is STATEMENT: the server refuses changes at the isolation level "
		    "READ COMMITTED.");
	if (e->nlines == before)
		check_say(e, CHECK_OK, NULL, "Committed changes are on the disk.");
}

static void
check_limits(struct examination *e)
{
	const struct conf *c = &e->x->conf;
	long long packet = atoll(check_variable(e, "max_allowed_packet")),
		  group = STORE_MESSAGE_GROUP_BYTES,
		  need = (c->body_max_bytes > group ? c->body_max_bytes : group) +
	    PACKET_MORE,
		  most = atoll(check_variable(e, "max_connections"));
	long long connections = c->fcgi_workers * (c->fcgi_connections * 2 + WEB_CONNECTIONS) +
	    c->queue_workers * 2 + c->run_slots * 2 + OTHER_CONNECTIONS;
	double statement = atof(check_variable(e, "max_statement_time"));
	size_t before = e->nlines;

	if (packet < need)
		check_say(e, CHECK_ERROR,
		    arena_printf(&e->x->arena,
			"Set max_allowed_packet = %lldM, or lower body_max_bytes.",
			(need + (1 << 20) - 1) >> 20),
		    "max_allowed_packet is %lld bytes: a webhook of body_max_bytes (%ld), or "
		    "webhooks that come together (%lld), cannot be stored.",
		    packet, c->body_max_bytes, group);
	if (connections > most)
		check_say(e, CHECK_WARNING,
		    "Raise max_connections, or lower fcgi_workers and fcgi_connections.",
		    "max_connections is %lld; one pool of the web program and the daemon may open "
		    "%lld.",
		    most, connections);
	if (atoll(check_variable(e, "max_used_connections")) * 10 > most * 9)
		check_say(e, CHECK_WARNING, "Raise max_connections.",
		    "The server has had %s connections at once, of %lld.",
		    check_variable(e, "max_used_connections"), most);
	if (statement > 0 && statement < STATEMENT_MIN_S)
		check_say(e, CHECK_WARNING, "Set max_statement_time = 0, or a minute and more.",
		    "max_statement_time is %s s: statements of processes are cut off.",
		    check_variable(e, "max_statement_time"));
	if (atoll(check_variable(e, "wait_timeout")) < WAIT_MIN_S)
		check_say(e, CHECK_WARNING, "Set wait_timeout = 600 or more.",
		    "wait_timeout is %s s: idle connections are cut off before they can be used "
		    "again.",
		    check_variable(e, "wait_timeout"));
	if (e->nlines == before)
		check_say(e, CHECK_OK, NULL,
		    "max_allowed_packet, max_connections and the time limits suffice.");
}

/* The programs set their session themselves; an init_connect or a proxy may set it back. */
static void
check_session(struct examination *e)
{
	static const struct { const char *name, *want; } facts[] = {
		{ "session.sql_mode", "STRICT_ALL_TABLES" }, { "session.character_set_client", "utf8mb4" }, { "session.character_set_connection", "utf8mb4" },
		{ "session.tx_isolation", "READ-COMMITTED" }, { "session.time_zone", "+00:00" }, { "session.autocommit", "ON" },
	};
	size_t before = e->nlines;

	for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++)
		if (strstr(check_variable(e, facts[i].name), facts[i].want) == NULL)
			check_say(e, CHECK_ERROR,
			    "Does a proxy or init_connect change sessions? Exempt this database "
			    "user from it.",
			    "%s is %s in our sessions, though they ask for %s.",
			    facts[i].name + strlen("session."), check_variable(e, facts[i].name),
			    facts[i].want);
	if (strstr(check_variable(e, "session.sql_mode"), "NO_BACKSLASH_ESCAPES") != NULL)
		check_say(e, CHECK_ERROR, "Exempt this database user from whatever sets it.",
		    "sql_mode has NO_BACKSLASH_ESCAPES in our sessions.");
	if (e->nlines == before)
		check_say(e, CHECK_OK, NULL, "Sessions are strict, in UTC and utf8mb4.");
}

/* Half of the time that the question took may have passed since the server looked at its clock. */
static void
check_clock(struct examination *e)
{
	usec_t before = clock_monotonic_us(), theirs, ours, apart;
	struct timespec t;

	if (db_now(e->x->db, &theirs, &e->x->err) < 0) {
		check_say_err(e, NULL);
		return;
	}
	clock_gettime(CLOCK_REALTIME, &t);
	ours = t.tv_sec * USEC_SEC + t.tv_nsec / 1000 - (clock_monotonic_us() - before) / 2;
	apart = ours > theirs ? ours - theirs : theirs - ours;
	if (apart > CLOCK_BAD_S * USEC_SEC)
		check_say(e, CHECK_ERROR,
		    "Let both keep time by NTP (timedatectl, chronyc tracking); the database's "
		    "clock is the one that counts.",
		    "The database's clock is %lld s %s of this machine's.",
		    (long long)(apart / USEC_SEC), theirs > ours ? "ahead" : "behind");
	else if (apart > CLOCK_ODD_S * USEC_SEC)
		check_say(e, CHECK_WARNING,
		    "Let both keep time by NTP (timedatectl, chronyc tracking); the database's "
		    "clock is the one that counts.",
		    "The database's clock is %lld s %s of this machine's.",
		    (long long)(apart / USEC_SEC), theirs > ours ? "ahead" : "behind");
	else
		check_say(e, CHECK_OK, NULL, "The database's clock and this machine's agree.");
}

/* Nothing is deleted by the part of it that nobody saw go by. */
static void
check_clock_seen(struct examination *e)
{
	struct context *x = e->x;
	usec_t now, believed, ahead;
	char as_of[32];

	if (db_now(x->db, &now, &x->err) < 0 ||
	    store_clock_look(x->db, &x->arena, now, &believed, &x->err) < 0) {
		check_say_err(e, NULL);
		return;
	}
	ahead = (now - believed) / USEC_SEC;
	clock_iso8601(believed, as_of);
	if (ahead > CHECK_AHEAD_S)
		check_say(e, CHECK_WARNING, "If it is wrong, put it right (NTP). If it is right, "
		    "because everything stood still for so long, wait: it is caught up twice as "
		    "fast as time goes; or empty the registry's table api_clock, and it is "
		    "believed at once.", "The database's clock is %lld s ahead of what was seen of "
		    "it: nothing is deleted, and no points expire, as of later than %s.",
		    (long long)ahead, as_of);
	else
		check_say(e, CHECK_OK, NULL,
		    "The database's clock is not ahead of what was seen of it.");
}

/* ------------------------------------------------------------------ table */

const struct check check_server_rows[] = {
	{ "database", "The database server answers, lets us in and is new enough.", 0, CHECK_ON_SETTINGS, check_database },
	{ "writable", "The database server takes changes.", 0, CHECK_ON_DATABASE, check_writable },
	{ "durability", "The database server keeps what it has committed.", 1, CHECK_ON_DATABASE, check_durability },
	{ "database-limits", "The database server takes the largest body, and enough connections.", 1, CHECK_ON_DATABASE, check_limits },
	{ "session", "Database sessions have the settings that the programs need.", 1, CHECK_ON_DATABASE, check_session },
	{ "clock", "The database's clock and this machine's agree.", 1, CHECK_ON_DATABASE, check_clock },
	{ NULL, NULL, 0, CHECK_GROUND_UNSET, NULL },
};

const struct check check_clock_rows[] = {
	{ "clock-seen", "The database's clock is not ahead of what was seen of it.", 0, CHECK_ON_SCHEMA, check_clock_seen },
	{ NULL, NULL, 0, CHECK_GROUND_UNSET, NULL },
};
