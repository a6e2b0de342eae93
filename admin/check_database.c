#include "config.h"

#include "admin/check.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "admin/context.h"
#include "lib/clock.h"
#include "lib/format/name.h"
#include "lib/text.h"
#include "store/correct_amounts.h"
#include "store/db.h"
#include "store/migrate.h"
#include "store/registry/store_admin.h"
#include "store/registry/store_clock.h"
#include "store/registry/store_doctor.h"
#include "store/registry/store_owner.h"
#include "store/registry/store_rights.h"
#include "store/registry_db.h"

enum {
	SERVER_VERSION_MIN = 100600,
	STATEMENT_S = 5,
	STATEMENT_MIN_S = 60,
	WAIT_MIN_S = 120,
	TENANTS_S = 60,
	GUESTS_SHOWN = 10,
	OTHER_CONNECTIONS = 10,
	CLOCK_ODD_S = 2,
	CLOCK_BAD_S = 60
};
enum { PACKET_MORE = 1 << 20 };	/* the headers and the statement around a body */

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

/* 1 when the database is at this program's version. */
static int
say_version(struct examination *e, struct db *db, enum migrate_scope scope, const char *what)
{
	struct err *err = &e->x->err;
	int have, want = migrate_newest(scope), good = 0;

	if (migrate_version(db, scope, &have, err) < 0)
		check_say(e, CHECK_ERROR,
		    err->code == ERR_CONFIG ? "Install the newer programs." :
					      "Check the rights of the database user.",
		    "%s: %s", what, err_whole(&e->x->arena, err));
	else if (have < want)
		check_say(e, CHECK_ERROR, "customerapi migrate",
		    "%s is at schema version %d, this program needs %d.", what, have, want);
	else
		good = 1;
	err_clear(err);
	return good;
}

static void
check_registry_schema(struct examination *e)
{
	e->have_schema = say_version(e, e->x->db, MIGRATE_REGISTRY, "The registry");
	if (e->have_schema)
		check_say(e, CHECK_OK, NULL, "The registry is at version %d.",
		    migrate_newest(MIGRATE_REGISTRY));
}

static int
is_there(struct arena *a, const struct store_doctor_rights *have, const char *right)
{
	return have->all || strstr(have->privileges, arena_printf(a, ",%s,", right)) != NULL;
}

/* Of those wanted, those that are not there: of the daily ones, or of the others. NULL = none. */
static const char *
missing_rights(struct arena *a, const char *const *wanted, const struct store_doctor_rights *have,
    int daily)
{
	struct buf b;

	buf_init(&b, a);
	for (; *wanted != NULL; wanted++)
		if (store_rights_is_daily(*wanted) == daily && !is_there(a, have, *wanted))
			buf_addf(&b, "%s%s", b.len == 0 ? "" : ", ", *wanted);
	return b.len == 0 ? NULL : b.data;
}

static int
is_wanted(const char *const *wanted, const char *right)
{
	for (; *wanted != NULL; wanted++)
		if (strcmp(*wanted, right) == 0)
			return 1;
	return 0;
}

/* What an admin may and this program need not. NULL = nothing. */
static const char *
surplus_rights(struct arena *a, const char *const *wanted, const struct store_doctor_rights *have)
{
	const struct store_rights *most = store_rights_find("admin");
	struct buf b;

	buf_init(&b, a);
	for (const char *const *r = most->tenant; *r != NULL; r++)
		if (!is_wanted(wanted, *r) && is_there(a, have, *r))
			buf_addf(&b, "%s%s", b.len == 0 ? "" : ", ", *r);
	return b.len == 0 ? NULL : b.data;
}

/* For what the rights beyond rows are, where they are missing. */
static const char *
needed_for(const struct examination *e, int is_registry)
{
	if (strcmp(e->rights->program, "daemon") == 0)
		return "the process RefreshDecisionalData needs";
	if (is_registry)
		return "customerapi migrate needs";
	return "customerapi migrate, and the daemon's process RefreshDecisionalData, need";
}

static void
say_grants(
    struct examination *e, struct db *db, const char *database, const char *user, const char *what)
{
	const int is_registry = db == e->x->db, is_admin = strcmp(e->rights->program, "admin") == 0;
	const int is_own = strcmp(user, e->x->conf.db_user) == 0;
	const char *const *wanted = is_registry ? e->rights->registry : e->rights->tenant;
	struct arena *a = &e->x->arena;
	const char *missing, *role, *on = store_rights_pattern(a, database, "");
	struct store_doctor_rights have;

	if (store_doctor_rights(db, a, database, &have, &e->x->err) < 0) {
		check_say_err(e, "Check the rights of the database user by hand: SHOW GRANTS.");
		return;
	}
	role = have.role == NULL ? "" :
				   arena_printf(a,
				       " If the role %s gives it: SET DEFAULT ROLE "
				       "`%s` FOR '%s'@...;",
				       have.role, have.role, user);
	if ((missing = missing_rights(a, wanted, &have, 1)) != NULL)
		check_say(e, CHECK_ERROR,
		    arena_printf(a,
			"As the database's administrator: GRANT %s ON "
			"%s.* TO '%s'@...;%s",
			missing, on, user, role),
		    "%s: %s lacks %s.", what, user, missing);
	else if ((missing = missing_rights(a, wanted, &have, 0)) != NULL)
		check_say(e, is_admin ? CHECK_WARNING : CHECK_ERROR,
		    arena_printf(a,
			"As the database's "
			"administrator, before that: GRANT %s ON %s.* TO '%s'@...;%s",
			missing, on, user, role),
		    "%s: %s lacks %s, which %s.", what, user, missing, needed_for(e, is_registry));
	else if (is_own && !is_admin && (missing = surplus_rights(a, wanted, &have)) != NULL)
		check_say(e, CHECK_WARNING,
		    "customerapi config grants prints what each program needs; "
		    "REVOKE the rest.",
		    "%s: %s has %s, which this program does not need.", what, user, missing);
	else
		check_say(e, CHECK_OK, NULL, "%s: %s has the rights it needs.", what, user);
}

static void
check_grants(struct examination *e)
{
	say_grants(e, e->x->db, e->x->conf.db_registry, e->x->conf.db_user, "The registry");
}

/* Lines of purchases of which only an admin knows whether an earlier version stored them before
 * discount. */
static void
say_corrections(struct examination *e, struct db *db, const struct store_alias *t)
{
	struct context *x = e->x;
	struct rows waiting, broken_off;

	if (correct_amounts_open(db, &x->arena, 0, &waiting, &x->err) < 0 ||
	    correct_amounts_open(db, &x->arena, 1, &broken_off, &x->err) < 0) {
		check_say_err(e, NULL);
		return;
	}
	for (size_t i = 0; i < waiting.n; i++)
		check_say(e, CHECK_WARNING,
		    arena_printf(&x->arena,
			"customerapi purchase correct %s %s --source %lld --platform Magento when "
			"they came from Magento; with "
			"--platform other when they did not.",
			t->customer, t->alias,
			(long long)rows_int(&waiting, i, C_correction_list_source_id)),
		    "%s/%s Source %lld: lines of purchases from an earlier version may hold "
		    "amounts before discount.",
		    t->customer, t->alias,
		    (long long)rows_int(&waiting, i, C_correction_list_source_id));
	for (size_t i = 0; i < broken_off.n; i++)
		check_say(e, CHECK_WARNING, "customerapi migrate goes on with it.",
		    "%s/%s Source %lld: making amounts of lines net was broken off, or is under "
		    "way.",
		    t->customer, t->alias,
		    (long long)rows_int(&broken_off, i, C_correction_list_source_id));
}

/* Always 1: what cannot be read is a finding. */
static int
note_place(struct examination *e, const struct store_alias *t, struct db *db, const char *what)
{
	struct check_place *p = &e->places[e->nplaces];
	struct arena *a = &e->x->arena;
	struct err *err = &e->x->err;

	*p = (struct check_place){ .what = what, .customer = t->customer, .alias = t->alias,
		.alias_id = t->alias_id };
	if (store_owner_place(db, a, &p->database, &p->server, err) < 0 ||
	    store_owner_get(db, a, &p->owner, err) < 0)
		check_say(e, CHECK_ERROR, "Check the rights of the database user.", "%s: %s", what,
		    err->detail);
	else
		e->nplaces++;
	err_clear(err);
	return 1;
}

static void
check_tenant(struct examination *e, const char *customer, const char *alias)
{
	struct context *x = e->x;
	const char *what = arena_printf(&x->arena, "%s/%s", customer, alias);
	struct store_alias *t;
	struct db *db = NULL;

	if (store_access_alias_find(x->db, &x->arena, customer, alias, &t, &x->err) < 0 ||
	    (t != NULL && context_tenant_open(x, t, &db, &x->err) < 0))
		check_say(e, CHECK_ERROR,
		    "Check that its database server answers and what customerapi alias show says.",
		    "%s: %s", what, err_whole(&x->arena, &x->err));
	else if (t != NULL && note_place(e, t, db, what) &&
	    say_version(e, db, MIGRATE_TENANT, what)) {
		say_grants(e, db, t->database_name,
		    t->db_user[0] == '\0' ? x->conf.db_user : t->db_user,
		    arena_printf(
			&x->arena, "%s is at version %d", what, migrate_newest(MIGRATE_TENANT)));
		say_corrections(e, db, t);
	}
	err_clear(&x->err);
	db_close(&db);
}

typedef void tenant_fn(struct examination *e, const char *customer, const char *alias);

/* How many there are; -1 when that cannot be told, which it says. */
static int
each_tenant(struct examination *e, tenant_fn *fn)
{
	struct context *x = e->x;
	usec_t end = clock_monotonic_us() + TENANTS_S * USEC_SEC;
	struct rows r;

	if (store_admin_aliases(x->db, &x->arena, NULL, &r, &x->err) < 0) {
		check_say_err(e, NULL);
		return -1;
	}
	if (e->places == NULL)	/* check_tenant, which fills it, comes once */
		e->places = arena_new(&x->arena, struct check_place, r.n);
	for (size_t i = 0; i < r.n; i++) {
		if (clock_monotonic_us() > end) {
			check_say(e, CHECK_WARNING,
			    "Mend those that do not answer, then run it again.",
			    "%zu of %zu tenants %s not looked at: the others took %d s.", r.n - i,
			    r.n, text_form((int64_t)(r.n - i), "was", "were"), TENANTS_S);
			break;
		}
		if (rows_int(&r, i, C_admin_aliases_enabled) != 0)
			fn(e, rows_text(&r, i, C_admin_aliases_customer),
			    rows_text(&r, i, C_admin_aliases_alias));
	}
	return (int)r.n;
}

static void
check_tenants(struct examination *e)
{
	if (each_tenant(e, check_tenant) == 0)
		check_say(e, CHECK_WARNING, "customerapi customer add, then customerapi alias add.",
		    "There is no tenant yet.");
}

/* ------------------------------------------------------------------ guests */

/* What a migration found: guests of one mailbox who had been several. Their addresses are not
 * shown. */
static void
say_guests(struct examination *e, const char *customer, const char *alias, const struct rows *r)
{
	struct arena *a = &e->x->arena;
	const size_t shown = r->n < GUESTS_SHOWN ? r->n : GUESTS_SHOWN;

	for (size_t i = 0; i < shown; i++) {
		const long long contact = rows_int(r, i, C_doctor_guests_contact_id),
				source = rows_int(r, i, C_doctor_guests_source_id);

		check_say(e, CHECK_WARNING,
		    arena_printf(a,
			"customerapi contact export %s %s "
			"--contact-id %lld says who it is; they stay two until duplicates are "
			"merged.",
			customer, alias, contact),
		    "%s/%s: contacts %lld and %lld are guests of Source %lld with one mailbox.",
		    customer, alias, (long long)rows_int(r, i, C_doctor_guests_kept_contact_id),
		    contact, source);
	}
	if (r->n > shown)
		check_say(e, CHECK_WARNING, "They stay apart until duplicates are merged.",
		    "%s/%s: %zu further %s%s a mailbox with another.", customer, alias,
		    r->n - shown, text_form((int64_t)(r->n - shown), "guest", "guests"),
		    r->n == STORE_DOCTOR_GUESTS_MAX ? ", or more, share" :
		    text_form((int64_t)(r->n - shown), " shares", " share"));
}

static void
check_guests_of(struct examination *e, const char *customer, const char *alias)
{
	struct context *x = e->x;
	struct store_alias *t;
	struct db *db = NULL;
	struct rows r = { 0 };
	int rc = store_access_alias_find(x->db, &x->arena, customer, alias, &t, &x->err);

	if (rc == 0 && t != NULL && (rc = context_tenant_open(x, t, &db, &x->err)) == 0)
		rc = store_doctor_guests(db, &x->arena, &r, &x->err);
	if (rc < 0)
		check_say(e, CHECK_WARNING, "The check \"tenants\" says why.",
		    "%s/%s: its guests cannot be looked at.", customer, alias);
	else
		say_guests(e, customer, alias, &r);
	err_clear(&x->err);
	db_close(&db);
}

static void
check_guests(struct examination *e)
{
	const size_t before = e->nlines;

	each_tenant(e, check_guests_of);
	if (e->nlines == before)
		check_say(e, CHECK_OK, NULL, "No two guests of a Source are one mailbox.");
}

/* Names from before there was a rule, or from elsewhere than the command line. */
static void
check_name(struct examination *e, const char *name, const char *called, int is_alias)
{
	static const char *const fixes[] = {
		"Give it another name in api_customer.name of the registry; nothing else holds it.",
		"Give it another name in api_alias.name of the registry; nothing else holds it.",
	};
	const char *fault = name_fault(name), *what = is_alias ? "alias" : "customer";

	if (fault != NULL)
		check_say(e, CHECK_ERROR, fixes[is_alias],
		    "The %s %s cannot be reached: its name %s.", what, called, fault);
}

static void
check_names(struct examination *e)
{
	struct context *x = e->x;
	size_t before = e->nlines;
	struct rows r;

	if (store_doctor_names(x->db, &x->arena, &r, &x->err) < 0) {
		check_say_err(e, NULL);
		return;
	}
	for (size_t i = 0; i < r.n; i++)
		check_name(e, rows_text(&r, i, C_doctor_names_name),
		    rows_text(&r, i, C_doctor_names_of),
		    rows_int(&r, i, C_doctor_names_is_alias) != 0);
	if (e->nlines == before)
		check_say(e, CHECK_OK, NULL, "Every customer and alias has a name to reach it by.");
}

/* ------------------------------------------------------------------ whose database it is */

static int
same_uid(const unsigned char *x, const unsigned char *y)
{
	return memcmp(x, y, STORE_UID_BYTES) == 0;
}

static void
say_mark(struct examination *e, const struct check_place *p, const unsigned char *registry)
{
	unsigned char own[STORE_UID_BYTES];
	struct context *x = e->x;
	int known, shared;

	if (store_owner_alias(x->db, &x->arena, p->alias_id, &known, own, &shared, &x->err) < 0)
		check_say_err(e, NULL);
	else if (!p->owner.there || !known)
		check_say(e, CHECK_WARNING, "customerapi migrate gives it its mark.",
		    "%s: its database %s bears no mark of its tenant yet.", p->what, p->database);
	else if (!same_uid(own, p->owner.database_uid) ||
	    !same_uid(registry, p->owner.registry_uid))
		check_say(e, CHECK_ERROR, arena_printf(&x->arena, "Is it the right database? Then: "
		    "customerapi alias set %s %s --database %s --take-over; else name the right "
		    "one there.", p->customer, p->alias, p->database),
		    "%s: its database %s bears the mark of %s/%s: it was given away, or is another "
		    "one than before.", p->what, p->database, p->owner.customer, p->owner.alias);
}

static void
say_one_customer(struct examination *e, const struct check_place *x, const struct check_place *y,
    int shared)
{
	const char *fix = arena_printf(&e->x->arena, "Is that meant? Then: customerapi alias set "
	    "%s %s --shared; else give it a database of its own.", y->customer, y->alias);

	if (shared)
		check_say(e, CHECK_OK, NULL, "%s and %s share the database %s, as was said.",
		    x->what, y->what, y->database);
	else
		check_say(e, CHECK_WARNING, fix, "%s and %s have one database: %s.", x->what,
		    y->what, y->database);
}

static void
say_two_customers(struct examination *e, const struct check_place *x, const struct check_place *y,
    int one_place)
{
	const char *fix = arena_printf(&e->x->arena, "At once: customerapi alias set %s %s "
	    "--no-enabled, for its tokens read the other's data; then give it a database of its "
	    "own.", y->customer, y->alias);

	check_say(e, CHECK_ERROR, fix, "%s and %s, of two customers, have one database (%s)%s: "
	    "each reads the other's data.", x->what, y->what, y->database,
	    one_place ? "" : ", or one is a copy of the other's");
}

/* Two tenants whose databases have one mark, or none and one place. */
static void
say_pair(struct examination *e, const struct check_place *x, const struct check_place *y)
{
	int one_place = strcmp(x->server, y->server) == 0 && text_ieq(x->database, y->database);
	unsigned char uid[STORE_UID_BYTES];
	struct arena *a = &e->x->arena;
	struct db *db = e->x->db;
	int known, x_shared, y_shared;

	if (!one_place && !x->owner.there)
		return;
	if (store_owner_alias(db, a, x->alias_id, &known, uid, &x_shared, &e->x->err) < 0 ||
	    store_owner_alias(db, a, y->alias_id, &known, uid, &y_shared, &e->x->err) < 0)
		check_say_err(e, NULL);
	else if (strcmp(x->customer, y->customer) == 0)
		say_one_customer(e, x, y, x_shared || y_shared);
	else
		say_two_customers(e, x, y, one_place);
}

static int
have_one_mark(const struct check_place *x, const struct check_place *y)
{
	return same_uid(x->owner.database_uid, y->owner.database_uid);
}

static int
place_order(const void *x, const void *y)
{
	const struct check_place *p = x, *q = y;
	int by_uid = memcmp(p->owner.database_uid, q->owner.database_uid, STORE_UID_BYTES);

	return by_uid != 0 ? by_uid : (p->alias_id > q->alias_id) - (p->alias_id < q->alias_id);
}

/* Ordered by mark, those that could be one are side by side: a database without a mark cannot be
 * that of one with. */
static void
check_databases(struct examination *e)
{
	unsigned char registry[STORE_UID_BYTES];
	size_t before = e->nlines;

	if (store_owner_registry(e->x->db, &e->x->arena, registry, &e->x->err) < 0) {
		check_say_err(e, NULL);
		return;
	}
	if (e->nplaces > 0)
		qsort(e->places, e->nplaces, sizeof *e->places, place_order);
	for (size_t i = 0; i < e->nplaces; i++) {
		say_mark(e, &e->places[i], registry);
		for (size_t k = i; k > 0 && have_one_mark(&e->places[k - 1], &e->places[i]); k--)
			say_pair(e, &e->places[k - 1], &e->places[i]);
	}
	if (e->nlines == before)
		check_say(e, CHECK_OK, NULL,
		    "Each tenant that was looked at has a database of its own (%zu).", e->nplaces);
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
		check_say(e, CHECK_OK, NULL, "What was committed is on the disk.");
}

static void
check_limits(struct examination *e)
{
	const struct conf *c = &e->x->conf;
	long long packet = atoll(check_variable(e, "max_allowed_packet")),
		  need = c->body_max_bytes + PACKET_MORE,
		  most = atoll(check_variable(e, "max_connections"));
	long long connections = c->fcgi_workers * c->fcgi_threads * 2 + c->queue_workers * 2 +
	    c->run_slots * 2 + OTHER_CONNECTIONS;
	double statement = atof(check_variable(e, "max_statement_time"));
	size_t before = e->nlines;

	if (packet < need)
		check_say(e, CHECK_ERROR,
		    arena_printf(&e->x->arena,
			"Set max_allowed_packet = %lldM, or lower body_max_bytes.",
			(need + (1 << 20) - 1) >> 20),
		    "max_allowed_packet is %lld bytes: a webhook of body_max_bytes (%ld) cannot be "
		    "stored.",
		    packet, c->body_max_bytes);
	if (connections > most)
		check_say(e, CHECK_WARNING,
		    "Raise max_connections, or lower fcgi_workers and fcgi_threads.",
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

/* ------------------------------------------------------------------ table */

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

const struct check check_database_rows[] = {
	{ "database", "The database server answers, lets us in and is new enough.", 0, CHECK_ON_SETTINGS, check_database },
	{ "writable", "The database server takes changes.", 0, CHECK_ON_DATABASE, check_writable },
	{ "durability", "The database server keeps what it has committed.", 1, CHECK_ON_DATABASE, check_durability },
	{ "database-limits", "The database server takes the largest body, and enough connections.", 1, CHECK_ON_DATABASE, check_limits },
	{ "session", "Sessions are as the programs ask for them.", 1, CHECK_ON_DATABASE, check_session },
	{ "clock", "The database's clock and this machine's agree.", 1, CHECK_ON_DATABASE, check_clock },
	{ "schema", "The registry is at this program's schema version.", 0, CHECK_ON_DATABASE, check_registry_schema },
	{ "grants", "The database user has the rights it needs on the registry.", 0, CHECK_ON_DATABASE, check_grants },
	{ "tenants", "Every enabled tenant's database answers, is at this program's version and lets us in.", 0, CHECK_ON_SCHEMA, check_tenants },
	{ "names", "Every customer and alias can be reached by its name.", 1, CHECK_ON_SCHEMA,
	  check_names },
	{ "guests", "No two guests of a Source are one mailbox.", 1, CHECK_ON_SCHEMA,
	  check_guests },
	{ "databases", "Every enabled tenant's database bears its mark, and is no other tenant's.",
	    0, CHECK_ON_SCHEMA, check_databases },
	{ "clock-seen", "The database's clock is not ahead of what was seen of it.", 0, CHECK_ON_SCHEMA, check_clock_seen },
	{ NULL, NULL, 0, CHECK_GROUND_UNSET, NULL },
};
