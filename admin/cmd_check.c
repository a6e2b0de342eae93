#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include "admin/cmd.h"
#include "admin/context.h"
#include "lib/mail_address.h"
#include "lib/text.h"
#include "store/db.h"
#include "store/migrate.h"
#include "store/store_admin.h"
#include "store/store_admin_queue.h"
#include "store/store_tick.h"

enum { LINES_MAX = 1000, LATE_S = 300, SERVER_VERSION_MIN = 100600 };

enum result { RESULT_UNSET, RESULT_OK, RESULT_WARNING, RESULT_ERROR };

/* What the checks have found so far. A check whose ground is missing (no settings, no database) is not run. */
struct examination {
	struct context *x;
	const struct check *current;
	int have_settings, have_database, have_schema;
	size_t nlines, found[RESULT_ERROR + 1];
	struct val lines[LINES_MAX * 4];	/* check, result, message, fix */
};

struct check {
	const char *name;
	const char *doc;		/* a sentence */
	int *(*ground)(struct examination *e);	/* what must be there, or NULL */
	void (*run)(struct examination *e);
};

/* One line of the result. fix: what to do, NULL when nothing is to be done. */
static void __attribute__((format(printf, 4, 5)))
say(struct examination *e, enum result result, const char *fix, const char *fmt, ...)
{
	static const char *const words[] = { "?", "ok", "warning", "error" };
	struct val *line = &e->lines[e->nlines * 4];
	va_list ap;

	e->found[result]++;
	if (e->nlines == LINES_MAX)
		return;
	va_start(ap, fmt);
	line[0] = v_text(e->current->name);
	line[1] = v_text(words[result]);
	line[2] = v_text(arena_vprintf(&e->x->arena, fmt, ap));
	line[3] = v_text(fix);
	va_end(ap);
	e->nlines++;
}

static int *
settings_ground(struct examination *e)
{
	return &e->have_settings;
}

static int *
database_ground(struct examination *e)
{
	return &e->have_database;
}

static int *
schema_ground(struct examination *e)
{
	return &e->have_schema;
}

/* ------------------------------------------------------------------ files */

static void
check_settings(struct examination *e)
{
	struct context *x = e->x;

	e->have_settings = conf_load(&x->conf, &x->arena, x->line.config, &x->err) == 0;
	for (const struct err_fault *f = x->err.faults; f != NULL; f = f->next)
		say(e, RESULT_ERROR, "Correct the setting; customerapi.conf(5) says what is allowed.", "%s: %s", f->field, f->message);
	if (e->have_settings && x->conf.file == NULL)
		say(e, RESULT_WARNING, "Write one: customerapi config sample prints all settings.", "There is no settings file; defaults and environment are used.");
	else if (e->have_settings)
		say(e, RESULT_OK, NULL, "%s is valid.", x->conf.file);
	err_clear(&x->err);
}

static void
check_settings_file(struct examination *e)
{
	const struct conf *c = &e->x->conf;
	struct stat st;

	if (c->file == NULL || stat(c->file, &st) != 0 || !S_ISREG(st.st_mode))
		return;
	if ((st.st_mode & 022) != 0)
		say(e, RESULT_ERROR, arena_printf(&e->x->arena, "chmod go-w %s", c->file), "Others than its owner may change %s (mode %04o).", c->file, st.st_mode & 07777);
	else if ((st.st_mode & 004) != 0 && (c->db_password[0] != '\0' || c->smtp_password[0] != '\0'))
		say(e, RESULT_ERROR, arena_printf(&e->x->arena, "chmod o-r %s", c->file), "Everybody may read %s, which holds passwords (mode %04o).", c->file,
		    st.st_mode & 07777);
	else
		say(e, RESULT_OK, NULL, "%s has mode %04o.", c->file, st.st_mode & 07777);
}

static void
check_key_file(struct examination *e)
{
	struct err *err = &e->x->err;
	const char *path = e->x->conf.key_file;
	struct stat st;

	if (stat(path, &st) != 0)
		say(e, RESULT_ERROR, "customerapi init makes it; if there was one, restore it from its copy: sealed secrets open with no other.",
		    "The key file %s cannot be read: %s.", path, strerror(errno));
	else if ((st.st_mode & 077) != 0)
		say(e, RESULT_ERROR, arena_printf(&e->x->arena, "chmod 0600 %s", path), "Others than its owner may use the key file %s (mode %04o).", path,
		    st.st_mode & 07777);
	else if (context_box(e->x) < 0)
		say(e, RESULT_ERROR, "Restore it from its copy, or make it the services' user's own.", "%s", err->detail);
	else
		say(e, RESULT_OK, NULL, "%s is there and private.", path);
	err_clear(err);
}

/* ------------------------------------------------------------------ database */

static void
check_database(struct examination *e)
{
	struct context *x = e->x;
	struct db_target target = db_target_registry(&x->conf);
	unsigned long version;

	if (db_open(&x->db, &target, &x->err) < 0) {
		say(e, RESULT_ERROR, "Check db_socket, db_host, db_user, db_password and db_registry; customerapi init makes the registry database.", "%s", x->err.detail);
		err_clear(&x->err);
		return;
	}
	e->have_database = 1;
	version = db_server_version(x->db);
	if (version < SERVER_VERSION_MIN)
		say(e, RESULT_ERROR, "Use MariaDB 10.6 or later.", "The server is version %lu.%lu, which lacks SKIP LOCKED.", version / 10000, version / 100 % 100);
	else
		say(e, RESULT_OK, NULL, "MariaDB %lu.%lu.%lu answers; the registry is %s.", version / 10000, version / 100 % 100, version % 100, x->conf.db_registry);
}

/* 1 when the database is at this program's version. */
static int
say_version(struct examination *e, struct db *db, enum migrate_scope scope, const char *what)
{
	struct err *err = &e->x->err;
	int have, want = migrate_newest(scope), good = 0;

	if (migrate_version(db, scope, &have, err) < 0)
		say(e, RESULT_ERROR, err->code == ERR_CONFIG ? "Install the newer programs." : "Check the rights of the database user.", "%s: %s", what, err->detail);
	else if (have < want)
		say(e, RESULT_ERROR, "customerapi migrate", "%s is at schema version %d, this program needs %d.", what, have, want);
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
		say(e, RESULT_OK, NULL, "The registry is at version %d.", migrate_newest(MIGRATE_REGISTRY));
}

static const char *
missing_rights(struct arena *a, const char *const *wanted, const struct rows *have)
{
	struct buf b;

	buf_init(&b, a);
	for (; *wanted != NULL; wanted++) {
		size_t i = 0;

		while (i < have->n && !text_ieq(rows_text(have, i, 0), *wanted))
			i++;
		if (i == have->n)
			buf_addf(&b, "%s%s", b.len == 0 ? "" : ", ", *wanted);
	}
	return b.len == 0 ? NULL : b.data;
}

static void
say_grants(struct examination *e, struct db *db, const char *database, const char *user, const char *what)
{
	static const char *const daily[] = { "SELECT", "INSERT", "UPDATE", "DELETE", NULL }, *const schema[] = { "CREATE", "ALTER", "INDEX", "DROP", NULL };
	struct arena *a = &e->x->arena;
	const char *missing;
	struct rows have;

	if (store_admin_grants(db, a, database, &have, &e->x->err) < 0)
		say(e, RESULT_WARNING, NULL, "%s: the rights of %s cannot be read: %s", what, user, e->x->err.detail);
	else if ((missing = missing_rights(a, daily, &have)) != NULL)
		say(e, RESULT_ERROR, arena_printf(a, "As the database's administrator: GRANT %s ON `%s`.* TO '%s'@...;", missing, database, user),
		    "%s: %s lacks %s.", what, user, missing);
	else if ((missing = missing_rights(a, schema, &have)) != NULL)
		say(e, RESULT_WARNING, arena_printf(a, "As the database's administrator, before the next migration: GRANT %s ON `%s`.* TO '%s'@...;", missing, database, user),
		    "%s: %s lacks %s, which customerapi migrate needs.", what, user, missing);
	else
		say(e, RESULT_OK, NULL, "%s: %s has the rights it needs.", what, user);
	err_clear(&e->x->err);
}

static void
check_grants(struct examination *e)
{
	say_grants(e, e->x->db, e->x->conf.db_registry, e->x->conf.db_user, "The registry");
}

static void
check_tenant(struct examination *e, const char *customer, const char *alias)
{
	struct context *x = e->x;
	const char *what = arena_printf(&x->arena, "%s/%s", customer, alias);
	struct store_alias *t;
	struct db *db = NULL;

	if (store_access_alias_find(x->db, &x->arena, customer, alias, &t, &x->err) < 0 || (t != NULL && context_tenant_open(x, t, &db, &x->err) < 0))
		say(e, RESULT_ERROR, "Check that its database server answers and what customerapi alias show says.", "%s: %s", what, x->err.detail);
	else if (t != NULL && say_version(e, db, MIGRATE_TENANT, what))
		say_grants(e, db, t->database_name, t->db_user[0] == '\0' ? x->conf.db_user : t->db_user,
		    arena_printf(&x->arena, "%s is at version %d", what, migrate_newest(MIGRATE_TENANT)));
	err_clear(&x->err);
	db_close(&db);
}

static void
check_tenants(struct examination *e)
{
	struct context *x = e->x;
	struct rows r;

	if (store_admin_aliases(x->db, &x->arena, NULL, &r, &x->err) < 0)
		say(e, RESULT_ERROR, NULL, "%s", x->err.detail);
	else if (r.n == 0)
		say(e, RESULT_WARNING, "customerapi customer add, then customerapi alias add.", "There is no tenant yet.");
	else
		for (size_t i = 0; i < r.n; i++)
			if (rows_int(&r, i, 10) != 0)
				check_tenant(e, rows_text(&r, i, 0), rows_text(&r, i, 1));
	err_clear(&x->err);
}

static void
check_sealed(struct examination *e)
{
	struct context *x = e->x;
	struct rows r;
	size_t n;

	if (!x->box.loaded)
		return;
	if (store_admin_any_sealed(x->db, &x->arena, &r, &x->err) < 0)
		say(e, RESULT_ERROR, NULL, "%s", x->err.detail);
	else if (r.n == 0)
		say(e, RESULT_OK, NULL, "No secret is stored yet.");
	else if (secret_open(&x->arena, &x->box, arena_printf(&x->arena, "source:%lld", (long long)rows_int(&r, 0, 0)), rows_at(&r, 0, 1)->s,
	    rows_at(&r, 0, 1)->n, &n, &x->err) == NULL)
		say(e, RESULT_ERROR, "Restore the key file that sealed them, or give the secrets anew with customerapi source set --replace-secrets.",
		    "The stored secrets do not open with this key file.");
	else
		say(e, RESULT_OK, NULL, "The stored secrets open with the key file.");
	err_clear(&x->err);
}

/* ------------------------------------------------------------------ queue, mail */

static void
check_daemon(struct examination *e)
{
	static const char *const kinds[] = { "worker", "mailer" };
	struct context *x = e->x;
	struct rows r;

	if (store_ticks(x->db, &x->arena, &r, &x->err) < 0) {
		say(e, RESULT_ERROR, NULL, "%s", x->err.detail);
		err_clear(&x->err);
		return;
	}
	for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
		size_t i = 0;

		while (i < r.n && strcmp(rows_text(&r, i, 0), kinds[k]) != 0)
			i++;
		if (i == r.n)
			say(e, RESULT_WARNING, "Start customerapi-scheduler.", "No %s of the daemon has ever looked for work.", kinds[k]);
		else if (rows_int(&r, i, 2) > LATE_S)
			say(e, RESULT_WARNING, "Start customerapi-scheduler, or see its log.", "No %s of the daemon has looked for work for %lld minutes.", kinds[k],
			    (long long)rows_int(&r, i, 2) / 60);
		else
			say(e, RESULT_OK, NULL, "A %s of the daemon looked for work %lld s ago.", kinds[k], (long long)rows_int(&r, i, 2));
	}
}

static void
check_queue(struct examination *e)
{
	struct context *x = e->x;
	long long due, dead, unrouted;
	struct rows r;
	usec_t now;

	if (db_now(x->db, &now, &x->err) < 0 || store_admin_queue_health(x->db, &x->arena, now, &r, &x->err) < 0) {
		say(e, RESULT_ERROR, NULL, "%s", x->err.detail);
		err_clear(&x->err);
		return;
	}
	due = rows_int(&r, 0, 0);
	dead = rows_int(&r, 0, 2);
	unrouted = rows_int(&r, 0, 3);
	if (due > 0 && now - rows_time(&r, 0, 1) > LATE_S * USEC_SEC)
		say(e, RESULT_WARNING, "Does customerapi-scheduler run? Its log says what holds it up; customerapi queue summary shows whose messages wait.",
		    "%lld messages are due, the oldest for %lld minutes.", due, (long long)((now - rows_time(&r, 0, 1)) / USEC_SEC / 60));
	else
		say(e, RESULT_OK, NULL, "%lld messages are due, none for long.", due);
	if (dead > 0)
		say(e, RESULT_WARNING, "customerapi queue list --state dead, then customerapi queue retry or purge.", "%lld messages are dead.", dead);
	if (unrouted > 0)
		say(e, RESULT_WARNING, "customerapi queue list --state unrouted: a wrong URL at the sender? Once handled, customerapi queue retry --state unrouted.",
		    "%lld messages are unrouted.", unrouted);
	if (dead + unrouted == 0)
		say(e, RESULT_OK, NULL, "No message is dead or unrouted.");
}

static void
check_mail_settings(struct examination *e)
{
	const struct conf *c = &e->x->conf;
	const char *at = strrchr(c->smtp_from, '@');
	char ascii[MAIL_ADDRESS_SIZE];
	size_t before = e->nlines;

	if (c->smtp_host[0] == '\0')
		say(e, RESULT_ERROR, "Set smtp_host.", "No mail server is named.");
	if (mail_address_ascii(c->smtp_from, ascii) < 0 || strcmp(ascii, c->smtp_from) != 0)
		say(e, RESULT_ERROR, "Set smtp_from to an address such as customerapi@example.org.", "smtp_from is no mail address.");
	else if (strcmp(at, "@localhost") == 0)
		say(e, RESULT_WARNING, "Set smtp_from to an address of a domain of yours.", "smtp_from is %s, which other servers refuse.", c->smtp_from);
	if (c->smtp_user[0] != '\0' && c->smtp_password[0] == '\0')
		say(e, RESULT_ERROR, "Set smtp_password, or empty smtp_user.", "smtp_user is set, smtp_password is not.");
	if (c->smtp_user[0] != '\0' && strcmp(c->smtp_tls, "none") == 0 && !mail_host_is_local(c->smtp_host))
		say(e, RESULT_ERROR, "Set smtp_tls to starttls or tls.", "No mail goes out: the password for %s would go unencrypted (smtp_tls is none).", c->smtp_host);
	if (c->smtp_port == 465 && strcmp(c->smtp_tls, "tls") != 0)
		say(e, RESULT_WARNING, "Set smtp_tls to tls.", "On port 465 servers expect TLS from the first byte (smtp_tls is %s).", c->smtp_tls);
	if (e->nlines == before)
		say(e, RESULT_OK, NULL, "Mail goes to %s, port %ld, from %s.", c->smtp_host, c->smtp_port, c->smtp_from);
}

static void
check_mails(struct examination *e)
{
	struct context *x = e->x;
	struct rows r;
	usec_t now;

	if (db_now(x->db, &now, &x->err) < 0 || store_admin_queue_mail_health(x->db, &x->arena, now, &r, &x->err) < 0) {
		say(e, RESULT_ERROR, NULL, "%s", x->err.detail);
		err_clear(&x->err);
		return;
	}
	if (rows_int(&r, 0, 0) > 0 && now - rows_time(&r, 0, 1) > LATE_S * USEC_SEC)
		say(e, RESULT_WARNING, "Does customerapi-scheduler run, and does the mail server answer? The scheduler's log says.", "%lld mails are due, the oldest for %lld minutes.",
		    (long long)rows_int(&r, 0, 0), (long long)((now - rows_time(&r, 0, 1)) / USEC_SEC / 60));
	else
		say(e, RESULT_OK, NULL, "%lld mails are due, none for long.", (long long)rows_int(&r, 0, 0));
	if (rows_int(&r, 0, 2) > 0)
		say(e, RESULT_WARNING, "customerapi queue show RECEIPT gives the mail server's words.", "%lld mails could not be delivered.", (long long)rows_int(&r, 0, 2));
}

/* ------------------------------------------------------------------ all */

static const struct check checks[] = {
	{ "settings", "The settings can be read.", NULL, check_settings },
	{ "settings-file", "Only its owner may change the settings file, and not everybody may read passwords in it.", settings_ground, check_settings_file },
	{ "key-file", "The key file is there, private and whole.", settings_ground, check_key_file },
	{ "smtp", "The mail settings make sense.", settings_ground, check_mail_settings },
	{ "database", "The database server answers, lets us in and is new enough.", settings_ground, check_database },
	{ "schema", "The registry is at this program's schema version.", database_ground, check_registry_schema },
	{ "grants", "The database user has the rights it needs on the registry.", database_ground, check_grants },
	{ "sealed-secrets", "The key file opens what it sealed.", schema_ground, check_sealed },
	{ "tenants", "Every enabled tenant's database answers, is at this program's version and lets us in.", schema_ground, check_tenants },
	{ "daemon", "The scheduler daemon is at work.", schema_ground, check_daemon },
	{ "queue", "Messages are processed in time; none is dead or unrouted.", schema_ground, check_queue },
	{ "mail", "Mails are sent in time; none is dead.", schema_ground, check_mails },
	{ NULL, NULL, NULL, NULL },
};

static void
report_json(struct examination *e)
{
	static const struct output_column columns[] = {
		{ "Check", OUTPUT_TEXT }, { "Result", OUTPUT_TEXT }, { "Message", OUTPUT_TEXT }, { "Fix", OUTPUT_TEXT }, { NULL, OUTPUT_UNSET },
	};

	output_value(&e->x->out, "Errors", OUTPUT_INT, v_int((int64_t)e->found[RESULT_ERROR]));
	output_value(&e->x->out, "Warnings", OUTPUT_INT, v_int((int64_t)e->found[RESULT_WARNING]));
	output_table(&e->x->out, "Checks", columns, e->lines, e->nlines);
}

static void
report_text(struct examination *e)
{
	struct buf b;

	buf_init(&b, &e->x->arena);
	buf_adds(&b, "");
	for (size_t i = 0; i < e->nlines; i++) {
		const struct val *line = &e->lines[i * 4];

		if (e->x->out.quiet && strcmp(line[1].s, "ok") == 0)
			continue;
		buf_addf(&b, "%-8s %-14s  %s\n", line[1].s, line[0].s, output_harmless(&e->x->out, line[2].s));
		if (line[3].s != NULL)
			buf_addf(&b, "%-8s %-14s  -> %s\n", "", "", output_harmless(&e->x->out, line[3].s));
	}
	output_document(&e->x->out, "Checks", b.data);
	output_remark(&e->x->out, "\n%zu ok, %zu warning%s, %zu error%s.", e->found[RESULT_OK], e->found[RESULT_WARNING], e->found[RESULT_WARNING] == 1 ? "" : "s",
	    e->found[RESULT_ERROR], e->found[RESULT_ERROR] == 1 ? "" : "s");
}

static int
list_checks(struct context *x)
{
	static const struct output_column columns[] = { { "Check", OUTPUT_TEXT }, { "What", OUTPUT_TEXT }, { NULL, OUTPUT_UNSET } };
	struct val cells[2 * sizeof checks / sizeof checks[0]];
	size_t n = 0;

	for (; checks[n].name != NULL; n++) {
		cells[2 * n] = v_text(checks[n].name);
		cells[2 * n + 1] = v_text(checks[n].doc);
	}
	output_table(&x->out, "Checks", columns, cells, n);
	return 0;
}

static int
check_run(struct context *x)
{
	struct examination *e = arena_alloc(&x->arena, sizeof *e);

	if (cmd_given(&x->line, "list"))
		return list_checks(x);
	e->x = x;
	for (e->current = checks; e->current->name != NULL; e->current++)
		if (e->current->ground == NULL || *e->current->ground(e))
			e->current->run(e);
	x->out.json ? report_json(e) : report_text(e);
	return e->found[RESULT_ERROR] == 0 ? 0 : ERR_CONFIG;
}

static const struct cmd_param options[] = {
	{ .name = "list", .type = CMD_FLAG, .doc = "Only list the checks and what each is about." },
	{ .name = NULL },
};

const struct cmd cmd_check_rows[] = {
	{ .group = "check", .needs = CMD_NEEDS_NOTHING, .run = check_run, .options = options, .example = "check --quiet",
	  .doc = "Checks the installation: settings, files, database, schema of the registry and of every tenant, rights, queue, mail. "
	  "Each line is ok, warning or error and says what to do. The exit code is 1 when there is an error, 0 otherwise; with --quiet only what is not ok is printed." },
	{ .group = NULL },
};
